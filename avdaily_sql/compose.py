"""The same server verbs over ``docker compose``: the only module that knows docker."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from avdaily_sql import sqltree
from avdaily_sql.errors import Failed, Unsupported, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avdaily_sql.settings import Settings

FILE_NAME = "docker-compose.yml"
_SERVICE = "postgres"
_LOOK_SECONDS = 10
_NO_PLUGIN = (
    "is not a docker command",
    "unknown command: docker compose",
    "unknown shorthand flag",
    "unknown flag: --file",
)
_LOGS = ("logs", "--no-log-prefix", "--tail", "200")


@dataclass(frozen=True, slots=True)
class Compose:
    """The service ``postgres`` of one docker-compose.yml."""

    file: Path

    def running(self) -> bool:
        """Tell whether the service runs; False as well where docker is missing or its daemon is down.

        Asks the daemon by the file's label, which takes a tenth of the time of ``docker compose ps``.
        """
        if shutil.which("docker") is None:
            return False
        labels = (
            f"label=com.docker.compose.project.config_files={self.file}",
            f"label=com.docker.compose.service={_SERVICE}",
            "status=running",
        )
        filters = [part for label in labels for part in ("--filter", label)]
        try:
            done = subprocess.run(
                ["docker", "ps", "--quiet", *filters],
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_LOOK_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0 and bool(done.stdout.strip())

    def start(self) -> None:
        """Start the service and wait until its health check passes."""
        self._run("up", "--detach", "--wait", _SERVICE)

    def stop(self) -> None:
        """Stop the service; container and data stay."""
        self._run("stop", _SERVICE)

    def down(self) -> None:
        """Remove the container; the named volume keeps the data."""
        self._run("down")

    def destroy(self) -> None:
        """Remove the container and the volume with all its databases."""
        self._run("down", "--volumes")

    def url(self) -> str:
        """Return the service's URL, with the password that compose itself reads from the environment or ``.env``."""
        service = json.loads(self._run("config", "--format", "json"))["services"][_SERVICE]
        values, port = service["environment"], service["ports"][0]["published"]
        user, password = quote(values["POSTGRES_USER"], safe=""), quote(values["POSTGRES_PASSWORD"], safe="")
        return f"postgresql://{user}:{password}@127.0.0.1:{port}/{quote(values['POSTGRES_DB'], safe='')}"

    def read_log(self) -> list[str]:
        """Return the last lines of the service's log."""
        return self._run(*_LOGS, _SERVICE).splitlines()

    def follow_log(self) -> Iterator[str]:
        """Yield the last lines of the service's log and each new one, while the service runs."""
        command = [*self._base(), *_LOGS, "--follow", _SERVICE]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
            try:
                for line in process.stdout or ():
                    yield line.rstrip("\n")
            finally:
                process.terminate()

    def _base(self) -> list[str]:
        docker = shutil.which("docker")
        if docker is None:
            raise Unsupported(
                "docker is not installed",
                hint="Install docker and its compose plugin, or leave out --docker: the embedded server needs neither.",
            )
        return [docker, "compose", "--file", str(self.file)]

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._base(), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=self.file.parent,
        )
        if done.returncode == 0:
            return done.stdout
        lines = done.stderr.strip().splitlines()
        detail = lines[-1].strip() if lines else f"It exited with {done.returncode}."
        if any(words in done.stderr for words in _NO_PLUGIN):
            raise Unsupported("this docker has no compose plugin", hint="Install the package docker-compose-plugin.")
        raise Failed(f"docker compose {arguments[0]} did not succeed", detail=detail)


def find(settings: Settings) -> Compose | None:
    """Return the checkout's compose service, None outside a checkout that has a docker-compose.yml."""
    file = sqltree.find(settings).root.resolve().parent / FILE_NAME
    return Compose(file) if file.is_file() else None


def require(settings: Settings) -> Compose:
    """Return the checkout's compose service.

    :raises UsageError: there is no docker-compose.yml beside ``sql/``.
    """
    found = find(settings)
    if found is None:
        directory = sqltree.find(settings).root.resolve().parent
        raise UsageError(f"there is no {FILE_NAME} in {directory}", hint="Run the command in a checkout.")
    return found
