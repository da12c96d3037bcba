-- 0004.drop-wallets-label: the label is there, with the titles

ALTER TABLE wallets ADD COLUMN label text;
UPDATE wallets SET label = title;
ALTER TABLE wallets ALTER COLUMN label SET NOT NULL;
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
ALTER TABLE wallets ALTER COLUMN title DROP NOT NULL;
ALTER TABLE wallets ADD CONSTRAINT wallets_title_set_check CHECK (title IS NOT NULL);
