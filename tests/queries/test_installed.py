"""The queries of an installed wheel, far from any checkout."""

import os
import subprocess
import sys
import zipfile

import psycopg
import pytest

from tests.throwaway import REPOSITORY

PROGRAM = """
import psycopg
from avdaily_sql import queries
from avdaily_sql.queries import own_directory
assert str(own_directory()).startswith({root!r}), own_directory()
with psycopg.connect({url!r}) as conn:
    print(queries.email_exists(conn, "nobody@example.com"), len(queries.load(own_directory())) > 180)
"""


@pytest.mark.slow
def test_an_installed_wheel_brings_its_queries_and_their_types(tmp_path, migrated_url):
    build = ["uv", "build", "--wheel", "--quiet", "--out-dir", tmp_path / "dist", REPOSITORY]
    subprocess.run(build, check=True, capture_output=True, text=True)
    root = tmp_path / "site"
    with zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))) as wheel:
        wheel.extractall(root)
    assert (root / "avdaily_sql" / "queries" / "__init__.pyi").exists()
    assert (root / "avdaily_sql" / "sql" / "queries" / "wallets.sql").exists()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(root=str(root), url=migrated_url)],
        env=os.environ | {"PYTHONPATH": str(root)}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("False True\n", "")
    assert psycopg.__version__
