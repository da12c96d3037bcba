"""The page of all commands, ``docs/cli.md``, written from the commands themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOTE = "<!-- Written by `avdaily-sql docs` from the commands themselves. Do not edit. -->"
_GLOBAL = {"database_url", "sql_dir", "json", "quiet", "verbose", "log_format"}
_EXIT_CODES = """\
| code | meaning |
|---|---|
| 0 | done, or nothing to do |
| 1 | failed; nothing changed unless the message says what did |
| 2 | a wrong argument, a missing path, or a bad SQL file; nothing was sent to the database |
| 3 | something is pending or out of date |
| 4 | history, files and live schema do not agree, or `check` found a problem in the data |
| 5 | another runner, backup or restore holds the lock |
| 6 | refused by a guard; the last line is the command that would be allowed |
| 7 | not a whole backup; the database was not touched |
| 8 | a tool or a server is missing or of the wrong version |
| 130, 143 | interrupted by Ctrl-C or SIGTERM; nothing half-done is left |"""


def render() -> str:
    """Return the page: every command with its help, arguments and options, in the order of the first help page."""
    # Here, because the table of commands names the module of the command that writes this page.
    from avdaily_sql.cli.main import root

    listed = list(_walk(root, click.Context(root, info_name="avdaily-sql")))
    lines = [
        _NOTE,
        "# Commands",
        "",
        "Every command takes the six options of all commands, before or after its name.",
        "",
    ]
    lines += [*_options(root, only_global=True), "", "| command | what it does |", "|---|---|"]
    for path, command in listed:
        lines.append(f"| [{path}](#{path.replace(' ', '-')}) | {_first_line(command)} |")
    lines += ["", "## Exit codes", "", _EXIT_CODES, ""]
    for path, command in listed:
        lines += [*_section(path, command), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _walk(group: click.Group, ctx: click.Context, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is None or command.hidden:
            continue
        yield " ".join((*path, name)), command
        if isinstance(command, click.Group):
            yield from _walk(command, click.Context(command, parent=ctx, info_name=name), (*path, name))


def _first_line(command: click.Command) -> str:
    return (command.help or "").splitlines()[0].replace("|", "\\|")


def _section(path: str, command: click.Command) -> Iterator[str]:
    yield f"## {path}"
    yield ""
    for paragraph in (command.help or "").strip().split("\n\n"):
        text = "\n".join(line.strip() for line in paragraph.splitlines())
        if text.startswith("Example: "):
            text = f"```sh\n{text.removeprefix('Example: ')}\n```"
        yield text
        yield ""
    # Without a width of its own the line would break where the writer's terminal does.
    ctx = click.Context(command, info_name=f"avdaily-sql {path}")
    yield f"`{ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}`"
    options = _options(command, only_global=False)
    if options:
        yield ""
        yield from options


def _options(command: click.Command, *, only_global: bool) -> list[str]:
    rows = []
    for parameter in command.params:
        if not isinstance(parameter, click.Option) or parameter.hidden:
            continue
        if (parameter.name in _GLOBAL) is not only_global:
            continue
        ctx = click.Context(command)
        record = parameter.get_help_record(ctx)
        if record is not None:
            names, text = (part.replace("|", "\\|") for part in record)
            rows.append(f"| `{names}` | {text} |")
    return ["| option | meaning |", "|---|---|", *rows] if rows else []
