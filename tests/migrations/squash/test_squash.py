"""``squash``: one pair in the place of many, written only when it is proven to build and undo the same."""

from __future__ import annotations

import psycopg
import pytest

from avdaily_sql import migrations
from avdaily_sql.errors import Drift, Failed, Refused, UsageError
from avdaily_sql.migrations import Options
from avdaily_sql.squashing import squashing
from tests.migrations.squash.conftest import files_of


def built(server, tree, to, dump, database_in):
    url = database_in()
    migrations.apply(url, tree.sql, Options(to=to))
    return dump(url)


def test_the_pair_is_written_and_the_many_are_kept_beside_it_as_they_were(five, tree, really):
    before = files_of(tree)
    result = really(4)
    assert result.id == "0004.squashed"
    assert result.replaces == tuple(five[:4])
    assert (result.reversible, result.behind, result.edited) == (True, (), (five[4],))
    after = files_of(tree)
    kept = {name for name in before if not name.startswith("migrations/0005")}
    for name in kept:
        there = name.replace("migrations/", "migrations/squashed/0004.squashed/")
        assert after.pop(there) == before[name]
    assert after.pop("migrations/0005.count-t1.sql") == before["migrations/0005.count-t1.sql"].replace(
        b"-- depends: 0004.index-t1", b"-- depends: 0004.squashed"
    )
    assert sorted(after) == [
        "migrations/0004.squashed.rollback.sql",
        "migrations/0004.squashed.sql",
        "migrations/0005.count-t1.rollback.sql",
    ]


def test_the_text_is_that_of_the_many_with_their_comments_and_without_what_a_transaction_cannot_have(
    five, tree, really
):
    really(4)
    text = (tree.migrations / "0004.squashed.sql").read_text()
    assert text.startswith("-- 0004.squashed: what 0001.create-t1 to 0004.index-t1 build, 4 files in one\n")
    assert [line for line in text.splitlines() if line.startswith("-- replaces:")] == [
        f"-- replaces: {identifier}" for identifier in five[:4]
    ]
    assert "-- 0002.widen-t1: t1 has a name\nALTER TABLE t1 ADD name text;\n" in text
    assert "'two; -- no comment'" in text
    assert "CREATE INDEX              t1_name_idx ON t1 (name);" in text
    assert not {"CONCURRENTLY", "VACUUM", "-- depends:", "-- transactional:"} & set(text.split("\n"))
    assert "VACUUM" not in text
    rollback = (tree.migrations / "0004.squashed.rollback.sql").read_text()
    assert rollback.index("DROP INDEX") < rollback.index("DELETE FROM") < rollback.index("DROP TABLE")


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            [
                ("CREATE TYPE mood AS ENUM ('sad');", "DROP TYPE mood;"),
                ("-- transactional: false\nALTER TYPE mood ADD VALUE 'glad';", "SELECT 1;"),
                ("CREATE TABLE m (now mood DEFAULT 'glad');", "DROP TABLE m;"),
            ],
            id="a value of an enum that is added and used",
        ),
        pytest.param(
            [
                (
                    "CREATE TABLE p (id int CONSTRAINT p_pkey PRIMARY KEY);\n"
                    "CREATE TABLE c (p int CONSTRAINT c_p_fkey REFERENCES p DEFERRABLE INITIALLY DEFERRED);",
                    "DROP TABLE c; DROP TABLE p;",
                ),
                ("INSERT INTO c VALUES (1); INSERT INTO p VALUES (1);", "DELETE FROM c; DELETE FROM p;"),
                ("ALTER TABLE c ADD note text;", "ALTER TABLE c DROP note;"),
            ],
            id="deferred checks that wait",
        ),
        pytest.param(
            [
                ("CREATE SCHEMA other; SET search_path = other; CREATE TABLE a (x int);", "DROP SCHEMA other CASCADE;"),
                ("CREATE TABLE b (x int);", "DROP TABLE b;"),
                ("SELECT set_config('search_path', 'other', true); CREATE TABLE c (x int);", "DROP TABLE other.c;"),
                ("CREATE TABLE d (x int)", "DROP TABLE d"),
            ],
            id="a search path that a file leaves",
        ),
        pytest.param(
            [
                ("SET LOCAL TIME ZONE 'Africa/Lagos'; CREATE TABLE a (x timestamptz);", "DROP TABLE a;"),
                ("INSERT INTO a VALUES ('2026-01-01 00:00');", "DELETE FROM a;"),
                ("SET LOCAL work_mem = '8MB'; SELECT 1;", "SELECT 1;"),
            ],
            id="settings that a file leaves",
        ),
        pytest.param(
            [
                ("CREATE TABLE a (x int, y text);", "DROP TABLE a;"),
                ("COPY a FROM stdin;\n1\tone; -- and\n2\t\\N\n\\.\n", "DELETE FROM a;"),
                ("COPY a (x) FROM stdin;\n3\n\\.", "SELECT 1;"),
                ("INSERT INTO a VALUES (4, 'four')", "SELECT 1"),
            ],
            id="COPY data",
        ),
        pytest.param(
            [
                (b"\xef\xbb\xbfCREATE TABLE a (x int);\r\nCREATE TABLE b (x int)\r\n-- the end;", "DROP TABLE a, b"),
                ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; -- ;\n$$", "DROP FUNCTION f()\n\n"),
                ("/* a; /* b; */ */ CREATE VIEW v AS SELECT ';' AS x ;;", "DROP VIEW v"),
            ],
            id="byte order mark, line ends, no last semicolon",
        ),
        pytest.param(
            [
                (
                    "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now());",
                    "DROP TABLE a;",
                ),
                ("INSERT INTO a DEFAULT VALUES; ALTER TABLE a ADD u uuid DEFAULT gen_random_uuid();", "SELECT 1;"),
                ("INSERT INTO a DEFAULT VALUES;", "SELECT 1;"),
            ],
            id="rows with times and drawn values",
        ),
    ],
)
def test_one_file_builds_what_many_build(files, tree, really, server, dump, database_in):
    for number, (forward, backward) in enumerate(files, 1):
        rollback = "SELECT 1;" if backward == "SELECT 1;" else backward
        tree.write(f"{number:04}.f{number}", forward, rollback)
    last = f"{len(files):04}.f{len(files)}"
    many = built(server, tree, last, lambda url: dump(url, "--schema-only"), database_in)
    result = really(last)
    assert result.reversible
    one = built(server, tree, result.id, lambda url: dump(url, "--schema-only"), database_in)
    assert one == many


