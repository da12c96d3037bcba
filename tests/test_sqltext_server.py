"""The lexer against the truth: psql and the server read the same text the same way."""

from __future__ import annotations

import os
import subprocess

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avdaily_sql import sqltext

AWKWARD = r"""-- 0001.awkward: it's "all" $$ that /* a file may hold; -- \set
/* a comment /* in a comment; */ ' " $$ ; */
CREATE TABLE "t from stdin" ("a;" text, "b""c" text /* why; */, n numeric -- it's; \gexec
    DEFAULT 1 - -1);;
; /* empty */ ;
CREATE TABLE copy (a text, b text, "from" int);
COPY "t from stdin" ("a;", "b""c") FROM stdin; -- the rows; come now
it's;	-- \N $$ /* "
\N	E'\\'
\\.	;
\.
COPY copy (a, "from") FROM STDIN WITH (FORMAT csv, NULL 'none');
"quoted
;",1
none,2
\.
COPY copy FROM stdin WHERE "from" > 1;
\.
INSERT INTO copy (a, b) VALUES ('it''s; -- /* \', E'it\'s; \\'), (E'one'
   '\';two', 'three' -- it's
  -- another;
  ';four'), (U&'d!0061t;''' UESCAPE '!', n';'), ($$;'$a$" $$, $a$ $$;$$ $b$ $a$), (B'01'::text, X'1F'::text);
INSERT INTO copy ("from", a) SELECT 2*/* ; */3, x$$y FROM (SELECT ';' AS x$$y) AS s WHERE 1 -- ; '
    =+-- ;
    1;
CREATE TABLE é€ ( nbsp text DEFAULT ';', "𝄞;" text DEFAULT '𝄞');
CREATE FUNCTION body() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    -- it's; a comment that stays
    IF 1 < 2 THEN RETURN 'a;'; END IF;

    RETURN $inner$ $b$ ; $inner$;
END;
$$;
CREATE OR REPLACE FUNCTION atomic(begin int DEFAULT 1, x text[] DEFAULT ARRAY['a;']) RETURNS int
BEGIN ATOMIC
    SELECT CASE WHEN begin > 0 THEN CASE begin WHEN 1 THEN 2 END END AS "end"; -- END;
    SELECT 1 AS end; /* END; */
    SELECT s.end FROM (SELECT 2 AS end) AS s WHERE s.end = begin;
END;
CREATE PROCEDURE nothing() begin/**/atomic end;
CREATE FUNCTION returned() RETURNS text RETURN 'a;' || E'\';';
CREATE FUNCTION quoted() RETURNS text LANGUAGE sql AS 'SELECT ''a;'';';
CREATE TABLE rule (a int, b text);
CREATE RULE "r;" AS ON INSERT TO rule DO ALSO (INSERT INTO copy (a) VALUES (';)'); DELETE FROM rule WHERE (a) = (1););
CREATE OR REPLACE RULE other AS ON DELETE TO rule DO INSTEAD NOTHING;
INSERT INTO rule VALUES (1, 'x'), (2, $é1$;$é1$);
CREATE VIEW v AS SELECT a[1:2] AS s, b::text, '12:30'::time AS t, '{"a": 1}'::jsonb ? 'a' AS q, 5 % 2 AS m
    FROM (SELECT ARRAY[1, 2, 3] AS a, 1 AS b) AS s;
DO $do$ BEGIN EXECUTE 'COMMENT ON VIEW v IS $c$it''s; $$ $c$'; END $do$;
COMMENT ON TABLE copy IS 'a
;b -- c';
SELECT 'no semicolon at the end' -- of file"""
WITHOUT_DATA = AWKWARD[: AWKWARD.index("COPY")] + AWKWARD[AWKWARD.index("INSERT") :]


def run(url: str, text: bytes) -> None:
    """Send a file as a runner does: one statement after the other, the data of COPY as it stands."""
    with psycopg.connect(url) as conn:
        for statement in sqltext.statements(text):
            sql = text[statement.start : statement.end]
            if statement.copy is None:
                conn.execute(sql)
            else:
                with conn.cursor() as cursor, cursor.copy(sql) as copy:
                    copy.write(text[statement.copy.offset :][: statement.copy.length])


