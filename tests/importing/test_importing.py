"""Trees of other tools become pairs: made by those tools, applied by ours, and adopted where theirs has run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import errors, importing, migrations
from avdaily_sql.sqltree import SqlTree
from tests.test_json_output import held_against

PROGRAMS = Path(sys.executable).parent


def write(directory: Path, **files: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text)
    return directory


def taken_over(tool: str, directory: Path, tmp_path: Path) -> importing.Imported:
    return importing.import_tree(tool, directory, SqlTree(tmp_path / "sql", "flag"))


def text(tmp_path: Path, name: str) -> str:
    return (tmp_path / "sql" / "migrations" / name).read_text()


def apply(url: str, tmp_path: Path) -> list[str]:
    result = migrations.apply(url, SqlTree(tmp_path / "sql", "flag"), options=migrations.Options())
    return [each.id for each in result.applied]


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as conn:
        rows = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return [name for (name,) in rows]


# dbmate


def dbmate(url: str, directory: Path, *words: str) -> None:
    environment = os.environ | {"DATABASE_URL": f"{url}&sslmode=disable", "DBMATE_MIGRATIONS_DIR": str(directory)}
    environment["DBMATE_NO_DUMP_SCHEMA"] = "true"
    subprocess.run([PROGRAMS / "dbmate", *words], env=environment, check=True, capture_output=True)


@pytest.fixture
def dbmate_tree(database_url, tmp_path):
    directory = tmp_path / "db"
    for name, up, down in (
        ("create_savers", "CREATE TABLE savers (id bigint PRIMARY KEY);", "DROP TABLE savers;"),
        ("add_names", "ALTER TABLE savers ADD COLUMN name text;", "ALTER TABLE savers DROP COLUMN name;"),
        ("index_names", "CREATE INDEX CONCURRENTLY savers_name_idx ON savers (name);", ""),
    ):
        before = set(directory.glob("*.sql"))
        dbmate(database_url, directory, "new", name)
        (path,) = set(directory.glob("*.sql")) - before
        # Two made within one second would have one version.
        path = path.rename(path.with_name(f"{20260101120000 + len(before)}_{name}.sql"))
        option = " transaction:false" if "CONCURRENTLY" in up else ""
        path.write_text(f"-- migrate:up{option}\n{up}\n\n-- migrate:down\n{down}\n")
    return directory


def test_a_tree_of_dbmate_becomes_pairs_that_keep_their_numbers(dbmate_tree, database_url, tmp_path):
    result = taken_over("dbmate", dbmate_tree, tmp_path)
    assert result.migrations == (
        "20260101120000.create-savers",
        "20260101120001.add-names",
        "20260101120002.index-names",
    )
    assert result.irreversible == ("20260101120002.index-names",)
    assert "-- transactional: false\n" in text(tmp_path, "20260101120002.index-names.sql")
    assert apply(database_url, tmp_path) == list(result.migrations)
    assert tables(database_url) == ["savers"]


def test_a_database_that_dbmate_migrated_is_adopted_after_it_was_proven_equal(
    avdaily, dbmate_tree, database_url, tmp_path
):
    dbmate(database_url, dbmate_tree, "up")
    base = ("--database-url", database_url, "--sql-dir", tmp_path / "sql")
    done = avdaily(*base, "import", "dbmate", dbmate_tree)
    assert done.returncode == 0, done.stderr
    assert "baseline --to 20260101120002.index-names" in done.stderr
    adopted = avdaily(*base, "--json", "baseline", "--to", "20260101120002")
    assert adopted.returncode == 0, adopted.stderr
    assert json.loads(adopted.stdout)["proven"] is True
    assert avdaily(*base, "status", "--exit-code").returncode == 0
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("ALTER TABLE savers ADD COLUMN by_hand int")
    assert avdaily(*base, "verify").returncode == 4


# Alembic


@pytest.fixture(scope="module")
def alembic_tree_once(tmp_path_factory):
    """A tree as Alembic itself makes it, with four starts of it; each test has a copy."""
    directory = tmp_path_factory.mktemp("alembic")

    def run(*words):
        subprocess.run([PROGRAMS / "alembic", *words], cwd=directory, check=True, capture_output=True)

    run("init", "versions_of_ours")
    settings = directory / "alembic.ini"
    settings.write_text(settings.read_text().replace("driver://user:pass@localhost/dbname", "postgresql+psycopg://"))
    for message, up, down in (
        ("Create savers", "op.create_table('savers', sa.Column('id', sa.BigInteger, primary_key=True))",
         "op.drop_table('savers')"),
        ("add names", "op.add_column('savers', sa.Column('name', sa.Text, comment='it''s; said'))",
         "op.drop_column('savers', 'name')"),
        ("index names", "with op.get_context().autocommit_block():\n        "
         "op.create_index('savers_name', 'savers', ['name'], postgresql_concurrently=True)",
         "op.drop_index('savers_name')"),
    ):  # fmt: skip
        before = set(directory.rglob("versions/*.py"))
        run("revision", "-m", message)
        (path,) = set(directory.rglob("versions/*.py")) - before
        body = path.read_text().replace("    pass", f"    {up}", 1).replace("    pass", f"    {down}", 1)
        path.write_text(body)
    return directory


@pytest.fixture
def alembic_tree(alembic_tree_once, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    return shutil.copytree(alembic_tree_once, tmp_path / "project")


def test_revisions_of_alembic_become_pairs_in_their_order(alembic_tree, database_url, tmp_path):
    result = taken_over("alembic", alembic_tree, tmp_path)
    assert result.migrations == ("0001.create-savers", "0002.add-names", "0003.index-names")
    assert "alembic_version" not in "".join(path.read_text() for path in (tmp_path / "sql").rglob("*.sql"))
    assert "-- transactional: false" in text(tmp_path, "0003.index-names.sql")
    assert apply(database_url, tmp_path) == list(result.migrations)
    assert tables(database_url) == ["savers"]
    undone = migrations.rollback(
        database_url, SqlTree(tmp_path / "sql", "flag"), options=migrations.Options(steps=None)
    )
    assert len(undone.rolled_back) == 3
    assert tables(database_url) == []


def test_a_branch_in_alembics_history_has_no_order_and_is_refused(alembic_tree, tmp_path):
    first = next(path for path in alembic_tree.rglob("versions/*create_savers.py"))
    revision = first.name.split("_")[0]
    command = [PROGRAMS / "alembic", "revision", "-m", "other", "--head", revision, "--splice"]
    subprocess.run(command, cwd=alembic_tree, check=True, capture_output=True)
    with pytest.raises(errors.UsageError, match="branches at"):
        taken_over("alembic", alembic_tree, tmp_path)
    assert not (tmp_path / "sql").exists()


def test_alembic_that_fails_is_said_with_its_last_line(alembic_tree, tmp_path):
    next(alembic_tree.rglob("versions/*add_names.py")).write_text("revision = 'x'\ndown_revision = 'gone'\n")
    with pytest.raises(errors.Failed, match="alembic history failed") as caught:
        taken_over("alembic", alembic_tree, tmp_path)
    assert caught.value.detail.startswith("KeyError: ")


def test_without_the_program_it_says_where_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    write(tmp_path / "project", **{"alembic.ini": ""})
    with pytest.raises(errors.Unsupported, match="alembic is not on PATH"):
        taken_over("alembic", tmp_path / "project", tmp_path)


# golang-migrate and Flyway, in the form of their documentation


def test_a_tree_of_golang_migrate_loses_the_transaction_around_its_files(database_url, tmp_path):
    directory = write(
        tmp_path / "db",
        **{
            "000001_create_savers.up.sql": "BEGIN;\nCREATE TABLE savers (id bigint);\nCOMMIT;\n",
            "000001_create_savers.down.sql": "BEGIN;\nDROP TABLE savers;\nCOMMIT;\n",
            "000002_index_savers.up.sql": "CREATE INDEX CONCURRENTLY savers_id ON savers (id);\n",
            "000002_index_savers.down.sql": "DROP INDEX savers_id;\n",
        },
    )
    result = taken_over("golang-migrate", directory, tmp_path)
    assert result.migrations == ("0001.create-savers", "0002.index-savers")
    assert text(tmp_path, "0001.create-savers.sql").splitlines()[2:] == ["CREATE TABLE savers (id bigint);"]
    assert apply(database_url, tmp_path) == list(result.migrations)


def test_a_tree_of_flyway_keeps_its_order_undo_and_repeatable_files(database_url, tmp_path):
    directory = write(
        tmp_path / "db",
        **{
            "V1__create_savers.sql": "CREATE TABLE savers (id bigint);",
            "U1__create_savers.sql": "DROP TABLE savers;",
            "V1.10__third.sql": "ALTER TABLE savers ADD COLUMN c int;",
            "V1.9__second.sql": "ALTER TABLE savers ADD COLUMN b int;",
            "R__active_savers.sql": "CREATE OR REPLACE VIEW active_savers AS SELECT * FROM savers;",
            "notes.txt": "nothing",
        },
    )
    result = taken_over("flyway", directory, tmp_path)
    assert result.migrations == ("0001.create-savers", "0002.second", "0003.third")
    assert result.repeatable == ("active-savers",)
    assert result.irreversible == ("0002.second", "0003.third")
    assert apply(database_url, tmp_path) == [*result.migrations, "repeatable/active-savers"]
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM active_savers").fetchone() == (0,)


# What is refused


@pytest.mark.parametrize(
    ("tool", "files", "message"),
    [
        ("dbmate", {"1_a.sql": "CREATE TABLE a ();"}, "no section -- migrate:up"),
        ("dbmate", {"1_a.sql": "-- migrate:up\nSELECT 1;\n-- migrate:up\n"}, "migrate:up is there twice"),
        ("dbmate", {"1_a.sql": "-- migrate:up transaction:no\nSELECT 1;\n"}, "unknown option transaction:no"),
        ("dbmate", {"readme.sql": "SELECT 1;"}, "no migrations of dbmate in"),
        ("golang-migrate", {"1_a.up.sql": "SELECT 1;", "01_b.up.sql": "SELECT 1;"}, "version 1 is there twice"),
        ("golang-migrate", {"1_a.down.sql": "SELECT 1;"}, "there is no .up.sql beside it"),
        ("golang-migrate", {"1_a.up.sql": "SELECT 1; COMMIT; SELECT 2;"}, "COMMIT in a migration"),
        ("golang-migrate", {"1_a.up.sql": "SELECT 'open;"}, "unterminated"),
        ("flyway", {"V1__a.sql": "CREATE TABLE ${schema}.a ();"}, "the placeholder ${schema} is filled by Flyway"),
        ("flyway", {"V1__a.sql": "SELECT 1;", "V1_0__b.java": ""}, "a migration in Java has no SQL"),
        ("flyway", {"V1__a.sql": "SELECT 1;", "V01__b.sql": "SELECT 1;"}, "version 1 is there twice"),
        ("flyway", {"B1__a.sql": "SELECT 1;"}, "a baseline file stands for others"),
        ("alembic", {"env.py": ""}, "no alembic.ini in"),
    ],
)
def test_what_cannot_be_taken_over_is_named_and_nothing_is_written(tmp_path, tool, files, message):
    with pytest.raises(errors.UsageError) as caught:
        taken_over(tool, write(tmp_path / "db", **files), tmp_path)
    assert message in caught.value.message
    assert not (tmp_path / "sql").exists()


def test_a_tree_that_has_migrations_is_not_written_into(tmp_path):
    write(tmp_path / "sql" / "migrations", **{"0001.mine.sql": "SELECT 1;"})
    with pytest.raises(errors.UsageError, match="there are migrations in"):
        taken_over("dbmate", write(tmp_path / "db", **{"1_a.sql": "-- migrate:up\nSELECT 1;\n"}), tmp_path)


def test_the_command_needs_to_know_where_to_and_prints_what_its_schema_says(avdaily, tmp_path):
    directory = write(tmp_path / "db", **{"1_a.sql": "-- migrate:up\nSELECT 1;\n", "2_b.sql": "-- migrate:up\n"})
    refused = avdaily("import", "dbmate", directory)
    assert (refused.returncode, "--sql-dir DIR" in refused.stderr) == (2, True)
    done = avdaily("--json", "--sql-dir", tmp_path / "sql", "import", "dbmate", directory)
    assert held_against("import", done.stdout)["left_out"] == [{"source": "2_b.sql", "reason": "it has no SQL"}]


def test_a_tree_of_repeatable_files_alone_is_no_tree_and_refused(avdaily, tmp_path):
    directory = write(tmp_path / "db", **{"R__ones.sql": "CREATE OR REPLACE VIEW ones AS SELECT 1 AS one;"})
    done = avdaily("--sql-dir", tmp_path / "sql", "import", "flyway", directory)
    assert (done.returncode, "internal error" in done.stderr) == (2, False)
    assert not (tmp_path / "sql").exists()
