"""The commands that run migrations, or show what they would do: ``apply``, ``rollback``, ``plan``; and ``new``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from avdaily_sql import migrations, sqltree
from avdaily_sql.cli.frame import FanningCommand, Invocation, command
from avdaily_sql.cli.progress import Progress, count_of
from avdaily_sql.output import table
from avdaily_sql.settings import Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def milliseconds(_: click.Context, __: click.Parameter, value: str) -> int:
    """Return what a person wrote as a time, such as 2s, in milliseconds."""
    try:
        return migrations.duration_ms(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _first_schema(ctx: click.Context, _: click.Parameter, values: tuple[str, ...]) -> str:
    """Remember all of them: more than one is a run for each."""
    ctx.ensure_object(Invocation).schemas = values
    return values[0] if values else "public"


def _schema_option(more: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--schema",
        multiple=True,
        metavar="NAME",
        callback=_first_schema,
        help=f"The schema of the tables; default public.{more}",
    )


SCHEMA = _schema_option(" Given several times: one after the other, each with its history.")
ONE_SCHEMA = _schema_option()


def wait_option(default: str, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare how long a command may wait."""
    return click.option("--wait", callback=milliseconds, default=default, metavar=default, help=text)


WAIT = wait_option("60s", "How long the run may wait in all, for another run and for locks.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Show what would run, and change nothing.")
_LOCK_TIMEOUT = click.option(
    "--lock-timeout",
    callback=milliseconds,
    default="2s",
    metavar="2s",
    help="How long one statement may wait for a lock; then the file is tried again.",
)


@command("apply", cls=FanningCommand)
@click.option("--to", metavar="ID", help="Apply up to this migration: its id, or its number.")
@_DRY_RUN
@click.option("--backup", "take_backup", is_flag=True, help="Take a backup first; in production its age is shown.")
@_LOCK_TIMEOUT
@WAIT
@SCHEMA
def apply(
    invocation: Invocation,
    *,
    to: str | None,
    dry_run: bool,
    take_backup: bool,
    lock_timeout: int,
    wait: int,
    schema: str,
) -> None:
    """Apply the pending migrations.

    Example: avdaily-sql apply --dry-run

    Never leaves a part of a file behind: each commits together with its record, or not at all.
    """
    options = migrations.Options(
        schema=schema,
        environment=invocation.settings.environment.name,
        to=to,
        lock_timeout_ms=lock_timeout,
        wait_seconds=wait / 1000,
        after_lock=_refuse_if_held,
    )
    if dry_run:
        _show_plan(invocation, migrations.plan, options)
        return
    tree, url = tree_and_url(invocation)
    if take_backup or invocation.settings.environment is Environment.production:
        from avdaily_sql.cli.backup import before_apply

        before_apply(invocation, url, take=take_backup)
    result = migrations.apply(url, tree, options, Progress(invocation.console))
    text = "" if result.applied or result.marked else f"nothing to apply: {result.already_applied} applied"
    if result.pending:
        text += f"{'; ' if text else ''}{len(result.pending)} pending after {to}"
    invocation.console.result(result, text)


@command("plan", cls=FanningCommand)
@click.option("--to", metavar="ID", help="Up to this migration: its id, or its number.")
@click.option("--trace", is_flag=True, help="Run it on a scratch copy, and show what each statement really does.")
@SCHEMA
def plan(invocation: Invocation, *, to: str | None, trace: bool, schema: str) -> None:
    """Show what apply would run, with the locks to expect.

    Example: avdaily-sql plan --trace

    Never takes a lock, and changes nothing in the database: --trace works on a scratch copy beside it, and drops it.
    """
    options = migrations.Options(schema=schema, environment=invocation.settings.environment.name, to=to)
    if trace:
        from avdaily_sql.cli.trace import show_trace

        show_trace(invocation, *tree_and_url(invocation), options)
        return
    _show_plan(invocation, migrations.plan, options)


