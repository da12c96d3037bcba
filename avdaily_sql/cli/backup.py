"""The ``backup`` group: take a backup, list, verify and prune what is there, make a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from avdaily_sql import backup as backups
from avdaily_sql import oplog, server, sqltree
from avdaily_sql.cli.frame import Group, command
from avdaily_sql.cli.restore import bar
from avdaily_sql.output import table
from avdaily_sql.settings import remove_passwords

if TYPE_CHECKING:
    from collections.abc import Callable

    from avdaily_sql.backup import Listed
    from avdaily_sql.cli.frame import Invocation
    from avdaily_sql.output import Console


_OLD_HOURS = 24


@dataclass(frozen=True, slots=True)
class BackupList:
    """What ``backup list`` prints."""

    directory: str
    backups: tuple[Listed, ...]


@click.group("backup", cls=Group, invoke_without_command=True)
@click.option("--label", metavar="L", help="Added to the file's name: a-z, 0-9 and -, at most 40.")
@click.option("--anonymise", is_flag=True, help="Write a copy for development: every personal value is replaced.")
@click.pass_context
def backup(ctx: click.Context, *, label: str | None, anonymise: bool) -> None:
    """Back up the whole database into one compressed file, encrypted if there is a recipient.

    Example: avdaily-sql backup --label before-upgrade

    Never blocks writers, never overwrites a file, and leaves nothing half-written.
    """
    if ctx.invoked_subcommand is None:
        _take(ctx.obj, _anonymised if anonymise else _create, label)
    elif label is not None or anonymise:
        raise click.UsageError("--label and --anonymise go with backup itself", ctx)


def before_apply(invocation: Invocation, url: str, *, take: bool) -> None:
    """Take a backup before migrations, or say how old the newest one is."""
    console = invocation.console
    if take:
        console.note(f"backed up to {_create(invocation, url, 'before-apply').file}")
        return
    newest = backups.newest_of(invocation.settings, backups.database_name(url))
    if newest is None:
        console.warn("this database has no backup; take one first: avdaily-sql apply --backup")
        return
    hours = (datetime.now(UTC) - newest.started_at).total_seconds() / 3600
    console.note(f"the newest backup is {newest.path}, {hours:.1f} hours old")
    if hours > _OLD_HOURS:
        console.warn(f"the newest backup is {hours:.0f} hours old; take one first: avdaily-sql apply --backup")


def _take(
    invocation: Invocation, create: Callable[[Invocation, str, str | None], backups.Backup], label: str | None
) -> None:
    console = invocation.console
    made = create(invocation, server.resolve(invocation.settings, console.note).url, label)
    console.result(made, _text(made))


def _create(invocation: Invocation, url: str, label: str | None) -> backups.Backup:
    console, settings = invocation.console, invocation.settings
    with oplog.recorded(settings, "backup", backups.database_name(url), remove_passwords(url)) as words:
        made = backups.create(url, settings, _reports(console), now=datetime.now(UTC), label=label)
        words.append(made.file)
    console.progress_done()
    return made


def _anonymised(invocation: Invocation, url: str, label: str | None) -> backups.Backup:
    console, settings = invocation.console, invocation.settings
    rules = backups.read_rules(sqltree.find(settings), settings, _reports(console))
    with oplog.recorded(settings, "backup --anonymise", backups.database_name(url), remove_passwords(url)) as words:
        made = backups.create_anonymised(url, settings, _reports(console), rules, now=datetime.now(UTC), label=label)
        words.append(made.file)
    console.progress_done()
    return made


def _reports(console: Console) -> backups.Reports:
    return backups.Reports(progress=bar(console), warn=console.warn, note=console.note)


def _text(made: backups.Backup) -> str:
    rows = (
        ("bytes", f"{made.bytes} ({made.plain_bytes} plain)"),
        ("sha256", made.sha256),
        ("tables", str(made.tables)),
        ("migration", made.migration or "none"),
        ("encrypted", "yes" if made.encrypted else "no"),
        ("holds", "made-up people" if made.anonymised else "all data as it is"),
        ("took", f"{made.duration_ms} ms"),
    )
    return table(("backup", made.file), rows)


@command("list")
def list_backups(invocation: Invocation) -> None:
    """List the backups of the directory, the newest first.

    Example: avdaily-sql backup list

    Never reads a backup whole: that is what verify is for.
    """
    found = backups.listed(invocation.settings, invocation.console.note)
    text = table(
        ("file", "started at", "bytes", "database", "encrypted"),
        [
            (
                Path(each.file).name,
                f"{each.started_at:%Y-%m-%d %H:%M:%S}Z",
                str(each.bytes),
                each.database or "no manifest",
                "yes" if each.encrypted else "no",
            )
            for each in found.backups
        ],
    )
    empty = f"no backups in {found.directory}"
    invocation.console.result(BackupList(found.directory, found.backups), text if found.backups else empty)


@command("verify")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--full", is_flag=True, help="Restore it into a throwaway database and count.")
def verify(invocation: Invocation, *, file: Path | None, full: bool) -> int:
    """Say whether a backup is whole: checksums, end marker, no command of psql. Without FILE the newest.

    Example: avdaily-sql backup verify --full

    Never touches the database: --full makes another one, and drops it.
    """
    console, settings = invocation.console, invocation.settings
    file = file or backups.newest(settings)
    if full:
        url = server.resolve(settings, console.note).url
        verdict = backups.verify_full(url, file, settings, _reports(console), now=datetime.now(UTC))
        console.progress_done()
    else:
        verdict = backups.verify_quick(file, settings)
    lines = [f"whole ({verdict.level})  {verdict.file}"] if verdict.ok else [f"NOT WHOLE  {verdict.file}"]
    console.result(verdict, "\n".join([*lines, *(f"  {problem}" for problem in verdict.problems)]))
    return verdict.exit_code


@command("prune")
@click.option("--keep-daily", type=click.IntRange(0), default=7, show_default=True, metavar="N")
@click.option("--keep-weekly", type=click.IntRange(0), default=4, show_default=True, metavar="N")
@click.option("--keep-monthly", type=click.IntRange(0), default=12, show_default=True, metavar="N")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
def prune(invocation: Invocation, *, keep_daily: int, keep_weekly: int, keep_monthly: int, dry_run: bool) -> None:
    """Remove old backups; the newest of each day, week and month stays, as many as are asked for.

    Example: avdaily-sql backup prune --keep-daily 7 --keep-weekly 4 --keep-monthly 12 --dry-run

    Never removes the newest backup that is whole, and nothing at all when the newest is not.
    """
    console, settings = invocation.console, invocation.settings
    keep = backups.Keep(keep_daily, keep_weekly, keep_monthly)
    if dry_run:
        pruned = backups.plan_prune(settings, keep)
    else:
        with oplog.recorded(settings, "backup prune", "", backups.listed(settings).directory) as words:
            pruned = backups.prune(settings, keep)
            words.extend(pruned.removed)
    word = "would remove" if dry_run else "removed"
    lines = [f"{word}  {name}" for name in pruned.removed] or ["nothing to remove"]
    console.result(pruned, "\n".join([*lines, f"{len(pruned.kept)} stay"]))


@command("keygen")
def keygen(invocation: Invocation) -> None:
    """Write a new key for encrypted backups, and print the recipient to encrypt to.

    Example: BACKUP_AGE_IDENTITY_FILE=backup.key avdaily-sql backup keygen

    Never overwrites a key: without it, its backups could not be opened any more.
    """
    key = backups.keygen(invocation.settings)
    invocation.console.note(f"wrote {key.file}: keep a copy where no server is")
    invocation.console.result(key, key.recipient)


for _each in (list_backups, verify, prune, keygen):
    backup.add_command(_each)
