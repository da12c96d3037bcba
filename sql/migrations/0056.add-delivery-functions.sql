-- 0056.add-delivery-functions: planned messages become messages, and workers take due ones without taking the same one twice
-- Why: a worker may die with a message in its hands. So it takes a message for some minutes only; later another one takes it,
--   five times at most.
-- Locks: none on tables.
-- Runtime: milliseconds.
-- Rollback: drops the functions; messages and plans stay.
-- depends: 0055.add-notification-functions

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- deliver_after is the lease too: while a worker has the message, nobody else sees it as due. Quiet hours and wishes are asked
-- again, for they may have changed since the message was made.
CREATE FUNCTION claim_due_notifications_at(p_limit integer, p_lease interval, p_at timestamptz) RETURNS SETOF notifications
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF p_limit IS NULL OR p_limit < 1 OR p_lease IS NULL OR p_lease <= interval '0' THEN
    RAISE EXCEPTION 'a claim needs a limit of at least 1 and a lease longer than nothing, not % and %', p_limit, p_lease
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY
  WITH due AS (
    SELECT id, created_at, user_id, type, channel, attempts FROM notifications
    WHERE status = 'pending' AND deliver_after <= p_at
    ORDER BY deliver_after, id
    LIMIT p_limit
    FOR UPDATE SKIP LOCKED
  ),
  judged AS (
    SELECT due.id, due.created_at,
      CASE
        WHEN NOT "user".is_active THEN 'the user is deactivated'
        WHEN wish.id IS NOT NULL AND NOT is_notification_wanted(wish, due.type, due.channel) THEN 'the user no longer wants it'
        WHEN due.attempts >= 5 THEN 'five workers took it and none delivered it'
      END AS obstacle,
      deliverable_from(wish, due.type, due.channel, p_at) AS deliverable_from
    FROM due
    JOIN "user" ON "user".id = due.user_id
    LEFT JOIN notification_preferences AS wish ON wish.user_id = due.user_id
  ),
  changed AS (
    UPDATE notifications
    SET status = CASE WHEN judged.obstacle IS NULL THEN 'pending' ELSE 'failed' END,
      failure_reason = judged.obstacle,
      attempts = notifications.attempts
        + CASE WHEN judged.obstacle IS NULL AND judged.deliverable_from <= p_at THEN 1 ELSE 0 END,
      deliver_after = CASE WHEN judged.deliverable_from > p_at THEN judged.deliverable_from ELSE p_at + p_lease END
    FROM judged
    WHERE notifications.id = judged.id AND notifications.created_at = judged.created_at
    RETURNING notifications AS message, judged.deliverable_from <= p_at AND judged.obstacle IS NULL AS is_claimed
  )
  SELECT (changed.message).* FROM changed WHERE changed.is_claimed;
END $$;

COMMENT ON FUNCTION claim_due_notifications_at(integer, interval, timestamptz) IS 'claim_due_notifications() at a given moment.';

CREATE FUNCTION claim_due_notifications(p_limit integer DEFAULT 100, p_lease interval DEFAULT '5 minutes')
RETURNS SETOF notifications LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM claim_due_notifications_at(p_limit, p_lease, now())
$$;

COMMENT ON FUNCTION claim_due_notifications(integer, interval) IS
  'Gives a worker at most p_limit due messages for the length of the lease; two workers never get the same one.';

