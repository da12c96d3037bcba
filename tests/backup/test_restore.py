"""A restore puts a whole, counted database in the place of the old one, which stays; or it changes nothing."""

from __future__ import annotations

import gzip
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import backup, maintenance, marker
from avdaily_sql.backup import manifest
from avdaily_sql.errors import AvDailyError, Busy, Damaged, Failed, Refused, UsageError
from avdaily_sql.guards import Consent
from avdaily_sql.settings import Environment

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)
YES = Consent(yes=True)


@pytest.fixture
def made(bank_url, settings_for, reports):
    return Path(backup.create(bank_url, settings_for(), reports.reports, now=NOW).file)


def order(file, **options):
    return backup.Order(**({"file": file, "now": datetime.now(UTC), "consent": YES} | options))


def execute(url, *statements):
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in statements:
            conn.execute(statement)


def databases(server, bank_url):
    name = maintenance.database_name(bank_url)
    with psycopg.connect(server.maintenance_url, autocommit=True) as conn:
        return [each.name for each in maintenance.list_related(conn, name)]


def test_what_was_lost_after_the_backup_comes_back_and_what_was_there_is_kept(
    bank_url, settings_for, made, rows, server
):
    execute(bank_url, "DROP TABLE entries", "UPDATE accounts SET balance = 0")
    restored = backup.restore(bank_url, settings_for(), order(made))
    assert (restored.tables, restored.rows, restored.database) == (2, 400, maintenance.database_name(bank_url))
    assert rows(bank_url, "SELECT sum(amount) FROM entries") == [(20100,)]
    assert rows(bank_url, "SELECT note FROM accounts WHERE id = 1") == [
        ("tab\tand \\! and \\. and 'quote'\nnext line",)
    ]
    assert databases(server, bank_url) == [restored.kept_as]
    kept = server.url(restored.kept_as)
    assert rows(kept, "SELECT sum(balance), to_regclass('entries') FROM accounts") == [(0, None)]


def test_undo_brings_the_replaced_database_back_and_again_undoes_the_undo(bank_url, settings_for, made, rows):
    execute(bank_url, "UPDATE accounts SET balance = 7")
    backup.restore(bank_url, settings_for(), order(made))
    backup.undo(bank_url, settings_for(), order(made))
    assert rows(bank_url, "SELECT DISTINCT balance FROM accounts") == [(7,)]
    backup.undo(bank_url, settings_for(), order(made))
    assert rows(bank_url, "SELECT sum(balance) FROM accounts") == [(20100,)]


def test_undo_without_a_kept_database_is_refused(bank_url, settings_for, made):
    with pytest.raises(Refused, match="nothing to undo"):
        backup.undo(bank_url, settings_for(), order(made))


def test_owner_grants_settings_comment_marker_and_limit_stay_with_the_name(
    bank_url, settings_for, made, server, rows, request
):
    name = maintenance.database_name(bank_url)
    roles = [f"test_{server.session}_{word}" for word in ("owner", "reader")]
    database, owner, reader = (sql.Identifier(word) for word in (name, *roles))
    request.addfinalizer(lambda: server.execute(sql.SQL("DROP ROLE IF EXISTS {}, {}").format(owner, reader)))
    request.addfinalizer(lambda: [server.drop_database(each) for each in [name, *databases(server, bank_url)]])
    for statement in (
        "CREATE ROLE {o}", "CREATE ROLE {r}", "ALTER DATABASE {d} OWNER TO {o}",
        "REVOKE ALL ON DATABASE {d} FROM PUBLIC", "GRANT CONNECT ON DATABASE {d} TO {r} WITH GRANT OPTION",
        "ALTER DATABASE {d} SET search_path TO \"$user\", public, pg_catalog",
        "ALTER DATABASE {d} SET work_mem TO '7MB'", "ALTER DATABASE {d} SET avdaily.checkout TO '/a b, c'",
        "ALTER ROLE {r} IN DATABASE {d} SET statement_timeout TO '9s'",
        "ALTER DATABASE {d} WITH CONNECTION LIMIT 42", "COMMENT ON DATABASE {d} IS 'the bank''s\nown'",
        "ALTER DATABASE {d} SET avdaily.environment TO 'staging'",
    ):  # fmt: skip
        server.execute(sql.SQL(statement).format(d=database, o=owner, r=reader))
    look = """
        SELECT pg_get_userbyid(datdba), datacl::text, datconnlimit, shobj_description(d.oid, 'pg_database'),
            datcollate, datctype, datlocprovider::text, pg_encoding_to_char(encoding),
            (SELECT array_agg(setrole || ' ' || entry ORDER BY setrole, entry)
             FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS entry WHERE setdatabase = d.oid)
        FROM pg_database AS d WHERE datname = current_database()"""
    before = rows(bank_url, look)
    backup.restore(bank_url, settings_for(), order(made))
    assert rows(bank_url, look) == before
    with psycopg.connect(bank_url) as conn:
        assert marker.read_marker(conn) is Environment.staging


