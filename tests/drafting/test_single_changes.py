"""One change each: made by hand in a development database, drafted, applied where it is missing, and undone again.

After the draft the dump is that of the development database, after its rollback that of before. The second list are the
same kinds of change where something stands on what is changed.
"""

# ruff: noqa: E501 (one change a line reads as a list)
from __future__ import annotations

import psycopg
import pytest

from tests.conftest import new_name
from tests.drafting.conftest import prepared

pytestmark = pytest.mark.slow

BASE = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE DOMAIN amount AS numeric(12, 2) CONSTRAINT amount_not_negative_check CHECK (VALUE >= 0);
CREATE TYPE place AS (street text, number integer);
CREATE TYPE span AS RANGE (subtype = date);
CREATE SEQUENCE numbers;
CREATE TABLE people (
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  age integer,
  feeling mood DEFAULT 'ok' NOT NULL,
  balance amount DEFAULT 0,
  home place,
  CONSTRAINT people_pkey PRIMARY KEY (id),
  CONSTRAINT people_name_key UNIQUE (name),
  CONSTRAINT people_age_check CHECK (age > 0)
);
CREATE TABLE pets (id uuid, owner_id bigint, name varchar(20), CONSTRAINT pets_pkey PRIMARY KEY (id));
CREATE INDEX pets_owner_id_idx ON pets (owner_id);
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2 $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE PROCEDURE tidy() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM pets; END $$;
CREATE VIEW adults AS SELECT id, name FROM people WHERE age >= 18;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS people FROM people;
CREATE TRIGGER people_touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
CREATE STATISTICS people_name_age_stat ON name, age FROM people;
CREATE RULE pets_no_delete AS ON DELETE TO pets DO INSTEAD NOTHING;
CREATE POLICY pets_own ON pets USING (owner_id = 1);
COMMENT ON TABLE people IS 'Everybody.';
COMMENT ON COLUMN people.age IS 'Years.';
GRANT SELECT ON people TO pg_monitor;
GRANT SELECT, INSERT ON people TO pg_read_all_data;
REVOKE ALL ON FUNCTION twice(integer) FROM PUBLIC;
"""

MORE = f"""{BASE}
CREATE TABLE multi (id bigint CONSTRAINT multi_pkey PRIMARY KEY, m mood, ms mood[], CONSTRAINT multi_m_check CHECK (m <> 'sad'));
CREATE INDEX multi_glad_idx ON multi (id) WHERE m = 'glad';
CREATE VIEW glad AS SELECT * FROM multi WHERE m = 'glad';
CREATE VIEW gladder AS SELECT id FROM glad;
GRANT SELECT ON gladder TO pg_monitor;
COMMENT ON VIEW gladder IS 'x';
CREATE FUNCTION is_glad(m mood) RETURNS boolean LANGUAGE sql AS $$ SELECT m = 'glad' $$;
CREATE TABLE child (id bigint, multi_id bigint CONSTRAINT child_multi_id_fkey REFERENCES multi, n int, twice int GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE uses (x int DEFAULT twice(2), y int, CONSTRAINT uses_y_check CHECK (twice(y) > 0));
CREATE INDEX uses_twice_idx ON uses (twice(y));
CREATE VIEW uses_view AS SELECT twice(x) AS t FROM uses;
CREATE TABLE "Odd Table" ("a.b" int, "c""d" text DEFAULT 'x');
CREATE INDEX "Odd.Idx" ON "Odd Table" ("a.b");
CREATE TABLE "user" (id int, "order" text);
CREATE FUNCTION "Odd Fn"("A" int) RETURNS int LANGUAGE sql AS 'SELECT 1';
"""

CHANGES = {
    # tables
    "create table": "CREATE TABLE boxes (id bigint NOT NULL, label text DEFAULT 'none', CONSTRAINT boxes_pkey PRIMARY KEY (id))",
    "create table without columns": "CREATE TABLE nothing ()",
    "create table with quoted names": 'CREATE TABLE "Big Box" ("Select" int, "user" text DEFAULT \'it\'\'s\', CONSTRAINT "Big Box key" UNIQUE ("Select"))',
    "create unlogged table": "CREATE UNLOGGED TABLE fleeting (id int)",
    "create table with storage parameters": "CREATE TABLE dense (id int) WITH (fillfactor = 70, autovacuum_enabled = false)",
    "create tables that refer to each other": """
        CREATE TABLE a (id int CONSTRAINT a_pkey PRIMARY KEY, b_id int); CREATE TABLE b (id int CONSTRAINT b_pkey PRIMARY KEY,
        a_id int CONSTRAINT b_a_id_fkey REFERENCES a); ALTER TABLE a ADD CONSTRAINT a_b_id_fkey FOREIGN KEY (b_id) REFERENCES b""",
    "create table that refers to itself": "CREATE TABLE tree (id int CONSTRAINT tree_pkey PRIMARY KEY, up int CONSTRAINT tree_up_fkey REFERENCES tree)",
    "create table that inherits": "CREATE TABLE staff (salary amount) INHERITS (people)",
    "drop table": "DROP TABLE pets",
    "set unlogged": "ALTER TABLE pets SET UNLOGGED",
    "set storage parameters": "ALTER TABLE pets SET (fillfactor = 80)",
    "inherit": "CREATE TABLE pups (LIKE pets) ; ALTER TABLE pups INHERIT pets",
    "enable row level security": "ALTER TABLE pets ENABLE ROW LEVEL SECURITY",
    "force row level security": "ALTER TABLE pets ENABLE ROW LEVEL SECURITY; ALTER TABLE pets FORCE ROW LEVEL SECURITY",
    "replica identity full": "ALTER TABLE pets REPLICA IDENTITY FULL",
    "replica identity index": "ALTER TABLE people REPLICA IDENTITY USING INDEX people_name_key",
    "cluster on": "ALTER TABLE pets CLUSTER ON pets_owner_id_idx",
    "owner of a table": "ALTER TABLE pets OWNER TO pg_database_owner",
    # partitions
    "create partitioned table": "CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY LIST (line)",
    "create partition": "CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2030-01-01')",
    "create default partition": "CREATE TABLE events_rest PARTITION OF events DEFAULT",
    "create partition that is partitioned": "CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2020-01-01') TO (MAXVALUE) PARTITION BY HASH (id); CREATE TABLE events_new_0 PARTITION OF events_new FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
    "drop partition": "DROP TABLE events_old",
    "detach partition": "ALTER TABLE events DETACH PARTITION events_old",
    "attach partition": "CREATE TABLE events_new (id bigint NOT NULL, at date NOT NULL, what text); ALTER TABLE events ATTACH PARTITION events_new FOR VALUES FROM ('2020-01-01') TO ('2030-01-01')",
    "primary key of a partitioned table": "ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (id, at)",
    "index of a partitioned table": "CREATE INDEX events_what_idx ON events (what)",
    "column of a partitioned table": "ALTER TABLE events ADD COLUMN who text DEFAULT 'me' NOT NULL",
    "check of a partitioned table": "ALTER TABLE events ADD CONSTRAINT events_id_check CHECK (id > 0)",
    "trigger of a partitioned table": "CREATE TRIGGER events_touch AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION touch()",
    # columns
    "add column": "ALTER TABLE pets ADD COLUMN weight numeric(6, 2)",
    "add column with default": "ALTER TABLE pets ADD COLUMN legs integer DEFAULT 4 NOT NULL",
    "add column with default from a new function": "CREATE FUNCTION legs() RETURNS int LANGUAGE sql AS 'SELECT 4'; ALTER TABLE pets ADD COLUMN legs integer DEFAULT legs()",
    "add identity column": "ALTER TABLE pets ADD COLUMN number integer GENERATED BY DEFAULT AS IDENTITY (START WITH 10 INCREMENT BY 5)",
    "add serial column": "ALTER TABLE pets ADD COLUMN number bigserial",
    "add generated column": "ALTER TABLE pets ADD COLUMN loud text GENERATED ALWAYS AS (upper(name)) STORED",
    "add column with collation": 'ALTER TABLE pets ADD COLUMN sorted text COLLATE "C"',
    "drop last column": "ALTER TABLE pets DROP COLUMN name",
    "set not null": "ALTER TABLE people ALTER COLUMN age SET NOT NULL",
    "drop not null": "ALTER TABLE people ALTER COLUMN name DROP NOT NULL",
    "set default": "ALTER TABLE people ALTER COLUMN age SET DEFAULT 18",
    "change default": "ALTER TABLE people ALTER COLUMN balance SET DEFAULT 10",
    "drop default": "ALTER TABLE people ALTER COLUMN feeling DROP DEFAULT",
    "change type": "ALTER TABLE pets ALTER COLUMN id TYPE text",
    "change length": "ALTER TABLE pets ALTER COLUMN name TYPE varchar(40)",
    "change type that has no assignment cast": "ALTER TABLE pets ALTER COLUMN name TYPE integer USING name::integer",
    "change type with a default": "ALTER TABLE people ALTER COLUMN balance TYPE numeric",
    "change collation": 'ALTER TABLE pets ALTER COLUMN name TYPE varchar(20) COLLATE "C"',
    "add identity": "ALTER TABLE pets ALTER COLUMN owner_id SET NOT NULL; ALTER TABLE pets ALTER COLUMN owner_id ADD GENERATED ALWAYS AS IDENTITY",
    "drop identity": "ALTER TABLE people ALTER COLUMN id DROP IDENTITY",
    "change identity": "ALTER TABLE people ALTER COLUMN id SET GENERATED BY DEFAULT SET INCREMENT BY 10 SET CACHE 5 SET MAXVALUE 1000",
    "set storage": "ALTER TABLE pets ALTER COLUMN name SET STORAGE EXTERNAL",
    "set compression": "ALTER TABLE pets ALTER COLUMN name SET COMPRESSION pglz",
    "set statistics": "ALTER TABLE pets ALTER COLUMN name SET STATISTICS 500",
    "set column options": "ALTER TABLE pets ALTER COLUMN name SET (n_distinct = -0.5)",
    # constraints and indexes
    "add check": "ALTER TABLE pets ADD CONSTRAINT pets_name_not_empty_check CHECK (name <> '')",
    "add unique": "ALTER TABLE pets ADD CONSTRAINT pets_name_key UNIQUE NULLS NOT DISTINCT (name) INCLUDE (owner_id)",
    "add foreign key": "ALTER TABLE pets ADD CONSTRAINT pets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    "add foreign key not valid": "ALTER TABLE pets ADD CONSTRAINT pets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES people (id) NOT VALID",
    "add exclusion": "ALTER TABLE pets ADD CONSTRAINT pets_name_excl EXCLUDE USING btree (name WITH =)",
    "add check without a name": "ALTER TABLE pets ADD CHECK (length(name) > 1)",
    "add unique without a name": "ALTER TABLE pets ADD UNIQUE (owner_id, name)",
    "change check": "ALTER TABLE people DROP CONSTRAINT people_age_check; ALTER TABLE people ADD CONSTRAINT people_age_check CHECK (age BETWEEN 1 AND 150)",
    "drop check": "ALTER TABLE people DROP CONSTRAINT people_age_check",
    "drop unique": "ALTER TABLE people DROP CONSTRAINT people_name_key",
    "drop primary key": "ALTER TABLE pets DROP CONSTRAINT pets_pkey",
    "comment on constraint": "COMMENT ON CONSTRAINT people_age_check ON people IS 'Born.'",
    "create index": "CREATE INDEX people_name_idx ON people (lower(name) text_pattern_ops DESC) INCLUDE (age) WHERE age IS NOT NULL",
    "create unique index": "CREATE UNIQUE INDEX people_age_idx ON people (age) WITH (fillfactor = 50)",
    "create gin index": "CREATE INDEX people_words_idx ON people USING gin (to_tsvector('simple', name))",
    "change index": "DROP INDEX pets_owner_id_idx; CREATE INDEX pets_owner_id_idx ON pets (owner_id, name)",
    "drop index": "DROP INDEX pets_owner_id_idx",
    "comment on index": "COMMENT ON INDEX pets_owner_id_idx IS 'For the list of an owner.'",
    "create statistics": "CREATE STATISTICS pets_stat (ndistinct) ON owner_id, name FROM pets",
    "drop statistics": "DROP STATISTICS people_name_age_stat",
    # types
    "create enum": "CREATE TYPE colour AS ENUM ('red', 'it''s green'); COMMENT ON TYPE colour IS 'Seen.'",
    "add label at the end": "ALTER TYPE mood ADD VALUE 'happy'",
    "add labels before and between": "ALTER TYPE mood ADD VALUE 'awful' BEFORE 'sad'; ALTER TYPE mood ADD VALUE 'well' AFTER 'ok'",
    "drop enum": "ALTER TABLE people ALTER COLUMN feeling DROP DEFAULT; ALTER TABLE people ALTER COLUMN feeling TYPE text; DROP TYPE mood",
    "create domain": "CREATE DOMAIN email AS text COLLATE \"C\" DEFAULT 'a@b' NOT NULL CONSTRAINT email_check CHECK (VALUE LIKE '%@%') CONSTRAINT email_length_check CHECK (length(VALUE) < 100)",
    "change domain": "ALTER DOMAIN amount SET DEFAULT 1; ALTER DOMAIN amount DROP CONSTRAINT amount_not_negative_check; ALTER DOMAIN amount ADD CONSTRAINT amount_small_check CHECK (VALUE < 1000)",
    "domain not null": "ALTER DOMAIN amount SET NOT NULL",
    "create composite type": "CREATE TYPE pair AS (a integer, b text)",
    "create range": "CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi)",
    "create sequence": "CREATE SEQUENCE odd AS integer START WITH 1 INCREMENT BY 2 MAXVALUE 999 CACHE 3 CYCLE",
    "change sequence": "ALTER SEQUENCE numbers INCREMENT BY 7 MINVALUE 0 START WITH 70 CYCLE",
    "own a sequence": "ALTER SEQUENCE numbers OWNED BY pets.owner_id",
    "drop sequence": "DROP SEQUENCE numbers",
    # code
    "create function": "CREATE FUNCTION thrice(n int, OUT m int) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog COST 5 AS $body$ BEGIN m := n * 3; END $body$",
    "create function with a body that is parsed": "CREATE FUNCTION oldest() RETURNS people LANGUAGE sql BEGIN ATOMIC SELECT * FROM people ORDER BY age DESC LIMIT 1; END",
    "create overloads": "CREATE FUNCTION twice(t text) RETURNS text LANGUAGE sql AS $$ SELECT t || t $$; CREATE FUNCTION twice() RETURNS int LANGUAGE sql RETURN 2",
    "functions that call each other": "CREATE FUNCTION zz() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION aa() RETURNS int LANGUAGE sql AS 'SELECT zz()'",
    "function on a new table": "CREATE FUNCTION count_boxes() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; CREATE TABLE boxes (id int); CREATE OR REPLACE FUNCTION count_boxes() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM boxes'",
    "change function": "CREATE OR REPLACE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql STABLE AS $$ SELECT n + n $$",
    "change result of a function": "DROP FUNCTION twice(integer); CREATE FUNCTION twice(n integer) RETURNS bigint LANGUAGE sql AS $$ SELECT n * 2::bigint $$",
    "change argument name": "DROP FUNCTION twice(integer); CREATE FUNCTION twice(m integer DEFAULT 1) RETURNS integer LANGUAGE sql AS $$ SELECT m * 2 $$",
    "drop function": "DROP FUNCTION twice(integer)",
    "owner of a function": "ALTER FUNCTION twice(integer) OWNER TO pg_database_owner",
    "pinned function": "SET search_path = public, pg_temp; CREATE FUNCTION pinned() RETURNS int LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1'",
    "create procedure": "CREATE PROCEDURE clean(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := 1; COMMIT; END $$",
    "change procedure": "CREATE OR REPLACE PROCEDURE tidy() LANGUAGE sql AS $$ DELETE FROM people $$",
    "comment on function": "COMMENT ON FUNCTION twice(integer) IS E'Two\\nlines, a \\\\ and a ''quote''.'",
    "create trigger": "CREATE CONSTRAINT TRIGGER pets_later AFTER INSERT OR UPDATE OF name ON pets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.name <> 'x') EXECUTE FUNCTION touch()",
    "change trigger": "CREATE OR REPLACE TRIGGER people_touch BEFORE UPDATE OR INSERT ON people FOR EACH ROW EXECUTE FUNCTION touch()",
    "disable trigger": "ALTER TABLE people DISABLE TRIGGER people_touch",
    "drop trigger": "DROP TRIGGER people_touch ON people",
    "create view": "CREATE VIEW old WITH (security_barrier) AS SELECT * FROM people WHERE age > 90 WITH LOCAL CHECK OPTION; COMMENT ON COLUMN old.name IS 'Who.'",
    "view on a view": "CREATE VIEW zz AS SELECT 1 AS one; CREATE VIEW aa AS SELECT one FROM zz",
    "longer view": "CREATE OR REPLACE VIEW adults AS SELECT id, name, age FROM people WHERE age >= 21",
    "shorter view": "DROP VIEW adults; CREATE VIEW adults AS SELECT id FROM people",
    "drop view": "DROP VIEW adults",
    "trigger on a view": "CREATE TRIGGER adults_touch INSTEAD OF INSERT ON adults FOR EACH ROW EXECUTE FUNCTION touch()",
    "default of a view": "ALTER VIEW adults ALTER COLUMN name SET DEFAULT 'x'",
    "create materialized view": "CREATE MATERIALIZED VIEW names AS SELECT DISTINCT name FROM people WITH NO DATA; CREATE UNIQUE INDEX names_name_idx ON names (name)",
    "change materialized view": "DROP MATERIALIZED VIEW totals; CREATE MATERIALIZED VIEW totals AS SELECT 1 AS one",
    "create rule": "CREATE RULE people_note AS ON UPDATE TO people DO ALSO NOTIFY people",
    "drop rule": "DROP RULE pets_no_delete ON pets",
    "create policy": "CREATE POLICY pets_read ON pets AS RESTRICTIVE FOR SELECT TO pg_monitor, pg_read_all_data USING (name IS NOT NULL)",
    "change policy": "ALTER POLICY pets_own ON pets USING (owner_id = 2) WITH CHECK (owner_id = 3)",
    "create schema": "CREATE SCHEMA more; CREATE TABLE more.things (id int, mood mood); CREATE FUNCTION more.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT USAGE ON SCHEMA more TO pg_monitor",
    # comments and rights
    "add comment": "COMMENT ON TABLE pets IS 'Not people.'; COMMENT ON COLUMN pets.name IS 'As called.'",
    "drop comment": "COMMENT ON TABLE people IS NULL; COMMENT ON COLUMN people.age IS NULL",
    "grant on table": "GRANT SELECT, UPDATE ON pets TO pg_monitor; GRANT SELECT ON pets TO PUBLIC",
    "grant with grant option": "GRANT SELECT ON pets TO pg_monitor WITH GRANT OPTION",
    "grant on column": "GRANT SELECT (id, name), UPDATE (name) ON pets TO pg_monitor",
    "revoke": "REVOKE INSERT ON people FROM pg_read_all_data",
    "revoke from the first of two": "REVOKE ALL ON people FROM pg_monitor",
    "grant on function": "GRANT EXECUTE ON FUNCTION twice(integer) TO pg_monitor; REVOKE EXECUTE ON FUNCTION touch() FROM PUBLIC",
    "grant on sequence": "GRANT USAGE ON SEQUENCE numbers TO pg_monitor",
    "grant on type": "REVOKE ALL ON TYPE mood FROM PUBLIC; GRANT USAGE ON TYPE mood TO pg_monitor",
    "grant on schema": "GRANT CREATE ON SCHEMA public TO pg_monitor",
    "default privileges": "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pg_monitor; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
}  # fmt: skip

WITH_DEPENDENTS = {
    "type of a column under a view": "DROP VIEW adults; ALTER TABLE people ALTER COLUMN name TYPE varchar(99); CREATE VIEW adults AS SELECT id, name FROM people WHERE age >= 18",
    "type of a column under an index, a check and statistics": "DROP VIEW adults; ALTER TABLE people ALTER COLUMN age TYPE bigint; CREATE VIEW adults AS SELECT id, name FROM people WHERE age >= 18",
    "result of a function under a check": "ALTER TABLE people ADD CONSTRAINT people_twice_check CHECK (twice(age) > 2)",
    "type of a column under a policy": "DROP POLICY pets_own ON pets; ALTER TABLE pets ALTER COLUMN owner_id TYPE integer; CREATE POLICY pets_own ON pets USING (owner_id = 1)",
    "label that goes": "ALTER TABLE people ALTER COLUMN feeling DROP DEFAULT; ALTER TYPE mood RENAME TO m; CREATE TYPE mood AS ENUM ('sad', 'glad'); ALTER TABLE people ALTER COLUMN feeling TYPE mood USING feeling::text::mood; ALTER TABLE people ALTER COLUMN feeling SET DEFAULT 'sad'; DROP TYPE m",
    "table with all that is on it": "DROP VIEW adults; DROP MATERIALIZED VIEW totals; DROP TABLE people",
    "table in the place of a view": "DROP VIEW adults; CREATE TABLE adults (id int)",
    "view on what is new": "ALTER TABLE people ADD COLUMN nick text; CREATE FUNCTION nick(p people) RETURNS text LANGUAGE sql RETURN p.nick; CREATE VIEW nicks AS SELECT nick(p.*) AS nick FROM people AS p",
    "column that is replaced by another": "ALTER TABLE pets DROP COLUMN name; ALTER TABLE pets ADD COLUMN called text",
}  # fmt: skip

CROWDED = {
 "label that goes from under everything": "ALTER TABLE people ALTER feeling DROP DEFAULT; DROP VIEW gladder; DROP VIEW glad; DROP INDEX multi_glad_idx; ALTER TABLE multi DROP CONSTRAINT multi_m_check; DROP FUNCTION is_glad(mood); ALTER TYPE mood RENAME TO m2; CREATE TYPE mood AS ENUM ('glad','ok'); ALTER TABLE people ALTER feeling TYPE mood USING feeling::text::mood; ALTER TABLE people ALTER feeling SET DEFAULT 'ok'; ALTER TABLE multi ALTER m TYPE mood USING m::text::mood, ALTER ms TYPE mood[] USING ms::text[]::mood[]; DROP TYPE m2; CREATE INDEX multi_glad_idx ON multi (id) WHERE m = 'glad'; CREATE VIEW glad AS SELECT * FROM multi WHERE m = 'glad'; CREATE VIEW gladder AS SELECT id FROM glad; CREATE FUNCTION is_glad(m mood) RETURNS boolean LANGUAGE sql AS $$ SELECT m = 'glad' $$",
 "type of both sides of a foreign key": "DROP VIEW gladder; DROP VIEW glad; ALTER TABLE child DROP CONSTRAINT child_multi_id_fkey; ALTER TABLE multi ALTER id TYPE int; ALTER TABLE child ALTER multi_id TYPE int; ALTER TABLE child ADD CONSTRAINT child_multi_id_fkey FOREIGN KEY (multi_id) REFERENCES multi; CREATE VIEW glad AS SELECT * FROM multi WHERE m = 'glad'; CREATE VIEW gladder AS SELECT id FROM glad",
 "generated base type": "ALTER TABLE child DROP COLUMN twice; ALTER TABLE child ALTER n TYPE bigint; ALTER TABLE child ADD twice int GENERATED ALWAYS AS (n * 2) STORED",
 "generated expr": "ALTER TABLE child DROP COLUMN twice; ALTER TABLE child ADD twice int GENERATED ALWAYS AS (n * 3) STORED",
 "function signature used everywhere": "DROP VIEW uses_view; DROP INDEX uses_twice_idx; ALTER TABLE uses DROP CONSTRAINT uses_y_check; ALTER TABLE uses ALTER x DROP DEFAULT; DROP FUNCTION twice(int); CREATE FUNCTION twice(n integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2::bigint $$; ALTER TABLE uses ALTER x SET DEFAULT twice(2); ALTER TABLE uses ADD CONSTRAINT uses_y_check CHECK (twice(y) > 0); CREATE INDEX uses_twice_idx ON uses (twice(y)); CREATE VIEW uses_view AS SELECT twice(x) AS t FROM uses",
 "odd names": """ALTER TABLE "Odd Table" ADD COLUMN "New.Col" "mood"; COMMENT ON COLUMN "Odd Table"."a.b" IS 'q'; ALTER TABLE "Odd Table" ALTER "c""d" SET DEFAULT 'y'; DROP INDEX "Odd.Idx"; GRANT SELECT ("c""d") ON "Odd Table" TO pg_monitor; COMMENT ON FUNCTION "Odd Fn"(int) IS 'z'; ALTER TABLE "user" ADD CONSTRAINT "user_order_check" CHECK ("order" <> '(((')""",
 "drop everything": "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC",
 "drop odd": """DROP TABLE "Odd Table"; DROP FUNCTION "Odd Fn"(int); DROP TABLE "user" """,
 "move table to schema": "CREATE SCHEMA s; ALTER TABLE child SET SCHEMA s",
 "default changes with rename": "ALTER TABLE uses RENAME TO used",
 "pk change": "ALTER TABLE child DROP CONSTRAINT child_multi_id_fkey; ALTER TABLE multi DROP CONSTRAINT multi_pkey; ALTER TABLE multi ADD CONSTRAINT multi_pk PRIMARY KEY (id); ALTER TABLE child ADD CONSTRAINT child_multi_id_fkey FOREIGN KEY (multi_id) REFERENCES multi",
 "validate": "ALTER TABLE child ADD CONSTRAINT c CHECK (n > 0) NOT VALID",
 "mview on new": "CREATE TABLE q (a int); CREATE MATERIALIZED VIEW mq AS SELECT * FROM q; CREATE INDEX mq_idx ON mq (a); COMMENT ON COLUMN mq.a IS 'w'; GRANT SELECT ON mq TO pg_monitor",
 "serial owned drop": "CREATE TABLE ser (id serial, x int); ALTER TABLE ser ADD y bigserial",
 "trigger function replaced by other": "CREATE FUNCTION touch2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE OR REPLACE TRIGGER people_touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch2(); DROP FUNCTION touch()",
 "domain to column type": "ALTER TABLE people ALTER balance TYPE numeric(12,2); DROP DOMAIN amount",
 "column domain and enum swap": "CREATE TYPE mood2 AS ENUM ('sad','ok','glad'); ALTER TABLE people ALTER feeling DROP DEFAULT; ALTER TABLE people ALTER feeling TYPE mood2 USING feeling::text::mood2; ALTER TABLE people ALTER feeling SET DEFAULT 'glad'",
 "composite change": "CREATE TYPE pl AS (a int); ALTER TYPE pl ADD ATTRIBUTE b text",
 "owner change with acl": "GRANT SELECT ON multi TO pg_monitor; ALTER TABLE multi OWNER TO pg_monitor; ALTER VIEW gladder OWNER TO pg_read_all_data",
 "view chain changed column type": "DROP VIEW gladder; CREATE VIEW gladder AS SELECT id::text AS id FROM glad",
 "policies with function": "CREATE FUNCTION me() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'; DROP POLICY pets_own ON pets; CREATE POLICY pets_own ON pets USING (owner_id = me())",
 "partitioned fk": "ALTER TABLE events ADD CONSTRAINT e_pkey PRIMARY KEY (id, at); CREATE TABLE refs (id bigint, at date, CONSTRAINT r FOREIGN KEY (id, at) REFERENCES events)",
 "new partition under column change": "ALTER TABLE events ADD COLUMN k int; CREATE TABLE events_x PARTITION OF events DEFAULT; CREATE INDEX ON events (k)",
}  # fmt: skip


@pytest.fixture(scope="module")
def base(server, program):
    with prepared(server, program, new_name(server), BASE) as pair:
        yield pair


@pytest.fixture(scope="module")
def crowd(server, program):
    with prepared(server, program, new_name(server), MORE) as pair:
        yield pair


def change(databases, statement):
    with psycopg.connect(databases.developed, autocommit=True) as conn:
        conn.execute(statement)


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES.keys())
def test_a_single_change_is_drafted_and_undone_and_so_is_its_opposite(base, statement):
    """What the list makes goes, and what it drops comes, when the sides are changed."""
    with base() as (databases, before):
        change(databases, statement)
        forward, backward = databases.prove_from_both_sides(before)
    assert forward.blocks
    assert backward.blocks


@pytest.mark.parametrize("statement", WITH_DEPENDENTS.values(), ids=WITH_DEPENDENTS.keys())
def test_a_change_of_what_others_stand_on_is_drafted_and_undone(base, statement):
    with base() as (databases, before):
        change(databases, statement)
        databases.prove_from_both_sides(before)


@pytest.mark.parametrize("statement", CROWDED.values(), ids=CROWDED.keys())
def test_a_change_in_a_crowded_schema_is_drafted_and_undone(crowd, statement):
    with crowd() as (databases, before):
        change(databases, statement)
        databases.prove_from_both_sides(before)


def test_nothing_changed_is_nothing_drafted(base):
    with base() as (databases, before):
        forward, backward = databases.prove_from_both_sides(before)
    assert (forward.is_empty, backward.is_empty) == (True, True)
