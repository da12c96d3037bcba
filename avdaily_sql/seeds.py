"""Seeds: idempotent SQL files that put first rows into a migrated database, all of them in one transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from avdaily_sql import sqltext
from avdaily_sql.database import connect
from avdaily_sql.errors import AvDailyError, Busy, Failed, Location, Refused, UsageError
from avdaily_sql.settings import Environment
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avdaily_sql.sqltree import SqlTree

# The folders of each environment, in the order in which they run; production has nothing but the common rows.
_FOLDERS = {
    "development": ("common", "testing", "development"),
    "testing": ("common", "testing"),
    "staging": ("common", "staging"),
    "production": ("common",),
    "demo": ("common", "demo"),
}
ENVIRONMENTS = tuple(_FOLDERS)
_FILE_NAME = re.compile(r"(?P<number>\d{3})\.[a-z0-9]+(?:-[a-z0-9]+)*\.sql", re.ASCII)
_LOCK = 0x6176_6461_7365_6564  # "avdaseed"

_COUNTERS = """
SELECT coalesce(sum(n_tup_ins), 0)::bigint, coalesce(sum(n_tup_upd), 0)::bigint
FROM pg_stat_xact_user_tables WHERE schemaname = current_schema()
"""


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One seed file and what it did: ``applied`` when it wrote rows, ``unchanged`` when all of them were there."""

    id: str
    state: str


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What a run of the seeds did."""

    environment: str
    files: tuple[SeedFile, ...]
    rows_inserted: int
    rows_updated: int


def list_files(tree: SqlTree, environment: str) -> tuple[Path, ...]:
    """Return the seed files of an environment in the order in which they run: the common ones first.

    :raises UsageError: an unknown environment, or a name that is not ``NNN.name.sql``.
    """
    if environment not in _FOLDERS:
        raise UsageError(f'no seeds for "{environment}"', hint=f"Use one of: {', '.join(ENVIRONMENTS)}.")
    found: list[Path] = []
    for folder in _FOLDERS[environment]:
        directory = tree.root / "seeds" / folder
        files = sorted(directory.glob("*.sql")) if directory.is_dir() else []
        for path in files:
            if _FILE_NAME.fullmatch(path.name) is None:
                raise UsageError(
                    f'"{path.name}" is no name for a seed file: use NNN.name.sql', location=Location(shown(path))
                )
        found += files
    if not found:
        raise UsageError(f"no seed files in {shown(tree.root / 'seeds')}")
    return tuple(found)


def require_allowed(asked: str, effective: Environment) -> None:
    """Refuse made-up people in production; the common seeds are what it needs.

    :param asked: the environment whose seeds are to run.
    :param effective: what the database, its address and the settings say it is.
    :raises Refused: production, and other seeds than its own.
    """
    if effective is Environment.production and asked != "production":
        raise Refused(
            f"the seeds of {asked} are not for production",
            detail="They make people and money that do not exist.",
            hint="avdaily-sql seed --env production",
        )


def identifier(path: Path) -> str:
    """Return how a seed file is named in results: ``common/001.roles``."""
    return f"{path.parent.name}/{path.stem}"


def seed(
    url: str,
    files: tuple[Path, ...],
    environment: str,
    *,
    users: int | None = None,
    done: Callable[[SeedFile], None] = lambda _: None,
    notice: Callable[[str], None] = lambda _: None,
) -> SeedResult:
    """Run the files in one transaction; a second run changes nothing.

    :param users: how many people the demo data set has; it reads ``avdaily.demo_users``.
    :param done: told of each file after it ran; nothing is committed before the last one.
    :param notice: told what a file says while it runs, such as ``demo: 20000 of 500000 people``.
    :raises Failed: a statement failed, named by file, line and column; nothing was changed.
    :raises Busy: another run of the seeds holds the lock.
    """
    texts = [(path, _read(path)) for path in files]
    with connect(url, autocommit=False) as conn:
        conn.add_notice_handler(lambda diagnostic: notice(diagnostic.message_primary or ""))
        _lock(conn)
        if users is not None:
            conn.execute("SELECT set_config('avdaily.demo_users', %s, true)", (str(users),))
        ran = []
        before = _counters(conn)
        for path, text in texts:
            start = _counters(conn)
            _run(conn, path, text)
            ran.append(SeedFile(identifier(path), "applied" if _counters(conn) != start else "unchanged"))
            done(ran[-1])
        after = _counters(conn)
        conn.commit()
    return SeedResult(environment, tuple(ran), after[0] - before[0], after[1] - before[1])


def _read(path: Path) -> bytes:
    """Read a file and judge it before anything is sent."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(f"could not read {shown(path)}: {error.strerror}") from None
    try:
        sqltext.check_encoding(text)
        for statement in sqltext.statements(text):
            word = sqltext.transaction_control(text, statement)
            if word or statement.copy:
                what = f"{word} in a seed file" if word else "COPY data in a seed file"
                raise _at(text, path, statement.start, UsageError(f"{what}: all seeds run in one transaction"))
    except sqltext.SqlTextError as error:
        raise _at(text, path, error.offset, UsageError(error.message)) from None
    return text


def _at(text: bytes, path: Path, offset: int, error: AvDailyError) -> AvDailyError:
    line, column = sqltext.position(text, offset)
    error.location = Location(shown(path), line, column, sqltext.line_at(text, offset))
    return error


def _lock(conn: psycopg.Connection[Any]) -> None:
    row = conn.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,)).fetchone()
    if row is None or not row[0]:
        raise Busy("another run of the seeds is at work on this database", hint="Wait for it, then: avdaily-sql seed")


def _counters(conn: psycopg.Connection[Any]) -> tuple[int, int]:
    row = conn.execute(_COUNTERS).fetchone()
    return (row[0], row[1]) if row is not None else (0, 0)


def _run(conn: psycopg.Connection[Any], path: Path, text: bytes) -> None:
    for statement in sqltext.statements(text):
        try:
            conn.execute(text[statement.start : statement.end])
        except psycopg.Error as error:
            raise _failure(error, path, text, statement.start) from None


def _failure(error: psycopg.Error, path: Path, text: bytes, start: int) -> AvDailyError:
    diagnostic = error.diag
    position = diagnostic.statement_position
    offset = start
    if position is not None and position.isdigit():
        # The server counts characters of the statement, our offsets are bytes.
        offset += len(text[start:].decode("utf-8", "replace")[: int(position) - 1].encode())
    kind = Refused if diagnostic.sqlstate == "42501" else Failed
    return _at(
        text,
        path,
        offset,
        kind(
            f"seed {identifier(path)} failed: {diagnostic.message_primary or error}",
            detail="Nothing was changed: all seeds run in one transaction.",
            hint=_hint(error),
            sqlstate=diagnostic.sqlstate,
        ),
    )


def _hint(error: psycopg.Error) -> str | None:
    """Return what to do when a table or function of the schema is not there yet."""
    unknown = error.sqlstate in {"42P01", "42883"} and "does not exist" in (error.diag.message_primary or "")
    return "avdaily-sql apply" if unknown else None
