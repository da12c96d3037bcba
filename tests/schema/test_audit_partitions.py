"""0043: the months of audit_log and notifications are made ahead, and DEFAULT is emptied without losing a row."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.schema.files import apply_all, as_role
from tests.schema.people import acting_as, one, open_house, register, rows, value

# Far from today, so that what `up` has made does not matter.
DAY = datetime(2091, 11, 15, tzinfo=UTC)
TABLES = ["audit_log", "notifications"]


def ensure(conn, months, moment=DAY):
    with acting_as(conn, "avdaily_ledger"):
        return rows(conn, "SELECT * FROM ensure_partitions_at(%s, %s)", months, moment)


def partitions(conn, table):
    """Name → bounds, DEFAULT apart."""
    return {
        row.name: row.bounds
        for row in rows(
            conn,
            """SELECT oid::regclass::text AS name, pg_get_expr(relpartbound, oid) AS bounds FROM pg_class
               WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = %s::regclass)
                 AND oid::regclass::text ~ '_20[789][0-9]_' ORDER BY 1""",
            table,
        )
    }


def note(conn, moment):
    """Write one row of each table with a time of one's own choice, as a seed does."""
    return (
        value(
            conn,
            "INSERT INTO audit_log (action, resource, created_at) VALUES ('test.note', 'test', %s) RETURNING id",
            moment,
        ),
        value(
            conn,
            """INSERT INTO notifications (user_id, type, channel, title, message, created_at)
               SELECT id, 'security', 'push', 'Test', 'Test', %s FROM "user" LIMIT 1 RETURNING id""",
            moment,
        ),
    )


@pytest.fixture
def house(conn):
    open_house(conn)
    return conn


def test_this_month_and_those_ahead_are_made_once_for_both_tables(house):
    made = ensure(house, 2)
    assert [(row.table_name, row.partition_name, row.carried_rows) for row in made] == [
        (table, f"{table}_{month}", 0) for table in TABLES for month in ("2091_11", "2091_12", "2092_01")
    ]
    assert ensure(house, 2) == []
    assert value(house, "SELECT current_setting('lock_timeout')") == "0"
    assert [row.partition_name for row in ensure(house, 3)] == ["audit_log_2092_02", "notifications_2092_02"]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_a_month_is_one_of_utc_whatever_the_sessions_zone(house, zone):
    house.execute(sql.SQL("SET LOCAL timezone = {}").format(zone))
    ensure(house, 0, datetime(2091, 10, 31, 23, 30, tzinfo=UTC))
    house.execute("SET LOCAL timezone = 'UTC'")
    assert partitions(house, "audit_log") == {
        "audit_log_2091_10": "FOR VALUES FROM ('2091-10-01 00:00:00+00') TO ('2091-11-01 00:00:00+00')"
    }


@pytest.mark.parametrize("months", [-1, 25, None])
def test_other_numbers_of_months_are_refused(house, months):
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        ensure(house, months)


def test_the_application_may_call_it_and_needs_no_rights_on_the_tables(house):
    with acting_as(house, "avdaily_app"):
        house.execute("SELECT ensure_partitions(12)")
    assert value(house, "SELECT count(*) FROM pg_class WHERE relname LIKE 'audit\\_log\\_2%%' AND relkind = 'r'") >= 13


def test_each_month_refuses_what_the_whole_table_refuses(house):
    ensure(house, 1)
    note(house, DAY)
    for statement in (
        "UPDATE audit_log_2091_11 SET status = 'denied'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log_2091_11",
    ):
        with pytest.raises(psycopg.Error) as caught, house.transaction():
            house.execute(statement)
        assert caught.value.sqlstate == "AV090"
    assert value(house, "SELECT count(*) FROM audit_log WHERE created_at = %s", DAY) == 1
    # Messages are no history: the owner may empty a month of them.
    house.execute("TRUNCATE notifications_2091_11")


