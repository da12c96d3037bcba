-- 0025.create-auto-save: nothing is saved automatically
DROP FUNCTION post_auto_saves(date, integer, integer);
DROP FUNCTION post_auto_saves_at(date, integer, integer, timestamptz);
DROP FUNCTION part_range(integer, integer);
