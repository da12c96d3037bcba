"""The Tab key in the real shells: commands, options, ids of migrations, names of queries, files of backups."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from avdaily_sql.cli.main import root
from tests.conftest import clean_environment
from tests.throwaway import REPOSITORY

PROGRAMS = Path(sys.executable).parent
# The lines of docs/completion.md, so that what is tested is what is written there.
LINES = dict(
    re.findall(
        r"^\| (bash|zsh|fish)[^|]*\| `((?:[^`|\\]|\\.)+)`", (REPOSITORY / "docs/completion.md").read_text(), re.M
    )
)
LINES = {shell: line.replace("\\|", "|") for shell, line in LINES.items()}


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "avdaily_backup_2026-01-02_03-04-05.sql.gz").write_bytes(b"")
    sql = tmp_path / "sql"
    (sql / "migrations").mkdir(parents=True)
    (sql / "queries").mkdir()
    for stem in ("0001.create-one", "0002.create-two"):
        (sql / "migrations" / f"{stem}.sql").write_text(f"-- {stem}: what is true then\nSELECT 1;\n")
    (sql / "queries" / "things.sql").write_text("-- name: list_things()\nSELECT 1 AS id;\n")
    return clean_environment(tmp_path / "home") | {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "AVDAILY_SQL_DIR": str(sql),
        "TERM": "dumb",
        "PS1": "$ ",
    }


def bash(line, environment, directory):
    """Call the function that Tab calls, with the words as bash would have split them."""
    script = f"""
        {LINES["bash"]}
        COMP_WORDS=({line}) COMP_CWORD={len(line.split()) - 1}
        [[ '{line}' == *' ' ]] && COMP_WORDS+=('') && COMP_CWORD=$((COMP_CWORD + 1))
        _avdaily_sql_completion avdaily-sql
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return ran(["bash", "--norc", "-c", script], environment, directory).split()


def fish(line, environment, directory):
    found = ran(["fish", "--no-config", "-c", f"{LINES['fish']}; complete -C '{line}'"], environment, directory)
    return [each.partition("\t")[0] for each in found.splitlines()]


def ran(command, environment, directory):
    done = subprocess.run(
        command, env=environment, cwd=directory, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == "", done.stderr
    return done.stdout


CASES = [
    ("avdaily-sql sta", "status"),
    ("avdaily-sql db env", "environment"),
    ("avdaily-sql rollback --st", "--steps"),
    ("avdaily-sql rollback --to 0002", "0002.create-two"),
    ("avdaily-sql apply --to 0001", "0001.create-one"),
    ("avdaily-sql seed --env st", "staging"),
    ("avdaily-sql run list", "list_things"),
    ("avdaily-sql queries show list", "list_things"),
    ("avdaily-sql db environment pr", "production"),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
@pytest.mark.parametrize("ask", [bash, pytest.param(fish, marks=pytest.mark.needs("fish"))], ids=["bash", "fish"])
def test_tab_completes_what_was_begun(ask, line, expected, environment, tmp_path):
    found = ask(line, environment, tmp_path)
    assert [word for word in found if word not in {"plain"} and not word.startswith("plain,")] == [expected]


class Terminal:
    """A shell at a terminal, as a person has it: keys go in, what is shown comes out."""

    def __init__(self, command, environment, directory):
        self.shown = ""
        self.descriptor, theirs = pty.openpty()
        # setsid makes the terminal the shell's own, as a terminal's program does.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            cwd=directory,
            start_new_session=True,
        )
        os.close(theirs)

    def type(self, keys):
        os.write(self.descriptor, keys.encode())

    def wait_for(self, pattern, seconds=30):
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.shown):
            ready, _, _ = select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{pattern} was not shown, but: {self.shown!r}"
            self.shown += os.read(self.descriptor, 4096).decode(errors="replace")
        before, self.shown = self.shown, ""
        return before

    def close(self):
        self.type("\x15exit\n")
        try:
            self.process.wait(timeout=20)
        finally:
            self.process.kill()
            os.close(self.descriptor)


@pytest.mark.parametrize(
    ("shell", "start"),
    [
        ("bash", ["bash", "--norc", "-i"]),
        pytest.param("zsh", ["zsh", "-f", "-i"], marks=pytest.mark.needs("zsh")),
    ],
    ids=["bash", "zsh"],
)
def test_a_person_types_a_number_and_tab_writes_the_rest(shell, start, environment, tmp_path):
    terminal = Terminal(start, environment, tmp_path)
    try:
        if shell == "zsh":
            terminal.type("autoload -Uz compinit && compinit -D -u\n")
        terminal.type(LINES[shell] + "\n")
        # What the shell itself would only echo does not count: the marks come from a command.
        terminal.type("echo rea''dy\n")
        terminal.wait_for("ready")
        terminal.type("avdaily-sql rollback --to 0002\t")
        terminal.wait_for(r"0002\.create-two")
        terminal.type("\x15avdaily-sql sta\t")
        terminal.wait_for("status")
    finally:
        terminal.close()


def test_a_mistake_in_the_files_completes_nothing_and_says_nothing(environment, tmp_path):
    (tmp_path / "sql" / "migrations" / "0002.other.sql").write_text("SELECT 1;\n")
    assert bash("avdaily-sql rollback --to 000", environment, tmp_path) == []
    assert bash("avdaily-sql --database-url mysql://h rollback --to 000", environment, tmp_path) == []


def test_each_id_comes_with_what_its_first_line_says(environment, tmp_path):
    asked = {"_AVDAILY_SQL_COMPLETE": "fish_complete", "COMP_WORDS": "avdaily-sql apply --to ", "COMP_CWORD": "0002"}
    shown = ran(["avdaily-sql"], environment | asked, tmp_path)
    assert shown.strip() == "plain,0002.create-two\twhat is true then"


def test_queries_and_backups_are_completed_by_name(environment, tmp_path):
    from avdaily_sql import settings
    from avdaily_sql.cli import completion

    found = settings.load(environ=environment, working_directory=tmp_path)
    assert [name for name, _ in completion._VALUES["run", "name"](found)] == ["list_things"]
    assert [name for name, _ in completion._VALUES["restore", "file"](found)] == [
        "backups/avdaily_backup_2026-01-02_03-04-05.sql.gz"
    ]


def test_what_is_completed_is_a_parameter_of_its_command():
    from avdaily_sql.cli import completion

    known = {}
    for path, name in completion._VALUES:
        command, ctx = root, click.Context(root)
        for word in path.split():
            command = command.get_command(ctx, word) if isinstance(command, click.Group) else None
        if command is not None:
            known.setdefault(path, set()).add(name in {parameter.name for parameter in command.params})
    assert {"apply", "rollback", "plan", "db environment"} <= known.keys()
    assert {path: True in found for path, found in known.items()} == dict.fromkeys(known, True)


def test_ids_of_migrations_are_found_without_the_driver_and_without_yoyo(environment):
    code = (
        "import sys; from avdaily_sql import settings; from avdaily_sql.cli import completion\n"
        "assert [each for each, _ in completion._VALUES['apply', 'to'](settings.load())] == "
        "['0001.create-one', '0002.create-two']\n"
        "print([name for name in ('psycopg', 'yoyo', 'sqlparse') if name in sys.modules])"
    )
    assert ran([sys.executable, "-c", code], environment, REPOSITORY).strip() == "[]"
