-- 0001.create-tables: users have wallets
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  CONSTRAINT users_pkey PRIMARY KEY (id)
);

CREATE TABLE wallets (
  id bigint GENERATED ALWAYS AS IDENTITY,
  user_id bigint NOT NULL,
  label text NOT NULL,
  points integer NOT NULL,
  theme text,
  nickname text NOT NULL,
  CONSTRAINT wallets_pkey PRIMARY KEY (id)
);
