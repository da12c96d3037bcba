-- Queries whose result columns are hard to judge. Before each stands a letter for each of its columns:
--   !  proven never null
--   ?  not proven, and the data shows a null
--   ~  not proven though it has no null here: a limit of the proof, never a mistake
-- A number behind the letters is the first major version that has the syntax.

-- ## Plain columns, expressions.

-- !!?
SELECT id, n, v FROM a;

-- !?!?!
SELECT n + 1, v || 'x', 1, NULL, 'x' FROM a;

-- !!?!
SELECT n::text, n::numeric, v::text, n::bigint FROM a;

-- !??
SELECT coalesce(v, 'x'), coalesce(v, NULL), coalesce(v, w) FROM a LEFT JOIN b ON b.id = a.id + 10;

-- !??
SELECT greatest(v, 'a'), least(v, NULL), greatest(v, w) FROM a LEFT JOIN b ON b.id = a.id + 10;

-- ?~
SELECT nullif(n, 10), nullif(id, 99) FROM a;

-- ?!~?
SELECT CASE WHEN id = 1 THEN 1 END, CASE WHEN id = 1 THEN 1 ELSE 2 END, CASE id
  WHEN 1 THEN v ELSE 'x' END, CASE id WHEN 2 THEN v ELSE 'x' END FROM a;

-- !!!!?
SELECT v IS NULL, v IS NOT NULL, (v = 'x') IS TRUE, v IS DISTINCT FROM 'x', v = 'x' FROM a;

-- !?~!
SELECT NOT (n > 1), n > 1 AND v = 'q', n > 1 OR v = 'q', n = 1 AND id = 1 FROM a;

-- !???~
SELECT n IN (1, 2), n IN (1, NULL), v IN ('a', 'b'), n = ANY (arr), n = ANY ('{1,2}') FROM a;

-- !!!?~!
SELECT ARRAY[n, NULL], ARRAY[]::int[], ROW(n, v), arr[1], arr[1:1], arr FROM a;

-- !!~
SELECT 3 IS DISTINCT FROM NULL::int, n BETWEEN 1 AND 5, n BETWEEN NULL AND 5 FROM a;

-- ?!?
SELECT $1::int, coalesce($1::int, 0), $1::int + n FROM a;

-- !!!!!!
SELECT current_date, now(), current_user, session_user, current_catalog, current_timestamp(0);

-- ~
SELECT current_schema;

-- ?!!?!
SELECT v COLLATE "C", n::positive, n::filled, v::varchar(3), '{1}'::int[]::bigint[] FROM a;

-- ## Functions that give null for what is not null.

-- ?????!!
SELECT j->'k', j->>'k', j->>'s', j#>>'{k}', j->'nothing', j || '{}', j ? 'k' FROM a;

-- ??!?!
SELECT extract(day FROM ts), to_char(ts, 'YYYY'), ts::date, ts::time, date_trunc('day', ts) FROM a;

-- ??!!
SELECT 'infinity'::timestamp::time, date_part('day', ts), ts + '1 day', ts AT TIME ZONE 'UTC' FROM a;

-- ?!??!
SELECT substring(v, 'q'), substring('abc', 1, 1), regexp_match('a', 'b'), array_length(arr, 1), cardinality(arr)
  FROM a;

-- ????
SELECT array_position(arr, 1), current_setting('no.such', true), to_regclass('nothing'), lower('(,)'::int4range)
  FROM a;

-- !?!!!!!!
SELECT lower('A'), upper(v), length('a'), round(1.5), abs(-n), md5('x'), sha256('\x00'), concat(v, NULL) FROM a;

-- ?~!~
SELECT concat(VARIADIC NULL::text[]), concat(VARIADIC ARRAY['a']), jsonb_build_object('a', NULL), format('%s', v)
  FROM a;

-- ?!?!??!
SELECT nothing(n), plus_one(n), plus_one(NULL), today(), maybe(99), strict_one(NULL), strict_one(1) FROM a;

-- ?!?!
SELECT defaulted(1), second_of(y => 1, x => NULL), second_of(x => 1, y => NULL), second_of(NULL, 2);

-- ??!
SELECT 1 === 2, '1'::odd::bigint, '1'::odd;

-- ?!!?
SELECT obj_description(0), pg_typeof(v), num_nulls(v), pg_relation_size(0::regclass) FROM a;

-- ## Joins.

-- !!
SELECT a.id, b.n FROM a JOIN b ON b.a_id = a.id;

-- !???
SELECT a.id, b.id, b.n, b.w FROM a LEFT JOIN b ON b.a_id = a.id;

-- ??!
SELECT a.id, a.n, b.id FROM a RIGHT JOIN b ON b.a_id = a.id;

