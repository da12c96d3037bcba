-- 0002.index-wallets-by-label: the index is gone
DROP INDEX CONCURRENTLY wallets_label_idx;
