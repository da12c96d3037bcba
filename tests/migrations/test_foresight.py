"""What a plan says of a file: never a weaker lock than the statement takes."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from avdaily_sql import sqltree
from avdaily_sql.migrations import Options, directives, files, foresight, forward, tracing
from avdaily_sql.migrations.foresight import MODES, Planned, foresee
from avdaily_sql.migrations.performer import Operation
from avdaily_sql.migrations.tracing.report import STRENGTH
from avdaily_sql.migrations.tracing.walk import Walker
from avdaily_sql.sqltree import SqlTree
from tests import throwaway

SETUP = """
CREATE TABLE t (id bigint PRIMARY KEY, a int, b text);
ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 0) NOT VALID;
CREATE TABLE u (id bigint PRIMARY KEY, t_id bigint);
CREATE TABLE parts (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_default PARTITION OF parts DEFAULT;
CREATE VIEW v AS SELECT id FROM t;
CREATE INDEX t_a_idx ON t (a);
CREATE SEQUENCE s;
CREATE SCHEMA elsewhere;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION alters() RETURNS void LANGUAGE sql AS $$ ALTER TABLE t ADD COLUMN c int $$;
CREATE FUNCTION "Alters"() RETURNS int LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE t; RETURN 1; END $$;
CREATE FUNCTION round(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE t; RETURN 1; END $$;
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET a = 2; COMMIT; TRUNCATE u; END $$;
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE single (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE single_1 PARTITION OF single FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
ALTER TABLE parts DETACH PARTITION parts_default;
CREATE TABLE loose (id bigint, at date);
CREATE MATERIALIZED VIEW mat AS SELECT id FROM t;
CREATE UNIQUE INDEX mat_id_idx ON mat (id);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (x int, y int);
CREATE TABLE typed OF pair;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TRIGGER guard BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE POLICY own ON u USING (true);
CREATE RULE kept AS ON DELETE TO u DO INSTEAD NOTHING;
CREATE STATISTICS both_of_t ON a, b FROM t;
ALTER TABLE u CLUSTER ON u_pkey;
INSERT INTO t SELECT n, n, 'x' FROM generate_series(1, 9) AS n;
INSERT INTO u VALUES (1, 1);
INSERT INTO loose VALUES (1, '2030-01-01');
"""
STATEMENTS = [
    "SELECT * FROM t",
    "SELECT * FROM t FOR UPDATE",
    "SELECT alters()",
    "INSERT INTO t VALUES (100)",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "UPDATE t SET a = 1",
    "DELETE FROM t",
    "TRUNCATE t",
    "ALTER TABLE t ADD COLUMN c int",
    "ALTER TABLE t ALTER COLUMN a TYPE bigint",
    "ALTER TABLE u ADD CONSTRAINT u_t_id_fkey FOREIGN KEY (t_id) REFERENCES t",
    "ALTER TABLE t VALIDATE CONSTRAINT t_a_check",
    "CREATE TABLE w (id bigint REFERENCES t)",
    "CREATE TABLE p PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
    "CREATE TABLE copied AS SELECT * FROM t",
    "CREATE INDEX i ON t (b)",
    "CREATE UNIQUE INDEX i ON t (id, b)",
    "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "CREATE VIEW w AS SELECT * FROM t",
    "CREATE OR REPLACE VIEW v AS SELECT id FROM t",
    "CREATE MATERIALIZED VIEW m AS SELECT * FROM t",
    "CREATE STATISTICS st ON a, b FROM t",
    "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
    "CREATE POLICY p ON t USING (true)",
    "CREATE FUNCTION g() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t; END",
    "CREATE SEQUENCE t_seq OWNED BY t.id",
    "DROP TABLE t CASCADE",
    "DROP INDEX t_a_idx",
    "DROP VIEW v",
    "DROP FUNCTION alters()",
    "COMMENT ON TABLE t IS 'x'",
    "COMMENT ON COLUMN t.a IS 'x'",
    "GRANT SELECT ON t TO PUBLIC",
    "REVOKE ALL ON t FROM PUBLIC",
    "REINDEX TABLE t",
    "CLUSTER t USING t_pkey",
    "ANALYZE t",
    "LOCK TABLE t IN ACCESS EXCLUSIVE MODE",
    "DO $$ BEGIN ALTER TABLE t ADD COLUMN c int; END $$",
    "ALTER INDEX t_a_idx RENAME TO x",
    "ALTER VIEW v RENAME TO x",
    "ALTER SEQUENCE s OWNED BY t.id",
    "ALTER FUNCTION alters() STABLE",
    # Functions wherever one can be called.
    "INSERT INTO loose SELECT round('x'::text)",
    'UPDATE u SET t_id = "Alters"()',
    'UPDATE u SET t_id = public."Alters"()',
    "DELETE FROM u WHERE public.round('x') = 1",
    'MERGE INTO loose USING t ON loose.id = t.id WHEN MATCHED THEN UPDATE SET id = "Alters"()',
    'COPY (SELECT "Alters"()) TO STDOUT',
    "COPY (DELETE FROM t RETURNING id) TO STDOUT",
    "COPY t (id, a) FROM STDIN;\n77\t1\n\\.\n",
    "SELECT nextval('s')",
    "INSERT INTO t (id, b) VALUES (80, upper('x')) ON CONFLICT (id) DO UPDATE SET b = excluded.b",
    "VALUES (1)",
    "TABLE t",
    "EXPLAIN ANALYZE DELETE FROM t",
    "PREPARE p AS UPDATE t SET a = 1",
    "DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE",
    # ALTER TABLE of each kind.
    "ALTER TABLE t ADD COLUMN c positive",
    "ALTER TABLE t ADD COLUMN IF NOT EXISTS c serial",
    'ALTER TABLE t ADD COLUMN "c d" bigserial',
    "ALTER TABLE t ADD c timestamptz DEFAULT clock_timestamp()",
    "ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) STORED",
    "ALTER TABLE t ADD c int GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE t ADD c text DEFAULT 'x' NOT NULL",
    "ALTER TABLE t DROP COLUMN b CASCADE",
    "ALTER TABLE t ALTER a SET DEFAULT 1",
    "ALTER TABLE t ALTER a DROP DEFAULT",
    "ALTER TABLE t ALTER a SET NOT NULL",
    "ALTER TABLE t ALTER a DROP NOT NULL",
    "ALTER TABLE t ALTER a SET STATISTICS 500",
    "ALTER TABLE t ALTER a SET (n_distinct = 5)",
    "ALTER TABLE t ALTER b SET STORAGE external",
    "ALTER TABLE t ALTER b SET COMPRESSION pglz",
    "ALTER TABLE t ALTER b TYPE varchar(20)",
    "ALTER TABLE t ADD CONSTRAINT t_b_check CHECK (b <> '')",
    "ALTER TABLE t ADD CONSTRAINT t_b_check CHECK (b <> '') NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE (a)",
    "ALTER TABLE t ADD CONSTRAINT t_x EXCLUDE USING btree (a WITH =)",
    "ALTER TABLE u ADD CONSTRAINT u_fkey FOREIGN KEY (t_id) REFERENCES t NOT VALID",
    "ALTER TABLE u ADD FOREIGN KEY (t_id) REFERENCES t ON DELETE CASCADE, VALIDATE CONSTRAINT u_pkey1"
    ", ADD CONSTRAINT u_pkey1 CHECK (id > 0) NOT VALID",
    "ALTER TABLE t RENAME CONSTRAINT t_a_check TO other",
    "ALTER TABLE t DROP CONSTRAINT t_a_check",
    "ALTER TABLE t RENAME TO other",
    "ALTER TABLE t RENAME COLUMN a TO other",
    "ALTER TABLE t SET SCHEMA elsewhere",
    "ALTER TABLE t DISABLE TRIGGER guard",
    "ALTER TABLE t ENABLE ALWAYS TRIGGER guard",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t FORCE ROW LEVEL SECURITY",
    "ALTER TABLE u DISABLE RULE kept",
    "ALTER TABLE t CLUSTER ON t_pkey",
    "ALTER TABLE u SET WITHOUT CLUSTER",
    "ALTER TABLE t SET (fillfactor = 80, autovacuum_enabled = off)",
    "ALTER TABLE t SET (user_catalog_table = true)",
    "ALTER TABLE t RESET (fillfactor)",
    "ALTER TABLE t SET UNLOGGED",
    "ALTER TABLE ONLY t REPLICA IDENTITY FULL",
    "ALTER TABLE t OWNER TO CURRENT_USER",
    "ALTER TABLE loose ADD CHECK (at IS NOT NULL)",
    "ALTER TABLE parts ATTACH PARTITION loose FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
    "ALTER TABLE single ATTACH PARTITION parts_default DEFAULT",
    "ALTER TABLE parts DETACH PARTITION parts_1",
    "ALTER TABLE parts ALTER id TYPE int",
    "ALTER TABLE IF EXISTS public.t ADD c int",
    # Everything else that can be written into a file.
    "CREATE TABLE w (LIKE t INCLUDING ALL)",
    "CREATE TABLE w () INHERITS (t)",
    "CREATE TABLE w OF pair",
    "CREATE TABLE w (id bigint, CONSTRAINT w_fkey FOREIGN KEY (id) REFERENCES t)",
    'CREATE TABLE w AS SELECT "Alters"()',
    "CREATE TABLE p PARTITION OF single DEFAULT",
    "CREATE TEMPORARY TABLE w (id bigint)",
    "CREATE SCHEMA made CREATE TABLE w (id bigint REFERENCES public.t)",
    "CREATE SCHEMA made",
    "CREATE INDEX i ON parts (id)",
    "CREATE INDEX i ON ONLY parts (id)",
    "CREATE FUNCTION g() RETURNS void LANGUAGE sql AS 'UPDATE t SET a = 1'",
    "CREATE OR REPLACE FUNCTION alters() RETURNS void LANGUAGE sql AS 'DELETE FROM t'",
    "CREATE PROCEDURE g() LANGUAGE sql AS 'INSERT INTO t VALUES (1)'",
    "CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FROM u DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f()",
    "CREATE TYPE other AS ENUM ('a')",
    "CREATE TYPE other AS (a t)",
    "CREATE DOMAIN other AS int CHECK (VALUE > 0)",
    "CREATE AGGREGATE adds(int) (SFUNC = int4pl, STYPE = int)",
    "CREATE CAST (t AS u) WITH INOUT",
    "CREATE PUBLICATION pub FOR TABLE t",
    "ALTER TYPE mood ADD VALUE 'good'",
    "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
    "ALTER TYPE pair ADD ATTRIBUTE z int CASCADE",
    "ALTER TYPE pair ALTER ATTRIBUTE x TYPE bigint CASCADE",
    "ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100)",
    "ALTER DOMAIN positive VALIDATE CONSTRAINT positive_check",
    "ALTER TRIGGER guard ON t RENAME TO other",
    "ALTER POLICY own ON u USING (false)",
    "ALTER RULE kept ON u RENAME TO other",
    "ALTER STATISTICS both_of_t SET STATISTICS 10",
    "ALTER MATERIALIZED VIEW mat RENAME TO other",
    "ALTER VIEW v SET (security_barrier)",
    "ALTER INDEX t_a_idx SET (fillfactor = 50)",
    "ALTER VIEW v OWNER TO CURRENT_USER",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    "REFRESH MATERIALIZED VIEW mat",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY mat",
    "TRUNCATE u, loose RESTART IDENTITY",
    "DROP TRIGGER guard ON t",
    "DROP POLICY own ON u",
    "DROP RULE kept ON u",
    "DROP STATISTICS both_of_t",
    "DROP TYPE mood",
    "DROP TYPE pair CASCADE",
    "DROP DOMAIN positive",
    "DROP MATERIALIZED VIEW mat",
    "DROP SEQUENCE s",
    "DROP TABLE parts_1",
    "DROP FUNCTION f() CASCADE",
    "DROP PROCEDURE commits()",
    "DROP TABLE loose",
    "REINDEX INDEX t_a_idx",
    "REINDEX TABLE t",
    "CLUSTER u",
    "COMMENT ON CONSTRAINT t_a_check ON t IS 'x'",
    "COMMENT ON TRIGGER guard ON t IS 'x'",
    "COMMENT ON POLICY own ON u IS 'x'",
    "COMMENT ON INDEX t_a_idx IS 'x'",
    "COMMENT ON VIEW v IS 'x'",
    "COMMENT ON FUNCTION alters() IS 'x'",
    "GRANT UPDATE (a) ON t TO PUBLIC",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC",
    "GRANT EXECUTE ON FUNCTION alters() TO PUBLIC",
    "LOCK TABLE t IN SHARE MODE",
    "SET CONSTRAINTS ALL IMMEDIATE",
    "SET search_path = public",
    "NOTIFY something",
    # What was tried to make a plan lie.
    "ALTER TABLE t SET (fillfactor=80), ADD COLUMN c int",
    "ALTER TABLE t VALIDATE CONSTRAINT t_a_check, DROP COLUMN b",
    'ALTER TABLE u ADD CONSTRAINT "x y" FOREIGN KEY (t_id) REFERENCES t, ADD COLUMN c int',
    'ALTER TABLE t ADD COLUMN "primary" positive',
    "ALTER TABLE t ADD CHECK (a>0), ADD x positive",
    "INSERT INTO loose (id) VALUES ((SELECT public.round('x'::text)))",
    'INSERT INTO loose (id) SELECT id FROM t WHERE EXISTS (SELECT "Alters"())',
    'UPDATE loose SET id = 1 FROM "Alters"() AS x(y) WHERE true',
    'DELETE FROM loose USING "Alters"() AS x',
    'INSERT INTO loose (id) VALUES (1) RETURNING "Alters" ()',
    'INSERT INTO loose (id) VALUES (1) RETURNING "Alters" /* c */ ()',
    'INSERT INTO loose SELECT FROM "Alters"()',
    'SELECT "Alters"/**/()',
    'CREATE TABLE w (id bigint DEFAULT "Alters"())',
    "CREATE TABLE w (a int, PRIMARY KEY (a)) WITH (fillfactor=10)",
    "CREATE TABLE public.w (LIKE t, id2 bigint REFERENCES u)",
    "CREATE TABLE w (t t)",
    "CREATE TABLE w (a int CHECK (a IN (1,2)))",
    "CREATE TABLE IF NOT EXISTS t (id int)",
    "CREATE SEQUENCE w OWNED BY t.id",
    'CREATE VIEW w AS SELECT "Alters"()',
    "CREATE FUNCTION g() RETURNS void LANGUAGE sql BEGIN ATOMIC UPDATE t SET a=1; END",
    "CREATE FUNCTION g(x t) RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t FOR UPDATE'",
    "CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS 'DECLARE x t.id%TYPE; BEGIN LOCK t; END'",
    "CREATE INDEX i ON t (lower(b)) WHERE a > 0",
    "CREATE TYPE x AS RANGE (SUBTYPE = int)",
    "CREATE DOMAIN d AS t",
    "COMMENT ON COLUMN v.id IS 'x'",
    "COMMENT ON EXTENSION plpgsql IS 'x'",
    "GRANT ALL ON v TO PUBLIC",
    "GRANT ALL ON SEQUENCE s TO PUBLIC",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC CASCADE",
    "DROP INDEX t_a_idx, mat_id_idx",
    "ALTER FUNCTION f() RENAME TO f2",
    "ALTER FUNCTION f() DEPENDS ON EXTENSION plpgsql",
    "ANALYZE",
    "ANALYZE t (a), u",
    "ALTER TYPE mood OWNER TO CURRENT_USER",
    "ALTER TYPE public.mood ADD VALUE IF NOT EXISTS 'x' BEFORE 'ok'",
    "ALTER SEQUENCE s RESTART",
    "ALTER SEQUENCE s AS int",
    "SELECT setval('s', 5)",
    "SELECT 1",
    "SELECT FROM t FOR NO KEY UPDATE",
    "COPY t TO STDOUT",
    "COPY t (id) TO STDOUT (FORMAT csv)",
    "COPY (SELECT 1) TO STDOUT",
    "MERGE INTO t USING loose ON t.id = loose.id WHEN NOT MATCHED THEN INSERT (id) VALUES (55)",
    "CREATE SCHEMA x AUTHORIZATION CURRENT_USER CREATE VIEW w AS SELECT * FROM public.t",
    "DROP SCHEMA elsewhere",
    "ALTER SCHEMA elsewhere RENAME TO e2",
    "CREATE EXTENSION IF NOT EXISTS plpgsql",
    "ALTER TABLE u REPLICA IDENTITY USING INDEX u_pkey",
    "ALTER TABLE typed NOT OF",
    "ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default",
]
# Each with what it needs of a file that runs statement by statement.
ALONE = [
    "CREATE INDEX CONCURRENTLY i ON t (b)",
    "CREATE UNIQUE INDEX CONCURRENTLY i ON t (id, b)",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (lower(b))",
    "DROP INDEX CONCURRENTLY t_a_idx",
    "REINDEX INDEX CONCURRENTLY t_a_idx",
    "REINDEX TABLE CONCURRENTLY t",
    "REINDEX SCHEMA public",
    "REINDEX TABLE parts",
    "VACUUM",
    "VACUUM t",
    "VACUUM (ANALYZE) t",
    "VACUUM FULL t",
    "VACUUM (FULL, ANALYZE) t, u",
    "CLUSTER",
    "ALTER TABLE parts DETACH PARTITION parts_1 CONCURRENTLY",
    "DO $$ BEGIN UPDATE t SET a = 2; COMMIT; ALTER TABLE u ADD c int; END $$",
    "CALL commits()",
]


def weaker(planned: Planned, traced: tracing.TracedFile) -> list[str]:
    """Return the locks and rewrites of a trace that the plan did not foresee."""
    foreseen = max((MODES.index(mode) for mode in planned.locks), default=-1)
    found = [
        f"{statement.statement}: {taken.mode} on {taken.relation}, foreseen {planned.locks[:1]}"
        for statement in traced.statements
        for taken in statement.locks
        if STRENGTH.index(taken.mode) > foreseen
    ]
    hidden = ("DO", "CALL", "SELECT")  # what a body does is not in the text
    return found + [
        f"{statement.statement}: rewrites {', '.join(statement.rewrites)}"
        for statement in traced.statements
        if statement.rewrites and not planned.rewrites and not statement.statement.startswith(hidden)
    ]


def compared(url: str, tree, statement: str) -> list[str]:
    """Set a database up, plan one statement, trace it there, and return what the plan did not foresee."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(SETUP)
    header = "-- transactional: false\n" if statement in ALONE else ""
    tree.write("0001.statement", f"{header}{statement};")
    prepared = forward.prepare(url, tree.sql, Options())
    walker = Walker(url, "public", "avdaily_migrations")
    try:
        return weaker(prepared.plan.plan[0], walker.walk(prepared.operations[0]))
    finally:
        walker.close()


@pytest.mark.slow
@pytest.mark.parametrize("statement", STATEMENTS + ALONE)
def test_the_plan_never_names_a_weaker_lock_than_the_trace_saw(tree, database_url, statement):
    assert compared(database_url, tree, statement) == []


@pytest.mark.slow
@pytest.mark.needs("postgresql-15")
def test_nor_on_postgresql_15(tree):
    session = throwaway.Session()
    try:
        other = throwaway.start_server(session, Path("/usr/lib/postgresql/15/bin"))
        found = []
        for number, statement in enumerate(STATEMENTS + ALONE):
            found += compared(other.create_database(f"corpus_{number}"), tree, statement)
            other.drop_database(f"corpus_{number}")
        assert found == []
    finally:
        session.close()


@pytest.mark.slow
def test_nor_for_any_file_of_ours_or_its_rollback(database_url):
    ours = SqlTree(throwaway.REPOSITORY / "sql", "flag")
    prepared = forward.prepare(database_url, ours, Options())
    walker = Walker(database_url, "public", "avdaily_migrations")
    found = []
    try:
        for planned, operation in zip(prepared.plan.plan, prepared.operations, strict=True):
            found += weaker(planned, walker.walk(operation))
        for pair in reversed(sqltree.list_migrations(ours)):
            if pair.rollback_path is None:
                continue
            file = files.SqlFile(pair.rollback_path, directives.ROLLBACK_NAMES)
            planned = foresee(pair.id, file, transactional=True)
            operation = Operation("rollback", pair.id, file, transactional=True, checksums_of=None)
            found += weaker(planned, walker.walk(operation))
    finally:
        walker.close()
    assert found == []


def test_a_comparison_finds_a_weaker_lock(tree, database_url, monkeypatch):
    monkeypatch.setitem(foresight._LOCKS, ("CREATE", "INDEX"), "SHARE UPDATE EXCLUSIVE")
    assert "ShareLock on t" in compared(database_url, tree, "CREATE INDEX i ON t (b)")[0]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("ALTER TABLE t ALTER COLUMN a TYPE bigint", "t"),
        ('ALTER TABLE ONLY public."T" ADD COLUMN c timestamptz DEFAULT clock_timestamp()', 'public."T"'),
        ("ALTER TABLE t SET UNLOGGED", "t"),
        ("VACUUM FULL t", "t"),
        ("CLUSTER t USING t_pkey", "t"),
    ],
)
def test_a_possible_rewrite_names_the_table(tree, runner, statement, table):
    tree.write("0001.statement", f"-- transactional: false\n{statement};")
    assert runner.plan().plan[0].rewrites == (table,)


@pytest.mark.parametrize(
    "statement", ["ALTER TABLE t ADD COLUMN c int", "ALTER TABLE t RENAME TO u", "VACUUM t", "CREATE TABLE t (a int)"]
)
def test_what_cannot_rewrite_is_not_said_to(tree, runner, statement):
    tree.write("0001.statement", f"-- transactional: false\n{statement};")
    assert runner.plan().plan[0].rewrites == ()
