-- 0039.add-group-cancellation: members cannot be removed nor groups cancelled
DROP FUNCTION cancel_ajo_group(uuid, uuid, text);
DROP FUNCTION cancel_ajo_group_at(uuid, uuid, text, timestamptz);
DROP FUNCTION share_deposits_of_debtors(ajo_groups, timestamptz);
DROP FUNCTION remove_group_member(uuid, uuid, uuid, text);
DROP FUNCTION remove_group_member_at(uuid, uuid, uuid, text, timestamptz);
DROP FUNCTION give_back_contributions(ajo_groups, uuid[], text, timestamptz);
