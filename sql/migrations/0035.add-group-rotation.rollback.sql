-- 0035.add-group-rotation: rotations cannot be started
DROP FUNCTION open_group_round(uuid, uuid);
DROP FUNCTION open_current_round(uuid, timestamptz);
DROP FUNCTION advance_group(uuid, timestamptz);
DROP FUNCTION start_ajo_group(uuid, uuid, date);
DROP FUNCTION start_ajo_group_at(uuid, uuid, date, bigint, timestamptz);
DROP FUNCTION order_of_rotation(ajo_groups, bigint);
DROP FUNCTION set_rotation_order(uuid, uuid, uuid[]);
DROP FUNCTION write_positions(uuid, uuid[], timestamptz);
DROP FUNCTION refuse_rotation(uuid, integer, text);
