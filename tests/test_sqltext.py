"""The lexer of PostgreSQL text: every trap it must not fall into, by name."""

from __future__ import annotations

import mmap
import re
import subprocess
import sys
import time

import pytest

from avdaily_sql import sqltext
from avdaily_sql.errors import UsageError
from avdaily_sql.sqltext import CopyData, SqlTextError


def as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def split(text: str | bytes) -> list[str]:
    text = as_bytes(text)
    return [text[found.start : found.end].decode(errors="replace") for found in sqltext.statements(text)]


def keywords(text: str) -> list[tuple[str, ...]]:
    return [found.keywords for found in sqltext.statements(text.encode())]


def error_of(text: str | bytes, function=sqltext.statements) -> SqlTextError:
    with pytest.raises(SqlTextError) as caught:
        function(as_bytes(text))
    return caught.value


# Statements


@pytest.mark.parametrize(
    "whole",
    [
        pytest.param("SELECT /* a /* b; */ c; */ 1", id="nested block comment"),
        pytest.param("SELECT /*/* ; */*/ 1", id="nested block comment at once"),
        pytest.param("SELECT /***; /**/ **/ 1", id="block comment of stars"),
        pytest.param("SELECT 1 -- it's; \"not\" $$ /* here\n, 2", id="line comment to LF"),
        pytest.param("SELECT 1 -- it's;\r, 2", id="line comment to CR"),
        pytest.param("SELECT 1 +-- it's;\n 2", id="line comment right behind an operator"),
        pytest.param("SELECT 2*/* it's; */3", id="block comment right behind an operator"),
        pytest.param("SELECT 'it''s; -- $$ /* \\'", id="string with doubled quote, and an idle backslash"),
        pytest.param("SELECT ''';'", id="string of one quote and a semicolon"),
        pytest.param(r"SELECT E'it\'s; \\', e'\';'", id="E string with backslash quotes"),
        pytest.param("SELECT E'a\\'' 'b;'", id="E string with backslash quote and doubled quote"),
        pytest.param("SELECT E'a'\n'\\';'", id="E string continued on the next line"),
        pytest.param("SELECT E'a' -- it's\n -- ;\n\t'\\';'", id="E string continued over comments"),
        pytest.param("SELECT E'a'\r'\\';'", id="E string continued behind CR"),
        pytest.param("SELECT 'a'\n'b;\\'", id="string continued on the next line"),
        pytest.param("SELECT U&'\\0441;\\''' UESCAPE '!'", id="U& string"),
        pytest.param('SELECT u&"a;""\\"', id="U& identifier"),
        pytest.param("SELECT B'01', X';', n';', b'1'", id="B, X and N strings"),
        pytest.param("SELECT date'2020-01-01;\\', name'\\'", id="type names that end with e right before a string"),
        pytest.param("SELECT a.e'\\';'", id="E string behind a dot"),
        pytest.param("SELECT $$;'\"--/*$a$;$$", id="dollar body"),
        pytest.param("SELECT $a$;$$;$A$;$b$;$a$", id="dollar body with tag, which is case sensitive"),
        pytest.param("SELECT $a$;$b$a$", id="dollar body whose end shares a sign with another tag"),
        pytest.param("SELECT $é_1$;$é_1$", id="dollar tag with letters beyond ASCII"),
        pytest.param("SELECT 1 AS x$$y$$z", id="dollars inside an identifier"),
        pytest.param("SELECT $1, $2::text", id="numbered parameters"),
        pytest.param("SELECT 1 AS \u00a0$$", id="U+00A0 is a letter, so these dollars open nothing"),
        pytest.param("SELECT 'a'\u00a0", id="U+00A0 at the end belongs to the statement"),
        pytest.param('SELECT "a;""b", "--", "\'", "$$"', id="quoted identifiers"),
        pytest.param("SELECT a & 'b;', a&'c;', u & ';', xu&';'", id="ampersands that make no U& string"),
        pytest.param("SELECT '{\"a\": 1}'::jsonb ? 'a;', ARRAY[1] @> ARRAY[2], 5 % 2", id="operators"),
        pytest.param("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT (2); NOTIFY x)", id="CREATE RULE"),
        pytest.param("create /* ; */ or replace -- ;\n rule r AS ON INSERT TO t DO (a; b)", id="OR REPLACE RULE"),
        pytest.param(
            "CREATE FUNCTION f(a int DEFAULT 1) RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
            id="BEGIN ATOMIC",
        ),
        pytest.param(
            "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END; END",
            id="CASE inside BEGIN ATOMIC",
        ),
        pytest.param(
            'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT t.end, t.case, "end" FROM t; END',
            id="columns called end inside BEGIN ATOMIC",
        ),
        pytest.param("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 end; END", id="a bare label called end"),
        pytest.param("CREATE FUNCTION f() RETURNS void BEGIN ATOMIC END", id="empty BEGIN ATOMIC"),
        pytest.param("CREATE FUNCTION f() RETURNS int begin/*;*/atomic SELECT 1;/**/end", id="comments as spaces"),
        pytest.param("CREATE FUNCTION f() RETURNS int AS 'SELECT 1;' LANGUAGE sql", id="quoted function"),
        pytest.param("CREATE FUNCTION f() RETURNS int AS $$SELECT 1; END;$$ LANGUAGE sql", id="dollar-quoted function"),
        pytest.param("CREATE FUNCTION begin(atomic int) RETURNS int RETURN atomic", id="function called begin"),
        pytest.param("SELECT (1, (2)), ARRAY[1, 2]", id="parentheses and brackets"),
        pytest.param("SELECT a - -b / c - 1", id="minus and slash"),
    ],
)  # fmt: skip
def test_a_statement_is_cut_only_behind_it(whole):
    assert split(f"SELECT 0; {whole} ; SELECT 1;") == ["SELECT 0", whole, "SELECT 1"]
    assert split(whole) == [whole]


