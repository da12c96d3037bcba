"""A tree of a few migrations that can be squashed, and databases in every state."""

from __future__ import annotations

import os
import shutil
import uuid

import pytest

from avdaily_sql import migrations, settings
from avdaily_sql.migrations import Options
from avdaily_sql.squashing import squashing


@pytest.fixture
def known():
    return settings.load(environ={"PATH": os.environ["PATH"]})


@pytest.fixture
def five(tree):
    """Write five files: tables, a change, rows, an index without a transaction, a function."""
    tree.table(1)
    tree.write(
        "0002.widen-t1",
        "-- 0002.widen-t1: t1 has a name\n-- depends: 0001.create-t1\nALTER TABLE t1 ADD name text",
        "ALTER TABLE t1 DROP name;\n",
    )
    tree.write("0003.fill-t1", "INSERT INTO t1 VALUES (1, 'one'), (2, 'two; -- no comment');\n", "DELETE FROM t1;\n")
    tree.write(
        "0004.index-t1",
        "-- transactional: false\nCREATE INDEX CONCURRENTLY t1_name_idx ON t1 (name);\nVACUUM t1;\n",
        "DROP INDEX CONCURRENTLY t1_name_idx;\n",
    )
    tree.write(
        "0005.count-t1",
        "-- depends: 0004.index-t1\n"
        "CREATE FUNCTION count_t1() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t1; END;\n",
        "DROP FUNCTION count_t1();\n",
    )
    return [path.name.removesuffix(".sql") for path in sorted(tree.migrations.glob("*[!k].sql"))]


@pytest.fixture(scope="session")
def proven(tmp_path_factory):
    """Return the trees that were squashed already, by what they were before: the proof is the same each time."""
    return {}, tmp_path_factory.mktemp("squashed")


@pytest.fixture
def squash(tree, database_url, known, proven):
    """Squash the tree up to a file, proven on the server of the test's database."""

    def run(to, *, url=database_url, **order):
        trees, directory = proven
        files = sorted(tree.migrations.rglob("*.sql"))
        key = (
            str(to),
            *sorted(order.items()),
            *((str(path.relative_to(tree.root)), path.read_bytes()) for path in files),
        )
        asked = squashing.Order(str(to), **order)
        if key not in trees:
            trees[key] = directory / str(len(trees))
            squashing.squash(url, tree.sql, known, asked, options=Options())
            shutil.copytree(tree.migrations, trees[key])
        else:
            squashing.check(url, tree.sql, asked, Options())
            shutil.rmtree(tree.migrations)
            shutil.copytree(trees[key], tree.migrations)

    return run


@pytest.fixture
def database_in(server, tree):
    """Return a new database with the files up to one applied; None for none."""
    made = []

    def make(to=None):
        name = f"squash_{uuid.uuid4().hex[:16]}"
        made.append(name)
        url = server.create_database(name)
        if to is not None:
            migrations.apply(url, tree.sql, Options(to=str(to)))
        return url

    yield make
    for name in made:
        server.drop_database(name)


@pytest.fixture
def really(tree, database_url, known):
    """Squash, with the proof."""

    def run(to, **order):
        return squashing.squash(database_url, tree.sql, known, squashing.Order(str(to), **order), options=Options())

    return run


def files_of(tree):
    return {str(path.relative_to(tree.root)): path.read_bytes() for path in tree.root.rglob("*") if path.is_file()}


@pytest.fixture
def unchanged(tree):
    """Hold at the end that no file of the tree was written, moved or removed."""
    before = []

    def expect():
        before.append(files_of(tree))

    yield expect
    assert files_of(tree) == before[0]
