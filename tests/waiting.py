"""Waiting for what another process or session does."""

from __future__ import annotations

import time


def eventually(check, what: str = "it", *, seconds: float = 60):
    """Return the first true answer of a check; fail when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := check()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.005)
    return answer
