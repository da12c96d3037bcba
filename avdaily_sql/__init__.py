"""The AV-Daily savings database: migrations, ledger, seeds and named queries in plain SQL."""

__version__ = "0.1.0"
