"""Where ``sql/`` is, and which migration files are in it: names, order, pairs. Reads directories, not contents."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.errors import Location, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avdaily_sql.settings import Settings

_ID = re.compile(r"(?P<number>\d{4,})\.[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?", re.ASCII)
# yoyo's column is 255 wide; the file's name needs the rest for ".rollback.sql".
_LONGEST_ID = 200


class SqlTree(NamedTuple):
    """The directory that holds ``migrations/``, ``seeds/`` and ``queries/``, and who named it.

    ``source`` is ``flag``, ``environment``, a ``.env`` file's path, ``checkout`` or ``package``.
    """

    root: Path
    source: str

    @property
    def migrations(self) -> Path:
        """Return the directory of the migration pairs."""
        return self.root / "migrations"


class MigrationFiles(NamedTuple):
    """One migration: its full id, its number, its file, and the file that undoes it if there is one.

    ``replaces``: of a squashed one in a database that has files from before it, the ids whose place its mark takes;
    there it is never run.
    """

    id: str
    number: int
    path: str
    rollback_path: str | None
    replaces: tuple[str, ...] = ()


def find(settings: Settings) -> SqlTree:
    """Return the SQL directory: what was named, else the nearest checkout's upwards, else the packaged one.

    :raises UsageError: the named directory does not exist, or this installation carries none.
    """
    named = settings.values["AVDAILY_SQL_DIR"]
    if named.value is not None:
        root = settings.working_directory / Path(named.value).expanduser()
        if not root.is_dir():
            raise UsageError(
                f"no such SQL directory: {shown(root)} ({named.source})",
                hint="Correct --sql-dir or AVDAILY_SQL_DIR, or leave it out.",
            )
        return SqlTree(root, named.source)
    directory = settings.working_directory
    for folder in (directory, *directory.parents):
        if _is_checkout(folder):
            return SqlTree(folder / "sql", "checkout")
    package = Path(__file__).resolve().parent
    if (package / "sql" / "migrations").is_dir():
        return SqlTree(package / "sql", "package")
    if _is_checkout(package.parent):
        return SqlTree(package.parent / "sql", "package")
    raise UsageError("this installation carries no SQL files", hint="Name them with --sql-dir DIR.")


def _is_checkout(folder: Path) -> bool:
    if not (folder / "sql" / "migrations").is_dir():
        return False
    try:
        text = (folder / "pyproject.toml").read_text(encoding="utf-8")
        return re.search(r"^\s*name\s*=\s*[\"']avdaily-sql[\"']", text, re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return False


def shown(path: str | os.PathLike[str]) -> str:
    """Return a path as it is shown: relative when it lies below the working directory."""
    full, here = Path(path).absolute(), Path.cwd()
    return str(full.relative_to(here) if full.is_relative_to(here) else full)


def list_migrations(tree: SqlTree) -> tuple[MigrationFiles, ...]:
    """Return all migrations in the order of their numbers.

    Only names are judged: a number that is there twice, a name that no rule fits, a rollback file without its pair and
    a link that leads out of the tree are errors, because skipping such a file in silence would be worse.

    :raises UsageError: the directory is missing, cannot be read or is empty, or a name is wrong.
    """
    found = list_pairs(tree, tree.migrations)
    if not found:
        raise UsageError(
            f"no migrations in {shown(tree.migrations)}",
            hint="Write the first one: avdaily-sql new create-something",
        )
    return found


def list_pairs(tree: SqlTree, directory: Path) -> tuple[MigrationFiles, ...]:
    """Return the migrations of one directory, judged as :func:`list_migrations` does; it may have none.

    :raises UsageError: the directory is missing or cannot be read, or a name is wrong.
    """
    forward, backward = _sql_files(tree, directory)
    for identifier in sorted(backward.keys() - forward.keys()):
        raise UsageError(
            f"rollback file without its migration: {identifier}.sql is missing",
            hint="Put the migration back, or remove its rollback file.",
            location=Location(shown(backward[identifier])),
        )
    found = [
        MigrationFiles(identifier, _number(path, identifier), path, backward.get(identifier))
        for identifier, path in forward.items()
    ]
    found.sort(key=lambda files: (files.number, files.id))
    for one, other in pairwise(found):
        if one.number == other.number:
            raise UsageError(
                f"two migrations have the number {one.number:04}: {one.id} and {other.id}",
                hint="A squash was interrupted: take sql/migrations back from git, and run it again."
                if any((directory / "squashed" / each.id).is_dir() for each in (one, other))
                else "Give the newer one the next free number; a number is never used twice.",
                location=Location(shown(other.path)),
            )
    return tuple(found)


def _sql_files(tree: SqlTree, directory: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the paths of the migrations and of the rollback files, each by id."""
    forward: dict[str, str] = {}
    backward: dict[str, str] = {}
    try:
        for entry in sql_entries(tree, directory):
            if not entry.is_file():
                raise _bad_name(entry.path, "is not a file")
            if entry.name.endswith(".rollback.sql"):
                backward[entry.name[: -len(".rollback.sql")]] = entry.path
            else:
                forward[entry.name.removesuffix(".sql")] = entry.path
    except FileNotFoundError:
        raise UsageError(
            f"no migrations directory: {shown(directory)}",
            hint="Name the directory that holds migrations/ with --sql-dir DIR.",
        ) from None
    return forward, backward


