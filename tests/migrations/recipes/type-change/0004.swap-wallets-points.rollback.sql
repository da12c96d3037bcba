-- 0004.swap-wallets-points: points is integer
UPDATE wallets SET small_points = points WHERE small_points IS DISTINCT FROM points;

-- lint-ignore renaming-column: both names change hands in one instant
ALTER TABLE wallets RENAME COLUMN points TO big_points;

-- lint-ignore renaming-column: both names change hands in one instant
ALTER TABLE wallets RENAME COLUMN small_points TO points;

-- lint-ignore adding-not-nullable-field: a rollback may take its time
ALTER TABLE wallets ALTER COLUMN points SET NOT NULL;

-- lint-ignore constraint-missing-not-valid: a rollback may take its time
ALTER TABLE wallets ADD CONSTRAINT wallets_big_points_set_check CHECK (big_points IS NOT NULL);

-- lint-ignore ban-drop-not-null: it was so before
ALTER TABLE wallets ALTER COLUMN big_points DROP NOT NULL;

CREATE FUNCTION copy_wallet_points() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.big_points := NEW.points;
  RETURN NEW;
END
$$;

CREATE TRIGGER wallets_copy_points_trigger BEFORE INSERT OR UPDATE ON wallets
FOR EACH ROW EXECUTE FUNCTION copy_wallet_points();
