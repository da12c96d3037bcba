"""What a shell may complete besides names and options: ids of migrations, names of queries, backup files.

Only files are looked at, no database: the answer must be there before the finger leaves the key. A mistake in a file or
in a setting completes nothing; the command itself will say what it is.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from avdaily_sql import sqltree
from avdaily_sql.errors import AvDailyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from avdaily_sql.settings import Settings


def attach(command: click.Command, path: str) -> click.Command:
    """Give the parameters of a command, and of the commands in a group, the values that can be known."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            attach(inner, f"{path} {name}")
    for parameter in command.params:
        find = _VALUES.get((path, parameter.name or ""))
        if find is not None:
            # The parameters belong to other modules; this is what their shell_complete argument sets.
            parameter._custom_shell_complete = _completer(find)
    return command


def _completer(
    find: Callable[[Settings], Iterable[tuple[str, str]]],
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        found: list[CompletionItem] = []
        with suppress(AvDailyError):
            found = [
                CompletionItem(value, help=text or None)
                for value, text in find(ctx.obj.settings)
                if value.startswith(incomplete)
            ]
        return found

    return complete


def _migrations(settings: Settings) -> Iterable[tuple[str, str]]:
    for files in sqltree.list_migrations(sqltree.find(settings)):
        yield files.id, _first_comment(files.path, files.id)


def _first_comment(path: str, identifier: str) -> str:
    """Return what a migration says of itself in its first line."""
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            line = file.readline(300)
    except OSError:
        return ""
    return line.strip().removeprefix("--").strip().removeprefix(identifier).lstrip(": ")


def _queries(settings: Settings) -> Iterable[tuple[str, str]]:
    # Only here: reading queries takes modules that no other completion needs.
    from avdaily_sql.queries.library import read_definitions

    for definition in read_definitions(sqltree.find(settings).root / "queries"):
        yield definition.name, (definition.document or "").strip().partition("\n")[0]


def _backups(settings: Settings) -> Iterable[tuple[str, str]]:
    from avdaily_sql.backup import directory

    for found in directory.list_files(directory.locate(settings)):
        path = found.path
        if path.is_relative_to(settings.working_directory):
            path = path.relative_to(settings.working_directory)
        yield str(path), f"{found.started_at:%Y-%m-%d %H:%M:%S} UTC"


def _environments(_: Settings) -> Iterable[tuple[str, str]]:
    for name in ("development", "testing", "staging", "production"):
        yield name, ""


# By the words of the command and the name of the parameter.
_VALUES: dict[tuple[str, str], Callable[[Settings], Iterable[tuple[str, str]]]] = {
    **{(command, "to"): _migrations for command in ("apply", "plan", "rollback", "baseline", "squash")},
    **{(command, name): _migrations for command in ("repair",) for name in ("identifier", "id", "migration")},
    **{(command, name): _queries for command in ("run", "queries show") for name in ("name", "query")},
    **{(command, name): _backups for command in ("restore", "backup verify") for name in ("file", "path")},
    ("db environment", "name"): _environments,
}
