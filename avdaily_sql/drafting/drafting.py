"""``new --from-database``: the next pair, drafted from what a development database has and the files do not build.

The files build a scratch database on the same server; both are read through the catalogs and compared. The draft is run
there, up and down, and what it does not bring about is written into it: whatever the comparison does not know is found
by pg_dump, which knows everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.database import connect
from avdaily_sql.drafting import proof, reading, writing
from avdaily_sql.drafting.difference import difference
from avdaily_sql.errors import Failed, Location, Refused
from avdaily_sql.migrations import comparison, dump, forward, live, squashed
from avdaily_sql.migrations.observer import Observer
from avdaily_sql.migrations.run import Run
from avdaily_sql.migrations.scratch import scratch
from avdaily_sql.migrations.template import write
from avdaily_sql.migrations.workbench import origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.drafting.difference import Script
    from avdaily_sql.drafting.items import Catalog
    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.scratch import Scratch
    from avdaily_sql.migrations.workbench import Origin
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import MigrationFiles, SqlTree


@dataclass(frozen=True, slots=True)
class FromDatabaseResult:
    """The two files, none when there was nothing to draft.

    :param proven: the draft was run up and down, and the schemas were equal.
    :param warnings: what a person has to decide, or to write.
    """

    files: tuple[str, ...]
    proven: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    """Both directions, and what was left out."""

    forward: Script
    backward: Script
    left_out: tuple[str, ...]


def draft_from_database(
    url: str,
    tree: SqlTree,
    name: str,
    *,
    settings: Settings,
    options: Options,
    note: Callable[[str], None] = lambda _: None,
) -> FromDatabaseResult:
    """Draft the next migration and its rollback. Changes nothing in the database.

    :param url: the development database.
    :param name: of the migration, as for ``new``.
    :param note: told of scratch databases that a killed run had left.
    :raises Refused: files are pending there, or the role may not create databases.
    :raises Drift: files and history contradict each other.
    :raises Failed: nothing that differs can be drafted.
    """
    identifier, previous = sqltree.next_id(tree, name)
    pairs = sqltree.list_migrations(tree) if previous else ()
    source = origin(url, tree, options, settings)
    _require_level(source, pairs)
    with scratch(url, options.schema, "new --from-database", note) as made:
        if pairs:
            forward.apply(made.url, tree, replace(options, to=None, after_lock=None))
        wanted = source.dump()
        found = _compare(source, made)
        if found.forward.is_empty:
            return _nothing(source, made, wanted)
        texts = proof.Texts(
            identifier,
            writing.forward_text(identifier, previous, found.forward, found.backward),
            writing.backward_text(identifier, found.backward),
        )
        remains = proof.prove(source, made, texts, wanted) if found.forward.blocks else proof.Remains((), ())
    files = _write(tree, texts, found, remains, previous)
    warnings = [*found.forward.questions, *(f"not drafted: {text}" for text in found.forward.refusals)]
    warnings += [f"not as in the database: {text.splitlines()[0]}" for text in remains.forward]
    warnings += [f"not as before after the rollback: {text.splitlines()[0]}" for text in remains.backward]
    warnings += [f"left out: {text}" for text in found.left_out]
    proven = not (*remains.forward, *remains.backward, *found.forward.refusals, *found.backward.refusals)
    return FromDatabaseResult(files, proven, tuple(warnings))


def _require_level(source: Origin, pairs: tuple[MigrationFiles, ...]) -> None:
    """Refuse a database that lags the files: its difference to them would undo what they do."""
    with Run(source.url, source.tree, source.options, Observer()) as run:
        compared = squashed.compare(source.tree, pairs, run.read_history())
        comparison.require_agreement(compared)
        behind = compared.in_state("pending", "partial")
        if behind:
            raise Refused(
                f'database "{run.facts.database}" lags the files: {behind[0].id} is {behind[0].state}',
                detail="A draft would undo what the files do. Nothing was written.",
                hint="avdaily-sql apply",
                location=Location(sqltree.shown(behind[0].files.path)) if behind[0].files else None,
            )


def _compare(source: Origin, made: Scratch) -> _Draft:
    old, new = (_read(url, source.options.schema) for url in (made.url, source.url))
    left_out = tuple(name for name in new.left_out if name not in old.left_out)
    return _Draft(difference(old, new), difference(new, old), left_out)


def _read(url: str, schema: str) -> Catalog:
    with connect(url) as conn:
        return reading.read(conn, schema, dump.builder_of(conn, schema))


def _nothing(source: Origin, made: Scratch, wanted: proof.Schema) -> FromDatabaseResult:
    built = dump.take(made.url, source.program, source.options.schema)
    found, remarks = live.compare(built, wanted, source.options.schema)
    if found:
        raise Failed(
            f"nothing of what differs can be drafted: {found[0].object}",
            detail=f"- only in the files, + only in the database:\n{dump.text_of(list(found))}",
            hint="Write it by hand: avdaily-sql new NAME",
        )
    return FromDatabaseResult((), proven=True, warnings=remarks)


def _write(
    tree: SqlTree, texts: proof.Texts, found: _Draft, remains: proof.Remains, previous: str | None
) -> tuple[str, ...]:
    remarks = (*remains.forward, *(f"{name} (left out)" for name in found.left_out))
    forward_text = writing.forward_text(texts.id, previous, found.forward, found.backward, remarks)
    backward_text = writing.backward_text(texts.id, found.backward, remains.backward)
    return write(tree, texts.id, forward_text, backward_text)
