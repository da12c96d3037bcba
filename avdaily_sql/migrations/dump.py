"""The schema of a database as pg_dump writes it, made comparable; and how two of them differ.

Left out are the histories of migrations, the tables of stock yoyo and of the tools that ``import`` knows, the
partitions that were made at run time (``PARENT_YYYY_MM``), and what says only when, by which release and by which role
the dump or the schema was made.
"""

from __future__ import annotations

import difflib
import re
import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import programs
from avdaily_sql.database import connect
from avdaily_sql.errors import Busy, Failed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import psycopg

    from avdaily_sql.programs import Program

# In the place of the role that built a schema: another role may build the same one.
OWNER = "owner"
_LOCK_WAIT_MS = 10_000
_LINES_SHOWN = 200

_LEFT_OUT = """
SELECT format('--exclude-schema="%s"', replace(n.nspname, '"', '""'))
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relname = 'avdaily_format' AND c.relkind = 'r'
UNION ALL
SELECT format('--exclude-table="%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""'))
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relname IN (
    '_yoyo_migration', '_yoyo_log', '_yoyo_version', 'yoyo_lock',
    'schema_migrations', 'flyway_schema_history', 'alembic_version'
)
UNION ALL
SELECT format('--exclude-table="%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""'))
FROM pg_inherits AS i
JOIN pg_class AS c ON c.oid = i.inhrelid
JOIN pg_class AS parent ON parent.oid = i.inhparent
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relispartition AND c.relkind IN ('r', 'p')
    AND left(c.relname, length(parent.relname)) = parent.relname
    AND substr(c.relname, length(parent.relname) + 1) ~ '^_[0-9]{4}_[0-9]{2}$'
"""
# Who owns most tables of a schema built it, else who owns the history; regrole writes a name as pg_dump does.
_BUILDER = """
SELECT coalesce(
    (
        SELECT relowner::regrole::text FROM pg_class
        WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND relkind IN ('r', 'p')
        GROUP BY relowner ORDER BY count(*) DESC, relowner LIMIT 1
    ),
    (SELECT min(relowner::regrole::text) FROM pg_class WHERE relname = 'avdaily_format' AND relkind = 'r'),
    quote_ident(current_user)
)
"""
_HEADER = re.compile(
    r"^--\n-- Name: (?P<name>.*); Type: (?P<type>[^;\n]*); Schema: (?P<schema>.*); Owner: .*\n--\n", re.MULTILINE
)
_PREAMBLE = re.compile(
    r"^(?:-- Dumped (?:from|by) .*|\\(?:un)?restrict .*|SET transaction_timeout = 0;)\n", re.MULTILINE
)
# Written before the first table, wherever that is.
_DEFAULTS = re.compile(r"^SET (?:default_tablespace = ''|default_table_access_method = heap);\n?", re.MULTILINE)
_ENDING = re.compile(r"\n*--\n-- PostgreSQL database dump complete\n--\n*\Z")


class Part(NamedTuple):
    """One object's statements in a dump; ``schema`` is ``-`` for what belongs to no schema."""

    type: str
    schema: str
    name: str
    text: str

    @property
    def object(self) -> str:
        """Return how the object is named to a person: ``TABLE public.wallets``."""
        return f"{self.type} {self.name}" if self.schema == "-" else f"{self.type} {self.schema}.{self.name}"


class Difference(NamedTuple):
    """One object that is not the same on both sides, and its lines: ``-`` only expected, ``+`` only there."""

    object: str
    difference: str


def take(url: str, program: Program, schema: str) -> tuple[Part, ...]:
    """Return the schema of a database, object by object, in pg_dump's own order.

    :param schema: where the migrations' tables are; whoever owns most of them counts as their owner.
    :raises Busy: a table is locked for too long.
    :raises Failed: pg_dump could not read the database.
    """
    with connect(url) as conn:
        left_out = [option for (option,) in conn.execute(_LEFT_OUT).fetchall()]
        builder, database = builder_of(conn, schema), conn.info.dbname
    command = [program.path, "--schema-only", f"--lock-wait-timeout={_LOCK_WAIT_MS}", *left_out]
    done = subprocess.run(
        [*command, programs.connection_argument(url)],
        check=False,
        capture_output=True,
        text=True,
        env=programs.unattended_environment(url, "avdaily-sql verify"),
    )
    if done.returncode != 0:
        raise _failure(done.stderr, database)
    return tuple(_parts(done.stdout, builder))


