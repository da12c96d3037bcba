"""Connections: one way to open them, server facts, and psycopg's errors as ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import psycopg
from psycopg import pq

from avdaily_sql import __version__
from avdaily_sql.errors import AvDailyError, Failed, Misdirected, Unsupported, UsageError
from avdaily_sql.settings import redact_url, remove_passwords

if TYPE_CHECKING:
    from psycopg.rows import TupleRow

MINIMUM_MAJOR = 15


@dataclass(frozen=True, slots=True)
class Target:
    """One database that a command works on; ``url`` may hold a password and is never printed."""

    url: str
    kind: Literal["embedded", "docker", "remote"]

    @property
    def redacted(self) -> str:
        """Return the URL as it may be shown: *** in place of its password."""
        return redact_url(self.url)

    @property
    def without_password(self) -> str:
        """Return the URL as other programs can use it, who find the password in PGPASSWORD or ~/.pgpass."""
        return remove_passwords(self.url)


def connect(
    url: str, *, autocommit: bool = True, application_name: str = f"avdaily-sql/{__version__}", **options: Any
) -> psycopg.Connection[TupleRow]:
    """Open one connection, times in UTC, at most ten seconds to connect unless the URL says otherwise.

    :param options: further libpq parameters.
    :raises Failed: no server there, wrong password, no such database: one line with what to do.
    :raises UsageError: libpq cannot read the URL.
    """
    parse(url)
    defaults: dict[str, Any] = {}
    if "connect_timeout" not in url:
        defaults["connect_timeout"] = 10
    if "client_encoding" not in url:
        # From a database in SQL_ASCII the driver would otherwise hand us bytes.
        defaults["client_encoding"] = "utf8"
    if "application_name" not in url:
        defaults["application_name"] = application_name
    try:
        return psycopg.connect(url, autocommit=autocommit, **(defaults | options))
    except psycopg.Error as error:
        raise connection_error(error, url) from None


def parse(url: str) -> list[pq.ConninfoOption]:
    """Return what a URL says, as libpq reads it, without connecting.

    :raises UsageError: it cannot be read.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    """
    try:
        return pq.Conninfo.parse(url.encode())
    except psycopg.Error as error:
        # What libpq quotes after the colon may be a password; the name of a parameter is none.
        what, _, quoted = str(error).strip().partition(": ")
        unknown_parameter = what.startswith("invalid URI query parameter")
        raise UsageError(
            f"DATABASE_URL cannot be read: {what}{f' {quoted}' if unknown_parameter else ''}",
            hint="Correct what follows the ?, as in postgresql://USER@HOST:PORT/DATABASE?sslmode=require"
            if unknown_parameter
            else "Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with % as %25 and @ in a password as %40.",
        ) from None


def require_version(conn: psycopg.Connection[Any], minimum_major: int = MINIMUM_MAJOR) -> int:
    """Return the server's major version.

    :raises Unsupported: it is older than required.
    """
    major = conn.info.server_version // 10000
    if major < minimum_major:
        raise Unsupported(
            f"the server is PostgreSQL {major}; {minimum_major} or later is needed",
            hint="Upgrade the server, or point DATABASE_URL at a newer one.",
        )
    return major


def server_version(conn: psycopg.Connection[Any]) -> str:
    """Return the server's version as its release notes write it, such as ``18.6``."""
    return f"{conn.info.server_version // 10000}.{conn.info.server_version % 10000}"


def connection_error(error: psycopg.Error, url: str) -> AvDailyError:
    """Turn a failed connect into one line that says which part of the URL to look at."""
    text = str(error).strip()
    shown = redact_url(url)
    for needle, message, hint in _CONNECT_ADVICE:
        if needle in text:
            return Failed(f"could not connect to {shown}: {message}", detail=_last_line(text), hint=hint)
    return Failed(f"could not connect to {shown}", detail=_last_line(text))


_CONNECT_ADVICE = (
    (
        "password authentication failed",
        "wrong user name or password",
        "Correct the user or the password in DATABASE_URL, or put it into ~/.pgpass.",
    ),
    ("no password supplied", "the server wants a password", "Put the password into DATABASE_URL or ~/.pgpass."),
    (
        "could not translate host name",
        "the host name is not known",
        "Correct the host in DATABASE_URL, or unset it to use the embedded server.",
    ),
    ("failed to resolve host", "the host name is not known", "Correct the host in DATABASE_URL."),
    (
        "Connection refused",
        "nothing listens there",
        "Start the server, correct host and port in DATABASE_URL, or unset it to use the embedded server.",
    ),
    ("No such file or directory", "no server on that socket", "Start the server, or correct the host in DATABASE_URL."),
    ("does not exist", "the server has no such database or role", "Create it, or correct the name in DATABASE_URL."),
    ("timeout", "no answer in time", "Look at host, port and firewall."),
    ("too many clients", "the server has no free connection", "Wait, or raise max_connections."),
)


def _last_line(text: str) -> str:
    line = text.splitlines()[-1].strip() if text else ""
    line = line.removeprefix("FATAL:").strip()
    return line if line.endswith((".", "?")) else f"{line}."


def refuse_transaction_pooling(conn: psycopg.Connection[Any]) -> None:
    """Refuse a pooler in transaction mode: the session lock would not stay with its session.

    PgBouncer answers each transaction from any server connection, so a session advisory lock taken by one statement
    protects nothing in the next one.

    :raises Refused: two transactions of this one connection could be answered by different server sessions.

    https://www.pgbouncer.org/features.html
    """
    if is_pooled(conn):
        raise Misdirected(
            "DATABASE_URL leads to a connection pooler; this command needs a session of its own",
            detail="A session lock taken through a pooler in transaction mode protects nothing.",
            hint="avdaily-sql --database-url 'postgresql://USER@SERVER:5432/DATABASE'",
        )


def is_pooled(conn: psycopg.Connection[Any]) -> bool:
    """Tell whether a pooler answers: libpq's backend pid is then not the pid of the session that runs a query.

    PgBouncer makes up the pid of its cancel key, so the two differ in every pool mode.
    """
    row = conn.execute("SELECT pg_backend_pid()").fetchone()
    return row is not None and row[0] != conn.info.backend_pid
