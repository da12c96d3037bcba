"""Figures behind the pictures: days, sizes, migrations. Each is read from few rows, however many the tables have."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import errors

from avdaily_sql.errors import Drift
from avdaily_sql.migrations import history

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

DAYS = 30
# Without kept figures of days, so many of the newest movements are added up.
MOVEMENTS = 20_000
_CURRENCY = "NGN"


class Day(NamedTuple):
    """What was put into plans and taken out, in naira, on one Lagos day."""

    day: date
    saved: Decimal
    withdrawn: Decimal


class Days(NamedTuple):
    """Consecutive days; ``kept``: from daily_analytics, else from the newest movements, none left out if ``whole``."""

    days: tuple[Day, ...]
    kept: bool
    whole: bool


class Applied(NamedTuple):
    """When a migration was applied; ``duration_ms`` is None when another program did it."""

    id: str
    at: datetime
    duration_ms: int | None


_KEPT = """
SELECT date, total_contribution_amount, total_withdrawal_amount FROM daily_analytics
WHERE currency = %(currency)s AND date > %(first)s AND date <= %(today)s ORDER BY date
"""
# The same rules as upsert_daily_analytics(), on a number of movements that is known beforehand.
_COUNTED = """
WITH newest AS MATERIALIZED (
  SELECT DISTINCT e.user_id, e.transaction_id FROM (
    SELECT user_id, transaction_id FROM ledger_entries ORDER BY id DESC LIMIT %(limit)s
  ) AS e
)
SELECT app_day(t.completed_at),
  coalesce(sum(t.amount) FILTER (WHERE t.type IN ('contribution', 'auto_save')), 0),
  coalesce(sum(t.amount) FILTER (WHERE t.type IN ('withdrawal', 'wallet_withdrawal')), 0)
FROM newest AS n JOIN transactions AS t ON t.user_id = n.user_id AND t.id = n.transaction_id
WHERE t.status = 'completed' AND t.currency = %(currency)s AND t.completed_at >= app_day_start(%(first)s + 1)
GROUP BY 1 ORDER BY 1
"""


def read_days(connection: psycopg.Connection[Any], today: date) -> Days | None:
    """Return the last days, the newest last; None in a database that has no such tables.

    :param today: the Lagos day.
    """
    values = {"currency": _CURRENCY, "first": today - timedelta(days=DAYS), "today": today, "limit": MOVEMENTS}
    try:
        with connection.transaction():
            rows, kept, whole = connection.execute(_KEPT, values).fetchall(), True, True
            if not rows:
                rows, kept = connection.execute(_COUNTED, values).fetchall(), False
                (count,) = connection.execute(_ENOUGH, values).fetchone() or (0,)
                whole = count <= MOVEMENTS
    except (errors.UndefinedTable, errors.UndefinedFunction, errors.InsufficientPrivilege):
        return None
    found = {day: (saved, withdrawn) for day, saved, withdrawn in rows}
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    nothing = (Decimal(0), Decimal(0))
    return Days(tuple(Day(day, *found.get(day, nothing)) for day in days), kept, whole)


_ENOUGH = "SELECT count(*) FROM (SELECT FROM ledger_entries ORDER BY id DESC LIMIT %(limit)s + 1) AS newest"


def read_migrations(connection: psycopg.Connection[Any]) -> list[Applied] | None:
    """Return the applied migrations in their order; None where there is no history or this login may not see it.

    The reading role may not; the login reads them, in the same read-only transaction, which ends with this question.
    """
    try:
        with connection.transaction():
            connection.execute("SET LOCAL ROLE NONE")
            (schema,) = connection.execute("SELECT current_schema()").fetchone() or ("public",)
            records = history.read(connection, history.schema_for(schema)).records
    except (errors.UndefinedTable, errors.InsufficientPrivilege, errors.InvalidSchemaName, Drift):
        return None
    return [Applied(record.id, record.applied_at, record.duration_ms) for record in records]
