"""The lexer on texts that nobody wrote: what must hold for all of them."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from avdaily_sql import sqltext
from avdaily_sql.sqltext import SqlTextError
from avdaily_sql.sqltext.lexer import start_of
from avdaily_sql.sqltext.scanner import next_statement

# Whole tokens, of which any row separated by white space or comments is lexed as just these.
LITERALS = (
    "'a;'",
    "''",
    "'it''s'",
    "'--'",
    "'/*'",
    "'\\'",
    "'A  b'",
    "E'a\\';'",
    "e'\\\\'",
    "E'a'\n'\\';'",
    "U&'\\0061;'",
    "X'1F'",
    "b'01'",
    "N'x'",
    '"a;"',
    '"A"',
    '""""',
    'U&"a;"',
    "$$;'\"$$",
    "$a$ $$ ; $b$ $a$",
    "$_é1$;$_é1$",
)
WORDS = (
    "select",
    "a",
    "Z_1",
    "e",
    "u",
    "x$$y",
    "é",
    "\u00a0",
    "end",
    "case",
    "atomic",
    "copy",
    "from",
    "stdin",
    "e1",
    "n",
)
SIGNS = (
    "(1)",
    "1",
    "1.5",
    "$1",
    "+",
    "-",
    "*",
    "/",
    "<@",
    "?|",
    "::",
    ":=",
    "=>",
    ":",
    "[",
    "]",
    ".",
    ",",
    "@-",
    "%",
    "&",
)
tokens = st.sampled_from(LITERALS + WORDS + SIGNS)
whole_texts = st.sampled_from(
    (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN b END; END",
        "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC END",
        "CREATE RULE r AS ON INSERT TO t DO (SELECT ';'; SELECT (2))",
        "create function f() returns int language sql as $$ select 1; $$",
    )
)
spaces = st.sampled_from((" ", "\n", "\r\n", "\t", "\f", "  ", "/* ; ' */", "/* /* ; */ $$ */", "-- ;'\n", '--"\r'))
# What may stand before, between and behind statements.
trivia = st.lists(spaces, max_size=3).map("".join)
# Between tokens never nothing, and never a line end, which would make one string of two.
gaps = st.lists(st.sampled_from((" ", "\t", "/**/", "/* ; ' */", "/* /* ; */ $$ */")), min_size=1, max_size=2).map(
    "".join
)

# Bytes that begin something, and what may follow them, in any order.
FRAGMENTS = (
    *LITERALS,
    *WORDS,
    *SIGNS,
    *"'\"$\\;:()eEuUnNbBxX&-/*.@\n\r\t \v\f0",
    "/*",
    "*/",
    "--",
    "$a$",
    "u&",
    "\ufeff",
    "copy t from stdin;\n",
    "\n\\.\n",
    "\\.",
    "create rule ",
    "create function f() begin atomic ",
    "; end",
)
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(lambda parts: "".join(parts).encode())
any_bytes = st.one_of(fragments, st.binary(max_size=60), st.text(max_size=40).map(str.encode))


@st.composite
def statement_texts(draw) -> str:
    found = draw(st.lists(tokens, min_size=1, max_size=8))
    # A statement that begins with these may have data, or semicolons, of its own.
    if found[0] in {"copy", "-", "/"}:
        found[0] = "select"
    return found[0] + "".join(draw(gaps) + token for token in found[1:])


@given(st.lists(st.tuples(trivia, st.one_of(statement_texts(), whole_texts)), max_size=5), trivia, st.booleans())
@settings(deadline=None)
def test_statements_joined_by_anything_are_cut_into_just_these(parts, last, is_marked):
    text = (
        ("\ufeff" if is_marked else "") + "".join(f"{before}{statement} {last};" for before, statement in parts) + last
    )
    encoded = text.encode()
    found = [encoded[one.start : one.end].decode() for one in sqltext.statements(encoded)]
    assert found == [statement for _, statement in parts]


def rewritten(draw, parts: list[str]) -> str:
    """Return the tokens with other white space, comments and upper or lower case."""
    text = ""
    for part in parts:
        changed = part.swapcase() if part.isascii() and part.isalnum() and draw(st.booleans()) else part
        text += draw(gaps) + changed
    return text


@given(st.data(), st.lists(tokens, min_size=1, max_size=10))
@settings(deadline=None)
def test_the_token_checksum_does_not_see_comments_white_space_and_case(data, parts):
    one, other = (sqltext.token_checksum(rewritten(data.draw, parts).encode()) for _ in range(2))
    assert one == other


@given(st.data(), st.lists(tokens, min_size=1, max_size=10), tokens)
@settings(deadline=None)
def test_the_token_checksum_sees_every_other_token(data, parts, other):
    place = data.draw(st.integers(0, len(parts) - 1))
    changed = [*parts[:place], other, *parts[place + 1 :]]
    if other == parts[place]:
        return
    one, two = (sqltext.token_checksum(rewritten(data.draw, some).encode()) for some in (parts, changed))
    assert one != two
    assert one != sqltext.token_checksum(rewritten(data.draw, [*parts, other]).encode())