@command("rollback", cls=FanningCommand)
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="How many; default 1.")
@click.option("--to", metavar="ID", help="Everything after this migration, which stays applied.")
@click.option("--all", "everything", is_flag=True, help="Everything.")
@_DRY_RUN
@click.option("--yes", is_flag=True, help="Go on without asking (not in production).")
@click.option("--confirm", metavar="NAME", help="The name of the database that is meant; production needs it.")
@_LOCK_TIMEOUT
@WAIT
@SCHEMA
def rollback(invocation: Invocation, *, yes: bool, confirm: str | None, dry_run: bool, **arguments: Any) -> None:
    """Undo the newest migrations.

    Example: avdaily-sql rollback --dry-run

    Never runs before all steps were judged and a person agreed.
    """
    scope, words = _scope(arguments["steps"], arguments["to"], everything=arguments["everything"])
    options = migrations.Options(
        schema=arguments["schema"],
        environment=invocation.settings.environment.name,
        lock_timeout_ms=arguments["lock_timeout"],
        wait_seconds=arguments["wait"] / 1000,
        after_lock=_refuse_if_held,
        agree=_asks(invocation, words, yes=yes, confirm=confirm),
        **scope,
    )
    if dry_run:
        _show_plan(invocation, migrations.plan_rollback, options)
        return
    tree, url = tree_and_url(invocation)
    result = migrations.rollback(url, tree, options, Progress(invocation.console))
    invocation.console.result(result, "" if result.rolled_back else "nothing to roll back")


def _scope(steps: int | None, to: str | None, *, everything: bool) -> tuple[dict[str, Any], list[str]]:
    """Return the options for how far to go back, and the words that say it again."""
    if sum((steps is not None, to is not None, everything)) > 1:
        raise click.UsageError("--steps, --to and --all exclude each other", click.get_current_context())
    if to is not None:
        return {"to": to}, ["--to", to]
    if everything:
        return {"steps": None}, ["--all"]
    return {"steps": steps or 1}, [] if steps is None else ["--steps", str(steps)]


def _asks(invocation: Invocation, words: list[str], *, yes: bool, confirm: str | None) -> Callable[..., None]:
    from avdaily_sql import guards
    from avdaily_sql.cli.consent import command_line, consent_of

    def agree(conn: Any, planned: Sequence[migrations.Planned]) -> None:
        assessment = guards.assess(conn, invocation.settings)
        consent = consent_of(invocation, yes=yes, confirm=confirm)
        again = command_line(invocation, "rollback", *words)
        invocation.console.note(f"to roll back, in this order: {', '.join(step.id for step in planned)}")
        action = f"roll back {count_of(len(planned))}"
        guards.require_consent(assessment, consent, invocation.settings, action=action, command=again)

    return agree


@command("new")
@click.argument("name")
@click.option("--from-database", is_flag=True, help="Draft both from what the database has and no file builds.")
@ONE_SCHEMA
def new(invocation: Invocation, *, name: str, from_database: bool, schema: str) -> None:
    """Write the next pair of migration files.

    Example: avdaily-sql new add-wallet-notes

    Never overwrites a file; connects only to draft, and changes nothing in the database then.
    """
    if from_database:
        from avdaily_sql.cli.drafting import draft

        draft(invocation, name, schema)
        return
    result = migrations.draft(sqltree.find(invocation.settings), name)
    invocation.console.result(result, "\n".join(f"written  {path}" for path in result.files))


def tree_and_url(invocation: Invocation) -> tuple[sqltree.SqlTree, str]:
    """Return the files and the database of this invocation; a wrong directory is told before a server is started."""
    tree = sqltree.find(invocation.settings)
    sqltree.list_migrations(tree)
    url = invocation.settings.database_url
    if url is None:
        # Imported only now: where the URL is given there is no server of ours to look for.
        from avdaily_sql import server

        url = server.resolve(invocation.settings, invocation.console.note).url
    else:
        from avdaily_sql import maintenance

        maintenance.recover(url, invocation.console.note)
    return tree, url


def _refuse_if_held(conn: Any) -> None:
    from avdaily_sql import maintenance

    maintenance.refuse_if_held(conn)


def _show_plan(
    invocation: Invocation, judge: Callable[..., migrations.PlanResult], options: migrations.Options
) -> None:
    tree, url = tree_and_url(invocation)
    result = judge(url, tree, options)
    for text in result.warnings:
        invocation.console.warn(text)
    rows = [
        (
            planned.id,
            str(planned.statements),
            "yes" if planned.transactional else "no",
            planned.locks[0] if planned.locks else "none",
            ", ".join(planned.rewrites),
        )
        for planned in result.plan
    ]
    headings = ("migration", "statements", "one transaction", "strongest lock", "may rewrite")
    for each in result.marked:
        invocation.console.note(f"{each} would be marked in the place of the files that it replaces, and not run")
    invocation.console.result(result, table(headings, rows) if rows or result.marked else "nothing to do")
