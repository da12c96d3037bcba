"""``verify``: pairs up, down, up with rows in the tables; then the live database against what the files build."""

from __future__ import annotations

import os
import signal

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import maintenance, migrations, programs, settings
from avdaily_sql.errors import Busy, Drift, Failed, Refused, Unsupported, UsageError
from avdaily_sql.migrations import dump, schema_file, scratch
from avdaily_sql.migrations.verify import verify
from avdaily_sql.sqltree import SqlTree
from tests.migrations.conftest import recorded, tables
from tests.throwaway import REPOSITORY
from tests.waiting import eventually


@pytest.fixture
def check(tree, database_url):
    def run(url=database_url, **options):
        return verify(url, tree.sql, settings.load(environ={"PATH": os.environ["PATH"]}), migrations.Options(**options))

    return run


@pytest.fixture
def apply(tree, database_url):
    return lambda **options: migrations.apply(database_url, tree.sql, migrations.Options(**options))


@pytest.fixture
def scratch_databases(server, database_url):
    """Return the names of the scratch databases that belong to this test's database."""
    query = """SELECT datname FROM pg_database
               WHERE datname LIKE 'avdaily_scratch%%' AND shobj_description(oid, 'pg_database') LIKE %s"""
    origin = f'%"origin": "{maintenance.database_name(database_url)}"%'
    return lambda: [name for (name,) in server.execute(query, origin)]


def bad(result):
    return {verdict.id: verdict.difference for verdict in result.files if not verdict.ok}


def live(result):
    return {each.object: each.difference for each in result.live}


def test_good_pairs_on_a_database_that_is_what_they_build(tree, check, apply, server, db, scratch_databases):
    tree.table(1)
    tree.table(2)
    apply()
    before = recorded(db)
    result = check()
    assert [(verdict.id, verdict.ok, verdict.difference) for verdict in result.files] == [
        ("0001.create-t1", True, None),
        ("0002.create-t2", True, None),
    ]
    assert (result.live, result.warnings, result.exit_code) == ((), (), 0)
    assert (recorded(db), scratch_databases()) == (before, [])


def test_a_rollback_that_leaves_something_behind_is_named_with_what_it_left(tree, check):
    tree.table(1)
    tree.write("0002.alter-t1", "ALTER TABLE t1 ADD a integer, ADD b text;", "ALTER TABLE t1 DROP a;")
    tree.table(3)
    result = check()
    assert result.exit_code == 1
    difference = bad(result)
    assert list(difference) == ["0002.alter-t1"]
    assert "-- TABLE public.t1" in difference["0002.alter-t1"]
    assert "+     b text" in difference["0002.alter-t1"]


def test_a_rollback_that_takes_too_much_is_named(tree, check):
    tree.table(1)
    tree.write("0002.create-t2", "CREATE TABLE t2 (id bigint);", "DROP TABLE t2; DROP TABLE t1;")
    assert "- CREATE TABLE public.t1 (" in bad(check())["0002.create-t2"]


def test_a_rollback_that_fails_is_named_by_file_and_line_and_the_files_before_it_are_judged_all_the_same(tree, check):
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint);", "SELECT 1;")
    tree.write("0002.create-t2", "CREATE TABLE t2 (id bigint);", "DROP TABLE t2;\nDROP TABLE nothing;")
    difference = bad(check())
    assert "0002.create-t2.rollback.sql:2:12: rollback of 0002.create-t2 failed" in difference["0002.create-t2"]
    assert "+ CREATE TABLE public.t1 (" in difference["0001.create-t1"]


def test_a_rollback_that_only_rows_make_fail_is_found_with_the_seeds(tree, check):
    tree.write(
        "0001.create-t1",
        "CREATE TABLE t1 (note text);",
        "ALTER TABLE t1 ADD CONSTRAINT t1_empty CHECK (note IS NULL); DROP TABLE t1;",
    )
    assert bad(check()) == {}
    folder = tree.root / "seeds" / "common"
    folder.mkdir(parents=True)
    (folder / "001.rows.sql").write_text("INSERT INTO t1 VALUES ('a row');\n")
    assert 'check constraint "t1_empty"' in bad(check())["0001.create-t1"]


