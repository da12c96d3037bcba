"""new --from-database: the real command on a tree of files and a database that a developer has changed by hand."""

from __future__ import annotations

import json

import psycopg
import pytest

from tests.migrations.conftest import Tree, tables
from tests.test_json_output import held_against

FIRST = """\
CREATE TABLE people (id bigint, name text, CONSTRAINT people_pkey PRIMARY KEY (id));
"""


@pytest.fixture
def tree(tmp_path):
    tree = Tree(tmp_path / "sql")
    tree.write("0001.create-people", FIRST, "DROP TABLE people;\n")
    return tree


@pytest.fixture
def db(database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def command(avdaily, tree, database_url):
    return lambda *words, **options: avdaily(
        "--sql-dir", tree.root, *words, env={"DATABASE_URL": database_url}, **options
    )


@pytest.fixture
def applied(command, db):
    assert command("apply").returncode == 0
    return db


def written(tree):
    return [(tree.migrations / f"0002.add-more{ending}").read_text() for ending in (".sql", ".rollback.sql")]


def test_the_draft_is_a_proven_pair_that_apply_takes_elsewhere(applied, command, tree, server, database_url):
    applied.execute(
        "ALTER TABLE people ADD COLUMN born date; CREATE TABLE pets (id bigint, owner_id bigint,"
        " CONSTRAINT pets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES people (id));"
        " COMMENT ON TABLE pets IS 'Theirs.'"
    )
    done = command("new", "add-more", "--from-database")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "proven: up is the database, down is the files"
    up, down = written(tree)
    assert up.splitlines()[:6] == [
        "-- 0002.add-more: new column people.born, new table pets",
        "-- Why: the reason, which the SQL cannot say",
        "-- Locks: people: see avdaily-sql plan",
        "-- Runtime: milliseconds, or how it grows with the rows",
        "-- Rollback: the same steps backwards; lost are the values of people.born, the rows of pets.",
        "-- depends: 0001.create-people",
    ]
    assert "ALTER TABLE people ADD COLUMN born date;" in up
    assert "CREATE TABLE pets (\n  id bigint,\n  owner_id bigint,\n  CONSTRAINT pets_owner_id_fkey" in up
    assert down.endswith("ALTER TABLE people DROP COLUMN born;\n\nDROP TABLE pets;\n")
    # Its author throws the changes away, and has them again from the file.
    applied.execute("DROP TABLE pets; ALTER TABLE people DROP COLUMN born")
    assert command("apply").returncode == 0
    assert command("verify").returncode == 0
    assert command("rollback", "--yes").returncode == 0
    assert tables(applied) == {"people"}


def test_a_database_that_is_what_the_files_build_gives_no_file(applied, command, tree):
    done = command("new", "add-more", "--from-database", "--json")
    assert held_against("new", done.stdout) == {"files": [], "proven": True, "warnings": []}
    assert not list(tree.migrations.glob("0002*"))


def test_a_database_that_lags_the_files_is_refused(applied, command, tree):
    tree.table(2)
    done = command("new", "add-more", "--from-database")
    assert done.returncode == 6
    assert "lags the files: 0002.create-t2 is pending" in done.stderr
    assert done.stderr.splitlines()[-1] == "avdaily-sql apply"
    assert not list(tree.migrations.glob("0003*"))


def test_an_applied_file_that_was_edited_is_drift(applied, command, tree):
    tree.write("0001.create-people", FIRST + "CREATE TABLE more (id int);\n", "DROP TABLE people;\n")
    assert command("new", "add-more", "--from-database").returncode == 4


def test_the_very_first_file_can_be_drafted(command, tree, db):
    tree.remove("0001.create-people")
    db.execute(FIRST)
    assert command("new", "create-all", "--from-database").returncode == 0
    assert "CREATE TABLE people" in (tree.migrations / "0001.create-all.sql").read_text()


def test_a_rename_is_never_guessed_but_asked(applied, command, tree):
    applied.execute("ALTER TABLE people RENAME COLUMN name TO called")
    done = command("new", "add-more", "--from-database")
    assert done.returncode == 0
    question = "ALTER TABLE people RENAME COLUMN name TO called;"
    assert question in done.stderr
    up, down = (" ".join(text.replace("\n--  ", "").split()) for text in written(tree))
    assert (
        f"-- Question: is column people.called the old people.name under a new name? Then write instead: {question}"
        in up
    )
    assert "ALTER TABLE people DROP COLUMN name;" in up
    assert "-- Lost: the values of people.name." in up
    assert "RENAME COLUMN called TO name;" in down


@pytest.mark.parametrize(
    ("before", "after", "question"),
    [
        ("CREATE TABLE a (x int, y int)", "ALTER TABLE a RENAME TO b", "ALTER TABLE a RENAME TO b;"),
        ("CREATE TYPE a AS ENUM ('x')", "ALTER TYPE a RENAME TO b", "ALTER TYPE a RENAME TO b;"),
        ("CREATE INDEX a ON people (name)", "ALTER INDEX a RENAME TO b", "ALTER INDEX a RENAME TO b;"),
        ("CREATE VIEW a AS SELECT 1 AS x", "ALTER VIEW a RENAME TO b", "ALTER VIEW a RENAME TO b;"),
        (
            "CREATE FUNCTION a(n int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER FUNCTION a(int) RENAME TO b",
            "ALTER FUNCTION a(integer) RENAME TO b;",
        ),
        (
            "ALTER TABLE people ADD CONSTRAINT a CHECK (id > 0)",
            "ALTER TABLE people RENAME CONSTRAINT a TO b",
            "ALTER TABLE people RENAME CONSTRAINT a TO b;",
        ),
    ],
    ids=["table", "enum", "index", "view", "function", "constraint"],
)
def test_what_may_be_a_rename_is_asked_for_every_kind(command, tree, db, before, after, question):
    tree.write("0002.second", f"{before};\n", "SELECT 1;\n")
    assert command("apply").returncode == 0
    db.execute(after)
    done = command("new", "add-more", "--from-database", "--json")
    assert any(text.endswith(question) for text in json.loads(done.stdout)["warnings"]), done


def test_what_is_not_supported_is_said_in_the_file_and_on_the_side(applied, command, tree):
    applied.execute(
        "CREATE TABLE pets (id int); CREATE AGGREGATE product(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1')"
    )
    done = command("new", "add-more", "--from-database")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "not proven: look at the files"
    assert "not as in the database: AGGREGATE public.product(integer)" in done.stderr
    assert "-- Not as in the development database: AGGREGATE public.product(integer)" in written(tree)[0]


def test_only_what_is_not_supported_is_a_failure_without_files(applied, command, tree):
    applied.execute("CREATE AGGREGATE product(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1')")
    done = command("new", "add-more", "--from-database")
    assert done.returncode == 1
    assert "nothing of what differs can be drafted: AGGREGATE public.product(integer)" in done.stderr
    assert not list(tree.migrations.glob("0002*"))


def test_what_would_lose_rows_to_express_is_refused_in_a_comment(applied, command, tree):
    applied.execute("DROP TABLE people; CREATE TABLE people (id bigint, name text) PARTITION BY HASH (id)")
    done = command("new", "add-more", "--from-database")
    assert "not drafted: table people: the way in which a table is partitioned cannot be altered" in done.stderr
    assert "not proven" in done.stdout


def test_a_dropped_column_in_the_middle_cannot_come_back_to_its_place_and_that_is_said(applied, command, tree):
    applied.execute("ALTER TABLE people DROP COLUMN id")
    done = command("new", "add-more", "--from-database")
    assert "not as before after the rollback: TABLE public.people" in done.stderr
    assert "Not as in" not in written(tree)[0]


def test_a_constraint_without_a_name_keeps_the_one_that_the_server_gave_it(applied, command, tree):
    applied.execute("ALTER TABLE people ADD CHECK (id > 0), ADD UNIQUE (name)")
    assert command("new", "add-more", "--from-database").returncode == 0
    up, _ = written(tree)
    assert "ADD CONSTRAINT people_id_check CHECK (id > 0);" in up
    assert "ADD CONSTRAINT people_name_key UNIQUE (name);" in up


def test_nothing_is_changed_in_the_database_and_no_scratch_database_stays(applied, command, server):
    applied.execute("CREATE TABLE pets (id int)")
    query = "SELECT count(*) FROM pg_class"
    before = applied.execute(query).fetchone()
    assert command("new", "add-more", "--from-database").returncode == 0
    assert applied.execute(query).fetchone() == before
    name = applied.info.dbname
    left = "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE %s"
    assert applied.execute(left, (f'%"origin": "{name}"%',)).fetchall() == []


def test_a_bad_name_is_told_before_anything_else(command, tree):
    assert command("new", "Add More", "--from-database").returncode == 2
