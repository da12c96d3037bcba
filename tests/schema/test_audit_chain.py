"""0008: the chain of hashes over the audit log: sealed in the order of ids, no change of the past goes unnoticed."""

import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests import throwaway
from tests.conftest import new_name
from tests.schema.people import call, one, open_house, register, rows, value


@pytest.fixture(scope="module")
def quiet():
    """A server of these tests alone: a row waits for every older transaction of its server, in whatever database."""
    session = throwaway.Session()
    try:
        server = throwaway.start_server(session, throwaway.programs(), options=["autovacuum=off"])
        yield server, throwaway.get_template(server, session.directory)
    finally:
        session.close()


@pytest.fixture
def migrated_url(quiet):
    server, template = quiet
    name = new_name(server)
    yield server.create_database(name, template)
    server.drop_database(name)


@pytest.fixture
def database_url(quiet):
    server, _ = quiet
    name = new_name(server)
    yield server.create_database(name)
    server.drop_database(name)


def note(conn, resource="auth"):
    return value(conn, "SELECT record_audit_event(NULL, 'auth.sign_in', %s)", resource)


def seal(conn, limit=100_000):
    return one(conn, "SELECT * FROM seal_audit_log(%s)", limit)


def verify(conn, *head):
    return call(conn, "verify_audit_chain", *head)


@pytest.fixture
def log(migrated_url):
    """A connection that commits each statement, and a sealed log of ten rows and more."""
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        open_house(conn)
        for _ in range(10):
            note(conn)
        seal(conn)
        yield conn


def ids(conn):
    return [row.id for row in rows(conn, "SELECT id FROM audit_log ORDER BY id")]


def past_the_guards(conn, statement, *arguments):
    """As somebody who owns the tables and means harm."""
    named = arguments[0] if arguments and isinstance(arguments[0], dict) else arguments
    with conn.transaction():
        conn.execute("SET LOCAL session_replication_role = replica")
        assert conn.execute(statement, named).rowcount > 0


def test_every_row_is_sealed_once_and_in_the_order_of_the_ids(log):
    assert [row.audit_id for row in rows(log, "SELECT audit_id FROM audit_chain ORDER BY sealed_at, audit_id")] == ids(
        log
    )
    assert seal(log).sealed_rows == 0
    later = note(log)
    sealed = seal(log)
    assert (sealed.sealed_rows, sealed.head_id) == (1, later)
    assert sealed.head_hash == value(log, "SELECT hash FROM audit_chain WHERE audit_id = %s", later)


def test_an_untouched_chain_is_intact(log):
    assert verify(log) == (True, len(ids(log)), None, None)


def test_an_empty_chain_is_intact_and_has_no_head(conn):
    assert verify(conn) == (True, 0, None, None)
    assert seal(conn) == (0, None, None)


def test_rows_that_are_not_sealed_yet_do_not_break_it(log):
    checked = verify(log).checked_rows
    note(log)
    assert verify(log) == (True, checked, None, None)


def test_a_limit_seals_the_oldest_and_the_next_call_goes_on(log):
    expected = [note(log) for _ in range(5)]
    assert [seal(log, 2).head_id for _ in range(3)] == [expected[1], expected[3], expected[4]]
    assert seal(log, 2).sealed_rows == 0
    assert verify(log).is_intact


@pytest.mark.parametrize("limit", [0, -1, None])
def test_a_limit_below_one_is_refused(conn, limit):
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        seal(conn, limit)