def test_our_own_files_become_one_and_databases_in_the_middle_go_on(server, tree, known, database_url, database_in):
    import shutil
    from pathlib import Path

    shutil.rmtree(tree.root)
    shutil.copytree(Path(__file__).resolve().parents[3] / "sql", tree.root)
    last = sorted(tree.migrations.glob("*[!k].sql"))[-1].name.removesuffix(".sql")
    middle = database_in(30)
    order = squashing.Order(last)
    result = squashing.squash(database_url, tree.sql, known, order, options=Options())
    assert (len(result.replaces), result.reversible) == (len(list(tree.migrations.rglob("0*[!k].sql"))) - 1, True)
    applied = migrations.apply(middle, tree.sql)
    assert (len(applied.applied), applied.marked) == (len(result.replaces) - 30, (result.id,))
    from avdaily_sql.migrations.verify import verify

    assert verify(middle, tree.sql, known).exit_code == 0
    assert [each.id for each in migrations.rollback(middle, tree.sql).rolled_back] == [result.id]


def test_a_file_that_cannot_be_undone_makes_the_one_irreversible_with_its_reason(tree, really, database_in):
    tree.table(1)
    tree.write("0002.drop-t1", "-- irreversible: the rows are gone\nDROP TABLE t1;\n", None)
    tree.table(3)
    result = really(3)
    assert (result.reversible, len(result.files)) == (False, 1)
    url = database_in()
    migrations.apply(url, tree.sql)
    with pytest.raises(Refused, match=r"0003\.squashed is irreversible: 0002\.drop-t1: the rows are gone"):
        migrations.rollback(url, tree.sql)


def test_a_rollback_that_does_not_undo_the_whole_is_refused_and_nothing_is_written(tree, really, unchanged):
    tree.table(1)
    tree.write("0002.more", "CREATE TABLE more (id int);\nCREATE TABLE left_over (id int);\n", "DROP TABLE more;\n")
    unchanged()
    with pytest.raises(Failed, match=r"do not undo the whole of 0002\.squashed") as caught:
        really(2)
    assert "+ CREATE TABLE public.left_over (" in caught.value.detail


