"""The rules of docs/schema-conventions.md, read from the catalog; a failure lists what breaks one."""

import re

import pytest

from tests.schema.tables import OWNED_TABLES, SEED_TABLES

# Only these follow their parent when it is deleted; money, proofs and history never do.
CASCADES = {
    "account",
    "session",
    "push_tokens",
    "notification_preferences",
    "notifications",
    "scheduled_notifications",
    "role_permissions",
}
# Refers to another user's row on purpose, by that user and id: who covered a member's default, and with which payment.
OTHER_USERS = {"group_contributions_covered_by_cover_transaction_id_fkey"}
SCHEMA = "(SELECT oid FROM pg_namespace WHERE nspname = 'public')"
# Partitions are checked against their parent, not here.
TABLES = f"SELECT * FROM pg_class WHERE relnamespace = {SCHEMA} AND relkind IN ('r', 'p') AND NOT relispartition"


@pytest.fixture
def rows(conn):
    def run(query):
        return conn.execute(query).fetchall()

    return run


def columns_of(relation, numbers):
    return f"""(SELECT array_agg(attname::text ORDER BY place)
                FROM unnest({numbers}) WITH ORDINALITY AS key (number, place)
                JOIN pg_attribute ON attrelid = {relation} AND attnum = number)"""


def well_named(name, table, columns, suffix):
    """Compare with TABLE_COLUMN_COLUMN_suffix; where that is too long, only its two ends count."""
    expected = f"{table}_{'_'.join(columns)}_{suffix}"
    if len(expected) > 63:
        return name.startswith(f"{table}_") and name.endswith(f"_{suffix}")
    return name == expected


def named_by_its_rule(name, table):
    return re.fullmatch(f"{table}_.+_check", name) is not None


def test_every_table_of_the_original_is_there(rows):
    found = {name for (name,) in rows(f"SELECT relname FROM ({TABLES}) AS t")}
    assert SEED_TABLES - found == set()
    assert "bank_accounts" in found
    assert "todo" not in found


def test_every_constraint_of_a_table_is_named_by_the_convention(rows):
    suffixes = {"f": "fkey", "u": "key", "x": "excl"}
    offenders = []
    for name, kind, table, columns in rows(
        f"""SELECT conname, contype::text, relname, {columns_of("conrelid", "conkey")}
            FROM pg_constraint JOIN ({TABLES}) AS t ON t.oid = conrelid WHERE contype IN ('p', 'u', 'f', 'c', 'x')"""
    ):
        if kind == "p":
            good = name == f"{table}_pkey"
        elif kind == "c":
            good = named_by_its_rule(name, table)
        else:
            good = well_named(name, table, columns, suffixes[kind])
        if not good:
            offenders.append(name)
    assert offenders == []


def test_every_constraint_of_a_domain_is_named_by_the_convention(rows):
    assert [
        name
        for name, domain in rows(
            f"""SELECT conname, typname FROM pg_constraint JOIN pg_type ON pg_type.oid = contypid
                WHERE typnamespace = {SCHEMA} AND contype = 'c'"""
        )
        if not named_by_its_rule(name, domain)
    ] == []


def test_every_index_is_named_by_the_convention(rows):
    offenders = []
    for name, unique, plain, table, columns in rows(
        f"""SELECT i.relname, indisunique, indpred IS NULL AND indexprs IS NULL, t.relname,
                   {columns_of("indrelid", "(indkey::smallint[])[0:indnkeyatts - 1]")}
            FROM pg_index JOIN ({TABLES}) AS t ON t.oid = indrelid JOIN pg_class AS i ON i.oid = indexrelid
            WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))"""
    ):
        suffix = "key" if unique else "idx"
        good = name.startswith(f"{table}_") and name.endswith(f"_{suffix}")
        if plain:
            good = well_named(name, table, columns, suffix)
        if not good:
            offenders.append(name)
    assert offenders == []


def rules_in(definition):
    """Count the rules that AND joins at the top of a CHECK; a BETWEEN is one rule."""
    inner = re.fullmatch(r"CHECK \(\((.*)\)\)(?: NOT VALID| NO INHERIT)?", definition, re.DOTALL)
    if inner is None:
        return 1
    if re.fullmatch(r"\((?:\()?(.+?)\)? >= .+\) AND \((?:\()?\1\)? <= .+\)", inner[1], re.DOTALL):
        return 1
    depth, rules = 0, [""]
    for part in re.findall(r"'(?:[^']|'')*'|[()]| AND |.", inner[1], re.DOTALL):
        depth += (part == "(") - (part == ")")
        if part == " AND " and depth == 0:
            rules.append("")
        else:
            rules[-1] += part
    # (a_at IS NOT NULL, b_at IS NOT NULL) = (status = 'a', status = 'b') is one rule, too: the time of each status.
    if all(re.fullmatch(r"\(\(\w+ IS NOT NULL\) = \(.*\)\)", rule) for rule in rules):
        return 1
    return len(rules)