CHANGES = {
    "user_id": '(SELECT id FROM "user" LIMIT 1)',
    "subject_user_id": '(SELECT id FROM "user" LIMIT 1)',
    "action": "'auth.sign_out'",
    "resource": "'wallet'",
    "resource_id": "app_uuid()",
    "status": "'denied'",
    "ip_address": "'10.1.2.0/24'",
    "user_agent": "'other'",
    "metadata": """'{"count": 1}'""",
    "error_message": "'AV001'",
    "created_at": "created_at + interval '1 microsecond'",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_value_is_found_with_the_id_of_its_row(log, column):
    victim = ids(log)[-4]
    past_the_guards(log, f"UPDATE audit_log SET {column} = {CHANGES[column]} WHERE id = %s", victim)
    found = verify(log)
    assert (found.is_intact, found.first_broken_id) == (False, victim)
    assert found.reason == "the row or its hash was changed"
    assert found.checked_rows == ids(log).index(victim)


def test_every_column_was_changed_above(conn):
    columns = {
        row.attname
        for row in rows(conn, "SELECT attname FROM pg_attribute WHERE attrelid = 'audit_log'::regclass AND attnum > 0")
    }
    assert columns - {"id"} == set(CHANGES)


def test_of_two_changed_rows_the_first_is_named(log):
    first, second = ids(log)[3], ids(log)[6]
    past_the_guards(log, "UPDATE audit_log SET status = 'denied' WHERE id IN (%s, %s)", first, second)
    assert verify(log).first_broken_id == first


def test_a_row_whose_values_were_put_back_is_intact_again(log):
    victim = ids(log)[5]
    past_the_guards(log, "UPDATE audit_log SET status = 'denied' WHERE id = %s", victim)
    assert not verify(log).is_intact
    past_the_guards(log, "UPDATE audit_log SET status = 'success' WHERE id = %s", victim)
    assert verify(log).is_intact


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_deleted_row_is_found(log, place):
    victim = ids(log)[place]
    past_the_guards(log, "DELETE FROM audit_log WHERE id = %s", victim)
    assert (verify(log).first_broken_id, verify(log).reason) == (victim, "the row is missing")


def test_a_row_put_into_the_past_is_found(log):
    gap = ids(log)[-1]
    with log.transaction(force_rollback=True):
        gap = note(log)
    note(log)
    seal(log)
    past_the_guards(
        log,
        """INSERT INTO audit_log (id, action, resource) OVERRIDING SYSTEM VALUE
           VALUES (%s, 'auth.sign_in', 'auth')""",
        gap,
    )
    assert (verify(log).first_broken_id, verify(log).reason) == (gap, "the row has no link in the chain")


def test_a_second_row_with_the_id_of_another_is_found(log):
    victim = ids(log)[5]
    past_the_guards(
        log,
        """INSERT INTO audit_log (id, action, resource, created_at) OVERRIDING SYSTEM VALUE
           VALUES (%s, 'auth.sign_in', 'auth', now() + interval '1 hour')""",
        victim,
    )
    assert verify(log).first_broken_id == victim


def test_two_rows_that_changed_places_are_found(log):
    first, second = ids(log)[-5], ids(log)[-4]
    past_the_guards(
        log,
        """UPDATE audit_log SET created_at = other.created_at FROM audit_log AS other
           WHERE audit_log.id IN (%(first)s, %(second)s) AND other.id IN (%(first)s, %(second)s)
             AND other.id <> audit_log.id""",
        {"first": first, "second": second},
    )
    assert verify(log).first_broken_id == first


def test_a_removed_link_is_found(log):
    victim = ids(log)[5]
    past_the_guards(log, "DELETE FROM audit_chain WHERE audit_id = %s", victim)
    assert (verify(log).first_broken_id, verify(log).reason) == (victim, "the row has no link in the chain")


def test_a_changed_link_is_found(log):
    victim = ids(log)[5]
    past_the_guards(log, "UPDATE audit_chain SET hash = sha256('x') WHERE audit_id = %s", victim)
    assert verify(log).first_broken_id == victim


def compute_anew(conn):
    past_the_guards(conn, "DELETE FROM audit_chain")
    past_the_guards(conn, "DELETE FROM audit_seal_state")
    seal(conn)


def test_a_chain_that_was_computed_anew_is_found_by_a_head_kept_elsewhere(log):
    head = one(log, "SELECT audit_id, hash FROM audit_chain ORDER BY audit_id DESC LIMIT 1")
    assert verify(log, *head).is_intact
    past_the_guards(log, "UPDATE audit_log SET status = 'denied' WHERE id = %s", ids(log)[2])
    compute_anew(log)
    assert verify(log).is_intact
    assert (verify(log, *head).first_broken_id, verify(log, *head).reason) == (head[0], "the chain was computed anew")


def test_a_cut_tail_is_found_by_a_head_kept_elsewhere(log):
    head = one(log, "SELECT audit_id, hash FROM audit_chain ORDER BY audit_id DESC LIMIT 1")
    for table, column in (("audit_log", "id"), ("audit_chain", "audit_id")):
        past_the_guards(log, f"DELETE FROM {table} WHERE {column} = %s", head[0])
    assert verify(log).is_intact
    assert (verify(log, *head).first_broken_id, verify(log, *head).reason) == (
        head[0],
        "the chain ends before this row",
    )


@pytest.mark.parametrize("setting", ["timezone = 'Asia/Tokyo'", "datestyle = 'SQL, DMY'", "extra_float_digits = 0"])
def test_the_settings_of_a_session_do_not_change_a_hash(log, setting):
    log.execute(f"SET {setting}")
    assert verify(log).is_intact
    note(log)
    assert seal(log).sealed_rows == 1
    log.execute("RESET ALL")
    assert verify(log).is_intact


# Transactions that are still running


def test_a_row_waits_for_every_transaction_that_could_still_write_before_it(log, migrated_url):
    with psycopg.connect(migrated_url) as slow:
        slow.execute("SELECT 1")
        early = note(slow)
        late = note(log)
        assert early < late
        assert seal(log).sealed_rows == 0
        assert seal(log).sealed_rows == 0
        slow.commit()
    assert seal(log).head_id == late
    assert [row.audit_id for row in rows(log, "SELECT audit_id FROM audit_chain")] == ids(log)
    assert verify(log).is_intact


def test_a_row_of_an_older_transaction_with_a_newer_id_waits_too(log, migrated_url):
    """The number of the transaction says nothing about the order of its ids."""
    with psycopg.connect(migrated_url) as older, psycopg.connect(migrated_url) as younger:
        older.execute("SELECT pg_current_xact_id()")
        early = note(younger)
        late = note(older)
        assert early < late
        older.commit()
        assert seal(log).sealed_rows == 0
        younger.commit()
    assert seal(log).head_id == late
    assert [row.audit_id for row in rows(log, "SELECT audit_id FROM audit_chain")] == ids(log)


def test_a_transaction_that_never_writes_here_holds_back_only_what_came_after_it(log, migrated_url):
    before = note(log)
    with psycopg.connect(migrated_url) as slow:
        slow.execute("CREATE TEMP TABLE mine (id int)")
        seal(log)
        after = note(log)
        seal(log)
        slow.commit()
        slow.execute("CREATE TEMP TABLE mine_too (id int)")
        # Everything that ran when the first call read the highest id has ended.
        assert seal(log).head_id == before
    seal(log)
    assert seal(log).head_id is not None
    assert value(log, "SELECT max(audit_id) FROM audit_chain") == after


def test_a_rolled_back_row_leaves_a_gap_that_breaks_nothing(log):
    with log.transaction(force_rollback=True):
        note(log)
    note(log)
    assert seal(log).sealed_rows == 1
    assert verify(log).is_intact


def test_in_a_transaction_that_has_written_nothing_of_its_own_is_sealed(log):
    before = len(rows(log, "SELECT FROM audit_chain"))
    with log.transaction():
        note(log)
        assert seal(log).sealed_rows == 0
    assert len(rows(log, "SELECT FROM audit_chain")) == before
    assert seal(log).sealed_rows == 1


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_a_stricter_isolation_seals_the_same(log, isolation):
    note(log)
    with log.transaction():
        log.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        sealed = seal(log).sealed_rows
    assert sealed + seal(log).sealed_rows == 1
    assert verify(log).is_intact


def write_sixty_times(url, number):
    """One, two or three rows a transaction; some transactions are rolled back."""
    with psycopg.connect(url) as conn:
        for turn in range(60):
            for _ in range(1 + (turn + number) % 3):
                note(conn)
            (conn.rollback if turn % 7 == number else conn.commit)()


def seal_until(url, done):
    with psycopg.connect(url, autocommit=True) as conn:
        while not done.is_set():
            seal(conn, 50)


def test_writers_and_sealers_at_once_leave_one_whole_chain(migrated_url):
    done = threading.Event()
    with ThreadPoolExecutor(6) as pool:
        sealers = [pool.submit(seal_until, migrated_url, done) for _ in range(2)]
        writers = [pool.submit(write_sixty_times, migrated_url, number) for number in range(4)]
        try:
            for writer in writers:
                writer.result()
        finally:
            done.set()
        for sealer in sealers:
            sealer.result()
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        assert len(ids(conn)) > 300
        seal(conn)
        assert [row.audit_id for row in rows(conn, "SELECT audit_id FROM audit_chain ORDER BY audit_id")] == ids(conn)
        assert verify(conn) == (True, len(ids(conn)), None, None)


def test_a_killed_sealer_leaves_the_chain_as_it_was(log, migrated_url):
    for _ in range(5):
        note(log)
    checked = verify(log).checked_rows
    with psycopg.connect(migrated_url) as sealer:
        assert seal(sealer).sealed_rows == 5
        log.execute("SELECT pg_terminate_backend(%s)", [sealer.info.backend_pid])
        deadline = time.monotonic() + 20
        while rows(log, "SELECT FROM pg_stat_activity WHERE pid = %s", sealer.info.backend_pid):
            assert time.monotonic() < deadline
        with pytest.raises(psycopg.OperationalError):
            sealer.execute("SELECT 1")
    assert verify(log) == (True, checked, None, None)
    assert seal(log).sealed_rows == 5


def test_a_restored_dump_goes_on_where_it_was(log, migrated_url, database_url, server):
    """Numbers of transactions begin anew on another server: what waited there must not wait for ever here."""
    unsealed = [note(log) for _ in range(3)]
    past_the_guards(log, "UPDATE audit_seal_state SET waiting_id = %s, waiting_xact = '4000000000'", unsealed[1])
    dump = subprocess.run(
        [server.program("pg_dump"), "--no-owner", migrated_url], check=True, capture_output=True, text=True
    ).stdout
    subprocess.run(
        [server.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", database_url],
        check=True,
        capture_output=True,
        text=True,
        input=dump,
    )
    with psycopg.connect(database_url, autocommit=True) as restored:
        assert verify(restored).is_intact
        assert seal(restored).head_id == unsealed[2]
        later = note(restored)
        assert seal(restored).head_id == later
        assert verify(restored) == (True, len(ids(restored)), None, None)


@pytest.mark.parametrize("role", ["avdaily_app", "avdaily_readonly"])
def test_whoever_reads_the_log_may_verify_it(log, role):
    assert call(log, "verify_audit_chain", role=role).is_intact


def test_the_changes_of_people_are_in_the_chain(log):
    ada = register(log)
    assert seal(log).sealed_rows >= 1
    entry = rows(log, "SELECT id FROM audit_log WHERE subject_user_id = %s ORDER BY id", ada)[0].id
    past_the_guards(log, "UPDATE audit_log SET subject_user_id = NULL WHERE id = %s", entry)
    assert verify(log).first_broken_id == entry
