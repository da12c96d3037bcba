"""Trees as they are found: odd names, links, encodings, comments that look like directives."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from avdaily_sql import errors, importing, migrations, sqltext
from avdaily_sql.sqltree import SqlTree
from tests.importing.taken_over import text
from tests.migrations.conftest import as_nobody


def test_comments_that_look_like_directives_stay_comments(database_url, made, tree):
    comments = (
        "-- author: somebody\n--transactional: false\n-- depends: 0001.nothing\n-- Note: kept\n-- irreversible = no\n"
    )
    directory = made(**{"1_a.up.sql": f"{comments}CREATE TABLE a ();\n-- phase: post\nSELECT 1;\n"})
    importing.import_tree("golang-migrate", directory, tree)
    migrations.apply(database_url, tree)
    written = text(tree, "0001.a.sql")
    assert "-- > author: somebody\n-- > transactional: false\n-- > depends: 0001.nothing\n-- Note: kept\n" in written
    assert "-- > phase: post" in written


def test_a_file_name_cannot_end_the_comment_that_it_is_told_in(made, tree):
    directory = made(**{"1_a\rDROP TABLE b; --.up.sql": "SELECT 1;", "1_a.down.sql": "SELECT 1;"})
    importing.import_tree("golang-migrate", directory, tree)
    for path in tree.migrations.iterdir():
        assert len(sqltext.statements(path.read_bytes())) == 1
        assert b"\r" not in path.read_bytes()


def test_a_name_that_is_not_utf8_and_one_that_is_too_long_are_taken_over(avdaily, made, tree):
    directory = made(**{f"2_{'x' * 230}.up.sql": "SELECT 1;", "3_b.rollback.up.sql": "SELECT 1;"})
    (directory / os.fsdecode(b"1_\xff.up.sql")).write_text("SELECT 1;")
    (directory / os.fsdecode(b"\xff.sql")).write_text("SELECT 1;")
    done = avdaily("--sql-dir", tree.root, "import", "golang-migrate", directory)
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in tree.migrations.iterdir())
    assert names == ["0001.migration.sql", f"0002.{'x' * 120}.sql", "0003.b-rollback.sql"]


def test_a_byte_order_mark_is_dropped_and_other_encodings_are_refused(made, tree, refused):
    directory = made(**{"1_a.up.sql": b"SELECT 1;\n-- \xe9\n"})
    assert str(refused("golang-migrate", directory).location).endswith("1_a.up.sql:2:4")
    directory = made(**{"1_a.up.sql": b"\xef\xbb\xbfSELECT 1;\r\n"})
    importing.import_tree("golang-migrate", directory, tree)
    assert "\ufeff" not in text(tree, "0001.a.sql")


@pytest.mark.parametrize("tool", importing.TOOLS)
def test_a_directory_that_is_none_or_has_nothing_is_refused(made, refused, tool, tmp_path):
    assert refused(tool, tmp_path / "gone").message.startswith("no such directory")
    (tmp_path / "file").write_text("SELECT 1;")
    assert refused(tool, tmp_path / "file").message.startswith("no such directory")
    (tmp_path / "empty").mkdir()
    assert str(tmp_path) not in refused(tool, tmp_path / "empty").message.replace(str(tmp_path / "empty"), "")


def test_a_link_to_nothing_is_refused_and_repeatable_files_alone_are_no_tree(made, refused):
    directory = made(**{"R__a.sql": "SELECT 1;"})
    assert refused("flyway", directory).message.startswith("no migrations of flyway in")
    (directory / "1_a.up.sql").symlink_to("nowhere")
    assert "1_a.up.sql: No such file" in refused("golang-migrate", directory).message


def test_what_may_not_be_read_or_written_is_said_in_one_line(made, tree):
    directory = made(**{"V1__a.sql": "SELECT 1;"})
    # All that is imported at its first use is there then.
    importing.import_tree("flyway", directory, tree)
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        base = Path(name)
        base.chmod(0o755)
        (base / "db" / "sub").mkdir(parents=True)
        (base / "db" / "V1__a.sql").write_text("SELECT 1;")
        (base / "read-only").mkdir()
        (base / "read-only").chmod(0o555)
        (base / "new").mkdir()
        (base / "new").chmod(0o777)

        def said(target):
            with as_nobody(), pytest.raises(errors.UsageError) as caught:
                importing.import_tree("flyway", base / "db", SqlTree(base / target / "sql", "flag"))
            return caught.value.message

        assert said("read-only").endswith("read-only/sql/migrations: Permission denied")
        (base / "db" / "sub").chmod(0o000)
        assert said("new").endswith("db/sub: Permission denied")
        (base / "db" / "sub").chmod(0o755)
        (base / "db" / "V1__a.sql").chmod(0o000)
        assert said("new").endswith("V1__a.sql: Permission denied")
        assert list((base / "new").iterdir()) == []
