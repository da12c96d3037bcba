"""Making a new data directory: under a temporary name, renamed when it is complete."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

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


_END_SECONDS = 30
# initdb takes seconds; none is at work any more after this.
_ORPHAN_SECONDS = 600


def initialise(data: Path, binaries: Binaries, identity: Identity, now: float) -> None:
    """Create the data directory unless it is there already.

    Killed at any moment, this leaves no directory under the final name. What is left under a temporary one is removed
    by a later call, not by the next: an orphaned initdb may still be writing into it, which is also why the temporary
    name is never used twice.

    :param now: seconds since the epoch.
    :raises Failed: initdb did not succeed, or something else has the directory's name.
    """
    _remove_leftovers(data, now)
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


def _remove_leftovers(data: Path, now: float) -> None:
    for leftover in data.parent.glob(f"{data.name}.init-*"):
        if leftover.stat().st_mtime < now - _ORPHAN_SECONDS:
            shutil.rmtree(leftover, ignore_errors=True)


def _run_initdb(directory: Path, binaries: Binaries, identity: Identity) -> None:
    command = identity.command([binaries.path("initdb"), "--pgdata", directory, *_OPTIONS])
    # Messages in English, and a libc that does not know C.UTF-8 gets C: the builtin provider sorts in either case.
    for locale in ("C.UTF-8", "C"):
        code, errors = _run_gently(command, server_environment() | {"LC_ALL": locale}, identity)
        if code == 0:
            return
        if "locale" not in errors:
            break
    lines = errors.strip().splitlines()
    reason = next((line for line in lines if "error:" in line), lines[-1] if lines else f"exit {code}")
    raise Failed(
        f"could not initialise a PostgreSQL data directory in {directory.parent}",
        detail=reason.removeprefix("initdb: error: ").strip().rstrip(".") + ".",
        hint="Set AVDAILY_DATA_DIR to a directory that you can write to.",
    )


def _run_gently(command: list[str], environment: dict[str, str], identity: Identity) -> tuple[int, str]:
    process: subprocess.Popen[Any] = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        errors="replace",
        **identity.process_options,
    )
    with process:
        try:
            _, errors = process.communicate()
        except BaseException:
            # Ctrl-C or SIGTERM: asked to end, initdb removes its files and its shared memory; killed, it would not.
            process.terminate()
            process.wait(_END_SECONDS)
            raise
    return process.returncode, errors


def server_environment() -> dict[str, str]:
    """Return the environment without libpq's and PostgreSQL's variables, which would change the server's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
