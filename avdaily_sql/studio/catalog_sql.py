"""The questions to the catalogs that :mod:`avdaily_sql.studio.catalog` asks; alike on PostgreSQL 15 to 18."""

# How many rows: what the last ANALYZE or VACUUM saw, -1 before the first one; never counted.
TABLES = """
SELECT c.relname::text, c.relkind::text, obj_description(c.oid, 'pg_class'),
  CASE WHEN c.relkind = 'p' THEN (
    SELECT sum(greatest(p.reltuples, 0)) FROM pg_partition_tree(c.oid) AS t JOIN pg_class AS p ON p.oid = t.relid
    WHERE t.isleaf
  )::bigint ELSE c.reltuples::bigint END,
  CASE WHEN c.relkind = 'p' THEN (
    SELECT sum(pg_total_relation_size(t.relid)) FROM pg_partition_tree(c.oid) AS t WHERE t.isleaf
  )::bigint WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) END,
  has_any_column_privilege(c.oid, 'SELECT')
FROM pg_class AS c
WHERE c.relnamespace = current_schema()::regnamespace AND NOT c.relispartition
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (%(only)s::text IS NULL OR c.relname = %(only)s::text)
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname::text COLLATE "C"
"""

OID = """
SELECT c.oid::int8 FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = %s
"""

# A domain is shown by its name and compared as its base type; the rules that list values may be the column's or the
# domain's. Where no reading role hides the secrets, its rights are asked all the same, and names speak.
COLUMNS = """
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), base.typname::text, base.typtype::text,
  format_type(base.oid, NULL),
  CASE WHEN base.typname = 'numeric' AND base.modifier > 4 THEN (base.modifier - 4) & 2047 END,
  NOT a.attnotnull, col_description(a.attrelid, a.attnum),
  has_column_privilege(a.attrelid, a.attnum, 'SELECT') AND (%(guarded)s OR (
    a.attname !~* %(secrets)s AND coalesce((
      SELECT has_column_privilege(r.oid, a.attrelid, a.attnum, 'SELECT')
        OR NOT has_any_column_privilege(r.oid, a.attrelid, 'SELECT')
      FROM pg_roles AS r WHERE r.rolname = %(role)s
    ), true)
  )),
  CASE WHEN base.typtype = 'e' THEN ARRAY(
    SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = base.oid ORDER BY e.enumsortorder
  ) ELSE '{}'::text[] END,
  ARRAY(
    SELECT pg_get_constraintdef(o.oid) FROM pg_constraint AS o
    WHERE o.contype = 'c' AND (o.conrelid = a.attrelid AND o.conkey = ARRAY[a.attnum] OR o.contypid = ANY(base.domains))
  )
FROM pg_attribute AS a
CROSS JOIN LATERAL (
  WITH RECURSIVE layers AS (
    SELECT t.oid, t.typbasetype, a.atttypmod AS modifier, ARRAY[]::oid[] AS domains
    FROM pg_type AS t WHERE t.oid = a.atttypid
    UNION ALL
    SELECT i.oid, i.typbasetype, d.typtypmod, o.domains || o.oid
    FROM layers AS o JOIN pg_type AS d ON d.oid = o.oid JOIN pg_type AS i ON i.oid = o.typbasetype
  )
  SELECT b.oid, b.typname, b.typtype, l.modifier, l.domains
  FROM layers AS l JOIN pg_type AS b ON b.oid = l.oid WHERE l.typbasetype = 0
) AS base
WHERE a.attrelid = %(oid)s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""

# What tells rows apart: the primary key, else the shortest unique index that no null and no condition weakens.
KEY = """
SELECT ARRAY(
  SELECT a.attname::text FROM unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (number, position)
  JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number ORDER BY k.position
)
FROM pg_index AS x
WHERE x.indrelid = %s AND x.indisunique AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL
  AND x.indexprs IS NULL AND NOT EXISTS (
    SELECT FROM unnest(x.indkey[0:x.indnkeyatts - 1]) AS k (number)
    JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number WHERE NOT a.attnotnull
  )
ORDER BY x.indisprimary DESC, x.indnkeyatts, x.indexrelid LIMIT 1
"""

# The first column of each index that serves an order of all rows.
SORTED_BY = """
SELECT DISTINCT a.attname::text
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_am AS m ON m.oid = i.relam AND m.amname = 'btree'
JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
WHERE x.indrelid = %s AND x.indisvalid AND x.indpred IS NULL
"""

# Both directions in one; the second part of a key on a partitioned table belongs to a parent that is listed.
REFERENCES = """
SELECT o.conname::text, o.conrelid = %(oid)s, o.confrelid = %(oid)s, child.relname::text, parent.relname::text,
  ARRAY(
    SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY AS k (number, position)
    JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = k.number ORDER BY k.position
  ),
  ARRAY(
    SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY AS k (number, position)
    JOIN pg_attribute AS a ON a.attrelid = o.confrelid AND a.attnum = k.number ORDER BY k.position
  ),
  EXISTS (
    SELECT FROM pg_index AS x WHERE x.indrelid = o.conrelid AND x.indisvalid AND x.indkey[0] = ANY(o.conkey)
      AND (x.indpred IS NULL OR pg_get_expr(x.indpred, x.indrelid) ~ '^\\([^ ]+ IS NOT NULL\\)$')
  ) OR (child.relkind = 'r' AND pg_relation_size(child.oid) < 4194304),
  (SELECT bool_and(has_column_privilege(o.conrelid, k.number, 'SELECT')) FROM unnest(o.conkey) AS k (number))
FROM pg_constraint AS o
JOIN pg_class AS child ON child.oid = o.conrelid
JOIN pg_class AS parent ON parent.oid = o.confrelid
WHERE o.contype = 'f' AND o.conparentid = 0 AND (o.conrelid = %(oid)s OR o.confrelid = %(oid)s)
  AND child.relnamespace = current_schema()::regnamespace AND parent.relnamespace = current_schema()::regnamespace
ORDER BY child.relname::text COLLATE "C", o.conname::text COLLATE "C"
"""
