"""The entity-relationship diagram of one subject, in Mermaid's language. Pure.

https://mermaid.js.org/syntax/entityRelationshipDiagram.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avdaily_sql.schema_docs.catalog import Constraint, Table


def render(tables: Sequence[Table]) -> str:
    """Return the diagram of these tables; a table of another subject to which they refer is a box without columns."""
    lines = ["erDiagram"]
    for table in tables:
        lines.append(f"  {_name(table.name)} {{")
        lines += [f"    {line}" for line in _attributes(table)]
        lines.append("  }")
    for table in tables:
        lines += [
            f"  {_relation(table, constraint)}" for constraint in table.constraints if constraint.references is not None
        ]
    return "\n".join(lines)


def _name(name: str) -> str:
    # In quotes no word of Mermaid's own can be in the way.
    return f'"{name}"'


def _attributes(table: Table) -> Iterator[str]:
    primary = {name for each in table.constraints if each.kind == "p" for name in each.columns}
    foreign = {name for each in table.constraints if each.kind == "f" for name in each.columns}
    unique = {each.columns[0] for each in table.constraints if each.kind == "u" and len(each.columns) == 1}
    for column in table.columns:
        keys = [word for word, names in (("PK", primary), ("FK", foreign), ("UK", unique)) if column.name in names]
        kind = re.sub(r"[^A-Za-z0-9_\[\]()]+", "_", column.type)
        yield f"{kind} {column.name} {', '.join(keys)}".rstrip()


def _relation(table: Table, constraint: Constraint) -> str:
    columns = set(constraint.columns)
    once = any(each.kind in "pu" and set(each.columns) <= columns for each in table.constraints if each.columns)
    optional = any(column.nullable for column in table.columns if column.name in columns)
    parent, child = ("|o" if optional else "||"), ("o|" if once else "o{")
    label = ", ".join(constraint.columns)
    return f'{_name(constraint.references or "")} {parent}--{child} {_name(table.name)} : "{label}"'
