"""How a command asks before it destroys: its two options, the prompt at a terminal, and the line to run again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from avdaily_sql.guards import Consent
from avdaily_sql.settings import remove_passwords

if TYPE_CHECKING:
    from avdaily_sql.cli.frame import Invocation

yes_option = click.option("--yes", is_flag=True, help="Go on without asking (not in production).")
confirm_option = click.option(
    "--confirm", metavar="NAME", help="The name of the database that is meant; production needs it."
)


def consent_of(invocation: Invocation, *, yes: bool, confirm: str | None) -> Consent:
    """Return what the person has said; asked further only at a terminal, and never with ``--json``."""
    interactive = sys.stdin.isatty() and sys.stderr.isatty() and not invocation.console.json_output
    return Consent(yes, confirm, _ask if interactive else None)


def _ask(question: str) -> str:
    answer: str = click.prompt(question, prompt_suffix="", default="", show_default=False, err=True)
    return answer


def command_line(invocation: Invocation, *words: str) -> list[str]:
    """Return the command as it can be run again, with the flags that said which database, without its password."""
    line = ["avdaily-sql"]
    url, directory = (invocation.flags.get(name) for name in ("DATABASE_URL", "AVDAILY_SQL_DIR"))
    if url:
        line += ["--database-url", remove_passwords(url)]
    if directory:
        line += ["--sql-dir", directory]
    return [*line, *words]