def builder_of(conn: psycopg.Connection[Any], schema: str) -> str:
    """Return the role that built a schema, as SQL writes it: in dumps another one may stand in its place."""
    row = conn.execute(_BUILDER, (schema,)).fetchone()
    assert row is not None  # noqa: S101 (without FROM there is one row)
    return str(row[0])


def _failure(stderr: str, database: str) -> Busy | Failed:
    lines = [line.removeprefix("pg_dump: ") for line in stderr.splitlines() if line.strip()]
    text = lines[0] if lines else "it said nothing"
    if "lock timeout" in stderr or "statement timeout" in stderr:
        return Busy(
            f'the schema of database "{database}" could not be read: a table is locked',
            detail=f"{text}.",
            hint="Wait for the session that holds it to end, then run the command again.",
        )
    return Failed(f'pg_dump could not read the schema of database "{database}"', detail=f"{text}.")


def _parts(text: str, builder: str) -> Iterator[Part]:
    text = _ENDING.sub("\n", _DEFAULTS.sub("", _PREAMBLE.sub("", text)))
    headers = list(_HEADER.finditer(text))
    yield Part("SETTINGS", "-", "of the dump", text[: headers[0].start() if headers else len(text)].strip("\n"))
    for number, header in enumerate(headers):
        end = headers[number + 1].start() if number + 1 < len(headers) else len(text)
        body = _without_owner(text[header.end() : end].strip("\n"), builder)
        # Who owns the schema itself, and what its owner may do there, is the administrator's affair.
        if header["type"] != "SCHEMA" or header["name"] != "public":
            part = Part(header["type"], header["schema"], header["name"], body)
            if body:
                yield part


# verify takes two dumps for each file, and most objects are the same in all of them.
@lru_cache(maxsize=8192)
def _without_owner(body: str, builder: str) -> str:
    name = re.escape(builder)
    body = re.sub(rf"^(ALTER .* OWNER TO ){name};$", rf"\1{OWNER};", body, flags=re.MULTILINE)
    body = re.sub(rf"^(ALTER DEFAULT PRIVILEGES FOR ROLE ){name} ", rf"\1{OWNER} ", body, flags=re.MULTILINE)
    body = re.sub(rf"^(SET SESSION AUTHORIZATION ){name};$", rf"\1{OWNER};", body, flags=re.MULTILINE)
    body = re.sub(rf"^((?:GRANT|REVOKE) .* (?:TO|FROM) ){name}([ ;])", rf"\1{OWNER}\2", body, flags=re.MULTILINE)
    return re.sub(rf"^(?:GRANT|REVOKE) .* ON SCHEMA .* (?:TO|FROM) {OWNER};\n?", "", body, flags=re.MULTILINE).strip()


def differences(expected: tuple[Part, ...], found: tuple[Part, ...]) -> list[Difference]:
    """Return every object that differs, those that are missing, changed or too many, by name."""
    if expected == found:
        return []
    wanted, there = _by_object(expected), _by_object(found)
    return [
        Difference(name, _lines(wanted.get(name, ""), there.get(name, "")))
        for name in sorted(wanted.keys() | there.keys())
        if wanted.get(name) != there.get(name)
    ]


def _by_object(parts: tuple[Part, ...]) -> dict[str, str]:
    result: dict[str, str] = {}
    for part in parts:
        result[part.object] = f"{result[part.object]}\n{part.text}" if part.object in result else part.text
    return result


def _lines(wanted: str, there: str) -> str:
    compared = difflib.ndiff(wanted.splitlines(), there.splitlines())
    lines = [line.rstrip() for line in compared if line[:1] in {"-", "+"} and line[1:].strip()]
    if len(lines) > _LINES_SHOWN:
        lines = [*lines[:_LINES_SHOWN], f"-- and {len(lines) - _LINES_SHOWN} more lines"]
    return "\n".join(lines)


def text_of(found: list[Difference]) -> str:
    """Return differences as a person reads them: a comment with the object, and its lines."""
    return "\n".join(f"-- {each.object}\n{each.difference}" for each in found)
