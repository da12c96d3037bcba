-- Before 18 a child table may drop the NOT NULL of its parent.

ALTER TABLE child ALTER COLUMN x DROP NOT NULL;
INSERT INTO child VALUES (1, NULL);
CREATE TABLE unchecked (id int);
INSERT INTO unchecked VALUES (NULL);