def sql_entries(
    tree: SqlTree, directory: Path, endings: tuple[str, ...] = (".sql", ".py")
) -> Iterator[os.DirEntry[str]]:
    """Yield what lies in a directory of the tree and is meant to be run, in no order; its name is still to be judged.

    :raises FileNotFoundError: there is no such directory.
    :raises UsageError: it cannot be read, or it or a file in it is a link that leads out of the tree.
    """
    try:
        # Where migrations/ itself is, who named the tree has said.
        if directory.is_symlink() and directory != tree.migrations:
            require_inside(tree, str(directory))
        with os.scandir(directory) as entries:
            for entry in entries:
                # Hidden files belong to editors and operating systems: .0001.x.sql.swp, ._0001.x.sql.
                if entry.name.startswith(".") or not entry.name.lower().endswith(endings):
                    continue
                if entry.is_symlink():
                    require_inside(tree, entry.path)
                yield entry
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UsageError(f"could not read {shown(directory)}: {error.strerror}") from None


def require_inside(tree: SqlTree, path: str) -> None:
    """Refuse a symbolic link that leads out of the tree, or to nothing.

    :raises UsageError: with the place that it leads to.
    """
    real = Path(path).resolve()
    if not real.is_relative_to(tree.root.resolve()):
        raise UsageError(
            f"symbolic link out of the SQL directory: it leads to {real}",
            hint="Put the file itself into the directory: what is applied must be what was reviewed.",
            location=Location(shown(path)),
        )
    if not real.exists():
        raise UsageError(
            "symbolic link to a file that does not exist", hint="Remove it.", location=Location(shown(path))
        )


def _number(path: str, identifier: str) -> int:
    match = _ID.fullmatch(identifier)
    if match is None or not path.endswith(".sql"):
        raise _bad_name(path, "is no migration's name")
    if len(identifier) > _LONGEST_ID:
        raise _bad_name(path, f"is longer than {_LONGEST_ID} characters")
    return int(match["number"])


def _bad_name(path: str, problem: str) -> UsageError:
    return UsageError(
        f'"{Path(path).name}" {problem}',
        detail="Migrations are pairs: NNNN.verb-object.sql and NNNN.verb-object.rollback.sql.",
        hint="Rename it, or move it out of the directory.",
        location=Location(shown(path)),
    )


def require_name(name: str, command: str) -> None:
    """Refuse what is no name for a migration.

    :param command: for the hint, without the name.
    :raises UsageError: it is not lower-case words joined by hyphens, or too long.
    """
    if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name) is None or len(name) > _LONGEST_ID - 20:
        words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
        raise UsageError(
            f'"{name}" is no name for a migration: use lower-case words joined by hyphens',
            hint=f"{command} {words or 'add-something'}",
        )


def next_id(tree: SqlTree, name: str) -> tuple[str, str | None]:
    """Return the full id of the next migration, and the id of the one before it if there is one.

    :param name: lower-case words joined by hyphens.
    :raises UsageError: the name is something else, or the files cannot be listed.
    """
    require_name(name, "avdaily-sql new")
    known = list_pairs(tree, tree.migrations)
    if not known:
        return f"0001.{name}", None
    return f"{known[-1].number + 1:04}.{name}", known[-1].id
