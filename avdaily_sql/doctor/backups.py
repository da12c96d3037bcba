"""How old the newest backup is that can be trusted: one whose bytes are still those of its manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.backup import directory, manifest, verify
from avdaily_sql.doctor.finding import Finding, fail, ok, warn
from avdaily_sql.errors import AvDailyError, Damaged
from avdaily_sql.output import span
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from avdaily_sql.backup.directory import BackupFile
    from avdaily_sql.settings import Settings

_DAY_SECONDS = 24 * 3600
_MAKE_ONE = "avdaily-sql backup"


def backups(settings: Settings, database: str, environment: Environment, at: datetime) -> Iterator[Finding]:
    """Read the backups of a database, newest first, down to the first one that is whole.

    :param at: now.
    """
    place = directory.locate(settings)
    try:
        found, damaged = newest_whole(settings, database)
    except AvDailyError as error:
        yield fail("backup", error.message, error.hint or "Correct BACKUP_DIR.")
        return
    for path in damaged:
        hint = f"avdaily-sql backup verify {path}"
        yield fail("damaged_backup", f"{path} is not what its manifest says", hint)
    guarded = environment is Environment.production
    if found is None:
        message = f"no backup of {database} in {place}"
        yield fail("backup", message, _MAKE_ONE) if guarded else ok("backup", f"{message}; it is no production")
        return
    age = (at - found.started_at).total_seconds()
    message = f"the newest whole backup is {span(max(0.0, age))} old: {found.path.name}"
    if age > _DAY_SECONDS and guarded:
        level = fail if age > 2 * _DAY_SECONDS else warn
        yield level("backup", message, f"{_MAKE_ONE}; and look why the timer did not make one.")
    else:
        yield ok("backup", message)


def newest_whole(settings: Settings, database: str) -> tuple[BackupFile | None, list[str]]:
    """Return the newest backup of a database whose bytes are those of its manifest, and the newer ones that are not.

    :raises Failed: the directory cannot be read.
    """
    damaged = []
    for each in directory.list_files(directory.locate(settings)):
        try:
            described = manifest.read(each.path)
        except Damaged:
            damaged.append(str(each.path))
            continue
        if described is None or described.database != database or described.anonymised:
            continue
        if verify.unchanged(each.path):
            return each, damaged
        damaged.append(str(each.path))
    return None, damaged
