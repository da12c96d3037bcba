"""``backup --anonymise``: a backup without personal data, made in a copy by the rules of one SQL file."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from avdaily_sql import maintenance, sqltext
from avdaily_sql.backup import attempt, directory, dump, hook, preflight, properties, transfer, writing
from avdaily_sql.backup.sidebase import side_database
from avdaily_sql.backup.source import snapshot
from avdaily_sql.database import connect
from avdaily_sql.errors import Failed, Location, UsageError
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from avdaily_sql.backup.dump import Backup, Ready
    from avdaily_sql.backup.reports import Reports
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree

FILE = "anonymise.sql"
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Rules:
    """The file that says what becomes of each column, and the key of the replacements."""

    path: Path
    text: bytes
    key: str


def read(tree: SqlTree, settings: Settings, reports: Reports) -> Rules:
    """Read the rules of an SQL tree; without BACKUP_ANONYMISE_KEY the key is a new one, and kept nowhere.

    :raises UsageError: there is no such file, or the key is short enough to be guessed.
    """
    path = tree.root / FILE
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(f"could not read the rules {shown(path)}: {error.strerror}") from None
    key = settings.get("BACKUP_ANONYMISE_KEY")
    if key is None:
        reports.note("BACKUP_ANONYMISE_KEY is not set: the next copy will have other names for the same people")
        key = secrets.token_hex(32)
    if len(key) < _SHORTEST_KEY:
        raise UsageError(
            f"BACKUP_ANONYMISE_KEY has fewer than {_SHORTEST_KEY} characters, and could be guessed",
            hint="Make one, and keep it as you keep a password: openssl rand -hex 32",
        )
    return Rules(path, text, key)


def create(
    url: str, settings: Settings, reports: Reports, rules: Rules, *, now: datetime, label: str | None = None
) -> Backup:
    """Write a backup for development: the copy of one snapshot, with every personal value replaced.

    The database itself is only read. The copy is made beside it, nobody else may connect to it, and it is dropped
    whatever happens; the next command drops what a kill left.

    :param label: added to the file name, after ``anonymised``.
    :raises Refused: production and no recipient; or the role may not create a database.
    :raises Failed: a column has no rule, or a check found in the copy what is not in the database.
    """
    label = directory.anonymised_label(label)
    ready = dump.prepare(url, settings, reports)
    with _copy(ready, settings, reports, now) as copy:
        reports.progress("anonymise", 0, 0)
        _apply(copy, rules)
        _require_sound(url, copy, reports)
        with snapshot(copy) as source:
            dump.require_space(ready.folder, source)
            job = writing.Job(
                copy,
                replace(source, name=ready.name),
                ready.program,
                dump.final_name(ready, now, label),
                ready.recipients,
                ready.environment,
                anonymised=True,
            )
            written = writing.write(job, reports, now)
    hook.run(settings, written)
    return dump.result(written, job.final)


@contextlib.contextmanager
def _copy(ready: Ready, settings: Settings, reports: Reports, now: datetime) -> Iterator[str]:
    """Give the URL of a copy of one snapshot for the block; it goes at its end."""
    with maintenance.locked(ready.url, ready.name, "backup") as conn, contextlib.suppress(_Discard):
        directory.remove_leftovers(ready.folder, reports.note)
        preflight.require_side_database(conn)
        like = properties.read(conn, ready.name)
        with side_database(conn, ready.url, ready.name, like or "UTF8", reason="anonymise", now=now) as side:
            # What stands in it at first is everybody's data.
            conn.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(side)))
            with snapshot(ready.url) as source:
                transfer.copy(ready, side, source, settings, reports)
            yield maintenance.with_database(ready.url, side)
            raise _Discard


class _Discard(Exception):
    """Ends the block of a side database that is not wanted any more."""


def _apply(copy: str, rules: Rules) -> None:
    """Run the file in one transaction, with the key in its session only."""
    text = rules.text
    statement: sqltext.Statement | None = None
    try:
        with connect(copy, application_name="avdaily-sql backup") as conn, conn.transaction():
            conn.execute("SET LOCAL statement_timeout = 0")
            conn.execute("SELECT set_config('avdaily.anonymise_key', %s, true)", (rules.key,))
            for statement in sqltext.statements(text):
                conn.execute(text[statement.start : statement.end])
    except sqltext.SqlTextError as error:
        raise UsageError(error.message, location=_location(rules, error.offset)) from None
    except psycopg.Error as error:
        message = error.diag.message_primary or str(error).strip()
        raise Failed(
            f"could not replace the personal data: {message}",
            detail="No backup was written, and the copy is gone.",
            hint=error.diag.message_hint,
            sqlstate=error.sqlstate,
            location=_location(rules, statement.start) if statement is not None else None,
        ) from None


def _location(rules: Rules, offset: int) -> Location:
    line, column = sqltext.position(rules.text, offset)
    return Location(shown(rules.path), line, column, sqltext.line_at(rules.text, offset))


def _require_sound(url: str, copy: str, reports: Reports) -> None:
    """Check the data of the copy: what is wrong there and not in the database, the rules did.

    :raises Failed: they did.
    """
    with connect(copy, application_name="avdaily-sql backup") as conn:
        found = attempt.integrity(conn)
    if not found:
        return
    with connect(url, application_name="avdaily-sql backup") as conn:
        before = {line.partition(":")[0] for line in attempt.integrity(conn)}
    new = [line for line in found if line.partition(":")[0] not in before]
    if new:
        raise Failed(
            f"the rules broke the data: {'; '.join(new)}", detail="No backup was written, and the copy is gone."
        )
    for line in found:
        reports.warn(f"the copy has what the database has: {line}")
