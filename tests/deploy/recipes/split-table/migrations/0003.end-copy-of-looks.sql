-- 0003.end-copy-of-looks: what is written to the new table stays there
-- Why: nobody reads the old column any more. A file of its own: it locks one table, and the next file the other. One that
--   locked both would wait for an application that holds one of them and waits for the other.
-- Locks: wallet_looks AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: both sides are kept equal again
-- phase: post after 24h

DROP TRIGGER wallet_looks_copy_theme_trigger ON wallet_looks;
DROP FUNCTION copy_theme_to_wallet();
