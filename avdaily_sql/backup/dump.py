"""``backup``: pg_dump of one snapshot, compressed, perhaps encrypted, counted in the same snapshot."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

import psycopg

from avdaily_sql import __version__, database, guards, maintenance, programs
from avdaily_sql.backup import directory, encryption, facts, hook, manifest, pgdump, pipe, script, stream
from avdaily_sql.backup.needs import needs_of
from avdaily_sql.errors import Damaged, Failed, Refused
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avdaily_sql.backup.facts import Facts
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


@dataclass(frozen=True, slots=True)
class _Source:
    """The database to be dumped, as the exporting session sees it."""

    conn: psycopg.Connection[Any]
    name: str
    encoding: str
    bytes: int
    server_version: str
    snapshot: str


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
    recipients = encryption.recipients_of(settings)
    with database.connect(url) as conn:
        major = database.require_version(conn)
        database.refuse_transaction_pooling(conn)
        environment = guards.assess(conn, settings).environment
        name = conn.info.dbname
    _require_encryption(environment, recipients, settings, reports)
    program = programs.find("pg_dump", major, settings, url)
    folder = directory.prepare(settings, reports.warn)
    with maintenance.locked(url, name, "backup"), _snapshot(url) as source:
        directory.remove_leftovers(folder, reports.note)
        _require_space(folder, source)
        final = directory.free_name(folder, now, label, suffix=".age" if recipients else "")
        job = _Job(url, source, program, final, recipients, environment)
        written = _write(job, reports, now)
    hook.run(settings, written)
    return _result(written, final)


@dataclass(frozen=True, slots=True)
class _Job:
    url: str
    source: _Source
    program: Program
    final: Path
    recipients: tuple[str, ...]
    environment: Environment


def _result(written: Manifest, final: Path) -> Backup:
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


@contextlib.contextmanager
def _snapshot(url: str) -> Iterator[_Source]:
    """Export one snapshot; it is valid for the block."""
    with database.connect(url, autocommit=True) as conn:
        conn.execute("SET statement_timeout = 0")
        conn.execute("SET idle_in_transaction_session_timeout = 0")
        with contextlib.suppress(psycopg.Error):
            conn.execute("SET transaction_timeout = 0")  # since 17
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = conn.execute(
            "SELECT pg_export_snapshot(), pg_database_size(current_database()), pg_encoding_to_char(encoding)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        if row is None:
            raise Failed("the server gave no snapshot")
        yield _Source(conn, conn.info.dbname, row[2], row[1], database.server_version(conn), row[0])


def _require_space(folder: Path, source: _Source) -> None:
    previous = next((each.bytes for each in directory.list_files(folder)), 0)
    needed = max(previous, source.bytes // 20)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Failed(
            f"not enough room in {folder}: {free} bytes are free, about {needed} are needed",
            hint="Make room (avdaily-sql backup prune --dry-run shows what could go), or set BACKUP_DIR.",
        )


def _write(job: _Job, reports: Reports, now: datetime) -> Manifest:
    partial = job.final.with_name(f"{job.final.name}.{os.getpid()}{directory.PARTIAL}")
    beside = manifest.path_of(job.final)
    wrote_manifest = False
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            writer, counted, judge = _dump(job, file, reports)
        _read_back(partial, writer, job.recipients)
        described = _describe(job, writer, counted, (judge, now))
        manifest.write(described, beside)
        wrote_manifest = True
        # A link never replaces a file, as a rename would.
        os.link(partial, job.final)
    except BaseException as error:
        if wrote_manifest:
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise Failed(
                f"could not write {job.final}: {error.strerror or error}", detail="Nothing is left of it."
            ) from None
        raise
    finally:
        partial.unlink(missing_ok=True)
    directory.sync(job.final.parent)
    return described


def _dump(job: _Job, file: IO[bytes], reports: Reports) -> tuple[stream.Writer, Facts, script.Script]:
    """Run pg_dump into the file, and count in the same snapshot meanwhile."""
    counted: list[Facts] = []
    counter = pipe.Worker(lambda: counted.append(facts.gather(job.source.conn)))
    writer = stream.Writer(file, job.recipients)
    judge = script.Script()
    with tempfile.TemporaryFile() as complaints:
        child = pgdump.start(job.program, job.url, job.source.snapshot, complaints)
        counter.start()
        try:
            pgdump.pump(child, writer, judge, lambda done: reports.progress("dump", done, job.source.bytes))
            code = child.wait()
            if code != 0:
                raise pgdump.failure(job.program, code, complaints)
            counter.finish()
            judge.finish()
            writer.finish()
        except psycopg.Error as error:
            message = error.diag.message_primary or str(error).strip()
            raise Failed(f"could not count the rows of the backup: {message}", sqlstate=error.sqlstate) from None
        except Damaged as error:
            raise Failed(f"pg_dump wrote what is no whole dump: {error.message}", detail=error.detail) from None
        finally:
            pgdump.end(child)
            writer.abandon()
            with contextlib.suppress(psycopg.Error):
                if counter.is_alive():
                    job.source.conn.cancel_safe(timeout=5)
            counter.join()
    return writer, counted[0], judge


def _read_back(partial: Path, writer: stream.Writer, recipients: tuple[str, ...]) -> None:
    """Read the file again from its beginning: what is on the disk is what was meant to be.

    Without the identity an encrypted file cannot be opened here; its bytes are compared.
    """
    reader = stream.Reader(partial, None)
    try:
        for _ in reader.raw_pieces() if recipients else reader.pieces():
            pass
    except Damaged as error:
        raise Failed(f"the backup could not be read back: {error.message}") from None
    if reader.sha256 != writer.sha256 or (not recipients and reader.plain_sha256 != writer.plain_sha256):
        raise Failed("the backup could not be read back: the disk gave other bytes than were written")


def _describe(job: _Job, writer: stream.Writer, counted: Facts, made: tuple[script.Script, datetime]) -> Manifest:
    judge, started_at = made
    finished_at = datetime.now(UTC)
    return manifest.Manifest(
        file=job.final.name,
        tool_version=__version__,
        pg_dump_version=judge.dump_version or job.program.version,
        server_version=job.source.server_version,
        database=job.source.name,
        environment=job.environment.name,
        encoding=job.source.encoding,
        started_at=_iso(started_at),
        finished_at=_iso(finished_at),
        duration_ms=max(0, round((finished_at - started_at).total_seconds() * 1000)),
        database_bytes=job.source.bytes,
        bytes=writer.size,
        sha256=writer.sha256,
        plain_bytes=writer.plain_bytes,
        plain_sha256=writer.plain_sha256,
        recipients=job.recipients,
        needs=needs_of(judge.statements),
        facts=counted,
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
