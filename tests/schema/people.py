"""A house with an administrator, and people who register: what tests of people, access and audit start from."""

from __future__ import annotations

import hashlib
import itertools
import json
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

from tests.throwaway import REPOSITORY

SEED = REPOSITORY / "sql" / "seeds" / "common" / "001.roles-and-permissions.sql"
_numbers = itertools.count(1)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@contextmanager
def acting_as(conn, role, user_id=None):
    """Be a role, for a user: both end with the block."""
    with conn.transaction():
        conn.execute(sql.SQL("SET LOCAL app.user_id = {}").format(str(user_id or "")))
        conn.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        yield
        conn.execute("RESET ROLE")
        conn.execute("SET LOCAL app.user_id = ''")


def rows(conn, query, *arguments):
    return conn.cursor(row_factory=namedtuple_row).execute(query, arguments).fetchall()


def one(conn, query, *arguments):
    found = rows(conn, query, *arguments)
    assert len(found) == 1, found
    return found[0]


def value(conn, query, *arguments):
    return one(conn, query, *arguments)[0]


def call_rows(conn, function, *arguments, role="avdaily_app", actor=None):
    places = ", ".join(["%s"] * len(arguments))
    with acting_as(conn, role, actor):
        return rows(conn, f"SELECT * FROM {function}({places})", *arguments)


def call(conn, function, *arguments, role="avdaily_app", actor=None):
    """Call a function as the application does; return its one row, or the value if the row has one column."""
    found = call_rows(conn, function, *arguments, role=role, actor=actor)
    assert len(found) == 1, found
    return found[0][0] if len(found[0]) == 1 else found[0]


def call_at(conn, moment, function, *arguments):
    """Call the inner function that takes its time from the caller, as the only role that may."""
    return call(conn, f"{function}_at", *arguments, moment, role="avdaily_ledger")


def refused(conn, sqlstate, function, *arguments, role="avdaily_app", actor=None):
    """Call what must be refused with this SQLSTATE; return the values of DETAIL."""
    with pytest.raises(psycopg.Error) as caught, conn.transaction():
        call_rows(conn, function, *arguments, role=role, actor=actor)
    assert caught.value.sqlstate == sqlstate, caught.value
    return json.loads(caught.value.diag.message_detail) if sqlstate.startswith("AV") else caught.value.diag


def register(conn, *, tier=0, name=None, email=None, phone=None):
    number = next(_numbers)
    user_id = call(conn, "register_user", None, name or f"Test {number}", email or f"test{number}@people.test", phone)
    if tier:
        conn.execute(
            """UPDATE "user" SET kyc_tier = %s, kyc_status = 'approved', kyc_verified_at = now() WHERE id = %s""",
            [tier, user_id],
        )
    return user_id


def give_role(conn, user_id, role):
    """As a seed does it: without anybody who could be asked."""
    conn.execute("INSERT INTO user_roles (user_id, role_id) SELECT %s, id FROM roles WHERE name = %s", [user_id, role])


def open_house(conn):
    """Seed roles and permissions, register an administrator, and return their id."""
    conn.execute(SEED.read_text())
    admin = register(conn, name="Test administrator")
    give_role(conn, admin, "admin")
    return admin


def administrator_of(conn):
    return value(conn, "SELECT user_id FROM user_roles JOIN roles ON roles.id = role_id WHERE name = 'admin'")


def with_permissions(conn, *permissions):
    """Register somebody who has just these permissions, directly."""
    user_id = register(conn)
    conn.execute(
        """INSERT INTO user_permissions (user_id, permission_id)
           SELECT %s, id FROM permissions WHERE name = ANY (%s)""",
        [user_id, list(permissions)],
    )
    return user_id


def insert(conn, table, values, returning="id"):
    found = conn.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
            sql.SQL(returning),
        ),
        values,
    ).fetchone()
    return found[0]


def table_of(constraint, tables):
    return max((table for table in tables if constraint.startswith(f"{table}_")), key=len)


def constraints_of(conn, tables):
    """Return the names of everything that can refuse a row of these tables, NOT NULL apart."""
    return {
        name
        for (name,) in conn.execute(
            """SELECT conname FROM pg_constraint WHERE conrelid = ANY (%(tables)s::regclass[]) AND contype <> 'n'
               UNION SELECT indexrelid::regclass::text FROM pg_index
               WHERE indrelid = ANY (%(tables)s::regclass[]) AND indisunique""",
            {"tables": list(tables)},
        ).fetchall()
    }


def new_plan(conn, user_id, **values):
    """A savings plan as its own table wants it, without a posting."""
    values = {
        "user_id": user_id,
        "plan_name": "Test plan",
        "daily_amount": 100,
        "cycle_duration": 90,
        "target_amount": 9000,
        "start_date": "2026-01-01",
        "end_date": "2026-04-01",
    } | values
    with acting_as(conn, "avdaily_ledger"):
        account = value(conn, "SELECT open_ledger_account('plan', 'NGN')")
    return insert(conn, "savings_plans", values | {"account_id": account})
