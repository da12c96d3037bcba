"""Applying the migration files with psql, as any role, to any schema: the way a DBA without our runner does it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from tests.throwaway import REPOSITORY, migration_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.throwaway import Server


def rollback_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}.rollback.sql")


def seed_files(*folders: str) -> list[Path]:
    """Return the seed files of these folders, in order; without any, those of a developer's database."""
    root = REPOSITORY / "sql" / "seeds"
    folders = folders or ("common", "testing", "development")
    return [path for folder in folders for path in sorted((root / folder).glob("*.sql"))]


def as_role(url: str, role: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}@{host}"))


def psql(server: Server, url: str, *files: Path, search_path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the files in one transaction; stop at the first error."""
    environment = os.environ | ({"PGOPTIONS": f"-c search_path={search_path}"} if search_path else {})
    arguments = [argument for path in files for argument in ("-f", str(path))]
    return subprocess.run(
        [server.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", *arguments, url],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )


def apply(server: Server, url: str, *files: Path, search_path: str | None = None) -> None:
    done = psql(server, url, *files, search_path=search_path)
    assert done.returncode == 0, done.stderr


def apply_all(server: Server, url: str, search_path: str | None = None) -> None:
    apply(server, url, *migration_files(), search_path=search_path)


def roll_back_all(server: Server, url: str, search_path: str | None = None) -> None:
    apply(server, url, *(rollback_of(path) for path in reversed(migration_files())), search_path=search_path)


def dump(server: Server, url: str, *options: str) -> str:
    """Return the schema as pg_dump writes it, without its random key."""
    done = subprocess.run(
        [server.program("pg_dump"), "--schema-only", "--restrict-key=avdaily", *options, url],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
