"""The pages of a user: everything about one person, and the history of their wallet."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from avdaily_sql.studio.display import LAGOS, NULL, Cell, amount, cell
from avdaily_sql.studio.faults import Fault, Refusal
from avdaily_sql.studio.kinds import Kind
from avdaily_sql.studio.links import row_url, wallet_url, with_query
from avdaily_sql.studio.movements import DRAWN_ROWS, PAGE_ROWS, Before, find_wallet, list_movements
from avdaily_sql.studio.people import find_person
from avdaily_sql.studio.pictures.steps import Point, Steps, steps
from avdaily_sql.studio.routing import Route

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from werkzeug.datastructures import MultiDict
    from werkzeug.wrappers import Response

    from avdaily_sql.studio.movements import Movement, Wallet
    from avdaily_sql.studio.pictures.svg import Svg
    from avdaily_sql.studio.routing import Visit


def person(visit: Visit, user_id: UUID) -> Response:
    """Show everything about one user."""
    with visit.read() as connection:
        found = find_person(connection, user_id)
    if found is None:
        raise Refusal(Fault(404, "there is no such user", f"No user has the id {user_id}.", "Search by email or id."))
    return visit.render("person.html", person=found)


def wallet(visit: Visit, user_id: UUID) -> Response:
    """Show the movements of a user's wallet, the newest first, and its balance over time."""
    before = _before(visit.request.args)
    with visit.read() as connection:
        found = find_wallet(connection, user_id)
        if found is None:
            raise Refusal(Fault(404, "this user has no wallet", None, "It is opened with the first money."))
        drawn = list_movements(connection, found, before, DRAWN_ROWS + 1)
        now = connection.execute("SELECT now()").fetchone()
    page, more = drawn[:PAGE_ROWS], len(drawn) > PAGE_ROWS
    older = _address(user_id, drawn[PAGE_ROWS - 1 : PAGE_ROWS + 1]) if more else None
    until = before.at if before else now[0] if now else datetime.now(UTC)
    return visit.render(
        "wallet.html",
        wallet=found,
        balance=amount(str(found.balance), found.currency),
        owed=amount(str(found.owed), found.currency) if found.owed else None,
        picture=_picture(found, drawn[:DRAWN_ROWS], until) if drawn else None,
        lines=[_line(movement, found.currency) for movement in page],
        user_id=str(user_id),
        newest=None if before is None else wallet_url(str(user_id)),
        older=older,
    )


def _picture(wallet: Wallet, newest_first: Sequence[Movement], until: datetime) -> Svg:
    points = [Point(each.at.astimezone(LAGOS), each.balance) for each in reversed(newest_first)]
    first = newest_first[-1]
    return steps(
        Steps(
            "balance",
            f"Balance of the wallet of {wallet.owner}",
            f"{len(points)} movements from {points[0].at:%Y-%m-%d} to {points[-1].at:%Y-%m-%d}, Lagos time: "
            f"from {amount(str(first.balance - first.amount), wallet.currency)} "
            f"to {amount(str(newest_first[0].balance), wallet.currency)}. The movements are in the table below.",
            wallet.currency,
            tuple(points),
            max(until.astimezone(LAGOS), points[-1].at),
        )
    )


def _line(movement: Movement, currency: str) -> tuple[tuple[Cell, ...], str]:
    signed = amount(str(movement.amount), currency)
    cells = (
        cell(movement.at.astimezone(UTC).isoformat(" "), Kind.instant),
        Cell(movement.type.replace("_", " "), "text"),
        Cell(movement.description, "text") if movement.description else NULL,
        Cell(f"+{signed}" if movement.amount > 0 else signed, "money in" if movement.amount > 0 else "money out"),
        Cell(amount(str(movement.balance), currency), "money"),
    )
    return cells, row_url("transactions", {"id": movement.transaction_id})


def _before(given: MultiDict[str, str]) -> Before | None:
    if "before" not in given:
        return None
    try:
        moment, entry, balance = given["before"].split("~")
        return Before(datetime.fromisoformat(moment).astimezone(UTC), _entry(entry), _kobo(balance))
    except (ValueError, OverflowError, ArithmeticError):
        raise Refusal(Fault(400, "this is no place in a history", None, "Begin with the newest.")) from None


def _entry(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 63:
        raise ValueError(text)
    return number


def _kobo(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or abs(amount) >= 10**15:
        raise ValueError(text)
    return amount.quantize(Decimal("0.01"))


def _address(user_id: UUID, last_and_next: Sequence[Movement]) -> str:
    last, following = last_and_next
    # The balance comes along: adding up everything since then would cost more with each page.
    where = f"{last.at.astimezone(UTC).isoformat()}~{last.entry_id}~{following.balance}"
    return with_query(wallet_url(str(user_id)), [("before", where)])


ROUTES = (Route("/person/<uuid:user_id>", person), Route("/person/<uuid:user_id>/wallet", wallet))
