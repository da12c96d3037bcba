"""The backup directory: names with their time in UTC, and the files that count. Links and half-written files do not."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from avdaily_sql.errors import Failed, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.settings import Settings

_NAME = re.compile(
    r"avdaily_backup_(?P<time>\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)(?:_(?P<number>\d+))?(?:_(?P<label>[a-z0-9-]{1,40}))?"
    r"\.sql\.gz(?P<age>\.age)?",
    re.ASCII,
)
_LABEL = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
_TIME = "%Y-%m-%d_%H-%M-%S"
PARTIAL = ".partial"
_ANONYMISED = "anonymised"
_LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class BackupFile:
    """One file of the directory whose name is a backup's; ``started_at`` is what the name says."""

    path: Path
    started_at: datetime
    number: int
    label: str | None
    bytes: int

    @property
    def anonymised(self) -> bool:
        """Tell whether its name says that it is a copy without personal data: no backup to come back from."""
        return is_anonymised(self.label)

    @property
    def order(self) -> tuple[datetime, int, str]:
        """Return what to sort by: the time, and the number within the second."""
        return (self.started_at, self.number, self.path.name)


def locate(settings: Settings) -> Path:
    """Return the backup directory: BACKUP_DIR, relative to the working directory."""
    return (settings.working_directory / Path(settings.get("BACKUP_DIR") or "backups").expanduser()).absolute()


def prepare(settings: Settings, warn: Callable[[str], None]) -> Path:
    """Return the backup directory, made if need be; the default one is made private.

    :raises Failed: it cannot be written to.
    """
    path = locate(settings)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            if settings.values["BACKUP_DIR"].source == "default":
                path.chmod(0o700)
            else:
                warn(f"{path} can be read by others (mode {mode:o}): chmod 700 {path}")
    except OSError as error:
        raise Failed(f"could not use the backup directory {path}: {error.strerror}", hint=_HINT) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise Failed(f"could not write to the backup directory {path}: Permission denied", hint=_HINT)
    return path


_HINT = "Set BACKUP_DIR to a directory that this user may write to."


def check_label(label: str | None) -> None:
    """:raises UsageError: the label has other characters than a file name of ours, or says what the backup is not."""
    if label is not None and _LABEL.fullmatch(label) is None:
        raise UsageError(f'"{label}" is no label', hint="Use 1 to 40 of: a-z, 0-9, -")
    if is_anonymised(label):
        raise UsageError(
            f'the label "{label}" is that of a backup without personal data', hint="avdaily-sql backup --anonymise"
        )


def anonymised_label(label: str | None) -> str:
    """Return the label of a backup without personal data: its file says so in its name.

    :raises UsageError: with that word it is no label any more.
    """
    check_label(label)
    whole = _ANONYMISED if label is None else f"{_ANONYMISED}-{label}"
    if len(whole) > _LONGEST_LABEL:
        raise UsageError(f'"{label}" is too long a label here', hint="Use 1 to 29 of: a-z, 0-9, -")
    return whole


def is_anonymised(label: str | None) -> bool:
    """Tell whether a label is one of :func:`anonymised_label`."""
    return label is not None and (label == _ANONYMISED or label.startswith(f"{_ANONYMISED}-"))


def free_name(directory: Path, now: datetime, label: str | None, *, suffix: str) -> Path:
    """Return a name that no file has: the time, a number if the second has a backup already, and the label."""
    number = 1
    while True:
        again = "" if number == 1 else f"_{number}"
        tag = f"_{label}" if label else ""
        stem = f"avdaily_backup_{now.astimezone(UTC).strftime(_TIME)}{again}{tag}"
        # The other form of the same second counts as well: their order is in the number.
        if not any(directory.glob(f"{stem}.sql.gz*")):
            return directory / f"{stem}.sql.gz{suffix}"
        number += 1


def parse(path: Path) -> BackupFile | None:
    """Return what a path is as a backup; None for any other name, a link, a directory, or nothing there."""
    match = _NAME.fullmatch(path.name)
    try:
        status = path.lstat()
    except OSError:
        return None
    if match is None or not stat.S_ISREG(status.st_mode):
        return None
    try:
        started_at = datetime.strptime(match["time"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return BackupFile(path, started_at, int(match["number"] or 1), match["label"], status.st_size)


def list_files(directory: Path) -> list[BackupFile]:
    """Return the backups of a directory, the newest first; a directory that is not there has none."""
    if not directory.is_dir():
        return []
    try:
        found = [parse(path) for path in directory.iterdir()]
    except OSError as error:
        raise Failed(f"could not read the backup directory {directory}: {error.strerror}") from None
    return sorted((each for each in found if each is not None), key=lambda each: each.order, reverse=True)


def remove_leftovers(directory: Path, note: Callable[[str], None]) -> None:
    """Remove what killed backups left half-written, and say so; such names end in ``.PID.partial``.

    A manifest whose backup never got its name goes with it.
    """
    for path in directory.glob(f"avdaily_backup_*{PARTIAL}"):
        stem, _, pid = path.name.removesuffix(PARTIAL).rpartition(".")
        if not pid.isdigit() or _is_running(int(pid)) or not stat.S_ISREG(path.lstat().st_mode):
            continue
        path.unlink()
        if not (directory / stem).exists():
            (directory / f"{stem}.manifest.json").unlink(missing_ok=True)
        note(f"removed {path.name}, which an interrupted backup had left half-written")


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid != os.getpid()


def sync(directory: Path) -> None:
    """See the names of the directory on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