def test_rules_and_atomic_bodies_end_where_they_end():
    text = "CREATE RULE r AS ON INSERT TO t DO (a; b); SELECT 1; CREATE FUNCTION f() BEGIN ATOMIC a; END; SELECT 2"
    assert len(split(text)) == 4


def test_a_table_or_a_column_called_rule_or_function_is_nothing_special():
    assert split("CREATE TABLE rule (a int); CREATE TABLE function (b int); SELECT 1") == [
        "CREATE TABLE rule (a int)",
        "CREATE TABLE function (b int)",
        "SELECT 1",
    ]


def test_begin_atomic_counts_only_where_a_function_is_created():
    assert split("SELECT begin atomic; SELECT 1; END") == ["SELECT begin atomic", "SELECT 1", "END"]


def test_empty_statements_are_none():
    assert split(";; SELECT 1;; /* ; */ ; -- ;\n ;SELECT 2;;") == ["SELECT 1", "SELECT 2"]


@pytest.mark.parametrize(
    "text", ["", " \n", "-- only a comment", "/* a /* b */ c */ -- d\r\n", ";", "\ufeff", "\ufeff-- x"]
)
def test_a_file_of_comments_has_no_statements(text):
    assert split(text) == []


def test_a_statement_has_no_comments_at_its_ends_and_all_that_are_inside():
    text = "-- header\n/* a */ SELECT 1 /* b */ + /* c /* d */ */ 2 -- e\n /* f /* g */ */ ; -- h"
    assert split(text) == ["SELECT 1 /* b */ + /* c /* d */ */ 2"]
    assert split("SELECT 1 -- a\n -- b\n\n") == ["SELECT 1"]
    assert split("SELECT 1 /* a */ -- b\n , 2 /* c */") == ["SELECT 1 /* a */ -- b\n , 2"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_end_a_comment(line_end):
    text = line_end.join(("-- header; '", "SELECT 1 -- it's", "+ 2;", "SELECT 3;", ""))
    assert split(text) == [f"SELECT 1 -- it's{line_end}+ 2", "SELECT 3"]


def test_a_byte_order_mark_belongs_to_no_statement():
    assert sqltext.statements(b"\xef\xbb\xbfSELECT 1")[0].start == 3
    assert split("\ufeff\ufeffSELECT 1") == ["\ufeffSELECT 1"], "only the first one is a mark, the next is a letter"


def test_latin_1_and_nul_are_cut_all_the_same():
    assert sqltext.statements(b"SELECT '\xe9;\x00'; SELECT \xe9$$") == [
        sqltext.Statement(0, 12, ("SELECT",)),
        sqltext.Statement(14, 24, ("SELECT", "\ufffd$$")),
    ]


def test_offsets_are_bytes():
    text = "SELECT 'é€𝄞'; SELECT 2"
    first, second = sqltext.statements(text.encode())
    assert (first.start, first.end, second.start) == (0, 18, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create unique index concurrently i on t (a)", ("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY")),
        ("create /* a /* b */ */ table -- c\n t (a int)", ("CREATE", "TABLE", "T")),
        ("create /* a */ table -- c\n t (a int)", ("CREATE", "TABLE", "T")),
        ("insert into public.t values (1)", ("INSERT", "INTO", "PUBLIC")),
        ('drop table "T"', ("DROP", "TABLE")),
        ("(select 1)", ()),
        ("select e'\\''", ("SELECT",)),
        ("select u&'x'", ("SELECT",)),
        ("select date'2020-01-01'", ("SELECT", "DATE")),
        ("select$$a$$", ("SELECT$$A$$",)),
        ("do $$begin end$$", ("DO",)),
        ("vacuum", ("VACUUM",)),
        ("create function f() returns int return 1", ("CREATE", "FUNCTION", "F")),
        ("copy t from '/x'", ("COPY", "T", "FROM")),
    ],
)
def test_keywords_are_the_first_bare_words_in_upper_case(text, expected):
    assert keywords(text) == [expected]


