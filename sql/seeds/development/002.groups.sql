-- development/002.groups: one group that recruits, and one in its first round
-- Why: a rotation is easier to understand when one is there. Only people of tier 2 may organize: user2 and the administrator.
-- Times: wallets were posted to until yesterday at nine (001), so money moves here after that: within an account the order of
--   posting is the order of time, as it is where the clock gives the times.
-- Again: finds each group by id and leaves it alone, however far it has gone.

-- The posting functions with a time of their own are for this role only; who applies migrations is a member of it.
SET LOCAL ROLE avdaily_ledger;

DO $$
DECLARE
  v_market CONSTANT uuid := '00000000-0000-7000-8000-0000000000e1';
  v_joined_at CONSTANT timestamptz := app_day_start(app_today() - 20) + interval '10 hours';
BEGIN
  IF EXISTS (SELECT FROM ajo_groups WHERE id = v_market) THEN
    RETURN;
  END IF;
  INSERT INTO ledger_accounts (id, kind, normal_side, created_at) VALUES
    ('00000000-0000-7000-8000-0000000000f1', 'group_pool', 'credit', v_joined_at),
    ('00000000-0000-7000-8000-0000000000f2', 'group_deposit', 'credit', v_joined_at)
  ON CONFLICT (id) DO NOTHING;
  INSERT INTO ajo_groups (
    id, organizer_id, group_name, description, member_count, contribution_amount, contribution_frequency, rotation_order,
    invite_code, pool_account_id, created_at, updated_at
  )
  VALUES (
    v_market, '00000000-0000-7000-8000-000000000003', 'Market Women Ajo', 'A thousand a day, in the order of joining.', 10, 1000,
    'daily', 'sequential', 'MARKET-01', '00000000-0000-7000-8000-0000000000f1', v_joined_at, v_joined_at
  );
  INSERT INTO group_members (id, group_id, user_id, role, deposit_account_id, joined_at, created_at, updated_at)
  VALUES (
    '00000000-0000-7000-8000-0000000001e1', v_market, '00000000-0000-7000-8000-000000000003', 'organizer',
    '00000000-0000-7000-8000-0000000000f2', v_joined_at, v_joined_at, v_joined_at
  );
  PERFORM join_ajo_group_at('00000000-0000-7000-8000-000000000002', v_market, NULL, v_joined_at + interval '1 hour');
END $$;

DO $$
DECLARE
  v_friends CONSTANT uuid := '00000000-0000-7000-8000-0000000000e2';
  v_admin CONSTANT uuid := '00000000-0000-7000-8000-000000000001';
  v_joined_at CONSTANT timestamptz := app_day_start(app_today() - 1) + interval '10 hours';
  v_member uuid;
BEGIN
  IF EXISTS (SELECT FROM ajo_groups WHERE id = v_friends) THEN
    RETURN;
  END IF;
  INSERT INTO ledger_accounts (id, kind, normal_side, created_at) VALUES
    ('00000000-0000-7000-8000-0000000000f3', 'group_pool', 'credit', v_joined_at),
    ('00000000-0000-7000-8000-0000000000f4', 'group_deposit', 'credit', v_joined_at)
  ON CONFLICT (id) DO NOTHING;
  INSERT INTO ajo_groups (
    id, organizer_id, group_name, description, member_count, contribution_amount, contribution_frequency, rotation_order,
    invite_code, pool_account_id, created_at, updated_at
  )
  VALUES (
    v_friends, v_admin, 'Friends Esusu', 'Five thousand a week, in an order drawn by lot.', 3, 5000, 'weekly', 'random',
    'FRIENDS-01', '00000000-0000-7000-8000-0000000000f3', v_joined_at, v_joined_at
  );
  INSERT INTO group_members (id, group_id, user_id, role, deposit_account_id, joined_at, created_at, updated_at)
  VALUES (
    '00000000-0000-7000-8000-0000000001e2', v_friends, v_admin, 'organizer', '00000000-0000-7000-8000-0000000000f4',
    v_joined_at, v_joined_at, v_joined_at
  );
  FOREACH v_member IN ARRAY ARRAY['00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000003']::uuid[] LOOP
    PERFORM join_ajo_group_at(v_member, v_friends, NULL, v_joined_at + interval '1 hour');
  END LOOP;
  -- The seed of the lot is fixed, so that the order is the same everywhere.
  PERFORM start_ajo_group_at(v_admin, v_friends, app_today() - 1, 42, v_joined_at + interval '2 hours');
  PERFORM collect_group_round_at(v_admin, v_friends, v_joined_at + interval '3 hours');
END $$;

RESET ROLE;
