"""Takes a whole tree over: numbered, judged as the runner judges files, and written as pairs, or not at all."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.errors import UsageError
from avdaily_sql.importing import alembic, dbmate, flyway, golang_migrate
from avdaily_sql.importing.foreign import Foreign, has_statements
from avdaily_sql.migrations import files as migration_files
from avdaily_sql.sqltree import SqlTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TOOLS: dict[str, Callable[[Path], Iterable[Foreign]]] = {
    "flyway": flyway.read,
    "alembic": alembic.read,
    "dbmate": dbmate.read,
    "golang-migrate": golang_migrate.read,
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written, and what has no SQL and was left out."""

    tool: str
    directory: str
    migrations: tuple[str, ...]
    repeatable: tuple[str, ...]
    irreversible: tuple[str, ...]
    left_out: tuple[str, ...]


def import_tree(tool: str, directory: Path, tree: SqlTree) -> Imported:
    """Write a pair for each migration of another tool's tree; numbers and order stay.

    A version that is a whole number keeps it (at least four digits); versions with dots are numbered anew, in order.

    :raises UsageError: nothing to take over, migrations are there already, or one that the runner would refuse: with
        the line of it. Nothing was written.
    """
    if not directory.is_dir():
        raise UsageError(f"no such directory: {sqltree.shown(directory)}")
    if tree.migrations.is_dir() and any(tree.migrations.glob("*.sql")):
        raise UsageError(
            f"there are migrations in {sqltree.shown(tree.migrations)}",
            hint="Take a tree over into an empty directory: --sql-dir DIR.",
        )
    everything = list(TOOLS[tool](directory))
    found = [each for each in everything if has_statements(each.forward)]
    if not found:
        raise UsageError(f"no migrations of {tool} in {sqltree.shown(directory)}")
    texts = _texts(found)
    _judge(texts)
    _write(tree, texts)
    names = [name for name in texts if not name.endswith(".rollback.sql")]
    numbered = [name.removesuffix(".sql") for name in names if "/" not in name]
    return Imported(
        tool,
        sqltree.shown(tree.migrations),
        tuple(numbered),
        tuple(name.split("/")[1].removesuffix(".sql") for name in names if "/" in name),
        tuple(each for each in numbered if f"{each}.rollback.sql" not in texts),
        tuple(each.source for each in everything if each not in found),
    )


def _texts(found: Sequence[Foreign]) -> dict[str, str]:
    """Return the files to write, by their path below ``migrations/``."""
    texts: dict[str, str] = {}
    for identifier, each in zip(_ids(found), found, strict=True):
        if each.repeatable:
            path = f"repeatable/{identifier}.sql"
            texts[path] = f"-- {identifier}: taken over from {each.source}\n\n{each.forward.strip()}\n"
            continue
        header = f"-- {identifier}: taken over from {each.source}\n"
        if not each.transactional:
            header += "-- transactional: false\n"
        if each.backward is None:
            header += "-- irreversible: it came without the statements that undo it\n"
        else:
            texts[f"{identifier}.rollback.sql"] = (
                f"-- {identifier}: what {each.source} did is undone\n\n{each.backward.strip()}\n"
            )
        texts[f"{identifier}.sql"] = f"{header}\n{each.forward.strip()}\n"
    if len(texts) != len(found) + sum(each.backward is not None for each in found):
        raise UsageError("two migrations would get the same name")
    return texts


def _ids(found: Sequence[Foreign]) -> list[str]:
    keep = all(each.version.isdigit() for each in found if not each.repeatable)
    ids = []
    for number, each in enumerate(found, 1):
        words = re.sub(r"[^A-Za-z0-9_.-]+", "-", each.name.replace("_", "-")).strip("-_.") or "migration"
        if each.repeatable:
            ids.append(words.lower())
        else:
            ids.append(f"{int(each.version) if keep else number:04}.{words}")
    return ids


def _judge(texts: dict[str, str]) -> None:
    """Read every file as the runner does, in a directory that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="avdaily-import-") as name:
        tree = SqlTree(Path(name), "import")
        _write(tree, texts)
        known: set[str] = set()
        try:
            for pair in sqltree.list_migrations(tree):
                migration_files.load(pair, known)
                known.add(pair.id)
        except UsageError as error:
            # The copy is gone when this is read, and the header that was added has moved its lines.
            if error.location is not None:
                where = Path(error.location.file).name
                error.detail = f"In {where}, which would be written: {error.location.source or 'the whole file'}"
                error.location = None
            raise


def _write(tree: SqlTree, texts: dict[str, str]) -> None:
    written: list[Path] = []
    try:
        for name, text in texts.items():
            path = tree.migrations / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        for path in written:
            path.unlink()
        raise UsageError(f"could not write {sqltree.shown(tree.migrations)}: {error.strerror}") from None
