"""What stands before destruction: how careful to be with a database, and whether a person said yes."""

from __future__ import annotations

import ipaddress
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from avdaily_sql.errors import Refused, UsageError
from avdaily_sql.marker import read_marker
from avdaily_sql.settings import Environment, parse_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from avdaily_sql.settings import Settings

# Tables of people: not PostgreSQL's own, not what an extension brought, not our history.
_TABLES = """
SELECT n.nspname, c.relname, row_security_active(c.oid)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT LIKE '%\\_migrations'
    AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.reltuples DESC, n.nspname, c.relname
"""


@dataclass(frozen=True, slots=True)
class Assessment:
    """How careful to be with one database, and why."""

    database: str
    environment: Environment
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person has said: ``--yes``, ``--confirm NAME``, or what they answer at a terminal (None without one)."""

    yes: bool = False
    confirm: str | None = None
    ask: Callable[[str], str] | None = None


def assess(conn: psycopg.Connection[Any], settings: Settings) -> Assessment:
    """Return the effective environment: the strictest of the marker, the environment variables and what the URL says.

    A database that is not marked, holds data and is reached over the network counts as production.
    """
    database = conn.info.dbname
    marker = read_marker(conn)
    found = [(Environment.development, "")]
    found.extend(_from_variables(settings))
    if marker is not None:
        found.append((marker, f'database "{database}" is marked {marker.name}'))
    elif not is_local(conn) and is_populated(conn):
        found.append((Environment.production, "the server is remote, and the database is not marked and holds data"))
    return _strictest(database, found)


def assess_all(conn: psycopg.Connection[Any], settings: Settings, databases: Sequence[str]) -> Assessment:
    """Return how careful to be with several databases of a local server at once: as with the strictest of them.

    The name to confirm is the strictest one's, the first of them if they are equal.
    """
    marked = [(read_marker(conn, name) or Environment.development, name) for name in databases]
    environment, name = max(marked, key=lambda pair: pair[0], default=(Environment.development, conn.info.dbname))
    reason = f'database "{name}" is marked {environment.name}'
    return _strictest(name, [*_from_variables(settings), (environment, reason if environment else "")])


def _strictest(database: str, found: Sequence[tuple[Environment, str]]) -> Assessment:
    strictest = max(environment for environment, _ in found)
    reasons = tuple(reason for environment, reason in found if environment is strictest and reason)
    return Assessment(database, strictest, reasons)


def _from_variables(settings: Settings) -> Iterator[tuple[Environment, str]]:
    for name in ("AVDAILY_ENV", "APP_ENV", "NODE_ENV"):
        setting = settings.values[name]
        if setting.value is None:
            continue
        try:
            yield parse_environment(setting.value, setting.source), f"{name} is {setting.value} ({setting.source})"
        except UsageError:
            # The other two belong to other programs, whose words we need not know.
            if name == "AVDAILY_ENV":
                raise


def is_local(conn: psycopg.Connection[Any]) -> bool:
    """Tell whether the connection stays on this machine: a socket, localhost, 127.0.0.0/8 or ::1.

    The name and the address both count, and every host of a list.
    """
    parameters = conn.info.get_parameters()
    named = ",".join(str(parameters.get(key, "")) for key in ("host", "hostaddr"))
    return all(_is_local_host(host) for host in [*named.split(","), conn.info.host, conn.info.hostaddr])


def _is_local_host(host: str) -> bool:
    host = host.strip().lower()
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_populated(conn: psycopg.Connection[Any]) -> bool:
    """Tell whether any table holds a row; a table that may not be read whole counts as one that does."""
    for schema, table, hides_rows in conn.execute(_TABLES).fetchall():
        if hides_rows:
            return True
        try:
            with conn.transaction():
                query = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(schema, table))
                if conn.execute(query).fetchone() is not None:
                    return True
        except psycopg.errors.InsufficientPrivilege:
            return True
    return False


def require_consent(
    assessment: Assessment,
    consent: Consent,
    settings: Settings,
    *,
    action: str,
    command: Sequence[str],
    variables: str = "DB_RESET",
) -> None:
    """Go on only if a person has agreed to this very destruction.

    Outside production one of three is enough: ``--yes``, ``DB_RESET_CONFIRM=1``, or the database's name, typed or as
    ``--confirm NAME``. Production wants both variables, from the process environment, and ``--confirm NAME``.

    :param action: what is about to happen, such as ``roll back 3 migrations``.
    :param command: the words of the command as it was given, without a confirmation.
    :param variables: ``DB_RESET`` or ``DB_RESTORE``: what the names of the two variables begin with.
    :raises Refused: nobody agreed; the last line is what to run.
    """
    name = assessment.database
    if consent.confirm is not None and consent.confirm != name:
        raise Refused(
            f'--confirm names "{consent.confirm}", but the database is "{name}"',
            hint=_hint(assessment, command, variables),
        )
    if assessment.environment is Environment.production:
        agreed = consent.confirm == name and all(
            settings.from_process(f"{variables}_{word}") == "1" for word in ("CONFIRM", "ALLOW_PRODUCTION")
        )
    else:
        agreed = consent.yes or consent.confirm == name or _confirmed_by_variable(assessment, settings, variables)
        if not agreed and consent.ask is not None:
            agreed = consent.ask(f"Type the name of the database ({name}) to {action}: ").strip() == name
    if not agreed:
        why = f": {'; '.join(assessment.reasons)}" if assessment.reasons else ""
        raise Refused(
            f'not confirmed for database "{name}": {action}',
            detail=f"It counts as {assessment.environment.name}{why}.",
            hint=_hint(assessment, command, variables),
        )


def require_yes_in_production(assessment: Assessment, *, yes: bool, action: str, command: Sequence[str]) -> None:
    """Go on in production only if the command was told ``--yes``; elsewhere there is nothing to confirm.

    :param command: the words of the command as it was given, without ``--yes``.
    :raises Refused: it was not; the last line is what to run.
    """
    if assessment.environment is Environment.production and not yes:
        why = f": {'; '.join(assessment.reasons)}" if assessment.reasons else ""
        raise Refused(
            f'not confirmed for database "{assessment.database}": {action}',
            detail=f"It counts as production{why}.",
            hint=f"{join(command)} --yes",
        )


def _confirmed_by_variable(assessment: Assessment, settings: Settings, variables: str) -> bool:
    # A line in .env confirms in development only; elsewhere it would have been forgotten there.
    if assessment.environment is Environment.development:
        return settings.get(f"{variables}_CONFIRM") == "1"
    return settings.from_process(f"{variables}_CONFIRM") == "1"


def join(command: Sequence[str]) -> str:
    """Return a command as a line for a shell."""
    return shlex.join(command)


def _hint(assessment: Assessment, command: Sequence[str], variables: str) -> str:
    line = join(command)
    if assessment.environment is Environment.production:
        # The word DATABASE stands for the name: no line that was copied destroys production.
        return f"{variables}_CONFIRM=1 {variables}_ALLOW_PRODUCTION=1 {line} --confirm DATABASE"
    return f"{line} --yes"
