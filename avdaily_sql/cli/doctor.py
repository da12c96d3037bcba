"""The ``doctor`` command."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from avdaily_sql import doctor as doctors
from avdaily_sql.cli.frame import FanningCommand, command
from avdaily_sql.cli.working import working
from avdaily_sql.output import colour, table

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@command("doctor", cls=FanningCommand)
def doctor(invocation: Invocation) -> int:
    """Look for what is wrong with machine, server and database.

    Example: avdaily-sql doctor

    Never changes anything, and exits with 1 when something fails.
    """
    with working(invocation.console, "looking"):
        result = doctors.diagnose(invocation.settings, lambda: datetime.now(UTC), invocation.console.note)
    invocation.console.result(result, _text(result))
    return result.exit_code


def _text(result: doctors.Diagnosis) -> str:
    rows = [(each.level, each.name, each.message) for each in result.findings]
    lines = []
    for line, each in zip(table(("", "", ""), rows).splitlines()[1:], result.findings, strict=True):
        lines.append(colour(each.level, _COLOURS[each.level], sys.stdout) + line[len(each.level) :])
        if each.hint:
            lines.append(f"      → {each.hint}")
    counts = {level: sum(each.level == level for each in result.findings) for level in _COLOURS}
    return "\n".join([*lines, "", f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} failed"])
