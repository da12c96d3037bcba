"""Connections of an application: what they are set to, what they survive, and on whose behalf they act."""

import asyncio
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

import avdaily_sql
from avdaily_sql import connections
from avdaily_sql.connections import Behaviour, as_user, async_pool, connect, pool, transaction
from avdaily_sql.errors import Failed, UsageError
from tests.queries.clusters import pgbouncer, primary_and_standby
from tests.queries.conftest import FIRST, SECOND
from tests.waiting import eventually

ADA = uuid.UUID(int=77)


def setting(connection, name: str) -> str:
    return connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0]


@pytest.fixture
def fresh(items_url):
    """The items' database, whose rows are as they were afterwards."""
    yield items_url
    with psycopg.connect(items_url) as connection:
        connection.execute(
            "UPDATE items SET label = CASE id WHEN %s THEN 'first' ELSE 'second' END WHERE id IN (%s, %s)",
            [FIRST, FIRST, SECOND],
        )


def test_a_connection_is_in_utc_and_has_a_name_and_timeouts(items_url):
    with connect(items_url, Behaviour(application_name="payments", statement_timeout_ms=1234)) as connection:
        assert setting(connection, "timezone") == "UTC"
        assert setting(connection, "application_name") == "payments"
        assert setting(connection, "statement_timeout") == "1234ms"
        assert setting(connection, "idle_in_transaction_session_timeout") == "1min"
        assert connection.autocommit is False


def test_what_the_url_says_wins(items_url):
    url = f"{items_url}&application_name=reports&options=-c%20statement_timeout%3D5s"
    with connect(url) as connection:
        assert setting(connection, "application_name") == "reports"
        assert setting(connection, "statement_timeout") == "5s"