# COPY


def copied(text: str | bytes) -> list[bytes | None]:
    text = as_bytes(text)
    found = [statement.copy for statement in sqltext.statements(text)]
    return [None if data is None else text[data.offset : data.offset + data.length] for data in found]


@pytest.mark.parametrize(
    "statement",
    [
        "COPY t FROM stdin",
        "copy t from STDIN",
        "COPY public.t (a, b) FROM stdin",
        'COPY "t" FROM stdin WITH (FORMAT csv, HEADER)',
        "COPY t FROM stdin WHERE a > 1",
        "COPY t /* FROM 'x' */ FROM -- y\n stdin",
        "COPY t FROM stdout",
        "COPY BINARY t FROM stdin",
        'COPY s."from" FROM stdin',
        "COPY s.from FROM stdin",
    ],
)
def test_the_data_of_copy_from_stdin_lies_between_its_line_and_the_end_line(statement):
    text = f"SELECT 1; {statement} ; -- the rows;\n1\tit's\n;--\n\\.\nSELECT 2;"
    assert copied(text) == [None, b"1\tit's\n;--\n", None]
    assert split(text) == ["SELECT 1", statement, "SELECT 2"]


@pytest.mark.parametrize(
    "statement",
    [
        "COPY t TO stdout",
        "COPY (SELECT 1 FROM stdin) TO stdout",
        "COPY (SELECT a FROM t) TO STDOUT WITH (FORMAT csv)",
        "COPY \"t from stdin\" FROM '/tmp/x'",
        "COPY t FROM '/tmp/x' WHERE a IS DISTINCT FROM stdin",
        "COPY t FROM PROGRAM 'x from stdin'",
        "CREATE TABLE copy AS SELECT * FROM stdin",
        "SELECT 'COPY t FROM stdin'",
    ],
)
def test_nothing_else_has_data(statement):
    assert copied(f"{statement};\n1\n;") == [None, None]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_copy_data_may_be_empty_and_may_end_with_the_file(line_end):
    assert copied(f"COPY t FROM stdin;{line_end}\\.{line_end}SELECT 1") == [b"", None]
    assert copied(f"COPY t FROM stdin;{line_end}\\.") == [b""]
    assert copied(f"COPY t FROM stdin;{line_end}1{line_end}\\.") == [f"1{line_end}".encode()]


def test_copy_data_ends_at_a_line_of_its_own_only():
    text = "COPY t FROM stdin;\na\\.\n\\.b\n \\.\n\\\\.\n\\. \n\\.\n;"
    assert copied(text) == [b"a\\.\n\\.b\n \\.\n\\\\.\n\\. \n"]


def test_copy_data_is_found_across_the_windows_in_which_a_large_file_is_read():
    for shift in range(-5, 6):
        text = b"COPY t FROM stdin;\n" + b"x" * ((1 << 20) - 19 + shift) + b"\n\\.\nSELECT 1"
        assert sqltext.statements(text)[0].copy == CopyData(19, (1 << 20) - 18 + shift)


