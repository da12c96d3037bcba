-- 0042.create-notifications: messages to users, their wishes about them, their devices and planned messages can be kept
-- Why: a message waits in one table until a worker has delivered it; whether and when it may be delivered is decided by the
--   user's preferences, so these stand beside it. Partitioned by month: messages are many and soon old.
-- Locks: new tables only; SHARE ROW EXCLUSIVE on "user" for the foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops the four tables with every message in them.
-- depends: 0041.add-role-administration

-- Read means that read_at is set: is_read follows from it, so the two cannot disagree.
CREATE TABLE notifications (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  type text NOT NULL,
  channel text NOT NULL,
  title text NOT NULL,
  message text NOT NULL,
  data jsonb,
  status text DEFAULT 'pending' NOT NULL,
  is_read boolean GENERATED ALWAYS AS (read_at IS NOT NULL) STORED NOT NULL,
  read_at timestamptz,
  sent_at timestamptz,
  failure_reason text,
  deliver_after timestamptz DEFAULT now() NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT notifications_pkey PRIMARY KEY (id, created_at),
  CONSTRAINT notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE CASCADE,
  CONSTRAINT notifications_type_values_check CHECK (
    type IN (
      'contribution_reminder', 'milestone', 'group_activity', 'payment_update', 'auto_save_failed', 'weekly_report',
      'kyc_update', 'security'
    )
  ),
  CONSTRAINT notifications_channel_values_check CHECK (channel IN ('push', 'sms', 'email', 'in_app')),
  CONSTRAINT notifications_title_length_check CHECK (char_length(title) BETWEEN 1 AND 200),
  CONSTRAINT notifications_message_length_check CHECK (char_length(message) BETWEEN 1 AND 4000),
  CONSTRAINT notifications_data_object_check CHECK (jsonb_typeof(data) = 'object'),
  CONSTRAINT notifications_status_values_check CHECK (status IN ('pending', 'sent', 'failed')),
  CONSTRAINT notifications_sent_at_of_status_check CHECK ((status = 'sent') = (sent_at IS NOT NULL)),
  CONSTRAINT notifications_failure_reason_of_status_check CHECK ((status = 'failed') = (failure_reason IS NOT NULL)),
  CONSTRAINT notifications_failure_reason_length_check CHECK (char_length(failure_reason) BETWEEN 1 AND 500),
  CONSTRAINT notifications_attempts_range_check CHECK (attempts BETWEEN 0 AND 5),
  CONSTRAINT notifications_created_at_finite_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);

-- The months come from ensure_partitions(); what falls outside waits here until it carries it over.
CREATE TABLE notifications_default PARTITION OF notifications DEFAULT;

-- list_notifications: WHERE user_id = … ORDER BY created_at DESC, id; also the foreign key's.
CREATE INDEX notifications_user_id_created_at_id_idx ON notifications (user_id, created_at, id);
-- count_unread, mark_all_read: the few that are not read.
CREATE INDEX notifications_user_id_unread_idx ON notifications (user_id) WHERE read_at IS NULL;
-- claim_due_notifications: the oldest that may go out now.
CREATE INDEX notifications_deliver_after_pending_idx ON notifications (deliver_after, id) WHERE status = 'pending';

CREATE TABLE notification_preferences (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  push_enabled boolean DEFAULT true NOT NULL,
  push_contribution_reminders boolean DEFAULT true NOT NULL,
  push_milestones boolean DEFAULT true NOT NULL,
  push_group_activity boolean DEFAULT true NOT NULL,
  push_payment_updates boolean DEFAULT true NOT NULL,
  sms_enabled boolean DEFAULT false NOT NULL,
  sms_contribution_reminders boolean DEFAULT false NOT NULL,
  sms_milestones boolean DEFAULT false NOT NULL,
  sms_payment_updates boolean DEFAULT false NOT NULL,
  email_enabled boolean DEFAULT true NOT NULL,
  email_weekly_report boolean DEFAULT true NOT NULL,
  email_milestones boolean DEFAULT true NOT NULL,
  email_group_activity boolean DEFAULT true NOT NULL,
  email_payment_updates boolean DEFAULT true NOT NULL,
  quiet_hours_enabled boolean DEFAULT false NOT NULL,
  quiet_hours_start time_of_day,
  quiet_hours_end time_of_day,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT notification_preferences_pkey PRIMARY KEY (id),
  CONSTRAINT notification_preferences_user_id_key UNIQUE (user_id),
  CONSTRAINT notification_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE CASCADE,
  CONSTRAINT notification_preferences_quiet_hours_whole_check CHECK ((quiet_hours_start IS NULL) = (quiet_hours_end IS NULL)),
  CONSTRAINT notification_preferences_quiet_hours_enabled_check CHECK (NOT quiet_hours_enabled OR quiet_hours_start IS NOT NULL),
  -- From 22:00 to 22:00 would be either never or always.
  CONSTRAINT notification_preferences_quiet_hours_differ_check CHECK (quiet_hours_start <> quiet_hours_end)
);

