"""Which backups stay: the newest of each day, week and month, by the dates in their names (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql.backup import directory, manifest, stream, verify
from avdaily_sql.errors import Damaged, Failed, Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from avdaily_sql.backup.directory import BackupFile
    from avdaily_sql.settings import Settings


@dataclass(frozen=True, slots=True)
class Keep:
    """How many days, weeks and months have a backup that stays."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


@dataclass(frozen=True, slots=True)
class Pruned:
    """File names: what went (or would go), and what stays."""

    directory: str
    removed: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One backup as ``backup list`` shows it; without a manifest only the name and the size are known."""

    file: str
    started_at: datetime
    bytes: int
    label: str | None
    encrypted: bool
    database: str | None
    migration: str | None
    sha256: str | None
    anonymised: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The directory and its backups, newest first."""

    directory: str
    backups: tuple[Listed, ...]


def listed(settings: Settings, note: Callable[[str], None] = lambda _: None) -> Listing:
    """Return the backups of the directory, newest first; what killed backups left there goes.

    :param note: told of each thing that went.
    """
    folder = directory.locate(settings)
    directory.remove_leftovers(folder, note)
    return Listing(str(folder), tuple(_listed(each) for each in directory.list_files(folder)))


def _listed(each: BackupFile) -> Listed:
    try:
        described = manifest.read(each.path)
    except Damaged:
        described = None
    return Listed(
        str(each.path),
        each.started_at,
        each.bytes,
        each.label,
        each.path.name.endswith(".age"),
        described.database if described is not None else None,
        described.facts.migration if described is not None else None,
        described.sha256 if described is not None else None,
        each.anonymised,
    )


def newest(settings: Settings) -> Path:
    """Return the newest backup of the directory that one could come back from.

    :raises UsageError: there is none.
    """
    found = [each for each in directory.list_files(directory.locate(settings)) if not each.anonymised]
    if not found:
        raise UsageError(f"no backups in {directory.locate(settings)}", hint="avdaily-sql backup")
    return found[0].path


def newest_of(settings: Settings, database: str) -> BackupFile | None:
    """Return the newest backup of a database that has its manifest, and the size that this says."""
    for each in directory.list_files(directory.locate(settings)):
        try:
            described = manifest.read(each.path)
        except Damaged:
            continue
        if described is not None and described.anonymised:
            continue
        if described is not None and described.database == database and described.bytes == each.bytes:
            return each
    return None


_PERIODS: tuple[tuple[str, Callable[[datetime], tuple[int, ...]]], ...] = (
    ("daily", lambda at: (at.year, at.month, at.day)),
    ("weekly", lambda at: at.isocalendar()[:2]),
    ("monthly", lambda at: (at.year, at.month)),
)


def choose(times: Sequence[datetime], keep: Keep) -> set[int]:
    """Return the positions that stay, of times sorted from new to old: the newest of each of the newest periods."""
    stay: set[int] = set()
    for name, period in _PERIODS:
        seen: dict[tuple[int, ...], int] = {}
        for position, at in enumerate(times):
            seen.setdefault(period(at), position)
        stay |= set(list(seen.values())[: getattr(keep, name)])
    return stay


def plan(settings: Settings, keep: Keep) -> Pruned:
    """Return what :func:`prune` would remove; each database's backups are counted by themselves.

    :raises Refused: the newest backup of a database is not whole, so its older ones may be all there is.
    """
    folder = directory.locate(settings)
    by_database: dict[str | None, list[BackupFile]] = {}
    for each in directory.list_files(folder):
        # A copy without personal data is no backup: it neither stands for one nor goes with them.
        by_database.setdefault(None if each.anonymised else _listed(each).database, []).append(each)
    removed: list[str] = []
    kept: list[str] = []
    for database, files in by_database.items():
        # Without a manifest nobody knows whose it is, nor whether it is whole: it is not ours to remove.
        stay = set(range(len(files))) if database is None else choose([each.started_at for each in files], keep)
        if len(stay) < len(files):
            stay.add(0)
            _require_whole(files[0], settings)
        for position, each in enumerate(files):
            (kept if position in stay else removed).append(each.path.name)
    return Pruned(str(folder), tuple(removed), tuple(kept))


def _require_whole(newest: BackupFile, settings: Settings) -> None:
    # A host that only encrypts has no identity: there the bytes are compared with the manifest.
    encrypted = stream.is_encrypted(newest.path) and settings.get("BACKUP_AGE_IDENTITY_FILE") is None
    whole = verify.unchanged(newest.path) if encrypted else verify.quick(newest.path, settings).ok
    if not whole:
        raise Refused(
            f"the newest backup is not whole ({newest.path.name}); nothing was removed",
            detail="The older ones may be all that can be restored.",
            hint="avdaily-sql backup",
        )


def prune(settings: Settings, keep: Keep) -> Pruned:
    """Remove what :func:`plan` says: a backup first, then its manifest.

    :raises Refused: see :func:`plan`; nothing was removed.
    """
    planned = plan(settings, keep)
    folder = directory.locate(settings)
    for name in planned.removed:
        try:
            (folder / name).unlink()
            manifest.path_of(folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise Failed(f"could not remove {folder / name}: {error.strerror}") from None
    return planned
