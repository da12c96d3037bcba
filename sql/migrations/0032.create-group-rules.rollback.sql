-- 0032.create-group-rules: functions of groups share nothing
DROP FUNCTION return_group_deposits(uuid, uuid[], timestamptz);
DROP FUNCTION refresh_group_standing(uuid, timestamptz);
DROP FUNCTION credit_group_pool(uuid, integer, numeric, timestamptz);
DROP FUNCTION lock_member_wallets(uuid);
DROP FUNCTION group_member_debt(uuid, uuid);
DROP FUNCTION group_round_debtors(uuid, integer);
DROP FUNCTION group_due_date(date, text, integer);
DROP FUNCTION check_group_tier(uuid, integer, numeric);
DROP FUNCTION check_not_organizer(group_members);
DROP FUNCTION refuse_stranger(uuid, uuid);
DROP FUNCTION check_group_status(ajo_groups, text[]);
DROP FUNCTION lock_own_group(uuid, uuid);
DROP FUNCTION lock_group(uuid);
