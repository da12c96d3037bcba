"""Whether Git has a file in the commit that is checked out: then others may have applied it already."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from avdaily_sql.errors import Unsupported
from avdaily_sql.sqltree import shown


def is_committed(path: str) -> bool:
    """Tell whether a file is in HEAD; outside of a working copy nothing is.

    :raises Unsupported: there is a working copy, and Git does not answer.

    https://git-scm.com/docs/git-ls-tree
    """
    file = Path(path).resolve()
    if not any((folder / ".git").exists() for folder in file.parents):
        return False
    # A hook's variables would lead to another repository; whose directory it is does not matter for reading.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "safe.directory=*", "-C", str(file.parent)]
    try:
        head = _run([*command, "rev-parse", "--verify", "--quiet", "HEAD"], environment)
        if head.returncode != 0 and not head.stderr:
            return False  # nothing was ever committed
        done = _run([*command, "ls-tree", "--name-only", "HEAD", "--", file.name], environment)
    except OSError as error:
        raise _no_answer(path, str(error.strerror)) from None
    if done.returncode != 0:
        raise _no_answer(path, done.stderr.strip().splitlines()[0] if done.stderr.strip() else "it said nothing")
    return bool(done.stdout.strip())


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


def _no_answer(path: str, why: str) -> Unsupported:
    return Unsupported(
        f"Git could not say whether {shown(path)} is committed",
        detail=f"{why}.",
        hint="Install git, or correct what it complains of.",
    )
