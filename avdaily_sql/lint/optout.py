"""Opt-outs: ``-- lint-ignore RULE: REASON`` behind a line, or on a line of its own before it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.sqltext import Comment, Text

_OPT_OUT = re.compile(r"lint-ignore\b(?P<rules>[^:]*)(?::(?P<reason>.*))?", re.DOTALL)
_RULE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


class OptOut(NamedTuple):
    """Rules that do not count on one line, and why; ``start`` is where the comment stands."""

    rules: tuple[str, ...]
    line: int
    start: int


class BadOptOut(NamedTuple):
    """A comment that looks like an opt-out and is none."""

    start: int
    message: str


def opt_outs(text: Text) -> Iterator[OptOut | BadOptOut]:
    """Yield the opt-outs of a file, and what tries to be one."""
    if text.find(b"-ignore") < 0:
        return
    for comment in sqltext.comments(text):
        if comment.text.startswith("squawk-ignore"):
            yield BadOptOut(comment.start, "squawk-ignore gives no reason: write -- lint-ignore RULE: REASON")
        match = _OPT_OUT.match(comment.text)
        if match is None:
            continue
        rules = tuple(word for word in re.split(r"[\s,]+", match["rules"]) if word)
        if not rules or not all(_RULE.fullmatch(rule) for rule in rules):
            yield BadOptOut(comment.start, "an opt-out names its rules: write -- lint-ignore RULE: REASON")
        elif not (match["reason"] or "").strip():
            yield BadOptOut(comment.start, "an opt-out without its reason: write -- lint-ignore RULE: REASON")
        else:
            yield OptOut(rules, _line(text, comment), comment.start)


def _line(text: Text, comment: Comment) -> int:
    """Return the line that is meant: the comment's own, or the next one with SQL when it stands alone."""
    own = sqltext.position(text, comment.start)[0]
    before = text[text.rfind(b"\n", 0, comment.start) + 1 : comment.start]
    if bytes(before).strip():
        return own
    end = comment.end
    while True:
        start = text.find(b"\n", end) + 1
        if start == 0:
            return own
        own += 1
        end = text.find(b"\n", start)
        line = bytes(text[start : end if end >= 0 else len(text)]).strip()
        if line and not line.startswith(b"--"):
            return own
        if end < 0:
            return own
