"""The comment lines under a query's name: its documentation, and what they say to this module."""

from __future__ import annotations

import re
from typing import NamedTuple

from avdaily_sql.queries.definition import Directives, Operator
from avdaily_sql.sqltext import SqlTextError

_DIRECTIVE = re.compile(
    r"(?P<word>rows|plan|(?P<kind>column|parameter)s?\s+(?P<names>\w+(?:\s*,\s*\w+)*))\s*:\s*(?P<value>.*)", re.ASCII
)
_EXACTLY = frozenset({Operator.one, Operator.scalar, Operator.returning})
_SEQ_SCAN = "seq scan,"


class Comments(NamedTuple):
    """The docstring, and the directives that stand between its lines."""

    document: str
    directives: Directives


def read_comments(text: bytes, operator: Operator, offset: int) -> Comments:
    """Return what the comment lines under a name say.

    :param offset: of the name, where a wrong directive is reported.
    :raises SqlTextError: a directive that is none, or does not fit the operator.
    """
    document, directives = [], Directives()
    for line in text.decode().splitlines():
        words = line.strip(" \t").removeprefix("--").strip(" \t")
        directive = _DIRECTIVE.fullmatch(words) if ":" in words else None
        if directive is None:
            document.append(words)
        else:
            directives = _with(directives, directive, operator, offset)
    return Comments("\n".join(document).strip(), directives)


def _with(directives: Directives, found: re.Match[str], operator: Operator, offset: int) -> Directives:
    if found["word"] == "rows":
        _require(found, "exactly 1", offset)
        if operator not in _EXACTLY:
            raise SqlTextError(
                "rows: exactly 1 fits ^, $ and <! only", offset, hint="Remove it, or change the operator."
            )
        return directives._replace(exactly_one=True)
    if found["word"] == "plan":
        reason = found["value"].removeprefix(_SEQ_SCAN).strip()
        if not reason or not found["value"].startswith(_SEQ_SCAN):
            raise SqlTextError(f'unknown directive "{found[0]}"', offset, hint="Write: -- plan: seq scan, REASON")
        return directives._replace(plan_reason=reason)
    names = frozenset(name.strip() for name in found["names"].split(","))
    if found["kind"] == "column":
        _require(found, "not null", offset)
        return directives._replace(not_null=directives.not_null | names)
    _require(found, "may be null", offset)
    return directives._replace(nullable=directives.nullable | names)


def _require(found: re.Match[str], value: str, offset: int) -> None:
    if found["value"] != value:
        raise SqlTextError(f'unknown directive "{found[0]}"', offset, hint=f"Write: -- {found['word']}: {value}")
