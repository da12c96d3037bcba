"""Trees as they are found: odd names, numbers, settings, links, encodings; all pairs or none, even if killed."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import errors, importing, migrations, sqltext
from avdaily_sql.sqltree import SqlTree
from tests.conftest import clean_environment

PROGRAMS = Path(sys.executable).parent


@pytest.fixture
def tree(tmp_path):
    return SqlTree(tmp_path / "sql", "flag")


@pytest.fixture
def made(tmp_path):
    def make(**files):
        for name, text in files.items():
            path = tmp_path / "db" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / "db"

    return make


@pytest.fixture
def refused(tree):
    def refuse(tool, directory):
        with pytest.raises(errors.UsageError) as caught:
            importing.import_tree(tool, directory, tree)
        assert not tree.root.exists()
        return caught.value

    return refuse


def text(tree, name):
    return (tree.migrations / name).read_bytes().decode()


def left_out(result):
    return {each.source: each.reason for each in result.left_out}


def section(up, down="SELECT 2;", option=""):
    return f"-- migrate:up{option}\n{up}\n-- migrate:down\n{down}\n"


# dbmate, beside the program itself


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


# golang-migrate, as its source reads a tree (v4, source/parse.go and database/postgres)


def test_golang_migrate_takes_any_ending_and_leaves_a_number_beyond_64_bits(made, tree):
    directory = made(
        **{
            "1_a.up.pgsql": "SELECT 1;",
            "1_a.down.pgsql": "SELECT 1;",
            "18446744073709551615_last.up.sql": "SELECT 1;",
            "18446744073709551616_beyond.up.sql": "SELECT 1;",
            f"{'9' * 200}_far.up.sql": "SELECT 1;",
            "notes.sql": "SELECT 1;",
            "sub/2_b.up.sql": "SELECT 1;",
        }
    )
    (directory / "3_directory.up.sql").mkdir()
    result = importing.import_tree("golang-migrate", directory, tree)
    assert result.migrations == ("0001.a", "18446744073709551615.last")
    assert result.irreversible == ("18446744073709551615.last",)
    assert set(left_out(result)) == {"18446744073709551616_beyond.up.sql", f"{'9' * 200}_far.up.sql", "notes.sql"}


def test_a_down_file_that_drops_concurrently_can_be_rolled_back(database_url, made, tree):
    directory = made(
        **{
            "1_a.up.sql": "BEGIN;\nCREATE TABLE a (id int);\nCREATE INDEX a_id ON a (id);\nCOMMIT;\n",
            "1_a.down.sql": "DROP INDEX CONCURRENTLY a_id;",
        }
    )
    importing.import_tree("golang-migrate", directory, tree)
    migrations.apply(database_url, tree)
    assert len(migrations.rollback(database_url, tree, options=migrations.Options(steps=None)).rolled_back) == 1


def test_a_transaction_that_asks_for_more_than_the_runners_is_refused(made, refused):
    directory = made(**{"1_a.up.sql": "-- x\nBEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;\n"})
    error = refused("golang-migrate", directory)
    assert error.message.startswith("BEGIN in a migration")
    assert str(error.location).endswith("1_a.up.sql:2:1")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX /* now */ CONCURRENTLY i ON a (id)",
        "REINDEX INDEX CONCURRENTLY i",
        "REINDEX (VERBOSE) TABLE CONCURRENTLY a",
        "REINDEX SCHEMA public",
        "ALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY",
        "VACUUM (ANALYZE) a",
    ],
)
def test_what_no_transaction_allows_runs_without_one(database_url, made, tree, statement):
    directory = made(
        **{
            "1_a.up.sql": "CREATE TABLE a (id int); CREATE INDEX i ON a (id); CREATE INDEX i2 ON a (id);"
            "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1);",
            "2_b.up.sql": statement.replace(" i ON", " j ON"),
        }
    )
    importing.import_tree("golang-migrate", directory, tree)
    assert "-- transactional: false" in text(tree, "0002.b.sql")
    assert len(migrations.apply(database_url, tree).applied) == 2


# Flyway, as its source reads a tree (resource names, versions and .conf files of its scanner)


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


# Every tool


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


@contextmanager
def nobody():
    """Root reads and writes whatever it likes; any other user is as good as nobody."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


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
            with nobody(), pytest.raises(errors.UsageError) as caught:
                importing.import_tree("flyway", base / "db", SqlTree(base / target / "sql", "flag"))
            return caught.value.message

        assert said("read-only").endswith("read-only/sql/migrations: Permission denied")
        (base / "db" / "sub").chmod(0o000)
        assert said("new").endswith("db/sub: Permission denied")
        (base / "db" / "sub").chmod(0o755)
        (base / "db" / "V1__a.sql").chmod(0o000)
        assert said("new").endswith("V1__a.sql: Permission denied")
        assert list((base / "new").iterdir()) == []


