"""One command on many databases: a process for each, so that none sees another's history, lock, settings or failure."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import pq

from avdaily_sql import database
from avdaily_sql.errors import AvDailyError, Location, UsageError
from avdaily_sql.settings import normalise_url, redact_url
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_VARIABLE = "AVDAILY_FANOUT_DATABASE_URL"
# The URL comes by the environment, because the list of processes is everybody's to read, and is given to the command as
# the flag that it is: above the settings of the environment and of a .env file, and named in what is to be run again.
_PROGRAM = f"""
import os, sys
from avdaily_sql.cli.main import main
url = os.environ.pop("{_VARIABLE}", None)
main([*(("--database-url", url) if url else ()), *sys.argv[1:]])
"""
_LOOKERS = 16
_LOOK_AGAIN_SECONDS = 0.2
# A copy of a server, such as a replica, has its identifier, and has not started at the same microsecond.
_IDENTITY = """
    SELECT system_identifier::text, pg_catalog.pg_postmaster_start_time()::text, d.oid::text
    FROM pg_catalog.pg_control_system(), pg_catalog.pg_database AS d WHERE d.datname = current_database()"""
_PORT = "5432"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


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

    :raises UsageError: one of them is no URL, or a target is named twice, be it by different URLs.
    """
    for number, url in enumerate(urls, 1):
        _require_url(url, f"--database-url number {number} is no database URL")
    listed = [*urls, *(_read(file) if file is not None else ())]
    for number, schema in enumerate(schemas):
        if schema in schemas[:number]:
            raise UsageError(f"schema {schema} is named twice", hint="Name each schema once.")
    _require_different(listed, [_address(url) for url in listed])
    if len(listed) > 1:
        # Before any work: two runs at once on one database would wait for each other, or do the work twice.
        with ThreadPoolExecutor(_LOOKERS) as pool:
            _require_different(listed, list(pool.map(_identity, listed)))
    return [Target(url, schema) for url in listed or [None] for schema in schemas or (None,)]


def _require_different(urls: Sequence[str], identities: Sequence[tuple[str, ...] | None]) -> None:
    first: dict[tuple[str, ...], str] = {}
    for url, identity in zip(urls, identities, strict=True):
        if identity is None:
            continue
        if identity in first:
            one, other = redact_url(first[identity]), redact_url(url)
            what = f"{one} is named twice" if one == other else f"{one} and {other} are the same database"
            raise UsageError(what, hint="Name each database once.")
        first[identity] = url


def _address(url: str) -> tuple[str, ...]:
    """Return where a URL leads by itself: user, password and options do not make another database of it."""
    given = {option.keyword: option.val for option in database.parse(normalise_url(url)) if option.val}
    default = {option.keyword: option.val for option in pq.Conninfo.get_defaults() if option.val}
    found = {
        name: (given.get(name) or default.get(name) or b"").decode(errors="backslashreplace")
        for name in (b"hostaddr", b"host", b"port", b"user", b"dbname", b"service")
    }
    hosts = (found[b"hostaddr"] or found[b"host"]).lower().split(",")
    ports = [port or _PORT for port in found[b"port"].split(",")]
    # One port may stand for several hosts; a host may be written twice, or as another name of this machine.
    places = zip(hosts, ports if len(ports) == len(hosts) else ports[:1] * len(hosts), strict=True)
    shown = ",".join(sorted({f"{'localhost' if host in _LOOPBACK else host}:{port}" for host, port in places}))
    return shown, found[b"dbname"] or found[b"user"], found[b"service"]


def _identity(url: str) -> tuple[str, ...] | None:
    """Return which database answers, in words of its server; None when none does: its own run will say why."""
    try:
        with database.connect(normalise_url(url)) as conn:
            return conn.execute(_IDENTITY).fetchone()
    except (AvDailyError, psycopg.Error):
        return None


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


class _Crew:
    """The processes of one call: once it is ended, none is left and none is started."""

    def __init__(self, words: Sequence[str], jobs: int) -> None:
        self._words = words
        self._jobs = jobs
        self._lock = Lock()
        self._processes: list[subprocess.Popen[str]] = []
        self._ended = False

    def work(self, on: Sequence[Target], answers: Sequence[Future[Outcome]]) -> None:
        """Run the command on each target, so many at a time; each answer is given when it is there."""
        with ThreadPoolExecutor(self._jobs) as pool:
            for target, answer in zip(on, answers, strict=True):
                pool.submit(self._answer, target, answer)

    def _answer(self, target: Target, answer: Future[Outcome]) -> None:
        try:
            answer.set_result(_run_one(self._words, target, self))
        except BaseException as error:  # noqa: BLE001 (raised again where the answer is waited for)
            answer.set_exception(error)

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
        """Start one more.

        :raises RuntimeError: it was ended.
        """
        with self._lock:
            if self._ended:
                raise RuntimeError("ended")
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
            self._processes.append(process)
            return process

    def end(self) -> None:
        """Terminate all, and return when they are gone."""
        with self._lock:
            self._ended = True
        while left := [process for process in self._processes if process.poll() is None]:
            # Again: one that was only just made may not listen yet; one that has heard does not mind.
            for process in left:
                process.terminate()
            with suppress(subprocess.TimeoutExpired):
                left[-1].wait(_LOOK_AGAIN_SECONDS)


def run(words: Sequence[str], on: Sequence[Target], jobs: int) -> Iterator[Outcome]:
    """Run a command line on each target, so many at a time; yield how each ended, in the order of the targets.

    :param words: the command line without what names databases and schemas.
    """
    crew = _Crew(words, jobs)
    answers: list[Future[Outcome]] = [Future() for _ in on]
    # A signal is an exception in this thread, so another one starts threads and processes: none is lost half-made.
    worker = Thread(target=crew.work, args=(on, answers))
    try:
        worker.start()
        for answer in answers:
            # Looked at again and again: a signal that came to another thread of ours does not end a wait.
            while not answer.done():
                wait([answer], _LOOK_AGAIN_SECONDS)
            yield answer.result()
    except BaseException:
        crew.end()
        raise
    finally:
        if worker.is_alive():
            worker.join()


def _run_one(words: Sequence[str], target: Target, crew: _Crew) -> Outcome:
    environment = {name: value for name, value in os.environ.items() if name != _VARIABLE}
    if target.url is not None:
        environment[_VARIABLE] = target.url
    schema = [] if target.schema is None else ["--schema", target.schema]
    process = crew.start([sys.executable, "-c", _PROGRAM, *words, *schema], environment)
    output, said = process.communicate()
    # As a shell counts: one that was killed has failed, and worse than any that ended by itself.
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Outcome(target, code, output, said or ("" if code < 128 else f"killed by signal {code - 128}\n"))
