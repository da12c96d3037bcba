-- 0003.add-wallets-label-key: the index stands alone again
ALTER TABLE wallets DROP CONSTRAINT wallets_user_id_label_key;

-- lint-ignore require-concurrent-index-creation: a rollback may take its time
CREATE UNIQUE INDEX wallets_user_id_label_key ON wallets (user_id, label);
