"""The kinds of values: what a column's type means for showing, sorting and filtering. Pure."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """How values of a type are shown and asked for."""

    money = "money"
    number = "number"
    text = "text"
    choice = "choice"
    truth = "truth"
    uuid = "uuid"
    instant = "instant"
    date = "date"
    time = "time"
    json = "json"
    bytes = "bytes"
    address = "address"
    other = "other"

    @property
    def sortable(self) -> bool:
        """Tell whether rows can be put in the order of such values."""
        return self not in {Kind.json, Kind.bytes, Kind.other}

    @property
    def numeric(self) -> bool:
        """Tell whether values stand right-aligned."""
        return self in {Kind.money, Kind.number}


_KINDS = {
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8", "oid"), Kind.number),
    **dict.fromkeys(("text", "varchar", "bpchar", "name"), Kind.text),
    **dict.fromkeys(("timestamptz",), Kind.instant),
    **dict.fromkeys(("json", "jsonb"), Kind.json),
    **dict.fromkeys(("inet", "cidr"), Kind.address),
    **dict.fromkeys(("time", "interval", "timestamp"), Kind.time),
    "date": Kind.date,
    "uuid": Kind.uuid,
    "bool": Kind.truth,
    "bytea": Kind.bytes,
}
_KOBO = 2


def kind_of(type_name: str, type_kind: str, scale: int | None = None) -> Kind:
    """Return the kind of a base type; numbers with two decimals are naira, as everywhere in the schema.

    :param type_name: ``typname`` of pg_type, :param type_kind: its ``typtype``.
    """
    if type_name == "numeric" and scale == _KOBO:
        return Kind.money
    if type_kind == "e":
        return Kind.choice
    return _KINDS.get(type_name, Kind.other)