def test_a_restore_into_a_new_name_swaps_nothing(bank_url, settings_for, made, rows, server, request):
    name = f"test_{server.session}_into"
    request.addfinalizer(lambda: server.drop_database(name))
    restored = backup.restore(bank_url, settings_for(), order(made, into=name, consent=Consent()))
    assert (restored.database, restored.kept_as, restored.swap_ms) == (name, None, None)
    assert rows(server.url(name), "SELECT sum(amount) FROM entries") == [(20100,)]
    assert rows(server.url(name), "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
                                  " WHERE datname = current_database()") == [(None,)]  # fmt: skip
    assert databases(server, bank_url) == []
    with pytest.raises(UsageError, match="exists already"):
        backup.restore(bank_url, settings_for(), order(made, into=name))


def test_a_database_that_is_gone_is_made_again(bank_url, settings_for, made, rows, server):
    server.drop_database(maintenance.database_name(bank_url))
    restored = backup.restore(bank_url, settings_for(), order(made, consent=Consent()))
    assert restored.kept_as is None
    assert rows(bank_url, "SELECT sum(balance) FROM accounts") == [(20100,)]


def test_without_a_confirmation_nothing_happens_and_the_line_to_run_is_said(bank_url, settings_for, made, server):
    with pytest.raises(Refused) as caught:
        backup.restore(
            bank_url, settings_for(), order(made, consent=Consent(), command=["avdaily-sql", "restore", str(made)])
        )
    assert caught.value.hint == f"avdaily-sql restore '{made}' --yes"
    with pytest.raises(Refused) as caught:
        backup.restore(
            bank_url, settings_for(AVDAILY_ENV="production"), order(made, command=["avdaily-sql", "restore"])
        )
    assert caught.value.hint == (
        "DB_RESTORE_CONFIRM=1 DB_RESTORE_ALLOW_PRODUCTION=1 avdaily-sql restore --confirm DATABASE"
    )
    assert databases(server, bank_url) == []


def test_production_is_replaced_with_both_variables_and_the_name(bank_url, settings_for, made):
    settings = settings_for(AVDAILY_ENV="production", DB_RESTORE_CONFIRM="1", DB_RESTORE_ALLOW_PRODUCTION="1")
    consent = Consent(confirm=maintenance.database_name(bank_url))
    assert backup.restore(bank_url, settings, order(made, consent=consent)).rows == 400


def test_a_backup_without_its_manifest_is_refused_unless_that_is_said(bank_url, settings_for, made):
    manifest.path_of(made).unlink()
    with pytest.raises(Refused, match="has no manifest") as caught:
        backup.restore(bank_url, settings_for(), order(made))
    assert caught.value.hint.endswith("--without-manifest")
    assert backup.restore(bank_url, settings_for(), order(made, without_manifest=True)).rows == 400


def test_the_plan_says_what_would_happen_and_changes_nothing(bank_url, settings_for, made, server):
    planned = backup.plan(bank_url, settings_for(), order(made, consent=Consent()))
    assert (planned.rows, planned.tables, planned.replaces, planned.environment) == (400, 2, True, "development")
    assert planned.taken_at == "2026-11-23T03:00:00Z"
    assert databases(server, bank_url) == []


