-- 0058.notify-failed-auto-saves: nobody is told of a refused auto-save
DROP TRIGGER auto_save_attempts_notify_failed ON auto_save_attempts;
DROP FUNCTION notify_failed_auto_saves();
