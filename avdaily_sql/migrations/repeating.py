"""Runs repeatable files: behind the numbered ones, inside the same lock, each in one transaction with its record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql

from avdaily_sql.migrations import repeatable
from avdaily_sql.migrations.repeatable import Repeatable, Repetition, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from avdaily_sql.migrations.foresight import Planned
    from avdaily_sql.migrations.performer import Operation, Performed, Performer
    from avdaily_sql.migrations.run import Run

TABLE = "avdaily_repeatable"
_HISTORY = "the history of repeatable files"
_APPLIED_STAYS = "Migrations that were applied before stay applied."


@dataclass(frozen=True, slots=True)
class RepeatableState:
    """One repeatable file: ``applied``, ``pending``, ``outdated`` or ``removed``; and its last application."""

    id: str
    state: str
    applied_at: datetime | None = None
    duration_ms: int | None = None
    by: str | None = None


class Judged(NamedTuple):
    """How every file stands, which are to be run in which order, and which records have lost their file."""

    standings: tuple[Standing, ...] = ()
    chosen: tuple[Repeatable, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.chosen or self.removed)


def read(run: Run) -> dict[str, Repetition]:
    """Return the newest row of each name; none where no repeatable file was ever applied."""
    if TABLE not in run.facts.history_tables:
        return {}
    query = sql.SQL(
        "SELECT DISTINCT ON (name) name, operation, raw_checksum, logged_at, duration_ms, os_user, host"
        " FROM {} ORDER BY name, id DESC"
    ).format(sql.Identifier(run.history_schema, TABLE))
    with run.understood():
        rows = run.conn.execute(query).fetchall()
    return {row[0]: Repetition(*row) for row in rows}


def judge(run: Run, *, wait: bool) -> Judged:
    """Return what an apply would do with repeatable files; they are all read if there is anything to do.

    :param wait: numbered files stay pending, which the repeatable ones may need: they wait for them.
    :raises UsageError: a file is bad.
    """
    if run.options.numbered_only:
        return Judged()
    standings = look(run)
    if wait or all(standing.state == "applied" for standing in standings):
        return Judged(standings)
    due = {standing.id for standing in standings if standing.state in {"pending", "outdated"}}
    loaded = repeatable.load(standing.file for standing in standings if standing.file)
    return Judged(
        standings,
        tuple(each for each in loaded if each.id in due),
        tuple(standing.id for standing in standings if standing.state == "removed"),
    )


def look(run: Run) -> tuple[Standing, ...]:
    """Return how every file stands; reads no more than it must.

    :raises UsageError: a file cannot be read, or a name is wrong.
    """
    return repeatable.judge(repeatable.list_files(run.tree), read(run))


def look_again(run: Run) -> tuple[Standing, ...]:
    """Return how every file stands after this very run, which may have made the history."""
    run.look()
    return look(run)


def states(standings: Iterable[Standing]) -> tuple[RepeatableState, ...]:
    """Return what is told of the files."""
    return tuple(
        RepeatableState(
            each.id,
            each.state,
            each.record.applied_at if each.record else None,
            each.record.duration_ms if each.record else None,
            f"{each.record.os_user}@{each.record.host}" if each.record else None,
        )
        for each in standings
    )


def planned(judged: Judged) -> list[Planned]:
    """Return what the files that are to be run may lock."""
    from avdaily_sql.migrations.foresight import foresee

    return [foresee(str(each), each.file, transactional=True) for each in judged.chosen]


def operations(judged: Judged, before: str = "") -> list[Operation]:
    """Return what is to be performed, in order.

    :param before: a sentence on what stays applied, should one fail.
    """
    from avdaily_sql.migrations.performer import Operation

    return [
        Operation("repeat", str(each), each.file, transactional=True, checksums_of=each.file, before=before)
        for each in judged.chosen
    ]


def run_all(performer: Performer, judged: Judged, before: str) -> list[tuple[str, Performed]]:
    """Run what is to be run, and close the records of files that are gone.

    :param before: a sentence on what stays applied, should one fail.
    :return: what was run, and how.
    :raises Failed: the server refused a statement; that file left nothing behind, and is tried again by the next run.
    """
    create_history(performer)
    ran = []
    for operation in operations(judged, before):
        performed = performer.perform(operation)
        ran.append((operation.id, performed))
        performer.run.observer.applied(operation.id, performed.duration_ms)
    _note(performer, judged.removed, "remove")
    for identifier in judged.removed:
        performer.run.warn(
            f"{repeatable.DIRECTORY}/{identifier} has no file any more: what it made stays until a migration drops it"
        )
    return ran


def outdating(performer: Performer) -> str:
    """Return the statement that has the next apply run all files again: a rollback may take away what they made.

    It is empty where no repeatable file was ever applied.
    """
    from avdaily_sql.migrations.identity import identify

    run = performer.run
    if TABLE not in run.facts.history_tables:
        return ""
    operator = identify(run.tree.migrations)
    statement = sql.SQL(
        "INSERT INTO {table} (name, operation, {columns}) SELECT name, 'outdate', {values}"
        " FROM (SELECT DISTINCT ON (name) name, operation FROM {table} ORDER BY name, id DESC) AS newest"
        " WHERE operation = 'apply'"
    ).format(
        table=sql.Identifier(run.history_schema, TABLE),
        columns=sql.SQL(", ").join(map(sql.Identifier, operator._fields)),
        values=sql.SQL(", ").join(map(sql.Literal, operator)),
    )
    return statement.as_string(run.conn)


def outdate(performer: Performer) -> None:
    """Write that now, for a rollback that has no transaction to write it in."""
    statement = outdating(performer)
    if statement:
        _exchange(performer, f"BEGIN; {statement}; COMMIT")


def create_history(performer: Performer) -> None:
    """Make the table of records if there is none.

    :raises Failed: the server refused it; nothing was made.
    """
    run = performer.run
    if TABLE in run.facts.history_tables:
        return
    body = Path(__file__).with_name("repeatable.sql").read_text(encoding="utf-8")
    path = sql.Identifier(run.history_schema).as_string(run.conn)
    _exchange(performer, f"BEGIN; SET LOCAL search_path = {path};\n{body}\nCOMMIT;")


def _note(performer: Performer, identifiers: Sequence[str], operation: str) -> None:
    if not identifiers:
        return
    from avdaily_sql.migrations.engine import Details, SafeMigration
    from avdaily_sql.migrations.recording import recording

    with recording(performer, _APPLIED_STAYS, what=_HISTORY):
        for identifier in identifiers:
            details = Details(0, transactional=True, attempts=0)
            performer.backend.log_repeatable(SafeMigration.only_recorded(identifier, details), operation)


def _exchange(performer: Performer, message: str) -> None:
    from avdaily_sql.migrations.recording import writing

    with writing(performer, _HISTORY, _APPLIED_STAYS):
        performer.session.exchange(message.encode())
