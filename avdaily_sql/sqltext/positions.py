"""Where a byte is in the eyes of a reader: line, column, the line's text; and whether the bytes are text at all."""

from __future__ import annotations

import codecs

from avdaily_sql.sqltext.lexer import SqlTextError, Text, start_of
from avdaily_sql.sqltext.windows import chunks, normalised_chunks


def position(text: Text, offset: int) -> tuple[int, int]:
    """Return line and column of a byte, both from 1; the column counts characters.

    A line ends with LF, CR LF or CR alone.
    """
    if text[offset - 1 : offset + 1] == b"\r\n":
        offset -= 1
    breaks = sum(piece.count(b"\n") for piece in normalised_chunks(text, 0, offset))
    first = _line_start(text, offset)
    return breaks + 1, len(text[first:offset].decode(errors="replace")) + 1


def line_at(text: Text, offset: int) -> str:
    """Return the whole line that holds this byte, without its end."""
    if text[offset - 1 : offset + 1] == b"\r\n":
        offset -= 1
    last = text.find(b"\n", offset)
    last = len(text) if last < 0 else last
    carriage_return = text.find(b"\r", offset, last)
    last = last if carriage_return < 0 else carriage_return
    return text[_line_start(text, offset) : last].decode(errors="replace")


def _line_start(text: Text, offset: int) -> int:
    after_line_feed = max(text.rfind(b"\n", 0, offset) + 1, min(start_of(text), offset))
    after_carriage_return = text.rfind(b"\r", after_line_feed, offset) + 1
    return max(after_line_feed, after_carriage_return)


def check_encoding(text: Text) -> None:
    """Refuse what is not UTF-8 text; a byte order mark and any line ends are fine.

    :raises SqlTextError: a NUL byte, at which the server would stop reading, or bytes that are not UTF-8.
    """
    held, start = b"", 0
    for chunk in chunks(text, 0, len(text)):
        piece = held + chunk
        nul = piece.find(b"\0")
        consumed = _decode(piece if nul < 0 else piece[:nul], start, start + len(piece) == len(text) or nul >= 0)
        if nul >= 0:
            raise SqlTextError(
                "the text has a NUL byte",
                start + nul,
                detail="The server would stop reading there.",
                hint="Remove it; a file in UTF-16 has to be saved as UTF-8.",
            )
        held, start = piece[consumed:], start + consumed


def _decode(piece: bytes, offset: int, final: object) -> int:
    """Return how many bytes are whole characters; the last one may be cut off unless this is the final piece."""
    try:
        return codecs.utf_8_decode(piece, "strict", bool(final))[1]
    except UnicodeDecodeError as error:
        raise SqlTextError(
            f"byte 0x{piece[error.start]:02x} is not UTF-8",
            offset + error.start,
            hint="Save the file as UTF-8, for example with: iconv -f LATIN1 -t UTF-8",
        ) from None
