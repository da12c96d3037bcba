"""The keys of what remains: of any type, of several columns, never null and never cut."""

from __future__ import annotations

import pytest

from avdaily_sql import errors
from avdaily_sql.backfills import Limits
from tests.backfills.house import CHANGE, HEADER


@pytest.mark.parametrize(
    ("columns", "values", "keys", "where"),
    [
        ("a uuid, b date", "gen_random_uuid(), date '2031-01-01' + n", "a, b",
         "(a, b) IN (SELECT * FROM unnest(:a, :b))"),
        ("a text, b numeric(9, 2)", "n % 7 || ' \"it''s\" \\ é', n / 100.0", "b", "b = ANY(:b)"),
        ("a timestamptz, b int", "timestamptz '2031-01-01 12:00+01' + n * interval '1.000001 s', n",
         "a", "a = ANY(:a)"),
        ('"Odd ""name" int, b bytea', "n, sha256(n::text::bytea)", "b", "b = ANY(:b)"),
        ("a mood, b int", "CASE WHEN n % 2 = 0 THEN 'calm' ELSE 'good' END::mood, n", "a, b",
         "(a, b) IN (SELECT * FROM unnest(:a, :b))"),
    ],
)  # fmt: skip
def test_a_key_can_be_of_any_type_and_of_several_columns(house, columns, values, keys, where):
    with house.connect() as conn:
        conn.execute("CREATE TYPE mood AS ENUM ('good', 'calm')")
        conn.execute(f"CREATE TABLE odd ({columns}, done boolean NOT NULL DEFAULT false)")
        names = ", ".join(part.rsplit(" ", 1)[0] for part in columns.replace("(9, 2)", "").split(", "))
        conn.execute(f"INSERT INTO odd ({names}) SELECT {values} FROM generate_series(1, 230) AS n".encode())
    house.write(
        f"{HEADER}SELECT {keys} FROM odd WHERE NOT done -- to do\n;\nUPDATE odd SET done = true WHERE {where};\n"
    )
    assert house.run(Limits(load=1, batch=40)).rows == 230
    assert house.value("SELECT count(*) FROM odd WHERE NOT done") == 0


def test_a_key_that_is_null_is_refused(house):
    with house.connect() as conn:
        conn.execute("CREATE TABLE odd (a int, done boolean)")
        conn.execute("INSERT INTO odd VALUES (NULL, false)")
    house.write(f"{HEADER}SELECT a FROM odd WHERE NOT done;\nUPDATE odd SET done = true WHERE a = ANY(:a);\n")
    with pytest.raises(errors.Failed, match="a key of what remains is null"):
        house.run()


@pytest.mark.parametrize("kind", ["char(10)", "bit(8)"])
def test_a_key_of_a_type_with_a_length_is_not_cut_to_one_place(house, kind):
    with house.connect() as conn:
        conn.execute(f"ALTER TABLE payments DROP COLUMN id, ADD COLUMN id {kind}")
        conn.execute(f"INSERT INTO payments (id) SELECT g::{kind} FROM generate_series(1, 50) AS g")
    assert house.run(Limits(load=1, batch=7)).rows == 50
    assert house.touched() == [(1, 50)]


def test_a_key_that_is_selected_twice_is_refused(house):
    house.write(HEADER + "SELECT id, id FROM payments WHERE channel IS NULL;\n" + CHANGE)
    with pytest.raises(errors.UsageError, match='gives "id" twice'):
        house.run()
