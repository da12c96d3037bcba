"""``lint(tree)``: migration files against squawk's rules and ours, before anything is applied."""

from avdaily_sql.lint.examination import lint
from avdaily_sql.lint.finding import Finding, LintResult

__all__ = ["Finding", "LintResult", "lint"]
