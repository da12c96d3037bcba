"""The manifest beside a backup: what made it, and what a restore must find again."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from avdaily_sql.backup.facts import Facts, TableFacts
from avdaily_sql.backup.needs import Needs
from avdaily_sql.errors import Damaged
from avdaily_sql.output import plain

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
SUFFIX = ".manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is known of one backup; times are ISO 8601 in UTC, sizes are bytes."""

    file: str
    tool_version: str
    pg_dump_version: str
    server_version: str
    database: str
    environment: str
    encoding: str
    started_at: str
    finished_at: str
    duration_ms: int
    database_bytes: int
    bytes: int
    sha256: str
    plain_bytes: int
    plain_sha256: str
    recipients: tuple[str, ...]
    needs: Needs
    facts: Facts
    anonymised: bool = False
    format: int = FORMAT


def path_of(backup: Path) -> Path:
    """Return where the manifest of a backup is."""
    return backup.with_name(backup.name + SUFFIX)


def write(manifest: Manifest, path: Path) -> None:
    """Write the manifest whole, or not at all; on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(plain(manifest), file, ensure_ascii=False, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def read(backup: Path) -> Manifest | None:
    """Return the manifest of a backup, None when there is none.

    :raises Damaged: it cannot be read, or belongs to another file.
    """
    path = path_of(backup)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Damaged(f"the manifest {path} cannot be read: {error}") from None
    try:
        return _parse(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(
            f"the manifest {path} is damaged: {type(error).__name__}",
            detail="Without it nothing says what the backup held.",
            hint="Take another backup; or, if there is none: avdaily-sql restore FILE --without-manifest",
        ) from None


def _parse(document: dict[str, Any]) -> Manifest:
    if document["format"] != FORMAT:
        raise ValueError(document["format"])
    facts = document["facts"]
    tables = {name: TableFacts(int(each["rows"]), dict(each["sums"])) for name, each in facts["tables"].items()}
    objects = {str(kind): int(count) for kind, count in facts["objects"].items()}
    parsed = Manifest(**document)
    if not isinstance(parsed.sha256, str) or not isinstance(parsed.bytes, int) or not isinstance(parsed.database, str):
        raise TypeError
    return replace(
        parsed,
        recipients=tuple(document["recipients"]),
        needs=Needs(*(frozenset(map(str, document["needs"][name])) for name in ("roles", "owners", "extensions"))),
        facts=Facts(objects, tables, facts["migration"], facts["migrations_sha256"]),
    )
