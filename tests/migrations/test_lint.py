"""``lint`` with the real squawk: every rule with a file that breaks it and one that does not."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from avdaily_sql.errors import Unsupported, UsageError
from avdaily_sql.lint import lint
from avdaily_sql.sqltree import SqlTree
from tests.throwaway import REPOSITORY

COPY = "COPY t (id) FROM stdin;\n1\n2\n\\.\n"


def found(tree):
    """Return the findings as (file, line, column, rule)."""
    result = lint(tree.sql)
    return [(Path(each.file).name, each.line, each.column, each.rule) for each in result.findings]


def rules_of(tree, forward, rollback="SELECT 1;\n"):
    tree.write("0001.create-t", forward, rollback)
    return {rule for _, _, _, rule in found(tree)}


def test_our_own_files_are_clean():
    assert lint(SqlTree(REPOSITORY / "sql", "flag")).findings == ()


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("CREATE TABLE t (price double precision);", "money-as-float"),
        ("CREATE TABLE t (price real NOT NULL);", "money-as-float"),
        ('CREATE TABLE t (id bigint, "naïve" float(24));', "money-as-float"),
        ("CREATE TABLE t (price money);", "money-as-float"),
        ("ALTER TABLE t ADD COLUMN price float8;", "money-as-float"),
        ("ALTER TABLE t ADD price float8;", "money-as-float"),
        ("ALTER TABLE t ALTER COLUMN price SET DATA TYPE real;", "money-as-float"),
        ("CREATE TABLE t (at timestamp);", "prefer-timestamp-tz"),
        ("ALTER TABLE t ADD COLUMN at timestamp without time zone;", "prefer-timestamp-tz"),
        ("CREATE INDEX CONCURRENTLY i ON t (id);", "concurrently-in-transaction"),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id);", "concurrently-in-transaction"),
        ("DROP INDEX CONCURRENTLY i;", "concurrently-in-transaction"),
        ("REINDEX TABLE CONCURRENTLY t;", "concurrently-in-transaction"),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY;", "concurrently-in-transaction"),
        (
            "-- transactional: false\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (id);",
            "if-not-exists-on-concurrent-index",
        ),
        ("CREATE TABLE t (id bigint PRIMARY KEY);", "unnamed-constraint"),
        ("CREATE TABLE t (id bigint, UNIQUE (id));", "unnamed-constraint"),
        ("CREATE TABLE t (id bigint CHECK (id > 0));", "unnamed-constraint"),
        ("CREATE TABLE t (id bigint, EXCLUDE USING gist (id WITH =));", "unnamed-constraint"),
        ("ALTER TABLE t ADD UNIQUE (id);", "unnamed-constraint"),
        ("CREATE DOMAIN d AS text CHECK (VALUE <> '');", "unnamed-constraint"),
        ("CREATE TABLE t (id bigint, u bigint CONSTRAINT f REFERENCES t (id));", "foreign-key-without-index"),
        ("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES t (a, b);", "foreign-key-without-index"),
        (COPY + ";\n", "empty-statement-after-copy"),
        (COPY + "-- a comment\n ; SELECT 1;\n", "empty-statement-after-copy"),
        ("-- transactinal: false\nSELECT 1;", "refused"),
        ("BEGIN; SELECT 1;", "refused"),
        ("-- depends: 0099.nothing\nSELECT 1;", "refused"),
        ("-- only a comment\n", "refused"),
        ("SELEC 1;", "syntax-error"),
        ("DROP TABLE t;", "ban-drop-table"),
    ],
)
def test_a_file_that_breaks_a_rule_is_found(tree, sql, rule):
    assert rule in rules_of(tree, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (price numeric(15, 2), at timestamptz, period date, d interval);",
        "CREATE TABLE t (id bigint CONSTRAINT t_pkey PRIMARY KEY, CONSTRAINT t_id_check CHECK (id > 0) NOT VALID);",
        "CREATE TABLE t (real_estate text, money_amount numeric, note text DEFAULT 'price real');",
        "CREATE TABLE t (id bigint CONSTRAINT t_id_key UNIQUE, u bigint CONSTRAINT f REFERENCES t (id));"
        "CREATE INDEX t_u_idx ON t (u) WHERE u IS NOT NULL;",
        "CREATE TABLE t (a bigint, b bigint, CONSTRAINT t_pkey PRIMARY KEY (b, a),"
        " CONSTRAINT f FOREIGN KEY (a, b) REFERENCES t (b, a));",
        "CREATE TABLE t (id bigint);\n" + COPY + "SELECT 1;\n",
        "-- transactional: false\nCREATE INDEX CONCURRENTLY i ON t (id);",
        "CREATE DOMAIN d AS text CONSTRAINT d_check CHECK (VALUE <> '');",
        "DO $$ BEGIN EXECUTE 'CREATE TABLE t (price real, at timestamp)'; END $$;",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v;",
    ],
)
def test_a_file_that_breaks_none_is_clean(tree, sql):
    assert rules_of(tree, sql) == set()


def test_a_rollback_may_drop_and_is_judged_by_all_other_rules(tree):
    assert rules_of(tree, "CREATE TABLE t (id bigint);", "DROP TABLE t;") == set()
    assert rules_of(tree, "CREATE TABLE t (id bigint);", "ALTER TABLE t ADD price real;") == {"money-as-float"}


def test_a_rollback_that_is_missing_is_found_unless_the_header_says_why(tree):
    tree.write("0001.create-t", "CREATE TABLE t (id bigint);", None)
    assert found(tree) == [("0001.create-t.sql", 1, 1, "missing-rollback")]
    tree.write("0001.create-t", "-- irreversible: rows were merged\nCREATE TABLE t (id bigint);", None)
    assert found(tree) == []


def test_the_index_of_a_foreign_key_may_come_in_a_later_file_and_go_in_another(tree):
    tree.write("0001.create-t", "CREATE TABLE t (id bigint, u bigint CONSTRAINT f REFERENCES t (id));")
    assert [rule for *_, rule in found(tree)] == ["foreign-key-without-index"]
    tree.write("0002.add-index", "CREATE INDEX i ON public.t USING btree (u, id);")
    assert "foreign-key-without-index" not in rules_without_squawk(tree)
    tree.write("0003.rename", "ALTER TABLE t RENAME COLUMN u TO v; ALTER TABLE t RENAME TO w;")
    assert "foreign-key-without-index" not in rules_without_squawk(tree)
    tree.write("0004.drop-index", "DROP INDEX i;")
    assert "foreign-key-without-index" in rules_without_squawk(tree)
    tree.write("0005.drop-key", "ALTER TABLE w DROP CONSTRAINT f;")
    assert "foreign-key-without-index" not in rules_without_squawk(tree)


def rules_without_squawk(tree):
    return {rule for _, _, _, rule in found(tree) if not rule.startswith(("ban-", "renaming-"))}


@pytest.mark.parametrize(
    "index",
    [
        "CREATE INDEX i ON t (lower(u));",
        "CREATE INDEX i ON t (id, u);",
        "CREATE INDEX i ON t (u) WHERE id > 5;",
        "CREATE INDEX i ON t USING gin (u);",
        "CREATE INDEX i ON other (u);",
    ],
)
def test_an_index_that_cannot_find_the_rows_does_not_count(tree, index):
    table = "CREATE TABLE t (id bigint, u text CONSTRAINT f REFERENCES t (id));\n"
    assert "foreign-key-without-index" in rules_of(tree, table + index)


def test_a_place_behind_copy_data_and_letters_of_two_bytes_is_that_of_the_file(tree):
    tree.write("0001.create-t", "-- é\n" + COPY + "CREATE TABLE é (é bigint, at timestamp, price real);\n")
    assert found(tree) == [
        ("0001.create-t.sql", 6, 30, "prefer-timestamp-tz"),
        ("0001.create-t.sql", 6, 47, "money-as-float"),
    ]


def test_a_line_opts_out_with_a_reason_beside_it_or_on_the_line_before(tree):
    columns = [
        "  a real, -- lint-ignore money-as-float: a share of one, not money",
        "  -- lint-ignore money-as-float, unnamed-constraint: read from a foreign table",
        "  -- whose type is what it is",
        "  b real CHECK (b > 0),",
        "  c real",
    ]
    tree.write("0001.create-t", "\n".join(["CREATE TABLE t (", *columns, ");", ""]))
    assert found(tree) == [("0001.create-t.sql", 6, 5, "money-as-float")]


def test_an_opt_out_counts_for_squawks_rules_too(tree):
    tree.write("0001.drop-t", "-- lint-ignore ban-drop-table: nobody has read it for a year\nDROP TABLE t;\n")
    assert found(tree) == []


@pytest.mark.parametrize("comment", ["lint-ignore ban-drop-table", "lint-ignore ban-drop-table:", "lint-ignore: why"])
def test_an_opt_out_without_reason_or_rule_does_not_count(tree, comment):
    tree.write("0001.drop-t", f"DROP TABLE t; -- {comment}\n")
    assert {rule for *_, rule in found(tree)} == {"ban-drop-table", "opt-out-without-reason"}


@pytest.mark.parametrize("comment", ["-- squawk-ignore ban-drop-table", "-- squawk-ignore-file"])
def test_squawks_own_opt_out_has_no_reason_and_does_not_count(tree, comment):
    tree.write("0001.drop-t", f"{comment}\nDROP TABLE t;\n")
    assert {rule for *_, rule in found(tree)} == {"ban-drop-table", "opt-out-without-reason"}


def test_an_opt_out_of_no_use_is_a_warning(tree, command):
    tree.write("0001.create-t", "CREATE TABLE t (id bigint); -- lint-ignore money-as-float: once it was\n")
    done = command("lint")
    assert (done.returncode, done.stderr) == (0, "")
    assert "unused-opt-out: nothing on line 1 breaks money-as-float" in done.stdout
    assert done.stdout.endswith("0 errors, 1 warning\n")


def test_each_file_that_apply_would_refuse_is_one_finding_beside_the_others(tree):
    tree.write("0001.one", "-- transactinal: false\nSELECT 1;")
    tree.write("0002.two", "CREATE TABLE t (price real);", "COMMIT;\n")
    tree.write("0003.three", "CREATE TABLE u (price real);")
    assert found(tree) == [
        ("0001.one.sql", 1, 1, "refused"),
        ("0002.two.rollback.sql", 1, 1, "refused"),
        ("0002.two.sql", 1, 23, "money-as-float"),
        ("0003.three.sql", 1, 23, "money-as-float"),
    ]


def test_names_that_contradict_each_other_are_a_usage_error(tree):
    tree.table(1, "a")
    tree.table(1, "b")
    with pytest.raises(UsageError, match="two migrations have the number 0001"):
        lint(tree.sql)


def test_the_nearest_configuration_of_squawk_decides(tree):
    (tree.root / ".squawk.toml").write_text('excluded_rules = ["prefer-text-field", "prefer-robust-stmts"]\n')
    assert "prefer-text-field" not in rules_of(tree, "CREATE TABLE t (name varchar(3));")
    (tree.root / ".squawk.toml").write_text("excluded_rules = []\n")
    assert "prefer-text-field" in rules_of(tree, "CREATE TABLE t (name varchar(3));")
    (tree.root / ".squawk.toml").write_text("excluded_rules = [\n")
    with pytest.raises(UsageError, match=r"could not read .*\.squawk\.toml"):
        lint(tree.sql)


def test_the_text_is_one_line_a_finding_and_errors_fail(tree, command, tmp_path):
    tree.write("0001.create-t", "CREATE TABLE t (price real);\n")
    done = command("lint", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    path = (tree.migrations / "0001.create-t.sql").relative_to(tmp_path)
    message = "price is real: sums of it are not exact; use numeric, or the domain for amounts"
    assert done.stdout == f"{path}:1:23: money-as-float: {message}\n1 error, 0 warnings\n"


def test_github_gets_a_workflow_command_a_finding_with_its_signs_escaped(tree, command, tmp_path):
    tree.write("0001.create-t", 'CREATE TABLE t ("100%,a:b" real);\n')
    done = command("lint", "--format", "github", cwd=tmp_path)
    assert done.returncode == 1
    path = (tree.migrations / "0001.create-t.sql").relative_to(tmp_path)
    line, _, message = done.stdout.partition("title=")
    assert line == f"::error file={path},line=1,col=28,"
    assert message.startswith("money-as-float::100%25,a:b is real")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("words", [("--json", "lint"), ("lint", "--format", "json")])
def test_json_is_one_object(tree, command, words):
    tree.write("0001.create-t", "CREATE TABLE t (price real);\n")
    done = command(*words)
    assert (done.returncode, done.stderr) == (1, "")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["line"], finding["column"], finding["rule"], finding["severity"]) == (
        1,
        23,
        "money-as-float",
        "error",
    )


def test_lint_needs_no_database_and_connects_to_none(tree, avdaily):
    tree.table(1)
    done = avdaily("--sql-dir", tree.root, "lint", env={"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    assert (done.returncode, done.stdout) == (0, "0 errors, 0 warnings\n")


def test_without_squawk_lint_says_what_to_install(tree, tmp_path, monkeypatch):
    tree.table(1)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unsupported) as caught:
        lint(tree.sql)
    assert caught.value.exit_code == 8
    assert caught.value.hint == "Run: pip install 'avdaily-sql[lint]'"


def test_squawk_on_the_path_serves_as_well(tree, tmp_path, monkeypatch):
    tree.write("0001.drop-t", "DROP TABLE t;\n")
    (tmp_path / "squawk").symlink_to(Path(sys.executable).with_name("squawk"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [rule for *_, rule in found(tree)] == ["ban-drop-table"]
    assert shutil.which("squawk") == str(tmp_path / "squawk")
