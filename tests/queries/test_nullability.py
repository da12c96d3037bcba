"""No column is called never null that can be null: awkward queries, each with data that shows the nulls.

The queries are in ``nullability/corpus.sql``, which says what each column's letter means.
"""

import re
import uuid
from pathlib import Path

import psycopg
import pytest

from avdaily_sql.queries.describing import describe
from avdaily_sql.queries.proof import Analyst

HERE = Path(__file__).parent / "nullability"
_CASE = re.compile(r"^-- (?P<letters>[!?~]+)(?: (?P<since>\d+))?\n(?P<sql>.*?);$", re.MULTILINE | re.DOTALL)
CORPUS = [
    (match["sql"], match["letters"], int(match["since"] or 15))
    for match in _CASE.finditer((HERE / "corpus.sql").read_text())
]


@pytest.fixture(scope="module")
def corpus_url(server):
    name = f"test_{server.session}_corpus_{uuid.uuid4().hex[:8]}"
    url = server.create_database(name)
    with psycopg.connect(url) as connection:
        since_18 = connection.info.server_version >= 180000
        for name in ("tables.sql", "since_18.sql" if since_18 else "before_18.sql"):
            connection.execute((HERE / name).read_text())
    yield url
    server.drop_database(name)


def claims(connection, sql: str) -> str:
    """Return a letter for each column: ``!`` called never null, ``?`` not."""
    description = connection.wait(describe(connection.pgconn, sql.encode()))
    types = [connection.adapters.types.get(oid).regtype for oid in description.parameters]
    found = Analyst(connection).judge(sql.encode(), types, len(description.columns)).not_null
    return "".join("!" if one else "?" for one in found)


def nulls(connection, sql: str) -> list[bool]:
    """Return for each column whether a row shows a null in it."""
    cursor = psycopg.RawCursor(connection)
    cursor.execute(sql.encode(), [None] * ("$1" in sql))
    # As text: neither a composite nor an infinity need become a Python value here.
    answer = cursor.pgresult
    return [
        any(answer.get_value(row, column) is None for row in range(answer.ntuples)) for column in range(answer.nfields)
    ]


def check(url: str, sql: str, expected: str) -> None:
    with psycopg.connect(url) as connection:
        claimed, shown = claims(connection, sql), nulls(connection, sql)
        connection.rollback()
    assert not any(claim == "!" and null for claim, null in zip(claimed, shown, strict=True)), (claimed, shown)
    assert claimed == expected.replace("~", "?")
    assert [letter == "?" for letter in expected] == shown


@pytest.mark.parametrize(("sql", "expected", "since"), CORPUS, ids=[" ".join(sql.split())[:90] for sql, _, _ in CORPUS])
def test_what_is_called_never_null_has_no_null(corpus_url, sql, expected, since):
    with psycopg.connect(corpus_url) as connection:
        if connection.info.server_version // 10000 < since:
            with pytest.raises(psycopg.ProgrammingError):
                connection.execute(sql)
            return
    check(corpus_url, sql, expected)


def test_a_parents_column_is_not_proven_when_a_child_may_hold_null(corpus_url):
    with psycopg.connect(corpus_url) as connection:
        children_hold = connection.info.server_version >= 180000
    check(corpus_url, "SELECT id, x FROM parent", "!!" if children_hold else "!?")


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 140


def test_a_statement_that_cannot_be_analysed_proves_nothing(corpus_url):
    with psycopg.connect(corpus_url) as connection:
        assert Analyst(connection).judge(b"SHOW timezone", [], 1).not_null == (False,)
        assert Analyst(connection).judge(b"SELECT no_such_column", [], 1).not_null == (False,)
        assert connection.execute("SELECT 1").fetchone() == (1,), "the transaction goes on"


def test_nothing_is_left_in_the_database(corpus_url):
    with psycopg.connect(corpus_url) as connection:
        claims(connection, "SELECT 1")
        connection.rollback()
        left = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'avdaily_query%'"
        assert connection.execute(left).fetchone() == (0,)
