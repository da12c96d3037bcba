-- 0004.drop-wallets-theme: the old column is there, with the values of the new table
ALTER TABLE wallets ADD COLUMN theme text;

UPDATE wallets SET theme = wallet_looks.theme FROM wallet_looks WHERE wallet_looks.wallet_id = wallets.id;

CREATE FUNCTION copy_wallet_look() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wallet_looks (wallet_id, theme) VALUES (NEW.id, NEW.theme)
  ON CONFLICT (wallet_id) DO UPDATE SET theme = excluded.theme;
  RETURN NULL;
END
$$;

CREATE TRIGGER wallets_copy_look_trigger AFTER INSERT OR UPDATE OF theme ON wallets
FOR EACH ROW EXECUTE FUNCTION copy_wallet_look();
