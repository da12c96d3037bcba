-- 0038.add-group-payouts: rounds cannot be paid out
DROP FUNCTION get_group_balance(uuid, uuid);
DROP FUNCTION get_group_statement(uuid, uuid, timestamptz, timestamptz);
DROP FUNCTION sees_group(uuid, uuid);
DROP FUNCTION leave_ajo_group(uuid, uuid, text);
DROP FUNCTION leave_ajo_group_at(uuid, uuid, text, timestamptz);
DROP FUNCTION refuse_group_exit(ajo_groups, group_members);
DROP FUNCTION end_group_membership(ajo_groups, uuid, text, text, timestamptz);
DROP FUNCTION complete_ajo_group(uuid, uuid);
DROP FUNCTION complete_ajo_group_at(uuid, uuid, timestamptz);
DROP FUNCTION disburse_group_round(uuid, uuid, integer);
DROP FUNCTION disburse_group_round_at(uuid, uuid, integer, timestamptz);
