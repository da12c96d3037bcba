"""What we rely on in yoyo 9.0.0, and what a DBA with stock yoyo or psql can rely on in us."""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from tests.migrations.conftest import recorded
from tests.throwaway import REPOSITORY, migration_files

YOYO = Path(sys.executable).with_name("yoyo")


def yoyo_url(url: str, schema: str | None = None) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://") + (f"&schema={schema}" if schema else "")


def yoyo(*arguments, cwd) -> str:
    done = subprocess.run(
        [YOYO, *arguments], capture_output=True, text=True, check=True, cwd=cwd, stdin=subprocess.DEVNULL
    )
    return done.stdout


def test_the_version_is_the_pinned_one():
    assert importlib.metadata.version("yoyo-migrations") == "9.0.0"


def test_the_methods_that_we_call_and_override_are_there():
    from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend as Backend
    from yoyo.migrations import Migration, default_migration_table, get_migration_hash

    signatures = {
        name: list(inspect.signature(getattr(Backend, name)).parameters)
        for name in ("mark_one", "unmark_one", "log_migration", "get_log_data", "execute", "apply_one", "rollback_one")
    }
    assert signatures == {
        "mark_one": ["self", "migration", "log"],
        "unmark_one": ["self", "migration", "log"],
        "log_migration": ["self", "migration", "operation"],
        "get_log_data": ["self", "migration", "operation"],
        "execute": ["self", "sql", "params"],
        "apply_one": ["self", "migration", "force", "mark"],
        "rollback_one": ["self", "migration", "force"],
    }
    assert list(inspect.signature(Migration.process_steps).parameters) == ["self", "backend", "direction", "force"]
    assert default_migration_table == "_yoyo_migration"
    assert (Backend.log_table, Backend.lock_table, Backend.version_table) == ("_yoyo_log", "yoyo_lock", "_yoyo_version")
    assert get_migration_hash("0001.a") == hashlib.sha256(b"0001.a").hexdigest()


