"""Calling queries: what goes in, what comes out, and what goes wrong."""

import asyncio
import copy
import gc
import inspect
import pickle
import traceback
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest
from psycopg import errors

from avdaily_sql import queries
from avdaily_sql.errors import AvDailyError
from avdaily_sql.refusals import InsufficientFunds, Refusal
from tests.queries.conftest import FIRST, OWNER, SECOND, SQL, THIRD

UNKNOWN = uuid.UUID(int=99)


def notes(error: BaseException) -> str:
    return "\n".join(getattr(error, "__notes__", ()))


# What a function looks like.


def test_a_query_is_a_function_with_a_signature_and_documentation(q):
    assert str(inspect.signature(q.create_item)) == "(conn, id, owner, label)"
    assert inspect.isfunction(q.create_item)
    assert q.get_item.__name__ == "get_item"
    assert q.get_item.__doc__ == "One item, or nothing.\n\nUsed by most tests."
    assert q.get_item.sql.startswith("SELECT id, owner")
    assert ":id" in q.get_item.sql


def test_its_code_stands_in_the_sql_file(q):
    code = q.get_item.__code__
    assert code.co_filename == str(SQL / "items.sql")
    assert (SQL / "items.sql").read_text().splitlines()[code.co_firstlineno - 1] == "-- name: get_item(id)^"


def test_the_file_is_a_namespace_with_the_same_functions(q):
    assert q.items.get_item is q.get_item
    assert not hasattr(q.items, "get_wrong_type")
    assert len(q) == len(list(q)) > 20


def test_a_misspelt_name_is_told_the_nearest(q):
    with pytest.raises(AttributeError, match="no query get_itm; there is get_item"):
        q.get_itm  # noqa: B018


@pytest.mark.parametrize(
    ("arguments", "named", "words"),
    [
        ((), {}, "get_item() missing 1 required positional argument: 'id'"),
        ((FIRST, SECOND), {}, "get_item() takes 2 positional arguments but 3 were given"),
        ((), {"ident": FIRST}, "get_item() got an unexpected keyword argument 'ident'"),
        ((FIRST,), {"id": FIRST}, "get_item() got multiple values for argument 'id'"),
    ],
)
def test_wrong_arguments_are_a_type_error_that_names_the_query(q, items, arguments, named, words):
    with pytest.raises(TypeError) as caught:
        q.get_item(items, *arguments, **named)
    assert str(caught.value) == words
    assert items.info.transaction_status == psycopg.pq.TransactionStatus.IDLE, "nothing was sent"


@pytest.mark.parametrize("wrong", [None, "postgresql://", object()])
def test_something_else_than_a_connection_is_a_type_error(q, wrong):
    with pytest.raises(TypeError, match=r"get_item\(\) takes a psycopg Connection or AsyncConnection first, not "):
        q.get_item(wrong, FIRST)


def test_a_cursor_is_not_taken_for_a_connection(q, items):
    with pytest.raises(TypeError, match="not Cursor"):
        q.get_item(items.cursor(), FIRST)


# What comes out.


def test_one_gives_a_row_with_attributes_or_none(q, items):
    row = q.get_item(items, FIRST)
    assert (row.label, row.price, row.tags, row.data) == ("first", Decimal("1.50"), ["a", "b"], {"a": 1})
    assert row.made_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert row._asdict()["owner"] == OWNER
    assert type(row).__name__ == "GetItemRow"
    assert q.get_item(items, UNKNOWN) is None


def test_a_row_is_an_immutable_tuple(q, items):
    row = q.get_item(items, id=FIRST)
    assert isinstance(row, tuple)
    assert row[0] == FIRST
    with pytest.raises(AttributeError):
        row.label = "other"
    assert row == q.get_item(items, FIRST)


def test_a_row_can_be_pickled_and_copied(q, items):
    row = q.get_item(items, FIRST)
    for again in (pickle.loads(pickle.dumps(row)), copy.deepcopy(row)):
        assert again == row
        assert again.label == "first"


def test_a_scalar_is_the_value_itself(q, items):
    assert q.get_item_label(items, FIRST) == "first"
    assert q.get_item_label(items, UNKNOWN) is None
    assert q.count_items(items) == 3