def test_the_counting_of_rules_counts():
    assert rules_in("CHECK ((amount > (0)::numeric))") == 1
    assert rules_in("CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200)))") == 1
    assert rules_in("CHECK (((amount > 0) AND (fee > 0)))") == 2
    assert (
        rules_in(
            "CHECK ((((a_at IS NOT NULL) = (status = 'a'::text)) AND ((b_at IS NOT NULL) = (status = 'b'::text))))"
        )
        == 1
    )
    assert rules_in("CHECK (((a = ' AND ') OR ((b > 0) AND (c > 0))))") == 1


def test_every_check_has_one_rule(rows):
    assert [
        name
        for name, definition in rows(
            f"""SELECT conname, pg_get_constraintdef(pg_constraint.oid)
                FROM pg_constraint JOIN ({TABLES}) AS t ON t.oid = conrelid WHERE contype = 'c'"""
        )
        if rules_in(definition) > 1
    ] == []


def test_every_foreign_key_has_an_index(rows):
    indexes = rows(
        f"""SELECT indrelid, {columns_of("indrelid", "(indkey::smallint[])[0:indnkeyatts - 1]")},
                   pg_get_expr(indpred, indrelid)
            FROM pg_index JOIN ({TABLES}) AS t ON t.oid = indrelid WHERE indisvalid"""
    )

    def serves(columns, indexed, predicate):
        if indexed is None:
            return False
        if predicate is not None and predicate not in [f"({column} IS NOT NULL)" for column in columns]:
            return False
        # Ids are unique by themselves, so one that begins with the id finds its few rows without the user.
        return set(indexed[: len(columns)]) == set(columns) or indexed[0] in set(columns) - {"user_id"}

    assert [
        name
        for name, table, columns in rows(
            f"""SELECT conname, conrelid, {columns_of("conrelid", "conkey")}
                FROM pg_constraint JOIN ({TABLES}) AS t ON t.oid = conrelid WHERE contype = 'f'"""
        )
        if not any(
            serves(columns, indexed, predicate) for oid, indexed, predicate in indexes if oid == table and indexed
        )
    ] == []


def test_no_index_is_a_prefix_of_another(rows):
    assert (
        rows(
            f"""SELECT shorter.indexrelid::regclass::text, longer.indexrelid::regclass::text
                FROM pg_index AS shorter
                JOIN pg_index AS longer
                  ON longer.indrelid = shorter.indrelid AND longer.indexrelid <> shorter.indexrelid
                JOIN ({TABLES}) AS t ON t.oid = shorter.indrelid
                JOIN pg_class AS s ON s.oid = shorter.indexrelid
                JOIN pg_class AS l ON l.oid = longer.indexrelid AND l.relam = s.relam
                WHERE NOT shorter.indisunique AND shorter.indexprs IS NULL AND longer.indexprs IS NULL
                  AND pg_get_expr(shorter.indpred, shorter.indrelid)
                      IS NOT DISTINCT FROM pg_get_expr(longer.indpred, longer.indrelid)
                  AND (longer.indkey::smallint[])[0:shorter.indnkeyatts - 1]
                      = (shorter.indkey::smallint[])[0:shorter.indnkeyatts - 1]
                  AND longer.indnkeyatts >= shorter.indnkeyatts AND shorter.indnatts = shorter.indnkeyatts"""
        )
        == []
    )


def test_every_table_view_and_column_has_a_comment(rows):
    assert rows(f"SELECT relname FROM ({TABLES}) AS t WHERE obj_description(oid, 'pg_class') IS NULL") == []
    assert (
        rows(
            f"""SELECT relname FROM pg_class WHERE relnamespace = {SCHEMA} AND relkind IN ('v', 'm')
                AND obj_description(oid, 'pg_class') IS NULL"""
        )
        == []
    )
    assert (
        rows(
            f"""SELECT relname, attname FROM ({TABLES}) AS t JOIN pg_attribute ON attrelid = t.oid
                WHERE attnum > 0 AND NOT attisdropped AND col_description(t.oid, attnum) IS NULL"""
        )
        == []
    )


def test_every_function_has_a_comment(rows):
    assert (
        rows(
            f"""SELECT oid::regprocedure::text FROM pg_proc
                WHERE pronamespace = {SCHEMA} AND obj_description(oid, 'pg_proc') IS NULL ORDER BY 1"""
        )
        == []
    )


