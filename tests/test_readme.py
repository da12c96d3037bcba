"""What the documentation says can be typed, and where it points exists."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = str(Path(sys.prefix) / "bin" / "avdaily-sql")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def commands_of(page: Path) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.fixture
def playground(tmp_path):
    """A copy of the SQL with a project file beside it, so that `new` writes there, and a data directory of its own."""
    work = tmp_path / "checkout"
    work.mkdir()
    shutil.copytree(ROOT / "sql", work / "sql")
    shutil.copy2(ROOT / "pyproject.toml", work)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AVDAILY_", "DATABASE_URL", "PG"))}
    env |= {"HOME": str(tmp_path), "AVDAILY_DATA_DIR": str(tmp_path / "data")}

    def run(*words):
        return subprocess.run(
            [PROGRAM, *words],
            cwd=work,
            env=env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    yield run, work, env
    run("db", "stop")


def test_the_commands_of_the_readme_do_what_they_say(playground, database_url):
    run, work, env = playground
    ran = []
    for line in commands_of(ROOT / "README.md"):
        words = shlex.split(line)
        if words == ["python3", "avdaily", "test"]:
            continue  # this suite is that command
        if words[0] == "export":
            env["DATABASE_URL"] = database_url  # the reader's own server
            continue
        if words[:2] == ["python3", "avdaily"]:
            words = words[1:]
            env.pop("DATABASE_URL", None)
        if words[1] == "studio":
            assert answers_with_an_address(words[1:], work, env)
            continue
        done = run(*words[1:])
        # No terminal here: what asks needs --yes.
        if words[1] == "rollback":
            assert done.returncode == 6
            done = run(*words[1:], "--yes")
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        if words[1] == "new":
            fill_in(work)
        ran.append(words[1])
    assert ran[:5] == ["up", "status", "db", "db", "config"]
    assert ran[5:] == ["apply", "apply", "status", "new", "apply", "apply", "rollback"]


def answers_with_an_address(words: list[str], work: Path, env: dict[str, str]) -> bool:
    """Run what runs until it is ended, until it has said where it listens."""
    with subprocess.Popen(
        [PROGRAM, *words, "--no-open"], cwd=work, env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            return process.stdout.readline().startswith("http://127.0.0.1:")
        finally:
            process.terminate()


def fill_in(work: Path) -> None:
    """Write the change into the drafted pair, as its author would."""
    down = max((work / "sql" / "migrations").glob("*.rollback.sql"))
    up = down.with_name(down.name.replace(".rollback.sql", ".sql"))
    up.write_text(up.read_text() + "\nCREATE TABLE wallet_notes (id bigint PRIMARY KEY);\n")
    down.write_text(down.read_text() + "\nDROP TABLE wallet_notes;\n")
