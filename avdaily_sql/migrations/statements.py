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
    """Return what is run between a file and its mark: what the file left in the session goes, and the guard looks.

    :param transaction: the id of the transaction that the file was run in; None when it had none.
    """
    # Deferred constraints first, as the role that the file ended as, just as COMMIT would have it.
    constraints = "SET CONSTRAINTS ALL IMMEDIATE" if transaction else "BEGIN"
    return f"{constraints}; {reset(pristine)} {guard(history_schema, transaction)}"


def reset(pristine: str) -> str:
    """Return what makes the session new for the next file: DISCARD ALL without the lock, which is to stay."""
    return (
        "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DEALLOCATE ALL; UNLISTEN *;"
        f"DISCARD TEMP; DISCARD SEQUENCES; {pristine}"
    )


def guard(history_schema: str, transaction: str | None) -> str:
    """Return the statement that fails when the file ended its transaction, or gave up the runner's lock."""
    ended = f"pg_catalog.pg_current_xact_id()::text <> '{transaction}'" if transaction else "false"
    return f"""DO $avdaily$ BEGIN
IF {ended} THEN RAISE EXCEPTION 'the file ended the transaction that it ran in';
ELSIF NOT EXISTS (
  SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_catalog.pg_backend_pid()
  AND objsubid = 2 AND classid = {lock.CLASS} AND objid = {lock.object_key(history_schema) & 0xFFFFFFFF}::oid
) THEN RAISE EXCEPTION 'the file gave up the lock that keeps other runs away'
  USING HINT = 'Remove pg_advisory_unlock_all() and DISCARD ALL from it.';
END IF; END $avdaily$"""  # noqa: S608 (only numbers of our own)


def failed(operation: Operation, error: FileFailed | StatementFailed) -> AvDailyError:
    """Return what a person is told when the server refused a file."""
    if isinstance(error, FileFailed):
        failure, location = error.failure, error.location
    else:
        failure, location = error, Location(shown(operation.file.path))
    what = "migration" if operation.name == "apply" else "rollback of"
    return Failed(
        f"{what} {operation.id} failed: {failure.message}",
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


def _hint(operation: Operation, failure: StatementFailed) -> str:
    if failure.hint:
        return failure.hint
    if failure.sqlstate == "25001" and operation.transactional:
        return "Put that statement into a file of its own whose header says: -- transactional: false"
    command = "apply" if operation.name == "apply" else "rollback"
    return f"Correct the file, then run: avdaily-sql {command}"
