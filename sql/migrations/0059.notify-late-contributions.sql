-- 0059.notify-late-contributions: every member of a group is told when a contribution is late, once, in the same transaction
-- Why: a default concerns all who wait for their turn. The message comes from the rows that became late, whichever function
--   wrote them: one a member and call, however many are late. It names nobody.
-- Locks: SHARE ROW EXCLUSIVE on group_contributions, for a moment.
-- Runtime: milliseconds.
-- Rollback: drops trigger and function; messages stay.
-- depends: 0058.notify-failed-auto-saves

DO $$ BEGIN PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true); END $$;

CREATE FUNCTION notify_late_contributions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO notifications (user_id, type, channel, title, message, data, status, sent_at, deliver_after, created_at)
  SELECT member.user_id, 'group_activity', reached.channel, 'A contribution is late',
    format(
      '%s, round %s: %s.', ajo_groups.group_name, late.round,
      CASE late.contributions WHEN 1 THEN '1 contribution is late' ELSE late.contributions || ' contributions are late' END
    ),
    jsonb_build_object('group_id', late.group_id, 'round', late.round, 'late', late.contributions),
    CASE reached.channel WHEN 'in_app' THEN 'sent' ELSE 'pending' END,
    CASE reached.channel WHEN 'in_app' THEN late.late_at END,
    deliverable_from(wish, 'group_activity', reached.channel, late.late_at), late.late_at
  FROM (
    SELECT changed.group_id, changed.round, count(*) AS contributions, max(changed.late_at) AS late_at
    FROM changed
    JOIN unchanged ON unchanged.id = changed.id AND unchanged.status = 'pending'
    WHERE changed.status = 'late'
    GROUP BY changed.group_id, changed.round
  ) AS late
  JOIN ajo_groups ON ajo_groups.id = late.group_id
  JOIN group_members AS member ON member.group_id = late.group_id AND member.status NOT IN ('removed', 'left')
  JOIN notification_preferences AS wish ON wish.user_id = member.user_id
  CROSS JOIN unnest(ARRAY['in_app', 'push']) AS reached (channel)
  WHERE is_notification_wanted(wish, 'group_activity', reached.channel);
  RETURN NULL;
END $$;

COMMENT ON FUNCTION notify_late_contributions() IS 'Trigger: a message to each member for the contributions that the statement made late.';

ALTER FUNCTION notify_late_contributions() OWNER TO avdaily_ledger;

CREATE TRIGGER group_contributions_notify_late AFTER UPDATE ON group_contributions
  REFERENCING OLD TABLE AS unchanged NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_late_contributions();
