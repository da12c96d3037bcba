-- 0036.add-group-collection: contributions cannot be collected
DROP FUNCTION record_group_contribution(uuid, uuid, integer);
DROP FUNCTION record_group_contribution_at(uuid, uuid, integer, timestamptz);
DROP FUNCTION repay_group_cover(group_contributions, timestamptz);
DROP FUNCTION collect_group_round(uuid, uuid);
DROP FUNCTION collect_group_round_at(uuid, uuid, timestamptz);
DROP FUNCTION check_round_due(ajo_rounds, timestamptz);
DROP FUNCTION check_round_open(ajo_groups, integer);
