"""A line for steps that cannot tell how far they are: what is being done, and for how long already."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.output import Console

_SILENT_S = 1.0


@contextmanager
def working(console: Console, what: str) -> Iterator[None]:
    """Show on a terminal, after the first second and once a second, that the block is still at work.

    :param what: what is being done, such as ``checking the data``.
    """
    done = threading.Event()
    started = time.monotonic()

    def tell() -> None:
        while not done.wait(_SILENT_S):
            console.progress(f"{what}, {time.monotonic() - started:.0f} s")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
        console.progress_done()
