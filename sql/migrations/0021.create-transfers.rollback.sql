-- 0021.create-transfers: no user can send money to another
DROP FUNCTION post_transfer(uuid, uuid, numeric, text, text);
DROP FUNCTION refuse_transfer(uuid, uuid, numeric, timestamptz);
DROP FUNCTION post_transfer_at(uuid, uuid, numeric, text, text, timestamptz);
