"""A squashed migration takes the place of those that it replaces, in the history of a database that has them all.

Nothing is run. One transaction marks the one, with the time of the newest of the many, and takes the marks of the many
away; the log keeps all of them, each with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from avdaily_sql.migrations.history import REPLACED_BY
from avdaily_sql.migrations.recording import recording
from avdaily_sql.output import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.migrations.engine import SafeMigration
    from avdaily_sql.migrations.files import Migration, SqlFile
    from avdaily_sql.migrations.performer import Performer


def succeed(performer: Performer, migration: Migration, edited: Sequence[tuple[str, SqlFile]]) -> None:
    """Mark a squashed migration in the place of those that it replaces.

    :param edited: ids and files that are applied, and of which ``squash`` wrote only the ``depends`` line anew.
    :raises Failed: the history could not be written; nothing was marked.
    """
    replaced, backend = migration.files.replaces, performer.backend
    reason = f"squashed: in the place of {counted(len(replaced), 'file')} that it replaces"
    heir = _to_record(migration.id, reason, migration.forward, transactional=migration.transactional)
    with recording(performer, "Nothing was marked.") as message:
        backend.mark_one(heir, log=False)
        message.append(_time_of_newest(performer, migration.id, replaced))
        for identifier in replaced:
            each = _to_record(identifier, f"{REPLACED_BY}{migration.id}")
            backend.unmark_one(each, log=False)
            backend.log_migration(each, "unmark")
        backend.log_migration(heir, "mark")
        for identifier, file in edited:
            reason = f"its depends line names {migration.id} now"
            backend.log_migration(_to_record(identifier, reason, file), "repair")


def _to_record(
    identifier: str, reason: str, file: SqlFile | None = None, *, transactional: bool = True
) -> SafeMigration:
    from avdaily_sql.migrations.engine import Details, SafeMigration

    statements = 0 if file is None else len(file.statements)
    return SafeMigration.only_recorded(identifier, Details(statements, transactional, 0, file, reason))


def _time_of_newest(performer: Performer, heir: str, replaced: Sequence[str]) -> str:
    """Return the statement that gives the heir the time at which the newest of the replaced was applied."""
    statement = sql.SQL(
        "UPDATE {history} SET applied_at_utc ="
        " (SELECT max(applied_at_utc) FROM {history} WHERE migration_id = ANY({ids})) WHERE migration_id = {heir}"
    ).format(
        history=sql.Identifier(performer.history_schema, "_yoyo_migration"),
        ids=sql.Literal(list(replaced)),
        heir=sql.Literal(heir),
    )
    return statement.as_string(performer.run.conn)