# The target


def test_a_target_that_holds_anything_is_refused(made, tree):
    directory = made(**{"V1__a.sql": "SELECT 1;"})
    for name, what in (("repeatable/x.sql", "there is repeatable in"), ("README.md", "there is README.md in")):
        (tree.migrations / name).parent.mkdir(parents=True, exist_ok=True)
        (tree.migrations / name).write_text("SELECT 1;")
        with pytest.raises(errors.UsageError, match=what):
            importing.import_tree("flyway", directory, tree)
        subprocess.run(["rm", "-r", tree.migrations], check=True)
    tree.root.joinpath("migrations").write_text("")
    with pytest.raises(errors.UsageError, match=r"could not read .*Not a directory"):
        importing.import_tree("flyway", directory, tree)


def test_an_empty_target_is_filled_and_one_below_a_file_is_refused(made, tree, tmp_path, avdaily):
    directory = made(**{"V1__a.sql": "SELECT 1;"})
    tree.migrations.mkdir(parents=True)
    (tree.root / "seeds").mkdir()
    importing.import_tree("flyway", directory, tree)
    assert sorted(path.name for path in tree.root.iterdir()) == ["migrations", "seeds"]
    assert oct((tree.migrations).stat().st_mode & 0o777) == oct((tree.root / "seeds").stat().st_mode & 0o777)
    (tmp_path / "file").write_text("")
    done = avdaily("--sql-dir", tmp_path / "file" / "sql", "import", "flyway", directory)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr


def test_the_line_to_run_next_can_be_copied_into_a_shell(avdaily, made, tmp_path):
    directory = made(**{"V1__a.sql": "SELECT 1;", "U1__a.sql": "SELECT 1;"})
    done = avdaily("--sql-dir", tmp_path / "new sql", "import", "flyway", directory)
    assert f"--sql-dir '{tmp_path}/new sql' baseline --to 0001.a" in done.stderr


@pytest.fixture
def large(made):
    return made(**{f"{number}_a.up.sql": f"SELECT {number};\n" * 20 for number in range(1, 1501)})


@pytest.mark.fault
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_whoever_looks_sees_all_files_or_none_even_if_the_run_is_killed(large, tree, tmp_path, number):
    whole = 0
    for turn in itertools.count():
        target = tree.root / str(turn)
        command = [PROGRAMS / "avdaily-sql", "--sql-dir", target, "import", "golang-migrate", large]
        run = subprocess.Popen(
            command, env=clean_environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        # The first half of the turns strikes while files are written beside the target, later ones ever later.
        while run.poll() is None and not list(target.glob(f".import-*/migrations/{turn * 375 + 1:04}.a.sql")):
            if (target / "migrations").exists():
                break
        run.send_signal(number)
        _, said = run.communicate(timeout=60)
        assert b"Traceback" not in said
        seen = len(list((target / "migrations").glob("*.sql")))
        assert seen in {0, 1500}
        if number != signal.SIGKILL and seen == 0:
            assert run.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
            assert not target.exists()
        whole += seen == 1500
        if whole:
            break
    assert turn > 2, "it was never struck while it wrote"
