"""Expand and contract: an old and a new application run through all phases, and neither meets an error."""

from __future__ import annotations

import re
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import backfills, errors, migrations
from avdaily_sql.migrations import Observer, Options, deployment
from avdaily_sql.sqltree import SqlTree
from tests.test_json_output import held_against
from tests.waiting import eventually

RECIPES = Path(__file__).resolve().parent / "recipes"
WALLETS = 600

# What each version of the application sends, over and over, for one wallet after the other.
APPLICATIONS = {
    "rename-column": (
        ["UPDATE wallets SET label = 'old ' || %(n)s WHERE id = %(id)s",
         "SELECT id, label FROM wallets WHERE id = %(id)s",
         "INSERT INTO wallets (label) VALUES ('by the old')"],
        ["UPDATE wallets SET title = 'new ' || %(n)s WHERE id = %(id)s",
         "SELECT id, title FROM wallets WHERE id = %(id)s",
         "INSERT INTO wallets (title) VALUES ('by the new')"],
    ),
    "split-table": (
        ["UPDATE wallets SET theme = 'old ' || %(n)s WHERE id = %(id)s", "SELECT theme FROM wallets WHERE id = %(id)s",
         "INSERT INTO wallets (label, theme) VALUES ('by the old', 'dark')"],
        # The wallet first, as the triggers do: two sessions that lock in two orders wait for each other.
        ["WITH wallet AS MATERIALIZED (SELECT id FROM wallets WHERE id = %(id)s FOR NO KEY UPDATE) "
         "INSERT INTO wallet_looks (wallet_id, theme) SELECT id, 'new ' || %(n)s FROM wallet "
         "ON CONFLICT (wallet_id) DO UPDATE SET theme = excluded.theme",
         "SELECT theme FROM wallet_looks WHERE wallet_id = %(id)s",
         "WITH wallet AS (INSERT INTO wallets (label) VALUES ('by the new') RETURNING id) "
         "INSERT INTO wallet_looks (wallet_id, theme) SELECT id, 'light' FROM wallet"],
    ),
    "change-type": (
        # Wallets that the new application has taken beyond an integer are not the old one's to count in.
        ["UPDATE wallets SET points = points + 1 WHERE id = %(id)s AND id <= 500",
         "SELECT points FROM wallets WHERE id = %(id)s",
         "INSERT INTO wallets (label, points) VALUES ('by the old', 7)"],
        ["UPDATE wallets SET score = score + 3000000000 WHERE id = %(id)s AND score IS NOT NULL AND id > 500",
         "SELECT score FROM wallets WHERE id = %(id)s",
         "INSERT INTO wallets (label, score) VALUES ('by the new', 8)"],
    ),
}  # fmt: skip
# No row says two things while both run, and none is lost after the end.
AGREE = {
    "rename-column": "SELECT count(*) FROM wallets WHERE label <> title",
    "split-table": """SELECT count(*) FROM wallets JOIN wallet_looks ON wallet_id = wallets.id
                      WHERE wallets.theme IS DISTINCT FROM wallet_looks.theme""",
    "change-type": "SELECT count(*) FROM wallets WHERE points <> least(score, 2147483647)",
}
WHOLE = {
    "rename-column": "SELECT count(*) FROM wallets WHERE title IS NULL",
    "split-table": "SELECT count(*) FROM wallets LEFT JOIN wallet_looks ON wallet_id = id WHERE wallet_id IS NULL",
    "change-type": "SELECT count(*) FROM wallets WHERE score IS NULL",
}


class Application:
    """One version of the application: a session that works until it is told to end, and keeps the error it met."""

    def __init__(self, url: str, statements: list[str]) -> None:
        self.url, self.statements = url, statements
        self.done = threading.Event()
        self.rounds = 0
        self.error: psycopg.Error | None = None

    def work(self) -> None:
        try:
            with psycopg.connect(self.url, autocommit=True) as conn:
                while not self.done.is_set():
                    for statement in self.statements:
                        conn.execute(statement, {"id": self.rounds * 7 % WALLETS + 1, "n": str(self.rounds)})
                    self.rounds += 1
        except psycopg.Error as error:
            self.error = error

    def goes_on(self) -> None:
        """Wait until it has done some more rounds; fail with its error if there was one."""
        before = self.rounds
        eventually(lambda: self.error or self.rounds > before + 20)
        assert self.error is None, self.error


@contextmanager
def running(url, statements):
    application = Application(url, statements)
    thread = threading.Thread(target=application.work)
    thread.start()
    try:
        application.goes_on()
        yield application
    finally:
        application.done.set()
        thread.join()
    assert application.error is None, application.error


def value(url, query):
    with psycopg.connect(url) as conn:
        return conn.execute(query).fetchone()[0]


def deploy(url, tree, phase):
    choice = deployment.choose(url, tree, phase, Options())
    if choice.upto is None:
        return []
    return [each.id for each in deployment.apply(url, tree, choice, Options(), Observer()).applied]


@pytest.fixture
def copied(tmp_path):
    def copy(recipe):
        shutil.copytree(RECIPES / recipe, tmp_path / "sql")
        return SqlTree(tmp_path / "sql", "flag")

    return copy


