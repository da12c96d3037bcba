"""The one that runs pg_dump: started on a snapshot, read to its end, and its failure in one line."""

from __future__ import annotations

import signal
import subprocess
from typing import IO, TYPE_CHECKING

from avdaily_sql import programs
from avdaily_sql.backup import script, stream
from avdaily_sql.errors import AvDailyError, Failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.programs import Program

_LOCK_WAIT_MS = 60_000


def pump(
    child: subprocess.Popen[bytes], writer: stream.Writer, judge: script.Script, progress: Callable[[int], None]
) -> None:
    """Hand what pg_dump writes to the file, and to the judge of it."""
    output = child.stdout
    if output is None:
        raise Failed("pg_dump has no output")
    while piece := output.read(stream.CHUNK):
        judge.feed(piece)
        writer.write(piece)
        progress(writer.plain_bytes)


def start(program: Program, url: str, snapshot: str, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start pg_dump on an exported snapshot.

    :param complaints: where its messages go.
    :raises Failed: it cannot be run.
    """
    command = [
        program.path,
        "--no-password",
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={_LOCK_WAIT_MS}",
        programs.connection_argument(url),
    ]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=programs.unattended_environment(url, "avdaily-sql backup"),
        )
    except OSError as error:
        raise Failed(f"could not run {program.path}: {error.strerror}") from None


def end(child: subprocess.Popen[bytes]) -> None:
    """End pg_dump, if it still runs."""
    if child.stdout is not None:
        child.stdout.close()
    if child.poll() is None:
        child.kill()
        child.wait()


def failure(program: Program, code: int, complaints: IO[bytes]) -> AvDailyError:
    """Return why pg_dump failed, in its own words."""
    complaints.seek(0)
    lines = [line.strip() for line in complaints.read().decode(errors="replace").splitlines() if line.strip()]
    said = next((line for line in lines if "error:" in line), lines[-1] if lines else "")
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"failed with exit code {code}"
    return Failed(f"{program.path} {how}", detail=said or None, hint="Nothing was kept. Run the command again.")
