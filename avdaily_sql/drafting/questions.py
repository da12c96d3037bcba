"""The questions to the catalogs; alike on PostgreSQL 15 to 18.

Names come quoted, and without their schema where the search path finds them: as SQL of a file writes them. Expressions
come with all their parentheses: without them the server may nest them otherwise when it reads them again. What an
extension brought, histories, and partitions that were made at run time are left out.
"""
# ruff: noqa: S608 (every part of these texts is a constant of this module)

from __future__ import annotations

SCHEMAS = """
SELECT n.oid::bigint AS oid, quote_ident(n.nspname) AS name, n.nspname = %(schema)s AS is_main,
  pg_get_userbyid(n.nspowner)::text AS owner, obj_description(n.oid, 'pg_namespace') AS comment,
  coalesce(n.nspacl, acldefault('n', n.nspowner))::text[] AS acl, acldefault('n', n.nspowner)::text[] AS base
FROM pg_namespace AS n
WHERE n.nspname = %(schema)s OR (
  %(schema)s = 'public' AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
    SELECT FROM pg_class AS c JOIN pg_namespace AS h ON h.oid = c.relnamespace
    WHERE c.relname = 'avdaily_format' AND h.nspname IN (n.nspname, n.nspname || '_migrations')
  )
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = n.oid AND d.deptype = 'e')
)
"""


def _brought(oid: str) -> str:
    return f"EXISTS (SELECT FROM pg_depend AS e WHERE e.objid = {oid} AND e.deptype = 'e')"


_STOCK = "('_yoyo_migration', '_yoyo_log', '_yoyo_version', 'yoyo_lock')"
_RELATION = f"""
  c.relnamespace = ANY(%(schemas)s::oid[]) AND NOT {_brought("c.oid")} AND c.relname NOT IN {_STOCK}
  AND NOT EXISTS (
    SELECT FROM pg_inherits AS h JOIN pg_class AS top ON top.oid = h.inhparent
    WHERE h.inhrelid = c.oid AND c.relispartition
      AND left(c.relname, length(top.relname)) = top.relname
      AND substr(c.relname, length(top.relname) + 1) ~ '^_[0-9]{{4}}_[0-9]{{2}}$'
  )
"""

RELATIONS = f"""
SELECT c.oid::bigint AS oid, c.oid::regclass::text AS name, c.relkind::text AS relkind,
  c.relpersistence::text AS persistence, c.reltype::bigint AS row_type,
  array_to_string(c.reloptions, ', ') AS options, pg_get_expr(c.relpartbound, c.oid) AS bound,
  CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
  ARRAY(SELECT h.inhparent::regclass::text FROM pg_inherits AS h
    WHERE h.inhrelid = c.oid ORDER BY h.inhseqno) AS parents,
  c.relrowsecurity AS row_security, c.relforcerowsecurity AS forced, c.relreplident::text AS identity,
  (SELECT quote_ident(i.relname) FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
   WHERE x.indrelid = c.oid AND x.indisreplident) AS identity_index,
  (SELECT quote_ident(i.relname) FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
   WHERE x.indrelid = c.oid AND x.indisclustered) AS clustered,
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS query, c.relispopulated AS populated,
  pg_get_userbyid(c.relowner)::text AS owner, obj_description(c.oid, 'pg_class') AS comment,
  coalesce(c.relacl, acldefault('r', c.relowner))::text[] AS acl, acldefault('r', c.relowner)::text[] AS base
FROM pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {_RELATION}
"""

COLUMNS = f"""
SELECT a.attrelid::bigint AS relation, a.attnum::int AS number, quote_ident(a.attname) AS name,
  format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
  CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation,
  a.attidentity::text AS identity, a.attgenerated::text AS generated,
  pg_get_expr(d.adbin, d.adrelid) AS expression, d.oid::bigint AS expression_oid,
  CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage, t.typstorage::text AS usual_storage,
  nullif(a.attcompression::text, '') AS compression,
  nullif(to_jsonb(a) ->> 'attstattarget', '-1') AS statistics, nullif(
    -- Debian's 15 keeps its own version of each column there.
    array_to_string(ARRAY(SELECT o FROM unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg\\_attver=%%'), ', '), ''
  ) AS options,
  a.attinhcount > 0 AS is_inherited, a.attislocal AS is_local,
  s.oid::bigint AS sequence, s.oid::regclass::text AS sequence_name, quote_ident(s.relname) AS bare_sequence,
  quote_ident(c.relname || '_' || a.attname || '_seq') AS usual_sequence,
  jsonb_build_array(q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache, q.seqcycle) AS sequence_options,
  format_type(q.seqtypid, NULL) AS sequence_type,
  (SELECT CASE WHEN o.conname <> c.relname || '_' || a.attname || '_not_null' THEN quote_ident(o.conname) END
   FROM pg_constraint AS o WHERE o.conrelid = a.attrelid AND o.contype = 'n' AND o.conkey = ARRAY[a.attnum]
  ) AS not_null_name,
  col_description(a.attrelid, a.attnum) AS comment, a.attacl::text[] AS acl, c.relkind::text AS relkind
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN (
  SELECT p.refobjid, p.refobjsubid, r.oid, r.relname FROM pg_depend AS p JOIN pg_class AS r ON r.oid = p.objid
  WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.deptype = 'i' AND r.relkind = 'S'
) AS s ON s.refobjid = a.attrelid AND s.refobjsubid = a.attnum
LEFT JOIN pg_sequence AS q ON q.seqrelid = s.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {_RELATION}
"""

