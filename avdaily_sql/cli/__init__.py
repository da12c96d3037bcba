"""The command line: parse, call one function, print. Commands are imported only when they are called."""

import gc

# A short command makes many objects and hardly any garbage: looking for it at every 700th costs a tenth of its time.
gc.set_threshold(50_000, 20, 20)

from avdaily_sql.cli.main import main  # noqa: E402 (its imports are most of the objects)

__all__ = ["main"]
