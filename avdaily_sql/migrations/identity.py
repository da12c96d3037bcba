"""Who runs this, from where, with which files: what the history keeps beside each migration."""

from __future__ import annotations

import os
import pwd
import socket
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import __version__

if TYPE_CHECKING:
    from pathlib import Path


class Operator(NamedTuple):
    """The person and machine behind a run."""

    os_user: str
    host: str
    application_version: str
    git_revision: str | None


def identify(directory: Path) -> Operator:
    """Return who we are; the Git revision is that of the working copy around a directory, None without one."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        # A container may run under a number that nobody gave a name.
        user = f"uid {os.geteuid()}"
    return Operator(user, socket.gethostname(), __version__, git_revision(directory))


def git_revision(directory: Path) -> str | None:
    """Return the commit that is checked out around a directory, None when Git does not know it.

    Read from the files: ``git`` may be missing, and refuses to answer in a directory of another user.

    https://git-scm.com/docs/gitrepository-layout
    """
    directory = directory.resolve()
    for folder in (directory, *directory.parents):
        git = folder / ".git"
        if git.exists():
            try:
                return _revision(git)
            except OSError:
                return None
    return None


def _revision(git: Path) -> str | None:
    if git.is_file():
        # A worktree: one line, `gitdir: PATH`.
        git = git.parent / git.read_text().removeprefix("gitdir:").strip()
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref:"):
        return head
    name = head.removeprefix("ref:").strip()
    common_file = git / "commondir"
    common = git / common_file.read_text().strip() if common_file.exists() else git
    for directory in (git, common):
        if (directory / name).exists():
            return (directory / name).read_text().strip()
    packed = common / "packed-refs"
    if packed.exists():
        for line in packed.read_text().splitlines():
            if line.endswith(f" {name}"):
                return line.split()[0]
    return None
