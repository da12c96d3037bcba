"""All commands of the command line, found by walking through its groups."""

from __future__ import annotations

import click

from avdaily_sql.cli.main import root


def commands(group=root, path=()):
    """Yield the name of each command, such as ``backup list``, and the command."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        yield " ".join((*path, name)), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