def test_many_gives_a_list(q, items):
    assert [row.label for row in q.list_items(items, OWNER)] == ["first", "second"]
    assert q.list_items(items, UNKNOWN) == []


def test_affected_gives_the_number_of_rows(q, items):
    assert q.update_label(items, FIRST, "changed") == 1
    assert q.update_label(items, UNKNOWN, "changed") == 0


def test_returning_gives_the_row_also_of_one_column_or_none(q, items):
    assert q.create_item(items, UNKNOWN, OWNER, "new").price == Decimal("0.00")
    assert q.create_item_once(items, uuid.uuid4(), OWNER, "new").id
    assert q.create_item_once(items, UNKNOWN, OWNER, "new") is None


def test_a_script_runs_all_its_statements(q, items):
    assert q.add_scratch(items) is None
    assert items.execute("SELECT sum(n) FROM scratch").fetchone() == (3,)


def test_exactly_1_raises_on_none_and_on_two(q, items):
    assert q.get_the_item(items, FIRST).label == "first"
    assert q.get_the_label(items, FIRST) == "first"
    for function in (q.get_the_item, q.get_the_label):
        with pytest.raises(errors.NoDataFound, match="gave no row") as none:
            function(items, UNKNOWN)
        assert f"query {function.__name__}, " in notes(none.value)
    with pytest.raises(errors.TooManyRows, match="gave 3 rows"):
        q.get_the_only_item(items)


def test_a_dict_is_sent_as_jsonb(q, items):
    assert q.set_data(items, FIRST, {"b": [1, "x"]}) == 1
    assert q.get_item(items, FIRST).data == {"b": [1, "x"]}


def test_a_dict_where_a_uuid_belongs_is_an_error_of_the_server(q, items):
    with pytest.raises(errors.UndefinedFunction, match="uuid = jsonb"):
        q.get_item(items, {"b": 1})


def test_a_changed_table_never_puts_a_value_under_another_name(q, items):
    before = q.list_all_columns(items)[0]
    items.execute("ALTER TABLE items RENAME COLUMN label TO other")
    items.execute("ALTER TABLE items DROP COLUMN price")
    after = q.list_all_columns(items)[0]
    assert before.label == after.other == "first"
    assert before.price == Decimal("1.50")
    assert not hasattr(after, "price")
    assert after.tags == ["a", "b"]


def test_two_columns_of_one_name_are_refused_before_a_value_is_lost(q, items):
    with pytest.raises(psycopg.ProgrammingError, match="query get_twice returns more than one column id"):
        q.get_twice(items, FIRST)


def test_rows_do_not_keep_the_connection(q, items_url):
    import weakref

    connection = psycopg.connect(items_url)
    row = q.get_item(connection, FIRST)
    rows = q.list_items(connection, OWNER)
    connection.close()
    reference = weakref.ref(connection)
    del connection
    gc.collect()
    assert reference() is None
    assert row.label == rows[0].label == "first"


def test_a_large_list_leaves_the_garbage_collector_as_it_was(q, items):
    assert len(q.list_numbers(items, 2000)) == 2000
    assert gc.isenabled()
    gc.disable()
    try:
        assert len(q.list_numbers(items, 2000)) == 2000
        assert not gc.isenabled()
    finally:
        gc.enable()


# Transactions belong to the caller.


def test_the_module_never_commits(q, items_url):
    with psycopg.connect(items_url) as one, psycopg.connect(items_url, autocommit=True) as other:
        q.update_label(one, SECOND, "not committed")
        assert one.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        assert q.get_item_label(other, SECOND) == "second"
        one.rollback()
        assert q.get_item_label(one, SECOND) == "second"


# Streaming.


def test_a_stream_gives_the_rows_one_by_one(q, items):
    stream = q.list_items.stream(items, owner=OWNER)
    assert not isinstance(stream, list)
    assert [row.label for row in stream] == ["first", "second"]
    assert str(inspect.signature(q.list_items.stream)) == "(conn, owner)"
    assert not hasattr(q.get_item, "stream")


