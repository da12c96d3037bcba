"""What a role may not do is said before anything is made, with the line that an administrator can run."""

from __future__ import annotations

import gzip
import shlex
import uuid
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import backup, maintenance
from avdaily_sql.backup import manifest
from avdaily_sql.errors import Failed, Refused, Unsupported
from avdaily_sql.guards import Consent

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)


@pytest.fixture
def application(server, bank_url):
    """A role that owns the bank and is no superuser, and a role without login that owns a table of it."""
    tag = uuid.uuid4().hex[:6]
    app, ledger = f"app_{tag}", f"ledger_{tag}"
    name = maintenance.database_name(bank_url)

    names = {"app": sql.Identifier(app), "ledger": sql.Identifier(ledger), "name": sql.Identifier(name)}
    for statement in (
        "CREATE ROLE {app} LOGIN CREATEDB PASSWORD 'x'", "CREATE ROLE {ledger}", "GRANT {ledger} TO {app}",
        "ALTER DATABASE {name} OWNER TO {app}",
    ):  # fmt: skip
        server.execute(sql.SQL(statement).format(**names))
    with psycopg.connect(bank_url, autocommit=True) as conn:
        for statement in (
            "ALTER TABLE accounts OWNER TO {app}", "ALTER TABLE entries OWNER TO {app}",
            "ALTER VIEW rich OWNER TO {app}", "ALTER FUNCTION answer() OWNER TO {app}",
            "ALTER DOMAIN money_amount OWNER TO {app}",
            "CREATE SCHEMA vault AUTHORIZATION {app}", "GRANT USAGE ON SCHEMA vault TO {ledger}",
            "CREATE TABLE vault.gold (id bigint)", "ALTER TABLE vault.gold OWNER TO {ledger}",
        ):  # fmt: skip
            conn.execute(sql.SQL(statement).format(**names))
    url = bank_url.replace("postgres@", f"{app}@", 1)
    yield url, app, ledger
    with psycopg.connect(server.maintenance_url, autocommit=True) as conn:
        for each in maintenance.list_related(conn, name):
            server.drop_database(each.name)
    server.drop_database(name)
    for role in (app, ledger):
        server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def order(path, **options):
    return backup.Order(Path(path), datetime.now(UTC), consent=Consent(yes=True), **options)


def take(url, settings, reports):
    return Path(backup.create(url, settings, reports.reports, now=NOW).file)


def test_an_owner_without_superuser_restores_owners_and_grants_as_they_were(
    application, settings_for, reports, rows, bank_url
):
    url, _, ledger = application
    look = """
        SELECT (SELECT tableowner FROM pg_tables WHERE tablename = 'gold'),
            has_schema_privilege(%(role)s, 'vault', 'USAGE'), has_schema_privilege(%(role)s, 'vault', 'CREATE'),
            has_schema_privilege(%(role)s, 'public', 'CREATE')""".replace("%(role)s", f"'{ledger}'")
    before = rows(bank_url, look)
    assert before == [(ledger, True, False, False)]
    backup.restore(url, settings_for(), order(take(url, settings_for(), reports)))
    assert rows(bank_url, look) == before
    assert rows(bank_url, "SELECT count(*) FROM pg_default_acl") == [(0,)]


def refused(application, settings_for, reports, server, statement):
    url, app, ledger = application
    made = take(url, settings_for(), reports)
    server.execute(sql.SQL(statement).format(app=sql.Identifier(app), ledger=sql.Identifier(ledger)))
    with pytest.raises(Refused) as caught:
        backup.restore(url, settings_for(), order(made))
    words = shlex.split(caught.value.hint)
    assert words[:3] == ["psql", "--username=SUPERUSER", "--dbname=postgres"]
    # The line does what it says.
    server.execute(words[3].removeprefix("--command="))
    assert backup.restore(url, settings_for(), order(made)).rows == 400
    return caught.value


def test_a_role_without_createdb_is_told_and_nothing_is_done_in_place(application, settings_for, reports, server):
    error = refused(application, settings_for, reports, server, "ALTER ROLE {app} NOCREATEDB")
    assert "may not create the side database" in error.message


def test_an_owner_that_the_role_is_no_member_of_is_named(application, settings_for, reports, server):
    error = refused(application, settings_for, reports, server, "REVOKE {ledger} FROM {app}")
    assert application[2] in error.message


def test_sessions_that_the_role_may_not_end_are_named(application, settings_for, reports, bank_url):
    url, _, _ = application
    made = take(url, settings_for(), reports)
    with psycopg.connect(bank_url), pytest.raises(Refused, match="may not end the sessions of postgres"):
        backup.restore(url, settings_for(), order(made))


def forged(made, old, new):
    text = gzip.decompress(made.read_bytes())
    assert old in text
    made.write_bytes(gzip.compress(text.replace(old, new, 1)))
    manifest.path_of(made).unlink()
    return made


def test_a_dump_of_a_newer_major_is_refused_by_its_header(bank_url, settings_for, reports):
    made = take(bank_url, settings_for(), reports)
    old = next(line for line in gzip.decompress(made.read_bytes()).splitlines() if b"Dumped from" in line)
    forged(made, old, b"-- Dumped from database version 99.1")
    with pytest.raises(Unsupported, match="the backup is of PostgreSQL 99"):
        backup.restore(bank_url, settings_for(), order(made, without_manifest=True))


def test_an_extension_that_the_server_lacks_is_named_before_anything_is_made(bank_url, settings_for, reports):
    made = take(bank_url, settings_for(), reports)
    forged(made, b"CREATE VIEW", b"CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;\nCREATE VIEW")
    with pytest.raises(Unsupported, match="postgis"):
        backup.restore(bank_url, settings_for(), order(made, without_manifest=True))


def test_a_missing_psql_is_named(bank_url, settings_for, reports, tmp_path):
    made = take(bank_url, settings_for(), reports)
    with pytest.raises(Unsupported, match="there is no psql"):
        backup.restore(bank_url, settings_for(AVDAILY_PG_BIN=str(tmp_path)), order(made))


def test_a_psql_that_is_killed_leaves_the_original(bank_url, settings_for, reports, tmp_path, server, rows):
    made = take(bank_url, settings_for(), reports)
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "psql").write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec {server.program("psql")} --version\nread line\nkill -9 $$\n'
    )
    (fake / "psql").chmod(0o755)
    with pytest.raises(Failed, match="psql was ended by SIGKILL"):
        backup.restore(bank_url, settings_for(AVDAILY_PG_BIN=str(fake)), order(made))
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]
