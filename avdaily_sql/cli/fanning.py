"""What a command prints when it runs on many databases: a result for each, whatever happened to the others."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avdaily_sql import fanout
from avdaily_sql.cli.frame import without_options
from avdaily_sql.errors import Failed
from avdaily_sql.output import colour, error_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avdaily_sql.cli.frame import Invocation

# Said once for all, and not again to each.
_OWN_OPTIONS = ("--database-url", "--databases", "--jobs", "--schema")


@dataclass(frozen=True, slots=True)
class Result:
    """What the command did to one database: the object that it printed, or its error."""

    database: str
    schema: str | None
    exit_code: int
    result: Any
    error: Any


def run(invocation: Invocation) -> int:
    """Run the command that was given on each database and schema that was named; return the highest exit code.

    :raises UsageError: one of them cannot be meant; nothing was run.
    """
    return _show(invocation, _outcomes(invocation))


def ask(invocation: Invocation, option: str) -> int:
    """Run the command with one more option on each first, and show the answers only if one of them is no."""
    outcomes = list(_outcomes(invocation, option))
    if all(outcome.exit_code == 0 for outcome in outcomes):
        return 0
    return _show(invocation, [outcome for outcome in outcomes if outcome.exit_code])


def _outcomes(invocation: Invocation, *options: str) -> Iterator[fanout.Outcome]:
    words = [*without_options(invocation.words, _OWN_OPTIONS), *options]
    return fanout.run(words, invocation.targets, invocation.jobs)


def _show(invocation: Invocation, outcomes: Iterable[fanout.Outcome]) -> int:
    console = invocation.console
    results = []
    for outcome in outcomes:
        results.append(_result(outcome))
        state = "ok" if outcome.exit_code == 0 else f"exit {outcome.exit_code}"
        painted = colour(state, "red" if outcome.exit_code else "green", sys.stdout)
        console.line(f"== {outcome.target.label}: {painted}")
        console.line((outcome.output + outcome.said).rstrip())
    if console.json_output:
        console.result({"databases": results}, "")
    failed = sum(each.exit_code != 0 for each in results)
    console.note(f"{len(results) - failed} of {len(results)} ok")
    return max(each.exit_code for each in results)


def _result(outcome: fanout.Outcome) -> Result:
    error = _parsed(outcome.said)
    if isinstance(error, str) and outcome.exit_code:
        # Of one that could not say it itself, because it was killed.
        error = {"error": {**error_fields(Failed(error)), "exit_code": outcome.exit_code}}
    return Result(
        outcome.target.redacted,
        outcome.target.schema,
        outcome.exit_code,
        _parsed(outcome.output),
        error.get("error") if isinstance(error, dict) else error,
    )


def _parsed(text: str) -> Any:
    """Return the object that was printed; with ``--json`` there is one or none."""
    try:
        return json.loads(text)
    except ValueError:
        return text.strip() or None
