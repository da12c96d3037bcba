"""psql's side of a restore: one transaction, stopped by the first error, and committed only when all bytes agreed."""

from __future__ import annotations

import secrets
import signal
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING

from avdaily_sql import maintenance, programs
from avdaily_sql.backup import script, stream
from avdaily_sql.errors import Damaged, Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avdaily_sql.backup.verify import Inspected
    from avdaily_sql.programs import Program

# The first minor of each major that knows \restrict, which keeps psql from running any other command of its own.
_RESTRICTS = {13: 22, 14: 19, 15: 14, 16: 10, 17: 6}


def load(
    url: str, database: str, program: Program, found: Inspected, progress: Callable[[str, int, int], None]
) -> list[bytes]:
    """Fill an empty database with a dump.

    psql commits at the end of its input, so that end is not given before the checksum of the whole was right.

    :return: the statements that name roles.
    :raises Failed: the server refused a statement; nothing of the dump is in the database.
    :raises Damaged: the file is not what was inspected a moment ago.
    """
    reader = stream.Reader(found.path, found.identities)

    def pieces() -> Iterator[bytes]:
        for piece in reader.pieces():
            yield piece
            progress("restore", reader.plain_bytes, found.plain_bytes)
        if reader.plain_sha256 != found.plain_sha256:
            raise Damaged(f"{found.path} changed while it was restored")

    return fill(maintenance.with_database(url, database), program, pieces())


def fill(url: str, program: Program, pieces: Iterator[bytes]) -> list[bytes]:
    """Give a dump to psql, judged on its way; an error of the pieces leaves the database empty.

    :return: the statements that name roles.
    :raises Failed: the server refused a statement.
    """
    with tempfile.TemporaryFile() as complaints:
        child = _start(url, program, complaints)
        try:
            judge = script.Script()
            broken = _feed(child, program, judge, pieces)
            if child.stdin is not None and not broken:
                child.stdin.close()
            code = child.wait()
            if code != 0 or broken:
                raise _failure(code, complaints)
            return judge.statements
        finally:
            # Before its input is closed: an end of input would be a commit.
            if child.poll() is None:
                child.kill()
                child.wait()
            _close(child)


def _close(child: subprocess.Popen[bytes]) -> None:
    try:
        if child.stdin is not None:
            child.stdin.close()
    except BrokenPipeError:
        return


def _start(url: str, program: Program, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [
        program.path,
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--no-password",
        "--file=-",
        programs.connection_argument(url),
    ]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
        env=programs.unattended_environment(url, "avdaily-sql restore") | {"PGCLIENTENCODING": "UTF8"},
    )


def _feed(child: subprocess.Popen[bytes], program: Program, judge: script.Script, pieces: Iterator[bytes]) -> bool:
    """Write the dump to psql; return whether psql ended before it had all."""
    if child.stdin is None:
        raise Failed("psql has no input")
    key = secrets.token_hex(16).encode()
    restricts = _restricts(program.version)
    try:
        if restricts:
            child.stdin.write(b"\\restrict " + key + b"\n")
        for piece in pieces:
            child.stdin.write(judge.feed(piece))
        child.stdin.write(judge.finish())
        if restricts:
            child.stdin.write(b"\n\\unrestrict " + key + b"\n")
        child.stdin.flush()
    except BrokenPipeError:
        return True
    return False


def _restricts(version: str) -> bool:
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    if not major.isdigit() or not minor.isdigit():
        return False
    return int(major) >= 18 or int(minor) >= _RESTRICTS.get(int(major), 1000)


def _failure(code: int, complaints: IO[bytes]) -> Failed:
    complaints.seek(0)
    lines = [line.strip() for line in complaints.read().decode(errors="replace").splitlines() if line.strip()]
    said = next((line for line in lines if "ERROR:" in line or "FATAL:" in line or "error:" in line), "")
    if code < 0 and not said:
        return Failed(f"psql was ended by {signal.Signals(-code).name}", detail=_NOTHING)
    said = said.partition("ERROR:")[2].strip() or said or (lines[-1] if lines else f"psql ended with code {code}")
    return Failed(
        f"the server refused the backup: {said}",
        detail=_NOTHING,
    )


_NOTHING = "Nothing was changed: the restore was made beside the database, and is gone."
