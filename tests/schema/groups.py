"""People with money, groups of them, and the books that must balance after whatever they did."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from psycopg.rows import namedtuple_row

# The first day of every rotation here; noon in Lagos.
DAY_1 = datetime(2031, 1, 31, 11, tzinfo=UTC)
FULL = Decimal(100_000)
TABLES = (
    "ajo_groups",
    "group_members",
    "ajo_rounds",
    "group_contributions",
    "group_payouts",
    "group_invitations",
    "wallets",
    "transactions",
    "ledger_entries",
    "ledger_accounts",
)
_numbers = itertools.count(1)


def day(number: int) -> datetime:
    """Return noon of a day of the rotation, from 1."""
    return DAY_1 + timedelta(days=number - 1)


def due(number: int) -> date:
    return day(number).date()


@contextmanager
def acting_as(conn, role):
    with conn.transaction():
        conn.execute(f"SET LOCAL ROLE {role}")
        yield
        conn.execute("RESET ROLE")


def call(conn, function, *arguments, role="avdaily_app"):
    """Call a function and return its one row; functions of the _at kind need the role avdaily_ledger."""
    rows = call_all(conn, function, *arguments, role=role)
    assert len(rows) == 1, rows
    return rows[0]


def call_all(conn, function, *arguments, role="avdaily_app"):
    places = ", ".join(["%s"] * len(arguments))
    with acting_as(conn, role):
        return (
            conn.cursor(row_factory=namedtuple_row).execute(f"SELECT * FROM {function}({places})", arguments).fetchall()
        )


def at(conn, moment, function, *arguments):
    return call(conn, f"{function}_at", *arguments, moment, role="avdaily_ledger")


def all_at(conn, moment, function, *arguments):
    return call_all(conn, f"{function}_at", *arguments, moment, role="avdaily_ledger")


def row(conn, query, *arguments):
    return conn.cursor(row_factory=namedtuple_row).execute(query, arguments).fetchone()


def new_user(conn, *, tier=1, naira=FULL, name=None):
    number = next(_numbers)
    user_id = row(
        conn,
        """INSERT INTO "user" (name, email, email_verified, phone_number, phone_verified, kyc_tier)
           VALUES (%s, app_uuid() || '@people.test', true, '+234' || (8000000000 + %s), true, %s) RETURNING id""",
        name or f"Test {number}",
        number,
        tier,
    ).id
    call(conn, "open_wallet", user_id)
    if naira:
        give(conn, user_id, naira)
    return user_id


def give(conn, user_id, naira):
    with acting_as(conn, "avdaily_ledger"):
        conn.execute(
            "SELECT post_wallet_credit(%s, %s, system_account('opening_equity', 'NGN'), 'opening_balance', %s)",
            (user_id, naira, day(1) - timedelta(days=40)),
        )


def spend(conn, user_id, naira):
    """Take money out of a wallet, as a payment to the outside does."""
    with acting_as(conn, "avdaily_ledger"):
        conn.execute(
            "SELECT post_wallet_debit(%s, %s, system_account('settlement', 'NGN'), 'fee', %s)", (user_id, naira, day(1))
        )


def balance(conn, user_id):
    return row(conn, "SELECT balance FROM wallets WHERE user_id = %s", user_id).balance


def refusal(conn, sqlstate, action):
    """Run what must be refused with this SQLSTATE and write nothing; return the values of DETAIL."""
    before = snapshot(conn)
    with pytest.raises(psycopg.Error) as caught, conn.transaction():
        action()
    assert (caught.value.sqlstate, caught.value.diag.message_primary) == (sqlstate, caught.value.diag.message_primary)
    assert snapshot(conn) == before
    return json.loads(caught.value.diag.message_detail) if sqlstate.startswith("AV") else caught.value.diag


def snapshot(conn):
    return {
        table: conn.execute(
            f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} AS t"
        ).fetchone()
        for table in TABLES
    }


class Group:
    """A group of n members, the organizer first; amounts in naira."""

    def __init__(self, conn, size=5, *, amount=1000, start=True, naira=FULL, **terms):
        self.conn = conn
        self.amount = Decimal(amount)
        self.users = [new_user(conn, tier=2, naira=naira)]
        self.organizer = self.users[0]
        terms = {
            "frequency": "daily",
            "order": "sequential",
            "policy": "pause",
            "deposit": None,
            "private": False,
            "capacity": size,
            "name": f"Test group {next(_numbers)}",
        } | terms
        self.id = at(
            conn,
            day(0),
            "create_ajo_group",
            self.organizer,
            terms["name"],
            terms["capacity"],
            amount,
            terms["frequency"],
            terms["order"],
            terms["policy"],
            terms["deposit"],
            None,
            terms["private"],
            None,
        ).id
        for number in range(1, size):
            user_id = new_user(conn, naira=naira)
            self.users.append(user_id)
            self.join(user_id, day(0) + timedelta(minutes=number))
        if start:
            self.start()

    def join(self, user_id, moment=None):
        return at(self.conn, moment or day(0), "join_ajo_group", user_id, self.id, self.row().invite_code)

    def start(self, seed=1):
        return at(self.conn, day(1), "start_ajo_group", self.organizer, self.id, None, seed)

    def row(self):
        return row(self.conn, "SELECT * FROM ajo_groups WHERE id = %s", self.id)

    def members(self):
        cursor = self.conn.cursor(row_factory=namedtuple_row)
        return cursor.execute(
            "SELECT * FROM group_members WHERE group_id = %s ORDER BY position, joined_at, id", (self.id,)
        ).fetchall()

    def member(self, user_id):
        return next(member for member in self.members() if member.user_id == user_id)

    def round(self, number):
        return row(self.conn, "SELECT * FROM ajo_rounds WHERE group_id = %s AND round = %s", self.id, number)

    def contribution(self, user_id, number):
        return row(
            self.conn,
            "SELECT * FROM group_contributions WHERE group_id = %s AND user_id = %s AND round = %s",
            self.id,
            user_id,
            number,
        )

    def statuses(self, number):
        """Return the statuses of a round's contributions, in the order of the positions."""
        return [
            status
            for (status,) in self.conn.execute(
                """SELECT c.status FROM group_contributions AS c JOIN group_members AS m ON m.id = c.member_id
                   WHERE c.group_id = %s AND c.round = %s ORDER BY m.position""",
                (self.id, number),
            )
        ]

    def collect(self, moment):
        return all_at(self.conn, moment, "collect_group_round", self.organizer, self.id)

    def mark(self, moment):
        return all_at(self.conn, moment, "mark_group_defaults", self.organizer, self.id)

    def pay(self, user_id, number, moment):
        return at(self.conn, moment, "record_group_contribution", user_id, self.id, number)

    def cover(self, user_id, source, moment):
        member_id = self.member(user_id).id
        return at(self.conn, moment, "cover_group_default", self.organizer, self.id, member_id, source)

    def disburse(self, number, moment):
        return at(self.conn, moment, "disburse_group_round", self.organizer, self.id, number)

    def run_round(self, number):
        """Collect and pay out one round on its day; everybody has the money."""
        self.collect(day(number))
        return self.disburse(number, day(number))

    def complete(self, moment):
        return at(self.conn, moment, "complete_ajo_group", self.organizer, self.id)

    def remove(self, user_id, moment, reason="Moved away"):
        return at(self.conn, moment, "remove_group_member", self.organizer, self.id, self.member(user_id).id, reason)

    def leave(self, user_id, moment):
        return at(self.conn, moment, "leave_ajo_group", user_id, self.id, None)

    def cancel(self, user_id, moment):
        return at(self.conn, moment, "cancel_ajo_group", user_id, self.id, "The market burnt down")

    def pool(self):
        """Return the balance of the pool's account: by the ledger, not by the totals."""
        return row(
            self.conn,
            """SELECT coalesce(sum(amount), 0) AS balance FROM ledger_postings
               WHERE account_id = (SELECT pool_account_id FROM ajo_groups WHERE id = %s)""",
            self.id,
        ).balance


