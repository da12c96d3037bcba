-- 0058.notify-failed-auto-saves: whoever's auto-save of a day was refused is told so, once, in the same transaction
-- Why: the attempt's row is the only sure sign that it was tried and why it failed; so the message comes from that row, whichever
--   function wrote it. One statement for all rows of a run: a hundred thousand attempts cost one query.
-- Locks: SHARE ROW EXCLUSIVE on auto_save_attempts, for a moment.
-- Runtime: milliseconds.
-- Rollback: drops trigger and function; messages stay.
-- depends: 0057.audit-changes

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

-- Push and in_app: one reaches the person, the other stays to be read. Whoever may not act gets none.
CREATE FUNCTION notify_failed_auto_saves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO notifications (user_id, type, channel, title, message, data, status, sent_at, deliver_after, created_at)
  SELECT attempt.user_id, 'auto_save_failed', reached.channel, 'Auto-save failed',
    CASE attempt.outcome
      WHEN 'insufficient_funds' THEN 'Your wallet does not hold enough for today''s auto-save.'
      WHEN 'wallet_frozen' THEN 'Today''s auto-save was not made: your wallet is frozen.'
      ELSE 'Today''s auto-save was not made.'
    END,
    jsonb_build_object(
      'plan_id', attempt.plan_id, 'day', attempt.day, 'amount', attempt.amount::text, 'outcome', attempt.outcome
    ),
    CASE reached.channel WHEN 'in_app' THEN 'sent' ELSE 'pending' END,
    CASE reached.channel WHEN 'in_app' THEN attempt.created_at END,
    deliverable_from(wish, 'auto_save_failed', reached.channel, attempt.created_at), attempt.created_at
  FROM attempts AS attempt
  JOIN notification_preferences AS wish ON wish.user_id = attempt.user_id
  CROSS JOIN unnest(ARRAY['in_app', 'push']) AS reached (channel)
  WHERE attempt.outcome NOT IN ('saved', 'user_inactive')
    AND is_notification_wanted(wish, 'auto_save_failed', reached.channel);
  RETURN NULL;
END $$;

COMMENT ON FUNCTION notify_failed_auto_saves() IS 'Trigger: a message for each refused auto-save of the statement.';

ALTER FUNCTION notify_failed_auto_saves() OWNER TO avdaily_ledger;

CREATE TRIGGER auto_save_attempts_notify_failed AFTER INSERT ON auto_save_attempts
  REFERENCING NEW TABLE AS attempts FOR EACH STATEMENT EXECUTE FUNCTION notify_failed_auto_saves();
