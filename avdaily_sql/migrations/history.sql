-- The history of migrations: the tables of yoyo-migrations 9.0.0 as it makes them itself, and ours beside them.
-- Run once, by the first apply, in one transaction, with search_path set to the history's own schema.

-- What is applied now; the hash is that of the id.
CREATE TABLE _yoyo_migration (
  migration_hash varchar(64),
  migration_id varchar(255),
  applied_at_utc timestamp,
  PRIMARY KEY (migration_hash)
);

CREATE TABLE _yoyo_log (
  id varchar(36),
  migration_hash varchar(64),
  migration_id varchar(255),
  operation varchar(10),
  username varchar(255),
  hostname varchar(255),
  comment varchar(255),
  created_at_utc timestamp,
  PRIMARY KEY (id)
);

CREATE TABLE _yoyo_version (
  version int NOT NULL PRIMARY KEY,
  installed_at_utc timestamp
);

-- Only for stock yoyo: avdaily-sql holds an advisory lock, which ends with its session.
CREATE TABLE yoyo_lock (
  locked int DEFAULT 1,
  ctime timestamp,
  pid int NOT NULL,
  PRIMARY KEY (locked)
);

-- A program that knows only older formats refuses to work.
CREATE TABLE avdaily_format (
  version integer NOT NULL,
  application_version text NOT NULL,
  installed_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT avdaily_format_pkey PRIMARY KEY (version)
);

COMMENT ON TABLE avdaily_format IS 'The format of these tables; a program that knows only older ones refuses to work.';

-- Append-only: checksums are read from the newest row of a migration, so that a repair leaves the old ones to be seen.
CREATE TABLE avdaily_log (
  id bigint GENERATED ALWAYS AS IDENTITY,
  migration_id text NOT NULL,
  operation text NOT NULL,
  yoyo_log_id varchar(36),
  raw_checksum text,
  token_checksum text,
  statements integer,
  transactional boolean,
  duration_ms integer,
  attempts integer,
  database_user text DEFAULT current_user NOT NULL,
  os_user text NOT NULL,
  host text NOT NULL,
  application_version text NOT NULL,
  git_revision text,
  reason text,
  logged_at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT avdaily_log_pkey PRIMARY KEY (id),
  CONSTRAINT avdaily_log_operation_check CHECK (operation IN ('apply', 'rollback', 'mark', 'unmark', 'repair'))
);

COMMENT ON TABLE avdaily_log IS 'Who did what to which migration, when, from where, with which file; append-only.';
COMMENT ON COLUMN avdaily_log.yoyo_log_id IS 'The row of _yoyo_log that was written with it.';
COMMENT ON COLUMN avdaily_log.raw_checksum IS 'SHA-256 of the file; line endings and byte order mark do not count.';
COMMENT ON COLUMN avdaily_log.token_checksum IS
  'SHA-256 of the tokens of the file; comments, white space and keyword case do not count.';
COMMENT ON COLUMN avdaily_log.duration_ms IS 'Milliseconds from the first statement to this row, in the last attempt.';
COMMENT ON COLUMN avdaily_log.attempts IS 'More than one: it waited for locks in between.';
COMMENT ON COLUMN avdaily_log.git_revision IS 'The commit of the working copy around the file, if there was one.';
COMMENT ON COLUMN avdaily_log.reason IS 'Why, where a person has to say so: a repair.';

-- A file without a transaction commits statement by statement; each leaves its row here until the file is complete.
CREATE TABLE avdaily_progress (
  migration_id text NOT NULL,
  operation text NOT NULL,
  statement integer NOT NULL,
  token_checksum text NOT NULL,
  started_at timestamptz DEFAULT clock_timestamp() NOT NULL,
  finished_at timestamptz,
  CONSTRAINT avdaily_progress_pkey PRIMARY KEY (migration_id, operation, statement),
  CONSTRAINT avdaily_progress_operation_check CHECK (operation IN ('apply', 'rollback'))
);

COMMENT ON TABLE avdaily_progress IS 'Statements of a file that runs without a transaction; empty when all is complete.';
COMMENT ON COLUMN avdaily_progress.statement IS 'Its number in the file, from 1.';
COMMENT ON COLUMN avdaily_progress.token_checksum IS 'SHA-256 of its tokens: what has run may not be edited any more.';
COMMENT ON COLUMN avdaily_progress.finished_at IS 'Null while it runs, and after a crash in its middle.';
