-- 0004.drop-wallets-points: the points are there, with the scores

ALTER TABLE wallets ADD COLUMN points integer DEFAULT 0;
UPDATE wallets SET points = score;
ALTER TABLE wallets ALTER COLUMN points SET NOT NULL;
CREATE FUNCTION same_wallet_score() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.score IS NOT DISTINCT FROM OLD.score THEN
    NEW.score := NEW.points;
  ELSIF NEW.score IS NULL THEN
    NEW.score := NEW.points;
  ELSE
    NEW.points := least(NEW.score, 2147483647);
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER wallets_same_score_trigger BEFORE INSERT OR UPDATE OF points, score ON wallets
FOR EACH ROW EXECUTE FUNCTION same_wallet_score();
ALTER TABLE wallets ALTER COLUMN score DROP NOT NULL;
ALTER TABLE wallets ALTER COLUMN score DROP DEFAULT;
ALTER TABLE wallets ADD CONSTRAINT wallets_score_set_check CHECK (score IS NOT NULL);
