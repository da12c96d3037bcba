"""The statements of one batch, put together from a backfill's pair: cut by key, changed, and looked at again.

A key crosses to the program and back as text, so that any type can be one: uuid, bigint, date, an enum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg import sql

from avdaily_sql import sqltext
from avdaily_sql.errors import AvDailyError, Failed, Location, Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.backfills.files import Backfill

Key = tuple[str, ...]


class KeyColumn(NamedTuple):
    """One column of what remains, with its type as SQL writes it."""

    name: str
    type: str


class Statements(NamedTuple):
    """The texts that a batch needs, for the server's own ``$1``."""

    columns: tuple[KeyColumn, ...]
    first: str
    following: str
    change: str
    left: str


def prepare(conn: psycopg.Connection[Any], backfill: Backfill) -> Statements:
    """Ask the server what the keys are, and put the statements of a batch together; nothing is changed.

    :raises UsageError: the pair does not fit together.
    """
    columns = _key_columns(conn, backfill)
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns).as_string(conn)
    listed = ", ".join(f"{_quoted(column.name)}::text" for column in columns)
    # Qualified: a bare name in ORDER BY would be the text of the output, and 10 come before 9.
    order = ", ".join(_quoted(column.name) for column in columns)
    source = f"(\n{backfill.source(backfill.remaining)}\n) AS remaining"
    count = len(columns)
    after = ", ".join(f"${number}::{column.type}" for number, column in enumerate(columns, 1))
    arrays = ", ".join(f"${number}::{column.type}[]" for number, column in enumerate(columns, 1))
    return Statements(
        columns,
        f"SELECT {listed} FROM {source} ORDER BY {order} LIMIT $1",  # noqa: S608 (names are quoted)
        f"SELECT {listed} FROM {source} WHERE ({order}) > ({after}) ORDER BY {order} LIMIT ${count + 1}",  # noqa: S608
        _change(backfill, columns),
        f"SELECT count(*) FROM {source} JOIN unnest({arrays}) AS batch ({names}) USING ({names})",  # noqa: S608
    )


def _key_columns(conn: psycopg.Connection[Any], backfill: Backfill) -> tuple[KeyColumn, ...]:
    try:
        query = f"SELECT * FROM (\n{backfill.source(backfill.remaining)}\n) AS remaining LIMIT 0"  # noqa: S608
        described = conn.execute(query.encode()).description
    except psycopg.Error as error:
        raise failure(error, backfill, backfill.remaining) from None
    columns: list[KeyColumn] = []
    for column in described or ():
        # With -1, not NULL: that would be "character" and "bit", of one place each, and cut every key.
        row = conn.execute("SELECT pg_catalog.format_type(%s, -1)", (column.type_code,)).fetchone()
        if any(column.name == other.name for other in columns):
            raise UsageError(
                f'the SELECT of what remains gives "{column.name}" twice',
                hint="Select each key once, or name it with AS.",
                location=backfill.at(backfill.remaining.start),
            )
        columns.append(KeyColumn(column.name, str(row[0]) if row else ""))
    return tuple(columns)


def _change(backfill: Backfill, columns: Sequence[KeyColumn]) -> str:
    """Return the change with ``$n`` in place of its parameters; each key column must be used, and nothing else."""
    start, end = backfill.change.start, backfill.change.end
    text = backfill.text[start:end]
    numbers = {column.name: number for number, column in enumerate(columns, 1)}
    used = sqltext.parameters(text)
    for parameter in used:
        if parameter.name not in numbers:
            raise UsageError(
                f"the SELECT of what remains gives no column for :{parameter.name}",
                detail=f"It gives: {', '.join(numbers)}.",
                location=backfill.at(start + parameter.start),
            )
    missing = numbers.keys() - {parameter.name for parameter in used}
    if missing or not columns:
        raise UsageError(
            f"the change does not use :{sorted(missing)[0]}" if missing else "the SELECT of what remains has no column",
            hint="Each key column comes as an array: WHERE id = ANY(:id).",
            location=backfill.at(start if missing else backfill.remaining.start),
        )
    for parameter in reversed(used):
        number = numbers[parameter.name]
        marker = f"(${number}::{columns[number - 1].type}[])".encode()
        text = text[: parameter.start] + marker + text[parameter.end :]
    return text.decode()


