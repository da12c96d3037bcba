"""A small database of the query tests' own, so that they stand whatever becomes of the schema."""

from __future__ import annotations

import uuid
from pathlib import Path

import psycopg
import pytest

from avdaily_sql import queries
from tests.queries import world

SQL = Path(__file__).parent / "sql"
OWNER = uuid.UUID("00000000-0000-7000-8000-000000000001")
FIRST, SECOND, THIRD = (uuid.UUID(int=number) for number in (1, 2, 3))

_TABLES = """
CREATE TABLE items (
    id uuid PRIMARY KEY,
    owner uuid NOT NULL,
    label text NOT NULL CONSTRAINT items_label_check CHECK (label <> ''),
    price numeric(15, 2) NOT NULL DEFAULT 0,
    tags text[] NOT NULL DEFAULT '{}',
    data jsonb,
    made_at timestamptz NOT NULL DEFAULT '2026-01-02 03:04:05+00'
);
CREATE TABLE secrets (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), token_hash bytea NOT NULL UNIQUE);
CREATE FUNCTION refuse(p_needed text, p_available text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the wallet has too little'
        USING ERRCODE = 'AV001',
              DETAIL = json_build_object('needed', p_needed, 'available', p_available)::text,
              HINT = 'Fund it first.';
END $$;
INSERT INTO items (id, owner, label, price, tags, data) VALUES
    (lpad('1', 32, '0')::uuid, '00000000-0000-7000-8000-000000000001', 'first', 1.50, '{a,b}', '{"a": 1}'),
    (lpad('2', 32, '0')::uuid, '00000000-0000-7000-8000-000000000001', 'second', 2.50, '{}', NULL),
    (lpad('3', 32, '0')::uuid, '00000000-0000-7000-8000-000000000002', 'third', 3.50, '{}', NULL);
"""


@pytest.fixture(scope="session")
def q():
    return queries.load(SQL)


@pytest.fixture(scope="module")
def items_url(server):
    name = f"test_{server.session}_{uuid.uuid4().hex[:12]}"
    url = server.create_database(name)
    with psycopg.connect(url) as connection:
        connection.execute(_TABLES)
    yield url
    server.drop_database(name)


@pytest.fixture
def items(items_url):
    """A connection whose work is rolled back."""
    with psycopg.connect(items_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def bank(server, template):
    """A migrated database with a world in it: its URL, and the world's ids."""
    name = f"test_{server.session}_bank_{uuid.uuid4().hex[:8]}"
    url = server.create_database(name, template)
    yield url, world.build(server, url)
    server.drop_database(name)