def test_two_copies_have_each_their_data():
    assert copied("COPY a FROM stdin;\n1\n\\.\nCOPY b FROM stdin;\n2\n\\.\n") == [b"1\n", b"2\n"]


def test_copy_without_data_is_refused_at_the_statement():
    for text in (
        "COPY t FROM stdin;",
        "COPY t FROM stdin",
        "COPY t FROM stdin; SELECT 1;\n\\.\n",
        "COPY t FROM stdin;\r1\r\\.\r",
    ):
        error = error_of(f" {text}")
        assert (error.message, error.offset) == ("the data of COPY is missing", 1)
    error = error_of("COPY t FROM stdin;\n1\n")
    assert (error.message, error.offset) == ("the data of COPY has no end", 0)


# What is wrong, and where


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("SELECT 'a''b", 7, "unterminated string"),
        ("SELECT 'a' 'b;", 11, "unterminated string"),
        ("SELECT 'a'\n'b;", 7, "unterminated string"),
        ("SELECT E'a\\';", 7, "unterminated string"),
        ("SELECT E'a' -- b\n'c\\';", 7, "unterminated string"),
        ("SELECT E'\\", 7, "unterminated string"),
        ("SELECT u&'a", 7, "unterminated string"),
        ("SELECT X'a", 7, "unterminated string"),
        ('SELECT "a""', 7, "unterminated quoted identifier"),
        ('SELECT U&"a', 7, "unterminated quoted identifier"),
        ("SELECT 1; /* a /* b */", 10, "unterminated comment"),
        ("SELECT 1 /* a", 9, "unterminated comment"),
        ("SELECT $$a$", 7, "unterminated $$ body"),
        ("SELECT $é$ $e$ $$", 7, "unterminated $é$ body"),
        ("CREATE FUNCTION f() BEGIN ATOMIC a; SELECT CASE WHEN a THEN b END;", 20, "unterminated BEGIN ATOMIC body"),
        ("CREATE RULE r AS ON INSERT TO t DO (a; (b);", 35, "unterminated parenthesis"),
        ("SELECT 1;\n\\set a 1\n", 10, "\\set is a command of psql, not SQL"),
        ("SELECT 1 \\gexec\n", 9, "\\gexec is a command of psql, not SQL"),
        ("\\! ls", 0, "\\! is a command of psql, not SQL"),
        ("(\\i x.sql)", 1, "\\i is a command of psql, not SQL"),
        ("SELECT 1;\n\\.\n", 10, "\\. ends the data of COPY, and there is none"),
        ("SELECT 'a' \\'", 11, "a backslash outside of quotes"),
    ],
)  # fmt: skip
def test_what_cannot_be_sql_is_refused_where_it_begins(text, offset, message):
    is_lexical = not text.startswith("CREATE")
    for function in (sqltext.statements, sqltext.token_checksum, sqltext.parameters)[: 3 if is_lexical else 1]:
        error = error_of(text, function)
        assert (error.message, text.encode()[: error.offset].decode()) == (message, text[:offset])
        assert error.hint
        assert isinstance(error, UsageError)


def test_a_backslash_in_quotes_comments_and_data_is_no_command():
    text = "-- \\set\n/* \\i */ SELECT '\\gexec', \"\\d\", $$\\q$$, E'\\\\';\nCOPY t FROM stdin;\n\\set\n\\N\n\\.\n"
    assert len(split(text)) == 2


# Comments


def test_comments_before_the_first_statement_are_the_header():
    text = "\ufeff-- one: x \n /* a\n-- no */\n;--two\r\nSELECT 1 -- three\n; --  four".encode()
    found = list(sqltext.comments(text))
    assert [(comment.text, comment.is_header) for comment in found] == [
        ("one: x", True),
        ("two", True),
        ("three", False),
        ("four", False),
    ]
    assert [text[comment.start : comment.end] for comment in found] == [
        b"-- one: x ",
        b"--two",
        b"-- three",
        b"--  four",
    ]


