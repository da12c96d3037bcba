-- 0002.index-wallets-by-user: the index is gone
DROP INDEX CONCURRENTLY wallets_user_id_idx;
