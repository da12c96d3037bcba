"""Where sql/ is found, and what may be in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from avdaily_sql import settings, sqltree
from avdaily_sql.errors import UsageError

PROJECT = '[project]\nname = "avdaily-sql"\n'


def found(directory: Path, **flags) -> sqltree.SqlTree:
    return sqltree.find(settings.load(flags, {}, directory))


@pytest.fixture
def checkout(tmp_path) -> Path:
    (tmp_path / "checkout" / "sql" / "migrations").mkdir(parents=True)
    (tmp_path / "checkout" / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "checkout" / "some" / "where").mkdir(parents=True)
    return tmp_path / "checkout"


def test_the_nearest_checkout_upwards(checkout):
    assert found(checkout / "some" / "where") == (checkout / "sql", "checkout")


def test_a_directory_of_another_project_is_not_taken(checkout):
    other = checkout / "some"
    (other / "sql" / "migrations").mkdir(parents=True)
    (other / "pyproject.toml").write_text('[project]\nname = "another"\n')
    assert found(other / "where") == (checkout / "sql", "checkout")


def test_a_flag_before_the_environment_before_the_checkout(checkout, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    environment = {"AVDAILY_SQL_DIR": str(tmp_path / "b")}
    by_flag = settings.load({"AVDAILY_SQL_DIR": str(tmp_path / "a")}, environment, checkout)
    assert sqltree.find(by_flag) == (tmp_path / "a", "flag")
    assert sqltree.find(settings.load({}, environment, checkout)) == (tmp_path / "b", "environment")


def test_a_relative_directory_is_relative_to_the_working_directory(checkout):
    assert found(checkout, AVDAILY_SQL_DIR="some").root == checkout / "some"


def test_outside_of_any_checkout_the_packaged_files(tmp_path):
    tree = found(tmp_path)
    assert tree.source == "package"
    assert sqltree.list_migrations(tree)[0].id == "0001.create-roles"


def test_a_directory_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no such SQL directory: .*/nothing \(flag\)"):
        found(tmp_path, AVDAILY_SQL_DIR="nothing")


def test_numbers_are_compared_as_numbers(tmp_path):
    (tmp_path / "migrations").mkdir()
    for number in ("9999", "10000", "20240101120000"):
        (tmp_path / "migrations" / f"{number}.x.sql").write_text("SELECT 1;")
    listed = sqltree.list_migrations(sqltree.SqlTree(tmp_path, "flag"))
    assert [files.id for files in listed] == ["9999.x", "10000.x", "20240101120000.x"]


def test_our_own_files_are_whole_pairs_in_numbers_without_a_gap_in_their_names():
    tree = sqltree.SqlTree(Path(__file__).resolve().parents[2] / "sql", "flag")
    listed = sqltree.list_migrations(tree)
    assert all(files.rollback_path for files in listed)
    assert len({files.number for files in listed}) == len(listed)