def test_a_stream_of_a_million_rows_needs_little_memory(q, items):
    import tracemalloc

    tracemalloc.start()
    try:
        assert sum(row.number for row in q.list_numbers.stream(items, 200_000)) == 200_000 * 200_001 // 2
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_a_stream_that_is_left_early_frees_the_connection(q, items):
    stream = q.list_numbers.stream(items, 1_000_000)
    assert next(stream).number == 1
    stream.close()
    items.rollback()
    assert q.count_items(items) == 3


def test_an_error_in_a_stream_names_the_query(q, items):
    with pytest.raises(errors.InvalidTextRepresentation) as caught:
        list(q.list_items.stream(items, "x"))
    assert "query list_items, " in notes(caught.value)


# Many rows in.


def labels(connection) -> list[str]:
    return [label for (label,) in connection.execute("SELECT label FROM items WHERE owner = %s ORDER BY id", [UNKNOWN])]


def statements_of(connection, work) -> list[str]:
    """Return what arrives at the server while the work is done."""
    seen = []
    connection.execute("SET LOCAL log_statement = 'all'")
    connection.execute("SET LOCAL client_min_messages = 'log'")
    connection.add_notice_handler(lambda notice: seen.append(notice.message_primary))
    work()
    return [text for text in seen if "INSERT" in text]


def test_many_rows_go_in_as_one_statement(q, items):
    rows = [
        {"id": uuid.UUID(int=100 + number), "owner": UNKNOWN, "label": f"it's {number}", "price": Decimal(number)}
        for number in range(1000)
    ]
    sent = statements_of(items, lambda: q.add_items(items, rows))
    assert len(sent) == 1
    assert "FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::numeric[])" in sent[0]
    assert "/* add_items */" in sent[0]
    assert labels(items)[:2] == ["it's 0", "it's 1"]
    assert items.execute("SELECT sum(price) FROM items WHERE owner = %s", [UNKNOWN]).fetchone() == (Decimal(499500),)


def test_many_rows_may_be_tuples_and_the_count_comes_back(q, items):
    assert q.add_items(items, ((uuid.UUID(int=n), UNKNOWN, "x", n) for n in range(200, 205))) == 5
    assert q.add_items(items, []) == 0


def test_values_of_several_types_go_in_one_by_one(q, items):
    rows = [(uuid.uuid4(), UNKNOWN, "x", 1), (uuid.uuid4(), UNKNOWN, "y", Decimal("2.5"))]
    assert q.add_items(items, rows) == 2


def test_expressions_and_on_conflict_do_nothing_keep_their_meaning(q, items):
    key = uuid.UUID(int=300)
    assert q.add_items_once(items, [(key, UNKNOWN, "a"), (key, UNKNOWN, "b"), (FIRST, UNKNOWN, "c")]) == 1
    assert labels(items) == ["VALUES (a)"]


def test_the_same_key_twice_is_updated_in_order_as_row_by_row(q, items):
    key = uuid.UUID(int=301)
    assert q.put_items(items, [(key, UNKNOWN, "a"), (key, UNKNOWN, "b")]) == 2
    assert labels(items) == ["b"]


def test_array_parameters_stay_arrays(q, items):
    assert q.add_tagged_items(items, [(uuid.uuid4(), UNKNOWN, "x", ["a", "b"]), (uuid.uuid4(), UNKNOWN, "y", [])]) == 2
    assert sorted(items.execute("SELECT tags FROM items WHERE owner = %s", [UNKNOWN])) == [([],), (["a", "b"],)]


def test_dicts_and_nulls_go_in_as_they_do_one_by_one(q, items):
    rows = [(uuid.uuid4(), UNKNOWN, "x", {"a": [1]}), (uuid.uuid4(), UNKNOWN, "y", None)]
    assert len(statements_of(items, lambda: q.add_documented_items(items, rows))) == 1
    found = items.execute("SELECT data FROM items WHERE owner = %s ORDER BY label", [UNKNOWN]).fetchall()
    assert found == [({"a": [1]},), (None,)]


