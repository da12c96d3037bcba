"""Scratch databases: beside the live one on its server, marked in their comment, and gone with their maker.

Their maker holds an advisory lock as long as it lives. A scratch database whose lock nobody holds was left behind by a
maker that was killed; the next one drops it.
"""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import sql

from avdaily_sql import database, maintenance
from avdaily_sql.errors import Failed, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

CLASS = 0x41564453 + 1  # beside the runner's "AVDS"
PREFIX = "avdaily_scratch_"
_MARK = "avdaily.scratch="

_LEFT_BEHIND = """
SELECT d.datname FROM pg_database AS d
WHERE d.datname ~ ('^' || %(prefix)s || '[0-9a-f]{16}$') AND pg_has_role(d.datdba, 'USAGE')
    AND coalesce(shobj_description(d.oid, 'pg_database'), %(mark)s) LIKE %(mark)s || '%%'
ORDER BY d.datname
"""
_HELD = """
SELECT objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = %s::bigint::oid
"""
# A scratch database sorts and compares text as the live one does; the column has another name before PostgreSQL 17.
_LOCALE = """
SELECT pg_encoding_to_char(encoding), datcollate, datctype, datlocprovider,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
FROM pg_database AS d WHERE datname = current_database()
"""
_PROVIDERS = {"i": ("icu", "ICU_LOCALE"), "b": ("builtin", "BUILTIN_LOCALE")}


class Scratch(NamedTuple):
    """A database to do anything with; empty but for the schema that was asked for."""

    name: str
    url: str
    conn: psycopg.Connection[Any]
    schema: str

    def renew(self) -> None:
        """Make it empty again."""
        maintenance.drop_database(self.conn, self.name)
        _create(self.conn, self.name, self.url, self.schema)


@contextmanager
def scratch(url: str, schema: str, purpose: str, note: Callable[[str], None]) -> Iterator[Scratch]:
    """Give the block an empty database on the server of a URL; it is dropped afterwards.

    :param schema: created in it, unless it is ``public``.
    :param purpose: the command, for the comment of the database.
    :param note: told of what a killed run had left behind.
    :raises Refused: the role may not create databases.
    """
    name = f"{PREFIX}{secrets.token_hex(8)}"
    with database.connect(url) as conn:
        database.refuse_transaction_pooling(conn)
        sweep(conn, note)
        # Before there is anything to drop, so that no other run takes it for a leftover.
        conn.execute("SELECT pg_advisory_lock(%s, %s)", (CLASS, maintenance.key_of(name)))
        made = Scratch(name, maintenance.with_database(url, name), conn, schema)
        try:
            _create(conn, name, made.url, schema)
            _mark(conn, name, purpose)
            yield made
        finally:
            # When the server is gone there is nobody to ask; the next run drops it.
            with suppress(psycopg.OperationalError):
                maintenance.drop_database(conn, name)


def sweep(conn: psycopg.Connection[Any], note: Callable[[str], None]) -> None:
    """Drop the scratch databases whose makers are gone."""
    found = [name for (name,) in conn.execute(_LEFT_BEHIND, {"prefix": PREFIX, "mark": _MARK}).fetchall()]
    held = {key for (key,) in conn.execute(_HELD, (CLASS,)).fetchall()}
    for name in found:
        if maintenance.key_of(name) & 0xFFFFFFFF in held:
            continue
        try:
            maintenance.drop_database(conn, name)
        except psycopg.Error as error:
            note(f'could not drop "{name}", which an interrupted run had left: {error.diag.message_primary}')
        else:
            note(f'dropped "{name}", which an interrupted run had left')


def _create(conn: psycopg.Connection[Any], name: str, url: str, schema: str) -> None:
    row = conn.execute(_LOCALE).fetchone()
    assert row is not None  # noqa: S101 (we are connected to it)
    encoding, collate, ctype, provider, locale = row
    options = {"ENCODING": encoding, "LC_COLLATE": collate, "LC_CTYPE": ctype}
    if provider in _PROVIDERS:
        word, option = _PROVIDERS[provider]
        options |= {"LOCALE_PROVIDER": word, option: locale}
    settings = sql.SQL(" ").join(
        sql.SQL("{} {}").format(sql.SQL(key), sql.Literal(value)) for key, value in options.items()
    )
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 {}").format(sql.Identifier(name), settings)
    try:
        conn.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        raise _may_not_create(conn) from None
    except psycopg.Error as error:
        raise Failed(
            f"could not create a scratch database: {error.diag.message_primary or error}", sqlstate=error.sqlstate
        ) from None
    if schema != "public":
        with database.connect(url) as inside:
            inside.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def _mark(conn: psycopg.Connection[Any], name: str, purpose: str) -> None:
    said = {"purpose": purpose, "origin": conn.info.dbname, "pid": conn.info.backend_pid}
    maintenance.set_comment(conn, name, f"{_MARK}{json.dumps(said)}")


def _may_not_create(conn: psycopg.Connection[Any]) -> Refused:
    import shlex

    statement = f'ALTER ROLE "{conn.info.user}" CREATEDB'
    return Refused(
        f'role "{conn.info.user}" may not create databases, and a scratch database is needed',
        detail="It is made beside the live one and dropped again; nothing was changed.",
        hint=f"psql -d {shlex.quote(conn.info.dbname)} -c {shlex.quote(statement)}",
    )