CREATE TRIGGER notification_preferences_set_updated_at BEFORE UPDATE ON notification_preferences FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

CREATE TABLE push_tokens (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  token text NOT NULL,
  platform text NOT NULL,
  device_id text,
  device_name text,
  is_active boolean DEFAULT true NOT NULL,
  last_used_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT push_tokens_pkey PRIMARY KEY (id),
  -- A token is a device, and a device has one owner at a time: whoever signed in last.
  CONSTRAINT push_tokens_token_key UNIQUE (token),
  CONSTRAINT push_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE CASCADE,
  CONSTRAINT push_tokens_token_length_check CHECK (char_length(token) BETWEEN 10 AND 1000),
  CONSTRAINT push_tokens_platform_values_check CHECK (platform IN ('ios', 'android', 'web')),
  CONSTRAINT push_tokens_device_id_length_check CHECK (char_length(device_id) BETWEEN 1 AND 255),
  CONSTRAINT push_tokens_device_name_length_check CHECK (char_length(device_name) BETWEEN 1 AND 255)
);

-- list_active_push_tokens: where a message to this user goes; also the foreign key's.
CREATE INDEX push_tokens_user_id_idx ON push_tokens (user_id);

CREATE TRIGGER push_tokens_set_updated_at BEFORE UPDATE ON push_tokens FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

CREATE TABLE scheduled_notifications (
  id uuid DEFAULT app_uuid() NOT NULL,
  user_id uuid NOT NULL,
  type text NOT NULL,
  channel text NOT NULL,
  title text NOT NULL,
  message text NOT NULL,
  data jsonb,
  scheduled_for timestamptz NOT NULL,
  first_scheduled_for timestamptz NOT NULL,
  is_recurring boolean DEFAULT false NOT NULL,
  recurring_pattern text,
  status text DEFAULT 'pending' NOT NULL,
  sent_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT scheduled_notifications_pkey PRIMARY KEY (id),
  CONSTRAINT scheduled_notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE CASCADE,
  CONSTRAINT scheduled_notifications_type_values_check CHECK (
    type IN (
      'contribution_reminder', 'milestone', 'group_activity', 'payment_update', 'auto_save_failed', 'weekly_report',
      'kyc_update', 'security'
    )
  ),
  CONSTRAINT scheduled_notifications_channel_values_check CHECK (channel IN ('push', 'sms', 'email', 'in_app')),
  CONSTRAINT scheduled_notifications_title_length_check CHECK (char_length(title) BETWEEN 1 AND 200),
  CONSTRAINT scheduled_notifications_message_length_check CHECK (char_length(message) BETWEEN 1 AND 4000),
  CONSTRAINT scheduled_notifications_data_object_check CHECK (jsonb_typeof(data) = 'object'),
  CONSTRAINT scheduled_notifications_scheduled_for_finite_check CHECK (isfinite(scheduled_for)),
  CONSTRAINT scheduled_notifications_not_before_first_check CHECK (scheduled_for >= first_scheduled_for),
  CONSTRAINT scheduled_notifications_pattern_values_check CHECK (recurring_pattern IN ('daily', 'weekly', 'monthly')),
  CONSTRAINT scheduled_notifications_pattern_of_recurring_check CHECK (is_recurring = (recurring_pattern IS NOT NULL)),
  CONSTRAINT scheduled_notifications_status_values_check CHECK (status IN ('pending', 'sent', 'cancelled', 'failed')),
  CONSTRAINT scheduled_notifications_sent_has_time_check CHECK (status <> 'sent' OR sent_at IS NOT NULL)
);

