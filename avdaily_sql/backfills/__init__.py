"""Backfills: data changed in small batches, each a transaction of its own, beside an application that goes on.

A file ``sql/backfills/NAME.sql`` holds a pair of statements: a SELECT of the keys of the rows that are still to be
changed, and the statement that changes the rows of given keys. ``files`` reads it, ``batches`` runs one batch, ``pace``
says when to hold back, ``progress`` remembers how far it is, ``session`` opens and sets up, ``running`` is the loop.
"""

from avdaily_sql.backfills.files import Backfill, find, list_names
from avdaily_sql.backfills.preview import Preview, preview
from avdaily_sql.backfills.running import Limits, Result, State, run

__all__ = ["Backfill", "Limits", "Preview", "Result", "State", "find", "list_names", "preview", "run"]
