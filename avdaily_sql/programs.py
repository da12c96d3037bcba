"""PostgreSQL's client programs: which pg_dump and psql to run for a server, and in what environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict

from avdaily_sql.cluster import binaries
from avdaily_sql.errors import Failed, Unsupported, UsageError
from avdaily_sql.settings import remove_passwords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.settings import Settings

# Where Debian, Red Hat and Homebrew put a client that is not on PATH.
_DIRECTORIES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_WANTS_TLS = frozenset({"require", "verify-ca", "verify-full"})


@dataclass(frozen=True, slots=True)
class Program:
    """One program: its path and its version, such as ``18.6``."""

    path: str
    version: str
    from_wheel: bool = False

    @property
    def major(self) -> int:
        """Return its major version."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])


def find(name: str, server_major: int, settings: Settings, url: str = "") -> Program:
    """Return the program of the server's own major; else the next newer one, never an older one.

    A newer pg_dump reads an older server, but may write what that server refuses (docs/decisions.md).

    :param url: where it will connect; one that wants TLS cannot be served by the wheel's programs.
    :raises Unsupported: there is none; says what to install.
    """
    named = _named(name, settings)
    if named is not None:
        program = _inspect(named)
        if program is None:
            raise Unsupported(
                f"there is no {name} that runs in AVDAILY_PG_BIN ({named.parent})", hint="Correct AVDAILY_PG_BIN."
            )
        found = [program]
    else:
        found = list(_candidates(name))
    fitting = sorted((each for each in found if each.major >= server_major), key=lambda each: each.major)
    if _wants_tls(url) and fitting and all(each.from_wheel for each in fitting):
        raise _without_tls(name, server_major)
    if _wants_tls(url):
        fitting = [each for each in fitting if not each.from_wheel]
    if not fitting:
        listed = ", ".join(f"{each.path} is {each.version}" for each in found) or "none was found"
        raise Unsupported(f"no {name} for PostgreSQL {server_major}: {listed}", hint=_install_hint(server_major))
    return fitting[0]


def find_shell(server_major: int, settings: Settings, url: str = "") -> str:
    """Return the psql for a person at work: the first that is not older than the server, else any.

    That of AVDAILY_PG_BIN is taken as it is, for it may be whatever starts psql. The wheel's comes last: it has no line
    editing and no TLS.

    :raises Unsupported: there is none that could connect; says what to install.
    """
    named = _named("psql", settings)
    if named is not None:
        if not os.access(named, os.X_OK):
            raise Unsupported(f"there is no psql in AVDAILY_PG_BIN ({named.parent})", hint="Correct AVDAILY_PG_BIN.")
        return str(named)
    found = list(_candidates("psql"))
    usable = [each for each in found if not (each.from_wheel and _wants_tls(url))]
    if not found:
        hint = f"Install PostgreSQL's client, or run: {binaries.INSTALL_HINT}"
        raise Unsupported("there is no psql on this machine", hint=hint)
    if not usable:
        raise _without_tls("psql", server_major)
    return next((each for each in usable if each.major >= server_major), usable[0]).path


def environment(url: str) -> dict[str, str]:
    """Return the environment of a program that is given :func:`connection_argument` of the URL.

    :raises UsageError: the URL has an sslpassword, which libpq takes from the command line only.
    """
    parameters = conninfo_to_dict(url)
    if parameters.get("sslpassword"):
        raise UsageError("a program cannot be given an sslpassword safely", hint="Use a key without a passphrase.")
    result = dict(os.environ)
    if parameters.get("password"):
        result["PGPASSWORD"] = str(parameters["password"])
    return result


def unattended_environment(url: str, application_name: str) -> dict[str, str]:
    """Return the environment of a program whose messages we read: in English, and it does not wait for ever.

    :raises UsageError: as for :func:`environment`.
    """
    result = environment(url) | {"PGAPPNAME": application_name, "LC_ALL": "C.UTF-8"}
    result.setdefault("PGCONNECT_TIMEOUT", "10")
    return result


def connection_argument(url: str) -> str:
    """Return ``--dbname=…`` without a password: every user of the machine can read a command line."""
    return f"--dbname={remove_passwords(url)}"


def _named(name: str, settings: Settings) -> Path | None:
    chosen = settings.get("AVDAILY_PG_BIN")
    return None if chosen is None else Path(chosen).expanduser() / name


def _candidates(name: str) -> Iterator[Program]:
    seen = set()
    on_path = shutil.which(name)
    patterns = [Path(found) for pattern in _DIRECTORIES for found in sorted(Path("/").glob(f"{pattern[1:]}/{name}"))]
    for path in [*([Path(on_path)] if on_path else []), *patterns]:
        program = _inspect(path)
        if program is not None and program.path not in seen:
            seen.add(program.path)
            yield program
    try:
        program = _inspect(binaries.find_embedded() / name)
    except Unsupported:
        return
    if program is not None:
        yield Program(program.path, program.version, from_wheel=True)


def _inspect(path: Path) -> Program | None:
    if not os.access(path, os.X_OK) or path.is_dir():
        return None
    try:
        done = subprocess.run([path, "--version"], check=False, capture_output=True, text=True)
        return Program(str(path), binaries.parse_version(done.stdout)) if done.returncode == 0 else None
    except (OSError, Failed):
        return None


def _wants_tls(url: str) -> bool:
    mode = conninfo_to_dict(url).get("sslmode") if url else None
    return (mode or os.environ.get("PGSSLMODE", "")) in _WANTS_TLS


def _without_tls(name: str, server_major: int) -> Unsupported:
    return Unsupported(f"the embedded {name} has no TLS, and DATABASE_URL wants it", hint=_install_hint(server_major))


def _install_hint(major: int) -> str:
    return (
        f"Install PostgreSQL's client, for example: apt-get install postgresql-client-{major}; or set AVDAILY_PG_BIN."
    )
