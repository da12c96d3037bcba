"""A squashed migration takes the place of those that it replaces, in the history of a database that has them all.

Nothing is run. One transaction marks the one, with the time of the newest of the many, and takes the marks of the many
away; the log keeps all of them, each with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from psycopg import sql

from avdaily_sql.errors import Failed
from avdaily_sql.migrations.history import REPLACED_BY
from avdaily_sql.migrations.session import StatementFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avdaily_sql.migrations.files import Migration, SqlFile
    from avdaily_sql.migrations.performer import Performer


def succeed(performer: Performer, migration: Migration, edited: Sequence[tuple[str, SqlFile]]) -> None:
    """Mark a squashed migration in the place of those that it replaces.

    :param edited: ids and files that are applied, and of which ``squash`` wrote only the ``depends`` line anew.
    :raises Failed: the history could not be written; nothing was marked.
    """
    from avdaily_sql.migrations.engine import Details, SafeMigration

    replaced, backend = migration.files.replaces, performer.backend
    count = "1 file" if len(replaced) == 1 else f"{len(replaced)} files"
    try:
        with backend.one_message() as message:
            message.append("BEGIN")
            details = Details(
                len(migration.forward.statements),
                migration.transactional,
                attempts=0,
                file=migration.forward,
                reason=f"squashed: in the place of {count} that it replaces",
            )
            heir = SafeMigration(migration.id, _never_run, details)
            backend.mark_one(heir, log=False)
            message.append(_time_of_newest(performer, migration.id, replaced))
            for identifier in replaced:
                details = Details(0, transactional=True, attempts=0, reason=f"{REPLACED_BY}{migration.id}")
                each = SafeMigration(identifier, _never_run, details)
                backend.unmark_one(each, log=False)
                backend.log_migration(each, "unmark")
            backend.log_migration(heir, "mark")
            for identifier, file in edited:
                why = f"its depends line names {migration.id} now"
                details = Details(len(file.statements), transactional=True, attempts=0, file=file, reason=why)
                backend.log_migration(SafeMigration(identifier, _never_run, details), "repair")
            message.append("COMMIT")
    except StatementFailed as failure:
        performer.session.roll_back()
        raise Failed(
            f"the history could not be written: {failure.message}",
            detail="Nothing was marked.",
            sqlstate=failure.sqlstate or None,
        ) from None
    except BaseException:
        performer.session.abandon()
        raise


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


def _never_run() -> NoReturn:
    raise AssertionError("a migration that is only marked is never run")
