-- 0014.create-transactions: transactions do not exist
DROP TABLE transactions;
DROP FUNCTION check_transaction();
DROP FUNCTION refuse_transaction_change();
