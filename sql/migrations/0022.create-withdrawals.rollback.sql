-- 0022.create-withdrawals: nothing can be withdrawn to a bank
DROP FUNCTION post_withdrawal_cancellation(uuid, uuid);
DROP FUNCTION post_withdrawal_void(uuid, uuid, text);
DROP FUNCTION undo_withdrawal(uuid, uuid, text, text, timestamptz);
DROP FUNCTION post_withdrawal_settlement(uuid, uuid);
DROP FUNCTION post_withdrawal_settlement_at(uuid, uuid, timestamptz);
DROP FUNCTION claim_withdrawals(text, integer);
DROP FUNCTION post_withdrawal_hold(uuid, numeric, uuid, text);
DROP FUNCTION check_bank_account(uuid, uuid);
DROP FUNCTION post_withdrawal_hold_at(uuid, numeric, uuid, text, timestamptz);
DROP FUNCTION withdrawal_fee(numeric);
