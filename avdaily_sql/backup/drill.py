"""The drill: a backup is restored into a throwaway database, counted, and dropped."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from avdaily_sql import database, maintenance, programs
from avdaily_sql.backup import load, manifest, ownership, preflight, verify
from avdaily_sql.backup.attempt import Job, check, made_roles
from avdaily_sql.backup.sidebase import side_database
from avdaily_sql.errors import Failed

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from avdaily_sql.backup.reports import Reports
    from avdaily_sql.settings import Settings


def verify_full(url: str, path: Path, settings: Settings, reports: Reports, *, now: datetime) -> verify.Verdict:
    """Restore a backup into a throwaway database, compare it with its manifest, and drop it.

    :param url: the server to do it on; its database is not touched.
    :raises Refused: the role may not create a database, or there is no identity.
    """
    first = verify.quick(path, settings)
    if not first.ok:
        return verify.Verdict(first.file, "full", ok=False, problems=first.problems)
    name = maintenance.verification_of(maintenance.database_name(url))
    with maintenance.locked(url, name, "backup verify") as conn:
        look = verify.glance if manifest.read(path) is not None else verify.inspect
        found = look(path, settings, reports.progress)
        job = Job(name, None, found, programs.find("psql", database.require_version(conn), settings, url))
        missing = preflight.require(conn, found, job.program, None)
        encoding = found.manifest.encoding if found.manifest is not None else "UTF8"
        problems: tuple[str, ...] = ()
        with (
            contextlib.suppress(_Discard),
            made_roles(conn, missing),
            side_database(conn, url, name, encoding, reason="verify", now=now) as side,
        ):
            try:
                with ownership.owners_may_own(url, side, found.needs.owners) as statements:
                    statements.extend(load.load(url, side, job.program, found, reports.progress))
                for warning in check(url, side, job, reports)[1]:
                    reports.warn(warning)
            except Failed as error:
                problems = (error.message if error.detail is None else f"{error.message}: {error.detail}",)
            raise _Discard
    return verify.Verdict(str(path), "full", ok=not problems, problems=problems)


class _Discard(Exception):
    """Ends the block of a side database that is not wanted any more."""
