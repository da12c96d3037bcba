-- 0055.add-notification-functions: a message is made if the user wants it, and goes out when the user may be disturbed
-- Why: the rules of preferences and quiet hours stand in one place, so that no sender can forget them. Security messages and
--   those inside the application are never held back.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; messages and devices stay.
-- depends: 0054.add-reward-functions

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- A kind that has no column of its own on a channel follows the channel: a KYC decision comes by e-mail if e-mail is wanted.
CREATE FUNCTION is_notification_wanted(p_wish notification_preferences, p_type text, p_channel text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN p_channel = 'in_app' OR p_type = 'security' THEN true
  WHEN p_channel = 'push' THEN (p_wish).push_enabled AND CASE
    WHEN p_type = 'contribution_reminder' THEN (p_wish).push_contribution_reminders
    WHEN p_type = 'milestone' THEN (p_wish).push_milestones
    WHEN p_type = 'group_activity' THEN (p_wish).push_group_activity
    WHEN p_type IN ('payment_update', 'auto_save_failed') THEN (p_wish).push_payment_updates
    ELSE true
  END
  WHEN p_channel = 'sms' THEN (p_wish).sms_enabled AND CASE
    WHEN p_type = 'contribution_reminder' THEN (p_wish).sms_contribution_reminders
    WHEN p_type = 'milestone' THEN (p_wish).sms_milestones
    WHEN p_type IN ('payment_update', 'auto_save_failed') THEN (p_wish).sms_payment_updates
    ELSE true
  END
  ELSE (p_wish).email_enabled AND CASE
    WHEN p_type = 'weekly_report' THEN (p_wish).email_weekly_report
    WHEN p_type = 'milestone' THEN (p_wish).email_milestones
    WHEN p_type = 'group_activity' THEN (p_wish).email_group_activity
    WHEN p_type IN ('payment_update', 'auto_save_failed') THEN (p_wish).email_payment_updates
    ELSE true
  END
END;

COMMENT ON FUNCTION is_notification_wanted(notification_preferences, text, text) IS
  'Whether these preferences let a message of this type out on this channel.';

-- 22:00 to 06:00 goes over midnight: at 23:00 it ends tomorrow, at 05:00 today. The start belongs to the quiet hours, the end
-- does not.
CREATE FUNCTION quiet_until(p_start time, p_end time, p_at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN p_start < p_end AND (p_at AT TIME ZONE 'Africa/Lagos')::time >= p_start
    AND (p_at AT TIME ZONE 'Africa/Lagos')::time < p_end
  THEN app_day_start(app_day(p_at)) + (p_end - time '00:00')
  WHEN p_start > p_end AND (p_at AT TIME ZONE 'Africa/Lagos')::time >= p_start
  THEN app_day_start(app_day(p_at) + 1) + (p_end - time '00:00')
  WHEN p_start > p_end AND (p_at AT TIME ZONE 'Africa/Lagos')::time < p_end
  THEN app_day_start(app_day(p_at)) + (p_end - time '00:00')
END;

COMMENT ON FUNCTION quiet_until(time, time, timestamptz) IS
  'When the quiet hours (Lagos times of day) in which a moment falls end; null outside them.';

-- Security and in_app go out at any hour.
CREATE FUNCTION deliverable_from(p_wish notification_preferences, p_type text, p_channel text, p_at timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN (p_wish).quiet_hours_enabled AND p_type <> 'security' AND p_channel <> 'in_app'
  THEN coalesce(quiet_until((p_wish).quiet_hours_start, (p_wish).quiet_hours_end, p_at), p_at)
  ELSE p_at
END;

COMMENT ON FUNCTION deliverable_from(notification_preferences, text, text, timestamptz) IS
  'The first moment, from the given one on, at which these preferences let the message disturb.';

CREATE FUNCTION create_notification_at(
  p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb, p_at timestamptz
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_wish notification_preferences;
  v_id uuid;
BEGIN
  PERFORM require_active_user(p_user_id);
  SELECT * INTO v_wish FROM notification_preferences WHERE user_id = p_user_id;
  IF v_wish.id IS NULL THEN
    INSERT INTO notification_preferences (user_id) VALUES (p_user_id)
    ON CONFLICT ON CONSTRAINT notification_preferences_user_id_key DO UPDATE SET user_id = excluded.user_id
    RETURNING * INTO v_wish;
  END IF;
  IF NOT is_notification_wanted(v_wish, p_type, p_channel) THEN
    RETURN NULL;
  END IF;
  INSERT INTO notifications (user_id, type, channel, title, message, data, status, sent_at, deliver_after, created_at)
  VALUES (
    p_user_id, p_type, p_channel, p_title, p_message, p_data, CASE p_channel WHEN 'in_app' THEN 'sent' ELSE 'pending' END,
    CASE p_channel WHEN 'in_app' THEN p_at END, deliverable_from(v_wish, p_type, p_channel, p_at), p_at
  ) RETURNING id INTO v_id;
  RETURN v_id;
END $$;

COMMENT ON FUNCTION create_notification_at(uuid, text, text, text, text, jsonb, timestamptz) IS
  'create_notification() at a given moment.';

CREATE FUNCTION create_notification(
  p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb DEFAULT NULL
) RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT create_notification_at(p_user_id, p_type, p_channel, p_title, p_message, p_data, now())
$$;

COMMENT ON FUNCTION create_notification(uuid, text, text, text, text, jsonb) IS
  'Makes a message for an active user; returns its id, or null if the user does not want such a message.';

CREATE FUNCTION mark_notification_read(p_user_id uuid, p_notification_id uuid, p_created_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE notifications SET read_at = coalesce(read_at, now())
  WHERE id = p_notification_id AND created_at = p_created_at AND user_id = p_user_id;
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION mark_notification_read(uuid, uuid, timestamptz) IS
  'Marks one message of the user as read; the first time counts. False if there is none; created_at finds the partition.';

CREATE FUNCTION mark_all_notifications_read(p_user_id uuid) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_count integer;
BEGIN
  UPDATE notifications SET read_at = now() WHERE user_id = p_user_id AND read_at IS NULL;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;

COMMENT ON FUNCTION mark_all_notifications_read(uuid) IS 'Marks every message of the user as read; returns how many were not.';

-- The device passes to whoever signs in on it: the one before gets no more messages there.
CREATE FUNCTION register_push_token(
  p_user_id uuid, p_token text, p_platform text, p_device_id text DEFAULT NULL, p_device_name text DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_acting_user(p_user_id);
  INSERT INTO push_tokens (user_id, token, platform, device_id, device_name, last_used_at)
  VALUES (p_user_id, p_token, p_platform, p_device_id, p_device_name, now())
  ON CONFLICT ON CONSTRAINT push_tokens_token_key DO UPDATE
  SET user_id = excluded.user_id, platform = excluded.platform, device_id = excluded.device_id,
    device_name = excluded.device_name, is_active = true, last_used_at = excluded.last_used_at, updated_at = now()
  RETURNING id INTO v_id;
  RETURN v_id;
END $$;

COMMENT ON FUNCTION register_push_token(uuid, text, text, text, text) IS
  'Makes the device with this token one of the user''s, whosever it was; returns the id of the row.';

CREATE FUNCTION deactivate_push_token(p_user_id uuid, p_token text) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE push_tokens SET is_active = false, updated_at = now() WHERE token = p_token AND user_id = p_user_id AND is_active;
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION deactivate_push_token(uuid, text) IS 'No more messages to a device of the user; false if it was not one.';

ALTER FUNCTION create_notification_at(uuid, text, text, text, text, jsonb, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION create_notification(uuid, text, text, text, text, jsonb) OWNER TO avdaily_ledger;
ALTER FUNCTION mark_notification_read(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION mark_all_notifications_read(uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION register_push_token(uuid, text, text, text, text) OWNER TO avdaily_ledger;
ALTER FUNCTION deactivate_push_token(uuid, text) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION is_notification_wanted(notification_preferences, text, text) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION quiet_until(time, time, timestamptz) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION deliverable_from(notification_preferences, text, text, timestamptz) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION create_notification(uuid, text, text, text, text, jsonb) TO avdaily_app;
GRANT EXECUTE ON FUNCTION mark_notification_read(uuid, uuid, timestamptz) TO avdaily_app;
GRANT EXECUTE ON FUNCTION mark_all_notifications_read(uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION register_push_token(uuid, text, text, text, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION deactivate_push_token(uuid, text) TO avdaily_app;