@given(st.data(), st.lists(tokens, min_size=1, max_size=10))
@settings(deadline=None)
def test_the_token_checksum_sees_every_change_inside_a_literal(data, parts):
    literal = data.draw(st.sampled_from([one for one in LITERALS if "a" in one]))
    place = data.draw(st.integers(0, len(parts)))
    one, other = (
        sqltext.token_checksum(" ".join((*parts[:place], some, *parts[place:])).encode())
        for some in (literal, literal.replace("a", "a ", 1) if literal[0] != "$" else literal.replace(";", "; "))
    )
    assert one != other


def error_of(function, text: bytes) -> SqlTextError | None:
    try:
        function(text)
    except SqlTextError as error:
        return error
    return None


@given(any_bytes)
@example(b"E'a\\'b;'\n\n',@")
@example(b"\\")
@example(b"$0\x80")
@settings(deadline=None)
def test_any_bytes_give_an_answer_or_an_error_at_a_place_in_them(text):
    for function in (
        sqltext.statements,
        lambda text: list(sqltext.comments(text)),
        sqltext.token_checksum,
        sqltext.parameters,
        sqltext.check_encoding,
        lambda text: [sqltext.transaction_control(text, one) for one in sqltext.statements(text)],
    ):
        error = error_of(function, text)
        if error is not None:
            assert 0 <= error.offset < len(text)
            line, column = sqltext.position(text, error.offset)
            assert line >= 1
            assert 1 <= column <= len(sqltext.line_at(text, error.offset)) + 1
    assert len(sqltext.raw_checksum(text)) == 64


def without_trivia(text: bytes) -> bytes:
    """Remove white space, semicolons and comments from the front, one by one."""
    while True:
        text = text.lstrip(b" \t\n\r\f\v;")
        if text.startswith(b"--"):
            text = re.split(rb"[\r\n]", text, maxsplit=1)[1] if re.search(rb"[\r\n]", text) else b""
        elif text.startswith(b"/*"):
            depth, place = 1, 2
            while depth:
                mark = text[place : place + 2]
                depth += (mark == b"/*") - (mark == b"*/")
                place += 2 if mark in (b"/*", b"*/") else 1
            text = text[place:]
        else:
            return text


@given(fragments)
@settings(max_examples=300, deadline=None)
def test_between_statements_there_is_nothing_but_comments_white_space_and_data(text):
    try:
        found = sqltext.statements(text)
    except SqlTextError:
        return
    end = start_of(text)
    for one in found:
        assert without_trivia(text[end : one.start]) == b""
        assert one.start < one.end
        assert text[one.end - 1 : one.end] not in (b"", b" ", b"\t", b"\n", b"\r", b"\f", b"\v")
        assert without_trivia(text[one.start : one.end]) == text[one.start : one.end]
        end = one.end
        if one.copy is not None:
            assert without_trivia(text[end : one.copy.offset]) == b""
            assert text[one.copy.offset - 1 : one.copy.offset] == b"\n"
            end = sum(one.copy)
            assert re.match(rb"\\\.(\r?\n|\Z)", text[end:])
            end += 2
    assert without_trivia(text[end:]) == b""


def the_long_way(text: bytes) -> list[sqltext.Statement]:
    found, offset = [], start_of(text)
    while offset < len(text):
        statement, offset = next_statement(text, offset)
        found += [statement] if statement is not None else []
    return found


@given(fragments)
@settings(max_examples=300, deadline=None)
def test_the_short_way_through_a_statement_and_the_long_way_agree(text):
    short, long = error_of(sqltext.statements, text), error_of(the_long_way, text)
    if short is None or long is None:
        assert (short, long) == (None, None)
        assert sqltext.statements(text) == the_long_way(text)
    else:
        assert (short.message, short.offset) == (long.message, long.offset)


@given(st.lists(st.sampled_from(("a", "é", "𝄞", "\n", "\r\n", "\r", "x\r\n")), max_size=20).map("".join))
@settings(deadline=None)
def test_positions_agree_with_splitting_the_text_at_its_line_ends(text):
    lines = re.split(r"\r\n|\r|\n", text)
    offset = 0
    encoded = text.encode()
    for number, line in enumerate(lines, 1):
        for column, character in enumerate(line, 1):
            assert sqltext.position(encoded, offset) == (number, column)
            assert sqltext.line_at(encoded, offset) == line
            offset += len(character.encode())
        offset += 2 if encoded[offset : offset + 2] == b"\r\n" else 1


@given(
    st.lists(
        st.tuples(gaps, st.one_of(tokens.filter(lambda one: one not in {":", "$1"}), st.just(":name"))), max_size=12
    )
)
@settings(deadline=None)
def test_parameters_are_just_the_names_behind_a_colon(parts):
    text = "".join(gap + token for gap, token in parts).encode()
    found = sqltext.parameters(text)
    assert [text[one.start : one.end] for one in found] == [b":name"] * sum(token == ":name" for _, token in parts)
