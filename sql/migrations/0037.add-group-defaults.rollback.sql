-- 0037.add-group-defaults: late contributions are neither marked nor covered
DROP FUNCTION cover_group_default(uuid, uuid, uuid, text);
DROP FUNCTION cover_group_default_at(uuid, uuid, uuid, text, timestamptz);
DROP FUNCTION mark_group_defaults(uuid, uuid);
DROP FUNCTION mark_group_defaults_at(uuid, uuid, timestamptz);
DROP FUNCTION cover_by_organizer(ajo_groups, uuid[], timestamptz);
DROP FUNCTION cover_from_deposits(ajo_groups, uuid[], timestamptz);
