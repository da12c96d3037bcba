-- The tables of the corpus; every trap has data in it that shows its nulls.

CREATE TABLE a (
    id int PRIMARY KEY, n int NOT NULL, v text, ts timestamptz NOT NULL, j jsonb NOT NULL, arr int[] NOT NULL
);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, n int NOT NULL, w text);
INSERT INTO a VALUES (1, 10, 'x', 'epoch', '{"k": null, "s": "t"}', '{1}'), (2, 20, NULL, 'infinity', '{}', '{}'),
                     (3, 30, 'z', '-infinity', '[]', '{NULL}');
INSERT INTO b VALUES (1, 1, 100, 'p'), (2, NULL, 200, NULL), (3, 3, 300, 'q');
CREATE TABLE empty (id int PRIMARY KEY, n int NOT NULL);

CREATE DOMAIN filled AS int NOT NULL;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE d (id int PRIMARY KEY, f filled, p positive);
INSERT INTO d VALUES (1, 1, NULL);

CREATE TABLE parent (id int NOT NULL, x int NOT NULL);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE parts (id int NOT NULL, x int) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO parts VALUES (1, NULL);

CREATE VIEW v_joined AS SELECT a.id, a.n, b.w, b.n AS bn FROM a LEFT JOIN b ON b.a_id = a.id;
CREATE VIEW v_counted AS SELECT n / 10 AS k, count(*) AS c, max(n) AS m, max(v) AS mv FROM a GROUP BY n / 10;
CREATE VIEW v_union AS SELECT id, n FROM a UNION ALL SELECT id, NULL FROM b;
CREATE VIEW v_simple AS SELECT id, n FROM a;
CREATE VIEW v_instead AS SELECT id, n FROM a;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NULL; RETURN NEW; END $$;
CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE ON v_instead FOR EACH ROW EXECUTE FUNCTION instead();
CREATE TABLE ruled (id int NOT NULL, n int NOT NULL);
CREATE RULE ruled AS ON INSERT TO ruled DO INSTEAD INSERT INTO b (id, n) VALUES (NEW.id, NEW.n) RETURNING b.id, b.a_id;
CREATE MATERIALIZED VIEW mv AS SELECT id, v FROM a;

CREATE FUNCTION nothing(int) RETURNS int STRICT LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION plus_one(int) RETURNS int LANGUAGE sql RETURN $1 + 1;
CREATE FUNCTION today() RETURNS date LANGUAGE sql RETURN (now() AT TIME ZONE 'Africa/Lagos')::date;
CREATE FUNCTION maybe(int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n FROM a WHERE id = $1; END;
CREATE FUNCTION strict_one(int) RETURNS int STRICT LANGUAGE sql RETURN 1;
CREATE FUNCTION defaulted(int, int DEFAULT NULL) RETURNS int LANGUAGE sql RETURN $2;
CREATE FUNCTION second_of(x int, y int) RETURNS int LANGUAGE sql RETURN y;
CREATE FUNCTION rows_of_a() RETURNS SETOF a LANGUAGE plpgsql AS $$ BEGIN RETURN NEXT NULL; END $$;
CREATE FUNCTION never_equal(int, positive) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = positive, FUNCTION = never_equal);
CREATE TYPE odd;
CREATE FUNCTION odd_in(cstring) RETURNS odd IMMUTABLE STRICT LANGUAGE internal AS 'int4in';
CREATE FUNCTION odd_out(odd) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'int4out';
CREATE TYPE odd (INPUT = odd_in, OUTPUT = odd_out, LIKE = int4, CATEGORY = 'N');
CREATE FUNCTION odd_to_bigint(odd) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE CAST (odd AS bigint) WITH FUNCTION odd_to_bigint(odd) AS IMPLICIT;
