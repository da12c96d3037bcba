"""dbmate's trees, beside the program itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import importing, migrations
from tests.importing.taken_over import section, text

PROGRAMS = Path(sys.executable).parent


def dbmate(url, directory, *words):
    environment = os.environ | {"DATABASE_URL": f"{url}&sslmode=disable", "DBMATE_MIGRATIONS_DIR": str(directory)}
    environment["DBMATE_NO_DUMP_SCHEMA"] = "true"
    subprocess.run([PROGRAMS / "dbmate", *words], env=environment, check=True, capture_output=True)


@pytest.fixture
def order(database_url):
    """Return the numbers that the files of a tree wrote into a table, in the order in which they ran."""

    def read():
        with psycopg.connect(database_url, autocommit=True) as conn:
            rows = conn.execute("SELECT file FROM ran ORDER BY at").fetchall()
            conn.execute("DROP TABLE ran")
        return [file for (file,) in rows]

    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE ran (at int GENERATED ALWAYS AS IDENTITY, file text)")
    return read


def test_files_run_in_the_order_in_which_dbmate_runs_them_not_in_that_of_their_numbers(database_url, order, made, tree):
    names = ["1_a", "10_b", "2_c", "01_d"]
    files = {f"{name}.sql": section(f"INSERT INTO ran (file) VALUES ('{name}');") for name in names}
    directory = made(**files)
    dbmate(database_url, directory, "up")
    theirs = order()
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("DROP TABLE schema_migrations; CREATE TABLE ran (at int GENERATED ALWAYS AS IDENTITY, file text)")
    result = importing.import_tree("dbmate", directory, tree)
    migrations.apply(database_url, tree)
    assert order() == theirs == ["01_d", "10_b", "1_a", "2_c"]
    assert result.migrations == ("0001.d", "0002.b", "0003.a", "0004.c")


def test_a_function_with_the_line_endings_of_windows_is_the_one_that_dbmate_made(database_url, made, tree):
    body = "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\n  SELECT 'one\ntwo'\n$$;"
    directory = made(**{"1_a.sql": section(body, "DROP FUNCTION f();").replace("\n", "\r\n")})

    def source():
        with psycopg.connect(database_url) as conn:
            return conn.execute("SELECT prosrc FROM pg_proc WHERE proname = 'f'").fetchone()

    dbmate(database_url, directory, "up")
    theirs = source()
    dbmate(database_url, directory, "down")
    importing.import_tree("dbmate", directory, tree)
    migrations.apply(database_url, tree)
    assert source() == theirs
    assert "\r\n" in theirs[0]


def test_up_and_down_each_have_their_own_transaction_option(database_url, made, tree):
    option = " transaction:false"
    made(
        **{
            "1_a.sql": "-- migrate:up\nCREATE TABLE a (id int);\nCREATE INDEX a_id ON a (id);\n"
            f"-- migrate:down{option}\nDROP INDEX CONCURRENTLY a_id;\nDROP TABLE a;\n",
        }
    )
    directory = made(
        **{"2_b.sql": section("CREATE INDEX CONCURRENTLY b ON a (id);", "DROP INDEX b;", option)},
    )
    importing.import_tree("dbmate", directory, tree)
    assert "-- transactional" not in text(tree, "0001.a.sql")
    assert "-- transactional: false" in text(tree, "0001.a.rollback.sql")
    assert "-- transactional: true" in text(tree, "0002.b.rollback.sql")
    migrations.apply(database_url, tree)
    assert len(migrations.rollback(database_url, tree, options=migrations.Options(steps=None)).rolled_back) == 2


def test_sql_before_the_first_section_is_refused_as_dbmate_refuses_it(made, refused):
    error = refused("dbmate", made(**{"1_a.sql": "CREATE TABLE z ();\n" + section("SELECT 1;")}))
    assert error.message == "statements before the section -- migrate:up"


def test_a_version_twice_is_refused_with_the_name_of_the_file(made, refused):
    error = refused("dbmate", made(**{"1_a.sql": section("SELECT 1;"), "1_b.sql": section("SELECT 1;")}))
    assert error.message == "version 1 is there twice"
    assert str(error.location).endswith("db/1_b.sql")


def test_what_is_wrong_is_said_at_its_line_of_the_other_tools_file(made, refused):
    directory = made(**{"1_a.sql": "-- words\n" + section("SELECT 1;", "SELECT 1;\n\n  COMMIT;\nSELECT 2;")})
    assert str(refused("dbmate", directory).location).endswith("db/1_a.sql:7:3")
