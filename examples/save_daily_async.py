"""The same with asyncio and a pool: many people save at once.

DATABASE_URL="$(python3 avdaily db url)" .venv/bin/python examples/save_daily_async.py
"""

from __future__ import annotations

import asyncio
import uuid
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from avdaily_sql import as_user, async_pool, queries, transaction

if TYPE_CHECKING:
    from psycopg import AsyncConnection

PEOPLE = 5


async def begin(conn: AsyncConnection[Any]) -> tuple[uuid.UUID, uuid.UUID]:
    """Register somebody with money in the wallet and a plan; return the ids of user and plan."""
    user_id = await queries.create_user(
        conn,
        user_id=None,
        name="Bola Example",
        email=f"bola-{uuid.uuid4().hex}@example.com",
        phone_number=None,
        date_of_birth=None,
    )
    await queries.deposit_into_wallet(
        conn,
        user_id,
        Decimal(1000),
        payment_source="bank_transfer",
        provider="paystack",
        provider_reference=uuid.uuid4().hex,
    )
    plan = await queries.create_savings_plan(
        conn,
        user_id,
        plan_name="School fees",
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
    return user_id, plan.id


async def save(user_id: uuid.UUID, plan_id: uuid.UUID, conn: AsyncConnection[Any]) -> Decimal:
    async with as_user(conn, user_id):
        await queries.contribute_to_plan(conn, user_id, plan_id, Decimal(100), idempotency_key=None)
    wallet = await queries.get_wallet(conn, user_id)
    assert wallet is not None
    return wallet.balance


async def main() -> None:
    async with async_pool(max_size=PEOPLE) as pool:
        people = await asyncio.gather(*(transaction(pool, begin) for _ in range(PEOPLE)))
        balances = await asyncio.gather(
            *(transaction(pool, partial(save, user_id, plan_id)) for user_id, plan_id in people)
        )
        print("left in the wallets:", ", ".join(str(balance) for balance in balances))

        async with pool.connection() as conn:
            count = 0
            async for _ in queries.list_active_users.stream(conn, after_at=None, after_id=None, page_size=100):
                count += 1
            print(f"{count} active users on the first page")


if __name__ == "__main__":
    asyncio.run(main())
