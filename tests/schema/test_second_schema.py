"""A cell is a schema: the tests of money hold in a second one, beside the first, and nothing of the two mixes.

The fixtures do the looking: with AVDAILY_TEST_SCHEMA each test works in that schema, and fails when public has changed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["money", "groups", "people"])
def test_the_tests_hold_in_a_second_schema_and_public_stays_empty(subject):
    files = sorted(str(path) for path in HERE.glob(f"test_{subject}*.py"))
    assert files
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-m", "not slow and not fault", *files],
        cwd=HERE.parent.parent,
        env=os.environ | {"AVDAILY_TEST_SCHEMA": "cell_b"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert re.search(r"\d+ passed", done.stdout)
