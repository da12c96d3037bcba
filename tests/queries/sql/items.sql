-- Queries of the tests' own small tables; see tests/queries/conftest.py.
-- ^ one row or nothing, $ one value, ! rows affected, <! one returned row, *! many rows, # a script.

-- name: get_item(id)^
-- One item, or nothing.
--
-- Used by most tests.
SELECT id, owner, label, price, tags, data, made_at
  FROM items
 WHERE id = :id;

-- name: get_item_label(id)$
SELECT label FROM items WHERE id = :id;

-- name: get_the_item(id)^
-- rows: exactly 1
SELECT id, label FROM items WHERE id = :id;

-- name: get_the_only_item()^
-- rows: exactly 1
SELECT id, label FROM items;

-- name: get_the_label(id)$
-- rows: exactly 1
SELECT label FROM items WHERE id = :id;

-- name: list_items(owner)
SELECT id, label, price FROM items WHERE owner = :owner ORDER BY id;

-- name: list_numbers(count)
SELECT n AS number, repeat('x', 100) AS filler FROM generate_series(1, :count::int) AS n;

-- name: list_all_columns()
SELECT * FROM items ORDER BY id;

-- name: count_items()$
SELECT count(*) FROM items;

-- name: create_item(id, owner, label)<!
INSERT INTO items (id, owner, label)
VALUES (:id, :owner, :label)
RETURNING id, label, price;

-- name: create_item_once(id, owner, label)<!
INSERT INTO items (id, owner, label) VALUES (:id, :owner, :label)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: update_label(id, label)!
UPDATE items SET label = :label WHERE id = :id;

-- name: set_data(id, data)!
UPDATE items SET data = :data WHERE id = :id;

-- name: delete_item(id)!
DELETE FROM items WHERE id = :id;

-- name: add_items(id, owner, label, price)*!
INSERT INTO items (id, owner, label, price) VALUES (:id, :owner, :label, :price);

-- name: add_items_once(id, owner, label)*!
INSERT INTO items (id, owner, label) VALUES (:id, :owner, 'VALUES (' || :label || ')')
ON CONFLICT (id) DO NOTHING;

-- name: put_items(id, owner, label)*!
INSERT INTO items (id, owner, label) VALUES (:id, :owner, :label)
ON CONFLICT (id) DO UPDATE SET label = excluded.label;

-- name: add_tagged_items(id, owner, label, tags)*!
INSERT INTO items (id, owner, label, tags) VALUES (:id, :owner, :label, :tags);

-- name: add_documented_items(id, owner, label, data)*!
INSERT INTO items (id, owner, label, data) VALUES (:id, :owner, :label, :data);

-- name: relabel(id, label)*!
UPDATE items SET label = :label WHERE id = :id;

-- name: get_sleep(seconds)^
SELECT pg_sleep(:seconds::float8) IS NULL AS slept;

-- name: get_state(pid)$
SELECT wait_event = 'PgSleep' AS is_asleep FROM pg_stat_activity WHERE pid = :pid;

-- name: add_scratch()#
CREATE TEMPORARY TABLE scratch (n int);
INSERT INTO scratch VALUES (1);
INSERT INTO scratch VALUES (2);
