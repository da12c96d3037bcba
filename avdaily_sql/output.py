"""How results and errors are shown: text and JSON from the same object. Knows results, not databases."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from avdaily_sql import logline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avdaily_sql.errors import AvDailyError

_COLOURS = {"red": "31", "yellow": "33", "green": "32", "dim": "2"}


def colour(text: str, name: str, stream: IO[str]) -> str:
    """Return the text in a colour on a terminal; unchanged when piped, with NO_COLOR, or on a dumb terminal.

    https://no-color.org
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m"


# One character for one, so that a caret stays under its place: ␛ for ESC. Line ends and tabs are left as they are.
_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_CONTROLS |= {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
# What turns the direction of text around would show another line than the one that runs.
_CONTROLS |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)


def visible(text: str) -> str:
    """Return a text that no terminal takes for a command: control characters are shown, not sent."""
    return text.translate(_CONTROLS)


def discard(stream: IO[str]) -> None:
    """Let what is left of a stream that takes nothing go nowhere: the flush at the end of the process succeeds.

    Else it would be a second message, and another exit code.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as ``1 error`` or ``2 errors``."""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def as_json(value: object) -> str:
    """Return one JSON document: dataclasses as objects, times as ISO 8601 UTC, money as strings."""
    return json.dumps(plain(value), ensure_ascii=False)


def plain(value: Any) -> Any:
    """Return the value in JSON's own types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | frozenset | set):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    return str(value)


def error_as_json(error: AvDailyError) -> str:
    """Return the error as the one object of ``design/commands.md``; keys without a value are null."""
    return as_json({"error": error_fields(error)})


def error_fields(error: AvDailyError) -> Mapping[str, object]:
    """Return what an error tells, a name and a value each."""
    where = error.location
    return {
        "message": error.message,
        "detail": error.detail,
        "hint": error.hint,
        "sqlstate": error.sqlstate,
        "file": where.file if where else None,
        "line": where.line if where else None,
        "column": where.column if where else None,
        "exit_code": error.exit_code,
    }


def error_as_text(error: AvDailyError, stream: IO[str]) -> str:
    """Return the error as a person reads it: message, place with a caret, detail, hint.

    For a refusal (exit code 6) the hint comes last and bare, so that it can be copied as a line to run.
    """
    state = f" ({error.sqlstate})" if error.sqlstate else ""
    lines = [f"{colour('Error:', 'red', stream)} {visible(error.message)}{state}"]
    where = error.location
    if where is not None:
        lines.append(visible(f"  {where}"))
        lines.extend(_excerpt(where.line, where.column, where.source))
    if error.detail:
        lines.append(visible(f"Detail: {error.detail}"))
    if error.hint:
        lines.append(visible(error.hint if error.exit_code == 6 else f"Hint: {error.hint}"))
    return "\n".join(lines)


def _excerpt(line: int | None, column: int | None, source: str | None, width: int = 160) -> Iterable[str]:
    if line is None or source is None:
        return
    first = 0 if column is None or column <= width else column - width // 2
    number = f"{line:>6}"
    yield f"{number} | {visible(source[first : first + width])}"
    if column is not None:
        # A tab before the caret stays a tab, so that the caret stands under its character in every terminal.
        before = "".join("\t" if char == "\t" else " " for char in source[first : column - 1])
        yield f"{' ' * len(number)} | {before}^"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under their headings, columns two spaces apart, no line longer than it must be."""
    lines = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def size(count: int) -> str:
    """Return a number of bytes as a person reads it, in powers of 1024."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(value) < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"


def span(seconds: float) -> str:
    """Return a time as a person reads it: the largest unit of which there are two or more."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


class Console:
    """The two streams of one invocation: results on stdout; progress, notes and errors on stderr."""

    def __init__(self, *, json_output: bool = False, quiet: bool = False, verbose: bool = False) -> None:
        self.json_output = json_output
        self.quiet = quiet
        self.verbose = verbose
        self.secrets: frozenset[str] = frozenset()
        self.log_json = False
        self._progress_at = 0.0

    def result(self, value: object, text: str) -> None:
        """Print a command's answer: the object with ``--json``, else its text (nothing when it is empty)."""
        if self.json_output:
            self._write(as_json(value), sys.stdout)
        elif text:
            self._write(text, sys.stdout)

    def line(self, text: str) -> None:
        """Print one line of a result as soon as it is known; with ``--json`` the object says it at the end."""
        if not self.json_output:
            self._write(text, sys.stdout)

    def note(self, text: str) -> None:
        """Say something on the side, on stderr; silent with ``--quiet`` and with ``--json``."""
        if self.quiet or self.json_output:
            return
        if self.log_json:
            self._log("info", "note", message=text)
        else:
            self._write(visible(text), sys.stderr)

    def warn(self, text: str) -> None:
        """Warn on stderr, also with ``--quiet``; with ``--json`` the result carries its warnings itself."""
        if self.json_output:
            return
        if self.log_json:
            self._log("warning", "warning", message=text)
        else:
            self._write(f"{colour('Warning:', 'yellow', sys.stderr)} {visible(text)}", sys.stderr)

    def event(self, name: str, **fields: object) -> None:
        """Log that something has happened; without ``--log-format json`` the command's own lines say it."""
        if self.log_json and not self.quiet and not self.json_output:
            self._log("info", name, **fields)

    def progress(self, text: str, **fields: object) -> None:
        """Show how far a long step is, in one line of the terminal that is written over; nothing when piped.

        The log gets one line a second, piped or not.
        """
        if self.quiet or self.json_output:
            return
        if self.log_json:
            now = time.monotonic()
            if now - self._progress_at >= 1:
                self._progress_at = now
                self._log("info", "progress", message=logline.without_bar(text), **fields)
        elif sys.stderr.isatty():
            self._write(f"\r\x1b[K{text}", sys.stderr, end="")

    def progress_done(self) -> None:
        """Clear the line of :meth:`progress`."""
        if not self.log_json:
            self.progress("")

    def debug(self, text: str) -> None:
        """Say what is being done, on stderr, with ``--verbose`` only."""
        if not self.verbose or self.json_output:
            return
        if self.log_json:
            self._log("debug", "debug", message=text)
        else:
            self._write(visible(text), sys.stderr)

    def error(self, error: AvDailyError) -> None:
        """Show the one error that ended the command."""
        if self.log_json and not self.json_output:
            self._log("error", "error", **error_fields(error))
        else:
            self._write(error_as_json(error) if self.json_output else error_as_text(error, sys.stderr), sys.stderr)

    def _log(self, level: str, event: str, **fields: object) -> None:
        self._write(logline.render(datetime.now(UTC), level, event, plain(fields)), sys.stderr)

    def _write(self, text: str, stream: IO[str], end: str = "\n") -> None:
        # The last door out: whatever a driver or a tool put into a message, no password leaves through here.
        try:
            stream.write(logline.hide(text, self.secrets) + end)
            stream.flush()
        except OSError:
            # What is said on the side must not stop the work when nobody can hear it; a result that is lost must.
            if stream is not sys.stderr:
                raise
            discard(stream)
