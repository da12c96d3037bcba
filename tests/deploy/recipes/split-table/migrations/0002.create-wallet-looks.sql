-- 0002.create-wallet-looks: what a wallet looks like has a table of its own; whichever side is written sets the other
-- Why: the old application writes wallets.theme, the new one wallet_looks; both run side by side.
-- Locks: wallets ShareRowExclusiveLock
-- Runtime: milliseconds
-- Rollback: what was written to the new table is in the old column, too
-- phase: pre

CREATE TABLE wallet_looks (
  wallet_id bigint NOT NULL,
  theme text,
  CONSTRAINT wallet_looks_pkey PRIMARY KEY (wallet_id),
  CONSTRAINT wallet_looks_wallet_id_fkey FOREIGN KEY (wallet_id) REFERENCES wallets (id) ON DELETE CASCADE
);

-- Each trigger writes only what differs, so that neither answers the other for ever.
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
CREATE FUNCTION copy_theme_to_wallet() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE wallets SET theme = NEW.theme WHERE id = NEW.wallet_id AND theme IS DISTINCT FROM NEW.theme;
  RETURN NULL;
END
$$;
CREATE TRIGGER wallets_copy_theme_trigger AFTER INSERT OR UPDATE OF theme ON wallets
FOR EACH ROW EXECUTE FUNCTION copy_theme_to_looks();
CREATE TRIGGER wallet_looks_copy_theme_trigger AFTER INSERT OR UPDATE ON wallet_looks
FOR EACH ROW EXECUTE FUNCTION copy_theme_to_wallet();