-- post_scheduled_notifications: what is due, the oldest first.
CREATE INDEX scheduled_notifications_scheduled_for_pending_idx ON scheduled_notifications (scheduled_for, id)
  WHERE status = 'pending';
-- What is planned for one user; also the foreign key's.
CREATE INDEX scheduled_notifications_user_id_scheduled_for_idx ON scheduled_notifications (user_id, scheduled_for);

CREATE TRIGGER scheduled_notifications_set_updated_at BEFORE UPDATE ON scheduled_notifications FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

COMMENT ON TABLE notifications IS 'Messages to users, one partition a month (UTC).';
COMMENT ON COLUMN notifications.id IS 'UUID version 7.';
COMMENT ON COLUMN notifications.user_id IS 'Whom it is for.';
COMMENT ON COLUMN notifications.type IS 'What it is about; with the channel it decides which preference counts.';
COMMENT ON COLUMN notifications.channel IS 'push, sms, email or in_app.';
COMMENT ON COLUMN notifications.title IS 'Heading, 1 to 200 characters.';
COMMENT ON COLUMN notifications.message IS 'Text, 1 to 4000 characters.';
COMMENT ON COLUMN notifications.data IS 'What the client needs to open the right page: a JSON object.';
COMMENT ON COLUMN notifications.status IS 'pending, sent or failed; in_app is sent at once.';
COMMENT ON COLUMN notifications.is_read IS 'Whether read_at is set.';
COMMENT ON COLUMN notifications.read_at IS 'When the user read it.';
COMMENT ON COLUMN notifications.sent_at IS 'When the channel took it.';
COMMENT ON COLUMN notifications.failure_reason IS 'Why it was given up; null otherwise.';
COMMENT ON COLUMN notifications.deliver_after IS 'Not before this moment: the end of quiet hours, or, once a worker has it, when another may take it.';
COMMENT ON COLUMN notifications.attempts IS 'How often a worker took it, 0 to 5.';
COMMENT ON COLUMN notifications.created_at IS 'When it was made; decides the partition.';

COMMENT ON TABLE notification_preferences IS 'Which messages a user wants, by channel and kind, and when none; one row a user.';
COMMENT ON COLUMN notification_preferences.id IS 'UUID version 7.';
COMMENT ON COLUMN notification_preferences.user_id IS 'Whose wishes these are.';
COMMENT ON COLUMN notification_preferences.push_enabled IS 'Any push at all; false overrides the other push columns.';
COMMENT ON COLUMN notification_preferences.push_contribution_reminders IS 'Reminders to save, by push.';
COMMENT ON COLUMN notification_preferences.push_milestones IS 'Milestones, by push.';
COMMENT ON COLUMN notification_preferences.push_group_activity IS 'What happens in groups, by push.';
COMMENT ON COLUMN notification_preferences.push_payment_updates IS 'Payments and failed auto-saves, by push.';
COMMENT ON COLUMN notification_preferences.sms_enabled IS 'Any SMS at all; false overrides the other SMS columns.';
COMMENT ON COLUMN notification_preferences.sms_contribution_reminders IS 'Reminders to save, by SMS.';
COMMENT ON COLUMN notification_preferences.sms_milestones IS 'Milestones, by SMS.';
COMMENT ON COLUMN notification_preferences.sms_payment_updates IS 'Payments and failed auto-saves, by SMS.';
COMMENT ON COLUMN notification_preferences.email_enabled IS 'Any e-mail at all; false overrides the other e-mail columns.';
COMMENT ON COLUMN notification_preferences.email_weekly_report IS 'The weekly report, by e-mail.';
COMMENT ON COLUMN notification_preferences.email_milestones IS 'Milestones, by e-mail.';
COMMENT ON COLUMN notification_preferences.email_group_activity IS 'What happens in groups, by e-mail.';
COMMENT ON COLUMN notification_preferences.email_payment_updates IS 'Payments and failed auto-saves, by e-mail.';
COMMENT ON COLUMN notification_preferences.quiet_hours_enabled IS 'Whether the quiet hours count.';
COMMENT ON COLUMN notification_preferences.quiet_hours_start IS 'Lagos time of day from which on nothing but security goes out.';
COMMENT ON COLUMN notification_preferences.quiet_hours_end IS 'Lagos time of day at which they end; before the start: on the next day.';
COMMENT ON COLUMN notification_preferences.created_at IS 'When the row was made.';
COMMENT ON COLUMN notification_preferences.updated_at IS 'When the row last changed.';

