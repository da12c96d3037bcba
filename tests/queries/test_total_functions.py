"""The audit of the functions that are said to give null only for null: each is called with awkward values."""

import itertools
import random

import psycopg
import pytest

from avdaily_sql.queries.proof import total_functions

# Values at the edges of each type; what one function refuses (an error is no null) another one takes.
VALUES = {
    "bool": "true false",
    "int2": "0 1 -1 32767 -32768",
    "int4": "0 1 -1 2 5 2147483647 -2147483648",
    "int8": "0 1 -1 9223372036854775807 -9223372036854775808",
    "float4": "0 -0 1.5 -1 NaN Infinity -Infinity",
    "float8": "0 -0 1.5 -1 NaN Infinity -Infinity 1e300 1e-300",
    "numeric": "0 1.25 -1 NaN Infinity -Infinity 1e30 1e-30",
    "text": "|a|Ab c|%|'|UTC|Africa/Lagos|day|epoch|1|YYYY-MM-DD||{}|a.b|sha256|hex|(|\\|é₦",
    "bpchar": "|a|ab ",
    "varchar": "|a|ab ",
    "name": "|a|ab",
    "bytea": "|\\x00ff|\\x",
    "uuid": "00000000-0000-0000-0000-000000000000 01890000-0000-7000-8000-000000000001",
    "date": "infinity|-infinity|epoch|2024-02-29|4713-01-01 BC|5874897-12-31",
    "time": "00:00|24:00|12:34:56.789",
    "timetz": "00:00+00|24:00-12",
    "timestamp": "infinity|-infinity|epoch|2024-02-29 12:00|4713-11-24 BC",
    "timestamptz": "infinity|-infinity|epoch|2024-02-29 12:00+01|4713-11-25 BC",
    "interval": "0|1 mon -3 days|-1 day|178000000 years|1 year 2 mons 3 days 04:05:06",
    "json": 'null|{}|[]|1|"a"|{"a": null}|[null]',
    "jsonb": 'null|{}|[]|1|"a"|{"a": null}|[null]|true',
    "_text": "{}|{a}|{NULL}|{a,0}",
    "_int4": "{}|{1}|{NULL}|{{1,2},{3,4}}",
    "anyarray": "{}|{1}|{NULL}|{{1,2},{3,4}}",
    "anyrange": "empty|(,)|[1,2)|(,1]",
    "daterange": "empty|(,)|[2024-01-01,2024-02-01)",
    "anyelement": "0|1|-1",
}
SAME = {
    "anycompatiblearray": "anyarray",
    "anycompatible": "anyelement",
    "anynonarray": "anyelement",
}
CONCRETE = {"anyarray": "int4[]", "anyrange": "int4range", "anyelement": "int4", "_text": "text[]", "_int4": "int4[]"}
MOST_CALLS = 120

AUDIT = """
CREATE FUNCTION pg_temp.calls_that_give_null(calls text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    call text;
    gives_null bool;
    answered int := 0;
BEGIN
    FOREACH call IN ARRAY calls LOOP
        BEGIN
            EXECUTE 'SELECT ' || call || ' IS NOT DISTINCT FROM NULL' INTO gives_null;
            answered := answered + 1;
            IF gives_null THEN RETURN NEXT call; END IF;
        EXCEPTION WHEN OTHERS THEN
            NULL;  -- an error is no null
        END;
    END LOOP;
    IF answered = 0 THEN RETURN NEXT 'no call of these gave any answer: ' || calls[1]; END IF;
END $$
"""


def split(signature: str) -> tuple[str, list[str]]:
    name, _, rest = signature.partition("(")
    return name, [word for word in rest.rstrip(")").split(",") if word]


def literals(kind: str) -> list[str]:
    kind = SAME.get(kind, kind)
    text = VALUES[kind]
    words = text.split("|") if "|" in text else text.split(" ")
    return [f"""('{word.replace("'", "''")}'::{CONCRETE.get(kind, kind)})""" for word in words]


def calls(signature: str) -> list[str]:
    name, kinds = split(signature)
    found = list(itertools.product(*(literals(kind) for kind in kinds)))
    if len(found) > MOST_CALLS:
        found = random.Random(signature).sample(found, MOST_CALLS)  # the same ones in every run
    made = [f'pg_catalog."{name}"({", ".join(arguments)})' for arguments in found]
    # A text of two thousand million letters would only cost time.
    return [call.replace("2147483647", "1000") for call in made] if name in {"repeat", "lpad", "rpad"} else made


@pytest.fixture(scope="module")
def there(server):
    """The signatures of the server's own functions."""
    rows = server.execute(
        "SELECT p.proname || '(' || array_to_string(ARRAY("
        "  SELECT t.typname::text FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, n)"
        "    JOIN pg_type AS t ON t.oid = a.type ORDER BY a.n), ',') || ')' FROM pg_proc AS p"
        " WHERE p.pronamespace = 'pg_catalog'::regnamespace"
    )
    return {signature for (signature,) in rows}


def test_no_function_of_the_list_gives_null_for_a_value(server, there):
    windows = {"ntile(int4)"}
    with psycopg.connect(server.maintenance_url, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute(AUDIT)
        guilty = []
        for signature in sorted((total_functions.NULL_ONLY_FOR_NULL & there) - windows):
            guilty += connection.execute("SELECT pg_temp.calls_that_give_null(%s)", [calls(signature)]).fetchall()
    assert guilty == []


def test_the_audit_finds_the_functions_that_do_give_null(server):
    traps = [
        "extract(text,timestamptz)", "to_char(timestamp,text)", "time(timestamp)",
        "jsonb_object_field_text(jsonb,text)",
        "substring(text,text)", "lower(anyrange)", "array_length(anyarray,int4)", "scale(numeric)",
    ]  # fmt: skip
    with psycopg.connect(server.maintenance_url, autocommit=True) as connection:
        connection.execute(AUDIT)
        for signature in traps:
            assert signature not in total_functions.NULL_ONLY_FOR_NULL
            assert connection.execute("SELECT pg_temp.calls_that_give_null(%s)", [calls(signature)]).fetchall()


@pytest.mark.parametrize("kind", [("NEVER_NULL"), ("NEVER_NULL_SETS"), ("NULL_ONLY_FOR_NULL")])
def test_the_names_are_those_of_the_server(there, kind):
    missing = getattr(total_functions, kind) - there
    # Each of these came, or got another argument, after 15; a misspelt name would be missing everywhere.
    assert {split(signature)[0] for signature in missing} <= {
        "bytea", "int2", "int4", "int8", "random", "json_strip_nulls", "jsonb_strip_nulls", "reverse", "timezone",
    }  # fmt: skip


def test_what_is_never_null_takes_nulls(server):
    with psycopg.connect(server.maintenance_url) as connection:
        for call in (
            "concat(NULL, NULL)", "num_nulls(NULL)", "num_nonnulls(NULL)", "json_build_array(NULL)", "pg_typeof(NULL)",
            "jsonb_build_array(NULL)", "json_build_object('a', NULL)", "jsonb_build_object('a', NULL)", "count(NULL)",
        ):  # fmt: skip
            assert connection.execute(f"SELECT {call} IS NULL").fetchone() == (False,), call