def run_psql(server, url: str, path) -> str:
    command = [server.program("psql"), "-X", "-1", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]
    command += ["-A", "-t", "-F", "\x1f", "-f", path]
    environment = os.environ | {"PGCLIENTENCODING": "UTF8"}
    done = subprocess.run(command, check=False, capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def dump(server, url: str) -> str:
    command = [server.program("pg_dump"), "-d", url, "--inserts"]
    if b"--restrict-key" in subprocess.run([command[0], "--help"], check=True, capture_output=True).stdout:
        command += ["--restrict-key=avdaily"]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


@pytest.fixture
def other_url(server, database_url: str):
    name = database_url.partition("?")[0].rpartition("/")[2] + "_other"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.mark.parametrize(
    ("text", "line_end"),
    [
        pytest.param(AWKWARD, "\n", id="LF"),
        pytest.param(AWKWARD, "\r\n", id="CR LF"),
        pytest.param("\ufeff" + AWKWARD, "\n", id="byte order mark"),
        pytest.param(WITHOUT_DATA, "\r", id="CR"),
        pytest.param(WITHOUT_DATA.lower(), "\n", id="lower case"),
    ],
)
def test_an_awkward_file_through_psql_and_through_us_gives_the_same_dump(
    server, database_url, other_url, tmp_path, text, line_end
):
    path = tmp_path / "awkward.sql"
    path.write_bytes(text.replace("\n", line_end).encode())
    run_psql(server, database_url, path)
    run(other_url, path.read_bytes())
    expected = dump(server, database_url)
    assert "it''s; $$" in expected, "the file ran to its end"
    assert dump(server, other_url) == expected


# Expressions and what they are worth, each a trap for whoever looks for a semicolon.
EXPRESSIONS = (
    ("'a;'", "a;"),
    ("'it''s; \\'", "it's; \\"),
    ("'a'\n';b'", "a;b"),
    ("'a' -- '\n  -- ;\n  ';b'", "a;b"),
    ("E'it\\'s;'", "it's;"),
    ("E'a\\\\'", "a\\"),
    ("E'a'\n'\\';'", "a';"),
    ("E'a' -- b\n'\\';'", "a';"),
    ("U&';\\0061'", ";a"),
    ("U&'!0061;' UESCAPE '!'", "a;"),
    ("n';'", ";"),
    ("X'1F'::text", "00011111"),
    ("b'01'::text", "01"),
    ("$$;'\"--$$", ";'\"--"),
    ("$a$ $$ ; $b$ $a$", " $$ ; $b$ "),
    ("$é$;$e$;$é$", ";$e$;"),
    ("text';'", ";"),
    ("1/* ; */-- ;\n+2", "3"),
    ("4-/* ; /* ; */ ' */1", "3"),
    ("6/ -- ;\r2", "3"),
    ("-(-3)", "3"),
    ("(ARRAY['a;', 'b'])[1]", "a;"),
    ("(ARRAY[1,2,3])[2:3]::text", "{2,3}"),
    ("CASE WHEN true THEN ';' END", ";"),
    ("':a;'", ":a;"),
    ("'{\"a;\": 1}'::jsonb ? 'a;'", "t"),
    ("';'::text", ";"),
)
NAMES = ("a", '"a;"', "x$$y", "é", "\u00a0", "e", '"it\'s"', 'U&"\\0061;"', "end", '"$$"', "begin")
spaces = st.lists(
    st.sampled_from((" ", "\n", "\r\n", "\t", "\f", "/* ; ' */", "/* /* ; */ $$ */", "-- ;'\n", '--"\r')), max_size=3
).map("".join)
endings = st.sampled_from((";", ";;", "; ; /* ; */ ;"))
BODIES = (
    "CREATE FUNCTION pg_temp.f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END",
    "CREATE FUNCTION pg_temp.g() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT 2 end; END",
    "CREATE PROCEDURE pg_temp.p() BEGIN ATOMIC END",
    "CREATE FUNCTION pg_temp.h() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN 1; END;$$",
    "CREATE TEMP TABLE t (a int)",
)
# psql, unlike the server, forgets the E behind a line end, and takes every END for that of a body.
READ_BY_PSQL = tuple(one for one in EXPRESSIONS if "E'a'" not in one[0])
BODIES_READ_BY_PSQL = tuple(one for one in BODIES if "1 AS end" not in one)


@st.composite
def selects(draw, expressions) -> tuple[str, list[str]]:
    columns = draw(st.lists(st.sampled_from(expressions), min_size=1, max_size=4))
    sql = draw(st.sampled_from(("SELECT ", "select ", "VALUES (", "(SELECT ")))
    close = ")" if "(" in sql else ""
    shown = []
    for expression, _ in columns:
        alias = f" AS {draw(st.sampled_from(NAMES))}" if "VALUES" not in sql and draw(st.booleans()) else ""
        shown.append(f"{draw(spaces)}{expression}{alias} {draw(spaces)}")
    return sql + ",".join(shown) + close, [value for _, value in columns]


@st.composite
def scripts(draw, expressions, bodies) -> tuple[str, list[list[str]]]:
    """Return a file and the rows that it shows."""
    parts = draw(st.lists(selects(expressions), max_size=5))
    # A body cannot be created twice, so there is one at most.
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), (draw(st.sampled_from(bodies)), None))
    text = "".join(f"{draw(spaces)}{sql} {draw(spaces)}{draw(endings)}" for sql, _ in parts)
    return text + draw(spaces), [values for _, values in parts if values is not None]


@pytest.fixture(scope="module")
def session(server):
    with psycopg.connect(server.url("postgres")) as conn:
        yield conn
        conn.rollback()


def results(conn, sql: bytes) -> list[list[str] | None]:
    """Return the first rows of all results of one message, with None for what has no rows."""
    conn.pgconn.send_query(sql)
    found = []
    while (result := conn.pgconn.get_result()) is not None:
        assert result.error_message == b"", result.error_message.decode()
        has_rows = result.status == psycopg.pq.ExecStatus.TUPLES_OK
        found.append([result.get_value(0, n).decode() for n in range(result.nfields)] if has_rows else None)
    return found


@given(script=scripts(EXPRESSIONS, BODIES))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_text_is_cut_where_the_server_cuts_it(session, script):
    text, values = script
    encoded = text.encode()
    with session.transaction(force_rollback=True):
        whole = results(session, encoded)
    with session.transaction(force_rollback=True):
        found = sqltext.statements(encoded)
        parts = [one for statement in found for one in results(session, encoded[statement.start : statement.end])]
    # A message without a statement has one result of its own.
    assert parts == (whole if found else [])
    assert [row for row in parts if row is not None] == values


@given(script=scripts(READ_BY_PSQL, BODIES_READ_BY_PSQL))
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_psql_sends_the_statements_that_we_cut(server, session, tmp_path, script):
    text, values = script
    encoded = text.encode()
    path = tmp_path / "script.sql"
    path.write_bytes(encoded)
    shown = run_psql(server, server.url("postgres"), path)
    assert shown.split("\n")[:-1] == ["\x1f".join(row) for row in values]
    with session.transaction(force_rollback=True):
        parts = [results(session, encoded[one.start : one.end]) for one in sqltext.statements(encoded)]
    assert [row for (row,) in parts if row is not None] == values