def test_rows_that_waited_in_default_are_carried_over_unchanged(house):
    moments = [datetime(2091, 8, 3, tzinfo=UTC), datetime(2091, 10, 31, 23, 59, 59, tzinfo=UTC), DAY]
    later = datetime(2093, 5, 1, tzinfo=UTC)
    for moment in [*moments, later]:
        note(house, moment)
    before = {table: rows(house, f"SELECT * FROM {table} ORDER BY id") for table in TABLES}
    made = ensure(house, 1)
    for table in TABLES:
        assert [row.partition_name for row in made if row.table_name == table] == [
            f"{table}_{month}" for month in ("2091_08", "2091_10", "2091_11", "2091_12")
        ]
        assert [row.carried_rows for row in made if row.table_name == table] == [1, 1, 1, 0]
        assert {
            str(row.created_at): row.partition
            for row in rows(
                house,
                f"SELECT created_at, tableoid::regclass AS partition FROM {table} WHERE created_at > '2091-01-01'",
            )
        } == {
            str(moments[0]): f"{table}_2091_08",
            str(moments[1]): f"{table}_2091_10",
            str(moments[2]): f"{table}_2091_11",
            str(later): f"{table}_default",
        }
        kept = rows(house, f"SELECT * FROM {table} ORDER BY id")
        assert [row for row in kept if getattr(row, "action", None) != "partitions.carry_over"] == before[table]


def test_carrying_over_is_audited(house):
    note(house, DAY)
    ensure(house, 0)
    entries = rows(house, "SELECT resource, metadata FROM audit_log WHERE action = 'partitions.carry_over' ORDER BY id")
    assert [(entry.resource, entry.metadata) for entry in entries] == [(table, {"count": 1}) for table in TABLES]
    ensure(house, 1)
    assert value(house, "SELECT count(*) FROM audit_log WHERE action = 'partitions.carry_over'") == 2


def catalog(conn, table):
    """Everything about DEFAULT that a dump would show."""
    return rows(
        conn,
        """SELECT 'constraint' AS kind, conname::text AS name, pg_get_constraintdef(oid) AS definition
           FROM pg_constraint WHERE conrelid = %(table)s::regclass
           UNION ALL SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)
           FROM pg_index WHERE indrelid = %(table)s::regclass
           UNION ALL SELECT 'trigger', tgname, tgenabled::text || pg_get_triggerdef(oid)
           FROM pg_trigger WHERE tgrelid = %(table)s::regclass AND NOT tgisinternal
           UNION ALL SELECT 'column', attname, format_type(atttypid, atttypmod) || attnotnull || attidentity::text
           FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum > 0
           ORDER BY 1, 2""".replace("%(table)s", f"'{table}'"),
    )


@pytest.mark.parametrize("table", TABLES)
def test_default_is_as_it_was_after_its_rows_were_carried_over(house, table):
    note(house, DAY)
    before = catalog(house, f"{table}_default")
    ensure(house, 0)
    assert catalog(house, f"{table}_default") == before
    note(house, datetime(2093, 1, 1, tzinfo=UTC))
    with pytest.raises(psycopg.Error) as caught:
        house.execute("DELETE FROM audit_log_default")
    assert caught.value.sqlstate == "AV090"


