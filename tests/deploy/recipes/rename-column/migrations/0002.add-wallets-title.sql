-- 0002.add-wallets-title: wallets have a title beside the label, and whichever is written sets the other
-- Why: the old application knows label, the new one title; both run side by side.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds, no row is read
-- Rollback: what was written as title is in label, too
-- phase: pre

ALTER TABLE wallets ADD COLUMN title text;

CREATE FUNCTION same_wallet_title() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.title IS NOT DISTINCT FROM OLD.title THEN
    NEW.title := NEW.label;
  ELSIF NEW.title IS NULL THEN
    NEW.title := NEW.label;
  ELSE
    NEW.label := NEW.title;
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER wallets_same_title_trigger BEFORE INSERT OR UPDATE ON wallets
FOR EACH ROW EXECUTE FUNCTION same_wallet_title();

-- The trigger fills it for every row that is written; the rest is the backfill's.
ALTER TABLE wallets ADD CONSTRAINT wallets_title_set_check CHECK (title IS NOT NULL) NOT VALID;
