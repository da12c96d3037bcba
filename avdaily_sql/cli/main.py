"""The entry point: finds the command, renders the one error, returns the documented exit code."""

from __future__ import annotations

import gc
import importlib
import keyword
import os
import signal
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from avdaily_sql import __version__
from avdaily_sql.cli.frame import Group, Invocation, without_options
from avdaily_sql.errors import AvDailyError, Failed, Misdirected, Terminated, UsageError
from avdaily_sql.output import Console, discard

if TYPE_CHECKING:
    from types import FrameType

# name → module and its first line of help; the module is imported only when the command is called or helped.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("avdaily_sql.cli.up", "Start, migrate, seed and show a database: all of it for a first run."),
    "apply": ("avdaily_sql.cli.migrations", "Apply the pending migrations."),
    "rollback": ("avdaily_sql.cli.migrations", "Undo the newest migrations."),
    "status": ("avdaily_sql.cli.status", "Show which migrations are applied, pending or changed."),
    "plan": ("avdaily_sql.cli.migrations", "Show what apply would run, with the locks to expect."),
    "new": ("avdaily_sql.cli.migrations", "Write the next pair of migration files."),
    "push": ("avdaily_sql.cli.push", "Undo the newest file and apply it again as it stands now."),
    "lint": ("avdaily_sql.cli.lint", "Judge the migration files by squawk's rules and ours."),
    "verify": (
        "avdaily_sql.cli.verify",
        "Prove that every file can be undone, and that the live schema is what the files build.",
    ),
    "baseline": ("avdaily_sql.cli.baseline", "Adopt a database that already has what the files build."),
    "repair": ("avdaily_sql.cli.repair", "Accept an edited file after the fact, with a reason."),
    "squash": ("avdaily_sql.cli.squash", "Write one pair of files in the place of many."),
    "import": ("avdaily_sql.cli.importing", "Write pairs of files from another tool's migrations."),
    "deploy": (
        "avdaily_sql.cli.deploy",
        "Apply what a new version needs before it, or what the old one leaves behind.",
    ),
    "backfill": ("avdaily_sql.cli.backfill", "Change the data of a large table in small batches."),
    "seed": ("avdaily_sql.cli.seed", "Put the first rows into a migrated database."),
    "run": ("avdaily_sql.cli.queries", "Run a named query."),
    "queries": ("avdaily_sql.cli.queries", "List, show and check the named queries."),
    "backup": (
        "avdaily_sql.cli.backup",
        "Back up the whole database into one compressed file, encrypted if there is a recipient.",
    ),
    "restore": (
        "avdaily_sql.cli.restore",
        "Put a backup in the place of the database, which stays under another name.",
    ),
    "reset": (
        "avdaily_sql.cli.reset",
        "Replace the database by a new one: all migrations, and the seeds of its environment.",
    ),
    "ops": ("avdaily_sql.cli.ops", "Look at what was done to the database, and by whom."),
    "check": ("avdaily_sql.cli.check", "Check the data: balances, ledger, owners, groups, audit chain."),
    "docs": ("avdaily_sql.cli.docs", "Write the pages of the schema and of the commands."),
    "doctor": ("avdaily_sql.cli.doctor", "Look for what is wrong with machine, server and database."),
    "studio": ("avdaily_sql.cli.studio", "Look at the data in the web browser; Ctrl-C ends it."),
    "metrics": ("avdaily_sql.cli.metrics", "Print figures of the database as Prometheus reads them."),
    "config": ("avdaily_sql.cli.config", "Show each setting and where it came from."),
    "db": ("avdaily_sql.cli.db", "Start, stop and look at the database server."),
}


