"""Alembic's revisions, as the SQL that Alembic itself writes for them in its offline mode.

https://alembic.sqlalchemy.org/en/latest/offline.html
"""

from __future__ import annotations

import os
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
# The table may have another name and schema; its column has not.
_VERSION = re.compile(
    r"^(?:CREATE TABLE (?P<created>\S+) \(\s*version_num VARCHAR"
    r"|INSERT INTO \S+ \(version_num\) VALUES"
    r"|UPDATE \S+ SET version_num="
    r"|DELETE FROM (?P<emptied>\S+) WHERE \S+\.version_num = )",
    re.MULTILINE,
)
_DIALECT = re.compile(r"Context impl (?P<name>\w+)Impl\b")


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
            not needs_no_transaction(backward),
        )
        previous = revision


def _sql(directory: Path, way: str, steps: str) -> str:
    text = _run(directory, way, steps, "--sql")
    tables = {re.escape(name) for match in _VERSION.finditer(text) for name in match.groups() if name}
    bookkeeping = "|".join(["BEGIN$", "COMMIT$", _VERSION.pattern[1:], *(f"DROP TABLE {name}$" for name in tables)])
    text = without_statements(text, re.compile(bookkeeping))
    running = re.compile(r"^-- Running \w+.*\n", re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", running.sub("", text)).strip() + "\n"


def _run(directory: Path, *words: str) -> str:
    program = shutil.which("alembic")
    if program is None:
        raise Unsupported(
            "the program alembic is not on PATH", hint="Activate the environment in which the project runs it."
        )
    done = subprocess.run(
        [program, *words],
        cwd=directory,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONUTF8": "1"},
        check=False,
    )
    said = done.stderr.decode(errors="replace")
    if done.returncode != 0:
        lines = (said or done.stdout.decode(errors="replace")).strip().splitlines()
        raise Failed(f"alembic {' '.join(words)} failed", detail=lines[-1] if lines else None)
    dialect = _DIALECT.search(said)
    if dialect and dialect["name"] != "Postgresql":
        raise UsageError(
            f"the project in {shown(directory)} writes SQL for {dialect['name']}, not for PostgreSQL",
            hint="Name a postgresql:// URL as sqlalchemy.url in its alembic.ini; no connection is made.",
        )
    try:
        return done.stdout.decode()
    except UnicodeDecodeError:
        raise Failed(f"alembic {' '.join(words)} wrote what is not UTF-8") from None