CREATE FUNCTION mark_notification_sent(p_user_id uuid, p_notification_id uuid, p_created_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE notifications SET status = 'sent', sent_at = now()
  WHERE id = p_notification_id AND created_at = p_created_at AND user_id = p_user_id AND status = 'pending';
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION mark_notification_sent(uuid, uuid, timestamptz) IS
  'The channel has taken the message; false if it was no longer pending.';

-- Tried again after 1, 2, 4, 8 minutes; the fifth failure is the last.
CREATE FUNCTION mark_notification_failed_at(
  p_user_id uuid, p_notification_id uuid, p_created_at timestamptz, p_reason text, p_at timestamptz
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_status text;
BEGIN
  UPDATE notifications
  SET status = CASE WHEN attempts >= 5 THEN 'failed' ELSE 'pending' END,
    failure_reason = CASE WHEN attempts >= 5 THEN left(p_reason, 500) END,
    deliver_after = p_at + interval '1 minute' * 2 ^ greatest(attempts - 1, 0)
  WHERE id = p_notification_id AND created_at = p_created_at AND user_id = p_user_id AND status = 'pending'
  RETURNING status INTO v_status;
  RETURN v_status;
END $$;

COMMENT ON FUNCTION mark_notification_failed_at(uuid, uuid, timestamptz, text, timestamptz) IS
  'mark_notification_failed() at a given moment.';

CREATE FUNCTION mark_notification_failed(p_user_id uuid, p_notification_id uuid, p_created_at timestamptz, p_reason text)
RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT mark_notification_failed_at(p_user_id, p_notification_id, p_created_at, p_reason, now())
$$;

COMMENT ON FUNCTION mark_notification_failed(uuid, uuid, timestamptz, text) IS
  'The channel refused the message: pending again for a later attempt, or failed after the fifth; null if it was not pending.';

CREATE FUNCTION schedule_notification(
  p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_scheduled_for timestamptz,
  p_recurring_pattern text DEFAULT NULL, p_data jsonb DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_active_user(p_user_id);
  INSERT INTO scheduled_notifications (
    user_id, type, channel, title, message, data, scheduled_for, first_scheduled_for, is_recurring, recurring_pattern
  ) VALUES (
    p_user_id, p_type, p_channel, p_title, p_message, p_data, p_scheduled_for, p_scheduled_for,
    p_recurring_pattern IS NOT NULL, p_recurring_pattern
  ) RETURNING id INTO v_id;
  RETURN v_id;
END $$;

COMMENT ON FUNCTION schedule_notification(uuid, text, text, text, text, timestamptz, text, jsonb) IS
  'Plans a message, once or daily, weekly, monthly from that moment on; returns the id of the plan.';

CREATE FUNCTION cancel_scheduled_notification(p_user_id uuid, p_scheduled_notification_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE scheduled_notifications SET status = 'cancelled', updated_at = now()
  WHERE id = p_scheduled_notification_id AND user_id = p_user_id AND status = 'pending';
  RETURN FOUND;
END $$;

COMMENT ON FUNCTION cancel_scheduled_notification(uuid, uuid) IS 'Cancels a planned message; false if it was not pending.';

-- Counted from the first time and in Lagos time: monthly from the 31st is the 28th in February and the 31st again in March.
CREATE FUNCTION next_occurrence(p_first timestamptz, p_pattern text, p_after timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT min(candidate.moment AT TIME ZONE 'Africa/Lagos')
  FROM (SELECT p_first AT TIME ZONE 'Africa/Lagos' AS first, p_after AT TIME ZONE 'Africa/Lagos' AS after) AS lagos
  CROSS JOIN LATERAL (
    SELECT greatest(CASE p_pattern
      WHEN 'daily' THEN lagos.after::date - lagos.first::date
      WHEN 'weekly' THEN (lagos.after::date - lagos.first::date) / 7
      WHEN 'monthly' THEN (
        12 * (extract(year FROM lagos.after) - extract(year FROM lagos.first))
        + extract(month FROM lagos.after) - extract(month FROM lagos.first)
      )::integer
    END, 0) AS whole
  ) AS passed
  CROSS JOIN LATERAL (
    SELECT lagos.first + step * CASE p_pattern
      WHEN 'daily' THEN interval '1 day' WHEN 'weekly' THEN interval '7 days' WHEN 'monthly' THEN interval '1 month'
    END AS moment
    FROM generate_series(passed.whole, passed.whole + 1) AS step
  ) AS candidate
  WHERE candidate.moment > lagos.after
$$;

COMMENT ON FUNCTION next_occurrence(timestamptz, text, timestamptz) IS
  'The first moment after p_after that is a whole number of days, weeks or months after p_first, in Lagos time.';

-- A plan that was missed several times becomes one message, not several.
CREATE FUNCTION post_scheduled_notifications_at(p_limit integer, p_at timestamptz) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_plan record;
  v_count integer := 0;
BEGIN
  FOR v_plan IN
    SELECT planned.*, "user".is_active FROM scheduled_notifications AS planned
    JOIN "user" ON "user".id = planned.user_id
    WHERE planned.status = 'pending' AND planned.scheduled_for <= p_at
    ORDER BY planned.scheduled_for, planned.id
    LIMIT p_limit
    FOR UPDATE OF planned SKIP LOCKED
  LOOP
    IF v_plan.is_active THEN
      PERFORM create_notification_at(
        v_plan.user_id, v_plan.type, v_plan.channel, v_plan.title, v_plan.message, v_plan.data, p_at
      );
    END IF;
    UPDATE scheduled_notifications
    SET status = CASE WHEN NOT v_plan.is_active THEN 'cancelled' WHEN is_recurring THEN 'pending' ELSE 'sent' END,
      scheduled_for = CASE
        WHEN is_recurring AND v_plan.is_active THEN next_occurrence(first_scheduled_for, recurring_pattern, p_at)
        ELSE scheduled_for
      END,
      sent_at = CASE WHEN v_plan.is_active THEN p_at ELSE sent_at END, updated_at = p_at
    WHERE id = v_plan.id;
    v_count := v_count + 1;
  END LOOP;
  RETURN v_count;
END $$;

COMMENT ON FUNCTION post_scheduled_notifications_at(integer, timestamptz) IS 'post_scheduled_notifications() at a given moment.';

CREATE FUNCTION post_scheduled_notifications(p_limit integer DEFAULT 1000) RETURNS integer LANGUAGE sql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT post_scheduled_notifications_at(p_limit, now())
$$;

COMMENT ON FUNCTION post_scheduled_notifications(integer) IS
  'Makes messages of at most p_limit due plans and plans the recurring ones again; returns how many plans it took.';

ALTER FUNCTION claim_due_notifications_at(integer, interval, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION claim_due_notifications(integer, interval) OWNER TO avdaily_ledger;
ALTER FUNCTION mark_notification_sent(uuid, uuid, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION mark_notification_failed_at(uuid, uuid, timestamptz, text, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION mark_notification_failed(uuid, uuid, timestamptz, text) OWNER TO avdaily_ledger;
ALTER FUNCTION schedule_notification(uuid, text, text, text, text, timestamptz, text, jsonb) OWNER TO avdaily_ledger;
ALTER FUNCTION cancel_scheduled_notification(uuid, uuid) OWNER TO avdaily_ledger;
ALTER FUNCTION post_scheduled_notifications_at(integer, timestamptz) OWNER TO avdaily_ledger;
ALTER FUNCTION post_scheduled_notifications(integer) OWNER TO avdaily_ledger;
GRANT EXECUTE ON FUNCTION next_occurrence(timestamptz, text, timestamptz) TO avdaily_app, avdaily_readonly, avdaily_ledger;
GRANT EXECUTE ON FUNCTION claim_due_notifications(integer, interval) TO avdaily_app;
GRANT EXECUTE ON FUNCTION mark_notification_sent(uuid, uuid, timestamptz) TO avdaily_app;
GRANT EXECUTE ON FUNCTION mark_notification_failed(uuid, uuid, timestamptz, text) TO avdaily_app;
GRANT EXECUTE ON FUNCTION schedule_notification(uuid, text, text, text, text, timestamptz, text, jsonb) TO avdaily_app;
GRANT EXECUTE ON FUNCTION cancel_scheduled_notification(uuid, uuid) TO avdaily_app;
GRANT EXECUTE ON FUNCTION post_scheduled_notifications(integer) TO avdaily_app;
