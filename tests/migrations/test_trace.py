"""``plan --trace``: what each statement really does, seen on a scratch copy; the live database is only read."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from avdaily_sql import maintenance, migrations
from avdaily_sql.errors import Failed
from avdaily_sql.migrations import Options, tracing
from tests.migrations.conftest import recorded, tables
from tests.waiting import eventually

HEADER = "-- transactional: false\n"


@pytest.fixture
def traced(tree, database_url):
    """Trace what is pending, and return the statements by the number of their file's first line."""

    def run(**options):
        return tracing.trace(database_url, tree.sql, Options(**options))

    return run


@pytest.fixture
def only(traced):
    """Trace one pending statement."""

    def run():
        (file,) = traced().trace
        return file.statements[-1]

    return run


@pytest.fixture
def wallets(tree, runner):
    tree.write(
        "0001.create-wallets",
        "CREATE TABLE owners (id bigint PRIMARY KEY);\n"
        "CREATE TABLE wallets (id bigint PRIMARY KEY, owner_id bigint, balance int, note varchar(10));\n"
        "CREATE INDEX wallets_note_idx ON wallets (note);\n",
    )
    runner.apply()
    seeds = tree.root / "seeds" / "common"
    seeds.mkdir(parents=True)
    (seeds / "001.rows.sql").write_text("INSERT INTO wallets SELECT n, n, n, 'x' FROM generate_series(1, 7) AS n;\n")


def modes(statement, relation="wallets"):
    return {taken.mode for taken in statement.locks if taken.relation == relation}


def large(db, table="wallets"):
    db.execute("UPDATE pg_class SET reltuples = 12e6 WHERE oid = %s::regclass", (table,))


def test_a_change_of_type_is_a_rewrite_under_the_strongest_lock(tree, only, wallets):
    tree.write("0002.widen", "\n\nALTER TABLE wallets\n  ALTER COLUMN balance TYPE bigint;")
    statement = only()
    assert (statement.line, statement.statement) == (3, "ALTER TABLE wallets ALTER COLUMN balance TYPE bigint")
    assert "AccessExclusiveLock" in modes(statement)
    assert statement.rewrites == ("wallets",)
    # Once for the new table, and once for each of its indexes.
    assert [(scan.relation, scan.rows) for scan in statement.scans] == [("wallets", 21)]
    assert set(statement.index_builds) == {"wallets_pkey", "wallets_note_idx"}
    assert statement.warnings == ()


def test_a_longer_varchar_is_no_rewrite_and_builds_no_index(tree, only, wallets):
    tree.write("0002.widen", "ALTER TABLE wallets ALTER COLUMN note TYPE varchar(20);")
    statement = only()
    assert "AccessExclusiveLock" in modes(statement)
    assert (statement.rewrites, statement.scans, statement.index_builds) == ((), (), ())


def test_a_validated_constraint_is_a_scan_and_no_rewrite(tree, traced, wallets):
    tree.write("0002.check", "ALTER TABLE wallets ADD CONSTRAINT positive CHECK (balance >= 0) NOT VALID;")
    tree.write("0003.validate", "ALTER TABLE wallets VALIDATE CONSTRAINT positive;")
    added, validated = (file.statements[0] for file in traced().trace)
    assert ("AccessExclusiveLock" in modes(added), added.scans) == (True, ())
    assert modes(validated) == {"ShareUpdateExclusiveLock"}
    assert [(scan.relation, scan.rows) for scan in validated.scans] == [("wallets", 7)]
    assert validated.rewrites == ()


def test_a_foreign_key_locks_both_tables_and_reads_them(tree, only, wallets):
    (tree.root / "seeds" / "common" / "001.rows.sql").write_text("INSERT INTO owners VALUES (1);\n")
    tree.write("0002.key", "ALTER TABLE wallets ADD CONSTRAINT k FOREIGN KEY (owner_id) REFERENCES owners;")
    statement = only()
    assert "ShareRowExclusiveLock" in modes(statement) & modes(statement, "owners")
    assert "wallets" in {scan.relation for scan in statement.scans}


def test_what_the_file_itself_made_is_not_told(tree, traced):
    tree.write(
        "0001.new", "CREATE TABLE t (id int);\nALTER TABLE t ALTER COLUMN id TYPE bigint;\nCREATE INDEX ON t (id);"
    )
    (file,) = traced().trace
    assert [(step.locks, step.rewrites, step.scans, step.index_builds) for step in file.statements] == [((),) * 4] * 3