def test_another_restore_or_a_migration_at_work_is_named(bank_url, settings_for, made, rows, server):
    from avdaily_sql.migrations import lock
    from avdaily_sql.migrations.observer import Observer

    name = maintenance.database_name(bank_url)
    with maintenance.locked(bank_url, name, "reset"), pytest.raises(Busy, match="at work"):
        backup.restore(bank_url, settings_for(), order(made))
    with psycopg.connect(bank_url, autocommit=True) as conn:
        lock.acquire(conn, "avdaily_migrations", lock.Budget(0), Observer())
        with pytest.raises(Busy, match="migrations are being applied"):
            backup.restore(bank_url, settings_for(), order(made))
        assert conn.execute("SELECT 1").fetchone() == (1,), "the runner's session was ended"
    assert databases(server, bank_url) == []


def test_rows_that_are_not_the_manifests_stop_the_restore(bank_url, settings_for, made, server, rows):
    """The dump itself is whole: only the counting can notice."""
    path = manifest.path_of(made)
    path.write_text(path.read_text().replace('"20100.00"', '"20100.01"', 1))
    execute(bank_url, "UPDATE accounts SET balance = 7")
    with pytest.raises(Failed, match="not what the manifest says") as caught:
        backup.restore(bank_url, settings_for(), order(made))
    assert "public.accounts.balance: sum 20100.00 instead of 20100.01" in caught.value.detail
    assert rows(bank_url, "SELECT DISTINCT balance FROM accounts") == [(7,)]
    assert databases(server, bank_url) == []


def test_an_error_in_the_middle_of_the_dump_leaves_the_original(bank_url, settings_for, made, server, rows):
    text = gzip.decompress(made.read_bytes()).replace(
        b"ADD CONSTRAINT entries_pkey", b"ADD CONSTRAINT entries_pkey oops"
    )
    bad = made.with_name("bad.sql.gz")
    bad.write_bytes(gzip.compress(text))
    with pytest.raises(Failed, match="the server refused the backup: syntax error"):
        backup.restore(bank_url, settings_for(), order(bad, without_manifest=True))
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]
    assert databases(server, bank_url) == []


def test_missing_roles_are_made_without_login_and_go_again_when_the_restore_fails(
    bank_url, settings_for, server, reports, request
):
    role = f"test_{server.session} Owner"
    quoted = sql.Identifier(role)
    request.addfinalizer(lambda: server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(quoted)))
    request.addfinalizer(lambda: server.drop_database(maintenance.database_name(bank_url)))
    server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(quoted))
    execute(bank_url, sql.SQL("ALTER TABLE accounts OWNER TO {}").format(quoted))
    made = Path(backup.create(bank_url, settings_for(), reports.reports, now=NOW).file)
    server.drop_database(maintenance.database_name(bank_url))
    server.execute(sql.SQL("DROP ROLE {}").format(quoted))
    path = manifest.path_of(made)
    whole = path.read_text()
    path.write_text(whole.replace('"20100.00"', '"1.00"', 1))
    look = "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s"
    with pytest.raises(Failed):
        backup.restore(bank_url, settings_for(), order(made))
    assert server.execute(look, role) == []
    path.write_text(whole)
    backup.restore(bank_url, settings_for(), order(made))
    assert server.execute(look, role) == [(False,)]


