"""The ``check`` command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avdaily_sql import checks, server
from avdaily_sql.cli.frame import FanningCommand, command
from avdaily_sql.cli.working import working
from avdaily_sql.output import colour, table

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation


@command("check", cls=FanningCommand)
def check(invocation: Invocation) -> int:
    """Check the data: balances, ledger, owners, groups, audit chain.

    Example: avdaily-sql check

    Never changes a row; what it finds, a person corrects. Exits with 4 when it found a problem.
    """
    target = server.resolve(invocation.settings, invocation.console.note)
    with working(invocation.console, "checking the data"):
        result = checks.check(target.url)
    invocation.console.result(result, _text(result))
    return result.exit_code


def _text(result: checks.Integrity) -> str:
    rows = [(each.name, _word(each), str(each.count or ""), ", ".join(each.sample)) for each in result.checks]
    lines = table(("check", "result", "rows", "for example"), rows).splitlines()
    for number, each in enumerate(result.checks, start=1):
        word = _word(each)
        shade = {"ok": "green", "info": "yellow"}.get(word, "red")
        lines[number] = lines[number].replace(f"  {word}", f"  {colour(word, shade, sys.stdout)}", 1)
    problems = [each.name for each in result.checks if each.is_problem]
    if not problems:
        return "\n".join([*lines, "", f"{len(result.checks)} checks, no problem"])
    found = f"{len(problems)} of {len(result.checks)} checks found a problem"
    return "\n".join([*lines, "", f"{found}; each row, and what is wrong with it, in psql: TABLE integrity_findings;"])


def _word(each: checks.Check) -> str:
    return each.severity if each.count else "ok"
