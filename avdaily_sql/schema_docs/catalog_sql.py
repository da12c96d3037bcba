"""The questions to the catalogs that :mod:`avdaily_sql.schema_docs.catalog` asks; alike on PostgreSQL 15 to 18.

Names sort by bytes (``COLLATE "C"``), so that the order does not depend on the server's locale. What an extension
brought is left out.
"""
# ruff: noqa: S608 (every part of these texts is a constant of this module)


def _short(types: str) -> str:
    """Return an expression that writes the types of times as the migrations do."""
    zoned = f"replace({types}, 'timestamp with time zone', 'timestamptz')"
    return f"replace({zoned}, ' without time zone', '')"


_OURS = """
    c.relnamespace = current_schema()::regnamespace AND NOT c.relispartition AND c.relkind IN ('r', 'p', 'v', 'm')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
"""

TABLES = f"""
SELECT c.relname::text, c.relkind::text, obj_description(c.oid, 'pg_class'), pg_get_partkeydef(c.oid)
FROM pg_class AS c WHERE {_OURS}
ORDER BY c.relname::text COLLATE "C"
"""

COLUMNS = f"""
SELECT c.relname::text, a.attname::text,
  {_short("format_type(a.atttypid, a.atttypmod)")}, NOT a.attnotnull,
  CASE
    WHEN a.attidentity <> '' THEN 'identity'
    WHEN a.attgenerated <> '' THEN 'generated: ' || pg_get_expr(d.adbin, d.adrelid, true)
    ELSE pg_get_expr(d.adbin, d.adrelid, true)
  END,
  col_description(c.oid, a.attnum)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE {_OURS}
ORDER BY c.relname::text COLLATE "C", a.attnum
"""

# Since 18 a NOT NULL is a constraint, too; the column says it on every version.
CONSTRAINTS = f"""
SELECT c.relname::text, o.conname::text, o.contype::text,
  ARRAY(
    SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY AS key (number, position)
    JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = key.number ORDER BY key.position
  ),
  (SELECT r.relname::text FROM pg_class AS r WHERE r.oid = o.confrelid),
  pg_get_constraintdef(o.oid, true)
FROM pg_class AS c JOIN pg_constraint AS o ON o.conrelid = c.oid
WHERE {_OURS} AND o.contype IN ('p', 'u', 'f', 'c', 'x') AND o.conparentid = 0
ORDER BY c.relname::text COLLATE "C", position(o.contype::text IN 'pufxc'), o.conname::text COLLATE "C"
"""

INDEXES = f"""
SELECT c.relname::text, i.relname::text, x.indisunique,
  regexp_replace(regexp_replace(pg_get_indexdef(x.indexrelid, 0, true), '^.*? USING ', ''), '^btree ', '')
FROM pg_class AS c
JOIN pg_index AS x ON x.indrelid = c.oid
JOIN pg_class AS i ON i.oid = x.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conindid = x.indexrelid AND o.contype IN ('p', 'u', 'x'))
  AND {_OURS}
ORDER BY c.relname::text COLLATE "C", i.relname::text COLLATE "C"
"""

TRIGGERS = f"""
SELECT c.relname::text, t.tgname::text,
  regexp_replace(pg_get_triggerdef(t.oid, true), '^CREATE (?:CONSTRAINT )?TRIGGER \\S+ (.*?) ON .*$', '\\1'),
  p.proname::text
FROM pg_class AS c
JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal
JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE {_OURS}
ORDER BY c.relname::text COLLATE "C", t.tgname::text COLLATE "C"
"""

# The owner's own rights are no news; a right on columns names them.
GRANTS = f"""
WITH granted AS (
  SELECT c.relname, x.grantee, x.privilege_type, NULL::smallint AS attnum, NULL::name AS attname
  FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS x WHERE {_OURS} AND x.grantee <> c.relowner
  UNION ALL
  SELECT c.relname, x.grantee, x.privilege_type, a.attnum, a.attname
  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped
  CROSS JOIN aclexplode(a.attacl) AS x WHERE {_OURS} AND x.grantee <> c.relowner
), rights AS (
  SELECT relname, grantee, privilege_type,
    privilege_type || coalesce(' (' || string_agg(attname, ', ' ORDER BY attnum) || ')', '') AS may
  FROM granted GROUP BY relname, grantee, privilege_type, attnum IS NULL
)
SELECT g.relname::text, r.rolname::text, string_agg(g.may, ', ' ORDER BY array_position(
  ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'], g.privilege_type), g.may)
FROM rights AS g JOIN pg_roles AS r ON r.oid = g.grantee
WHERE r.rolname LIKE 'avdaily\\_%'
GROUP BY g.relname, r.rolname
ORDER BY g.relname::text COLLATE "C", r.rolname::text COLLATE "C"
"""

FUNCTIONS = f"""
SELECT p.proname::text,
  {_short("pg_get_function_arguments(p.oid)")},
  {_short("coalesce(pg_get_function_result(p.oid), '')")},
  p.prosecdef,
  CASE WHEN r.rolname LIKE 'avdaily\\_%' THEN r.rolname::text ELSE 'the migrating role' END,
  ARRAY(
    SELECT DISTINCT g.rolname::text COLLATE "C" FROM aclexplode(p.proacl) AS x JOIN pg_roles AS g ON g.oid = x.grantee
    WHERE x.privilege_type = 'EXECUTE' AND g.rolname LIKE 'avdaily\\_%' AND x.grantee <> p.proowner ORDER BY 1
  ),
  obj_description(p.oid, 'pg_proc'),
  coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)
FROM pg_proc AS p JOIN pg_roles AS r ON r.oid = p.proowner
WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind IN ('f', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.proname::text COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C"
"""

TYPES = """
SELECT t.typname::text, format_type(t.typbasetype, t.typtypmod),
  ARRAY(
    SELECT pg_get_constraintdef(o.oid, true) FROM pg_constraint AS o
    WHERE o.contypid = t.oid AND o.contype = 'c' ORDER BY o.conname::text COLLATE "C"
  ),
  obj_description(t.oid, 'pg_type')
FROM pg_type AS t
WHERE t.typtype = 'd' AND t.typnamespace = current_schema()::regnamespace
ORDER BY t.typname::text COLLATE "C"
"""
