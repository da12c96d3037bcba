"""Reads one statement token by token: those with semicolons inside, with data behind them, or with odd comments."""

from __future__ import annotations

import re

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
    SqlTextError,
    Text,
    matches,
)
from avdaily_sql.sqltext.statement import CopyData, Statement
from avdaily_sql.sqltext.windows import find_line

_TOKEN = re.compile(
    rb"|".join(
        (
            rb"(?P<trivia>[" + SPACE + rb"]++|" + LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb")",
            rb"(?P<word>" + WORD + rb")",
            rb"(?P<literal>" + LITERAL + rb"|" + NUMBER + rb"|" + NUMBERED + rb"|" + STRAY_DOLLAR + rb")",
            rb"(?P<sign>[();.]|[^'\"$/\\();.\-" + SPACE + WORDLIKE + rb"]++|" + MINUS_OR_SLASH + rb")",
        )
    )
)
_LINE_END = re.compile(rb"[ \t\f\v]*+(?:--[^\r\n]*+)?\r?\n")
DATA_END = re.compile(rb"\\\.(?:\r?\n|\Z)")


def next_statement(text: Text, offset: int) -> tuple[Statement | None, int]:
    """Return the next statement, token by token, and where to go on."""
    progress = _Progress()
    for match in matches(_TOKEN, text, offset, len(text)):
        kind = match.lastgroup
        if kind == "trivia":
            continue
        token = match[0]
        if token == b";" and not progress.is_open:
            return _finish(text, progress, match.end())
        progress.add(kind, token, match.span())
    progress.refuse_open()
    return _finish(text, progress, len(text))


class _Progress:
    """What is known of a statement while its tokens come in."""

    def __init__(self) -> None:
        self.start = -1
        self.end = -1
        self.keywords: list[str] = []
        self.reads_stdin: bool | None = None
        self._leading = True
        self._previous = ""
        self._previous_start = -1
        self._parentheses: list[int] = []
        self._body: int | None = None

    @property
    def is_open(self) -> bool:
        """A semicolon here belongs to the statement: in a BEGIN ATOMIC body, in the parentheses of a rule."""
        return self._body is not None or (bool(self._parentheses) and self._creates("RULE"))

    def add(self, kind: str | None, token: bytes, span: tuple[int, int]) -> None:
        """Take the next token that is not white space or a comment."""
        word = token.decode(errors="replace").upper() if kind in ("word", "sign") else ""
        if self.start < 0:
            self.start = span[0]
        self.end = span[1]
        self._leading = self._leading and kind == "word" and len(self.keywords) < 4
        if self._leading:
            self.keywords.append(word)
        if word == "(":
            self._parentheses.append(span[0])
        elif word == ")":
            del self._parentheses[-1:]
        elif self._creates("FUNCTION", "PROCEDURE"):
            self._follow_body(word)
        elif self.keywords[:1] == ["COPY"] and not self._parentheses:
            self._follow_copy(word)
        # A column may be called anything behind a dot.
        self._previous = "" if self._previous == "." else word
        self._previous_start = span[0]

    def refuse_open(self) -> None:
        """:raises SqlTextError: the text ends inside a body or the parentheses of a rule."""
        if self._body is not None:
            raise SqlTextError("unterminated BEGIN ATOMIC body", self._body, hint="Close it with END;")
        if self.is_open:
            raise SqlTextError("unterminated parenthesis", self._parentheses[0], hint="Close it with ).")

    def _creates(self, *kinds: str) -> bool:
        words = self.keywords
        if words[1:3] == ["OR", "REPLACE"]:
            words = [words[0], *words[3:]]
        return words[:1] == ["CREATE"] and words[1:2] != [] and words[1] in kinds

    def _follow_body(self, word: str) -> None:
        if self._body is None:
            if word == "ATOMIC" and self._previous == "BEGIN" and not self._parentheses:
                self._body = self._previous_start
        elif word == "END" and self._previous in (";", "ATOMIC"):
            # Every other END belongs to a CASE or is a name: the server's grammar closes a body only here.
            self._body = None

    def _follow_copy(self, word: str) -> None:
        # STDOUT behind FROM means STDIN to the server.
        if self.reads_stdin is None and self._previous == "FROM":
            self.reads_stdin = word in ("STDIN", "STDOUT")


def _finish(text: Text, progress: _Progress, offset: int) -> tuple[Statement | None, int]:
    if progress.start < 0:
        return None, offset
    statement = Statement(progress.start, progress.end, tuple(progress.keywords))
    if not progress.reads_stdin:
        return statement, offset
    data, offset = _copy_data(text, progress.start, offset)
    return statement._replace(copy=data), offset


def _copy_data(text: Text, start: int, offset: int) -> tuple[CopyData, int]:
    """Return the data of the COPY at ``start``, whose semicolon is before ``offset``, and the offset behind its end."""
    line_end = _LINE_END.match(text, offset)
    if line_end is None:
        raise SqlTextError(
            "the data of COPY is missing",
            start,
            detail="It begins on the line after the semicolon.",
            hint="Write it there, then a line \\. of its own, then the next statement.",
        )
    first = line_end.end()
    end = find_line(text, DATA_END, b"\\.", first)
    if end is None:
        raise SqlTextError("the data of COPY has no end", start, hint="End it with a line \\. of its own.")
    return CopyData(first, end.start() - first), end.end()