-- ??
SELECT a.id, b.id FROM a FULL JOIN b ON b.a_id = a.id;

-- !!
SELECT a.id, b.id FROM a CROSS JOIN b;

-- !??
SELECT a.id, b.id, c.id FROM a LEFT JOIN (b JOIN a AS c ON c.id = b.a_id) ON b.a_id = a.id;

-- !??
SELECT a.id, b.id, c.id FROM a LEFT JOIN b ON b.a_id = a.id LEFT JOIN a AS c ON c.id = b.id;

-- !??
SELECT c.id, a.id, b.id FROM (a JOIN b ON b.a_id = a.id) RIGHT JOIN a AS c ON c.id = a.id;

-- !!~
SELECT id, a.n, b.n FROM a LEFT JOIN b USING (id);

-- !?!
SELECT id, a.n, b.n FROM a RIGHT JOIN (SELECT id + 1 AS id, n FROM b) AS b USING (id);

-- ~??
SELECT id, a.n, b.n FROM a FULL JOIN (SELECT id + 1 AS id, n FROM b) AS b USING (id);

-- !?!
SELECT coalesce(b.n, 0), b.n + 1, b.n IS NULL FROM a LEFT JOIN b ON b.a_id = a.id;

-- !?
SELECT a.id, x.n FROM a LEFT JOIN LATERAL (SELECT b.n FROM b WHERE b.a_id = a.id LIMIT 1) AS x ON true;

-- !?~
SELECT a.id, x.n, x.c FROM a LEFT JOIN LATERAL (SELECT max(b.n) AS n, count(*) AS c FROM b
  WHERE b.a_id = a.id) AS x ON true;

-- !!
SELECT a.id, x.c FROM a CROSS JOIN LATERAL (SELECT count(*) AS c FROM b WHERE b.a_id = a.id) AS x;

-- !
SELECT x.* FROM (SELECT 1 AS one) AS x LEFT JOIN empty AS e ON true;

-- ?!
SELECT e.n, x.one FROM (SELECT 1 AS one) AS x LEFT JOIN empty AS e ON true;

-- !?
SELECT j.id, j.w FROM (a LEFT JOIN b ON b.a_id = a.id) AS j (id, n, v, ts, j, arr, b_id, a_id, bn, w);

-- ## Conditions that leave no null.

-- !
SELECT v FROM a WHERE v IS NOT NULL;

-- !
SELECT v FROM a WHERE v = 'x';

-- ?
SELECT v FROM a WHERE v = 'x' OR id = 2;

-- ~
SELECT v FROM a WHERE NOT (v IS NULL);

-- !!~
SELECT b.id, b.n, b.w FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.n > 1;

-- !
SELECT b.a_id FROM b WHERE a_id = ANY (ARRAY[1, 3]);

-- ?
SELECT b.a_id FROM b WHERE a_id <> ALL (ARRAY[]::int[]);

-- ?
SELECT b.w FROM a LEFT JOIN b ON b.a_id = a.id AND b.w = 'p';

-- !!
SELECT b.a_id, a.v FROM a JOIN b ON b.a_id = a.id WHERE a.v || 'x' <> '';

-- ?
SELECT b.a_id FROM b WHERE coalesce(a_id, 1) = 1;

-- !?
SELECT c.id, b.w FROM a AS c LEFT JOIN (a JOIN b ON b.a_id = a.id AND b.w = 'p') ON a.id = c.id;

-- ?
SELECT w FROM b WHERE nothing(1) IS NULL;

-- ## Aggregates, groups, windows.

-- !!????
SELECT count(*), count(v), sum(n), max(n), array_agg(n), bool_and(true) FROM empty AS a (n, v);

-- !!!?!?!
SELECT n, count(*), sum(n), max(v), array_agg(v), string_agg(v, ','), avg(id) FROM a GROUP BY n;

-- !?!
SELECT n, sum(id) FILTER (WHERE id > 99), count(*) FILTER (WHERE false) FROM a GROUP BY n;

-- ?~
SELECT stddev_samp(n), var_pop(n) FROM a GROUP BY n;

-- ??!
SELECT n, id, count(*) FROM a GROUP BY ROLLUP (n, id);

-- ?!~
SELECT n, count(*), sum(id) FROM a GROUP BY CUBE (n);

-- ??!!
SELECT n, v, grouping(n), coalesce(n, 0) FROM a GROUP BY GROUPING SETS ((n), (v));

-- ?!
SELECT coalesce(v, 'none') AS k, count(*) FROM a GROUP BY ROLLUP (coalesce(v, 'none'));

-- ?!
SELECT 'x'::text AS k, count(*) FROM a GROUP BY ROLLUP ('x'::text);

