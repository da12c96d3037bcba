"""The command around the studio: what it prints, how it ends, and what it says when it cannot begin."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest

from tests.conftest import clean_environment
from tests.studio.conftest import PROGRAM, running
from tests.throwaway import REPOSITORY


def test_it_prints_one_line_with_the_address_and_ends_well_on_ctrl_c(studio_url, tmp_path):
    with running(tmp_path / "home", "--database-url", studio_url) as found:
        assert found.ask("/").status == 403
        found.process.send_signal(signal.SIGINT)
        assert found.process.wait(timeout=10) == 0
        assert found.process.stdout.read() == ""


def test_sigterm_ends_it_with_143(studio_url, tmp_path):
    with running(tmp_path / "home", "--database-url", studio_url) as found:
        found.process.terminate()
        assert found.process.wait(timeout=10) == 143


def test_it_ends_while_a_page_is_being_made(studio_url, tmp_path):
    with running(tmp_path / "home", "--database-url", studio_url) as found, socket.socket() as half:
        half.connect(("127.0.0.1", found.port))
        half.sendall(b"GET / HTTP/1.1\r\nHost:")
        found.process.send_signal(signal.SIGINT)
        assert found.process.wait(timeout=10) == 0


def test_as_json_it_is_one_object(studio_url, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    process = subprocess.Popen(
        [PROGRAM, "studio", "--json", "--no-open", "--database-url", studio_url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(home),
        cwd=home,
    )
    said = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=10)
    assert (rest, errors, process.returncode) == ("", "", 0)
    jsonschema.validate(said, json.loads((REPOSITORY / "docs/json/studio.schema.json").read_text()))
    assert (said["role"], said["read_only"]) == ("avdaily_readonly", True)
    assert said["database"] == urlsplit(studio_url).path.removeprefix("/")


def test_a_port_that_is_in_use_is_one_line(studio, studio_url, avdaily):
    done = avdaily("studio", "--no-open", "--port", str(studio.port), "--database-url", studio_url)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"Error: could not listen on 127.0.0.1:{studio.port}: the port is in use\n"
        "Hint: Leave out --port for a free one, or give another.\n"
    )


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_is_none_is_a_usage_error(avdaily, port):
    assert avdaily("studio", "--port", port).returncode == 2


def test_a_database_that_does_not_answer_is_one_line(avdaily):
    done = avdaily("studio", "--no-open", "--database-url", "postgresql://postgres:s3cret@127.0.0.1:1/nope")
    assert done.returncode == 1
    assert "could not connect" in done.stderr
    assert "s3cret" not in done.stderr


def test_without_its_libraries_it_says_what_to_install(tmp_path):
    # What is None among the modules is not installed, to the import system.
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules.update(werkzeug=None, jinja2=None)\n")
    done = subprocess.run(
        [sys.executable, "-c", "from avdaily_sql.cli import main; main(['studio'])"],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(tmp_path) | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (8, "")
    assert done.stderr == (
        "Error: the studio needs jinja2 and werkzeug, which are not installed\n"
        "Hint: pip install 'avdaily-sql[studio]'\n"
    )
    # Nothing was started for it.
    assert not (tmp_path / ".local").exists()


def test_it_opens_the_browser_without_the_token_in_the_list_of_processes(studio_url, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    seen = home / "seen"
    browser = home / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" > {seen}.part && mv {seen}.part {seen}\n')
    browser.chmod(0o755)
    process = subprocess.Popen(
        [PROGRAM, "studio", "--database-url", studio_url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(home) | {"BROWSER": str(browser), "DISPLAY": ":99"},
        cwd=home,
    )
    address = process.stdout.readline().strip()
    deadline = time.monotonic() + 20
    while not seen.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    opened = seen.read_text().strip()
    token = urlsplit(address).query
    page = Path(urlsplit(opened).path)
    assert opened.startswith("file://")
    assert token not in opened
    assert address in page.read_text()
    assert page.parent.stat().st_mode & 0o077 == 0
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert not page.parent.exists()


def test_without_a_url_it_starts_the_embedded_server(tmp_path):
    # The socket's path has room for few characters.
    data = Path("/tmp") / f"avs{os.urandom(3).hex()}"
    environment = {"AVDAILY_DATA_DIR": str(data)}
    home = tmp_path / "home"
    try:
        with running(home, env=environment) as found:
            found.enter()
            assert "avdaily-sql up" in found.get("/").text
    finally:
        subprocess.run(
            [PROGRAM, "db", "down", "--volumes", "--yes"],
            check=True,
            capture_output=True,
            env=clean_environment(home) | environment,
            cwd=home,
        )
        shutil.rmtree(data, ignore_errors=True)
