-- 0004.swap-wallets-points: points is bigint
-- Why: both names change hands in one instant; the application sees the one type or the other, never none.
-- Locks: wallets AccessExclusiveLock
-- Runtime: milliseconds
-- Rollback: the names change back; points beyond 2147483647 would make it fail, and nothing would change
DROP TRIGGER wallets_copy_points_trigger ON wallets;

-- lint-ignore ban-drop-function: only the trigger called it
DROP FUNCTION copy_wallet_points();

-- lint-ignore adding-not-nullable-field: the proven rule spares the read
ALTER TABLE wallets ALTER COLUMN big_points SET NOT NULL;

-- lint-ignore ban-drop-constraint: the stronger rule is in force
ALTER TABLE wallets DROP CONSTRAINT wallets_big_points_set_check;

-- lint-ignore renaming-column: both names change hands in one instant
ALTER TABLE wallets RENAME COLUMN points TO small_points;

-- lint-ignore renaming-column: both names change hands in one instant
ALTER TABLE wallets RENAME COLUMN big_points TO points;

-- lint-ignore ban-drop-not-null: nobody fills the old column any more
ALTER TABLE wallets ALTER COLUMN small_points DROP NOT NULL;
