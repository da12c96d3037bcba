-- 0030.create-groups: savings groups and their members do not exist
DROP TABLE group_members;
DROP TABLE ajo_groups;
