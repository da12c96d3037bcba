"""Migration files read and judged, before any of their SQL is sent. Opens no connection."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltext
from avdaily_sql.errors import Location, UsageError
from avdaily_sql.migrations import content, directives
from avdaily_sql.sqltree import MigrationFiles, shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from avdaily_sql.migrations.directives import Directives


class SqlFile:
    """One file: its text, its statements, what its header asks for, its checksums."""

    def __init__(
        self,
        path: str,
        names: Collection[str] = directives.NAMES,
        *,
        text: sqltext.Text | None = None,
        title: str | None = None,
    ) -> None:
        """Read and judge a file.

        :param names: the directives that this kind of file may use.
        :param text: what it held at an earlier time; None for what it holds now.
        :param title: the name that its first line must begin with.
        :raises UsageError: unreadable, not UTF-8, not SQL, empty, with a directive that is wrong or with transaction
            control; with file, line and column.
        """
        self.path = path
        self.text: sqltext.Text = content.read(path) if text is None else text
        try:
            sqltext.check_encoding(self.text)
            self.statements = sqltext.statements(self.text)
            self.directives: Directives = directives.parse(self.text, names, title)
            self._refuse_transaction_control()
        except sqltext.SqlTextError as error:
            raise self.error(error.message, error.offset, detail=error.detail, hint=error.hint) from None
        if not self.statements:
            raise UsageError(
                "the file has no statement",
                hint="Write the SQL into it, or remove the pair.",
                location=Location(shown(path)),
            )

    @cached_property
    def raw_checksum(self) -> str:
        """Return the checksum of the bytes, line endings and byte order mark apart."""
        return sqltext.raw_checksum(self.text)

    @cached_property
    def token_checksum(self) -> str:
        """Return the checksum of the tokens: what the server makes of the file."""
        return sqltext.token_checksum(self.text)

    def location(self, offset: int) -> Location:
        """Return the place of a byte, with its line."""
        line, column = sqltext.position(self.text, offset)
        return Location(shown(self.path), line, column, sqltext.line_at(self.text, offset))

    def error(self, message: str, offset: int, *, detail: str | None = None, hint: str | None = None) -> UsageError:
        """Return an error that points at a byte."""
        return UsageError(message, detail=detail, hint=hint, location=self.location(offset))

    def _refuse_transaction_control(self) -> None:
        for statement in self.statements:
            word = sqltext.transaction_control(self.text, statement)
            if word is not None:
                raise sqltext.SqlTextError(
                    f"{word} in a migration: it would end the runner's transaction, and with it the bookkeeping",
                    statement.start,
                    hint="Remove it; a file that cannot run in a transaction says: -- transactional: false",
                )


class Migration(NamedTuple):
    """One pair, judged; without a second file only when it says why it cannot be undone."""

    files: MigrationFiles
    forward: SqlFile
    backward: SqlFile | None

    @property
    def id(self) -> str:
        """Return its full id."""
        return self.files.id

    @property
    def transactional(self) -> bool:
        """Return whether its file runs in one transaction."""
        return self.forward.directives.transactional is not False

    @property
    def rollback_transactional(self) -> bool:
        """Return whether its rollback does: as the file itself, unless the rollback says otherwise."""
        own = None if self.backward is None else self.backward.directives.transactional
        return self.transactional if own is None else own


def load(files: MigrationFiles, known: Collection[str]) -> Migration:
    """Return a pair that may be applied.

    :param known: the ids that it may depend on: those before it.
    :raises UsageError: a file is bad, the rollback is missing without a reason, or it depends on what is not before it.
    """
    forward = SqlFile(files.path)
    _require_dependencies(forward, known)
    return Migration(files, forward, _rollback_for(files, forward))


def _rollback_for(files: MigrationFiles, forward: SqlFile) -> SqlFile | None:
    reason = forward.directives.irreversible
    if files.rollback_path is None:
        if reason is None:
            raise UsageError(
                f"{files.id} has no rollback file",
                hint=f"Write {files.id}.rollback.sql, or say in the header: -- irreversible: REASON",
                location=Location(shown(files.path)),
            )
        return None
    if reason is not None:
        raise UsageError(
            f"{files.id} says that it is irreversible, and has a rollback file",
            hint="Remove one of the two.",
            location=Location(shown(files.path)),
        )
    return SqlFile(files.rollback_path, directives.ROLLBACK_NAMES)


def _require_dependencies(forward: SqlFile, known: Collection[str]) -> None:
    for wanted in forward.directives.depends:
        if wanted not in known:
            comment = next(found for found in sqltext.comments(forward.text) if found.text.startswith("depends"))
            raise forward.error(
                f'it depends on "{wanted}", which is no migration before it',
                comment.start,
                hint="Write the full id of a migration with a lower number.",
            )
