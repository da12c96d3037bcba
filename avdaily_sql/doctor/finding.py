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
