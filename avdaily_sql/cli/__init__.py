"""The command line: parse, call one function, print. Commands are imported only when they are called."""

import gc
import signal

# A short command makes many objects and hardly any garbage: looking for it at every 700th costs a tenth of its time.
gc.set_threshold(50_000, 20, 20)

# Ctrl-C while the modules are still being imported ends the process as it ends a program in C; Python's own way would
# pour out the frames of the import. Where the signal is ignored (nohup, a job in the background) it stays so.
# main() takes it over.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from avdaily_sql.cli.main import main  # noqa: E402 (its imports are most of the objects)

__all__ = ["main"]
