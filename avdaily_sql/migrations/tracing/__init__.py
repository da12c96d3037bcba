"""``plan --trace``: the pending files run on a scratch copy, and what PostgreSQL really did, statement by statement.

The copy is made beside the live database on its server, as ``verify`` makes it: the applied files, the rows of the
seeds. Of the live database only the history and the sizes of tables are read.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from avdaily_sql import database
from avdaily_sql.errors import AvDailyError
from avdaily_sql.migrations import forward, history, workbench
from avdaily_sql.migrations.options import Options
from avdaily_sql.migrations.scratch import scratch
from avdaily_sql.migrations.subset import subset
from avdaily_sql.migrations.tracing import server_wide, sizes
from avdaily_sql.migrations.tracing.report import Scan, TakenLock, TracedFile, TracedStatement, TraceResult
from avdaily_sql.migrations.tracing.walk import ServerWide, Walker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from avdaily_sql.migrations.performer import Operation
    from avdaily_sql.sqltree import SqlTree

__all__ = ["Scan", "TakenLock", "TraceResult", "TracedFile", "TracedStatement", "Tracer", "trace", "tracer"]


def trace(
    target_url: str,
    tree: SqlTree,
    options: Options | None = None,
    *,
    note: Callable[[str], None] = lambda _: None,
    progress: Callable[[str], None] = lambda _: None,
) -> TraceResult:
    """Return what ``apply`` would do, as seen on a scratch copy. Changes nothing in the database.

    :param note: told of what a killed run had left behind.
    :param progress: told of each step.
    :raises Refused: the role may not create databases.
    :raises Failed: a file does not run on the copy.
    :raises AvDailyError: whatever would keep ``apply`` from starting.
    """
    options = options or Options()
    prepared = forward.prepare(target_url, tree, options)
    plan = prepared.plan
    warnings = list(plan.warnings)
    traced: list[TracedFile] = []
    if prepared.operations:
        with tracer(target_url, options, note) as copy:
            warnings += copy.build(tree, prepared.applied, prepared.again, progress)
            traced, remarks = copy.trace(prepared.operations, progress)
            warnings += remarks
    live = sizes.of_tables(target_url, options.schema, sizes.touched(traced)) if traced else {}
    judged = tuple(sizes.judge(file, live) for file in traced)
    return TraceResult(plan.database, plan.environment, plan.plan, judged, tuple(warnings))


class Tracer:
    """A scratch copy on which files are traced one after the other."""

    def __init__(self, url: str, options: Options) -> None:
        self._url = url
        self._options = replace(options, agree=None, after_lock=None, to=None)
        self.made_roles: set[str] = set()

    def build(
        self, tree: SqlTree, applied: Sequence[str], again: Sequence[str], progress: Callable[[str], None]
    ) -> list[str]:
        """Apply the files that the live database has, and put the rows of the seeds into their tables.

        :param again: repeatable files, which run behind the others.
        :return: what is not as in a developer's database.
        """
        if not applied:
            return []
        progress(f"the copy, up to {applied[-1]}")
        with subset(tree, applied, again) as copied:
            forward.apply(self._url, copied, self._options)
        progress("seeds")
        try:
            workbench.seed(self._url, tree, self._options.schema)
        except AvDailyError as error:
            return [f"traced on empty tables: the seeds do not fit the files that are applied ({error.message})"]
        return []

    def trace(
        self, operations: Sequence[Operation], progress: Callable[[str], None] = lambda _: None
    ) -> tuple[list[TracedFile], list[str]]:
        """Run the files, and say what each did; a file that would change the whole server ends it.

        :return: the files that were traced, and why there are no more.
        :raises Failed: a statement was refused.
        """
        walker = Walker(self._url, self._options.schema, history.schema_for(self._options.schema))
        traced: list[TracedFile] = []
        try:
            for operation in operations:
                progress(f"trace {operation.id}")
                traced.append(walker.walk(operation))
        except ServerWide as stopped:
            behind = len(operations) - len(traced)
            return traced, [
                f"{stopped.location}: it would change roles, databases or settings of the whole server, live at once;"
                f" {behind} of {len(operations)} files were not traced"
            ]
        finally:
            walker.close()
            self.made_roles |= walker.made_roles
        return traced, []


@contextmanager
def tracer(url: str, options: Options, note: Callable[[str], None] = lambda _: None) -> Iterator[Tracer]:
    """Give the block an empty scratch copy beside a database; it is dropped afterwards, and the roles that it made."""
    roles: set[str] = set()
    try:
        with scratch(url, options.schema, "plan --trace", note) as made:
            copy = Tracer(made.url, options)
            try:
                yield copy
            finally:
                roles = copy.made_roles
    finally:
        if roles:
            with database.connect(url) as conn:
                server_wide.drop_roles(conn, roles, note)
