-- 0061.create-row-checks: broken rows and a broken schema cannot be listed
DROP VIEW integrity_of_schema;
DROP VIEW integrity_of_rows;
