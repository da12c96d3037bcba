-- 0030.create-groups: savings groups and their members exist, each group with a pool account, each member with a deposit account
-- Why: a rotation is a promise between people who may not know each other, so capacity, positions, totals and deposits are
--   rules of the tables; only the functions of 0033 to 0039 write them.
-- Locks: new tables only; ACCESS SHARE on "user" and ledger_accounts, SHARE ROW EXCLUSIVE for the foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops both tables; the pool and deposit accounts stay in the registry, which is immutable.
-- depends: 0029.create-statements

-- A group ends with the promise kept (completed) or given back (cancelled). paused: a contribution is missing and the
-- default policy could not pay it; nothing is paid out until it arrives.
CREATE TABLE ajo_groups (
  id uuid DEFAULT app_uuid() NOT NULL,
  organizer_id uuid NOT NULL,
  group_name text NOT NULL,
  description text,
  member_count integer NOT NULL,
  current_member_count integer DEFAULT 1 NOT NULL,
  contribution_amount money_amount NOT NULL,
  contribution_frequency text NOT NULL,
  rotation_order text NOT NULL,
  current_round integer DEFAULT 1 NOT NULL,
  current_position integer DEFAULT 0 NOT NULL,
  status text DEFAULT 'recruiting' NOT NULL,
  service_fee_rate numeric(5, 4) DEFAULT 0.0200 NOT NULL,
  total_collected money_amount DEFAULT 0 NOT NULL,
  total_disbursed money_amount DEFAULT 0 NOT NULL,
  total_fees money_amount DEFAULT 0 NOT NULL,
  total_refunded money_amount DEFAULT 0 NOT NULL,
  currency text COLLATE "C" DEFAULT 'NGN' NOT NULL,
  start_date date,
  next_payout_date date,
  end_date date,
  is_private boolean DEFAULT false NOT NULL,
  invite_code text COLLATE "C",
  default_policy text DEFAULT 'pause' NOT NULL,
  deposit_amount money_amount DEFAULT 0 NOT NULL,
  pool_account_id uuid NOT NULL,
  rotation_seed bigint,
  cancellation_reason text,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT ajo_groups_pkey PRIMARY KEY (id),
  CONSTRAINT ajo_groups_invite_code_key UNIQUE (invite_code),
  CONSTRAINT ajo_groups_pool_account_id_key UNIQUE (pool_account_id),
  CONSTRAINT ajo_groups_organizer_id_fkey FOREIGN KEY (organizer_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT ajo_groups_pool_account_id_fkey FOREIGN KEY (pool_account_id)
    REFERENCES ledger_accounts (id) ON DELETE RESTRICT,
  CONSTRAINT ajo_groups_group_name_length_check CHECK (length(btrim(group_name)) BETWEEN 1 AND 100),
  CONSTRAINT ajo_groups_description_length_check CHECK (length(description) <= 500),
  CONSTRAINT ajo_groups_member_count_range_check CHECK (member_count BETWEEN 2 AND 50),
  CONSTRAINT ajo_groups_current_member_count_positive_check CHECK (current_member_count >= 1),
  CONSTRAINT ajo_groups_current_member_count_within_capacity_check CHECK (current_member_count <= member_count),
  CONSTRAINT ajo_groups_contribution_amount_positive_check CHECK (contribution_amount > 0),
  CONSTRAINT ajo_groups_contribution_amount_limit_check CHECK (contribution_amount <= 1000000),
  CONSTRAINT ajo_groups_contribution_frequency_values_check CHECK (contribution_frequency IN ('daily', 'weekly', 'monthly')),
  CONSTRAINT ajo_groups_rotation_order_values_check CHECK (rotation_order IN ('sequential', 'manual', 'random')),
  CONSTRAINT ajo_groups_current_round_range_check CHECK (current_round BETWEEN 1 AND 50),
  CONSTRAINT ajo_groups_current_position_range_check CHECK (current_position BETWEEN 0 AND 50),
  CONSTRAINT ajo_groups_status_values_check CHECK (status IN ('recruiting', 'active', 'paused', 'completed', 'cancelled')),
  CONSTRAINT ajo_groups_service_fee_rate_range_check CHECK (service_fee_rate BETWEEN 0 AND 0.5),
  -- What is left in the pool is collected less what went out of it: that difference is the pool account's balance.
  CONSTRAINT ajo_groups_pool_not_negative_check
    CHECK (total_disbursed + total_fees + total_refunded <= total_collected),
  CONSTRAINT ajo_groups_currency_format_check CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ajo_groups_end_not_before_start_check CHECK (end_date >= start_date),
  CONSTRAINT ajo_groups_started_has_dates_check CHECK (
    status IN ('recruiting', 'cancelled') OR num_nulls(start_date, next_payout_date, end_date) = 0
  ),
  CONSTRAINT ajo_groups_invite_code_format_check CHECK (invite_code ~ '^[A-Z0-9-]{6,10}$'),
  CONSTRAINT ajo_groups_default_policy_values_check CHECK (default_policy IN ('pause', 'cover_from_deposit', 'organizer_covers')),
  -- A deposit is taken for one purpose, to cover a default, and must be able to pay at least one.
  CONSTRAINT ajo_groups_deposit_fits_policy_check CHECK (
    CASE default_policy WHEN 'cover_from_deposit' THEN deposit_amount >= contribution_amount ELSE deposit_amount = 0 END
  ),
  CONSTRAINT ajo_groups_cancellation_reason_length_check CHECK (length(cancellation_reason) <= 200)
);

-- The natural key of "create group", so that a double click makes one group.
CREATE UNIQUE INDEX ajo_groups_organizer_id_group_name_open_key ON ajo_groups (organizer_id, lower(group_name))
  WHERE status IN ('recruiting', 'active', 'paused');
-- The groups that a user organizes, newest first.
CREATE INDEX ajo_groups_organizer_id_created_at_idx ON ajo_groups (organizer_id, created_at);
-- Groups that anybody may join, newest first.
CREATE INDEX ajo_groups_created_at_id_recruiting_idx ON ajo_groups (created_at, id) WHERE status = 'recruiting' AND NOT is_private;
-- The daily job: rotations whose round is due.
CREATE INDEX ajo_groups_next_payout_date_running_idx ON ajo_groups (next_payout_date) WHERE status IN ('active', 'paused');

CREATE TABLE group_members (
  id uuid DEFAULT app_uuid() NOT NULL,
  group_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text DEFAULT 'member' NOT NULL,
  position integer,
  status text DEFAULT 'active' NOT NULL,
  has_received_payout boolean DEFAULT false NOT NULL,
  payout_received_at timestamptz,
  total_contributed money_amount DEFAULT 0 NOT NULL,
  missed_contributions integer DEFAULT 0 NOT NULL,
  deposit_account_id uuid NOT NULL,
  deposit_balance money_amount DEFAULT 0 NOT NULL,
  joined_at timestamptz DEFAULT now() NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  removed_at timestamptz,
  removal_reason text,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT group_members_pkey PRIMARY KEY (id),
  -- A contribution or payout refers to all three: it cannot name another user's membership, nor one of another group.
  CONSTRAINT group_members_user_id_group_id_id_key UNIQUE (user_id, group_id, id),
  CONSTRAINT group_members_group_id_id_key UNIQUE (group_id, id),
  CONSTRAINT group_members_group_id_user_id_key UNIQUE (group_id, user_id),
  CONSTRAINT group_members_group_id_position_key UNIQUE (group_id, position),
  CONSTRAINT group_members_deposit_account_id_key UNIQUE (deposit_account_id),
  CONSTRAINT group_members_group_id_fkey FOREIGN KEY (group_id) REFERENCES ajo_groups (id) ON DELETE RESTRICT,
  CONSTRAINT group_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT group_members_deposit_account_id_fkey FOREIGN KEY (deposit_account_id)
    REFERENCES ledger_accounts (id) ON DELETE RESTRICT,
  CONSTRAINT group_members_role_values_check CHECK (role IN ('organizer', 'member')),
  CONSTRAINT group_members_position_range_check CHECK (position BETWEEN 1 AND 50),
  CONSTRAINT group_members_status_values_check CHECK (status IN ('active', 'suspended', 'defaulted', 'removed', 'left')),
  CONSTRAINT group_members_payout_received_at_when_received_check CHECK (has_received_payout = (payout_received_at IS NOT NULL)),
  CONSTRAINT group_members_missed_contributions_not_negative_check CHECK (missed_contributions >= 0),
  CONSTRAINT group_members_removed_at_of_status_check CHECK ((status IN ('removed', 'left')) = (removed_at IS NOT NULL)),
  CONSTRAINT group_members_removal_reason_length_check CHECK (length(removal_reason) <= 200)
);

-- A group has one organizer.
CREATE UNIQUE INDEX group_members_group_id_organizer_key ON group_members (group_id) WHERE role = 'organizer';

COMMENT ON TABLE ajo_groups IS 'Rotating savings groups (ajo, esusu): every round all contribute, one member is paid out.';
COMMENT ON COLUMN ajo_groups.id IS 'UUID version 7.';
COMMENT ON COLUMN ajo_groups.organizer_id IS 'The user who created it; tier 2; member 1.';
COMMENT ON COLUMN ajo_groups.group_name IS '1 to 100 characters; among one organizer''s open groups unique, case aside.';
COMMENT ON COLUMN ajo_groups.description IS 'At most 500 characters.';
COMMENT ON COLUMN ajo_groups.member_count IS 'Capacity, 2 to 50.';
COMMENT ON COLUMN ajo_groups.current_member_count IS 'Members that are neither removed nor left, the organizer included.';
COMMENT ON COLUMN ajo_groups.contribution_amount IS 'What each member pays in each round; above 0, at most 1,000,000.';
COMMENT ON COLUMN ajo_groups.contribution_frequency IS 'Distance of two rounds: daily, weekly or monthly.';
COMMENT ON COLUMN ajo_groups.rotation_order IS 'sequential (as they joined), manual (set_rotation_order) or random (by rotation_seed).';
COMMENT ON COLUMN ajo_groups.current_round IS 'The round that is collected now, from 1; the last one after completion.';
COMMENT ON COLUMN ajo_groups.current_position IS 'The position whose turn it is; 0 before the start.';
COMMENT ON COLUMN ajo_groups.status IS 'recruiting, active, paused (a contribution is missing and the policy could not pay it), completed or cancelled.';
COMMENT ON COLUMN ajo_groups.service_fee_rate IS 'Fraction of a pot that is kept as fee: 0.0200 is 2 %.';
COMMENT ON COLUMN ajo_groups.total_collected IS 'All that ever went into the pool; guarded.';
COMMENT ON COLUMN ajo_groups.total_disbursed IS 'All that the pool paid to recipients, fees excluded; guarded.';
COMMENT ON COLUMN ajo_groups.total_fees IS 'All that the pool paid as fee; guarded.';
COMMENT ON COLUMN ajo_groups.total_refunded IS 'All that the pool gave back to contributors; guarded.';
COMMENT ON COLUMN ajo_groups.currency IS 'ISO 4217.';
COMMENT ON COLUMN ajo_groups.start_date IS 'Due date of round 1 (Africa/Lagos).';
COMMENT ON COLUMN ajo_groups.next_payout_date IS 'Due date of the current round.';
COMMENT ON COLUMN ajo_groups.end_date IS 'Due date of the last round.';
COMMENT ON COLUMN ajo_groups.is_private IS 'Joined by invitation or code only.';
COMMENT ON COLUMN ajo_groups.invite_code IS '6 to 10 of A-Z, 0-9 and -; whoever has it may join while there is room.';
COMMENT ON COLUMN ajo_groups.default_policy IS 'What happens when a contribution is late: pause, cover_from_deposit or organizer_covers.';
COMMENT ON COLUMN ajo_groups.deposit_amount IS 'Taken from each member on joining; 0 unless the policy is cover_from_deposit.';
COMMENT ON COLUMN ajo_groups.pool_account_id IS 'Ledger account (group_pool); its balance is total_collected less the other totals.';
COMMENT ON COLUMN ajo_groups.rotation_seed IS 'Drawn at the start of a random rotation: anybody can compute the order again.';
COMMENT ON COLUMN ajo_groups.cancellation_reason IS 'Why it was cancelled; at most 200 characters.';
COMMENT ON COLUMN ajo_groups.created_at IS 'When it was created.';
COMMENT ON COLUMN ajo_groups.updated_at IS 'Last change.';

COMMENT ON TABLE group_members IS 'Memberships of users in savings groups; a row outlives the membership.';
COMMENT ON COLUMN group_members.id IS 'UUID version 7.';
COMMENT ON COLUMN group_members.group_id IS 'The group.';
COMMENT ON COLUMN group_members.user_id IS 'The member.';
COMMENT ON COLUMN group_members.role IS 'organizer or member.';
COMMENT ON COLUMN group_members.position IS 'The round in which the member is paid out; null until it is set; frozen by the start.';
COMMENT ON COLUMN group_members.status IS 'active, suspended, defaulted (owes a late or covered contribution), removed or left.';
COMMENT ON COLUMN group_members.has_received_payout IS 'Whether the member''s round was disbursed.';
COMMENT ON COLUMN group_members.payout_received_at IS 'When it was.';
COMMENT ON COLUMN group_members.total_contributed IS 'What this member''s money put into the pool, less what came back; guarded.';
COMMENT ON COLUMN group_members.missed_contributions IS 'How many contributions were ever late.';
COMMENT ON COLUMN group_members.deposit_account_id IS 'Ledger account (group_deposit) of this membership.';
COMMENT ON COLUMN group_members.deposit_balance IS 'Balance of that account; guarded.';
COMMENT ON COLUMN group_members.joined_at IS 'When the user joined, last time.';
COMMENT ON COLUMN group_members.removed_at IS 'When the member left or was removed.';
COMMENT ON COLUMN group_members.removal_reason IS 'Why; at most 200 characters.';
COMMENT ON COLUMN group_members.created_at IS 'When the user joined, first time.';
COMMENT ON COLUMN group_members.updated_at IS 'Last change.';

CREATE TRIGGER ajo_groups_set_updated_at BEFORE UPDATE ON ajo_groups FOR EACH ROW
  WHEN (OLD.updated_at IS NOT DISTINCT FROM NEW.updated_at AND OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER group_members_set_updated_at BEFORE UPDATE ON group_members FOR EACH ROW
  WHEN (OLD.updated_at IS NOT DISTINCT FROM NEW.updated_at AND OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION set_updated_at();

-- Totals, deposits and accounts move with a posting only, as other balances do.
CREATE TRIGGER ajo_groups_guard_balance BEFORE UPDATE ON ajo_groups
  FOR EACH ROW WHEN (
    current_user <> 'avdaily_ledger' AND (
      NEW.total_collected IS DISTINCT FROM OLD.total_collected
      OR NEW.total_disbursed IS DISTINCT FROM OLD.total_disbursed
      OR NEW.total_fees IS DISTINCT FROM OLD.total_fees
      OR NEW.total_refunded IS DISTINCT FROM OLD.total_refunded
      OR NEW.pool_account_id IS DISTINCT FROM OLD.pool_account_id
    )
  ) EXECUTE FUNCTION refuse_balance_change('ajo_groups');
CREATE TRIGGER ajo_groups_guard_insert BEFORE INSERT ON ajo_groups
  FOR EACH ROW WHEN (
    current_user <> 'avdaily_ledger'
    AND (NEW.total_collected <> 0 OR NEW.total_disbursed <> 0 OR NEW.total_fees <> 0 OR NEW.total_refunded <> 0)
  ) EXECUTE FUNCTION refuse_balance_change('ajo_groups');
CREATE TRIGGER group_members_guard_balance BEFORE UPDATE ON group_members
  FOR EACH ROW WHEN (
    current_user <> 'avdaily_ledger' AND (
      NEW.deposit_balance IS DISTINCT FROM OLD.deposit_balance
      OR NEW.total_contributed IS DISTINCT FROM OLD.total_contributed
      OR NEW.deposit_account_id IS DISTINCT FROM OLD.deposit_account_id
    )
  ) EXECUTE FUNCTION refuse_balance_change('group_members');
CREATE TRIGGER group_members_guard_insert BEFORE INSERT ON group_members
  FOR EACH ROW WHEN (current_user <> 'avdaily_ledger' AND (NEW.deposit_balance <> 0 OR NEW.total_contributed <> 0))
  EXECUTE FUNCTION refuse_balance_change('group_members');

-- Steps of a group and who is in it; a round's totals are in the ledger and would only fill the log.
CREATE TRIGGER ajo_groups_audit AFTER INSERT OR DELETE ON ajo_groups
  FOR EACH ROW EXECUTE FUNCTION audit_change('ajo_groups', 'organizer_id', 'status', 'member_count', 'is_private');
CREATE TRIGGER ajo_groups_audit_update AFTER UPDATE ON ajo_groups
  FOR EACH ROW WHEN (
    (OLD.status, OLD.organizer_id, OLD.group_name, OLD.member_count, OLD.is_private, OLD.default_policy, OLD.deposit_amount)
    IS DISTINCT FROM
    (NEW.status, NEW.organizer_id, NEW.group_name, NEW.member_count, NEW.is_private, NEW.default_policy, NEW.deposit_amount)
  ) EXECUTE FUNCTION audit_change('ajo_groups', 'organizer_id', 'status', 'member_count', 'is_private');
CREATE TRIGGER group_members_audit AFTER INSERT OR DELETE ON group_members
  FOR EACH ROW EXECUTE FUNCTION audit_change('group_members', 'user_id', 'group_id', 'role', 'status');
CREATE TRIGGER group_members_audit_update AFTER UPDATE ON group_members
  FOR EACH ROW WHEN ((OLD.status, OLD.role, OLD.user_id) IS DISTINCT FROM (NEW.status, NEW.role, NEW.user_id))
  EXECUTE FUNCTION audit_change('group_members', 'user_id', 'group_id', 'role', 'status');

GRANT SELECT ON ajo_groups, group_members TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT, UPDATE ON ajo_groups, group_members TO avdaily_ledger;
