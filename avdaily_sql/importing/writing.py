"""Takes a whole tree over: numbered, judged as the runner judges files, and written as pairs, or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.errors import UsageError
from avdaily_sql.importing import alembic, dbmate, flyway, golang_migrate
from avdaily_sql.importing.foreign import Foreign, LeftOut, has_statements, without_directives
from avdaily_sql.migrations import files as migration_files
from avdaily_sql.migrations import repeatable
from avdaily_sql.sqltree import SqlTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TOOLS: dict[str, Callable[[Path], Iterable[Foreign | LeftOut]]] = {
    "flyway": flyway.read,
    "alembic": alembic.read,
    "dbmate": dbmate.read,
    "golang-migrate": golang_migrate.read,
}
# An id has room for 200 characters, and the number stands before the words.
_LONGEST_WORDS = 120


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written, and what was left out and why."""

    tool: str
    directory: str
    migrations: tuple[str, ...]
    repeatable: tuple[str, ...]
    irreversible: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def import_tree(tool: str, directory: Path, tree: SqlTree) -> Imported:
    """Write a pair for each migration of another tool's tree, in the order in which that tool runs them.

    Versions that are whole numbers in rising order are kept (with at least four digits), others are numbered anew.

    :raises UsageError: nothing to take over, something is there already, or a file that the runner would refuse: with
        the line of it. Nothing was written.
    """
    if not directory.is_dir():
        raise UsageError(f"no such directory: {sqltree.shown(directory)}")
    _require_empty(tree)
    everything = list(TOOLS[tool](directory))
    migrations = [each for each in everything if isinstance(each, Foreign)]
    found = [each for each in migrations if has_statements(each.forward)]
    if all(each.repeatable for each in found):
        raise UsageError(f"no migrations of {tool} in {sqltree.shown(directory)}")
    texts = _texts(found)
    _judge(texts)
    _write(tree, texts)
    names = [name for name in texts if not name.endswith(".rollback.sql")]
    numbered = [name.removesuffix(".sql") for name in names if "/" not in name]
    left_out = [each for each in everything if isinstance(each, LeftOut)]
    left_out += [LeftOut(each.source, "it has no SQL") for each in migrations if each not in found]
    return Imported(
        tool,
        sqltree.shown(tree.migrations),
        tuple(numbered),
        tuple(name.split("/")[1].removesuffix(".sql") for name in names if "/" in name),
        tuple(each for each in numbered if f"{each}.rollback.sql" not in texts),
        tuple(LeftOut(_printable(each.source), each.reason) for each in left_out),
    )


def _texts(found: Sequence[Foreign]) -> dict[str, str]:
    """Return the files to write, by their path below ``migrations/``."""
    texts: dict[str, str] = {}
    ids = _ids(found)
    repeated = [identifier for identifier, each in zip(ids, found, strict=True) if each.repeatable]
    # The runner goes by their names unless each waits for the one before it.
    chained = dict(pairwise(reversed(repeated))) if repeated != sorted(repeated) else {}
    for identifier, each in zip(ids, found, strict=True):
        source, path = _printable(each.source), f"{identifier}.sql"
        if each.repeatable:
            path = f"repeatable/{path}"
            header = f"-- {identifier}: taken over from {source}\n"
            if identifier in chained:
                header += f"-- depends: {chained[identifier]}\n"
        else:
            header = f"-- {identifier}: taken over from {source}\n"
            if not each.transactional:
                header += "-- transactional: false\n"
            if each.backward is None:
                header += "-- irreversible: it came without the statements that undo it\n"
            else:
                texts[f"{identifier}.rollback.sql"] = _rollback(identifier, each)
        if path in texts:
            raise UsageError(f"{source} and another file would both become {path}", hint="Rename one in a copy.")
        texts[path] = f"{header}\n{without_directives(each.forward).strip()}\n"
    return texts


def _rollback(identifier: str, each: Foreign) -> str:
    header = f"-- {identifier}: what {_printable(each.source)} did is undone\n"
    if each.backward_transactional != each.transactional:
        header += f"-- transactional: {str(each.backward_transactional).lower()}\n"
    return f"{header}\n{without_directives(each.backward or '').strip()}\n"


def _ids(found: Sequence[Foreign]) -> list[str]:
    versions = [each.version for each in found if not each.repeatable]
    keep = all(version.isdigit() for version in versions) and all(
        int(one) < int(other) for one, other in pairwise(versions)
    )
    ids = []
    for number, each in enumerate(found, 1):
        words = re.sub(r"[^A-Za-z0-9]+", "-", each.name)[:_LONGEST_WORDS].strip("-") or "migration"
        if each.repeatable:
            ids.append(words.lower())
        else:
            ids.append(f"{int(each.version) if keep else number:04}.{words}")
    return ids


def _printable(source: str) -> str:
    """Return a file's name as a comment can hold it: a line break in it would end the comment."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", "?", source.encode("utf-8", "replace").decode())


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
            repeatable.load(repeatable.list_files(tree))
        except UsageError as error:
            # The copy is gone when this is read, and the header that was added has moved its lines.
            if error.location is not None:
                where = Path(error.location.file).name
                error.detail = f"In {where}, which would be written: {error.location.source or 'the whole file'}"
                error.location = None
            raise


def _require_empty(tree: SqlTree) -> None:
    """Refuse a target that holds anything: the two would be mixed.

    :raises UsageError: it does, it is no directory, or it cannot be read.
    """
    try:
        there = sorted(path.name for path in tree.migrations.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"could not read {sqltree.shown(tree.migrations)}: {error.strerror}") from None
    if there:
        what = "are migrations" if any(name.endswith(".sql") for name in there) else f"is {_printable(there[0])}"
        raise UsageError(
            f"there {what} in {sqltree.shown(tree.migrations)}",
            hint="Take a tree over into an empty directory: --sql-dir DIR.",
        )


def _write(tree: SqlTree, texts: dict[str, str]) -> None:
    """Write all files beside their place, and move them there in one step: whoever looks sees all of them, or none."""
    made = _missing(tree.root)
    beside: Path | None = None
    try:
        tree.root.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".import-", dir=tree.root))
        for name, text in texts.items():
            path = beside / "migrations" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        # An empty directory is replaced, a link to one is followed; whatever has come since makes it fail.
        (beside / "migrations").rename(tree.migrations.resolve())
    except OSError as error:
        raise UsageError(f"could not write {sqltree.shown(tree.migrations)}: {error.strerror}") from None
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


def _missing(folder: Path) -> list[Path]:
    """Return the directories that would have to be made for this one, the innermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]
