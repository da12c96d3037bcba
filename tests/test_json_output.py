"""Scripts rely on the JSON of every command: real output is held against the schemas of docs/json/."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = {
    path.name.removesuffix(".schema.json"): path for path in sorted((ROOT / "docs" / "json").glob("*.schema.json"))
}


def held_against(name, text):
    schema = json.loads(SCHEMAS[name].read_text())
    document = json.loads(text)
    jsonschema.validate(document, schema, format_checker=jsonschema.FormatChecker())
    return document


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_a_schema_and_lets_no_unknown_key_pass(name):
    schema = json.loads(SCHEMAS[name].read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


@pytest.fixture
def sql(tmp_path):
    """Two small pairs, so that every command of the runner has something to say."""
    directory = tmp_path / "sql" / "migrations"
    directory.mkdir(parents=True)
    for number, table in ((1, "one"), (2, "two")):
        (directory / f"000{number}.create-{table}.sql").write_text(
            f"-- 000{number}.create-{table}: the table is there\n\nCREATE TABLE {table} (id bigint);\n"
        )
        (directory / f"000{number}.create-{table}.rollback.sql").write_text(
            f"-- 000{number}.create-{table}: the table is gone\nDROP TABLE {table};\n"
        )
    seeds = tmp_path / "sql" / "seeds" / "common"
    seeds.mkdir(parents=True)
    (seeds / "001.first.sql").write_text("INSERT INTO one SELECT 1 WHERE NOT EXISTS (SELECT FROM one);\n")
    return directory.parent


def test_the_output_of_each_command_is_what_its_schema_says(avdaily, database_url, sql, tmp_path):
    def run(*words, expected=0):
        done = avdaily("--json", "--sql-dir", sql, "--database-url", database_url, *words)
        assert (done.returncode, done.stderr) == (expected, ""), done
        return done.stdout

    assert [step["id"] for step in held_against("plan", run("apply", "--dry-run"))["plan"]] == [
        "0001.create-one",
        "0002.create-two",
    ]
    held_against("plan", run("plan"))
    assert [file["id"] for file in held_against("plan-trace", run("plan", "--trace"))["trace"]] == [
        "0001.create-one",
        "0002.create-two",
    ]
    assert held_against("apply", run("apply", "--to", "1"))["pending"] == ["0002.create-two"]
    assert held_against("status", run("status"))["counts"]["pending"] == 1
    held_against("status", run("status", "--exit-code", expected=3))
    up = held_against("up", run("up"))
    assert (up["tables"], up["seeds"]["rows_inserted"]) == (2, 1)
    assert held_against("seed", run("seed"))["files"] == [{"id": "common/001.first", "state": "unchanged"}]
    held_against("seed", run("seed", "--list"))
    assert held_against("push", run("push"))["state"] == "unchanged"
    held_against("plan", run("rollback", "--dry-run"))
    assert len(held_against("rollback", run("rollback", "--all", "--yes"))["rolled_back"]) == 2
    held_against("config", run("config"))
    held_against("db-status", run("db", "status"))
    assert held_against("lint", run("lint"))["findings"] == []
    assert [file["ok"] for file in held_against("verify", run("verify"))["files"]] == [True, True]
    adopted = held_against("baseline", run("baseline", "--to", "2", "--force"))
    assert (len(adopted["marked"]), adopted["proven"]) == (2, False)
    one = sql / "migrations" / "0001.create-one.sql"
    one.write_text(f"-- {one.stem}: commented\n\nCREATE TABLE one (id bigint);\n")
    words = ("repair", "1", "--reason", "a comment")
    assert held_against("repair", run(*words))["reason"] == "a comment"
    written = held_against("new", run("new", "add-three"))["files"]
    assert [(tmp_path / path).exists() for path in written] == [True, True]
    assert {each["rule"] for each in held_against("lint", run("lint", expected=1))["findings"]} == {"refused"}


def test_a_failure_is_one_object_on_stderr_with_the_place_in_the_file(avdaily, database_url, sql):
    (sql / "migrations" / "0002.create-two.sql").write_text(
        "-- 0002.create-two: the table is there\n\nCREATE TABLE two (id bigintt);\n"
    )
    done = avdaily("--json", "--sql-dir", sql, "--database-url", database_url, "apply")
    assert (done.returncode, done.stdout) == (1, "")
    error = held_against("error", done.stderr)["error"]
    assert (error["sqlstate"], error["line"], error["column"], error["exit_code"]) == ("42704", 3, 22, 1)
    assert error["file"].endswith("0002.create-two.sql")


def test_every_command_with_output_has_a_schema():
    missing = {
        "apply",
        "plan",
        "rollback",
        "status",
        "new",
        "lint",
        "verify",
        "baseline",
        "repair",
        "up",
        "seed",
        "config",
        "db-status",
        "error",
    } - SCHEMAS.keys()
    assert missing == set()