class RootGroup(Group):
    """The top level; imports a command's module at its first use, so that each start is quick."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Import the one command that is asked for."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[name][0])
        found: click.Command = getattr(module, f"{name}_" if keyword.iskeyword(name) else name)
        if "_AVDAILY_SQL_COMPLETE" in os.environ:
            # A shell asks; every other start does without the module that answers.
            from avdaily_sql.cli import completion

            return completion.attach(found, name)
        return found

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_module, line) in COMMANDS.items()])


@click.group("avdaily-sql", cls=RootGroup, invoke_without_command=False)
@click.version_option(__version__, prog_name="avdaily-sql")
@click.pass_context
def root(ctx: click.Context) -> None:
    """Run the AV-Daily database: migrations, server, seeds and queries in plain SQL.

    Example: avdaily-sql up

    Never touches a production database without saying so first.
    """
    ctx.ensure_object(Invocation)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and exit with its code; every error is rendered here and nowhere else."""
    invocation = Invocation()
    # Known before parsing, so that a usage error is JSON as well.
    words = sys.argv[1:] if arguments is None else arguments
    invocation.words = words
    invocation.console.json_output = "--json" in words
    invocation.console.log_json = "--log-format=json" in words or ("--log-format", "json") in pairwise(words)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        _require_streams()
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = root.main(words, prog_name="avdaily-sql", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
    except AvDailyError as error:
        invocation.console.error(_complete(error, words))
        code = error.exit_code
    except click.UsageError as error:
        invocation.console.error(_from_click(error))
        code = 2
    except click.ClickException as error:
        invocation.console.error(Failed(error.format_message()))
        code = 1
    except (KeyboardInterrupt, click.exceptions.Abort, _Ending) as ending:
        ended = Terminated("terminated") if isinstance(ending, _Ending) else Interrupted("interrupted")
        invocation.console.error(ended)
        code = ended.exit_code
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does: no message.
        discard(sys.stdout)
        code = 141
    except Exception as error:  # the last resort: a fault of ours must not pour out frames
        if isinstance(error, OSError) and _is_of_output(error):
            invocation.console.error(_lost(error))
            sys.exit(1)
        if invocation.console.verbose:
            raise
        hint = "Run it again with --verbose for the traceback, and report it."
        invocation.console.error(Failed(f"internal error: {type(error).__name__}: {error}", hint=hint))
        code = 1
    # The interpreter's last search for garbage would take a fifth of a short command's time; nothing is left to find.
    gc.freeze()
    sys.exit(code if isinstance(code, int) else 0)


def _require_streams() -> None:
    """:raises Failed: standard output is closed, so that the first file that we open would take its place."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (until the process ends)
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        raise Failed("standard output is closed", hint="Nothing was done. To see nothing, use: >/dev/null")


def _is_of_output(error: OSError) -> bool:
    """Tell whether an error came out of a write to standard output: of ours, of click's, or of the flush at the end."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = last.tb_frame.f_globals.get("__name__", "") if last is not None else ""
    return where in (__name__, Console.__module__) or where.partition(".")[0] == "click"


def _lost(error: OSError) -> Failed:
    discard(sys.stdout)
    return Failed(
        f"could not write to standard output: {error.strerror}",
        detail="Only what was to be shown is lost: what the command had done by then stays done.",
    )


class Interrupted(AvDailyError):
    """Ctrl-C (exit code 130)."""

    exit_code = 130


class _Ending(BaseException):
    """SIGTERM on its way up: not an Exception, or those that drivers catch around their imports would swallow it."""


def _terminate(_: int, __: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Ending


def _complete(error: AvDailyError, words: list[str]) -> AvDailyError:
    """Let the hint of an error that wants another server end in the command that was given, without its URL."""
    if isinstance(error, Misdirected):
        import shlex

        error.hint = f"{error.hint} {shlex.join(without_options(words, ('--database-url',)))}"
    return error


def _from_click(error: click.UsageError) -> UsageError:
    path = error.ctx.command_path if error.ctx else "avdaily-sql"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        # Its message would be the whole help.
        return UsageError("no command is given", hint=f"Run: {path} --help")
    # A choice that is missing is listed by click over several lines.
    message = " ".join(error.format_message().split()).rstrip(".")
    return UsageError(message[:1].lower() + message[1:], hint=_value_for(error, path) or f"Run: {path} --help")


def _value_for(error: click.UsageError, path: str) -> str | None:
    """Return how an option is written that was given without its value."""
    if not isinstance(error, click.BadOptionUsage) or "requires an argument" not in error.message or not error.ctx:
        return None
    for option in error.ctx.command.params:
        if isinstance(option, click.Option) and error.option_name in option.opts:
            return f"Write it as: {path} {error.option_name} {option.make_metavar(error.ctx)}  ({option.help})"
    return None