def test_no_column_has_a_type_that_lies(rows):
    """No varchar, char, timestamp, float, money, json, serial; numeric only with its scale."""
    assert (
        rows(
            f"""SELECT relname, attname, format_type(atttypid, atttypmod)
                FROM ({TABLES}) AS t JOIN pg_attribute ON attrelid = t.oid
                LEFT JOIN pg_attrdef ON adrelid = t.oid AND adnum = attnum
                WHERE attnum > 0 AND NOT attisdropped
                  AND (atttypid IN ('varchar'::regtype, 'bpchar'::regtype, 'timestamp'::regtype, 'timetz'::regtype,
                                    'real'::regtype, 'float8'::regtype, 'money'::regtype, 'json'::regtype)
                       OR atttypid = 'numeric'::regtype AND atttypmod = -1
                       OR pg_get_expr(adbin, adrelid) LIKE 'nextval(%')"""
        )
        == []
    )
    assert rows(f"SELECT typname FROM pg_type WHERE typnamespace = {SCHEMA} AND typtype = 'e'") == []


def test_a_bigint_identity_is_only_where_the_order_is_the_point(rows):
    found = rows(
        f"""SELECT relname FROM ({TABLES}) AS t JOIN pg_attribute ON attrelid = t.oid
            WHERE attname = 'id' AND atttypid <> 'uuid'::regtype ORDER BY 1"""
    )
    assert [name for (name,) in found] == ["audit_log", "ledger_entries"]
    assert (
        rows(
            f"""SELECT relname FROM ({TABLES}) AS t JOIN pg_attribute ON attrelid = t.oid
                LEFT JOIN pg_attrdef ON adrelid = t.oid AND adnum = attnum
                WHERE attname = 'id' AND atttypid = 'uuid'::regtype
                  AND pg_get_expr(adbin, adrelid) IS DISTINCT FROM 'app_uuid()'"""
        )
        == []
    )


def test_what_is_owned_by_a_user_says_so_in_every_row(rows):
    found = {
        name
        for (name,) in rows(
            f"""SELECT relname FROM ({TABLES}) AS t JOIN pg_attribute ON attrelid = t.oid
                WHERE attname = 'user_id' AND attnotnull AND atttypid = 'uuid'::regtype"""
        )
    }
    assert OWNED_TABLES - found == set()


def test_a_reference_between_rows_of_users_carries_the_user(rows):
    """(user_id, plan_id) and not plan_id alone: a row can then not point at another user's row."""
    assert [
        name
        for name, columns in rows(
            f"""WITH owned AS (SELECT attrelid FROM pg_attribute WHERE attname = 'user_id' AND attnotnull)
                SELECT conname, {columns_of("conrelid", "conkey")}
                FROM pg_constraint JOIN ({TABLES}) AS t ON t.oid = conrelid
                WHERE contype = 'f' AND conrelid IN (SELECT * FROM owned) AND confrelid IN (SELECT * FROM owned)"""
        )
        if "user_id" not in columns and name not in OTHER_USERS
    ] == []


def test_nothing_follows_a_deleted_row_but_what_may(rows):
    found = rows(
        f"""SELECT relname, conname, confdeltype::text, confupdtype::text
            FROM pg_constraint JOIN ({TABLES}) AS t ON t.oid = conrelid WHERE contype = 'f'"""
    )
    assert [name for table, name, delete, _ in found if delete == "c" and table not in CASCADES] == []
    assert [name for _, name, delete, _ in found if delete not in ("c", "r", "a")] == []
    assert [name for _, name, _, update in found if update != "a"] == []


def test_no_constraint_is_deferrable_or_unproven(rows):
    assert (
        rows(
            f"""SELECT conname FROM pg_constraint
                WHERE connamespace = {SCHEMA} AND (condeferrable OR NOT convalidated)"""
        )
        == []
    )


def test_every_updated_at_is_kept_by_the_trigger(rows):
    assert (
        rows(
            f"""SELECT relname FROM ({TABLES}) AS t JOIN pg_attribute ON attrelid = t.oid
                WHERE attname = 'updated_at' AND NOT EXISTS (
                  SELECT FROM pg_trigger WHERE tgrelid = t.oid AND tgname = relname || '_set_updated_at'
                    AND tgfoid IN ('set_updated_at'::regproc, 'touch_updated_at'::regproc) AND tgqual IS NOT NULL)"""
        )
        == []
    )


def test_every_trigger_is_named_after_its_table(rows):
    assert [
        (table, name)
        for table, name in rows(
            f"SELECT relname, tgname FROM ({TABLES}) AS t JOIN pg_trigger ON tgrelid = t.oid WHERE NOT tgisinternal"
        )
        if not name.startswith(f"{table}_")
    ] == []