def test_rows_are_counted_and_truncate_is_no_rewrite(tree, traced, wallets):
    tree.write(
        "0002.rows",
        "UPDATE wallets SET balance = 0 WHERE id < 4;\nTRUNCATE wallets;\nCOPY owners FROM stdin;\n1\n2\n\\.\n",
    )
    (file,) = traced().trace
    assert [step.rows for step in file.statements] == [3, None, 2]
    assert [step.rewrites for step in file.statements] == [(), (), ()]


def test_an_index_is_built_under_share_and_concurrently_under_share_update_exclusive(tree, traced, wallets):
    tree.write("0002.index", "CREATE INDEX a ON wallets (balance);")
    tree.write("0003.index", f"{HEADER}CREATE INDEX CONCURRENTLY b ON wallets (balance);", "DROP INDEX CONCURRENTLY b;")
    plain, concurrent = (file.statements[0] for file in traced().trace)
    assert (modes(plain), plain.index_builds) == ({"ShareLock"}, ("a",))
    assert (modes(concurrent), concurrent.index_builds) == ({"ShareUpdateExclusiveLock"}, ("b",))
    assert {scan.relation for scan in concurrent.scans} == {"wallets"}


@pytest.mark.parametrize(
    ("statement", "mode", "rewritten"),
    [
        ("VACUUM wallets", "ShareUpdateExclusiveLock", ()),
        ("VACUUM", "ShareUpdateExclusiveLock", ()),
        ("VACUUM FULL wallets", "AccessExclusiveLock", ("wallets",)),
        ("REINDEX TABLE CONCURRENTLY wallets", "ShareUpdateExclusiveLock", ()),
        ("REINDEX TABLE wallets", "ShareLock", ()),
        ("REINDEX SCHEMA public", "ShareLock", ()),
        ("CLUSTER wallets USING wallets_pkey", "AccessExclusiveLock", ("wallets",)),
        ("DROP INDEX CONCURRENTLY wallets_note_idx", "ShareUpdateExclusiveLock", ()),
    ],
)
def test_what_cannot_run_in_a_transaction_is_held_until_its_locks_were_seen(
    tree, only, wallets, statement, mode, rewritten
):
    tree.write("0002.alone", f"{HEADER}{statement};")
    found = only()
    assert mode in modes(found)
    assert max(modes(found), key=tracing.report.STRENGTH.index) == mode
    assert found.rewrites == rewritten


def test_a_partition_is_detached_concurrently(tree, only, runner):
    tree.write(
        "0001.parts",
        "CREATE TABLE p (id int) PARTITION BY RANGE (id);\nCREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);",
    )
    runner.apply()
    tree.write("0002.detach", f"{HEADER}ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;")
    assert modes(only(), "p") == {"ShareUpdateExclusiveLock"}


def test_a_procedure_that_commits_is_traced(tree, only, wallets):
    tree.write(
        "0002.batches",
        f"{HEADER}DO $$ BEGIN FOR n IN 1..3 LOOP UPDATE wallets SET balance = n; COMMIT; END LOOP; END $$;",
    )
    assert "RowExclusiveLock" in modes(only())


def test_a_large_live_table_is_warned_of_with_its_size(tree, traced, wallets, db):
    large(db)
    tree.write("0002.widen", "ALTER TABLE wallets ALTER COLUMN balance TYPE bigint;")
    tree.write("0003.index", "CREATE INDEX a ON wallets (owner_id);")
    tree.write("0004.slow", f"{HEADER}CREATE INDEX CONCURRENTLY b ON wallets (balance);")
    widened, indexed, concurrent = (file.statements[0].warnings for file in traced().trace)
    (text,) = widened
    assert text.startswith("rewrites wallets, ")
    assert text.endswith(" kB, 12 million rows, under AccessExclusiveLock")
    assert indexed[0].startswith("builds an index on wallets, ")
    assert indexed[0].endswith("under ShareLock")
    assert concurrent == ()


def test_work_on_another_table_while_a_large_one_is_locked_is_warned_of(tree, traced, wallets, db):
    large(db, "owners")
    tree.write(
        "0002.both", "ALTER TABLE wallets ADD COLUMN a int;\nALTER TABLE owners ADD CONSTRAINT c CHECK (id > 0);"
    )
    (file,) = traced().trace
    assert file.statements[0].warnings == ()
    assert any(
        "while wallets is under AccessExclusiveLock since line 1" in text for text in file.statements[1].warnings
    )


