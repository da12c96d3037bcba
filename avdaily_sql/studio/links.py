"""Addresses of the studio's pages. Pure; every name and value is quoted here and nowhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLAIN = re.compile(r"\w[\w.-]*")


def table_url(table: str, filters: Mapping[str, str] | None = None) -> str:
    """Return the address of a table's rows; ``filters`` are values that columns must have, by column."""
    given = [(f"f.{column}.eq", value) for column, value in (filters or {}).items()]
    return with_query(_named("table", table), given)


def row_url(table: str, key: Mapping[str, str]) -> str:
    """Return the address of one row, found by the values of columns that are unique together."""
    return with_query(_named("row", table), [(f"k.{column}", value) for column, value in key.items()])


def table_plan_url(table: str) -> str:
    """Return the address of the plan of a table's page; takes the table's own parameters."""
    return _named("plan/table", table)


def query_url(name: str) -> str:
    """Return the address of a named query."""
    return f"/query/{quote(name, safe='')}"


def person_url(user_id: str) -> str:
    """Return the address of everything about one user."""
    return f"/person/{quote(user_id, safe='')}"


def wallet_url(user_id: str) -> str:
    """Return the address of the history of a user's wallet."""
    return f"{person_url(user_id)}/wallet"


def diagram_url(subject: str) -> str:
    """Return the address of the diagram of a subject's tables."""
    return f"/pictures/tables/{quote(subject, safe='')}"


def with_query(path: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return an address with further parameters, those that are empty included."""
    query = urlencode(list(parameters))
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


def _named(page: str, name: str) -> str:
    # In a path some characters mean something to browsers, however they are written: a slash, or a name of dots only.
    if _PLAIN.fullmatch(name) is None:
        return f"/{page}?{urlencode({'name': name})}"
    return f"/{page}/{quote(name, safe='')}"
