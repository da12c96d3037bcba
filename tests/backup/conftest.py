"""What the tests of backup, restore and reset share: a small bank, its settings, and a directory for its backups."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from psycopg import sql

from avdaily_sql import maintenance
from avdaily_sql import settings as settings_module
from avdaily_sql.backup import Reports

BANK = """
CREATE DOMAIN money_amount AS numeric(20, 2);
CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY,
    owner text NOT NULL,
    balance money_amount NOT NULL,
    note text,
    CONSTRAINT accounts_pkey PRIMARY KEY (id),
    CONSTRAINT accounts_balance_not_negative_check CHECK (balance >= 0)
);
CREATE TABLE entries (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL,
    amount numeric(20, 2) NOT NULL,
    CONSTRAINT entries_pkey PRIMARY KEY (id),
    CONSTRAINT entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX entries_account_id_idx ON entries (account_id);
CREATE VIEW rich AS SELECT id FROM accounts WHERE balance > 100;
CREATE FUNCTION answer() RETURNS integer LANGUAGE sql AS $$ SELECT 42 $$;
INSERT INTO accounts (owner, balance, note)
SELECT 'user ' || n, n, E'tab\\tand \\\\! and \\\\. and ''quote''\\nnext line' FROM generate_series(1, 200) AS n;
INSERT INTO entries (account_id, amount) SELECT id, balance FROM accounts;
"""


@pytest.fixture
def bank_url(server):
    """A small database of its own, whose name is no plain word; whatever is made beside it goes with it."""
    name = f"""test_{server.session} bank "{uuid.uuid4().hex[:8]}'s\""""
    url = server.create_database(name)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(BANK)
    yield url
    drop_family(server, name)


def drop_family(server, name):
    with psycopg.connect(server.maintenance_url, autocommit=True) as conn:
        for each in maintenance.list_related(conn, name):
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(each.name)))
    server.drop_database(name)


@pytest.fixture
def backups(tmp_path):
    path = tmp_path / "kept backups"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def settings_for(tmp_path, backups, server):
    """Build settings as a process with these variables would have them."""

    def build(url=None, **variables):
        known = {
            "BACKUP_DIR": str(backups),
            "AVDAILY_OPS_LOG": str(tmp_path / "operations.jsonl"),
            "AVDAILY_PG_BIN": str(server.bin),
            "DATABASE_URL": url or "",
        }
        return settings_module.load({}, known | variables, tmp_path)

    return build


@pytest.fixture
def rows():
    def read(url, query):
        with psycopg.connect(url, autocommit=True) as conn:
            return conn.execute(query).fetchall()

    return read


@pytest.fixture
def reports():
    """Collects what is said."""

    class Collected:
        def __init__(self):
            self.said = []
            self.reports = Reports(progress=lambda *_: None, warn=self.said.append, note=self.said.append)

    return Collected()
