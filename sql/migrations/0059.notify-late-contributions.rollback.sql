-- 0059.notify-late-contributions: nobody is told of a late contribution
DROP TRIGGER group_contributions_notify_late ON group_contributions;
DROP FUNCTION notify_late_contributions();
