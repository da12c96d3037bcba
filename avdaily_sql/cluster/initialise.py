"""Making a new data directory: under a temporary name, renamed when it is complete."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING

from avdaily_sql.cluster.directories import require_owner
from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from pathlib import Path

    from avdaily_sql.cluster.binaries import Binaries
    from avdaily_sql.cluster.privileges import Identity

_OPTIONS = (
    "--username=postgres",
    "--encoding=UTF8",
    # The same sort order on every system and in every version of its libraries.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    # Whoever enters the 0700 socket directory is let in; nobody is from anywhere else.
    "--auth-local=trust",
    "--auth-host=reject",
)


def initialise(data: Path, binaries: Binaries, identity: Identity) -> None:
    """Create the data directory unless it is there already.

    Killed at any moment, this leaves no directory under the final name; what is left under a temporary one is removed
    by the next call. The temporary name is never used twice, since an orphaned initdb may still be writing into it.

    :raises Failed: initdb did not succeed, or something else has the directory's name.
    """
    _remove_leftovers(data)
    if (data / "PG_VERSION").exists():
        require_owner(data, identity.owner)
        return
    if data.is_dir() and any(data.iterdir()):
        raise Failed(
            f"{data} is not a PostgreSQL data directory, and it is not empty",
            hint="Move away what is there, or set AVDAILY_DATA_DIR to another directory.",
        )
    temporary = data.with_name(f"{data.name}.init-{secrets.token_hex(6)}")
    try:
        temporary.mkdir(mode=0o700)
        identity.give(temporary)
        _run_initdb(temporary, binaries, identity)
        temporary.rename(data)
        _sync(data.parent)
    except OSError as error:
        raise Failed(
            f"could not create the data directory {data}: {(error.strerror or str(error)).lower()}",
            hint="Set AVDAILY_DATA_DIR to a directory that you can write to, or move away what is there.",
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_leftovers(data: Path) -> None:
    for leftover in data.parent.glob(f"{data.name}.init-*"):
        # An orphan may still write there: what cannot be removed now is removed next time.
        shutil.rmtree(leftover, ignore_errors=True)


def _run_initdb(directory: Path, binaries: Binaries, identity: Identity) -> None:
    command = identity.command([binaries.path("initdb"), "--pgdata", directory, *_OPTIONS])
    # Messages in English, and a libc that does not know C.UTF-8 gets C: the builtin provider sorts in either case.
    for locale in ("C.UTF-8", "C"):
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=server_environment() | {"LC_ALL": locale},
            **identity.process_options,
        )
        if done.returncode == 0:
            return
        if "locale" not in done.stderr:
            break
    lines = done.stderr.strip().splitlines()
    reason = next((line for line in lines if "error:" in line), lines[-1] if lines else f"exit {done.returncode}")
    raise Failed(
        f"could not initialise a PostgreSQL data directory in {directory.parent}",
        detail=reason.removeprefix("initdb: error: ").strip().rstrip(".") + ".",
        hint="Set AVDAILY_DATA_DIR to a directory that you can write to.",
    )


def server_environment() -> dict[str, str]:
    """Return the environment without libpq's and PostgreSQL's variables, which would change the server's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
