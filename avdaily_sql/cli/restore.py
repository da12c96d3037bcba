"""The ``restore`` command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from avdaily_sql import backup as backups
from avdaily_sql import oplog, server
from avdaily_sql.cli.consent import command_line, confirm_option, consent_of, yes_option
from avdaily_sql.cli.frame import command
from avdaily_sql.output import table
from avdaily_sql.settings import remove_passwords

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.cli.frame import Invocation
    from avdaily_sql.output import Console


@dataclass(frozen=True, slots=True)
class Planned:
    """What ``--dry-run`` prints."""

    plan: Any


def bar(console: Console, width: int = 30) -> Callable[[str, int, int], None]:
    """Return what draws a step of a backup or restore as a bar, in one line of the terminal."""
    last = ["", -1]

    def draw(step: str, done: int, total: int) -> None:
        share = min(100, 100 * done // total) if total else 0
        if last == [step, share]:
            return
        last[:] = [step, share]
        filled = width * share // 100
        console.progress(f"[{'#' * filled}{'.' * (width - filled)}] {share:3}%  {step}", step=step, percent=share)

    return draw


@command("restore")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--into", metavar="NAME", help="Restore into a new database, and leave the one that is there alone.")
@click.option("--undo", is_flag=True, help="Bring back what the last restore or reset replaced.")
@click.option("--dry-run", is_flag=True, help="Check the file and the server, say what would happen, change nothing.")
@click.option("--without-manifest", is_flag=True, help="Go on although nothing says what the file must hold.")
@yes_option
@confirm_option
def restore(invocation: Invocation, *, file: Path | None, undo: bool, dry_run: bool, **arguments: Any) -> None:
    """Put a backup in the place of the database, which stays under another name.

    Example: avdaily-sql restore backups/avdaily_backup_2026-11-23_03-00-00.sql.gz

    Never touches the database before the backup is restored beside it, counted, and whole.
    """
    if undo == (file is not None):
        raise click.UsageError("give either a FILE or --undo", click.get_current_context())
    if undo and (arguments["into"] or dry_run or arguments["without_manifest"]):
        raise click.UsageError("--undo goes with --yes and --confirm only", click.get_current_context())
    console, settings = invocation.console, invocation.settings
    url = server.resolve(settings, console.note).url
    order = _order(invocation, file, arguments)
    if dry_run:
        planned = backups.plan(url, settings, order)
        console.progress_done()
        console.result(Planned(planned), _plan_text(planned))
        return
    name = arguments["into"] or backups.database_name(url)
    with oplog.recorded(settings, "restore --undo" if undo else "restore", name, remove_passwords(url)) as words:
        done = backups.undo(url, settings, order) if undo else backups.restore(url, settings, order)
        words += [done.file, f"kept {done.kept_as}"]
    console.progress_done()
    for warning in done.warnings:
        console.warn(warning)
    console.result(done, _text(done))


def _order(invocation: Invocation, file: Path | None, arguments: dict[str, Any]) -> backups.Order:
    console = invocation.console
    words = ["restore", str(file) if file is not None else "--undo"]
    if arguments["without_manifest"]:
        words.append("--without-manifest")
    return backups.Order(
        file=file or Path(),
        now=datetime.now(UTC),
        into=arguments["into"],
        without_manifest=arguments["without_manifest"],
        consent=consent_of(invocation, yes=arguments["yes"], confirm=arguments["confirm"]),
        command=command_line(invocation, *words),
        reports=backups.Reports(progress=bar(console), warn=console.warn, note=console.note),
    )


def _plan_text(planned: backups.Plan) -> str:
    place = f"replaced, and kept under another name ({planned.database_bytes} bytes, {planned.connections} sessions)"
    rows = (
        ("backup", planned.file),
        ("taken at", planned.taken_at or "unknown: no manifest"),
        ("holds", "unknown" if planned.rows is None else f"{planned.rows} rows in {planned.tables} tables"),
        ("migration", planned.migration or "none"),
        ("database", planned.database),
        ("it will be", place if planned.replaces else "made"),
        ("counts as", f"{planned.environment}{' (' + '; '.join(planned.reasons) + ')' if planned.reasons else ''}"),
        ("roles to make", ", ".join(planned.missing_roles) or "none"),
    )
    return table(("restore", "plan; nothing was changed"), rows)


def _text(done: backups.Restored) -> str:
    lines = [f"restored  {done.database}  {done.rows} rows in {done.tables} tables  from {done.file}"]
    if done.kept_as is not None:
        lines.append(f"kept      {done.kept_as}  closed for {done.swap_ms} ms; back again: avdaily-sql restore --undo")
    return "\n".join(lines)
