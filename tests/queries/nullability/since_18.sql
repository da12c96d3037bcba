-- Since 18 a NOT NULL may be NOT VALID: it holds for new rows only.

INSERT INTO child VALUES (1, 1);
CREATE TABLE unchecked (id int);
INSERT INTO unchecked VALUES (NULL);
ALTER TABLE unchecked ADD CONSTRAINT unchecked_id_not_null NOT NULL id NOT VALID;