def test_the_packages_first_page_has_them(items_url):
    with avdaily_sql.connect(items_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert avdaily_sql.pool is pool
    with pytest.raises(AttributeError):
        avdaily_sql.pol  # noqa: B018


def test_without_a_url_the_environment_names_the_database(items_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", items_url.replace("postgresql://", "postgresql+psycopg://"))
    with connect() as connection:
        assert connection.info.dbname in items_url
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(UsageError, match="no database is named"):
        connect()


def test_a_server_that_is_not_there_is_one_line_without_the_password():
    with pytest.raises(Failed) as caught:
        connect("postgresql://app:hunter22@127.0.0.1:1/x")
    assert "nothing listens there" in caught.value.message
    assert "hunter22" not in f"{caught.value} {caught.value.detail} {caught.value.hint}"


def test_more_statements_stay_prepared_than_there_are_queries(q, items_url):
    with connect(items_url) as connection:
        for _ in range(7):
            q.get_item(connection, FIRST)
        found = connection.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%get_item%'")
        assert found.fetchone() == (1,)
        assert connection.prepared_max > 250


# Pools.


def test_a_pool_gives_connections_that_are_set_up(q, items_url):
    with pool(items_url, Behaviour(application_name="web"), min_size=1, max_size=2) as some:
        with some.connection() as connection:
            assert q.get_item(connection, FIRST).label == "first"
            assert setting(connection, "application_name") == "web"
            assert setting(connection, "timezone") == "UTC"
        with some.connection() as connection:
            assert connection.prepared_max > 250


def test_a_connection_that_died_in_the_pool_is_not_given_out(q, items_url):
    with pool(items_url, min_size=1, max_size=1) as some:
        with some.connection() as connection:
            pid = connection.info.backend_pid
        with psycopg.connect(items_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        with some.connection() as connection:
            assert q.get_item(connection, FIRST).label == "first"
            assert connection.info.backend_pid != pid


def test_an_async_pool_serves_many_callers_at_once(q, items_url):
    async def work():
        async with async_pool(items_url, min_size=2, max_size=4) as some:

            async def one(number: int) -> int:
                async with some.connection() as connection:
                    assert (await q.get_item(connection, uuid.UUID(int=1 + number % 3))).id.int == 1 + number % 3
                    return connection.info.backend_pid

            pids = set(await asyncio.gather(*(one(number) for number in range(200))))
            assert 2 <= len(pids) <= 4

    asyncio.run(work())


# Transactions that are tried again.


def relabel_in_order(first, second, barrier):
    """Return work that locks two rows one after the other, with the other worker in between at the first attempt."""
    attempts = []

    def work(connection):
        attempts.append(1)
        connection.execute("UPDATE items SET label = label || '!' WHERE id = %s", [first])
        if len(attempts) == 1:
            barrier.wait(10)
        connection.execute("UPDATE items SET label = label || '!' WHERE id = %s", [second])
        return len(attempts)

    return work


def test_a_deadlock_is_tried_again_and_both_succeed(fresh):
    barrier = threading.Barrier(2)
    with pool(fresh, min_size=2, max_size=2) as some, ThreadPoolExecutor(2) as threads:
        one = threads.submit(transaction, some, relabel_in_order(FIRST, SECOND, barrier))
        other = threads.submit(transaction, some, relabel_in_order(SECOND, FIRST, barrier))
        assert sorted([one.result(30), other.result(30)]) == [1, 2]
    with psycopg.connect(fresh) as connection:
        assert connection.execute("SELECT label FROM items WHERE id = %s", [FIRST]).fetchone() == ("first!!",)


def test_a_serialization_failure_is_tried_again(fresh):
    attempts = []

    def work(connection):
        attempts.append(1)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT count(*) FROM items")
        if len(attempts) == 1:
            with psycopg.connect(fresh) as other:
                other.execute("UPDATE items SET label = 'theirs' WHERE id = %s", [FIRST])
        connection.execute("UPDATE items SET label = label || ', ours' WHERE id = %s", [FIRST])

    with connect(fresh) as connection:
        transaction(connection, work)
        assert len(attempts) == 2
        assert connection.execute("SELECT label FROM items WHERE id = %s", [FIRST]).fetchone() == ("theirs, ours",)


def always_failing(attempts):
    def work(connection):
        attempts.append(1)
        connection.execute("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")

    return work


def test_after_the_last_attempt_the_failure_comes_out(items_url):
    attempts = []
    with connect(items_url) as connection:
        with pytest.raises(errors.SerializationFailure):
            transaction(connection, always_failing(attempts), attempts=3)
        assert len(attempts) == 3
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_within_a_transaction_nothing_is_tried_again(items_url):
    attempts = []
    with connect(items_url) as connection, connection.transaction():
        with pytest.raises(errors.SerializationFailure):
            transaction(connection, always_failing(attempts))
        assert len(attempts) == 1
        assert connection.execute("SELECT 1").fetchone() == (1,), "only the savepoint was undone"


def test_another_failure_is_not_tried_again(q, items_url):
    attempts = []

    def work(connection):
        attempts.append(1)
        q.get_division(connection, 0)

    with connect(items_url) as connection, pytest.raises(errors.DivisionByZero):
        transaction(connection, work)
    assert len(attempts) == 1


def test_pauses_grow_and_are_random():
    first = [connections._pause_s(1) for _ in range(200)]
    later = [connections._pause_s(6) for _ in range(200)]
    assert len(set(first)) > 100
    assert all(0 <= pause <= 0.02 for pause in first)
    assert sum(later) / 200 > 0.1
    assert max(connections._pause_s(50) for _ in range(200)) <= 1


def test_an_async_transaction_is_tried_again_like_a_sync_one(fresh):
    async def work():
        attempts = []

        async def fails_once(connection):
            attempts.append(1)
            if len(attempts) == 1:
                await connection.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")
            await connection.execute("UPDATE items SET label = 'async' WHERE id = %s", [FIRST])
            return len(attempts)

        async with async_pool(fresh) as some:
            assert await transaction(some, fails_once) == 2
            async with some.connection() as connection:
                assert await transaction(connection, fails_once) == 3

    asyncio.run(work())


# On behalf of a user.


def actor(connection) -> str:
    return connection.execute("SELECT current_setting('app.user_id', true)").fetchone()[0] or ""


def test_the_actor_is_set_for_the_block_and_gone_behind_it(items_url):
    with connect(items_url) as connection:
        with as_user(connection, ADA):
            assert actor(connection) == str(ADA)
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert actor(connection) == ""


def fail_as(connection, user_id) -> None:
    with as_user(connection, user_id):
        assert actor(connection) == str(user_id or "")
        connection.execute("UPDATE items SET label = 'undone' WHERE id = %s", [FIRST])
        connection.execute("SELECT 1 / 0")


def test_blocks_stand_in_one_another(items_url):
    other = uuid.UUID(int=78)
    with connect(items_url) as connection, as_user(connection, ADA):
        with as_user(connection, other):
            assert actor(connection) == str(other)
        assert actor(connection) == str(ADA)
        with pytest.raises(errors.DivisionByZero):
            fail_as(connection, None)
        assert actor(connection) == str(ADA)


def test_what_a_failed_block_did_is_undone(items_url, q):
    with connect(items_url) as connection:
        with pytest.raises(errors.DivisionByZero):
            fail_as(connection, ADA)
        assert q.get_item_label(connection, FIRST) == "first"


def test_the_audit_log_names_the_actor(migrated_url):
    with connect(migrated_url) as connection:
        with as_user(connection, None):
            connection.execute("INSERT INTO \"user\" (id, name, email) VALUES (%s, 'Test', 'a@b.test')", [ADA])
        with as_user(connection, ADA):
            connection.execute("INSERT INTO roles (name, display_name) VALUES ('night_watch', 'Night watch')")
        found = connection.execute("SELECT user_id FROM audit_log WHERE resource = 'roles' ORDER BY id DESC LIMIT 1")
        assert found.fetchone() == (ADA,)


def test_the_actor_of_an_async_connection(items_url):
    async def work():
        async with async_pool(items_url) as some, some.connection() as connection:
            async with as_user(connection, ADA):
                row = await (await connection.execute("SELECT current_setting('app.user_id', true)")).fetchone()
                assert row == (str(ADA),)
            row = await (await connection.execute("SELECT current_setting('app.user_id', true)")).fetchone()
            assert row == ("",)

    asyncio.run(work())


# PgBouncer, a replica, a failover.


@pytest.mark.slow
@pytest.mark.needs("pgbouncer")
def test_queries_work_through_pgbouncer_in_transaction_mode(q, items_url, server, tmp_path):
    with pgbouncer(tmp_path, items_url, server.bin) as through:
        behaviour = Behaviour(transaction_pooling=True)
        with pool(through, behaviour, min_size=4, max_size=4) as some, ThreadPoolExecutor(4) as threads:

            def one(number: int) -> None:
                with some.connection() as connection:
                    wanted = uuid.UUID(int=1 + number % 3)
                    assert q.get_item(connection, wanted).id == wanted
                    assert setting(connection, "timezone") == "UTC"
                    with as_user(connection, ADA):
                        assert actor(connection) == str(ADA)
                    connection.commit()
                    assert q.update_label(connection, FIRST, "first") == 1
                    assert q.relabel(connection, [(FIRST, "first"), (SECOND, "second")]) == 2

            # More turns than prepared statements would need to be used, on fewer server sessions than clients.
            list(threads.map(one, range(80)))
        with psycopg.connect(items_url) as connection:
            sessions = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert sessions.fetchone()[0] <= 2


@pytest.mark.slow
@pytest.mark.needs("pgbouncer")
def test_an_async_pool_works_through_pgbouncer_too(q, items_url, server, tmp_path):
    async def work(through):
        async with async_pool(through, Behaviour(transaction_pooling=True), min_size=4, max_size=4) as some:

            async def one(number: int) -> None:
                async with some.connection() as connection:
                    wanted = uuid.UUID(int=1 + number % 3)
                    assert (await q.get_item(connection, wanted)).id == wanted

            await asyncio.gather(*(one(number) for number in range(200)))

    with pgbouncer(tmp_path, items_url, server.bin) as through:
        asyncio.run(work(through))


@pytest.mark.slow
@pytest.mark.fault
def test_reads_go_to_the_replica_and_a_failover_is_one_reconnect(q, server, tmp_path_factory):
    directory = Path(tmp_path_factory.mktemp("replica"))
    for parent in (directory, directory.parent):
        parent.chmod(0o755)
    with primary_and_standby(directory, server.bin) as (primary, standby):
        both = (
            f"postgresql://postgres@/postgres?host={primary.socket},{standby.socket}&port={primary.port},{standby.port}"
        )
        with connect(f"{both}&target_session_attrs=read-write") as writer:
            writer.execute("CREATE TABLE items (id uuid PRIMARY KEY, label text NOT NULL)")
            writer.execute("INSERT INTO items VALUES (%s, 'first')", [FIRST])
            writer.commit()
            assert writer.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        with connect(f"{both}&target_session_attrs=prefer-standby") as reader:
            assert reader.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
            reader.commit()
            eventually(lambda: reader.execute("SELECT FROM pg_class WHERE relname = 'items'").rowcount)
            assert q.get_item_label(reader, FIRST) == "first"
            with pytest.raises(errors.ReadOnlySqlTransaction):
                q.update_label(reader, FIRST, "x")

        with pool(f"{both}&target_session_attrs=read-write", min_size=1, max_size=1) as some:
            with some.connection() as connection:
                assert q.get_item_label(connection, FIRST) == "first"
                before = connection.info.backend_pid
            primary.kill()
            standby.run("pg_ctl", "promote", "-D", standby.data, "-w")
            # The dead connection is found out when it is taken, and one new one leads to the new primary.
            with some.connection(timeout=30) as connection:
                assert connection.info.backend_pid != before
                assert q.update_label(connection, FIRST, "after the failover") == 1
