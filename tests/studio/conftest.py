"""The real thing for the tests of the studio: the command as a process, and HTTP to it.

``start``   starts ``avdaily-sql studio`` on a database and waits for its address
``studio``  one such process for a whole module, on a database with all migrations
``browse``  asks a page of ``studio`` as a browser that has the cookie
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.conftest import clean_environment

PROGRAM = Path(sys.executable).with_name("avdaily-sql")


@dataclass
class Answer:
    """What came back: nothing is followed, nothing is decoded but the text."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Running:
    """One studio: its address with the token, and its process."""

    url: str
    process: subprocess.Popen[str]
    cookie: str = field(default="", repr=False)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Send one request, as it is written here and without a cookie."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.putrequest(method, path, skip_host="Host" in named, skip_accept_encoding=True)
            for name, value in named.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
        finally:
            connection.close()

    def enter(self) -> None:
        """Open the printed address, as the browser does first; from then on there is a cookie."""
        parts = urlsplit(self.url)
        answer = self.ask(f"{parts.path}?{parts.query}")
        assert answer.status == 303, answer
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    def get(self, path: str, **parameters: str) -> Answer:
        """Ask a page as the browser that has entered."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self.ask(path + query, Cookie=self.cookie)

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form of a page as the browser that has entered."""
        headers = {"Cookie": self.cookie, "Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self.ask(path, "POST", urlencode(fields).encode(), **headers)


@contextmanager
def running(home: Path, *arguments: str, env: dict[str, str] | None = None):
    """Run ``avdaily-sql studio`` until the block ends; its first line is its address."""
    home.mkdir(mode=0o700, exist_ok=True)
    environment = clean_environment(home) | (env or {})
    environment.pop("DISPLAY", None)
    errors = (home / f"studio-{os.urandom(4).hex()}.err").open("w+")
    process = subprocess.Popen(
        [PROGRAM, "studio", "--no-open", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        env=environment,
        cwd=home,
    )
    try:
        line = process.stdout.readline().strip()
        errors.seek(0)
        assert line.startswith("http://127.0.0.1:"), (line, errors.read())
        yield Running(line, process)
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()
        errors.seek(0)
        said = errors.read()
        errors.close()
        assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def studio_url(server, template):
    """A database of this module's own, so that what its tests write is seen by other sessions."""
    name = f"test_{server.session}_studio_{os.urandom(4).hex()}"
    yield server.create_database(name, template)
    server.drop_database(name)


@pytest.fixture(scope="module")
def studio(studio_url, tmp_path_factory):
    with running(tmp_path_factory.mktemp("studio") / "home", "--database-url", studio_url) as found:
        found.enter()
        yield found


@pytest.fixture
def browse(studio):
    """A page of the studio that must be there, as text."""

    def ask(path: str, **parameters: str) -> str:
        answer = studio.get(path, **parameters)
        assert answer.status == 200, (path, answer.status, answer.text)
        return answer.text

    return ask
