"""How a person gets psql on a database: the password goes through its environment, never through its command line."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from avdaily_sql import programs
from avdaily_sql.database import connect
from avdaily_sql.settings import remove_passwords

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    :raises UsageError: the URL has an sslpassword.
    """
    environment = programs.environment(url)
    program = programs.find_shell(server_major, settings, url)
    return Call(program, ["psql", "--dbname", remove_passwords(url), *arguments], environment)
