"""The door to yoyo-migrations 9.0.0: its migration and its backend, run, locked and recorded our way.

Imported only when a migration runs: yoyo takes a tenth of a second to import. What we rely on is small, and pinned by
``tests/migrations/test_yoyo_contract.py``: ``mark_one``, ``unmark_one``, ``log_migration``, their SQL, and the names of
the tables. Body, mark, log and checksums commit in one transaction on one connection.
"""

from __future__ import annotations

import importlib
import re
import sys
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from psycopg.pq import Escaping


def _without_parser() -> ModuleType:
    """Return a stand-in for sqlparse that becomes the real one at its first use, which for us never comes.

    Importing it is nearly half of importing yoyo. (importlib's own LazyLoader loads at the next ``import`` until 3.12.)
    """
    stand_in = ModuleType("sqlparse")
    stand_in.__getattr__ = lambda name: getattr(importlib.import_module("sqlparse"), name)  # type: ignore[method-assign]
    return stand_in


if "sqlparse" not in sys.modules:
    sys.modules["sqlparse"] = _without_parser()
    try:
        importlib.import_module("yoyo.migrations")
    finally:
        del sys.modules["sqlparse"]

from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend  # noqa: E402
from yoyo.migrations import Migration, default_migration_table, get_migration_hash  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from avdaily_sql.migrations.execution import Ending
    from avdaily_sql.migrations.files import SqlFile
    from avdaily_sql.migrations.identity import Operator
    from avdaily_sql.migrations.session import Session


# How yoyo writes its parameters; no statement of it has a string or a cast.
_PARAMETER = re.compile(r":(\w+)")


class Details(NamedTuple):
    """What our log keeps of one operation beside yoyo's; checksums are those of the file that is applied."""

    statements: int
    transactional: bool
    attempts: int
    file: SqlFile | None = None
    reason: str | None = None