def test_an_update_of_many_rows(q, items):
    assert q.relabel(items, [{"id": FIRST, "label": "1"}, {"id": SECOND, "label": "2"}, (UNKNOWN, "3")]) == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"id": FIRST}, "relabel() rows[1] lacks label"),
        ({"id": FIRST, "label": "x", "lable": "y"}, "relabel() rows[1] has lable, which is no parameter"),
        ((FIRST,), "relabel() rows[1] has 1 values for 2 parameters: id, label"),
        ("ab", "relabel() rows[1] is of type str; it must be a mapping, a tuple or a list"),
    ],
)
def test_a_row_that_does_not_fit_is_a_type_error_before_anything_is_sent(q, items, row, words):
    with pytest.raises(TypeError) as caught:
        q.relabel(items, [(FIRST, "changed"), row])
    assert str(caught.value) == words
    assert q.get_item_label(items, FIRST) == "first"


def test_many_rows_in_a_pipeline(q, items):
    with items.pipeline():
        assert q.add_items(items, [(uuid.uuid4(), UNKNOWN, label, 1) for label in "xy"]) == 2
        assert q.update_label(items, FIRST, "z") == 1
        assert q.get_item(items, FIRST).label == "z"
        assert len(q.list_items(items, UNKNOWN)) == 2


# What goes wrong.


def test_an_error_names_the_query_and_the_place_in_its_file(q, items):
    with pytest.raises(errors.UndefinedColumn) as caught:
        q.get_wrong_column(items, FIRST)
    lines = (SQL / "failures.sql").read_text().splitlines()
    number = next(index for index, line in enumerate(lines, 1) if "lable" in line)
    assert notes(caught.value).splitlines() == [
        f"query get_wrong_column, tests/queries/sql/failures.sql:{number}:8",
        f"{number:>6} |        lable",
        "       |        ^",
    ]


def test_the_traceback_shows_the_line_of_the_sql_file(q, items):
    with pytest.raises(errors.UndefinedColumn) as caught:
        q.get_wrong_column(items, FIRST)
    text = "".join(traceback.format_exception(caught.value))
    assert 'sql/failures.sql", line 3, in get_wrong_column\n    -- name: get_wrong_column(id)^\n' in text


def test_an_error_without_a_place_still_names_the_query(q, items):
    with pytest.raises(errors.DivisionByZero) as caught:
        q.get_division(items, 0)
    assert notes(caught.value).startswith("query get_division, tests/queries/sql/failures.sql:")


def test_a_string_that_is_no_uuid_is_the_servers_error(q, items):
    assert q.get_item(items, str(FIRST)).label == "first"
    with pytest.raises(errors.InvalidTextRepresentation):
        q.get_item(items, "not a uuid")


def test_a_wrong_python_type_is_one_clear_error(q, items):
    with pytest.raises(errors.UndefinedFunction, match="uuid = smallint"):
        q.get_item(items, 17)
    items.rollback()
    with pytest.raises(psycopg.ProgrammingError, match="cannot adapt type 'object'") as caught:
        q.get_item(items, object())
    assert "query get_item" in notes(caught.value)


def test_a_unique_violation_carries_the_name_of_its_constraint(q, items):
    with pytest.raises(errors.UniqueViolation) as caught:
        q.create_item(items, FIRST, OWNER, "again")
    assert caught.value.diag.constraint_name == "items_pkey"


def test_a_closed_connection_is_one_clear_error(q, items_url):
    connection = psycopg.connect(items_url)
    q.get_item(connection, FIRST)
    connection.close()
    with pytest.raises(psycopg.OperationalError, match="the connection is closed"):
        q.get_item(connection, FIRST)


def test_a_failed_transaction_is_one_clear_error(q, items):
    with pytest.raises(errors.DivisionByZero):
        q.get_division(items, 0)
    with pytest.raises(errors.InFailedSqlTransaction):
        q.get_item(items, FIRST)
    items.rollback()
    assert q.get_item(items, FIRST).label == "first"


def test_a_statement_timeout_is_one_clear_error(q, items):
    items.execute("SET LOCAL statement_timeout = '20ms'")
    with pytest.raises(errors.QueryCanceled, match="statement timeout") as caught:
        q.get_sleep(items, 10)
    assert "query get_sleep" in notes(caught.value)


