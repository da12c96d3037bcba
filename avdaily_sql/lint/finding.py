"""What lint found, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One line of the answer; line and column count from 1, the column in characters.

    :param severity: ``error``, which makes the command fail, or ``warning``.
    """

    file: str
    line: int
    column: int
    rule: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class LintResult:
    """Everything that was found, by file and line."""

    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """Return how many findings make the command fail."""
        return sum(finding.severity == "error" for finding in self.findings)
