"""What holds for every command: options, help, errors, exit codes."""

from __future__ import annotations

import importlib
import json
import keyword
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from avdaily_sql.cli.main import COMMANDS
from tests.commands import commands

PROGRAM = str(Path(sys.prefix) / "bin" / "avdaily-sql")


def run(*arguments, env=None, cwd=None):
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, env=os.environ | (env or {}), cwd=cwd, check=False
    )


ALL = {f"avdaily-sql {name}": command for name, command in commands()}


@pytest.mark.parametrize("name", ALL)
def test_help_is_an_imperative_line_an_example_and_what_it_never_does(name):
    text = ALL[name].help
    first = text.splitlines()[0]
    assert first.endswith(".")
    assert len(first) <= 100
    assert any(line.strip().startswith("Example: ") and name in line for line in text.splitlines())
    assert "Never" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_help_of_the_first_page_is_the_commands_own_first_line(name):
    assert COMMANDS[name][1] == ALL[f"avdaily-sql {name}"].help.splitlines()[0]


@pytest.mark.parametrize("name", ALL)
def test_every_command_takes_the_global_options_after_its_name(name):
    taken = {option for parameter in ALL[name].params for option in parameter.opts}
    assert {"--database-url", "--sql-dir", "--json", "--quiet", "--verbose"} <= taken


def test_global_options_work_before_and_after_the_command(tmp_path):
    url = "postgresql://u@h/d"
    before = run("--database-url", url, "--json", "config", cwd=tmp_path)
    after = run("config", "--database-url", url, "--json", cwd=tmp_path)
    assert before.stdout == after.stdout
    settings = {row["name"]: row for row in json.loads(after.stdout)["settings"]}
    assert settings["DATABASE_URL"] == {"name": "DATABASE_URL", "value": url, "source": "flag"}


def test_an_unknown_command_names_the_one_that_was_meant():
    done = run("aply")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == 'Error: no such command "aply"; try: avdaily-sql apply'


def test_a_misspelt_option_is_one_line_with_the_way_to_help():
    done = run("status", "--exit-cod")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--exit-cod" in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[-1] == "Hint: Run: avdaily-sql status --help"


@pytest.mark.parametrize("path", [(), ("db",), ("queries",)])
def test_without_a_command_the_error_is_one_line_with_the_way_to_help(path):
    done = run(*path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "Error: no command is given",
        f"Hint: Run: {' '.join(('avdaily-sql', *path))} --help",
    ]


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("postgresql://u:p%ZZsecret@h/d", "percent-encoded"),
        ("postgresql://u:p%ZZ@secret@h/d", "percent-encoded"),
        ("postgresql://u:secret@[::1/d", "IPv6"),
        ("postgresql://u:secret@h/d?sslmoed=require", '"sslmoed"'),
    ],
)
@pytest.mark.parametrize("command", [("apply",), ("status",), ("seed",), ("db", "status"), ("db", "psql"), ("up",)])
def test_a_url_that_libpq_cannot_read_is_a_usage_error_that_does_not_show_the_password(command, url, wrong):
    done = run(*command, env={"DATABASE_URL": url})
    assert (done.returncode, done.stdout) == (2, "")
    first, hint = done.stderr.splitlines()
    assert first.startswith("Error: DATABASE_URL cannot be read: ")
    assert wrong in first
    assert hint.startswith("Hint: ")
    assert "secret" not in done.stderr
    assert "p%ZZ" not in done.stderr


def test_ctrl_c_while_the_program_is_still_being_loaded_shows_no_traceback(tmp_path):
    loading = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n"
    (tmp_path / "click.py").write_text(loading)
    done = run("status", env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_a_working_directory_that_is_gone_is_one_line(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD" && exec "$0" status', PROGRAM], capture_output=True, text=True, cwd=gone, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == "Error: the working directory is gone"


def test_with_json_an_error_is_one_object_on_stderr_and_stdout_stays_empty():
    done = run("--json", "aply")
    assert (done.returncode, done.stdout) == (2, "")
    error = json.loads(done.stderr)["error"]
    assert set(error) == {"message", "detail", "hint", "sqlstate", "file", "line", "column", "exit_code"}
    assert error["exit_code"] == 2


def test_config_shows_sources_and_hides_passwords(tmp_path):
    (tmp_path / ".env").write_text("BACKUP_DIR=/srv/backups\n")
    done = run("config", env={"DATABASE_URL": "postgresql://u:hunter%402@h/d"}, cwd=tmp_path)
    assert done.returncode == 0
    assert "hunter" not in done.stdout
    assert "postgresql://u:***@h/d" in done.stdout
    assert str(tmp_path / ".env") in done.stdout


def test_a_reader_that_goes_away_gets_no_traceback():
    done = subprocess.run(f"{PROGRAM} config | head -n 1", shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith("name")


@pytest.mark.parametrize("words", ["config", "config --json", "--help", "--version", "queries list", "lint"])
@pytest.mark.needs("linux")
def test_a_full_disk_under_the_output_is_one_clear_line(words):
    done = subprocess.run(f"{PROGRAM} {words} > /dev/full", shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "could not write to standard output: No space left on device" in done.stderr
    assert "internal" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("words", ["config", "--help", "db status"])
def test_a_closed_output_is_said_before_anything_is_done(words):
    done = subprocess.run(f"{PROGRAM} {words} >&-", shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "standard output is closed" in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("buffering", ["", "1"])
@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
def test_a_stderr_that_takes_nothing_stops_no_command(where, buffering):
    # What Python still has in its buffer at the end would give another exit code.
    environment = os.environ | {"PYTHONUNBUFFERED": buffering}
    for words, code, shown in (("config", 0, "DATABASE_URL"), ("nothing", 2, "")):
        call = f"{PROGRAM} {words} {where}"
        done = subprocess.run(call, shell=True, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == code
        assert shown in done.stdout


def test_the_start_imports_neither_yoyo_nor_the_driver():
    code = (
        "import sys; from avdaily_sql.cli.main import root; import avdaily_sql;"
        "print([m for m in ('yoyo', 'psycopg', 'sqlparse', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_lives_in_a_module_named_after_its_noun():
    for name, (module, _line) in COMMANDS.items():
        # A name that Python keeps for itself has an underscore behind it.
        found = getattr(importlib.import_module(module), f"{name}_" if keyword.iskeyword(name) else name)
        assert found.name == name


def test_a_missing_choice_is_named_with_its_values_in_one_line(tmp_path):
    done = run("deploy", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "Error: missing option '--phase'. Choose from: pre, post",
        "Hint: Run: avdaily-sql deploy --help",
    ]