-- ?!
SELECT n + 1, coalesce(n + 1, 0) FROM a GROUP BY ROLLUP (n + 1);

-- ?!
SELECT x.n, x.c FROM (SELECT n, count(*) AS c FROM a GROUP BY ROLLUP (n)) AS x;

-- ?
SELECT sum(n) FROM empty GROUP BY ();

-- ~
SELECT max(n) FROM a HAVING count(*) > 0;

-- !!?~!
SELECT row_number() OVER (ORDER BY id), rank() OVER (ORDER BY id), lag(n) OVER (ORDER BY id),
  lead(n, 1, 0) OVER (ORDER BY id), ntile(2) OVER (ORDER BY id)
  FROM a;

-- !!?!~
SELECT sum(n) OVER (ORDER BY id), first_value(n) OVER (ORDER BY id), nth_value(n, 3) OVER (ORDER BY id),
  count(*) OVER (), max(v) OVER ()
  FROM a;

-- ?
SELECT sum(n) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) FROM a;

-- ?
SELECT sum(n) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) FROM a;

-- ?
SELECT sum(n) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) FROM a;

-- ?
SELECT sum(n) FILTER (WHERE id > 2) OVER (ORDER BY id) FROM a;

-- !?
SELECT DISTINCT ON (n) n, v FROM a ORDER BY n, id;

-- ## Subqueries.

-- ?!!!
SELECT (SELECT n FROM a WHERE id = 99), (SELECT count(*) FROM a), EXISTS (SELECT FROM a), ARRAY(SELECT v FROM a);

-- !?!?
SELECT (SELECT count(*) FROM a WHERE false), (SELECT max(n) FROM empty), (SELECT 1), (SELECT 1 WHERE false);

-- ??~
SELECT (SELECT count(*) FROM a HAVING false), (SELECT count(*) FROM a LIMIT 0), (SELECT count(*) FROM a
  GROUP BY id LIMIT 1);

-- ?~~
SELECT n IN (SELECT a_id FROM b), n = ALL (SELECT id FROM b), (n, id) IN (SELECT n, a_id FROM b) FROM a;

-- !??
SELECT (SELECT a.n), (SELECT a.v), (SELECT b.n FROM b WHERE b.a_id = a.id) FROM a;

-- !
SELECT x.c FROM (SELECT (SELECT count(*) FROM b WHERE b.a_id = a.id) AS c FROM a) AS x;

-- ## Set operations.

-- ?
SELECT id FROM a UNION SELECT a_id FROM b;

-- !
SELECT id FROM a UNION ALL SELECT id FROM b;

-- !
SELECT a_id FROM b INTERSECT SELECT id FROM a;

-- !
SELECT id FROM a EXCEPT SELECT a_id FROM b;

-- ?
SELECT a_id FROM b EXCEPT SELECT id FROM a;

-- !?
SELECT id, n FROM a UNION ALL SELECT id, NULL FROM b;

-- !
(SELECT id FROM a UNION SELECT id FROM b) EXCEPT (SELECT a_id FROM b INTERSECT SELECT id FROM a);

-- !
SELECT id FROM a UNION ALL SELECT id::bigint FROM b;

-- ?
SELECT 1::bigint AS n UNION ALL SELECT '1'::odd;

-- !?
VALUES (1, 'a'), (2, NULL);

-- !?
SELECT * FROM (VALUES (1, NULL), (2, 'b')) AS x (n, v);

-- ## Common table expressions.

-- !?
WITH x AS (SELECT id, v FROM a) SELECT x.id, x.v FROM x;

-- !?
WITH x AS (SELECT id, n FROM a), y AS (SELECT * FROM x) SELECT y.id, z.n FROM y
  LEFT JOIN x AS z ON z.id = y.id + 1;

-- !
WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t;

-- !?
WITH RECURSIVE t (n, m) AS (SELECT 1, 1 UNION ALL SELECT n + 1, NULLIF(m, 1) FROM t WHERE n < 3) SELECT n, m
  FROM t;

-- ?!
WITH RECURSIVE t (n, m) AS (SELECT 1, 1 UNION ALL SELECT n + 1, o FROM (SELECT t.n, e.n AS o FROM t
  LEFT JOIN empty AS e ON true) AS s WHERE n < 3) SELECT m, n FROM t;

-- ~!~
WITH x AS (SELECT 1 AS one) SELECT (SELECT one FROM x), one, (SELECT y.n FROM (SELECT one AS n FROM x) AS y)
  FROM x;

-- !?
WITH x AS (DELETE FROM b WHERE id = 2 RETURNING id, a_id) SELECT id, a_id FROM x;

