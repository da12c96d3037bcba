"""Who is told what while a backup or restore runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Reports:
    """Who is told what while a backup or restore runs.

    :param progress: told of the step, how many bytes of it are done, and how many there are about.
    """

    progress: Callable[[str, int, int], None] = lambda *_: None
    warn: Callable[[str], None] = lambda _: None
    note: Callable[[str], None] = lambda _: None