def test_a_query_that_gives_no_rows_where_rows_are_meant_is_an_error(q, items):
    with pytest.raises(psycopg.ProgrammingError, match="didn't produce"):
        q.get_nothing(items, FIRST)


def test_our_own_sqlstate_is_our_own_error_with_its_values(q, items):
    with pytest.raises(InsufficientFunds, match="the wallet has too little") as caught:
        q.get_refused(items, "100.00", "5.00")
    error = caught.value
    assert isinstance(error, AvDailyError)
    assert (error.sqlstate, error.hint) == ("AV001", "Fund it first.")
    assert (error.needed, error.available) == (Decimal("100.00"), Decimal("5.00"))
    assert isinstance(error.__cause__, psycopg.Error)
    assert "query get_refused" in notes(error)


# Secrets.


def all_text(error: BaseException) -> str:
    diagnostic = error.diag
    parts = [getattr(diagnostic, name) for name in dir(diagnostic) if not name.startswith("_")]
    shown = "".join(traceback.format_exception(error))
    return " ".join([shown, str(error), repr(error), repr(error.args), *(str(part) for part in parts)])


def test_no_secret_is_in_an_error_but_the_constraints_name_is(q, items):
    secret = b"\xde\xad\xbe\xef" * 8
    q.create_secret(items, secret)
    with pytest.raises(errors.UniqueViolation) as caught:
        q.create_secret(items, secret)
    assert caught.value.diag.constraint_name == "secrets_token_hash_key"
    assert caught.value.diag.sqlstate == "23505"
    assert "deadbeef" not in all_text(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).diag.constraint_name == "secrets_token_hash_key"


def test_no_password_is_in_an_error_of_its_form(q, items):
    password = "-".join(("correct", "horse"))
    with pytest.raises(errors.InvalidTextRepresentation) as caught:
        q.get_by_password(items, password)
    assert password not in all_text(caught.value)
    assert "invalid input syntax for type uuid" in str(caught.value)


# Both kinds of connection.


def test_an_async_connection_gives_the_same_answers(q, items_url):
    async def work():
        async with await psycopg.AsyncConnection.connect(items_url) as connection:
            row = await q.get_item(connection, FIRST)
            assert (row.label, await q.get_item(connection, id=UNKNOWN)) == ("first", None)
            assert await q.get_item_label(connection, FIRST) == "first"
            assert [row.label for row in await q.list_items(connection, OWNER)] == ["first", "second"]
            assert [row.label async for row in q.list_items.stream(connection, OWNER)] == ["first", "second"]
            assert await q.update_label(connection, FIRST, "x") == 1
            assert (await q.create_item(connection, UNKNOWN, OWNER, "new")).label == "new"
            assert await q.add_items(connection, [(uuid.uuid4(), OWNER, label, 1) for label in "yz"]) == 2
            assert await q.relabel(connection, [(FIRST, "1"), (SECOND, "2")]) == 2
            assert await q.add_scratch(connection) is None
            assert await q.set_data(connection, FIRST, {"c": 1}) == 1
            await connection.rollback()

    asyncio.run(work())


def test_an_async_call_fails_like_a_sync_one(q, items_url):
    async def work():
        async with await psycopg.AsyncConnection.connect(items_url) as connection:
            with pytest.raises(errors.UndefinedColumn) as caught:
                await q.get_wrong_column(connection, FIRST)
            assert "failures.sql:7:8" in notes(caught.value)
            await connection.rollback()
            with pytest.raises(Refusal) as refused:
                await q.get_refused(connection, "1", "0")
            assert refused.value.sqlstate == "AV001"
            await connection.rollback()
            with pytest.raises(errors.NoDataFound):
                await q.get_the_item(connection, UNKNOWN)
            with pytest.raises(errors.InvalidTextRepresentation):
                [row async for row in q.list_items.stream(connection, "x")]
            await connection.rollback()

    asyncio.run(work())


