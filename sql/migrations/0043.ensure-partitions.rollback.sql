-- 0043.ensure-partitions: no function makes partitions
DROP FUNCTION ensure_partitions(integer);
DROP FUNCTION ensure_partitions_at(integer, timestamptz);
DROP FUNCTION make_partitions(text, integer, timestamptz);
DROP FUNCTION make_partition(text, text, timestamptz, timestamptz);
DROP FUNCTION has_waiting_rows(text, integer, timestamptz);
DROP FUNCTION missing_partitions(text, integer, timestamptz);
