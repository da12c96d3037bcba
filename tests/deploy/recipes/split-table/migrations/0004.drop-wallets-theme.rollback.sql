-- 0004.drop-wallets-theme: the old column is there, with the values of the new table

ALTER TABLE wallets ADD COLUMN theme text;
UPDATE wallets SET theme = wallet_looks.theme FROM wallet_looks WHERE wallet_looks.wallet_id = wallets.id;
CREATE FUNCTION copy_theme_to_looks() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- The new application may have written it in the same statement.
    INSERT INTO wallet_looks (wallet_id, theme) VALUES (NEW.id, NEW.theme) ON CONFLICT (wallet_id) DO NOTHING;
  ELSE
    INSERT INTO wallet_looks AS looks (wallet_id, theme) VALUES (NEW.id, NEW.theme)
    ON CONFLICT (wallet_id) DO UPDATE SET theme = excluded.theme WHERE looks.theme IS DISTINCT FROM excluded.theme;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER wallets_copy_theme_trigger AFTER INSERT OR UPDATE OF theme ON wallets
FOR EACH ROW EXECUTE FUNCTION copy_theme_to_looks();
