"""What the guards of tables refuse, whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avdaily_sql.refusals.base import Refusal

if TYPE_CHECKING:
    from uuid import UUID


class AppendOnly(Refusal, code="AV090"):
    """Append only: UPDATE, DELETE or TRUNCATE of a ledger, an audit log or another append-only table."""

    table: str
    operation: str


class BalanceGuard(Refusal, code="AV091"):
    """Balance guard: INSERT or UPDATE of a balance or of its account by hand."""

    table: str
    operation: str


class TransactionFrozen(Refusal, code="AV092"):
    """Transaction frozen: UPDATE of a transaction that is no step from pending to an end."""

    transaction_id: UUID
    status: str
