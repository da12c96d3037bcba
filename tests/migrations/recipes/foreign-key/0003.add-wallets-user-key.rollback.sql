-- 0003.add-wallets-user-key: the rule is gone
ALTER TABLE wallets DROP CONSTRAINT wallets_user_id_fkey;
