-- Messages to users: making, reading, sending, and the devices they go to.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.
-- The table is cut by months: a message is found by id and created_at.

-- name: create_notification(user_id, type, channel, title, message, data)$
-- Makes a message and returns its id; None if the user does not want such messages.
SELECT create_notification(
  p_user_id => :user_id, p_type => :type, p_channel => :channel, p_title => :title, p_message => :message,
  p_data => :data
) AS id;

-- name: list_notifications(user_id, before_at, before_id, page_size)
-- The user's messages, newest first.
SELECT n.id, n.type, n.channel, n.title, n.message, n.data, n.status, n.is_read, n.read_at, n.created_at
FROM notifications AS n
WHERE n.user_id = :user_id
  AND (n.created_at, n.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY n.created_at DESC, n.id DESC
LIMIT least(:page_size::int, 100);

-- name: count_unread(user_id)$
-- How many messages the user has not read.
SELECT count(*) AS unread
FROM notifications AS n
WHERE n.user_id = :user_id AND n.read_at IS NULL;

-- name: mark_notification_read(user_id, notification_id, created_at)$
-- The user has read a message; false if there is none.
-- column was_there: not null
SELECT mark_notification_read(
  p_user_id => :user_id, p_notification_id => :notification_id, p_created_at => :created_at
) AS was_there;

-- name: mark_all_read(user_id)$
-- The user has read everything; returns how many were unread.
-- column notifications: not null
SELECT mark_all_notifications_read(p_user_id => :user_id) AS notifications;

-- name: get_notification_preferences(user_id)^
-- What the user wants to hear of, by which channel, and when not.
SELECT p.push_enabled, p.push_contribution_reminders, p.push_milestones, p.push_group_activity, p.push_payment_updates,
  p.sms_enabled, p.sms_contribution_reminders, p.sms_milestones, p.sms_payment_updates, p.email_enabled,
  p.email_weekly_report, p.email_milestones, p.email_group_activity, p.email_payment_updates, p.quiet_hours_enabled,
  p.quiet_hours_start, p.quiet_hours_end, p.updated_at
FROM notification_preferences AS p
WHERE p.user_id = :user_id;

-- name: upsert_notification_preferences(user_id, push_enabled, push_contribution_reminders, push_milestones, push_group_activity, push_payment_updates, sms_enabled, sms_contribution_reminders, sms_milestones, sms_payment_updates, email_enabled, email_weekly_report, email_milestones, email_group_activity, email_payment_updates, quiet_hours_enabled, quiet_hours_start, quiet_hours_end)<!
-- Changes what the user wants; None leaves a wish as it is, at first as the application's defaults have it.
INSERT INTO notification_preferences AS p (
  user_id, push_enabled, push_contribution_reminders, push_milestones, push_group_activity, push_payment_updates,
  sms_enabled, sms_contribution_reminders, sms_milestones, sms_payment_updates, email_enabled, email_weekly_report,
  email_milestones, email_group_activity, email_payment_updates, quiet_hours_enabled, quiet_hours_start,
  quiet_hours_end
)
VALUES (
  :user_id, coalesce(:push_enabled, true), coalesce(:push_contribution_reminders, true),
  coalesce(:push_milestones, true), coalesce(:push_group_activity, true), coalesce(:push_payment_updates, true),
  coalesce(:sms_enabled, false), coalesce(:sms_contribution_reminders, false), coalesce(:sms_milestones, false),
  coalesce(:sms_payment_updates, false), coalesce(:email_enabled, true), coalesce(:email_weekly_report, true),
  coalesce(:email_milestones, true), coalesce(:email_group_activity, true), coalesce(:email_payment_updates, true),
  coalesce(:quiet_hours_enabled, false), :quiet_hours_start, :quiet_hours_end
)
ON CONFLICT ON CONSTRAINT notification_preferences_user_id_key DO UPDATE
SET
  push_enabled = coalesce(:push_enabled, p.push_enabled),
  push_contribution_reminders = coalesce(:push_contribution_reminders, p.push_contribution_reminders),
  push_milestones = coalesce(:push_milestones, p.push_milestones),
  push_group_activity = coalesce(:push_group_activity, p.push_group_activity),
  push_payment_updates = coalesce(:push_payment_updates, p.push_payment_updates),
  sms_enabled = coalesce(:sms_enabled, p.sms_enabled),
  sms_contribution_reminders = coalesce(:sms_contribution_reminders, p.sms_contribution_reminders),
  sms_milestones = coalesce(:sms_milestones, p.sms_milestones),
  sms_payment_updates = coalesce(:sms_payment_updates, p.sms_payment_updates),
  email_enabled = coalesce(:email_enabled, p.email_enabled),
  email_weekly_report = coalesce(:email_weekly_report, p.email_weekly_report),
  email_milestones = coalesce(:email_milestones, p.email_milestones),
  email_group_activity = coalesce(:email_group_activity, p.email_group_activity),
  email_payment_updates = coalesce(:email_payment_updates, p.email_payment_updates),
  quiet_hours_enabled = coalesce(:quiet_hours_enabled, p.quiet_hours_enabled),
  quiet_hours_start = coalesce(:quiet_hours_start, p.quiet_hours_start),
  quiet_hours_end = coalesce(:quiet_hours_end, p.quiet_hours_end), updated_at = now()
RETURNING
  p.push_enabled, p.push_contribution_reminders, p.push_milestones, p.push_group_activity, p.push_payment_updates,
  p.sms_enabled, p.sms_contribution_reminders, p.sms_milestones, p.sms_payment_updates, p.email_enabled,
  p.email_weekly_report, p.email_milestones, p.email_group_activity, p.email_payment_updates, p.quiet_hours_enabled,
  p.quiet_hours_start, p.quiet_hours_end, p.updated_at;

-- name: register_push_token(user_id, token, platform, device_id, device_name)$
-- Makes a device one of the user's, whosever it was; returns the id of its row.
-- column id: not null
SELECT register_push_token(
  p_user_id => :user_id, p_token => :token, p_platform => :platform, p_device_id => :device_id,
  p_device_name => :device_name
) AS id;

-- name: deactivate_push_token(user_id, token)$
-- No more messages to a device; false if it was not one of the user's.
-- column was_there: not null
SELECT deactivate_push_token(p_user_id => :user_id, p_token => :token) AS was_there;

-- name: list_active_push_tokens(user_id, after_id, page_size)
-- The devices that the user's messages go to.
SELECT t.id, t.token, t.platform, t.device_id, t.device_name, t.last_used_at, t.created_at
FROM push_tokens AS t
WHERE t.user_id = :user_id AND t.is_active
  AND t.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY t.id
LIMIT least(:page_size::int, 100);

-- name: schedule_notification(user_id, type, channel, title, message, scheduled_for, recurring_pattern, data)$
-- Plans a message, once or daily, weekly, monthly from that moment on; returns the id of the plan.
-- column id: not null
SELECT schedule_notification(
  p_user_id => :user_id, p_type => :type, p_channel => :channel, p_title => :title, p_message => :message,
  p_scheduled_for => :scheduled_for, p_recurring_pattern => :recurring_pattern, p_data => :data
) AS id;

-- name: cancel_scheduled_notification(user_id, scheduled_notification_id)$
-- Takes a planned message back; false if it was not waiting.
-- column was_waiting: not null
SELECT cancel_scheduled_notification(
  p_user_id => :user_id, p_scheduled_notification_id => :scheduled_notification_id
) AS was_waiting;

-- name: claim_due_notifications(page_size, lease)
-- Gives a worker messages that are due, for the length of the lease (five minutes without it); two workers never get
-- the same one.
-- columns id, user_id, type, channel, title, message, attempts, created_at: not null
SELECT n.id, n.user_id, n.type, n.channel, n.title, n.message, n.data, n.attempts, n.created_at
FROM claim_due_notifications(
  p_limit => least(:page_size::int, 1000), p_lease => coalesce(:lease::interval, '5 minutes')
) AS n
ORDER BY n.created_at, n.id
LIMIT 1000;

-- name: mark_notification_sent(user_id, notification_id, created_at)$
-- The channel has taken a message; false if it was no longer waiting.
-- column was_waiting: not null
SELECT mark_notification_sent(
  p_user_id => :user_id, p_notification_id => :notification_id, p_created_at => :created_at
) AS was_waiting;

-- name: mark_notification_failed(user_id, notification_id, created_at, reason)$
-- The channel refused a message: pending again, or failed after the fifth time; None if it was not waiting.
SELECT mark_notification_failed(
  p_user_id => :user_id, p_notification_id => :notification_id, p_created_at => :created_at, p_reason => :reason
) AS status;

-- name: reschedule_recurring(page_size)$
-- Makes messages of the plans that are due and plans the recurring ones again; returns how many plans it took.
-- column plans: not null
SELECT post_scheduled_notifications(p_limit => least(:page_size::int, 1000)) AS plans;
