"""The AV-Daily savings database: migrations, ledger, seeds and named queries in plain SQL."""

from importlib import import_module

__version__ = "0.1.0"

# Imported at their first use, so that the command line starts without the driver.
_FROM_CONNECTIONS = ("as_user", "async_pool", "connect", "pool", "transaction")


def __getattr__(name: str) -> object:
    if name in _FROM_CONNECTIONS:
        return getattr(import_module("avdaily_sql.connections"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