def test_dashes_in_quotes_bodies_and_data_are_no_comments():
    text = "SELECT '--a', \"--b\", $$--c$$, E'\\'--d', 1 - -1;\nCOPY t FROM stdin; --e\n--f\n\\.\n--g"
    assert [comment.text for comment in sqltext.comments(text.encode())] == ["e", "g"]


def test_comments_in_a_file_without_statements_are_all_header():
    assert [comment.is_header for comment in sqltext.comments(b"-- a\n/* /* */ */\n-- b")] == [True, True]


# Transaction control


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("BEGIN", "BEGIN"),
        ("begin work", "BEGIN"),
        ("START TRANSACTION", "START"),
        ("COMMIT", "COMMIT"),
        ("commit/**/and chain", "COMMIT"),
        ("COMMIT PREPARED 'x'", "COMMIT"),
        ("END", "END"),
        ("ROLLBACK", "ROLLBACK"),
        ("ROLLBACK WORK", "ROLLBACK"),
        ("ROLLBACK TRANSACTION AND NO CHAIN", "ROLLBACK"),
        ("ROLLBACK PREPARED 'x'", "ROLLBACK"),
        ("ABORT", "ABORT"),
        ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION"),
        ("prepare/* /* */ */transaction $$x$$", "PREPARE TRANSACTION"),
        ("SAVEPOINT a", None),
        ("RELEASE a", None),
        ("RELEASE SAVEPOINT a", None),
        ("ROLLBACK TO a", None),
        ("ROLLBACK /* x */ TO SAVEPOINT a", None),
        ("ROLLBACK WORK TO a", None),
        ("ROLLBACK TRANSACTION TO SAVEPOINT a", None),
        ("PREPARE transaction AS SELECT 'x'", None),
        ("PREPARE transaction (text) AS SELECT 'x'", None),
        ("PREPARE begin AS SELECT 1", None),
        ("SELECT 1", None),
        ("DO $$BEGIN COMMIT; END$$", None),
        ("(SELECT 1)", None),
        ("CREATE TABLE commit (begin int)", None),
    ],
)
def test_transaction_control_is_named_and_savepoints_are_free(text, word):
    text = f"-- a\n{text};".encode()
    (statement,) = sqltext.statements(text)
    assert sqltext.transaction_control(text, statement) == word


# Checksums

BASE = "CREATE TABLE t (a int DEFAULT 1 + 2, b text DEFAULT 'X y'); SELECT f(a) FROM t WHERE a = -1;"


