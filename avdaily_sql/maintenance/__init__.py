"""The maintenance database: where restore and reset work from, since the database itself is swapped under them.

``databases`` ← ``lock``, ``notes`` ← ``sweep``.
"""

from avdaily_sql.maintenance.databases import (
    allow_connections,
    comment_of,
    database_name,
    drop_database,
    open_maintenance,
    set_comment,
    with_database,
)
from avdaily_sql.maintenance.lock import key_of, locked, refuse_if_held
from avdaily_sql.maintenance.notes import (
    Related,
    list_related,
    new_name,
    read_note,
    verification_of,
    without_note,
    write_note,
)
from avdaily_sql.maintenance.sweep import recover

__all__ = [
    "Related",
    "allow_connections",
    "comment_of",
    "database_name",
    "drop_database",
    "key_of",
    "list_related",
    "locked",
    "new_name",
    "open_maintenance",
    "read_note",
    "recover",
    "refuse_if_held",
    "set_comment",
    "verification_of",
    "with_database",
    "without_note",
    "write_note",
]