def test_rows_that_depend_on_the_number_of_transactions_are_told_apart(tree, really, unchanged):
    tree.write("0001.a", "CREATE TABLE t (n bigint);\nINSERT INTO t VALUES (0);\n", "DROP TABLE t;\n")
    tree.write("0002.b", "INSERT INTO t VALUES (0);\n", "SELECT 1;\n")
    tree.write("0003.c", "UPDATE t SET n = (SELECT count(DISTINCT xmin::text) FROM t);\n", "SELECT 1;\n")
    unchanged()
    with pytest.raises(Failed, match="1 contents differ") as caught:
        really(3)
    assert "table public.t has other values in n" in caught.value.detail


def test_a_schema_that_depends_on_the_number_of_transactions_is_shown_with_its_difference(tree, really, unchanged):
    tree.write("0001.a", "CREATE TABLE t (n bigint);\n", "DROP TABLE t;\n")
    tree.write(
        "0002.b",
        "DO $$ BEGIN\n"
        "IF (SELECT xmin FROM pg_class WHERE oid = 't'::regclass)::text <> pg_current_xact_id()::text THEN\n"
        "ALTER TABLE t ADD later int; END IF; END $$;\n",
        "ALTER TABLE t DROP IF EXISTS later;\n",
    )
    unchanged()
    with pytest.raises(Failed, match="1 objects differ") as caught:
        really(2)
    assert "-     later integer" in caught.value.detail


def test_a_statement_that_cannot_run_with_the_others_is_shown_in_its_own_file(tree, really, unchanged):
    tree.table(1)
    tree.write(
        "0002.slot",
        "-- 0002.slot: x\n-- transactional: false\n\nSELECT 1;\nREINDEX SCHEMA\n  public;\n",
        "SELECT 1;\n",
    )
    tree.table(3)
    unchanged()
    with pytest.raises(
        Failed, match=r"the files do not run as one: .* cannot run inside a transaction block"
    ) as caught:
        really(3)
    assert caught.value.location.file.endswith("0002.slot.sql")
    assert caught.value.location.line == 5


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"to": "1"}, r"0001\.create-t1 is the first file: there is nothing to squash"),
        ({"to": "9"}, 'no migration "9"'),
        ({"to": "3", "name": "Not this"}, '"Not this" is no name for a migration'),
        ({"to": "3", "name": "create-t3"}, r"0003\.create-t3\.sql is there already"),
    ],
)
def test_what_cannot_be_meant_is_refused(order, message, tree, really, unchanged):
    for number in (1, 2, 3):
        tree.table(number)
    unchanged()
    with pytest.raises(UsageError, match=message):
        really(**order)


def test_a_database_that_has_only_some_of_them_is_refused_unless_that_is_accepted(five, tree, really, runner):
    runner.apply(to="3")
    before = files_of(tree)
    with pytest.raises(Refused, match=r"0004\.index-t1 is not applied to .*, which has files from before it") as caught:
        really(4)
    assert caught.value.hint.startswith("Apply them first: avdaily-sql apply --to 0004.index-t1")
    assert files_of(tree) == before
    assert really(4, accept_behind=True).behind == (five[3],)


def test_a_file_that_was_changed_after_it_was_applied_is_refused(five, tree, really, runner, unchanged):
    runner.apply()
    tree.write("0002.widen-t1", "ALTER TABLE t1 ADD name varchar(10);\n", "ALTER TABLE t1 DROP name;\n")
    unchanged()
    with pytest.raises(Drift, match=r"0002\.widen-t1 was changed after it was applied"):
        really(4)


def test_a_file_that_is_applied_in_part_is_refused(five, tree, really, runner, db, unchanged):
    runner.apply(to="3")
    with psycopg.connect(runner.url) as holder:
        holder.execute("UPDATE t1 SET name = name")
        with pytest.raises(Exception, match="did not get its locks"):
            runner.apply(lock_timeout_ms=100, wait_seconds=0.3)
    unchanged()
    with pytest.raises(Refused, match=r"0004\.index-t1 is applied in part"):
        really(4)
