"""One backup file: pg_dump of a snapshot, compressed, perhaps encrypted, counted, read back, and only then named."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import psycopg

from avdaily_sql import __version__
from avdaily_sql.backup import directory, facts, manifest, pgdump, pipe, script, stream
from avdaily_sql.backup.needs import needs_of
from avdaily_sql.errors import Damaged, Failed

if TYPE_CHECKING:
    from pathlib import Path

    from avdaily_sql.backup.facts import Facts
    from avdaily_sql.backup.manifest import Manifest
    from avdaily_sql.backup.reports import Reports
    from avdaily_sql.backup.source import Source
    from avdaily_sql.programs import Program
    from avdaily_sql.settings import Environment


@dataclass(frozen=True, slots=True)
class Job:
    """One file to be written.

    :param url: where pg_dump connects to.
    :param environment: what the manifest says of the database that was asked for.
    :param anonymised: whether the source is a copy without personal data.
    """

    url: str
    source: Source
    program: Program
    final: Path
    recipients: tuple[str, ...]
    environment: Environment
    anonymised: bool = False


def write(job: Job, reports: Reports, now: datetime) -> Manifest:
    """Write the file and its manifest whole, or leave nothing.

    :param now: when the backup began.
    :raises Failed: the dump stopped early, the disk is full, or gave back other bytes.
    """
    partial = job.final.with_name(f"{job.final.name}.{os.getpid()}{directory.PARTIAL}")
    beside = manifest.path_of(job.final)
    wrote_manifest = False
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            writer, counted, judge = _dump(job, file, reports)
        read_back(partial, writer, job.recipients)
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


def _dump(job: Job, file: IO[bytes], reports: Reports) -> tuple[stream.Writer, Facts, script.Script]:
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


def read_back(partial: Path, writer: stream.Writer, recipients: tuple[str, ...]) -> None:
    """Read the file again from its beginning: what is on the disk is what was meant to be.

    Without the identity an encrypted file cannot be opened here; its bytes are compared.

    :raises Failed: it is not.
    """
    reader = stream.Reader(partial, None)
    try:
        for _ in reader.raw_pieces() if recipients else reader.pieces():
            pass
    except Damaged as error:
        raise Failed(f"the backup could not be read back: {error.message}") from None
    if reader.sha256 != writer.sha256 or (not recipients and reader.plain_sha256 != writer.plain_sha256):
        raise Failed("the backup could not be read back: the disk gave other bytes than were written")


def _describe(job: Job, writer: stream.Writer, counted: Facts, made: tuple[script.Script, datetime]) -> Manifest:
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
        anonymised=job.anonymised,
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
