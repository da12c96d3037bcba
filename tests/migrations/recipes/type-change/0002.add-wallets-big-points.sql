-- 0002.add-wallets-big-points: wallets have their points as bigint, too, kept equal by a trigger
-- Why: ALTER COLUMN points TYPE bigint writes the whole table anew while nobody may read it.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: the second column goes
ALTER TABLE wallets ADD COLUMN big_points bigint;

CREATE FUNCTION copy_wallet_points() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.big_points := NEW.points;
  RETURN NEW;
END
$$;

ALTER TABLE wallets ADD CONSTRAINT wallets_big_points_set_check CHECK (big_points IS NOT NULL) NOT VALID;

CREATE TRIGGER wallets_copy_points_trigger BEFORE INSERT OR UPDATE ON wallets
FOR EACH ROW EXECUTE FUNCTION copy_wallet_points();