def assert_books_balance(conn):
    """Check what must be true at every moment, whoever did what."""
    assert conn.execute("SELECT coalesce(sum(amount), 0) FROM ledger_postings").fetchone() == (0,)
    assert (
        conn.execute(
            """SELECT kind, sum(amount) FROM ledger_postings JOIN ledger_accounts ON id = account_id
               WHERE kind = 'transfer_clearing' GROUP BY kind HAVING sum(amount) <> 0"""
        ).fetchall()
        == []
    )
    assert conn.execute("SELECT name, row_id, detail FROM integrity_of_groups").fetchall() == []
    posted = "(SELECT coalesce(sum(amount), 0) FROM ledger_postings WHERE account_id = {})"
    for query in (
        f"SELECT user_id, balance FROM wallets WHERE balance <> {posted.format('wallets.account_id')}",
        f"""SELECT id, deposit_balance FROM group_members
            WHERE deposit_balance <> {posted.format("group_members.deposit_account_id")}""",
        f"""SELECT id FROM ajo_groups WHERE {posted.format("ajo_groups.pool_account_id")}
            <> total_collected::numeric - total_disbursed - total_fees - total_refunded""",
        # The pool holds what the open round has collected, and nothing else.
        f"""SELECT id FROM ajo_groups WHERE {posted.format("ajo_groups.pool_account_id")} <> coalesce(
              (SELECT collected FROM ajo_rounds WHERE group_id = ajo_groups.id AND status = 'open'), 0)""",
        """SELECT id FROM ajo_groups WHERE total_collected::numeric - total_refunded
             <> (SELECT sum(total_contributed) FROM group_members WHERE group_id = ajo_groups.id)""",
        """SELECT group_id, round FROM ajo_rounds WHERE status <> 'scheduled' AND (expected, collected) <> (
             SELECT coalesce(sum(amount) FILTER (WHERE status IN ('pending', 'late', 'completed', 'covered')), 0),
               coalesce(sum(amount) FILTER (WHERE status IN ('completed', 'covered')), 0)
             FROM group_contributions AS c WHERE c.group_id = ajo_rounds.group_id AND c.round = ajo_rounds.round)""",
        """SELECT id FROM ajo_groups WHERE current_member_count <> (
             SELECT count(*) FROM group_members AS m
             WHERE m.group_id = ajo_groups.id AND m.status NOT IN ('removed', 'left'))""",
        # The balances after form one chain for each deposit.
        """SELECT entry_id FROM (
             SELECT entry_id, amount, balance_after,
               lag(balance_after, 1, 0::money_amount) OVER (PARTITION BY account_id ORDER BY entry_id) AS before
             FROM ledger_postings WHERE account_id IN (SELECT deposit_account_id FROM group_members)) AS line
           WHERE balance_after IS DISTINCT FROM before + amount""",
    ):
        assert conn.execute(query).fetchall() == [], query
