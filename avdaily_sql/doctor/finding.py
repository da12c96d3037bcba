"""One line of the doctor's answer: how bad it is, the fact, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact; ``hint`` says what to do, and is None when nothing is to be done."""

    name: str
    level: Literal["ok", "warn", "fail"]
    message: str
    hint: str | None = None


def ok(name: str, message: str) -> Finding:
    """Return a fact that is as it should be."""
    return Finding(name, "ok", message)


def warn(name: str, message: str, hint: str) -> Finding:
    """Return a fact that will hurt some day."""
    return Finding(name, "warn", message, hint)


def fail(name: str, message: str, hint: str) -> Finding:
    """Return a fact that hurts now, or loses data on a bad day."""
    return Finding(name, "fail", message, hint)


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
    return f"{seconds:.0f} seconds"
