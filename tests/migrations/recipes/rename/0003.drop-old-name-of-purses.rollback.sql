-- 0003.drop-old-name-of-purses: the view with the old name is there
CREATE VIEW wallets AS SELECT id, user_id, label, points, theme, nickname FROM purses;