@pytest.mark.parametrize("in_pipeline", [True, False])
def test_each_of_400_concurrent_calls_on_one_connection_gets_its_own_row(q, items_url, in_pipeline):
    async def work():
        async with await psycopg.AsyncConnection.connect(items_url, autocommit=True) as connection:
            for repeat in range(3):
                wanted = [uuid.UUID(int=1 + number % 3) for number in range(400)]
                if in_pipeline:
                    async with connection.pipeline():
                        rows = await asyncio.gather(*(q.get_item(connection, key) for key in wanted))
                else:
                    rows = await asyncio.gather(*(q.get_item(connection, key) for key in wanted))
                assert [row.id for row in rows] == wanted, repeat

    asyncio.run(work())


def test_a_cancelled_call_does_not_spoil_the_next_one(q, items_url):
    async def work():
        async with (
            await psycopg.AsyncConnection.connect(items_url, autocommit=True) as connection,
            await psycopg.AsyncConnection.connect(items_url, autocommit=True) as observer,
        ):
            await q.get_sleep(connection, 0)
            task = asyncio.create_task(q.get_sleep(connection, 30))
            # Until the server is at it: a cancel request that comes earlier is lost.
            while not await q.get_state(observer, connection.info.backend_pid):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await q.get_item(connection, FIRST)).id == FIRST
            assert (await q.get_sleep(connection, 0)).slept is not None

    asyncio.run(work())


def test_one_connection_shared_by_threads_mixes_nothing_up(q, items_url):
    from concurrent.futures import ThreadPoolExecutor

    with psycopg.connect(items_url, autocommit=True) as connection, ThreadPoolExecutor(8) as threads:
        wanted = [uuid.UUID(int=1 + number % 3) for number in range(600)]
        assert [row.id for row in threads.map(lambda key: q.get_item(connection, key), wanted)] == wanted


# What the server sees.


def test_the_servers_views_show_the_querys_name(q, items, items_url):
    with psycopg.connect(items_url, autocommit=True) as other:
        assert q.get_item(items, FIRST)
        shown = other.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [items.info.backend_pid]).fetchone()[
            0
        ]
    assert shown.startswith("SELECT /* get_item */ id, owner")


def test_a_query_is_prepared_unless_the_connection_says_no(q, items_url):
    for threshold, expected in ((5, 1), (None, 0)):
        with psycopg.connect(items_url, prepare_threshold=threshold) as connection:
            for _ in range(8):
                q.get_item(connection, FIRST)
            found = connection.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%get_item%'")
            assert found.fetchone() == (expected,)


# Reload.


def test_a_changed_file_is_read_again_only_when_asked(tmp_path, items):
    file = tmp_path / "numbers.sql"
    file.write_text("-- name: get_number()$\nSELECT 1")
    fixed, following = queries.load(tmp_path), queries.load(tmp_path, reload=True)
    imported = following.get_number
    assert (fixed.get_number(items), imported(items), following.numbers.get_number(items)) == (1, 1, 1)
    file.write_text("-- name: get_number(plus)$\nSELECT 2 + :plus::int\n\n-- name: list_numbers()\nSELECT 7 AS n")
    assert fixed.get_number(items) == 1
    assert imported(items, plus=40) == 42
    assert [row.n for row in following.list_numbers.stream(items)] == [7]
    assert len(following) == len(list(following)) == 2


def test_the_environment_can_ask_for_it(tmp_path, items, monkeypatch):
    monkeypatch.setenv("AVDAILY_QUERIES_RELOAD", "1")
    (tmp_path / "numbers.sql").write_text("-- name: get_number()$\nSELECT 1")
    library = queries.load(tmp_path)
    (tmp_path / "numbers.sql").write_text("-- name: get_number()$\nSELECT 22")
    assert library.get_number(items) == 22


def test_a_mistake_made_meanwhile_is_shown_with_its_line(tmp_path, items):
    (tmp_path / "numbers.sql").write_text("-- name: get_number()$\nSELECT 1")
    library = queries.load(tmp_path, reload=True)
    (tmp_path / "numbers.sql").write_text("-- name: get_number()$\nSELECT '")
    with pytest.raises(AvDailyError, match="unterminated string"):
        library.get_number(items)


def test_third_is_owned_by_somebody_else(q, items):
    assert q.get_item(items, THIRD).owner != OWNER