COMMENT ON TABLE push_tokens IS 'Devices that take push messages, one row a token.';
COMMENT ON COLUMN push_tokens.id IS 'UUID version 7.';
COMMENT ON COLUMN push_tokens.user_id IS 'Who signed in last on the device.';
COMMENT ON COLUMN push_tokens.token IS 'The push provider''s name of the device; unique.';
COMMENT ON COLUMN push_tokens.platform IS 'ios, android or web.';
COMMENT ON COLUMN push_tokens.device_id IS 'The client''s own id of the device.';
COMMENT ON COLUMN push_tokens.device_name IS 'What the person calls the device.';
COMMENT ON COLUMN push_tokens.is_active IS 'False after sign-out, or when the provider no longer knows it.';
COMMENT ON COLUMN push_tokens.last_used_at IS 'When it was last registered.';
COMMENT ON COLUMN push_tokens.created_at IS 'When the row was made.';
COMMENT ON COLUMN push_tokens.updated_at IS 'When the row last changed.';

COMMENT ON TABLE scheduled_notifications IS 'Messages planned for later, once or again and again.';
COMMENT ON COLUMN scheduled_notifications.id IS 'UUID version 7.';
COMMENT ON COLUMN scheduled_notifications.user_id IS 'Whom it is for.';
COMMENT ON COLUMN scheduled_notifications.type IS 'What it is about, as in notifications.';
COMMENT ON COLUMN scheduled_notifications.channel IS 'push, sms, email or in_app.';
COMMENT ON COLUMN scheduled_notifications.title IS 'Heading, 1 to 200 characters.';
COMMENT ON COLUMN scheduled_notifications.message IS 'Text, 1 to 4000 characters.';
COMMENT ON COLUMN scheduled_notifications.data IS 'What the client needs to open the right page: a JSON object.';
COMMENT ON COLUMN scheduled_notifications.scheduled_for IS 'The next time it is due.';
COMMENT ON COLUMN scheduled_notifications.first_scheduled_for IS 'The first time: later ones keep its Lagos time of day and day of the month.';
COMMENT ON COLUMN scheduled_notifications.is_recurring IS 'Whether it is due again and again.';
COMMENT ON COLUMN scheduled_notifications.recurring_pattern IS 'daily, weekly or monthly; null when it is due once.';
COMMENT ON COLUMN scheduled_notifications.status IS 'pending, sent (due once), cancelled or failed.';
COMMENT ON COLUMN scheduled_notifications.sent_at IS 'When it last became a message.';
COMMENT ON COLUMN scheduled_notifications.created_at IS 'When it was planned.';
COMMENT ON COLUMN scheduled_notifications.updated_at IS 'When the row last changed.';

GRANT SELECT ON notifications, notification_preferences, scheduled_notifications TO avdaily_app, avdaily_readonly;
GRANT SELECT ON push_tokens TO avdaily_app;
-- Not the token: whoever has it and the provider's key writes on the person's screen.
GRANT SELECT (
  id, user_id, platform, device_id, device_name, is_active, last_used_at, created_at, updated_at
) ON push_tokens TO avdaily_readonly;
GRANT SELECT, INSERT, UPDATE, DELETE ON notifications, notification_preferences, push_tokens, scheduled_notifications
  TO avdaily_ledger;
-- A person's own wishes; every combination that the constraints allow is right.
GRANT INSERT, UPDATE ON notification_preferences TO avdaily_app;