@pytest.mark.parametrize(
    "same",
    [
        "create table T(A int default 1+2,b TEXT default 'X y');select F ( A )from t where a=-1;",
        "-- why\nCREATE /* /* what */ */ TABLE t -- x\n(\r\n\ta int DEFAULT 1 + 2, b text DEFAULT 'X y') ;\n\n"
        "SELECT f(a) FROM t WHERE a =- 1; -- end",
        "\ufeff" + BASE,
    ],
)
def test_comments_white_space_and_case_of_words_do_not_change_the_token_checksum(same):
    assert sqltext.token_checksum(same.encode()) == sqltext.token_checksum(BASE.encode())
    assert sqltext.raw_checksum(BASE.encode()) != sqltext.raw_checksum(same.replace("\ufeff", " ").encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 'a b'", "SELECT 'a  b'"),
        ("SELECT 'a'", "SELECT 'A'"),
        ("SELECT 'a --b\n'", "SELECT 'a \n'"),
        ('SELECT "a"', 'SELECT "A"'),
        ("SELECT a", 'SELECT "a"'),
        ("DO $$a b$$", "DO $$a  b$$"),
        ("DO $$a -- b\n$$", "DO $$a \n$$"),
        ("DO $$a$$", "DO $x$a$x$"),
        ("SELECT a b", "SELECT ab"),
        ("SELECT - -1", "SELECT --1\n1"),
        ("SELECT a < -1", "SELECT a <@ -1"),
        ("SELECT a @ -1", "SELECT a @-1"),
        ("SELECT a[1: :b]", "SELECT a[1::b]"),
        ("SELECT f(a => 1)", "SELECT f(a = > 1)"),
        ("SELECT 1 .5", "SELECT 1.5"),
        ("SELECT e 'x'", "SELECT e'x'"),
        ("SELECT u & 'x'", "SELECT u&'x'"),
        ("SELECT 'a' 'b'", "SELECT 'a''b'"),
        ("SELECT 'a' 'b'", "SELECT 'a'\n'b'"),
        ("SELECT 'a', 'b'", "SELECT 'b', 'a'"),
        ("SELECT 1; SELECT 2", "SELECT 1 SELECT 2"),
        ("SELECT a\u00a0", "SELECT a"),
        ("COPY t FROM stdin;\n1\n\\.\n", "COPY t FROM stdin;\n2\n\\.\n"),
        ("COPY t FROM stdin;\n--a\n\\.\n", "COPY t FROM stdin;\n--b\n\\.\n"),
        ("COPY t FROM stdin;\nA\n\\.\nSELECT 1", "COPY t FROM stdin;\na\n\\.\nSELECT 1"),
    ],
)
def test_what_the_server_would_take_for_something_else_changes_the_token_checksum(one, other):
    assert sqltext.token_checksum(one.encode()) != sqltext.token_checksum(other.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT E'a'\n'b'", "select e'a' -- c\n\n  'b'"),
        ("SELECT 'a'\n'b'", "SELECT 'a' -- c\n\n  'b'"),
        ("SELECT E'\\'\n'", "SELECT e'\\'\n'"),
        ("SELECT U&'a', X'1F'", "SELECT u&'a',x'1F'"),
        ("SELECT s . t . a, (r) . b", "SELECT s.t.a, (r).b"),
        ("SELECT count( * ), a [ 1 ] :: int", "SELECT count(*), a[1]::int"),
        ("SELECT 1E5, 0XfF", "SELECT 1e5, 0xff"),
        ("SELECT a =-1, b=- 2, c <>+ 3", "SELECT a = -1, b = -2, c <> +3"),
        ("COPY t FROM stdin;\n1\n\\.\n", "copy T from STDIN; -- rows\n1\n\\.\n"),
    ],
)
def test_what_is_the_same_to_the_server_has_the_same_token_checksum(one, other):
    assert sqltext.token_checksum(one.encode()) == sqltext.token_checksum(other.encode())


def test_line_ends_and_the_byte_order_mark_change_neither_checksum():
    text = b"SELECT 'a\nb';\nDO $$\n$$;\nCOPY t FROM stdin;\n1\n\\.\n"
    windows = b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n")
    assert sqltext.raw_checksum(windows) == sqltext.raw_checksum(text)
    assert sqltext.token_checksum(windows) == sqltext.token_checksum(text)
    old_mac = b"SELECT 1;\r-- a\rSELECT 2"
    assert sqltext.raw_checksum(old_mac) == sqltext.raw_checksum(old_mac.replace(b"\r", b"\n"))


def test_a_line_end_cut_in_two_by_a_window_is_one_line_end():
    text = b"-" * ((1 << 20) - 1) + b"\n-\n"
    assert sqltext.raw_checksum(text.replace(b"\n", b"\r\n")) == sqltext.raw_checksum(text)


