"""One line of the log that ``--log-format json`` writes: time, level, event, and what the event tells. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_SECRETS_SHORTEST = 4
_BAR = re.compile(r"^\[[#.]*\]\s*")


def render(at: datetime, level: str, event: str, fields: Mapping[str, object]) -> str:
    """Return the line: ``time`` (ISO 8601, UTC), ``level``, ``event``, then the fields that have a value."""
    head = {"time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "level": level, "event": event}
    rest = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(head | rest, ensure_ascii=False, default=str)


def without_bar(text: str) -> str:
    """Return what a line of progress says, without the bar that only a terminal shows."""
    return _BAR.sub("", text).strip()


def hide(text: str, secrets: Iterable[str]) -> str:
    """Return the text with *** for each secret, also as JSON would have written it."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SECRETS_SHORTEST:
            for written in (json.dumps(secret, ensure_ascii=False)[1:-1], secret):
                text = text.replace(written, "***")
    return text
