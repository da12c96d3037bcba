"""Alembic's revisions, as the SQL that Alembic itself writes for them in its offline mode.

https://alembic.sqlalchemy.org/en/latest/offline.html
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from avdaily_sql.errors import Failed, Unsupported, UsageError
from avdaily_sql.importing.foreign import (
    Foreign,
    has_statements,
    needs_no_transaction,
    without_statements,
)
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# "<base> -> 1a2b, first", "1a2b -> 3c4d (head), second", "1a2b, 3c4d -> 5e6f (mergepoint), merge"
_LINE = re.compile(r"(?P<down>\S+(?:, \S+)*) -> (?P<revision>[^ ,]+)(?P<marks>(?: \([^)]*\))*)(?:, (?P<message>.*))?")
_BOOKKEEPING = re.compile(
    r"(?:BEGIN|COMMIT|(?:CREATE TABLE|DROP TABLE|INSERT INTO|UPDATE|DELETE FROM) \"?alembic_version\b)", re.IGNORECASE
)


def read(directory: Path) -> Iterator[Foreign]:
    """Yield the revisions from the first to the head.

    :param directory: where ``alembic.ini`` is.
    :raises UsageError: no ``alembic.ini``, several heads, or a history that branches.
    :raises Unsupported: the program ``alembic`` is not on PATH.
    :raises Failed: Alembic could not write the SQL; with what it said last.
    """
    if not (directory / "alembic.ini").is_file():
        raise UsageError(f"no alembic.ini in {shown(directory)}", hint="Name the directory that holds it.")
    lines = [match for line in _run(directory, "history").splitlines() if (match := _LINE.fullmatch(line.strip()))]
    previous = "base"
    for number, line in enumerate(reversed(lines), 1):
        down = line["down"].replace("<base>", "base")
        if down != previous:
            raise UsageError(
                f"the history of {shown(directory)} branches at {line['revision']}",
                hint="A tree that branches has no one order: put its revisions into one line first.",
            )
        revision = line["revision"]
        forward = _sql(directory, "upgrade", f"{previous}:{revision}")
        backward = _sql(directory, "downgrade", f"{revision}:{previous}")
        words = re.sub(r"[^a-z0-9]+", "-", (line["message"] or revision).lower()).strip("-") or revision
        yield Foreign(
            str(number),
            words,
            f"Alembic revision {revision}",
            forward,
            backward if has_statements(backward) else None,
            not needs_no_transaction(forward),
        )
        previous = revision


def _sql(directory: Path, way: str, steps: str) -> str:
    text = without_statements(_run(directory, way, steps, "--sql"), _BOOKKEEPING)
    running = re.compile(r"^-- Running \w+.*\n", re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", running.sub("", text)).strip() + "\n"


def _run(directory: Path, *words: str) -> str:
    program = shutil.which("alembic")
    if program is None:
        raise Unsupported(
            "the program alembic is not on PATH", hint="Activate the environment in which the project runs it."
        )
    done = subprocess.run([program, *words], cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise Failed(f"alembic {' '.join(words)} failed", detail=lines[-1] if lines else None)
    return done.stdout
