-- 0033.add-group-membership: groups cannot be created, changed or joined
DROP FUNCTION join_ajo_group(uuid, uuid, text);
DROP FUNCTION join_ajo_group_at(uuid, uuid, text, timestamptz);
DROP FUNCTION find_group_membership(uuid, uuid);
DROP FUNCTION join_locked_group(uuid, ajo_groups, timestamptz);
DROP FUNCTION update_ajo_group(uuid, uuid, text, text, integer, boolean);
DROP FUNCTION create_ajo_group(uuid, text, integer, numeric, text, text, text, numeric, text, boolean, text);
DROP FUNCTION create_ajo_group_at(uuid, text, integer, numeric, text, text, text, numeric, text, boolean, text, timestamptz);
DROP FUNCTION admit_group_member(uuid, ajo_groups, text, timestamptz);
