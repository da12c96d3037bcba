"""``up``: everything that a first run needs, in one call; again it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql import database, guards, maintenance, migrations, seeds, server, sqltree
from avdaily_sql.database import connect
from avdaily_sql.settings import remove_passwords

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.settings import Settings

_COUNT_TABLES = """
SELECT count(*) FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class UpResult:
    """What is there now, and how to open it; ``url`` is without its password."""

    database: str
    environment: str
    kind: str
    server_version: str
    url: str
    sql_directory: str
    applied: tuple[migrations.Applied, ...]
    already_applied: int
    seeds: seeds.SeedResult | None
    tables: int


def up(
    settings: Settings, note: Callable[[str], None], observer: migrations.Observer, *, seeded: bool = True
) -> UpResult:
    """Start the server if it is ours, apply what is pending, seed, and say what is there.

    :param note: told which server and which SQL directory are used.
    :param seeded: False leaves the seeds out.
    :raises AvDailyError: whatever apply and seed raise.
    """
    tree = sqltree.find(settings)
    sqltree.list_migrations(tree)
    target = server.resolve(settings, note)
    note(f"migrations from {sqltree.shown(tree.migrations)} ({tree.source})")
    with connect(target.url) as conn:
        environment = guards.assess(conn, settings).environment
        version = database.server_version(conn)
    # Judged before anything is changed; a tree of somebody's own may have no seeds.
    seeded = seeded and (tree.root / "seeds").is_dir()
    files = seeds.list_files(tree, environment.name) if seeded else ()
    applied = migrations.apply(
        target.url,
        tree,
        migrations.Options(environment=environment.name, after_lock=maintenance.refuse_if_held),
        observer,
    )
    sown = seeds.seed(target.url, files, environment.name) if files else None
    with connect(target.url) as conn:
        row = conn.execute(_COUNT_TABLES).fetchone()
    return UpResult(
        database=applied.database,
        environment=environment.name,
        kind=target.kind,
        server_version=version,
        url=remove_passwords(target.url),
        sql_directory=str(tree.root),
        applied=applied.applied,
        already_applied=applied.already_applied,
        seeds=sown,
        tables=row[0] if row else 0,
    )
