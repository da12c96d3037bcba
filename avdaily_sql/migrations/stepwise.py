"""A file without a transaction (``-- transactional: false``): each statement commits by itself and leaves a row behind.

A run that ends in its middle never undoes anything: the next one goes on behind the statements that are done.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from psycopg import ClientCursor, sql

from avdaily_sql import sqltext
from avdaily_sql.errors import Drift
from avdaily_sql.migrations import statements
from avdaily_sql.migrations.execution import Ending, FileFailed, Segment, copy_data, locate
from avdaily_sql.migrations.session import StatementFailed

if TYPE_CHECKING:
    from avdaily_sql.migrations.performer import Operation, Performer
    from avdaily_sql.sqltext import Statement

_INDEX_NAME = re.compile(
    r'CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>"(?:[^"]|"")+"|[^\W\d][\w$]*)\s+ON\b',
    re.IGNORECASE,
)


def require_frozen(operation: Operation) -> None:
    """Refuse a file whose statements were edited after they had run; the rest may be.

    :raises Drift: what ran is not what the file says now.
    """
    for row in operation.done:
        if not row.finished:
            continue
        same = row.statement <= len(operation.file.statements) and row.token_checksum == _checksum(
            operation, row.statement
        )
        if not same:
            raise Drift(
                f"statement {row.statement} of {operation.id} was edited after it had run",
                detail="The file runs without a transaction, and was completed in part. Nothing was run.",
                hint="Put the statement back as it was; only those behind it may be edited.",
            )


def run(current: Performer, operation: Operation) -> Ending:
    """Run the statements that are not done yet, each with its row, and return what is run before the mark.

    :raises FileFailed: a statement was refused; those before it stay done.
    """
    started = time.monotonic()
    completed = _completed(current, operation)
    current.session.exchange(f"SET lock_timeout = {current.lock_timeout_ms(operation.file)}".encode())
    if operation.file.directives.statement_timeout_ms is not None:
        current.session.exchange(f"SET statement_timeout = {operation.file.directives.statement_timeout_ms}".encode())
    for number, statement in enumerate(operation.file.statements, start=1):
        if number in completed:
            continue
        _write(current, _STARTED, operation, number)
        _drop_invalid_index(current, operation, statement)
        _run_one(current, operation, number)
        _write(current, _FINISHED, operation, number)
    gone = _mogrified(current, _GONE, operation, 0)
    ending = statements.ending(current.session.pristine, current.history_schema, None)
    return Ending(f"{ending}\n{gone}", (time.monotonic() - started) * 1000)


def _completed(current: Performer, operation: Operation) -> set[int]:
    """Return the numbers of the statements that are done, also those of an attempt of this very run."""
    query = sql.SQL(
        "SELECT statement FROM {}.avdaily_progress"
        " WHERE migration_id = %s AND operation = %s AND finished_at IS NOT NULL"
    ).format(sql.Identifier(current.history_schema))
    return {row[0] for row in current.session.conn.execute(query, (operation.id, operation.name)).fetchall()}


def _run_one(current: Performer, operation: Operation, number: int) -> None:
    statement = operation.file.statements[number - 1]
    segment = Segment(statement.start, statement.end, number - 1, number - 1, statement.copy)
    waits_alone = "CONCURRENTLY" in statement.keywords and "INDEX" in statement.keywords
    try:
        if waits_alone and operation.file.directives.lock_timeout_ms is None:
            # While it waits for old transactions nobody waits for it: it may take all the time that the run has.
            left = max(1, int(current.budget.remaining_seconds * 1000))
            current.session.exchange(f"SET lock_timeout = {left}".encode())
        current.session.send(operation.file.text[statement.start : statement.end])
        current.session.receive(copy_data(operation.file, statement.copy))
    except StatementFailed as failure:
        raise FileFailed(failure, locate(operation.file, segment, failure, (0, 0))) from None


def _drop_invalid_index(current: Performer, operation: Operation, statement: Statement) -> None:
    """Drop what a CREATE INDEX CONCURRENTLY left behind that was interrupted: an index that nothing uses."""
    text = operation.file.text[statement.start : statement.end].decode("utf-8")
    match = _INDEX_NAME.match(text)
    if match is None:
        return
    query = "SELECT FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass(%s) AND NOT indisvalid"
    if current.session.conn.execute(query, (match["name"],)).rowcount:
        current.session.exchange(f"DROP INDEX CONCURRENTLY {match['name']}".encode())
        current.run.warn(f"dropped the invalid index {match['name']} that an interrupted run had left behind")


_STARTED = """
    INSERT INTO {history}.avdaily_progress (migration_id, operation, statement, token_checksum)
    VALUES (%(id)s, %(operation)s, %(statement)s, %(checksum)s)
    ON CONFLICT (migration_id, operation, statement)
    DO UPDATE SET started_at = clock_timestamp(), token_checksum = excluded.token_checksum"""
_FINISHED = """
    UPDATE {history}.avdaily_progress SET finished_at = clock_timestamp()
    WHERE migration_id = %(id)s AND operation = %(operation)s AND statement = %(statement)s"""
_GONE = "DELETE FROM {history}.avdaily_progress WHERE migration_id = %(id)s AND operation = %(operation)s"


def _write(current: Performer, query: str, operation: Operation, number: int) -> None:
    """Write a row as ourselves, whatever role and path the file has set, and only while the lock is ours."""
    role = current.run.facts.role if current.run.facts.role == "none" else f'"{current.run.facts.role}"'
    message = (
        f"BEGIN; {statements.guard(current.history_schema, None)};"
        f"SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE {role}; SET LOCAL search_path = pg_catalog;"
        f"{_mogrified(current, query, operation, number)}; COMMIT"
    )
    current.session.exchange(message.encode())


def _mogrified(current: Performer, query: str, operation: Operation, number: int) -> str:
    values = {
        "id": operation.id,
        "operation": operation.name,
        "statement": number,
        "checksum": _checksum(operation, number) if number else None,
    }
    composed = sql.SQL(query).format(history=sql.Identifier(current.history_schema))
    return ClientCursor(current.session.conn).mogrify(composed, values)


def _checksum(operation: Operation, number: int) -> str:
    statement = operation.file.statements[number - 1]
    return sqltext.token_checksum(operation.file.text[statement.start : statement.end])
