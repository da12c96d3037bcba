"""The tokens of one statement, for rules that look closer than its first words. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.sqltext.lexer import (
    BLOCK_COMMENT,
    LINE_COMMENT,
    LITERAL,
    MINUS_OR_SLASH,
    NUMBER,
    NUMBERED,
    SPACE,
    STRAY_DOLLAR,
    WORD,
    WORDLIKE,
    Text,
    matches,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.sqltext import Statement

_TOKEN = re.compile(
    rb"|".join(
        (
            rb"(?P<trivia>[" + SPACE + rb"]++|" + LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb")",
            rb"(?P<word>" + WORD + rb")",
            rb'(?P<name>"[^"]*+(?:""[^"]*+)*+")',
            rb"(?P<literal>" + LITERAL + rb"|" + NUMBER + rb"|" + NUMBERED + rb"|" + STRAY_DOLLAR + rb")",
            rb"(?P<sign>[();.,]|[^'\"$/\\();.,\-" + SPACE + WORDLIKE + rb"]++|" + MINUS_OR_SLASH + rb")",
        )
    )
)


class Token(NamedTuple):
    """A word, a quoted name, a literal or a sign, and the byte where it begins.

    ``key`` is the word in upper case, or the sign; empty for quoted names and literals, which are no keywords.
    """

    key: str
    text: str
    start: int

    @property
    def name(self) -> str:
        """Return what it names: a word folded as the server does, a quoted name without its quotes."""
        if self.text.startswith('"'):
            return self.text[1:-1].replace('""', '"')
        return self.text.lower()


def tokens(text: Text, statement: Statement) -> list[Token]:
    """Return the tokens of a statement, without white space and comments."""
    return list(_tokens(text, statement.start, statement.end))


def _tokens(text: Text, start: int, end: int) -> Iterator[Token]:
    for match in matches(_TOKEN, text, start, end):
        if match.lastgroup == "trivia":
            continue
        spelt = match[0].decode("utf-8", "replace")
        yield Token(spelt.upper() if match.lastgroup in {"word", "sign"} else "", spelt, match.start())


def starts_with(found: Sequence[Token], *keys: str, at: int = 0) -> bool:
    """Tell whether these keywords stand at a place."""
    return len(found) >= at + len(keys) and all(found[at + index].key == key for index, key in enumerate(keys))


def after(found: Sequence[Token], *optional: tuple[str, ...], at: int = 0) -> int:
    """Return the index behind those of the optional phrases that are there, in this order."""
    for keys in optional:
        if starts_with(found, *keys, at=at):
            at += len(keys)
    return at


def qualified(found: Sequence[Token], at: int) -> tuple[str, int]:
    """Return the last part of the name at a place, and the index behind it; schemas are left out."""
    while at + 2 < len(found) and found[at + 1].key == ".":
        at += 2
    return (found[at].name, at + 1) if at < len(found) else ("", at)


def closing(found: Sequence[Token], at: int) -> int:
    """Return the index of the parenthesis that closes the one at a place."""
    depth = 0
    for index in range(at, len(found)):
        depth += {"(": 1, ")": -1}.get(found[index].key, 0)
        if depth == 0:
            return index
    return len(found)


def parts(found: Sequence[Token]) -> list[Sequence[Token]]:
    """Return what stands between the commas outside of parentheses."""
    result: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += {"(": 1, ")": -1}.get(token.key, 0)
        if token.key == "," and depth == 0:
            result.append([])
        else:
            result[-1].append(token)
    return [part for part in result if part]
