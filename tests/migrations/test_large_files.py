"""Files larger than memory should be: COPY data streams from the disk to the server."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.migrations.conftest import recorded
from tests.throwaway import REPOSITORY

_LINE = b"%010d\t" + b"x" * 500 + b"\n"
_CODE = """
import sys
from pathlib import Path
from avdaily_sql import migrations, sqltree
migrations.apply(sys.argv[1], sqltree.SqlTree(Path(sys.argv[2]), "flag"))
# The peak of this very process: what getrusage tells begins with its parent's.
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def apply_copy(tree, url: str, rows: int) -> int:
    """Apply a file with that many rows of COPY data, and return the most memory that it took, in KiB."""
    path = tree.write("0001.copy", "CREATE UNLOGGED TABLE t (a bigint, b text);\nCOPY t FROM stdin;\n")
    with path.open("ab") as file:
        for start in range(0, rows, 1000):
            file.write(b"".join(_LINE % number for number in range(start, start + 1000)))
        file.write(b"\\.\nCREATE TABLE after (id int);\n")
    done = subprocess.run(
        [sys.executable, "-c", _CODE, url, tree.root], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    return int(done.stdout)


def test_copy_data_of_fifty_megabytes_stays_on_the_disk(tree, db, database_url):
    peak = apply_copy(tree, database_url, 100_000)
    assert db.execute("SELECT count(*), sum(a) FROM t").fetchone() == (100_000, sum(range(100_000)))
    assert peak < 75 << 10
    assert recorded(db) == ["0001.copy"]


@pytest.mark.slow
def test_copy_data_of_a_gigabyte_takes_less_than_a_tenth_of_it(tree, db, database_url):
    rows = (1 << 30) // len(_LINE % 0)
    rows -= rows % 1000
    peak = apply_copy(tree, database_url, rows)
    assert db.execute("SELECT count(*) FROM t").fetchone() == (rows,)
    assert peak < 100 << 10


@pytest.mark.slow
def test_a_file_of_two_hundred_megabytes_of_statements_is_applied(tree, runner, db):
    row = f"INSERT INTO t VALUES ('{'x' * 20_000}');\n"
    tree.write("0001.large", "CREATE UNLOGGED TABLE t (a text);\n" + row * 10_000)
    runner.apply()
    assert db.execute("SELECT count(*) FROM t").fetchone() == (10_000,)
