-- 0003.end-copy-of-looks: both sides are kept equal

CREATE FUNCTION copy_theme_to_wallet() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE wallets SET theme = NEW.theme WHERE id = NEW.wallet_id AND theme IS DISTINCT FROM NEW.theme;
  RETURN NULL;
END
$$;
CREATE TRIGGER wallet_looks_copy_theme_trigger AFTER INSERT OR UPDATE ON wallet_looks
FOR EACH ROW EXECUTE FUNCTION copy_theme_to_wallet();
