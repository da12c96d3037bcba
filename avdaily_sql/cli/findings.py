"""What lint and the check of the queries found, as a person reads it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avdaily_sql.output import colour, counted

if TYPE_CHECKING:
    from avdaily_sql.lint.finding import LintResult
    from avdaily_sql.queries.listing import CheckResult


def as_lines(result: LintResult | CheckResult, *counts: str) -> str:
    """Return a line for each finding, and one that counts them.

    :param counts: what the last line begins with.
    """
    lines = [
        f"{found.file}:{found.line}:{found.column}: "
        f"{colour(found.rule, 'red' if found.severity == 'error' else 'yellow', sys.stdout)}: {found.message}"
        for found in result.findings
    ]
    warnings = len(result.findings) - result.errors
    return "\n".join([*lines, ", ".join((*counts, counted(result.errors, "error"), counted(warnings, "warning")))])