def test_clients_that_read_and_write_see_the_old_or_the_new_database_and_clean_refusals(
    bank_url, settings_for, made, rows
):
    """Twenty clients; the sum of what one sees is that of the backup or that of the moment, nothing between."""
    execute(bank_url, "UPDATE accounts SET balance = balance + 1000")
    seen, errors, stop = set(), set(), threading.Event()

    def client(number):
        while not stop.is_set():
            try:
                with psycopg.connect(bank_url, autocommit=True, connect_timeout=10) as conn:
                    if number % 2:
                        conn.execute("INSERT INTO entries (account_id, amount) VALUES (1, 0)")
                    seen.add(conn.execute("SELECT sum(balance), count(*) FROM accounts").fetchone())
            except psycopg.Error as error:
                errors.add(error.sqlstate or str(error).strip().splitlines()[0].rpartition("FATAL:")[2].strip())

    clients = [threading.Thread(target=client, args=(number,)) for number in range(20)]
    for each in clients:
        each.start()
    try:
        restored = backup.restore(bank_url, settings_for(), order(made))
        deadline = time.monotonic() + 30
        while (20100, 200) not in seen and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        stop.set()
        for each in clients:
            each.join()
    assert seen == {(220100, 200), (20100, 200)}
    closed = f'database "{maintenance.database_name(bank_url)}" is not currently accepting connections'
    ended = {"57P01", "terminating connection due to administrator command"}
    # The server looks a name up, waits for the rename, and looks again.
    renamed = closed.replace("is not currently accepting connections", "does not exist")
    reset = {each for each in errors if "server closed the connection unexpectedly" in each}
    assert errors - reset <= {closed, renamed, *ended}
    assert restored.swap_ms < 1000


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: data[:0], "is empty"),
        (lambda data: data[:5], "it was cut, or changed"),
        (lambda data: data[: len(data) // 2], "it was cut, or changed"),
        (lambda data: data[:-1], "it was cut, or changed"),
        (lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:], "is not what was written"),
        (lambda data: data[:-4] + bytes(4), "is not what was written"),
        (lambda data: data[:4] + bytes([data[4] ^ 1]) + data[5:], "is not what was written"),
    ],
    ids=[
        "empty",
        "cut in the header",
        "cut in half",
        "last byte gone",
        "bit in the data",
        "length",
        "bit in the header",
    ],
)
@pytest.mark.parametrize("with_manifest", [True, False], ids=["manifest", "no manifest"])
def test_restore_of_a_damaged_backup_changes_nothing(
    bank_url, settings_for, made, server, rows, damage, says, with_manifest, request
):
    made.write_bytes(damage(made.read_bytes()))
    if not with_manifest:
        manifest.path_of(made).unlink()
        if request.node.callspec.id.endswith("bit in the header"):
            return  # the time in gzip's header: without the manifest that file is as good as any
    with pytest.raises(Damaged, match=says if with_manifest else None):
        backup.restore(bank_url, settings_for(), order(made, without_manifest=True))
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]
    assert databases(server, bank_url) == []


@pytest.mark.parametrize(
    "cut",
    [b"COPY public.entries", b"ALTER TABLE ONLY public.accounts\n", b"\n--\n-- PostgreSQL database dump complete"],
)
def test_valid_gzip_whose_dump_ends_at_a_statement_is_no_whole_backup(bank_url, settings_for, made, rows, cut):
    """gzip -t passes on it, and psql -1 with ON_ERROR_STOP commits the loss."""
    text = gzip.decompress(made.read_bytes())
    made.write_bytes(gzip.compress(text[: text.index(cut)]))
    manifest.path_of(made).unlink()
    with pytest.raises(Damaged, match="no end marker"):
        backup.restore(bank_url, settings_for(), order(made, without_manifest=True))
    assert rows(bank_url, "SELECT count(*) FROM entries") == [(200,)]


@pytest.mark.parametrize(
    "line", [b"\\! touch {}\n", b"SELECT 1 \\g |touch {}\n", b"SELECT (1; COPY x FROM stdin;\n\\! touch {}\n\\.\n"]
)
def test_a_command_of_psql_in_a_dump_is_not_run(bank_url, settings_for, made, tmp_path, line):
    witness = tmp_path / "ran"
    text = gzip.decompress(made.read_bytes())
    at = text.index(b"CREATE VIEW")
    made.write_bytes(gzip.compress(text[:at] + line.replace(b"{}", bytes(witness)) + text[at:]))
    manifest.path_of(made).unlink()
    with pytest.raises(Damaged, match="a command of psql"):
        backup.restore(bank_url, settings_for(), order(made, without_manifest=True))
    assert not witness.exists()


def test_a_file_that_is_no_backup_at_all_is_not_restored(bank_url, settings_for, tmp_path):
    for content in (b"hello\n", b"\x1f\x8b", b"age-encryption.org/v1\n"):
        path = tmp_path / "some file"
        path.write_bytes(content)
        with pytest.raises(AvDailyError) as caught:
            backup.restore(bank_url, settings_for(), order(path, without_manifest=True))
        assert caught.value.exit_code in (6, 7)
