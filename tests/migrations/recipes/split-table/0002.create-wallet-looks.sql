-- 0002.create-wallet-looks: what a wallet looks like has a table of its own, kept equal by a trigger
-- Why: from here on the new application may read the new table, while the old one writes the old columns.
-- Locks: wallets ShareRowExclusiveLock
-- Runtime: milliseconds
-- Rollback: the new table goes
CREATE TABLE wallet_looks (
  wallet_id bigint NOT NULL,
  theme text,
  CONSTRAINT wallet_looks_pkey PRIMARY KEY (wallet_id),
  CONSTRAINT wallet_looks_wallet_id_fkey FOREIGN KEY (wallet_id) REFERENCES wallets (id) ON DELETE CASCADE
);

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
