"""A dump is read as psql reads it: its commands are found wherever psql would run them, and nowhere else."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avdaily_sql.backup.script import Script
from avdaily_sql.errors import Damaged

HEAD = (
    b"--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\n-- Dumped from database version 18.6\n"
    b"-- Dumped by pg_dump version 18.4 (Debian)\n\nSET standard_conforming_strings = on;\n"
)
END = b"\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n"


def read(text, size):
    script = Script()
    out = [script.feed(text[start : start + size]) for start in range(0, len(text), size)]
    return script, b"".join([*out, script.finish()])


HARMLESS = [
    b"SELECT 1;\n",
    b"COPY public.t (a) FROM stdin;\n1\t\\\\! x\n\\! ls\n\\.\n\nSELECT 2;\n",
    b"COPY t FROM stdin;\n\\.\n",
    b"CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC; SELECT CASE WHEN true THEN 1 END; SELECT 2; END;\n"
    b"SELECT 3;\n",
    b"CREATE FUNCTION f() AS $$ \\! rm; $$;\n",
    b"CREATE FUNCTION f() AS $a$ $b$ \\! rm; $$ $a$;\n",
    b"SELECT '\\! x', E'a\\'\\! y', \"\\! z\"; -- \\! c\n/* \\! /* \\x */ */ SELECT 1;\n",
    b"SELECT 'a'\n'b \\! c';\n",
    b'ALTER TABLE t OWNER TO "a b";\n',
]


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
def test_what_is_quoted_or_data_passes_in_pieces_of_any_size(text, size):
    script, out = read(HEAD + text + END, size)
    assert out == (HEAD + text + END).replace(b"\\restrict abc\n", b"\n").replace(b"\\unrestrict abc\n", b"\n")
    assert (script.server_version, script.dump_version) == ("18.6", "18.4")


COMMANDS = [
    b"\\! {}\n",
    b"SELECT 1 \\g |{}\n",
    b"COPY (SELECT 1 FROM stdin) TO STDOUT;\n\\! {}\n\\.\n",
    b"SELECT 1; \\! {}\n",
    b"SELECT (1; COPY x FROM stdin;\n\\! {}\n\\.\n);\n",
    b"CREATE FUNCTION f() LANGUAGE sql BEGIN ATOMIC; COPY x FROM stdin;\n\\! {}\n\\.\n END;\n",
    b"\\copy x from program '{}'\n",
    b"SELECT 1 /* /* */ */ \\! {}\n",
]


@pytest.mark.parametrize("text", COMMANDS)
@pytest.mark.parametrize("size", [1, 3, 100_000])
def test_a_command_of_psql_is_found_in_pieces_of_any_size(text, size):
    with pytest.raises(Damaged, match="a command of psql"):
        read(HEAD + text.replace(b"{}", b"ls") + END, size)


@pytest.mark.parametrize("text", COMMANDS[:6])
def test_psql_itself_would_have_run_it(text, tmp_path, database_url, server):
    """The proof that the judge is not stricter than it must be: without it the file appears."""
    witness = tmp_path / "ran"
    script = text.replace(b"{}", f"touch {witness}".encode())
    psql = [server.program("psql"), "-X", "-q", "-d", database_url]
    subprocess.run(psql, input=script, capture_output=True, check=False)
    assert witness.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"COPY t FROM stdin; \\! ls\n\\.\n", "does not begin on a line of its own"),
        (b"SET standard_conforming_strings = off;\n", "changes how quotes are read"),
        (b"COPY t FROM stdin;\n1\n", "in the data of a table"),
        (b"SELECT 'x", "inside a quote"),
    ],
)
def test_what_would_be_read_otherwise_or_does_not_end_is_refused(text, says):
    with pytest.raises(Damaged, match=says):
        read(HEAD + text + END, 100)


def test_an_end_marker_must_be_the_end_and_no_data():
    for text in (HEAD + b"SELECT 1;\n", HEAD + END + b"SELECT 1;\n", HEAD + b"SELECT '" + END + b"';\n"):
        with pytest.raises(Damaged, match="no end marker"):
            read(text, 1000)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60), st.integers(1, 70))
def test_any_bytes_are_judged_the_same_in_pieces_and_whole(text, size):
    whole, pieces = [], []
    for found, step in ((whole, 10_000), (pieces, size)):
        try:
            found.append(read(HEAD + text + b"\n" + END, step)[1])
        except Damaged as error:
            found.append(error.message.partition("(")[0])
    assert whole == pieces