def test_the_raw_checksum_is_sha256_of_the_file():
    assert sqltext.raw_checksum(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


# Positions and encoding


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_and_columns_count_from_one_and_columns_are_characters(line_end):
    text = line_end.join(("\ufeffé€x", "", "𝄞y", "")).encode()
    places = {"é": (1, 1), "€": (1, 2), "x": (1, 3), "𝄞": (3, 1), "y": (3, 2)}
    for character, place in places.items():
        assert sqltext.position(text, text.index(character.encode())) == place
    assert sqltext.position(text, len(text)) == (4, 1)
    assert sqltext.position(text, text.index(line_end.encode())) == (1, 4)
    assert sqltext.position(text, text.index(line_end.encode()) + len(line_end)) == (2, 1)
    assert sqltext.line_at(text, 4) == "é€x"
    assert sqltext.line_at(text, text.index(b"y")) == "𝄞y"
    assert sqltext.line_at(text, len(text)) == ""


def test_the_positions_in_an_empty_file_and_at_its_mark_are_its_beginning():
    assert sqltext.position(b"", 0) == (1, 1)
    assert sqltext.line_at(b"", 0) == ""
    assert sqltext.position(b"\xef\xbb\xbf", 0) == (1, 1)


def test_both_halves_of_a_windows_line_end_are_on_its_line():
    assert sqltext.position(b"a\r\nb", 1) == sqltext.position(b"a\r\nb", 2) == (1, 2)
    assert sqltext.line_at(b"a\r\nb", 2) == "a"


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        (b"SELECT '\x00'", 8, "the text has a NUL byte"),
        ("SELECT 'é'".encode("latin-1"), 8, "byte 0xe9 is not UTF-8"),
        ("SELECT 1".encode("utf-16"), 0, "byte 0xff is not UTF-8"),
        (b"\xed\xa0\x80", 0, "byte 0xed is not UTF-8"),
        (b"SELECT '\xc3", 8, "byte 0xc3 is not UTF-8"),
        (b"a\x00\xff", 1, "the text has a NUL byte"),
        (b"a\xff\x00", 1, "byte 0xff is not UTF-8"),
        (b"\xc3\x00", 0, "byte 0xc3 is not UTF-8"),
        (b"-" * (1 << 20) + b"\x00", 1 << 20, "the text has a NUL byte"),
        (b"-" * ((1 << 20) - 1) + "é".encode() + b"\xff", (1 << 20) + 1, "byte 0xff is not UTF-8"),
    ],
)
def test_nul_and_other_encodings_are_refused_at_the_first_bad_byte(text, offset, message):
    error = error_of(text, sqltext.check_encoding)
    assert (error.message, error.offset) == (message, offset)


@pytest.mark.parametrize("text", ["", "\ufeffé\r\n€", "𝄞" * 300_000])
def test_utf_8_with_any_line_ends_and_a_mark_is_accepted(text):
    sqltext.check_encoding(text.encode())


# Parameters


def names(text: str) -> list[str]:
    encoded = text.encode()
    found = sqltext.parameters(encoded)
    assert all(encoded[one.start : one.end].decode() == f":{one.name}" for one in found)
    return [one.name for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT :a, :b, :a", ["a", "b", "a"]),
        ("select:a", ["a"]),
        ("SELECT :a::int, x::text", ["a"]),
        ("SELECT x:::a", ["a"]),
        ("SELECT f(x := :a, y => :b, z =>:c, w:=:d)", ["a", "b", "c", "d"]),
        ("SELECT a[1:2], a[1 : 2], a[:2], a[1:], a[:]", []),
        ("SELECT a[:n], a[: :n], a[1: :n]", ["n", "n", "n"]),
        ("SELECT '12:30', '$.a ? (@ > :x)', 'it''s :a', E'\\':b', E'c'\n':d'", []),
        ("SELECT E'a' -- b\n'\\':c'", []),
        ("SELECT U&':a', B':a', X':a', n':a'", []),
        ("SELECT $$:a$$, $t$:b$t$, x$$y, :c, z$$w", ["c"]),
        ('SELECT ":a", U&":b", "x"":c"', []),
        ("SELECT a&':b', c &':d', u&':e', :f&:g", ["f", "g"]),
        ("SELECT 1 -- :a\n, 2 --:b\r, :c /* :d /* :e */ :f */", ["c"]),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END", []),
        ("SELECT a ? 'b', a ?| :c, a @? :d, 5 % :e, a ?& :f, a #>> :g", ["c", "d", "e", "f", "g"]),
        ("SELECT a=:b, a@>:c, -:d, (:e), [:f", ["b", "c", "d", "e", "f"]),
        ("SELECT :a\u00a0", None),
        ("SELECT x\u00a0:a, :größe, :_1", ["a", "größe", "_1"]),
        ("SELECT :a:b", ["a", "b"]),
        ("SELECT :A, :a", ["A", "a"]),
        ("", []),
    ],
)
def test_only_a_name_behind_a_lone_colon_is_a_parameter(text, expected):
    if expected is None:
        assert error_of(text, sqltext.parameters).message == "'a\\xa0' cannot be the name of a parameter"
    else:
        assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("SELECT :'a'", 7, ":'a' is known to psql only"),
        ('SELECT :"a"', 7, ':"a" is known to psql only'),
        ("SELECT :{?a}", 7, ":{?a} is known to psql only"),
        ("SELECT :a, $1", 11, "$1 is written out"),
        ("SELECT :a.b", 7, ":a. is ambiguous"),
        ("\\set a 1", 0, "\\set is a command of psql, not SQL"),
        ("SELECT :a, 'b", 11, "unterminated string"),
        ("SELECT :a /* /* */", 10, "unterminated comment"),
    ],
)
def test_forms_that_mean_something_else_are_refused(text, offset, message):
    error = error_of(text, sqltext.parameters)
    assert (error.message, error.offset) == (message, offset)
    assert error.hint


