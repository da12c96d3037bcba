"""A file without a transaction (``-- transactional: false``): each statement commits by itself and leaves a row behind.

A run that ends in its middle never undoes anything: the next one goes on behind the statements that are done. Whatever
can run in a transaction commits together with its row, so that no crash comes between the two.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from psycopg import ClientCursor, sql

from avdaily_sql import sqltext
from avdaily_sql.errors import Drift
from avdaily_sql.migrations import resumption, statements
from avdaily_sql.migrations.execution import Ending, FileFailed, Segment, copy_data, locate
from avdaily_sql.migrations.session import StatementFailed

if TYPE_CHECKING:
    from avdaily_sql.migrations.performer import Operation, Performer

# "cannot run inside a transaction block", and a procedure that commits.
_NEEDS_NO_TRANSACTION = frozenset({"25001", "2D000"})
_COMMITS = re.compile(rb"\b(?:COMMIT|ROLLBACK)\b", re.IGNORECASE)
# Instead of the checksum, in the row of a statement that the server refused: nothing of it is in doubt.
_REFUSED = "refused"


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
    completed, in_doubt = _progress(current, operation)
    current.session.exchange(f"SET lock_timeout = {current.lock_timeout_ms(operation.file)}".encode())
    if operation.file.directives.statement_timeout_ms is not None:
        current.session.exchange(f"SET statement_timeout = {operation.file.directives.statement_timeout_ms}".encode())
    for number in range(1, len(operation.file.statements) + 1):
        if number in completed:
            _set_again(current, operation, number)
            continue
        try:
            _perform(current, operation, number, in_doubt=number in in_doubt)
        except FileFailed:
            current.session.roll_back()
            _write(current, _REFUSED_ROW, operation, number)
            raise
    gone = _mogrified(current, _GONE, operation, 0)
    ending = statements.ending(current.session.pristine, current.history_schema, None)
    return Ending(f"{ending}\n{gone}", (time.monotonic() - started) * 1000)


def _progress(current: Performer, operation: Operation) -> tuple[set[int], set[int]]:
    """Return the numbers of the statements that are done, and of those whose outcome nobody heard."""
    query = sql.SQL(
        "SELECT statement, token_checksum, finished_at IS NOT NULL FROM {}.avdaily_progress"
        " WHERE migration_id = %s AND operation = %s"
    ).format(sql.Identifier(current.history_schema))
    rows = current.session.conn.execute(query, (operation.id, operation.name)).fetchall()
    completed = {number for number, _, finished in rows if finished}
    known = range(1, len(operation.file.statements) + 1)
    in_doubt = {
        number
        for number, checksum, finished in rows
        if not finished and number in known and checksum == _checksum(operation, number)
    }
    return completed, in_doubt


def _set_again(current: Performer, operation: Operation, number: int) -> None:
    """Repeat a SET or RESET that an earlier run did for the statements behind it: its session is gone."""
    if operation.file.statements[number - 1].keywords[:1] in {("SET",), ("RESET",)}:
        _run_one(current, operation, number)


def _perform(current: Performer, operation: Operation, number: int, *, in_doubt: bool) -> None:
    """Run one statement and leave its row."""
    if in_doubt and resumption.is_done(current, operation, number):
        _write(current, _FINISHED, operation, number)
        return
    resumption.clear(current, operation, number, in_doubt=in_doubt)
    _write(current, _STARTED, operation, number)
    if _may_run_whole(operation, number) and _run_whole(current, operation, number):
        return
    _run_one(current, operation, number)
    _write(current, _FINISHED, operation, number)


def _may_run_whole(operation: Operation, number: int) -> bool:
    """Return whether to try a transaction; a DO that commits would only do its first part twice."""
    statement = operation.file.statements[number - 1]
    commits = statement.keywords[:1] == ("DO",) and _COMMITS.search(
        operation.file.text[statement.start : statement.end]
    )
    return not commits


def _run_whole(current: Performer, operation: Operation, number: int) -> bool:
    """Run a statement and its row in one transaction; False when it cannot run in one, and nothing was done."""
    current.session.exchange(b"BEGIN")
    try:
        _run_one(current, operation, number)
    except FileFailed as error:
        if error.failure.sqlstate not in _NEEDS_NO_TRANSACTION:
            raise
        current.session.roll_back()
        return False
    try:
        _write(current, _FINISHED, operation, number, begin="SET CONSTRAINTS ALL IMMEDIATE")
    except StatementFailed as failure:
        if failure.completed:
            raise
        location = operation.file.location(operation.file.statements[number - 1].start)
        raise FileFailed(failure, location) from None
    return True


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


_STARTED = """
    INSERT INTO {history}.avdaily_progress (migration_id, operation, statement, token_checksum)
    VALUES (%(id)s, %(operation)s, %(statement)s, %(checksum)s)
    ON CONFLICT (migration_id, operation, statement)
    DO UPDATE SET started_at = clock_timestamp(), token_checksum = excluded.token_checksum"""
_FINISHED = """
    UPDATE {history}.avdaily_progress SET finished_at = clock_timestamp()
    WHERE migration_id = %(id)s AND operation = %(operation)s AND statement = %(statement)s"""
_REFUSED_ROW = """
    UPDATE {history}.avdaily_progress SET token_checksum = %(refused)s
    WHERE migration_id = %(id)s AND operation = %(operation)s AND statement = %(statement)s AND finished_at IS NULL"""
_GONE = "DELETE FROM {history}.avdaily_progress WHERE migration_id = %(id)s AND operation = %(operation)s"


def _write(current: Performer, query: str, operation: Operation, number: int, *, begin: str = "BEGIN") -> None:
    """Write a row as ourselves, whatever role and path the file has set, and only while the lock is ours.

    :param begin: what comes first; the transaction may be open.
    """
    role = current.run.facts.role if current.run.facts.role == "none" else f'"{current.run.facts.role}"'
    message = (
        f"{begin}; {statements.guard(current.history_schema, None)};"
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
        "refused": _REFUSED,
    }
    composed = sql.SQL(query).format(history=sql.Identifier(current.history_schema))
    return ClientCursor(current.session.conn).mogrify(composed, values)


def _checksum(operation: Operation, number: int) -> str:
    statement = operation.file.statements[number - 1]
    return sqltext.token_checksum(operation.file.text[statement.start : statement.end])
