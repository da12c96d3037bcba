"""Named SQL queries as functions: ``queries.get_wallet(conn, user_id)``.

The package's own queries are attributes of this module, read at the first use of any; :func:`load` reads an
application's. With ``AVDAILY_QUERIES_RELOAD=1`` in the environment a changed file is read again before the next call.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

from avdaily_sql.queries import library

_RELOAD = "AVDAILY_QUERIES_RELOAD"


def load(directory: str | os.PathLike[str], *, reload: bool | None = None) -> Any:
    """Read the query files of a directory; the answer has a function for each query and a namespace for each file.

    :param reload: look for changed files before each call; without it as ``AVDAILY_QUERIES_RELOAD`` says.
    :raises UsageError: the first mistake in the files, with its line.
    """
    follow = os.environ.get(_RELOAD, "0") not in {"", "0"} if reload is None else reload
    return library.ReloadingLibrary(Path(directory)) if follow else library.read_library(Path(directory))


def own_directory() -> Path:
    """Return where the package's own query files are: in the wheel, else in the checkout around the package."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "sql" / "queries"
    return packaged if packaged.is_dir() else package.parent / "sql" / "queries"


@functools.cache
def _own() -> Any:
    return load(own_directory())


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    loaded = _own()
    if isinstance(loaded, library.Library):
        # From now on an attribute is found without this function.
        globals().update({key: value for key, value in vars(loaded).items() if not key.startswith("_")})
    return getattr(loaded, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *(function.__name__ for function in _own())})
