"""What a plan says of a file: never a weaker lock than the statement takes."""

from __future__ import annotations

import psycopg
import pytest

from avdaily_sql.migrations.foresight import MODES

SETUP = """
CREATE TABLE t (id bigint PRIMARY KEY, a int, b text);
ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 0) NOT VALID;
CREATE TABLE u (id bigint PRIMARY KEY, t_id bigint);
CREATE TABLE parts (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_default PARTITION OF parts DEFAULT;
CREATE VIEW v AS SELECT id FROM t;
CREATE INDEX t_a_idx ON t (a);
CREATE SEQUENCE s;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION alters() RETURNS void LANGUAGE sql AS $$ ALTER TABLE t ADD COLUMN c int $$;
"""
STATEMENTS = [
    "SELECT * FROM t",
    "SELECT * FROM t FOR UPDATE",
    "SELECT alters()",
    "INSERT INTO t VALUES (1)",
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
    "CREATE UNIQUE INDEX i ON t (b)",
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
]
_TAKEN = """
    SELECT DISTINCT upper(regexp_replace(replace(mode, 'Lock', ''), '(?<=[a-z])(?=[A-Z])', ' ', 'g'))
    FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
    WHERE pid = %s AND c.relname IN ('t', 'u', 'parts', 'parts_default', 'v')
"""


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_plan_never_names_a_weaker_lock_than_the_server_takes(tree, runner, db, database_url, statement):
    db.execute(SETUP)
    tree.write("0001.statement", f"{statement};")
    (planned,) = runner.plan().plan
    foreseen = MODES.index(planned.locks[0]) if planned.locks else -1
    with psycopg.connect(database_url) as conn:
        conn.execute(statement)
        taken = [mode for (mode,) in db.execute(_TAKEN, (conn.info.backend_pid,))]
        conn.rollback()
    assert max((MODES.index(mode) for mode in taken), default=-1) <= foreseen, taken


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
