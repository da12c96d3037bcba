"""How ``plan --trace`` is shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avdaily_sql.migrations import tracing
from avdaily_sql.output import colour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql import sqltree
    from avdaily_sql.cli.frame import Invocation
    from avdaily_sql.migrations import Options


def show_trace(invocation: Invocation, tree: sqltree.SqlTree, url: str, options: Options) -> None:
    """Trace the pending files, and print what each statement did."""
    console = invocation.console
    try:
        result = tracing.trace(url, tree, options, note=console.note, progress=console.progress)
    finally:
        console.progress_done()
    for text in result.warnings:
        console.warn(text)
    lines = [line for file in result.trace for line in _file(file)]
    console.result(result, "\n".join(lines) or "nothing to do")


def _file(file: tracing.TracedFile) -> Iterator[str]:
    yield f"{file.id}{'' if file.transactional else '  (statement by statement)'}"
    for each in file.statements:
        rows = "" if each.rows is None else f", {each.rows} rows"
        yield f"  {each.line:>4}  {each.statement}  {each.duration_ms:g} ms{rows}"
        yield from (f"        {text}" for text in _done(each))
        for text in each.warnings:
            yield f"        {colour('warning', 'yellow', sys.stdout)}: {text}"


def _done(statement: tracing.TracedStatement) -> Iterator[str]:
    modes: dict[str, list[str]] = {}
    for taken in statement.locks:
        modes.setdefault(taken.mode, []).append(taken.relation)
    for mode, relations in modes.items():
        yield f"{mode} on {', '.join(relations)}"
    if statement.rewrites:
        yield f"rewrite of {', '.join(statement.rewrites)}"
    if statement.scans:
        yield f"full scan of {', '.join(scan.relation for scan in statement.scans)}"
    if statement.index_builds:
        yield f"builds {', '.join(statement.index_builds)}"
