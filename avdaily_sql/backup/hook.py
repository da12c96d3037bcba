"""BACKUP_AFTER_CMD: what is run after a backup, to bring it elsewhere."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

from avdaily_sql.backup import directory
from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from avdaily_sql.backup.manifest import Manifest
    from avdaily_sql.settings import Settings


def run(settings: Settings, written: Manifest) -> None:
    """Run BACKUP_AFTER_CMD with the file's path as its last word.

    :raises Failed: it failed; the backup stays.
    """
    command = settings.get("BACKUP_AFTER_CMD")
    if command is None:
        return
    path = str(directory.locate(settings) / written.file)
    try:
        words = [*shlex.split(command), path]
        done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=dict(os.environ) | {"AVDAILY_BACKUP_FILE": path})  # fmt: skip
        how, said = f"exit code {done.returncode}", done.stderr.strip().splitlines()
        ok = done.returncode == 0
    except (OSError, ValueError) as error:
        how, said, ok = str(error), [], False
    if not ok:
        raise Failed(
            f"the backup is whole, but BACKUP_AFTER_CMD failed: {how}",
            detail=f"{path} stays.{' ' + said[-1] if said else ''}",
        )
