-- 0003.create-users: the table "user" does not exist
DROP TABLE "user";
