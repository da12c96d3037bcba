"""What a file asks of the runner, in comments of its header: ``-- depends: 0001.create-roles``. Pure.

A directive that is misspelt, misplaced or repeated is an error: ignored in silence it would do the opposite of what its
author believes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql import sqltext
from avdaily_sql.migrations.durations import duration_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAMES = (
    "depends",
    "transactional",
    "irreversible",
    "out-of-order",
    "lock-timeout",
    "statement-timeout",
    "phase",
    "replaces",
)
# A squashed file says it once for each file that it replaces.
_REPEATED = "replaces"
# A rollback file says how to run it; all else is said once, in the file that it undoes.
ROLLBACK_NAMES = ("transactional", "lock-timeout", "statement-timeout")
# A repeatable file always runs in a transaction, and a new migration drops what it made.
REPEATABLE_NAMES = ("depends", "lock-timeout", "statement-timeout")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DIRECTIVE = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)\s*:(?:\s+(?P<value>.*))?", re.ASCII | re.DOTALL)
_WITHOUT_COLON = re.compile(
    r"(?:(?P<name>transactional|out-of-order)[ =]+(?:true|false)|(?P<depends>depends)[ =]+\d{4,}\..*)", re.ASCII
)


class Phase(NamedTuple):
    """When ``deploy`` runs a file: before the new application (pre), or after the old one (post).

    :param after_ms: how long everything before it must have been applied, in milliseconds.
    """

    name: str
    after_ms: int = 0


class Directives(NamedTuple):
    """All that a header can ask for; times in milliseconds, None where the run decides."""

    depends: tuple[str, ...] = ()
    transactional: bool | None = None
    irreversible: str | None = None
    out_of_order: bool = False
    lock_timeout_ms: int | None = None
    statement_timeout_ms: int | None = None
    phase: Phase | None = None
    replaces: tuple[str, ...] = ()


def parse(text: sqltext.Text, names: Iterable[str] = NAMES, title: str | None = None) -> Directives:
    """Return the directives of a file.

    :param names: those that this kind of file may use.
    :param title: the name that the first line must begin with; None where that is only a custom.
    :raises SqlTextError: unknown, repeated, misplaced, or with a value that it cannot have.
    """
    found: dict[str, object] = {}
    allowed = tuple(names)
    titled = None if title is None else _title(text, title)
    for comment in sqltext.comments(text):
        if comment.start == titled:
            continue
        name, value = _split(comment, allowed, continues=_continues(text, comment))
        if name is None:
            continue
        if not comment.is_header:
            raise _error(comment, f'the directive "{name}" stands after the first statement', "Move it to the header.")
        if name in found and name != _REPEATED:
            raise _error(comment, f'the directive "{name}" is there twice', "Keep one of them.")
        try:
            parsed = _PARSERS[name](value)
        except ValueError as error:
            raise _error(comment, f'the directive "{name}" cannot be "{value}": {error}', None) from None
        found[name] = (*found.get(name, ()), *parsed) if name == _REPEATED else parsed  # type: ignore[misc]
    return Directives(**{name.replace("-", "_") + _SUFFIX.get(name, ""): value for name, value in found.items()})  # type: ignore[arg-type]


def lines(text: sqltext.Text) -> list[sqltext.Comment]:
    """Return the comments of a migration that are directives; it has been judged before."""
    found = sqltext.comments(text)
    return [each for each in found if _split(each, NAMES, continues=_continues(text, each))[0] is not None]


def _title(text: sqltext.Text, title: str) -> int:
    """Return where the first line begins, which says what the file of this name makes true."""
    start = len(_BYTE_ORDER_MARK) if text[: len(_BYTE_ORDER_MARK)] == _BYTE_ORDER_MARK else 0
    wanted = f"-- {title}: ".encode()
    if text[start : start + len(wanted)] != wanted:
        raise sqltext.SqlTextError(
            "the first line does not name the file", start, hint=f"Begin it with: -- {title}: what is true afterwards"
        )
    return start


def _continues(text: sqltext.Text, comment: sqltext.Comment) -> bool:
    """Tell whether the comment is indented, as the second line of a label such as Why is."""
    return bytes(text[comment.start : comment.start + 4]) == b"--  "


def _split(comment: sqltext.Comment, allowed: tuple[str, ...], *, continues: bool) -> tuple[str | None, str]:
    """Return name and value if the comment is a directive; outside the header only known names are."""
    match = _DIRECTIVE.fullmatch(comment.text)
    if match is None:
        bare = _WITHOUT_COLON.fullmatch(comment.text)
        if bare:
            name = bare["name"] or bare["depends"]
            raise _error(comment, f'the directive "{name}" has no colon', f"Write it as: -- {name}: …")
        return None, ""
    name = match["name"]
    if name in allowed:
        return name, (match["value"] or "").strip()
    if name in NAMES and allowed == REPEATABLE_NAMES:
        hint = "It runs in one transaction, behind the numbered files, whenever its text changes."
        raise _error(comment, f'a repeatable file cannot have the directive "{name}"', hint)
    if name in NAMES:
        raise _error(comment, f'a rollback file cannot have the directive "{name}"', "It belongs into the other file.")
    if name.lower() in NAMES:
        raise _error(comment, f'unknown directive "{name}"', f"Directives are in lower case: -- {name.lower()}: …")
    if not comment.is_header or name != name.lower():
        return None, ""
    import difflib

    close = difflib.get_close_matches(name.replace("_", "-"), allowed, n=1)
    if close:
        raise _error(comment, f'unknown directive "{name}"', f"Write it as: -- {close[0]}: …")
    if continues:
        return None, ""
    hint = f"Known are: {', '.join(allowed)}. A label such as Why begins with a capital letter."
    raise _error(comment, f'unknown directive "{name}"', hint)


def _error(comment: sqltext.Comment, message: str, hint: str | None) -> sqltext.SqlTextError:
    return sqltext.SqlTextError(message, comment.start, hint=hint)


def _boolean(value: str) -> bool:
    if value not in {"true", "false"}:
        raise ValueError("only true or false")
    return value == "true"


def _reason(value: str) -> str:
    if not value:
        raise ValueError("say the reason behind the colon")
    return value


def _ids(value: str) -> tuple[str, ...]:
    if not value:
        raise ValueError("name one id or more, such as 0001.create-roles")
    return tuple(value.split())


def _phase(value: str) -> Phase:
    name, word, after = (*value.split(maxsplit=2), "", "", "")[:3]
    if name not in {"pre", "post"} or (word and (word != "after" or name == "pre")):
        raise ValueError("only pre, post, or post after a time such as 24h")
    return Phase(name, duration_ms(after) if word else 0)


_PARSERS: dict[str, Callable[[str], object]] = {
    "depends": _ids,
    "transactional": _boolean,
    "irreversible": _reason,
    "out-of-order": _boolean,
    "lock-timeout": duration_ms,
    "statement-timeout": duration_ms,
    "phase": _phase,
    "replaces": _ids,
}
_SUFFIX = {"lock-timeout": "_ms", "statement-timeout": "_ms"}
