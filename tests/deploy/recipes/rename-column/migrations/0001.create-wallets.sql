-- 0001.create-wallets: wallets are there

CREATE TABLE wallets (
  id bigint GENERATED ALWAYS AS IDENTITY,
  label text NOT NULL,
  points integer NOT NULL DEFAULT 0,
  theme text,
  CONSTRAINT wallets_pkey PRIMARY KEY (id)
);
