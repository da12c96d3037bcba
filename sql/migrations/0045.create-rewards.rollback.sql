-- 0045.create-rewards: neither milestones nor rewards are kept
DROP TABLE rewards;
DROP TABLE savings_milestones;
