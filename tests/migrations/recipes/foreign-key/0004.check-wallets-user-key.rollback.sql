-- 0004.check-wallets-user-key: the rule is not proven for the old rows
ALTER TABLE wallets DROP CONSTRAINT wallets_user_id_fkey;

ALTER TABLE wallets ADD CONSTRAINT wallets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
