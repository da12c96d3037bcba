"""The launcher: one file of the standard library that makes the environment and becomes the command."""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = ROOT / "avdaily"
HEAVY_TOOLS_LEFT_OUT = 'test = ["pytest>=8.3", "pytest-randomly>=3.16", "pytest-xdist>=3.6"]'


def test_the_launcher_parses_on_python_3_8_so_that_it_can_say_which_one_is_needed():
    ast.parse(LAUNCHER.read_text(), feature_version=(3, 8))


def test_the_launcher_imports_nothing_outside_the_standard_library():
    nodes = list(ast.walk(ast.parse(LAUNCHER.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.fixture(scope="module")
def base_python():
    """The Python that the test environment was made from: what a newcomer has on PATH."""
    return sys._base_executable


@pytest.fixture
def checkout(tmp_path):
    """The project's files without its environment, in a directory with a space in its name."""
    target = tmp_path / "check out"
    target.mkdir()
    for name in ("pyproject.toml", "uv.lock", "README.md", "LICENSE", "avdaily"):
        shutil.copy2(ROOT / name, target / name)
    for name in ("avdaily_sql", "sql"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def leave_out_heavy_tools(checkout):
    """Change the project as an edit of it does: of 700 megabytes of tools what ``test`` needs is left."""
    project = checkout / "pyproject.toml"
    text, changed = re.subn(r"^test = \[.*?^\]", HEAVY_TOOLS_LEFT_OUT, project.read_text(), count=1, flags=re.M | re.S)
    text, changed_too = re.subn(r"^lint = \[\n.*?^\]", "lint = []", text, count=1, flags=re.M | re.S)
    assert (changed, changed_too) == (1, 1)
    project.write_text(text)


@pytest.fixture
def bare(tmp_path):
    """What a login has, and how packages are reached from here; no uv."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    kept = {
        k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_", "SSL_")) or k.lower().endswith("_proxy")
    }
    return kept | {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}


def launch(python, checkout, env, *arguments):
    command = [python, str(checkout / "avdaily"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=checkout.parent, check=False)


@pytest.mark.slow
def test_a_first_run_prepares_the_environment_and_later_ones_only_when_the_project_changed(base_python, checkout, bare):
    first = launch(base_python, checkout, bare, "config", "--json")
    assert first.returncode == 0, first.stderr
    assert "preparing the environment" in first.stderr
    assert first.stdout.startswith('{"settings"')

    second = launch(base_python, checkout, bare, "config", "--json")
    assert (second.returncode, second.stderr) == (0, "")
    assert launch(base_python, checkout, bare, "no-such-command").returncode == 2

    ruff = checkout / ".venv" / "bin" / "ruff"
    assert ruff.exists()
    leave_out_heavy_tools(checkout)
    third = launch(base_python, checkout, bare, "config", "--json")
    assert third.returncode == 0, third.stderr
    assert "preparing the environment" in third.stderr
    assert not ruff.exists()

    # `test` runs pytest, and a signal reaches it: the launcher has become the command.
    waiting = checkout / "tests" / "test_wait.py"
    waiting.parent.mkdir()
    waiting.write_text(
        "import time, pathlib\ndef test_wait():\n    pathlib.Path('started').touch()\n    time.sleep(60)\n"
    )
    command = [base_python, str(checkout / "avdaily"), "test", "-p", "no:randomly", "-n0", str(waiting)]
    with subprocess.Popen(command, env=bare, cwd=checkout, stdout=subprocess.PIPE, text=True) as process:
        while not (checkout / "started").exists():
            assert process.poll() is None, process.stdout.read()
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 2


def test_ctrl_c_while_the_environment_is_made_is_130_so_that_nothing_goes_on(base_python, checkout, bare, tmp_path):
    waits = tmp_path / "uv"
    waits.write_text("#!/bin/sh\ntouch started\nexec sleep 60\n")
    waits.chmod(0o755)
    env = bare | {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    command = [base_python, str(checkout / "avdaily"), "config"]
    with subprocess.Popen(
        command, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while not (tmp_path / "started").exists():
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        said = process.communicate()[1]
    assert process.returncode == 130
    assert said.splitlines()[-1] == "Error: interrupted"
    assert "Traceback" not in said


def test_a_checkout_that_cannot_be_written_is_one_clear_error(base_python, checkout, bare):
    (checkout / ".venv.lock").mkdir()  # root may write everywhere else
    run = launch(base_python, checkout, bare, "config")
    assert run.returncode == 1
    error, hint = run.stderr.splitlines()
    assert error.startswith("Error: could not prepare the environment in ")
    assert hint.startswith("Hint: ")


@pytest.mark.slow
def test_the_environment_is_made_without_ensurepip_by_the_pip_of_the_system(base_python, checkout, bare, tmp_path):
    # Debian without python3-venv has an ensurepip that only raises.
    leave_out_heavy_tools(checkout)
    broken = tmp_path / "broken" / "ensurepip"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('python3-venv is not installed')\n")
    run = launch(base_python, checkout, bare | {"PYTHONPATH": str(broken.parent)}, "config", "--json")
    assert run.returncode == 0, run.stderr
    assert not (checkout / ".venv" / "bin" / "pip").exists()


@pytest.mark.slow
def test_uv_makes_the_environment_when_it_is_there(base_python, checkout, bare, tmp_path):
    home = tmp_path / "uv home"
    subprocess.run([base_python, "-m", "venv", str(home)], check=True)
    subprocess.run([home / "bin" / "pip", "install", "-q", "--disable-pip-version-check", "uv"], check=True)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").symlink_to(home / "bin" / "uv")
    run = launch(base_python, checkout, bare | {"PATH": f"{tools}:/usr/bin:/bin"}, "config", "--json")
    assert run.returncode == 0, run.stderr
    assert "uv = " in (checkout / ".venv" / "pyvenv.cfg").read_text()


@pytest.mark.slow
def test_without_a_network_the_environment_is_one_clear_error(base_python, checkout, bare):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    env = {k: v for k, v in bare.items() if not k.startswith("PIP_")} | nowhere | {"PIP_CONFIG_FILE": os.devnull}
    run = launch(base_python, checkout, env, "config")
    assert run.returncode == 1
    assert "Error: could not prepare the environment" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (checkout / ".venv" / "avdaily-stamp").exists()
