-- 0054.add-reward-functions: no function gives, redeems or ends a reward
DROP FUNCTION expire_rewards(integer);
DROP FUNCTION expire_rewards_at(integer, timestamptz);
DROP FUNCTION redeem_reward(uuid, uuid);
DROP FUNCTION redeem_reward_at(uuid, uuid, timestamptz);
DROP FUNCTION grant_reward(uuid, text, text, text, numeric, integer, timestamptz, uuid, text, jsonb);
