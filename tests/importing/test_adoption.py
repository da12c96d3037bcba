"""A database that the other tool has migrated becomes ours: Alembic itself, and the tables that Flyway and
golang-migrate make.

Neither Flyway nor golang-migrate comes from a registry of Python or Debian, so they do not run here: what they leave is
made by the statements of their own source (Flyway: PostgreSQLDatabase.getRawCreateScript, golang-migrate v4:
database/postgres, ensureVersionTable).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import errors, importing, migrations
from avdaily_sql.sqltree import SqlTree

PROGRAMS = Path(sys.executable).parent
FLYWAY = """
CREATE TABLE "public"."flyway_schema_history" (
    "installed_rank" INT NOT NULL, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER,
    "installed_by" VARCHAR(100) NOT NULL, "installed_on" TIMESTAMP NOT NULL DEFAULT now(),
    "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL
);
ALTER TABLE "public"."flyway_schema_history"
    ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank");
CREATE INDEX "flyway_schema_history_s_idx" ON "public"."flyway_schema_history" ("success");
"""
GOLANG_MIGRATE = (
    'CREATE TABLE IF NOT EXISTS "public"."schema_migrations" (version bigint not null primary key,'
    " dirty boolean not null)"
)
STATEMENTS = ("CREATE TABLE savers (id bigint PRIMARY KEY);", "ALTER TABLE savers ADD COLUMN name text;")


def adopt(avdaily, url, root, to):
    return avdaily("--database-url", url, "--sql-dir", root, "--json", "baseline", "--to", to)


@pytest.mark.parametrize(
    ("tool", "table", "names"),
    [
        ("flyway", FLYWAY, ("V1__create_savers.sql", "V1.1__add_names.sql")),
        ("golang-migrate", GOLANG_MIGRATE, ("1_create_savers.up.sql", "2_add_names.up.sql")),
    ],
)
def test_a_database_with_the_history_of_another_tool_is_proven_and_adopted(
    avdaily, database_url, tmp_path, tool, table, names
):
    (tmp_path / "db").mkdir()
    for name, statement in zip(names, STATEMENTS, strict=True):
        (tmp_path / "db" / name).write_text(statement)
    root = tmp_path / "sql"
    importing.import_tree(tool, tmp_path / "db", SqlTree(root, "flag"))
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(table)
        conn.execute(STATEMENTS[0])
        behind = adopt(avdaily, database_url, root, "2")
        assert (behind.returncode, "savers" in behind.stderr) == (4, True)
        conn.execute(STATEMENTS[1])
    adopted = adopt(avdaily, database_url, root, "2")
    assert adopted.returncode == 0, adopted.stderr
    assert json.loads(adopted.stdout)["proven"] is True
    assert avdaily("--database-url", database_url, "--sql-dir", root, "status", "--exit-code").returncode == 0


def test_a_history_of_another_name_is_named_as_a_difference(avdaily, database_url, tmp_path):
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "1_a.up.sql").write_text(STATEMENTS[0])
    importing.import_tree("golang-migrate", tmp_path / "db", SqlTree(tmp_path / "sql", "flag"))
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(GOLANG_MIGRATE.replace("schema_migrations", "our_versions") + ";" + STATEMENTS[0])
    refused = adopt(avdaily, database_url, tmp_path / "sql", "1")
    assert (refused.returncode, "our_versions" in refused.stderr) == (4, True)


@pytest.fixture
def project(tmp_path, database_url, monkeypatch):
    """Make a project of Alembic with two revisions, and a table of versions in a schema of its own."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    directory = tmp_path / "project"
    directory.mkdir()

    def run(*words):
        subprocess.run([PROGRAMS / "alembic", *words], cwd=directory, check=True, capture_output=True)

    run("init", "migrations")
    settings = directory / "alembic.ini"
    address = database_url.replace("postgresql://", "postgresql+psycopg://").replace("%", "%%")
    settings.write_text(settings.read_text().replace("driver://user:pass@localhost/dbname", address))
    for number, statement in enumerate(STATEMENTS, 1):
        back = "DROP TABLE savers" if number == 1 else "ALTER TABLE savers DROP COLUMN name"
        down = repr(f"{number - 1}") if number > 1 else None
        (directory / "migrations" / "versions" / f"{number}_x.py").write_text(
            f'"""Größe {number}"""\nfrom alembic import op\nrevision = "{number}"\ndown_revision = {down}\n'
            f"def upgrade():\n    op.execute({statement!r})\ndef downgrade():\n    op.execute({back!r})\n"
        )
    return directory, run


def test_a_database_that_alembic_migrated_is_adopted_after_it_was_proven_equal(
    avdaily, project, database_url, tmp_path
):
    directory, run = project
    run("upgrade", "head")
    result = importing.import_tree("alembic", directory, SqlTree(tmp_path / "sql", "flag"))
    assert result.migrations == ("0001.gr-e-1", "0002.gr-e-2")
    adopted = adopt(avdaily, database_url, tmp_path / "sql", "2")
    assert adopted.returncode == 0, adopted.stderr
    assert json.loads(adopted.stdout)["proven"] is True


@pytest.mark.parametrize("where", ["version_table='our_versions'", "version_table_schema='tracking'"])
def test_alembics_own_table_is_left_out_whatever_its_name_and_schema(project, database_url, tmp_path, where):
    directory, _ = project
    environment = directory / "migrations" / "env.py"
    environment.write_text(environment.read_text().replace("context.configure(", f"context.configure({where}, "))
    tree = SqlTree(tmp_path / "sql", "flag")
    importing.import_tree("alembic", directory, tree)
    written = "".join(path.read_text() for path in tree.migrations.iterdir())
    assert "version_num" not in written
    assert "our_versions" not in written
    assert "tracking" not in written
    assert len(migrations.apply(database_url, tree).applied) == 2
    assert len(migrations.rollback(database_url, tree, migrations.Options(steps=None)).rolled_back) == 2


def test_a_project_that_writes_for_another_database_is_refused(project, tmp_path):
    directory, _ = project
    settings = directory / "alembic.ini"
    lines = [
        "sqlalchemy.url = sqlite://" if line.startswith("sqlalchemy.url") else line
        for line in settings.read_text().splitlines()
    ]
    settings.write_text("\n".join(lines))
    with pytest.raises(errors.UsageError, match="writes SQL for SQLite, not for PostgreSQL"):
        importing.import_tree("alembic", directory, SqlTree(tmp_path / "sql", "flag"))