CONSTRAINTS = f"""
SELECT o.oid::bigint AS oid, o.conrelid::bigint AS relation, quote_ident(o.conname) AS name, o.contype::text AS contype,
  pg_get_constraintdef(o.oid) AS definition, o.convalidated AS validated, o.conindid::bigint AS index,
  obj_description(o.oid, 'pg_constraint') AS comment
FROM pg_class AS c JOIN pg_constraint AS o ON o.conrelid = c.oid
WHERE o.contype IN ('p', 'u', 'f', 'c', 'x') AND o.conparentid = 0 AND o.conislocal AND {_RELATION}
"""

INDEXES = f"""
SELECT i.oid::bigint AS oid, x.indrelid::bigint AS relation, i.oid::regclass::text AS name,
  pg_get_indexdef(i.oid) AS definition, obj_description(i.oid, 'pg_class') AS comment
FROM pg_class AS c JOIN pg_index AS x ON x.indrelid = c.oid JOIN pg_class AS i ON i.oid = x.indexrelid
WHERE {_RELATION}
  AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conindid = i.oid AND o.contype IN ('p', 'u', 'x'))
  AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = i.oid)
"""

TRIGGERS = f"""
SELECT t.oid::bigint AS oid, t.tgrelid::bigint AS relation, quote_ident(t.tgname) AS name,
  t.tgenabled::text AS enabled,
  pg_get_triggerdef(t.oid) AS definition, obj_description(t.oid, 'pg_trigger') AS comment
FROM pg_class AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND {_RELATION}
"""

RULES = f"""
SELECT r.oid::bigint AS oid, r.ev_class::bigint AS relation, quote_ident(r.rulename) AS name,
  r.ev_enabled::text AS enabled, r.rulename = '_RETURN' AS is_view,
  pg_get_ruledef(r.oid) AS definition, obj_description(r.oid, 'pg_rewrite') AS comment
FROM pg_class AS c JOIN pg_rewrite AS r ON r.ev_class = c.oid WHERE {_RELATION}
"""

POLICIES = f"""
SELECT p.oid::bigint AS oid, p.polrelid::bigint AS relation, quote_ident(p.polname) AS name,
  p.polpermissive AS permissive, p.polcmd::text AS command, pg_get_expr(p.polqual, p.polrelid) AS qualification,
  pg_get_expr(p.polwithcheck, p.polrelid) AS with_check,
  ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END FROM unnest(p.polroles) AS r) AS roles,
  obj_description(p.oid, 'pg_policy') AS comment
FROM pg_class AS c JOIN pg_policy AS p ON p.polrelid = c.oid WHERE {_RELATION}
"""

SEQUENCES = f"""
SELECT c.oid::bigint AS oid, c.oid::regclass::text AS name, c.relpersistence::text AS persistence,
  format_type(q.seqtypid, NULL) AS type,
  jsonb_build_array(q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache, q.seqcycle) AS sequence_options,
  d.refobjid::bigint AS owner_relation, d.refobjsubid::int AS owner_column,
  pg_get_userbyid(c.relowner)::text AS owner, obj_description(c.oid, 'pg_class') AS comment,
  coalesce(c.relacl, acldefault('s', c.relowner))::text[] AS acl, acldefault('s', c.relowner)::text[] AS base
FROM pg_class AS c JOIN pg_sequence AS q ON q.seqrelid = c.oid
LEFT JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a'
  AND d.refclassid = 'pg_class'::regclass
WHERE {_RELATION} AND NOT EXISTS (
  SELECT FROM pg_depend AS i WHERE i.classid = 'pg_class'::regclass AND i.objid = c.oid AND i.deptype = 'i'
)
"""

FUNCTIONS = f"""
SELECT p.oid::bigint AS oid, p.oid::regprocedure::text AS name, p.prokind::text AS prokind,
  quote_ident(n.nspname) AS schema, pg_get_functiondef(p.oid) AS definition, pg_get_function_result(p.oid) AS result,
  p.proargnames::text[] AS argument_names, p.proargmodes::text[] AS argument_modes, p.pronargdefaults::int AS defaults,
  p.prosrc AS source, l.lanname::text AS language,
  pg_get_userbyid(p.proowner)::text AS owner, obj_description(p.oid, 'pg_proc') AS comment,
  coalesce(p.proacl, acldefault('f', p.proowner))::text[] AS acl, acldefault('f', p.proowner)::text[] AS base
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = ANY(%(schemas)s::oid[]) AND p.prokind IN ('f', 'p', 'w') AND NOT {_brought("p.oid")}
  AND NOT EXISTS (
    SELECT FROM pg_depend AS i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i'
  )
"""