class SafeMigration(Migration):  # type: ignore[misc]  # yoyo has no types
    """A migration of yoyo whose file was read and judged before, and is run as a whole.

    It stays out of yoyo's global map of ids, which mixes all trees of a process.
    """

    def __init__(self, identifier: str, run: Callable[[], Ending], details: Details) -> None:
        """:param run: runs the file, and leaves its transaction open for the mark."""
        self.id = identifier
        self.hash = get_migration_hash(identifier)
        self.path = details.file.path if details.file else ""
        self.source_dir = ""
        self.steps: list[Any] = []
        self.use_transactions = details.transactional
        self.details = details
        self.ending = ""
        self.duration_ms = 0.0
        self._run = run
        self._depends: set[Migration] = set()

    @classmethod
    def only_recorded(cls, identifier: str, details: Details) -> SafeMigration:
        """Return one for the history alone: it is never run."""
        return cls(identifier, _never_run, details)

    def load(self) -> None:
        """Do nothing: the file was loaded before the engine was."""

    def process_steps(self, backend: Any, direction: str, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 (yoyo's signature)
        """Run the whole file; unlike yoyo's, never a rollback by itself."""
        self.ending, self.duration_ms = self._run()


def _never_run() -> NoReturn:
    raise AssertionError("a migration that is only recorded is never run")


class SafeBackend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo has no types
    """yoyo's PostgreSQL backend on our session: one connection, and every name with its schema."""

    def __init__(self, session: Session, history_schema: str, operator: Operator) -> None:
        self._session = session
        self._operator = operator
        self.history_schema = history_schema
        self._message: list[str] | None = None
        self._formatted: dict[str, str] = {}
        self._escaping = Escaping(session.conn.pgconn)
        super().__init__(None, default_migration_table)
        # history.sql made the tables, and only a newer format of ours would change them.
        self._internal_schema_updated = True

    def connect(self, dburi: Any) -> Any:  # noqa: ARG002 (yoyo's signature)
        """Return the session's connection; there is never a second one."""
        return self._session.conn

    def copy(self) -> SafeBackend:
        """Return ourselves: the body of a migration runs where its mark is written."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the connection open: it is the session's."""

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_quoted"):
            schema, table = self.history_schema, getattr(self, name.removesuffix("_quoted"))
            return f"{self.quote_identifier(schema)}.{self.quote_identifier(table)}"
        raise AttributeError(name)

    @contextmanager
    def lock(self, timeout: float = 10) -> Iterator[None]:  # noqa: ARG002 (yoyo's signature)
        """Do nothing: the run holds the advisory lock before it makes a backend."""
        yield

    def get_log_data(self, migration: Any = None, operation: str = "apply") -> dict[str, Any]:
        """Return the row of yoyo's log; unlike yoyo's own, without asking a name server who we are."""
        return {
            "id": str(uuid.uuid4()),
            "migration_id": migration.id,
            "migration_hash": migration.hash,
            "username": self._operator.os_user[:255],
            "hostname": self._operator.host[:255],
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }

    def execute(self, statement: str, params: Mapping[str, Any] | None = None) -> Any:
        """Run a statement of yoyo's; inside :meth:`one_message` only gather it."""
        if self._message is None:
            return super().execute(statement, params)
        self._message.append(_PARAMETER.sub(lambda match: self._literal((params or {})[match[1]]), statement))
        return None

    def _literal(self, value: str | int | datetime | None) -> str:
        """Return a value as SQL; a tenth of the time that psycopg's adaptation takes, which counts for 500 files."""
        if value is None:
            return "NULL"
        if isinstance(value, int):
            return str(value).lower()
        return self._escaping.escape_literal(str(value).encode()).decode()

    def format_sql(self, s: str, **kwargs: Any) -> str:
        """Return a statement of yoyo's with our names in it; remembered, as it is the same for every migration."""
        if s not in self._formatted:
            self._formatted[s] = super().format_sql(s, **kwargs)
        return self._formatted[s]

    @contextmanager
    def one_message(self) -> Iterator[list[str]]:
        """Gather statements, and send them in one message at the end of the block: a single round trip.

        :raises StatementFailed: one of them was refused, and none after it was run.
        """
        self._message = []
        try:
            yield self._message
            message = ";\n".join(self._message)
        finally:
            self._message = None
        self._session.exchange(message.encode())

    def apply_one(self, migration: SafeMigration, force: bool = False, mark: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002 (yoyo's signature)
        """Run one migration and commit it with its mark, or neither."""
        migration.process_steps(self, "apply")
        with self._committed(migration):
            self.mark_one(migration, log=False)
            self.log_migration(migration, "apply")

    def rollback_one(self, migration: SafeMigration, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 (yoyo's signature)
        """Undo one migration and commit that with the removal of its mark, or neither."""
        migration.process_steps(self, "rollback")
        with self._committed(migration):
            self.unmark_one(migration, log=False)
            self.log_migration(migration, "rollback")

    def repeat_one(self, migration: SafeMigration) -> None:
        """Run a repeatable file and commit it with its record, or neither."""
        migration.process_steps(self, "apply")
        with self._committed(migration):
            self.log_repeatable(migration, "apply")

    @contextmanager
    def _committed(self, migration: SafeMigration) -> Iterator[None]:
        started = time.monotonic()
        with self.one_message() as message:
            message.append(migration.ending)
            yield
            message.append("COMMIT")
        migration.duration_ms += (time.monotonic() - started) * 1000

    def log_migration(self, migration: SafeMigration, operation: str) -> None:
        """Write the row of yoyo's log and ours beside it."""
        data = self.get_log_data(migration, operation)
        self.execute(self.format_sql(self.log_migration_sql), data)
        details = migration.details
        values = {
            "migration_id": migration.id,
            "operation": operation,
            "yoyo_log_id": data["id"],
            "raw_checksum": details.file.raw_checksum if details.file else None,
            "token_checksum": details.file.token_checksum if details.file else None,
            "statements": details.statements,
            "transactional": details.transactional,
            "duration_ms": round(migration.duration_ms),
            "attempts": details.attempts,
            **self._operator._asdict(),
            "reason": details.reason,
        }
        self._insert("avdaily_log", values)

    def log_repeatable(self, migration: SafeMigration, operation: str) -> None:
        """Write the row of a repeatable file."""
        details = migration.details
        values = {
            "name": migration.id.rpartition("/")[2],
            "operation": operation,
            "raw_checksum": details.file.raw_checksum if details.file else None,
            "statements": details.statements,
            "duration_ms": round(migration.duration_ms),
            "attempts": details.attempts,
            **self._operator._asdict(),
        }
        self._insert("avdaily_repeatable", values)

    def _insert(self, table: str, values: Mapping[str, Any]) -> None:
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        target = f"{self.quote_identifier(self.history_schema)}.{table}"
        self.execute(f"INSERT INTO {target} ({names}) VALUES ({places})", values)  # noqa: S608 (our own names)
