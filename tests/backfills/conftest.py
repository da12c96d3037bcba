from __future__ import annotations

import pytest

from tests.backfills.house import House


@pytest.fixture
def house(database_url, tmp_path):
    return House(database_url, tmp_path / "sql")
