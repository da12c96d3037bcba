"""Which psql to run, and how: the password goes through its environment, never through its command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from psycopg.conninfo import conninfo_to_dict

from avdaily_sql.cluster import binaries
from avdaily_sql.database import connect
from avdaily_sql.errors import Unsupported, UsageError
from avdaily_sql.settings import remove_passwords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.settings import Settings


@dataclass(frozen=True, slots=True)
class Call:
    """A program to become: its path, its whole command line and its environment."""

    program: str
    arguments: list[str]
    environment: dict[str, str]


def become(url: str, settings: Settings, arguments: Sequence[str] = ()) -> NoReturn:
    """Become psql on a database: the same process, so that its exit code and its signals are psql's own.

    :raises Failed: the server does not answer.
    :raises Unsupported: there is no psql on this machine.
    """
    with connect(url) as conn:
        major = conn.info.server_version // 10000
    call = prepare(url, major, settings, arguments)
    sys.stdout.flush()
    os.execve(call.program, call.arguments, call.environment)  # noqa: S606 (a list, no shell)


def prepare(url: str, server_major: int, settings: Settings, arguments: Sequence[str] = ()) -> Call:
    """Return the call of psql on a database.

    :param arguments: what psql is given besides the database, as it is.
    :raises Unsupported: there is no psql on this machine.
    """
    parameters = conninfo_to_dict(url)
    if parameters.get("sslpassword"):
        # libpq takes it from a connection string only, and every user can read a command line.
        raise UsageError("psql cannot be given an sslpassword safely", hint="Use a key without a passphrase.")
    environment = dict(os.environ)
    if parameters.get("password"):
        environment["PGPASSWORD"] = str(parameters["password"])
    program = find(server_major, settings)
    return Call(program, ["psql", "--dbname", remove_passwords(url), *arguments], environment)


def find(server_major: int, settings: Settings) -> str:
    """Return the first psql that is not older than the server: AVDAILY_PG_BIN, PATH, the wheel; else any.

    The wheel's own comes after PATH, since it is built without line editing.

    :raises Unsupported: there is none, or AVDAILY_PG_BIN has none.
    """
    chosen = settings.get("AVDAILY_PG_BIN")
    if chosen is not None:
        program = Path(chosen).expanduser() / "psql"
        if not os.access(program, os.X_OK):
            raise Unsupported(f"there is no psql in AVDAILY_PG_BIN ({chosen})", hint="Correct AVDAILY_PG_BIN.")
        return str(program)
    found = list(_candidates())
    fitting = next((program for program in found if _major(program) >= server_major), None)
    if fitting is None and not found:
        raise Unsupported(
            "there is no psql on this machine",
            hint=f"Install PostgreSQL's client, or run: {binaries.INSTALL_HINT}",
        )
    return fitting or found[0]


def _candidates() -> Iterator[str]:
    on_path = shutil.which("psql")
    if on_path is not None:
        yield on_path
    try:
        yield str(binaries.find_embedded() / "psql")
    except Unsupported:
        return


def _major(program: str) -> int:
    done = subprocess.run([program, "--version"], check=False, capture_output=True, text=True)
    return int(binaries.parse_version(done.stdout).partition(".")[0]) if done.returncode == 0 else 0
