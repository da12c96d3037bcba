"""A server on which everything is set up wrong, and a way to ask the doctor about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from avdaily_sql import doctor, settings
from tests import throwaway

# What each of these costs is in the finding of its name.
WRONG = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "track_counts=off",
    "max_wal_size=64MB",
    "timezone=Africa/Lagos",
    "max_connections=10",
    "superuser_reserved_connections=2",
    "max_prepared_transactions=2",
    "max_wal_senders=2",
    "max_replication_slots=2",
    "wal_level=replica",
)


@pytest.fixture(scope="session")
def sick(server):
    """A server with every wrong setting, also without data checksums (the default before 18)."""
    session = throwaway.Session()
    major = int(server.execute("SHOW server_version_num")[0][0]) // 10000
    try:
        initdb = ("--no-data-checksums",) if major >= 18 else ()
        yield throwaway.start_server(session, server.bin, initdb=initdb, options=WRONG)
    finally:
        session.close()


@pytest.fixture
def examine():
    """Ask the doctor in this process; ``now`` can be another time than it is."""

    def ask(url, now=lambda: datetime.now(UTC), directory=throwaway.REPOSITORY, **environ):
        found = settings.load({"DATABASE_URL": url}, environ=environ, working_directory=directory)
        return doctor.diagnose(found, now, lambda _: None).findings

    return ask


def levels(findings):
    """Return the worst level of each name."""
    worst = {}
    for each in findings:
        order = ("ok", "warn", "fail")
        worst[each.name] = max(worst.get(each.name, "ok"), each.level, key=order.index)
    return worst


def parsed(done):
    return {each["name"]: each for each in json.loads(done.stdout)["findings"]}
