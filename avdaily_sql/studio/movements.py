"""The history of a wallet: each movement with the balance after it, as the ledger has them.

Read from the ledger's two indexes by account, the newest first, page by page: a wallet with a million movements costs
what one with fifty does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    import psycopg

PAGE_ROWS = 50
# What a picture can show: more would be closer than its dots.
DRAWN_ROWS = 400


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet and whose it is; ``owed`` after chargebacks."""

    id: str
    owner: str
    account_id: str
    balance: Decimal
    currency: str
    is_active: bool
    owed: Decimal
    created_at: datetime


class Movement(NamedTuple):
    """One movement: signed amount, balance after it, and the operation that it belongs to, of ``user_id``."""

    at: datetime
    entry_id: int
    amount: Decimal
    balance: Decimal
    user_id: str
    transaction_id: str
    type: str
    description: str | None


class Before(NamedTuple):
    """Where a page begins: behind this movement, towards the past, when the wallet held ``balance``."""

    at: datetime
    entry_id: int
    balance: Decimal


_WALLET = """
SELECT w.id::text, u.name, w.account_id::text, w.balance, w.currency, w.is_active, w.receivable_balance, w.created_at
FROM wallets AS w JOIN "user" AS u ON u.id = w.user_id WHERE w.user_id = %s
"""

# The view of the two legs would be sorted as a whole; each branch here reads its own index from its end.
_BRANCH = """
(SELECT e.created_at, e.id, {sign} e.amount AS amount, e.user_id, e.transaction_id
 FROM ledger_entries AS e
 WHERE e.{side}_account_id = %(account)s AND e.currency = %(currency)s
   AND e.created_at <= %(at)s AND (e.created_at, e.id) < (%(at)s, %(entry)s)
 ORDER BY e.created_at DESC, e.id DESC LIMIT %(limit)s)
"""
_MOVEMENTS = f"""
SELECT m.created_at, m.id, m.amount, m.user_id::text, m.transaction_id::text, t.type::text, t.description
FROM (
  SELECT * FROM ({_BRANCH.format(sign="", side="credit")} UNION ALL {_BRANCH.format(sign="-", side="debit")}) AS legs
  ORDER BY created_at DESC, id DESC LIMIT %(limit)s
) AS m
JOIN transactions AS t ON t.user_id = m.user_id AND t.id = m.transaction_id
ORDER BY m.created_at DESC, m.id DESC
"""  # noqa: S608 (constants)


def find_wallet(connection: psycopg.Connection[Any], user_id: UUID) -> Wallet | None:
    """Return a user's wallet; None when there is none."""
    row = connection.execute(_WALLET, [user_id]).fetchone()
    return None if row is None else Wallet(*row)


def list_movements(
    connection: psycopg.Connection[Any], wallet: Wallet, before: Before | None, limit: int
) -> list[Movement]:
    """Return movements of a wallet, the newest first, each with the balance after it in the order of their times.

    The balance is counted back from the one that the wallet has, as a statement counts it forward: a movement that was
    dated back by a seed or a move of data has its ``balance_after`` in the order of posting, which is another one.
    """
    values = {
        "account": wallet.account_id,
        "currency": wallet.currency,
        "at": before.at if before else "infinity",
        "entry": before.entry_id if before else 0,
        "limit": limit,
    }
    balance = before.balance if before else wallet.balance
    found = []
    for at, entry_id, amount, *operation in connection.execute(_MOVEMENTS, values).fetchall():
        found.append(Movement(at, entry_id, amount, balance, *operation))
        balance -= amount
    return found
