"""Some files of a tree, as a tree of their own: what was applied out of order, or only a part."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from avdaily_sql import sqltree
from avdaily_sql.sqltree import SqlTree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


@contextmanager
def subset(tree: SqlTree, identifiers: Collection[str]) -> Iterator[SqlTree]:
    """Give the block a tree that has only these migrations, and no seeds."""
    with tempfile.TemporaryDirectory(prefix="avdaily-subset-") as directory:
        root = Path(directory)
        (root / "migrations").mkdir()
        for pair in sqltree.list_migrations(tree):
            if pair.id in identifiers:
                for path in filter(None, (pair.path, pair.rollback_path)):
                    shutil.copy(path, root / "migrations")
        yield SqlTree(root, tree.source)
