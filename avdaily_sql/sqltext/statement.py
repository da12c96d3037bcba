"""What a statement of a file is, and whether it begins or ends a transaction."""

from __future__ import annotations

import re
from typing import NamedTuple

from avdaily_sql.sqltext.lexer import TRIVIA, WORD, Text


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


_CONTROL = frozenset({"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"})

_TWO_WORDS_AND_TYPES = re.compile(WORD + TRIVIA + WORD + TRIVIA + rb"\(")


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
        # `PREPARE transaction AS SELECT 1` and `PREPARE transaction (int) AS …` only have that name.
        is_control = words == ("PREPARE", "TRANSACTION") and not _TWO_WORDS_AND_TYPES.match(text, statement.start)
        return "PREPARE TRANSACTION" if is_control else None
    return words[0]
