"""Cuts a file into its statements as the server and psql do, and finds the data of COPY … FROM STDIN."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from avdaily_sql.sqltext.lexer import (
    BLOCK_COMMENT,
    DULL,
    LINE_COMMENT,
    LITERAL,
    MINUS_OR_SLASH,
    NUMBER,
    NUMBERED,
    PLAIN_STRING,
    SPACE,
    STRAY_DOLLAR,
    UNQUOTED,
    WORD,
    SqlTextError,
    Text,
    many,
    matches,
    start_of,
)
from avdaily_sql.sqltext.windows import find_line


class CopyData(NamedTuple):
    """The lines between ``COPY … FROM STDIN;`` and ``\\.``: never made a text, as they may be larger than memory."""

    offset: int
    length: int


class Statement(NamedTuple):
    """One statement: ``text[start:end]`` begins and ends with something significant and has no final semicolon.

    ``keywords`` are the first up to four words in upper case, as far as nothing else stands between them.
    """

    start: int
    end: int
    keywords: tuple[str, ...]
    copy: CopyData | None = None


_WHITE = b" \t\n\r\f\v"
_COMMENTS = rb"[" + SPACE + rb"]*+(?:(?:" + LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb")[" + SPACE + rb"]*+)*"
_LEADING_WORDS = WORD + rb"(?:" + _COMMENTS + WORD + rb"){0,3}"
# A comment belongs to the statement only if the statement goes on behind it.
_INNER_COMMENT = rb"(?:" + LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb")[" + SPACE + rb"]*+(?=[^;/\-" + SPACE + rb"])"
# Most statements in one step; where it does not match, `_scan` goes from token to token.
_SIMPLE = re.compile(
    many(rb"[" + SPACE + rb"]++", LINE_COMMENT, BLOCK_COMMENT)
    + rb"((?>(" + _LEADING_WORDS + rb")?)"
    + many(DULL, PLAIN_STRING, UNQUOTED, LITERAL, NUMBERED, rb":", _INNER_COMMENT)
    + rb")(?:;|\Z)"
)  # fmt: skip
_TOKEN = re.compile(
    rb"|".join(
        (
            rb"(?P<trivia>[" + SPACE + rb"]++|" + LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb")",
            rb"(?P<word>" + WORD + rb")",
            rb"(?P<literal>" + LITERAL + rb"|" + NUMBER + rb"|" + NUMBERED + rb"|" + STRAY_DOLLAR + rb")",
            rb"(?P<sign>[^'\"$/\\\-]|" + MINUS_OR_SLASH + rb")",
        )
    )
)
_WORDS = re.compile(LINE_COMMENT + rb"|" + BLOCK_COMMENT + rb"|(" + WORD + rb")")
_LINE_END = re.compile(rb"[ \t\f\v]*+(?:--[^\r\n]*+)?\r?\n")
_DATA_END = re.compile(rb"\\\.(?:\r?\n|\Z)")


def statements(text: Text) -> list[Statement]:
    """Return the statements of a file in order; empty ones (``;;``) are none.

    :param text: the bytes of the file, or a read-only mmap of it.
    :raises SqlTextError: unterminated quotes, comments, bodies and COPY data; commands of psql.
    """
    found = []
    offset, end_of_text = start_of(text), len(text)
    while offset < end_of_text:
        match = _SIMPLE.match(text, offset)
        keywords, has_parts = _leading(match[2]) if match else ((), True)
        if match is None or has_parts:
            statement, offset = _scan(text, offset)
            found += [statement] if statement else []
            continue
        start, end = match.span(1)
        offset = match.end()
        while end > start and text[end - 1] in _WHITE:
            end -= 1
        if end > start:
            found.append(Statement(start, end, keywords))
    return found


# Only these have semicolons inside, or data behind them.
_PARTED = frozenset({"FUNCTION", "PROCEDURE", "RULE"})


@lru_cache(maxsize=512)
def _leading(head: bytes | None) -> tuple[tuple[str, ...], bool]:
    """Return the keywords, and whether more than the next semicolon may end such a statement."""
    words = tuple(word.decode(errors="replace").upper() for word in _WORDS.findall(head or b"") if word)
    return words, words[:1] == ("COPY",) or (words[:1] == ("CREATE",) and not _PARTED.isdisjoint(words))


def _scan(text: Text, offset: int) -> tuple[Statement | None, int]:
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
        elif word == "(":
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
            "the data of COPY must begin on the line after its semicolon",
            start,
            hint="End it with a line \\. and write the next statement behind that.",
        )
    first = line_end.end()
    end = find_line(text, _DATA_END, b"\\.", first)
    if end is None:
        raise SqlTextError("the data of COPY has no end", start, hint="End it with a line \\. of its own.")
    return CopyData(first, end.start() - first), end.end()


def sql_ranges(text: Text) -> list[tuple[int, int]]:
    """Return where SQL stands, as (start, end): all but the byte order mark and the data of COPY."""
    ranges, start = [], start_of(text)
    if text.find(b"\\.") >= 0:
        for statement in statements(text):
            if statement.copy is not None:
                ranges.append((start, statement.copy.offset))
                line_end = _DATA_END.match(text, sum(statement.copy))
                start = line_end.end() if line_end else len(text)
    return [*ranges, (start, len(text))]


_CONTROL = frozenset({"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"})


def transaction_control(text: Text, statement: Statement) -> str | None:
    """Return the words that begin or end a transaction if the statement does; savepoints are allowed.

    A migration runs in the runner's transaction, so these would commit half a file or nothing.
    """
    words = statement.keywords
    if not words or (words[0] not in _CONTROL and words[0] != "PREPARE"):
        return None
    if words[0] == "ROLLBACK":
        rest = words[2:] if words[1:2] in (("WORK",), ("TRANSACTION",)) else words[1:]
        return None if rest[:1] == ("TO",) else "ROLLBACK"
    if words[0] == "PREPARE":
        # `PREPARE transaction AS SELECT 1` is a statement of that name.
        is_control = words == ("PREPARE", "TRANSACTION") and text[statement.end - 1 : statement.end] == b"'"
        return "PREPARE TRANSACTION" if is_control else None
    return words[0]
