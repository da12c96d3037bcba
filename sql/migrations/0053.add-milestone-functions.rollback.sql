-- 0053.add-milestone-functions: no function records milestones or counts points
DROP FUNCTION get_reward_points(uuid);
DROP FUNCTION record_milestones(uuid);
DROP FUNCTION list_reached_milestones(uuid);