-- !?
WITH x AS (INSERT INTO a VALUES (9, 1, NULL, now(), '{}', '{}') RETURNING *) SELECT x.n, x.v FROM x;

-- ## Functions and sets in FROM.

-- !
SELECT g FROM generate_series(1, 2) AS g;

-- !?
SELECT g.n, x FROM generate_series(1, 2) AS g (n), unnest(ARRAY[1, NULL]) AS x;

-- ?!
SELECT x.e, x.o FROM unnest(ARRAY[1, NULL]) WITH ORDINALITY AS x (e, o);

-- ~?~
SELECT x.a, x.b, x.o FROM ROWS FROM (generate_series(1, 3), generate_series(1, 1)) WITH ORDINALITY AS x (a, b, o);

-- ~?
SELECT generate_series(1, 3), generate_series(1, 1);

-- !~
SELECT id, generate_series(1, 2) FROM a;

-- ??
SELECT id, n FROM rows_of_a();

-- ~?
SELECT k.key, k.value FROM a, jsonb_each_text(a.j) AS k WHERE a.id = 1;

-- !?
SELECT e, t FROM jsonb_array_elements('[1]') AS e, jsonb_array_elements_text('[null]') AS t;

-- !?
SELECT p, n FROM plus_one(1) AS p, nothing(1) AS n;

-- ~?
SELECT x.a, x.b FROM jsonb_to_record('{"a": 1}') AS x (a int, b int);

-- ## Views.

-- !!??
SELECT id, n, w, bn FROM v_joined;

-- !!!?
SELECT k, c, m, mv FROM v_counted;

-- !?
SELECT id, n FROM v_union;

-- ??
SELECT v.id, v.n FROM b LEFT JOIN v_simple AS v ON v.id = b.a_id;

-- ~?
SELECT id, v FROM mv;

-- ## Domains, inheritance, partitions, constraints that are not what they seem.

-- !~?
SELECT d.id, d.f, d.p FROM d;

-- ?
SELECT d.f FROM a LEFT JOIN d ON d.id = a.id;

-- !?
SELECT id, x FROM parts;

-- ?
SELECT id FROM unchecked;

-- !?
SELECT id, x FROM ONLY parent WHERE false UNION ALL SELECT 1, NULL;

-- ## RETURNING.

-- !!?!!
INSERT INTO b (id, n) VALUES (9, 1) RETURNING id, n, a_id, n + 1, w IS NULL;

-- !?
INSERT INTO b (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET w = NULL RETURNING id, w;

-- ?!
UPDATE b SET w = NULL WHERE w IS NOT NULL RETURNING w, n;

-- !!??
UPDATE b SET w = x.v FROM (SELECT id, v FROM a) AS x WHERE x.id = b.id RETURNING b.id, x.id, x.v, b.w;

-- !!?
UPDATE b SET n = 1 FROM b AS o LEFT JOIN a ON a.id = o.a_id WHERE o.id = b.id RETURNING b.n, o.id, a.id;

-- !?
DELETE FROM b WHERE a_id IS NULL RETURNING id, a_id;

-- ~!!
DELETE FROM b USING a WHERE a.id = b.a_id RETURNING a.v, a.id, b.n;

-- ~~
INSERT INTO v_simple SELECT 9, 9 WHERE false RETURNING id, n;

-- ~?
INSERT INTO v_instead VALUES (9, 9) RETURNING id, n;

-- ~?
UPDATE v_instead SET n = 5 WHERE id = 1 RETURNING id, n;

-- ~?
INSERT INTO ruled VALUES (9, 9) RETURNING id, n;

-- ## What later versions can return.

-- ?!!?! 17
MERGE INTO b USING a ON a.id = b.a_id WHEN NOT MATCHED BY SOURCE THEN UPDATE SET n = 1 WHEN MATCHED THEN DELETE
  RETURNING a.id, b.id, b.n, b.a_id, merge_action();

-- !?~ 17
MERGE INTO b USING a ON a.id = b.a_id WHEN NOT MATCHED THEN INSERT (id, n) VALUES (a.id + 50, 1)
  RETURNING b.id, b.w, a.id;

-- ?!? 18
INSERT INTO b (id, n) VALUES (9, 1) RETURNING old.id, new.id, new.w;

-- ~! 18
INSERT INTO b (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 5 RETURNING old.id, new.id;

-- !?!? 18
UPDATE b SET w = NULL RETURNING old.id, old.w, new.id, new.w;

-- !?? 18
DELETE FROM b RETURNING old.id, new.id, new.n;

-- ~? 18
MERGE INTO b USING a ON a.id = b.id WHEN MATCHED THEN DELETE RETURNING old.id, new.id;
