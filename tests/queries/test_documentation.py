"""What docs/queries.md and docs/psql.md say is run: each Python block in its order, each line for the shell."""

import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from avdaily_sql import queries
from tests.conftest import clean_environment
from tests.queries import world
from tests.throwaway import REPOSITORY

DOCS = REPOSITORY / "docs"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def shell_lines(page: str) -> list[str]:
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def seeded(server, template, tmp_path_factory):
    """A migrated, seeded database, and the environment of somebody who works with it."""
    home = tmp_path_factory.mktemp("home")
    name = f"test_{server.session}_docs_{uuid.uuid4().hex[:8]}"
    url = server.create_database(name, template)
    world.seed(server, url)
    path = f"{Path(sys.executable).parent}:{server.bin}:{os.environ['PATH']}"
    yield clean_environment(home) | {"DATABASE_URL": url, "PATH": path}
    server.drop_database(name)


def test_the_python_of_the_page_runs_in_its_order(seeded, tmp_path):
    program = "\n".join(blocks("queries.md", "python"))
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", program],
        env=seeded, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "10000.00 NGN" in done.stdout
    assert "short" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", ["queries.md", "psql.md"])
def test_each_line_for_the_shell_does_what_it_says(seeded, page):
    for line in shell_lines(page):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            env=seeded,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout, line
        assert "ERROR" not in done.stderr, line


def test_psql_gives_what_python_gives(seeded):
    line = next(line for line in shell_lines("psql.md") if "email_exists" in line and "psql" in line)
    done = subprocess.run(["bash", "-c", line], env=seeded, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "t\n"


def test_the_query_of_the_first_page_is_one_of_ours():
    example = blocks("queries.md", "sql")[0]
    assert "get_wallet" in example
    assert queries.get_wallet.__doc__ in example.replace("-- ", "")


def test_every_sign_and_directive_of_the_format_is_explained():
    text = (DOCS / "queries.md").read_text()
    assert all(f"`{sign}`" in text for sign in ("^", "$", "!", "<!", "*!", "#"))
    assert all(word in text for word in ("-- rows: exactly 1", ": not null", ": may be null", "-- plan: seq scan"))
