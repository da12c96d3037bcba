-- 0002.index-wallets-label: the index is gone
DROP INDEX CONCURRENTLY wallets_user_id_label_key;