def test_the_chain_of_hashes_goes_through_rows_that_were_carried_over(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        for day in (1, 5, 9):
            note(conn, datetime(2091, 8, day, tzinfo=UTC))
        written = one(conn, "SELECT count(*) AS rows FROM audit_log").rows
        # Sealing stops at the oldest transaction of the whole server, and other tests have some open.
        sealed = 0
        while sealed < written:
            sealed += one(conn, "SELECT * FROM seal_audit_log()").sealed_rows
        assert sealed >= 3
        ensure(conn, 0)
        assert one(conn, "SELECT is_intact, checked_rows FROM verify_audit_chain()") == (True, sealed)
        conn.execute("SELECT seal_audit_log()")
        assert one(conn, "SELECT is_intact FROM verify_audit_chain()").is_intact


# At once


def write_until(url, done):
    """Insert into both tables, now in one order, now in the other, and return how often."""
    count = 0
    audit = "INSERT INTO audit_log (action, resource, created_at) VALUES ('test.note', 'test', %s)"
    message = """INSERT INTO notifications (user_id, type, channel, title, message, created_at)
                 SELECT id, 'security', 'push', 'Test', 'Test', %s FROM "user" LIMIT 1"""
    with psycopg.connect(url) as conn:
        while not done.is_set():
            moment = datetime(2091, 1 + count % 4, 10, tzinfo=UTC)
            for statement in (audit, message) if count % 2 else (message, audit):
                conn.execute(statement, [moment])
            conn.commit()
            count += 1
    return count


def ensure_four_months(url):
    with psycopg.connect(url, autocommit=True) as conn:
        for month in range(1, 5):
            # A table that could not be locked in one call is done by the next.
            while ensure(conn, 0, datetime(2091, month, 15, tzinfo=UTC)):
                pass


def test_months_are_made_and_emptied_while_others_write_and_nothing_is_lost(migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
    done = threading.Event()
    with ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(write_until, migrated_url, done) for _ in range(3)]
        makers = [pool.submit(ensure_four_months, migrated_url) for _ in range(2)]
        try:
            for maker in makers:
                maker.result()
        finally:
            done.set()
        written = sum(writer.result() for writer in writers)
    assert written > 0
    with psycopg.connect(migrated_url) as conn:
        assert value(conn, "SELECT count(*) FROM audit_log WHERE action = 'test.note'") == written
        assert value(conn, "SELECT count(DISTINCT id) FROM audit_log WHERE action = 'test.note'") == written
        assert value(conn, "SELECT count(*) FROM notifications") == written
        for table in TABLES:
            assert len(partitions(conn, table)) == 4
            assert value(conn, f"SELECT count(*) FROM {table}_default WHERE created_at > '2091-01-01'") == 0


def test_months_are_made_beside_open_transactions_that_write_this_month(migrated_url):
    with psycopg.connect(migrated_url) as writer, psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        ensure(conn, 0)
        note(writer, DAY)
        assert len(ensure(conn, 3)) == 6


@pytest.mark.slow
def test_a_table_that_stays_locked_is_named_after_fifty_attempts_and_nothing_is_lost(migrated_url):
    with psycopg.connect(migrated_url) as holder, psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        holder.execute("SELECT count(*) FROM audit_log")
        with pytest.raises(psycopg.errors.LockNotAvailable) as refusal:
            ensure(conn, 0)
        assert refusal.value.diag.message_primary == 'could not lock "audit_log" in 50 attempts'
        assert partitions(conn, "audit_log") == {}
        note(conn, DAY)
        holder.rollback()
        assert [row.carried_rows for row in ensure(conn, 0)] == [1, 1]


def test_a_second_table_that_stays_locked_is_left_to_the_next_call(migrated_url):
    with psycopg.connect(migrated_url) as holder, psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        warnings = []
        conn.add_notice_handler(lambda notice: warnings.append(notice.message_primary))
        holder.execute("SELECT count(*) FROM notifications")
        assert [row.table_name for row in ensure(conn, 0)] == ["audit_log"]
        assert warnings == ['could not lock "notifications": call ensure_partitions() again']
        holder.rollback()
        assert [row.table_name for row in ensure(conn, 0)] == ["notifications"]


def test_an_owner_who_is_no_superuser_makes_them_too(server, database_url):
    owner = f"owner_{uuid4().hex}"
    server.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(owner)))
    try:
        server.execute(sql.SQL("GRANT avdaily_ledger TO {} WITH ADMIN OPTION").format(sql.Identifier(owner)))
        with psycopg.connect(database_url) as conn:
            conn.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(owner)))
        apply_all(server, as_role(database_url, owner))
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute("INSERT INTO roles (name, display_name) VALUES ('user', 'User')")
            register(conn)
            note(conn, DAY)
            made = ensure(conn, 1)
            assert {row.carried_rows for row in made if row.partition_name.endswith("2091_11")} == {1}
            assert (
                value(
                    conn,
                    "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname LIKE 'audit\\_log\\_20%%'",
                ).strip('"')
                == owner
            )
    finally:
        server.drop_database(database_url.partition("?")[0].rpartition("/")[2])
        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(owner)))