TYPES = f"""
SELECT t.oid::bigint AS oid, format_type(t.oid, NULL) AS name, t.typtype::text AS typtype, t.typarray::bigint AS array,
  ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
  format_type(t.typbasetype, t.typtypmod) AS base_type, t.typnotnull AS not_null, t.typdefault AS default,
  CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation
    THEN t.typcollation::regcollation::text END AS collation,
  (SELECT jsonb_agg(jsonb_build_array(
     quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
     CASE WHEN a.attcollation <> at.typcollation THEN a.attcollation::regcollation::text END) ORDER BY a.attnum)
   FROM pg_attribute AS a JOIN pg_type AS at ON at.oid = a.atttypid
   WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes,
  (SELECT jsonb_agg(jsonb_build_array(
     quote_ident(o.conname), pg_get_constraintdef(o.oid), obj_description(o.oid, 'pg_constraint')
   ) ORDER BY o.conname) FROM pg_constraint AS o WHERE o.contypid = t.oid AND o.contype = 'c') AS checks,
  (SELECT jsonb_build_array(format_type(r.rngsubtype, NULL), nullif(r.rngcanonical, 0)::regproc::text,
     nullif(r.rngsubdiff, 0)::regproc::text, r.rngmultitypid::regtype::text)
   FROM pg_range AS r WHERE r.rngtypid = t.oid) AS range,
  t.typrelid::bigint AS composite,
  pg_get_userbyid(t.typowner)::text AS owner, obj_description(t.oid, 'pg_type') AS comment,
  coalesce(t.typacl, acldefault('T', t.typowner))::text[] AS acl, acldefault('T', t.typowner)::text[] AS base
FROM pg_type AS t LEFT JOIN pg_type AS b ON b.oid = t.typbasetype LEFT JOIN pg_class AS c ON c.oid = t.typrelid
WHERE t.typnamespace = ANY(%(schemas)s::oid[]) AND NOT {_brought("t.oid")}
  AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
"""

STATISTICS = f"""
SELECT s.oid::bigint AS oid, quote_ident(s.stxname) AS bare, s.stxrelid::bigint AS relation,
  quote_ident(n.nspname) AS schema, pg_get_statisticsobjdef(s.oid) AS definition,
  nullif(to_jsonb(s) ->> 'stxstattarget', '-1') AS target, pg_get_userbyid(s.stxowner)::text AS owner,
  obj_description(s.oid, 'pg_statistic_ext') AS comment
FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace
WHERE s.stxnamespace = ANY(%(schemas)s::oid[]) AND NOT {_brought("s.oid")}
"""

DEFAULT_PRIVILEGES = """
SELECT pg_get_userbyid(d.defaclrole)::text AS role, quote_ident(n.nspname) AS schema,
  d.defaclobjtype::text AS object_type,
  d.defaclacl::text[] AS acl,
  CASE WHEN d.defaclnamespace = 0
    THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's'::"char" ELSE d.defaclobjtype END, d.defaclrole)::text[]
  END AS base
FROM pg_default_acl AS d LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
WHERE d.defaclnamespace = 0 OR d.defaclnamespace = ANY(%(schemas)s::oid[])
"""

# What pg_dump would write and the questions above do not ask for.
OTHERS = """
SELECT 'extension ' || quote_ident(extname) FROM pg_extension WHERE extname <> 'plpgsql'
UNION ALL
SELECT kind || ' ' || quote_ident(name) FROM (
  SELECT 'aggregate' AS kind, proname AS name, pronamespace AS space, oid FROM pg_proc WHERE prokind = 'a'
  UNION ALL SELECT 'foreign table', relname, relnamespace, oid FROM pg_class WHERE relkind = 'f'
  UNION ALL SELECT 'operator', oprname, oprnamespace, oid FROM pg_operator
  UNION ALL SELECT 'operator class', opcname, opcnamespace, oid FROM pg_opclass
  UNION ALL SELECT 'collation', collname, collnamespace, oid FROM pg_collation
  UNION ALL SELECT 'base type', typname, typnamespace, oid FROM pg_type WHERE typtype = 'b' AND typelem = 0
  UNION ALL SELECT 'text search configuration', cfgname, cfgnamespace, oid FROM pg_ts_config
  UNION ALL SELECT 'text search dictionary', dictname, dictnamespace, oid FROM pg_ts_dict
) AS each
WHERE space = ANY(%(schemas)s::oid[])
  AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.objid = each.oid AND e.deptype = 'e')
UNION ALL SELECT 'event trigger ' || quote_ident(evtname) FROM pg_event_trigger
UNION ALL SELECT 'publication ' || quote_ident(pubname) FROM pg_publication
UNION ALL SELECT 'foreign server ' || quote_ident(srvname) FROM pg_foreign_server
ORDER BY 1
"""

DEPENDENCIES = """
SELECT d.classid::regclass::text, d.objid::bigint, d.objsubid, d.refclassid::regclass::text, d.refobjid::bigint,
  d.refobjsubid, d.deptype::text
FROM pg_depend AS d WHERE d.deptype IN ('n', 'a', 'i', 'P', 'S')
"""
