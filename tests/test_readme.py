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


@pytest.fixture
def server_of_the_reader(server, database_url):
    return {"DATABASE_URL": database_url, "AVDAILY_PG_BIN": str(server.bin)}


def test_the_commands_of_the_readme_do_what_they_say(playground, server_of_the_reader):
    run, work, env = playground
    ran, said = [], {}
    for line in commands_of(ROOT / "README.md"):
        words = shlex.split(line)
        if words == ["python3", "avdaily", "test"]:
            continue  # this suite is that command
        if words[0] == "export":
            env |= server_of_the_reader
            continue
        if words[:2] == ["python3", "avdaily"]:
            words = words[1:]
            for name in server_of_the_reader:
                env.pop(name, None)
        ran.append(words[1])
        if words[1] == "studio":
            assert answers_with_an_address(words[1:], work, env)
            continue
        done = run(*words[1:])
        # No terminal here: what asks needs --yes.
        if words[1] == "rollback":
            assert done.returncode == 6
            done = run(*words[1:], "--yes")
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        said[" ".join(words[1:])] = done.stdout
        if words[1] == "new":
            fill_in(work)
    assert ran[:2] == ["up", "studio"]
    assert ran[2:6] == ["new", "plan", "apply", "rollback"]
    assert ran[6:] == [
        "lint", "plan", "db", "queries", "queries", "run", "doctor", "backup", "backup", "backup", "apply", "apply",
        "status",
    ]  # fmt: skip
    assert "10000.00" in said["run get_wallet user_id=00000000-0000-7000-8000-000000000002"]


def test_what_the_readme_shows_is_what_the_commands_print(playground):
    """Line by line; what differs from machine to machine and from run to run may differ."""
    run, _, _ = playground
    (shown,) = re.findall(r"^```console\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    parts = re.findall(r"^\$ python3 avdaily ([^\n]+)\n(.*?)(?=^\$|\Z)", shown, re.MULTILINE | re.DOTALL)
    assert [words for words, _ in parts] == ["up", "status", "check"]
    for words, lines in parts:
        done = run(*words.split())
        assert done.returncode == 0, done.stderr
        printed = done.stdout.rstrip("\n").splitlines()
        expected = lines.rstrip("\n").removeprefix("…\n").splitlines()
        assert len(expected) > 1
        assert [alike(line) for line in printed[-len(expected) :]] == [alike(line) for line in expected], words


def alike(line: str) -> str:
    """Leave out times, durations, who it was and where the server is."""
    line = re.sub(r"host=\S+'", "host=…'", line)
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "…", line)
    return re.sub(r" +", " ", re.sub(r"\d+ ms( +\S+@\S+)?$", "… ms", line))


def test_the_python_of_the_readme_runs(playground):
    run, work, env = playground
    (program,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert run("up").returncode == 0
    env["DATABASE_URL"] = run("db", "url").stdout.strip()
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=work, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "10000.00\n"), done.stderr


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
    header = re.sub(
        r"^-- (Why|Locks|Runtime|Rollback): .*$", r"-- \1: as the test needs it.", up.read_text(), flags=re.M
    )
    up.write_text(f"{header}\nCREATE TABLE wallet_notes (id bigint, CONSTRAINT wallet_notes_pkey PRIMARY KEY (id));\n")
    down.write_text(down.read_text() + "\nDROP TABLE wallet_notes;\n")
