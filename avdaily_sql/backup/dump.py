"""``backup``: pg_dump of one snapshot, compressed, perhaps encrypted, counted in the same snapshot."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql import database, guards, maintenance, programs
from avdaily_sql.backup import directory, encryption, hook, writing
from avdaily_sql.backup.source import Source, snapshot
from avdaily_sql.errors import Failed, Refused
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from avdaily_sql.backup.manifest import Manifest
    from avdaily_sql.backup.reports import Reports
    from avdaily_sql.programs import Program
    from avdaily_sql.settings import Settings


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: the file, its checksums, and what it holds."""

    file: str
    bytes: int
    sha256: str
    plain_bytes: int
    plain_sha256: str
    migration: str | None
    tables: int
    duration_ms: int
    encrypted: bool
    anonymised: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """All that is known before the first byte: whose backup it is, for whom, with what, and where it goes."""

    url: str
    name: str
    environment: Environment
    recipients: tuple[str, ...]
    program: Program
    folder: Path


def create(url: str, settings: Settings, reports: Reports, *, now: datetime, label: str | None = None) -> Backup:
    """Write one compressed dump of the whole database into the backup directory.

    The file gets its final name only after its end marker and its checksum were read back, so a listed file is a whole
    file. Writers are not blocked.

    :param now: the time in the file's name.
    :param label: added to the file name, ``[a-z0-9-]``, at most 40 characters.
    :raises Refused: production, and no recipient to encrypt to.
    :raises Unsupported: no pg_dump of at least the server's version was found.
    :raises Busy: another backup, restore or reset of this database is at work.
    :raises Failed: the dump stopped early, or the disk is full; nothing is left behind.

    https://www.postgresql.org/docs/current/app-pgdump.html
    """
    directory.check_label(label)
    ready = prepare(url, settings, reports)
    with maintenance.locked(url, ready.name, "backup"), snapshot(url) as source:
        directory.remove_leftovers(ready.folder, reports.note)
        require_space(ready.folder, source)
        job = writing.Job(
            url, source, ready.program, final_name(ready, now, label), ready.recipients, ready.environment
        )
        written = writing.write(job, reports, now)
    hook.run(settings, written)
    return result(written, job.final)


def prepare(url: str, settings: Settings, reports: Reports) -> Ready:
    """Ask the database and the machine all that can be asked before.

    :raises Refused: production, and no recipient to encrypt to.
    :raises Unsupported: no pg_dump of at least the server's version was found.
    """
    recipients = encryption.recipients_of(settings)
    with database.connect(url) as conn:
        major = database.require_version(conn)
        database.refuse_transaction_pooling(conn)
        environment = guards.assess(conn, settings).environment
        name = conn.info.dbname
    _require_encryption(environment, recipients, settings, reports)
    program = programs.find("pg_dump", major, settings, url)
    return Ready(url, name, environment, recipients, program, directory.prepare(settings, reports.warn))


def final_name(ready: Ready, now: datetime, label: str | None) -> Path:
    """Return the name that the file will have when it is whole."""
    return directory.free_name(ready.folder, now, label, suffix=".age" if ready.recipients else "")


def result(written: Manifest, final: Path) -> Backup:
    """Return what is said of a finished backup."""
    return Backup(
        file=str(final),
        bytes=written.bytes,
        sha256=written.sha256,
        plain_bytes=written.plain_bytes,
        plain_sha256=written.plain_sha256,
        migration=written.facts.migration,
        tables=len(written.facts.tables),
        duration_ms=written.duration_ms,
        encrypted=bool(written.recipients),
        anonymised=written.anonymised,
    )


def _require_encryption(
    environment: Environment, recipients: tuple[str, ...], settings: Settings, reports: Reports
) -> None:
    if recipients or environment is not Environment.production:
        return
    if settings.get("BACKUP_ALLOW_PLAINTEXT") == "1":
        reports.warn("the backup of a production database is not encrypted (BACKUP_ALLOW_PLAINTEXT=1)")
        return
    raise Refused(
        "a backup of production is encrypted, and there is no recipient",
        detail="BACKUP_AGE_RECIPIENTS is not set; avdaily-sql backup keygen makes a key and prints its recipient.",
        hint="BACKUP_AGE_RECIPIENTS=RECIPIENT avdaily-sql backup",
    )


def require_space(folder: Path, source: Source) -> None:
    """:raises Failed: the disk has less room than a backup of this database is likely to need."""
    previous = next((each.bytes for each in directory.list_files(folder)), 0)
    needed = max(previous, source.bytes // 20)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Failed(
            f"not enough room in {folder}: {free} bytes are free, about {needed} are needed",
            hint="Make room (avdaily-sql backup prune --dry-run shows what could go), or set BACKUP_DIR.",
        )
