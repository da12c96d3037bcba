"""Everything about one user in one place: who it is, and the newest rows of each table that speaks of a user.

Each list is read through an index that begins with the user, and cut: a person with a million rows costs what one with
ten does. Hashes, tokens and numbers of documents are not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import errors

from avdaily_sql.studio.display import Cell, cell
from avdaily_sql.studio.kinds import Kind
from avdaily_sql.studio.links import row_url, table_url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    import psycopg

NEWEST = 10
_KINDS = {
    "money": Kind.money,
    "number": Kind.number,
    "at": Kind.instant,
    "date": Kind.date,
    "truth": Kind.truth,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list: the address of its own page, and what is shown of it."""

    href: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The newest rows of one table; ``more`` when there are others; ``refused`` when this role may not see them."""

    title: str
    name: str
    href: str
    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    more: bool
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One user: facts with their names, and lists."""

    id: str
    name: str
    href: str
    facts: tuple[tuple[str, Cell], ...]
    sections: tuple[Section, ...]


class _List(NamedTuple):
    """What is read of one table: ``columns`` are names with their kinds, ``source`` follows FROM."""

    title: str
    table: str
    columns: str
    source: str
    order: str


_FACTS = (
    "email phone_number kyc_tier:number kyc_status is_active:truth is_suspended:truth suspension_reason "
    "date_of_birth:date created_at:at anonymised_at:at"
)
# The first column of each is the row's key; the condition on the user is the first of the index that serves it.
_LISTS = (
    _List(
        "Wallet",
        "wallets",
        "balance:money currency is_active:truth receivable_balance:money frozen_at:at freeze_reason created_at:at",
        "wallets AS row WHERE row.user_id = %(user)s",
        "row.id",
    ),
    _List(
        "Savings plans",
        "savings_plans",
        "plan_name status current_amount:money target_amount:money daily_amount:money end_date:date "
        "currency auto_save_enabled:truth contribution_streak:number",
        "savings_plans AS row WHERE row.user_id = %(user)s",
        "row.id DESC",
    ),
    _List(
        "Transactions",
        "transactions",
        "created_at:at type status amount:money fee_amount:money currency description reference",
        "transactions AS row WHERE row.user_id = %(user)s",
        "row.created_at DESC, row.id DESC",
    ),
    _List(
        "Groups",
        "group_members",
        "group_name group_status role position:number status total_contributed:money currency "
        "missed_contributions:number joined_at:at",
        "(SELECT m.*, g.group_name, g.currency, g.status AS group_status FROM group_members AS m "
        "JOIN ajo_groups AS g ON g.id = m.group_id WHERE m.user_id = %(user)s) AS row",
        "row.joined_at DESC, row.id DESC",
    ),
    _List(
        "KYC requests",
        "kyc_verification",
        "tier:number status created_at:at verified_at:at government_id_type rejection_reason",
        "kyc_verification AS row WHERE row.user_id = %(user)s",
        "row.created_at DESC, row.id DESC",
    ),
    _List(
        "Bank accounts",
        "bank_accounts",
        "bank_name account_number account_name is_verified:truth is_primary:truth",
        "bank_accounts AS row WHERE row.user_id = %(user)s",
        "row.id DESC",
    ),
    _List(
        "Roles",
        "user_roles",
        "role assigned_at:at expires_at:at",
        "(SELECT u.*, r.name AS role FROM user_roles AS u JOIN roles AS r ON r.id = u.role_id "
        "WHERE u.user_id = %(user)s) AS row",
        "row.assigned_at DESC, row.id DESC",
    ),
    _List(
        "Permissions of their own",
        "user_permissions",
        "permission assigned_at:at expires_at:at",
        "(SELECT u.*, p.name AS permission FROM user_permissions AS u JOIN permissions AS p ON p.id = u.permission_id "
        "WHERE u.user_id = %(user)s) AS row",
        "row.assigned_at DESC, row.id DESC",
    ),
    _List(
        "Sessions",
        "session",
        "created_at:at last_activity_at:at expires_at:at revoked_at:at ip_address user_agent",
        "session AS row WHERE row.user_id = %(user)s",
        "row.created_at DESC, row.id DESC",
    ),
    _List(
        "Notifications",
        "notifications",
        "created_at:at channel type title status read_at:at",
        "notifications AS row WHERE row.user_id = %(user)s",
        "row.created_at DESC, row.id DESC",
    ),
)
# Tables whose key is more than the id.
_KEYS = {"notifications": ("id", "created_at")}


def find_person(connection: psycopg.Connection[Any], user_id: UUID) -> Person | None:
    """Return everything about a user; None when there is none."""
    names, outputs = _columns(_FACTS)
    query = f'SELECT row.name, {outputs} FROM "user" AS row WHERE row.id = %(user)s'  # noqa: S608 (constants)
    try:
        with connection.transaction():
            row = connection.execute(query, {"user": user_id}).fetchone()
    except errors.UndefinedTable:
        return None
    if row is None:
        return None
    facts = tuple(
        (name, cell(value, kind)) for (name, kind), value in zip(names, row[1:], strict=True) if value is not None
    )
    key = str(user_id)
    sections = tuple(_section(connection, one, key) for one in _LISTS)
    return Person(key, row[0], row_url("user", {"id": key}), facts, sections)


def _section(connection: psycopg.Connection[Any], one: _List, user_id: str) -> Section:
    names, outputs = _columns(one.columns)
    key = _KEYS.get(one.table, ("id",))
    keys = ", ".join(f"row.{column}::text" for column in key)
    query = f"SELECT {keys}, {outputs} FROM {one.source} ORDER BY {one.order} LIMIT %(limit)s"  # noqa: S608 (constants)
    href = table_url(one.table, {"user_id": user_id})
    headings = tuple(name.replace("_", " ") for name, _ in names)
    try:
        # A savepoint: what this role may not see does not end the page.
        with connection.transaction():
            rows = connection.execute(query, {"user": user_id, "limit": NEWEST + 1}).fetchall()
    except (errors.InsufficientPrivilege, errors.UndefinedTable, errors.UndefinedColumn):
        return Section(one.title, one.table, href, headings, (), more=False, refused=True)
    lines = tuple(
        Line(
            row_url(one.table, dict(zip(key, row[: len(key)], strict=True))),
            _cells(names, row[len(key) :]),
        )
        for row in rows[:NEWEST]
    )
    return Section(one.title, one.table, href, headings, lines, more=len(rows) > NEWEST)


def _cells(names: list[tuple[str, Kind]], values: Sequence[str | None]) -> tuple[Cell, ...]:
    """Return the cells of a row; its amounts are in the currency that it names."""
    currency = dict(zip((name for name, _ in names), values, strict=True)).get("currency")
    return tuple(cell(value, kind, currency=currency) for (_, kind), value in zip(names, values, strict=True))


def _columns(words: str) -> tuple[list[tuple[str, Kind]], str]:
    named = [word.partition(":") for word in words.split()]
    kinds = [(name, _KINDS.get(kind, Kind.text)) for name, _, kind in named]
    return kinds, ", ".join(f'row."{name}"::text' for name, _ in kinds)
