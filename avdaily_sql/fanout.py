"""One command on many databases: a process for each, so that none sees another's history, lock, settings or failure."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import database
from avdaily_sql.errors import Location, UsageError
from avdaily_sql.settings import redact_url
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_PROGRAM = "import sys; from avdaily_sql.cli.main import main; main(sys.argv[1:])"


class Target(NamedTuple):
    """One database and schema; None for what the settings say. ``url`` may hold a password and is never printed."""

    url: str | None
    schema: str | None

    @property
    def redacted(self) -> str:
        """Return the database as it may be shown."""
        return "the database of the settings" if self.url is None else redact_url(self.url)

    @property
    def label(self) -> str:
        """Return how it is named to a person."""
        return self.redacted if self.schema is None else f"{self.redacted} schema {self.schema}"


class Outcome(NamedTuple):
    """How the command ended on one target, and what it wrote to its two streams."""

    target: Target
    exit_code: int
    output: str
    said: str


def targets(urls: Sequence[str], file: Path | None, schemas: Sequence[str]) -> list[Target]:
    """Return every schema on every database, in the order in which they were named.

    :raises UsageError: one of them is no URL, or a target is named twice.
    """
    for number, url in enumerate(urls, 1):
        _require_url(url, f"--database-url number {number} is no database URL")
    listed: list[str | None] = [*urls, *(_read(file) if file is not None else ())]
    found = [Target(url, schema) for url in listed or [None] for schema in schemas or (None,)]
    for number, target in enumerate(found):
        if target in found[:number]:
            raise UsageError(f"{target.label} is named twice", hint="Name each database once.")
    return found


def _read(path: Path) -> list[str]:
    """Return the URLs of a file; empty lines and those that begin with # are none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"could not read {shown(path)}: {reason}") from None
    found = []
    for number, line in enumerate(lines, 1):
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        # The line itself is not shown: it may hold a password.
        where = Location(shown(path), number, 1)
        try:
            _require_url(url, "this line is no database URL")
        except UsageError as error:
            error.location = where
            raise
        found.append(url)
    if not found:
        raise UsageError(f"no database URL in {shown(path)}", hint="Write one a line.")
    return found


def _require_url(url: str, problem: str) -> None:
    """Refuse what is no URL without showing it: an empty one would mean the embedded server."""
    scheme, _, rest = url.partition("://")
    if not rest or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise UsageError(problem, hint="Write postgresql://USER@HOST/DATABASE.")
    database.parse(f"postgresql://{rest}")


def run(words: Sequence[str], on: Sequence[Target], jobs: int) -> Iterator[Outcome]:
    """Run a command line on each target, so many at a time; yield how each ended, in the order of the targets.

    :param words: the command line without what names databases and schemas.
    """
    processes: list[subprocess.Popen[str]] = []
    pool = ThreadPoolExecutor(jobs)
    pending = [pool.submit(_run_one, words, target, processes) for target in on]
    try:
        for each in pending:
            yield each.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        raise
    finally:
        pool.shutdown()


def _run_one(words: Sequence[str], target: Target, processes: list[subprocess.Popen[str]]) -> Outcome:
    # By the environment and not as an argument: the list of processes is everybody's to read.
    environment = os.environ | ({} if target.url is None else {"DATABASE_URL": target.url})
    schema = [] if target.schema is None else ["--schema", target.schema]
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *words, *schema],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    processes.append(process)
    output, said = process.communicate()
    return Outcome(target, process.returncode, output, said)
