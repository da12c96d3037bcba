-- 0027.create-corrections: nothing that is posted can be corrected
DROP FUNCTION post_opening_balance(uuid, numeric, timestamptz);
DROP FUNCTION post_cashback_at(uuid, numeric, text, timestamptz);
DROP FUNCTION post_debt_repayment(uuid, numeric);
DROP FUNCTION post_debt_repayment_at(uuid, numeric, timestamptz);
DROP FUNCTION post_chargeback(uuid, uuid, text);
DROP FUNCTION post_chargeback_at(uuid, uuid, text, timestamptz);
DROP FUNCTION post_reversal(uuid, uuid, text);
DROP FUNCTION post_reversal_at(uuid, uuid, text, timestamptz);
DROP FUNCTION lock_for_reversal(uuid, uuid, text[]);
DROP FUNCTION post_opposite(transactions, text, timestamptz);
DROP FUNCTION move_balance(uuid, numeric, timestamptz);