def test_a_file_that_builds_something_else_the_second_time_is_named(tree, check):
    tree.write("0001.create-t1", "-- irreversible: it remembers\nCREATE TABLE t1 (id bigint);", None)
    tree.write(
        "0002.create-twice",
        "DO $$ BEGIN CREATE TABLE t2 (id bigint);"
        " IF EXISTS (SELECT FROM t1) THEN ALTER TABLE t2 ADD again boolean; END IF; INSERT INTO t1 VALUES (1); END $$;",
        "DROP TABLE t2;",
    )
    tree.table(3)
    difference = bad(check())
    assert list(difference) == ["0002.create-twice"]
    assert "+     again boolean" in difference["0002.create-twice"]


def test_a_rollback_that_leaves_its_rows_is_found_because_the_file_does_not_run_a_second_time(tree, check):
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint CONSTRAINT t1_pkey PRIMARY KEY);", "DROP TABLE t1;")
    tree.write("0002.add-row", "INSERT INTO t1 VALUES (1);", "SELECT 1;")
    tree.table(3)
    difference = bad(check())
    assert list(difference) == ["0002.add-row"]
    assert "the second time: migration 0002.add-row failed: duplicate key" in difference["0002.add-row"]


def test_a_file_that_does_not_run_at_all_is_an_error_and_leaves_no_scratch_database(
    tree, check, server, db, scratch_databases
):
    tree.table(1)
    tree.write("0002.broken", "CREATE TABLE t2 (id bigintt);")
    with pytest.raises(Failed, match=r"migration 0002\.broken failed") as caught:
        check()
    assert (caught.value.location.line, caught.value.location.column) == (1, 21)
    assert (scratch_databases(), tables(db)) == ([], set())


def test_a_file_that_apply_would_refuse_is_refused_before_anything_is_made(tree, check):
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint);", None)
    with pytest.raises(UsageError, match="has no rollback file"):
        check()


def test_what_is_irreversible_is_not_undone_and_the_files_around_it_are_proven(tree, check):
    tree.table(1)
    tree.write("0002.merge", "-- irreversible: rows are merged\nALTER TABLE t1 ADD merged boolean;", None)
    tree.table(3)
    assert bad(check()) == {}
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint);", "SELECT 1;")
    tree.write("0003.create-t3", "CREATE TABLE t3 (id bigint);", "SELECT 1;")
    assert list(bad(check())) == ["0001.create-t1", "0003.create-t3"]


def test_files_without_a_transaction_are_proven_too(tree, check):
    tree.table(1)
    tree.write(
        "0002.add-index",
        "-- transactional: false\nCREATE INDEX CONCURRENTLY t1_id_idx ON t1 (id);",
        "DROP INDEX CONCURRENTLY t1_id_idx;",
    )
    assert bad(check()) == {}


CHANGES = (
    ("ALTER TABLE t1 ADD note text", "TABLE public.t1", "+     note text"),
    ("ALTER TABLE t2 ALTER id TYPE integer", "TABLE public.t2", "-     id bigint"),
    ("DROP TABLE t3", "TABLE public.t3", "- CREATE TABLE public.t3 ("),
    ("ALTER TABLE t4 ALTER id SET NOT NULL", "TABLE public.t4", "+     id bigint NOT NULL"),
    ("CREATE INDEX extra ON t1 (id)", "INDEX public.extra", "+ CREATE INDEX extra ON public.t1 USING btree (id);"),
    ("CREATE VIEW v AS SELECT 1 AS one", "VIEW public.v", "+ CREATE VIEW public.v AS"),
    ("CREATE FUNCTION f() RETURNS int RETURN 1", "FUNCTION public.f()", "+ CREATE FUNCTION public.f() RETURNS integer"),
    ("COMMENT ON TABLE t1 IS 'new'", "COMMENT public.TABLE t1", "+ COMMENT ON TABLE public.t1 IS 'new';"),
    ("GRANT SELECT ON t1 TO PUBLIC", "ACL public.TABLE t1", "+ GRANT SELECT ON TABLE public.t1 TO PUBLIC;"),
)


