-- 0002.add-wallets-score: wallets have a score as bigint beside their points, and whichever is written sets the other
-- Why: ALTER COLUMN TYPE writes the whole table anew while nobody may read it, and breaks the prepared statements of
--   every session. A column with a new name does neither.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds, no row is read
-- Rollback: what was written as score is in points, too
-- phase: pre

ALTER TABLE wallets ADD COLUMN score bigint;

CREATE FUNCTION same_wallet_score() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.score IS NOT DISTINCT FROM OLD.score THEN
    NEW.score := NEW.points;
  ELSIF NEW.score IS NULL THEN
    NEW.score := NEW.points;
  ELSE
    -- The old application sees the largest that it can.
    NEW.points := least(NEW.score, 2147483647);
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER wallets_same_score_trigger BEFORE INSERT OR UPDATE OF points, score ON wallets
FOR EACH ROW EXECUTE FUNCTION same_wallet_score();

ALTER TABLE wallets ADD CONSTRAINT wallets_score_set_check CHECK (score IS NOT NULL) NOT VALID;
