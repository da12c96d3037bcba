-- 0056.add-delivery-functions: no function takes, plans or posts messages
DROP FUNCTION post_scheduled_notifications(integer);
DROP FUNCTION post_scheduled_notifications_at(integer, timestamptz);
DROP FUNCTION next_occurrence(timestamptz, text, timestamptz);
DROP FUNCTION cancel_scheduled_notification(uuid, uuid);
DROP FUNCTION schedule_notification(uuid, text, text, text, text, timestamptz, text, jsonb);
DROP FUNCTION mark_notification_failed(uuid, uuid, timestamptz, text);
DROP FUNCTION mark_notification_failed_at(uuid, uuid, timestamptz, text, timestamptz);
DROP FUNCTION mark_notification_sent(uuid, uuid, timestamptz);
DROP FUNCTION claim_due_notifications(integer, interval);
DROP FUNCTION claim_due_notifications_at(integer, interval, timestamptz);
