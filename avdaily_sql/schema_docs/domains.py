"""Which subject a table belongs to, and from it, which subject a function belongs to. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avdaily_sql.schema_docs.catalog import Function


class Domain(NamedTuple):
    """One subject: the name of its page, its title, one sentence, and its tables and views."""

    name: str
    title: str
    about: str
    tables: frozenset[str]


def _domain(name: str, title: str, about: str, tables: str) -> Domain:
    return Domain(name, title, about, frozenset(tables.split()))


DOMAINS = (
    _domain(
        "people",
        "People",
        "Who has an account, how they sign in, and what is known of who they are.",
        "user account session verification biometric_auth kyc_verification phone_verification",
    ),
    _domain(
        "access",
        "Access and audit",
        "Who may do what, and the log of what was done.",
        "roles permissions role_permissions user_roles user_permissions effective_permissions "
        "audit_log audit_chain audit_seal_state",
    ),
    _domain(
        "money",
        "Money",
        "The ledger, the wallets on it, and everything that comes in or goes out.",
        "ledger_accounts ledger_entries ledger_postings wallets bank_accounts transactions idempotency_keys "
        "payment_events kyc_limits withdrawal_limits owned_accounts reconciliation trial_balance",
    ),
    _domain(
        "savings",
        "Savings plans",
        "Plans that are saved into day by day, their interest and what they earn.",
        "savings_plans auto_save_attempts interest_accruals savings_milestones rewards",
    ),
    _domain(
        "groups",
        "Groups",
        "Rotating savings groups: members, rounds, contributions and payouts.",
        "ajo_groups ajo_rounds group_members group_contributions group_payouts group_invitations group_pool_postings",
    ),
    _domain(
        "notifications",
        "Notifications",
        "What users are told, when, and by which way.",
        "notifications notification_preferences push_tokens scheduled_notifications",
    ),
    _domain("analytics", "Analytics", "Figures of users and of days.", "user_analytics daily_analytics"),
    _domain(
        "integrity",
        "Integrity",
        "Views that find what a sound database does not have.",
        "integrity_findings integrity_of_rows integrity_of_money integrity_of_groups integrity_of_schema",
    ),
    # What no table decides: dates, ids, triggers that every table has.
    _domain("shared", "Shared", "What tables of every subject use.", ""),
    _domain("other", "Other", "Tables that have no subject yet.", ""),
)
# What names more tables of others than of its own.
_SETTLED = {
    "anonymise_user": "people",
    "audit_change": "access",
    "check_integrity": "integrity",
    "ensure_partitions": "shared",
    "ensure_partitions_at": "shared",
    "erase_records_of": "people",
    "get_group_statement": "groups",
    "list_anonymisation_blockers": "people",
    "make_partition": "shared",
    "make_partitions": "shared",
    "register_user": "people",
}
_BY_TABLE = {table: domain.name for domain in DOMAINS for table in domain.tables}
_WORD = re.compile(r"\w+")


def domain_of(table: str) -> str:
    """Return the name of a table's or view's subject; ``other`` for one that nobody has put anywhere."""
    return _BY_TABLE.get(table, "other")


def by_function(
    functions: Sequence[Function], used_by: Mapping[str, Iterable[str]], file_of: Mapping[str, object]
) -> dict[str, str]:
    """Return the subject of each function, by name.

    A trigger function belongs to its tables if they share a subject. Any other belongs where most of the tables are
    that its arguments, its result and its body name; one that names none goes with the others of its file, then with
    the functions that it calls.

    :param used_by: the tables on which a trigger calls the function, by its name.
    :param file_of: the migration that creates a function, by its name.
    """
    found = dict(_SETTLED)
    in_file: dict[object, list[str]] = {}
    for function in functions:
        homes = {domain_of(table) for table in used_by.get(function.name, ())}
        votes = _votes(function)
        if function.name not in found and (homes or votes):
            found[function.name] = _winner(votes) if not homes else homes.pop() if len(homes) == 1 else "shared"
        if function.name in found and not homes:
            in_file.setdefault(file_of.get(function.name), []).append(found[function.name])
    for function in functions:
        if function.name not in found:
            near = in_file.get(file_of.get(function.name)) or [
                found[word] for word in _WORD.findall(function.body) if word in found
            ]
            found[function.name] = _winner({name: near.count(name) for name in near}) if near else "shared"
    return found


def _votes(function: Function) -> dict[str, int]:
    # What it takes and gives says more than what its body passes by.
    weighed = ((function.returns, 3), (function.arguments, 3), (function.name, 3), (function.body, 1))
    votes: dict[str, int] = {}
    for text, weight in weighed:
        for word in _WORD.findall(text):
            home = _BY_TABLE.get(word)
            # "user" is in every subject, and in "user_id" of none.
            if home is not None and word not in {"user", "account", "session"}:
                votes[home] = votes.get(home, 0) + weight
    if not votes and re.search(r'"user"|\bsession\b|\baccount\b', function.body):
        votes["people"] = 1
    return votes


def _winner(votes: Mapping[str, int]) -> str:
    order = [domain.name for domain in DOMAINS]
    return max(votes, key=lambda name: (votes[name], -order.index(name)))
