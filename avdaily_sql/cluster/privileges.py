"""Who the server runs as: PostgreSQL refuses to run as root, so root needs another way."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avdaily_sql.errors import Unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Maps root to "nobody" in a user namespace of its own: the files stay root's, 0700, and no user is made.
_NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
_UNPRIVILEGED_USERS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Identity:
    """How to start a program of the server, and whose files it reads and writes.

    ``prefix`` stands before the program in its command line; ``user`` and ``group`` are set when another user of this
    system runs it.
    """

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    @property
    def owner(self) -> int:
        """Return the user id that must own the data directory and the socket directory."""
        return os.geteuid() if self.user is None else self.user

    def command(self, arguments: Sequence[str | Path]) -> list[str]:
        """Return the whole command line for a program of the server."""
        return [*self.prefix, *(str(argument) for argument in arguments)]

    @property
    def process_options(self) -> dict[str, Any]:
        """Return what :class:`subprocess.Popen` needs besides the command line."""
        if self.user is None:
            return {}
        # The working directory may be closed to that user.
        return {"user": self.user, "group": self.group, "extra_groups": [], "cwd": "/"}

    def give(self, path: Path) -> None:
        """Make the server's user the owner of a file or directory that we created."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def find_identity(program: Path) -> Identity:
    """Return how this user can run a server: directly, in a user namespace, or as an unprivileged user.

    Root's two ways are tried on the program itself, since containers often forbid user namespaces, and another user
    often cannot read a program below root's home.

    :param program: the ``postgres`` that is to run.
    :raises Unsupported: root, and neither way works.

    https://man7.org/linux/man-pages/man1/unshare.1.html
    """
    if os.geteuid() != 0:
        return Identity()
    for identity in (Identity(_NAMESPACE), *_unprivileged_identities()):
        if _can_run(identity, program):
            return identity
    raise Unsupported(
        "PostgreSQL cannot run as root, and neither a user namespace nor an unprivileged user can run it here",
        detail=f"Tried {' '.join(_NAMESPACE)}, and the users {' and '.join(_UNPRIVILEGED_USERS)}, on {program}.",
        hint="Run this command as a normal user, or set DATABASE_URL.",
    )


def _unprivileged_identities() -> list[Identity]:
    found = []
    for name in _UNPRIVILEGED_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        found.append(Identity((), entry.pw_uid, entry.pw_gid))
    return found


def _can_run(identity: Identity, program: Path) -> bool:
    try:
        subprocess.run(
            identity.command([program, "--version"]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            **identity.process_options,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
