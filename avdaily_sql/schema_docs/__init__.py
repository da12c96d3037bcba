"""``docs``: the schema as pages, written from a database that has just been migrated from the files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avdaily_sql import server, sqltree
from avdaily_sql.errors import UsageError
from avdaily_sql.schema_docs import catalog, pages, scratch, sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from avdaily_sql.settings import Settings
    from avdaily_sql.sqltree import SqlTree


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ``written``, ``unchanged``, ``removed``; with ``--check`` ``stale`` instead of written or removed."""

    file: str
    state: str


@dataclass(frozen=True, slots=True)
class DocsResult:
    """Every page that belongs to the documentation of the schema and of the commands."""

    files: tuple[Page, ...]

    @property
    def exit_code(self) -> int:
        """Return 3 when a page is stale, else 0."""
        return 3 if any(page.state == "stale" for page in self.files) else 0


def render(settings: Settings, tree: SqlTree, note: Callable[[str], None]) -> dict[str, str]:
    """Return the pages by their paths below ``docs/``, from a database of their own on the server that is meant.

    :raises AvDailyError: no server, no right to create a database, or a migration that fails.
    """
    # The files are judged first: a mistake in them needs no server to be told.
    known = sources.read(tree, directory(tree))
    target = server.resolve(settings, note)
    with scratch.migrated(target.url, tree) as conn:
        found = catalog.read(conn)
    return pages.render(found, known)


def directory(tree: SqlTree) -> Path:
    """Return where the pages are: ``docs/`` beside ``sql/``."""
    return tree.root.resolve().parent / "docs"


def compare(tree: SqlTree, wanted: Mapping[str, str]) -> DocsResult:
    """Tell which pages are not as they would be written now; changes nothing."""
    base = directory(tree)
    found = [Page(_shown(base, path), _compared(base / path, text)) for path, text in sorted(wanted.items())]
    found += [Page(_shown(base, path), "stale") for path in _superfluous(base, wanted)]
    return DocsResult(tuple(found))


def write(tree: SqlTree, wanted: Mapping[str, str]) -> DocsResult:
    """Write the pages that differ, and remove those of subjects that are gone.

    :raises UsageError: the directory cannot be written to, or the SQL came with the installation.
    """
    if tree.source == "package":
        raise UsageError(
            "the SQL of this installation has no documentation beside it",
            hint="Name the SQL directory of a checkout with --sql-dir DIR.",
        )
    base, found = directory(tree), []
    try:
        for path, text in sorted(wanted.items()):
            state = _compared(base / path, text)
            if state == "stale":
                (base / path).parent.mkdir(parents=True, exist_ok=True)
                (base / path).write_text(text, encoding="utf-8")
            found.append(Page(_shown(base, path), "written" if state == "stale" else state))
        for path in _superfluous(base, wanted):
            (base / path).unlink()
            found.append(Page(_shown(base, path), "removed"))
    except OSError as error:
        raise UsageError(f"could not write {sqltree.shown(base)}: {error.strerror}") from None
    return DocsResult(tuple(found))


def _compared(path: Path, text: str) -> str:
    try:
        return "unchanged" if path.read_text(encoding="utf-8") == text else "stale"
    except FileNotFoundError:
        return "stale"


def _superfluous(base: Path, wanted: Mapping[str, str]) -> list[str]:
    return sorted(name for path in base.glob("schema/*.md") if (name := f"schema/{path.name}") not in wanted)


def _shown(base: Path, path: str) -> str:
    return sqltree.shown(base / path)
