"""What the documentation says can be typed, and where it points exists."""

from __future__ import annotations

import os
import re
import shlex
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
    import shutil

    work = tmp_path / "checkout"
    work.mkdir()
    shutil.copytree(ROOT / "sql", work / "sql")
    shutil.copy2(ROOT / "pyproject.toml", work)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AVDAILY_", "DATABASE_URL", "PG"))}
    env |= {"HOME": str(tmp_path), "AVDAILY_DATA_DIR": str(tmp_path / "data")}
    yield work, env
    subprocess.run([PROGRAM, "db", "stop"], cwd=work, env=env, capture_output=True, check=False)


def test_the_commands_of_the_readme_do_what_they_say(playground, database_url):
    work, env = playground
    ran = []
    for line in commands_of(ROOT / "README.md"):
        words = shlex.split(line)
        if words[:3] == ["python3", "avdaily", "test"]:
            continue  # this suite is that command
        if words[0] == "export":
            env["DATABASE_URL"] = database_url  # the reader's own server
            continue
        if words[:2] == ["python3", "avdaily"]:
            words = words[1:]
            env.pop("DATABASE_URL", None)
        expected = 0
        if words[1:2] == ["new"]:
            pair = True
        done = subprocess.run([PROGRAM, *words[1:]], cwd=work, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if words[1:2] == ["new"]:
            fill_in(work)
        if words[1:2] == ["rollback"]:
            expected = 6  # no terminal here: it asks, and needs --yes
            done_yes = subprocess.run([PROGRAM, *words[1:], "--yes"], cwd=work, env=env, capture_output=True, text=True, check=False)
            assert done_yes.returncode == 0, done_yes.stderr
        assert done.returncode == expected, f"{line}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        ran.append(words[1])
    assert ran == ["up", "status", "db", "db", "config", "apply", "apply", "status", "new", "apply", "apply", "rollback"]


def fill_in(work: Path) -> None:
    """Write the change into the drafted pair, as its author would."""
    down = max((work / "sql" / "migrations").glob("*.rollback.sql"))
    up = down.with_name(down.name.replace(".rollback.sql", ".sql"))
    up.write_text(re.sub(r"<[^>]*>|\bTODO\b", "x", up.read_text()) + "\nCREATE TABLE wallet_notes (id bigint PRIMARY KEY);\n")
    down.write_text(re.sub(r"<[^>]*>|\bTODO\b", "x", down.read_text()) + "\nDROP TABLE wallet_notes;\n")
