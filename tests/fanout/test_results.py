"""One command on many databases and schemas: a result for each, and none hidden by another's failure."""

from __future__ import annotations

import json

import psycopg
import pytest

from tests.fanout.cells import has_table, several
from tests.test_json_output import held_against


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_apply_on_three_databases_gives_three_results(avdaily, tree, urls, jobs):
    done = avdaily("--json", "--sql-dir", tree, "apply", *several(urls), "--jobs", jobs)
    assert (done.returncode, done.stderr) == (0, "")
    found = held_against("databases", done.stdout)["databases"]
    assert [each["exit_code"] for each in found] == [0, 0, 0]
    assert [each["result"]["applied"][0]["id"] for each in found] == ["0001.create-one"] * 3
    assert all(has_table(url) for url in urls)


def test_one_that_fails_does_not_hide_the_others_and_the_highest_code_counts(avdaily, tree, urls):
    with psycopg.connect(urls[1], autocommit=True) as conn:
        conn.execute("CREATE TABLE one (id text)")
    done = avdaily("--json", "--sql-dir", tree, "apply", *several(urls))
    assert done.returncode == 1
    found = held_against("databases", done.stdout)["databases"]
    assert [each["exit_code"] for each in found] == [0, 1, 0]
    assert found[1]["result"] is None
    assert found[1]["error"]["sqlstate"] == "42P07"
    assert has_table(urls[2])
    shown = avdaily("--sql-dir", tree, "status", "--exit-code", *several(urls))
    assert shown.returncode == 3
    assert [line.rsplit(": ", 1)[1] for line in shown.stdout.splitlines() if line.startswith("== ")] == [
        "ok",
        "exit 3",
        "ok",
    ]
    assert shown.stderr.splitlines()[-1] == "2 of 3 ok"


def test_the_databases_of_a_file(avdaily, tree, urls, tmp_path):
    file = tmp_path / "databases.txt"
    file.write_text("# cells\n\n" + "\n".join(urls) + "\n")
    done = avdaily("--json", "--sql-dir", tree, "apply", "--databases", file, "--jobs", "2")
    assert len(held_against("databases", done.stdout)["databases"]) == 3
    assert all(has_table(url) for url in urls)


def test_schemas_of_one_database_have_a_history_each(avdaily, tree, database_url):
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE SCHEMA cell_a")
        conn.execute("CREATE SCHEMA cell_b")
    base = ("--json", "--database-url", database_url, "--sql-dir", tree)
    done = avdaily(*base, "apply", "--schema", "cell_a", "--schema", "cell_b")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each["schema"] for each in json.loads(done.stdout)["databases"]] == ["cell_a", "cell_b"]
    assert has_table(database_url, "cell_a")
    assert has_table(database_url, "cell_b")
    assert not has_table(database_url)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("postgresql:///a\nlocalhost/b\n", "this line is no database URL", 2),
        ("postgresql:///a\n\u200bpostgresql://u:hidden1@h/b\n", "this line is no database URL", 2),
        ("\n# one\npostgresql://u:hidden1@h/a?nonsense=1\n", "nonsense", 3),
        ("# nothing\n", "no database URL in", None),
    ],
)
def test_a_wrong_line_is_named_without_its_password_and_nothing_runs(avdaily, tree, tmp_path, text, message, line):
    file = tmp_path / "databases.txt"
    file.write_text(text)
    refused = avdaily("--sql-dir", tree, "apply", "--databases", file)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert line is None or f"databases.txt:{line}:1" in refused.stderr
    assert "hidden1" not in refused.stderr + refused.stdout


def test_a_database_that_is_named_twice_is_refused(avdaily, tree, urls):
    refused = avdaily("--sql-dir", tree, "apply", *several([urls[0], urls[0]]))
    assert (refused.returncode, "is named twice" in refused.stderr) == (2, True)
    assert not has_table(urls[0])


def test_a_command_for_one_database_refuses_two(avdaily, tree, urls):
    refused = avdaily("--sql-dir", tree, "reset", *several(urls[:2]))
    assert (refused.returncode, "one database at a time" in refused.stderr) == (2, True)


def test_no_password_is_printed(avdaily, tree, urls):
    url = urls[0].replace("postgres@", "postgres:s3cret%2F@", 1)
    done = avdaily("--sql-dir", tree, "-v", "apply", "--database-url", url, "--database-url", urls[1])
    assert done.returncode == 0, done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_a_file_from_an_editor_of_windows_is_read(avdaily, tree, urls, tmp_path):
    file = tmp_path / "databases.txt"
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(urls).encode())
    done = avdaily("--sql-dir", tree, "apply", "--databases", file)
    assert done.returncode == 0, done.stderr
    assert all(has_table(url) for url in urls)


@pytest.mark.parametrize("wrong", ["", "nonsense hidden1", "mysql://u:hidden1@h/a", "postgresql://"])
def test_an_url_that_is_none_is_refused_unseen_and_nothing_runs(avdaily, tree, urls, wrong):
    refused = avdaily("--sql-dir", tree, "apply", "--database-url", urls[0], "--database-url", wrong)
    assert refused.returncode == 2
    assert "--database-url number 2 is no database URL" in refused.stderr
    assert "hidden1" not in refused.stderr + refused.stdout
    assert not has_table(urls[0])
