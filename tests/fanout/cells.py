"""What a test of many databases asks them, and how it names them."""

from __future__ import annotations

import psycopg


def has_table(url, schema="public"):
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{schema}.one",)).fetchone()[0]


def several(urls):
    return [word for url in urls for word in ("--database-url", url)]
