"""``verify``: every pair proven in a scratch database, then the live schema against what the files build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.migrations import live as living
from avdaily_sql.migrations import pairs, repeated, schema_file
from avdaily_sql.migrations.options import Options
from avdaily_sql.migrations.workbench import build, origin, workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avdaily_sql.migrations.dump import Difference, Part
    from avdaily_sql.migrations.live import Live
    from avdaily_sql.migrations.pairs import PairVerdict
    from avdaily_sql.migrations.workbench import Origin
    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree


@dataclass(frozen=True, slots=True)
class LiveDifference:
    """One object that is not as the files build it: ``-`` only in the files, ``+`` only in the database."""

    object: str
    difference: str


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """The verdict on each pair, and every difference between files, history and the live database."""

    database: str
    environment: str
    files: tuple[PairVerdict, ...]
    live: tuple[LiveDifference, ...]
    warnings: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """Return 1 for a pair that is not undone whole, 4 for a live database that is not what the files build."""
        if not all(verdict.ok for verdict in self.files):
            return 1
        return 4 if self.live else 0


def verify(
    target_url: str,
    tree: SqlTree,
    settings: Settings,
    options: Options | None = None,
    *,
    note: Callable[[str], None] = lambda _: None,
    progress: Callable[[str], None] = lambda _: None,
) -> VerifyResult:
    """Prove the pairs, and compare the live database with what its applied files build. Changes nothing in it.

    Scratch databases are made beside it and dropped again. Files that create roles do so in the whole server.

    :param note: told of scratch databases that a killed run had left.
    :param progress: told of each step.
    :raises UsageError: a file is bad.
    :raises Failed: a file does not run.
    :raises Refused: the role may not create databases.
    :raises Unsupported: there is no pg_dump for the server.
    """
    options = options or Options()
    migrations = pairs.load(sqltree.list_migrations(tree))
    source = origin(target_url, tree, options, settings)
    there = living.look(source)
    with workbench(source, "verify", note) as bench:
        proof = pairs.Proof(bench, migrations, progress)
        verdicts = proof.run()
        again = repeated.prove(bench, tree, progress)
        last = bench.dump() if again.verdicts else proof.built[migrations[-1].id]
    found, remarks = _compare(source, there, proof, again, note)
    return VerifyResult(
        there.database,
        options.environment,
        (*verdicts, *again.verdicts),
        tuple(LiveDifference(each.object, each.difference) for each in (*there.problems, *found)),
        (*remarks, *schema_file.remarks(source, last)),
    )


def _compare(
    source: Origin, there: Live, proof: pairs.Proof, again: repeated.Proven, note: Callable[[str], None]
) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    if not there.applied:
        return (), (f'nothing is applied in "{there.database}": only the pairs were verified',)
    outdated = again.made_by(there.outdated)
    expected = _without(_expected(source, there, proof, again, note), outdated)
    found, remarks = living.compare(expected, _without(there.schema, outdated), source.options.schema)
    more = (f"{name} is not compared: {file} is to be applied again" for name, file in sorted(outdated.items()))
    return found, (*remarks, *more)


def _without(parts: tuple[Part, ...], outdated: Mapping[str, str]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.object not in outdated)


def _expected(
    source: Origin, there: Live, proof: pairs.Proof, again: repeated.Proven, note: Callable[[str], None]
) -> tuple[Part, ...]:
    """Return what the applied files build; after a gap, which a file may allow, they are built by themselves."""
    recorded = again.with_dependencies(standing.id for standing in there.repeatable if standing.state == "applied")
    if recorded:
        return build(source, there.applied, "verify", note, repeatable=recorded)
    if there.applied == tuple(proof.built)[: len(there.applied)]:
        return proof.built[there.applied[-1]]
    return build(source, there.applied, "verify", note)