def test_every_change_by_hand_is_drift_shown_as_sql_and_nothing_else_is(tree, check, apply, db):
    for number in range(1, 6):
        tree.table(number)
    apply()
    for change, _, _ in CHANGES:
        db.execute(change)
    result = check()
    found = live(result)
    assert found.keys() == {thing for _, thing, _ in CHANGES}
    assert [thing for _, thing, line in CHANGES if line not in found[thing].splitlines()] == []
    assert result.exit_code == 4


def test_pending_files_are_no_drift(tree, check, apply):
    tree.table(1)
    apply()
    tree.table(2)
    result = check()
    assert (result.live, len(result.files)) == ((), 2)


def test_what_was_applied_around_a_pending_file_is_compared_without_it(tree, check, apply, db):
    tree.table(1)
    tree.table(3)
    apply()
    tree.write("0002.between", "-- out-of-order: true\nCREATE TABLE between (id bigint);", "DROP TABLE between;")
    assert check().live == ()
    db.execute("CREATE TABLE between (id bigint)")
    assert list(live(check())) == ["TABLE public.between"]


def test_an_edited_and_a_missing_file_are_drift_of_the_history(tree, check, apply):
    tree.table(1)
    tree.table(2)
    apply()
    tree.remove("0002.create-t2")
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint, edited text);", "DROP TABLE t1;")
    found = live(check())
    assert found["0001.create-t1"] == "-- 0001.create-t1 was changed after it was applied"
    assert found["0002.create-t2"] == "-- 0002.create-t2 is applied, and its file is missing"
    assert "-     edited text" in found["TABLE public.t1"]


def test_on_a_database_where_nothing_is_applied_only_the_pairs_are_verified(tree, check, db):
    tree.table(1)
    db.execute("CREATE TABLE foreign_to_us (id bigint)")
    result = check()
    assert (result.live, result.exit_code) == ((), 0)
    assert "nothing is applied" in result.warnings[0]


def test_schemas_and_extensions_of_others_are_remarked_and_no_drift(tree, check, apply, db):
    tree.table(1)
    apply()
    db.execute("CREATE SCHEMA reports")
    db.execute("CREATE TABLE reports.r (id bigint)")
    db.execute("COMMENT ON SCHEMA reports IS 'of the finance department'")
    db.execute("CREATE PUBLICATION changes")
    result = check()
    assert result.live == ()
    assert result.warnings == (
        "schema reports is not compared: the files know nothing of it",
        "PUBLICATION changes is not compared: no file made it",
    )


def test_partitions_that_were_made_at_run_time_are_no_drift_and_others_are(tree, check, apply, db):
    tree.write(
        "0001.create-log",
        "CREATE TABLE log (at timestamptz NOT NULL) PARTITION BY RANGE (at);",
        "DROP TABLE log;",
    )
    apply()
    db.execute("CREATE TABLE log_2026_11 PARTITION OF log FOR VALUES FROM ('2026-11-01') TO ('2026-12-01')")
    assert check().live == ()
    db.execute("CREATE TABLE log_old PARTITION OF log FOR VALUES FROM ('2020-11-01') TO ('2020-12-01')")
    assert "TABLE public.log_old" in live(check())