def begun(url, tree):
    """Apply the first file, with rows from before the change."""
    migrations.apply(url, tree, Options(to="1"))
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("INSERT INTO wallets (label) SELECT 'wallet ' || n FROM generate_series(1, %s) AS n", (WALLETS,))


def a_day_later(url):
    """Move what was applied a day back: the clock is the server's."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("UPDATE avdaily_migrations._yoyo_migration SET applied_at_utc = applied_at_utc - interval '25 h'")


@pytest.mark.slow
@pytest.mark.parametrize("recipe", APPLICATIONS)
def test_both_applications_run_through_all_phases_without_an_error(database_url, copied, recipe):
    tree, (old, new) = copied(recipe), APPLICATIONS[recipe]
    begun(database_url, tree)
    with running(database_url, old) as before:
        assert len(deploy(database_url, tree, "pre")) == 1
        before.goes_on()
        with running(database_url, new) as after:
            name = backfills.list_names(tree)[0]
            limits = backfills.Limits(batch=50)
            assert backfills.run(database_url, backfills.find(tree, name), limits).collisions == 0
            before.goes_on()
            after.goes_on()
            assert value(database_url, AGREE[recipe]) == 0
            before.done.set()
            with pytest.raises(errors.Refused, match="may run from"):
                deploy(database_url, tree, "post")
            a_day_later(database_url)
            assert deploy(database_url, tree, "post")
            after.goes_on()
    assert value(database_url, WHOLE[recipe]) == 0
    # And all the way back, with the rows that are there now.
    if recipe == "change-type":
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute("UPDATE wallets SET score = 1 WHERE score > 2147483647")
    undone = migrations.rollback(database_url, tree, Options(to="1", steps=None))
    assert len(undone.rolled_back) == len(list(tree.migrations.glob("*.rollback.sql"))) - 1


def test_a_contract_is_refused_before_its_expand(database_url, copied):
    tree = copied("rename-column")
    begun(database_url, tree)
    with pytest.raises(errors.Refused, match=r"0002.add-wallets-title comes before the contract") as caught:
        deploy(database_url, tree, "post")
    assert caught.value.hint == "avdaily-sql deploy --phase pre"


def test_each_phase_ends_where_the_other_begins_and_again_there_is_nothing_to_do(database_url, copied):
    tree = copied("split-table")
    assert deploy(database_url, tree, "pre") == ["0001.create-wallets", "0002.create-wallet-looks"]
    assert deploy(database_url, tree, "pre") == []
    a_day_later(database_url)
    assert deploy(database_url, tree, "post") == ["0003.end-copy-of-looks", "0004.drop-wallets-theme"]
    assert deploy(database_url, tree, "post") == []


@pytest.mark.parametrize("text", ["pre after 1h", "post 24h", "post after", "later", "post after soon"])
def test_a_phase_that_cannot_be_meant_is_refused_at_its_place(database_url, copied, text):
    tree = copied("split-table")
    path = tree.migrations / "0003.end-copy-of-looks.sql"
    path.write_text(path.read_text().replace("post after 24h", text))
    with pytest.raises(errors.UsageError) as caught:
        deploy(database_url, tree, "pre")
    assert str(caught.value.location).endswith("0003.end-copy-of-looks.sql:7:1")


def test_the_command_contracts_nowhere_while_one_database_is_not_expanded(avdaily, database_url, migrated_url, copied):
    tree = copied("split-table")
    second = migrated_url.replace("@/", "@/", 1)
    with psycopg.connect(second, autocommit=True) as conn:
        conn.execute("DROP SCHEMA avdaily_migrations CASCADE")
        conn.execute("CREATE SCHEMA cell")
        conn.execute(f'ALTER DATABASE "{conn.info.dbname}" SET search_path = cell')
    base = ("--sql-dir", tree.root, "deploy", "--schema", "cell", "--phase")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE SCHEMA cell")
    one, both = ("--database-url", database_url), ("--database-url", database_url, "--database-url", second)
    done = avdaily("--json", *one, *base, "pre")
    assert held_against("deploy", done.stdout)["chosen"] == ["0001.create-wallets", "0002.create-wallet-looks"]
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("UPDATE cell_migrations._yoyo_migration SET applied_at_utc = applied_at_utc - interval '25 h'")
    refused = avdaily(*both, *base, "post")
    assert refused.returncode == 6, refused.stderr
    assert "comes before the contract" in refused.stdout
    assert value(database_url, "SELECT count(*) FROM cell_migrations._yoyo_migration") == 2
    assert avdaily(*both, *base, "pre").returncode == 0
    with psycopg.connect(second, autocommit=True) as conn:
        conn.execute("UPDATE cell_migrations._yoyo_migration SET applied_at_utc = applied_at_utc - interval '25 h'")
    assert avdaily(*both, *base, "post").returncode == 0
    assert value(database_url, "SELECT count(*) FROM cell_migrations._yoyo_migration") == 4


def test_the_page_shows_the_files_that_were_run():
    page = (Path(__file__).resolve().parents[2] / "docs" / "zero-downtime.md").read_text()
    shown = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    files = {path.read_text() for path in RECIPES.rglob("*.sql")}
    assert len(shown) == 12
    assert set(shown) <= files
