"""The pages as text: ``schema.md`` with the overview, ``schema/SUBJECT.md`` with every table of a subject. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from avdaily_sql.schema_docs import diagram, domains, sources
from avdaily_sql.schema_docs.markdown import anchor, cell, code, grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avdaily_sql.schema_docs.catalog import Catalog, Function, Index, Table
    from avdaily_sql.schema_docs.domains import Domain
    from avdaily_sql.schema_docs.sources import Sources

_NOTE = "<!-- Written by `avdaily-sql docs` from the migrations: a COMMENT ON there changes a text here. -->"
# The role that owns what moves money; nobody signs in as it.
_INNER_ROLE = "avdaily_ledger"
_KINDS = {"r": "", "p": "partitioned", "v": "view", "m": "materialized view"}


class _Material(NamedTuple):
    """All that the pages are made of."""

    catalog: Catalog
    files: Sources
    homes: Mapping[str, str]
    codes: Mapping[str, list[str]]


def render(catalog: Catalog, files: Sources) -> dict[str, str]:
    """Return every page by its path below ``docs/``."""
    triggers: dict[str, set[str]] = {}
    for table in catalog.tables:
        for trigger in table.triggers:
            triggers.setdefault(trigger.function, set()).add(table.name)
    homes = domains.by_function(catalog.functions, triggers, files.created_in)
    material = _Material(catalog, files, homes, sources.sqlstates_of(catalog.functions))
    found = {}
    filled = [domain for domain in domains.DOMAINS if any(_contents(domain, material))]
    for domain in filled:
        found[f"schema/{domain.name}.md"] = _page(domain, material)
    found["schema.md"] = _overview(filled, material)
    return found


def _contents(domain: Domain, material: _Material) -> tuple[list[Table], list[Function]]:
    tables = [table for table in material.catalog.tables if domains.domain_of(table.name) == domain.name]
    functions = [each for each in material.catalog.functions if material.homes[each.name] == domain.name]
    return tables, functions


def _overview(filled: Sequence[Domain], material: _Material) -> str:
    lines = [_NOTE, "# Schema", ""]
    lines += [
        "What a database has after `avdaily-sql apply`. The rules of names and types are in",
        "[schema-conventions.md](schema-conventions.md), the refusals in [sqlstates.md](sqlstates.md).",
        "Partitions are left out: time makes them, not a migration.",
        "",
    ]
    rows = [_subject(domain, material) for domain in filled]
    lines += [*grid(("subject", "what it holds", "tables", "views", "functions"), rows), ""]
    lines += ["## Tables and views", ""]
    lines += grid(
        ("name", "subject", "kind", "what a row is"),
        [
            (
                _link(table.name, "schema/"),
                domains.domain_of(table.name),
                _KINDS[table.kind] or "table",
                cell(table.comment),
            )
            for table in material.catalog.tables
        ],
    )
    lines += ["", "## Value types", ""]
    lines += grid(
        ("type", "is", "rules", "meaning"),
        [
            (code(each.name), code(each.base), "; ".join(map(code, each.rules)), cell(each.comment))
            for each in material.catalog.types
        ],
    )
    return "\n".join(lines) + "\n"


def _subject(domain: Domain, material: _Material) -> tuple[str, ...]:
    tables, functions = _contents(domain, material)
    real = sum(table.kind in "rp" for table in tables)
    title = f"[{domain.title}](schema/{domain.name}.md)"
    return title, domain.about, str(real), str(len(tables) - real), str(len(functions))


def _page(domain: Domain, material: _Material) -> str:
    tables, functions = _contents(domain, material)
    lines = [_NOTE, f"# {domain.title}", "", f"{domain.about} Everything else: [the schema](../schema.md).", ""]
    drawn = [table for table in tables if table.kind in "rp"]
    if drawn:
        lines += ["```mermaid", diagram.render(drawn), "```", ""]
    for table in tables:
        lines += [*_table(table, material), ""]
    public = [each for each in functions if set(each.callers) - {_INNER_ROLE}]
    inner = [each for each in functions if not set(each.callers) - {_INNER_ROLE}]
    if public:
        lines += ["## Functions", ""]
        for function in public:
            lines += [*_function(function, material), ""]
    if inner:
        lines += [
            "## Inner functions",
            "",
            "Called by the functions and triggers above; no client may execute them.",
            "",
        ]
        rows = [
            (_signature(each), cell(each.comment), _codes(each, material), _file(each.name, material)) for each in inner
        ]
        lines += [*grid(("function", "what it does", "refuses with", "file"), rows), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(table: Table, material: _Material) -> Iterator[str]:
    yield f"## {table.name}"
    yield ""
    yield cell(table.comment)
    yield ""
    facts = [_file(table.name, material)]
    if table.kind != "r":
        facts.insert(0, f"{_KINDS[table.kind]}{f' by {code(table.partition_key)}' if table.partition_key else ''}")
    used = sources.queries_of_table(material.files.queries, table.name)
    facts += [f"queries: {', '.join(map(code, used))}"] if used else []
    facts += [f"{code(grant.role)} may {grant.may}" for grant in table.grants]
    yield from (f"- {fact}" for fact in facts if fact)
    yield ""
    yield from grid(
        ("column", "type", "null", "default", "meaning"),
        [
            (
                code(column.name),
                code(column.type),
                "yes" if column.nullable else "",
                code(column.default),
                cell(column.comment),
            )
            for column in table.columns
        ],
    )
    for heading, rows in _parts(table, material):
        if rows:
            yield ""
            yield from grid(heading, rows)


def _parts(table: Table, material: _Material) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    yield (
        ("constraint", "rule"),
        [
            (
                code(each.name),
                code(each.definition) + (f" → {_link(each.references, '')}" if each.references else ""),
            )
            for each in table.constraints
        ],
    )
    yield (
        ("index", "on", "serves"),
        [
            (
                code(each.name),
                code(("UNIQUE " if each.unique else "") + each.definition),
                _reason(each, table, material),
            )
            for each in table.indexes
        ],
    )
    yield (
        ("trigger", "fires", "calls"),
        [(code(each.name), code(each.fires), code(f"{each.function}()")) for each in table.triggers],
    )


def _function(function: Function, material: _Material) -> Iterator[str]:
    yield f"### {function.name}"
    yield ""
    yield f"{_signature(function)} → {code(function.returns)}"
    yield ""
    if function.comment:
        yield cell(function.comment)
        yield ""
    rights = f"runs as {code(function.owner)}" if function.runs_as_owner else "runs with the caller's rights"
    yield f"- may be called by {', '.join(map(code, function.callers))}; {rights}"
    codes = _codes(function, material)
    if codes:
        yield f"- refuses with {codes}"
    used = sources.queries_of_function(material.files.queries, function.name)
    if used:
        yield f"- queries: {', '.join(map(code, used))}"
    made = _file(function.name, material)
    if made:
        yield f"- {made}"


def _signature(function: Function) -> str:
    return code(f"{function.name}({function.arguments})")


def _codes(function: Function, material: _Material) -> str:
    names = material.files.sqlstates
    return ", ".join(f"{each} {names.get(each, '')}".rstrip() for each in material.codes[function.name])


def _reason(index: Index, table: Table, material: _Material) -> str:
    """Return the query that the migration says the index is for; else the foreign key that needs it."""
    written = material.files.reasons.get(index.name)
    if written is None:
        served = (
            each.name
            for each in table.constraints
            if each.kind == "f" and re.match(rf"\({re.escape(', '.join(each.columns))}[,)]", index.definition)
        )
        written = next((f"the foreign key {name}" for name in served), None)
    return cell(written)


def _file(name: str, material: _Material) -> str:
    path = material.files.created_in.get(name)
    return f"[{path.stem}](../../sql/migrations/{path.name})" if path else ""


def _link(table: str, prefix: str) -> str:
    return f"[{table}]({prefix}{domains.domain_of(table)}.md#{anchor(table)})"
