-- The history of repeatable files; run by the first apply that has one, with search_path set to the history's schema.

-- Append-only: the newest row of a name says what is applied.
CREATE TABLE avdaily_repeatable (
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  operation text NOT NULL,
  raw_checksum text,
  statements integer,
  duration_ms integer,
  attempts integer,
  database_user text DEFAULT current_user NOT NULL,
  os_user text NOT NULL,
  host text NOT NULL,
  application_version text NOT NULL,
  git_revision text,
  logged_at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT avdaily_repeatable_pkey PRIMARY KEY (id),
  CONSTRAINT avdaily_repeatable_operation_check CHECK (operation IN ('apply', 'outdate', 'remove'))
);

COMMENT ON TABLE avdaily_repeatable IS 'Who applied which repeatable file, when, with which text; append-only.';
COMMENT ON COLUMN avdaily_repeatable.operation IS
  'apply: it was run; outdate: a rollback asked for it again; remove: its file was gone.';
COMMENT ON COLUMN avdaily_repeatable.raw_checksum IS
  'SHA-256 of the file; line endings and byte order mark do not count.';
COMMENT ON COLUMN avdaily_repeatable.duration_ms IS 'Milliseconds from the first statement to this row, in the last attempt.';