_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
      (SELECT string_agg(pg_get_constraintdef(k.oid), ',') FROM pg_constraint AS k
       WHERE k.conrelid = c.oid AND k.contype = 'p')
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef AS d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    WHERE n.nspname = %s AND c.relkind = 'r' AND a.attnum > 0 AND c.relname LIKE '%%yoyo%%' ORDER BY c.relname, a.attnum
"""


def test_the_history_has_the_tables_of_yoyo_as_yoyo_makes_them(tree, runner, db, tmp_path, database_url):
    tree.table(1)
    runner.apply()
    db.execute("CREATE SCHEMA stock")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "x.sql").write_text("SELECT 1;")
    yoyo("apply", "-b", "--no-config-file", "-d", yoyo_url(database_url, "stock"), tmp_path / "one", cwd=tmp_path)
    ours = db.execute(_COLUMNS, ("avdaily_migrations",)).fetchall()
    assert ours == db.execute(_COLUMNS, ("stock",)).fetchall()
    assert len({row[0] for row in ours}) == 4
    versions = [
        db.execute(f"SELECT version FROM {schema}._yoyo_version ORDER BY 1").fetchall()
        for schema in ("avdaily_migrations", "stock")
    ]
    assert versions[0] == versions[1]


def test_stock_yoyo_lists_our_history_and_writes_nothing(tree, runner, db, dump, tmp_path, database_url):
    tree.table(1)
    runner.apply()
    tree.table(2)
    whole = ["--exclude-schema=nothing"]
    program = dump(database_url, *whole)
    contents = _contents(db)
    text = yoyo(
        "list",
        "-b",
        "--no-config-file",
        "-d",
        yoyo_url(database_url, "avdaily_migrations"),
        tree.migrations,
        cwd=tmp_path,
    )
    assert [line.split()[:2] for line in text.splitlines()[2:]] == [["A", "0001.create-t1"], ["U", "0002.create-t2"]]
    assert dump(database_url, *whole) == program
    assert _contents(db) == contents


def _contents(db) -> list:
    names = db.execute(
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
    ).fetchall()
    return [(name, db.execute(f'SELECT * FROM "{name[0]}"."{name[1]}" ORDER BY 1').fetchall()) for name in names]


def test_yoyo_finds_the_same_migrations_pending_as_we_do(tree, runner, db, database_url):
    from yoyo import get_backend, read_migrations

    for number in (1, 2, 3, 4):
        tree.table(number)
    runner.apply(to="2")
    backend = get_backend(yoyo_url(database_url, "avdaily_migrations"))
    try:
        pending = [migration.id for migration in backend.to_apply(read_migrations(str(tree.migrations)))]
    finally:
        backend.connection.close()
    assert pending == [each.id for each in runner.plan().plan] == ["0003.create-t3", "0004.create-t4"]


def test_two_trees_with_the_same_ids_do_not_mix_in_one_process(tree, runner, server, db, tmp_path):
    from tests.migrations.conftest import Runner, Tree

    tree.write("0001.a", "CREATE TABLE one (id int);")
    other = Tree(tmp_path / "other")
    other.write("0001.a", "CREATE TABLE two (id int);")
    runner.apply()
    db.execute("CREATE SCHEMA second")
    Runner(other, runner.url).apply(schema="second")
    found = db.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE tablename IN ('one', 'two') ORDER BY 1"
    ).fetchall()
    assert found == [("public", "one"), ("second", "two")]


@pytest.fixture
def our_own(server, database_url, dump):
    from avdaily_sql import migrations
    from avdaily_sql.sqltree import SqlTree

    migrations.apply(database_url, SqlTree(REPOSITORY / "sql", "flag"))
    return dump(database_url, "--schema-only")


@pytest.fixture
def second_url(server, database_url):
    name = database_url.partition("?")[0].rpartition("/")[2] + "_second"
    yield server.create_database(name)
    server.drop_database(name)


def test_psql_file_by_file_makes_the_same_schema_of_our_own_files(server, our_own, second_url, dump):
    for path in migration_files():
        psql = [server.program("psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", path, second_url]
        subprocess.run(psql, check=True, capture_output=True)
    _with_partitions(server, second_url)
    assert dump(second_url, "--schema-only") == our_own


def test_stock_yoyo_on_an_empty_database_makes_the_same_schema_of_our_own_files(
    server, our_own, second_url, dump, tmp_path
):
    sources = REPOSITORY / "sql" / "migrations"
    yoyo("apply", "-b", "--no-config-file", "-d", yoyo_url(second_url), sources, cwd=tmp_path)
    _with_partitions(server, second_url)
    assert dump(second_url, "--schema-only") == our_own


def _with_partitions(server, url: str) -> None:
    """Do by hand what apply does after new files."""
    psql = [server.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", "SELECT ensure_partitions(3)", url]
    subprocess.run(psql, check=True, capture_output=True)


def test_up_down_up_of_our_own_files_is_the_same_schema(database_url, dump, our_own):
    from avdaily_sql import migrations
    from avdaily_sql.sqltree import SqlTree

    tree = SqlTree(REPOSITORY / "sql", "flag")
    migrations.rollback(database_url, tree, migrations.Options(steps=None))
    migrations.apply(database_url, tree)
    assert dump(database_url, "--schema-only") == our_own


def test_yoyo_is_imported_only_when_there_is_something_to_do(tree, runner, database_url, db):
    tree.table(1)
    runner.apply()
    code = (
        "import sys; from pathlib import Path; from avdaily_sql import migrations, sqltree\n"
        "tree = sqltree.SqlTree(Path(sys.argv[2]), 'flag')\n"
        "for act in (migrations.apply, migrations.status, migrations.plan): act(sys.argv[1], tree)\n"
        "print([name for name in ('yoyo', 'sqlparse', 'rich') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, database_url, tree.root],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout.strip() == "[]"
    assert recorded(db) == ["0001.create-t1"]
