"""Runs the throwaway server, and ends it when the test session is gone; removes the session's directory then.

Standard library only: ``watchdog.py DIRECTORY [UID:GID] COMMAND…``.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path


def main() -> None:
    directory, user, *command = sys.argv[1:]
    # The one who called us goes on at once, and never has us as its child.
    if os.fork():
        os._exit(0)
    options = {}
    if user:
        uid, gid = (int(part) for part in user.split(":"))
        options = {"user": uid, "group": gid, "extra_groups": []}
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd="/", **options)
    session_ended = threading.Event()

    def end_with_the_session() -> None:
        with Path(directory, "alive").open() as alive:
            # Granted when the session's first process lets go of it, also when that was killed.
            fcntl.flock(alive, fcntl.LOCK_EX)
        session_ended.set()
        server.send_signal(signal.SIGQUIT)

    threading.Thread(target=end_with_the_session, daemon=True).start()
    server.wait()
    if session_ended.is_set():
        shutil.rmtree(directory, ignore_errors=True)
    else:
        Path(directory, "ended").touch()


main()
