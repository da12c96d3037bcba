"""Trees of other tools to write, and the runner's own that they become."""

from __future__ import annotations

import pytest

from avdaily_sql import errors, importing
from avdaily_sql.sqltree import SqlTree


@pytest.fixture
def tree(tmp_path):
    return SqlTree(tmp_path / "sql", "flag")


@pytest.fixture
def made(tmp_path):
    def make(**files):
        for name, text in files.items():
            path = tmp_path / "db" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / "db"

    return make


@pytest.fixture
def refused(tree):
    def refuse(tool, directory):
        with pytest.raises(errors.UsageError) as caught:
            importing.import_tree(tool, directory, tree)
        assert not tree.root.exists()
        return caught.value

    return refuse