def test_a_lock_that_an_earlier_statement_took_is_named_once_with_its_line(tree, traced, wallets, db):
    large(db)
    tree.write("0002.both", "ALTER TABLE wallets ALTER balance TYPE bigint;\nCREATE INDEX a ON wallets (note);")
    (text,) = traced().trace[0].statements[1].warnings
    assert text.endswith("under AccessExclusiveLock that line 1 took")


def test_the_live_database_is_not_touched_and_the_copy_is_dropped(tree, traced, wallets, db, server, database_url):
    tree.write("0002.drop", "DROP TABLE wallets;\nINSERT INTO owners VALUES (1);")
    traced()
    assert tables(db) == {"owners", "wallets"}
    assert recorded(db) == ["0001.create-wallets"]
    assert db.execute("SELECT count(*) FROM owners").fetchone() == (0,)
    origin = f'%"origin": "{maintenance.database_name(database_url)}"%'
    query = "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE %s"
    assert server.execute(query, origin) == []


def test_a_file_that_does_not_run_is_told_with_its_place(tree, traced, wallets):
    tree.write("0002.bad", "ALTER TABLE wallets ADD a int;\nALTER TABLE nothing ADD a int;")
    with pytest.raises(Failed) as caught:
        traced()
    assert (caught.value.location.line, caught.value.location.column) == (2, 13)
    assert caught.value.detail == "It was run on a scratch copy; the live database was not touched."


def test_a_partial_file_is_traced_from_where_it_stands(tree, traced, wallets, runner):
    tree.write("0002.partial", f"{HEADER}CREATE TABLE a (id int);\nSELECT 1/0;")
    with pytest.raises(Failed):
        runner.apply()
    tree.write("0002.partial", f"{HEADER}CREATE TABLE a (id int);\nALTER TABLE wallets ADD a int;")
    (file,) = traced().trace
    assert [step.line for step in file.statements] == [3]


def test_seeds_that_do_not_fit_yet_are_left_out_and_said_so(tree, traced, wallets):
    (tree.root / "seeds" / "common" / "001.rows.sql").write_text("INSERT INTO later VALUES (1);\n")
    tree.write("0002.later", "CREATE TABLE later (id int);")
    result = traced()
    assert len(result.trace) == 1
    assert "traced on empty tables" in result.warnings[0]


def test_repeatable_files_are_on_the_copy_and_traced_when_they_changed(tree, traced, wallets, runner):
    folder = tree.migrations / "repeatable"
    folder.mkdir()
    (folder / "totals.sql").write_text("-- totals: a view\nCREATE OR REPLACE VIEW totals AS SELECT id FROM wallets;\n")
    runner.apply()
    tree.write("0002.drop", "DROP VIEW totals;")
    assert "AccessExclusiveLock" in modes(traced().trace[0].statements[0], "totals")
    (folder / "more.sql").write_text("-- more: a view\nCREATE OR REPLACE VIEW more AS SELECT id FROM wallets;\n")
    assert [len(file.statements) for file in traced().trace] == [1, 1]


def test_another_schema_is_traced_by_itself(tree, traced, runner, db):
    db.execute("CREATE SCHEMA cell; CREATE TABLE wallets (id int)")
    tree.write("0001.wallets", "CREATE TABLE wallets (id int);")
    runner.apply(schema="cell")
    db.execute("UPDATE pg_class SET reltuples = 12e6 WHERE oid = 'cell.wallets'::regclass")
    tree.write("0002.widen", "ALTER TABLE wallets ALTER id TYPE bigint;")
    (file,) = traced(schema="cell").trace
    assert "AccessExclusiveLock" in modes(file.statements[0])
    assert "12 million rows" in file.statements[0].warnings[0]


def test_an_owner_without_any_other_right_can_trace(tree, server, database_url):
    name = maintenance.database_name(database_url)
    owner = f"owner_{name}"
    server.execute(f"CREATE ROLE {owner} LOGIN CREATEDB")
    server.execute(f"ALTER DATABASE {name} OWNER TO {owner}")
    try:
        url = database_url.replace("//postgres@", f"//{owner}@")
        tree.write("0001.t", "CREATE TABLE t (id int);\nCREATE INDEX t_id_idx ON t (id);")
        migrations.apply(url, tree.sql, Options())
        tree.write(
            "0002.alone", f"{HEADER}CREATE INDEX CONCURRENTLY i ON t (id);\nREINDEX TABLE CONCURRENTLY t;\nVACUUM t;"
        )
        tree.write("0003.widen", "ALTER TABLE t ALTER id TYPE bigint;")
        alone, widened = tracing.trace(url, tree.sql, Options()).trace
        assert [modes(step, "t") for step in alone.statements] == [{"ShareUpdateExclusiveLock"}] * 3
        assert widened.statements[0].rewrites == ("t",)
    finally:
        server.execute(f"ALTER DATABASE {name} OWNER TO CURRENT_USER")
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute(f"REASSIGN OWNED BY {owner} TO CURRENT_USER; DROP OWNED BY {owner}; DROP ROLE {owner}")


