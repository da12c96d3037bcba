"""Serves the application on the loopback address until it is told to end."""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from avdaily_sql.errors import Failed, Terminated
from avdaily_sql.studio.access import HOST, Gate
from avdaily_sql.studio.application import Application
from avdaily_sql.studio.database import ReadOnlyDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from avdaily_sql.sqltree import SqlTree


@dataclass(frozen=True)
class Served:
    """A studio that listens: the address to open, the database that it shows and the role that reads it."""

    url: str
    database: str
    role: str
    has_reading_role: bool
    _server: BaseWSGIServer
    _arrived: list[int]

    def run(self) -> None:
        """Answer requests until Ctrl-C, which is how one ends it.

        :raises Terminated: SIGTERM arrived.
        """
        self._server.serve_forever(poll_interval=0.1)
        if signal.SIGTERM in self._arrived:
            raise Terminated("terminated")


@contextmanager
def listening(url: str, tree: SqlTree, port: int) -> Iterator[Served]:
    """Listen on the loopback address; 0 is any free port. Browsers that come before ``run`` wait.

    :param url: of the database; stays in this process.
    :raises Failed: the port is taken, or the database does not answer.
    """
    database = ReadOnlyDatabase(url)
    with _bound(port) as listener:
        gate = Gate(listener.getsockname()[1])
        server = make_server(
            HOST,
            gate.port,
            Application(database, tree, gate),
            threaded=True,
            request_handler=_Handler,
            fd=listener.fileno(),
        )
        try:
            with _ended_by_signals(server) as arrived:
                yield Served(gate.address, database.name, database.role, database.has_reading_role, server, arrived)
        finally:
            server.server_close()
            database.close()


@contextmanager
def _ended_by_signals(server: BaseWSGIServer) -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM end the server, at whatever moment from now on; gives the numbers of those that came."""
    arrived: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        # An exception raised here could come up inside the answer to a request, which would swallow it.
        arrived.append(number)
        threading.Thread(target=server.shutdown, daemon=True).start()

    chosen = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in chosen}
    try:
        yield arrived
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Handler(WSGIRequestHandler):
    """Says nothing of its version, and writes no log: its first line would be the token."""

    # An open connection that sends nothing keeps a thread for a minute at most.
    timeout = 60

    def log(self, *_: Any) -> None:
        """Write nothing."""

    def version_string(self) -> str:
        """Return what the Server header says."""
        return "avdaily-sql"


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            why = "the port is in use" if error.errno == errno.EADDRINUSE else (error.strerror or "").lower()
            raise Failed(
                f"could not listen on {HOST}:{port}: {why}",
                hint="Leave out --port for a free one, or give another.",
            ) from None
        listener.listen(64)
        yield listener


def open_browser(url: str) -> None:
    """Open the address in the person's browser; nothing where there is no display.

    The browser is given a file of this user's that leads there: as an argument, the token would stand in the list of
    processes.
    """
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    folder = Path(tempfile.mkdtemp(prefix="avdaily-studio-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    page = folder / "open.html"
    page.write_text(f'<!doctype html><title>Studio</title><meta http-equiv="refresh" content="0; url={url}">')
    webbrowser.open(page.as_uri())
