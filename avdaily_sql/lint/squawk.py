"""The only module that knows squawk: its program, its configuration, its output.

It is given copies of the files: without the data of COPY, which it takes for SQL, and without its own opt-outs, which
have no reason. What it reports is led back to the place in the file itself.

https://squawkhq.com/docs/
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from avdaily_sql.errors import Failed, Unsupported, UsageError
from avdaily_sql.sqltree import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.migrations.files import SqlFile

INSTALL_HINT = "pip install 'avdaily-sql[lint]'"
# Ours says it for DROP INDEX, REINDEX and DETACH PARTITION as well.
_OURS = ("ban-concurrent-index-creation-in-transaction",)
# Dropping and taking back is what a rollback is for.
_DROPPING = (
    *("ban-drop-column", "ban-drop-constraint", "ban-drop-domain", "ban-drop-function", "ban-drop-index"),
    *("ban-drop-policy", "ban-drop-table", "ban-drop-trigger", "ban-drop-view"),
)
_DEFAULT_CONFIG = Path(__file__).with_name("squawk.toml")


class Report(NamedTuple):
    """One finding of squawk at a byte of a file."""

    file: SqlFile
    start: int
    rule: str
    message: str


class Batch(NamedTuple):
    """Files that are judged in the same way."""

    files: Sequence[SqlFile]
    transactional: bool
    is_rollback: bool


def find() -> str:
    """Return the program: the one installed beside this Python, else the one on PATH.

    :raises Unsupported: there is none.
    """
    beside = Path(sys.executable).with_name("squawk")
    found = str(beside) if beside.is_file() else shutil.which("squawk")
    if found is None:
        raise Unsupported("squawk is not installed, and lint runs it", hint=f"Run: {INSTALL_HINT}")
    return found


def configuration(root: Path) -> Path:
    """Return the nearest ``.squawk.toml`` upwards from the SQL directory, else the one that comes with us."""
    root = root.resolve()
    candidates = [folder / ".squawk.toml" for folder in (root, *root.parents)]
    return next((path for path in candidates if path.is_file()), _DEFAULT_CONFIG)


def judge(program: str, config: Path, batch: Batch) -> Iterator[Report]:
    """Yield what squawk finds in a batch of files.

    :raises UsageError: the configuration cannot be read.
    :raises Failed: squawk did not answer.
    """
    if not batch.files:
        return
    excluded = [*_excluded_rules(config), *_OURS, *(_DROPPING if batch.is_rollback else ())]
    transaction = "--assume-in-transaction" if batch.transactional else "--no-assume-in-transaction"
    with tempfile.TemporaryDirectory(prefix="avdaily-lint-") as directory:
        copies = {}
        for number, file in enumerate(batch.files):
            path = Path(directory) / f"{number}.sql"
            copies[str(path)] = _Copy(file)
            path.write_bytes(copies[str(path)].text)
        arguments = [program, "--config", str(config), "--reporter", "json", transaction]
        done = subprocess.run(
            [*arguments, "--exclude", ",".join(excluded), *copies], check=False, capture_output=True, text=True
        )
        for found in _answer(done):
            copy = copies[found["file"]]
            offset = copy.original(int(found["line"]), int(found["column"]))
            text = " ".join(part for part in (found["message"], found["help"]) if part)
            yield Report(copy.file, offset, found["rule_name"], " ".join(text.split()))


def _excluded_rules(config: Path) -> list[str]:
    try:
        known = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"could not read {shown(config)}: {error}") from None
    # A list on the command line takes the place of the one in the file.
    return [str(rule) for rule in known.get("excluded_rules", [])]


def _answer(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    try:
        answer: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    except ValueError:
        answer = []
    if done.returncode not in {0, 1} or (done.returncode == 1 and not answer):
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise Failed(f"squawk failed with exit code {done.returncode}", detail=lines[-1] if lines else None)
    return answer


class _Copy:
    """What squawk sees of a file; the parts that were cut out leave a shift behind them."""

    def __init__(self, file: SqlFile) -> None:
        self.file = file
        kept = []
        self._starts: list[tuple[int, int]] = []
        position = length = 0
        for statement in file.statements:
            if statement.copy is None:
                continue
            # COPY stays, and so does its semicolon; the data and the line that ends it go.
            kept.append(bytes(file.text[position : statement.copy.offset]))
            self._starts.append((length, position))
            length += len(kept[-1])
            position = file.text.find(b"\n", statement.copy.offset + statement.copy.length) + 1 or len(file.text)
        kept.append(bytes(file.text[position:]))
        self._starts.append((length, position))
        self.text = b"".join(kept).replace(b"squawk-ignore", b"squawk_ignore")

    def original(self, line: int, column: int) -> int:
        """Return the byte of the file that squawk means; it counts lines and bytes from 0."""
        start = 0
        for _ in range(line):
            start = self.text.find(b"\n", start) + 1
        offset = min(start + column, max(len(self.text) - 1, 0))
        copied, position = next(pair for pair in reversed(self._starts) if pair[0] <= offset)
        return position + offset - copied
