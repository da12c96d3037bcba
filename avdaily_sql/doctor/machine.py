"""What is here: Python, the package and its SQL, PostgreSQL's programs, room on the disks."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avdaily_sql import __version__, programs, sqltree
from avdaily_sql.doctor.finding import Finding, fail, ok, warn
from avdaily_sql.errors import AvDailyError
from avdaily_sql.output import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree

_GIBIBYTE = 1 << 30
_SCARCE = 0.10
_ENDING = 0.03


def python() -> Finding:
    """Say which Python this is; the package's metadata already refused an older one."""
    return ok("python", f"Python {platform.python_version()} at {sys.executable}")


def package(tree: SqlTree) -> Finding:
    """Say which version this is, and which migrations it would apply."""
    try:
        count = len(sqltree.list_migrations(tree))
    except AvDailyError as error:
        return fail("package", error.message, error.hint or "Correct the file that is named.")
    place = f"{count} migrations in {sqltree.shown(tree.migrations)} ({tree.source})"
    return ok("package", f"avdaily-sql {__version__}, {place}")


def tools(server_major: int, settings: Settings, url: str) -> Iterator[Finding]:
    """Look for the programs that psql, backup and restore need."""
    for name in ("psql", "pg_dump"):
        try:
            found = programs.find(name, server_major, settings, url)
        except AvDailyError as error:
            yield warn(name, error.message, error.hint or "Install PostgreSQL's client.")
        else:
            yield ok(name, f"{name} {found.version} at {found.path}")


def disks(settings: Settings, data_directory: str | None) -> Iterator[Finding]:
    """Look at the disk of a server on this machine, and at the one that takes the backups.

    :param data_directory: where the server says that its data is, None when it does not tell us or is elsewhere.
    """
    places = {"backup_disk": settings.working_directory / Path(settings.get("BACKUP_DIR") or "backups").expanduser()}
    if data_directory is not None:
        places["disk"] = Path(data_directory)
    for name, place in sorted(places.items()):
        found = next((each for each in (place, *place.parents) if each.is_dir()), None)
        if found is not None:
            usage = shutil.disk_usage(found)
            yield judge_disk(name, str(place), usage.total, usage.free)


def judge_disk(name: str, place: str, total: int, free: int) -> Finding:
    """Judge the room on a disk, in bytes: PostgreSQL stops when it cannot write its log."""
    message = f"{size(free)} of {size(total)} free for {place}"
    share = free / total if total else 0.0
    if free < _GIBIBYTE // 4 or (share < _ENDING and free < 20 * _GIBIBYTE):
        return fail(name, message, "Free space or enlarge the disk now: PostgreSQL stops when it cannot write.")
    if free < _GIBIBYTE or (share < _SCARCE and free < 50 * _GIBIBYTE):
        return warn(name, message, "Free space or enlarge the disk before it is full.")
    return ok(name, message)
