from __future__ import annotations

import pytest

from tests.conftest import new_name


@pytest.fixture
def tree(tmp_path):
    directory = tmp_path / "sql" / "migrations"
    directory.mkdir(parents=True)
    (directory / "0001.create-one.sql").write_text("-- 0001.create-one: it is there\n\nCREATE TABLE one (id bigint);\n")
    (directory / "0001.create-one.rollback.sql").write_text("-- 0001.create-one: it is gone\n\nDROP TABLE one;\n")
    return tmp_path / "sql"


@pytest.fixture
def urls(server):
    """Three empty databases."""
    names = [new_name(server) for _ in range(3)]
    yield [server.create_database(name) for name in names]
    for name in names:
        server.drop_database(name)
