"""The embedded server itself: start, stop, remove; one at a time, however many commands ask for it at once."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from avdaily_sql.cluster import binaries, directories, liveness, privileges
from avdaily_sql.cluster.initialise import initialise, server_environment
from avdaily_sql.cluster.liveness import Answer
from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avdaily_sql.cluster.binaries import Binaries
    from avdaily_sql.cluster.privileges import Identity
    from avdaily_sql.settings import Settings

_START_SECONDS = 60.0
_STOP_SECONDS = 60
_POLL_SECONDS = 0.01
_LOG_LINES = 12
_LOG_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded server: its programs, who runs it, and our directory, in which everything of it lies."""

    binaries: Binaries
    identity: Identity
    root: Path

    @property
    def data(self) -> Path:
        """Return the data directory; PostgreSQL's major version is in its path."""
        return self.root / str(self.binaries.major)

    @property
    def log(self) -> Path:
        """Return the server's log file."""
        return self.root / f"{self.binaries.major}.log"

    @property
    def socket_directory(self) -> Path:
        """Return where the server listens: where the running one says that it does, else where the next one will."""
        running = liveness.read_remains(self.data).socket_directory
        return running or directories.socket_directory(self.root, self.binaries.major)

    def url(self, dbname: str = "postgres") -> str:
        """Return the URL of one database; it has no password, since the 0700 socket directory is the lock."""
        host = quote(str(self.socket_directory), safe="/")
        # The port is written out so that PGPORT cannot change it.
        return f"postgresql://postgres@/{quote(dbname)}?host={host}&port=5432"

    def answers(self) -> bool:
        """Tell whether our server is alive, with one connection."""
        return self._ask() is Answer.ours

    def start(self) -> bool:
        """Start the server unless it is running, and return whether this call started it.

        Any number of processes may call this at once: one starts the server, the others wait for it.

        :raises Failed: the server did not come up; the last lines of its log are in the detail.
        """
        if self.answers():
            return False
        directories.prepare_root(self.root, self.identity)
        with self._locked():
            if self._settled() is Answer.ours:
                return False
            initialise(self.data, self.binaries, self.identity, time.time())
            self._launch()
        return True

    def stop(self) -> bool:
        """Stop the server and wait until it is down; return False when it was not running.

        :raises Failed: it did not stop in time.
        """
        if not self.data.is_dir():
            return False
        with self._locked():
            if self._settled() is not Answer.ours:
                return False
            self._run_stop()
        return True

    def destroy(self) -> None:
        """Stop the server and delete all its databases, its log and its socket directory."""
        self.stop()
        if not self.root.is_dir():
            return
        with self._locked():
            socket_directory = directories.socket_directory(self.root, self.binaries.major)
            # Renamed first: killed half-way, this leaves no half-deleted data directory under the name that start uses.
            doomed = self.data.with_name(f"{self.data.name}.init-{secrets.token_hex(6)}")
            if self.data.exists():
                self.data.rename(doomed)
                shutil.rmtree(doomed)
            shutil.rmtree(socket_directory, ignore_errors=True)
            self.log.unlink(missing_ok=True)

    def _ask(self) -> Answer:
        directory = self.socket_directory
        if not directory.exists():
            return Answer.none
        directories.verify_socket_directory(directory, self.identity)
        return liveness.ask(directory, self.data)

    def _settled(self) -> Answer:
        """Wait while a server of ours is on its way up or down, and end one that can no longer be reached."""
        deadline = time.monotonic() + _START_SECONDS
        silent_until = time.monotonic() + 2
        while True:
            answer = self._ask()
            if answer is Answer.ours:
                return answer
            alive = liveness.serves(liveness.read_remains(self.data).pid, self.data)
            if answer is Answer.none and not alive:
                return answer
            if answer is Answer.none and time.monotonic() > silent_until:
                # It runs, but its socket is gone, as after a clean-up of /tmp. It is ours by its working directory.
                self._run_stop()
                return Answer.none
            if time.monotonic() > deadline:
                raise Failed(f"the embedded server does not answer: {answer.value}", detail=self._log_tail(0))
            time.sleep(_POLL_SECONDS)

    def _launch(self) -> None:
        socket_directory = directories.socket_directory(self.root, self.binaries.major)
        directories.prepare_socket_directory(socket_directory, self.identity)
        deadline = time.monotonic() + _START_SECONDS
        log_start = self._rotate_log()
        while True:
            liveness.clear_remains(self.data, socket_directory)
            process = self._spawn(socket_directory)
            while process.poll() is None:
                if self._ask() is Answer.ours:
                    # Not waited for: it outlives this command.
                    process.returncode = 0
                    return
                if time.monotonic() > deadline:
                    process.returncode = 0
                    raise Failed("the embedded server does not come up", detail=self._log_tail(log_start))
                time.sleep(_POLL_SECONDS)
            tail = self._log_tail(log_start)
            # After a kill -9 of the postmaster its children need a moment to notice and let go of the shared memory.
            if "shared memory block" not in tail or time.monotonic() > deadline:
                raise Failed("the embedded server did not start", detail=tail, hint=f"Look at {self.log}")
            time.sleep(0.1)

    def _spawn(self, socket_directory: Path) -> subprocess.Popen[Any]:
        quoted = str(socket_directory).replace('"', '""')
        options = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{quoted}"',
            "unix_socket_permissions": "0700",
            "port": "5432",
            "cluster_name": "avdaily-sql",
        }
        switches = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = self.identity.command([self.binaries.path("postgres"), "-D", self.data, *switches])
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process: subprocess.Popen[Any] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=server_environment() | {"LC_ALL": "C"},
                # Ctrl-C in this terminal must not reach it.
                start_new_session=True,
                **({"cwd": "/"} | self.identity.process_options),
            )
        except OSError as error:
            raise Failed(f"could not run {command[0]}: {(error.strerror or str(error)).lower()}") from error
        finally:
            os.close(descriptor)
        return process

    def _run_stop(self) -> None:
        done = subprocess.run(
            self.identity.command(
                [self.binaries.path("pg_ctl"), "-D", self.data, "-m", "fast", "-w", "-t", str(_STOP_SECONDS), "stop"]
            ),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=server_environment() | {"LC_ALL": "C"},
            **self.identity.process_options,
        )
        if done.returncode != 0:
            raise Failed("the embedded server did not stop", detail=f"{done.stderr.strip()}\n{self._log_tail(0)}")

    def _rotate_log(self) -> int:
        try:
            size = self.log.stat().st_size
        except FileNotFoundError:
            return 0
        if size <= _LOG_BYTES:
            return size
        self.log.replace(self.log.with_suffix(".log.1"))
        return 0

    def _log_tail(self, start: int) -> str:
        try:
            with self.log.open("rb") as file:
                file.seek(start)
                text = file.read()[-(64 << 10) :].decode(errors="replace")
        except OSError:
            return f"There is no log at {self.log}."
        return "The server's last words:\n" + "\n".join(f"  {line}" for line in text.splitlines()[-_LOG_LINES:])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            file = (self.root / f"{self.binaries.major}.lock").open("a")
        except OSError as error:
            raise Failed(
                f"could not write in {self.root}: {(error.strerror or str(error)).lower()}",
                hint="Set AVDAILY_DATA_DIR to a directory that you can write to.",
            ) from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def locate(settings: Settings) -> Cluster:
    """Return this user's embedded server, whether it exists, runs or not; nothing is created.

    :raises Unsupported: the extra is not installed, or root has no way to run a server.
    """
    found = binaries.inspect(binaries.find_embedded())
    identity = privileges.find_identity(found.directory / "postgres")
    root = settings.data_directory
    if identity.user is not None and settings.get("AVDAILY_DATA_DIR") is None:
        root = directories.SYSTEM_ROOT
    return Cluster(found, identity, root)
