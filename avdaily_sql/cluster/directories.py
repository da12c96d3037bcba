"""The server's directories: made by us, closed to others, verified before use; their parents are never touched."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from avdaily_sql.errors import Failed, Refused

if TYPE_CHECKING:
    from avdaily_sql.cluster.privileges import Identity

# The shortest limit of the systems that PostgreSQL runs on; Linux allows four bytes more.
SOCKET_PATH_BYTES = 103
SOCKET_NAME = ".s.PGSQL.5432"

# Where the data lives when root has to start the server as another user, who cannot reach root's home.
SYSTEM_ROOT = Path("/var/lib/avdaily-sql")


def prepare_root(root: Path, identity: Identity) -> None:
    """Create our directory, 0700, with whatever parents are missing; one that exists stays as it is.

    :raises Failed: it cannot be created or belongs to another user.
    """
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        # Another user's server must get through to its data, which is 0700 itself.
        root.mkdir(mode=0o700 if identity.user is None else 0o711, exist_ok=True)
    except OSError as error:
        raise Failed(
            f"could not create the data directory {root}: {(error.strerror or str(error)).lower()}",
            hint="Set AVDAILY_DATA_DIR to a directory that you can write to.",
        ) from error
    require_owner(root, os.geteuid())


def require_owner(directory: Path, owner: int) -> None:
    """Check whose a directory is: a server with another user's files would fail later and less clearly.

    :raises Failed: it belongs to another user of this system.
    """
    found = directory.stat().st_uid
    if found != owner:
        raise Failed(
            f"the data directory {directory} belongs to {_user_name(found)}, not to {_user_name(owner)}",
            hint="Run the command as that user, or set AVDAILY_DATA_DIR to a directory of your own.",
        )


def socket_directory(root: Path, major: int) -> Path:
    """Return where the server's socket goes: beside the data if libpq can take that path, else a private short one.

    The same data directory always gives the same place, so that a URL stays valid across restarts.
    """
    beside = root / f"{major}-socket"
    if _usable(beside):
        return beside
    name = f"avdaily-sql-{os.geteuid()}-{hashlib.sha256(os.fsencode(root / str(major))).hexdigest()[:12]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_absolute() and _is_private(Path(runtime), os.geteuid()):
        private = Path(runtime, name)
        if _usable(private):
            return private
    return Path("/tmp", name)  # noqa: S108 (created 0700 and verified below, never shared)


def prepare_socket_directory(directory: Path, identity: Identity) -> None:
    """Create the socket's directory 0700, or accept the existing one only if nobody else can enter or replace it.

    Whoever reaches the socket is the database's superuser, so this directory is the password.

    :raises Failed: it could not be created.
    :raises Refused: it is a symbolic link, another user's, or open to others.
    """
    try:
        directory.mkdir(mode=0o700)
        identity.give(directory)
    except FileExistsError:
        pass
    except OSError as error:
        raise Failed(f"could not create {directory}: {(error.strerror or str(error)).lower()}") from error
    verify_socket_directory(directory, identity)


def verify_socket_directory(directory: Path, identity: Identity) -> None:
    """Check that only the server's user can enter the directory.

    :raises Refused: it is a symbolic link, another user's, or open to others.
    """
    if not _is_private(directory, identity.owner):
        raise Refused(
            f"the server's socket directory {directory} is not private to {_user_name(identity.owner)}",
            detail="It must be a directory of that user's with mode 0700: whoever enters it is a database superuser.",
            hint=f"ls -ld {directory}",
        )


def _is_private(directory: Path, owner: int) -> bool:
    try:
        found = directory.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and stat.S_IMODE(found.st_mode) & 0o077 == 0


def _usable(directory: Path) -> bool:
    # libpq reads a comma as the end of one host and the beginning of the next; postmaster.pid is read line by line.
    if any(character in str(directory) for character in ",\r\n"):
        return False
    return len(os.fsencode(directory / SOCKET_NAME)) <= SOCKET_PATH_BYTES


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
