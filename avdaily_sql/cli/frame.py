"""What every command shares: the global options, the settings of the invocation, and its console."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from avdaily_sql import settings as settings_module
from avdaily_sql.errors import UsageError
from avdaily_sql.output import Console

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql import fanout
    from avdaily_sql.settings import Settings


@dataclass
class Invocation:
    """One run of the command line: what was given before and after the command, and where output goes."""

    console: Console = field(default_factory=Console)
    flags: dict[str, str | None] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    urls: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    databases_file: Path | None = None
    jobs: int = 1

    @cached_property
    def targets(self) -> list[fanout.Target]:
        """Return every database and schema that was named, looked at once.

        :raises UsageError: one of them cannot be meant.
        """
        from avdaily_sql import fanout

        found = fanout.targets(self.urls, self.databases_file, self.schemas)
        for target in found:
            self.console.secrets |= settings_module.passwords_in(target.url or "")
        return found

    @cached_property
    def settings(self) -> Settings:
        """Read the settings once; from then on the console hides the passwords in them."""
        loaded = settings_module.load(self.flags)
        for name in ("DATABASE_URL", "AVDAILY_TEST_DATABASE_URL"):
            self.console.secrets |= settings_module.passwords_in(loaded.get(name) or "")
        return loaded


def _store_flag(variable: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    def store(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
        if value is not None:
            ctx.ensure_object(Invocation).flags[variable] = value

    return store


def _store_urls(ctx: click.Context, _: click.Parameter, values: tuple[str, ...]) -> None:
    if values:
        invocation = ctx.ensure_object(Invocation)
        for url in values:
            invocation.console.secrets |= settings_module.passwords_in(url)
        # Neither may be passed over in silence: another database would be worked on than the one that was named.
        if invocation.urls:
            raise UsageError(
                "--database-url is given before the command and after it", hint="Name all databases in one place."
            )
        if not any(url.strip() for url in values):
            raise UsageError("--database-url is empty", hint="Write postgresql://USER@HOST/DATABASE, or leave it out.")
        invocation.urls = values
        invocation.flags["DATABASE_URL"] = values[-1]


def _store_switch(attribute: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def store(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 (click's own signature)
        if value:
            setattr(ctx.ensure_object(Invocation).console, attribute, True)

    return store


def _store_log_format(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Invocation).console.log_json = value == "json"


def global_options() -> list[click.Parameter]:
    """Return the options that work before and after every command; each writes into the invocation."""
    return [
        click.Option(
            ["--database-url"],
            metavar="URL",
            multiple=True,
            help="The database to work on; without it DATABASE_URL, else the embedded server.",
            expose_value=False,
            callback=_store_urls,
        ),
        click.Option(
            ["--sql-dir"],
            metavar="DIR",
            help="The directory that holds migrations/, seeds/ and queries/.",
            expose_value=False,
            callback=_store_flag("AVDAILY_SQL_DIR"),
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            help="Print one JSON object.",
            expose_value=False,
            callback=_store_switch("json_output"),
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            help="Say nothing on the side.",
            expose_value=False,
            callback=_store_switch("quiet"),
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            help="Say what is being done.",
            expose_value=False,
            callback=_store_switch("verbose"),
        ),
        click.Option(
            ["--log-format"],
            type=click.Choice(["text", "json"]),
            help="What is said on the side, and errors: as text, or as one JSON object a line.",
            expose_value=False,
            callback=_store_log_format,
        ),
    ]


class Command(click.Command):
    """A command with the global options after its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(global_options())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; an error of the parser belongs to this command, and not to the group around it."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run on the one database that is named."""
        invocation = ctx.ensure_object(Invocation)
        for named, what in ((invocation.urls, "database"), (invocation.schemas, "schema")):
            if len(named) > 1:
                raise click.UsageError(f"this command works on one {what} at a time", ctx)
        return super().invoke(ctx)


class FanningCommand(Command):
    """A command that can be run on many databases and schemas at once, each in a process of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_fan_options())

    def invoke(self, ctx: click.Context) -> Any:
        """Run on the one database that is named, or on each of them."""
        invocation = ctx.ensure_object(Invocation)
        if not self.fans_out(invocation):
            return super().invoke(ctx)
        from avdaily_sql.cli import fanning

        return fanning.run(invocation)

    def fans_out(self, invocation: Invocation) -> bool:
        """Return whether more than one database or schema is named."""
        return invocation.databases_file is not None or len(invocation.urls) > 1 or len(invocation.schemas) > 1


def _fan_options() -> list[click.Parameter]:
    def store(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            setattr(ctx.ensure_object(Invocation), str(parameter.name), value)

    return [
        click.Option(
            ["--databases", "databases_file"],
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="A file of database URLs, one a line: run on each. --database-url may be given several times, too.",
            expose_value=False,
            callback=store,
        ),
        click.Option(
            ["--jobs"],
            metavar="N",
            type=click.IntRange(1, 64),
            help="How many databases at a time; default 1.",
            expose_value=False,
            callback=store,
        ),
    ]


def without_options(words: list[str], options: tuple[str, ...]) -> list[str]:
    """Return a command line without some options that take a value, and without their values."""
    kept = []
    is_value = False
    for word in words:
        is_own = word in options or word.startswith(tuple(f"{option}=" for option in options))
        if not is_value and not is_own:
            kept.append(word)
        is_value = not is_value and word in options
    return kept


def command(
    name: str, *, cls: type[click.Command] = Command, **attributes: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command; its function is given the :class:`Invocation` first."""

    def declare(function: Callable[..., Any]) -> click.Command:
        return click.command(name, cls=cls, **attributes)(click.pass_obj(function))

    return declare


class Group(click.Group):
    """A group whose commands take the global options, too, and that suggests a name close to a misspelt one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(global_options())

    def command(self, *args: Any, **kwargs: Any) -> Any:
        """Declare a command of this group; its function is given the :class:`Invocation` first."""
        inner = super().command(*args, cls=Command, **kwargs)
        return lambda function: inner(click.pass_obj(function))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may have been meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            where = ctx.command_path
            hint = f"{where} {close[0]}" if close else f"{where} --help"
            raise click.UsageError(f'no such command "{args[0]}"; try: {hint}', ctx) from error
