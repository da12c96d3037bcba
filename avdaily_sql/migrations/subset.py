"""Some files of a tree, as a tree of their own: what was applied out of order, or only a part."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from avdaily_sql.migrations import repeatable, squashed
from avdaily_sql.sqltree import SqlTree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


@contextmanager
def subset(tree: SqlTree, identifiers: Collection[str], again: Collection[str] = ()) -> Iterator[SqlTree]:
    """Give the block a tree that has only these migrations, and no seeds.

    :param again: the repeatable files that it has.
    """
    with tempfile.TemporaryDirectory(prefix="avdaily-subset-") as directory:
        root = Path(directory)
        (root / "migrations").mkdir()
        for pair in squashed.every_pair(tree) if identifiers else ():
            if pair.id in identifiers:
                for path in filter(None, (pair.path, pair.rollback_path)):
                    shutil.copy(path, root / "migrations")
        if again:
            (root / "migrations" / repeatable.DIRECTORY).mkdir()
            for file in repeatable.list_files(tree):
                if file.id in again:
                    shutil.copy(file.path, root / "migrations" / repeatable.DIRECTORY)
        yield SqlTree(root, tree.source)
