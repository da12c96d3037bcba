-- 0031.create-group-rounds: rounds, contributions, payouts and invitations of groups do not exist
DROP TABLE group_invitations;
DROP TABLE group_payouts;
DROP TABLE group_contributions;
DROP TABLE ajo_rounds;
