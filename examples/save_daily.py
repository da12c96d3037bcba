"""Somebody registers, funds the wallet, opens a plan, saves into it and reads the statement.

Run it against the database of ``python3 avdaily up``:

    DATABASE_URL="$(python3 avdaily db url)" .venv/bin/python examples/save_daily.py
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from avdaily_sql import as_user, connect, queries, transaction
from avdaily_sql.refusals import InsufficientFunds

if TYPE_CHECKING:
    from psycopg import Connection


def register(conn: Connection[Any]) -> uuid.UUID:
    return queries.create_user(
        conn,
        user_id=None,
        name="Ada Example",
        email=f"ada-{uuid.uuid4().hex}@example.com",
        phone_number=None,
        date_of_birth=None,
    )


def fund(conn: Connection[Any], user_id: uuid.UUID, amount: Decimal) -> None:
    """Ask for money, and confirm it as the payment provider's message would."""
    funding = queries.fund_wallet(
        conn,
        user_id,
        amount,
        payment_source="debit_card",
        provider="paystack",
        provider_reference=uuid.uuid4().hex,
        idempotency_key=None,
        currency="NGN",
    )
    queries.confirm_wallet_funding(conn, user_id, funding.id)


def save(conn: Connection[Any], user_id: uuid.UUID) -> uuid.UUID:
    plan = queries.create_savings_plan(
        conn,
        user_id,
        plan_name="New sewing machine",
        daily_amount=Decimal(100),
        cycle_duration=30,
        target_amount=None,
        auto_save_enabled=False,
        auto_save_time=None,
        interest_rate=None,
        minimum_balance=None,
        start_date=None,
        idempotency_key=None,
    )
    with as_user(conn, user_id):
        # The same key again would return the same transaction: a request may be repeated.
        queries.contribute_to_plan(conn, user_id, plan.id, Decimal(100), idempotency_key=f"save-{plan.id}")
    return plan.id


def main() -> None:
    with connect() as conn:
        user_id = transaction(conn, register)
        transaction(conn, lambda conn: fund(conn, user_id, Decimal(1000)))
        plan_id = transaction(conn, lambda conn: save(conn, user_id))

        progress = queries.get_plan_progress(conn, user_id, plan_id)
        assert progress is not None
        print(f"{progress.current_amount} of {progress.target_amount}, {progress.days_remaining} days to go")

        try:
            with conn.transaction():
                queries.contribute_to_plan(conn, user_id, plan_id, Decimal(1500), idempotency_key=None)
        except InsufficientFunds as refusal:
            print(f"not saved: {refusal.needed} needed, {refusal.available} there")

        now = datetime.now(UTC)
        for line in queries.get_wallet_statement(
            conn,
            user_id,
            from_at=now - timedelta(days=1),
            until_at=now + timedelta(days=1),
            after_position=None,
            page_size=100,
        ):
            print(f"{line.line:8} {line.type or '':16} {line.amount or '':>10} {line.balance:>10}")


if __name__ == "__main__":
    main()
