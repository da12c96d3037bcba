"""The command line: parse, call one function, print. Commands are imported only when they are called."""

from avdaily_sql.cli.main import main

__all__ = ["main"]
