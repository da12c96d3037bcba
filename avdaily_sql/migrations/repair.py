"""``repair``: accepts an applied file as it is now, after it was edited; the history keeps who, why and both checksums.

It runs nothing: whoever edits an applied file has to see to it that the database is as if that had been applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.errors import Drift, UsageError
from avdaily_sql.migrations import comparison, files, squashed
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.recording import recording
from avdaily_sql.migrations.run import Run

if TYPE_CHECKING:
    from avdaily_sql.migrations.comparison import Entry
    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.performer import Performer
    from avdaily_sql.sqltree import SqlTree


@dataclass(frozen=True, slots=True)
class RepairResult:
    """What the history takes for the file from now on; the checksums are those of its tokens, as in ``status``.

    :param old: None when another program had marked the file, without a checksum.
    :param repaired: False when the file is as it was applied, and nothing was written.
    """

    database: str
    environment: str
    id: str
    old: str | None
    new: str
    reason: str
    repaired: bool


def repair(target_url: str, tree: SqlTree, identifier: str, reason: str, *, options: Options) -> RepairResult:
    """Accept the file of an applied migration as it is now.

    :param identifier: the full id, or its number.
    :param reason: why it was edited; kept in the history.
    :raises UsageError: no reason, no such migration, not applied, or the file is bad.
    :raises Drift: its file is missing, or it is applied in part.
    """
    if not reason.strip():
        raise UsageError("a repair needs its reason", hint="Say why the file was edited: --reason TEXT")
    pairs = sqltree.list_migrations(tree)
    with Run(target_url, tree, options, Observer()) as run, run.locked() as performer:
        compared = squashed.compare(tree, pairs, run.read_history())
        wanted = comparison.resolve(identifier, [entry.id for entry in compared.entries])
        entry = next(each for each in compared.entries if each.id == wanted)
        path = _path_of(entry)
        file = files.SqlFile(path)
        old = entry.record.token_checksum if entry.record else None
        repaired = entry.state != "applied"
        if repaired:
            _write(performer, entry.id, file, reason)
        return RepairResult(
            run.facts.database, options.environment, entry.id, old, file.token_checksum, reason, repaired
        )


def _path_of(entry: Entry) -> str:
    if entry.state == "pending":
        raise UsageError(f"{entry.id} is not applied: there is nothing to repair", hint="Run: avdaily-sql status")
    if entry.files is None:
        raise Drift(
            f"{entry.id} is applied, and its file is missing",
            detail=f"It was renamed to {entry.renamed_to}." if entry.renamed_to else None,
            hint="Put the file back under its name; a repair accepts another text, not another name.",
        )
    if entry.state == "partial":
        raise Drift(
            f"{entry.id} is applied in part", hint="The rest of it may be edited; then complete it: avdaily-sql apply"
        )
    return entry.files.path


def _write(performer: Performer, identifier: str, file: files.SqlFile, reason: str) -> None:
    from avdaily_sql.migrations.engine import Details, SafeMigration

    transactional = file.directives.transactional is not False
    details = Details(len(file.statements), transactional, 0, file, reason)
    with recording(performer, "Nothing was repaired."):
        performer.backend.log_migration(SafeMigration.only_recorded(identifier, details), "repair")