def test_a_database_that_another_role_migrated_is_the_same(tree, check, server, db, database_url):
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint); GRANT SELECT ON t1 TO PUBLIC;", "DROP TABLE t1;")
    role = f"migrator_{server.session}"
    server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    try:
        db.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(role)))
        db.execute(
            sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(sql.Identifier(db.info.dbname), sql.Identifier(role))
        )
        migrations.apply(f"{database_url}&user={role}", tree.sql, migrations.Options())
        owner = db.execute("SELECT tableowner FROM pg_tables WHERE tablename = 't1'").fetchone()
        assert owner == (role,)
        assert check().live == ()
    finally:
        db.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_another_schema_is_verified_by_itself(tree, check, apply, db):
    tree.table(1)
    apply()
    db.execute('CREATE SCHEMA "cell b"')
    apply(schema="cell b")
    assert check(schema="cell b").live == ()
    db.execute('ALTER TABLE "cell b".t1 ADD note text')
    assert list(live(check(schema="cell b"))) == ["TABLE cell b.t1"]
    assert check().live == ()


def test_a_locked_table_is_busy_and_not_waited_for_for_ever(tree, check, apply, db, monkeypatch):
    tree.table(1)
    apply()
    monkeypatch.setattr("avdaily_sql.migrations.dump._LOCK_WAIT_MS", 200)
    with db.transaction():
        db.execute("LOCK TABLE t1 IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Busy, match="a table is locked"):
            check()


def test_a_role_that_may_not_create_databases_is_refused_with_the_grant(tree, server, apply, db, database_url, check):
    tree.table(1)
    apply()
    role = f"reader_{server.session}"
    server.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE pg_read_all_data").format(sql.Identifier(role)))
    try:
        with pytest.raises(Refused) as caught:
            check(f"{database_url}&user={role}")
        assert caught.value.message == f'role "{role}" may not create databases, and a scratch database is needed'
        assert f"'ALTER ROLE \"{role}\" CREATEDB'" in caught.value.hint
    finally:
        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_a_history_of_a_newer_program_is_refused(tree, check, apply, db):
    tree.table(1)
    apply()
    db.execute("INSERT INTO avdaily_migrations.avdaily_format VALUES (99, '9.9')")
    with pytest.raises(Drift, match="newer avdaily-sql"):
        check()


def test_without_a_pg_dump_verify_says_what_to_install(tree, database_url, tmp_path):
    tree.table(1)
    known = settings.load(environ={"AVDAILY_PG_BIN": str(tmp_path)})
    with pytest.raises(Unsupported) as caught:
        verify(database_url, tree.sql, known)
    assert caught.value.exit_code == 8


@pytest.mark.fault
def test_a_killed_run_leaves_a_scratch_database_that_the_next_run_drops(
    tree, start, command, server, database_url, scratch_databases
):
    tree.write("0001.wait", "CREATE TABLE t1 (id bigint); SELECT pg_sleep(30);")
    process = start("verify")
    (name,) = eventually(scratch_databases)
    comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    marked = eventually(lambda: server.execute(comment, name)[0][0])
    assert '"purpose": "verify"' in marked
    assert f'"origin": "{maintenance.database_name(database_url)}"' in marked
    with psycopg.connect(database_url, autocommit=True) as other:
        scratch.sweep(other, lambda _: None)
    assert scratch_databases() == [name], "its maker lives"
    process.send_signal(signal.SIGKILL)
    process.wait()
    tree.table(1, "quick")
    tree.remove("0001.wait")
    done = command("verify")
    assert done.returncode == 0, done.stderr
    # Whichever run on this server came first has dropped it, and has said so.
    assert scratch_databases() == []


@pytest.mark.fault
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interrupted_run_drops_its_scratch_database_itself(tree, start, server, sent, code, scratch_databases):
    tree.write("0001.wait", "CREATE TABLE t1 (id bigint); SELECT pg_sleep(30);")
    process = start("verify")
    eventually(
        lambda: server.execute(
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%%pg_sleep(30)%%' AND pid <> pg_backend_pid()"
        )
    )
    process.send_signal(sent)
    process.communicate(timeout=20)
    assert (process.returncode, scratch_databases()) == (code, [])


def test_a_database_that_a_person_named_like_ours_is_never_dropped(tree, check, server):
    tree.table(1)
    name = f"{scratch.PREFIX}0123456789abcdef"
    server.create_database(name)
    try:
        server.execute(sql.SQL("COMMENT ON DATABASE {} IS 'mine'").format(sql.Identifier(name)))
        check()
        assert server.execute("SELECT 1 FROM pg_database WHERE datname = %s", name) == [(1,)]
    finally:
        server.drop_database(name)


def test_the_command_prints_bad_pairs_and_drift_and_exits_by_the_verdict(tree, command, apply, db):
    tree.table(1)
    apply()
    done = command("verify")
    name = db.info.dbname
    assert (done.returncode, done.stdout) == (
        0,
        f"1 migration of 1 proven: up, down, up; {name}: 0 differences from the files\n",
    )
    db.execute("ALTER TABLE t1 ADD note text")
    done = command("verify")
    assert done.returncode == 4
    assert "drift  TABLE public.t1\n-     id bigint\n+     id bigint,\n+     note text\n" in done.stdout
    tree.write("0002.bad", "CREATE TABLE t2 (id bigint);")
    done = command("verify")
    assert done.returncode == 1
    assert "bad pair  0002.bad\n-- TABLE public.t2\n+ CREATE TABLE public.t2 (" in done.stdout


@pytest.mark.slow
def test_our_own_pairs_are_proven_with_the_seeds_in_them(database_url, server, scratch_databases):
    result = verify(
        database_url, SqlTree(REPOSITORY / "sql", "flag"), settings.load(environ={"PATH": os.environ["PATH"]})
    )
    assert bad(result) == {}
    assert scratch_databases() == []


def test_our_schema_file_is_what_our_files_build(migrated_url, server):
    known = settings.load(environ={"PATH": os.environ["PATH"]})
    major = int(server.execute("SHOW server_version_num")[0][0]) // 10000
    program = programs.find("pg_dump", major, known, migrated_url)
    if {major, program.major} != {18}:
        with pytest.raises(Unsupported, match="written by PostgreSQL 18 only"):
            schema_file.write(migrated_url, SqlTree(REPOSITORY / "sql", "flag"), known)
        return
    text = schema_file.render(dump.take(migrated_url, program, "public"))
    committed = (REPOSITORY / "sql" / "schema.sql").read_text()
    assert committed == text, "run: avdaily-sql verify --write-schema"


def test_the_schema_file_is_written_whole_and_the_same_each_time(tree, command, check, db):
    tree.write("0001.create-t1", "CREATE TABLE t1 (id bigint); GRANT SELECT ON t1 TO PUBLIC;", "DROP TABLE t1;")
    written = command("verify", "--write-schema")
    if db.info.server_version // 10000 != 18:
        assert (written.returncode, (tree.root / "schema.sql").exists()) == (8, False)
        return
    assert written.returncode == 0
    first = (tree.root / "schema.sql").read_text()
    assert "-- TABLE public.t1\nCREATE TABLE public.t1 (\n    id bigint\n);" in first
    assert "ALTER TABLE public.t1 OWNER TO owner;" in first
    done = command("verify", "--write-schema")
    assert "unchanged" in done.stderr
    assert (tree.root / "schema.sql").read_text() == first
    tree.table(2)
    assert "schema.sql is out of date: run avdaily-sql verify --write-schema" in check().warnings[-1]


@pytest.mark.needs("postgresql-15")
@pytest.mark.slow
def test_another_major_does_not_write_the_schema_file(tree, database_url):
    tree.table(1)
    known = settings.load(environ={"AVDAILY_PG_BIN": "/usr/lib/postgresql/15/bin"})
    with pytest.raises(Unsupported):
        schema_file.write(database_url, tree.sql, known)
    assert not (tree.root / "schema.sql").exists()
