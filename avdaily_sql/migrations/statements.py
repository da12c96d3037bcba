"""The SQL around a file, before and after it, and the error that a refused file becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.errors import AvDailyError, Failed, Location
from avdaily_sql.migrations import lock
from avdaily_sql.migrations.execution import FileFailed
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from avdaily_sql.migrations.performer import Operation
    from avdaily_sql.migrations.session import StatementFailed


def timeouts(lock_timeout_ms: int, statement_timeout_ms: int | None) -> list[str]:
    """Return the settings of one file."""
    settings = [f"SET LOCAL lock_timeout = {lock_timeout_ms}"]
    if statement_timeout_ms is not None:
        settings.append(f"SET LOCAL statement_timeout = {statement_timeout_ms}")
    return settings


def ending(pristine: str, history_schema: str, transaction: str | None) -> str:
    """Return what is run between a file and its mark: the guard looks, and what the file left in the session goes.

    :param transaction: the id of the transaction that the file was run in; None when it had none.
    """
    # Deferred constraints first, as the role that the file ended as, just as COMMIT would have it.
    first = "SET CONSTRAINTS ALL IMMEDIATE" if transaction else "BEGIN"
    return f"{first}; {guard(history_schema, transaction)}; {reset(pristine)}"


def reset(pristine: str) -> str:
    """Return what makes the session new for the next file: DISCARD ALL without the lock, which is to stay."""
    return (
        "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DEALLOCATE ALL; UNLISTEN *;"
        f"DISCARD TEMP; DISCARD SEQUENCES; {pristine}"
    )


# The guard is the second statement of its message; it fails as a division by zero.
_GUARD_STATEMENT = 1
_GUARD_FAILS = "22012"


def guard(history_schema: str, transaction: str | None) -> str:
    """Return the statement that fails when a file gave up the runner's lock, or ended its transaction.

    The run holds its lock twice: giving one up tells whether it is still there, and taking it back never finds it free.
    (To look it up in pg_locks takes eight times as long.)
    """
    keys = f"{lock.CLASS}, {lock.object_key(history_schema)}"
    held = f"pg_catalog.pg_advisory_unlock({keys})"
    if transaction is not None:
        held = f"({held} AND pg_catalog.pg_current_xact_id()::text = '{transaction}')"
    return f"SELECT 1 / {held}::int, pg_catalog.pg_try_advisory_lock({keys})"


def _is_guards(error: FileFailed | StatementFailed) -> bool:
    return not isinstance(error, FileFailed) and error.sqlstate == _GUARD_FAILS and error.completed == _GUARD_STATEMENT


_WHAT = {"apply": "migration ", "rollback": "rollback of ", "repeat": ""}


def failed(operation: Operation, error: FileFailed | StatementFailed) -> AvDailyError:
    """Return what a person is told when the server refused a file."""
    if _is_guards(error):
        return Failed(
            f"{operation.id} failed: the file gave up the lock that keeps other runs away, or ended its transaction",
            detail=outcome(operation),
            hint="Remove pg_advisory_unlock_all(), DISCARD ALL and the like from it.",
            location=Location(shown(operation.file.path)),
        )
    if isinstance(error, FileFailed):
        failure, location = error.failure, error.location
    else:
        failure, location = error, Location(shown(operation.file.path))
    return Failed(
        f"{_WHAT[operation.name]}{operation.id} failed: {failure.message}",
        detail=" ".join(part for part in (_sentence(failure.detail), _context(failure), outcome(operation)) if part),
        hint=_hint(operation, failure),
        sqlstate=failure.sqlstate or None,
        location=location,
    )


def outcome(operation: Operation) -> str:
    """Return what is left of a file that was not completed."""
    if not operation.transactional:
        return "The statements before it stay done; the next run goes on with this one."
    if operation.name == "rollback":
        return f"Nothing of it was undone: {operation.id} stays applied."
    return " ".join(part for part in ("The file was rolled back whole.", operation.before) if part)


def _sentence(text: str | None) -> str | None:
    return text if text is None or text.endswith((".", ")")) else f"{text}."


def _context(failure: StatementFailed) -> str | None:
    if not failure.context:
        return None
    return f"Where: {', '.join(line.strip() for line in failure.context.splitlines())}."


# "cannot drop … because other objects depend on it"
_DEPENDENT = "2BP01"


def _hint(operation: Operation, failure: StatementFailed) -> str:
    if failure.sqlstate == _DEPENDENT:
        # The server would have CASCADE, which drops what nobody named.
        return (
            (
                "Drop what depends on it in this file first, by name;"
                " what a repeatable file made is made again by the next apply."
            )
            if operation.name == "rollback"
            else "Drop what depends on it first, by name."
        )
    if failure.hint:
        return failure.hint
    if failure.sqlstate == "25001" and operation.transactional:
        return "Put that statement into a file of its own whose header says: -- transactional: false"
    command = "rollback" if operation.name == "rollback" else "apply"
    return f"Correct the file, then run: avdaily-sql {command}"