def test_new_roles_are_gone_with_the_copy(tree, traced, server, database_url):
    name = f"traced_{maintenance.database_name(database_url)}"
    tree.write("0001.role", f"CREATE ROLE {name};\nCREATE TABLE t (id int);\nGRANT SELECT ON t TO {name};")
    tree.write("0002.more", f"CREATE TABLE u (id int);\nGRANT SELECT ON u TO {name};")
    assert len(traced().trace) == 2
    assert server.execute("SELECT FROM pg_roles WHERE rolname = %s", name) == []


def test_a_role_that_somebody_else_makes_meanwhile_is_neither_blamed_on_the_file_nor_dropped(
    tree, traced, server, database_url
):
    name = f"traced_{maintenance.database_name(database_url)}"
    tree.write("0001.role", f"CREATE ROLE {name};\nSELECT pg_sleep(2.125);")
    asleep = "SELECT pid FROM pg_stat_activity WHERE query LIKE %s AND state = 'active' AND pid <> pg_backend_pid()"

    def make():
        eventually(lambda: server.execute(asleep, "%pg_sleep(2.125)%"))
        server.execute(f"CREATE ROLE {name}_elsewhere")

    try:
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(make)
            assert len(traced().trace) == 1
            made.result()
        assert server.execute("SELECT rolname::text FROM pg_roles WHERE rolname LIKE %s", f"{name}%") == [
            (f"{name}_elsewhere",)
        ]
    finally:
        server.execute(f"DROP ROLE IF EXISTS {name}_elsewhere")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER ROLE {role} PASSWORD 'new'",
        "ALTER ROLE {role} SET work_mem = '1MB'",
        "GRANT pg_monitor TO {role}",
        "COMMENT ON ROLE {role} IS 'x'",
        "DROP ROLE {role}",
        "ALTER DATABASE {live} SET work_mem = '1MB'",
        "ALTER DATABASE {live} CONNECTION LIMIT 7",
    ],
)
@pytest.mark.parametrize("header", ["", HEADER], ids=["whole", "stepwise"])
def test_what_would_change_the_server_itself_is_never_committed(tree, traced, server, database_url, statement, header):
    live = maintenance.database_name(database_url)
    role = f"existing_{live}"
    state = """SELECT a.*, s.setconfig, shobj_description(a.oid, 'pg_authid'), d.datconnlimit,
        (SELECT count(*) FROM pg_auth_members WHERE member = a.oid)
        FROM pg_authid AS a LEFT JOIN pg_database AS d ON datname = %s
        LEFT JOIN pg_db_role_setting AS s ON setrole = a.oid OR setdatabase = d.oid WHERE rolname = %s"""
    server.execute(f"CREATE ROLE {role} PASSWORD 'old'")
    try:
        before = server.execute(state, live, role)
        tree.write("0001.server", f"{header}SELECT 1;\n{statement.format(role=role, live=live)};")
        tree.table(2)
        result = traced()
        assert server.execute(state, live, role) == before
        assert result.trace == ()
        assert "of the whole server, live at once; 2 of 2 files were not traced" in result.warnings[0]
    finally:
        server.execute(f"DROP ROLE {role}")


def test_the_command_prints_it_and_its_json_names_postgresqls_modes(tree, command, wallets, db):
    large(db)
    tree.write("0002.widen", "ALTER TABLE wallets ALTER COLUMN balance TYPE bigint;")
    done = command("plan", "--trace")
    assert done.returncode == 0, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0] == "0002.widen"
    assert any(line.startswith("AccessExclusiveLock on ") for line in lines)
    assert "rewrite of wallets" in lines
    assert any(line.startswith("warning: rewrites wallets, ") for line in lines)
    (file,) = json.loads(command("plan", "--trace", "--json").stdout)["trace"]
    assert {"relation": "wallets", "mode": "AccessExclusiveLock"} in file["statements"][0]["locks"]
    tree.remove("0002.widen")
    assert command("plan", "--trace").stdout == "nothing to do\n"