def keys_after(
    conn: psycopg.Connection[Any], backfill: Backfill, statements: Statements, after: Key | None, limit: int
) -> list[Key]:
    """Return the next keys that remain, in their order.

    :raises Failed: a key is null: the order of the batches would not find it.
    """
    query = statements.first if after is None else statements.following
    found = _run(conn, backfill, backfill.remaining, query, [*(after or ()), limit]).fetchall()
    if any(part is None for key in found for part in key):
        raise Failed(
            "a key of what remains is null",
            detail="Batches are cut in the order of the keys, and null has no place in it.",
            hint="Select columns that are never null, such as the primary key.",
            location=backfill.at(backfill.remaining.start),
        )
    return found


def change(conn: psycopg.Connection[Any], backfill: Backfill, statements: Statements, keys: Sequence[Key]) -> int:
    """Change the rows of the keys, and return how many the server says it changed.

    :raises Failed: a row remains after its change: the backfill would never end.
    """
    arrays = arrays_of(keys)
    changed = _run(conn, backfill, backfill.change, statements.change, arrays).rowcount
    left = _run(conn, backfill, backfill.remaining, statements.left, arrays).fetchone()
    if left is not None and left[0]:
        raise Failed(
            f"{left[0]} of {len(keys)} rows remain after they were changed",
            detail="The change does not make the condition of the SELECT false, so it would go on for ever. "
            "This batch was rolled back.",
            hint="Change the rows so that the SELECT of what remains no longer finds them.",
            location=backfill.at(backfill.change.start),
        )
    return max(0, changed)


def arrays_of(keys: Sequence[Key]) -> list[list[str]]:
    """Return the keys column by column."""
    return [list(column) for column in zip(*keys, strict=True)]


def _run(
    conn: psycopg.Connection[Any],
    backfill: Backfill,
    statement: sqltext.Statement,
    query: str,
    parameters: Sequence[object],
) -> psycopg.Cursor[Any]:
    cursor = psycopg.RawCursor(conn)
    try:
        return cursor.execute(query.encode(), parameters)
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
        raise
    except psycopg.OperationalError as error:
        if conn.broken:
            raise
        raise failure(error, backfill, statement) from None
    except psycopg.Error as error:
        raise failure(error, backfill, statement) from None


def failure(error: psycopg.Error, backfill: Backfill, statement: sqltext.Statement) -> AvDailyError:
    """Return the server's refusal of one of the two statements, at that statement."""
    kind = Refused if error.sqlstate == "42501" else Failed
    timeout = error.sqlstate == "57014"
    return kind(
        f"backfill {backfill.name} failed: {error.diag.message_primary or error}",
        detail=error.diag.message_detail,
        hint="Give the file a smaller -- batch: or a longer -- statement-timeout:."
        if timeout
        else error.diag.message_hint,
        sqlstate=error.sqlstate,
        location=_place(error, backfill, statement),
    )


def _place(error: psycopg.Error, backfill: Backfill, statement: sqltext.Statement) -> Location:
    """Return where the server points to inside the statement, else where the statement begins."""
    position = error.diag.statement_position
    sent = error.diag.internal_query
    offset = statement.start
    if position is not None and position.isdigit() and sent is None and statement == backfill.remaining:
        # What is sent has one line before the SELECT; the server counts characters, our offsets are bytes.
        source = backfill.source(statement)
        before = "SELECT * FROM (\n"
        inside = int(position) - 1 - len(before)
        if 0 <= inside < len(source):
            offset += len(source[:inside].encode())
    return backfill.at(offset)


def _quoted(name: str) -> str:
    return 'remaining."' + name.replace('"', '""') + '"'
