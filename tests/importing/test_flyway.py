"""Flyway's trees, as its source reads them: resource names, versions and .conf files of its scanner."""

from __future__ import annotations

import psycopg
import pytest

from avdaily_sql import importing, migrations
from tests.importing.taken_over import left_out


def test_versions_of_flyway_are_numbers_joined_by_dots_or_underscores(made, tree):
    directory = made(
        **{
            "V1.sql": "SELECT 1;",
            "V1_1__b.sql": "SELECT 1;",
            "V1.1.1__.sql": "SELECT 1;",
            "V2_1__d.sql": "SELECT 1;",
            "V20240101120000__e.sql": "SELECT 1;",
            "sub/deep/V2__c.sql": "SELECT 1;",
            ".hidden/V3__x.sql": "SELECT 1;",
            "V1x__bad.sql": "SELECT 1;",
            "V__bad.sql": "SELECT 1;",
            "Views.sql": "SELECT 1;",
            "U9__gone.sql": "SELECT 1;",
            "beforeMigrate.sql": "SELECT 1;",
            "afterEachMigrate__log.sql": "SELECT 1;",
            "v4__small.sql": "SELECT 1;",
        }
    )
    result = importing.import_tree("flyway", directory, tree)
    assert result.migrations == (
        "0001.migration",
        "0002.b",
        "0003.migration",
        "0004.c",
        "0005.d",
        "0006.e",
    )
    name = "Flyway does not read such a name"
    callback = "it is a callback, which Flyway runs beside the migrations"
    assert left_out(result) == {
        "V1x__bad.sql": name,
        "V__bad.sql": name,
        "Views.sql": name,
        "v4__small.sql": name,
        "U9__gone.sql": "it undoes a version that is not there",
        "beforeMigrate.sql": callback,
        "afterEachMigrate__log.sql": callback,
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("V1__a.sql", "V1.0__b.sql"),
        ("V1__a.sql", "sub/V01_0_0__b.sql"),
        ("U1__a.sql", "U1_0__b.sql"),
        ("R__a_b.sql", "R__a b.sql"),
    ],
)
def test_flyways_versions_and_words_that_are_equal_are_refused(made, refused, one, other):
    files = {one: "SELECT 1;", other: "SELECT 1;", "V7__x.sql": "SELECT 1;"}
    assert refused("flyway", made(**files)).message.endswith("is there twice")


def test_flyways_repeatable_files_run_in_the_order_of_their_words(database_url, made, tree):
    directory = made(
        **{
            "V1__a.sql": "CREATE TABLE a (id int);",
            "R__Base.sql": "CREATE OR REPLACE VIEW base AS SELECT id FROM a;",
            "R__above base.sql": "CREATE OR REPLACE VIEW above AS SELECT id FROM base;",
            "R__above_base_2.sql": "CREATE OR REPLACE VIEW above_2 AS SELECT id FROM above;",
        }
    )
    result = importing.import_tree("flyway", directory, tree)
    assert result.repeatable == ("base", "above-base", "above-base-2")
    assert [each.id for each in migrations.apply(database_url, tree).applied] == [
        "0001.a",
        "repeatable/base",
        "repeatable/above-base",
        "repeatable/above-base-2",
    ]


def test_the_conf_file_beside_a_script_is_followed(database_url, made, tree):
    directory = made(
        **{
            "V1__a.sql": "CREATE TABLE a (word text DEFAULT '${not}');",
            "V1__a.sql.conf": "# as it is\nplaceholderReplacement=false\n\n",
            "V2__b.sql": "INSERT INTO a VALUES ('Ñandú');".encode("latin-1"),
            "V2__b.sql.conf": "encoding=ISO_8859_1\nshouldExecute=true\n",
            "V3__c.sql": "SELECT 1;",
            "V3__c.sql.conf": "executeInTransaction=false",
            "V4__d.sql": "-- why\n\n-- flyway:executeInTransaction=false\nSELECT 1;",
            "V5__e.sql": "BEGIN;\nSELECT 1;\nCOMMIT;",
            "V5__e.sql.conf": "executeInTransaction=false",
        }
    )
    importing.import_tree("flyway", directory, tree)
    loose = [path.name for path in sorted(tree.migrations.iterdir()) if "-- transactional: false" in path.read_text()]
    assert loose == ["0003.c.sql", "0004.d.sql"]
    migrations.apply(database_url, tree)
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT word FROM a").fetchall() == [("Ñandú",)]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("shouldExecute=${env}==prod", "the setting shouldExecute=${env}==prod is one that only Flyway can follow"),
        ("executeInTransaction=maybe", "only Flyway can follow"),
        ("encoding=klingon", "only Flyway can follow"),
        ("encoding=ascii", "the file is not in ascii"),
    ],
)
def test_a_setting_that_cannot_be_followed_is_refused(made, refused, setting, message):
    error = refused("flyway", made(**{"V1__a.sql": "SELECT 'é';", "V1__a.sql.conf": f"#\n{setting}"}))
    assert message in error.message


def test_a_script_or_a_repeatable_file_that_cannot_be_taken_over_is_named(made, refused):
    assert refused("flyway", made(**{"V1__a.sh": "", "V2__a.sql": "SELECT 1;"})).message.startswith("a migration in sh")
    (made() / "V1__a.sh").unlink()
    error = refused("flyway", made(**{"R__r.sql": "CREATE INDEX CONCURRENTLY i ON a (id);"}))
    assert "one transaction" in error.message
    error = refused("flyway", made(**{"R__r.sql": "SELECT 1;\nCOMMIT;"}))
    assert str(error.location).endswith("R__r.sql:2:1")


def test_a_linked_directory_is_followed_and_one_that_leads_back_is_refused(made, tree, refused, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "V2__b.sql").write_text("SELECT 1;")
    directory = made(**{"V1__a.sql": "SELECT 1;"})
    (directory / "loop").symlink_to(directory)
    assert refused("flyway", directory).message == "the directory is in the tree twice"
    (directory / "loop").unlink()
    (directory / "link").symlink_to(outside)
    assert importing.import_tree("flyway", directory, tree).migrations == ("0001.a", "0002.b")