def test_a_composite_parameter_in_parentheses_may_have_a_field():
    assert names("SELECT (:a).b") == ["a"]


# Large files


def large(rows: int) -> bytes:
    return b"".join(b"INSERT INTO t (id, name, amount) VALUES (%d, 'abc def', 10.5);\n" % row for row in range(rows))


def test_a_mapped_file_gives_what_its_bytes_give(tmp_path):
    text = b"\xef\xbb\xbf-- a\n" + large(100) + b"COPY t FROM stdin;\n" + b"1\r\n" * 400_000 + b"\\.\n-- b\nSELECT 1"
    path = tmp_path / "large.sql"
    path.write_bytes(text)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        sqltext.check_encoding(mapped)
        assert sqltext.statements(mapped) == sqltext.statements(text)
        assert list(sqltext.comments(mapped)) == list(sqltext.comments(text))
        assert sqltext.raw_checksum(mapped) == sqltext.raw_checksum(text)
        assert sqltext.token_checksum(mapped) == sqltext.token_checksum(text)
        assert sqltext.parameters(mapped) == []
        assert sqltext.position(mapped, len(text)) == sqltext.position(text, len(text))
        assert sqltext.line_at(mapped, len(text)) == "SELECT 1"


def test_a_private_mapping_keeps_what_was_written_to_it(tmp_path):
    path = tmp_path / "a.sql"
    path.write_bytes(b"SELECT 1" + b" " * (1 << 21))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as mapped:
        mapped[7:8] = b"2"
        sqltext.check_encoding(mapped)
        assert mapped[:8] == b"SELECT 2"


def test_ten_thousand_inserts_are_lexed_in_a_fraction_of_a_second_of_processor_time():
    text = large(10_000)
    took = []
    for _ in range(5):
        start = time.process_time()
        assert len(sqltext.statements(text)) == 10_000
        sqltext.token_checksum(text)
        took.append(time.process_time() - start)
    # About 0.045 s; a loop over the tokens in Python needs 0.5 s.
    assert min(took) < 0.25


@pytest.mark.parametrize(
    "unit", [b"a&", b"a ", b"E'", b"''", b"'\n", b"$a$", b"$", b"/*", b"--\n", b"(", b"a.", b"=-", b"u&'"]
)
@pytest.mark.parametrize("start", [b"", b"SELECT '", b"CREATE RULE ", b"create function f() begin atomic "])
def test_no_text_takes_time_that_grows_with_the_square_of_its_size(start, unit):
    text = start + unit * (100_000 // len(unit))
    begun = time.process_time()
    for function in (sqltext.statements, sqltext.token_checksum, sqltext.parameters):
        try:
            function(text)
        except SqlTextError:
            continue
    assert time.process_time() - begun < 2


@pytest.mark.slow
@pytest.mark.needs("linux")
def test_a_gigabyte_of_copy_data_is_read_within_100_mb(tmp_path):
    path = tmp_path / "large.sql"
    with path.open("wb") as file:
        file.write(b"-- a\nCOPY t FROM stdin;\n")
        for _ in range(1024):
            file.write(b"1\tabcdefghijkl\n" * (1 << 16))
        file.write(b"\\.\nSELECT 1;\n")
    program = (
        "import mmap, sys; from avdaily_sql import sqltext; file = open(sys.argv[1], 'rb');"
        "text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ);"
        "sqltext.check_encoding(text); found = sqltext.statements(text); assert len(found) == 2;"
        "assert found[0].copy.length == 1024 * 15 << 16; assert len(list(sqltext.comments(text))) == 1;"
        "sqltext.raw_checksum(text); sqltext.token_checksum(text); sqltext.position(text, found[1].start);"
        "print(open('/proc/self/status').read())"
    )
    status = subprocess.run([sys.executable, "-c", program, path], check=True, capture_output=True, text=True).stdout
    path.unlink()
    assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 100 * 1000
