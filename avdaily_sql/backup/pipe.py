"""Hands bytes from one thread to another: age pulls what gzip pushes, and the other way round."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Closed(Exception):
    """The other side of a pipe gave up; its own error says why."""


class Pipe:
    """Hands pieces from one thread to another, a few at most at a time."""

    def __init__(self) -> None:
        self._queue: queue.Queue[bytes | None] = queue.Queue(maxsize=8)
        self._rest = b""
        self._offset = 0
        self._ended = False
        self._stopped = threading.Event()

    def write(self, piece: bytes) -> int:
        """Put a piece in, waiting for room."""
        self._put(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: pieces go as they come."""

    def close(self) -> None:
        """Say that nothing more comes."""
        self._put(None)

    def stop(self) -> None:
        """Say that nobody reads, or that nothing more will be written."""
        self._stopped.set()

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes; none at the end."""
        if self._offset >= len(self._rest) and not self._ended:
            piece = self._get()
            self._ended = piece is None
            self._rest, self._offset = piece or b"", 0
        end = len(self._rest) if size < 0 else min(self._offset + size, len(self._rest))
        found, self._offset = self._rest[self._offset : end], end
        return found

    def _put(self, piece: bytes | None) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(piece, timeout=0.1)
            except queue.Full:
                continue
            return
        raise Closed

    def _get(self) -> bytes | None:
        while True:
            try:
                return self._queue.get(timeout=0.1)
            except queue.Empty:
                if self._stopped.is_set():
                    raise Closed from None


class Worker(threading.Thread):
    """Runs one function beside us, and raises its error in :meth:`finish`."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do the work."""
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 (raised again in the thread that waits)
            self.error = error

    def finish(self) -> None:
        """Wait for the end.

        :raises BaseException: what the work raised.
        """
        self.join()
        if self.error is not None:
            raise self.error
