"""The money that the seeds post: what a developer, a tester and somebody at a demo see on the statements."""

from __future__ import annotations

import os
import subprocess

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.schema.files import seed_files

ALL_TIME = ("2000-01-01", "2100-01-01")


@pytest.fixture(scope="module", params=[("common", "testing", "development"), ("common", "demo")], ids=lambda f: f[-1])
def seeded(request, server, template):
    name = f"test_{server.session}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_seeded_{request.param[-1]}"
    url = server.create_database(name, template)
    files = [argument for path in seed_files(*request.param) for argument in ("-f", path)]
    subprocess.run(
        [server.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", *files, url],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PGOPTIONS": "-c avdaily.demo_users=80"},
    )
    with psycopg.connect(url, row_factory=namedtuple_row) as connection:
        yield connection
    server.drop_database(name)


def test_the_order_of_posting_is_the_order_of_time_in_every_account(seeded):
    found = seeded.execute("SELECT name, row_id, detail FROM integrity_findings WHERE name <> 'statistics_outdated'")
    assert found.fetchall() == []


def test_every_statement_runs_from_nothing_to_the_balance_of_its_wallet(seeded):
    wallets = seeded.execute("SELECT user_id, balance FROM wallets").fetchall()
    assert len(wallets) >= 4
    for wallet in wallets:
        lines = seeded.execute("SELECT * FROM wallet_statement(%s, %s, %s)", (wallet.user_id, *ALL_TIME)).fetchall()
        postings = lines[1:-1]
        assert lines[0].balance == 0
        running = 0
        for line in postings:
            running += line.amount
            assert line.balance == running
        assert postings[-1].balance == lines[-1].balance == wallet.balance
        assert [line.at for line in postings] == sorted(line.at for line in postings)


def test_a_balance_at_any_time_is_the_sum_of_what_was_posted_before_it(seeded):
    wrong = seeded.execute(
        """SELECT wallets.user_id, moment, wallet_balance_at(wallets.user_id, moment), posted.amount
           FROM wallets
           CROSS JOIN generate_series(now() - interval '45 days', now() + interval '1 day', '7 hours') AS moment
           CROSS JOIN LATERAL (
             SELECT coalesce(sum(amount), 0) AS amount FROM ledger_postings
             WHERE account_id = wallets.account_id AND created_at < moment
           ) AS posted
           WHERE wallet_balance_at(wallets.user_id, moment) IS DISTINCT FROM posted.amount"""
    ).fetchall()
    assert wrong == []
