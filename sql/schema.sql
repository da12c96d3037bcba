-- What sql/migrations build, written by `avdaily-sql verify --write-schema` on PostgreSQL 18: to read, and for the
-- diff of a pull request. "owner" is the role that migrates; partitions made at run time are left out.

-- DOMAIN public.counter
CREATE DOMAIN public.counter AS integer
	CONSTRAINT counter_not_negative_check CHECK ((VALUE >= 0));


ALTER DOMAIN public.counter OWNER TO owner;

-- COMMENT public.DOMAIN counter
COMMENT ON DOMAIN public.counter IS 'How often something happened, 0 or more.';

-- DOMAIN public.currency_code
CREATE DOMAIN public.currency_code AS text COLLATE pg_catalog."C"
	CONSTRAINT currency_code_iso_4217_check CHECK ((VALUE ~ '^[A-Z]{3}$'::text));


ALTER DOMAIN public.currency_code OWNER TO owner;

-- COMMENT public.DOMAIN currency_code
COMMENT ON DOMAIN public.currency_code IS 'ISO 4217 code, three capital letters.';

-- DOMAIN public.freeze_reason
CREATE DOMAIN public.freeze_reason AS text
	CONSTRAINT freeze_reason_length_check CHECK (((length(VALUE) >= 10) AND (length(VALUE) <= 500)));


ALTER DOMAIN public.freeze_reason OWNER TO owner;

-- COMMENT public.DOMAIN freeze_reason
COMMENT ON DOMAIN public.freeze_reason IS 'Why a wallet was frozen, 10 to 500 characters.';

-- DOMAIN public.json_map
CREATE DOMAIN public.json_map AS jsonb
	CONSTRAINT json_map_is_object_check CHECK ((jsonb_typeof(VALUE) = 'object'::text));


ALTER DOMAIN public.json_map OWNER TO owner;

-- COMMENT public.DOMAIN json_map
COMMENT ON DOMAIN public.json_map IS 'A JSON object, not an array or a bare value.';

-- DOMAIN public.money_amount
CREATE DOMAIN public.money_amount AS numeric(15,2)
	CONSTRAINT money_amount_not_negative_check CHECK ((VALUE >= (0)::numeric))
	CONSTRAINT money_amount_upper_bound_check CHECK ((VALUE <= 9999999999999.99));


ALTER DOMAIN public.money_amount OWNER TO owner;

-- COMMENT public.DOMAIN money_amount
COMMENT ON DOMAIN public.money_amount IS 'An amount of money, two decimals, 0 to 9999999999999.99; never NaN.';

-- DOMAIN public.money_reference
CREATE DOMAIN public.money_reference AS text COLLATE pg_catalog."C"
	CONSTRAINT money_reference_length_check CHECK (((length(VALUE) >= 5) AND (length(VALUE) <= 100)));


ALTER DOMAIN public.money_reference OWNER TO owner;

-- COMMENT public.DOMAIN money_reference
COMMENT ON DOMAIN public.money_reference IS 'Unique name of a transaction for people and other systems, 5 to 100 characters.';

-- DOMAIN public.money_text
CREATE DOMAIN public.money_text AS text
	CONSTRAINT money_text_length_check CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 255)));


ALTER DOMAIN public.money_text OWNER TO owner;

-- COMMENT public.DOMAIN money_text
COMMENT ON DOMAIN public.money_text IS 'What a user reads about a transaction, 1 to 255 characters.';

-- DOMAIN public.payment_source
CREATE DOMAIN public.payment_source AS text
	CONSTRAINT payment_source_values_check CHECK ((VALUE = ANY (ARRAY['wallet'::text, 'bank_transfer'::text, 'debit_card'::text, 'cash'::text, 'ussd'::text, 'system'::text])));


ALTER DOMAIN public.payment_source OWNER TO owner;

-- COMMENT public.DOMAIN payment_source
COMMENT ON DOMAIN public.payment_source IS 'Where the money of a transaction comes from.';

-- DOMAIN public.plan_cycle
CREATE DOMAIN public.plan_cycle AS integer
	CONSTRAINT plan_cycle_range_check CHECK (((VALUE >= 7) AND (VALUE <= 365)));


ALTER DOMAIN public.plan_cycle OWNER TO owner;

-- COMMENT public.DOMAIN plan_cycle
COMMENT ON DOMAIN public.plan_cycle IS 'Length of a savings plan in days, 7 to 365.';

-- DOMAIN public.plan_daily_amount
CREATE DOMAIN public.plan_daily_amount AS numeric(15,2)
	CONSTRAINT plan_daily_amount_range_check CHECK (((VALUE >= (10)::numeric) AND (VALUE <= (50000)::numeric)));


ALTER DOMAIN public.plan_daily_amount OWNER TO owner;

-- COMMENT public.DOMAIN plan_daily_amount
COMMENT ON DOMAIN public.plan_daily_amount IS 'What a plan saves a day, 10.00 to 50000.00.';

-- DOMAIN public.plan_name
CREATE DOMAIN public.plan_name AS text
	CONSTRAINT plan_name_length_check CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 100)));


ALTER DOMAIN public.plan_name OWNER TO owner;

-- COMMENT public.DOMAIN plan_name
COMMENT ON DOMAIN public.plan_name IS 'Name of a savings plan, 1 to 100 characters.';

-- DOMAIN public.plan_status
CREATE DOMAIN public.plan_status AS text
	CONSTRAINT plan_status_values_check CHECK ((VALUE = ANY (ARRAY['active'::text, 'paused'::text, 'completed'::text, 'cancelled'::text])));


ALTER DOMAIN public.plan_status OWNER TO owner;

-- COMMENT public.DOMAIN plan_status
COMMENT ON DOMAIN public.plan_status IS 'State of a savings plan: active ↔ paused, active → completed, active or paused → cancelled.';

-- DOMAIN public.positive_amount
CREATE DOMAIN public.positive_amount AS numeric(15,2)
	CONSTRAINT positive_amount_more_than_zero_check CHECK ((VALUE > (0)::numeric))
	CONSTRAINT positive_amount_upper_bound_check CHECK ((VALUE <= 9999999999999.99));


ALTER DOMAIN public.positive_amount OWNER TO owner;

-- COMMENT public.DOMAIN positive_amount
COMMENT ON DOMAIN public.positive_amount IS 'An amount that moves: two decimals, 0.01 to 9999999999999.99; never NaN.';

-- DOMAIN public.provider_key
CREATE DOMAIN public.provider_key AS text COLLATE pg_catalog."C"
	CONSTRAINT provider_key_length_check CHECK (((length(VALUE) >= 1) AND (length(VALUE) <= 200)));


ALTER DOMAIN public.provider_key OWNER TO owner;

-- COMMENT public.DOMAIN provider_key
COMMENT ON DOMAIN public.provider_key IS 'A provider''s own name for a payment or an event, 1 to 200 characters.';

-- DOMAIN public.provider_name
CREATE DOMAIN public.provider_name AS text
	CONSTRAINT provider_name_format_check CHECK ((VALUE ~ '^[a-z0-9_]{1,50}$'::text));


ALTER DOMAIN public.provider_name OWNER TO owner;

-- COMMENT public.DOMAIN provider_name
COMMENT ON DOMAIN public.provider_name IS 'A payment provider, lower case.';

-- DOMAIN public.time_of_day
CREATE DOMAIN public.time_of_day AS time without time zone
	CONSTRAINT time_of_day_before_midnight_check CHECK ((VALUE < '24:00:00'::time without time zone));


ALTER DOMAIN public.time_of_day OWNER TO owner;

-- COMMENT public.DOMAIN time_of_day
COMMENT ON DOMAIN public.time_of_day IS 'A time of day, 00:00:00 up to but not 24:00:00: many clients cannot read that one.';

-- DOMAIN public.transaction_status
CREATE DOMAIN public.transaction_status AS text
	CONSTRAINT transaction_status_values_check CHECK ((VALUE = ANY (ARRAY['pending'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])));


ALTER DOMAIN public.transaction_status OWNER TO owner;

-- COMMENT public.DOMAIN transaction_status
COMMENT ON DOMAIN public.transaction_status IS 'State of a transaction: pending, then completed, failed or cancelled.';

-- DOMAIN public.transaction_type
CREATE DOMAIN public.transaction_type AS text
	CONSTRAINT transaction_type_values_check CHECK ((VALUE = ANY (ARRAY['contribution'::text, 'auto_save'::text, 'withdrawal'::text, 'interest'::text, 'penalty'::text, 'fee'::text, 'wallet_funding'::text, 'wallet_withdrawal'::text, 'refund'::text, 'reversal'::text, 'transfer'::text, 'group_contribution'::text, 'group_payout'::text, 'opening_balance'::text])));


ALTER DOMAIN public.transaction_type OWNER TO owner;

-- COMMENT public.DOMAIN transaction_type
COMMENT ON DOMAIN public.transaction_type IS 'What kind of operation a transaction is.';

-- DOMAIN public.yearly_rate
CREATE DOMAIN public.yearly_rate AS numeric(5,4)
	CONSTRAINT yearly_rate_range_check CHECK (((VALUE >= (0)::numeric) AND (VALUE <= (1)::numeric)));


ALTER DOMAIN public.yearly_rate OWNER TO owner;

-- COMMENT public.DOMAIN yearly_rate
COMMENT ON DOMAIN public.yearly_rate IS 'Interest a year, 0.0000 to 1.0000.';

-- FUNCTION public.app_uuid()
CREATE FUNCTION public.app_uuid() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    RETURN (encode(set_bit(set_bit(OVERLAY(uuid_send(gen_random_uuid()) PLACING SUBSTRING(int8send((((date_part('epoch'::text, clock_timestamp()) * (1000000)::double precision))::bigint / 1000)) FROM 3) FROM 1 FOR 6), (52)::bigint, 1), (53)::bigint, 1), 'hex'::text))::uuid;


ALTER FUNCTION public.app_uuid() OWNER TO owner;

-- COMMENT public.FUNCTION app_uuid()
COMMENT ON FUNCTION public.app_uuid() IS 'A new UUID version 7: sorted by its millisecond of creation, random below it.';

-- TABLE public.group_members
CREATE TABLE public.group_members (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    group_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text DEFAULT 'member'::text NOT NULL,
    "position" integer,
    status text DEFAULT 'active'::text NOT NULL,
    has_received_payout boolean DEFAULT false NOT NULL,
    payout_received_at timestamp with time zone,
    total_contributed public.money_amount DEFAULT 0 NOT NULL,
    missed_contributions integer DEFAULT 0 NOT NULL,
    deposit_account_id uuid NOT NULL,
    deposit_balance public.money_amount DEFAULT 0 NOT NULL,
    joined_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_at timestamp with time zone,
    removal_reason text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT group_members_missed_contributions_not_negative_check CHECK ((missed_contributions >= 0)),
    CONSTRAINT group_members_payout_received_at_when_received_check CHECK ((has_received_payout = (payout_received_at IS NOT NULL))),
    CONSTRAINT group_members_position_range_check CHECK ((("position" >= 1) AND ("position" <= 50))),
    CONSTRAINT group_members_removal_reason_length_check CHECK ((length(removal_reason) <= 200)),
    CONSTRAINT group_members_removed_at_of_status_check CHECK (((status = ANY (ARRAY['removed'::text, 'left'::text])) = (removed_at IS NOT NULL))),
    CONSTRAINT group_members_role_values_check CHECK ((role = ANY (ARRAY['organizer'::text, 'member'::text]))),
    CONSTRAINT group_members_status_values_check CHECK ((status = ANY (ARRAY['active'::text, 'suspended'::text, 'defaulted'::text, 'removed'::text, 'left'::text])))
);


ALTER TABLE public.group_members OWNER TO owner;

-- COMMENT public.TABLE group_members
COMMENT ON TABLE public.group_members IS 'Memberships of users in savings groups; a row outlives the membership.';

-- COMMENT public.COLUMN group_members.id
COMMENT ON COLUMN public.group_members.id IS 'UUID version 7.';

-- COMMENT public.COLUMN group_members.group_id
COMMENT ON COLUMN public.group_members.group_id IS 'The group.';

-- COMMENT public.COLUMN group_members.user_id
COMMENT ON COLUMN public.group_members.user_id IS 'The member.';

-- COMMENT public.COLUMN group_members.role
COMMENT ON COLUMN public.group_members.role IS 'organizer or member.';

-- COMMENT public.COLUMN group_members."position"
COMMENT ON COLUMN public.group_members."position" IS 'The round in which the member is paid out; null until it is set; frozen by the start.';

-- COMMENT public.COLUMN group_members.status
COMMENT ON COLUMN public.group_members.status IS 'active, suspended, defaulted (owes a late or covered contribution), removed or left.';

-- COMMENT public.COLUMN group_members.has_received_payout
COMMENT ON COLUMN public.group_members.has_received_payout IS 'Whether the member''s round was disbursed.';

-- COMMENT public.COLUMN group_members.payout_received_at
COMMENT ON COLUMN public.group_members.payout_received_at IS 'When it was.';

-- COMMENT public.COLUMN group_members.total_contributed
COMMENT ON COLUMN public.group_members.total_contributed IS 'What this member''s money put into the pool, less what came back; guarded.';

-- COMMENT public.COLUMN group_members.missed_contributions
COMMENT ON COLUMN public.group_members.missed_contributions IS 'How many contributions were ever late.';

-- COMMENT public.COLUMN group_members.deposit_account_id
COMMENT ON COLUMN public.group_members.deposit_account_id IS 'Ledger account (group_deposit) of this membership.';

-- COMMENT public.COLUMN group_members.deposit_balance
COMMENT ON COLUMN public.group_members.deposit_balance IS 'Balance of that account; guarded.';

-- COMMENT public.COLUMN group_members.joined_at
COMMENT ON COLUMN public.group_members.joined_at IS 'When the user joined, last time.';

-- COMMENT public.COLUMN group_members.created_at
COMMENT ON COLUMN public.group_members.created_at IS 'When the user joined, first time.';

-- COMMENT public.COLUMN group_members.removed_at
COMMENT ON COLUMN public.group_members.removed_at IS 'When the member left or was removed.';

-- COMMENT public.COLUMN group_members.removal_reason
COMMENT ON COLUMN public.group_members.removal_reason IS 'Why; at most 200 characters.';

-- COMMENT public.COLUMN group_members.updated_at
COMMENT ON COLUMN public.group_members.updated_at IS 'Last change.';

-- FUNCTION public.accept_group_invitation(uuid, uuid)
CREATE FUNCTION public.accept_group_invitation(p_user_id uuid, p_invitation_id uuid) RETURNS public.group_members
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM accept_group_invitation_at(p_user_id, p_invitation_id, now())
$$;


ALTER FUNCTION public.accept_group_invitation(p_user_id uuid, p_invitation_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION accept_group_invitation(p_user_id uuid, p_invitation_id uuid)
COMMENT ON FUNCTION public.accept_group_invitation(p_user_id uuid, p_invitation_id uuid) IS 'Joins the group of an invitation addressed to the user; repeated, it gives the same membership.';

-- FUNCTION public.accept_group_invitation_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.accept_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) RETURNS public.group_members
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_invitation CONSTANT group_invitations := lock_my_invitation(p_user_id, p_invitation_id);
  v_group CONSTANT ajo_groups := lock_group(v_invitation.group_id);
  v_member group_members := find_group_membership(p_user_id, v_invitation.group_id);
BEGIN
  IF v_invitation.status = 'accepted' AND v_member.id IS NOT NULL THEN
    RETURN v_member;
  END IF;
  PERFORM check_invitation_open(v_invitation, p_at);
  UPDATE group_invitations
  SET status = 'accepted', accepted_at = p_at, invited_user_id = p_user_id, updated_at = p_at
  WHERE id = p_invitation_id;
  -- Whoever joined by code meanwhile is in already: the invitation is used up, and that is all.
  IF v_member.id IS NULL THEN
    v_member := join_locked_group(p_user_id, v_group, p_at);
  END IF;
  RETURN v_member;
END $$;


ALTER FUNCTION public.accept_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION accept_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.accept_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) IS 'As accept_group_invitation(), at a given moment.';

-- FUNCTION public.account_balance_at(uuid, timestamp with time zone)
CREATE FUNCTION public.account_balance_at(p_account_id uuid, p_at timestamp with time zone) RETURNS numeric
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT coalesce(
    (
      SELECT newest.balance_after
      FROM (
        (
          SELECT entry.created_at, entry.id, entry.debit_balance_after::numeric AS balance_after FROM ledger_entries AS entry
          WHERE entry.debit_account_id = account.id AND entry.currency = account.currency AND entry.created_at < p_at
          ORDER BY entry.created_at DESC, entry.id DESC
          LIMIT 1
        )
        UNION ALL
        (
          SELECT entry.created_at, entry.id, entry.credit_balance_after::numeric FROM ledger_entries AS entry
          WHERE entry.credit_account_id = account.id AND entry.currency = account.currency AND entry.created_at < p_at
          ORDER BY entry.created_at DESC, entry.id DESC
          LIMIT 1
        )
      ) AS newest
      ORDER BY newest.created_at DESC, newest.id DESC
      LIMIT 1
    ),
    CASE account.normal_side WHEN 'debit' THEN -1 ELSE 1 END * (
      SELECT sum(posting.amount) FROM ledger_postings AS posting
      WHERE posting.account_id = account.id AND posting.currency = account.currency AND posting.created_at < p_at
    ),
    0.00
  )
  FROM ledger_accounts AS account
  WHERE account.id = p_account_id
$$;


ALTER FUNCTION public.account_balance_at(p_account_id uuid, p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION account_balance_at(p_account_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.account_balance_at(p_account_id uuid, p_at timestamp with time zone) IS 'Balance of an account just before a moment, by the ledger, positive on its normal side; NULL for an unknown account.';

-- FUNCTION public.accrue_interest(date, integer, integer)
CREATE FUNCTION public.accrue_interest(p_day date, p_part integer DEFAULT 0, p_parts integer DEFAULT 1) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN accrue_interest_at(p_day, p_part, p_parts, now());
END $$;


ALTER FUNCTION public.accrue_interest(p_day date, p_part integer, p_parts integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION accrue_interest(p_day date, p_part integer, p_parts integer)
COMMENT ON FUNCTION public.accrue_interest(p_day date, p_part integer, p_parts integer) IS 'Writes what each open plan earned on a day that is over: balance at its end × rate ÷ 365, once; the number written.';

-- FUNCTION public.accrue_interest_at(date, integer, integer, timestamp with time zone)
CREATE FUNCTION public.accrue_interest_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_low CONSTANT integer := lower(part_range(p_part, p_parts));
  v_high CONSTANT integer := upper(part_range(p_part, p_parts));
  v_end CONSTANT timestamptz := app_day_start(p_day + 1);
  v_count bigint;
BEGIN
  IF (p_at >= v_end) IS NOT TRUE THEN
    RAISE EXCEPTION 'interest of % cannot be accrued before that day is over in Lagos', p_day
      USING ERRCODE = 'AV026',  -- day_refused
        DETAIL = json_build_object('day', p_day, 'over_at', v_end)::text;
  END IF;
  WITH accrued AS (
    INSERT INTO interest_accruals (user_id, plan_id, day, balance, interest_rate, amount, created_at)
    SELECT daily.user_id, daily.id, p_day, daily.balance, daily.interest_rate, round(daily.balance * daily.interest_rate / 365, 8), p_at
    FROM (
      -- The balance at the end of that day: today's, less what was posted since.
      SELECT savings_plans.user_id, savings_plans.id, savings_plans.interest_rate,
        savings_plans.current_amount - coalesce((
          SELECT sum(since.amount) FROM ledger_postings AS since
          WHERE since.account_id = savings_plans.account_id AND since.currency = savings_plans.currency
            AND since.created_at >= v_end
        ), 0) AS balance
      FROM savings_plans
      WHERE user_part(savings_plans.user_id) >= v_low AND user_part(savings_plans.user_id) < v_high
        AND savings_plans.interest_rate > 0
        AND savings_plans.start_date <= p_day AND savings_plans.end_date > p_day
        AND savings_plans.status <> 'cancelled'
        AND (savings_plans.completed_at IS NULL OR savings_plans.completed_at >= v_end)
    ) AS daily
    WHERE daily.balance > 0
    ORDER BY daily.user_id, daily.id
    ON CONFLICT ON CONSTRAINT interest_accruals_pkey DO NOTHING
    RETURNING plan_id
  ),
  -- A day made up for after the plan was paid: post_interests() looks at that plan once more.
  reopened AS (
    UPDATE savings_plans SET interest_posted_at = NULL, updated_at = p_at
    FROM accrued
    WHERE savings_plans.id = accrued.plan_id AND savings_plans.interest_posted_at IS NOT NULL
  )
  SELECT count(*) INTO v_count FROM accrued;
  RETURN v_count;
END $$;


ALTER FUNCTION public.accrue_interest_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION accrue_interest_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.accrue_interest_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) IS 'accrue_interest() at a given time.';

-- TABLE public.ajo_groups
CREATE TABLE public.ajo_groups (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    organizer_id uuid NOT NULL,
    group_name text NOT NULL,
    description text,
    member_count integer NOT NULL,
    current_member_count integer DEFAULT 1 NOT NULL,
    contribution_amount public.money_amount NOT NULL,
    contribution_frequency text NOT NULL,
    rotation_order text NOT NULL,
    current_round integer DEFAULT 1 NOT NULL,
    current_position integer DEFAULT 0 NOT NULL,
    status text DEFAULT 'recruiting'::text NOT NULL,
    service_fee_rate numeric(5,4) DEFAULT 0.0200 NOT NULL,
    total_collected public.money_amount DEFAULT 0 NOT NULL,
    total_disbursed public.money_amount DEFAULT 0 NOT NULL,
    total_fees public.money_amount DEFAULT 0 NOT NULL,
    total_refunded public.money_amount DEFAULT 0 NOT NULL,
    currency text DEFAULT 'NGN'::text NOT NULL COLLATE pg_catalog."C",
    start_date date,
    next_payout_date date,
    end_date date,
    is_private boolean DEFAULT false NOT NULL,
    invite_code text COLLATE pg_catalog."C",
    default_policy text DEFAULT 'pause'::text NOT NULL,
    deposit_amount public.money_amount DEFAULT 0 NOT NULL,
    pool_account_id uuid NOT NULL,
    rotation_seed bigint,
    cancellation_reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ajo_groups_cancellation_reason_length_check CHECK ((length(cancellation_reason) <= 200)),
    CONSTRAINT ajo_groups_contribution_amount_limit_check CHECK (((contribution_amount)::numeric <= (1000000)::numeric)),
    CONSTRAINT ajo_groups_contribution_amount_positive_check CHECK (((contribution_amount)::numeric > (0)::numeric)),
    CONSTRAINT ajo_groups_contribution_frequency_values_check CHECK ((contribution_frequency = ANY (ARRAY['daily'::text, 'weekly'::text, 'monthly'::text]))),
    CONSTRAINT ajo_groups_currency_format_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT ajo_groups_current_member_count_positive_check CHECK ((current_member_count >= 1)),
    CONSTRAINT ajo_groups_current_member_count_within_capacity_check CHECK ((current_member_count <= member_count)),
    CONSTRAINT ajo_groups_current_position_range_check CHECK (((current_position >= 0) AND (current_position <= 50))),
    CONSTRAINT ajo_groups_current_round_range_check CHECK (((current_round >= 1) AND (current_round <= 50))),
    CONSTRAINT ajo_groups_default_policy_values_check CHECK ((default_policy = ANY (ARRAY['pause'::text, 'cover_from_deposit'::text, 'organizer_covers'::text]))),
    CONSTRAINT ajo_groups_deposit_fits_policy_check CHECK (
CASE default_policy
    WHEN 'cover_from_deposit'::text THEN ((deposit_amount)::numeric >= (contribution_amount)::numeric)
    ELSE ((deposit_amount)::numeric = (0)::numeric)
END),
    CONSTRAINT ajo_groups_description_length_check CHECK ((length(description) <= 500)),
    CONSTRAINT ajo_groups_end_not_before_start_check CHECK ((end_date >= start_date)),
    CONSTRAINT ajo_groups_group_name_length_check CHECK (((length(btrim(group_name)) >= 1) AND (length(btrim(group_name)) <= 100))),
    CONSTRAINT ajo_groups_invite_code_format_check CHECK ((invite_code ~ '^[A-Z0-9-]{6,10}$'::text)),
    CONSTRAINT ajo_groups_member_count_range_check CHECK (((member_count >= 2) AND (member_count <= 50))),
    CONSTRAINT ajo_groups_pool_not_negative_check CHECK (((((total_disbursed)::numeric + (total_fees)::numeric) + (total_refunded)::numeric) <= (total_collected)::numeric)),
    CONSTRAINT ajo_groups_rotation_order_values_check CHECK ((rotation_order = ANY (ARRAY['sequential'::text, 'manual'::text, 'random'::text]))),
    CONSTRAINT ajo_groups_service_fee_rate_range_check CHECK (((service_fee_rate >= (0)::numeric) AND (service_fee_rate <= 0.5))),
    CONSTRAINT ajo_groups_started_has_dates_check CHECK (((status = ANY (ARRAY['recruiting'::text, 'cancelled'::text])) OR (num_nulls(start_date, next_payout_date, end_date) = 0))),
    CONSTRAINT ajo_groups_status_values_check CHECK ((status = ANY (ARRAY['recruiting'::text, 'active'::text, 'paused'::text, 'completed'::text, 'cancelled'::text])))
);


ALTER TABLE public.ajo_groups OWNER TO owner;

-- COMMENT public.TABLE ajo_groups
COMMENT ON TABLE public.ajo_groups IS 'Rotating savings groups (ajo, esusu): every round all contribute, one member is paid out.';

-- COMMENT public.COLUMN ajo_groups.id
COMMENT ON COLUMN public.ajo_groups.id IS 'UUID version 7.';

-- COMMENT public.COLUMN ajo_groups.organizer_id
COMMENT ON COLUMN public.ajo_groups.organizer_id IS 'The user who created it; tier 2; member 1.';

-- COMMENT public.COLUMN ajo_groups.group_name
COMMENT ON COLUMN public.ajo_groups.group_name IS '1 to 100 characters; among one organizer''s open groups unique, case aside.';

-- COMMENT public.COLUMN ajo_groups.description
COMMENT ON COLUMN public.ajo_groups.description IS 'At most 500 characters.';

-- COMMENT public.COLUMN ajo_groups.member_count
COMMENT ON COLUMN public.ajo_groups.member_count IS 'Capacity, 2 to 50.';

-- COMMENT public.COLUMN ajo_groups.current_member_count
COMMENT ON COLUMN public.ajo_groups.current_member_count IS 'Members that are neither removed nor left, the organizer included.';

-- COMMENT public.COLUMN ajo_groups.contribution_amount
COMMENT ON COLUMN public.ajo_groups.contribution_amount IS 'What each member pays in each round; above 0, at most 1,000,000.';

-- COMMENT public.COLUMN ajo_groups.contribution_frequency
COMMENT ON COLUMN public.ajo_groups.contribution_frequency IS 'Distance of two rounds: daily, weekly or monthly.';

-- COMMENT public.COLUMN ajo_groups.rotation_order
COMMENT ON COLUMN public.ajo_groups.rotation_order IS 'sequential (as they joined), manual (set_rotation_order) or random (by rotation_seed).';

-- COMMENT public.COLUMN ajo_groups.current_round
COMMENT ON COLUMN public.ajo_groups.current_round IS 'The round that is collected now, from 1; the last one after completion.';

-- COMMENT public.COLUMN ajo_groups.current_position
COMMENT ON COLUMN public.ajo_groups.current_position IS 'The position whose turn it is; 0 before the start.';

-- COMMENT public.COLUMN ajo_groups.status
COMMENT ON COLUMN public.ajo_groups.status IS 'recruiting, active, paused (a contribution is missing and the policy could not pay it), completed or cancelled.';

-- COMMENT public.COLUMN ajo_groups.service_fee_rate
COMMENT ON COLUMN public.ajo_groups.service_fee_rate IS 'Fraction of a pot that is kept as fee: 0.0200 is 2 %.';

-- COMMENT public.COLUMN ajo_groups.total_collected
COMMENT ON COLUMN public.ajo_groups.total_collected IS 'All that ever went into the pool; guarded.';

-- COMMENT public.COLUMN ajo_groups.total_disbursed
COMMENT ON COLUMN public.ajo_groups.total_disbursed IS 'All that the pool paid to recipients, fees excluded; guarded.';

-- COMMENT public.COLUMN ajo_groups.total_fees
COMMENT ON COLUMN public.ajo_groups.total_fees IS 'All that the pool paid as fee; guarded.';

-- COMMENT public.COLUMN ajo_groups.total_refunded
COMMENT ON COLUMN public.ajo_groups.total_refunded IS 'All that the pool gave back to contributors; guarded.';

-- COMMENT public.COLUMN ajo_groups.currency
COMMENT ON COLUMN public.ajo_groups.currency IS 'ISO 4217.';

-- COMMENT public.COLUMN ajo_groups.start_date
COMMENT ON COLUMN public.ajo_groups.start_date IS 'Due date of round 1 (Africa/Lagos).';

-- COMMENT public.COLUMN ajo_groups.next_payout_date
COMMENT ON COLUMN public.ajo_groups.next_payout_date IS 'Due date of the current round.';

-- COMMENT public.COLUMN ajo_groups.end_date
COMMENT ON COLUMN public.ajo_groups.end_date IS 'Due date of the last round.';

-- COMMENT public.COLUMN ajo_groups.is_private
COMMENT ON COLUMN public.ajo_groups.is_private IS 'Joined by invitation or code only.';

-- COMMENT public.COLUMN ajo_groups.invite_code
COMMENT ON COLUMN public.ajo_groups.invite_code IS '6 to 10 of A-Z, 0-9 and -; whoever has it may join while there is room.';

-- COMMENT public.COLUMN ajo_groups.default_policy
COMMENT ON COLUMN public.ajo_groups.default_policy IS 'What happens when a contribution is late: pause, cover_from_deposit or organizer_covers.';

-- COMMENT public.COLUMN ajo_groups.deposit_amount
COMMENT ON COLUMN public.ajo_groups.deposit_amount IS 'Taken from each member on joining; 0 unless the policy is cover_from_deposit.';

-- COMMENT public.COLUMN ajo_groups.pool_account_id
COMMENT ON COLUMN public.ajo_groups.pool_account_id IS 'Ledger account (group_pool); its balance is total_collected less the other totals.';

-- COMMENT public.COLUMN ajo_groups.rotation_seed
COMMENT ON COLUMN public.ajo_groups.rotation_seed IS 'Drawn at the start of a random rotation: anybody can compute the order again.';

-- COMMENT public.COLUMN ajo_groups.cancellation_reason
COMMENT ON COLUMN public.ajo_groups.cancellation_reason IS 'Why it was cancelled; at most 200 characters.';

-- COMMENT public.COLUMN ajo_groups.created_at
COMMENT ON COLUMN public.ajo_groups.created_at IS 'When it was created.';

-- COMMENT public.COLUMN ajo_groups.updated_at
COMMENT ON COLUMN public.ajo_groups.updated_at IS 'Last change.';

-- FUNCTION public.admit_group_member(uuid, public.ajo_groups, text, timestamp with time zone)
CREATE FUNCTION public.admit_group_member(p_user_id uuid, p_group public.ajo_groups, p_role text, p_at timestamp with time zone) RETURNS public.group_members
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_currency CONSTANT text := (SELECT currency FROM wallets WHERE user_id = p_user_id);
  v_member group_members;
BEGIN
  IF v_currency IS NULL THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  ELSIF v_currency <> p_group.currency THEN
    RAISE EXCEPTION 'the wallet of user % is in %, not in %', p_user_id, v_currency, p_group.currency
      USING ERRCODE = 'AV005',  -- currency_mismatch
        DETAIL = json_build_object('expected', p_group.currency, 'given', v_currency)::text;
  END IF;

  -- Whoever left while the group was recruiting comes back to the same row and account.
  UPDATE group_members
  SET status = 'active', removed_at = NULL, removal_reason = NULL, joined_at = p_at, updated_at = p_at
  WHERE group_id = p_group.id AND user_id = p_user_id
  RETURNING * INTO v_member;
  IF NOT FOUND THEN
    INSERT INTO group_members (group_id, user_id, role, deposit_account_id, joined_at, created_at, updated_at)
    VALUES (p_group.id, p_user_id, p_role, open_ledger_account('group_deposit', p_group.currency), p_at, p_at, p_at)
    RETURNING * INTO v_member;
  END IF;

  IF p_group.deposit_amount > 0 THEN
    PERFORM post_wallet_debit(
      p_user_id, p_group.deposit_amount, v_member.deposit_account_id, 'group_contribution', p_at,
      format('%s: deposit', p_group.group_name), jsonb_build_object('group_id', p_group.id),
      v_member.deposit_balance + p_group.deposit_amount
    );
    UPDATE group_members SET deposit_balance = deposit_balance + p_group.deposit_amount, updated_at = p_at
    WHERE id = v_member.id
    RETURNING * INTO v_member;
  END IF;
  RETURN v_member;
END $$;


ALTER FUNCTION public.admit_group_member(p_user_id uuid, p_group public.ajo_groups, p_role text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION admit_group_member(p_user_id uuid, p_group public.ajo_groups, p_role text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.admit_group_member(p_user_id uuid, p_group public.ajo_groups, p_role text, p_at timestamp with time zone) IS 'Makes the user a member and takes the deposit; AV002, AV005 or what a debit raises.';

-- FUNCTION public.advance_group(uuid, timestamp with time zone)
CREATE FUNCTION public.advance_group(p_group_id uuid, p_at timestamp with time zone) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
  UPDATE ajo_groups
  SET current_round = ajo_rounds.round, current_position = ajo_rounds.round, next_payout_date = ajo_rounds.due_date,
    updated_at = p_at
  FROM ajo_rounds
  WHERE ajo_groups.id = p_group_id AND ajo_rounds.group_id = p_group_id AND ajo_rounds.round = ajo_groups.current_round + 1
$$;


ALTER FUNCTION public.advance_group(p_group_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION advance_group(p_group_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.advance_group(p_group_id uuid, p_at timestamp with time zone) IS 'Makes the next round the current one; after the last nothing changes.';

-- FUNCTION public.anonymise_user(uuid, uuid)
CREATE FUNCTION public.anonymise_user(p_user_id uuid, p_anonymised_by uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_user "user";
  v_blockers text[];
BEGIN
  -- The wallet before the user: what posts locks the wallet first, and asks for the user then.
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  SELECT * INTO v_user FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE;
  IF v_user.id IS NULL THEN
    PERFORM require_active_user(p_user_id);
  END IF;
  PERFORM require_self_or_authority(p_user_id, p_anonymised_by);
  IF v_user.anonymised_at IS NOT NULL THEN
    RAISE EXCEPTION 'user % is anonymised already', p_user_id
      USING ERRCODE = 'AV071',  -- already_anonymised
        DETAIL = json_build_object('user_id', p_user_id, 'anonymised_at', v_user.anonymised_at)::text;
  END IF;
  v_blockers := list_anonymisation_blockers(p_user_id);
  IF v_blockers <> '{}' THEN
    RAISE EXCEPTION 'user % cannot be anonymised yet: %', p_user_id, array_to_string(v_blockers, ', ')
      USING ERRCODE = 'AV070',  -- anonymisation_blocked
        DETAIL = json_build_object('user_id', p_user_id, 'blockers', v_blockers)::text;
  END IF;

  PERFORM erase_records_of(v_user);
  DELETE FROM account WHERE user_id = p_user_id;
  DELETE FROM session WHERE user_id = p_user_id;
  DELETE FROM biometric_auth WHERE user_id = p_user_id;
  DELETE FROM push_tokens WHERE user_id = p_user_id;
  DELETE FROM notifications WHERE user_id = p_user_id;
  DELETE FROM scheduled_notifications WHERE user_id = p_user_id;
  DELETE FROM notification_preferences WHERE user_id = p_user_id;
  DELETE FROM verification WHERE identifier = v_user.email OR right(identifier, length(v_user.email) + 1) = ':' || v_user.email;
  DELETE FROM phone_verification WHERE phone_number = v_user.phone_number;
  DELETE FROM user_permissions WHERE user_id = p_user_id;
  DELETE FROM user_roles WHERE user_id = p_user_id;
  UPDATE "user"
  SET name = 'Anonymised user', email = 'anonymised-' || id || '@invalid', email_verified = false, image = NULL,
    phone_number = NULL, phone_verified = false, date_of_birth = NULL, kyc_data = NULL, biometric_enabled = false,
    biometric_public_key = NULL, is_active = false,
    suspension_reason = CASE WHEN is_suspended THEN 'erased with the account' END, anonymised_at = now(), updated_at = now()
  WHERE id = p_user_id;
END $$;


ALTER FUNCTION public.anonymise_user(p_user_id uuid, p_anonymised_by uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION anonymise_user(p_user_id uuid, p_anonymised_by uuid)
COMMENT ON FUNCTION public.anonymise_user(p_user_id uuid, p_anonymised_by uuid) IS 'Erases what is personal about a user who owes and is owed nothing, at their own wish or by authority; it cannot be undone.';

-- FUNCTION public.app_day(timestamp with time zone)
CREATE FUNCTION public.app_day(p_at timestamp with time zone) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((p_at AT TIME ZONE 'Africa/Lagos'::text))::date;


ALTER FUNCTION public.app_day(p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION app_day(p_at timestamp with time zone)
COMMENT ON FUNCTION public.app_day(p_at timestamp with time zone) IS 'The business day (Africa/Lagos) on which a moment falls.';

-- FUNCTION public.app_day_start(date)
CREATE FUNCTION public.app_day_start(p_day date) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((p_day)::timestamp without time zone AT TIME ZONE 'Africa/Lagos'::text);


ALTER FUNCTION public.app_day_start(p_day date) OWNER TO owner;

-- COMMENT public.FUNCTION app_day_start(p_day date)
COMMENT ON FUNCTION public.app_day_start(p_day date) IS 'The moment at which a business day (Africa/Lagos) begins.';

-- FUNCTION public.app_today()
CREATE FUNCTION public.app_today() RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN public.app_day(now());


ALTER FUNCTION public.app_today() OWNER TO owner;

-- COMMENT public.FUNCTION app_today()
COMMENT ON FUNCTION public.app_today() IS 'The business day (Africa/Lagos) of the current transaction.';

-- FUNCTION public.approve_kyc(uuid, uuid, uuid)
CREATE FUNCTION public.approve_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_request CONSTANT kyc_verification := open_kyc_request(p_user_id, p_kyc_id, p_verified_by, 'kyc:approve');
BEGIN
  PERFORM require_next_kyc_tier(p_user_id, v_request.tier);
  BEGIN
    UPDATE kyc_verification SET status = 'approved', verified_by = p_verified_by, verified_at = now(), updated_at = now()
    WHERE id = p_kyc_id;
  EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'the document of request % was approved for another user', p_kyc_id
      USING ERRCODE = 'AV065',  -- kyc_document_taken
        DETAIL = json_build_object('kyc_id', p_kyc_id, 'tier', v_request.tier)::text;
  END;
  UPDATE "user" SET kyc_tier = v_request.tier, kyc_status = 'approved', kyc_verified_at = now(), updated_at = now()
  WHERE id = p_user_id;
  RETURN v_request.tier;
END $$;


ALTER FUNCTION public.approve_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION approve_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid)
COMMENT ON FUNCTION public.approve_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid) IS 'Somebody with kyc:approve raises the user to the tier asked for; returns the tier.';

-- FUNCTION public.assign_role(uuid, text, uuid, timestamp with time zone)
CREATE FUNCTION public.assign_role(p_user_id uuid, p_role text, p_assigned_by uuid, p_expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_active_user(p_user_id);
  PERFORM require_future(p_expires_at);
  INSERT INTO user_roles (user_id, role_id, assigned_by, expires_at)
  VALUES (p_user_id, require_authority_over_role(p_assigned_by, p_role), p_assigned_by, p_expires_at)
  ON CONFLICT ON CONSTRAINT user_roles_user_id_role_id_key DO UPDATE
  SET assigned_by = excluded.assigned_by, assigned_at = excluded.assigned_at, expires_at = excluded.expires_at
  RETURNING id INTO v_id;
  RETURN v_id;
END $$;


ALTER FUNCTION public.assign_role(p_user_id uuid, p_role text, p_assigned_by uuid, p_expires_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION assign_role(p_user_id uuid, p_role text, p_assigned_by uuid, p_expires_at timestamp with time zone)
COMMENT ON FUNCTION public.assign_role(p_user_id uuid, p_role text, p_assigned_by uuid, p_expires_at timestamp with time zone) IS 'Gives a role, or gives it anew with another end (null: none); returns the id of the row in user_roles.';

-- FUNCTION public.audit_actor()
CREATE FUNCTION public.audit_actor() RETURNS uuid
    LANGUAGE sql STABLE
    RETURN (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid;


ALTER FUNCTION public.audit_actor() OWNER TO owner;

-- COMMENT public.FUNCTION audit_actor()
COMMENT ON FUNCTION public.audit_actor() IS 'The user for whom the current transaction acts (setting app.user_id), or null.';

-- FUNCTION public.audit_change()
CREATE FUNCTION public.audit_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_old CONSTANT jsonb := CASE TG_OP WHEN 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
  v_new CONSTANT jsonb := CASE TG_OP WHEN 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
  v_row CONSTANT jsonb := CASE TG_OP WHEN 'DELETE' THEN v_old ELSE v_new END;
  v_changed jsonb := '[]';
  v_kept_old jsonb := '{}';
  v_kept_new jsonb := '{}';
  v_key text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT jsonb_agg(key ORDER BY key) INTO v_changed
    FROM jsonb_object_keys(v_new) AS key
    WHERE v_old -> key IS DISTINCT FROM v_new -> key AND key <> 'updated_at';
    IF v_changed IS NULL THEN
      RETURN NULL;  -- only updated_at, or nothing at all
    END IF;
  END IF;
  -- Expressions without a query: a registration is audited too, and many come at once.
  FOR argument IN 2 .. TG_NARGS - 1 LOOP
    v_key := TG_ARGV[argument];
    IF v_old -> v_key IS DISTINCT FROM v_new -> v_key THEN
      v_kept_old := CASE TG_OP WHEN 'INSERT' THEN '{}' ELSE v_kept_old || jsonb_build_object(v_key, v_old -> v_key) END;
      v_kept_new := CASE TG_OP WHEN 'DELETE' THEN '{}' ELSE v_kept_new || jsonb_build_object(v_key, v_new -> v_key) END;
    END IF;
  END LOOP;
  INSERT INTO audit_log (user_id, subject_user_id, action, resource, resource_id, metadata)
  VALUES (
    audit_actor(), (v_row ->> TG_ARGV[1])::uuid, TG_ARGV[0] || '.' || lower(TG_OP), TG_ARGV[0], (v_row ->> 'id')::uuid,
    jsonb_build_object('changed', v_changed, 'old', v_kept_old, 'new', v_kept_new)
  );
  RETURN NULL;
END $$;


ALTER FUNCTION public.audit_change() OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION audit_change()
COMMENT ON FUNCTION public.audit_change() IS 'Trigger: writes a change into audit_log; arguments: table, column of the subject''s user id, columns whose values are kept.';

-- TABLE public.audit_log
CREATE TABLE public.audit_log (
    id bigint NOT NULL,
    user_id uuid,
    subject_user_id uuid,
    action text NOT NULL,
    resource text NOT NULL,
    resource_id uuid,
    status text DEFAULT 'success'::text NOT NULL,
    ip_address inet,
    user_agent text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    error_message text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT audit_log_action_format_check CHECK ((action ~ '^[a-z][a-z_]*(\.[a-z][a-z_]*)+$'::text)),
    CONSTRAINT audit_log_action_length_check CHECK ((char_length(action) <= 100)),
    CONSTRAINT audit_log_created_at_finite_check CHECK (isfinite(created_at)),
    CONSTRAINT audit_log_error_message_format_check CHECK ((error_message ~ '^[A-Za-z0-9_:. -]{1,200}$'::text)),
    CONSTRAINT audit_log_ip_address_network_check CHECK ((ip_address = (network(set_masklen(ip_address,
CASE family(ip_address)
    WHEN 4 THEN 24
    ELSE 48
END)))::inet)),
    CONSTRAINT audit_log_metadata_length_check CHECK ((octet_length((metadata)::text) <= 8000)),
    CONSTRAINT audit_log_metadata_object_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT audit_log_resource_format_check CHECK ((resource ~ '^[a-z][a-z_]{1,49}$'::text)),
    CONSTRAINT audit_log_status_values_check CHECK ((status = ANY (ARRAY['success'::text, 'failure'::text, 'denied'::text, 'warning'::text]))),
    CONSTRAINT audit_log_user_agent_length_check CHECK ((char_length(user_agent) <= 1000))
)
PARTITION BY RANGE (created_at);


ALTER TABLE public.audit_log OWNER TO owner;

-- COMMENT public.TABLE audit_log
COMMENT ON TABLE public.audit_log IS 'What was done, by whom, to whom; append-only, one partition a month (UTC).';

-- COMMENT public.COLUMN audit_log.id
COMMENT ON COLUMN public.audit_log.id IS 'Rises with each row; a gap is a transaction that was rolled back.';

-- COMMENT public.COLUMN audit_log.user_id
COMMENT ON COLUMN public.audit_log.user_id IS 'Who did it; null for a job or nobody known.';

-- COMMENT public.COLUMN audit_log.subject_user_id
COMMENT ON COLUMN public.audit_log.subject_user_id IS 'To whom it was done; null where it concerns no single user.';

-- COMMENT public.COLUMN audit_log.action
COMMENT ON COLUMN public.audit_log.action IS 'What was done, such as user_roles.insert or auth.sign_in.';

-- COMMENT public.COLUMN audit_log.resource
COMMENT ON COLUMN public.audit_log.resource IS 'The table, or the part of the application.';

-- COMMENT public.COLUMN audit_log.resource_id
COMMENT ON COLUMN public.audit_log.resource_id IS 'The row; null where it concerns no single row.';

-- COMMENT public.COLUMN audit_log.status
COMMENT ON COLUMN public.audit_log.status IS 'success, failure, denied or warning.';

-- COMMENT public.COLUMN audit_log.ip_address
COMMENT ON COLUMN public.audit_log.ip_address IS 'The network of the client, /24 or /48 of IPv6: never the whole address.';

-- COMMENT public.COLUMN audit_log.user_agent
COMMENT ON COLUMN public.audit_log.user_agent IS 'User-Agent header of the client, at most 1000 characters.';

-- COMMENT public.COLUMN audit_log.metadata
COMMENT ON COLUMN public.audit_log.metadata IS 'Names of changed columns and values of columns without personal data.';

-- COMMENT public.COLUMN audit_log.error_message
COMMENT ON COLUMN public.audit_log.error_message IS 'A code or class of error, at most 200 characters, without values.';

-- COMMENT public.COLUMN audit_log.created_at
COMMENT ON COLUMN public.audit_log.created_at IS 'When the transaction that did it began; decides the partition.';

-- FUNCTION public.audit_row_hash(bytea, public.audit_log)
CREATE FUNCTION public.audit_row_hash(p_previous bytea, p_row public.audit_log) RETURNS bytea
    LANGUAGE sql STABLE
    RETURN sha256((COALESCE(p_previous, '\x'::bytea) || convert_to((jsonb_build_array((p_row).id, (p_row).user_id, (p_row).subject_user_id, (p_row).action, (p_row).resource, (p_row).resource_id, (p_row).status, host((p_row).ip_address), masklen((p_row).ip_address), (p_row).user_agent, (p_row).metadata, (p_row).error_message, ((EXTRACT(epoch FROM (p_row).created_at) * (1000000)::numeric))::bigint))::text, 'UTF8'::name)));


ALTER FUNCTION public.audit_row_hash(p_previous bytea, p_row public.audit_log) OWNER TO owner;

-- COMMENT public.FUNCTION audit_row_hash(p_previous bytea, p_row public.audit_log)
COMMENT ON FUNCTION public.audit_row_hash(p_previous bytea, p_row public.audit_log) IS 'The hash that chains one row of audit_log to the hash before it.';

-- FUNCTION public.breached_limit(uuid, text, numeric, timestamp with time zone)
CREATE FUNCTION public.breached_limit(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  WITH period (name, since, until) AS (
    SELECT name, app_day_start(date_trunc(name, app_day(p_at)::timestamp)::date),
      app_day_start((date_trunc(name, app_day(p_at)::timestamp) + ('1 ' || name)::interval)::date)
    FROM unnest(ARRAY['day', 'week', 'month']) AS name
  ),
  -- Money sent out of the wallet to others: completed, or held and pending.
  sent AS (
    SELECT period.name, coalesce(sum(transactions.amount), 0) AS total,
      coalesce(sum(transactions.amount) FILTER (WHERE transactions.type = 'wallet_withdrawal'), 0) AS withdrawn,
      count(*) FILTER (WHERE transactions.type = 'wallet_withdrawal') AS withdrawals
    FROM period
    LEFT JOIN transactions ON transactions.user_id = p_user_id
      AND transactions.created_at >= period.since AND transactions.created_at < period.until
      AND transactions.status IN ('pending', 'completed')
      AND (
        transactions.type = 'wallet_withdrawal'
        -- Not what a deposit covers: it left the wallet, and counted, when the deposit was paid.
        OR transactions.type = 'group_contribution' AND transactions.payment_source = 'wallet'
        OR transactions.type = 'transfer' AND transactions.transfer_id = transactions.id
      )
    GROUP BY period.name
  ),
  tier AS (
    SELECT kyc_limits.* FROM kyc_limits JOIN "user" ON "user".kyc_tier = kyc_limits.tier WHERE "user".id = p_user_id
  ),
  rule (name, maximum, used, needed, amount_left) AS (
    SELECT 'kyc_single', single_limit, 0, p_amount, single_limit
    FROM tier WHERE p_type IN ('wallet_funding', 'contribution', 'transfer', 'wallet_withdrawal')
    UNION ALL
    SELECT 'kyc_daily', daily_limit, total, p_amount, daily_limit - total
    FROM tier, sent WHERE sent.name = 'day' AND p_type IN ('transfer', 'wallet_withdrawal', 'group_contribution')
    UNION ALL
    SELECT 'kyc_monthly', monthly_limit, total, p_amount, monthly_limit - total
    FROM tier, sent WHERE sent.name = 'month' AND p_type IN ('transfer', 'wallet_withdrawal', 'group_contribution')
    UNION ALL
    SELECT 'withdrawal_amount_' || period, max_amount, withdrawn, p_amount, max_amount - withdrawn
    FROM withdrawal_limits JOIN sent ON sent.name = period WHERE p_type = 'wallet_withdrawal'
    UNION ALL
    SELECT 'withdrawal_count_' || period, max_count, withdrawals, 1, CASE WHEN withdrawals < max_count THEN p_amount ELSE 0 END
    FROM withdrawal_limits JOIN sent ON sent.name = period WHERE p_type = 'wallet_withdrawal'
  )
  SELECT jsonb_build_object(
    'limit', name, 'maximum', maximum::text, 'used', used::text, 'needed', CASE name ~ 'count' WHEN true THEN '1' ELSE round(needed, 2)::text END
  )
  FROM rule
  WHERE used + needed > maximum
  -- The strictest is the one that leaves least.
  ORDER BY amount_left, name
  LIMIT 1
$$;


ALTER FUNCTION public.breached_limit(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION breached_limit(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone)
COMMENT ON FUNCTION public.breached_limit(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone) IS 'The strictest limit that this amount would break for this user and type, with its values; NULL if none.';

-- FUNCTION public.cancel_ajo_group(uuid, uuid, text)
CREATE FUNCTION public.cancel_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text DEFAULT NULL::text) RETURNS public.ajo_groups
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM cancel_ajo_group_at(p_user_id, p_group_id, p_reason, now())
$$;


ALTER FUNCTION public.cancel_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION cancel_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text)
COMMENT ON FUNCTION public.cancel_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text) IS 'Ends a group and gives back pool and deposits; by its organizer before the first payout, later by staff (group:manage).';

-- FUNCTION public.cancel_ajo_group_at(uuid, uuid, text, timestamp with time zone)
CREATE FUNCTION public.cancel_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone) RETURNS public.ajo_groups
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group ajo_groups := lock_group(p_group_id);
  v_members CONSTANT uuid[] := ARRAY(SELECT id FROM group_members WHERE group_id = p_group_id);
BEGIN
  IF v_group.organizer_id IS DISTINCT FROM p_user_id THEN
    PERFORM require_permission(p_user_id, 'group:manage');
  END IF;
  IF v_group.status = 'cancelled' THEN
    RETURN v_group;
  END IF;
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting', 'active', 'paused');
  -- An organizer who was paid first could otherwise end the group and keep the pot.
  IF EXISTS (SELECT FROM group_payouts WHERE group_id = p_group_id) AND NOT has_permission(p_user_id, 'group:manage') THEN
    RAISE EXCEPTION 'group % has paid out and its members owe each other', p_group_id
      USING ERRCODE = 'AV043',  -- member_owes
        DETAIL = json_build_object('group_id', p_group_id)::text,
        HINT = 'Somebody with the permission group:manage can cancel it.';
  END IF;

  PERFORM lock_member_wallets(p_group_id);
  IF EXISTS (SELECT FROM ajo_rounds WHERE group_id = p_group_id AND round = v_group.current_round AND status = 'open') THEN
    PERFORM give_back_contributions(v_group, v_members, 'failed', p_at);
  END IF;
  PERFORM share_deposits_of_debtors(v_group, p_at);
  PERFORM return_group_deposits(p_group_id, v_members, p_at);
  UPDATE ajo_rounds SET status = 'cancelled', closed_at = p_at, updated_at = p_at
  WHERE group_id = p_group_id AND status IN ('scheduled', 'open');
  UPDATE group_invitations SET status = 'revoked', updated_at = p_at WHERE group_id = p_group_id AND status = 'pending';
  UPDATE ajo_groups SET status = 'cancelled', cancellation_reason = p_reason, updated_at = p_at
  WHERE id = p_group_id
  RETURNING * INTO v_group;
  RETURN v_group;
END $$;


ALTER FUNCTION public.cancel_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION cancel_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.cancel_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone) IS 'As cancel_ajo_group(), at a given moment.';

-- FUNCTION public.cancel_scheduled_notification(uuid, uuid)
CREATE FUNCTION public.cancel_scheduled_notification(p_user_id uuid, p_scheduled_notification_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  UPDATE scheduled_notifications SET status = 'cancelled', updated_at = now()
  WHERE id = p_scheduled_notification_id AND user_id = p_user_id AND status = 'pending';
  RETURN FOUND;
END $$;


ALTER FUNCTION public.cancel_scheduled_notification(p_user_id uuid, p_scheduled_notification_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION cancel_scheduled_notification(p_user_id uuid, p_scheduled_notification_id uuid)
COMMENT ON FUNCTION public.cancel_scheduled_notification(p_user_id uuid, p_scheduled_notification_id uuid) IS 'Cancels a planned message; false if it was not pending.';

-- FUNCTION public.check_bank_account(uuid, uuid)
CREATE FUNCTION public.check_bank_account(p_user_id uuid, p_bank_account_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_is_verified boolean;
BEGIN
  SELECT is_verified INTO v_is_verified FROM bank_accounts WHERE user_id = p_user_id AND id = p_bank_account_id;
  IF v_is_verified IS NOT TRUE THEN
    RAISE EXCEPTION 'user % has no verified bank account %', p_user_id, p_bank_account_id
      USING ERRCODE = 'AV019',  -- bank_account_unusable
        DETAIL = json_build_object(
          'bank_account_id', p_bank_account_id, 'reason', CASE WHEN v_is_verified IS NULL THEN 'unknown' ELSE 'not verified' END
        )::text;
  END IF;
END $$;


ALTER FUNCTION public.check_bank_account(p_user_id uuid, p_bank_account_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_bank_account(p_user_id uuid, p_bank_account_id uuid)
COMMENT ON FUNCTION public.check_bank_account(p_user_id uuid, p_bank_account_id uuid) IS 'Raises AV019 for a bank account that is not the user''s or not verified.';

-- FUNCTION public.check_bounds(numeric, numeric, numeric, text)
CREATE FUNCTION public.check_bounds(p_amount numeric, p_minimum numeric, p_maximum numeric, p_what text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF p_amount NOT BETWEEN p_minimum AND p_maximum THEN
    RAISE EXCEPTION '% of % is not between % and %', p_what, p_amount, p_minimum, p_maximum
      USING ERRCODE = 'AV006',  -- amount_out_of_bounds
        DETAIL = json_build_object(
          'needed', round(p_amount, 2)::text, 'minimum', round(p_minimum, 2)::text, 'maximum', round(p_maximum, 2)::text
        )::text;
  END IF;
END $$;


ALTER FUNCTION public.check_bounds(p_amount numeric, p_minimum numeric, p_maximum numeric, p_what text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_bounds(p_amount numeric, p_minimum numeric, p_maximum numeric, p_what text)
COMMENT ON FUNCTION public.check_bounds(p_amount numeric, p_minimum numeric, p_maximum numeric, p_what text) IS 'Raises AV006 for an amount outside the bounds of its operation.';

-- FUNCTION public.check_funding_source(text)
CREATE FUNCTION public.check_funding_source(p_payment_source text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF p_payment_source IN ('bank_transfer', 'debit_card', 'cash', 'ussd') IS NOT TRUE THEN
    RAISE EXCEPTION 'a wallet cannot be funded by "%"', coalesce(p_payment_source, 'NULL')
      USING ERRCODE = '22023',  -- invalid_parameter_value
        HINT = 'Use bank_transfer, debit_card, cash or ussd.';
  END IF;
END $$;


ALTER FUNCTION public.check_funding_source(p_payment_source text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_funding_source(p_payment_source text)
COMMENT ON FUNCTION public.check_funding_source(p_payment_source text) IS 'Raises 22023 for a source that is not outside the house.';

-- FUNCTION public.check_group_status(public.ajo_groups, text[])
CREATE FUNCTION public.check_group_status(p_group public.ajo_groups, VARIADIC p_allowed text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF p_group.status <> ALL (p_allowed) THEN
    RAISE EXCEPTION 'group % is %, not %', p_group.id, p_group.status, array_to_string(p_allowed, ' or ')
      USING ERRCODE = 'AV032',  -- group_status
        DETAIL = json_build_object('group_id', p_group.id, 'status', p_group.status, 'allowed', p_allowed)::text;
  END IF;
END $$;


ALTER FUNCTION public.check_group_status(p_group public.ajo_groups, VARIADIC p_allowed text[]) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_group_status(p_group public.ajo_groups, VARIADIC p_allowed text[])
COMMENT ON FUNCTION public.check_group_status(p_group public.ajo_groups, VARIADIC p_allowed text[]) IS 'Raises AV032 unless the group has one of these states.';

-- FUNCTION public.check_group_tier(uuid, integer, numeric)
CREATE FUNCTION public.check_group_tier(p_user_id uuid, p_tier integer, p_amount numeric) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_tier integer;
  v_needed CONSTANT integer := (SELECT min(tier) FROM kyc_limits WHERE tier >= p_tier AND daily_limit >= p_amount);
BEGIN
  PERFORM check_user_acts(p_user_id);
  SELECT kyc_tier INTO v_tier FROM "user" WHERE id = p_user_id;
  IF v_needed IS NULL OR v_tier < v_needed THEN
    RAISE EXCEPTION 'KYC tier % is too low: contributing % needs tier %', v_tier, p_amount, coalesce(v_needed::text, 'above all')
      USING ERRCODE = 'AV046',  -- tier_too_low
        DETAIL = json_build_object('tier', v_tier, 'needed', v_needed, 'amount', round(p_amount, 2)::text)::text;
  END IF;
END $$;


ALTER FUNCTION public.check_group_tier(p_user_id uuid, p_tier integer, p_amount numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_group_tier(p_user_id uuid, p_tier integer, p_amount numeric)
COMMENT ON FUNCTION public.check_group_tier(p_user_id uuid, p_tier integer, p_amount numeric) IS 'Raises AV004 or AV046 unless the user acts, has the tier, and may send the amount in a day.';

-- FUNCTION public.check_integrity()
CREATE FUNCTION public.check_integrity() RETURNS TABLE(name text, severity text, count bigint, sample text[])
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT checks.name, checks.severity, count(findings.row_id),
    coalesce((array_agg(findings.row_id ORDER BY findings.row_id) FILTER (WHERE findings.row_id IS NOT NULL))[1:5], '{}')
  FROM (
    VALUES
      (1, 'wallets_without_user', 'error'),
      (2, 'plans_without_user', 'error'),
      (3, 'transactions_without_owner', 'error'),
      (4, 'group_members_without_owner', 'error'),
      (5, 'wallets_below_zero', 'error'),
      (6, 'plan_dates_reversed', 'error'),
      (7, 'kyc_tier_unknown', 'error'),
      (8, 'group_member_counts', 'error'),
      (9, 'transaction_amounts_not_positive', 'error'),
      (10, 'plan_balances', 'error'),
      (11, 'analytics_plan_counts', 'warning'),
      (12, 'foreign_keys_without_index', 'info'),
      (13, 'statistics_outdated', 'info'),
      (14, 'wallet_balances', 'error'),
      (15, 'receivable_balances', 'error'),
      (16, 'group_deposit_balances', 'error'),
      (17, 'trial_balance', 'error'),
      (18, 'balance_sequence', 'error'),
      (19, 'posting_times', 'info'),
      (20, 'transactions_not_as_posted', 'error'),
      (21, 'unfinished_transactions_posted', 'error'),
      (22, 'entries_without_transaction', 'error'),
      (23, 'transfer_clearing', 'error'),
      (24, 'payout_clearing', 'error'),
      (25, 'completed_plans_below_target', 'error'),
      (26, 'group_totals', 'error'),
      (27, 'group_pools', 'error'),
      (28, 'group_round_totals', 'error'),
      (29, 'group_member_totals', 'error'),
      (30, 'group_payments_not_as_posted', 'error'),
      (31, 'audit_chain', 'error'),
      (32, 'guards_disabled', 'error')
  ) AS checks (position, name, severity)
  LEFT JOIN integrity_findings AS findings ON findings.name = checks.name
  GROUP BY checks.position, checks.name, checks.severity
  ORDER BY checks.position
$$;


ALTER FUNCTION public.check_integrity() OWNER TO owner;

-- COMMENT public.FUNCTION check_integrity()
COMMENT ON FUNCTION public.check_integrity() IS 'One row a check: error, warning or info, how many rows it found, the first five of them. Changes nothing.';

-- TABLE public.group_invitations
CREATE TABLE public.group_invitations (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    group_id uuid NOT NULL,
    invited_by uuid NOT NULL,
    invited_user_id uuid,
    invited_phone text,
    invited_email text,
    status text DEFAULT 'pending'::text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    rejected_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT group_invitations_accepted_at_of_status_check CHECK (((status = 'accepted'::text) = (accepted_at IS NOT NULL))),
    CONSTRAINT group_invitations_accepted_by_user_check CHECK (((status <> 'accepted'::text) OR (invited_user_id IS NOT NULL))),
    CONSTRAINT group_invitations_expires_after_creation_check CHECK ((expires_at > created_at)),
    CONSTRAINT group_invitations_invited_email_length_check CHECK (((length(invited_email) >= 3) AND (length(invited_email) <= 254))),
    CONSTRAINT group_invitations_invited_email_lower_case_check CHECK ((invited_email = lower(invited_email))),
    CONSTRAINT group_invitations_invited_phone_e164_check CHECK ((invited_phone ~ '^\+[1-9][0-9]{1,14}$'::text)),
    CONSTRAINT group_invitations_invitee_present_check CHECK ((num_nonnulls(invited_user_id, invited_phone, invited_email) >= 1)),
    CONSTRAINT group_invitations_not_oneself_check CHECK ((invited_user_id <> invited_by)),
    CONSTRAINT group_invitations_rejected_at_of_status_check CHECK (((status = 'rejected'::text) = (rejected_at IS NOT NULL))),
    CONSTRAINT group_invitations_status_values_check CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'rejected'::text, 'expired'::text, 'revoked'::text])))
);


ALTER TABLE public.group_invitations OWNER TO owner;

-- COMMENT public.TABLE group_invitations
COMMENT ON TABLE public.group_invitations IS 'Invitations to join a savings group, by user, phone or email.';

-- COMMENT public.COLUMN group_invitations.id
COMMENT ON COLUMN public.group_invitations.id IS 'UUID version 7.';

-- COMMENT public.COLUMN group_invitations.group_id
COMMENT ON COLUMN public.group_invitations.group_id IS 'The group to join.';

-- COMMENT public.COLUMN group_invitations.invited_by
COMMENT ON COLUMN public.group_invitations.invited_by IS 'The organizer who invites.';

-- COMMENT public.COLUMN group_invitations.invited_user_id
COMMENT ON COLUMN public.group_invitations.invited_user_id IS 'The invitee if known; whoever accepted otherwise.';

-- COMMENT public.COLUMN group_invitations.invited_phone
COMMENT ON COLUMN public.group_invitations.invited_phone IS 'The invitee''s phone number, E.164; only its verified owner may accept.';

-- COMMENT public.COLUMN group_invitations.invited_email
COMMENT ON COLUMN public.group_invitations.invited_email IS 'The invitee''s address, lower case; only its verified owner may accept.';

-- COMMENT public.COLUMN group_invitations.status
COMMENT ON COLUMN public.group_invitations.status IS 'pending, accepted, rejected, expired or revoked.';

-- COMMENT public.COLUMN group_invitations.expires_at
COMMENT ON COLUMN public.group_invitations.expires_at IS 'From this moment it cannot be accepted.';

-- COMMENT public.COLUMN group_invitations.accepted_at
COMMENT ON COLUMN public.group_invitations.accepted_at IS 'When it was accepted; null otherwise.';

-- COMMENT public.COLUMN group_invitations.rejected_at
COMMENT ON COLUMN public.group_invitations.rejected_at IS 'When it was rejected; null otherwise.';

-- COMMENT public.COLUMN group_invitations.created_at
COMMENT ON COLUMN public.group_invitations.created_at IS 'When it was sent.';

-- COMMENT public.COLUMN group_invitations.updated_at
COMMENT ON COLUMN public.group_invitations.updated_at IS 'When the row last changed.';

-- FUNCTION public.check_invitation_open(public.group_invitations, timestamp with time zone)
CREATE FUNCTION public.check_invitation_open(p_invitation public.group_invitations, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF p_invitation.status <> 'pending' OR p_invitation.expires_at <= p_at THEN
    RAISE EXCEPTION 'invitation % is %', p_invitation.id,
      CASE p_invitation.status WHEN 'pending' THEN 'expired' ELSE p_invitation.status END
      USING ERRCODE = 'AV038',  -- invitation_closed
        DETAIL = json_build_object(
          'invitation_id', p_invitation.id, 'status', p_invitation.status, 'expires_at', p_invitation.expires_at
        )::text;
  END IF;
END $$;


ALTER FUNCTION public.check_invitation_open(p_invitation public.group_invitations, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_invitation_open(p_invitation public.group_invitations, p_at timestamp with time zone)
COMMENT ON FUNCTION public.check_invitation_open(p_invitation public.group_invitations, p_at timestamp with time zone) IS 'Raises AV038 unless the invitation is pending and has not expired.';

-- FUNCTION public.check_limits(uuid, text, numeric, timestamp with time zone)
CREATE FUNCTION public.check_limits(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_breach CONSTANT jsonb := breached_limit(p_user_id, p_type, p_amount, p_at);
BEGIN
  IF v_breach IS NOT NULL THEN
    RAISE EXCEPTION 'limit % of % would be exceeded: % used, % needed',
      v_breach ->> 'limit', v_breach ->> 'maximum', v_breach ->> 'used', v_breach ->> 'needed'
      USING ERRCODE = CASE
          WHEN v_breach ->> 'limit' = 'kyc_single' THEN 'AV007'  -- single_limit_exceeded
          WHEN v_breach ->> 'limit' LIKE 'kyc%' THEN 'AV008'  -- period_limit_exceeded
          ELSE 'AV009'  -- withdrawal_limit_exceeded
        END,
        DETAIL = v_breach::text;
  END IF;
END $$;


ALTER FUNCTION public.check_limits(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_limits(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone)
COMMENT ON FUNCTION public.check_limits(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone) IS 'Raises AV007, AV008 or AV009 with the strictest limit broken.';

-- FUNCTION public.check_many(uuid[], numeric[], uuid[])
CREATE FUNCTION public.check_many(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_bad record;
BEGIN
  IF cardinality(p_user_ids) <> cardinality(p_amounts) OR cardinality(p_user_ids) <> cardinality(p_account_ids) THEN
    RAISE EXCEPTION 'users, amounts and accounts are not equally many' USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
  SELECT amount INTO v_bad FROM unnest(p_amounts) AS amount WHERE NOT is_money(amount) LIMIT 1;
  IF FOUND THEN
    PERFORM refuse_amount(v_bad.amount);
  END IF;
  -- One statement changes a row once: of a user's two debits one would be lost.
  SELECT user_id INTO v_bad FROM unnest(p_user_ids) AS user_id GROUP BY user_id HAVING count(*) > 1 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'user % is named twice', v_bad.user_id USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
END $$;


ALTER FUNCTION public.check_many(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[]) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_many(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[])
COMMENT ON FUNCTION public.check_many(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[]) IS 'Raises 22023 for arrays of unequal length, a bad amount or a user named twice.';

-- FUNCTION public.check_not_organizer(public.group_members)
CREATE FUNCTION public.check_not_organizer(p_member public.group_members) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF p_member.role = 'organizer' THEN
    RAISE EXCEPTION 'the organizer cannot leave group %', p_member.group_id
      USING ERRCODE = 'AV048',  -- organizer_stays
        DETAIL = json_build_object('group_id', p_member.group_id, 'member_id', p_member.id)::text,
        HINT = 'Cancel the group instead.';
  END IF;
END $$;


ALTER FUNCTION public.check_not_organizer(p_member public.group_members) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_not_organizer(p_member public.group_members)
COMMENT ON FUNCTION public.check_not_organizer(p_member public.group_members) IS 'Raises AV048 for the organizer''s membership.';

-- TABLE public.savings_plans
CREATE TABLE public.savings_plans (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    account_id uuid NOT NULL,
    plan_name public.plan_name NOT NULL,
    daily_amount public.plan_daily_amount NOT NULL,
    cycle_duration public.plan_cycle NOT NULL,
    target_amount public.positive_amount NOT NULL,
    current_amount public.money_amount DEFAULT 0 NOT NULL,
    minimum_balance public.money_amount DEFAULT 0 NOT NULL,
    auto_save_enabled boolean DEFAULT false NOT NULL,
    auto_save_time public.time_of_day DEFAULT '09:00:00'::time without time zone NOT NULL,
    auto_save_from date,
    status public.plan_status DEFAULT 'active'::text NOT NULL,
    start_date date NOT NULL,
    end_date date NOT NULL,
    interest_rate public.yearly_rate DEFAULT 0 NOT NULL,
    contribution_streak public.counter DEFAULT 0 NOT NULL,
    last_contribution_on date,
    total_contributions public.counter DEFAULT 0 NOT NULL,
    version public.counter DEFAULT 1 NOT NULL,
    currency public.currency_code DEFAULT 'NGN'::text NOT NULL,
    completed_at timestamp with time zone,
    interest_posted_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT savings_plans_end_date_after_start_date_check CHECK ((end_date > start_date))
)
WITH (fillfactor='50');


ALTER TABLE public.savings_plans OWNER TO owner;

-- COMMENT public.TABLE savings_plans
COMMENT ON TABLE public.savings_plans IS 'Savings plans: a daily amount towards a target, for a cycle of days.';

-- COMMENT public.COLUMN savings_plans.id
COMMENT ON COLUMN public.savings_plans.id IS 'Plan id (UUID v7).';

-- COMMENT public.COLUMN savings_plans.user_id
COMMENT ON COLUMN public.savings_plans.user_id IS 'Owner.';

-- COMMENT public.COLUMN savings_plans.account_id
COMMENT ON COLUMN public.savings_plans.account_id IS 'The plan''s account in the ledger.';

-- COMMENT public.COLUMN savings_plans.plan_name
COMMENT ON COLUMN public.savings_plans.plan_name IS 'Name given by the owner, 1 to 100 characters.';

-- COMMENT public.COLUMN savings_plans.daily_amount
COMMENT ON COLUMN public.savings_plans.daily_amount IS 'What is saved a day, in currency, 10 to 50,000.';

-- COMMENT public.COLUMN savings_plans.cycle_duration
COMMENT ON COLUMN public.savings_plans.cycle_duration IS 'Days from start_date to end_date, 7 to 365.';

-- COMMENT public.COLUMN savings_plans.target_amount
COMMENT ON COLUMN public.savings_plans.target_amount IS 'The goal, in currency; daily_amount × cycle_duration unless chosen.';

-- COMMENT public.COLUMN savings_plans.current_amount
COMMENT ON COLUMN public.savings_plans.current_amount IS 'What is saved now, in currency; equals the postings of account_id.';

-- COMMENT public.COLUMN savings_plans.minimum_balance
COMMENT ON COLUMN public.savings_plans.minimum_balance IS 'What an early withdrawal must leave, in currency.';

-- COMMENT public.COLUMN savings_plans.auto_save_enabled
COMMENT ON COLUMN public.savings_plans.auto_save_enabled IS 'Whether post_auto_saves() debits the wallet each day.';

-- COMMENT public.COLUMN savings_plans.auto_save_time
COMMENT ON COLUMN public.savings_plans.auto_save_time IS 'Lagos time of day from which the day''s auto-save is due.';

-- COMMENT public.COLUMN savings_plans.auto_save_from
COMMENT ON COLUMN public.savings_plans.auto_save_from IS 'First Lagos day of auto-saves since they were switched on or the plan was resumed; NULL: from start_date.';

-- COMMENT public.COLUMN savings_plans.status
COMMENT ON COLUMN public.savings_plans.status IS 'active, paused, completed or cancelled; active ↔ paused, active → completed, active or paused → cancelled.';

-- COMMENT public.COLUMN savings_plans.start_date
COMMENT ON COLUMN public.savings_plans.start_date IS 'First day of the cycle (Lagos).';

-- COMMENT public.COLUMN savings_plans.end_date
COMMENT ON COLUMN public.savings_plans.end_date IS 'Day on which it matures (Lagos).';

-- COMMENT public.COLUMN savings_plans.interest_rate
COMMENT ON COLUMN public.savings_plans.interest_rate IS 'Yearly rate, 0.0000 to 1.0000, simple, on the balance at the end of each day.';

-- COMMENT public.COLUMN savings_plans.contribution_streak
COMMENT ON COLUMN public.savings_plans.contribution_streak IS 'Days in a row with a contribution, up to last_contribution_on.';

-- COMMENT public.COLUMN savings_plans.last_contribution_on
COMMENT ON COLUMN public.savings_plans.last_contribution_on IS 'Lagos day of the latest contribution or auto-save.';

-- COMMENT public.COLUMN savings_plans.total_contributions
COMMENT ON COLUMN public.savings_plans.total_contributions IS 'Number of contributions and auto-saves.';

-- COMMENT public.COLUMN savings_plans.version
COMMENT ON COLUMN public.savings_plans.version IS 'Grows with each change of settings or status by the owner; compared before such a change.';

-- COMMENT public.COLUMN savings_plans.currency
COMMENT ON COLUMN public.savings_plans.currency IS 'ISO 4217 code, the same as its account''s.';

-- COMMENT public.COLUMN savings_plans.completed_at
COMMENT ON COLUMN public.savings_plans.completed_at IS 'When it reached its target or its end.';

-- COMMENT public.COLUMN savings_plans.interest_posted_at
COMMENT ON COLUMN public.savings_plans.interest_posted_at IS 'When the interest of a completed plan was posted; NULL until then.';

-- COMMENT public.COLUMN savings_plans.cancelled_at
COMMENT ON COLUMN public.savings_plans.cancelled_at IS 'When the owner cancelled it.';

-- COMMENT public.COLUMN savings_plans.created_at
COMMENT ON COLUMN public.savings_plans.created_at IS 'When it was created.';

-- COMMENT public.COLUMN savings_plans.updated_at
COMMENT ON COLUMN public.savings_plans.updated_at IS 'When the row last changed.';

-- FUNCTION public.check_plan_version(public.savings_plans, integer)
CREATE FUNCTION public.check_plan_version(p_plan public.savings_plans, p_version integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF p_plan.version IS DISTINCT FROM p_version THEN
    RAISE EXCEPTION 'plan % is at version %, not %', p_plan.id, p_plan.version, coalesce(p_version::text, 'NULL')
      USING ERRCODE = 'AV012',  -- plan_version_conflict
        DETAIL = json_build_object('plan_id', p_plan.id, 'expected', p_version, 'actual', p_plan.version)::text,
        HINT = 'Read the plan again, then decide again.';
  END IF;
END $$;


ALTER FUNCTION public.check_plan_version(p_plan public.savings_plans, p_version integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_plan_version(p_plan public.savings_plans, p_version integer)
COMMENT ON FUNCTION public.check_plan_version(p_plan public.savings_plans, p_version integer) IS 'Raises AV012 when the plan has changed since the caller read it.';

-- TABLE public.ajo_rounds
CREATE TABLE public.ajo_rounds (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    group_id uuid NOT NULL,
    round integer NOT NULL,
    recipient_member_id uuid NOT NULL,
    due_date date NOT NULL,
    expected public.money_amount DEFAULT 0 NOT NULL,
    collected public.money_amount DEFAULT 0 NOT NULL,
    status text DEFAULT 'scheduled'::text NOT NULL,
    opened_at timestamp with time zone,
    closed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ajo_rounds_closed_at_of_status_check CHECK (((status = ANY (ARRAY['disbursed'::text, 'skipped'::text, 'cancelled'::text])) = (closed_at IS NOT NULL))),
    CONSTRAINT ajo_rounds_collected_within_expected_check CHECK (((collected)::numeric <= (expected)::numeric)),
    CONSTRAINT ajo_rounds_disbursed_is_complete_check CHECK (((status <> 'disbursed'::text) OR ((collected)::numeric = (expected)::numeric))),
    CONSTRAINT ajo_rounds_opened_at_of_status_check CHECK (((status <> ALL (ARRAY['open'::text, 'disbursed'::text])) OR (opened_at IS NOT NULL))),
    CONSTRAINT ajo_rounds_round_range_check CHECK (((round >= 1) AND (round <= 50))),
    CONSTRAINT ajo_rounds_status_values_check CHECK ((status = ANY (ARRAY['scheduled'::text, 'open'::text, 'disbursed'::text, 'skipped'::text, 'cancelled'::text])))
);


ALTER TABLE public.ajo_rounds OWNER TO owner;

-- COMMENT public.TABLE ajo_rounds
COMMENT ON TABLE public.ajo_rounds IS 'The schedule of a rotation: one row a round, written when the rotation starts.';

-- COMMENT public.COLUMN ajo_rounds.id
COMMENT ON COLUMN public.ajo_rounds.id IS 'UUID version 7.';

-- COMMENT public.COLUMN ajo_rounds.group_id
COMMENT ON COLUMN public.ajo_rounds.group_id IS 'The group.';

-- COMMENT public.COLUMN ajo_rounds.round
COMMENT ON COLUMN public.ajo_rounds.round IS 'Number of the round, from 1; the position of the member who is paid out.';

-- COMMENT public.COLUMN ajo_rounds.recipient_member_id
COMMENT ON COLUMN public.ajo_rounds.recipient_member_id IS 'The member who is paid out in this round.';

-- COMMENT public.COLUMN ajo_rounds.due_date
COMMENT ON COLUMN public.ajo_rounds.due_date IS 'Contributions are due on this day (Africa/Lagos) and late from the next.';

-- COMMENT public.COLUMN ajo_rounds.expected
COMMENT ON COLUMN public.ajo_rounds.expected IS 'Sum of the contributions that the round asks for; set when it opens.';

-- COMMENT public.COLUMN ajo_rounds.collected
COMMENT ON COLUMN public.ajo_rounds.collected IS 'Sum of the contributions in the pool, covered ones included; after the payout what it paid out.';

-- COMMENT public.COLUMN ajo_rounds.status
COMMENT ON COLUMN public.ajo_rounds.status IS 'scheduled, open, disbursed, skipped (nobody owed the recipient anything) or cancelled.';

-- COMMENT public.COLUMN ajo_rounds.opened_at
COMMENT ON COLUMN public.ajo_rounds.opened_at IS 'When its contributions were written.';

-- COMMENT public.COLUMN ajo_rounds.closed_at
COMMENT ON COLUMN public.ajo_rounds.closed_at IS 'When it was disbursed, skipped or cancelled.';

-- COMMENT public.COLUMN ajo_rounds.created_at
COMMENT ON COLUMN public.ajo_rounds.created_at IS 'When the rotation started.';

-- COMMENT public.COLUMN ajo_rounds.updated_at
COMMENT ON COLUMN public.ajo_rounds.updated_at IS 'Last change.';

-- FUNCTION public.check_round_due(public.ajo_rounds, timestamp with time zone)
CREATE FUNCTION public.check_round_due(p_round public.ajo_rounds, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF app_day(p_at) < p_round.due_date THEN
    RAISE EXCEPTION 'round % of group % is due on %', p_round.round, p_round.group_id, p_round.due_date
      USING ERRCODE = 'AV042',  -- round_not_due
        DETAIL = json_build_object(
          'group_id', p_round.group_id, 'round', p_round.round, 'due_date', p_round.due_date, 'today', app_day(p_at)
        )::text;
  END IF;
END $$;


ALTER FUNCTION public.check_round_due(p_round public.ajo_rounds, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_round_due(p_round public.ajo_rounds, p_at timestamp with time zone)
COMMENT ON FUNCTION public.check_round_due(p_round public.ajo_rounds, p_at timestamp with time zone) IS 'Raises AV042 before the due date of the round (Africa/Lagos).';

-- FUNCTION public.check_round_open(public.ajo_groups, integer)
CREATE FUNCTION public.check_round_open(p_group public.ajo_groups, p_round integer) RETURNS public.ajo_rounds
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_round ajo_rounds;
BEGIN
  SELECT * INTO v_round FROM ajo_rounds WHERE group_id = p_group.id AND round = p_round;
  IF p_round IS DISTINCT FROM p_group.current_round OR v_round.status IS DISTINCT FROM 'open' THEN
    RAISE EXCEPTION 'round % of group % is not the open one', coalesce(p_round::text, 'NULL'), p_group.id
      USING ERRCODE = 'AV040',  -- round_not_open
        DETAIL = json_build_object(
          'group_id', p_group.id, 'round', p_round, 'current_round', p_group.current_round, 'status', v_round.status
        )::text;
  END IF;
  RETURN v_round;
END $$;


ALTER FUNCTION public.check_round_open(p_group public.ajo_groups, p_round integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_round_open(p_group public.ajo_groups, p_round integer)
COMMENT ON FUNCTION public.check_round_open(p_group public.ajo_groups, p_round integer) IS 'The round; AV040 unless it is the group''s open one.';

-- FUNCTION public.check_savings_plan()
CREATE FUNCTION public.check_savings_plan() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
  v_rule CONSTANT text := CASE
    WHEN (NEW.completed_at IS NOT NULL, NEW.cancelled_at IS NOT NULL)
      <> (NEW.status = 'completed', NEW.status = 'cancelled')
    THEN 'savings_plans_end_time_of_status_check'
    WHEN NEW.status = 'cancelled' AND NEW.current_amount > 0
    THEN 'savings_plans_cancelled_is_empty_check'
  END;
BEGIN
  IF v_rule IS NULL THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the row of "savings_plans" breaks the rule "%"', v_rule
    USING ERRCODE = 'check_violation', TABLE = 'savings_plans', CONSTRAINT = v_rule;
END $$;


ALTER FUNCTION public.check_savings_plan() OWNER TO owner;

-- COMMENT public.FUNCTION check_savings_plan()
COMMENT ON FUNCTION public.check_savings_plan() IS 'Trigger: the rules about several columns of a plan; refuses with 23514 and the rule''s name, as a CHECK does.';

-- FUNCTION public.check_transaction()
CREATE FUNCTION public.check_transaction() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
  v_rule CONSTANT text := CASE
    WHEN NEW.plan_id IS NULL AND NEW.type IN ('contribution', 'auto_save', 'withdrawal', 'interest', 'penalty')
    THEN 'transactions_plan_of_type_check'
    WHEN (NEW.completed_at IS NOT NULL, NEW.failed_at IS NOT NULL, NEW.cancelled_at IS NOT NULL)
      <> (NEW.status = 'completed', NEW.status = 'failed', NEW.status = 'cancelled')
    THEN 'transactions_end_time_of_status_check'
    WHEN num_nulls(NEW.transfer_id, NEW.counterparty_id) = 1 OR NEW.type = 'transfer' AND NEW.transfer_id IS NULL
    THEN 'transactions_transfer_names_both_sides_check'
    WHEN NEW.counterparty_id = NEW.user_id
    THEN 'transactions_transfer_to_another_user_check'
    WHEN (NEW.reverses_id IS NOT NULL) <> (NEW.type = 'reversal')
    THEN 'transactions_reverses_id_of_type_check'
    WHEN NEW.failure_reason IS NOT NULL AND NEW.status NOT IN ('failed', 'cancelled')
    THEN 'transactions_failure_reason_of_status_check'
    WHEN NEW.provider_reference IS NOT NULL AND NEW.provider IS NULL
    THEN 'transactions_provider_reference_needs_provider_check'
  END;
BEGIN
  IF v_rule IS NULL THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the row of "transactions" breaks the rule "%"', v_rule
    USING ERRCODE = 'check_violation', TABLE = 'transactions', CONSTRAINT = v_rule;
END $$;


ALTER FUNCTION public.check_transaction() OWNER TO owner;

-- COMMENT public.FUNCTION check_transaction()
COMMENT ON FUNCTION public.check_transaction() IS 'Trigger: the rules about several columns of a transaction; refuses with 23514 and the rule''s name, as a CHECK does.';

-- FUNCTION public.check_user_acts(uuid)
CREATE FUNCTION public.check_user_acts(p_user_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_user record;
BEGIN
  SELECT is_active, is_suspended INTO v_user FROM "user" WHERE id = p_user_id;
  IF v_user.is_active AND NOT v_user.is_suspended THEN
    RETURN;
  END IF;
  RAISE EXCEPTION 'user % may not move money: %', p_user_id,
    CASE WHEN v_user.is_suspended THEN 'suspended' WHEN NOT v_user.is_active THEN 'deactivated' ELSE 'unknown' END
    USING ERRCODE = 'AV004',  -- user_inactive
      DETAIL = json_build_object(
        'user_id', p_user_id,
        'reason', CASE WHEN v_user.is_suspended THEN 'suspended' WHEN NOT v_user.is_active THEN 'deactivated' ELSE 'unknown' END
      )::text;
END $$;


ALTER FUNCTION public.check_user_acts(p_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_user_acts(p_user_id uuid)
COMMENT ON FUNCTION public.check_user_acts(p_user_id uuid) IS 'Raises AV004 for a user who is unknown, deactivated or suspended.';

-- FUNCTION public.check_wallet()
CREATE FUNCTION public.check_wallet() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
  v_rule CONSTANT text := CASE
    WHEN num_nonnulls(NEW.frozen_at, NEW.freeze_reason) <> CASE WHEN NEW.is_active THEN 0 ELSE 2 END
    THEN 'wallets_freeze_is_dated_and_reasoned_check'
    WHEN NEW.receivable_balance > 0 AND NEW.receivable_account_id IS NULL
    THEN 'wallets_receivable_needs_account_check'
  END;
BEGIN
  IF v_rule IS NULL THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the row of "wallets" breaks the rule "%"', v_rule
    USING ERRCODE = 'check_violation', TABLE = 'wallets', CONSTRAINT = v_rule;
END $$;


ALTER FUNCTION public.check_wallet() OWNER TO owner;

-- COMMENT public.FUNCTION check_wallet()
COMMENT ON FUNCTION public.check_wallet() IS 'Trigger: the rules about several columns of a wallet; refuses with 23514 and the rule''s name, as a CHECK does.';

-- FUNCTION public.check_wallet_debit(uuid, numeric)
CREATE FUNCTION public.check_wallet_debit(p_user_id uuid, p_amount numeric) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_wallet record;
BEGIN
  SELECT wallets.balance, wallets.is_active, wallets.receivable_balance, "user".is_active AS user_is_active, "user".is_suspended
  INTO v_wallet
  FROM wallets JOIN "user" ON "user".id = wallets.user_id
  WHERE wallets.user_id = p_user_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % has no wallet', p_user_id
      USING ERRCODE = 'AV002',  -- wallet_not_found
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  PERFORM check_user_acts(p_user_id);
  IF NOT v_wallet.is_active THEN
    RAISE EXCEPTION 'the wallet of user % is frozen', p_user_id
      USING ERRCODE = 'AV003',  -- wallet_frozen
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  IF v_wallet.receivable_balance > 0 THEN
    RAISE EXCEPTION 'user % owes % after a chargeback', p_user_id, v_wallet.receivable_balance
      USING ERRCODE = 'AV021',  -- debt_outstanding
        DETAIL = json_build_object('owed', v_wallet.receivable_balance::text)::text,
        HINT = 'Call post_debt_repayment() first.';
  END IF;
  IF v_wallet.balance < p_amount THEN
    RAISE EXCEPTION 'the wallet holds % and % is needed', v_wallet.balance, round(p_amount, 2)
      USING ERRCODE = 'AV001',  -- insufficient_funds
        DETAIL = json_build_object('needed', round(p_amount, 2)::text, 'available', v_wallet.balance::text)::text;
  END IF;
END $$;


ALTER FUNCTION public.check_wallet_debit(p_user_id uuid, p_amount numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION check_wallet_debit(p_user_id uuid, p_amount numeric)
COMMENT ON FUNCTION public.check_wallet_debit(p_user_id uuid, p_amount numeric) IS 'Raises AV002, AV004, AV003, AV021 or AV001 when the user''s wallet cannot give this amount.';

-- TABLE public.notifications
CREATE TABLE public.notifications (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    type text NOT NULL,
    channel text NOT NULL,
    title text NOT NULL,
    message text NOT NULL,
    data jsonb,
    status text DEFAULT 'pending'::text NOT NULL,
    is_read boolean GENERATED ALWAYS AS ((read_at IS NOT NULL)) STORED NOT NULL,
    read_at timestamp with time zone,
    sent_at timestamp with time zone,
    failure_reason text,
    deliver_after timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT notifications_attempts_range_check CHECK (((attempts >= 0) AND (attempts <= 5))),
    CONSTRAINT notifications_channel_values_check CHECK ((channel = ANY (ARRAY['push'::text, 'sms'::text, 'email'::text, 'in_app'::text]))),
    CONSTRAINT notifications_created_at_finite_check CHECK (isfinite(created_at)),
    CONSTRAINT notifications_data_object_check CHECK ((jsonb_typeof(data) = 'object'::text)),
    CONSTRAINT notifications_failure_reason_length_check CHECK (((char_length(failure_reason) >= 1) AND (char_length(failure_reason) <= 500))),
    CONSTRAINT notifications_failure_reason_of_status_check CHECK (((status = 'failed'::text) = (failure_reason IS NOT NULL))),
    CONSTRAINT notifications_message_length_check CHECK (((char_length(message) >= 1) AND (char_length(message) <= 4000))),
    CONSTRAINT notifications_sent_at_of_status_check CHECK (((status = 'sent'::text) = (sent_at IS NOT NULL))),
    CONSTRAINT notifications_status_values_check CHECK ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text]))),
    CONSTRAINT notifications_title_length_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 200))),
    CONSTRAINT notifications_type_values_check CHECK ((type = ANY (ARRAY['contribution_reminder'::text, 'milestone'::text, 'group_activity'::text, 'payment_update'::text, 'auto_save_failed'::text, 'weekly_report'::text, 'kyc_update'::text, 'security'::text])))
)
PARTITION BY RANGE (created_at);


ALTER TABLE public.notifications OWNER TO owner;

-- COMMENT public.TABLE notifications
COMMENT ON TABLE public.notifications IS 'Messages to users, one partition a month (UTC).';

-- COMMENT public.COLUMN notifications.id
COMMENT ON COLUMN public.notifications.id IS 'UUID version 7.';

-- COMMENT public.COLUMN notifications.user_id
COMMENT ON COLUMN public.notifications.user_id IS 'Whom it is for.';

-- COMMENT public.COLUMN notifications.type
COMMENT ON COLUMN public.notifications.type IS 'What it is about; with the channel it decides which preference counts.';

-- COMMENT public.COLUMN notifications.channel
COMMENT ON COLUMN public.notifications.channel IS 'push, sms, email or in_app.';

-- COMMENT public.COLUMN notifications.title
COMMENT ON COLUMN public.notifications.title IS 'Heading, 1 to 200 characters.';

-- COMMENT public.COLUMN notifications.message
COMMENT ON COLUMN public.notifications.message IS 'Text, 1 to 4000 characters.';

-- COMMENT public.COLUMN notifications.data
COMMENT ON COLUMN public.notifications.data IS 'What the client needs to open the right page: a JSON object.';

-- COMMENT public.COLUMN notifications.status
COMMENT ON COLUMN public.notifications.status IS 'pending, sent or failed; in_app is sent at once.';

-- COMMENT public.COLUMN notifications.is_read
COMMENT ON COLUMN public.notifications.is_read IS 'Whether read_at is set.';

-- COMMENT public.COLUMN notifications.read_at
COMMENT ON COLUMN public.notifications.read_at IS 'When the user read it.';

-- COMMENT public.COLUMN notifications.sent_at
COMMENT ON COLUMN public.notifications.sent_at IS 'When the channel took it.';

-- COMMENT public.COLUMN notifications.failure_reason
COMMENT ON COLUMN public.notifications.failure_reason IS 'Why it was given up; null otherwise.';

-- COMMENT public.COLUMN notifications.deliver_after
COMMENT ON COLUMN public.notifications.deliver_after IS 'Not before this moment: the end of quiet hours, or, once a worker has it, when another may take it.';

-- COMMENT public.COLUMN notifications.attempts
COMMENT ON COLUMN public.notifications.attempts IS 'How often a worker took it, 0 to 5.';

-- COMMENT public.COLUMN notifications.created_at
COMMENT ON COLUMN public.notifications.created_at IS 'When it was made; decides the partition.';

-- FUNCTION public.claim_due_notifications(integer, interval)
CREATE FUNCTION public.claim_due_notifications(p_limit integer DEFAULT 100, p_lease interval DEFAULT '00:05:00'::interval) RETURNS SETOF public.notifications
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM claim_due_notifications_at(p_limit, p_lease, now())
$$;


ALTER FUNCTION public.claim_due_notifications(p_limit integer, p_lease interval) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION claim_due_notifications(p_limit integer, p_lease interval)
COMMENT ON FUNCTION public.claim_due_notifications(p_limit integer, p_lease interval) IS 'Gives a worker at most p_limit due messages for the length of the lease; two workers never get the same one.';

-- FUNCTION public.claim_due_notifications_at(integer, interval, timestamp with time zone)
CREATE FUNCTION public.claim_due_notifications_at(p_limit integer, p_lease interval, p_at timestamp with time zone) RETURNS SETOF public.notifications
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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


ALTER FUNCTION public.claim_due_notifications_at(p_limit integer, p_lease interval, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION claim_due_notifications_at(p_limit integer, p_lease interval, p_at timestamp with time zone)
COMMENT ON FUNCTION public.claim_due_notifications_at(p_limit integer, p_lease interval, p_at timestamp with time zone) IS 'claim_due_notifications() at a given moment.';

-- FUNCTION public.claim_idempotency_key(uuid, text, text, text, uuid)
CREATE FUNCTION public.claim_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text, p_result_id uuid) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_hash CONSTANT bytea := sha256(convert_to(p_operation || '|' || p_request, 'UTF8'));
  v_first record;
BEGIN
  INSERT INTO idempotency_keys (user_id, key, operation, request_hash, result_id)
  SELECT id, p_key, p_operation, v_hash, p_result_id FROM "user" WHERE id = p_user_id
  ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
  IF FOUND THEN
    RETURN p_result_id;
  END IF;
  SELECT request_hash, result_id INTO v_first FROM idempotency_keys WHERE user_id = p_user_id AND key = p_key;
  IF NOT FOUND THEN
    PERFORM check_user_acts(p_user_id);
  END IF;
  IF v_first.request_hash <> v_hash THEN
    RAISE EXCEPTION 'idempotency key "%" was used for another request', p_key
      USING ERRCODE = 'AV018',  -- idempotency_conflict
        DETAIL = json_build_object('key', p_key)::text,
        HINT = 'Use a new key for a new request.';
  END IF;
  RETURN v_first.result_id;
END $$;


ALTER FUNCTION public.claim_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text, p_result_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION claim_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text, p_result_id uuid)
COMMENT ON FUNCTION public.claim_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text, p_result_id uuid) IS 'The id given, if the user''s key is new; the first call''s id, if it repeats that request; AV018 for another request, AV004 for an unknown user.';

-- TABLE public.transactions
CREATE TABLE public.transactions (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    plan_id uuid,
    amount public.positive_amount NOT NULL,
    fee_amount public.money_amount DEFAULT 0 NOT NULL,
    penalty_amount public.money_amount DEFAULT 0 NOT NULL,
    currency public.currency_code DEFAULT 'NGN'::text NOT NULL,
    type public.transaction_type NOT NULL,
    status public.transaction_status DEFAULT 'pending'::text NOT NULL,
    payment_source public.payment_source NOT NULL,
    reference public.money_reference NOT NULL,
    description public.money_text,
    metadata public.json_map,
    provider public.provider_name,
    provider_reference public.provider_key,
    bank_account_id uuid,
    transfer_id uuid,
    counterparty_id uuid,
    reverses_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    failed_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    failure_reason public.money_text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.transactions OWNER TO owner;

-- COMMENT public.TABLE transactions
COMMENT ON TABLE public.transactions IS 'One operation of one user; pending → completed, failed or cancelled, then frozen. A correction is a reversal.';

-- COMMENT public.COLUMN transactions.id
COMMENT ON COLUMN public.transactions.id IS 'Transaction id (UUID v7).';

-- COMMENT public.COLUMN transactions.user_id
COMMENT ON COLUMN public.transactions.user_id IS 'Whose operation it is.';

-- COMMENT public.COLUMN transactions.plan_id
COMMENT ON COLUMN public.transactions.plan_id IS 'The savings plan concerned, of the same user.';

-- COMMENT public.COLUMN transactions.amount
COMMENT ON COLUMN public.transactions.amount IS 'What the user asked for, in currency, positive; the direction follows from type, transfer_id and the ledger.';

-- COMMENT public.COLUMN transactions.fee_amount
COMMENT ON COLUMN public.transactions.fee_amount IS 'Fee, in currency: on top of amount for a wallet withdrawal, out of amount for a plan withdrawal or a payout.';

-- COMMENT public.COLUMN transactions.penalty_amount
COMMENT ON COLUMN public.transactions.penalty_amount IS 'Penalty for an early plan withdrawal, out of amount, in currency.';

-- COMMENT public.COLUMN transactions.currency
COMMENT ON COLUMN public.transactions.currency IS 'ISO 4217 code.';

-- COMMENT public.COLUMN transactions.type
COMMENT ON COLUMN public.transactions.type IS 'What kind of operation it is.';

-- COMMENT public.COLUMN transactions.status
COMMENT ON COLUMN public.transactions.status IS 'pending, completed, failed or cancelled.';

-- COMMENT public.COLUMN transactions.payment_source
COMMENT ON COLUMN public.transactions.payment_source IS 'Where the money comes from: wallet, bank_transfer, debit_card, cash, ussd or system.';

-- COMMENT public.COLUMN transactions.reference
COMMENT ON COLUMN public.transactions.reference IS 'Unique name for people and other systems: kind, owner''s id and the operation''s own id or day.';

-- COMMENT public.COLUMN transactions.description
COMMENT ON COLUMN public.transactions.description IS 'What the user reads, 1 to 255 characters.';

-- COMMENT public.COLUMN transactions.metadata
COMMENT ON COLUMN public.transactions.metadata IS 'Further facts as a JSON object; no rule reads it.';

-- COMMENT public.COLUMN transactions.provider
COMMENT ON COLUMN public.transactions.provider IS 'Payment provider, lower case.';

-- COMMENT public.COLUMN transactions.provider_reference
COMMENT ON COLUMN public.transactions.provider_reference IS 'The provider''s own name for it; set once, unique by provider.';

-- COMMENT public.COLUMN transactions.bank_account_id
COMMENT ON COLUMN public.transactions.bank_account_id IS 'Where a wallet withdrawal goes, of the same user.';

-- COMMENT public.COLUMN transactions.transfer_id
COMMENT ON COLUMN public.transactions.transfer_id IS 'The same on both sides of a transfer: the id of the sender''s row; so the sender has transfer_id = id.';

-- COMMENT public.COLUMN transactions.counterparty_id
COMMENT ON COLUMN public.transactions.counterparty_id IS 'The user on the other side of a transfer.';

-- COMMENT public.COLUMN transactions.reverses_id
COMMENT ON COLUMN public.transactions.reverses_id IS 'The transaction that this reversal undoes, of the same user; unique.';

-- COMMENT public.COLUMN transactions.created_at
COMMENT ON COLUMN public.transactions.created_at IS 'When it was asked for; decides its Lagos day for the limits.';

-- COMMENT public.COLUMN transactions.completed_at
COMMENT ON COLUMN public.transactions.completed_at IS 'When it was completed.';

-- COMMENT public.COLUMN transactions.failed_at
COMMENT ON COLUMN public.transactions.failed_at IS 'When it failed.';

-- COMMENT public.COLUMN transactions.cancelled_at
COMMENT ON COLUMN public.transactions.cancelled_at IS 'When it was cancelled.';

-- COMMENT public.COLUMN transactions.failure_reason
COMMENT ON COLUMN public.transactions.failure_reason IS 'Why it failed or was cancelled, 1 to 255 characters.';

-- COMMENT public.COLUMN transactions.updated_at
COMMENT ON COLUMN public.transactions.updated_at IS 'When the row last changed.';

-- FUNCTION public.claim_withdrawals(text, integer)
CREATE FUNCTION public.claim_withdrawals(p_provider text, p_limit integer) RETURNS SETOF public.transactions
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  UPDATE transactions SET provider = p_provider, provider_reference = reference, updated_at = now()
  -- As an array: a join might read all of the table for a few ids.
  WHERE id = ANY (ARRAY(
    SELECT asked.id
    FROM transactions AS asked
    JOIN wallets ON wallets.user_id = asked.user_id AND wallets.is_active
    JOIN "user" AS owner ON owner.id = asked.user_id AND owner.is_active AND NOT owner.is_suspended
    JOIN bank_accounts ON bank_accounts.user_id = asked.user_id AND bank_accounts.id = asked.bank_account_id
      AND bank_accounts.is_verified
    WHERE asked.type = 'wallet_withdrawal' AND asked.status = 'pending' AND asked.provider_reference IS NULL
      -- A name that is taken holds up this one only, not all of them.
      AND NOT EXISTS (
        SELECT FROM transactions AS named WHERE named.provider = p_provider AND named.provider_reference = asked.reference
      )
    ORDER BY asked.created_at
    LIMIT least(p_limit, 1000)
    FOR NO KEY UPDATE OF asked SKIP LOCKED
  ))
  RETURNING transactions.*
$$;


ALTER FUNCTION public.claim_withdrawals(p_provider text, p_limit integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION claim_withdrawals(p_provider text, p_limit integer)
COMMENT ON FUNCTION public.claim_withdrawals(p_provider text, p_limit integer) IS 'Takes up to p_limit (at most 1,000) pending withdrawals of users who may act to bank accounts still verified, oldest first, to be sent to a provider; each once.';

-- TABLE public.group_contributions
CREATE TABLE public.group_contributions (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    group_id uuid NOT NULL,
    member_id uuid NOT NULL,
    user_id uuid NOT NULL,
    round integer NOT NULL,
    amount public.money_amount NOT NULL,
    currency text DEFAULT 'NGN'::text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'pending'::text NOT NULL,
    transaction_id uuid,
    due_date date NOT NULL,
    paid_at timestamp with time zone,
    late_at timestamp with time zone,
    failure_reason text,
    cover_source text,
    covered_by uuid,
    cover_transaction_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT group_contributions_amount_positive_check CHECK (((amount)::numeric > (0)::numeric)),
    CONSTRAINT group_contributions_completed_has_transaction_check CHECK (((status <> 'completed'::text) OR (num_nulls(transaction_id, paid_at) = 0))),
    CONSTRAINT group_contributions_cover_is_whole_check CHECK ((num_nulls(cover_source, covered_by, cover_transaction_id) = ANY (ARRAY[0, 3]))),
    CONSTRAINT group_contributions_cover_source_values_check CHECK ((cover_source = ANY (ARRAY['deposit'::text, 'organizer'::text]))),
    CONSTRAINT group_contributions_covered_has_source_check CHECK (((status <> 'covered'::text) OR (cover_source IS NOT NULL))),
    CONSTRAINT group_contributions_currency_format_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT group_contributions_failure_reason_length_check CHECK (((length(failure_reason) >= 1) AND (length(failure_reason) <= 255))),
    CONSTRAINT group_contributions_status_values_check CHECK ((status = ANY (ARRAY['pending'::text, 'completed'::text, 'late'::text, 'covered'::text, 'waived'::text, 'refunded'::text, 'failed'::text])))
);


ALTER TABLE public.group_contributions OWNER TO owner;

-- COMMENT public.TABLE group_contributions
COMMENT ON TABLE public.group_contributions IS 'What each member owes in each round, and how it was paid.';

-- COMMENT public.COLUMN group_contributions.id
COMMENT ON COLUMN public.group_contributions.id IS 'UUID version 7.';

-- COMMENT public.COLUMN group_contributions.group_id
COMMENT ON COLUMN public.group_contributions.group_id IS 'The group.';

-- COMMENT public.COLUMN group_contributions.member_id
COMMENT ON COLUMN public.group_contributions.member_id IS 'The membership that owes it.';

-- COMMENT public.COLUMN group_contributions.user_id
COMMENT ON COLUMN public.group_contributions.user_id IS 'The user who owes it; the user of the membership.';

-- COMMENT public.COLUMN group_contributions.round
COMMENT ON COLUMN public.group_contributions.round IS 'Number of the round, from 1.';

-- COMMENT public.COLUMN group_contributions.amount
COMMENT ON COLUMN public.group_contributions.amount IS 'Naira (or the group''s currency) with two decimals.';

-- COMMENT public.COLUMN group_contributions.currency
COMMENT ON COLUMN public.group_contributions.currency IS 'ISO 4217, the group''s.';

-- COMMENT public.COLUMN group_contributions.status
COMMENT ON COLUMN public.group_contributions.status IS 'pending, completed, late, covered, waived, refunded or failed; see the comment in the migration.';

-- COMMENT public.COLUMN group_contributions.transaction_id
COMMENT ON COLUMN public.group_contributions.transaction_id IS 'The member''s own payment: to the pool, or later to whoever covered it.';

-- COMMENT public.COLUMN group_contributions.due_date
COMMENT ON COLUMN public.group_contributions.due_date IS 'Due on this day (Africa/Lagos), late from the next.';

-- COMMENT public.COLUMN group_contributions.paid_at
COMMENT ON COLUMN public.group_contributions.paid_at IS 'When the member paid.';

-- COMMENT public.COLUMN group_contributions.late_at
COMMENT ON COLUMN public.group_contributions.late_at IS 'When it was first found late; stays after it was paid.';

-- COMMENT public.COLUMN group_contributions.failure_reason
COMMENT ON COLUMN public.group_contributions.failure_reason IS 'Why the last attempt to collect it took nothing.';

-- COMMENT public.COLUMN group_contributions.cover_source
COMMENT ON COLUMN public.group_contributions.cover_source IS 'Who paid a default: deposit (the member''s own) or organizer; stays after it was repaid.';

-- COMMENT public.COLUMN group_contributions.covered_by
COMMENT ON COLUMN public.group_contributions.covered_by IS 'The user whose money covered it: the member, or the organizer.';

-- COMMENT public.COLUMN group_contributions.cover_transaction_id
COMMENT ON COLUMN public.group_contributions.cover_transaction_id IS 'The payment that covered it, of the user in covered_by.';

-- COMMENT public.COLUMN group_contributions.created_at
COMMENT ON COLUMN public.group_contributions.created_at IS 'When the round opened.';

-- COMMENT public.COLUMN group_contributions.updated_at
COMMENT ON COLUMN public.group_contributions.updated_at IS 'Last change.';

-- FUNCTION public.collect_group_round(uuid, uuid)
CREATE FUNCTION public.collect_group_round(p_user_id uuid, p_group_id uuid) RETURNS SETOF public.group_contributions
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM collect_group_round_at(p_user_id, p_group_id, now())
$$;


ALTER FUNCTION public.collect_group_round(p_user_id uuid, p_group_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION collect_group_round(p_user_id uuid, p_group_id uuid)
COMMENT ON FUNCTION public.collect_group_round(p_user_id uuid, p_group_id uuid) IS 'Debits all members who can pay the current round; its contributions by position, with a failure_reason where nothing was taken.';

-- FUNCTION public.collect_group_round_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.collect_group_round_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) RETURNS SETOF public.group_contributions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_round ajo_rounds;
  v_open record;
  v_collected numeric;
BEGIN
  PERFORM check_group_status(v_group, 'active', 'paused');
  PERFORM open_current_round(p_group_id, p_at);
  SELECT * INTO v_group FROM ajo_groups WHERE id = p_group_id;
  v_round := check_round_open(v_group, v_group.current_round);
  PERFORM check_round_due(v_round, p_at);

  SELECT array_agg(user_id) AS user_ids, array_agg(amount::numeric) AS amounts,
    array_agg(v_group.pool_account_id) AS accounts
  INTO v_open
  FROM group_contributions
  WHERE group_id = p_group_id AND round = v_round.round AND status IN ('pending', 'late');

  IF v_open.user_ids IS NOT NULL THEN
    WITH tried AS MATERIALIZED (
      SELECT * FROM post_wallet_debits(
        v_open.user_ids, v_open.amounts, v_open.accounts, 'group_contribution', p_at,
        format('%s: round %s', v_group.group_name, v_round.round),
        jsonb_build_object('group_id', p_group_id, 'round', v_round.round)
      )
    ),
    recorded AS (
      UPDATE group_contributions
      SET transaction_id = tried.transaction_id, updated_at = p_at,
        status = CASE tried.outcome WHEN 'posted' THEN 'completed' ELSE group_contributions.status END,
        paid_at = CASE tried.outcome WHEN 'posted' THEN p_at END,
        failure_reason = nullif(tried.outcome, 'posted')
      FROM tried
      WHERE group_contributions.group_id = p_group_id AND group_contributions.round = v_round.round
        AND group_contributions.user_id = tried.user_id
      RETURNING group_contributions.member_id, group_contributions.amount, group_contributions.status
    ),
    credited AS (
      UPDATE group_members
      SET total_contributed = group_members.total_contributed + recorded.amount, updated_at = p_at
      FROM recorded
      WHERE group_members.id = recorded.member_id AND recorded.status = 'completed'
    )
    SELECT sum(amount) INTO v_collected FROM recorded WHERE status = 'completed';
  END IF;
  IF v_collected > 0 THEN
    PERFORM credit_group_pool(p_group_id, v_round.round, v_collected, p_at);
    PERFORM refresh_group_standing(p_group_id, p_at);
  END IF;

  RETURN QUERY
  SELECT group_contributions.*
  FROM group_contributions
  JOIN group_members ON group_members.id = group_contributions.member_id
  WHERE group_contributions.group_id = p_group_id AND group_contributions.round = v_round.round
  ORDER BY group_members.position;
END $$;


ALTER FUNCTION public.collect_group_round_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION collect_group_round_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.collect_group_round_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) IS 'As collect_group_round(), at a given moment.';

-- FUNCTION public.complete_ajo_group(uuid, uuid)
CREATE FUNCTION public.complete_ajo_group(p_user_id uuid, p_group_id uuid) RETURNS public.ajo_groups
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM complete_ajo_group_at(p_user_id, p_group_id, now())
$$;


ALTER FUNCTION public.complete_ajo_group(p_user_id uuid, p_group_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION complete_ajo_group(p_user_id uuid, p_group_id uuid)
COMMENT ON FUNCTION public.complete_ajo_group(p_user_id uuid, p_group_id uuid) IS 'Ends a rotation whose rounds are all paid out, and returns the deposits.';

-- FUNCTION public.complete_ajo_group_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.complete_ajo_group_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) RETURNS public.ajo_groups
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_left integer;
BEGIN
  IF v_group.status = 'completed' THEN
    RETURN v_group;
  END IF;
  PERFORM check_group_status(v_group, 'active');
  SELECT count(*) INTO v_left FROM ajo_rounds WHERE group_id = p_group_id AND status IN ('scheduled', 'open');
  IF v_left > 0 THEN
    RAISE EXCEPTION 'group % has % rounds to go', p_group_id, v_left
      USING ERRCODE = 'AV041',  -- round_incomplete
        DETAIL = json_build_object('group_id', p_group_id, 'rounds_left', v_left)::text;
  END IF;
  PERFORM return_group_deposits(p_group_id, ARRAY(SELECT id FROM group_members WHERE group_id = p_group_id), p_at);
  UPDATE ajo_groups SET status = 'completed', updated_at = p_at WHERE id = p_group_id RETURNING * INTO v_group;
  RETURN v_group;
END $$;


ALTER FUNCTION public.complete_ajo_group_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION complete_ajo_group_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.complete_ajo_group_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) IS 'As complete_ajo_group(), at a given moment.';

-- FUNCTION public.complete_idempotency_key(uuid, text, uuid)
CREATE FUNCTION public.complete_idempotency_key(p_user_id uuid, p_key text, p_result_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  UPDATE idempotency_keys SET result_id = p_result_id
  WHERE user_id = p_user_id AND key = p_key AND operation LIKE 'application:%' AND result_id IS NULL;
  RETURN FOUND;
END $$;


ALTER FUNCTION public.complete_idempotency_key(p_user_id uuid, p_key text, p_result_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION complete_idempotency_key(p_user_id uuid, p_key text, p_result_id uuid)
COMMENT ON FUNCTION public.complete_idempotency_key(p_user_id uuid, p_key text, p_result_id uuid) IS 'Notes once what the work under a reserved key led to; false if there is no such key, or it is complete.';

-- FUNCTION public.complete_plan(uuid, uuid, integer)
CREATE FUNCTION public.complete_plan(p_user_id uuid, p_plan_id uuid, p_version integer) RETURNS public.savings_plans
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_plan CONSTANT savings_plans := lock_plan(p_user_id, p_plan_id, ARRAY['active']);
BEGIN
  IF v_plan.current_amount < v_plan.target_amount AND v_plan.end_date > app_today() THEN
    RAISE EXCEPTION 'plan % has % of % and matures on %', p_plan_id, v_plan.current_amount, v_plan.target_amount, v_plan.end_date
      USING ERRCODE = 'AV014',  -- plan_not_mature
        DETAIL = json_build_object(
          'plan_id', p_plan_id, 'current', v_plan.current_amount::text, 'target', v_plan.target_amount::text,
          'end_date', v_plan.end_date
        )::text;
  END IF;
  RETURN set_plan_status(p_user_id, p_plan_id, p_version, 'active', 'completed');
END $$;


ALTER FUNCTION public.complete_plan(p_user_id uuid, p_plan_id uuid, p_version integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION complete_plan(p_user_id uuid, p_plan_id uuid, p_version integer)
COMMENT ON FUNCTION public.complete_plan(p_user_id uuid, p_plan_id uuid, p_version integer) IS 'active → completed, once the target or the end is reached; from then on withdrawals are free of penalty.';

-- FUNCTION public.consume_verification(text, bytea)
CREATE FUNCTION public.consume_verification(p_identifier text, p_value_hash bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT consume_verification_at(p_identifier, p_value_hash, now())
$$;


ALTER FUNCTION public.consume_verification(p_identifier text, p_value_hash bytea) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION consume_verification(p_identifier text, p_value_hash bytea)
COMMENT ON FUNCTION public.consume_verification(p_identifier text, p_value_hash bytea) IS 'Uses up a one-time token: true for one caller, if it had not expired; false for everybody else.';

-- FUNCTION public.consume_verification_at(text, bytea, timestamp with time zone)
CREATE FUNCTION public.consume_verification_at(p_identifier text, p_value_hash bytea, p_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_is_valid boolean;
BEGIN
  DELETE FROM verification WHERE identifier = p_identifier AND value_hash = p_value_hash
  RETURNING expires_at > p_at INTO v_is_valid;
  RETURN coalesce(v_is_valid, false);
END $$;


ALTER FUNCTION public.consume_verification_at(p_identifier text, p_value_hash bytea, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION consume_verification_at(p_identifier text, p_value_hash bytea, p_at timestamp with time zone)
COMMENT ON FUNCTION public.consume_verification_at(p_identifier text, p_value_hash bytea, p_at timestamp with time zone) IS 'consume_verification() at a given moment.';

-- FUNCTION public.cover_by_organizer(public.ajo_groups, uuid[], timestamp with time zone)
CREATE FUNCTION public.cover_by_organizer(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_late record;
  v_try record;
  v_covered numeric := 0;
BEGIN
  FOR v_late IN
    SELECT owed.id, owed.amount, owed.round
    FROM group_contributions AS owed
    JOIN group_members AS member ON member.id = owed.member_id
    WHERE owed.group_id = p_group.id AND owed.round = p_group.current_round AND owed.status = 'late'
      AND owed.member_id = ANY (p_member_ids) AND owed.user_id <> p_group.organizer_id
    ORDER BY member.position
  LOOP
    SELECT * INTO v_try FROM post_wallet_debits(
      ARRAY[p_group.organizer_id], ARRAY[v_late.amount::numeric], ARRAY[p_group.pool_account_id], 'group_contribution', p_at,
      format('%s: round %s covered for a member', p_group.group_name, v_late.round),
      jsonb_build_object('group_id', p_group.id, 'round', v_late.round)
    );
    EXIT WHEN v_try.outcome <> 'posted';
    UPDATE group_contributions
    SET status = 'covered', cover_source = 'organizer', covered_by = p_group.organizer_id,
      cover_transaction_id = v_try.transaction_id, updated_at = p_at
    WHERE id = v_late.id;
    v_covered := v_covered + v_late.amount;
  END LOOP;
  IF v_covered > 0 THEN
    UPDATE group_members SET total_contributed = total_contributed + v_covered, updated_at = p_at
    WHERE group_id = p_group.id AND user_id = p_group.organizer_id;
    PERFORM credit_group_pool(p_group.id, p_group.current_round, v_covered, p_at);
  END IF;
END $$;


ALTER FUNCTION public.cover_by_organizer(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION cover_by_organizer(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone)
COMMENT ON FUNCTION public.cover_by_organizer(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone) IS 'Pays late contributions of the current round from the organizer''s wallet, as far as it goes.';

-- FUNCTION public.cover_from_deposits(public.ajo_groups, uuid[], timestamp with time zone)
CREATE FUNCTION public.cover_from_deposits(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_covered numeric;
BEGIN
  WITH posted AS MATERIALIZED (
    SELECT owed.id, member.id AS member_id, member.user_id, owed.amount, member.deposit_balance - owed.amount AS after,
      post_movement(
        member.user_id, member.deposit_account_id, p_group.pool_account_id, owed.amount, 'group_contribution', p_at,
        format('%s: round %s covered by the deposit', p_group.group_name, owed.round), p_group.currency,
        jsonb_build_object('group_id', p_group.id, 'round', owed.round), member.deposit_balance - owed.amount
      ) AS transaction_id
    FROM group_contributions AS owed
    JOIN group_members AS member ON member.id = owed.member_id
    WHERE owed.group_id = p_group.id AND owed.round = p_group.current_round AND owed.status = 'late'
      AND owed.member_id = ANY (p_member_ids) AND member.deposit_balance >= owed.amount
  ),
  recorded AS (
    UPDATE group_contributions
    SET status = 'covered', cover_source = 'deposit', covered_by = posted.user_id,
      cover_transaction_id = posted.transaction_id, updated_at = p_at
    FROM posted
    WHERE group_contributions.id = posted.id
  ),
  debited AS (
    UPDATE group_members
    SET deposit_balance = posted.after, total_contributed = group_members.total_contributed + posted.amount, updated_at = p_at
    FROM posted
    WHERE group_members.id = posted.member_id
  )
  SELECT sum(amount) INTO v_covered FROM posted;
  IF v_covered > 0 THEN
    PERFORM credit_group_pool(p_group.id, p_group.current_round, v_covered, p_at);
  END IF;
END $$;


ALTER FUNCTION public.cover_from_deposits(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION cover_from_deposits(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone)
COMMENT ON FUNCTION public.cover_from_deposits(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone) IS 'Pays late contributions of the current round from the members'' own deposits, where these suffice.';

-- FUNCTION public.cover_group_default(uuid, uuid, uuid, text)
CREATE FUNCTION public.cover_group_default(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text) RETURNS public.group_contributions
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM cover_group_default_at(p_user_id, p_group_id, p_member_id, p_source, now())
$$;


ALTER FUNCTION public.cover_group_default(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION cover_group_default(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text)
COMMENT ON FUNCTION public.cover_group_default(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text) IS 'Pays one late contribution by hand, whatever the policy: from the member''s deposit, or as organizer.';

-- FUNCTION public.cover_group_default_at(uuid, uuid, uuid, text, timestamp with time zone)
CREATE FUNCTION public.cover_group_default_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text, p_at timestamp with time zone) RETURNS public.group_contributions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_contribution group_contributions;
BEGIN
  PERFORM check_group_status(v_group, 'active', 'paused');
  SELECT * INTO v_contribution FROM group_contributions
  WHERE group_id = p_group_id AND round = v_group.current_round AND member_id = p_member_id;
  IF v_contribution.status = 'covered' THEN
    RETURN v_contribution;
  ELSIF v_contribution.status IS DISTINCT FROM 'late' THEN
    RAISE EXCEPTION 'member % is not late in round % of group %',
      coalesce(p_member_id::text, 'NULL'), v_group.current_round, p_group_id
      USING ERRCODE = 'AV049',  -- nothing_to_pay
        DETAIL = json_build_object(
          'group_id', p_group_id, 'round', v_group.current_round, 'status', v_contribution.status
        )::text;
  END IF;

  IF p_source = 'deposit' THEN
    PERFORM cover_from_deposits(v_group, ARRAY[p_member_id], p_at);
  ELSIF p_source = 'organizer' AND v_contribution.user_id <> v_group.organizer_id THEN
    PERFORM check_wallet_debit(v_group.organizer_id, v_contribution.amount);
    PERFORM check_limits(v_group.organizer_id, 'group_contribution', v_contribution.amount, p_at);
    PERFORM cover_by_organizer(v_group, ARRAY[p_member_id], p_at);
  END IF;
  SELECT * INTO v_contribution FROM group_contributions WHERE id = v_contribution.id;
  IF v_contribution.status <> 'covered' THEN
    RAISE EXCEPTION 'the % cannot cover % for member %', coalesce(p_source, 'NULL'), v_contribution.amount, p_member_id
      USING ERRCODE = 'AV047',  -- cannot_cover
        DETAIL = json_build_object(
          'source', p_source, 'needed', v_contribution.amount::text,
          'deposit', (SELECT deposit_balance::text FROM group_members WHERE id = p_member_id)
        )::text,
        HINT = 'Sources are deposit and organizer; the organizer pays his own contribution.';
  END IF;
  PERFORM refresh_group_standing(p_group_id, p_at);
  RETURN v_contribution;
END $$;


ALTER FUNCTION public.cover_group_default_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION cover_group_default_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.cover_group_default_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text, p_at timestamp with time zone) IS 'As cover_group_default(), at a given moment.';

-- FUNCTION public.create_ajo_group(uuid, text, integer, numeric, text, text, text, numeric, text, boolean, text)
CREATE FUNCTION public.create_ajo_group(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text DEFAULT 'sequential'::text, p_default_policy text DEFAULT 'pause'::text, p_deposit_amount numeric DEFAULT NULL::numeric, p_description text DEFAULT NULL::text, p_is_private boolean DEFAULT false, p_invite_code text DEFAULT NULL::text) RETURNS public.ajo_groups
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM create_ajo_group_at(
    p_user_id, p_group_name, p_member_count, p_contribution_amount, p_contribution_frequency, p_rotation_order,
    p_default_policy, p_deposit_amount, p_description, p_is_private, p_invite_code, now()
  )
$$;


ALTER FUNCTION public.create_ajo_group(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_ajo_group(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text)
COMMENT ON FUNCTION public.create_ajo_group(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text) IS 'Creates a group with its organizer, of tier 2, as member 1; the open group of that name and these terms, if there is one.';

-- FUNCTION public.create_ajo_group_at(uuid, text, integer, numeric, text, text, text, numeric, text, boolean, text, timestamp with time zone)
CREATE FUNCTION public.create_ajo_group_at(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text, p_at timestamp with time zone) RETURNS public.ajo_groups
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_deposit CONSTANT numeric := coalesce(
    p_deposit_amount, CASE p_default_policy WHEN 'cover_from_deposit' THEN p_contribution_amount ELSE 0 END
  );
  v_currency text;
  v_group ajo_groups;
BEGIN
  IF NOT is_money(p_contribution_amount) THEN
    PERFORM refuse_amount(p_contribution_amount);
  END IF;
  IF v_deposit <> 0 AND NOT is_money(v_deposit) THEN
    PERFORM refuse_amount(v_deposit);
  END IF;
  PERFORM check_group_tier(p_user_id, 2, p_contribution_amount);

  -- Two calls at once: the second waits here and finds the first one's group, and no account is opened in vain.
  PERFORM pg_advisory_xact_lock(hashtextextended('create_ajo_group ' || p_user_id, 0));
  SELECT * INTO v_group FROM ajo_groups
  WHERE organizer_id = p_user_id AND lower(group_name) = lower(p_group_name) AND status IN ('recruiting', 'active', 'paused');
  IF FOUND THEN
    IF (
      v_group.member_count, v_group.contribution_amount, v_group.contribution_frequency, v_group.rotation_order,
      v_group.default_policy, v_group.deposit_amount
    ) IS DISTINCT FROM (
      p_member_count, p_contribution_amount, p_contribution_frequency, p_rotation_order, p_default_policy, v_deposit
    ) THEN
      RAISE EXCEPTION 'user % organizes another group named "%"', p_user_id, p_group_name
        USING ERRCODE = 'AV045',  -- group_name_taken
          DETAIL = json_build_object('group_id', v_group.id, 'group_name', v_group.group_name)::text,
          HINT = 'Choose another name, or end that group first.';
    END IF;
    RETURN v_group;
  END IF;

  SELECT currency INTO v_currency FROM wallets WHERE user_id = p_user_id;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  -- Names, counts and policies are judged by the CHECKs of the table: 23514 with the rule's name.
  INSERT INTO ajo_groups (
    organizer_id, group_name, description, member_count, contribution_amount, contribution_frequency, rotation_order,
    default_policy, deposit_amount, is_private, invite_code, currency, pool_account_id, created_at, updated_at
  )
  VALUES (
    p_user_id, p_group_name, p_description, p_member_count, p_contribution_amount, p_contribution_frequency,
    p_rotation_order, p_default_policy, v_deposit, p_is_private,
    -- Ten hexadecimal digits of a random UUID: not to be guessed in the time that a group recruits.
    coalesce(p_invite_code, upper(right(gen_random_uuid()::text, 10))),
    v_currency, open_ledger_account('group_pool', v_currency), p_at, p_at
  )
  RETURNING * INTO v_group;
  PERFORM admit_group_member(p_user_id, v_group, 'organizer', p_at);
  RETURN v_group;
END $$;


ALTER FUNCTION public.create_ajo_group_at(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_ajo_group_at(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.create_ajo_group_at(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text, p_at timestamp with time zone) IS 'As create_ajo_group(), at a given moment.';

-- FUNCTION public.create_notification(uuid, text, text, text, text, jsonb)
CREATE FUNCTION public.create_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb DEFAULT NULL::jsonb) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT create_notification_at(p_user_id, p_type, p_channel, p_title, p_message, p_data, now())
$$;


ALTER FUNCTION public.create_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb)
COMMENT ON FUNCTION public.create_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb) IS 'Makes a message for an active user; returns its id, or null if the user does not want such a message.';

-- FUNCTION public.create_notification_at(uuid, text, text, text, text, jsonb, timestamp with time zone)
CREATE FUNCTION public.create_notification_at(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb, p_at timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_wish notification_preferences;
  v_id uuid;
BEGIN
  PERFORM require_active_user(p_user_id);
  SELECT * INTO v_wish FROM notification_preferences WHERE user_id = p_user_id;
  IF v_wish.id IS NULL THEN
    INSERT INTO notification_preferences (user_id) VALUES (p_user_id)
    ON CONFLICT ON CONSTRAINT notification_preferences_user_id_key DO UPDATE SET user_id = excluded.user_id
    RETURNING * INTO v_wish;
  END IF;
  IF NOT is_notification_wanted(v_wish, p_type, p_channel) THEN
    RETURN NULL;
  END IF;
  INSERT INTO notifications (user_id, type, channel, title, message, data, status, sent_at, deliver_after, created_at)
  VALUES (
    p_user_id, p_type, p_channel, p_title, p_message, p_data, CASE p_channel WHEN 'in_app' THEN 'sent' ELSE 'pending' END,
    CASE p_channel WHEN 'in_app' THEN p_at END, deliverable_from(v_wish, p_type, p_channel, p_at), p_at
  ) RETURNING id INTO v_id;
  RETURN v_id;
END $$;


ALTER FUNCTION public.create_notification_at(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_notification_at(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb, p_at timestamp with time zone)
COMMENT ON FUNCTION public.create_notification_at(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb, p_at timestamp with time zone) IS 'create_notification() at a given moment.';

-- FUNCTION public.create_permission(uuid, text, text, text, text)
CREATE FUNCTION public.create_permission(p_user_id uuid, p_resource text, p_action text, p_display_name text, p_description text DEFAULT NULL::text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  INSERT INTO permissions (name, display_name, description, resource, action)
  VALUES (p_resource || ':' || p_action, p_display_name, p_description, p_resource, p_action)
  RETURNING id INTO v_id;
  -- Somebody must have it, or nobody could ever give it.
  INSERT INTO role_permissions (role_id, permission_id) SELECT id, v_id FROM roles WHERE name = 'admin';
  RETURN v_id;
END $$;


ALTER FUNCTION public.create_permission(p_user_id uuid, p_resource text, p_action text, p_display_name text, p_description text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_permission(p_user_id uuid, p_resource text, p_action text, p_display_name text, p_description text)
COMMENT ON FUNCTION public.create_permission(p_user_id uuid, p_resource text, p_action text, p_display_name text, p_description text) IS 'Makes a permission, gives it to the role admin and returns its id; p_user_id is who asks, with admin:system.';

-- FUNCTION public.create_role(uuid, text, text, text)
CREATE FUNCTION public.create_role(p_user_id uuid, p_name text, p_display_name text, p_description text DEFAULT NULL::text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  INSERT INTO roles (name, display_name, description) VALUES (p_name, p_display_name, p_description)
  RETURNING id INTO v_id;
  RETURN v_id;
END $$;


ALTER FUNCTION public.create_role(p_user_id uuid, p_name text, p_display_name text, p_description text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_role(p_user_id uuid, p_name text, p_display_name text, p_description text)
COMMENT ON FUNCTION public.create_role(p_user_id uuid, p_name text, p_display_name text, p_description text) IS 'Makes a role without permissions and returns its id; p_user_id is who asks, with admin:system.';

-- FUNCTION public.create_savings_plan(uuid, text, numeric, integer, numeric, boolean, time without time zone, numeric, numeric, date, text)
CREATE FUNCTION public.create_savings_plan(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric DEFAULT NULL::numeric, p_auto_save_enabled boolean DEFAULT false, p_auto_save_time time without time zone DEFAULT '09:00:00'::time without time zone, p_interest_rate numeric DEFAULT 0, p_minimum_balance numeric DEFAULT 0, p_start_date date DEFAULT NULL::date, p_idempotency_key text DEFAULT NULL::text) RETURNS public.savings_plans
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN create_savings_plan_at(
    p_user_id, p_plan_name, p_daily_amount, p_cycle_duration, p_target_amount, p_auto_save_enabled, p_auto_save_time,
    p_interest_rate, p_minimum_balance, p_start_date, p_idempotency_key, now()
  );
END $$;


ALTER FUNCTION public.create_savings_plan(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_savings_plan(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text)
COMMENT ON FUNCTION public.create_savings_plan(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text) IS 'A new active plan; the wallet must hold the first daily amount, and the tier allow one more plan.';

-- FUNCTION public.create_savings_plan_at(uuid, text, numeric, integer, numeric, boolean, time without time zone, numeric, numeric, date, text, timestamp with time zone)
CREATE FUNCTION public.create_savings_plan_at(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text, p_at timestamp with time zone) RETURNS public.savings_plans
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_start CONSTANT date := coalesce(p_start_date, app_day(p_at));
  v_first uuid;
  v_currency text;
  v_limit record;
  v_plan savings_plans;
BEGIN
  IF NOT is_money(p_daily_amount) THEN
    PERFORM refuse_amount(p_daily_amount);
  END IF;
  IF p_target_amount IS NOT NULL AND NOT is_money(p_target_amount) THEN
    PERFORM refuse_amount(p_target_amount);
  END IF;
  IF p_minimum_balance <> 0 AND NOT is_money(p_minimum_balance) THEN
    PERFORM refuse_amount(p_minimum_balance);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'create_savings_plan',
      jsonb_build_array(
        p_plan_name, trim_scale(p_daily_amount), p_cycle_duration, trim_scale(p_target_amount), p_auto_save_enabled,
        p_auto_save_time, trim_scale(p_interest_rate), trim_scale(p_minimum_balance), p_start_date
      )::text,
      v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_plan FROM savings_plans WHERE user_id = p_user_id AND id = v_first;
      RETURN v_plan;
    END IF;
  END IF;
  PERFORM check_bounds(p_daily_amount, 10, 50000, 'a daily amount');
  PERFORM check_bounds(p_cycle_duration, 7, 365, 'a cycle in days');
  IF v_start NOT BETWEEN app_day(p_at) AND app_day(p_at) + 365 THEN
    RAISE EXCEPTION 'a plan cannot start on %: only today or within a year', v_start
      USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
  -- The wallet's lock makes two calls at once count each other's plans; written to, so that a REPEATABLE READ caller, who
  -- cannot see the other's plan, fails with 40001.
  UPDATE wallets SET updated_at = p_at WHERE user_id = p_user_id RETURNING currency INTO v_currency;
  PERFORM check_wallet_debit(p_user_id, p_daily_amount);
  SELECT kyc_limits.tier, kyc_limits.max_plans, (
    SELECT count(*) FROM savings_plans WHERE savings_plans.user_id = p_user_id AND savings_plans.status IN ('active', 'paused')
  ) AS plans INTO STRICT v_limit
  FROM "user" JOIN kyc_limits ON kyc_limits.tier = "user".kyc_tier WHERE "user".id = p_user_id;
  IF v_limit.plans >= v_limit.max_plans THEN
    RAISE EXCEPTION 'user % has % open plans; tier % allows %', p_user_id, v_limit.plans, v_limit.tier, v_limit.max_plans
      USING ERRCODE = 'AV013',  -- too_many_plans
        DETAIL = json_build_object('tier', v_limit.tier, 'plans', v_limit.plans, 'maximum', v_limit.max_plans)::text;
  END IF;
  INSERT INTO savings_plans (
    id, user_id, account_id, plan_name, daily_amount, cycle_duration, target_amount, minimum_balance, auto_save_enabled,
    auto_save_time, start_date, end_date, interest_rate, currency, created_at, updated_at
  )
  VALUES (
    v_id, p_user_id, open_ledger_account('plan', v_currency), p_plan_name, p_daily_amount, p_cycle_duration,
    coalesce(p_target_amount, p_daily_amount * p_cycle_duration), p_minimum_balance, p_auto_save_enabled, p_auto_save_time,
    v_start, v_start + p_cycle_duration, p_interest_rate, v_currency, p_at, p_at
  )
  RETURNING * INTO v_plan;
  RETURN v_plan;
END $$;


ALTER FUNCTION public.create_savings_plan_at(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_savings_plan_at(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.create_savings_plan_at(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text, p_at timestamp with time zone) IS 'create_savings_plan() at a given time.';

-- FUNCTION public.create_session(uuid, bytea, bytea, inet, text, text)
CREATE FUNCTION public.create_session(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea DEFAULT NULL::bytea, p_ip_address inet DEFAULT NULL::inet, p_user_agent text DEFAULT NULL::text, p_device_id text DEFAULT NULL::text) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT create_session_at(p_user_id, p_token_hash, p_refresh_token_hash, p_ip_address, p_user_agent, p_device_id, now())
$$;


ALTER FUNCTION public.create_session(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_session(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text)
COMMENT ON FUNCTION public.create_session(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text) IS 'Begins a session of 30 days for somebody who has proved who they are; hashes are sha256. Returns the session''s id.';

-- FUNCTION public.create_session_at(uuid, bytea, bytea, inet, text, text, timestamp with time zone)
CREATE FUNCTION public.create_session_at(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text, p_at timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_acting_user(p_user_id);
  INSERT INTO session (
    user_id, token_hash, expires_at, refresh_token_hash, refresh_token_expires_at, ip_address, user_agent, device_id,
    last_activity_at, created_at, updated_at
  ) VALUES (
    p_user_id, p_token_hash, p_at + interval '30 days', p_refresh_token_hash,
    CASE WHEN p_refresh_token_hash IS NOT NULL THEN p_at + interval '30 days' END,
    p_ip_address, left(p_user_agent, 1000), p_device_id, p_at, p_at, p_at
  ) RETURNING id INTO v_id;
  RETURN v_id;
END $$;


ALTER FUNCTION public.create_session_at(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION create_session_at(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.create_session_at(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text, p_at timestamp with time zone) IS 'create_session() at a given moment.';

-- FUNCTION public.credit_group_pool(uuid, integer, numeric, timestamp with time zone)
CREATE FUNCTION public.credit_group_pool(p_group_id uuid, p_round integer, p_amount numeric, p_at timestamp with time zone) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
  UPDATE ajo_rounds SET collected = collected + p_amount, updated_at = p_at WHERE group_id = p_group_id AND round = p_round;
  UPDATE ajo_groups SET total_collected = total_collected + p_amount, updated_at = p_at WHERE id = p_group_id
$$;


ALTER FUNCTION public.credit_group_pool(p_group_id uuid, p_round integer, p_amount numeric, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION credit_group_pool(p_group_id uuid, p_round integer, p_amount numeric, p_at timestamp with time zone)
COMMENT ON FUNCTION public.credit_group_pool(p_group_id uuid, p_round integer, p_amount numeric, p_at timestamp with time zone) IS 'Adds what was posted to the pool to the totals of round and group: once a statement, not once a member.';

-- FUNCTION public.deactivate_push_token(uuid, text)
CREATE FUNCTION public.deactivate_push_token(p_user_id uuid, p_token text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  UPDATE push_tokens SET is_active = false, updated_at = now() WHERE token = p_token AND user_id = p_user_id AND is_active;
  RETURN FOUND;
END $$;


ALTER FUNCTION public.deactivate_push_token(p_user_id uuid, p_token text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION deactivate_push_token(p_user_id uuid, p_token text)
COMMENT ON FUNCTION public.deactivate_push_token(p_user_id uuid, p_token text) IS 'No more messages to a device of the user; false if it was not one.';

-- FUNCTION public.deactivate_user(uuid, uuid)
CREATE FUNCTION public.deactivate_user(p_user_id uuid, p_deactivated_by uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE;
  PERFORM require_self_or_authority(p_user_id, p_deactivated_by);
  PERFORM require_active_user(p_user_id);
  UPDATE "user" SET is_active = false, updated_at = now() WHERE id = p_user_id;
  RETURN revoke_user_sessions(p_user_id);
END $$;


ALTER FUNCTION public.deactivate_user(p_user_id uuid, p_deactivated_by uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION deactivate_user(p_user_id uuid, p_deactivated_by uuid)
COMMENT ON FUNCTION public.deactivate_user(p_user_id uuid, p_deactivated_by uuid) IS 'Ends an account at the wish of its user or of somebody with authority, and its sessions; returns how many were ended.';

-- FUNCTION public.delete_idempotency_keys(timestamp with time zone, integer)
CREATE FUNCTION public.delete_idempotency_keys(p_before timestamp with time zone, p_limit integer DEFAULT 10000) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_count bigint;
BEGIN
  -- A key that a client may still repeat must stay.
  IF (p_before <= now() - interval '7 days') IS NOT TRUE THEN
    RAISE EXCEPTION 'idempotency keys are kept for at least seven days' USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
  -- As an array: a join might read all of the table for a few of its rows.
  DELETE FROM idempotency_keys
  WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys WHERE created_at < p_before ORDER BY created_at LIMIT p_limit
  ));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;


ALTER FUNCTION public.delete_idempotency_keys(p_before timestamp with time zone, p_limit integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION delete_idempotency_keys(p_before timestamp with time zone, p_limit integer)
COMMENT ON FUNCTION public.delete_idempotency_keys(p_before timestamp with time zone, p_limit integer) IS 'Deletes up to p_limit keys made before a moment at least seven days ago; their number.';

-- FUNCTION public.delete_role(uuid, text)
CREATE FUNCTION public.delete_role(p_user_id uuid, p_name text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_role_id uuid;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  -- The lock keeps out a grant that comes while we count.
  SELECT id INTO v_role_id FROM roles WHERE name = p_name FOR UPDATE;
  IF EXISTS (SELECT FROM user_roles WHERE role_id = v_role_id) THEN
    RAISE EXCEPTION 'role "%" cannot be deleted while users have it', p_name
      USING ERRCODE = 'AV086',  -- role_in_use
        DETAIL = json_build_object(
          'role', p_name, 'users', (SELECT count(*) FROM user_roles WHERE role_id = v_role_id)
        )::text,
        HINT = 'Take it from them with revoke_role() first.';
  END IF;
  DELETE FROM role_permissions WHERE role_id = v_role_id;
  DELETE FROM roles WHERE id = v_role_id;
  RETURN FOUND;
END $$;


ALTER FUNCTION public.delete_role(p_user_id uuid, p_name text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION delete_role(p_user_id uuid, p_name text)
COMMENT ON FUNCTION public.delete_role(p_user_id uuid, p_name text) IS 'Deletes a role that nobody has; false if there is none of that name; p_user_id is who asks, with admin:system.';

-- FUNCTION public.quiet_until(time without time zone, time without time zone, timestamp with time zone)
CREATE FUNCTION public.quiet_until(p_start time without time zone, p_end time without time zone, p_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN ((p_start < p_end) AND (((p_at AT TIME ZONE 'Africa/Lagos'::text))::time without time zone >= p_start) AND (((p_at AT TIME ZONE 'Africa/Lagos'::text))::time without time zone < p_end)) THEN (public.app_day_start(public.app_day(p_at)) + (p_end - '00:00:00'::time without time zone)) WHEN ((p_start > p_end) AND (((p_at AT TIME ZONE 'Africa/Lagos'::text))::time without time zone >= p_start)) THEN (public.app_day_start((public.app_day(p_at) + 1)) + (p_end - '00:00:00'::time without time zone)) WHEN ((p_start > p_end) AND (((p_at AT TIME ZONE 'Africa/Lagos'::text))::time without time zone < p_end)) THEN (public.app_day_start(public.app_day(p_at)) + (p_end - '00:00:00'::time without time zone)) ELSE NULL::timestamp with time zone END;


ALTER FUNCTION public.quiet_until(p_start time without time zone, p_end time without time zone, p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION quiet_until(p_start time without time zone, p_end time without time zone, p_at timestamp with time zone)
COMMENT ON FUNCTION public.quiet_until(p_start time without time zone, p_end time without time zone, p_at timestamp with time zone) IS 'When the quiet hours (Lagos times of day) in which a moment falls end; null outside them.';

-- TABLE public.notification_preferences
CREATE TABLE public.notification_preferences (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    push_enabled boolean DEFAULT true NOT NULL,
    push_contribution_reminders boolean DEFAULT true NOT NULL,
    push_milestones boolean DEFAULT true NOT NULL,
    push_group_activity boolean DEFAULT true NOT NULL,
    push_payment_updates boolean DEFAULT true NOT NULL,
    sms_enabled boolean DEFAULT false NOT NULL,
    sms_contribution_reminders boolean DEFAULT false NOT NULL,
    sms_milestones boolean DEFAULT false NOT NULL,
    sms_payment_updates boolean DEFAULT false NOT NULL,
    email_enabled boolean DEFAULT true NOT NULL,
    email_weekly_report boolean DEFAULT true NOT NULL,
    email_milestones boolean DEFAULT true NOT NULL,
    email_group_activity boolean DEFAULT true NOT NULL,
    email_payment_updates boolean DEFAULT true NOT NULL,
    quiet_hours_enabled boolean DEFAULT false NOT NULL,
    quiet_hours_start public.time_of_day,
    quiet_hours_end public.time_of_day,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT notification_preferences_quiet_hours_differ_check CHECK (((quiet_hours_start)::time without time zone <> (quiet_hours_end)::time without time zone)),
    CONSTRAINT notification_preferences_quiet_hours_enabled_check CHECK (((NOT quiet_hours_enabled) OR (quiet_hours_start IS NOT NULL))),
    CONSTRAINT notification_preferences_quiet_hours_whole_check CHECK (((quiet_hours_start IS NULL) = (quiet_hours_end IS NULL)))
);


ALTER TABLE public.notification_preferences OWNER TO owner;

-- COMMENT public.TABLE notification_preferences
COMMENT ON TABLE public.notification_preferences IS 'Which messages a user wants, by channel and kind, and when none; one row a user.';

-- COMMENT public.COLUMN notification_preferences.id
COMMENT ON COLUMN public.notification_preferences.id IS 'UUID version 7.';

-- COMMENT public.COLUMN notification_preferences.user_id
COMMENT ON COLUMN public.notification_preferences.user_id IS 'Whose wishes these are.';

-- COMMENT public.COLUMN notification_preferences.push_enabled
COMMENT ON COLUMN public.notification_preferences.push_enabled IS 'Any push at all; false overrides the other push columns.';

-- COMMENT public.COLUMN notification_preferences.push_contribution_reminders
COMMENT ON COLUMN public.notification_preferences.push_contribution_reminders IS 'Reminders to save, by push.';

-- COMMENT public.COLUMN notification_preferences.push_milestones
COMMENT ON COLUMN public.notification_preferences.push_milestones IS 'Milestones, by push.';

-- COMMENT public.COLUMN notification_preferences.push_group_activity
COMMENT ON COLUMN public.notification_preferences.push_group_activity IS 'What happens in groups, by push.';

-- COMMENT public.COLUMN notification_preferences.push_payment_updates
COMMENT ON COLUMN public.notification_preferences.push_payment_updates IS 'Payments and failed auto-saves, by push.';

-- COMMENT public.COLUMN notification_preferences.sms_enabled
COMMENT ON COLUMN public.notification_preferences.sms_enabled IS 'Any SMS at all; false overrides the other SMS columns.';

-- COMMENT public.COLUMN notification_preferences.sms_contribution_reminders
COMMENT ON COLUMN public.notification_preferences.sms_contribution_reminders IS 'Reminders to save, by SMS.';

-- COMMENT public.COLUMN notification_preferences.sms_milestones
COMMENT ON COLUMN public.notification_preferences.sms_milestones IS 'Milestones, by SMS.';

-- COMMENT public.COLUMN notification_preferences.sms_payment_updates
COMMENT ON COLUMN public.notification_preferences.sms_payment_updates IS 'Payments and failed auto-saves, by SMS.';

-- COMMENT public.COLUMN notification_preferences.email_enabled
COMMENT ON COLUMN public.notification_preferences.email_enabled IS 'Any e-mail at all; false overrides the other e-mail columns.';

-- COMMENT public.COLUMN notification_preferences.email_weekly_report
COMMENT ON COLUMN public.notification_preferences.email_weekly_report IS 'The weekly report, by e-mail.';

-- COMMENT public.COLUMN notification_preferences.email_milestones
COMMENT ON COLUMN public.notification_preferences.email_milestones IS 'Milestones, by e-mail.';

-- COMMENT public.COLUMN notification_preferences.email_group_activity
COMMENT ON COLUMN public.notification_preferences.email_group_activity IS 'What happens in groups, by e-mail.';

-- COMMENT public.COLUMN notification_preferences.email_payment_updates
COMMENT ON COLUMN public.notification_preferences.email_payment_updates IS 'Payments and failed auto-saves, by e-mail.';

-- COMMENT public.COLUMN notification_preferences.quiet_hours_enabled
COMMENT ON COLUMN public.notification_preferences.quiet_hours_enabled IS 'Whether the quiet hours count.';

-- COMMENT public.COLUMN notification_preferences.quiet_hours_start
COMMENT ON COLUMN public.notification_preferences.quiet_hours_start IS 'Lagos time of day from which on nothing but security goes out.';

-- COMMENT public.COLUMN notification_preferences.quiet_hours_end
COMMENT ON COLUMN public.notification_preferences.quiet_hours_end IS 'Lagos time of day at which they end; before the start: on the next day.';

-- COMMENT public.COLUMN notification_preferences.created_at
COMMENT ON COLUMN public.notification_preferences.created_at IS 'When the row was made.';

-- COMMENT public.COLUMN notification_preferences.updated_at
COMMENT ON COLUMN public.notification_preferences.updated_at IS 'When the row last changed.';

-- FUNCTION public.deliverable_from(public.notification_preferences, text, text, timestamp with time zone)
CREATE FUNCTION public.deliverable_from(p_wish public.notification_preferences, p_type text, p_channel text, p_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN ((p_wish).quiet_hours_enabled AND (p_type <> 'security'::text) AND (p_channel <> 'in_app'::text)) THEN COALESCE(public.quiet_until(((p_wish).quiet_hours_start)::time without time zone, ((p_wish).quiet_hours_end)::time without time zone, p_at), p_at) ELSE p_at END;


ALTER FUNCTION public.deliverable_from(p_wish public.notification_preferences, p_type text, p_channel text, p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION deliverable_from(p_wish public.notification_preferences, p_type text, p_channel text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.deliverable_from(p_wish public.notification_preferences, p_type text, p_channel text, p_at timestamp with time zone) IS 'The first moment, from the given one on, at which these preferences let the message disturb.';

-- TABLE public.group_payouts
CREATE TABLE public.group_payouts (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    group_id uuid NOT NULL,
    member_id uuid NOT NULL,
    user_id uuid NOT NULL,
    round integer NOT NULL,
    amount public.money_amount NOT NULL,
    service_fee public.money_amount NOT NULL,
    net_amount public.money_amount NOT NULL,
    currency text DEFAULT 'NGN'::text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'pending'::text NOT NULL,
    transaction_id uuid,
    scheduled_date date NOT NULL,
    disbursed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT group_payouts_amount_positive_check CHECK (((amount)::numeric > (0)::numeric)),
    CONSTRAINT group_payouts_completed_has_transaction_check CHECK (((status <> 'completed'::text) OR (num_nulls(transaction_id, disbursed_at) = 0))),
    CONSTRAINT group_payouts_currency_format_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT group_payouts_net_amount_of_fee_check CHECK (((net_amount)::numeric = ((amount)::numeric - (service_fee)::numeric))),
    CONSTRAINT group_payouts_status_values_check CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'completed'::text, 'failed'::text])))
);


ALTER TABLE public.group_payouts OWNER TO owner;

-- COMMENT public.TABLE group_payouts
COMMENT ON TABLE public.group_payouts IS 'Who was paid out in which round.';

-- COMMENT public.COLUMN group_payouts.id
COMMENT ON COLUMN public.group_payouts.id IS 'UUID version 7.';

-- COMMENT public.COLUMN group_payouts.group_id
COMMENT ON COLUMN public.group_payouts.group_id IS 'The group.';

-- COMMENT public.COLUMN group_payouts.member_id
COMMENT ON COLUMN public.group_payouts.member_id IS 'The membership that was paid out; the recipient of a round of this group.';

-- COMMENT public.COLUMN group_payouts.user_id
COMMENT ON COLUMN public.group_payouts.user_id IS 'The user who was paid; the user of the membership.';

-- COMMENT public.COLUMN group_payouts.round
COMMENT ON COLUMN public.group_payouts.round IS 'Number of the round, from 1.';

-- COMMENT public.COLUMN group_payouts.amount
COMMENT ON COLUMN public.group_payouts.amount IS 'The whole pot.';

-- COMMENT public.COLUMN group_payouts.service_fee
COMMENT ON COLUMN public.group_payouts.service_fee IS 'Kept from the pot; pot × service_fee_rate, half up to the kobo.';

-- COMMENT public.COLUMN group_payouts.net_amount
COMMENT ON COLUMN public.group_payouts.net_amount IS 'Paid to the wallet: amount less service_fee.';

-- COMMENT public.COLUMN group_payouts.currency
COMMENT ON COLUMN public.group_payouts.currency IS 'ISO 4217, the group''s.';

-- COMMENT public.COLUMN group_payouts.status
COMMENT ON COLUMN public.group_payouts.status IS 'pending, processing, completed or failed; disburse_group_round writes completed ones only.';

-- COMMENT public.COLUMN group_payouts.transaction_id
COMMENT ON COLUMN public.group_payouts.transaction_id IS 'The payment to the member.';

-- COMMENT public.COLUMN group_payouts.scheduled_date
COMMENT ON COLUMN public.group_payouts.scheduled_date IS 'The due date of the round (Africa/Lagos).';

-- COMMENT public.COLUMN group_payouts.disbursed_at
COMMENT ON COLUMN public.group_payouts.disbursed_at IS 'When it was paid.';

-- COMMENT public.COLUMN group_payouts.created_at
COMMENT ON COLUMN public.group_payouts.created_at IS 'When the row was written.';

-- COMMENT public.COLUMN group_payouts.updated_at
COMMENT ON COLUMN public.group_payouts.updated_at IS 'Last change.';

-- FUNCTION public.disburse_group_round(uuid, uuid, integer)
CREATE FUNCTION public.disburse_group_round(p_user_id uuid, p_group_id uuid, p_round integer) RETURNS public.group_payouts
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM disburse_group_round_at(p_user_id, p_group_id, p_round, now())
$$;


ALTER FUNCTION public.disburse_group_round(p_user_id uuid, p_group_id uuid, p_round integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION disburse_group_round(p_user_id uuid, p_group_id uuid, p_round integer)
COMMENT ON FUNCTION public.disburse_group_round(p_user_id uuid, p_group_id uuid, p_round integer) IS 'Pays the pot less the fee to the member whose turn it is and makes the next round the current one; a round that was paid gives its payout.';

-- FUNCTION public.disburse_group_round_at(uuid, uuid, integer, timestamp with time zone)
CREATE FUNCTION public.disburse_group_round_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone) RETURNS public.group_payouts
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_payout group_payouts;
  v_round ajo_rounds;
  v_member group_members;
  v_fee numeric;
BEGIN
  SELECT * INTO v_payout FROM group_payouts WHERE group_id = p_group_id AND round = p_round;
  IF FOUND THEN
    RETURN v_payout;
  END IF;
  PERFORM check_group_status(v_group, 'active');
  v_round := check_round_open(v_group, p_round);
  PERFORM check_round_due(v_round, p_at);
  IF v_round.collected < v_round.expected THEN
    RAISE EXCEPTION 'round % of group % has % of %', p_round, p_group_id, v_round.collected, v_round.expected
      USING ERRCODE = 'AV041',  -- round_incomplete
        DETAIL = json_build_object(
          'group_id', p_group_id, 'round', p_round, 'expected', v_round.expected::text, 'collected', v_round.collected::text
        )::text,
        HINT = 'Collect it; after the due date mark_group_defaults() covers what is late.';
  END IF;

  SELECT * INTO v_member FROM group_members WHERE id = v_round.recipient_member_id;
  -- A removed member gets his own money back: no fee on that.
  v_fee := CASE v_member.status WHEN 'removed' THEN 0 ELSE round(v_round.collected * v_group.service_fee_rate, 2) END;
  UPDATE ajo_rounds SET status = 'disbursed', closed_at = p_at, updated_at = p_at WHERE id = v_round.id;
  INSERT INTO group_payouts (
    group_id, member_id, user_id, round, amount, service_fee, net_amount, currency, status, transaction_id, scheduled_date,
    disbursed_at, created_at, updated_at
  )
  VALUES (
    p_group_id, v_member.id, v_member.user_id, p_round, v_round.collected, v_fee, v_round.collected - v_fee,
    v_group.currency, 'completed',
    post_wallet_credit(
      v_member.user_id, v_round.collected - v_fee, v_group.pool_account_id, 'group_payout', p_at,
      format('%s: payout of round %s', v_group.group_name, p_round), v_fee,
      jsonb_build_object('group_id', p_group_id, 'round', p_round)
    ),
    v_round.due_date, p_at, p_at, p_at
  )
  RETURNING * INTO v_payout;
  UPDATE group_members SET has_received_payout = true, payout_received_at = p_at, updated_at = p_at WHERE id = v_member.id;
  UPDATE ajo_groups
  SET total_disbursed = total_disbursed + v_payout.net_amount, total_fees = total_fees + v_fee, updated_at = p_at
  WHERE id = p_group_id;
  PERFORM advance_group(p_group_id, p_at);
  RETURN v_payout;
END $$;


ALTER FUNCTION public.disburse_group_round_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION disburse_group_round_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.disburse_group_round_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone) IS 'As disburse_group_round(), at a given moment.';

-- FUNCTION public.early_withdrawal_penalty(numeric)
CREATE FUNCTION public.early_withdrawal_penalty(p_amount numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round((p_amount * 0.05), 2);


ALTER FUNCTION public.early_withdrawal_penalty(p_amount numeric) OWNER TO owner;

-- COMMENT public.FUNCTION early_withdrawal_penalty(p_amount numeric)
COMMENT ON FUNCTION public.early_withdrawal_penalty(p_amount numeric) IS 'Naira: 5 % of the withdrawn amount, half up to the kobo.';

-- FUNCTION public.end_group_membership(public.ajo_groups, uuid, text, text, timestamp with time zone)
CREATE FUNCTION public.end_group_membership(p_group public.ajo_groups, p_member_id uuid, p_status text, p_reason text, p_at timestamp with time zone) RETURNS public.group_members
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_member group_members;
BEGIN
  UPDATE group_members
  SET status = p_status, removed_at = p_at, removal_reason = p_reason, updated_at = p_at,
    -- A place in a rotation that has started is part of its schedule.
    position = CASE WHEN p_group.status <> 'recruiting' THEN position END
  WHERE id = p_member_id;
  UPDATE ajo_groups SET current_member_count = current_member_count - 1, updated_at = p_at WHERE id = p_group.id;
  PERFORM return_group_deposits(p_group.id, ARRAY[p_member_id], p_at);
  SELECT * INTO v_member FROM group_members WHERE id = p_member_id;
  RETURN v_member;
END $$;


ALTER FUNCTION public.end_group_membership(p_group public.ajo_groups, p_member_id uuid, p_status text, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION end_group_membership(p_group public.ajo_groups, p_member_id uuid, p_status text, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.end_group_membership(p_group public.ajo_groups, p_member_id uuid, p_status text, p_reason text, p_at timestamp with time zone) IS 'Ends a membership (removed or left) and returns its deposit; the caller has judged it.';

-- FUNCTION public.ensure_partitions(integer)
CREATE FUNCTION public.ensure_partitions(p_months_ahead integer DEFAULT 3) RETURNS TABLE(table_name text, partition_name text, carried_rows bigint)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM ensure_partitions_at(p_months_ahead, now())
$$;


ALTER FUNCTION public.ensure_partitions(p_months_ahead integer) OWNER TO owner;

-- COMMENT public.FUNCTION ensure_partitions(p_months_ahead integer)
COMMENT ON FUNCTION public.ensure_partitions(p_months_ahead integer) IS 'Makes the partitions of this month and those ahead (0 to 24) that are missing; a row for each one made, none if all are there.';

-- FUNCTION public.ensure_partitions_at(integer, timestamp with time zone)
CREATE FUNCTION public.ensure_partitions_at(p_months_ahead integer, p_at timestamp with time zone) RETURNS TABLE(table_name text, partition_name text, carried_rows bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET lock_timeout TO '10s'
    AS $$
DECLARE
  v_attempts integer := 50;
BEGIN
  IF p_months_ahead IS NULL OR p_months_ahead NOT BETWEEN 0 AND 24 THEN
    RAISE EXCEPTION 'the months ahead must be 0 to 24, not %', coalesce(p_months_ahead::text, 'null')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- One at a time, and before anything is read: a second call would hold what it has read against the first.
  PERFORM pg_advisory_xact_lock(hashtextextended('ensure_partitions in ' || current_schema(), 0));
  PERFORM set_config('lock_timeout', '100ms', true);
  FOREACH table_name IN ARRAY ARRAY['audit_log', 'notifications'] LOOP
    FOR attempt IN 1..v_attempts LOOP
      EXIT WHEN NOT EXISTS (SELECT FROM missing_partitions(table_name, p_months_ahead, p_at));
      BEGIN
        RETURN QUERY
        SELECT table_name, made.partition_name, made.carried_rows FROM make_partitions(table_name, p_months_ahead, p_at) AS made;
        v_attempts := 2;
        EXIT;
      EXCEPTION WHEN lock_not_available THEN
        IF attempt = v_attempts AND v_attempts = 2 THEN
          RAISE WARNING 'could not lock "%": call ensure_partitions() again', table_name;
        ELSIF attempt = v_attempts THEN
          RAISE EXCEPTION 'could not lock "%" in % attempts', table_name, attempt
            USING ERRCODE = 'lock_not_available',
              HINT = 'A long transaction holds it. Nothing is lost: the DEFAULT partition takes the rows.';
        END IF;
      END;
      PERFORM pg_sleep(0.05 + random() * 0.1);
    END LOOP;
  END LOOP;
END $$;


ALTER FUNCTION public.ensure_partitions_at(p_months_ahead integer, p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION ensure_partitions_at(p_months_ahead integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.ensure_partitions_at(p_months_ahead integer, p_at timestamp with time zone) IS 'ensure_partitions() at a given moment.';

-- TABLE public.user
CREATE TABLE public."user" (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    email_verified boolean DEFAULT false NOT NULL,
    image text,
    phone_number text,
    phone_verified boolean DEFAULT false NOT NULL,
    date_of_birth date,
    kyc_tier integer DEFAULT 0 NOT NULL,
    kyc_status text DEFAULT 'pending'::text NOT NULL,
    kyc_data jsonb,
    kyc_verified_at timestamp with time zone,
    biometric_enabled boolean DEFAULT false NOT NULL,
    biometric_public_key text,
    is_active boolean DEFAULT true NOT NULL,
    is_suspended boolean DEFAULT false NOT NULL,
    suspended_at timestamp with time zone,
    suspension_reason text,
    anonymised_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT user_anonymised_inactive_check CHECK (((anonymised_at IS NULL) OR (NOT is_active))),
    CONSTRAINT user_date_of_birth_plausible_check CHECK ((date_of_birth >= '1900-01-01'::date)),
    CONSTRAINT user_email_length_check CHECK ((char_length(email) <= 254)),
    CONSTRAINT user_email_lower_case_check CHECK ((email = lower(email))),
    CONSTRAINT user_email_shape_check CHECK ((email ~ '^[^@[:space:]]+@[^@[:space:]]+$'::text)),
    CONSTRAINT user_kyc_data_object_check CHECK ((jsonb_typeof(kyc_data) = 'object'::text)),
    CONSTRAINT user_kyc_status_values_check CHECK ((kyc_status = ANY (ARRAY['pending'::text, 'under_review'::text, 'approved'::text, 'rejected'::text]))),
    CONSTRAINT user_kyc_tier_range_check CHECK (((kyc_tier >= 0) AND (kyc_tier <= 2))),
    CONSTRAINT user_name_length_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT user_phone_number_e164_check CHECK ((phone_number ~ '^\+[1-9][0-9]{1,14}$'::text)),
    CONSTRAINT user_phone_verified_has_number_check CHECK (((NOT phone_verified) OR (phone_number IS NOT NULL))),
    CONSTRAINT user_suspension_dated_check CHECK ((is_suspended = (suspended_at IS NOT NULL))),
    CONSTRAINT user_suspension_reason_length_check CHECK (((char_length(suspension_reason) >= 10) AND (char_length(suspension_reason) <= 500))),
    CONSTRAINT user_suspension_reason_present_check CHECK ((is_suspended = (suspension_reason IS NOT NULL)))
);


ALTER TABLE public."user" OWNER TO owner;

-- COMMENT public.TABLE "user"
COMMENT ON TABLE public."user" IS 'A person with an account. Rows are deactivated or anonymised, never deleted: money rows point here.';

-- COMMENT public.COLUMN "user".id
COMMENT ON COLUMN public."user".id IS 'UUID version 7: its first 48 bits are the millisecond of creation.';

-- COMMENT public.COLUMN "user".name
COMMENT ON COLUMN public."user".name IS 'Full name as the person gave it, 1 to 200 characters.';

-- COMMENT public.COLUMN "user".email
COMMENT ON COLUMN public."user".email IS 'Sign-in address, lower case, unique.';

-- COMMENT public.COLUMN "user".email_verified
COMMENT ON COLUMN public."user".email_verified IS 'True once a token sent to the address came back.';

-- COMMENT public.COLUMN "user".image
COMMENT ON COLUMN public."user".image IS 'URL of the profile picture.';

-- COMMENT public.COLUMN "user".phone_number
COMMENT ON COLUMN public."user".phone_number IS 'E.164 with plus sign, for example +2348012345678; unique.';

-- COMMENT public.COLUMN "user".phone_verified
COMMENT ON COLUMN public."user".phone_verified IS 'True once a code sent to phone_number came back; false again when the number changes.';

-- COMMENT public.COLUMN "user".date_of_birth
COMMENT ON COLUMN public."user".date_of_birth IS 'Date of birth as declared; KYC checks it against the document.';

-- COMMENT public.COLUMN "user".kyc_tier
COMMENT ON COLUMN public."user".kyc_tier IS '0 unverified, 1 basic, 2 full; decides the limits in kyc_limits. Never goes down, never skips one.';

-- COMMENT public.COLUMN "user".kyc_status
COMMENT ON COLUMN public."user".kyc_status IS 'approved from tier 1 on, also while a higher tier is asked for; at tier 0 the state of the newest request, else pending.';

-- COMMENT public.COLUMN "user".kyc_data
COMMENT ON COLUMN public."user".kyc_data IS 'What the KYC provider returned, without numbers of documents; a JSON object.';

-- COMMENT public.COLUMN "user".kyc_verified_at
COMMENT ON COLUMN public."user".kyc_verified_at IS 'When the current tier was approved.';

-- COMMENT public.COLUMN "user".biometric_enabled
COMMENT ON COLUMN public."user".biometric_enabled IS 'Whether the person signs in with a fingerprint or face on some device.';

-- COMMENT public.COLUMN "user".biometric_public_key
COMMENT ON COLUMN public."user".biometric_public_key IS 'Public key of the first device; each device has its own in biometric_auth.';

-- COMMENT public.COLUMN "user".is_active
COMMENT ON COLUMN public."user".is_active IS 'False after deactivation: no sign-in, no movement of money.';

-- COMMENT public.COLUMN "user".is_suspended
COMMENT ON COLUMN public."user".is_suspended IS 'True while staff have blocked the account.';

-- COMMENT public.COLUMN "user".suspended_at
COMMENT ON COLUMN public."user".suspended_at IS 'When the current suspension began; NULL when there is none.';

-- COMMENT public.COLUMN "user".suspension_reason
COMMENT ON COLUMN public."user".suspension_reason IS 'Why, in 10 to 500 characters; NULL when there is no suspension.';

-- COMMENT public.COLUMN "user".anonymised_at
COMMENT ON COLUMN public."user".anonymised_at IS 'When the personal data was erased on request; the row stays for the books.';

-- COMMENT public.COLUMN "user".created_at
COMMENT ON COLUMN public."user".created_at IS 'When the person registered.';

-- COMMENT public.COLUMN "user".updated_at
COMMENT ON COLUMN public."user".updated_at IS 'When the row last changed.';

-- FUNCTION public.erase_records_of(public."user")
CREATE FUNCTION public.erase_records_of(p_user public."user") RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  UPDATE kyc_verification
  SET first_name = NULL, last_name = NULL, date_of_birth = NULL, address = NULL, government_id_type = NULL,
    government_id_number = NULL, government_id_last_four = NULL, government_id_hash = NULL, government_id_image = NULL,
    selfie_image = NULL, verification_data = NULL,
    rejection_reason = CASE WHEN rejection_reason IS NOT NULL THEN 'erased' END, updated_at = now()
  WHERE user_id = p_user.id;
  DELETE FROM bank_accounts
  WHERE user_id = p_user.id
    AND NOT EXISTS (
      SELECT FROM transactions
      WHERE transactions.user_id = p_user.id AND transactions.bank_account_id = bank_accounts.id
    );
  UPDATE bank_accounts
  SET account_name = 'erased', account_number = masked.account_number, updated_at = now()
  FROM (
    SELECT id, lpad(row_number() OVER (ORDER BY id)::text, 10, '0') AS account_number
    FROM bank_accounts WHERE user_id = p_user.id
  ) AS masked
  WHERE bank_accounts.id = masked.id;
  UPDATE savings_plans SET plan_name = 'erased', updated_at = now() WHERE user_id = p_user.id;
  UPDATE group_invitations
  SET invited_email = 'erased-' || id || '@invalid', invited_phone = NULL,
    status = CASE status WHEN 'pending' THEN 'revoked' ELSE status END, updated_at = now()
  WHERE invited_user_id = p_user.id OR invited_email = p_user.email OR invited_phone = p_user.phone_number;
END $$;


ALTER FUNCTION public.erase_records_of(p_user public."user") OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION erase_records_of(p_user public."user")
COMMENT ON FUNCTION public.erase_records_of(p_user public."user") IS 'The part of anonymise_user() that changes rows which stay.';

-- FUNCTION public.expire_group_invitations()
CREATE FUNCTION public.expire_group_invitations() RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT expire_group_invitations_at(now())
$$;


ALTER FUNCTION public.expire_group_invitations() OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION expire_group_invitations()
COMMENT ON FUNCTION public.expire_group_invitations() IS 'Closes every invitation whose time is over; how many. For the daily job.';

-- FUNCTION public.expire_group_invitations_at(timestamp with time zone)
CREATE FUNCTION public.expire_group_invitations_at(p_at timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_expired integer;
BEGIN
  UPDATE group_invitations SET status = 'expired', updated_at = p_at
  WHERE id IN (
    SELECT id FROM group_invitations
    WHERE status = 'pending' AND expires_at <= p_at
    FOR NO KEY UPDATE SKIP LOCKED
  );
  GET DIAGNOSTICS v_expired = ROW_COUNT;
  RETURN v_expired;
END $$;


ALTER FUNCTION public.expire_group_invitations_at(p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION expire_group_invitations_at(p_at timestamp with time zone)
COMMENT ON FUNCTION public.expire_group_invitations_at(p_at timestamp with time zone) IS 'As expire_group_invitations(), at a given moment.';

-- FUNCTION public.expire_rewards(integer)
CREATE FUNCTION public.expire_rewards(p_limit integer DEFAULT 10000) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT expire_rewards_at(p_limit, now())
$$;


ALTER FUNCTION public.expire_rewards(p_limit integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION expire_rewards(p_limit integer)
COMMENT ON FUNCTION public.expire_rewards(p_limit integer) IS 'Marks at most p_limit rewards whose end has come; returns how many.';

-- FUNCTION public.expire_rewards_at(integer, timestamp with time zone)
CREATE FUNCTION public.expire_rewards_at(p_limit integer, p_at timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_count integer;
BEGIN
  -- As an array: a join might read all of the table for a few ids.
  UPDATE rewards SET status = 'expired', updated_at = p_at
  WHERE id = ANY (ARRAY(
    SELECT id FROM rewards WHERE status = 'active' AND expires_at <= p_at
    ORDER BY expires_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;


ALTER FUNCTION public.expire_rewards_at(p_limit integer, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION expire_rewards_at(p_limit integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.expire_rewards_at(p_limit integer, p_at timestamp with time zone) IS 'expire_rewards() at a given moment.';

-- FUNCTION public.fail_funding(uuid, uuid, text)
CREATE FUNCTION public.fail_funding(p_user_id uuid, p_transaction_id uuid, p_reason text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN fail_funding_at(p_user_id, p_transaction_id, p_reason, now());
END $$;


ALTER FUNCTION public.fail_funding(p_user_id uuid, p_transaction_id uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION fail_funding(p_user_id uuid, p_transaction_id uuid, p_reason text)
COMMENT ON FUNCTION public.fail_funding(p_user_id uuid, p_transaction_id uuid, p_reason text) IS 'Fails a pending funding with the provider''s reason; no money moves.';

-- FUNCTION public.fail_funding_at(uuid, uuid, text, timestamp with time zone)
CREATE FUNCTION public.fail_funding_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_row transactions;
BEGIN
  UPDATE transactions SET status = 'failed', failed_at = p_at, failure_reason = p_reason, updated_at = p_at
  WHERE user_id = p_user_id AND id = p_transaction_id AND type = 'wallet_funding' AND status = 'pending'
  RETURNING * INTO v_row;
  IF NOT FOUND THEN
    v_row := get_own_transaction(p_user_id, p_transaction_id, 'wallet_funding');
    IF v_row.status <> 'failed' THEN
      PERFORM refuse_transaction_status(v_row, 'pending');
    END IF;
  END IF;
  RETURN v_row;
END $$;


ALTER FUNCTION public.fail_funding_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION fail_funding_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.fail_funding_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) IS 'fail_funding() at a given time.';

-- FUNCTION public.find_group_membership(uuid, uuid)
CREATE FUNCTION public.find_group_membership(p_user_id uuid, p_group_id uuid) RETURNS public.group_members
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_member group_members;
BEGIN
  SELECT * INTO v_member FROM group_members WHERE group_id = p_group_id AND user_id = p_user_id AND status <> 'left';
  IF v_member.status = 'removed' THEN
    RAISE EXCEPTION 'user % was removed from group %', p_user_id, p_group_id
      USING ERRCODE = 'AV035',  -- membership_exists
        DETAIL = json_build_object('group_id', p_group_id, 'member_id', v_member.id, 'status', v_member.status)::text;
  END IF;
  RETURN v_member;
END $$;


ALTER FUNCTION public.find_group_membership(p_user_id uuid, p_group_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION find_group_membership(p_user_id uuid, p_group_id uuid)
COMMENT ON FUNCTION public.find_group_membership(p_user_id uuid, p_group_id uuid) IS 'The user''s membership unless there is none or it was left; AV035 if it was taken away.';

-- TABLE public.wallets
CREATE TABLE public.wallets (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    account_id uuid NOT NULL,
    balance public.money_amount DEFAULT 0 NOT NULL,
    currency public.currency_code DEFAULT 'NGN'::text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    frozen_at timestamp with time zone,
    freeze_reason public.freeze_reason,
    receivable_account_id uuid,
    receivable_balance public.money_amount DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='50');


ALTER TABLE public.wallets OWNER TO owner;

-- COMMENT public.TABLE wallets
COMMENT ON TABLE public.wallets IS 'One wallet a user: money at hand. Opened by open_wallet(); the balance moves only inside post_* functions.';

-- COMMENT public.COLUMN wallets.id
COMMENT ON COLUMN public.wallets.id IS 'Wallet id (UUID v7).';

-- COMMENT public.COLUMN wallets.user_id
COMMENT ON COLUMN public.wallets.user_id IS 'Owner; one wallet each.';

-- COMMENT public.COLUMN wallets.account_id
COMMENT ON COLUMN public.wallets.account_id IS 'The wallet''s account in the ledger.';

-- COMMENT public.COLUMN wallets.balance
COMMENT ON COLUMN public.wallets.balance IS 'Available amount, in currency; equals the postings of account_id. A pending withdrawal has left it already.';

-- COMMENT public.COLUMN wallets.currency
COMMENT ON COLUMN public.wallets.currency IS 'ISO 4217 code, the same as its account''s.';

-- COMMENT public.COLUMN wallets.is_active
COMMENT ON COLUMN public.wallets.is_active IS 'False while frozen: no money leaves it; what comes from outside or back to the user still arrives.';

-- COMMENT public.COLUMN wallets.frozen_at
COMMENT ON COLUMN public.wallets.frozen_at IS 'When it was frozen; NULL while active.';

-- COMMENT public.COLUMN wallets.freeze_reason
COMMENT ON COLUMN public.wallets.freeze_reason IS 'Why it was frozen, 10 to 500 characters; NULL while active.';

-- COMMENT public.COLUMN wallets.receivable_account_id
COMMENT ON COLUMN public.wallets.receivable_account_id IS 'Account of what the user owes after a chargeback; opened with the first one.';

-- COMMENT public.COLUMN wallets.receivable_balance
COMMENT ON COLUMN public.wallets.receivable_balance IS 'What the user owes after chargebacks, in currency; equals the postings of receivable_account_id.';

-- COMMENT public.COLUMN wallets.created_at
COMMENT ON COLUMN public.wallets.created_at IS 'When it was opened.';

-- COMMENT public.COLUMN wallets.updated_at
COMMENT ON COLUMN public.wallets.updated_at IS 'When the row last changed.';

-- FUNCTION public.freeze_wallet(uuid, text)
CREATE FUNCTION public.freeze_wallet(p_user_id uuid, p_reason text) RETURNS public.wallets
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_wallet wallets;
BEGIN
  UPDATE wallets
  SET is_active = false, frozen_at = coalesce(frozen_at, now()), freeze_reason = coalesce(freeze_reason, p_reason, ''),
    updated_at = now()
  WHERE user_id = p_user_id
  RETURNING * INTO v_wallet;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  RETURN v_wallet;
END $$;


ALTER FUNCTION public.freeze_wallet(p_user_id uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION freeze_wallet(p_user_id uuid, p_reason text)
COMMENT ON FUNCTION public.freeze_wallet(p_user_id uuid, p_reason text) IS 'No money leaves the wallet from now on; reason of 10 to 500 characters. A frozen one stays as it is.';

-- FUNCTION public.get_group_balance(uuid, uuid)
CREATE FUNCTION public.get_group_balance(p_user_id uuid, p_group_id uuid) RETURNS TABLE(total_collected numeric, total_disbursed numeric, total_fees numeric, total_refunded numeric, pool_balance numeric, ledger_balance numeric, deposits numeric)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT ajo_groups.total_collected, ajo_groups.total_disbursed, ajo_groups.total_fees, ajo_groups.total_refunded,
    ajo_groups.total_collected::numeric - ajo_groups.total_disbursed - ajo_groups.total_fees - ajo_groups.total_refunded,
    (SELECT coalesce(sum(ledger_postings.amount), 0) FROM ledger_postings
     WHERE ledger_postings.account_id = ajo_groups.pool_account_id),
    (SELECT coalesce(sum(group_members.deposit_balance), 0) FROM group_members WHERE group_members.group_id = ajo_groups.id)
  FROM ajo_groups
  WHERE ajo_groups.id = p_group_id AND sees_group(p_user_id, p_group_id)
$$;


ALTER FUNCTION public.get_group_balance(p_user_id uuid, p_group_id uuid) OWNER TO owner;

-- COMMENT public.FUNCTION get_group_balance(p_user_id uuid, p_group_id uuid)
COMMENT ON FUNCTION public.get_group_balance(p_user_id uuid, p_group_id uuid) IS 'The group''s totals, its pool by totals and by ledger (they are equal), and the deposits it holds; nothing for strangers.';

-- FUNCTION public.get_group_statement(uuid, uuid, timestamp with time zone, timestamp with time zone)
CREATE FUNCTION public.get_group_statement(p_user_id uuid, p_group_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) RETURNS TABLE(entry_id bigint, created_at timestamp with time zone, user_id uuid, transaction_id uuid, type text, description text, amount numeric, pool_balance numeric)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM (
    SELECT ledger_postings.entry_id, ledger_postings.created_at, ledger_postings.user_id, ledger_postings.transaction_id,
      transactions.type, transactions.description, ledger_postings.amount,
      sum(ledger_postings.amount) OVER (ORDER BY ledger_postings.entry_id)
    FROM ajo_groups
    JOIN ledger_postings ON ledger_postings.account_id = ajo_groups.pool_account_id
    JOIN transactions ON transactions.user_id = ledger_postings.user_id AND transactions.id = ledger_postings.transaction_id
    WHERE ajo_groups.id = p_group_id AND sees_group(p_user_id, p_group_id)
  ) AS line (entry_id, created_at, user_id, transaction_id, type, description, amount, pool_balance)
  WHERE line.created_at >= p_from AND line.created_at < p_until
  ORDER BY line.entry_id
$$;


ALTER FUNCTION public.get_group_statement(p_user_id uuid, p_group_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION get_group_statement(p_user_id uuid, p_group_id uuid, p_from timestamp with time zone, p_until timestamp with time zone)
COMMENT ON FUNCTION public.get_group_statement(p_user_id uuid, p_group_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) IS 'What went into and out of the pool in [from, until), with the pool after each line; nothing for strangers.';

-- FUNCTION public.get_own_transaction(uuid, uuid, text)
CREATE FUNCTION public.get_own_transaction(p_user_id uuid, p_transaction_id uuid, p_type text) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_row transactions;
BEGIN
  SELECT * INTO v_row FROM transactions WHERE user_id = p_user_id AND id = p_transaction_id AND type = coalesce(p_type, type);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % has no % %', p_user_id, coalesce(p_type, 'transaction'), p_transaction_id
      USING ERRCODE = 'AV016',  -- transaction_not_found
        DETAIL = json_build_object('transaction_id', p_transaction_id)::text;
  END IF;
  RETURN v_row;
END $$;


ALTER FUNCTION public.get_own_transaction(p_user_id uuid, p_transaction_id uuid, p_type text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION get_own_transaction(p_user_id uuid, p_transaction_id uuid, p_type text)
COMMENT ON FUNCTION public.get_own_transaction(p_user_id uuid, p_transaction_id uuid, p_type text) IS 'The user''s transaction; AV016 if there is none of this type, another user''s included.';

-- FUNCTION public.get_reward_points(uuid)
CREATE FUNCTION public.get_reward_points(p_user_id uuid) RETURNS TABLE(contribution_points integer, plan_points integer, streak_points integer, average_streak_points integer, milestone_points integer, reward_points integer, total_points integer, tier text, next_tier_at integer)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  WITH counted AS (
    SELECT
      (SELECT count(*) FROM list_contributions(p_user_id) WHERE type = 'contribution')::integer AS contributions,
      100 * (
        SELECT count(*) FROM savings_plans WHERE savings_plans.user_id = p_user_id AND savings_plans.status = 'completed'
      )::integer AS plans,
      50 * (coalesce((SELECT max(days) FROM list_streaks(p_user_id) WHERE plan_id IS NULL), 0) / 7) AS streak,
      25 * floor(coalesce(
        (SELECT avg(contribution_streak) FROM savings_plans WHERE savings_plans.user_id = p_user_id), 0
      ) / 10)::integer AS average,
      coalesce((
        SELECT sum(savings_milestones.reward_points) FROM savings_milestones WHERE savings_milestones.user_id = p_user_id
      ), 0)::integer AS milestones,
      coalesce((
        SELECT sum(rewards.points) FROM rewards
        WHERE rewards.user_id = p_user_id AND rewards.status = 'active' AND (rewards.expires_at IS NULL OR rewards.expires_at > now())
      ), 0)::integer AS given
  )
  SELECT contributions, plans, streak, average, milestones, given, summed.total, level.tier, level.next_tier_at
  FROM counted
  CROSS JOIN LATERAL (SELECT contributions + plans + streak + average + milestones + given) AS summed (total)
  JOIN (
    VALUES ('bronze', 0, 500), ('silver', 500, 1000), ('gold', 1000, 2500), ('platinum', 2500, 5000), ('diamond', 5000, NULL)
  ) AS level (tier, starts_at, next_tier_at)
    ON summed.total >= level.starts_at AND (level.next_tier_at IS NULL OR summed.total < level.next_tier_at)
$$;


ALTER FUNCTION public.get_reward_points(p_user_id uuid) OWNER TO owner;

-- COMMENT public.FUNCTION get_reward_points(p_user_id uuid)
COMMENT ON FUNCTION public.get_reward_points(p_user_id uuid) IS 'The points of a user by their sources, the tier (bronze, silver, gold, platinum, diamond) and the points at which the next begins.';

-- FUNCTION public.give_back_contributions(public.ajo_groups, uuid[], text, timestamp with time zone)
CREATE FUNCTION public.give_back_contributions(p_group public.ajo_groups, p_member_ids uuid[], p_unpaid_status text, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_note CONSTANT text := format('%s: round %s given back', p_group.group_name, p_group.current_round);
  v_facts CONSTANT jsonb := jsonb_build_object('group_id', p_group.id, 'round', p_group.current_round);
  v record;
  v_dropped numeric;
  v_refunded numeric;
BEGIN
  -- Wallets: members who paid themselves, and the organizer once for all that he covered.
  SELECT array_agg(due.user_id) AS user_ids, array_agg(due.amount) AS amounts, array_agg(p_group.pool_account_id) AS accounts
  INTO v
  FROM (
    SELECT CASE status WHEN 'completed' THEN user_id ELSE covered_by END AS user_id, sum(amount) AS amount
    FROM group_contributions
    WHERE group_id = p_group.id AND round = p_group.current_round AND member_id = ANY (p_member_ids)
      AND (status = 'completed' OR status = 'covered' AND cover_source = 'organizer')
    GROUP BY 1
  ) AS due;
  IF v.user_ids IS NOT NULL THEN
    PERFORM post_wallet_credits(v.user_ids, v.amounts, v.accounts, 'refund', p_at, v_note, v_facts);
    UPDATE group_members SET total_contributed = total_contributed - due.amount, updated_at = p_at
    FROM unnest(v.user_ids, v.amounts) AS due (user_id, amount)
    WHERE group_members.group_id = p_group.id AND group_members.user_id = due.user_id;
  END IF;

  WITH posted AS MATERIALIZED (
    SELECT member.id, covered.amount,
      post_movement(
        member.user_id, p_group.pool_account_id, member.deposit_account_id, covered.amount, 'refund', p_at, v_note,
        p_group.currency, v_facts, NULL, member.deposit_balance + covered.amount
      ) AS transaction_id
    FROM group_contributions AS covered
    JOIN group_members AS member ON member.id = covered.member_id
    WHERE covered.group_id = p_group.id AND covered.round = p_group.current_round AND covered.member_id = ANY (p_member_ids)
      AND covered.status = 'covered' AND covered.cover_source = 'deposit'
  )
  UPDATE group_members
  SET deposit_balance = deposit_balance + posted.amount, total_contributed = total_contributed - posted.amount,
    updated_at = p_at
  FROM posted
  WHERE group_members.id = posted.id;

  WITH given_back AS (
    UPDATE group_contributions
    SET status = CASE WHEN status IN ('completed', 'covered') THEN 'refunded' ELSE p_unpaid_status END, updated_at = p_at
    WHERE group_id = p_group.id AND round = p_group.current_round AND member_id = ANY (p_member_ids)
      AND status IN ('pending', 'late', 'completed', 'covered')
    RETURNING amount, status
  )
  SELECT coalesce(sum(amount), 0), coalesce(sum(amount) FILTER (WHERE status = 'refunded'), 0)
  INTO v_dropped, v_refunded
  FROM given_back;
  UPDATE ajo_rounds SET expected = expected - v_dropped, collected = collected - v_refunded, updated_at = p_at
  WHERE group_id = p_group.id AND round = p_group.current_round;
  UPDATE ajo_groups SET total_refunded = total_refunded + v_refunded, updated_at = p_at WHERE id = p_group.id;
END $$;


ALTER FUNCTION public.give_back_contributions(p_group public.ajo_groups, p_member_ids uuid[], p_unpaid_status text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION give_back_contributions(p_group public.ajo_groups, p_member_ids uuid[], p_unpaid_status text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.give_back_contributions(p_group public.ajo_groups, p_member_ids uuid[], p_unpaid_status text, p_at timestamp with time zone) IS 'Takes these members out of the open round: what they paid is refunded, what they did not gets the given status.';

-- FUNCTION public.grant_reward(uuid, text, text, text, numeric, integer, timestamp with time zone, uuid, text, jsonb)
CREATE FUNCTION public.grant_reward(p_user_id uuid, p_reward_type text, p_reward_name text, p_grant_key text, p_value numeric DEFAULT NULL::numeric, p_points integer DEFAULT 0, p_expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone, p_granted_by uuid DEFAULT NULL::uuid, p_description text DEFAULT NULL::text, p_metadata jsonb DEFAULT NULL::jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_first rewards;
  v_id uuid;
BEGIN
  PERFORM require_acting_user(p_user_id);
  PERFORM require_future(p_expires_at);
  IF p_reward_type IN ('cashback', 'discount') THEN
    PERFORM require_permission(p_granted_by, 'admin:system');
  END IF;
  IF p_value IS NOT NULL AND NOT is_money(p_value) THEN
    PERFORM refuse_amount(p_value);
  END IF;
  INSERT INTO rewards (
    user_id, reward_type, reward_name, description, value, currency, points, expires_at, grant_key, metadata
  ) VALUES (
    p_user_id, p_reward_type, p_reward_name, p_description, p_value,
    -- That of the wallet, which a cashback goes to and which never changes its currency.
    coalesce((SELECT currency FROM wallets WHERE user_id = p_user_id), 'NGN'),
    p_points, p_expires_at, p_grant_key, p_metadata
  )
  ON CONFLICT ON CONSTRAINT rewards_user_id_grant_key_key DO NOTHING
  RETURNING id INTO v_id;
  IF v_id IS NULL THEN
    SELECT * INTO v_first FROM rewards WHERE user_id = p_user_id AND grant_key = p_grant_key;
    IF (v_first.reward_type, v_first.value, v_first.points) IS DISTINCT FROM (p_reward_type, p_value, p_points) THEN
      RAISE EXCEPTION 'grant key "%" was used for another reward', p_grant_key
        USING ERRCODE = 'AV066',  -- reward_grant_conflict
          DETAIL = json_build_object('grant_key', p_grant_key, 'reward_id', v_first.id)::text;
    END IF;
    RETURN v_first.id;
  END IF;
  RETURN v_id;
END $$;


ALTER FUNCTION public.grant_reward(p_user_id uuid, p_reward_type text, p_reward_name text, p_grant_key text, p_value numeric, p_points integer, p_expires_at timestamp with time zone, p_granted_by uuid, p_description text, p_metadata jsonb) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION grant_reward(p_user_id uuid, p_reward_type text, p_reward_name text, p_grant_key text, p_value numeric, p_points integer, p_expires_at timestamp with time zone, p_granted_by uuid, p_description text, p_metadata jsonb)
COMMENT ON FUNCTION public.grant_reward(p_user_id uuid, p_reward_type text, p_reward_name text, p_grant_key text, p_value numeric, p_points integer, p_expires_at timestamp with time zone, p_granted_by uuid, p_description text, p_metadata jsonb) IS 'Gives a reward and returns its id, for the same grant key the id of the first call; cashback and discount need admin:system.';

-- FUNCTION public.grant_role_permission(uuid, text, text)
CREATE FUNCTION public.grant_role_permission(p_user_id uuid, p_role text, p_permission text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_pair CONSTANT role_permissions := require_authority_over_role_permission(p_user_id, p_role, p_permission);
BEGIN
  INSERT INTO role_permissions (role_id, permission_id) VALUES (v_pair.role_id, v_pair.permission_id)
  ON CONFLICT ON CONSTRAINT role_permissions_role_id_permission_id_key DO NOTHING;
  RETURN FOUND;
END $$;


ALTER FUNCTION public.grant_role_permission(p_user_id uuid, p_role text, p_permission text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION grant_role_permission(p_user_id uuid, p_role text, p_permission text)
COMMENT ON FUNCTION public.grant_role_permission(p_user_id uuid, p_role text, p_permission text) IS 'Adds a permission to a role; false if it was there; p_user_id is who asks, with admin:system and the permission.';

-- FUNCTION public.grant_user_permission(uuid, text, uuid, timestamp with time zone)
CREATE FUNCTION public.grant_user_permission(p_user_id uuid, p_permission text, p_assigned_by uuid, p_expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_active_user(p_user_id);
  PERFORM require_future(p_expires_at);
  INSERT INTO user_permissions (user_id, permission_id, assigned_by, expires_at)
  VALUES (p_user_id, require_authority_over_permission(p_assigned_by, p_permission), p_assigned_by, p_expires_at)
  ON CONFLICT ON CONSTRAINT user_permissions_user_id_permission_id_key DO UPDATE
  SET assigned_by = excluded.assigned_by, assigned_at = excluded.assigned_at, expires_at = excluded.expires_at
  RETURNING id INTO v_id;
  RETURN v_id;
END $$;


ALTER FUNCTION public.grant_user_permission(p_user_id uuid, p_permission text, p_assigned_by uuid, p_expires_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION grant_user_permission(p_user_id uuid, p_permission text, p_assigned_by uuid, p_expires_at timestamp with time zone)
COMMENT ON FUNCTION public.grant_user_permission(p_user_id uuid, p_permission text, p_assigned_by uuid, p_expires_at timestamp with time zone) IS 'Gives one permission directly, or gives it anew with another end (null: none); returns the id of the row.';

-- FUNCTION public.group_due_date(date, text, integer)
CREATE FUNCTION public.group_due_date(p_start_date date, p_frequency text, p_round integer) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((p_start_date)::timestamp without time zone + (((p_round - 1))::double precision * CASE p_frequency WHEN 'daily'::text THEN '1 day'::interval WHEN 'weekly'::text THEN '7 days'::interval WHEN 'monthly'::text THEN '1 mon'::interval ELSE NULL::interval END)))::date;


ALTER FUNCTION public.group_due_date(p_start_date date, p_frequency text, p_round integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION group_due_date(p_start_date date, p_frequency text, p_round integer)
COMMENT ON FUNCTION public.group_due_date(p_start_date date, p_frequency text, p_round integer) IS 'The due date of a round (from 1) of a rotation that starts on this day.';

-- FUNCTION public.group_member_debt(uuid, uuid)
CREATE FUNCTION public.group_member_debt(p_group_id uuid, p_member_id uuid) RETURNS numeric
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT coalesce(sum(owed.amount), 0)
  FROM (
    SELECT amount FROM group_contributions
    WHERE group_id = p_group_id AND member_id = p_member_id
      AND (status IN ('pending', 'late') OR status = 'covered' AND cover_source = 'organizer')
    UNION ALL
    SELECT ajo_groups.contribution_amount
    FROM ajo_groups
    JOIN ajo_rounds ON ajo_rounds.group_id = ajo_groups.id AND ajo_rounds.status = 'scheduled'
    JOIN LATERAL group_round_debtors(p_group_id, ajo_rounds.round) AS debtor ON debtor.id = p_member_id
    WHERE ajo_groups.id = p_group_id
  ) AS owed
$$;


ALTER FUNCTION public.group_member_debt(p_group_id uuid, p_member_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION group_member_debt(p_group_id uuid, p_member_id uuid)
COMMENT ON FUNCTION public.group_member_debt(p_group_id uuid, p_member_id uuid) IS 'What a member has still to pay: open contributions, an organizer''s covers, and those of the rounds to come.';

-- FUNCTION public.group_round_debtors(uuid, integer)
CREATE FUNCTION public.group_round_debtors(p_group_id uuid, p_round integer) RETURNS SETOF public.group_members
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT member.*
  FROM ajo_rounds AS round
  JOIN group_members AS recipient ON recipient.id = round.recipient_member_id
  JOIN group_members AS member ON member.group_id = round.group_id AND member.status NOT IN ('removed', 'left')
  WHERE round.group_id = p_group_id AND round.round = p_round
    AND (
      recipient.status <> 'removed'
      OR EXISTS (
        SELECT FROM group_contributions AS given
        WHERE given.group_id = p_group_id AND given.member_id = recipient.id AND given.round = member.position
          AND given.status IN ('completed', 'covered')
      )
    )
$$;


ALTER FUNCTION public.group_round_debtors(p_group_id uuid, p_round integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION group_round_debtors(p_group_id uuid, p_round integer)
COMMENT ON FUNCTION public.group_round_debtors(p_group_id uuid, p_round integer) IS 'The members who contribute to a round.';

-- TABLE public.permissions
CREATE TABLE public.permissions (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    name text NOT NULL,
    display_name text NOT NULL,
    description text,
    resource text NOT NULL,
    action text NOT NULL,
    is_system boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT permissions_action_format_check CHECK ((action ~ '^[a-z][a-z_]{1,48}$'::text)),
    CONSTRAINT permissions_description_length_check CHECK ((length(description) <= 500)),
    CONSTRAINT permissions_display_name_length_check CHECK (((length(btrim(display_name)) >= 1) AND (length(btrim(display_name)) <= 150))),
    CONSTRAINT permissions_name_matches_resource_action_check CHECK ((name = ((resource || ':'::text) || action))),
    CONSTRAINT permissions_resource_format_check CHECK ((resource ~ '^[a-z][a-z_]{1,49}$'::text))
);


ALTER TABLE public.permissions OWNER TO owner;

-- COMMENT public.TABLE permissions
COMMENT ON TABLE public.permissions IS 'Single rights, each an action on a resource.';

-- COMMENT public.COLUMN permissions.id
COMMENT ON COLUMN public.permissions.id IS 'UUID version 7.';

-- COMMENT public.COLUMN permissions.name
COMMENT ON COLUMN public.permissions.name IS 'resource:action, such as wallet:read.';

-- COMMENT public.COLUMN permissions.display_name
COMMENT ON COLUMN public.permissions.display_name IS 'What people read, 1 to 150 characters.';

-- COMMENT public.COLUMN permissions.description
COMMENT ON COLUMN public.permissions.description IS 'What the right allows, at most 500 characters.';

-- COMMENT public.COLUMN permissions.resource
COMMENT ON COLUMN public.permissions.resource IS 'The part of name before the colon.';

-- COMMENT public.COLUMN permissions.action
COMMENT ON COLUMN public.permissions.action IS 'The part of name after the colon.';

-- COMMENT public.COLUMN permissions.is_system
COMMENT ON COLUMN public.permissions.is_system IS 'The application relies on it: it can be neither deleted nor renamed.';

-- COMMENT public.COLUMN permissions.created_at
COMMENT ON COLUMN public.permissions.created_at IS 'When the row was made.';

-- COMMENT public.COLUMN permissions.updated_at
COMMENT ON COLUMN public.permissions.updated_at IS 'When the row was last changed.';

-- TABLE public.role_permissions
CREATE TABLE public.role_permissions (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    role_id uuid NOT NULL,
    permission_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.role_permissions OWNER TO owner;

-- COMMENT public.TABLE role_permissions
COMMENT ON TABLE public.role_permissions IS 'Which permissions a role has.';

-- COMMENT public.COLUMN role_permissions.id
COMMENT ON COLUMN public.role_permissions.id IS 'UUID version 7.';

-- COMMENT public.COLUMN role_permissions.role_id
COMMENT ON COLUMN public.role_permissions.role_id IS 'The role.';

-- COMMENT public.COLUMN role_permissions.permission_id
COMMENT ON COLUMN public.role_permissions.permission_id IS 'The permission that the role has.';

-- COMMENT public.COLUMN role_permissions.created_at
COMMENT ON COLUMN public.role_permissions.created_at IS 'When the permission was added to the role.';

-- TABLE public.user_permissions
CREATE TABLE public.user_permissions (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    permission_id uuid NOT NULL,
    assigned_by uuid,
    assigned_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT user_permissions_expires_after_assignment_check CHECK ((expires_at > assigned_at))
);


ALTER TABLE public.user_permissions OWNER TO owner;

-- COMMENT public.TABLE user_permissions
COMMENT ON TABLE public.user_permissions IS 'Permissions that a user has without a role; there is no way to deny one.';

-- COMMENT public.COLUMN user_permissions.id
COMMENT ON COLUMN public.user_permissions.id IS 'UUID version 7.';

-- COMMENT public.COLUMN user_permissions.user_id
COMMENT ON COLUMN public.user_permissions.user_id IS 'Who has the permission.';

-- COMMENT public.COLUMN user_permissions.permission_id
COMMENT ON COLUMN public.user_permissions.permission_id IS 'The permission.';

-- COMMENT public.COLUMN user_permissions.assigned_by
COMMENT ON COLUMN public.user_permissions.assigned_by IS 'Who gave it; null where a seed did.';

-- COMMENT public.COLUMN user_permissions.assigned_at
COMMENT ON COLUMN public.user_permissions.assigned_at IS 'When it was given, or last given anew.';

-- COMMENT public.COLUMN user_permissions.expires_at
COMMENT ON COLUMN public.user_permissions.expires_at IS 'From this moment on the grant counts for nothing; null: no end.';

-- TABLE public.user_roles
CREATE TABLE public.user_roles (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    assigned_by uuid,
    assigned_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT user_roles_expires_after_assignment_check CHECK ((expires_at > assigned_at))
);


ALTER TABLE public.user_roles OWNER TO owner;

-- COMMENT public.TABLE user_roles
COMMENT ON TABLE public.user_roles IS 'Which roles a user has; a row past expires_at counts for nothing.';

-- COMMENT public.COLUMN user_roles.id
COMMENT ON COLUMN public.user_roles.id IS 'UUID version 7.';

-- COMMENT public.COLUMN user_roles.user_id
COMMENT ON COLUMN public.user_roles.user_id IS 'Who has the role.';

-- COMMENT public.COLUMN user_roles.role_id
COMMENT ON COLUMN public.user_roles.role_id IS 'The role.';

-- COMMENT public.COLUMN user_roles.assigned_by
COMMENT ON COLUMN public.user_roles.assigned_by IS 'Who gave it; null where registration or a seed did.';

-- COMMENT public.COLUMN user_roles.assigned_at
COMMENT ON COLUMN public.user_roles.assigned_at IS 'When it was given, or last given anew.';

-- COMMENT public.COLUMN user_roles.expires_at
COMMENT ON COLUMN public.user_roles.expires_at IS 'From this moment on the role counts for nothing; null: no end.';

-- VIEW public.effective_permissions
CREATE VIEW public.effective_permissions AS
 SELECT user_roles.user_id,
    permissions.id AS permission_id,
    permissions.name,
    permissions.resource,
    permissions.action
   FROM (((public.user_roles
     JOIN public."user" ON (("user".id = user_roles.user_id)))
     JOIN public.role_permissions ON ((role_permissions.role_id = user_roles.role_id)))
     JOIN public.permissions ON ((permissions.id = role_permissions.permission_id)))
  WHERE ("user".is_active AND (NOT "user".is_suspended) AND ((user_roles.expires_at IS NULL) OR (user_roles.expires_at > now())))
UNION
 SELECT user_permissions.user_id,
    permissions.id AS permission_id,
    permissions.name,
    permissions.resource,
    permissions.action
   FROM ((public.user_permissions
     JOIN public."user" ON (("user".id = user_permissions.user_id)))
     JOIN public.permissions ON ((permissions.id = user_permissions.permission_id)))
  WHERE ("user".is_active AND (NOT "user".is_suspended) AND ((user_permissions.expires_at IS NULL) OR (user_permissions.expires_at > now())));


ALTER VIEW public.effective_permissions OWNER TO owner;

-- COMMENT public.VIEW effective_permissions
COMMENT ON VIEW public.effective_permissions IS 'What each active, unsuspended user may do now, by unexpired roles and direct grants, each right once.';

-- COMMENT public.COLUMN effective_permissions.user_id
COMMENT ON COLUMN public.effective_permissions.user_id IS 'The user.';

-- COMMENT public.COLUMN effective_permissions.permission_id
COMMENT ON COLUMN public.effective_permissions.permission_id IS 'The permission.';

-- COMMENT public.COLUMN effective_permissions.name
COMMENT ON COLUMN public.effective_permissions.name IS 'resource:action.';

-- COMMENT public.COLUMN effective_permissions.resource
COMMENT ON COLUMN public.effective_permissions.resource IS 'The part of name before the colon.';

-- COMMENT public.COLUMN effective_permissions.action
COMMENT ON COLUMN public.effective_permissions.action IS 'The part of name after the colon.';

-- FUNCTION public.has_permission(uuid, text)
CREATE FUNCTION public.has_permission(p_user_id uuid, p_permission text) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (EXISTS (SELECT FROM public.effective_permissions WHERE ((effective_permissions.user_id = has_permission.p_user_id) AND (effective_permissions.name = has_permission.p_permission))));


ALTER FUNCTION public.has_permission(p_user_id uuid, p_permission text) OWNER TO owner;

-- COMMENT public.FUNCTION has_permission(p_user_id uuid, p_permission text)
COMMENT ON FUNCTION public.has_permission(p_user_id uuid, p_permission text) IS 'Whether the user has the permission (such as wallet:read) now, by a role or directly; false for anybody unknown.';

-- FUNCTION public.has_waiting_rows(text, integer, timestamp with time zone)
CREATE FUNCTION public.has_waiting_rows(p_table text, p_months_ahead integer, p_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
  v_has_rows boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE created_at < $1)', p_table || '_default')
  INTO v_has_rows
  USING (SELECT max(ends_at) FROM missing_partitions(p_table, p_months_ahead, p_at));
  RETURN v_has_rows;
END $_$;


ALTER FUNCTION public.has_waiting_rows(p_table text, p_months_ahead integer, p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION has_waiting_rows(p_table text, p_months_ahead integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.has_waiting_rows(p_table text, p_months_ahead integer, p_at timestamp with time zone) IS 'Whether DEFAULT has rows of a month that is missing.';

-- FUNCTION public.invite_to_group(uuid, uuid, uuid, text, text)
CREATE FUNCTION public.invite_to_group(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid DEFAULT NULL::uuid, p_invited_phone text DEFAULT NULL::text, p_invited_email text DEFAULT NULL::text) RETURNS public.group_invitations
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM invite_to_group_at(p_user_id, p_group_id, p_invited_user_id, p_invited_phone, p_invited_email, now())
$$;


ALTER FUNCTION public.invite_to_group(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION invite_to_group(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text)
COMMENT ON FUNCTION public.invite_to_group(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text) IS 'Invites for seven days; the pending invitation of the same invitee, if there is one.';

-- FUNCTION public.invite_to_group_at(uuid, uuid, uuid, text, text, timestamp with time zone)
CREATE FUNCTION public.invite_to_group_at(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text, p_at timestamp with time zone) RETURNS public.group_invitations
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_email CONSTANT text := lower(p_invited_email);
  v_member group_members;
  v_invitation group_invitations;
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting');
  SELECT * INTO v_member FROM group_members
  WHERE group_id = p_group_id AND user_id = p_invited_user_id AND status <> 'left';
  IF FOUND THEN
    RAISE EXCEPTION 'user % is % in group %', p_invited_user_id, v_member.status, p_group_id
      USING ERRCODE = 'AV035',  -- membership_exists
        DETAIL = json_build_object('group_id', p_group_id, 'member_id', v_member.id, 'status', v_member.status)::text;
  END IF;

  UPDATE group_invitations SET status = 'expired', updated_at = p_at
  WHERE group_id = p_group_id AND status = 'pending' AND expires_at <= p_at;
  SELECT * INTO v_invitation FROM group_invitations
  WHERE group_id = p_group_id AND status = 'pending'
    AND (invited_user_id = p_invited_user_id OR invited_phone = p_invited_phone OR invited_email = v_email)
  ORDER BY id
  LIMIT 1;
  IF NOT FOUND THEN
    INSERT INTO group_invitations (
      group_id, invited_by, invited_user_id, invited_phone, invited_email, expires_at, created_at, updated_at
    )
    VALUES (p_group_id, p_user_id, p_invited_user_id, p_invited_phone, v_email, p_at + interval '7 days', p_at, p_at)
    RETURNING * INTO v_invitation;
  END IF;
  RETURN v_invitation;
END $$;


ALTER FUNCTION public.invite_to_group_at(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION invite_to_group_at(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.invite_to_group_at(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text, p_at timestamp with time zone) IS 'As invite_to_group(), at a given moment.';

-- FUNCTION public.is_money(numeric)
CREATE FUNCTION public.is_money(p_amount numeric) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(((p_amount > (0)::numeric) AND (p_amount <= 9999999999999.99) AND (p_amount = round(p_amount, 2))), false);


ALTER FUNCTION public.is_money(p_amount numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION is_money(p_amount numeric)
COMMENT ON FUNCTION public.is_money(p_amount numeric) IS 'Whether it is a positive amount with at most two decimals.';

-- FUNCTION public.is_notification_wanted(public.notification_preferences, text, text)
CREATE FUNCTION public.is_notification_wanted(p_wish public.notification_preferences, p_type text, p_channel text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN ((p_channel = 'in_app'::text) OR (p_type = 'security'::text)) THEN true WHEN (p_channel = 'push'::text) THEN ((p_wish).push_enabled AND CASE WHEN (p_type = 'contribution_reminder'::text) THEN (p_wish).push_contribution_reminders WHEN (p_type = 'milestone'::text) THEN (p_wish).push_milestones WHEN (p_type = 'group_activity'::text) THEN (p_wish).push_group_activity WHEN (p_type = ANY (ARRAY['payment_update'::text, 'auto_save_failed'::text])) THEN (p_wish).push_payment_updates ELSE true END) WHEN (p_channel = 'sms'::text) THEN ((p_wish).sms_enabled AND CASE WHEN (p_type = 'contribution_reminder'::text) THEN (p_wish).sms_contribution_reminders WHEN (p_type = 'milestone'::text) THEN (p_wish).sms_milestones WHEN (p_type = ANY (ARRAY['payment_update'::text, 'auto_save_failed'::text])) THEN (p_wish).sms_payment_updates ELSE true END) ELSE ((p_wish).email_enabled AND CASE WHEN (p_type = 'weekly_report'::text) THEN (p_wish).email_weekly_report WHEN (p_type = 'milestone'::text) THEN (p_wish).email_milestones WHEN (p_type = 'group_activity'::text) THEN (p_wish).email_group_activity WHEN (p_type = ANY (ARRAY['payment_update'::text, 'auto_save_failed'::text])) THEN (p_wish).email_payment_updates ELSE true END) END;


ALTER FUNCTION public.is_notification_wanted(p_wish public.notification_preferences, p_type text, p_channel text) OWNER TO owner;

-- COMMENT public.FUNCTION is_notification_wanted(p_wish public.notification_preferences, p_type text, p_channel text)
COMMENT ON FUNCTION public.is_notification_wanted(p_wish public.notification_preferences, p_type text, p_channel text) IS 'Whether these preferences let a message of this type out on this channel.';

-- FUNCTION public.join_ajo_group(uuid, uuid, text)
CREATE FUNCTION public.join_ajo_group(p_user_id uuid, p_group_id uuid, p_invite_code text DEFAULT NULL::text) RETURNS public.group_members
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM join_ajo_group_at(p_user_id, p_group_id, p_invite_code, now())
$$;


ALTER FUNCTION public.join_ajo_group(p_user_id uuid, p_group_id uuid, p_invite_code text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION join_ajo_group(p_user_id uuid, p_group_id uuid, p_invite_code text)
COMMENT ON FUNCTION public.join_ajo_group(p_user_id uuid, p_group_id uuid, p_invite_code text) IS 'Joins a recruiting group, paying its deposit; a private one needs its code. A member gets the membership back.';

-- FUNCTION public.join_ajo_group_at(uuid, uuid, text, timestamp with time zone)
CREATE FUNCTION public.join_ajo_group_at(p_user_id uuid, p_group_id uuid, p_invite_code text, p_at timestamp with time zone) RETURNS public.group_members
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_group(p_group_id);
  v_member CONSTANT group_members := find_group_membership(p_user_id, p_group_id);
BEGIN
  IF v_member.id IS NOT NULL THEN
    RETURN v_member;
  END IF;
  IF v_group.is_private AND p_invite_code IS DISTINCT FROM v_group.invite_code THEN
    RAISE EXCEPTION 'group % is private', p_group_id
      USING ERRCODE = 'AV036',  -- invitation_needed
        DETAIL = json_build_object('group_id', p_group_id)::text,
        HINT = 'Join with its invite code, or accept an invitation.';
  END IF;
  RETURN join_locked_group(p_user_id, v_group, p_at);
END $$;


ALTER FUNCTION public.join_ajo_group_at(p_user_id uuid, p_group_id uuid, p_invite_code text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION join_ajo_group_at(p_user_id uuid, p_group_id uuid, p_invite_code text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.join_ajo_group_at(p_user_id uuid, p_group_id uuid, p_invite_code text, p_at timestamp with time zone) IS 'As join_ajo_group(), at a given moment.';

-- FUNCTION public.join_locked_group(uuid, public.ajo_groups, timestamp with time zone)
CREATE FUNCTION public.join_locked_group(p_user_id uuid, p_group public.ajo_groups, p_at timestamp with time zone) RETURNS public.group_members
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM check_group_status(p_group, 'recruiting');
  PERFORM check_group_tier(p_user_id, 1, p_group.contribution_amount);
  IF p_group.current_member_count >= p_group.member_count THEN
    RAISE EXCEPTION 'group % is full: % of % places are taken', p_group.id, p_group.current_member_count, p_group.member_count
      USING ERRCODE = 'AV033',  -- group_full
        DETAIL = json_build_object('group_id', p_group.id, 'capacity', p_group.member_count)::text;
  END IF;
  UPDATE ajo_groups SET current_member_count = current_member_count + 1, updated_at = p_at WHERE id = p_group.id;
  RETURN admit_group_member(p_user_id, p_group, 'member', p_at);
END $$;


ALTER FUNCTION public.join_locked_group(p_user_id uuid, p_group public.ajo_groups, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION join_locked_group(p_user_id uuid, p_group public.ajo_groups, p_at timestamp with time zone)
COMMENT ON FUNCTION public.join_locked_group(p_user_id uuid, p_group public.ajo_groups, p_at timestamp with time zone) IS 'Takes a place in a locked group; AV032, AV033, AV046 or what the deposit raises.';

-- FUNCTION public.leave_ajo_group(uuid, uuid, text)
CREATE FUNCTION public.leave_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text DEFAULT NULL::text) RETURNS public.group_members
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM leave_ajo_group_at(p_user_id, p_group_id, p_reason, now())
$$;


ALTER FUNCTION public.leave_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION leave_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text)
COMMENT ON FUNCTION public.leave_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text) IS 'Leaves before the start, or when paid out and owing nothing; the deposit comes back.';

-- FUNCTION public.leave_ajo_group_at(uuid, uuid, text, timestamp with time zone)
CREATE FUNCTION public.leave_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone) RETURNS public.group_members
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_group(p_group_id);
  v_member group_members;
BEGIN
  SELECT * INTO v_member FROM group_members WHERE group_id = p_group_id AND user_id = p_user_id;
  IF NOT FOUND THEN
    PERFORM refuse_stranger(p_user_id, p_group_id);
  END IF;
  IF v_member.status IN ('left', 'removed') THEN
    RETURN v_member;
  END IF;
  PERFORM check_group_status(v_group, 'recruiting', 'active', 'paused');
  PERFORM check_not_organizer(v_member);
  IF v_group.status <> 'recruiting' AND (NOT v_member.has_received_payout OR group_member_debt(p_group_id, v_member.id) > 0) THEN
    PERFORM refuse_group_exit(v_group, v_member);
  END IF;
  RETURN end_group_membership(v_group, v_member.id, 'left', p_reason, p_at);
END $$;


ALTER FUNCTION public.leave_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION leave_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.leave_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone) IS 'As leave_ajo_group(), at a given moment.';

-- FUNCTION public.list_anonymisation_blockers(uuid)
CREATE FUNCTION public.list_anonymisation_blockers(p_user_id uuid) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT coalesce(array_agg(blocker.name ORDER BY blocker.name), '{}')
  FROM (
    SELECT 'wallet_balance' FROM wallets WHERE user_id = p_user_id AND balance > 0
    UNION ALL
    SELECT 'debt' FROM wallets WHERE user_id = p_user_id AND receivable_balance > 0
    UNION
    SELECT 'plan_balance' FROM savings_plans WHERE user_id = p_user_id AND current_amount > 0
    UNION
    SELECT 'pending_transactions' FROM transactions WHERE user_id = p_user_id AND status = 'pending'
    UNION
    SELECT 'group_deposit' FROM group_members WHERE user_id = p_user_id AND deposit_balance > 0
    UNION
    SELECT 'groups' FROM group_members
    JOIN ajo_groups ON ajo_groups.id = group_members.group_id
    WHERE group_members.user_id = p_user_id AND group_members.status NOT IN ('removed', 'left')
      AND ajo_groups.status IN ('recruiting', 'active', 'paused')
    UNION
    SELECT 'groups' FROM ajo_groups WHERE organizer_id = p_user_id AND status IN ('recruiting', 'active', 'paused')
  ) AS blocker (name)
$$;


ALTER FUNCTION public.list_anonymisation_blockers(p_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION list_anonymisation_blockers(p_user_id uuid)
COMMENT ON FUNCTION public.list_anonymisation_blockers(p_user_id uuid) IS 'What must be settled before a user can be anonymised: wallet_balance, debt, plan_balance, pending_transactions, group_deposit, groups.';

-- FUNCTION public.list_contributions(uuid)
CREATE FUNCTION public.list_contributions(p_user_id uuid) RETURNS TABLE(plan_id uuid, type text, amount numeric, currency text, day date, lagos_time time without time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT saved.plan_id, saved.type, saved.amount, saved.currency, app_day(saved.created_at),
    (saved.created_at AT TIME ZONE 'Africa/Lagos')::time
  FROM transactions AS saved
  WHERE saved.user_id = p_user_id AND saved.type IN ('contribution', 'auto_save') AND saved.status = 'completed'
    AND NOT EXISTS (
      SELECT FROM transactions AS reversal
      WHERE reversal.user_id = p_user_id AND reversal.reverses_id = saved.id AND reversal.status = 'completed'
    )
$$;


ALTER FUNCTION public.list_contributions(p_user_id uuid) OWNER TO owner;

-- COMMENT public.FUNCTION list_contributions(p_user_id uuid)
COMMENT ON FUNCTION public.list_contributions(p_user_id uuid) IS 'Contributions and auto-saves of a user that stand, with their Lagos day and time.';

-- FUNCTION public.list_reached_milestones(uuid)
CREATE FUNCTION public.list_reached_milestones(p_user_id uuid) RETURNS TABLE(plan_id uuid, milestone_type text, milestone_name text, description text)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  WITH saved AS (
    SELECT count(*) AS contributions, coalesce(sum(amount), 0) AS amount,
      count(*) FILTER (WHERE type = 'contribution' AND lagos_time < '09:00') AS early,
      count(*) FILTER (WHERE type = 'contribution' AND lagos_time >= '21:00') AS late
    FROM list_contributions(p_user_id)
  ),
  streak AS (
    SELECT coalesce(max(days) FILTER (WHERE plan_id IS NOT NULL), 0) AS in_one_plan,
      coalesce(max(days) FILTER (WHERE plan_id IS NULL), 0) AS in_any_plan
    FROM list_streaks(p_user_id)
  ),
  completed AS (
    SELECT count(*) AS plans FROM savings_plans WHERE user_id = p_user_id AND status = 'completed'
  ),
  -- What went into the plan, interest included, whatever was withdrawn since.
  plan AS (
    SELECT savings_plans.id, savings_plans.target_amount,
      coalesce((SELECT sum(amount) FROM list_contributions(p_user_id) AS paid WHERE paid.plan_id = savings_plans.id), 0)
      + coalesce((
        SELECT sum(amount) FROM transactions
        WHERE transactions.user_id = p_user_id AND transactions.plan_id = savings_plans.id AND type = 'interest'
          AND transactions.status = 'completed'
      ), 0) AS collected
    FROM savings_plans WHERE savings_plans.user_id = p_user_id
  )
  SELECT NULL::uuid, rule.type, rule.name, rule.description
  FROM saved, streak, completed, LATERAL (
    VALUES
      ('first_contribution', 'First contribution', 'Saved for the first time', saved.contributions >= 1),
      ('week_streak', 'Week streak', 'Saved 7 days in a row into one plan', streak.in_one_plan >= 7),
      ('month_streak', 'Month streak', 'Saved 30 days in a row into one plan', streak.in_one_plan >= 30),
      ('quarter_streak', 'Quarter streak', 'Saved 90 days in a row into one plan', streak.in_one_plan >= 90),
      ('year_streak', 'Year streak', 'Saved 365 days in a row into one plan', streak.in_one_plan >= 365),
      ('first_plan_completed', 'First plan completed', 'Completed a plan', completed.plans >= 1),
      ('five_plans_completed', 'Five plans completed', 'Completed five plans', completed.plans >= 5),
      ('ten_plans_completed', 'Ten plans completed', 'Completed ten plans', completed.plans >= 10),
      ('savings_champion', 'Savings champion', 'Saved 100,000 in all', saved.amount >= 100000),
      ('consistent_saver', 'Consistent saver', 'Saved 30 days in a row, whatever the plan', streak.in_any_plan >= 30),
      ('early_bird', 'Early bird', 'Saved seven times before 09:00', saved.early >= 7),
      ('night_owl', 'Night owl', 'Saved seven times after 21:00', saved.late >= 7)
  ) AS rule (type, name, description, is_met)
  WHERE rule.is_met
  UNION ALL
  SELECT plan.id, rule.type, rule.name, rule.description
  FROM plan, LATERAL (
    VALUES
      ('goal_reached', 'Goal reached', 'Reached the target of a plan', plan.collected >= plan.target_amount),
      ('goal_crusher', 'Goal crusher', 'Exceeded the target of a plan by 20 %', plan.collected >= plan.target_amount * 1.2)
  ) AS rule (type, name, description, is_met)
  WHERE rule.is_met
$$;


ALTER FUNCTION public.list_reached_milestones(p_user_id uuid) OWNER TO owner;

-- COMMENT public.FUNCTION list_reached_milestones(p_user_id uuid)
COMMENT ON FUNCTION public.list_reached_milestones(p_user_id uuid) IS 'The milestones whose rule a user meets now, recorded or not; times of day are those of Lagos and count manual contributions.';

-- FUNCTION public.list_streaks(uuid)
CREATE FUNCTION public.list_streaks(p_user_id uuid) RETURNS TABLE(plan_id uuid, first_day date, last_day date, days integer)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT run.plan_id, min(run.day), max(run.day), count(*)::integer
  FROM (
    SELECT plan_day.plan_id, plan_day.day,
      plan_day.day - row_number() OVER (PARTITION BY plan_day.plan_id ORDER BY plan_day.day)::integer AS island
    FROM (
      SELECT list_contributions.plan_id, list_contributions.day FROM list_contributions(p_user_id)
      UNION
      SELECT NULL, list_contributions.day FROM list_contributions(p_user_id)
    ) AS plan_day
  ) AS run
  GROUP BY run.plan_id, run.island
$$;


ALTER FUNCTION public.list_streaks(p_user_id uuid) OWNER TO owner;

-- COMMENT public.FUNCTION list_streaks(p_user_id uuid)
COMMENT ON FUNCTION public.list_streaks(p_user_id uuid) IS 'Every run of days with a contribution, for each plan and, with plan_id null, for all plans together.';

-- FUNCTION public.lock_for_reversal(uuid, uuid, text[])
CREATE FUNCTION public.lock_for_reversal(p_user_id uuid, p_transaction_id uuid, p_types text[]) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_row transactions;
  v_reason text;
BEGIN
  -- The original's lock makes a second reversal wait, and then find the first.
  PERFORM FROM transactions WHERE user_id = p_user_id AND id = p_transaction_id FOR NO KEY UPDATE;
  v_row := get_own_transaction(p_user_id, p_transaction_id, NULL);
  IF v_row.status <> 'completed' THEN
    PERFORM refuse_transaction_status(v_row, 'completed');
  END IF;
  v_reason := CASE
    WHEN v_row.type <> ALL (p_types) THEN 'a ' || v_row.type || ' is corrected in another way'
    WHEN v_row.transfer_id <> v_row.id THEN 'the sender''s transaction reverses both sides'
    WHEN EXISTS (SELECT FROM transactions WHERE user_id = p_user_id AND reverses_id = p_transaction_id) THEN 'it is reversed already'
  END;
  IF v_reason IS NOT NULL THEN
    RAISE EXCEPTION 'transaction % cannot be reversed: %', p_transaction_id, v_reason
      USING ERRCODE = 'AV020',  -- not_reversible
        DETAIL = json_build_object('transaction_id', p_transaction_id, 'type', v_row.type, 'reason', v_reason)::text;
  END IF;
  RETURN v_row;
END $$;


ALTER FUNCTION public.lock_for_reversal(p_user_id uuid, p_transaction_id uuid, p_types text[]) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION lock_for_reversal(p_user_id uuid, p_transaction_id uuid, p_types text[])
COMMENT ON FUNCTION public.lock_for_reversal(p_user_id uuid, p_transaction_id uuid, p_types text[]) IS 'The completed transaction of one of these types, locked; AV016, AV017 or AV020 when it cannot be reversed.';

-- FUNCTION public.lock_group(uuid)
CREATE FUNCTION public.lock_group(p_group_id uuid) RETURNS public.ajo_groups
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group ajo_groups;
BEGIN
  SELECT * INTO v_group FROM ajo_groups WHERE id = p_group_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'group % does not exist', coalesce(p_group_id::text, 'NULL')
      USING ERRCODE = 'AV030',  -- group_not_found
        DETAIL = json_build_object('group_id', p_group_id)::text;
  END IF;
  RETURN v_group;
END $$;


ALTER FUNCTION public.lock_group(p_group_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION lock_group(p_group_id uuid)
COMMENT ON FUNCTION public.lock_group(p_group_id uuid) IS 'The group, locked until the transaction ends; AV030 if there is none.';

-- FUNCTION public.lock_member_wallets(uuid)
CREATE FUNCTION public.lock_member_wallets(p_group_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM FROM wallets
  WHERE user_id IN (SELECT user_id FROM group_members WHERE group_id = p_group_id)
  ORDER BY user_id
  FOR NO KEY UPDATE;
END $$;


ALTER FUNCTION public.lock_member_wallets(p_group_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION lock_member_wallets(p_group_id uuid)
COMMENT ON FUNCTION public.lock_member_wallets(p_group_id uuid) IS 'Locks the wallets of all members, by user_id.';

-- FUNCTION public.lock_my_invitation(uuid, uuid)
CREATE FUNCTION public.lock_my_invitation(p_user_id uuid, p_invitation_id uuid) RETURNS public.group_invitations
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_invitation group_invitations;
BEGIN
  PERFORM lock_group(group_id) FROM group_invitations WHERE id = p_invitation_id;
  SELECT group_invitations.* INTO v_invitation
  FROM group_invitations
  JOIN "user" ON "user".id = p_user_id
  WHERE group_invitations.id = p_invitation_id
    AND (
      group_invitations.invited_user_id = "user".id
      OR "user".phone_verified AND group_invitations.invited_phone = "user".phone_number
      OR "user".email_verified AND group_invitations.invited_email = "user".email
    )
  FOR NO KEY UPDATE OF group_invitations;
  IF NOT FOUND THEN
    PERFORM refuse_invitation(p_invitation_id);
  END IF;
  RETURN v_invitation;
END $$;


ALTER FUNCTION public.lock_my_invitation(p_user_id uuid, p_invitation_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION lock_my_invitation(p_user_id uuid, p_invitation_id uuid)
COMMENT ON FUNCTION public.lock_my_invitation(p_user_id uuid, p_invitation_id uuid) IS 'The invitation and its group, locked; AV037 unless it is addressed to the user.';

-- FUNCTION public.lock_own_group(uuid, uuid)
CREATE FUNCTION public.lock_own_group(p_user_id uuid, p_group_id uuid) RETURNS public.ajo_groups
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_group(p_group_id);
BEGIN
  IF v_group.organizer_id IS DISTINCT FROM p_user_id THEN
    RAISE EXCEPTION 'user % does not organize group %', coalesce(p_user_id::text, 'NULL'), p_group_id
      USING ERRCODE = 'AV031',  -- not_organizer
        DETAIL = json_build_object('group_id', p_group_id, 'user_id', p_user_id)::text;
  END IF;
  RETURN v_group;
END $$;


ALTER FUNCTION public.lock_own_group(p_user_id uuid, p_group_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION lock_own_group(p_user_id uuid, p_group_id uuid)
COMMENT ON FUNCTION public.lock_own_group(p_user_id uuid, p_group_id uuid) IS 'As lock_group(); AV031 unless the user is its organizer.';

-- FUNCTION public.lock_plan(uuid, uuid, text[])
CREATE FUNCTION public.lock_plan(p_user_id uuid, p_plan_id uuid, p_statuses text[]) RETURNS public.savings_plans
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_plan savings_plans;
BEGIN
  SELECT * INTO v_plan FROM savings_plans WHERE user_id = p_user_id AND id = p_plan_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % has no plan %', p_user_id, p_plan_id
      USING ERRCODE = 'AV010',  -- plan_not_found
        DETAIL = json_build_object('plan_id', p_plan_id)::text;
  END IF;
  IF v_plan.status <> ALL (p_statuses) THEN
    RAISE EXCEPTION 'plan % is %, not %', p_plan_id, v_plan.status, array_to_string(p_statuses, ' or ')
      USING ERRCODE = 'AV011',  -- plan_status_refused
        DETAIL = json_build_object(
          'plan_id', p_plan_id, 'status', v_plan.status, 'needed', array_to_string(p_statuses, ' or ')
        )::text;
  END IF;
  RETURN v_plan;
END $$;


ALTER FUNCTION public.lock_plan(p_user_id uuid, p_plan_id uuid, p_statuses text[]) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION lock_plan(p_user_id uuid, p_plan_id uuid, p_statuses text[])
COMMENT ON FUNCTION public.lock_plan(p_user_id uuid, p_plan_id uuid, p_statuses text[]) IS 'The user''s plan, locked; AV010 if there is none, another user''s included, AV011 in another state.';

-- FUNCTION public.make_partition(text, text, timestamp with time zone, timestamp with time zone)
CREATE FUNCTION public.make_partition(p_table text, p_partition text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
  v_columns CONSTANT text := (
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = quote_ident(p_table)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
  );
  v_rows bigint;
BEGIN
  EXECUTE format(
    'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)',
    p_partition, p_table
  );
  EXECUTE format(
    'INSERT INTO %1$I (%2$s) SELECT %2$s FROM %3$I WHERE created_at >= $1 AND created_at < $2',
    p_partition, v_columns, p_table || '_default'
  ) USING p_starts_at, p_ends_at;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  EXECUTE format('DELETE FROM %I WHERE created_at >= $1 AND created_at < $2', p_table || '_default')
  USING p_starts_at, p_ends_at;
  EXECUTE format(
    'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', p_table, p_partition,
    -- Not as the session writes times: before PostgreSQL 18 the IST of Kolkata is read back as that of Jerusalem.
    to_char(p_starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD 00:00:00+00'), to_char(p_ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD 00:00:00+00')
  );
  RETURN v_rows;
END $_$;


ALTER FUNCTION public.make_partition(p_table text, p_partition text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION make_partition(p_table text, p_partition text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone)
COMMENT ON FUNCTION public.make_partition(p_table text, p_partition text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) IS 'Makes one month of a table from the rows that wait for it in DEFAULT; returns how many.';

-- FUNCTION public.make_partitions(text, integer, timestamp with time zone)
CREATE FUNCTION public.make_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone) RETURNS TABLE(partition_name text, carried_rows bigint)
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_month record;
  v_append_only CONSTANT boolean := EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = quote_ident(p_table)::regclass AND tgname = p_table || '_refuse_change'
  );
  v_is_in_use CONSTANT boolean := has_waiting_rows(p_table, p_months_ahead, p_at) OR EXISTS (
    SELECT FROM missing_partitions(p_table, 0, p_at)
  );
  v_carried bigint := 0;
BEGIN
  -- The foreign keys of a new partition lock "user" anyway; first, as a transaction does that changes a user and is audited.
  LOCK TABLE "user" IN SHARE ROW EXCLUSIVE MODE;
  IF v_is_in_use THEN
    -- Whoever waited for DEFAULT alone would then put a row there that belongs to the new month, and fail.
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', p_table);
  ELSE
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', p_table || '_default');
    IF has_waiting_rows(p_table, p_months_ahead, p_at) THEN
      RAISE lock_not_available USING MESSAGE = 'a row came into DEFAULT in between';
    END IF;
  END IF;
  -- Nobody can reach DEFAULT before this transaction has ended, and by then the trigger is back.
  IF v_append_only THEN
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER %I', p_table || '_default', p_table || '_refuse_change');
  END IF;
  FOR v_month IN SELECT * FROM missing_partitions(p_table, p_months_ahead, p_at) LOOP
    partition_name := v_month.partition_name;
    carried_rows := make_partition(p_table, partition_name, v_month.starts_at, v_month.ends_at);
    v_carried := v_carried + carried_rows;
    -- Row triggers are inherited; a trigger for TRUNCATE is not.
    IF v_append_only THEN
      EXECUTE format(
        'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(%L)',
        partition_name || '_refuse_truncate', partition_name, p_table
      );
    END IF;
    RETURN NEXT;
  END LOOP;
  IF v_append_only THEN
    EXECUTE format('ALTER TABLE %I ENABLE TRIGGER %I', p_table || '_default', p_table || '_refuse_change');
  END IF;
  IF v_carried > 0 THEN
    INSERT INTO audit_log (user_id, action, resource, metadata)
    VALUES (audit_actor(), 'partitions.carry_over', p_table, jsonb_build_object('count', v_carried));
  END IF;
END $$;


ALTER FUNCTION public.make_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION make_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.make_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone) IS 'Makes the missing months of one table and empties DEFAULT into them.';

-- FUNCTION public.mark_all_notifications_read(uuid)
CREATE FUNCTION public.mark_all_notifications_read(p_user_id uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_count integer;
BEGIN
  UPDATE notifications SET read_at = now() WHERE user_id = p_user_id AND read_at IS NULL;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;


ALTER FUNCTION public.mark_all_notifications_read(p_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mark_all_notifications_read(p_user_id uuid)
COMMENT ON FUNCTION public.mark_all_notifications_read(p_user_id uuid) IS 'Marks every message of the user as read; returns how many were not.';

-- FUNCTION public.mark_group_defaults(uuid, uuid)
CREATE FUNCTION public.mark_group_defaults(p_user_id uuid, p_group_id uuid) RETURNS SETOF public.group_contributions
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM mark_group_defaults_at(p_user_id, p_group_id, now())
$$;


ALTER FUNCTION public.mark_group_defaults(p_user_id uuid, p_group_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mark_group_defaults(p_user_id uuid, p_group_id uuid)
COMMENT ON FUNCTION public.mark_group_defaults(p_user_id uuid, p_group_id uuid) IS 'Marks what is unpaid after the due date late, covers it by the group''s policy, else pauses the group; what is late or covered.';

-- FUNCTION public.mark_group_defaults_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.mark_group_defaults_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) RETURNS SETOF public.group_contributions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_late uuid[];
BEGIN
  PERFORM check_group_status(v_group, 'active', 'paused');
  WITH marked AS (
    UPDATE group_contributions SET status = 'late', late_at = p_at, updated_at = p_at
    WHERE group_id = p_group_id AND round = v_group.current_round AND status = 'pending' AND due_date < app_day(p_at)
    RETURNING member_id
  )
  UPDATE group_members SET missed_contributions = missed_contributions + 1, updated_at = p_at
  FROM marked
  WHERE group_members.id = marked.member_id;

  v_late := ARRAY(SELECT member_id FROM group_contributions WHERE group_id = p_group_id AND status = 'late');
  IF v_group.default_policy = 'cover_from_deposit' THEN
    PERFORM cover_from_deposits(v_group, v_late, p_at);
  ELSIF v_group.default_policy = 'organizer_covers' THEN
    PERFORM cover_by_organizer(v_group, v_late, p_at);
  END IF;
  UPDATE ajo_groups SET status = 'paused', updated_at = p_at
  WHERE id = p_group_id AND status = 'active'
    AND EXISTS (SELECT FROM group_contributions WHERE group_id = p_group_id AND status = 'late');
  PERFORM refresh_group_standing(p_group_id, p_at);

  RETURN QUERY
  SELECT group_contributions.*
  FROM group_contributions
  JOIN group_members ON group_members.id = group_contributions.member_id
  WHERE group_contributions.group_id = p_group_id AND group_contributions.round = v_group.current_round
    AND group_contributions.status IN ('late', 'covered')
  ORDER BY group_members.position;
END $$;


ALTER FUNCTION public.mark_group_defaults_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mark_group_defaults_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.mark_group_defaults_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) IS 'As mark_group_defaults(), at a given moment.';

-- FUNCTION public.mark_notification_failed(uuid, uuid, timestamp with time zone, text)
CREATE FUNCTION public.mark_notification_failed(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text) RETURNS text
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT mark_notification_failed_at(p_user_id, p_notification_id, p_created_at, p_reason, now())
$$;


ALTER FUNCTION public.mark_notification_failed(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mark_notification_failed(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text)
COMMENT ON FUNCTION public.mark_notification_failed(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text) IS 'The channel refused the message: pending again for a later attempt, or failed after the fifth; null if it was not pending.';

-- FUNCTION public.mark_notification_failed_at(uuid, uuid, timestamp with time zone, text, timestamp with time zone)
CREATE FUNCTION public.mark_notification_failed_at(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text, p_at timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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


ALTER FUNCTION public.mark_notification_failed_at(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mark_notification_failed_at(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.mark_notification_failed_at(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text, p_at timestamp with time zone) IS 'mark_notification_failed() at a given moment.';

-- FUNCTION public.mark_notification_read(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.mark_notification_read(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  UPDATE notifications SET read_at = coalesce(read_at, now())
  WHERE id = p_notification_id AND created_at = p_created_at AND user_id = p_user_id;
  RETURN FOUND;
END $$;


ALTER FUNCTION public.mark_notification_read(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mark_notification_read(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone)
COMMENT ON FUNCTION public.mark_notification_read(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) IS 'Marks one message of the user as read; the first time counts. False if there is none; created_at finds the partition.';

-- FUNCTION public.mark_notification_sent(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.mark_notification_sent(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  UPDATE notifications SET status = 'sent', sent_at = now()
  WHERE id = p_notification_id AND created_at = p_created_at AND user_id = p_user_id AND status = 'pending';
  RETURN FOUND;
END $$;


ALTER FUNCTION public.mark_notification_sent(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mark_notification_sent(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone)
COMMENT ON FUNCTION public.mark_notification_sent(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) IS 'The channel has taken the message; false if it was no longer pending.';

-- FUNCTION public.mature_plans(date, integer, integer)
CREATE FUNCTION public.mature_plans(p_day date, p_part integer DEFAULT 0, p_parts integer DEFAULT 1) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN mature_plans_at(p_day, p_part, p_parts, now());
END $$;


ALTER FUNCTION public.mature_plans(p_day date, p_part integer, p_parts integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mature_plans(p_day date, p_part integer, p_parts integer)
COMMENT ON FUNCTION public.mature_plans(p_day date, p_part integer, p_parts integer) IS 'Completes the open plans whose end was reached by this day; their number.';

-- FUNCTION public.mature_plans_at(date, integer, integer, timestamp with time zone)
CREATE FUNCTION public.mature_plans_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_low CONSTANT integer := lower(part_range(p_part, p_parts));
  v_high CONSTANT integer := upper(part_range(p_part, p_parts));
  v_count bigint;
BEGIN
  IF (p_day <= app_day(p_at)) IS NOT TRUE THEN
    RAISE EXCEPTION 'plans that end on % cannot mature before that day', p_day
      USING ERRCODE = 'AV026',  -- day_refused
        DETAIL = json_build_object('day', p_day, 'over_at', app_day_start(p_day))::text;
  END IF;
  UPDATE savings_plans SET status = 'completed', completed_at = p_at, version = version + 1, updated_at = p_at
  WHERE id IN (
    SELECT id FROM savings_plans
    WHERE end_date <= p_day AND status IN ('active', 'paused')
      AND user_part(user_id) >= v_low AND user_part(user_id) < v_high
    -- A plan that someone changes at this moment is taken by the next run: no job waits for another.
    FOR NO KEY UPDATE SKIP LOCKED
  );
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;


ALTER FUNCTION public.mature_plans_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mature_plans_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.mature_plans_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) IS 'mature_plans() at a given time.';

-- FUNCTION public.mint_reference(text, uuid, uuid)
CREATE FUNCTION public.mint_reference(p_prefix text, p_user_id uuid, p_id uuid) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((((p_prefix || '-'::text) || (p_user_id)::text) || '-'::text) || (p_id)::text);


ALTER FUNCTION public.mint_reference(p_prefix text, p_user_id uuid, p_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION mint_reference(p_prefix text, p_user_id uuid, p_id uuid)
COMMENT ON FUNCTION public.mint_reference(p_prefix text, p_user_id uuid, p_id uuid) IS 'A transaction''s unique reference: three letters, the owner''s id, the transaction''s id.';

-- FUNCTION public.missing_partitions(text, integer, timestamp with time zone)
CREATE FUNCTION public.missing_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone) RETURNS TABLE(partition_name text, starts_at timestamp with time zone, ends_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
  v_this_month CONSTANT timestamp := date_trunc('month', p_at AT TIME ZONE 'UTC');
BEGIN
  RETURN QUERY EXECUTE format(
    $query$
    SELECT name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
    FROM (
      SELECT month, %1$L || to_char(month, '_YYYY_MM') AS name
      FROM generate_series($1, $1 + make_interval(months => $2), interval '1 month') AS month
      UNION
      -- Past months that wait in DEFAULT because nobody called this in time.
      SELECT month, %1$L || to_char(month, '_YYYY_MM')
      FROM (SELECT DISTINCT date_trunc('month', created_at AT TIME ZONE 'UTC') AS month FROM %2$I) AS waiting
      WHERE month < $1
    ) AS wanted
    WHERE to_regclass(quote_ident(current_schema()) || '.' || quote_ident(name)) IS NULL
    ORDER BY month
    $query$,
    p_table, p_table || '_default'
  ) USING v_this_month, p_months_ahead;
END $_$;


ALTER FUNCTION public.missing_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION missing_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.missing_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone) IS 'The months for which a partitioned table has no partition: this one, those ahead, and past ones with rows in DEFAULT.';

-- FUNCTION public.move_balance(uuid, numeric, timestamp with time zone)
CREATE FUNCTION public.move_balance(p_account_id uuid, p_change numeric, p_at timestamp with time zone) RETURNS numeric
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_balance numeric;
BEGIN
  SELECT balance INTO v_balance FROM wallets WHERE account_id = p_account_id;
  IF NOT FOUND THEN
    SELECT current_amount INTO v_balance FROM savings_plans WHERE account_id = p_account_id;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  IF v_balance + p_change < 0 THEN
    RAISE EXCEPTION 'the account holds % and % is needed', v_balance, -p_change
      USING ERRCODE = 'AV001',  -- insufficient_funds
        DETAIL = json_build_object('needed', (-p_change)::text, 'available', v_balance::text)::text;
  END IF;
  UPDATE wallets SET balance = balance + p_change, updated_at = p_at WHERE account_id = p_account_id;
  UPDATE savings_plans SET current_amount = current_amount + p_change, updated_at = p_at WHERE account_id = p_account_id;
  RETURN v_balance + p_change;
END $$;


ALTER FUNCTION public.move_balance(p_account_id uuid, p_change numeric, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION move_balance(p_account_id uuid, p_change numeric, p_at timestamp with time zone)
COMMENT ON FUNCTION public.move_balance(p_account_id uuid, p_change numeric, p_at timestamp with time zone) IS 'Changes the balance of the wallet or plan with this account and returns it; NULL for an account without a balance row.';

-- FUNCTION public.next_occurrence(timestamp with time zone, text, timestamp with time zone)
CREATE FUNCTION public.next_occurrence(p_first timestamp with time zone, p_pattern text, p_after timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
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


ALTER FUNCTION public.next_occurrence(p_first timestamp with time zone, p_pattern text, p_after timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION next_occurrence(p_first timestamp with time zone, p_pattern text, p_after timestamp with time zone)
COMMENT ON FUNCTION public.next_occurrence(p_first timestamp with time zone, p_pattern text, p_after timestamp with time zone) IS 'The first moment after p_after that is a whole number of days, weeks or months after p_first, in Lagos time.';

-- FUNCTION public.notify_failed_auto_saves()
CREATE FUNCTION public.notify_failed_auto_saves() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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


ALTER FUNCTION public.notify_failed_auto_saves() OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION notify_failed_auto_saves()
COMMENT ON FUNCTION public.notify_failed_auto_saves() IS 'Trigger: a message for each refused auto-save of the statement.';

-- FUNCTION public.notify_late_contributions()
CREATE FUNCTION public.notify_late_contributions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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


ALTER FUNCTION public.notify_late_contributions() OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION notify_late_contributions()
COMMENT ON FUNCTION public.notify_late_contributions() IS 'Trigger: a message to each member for the contributions that the statement made late.';

-- FUNCTION public.open_current_round(uuid, timestamp with time zone)
CREATE FUNCTION public.open_current_round(p_group_id uuid, p_at timestamp with time zone) RETURNS public.ajo_rounds
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_round ajo_rounds;
  v_expected numeric;
BEGIN
  LOOP
    SELECT ajo_rounds.* INTO v_round
    FROM ajo_groups
    JOIN ajo_rounds ON ajo_rounds.group_id = ajo_groups.id AND ajo_rounds.round = ajo_groups.current_round
    WHERE ajo_groups.id = p_group_id;
    EXIT WHEN v_round.status IS DISTINCT FROM 'scheduled';

    WITH owed AS (
      INSERT INTO group_contributions (group_id, member_id, user_id, round, amount, currency, due_date, created_at, updated_at)
      SELECT ajo_groups.id, debtor.id, debtor.user_id, v_round.round, ajo_groups.contribution_amount, ajo_groups.currency,
        v_round.due_date, p_at, p_at
      FROM ajo_groups
      CROSS JOIN group_round_debtors(p_group_id, v_round.round) AS debtor
      WHERE ajo_groups.id = p_group_id
      RETURNING amount
    )
    SELECT coalesce(sum(amount), 0) INTO v_expected FROM owed;
    UPDATE ajo_rounds
    SET expected = v_expected, updated_at = p_at,
      status = CASE WHEN v_expected > 0 THEN 'open' ELSE 'skipped' END,
      opened_at = CASE WHEN v_expected > 0 THEN p_at END,
      closed_at = CASE WHEN v_expected = 0 THEN p_at END
    WHERE id = v_round.id
    RETURNING * INTO v_round;
    EXIT WHEN v_expected > 0;
    PERFORM advance_group(p_group_id, p_at);
  END LOOP;
  RETURN v_round;
END $$;


ALTER FUNCTION public.open_current_round(p_group_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION open_current_round(p_group_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.open_current_round(p_group_id uuid, p_at timestamp with time zone) IS 'Opens the current round if it is scheduled: what each member owes in it is written; the round.';

-- FUNCTION public.open_group_round(uuid, uuid)
CREATE FUNCTION public.open_group_round(p_user_id uuid, p_group_id uuid) RETURNS public.ajo_rounds
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
BEGIN
  PERFORM check_group_status(v_group, 'active', 'paused');
  RETURN open_current_round(p_group_id, now());
END $$;


ALTER FUNCTION public.open_group_round(p_user_id uuid, p_group_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION open_group_round(p_user_id uuid, p_group_id uuid)
COMMENT ON FUNCTION public.open_group_round(p_user_id uuid, p_group_id uuid) IS 'Opens the current round, so that members can pay ahead of its due date; an open one is left as it is.';

-- TABLE public.kyc_verification
CREATE TABLE public.kyc_verification (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    tier integer NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    first_name text,
    last_name text,
    date_of_birth date,
    address text,
    government_id_type text,
    government_id_number bytea,
    government_id_last_four text,
    government_id_hash bytea,
    government_id_image text,
    selfie_image text,
    verification_data jsonb,
    verified_by uuid,
    verified_at timestamp with time zone,
    rejection_reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT kyc_verification_address_length_check CHECK (((char_length(address) >= 1) AND (char_length(address) <= 500))),
    CONSTRAINT kyc_verification_date_of_birth_plausible_check CHECK ((date_of_birth >= '1900-01-01'::date)),
    CONSTRAINT kyc_verification_decider_decided_check CHECK (((verified_by IS NULL) OR (verified_at IS NOT NULL))),
    CONSTRAINT kyc_verification_decision_dated_check CHECK (((status = ANY (ARRAY['approved'::text, 'rejected'::text])) = (verified_at IS NOT NULL))),
    CONSTRAINT kyc_verification_first_name_length_check CHECK (((char_length(first_name) >= 1) AND (char_length(first_name) <= 100))),
    CONSTRAINT kyc_verification_government_id_hash_sha256_check CHECK ((octet_length(government_id_hash) = 32)),
    CONSTRAINT kyc_verification_government_id_last_four_shape_check CHECK ((government_id_last_four ~ '^[0-9A-Z]{4}$'::text)),
    CONSTRAINT kyc_verification_government_id_number_encrypted_check CHECK ((octet_length(government_id_number) > 28)),
    CONSTRAINT kyc_verification_government_id_type_values_check CHECK ((government_id_type = ANY (ARRAY['nin'::text, 'bvn'::text, 'passport'::text, 'drivers_license'::text, 'voters_card'::text]))),
    CONSTRAINT kyc_verification_government_id_whole_check CHECK ((num_nonnulls(government_id_type, government_id_number, government_id_last_four, government_id_hash) = ANY (ARRAY[0, 4]))),
    CONSTRAINT kyc_verification_last_name_length_check CHECK (((char_length(last_name) >= 1) AND (char_length(last_name) <= 100))),
    CONSTRAINT kyc_verification_not_by_oneself_check CHECK ((verified_by <> user_id)),
    CONSTRAINT kyc_verification_rejection_reason_length_check CHECK (((char_length(rejection_reason) >= 1) AND (char_length(rejection_reason) <= 500))),
    CONSTRAINT kyc_verification_rejection_reason_present_check CHECK (((status = 'rejected'::text) = (rejection_reason IS NOT NULL))),
    CONSTRAINT kyc_verification_status_values_check CHECK ((status = ANY (ARRAY['pending'::text, 'under_review'::text, 'approved'::text, 'rejected'::text]))),
    CONSTRAINT kyc_verification_tier_range_check CHECK (((tier >= 1) AND (tier <= 2))),
    CONSTRAINT kyc_verification_verification_data_object_check CHECK ((jsonb_typeof(verification_data) = 'object'::text))
);


ALTER TABLE public.kyc_verification OWNER TO owner;

-- COMMENT public.TABLE kyc_verification
COMMENT ON TABLE public.kyc_verification IS 'A request to rise to a KYC tier, with its proof and its decision.';

-- COMMENT public.COLUMN kyc_verification.id
COMMENT ON COLUMN public.kyc_verification.id IS 'UUID version 7.';

-- COMMENT public.COLUMN kyc_verification.user_id
COMMENT ON COLUMN public.kyc_verification.user_id IS 'Who asks.';

-- COMMENT public.COLUMN kyc_verification.tier
COMMENT ON COLUMN public.kyc_verification.tier IS 'The tier asked for: 1 basic, 2 full.';

-- COMMENT public.COLUMN kyc_verification.status
COMMENT ON COLUMN public.kyc_verification.status IS 'pending, under_review, approved, rejected; the last two are final.';

-- COMMENT public.COLUMN kyc_verification.first_name
COMMENT ON COLUMN public.kyc_verification.first_name IS 'First name as on the document.';

-- COMMENT public.COLUMN kyc_verification.last_name
COMMENT ON COLUMN public.kyc_verification.last_name IS 'Last name as on the document.';

-- COMMENT public.COLUMN kyc_verification.date_of_birth
COMMENT ON COLUMN public.kyc_verification.date_of_birth IS 'Date of birth as on the document.';

-- COMMENT public.COLUMN kyc_verification.address
COMMENT ON COLUMN public.kyc_verification.address IS 'Address of residence, at most 500 characters.';

-- COMMENT public.COLUMN kyc_verification.government_id_type
COMMENT ON COLUMN public.kyc_verification.government_id_type IS 'nin, bvn, passport, drivers_license or voters_card.';

-- COMMENT public.COLUMN kyc_verification.government_id_number
COMMENT ON COLUMN public.kyc_verification.government_id_number IS 'Number of the document, encrypted by the application; the key is not in the database.';

-- COMMENT public.COLUMN kyc_verification.government_id_last_four
COMMENT ON COLUMN public.kyc_verification.government_id_last_four IS 'Last four characters of the number, so that support can ask for them.';

-- COMMENT public.COLUMN kyc_verification.government_id_hash
COMMENT ON COLUMN public.kyc_verification.government_id_hash IS 'HMAC-SHA-256 of type and number with the application''s key: equal documents have equal hashes.';

-- COMMENT public.COLUMN kyc_verification.government_id_image
COMMENT ON COLUMN public.kyc_verification.government_id_image IS 'URL of the picture of the document.';

-- COMMENT public.COLUMN kyc_verification.selfie_image
COMMENT ON COLUMN public.kyc_verification.selfie_image IS 'URL of the picture of the person.';

-- COMMENT public.COLUMN kyc_verification.verification_data
COMMENT ON COLUMN public.kyc_verification.verification_data IS 'What the KYC provider returned, without the number; a JSON object.';

-- COMMENT public.COLUMN kyc_verification.verified_by
COMMENT ON COLUMN public.kyc_verification.verified_by IS 'Who decided; NULL while open, or when the provider decided.';

-- COMMENT public.COLUMN kyc_verification.verified_at
COMMENT ON COLUMN public.kyc_verification.verified_at IS 'When it was approved or rejected; NULL while open.';

-- COMMENT public.COLUMN kyc_verification.rejection_reason
COMMENT ON COLUMN public.kyc_verification.rejection_reason IS 'Why it was rejected; NULL otherwise.';

-- COMMENT public.COLUMN kyc_verification.created_at
COMMENT ON COLUMN public.kyc_verification.created_at IS 'When it was asked for.';

-- COMMENT public.COLUMN kyc_verification.updated_at
COMMENT ON COLUMN public.kyc_verification.updated_at IS 'When the row last changed.';

-- FUNCTION public.open_kyc_request(uuid, uuid, uuid, text)
CREATE FUNCTION public.open_kyc_request(p_user_id uuid, p_kyc_id uuid, p_decided_by uuid, p_permission text) RETURNS public.kyc_verification
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_request kyc_verification;
BEGIN
  PERFORM require_permission(p_decided_by, p_permission);
  IF p_decided_by = p_user_id THEN
    RAISE EXCEPTION 'nobody decides about their own KYC request'
      USING ERRCODE = 'AV063',  -- kyc_self_review
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  PERFORM FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE;
  SELECT * INTO v_request FROM kyc_verification WHERE id = p_kyc_id AND user_id = p_user_id FOR UPDATE;
  IF v_request.id IS NULL OR v_request.status NOT IN ('pending', 'under_review') THEN
    RAISE EXCEPTION 'user % has no open KYC request %', p_user_id, coalesce(p_kyc_id::text, 'without an id')
      USING ERRCODE = 'AV062',  -- kyc_request_not_open
        DETAIL = json_build_object('user_id', p_user_id, 'kyc_id', p_kyc_id, 'status', v_request.status)::text;
  END IF;
  RETURN v_request;
END $$;


ALTER FUNCTION public.open_kyc_request(p_user_id uuid, p_kyc_id uuid, p_decided_by uuid, p_permission text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION open_kyc_request(p_user_id uuid, p_kyc_id uuid, p_decided_by uuid, p_permission text)
COMMENT ON FUNCTION public.open_kyc_request(p_user_id uuid, p_kyc_id uuid, p_decided_by uuid, p_permission text) IS 'Locks user and request; refuses with AV082, AV063 or AV062 who may not decide or what is not open.';

-- FUNCTION public.open_ledger_account(text, text)
CREATE FUNCTION public.open_ledger_account(p_kind text, p_currency text) RETURNS uuid
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
  INSERT INTO ledger_accounts (kind, currency, normal_side)
  VALUES (
    p_kind, p_currency,
    CASE
      WHEN p_kind IN ('settlement', 'receivable', 'interest_expense', 'reward_expense') THEN 'debit' ELSE 'credit'
    END
  )
  RETURNING id
$$;


ALTER FUNCTION public.open_ledger_account(p_kind text, p_currency text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION open_ledger_account(p_kind text, p_currency text)
COMMENT ON FUNCTION public.open_ledger_account(p_kind text, p_currency text) IS 'A new account of this kind; its id goes into the account_id of its owner''s row.';

-- FUNCTION public.open_wallet(uuid, text)
CREATE FUNCTION public.open_wallet(p_user_id uuid, p_currency text DEFAULT 'NGN'::text) RETURNS public.wallets
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_wallet wallets;
BEGIN
  -- Two calls at once: the second waits here and finds the first one's wallet, and no account is opened in vain.
  PERFORM pg_advisory_xact_lock(hashtextextended('open_wallet ' || p_user_id, 0));
  SELECT * INTO v_wallet FROM wallets WHERE user_id = p_user_id;
  IF NOT FOUND THEN
    IF system_account('settlement', p_currency) IS NULL THEN
      RAISE EXCEPTION 'the house keeps no accounts in %', p_currency
        USING ERRCODE = 'AV005',  -- currency_mismatch
          DETAIL = json_build_object('expected', 'NGN', 'given', p_currency)::text;
    END IF;
    INSERT INTO wallets (user_id, account_id, currency)
    SELECT id, open_ledger_account('wallet', p_currency), p_currency FROM "user" WHERE id = p_user_id
    RETURNING * INTO v_wallet;
  END IF;
  IF v_wallet.id IS NULL THEN
    PERFORM check_user_acts(p_user_id);
  END IF;
  IF v_wallet.currency <> p_currency THEN
    RAISE EXCEPTION 'the wallet of user % is in %, not in %', p_user_id, v_wallet.currency, p_currency
      USING ERRCODE = 'AV005',  -- currency_mismatch
        DETAIL = json_build_object('expected', v_wallet.currency, 'given', p_currency)::text;
  END IF;
  RETURN v_wallet;
END $$;


ALTER FUNCTION public.open_wallet(p_user_id uuid, p_currency text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION open_wallet(p_user_id uuid, p_currency text)
COMMENT ON FUNCTION public.open_wallet(p_user_id uuid, p_currency text) IS 'The user''s wallet, opened if there is none.';

-- FUNCTION public.order_of_rotation(public.ajo_groups, bigint)
CREATE FUNCTION public.order_of_rotation(p_group public.ajo_groups, p_seed bigint) RETURNS uuid[]
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT array_agg(
    id ORDER BY
      CASE p_group.rotation_order WHEN 'manual' THEN position END,
      CASE p_group.rotation_order WHEN 'random' THEN sha256(convert_to(p_seed || ' ' || user_id, 'UTF8')) END,
      role DESC, joined_at, id  -- sequential: the organizer, then as they joined
  )
  FROM group_members
  WHERE group_id = p_group.id AND status NOT IN ('removed', 'left')
$$;


ALTER FUNCTION public.order_of_rotation(p_group public.ajo_groups, p_seed bigint) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION order_of_rotation(p_group public.ajo_groups, p_seed bigint)
COMMENT ON FUNCTION public.order_of_rotation(p_group public.ajo_groups, p_seed bigint) IS 'The members in the order in which they will be paid out.';

-- FUNCTION public.part_range(integer, integer)
CREATE FUNCTION public.part_range(p_part integer, p_parts integer) RETURNS int4range
    LANGUAGE plpgsql IMMUTABLE
    AS $$
BEGIN
  IF (p_parts BETWEEN 1 AND 256 AND p_part BETWEEN 0 AND p_parts - 1) IS NOT TRUE THEN
    RAISE EXCEPTION 'there is no part % of %', p_part, p_parts
      USING ERRCODE = '22023',  -- invalid_parameter_value
        HINT = 'Parts are counted from 0; there are 1 to 256.';
  END IF;
  RETURN int4range(256 * p_part / p_parts, 256 * (p_part + 1) / p_parts);
END $$;


ALTER FUNCTION public.part_range(p_part integer, p_parts integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION part_range(p_part integer, p_parts integer)
COMMENT ON FUNCTION public.part_range(p_part integer, p_parts integer) IS 'The values of user_part() that make up part p_part (from 0) of p_parts; together all, none twice.';

-- FUNCTION public.pause_plan(uuid, uuid, integer)
CREATE FUNCTION public.pause_plan(p_user_id uuid, p_plan_id uuid, p_version integer) RETURNS public.savings_plans
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN set_plan_status(p_user_id, p_plan_id, p_version, 'active', 'paused');
END $$;


ALTER FUNCTION public.pause_plan(p_user_id uuid, p_plan_id uuid, p_version integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION pause_plan(p_user_id uuid, p_plan_id uuid, p_version integer)
COMMENT ON FUNCTION public.pause_plan(p_user_id uuid, p_plan_id uuid, p_version integer) IS 'active → paused: no contribution and no auto-save; interest goes on.';

-- FUNCTION public.plan_balance_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamp with time zone) RETURNS numeric
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT account_balance_at(account_id, p_at) FROM savings_plans WHERE user_id = p_user_id AND id = p_plan_id
$$;


ALTER FUNCTION public.plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamp with time zone) IS 'Balance of the user''s plan just before a moment; NULL without that plan.';

-- FUNCTION public.plan_change(uuid, uuid, uuid)
CREATE FUNCTION public.plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid) RETURNS numeric
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT coalesce(sum(posting.amount), 0.00)
  FROM savings_plans
  JOIN ledger_postings AS posting ON posting.account_id = savings_plans.account_id
  WHERE savings_plans.user_id = p_user_id AND savings_plans.id = p_plan_id
    AND posting.user_id = p_user_id AND posting.transaction_id = p_transaction_id
$$;


ALTER FUNCTION public.plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid) OWNER TO owner;

-- COMMENT public.FUNCTION plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid)
COMMENT ON FUNCTION public.plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid) IS 'What a transaction put into a plan of its user, negative what it took out; 0.00 while nothing has moved.';

-- FUNCTION public.plan_penalty(public.savings_plans, numeric)
CREATE FUNCTION public.plan_penalty(p_plan public.savings_plans, p_amount numeric) RETURNS numeric
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  -- Reversals took parts away: the rest of their penalty is never more than the amount that is asked for now.
  SELECT least(
    greatest(early_withdrawal_penalty(p_amount + coalesce(sum(taken.amount), 0)) - coalesce(sum(taken.penalty_amount), 0), 0),
    p_amount
  )
  FROM transactions AS taken
  WHERE taken.user_id = p_plan.user_id AND taken.plan_id = p_plan.id AND taken.type = 'withdrawal' AND taken.status = 'completed'
    AND NOT EXISTS (
      SELECT FROM transactions AS reversal WHERE reversal.user_id = taken.user_id AND reversal.reverses_id = taken.id
    )
$$;


ALTER FUNCTION public.plan_penalty(p_plan public.savings_plans, p_amount numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION plan_penalty(p_plan public.savings_plans, p_amount numeric)
COMMENT ON FUNCTION public.plan_penalty(p_plan public.savings_plans, p_amount numeric) IS 'Naira: what withdrawing this amount early costs now, so that all early withdrawals of the plan together cost 5 % of their sum.';

-- FUNCTION public.plan_withdrawal_fee(numeric)
CREATE FUNCTION public.plan_withdrawal_fee(p_amount numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN LEAST((2000)::numeric, round((GREATEST((p_amount - (100000)::numeric), (0)::numeric) * 0.005), 2));


ALTER FUNCTION public.plan_withdrawal_fee(p_amount numeric) OWNER TO owner;

-- COMMENT public.FUNCTION plan_withdrawal_fee(p_amount numeric)
COMMENT ON FUNCTION public.plan_withdrawal_fee(p_amount numeric) IS 'Naira: 0.5 % of what exceeds 100,000, half up to the kobo, at most 2,000; no flat fee inside the house.';

-- FUNCTION public.post_auto_saves(date, integer, integer)
CREATE FUNCTION public.post_auto_saves(p_day date, p_part integer DEFAULT 0, p_parts integer DEFAULT 1) RETURNS TABLE(saved bigint, saved_amount numeric, refused bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN QUERY SELECT * FROM post_auto_saves_at(p_day, p_part, p_parts, now());
END $$;


ALTER FUNCTION public.post_auto_saves(p_day date, p_part integer, p_parts integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_auto_saves(p_day date, p_part integer, p_parts integer)
COMMENT ON FUNCTION public.post_auto_saves(p_day date, p_part integer, p_parts integer) IS 'Wallet → plan for every auto-save of the Lagos day that is due and was not tried, for part p_part (from 0) of p_parts.';

-- FUNCTION public.post_auto_saves_at(date, integer, integer, timestamp with time zone)
CREATE FUNCTION public.post_auto_saves_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) RETURNS TABLE(saved bigint, saved_amount numeric, refused bigint)
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_low CONSTANT integer := lower(part_range(p_part, p_parts));
  v_high CONSTANT integer := upper(part_range(p_part, p_parts));
  -- Due from its time of day on; later runs of the day catch up what an earlier one was too early for.
  v_time CONSTANT interval := (p_at AT TIME ZONE 'Africa/Lagos') - p_day::timestamp;
  v_users uuid[];
BEGIN
  IF (p_day BETWEEN app_day(p_at) - 7 AND app_day(p_at)) IS NOT TRUE THEN
    RAISE EXCEPTION 'the auto-saves of % are not due: only those of today and of the seven days before are', p_day
      USING ERRCODE = 'AV026',  -- day_refused
        DETAIL = json_build_object('day', p_day, 'today', app_day(p_at))::text;
  END IF;
  -- In the order of user_id, as every function takes wallets. A second run of this part waits here for the first one's end,
  -- and the next statement then sees its attempts. Only these users are touched: a plan that becomes due meanwhile waits for the
  -- next run, because its wallet is not locked.
  SELECT array_agg(locked.user_id) INTO v_users
  FROM (
    SELECT wallets.user_id FROM wallets
    WHERE wallets.user_id IN (
      SELECT savings_plans.user_id FROM savings_plans
      WHERE user_part(savings_plans.user_id) >= v_low AND user_part(savings_plans.user_id) < v_high
        AND savings_plans.auto_save_enabled AND savings_plans.status = 'active'
        AND savings_plans.start_date <= p_day AND savings_plans.end_date > p_day AND savings_plans.auto_save_time <= v_time
        AND (savings_plans.auto_save_from IS NULL OR savings_plans.auto_save_from <= p_day)
        -- A scalar subquery, not NOT EXISTS: it stays one look-up by the primary key. Statistics know nothing of a day that is
        -- being written, and a planner that expects one row of it may join by reading all of it for each plan.
        AND (
          SELECT tried.outcome FROM auto_save_attempts AS tried
          WHERE tried.user_id = savings_plans.user_id AND tried.plan_id = savings_plans.id AND tried.day = p_day
        ) IS NULL
    )
    ORDER BY wallets.user_id
    FOR NO KEY UPDATE
  ) AS locked;
  RETURN QUERY
  WITH due AS (
    SELECT savings_plans.user_id, savings_plans.id AS plan_id, wallets.account_id, wallets.balance, wallets.currency,
      least(savings_plans.daily_amount, savings_plans.target_amount - savings_plans.current_amount) AS amount,
      CASE
        WHEN owner.is_suspended OR NOT owner.is_active THEN 'user_inactive'
        WHEN NOT wallets.is_active THEN 'wallet_frozen'
        WHEN wallets.receivable_balance > 0 THEN 'debt_outstanding'
      END AS obstacle
    FROM unnest(v_users) AS locked (user_id)
    JOIN savings_plans ON savings_plans.user_id = locked.user_id
    JOIN wallets ON wallets.user_id = locked.user_id
    JOIN "user" AS owner ON owner.id = locked.user_id
    WHERE savings_plans.auto_save_enabled AND savings_plans.status = 'active'
      AND savings_plans.start_date <= p_day AND savings_plans.end_date > p_day AND savings_plans.auto_save_time <= v_time
      AND (savings_plans.auto_save_from IS NULL OR savings_plans.auto_save_from <= p_day)
      AND savings_plans.current_amount < savings_plans.target_amount
      AND (
        SELECT tried.outcome FROM auto_save_attempts AS tried
        WHERE tried.user_id = savings_plans.user_id AND tried.plan_id = savings_plans.id AND tried.day = p_day
      ) IS NULL
  ),
  -- Of several plans of a user the smallest amounts come first: that saves into the most plans, whatever order the rows have.
  judged AS MATERIALIZED (
    SELECT due.*, coalesce(
        due.obstacle,
        CASE
          WHEN sum(due.amount) OVER (PARTITION BY due.user_id ORDER BY due.amount, due.plan_id) > due.balance
          THEN 'insufficient_funds'
          ELSE 'saved'
        END
      ) AS outcome
    FROM due
  ),
  -- A plan that its owner pauses at this moment is left out here, before its wallet is touched.
  plan AS (
    UPDATE savings_plans
    SET current_amount = savings_plans.current_amount + judged.amount,
      total_contributions = savings_plans.total_contributions + 1,
      contribution_streak = CASE
        WHEN savings_plans.last_contribution_on >= p_day THEN savings_plans.contribution_streak
        WHEN savings_plans.last_contribution_on = p_day - 1 THEN savings_plans.contribution_streak + 1
        ELSE 1
      END,
      last_contribution_on = greatest(savings_plans.last_contribution_on, p_day),
      status = CASE
        WHEN savings_plans.current_amount + judged.amount >= savings_plans.target_amount THEN 'completed' ELSE 'active'
      END,
      completed_at = CASE WHEN savings_plans.current_amount + judged.amount >= savings_plans.target_amount THEN p_at END,
      updated_at = p_at
    FROM judged
    WHERE savings_plans.id = judged.plan_id AND judged.outcome = 'saved'
      AND savings_plans.status = 'active' AND savings_plans.auto_save_enabled
    RETURNING judged.user_id, judged.plan_id, judged.amount, judged.account_id AS debit_account_id, judged.balance,
      judged.currency, savings_plans.account_id, savings_plans.current_amount, app_uuid() AS id
  ),
  wallet AS (
    UPDATE wallets SET balance = wallets.balance - debit.amount, updated_at = p_at
    FROM (SELECT plan.user_id, sum(plan.amount) AS amount FROM plan GROUP BY plan.user_id) AS debit
    WHERE wallets.user_id = debit.user_id
  ),
  tried AS (
    INSERT INTO auto_save_attempts (user_id, plan_id, day, amount, outcome, created_at)
    SELECT plan.user_id, plan.plan_id, p_day, plan.amount, 'saved', p_at FROM plan
    UNION ALL
    SELECT judged.user_id, judged.plan_id, p_day, judged.amount, judged.outcome, p_at FROM judged WHERE judged.outcome <> 'saved'
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, plan_id, amount, currency, type, status, payment_source, reference, description, created_at,
      completed_at, updated_at
    )
    SELECT plan.id, plan.user_id, plan.plan_id, plan.amount, plan.currency, 'auto_save', 'completed', 'wallet',
      'ASV-' || plan.user_id || '-' || plan.plan_id || '-' || to_char(p_day, 'YYYYMMDD'), 'Auto-save', p_at, p_at, p_at
    FROM plan
    ORDER BY plan.user_id
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), plan.user_id, plan.id, plan.debit_account_id, plan.account_id, plan.amount,
      plan.balance - sum(plan.amount) OVER (PARTITION BY plan.user_id ORDER BY plan.amount, plan.plan_id),
      plan.current_amount, plan.currency
    FROM plan
    ORDER BY plan.user_id, plan.amount, plan.plan_id
  )
  SELECT count(*), coalesce(sum(plan.amount), 0),
    (SELECT count(*) FROM judged WHERE judged.outcome <> 'saved')
  FROM plan;
END $$;


ALTER FUNCTION public.post_auto_saves_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_auto_saves_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_auto_saves_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) IS 'post_auto_saves() at a given time.';

-- FUNCTION public.post_cashback_at(uuid, numeric, text, timestamp with time zone)
CREATE FUNCTION public.post_cashback_at(p_user_id uuid, p_amount numeric, p_description text, p_at timestamp with time zone) RETURNS uuid
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT post_wallet_credit(
    p_user_id, p_amount, system_account('reward_expense', (SELECT currency FROM wallets WHERE user_id = p_user_id)), 'refund',
    p_at, p_description
  )
$$;


ALTER FUNCTION public.post_cashback_at(p_user_id uuid, p_amount numeric, p_description text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_cashback_at(p_user_id uuid, p_amount numeric, p_description text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_cashback_at(p_user_id uuid, p_amount numeric, p_description text, p_at timestamp with time zone) IS 'Reward_expense → wallet, for a reward that its own function redeems once; the transaction''s id.';

-- FUNCTION public.post_chargeback(uuid, uuid, text)
CREATE FUNCTION public.post_chargeback(p_user_id uuid, p_transaction_id uuid, p_reason text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_chargeback_at(p_user_id, p_transaction_id, p_reason, now());
END $$;


ALTER FUNCTION public.post_chargeback(p_user_id uuid, p_transaction_id uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_chargeback(p_user_id uuid, p_transaction_id uuid, p_reason text)
COMMENT ON FUNCTION public.post_chargeback(p_user_id uuid, p_transaction_id uuid, p_reason text) IS 'The provider took a funding back: wallet → settlement; what the wallet cannot cover the user owes (receivable), and moves no money until it is repaid.';

-- FUNCTION public.post_chargeback_at(uuid, uuid, text, timestamp with time zone)
CREATE FUNCTION public.post_chargeback_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_original CONSTANT transactions := lock_for_reversal(p_user_id, p_transaction_id, ARRAY['wallet_funding']);
  v_id CONSTANT uuid := app_uuid();
  v_settlement CONSTANT uuid := system_account('settlement', v_original.currency);
  v_taken numeric;
  v_wallet wallets;
  v_row transactions;
BEGIN
  SELECT * INTO STRICT v_wallet FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  v_taken := least(v_wallet.balance, v_original.amount);
  UPDATE wallets
  SET balance = balance - v_taken, receivable_balance = receivable_balance + v_original.amount - v_taken, updated_at = p_at,
    receivable_account_id = CASE
      WHEN v_taken < v_original.amount
      THEN coalesce(receivable_account_id, open_ledger_account('receivable', v_original.currency))
      ELSE receivable_account_id
    END
  WHERE user_id = p_user_id
  RETURNING * INTO v_wallet;
  INSERT INTO transactions (
    id, user_id, amount, currency, type, status, payment_source, reference, description, reverses_id, created_at, completed_at,
    updated_at
  )
  VALUES (
    v_id, p_user_id, v_original.amount, v_original.currency, 'reversal', 'completed', 'system',
    mint_reference('CHB', p_user_id, v_id), p_reason, v_original.id, p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  IF v_taken > 0 THEN
    PERFORM post_entry(
      p_user_id, v_id, v_wallet.account_id, v_settlement, v_taken, v_original.currency, p_at, v_wallet.balance
    );
  END IF;
  IF v_taken < v_original.amount THEN
    PERFORM post_entry(
      p_user_id, v_id, v_wallet.receivable_account_id, v_settlement, v_original.amount - v_taken, v_original.currency, p_at,
      v_wallet.receivable_balance
    );
  END IF;
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_chargeback_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_chargeback_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_chargeback_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) IS 'post_chargeback() at a given time.';

-- FUNCTION public.post_contribution(uuid, uuid, numeric, text)
CREATE FUNCTION public.post_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text DEFAULT NULL::text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_contribution_at(p_user_id, p_plan_id, p_amount, p_idempotency_key, now());
END $$;


ALTER FUNCTION public.post_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text)
COMMENT ON FUNCTION public.post_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text) IS 'Wallet → plan, up to the target, within the tier''s single limit; completes the plan at its target.';

-- FUNCTION public.post_contribution_at(uuid, uuid, numeric, text, timestamp with time zone)
CREATE FUNCTION public.post_contribution_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_day CONSTANT date := app_day(p_at);
  v_first uuid;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'post_contribution', jsonb_build_array(p_plan_id, trim_scale(p_amount))::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  -- One statement: the rules stand in WHERE, where a row that another call has just changed is judged anew.
  WITH wallet AS (
    UPDATE wallets SET balance = wallets.balance - p_amount, updated_at = p_at
    FROM "user" AS owner, kyc_limits
    WHERE wallets.user_id = p_user_id AND wallets.is_active AND wallets.balance >= p_amount AND wallets.receivable_balance = 0
      AND owner.id = p_user_id AND owner.is_active AND NOT owner.is_suspended
      AND kyc_limits.tier = owner.kyc_tier AND p_amount <= kyc_limits.single_limit
    RETURNING wallets.account_id, wallets.balance, wallets.currency
  ),
  plan AS (
    UPDATE savings_plans
    SET current_amount = savings_plans.current_amount + p_amount,
      total_contributions = savings_plans.total_contributions + 1,
      -- The streak counts days: a second contribution of a day adds none, a day without one begins anew.
      contribution_streak = CASE v_day - savings_plans.last_contribution_on
        WHEN 0 THEN savings_plans.contribution_streak
        WHEN 1 THEN savings_plans.contribution_streak + 1
        ELSE 1
      END,
      last_contribution_on = v_day,
      status = CASE WHEN savings_plans.current_amount + p_amount = savings_plans.target_amount THEN 'completed' ELSE 'active' END,
      completed_at = CASE WHEN savings_plans.current_amount + p_amount = savings_plans.target_amount THEN p_at END,
      updated_at = p_at
    FROM wallet
    WHERE savings_plans.user_id = p_user_id AND savings_plans.id = p_plan_id AND savings_plans.status = 'active'
      AND savings_plans.current_amount + p_amount <= savings_plans.target_amount
    RETURNING savings_plans.account_id, savings_plans.current_amount
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, plan_id, amount, currency, type, status, payment_source, reference, description, created_at,
      completed_at, updated_at
    )
    SELECT v_id, p_user_id, p_plan_id, p_amount, wallet.currency, 'contribution', 'completed', 'wallet',
      mint_reference('CTB', p_user_id, v_id), 'Contribution', p_at, p_at, p_at
    FROM wallet, plan
    RETURNING *
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), p_user_id, v_id, wallet.account_id, plan.account_id, p_amount, wallet.balance, plan.current_amount,
      wallet.currency
    FROM wallet, plan
  )
  SELECT * INTO v_row FROM written;
  IF NOT FOUND THEN
    PERFORM refuse_contribution(p_user_id, p_plan_id, p_amount, p_at);
  END IF;
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_contribution_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_contribution_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_contribution_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone) IS 'post_contribution() at a given time.';

-- FUNCTION public.post_debt_repayment(uuid, numeric)
CREATE FUNCTION public.post_debt_repayment(p_user_id uuid, p_amount numeric) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_debt_repayment_at(p_user_id, p_amount, now());
END $$;


ALTER FUNCTION public.post_debt_repayment(p_user_id uuid, p_amount numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_debt_repayment(p_user_id uuid, p_amount numeric)
COMMENT ON FUNCTION public.post_debt_repayment(p_user_id uuid, p_amount numeric) IS 'Wallet → receivable: part or all of what is owed after a chargeback; a frozen wallet may pay too.';

-- FUNCTION public.post_debt_repayment_at(uuid, numeric, timestamp with time zone)
CREATE FUNCTION public.post_debt_repayment_at(p_user_id uuid, p_amount numeric, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_wallet wallets;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  SELECT * INTO v_wallet FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  IF v_wallet.receivable_balance < p_amount THEN
    RAISE EXCEPTION 'user % owes %, not %', p_user_id, v_wallet.receivable_balance, round(p_amount, 2)
      USING ERRCODE = 'AV027',  -- debt_exceeded
        DETAIL = json_build_object('owed', v_wallet.receivable_balance::text, 'needed', round(p_amount, 2)::text)::text;
  END IF;
  PERFORM move_balance(v_wallet.account_id, -p_amount, p_at);
  UPDATE wallets SET receivable_balance = receivable_balance - p_amount WHERE user_id = p_user_id RETURNING * INTO v_wallet;
  INSERT INTO transactions (
    id, user_id, amount, currency, type, status, payment_source, reference, description, created_at, completed_at, updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, v_wallet.currency, 'refund', 'completed', 'wallet', mint_reference('RPY', p_user_id, v_id),
    'Repayment after a chargeback', p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  PERFORM post_entry(
    p_user_id, v_id, v_wallet.account_id, v_wallet.receivable_account_id, p_amount, v_wallet.currency, p_at, v_wallet.balance,
    v_wallet.receivable_balance
  );
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_debt_repayment_at(p_user_id uuid, p_amount numeric, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_debt_repayment_at(p_user_id uuid, p_amount numeric, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_debt_repayment_at(p_user_id uuid, p_amount numeric, p_at timestamp with time zone) IS 'post_debt_repayment() at a given time.';

-- FUNCTION public.post_deposit(uuid, numeric, text, text, text)
CREATE FUNCTION public.post_deposit(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_deposit_at(p_user_id, p_amount, p_payment_source, p_provider, p_provider_reference, now());
END $$;


ALTER FUNCTION public.post_deposit(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_deposit(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text)
COMMENT ON FUNCTION public.post_deposit(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text) IS 'Money that arrived unannounced (a transfer to the user''s virtual account): settlement → wallet, once per provider reference.';

-- FUNCTION public.post_deposit_at(uuid, numeric, text, text, text, timestamp with time zone)
CREATE FUNCTION public.post_deposit_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  PERFORM check_funding_source(p_payment_source);
  -- Two without a name are two deposits: a repeated message would pay twice.
  IF num_nulls(p_provider, p_provider_reference) > 0 THEN
    RAISE EXCEPTION 'a deposit needs its provider and the provider''s reference'
      USING ERRCODE = '22023',  -- invalid_parameter_value
        HINT = 'For cash, name the till and its receipt.';
  END IF;
  WITH written AS (
    INSERT INTO transactions (
      id, user_id, amount, currency, type, status, payment_source, reference, description, provider, provider_reference,
      created_at, completed_at, updated_at
    )
    SELECT v_id, p_user_id, p_amount, wallets.currency, 'wallet_funding', 'completed', p_payment_source,
      mint_reference('DEP', p_user_id, v_id), 'Deposit', p_provider, p_provider_reference, p_at, p_at, p_at
    FROM wallets WHERE wallets.user_id = p_user_id
    ON CONFLICT DO NOTHING
    RETURNING *
  ),
  wallet AS (
    UPDATE wallets SET balance = wallets.balance + p_amount, updated_at = p_at
    FROM written
    WHERE wallets.user_id = p_user_id
    RETURNING wallets.account_id, wallets.balance, wallets.currency
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, credit_balance_after, currency
    )
    SELECT posting_time(p_at), p_user_id, v_id, settlement.id, wallet.account_id, p_amount, wallet.balance, wallet.currency
    FROM wallet, ledger_accounts AS settlement
    WHERE settlement.kind = 'settlement' AND settlement.currency = wallet.currency
  )
  SELECT written.* INTO v_row FROM written;
  IF FOUND THEN
    RETURN v_row;
  END IF;
  SELECT * INTO v_row FROM transactions WHERE provider = p_provider AND provider_reference = p_provider_reference;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  IF v_row.user_id <> p_user_id OR v_row.amount <> p_amount OR v_row.status <> 'completed' THEN
    RAISE EXCEPTION 'provider reference "%" belongs to another deposit', p_provider_reference
      USING ERRCODE = 'AV018',  -- idempotency_conflict
        DETAIL = json_build_object('key', p_provider_reference)::text;
  END IF;
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_deposit_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_deposit_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_deposit_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_at timestamp with time zone) IS 'post_deposit() at a given time.';

-- FUNCTION public.post_entry(uuid, uuid, uuid, uuid, numeric, text, timestamp with time zone, numeric, numeric)
CREATE FUNCTION public.post_entry(p_user_id uuid, p_transaction_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_currency text, p_at timestamp with time zone, p_debit_balance_after numeric DEFAULT NULL::numeric, p_credit_balance_after numeric DEFAULT NULL::numeric) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
  INSERT INTO ledger_entries (
    created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
    credit_balance_after, currency
  )
  VALUES (
    posting_time(p_at), p_user_id, p_transaction_id, p_debit_account_id, p_credit_account_id, p_amount, p_debit_balance_after,
    p_credit_balance_after, p_currency
  )
$$;


ALTER FUNCTION public.post_entry(p_user_id uuid, p_transaction_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_currency text, p_at timestamp with time zone, p_debit_balance_after numeric, p_credit_balance_after numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_entry(p_user_id uuid, p_transaction_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_currency text, p_at timestamp with time zone, p_debit_balance_after numeric, p_credit_balance_after numeric)
COMMENT ON FUNCTION public.post_entry(p_user_id uuid, p_transaction_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_currency text, p_at timestamp with time zone, p_debit_balance_after numeric, p_credit_balance_after numeric) IS 'One movement in the ledger, for a transaction that exists; the caller has moved the balances.';

-- FUNCTION public.post_from_plan(public.savings_plans, numeric, uuid, timestamp with time zone)
CREATE FUNCTION public.post_from_plan(p_plan public.savings_plans, p_amount numeric, p_id uuid, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_early CONSTANT boolean := p_plan.status <> 'completed' AND p_plan.end_date > app_day(p_at);
  v_penalty CONSTANT numeric := CASE WHEN v_early THEN plan_penalty(p_plan, p_amount) ELSE 0 END;
  v_fee CONSTANT numeric := plan_withdrawal_fee(p_amount);
  v_net CONSTANT numeric := p_amount - v_penalty - v_fee;
  v_left numeric := p_plan.current_amount;
  v_wallet wallets;
  v_row transactions;
BEGIN
  UPDATE savings_plans SET current_amount = current_amount - p_amount, updated_at = p_at WHERE id = p_plan.id;
  UPDATE wallets SET balance = balance + v_net, updated_at = p_at WHERE user_id = p_plan.user_id
  RETURNING * INTO STRICT v_wallet;
  INSERT INTO transactions (
    id, user_id, plan_id, amount, fee_amount, penalty_amount, currency, type, status, payment_source, reference, description,
    created_at, completed_at, updated_at
  )
  VALUES (
    p_id, p_plan.user_id, p_plan.id, p_amount, v_fee, v_penalty, p_plan.currency, 'withdrawal', 'completed', 'wallet',
    mint_reference('PWD', p_plan.user_id, p_id), 'Withdrawal from plan', p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  v_left := v_left - v_net;
  -- The kobo that completes a penalty may be all there is.
  IF v_net > 0 THEN
    PERFORM post_entry(
      p_plan.user_id, p_id, p_plan.account_id, v_wallet.account_id, v_net, p_plan.currency, p_at, v_left, v_wallet.balance
    );
  END IF;
  IF v_penalty > 0 THEN
    v_left := v_left - v_penalty;
    PERFORM post_entry(
      p_plan.user_id, p_id, p_plan.account_id, system_account('penalty_income', p_plan.currency), v_penalty,
      p_plan.currency, p_at, v_left
    );
  END IF;
  IF v_fee > 0 THEN
    v_left := v_left - v_fee;
    PERFORM post_entry(
      p_plan.user_id, p_id, p_plan.account_id, system_account('fee_income', p_plan.currency), v_fee, p_plan.currency, p_at,
      v_left
    );
  END IF;
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_from_plan(p_plan public.savings_plans, p_amount numeric, p_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_from_plan(p_plan public.savings_plans, p_amount numeric, p_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_from_plan(p_plan public.savings_plans, p_amount numeric, p_id uuid, p_at timestamp with time zone) IS 'Plan → wallet, less penalty → penalty_income when early, less fee → fee_income.';

-- FUNCTION public.post_funding(uuid, uuid)
CREATE FUNCTION public.post_funding(p_user_id uuid, p_transaction_id uuid) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_funding_at(p_user_id, p_transaction_id, now());
END $$;


ALTER FUNCTION public.post_funding(p_user_id uuid, p_transaction_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_funding(p_user_id uuid, p_transaction_id uuid)
COMMENT ON FUNCTION public.post_funding(p_user_id uuid, p_transaction_id uuid) IS 'Completes a pending funding: settlement → wallet. Repeated, it returns the same row and posts nothing.';

-- FUNCTION public.post_funding_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.post_funding_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_row transactions;
BEGIN
  WITH done AS (
    UPDATE transactions SET status = 'completed', completed_at = p_at, updated_at = p_at
    WHERE user_id = p_user_id AND id = p_transaction_id AND type = 'wallet_funding' AND status = 'pending'
    RETURNING *
  ),
  wallet AS (
    UPDATE wallets SET balance = wallets.balance + done.amount, updated_at = p_at
    FROM done
    WHERE wallets.user_id = p_user_id
    RETURNING wallets.account_id, wallets.balance
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, credit_balance_after, currency
    )
    SELECT posting_time(p_at), p_user_id, p_transaction_id, settlement.id, wallet.account_id, done.amount, wallet.balance, done.currency
    FROM done, wallet, ledger_accounts AS settlement
    WHERE settlement.kind = 'settlement' AND settlement.currency = done.currency
  )
  SELECT done.* INTO v_row FROM done, wallet;
  IF NOT FOUND THEN
    v_row := get_own_transaction(p_user_id, p_transaction_id, 'wallet_funding');
    IF v_row.status <> 'completed' THEN
      PERFORM refuse_transaction_status(v_row, 'pending');
    END IF;
  END IF;
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_funding_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_funding_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_funding_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone) IS 'post_funding() at a given time.';

-- FUNCTION public.post_interests(integer, integer)
CREATE FUNCTION public.post_interests(p_part integer DEFAULT 0, p_parts integer DEFAULT 1) RETURNS TABLE(paid bigint, paid_amount numeric)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN QUERY SELECT * FROM post_interests_at(p_part, p_parts, now());
END $$;


ALTER FUNCTION public.post_interests(p_part integer, p_parts integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_interests(p_part integer, p_parts integer)
COMMENT ON FUNCTION public.post_interests(p_part integer, p_parts integer) IS 'Interest_expense → plan for completed plans: all accrued and not yet posted, rounded down to the kobo; run it after accrue_interest().';

-- FUNCTION public.post_interests_at(integer, integer, timestamp with time zone)
CREATE FUNCTION public.post_interests_at(p_part integer, p_parts integer, p_at timestamp with time zone) RETURNS TABLE(paid bigint, paid_amount numeric)
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_low CONSTANT integer := lower(part_range(p_part, p_parts));
  v_high CONSTANT integer := upper(part_range(p_part, p_parts));
  v_ids uuid[];
BEGIN
  -- No day from its completion on counts, so what they earned is all accrued by now.
  SELECT array_agg(locked.id) INTO v_ids
  FROM (
    SELECT savings_plans.id FROM savings_plans
    WHERE savings_plans.status = 'completed' AND savings_plans.interest_rate > 0 AND savings_plans.interest_posted_at IS NULL
      AND user_part(savings_plans.user_id) >= v_low AND user_part(savings_plans.user_id) < v_high
    ORDER BY savings_plans.id
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS locked;
  RETURN QUERY
  WITH earned AS MATERIALIZED (
    SELECT savings_plans.id AS plan_id, savings_plans.user_id, app_uuid() AS id,
      floor((accrued.total - coalesce(paid.total, 0)) * 100) / 100 AS amount
    FROM savings_plans
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(interest_accruals.amount), 0) AS total FROM interest_accruals
      WHERE interest_accruals.user_id = savings_plans.user_id AND interest_accruals.plan_id = savings_plans.id
    ) AS accrued
    CROSS JOIN LATERAL (
      SELECT sum(transactions.amount) AS total FROM transactions
      WHERE transactions.user_id = savings_plans.user_id AND transactions.plan_id = savings_plans.id
        AND transactions.type = 'interest' AND transactions.status = 'completed'
    ) AS paid
    WHERE savings_plans.id = ANY (v_ids)
  ),
  plan AS (
    UPDATE savings_plans
    SET current_amount = savings_plans.current_amount + greatest(earned.amount, 0), interest_posted_at = p_at, updated_at = p_at
    FROM earned
    WHERE savings_plans.id = earned.plan_id
    RETURNING earned.id, earned.plan_id, earned.user_id, earned.amount, savings_plans.account_id, savings_plans.currency,
      savings_plans.current_amount
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, plan_id, amount, currency, type, status, payment_source, reference, description, created_at,
      completed_at, updated_at
    )
    SELECT plan.id, plan.user_id, plan.plan_id, plan.amount, plan.currency, 'interest', 'completed', 'system',
      mint_reference('INT', plan.user_id, plan.id), 'Interest', p_at, p_at, p_at
    FROM plan
    WHERE plan.amount > 0
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, credit_balance_after, currency
    )
    SELECT posting_time(p_at), plan.user_id, plan.id, expense.id, plan.account_id, plan.amount, plan.current_amount, plan.currency
    FROM plan
    JOIN ledger_accounts AS expense ON expense.kind = 'interest_expense' AND expense.currency = plan.currency
    WHERE plan.amount > 0
  )
  SELECT count(*), coalesce(sum(plan.amount), 0) FROM plan WHERE plan.amount > 0;
END $$;


ALTER FUNCTION public.post_interests_at(p_part integer, p_parts integer, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_interests_at(p_part integer, p_parts integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_interests_at(p_part integer, p_parts integer, p_at timestamp with time zone) IS 'post_interests() at a given time.';

-- FUNCTION public.post_movement(uuid, uuid, uuid, numeric, text, timestamp with time zone, text, text, jsonb, numeric, numeric)
CREATE FUNCTION public.post_movement(p_user_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_type text, p_at timestamp with time zone, p_description text DEFAULT NULL::text, p_currency text DEFAULT 'NGN'::text, p_metadata jsonb DEFAULT NULL::jsonb, p_debit_balance_after numeric DEFAULT NULL::numeric, p_credit_balance_after numeric DEFAULT NULL::numeric) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  INSERT INTO transactions (
    id, user_id, amount, currency, type, status, payment_source, reference, description, metadata, created_at, completed_at,
    updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, p_currency, p_type, 'completed', 'system', mint_reference('MOV', p_user_id, v_id),
    p_description, p_metadata, p_at, p_at, p_at
  );
  PERFORM post_entry(
    p_user_id, v_id, p_debit_account_id, p_credit_account_id, p_amount, p_currency, p_at, p_debit_balance_after,
    p_credit_balance_after
  );
  RETURN v_id;
END $$;


ALTER FUNCTION public.post_movement(p_user_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_type text, p_at timestamp with time zone, p_description text, p_currency text, p_metadata jsonb, p_debit_balance_after numeric, p_credit_balance_after numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_movement(p_user_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_type text, p_at timestamp with time zone, p_description text, p_currency text, p_metadata jsonb, p_debit_balance_after numeric, p_credit_balance_after numeric)
COMMENT ON FUNCTION public.post_movement(p_user_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_type text, p_at timestamp with time zone, p_description text, p_currency text, p_metadata jsonb, p_debit_balance_after numeric, p_credit_balance_after numeric) IS 'A completed transaction and its movement between two accounts of which neither is a wallet; the transaction''s id.';

-- FUNCTION public.post_opening_balance(uuid, numeric, timestamp with time zone)
CREATE FUNCTION public.post_opening_balance(p_user_id uuid, p_amount numeric, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_wallet wallets;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  SELECT * INTO v_wallet FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  SELECT * INTO v_row FROM transactions WHERE user_id = p_user_id AND type = 'opening_balance';
  IF FOUND THEN
    RETURN v_row;
  END IF;
  UPDATE wallets SET balance = balance + p_amount, updated_at = p_at WHERE user_id = p_user_id RETURNING * INTO v_wallet;
  INSERT INTO transactions (
    id, user_id, amount, currency, type, status, payment_source, reference, description, created_at, completed_at, updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, v_wallet.currency, 'opening_balance', 'completed', 'system', 'OPN-' || p_user_id,
    'Opening balance', p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  PERFORM post_entry(
    p_user_id, v_id, system_account('opening_equity', v_wallet.currency), v_wallet.account_id, p_amount, v_wallet.currency,
    p_at, NULL, v_wallet.balance
  );
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_opening_balance(p_user_id uuid, p_amount numeric, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_opening_balance(p_user_id uuid, p_amount numeric, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_opening_balance(p_user_id uuid, p_amount numeric, p_at timestamp with time zone) IS 'Opening_equity → wallet, once a user: a second call returns the first one''s transaction.';

-- FUNCTION public.post_opposite(public.transactions, text, timestamp with time zone)
CREATE FUNCTION public.post_opposite(p_original public.transactions, p_reason text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_entry ledger_entries;
  v_row transactions;
BEGIN
  INSERT INTO transactions (
    id, user_id, plan_id, amount, currency, type, status, payment_source, reference, description, reverses_id, transfer_id,
    counterparty_id, created_at, completed_at, updated_at
  )
  VALUES (
    v_id, p_original.user_id, p_original.plan_id, p_original.amount, p_original.currency, 'reversal', 'completed', 'system',
    mint_reference('REV', p_original.user_id, v_id), p_reason, p_original.id, p_original.transfer_id,
    p_original.counterparty_id, p_at, p_at, p_at
  )
  RETURNING * INTO v_row;
  FOR v_entry IN
    SELECT * FROM ledger_entries WHERE user_id = p_original.user_id AND transaction_id = p_original.id ORDER BY id DESC
  LOOP
    PERFORM post_entry(
      p_original.user_id, v_id, v_entry.credit_account_id, v_entry.debit_account_id, v_entry.amount, v_entry.currency, p_at,
      move_balance(v_entry.credit_account_id, -v_entry.amount, p_at),
      move_balance(v_entry.debit_account_id, v_entry.amount, p_at)
    );
  END LOOP;
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_opposite(p_original public.transactions, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_opposite(p_original public.transactions, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_opposite(p_original public.transactions, p_reason text, p_at timestamp with time zone) IS 'A reversal of one transaction: each of its movements the other way round, the last one first.';

-- FUNCTION public.post_plan_cancellation(uuid, uuid, integer)
CREATE FUNCTION public.post_plan_cancellation(p_user_id uuid, p_plan_id uuid, p_version integer) RETURNS public.savings_plans
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_plan_cancellation_at(p_user_id, p_plan_id, p_version, now());
END $$;


ALTER FUNCTION public.post_plan_cancellation(p_user_id uuid, p_plan_id uuid, p_version integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_plan_cancellation(p_user_id uuid, p_plan_id uuid, p_version integer)
COMMENT ON FUNCTION public.post_plan_cancellation(p_user_id uuid, p_plan_id uuid, p_version integer) IS 'Cancels an open plan: all of it goes back to the wallet as an early withdrawal; interest not yet posted is forfeited.';

-- FUNCTION public.post_plan_cancellation_at(uuid, uuid, integer, timestamp with time zone)
CREATE FUNCTION public.post_plan_cancellation_at(p_user_id uuid, p_plan_id uuid, p_version integer, p_at timestamp with time zone) RETURNS public.savings_plans
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_plan savings_plans;
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  v_plan := lock_plan(p_user_id, p_plan_id, ARRAY['active', 'paused']);
  PERFORM check_plan_version(v_plan, p_version);
  IF v_plan.current_amount > 0 THEN
    PERFORM post_from_plan(v_plan, v_plan.current_amount, app_uuid(), p_at);
  END IF;
  UPDATE savings_plans SET status = 'cancelled', cancelled_at = p_at, version = version + 1, updated_at = p_at
  WHERE id = p_plan_id
  RETURNING * INTO v_plan;
  RETURN v_plan;
END $$;


ALTER FUNCTION public.post_plan_cancellation_at(p_user_id uuid, p_plan_id uuid, p_version integer, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_plan_cancellation_at(p_user_id uuid, p_plan_id uuid, p_version integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_plan_cancellation_at(p_user_id uuid, p_plan_id uuid, p_version integer, p_at timestamp with time zone) IS 'post_plan_cancellation() at a given time.';

-- FUNCTION public.post_plan_withdrawal(uuid, uuid, numeric, text)
CREATE FUNCTION public.post_plan_withdrawal(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text DEFAULT NULL::text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_plan_withdrawal_at(p_user_id, p_plan_id, p_amount, p_idempotency_key, now());
END $$;


ALTER FUNCTION public.post_plan_withdrawal(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_plan_withdrawal(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text)
COMMENT ON FUNCTION public.post_plan_withdrawal(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text) IS 'Takes an amount out of a plan into the wallet; before the plan''s end with a penalty, and leaving its minimum balance.';

-- FUNCTION public.post_plan_withdrawal_at(uuid, uuid, numeric, text, timestamp with time zone)
CREATE FUNCTION public.post_plan_withdrawal_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_first uuid;
  v_plan savings_plans;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'post_plan_withdrawal', jsonb_build_array(p_plan_id, trim_scale(p_amount))::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  PERFORM check_user_acts(p_user_id);
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  v_plan := lock_plan(p_user_id, p_plan_id, ARRAY['active', 'paused', 'completed']);
  IF v_plan.current_amount < p_amount THEN
    RAISE EXCEPTION 'plan % holds % and % is needed', p_plan_id, v_plan.current_amount, round(p_amount, 2)
      USING ERRCODE = 'AV001',  -- insufficient_funds
        DETAIL = json_build_object('needed', round(p_amount, 2)::text, 'available', v_plan.current_amount::text)::text;
  END IF;
  IF v_plan.status <> 'completed' AND v_plan.end_date > app_day(p_at)
    AND v_plan.current_amount - p_amount < v_plan.minimum_balance
  THEN
    RAISE EXCEPTION 'an early withdrawal must leave % in plan %', v_plan.minimum_balance, p_plan_id
      USING ERRCODE = 'AV024',  -- minimum_balance_kept
        DETAIL = json_build_object(
          'plan_id', p_plan_id, 'minimum', v_plan.minimum_balance::text,
          'remaining', (v_plan.current_amount - p_amount)::numeric(15, 2)::text
        )::text;
  END IF;
  RETURN post_from_plan(v_plan, p_amount, v_id, p_at);
END $$;


ALTER FUNCTION public.post_plan_withdrawal_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_plan_withdrawal_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_plan_withdrawal_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone) IS 'post_plan_withdrawal() at a given time.';

-- FUNCTION public.post_reversal(uuid, uuid, text)
CREATE FUNCTION public.post_reversal(p_user_id uuid, p_transaction_id uuid, p_reason text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_reversal_at(p_user_id, p_transaction_id, p_reason, now());
END $$;


ALTER FUNCTION public.post_reversal(p_user_id uuid, p_transaction_id uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_reversal(p_user_id uuid, p_transaction_id uuid, p_reason text)
COMMENT ON FUNCTION public.post_reversal(p_user_id uuid, p_transaction_id uuid, p_reason text) IS 'Undoes a contribution, auto-save, plan withdrawal, interest or (by its sender) a transfer, once; for staff, so a frozen wallet does not stop it.';

-- FUNCTION public.post_reversal_at(uuid, uuid, text, timestamp with time zone)
CREATE FUNCTION public.post_reversal_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_original CONSTANT transactions := lock_for_reversal(
    p_user_id, p_transaction_id, ARRAY['contribution', 'auto_save', 'withdrawal', 'interest', 'transfer']
  );
  v_other transactions;
BEGIN
  PERFORM FROM wallets WHERE user_id IN (p_user_id, v_original.counterparty_id) ORDER BY user_id FOR NO KEY UPDATE;
  IF v_original.type IN ('contribution', 'auto_save') THEN
    PERFORM uncount_contribution(v_original, p_at);
  ELSIF v_original.plan_id IS NOT NULL THEN
    PERFORM lock_plan(p_user_id, v_original.plan_id, ARRAY['active', 'paused', 'completed']);
  END IF;
  IF v_original.type = 'transfer' THEN
    -- Both sides were written with one time: it leads to the other row through the index of its user's history.
    SELECT * INTO STRICT v_other FROM transactions
    WHERE user_id = v_original.counterparty_id AND created_at = v_original.created_at AND transfer_id = v_original.id;
    PERFORM post_opposite(v_other, p_reason, p_at);
  END IF;
  RETURN post_opposite(v_original, p_reason, p_at);
END $$;


ALTER FUNCTION public.post_reversal_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_reversal_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_reversal_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) IS 'post_reversal() at a given time.';

-- FUNCTION public.post_scheduled_notifications(integer)
CREATE FUNCTION public.post_scheduled_notifications(p_limit integer DEFAULT 1000) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT post_scheduled_notifications_at(p_limit, now())
$$;


ALTER FUNCTION public.post_scheduled_notifications(p_limit integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_scheduled_notifications(p_limit integer)
COMMENT ON FUNCTION public.post_scheduled_notifications(p_limit integer) IS 'Makes messages of at most p_limit due plans and plans the recurring ones again; returns how many plans it took.';

-- FUNCTION public.post_scheduled_notifications_at(integer, timestamp with time zone)
CREATE FUNCTION public.post_scheduled_notifications_at(p_limit integer, p_at timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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


ALTER FUNCTION public.post_scheduled_notifications_at(p_limit integer, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_scheduled_notifications_at(p_limit integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_scheduled_notifications_at(p_limit integer, p_at timestamp with time zone) IS 'post_scheduled_notifications() at a given moment.';

-- FUNCTION public.post_transfer(uuid, uuid, numeric, text, text)
CREATE FUNCTION public.post_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text DEFAULT NULL::text, p_idempotency_key text DEFAULT NULL::text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_transfer_at(p_user_id, p_recipient_id, p_amount, p_description, p_idempotency_key, now());
END $$;


ALTER FUNCTION public.post_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text)
COMMENT ON FUNCTION public.post_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text) IS 'Wallet → transfer_clearing → the other''s wallet, within the sender''s limits; the sender''s transaction.';

-- FUNCTION public.post_transfer_at(uuid, uuid, numeric, text, text, timestamp with time zone)
CREATE FUNCTION public.post_transfer_at(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_incoming_id CONSTANT uuid := app_uuid();
  v_day CONSTANT timestamptz := app_day_start(app_day(p_at));
  v_day_end CONSTANT timestamptz := app_day_start(app_day(p_at) + 1);
  v_month CONSTANT timestamptz := app_day_start(date_trunc('month', app_day(p_at)::timestamp)::date);
  v_month_end CONSTANT timestamptz := app_day_start((date_trunc('month', app_day(p_at)::timestamp) + '1 month')::date);
  v_first uuid;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'post_transfer',
      jsonb_build_array(p_recipient_id, trim_scale(p_amount), p_description)::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  -- By user_id, whoever sends: two users who pay each other at once do not wait in a circle. In a statement of its own, so
  -- that the next one sees what other calls have committed while this one waited.
  PERFORM FROM wallets WHERE user_id IN (p_user_id, p_recipient_id) ORDER BY user_id FOR NO KEY UPDATE;
  WITH sent AS (
    SELECT coalesce(sum(amount), 0) AS this_month,
      coalesce(sum(amount) FILTER (WHERE created_at >= v_day AND created_at < v_day_end), 0) AS this_day
    FROM transactions
    WHERE user_id = p_user_id AND created_at >= v_month AND created_at < v_month_end
      AND status IN ('pending', 'completed')
      -- What breached_limit() counts, word for word: a refusal that it cannot name would be repeated for ever.
      AND (
        type = 'wallet_withdrawal'
        OR type = 'group_contribution' AND payment_source = 'wallet'
        OR type = 'transfer' AND transfer_id = id
      )
  ),
  -- Every rule stands here, the recipient's too: either all of it is written or nothing.
  sender AS (
    UPDATE wallets SET balance = wallets.balance - p_amount, updated_at = p_at
    FROM "user" AS owner, kyc_limits, sent, wallets AS target, "user" AS recipient
    WHERE wallets.user_id = p_user_id AND wallets.is_active AND wallets.balance >= p_amount AND wallets.receivable_balance = 0
      AND owner.id = p_user_id AND owner.is_active AND NOT owner.is_suspended
      AND kyc_limits.tier = owner.kyc_tier AND p_amount <= kyc_limits.single_limit
      AND sent.this_day + p_amount <= kyc_limits.daily_limit AND sent.this_month + p_amount <= kyc_limits.monthly_limit
      AND target.user_id = p_recipient_id AND target.user_id <> p_user_id AND target.is_active
      AND target.currency = wallets.currency
      AND recipient.id = p_recipient_id AND recipient.is_active AND NOT recipient.is_suspended
    RETURNING wallets.account_id, wallets.balance, wallets.currency
  ),
  receiver AS (
    UPDATE wallets SET balance = wallets.balance + p_amount, updated_at = p_at
    FROM sender
    WHERE wallets.user_id = p_recipient_id
    RETURNING wallets.account_id, wallets.balance
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, amount, currency, type, status, payment_source, reference, description, transfer_id, counterparty_id,
      created_at, completed_at, updated_at
    )
    SELECT side.id, side.user_id, p_amount, sender.currency, 'transfer', 'completed', 'wallet',
      mint_reference('TRF', side.user_id, side.id), p_description, v_id, side.other_id, p_at, p_at, p_at
    FROM sender, receiver,
      (VALUES (v_id, p_user_id, p_recipient_id), (v_incoming_id, p_recipient_id, p_user_id)) AS side (id, user_id, other_id)
    RETURNING *
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), side.user_id, side.id, side.debit_account_id, side.credit_account_id, p_amount, side.debit_balance_after,
      side.credit_balance_after, sender.currency
    FROM sender, receiver, ledger_accounts AS clearing,
      LATERAL (
        VALUES
          (p_user_id, v_id, sender.account_id, clearing.id, sender.balance::numeric, NULL::numeric),
          (p_recipient_id, v_incoming_id, clearing.id, receiver.account_id, NULL, receiver.balance)
      ) AS side (user_id, id, debit_account_id, credit_account_id, debit_balance_after, credit_balance_after)
    WHERE clearing.kind = 'transfer_clearing' AND clearing.currency = sender.currency
  )
  SELECT written.* INTO v_row FROM written WHERE written.id = v_id;
  IF NOT FOUND THEN
    PERFORM refuse_transfer(p_user_id, p_recipient_id, p_amount, p_at);
  END IF;
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_transfer_at(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_transfer_at(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_transfer_at(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text, p_at timestamp with time zone) IS 'post_transfer() at a given time.';

-- FUNCTION public.post_wallet_credit(uuid, numeric, uuid, text, timestamp with time zone, text, numeric, jsonb, numeric)
CREATE FUNCTION public.post_wallet_credit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text DEFAULT NULL::text, p_fee_amount numeric DEFAULT 0, p_metadata jsonb DEFAULT NULL::jsonb, p_account_balance_after numeric DEFAULT NULL::numeric) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_wallet wallets;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_fee_amount <> 0 AND NOT is_money(p_fee_amount) THEN
    PERFORM refuse_amount(p_fee_amount);
  END IF;
  UPDATE wallets SET balance = balance + p_amount, updated_at = p_at WHERE user_id = p_user_id RETURNING * INTO v_wallet;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  INSERT INTO transactions (
    id, user_id, amount, fee_amount, currency, type, status, payment_source, reference, description, metadata, created_at,
    completed_at, updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount + p_fee_amount, p_fee_amount, v_wallet.currency, p_type, 'completed', 'system',
    mint_reference('CRE', p_user_id, v_id), p_description, p_metadata, p_at, p_at, p_at
  );
  IF p_fee_amount > 0 THEN
    PERFORM post_entry(
      p_user_id, v_id, p_account_id, system_account('fee_income', v_wallet.currency), p_fee_amount, v_wallet.currency, p_at,
      p_account_balance_after + p_amount
    );
  END IF;
  PERFORM post_entry(
    p_user_id, v_id, p_account_id, v_wallet.account_id, p_amount, v_wallet.currency, p_at, p_account_balance_after,
    v_wallet.balance
  );
  RETURN v_id;
END $$;


ALTER FUNCTION public.post_wallet_credit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_fee_amount numeric, p_metadata jsonb, p_account_balance_after numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_wallet_credit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_fee_amount numeric, p_metadata jsonb, p_account_balance_after numeric)
COMMENT ON FUNCTION public.post_wallet_credit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_fee_amount numeric, p_metadata jsonb, p_account_balance_after numeric) IS 'Credits one wallet with p_amount from an account, which gives p_fee_amount to fee_income on top; the transaction''s id.';

-- FUNCTION public.post_wallet_credits(uuid[], numeric[], uuid[], text, timestamp with time zone, text, jsonb, numeric[])
CREATE FUNCTION public.post_wallet_credits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text DEFAULT NULL::text, p_metadata jsonb DEFAULT NULL::jsonb, p_account_balances_after numeric[] DEFAULT NULL::numeric[]) RETURNS TABLE(user_id uuid, transaction_id uuid)
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
  PERFORM check_many(p_user_ids, p_amounts, p_account_ids);
  PERFORM FROM wallets WHERE wallets.user_id = ANY (p_user_ids) ORDER BY wallets.user_id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT asked.*, app_uuid() AS id
    FROM unnest(p_user_ids, p_amounts, p_account_ids, p_account_balances_after) AS asked (user_id, amount, account_id, after)
  ),
  moved AS (
    UPDATE wallets
    SET balance = wallets.balance + asked.amount, updated_at = p_at
    FROM asked
    WHERE wallets.user_id = asked.user_id
    RETURNING wallets.user_id, asked.id, asked.amount, asked.account_id AS debit_account_id, asked.after,
      wallets.account_id, wallets.balance, wallets.currency
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, amount, currency, type, status, payment_source, reference, description, metadata, created_at,
      completed_at, updated_at
    )
    SELECT moved.id, moved.user_id, moved.amount, moved.currency, p_type, 'completed', 'system',
      mint_reference('CRE', moved.user_id, moved.id), p_description, p_metadata, p_at, p_at, p_at
    FROM moved
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), moved.user_id, moved.id, moved.debit_account_id, moved.account_id, moved.amount, moved.after,
      moved.balance, moved.currency
    FROM moved
  )
  SELECT moved.user_id, moved.id FROM moved ORDER BY moved.user_id;
END $$;


ALTER FUNCTION public.post_wallet_credits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[]) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_wallet_credits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[])
COMMENT ON FUNCTION public.post_wallet_credits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[]) IS 'Credits many wallets, one transaction and movement each, in one statement; frozen wallets too: what comes back arrives.';

-- FUNCTION public.post_wallet_debit(uuid, numeric, uuid, text, timestamp with time zone, text, jsonb, numeric)
CREATE FUNCTION public.post_wallet_debit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text DEFAULT NULL::text, p_metadata jsonb DEFAULT NULL::jsonb, p_account_balance_after numeric DEFAULT NULL::numeric) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_result record;
BEGIN
  SELECT * INTO v_result FROM post_wallet_debits(
    ARRAY[p_user_id], ARRAY[p_amount], ARRAY[p_account_id], p_type, p_at, p_description, p_metadata,
    ARRAY[p_account_balance_after]
  );
  IF v_result.outcome <> 'posted' THEN
    PERFORM check_wallet_debit(p_user_id, p_amount);
    PERFORM check_limits(p_user_id, p_type, p_amount, p_at);
    -- Never NULL: the caller would book what nobody paid.
    PERFORM refuse_race();
  END IF;
  RETURN v_result.transaction_id;
END $$;


ALTER FUNCTION public.post_wallet_debit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balance_after numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_wallet_debit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balance_after numeric)
COMMENT ON FUNCTION public.post_wallet_debit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balance_after numeric) IS 'Debits one wallet in favour of an account; the transaction''s id. Raises what check_wallet_debit and check_limits raise.';

-- FUNCTION public.post_wallet_debits(uuid[], numeric[], uuid[], text, timestamp with time zone, text, jsonb, numeric[])
CREATE FUNCTION public.post_wallet_debits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text DEFAULT NULL::text, p_metadata jsonb DEFAULT NULL::jsonb, p_account_balances_after numeric[] DEFAULT NULL::numeric[]) RETURNS TABLE(user_id uuid, transaction_id uuid, outcome text)
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
  PERFORM check_many(p_user_ids, p_amounts, p_account_ids);
  PERFORM FROM wallets WHERE wallets.user_id = ANY (p_user_ids) ORDER BY wallets.user_id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH asked AS (
    SELECT * FROM unnest(p_user_ids, p_amounts, p_account_ids, p_account_balances_after) AS asked (user_id, amount, account_id, after)
  ),
  judged AS MATERIALIZED (
    SELECT asked.*, app_uuid() AS id,
      CASE
        WHEN wallets.user_id IS NULL THEN 'wallet_not_found'
        WHEN "user".is_suspended OR NOT "user".is_active THEN 'user_inactive'
        WHEN NOT wallets.is_active THEN 'wallet_frozen'
        WHEN wallets.receivable_balance > 0 THEN 'debt_outstanding'
        WHEN wallets.balance < asked.amount THEN 'insufficient_funds'
        WHEN breached_limit(asked.user_id, p_type, asked.amount, p_at) IS NOT NULL THEN 'limit_exceeded'
        ELSE 'posted'
      END AS outcome
    FROM asked
    LEFT JOIN wallets ON wallets.user_id = asked.user_id
    LEFT JOIN "user" ON "user".id = asked.user_id
  ),
  moved AS (
    UPDATE wallets
    SET balance = wallets.balance - judged.amount, updated_at = p_at
    FROM judged
    WHERE wallets.user_id = judged.user_id AND judged.outcome = 'posted'
    RETURNING wallets.user_id, judged.id, judged.amount, judged.account_id AS credit_account_id, judged.after,
      wallets.account_id, wallets.balance, wallets.currency
  ),
  written AS (
    INSERT INTO transactions (
      id, user_id, amount, currency, type, status, payment_source, reference, description, metadata, created_at,
      completed_at, updated_at
    )
    SELECT moved.id, moved.user_id, moved.amount, moved.currency, p_type, 'completed', 'wallet',
      mint_reference('DEB', moved.user_id, moved.id), p_description, p_metadata, p_at, p_at, p_at
    FROM moved
  ),
  posted AS (
    INSERT INTO ledger_entries (
      created_at, user_id, transaction_id, debit_account_id, credit_account_id, amount, debit_balance_after,
      credit_balance_after, currency
    )
    SELECT posting_time(p_at), moved.user_id, moved.id, moved.account_id, moved.credit_account_id, moved.amount, moved.balance,
      moved.after, moved.currency
    FROM moved
  )
  SELECT judged.user_id, CASE WHEN judged.outcome = 'posted' THEN judged.id END, judged.outcome
  FROM judged
  ORDER BY judged.user_id;
END $$;


ALTER FUNCTION public.post_wallet_debits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[]) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_wallet_debits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[])
COMMENT ON FUNCTION public.post_wallet_debits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[]) IS 'Debits many wallets, one transaction and movement each, in one statement; per user the transaction, or why not.';

-- FUNCTION public.post_withdrawal_cancellation(uuid, uuid)
CREATE FUNCTION public.post_withdrawal_cancellation(p_user_id uuid, p_transaction_id uuid) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN undo_withdrawal(p_user_id, p_transaction_id, 'cancelled', NULL, now());
END $$;


ALTER FUNCTION public.post_withdrawal_cancellation(p_user_id uuid, p_transaction_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_withdrawal_cancellation(p_user_id uuid, p_transaction_id uuid)
COMMENT ON FUNCTION public.post_withdrawal_cancellation(p_user_id uuid, p_transaction_id uuid) IS 'The user changes their mind before it was sent: cancelled, amount and fee back to the wallet; AV025 afterwards.';

-- FUNCTION public.post_withdrawal_hold(uuid, numeric, uuid, text)
CREATE FUNCTION public.post_withdrawal_hold(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text DEFAULT NULL::text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_withdrawal_hold_at(p_user_id, p_amount, p_bank_account_id, p_idempotency_key, now());
END $$;


ALTER FUNCTION public.post_withdrawal_hold(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_withdrawal_hold(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text)
COMMENT ON FUNCTION public.post_withdrawal_hold(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text) IS 'Asks for a withdrawal of 100 to 1,000,000 within all limits: wallet → payout_clearing, and the fee → fee_income; pending.';

-- FUNCTION public.post_withdrawal_hold_at(uuid, numeric, uuid, text, timestamp with time zone)
CREATE FUNCTION public.post_withdrawal_hold_at(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := app_uuid();
  v_fee CONSTANT numeric := withdrawal_fee(p_amount);
  v_first uuid;
  v_wallet wallets;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'post_withdrawal_hold', jsonb_build_array(trim_scale(p_amount), p_bank_account_id)::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  PERFORM check_bounds(p_amount, 100, 1000000, 'a withdrawal');
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  PERFORM check_wallet_debit(p_user_id, 0);
  PERFORM check_bank_account(p_user_id, p_bank_account_id);
  PERFORM check_limits(p_user_id, 'wallet_withdrawal', p_amount, p_at);
  PERFORM check_wallet_debit(p_user_id, p_amount + v_fee);
  UPDATE wallets SET balance = balance - (p_amount + v_fee), updated_at = p_at WHERE user_id = p_user_id
  RETURNING * INTO v_wallet;
  INSERT INTO transactions (
    id, user_id, amount, fee_amount, currency, type, payment_source, reference, description, bank_account_id, created_at,
    updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, v_fee, v_wallet.currency, 'wallet_withdrawal', 'wallet',
    mint_reference('WDR', p_user_id, v_id), 'Withdrawal to bank', p_bank_account_id, p_at, p_at
  )
  RETURNING * INTO v_row;
  PERFORM post_entry(
    p_user_id, v_id, v_wallet.account_id, system_account('payout_clearing', v_wallet.currency), p_amount, v_wallet.currency,
    p_at, v_wallet.balance + v_fee
  );
  PERFORM post_entry(
    p_user_id, v_id, v_wallet.account_id, system_account('fee_income', v_wallet.currency), v_fee, v_wallet.currency, p_at,
    v_wallet.balance
  );
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_withdrawal_hold_at(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_withdrawal_hold_at(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_withdrawal_hold_at(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text, p_at timestamp with time zone) IS 'post_withdrawal_hold() at a given time.';

-- FUNCTION public.post_withdrawal_settlement(uuid, uuid)
CREATE FUNCTION public.post_withdrawal_settlement(p_user_id uuid, p_transaction_id uuid) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN post_withdrawal_settlement_at(p_user_id, p_transaction_id, now());
END $$;


ALTER FUNCTION public.post_withdrawal_settlement(p_user_id uuid, p_transaction_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_withdrawal_settlement(p_user_id uuid, p_transaction_id uuid)
COMMENT ON FUNCTION public.post_withdrawal_settlement(p_user_id uuid, p_transaction_id uuid) IS 'The bank has paid: payout_clearing → settlement, completed. Repeated, it returns the same row and posts nothing.';

-- FUNCTION public.post_withdrawal_settlement_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.post_withdrawal_settlement_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_row transactions;
BEGIN
  UPDATE transactions SET status = 'completed', completed_at = p_at, updated_at = p_at
  WHERE user_id = p_user_id AND id = p_transaction_id AND type = 'wallet_withdrawal' AND status = 'pending'
  RETURNING * INTO v_row;
  IF NOT FOUND THEN
    v_row := get_own_transaction(p_user_id, p_transaction_id, 'wallet_withdrawal');
    IF v_row.status <> 'completed' THEN
      PERFORM refuse_transaction_status(v_row, 'pending');
    END IF;
    RETURN v_row;
  END IF;
  PERFORM post_entry(
    p_user_id, v_row.id, system_account('payout_clearing', v_row.currency), system_account('settlement', v_row.currency),
    v_row.amount, v_row.currency, p_at
  );
  RETURN v_row;
END $$;


ALTER FUNCTION public.post_withdrawal_settlement_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_withdrawal_settlement_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.post_withdrawal_settlement_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone) IS 'post_withdrawal_settlement() at a given time.';

-- FUNCTION public.post_withdrawal_void(uuid, uuid, text)
CREATE FUNCTION public.post_withdrawal_void(p_user_id uuid, p_transaction_id uuid, p_reason text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN undo_withdrawal(p_user_id, p_transaction_id, 'failed', p_reason, now());
END $$;


ALTER FUNCTION public.post_withdrawal_void(p_user_id uuid, p_transaction_id uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION post_withdrawal_void(p_user_id uuid, p_transaction_id uuid, p_reason text)
COMMENT ON FUNCTION public.post_withdrawal_void(p_user_id uuid, p_transaction_id uuid, p_reason text) IS 'The bank has refused: failed, amount and fee back to the wallet.';

-- FUNCTION public.posting_time(timestamp with time zone)
CREATE FUNCTION public.posting_time(p_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql
    RETURN CASE WHEN (p_at = now()) THEN clock_timestamp() ELSE p_at END;


ALTER FUNCTION public.posting_time(p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION posting_time(p_at timestamp with time zone)
COMMENT ON FUNCTION public.posting_time(p_at timestamp with time zone) IS 'The time of a ledger entry: the clock''s, if the operation is of now; only to be called while the accounts are locked.';

-- TABLE public.payment_events
CREATE TABLE public.payment_events (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    provider public.provider_name NOT NULL,
    event_id public.provider_key NOT NULL,
    event_type text NOT NULL,
    provider_reference public.provider_key,
    amount public.positive_amount,
    currency public.currency_code,
    payload public.json_map NOT NULL,
    status text DEFAULT 'received'::text NOT NULL,
    result text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    processed_at timestamp with time zone,
    CONSTRAINT payment_events_event_type_values_check CHECK ((event_type = ANY (ARRAY['funding_succeeded'::text, 'funding_failed'::text, 'payout_succeeded'::text, 'payout_failed'::text, 'chargeback'::text, 'other'::text]))),
    CONSTRAINT payment_events_processed_at_of_status_check CHECK (((status = 'received'::text) = (processed_at IS NULL))),
    CONSTRAINT payment_events_result_length_check CHECK (((length(result) >= 1) AND (length(result) <= 500))),
    CONSTRAINT payment_events_status_values_check CHECK ((status = ANY (ARRAY['received'::text, 'processed'::text, 'ignored'::text, 'rejected'::text])))
);


ALTER TABLE public.payment_events OWNER TO owner;

-- COMMENT public.TABLE payment_events
COMMENT ON TABLE public.payment_events IS 'Inbox of provider webhooks, after the application verified their signature; each event once.';

-- COMMENT public.COLUMN payment_events.id
COMMENT ON COLUMN public.payment_events.id IS 'Event id of ours (UUID v7).';

-- COMMENT public.COLUMN payment_events.provider
COMMENT ON COLUMN public.payment_events.provider IS 'Payment provider, lower case.';

-- COMMENT public.COLUMN payment_events.event_id
COMMENT ON COLUMN public.payment_events.event_id IS 'The provider''s id of the event; unique by provider.';

-- COMMENT public.COLUMN payment_events.event_type
COMMENT ON COLUMN public.payment_events.event_type IS 'What happened, in our words; other is stored and ignored.';

-- COMMENT public.COLUMN payment_events.provider_reference
COMMENT ON COLUMN public.payment_events.provider_reference IS 'The provider''s reference of the payment: transactions.provider_reference.';

-- COMMENT public.COLUMN payment_events.amount
COMMENT ON COLUMN public.payment_events.amount IS 'What the provider says was paid, in currency; compared with the transaction.';

-- COMMENT public.COLUMN payment_events.currency
COMMENT ON COLUMN public.payment_events.currency IS 'ISO 4217 code that the provider says.';

-- COMMENT public.COLUMN payment_events.payload
COMMENT ON COLUMN public.payment_events.payload IS 'The event as received, a JSON object without card data.';

-- COMMENT public.COLUMN payment_events.status
COMMENT ON COLUMN public.payment_events.status IS 'received (to be processed, again if its transaction was not there yet), then processed, ignored (nothing to do) or rejected (a person must look).';

-- COMMENT public.COLUMN payment_events.result
COMMENT ON COLUMN public.payment_events.result IS 'What processing did, or why not.';

-- COMMENT public.COLUMN payment_events.created_at
COMMENT ON COLUMN public.payment_events.created_at IS 'When it was stored.';

-- COMMENT public.COLUMN payment_events.processed_at
COMMENT ON COLUMN public.payment_events.processed_at IS 'When it was processed.';

-- FUNCTION public.process_payment_event(uuid)
CREATE FUNCTION public.process_payment_event(p_id uuid) RETURNS public.payment_events
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN process_payment_event_at(p_id, now());
END $$;


ALTER FUNCTION public.process_payment_event(p_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION process_payment_event(p_id uuid)
COMMENT ON FUNCTION public.process_payment_event(p_id uuid) IS 'Posts what a stored event says, once: processed, ignored or rejected with the reason; received still while its transaction is not there, up to seven days.';

-- FUNCTION public.process_payment_event_at(uuid, timestamp with time zone)
CREATE FUNCTION public.process_payment_event_at(p_id uuid, p_at timestamp with time zone) RETURNS public.payment_events
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_event payment_events;
  v_row transactions;
  v_status text := 'rejected';
  v_result text;
BEGIN
  SELECT * INTO v_event FROM payment_events WHERE id = p_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no payment event %', p_id
      USING ERRCODE = 'AV028',  -- event_not_found
        DETAIL = json_build_object('event_id', p_id)::text;
  END IF;
  IF v_event.status <> 'received' THEN
    RETURN v_event;
  END IF;
  SELECT * INTO v_row FROM transactions
  WHERE provider = v_event.provider AND provider_reference = v_event.provider_reference
  FOR NO KEY UPDATE;
  IF v_event.event_type = 'other' THEN
    v_status := 'ignored';
    v_result := 'nothing to post';
  ELSIF v_row.id IS NULL THEN
    v_result := 'no transaction has this provider reference';
    -- A provider can be quicker than the commit that stores its reference.
    IF v_event.provider_reference IS NOT NULL AND p_at < v_event.created_at + interval '7 days' THEN
      v_status := 'received';
    END IF;
  ELSIF v_row.type <> (CASE WHEN v_event.event_type LIKE 'payout%' THEN 'wallet_withdrawal' ELSE 'wallet_funding' END) THEN
    v_result := 'transaction ' || v_row.id || ' is a ' || v_row.type;
  ELSIF v_event.amount <> v_row.amount OR v_event.currency <> v_row.currency THEN
    v_result := 'the provider says ' || concat_ws(' ', v_event.amount, v_event.currency) || ', transaction ' || v_row.id
      || ' is of ' || v_row.amount || ' ' || v_row.currency;
  -- A refusal may come without an amount: it gives back what we hold. Money that came or went must be said to the kobo.
  ELSIF v_event.event_type NOT LIKE '%failed' AND num_nulls(v_event.amount, v_event.currency) > 0 THEN
    v_result := 'the provider names no ' || CASE WHEN v_event.amount IS NULL THEN 'amount' ELSE 'currency' END;
  ELSIF v_event.event_type = 'chargeback' THEN
    IF v_row.status = 'completed'
      AND NOT EXISTS (SELECT FROM transactions WHERE user_id = v_row.user_id AND reverses_id = v_row.id)
    THEN
      PERFORM post_chargeback_at(v_row.user_id, v_row.id, 'Chargeback', p_at);
      v_status := 'processed';
      v_result := 'charged back';
    ELSE
      v_result := 'transaction ' || v_row.id || ' cannot be charged back: ' || v_row.status || ', or charged back already';
    END IF;
  ELSIF v_row.status = 'pending' THEN
    IF v_event.event_type = 'funding_succeeded' THEN
      PERFORM post_funding_at(v_row.user_id, v_row.id, p_at);
    ELSIF v_event.event_type = 'funding_failed' THEN
      PERFORM fail_funding_at(v_row.user_id, v_row.id, 'The provider said so', p_at);
    ELSIF v_event.event_type = 'payout_succeeded' THEN
      PERFORM post_withdrawal_settlement_at(v_row.user_id, v_row.id, p_at);
    ELSE
      PERFORM undo_withdrawal(v_row.user_id, v_row.id, 'failed', 'The provider said so', p_at);
    END IF;
    v_status := 'processed';
    v_result := 'transaction ' || v_row.id || ' ended';
  ELSIF (v_row.status = 'completed') = (v_event.event_type LIKE '%succeeded') THEN
    v_status := 'ignored';
    v_result := 'transaction ' || v_row.id || ' was ' || v_row.status || ' already';
  ELSE
    -- The money is somewhere else than our books say: only a person can decide.
    v_result := 'transaction ' || v_row.id || ' is ' || v_row.status;
  END IF;
  UPDATE payment_events
  SET status = v_status, result = v_result, processed_at = CASE WHEN v_status <> 'received' THEN p_at END
  WHERE id = p_id
  RETURNING * INTO v_event;
  RETURN v_event;
END $$;


ALTER FUNCTION public.process_payment_event_at(p_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION process_payment_event_at(p_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.process_payment_event_at(p_id uuid, p_at timestamp with time zone) IS 'process_payment_event() at a given time.';

-- FUNCTION public.reactivate_user(uuid, uuid)
CREATE FUNCTION public.reactivate_user(p_user_id uuid, p_reactivated_by uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM require_authority_over_user(p_user_id, p_reactivated_by);
  UPDATE "user" SET is_active = true, updated_at = now()
  WHERE id = p_user_id AND NOT is_active AND anonymised_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % is active, unknown or anonymised', p_user_id
      USING ERRCODE = 'AV058',  -- not_deactivated
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
END $$;


ALTER FUNCTION public.reactivate_user(p_user_id uuid, p_reactivated_by uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION reactivate_user(p_user_id uuid, p_reactivated_by uuid)
COMMENT ON FUNCTION public.reactivate_user(p_user_id uuid, p_reactivated_by uuid) IS 'Opens a deactivated account again; an anonymised one stays closed.';

-- FUNCTION public.record_audit_event(uuid, text, text, uuid, text, uuid, jsonb, inet, text, text)
CREATE FUNCTION public.record_audit_event(p_user_id uuid, p_action text, p_resource text, p_resource_id uuid DEFAULT NULL::uuid, p_status text DEFAULT 'success'::text, p_subject_user_id uuid DEFAULT NULL::uuid, p_metadata jsonb DEFAULT '{}'::jsonb, p_ip_address inet DEFAULT NULL::inet, p_user_agent text DEFAULT NULL::text, p_error_message text DEFAULT NULL::text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_allowed CONSTANT text[] := ARRAY[
    'amount', 'channel', 'count', 'currency', 'format', 'from_status', 'method', 'partition', 'permission', 'reason_code',
    'reference', 'request_id', 'role', 'route', 'tier', 'to_status', 'version'
  ];
  v_refused text;
  v_id bigint;
BEGIN
  IF p_user_id <> audit_actor() THEN
    RAISE EXCEPTION 'the transaction acts for another user than %', p_user_id
      USING ERRCODE = 'AV082',  -- permission_denied
        DETAIL = json_build_object('user_id', p_user_id, 'app_user_id', audit_actor(), 'permission', NULL)::text;
  END IF;
  SELECT key INTO v_refused FROM jsonb_each(p_metadata)
  WHERE key <> ALL (v_allowed) OR jsonb_typeof(value) IN ('object', 'array') OR char_length(value::text) > 100
    OR value::text LIKE '%@%'
  ORDER BY key LIMIT 1;
  IF v_refused IS NOT NULL THEN
    RAISE EXCEPTION 'audit metadata cannot hold "%"', v_refused
      USING ERRCODE = 'AV085',  -- audit_metadata_refused
        DETAIL = json_build_object('key', v_refused, 'allowed', v_allowed)::text,
        HINT = 'Send short plain values under the keys listed, and people by their ids.';
  END IF;

  -- The transaction's number before the row's: seal_audit_log() relies on that order.
  PERFORM pg_current_xact_id();
  INSERT INTO audit_log (
    user_id, subject_user_id, action, resource, resource_id, status, ip_address, user_agent, metadata, error_message
  ) VALUES (
    p_user_id, p_subject_user_id, p_action, p_resource, p_resource_id, p_status,
    network(set_masklen(p_ip_address, CASE family(p_ip_address) WHEN 4 THEN 24 ELSE 48 END))::inet,
    left(p_user_agent, 1000), p_metadata, p_error_message
  ) RETURNING id INTO v_id;
  RETURN v_id;
END $$;


ALTER FUNCTION public.record_audit_event(p_user_id uuid, p_action text, p_resource text, p_resource_id uuid, p_status text, p_subject_user_id uuid, p_metadata jsonb, p_ip_address inet, p_user_agent text, p_error_message text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION record_audit_event(p_user_id uuid, p_action text, p_resource text, p_resource_id uuid, p_status text, p_subject_user_id uuid, p_metadata jsonb, p_ip_address inet, p_user_agent text, p_error_message text)
COMMENT ON FUNCTION public.record_audit_event(p_user_id uuid, p_action text, p_resource text, p_resource_id uuid, p_status text, p_subject_user_id uuid, p_metadata jsonb, p_ip_address inet, p_user_agent text, p_error_message text) IS 'Appends one event; p_user_id is the actor, null for nobody known. Of an address only the network is kept.';

-- FUNCTION public.record_group_contribution(uuid, uuid, integer)
CREATE FUNCTION public.record_group_contribution(p_user_id uuid, p_group_id uuid, p_round integer) RETURNS public.group_contributions
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM record_group_contribution_at(p_user_id, p_group_id, p_round, now())
$$;


ALTER FUNCTION public.record_group_contribution(p_user_id uuid, p_group_id uuid, p_round integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION record_group_contribution(p_user_id uuid, p_group_id uuid, p_round integer)
COMMENT ON FUNCTION public.record_group_contribution(p_user_id uuid, p_group_id uuid, p_round integer) IS 'A member pays one contribution, early or late, or repays whoever covered it; repeated, nothing is paid again.';

-- FUNCTION public.record_group_contribution_at(uuid, uuid, integer, timestamp with time zone)
CREATE FUNCTION public.record_group_contribution_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone) RETURNS public.group_contributions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_group(p_group_id);
  v_contribution group_contributions;
  v_transaction_id uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM group_members WHERE group_id = p_group_id AND user_id = p_user_id) THEN
    PERFORM refuse_stranger(p_user_id, p_group_id);
  END IF;
  SELECT * INTO v_contribution FROM group_contributions
  WHERE group_id = p_group_id AND round = p_round AND user_id = p_user_id;
  IF v_contribution.status = 'completed' THEN
    RETURN v_contribution;
  ELSIF v_contribution.status IN ('pending', 'late') THEN
    PERFORM check_group_status(v_group, 'active', 'paused');
    v_transaction_id := post_wallet_debit(
      p_user_id, v_contribution.amount, v_group.pool_account_id, 'group_contribution', p_at,
      format('%s: round %s', v_group.group_name, p_round), jsonb_build_object('group_id', p_group_id, 'round', p_round)
    );
    UPDATE group_members SET total_contributed = total_contributed + v_contribution.amount, updated_at = p_at
    WHERE id = v_contribution.member_id;
    PERFORM credit_group_pool(p_group_id, p_round, v_contribution.amount, p_at);
  -- A deposit that is about to be returned, or was, needs no refill.
  ELSIF v_contribution.status = 'covered'
    AND (v_contribution.cover_source = 'organizer' OR v_group.status IN ('active', 'paused'))
  THEN
    v_transaction_id := repay_group_cover(v_contribution, p_at);
  ELSE
    RAISE EXCEPTION 'user % has nothing to pay in round % of group %', p_user_id, coalesce(p_round::text, 'NULL'), p_group_id
      USING ERRCODE = 'AV049',  -- nothing_to_pay
        DETAIL = json_build_object('group_id', p_group_id, 'round', p_round, 'status', v_contribution.status)::text;
  END IF;

  UPDATE group_contributions
  SET status = 'completed', transaction_id = v_transaction_id, paid_at = p_at, failure_reason = NULL, updated_at = p_at
  WHERE id = v_contribution.id
  RETURNING * INTO v_contribution;
  PERFORM refresh_group_standing(p_group_id, p_at);
  RETURN v_contribution;
END $$;


ALTER FUNCTION public.record_group_contribution_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION record_group_contribution_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone)
COMMENT ON FUNCTION public.record_group_contribution_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone) IS 'As record_group_contribution(), at a given moment.';

-- TABLE public.savings_milestones
CREATE TABLE public.savings_milestones (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    plan_id uuid,
    milestone_type text NOT NULL,
    milestone_name text NOT NULL,
    description text,
    badge_icon text,
    reward_points integer DEFAULT 0 NOT NULL,
    achieved_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT savings_milestones_badge_icon_length_check CHECK (((char_length(badge_icon) >= 1) AND (char_length(badge_icon) <= 100))),
    CONSTRAINT savings_milestones_description_length_check CHECK (((char_length(description) >= 1) AND (char_length(description) <= 255))),
    CONSTRAINT savings_milestones_milestone_name_length_check CHECK (((char_length(milestone_name) >= 1) AND (char_length(milestone_name) <= 100))),
    CONSTRAINT savings_milestones_milestone_type_values_check CHECK ((milestone_type = ANY (ARRAY['first_contribution'::text, 'week_streak'::text, 'month_streak'::text, 'quarter_streak'::text, 'year_streak'::text, 'first_plan_completed'::text, 'five_plans_completed'::text, 'ten_plans_completed'::text, 'savings_champion'::text, 'consistent_saver'::text, 'goal_crusher'::text, 'early_bird'::text, 'night_owl'::text, 'goal_reached'::text]))),
    CONSTRAINT savings_milestones_plan_of_type_check CHECK (((plan_id IS NOT NULL) = (milestone_type = ANY (ARRAY['goal_reached'::text, 'goal_crusher'::text])))),
    CONSTRAINT savings_milestones_reward_points_not_negative_check CHECK ((reward_points >= 0))
);


ALTER TABLE public.savings_milestones OWNER TO owner;

-- COMMENT public.TABLE savings_milestones
COMMENT ON TABLE public.savings_milestones IS 'Badges earned; each once a user, or once a plan.';

-- COMMENT public.COLUMN savings_milestones.id
COMMENT ON COLUMN public.savings_milestones.id IS 'UUID version 7.';

-- COMMENT public.COLUMN savings_milestones.user_id
COMMENT ON COLUMN public.savings_milestones.user_id IS 'Who earned it.';

-- COMMENT public.COLUMN savings_milestones.plan_id
COMMENT ON COLUMN public.savings_milestones.plan_id IS 'The plan, of the same user, of goal_reached and goal_crusher; null of all others.';

-- COMMENT public.COLUMN savings_milestones.milestone_type
COMMENT ON COLUMN public.savings_milestones.milestone_type IS 'Which badge it is.';

-- COMMENT public.COLUMN savings_milestones.milestone_name
COMMENT ON COLUMN public.savings_milestones.milestone_name IS 'What the user reads, 1 to 100 characters.';

-- COMMENT public.COLUMN savings_milestones.description
COMMENT ON COLUMN public.savings_milestones.description IS 'What it was earned for, 1 to 255 characters.';

-- COMMENT public.COLUMN savings_milestones.badge_icon
COMMENT ON COLUMN public.savings_milestones.badge_icon IS 'Name of the picture in the application.';

-- COMMENT public.COLUMN savings_milestones.reward_points
COMMENT ON COLUMN public.savings_milestones.reward_points IS 'Points given with it, on top of those of get_reward_points().';

-- COMMENT public.COLUMN savings_milestones.achieved_at
COMMENT ON COLUMN public.savings_milestones.achieved_at IS 'When it was recorded.';

-- FUNCTION public.record_milestones(uuid)
CREATE FUNCTION public.record_milestones(p_user_id uuid) RETURNS SETOF public.savings_milestones
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  INSERT INTO savings_milestones (user_id, plan_id, milestone_type, milestone_name, description, badge_icon)
  SELECT p_user_id, plan_id, milestone_type, milestone_name, description, milestone_type
  FROM list_reached_milestones(p_user_id)
  ORDER BY milestone_type, plan_id
  ON CONFLICT ON CONSTRAINT savings_milestones_user_id_plan_id_milestone_type_key DO NOTHING
  RETURNING *
$$;


ALTER FUNCTION public.record_milestones(p_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION record_milestones(p_user_id uuid)
COMMENT ON FUNCTION public.record_milestones(p_user_id uuid) IS 'Records what a user has reached and returns what is new; each milestone once.';

-- FUNCTION public.record_payment_event(text, text, text, jsonb, text, numeric, text)
CREATE FUNCTION public.record_payment_event(p_provider text, p_event_id text, p_event_type text, p_payload jsonb, p_provider_reference text DEFAULT NULL::text, p_amount numeric DEFAULT NULL::numeric, p_currency text DEFAULT NULL::text) RETURNS public.payment_events
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_event payment_events;
BEGIN
  IF p_amount IS NOT NULL AND NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  INSERT INTO payment_events (provider, event_id, event_type, provider_reference, amount, currency, payload)
  VALUES (p_provider, p_event_id, p_event_type, p_provider_reference, p_amount, p_currency, p_payload)
  ON CONFLICT ON CONSTRAINT payment_events_provider_event_id_key DO NOTHING
  RETURNING * INTO v_event;
  IF NOT FOUND THEN
    SELECT * INTO STRICT v_event FROM payment_events WHERE provider = p_provider AND event_id = p_event_id;
  END IF;
  RETURN v_event;
END $$;


ALTER FUNCTION public.record_payment_event(p_provider text, p_event_id text, p_event_type text, p_payload jsonb, p_provider_reference text, p_amount numeric, p_currency text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION record_payment_event(p_provider text, p_event_id text, p_event_type text, p_payload jsonb, p_provider_reference text, p_amount numeric, p_currency text)
COMMENT ON FUNCTION public.record_payment_event(p_provider text, p_event_id text, p_event_type text, p_payload jsonb, p_provider_reference text, p_amount numeric, p_currency text) IS 'Stores a webhook whose signature the application has verified; repeated, it returns the first one.';

-- TABLE public.rewards
CREATE TABLE public.rewards (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    reward_type text NOT NULL,
    reward_name text NOT NULL,
    description text,
    value public.money_amount,
    currency text DEFAULT 'NGN'::text NOT NULL COLLATE pg_catalog."C",
    points integer DEFAULT 0 NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    expires_at timestamp with time zone,
    redeemed_at timestamp with time zone,
    transaction_id uuid,
    grant_key text,
    metadata jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT rewards_currency_format_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT rewards_description_length_check CHECK (((char_length(description) >= 1) AND (char_length(description) <= 255))),
    CONSTRAINT rewards_expired_has_end_check CHECK (((status <> 'expired'::text) OR (expires_at IS NOT NULL))),
    CONSTRAINT rewards_expires_after_creation_check CHECK ((expires_at > created_at)),
    CONSTRAINT rewards_grant_key_length_check CHECK (((char_length(grant_key) >= 1) AND (char_length(grant_key) <= 200))),
    CONSTRAINT rewards_metadata_object_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT rewards_points_not_negative_check CHECK ((points >= 0)),
    CONSTRAINT rewards_points_of_type_check CHECK (((reward_type = 'points'::text) = (points > 0))),
    CONSTRAINT rewards_redeemed_at_of_status_check CHECK (((status = 'redeemed'::text) = (redeemed_at IS NOT NULL))),
    CONSTRAINT rewards_reward_name_length_check CHECK (((char_length(reward_name) >= 1) AND (char_length(reward_name) <= 100))),
    CONSTRAINT rewards_reward_type_values_check CHECK ((reward_type = ANY (ARRAY['points'::text, 'discount'::text, 'cashback'::text, 'badge'::text]))),
    CONSTRAINT rewards_status_values_check CHECK ((status = ANY (ARRAY['active'::text, 'redeemed'::text, 'expired'::text]))),
    CONSTRAINT rewards_transaction_of_cashback_check CHECK (((transaction_id IS NOT NULL) = ((reward_type = 'cashback'::text) AND (status = 'redeemed'::text)))),
    CONSTRAINT rewards_value_of_type_check CHECK (((reward_type = ANY (ARRAY['cashback'::text, 'discount'::text])) = COALESCE(((value)::numeric > (0)::numeric), false)))
);


ALTER TABLE public.rewards OWNER TO owner;

-- COMMENT public.TABLE rewards
COMMENT ON TABLE public.rewards IS 'What a user was given: points, discount, cashback or badge; active → redeemed or expired.';

-- COMMENT public.COLUMN rewards.id
COMMENT ON COLUMN public.rewards.id IS 'UUID version 7.';

-- COMMENT public.COLUMN rewards.user_id
COMMENT ON COLUMN public.rewards.user_id IS 'Whose it is.';

-- COMMENT public.COLUMN rewards.reward_type
COMMENT ON COLUMN public.rewards.reward_type IS 'points, discount, cashback or badge.';

-- COMMENT public.COLUMN rewards.reward_name
COMMENT ON COLUMN public.rewards.reward_name IS 'What the user reads, 1 to 100 characters.';

-- COMMENT public.COLUMN rewards.description
COMMENT ON COLUMN public.rewards.description IS 'What it is for, 1 to 255 characters.';

-- COMMENT public.COLUMN rewards.value
COMMENT ON COLUMN public.rewards.value IS 'What a cashback pays or a discount takes off, in currency; null of the others.';

-- COMMENT public.COLUMN rewards.currency
COMMENT ON COLUMN public.rewards.currency IS 'ISO 4217 code of value.';

-- COMMENT public.COLUMN rewards.points
COMMENT ON COLUMN public.rewards.points IS 'Number of points of a points reward; 0 of the others.';

-- COMMENT public.COLUMN rewards.status
COMMENT ON COLUMN public.rewards.status IS 'active, redeemed or expired; the last two are final.';

-- COMMENT public.COLUMN rewards.expires_at
COMMENT ON COLUMN public.rewards.expires_at IS 'From this moment on it cannot be redeemed; null: no end.';

-- COMMENT public.COLUMN rewards.redeemed_at
COMMENT ON COLUMN public.rewards.redeemed_at IS 'When it was redeemed.';

-- COMMENT public.COLUMN rewards.transaction_id
COMMENT ON COLUMN public.rewards.transaction_id IS 'The transaction, of the same user, that paid a cashback.';

-- COMMENT public.COLUMN rewards.grant_key
COMMENT ON COLUMN public.rewards.grant_key IS 'What it was given for, chosen by the giver; unique by user.';

-- COMMENT public.COLUMN rewards.metadata
COMMENT ON COLUMN public.rewards.metadata IS 'Further facts as a JSON object; no rule reads it.';

-- COMMENT public.COLUMN rewards.created_at
COMMENT ON COLUMN public.rewards.created_at IS 'When it was given.';

-- COMMENT public.COLUMN rewards.updated_at
COMMENT ON COLUMN public.rewards.updated_at IS 'When the row last changed.';

-- FUNCTION public.redeem_reward(uuid, uuid)
CREATE FUNCTION public.redeem_reward(p_user_id uuid, p_reward_id uuid) RETURNS public.rewards
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT redeem_reward_at(p_user_id, p_reward_id, now())
$$;


ALTER FUNCTION public.redeem_reward(p_user_id uuid, p_reward_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION redeem_reward(p_user_id uuid, p_reward_id uuid)
COMMENT ON FUNCTION public.redeem_reward(p_user_id uuid, p_reward_id uuid) IS 'Redeems an active reward, once; a cashback goes to the wallet. Returns the reward.';

-- FUNCTION public.redeem_reward_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.redeem_reward_at(p_user_id uuid, p_reward_id uuid, p_at timestamp with time zone) RETURNS public.rewards
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_reward rewards;
BEGIN
  PERFORM require_acting_user(p_user_id);
  -- The wallet before the reward: the order of locks of every function that posts.
  PERFORM FROM wallets WHERE user_id = p_user_id FOR NO KEY UPDATE;
  SELECT * INTO v_reward FROM rewards WHERE id = p_reward_id AND user_id = p_user_id FOR NO KEY UPDATE;
  IF v_reward.id IS NULL THEN
    RAISE EXCEPTION 'user % has no reward %', p_user_id, coalesce(p_reward_id::text, 'without an id')
      USING ERRCODE = 'AV067',  -- reward_not_found
        DETAIL = json_build_object('user_id', p_user_id, 'reward_id', p_reward_id)::text;
  ELSIF v_reward.status <> 'active' THEN
    RAISE EXCEPTION 'reward % is %', p_reward_id, v_reward.status
      USING ERRCODE = 'AV068',  -- reward_not_active
        DETAIL = json_build_object('reward_id', p_reward_id, 'status', v_reward.status)::text;
  ELSIF v_reward.expires_at <= p_at THEN
    RAISE EXCEPTION 'reward % ended at %', p_reward_id, v_reward.expires_at
      USING ERRCODE = 'AV069',  -- reward_expired
        DETAIL = json_build_object('reward_id', p_reward_id, 'expires_at', v_reward.expires_at)::text;
  END IF;
  IF v_reward.reward_type = 'cashback' THEN
    v_reward.transaction_id := post_cashback_at(p_user_id, v_reward.value, 'Cashback: ' || v_reward.reward_name, p_at);
  END IF;
  UPDATE rewards
  SET status = 'redeemed', redeemed_at = p_at, transaction_id = v_reward.transaction_id, updated_at = p_at
  WHERE id = p_reward_id
  RETURNING * INTO v_reward;
  RETURN v_reward;
END $$;


ALTER FUNCTION public.redeem_reward_at(p_user_id uuid, p_reward_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION redeem_reward_at(p_user_id uuid, p_reward_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.redeem_reward_at(p_user_id uuid, p_reward_id uuid, p_at timestamp with time zone) IS 'redeem_reward() at a given moment.';

-- FUNCTION public.refresh_group_standing(uuid, timestamp with time zone)
CREATE FUNCTION public.refresh_group_standing(p_group_id uuid, p_at timestamp with time zone) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
  WITH judged AS (
    SELECT member.id,
      CASE
        WHEN EXISTS (
          SELECT FROM group_contributions AS owed
          WHERE owed.group_id = p_group_id AND owed.member_id = member.id AND owed.status IN ('late', 'covered')
        ) THEN 'defaulted'
        ELSE 'active'
      END AS status
    FROM group_members AS member
    WHERE member.group_id = p_group_id AND member.status IN ('active', 'defaulted')
  )
  UPDATE group_members SET status = judged.status, updated_at = p_at
  FROM judged
  WHERE group_members.id = judged.id AND group_members.status <> judged.status;

  UPDATE ajo_groups SET status = 'active', updated_at = p_at
  WHERE id = p_group_id AND status = 'paused'
    AND NOT EXISTS (SELECT FROM group_contributions WHERE group_id = p_group_id AND status = 'late')
$$;


ALTER FUNCTION public.refresh_group_standing(p_group_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refresh_group_standing(p_group_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.refresh_group_standing(p_group_id uuid, p_at timestamp with time zone) IS 'Sets members active or defaulted by what they owe, and a paused group active when nothing is late.';

-- TABLE public.user_analytics
CREATE TABLE public.user_analytics (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    total_saved public.money_amount DEFAULT 0 NOT NULL,
    total_withdrawn public.money_amount DEFAULT 0 NOT NULL,
    total_interest_earned public.money_amount DEFAULT 0 NOT NULL,
    current_streak integer DEFAULT 0 NOT NULL,
    longest_streak integer DEFAULT 0 NOT NULL,
    total_contributions integer DEFAULT 0 NOT NULL,
    completed_plans integer DEFAULT 0 NOT NULL,
    active_plans integer DEFAULT 0 NOT NULL,
    currency text DEFAULT 'NGN'::text NOT NULL COLLATE pg_catalog."C",
    last_contribution_date date,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT user_analytics_active_plans_not_negative_check CHECK ((active_plans >= 0)),
    CONSTRAINT user_analytics_completed_plans_not_negative_check CHECK ((completed_plans >= 0)),
    CONSTRAINT user_analytics_contributions_are_dated_check CHECK (((total_contributions = 0) = (last_contribution_date IS NULL))),
    CONSTRAINT user_analytics_currency_format_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT user_analytics_current_streak_not_negative_check CHECK ((current_streak >= 0)),
    CONSTRAINT user_analytics_longest_streak_not_below_current_check CHECK ((longest_streak >= current_streak)),
    CONSTRAINT user_analytics_total_contributions_not_negative_check CHECK ((total_contributions >= 0))
);


ALTER TABLE public.user_analytics OWNER TO owner;

-- COMMENT public.TABLE user_analytics
COMMENT ON TABLE public.user_analytics IS 'Figures of one user, computed by refresh_user_analytics(); one row a user.';

-- COMMENT public.COLUMN user_analytics.id
COMMENT ON COLUMN public.user_analytics.id IS 'UUID version 7.';

-- COMMENT public.COLUMN user_analytics.user_id
COMMENT ON COLUMN public.user_analytics.user_id IS 'Whose figures these are.';

-- COMMENT public.COLUMN user_analytics.total_saved
COMMENT ON COLUMN public.user_analytics.total_saved IS 'Contributions and auto-saves that were not reversed, in currency.';

-- COMMENT public.COLUMN user_analytics.total_withdrawn
COMMENT ON COLUMN public.user_analytics.total_withdrawn IS 'Withdrawals from plans that were not reversed, penalty and fee included, in currency.';

-- COMMENT public.COLUMN user_analytics.total_interest_earned
COMMENT ON COLUMN public.user_analytics.total_interest_earned IS 'Interest posted to plans, in currency.';

-- COMMENT public.COLUMN user_analytics.current_streak
COMMENT ON COLUMN public.user_analytics.current_streak IS 'Lagos days in a row with a contribution, up to today or yesterday.';

-- COMMENT public.COLUMN user_analytics.longest_streak
COMMENT ON COLUMN public.user_analytics.longest_streak IS 'The most Lagos days in a row with a contribution.';

-- COMMENT public.COLUMN user_analytics.total_contributions
COMMENT ON COLUMN public.user_analytics.total_contributions IS 'Number of contributions and auto-saves that were not reversed.';

-- COMMENT public.COLUMN user_analytics.completed_plans
COMMENT ON COLUMN public.user_analytics.completed_plans IS 'Number of plans that reached their target or end.';

-- COMMENT public.COLUMN user_analytics.active_plans
COMMENT ON COLUMN public.user_analytics.active_plans IS 'Number of plans that are active now.';

-- COMMENT public.COLUMN user_analytics.currency
COMMENT ON COLUMN public.user_analytics.currency IS 'ISO 4217 code; rows in another currency are not counted.';

-- COMMENT public.COLUMN user_analytics.last_contribution_date
COMMENT ON COLUMN public.user_analytics.last_contribution_date IS 'Lagos day of the latest contribution.';

-- COMMENT public.COLUMN user_analytics.created_at
COMMENT ON COLUMN public.user_analytics.created_at IS 'When the row was made.';

-- COMMENT public.COLUMN user_analytics.updated_at
COMMENT ON COLUMN public.user_analytics.updated_at IS 'When the figures last changed.';

-- FUNCTION public.refresh_user_analytics(uuid)
CREATE FUNCTION public.refresh_user_analytics(p_user_id uuid) RETURNS public.user_analytics
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT refresh_user_analytics_at(p_user_id, now())
$$;


ALTER FUNCTION public.refresh_user_analytics(p_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refresh_user_analytics(p_user_id uuid)
COMMENT ON FUNCTION public.refresh_user_analytics(p_user_id uuid) IS 'Computes the figures of one user and returns them.';

-- FUNCTION public.refresh_user_analytics_at(uuid, timestamp with time zone)
CREATE FUNCTION public.refresh_user_analytics_at(p_user_id uuid, p_at timestamp with time zone) RETURNS public.user_analytics
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_row user_analytics;
BEGIN
  IF NOT EXISTS (SELECT FROM "user" WHERE id = p_user_id) THEN
    PERFORM require_active_user(p_user_id);
  END IF;
  INSERT INTO user_analytics (user_id) VALUES (p_user_id) ON CONFLICT ON CONSTRAINT user_analytics_user_id_key DO NOTHING;
  -- Two calls at once: the second computes after the first one's commit.
  SELECT * INTO v_row FROM user_analytics WHERE user_id = p_user_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0), count(*), max(day)
  INTO v_row.total_saved, v_row.total_contributions, v_row.last_contribution_date
  FROM list_contributions(p_user_id) WHERE currency = v_row.currency;
  SELECT coalesce(sum(amount) FILTER (WHERE type = 'withdrawal'), 0), coalesce(sum(amount) FILTER (WHERE type = 'interest'), 0)
  INTO v_row.total_withdrawn, v_row.total_interest_earned
  FROM transactions AS moved
  WHERE user_id = p_user_id AND type IN ('withdrawal', 'interest') AND status = 'completed' AND currency = v_row.currency
    AND NOT EXISTS (
      SELECT FROM transactions AS reversal
      WHERE reversal.user_id = p_user_id AND reversal.reverses_id = moved.id AND reversal.status = 'completed'
    );
  -- Whoever has not saved yet today still has the streak of yesterday.
  SELECT coalesce(max(days) FILTER (WHERE last_day >= app_day(p_at) - 1), 0), coalesce(max(days), 0)
  INTO v_row.current_streak, v_row.longest_streak
  FROM list_streaks(p_user_id) WHERE plan_id IS NULL;
  SELECT count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'active')
  INTO v_row.completed_plans, v_row.active_plans
  FROM savings_plans WHERE user_id = p_user_id AND currency = v_row.currency;
  UPDATE user_analytics
  SET total_saved = v_row.total_saved, total_withdrawn = v_row.total_withdrawn,
    total_interest_earned = v_row.total_interest_earned, current_streak = v_row.current_streak,
    longest_streak = v_row.longest_streak, total_contributions = v_row.total_contributions,
    completed_plans = v_row.completed_plans, active_plans = v_row.active_plans,
    last_contribution_date = v_row.last_contribution_date, updated_at = p_at
  WHERE user_id = p_user_id
  RETURNING * INTO v_row;
  RETURN v_row;
END $$;


ALTER FUNCTION public.refresh_user_analytics_at(p_user_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refresh_user_analytics_at(p_user_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.refresh_user_analytics_at(p_user_id uuid, p_at timestamp with time zone) IS 'refresh_user_analytics() at a given moment.';

-- FUNCTION public.refuse_amount(numeric)
CREATE FUNCTION public.refuse_amount(p_amount numeric) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
  -- A number may have 131,072 digits, and the log keeps every message.
  v_shown CONSTANT text := left(p_amount::text, 40);
BEGIN
  RAISE EXCEPTION 'amount % is not a positive number with at most two decimals', coalesce(v_shown, 'NULL')
    USING ERRCODE = '22023',  -- invalid_parameter_value
      DETAIL = json_build_object('amount', v_shown)::text,
      HINT = 'Amounts go from 0.01 to 9999999999999.99.';
END $$;


ALTER FUNCTION public.refuse_amount(p_amount numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_amount(p_amount numeric)
COMMENT ON FUNCTION public.refuse_amount(p_amount numeric) IS 'Raises 22023 for what is_money() rejects.';

-- FUNCTION public.refuse_balance_change()
CREATE FUNCTION public.refuse_balance_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
  v_old CONSTANT jsonb := to_jsonb(OLD);
  v_new CONSTANT jsonb := to_jsonb(NEW);
BEGIN
  IF TG_OP = 'UPDATE' AND TG_NARGS > 1
    AND NOT EXISTS (SELECT FROM unnest(TG_ARGV[1:]) AS name WHERE v_old -> name IS DISTINCT FROM v_new -> name)
  THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'cannot % a balance or an account of "%" by hand', lower(TG_OP), TG_ARGV[0]
    USING ERRCODE = 'AV091',  -- balance_guard
      DETAIL = json_build_object('table', TG_ARGV[0], 'operation', lower(TG_OP))::text,
      HINT = 'Call a post_* function: it writes the ledger too.';
END $$;


ALTER FUNCTION public.refuse_balance_change() OWNER TO owner;

-- COMMENT public.FUNCTION refuse_balance_change()
COMMENT ON FUNCTION public.refuse_balance_change() IS 'Trigger of every table with a balance: refuses with AV091 what no posting explains; the arguments are the table''s name and the guarded columns.';

-- FUNCTION public.refuse_change()
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'cannot % rows of "%": the table is append-only', lower(TG_OP), TG_ARGV[0]
    USING ERRCODE = 'AV090',  -- append_only
      DETAIL = json_build_object('table', TG_ARGV[0], 'operation', lower(TG_OP))::text,
      HINT = 'Correct it with a new row, for example a reversal.';
END $$;


ALTER FUNCTION public.refuse_change() OWNER TO owner;

-- COMMENT public.FUNCTION refuse_change()
COMMENT ON FUNCTION public.refuse_change() IS 'Trigger: refuses UPDATE, DELETE and TRUNCATE with AV090; the argument is the table''s name.';

-- FUNCTION public.refuse_contribution(uuid, uuid, numeric, timestamp with time zone)
CREATE FUNCTION public.refuse_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_plan CONSTANT savings_plans := lock_plan(p_user_id, p_plan_id, ARRAY['active']);
BEGIN
  IF v_plan.current_amount + p_amount > v_plan.target_amount THEN
    RAISE EXCEPTION 'plan % needs % to its target, not %', p_plan_id, v_plan.target_amount - v_plan.current_amount, p_amount
      USING ERRCODE = 'AV015',  -- target_exceeded
        DETAIL = json_build_object(
          'plan_id', p_plan_id, 'needed', round(p_amount, 2)::text,
          'remaining', (v_plan.target_amount - v_plan.current_amount)::text
        )::text;
  END IF;
  PERFORM check_wallet_debit(p_user_id, 0);
  PERFORM check_limits(p_user_id, 'contribution', p_amount, p_at);
  PERFORM check_wallet_debit(p_user_id, p_amount);
  PERFORM refuse_race();
END $$;


ALTER FUNCTION public.refuse_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_at timestamp with time zone)
COMMENT ON FUNCTION public.refuse_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_at timestamp with time zone) IS 'Raises the reason for which post_contribution() found nothing to do.';

-- FUNCTION public.refuse_group_exit(public.ajo_groups, public.group_members)
CREATE FUNCTION public.refuse_group_exit(p_group public.ajo_groups, p_member public.group_members) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_owed CONSTANT numeric := group_member_debt(p_group.id, p_member.id);
BEGIN
  RAISE EXCEPTION 'member % cannot go while the rotation runs: % owed', p_member.id, v_owed
    USING ERRCODE = 'AV043',  -- member_owes
      DETAIL = json_build_object(
        'group_id', p_group.id, 'member_id', p_member.id, 'owed', round(v_owed, 2)::text,
        'has_received_payout', p_member.has_received_payout
      )::text;
END $$;


ALTER FUNCTION public.refuse_group_exit(p_group public.ajo_groups, p_member public.group_members) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_group_exit(p_group public.ajo_groups, p_member public.group_members)
COMMENT ON FUNCTION public.refuse_group_exit(p_group public.ajo_groups, p_member public.group_members) IS 'Raises AV043 with what the member owes.';

-- FUNCTION public.refuse_invitation(uuid)
CREATE FUNCTION public.refuse_invitation(p_invitation_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'invitation % does not exist', coalesce(p_invitation_id::text, 'NULL')
    USING ERRCODE = 'AV037',  -- invitation_not_found
      DETAIL = json_build_object('invitation_id', p_invitation_id)::text;
END $$;


ALTER FUNCTION public.refuse_invitation(p_invitation_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_invitation(p_invitation_id uuid)
COMMENT ON FUNCTION public.refuse_invitation(p_invitation_id uuid) IS 'Raises AV037.';

-- FUNCTION public.refuse_last_admin_removal()
CREATE FUNCTION public.refuse_last_admin_removal() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_admin_role CONSTANT uuid := (SELECT id FROM roles WHERE name = 'admin');
  v_user_id CONSTANT uuid := (to_jsonb(OLD) ->> TG_ARGV[0])::uuid;
BEGIN
  IF v_admin_role IS NULL
    OR to_jsonb(OLD) ->> 'role_id' <> v_admin_role::text
    OR NOT to_jsonb(OLD) ? 'role_id'
    AND NOT EXISTS (SELECT FROM user_roles WHERE user_id = v_user_id AND role_id = v_admin_role)
  THEN
    RETURN NULL;
  END IF;
  -- An UPDATE, though it changes nothing: two removals at once queue here, and the second sees the first.
  UPDATE roles SET updated_at = updated_at WHERE id = v_admin_role;
  IF NOT EXISTS (
    SELECT FROM user_roles
    JOIN "user" ON "user".id = user_roles.user_id
    WHERE user_roles.role_id = v_admin_role AND user_roles.expires_at IS NULL
      AND "user".is_active AND NOT "user".is_suspended
  ) THEN
    RAISE EXCEPTION 'the last administrator cannot be removed, suspended or given an end date'
      USING ERRCODE = 'AV081',  -- last_admin
        DETAIL = json_build_object('user_id', v_user_id)::text,
        HINT = 'Give the role admin, without an end, to somebody else first.';
  END IF;
  RETURN NULL;
END $$;


ALTER FUNCTION public.refuse_last_admin_removal() OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_last_admin_removal()
COMMENT ON FUNCTION public.refuse_last_admin_removal() IS 'Trigger: refuses with AV081 what leaves no active administrator; the argument is the column of the user''s id.';

-- FUNCTION public.refuse_race()
CREATE FUNCTION public.refuse_race() RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'another call changed the same rows at this moment'
    USING ERRCODE = 'serialization_failure', HINT = 'Call it again.';
END $$;


ALTER FUNCTION public.refuse_race() OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_race()
COMMENT ON FUNCTION public.refuse_race() IS 'Raises 40001: the call can be repeated as it is.';

-- FUNCTION public.refuse_rotation(uuid, integer, text)
CREATE FUNCTION public.refuse_rotation(p_group_id uuid, p_members integer, p_reason text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'the rotation of group % is not possible: %', p_group_id, p_reason
    USING ERRCODE = 'AV039',  -- rotation_invalid
      DETAIL = json_build_object('group_id', p_group_id, 'members', p_members, 'reason', p_reason)::text;
END $$;


ALTER FUNCTION public.refuse_rotation(p_group_id uuid, p_members integer, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_rotation(p_group_id uuid, p_members integer, p_reason text)
COMMENT ON FUNCTION public.refuse_rotation(p_group_id uuid, p_members integer, p_reason text) IS 'Raises AV039.';

-- FUNCTION public.refuse_stranger(uuid, uuid)
CREATE FUNCTION public.refuse_stranger(p_user_id uuid, p_group_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'user % is not a member of group %', coalesce(p_user_id::text, 'NULL'), p_group_id
    USING ERRCODE = 'AV034',  -- not_a_member
      DETAIL = json_build_object('group_id', p_group_id, 'user_id', p_user_id)::text;
END $$;


ALTER FUNCTION public.refuse_stranger(p_user_id uuid, p_group_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_stranger(p_user_id uuid, p_group_id uuid)
COMMENT ON FUNCTION public.refuse_stranger(p_user_id uuid, p_group_id uuid) IS 'Raises AV034.';

-- FUNCTION public.refuse_system_change()
CREATE FUNCTION public.refuse_system_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'cannot % system rows of "%"', lower(TG_OP), TG_ARGV[0]
    USING ERRCODE = 'AV080',  -- system_object
      DETAIL = json_build_object('table', TG_ARGV[0], 'operation', lower(TG_OP))::text,
      HINT = 'The application relies on them by name. Take them away from users instead.';
END $$;


ALTER FUNCTION public.refuse_system_change() OWNER TO owner;

-- COMMENT public.FUNCTION refuse_system_change()
COMMENT ON FUNCTION public.refuse_system_change() IS 'Trigger: refuses with AV080; the argument is the table''s name.';

-- FUNCTION public.refuse_transaction_change()
CREATE FUNCTION public.refuse_transaction_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF OLD.* IS NOT DISTINCT FROM NEW.* OR OLD.status = 'pending' AND (
    OLD.id, OLD.user_id, OLD.plan_id, OLD.amount, OLD.fee_amount, OLD.penalty_amount, OLD.currency, OLD.type,
    OLD.payment_source, OLD.reference, OLD.description, OLD.metadata, OLD.bank_account_id, OLD.transfer_id,
    OLD.counterparty_id, OLD.reverses_id, OLD.created_at,
    coalesce(OLD.provider, NEW.provider), coalesce(OLD.provider_reference, NEW.provider_reference)
  ) IS NOT DISTINCT FROM (
    NEW.id, NEW.user_id, NEW.plan_id, NEW.amount, NEW.fee_amount, NEW.penalty_amount, NEW.currency, NEW.type,
    NEW.payment_source, NEW.reference, NEW.description, NEW.metadata, NEW.bank_account_id, NEW.transfer_id,
    NEW.counterparty_id, NEW.reverses_id, NEW.created_at, NEW.provider, NEW.provider_reference
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'cannot change transaction %: it is % and only a pending one is completed, failed or cancelled', OLD.id, OLD.status
    USING ERRCODE = 'AV092',  -- transaction_frozen
      DETAIL = json_build_object('transaction_id', OLD.id, 'status', OLD.status)::text,
      HINT = 'Correct a completed transaction with post_reversal().';
END $$;


ALTER FUNCTION public.refuse_transaction_change() OWNER TO owner;

-- COMMENT public.FUNCTION refuse_transaction_change()
COMMENT ON FUNCTION public.refuse_transaction_change() IS 'Trigger: refuses with AV092 what is no step from pending to an end.';

-- FUNCTION public.refuse_transaction_status(public.transactions, text)
CREATE FUNCTION public.refuse_transaction_status(p_row public.transactions, p_needed text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'transaction % is %, not %', p_row.id, p_row.status, p_needed
    USING ERRCODE = 'AV017',  -- transaction_status_refused
      DETAIL = json_build_object('transaction_id', p_row.id, 'status', p_row.status, 'needed', p_needed)::text;
END $$;


ALTER FUNCTION public.refuse_transaction_status(p_row public.transactions, p_needed text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_transaction_status(p_row public.transactions, p_needed text)
COMMENT ON FUNCTION public.refuse_transaction_status(p_row public.transactions, p_needed text) IS 'Raises AV017 for a transaction that is not in the state needed.';

-- FUNCTION public.refuse_transfer(uuid, uuid, numeric, timestamp with time zone)
CREATE FUNCTION public.refuse_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_currency text;
  v_other text;
BEGIN
  IF p_user_id = p_recipient_id THEN
    RAISE EXCEPTION 'cannot transfer from a wallet to itself'
      USING ERRCODE = 'AV023',  -- own_wallet
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  PERFORM check_wallet_debit(p_user_id, 0);
  PERFORM check_limits(p_user_id, 'transfer', p_amount, p_at);
  PERFORM check_wallet_debit(p_user_id, p_amount);
  SELECT wallets.currency INTO v_other
  FROM wallets JOIN "user" ON "user".id = wallets.user_id
  WHERE wallets.user_id = p_recipient_id AND wallets.is_active AND "user".is_active AND NOT "user".is_suspended;
  IF NOT FOUND THEN
    -- One answer for unknown, deactivated, suspended and frozen: the sender learns nothing about the other.
    RAISE EXCEPTION 'user % cannot receive money', p_recipient_id
      USING ERRCODE = 'AV022',  -- recipient_unavailable
        DETAIL = json_build_object('recipient_id', p_recipient_id)::text;
  END IF;
  SELECT currency INTO v_currency FROM wallets WHERE user_id = p_user_id;
  IF v_currency <> v_other THEN
    RAISE EXCEPTION 'the wallets are in different currencies: % and %', v_currency, v_other
      USING ERRCODE = 'AV005',  -- currency_mismatch
        DETAIL = json_build_object('expected', v_currency, 'given', v_other)::text;
  END IF;
  PERFORM refuse_race();
END $$;


ALTER FUNCTION public.refuse_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION refuse_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_at timestamp with time zone)
COMMENT ON FUNCTION public.refuse_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_at timestamp with time zone) IS 'Raises the reason for which post_transfer() found nothing to do.';

-- FUNCTION public.register_push_token(uuid, text, text, text, text)
CREATE FUNCTION public.register_push_token(p_user_id uuid, p_token text, p_platform text, p_device_id text DEFAULT NULL::text, p_device_name text DEFAULT NULL::text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM require_acting_user(p_user_id);
  INSERT INTO push_tokens (user_id, token, platform, device_id, device_name, last_used_at)
  VALUES (p_user_id, p_token, p_platform, p_device_id, p_device_name, now())
  ON CONFLICT ON CONSTRAINT push_tokens_token_key DO UPDATE
  SET user_id = excluded.user_id, platform = excluded.platform, device_id = excluded.device_id,
    device_name = excluded.device_name, is_active = true, last_used_at = excluded.last_used_at, updated_at = now()
  RETURNING id INTO v_id;
  RETURN v_id;
END $$;


ALTER FUNCTION public.register_push_token(p_user_id uuid, p_token text, p_platform text, p_device_id text, p_device_name text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION register_push_token(p_user_id uuid, p_token text, p_platform text, p_device_id text, p_device_name text)
COMMENT ON FUNCTION public.register_push_token(p_user_id uuid, p_token text, p_platform text, p_device_id text, p_device_name text) IS 'Makes the device with this token one of the user''s, whosever it was; returns the id of the row.';

-- FUNCTION public.register_user(uuid, text, text, text, date)
CREATE FUNCTION public.register_user(p_user_id uuid, p_name text, p_email text, p_phone_number text DEFAULT NULL::text, p_date_of_birth date DEFAULT NULL::date) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id CONSTANT uuid := coalesce(p_user_id, app_uuid());
  v_email CONSTANT text := lower(btrim(p_email));
  v_role_id CONSTANT uuid := (SELECT id FROM roles WHERE name = 'user');
  v_constraint text;
BEGIN
  IF v_role_id IS NULL THEN
    RAISE EXCEPTION 'the role "user" is missing'
      USING ERRCODE = 'AV072',  -- role_user_missing
        DETAIL = json_build_object('role', 'user')::text,
        HINT = 'avdaily-sql seed';
  END IF;
  BEGIN
    INSERT INTO "user" (id, name, email, phone_number, date_of_birth)
    VALUES (v_id, btrim(p_name), v_email, p_phone_number, p_date_of_birth);
  EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
    IF EXISTS (SELECT FROM "user" WHERE id = p_user_id AND email = v_email) THEN
      RETURN p_user_id;
    ELSIF v_constraint = 'user_phone_number_key' THEN
      -- The number is personal: it is in no error and so in no log.
      RAISE EXCEPTION 'the phone number belongs to another user'
        USING ERRCODE = 'AV057',  -- phone_taken
          DETAIL = json_build_object('field', 'phone_number')::text;
    ELSIF v_constraint = 'user_email_key' THEN
      RAISE EXCEPTION 'the e-mail address belongs to another user'
        USING ERRCODE = 'AV056',  -- email_taken
          DETAIL = json_build_object('field', 'email')::text;
    END IF;
    RAISE;
  END;
  PERFORM open_wallet(v_id);
  INSERT INTO notification_preferences (user_id) VALUES (v_id);
  INSERT INTO user_analytics (user_id) VALUES (v_id);
  INSERT INTO user_roles (user_id, role_id) VALUES (v_id, v_role_id);
  RETURN v_id;
END $$;


ALTER FUNCTION public.register_user(p_user_id uuid, p_name text, p_email text, p_phone_number text, p_date_of_birth date) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION register_user(p_user_id uuid, p_name text, p_email text, p_phone_number text, p_date_of_birth date)
COMMENT ON FUNCTION public.register_user(p_user_id uuid, p_name text, p_email text, p_phone_number text, p_date_of_birth date) IS 'Makes a user with everything that every user has; p_user_id null mints an id. Returns the id, also of an equal earlier call.';

-- FUNCTION public.reinstate_user(uuid, uuid)
CREATE FUNCTION public.reinstate_user(p_user_id uuid, p_reinstated_by uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM require_authority_over_user(p_user_id, p_reinstated_by);
  UPDATE "user"
  SET is_suspended = false, suspended_at = NULL, suspension_reason = NULL, updated_at = now()
  WHERE id = p_user_id AND is_suspended;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % is not suspended', p_user_id
      USING ERRCODE = 'AV054',  -- not_suspended
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
END $$;


ALTER FUNCTION public.reinstate_user(p_user_id uuid, p_reinstated_by uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION reinstate_user(p_user_id uuid, p_reinstated_by uuid)
COMMENT ON FUNCTION public.reinstate_user(p_user_id uuid, p_reinstated_by uuid) IS 'Ends a suspension; the sessions stay ended.';

-- FUNCTION public.reject_group_invitation(uuid, uuid)
CREATE FUNCTION public.reject_group_invitation(p_user_id uuid, p_invitation_id uuid) RETURNS public.group_invitations
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM reject_group_invitation_at(p_user_id, p_invitation_id, now())
$$;


ALTER FUNCTION public.reject_group_invitation(p_user_id uuid, p_invitation_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION reject_group_invitation(p_user_id uuid, p_invitation_id uuid)
COMMENT ON FUNCTION public.reject_group_invitation(p_user_id uuid, p_invitation_id uuid) IS 'Rejects an invitation addressed to the user.';

-- FUNCTION public.reject_group_invitation_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.reject_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) RETURNS public.group_invitations
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_invitation group_invitations := lock_my_invitation(p_user_id, p_invitation_id);
BEGIN
  IF v_invitation.status = 'rejected' THEN
    RETURN v_invitation;
  END IF;
  PERFORM check_invitation_open(v_invitation, p_at);
  UPDATE group_invitations SET status = 'rejected', rejected_at = p_at, updated_at = p_at
  WHERE id = p_invitation_id
  RETURNING * INTO v_invitation;
  RETURN v_invitation;
END $$;


ALTER FUNCTION public.reject_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION reject_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.reject_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) IS 'As reject_group_invitation(), at a given moment.';

-- FUNCTION public.reject_kyc(uuid, uuid, uuid, text)
CREATE FUNCTION public.reject_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid, p_reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM require_reason(p_reason, 1);
  PERFORM open_kyc_request(p_user_id, p_kyc_id, p_verified_by, 'kyc:reject');
  UPDATE kyc_verification
  SET status = 'rejected', verified_by = p_verified_by, verified_at = now(), rejection_reason = btrim(p_reason),
    updated_at = now()
  WHERE id = p_kyc_id;
  UPDATE "user" SET kyc_status = 'rejected', updated_at = now() WHERE id = p_user_id AND kyc_tier = 0;
END $$;


ALTER FUNCTION public.reject_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION reject_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid, p_reason text)
COMMENT ON FUNCTION public.reject_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid, p_reason text) IS 'Somebody with kyc:reject refuses the request with a reason of 1 to 500 characters; the tier stays as it was.';

-- FUNCTION public.remove_group_member(uuid, uuid, uuid, text)
CREATE FUNCTION public.remove_group_member(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text) RETURNS public.group_members
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM remove_group_member_at(p_user_id, p_group_id, p_member_id, p_reason, now())
$$;


ALTER FUNCTION public.remove_group_member(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION remove_group_member(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text)
COMMENT ON FUNCTION public.remove_group_member(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text) IS 'Removes a member: the open contribution and the deposit go back; at his turn those whom he had paid pay him.';

-- FUNCTION public.remove_group_member_at(uuid, uuid, uuid, text, timestamp with time zone)
CREATE FUNCTION public.remove_group_member_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text, p_at timestamp with time zone) RETURNS public.group_members
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_member group_members;
  v_round ajo_rounds;
BEGIN
  PERFORM check_user_acts(p_user_id);
  SELECT * INTO v_member FROM group_members WHERE group_id = p_group_id AND id = p_member_id;
  IF NOT FOUND THEN
    PERFORM refuse_stranger(p_member_id, p_group_id);
  END IF;
  IF v_member.status IN ('left', 'removed') THEN
    RETURN v_member;
  END IF;
  PERFORM check_group_status(v_group, 'recruiting', 'active', 'paused');
  PERFORM check_not_organizer(v_member);
  -- Who was paid out has promised the rest; who let the organizer pay owes that first.
  IF v_group.status <> 'recruiting' AND (
    v_member.has_received_payout AND group_member_debt(p_group_id, p_member_id) > 0
    OR EXISTS (
      SELECT FROM group_contributions
      WHERE group_id = p_group_id AND member_id = p_member_id AND status = 'covered' AND cover_source = 'organizer'
    )
  ) THEN
    PERFORM refuse_group_exit(v_group, v_member);
  END IF;

  PERFORM lock_member_wallets(p_group_id);
  SELECT * INTO v_round FROM ajo_rounds WHERE group_id = p_group_id AND round = v_group.current_round;
  -- Of the open round his own contribution goes back, and if it is his round those of all whom he has not paid. Whoever
  -- was paid out has paid for it, to the last round.
  IF v_round.status = 'open' AND NOT v_member.has_received_payout THEN
    PERFORM give_back_contributions(
      v_group,
      ARRAY(
        SELECT owed.member_id
        FROM group_contributions AS owed
        JOIN group_members AS payer ON payer.id = owed.member_id
        WHERE owed.group_id = p_group_id AND owed.round = v_round.round
          AND (
            owed.member_id = p_member_id
            OR v_round.recipient_member_id = p_member_id AND NOT EXISTS (
              SELECT FROM group_contributions AS given
              WHERE given.group_id = p_group_id AND given.member_id = p_member_id AND given.round = payer.position
                AND given.status IN ('completed', 'covered')
            )
          )
      ),
      'waived', p_at
    );
  END IF;
  v_member := end_group_membership(v_group, p_member_id, 'removed', p_reason, p_at);

  UPDATE ajo_rounds SET status = 'skipped', closed_at = p_at, updated_at = p_at
  WHERE id = v_round.id AND status = 'open' AND expected = 0;
  IF FOUND THEN
    PERFORM advance_group(p_group_id, p_at);
  END IF;
  PERFORM refresh_group_standing(p_group_id, p_at);
  RETURN v_member;
END $$;


ALTER FUNCTION public.remove_group_member_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION remove_group_member_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.remove_group_member_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text, p_at timestamp with time zone) IS 'As remove_group_member(), at a given moment.';

-- FUNCTION public.repay_group_cover(public.group_contributions, timestamp with time zone)
CREATE FUNCTION public.repay_group_cover(p_contribution public.group_contributions, p_at timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_facts CONSTANT jsonb := jsonb_build_object('group_id', p_contribution.group_id, 'round', p_contribution.round);
  v_note CONSTANT text := format('Round %s repaid', p_contribution.round);
  v_clearing CONSTANT uuid := system_account('transfer_clearing', p_contribution.currency);
  v_member group_members;
  v_transaction_id uuid;
BEGIN
  SELECT * INTO v_member FROM group_members WHERE id = p_contribution.member_id;
  IF p_contribution.cover_source = 'deposit' THEN
    v_transaction_id := post_wallet_debit(
      v_member.user_id, p_contribution.amount, v_member.deposit_account_id, 'group_contribution', p_at, v_note, v_facts,
      v_member.deposit_balance + p_contribution.amount
    );
    UPDATE group_members SET deposit_balance = deposit_balance + p_contribution.amount, updated_at = p_at
    WHERE id = v_member.id;
    RETURN v_transaction_id;
  END IF;

  PERFORM FROM wallets WHERE user_id IN (v_member.user_id, p_contribution.covered_by) ORDER BY user_id FOR NO KEY UPDATE;
  v_transaction_id := post_wallet_debit(
    v_member.user_id, p_contribution.amount, v_clearing, 'group_contribution', p_at, v_note, v_facts
  );
  PERFORM post_wallet_credit(
    p_contribution.covered_by, p_contribution.amount, v_clearing, 'refund', p_at, v_note, 0, v_facts
  );
  UPDATE group_members
  SET updated_at = p_at, total_contributed = total_contributed + CASE
    WHEN user_id = p_contribution.covered_by THEN -p_contribution.amount::numeric ELSE p_contribution.amount
  END
  WHERE group_id = p_contribution.group_id AND user_id IN (v_member.user_id, p_contribution.covered_by);
  RETURN v_transaction_id;
END $$;


ALTER FUNCTION public.repay_group_cover(p_contribution public.group_contributions, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION repay_group_cover(p_contribution public.group_contributions, p_at timestamp with time zone)
COMMENT ON FUNCTION public.repay_group_cover(p_contribution public.group_contributions, p_at timestamp with time zone) IS 'Moves what a member owes for a covered contribution to whoever covered it; the member''s transaction.';

-- FUNCTION public.request_funding(uuid, numeric, text, text, text, text, text)
CREATE FUNCTION public.request_funding(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text DEFAULT NULL::text, p_provider_reference text DEFAULT NULL::text, p_idempotency_key text DEFAULT NULL::text, p_currency text DEFAULT 'NGN'::text) RETURNS public.transactions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN request_funding_at(
    p_user_id, p_amount, p_payment_source, p_provider, p_provider_reference, p_idempotency_key, p_currency, now()
  );
END $$;


ALTER FUNCTION public.request_funding(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION request_funding(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text)
COMMENT ON FUNCTION public.request_funding(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text) IS 'A pending funding of 100 to 1,000,000 within the tier''s single limit; no money moves until post_funding().';

-- FUNCTION public.request_funding_at(uuid, numeric, text, text, text, text, text, timestamp with time zone)
CREATE FUNCTION public.request_funding_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_id uuid := app_uuid();
  v_first uuid;
  v_row transactions;
BEGIN
  IF NOT is_money(p_amount) THEN
    PERFORM refuse_amount(p_amount);
  END IF;
  IF p_idempotency_key IS NOT NULL THEN
    v_first := claim_idempotency_key(
      p_user_id, p_idempotency_key, 'request_funding',
      jsonb_build_array(trim_scale(p_amount), p_payment_source, p_provider, p_provider_reference, p_currency)::text, v_id
    );
    IF v_first <> v_id THEN
      SELECT * INTO STRICT v_row FROM transactions WHERE user_id = p_user_id AND id = v_first;
      RETURN v_row;
    END IF;
  END IF;
  PERFORM check_funding_source(p_payment_source);
  PERFORM check_user_acts(p_user_id);
  PERFORM open_wallet(p_user_id, p_currency);
  PERFORM check_bounds(p_amount, 100, 1000000, 'a funding');
  PERFORM check_limits(p_user_id, 'wallet_funding', p_amount, p_at);
  INSERT INTO transactions (
    id, user_id, amount, currency, type, payment_source, reference, description, provider, provider_reference, created_at,
    updated_at
  )
  VALUES (
    v_id, p_user_id, p_amount, p_currency, 'wallet_funding', p_payment_source, mint_reference('FND', p_user_id, v_id),
    'Wallet funding', p_provider, p_provider_reference, p_at, p_at
  )
  RETURNING * INTO v_row;
  RETURN v_row;
END $$;


ALTER FUNCTION public.request_funding_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION request_funding_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.request_funding_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text, p_at timestamp with time zone) IS 'request_funding() at a given time.';

-- FUNCTION public.require_acting_user(uuid)
CREATE FUNCTION public.require_acting_user(p_user_id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM FROM "user" WHERE id = p_user_id FOR SHARE;
  PERFORM require_active_user(p_user_id);
  IF (SELECT is_suspended FROM "user" WHERE id = p_user_id) THEN
    RAISE EXCEPTION 'user % is suspended', p_user_id
      USING ERRCODE = 'AV052',  -- user_suspended
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
END $$;


ALTER FUNCTION public.require_acting_user(p_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION require_acting_user(p_user_id uuid)
COMMENT ON FUNCTION public.require_acting_user(p_user_id uuid) IS 'Refuses with AV050, AV051 or AV052 an unknown, deactivated or suspended user; keeps the row locked for share.';

-- FUNCTION public.require_active_user(uuid)
CREATE FUNCTION public.require_active_user(p_user_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_is_active CONSTANT boolean := (SELECT is_active FROM "user" WHERE id = p_user_id);
BEGIN
  IF v_is_active IS NULL THEN
    RAISE EXCEPTION 'there is no user %', coalesce(p_user_id::text, 'without an id')
      USING ERRCODE = 'AV050',  -- user_not_found
        DETAIL = json_build_object('user_id', p_user_id)::text;
  ELSIF NOT v_is_active THEN
    RAISE EXCEPTION 'user % is deactivated', p_user_id
      USING ERRCODE = 'AV051',  -- user_deactivated
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
END $$;


ALTER FUNCTION public.require_active_user(p_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION require_active_user(p_user_id uuid)
COMMENT ON FUNCTION public.require_active_user(p_user_id uuid) IS 'Refuses with AV050 an unknown user, with AV051 a deactivated one.';

-- FUNCTION public.require_authority_over_permission(uuid, text)
CREATE FUNCTION public.require_authority_over_permission(p_user_id uuid, p_permission text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_permission_id CONSTANT uuid := (SELECT id FROM permissions WHERE name = p_permission);
BEGIN
  PERFORM require_permission(p_user_id, 'admin:users');
  IF v_permission_id IS NULL THEN
    RAISE EXCEPTION 'there is no permission "%"', p_permission
      USING ERRCODE = 'AV083',  -- unknown_role_or_permission
        DETAIL = json_build_object('permission', p_permission)::text;
  END IF;
  PERFORM require_permission(p_user_id, p_permission);
  RETURN v_permission_id;
END $$;


ALTER FUNCTION public.require_authority_over_permission(p_user_id uuid, p_permission text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION require_authority_over_permission(p_user_id uuid, p_permission text)
COMMENT ON FUNCTION public.require_authority_over_permission(p_user_id uuid, p_permission text) IS 'The permission''s id; refuses with AV082 unless the user has admin:users and the permission itself.';

-- FUNCTION public.require_authority_over_role(uuid, text)
CREATE FUNCTION public.require_authority_over_role(p_user_id uuid, p_role text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_role_id CONSTANT uuid := (SELECT id FROM roles WHERE name = p_role);
  v_permission text;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:users');
  IF v_role_id IS NULL THEN
    RAISE EXCEPTION 'there is no role "%"', p_role
      USING ERRCODE = 'AV083',  -- unknown_role_or_permission
        DETAIL = json_build_object('role', p_role)::text;
  END IF;
  FOR v_permission IN
    SELECT permissions.name FROM role_permissions
    JOIN permissions ON permissions.id = role_permissions.permission_id
    WHERE role_permissions.role_id = v_role_id
    ORDER BY permissions.name
  LOOP
    PERFORM require_permission(p_user_id, v_permission);
  END LOOP;
  RETURN v_role_id;
END $$;


ALTER FUNCTION public.require_authority_over_role(p_user_id uuid, p_role text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION require_authority_over_role(p_user_id uuid, p_role text)
COMMENT ON FUNCTION public.require_authority_over_role(p_user_id uuid, p_role text) IS 'The role''s id; refuses with AV082 unless the user has admin:users and every permission of the role.';

-- FUNCTION public.require_authority_over_role_permission(uuid, text, text)
CREATE FUNCTION public.require_authority_over_role_permission(p_user_id uuid, p_role text, p_permission text) RETURNS public.role_permissions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_pair role_permissions;
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  SELECT id INTO v_pair.role_id FROM roles WHERE name = p_role;
  SELECT id INTO v_pair.permission_id FROM permissions WHERE name = p_permission;
  IF v_pair.role_id IS NULL OR v_pair.permission_id IS NULL THEN
    RAISE EXCEPTION 'there is no role "%" or no permission "%"', p_role, p_permission
      USING ERRCODE = 'AV083',  -- unknown_role_or_permission
        DETAIL = json_build_object('role', p_role, 'permission', p_permission)::text;
  END IF;
  PERFORM require_permission(p_user_id, p_permission);
  RETURN v_pair;
END $$;


ALTER FUNCTION public.require_authority_over_role_permission(p_user_id uuid, p_role text, p_permission text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION require_authority_over_role_permission(p_user_id uuid, p_role text, p_permission text)
COMMENT ON FUNCTION public.require_authority_over_role_permission(p_user_id uuid, p_role text, p_permission text) IS 'The ids of role and permission; refuses with AV082 unless the user has admin:system and the permission itself.';

-- FUNCTION public.require_authority_over_user(uuid, uuid)
CREATE FUNCTION public.require_authority_over_user(p_user_id uuid, p_acting_user_id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_permission text;
BEGIN
  PERFORM require_permission(p_acting_user_id, 'admin:users');
  FOR v_permission IN
    SELECT permissions.name FROM user_roles
    JOIN role_permissions ON role_permissions.role_id = user_roles.role_id
    JOIN permissions ON permissions.id = role_permissions.permission_id
    WHERE user_roles.user_id = p_user_id AND (user_roles.expires_at IS NULL OR user_roles.expires_at > now())
    UNION
    SELECT permissions.name FROM user_permissions
    JOIN permissions ON permissions.id = user_permissions.permission_id
    WHERE user_permissions.user_id = p_user_id AND (user_permissions.expires_at IS NULL OR user_permissions.expires_at > now())
    ORDER BY 1
  LOOP
    PERFORM require_permission(p_acting_user_id, v_permission);
  END LOOP;
END $$;


ALTER FUNCTION public.require_authority_over_user(p_user_id uuid, p_acting_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION require_authority_over_user(p_user_id uuid, p_acting_user_id uuid)
COMMENT ON FUNCTION public.require_authority_over_user(p_user_id uuid, p_acting_user_id uuid) IS 'Refuses with AV082 unless the acting user has admin:users and every permission that the user was given.';

-- FUNCTION public.require_future(timestamp with time zone)
CREATE FUNCTION public.require_future(p_expires_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
  IF p_expires_at <= now() OR NOT isfinite(p_expires_at) THEN
    RAISE EXCEPTION 'a grant cannot end at %: that is past, or no moment', p_expires_at
      USING ERRCODE = 'AV084',  -- expiry_not_in_the_future
        DETAIL = json_build_object('expires_at', p_expires_at, 'now', now())::text;
  END IF;
END $$;


ALTER FUNCTION public.require_future(p_expires_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION require_future(p_expires_at timestamp with time zone)
COMMENT ON FUNCTION public.require_future(p_expires_at timestamp with time zone) IS 'Refuses with AV084 an end that has passed; null is no end.';

-- FUNCTION public.require_next_kyc_tier(uuid, integer)
CREATE FUNCTION public.require_next_kyc_tier(p_user_id uuid, p_tier integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_tier CONSTANT integer := (SELECT kyc_tier FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE);
BEGIN
  PERFORM require_acting_user(p_user_id);
  IF p_tier IS DISTINCT FROM v_tier + 1 THEN
    RAISE EXCEPTION 'a user of tier % cannot rise to tier %', v_tier, coalesce(p_tier::text, 'null')
      USING ERRCODE = 'AV060',  -- kyc_tier_step
        DETAIL = json_build_object('user_id', p_user_id, 'current_tier', v_tier, 'tier', p_tier)::text,
        HINT = 'Tiers are reached one after the other, and never lost.';
  END IF;
END $$;


ALTER FUNCTION public.require_next_kyc_tier(p_user_id uuid, p_tier integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION require_next_kyc_tier(p_user_id uuid, p_tier integer)
COMMENT ON FUNCTION public.require_next_kyc_tier(p_user_id uuid, p_tier integer) IS 'Locks the user; refuses with AV060 a tier that is not the next one, with AV050 to AV052 a user who may not act.';

-- FUNCTION public.require_permission(uuid, text)
CREATE FUNCTION public.require_permission(p_user_id uuid, p_permission text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF p_user_id IS NULL OR p_user_id <> audit_actor() OR NOT has_permission(p_user_id, p_permission) THEN
    RAISE EXCEPTION 'the acting user has no permission %', p_permission
      USING ERRCODE = 'AV082',  -- permission_denied
        DETAIL = json_build_object('user_id', p_user_id, 'app_user_id', audit_actor(), 'permission', p_permission)::text,
        HINT = 'Act as a user who has it, the same one as in the setting app.user_id.';
  END IF;
  -- So that the audit names the actor also where the caller set none.
  PERFORM set_config('app.user_id', p_user_id::text, true);
END $$;


ALTER FUNCTION public.require_permission(p_user_id uuid, p_permission text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION require_permission(p_user_id uuid, p_permission text)
COMMENT ON FUNCTION public.require_permission(p_user_id uuid, p_permission text) IS 'Refuses with AV082 unless the user has the permission; makes that user the actor of the transaction.';

-- FUNCTION public.require_reason(text, integer)
CREATE FUNCTION public.require_reason(p_reason text, p_minimum integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    AS $$
BEGIN
  IF char_length(coalesce(btrim(p_reason), '')) NOT BETWEEN p_minimum AND 500 THEN
    RAISE EXCEPTION 'a reason has % to 500 characters, this one has %', p_minimum, char_length(coalesce(btrim(p_reason), ''))
      USING ERRCODE = 'AV055',  -- reason_length
        DETAIL = json_build_object(
          'minimum', p_minimum, 'maximum', 500, 'given', char_length(coalesce(btrim(p_reason), ''))
        )::text;
  END IF;
END $$;


ALTER FUNCTION public.require_reason(p_reason text, p_minimum integer) OWNER TO owner;

-- COMMENT public.FUNCTION require_reason(p_reason text, p_minimum integer)
COMMENT ON FUNCTION public.require_reason(p_reason text, p_minimum integer) IS 'Refuses with AV055 a reason that is too short or too long.';

-- FUNCTION public.require_self_or_authority(uuid, uuid)
CREATE FUNCTION public.require_self_or_authority(p_user_id uuid, p_acting_user_id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF p_acting_user_id IS DISTINCT FROM p_user_id OR audit_actor() <> p_user_id THEN
    PERFORM require_authority_over_user(p_user_id, p_acting_user_id);
  ELSE
    PERFORM set_config('app.user_id', p_user_id::text, true);
  END IF;
END $$;


ALTER FUNCTION public.require_self_or_authority(p_user_id uuid, p_acting_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION require_self_or_authority(p_user_id uuid, p_acting_user_id uuid)
COMMENT ON FUNCTION public.require_self_or_authority(p_user_id uuid, p_acting_user_id uuid) IS 'Refuses with AV082 whoever is neither the user nor has authority over them; makes that person the actor.';

-- FUNCTION public.reserve_idempotency_key(uuid, text, text, text)
CREATE FUNCTION public.reserve_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text) RETURNS TABLE(is_new boolean, result_id uuid, created_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
  v_operation CONSTANT text := 'application:' || p_operation;
  v_hash CONSTANT bytea := sha256(convert_to(v_operation || '|' || p_request, 'UTF8'));
  v_first idempotency_keys;
BEGIN
  INSERT INTO idempotency_keys (user_id, key, operation, request_hash) VALUES (p_user_id, p_key, v_operation, v_hash)
  ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
  is_new := FOUND;
  SELECT * INTO STRICT v_first FROM idempotency_keys WHERE user_id = p_user_id AND key = p_key;
  IF v_first.request_hash <> v_hash THEN
    RAISE EXCEPTION 'idempotency key "%" was used for another request', p_key
      USING ERRCODE = 'AV018',  -- idempotency_conflict
        DETAIL = json_build_object('key', p_key)::text,
        HINT = 'Use a new key for a new request.';
  END IF;
  result_id := v_first.result_id;
  created_at := v_first.created_at;
  RETURN NEXT;
END $$;


ALTER FUNCTION public.reserve_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION reserve_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text)
COMMENT ON FUNCTION public.reserve_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text) IS 'Takes a key for work of the application: new, or what it led to before (null: not done yet); AV018 for another request.';

-- FUNCTION public.resume_plan(uuid, uuid, integer)
CREATE FUNCTION public.resume_plan(p_user_id uuid, p_plan_id uuid, p_version integer) RETURNS public.savings_plans
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  RETURN set_plan_status(p_user_id, p_plan_id, p_version, 'paused', 'active');
END $$;


ALTER FUNCTION public.resume_plan(p_user_id uuid, p_plan_id uuid, p_version integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION resume_plan(p_user_id uuid, p_plan_id uuid, p_version integer)
COMMENT ON FUNCTION public.resume_plan(p_user_id uuid, p_plan_id uuid, p_version integer) IS 'paused → active; the days of the pause are not saved afterwards.';

-- FUNCTION public.return_group_deposits(uuid, uuid[], timestamp with time zone)
CREATE FUNCTION public.return_group_deposits(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v record;
BEGIN
  SELECT array_agg(user_id) AS user_ids, array_agg(deposit_balance::numeric) AS amounts,
    array_agg(deposit_account_id) AS accounts, array_agg(0::numeric) AS after
  INTO v
  FROM group_members
  WHERE group_id = p_group_id AND id = ANY (p_member_ids) AND deposit_balance > 0;
  IF v.user_ids IS NULL THEN
    RETURN;
  END IF;
  PERFORM post_wallet_credits(
    v.user_ids, v.amounts, v.accounts, 'refund', p_at, 'Group deposit returned', jsonb_build_object('group_id', p_group_id),
    v.after
  );
  UPDATE group_members SET deposit_balance = 0, updated_at = p_at
  WHERE group_id = p_group_id AND user_id = ANY (v.user_ids);
END $$;


ALTER FUNCTION public.return_group_deposits(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION return_group_deposits(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone)
COMMENT ON FUNCTION public.return_group_deposits(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone) IS 'Pays what is left of these members'' deposits back to their wallets.';

-- FUNCTION public.revoke_group_invitation(uuid, uuid)
CREATE FUNCTION public.revoke_group_invitation(p_user_id uuid, p_invitation_id uuid) RETURNS public.group_invitations
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM revoke_group_invitation_at(p_user_id, p_invitation_id, now())
$$;


ALTER FUNCTION public.revoke_group_invitation(p_user_id uuid, p_invitation_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION revoke_group_invitation(p_user_id uuid, p_invitation_id uuid)
COMMENT ON FUNCTION public.revoke_group_invitation(p_user_id uuid, p_invitation_id uuid) IS 'Takes back an invitation to a group that the user organizes.';

-- FUNCTION public.revoke_group_invitation_at(uuid, uuid, timestamp with time zone)
CREATE FUNCTION public.revoke_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) RETURNS public.group_invitations
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_invitation group_invitations;
BEGIN
  PERFORM lock_group(group_id) FROM group_invitations WHERE id = p_invitation_id;
  SELECT group_invitations.* INTO v_invitation
  FROM group_invitations
  JOIN ajo_groups ON ajo_groups.id = group_invitations.group_id AND ajo_groups.organizer_id = p_user_id
  WHERE group_invitations.id = p_invitation_id
  FOR NO KEY UPDATE OF group_invitations;
  IF NOT FOUND THEN
    PERFORM refuse_invitation(p_invitation_id);
  END IF;
  IF v_invitation.status = 'revoked' THEN
    RETURN v_invitation;
  END IF;
  PERFORM check_invitation_open(v_invitation, p_at);
  UPDATE group_invitations SET status = 'revoked', updated_at = p_at WHERE id = p_invitation_id RETURNING * INTO v_invitation;
  RETURN v_invitation;
END $$;


ALTER FUNCTION public.revoke_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION revoke_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.revoke_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) IS 'As revoke_group_invitation(), at a given moment.';

-- FUNCTION public.revoke_role(uuid, text, uuid)
CREATE FUNCTION public.revoke_role(p_user_id uuid, p_role text, p_revoked_by uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_role_id CONSTANT uuid := require_authority_over_role(p_revoked_by, p_role);
BEGIN
  DELETE FROM user_roles WHERE user_id = p_user_id AND role_id = v_role_id;
  RETURN FOUND;
END $$;


ALTER FUNCTION public.revoke_role(p_user_id uuid, p_role text, p_revoked_by uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION revoke_role(p_user_id uuid, p_role text, p_revoked_by uuid)
COMMENT ON FUNCTION public.revoke_role(p_user_id uuid, p_role text, p_revoked_by uuid) IS 'Takes a role; false if the user had it not. The last administrator stays.';

-- FUNCTION public.revoke_role_permission(uuid, text, text)
CREATE FUNCTION public.revoke_role_permission(p_user_id uuid, p_role text, p_permission text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_pair CONSTANT role_permissions := require_authority_over_role_permission(p_user_id, p_role, p_permission);
BEGIN
  IF p_role = 'admin' THEN
    RAISE EXCEPTION 'the role admin cannot lose a permission'
      USING ERRCODE = 'AV080',  -- system_object
        DETAIL = json_build_object('role', p_role, 'permission', p_permission)::text;
  END IF;
  DELETE FROM role_permissions WHERE role_id = v_pair.role_id AND permission_id = v_pair.permission_id;
  RETURN FOUND;
END $$;


ALTER FUNCTION public.revoke_role_permission(p_user_id uuid, p_role text, p_permission text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION revoke_role_permission(p_user_id uuid, p_role text, p_permission text)
COMMENT ON FUNCTION public.revoke_role_permission(p_user_id uuid, p_role text, p_permission text) IS 'Takes a permission from a role; false if it was not there; p_user_id is who asks, with admin:system and the permission.';

-- FUNCTION public.revoke_user_permission(uuid, text, uuid)
CREATE FUNCTION public.revoke_user_permission(p_user_id uuid, p_permission text, p_revoked_by uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_permission_id CONSTANT uuid := require_authority_over_permission(p_revoked_by, p_permission);
BEGIN
  DELETE FROM user_permissions WHERE user_id = p_user_id AND permission_id = v_permission_id;
  RETURN FOUND;
END $$;


ALTER FUNCTION public.revoke_user_permission(p_user_id uuid, p_permission text, p_revoked_by uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION revoke_user_permission(p_user_id uuid, p_permission text, p_revoked_by uuid)
COMMENT ON FUNCTION public.revoke_user_permission(p_user_id uuid, p_permission text, p_revoked_by uuid) IS 'Takes a direct grant; false if there was none. What comes by a role stays.';

-- FUNCTION public.revoke_user_sessions(uuid, uuid)
CREATE FUNCTION public.revoke_user_sessions(p_user_id uuid, p_except_session_id uuid DEFAULT NULL::uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_count integer;
BEGIN
  -- In the order of the ids, so that two calls do not wait for each other.
  PERFORM FROM session
  WHERE user_id = p_user_id AND revoked_at IS NULL AND id IS DISTINCT FROM p_except_session_id
  ORDER BY id FOR UPDATE;
  UPDATE session SET revoked_at = now(), updated_at = now()
  WHERE user_id = p_user_id AND revoked_at IS NULL AND id IS DISTINCT FROM p_except_session_id;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;


ALTER FUNCTION public.revoke_user_sessions(p_user_id uuid, p_except_session_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION revoke_user_sessions(p_user_id uuid, p_except_session_id uuid)
COMMENT ON FUNCTION public.revoke_user_sessions(p_user_id uuid, p_except_session_id uuid) IS 'Ends all sessions of a user, but the one given; returns how many.';

-- FUNCTION public.rotate_refresh_token(bytea, bytea, bytea, inet, text)
CREATE FUNCTION public.rotate_refresh_token(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet DEFAULT NULL::inet, p_user_agent text DEFAULT NULL::text) RETURNS TABLE(outcome text, user_id uuid, session_id uuid)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM rotate_refresh_token_at(
    p_refresh_token_hash, p_new_token_hash, p_new_refresh_token_hash, p_ip_address, p_user_agent, now()
  )
$$;


ALTER FUNCTION public.rotate_refresh_token(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION rotate_refresh_token(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text)
COMMENT ON FUNCTION public.rotate_refresh_token(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text) IS 'Exchanges a refresh token for a new session; outcome: rotated, reused (family revoked), revoked, expired, unknown, user_inactive.';

-- FUNCTION public.rotate_refresh_token_at(bytea, bytea, bytea, inet, text, timestamp with time zone)
CREATE FUNCTION public.rotate_refresh_token_at(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_at timestamp with time zone) RETURNS TABLE(outcome text, user_id uuid, session_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
  v_old session;
  v_user "user";
BEGIN
  SELECT * INTO v_old FROM session WHERE refresh_token_hash = p_refresh_token_hash;
  IF v_old.id IS NULL THEN
    outcome := 'unknown';
    RETURN NEXT;
    RETURN;
  END IF;
  user_id := v_old.user_id;
  -- First the user, as a suspension does; then the family: a lock on one row would not keep a brother from being refreshed.
  SELECT * INTO v_user FROM "user" WHERE id = v_old.user_id FOR SHARE;
  PERFORM pg_advisory_xact_lock(hashtextextended('session family ' || v_old.family_id, 0));
  SELECT * INTO v_old FROM session WHERE id = v_old.id FOR UPDATE;
  outcome := CASE
    WHEN v_old.id IS NULL THEN 'unknown'
    WHEN v_old.used_at IS NOT NULL THEN 'reused'
    WHEN v_old.revoked_at IS NOT NULL THEN 'revoked'
    WHEN v_old.refresh_token_expires_at <= p_at THEN 'expired'
    WHEN v_user.is_suspended OR NOT v_user.is_active THEN 'user_inactive'
    ELSE 'rotated'
  END;
  IF outcome = 'reused' THEN
    PERFORM FROM session
    WHERE session.user_id = v_old.user_id AND family_id = v_old.family_id AND revoked_at IS NULL
    ORDER BY id FOR UPDATE;
    UPDATE session SET revoked_at = p_at, updated_at = p_at
    WHERE session.user_id = v_old.user_id AND family_id = v_old.family_id AND revoked_at IS NULL;
  ELSIF outcome = 'rotated' THEN
    UPDATE session SET used_at = p_at, revoked_at = p_at, updated_at = p_at WHERE id = v_old.id;
    INSERT INTO session (
      user_id, family_id, token_hash, expires_at, refresh_token_hash, refresh_token_expires_at, ip_address, user_agent,
      device_id, last_activity_at, created_at, updated_at
    ) VALUES (
      v_old.user_id, v_old.family_id, p_new_token_hash, p_at + interval '30 days', p_new_refresh_token_hash,
      p_at + interval '30 days', p_ip_address, left(p_user_agent, 1000), v_old.device_id, p_at, p_at, p_at
    ) RETURNING id INTO session_id;
  END IF;
  RETURN NEXT;
END $$;


ALTER FUNCTION public.rotate_refresh_token_at(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION rotate_refresh_token_at(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.rotate_refresh_token_at(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_at timestamp with time zone) IS 'rotate_refresh_token() at a given moment.';

-- FUNCTION public.schedule_notification(uuid, text, text, text, text, timestamp with time zone, text, jsonb)
CREATE FUNCTION public.schedule_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_scheduled_for timestamp with time zone, p_recurring_pattern text DEFAULT NULL::text, p_data jsonb DEFAULT NULL::jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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


ALTER FUNCTION public.schedule_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_scheduled_for timestamp with time zone, p_recurring_pattern text, p_data jsonb) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION schedule_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_scheduled_for timestamp with time zone, p_recurring_pattern text, p_data jsonb)
COMMENT ON FUNCTION public.schedule_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_scheduled_for timestamp with time zone, p_recurring_pattern text, p_data jsonb) IS 'Plans a message, once or daily, weekly, monthly from that moment on; returns the id of the plan.';

-- FUNCTION public.seal_audit_log(integer)
CREATE FUNCTION public.seal_audit_log(p_limit integer DEFAULT 100000) RETURNS TABLE(sealed_rows bigint, head_id bigint, head_hash bytea)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_wrote_before CONSTANT boolean := pg_current_xact_id_if_assigned() IS NOT NULL;
  v_state audit_seal_state;
  v_highest bigint;
  v_xact xid8;
  v_oldest xid8;
  v_row audit_log;
BEGIN
  IF p_limit IS NULL OR p_limit < 1 THEN
    RAISE EXCEPTION 'the limit of rows must be at least 1, not %', p_limit USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('seal_audit_log in ' || current_schema(), 0));

  -- First the highest id, then our own number: who has taken a smaller id has a smaller number than ours.
  SELECT max(id) INTO v_highest FROM audit_log;
  v_xact := pg_current_xact_id();
  SELECT pg_snapshot_xmin(pg_current_snapshot()) INTO v_oldest;
  SELECT * INTO v_state FROM audit_seal_state;
  v_state.final_id := coalesce(v_state.final_id, 0);
  -- A number above ours comes from another server's dump: its transactions are not running here.
  IF v_state.waiting_xact <= v_oldest OR v_state.waiting_xact > v_xact THEN
    v_state.final_id := greatest(v_state.final_id, v_state.waiting_id);
    v_state.waiting_id := NULL;
    v_state.waiting_xact := NULL;
  END IF;
  IF NOT v_wrote_before AND v_oldest = v_xact THEN  -- nobody else is writing
    v_state.final_id := greatest(v_state.final_id, v_highest);
  ELSIF NOT v_wrote_before AND v_state.waiting_id IS NULL THEN
    v_state.waiting_id := v_highest;
    v_state.waiting_xact := CASE WHEN v_highest IS NOT NULL THEN v_xact END;
  END IF;
  INSERT INTO audit_seal_state (final_id, waiting_id, waiting_xact)
  VALUES (v_state.final_id, v_state.waiting_id, v_state.waiting_xact)
  ON CONFLICT ON CONSTRAINT audit_seal_state_pkey
  DO UPDATE SET final_id = excluded.final_id, waiting_id = excluded.waiting_id, waiting_xact = excluded.waiting_xact;

  sealed_rows := 0;
  SELECT audit_id, hash INTO head_id, head_hash FROM audit_chain ORDER BY audit_id DESC LIMIT 1;
  FOR v_row IN
    SELECT * FROM audit_log WHERE id > coalesce(head_id, 0) AND id <= v_state.final_id ORDER BY id LIMIT p_limit
  LOOP
    head_id := v_row.id;
    head_hash := audit_row_hash(head_hash, v_row);
    INSERT INTO audit_chain (audit_id, hash) VALUES (head_id, head_hash);
    sealed_rows := sealed_rows + 1;
  END LOOP;
  RETURN NEXT;
END $$;


ALTER FUNCTION public.seal_audit_log(p_limit integer) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION seal_audit_log(p_limit integer)
COMMENT ON FUNCTION public.seal_audit_log(p_limit integer) IS 'Chains the audit rows that are final, at most p_limit; returns how many, and the head to be kept somewhere else.';

-- FUNCTION public.sees_group(uuid, uuid)
CREATE FUNCTION public.sees_group(p_user_id uuid, p_group_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN ((EXISTS (SELECT FROM public.group_members WHERE ((group_members.group_id = sees_group.p_group_id) AND (group_members.user_id = sees_group.p_user_id)))) OR public.has_permission(p_user_id, 'group:manage'::text));


ALTER FUNCTION public.sees_group(p_user_id uuid, p_group_id uuid) OWNER TO owner;

-- COMMENT public.FUNCTION sees_group(p_user_id uuid, p_group_id uuid)
COMMENT ON FUNCTION public.sees_group(p_user_id uuid, p_group_id uuid) IS 'Whether the user is or was a member of the group, or has group:manage.';

-- FUNCTION public.set_plan_status(uuid, uuid, integer, text, text)
CREATE FUNCTION public.set_plan_status(p_user_id uuid, p_plan_id uuid, p_version integer, p_from text, p_to text) RETURNS public.savings_plans
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_plan savings_plans;
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_plan_version(lock_plan(p_user_id, p_plan_id, ARRAY[p_from]), p_version);
  UPDATE savings_plans
  SET status = p_to, completed_at = CASE p_to WHEN 'completed' THEN now() END,
    auto_save_from = CASE p_to WHEN 'active' THEN app_today() ELSE auto_save_from END, version = version + 1, updated_at = now()
  WHERE id = p_plan_id
  RETURNING * INTO v_plan;
  RETURN v_plan;
END $$;


ALTER FUNCTION public.set_plan_status(p_user_id uuid, p_plan_id uuid, p_version integer, p_from text, p_to text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION set_plan_status(p_user_id uuid, p_plan_id uuid, p_version integer, p_from text, p_to text)
COMMENT ON FUNCTION public.set_plan_status(p_user_id uuid, p_plan_id uuid, p_version integer, p_from text, p_to text) IS 'One step of a plan''s states, if it is still at this version.';

-- FUNCTION public.set_rotation_order(uuid, uuid, uuid[])
CREATE FUNCTION public.set_rotation_order(p_user_id uuid, p_group_id uuid, p_member_ids uuid[]) RETURNS SETOF public.group_members
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group CONSTANT ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_members CONSTANT uuid[] := ARRAY(
    SELECT id FROM group_members WHERE group_id = p_group_id AND status NOT IN ('removed', 'left') ORDER BY id
  );
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting');
  IF v_group.rotation_order <> 'manual' THEN
    PERFORM refuse_rotation(p_group_id, cardinality(v_members), format('its order is %s, not manual', v_group.rotation_order));
  END IF;
  IF ARRAY(SELECT id FROM unnest(p_member_ids) AS id ORDER BY id) IS DISTINCT FROM v_members THEN
    PERFORM refuse_rotation(p_group_id, cardinality(v_members), 'the order does not name each member once');
  END IF;
  PERFORM write_positions(p_group_id, p_member_ids, now());
  RETURN QUERY SELECT * FROM group_members WHERE group_id = p_group_id AND position IS NOT NULL ORDER BY position;
END $$;


ALTER FUNCTION public.set_rotation_order(p_user_id uuid, p_group_id uuid, p_member_ids uuid[]) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION set_rotation_order(p_user_id uuid, p_group_id uuid, p_member_ids uuid[])
COMMENT ON FUNCTION public.set_rotation_order(p_user_id uuid, p_group_id uuid, p_member_ids uuid[]) IS 'Sets the order of a manual rotation before its start: all members, each once.';

-- FUNCTION public.set_updated_at()
CREATE FUNCTION public.set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;


ALTER FUNCTION public.set_updated_at() OWNER TO owner;

-- COMMENT public.FUNCTION set_updated_at()
COMMENT ON FUNCTION public.set_updated_at() IS 'Trigger: a changed row carries the time of the transaction that changed it.';

-- FUNCTION public.share_deposits_of_debtors(public.ajo_groups, timestamp with time zone)
CREATE FUNCTION public.share_deposits_of_debtors(p_group public.ajo_groups, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_note CONSTANT text := format('%s: settled on cancellation', p_group.group_name);
  v_facts CONSTANT jsonb := jsonb_build_object('group_id', p_group.id);
  v_taken numeric;
  v record;
BEGIN
  WITH posted AS MATERIALIZED (
    SELECT standing.id, standing.taken,
      post_movement(
        standing.user_id, standing.deposit_account_id, p_group.pool_account_id, standing.taken, 'group_contribution', p_at,
        v_note, p_group.currency, v_facts, standing.deposit_balance - standing.taken
      ) AS transaction_id
    FROM (
      SELECT member.*, least(member.deposit_balance, payout.amount - member.total_contributed) AS taken
      FROM group_members AS member
      JOIN group_payouts AS payout ON payout.member_id = member.id AND payout.amount > member.total_contributed
      WHERE member.group_id = p_group.id AND member.deposit_balance > 0
    ) AS standing
  ),
  debited AS (
    UPDATE group_members
    SET deposit_balance = deposit_balance - posted.taken, total_contributed = total_contributed + posted.taken,
      updated_at = p_at
    FROM posted
    WHERE group_members.id = posted.id
  )
  SELECT sum(taken) INTO v_taken FROM posted;
  IF v_taken IS NULL THEN
    RETURN;
  END IF;

  -- Rounding the running sum, not each share: the shares add up to the kobo.
  SELECT array_agg(user_id) AS user_ids, array_agg(share) AS amounts, array_agg(p_group.pool_account_id) AS accounts
  INTO v
  FROM (
    SELECT user_id,
      round(v_taken * sum(claim) OVER running / sum(claim) OVER (), 2)
        - round(v_taken * (sum(claim) OVER running - claim) / sum(claim) OVER (), 2) AS share
    FROM (
      SELECT member.user_id, member.position, member.total_contributed - coalesce(payout.amount, 0) AS claim
      FROM group_members AS member
      LEFT JOIN group_payouts AS payout ON payout.member_id = member.id
      WHERE member.group_id = p_group.id AND member.total_contributed > coalesce(payout.amount, 0)
    ) AS creditor
    WINDOW running AS (ORDER BY position)
  ) AS shared
  WHERE share > 0;
  PERFORM post_wallet_credits(v.user_ids, v.amounts, v.accounts, 'refund', p_at, v_note, v_facts);
  UPDATE group_members SET total_contributed = total_contributed - shared.amount, updated_at = p_at
  FROM unnest(v.user_ids, v.amounts) AS shared (user_id, amount)
  WHERE group_members.group_id = p_group.id AND group_members.user_id = shared.user_id;
  UPDATE ajo_groups
  SET total_collected = total_collected + v_taken, total_refunded = total_refunded + v_taken, updated_at = p_at
  WHERE id = p_group.id;
END $$;


ALTER FUNCTION public.share_deposits_of_debtors(p_group public.ajo_groups, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION share_deposits_of_debtors(p_group public.ajo_groups, p_at timestamp with time zone)
COMMENT ON FUNCTION public.share_deposits_of_debtors(p_group public.ajo_groups, p_at timestamp with time zone) IS 'On cancellation: deposits of members who received too much go to those who gave too much.';

-- FUNCTION public.start_ajo_group(uuid, uuid, date)
CREATE FUNCTION public.start_ajo_group(p_user_id uuid, p_group_id uuid, p_start_date date DEFAULT NULL::date) RETURNS public.ajo_groups
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM start_ajo_group_at(
    p_user_id, p_group_id, p_start_date, ('x' || right(replace(gen_random_uuid()::text, '-', ''), 15))::bit(60)::bigint, now()
  )
$$;


ALTER FUNCTION public.start_ajo_group(p_user_id uuid, p_group_id uuid, p_start_date date) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION start_ajo_group(p_user_id uuid, p_group_id uuid, p_start_date date)
COMMENT ON FUNCTION public.start_ajo_group(p_user_id uuid, p_group_id uuid, p_start_date date) IS 'Freezes the order, writes all rounds and opens the first; due from the start date, today unless given.';

-- FUNCTION public.start_ajo_group_at(uuid, uuid, date, bigint, timestamp with time zone)
CREATE FUNCTION public.start_ajo_group_at(p_user_id uuid, p_group_id uuid, p_start_date date, p_seed bigint, p_at timestamp with time zone) RETURNS public.ajo_groups
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group ajo_groups := lock_own_group(p_user_id, p_group_id);
  v_start CONSTANT date := coalesce(p_start_date, app_day(p_at));
  v_order CONSTANT uuid[] := order_of_rotation(v_group, p_seed);
  v_count CONSTANT integer := cardinality(v_order);
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting');
  IF v_start NOT BETWEEN app_day(p_at) AND app_day(p_at) + 90 THEN
    RAISE EXCEPTION 'start date % is not between % and %', v_start, app_day(p_at), app_day(p_at) + 90
      USING ERRCODE = 'AV044',  -- start_date_invalid
        DETAIL = json_build_object('start_date', v_start, 'earliest', app_day(p_at), 'latest', app_day(p_at) + 90)::text;
  END IF;
  IF v_count < 2 THEN
    PERFORM refuse_rotation(p_group_id, v_count, 'it needs at least 2 members');
  END IF;
  IF v_group.rotation_order = 'manual' AND v_order IS DISTINCT FROM (
    SELECT array_agg(id ORDER BY position) FROM group_members WHERE group_id = p_group_id AND position BETWEEN 1 AND v_count
  ) THEN
    PERFORM refuse_rotation(p_group_id, v_count, 'not every member has a position');
  END IF;

  PERFORM write_positions(p_group_id, v_order, p_at);
  INSERT INTO ajo_rounds (group_id, round, recipient_member_id, due_date, created_at, updated_at)
  SELECT p_group_id, round, member_id, group_due_date(v_start, v_group.contribution_frequency, round::integer), p_at, p_at
  FROM unnest(v_order) WITH ORDINALITY AS place (member_id, round);
  UPDATE group_invitations SET status = 'revoked', updated_at = p_at WHERE group_id = p_group_id AND status = 'pending';
  UPDATE ajo_groups
  SET status = 'active', current_round = 1, current_position = 1, start_date = v_start, next_payout_date = v_start,
    end_date = group_due_date(v_start, contribution_frequency, v_count),
    rotation_seed = CASE rotation_order WHEN 'random' THEN p_seed END, updated_at = p_at
  WHERE id = p_group_id;
  PERFORM open_current_round(p_group_id, p_at);
  SELECT * INTO v_group FROM ajo_groups WHERE id = p_group_id;
  RETURN v_group;
END $$;


ALTER FUNCTION public.start_ajo_group_at(p_user_id uuid, p_group_id uuid, p_start_date date, p_seed bigint, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION start_ajo_group_at(p_user_id uuid, p_group_id uuid, p_start_date date, p_seed bigint, p_at timestamp with time zone)
COMMENT ON FUNCTION public.start_ajo_group_at(p_user_id uuid, p_group_id uuid, p_start_date date, p_seed bigint, p_at timestamp with time zone) IS 'As start_ajo_group(), at a given moment and with a given seed.';

-- FUNCTION public.start_kyc_review(uuid, uuid, uuid)
CREATE FUNCTION public.start_kyc_review(p_user_id uuid, p_kyc_id uuid, p_reviewed_by uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM open_kyc_request(p_user_id, p_kyc_id, p_reviewed_by, 'kyc:review');
  UPDATE kyc_verification SET status = 'under_review', updated_at = now() WHERE id = p_kyc_id;
  UPDATE "user" SET kyc_status = 'under_review', updated_at = now() WHERE id = p_user_id AND kyc_tier = 0;
END $$;


ALTER FUNCTION public.start_kyc_review(p_user_id uuid, p_kyc_id uuid, p_reviewed_by uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION start_kyc_review(p_user_id uuid, p_kyc_id uuid, p_reviewed_by uuid)
COMMENT ON FUNCTION public.start_kyc_review(p_user_id uuid, p_kyc_id uuid, p_reviewed_by uuid) IS 'Somebody with kyc:review has taken up the request.';

-- FUNCTION public.submit_kyc(public.kyc_verification)
CREATE FUNCTION public.submit_kyc(p_request public.kyc_verification) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_given CONSTANT jsonb := jsonb_strip_nulls(to_jsonb(p_request));
  v_missing text[];
BEGIN
  PERFORM require_next_kyc_tier(p_request.user_id, p_request.tier);
  SELECT array_agg(field) INTO v_missing
  FROM unnest(
    ARRAY['first_name', 'last_name', 'date_of_birth', 'address'] || CASE p_request.tier WHEN 2 THEN ARRAY[
      'government_id_type', 'government_id_number', 'government_id_last_four', 'government_id_hash', 'government_id_image',
      'selfie_image'
    ] END
  ) AS field
  WHERE coalesce(v_given ->> field, '') = '';
  IF v_missing IS NOT NULL THEN
    RAISE EXCEPTION 'a request for tier % lacks %', p_request.tier, array_to_string(v_missing, ', ')
      USING ERRCODE = 'AV064',  -- kyc_incomplete
        DETAIL = json_build_object('tier', p_request.tier, 'missing', v_missing)::text;
  END IF;
  IF EXISTS (
    SELECT FROM kyc_verification
    WHERE user_id = p_request.user_id AND tier = p_request.tier AND status IN ('pending', 'under_review')
  ) THEN
    RAISE EXCEPTION 'a request of user % for tier % is open already', p_request.user_id, p_request.tier
      USING ERRCODE = 'AV061',  -- kyc_request_open
        DETAIL = json_build_object('user_id', p_request.user_id, 'tier', p_request.tier)::text;
  END IF;
  p_request.id := app_uuid();
  p_request.status := 'pending';
  p_request.created_at := now();
  p_request.updated_at := now();
  INSERT INTO kyc_verification SELECT p_request.*;
  -- Whoever has a tier keeps it, and its status, while the next one is decided.
  UPDATE "user" SET kyc_status = 'pending', updated_at = now() WHERE id = p_request.user_id AND kyc_tier = 0;
  RETURN p_request.id;
END $$;


ALTER FUNCTION public.submit_kyc(p_request public.kyc_verification) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION submit_kyc(p_request public.kyc_verification)
COMMENT ON FUNCTION public.submit_kyc(p_request public.kyc_verification) IS 'The common part of submit_kyc_tier1() and submit_kyc_tier2().';

-- FUNCTION public.submit_kyc_tier1(uuid, text, text, date, text)
CREATE FUNCTION public.submit_kyc_tier1(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_request kyc_verification;
BEGIN
  v_request.user_id := p_user_id;
  v_request.tier := 1;
  v_request.first_name := p_first_name;
  v_request.last_name := p_last_name;
  v_request.date_of_birth := p_date_of_birth;
  v_request.address := p_address;
  RETURN submit_kyc(v_request);
END $$;


ALTER FUNCTION public.submit_kyc_tier1(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION submit_kyc_tier1(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text)
COMMENT ON FUNCTION public.submit_kyc_tier1(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text) IS 'Asks for tier 1; returns the id of the request.';

-- FUNCTION public.submit_kyc_tier2(uuid, text, text, date, text, text, bytea, text, bytea, text, text)
CREATE FUNCTION public.submit_kyc_tier2(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text, p_government_id_type text, p_government_id_number bytea, p_government_id_last_four text, p_government_id_hash bytea, p_government_id_image text, p_selfie_image text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_request kyc_verification;
BEGIN
  v_request.user_id := p_user_id;
  v_request.tier := 2;
  v_request.first_name := p_first_name;
  v_request.last_name := p_last_name;
  v_request.date_of_birth := p_date_of_birth;
  v_request.address := p_address;
  v_request.government_id_type := p_government_id_type;
  v_request.government_id_number := p_government_id_number;
  v_request.government_id_last_four := p_government_id_last_four;
  v_request.government_id_hash := p_government_id_hash;
  v_request.government_id_image := p_government_id_image;
  v_request.selfie_image := p_selfie_image;
  RETURN submit_kyc(v_request);
END $$;


ALTER FUNCTION public.submit_kyc_tier2(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text, p_government_id_type text, p_government_id_number bytea, p_government_id_last_four text, p_government_id_hash bytea, p_government_id_image text, p_selfie_image text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION submit_kyc_tier2(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text, p_government_id_type text, p_government_id_number bytea, p_government_id_last_four text, p_government_id_hash bytea, p_government_id_image text, p_selfie_image text)
COMMENT ON FUNCTION public.submit_kyc_tier2(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text, p_government_id_type text, p_government_id_number bytea, p_government_id_last_four text, p_government_id_hash bytea, p_government_id_image text, p_selfie_image text) IS 'Asks for tier 2 with a document, its number encrypted by the application; returns the id of the request.';

-- FUNCTION public.suspend_user(uuid, uuid, text)
CREATE FUNCTION public.suspend_user(p_user_id uuid, p_suspended_by uuid, p_reason text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM require_reason(p_reason, 10);
  PERFORM FROM "user" WHERE id = p_user_id FOR NO KEY UPDATE;
  PERFORM require_authority_over_user(p_user_id, p_suspended_by);
  PERFORM require_active_user(p_user_id);
  UPDATE "user"
  SET is_suspended = true, suspended_at = now(), suspension_reason = btrim(p_reason), updated_at = now()
  WHERE id = p_user_id AND NOT is_suspended;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'user % is suspended already', p_user_id
      USING ERRCODE = 'AV053',  -- already_suspended
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  RETURN revoke_user_sessions(p_user_id);
END $$;


ALTER FUNCTION public.suspend_user(p_user_id uuid, p_suspended_by uuid, p_reason text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION suspend_user(p_user_id uuid, p_suspended_by uuid, p_reason text)
COMMENT ON FUNCTION public.suspend_user(p_user_id uuid, p_suspended_by uuid, p_reason text) IS 'Blocks an active user for a reason of 10 to 500 characters and ends the sessions; returns how many were ended.';

-- FUNCTION public.system_account(text, text)
CREATE FUNCTION public.system_account(p_kind text, p_currency text) RETURNS uuid
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT id FROM ledger_accounts
  WHERE kind = p_kind AND currency = p_currency
    AND kind IN (
      'payout_clearing', 'transfer_clearing', 'settlement', 'fee_income', 'penalty_income',
      'interest_expense', 'reward_expense', 'opening_equity'
    )
$$;


ALTER FUNCTION public.system_account(p_kind text, p_currency text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION system_account(p_kind text, p_currency text)
COMMENT ON FUNCTION public.system_account(p_kind text, p_currency text) IS 'The house''s one account of a kind and currency.';

-- FUNCTION public.touch_updated_at()
CREATE FUNCTION public.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
  IF NEW.updated_at = OLD.updated_at AND OLD.* IS DISTINCT FROM NEW.* THEN
    -- Later than before in any case: that ends the second update's own call of this function.
    EXECUTE format(
      'UPDATE %I.%I SET updated_at = greatest(now(), updated_at + interval ''1 microsecond'') WHERE id = $1',
      TG_TABLE_SCHEMA, TG_TABLE_NAME
    ) USING NEW.id;
  END IF;
  RETURN NULL;
END $_$;


ALTER FUNCTION public.touch_updated_at() OWNER TO owner;

-- COMMENT public.FUNCTION touch_updated_at()
COMMENT ON FUNCTION public.touch_updated_at() IS 'Trigger: gives a row that was changed by hand the time of that change, in a second step.';

-- FUNCTION public.trial_balance()
CREATE FUNCTION public.trial_balance() RETURNS TABLE(currency text, kind text, accounts bigint, debits numeric, credits numeric, balance numeric)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT account.currency, account.kind, count(DISTINCT account.id), coalesce(-sum(posting.amount) FILTER (WHERE posting.side = 'debit'), 0),
    coalesce(sum(posting.amount) FILTER (WHERE posting.side = 'credit'), 0), coalesce(sum(posting.amount), 0)
  FROM ledger_accounts AS account
  LEFT JOIN ledger_postings AS posting ON posting.account_id = account.id
  GROUP BY account.currency, account.kind
  ORDER BY account.currency, account.kind
$$;


ALTER FUNCTION public.trial_balance() OWNER TO owner;

-- COMMENT public.FUNCTION trial_balance()
COMMENT ON FUNCTION public.trial_balance() IS 'Debits, credits and credits less debits of every kind of account; the last column sums to zero in each currency.';

-- FUNCTION public.uncount_contribution(public.transactions, timestamp with time zone)
CREATE FUNCTION public.uncount_contribution(p_original public.transactions, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_plan CONSTANT savings_plans := lock_plan(p_original.user_id, p_original.plan_id, ARRAY['active', 'paused', 'completed']);
  v_reopens CONSTANT boolean := v_plan.status = 'completed' AND v_plan.end_date > app_day(p_at)
    AND v_plan.current_amount - p_original.amount < v_plan.target_amount;
BEGIN
  IF v_reopens AND v_plan.current_amount < v_plan.target_amount THEN
    RAISE EXCEPTION 'transaction % cannot be reversed: plan % was completed by it, and money was taken out of the plan since',
      p_original.id, v_plan.id
      USING ERRCODE = 'AV020',  -- not_reversible
        DETAIL = json_build_object(
          'transaction_id', p_original.id, 'type', p_original.type, 'reason', 'money was taken out of the completed plan since'
        )::text,
        HINT = 'Reverse the withdrawals of the plan first.';
  END IF;
  UPDATE savings_plans
  SET total_contributions = greatest(total_contributions - 1, 0), updated_at = p_at,
    status = CASE WHEN v_reopens THEN 'active' ELSE status END,
    completed_at = CASE WHEN v_reopens THEN NULL ELSE completed_at END,
    -- What it earned so far was posted; post_interests() subtracts that at the real end.
    interest_posted_at = CASE WHEN v_reopens THEN NULL ELSE interest_posted_at END,
    auto_save_from = CASE WHEN v_reopens THEN app_day(p_at) ELSE auto_save_from END,
    version = version + v_reopens::integer
  WHERE user_id = v_plan.user_id AND id = v_plan.id;
END $$;


ALTER FUNCTION public.uncount_contribution(p_original public.transactions, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION uncount_contribution(p_original public.transactions, p_at timestamp with time zone)
COMMENT ON FUNCTION public.uncount_contribution(p_original public.transactions, p_at timestamp with time zone) IS 'Takes a contribution out of its plan''s count; a plan below its target and before its end is active again, AV020 if money has left it since.';

-- FUNCTION public.undo_withdrawal(uuid, uuid, text, text, timestamp with time zone)
CREATE FUNCTION public.undo_withdrawal(p_user_id uuid, p_transaction_id uuid, p_status text, p_reason text, p_at timestamp with time zone) RETURNS public.transactions
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_row transactions;
  v_wallet wallets;
BEGIN
  UPDATE transactions
  SET status = p_status, failure_reason = p_reason, updated_at = p_at,
    failed_at = CASE p_status WHEN 'failed' THEN p_at END, cancelled_at = CASE p_status WHEN 'cancelled' THEN p_at END
  WHERE user_id = p_user_id AND id = p_transaction_id AND type = 'wallet_withdrawal' AND status = 'pending'
    AND (p_status = 'failed' OR provider_reference IS NULL)
  RETURNING * INTO v_row;
  IF NOT FOUND THEN
    v_row := get_own_transaction(p_user_id, p_transaction_id, 'wallet_withdrawal');
    IF v_row.status = 'pending' THEN
      RAISE EXCEPTION 'withdrawal % was sent to % already', v_row.id, v_row.provider
        USING ERRCODE = 'AV025',  -- withdrawal_sent
          DETAIL = json_build_object('transaction_id', v_row.id, 'provider', v_row.provider)::text;
    ELSIF v_row.status <> p_status THEN
      PERFORM refuse_transaction_status(v_row, 'pending');
    END IF;
    RETURN v_row;
  END IF;
  UPDATE wallets SET balance = balance + v_row.amount + v_row.fee_amount, updated_at = p_at WHERE user_id = p_user_id
  RETURNING * INTO STRICT v_wallet;
  PERFORM post_entry(
    p_user_id, v_row.id, system_account('payout_clearing', v_row.currency), v_wallet.account_id, v_row.amount, v_row.currency,
    p_at, NULL, v_wallet.balance - v_row.fee_amount
  );
  PERFORM post_entry(
    p_user_id, v_row.id, system_account('fee_income', v_row.currency), v_wallet.account_id, v_row.fee_amount, v_row.currency,
    p_at, NULL, v_wallet.balance
  );
  RETURN v_row;
END $$;


ALTER FUNCTION public.undo_withdrawal(p_user_id uuid, p_transaction_id uuid, p_status text, p_reason text, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION undo_withdrawal(p_user_id uuid, p_transaction_id uuid, p_status text, p_reason text, p_at timestamp with time zone)
COMMENT ON FUNCTION public.undo_withdrawal(p_user_id uuid, p_transaction_id uuid, p_status text, p_reason text, p_at timestamp with time zone) IS 'Ends a pending withdrawal as failed or cancelled: amount and fee go back to the wallet, once.';

-- FUNCTION public.unfreeze_wallet(uuid)
CREATE FUNCTION public.unfreeze_wallet(p_user_id uuid) RETURNS public.wallets
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_wallet wallets;
BEGIN
  UPDATE wallets SET is_active = true, frozen_at = NULL, freeze_reason = NULL, updated_at = now() WHERE user_id = p_user_id
  RETURNING * INTO v_wallet;
  IF NOT FOUND THEN
    PERFORM check_wallet_debit(p_user_id, 0);
  END IF;
  RETURN v_wallet;
END $$;


ALTER FUNCTION public.unfreeze_wallet(p_user_id uuid) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION unfreeze_wallet(p_user_id uuid)
COMMENT ON FUNCTION public.unfreeze_wallet(p_user_id uuid) IS 'Money may leave the wallet again.';

-- FUNCTION public.update_ajo_group(uuid, uuid, text, text, integer, boolean)
CREATE FUNCTION public.update_ajo_group(p_user_id uuid, p_group_id uuid, p_group_name text DEFAULT NULL::text, p_description text DEFAULT NULL::text, p_member_count integer DEFAULT NULL::integer, p_is_private boolean DEFAULT NULL::boolean) RETURNS public.ajo_groups
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_group ajo_groups := lock_own_group(p_user_id, p_group_id);
BEGIN
  PERFORM check_user_acts(p_user_id);
  PERFORM check_group_status(v_group, 'recruiting');
  UPDATE ajo_groups
  SET group_name = coalesce(p_group_name, group_name), description = coalesce(p_description, description),
    member_count = coalesce(p_member_count, member_count), is_private = coalesce(p_is_private, is_private)
  WHERE id = p_group_id
  RETURNING * INTO v_group;
  RETURN v_group;
END $$;


ALTER FUNCTION public.update_ajo_group(p_user_id uuid, p_group_id uuid, p_group_name text, p_description text, p_member_count integer, p_is_private boolean) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION update_ajo_group(p_user_id uuid, p_group_id uuid, p_group_name text, p_description text, p_member_count integer, p_is_private boolean)
COMMENT ON FUNCTION public.update_ajo_group(p_user_id uuid, p_group_id uuid, p_group_name text, p_description text, p_member_count integer, p_is_private boolean) IS 'Changes a recruiting group; null leaves a value as it is.';

-- FUNCTION public.update_plan_settings(uuid, uuid, integer, text, numeric, boolean, time without time zone, numeric)
CREATE FUNCTION public.update_plan_settings(p_user_id uuid, p_plan_id uuid, p_version integer, p_plan_name text DEFAULT NULL::text, p_daily_amount numeric DEFAULT NULL::numeric, p_auto_save_enabled boolean DEFAULT NULL::boolean, p_auto_save_time time without time zone DEFAULT NULL::time without time zone, p_minimum_balance numeric DEFAULT NULL::numeric) RETURNS public.savings_plans
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_plan savings_plans;
BEGIN
  IF p_daily_amount IS NOT NULL THEN
    IF NOT is_money(p_daily_amount) THEN
      PERFORM refuse_amount(p_daily_amount);
    END IF;
    PERFORM check_bounds(p_daily_amount, 10, 50000, 'a daily amount');
  END IF;
  IF p_minimum_balance <> 0 AND NOT is_money(p_minimum_balance) THEN
    PERFORM refuse_amount(p_minimum_balance);
  END IF;
  PERFORM check_user_acts(p_user_id);
  PERFORM check_plan_version(lock_plan(p_user_id, p_plan_id, ARRAY['active', 'paused']), p_version);
  UPDATE savings_plans
  SET plan_name = coalesce(p_plan_name, plan_name), daily_amount = coalesce(p_daily_amount, daily_amount),
    auto_save_enabled = coalesce(p_auto_save_enabled, auto_save_enabled),
    auto_save_time = coalesce(p_auto_save_time, auto_save_time),
    -- Days before are not made up for: nobody had asked for them.
    auto_save_from = CASE WHEN p_auto_save_enabled AND NOT auto_save_enabled THEN app_today() ELSE auto_save_from END,
    minimum_balance = coalesce(p_minimum_balance, minimum_balance), version = version + 1, updated_at = now()
  WHERE id = p_plan_id
  RETURNING * INTO v_plan;
  RETURN v_plan;
END $$;


ALTER FUNCTION public.update_plan_settings(p_user_id uuid, p_plan_id uuid, p_version integer, p_plan_name text, p_daily_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_minimum_balance numeric) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION update_plan_settings(p_user_id uuid, p_plan_id uuid, p_version integer, p_plan_name text, p_daily_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_minimum_balance numeric)
COMMENT ON FUNCTION public.update_plan_settings(p_user_id uuid, p_plan_id uuid, p_version integer, p_plan_name text, p_daily_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_minimum_balance numeric) IS 'Changes what is not NULL of an open plan, if it is still at this version.';

-- FUNCTION public.update_role(uuid, text, text, text)
CREATE FUNCTION public.update_role(p_user_id uuid, p_name text, p_display_name text, p_description text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  PERFORM require_permission(p_user_id, 'admin:system');
  UPDATE roles SET display_name = p_display_name, description = p_description, updated_at = now() WHERE name = p_name;
  RETURN FOUND;
END $$;


ALTER FUNCTION public.update_role(p_user_id uuid, p_name text, p_display_name text, p_description text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION update_role(p_user_id uuid, p_name text, p_display_name text, p_description text)
COMMENT ON FUNCTION public.update_role(p_user_id uuid, p_name text, p_display_name text, p_description text) IS 'Changes what people read of a role; false if there is none of that name; p_user_id is who asks, with admin:system.';

-- TABLE public.daily_analytics
CREATE TABLE public.daily_analytics (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    date date NOT NULL,
    total_users integer DEFAULT 0 NOT NULL,
    active_users integer DEFAULT 0 NOT NULL,
    new_users integer DEFAULT 0 NOT NULL,
    total_savings_plans integer DEFAULT 0 NOT NULL,
    active_savings_plans integer DEFAULT 0 NOT NULL,
    total_contributions integer DEFAULT 0 NOT NULL,
    total_contribution_amount public.money_amount DEFAULT 0 NOT NULL,
    total_withdrawals integer DEFAULT 0 NOT NULL,
    total_withdrawal_amount public.money_amount DEFAULT 0 NOT NULL,
    active_ajo_groups integer DEFAULT 0 NOT NULL,
    currency text DEFAULT 'NGN'::text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT daily_analytics_active_ajo_groups_not_negative_check CHECK ((active_ajo_groups >= 0)),
    CONSTRAINT daily_analytics_active_savings_plans_range_check CHECK (((active_savings_plans >= 0) AND (active_savings_plans <= total_savings_plans))),
    CONSTRAINT daily_analytics_active_users_range_check CHECK (((active_users >= 0) AND (active_users <= total_users))),
    CONSTRAINT daily_analytics_currency_format_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT daily_analytics_new_users_range_check CHECK (((new_users >= 0) AND (new_users <= total_users))),
    CONSTRAINT daily_analytics_total_contributions_not_negative_check CHECK ((total_contributions >= 0)),
    CONSTRAINT daily_analytics_total_withdrawals_not_negative_check CHECK ((total_withdrawals >= 0))
);


ALTER TABLE public.daily_analytics OWNER TO owner;

-- COMMENT public.TABLE daily_analytics
COMMENT ON TABLE public.daily_analytics IS 'Figures of one Lagos day, computed by upsert_daily_analytics(); one row a day and currency.';

-- COMMENT public.COLUMN daily_analytics.id
COMMENT ON COLUMN public.daily_analytics.id IS 'UUID version 7.';

-- COMMENT public.COLUMN daily_analytics.date
COMMENT ON COLUMN public.daily_analytics.date IS 'The Lagos day.';

-- COMMENT public.COLUMN daily_analytics.total_users
COMMENT ON COLUMN public.daily_analytics.total_users IS 'Users registered by the end of the day.';

-- COMMENT public.COLUMN daily_analytics.active_users
COMMENT ON COLUMN public.daily_analytics.active_users IS 'Users with a completed transaction on that day.';

-- COMMENT public.COLUMN daily_analytics.new_users
COMMENT ON COLUMN public.daily_analytics.new_users IS 'Users registered on that day.';

-- COMMENT public.COLUMN daily_analytics.total_savings_plans
COMMENT ON COLUMN public.daily_analytics.total_savings_plans IS 'Plans made by the end of the day.';

-- COMMENT public.COLUMN daily_analytics.active_savings_plans
COMMENT ON COLUMN public.daily_analytics.active_savings_plans IS 'Of these, plans neither completed nor cancelled by the end of the day.';

-- COMMENT public.COLUMN daily_analytics.total_contributions
COMMENT ON COLUMN public.daily_analytics.total_contributions IS 'Contributions and auto-saves completed on that day.';

-- COMMENT public.COLUMN daily_analytics.total_contribution_amount
COMMENT ON COLUMN public.daily_analytics.total_contribution_amount IS 'Their sum, in currency.';

-- COMMENT public.COLUMN daily_analytics.total_withdrawals
COMMENT ON COLUMN public.daily_analytics.total_withdrawals IS 'Withdrawals from plans and wallets completed on that day.';

-- COMMENT public.COLUMN daily_analytics.total_withdrawal_amount
COMMENT ON COLUMN public.daily_analytics.total_withdrawal_amount IS 'Their sum, in currency.';

-- COMMENT public.COLUMN daily_analytics.active_ajo_groups
COMMENT ON COLUMN public.daily_analytics.active_ajo_groups IS 'Groups active when the row was computed.';

-- COMMENT public.COLUMN daily_analytics.currency
COMMENT ON COLUMN public.daily_analytics.currency IS 'ISO 4217 code of the amounts, plans and groups.';

-- COMMENT public.COLUMN daily_analytics.created_at
COMMENT ON COLUMN public.daily_analytics.created_at IS 'When the row was made.';

-- COMMENT public.COLUMN daily_analytics.updated_at
COMMENT ON COLUMN public.daily_analytics.updated_at IS 'When the figures last changed.';

-- FUNCTION public.upsert_daily_analytics(date, text)
CREATE FUNCTION public.upsert_daily_analytics(p_day date, p_currency text DEFAULT 'NGN'::text) RETURNS public.daily_analytics
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_from CONSTANT timestamptz := app_day_start(p_day);
  v_to CONSTANT timestamptz := app_day_start(p_day + 1);
  v_row daily_analytics;
BEGIN
  IF p_day IS NULL OR p_day > app_today() THEN
    RAISE EXCEPTION 'there are no figures of %: the day has not come', coalesce(p_day::text, 'null')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT count(*), count(*) FILTER (WHERE created_at >= v_from) INTO v_row.total_users, v_row.new_users
  FROM "user" WHERE created_at < v_to;
  SELECT count(*), count(*) FILTER (
      WHERE (completed_at IS NULL OR completed_at >= v_to) AND (cancelled_at IS NULL OR cancelled_at >= v_to)
    )
  INTO v_row.total_savings_plans, v_row.active_savings_plans
  FROM savings_plans WHERE created_at < v_to AND currency = p_currency;
  SELECT count(DISTINCT user_id),
    count(*) FILTER (WHERE type IN ('contribution', 'auto_save')),
    coalesce(sum(amount) FILTER (WHERE type IN ('contribution', 'auto_save')), 0),
    count(*) FILTER (WHERE type IN ('withdrawal', 'wallet_withdrawal')),
    coalesce(sum(amount) FILTER (WHERE type IN ('withdrawal', 'wallet_withdrawal')), 0)
  INTO v_row.active_users, v_row.total_contributions, v_row.total_contribution_amount, v_row.total_withdrawals,
    v_row.total_withdrawal_amount
  FROM transactions
  WHERE status = 'completed' AND completed_at >= v_from AND completed_at < v_to AND currency = p_currency;
  SELECT count(*) INTO v_row.active_ajo_groups FROM ajo_groups WHERE status = 'active' AND currency = p_currency;
  INSERT INTO daily_analytics (
    date, currency, total_users, active_users, new_users, total_savings_plans, active_savings_plans, total_contributions,
    total_contribution_amount, total_withdrawals, total_withdrawal_amount, active_ajo_groups
  ) VALUES (
    p_day, p_currency, v_row.total_users, v_row.active_users, v_row.new_users, v_row.total_savings_plans,
    v_row.active_savings_plans, v_row.total_contributions, v_row.total_contribution_amount, v_row.total_withdrawals,
    v_row.total_withdrawal_amount, v_row.active_ajo_groups
  )
  ON CONFLICT ON CONSTRAINT daily_analytics_date_currency_key DO UPDATE
  SET total_users = excluded.total_users, active_users = excluded.active_users, new_users = excluded.new_users,
    total_savings_plans = excluded.total_savings_plans, active_savings_plans = excluded.active_savings_plans,
    total_contributions = excluded.total_contributions, total_contribution_amount = excluded.total_contribution_amount,
    total_withdrawals = excluded.total_withdrawals, total_withdrawal_amount = excluded.total_withdrawal_amount,
    active_ajo_groups = excluded.active_ajo_groups, updated_at = now()
  RETURNING * INTO v_row;
  RETURN v_row;
END $$;


ALTER FUNCTION public.upsert_daily_analytics(p_day date, p_currency text) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION upsert_daily_analytics(p_day date, p_currency text)
COMMENT ON FUNCTION public.upsert_daily_analytics(p_day date, p_currency text) IS 'Computes the figures of one Lagos day and currency, keeps and returns them.';

-- FUNCTION public.user_part(uuid)
CREATE FUNCTION public.user_part(p_user_id uuid) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN get_byte(uuid_send(p_user_id), 15);


ALTER FUNCTION public.user_part(p_user_id uuid) OWNER TO owner;

-- COMMENT public.FUNCTION user_part(p_user_id uuid)
COMMENT ON FUNCTION public.user_part(p_user_id uuid) IS 'The part of a user, 0 to 255, by which jobs over all users are divided.';

-- FUNCTION public.verify_audit_chain(bigint, bytea)
CREATE FUNCTION public.verify_audit_chain(p_head_id bigint DEFAULT NULL::bigint, p_head_hash bytea DEFAULT NULL::bytea) RETURNS TABLE(is_intact boolean, checked_rows bigint, first_broken_id bigint, reason text)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_hash bytea;
  v_link record;
BEGIN
  checked_rows := 0;
  FOR v_link IN
    SELECT coalesce(chain.audit_id, log.id) AS id, chain.hash, log.id IS NULL AS is_missing, log AS entry
    FROM audit_log AS log
    FULL JOIN audit_chain AS chain ON chain.audit_id = log.id
    WHERE coalesce(chain.audit_id, log.id) <= (SELECT max(audit_id) FROM audit_chain)
    ORDER BY 1, log.created_at
  LOOP
    reason := CASE
      WHEN v_link.is_missing THEN 'the row is missing'
      WHEN v_link.hash IS NULL THEN 'the row has no link in the chain'
      WHEN audit_row_hash(v_hash, v_link.entry) <> v_link.hash THEN 'the row or its hash was changed'
      WHEN v_link.id = p_head_id AND v_link.hash <> p_head_hash THEN 'the chain was computed anew'
    END;
    IF reason IS NOT NULL THEN
      first_broken_id := v_link.id;
      EXIT;
    END IF;
    v_hash := v_link.hash;
    checked_rows := checked_rows + 1;
  END LOOP;
  IF reason IS NULL AND NOT EXISTS (SELECT FROM audit_chain WHERE audit_id = p_head_id) AND p_head_id IS NOT NULL THEN
    first_broken_id := p_head_id;
    reason := 'the chain ends before this row';
  END IF;
  is_intact := reason IS NULL;
  RETURN NEXT;
END $$;


ALTER FUNCTION public.verify_audit_chain(p_head_id bigint, p_head_hash bytea) OWNER TO owner;

-- COMMENT public.FUNCTION verify_audit_chain(p_head_id bigint, p_head_hash bytea)
COMMENT ON FUNCTION public.verify_audit_chain(p_head_id bigint, p_head_hash bytea) IS 'Computes the whole chain again; one row: intact or not, rows checked, the first broken id and why.';

-- FUNCTION public.verify_phone_otp(uuid, text, bytea)
CREATE FUNCTION public.verify_phone_otp(p_user_id uuid, p_phone_number text, p_otp_hash bytea) RETURNS TABLE(outcome text, attempts_left integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT * FROM verify_phone_otp_at(p_user_id, p_phone_number, p_otp_hash, now())
$$;


ALTER FUNCTION public.verify_phone_otp(p_user_id uuid, p_phone_number text, p_otp_hash bytea) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION verify_phone_otp(p_user_id uuid, p_phone_number text, p_otp_hash bytea)
COMMENT ON FUNCTION public.verify_phone_otp(p_user_id uuid, p_phone_number text, p_otp_hash bytea) IS 'Compares with the newest code of the number and counts it; outcome: verified, wrong, used, expired, exhausted, unknown.';

-- FUNCTION public.verify_phone_otp_at(uuid, text, bytea, timestamp with time zone)
CREATE FUNCTION public.verify_phone_otp_at(p_user_id uuid, p_phone_number text, p_otp_hash bytea, p_at timestamp with time zone) RETURNS TABLE(outcome text, attempts_left integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  v_code phone_verification;
BEGIN
  IF p_user_id IS NOT NULL
    AND (SELECT phone_number FROM "user" WHERE id = p_user_id) IS DISTINCT FROM p_phone_number
  THEN
    RAISE EXCEPTION 'the phone number is not the one of user %', p_user_id
      USING ERRCODE = 'AV059',  -- phone_of_another
        DETAIL = json_build_object('user_id', p_user_id)::text;
  END IF;
  SELECT * INTO v_code FROM phone_verification
  WHERE phone_number = p_phone_number
  ORDER BY created_at DESC, id DESC
  LIMIT 1
  FOR UPDATE;
  outcome := CASE
    WHEN v_code.id IS NULL THEN 'unknown'
    WHEN v_code.verified THEN 'used'
    WHEN v_code.expires_at <= p_at THEN 'expired'
    WHEN v_code.attempts >= 5 THEN 'exhausted'
    WHEN v_code.otp_hash = p_otp_hash THEN 'verified'
    ELSE 'wrong'
  END;
  IF outcome IN ('verified', 'wrong') THEN
    UPDATE phone_verification SET attempts = attempts + 1, verified = (outcome = 'verified') WHERE id = v_code.id
    RETURNING * INTO v_code;
  END IF;
  IF outcome = 'verified' AND p_user_id IS NOT NULL THEN
    UPDATE "user" SET phone_verified = true, updated_at = p_at WHERE id = p_user_id AND phone_number = p_phone_number;
  END IF;
  attempts_left := CASE WHEN outcome = 'wrong' THEN 5 - v_code.attempts ELSE 0 END;
  RETURN NEXT;
END $$;


ALTER FUNCTION public.verify_phone_otp_at(p_user_id uuid, p_phone_number text, p_otp_hash bytea, p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION verify_phone_otp_at(p_user_id uuid, p_phone_number text, p_otp_hash bytea, p_at timestamp with time zone)
COMMENT ON FUNCTION public.verify_phone_otp_at(p_user_id uuid, p_phone_number text, p_otp_hash bytea, p_at timestamp with time zone) IS 'verify_phone_otp() at a given moment.';

-- FUNCTION public.wallet_balance_at(uuid, timestamp with time zone)
CREATE FUNCTION public.wallet_balance_at(p_user_id uuid, p_at timestamp with time zone) RETURNS numeric
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT account_balance_at(account_id, p_at) FROM wallets WHERE user_id = p_user_id
$$;


ALTER FUNCTION public.wallet_balance_at(p_user_id uuid, p_at timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION wallet_balance_at(p_user_id uuid, p_at timestamp with time zone)
COMMENT ON FUNCTION public.wallet_balance_at(p_user_id uuid, p_at timestamp with time zone) IS 'Balance of the user''s wallet just before a moment; NULL without a wallet.';

-- FUNCTION public.wallet_change(uuid, uuid)
CREATE FUNCTION public.wallet_change(p_user_id uuid, p_transaction_id uuid) RETURNS numeric
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT coalesce(sum(posting.amount), 0.00)
  FROM wallets
  JOIN ledger_postings AS posting ON posting.account_id = wallets.account_id
  WHERE wallets.user_id = p_user_id AND posting.user_id = p_user_id AND posting.transaction_id = p_transaction_id
$$;


ALTER FUNCTION public.wallet_change(p_user_id uuid, p_transaction_id uuid) OWNER TO owner;

-- COMMENT public.FUNCTION wallet_change(p_user_id uuid, p_transaction_id uuid)
COMMENT ON FUNCTION public.wallet_change(p_user_id uuid, p_transaction_id uuid) IS 'What a transaction put into its user''s wallet, negative what it took out; 0.00 while nothing has moved.';

-- FUNCTION public.wallet_statement(uuid, timestamp with time zone, timestamp with time zone)
CREATE FUNCTION public.wallet_statement(p_user_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) RETURNS TABLE(line text, at timestamp with time zone, entry_id bigint, transaction_id uuid, type text, description text, reference text, counterparty_id uuid, amount numeric, balance numeric)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
  IF (p_from <= p_until) IS NOT TRUE THEN
    RAISE EXCEPTION 'a statement from % cannot end at %', coalesce(p_from::text, 'NULL'), coalesce(p_until::text, 'NULL')
      USING ERRCODE = '22023';  -- invalid_parameter_value
  END IF;
  RETURN QUERY
  WITH wallet AS (
    SELECT account_id, currency, account_balance_at(account_id, p_from) AS opening FROM wallets WHERE user_id = p_user_id
  ),
  posting AS (
    SELECT posting.created_at, posting.entry_id, posting.transaction_id,
      -- A withdrawal's fee is a line of its own, and so is what comes back of a withdrawal that the bank refused.
      CASE counter.kind WHEN 'fee_income' THEN 'fee' ELSE transactions.type END AS type,
      CASE WHEN transactions.type = 'wallet_withdrawal' AND posting.amount > 0 THEN 'Returned: ' ELSE '' END
        || CASE counter.kind WHEN 'fee_income' THEN 'Fee: ' ELSE '' END || transactions.description AS description,
      transactions.reference, transactions.counterparty_id, posting.amount,
      wallet.opening + sum(posting.amount) OVER (ORDER BY posting.entry_id) AS balance
    FROM wallet
    JOIN ledger_postings AS posting ON posting.account_id = wallet.account_id AND posting.currency = wallet.currency
    JOIN transactions ON transactions.user_id = posting.user_id AND transactions.id = posting.transaction_id
    JOIN ledger_accounts AS counter ON counter.id = posting.counter_account_id
    WHERE posting.created_at >= p_from AND posting.created_at < p_until
  )
  SELECT 'opening', p_from, NULL::bigint, NULL::uuid, NULL, NULL, NULL, NULL::uuid, NULL::numeric, wallet.opening FROM wallet
  UNION ALL
  (SELECT 'posting', created_at, entry_id, transaction_id, type, description, reference, counterparty_id, amount, balance
   FROM posting ORDER BY entry_id)
  UNION ALL
  SELECT 'closing', p_until, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    wallet.opening + coalesce((SELECT sum(posting.amount) FROM posting), 0)
  FROM wallet;
END $$;


ALTER FUNCTION public.wallet_statement(p_user_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) OWNER TO owner;

-- COMMENT public.FUNCTION wallet_statement(p_user_id uuid, p_from timestamp with time zone, p_until timestamp with time zone)
COMMENT ON FUNCTION public.wallet_statement(p_user_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) IS 'Opening balance, each posting with the balance after it, closing balance, for p_from ≤ time < p_until, in this order.';

-- FUNCTION public.withdrawal_fee(numeric)
CREATE FUNCTION public.withdrawal_fee(p_amount numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN LEAST((2000)::numeric, ((50)::numeric + round((GREATEST((p_amount - (100000)::numeric), (0)::numeric) * 0.005), 2)));


ALTER FUNCTION public.withdrawal_fee(p_amount numeric) OWNER TO owner;

-- COMMENT public.FUNCTION withdrawal_fee(p_amount numeric)
COMMENT ON FUNCTION public.withdrawal_fee(p_amount numeric) IS 'Naira: 50, plus 0.5 % of what exceeds 100,000, half up to the kobo, at most 2,000.';

-- FUNCTION public.write_positions(uuid, uuid[], timestamp with time zone)
CREATE FUNCTION public.write_positions(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
  UPDATE group_members SET position = NULL, updated_at = p_at WHERE group_id = p_group_id AND position IS NOT NULL;
  UPDATE group_members SET position = wanted.position, updated_at = p_at
  FROM unnest(p_member_ids) WITH ORDINALITY AS wanted (id, position)
  WHERE group_members.group_id = p_group_id AND group_members.id = wanted.id
$$;


ALTER FUNCTION public.write_positions(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone) OWNER TO avdaily_ledger;

-- COMMENT public.FUNCTION write_positions(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone)
COMMENT ON FUNCTION public.write_positions(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone) IS 'Gives the members positions 1 to n in this order.';

-- TABLE public.account
CREATE TABLE public.account (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    provider_id text NOT NULL,
    account_id text NOT NULL,
    password text,
    access_token bytea,
    access_token_expires_at timestamp with time zone,
    refresh_token bytea,
    refresh_token_expires_at timestamp with time zone,
    id_token bytea,
    scope text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT account_access_token_encrypted_check CHECK ((octet_length(access_token) > 28)),
    CONSTRAINT account_account_id_length_check CHECK (((char_length(account_id) >= 1) AND (char_length(account_id) <= 255))),
    CONSTRAINT account_id_token_encrypted_check CHECK ((octet_length(id_token) > 28)),
    CONSTRAINT account_password_phc_check CHECK ((password ~ '^\$[a-z0-9-]{1,32}(\$v=[0-9]{1,10})?\$[a-z0-9-]{1,32}=[A-Za-z0-9/+.,=-]+\$[A-Za-z0-9/+]{11,64}\$[A-Za-z0-9/+]{16,}$'::text)),
    CONSTRAINT account_provider_id_length_check CHECK (((char_length(provider_id) >= 1) AND (char_length(provider_id) <= 50))),
    CONSTRAINT account_refresh_token_encrypted_check CHECK ((octet_length(refresh_token) > 28))
);


ALTER TABLE public.account OWNER TO owner;

-- COMMENT public.TABLE account
COMMENT ON TABLE public.account IS 'A way to sign in: a password of our own, or an account at an identity provider.';

-- COMMENT public.COLUMN account.id
COMMENT ON COLUMN public.account.id IS 'UUID version 7.';

-- COMMENT public.COLUMN account.user_id
COMMENT ON COLUMN public.account.user_id IS 'Whose way to sign in this is.';

-- COMMENT public.COLUMN account.provider_id
COMMENT ON COLUMN public.account.provider_id IS 'Identity provider: credential for our own passwords, or for example google.';

-- COMMENT public.COLUMN account.account_id
COMMENT ON COLUMN public.account.account_id IS 'The user''s id at that provider; unique there.';

-- COMMENT public.COLUMN account.password
COMMENT ON COLUMN public.account.password IS 'Password hash as a PHC string; only for provider credential.';

-- COMMENT public.COLUMN account.access_token
COMMENT ON COLUMN public.account.access_token IS 'Provider''s access token, encrypted by the application.';

-- COMMENT public.COLUMN account.access_token_expires_at
COMMENT ON COLUMN public.account.access_token_expires_at IS 'When access_token stops to work.';

-- COMMENT public.COLUMN account.refresh_token
COMMENT ON COLUMN public.account.refresh_token IS 'Provider''s refresh token, encrypted by the application.';

-- COMMENT public.COLUMN account.refresh_token_expires_at
COMMENT ON COLUMN public.account.refresh_token_expires_at IS 'When refresh_token stops to work.';

-- COMMENT public.COLUMN account.id_token
COMMENT ON COLUMN public.account.id_token IS 'Provider''s identity token, encrypted by the application.';

-- COMMENT public.COLUMN account.scope
COMMENT ON COLUMN public.account.scope IS 'Scopes that the provider granted, separated by blanks.';

-- COMMENT public.COLUMN account.created_at
COMMENT ON COLUMN public.account.created_at IS 'When the account was linked.';

-- COMMENT public.COLUMN account.updated_at
COMMENT ON COLUMN public.account.updated_at IS 'When the row last changed.';

-- TABLE public.audit_chain
CREATE TABLE public.audit_chain (
    audit_id bigint NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT audit_chain_hash_sha256_check CHECK ((octet_length(hash) = 32))
);


ALTER TABLE public.audit_chain OWNER TO owner;

-- COMMENT public.TABLE audit_chain
COMMENT ON TABLE public.audit_chain IS 'One hash for each sealed row of audit_log, over the row and the hash before it; append-only.';

-- COMMENT public.COLUMN audit_chain.audit_id
COMMENT ON COLUMN public.audit_chain.audit_id IS 'The row of audit_log; no foreign key, for a missing row has to show.';

-- COMMENT public.COLUMN audit_chain.hash
COMMENT ON COLUMN public.audit_chain.hash IS 'sha256 of the previous hash and the row, 32 bytes.';

-- COMMENT public.COLUMN audit_chain.sealed_at
COMMENT ON COLUMN public.audit_chain.sealed_at IS 'When the row was sealed.';

-- TABLE public.audit_log_default
CREATE TABLE public.audit_log_default (
    id bigint CONSTRAINT audit_log_id_not_null NOT NULL,
    user_id uuid,
    subject_user_id uuid,
    action text CONSTRAINT audit_log_action_not_null NOT NULL,
    resource text CONSTRAINT audit_log_resource_not_null NOT NULL,
    resource_id uuid,
    status text DEFAULT 'success'::text CONSTRAINT audit_log_status_not_null NOT NULL,
    ip_address inet,
    user_agent text,
    metadata jsonb DEFAULT '{}'::jsonb CONSTRAINT audit_log_metadata_not_null NOT NULL,
    error_message text,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT audit_log_created_at_not_null NOT NULL,
    CONSTRAINT audit_log_action_format_check CHECK ((action ~ '^[a-z][a-z_]*(\.[a-z][a-z_]*)+$'::text)),
    CONSTRAINT audit_log_action_length_check CHECK ((char_length(action) <= 100)),
    CONSTRAINT audit_log_created_at_finite_check CHECK (isfinite(created_at)),
    CONSTRAINT audit_log_error_message_format_check CHECK ((error_message ~ '^[A-Za-z0-9_:. -]{1,200}$'::text)),
    CONSTRAINT audit_log_ip_address_network_check CHECK ((ip_address = (network(set_masklen(ip_address,
CASE family(ip_address)
    WHEN 4 THEN 24
    ELSE 48
END)))::inet)),
    CONSTRAINT audit_log_metadata_length_check CHECK ((octet_length((metadata)::text) <= 8000)),
    CONSTRAINT audit_log_metadata_object_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT audit_log_resource_format_check CHECK ((resource ~ '^[a-z][a-z_]{1,49}$'::text)),
    CONSTRAINT audit_log_status_values_check CHECK ((status = ANY (ARRAY['success'::text, 'failure'::text, 'denied'::text, 'warning'::text]))),
    CONSTRAINT audit_log_user_agent_length_check CHECK ((char_length(user_agent) <= 1000))
);


ALTER TABLE public.audit_log_default OWNER TO owner;

-- SEQUENCE public.audit_log_id_seq
ALTER TABLE public.audit_log ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE public.audit_seal_state
CREATE TABLE public.audit_seal_state (
    only_row boolean DEFAULT true NOT NULL,
    final_id bigint DEFAULT 0 NOT NULL,
    waiting_id bigint,
    waiting_xact xid8,
    CONSTRAINT audit_seal_state_only_row_check CHECK (only_row),
    CONSTRAINT audit_seal_state_waiting_whole_check CHECK (((waiting_id IS NULL) = (waiting_xact IS NULL)))
);


ALTER TABLE public.audit_seal_state OWNER TO owner;

-- COMMENT public.TABLE audit_seal_state
COMMENT ON TABLE public.audit_seal_state IS 'How far seal_audit_log() has come: one row.';

-- COMMENT public.COLUMN audit_seal_state.only_row
COMMENT ON COLUMN public.audit_seal_state.only_row IS 'Always true: there is one row.';

-- COMMENT public.COLUMN audit_seal_state.final_id
COMMENT ON COLUMN public.audit_seal_state.final_id IS 'No transaction can add a row of audit_log up to this id any more.';

-- COMMENT public.COLUMN audit_seal_state.waiting_id
COMMENT ON COLUMN public.audit_seal_state.waiting_id IS 'Becomes final_id when every transaction below waiting_xact has ended.';

-- COMMENT public.COLUMN audit_seal_state.waiting_xact
COMMENT ON COLUMN public.audit_seal_state.waiting_xact IS 'The first transaction number that began after waiting_id was read.';

-- TABLE public.auto_save_attempts
CREATE TABLE public.auto_save_attempts (
    user_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    day date NOT NULL,
    amount public.positive_amount NOT NULL,
    outcome text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT auto_save_attempts_outcome_values_check CHECK ((outcome = ANY (ARRAY['saved'::text, 'insufficient_funds'::text, 'wallet_frozen'::text, 'debt_outstanding'::text, 'user_inactive'::text])))
);


ALTER TABLE public.auto_save_attempts OWNER TO owner;

-- COMMENT public.TABLE auto_save_attempts
COMMENT ON TABLE public.auto_save_attempts IS 'What the auto-save of a day did with a plan; its row makes a second attempt on that day impossible.';

-- COMMENT public.COLUMN auto_save_attempts.user_id
COMMENT ON COLUMN public.auto_save_attempts.user_id IS 'Owner of the plan.';

-- COMMENT public.COLUMN auto_save_attempts.plan_id
COMMENT ON COLUMN public.auto_save_attempts.plan_id IS 'The plan.';

-- COMMENT public.COLUMN auto_save_attempts.day
COMMENT ON COLUMN public.auto_save_attempts.day IS 'The Lagos day; with owner and plan it is the transaction''s reference (ASV-…).';

-- COMMENT public.COLUMN auto_save_attempts.amount
COMMENT ON COLUMN public.auto_save_attempts.amount IS 'What was to be saved: the daily amount, or less if less was missing to the target.';

-- COMMENT public.COLUMN auto_save_attempts.outcome
COMMENT ON COLUMN public.auto_save_attempts.outcome IS 'saved, or why not: insufficient_funds, wallet_frozen, debt_outstanding, user_inactive.';

-- COMMENT public.COLUMN auto_save_attempts.created_at
COMMENT ON COLUMN public.auto_save_attempts.created_at IS 'When it was tried.';

-- TABLE public.bank_accounts
CREATE TABLE public.bank_accounts (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    bank_code text NOT NULL,
    bank_name text NOT NULL,
    account_number text NOT NULL,
    account_name text NOT NULL,
    is_verified boolean DEFAULT false NOT NULL,
    is_primary boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT bank_accounts_account_name_length_check CHECK (((length(account_name) >= 1) AND (length(account_name) <= 100))),
    CONSTRAINT bank_accounts_account_number_format_check CHECK ((account_number ~ '^[0-9]{10}$'::text)),
    CONSTRAINT bank_accounts_bank_code_format_check CHECK ((bank_code ~ '^[0-9]{3}$'::text)),
    CONSTRAINT bank_accounts_bank_name_length_check CHECK (((length(bank_name) >= 1) AND (length(bank_name) <= 100)))
);


ALTER TABLE public.bank_accounts OWNER TO owner;

-- COMMENT public.TABLE bank_accounts
COMMENT ON TABLE public.bank_accounts IS 'Bank accounts a user may withdraw to, once verified with the bank.';

-- COMMENT public.COLUMN bank_accounts.id
COMMENT ON COLUMN public.bank_accounts.id IS 'Bank account id (UUID v7).';

-- COMMENT public.COLUMN bank_accounts.user_id
COMMENT ON COLUMN public.bank_accounts.user_id IS 'Owner.';

-- COMMENT public.COLUMN bank_accounts.bank_code
COMMENT ON COLUMN public.bank_accounts.bank_code IS 'Three digits of the Central Bank of Nigeria.';

-- COMMENT public.COLUMN bank_accounts.bank_name
COMMENT ON COLUMN public.bank_accounts.bank_name IS 'Name of the bank, 1 to 100 characters.';

-- COMMENT public.COLUMN bank_accounts.account_number
COMMENT ON COLUMN public.bank_accounts.account_number IS 'NUBAN, ten digits.';

-- COMMENT public.COLUMN bank_accounts.account_name
COMMENT ON COLUMN public.bank_accounts.account_name IS 'Holder as the bank has it, 1 to 100 characters.';

-- COMMENT public.COLUMN bank_accounts.is_verified
COMMENT ON COLUMN public.bank_accounts.is_verified IS 'True once the bank confirmed number and holder; withdrawals need it.';

-- COMMENT public.COLUMN bank_accounts.is_primary
COMMENT ON COLUMN public.bank_accounts.is_primary IS 'The one proposed first; at most one a user.';

-- COMMENT public.COLUMN bank_accounts.created_at
COMMENT ON COLUMN public.bank_accounts.created_at IS 'When it was added.';

-- COMMENT public.COLUMN bank_accounts.updated_at
COMMENT ON COLUMN public.bank_accounts.updated_at IS 'When the row last changed.';

-- TABLE public.biometric_auth
CREATE TABLE public.biometric_auth (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    device_id text NOT NULL,
    device_name text,
    public_key text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    last_used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT biometric_auth_device_id_length_check CHECK (((char_length(device_id) >= 1) AND (char_length(device_id) <= 255))),
    CONSTRAINT biometric_auth_device_name_length_check CHECK (((char_length(device_name) >= 1) AND (char_length(device_name) <= 255))),
    CONSTRAINT biometric_auth_public_key_length_check CHECK (((char_length(public_key) >= 1) AND (char_length(public_key) <= 4000)))
);


ALTER TABLE public.biometric_auth OWNER TO owner;

-- COMMENT public.TABLE biometric_auth
COMMENT ON TABLE public.biometric_auth IS 'A device that may sign in for a user with a key kept behind fingerprint or face; one row a device.';

-- COMMENT public.COLUMN biometric_auth.id
COMMENT ON COLUMN public.biometric_auth.id IS 'UUID version 7.';

-- COMMENT public.COLUMN biometric_auth.user_id
COMMENT ON COLUMN public.biometric_auth.user_id IS 'Whose device it is.';

-- COMMENT public.COLUMN biometric_auth.device_id
COMMENT ON COLUMN public.biometric_auth.device_id IS 'The client''s own id of the device.';

-- COMMENT public.COLUMN biometric_auth.device_name
COMMENT ON COLUMN public.biometric_auth.device_name IS 'What the person calls the device.';

-- COMMENT public.COLUMN biometric_auth.public_key
COMMENT ON COLUMN public.biometric_auth.public_key IS 'Public key against which the device''s signatures are checked.';

-- COMMENT public.COLUMN biometric_auth.is_active
COMMENT ON COLUMN public.biometric_auth.is_active IS 'False after the device was withdrawn.';

-- COMMENT public.COLUMN biometric_auth.last_used_at
COMMENT ON COLUMN public.biometric_auth.last_used_at IS 'When the device last signed in.';

-- COMMENT public.COLUMN biometric_auth.created_at
COMMENT ON COLUMN public.biometric_auth.created_at IS 'When the device was registered.';

-- COMMENT public.COLUMN biometric_auth.updated_at
COMMENT ON COLUMN public.biometric_auth.updated_at IS 'When the row last changed.';

-- TABLE public.ledger_accounts
CREATE TABLE public.ledger_accounts (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text NOT NULL,
    currency public.currency_code DEFAULT 'NGN'::text NOT NULL,
    normal_side text NOT NULL,
    CONSTRAINT ledger_accounts_kind_values_check CHECK ((kind = ANY (ARRAY['wallet'::text, 'plan'::text, 'group_pool'::text, 'group_deposit'::text, 'receivable'::text, 'payout_clearing'::text, 'transfer_clearing'::text, 'settlement'::text, 'fee_income'::text, 'penalty_income'::text, 'interest_expense'::text, 'reward_expense'::text, 'opening_equity'::text]))),
    CONSTRAINT ledger_accounts_normal_side_of_kind_check CHECK ((normal_side =
CASE
    WHEN (kind = ANY (ARRAY['settlement'::text, 'receivable'::text, 'interest_expense'::text, 'reward_expense'::text])) THEN 'debit'::text
    ELSE 'credit'::text
END))
);


ALTER TABLE public.ledger_accounts OWNER TO owner;

-- COMMENT public.TABLE ledger_accounts
COMMENT ON TABLE public.ledger_accounts IS 'Registry of ledger accounts; immutable, without balances. The owner''s row holds account_id.';

-- COMMENT public.COLUMN ledger_accounts.id
COMMENT ON COLUMN public.ledger_accounts.id IS 'Account id (UUID v7).';

-- COMMENT public.COLUMN ledger_accounts.created_at
COMMENT ON COLUMN public.ledger_accounts.created_at IS 'When the account was opened.';

-- COMMENT public.COLUMN ledger_accounts.kind
COMMENT ON COLUMN public.ledger_accounts.kind IS 'What the money in it is: of a user (wallet, plan, group_deposit, receivable), of a group (group_pool) or of the house.';

-- COMMENT public.COLUMN ledger_accounts.currency
COMMENT ON COLUMN public.ledger_accounts.currency IS 'ISO 4217 code; every movement of the account has it.';

-- COMMENT public.COLUMN ledger_accounts.normal_side
COMMENT ON COLUMN public.ledger_accounts.normal_side IS 'The side on which the account grows: debit for what the house has or spends, credit for what it owes or earns.';

-- TABLE public.ledger_entries
CREATE TABLE public.ledger_entries (
    id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    user_id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    debit_account_id uuid NOT NULL,
    credit_account_id uuid NOT NULL,
    amount public.positive_amount NOT NULL,
    debit_balance_after public.money_amount,
    credit_balance_after public.money_amount,
    currency public.currency_code NOT NULL,
    CONSTRAINT ledger_entries_two_accounts_check CHECK ((debit_account_id <> credit_account_id))
);


ALTER TABLE public.ledger_entries OWNER TO owner;

-- COMMENT public.TABLE ledger_entries
COMMENT ON TABLE public.ledger_entries IS 'The ledger: one row a movement, append-only, written by post_* functions only.';

-- COMMENT public.COLUMN ledger_entries.id
COMMENT ON COLUMN public.ledger_entries.id IS 'Order of posting; within one account the order of its balances.';

-- COMMENT public.COLUMN ledger_entries.created_at
COMMENT ON COLUMN public.ledger_entries.created_at IS 'When it was posted, read while its accounts were locked: within one account as ordered as the ids.';

-- COMMENT public.COLUMN ledger_entries.user_id
COMMENT ON COLUMN public.ledger_entries.user_id IS 'The user whose operation it is.';

-- COMMENT public.COLUMN ledger_entries.transaction_id
COMMENT ON COLUMN public.ledger_entries.transaction_id IS 'The operation, of the same user.';

-- COMMENT public.COLUMN ledger_entries.debit_account_id
COMMENT ON COLUMN public.ledger_entries.debit_account_id IS 'Account on the debit side: for accounts of users, where the money leaves.';

-- COMMENT public.COLUMN ledger_entries.credit_account_id
COMMENT ON COLUMN public.ledger_entries.credit_account_id IS 'Account on the credit side: for accounts of users, where the money arrives.';

-- COMMENT public.COLUMN ledger_entries.amount
COMMENT ON COLUMN public.ledger_entries.amount IS 'What moved, in currency, positive.';

-- COMMENT public.COLUMN ledger_entries.debit_balance_after
COMMENT ON COLUMN public.ledger_entries.debit_balance_after IS 'Balance of the debit account after it; NULL for accounts without a balance row.';

-- COMMENT public.COLUMN ledger_entries.credit_balance_after
COMMENT ON COLUMN public.ledger_entries.credit_balance_after IS 'Balance of the credit account after it; NULL for accounts without a balance row.';

-- COMMENT public.COLUMN ledger_entries.currency
COMMENT ON COLUMN public.ledger_entries.currency IS 'ISO 4217 code of both accounts.';

-- VIEW public.ledger_postings
CREATE VIEW public.ledger_postings AS
 SELECT ledger_entries.id AS entry_id,
    ledger_entries.created_at,
    ledger_entries.user_id,
    ledger_entries.transaction_id,
    ledger_entries.debit_account_id AS account_id,
    'debit'::text AS side,
    ledger_entries.credit_account_id AS counter_account_id,
    (- (ledger_entries.amount)::numeric) AS amount,
    ledger_entries.debit_balance_after AS balance_after,
    ledger_entries.currency
   FROM public.ledger_entries
UNION ALL
 SELECT ledger_entries.id AS entry_id,
    ledger_entries.created_at,
    ledger_entries.user_id,
    ledger_entries.transaction_id,
    ledger_entries.credit_account_id AS account_id,
    'credit'::text AS side,
    ledger_entries.debit_account_id AS counter_account_id,
    (ledger_entries.amount)::numeric AS amount,
    ledger_entries.credit_balance_after AS balance_after,
    ledger_entries.currency
   FROM public.ledger_entries;


ALTER VIEW public.ledger_postings OWNER TO owner;

-- COMMENT public.VIEW ledger_postings
COMMENT ON VIEW public.ledger_postings IS 'The ledger as signed legs, two a movement: credit positive, debit negative; the sum of all is zero.';

-- COMMENT public.COLUMN ledger_postings.entry_id
COMMENT ON COLUMN public.ledger_postings.entry_id IS 'The movement: ledger_entries.id.';

-- COMMENT public.COLUMN ledger_postings.created_at
COMMENT ON COLUMN public.ledger_postings.created_at IS 'When it was posted.';

-- COMMENT public.COLUMN ledger_postings.user_id
COMMENT ON COLUMN public.ledger_postings.user_id IS 'The user whose operation it is.';

-- COMMENT public.COLUMN ledger_postings.transaction_id
COMMENT ON COLUMN public.ledger_postings.transaction_id IS 'The operation.';

-- COMMENT public.COLUMN ledger_postings.account_id
COMMENT ON COLUMN public.ledger_postings.account_id IS 'The account of this leg.';

-- COMMENT public.COLUMN ledger_postings.side
COMMENT ON COLUMN public.ledger_postings.side IS 'debit or credit.';

-- COMMENT public.COLUMN ledger_postings.counter_account_id
COMMENT ON COLUMN public.ledger_postings.counter_account_id IS 'The account of the other leg.';

-- COMMENT public.COLUMN ledger_postings.amount
COMMENT ON COLUMN public.ledger_postings.amount IS 'Signed amount: credit positive, debit negative.';

-- COMMENT public.COLUMN ledger_postings.balance_after
COMMENT ON COLUMN public.ledger_postings.balance_after IS 'Balance of the account after it; NULL for accounts without a balance row.';

-- COMMENT public.COLUMN ledger_postings.currency
COMMENT ON COLUMN public.ledger_postings.currency IS 'ISO 4217 code.';

-- VIEW public.group_pool_postings
CREATE VIEW public.group_pool_postings AS
 SELECT ajo_groups.id AS group_id,
    ledger_postings.entry_id,
    ledger_postings.amount,
    transactions.type AS transaction_type,
    counter_account.kind AS counter_kind,
    sum(ledger_postings.amount) OVER (PARTITION BY ajo_groups.id ORDER BY ledger_postings.entry_id) AS pool_balance,
    (lead(ledger_postings.transaction_id) OVER (PARTITION BY ajo_groups.id ORDER BY ledger_postings.entry_id) IS DISTINCT FROM ledger_postings.transaction_id) AS is_last_of_transaction
   FROM (((public.ajo_groups
     JOIN public.ledger_postings ON ((ledger_postings.account_id = ajo_groups.pool_account_id)))
     LEFT JOIN public.transactions ON (((transactions.user_id = ledger_postings.user_id) AND (transactions.id = ledger_postings.transaction_id))))
     LEFT JOIN public.ledger_accounts counter_account ON ((counter_account.id = ledger_postings.counter_account_id)));


ALTER VIEW public.group_pool_postings OWNER TO owner;

-- COMMENT public.VIEW group_pool_postings
COMMENT ON VIEW public.group_pool_postings IS 'What went into and out of each group''s pool, with the running balance that no row keeps.';

-- COMMENT public.COLUMN group_pool_postings.group_id
COMMENT ON COLUMN public.group_pool_postings.group_id IS 'The group.';

-- COMMENT public.COLUMN group_pool_postings.entry_id
COMMENT ON COLUMN public.group_pool_postings.entry_id IS 'The movement: ledger_entries.id.';

-- COMMENT public.COLUMN group_pool_postings.amount
COMMENT ON COLUMN public.group_pool_postings.amount IS 'Into the pool positive, out of it negative; in the group''s currency.';

-- COMMENT public.COLUMN group_pool_postings.transaction_type
COMMENT ON COLUMN public.group_pool_postings.transaction_type IS 'Type of the transaction that moved it.';

-- COMMENT public.COLUMN group_pool_postings.counter_kind
COMMENT ON COLUMN public.group_pool_postings.counter_kind IS 'Kind of the other account.';

-- COMMENT public.COLUMN group_pool_postings.pool_balance
COMMENT ON COLUMN public.group_pool_postings.pool_balance IS 'What the pool holds after it.';

-- COMMENT public.COLUMN group_pool_postings.is_last_of_transaction
COMMENT ON COLUMN public.group_pool_postings.is_last_of_transaction IS 'Whether the next movement of the pool belongs to another transaction.';

-- TABLE public.idempotency_keys
CREATE TABLE public.idempotency_keys (
    user_id uuid NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    operation text NOT NULL,
    request_hash bytea NOT NULL,
    result_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_key_length_check CHECK (((length(key) >= 8) AND (length(key) <= 200))),
    CONSTRAINT idempotency_keys_request_hash_length_check CHECK ((octet_length(request_hash) = 32))
);


ALTER TABLE public.idempotency_keys OWNER TO owner;

-- COMMENT public.TABLE idempotency_keys
COMMENT ON TABLE public.idempotency_keys IS 'What a user''s key stands for: the same key and request give the same result, another request is a conflict.';

-- COMMENT public.COLUMN idempotency_keys.user_id
COMMENT ON COLUMN public.idempotency_keys.user_id IS 'Owner of the key; another user''s equal key is another key.';

-- COMMENT public.COLUMN idempotency_keys.key
COMMENT ON COLUMN public.idempotency_keys.key IS 'Chosen by the client, 8 to 200 characters.';

-- COMMENT public.COLUMN idempotency_keys.operation
COMMENT ON COLUMN public.idempotency_keys.operation IS 'The function that was called; application: and a name for work of the application.';

-- COMMENT public.COLUMN idempotency_keys.request_hash
COMMENT ON COLUMN public.idempotency_keys.request_hash IS 'SHA-256 of the operation and its arguments.';

-- COMMENT public.COLUMN idempotency_keys.result_id
COMMENT ON COLUMN public.idempotency_keys.result_id IS 'Id of the row that the call made; NULL while work of the application under a reserved key is not done.';

-- COMMENT public.COLUMN idempotency_keys.created_at
COMMENT ON COLUMN public.idempotency_keys.created_at IS 'When the first call was made.';

-- VIEW public.integrity_of_groups
CREATE VIEW public.integrity_of_groups AS
 SELECT 'group_totals'::text AS name,
    (ajo_groups.id)::text AS row_id,
    format('collected %s, disbursed %s, fees %s, refunded %s; posted %s, %s, %s, %s'::text, ajo_groups.total_collected, ajo_groups.total_disbursed, ajo_groups.total_fees, ajo_groups.total_refunded, pool.collected, pool.disbursed, pool.fees, pool.refunded) AS detail
   FROM (public.ajo_groups
     LEFT JOIN ( SELECT group_pool_postings.group_id,
            COALESCE(sum(group_pool_postings.amount) FILTER (WHERE (group_pool_postings.amount > (0)::numeric)), (0)::numeric) AS collected,
            COALESCE((- sum(group_pool_postings.amount) FILTER (WHERE ((group_pool_postings.amount < (0)::numeric) AND (group_pool_postings.counter_kind = 'wallet'::text) AND ((group_pool_postings.transaction_type)::text = 'group_payout'::text)))), (0)::numeric) AS disbursed,
            COALESCE((- sum(group_pool_postings.amount) FILTER (WHERE ((group_pool_postings.amount < (0)::numeric) AND (group_pool_postings.counter_kind = 'fee_income'::text)))), (0)::numeric) AS fees,
            COALESCE((- sum(group_pool_postings.amount) FILTER (WHERE ((group_pool_postings.amount < (0)::numeric) AND ((group_pool_postings.transaction_type)::text = 'refund'::text)))), (0)::numeric) AS refunded
           FROM public.group_pool_postings
          GROUP BY group_pool_postings.group_id) pool ON ((pool.group_id = ajo_groups.id)))
  WHERE (((((ajo_groups.total_collected)::numeric IS DISTINCT FROM COALESCE(pool.collected, (0)::numeric)) OR ((ajo_groups.total_disbursed)::numeric IS DISTINCT FROM COALESCE(pool.disbursed, (0)::numeric))) OR ((ajo_groups.total_fees)::numeric IS DISTINCT FROM COALESCE(pool.fees, (0)::numeric))) OR ((ajo_groups.total_refunded)::numeric IS DISTINCT FROM COALESCE(pool.refunded, (0)::numeric)))
UNION ALL
 SELECT 'group_pools'::text AS name,
    (ajo_groups.id)::text AS row_id,
    format('holds %s for %s collected; not empty after %s payouts'::text, pool.balance, rounds.collected, pool.unfinished) AS detail
   FROM ((public.ajo_groups
     CROSS JOIN LATERAL ( SELECT COALESCE(sum((ajo_rounds.collected)::numeric), (0)::numeric) AS collected
           FROM public.ajo_rounds
          WHERE ((ajo_rounds.group_id = ajo_groups.id) AND (ajo_rounds.status = 'open'::text))) rounds)
     JOIN ( SELECT group_pool_postings.group_id,
            sum(group_pool_postings.amount) AS balance,
            count(*) FILTER (WHERE (((group_pool_postings.transaction_type)::text = 'group_payout'::text) AND group_pool_postings.is_last_of_transaction AND (group_pool_postings.pool_balance <> (0)::numeric))) AS unfinished
           FROM public.group_pool_postings
          GROUP BY group_pool_postings.group_id) pool ON ((pool.group_id = ajo_groups.id)))
  WHERE ((pool.balance <> rounds.collected) OR (pool.unfinished > 0))
UNION ALL
 SELECT 'group_round_totals'::text AS name,
    (ajo_rounds.id)::text AS row_id,
    format('collected %s of %s, the contributions say %s of %s'::text, ajo_rounds.collected, ajo_rounds.expected, paid.collected, paid.expected) AS detail
   FROM (public.ajo_rounds
     CROSS JOIN LATERAL ( SELECT COALESCE(sum((group_contributions.amount)::numeric), (0)::numeric) AS expected,
            COALESCE(sum((group_contributions.amount)::numeric) FILTER (WHERE (group_contributions.status = ANY (ARRAY['completed'::text, 'covered'::text]))), (0)::numeric) AS collected
           FROM public.group_contributions
          WHERE ((group_contributions.group_id = ajo_rounds.group_id) AND (group_contributions.round = ajo_rounds.round) AND (group_contributions.status = ANY (ARRAY['pending'::text, 'late'::text, 'completed'::text, 'covered'::text])))) paid)
  WHERE (((ajo_rounds.collected)::numeric IS DISTINCT FROM paid.collected) OR ((ajo_rounds.expected)::numeric IS DISTINCT FROM paid.expected))
UNION ALL
 SELECT 'group_member_totals'::text AS name,
    (group_members.id)::text AS row_id,
    format('contributed %s, the contributions say %s'::text, group_members.total_contributed, paid.amount) AS detail
   FROM ((public.group_members
     JOIN public.ajo_groups ON (((ajo_groups.id = group_members.group_id) AND (ajo_groups.status <> 'cancelled'::text))))
     CROSS JOIN LATERAL ( SELECT COALESCE(sum((group_contributions.amount)::numeric), (0)::numeric) AS amount
           FROM public.group_contributions
          WHERE ((group_contributions.group_id = group_members.group_id) AND (
                CASE group_contributions.status
                    WHEN 'completed'::text THEN group_contributions.user_id
                    WHEN 'covered'::text THEN group_contributions.covered_by
                    ELSE NULL::uuid
                END = group_members.user_id))) paid)
  WHERE ((group_members.total_contributed)::numeric <> paid.amount)
UNION ALL
 SELECT 'group_payments_not_as_posted'::text AS name,
    (payment.row_id)::text AS row_id,
    format('%s of %s, transaction %s of %s is %s'::text, payment.kind, payment.amount, COALESCE((payment.transaction_id)::text, '-'::text), COALESCE((transactions.amount)::text, '-'::text), COALESCE((transactions.status)::text, 'not there'::text)) AS detail
   FROM (( SELECT 'contribution'::text AS kind,
            group_contributions.id AS row_id,
            group_contributions.user_id,
            group_contributions.transaction_id,
            group_contributions.amount
           FROM public.group_contributions
          WHERE (group_contributions.status = 'completed'::text)
        UNION ALL
         SELECT 'cover'::text,
            group_contributions.id,
            group_contributions.covered_by,
            group_contributions.cover_transaction_id,
            group_contributions.amount
           FROM public.group_contributions
          WHERE (group_contributions.status = 'covered'::text)
        UNION ALL
         SELECT 'payout'::text,
            group_payouts.id,
            group_payouts.user_id,
            group_payouts.transaction_id,
            group_payouts.amount
           FROM public.group_payouts
          WHERE (group_payouts.status = 'completed'::text)) payment
     LEFT JOIN public.transactions ON (((transactions.user_id = payment.user_id) AND (transactions.id = payment.transaction_id))))
  WHERE (((transactions.status)::text IS DISTINCT FROM 'completed'::text) OR ((transactions.amount)::numeric IS DISTINCT FROM (payment.amount)::numeric));


ALTER VIEW public.integrity_of_groups OWNER TO owner;

-- COMMENT public.VIEW integrity_of_groups
COMMENT ON VIEW public.integrity_of_groups IS 'Totals, pools, rounds and payments of groups that do not agree: none in a sound database.';

-- COMMENT public.COLUMN integrity_of_groups.name
COMMENT ON COLUMN public.integrity_of_groups.name IS 'The check.';

-- COMMENT public.COLUMN integrity_of_groups.row_id
COMMENT ON COLUMN public.integrity_of_groups.row_id IS 'The group, round, member, contribution or payout.';

-- COMMENT public.COLUMN integrity_of_groups.detail
COMMENT ON COLUMN public.integrity_of_groups.detail IS 'What it says and what the ledger says.';

-- VIEW public.owned_accounts
CREATE VIEW public.owned_accounts AS
 SELECT 'wallet'::text AS kind,
    wallets.user_id,
    wallets.id AS row_id,
    wallets.account_id,
    wallets.currency,
    (wallets.balance)::numeric AS balance
   FROM public.wallets
UNION ALL
 SELECT 'receivable'::text AS kind,
    wallets.user_id,
    wallets.id AS row_id,
    wallets.receivable_account_id AS account_id,
    wallets.currency,
    (- (wallets.receivable_balance)::numeric) AS balance
   FROM public.wallets
  WHERE (wallets.receivable_account_id IS NOT NULL)
UNION ALL
 SELECT 'plan'::text AS kind,
    savings_plans.user_id,
    savings_plans.id AS row_id,
    savings_plans.account_id,
    savings_plans.currency,
    (savings_plans.current_amount)::numeric AS balance
   FROM public.savings_plans
UNION ALL
 SELECT 'group_deposit'::text AS kind,
    group_members.user_id,
    group_members.id AS row_id,
    group_members.deposit_account_id AS account_id,
    ajo_groups.currency,
    (group_members.deposit_balance)::numeric AS balance
   FROM (public.group_members
     JOIN public.ajo_groups ON ((ajo_groups.id = group_members.group_id)));


ALTER VIEW public.owned_accounts OWNER TO owner;

-- COMMENT public.VIEW owned_accounts
COMMENT ON VIEW public.owned_accounts IS 'Each account of a user with the balance that its row says; credit positive.';

-- COMMENT public.COLUMN owned_accounts.kind
COMMENT ON COLUMN public.owned_accounts.kind IS 'wallet, receivable, plan or group_deposit: the kind of the account.';

-- COMMENT public.COLUMN owned_accounts.user_id
COMMENT ON COLUMN public.owned_accounts.user_id IS 'Whose account it is.';

-- COMMENT public.COLUMN owned_accounts.row_id
COMMENT ON COLUMN public.owned_accounts.row_id IS 'The row with the balance: of wallets, savings_plans or group_members.';

-- COMMENT public.COLUMN owned_accounts.account_id
COMMENT ON COLUMN public.owned_accounts.account_id IS 'The account in the ledger.';

-- COMMENT public.COLUMN owned_accounts.currency
COMMENT ON COLUMN public.owned_accounts.currency IS 'ISO 4217 code that the row says.';

-- COMMENT public.COLUMN owned_accounts.balance
COMMENT ON COLUMN public.owned_accounts.balance IS 'What the row says, in currency; a debt is negative.';

-- VIEW public.reconciliation
CREATE VIEW public.reconciliation AS
 SELECT owned_accounts.kind,
    owned_accounts.user_id,
    owned_accounts.row_id,
    owned_accounts.account_id,
    owned_accounts.currency,
    owned_accounts.balance,
    COALESCE(posted.amount, (0)::numeric) AS posted,
    (owned_accounts.balance - COALESCE(posted.amount, (0)::numeric)) AS difference
   FROM (public.owned_accounts
     LEFT JOIN ( SELECT ledger_postings.user_id,
            ledger_postings.account_id,
            sum(ledger_postings.amount) AS amount
           FROM public.ledger_postings
          GROUP BY ledger_postings.user_id, ledger_postings.account_id) posted ON (((posted.user_id = owned_accounts.user_id) AND (posted.account_id = owned_accounts.account_id))));


ALTER VIEW public.reconciliation OWNER TO owner;

-- COMMENT public.VIEW reconciliation
COMMENT ON VIEW public.reconciliation IS 'Each balance beside the sum of its postings; a difference other than 0 is money that no posting explains.';

-- COMMENT public.COLUMN reconciliation.kind
COMMENT ON COLUMN public.reconciliation.kind IS 'wallet, receivable, plan or group_deposit.';

-- COMMENT public.COLUMN reconciliation.user_id
COMMENT ON COLUMN public.reconciliation.user_id IS 'Whose balance it is.';

-- COMMENT public.COLUMN reconciliation.row_id
COMMENT ON COLUMN public.reconciliation.row_id IS 'The row with the balance.';

-- COMMENT public.COLUMN reconciliation.account_id
COMMENT ON COLUMN public.reconciliation.account_id IS 'The account in the ledger.';

-- COMMENT public.COLUMN reconciliation.currency
COMMENT ON COLUMN public.reconciliation.currency IS 'ISO 4217 code.';

-- COMMENT public.COLUMN reconciliation.balance
COMMENT ON COLUMN public.reconciliation.balance IS 'What the row says; a debt is negative.';

-- COMMENT public.COLUMN reconciliation.posted
COMMENT ON COLUMN public.reconciliation.posted IS 'Sum of the user''s postings on the account, credit positive.';

-- COMMENT public.COLUMN reconciliation.difference
COMMENT ON COLUMN public.reconciliation.difference IS 'balance - posted: 0, or something is wrong.';

-- VIEW public.trial_balance
CREATE VIEW public.trial_balance AS
 SELECT ledger_accounts.currency,
    ledger_accounts.kind,
    ledger_accounts.normal_side,
    sum((- ledger_postings.amount)) FILTER (WHERE (ledger_postings.amount < (0)::numeric)) AS debits,
    sum(ledger_postings.amount) FILTER (WHERE (ledger_postings.amount > (0)::numeric)) AS credits,
    sum(ledger_postings.amount) AS balance
   FROM (public.ledger_postings
     JOIN public.ledger_accounts ON ((ledger_accounts.id = ledger_postings.account_id)))
  GROUP BY ledger_accounts.currency, ledger_accounts.kind, ledger_accounts.normal_side;


ALTER VIEW public.trial_balance OWNER TO owner;

-- COMMENT public.VIEW trial_balance
COMMENT ON VIEW public.trial_balance IS 'All postings by currency and kind of account; in each currency the balances add up to 0.';

-- COMMENT public.COLUMN trial_balance.currency
COMMENT ON COLUMN public.trial_balance.currency IS 'ISO 4217 code of the accounts.';

-- COMMENT public.COLUMN trial_balance.kind
COMMENT ON COLUMN public.trial_balance.kind IS 'Kind of account.';

-- COMMENT public.COLUMN trial_balance.normal_side
COMMENT ON COLUMN public.trial_balance.normal_side IS 'Side on which accounts of this kind grow: debit or credit.';

-- COMMENT public.COLUMN trial_balance.debits
COMMENT ON COLUMN public.trial_balance.debits IS 'Sum of the debits.';

-- COMMENT public.COLUMN trial_balance.credits
COMMENT ON COLUMN public.trial_balance.credits IS 'Sum of the credits.';

-- COMMENT public.COLUMN trial_balance.balance
COMMENT ON COLUMN public.trial_balance.balance IS 'Credits less debits.';

-- VIEW public.integrity_of_money
CREATE VIEW public.integrity_of_money AS
 SELECT
        CASE reconciliation.kind
            WHEN 'wallet'::text THEN 'wallet_balances'::text
            WHEN 'receivable'::text THEN 'receivable_balances'::text
            WHEN 'plan'::text THEN 'plan_balances'::text
            ELSE 'group_deposit_balances'::text
        END AS name,
    (reconciliation.row_id)::text AS row_id,
    format('balance %s, postings %s'::text, reconciliation.balance, reconciliation.posted) AS detail
   FROM public.reconciliation
  WHERE (reconciliation.difference <> (0)::numeric)
UNION ALL
 SELECT 'trial_balance'::text AS name,
    trial_balance.currency AS row_id,
    format('balances add up to %s'::text, sum(trial_balance.balance)) AS detail
   FROM public.trial_balance
  GROUP BY trial_balance.currency
 HAVING (sum(trial_balance.balance) <> (0)::numeric)
UNION ALL
 SELECT found.name,
    (checked.entry_id)::text AS row_id,
        CASE found.name
            WHEN 'posting_times'::text THEN format('account %s: posted at %s, after %s'::text, checked.account_id, checked.created_at, checked.previous_at)
            ELSE format('account %s: balance after is %s, must be %s'::text, checked.account_id, COALESCE((checked.balance_after)::text, 'missing'::text), checked.expected)
        END AS detail
   FROM (( SELECT running.entry_id,
            running.account_id,
            running.created_at,
            running.balance_after,
            running.kind,
            running.previous_at,
            running.expected,
            COALESCE((running.created_at < running.previous_at), false) AS goes_back,
            (((running.balance_after)::numeric IS DISTINCT FROM running.expected) AND ((running.balance_after IS NOT NULL) OR (running.kind <> 'group_pool'::text))) AS is_broken
           FROM ( SELECT ledger_postings.entry_id,
                    ledger_postings.account_id,
                    ledger_postings.created_at,
                    ledger_postings.balance_after,
                    ledger_accounts.kind,
                    lag(ledger_postings.created_at) OVER history AS previous_at,
                    ((
                        CASE ledger_accounts.normal_side
                            WHEN 'debit'::text THEN '-1'::integer
                            ELSE 1
                        END)::numeric * sum(ledger_postings.amount) OVER history) AS expected
                   FROM (public.ledger_postings
                     JOIN public.ledger_accounts ON ((ledger_accounts.id = ledger_postings.account_id)))
                  WHERE (ledger_accounts.kind = ANY (ARRAY['wallet'::text, 'receivable'::text, 'plan'::text, 'group_deposit'::text, 'group_pool'::text]))
                  WINDOW history AS (PARTITION BY ledger_postings.account_id ORDER BY ledger_postings.entry_id)) running) checked
     CROSS JOIN LATERAL ( VALUES ('balance_sequence'::text,checked.is_broken), ('posting_times'::text,checked.goes_back)) found(name, is_found))
  WHERE ((checked.is_broken OR checked.goes_back) AND found.is_found)
UNION ALL
 SELECT 'transactions_not_as_posted'::text AS name,
    (transactions.id)::text AS row_id,
    format('%s of %s, posted %s'::text, transactions.type, transactions.amount, COALESCE(posted.amount, (0)::numeric)) AS detail
   FROM (public.transactions
     LEFT JOIN ( SELECT ledger_entries.user_id,
            ledger_entries.transaction_id,
            sum((ledger_entries.amount)::numeric) FILTER (WHERE (debit_account.kind IS DISTINCT FROM 'payout_clearing'::text)) AS amount
           FROM (public.ledger_entries
             LEFT JOIN public.ledger_accounts debit_account ON ((debit_account.id = ledger_entries.debit_account_id)))
          GROUP BY ledger_entries.user_id, ledger_entries.transaction_id) posted ON (((posted.user_id = transactions.user_id) AND (posted.transaction_id = transactions.id))))
  WHERE (((transactions.status)::text = 'completed'::text) AND (((transactions.amount)::numeric +
        CASE transactions.type
            WHEN 'wallet_withdrawal'::text THEN (transactions.fee_amount)::numeric
            ELSE (0)::numeric
        END) <> COALESCE(posted.amount, (0)::numeric)))
UNION ALL
 SELECT 'unfinished_transactions_posted'::text AS name,
    (transactions.id)::text AS row_id,
    format('%s %s, but the accounts %s moved'::text, transactions.status, transactions.type, moved.accounts) AS detail
   FROM (public.transactions
     CROSS JOIN LATERAL ( SELECT string_agg((account.id)::text, ', '::text ORDER BY account.id) AS accounts
           FROM ( SELECT ledger_postings.account_id AS id
                   FROM public.ledger_postings
                  WHERE ((ledger_postings.user_id = transactions.user_id) AND (ledger_postings.transaction_id = transactions.id))
                  GROUP BY ledger_postings.account_id
                 HAVING (sum(ledger_postings.amount) <> (0)::numeric)) account) moved)
  WHERE (((transactions.status)::text <> 'completed'::text) AND (((transactions.status)::text <> 'pending'::text) OR ((transactions.type)::text <> 'wallet_withdrawal'::text)) AND (moved.accounts IS NOT NULL))
UNION ALL
 SELECT 'entries_without_transaction'::text AS name,
    (ledger_entries.id)::text AS row_id,
    format('transaction %s of user %s is not there'::text, ledger_entries.transaction_id, ledger_entries.user_id) AS detail
   FROM public.ledger_entries
  WHERE (NOT (EXISTS ( SELECT
           FROM public.transactions
          WHERE ((transactions.user_id = ledger_entries.user_id) AND (transactions.id = ledger_entries.transaction_id)))))
UNION ALL
 SELECT 'transfer_clearing'::text AS name,
    COALESCE((transactions.transfer_id)::text, ((transactions.metadata)::jsonb ->> 'group_id'::text)) AS row_id,
    format('%s did not arrive'::text, sum(ledger_postings.amount)) AS detail
   FROM ((public.ledger_postings
     JOIN public.ledger_accounts ON (((ledger_accounts.id = ledger_postings.account_id) AND (ledger_accounts.kind = 'transfer_clearing'::text))))
     JOIN public.transactions ON (((transactions.user_id = ledger_postings.user_id) AND (transactions.id = ledger_postings.transaction_id))))
  GROUP BY COALESCE((transactions.transfer_id)::text, ((transactions.metadata)::jsonb ->> 'group_id'::text))
 HAVING (sum(ledger_postings.amount) <> (0)::numeric)
UNION ALL
 SELECT 'payout_clearing'::text AS name,
    (transactions.id)::text AS row_id,
    format('%s %s of %s, held %s'::text, transactions.status, transactions.type, transactions.amount, COALESCE(held.amount, (0)::numeric)) AS detail
   FROM (public.transactions
     LEFT JOIN ( SELECT ledger_postings.user_id,
            ledger_postings.transaction_id,
            sum(ledger_postings.amount) AS amount
           FROM (public.ledger_postings
             JOIN public.ledger_accounts ON (((ledger_accounts.id = ledger_postings.account_id) AND (ledger_accounts.kind = 'payout_clearing'::text))))
          GROUP BY ledger_postings.user_id, ledger_postings.transaction_id) held ON (((held.user_id = transactions.user_id) AND (held.transaction_id = transactions.id))))
  WHERE (COALESCE(held.amount, (0)::numeric) <>
        CASE
            WHEN (((transactions.status)::text = 'pending'::text) AND ((transactions.type)::text = 'wallet_withdrawal'::text)) THEN (transactions.amount)::numeric
            ELSE (0)::numeric
        END)
UNION ALL
 SELECT 'completed_plans_below_target'::text AS name,
    (savings_plans.id)::text AS row_id,
    format('completed before %s with %s, withdrawn %s, target %s'::text, savings_plans.end_date, savings_plans.current_amount, taken.amount, savings_plans.target_amount) AS detail
   FROM (public.savings_plans
     CROSS JOIN LATERAL ( SELECT COALESCE(sum((transactions.amount)::numeric), (0)::numeric) AS amount
           FROM public.transactions
          WHERE ((transactions.user_id = savings_plans.user_id) AND (transactions.plan_id = savings_plans.id) AND ((transactions.type)::text = 'withdrawal'::text) AND ((transactions.status)::text = 'completed'::text) AND (NOT (EXISTS ( SELECT
                   FROM public.transactions reversal
                  WHERE ((reversal.user_id = transactions.user_id) AND (reversal.reverses_id = transactions.id))))))) taken)
  WHERE (((savings_plans.status)::text = 'completed'::text) AND (savings_plans.end_date > GREATEST(public.app_today(), public.app_day(savings_plans.completed_at))) AND (((savings_plans.current_amount)::numeric + taken.amount) < (savings_plans.target_amount)::numeric));


ALTER VIEW public.integrity_of_money OWNER TO owner;

-- COMMENT public.VIEW integrity_of_money
COMMENT ON VIEW public.integrity_of_money IS 'Balances, transactions and clearing accounts that the ledger does not explain: none in a sound database.';

-- COMMENT public.COLUMN integrity_of_money.name
COMMENT ON COLUMN public.integrity_of_money.name IS 'The check.';

-- COMMENT public.COLUMN integrity_of_money.row_id
COMMENT ON COLUMN public.integrity_of_money.row_id IS 'The row with the balance, the transaction, the entry or the currency.';

-- COMMENT public.COLUMN integrity_of_money.detail
COMMENT ON COLUMN public.integrity_of_money.detail IS 'What it says and what the ledger says.';

-- VIEW public.integrity_of_rows
CREATE VIEW public.integrity_of_rows AS
 SELECT 'wallets_without_user'::text AS name,
    (wallets.id)::text AS row_id,
    format('user %s is not there'::text, wallets.user_id) AS detail
   FROM public.wallets
  WHERE (NOT (EXISTS ( SELECT
           FROM public."user"
          WHERE ("user".id = wallets.user_id))))
UNION ALL
 SELECT 'plans_without_user'::text AS name,
    (savings_plans.id)::text AS row_id,
    format('user %s is not there'::text, savings_plans.user_id) AS detail
   FROM public.savings_plans
  WHERE (NOT (EXISTS ( SELECT
           FROM public."user"
          WHERE ("user".id = savings_plans.user_id))))
UNION ALL
 SELECT 'transactions_without_owner'::text AS name,
    (transactions.id)::text AS row_id,
    format('user %s or plan %s is not there'::text, transactions.user_id, COALESCE((transactions.plan_id)::text, '-'::text)) AS detail
   FROM public.transactions
  WHERE ((NOT (EXISTS ( SELECT
           FROM public."user"
          WHERE ("user".id = transactions.user_id)))) OR ((transactions.plan_id IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM public.savings_plans
          WHERE ((savings_plans.user_id = transactions.user_id) AND (savings_plans.id = transactions.plan_id)))))))
UNION ALL
 SELECT 'group_members_without_owner'::text AS name,
    (group_members.id)::text AS row_id,
    format('user %s or group %s is not there'::text, group_members.user_id, group_members.group_id) AS detail
   FROM public.group_members
  WHERE ((NOT (EXISTS ( SELECT
           FROM public."user"
          WHERE ("user".id = group_members.user_id)))) OR (NOT (EXISTS ( SELECT
           FROM public.ajo_groups
          WHERE (ajo_groups.id = group_members.group_id)))))
UNION ALL
 SELECT 'wallets_below_zero'::text AS name,
    (wallets.id)::text AS row_id,
    format('balance %s'::text, wallets.balance) AS detail
   FROM public.wallets
  WHERE ((wallets.balance)::numeric < (0)::numeric)
UNION ALL
 SELECT 'plan_dates_reversed'::text AS name,
    (savings_plans.id)::text AS row_id,
    format('from %s to %s'::text, savings_plans.start_date, savings_plans.end_date) AS detail
   FROM public.savings_plans
  WHERE (savings_plans.end_date <= savings_plans.start_date)
UNION ALL
 SELECT 'kyc_tier_unknown'::text AS name,
    ("user".id)::text AS row_id,
    format('tier %s'::text, "user".kyc_tier) AS detail
   FROM public."user"
  WHERE ("user".kyc_tier <> ALL (ARRAY[0, 1, 2]))
UNION ALL
 SELECT 'transaction_amounts_not_positive'::text AS name,
    (transactions.id)::text AS row_id,
    format('amount %s'::text, transactions.amount) AS detail
   FROM public.transactions
  WHERE ((transactions.amount)::numeric <= (0)::numeric)
UNION ALL
 SELECT 'group_member_counts'::text AS name,
    (ajo_groups.id)::text AS row_id,
    format('says %s members, has %s'::text, ajo_groups.current_member_count, members.present) AS detail
   FROM (public.ajo_groups
     CROSS JOIN LATERAL ( SELECT count(*) AS present
           FROM public.group_members
          WHERE ((group_members.group_id = ajo_groups.id) AND (group_members.status <> ALL (ARRAY['left'::text, 'removed'::text])))) members)
  WHERE (ajo_groups.current_member_count <> members.present)
UNION ALL
 SELECT 'analytics_plan_counts'::text AS name,
    (user_analytics.id)::text AS row_id,
    format('says %s active and %s completed plans, there are %s and %s'::text, user_analytics.active_plans, user_analytics.completed_plans, plans.active, plans.completed) AS detail
   FROM (public.user_analytics
     CROSS JOIN LATERAL ( SELECT count(*) FILTER (WHERE ((savings_plans.status)::text = 'active'::text)) AS active,
            count(*) FILTER (WHERE ((savings_plans.status)::text = 'completed'::text)) AS completed,
            max(savings_plans.updated_at) AS changed_at
           FROM public.savings_plans
          WHERE (savings_plans.user_id = user_analytics.user_id)) plans)
  WHERE (((user_analytics.active_plans IS DISTINCT FROM plans.active) OR (user_analytics.completed_plans IS DISTINCT FROM plans.completed)) AND (user_analytics.updated_at >= COALESCE(plans.changed_at, user_analytics.updated_at)))
UNION ALL
 SELECT 'audit_chain'::text AS name,
    (verify_audit_chain.first_broken_id)::text AS row_id,
    verify_audit_chain.reason AS detail
   FROM public.verify_audit_chain() verify_audit_chain(is_intact, checked_rows, first_broken_id, reason)
  WHERE (NOT verify_audit_chain.is_intact);


ALTER VIEW public.integrity_of_rows OWNER TO owner;

-- COMMENT public.VIEW integrity_of_rows
COMMENT ON VIEW public.integrity_of_rows IS 'Rows without an owner, rows that break a rule, counts that are wrong: nothing is listed in a sound database.';

-- COMMENT public.COLUMN integrity_of_rows.name
COMMENT ON COLUMN public.integrity_of_rows.name IS 'The check.';

-- COMMENT public.COLUMN integrity_of_rows.row_id
COMMENT ON COLUMN public.integrity_of_rows.row_id IS 'The row: its id.';

-- COMMENT public.COLUMN integrity_of_rows.detail
COMMENT ON COLUMN public.integrity_of_rows.detail IS 'What is wrong with it.';

-- VIEW public.integrity_of_schema
CREATE VIEW public.integrity_of_schema AS
 SELECT 'guards_disabled'::text AS name,
    format('%I.%I'::text, pg_class.relname, pg_trigger.tgname) AS row_id,
    'the trigger is disabled'::text AS detail
   FROM (pg_trigger
     JOIN pg_class ON ((pg_class.oid = pg_trigger.tgrelid)))
  WHERE ((pg_class.relnamespace = (to_regnamespace(quote_ident(("current_schema"())::text)))::oid) AND (pg_trigger.tgenabled <> 'O'::"char"))
UNION ALL
 SELECT 'guards_disabled'::text AS name,
    format('%I.%I'::text, pg_class.relname, pg_constraint.conname) AS row_id,
    'the constraint was never proven for old rows'::text AS detail
   FROM (pg_constraint
     JOIN pg_class ON ((pg_class.oid = pg_constraint.conrelid)))
  WHERE ((pg_class.relnamespace = (to_regnamespace(quote_ident(("current_schema"())::text)))::oid) AND (NOT pg_constraint.convalidated))
UNION ALL
 SELECT 'foreign_keys_without_index'::text AS name,
    pg_constraint.conname AS row_id,
    format('on table %I'::text, pg_class.relname) AS detail
   FROM (pg_constraint
     JOIN pg_class ON ((pg_class.oid = pg_constraint.conrelid)))
  WHERE ((pg_constraint.contype = 'f'::"char") AND (pg_constraint.conparentid = (0)::oid) AND (pg_class.relnamespace = (to_regnamespace(quote_ident(("current_schema"())::text)))::oid) AND (NOT (EXISTS ( SELECT
           FROM (pg_index
             JOIN pg_attribute ON (((pg_attribute.attrelid = pg_index.indrelid) AND (pg_attribute.attnum = pg_index.indkey[0]))))
          WHERE ((pg_index.indrelid = pg_constraint.conrelid) AND pg_index.indisvalid AND (((pg_attribute.attnum = ANY (pg_constraint.conkey)) AND (pg_attribute.attname <> 'user_id'::name)) OR (((pg_index.indkey)::smallint[])[0:(cardinality(pg_constraint.conkey) - 1)] @> pg_constraint.conkey)))))))
UNION ALL
 SELECT 'statistics_outdated'::text AS name,
    pg_stat_user_tables.relname AS row_id,
    format('%s rows changed since the last ANALYZE'::text, pg_stat_user_tables.n_mod_since_analyze) AS detail
   FROM pg_stat_user_tables
  WHERE ((pg_stat_user_tables.schemaname = "current_schema"()) AND (pg_stat_user_tables.n_mod_since_analyze > 10000));


ALTER VIEW public.integrity_of_schema OWNER TO owner;

-- COMMENT public.VIEW integrity_of_schema
COMMENT ON VIEW public.integrity_of_schema IS 'Guards that are switched off, missing indexes, tables whose statistics are old.';

-- COMMENT public.COLUMN integrity_of_schema.name
COMMENT ON COLUMN public.integrity_of_schema.name IS 'The check.';

-- COMMENT public.COLUMN integrity_of_schema.row_id
COMMENT ON COLUMN public.integrity_of_schema.row_id IS 'The trigger, constraint or table.';

-- COMMENT public.COLUMN integrity_of_schema.detail
COMMENT ON COLUMN public.integrity_of_schema.detail IS 'What is wrong with it.';

-- VIEW public.integrity_findings
CREATE VIEW public.integrity_findings AS
 SELECT integrity_of_rows.name,
    integrity_of_rows.row_id,
    integrity_of_rows.detail
   FROM public.integrity_of_rows
UNION ALL
 SELECT integrity_of_money.name,
    integrity_of_money.row_id,
    integrity_of_money.detail
   FROM public.integrity_of_money
UNION ALL
 SELECT integrity_of_groups.name,
    integrity_of_groups.row_id,
    integrity_of_groups.detail
   FROM public.integrity_of_groups
UNION ALL
 SELECT integrity_of_schema.name,
    integrity_of_schema.row_id,
    integrity_of_schema.detail
   FROM public.integrity_of_schema;


ALTER VIEW public.integrity_findings OWNER TO owner;

-- COMMENT public.VIEW integrity_findings
COMMENT ON VIEW public.integrity_findings IS 'Everything that the integrity checks find; WHERE name = ''…'' runs that check only.';

-- COMMENT public.COLUMN integrity_findings.name
COMMENT ON COLUMN public.integrity_findings.name IS 'The check.';

-- COMMENT public.COLUMN integrity_findings.row_id
COMMENT ON COLUMN public.integrity_findings.row_id IS 'The row: its id, or the name of what has none.';

-- COMMENT public.COLUMN integrity_findings.detail
COMMENT ON COLUMN public.integrity_findings.detail IS 'What is wrong with it.';

-- TABLE public.interest_accruals
CREATE TABLE public.interest_accruals (
    user_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    day date NOT NULL,
    balance public.money_amount NOT NULL,
    interest_rate public.yearly_rate NOT NULL,
    amount numeric(20,8) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT interest_accruals_amount_of_balance_check CHECK ((amount = round((((balance)::numeric * (interest_rate)::numeric) / (365)::numeric), 8)))
);


ALTER TABLE public.interest_accruals OWNER TO owner;

-- COMMENT public.TABLE interest_accruals
COMMENT ON TABLE public.interest_accruals IS 'Interest earned by a plan on a day; what is not yet posted, fractions of a kobo included, is carried here.';

-- COMMENT public.COLUMN interest_accruals.user_id
COMMENT ON COLUMN public.interest_accruals.user_id IS 'Owner of the plan.';

-- COMMENT public.COLUMN interest_accruals.plan_id
COMMENT ON COLUMN public.interest_accruals.plan_id IS 'The plan.';

-- COMMENT public.COLUMN interest_accruals.day
COMMENT ON COLUMN public.interest_accruals.day IS 'The Lagos day that earned it.';

-- COMMENT public.COLUMN interest_accruals.balance
COMMENT ON COLUMN public.interest_accruals.balance IS 'Balance of the plan at the end of that day.';

-- COMMENT public.COLUMN interest_accruals.interest_rate
COMMENT ON COLUMN public.interest_accruals.interest_rate IS 'Yearly rate of the plan on that day.';

-- COMMENT public.COLUMN interest_accruals.amount
COMMENT ON COLUMN public.interest_accruals.amount IS 'balance × interest_rate ÷ 365, eight decimals of a naira.';

-- COMMENT public.COLUMN interest_accruals.created_at
COMMENT ON COLUMN public.interest_accruals.created_at IS 'When it was accrued.';

-- TABLE public.kyc_limits
CREATE TABLE public.kyc_limits (
    tier integer NOT NULL,
    single_limit public.money_amount NOT NULL,
    daily_limit public.money_amount NOT NULL,
    monthly_limit public.money_amount NOT NULL,
    max_plans integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT kyc_limits_daily_within_monthly_check CHECK (((daily_limit)::numeric <= (monthly_limit)::numeric)),
    CONSTRAINT kyc_limits_max_plans_not_negative_check CHECK ((max_plans >= 0)),
    CONSTRAINT kyc_limits_single_within_daily_check CHECK (((single_limit)::numeric <= (daily_limit)::numeric)),
    CONSTRAINT kyc_limits_tier_range_check CHECK (((tier >= 0) AND (tier <= 2)))
);


ALTER TABLE public.kyc_limits OWNER TO owner;

-- COMMENT public.TABLE kyc_limits
COMMENT ON TABLE public.kyc_limits IS 'What a user of each KYC tier may move; one row a tier.';

-- COMMENT public.COLUMN kyc_limits.tier
COMMENT ON COLUMN public.kyc_limits.tier IS 'KYC tier, 0 to 2, as in "user".kyc_tier.';

-- COMMENT public.COLUMN kyc_limits.single_limit
COMMENT ON COLUMN public.kyc_limits.single_limit IS 'Naira; the most in one funding, contribution, transfer sent or withdrawal.';

-- COMMENT public.COLUMN kyc_limits.daily_limit
COMMENT ON COLUMN public.kyc_limits.daily_limit IS 'Naira; the most sent, withdrawn and contributed to groups in one Lagos day, pending included.';

-- COMMENT public.COLUMN kyc_limits.monthly_limit
COMMENT ON COLUMN public.kyc_limits.monthly_limit IS 'Naira; the same for one Lagos calendar month.';

-- COMMENT public.COLUMN kyc_limits.max_plans
COMMENT ON COLUMN public.kyc_limits.max_plans IS 'The most active and paused savings plans at a time.';

-- COMMENT public.COLUMN kyc_limits.created_at
COMMENT ON COLUMN public.kyc_limits.created_at IS 'When the row was written.';

-- COMMENT public.COLUMN kyc_limits.updated_at
COMMENT ON COLUMN public.kyc_limits.updated_at IS 'When the row last changed.';

-- SEQUENCE public.ledger_entries_id_seq
ALTER TABLE public.ledger_entries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ledger_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE public.notifications_default
CREATE TABLE public.notifications_default (
    id uuid DEFAULT public.app_uuid() CONSTRAINT notifications_id_not_null NOT NULL,
    user_id uuid CONSTRAINT notifications_user_id_not_null NOT NULL,
    type text CONSTRAINT notifications_type_not_null NOT NULL,
    channel text CONSTRAINT notifications_channel_not_null NOT NULL,
    title text CONSTRAINT notifications_title_not_null NOT NULL,
    message text CONSTRAINT notifications_message_not_null NOT NULL,
    data jsonb,
    status text DEFAULT 'pending'::text CONSTRAINT notifications_status_not_null NOT NULL,
    is_read boolean GENERATED ALWAYS AS ((read_at IS NOT NULL)) STORED CONSTRAINT notifications_is_read_not_null NOT NULL,
    read_at timestamp with time zone,
    sent_at timestamp with time zone,
    failure_reason text,
    deliver_after timestamp with time zone DEFAULT now() CONSTRAINT notifications_deliver_after_not_null NOT NULL,
    attempts integer DEFAULT 0 CONSTRAINT notifications_attempts_not_null NOT NULL,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT notifications_created_at_not_null NOT NULL,
    CONSTRAINT notifications_attempts_range_check CHECK (((attempts >= 0) AND (attempts <= 5))),
    CONSTRAINT notifications_channel_values_check CHECK ((channel = ANY (ARRAY['push'::text, 'sms'::text, 'email'::text, 'in_app'::text]))),
    CONSTRAINT notifications_created_at_finite_check CHECK (isfinite(created_at)),
    CONSTRAINT notifications_data_object_check CHECK ((jsonb_typeof(data) = 'object'::text)),
    CONSTRAINT notifications_failure_reason_length_check CHECK (((char_length(failure_reason) >= 1) AND (char_length(failure_reason) <= 500))),
    CONSTRAINT notifications_failure_reason_of_status_check CHECK (((status = 'failed'::text) = (failure_reason IS NOT NULL))),
    CONSTRAINT notifications_message_length_check CHECK (((char_length(message) >= 1) AND (char_length(message) <= 4000))),
    CONSTRAINT notifications_sent_at_of_status_check CHECK (((status = 'sent'::text) = (sent_at IS NOT NULL))),
    CONSTRAINT notifications_status_values_check CHECK ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text]))),
    CONSTRAINT notifications_title_length_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 200))),
    CONSTRAINT notifications_type_values_check CHECK ((type = ANY (ARRAY['contribution_reminder'::text, 'milestone'::text, 'group_activity'::text, 'payment_update'::text, 'auto_save_failed'::text, 'weekly_report'::text, 'kyc_update'::text, 'security'::text])))
);


ALTER TABLE public.notifications_default OWNER TO owner;

-- TABLE public.phone_verification
CREATE TABLE public.phone_verification (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    phone_number text NOT NULL,
    otp_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    verified boolean DEFAULT false NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT phone_verification_attempts_range_check CHECK (((attempts >= 0) AND (attempts <= 5))),
    CONSTRAINT phone_verification_expires_after_creation_check CHECK ((expires_at > created_at)),
    CONSTRAINT phone_verification_otp_hash_sha256_check CHECK ((octet_length(otp_hash) = 32)),
    CONSTRAINT phone_verification_phone_number_e164_check CHECK ((phone_number ~ '^\+[1-9][0-9]{1,14}$'::text))
);


ALTER TABLE public.phone_verification OWNER TO owner;

-- COMMENT public.TABLE phone_verification
COMMENT ON TABLE public.phone_verification IS 'A code that was sent to a phone number. Only the newest row of a number counts.';

-- COMMENT public.COLUMN phone_verification.id
COMMENT ON COLUMN public.phone_verification.id IS 'UUID version 7.';

-- COMMENT public.COLUMN phone_verification.phone_number
COMMENT ON COLUMN public.phone_verification.phone_number IS 'Where the code went: E.164 with plus sign.';

-- COMMENT public.COLUMN phone_verification.otp_hash
COMMENT ON COLUMN public.phone_verification.otp_hash IS 'HMAC-SHA-256 of number and code with the application''s key: a bare hash of six digits is soon guessed.';

-- COMMENT public.COLUMN phone_verification.expires_at
COMMENT ON COLUMN public.phone_verification.expires_at IS 'When the code stops to work.';

-- COMMENT public.COLUMN phone_verification.verified
COMMENT ON COLUMN public.phone_verification.verified IS 'True once the code came back in time; it does not work twice.';

-- COMMENT public.COLUMN phone_verification.attempts
COMMENT ON COLUMN public.phone_verification.attempts IS 'Guesses so far, 0 to 5; at 5 the code no longer works.';

-- COMMENT public.COLUMN phone_verification.created_at
COMMENT ON COLUMN public.phone_verification.created_at IS 'When the code was sent.';

-- TABLE public.push_tokens
CREATE TABLE public.push_tokens (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    token text NOT NULL,
    platform text NOT NULL,
    device_id text,
    device_name text,
    is_active boolean DEFAULT true NOT NULL,
    last_used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT push_tokens_device_id_length_check CHECK (((char_length(device_id) >= 1) AND (char_length(device_id) <= 255))),
    CONSTRAINT push_tokens_device_name_length_check CHECK (((char_length(device_name) >= 1) AND (char_length(device_name) <= 255))),
    CONSTRAINT push_tokens_platform_values_check CHECK ((platform = ANY (ARRAY['ios'::text, 'android'::text, 'web'::text]))),
    CONSTRAINT push_tokens_token_length_check CHECK (((char_length(token) >= 10) AND (char_length(token) <= 1000)))
);


ALTER TABLE public.push_tokens OWNER TO owner;

-- COMMENT public.TABLE push_tokens
COMMENT ON TABLE public.push_tokens IS 'Devices that take push messages, one row a token.';

-- COMMENT public.COLUMN push_tokens.id
COMMENT ON COLUMN public.push_tokens.id IS 'UUID version 7.';

-- COMMENT public.COLUMN push_tokens.user_id
COMMENT ON COLUMN public.push_tokens.user_id IS 'Who signed in last on the device.';

-- COMMENT public.COLUMN push_tokens.token
COMMENT ON COLUMN public.push_tokens.token IS 'The push provider''s name of the device; unique.';

-- COMMENT public.COLUMN push_tokens.platform
COMMENT ON COLUMN public.push_tokens.platform IS 'ios, android or web.';

-- COMMENT public.COLUMN push_tokens.device_id
COMMENT ON COLUMN public.push_tokens.device_id IS 'The client''s own id of the device.';

-- COMMENT public.COLUMN push_tokens.device_name
COMMENT ON COLUMN public.push_tokens.device_name IS 'What the person calls the device.';

-- COMMENT public.COLUMN push_tokens.is_active
COMMENT ON COLUMN public.push_tokens.is_active IS 'False after sign-out, or when the provider no longer knows it.';

-- COMMENT public.COLUMN push_tokens.last_used_at
COMMENT ON COLUMN public.push_tokens.last_used_at IS 'When it was last registered.';

-- COMMENT public.COLUMN push_tokens.created_at
COMMENT ON COLUMN public.push_tokens.created_at IS 'When the row was made.';

-- COMMENT public.COLUMN push_tokens.updated_at
COMMENT ON COLUMN public.push_tokens.updated_at IS 'When the row last changed.';

-- TABLE public.roles
CREATE TABLE public.roles (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    name text NOT NULL,
    display_name text NOT NULL,
    description text,
    is_system boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT roles_description_length_check CHECK ((length(description) <= 500)),
    CONSTRAINT roles_display_name_length_check CHECK (((length(btrim(display_name)) >= 1) AND (length(btrim(display_name)) <= 100))),
    CONSTRAINT roles_name_format_check CHECK ((name ~ '^[a-z][a-z_]{1,49}$'::text))
);


ALTER TABLE public.roles OWNER TO owner;

-- COMMENT public.TABLE roles
COMMENT ON TABLE public.roles IS 'Named sets of permissions.';

-- COMMENT public.COLUMN roles.id
COMMENT ON COLUMN public.roles.id IS 'UUID version 7.';

-- COMMENT public.COLUMN roles.name
COMMENT ON COLUMN public.roles.name IS 'Key in lower case, such as admin; a system role keeps it.';

-- COMMENT public.COLUMN roles.display_name
COMMENT ON COLUMN public.roles.display_name IS 'What people read, 1 to 100 characters.';

-- COMMENT public.COLUMN roles.description
COMMENT ON COLUMN public.roles.description IS 'What the role is for, at most 500 characters.';

-- COMMENT public.COLUMN roles.is_system
COMMENT ON COLUMN public.roles.is_system IS 'The application relies on it: it can be neither deleted nor renamed.';

-- COMMENT public.COLUMN roles.created_at
COMMENT ON COLUMN public.roles.created_at IS 'When the row was made.';

-- COMMENT public.COLUMN roles.updated_at
COMMENT ON COLUMN public.roles.updated_at IS 'When the row was last changed.';

-- TABLE public.scheduled_notifications
CREATE TABLE public.scheduled_notifications (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    type text NOT NULL,
    channel text NOT NULL,
    title text NOT NULL,
    message text NOT NULL,
    data jsonb,
    scheduled_for timestamp with time zone NOT NULL,
    first_scheduled_for timestamp with time zone NOT NULL,
    is_recurring boolean DEFAULT false NOT NULL,
    recurring_pattern text,
    status text DEFAULT 'pending'::text NOT NULL,
    sent_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT scheduled_notifications_channel_values_check CHECK ((channel = ANY (ARRAY['push'::text, 'sms'::text, 'email'::text, 'in_app'::text]))),
    CONSTRAINT scheduled_notifications_data_object_check CHECK ((jsonb_typeof(data) = 'object'::text)),
    CONSTRAINT scheduled_notifications_message_length_check CHECK (((char_length(message) >= 1) AND (char_length(message) <= 4000))),
    CONSTRAINT scheduled_notifications_not_before_first_check CHECK ((scheduled_for >= first_scheduled_for)),
    CONSTRAINT scheduled_notifications_pattern_of_recurring_check CHECK ((is_recurring = (recurring_pattern IS NOT NULL))),
    CONSTRAINT scheduled_notifications_pattern_values_check CHECK ((recurring_pattern = ANY (ARRAY['daily'::text, 'weekly'::text, 'monthly'::text]))),
    CONSTRAINT scheduled_notifications_scheduled_for_finite_check CHECK (isfinite(scheduled_for)),
    CONSTRAINT scheduled_notifications_sent_has_time_check CHECK (((status <> 'sent'::text) OR (sent_at IS NOT NULL))),
    CONSTRAINT scheduled_notifications_status_values_check CHECK ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'cancelled'::text, 'failed'::text]))),
    CONSTRAINT scheduled_notifications_title_length_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 200))),
    CONSTRAINT scheduled_notifications_type_values_check CHECK ((type = ANY (ARRAY['contribution_reminder'::text, 'milestone'::text, 'group_activity'::text, 'payment_update'::text, 'auto_save_failed'::text, 'weekly_report'::text, 'kyc_update'::text, 'security'::text])))
);


ALTER TABLE public.scheduled_notifications OWNER TO owner;

-- COMMENT public.TABLE scheduled_notifications
COMMENT ON TABLE public.scheduled_notifications IS 'Messages planned for later, once or again and again.';

-- COMMENT public.COLUMN scheduled_notifications.id
COMMENT ON COLUMN public.scheduled_notifications.id IS 'UUID version 7.';

-- COMMENT public.COLUMN scheduled_notifications.user_id
COMMENT ON COLUMN public.scheduled_notifications.user_id IS 'Whom it is for.';

-- COMMENT public.COLUMN scheduled_notifications.type
COMMENT ON COLUMN public.scheduled_notifications.type IS 'What it is about, as in notifications.';

-- COMMENT public.COLUMN scheduled_notifications.channel
COMMENT ON COLUMN public.scheduled_notifications.channel IS 'push, sms, email or in_app.';

-- COMMENT public.COLUMN scheduled_notifications.title
COMMENT ON COLUMN public.scheduled_notifications.title IS 'Heading, 1 to 200 characters.';

-- COMMENT public.COLUMN scheduled_notifications.message
COMMENT ON COLUMN public.scheduled_notifications.message IS 'Text, 1 to 4000 characters.';

-- COMMENT public.COLUMN scheduled_notifications.data
COMMENT ON COLUMN public.scheduled_notifications.data IS 'What the client needs to open the right page: a JSON object.';

-- COMMENT public.COLUMN scheduled_notifications.scheduled_for
COMMENT ON COLUMN public.scheduled_notifications.scheduled_for IS 'The next time it is due.';

-- COMMENT public.COLUMN scheduled_notifications.first_scheduled_for
COMMENT ON COLUMN public.scheduled_notifications.first_scheduled_for IS 'The first time: later ones keep its Lagos time of day and day of the month.';

-- COMMENT public.COLUMN scheduled_notifications.is_recurring
COMMENT ON COLUMN public.scheduled_notifications.is_recurring IS 'Whether it is due again and again.';

-- COMMENT public.COLUMN scheduled_notifications.recurring_pattern
COMMENT ON COLUMN public.scheduled_notifications.recurring_pattern IS 'daily, weekly or monthly; null when it is due once.';

-- COMMENT public.COLUMN scheduled_notifications.status
COMMENT ON COLUMN public.scheduled_notifications.status IS 'pending, sent (due once), cancelled or failed.';

-- COMMENT public.COLUMN scheduled_notifications.sent_at
COMMENT ON COLUMN public.scheduled_notifications.sent_at IS 'When it last became a message.';

-- COMMENT public.COLUMN scheduled_notifications.created_at
COMMENT ON COLUMN public.scheduled_notifications.created_at IS 'When it was planned.';

-- COMMENT public.COLUMN scheduled_notifications.updated_at
COMMENT ON COLUMN public.scheduled_notifications.updated_at IS 'When the row last changed.';

-- TABLE public.session
CREATE TABLE public.session (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    user_id uuid NOT NULL,
    family_id uuid DEFAULT public.app_uuid() NOT NULL,
    token_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    refresh_token_hash bytea,
    refresh_token_expires_at timestamp with time zone,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    ip_address inet,
    user_agent text,
    device_id text,
    last_activity_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT session_device_id_length_check CHECK (((char_length(device_id) >= 1) AND (char_length(device_id) <= 255))),
    CONSTRAINT session_expires_after_creation_check CHECK ((expires_at > created_at)),
    CONSTRAINT session_refresh_token_dated_check CHECK (((refresh_token_hash IS NULL) = (refresh_token_expires_at IS NULL))),
    CONSTRAINT session_refresh_token_hash_sha256_check CHECK ((octet_length(refresh_token_hash) = 32)),
    CONSTRAINT session_token_hash_sha256_check CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT session_used_has_refresh_token_check CHECK (((used_at IS NULL) OR (refresh_token_hash IS NOT NULL))),
    CONSTRAINT session_user_agent_length_check CHECK ((char_length(user_agent) <= 1000))
);


ALTER TABLE public.session OWNER TO owner;

-- COMMENT public.TABLE session
COMMENT ON TABLE public.session IS 'A signed-in device. A refresh makes a new row in the same family; the old one keeps used_at.';

-- COMMENT public.COLUMN session.id
COMMENT ON COLUMN public.session.id IS 'UUID version 7.';

-- COMMENT public.COLUMN session.user_id
COMMENT ON COLUMN public.session.user_id IS 'Who is signed in.';

-- COMMENT public.COLUMN session.family_id
COMMENT ON COLUMN public.session.family_id IS 'Common to all rows that one sign-in led to by refreshing; a reused token revokes the family.';

-- COMMENT public.COLUMN session.token_hash
COMMENT ON COLUMN public.session.token_hash IS 'sha256 of the session token; the token itself is only with the client.';

-- COMMENT public.COLUMN session.expires_at
COMMENT ON COLUMN public.session.expires_at IS 'End of the session, 30 days after sign-in unless refreshed.';

-- COMMENT public.COLUMN session.refresh_token_hash
COMMENT ON COLUMN public.session.refresh_token_hash IS 'sha256 of the refresh token; NULL when the session cannot be refreshed.';

-- COMMENT public.COLUMN session.refresh_token_expires_at
COMMENT ON COLUMN public.session.refresh_token_expires_at IS 'When the refresh token stops to work.';

-- COMMENT public.COLUMN session.used_at
COMMENT ON COLUMN public.session.used_at IS 'When the refresh token was exchanged. Seen again after that, it was stolen.';

-- COMMENT public.COLUMN session.revoked_at
COMMENT ON COLUMN public.session.revoked_at IS 'When the session was ended by sign-out, suspension or a reused refresh token.';

-- COMMENT public.COLUMN session.ip_address
COMMENT ON COLUMN public.session.ip_address IS 'Address of the client at sign-in.';

-- COMMENT public.COLUMN session.user_agent
COMMENT ON COLUMN public.session.user_agent IS 'User-Agent header of the client, at most 1000 characters.';

-- COMMENT public.COLUMN session.device_id
COMMENT ON COLUMN public.session.device_id IS 'The client''s own id of the device.';

-- COMMENT public.COLUMN session.last_activity_at
COMMENT ON COLUMN public.session.last_activity_at IS 'When the session was last used, to the minute or so.';

-- COMMENT public.COLUMN session.created_at
COMMENT ON COLUMN public.session.created_at IS 'When the session began.';

-- COMMENT public.COLUMN session.updated_at
COMMENT ON COLUMN public.session.updated_at IS 'When the row last changed.';

-- TABLE public.verification
CREATE TABLE public.verification (
    id uuid DEFAULT public.app_uuid() NOT NULL,
    identifier text NOT NULL,
    value_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT verification_expires_after_creation_check CHECK ((expires_at > created_at)),
    CONSTRAINT verification_identifier_length_check CHECK (((char_length(identifier) >= 1) AND (char_length(identifier) <= 320))),
    CONSTRAINT verification_value_hash_sha256_check CHECK ((octet_length(value_hash) = 32))
);


ALTER TABLE public.verification OWNER TO owner;

-- COMMENT public.TABLE verification
COMMENT ON TABLE public.verification IS 'A one-time token that was sent out: e-mail confirmation, password reset. Used up by deleting it.';

-- COMMENT public.COLUMN verification.id
COMMENT ON COLUMN public.verification.id IS 'UUID version 7.';

-- COMMENT public.COLUMN verification.identifier
COMMENT ON COLUMN public.verification.identifier IS 'What the token is for, for example email-verification:ada@example.com.';

-- COMMENT public.COLUMN verification.value_hash
COMMENT ON COLUMN public.verification.value_hash IS 'sha256 of the token; the token itself is only in the message.';

-- COMMENT public.COLUMN verification.expires_at
COMMENT ON COLUMN public.verification.expires_at IS 'When the token stops to work; 24 hours for e-mail.';

-- COMMENT public.COLUMN verification.created_at
COMMENT ON COLUMN public.verification.created_at IS 'When the token was made.';

-- COMMENT public.COLUMN verification.updated_at
COMMENT ON COLUMN public.verification.updated_at IS 'When the row last changed.';

-- TABLE public.withdrawal_limits
CREATE TABLE public.withdrawal_limits (
    period text NOT NULL,
    max_count integer NOT NULL,
    max_amount public.money_amount NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT withdrawal_limits_max_count_positive_check CHECK ((max_count > 0)),
    CONSTRAINT withdrawal_limits_period_values_check CHECK ((period = ANY (ARRAY['day'::text, 'week'::text, 'month'::text])))
);


ALTER TABLE public.withdrawal_limits OWNER TO owner;

-- COMMENT public.TABLE withdrawal_limits
COMMENT ON TABLE public.withdrawal_limits IS 'How often and how much any user may withdraw from the wallet; on top of kyc_limits.';

-- COMMENT public.COLUMN withdrawal_limits.period
COMMENT ON COLUMN public.withdrawal_limits.period IS 'Lagos calendar period: day, week (from Monday) or month.';

-- COMMENT public.COLUMN withdrawal_limits.max_count
COMMENT ON COLUMN public.withdrawal_limits.max_count IS 'The most withdrawals in the period, pending included.';

-- COMMENT public.COLUMN withdrawal_limits.max_amount
COMMENT ON COLUMN public.withdrawal_limits.max_amount IS 'Naira; the most withdrawn in the period, pending included.';

-- COMMENT public.COLUMN withdrawal_limits.created_at
COMMENT ON COLUMN public.withdrawal_limits.created_at IS 'When the row was written.';

-- COMMENT public.COLUMN withdrawal_limits.updated_at
COMMENT ON COLUMN public.withdrawal_limits.updated_at IS 'When the row last changed.';

-- TABLE ATTACH public.audit_log_default
ALTER TABLE ONLY public.audit_log ATTACH PARTITION public.audit_log_default DEFAULT;

-- TABLE ATTACH public.notifications_default
ALTER TABLE ONLY public.notifications ATTACH PARTITION public.notifications_default DEFAULT;

-- CONSTRAINT public.account account_pkey
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

-- CONSTRAINT public.account account_provider_id_account_id_key
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_provider_id_account_id_key UNIQUE (provider_id, account_id);

-- CONSTRAINT public.ajo_groups ajo_groups_invite_code_key
ALTER TABLE ONLY public.ajo_groups
    ADD CONSTRAINT ajo_groups_invite_code_key UNIQUE (invite_code);

-- CONSTRAINT public.ajo_groups ajo_groups_pkey
ALTER TABLE ONLY public.ajo_groups
    ADD CONSTRAINT ajo_groups_pkey PRIMARY KEY (id);

-- CONSTRAINT public.ajo_groups ajo_groups_pool_account_id_key
ALTER TABLE ONLY public.ajo_groups
    ADD CONSTRAINT ajo_groups_pool_account_id_key UNIQUE (pool_account_id);

-- CONSTRAINT public.ajo_rounds ajo_rounds_group_id_recipient_member_id_key
ALTER TABLE ONLY public.ajo_rounds
    ADD CONSTRAINT ajo_rounds_group_id_recipient_member_id_key UNIQUE (group_id, recipient_member_id);

-- CONSTRAINT public.ajo_rounds ajo_rounds_group_id_round_key
ALTER TABLE ONLY public.ajo_rounds
    ADD CONSTRAINT ajo_rounds_group_id_round_key UNIQUE (group_id, round);

-- CONSTRAINT public.ajo_rounds ajo_rounds_pkey
ALTER TABLE ONLY public.ajo_rounds
    ADD CONSTRAINT ajo_rounds_pkey PRIMARY KEY (id);

-- CONSTRAINT public.audit_chain audit_chain_pkey
ALTER TABLE ONLY public.audit_chain
    ADD CONSTRAINT audit_chain_pkey PRIMARY KEY (audit_id);

-- CONSTRAINT public.audit_log audit_log_pkey
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id, created_at);

-- CONSTRAINT public.audit_log_default audit_log_default_pkey
ALTER TABLE ONLY public.audit_log_default
    ADD CONSTRAINT audit_log_default_pkey PRIMARY KEY (id, created_at);

-- CONSTRAINT public.audit_seal_state audit_seal_state_pkey
ALTER TABLE ONLY public.audit_seal_state
    ADD CONSTRAINT audit_seal_state_pkey PRIMARY KEY (only_row);

-- CONSTRAINT public.auto_save_attempts auto_save_attempts_pkey
ALTER TABLE ONLY public.auto_save_attempts
    ADD CONSTRAINT auto_save_attempts_pkey PRIMARY KEY (user_id, plan_id, day);

-- CONSTRAINT public.bank_accounts bank_accounts_pkey
ALTER TABLE ONLY public.bank_accounts
    ADD CONSTRAINT bank_accounts_pkey PRIMARY KEY (id);

-- CONSTRAINT public.bank_accounts bank_accounts_user_id_bank_code_account_number_key
ALTER TABLE ONLY public.bank_accounts
    ADD CONSTRAINT bank_accounts_user_id_bank_code_account_number_key UNIQUE (user_id, bank_code, account_number);

-- CONSTRAINT public.bank_accounts bank_accounts_user_id_id_key
ALTER TABLE ONLY public.bank_accounts
    ADD CONSTRAINT bank_accounts_user_id_id_key UNIQUE (user_id, id);

-- CONSTRAINT public.biometric_auth biometric_auth_pkey
ALTER TABLE ONLY public.biometric_auth
    ADD CONSTRAINT biometric_auth_pkey PRIMARY KEY (id);

-- CONSTRAINT public.biometric_auth biometric_auth_user_id_device_id_key
ALTER TABLE ONLY public.biometric_auth
    ADD CONSTRAINT biometric_auth_user_id_device_id_key UNIQUE (user_id, device_id);

-- CONSTRAINT public.daily_analytics daily_analytics_date_currency_key
ALTER TABLE ONLY public.daily_analytics
    ADD CONSTRAINT daily_analytics_date_currency_key UNIQUE (date, currency);

-- CONSTRAINT public.daily_analytics daily_analytics_pkey
ALTER TABLE ONLY public.daily_analytics
    ADD CONSTRAINT daily_analytics_pkey PRIMARY KEY (id);

-- CONSTRAINT public.group_contributions group_contributions_covered_by_cover_transaction_id_key
ALTER TABLE ONLY public.group_contributions
    ADD CONSTRAINT group_contributions_covered_by_cover_transaction_id_key UNIQUE (covered_by, cover_transaction_id);

-- CONSTRAINT public.group_contributions group_contributions_group_id_member_id_round_key
ALTER TABLE ONLY public.group_contributions
    ADD CONSTRAINT group_contributions_group_id_member_id_round_key UNIQUE (group_id, member_id, round);

-- CONSTRAINT public.group_contributions group_contributions_pkey
ALTER TABLE ONLY public.group_contributions
    ADD CONSTRAINT group_contributions_pkey PRIMARY KEY (id);

-- CONSTRAINT public.group_contributions group_contributions_user_id_transaction_id_key
ALTER TABLE ONLY public.group_contributions
    ADD CONSTRAINT group_contributions_user_id_transaction_id_key UNIQUE (user_id, transaction_id);

-- CONSTRAINT public.group_invitations group_invitations_pkey
ALTER TABLE ONLY public.group_invitations
    ADD CONSTRAINT group_invitations_pkey PRIMARY KEY (id);

-- CONSTRAINT public.group_members group_members_deposit_account_id_key
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_deposit_account_id_key UNIQUE (deposit_account_id);

-- CONSTRAINT public.group_members group_members_group_id_id_key
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_group_id_id_key UNIQUE (group_id, id);

-- CONSTRAINT public.group_members group_members_group_id_position_key
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_group_id_position_key UNIQUE (group_id, "position");

-- CONSTRAINT public.group_members group_members_group_id_user_id_key
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_group_id_user_id_key UNIQUE (group_id, user_id);

-- CONSTRAINT public.group_members group_members_pkey
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_pkey PRIMARY KEY (id);

-- CONSTRAINT public.group_members group_members_user_id_group_id_id_key
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_user_id_group_id_id_key UNIQUE (user_id, group_id, id);

-- CONSTRAINT public.group_payouts group_payouts_group_id_member_id_key
ALTER TABLE ONLY public.group_payouts
    ADD CONSTRAINT group_payouts_group_id_member_id_key UNIQUE (group_id, member_id);

-- CONSTRAINT public.group_payouts group_payouts_group_id_round_key
ALTER TABLE ONLY public.group_payouts
    ADD CONSTRAINT group_payouts_group_id_round_key UNIQUE (group_id, round);

-- CONSTRAINT public.group_payouts group_payouts_pkey
ALTER TABLE ONLY public.group_payouts
    ADD CONSTRAINT group_payouts_pkey PRIMARY KEY (id);

-- CONSTRAINT public.group_payouts group_payouts_user_id_transaction_id_key
ALTER TABLE ONLY public.group_payouts
    ADD CONSTRAINT group_payouts_user_id_transaction_id_key UNIQUE (user_id, transaction_id);

-- CONSTRAINT public.idempotency_keys idempotency_keys_pkey
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key);

-- CONSTRAINT public.interest_accruals interest_accruals_pkey
ALTER TABLE ONLY public.interest_accruals
    ADD CONSTRAINT interest_accruals_pkey PRIMARY KEY (user_id, plan_id, day);

-- CONSTRAINT public.kyc_limits kyc_limits_pkey
ALTER TABLE ONLY public.kyc_limits
    ADD CONSTRAINT kyc_limits_pkey PRIMARY KEY (tier);

-- CONSTRAINT public.kyc_verification kyc_verification_pkey
ALTER TABLE ONLY public.kyc_verification
    ADD CONSTRAINT kyc_verification_pkey PRIMARY KEY (id);

-- CONSTRAINT public.ledger_accounts ledger_accounts_currency_id_key
ALTER TABLE ONLY public.ledger_accounts
    ADD CONSTRAINT ledger_accounts_currency_id_key UNIQUE (currency, id);

-- CONSTRAINT public.ledger_accounts ledger_accounts_pkey
ALTER TABLE ONLY public.ledger_accounts
    ADD CONSTRAINT ledger_accounts_pkey PRIMARY KEY (id);

-- CONSTRAINT public.ledger_entries ledger_entries_pkey
ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT ledger_entries_pkey PRIMARY KEY (id);

-- CONSTRAINT public.notification_preferences notification_preferences_pkey
ALTER TABLE ONLY public.notification_preferences
    ADD CONSTRAINT notification_preferences_pkey PRIMARY KEY (id);

-- CONSTRAINT public.notification_preferences notification_preferences_user_id_key
ALTER TABLE ONLY public.notification_preferences
    ADD CONSTRAINT notification_preferences_user_id_key UNIQUE (user_id);

-- CONSTRAINT public.notifications notifications_pkey
ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (id, created_at);

-- CONSTRAINT public.notifications_default notifications_default_pkey
ALTER TABLE ONLY public.notifications_default
    ADD CONSTRAINT notifications_default_pkey PRIMARY KEY (id, created_at);

-- CONSTRAINT public.payment_events payment_events_pkey
ALTER TABLE ONLY public.payment_events
    ADD CONSTRAINT payment_events_pkey PRIMARY KEY (id);

-- CONSTRAINT public.payment_events payment_events_provider_event_id_key
ALTER TABLE ONLY public.payment_events
    ADD CONSTRAINT payment_events_provider_event_id_key UNIQUE (provider, event_id);

-- CONSTRAINT public.permissions permissions_name_key
ALTER TABLE ONLY public.permissions
    ADD CONSTRAINT permissions_name_key UNIQUE (name);

-- CONSTRAINT public.permissions permissions_pkey
ALTER TABLE ONLY public.permissions
    ADD CONSTRAINT permissions_pkey PRIMARY KEY (id);

-- CONSTRAINT public.permissions permissions_resource_action_key
ALTER TABLE ONLY public.permissions
    ADD CONSTRAINT permissions_resource_action_key UNIQUE (resource, action);

-- CONSTRAINT public.phone_verification phone_verification_pkey
ALTER TABLE ONLY public.phone_verification
    ADD CONSTRAINT phone_verification_pkey PRIMARY KEY (id);

-- CONSTRAINT public.push_tokens push_tokens_pkey
ALTER TABLE ONLY public.push_tokens
    ADD CONSTRAINT push_tokens_pkey PRIMARY KEY (id);

-- CONSTRAINT public.push_tokens push_tokens_token_key
ALTER TABLE ONLY public.push_tokens
    ADD CONSTRAINT push_tokens_token_key UNIQUE (token);

-- CONSTRAINT public.rewards rewards_pkey
ALTER TABLE ONLY public.rewards
    ADD CONSTRAINT rewards_pkey PRIMARY KEY (id);

-- CONSTRAINT public.rewards rewards_user_id_grant_key_key
ALTER TABLE ONLY public.rewards
    ADD CONSTRAINT rewards_user_id_grant_key_key UNIQUE (user_id, grant_key);

-- CONSTRAINT public.role_permissions role_permissions_pkey
ALTER TABLE ONLY public.role_permissions
    ADD CONSTRAINT role_permissions_pkey PRIMARY KEY (id);

-- CONSTRAINT public.role_permissions role_permissions_role_id_permission_id_key
ALTER TABLE ONLY public.role_permissions
    ADD CONSTRAINT role_permissions_role_id_permission_id_key UNIQUE (role_id, permission_id);

-- CONSTRAINT public.roles roles_name_key
ALTER TABLE ONLY public.roles
    ADD CONSTRAINT roles_name_key UNIQUE (name);

-- CONSTRAINT public.roles roles_pkey
ALTER TABLE ONLY public.roles
    ADD CONSTRAINT roles_pkey PRIMARY KEY (id);

-- CONSTRAINT public.savings_milestones savings_milestones_pkey
ALTER TABLE ONLY public.savings_milestones
    ADD CONSTRAINT savings_milestones_pkey PRIMARY KEY (id);

-- CONSTRAINT public.savings_milestones savings_milestones_user_id_plan_id_milestone_type_key
ALTER TABLE ONLY public.savings_milestones
    ADD CONSTRAINT savings_milestones_user_id_plan_id_milestone_type_key UNIQUE NULLS NOT DISTINCT (user_id, plan_id, milestone_type);

-- CONSTRAINT public.savings_plans savings_plans_account_id_key
ALTER TABLE ONLY public.savings_plans
    ADD CONSTRAINT savings_plans_account_id_key UNIQUE (account_id);

-- CONSTRAINT public.savings_plans savings_plans_pkey
ALTER TABLE ONLY public.savings_plans
    ADD CONSTRAINT savings_plans_pkey PRIMARY KEY (id);

-- CONSTRAINT public.savings_plans savings_plans_user_id_id_key
ALTER TABLE ONLY public.savings_plans
    ADD CONSTRAINT savings_plans_user_id_id_key UNIQUE (user_id, id);

-- CONSTRAINT public.scheduled_notifications scheduled_notifications_pkey
ALTER TABLE ONLY public.scheduled_notifications
    ADD CONSTRAINT scheduled_notifications_pkey PRIMARY KEY (id);

-- CONSTRAINT public.session session_pkey
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

-- CONSTRAINT public.session session_refresh_token_hash_key
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_refresh_token_hash_key UNIQUE (refresh_token_hash);

-- CONSTRAINT public.session session_token_hash_key
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_token_hash_key UNIQUE (token_hash);

-- CONSTRAINT public.transactions transactions_pkey
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_pkey PRIMARY KEY (id);

-- CONSTRAINT public.transactions transactions_reference_key
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_reference_key UNIQUE (reference);

-- CONSTRAINT public.transactions transactions_user_id_id_key
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_user_id_id_key UNIQUE (user_id, id);

-- CONSTRAINT public.user_analytics user_analytics_pkey
ALTER TABLE ONLY public.user_analytics
    ADD CONSTRAINT user_analytics_pkey PRIMARY KEY (id);

-- CONSTRAINT public.user_analytics user_analytics_user_id_key
ALTER TABLE ONLY public.user_analytics
    ADD CONSTRAINT user_analytics_user_id_key UNIQUE (user_id);

-- CONSTRAINT public.user user_email_key
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_email_key UNIQUE (email);

-- CONSTRAINT public.user_permissions user_permissions_pkey
ALTER TABLE ONLY public.user_permissions
    ADD CONSTRAINT user_permissions_pkey PRIMARY KEY (id);

-- CONSTRAINT public.user_permissions user_permissions_user_id_permission_id_key
ALTER TABLE ONLY public.user_permissions
    ADD CONSTRAINT user_permissions_user_id_permission_id_key UNIQUE (user_id, permission_id);

-- CONSTRAINT public.user user_phone_number_key
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_phone_number_key UNIQUE (phone_number);

-- CONSTRAINT public.user user_pkey
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_pkey PRIMARY KEY (id);

-- CONSTRAINT public.user_roles user_roles_pkey
ALTER TABLE ONLY public.user_roles
    ADD CONSTRAINT user_roles_pkey PRIMARY KEY (id);

-- CONSTRAINT public.user_roles user_roles_user_id_role_id_key
ALTER TABLE ONLY public.user_roles
    ADD CONSTRAINT user_roles_user_id_role_id_key UNIQUE (user_id, role_id);

-- CONSTRAINT public.verification verification_identifier_value_hash_key
ALTER TABLE ONLY public.verification
    ADD CONSTRAINT verification_identifier_value_hash_key UNIQUE (identifier, value_hash);

-- CONSTRAINT public.verification verification_pkey
ALTER TABLE ONLY public.verification
    ADD CONSTRAINT verification_pkey PRIMARY KEY (id);

-- CONSTRAINT public.wallets wallets_account_id_key
ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_account_id_key UNIQUE (account_id);

-- CONSTRAINT public.wallets wallets_pkey
ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_pkey PRIMARY KEY (id);

-- CONSTRAINT public.wallets wallets_receivable_account_id_key
ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_receivable_account_id_key UNIQUE (receivable_account_id);

-- CONSTRAINT public.wallets wallets_user_id_key
ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_user_id_key UNIQUE (user_id);

-- CONSTRAINT public.withdrawal_limits withdrawal_limits_pkey
ALTER TABLE ONLY public.withdrawal_limits
    ADD CONSTRAINT withdrawal_limits_pkey PRIMARY KEY (period);

-- INDEX public.account_user_id_idx
CREATE INDEX account_user_id_idx ON public.account USING btree (user_id);

-- INDEX public.ajo_groups_created_at_id_recruiting_idx
CREATE INDEX ajo_groups_created_at_id_recruiting_idx ON public.ajo_groups USING btree (created_at, id) WHERE ((status = 'recruiting'::text) AND (NOT is_private));

-- INDEX public.ajo_groups_next_payout_date_running_idx
CREATE INDEX ajo_groups_next_payout_date_running_idx ON public.ajo_groups USING btree (next_payout_date) WHERE (status = ANY (ARRAY['active'::text, 'paused'::text]));

-- INDEX public.ajo_groups_organizer_id_created_at_idx
CREATE INDEX ajo_groups_organizer_id_created_at_idx ON public.ajo_groups USING btree (organizer_id, created_at);

-- INDEX public.ajo_groups_organizer_id_group_name_open_key
CREATE UNIQUE INDEX ajo_groups_organizer_id_group_name_open_key ON public.ajo_groups USING btree (organizer_id, lower(group_name)) WHERE (status = ANY (ARRAY['recruiting'::text, 'active'::text, 'paused'::text]));

-- INDEX public.ajo_rounds_group_id_open_key
CREATE UNIQUE INDEX ajo_rounds_group_id_open_key ON public.ajo_rounds USING btree (group_id) WHERE (status = 'open'::text);

-- INDEX public.audit_log_created_at_id_idx
CREATE INDEX audit_log_created_at_id_idx ON ONLY public.audit_log USING btree (created_at, id);

-- INDEX public.audit_log_default_created_at_id_idx
CREATE INDEX audit_log_default_created_at_id_idx ON public.audit_log_default USING btree (created_at, id);

-- INDEX public.audit_log_resource_id_created_at_idx
CREATE INDEX audit_log_resource_id_created_at_idx ON ONLY public.audit_log USING btree (resource_id, created_at);

-- INDEX public.audit_log_default_resource_id_created_at_idx
CREATE INDEX audit_log_default_resource_id_created_at_idx ON public.audit_log_default USING btree (resource_id, created_at);

-- INDEX public.audit_log_subject_user_id_created_at_idx
CREATE INDEX audit_log_subject_user_id_created_at_idx ON ONLY public.audit_log USING btree (subject_user_id, created_at);

-- INDEX public.audit_log_default_subject_user_id_created_at_idx
CREATE INDEX audit_log_default_subject_user_id_created_at_idx ON public.audit_log_default USING btree (subject_user_id, created_at);

-- INDEX public.audit_log_user_id_created_at_idx
CREATE INDEX audit_log_user_id_created_at_idx ON ONLY public.audit_log USING btree (user_id, created_at);

-- INDEX public.audit_log_default_user_id_created_at_idx
CREATE INDEX audit_log_default_user_id_created_at_idx ON public.audit_log_default USING btree (user_id, created_at);

-- INDEX public.bank_accounts_user_id_primary_key
CREATE UNIQUE INDEX bank_accounts_user_id_primary_key ON public.bank_accounts USING btree (user_id) WHERE is_primary;

-- INDEX public.group_contributions_group_id_round_status_idx
CREATE INDEX group_contributions_group_id_round_status_idx ON public.group_contributions USING btree (group_id, round, status);

-- INDEX public.group_contributions_user_id_due_date_idx
CREATE INDEX group_contributions_user_id_due_date_idx ON public.group_contributions USING btree (user_id, due_date);

-- INDEX public.group_invitations_expires_at_pending_idx
CREATE INDEX group_invitations_expires_at_pending_idx ON public.group_invitations USING btree (expires_at) WHERE (status = 'pending'::text);

-- INDEX public.group_invitations_group_id_created_at_idx
CREATE INDEX group_invitations_group_id_created_at_idx ON public.group_invitations USING btree (group_id, created_at);

-- INDEX public.group_invitations_group_id_invited_email_pending_key
CREATE UNIQUE INDEX group_invitations_group_id_invited_email_pending_key ON public.group_invitations USING btree (group_id, invited_email) WHERE (status = 'pending'::text);

-- INDEX public.group_invitations_group_id_invited_phone_pending_key
CREATE UNIQUE INDEX group_invitations_group_id_invited_phone_pending_key ON public.group_invitations USING btree (group_id, invited_phone) WHERE (status = 'pending'::text);

-- INDEX public.group_invitations_group_id_invited_user_id_pending_key
CREATE UNIQUE INDEX group_invitations_group_id_invited_user_id_pending_key ON public.group_invitations USING btree (group_id, invited_user_id) WHERE (status = 'pending'::text);

-- INDEX public.group_invitations_invited_by_idx
CREATE INDEX group_invitations_invited_by_idx ON public.group_invitations USING btree (invited_by);

-- INDEX public.group_invitations_invited_email_pending_idx
CREATE INDEX group_invitations_invited_email_pending_idx ON public.group_invitations USING btree (invited_email) WHERE (status = 'pending'::text);

-- INDEX public.group_invitations_invited_phone_pending_idx
CREATE INDEX group_invitations_invited_phone_pending_idx ON public.group_invitations USING btree (invited_phone) WHERE (status = 'pending'::text);

-- INDEX public.group_invitations_invited_user_id_status_idx
CREATE INDEX group_invitations_invited_user_id_status_idx ON public.group_invitations USING btree (invited_user_id, status);

-- INDEX public.group_members_group_id_organizer_key
CREATE UNIQUE INDEX group_members_group_id_organizer_key ON public.group_members USING btree (group_id) WHERE (role = 'organizer'::text);

-- INDEX public.idempotency_keys_created_at_idx
CREATE INDEX idempotency_keys_created_at_idx ON public.idempotency_keys USING btree (created_at);

-- INDEX public.kyc_verification_government_id_hash_tier_approved_key
CREATE UNIQUE INDEX kyc_verification_government_id_hash_tier_approved_key ON public.kyc_verification USING btree (government_id_hash, tier) WHERE (status = 'approved'::text);

-- INDEX public.kyc_verification_tier_created_at_id_open_idx
CREATE INDEX kyc_verification_tier_created_at_id_open_idx ON public.kyc_verification USING btree (tier, created_at, id) WHERE (status = ANY (ARRAY['pending'::text, 'under_review'::text]));

-- INDEX public.kyc_verification_user_id_created_at_idx
CREATE INDEX kyc_verification_user_id_created_at_idx ON public.kyc_verification USING btree (user_id, created_at);

-- INDEX public.kyc_verification_user_id_tier_open_key
CREATE UNIQUE INDEX kyc_verification_user_id_tier_open_key ON public.kyc_verification USING btree (user_id, tier) WHERE (status = ANY (ARRAY['pending'::text, 'under_review'::text]));

-- INDEX public.kyc_verification_verified_by_idx
CREATE INDEX kyc_verification_verified_by_idx ON public.kyc_verification USING btree (verified_by) WHERE (verified_by IS NOT NULL);

-- INDEX public.ledger_accounts_kind_currency_key
CREATE UNIQUE INDEX ledger_accounts_kind_currency_key ON public.ledger_accounts USING btree (kind, currency) WHERE (kind = ANY (ARRAY['payout_clearing'::text, 'transfer_clearing'::text, 'settlement'::text, 'fee_income'::text, 'penalty_income'::text, 'interest_expense'::text, 'reward_expense'::text, 'opening_equity'::text]));

-- INDEX public.ledger_entries_credit_account_id_currency_created_at_idx
CREATE INDEX ledger_entries_credit_account_id_currency_created_at_idx ON public.ledger_entries USING btree (credit_account_id, currency, created_at);

-- INDEX public.ledger_entries_debit_account_id_currency_created_at_idx
CREATE INDEX ledger_entries_debit_account_id_currency_created_at_idx ON public.ledger_entries USING btree (debit_account_id, currency, created_at);

-- INDEX public.ledger_entries_user_id_transaction_id_idx
CREATE INDEX ledger_entries_user_id_transaction_id_idx ON public.ledger_entries USING btree (user_id, transaction_id);

-- INDEX public.notifications_deliver_after_pending_idx
CREATE INDEX notifications_deliver_after_pending_idx ON ONLY public.notifications USING btree (deliver_after, id) WHERE (status = 'pending'::text);

-- INDEX public.notifications_default_deliver_after_id_idx
CREATE INDEX notifications_default_deliver_after_id_idx ON public.notifications_default USING btree (deliver_after, id) WHERE (status = 'pending'::text);

-- INDEX public.notifications_user_id_created_at_id_idx
CREATE INDEX notifications_user_id_created_at_id_idx ON ONLY public.notifications USING btree (user_id, created_at, id);

-- INDEX public.notifications_default_user_id_created_at_id_idx
CREATE INDEX notifications_default_user_id_created_at_id_idx ON public.notifications_default USING btree (user_id, created_at, id);

-- INDEX public.notifications_user_id_unread_idx
CREATE INDEX notifications_user_id_unread_idx ON ONLY public.notifications USING btree (user_id) WHERE (read_at IS NULL);

-- INDEX public.notifications_default_user_id_idx
CREATE INDEX notifications_default_user_id_idx ON public.notifications_default USING btree (user_id) WHERE (read_at IS NULL);

-- INDEX public.payment_events_created_at_received_idx
CREATE INDEX payment_events_created_at_received_idx ON public.payment_events USING btree (created_at) WHERE (status = 'received'::text);

-- INDEX public.phone_verification_expires_at_idx
CREATE INDEX phone_verification_expires_at_idx ON public.phone_verification USING btree (expires_at);

-- INDEX public.phone_verification_phone_number_created_at_idx
CREATE INDEX phone_verification_phone_number_created_at_idx ON public.phone_verification USING btree (phone_number, created_at);

-- INDEX public.push_tokens_user_id_idx
CREATE INDEX push_tokens_user_id_idx ON public.push_tokens USING btree (user_id);

-- INDEX public.rewards_expires_at_active_idx
CREATE INDEX rewards_expires_at_active_idx ON public.rewards USING btree (expires_at) WHERE (status = 'active'::text);

-- INDEX public.rewards_user_id_created_at_id_idx
CREATE INDEX rewards_user_id_created_at_id_idx ON public.rewards USING btree (user_id, created_at, id);

-- INDEX public.rewards_user_id_transaction_id_key
CREATE UNIQUE INDEX rewards_user_id_transaction_id_key ON public.rewards USING btree (user_id, transaction_id) WHERE (transaction_id IS NOT NULL);

-- INDEX public.role_permissions_permission_id_idx
CREATE INDEX role_permissions_permission_id_idx ON public.role_permissions USING btree (permission_id);

-- INDEX public.savings_milestones_user_id_achieved_at_id_idx
CREATE INDEX savings_milestones_user_id_achieved_at_id_idx ON public.savings_milestones USING btree (user_id, achieved_at, id);

-- INDEX public.savings_plans_auto_save_part_idx
CREATE INDEX savings_plans_auto_save_part_idx ON public.savings_plans USING btree (public.user_part(user_id), user_id) WHERE (auto_save_enabled AND ((status)::text = 'active'::text));

-- INDEX public.savings_plans_end_date_idx
CREATE INDEX savings_plans_end_date_idx ON public.savings_plans USING btree (end_date) WHERE ((status)::text = ANY (ARRAY['active'::text, 'paused'::text]));

-- INDEX public.savings_plans_interest_unposted_part_idx
CREATE INDEX savings_plans_interest_unposted_part_idx ON public.savings_plans USING btree (public.user_part(user_id)) WHERE (((status)::text = 'completed'::text) AND ((interest_rate)::numeric > (0)::numeric) AND (interest_posted_at IS NULL));

-- INDEX public.scheduled_notifications_scheduled_for_pending_idx
CREATE INDEX scheduled_notifications_scheduled_for_pending_idx ON public.scheduled_notifications USING btree (scheduled_for, id) WHERE (status = 'pending'::text);

-- INDEX public.scheduled_notifications_user_id_scheduled_for_idx
CREATE INDEX scheduled_notifications_user_id_scheduled_for_idx ON public.scheduled_notifications USING btree (user_id, scheduled_for);

-- INDEX public.session_expires_at_idx
CREATE INDEX session_expires_at_idx ON public.session USING btree (expires_at);

-- INDEX public.session_user_id_family_id_idx
CREATE INDEX session_user_id_family_id_idx ON public.session USING btree (user_id, family_id);

-- INDEX public.transactions_pending_type_created_at_idx
CREATE INDEX transactions_pending_type_created_at_idx ON public.transactions USING btree (type, created_at) WHERE ((status)::text = 'pending'::text);

-- INDEX public.transactions_provider_provider_reference_key
CREATE UNIQUE INDEX transactions_provider_provider_reference_key ON public.transactions USING btree (provider, provider_reference) WHERE (provider_reference IS NOT NULL);

-- INDEX public.transactions_user_id_bank_account_id_idx
CREATE INDEX transactions_user_id_bank_account_id_idx ON public.transactions USING btree (user_id, bank_account_id) WHERE (bank_account_id IS NOT NULL);

-- INDEX public.transactions_user_id_created_at_id_idx
CREATE INDEX transactions_user_id_created_at_id_idx ON public.transactions USING btree (user_id, created_at, id);

-- INDEX public.transactions_user_id_pending_idx
CREATE INDEX transactions_user_id_pending_idx ON public.transactions USING btree (user_id) WHERE ((status)::text = 'pending'::text);

-- INDEX public.transactions_user_id_plan_id_idx
CREATE INDEX transactions_user_id_plan_id_idx ON public.transactions USING btree (user_id, plan_id) WHERE (plan_id IS NOT NULL);

-- INDEX public.transactions_user_id_reverses_id_key
CREATE UNIQUE INDEX transactions_user_id_reverses_id_key ON public.transactions USING btree (user_id, reverses_id) WHERE (reverses_id IS NOT NULL);

-- INDEX public.user_analytics_current_streak_user_id_idx
CREATE INDEX user_analytics_current_streak_user_id_idx ON public.user_analytics USING btree (current_streak, user_id);

-- INDEX public.user_created_at_id_idx
CREATE INDEX user_created_at_id_idx ON public."user" USING btree (created_at, id);

-- INDEX public.user_kyc_status_id_idx
CREATE INDEX user_kyc_status_id_idx ON public."user" USING btree (kyc_status, id);

-- INDEX public.user_kyc_tier_id_idx
CREATE INDEX user_kyc_tier_id_idx ON public."user" USING btree (kyc_tier, id);

-- INDEX public.user_permissions_assigned_by_idx
CREATE INDEX user_permissions_assigned_by_idx ON public.user_permissions USING btree (assigned_by);

-- INDEX public.user_permissions_permission_id_idx
CREATE INDEX user_permissions_permission_id_idx ON public.user_permissions USING btree (permission_id);

-- INDEX public.user_roles_assigned_by_idx
CREATE INDEX user_roles_assigned_by_idx ON public.user_roles USING btree (assigned_by);

-- INDEX public.user_roles_role_id_idx
CREATE INDEX user_roles_role_id_idx ON public.user_roles USING btree (role_id);

-- INDEX public.verification_expires_at_idx
CREATE INDEX verification_expires_at_idx ON public.verification USING btree (expires_at);

-- INDEX ATTACH public.audit_log_default_created_at_id_idx
ALTER INDEX public.audit_log_created_at_id_idx ATTACH PARTITION public.audit_log_default_created_at_id_idx;

-- INDEX ATTACH public.audit_log_default_pkey
ALTER INDEX public.audit_log_pkey ATTACH PARTITION public.audit_log_default_pkey;

-- INDEX ATTACH public.audit_log_default_resource_id_created_at_idx
ALTER INDEX public.audit_log_resource_id_created_at_idx ATTACH PARTITION public.audit_log_default_resource_id_created_at_idx;

-- INDEX ATTACH public.audit_log_default_subject_user_id_created_at_idx
ALTER INDEX public.audit_log_subject_user_id_created_at_idx ATTACH PARTITION public.audit_log_default_subject_user_id_created_at_idx;

-- INDEX ATTACH public.audit_log_default_user_id_created_at_idx
ALTER INDEX public.audit_log_user_id_created_at_idx ATTACH PARTITION public.audit_log_default_user_id_created_at_idx;

-- INDEX ATTACH public.notifications_default_deliver_after_id_idx
ALTER INDEX public.notifications_deliver_after_pending_idx ATTACH PARTITION public.notifications_default_deliver_after_id_idx;

-- INDEX ATTACH public.notifications_default_pkey
ALTER INDEX public.notifications_pkey ATTACH PARTITION public.notifications_default_pkey;

-- INDEX ATTACH public.notifications_default_user_id_created_at_id_idx
ALTER INDEX public.notifications_user_id_created_at_id_idx ATTACH PARTITION public.notifications_default_user_id_created_at_id_idx;

-- INDEX ATTACH public.notifications_default_user_id_idx
ALTER INDEX public.notifications_user_id_unread_idx ATTACH PARTITION public.notifications_default_user_id_idx;

-- TRIGGER public.account account_set_updated_at
CREATE TRIGGER account_set_updated_at BEFORE UPDATE ON public.account FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.ajo_groups ajo_groups_audit
CREATE TRIGGER ajo_groups_audit AFTER INSERT OR DELETE ON public.ajo_groups FOR EACH ROW EXECUTE FUNCTION public.audit_change('ajo_groups', 'organizer_id', 'status', 'member_count', 'is_private');

-- TRIGGER public.ajo_groups ajo_groups_audit_update
CREATE TRIGGER ajo_groups_audit_update AFTER UPDATE ON public.ajo_groups FOR EACH ROW WHEN ((((((((old.status IS DISTINCT FROM new.status) OR (old.organizer_id IS DISTINCT FROM new.organizer_id)) OR (old.group_name IS DISTINCT FROM new.group_name)) OR (old.member_count IS DISTINCT FROM new.member_count)) OR (old.is_private IS DISTINCT FROM new.is_private)) OR (old.default_policy IS DISTINCT FROM new.default_policy)) OR ((old.deposit_amount)::numeric IS DISTINCT FROM (new.deposit_amount)::numeric))) EXECUTE FUNCTION public.audit_change('ajo_groups', 'organizer_id', 'status', 'member_count', 'is_private');

-- TRIGGER public.ajo_groups ajo_groups_guard_balance
CREATE TRIGGER ajo_groups_guard_balance BEFORE UPDATE ON public.ajo_groups FOR EACH ROW WHEN (((CURRENT_USER <> 'avdaily_ledger'::name) AND (((new.total_collected)::numeric IS DISTINCT FROM (old.total_collected)::numeric) OR ((new.total_disbursed)::numeric IS DISTINCT FROM (old.total_disbursed)::numeric) OR ((new.total_fees)::numeric IS DISTINCT FROM (old.total_fees)::numeric) OR ((new.total_refunded)::numeric IS DISTINCT FROM (old.total_refunded)::numeric) OR (new.pool_account_id IS DISTINCT FROM old.pool_account_id)))) EXECUTE FUNCTION public.refuse_balance_change('ajo_groups');

-- TRIGGER public.ajo_groups ajo_groups_guard_insert
CREATE TRIGGER ajo_groups_guard_insert BEFORE INSERT ON public.ajo_groups FOR EACH ROW WHEN (((CURRENT_USER <> 'avdaily_ledger'::name) AND (((new.total_collected)::numeric <> (0)::numeric) OR ((new.total_disbursed)::numeric <> (0)::numeric) OR ((new.total_fees)::numeric <> (0)::numeric) OR ((new.total_refunded)::numeric <> (0)::numeric)))) EXECUTE FUNCTION public.refuse_balance_change('ajo_groups');

-- TRIGGER public.ajo_groups ajo_groups_set_updated_at
CREATE TRIGGER ajo_groups_set_updated_at BEFORE UPDATE ON public.ajo_groups FOR EACH ROW WHEN (((NOT (old.updated_at IS DISTINCT FROM new.updated_at)) AND (old.* IS DISTINCT FROM new.*))) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.ajo_rounds ajo_rounds_set_updated_at
CREATE TRIGGER ajo_rounds_set_updated_at BEFORE UPDATE ON public.ajo_rounds FOR EACH ROW WHEN (((NOT (old.updated_at IS DISTINCT FROM new.updated_at)) AND (old.* IS DISTINCT FROM new.*))) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.audit_chain audit_chain_refuse_change
CREATE TRIGGER audit_chain_refuse_change BEFORE DELETE OR UPDATE ON public.audit_chain FOR EACH ROW EXECUTE FUNCTION public.refuse_change('audit_chain');

-- TRIGGER public.audit_chain audit_chain_refuse_truncate
CREATE TRIGGER audit_chain_refuse_truncate BEFORE TRUNCATE ON public.audit_chain FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('audit_chain');

-- TRIGGER public.audit_log_default audit_log_default_refuse_truncate
CREATE TRIGGER audit_log_default_refuse_truncate BEFORE TRUNCATE ON public.audit_log_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('audit_log');

-- TRIGGER public.audit_log audit_log_refuse_change
CREATE TRIGGER audit_log_refuse_change BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.refuse_change('audit_log');

-- TRIGGER public.audit_log audit_log_refuse_truncate
CREATE TRIGGER audit_log_refuse_truncate BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('audit_log');

-- TRIGGER public.auto_save_attempts auto_save_attempts_notify_failed
CREATE TRIGGER auto_save_attempts_notify_failed AFTER INSERT ON public.auto_save_attempts REFERENCING NEW TABLE AS attempts FOR EACH STATEMENT EXECUTE FUNCTION public.notify_failed_auto_saves();

-- TRIGGER public.auto_save_attempts auto_save_attempts_refuse_change
CREATE TRIGGER auto_save_attempts_refuse_change BEFORE DELETE OR UPDATE ON public.auto_save_attempts FOR EACH ROW EXECUTE FUNCTION public.refuse_change('auto_save_attempts');

-- TRIGGER public.auto_save_attempts auto_save_attempts_refuse_truncate
CREATE TRIGGER auto_save_attempts_refuse_truncate BEFORE TRUNCATE ON public.auto_save_attempts FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('auto_save_attempts');

-- TRIGGER public.bank_accounts bank_accounts_set_updated_at
CREATE TRIGGER bank_accounts_set_updated_at BEFORE UPDATE ON public.bank_accounts FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.biometric_auth biometric_auth_set_updated_at
CREATE TRIGGER biometric_auth_set_updated_at BEFORE UPDATE ON public.biometric_auth FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.daily_analytics daily_analytics_set_updated_at
CREATE TRIGGER daily_analytics_set_updated_at BEFORE UPDATE ON public.daily_analytics FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.group_contributions group_contributions_notify_late
CREATE TRIGGER group_contributions_notify_late AFTER UPDATE ON public.group_contributions REFERENCING OLD TABLE AS unchanged NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.notify_late_contributions();

-- TRIGGER public.group_contributions group_contributions_set_updated_at
CREATE TRIGGER group_contributions_set_updated_at BEFORE UPDATE ON public.group_contributions FOR EACH ROW WHEN (((NOT (old.updated_at IS DISTINCT FROM new.updated_at)) AND (old.* IS DISTINCT FROM new.*))) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.group_invitations group_invitations_set_updated_at
CREATE TRIGGER group_invitations_set_updated_at BEFORE UPDATE ON public.group_invitations FOR EACH ROW WHEN (((NOT (old.updated_at IS DISTINCT FROM new.updated_at)) AND (old.* IS DISTINCT FROM new.*))) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.group_members group_members_audit
CREATE TRIGGER group_members_audit AFTER INSERT OR DELETE ON public.group_members FOR EACH ROW EXECUTE FUNCTION public.audit_change('group_members', 'user_id', 'group_id', 'role', 'status');

-- TRIGGER public.group_members group_members_audit_update
CREATE TRIGGER group_members_audit_update AFTER UPDATE ON public.group_members FOR EACH ROW WHEN ((((old.status IS DISTINCT FROM new.status) OR (old.role IS DISTINCT FROM new.role)) OR (old.user_id IS DISTINCT FROM new.user_id))) EXECUTE FUNCTION public.audit_change('group_members', 'user_id', 'group_id', 'role', 'status');

-- TRIGGER public.group_members group_members_guard_balance
CREATE TRIGGER group_members_guard_balance BEFORE UPDATE ON public.group_members FOR EACH ROW WHEN (((CURRENT_USER <> 'avdaily_ledger'::name) AND (((new.deposit_balance)::numeric IS DISTINCT FROM (old.deposit_balance)::numeric) OR ((new.total_contributed)::numeric IS DISTINCT FROM (old.total_contributed)::numeric) OR (new.deposit_account_id IS DISTINCT FROM old.deposit_account_id)))) EXECUTE FUNCTION public.refuse_balance_change('group_members');

-- TRIGGER public.group_members group_members_guard_insert
CREATE TRIGGER group_members_guard_insert BEFORE INSERT ON public.group_members FOR EACH ROW WHEN (((CURRENT_USER <> 'avdaily_ledger'::name) AND (((new.deposit_balance)::numeric <> (0)::numeric) OR ((new.total_contributed)::numeric <> (0)::numeric)))) EXECUTE FUNCTION public.refuse_balance_change('group_members');

-- TRIGGER public.group_members group_members_set_updated_at
CREATE TRIGGER group_members_set_updated_at BEFORE UPDATE ON public.group_members FOR EACH ROW WHEN (((NOT (old.updated_at IS DISTINCT FROM new.updated_at)) AND (old.* IS DISTINCT FROM new.*))) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.group_payouts group_payouts_set_updated_at
CREATE TRIGGER group_payouts_set_updated_at BEFORE UPDATE ON public.group_payouts FOR EACH ROW WHEN (((NOT (old.updated_at IS DISTINCT FROM new.updated_at)) AND (old.* IS DISTINCT FROM new.*))) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.interest_accruals interest_accruals_refuse_change
CREATE TRIGGER interest_accruals_refuse_change BEFORE DELETE OR UPDATE ON public.interest_accruals FOR EACH ROW EXECUTE FUNCTION public.refuse_change('interest_accruals');

-- TRIGGER public.interest_accruals interest_accruals_refuse_truncate
CREATE TRIGGER interest_accruals_refuse_truncate BEFORE TRUNCATE ON public.interest_accruals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('interest_accruals');

-- TRIGGER public.kyc_limits kyc_limits_set_updated_at
CREATE TRIGGER kyc_limits_set_updated_at BEFORE UPDATE ON public.kyc_limits FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.kyc_verification kyc_verification_audit
CREATE TRIGGER kyc_verification_audit AFTER INSERT OR DELETE OR UPDATE ON public.kyc_verification FOR EACH ROW EXECUTE FUNCTION public.audit_change('kyc_verification', 'user_id', 'tier', 'status', 'verified_by');

-- TRIGGER public.kyc_verification kyc_verification_set_updated_at
CREATE TRIGGER kyc_verification_set_updated_at BEFORE UPDATE ON public.kyc_verification FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.ledger_accounts ledger_accounts_refuse_change
CREATE TRIGGER ledger_accounts_refuse_change BEFORE DELETE OR UPDATE ON public.ledger_accounts FOR EACH ROW EXECUTE FUNCTION public.refuse_change('ledger_accounts');

-- TRIGGER public.ledger_accounts ledger_accounts_refuse_truncate
CREATE TRIGGER ledger_accounts_refuse_truncate BEFORE TRUNCATE ON public.ledger_accounts FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('ledger_accounts');

-- TRIGGER public.ledger_entries ledger_entries_refuse_change
CREATE TRIGGER ledger_entries_refuse_change BEFORE DELETE OR UPDATE ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_change('ledger_entries');

-- TRIGGER public.ledger_entries ledger_entries_refuse_truncate
CREATE TRIGGER ledger_entries_refuse_truncate BEFORE TRUNCATE ON public.ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('ledger_entries');

-- TRIGGER public.notification_preferences notification_preferences_set_updated_at
CREATE TRIGGER notification_preferences_set_updated_at BEFORE UPDATE ON public.notification_preferences FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.payment_events payment_events_refuse_change
CREATE TRIGGER payment_events_refuse_change BEFORE UPDATE ON public.payment_events FOR EACH ROW WHEN ((((old.status <> 'received'::text) AND (old.* IS DISTINCT FROM new.*)) OR (((((((((old.id IS DISTINCT FROM new.id) OR ((old.provider)::text IS DISTINCT FROM (new.provider)::text)) OR ((old.event_id)::text IS DISTINCT FROM (new.event_id)::text)) OR (old.event_type IS DISTINCT FROM new.event_type)) OR ((old.provider_reference)::text IS DISTINCT FROM (new.provider_reference)::text)) OR ((old.amount)::numeric IS DISTINCT FROM (new.amount)::numeric)) OR ((old.currency)::text IS DISTINCT FROM (new.currency)::text)) OR ((old.payload)::jsonb IS DISTINCT FROM (new.payload)::jsonb)) OR (old.created_at IS DISTINCT FROM new.created_at)))) EXECUTE FUNCTION public.refuse_change('payment_events');

-- TRIGGER public.payment_events payment_events_refuse_delete
CREATE TRIGGER payment_events_refuse_delete BEFORE DELETE ON public.payment_events FOR EACH ROW EXECUTE FUNCTION public.refuse_change('payment_events');

-- TRIGGER public.payment_events payment_events_refuse_truncate
CREATE TRIGGER payment_events_refuse_truncate BEFORE TRUNCATE ON public.payment_events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('payment_events');

-- TRIGGER public.permissions permissions_audit
CREATE TRIGGER permissions_audit AFTER INSERT OR DELETE OR UPDATE ON public.permissions FOR EACH ROW EXECUTE FUNCTION public.audit_change('permissions', '', 'name', 'is_system');

-- TRIGGER public.permissions permissions_refuse_system_delete
CREATE TRIGGER permissions_refuse_system_delete BEFORE DELETE ON public.permissions FOR EACH ROW WHEN (old.is_system) EXECUTE FUNCTION public.refuse_system_change('permissions');

-- TRIGGER public.permissions permissions_refuse_system_rename
CREATE TRIGGER permissions_refuse_system_rename BEFORE UPDATE ON public.permissions FOR EACH ROW WHEN ((old.is_system AND ((new.name <> old.name) OR (new.is_system < old.is_system)))) EXECUTE FUNCTION public.refuse_system_change('permissions');

-- TRIGGER public.permissions permissions_refuse_truncate
CREATE TRIGGER permissions_refuse_truncate BEFORE TRUNCATE ON public.permissions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_system_change('permissions');

-- TRIGGER public.permissions permissions_set_updated_at
CREATE TRIGGER permissions_set_updated_at BEFORE UPDATE ON public.permissions FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.push_tokens push_tokens_set_updated_at
CREATE TRIGGER push_tokens_set_updated_at BEFORE UPDATE ON public.push_tokens FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.rewards rewards_set_updated_at
CREATE TRIGGER rewards_set_updated_at BEFORE UPDATE ON public.rewards FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.role_permissions role_permissions_audit
CREATE TRIGGER role_permissions_audit AFTER INSERT OR DELETE OR UPDATE ON public.role_permissions FOR EACH ROW EXECUTE FUNCTION public.audit_change('role_permissions', '', 'role_id', 'permission_id');

-- TRIGGER public.roles roles_audit
CREATE TRIGGER roles_audit AFTER INSERT OR DELETE OR UPDATE ON public.roles FOR EACH ROW EXECUTE FUNCTION public.audit_change('roles', '', 'name', 'is_system');

-- TRIGGER public.roles roles_refuse_system_delete
CREATE TRIGGER roles_refuse_system_delete BEFORE DELETE ON public.roles FOR EACH ROW WHEN ((old.is_system OR (old.name = 'admin'::text))) EXECUTE FUNCTION public.refuse_system_change('roles');

-- TRIGGER public.roles roles_refuse_system_rename
CREATE TRIGGER roles_refuse_system_rename BEFORE UPDATE ON public.roles FOR EACH ROW WHEN (((old.is_system OR (old.name = 'admin'::text)) AND ((new.name <> old.name) OR (new.is_system < old.is_system)))) EXECUTE FUNCTION public.refuse_system_change('roles');

-- TRIGGER public.roles roles_refuse_truncate
CREATE TRIGGER roles_refuse_truncate BEFORE TRUNCATE ON public.roles FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_system_change('roles');

-- TRIGGER public.roles roles_set_updated_at
CREATE TRIGGER roles_set_updated_at BEFORE UPDATE ON public.roles FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.savings_plans savings_plans_check
CREATE TRIGGER savings_plans_check AFTER INSERT OR UPDATE OF status, completed_at, cancelled_at, current_amount ON public.savings_plans FOR EACH ROW EXECUTE FUNCTION public.check_savings_plan();

-- TRIGGER public.savings_plans savings_plans_guard_balance
CREATE TRIGGER savings_plans_guard_balance AFTER UPDATE ON public.savings_plans FOR EACH ROW WHEN ((CURRENT_USER <> 'avdaily_ledger'::name)) EXECUTE FUNCTION public.refuse_balance_change('savings_plans', 'current_amount', 'account_id');

-- TRIGGER public.savings_plans savings_plans_guard_insert
CREATE TRIGGER savings_plans_guard_insert BEFORE INSERT ON public.savings_plans FOR EACH ROW WHEN (((CURRENT_USER <> 'avdaily_ledger'::name) AND ((new.current_amount)::numeric <> (0)::numeric))) EXECUTE FUNCTION public.refuse_balance_change('savings_plans');

-- TRIGGER public.savings_plans savings_plans_set_updated_at
CREATE TRIGGER savings_plans_set_updated_at AFTER UPDATE ON public.savings_plans FOR EACH ROW WHEN ((CURRENT_USER <> 'avdaily_ledger'::name)) EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER public.scheduled_notifications scheduled_notifications_set_updated_at
CREATE TRIGGER scheduled_notifications_set_updated_at BEFORE UPDATE ON public.scheduled_notifications FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.session session_set_updated_at
CREATE TRIGGER session_set_updated_at BEFORE UPDATE ON public.session FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.transactions transactions_check
CREATE TRIGGER transactions_check BEFORE INSERT OR UPDATE ON public.transactions FOR EACH ROW EXECUTE FUNCTION public.check_transaction();

-- TRIGGER public.transactions transactions_refuse_change
CREATE TRIGGER transactions_refuse_change BEFORE UPDATE ON public.transactions FOR EACH ROW EXECUTE FUNCTION public.refuse_transaction_change();

-- TRIGGER public.transactions transactions_refuse_delete
CREATE TRIGGER transactions_refuse_delete BEFORE DELETE ON public.transactions FOR EACH ROW EXECUTE FUNCTION public.refuse_change('transactions');

-- TRIGGER public.transactions transactions_refuse_truncate
CREATE TRIGGER transactions_refuse_truncate BEFORE TRUNCATE ON public.transactions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change('transactions');

-- TRIGGER public.transactions transactions_set_updated_at
CREATE TRIGGER transactions_set_updated_at BEFORE UPDATE ON public.transactions FOR EACH ROW WHEN (((CURRENT_USER <> 'avdaily_ledger'::name) AND (old.* IS DISTINCT FROM new.*))) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.user_analytics user_analytics_set_updated_at
CREATE TRIGGER user_analytics_set_updated_at BEFORE UPDATE ON public.user_analytics FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.user user_audit
CREATE TRIGGER user_audit AFTER UPDATE ON public."user" FOR EACH ROW WHEN (((((((old.kyc_tier IS DISTINCT FROM new.kyc_tier) OR (old.kyc_status IS DISTINCT FROM new.kyc_status)) OR (old.is_active IS DISTINCT FROM new.is_active)) OR (old.is_suspended IS DISTINCT FROM new.is_suspended)) OR (old.suspension_reason IS DISTINCT FROM new.suspension_reason)) OR (old.anonymised_at IS DISTINCT FROM new.anonymised_at))) EXECUTE FUNCTION public.audit_change('user', 'id', 'kyc_tier', 'kyc_status', 'is_active', 'is_suspended', 'anonymised_at');

-- TRIGGER public.user user_audit_delete
CREATE TRIGGER user_audit_delete AFTER DELETE ON public."user" FOR EACH ROW EXECUTE FUNCTION public.audit_change('user', '', 'kyc_tier', 'is_active', 'is_suspended');

-- TRIGGER public.user user_keep_last_admin
CREATE TRIGGER user_keep_last_admin AFTER UPDATE OF is_active, is_suspended ON public."user" FOR EACH ROW WHEN ((old.is_active AND (NOT old.is_suspended) AND (new.is_suspended OR (NOT new.is_active)))) EXECUTE FUNCTION public.refuse_last_admin_removal('id');

-- TRIGGER public.user_permissions user_permissions_audit
CREATE TRIGGER user_permissions_audit AFTER INSERT OR DELETE OR UPDATE ON public.user_permissions FOR EACH ROW EXECUTE FUNCTION public.audit_change('user_permissions', 'user_id', 'permission_id', 'assigned_by', 'expires_at');

-- TRIGGER public.user_roles user_roles_audit
CREATE TRIGGER user_roles_audit AFTER INSERT OR DELETE OR UPDATE ON public.user_roles FOR EACH ROW EXECUTE FUNCTION public.audit_change('user_roles', 'user_id', 'role_id', 'assigned_by', 'expires_at');

-- TRIGGER public.user_roles user_roles_keep_last_admin_on_delete
CREATE TRIGGER user_roles_keep_last_admin_on_delete AFTER DELETE ON public.user_roles FOR EACH ROW WHEN ((old.expires_at IS NULL)) EXECUTE FUNCTION public.refuse_last_admin_removal('user_id');

-- TRIGGER public.user_roles user_roles_keep_last_admin_on_update
CREATE TRIGGER user_roles_keep_last_admin_on_update AFTER UPDATE ON public.user_roles FOR EACH ROW WHEN (((old.expires_at IS NULL) AND ((new.expires_at IS NOT NULL) OR (new.user_id <> old.user_id) OR (new.role_id <> old.role_id)))) EXECUTE FUNCTION public.refuse_last_admin_removal('user_id');

-- TRIGGER public.user_roles user_roles_refuse_truncate
CREATE TRIGGER user_roles_refuse_truncate BEFORE TRUNCATE ON public.user_roles FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_system_change('user_roles');

-- TRIGGER public.user user_set_updated_at
CREATE TRIGGER user_set_updated_at BEFORE UPDATE ON public."user" FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.verification verification_set_updated_at
CREATE TRIGGER verification_set_updated_at BEFORE UPDATE ON public.verification FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- TRIGGER public.wallets wallets_audit
CREATE TRIGGER wallets_audit AFTER UPDATE OF is_active, freeze_reason ON public.wallets FOR EACH ROW WHEN (((old.is_active <> new.is_active) OR ((old.freeze_reason)::text IS DISTINCT FROM (new.freeze_reason)::text))) EXECUTE FUNCTION public.audit_change('wallets', 'user_id', 'is_active', 'frozen_at');

-- TRIGGER public.wallets wallets_audit_delete
CREATE TRIGGER wallets_audit_delete AFTER DELETE ON public.wallets FOR EACH ROW EXECUTE FUNCTION public.audit_change('wallets', 'user_id', 'is_active');

-- TRIGGER public.wallets wallets_check
CREATE TRIGGER wallets_check AFTER INSERT OR UPDATE OF is_active, frozen_at, freeze_reason, receivable_balance, receivable_account_id ON public.wallets FOR EACH ROW EXECUTE FUNCTION public.check_wallet();

-- TRIGGER public.wallets wallets_guard_balance
CREATE TRIGGER wallets_guard_balance AFTER UPDATE ON public.wallets FOR EACH ROW WHEN ((CURRENT_USER <> 'avdaily_ledger'::name)) EXECUTE FUNCTION public.refuse_balance_change('wallets', 'balance', 'receivable_balance', 'account_id', 'receivable_account_id');

-- TRIGGER public.wallets wallets_guard_insert
CREATE TRIGGER wallets_guard_insert BEFORE INSERT ON public.wallets FOR EACH ROW WHEN (((CURRENT_USER <> 'avdaily_ledger'::name) AND (((new.balance)::numeric <> (0)::numeric) OR ((new.receivable_balance)::numeric <> (0)::numeric)))) EXECUTE FUNCTION public.refuse_balance_change('wallets');

-- TRIGGER public.wallets wallets_set_updated_at
CREATE TRIGGER wallets_set_updated_at AFTER UPDATE ON public.wallets FOR EACH ROW WHEN ((CURRENT_USER <> 'avdaily_ledger'::name)) EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER public.withdrawal_limits withdrawal_limits_set_updated_at
CREATE TRIGGER withdrawal_limits_set_updated_at BEFORE UPDATE ON public.withdrawal_limits FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.set_updated_at();

-- FK CONSTRAINT public.account account_user_id_fkey
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;

-- FK CONSTRAINT public.ajo_groups ajo_groups_organizer_id_fkey
ALTER TABLE ONLY public.ajo_groups
    ADD CONSTRAINT ajo_groups_organizer_id_fkey FOREIGN KEY (organizer_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.ajo_groups ajo_groups_pool_account_id_fkey
ALTER TABLE ONLY public.ajo_groups
    ADD CONSTRAINT ajo_groups_pool_account_id_fkey FOREIGN KEY (pool_account_id) REFERENCES public.ledger_accounts(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.ajo_rounds ajo_rounds_group_id_fkey
ALTER TABLE ONLY public.ajo_rounds
    ADD CONSTRAINT ajo_rounds_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.ajo_groups(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.ajo_rounds ajo_rounds_group_id_recipient_member_id_fkey
ALTER TABLE ONLY public.ajo_rounds
    ADD CONSTRAINT ajo_rounds_group_id_recipient_member_id_fkey FOREIGN KEY (group_id, recipient_member_id) REFERENCES public.group_members(group_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.audit_log audit_log_subject_user_id_fkey
ALTER TABLE public.audit_log
    ADD CONSTRAINT audit_log_subject_user_id_fkey FOREIGN KEY (subject_user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.audit_log audit_log_user_id_fkey
ALTER TABLE public.audit_log
    ADD CONSTRAINT audit_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.auto_save_attempts auto_save_attempts_user_id_plan_id_fkey
ALTER TABLE ONLY public.auto_save_attempts
    ADD CONSTRAINT auto_save_attempts_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id) REFERENCES public.savings_plans(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.bank_accounts bank_accounts_user_id_fkey
ALTER TABLE ONLY public.bank_accounts
    ADD CONSTRAINT bank_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.biometric_auth biometric_auth_user_id_fkey
ALTER TABLE ONLY public.biometric_auth
    ADD CONSTRAINT biometric_auth_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_contributions group_contributions_covered_by_cover_transaction_id_fkey
ALTER TABLE ONLY public.group_contributions
    ADD CONSTRAINT group_contributions_covered_by_cover_transaction_id_fkey FOREIGN KEY (covered_by, cover_transaction_id) REFERENCES public.transactions(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_contributions group_contributions_group_id_round_fkey
ALTER TABLE ONLY public.group_contributions
    ADD CONSTRAINT group_contributions_group_id_round_fkey FOREIGN KEY (group_id, round) REFERENCES public.ajo_rounds(group_id, round) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_contributions group_contributions_user_id_group_id_member_id_fkey
ALTER TABLE ONLY public.group_contributions
    ADD CONSTRAINT group_contributions_user_id_group_id_member_id_fkey FOREIGN KEY (user_id, group_id, member_id) REFERENCES public.group_members(user_id, group_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_contributions group_contributions_user_id_transaction_id_fkey
ALTER TABLE ONLY public.group_contributions
    ADD CONSTRAINT group_contributions_user_id_transaction_id_fkey FOREIGN KEY (user_id, transaction_id) REFERENCES public.transactions(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_invitations group_invitations_group_id_fkey
ALTER TABLE ONLY public.group_invitations
    ADD CONSTRAINT group_invitations_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.ajo_groups(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_invitations group_invitations_invited_by_fkey
ALTER TABLE ONLY public.group_invitations
    ADD CONSTRAINT group_invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_invitations group_invitations_invited_user_id_fkey
ALTER TABLE ONLY public.group_invitations
    ADD CONSTRAINT group_invitations_invited_user_id_fkey FOREIGN KEY (invited_user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_members group_members_deposit_account_id_fkey
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_deposit_account_id_fkey FOREIGN KEY (deposit_account_id) REFERENCES public.ledger_accounts(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_members group_members_group_id_fkey
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.ajo_groups(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_members group_members_user_id_fkey
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_payouts group_payouts_group_id_member_id_fkey
ALTER TABLE ONLY public.group_payouts
    ADD CONSTRAINT group_payouts_group_id_member_id_fkey FOREIGN KEY (group_id, member_id) REFERENCES public.ajo_rounds(group_id, recipient_member_id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_payouts group_payouts_group_id_round_fkey
ALTER TABLE ONLY public.group_payouts
    ADD CONSTRAINT group_payouts_group_id_round_fkey FOREIGN KEY (group_id, round) REFERENCES public.ajo_rounds(group_id, round) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_payouts group_payouts_user_id_group_id_member_id_fkey
ALTER TABLE ONLY public.group_payouts
    ADD CONSTRAINT group_payouts_user_id_group_id_member_id_fkey FOREIGN KEY (user_id, group_id, member_id) REFERENCES public.group_members(user_id, group_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.group_payouts group_payouts_user_id_transaction_id_fkey
ALTER TABLE ONLY public.group_payouts
    ADD CONSTRAINT group_payouts_user_id_transaction_id_fkey FOREIGN KEY (user_id, transaction_id) REFERENCES public.transactions(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.idempotency_keys idempotency_keys_user_id_fkey
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.interest_accruals interest_accruals_user_id_plan_id_fkey
ALTER TABLE ONLY public.interest_accruals
    ADD CONSTRAINT interest_accruals_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id) REFERENCES public.savings_plans(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.kyc_verification kyc_verification_user_id_fkey
ALTER TABLE ONLY public.kyc_verification
    ADD CONSTRAINT kyc_verification_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.kyc_verification kyc_verification_verified_by_fkey
ALTER TABLE ONLY public.kyc_verification
    ADD CONSTRAINT kyc_verification_verified_by_fkey FOREIGN KEY (verified_by) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.ledger_entries ledger_entries_currency_credit_account_id_fkey
ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT ledger_entries_currency_credit_account_id_fkey FOREIGN KEY (currency, credit_account_id) REFERENCES public.ledger_accounts(currency, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.ledger_entries ledger_entries_currency_debit_account_id_fkey
ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT ledger_entries_currency_debit_account_id_fkey FOREIGN KEY (currency, debit_account_id) REFERENCES public.ledger_accounts(currency, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.ledger_entries ledger_entries_user_id_transaction_id_fkey
ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT ledger_entries_user_id_transaction_id_fkey FOREIGN KEY (user_id, transaction_id) REFERENCES public.transactions(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.notification_preferences notification_preferences_user_id_fkey
ALTER TABLE ONLY public.notification_preferences
    ADD CONSTRAINT notification_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;

-- FK CONSTRAINT public.notifications notifications_user_id_fkey
ALTER TABLE public.notifications
    ADD CONSTRAINT notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;

-- FK CONSTRAINT public.push_tokens push_tokens_user_id_fkey
ALTER TABLE ONLY public.push_tokens
    ADD CONSTRAINT push_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;

-- FK CONSTRAINT public.rewards rewards_user_id_fkey
ALTER TABLE ONLY public.rewards
    ADD CONSTRAINT rewards_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.rewards rewards_user_id_transaction_id_fkey
ALTER TABLE ONLY public.rewards
    ADD CONSTRAINT rewards_user_id_transaction_id_fkey FOREIGN KEY (user_id, transaction_id) REFERENCES public.transactions(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.role_permissions role_permissions_permission_id_fkey
ALTER TABLE ONLY public.role_permissions
    ADD CONSTRAINT role_permissions_permission_id_fkey FOREIGN KEY (permission_id) REFERENCES public.permissions(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.role_permissions role_permissions_role_id_fkey
ALTER TABLE ONLY public.role_permissions
    ADD CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES public.roles(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.savings_milestones savings_milestones_user_id_fkey
ALTER TABLE ONLY public.savings_milestones
    ADD CONSTRAINT savings_milestones_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.savings_milestones savings_milestones_user_id_plan_id_fkey
ALTER TABLE ONLY public.savings_milestones
    ADD CONSTRAINT savings_milestones_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id) REFERENCES public.savings_plans(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.savings_plans savings_plans_account_id_fkey
ALTER TABLE ONLY public.savings_plans
    ADD CONSTRAINT savings_plans_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.ledger_accounts(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.savings_plans savings_plans_user_id_fkey
ALTER TABLE ONLY public.savings_plans
    ADD CONSTRAINT savings_plans_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.scheduled_notifications scheduled_notifications_user_id_fkey
ALTER TABLE ONLY public.scheduled_notifications
    ADD CONSTRAINT scheduled_notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;

-- FK CONSTRAINT public.session session_user_id_fkey
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;

-- FK CONSTRAINT public.transactions transactions_user_id_bank_account_id_fkey
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_user_id_bank_account_id_fkey FOREIGN KEY (user_id, bank_account_id) REFERENCES public.bank_accounts(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.transactions transactions_user_id_fkey
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.transactions transactions_user_id_plan_id_fkey
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_user_id_plan_id_fkey FOREIGN KEY (user_id, plan_id) REFERENCES public.savings_plans(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.transactions transactions_user_id_reverses_id_fkey
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_user_id_reverses_id_fkey FOREIGN KEY (user_id, reverses_id) REFERENCES public.transactions(user_id, id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.user_analytics user_analytics_user_id_fkey
ALTER TABLE ONLY public.user_analytics
    ADD CONSTRAINT user_analytics_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.user_permissions user_permissions_assigned_by_fkey
ALTER TABLE ONLY public.user_permissions
    ADD CONSTRAINT user_permissions_assigned_by_fkey FOREIGN KEY (assigned_by) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.user_permissions user_permissions_permission_id_fkey
ALTER TABLE ONLY public.user_permissions
    ADD CONSTRAINT user_permissions_permission_id_fkey FOREIGN KEY (permission_id) REFERENCES public.permissions(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.user_permissions user_permissions_user_id_fkey
ALTER TABLE ONLY public.user_permissions
    ADD CONSTRAINT user_permissions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.user_roles user_roles_assigned_by_fkey
ALTER TABLE ONLY public.user_roles
    ADD CONSTRAINT user_roles_assigned_by_fkey FOREIGN KEY (assigned_by) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.user_roles user_roles_role_id_fkey
ALTER TABLE ONLY public.user_roles
    ADD CONSTRAINT user_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES public.roles(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.user_roles user_roles_user_id_fkey
ALTER TABLE ONLY public.user_roles
    ADD CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.wallets wallets_account_id_fkey
ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.ledger_accounts(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.wallets wallets_receivable_account_id_fkey
ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_receivable_account_id_fkey FOREIGN KEY (receivable_account_id) REFERENCES public.ledger_accounts(id) ON DELETE RESTRICT;

-- FK CONSTRAINT public.wallets wallets_user_id_fkey
ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE RESTRICT;

-- ACL SCHEMA public
GRANT ALL ON SCHEMA public TO avdaily_ledger;
GRANT USAGE ON SCHEMA public TO avdaily_app;
GRANT USAGE ON SCHEMA public TO avdaily_readonly;

-- ACL public.FUNCTION app_uuid()
REVOKE ALL ON FUNCTION public.app_uuid() FROM PUBLIC;
GRANT ALL ON FUNCTION public.app_uuid() TO avdaily_app;
GRANT ALL ON FUNCTION public.app_uuid() TO avdaily_ledger;

-- ACL public.TABLE group_members
GRANT SELECT ON TABLE public.group_members TO avdaily_app;
GRANT SELECT ON TABLE public.group_members TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.group_members TO avdaily_ledger;

-- ACL public.FUNCTION accept_group_invitation(p_user_id uuid, p_invitation_id uuid)
REVOKE ALL ON FUNCTION public.accept_group_invitation(p_user_id uuid, p_invitation_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.accept_group_invitation(p_user_id uuid, p_invitation_id uuid) TO avdaily_app;

-- ACL public.FUNCTION accept_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.accept_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION account_balance_at(p_account_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.account_balance_at(p_account_id uuid, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.account_balance_at(p_account_id uuid, p_at timestamp with time zone) TO avdaily_app;
GRANT ALL ON FUNCTION public.account_balance_at(p_account_id uuid, p_at timestamp with time zone) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.account_balance_at(p_account_id uuid, p_at timestamp with time zone) TO avdaily_ledger;

-- ACL public.FUNCTION accrue_interest(p_day date, p_part integer, p_parts integer)
REVOKE ALL ON FUNCTION public.accrue_interest(p_day date, p_part integer, p_parts integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.accrue_interest(p_day date, p_part integer, p_parts integer) TO avdaily_app;

-- ACL public.FUNCTION accrue_interest_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.accrue_interest_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.TABLE ajo_groups
GRANT SELECT ON TABLE public.ajo_groups TO avdaily_app;
GRANT SELECT ON TABLE public.ajo_groups TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.ajo_groups TO avdaily_ledger;

-- ACL public.FUNCTION admit_group_member(p_user_id uuid, p_group public.ajo_groups, p_role text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.admit_group_member(p_user_id uuid, p_group public.ajo_groups, p_role text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION advance_group(p_group_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.advance_group(p_group_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION anonymise_user(p_user_id uuid, p_anonymised_by uuid)
REVOKE ALL ON FUNCTION public.anonymise_user(p_user_id uuid, p_anonymised_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.anonymise_user(p_user_id uuid, p_anonymised_by uuid) TO avdaily_app;

-- ACL public.FUNCTION app_day(p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.app_day(p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.app_day(p_at timestamp with time zone) TO avdaily_app;
GRANT ALL ON FUNCTION public.app_day(p_at timestamp with time zone) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.app_day(p_at timestamp with time zone) TO avdaily_ledger;

-- ACL public.FUNCTION app_day_start(p_day date)
REVOKE ALL ON FUNCTION public.app_day_start(p_day date) FROM PUBLIC;
GRANT ALL ON FUNCTION public.app_day_start(p_day date) TO avdaily_app;
GRANT ALL ON FUNCTION public.app_day_start(p_day date) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.app_day_start(p_day date) TO avdaily_ledger;

-- ACL public.FUNCTION app_today()
REVOKE ALL ON FUNCTION public.app_today() FROM PUBLIC;
GRANT ALL ON FUNCTION public.app_today() TO avdaily_app;
GRANT ALL ON FUNCTION public.app_today() TO avdaily_readonly;
GRANT ALL ON FUNCTION public.app_today() TO avdaily_ledger;

-- ACL public.FUNCTION approve_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid)
REVOKE ALL ON FUNCTION public.approve_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.approve_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid) TO avdaily_app;

-- ACL public.FUNCTION assign_role(p_user_id uuid, p_role text, p_assigned_by uuid, p_expires_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.assign_role(p_user_id uuid, p_role text, p_assigned_by uuid, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.assign_role(p_user_id uuid, p_role text, p_assigned_by uuid, p_expires_at timestamp with time zone) TO avdaily_app;

-- ACL public.FUNCTION audit_actor()
REVOKE ALL ON FUNCTION public.audit_actor() FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_actor() TO avdaily_ledger;

-- ACL public.FUNCTION audit_change()
REVOKE ALL ON FUNCTION public.audit_change() FROM PUBLIC;

-- ACL public.TABLE audit_log
GRANT SELECT ON TABLE public.audit_log TO avdaily_app;
GRANT SELECT ON TABLE public.audit_log TO avdaily_readonly;
GRANT SELECT ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.user_id
GRANT INSERT(user_id) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.subject_user_id
GRANT INSERT(subject_user_id) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.action
GRANT INSERT(action) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.resource
GRANT INSERT(resource) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.resource_id
GRANT INSERT(resource_id) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.status
GRANT INSERT(status) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.ip_address
GRANT INSERT(ip_address) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.user_agent
GRANT INSERT(user_agent) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.metadata
GRANT INSERT(metadata) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.COLUMN audit_log.error_message
GRANT INSERT(error_message) ON TABLE public.audit_log TO avdaily_ledger;

-- ACL public.FUNCTION audit_row_hash(p_previous bytea, p_row public.audit_log)
REVOKE ALL ON FUNCTION public.audit_row_hash(p_previous bytea, p_row public.audit_log) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_row_hash(p_previous bytea, p_row public.audit_log) TO avdaily_app;
GRANT ALL ON FUNCTION public.audit_row_hash(p_previous bytea, p_row public.audit_log) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.audit_row_hash(p_previous bytea, p_row public.audit_log) TO avdaily_ledger;

-- ACL public.FUNCTION breached_limit(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.breached_limit(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION cancel_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text)
REVOKE ALL ON FUNCTION public.cancel_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cancel_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION cancel_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.cancel_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION cancel_scheduled_notification(p_user_id uuid, p_scheduled_notification_id uuid)
REVOKE ALL ON FUNCTION public.cancel_scheduled_notification(p_user_id uuid, p_scheduled_notification_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cancel_scheduled_notification(p_user_id uuid, p_scheduled_notification_id uuid) TO avdaily_app;

-- ACL public.FUNCTION check_bank_account(p_user_id uuid, p_bank_account_id uuid)
REVOKE ALL ON FUNCTION public.check_bank_account(p_user_id uuid, p_bank_account_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION check_bounds(p_amount numeric, p_minimum numeric, p_maximum numeric, p_what text)
REVOKE ALL ON FUNCTION public.check_bounds(p_amount numeric, p_minimum numeric, p_maximum numeric, p_what text) FROM PUBLIC;

-- ACL public.FUNCTION check_funding_source(p_payment_source text)
REVOKE ALL ON FUNCTION public.check_funding_source(p_payment_source text) FROM PUBLIC;

-- ACL public.FUNCTION check_group_status(p_group public.ajo_groups, VARIADIC p_allowed text[])
REVOKE ALL ON FUNCTION public.check_group_status(p_group public.ajo_groups, VARIADIC p_allowed text[]) FROM PUBLIC;

-- ACL public.FUNCTION check_group_tier(p_user_id uuid, p_tier integer, p_amount numeric)
REVOKE ALL ON FUNCTION public.check_group_tier(p_user_id uuid, p_tier integer, p_amount numeric) FROM PUBLIC;

-- ACL public.FUNCTION check_integrity()
REVOKE ALL ON FUNCTION public.check_integrity() FROM PUBLIC;
GRANT ALL ON FUNCTION public.check_integrity() TO avdaily_readonly;
GRANT ALL ON FUNCTION public.check_integrity() TO avdaily_app;

-- ACL public.TABLE group_invitations
GRANT SELECT ON TABLE public.group_invitations TO avdaily_app;
GRANT SELECT ON TABLE public.group_invitations TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.group_invitations TO avdaily_ledger;

-- ACL public.FUNCTION check_invitation_open(p_invitation public.group_invitations, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.check_invitation_open(p_invitation public.group_invitations, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION check_limits(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.check_limits(p_user_id uuid, p_type text, p_amount numeric, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION check_many(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[])
REVOKE ALL ON FUNCTION public.check_many(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[]) FROM PUBLIC;

-- ACL public.FUNCTION check_not_organizer(p_member public.group_members)
REVOKE ALL ON FUNCTION public.check_not_organizer(p_member public.group_members) FROM PUBLIC;

-- ACL public.TABLE savings_plans
GRANT SELECT ON TABLE public.savings_plans TO avdaily_app;
GRANT SELECT ON TABLE public.savings_plans TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.savings_plans TO avdaily_ledger;

-- ACL public.FUNCTION check_plan_version(p_plan public.savings_plans, p_version integer)
REVOKE ALL ON FUNCTION public.check_plan_version(p_plan public.savings_plans, p_version integer) FROM PUBLIC;

-- ACL public.TABLE ajo_rounds
GRANT SELECT ON TABLE public.ajo_rounds TO avdaily_app;
GRANT SELECT ON TABLE public.ajo_rounds TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.ajo_rounds TO avdaily_ledger;

-- ACL public.FUNCTION check_round_due(p_round public.ajo_rounds, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.check_round_due(p_round public.ajo_rounds, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION check_round_open(p_group public.ajo_groups, p_round integer)
REVOKE ALL ON FUNCTION public.check_round_open(p_group public.ajo_groups, p_round integer) FROM PUBLIC;

-- ACL public.FUNCTION check_savings_plan()
REVOKE ALL ON FUNCTION public.check_savings_plan() FROM PUBLIC;

-- ACL public.FUNCTION check_transaction()
REVOKE ALL ON FUNCTION public.check_transaction() FROM PUBLIC;

-- ACL public.FUNCTION check_user_acts(p_user_id uuid)
REVOKE ALL ON FUNCTION public.check_user_acts(p_user_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION check_wallet()
REVOKE ALL ON FUNCTION public.check_wallet() FROM PUBLIC;

-- ACL public.FUNCTION check_wallet_debit(p_user_id uuid, p_amount numeric)
REVOKE ALL ON FUNCTION public.check_wallet_debit(p_user_id uuid, p_amount numeric) FROM PUBLIC;

-- ACL public.TABLE notifications
GRANT SELECT ON TABLE public.notifications TO avdaily_app;
GRANT SELECT ON TABLE public.notifications TO avdaily_readonly;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notifications TO avdaily_ledger;

-- ACL public.FUNCTION claim_due_notifications(p_limit integer, p_lease interval)
REVOKE ALL ON FUNCTION public.claim_due_notifications(p_limit integer, p_lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_due_notifications(p_limit integer, p_lease interval) TO avdaily_app;

-- ACL public.FUNCTION claim_due_notifications_at(p_limit integer, p_lease interval, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.claim_due_notifications_at(p_limit integer, p_lease interval, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION claim_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text, p_result_id uuid)
REVOKE ALL ON FUNCTION public.claim_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text, p_result_id uuid) FROM PUBLIC;

-- ACL public.TABLE transactions
GRANT SELECT ON TABLE public.transactions TO avdaily_app;
GRANT SELECT ON TABLE public.transactions TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.transactions TO avdaily_ledger;

-- ACL public.FUNCTION claim_withdrawals(p_provider text, p_limit integer)
REVOKE ALL ON FUNCTION public.claim_withdrawals(p_provider text, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_withdrawals(p_provider text, p_limit integer) TO avdaily_app;

-- ACL public.TABLE group_contributions
GRANT SELECT ON TABLE public.group_contributions TO avdaily_app;
GRANT SELECT ON TABLE public.group_contributions TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.group_contributions TO avdaily_ledger;

-- ACL public.FUNCTION collect_group_round(p_user_id uuid, p_group_id uuid)
REVOKE ALL ON FUNCTION public.collect_group_round(p_user_id uuid, p_group_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.collect_group_round(p_user_id uuid, p_group_id uuid) TO avdaily_app;

-- ACL public.FUNCTION collect_group_round_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.collect_group_round_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION complete_ajo_group(p_user_id uuid, p_group_id uuid)
REVOKE ALL ON FUNCTION public.complete_ajo_group(p_user_id uuid, p_group_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.complete_ajo_group(p_user_id uuid, p_group_id uuid) TO avdaily_app;

-- ACL public.FUNCTION complete_ajo_group_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.complete_ajo_group_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION complete_idempotency_key(p_user_id uuid, p_key text, p_result_id uuid)
REVOKE ALL ON FUNCTION public.complete_idempotency_key(p_user_id uuid, p_key text, p_result_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.complete_idempotency_key(p_user_id uuid, p_key text, p_result_id uuid) TO avdaily_app;

-- ACL public.FUNCTION complete_plan(p_user_id uuid, p_plan_id uuid, p_version integer)
REVOKE ALL ON FUNCTION public.complete_plan(p_user_id uuid, p_plan_id uuid, p_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.complete_plan(p_user_id uuid, p_plan_id uuid, p_version integer) TO avdaily_app;

-- ACL public.FUNCTION consume_verification(p_identifier text, p_value_hash bytea)
REVOKE ALL ON FUNCTION public.consume_verification(p_identifier text, p_value_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.consume_verification(p_identifier text, p_value_hash bytea) TO avdaily_app;

-- ACL public.FUNCTION consume_verification_at(p_identifier text, p_value_hash bytea, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.consume_verification_at(p_identifier text, p_value_hash bytea, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION cover_by_organizer(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.cover_by_organizer(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION cover_from_deposits(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.cover_from_deposits(p_group public.ajo_groups, p_member_ids uuid[], p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION cover_group_default(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text)
REVOKE ALL ON FUNCTION public.cover_group_default(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cover_group_default(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text) TO avdaily_app;

-- ACL public.FUNCTION cover_group_default_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.cover_group_default_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_source text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION create_ajo_group(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text)
REVOKE ALL ON FUNCTION public.create_ajo_group(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_ajo_group(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text) TO avdaily_app;

-- ACL public.FUNCTION create_ajo_group_at(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.create_ajo_group_at(p_user_id uuid, p_group_name text, p_member_count integer, p_contribution_amount numeric, p_contribution_frequency text, p_rotation_order text, p_default_policy text, p_deposit_amount numeric, p_description text, p_is_private boolean, p_invite_code text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION create_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb)
REVOKE ALL ON FUNCTION public.create_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb) TO avdaily_app;

-- ACL public.FUNCTION create_notification_at(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.create_notification_at(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_data jsonb, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION create_permission(p_user_id uuid, p_resource text, p_action text, p_display_name text, p_description text)
REVOKE ALL ON FUNCTION public.create_permission(p_user_id uuid, p_resource text, p_action text, p_display_name text, p_description text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_permission(p_user_id uuid, p_resource text, p_action text, p_display_name text, p_description text) TO avdaily_app;

-- ACL public.FUNCTION create_role(p_user_id uuid, p_name text, p_display_name text, p_description text)
REVOKE ALL ON FUNCTION public.create_role(p_user_id uuid, p_name text, p_display_name text, p_description text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_role(p_user_id uuid, p_name text, p_display_name text, p_description text) TO avdaily_app;

-- ACL public.FUNCTION create_savings_plan(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text)
REVOKE ALL ON FUNCTION public.create_savings_plan(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_savings_plan(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text) TO avdaily_app;

-- ACL public.FUNCTION create_savings_plan_at(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.create_savings_plan_at(p_user_id uuid, p_plan_name text, p_daily_amount numeric, p_cycle_duration integer, p_target_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_interest_rate numeric, p_minimum_balance numeric, p_start_date date, p_idempotency_key text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION create_session(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text)
REVOKE ALL ON FUNCTION public.create_session(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.create_session(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text) TO avdaily_app;

-- ACL public.FUNCTION create_session_at(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.create_session_at(p_user_id uuid, p_token_hash bytea, p_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_device_id text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION credit_group_pool(p_group_id uuid, p_round integer, p_amount numeric, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.credit_group_pool(p_group_id uuid, p_round integer, p_amount numeric, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION deactivate_push_token(p_user_id uuid, p_token text)
REVOKE ALL ON FUNCTION public.deactivate_push_token(p_user_id uuid, p_token text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.deactivate_push_token(p_user_id uuid, p_token text) TO avdaily_app;

-- ACL public.FUNCTION deactivate_user(p_user_id uuid, p_deactivated_by uuid)
REVOKE ALL ON FUNCTION public.deactivate_user(p_user_id uuid, p_deactivated_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.deactivate_user(p_user_id uuid, p_deactivated_by uuid) TO avdaily_app;

-- ACL public.FUNCTION delete_idempotency_keys(p_before timestamp with time zone, p_limit integer)
REVOKE ALL ON FUNCTION public.delete_idempotency_keys(p_before timestamp with time zone, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.delete_idempotency_keys(p_before timestamp with time zone, p_limit integer) TO avdaily_app;

-- ACL public.FUNCTION delete_role(p_user_id uuid, p_name text)
REVOKE ALL ON FUNCTION public.delete_role(p_user_id uuid, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.delete_role(p_user_id uuid, p_name text) TO avdaily_app;

-- ACL public.FUNCTION quiet_until(p_start time without time zone, p_end time without time zone, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.quiet_until(p_start time without time zone, p_end time without time zone, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.quiet_until(p_start time without time zone, p_end time without time zone, p_at timestamp with time zone) TO avdaily_app;
GRANT ALL ON FUNCTION public.quiet_until(p_start time without time zone, p_end time without time zone, p_at timestamp with time zone) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.quiet_until(p_start time without time zone, p_end time without time zone, p_at timestamp with time zone) TO avdaily_ledger;

-- ACL public.TABLE notification_preferences
GRANT SELECT,INSERT,UPDATE ON TABLE public.notification_preferences TO avdaily_app;
GRANT SELECT ON TABLE public.notification_preferences TO avdaily_readonly;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification_preferences TO avdaily_ledger;

-- ACL public.FUNCTION deliverable_from(p_wish public.notification_preferences, p_type text, p_channel text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.deliverable_from(p_wish public.notification_preferences, p_type text, p_channel text, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.deliverable_from(p_wish public.notification_preferences, p_type text, p_channel text, p_at timestamp with time zone) TO avdaily_app;
GRANT ALL ON FUNCTION public.deliverable_from(p_wish public.notification_preferences, p_type text, p_channel text, p_at timestamp with time zone) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.deliverable_from(p_wish public.notification_preferences, p_type text, p_channel text, p_at timestamp with time zone) TO avdaily_ledger;

-- ACL public.TABLE group_payouts
GRANT SELECT ON TABLE public.group_payouts TO avdaily_app;
GRANT SELECT ON TABLE public.group_payouts TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.group_payouts TO avdaily_ledger;

-- ACL public.FUNCTION disburse_group_round(p_user_id uuid, p_group_id uuid, p_round integer)
REVOKE ALL ON FUNCTION public.disburse_group_round(p_user_id uuid, p_group_id uuid, p_round integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.disburse_group_round(p_user_id uuid, p_group_id uuid, p_round integer) TO avdaily_app;

-- ACL public.FUNCTION disburse_group_round_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.disburse_group_round_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION early_withdrawal_penalty(p_amount numeric)
REVOKE ALL ON FUNCTION public.early_withdrawal_penalty(p_amount numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION public.early_withdrawal_penalty(p_amount numeric) TO avdaily_app;
GRANT ALL ON FUNCTION public.early_withdrawal_penalty(p_amount numeric) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.early_withdrawal_penalty(p_amount numeric) TO avdaily_ledger;

-- ACL public.FUNCTION end_group_membership(p_group public.ajo_groups, p_member_id uuid, p_status text, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.end_group_membership(p_group public.ajo_groups, p_member_id uuid, p_status text, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION ensure_partitions(p_months_ahead integer)
REVOKE ALL ON FUNCTION public.ensure_partitions(p_months_ahead integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ensure_partitions(p_months_ahead integer) TO avdaily_app;

-- ACL public.FUNCTION ensure_partitions_at(p_months_ahead integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.ensure_partitions_at(p_months_ahead integer, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ensure_partitions_at(p_months_ahead integer, p_at timestamp with time zone) TO avdaily_ledger;

-- ACL public.TABLE "user"
GRANT SELECT ON TABLE public."user" TO avdaily_readonly;
GRANT SELECT ON TABLE public."user" TO avdaily_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public."user" TO avdaily_ledger;

-- ACL public.COLUMN "user".name
GRANT UPDATE(name) ON TABLE public."user" TO avdaily_app;

-- ACL public.COLUMN "user".email_verified
GRANT UPDATE(email_verified) ON TABLE public."user" TO avdaily_app;

-- ACL public.COLUMN "user".image
GRANT UPDATE(image) ON TABLE public."user" TO avdaily_app;

-- ACL public.COLUMN "user".phone_number
GRANT UPDATE(phone_number) ON TABLE public."user" TO avdaily_app;

-- ACL public.COLUMN "user".phone_verified
GRANT UPDATE(phone_verified) ON TABLE public."user" TO avdaily_app;

-- ACL public.COLUMN "user".date_of_birth
GRANT UPDATE(date_of_birth) ON TABLE public."user" TO avdaily_app;

-- ACL public.COLUMN "user".biometric_enabled
GRANT UPDATE(biometric_enabled) ON TABLE public."user" TO avdaily_app;

-- ACL public.COLUMN "user".biometric_public_key
GRANT UPDATE(biometric_public_key) ON TABLE public."user" TO avdaily_app;

-- ACL public.COLUMN "user".updated_at
GRANT UPDATE(updated_at) ON TABLE public."user" TO avdaily_app;

-- ACL public.FUNCTION erase_records_of(p_user public."user")
REVOKE ALL ON FUNCTION public.erase_records_of(p_user public."user") FROM PUBLIC;

-- ACL public.FUNCTION expire_group_invitations()
REVOKE ALL ON FUNCTION public.expire_group_invitations() FROM PUBLIC;
GRANT ALL ON FUNCTION public.expire_group_invitations() TO avdaily_app;

-- ACL public.FUNCTION expire_group_invitations_at(p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.expire_group_invitations_at(p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION expire_rewards(p_limit integer)
REVOKE ALL ON FUNCTION public.expire_rewards(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.expire_rewards(p_limit integer) TO avdaily_app;

-- ACL public.FUNCTION expire_rewards_at(p_limit integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.expire_rewards_at(p_limit integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION fail_funding(p_user_id uuid, p_transaction_id uuid, p_reason text)
REVOKE ALL ON FUNCTION public.fail_funding(p_user_id uuid, p_transaction_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.fail_funding(p_user_id uuid, p_transaction_id uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION fail_funding_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.fail_funding_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION find_group_membership(p_user_id uuid, p_group_id uuid)
REVOKE ALL ON FUNCTION public.find_group_membership(p_user_id uuid, p_group_id uuid) FROM PUBLIC;

-- ACL public.TABLE wallets
GRANT SELECT ON TABLE public.wallets TO avdaily_app;
GRANT SELECT ON TABLE public.wallets TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.wallets TO avdaily_ledger;

-- ACL public.FUNCTION freeze_wallet(p_user_id uuid, p_reason text)
REVOKE ALL ON FUNCTION public.freeze_wallet(p_user_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.freeze_wallet(p_user_id uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION get_group_balance(p_user_id uuid, p_group_id uuid)
REVOKE ALL ON FUNCTION public.get_group_balance(p_user_id uuid, p_group_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_group_balance(p_user_id uuid, p_group_id uuid) TO avdaily_app;
GRANT ALL ON FUNCTION public.get_group_balance(p_user_id uuid, p_group_id uuid) TO avdaily_readonly;

-- ACL public.FUNCTION get_group_statement(p_user_id uuid, p_group_id uuid, p_from timestamp with time zone, p_until timestamp with time zone)
REVOKE ALL ON FUNCTION public.get_group_statement(p_user_id uuid, p_group_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_group_statement(p_user_id uuid, p_group_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) TO avdaily_app;
GRANT ALL ON FUNCTION public.get_group_statement(p_user_id uuid, p_group_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) TO avdaily_readonly;

-- ACL public.FUNCTION get_own_transaction(p_user_id uuid, p_transaction_id uuid, p_type text)
REVOKE ALL ON FUNCTION public.get_own_transaction(p_user_id uuid, p_transaction_id uuid, p_type text) FROM PUBLIC;

-- ACL public.FUNCTION get_reward_points(p_user_id uuid)
REVOKE ALL ON FUNCTION public.get_reward_points(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_reward_points(p_user_id uuid) TO avdaily_app;
GRANT ALL ON FUNCTION public.get_reward_points(p_user_id uuid) TO avdaily_readonly;

-- ACL public.FUNCTION give_back_contributions(p_group public.ajo_groups, p_member_ids uuid[], p_unpaid_status text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.give_back_contributions(p_group public.ajo_groups, p_member_ids uuid[], p_unpaid_status text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION grant_reward(p_user_id uuid, p_reward_type text, p_reward_name text, p_grant_key text, p_value numeric, p_points integer, p_expires_at timestamp with time zone, p_granted_by uuid, p_description text, p_metadata jsonb)
REVOKE ALL ON FUNCTION public.grant_reward(p_user_id uuid, p_reward_type text, p_reward_name text, p_grant_key text, p_value numeric, p_points integer, p_expires_at timestamp with time zone, p_granted_by uuid, p_description text, p_metadata jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.grant_reward(p_user_id uuid, p_reward_type text, p_reward_name text, p_grant_key text, p_value numeric, p_points integer, p_expires_at timestamp with time zone, p_granted_by uuid, p_description text, p_metadata jsonb) TO avdaily_app;

-- ACL public.FUNCTION grant_role_permission(p_user_id uuid, p_role text, p_permission text)
REVOKE ALL ON FUNCTION public.grant_role_permission(p_user_id uuid, p_role text, p_permission text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.grant_role_permission(p_user_id uuid, p_role text, p_permission text) TO avdaily_app;

-- ACL public.FUNCTION grant_user_permission(p_user_id uuid, p_permission text, p_assigned_by uuid, p_expires_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.grant_user_permission(p_user_id uuid, p_permission text, p_assigned_by uuid, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.grant_user_permission(p_user_id uuid, p_permission text, p_assigned_by uuid, p_expires_at timestamp with time zone) TO avdaily_app;

-- ACL public.FUNCTION group_due_date(p_start_date date, p_frequency text, p_round integer)
REVOKE ALL ON FUNCTION public.group_due_date(p_start_date date, p_frequency text, p_round integer) FROM PUBLIC;

-- ACL public.FUNCTION group_member_debt(p_group_id uuid, p_member_id uuid)
REVOKE ALL ON FUNCTION public.group_member_debt(p_group_id uuid, p_member_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION group_round_debtors(p_group_id uuid, p_round integer)
REVOKE ALL ON FUNCTION public.group_round_debtors(p_group_id uuid, p_round integer) FROM PUBLIC;

-- ACL public.TABLE permissions
GRANT SELECT ON TABLE public.permissions TO avdaily_app;
GRANT SELECT ON TABLE public.permissions TO avdaily_readonly;
GRANT SELECT,INSERT ON TABLE public.permissions TO avdaily_ledger;

-- ACL public.TABLE role_permissions
GRANT SELECT ON TABLE public.role_permissions TO avdaily_app;
GRANT SELECT ON TABLE public.role_permissions TO avdaily_readonly;
GRANT SELECT,INSERT,DELETE ON TABLE public.role_permissions TO avdaily_ledger;

-- ACL public.TABLE user_permissions
GRANT SELECT ON TABLE public.user_permissions TO avdaily_app;
GRANT SELECT ON TABLE public.user_permissions TO avdaily_readonly;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.user_permissions TO avdaily_ledger;

-- ACL public.TABLE user_roles
GRANT SELECT ON TABLE public.user_roles TO avdaily_app;
GRANT SELECT ON TABLE public.user_roles TO avdaily_readonly;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.user_roles TO avdaily_ledger;

-- ACL public.TABLE effective_permissions
GRANT SELECT ON TABLE public.effective_permissions TO avdaily_app;
GRANT SELECT ON TABLE public.effective_permissions TO avdaily_readonly;
GRANT SELECT ON TABLE public.effective_permissions TO avdaily_ledger;

-- ACL public.FUNCTION has_permission(p_user_id uuid, p_permission text)
REVOKE ALL ON FUNCTION public.has_permission(p_user_id uuid, p_permission text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.has_permission(p_user_id uuid, p_permission text) TO avdaily_app;
GRANT ALL ON FUNCTION public.has_permission(p_user_id uuid, p_permission text) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.has_permission(p_user_id uuid, p_permission text) TO avdaily_ledger;

-- ACL public.FUNCTION has_waiting_rows(p_table text, p_months_ahead integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.has_waiting_rows(p_table text, p_months_ahead integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION invite_to_group(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text)
REVOKE ALL ON FUNCTION public.invite_to_group(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.invite_to_group(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text) TO avdaily_app;

-- ACL public.FUNCTION invite_to_group_at(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.invite_to_group_at(p_user_id uuid, p_group_id uuid, p_invited_user_id uuid, p_invited_phone text, p_invited_email text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION is_money(p_amount numeric)
REVOKE ALL ON FUNCTION public.is_money(p_amount numeric) FROM PUBLIC;

-- ACL public.FUNCTION is_notification_wanted(p_wish public.notification_preferences, p_type text, p_channel text)
REVOKE ALL ON FUNCTION public.is_notification_wanted(p_wish public.notification_preferences, p_type text, p_channel text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_notification_wanted(p_wish public.notification_preferences, p_type text, p_channel text) TO avdaily_app;
GRANT ALL ON FUNCTION public.is_notification_wanted(p_wish public.notification_preferences, p_type text, p_channel text) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.is_notification_wanted(p_wish public.notification_preferences, p_type text, p_channel text) TO avdaily_ledger;

-- ACL public.FUNCTION join_ajo_group(p_user_id uuid, p_group_id uuid, p_invite_code text)
REVOKE ALL ON FUNCTION public.join_ajo_group(p_user_id uuid, p_group_id uuid, p_invite_code text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.join_ajo_group(p_user_id uuid, p_group_id uuid, p_invite_code text) TO avdaily_app;

-- ACL public.FUNCTION join_ajo_group_at(p_user_id uuid, p_group_id uuid, p_invite_code text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.join_ajo_group_at(p_user_id uuid, p_group_id uuid, p_invite_code text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION join_locked_group(p_user_id uuid, p_group public.ajo_groups, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.join_locked_group(p_user_id uuid, p_group public.ajo_groups, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION leave_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text)
REVOKE ALL ON FUNCTION public.leave_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.leave_ajo_group(p_user_id uuid, p_group_id uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION leave_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.leave_ajo_group_at(p_user_id uuid, p_group_id uuid, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION list_anonymisation_blockers(p_user_id uuid)
REVOKE ALL ON FUNCTION public.list_anonymisation_blockers(p_user_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION list_contributions(p_user_id uuid)
REVOKE ALL ON FUNCTION public.list_contributions(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_contributions(p_user_id uuid) TO avdaily_app;
GRANT ALL ON FUNCTION public.list_contributions(p_user_id uuid) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.list_contributions(p_user_id uuid) TO avdaily_ledger;

-- ACL public.FUNCTION list_reached_milestones(p_user_id uuid)
REVOKE ALL ON FUNCTION public.list_reached_milestones(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_reached_milestones(p_user_id uuid) TO avdaily_app;
GRANT ALL ON FUNCTION public.list_reached_milestones(p_user_id uuid) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.list_reached_milestones(p_user_id uuid) TO avdaily_ledger;

-- ACL public.FUNCTION list_streaks(p_user_id uuid)
REVOKE ALL ON FUNCTION public.list_streaks(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_streaks(p_user_id uuid) TO avdaily_app;
GRANT ALL ON FUNCTION public.list_streaks(p_user_id uuid) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.list_streaks(p_user_id uuid) TO avdaily_ledger;

-- ACL public.FUNCTION lock_for_reversal(p_user_id uuid, p_transaction_id uuid, p_types text[])
REVOKE ALL ON FUNCTION public.lock_for_reversal(p_user_id uuid, p_transaction_id uuid, p_types text[]) FROM PUBLIC;

-- ACL public.FUNCTION lock_group(p_group_id uuid)
REVOKE ALL ON FUNCTION public.lock_group(p_group_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION lock_member_wallets(p_group_id uuid)
REVOKE ALL ON FUNCTION public.lock_member_wallets(p_group_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION lock_my_invitation(p_user_id uuid, p_invitation_id uuid)
REVOKE ALL ON FUNCTION public.lock_my_invitation(p_user_id uuid, p_invitation_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION lock_own_group(p_user_id uuid, p_group_id uuid)
REVOKE ALL ON FUNCTION public.lock_own_group(p_user_id uuid, p_group_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION lock_plan(p_user_id uuid, p_plan_id uuid, p_statuses text[])
REVOKE ALL ON FUNCTION public.lock_plan(p_user_id uuid, p_plan_id uuid, p_statuses text[]) FROM PUBLIC;

-- ACL public.FUNCTION make_partition(p_table text, p_partition text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.make_partition(p_table text, p_partition text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION make_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.make_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION mark_all_notifications_read(p_user_id uuid)
REVOKE ALL ON FUNCTION public.mark_all_notifications_read(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mark_all_notifications_read(p_user_id uuid) TO avdaily_app;

-- ACL public.FUNCTION mark_group_defaults(p_user_id uuid, p_group_id uuid)
REVOKE ALL ON FUNCTION public.mark_group_defaults(p_user_id uuid, p_group_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mark_group_defaults(p_user_id uuid, p_group_id uuid) TO avdaily_app;

-- ACL public.FUNCTION mark_group_defaults_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.mark_group_defaults_at(p_user_id uuid, p_group_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION mark_notification_failed(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text)
REVOKE ALL ON FUNCTION public.mark_notification_failed(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mark_notification_failed(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION mark_notification_failed_at(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.mark_notification_failed_at(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION mark_notification_read(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.mark_notification_read(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mark_notification_read(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) TO avdaily_app;

-- ACL public.FUNCTION mark_notification_sent(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.mark_notification_sent(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mark_notification_sent(p_user_id uuid, p_notification_id uuid, p_created_at timestamp with time zone) TO avdaily_app;

-- ACL public.FUNCTION mature_plans(p_day date, p_part integer, p_parts integer)
REVOKE ALL ON FUNCTION public.mature_plans(p_day date, p_part integer, p_parts integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mature_plans(p_day date, p_part integer, p_parts integer) TO avdaily_app;

-- ACL public.FUNCTION mature_plans_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.mature_plans_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION mint_reference(p_prefix text, p_user_id uuid, p_id uuid)
REVOKE ALL ON FUNCTION public.mint_reference(p_prefix text, p_user_id uuid, p_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION missing_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.missing_partitions(p_table text, p_months_ahead integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION move_balance(p_account_id uuid, p_change numeric, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.move_balance(p_account_id uuid, p_change numeric, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION next_occurrence(p_first timestamp with time zone, p_pattern text, p_after timestamp with time zone)
REVOKE ALL ON FUNCTION public.next_occurrence(p_first timestamp with time zone, p_pattern text, p_after timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.next_occurrence(p_first timestamp with time zone, p_pattern text, p_after timestamp with time zone) TO avdaily_app;
GRANT ALL ON FUNCTION public.next_occurrence(p_first timestamp with time zone, p_pattern text, p_after timestamp with time zone) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.next_occurrence(p_first timestamp with time zone, p_pattern text, p_after timestamp with time zone) TO avdaily_ledger;

-- ACL public.FUNCTION notify_failed_auto_saves()
REVOKE ALL ON FUNCTION public.notify_failed_auto_saves() FROM PUBLIC;

-- ACL public.FUNCTION notify_late_contributions()
REVOKE ALL ON FUNCTION public.notify_late_contributions() FROM PUBLIC;

-- ACL public.FUNCTION open_current_round(p_group_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.open_current_round(p_group_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION open_group_round(p_user_id uuid, p_group_id uuid)
REVOKE ALL ON FUNCTION public.open_group_round(p_user_id uuid, p_group_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.open_group_round(p_user_id uuid, p_group_id uuid) TO avdaily_app;

-- ACL public.TABLE kyc_verification
GRANT SELECT ON TABLE public.kyc_verification TO avdaily_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.kyc_verification TO avdaily_ledger;

-- ACL public.COLUMN kyc_verification.id
GRANT SELECT(id) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.user_id
GRANT SELECT(user_id) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.tier
GRANT SELECT(tier) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.status
GRANT SELECT(status) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.first_name
GRANT SELECT(first_name) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.last_name
GRANT SELECT(last_name) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.date_of_birth
GRANT SELECT(date_of_birth) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.address
GRANT SELECT(address) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.government_id_type
GRANT SELECT(government_id_type) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.government_id_last_four
GRANT SELECT(government_id_last_four) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.government_id_image
GRANT SELECT(government_id_image) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.selfie_image
GRANT SELECT(selfie_image) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.verification_data
GRANT SELECT(verification_data) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.verified_by
GRANT SELECT(verified_by) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.verified_at
GRANT SELECT(verified_at) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.rejection_reason
GRANT SELECT(rejection_reason) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.created_at
GRANT SELECT(created_at) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.COLUMN kyc_verification.updated_at
GRANT SELECT(updated_at) ON TABLE public.kyc_verification TO avdaily_readonly;

-- ACL public.FUNCTION open_kyc_request(p_user_id uuid, p_kyc_id uuid, p_decided_by uuid, p_permission text)
REVOKE ALL ON FUNCTION public.open_kyc_request(p_user_id uuid, p_kyc_id uuid, p_decided_by uuid, p_permission text) FROM PUBLIC;

-- ACL public.FUNCTION open_ledger_account(p_kind text, p_currency text)
REVOKE ALL ON FUNCTION public.open_ledger_account(p_kind text, p_currency text) FROM PUBLIC;

-- ACL public.FUNCTION open_wallet(p_user_id uuid, p_currency text)
REVOKE ALL ON FUNCTION public.open_wallet(p_user_id uuid, p_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.open_wallet(p_user_id uuid, p_currency text) TO avdaily_app;

-- ACL public.FUNCTION order_of_rotation(p_group public.ajo_groups, p_seed bigint)
REVOKE ALL ON FUNCTION public.order_of_rotation(p_group public.ajo_groups, p_seed bigint) FROM PUBLIC;

-- ACL public.FUNCTION part_range(p_part integer, p_parts integer)
REVOKE ALL ON FUNCTION public.part_range(p_part integer, p_parts integer) FROM PUBLIC;

-- ACL public.FUNCTION pause_plan(p_user_id uuid, p_plan_id uuid, p_version integer)
REVOKE ALL ON FUNCTION public.pause_plan(p_user_id uuid, p_plan_id uuid, p_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.pause_plan(p_user_id uuid, p_plan_id uuid, p_version integer) TO avdaily_app;

-- ACL public.FUNCTION plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamp with time zone) TO avdaily_app;
GRANT ALL ON FUNCTION public.plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamp with time zone) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.plan_balance_at(p_user_id uuid, p_plan_id uuid, p_at timestamp with time zone) TO avdaily_ledger;

-- ACL public.FUNCTION plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid)
REVOKE ALL ON FUNCTION public.plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid) TO avdaily_app;
GRANT ALL ON FUNCTION public.plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.plan_change(p_user_id uuid, p_plan_id uuid, p_transaction_id uuid) TO avdaily_ledger;

-- ACL public.FUNCTION plan_penalty(p_plan public.savings_plans, p_amount numeric)
REVOKE ALL ON FUNCTION public.plan_penalty(p_plan public.savings_plans, p_amount numeric) FROM PUBLIC;

-- ACL public.FUNCTION plan_withdrawal_fee(p_amount numeric)
REVOKE ALL ON FUNCTION public.plan_withdrawal_fee(p_amount numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION public.plan_withdrawal_fee(p_amount numeric) TO avdaily_app;
GRANT ALL ON FUNCTION public.plan_withdrawal_fee(p_amount numeric) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.plan_withdrawal_fee(p_amount numeric) TO avdaily_ledger;

-- ACL public.FUNCTION post_auto_saves(p_day date, p_part integer, p_parts integer)
REVOKE ALL ON FUNCTION public.post_auto_saves(p_day date, p_part integer, p_parts integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_auto_saves(p_day date, p_part integer, p_parts integer) TO avdaily_app;

-- ACL public.FUNCTION post_auto_saves_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_auto_saves_at(p_day date, p_part integer, p_parts integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_cashback_at(p_user_id uuid, p_amount numeric, p_description text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_cashback_at(p_user_id uuid, p_amount numeric, p_description text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_chargeback(p_user_id uuid, p_transaction_id uuid, p_reason text)
REVOKE ALL ON FUNCTION public.post_chargeback(p_user_id uuid, p_transaction_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_chargeback(p_user_id uuid, p_transaction_id uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION post_chargeback_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_chargeback_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text)
REVOKE ALL ON FUNCTION public.post_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text) TO avdaily_app;

-- ACL public.FUNCTION post_contribution_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_contribution_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_debt_repayment(p_user_id uuid, p_amount numeric)
REVOKE ALL ON FUNCTION public.post_debt_repayment(p_user_id uuid, p_amount numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_debt_repayment(p_user_id uuid, p_amount numeric) TO avdaily_app;

-- ACL public.FUNCTION post_debt_repayment_at(p_user_id uuid, p_amount numeric, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_debt_repayment_at(p_user_id uuid, p_amount numeric, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_deposit(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text)
REVOKE ALL ON FUNCTION public.post_deposit(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_deposit(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text) TO avdaily_app;

-- ACL public.FUNCTION post_deposit_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_deposit_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_entry(p_user_id uuid, p_transaction_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_currency text, p_at timestamp with time zone, p_debit_balance_after numeric, p_credit_balance_after numeric)
REVOKE ALL ON FUNCTION public.post_entry(p_user_id uuid, p_transaction_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_currency text, p_at timestamp with time zone, p_debit_balance_after numeric, p_credit_balance_after numeric) FROM PUBLIC;

-- ACL public.FUNCTION post_from_plan(p_plan public.savings_plans, p_amount numeric, p_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_from_plan(p_plan public.savings_plans, p_amount numeric, p_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_funding(p_user_id uuid, p_transaction_id uuid)
REVOKE ALL ON FUNCTION public.post_funding(p_user_id uuid, p_transaction_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_funding(p_user_id uuid, p_transaction_id uuid) TO avdaily_app;

-- ACL public.FUNCTION post_funding_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_funding_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_interests(p_part integer, p_parts integer)
REVOKE ALL ON FUNCTION public.post_interests(p_part integer, p_parts integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_interests(p_part integer, p_parts integer) TO avdaily_app;

-- ACL public.FUNCTION post_interests_at(p_part integer, p_parts integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_interests_at(p_part integer, p_parts integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_movement(p_user_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_type text, p_at timestamp with time zone, p_description text, p_currency text, p_metadata jsonb, p_debit_balance_after numeric, p_credit_balance_after numeric)
REVOKE ALL ON FUNCTION public.post_movement(p_user_id uuid, p_debit_account_id uuid, p_credit_account_id uuid, p_amount numeric, p_type text, p_at timestamp with time zone, p_description text, p_currency text, p_metadata jsonb, p_debit_balance_after numeric, p_credit_balance_after numeric) FROM PUBLIC;

-- ACL public.FUNCTION post_opening_balance(p_user_id uuid, p_amount numeric, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_opening_balance(p_user_id uuid, p_amount numeric, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_opposite(p_original public.transactions, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_opposite(p_original public.transactions, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_plan_cancellation(p_user_id uuid, p_plan_id uuid, p_version integer)
REVOKE ALL ON FUNCTION public.post_plan_cancellation(p_user_id uuid, p_plan_id uuid, p_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_plan_cancellation(p_user_id uuid, p_plan_id uuid, p_version integer) TO avdaily_app;

-- ACL public.FUNCTION post_plan_cancellation_at(p_user_id uuid, p_plan_id uuid, p_version integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_plan_cancellation_at(p_user_id uuid, p_plan_id uuid, p_version integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_plan_withdrawal(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text)
REVOKE ALL ON FUNCTION public.post_plan_withdrawal(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_plan_withdrawal(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text) TO avdaily_app;

-- ACL public.FUNCTION post_plan_withdrawal_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_plan_withdrawal_at(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_idempotency_key text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_reversal(p_user_id uuid, p_transaction_id uuid, p_reason text)
REVOKE ALL ON FUNCTION public.post_reversal(p_user_id uuid, p_transaction_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_reversal(p_user_id uuid, p_transaction_id uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION post_reversal_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_reversal_at(p_user_id uuid, p_transaction_id uuid, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_scheduled_notifications(p_limit integer)
REVOKE ALL ON FUNCTION public.post_scheduled_notifications(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_scheduled_notifications(p_limit integer) TO avdaily_app;

-- ACL public.FUNCTION post_scheduled_notifications_at(p_limit integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_scheduled_notifications_at(p_limit integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text)
REVOKE ALL ON FUNCTION public.post_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text) TO avdaily_app;

-- ACL public.FUNCTION post_transfer_at(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_transfer_at(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_description text, p_idempotency_key text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_wallet_credit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_fee_amount numeric, p_metadata jsonb, p_account_balance_after numeric)
REVOKE ALL ON FUNCTION public.post_wallet_credit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_fee_amount numeric, p_metadata jsonb, p_account_balance_after numeric) FROM PUBLIC;

-- ACL public.FUNCTION post_wallet_credits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[])
REVOKE ALL ON FUNCTION public.post_wallet_credits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[]) FROM PUBLIC;

-- ACL public.FUNCTION post_wallet_debit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balance_after numeric)
REVOKE ALL ON FUNCTION public.post_wallet_debit(p_user_id uuid, p_amount numeric, p_account_id uuid, p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balance_after numeric) FROM PUBLIC;

-- ACL public.FUNCTION post_wallet_debits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[])
REVOKE ALL ON FUNCTION public.post_wallet_debits(p_user_ids uuid[], p_amounts numeric[], p_account_ids uuid[], p_type text, p_at timestamp with time zone, p_description text, p_metadata jsonb, p_account_balances_after numeric[]) FROM PUBLIC;

-- ACL public.FUNCTION post_withdrawal_cancellation(p_user_id uuid, p_transaction_id uuid)
REVOKE ALL ON FUNCTION public.post_withdrawal_cancellation(p_user_id uuid, p_transaction_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_withdrawal_cancellation(p_user_id uuid, p_transaction_id uuid) TO avdaily_app;

-- ACL public.FUNCTION post_withdrawal_hold(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text)
REVOKE ALL ON FUNCTION public.post_withdrawal_hold(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_withdrawal_hold(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text) TO avdaily_app;

-- ACL public.FUNCTION post_withdrawal_hold_at(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_withdrawal_hold_at(p_user_id uuid, p_amount numeric, p_bank_account_id uuid, p_idempotency_key text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_withdrawal_settlement(p_user_id uuid, p_transaction_id uuid)
REVOKE ALL ON FUNCTION public.post_withdrawal_settlement(p_user_id uuid, p_transaction_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_withdrawal_settlement(p_user_id uuid, p_transaction_id uuid) TO avdaily_app;

-- ACL public.FUNCTION post_withdrawal_settlement_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.post_withdrawal_settlement_at(p_user_id uuid, p_transaction_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION post_withdrawal_void(p_user_id uuid, p_transaction_id uuid, p_reason text)
REVOKE ALL ON FUNCTION public.post_withdrawal_void(p_user_id uuid, p_transaction_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.post_withdrawal_void(p_user_id uuid, p_transaction_id uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION posting_time(p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.posting_time(p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.TABLE payment_events
GRANT SELECT ON TABLE public.payment_events TO avdaily_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.payment_events TO avdaily_ledger;

-- ACL public.COLUMN payment_events.id
GRANT SELECT(id) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.provider
GRANT SELECT(provider) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.event_id
GRANT SELECT(event_id) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.event_type
GRANT SELECT(event_type) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.provider_reference
GRANT SELECT(provider_reference) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.amount
GRANT SELECT(amount) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.currency
GRANT SELECT(currency) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.status
GRANT SELECT(status) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.result
GRANT SELECT(result) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.created_at
GRANT SELECT(created_at) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.COLUMN payment_events.processed_at
GRANT SELECT(processed_at) ON TABLE public.payment_events TO avdaily_readonly;

-- ACL public.FUNCTION process_payment_event(p_id uuid)
REVOKE ALL ON FUNCTION public.process_payment_event(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.process_payment_event(p_id uuid) TO avdaily_app;

-- ACL public.FUNCTION process_payment_event_at(p_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.process_payment_event_at(p_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION reactivate_user(p_user_id uuid, p_reactivated_by uuid)
REVOKE ALL ON FUNCTION public.reactivate_user(p_user_id uuid, p_reactivated_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reactivate_user(p_user_id uuid, p_reactivated_by uuid) TO avdaily_app;

-- ACL public.FUNCTION record_audit_event(p_user_id uuid, p_action text, p_resource text, p_resource_id uuid, p_status text, p_subject_user_id uuid, p_metadata jsonb, p_ip_address inet, p_user_agent text, p_error_message text)
REVOKE ALL ON FUNCTION public.record_audit_event(p_user_id uuid, p_action text, p_resource text, p_resource_id uuid, p_status text, p_subject_user_id uuid, p_metadata jsonb, p_ip_address inet, p_user_agent text, p_error_message text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_audit_event(p_user_id uuid, p_action text, p_resource text, p_resource_id uuid, p_status text, p_subject_user_id uuid, p_metadata jsonb, p_ip_address inet, p_user_agent text, p_error_message text) TO avdaily_app;

-- ACL public.FUNCTION record_group_contribution(p_user_id uuid, p_group_id uuid, p_round integer)
REVOKE ALL ON FUNCTION public.record_group_contribution(p_user_id uuid, p_group_id uuid, p_round integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_group_contribution(p_user_id uuid, p_group_id uuid, p_round integer) TO avdaily_app;

-- ACL public.FUNCTION record_group_contribution_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.record_group_contribution_at(p_user_id uuid, p_group_id uuid, p_round integer, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.TABLE savings_milestones
GRANT SELECT ON TABLE public.savings_milestones TO avdaily_app;
GRANT SELECT ON TABLE public.savings_milestones TO avdaily_readonly;
GRANT SELECT,INSERT ON TABLE public.savings_milestones TO avdaily_ledger;

-- ACL public.FUNCTION record_milestones(p_user_id uuid)
REVOKE ALL ON FUNCTION public.record_milestones(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_milestones(p_user_id uuid) TO avdaily_app;

-- ACL public.FUNCTION record_payment_event(p_provider text, p_event_id text, p_event_type text, p_payload jsonb, p_provider_reference text, p_amount numeric, p_currency text)
REVOKE ALL ON FUNCTION public.record_payment_event(p_provider text, p_event_id text, p_event_type text, p_payload jsonb, p_provider_reference text, p_amount numeric, p_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_payment_event(p_provider text, p_event_id text, p_event_type text, p_payload jsonb, p_provider_reference text, p_amount numeric, p_currency text) TO avdaily_app;

-- ACL public.TABLE rewards
GRANT SELECT ON TABLE public.rewards TO avdaily_app;
GRANT SELECT ON TABLE public.rewards TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.rewards TO avdaily_ledger;

-- ACL public.FUNCTION redeem_reward(p_user_id uuid, p_reward_id uuid)
REVOKE ALL ON FUNCTION public.redeem_reward(p_user_id uuid, p_reward_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.redeem_reward(p_user_id uuid, p_reward_id uuid) TO avdaily_app;

-- ACL public.FUNCTION redeem_reward_at(p_user_id uuid, p_reward_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.redeem_reward_at(p_user_id uuid, p_reward_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION refresh_group_standing(p_group_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.refresh_group_standing(p_group_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.TABLE user_analytics
GRANT SELECT ON TABLE public.user_analytics TO avdaily_app;
GRANT SELECT ON TABLE public.user_analytics TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.user_analytics TO avdaily_ledger;

-- ACL public.FUNCTION refresh_user_analytics(p_user_id uuid)
REVOKE ALL ON FUNCTION public.refresh_user_analytics(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.refresh_user_analytics(p_user_id uuid) TO avdaily_app;

-- ACL public.FUNCTION refresh_user_analytics_at(p_user_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.refresh_user_analytics_at(p_user_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION refuse_amount(p_amount numeric)
REVOKE ALL ON FUNCTION public.refuse_amount(p_amount numeric) FROM PUBLIC;

-- ACL public.FUNCTION refuse_balance_change()
REVOKE ALL ON FUNCTION public.refuse_balance_change() FROM PUBLIC;

-- ACL public.FUNCTION refuse_change()
REVOKE ALL ON FUNCTION public.refuse_change() FROM PUBLIC;

-- ACL public.FUNCTION refuse_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.refuse_contribution(p_user_id uuid, p_plan_id uuid, p_amount numeric, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION refuse_group_exit(p_group public.ajo_groups, p_member public.group_members)
REVOKE ALL ON FUNCTION public.refuse_group_exit(p_group public.ajo_groups, p_member public.group_members) FROM PUBLIC;

-- ACL public.FUNCTION refuse_invitation(p_invitation_id uuid)
REVOKE ALL ON FUNCTION public.refuse_invitation(p_invitation_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION refuse_last_admin_removal()
REVOKE ALL ON FUNCTION public.refuse_last_admin_removal() FROM PUBLIC;

-- ACL public.FUNCTION refuse_race()
REVOKE ALL ON FUNCTION public.refuse_race() FROM PUBLIC;

-- ACL public.FUNCTION refuse_rotation(p_group_id uuid, p_members integer, p_reason text)
REVOKE ALL ON FUNCTION public.refuse_rotation(p_group_id uuid, p_members integer, p_reason text) FROM PUBLIC;

-- ACL public.FUNCTION refuse_stranger(p_user_id uuid, p_group_id uuid)
REVOKE ALL ON FUNCTION public.refuse_stranger(p_user_id uuid, p_group_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION refuse_system_change()
REVOKE ALL ON FUNCTION public.refuse_system_change() FROM PUBLIC;

-- ACL public.FUNCTION refuse_transaction_change()
REVOKE ALL ON FUNCTION public.refuse_transaction_change() FROM PUBLIC;

-- ACL public.FUNCTION refuse_transaction_status(p_row public.transactions, p_needed text)
REVOKE ALL ON FUNCTION public.refuse_transaction_status(p_row public.transactions, p_needed text) FROM PUBLIC;

-- ACL public.FUNCTION refuse_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.refuse_transfer(p_user_id uuid, p_recipient_id uuid, p_amount numeric, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION register_push_token(p_user_id uuid, p_token text, p_platform text, p_device_id text, p_device_name text)
REVOKE ALL ON FUNCTION public.register_push_token(p_user_id uuid, p_token text, p_platform text, p_device_id text, p_device_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.register_push_token(p_user_id uuid, p_token text, p_platform text, p_device_id text, p_device_name text) TO avdaily_app;

-- ACL public.FUNCTION register_user(p_user_id uuid, p_name text, p_email text, p_phone_number text, p_date_of_birth date)
REVOKE ALL ON FUNCTION public.register_user(p_user_id uuid, p_name text, p_email text, p_phone_number text, p_date_of_birth date) FROM PUBLIC;
GRANT ALL ON FUNCTION public.register_user(p_user_id uuid, p_name text, p_email text, p_phone_number text, p_date_of_birth date) TO avdaily_app;

-- ACL public.FUNCTION reinstate_user(p_user_id uuid, p_reinstated_by uuid)
REVOKE ALL ON FUNCTION public.reinstate_user(p_user_id uuid, p_reinstated_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reinstate_user(p_user_id uuid, p_reinstated_by uuid) TO avdaily_app;

-- ACL public.FUNCTION reject_group_invitation(p_user_id uuid, p_invitation_id uuid)
REVOKE ALL ON FUNCTION public.reject_group_invitation(p_user_id uuid, p_invitation_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reject_group_invitation(p_user_id uuid, p_invitation_id uuid) TO avdaily_app;

-- ACL public.FUNCTION reject_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.reject_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION reject_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid, p_reason text)
REVOKE ALL ON FUNCTION public.reject_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reject_kyc(p_user_id uuid, p_kyc_id uuid, p_verified_by uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION remove_group_member(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text)
REVOKE ALL ON FUNCTION public.remove_group_member(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.remove_group_member(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION remove_group_member_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.remove_group_member_at(p_user_id uuid, p_group_id uuid, p_member_id uuid, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION repay_group_cover(p_contribution public.group_contributions, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.repay_group_cover(p_contribution public.group_contributions, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION request_funding(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text)
REVOKE ALL ON FUNCTION public.request_funding(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.request_funding(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text) TO avdaily_app;

-- ACL public.FUNCTION request_funding_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.request_funding_at(p_user_id uuid, p_amount numeric, p_payment_source text, p_provider text, p_provider_reference text, p_idempotency_key text, p_currency text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION require_acting_user(p_user_id uuid)
REVOKE ALL ON FUNCTION public.require_acting_user(p_user_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION require_active_user(p_user_id uuid)
REVOKE ALL ON FUNCTION public.require_active_user(p_user_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION require_authority_over_permission(p_user_id uuid, p_permission text)
REVOKE ALL ON FUNCTION public.require_authority_over_permission(p_user_id uuid, p_permission text) FROM PUBLIC;

-- ACL public.FUNCTION require_authority_over_role(p_user_id uuid, p_role text)
REVOKE ALL ON FUNCTION public.require_authority_over_role(p_user_id uuid, p_role text) FROM PUBLIC;

-- ACL public.FUNCTION require_authority_over_role_permission(p_user_id uuid, p_role text, p_permission text)
REVOKE ALL ON FUNCTION public.require_authority_over_role_permission(p_user_id uuid, p_role text, p_permission text) FROM PUBLIC;

-- ACL public.FUNCTION require_authority_over_user(p_user_id uuid, p_acting_user_id uuid)
REVOKE ALL ON FUNCTION public.require_authority_over_user(p_user_id uuid, p_acting_user_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION require_future(p_expires_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.require_future(p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.require_future(p_expires_at timestamp with time zone) TO avdaily_ledger;

-- ACL public.FUNCTION require_next_kyc_tier(p_user_id uuid, p_tier integer)
REVOKE ALL ON FUNCTION public.require_next_kyc_tier(p_user_id uuid, p_tier integer) FROM PUBLIC;

-- ACL public.FUNCTION require_permission(p_user_id uuid, p_permission text)
REVOKE ALL ON FUNCTION public.require_permission(p_user_id uuid, p_permission text) FROM PUBLIC;

-- ACL public.FUNCTION require_reason(p_reason text, p_minimum integer)
REVOKE ALL ON FUNCTION public.require_reason(p_reason text, p_minimum integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.require_reason(p_reason text, p_minimum integer) TO avdaily_ledger;

-- ACL public.FUNCTION require_self_or_authority(p_user_id uuid, p_acting_user_id uuid)
REVOKE ALL ON FUNCTION public.require_self_or_authority(p_user_id uuid, p_acting_user_id uuid) FROM PUBLIC;

-- ACL public.FUNCTION reserve_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text)
REVOKE ALL ON FUNCTION public.reserve_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reserve_idempotency_key(p_user_id uuid, p_key text, p_operation text, p_request text) TO avdaily_app;

-- ACL public.FUNCTION resume_plan(p_user_id uuid, p_plan_id uuid, p_version integer)
REVOKE ALL ON FUNCTION public.resume_plan(p_user_id uuid, p_plan_id uuid, p_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.resume_plan(p_user_id uuid, p_plan_id uuid, p_version integer) TO avdaily_app;

-- ACL public.FUNCTION return_group_deposits(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.return_group_deposits(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION revoke_group_invitation(p_user_id uuid, p_invitation_id uuid)
REVOKE ALL ON FUNCTION public.revoke_group_invitation(p_user_id uuid, p_invitation_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.revoke_group_invitation(p_user_id uuid, p_invitation_id uuid) TO avdaily_app;

-- ACL public.FUNCTION revoke_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.revoke_group_invitation_at(p_user_id uuid, p_invitation_id uuid, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION revoke_role(p_user_id uuid, p_role text, p_revoked_by uuid)
REVOKE ALL ON FUNCTION public.revoke_role(p_user_id uuid, p_role text, p_revoked_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.revoke_role(p_user_id uuid, p_role text, p_revoked_by uuid) TO avdaily_app;

-- ACL public.FUNCTION revoke_role_permission(p_user_id uuid, p_role text, p_permission text)
REVOKE ALL ON FUNCTION public.revoke_role_permission(p_user_id uuid, p_role text, p_permission text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.revoke_role_permission(p_user_id uuid, p_role text, p_permission text) TO avdaily_app;

-- ACL public.FUNCTION revoke_user_permission(p_user_id uuid, p_permission text, p_revoked_by uuid)
REVOKE ALL ON FUNCTION public.revoke_user_permission(p_user_id uuid, p_permission text, p_revoked_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.revoke_user_permission(p_user_id uuid, p_permission text, p_revoked_by uuid) TO avdaily_app;

-- ACL public.FUNCTION revoke_user_sessions(p_user_id uuid, p_except_session_id uuid)
REVOKE ALL ON FUNCTION public.revoke_user_sessions(p_user_id uuid, p_except_session_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.revoke_user_sessions(p_user_id uuid, p_except_session_id uuid) TO avdaily_app;

-- ACL public.FUNCTION rotate_refresh_token(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text)
REVOKE ALL ON FUNCTION public.rotate_refresh_token(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.rotate_refresh_token(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text) TO avdaily_app;

-- ACL public.FUNCTION rotate_refresh_token_at(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.rotate_refresh_token_at(p_refresh_token_hash bytea, p_new_token_hash bytea, p_new_refresh_token_hash bytea, p_ip_address inet, p_user_agent text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION schedule_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_scheduled_for timestamp with time zone, p_recurring_pattern text, p_data jsonb)
REVOKE ALL ON FUNCTION public.schedule_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_scheduled_for timestamp with time zone, p_recurring_pattern text, p_data jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.schedule_notification(p_user_id uuid, p_type text, p_channel text, p_title text, p_message text, p_scheduled_for timestamp with time zone, p_recurring_pattern text, p_data jsonb) TO avdaily_app;

-- ACL public.FUNCTION seal_audit_log(p_limit integer)
REVOKE ALL ON FUNCTION public.seal_audit_log(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.seal_audit_log(p_limit integer) TO avdaily_app;

-- ACL public.FUNCTION sees_group(p_user_id uuid, p_group_id uuid)
REVOKE ALL ON FUNCTION public.sees_group(p_user_id uuid, p_group_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sees_group(p_user_id uuid, p_group_id uuid) TO avdaily_app;
GRANT ALL ON FUNCTION public.sees_group(p_user_id uuid, p_group_id uuid) TO avdaily_readonly;

-- ACL public.FUNCTION set_plan_status(p_user_id uuid, p_plan_id uuid, p_version integer, p_from text, p_to text)
REVOKE ALL ON FUNCTION public.set_plan_status(p_user_id uuid, p_plan_id uuid, p_version integer, p_from text, p_to text) FROM PUBLIC;

-- ACL public.FUNCTION set_rotation_order(p_user_id uuid, p_group_id uuid, p_member_ids uuid[])
REVOKE ALL ON FUNCTION public.set_rotation_order(p_user_id uuid, p_group_id uuid, p_member_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_rotation_order(p_user_id uuid, p_group_id uuid, p_member_ids uuid[]) TO avdaily_app;

-- ACL public.FUNCTION set_updated_at()
REVOKE ALL ON FUNCTION public.set_updated_at() FROM PUBLIC;

-- ACL public.FUNCTION share_deposits_of_debtors(p_group public.ajo_groups, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.share_deposits_of_debtors(p_group public.ajo_groups, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION start_ajo_group(p_user_id uuid, p_group_id uuid, p_start_date date)
REVOKE ALL ON FUNCTION public.start_ajo_group(p_user_id uuid, p_group_id uuid, p_start_date date) FROM PUBLIC;
GRANT ALL ON FUNCTION public.start_ajo_group(p_user_id uuid, p_group_id uuid, p_start_date date) TO avdaily_app;

-- ACL public.FUNCTION start_ajo_group_at(p_user_id uuid, p_group_id uuid, p_start_date date, p_seed bigint, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.start_ajo_group_at(p_user_id uuid, p_group_id uuid, p_start_date date, p_seed bigint, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION start_kyc_review(p_user_id uuid, p_kyc_id uuid, p_reviewed_by uuid)
REVOKE ALL ON FUNCTION public.start_kyc_review(p_user_id uuid, p_kyc_id uuid, p_reviewed_by uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.start_kyc_review(p_user_id uuid, p_kyc_id uuid, p_reviewed_by uuid) TO avdaily_app;

-- ACL public.FUNCTION submit_kyc(p_request public.kyc_verification)
REVOKE ALL ON FUNCTION public.submit_kyc(p_request public.kyc_verification) FROM PUBLIC;

-- ACL public.FUNCTION submit_kyc_tier1(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text)
REVOKE ALL ON FUNCTION public.submit_kyc_tier1(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.submit_kyc_tier1(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text) TO avdaily_app;

-- ACL public.FUNCTION submit_kyc_tier2(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text, p_government_id_type text, p_government_id_number bytea, p_government_id_last_four text, p_government_id_hash bytea, p_government_id_image text, p_selfie_image text)
REVOKE ALL ON FUNCTION public.submit_kyc_tier2(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text, p_government_id_type text, p_government_id_number bytea, p_government_id_last_four text, p_government_id_hash bytea, p_government_id_image text, p_selfie_image text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.submit_kyc_tier2(p_user_id uuid, p_first_name text, p_last_name text, p_date_of_birth date, p_address text, p_government_id_type text, p_government_id_number bytea, p_government_id_last_four text, p_government_id_hash bytea, p_government_id_image text, p_selfie_image text) TO avdaily_app;

-- ACL public.FUNCTION suspend_user(p_user_id uuid, p_suspended_by uuid, p_reason text)
REVOKE ALL ON FUNCTION public.suspend_user(p_user_id uuid, p_suspended_by uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.suspend_user(p_user_id uuid, p_suspended_by uuid, p_reason text) TO avdaily_app;

-- ACL public.FUNCTION system_account(p_kind text, p_currency text)
REVOKE ALL ON FUNCTION public.system_account(p_kind text, p_currency text) FROM PUBLIC;

-- ACL public.FUNCTION touch_updated_at()
REVOKE ALL ON FUNCTION public.touch_updated_at() FROM PUBLIC;

-- ACL public.FUNCTION trial_balance()
REVOKE ALL ON FUNCTION public.trial_balance() FROM PUBLIC;
GRANT ALL ON FUNCTION public.trial_balance() TO avdaily_app;
GRANT ALL ON FUNCTION public.trial_balance() TO avdaily_readonly;
GRANT ALL ON FUNCTION public.trial_balance() TO avdaily_ledger;

-- ACL public.FUNCTION uncount_contribution(p_original public.transactions, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.uncount_contribution(p_original public.transactions, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION undo_withdrawal(p_user_id uuid, p_transaction_id uuid, p_status text, p_reason text, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.undo_withdrawal(p_user_id uuid, p_transaction_id uuid, p_status text, p_reason text, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION unfreeze_wallet(p_user_id uuid)
REVOKE ALL ON FUNCTION public.unfreeze_wallet(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.unfreeze_wallet(p_user_id uuid) TO avdaily_app;

-- ACL public.FUNCTION update_ajo_group(p_user_id uuid, p_group_id uuid, p_group_name text, p_description text, p_member_count integer, p_is_private boolean)
REVOKE ALL ON FUNCTION public.update_ajo_group(p_user_id uuid, p_group_id uuid, p_group_name text, p_description text, p_member_count integer, p_is_private boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.update_ajo_group(p_user_id uuid, p_group_id uuid, p_group_name text, p_description text, p_member_count integer, p_is_private boolean) TO avdaily_app;

-- ACL public.FUNCTION update_plan_settings(p_user_id uuid, p_plan_id uuid, p_version integer, p_plan_name text, p_daily_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_minimum_balance numeric)
REVOKE ALL ON FUNCTION public.update_plan_settings(p_user_id uuid, p_plan_id uuid, p_version integer, p_plan_name text, p_daily_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_minimum_balance numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION public.update_plan_settings(p_user_id uuid, p_plan_id uuid, p_version integer, p_plan_name text, p_daily_amount numeric, p_auto_save_enabled boolean, p_auto_save_time time without time zone, p_minimum_balance numeric) TO avdaily_app;

-- ACL public.FUNCTION update_role(p_user_id uuid, p_name text, p_display_name text, p_description text)
REVOKE ALL ON FUNCTION public.update_role(p_user_id uuid, p_name text, p_display_name text, p_description text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.update_role(p_user_id uuid, p_name text, p_display_name text, p_description text) TO avdaily_app;

-- ACL public.TABLE daily_analytics
GRANT SELECT ON TABLE public.daily_analytics TO avdaily_app;
GRANT SELECT ON TABLE public.daily_analytics TO avdaily_readonly;
GRANT SELECT,INSERT,UPDATE ON TABLE public.daily_analytics TO avdaily_ledger;

-- ACL public.FUNCTION upsert_daily_analytics(p_day date, p_currency text)
REVOKE ALL ON FUNCTION public.upsert_daily_analytics(p_day date, p_currency text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.upsert_daily_analytics(p_day date, p_currency text) TO avdaily_app;

-- ACL public.FUNCTION user_part(p_user_id uuid)
REVOKE ALL ON FUNCTION public.user_part(p_user_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.user_part(p_user_id uuid) TO avdaily_app;
GRANT ALL ON FUNCTION public.user_part(p_user_id uuid) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.user_part(p_user_id uuid) TO avdaily_ledger;

-- ACL public.FUNCTION verify_audit_chain(p_head_id bigint, p_head_hash bytea)
REVOKE ALL ON FUNCTION public.verify_audit_chain(p_head_id bigint, p_head_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.verify_audit_chain(p_head_id bigint, p_head_hash bytea) TO avdaily_app;
GRANT ALL ON FUNCTION public.verify_audit_chain(p_head_id bigint, p_head_hash bytea) TO avdaily_readonly;

-- ACL public.FUNCTION verify_phone_otp(p_user_id uuid, p_phone_number text, p_otp_hash bytea)
REVOKE ALL ON FUNCTION public.verify_phone_otp(p_user_id uuid, p_phone_number text, p_otp_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.verify_phone_otp(p_user_id uuid, p_phone_number text, p_otp_hash bytea) TO avdaily_app;

-- ACL public.FUNCTION verify_phone_otp_at(p_user_id uuid, p_phone_number text, p_otp_hash bytea, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.verify_phone_otp_at(p_user_id uuid, p_phone_number text, p_otp_hash bytea, p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.FUNCTION wallet_balance_at(p_user_id uuid, p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.wallet_balance_at(p_user_id uuid, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.wallet_balance_at(p_user_id uuid, p_at timestamp with time zone) TO avdaily_app;
GRANT ALL ON FUNCTION public.wallet_balance_at(p_user_id uuid, p_at timestamp with time zone) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.wallet_balance_at(p_user_id uuid, p_at timestamp with time zone) TO avdaily_ledger;

-- ACL public.FUNCTION wallet_change(p_user_id uuid, p_transaction_id uuid)
REVOKE ALL ON FUNCTION public.wallet_change(p_user_id uuid, p_transaction_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.wallet_change(p_user_id uuid, p_transaction_id uuid) TO avdaily_app;
GRANT ALL ON FUNCTION public.wallet_change(p_user_id uuid, p_transaction_id uuid) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.wallet_change(p_user_id uuid, p_transaction_id uuid) TO avdaily_ledger;

-- ACL public.FUNCTION wallet_statement(p_user_id uuid, p_from timestamp with time zone, p_until timestamp with time zone)
REVOKE ALL ON FUNCTION public.wallet_statement(p_user_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.wallet_statement(p_user_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) TO avdaily_app;
GRANT ALL ON FUNCTION public.wallet_statement(p_user_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.wallet_statement(p_user_id uuid, p_from timestamp with time zone, p_until timestamp with time zone) TO avdaily_ledger;

-- ACL public.FUNCTION withdrawal_fee(p_amount numeric)
REVOKE ALL ON FUNCTION public.withdrawal_fee(p_amount numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION public.withdrawal_fee(p_amount numeric) TO avdaily_app;
GRANT ALL ON FUNCTION public.withdrawal_fee(p_amount numeric) TO avdaily_readonly;
GRANT ALL ON FUNCTION public.withdrawal_fee(p_amount numeric) TO avdaily_ledger;

-- ACL public.FUNCTION write_positions(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone)
REVOKE ALL ON FUNCTION public.write_positions(p_group_id uuid, p_member_ids uuid[], p_at timestamp with time zone) FROM PUBLIC;

-- ACL public.TABLE account
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account TO avdaily_app;
GRANT SELECT,DELETE ON TABLE public.account TO avdaily_ledger;

-- ACL public.COLUMN account.id
GRANT SELECT(id) ON TABLE public.account TO avdaily_readonly;

-- ACL public.COLUMN account.user_id
GRANT SELECT(user_id) ON TABLE public.account TO avdaily_readonly;

-- ACL public.COLUMN account.provider_id
GRANT SELECT(provider_id) ON TABLE public.account TO avdaily_readonly;

-- ACL public.COLUMN account.account_id
GRANT SELECT(account_id) ON TABLE public.account TO avdaily_readonly;

-- ACL public.COLUMN account.access_token_expires_at
GRANT SELECT(access_token_expires_at) ON TABLE public.account TO avdaily_readonly;

-- ACL public.COLUMN account.refresh_token_expires_at
GRANT SELECT(refresh_token_expires_at) ON TABLE public.account TO avdaily_readonly;

-- ACL public.COLUMN account.scope
GRANT SELECT(scope) ON TABLE public.account TO avdaily_readonly;

-- ACL public.COLUMN account.created_at
GRANT SELECT(created_at) ON TABLE public.account TO avdaily_readonly;

-- ACL public.COLUMN account.updated_at
GRANT SELECT(updated_at) ON TABLE public.account TO avdaily_readonly;

-- ACL public.TABLE audit_chain
GRANT SELECT,INSERT ON TABLE public.audit_chain TO avdaily_ledger;
GRANT SELECT ON TABLE public.audit_chain TO avdaily_app;
GRANT SELECT ON TABLE public.audit_chain TO avdaily_readonly;

-- ACL public.TABLE audit_seal_state
GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_seal_state TO avdaily_ledger;
GRANT SELECT ON TABLE public.audit_seal_state TO avdaily_readonly;

-- ACL public.TABLE auto_save_attempts
GRANT SELECT ON TABLE public.auto_save_attempts TO avdaily_app;
GRANT SELECT ON TABLE public.auto_save_attempts TO avdaily_readonly;
GRANT SELECT,INSERT ON TABLE public.auto_save_attempts TO avdaily_ledger;

-- ACL public.TABLE bank_accounts
GRANT SELECT ON TABLE public.bank_accounts TO avdaily_readonly;
GRANT SELECT,DELETE,UPDATE ON TABLE public.bank_accounts TO avdaily_ledger;
GRANT SELECT,DELETE ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.COLUMN bank_accounts.id
GRANT INSERT(id) ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.COLUMN bank_accounts.user_id
GRANT INSERT(user_id) ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.COLUMN bank_accounts.bank_code
GRANT INSERT(bank_code) ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.COLUMN bank_accounts.bank_name
GRANT INSERT(bank_name),UPDATE(bank_name) ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.COLUMN bank_accounts.account_number
GRANT INSERT(account_number) ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.COLUMN bank_accounts.account_name
GRANT INSERT(account_name),UPDATE(account_name) ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.COLUMN bank_accounts.is_verified
GRANT UPDATE(is_verified) ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.COLUMN bank_accounts.is_primary
GRANT INSERT(is_primary),UPDATE(is_primary) ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.COLUMN bank_accounts.updated_at
GRANT UPDATE(updated_at) ON TABLE public.bank_accounts TO avdaily_app;

-- ACL public.TABLE biometric_auth
GRANT SELECT ON TABLE public.biometric_auth TO avdaily_readonly;
GRANT SELECT,INSERT ON TABLE public.biometric_auth TO avdaily_app;
GRANT SELECT,DELETE ON TABLE public.biometric_auth TO avdaily_ledger;

-- ACL public.COLUMN biometric_auth.device_name
GRANT UPDATE(device_name) ON TABLE public.biometric_auth TO avdaily_app;

-- ACL public.COLUMN biometric_auth.public_key
GRANT UPDATE(public_key) ON TABLE public.biometric_auth TO avdaily_app;

-- ACL public.COLUMN biometric_auth.is_active
GRANT UPDATE(is_active) ON TABLE public.biometric_auth TO avdaily_app;

-- ACL public.COLUMN biometric_auth.last_used_at
GRANT UPDATE(last_used_at) ON TABLE public.biometric_auth TO avdaily_app;

-- ACL public.COLUMN biometric_auth.updated_at
GRANT UPDATE(updated_at) ON TABLE public.biometric_auth TO avdaily_app;

-- ACL public.TABLE ledger_accounts
GRANT SELECT ON TABLE public.ledger_accounts TO avdaily_app;
GRANT SELECT ON TABLE public.ledger_accounts TO avdaily_readonly;
GRANT SELECT,INSERT ON TABLE public.ledger_accounts TO avdaily_ledger;

-- ACL public.TABLE ledger_entries
GRANT SELECT ON TABLE public.ledger_entries TO avdaily_app;
GRANT SELECT ON TABLE public.ledger_entries TO avdaily_readonly;
GRANT SELECT,INSERT ON TABLE public.ledger_entries TO avdaily_ledger;

-- ACL public.TABLE ledger_postings
GRANT SELECT ON TABLE public.ledger_postings TO avdaily_app;
GRANT SELECT ON TABLE public.ledger_postings TO avdaily_readonly;
GRANT SELECT ON TABLE public.ledger_postings TO avdaily_ledger;

-- ACL public.TABLE group_pool_postings
GRANT SELECT ON TABLE public.group_pool_postings TO avdaily_readonly;
GRANT SELECT ON TABLE public.group_pool_postings TO avdaily_app;

-- ACL public.TABLE idempotency_keys
GRANT SELECT,INSERT,DELETE ON TABLE public.idempotency_keys TO avdaily_ledger;

-- ACL public.COLUMN idempotency_keys.user_id
GRANT SELECT(user_id) ON TABLE public.idempotency_keys TO avdaily_app;
GRANT SELECT(user_id) ON TABLE public.idempotency_keys TO avdaily_readonly;

-- ACL public.COLUMN idempotency_keys.key
GRANT SELECT(key) ON TABLE public.idempotency_keys TO avdaily_app;
GRANT SELECT(key) ON TABLE public.idempotency_keys TO avdaily_readonly;

-- ACL public.COLUMN idempotency_keys.operation
GRANT SELECT(operation) ON TABLE public.idempotency_keys TO avdaily_app;
GRANT SELECT(operation) ON TABLE public.idempotency_keys TO avdaily_readonly;

-- ACL public.COLUMN idempotency_keys.result_id
GRANT SELECT(result_id) ON TABLE public.idempotency_keys TO avdaily_app;
GRANT SELECT(result_id) ON TABLE public.idempotency_keys TO avdaily_readonly;
GRANT UPDATE(result_id) ON TABLE public.idempotency_keys TO avdaily_ledger;

-- ACL public.COLUMN idempotency_keys.created_at
GRANT SELECT(created_at) ON TABLE public.idempotency_keys TO avdaily_app;
GRANT SELECT(created_at) ON TABLE public.idempotency_keys TO avdaily_readonly;

-- ACL public.TABLE integrity_of_groups
GRANT SELECT ON TABLE public.integrity_of_groups TO avdaily_readonly;
GRANT SELECT ON TABLE public.integrity_of_groups TO avdaily_app;

-- ACL public.TABLE owned_accounts
GRANT SELECT ON TABLE public.owned_accounts TO avdaily_readonly;
GRANT SELECT ON TABLE public.owned_accounts TO avdaily_app;

-- ACL public.TABLE reconciliation
GRANT SELECT ON TABLE public.reconciliation TO avdaily_readonly;
GRANT SELECT ON TABLE public.reconciliation TO avdaily_app;

-- ACL public.TABLE trial_balance
GRANT SELECT ON TABLE public.trial_balance TO avdaily_readonly;
GRANT SELECT ON TABLE public.trial_balance TO avdaily_app;

-- ACL public.TABLE integrity_of_money
GRANT SELECT ON TABLE public.integrity_of_money TO avdaily_readonly;
GRANT SELECT ON TABLE public.integrity_of_money TO avdaily_app;

-- ACL public.TABLE integrity_of_rows
GRANT SELECT ON TABLE public.integrity_of_rows TO avdaily_readonly;
GRANT SELECT ON TABLE public.integrity_of_rows TO avdaily_app;

-- ACL public.TABLE integrity_of_schema
GRANT SELECT ON TABLE public.integrity_of_schema TO avdaily_readonly;
GRANT SELECT ON TABLE public.integrity_of_schema TO avdaily_app;

-- ACL public.TABLE integrity_findings
GRANT SELECT ON TABLE public.integrity_findings TO avdaily_readonly;
GRANT SELECT ON TABLE public.integrity_findings TO avdaily_app;

-- ACL public.TABLE interest_accruals
GRANT SELECT ON TABLE public.interest_accruals TO avdaily_app;
GRANT SELECT ON TABLE public.interest_accruals TO avdaily_readonly;
GRANT SELECT,INSERT ON TABLE public.interest_accruals TO avdaily_ledger;

-- ACL public.TABLE kyc_limits
GRANT SELECT ON TABLE public.kyc_limits TO avdaily_app;
GRANT SELECT ON TABLE public.kyc_limits TO avdaily_readonly;
GRANT SELECT ON TABLE public.kyc_limits TO avdaily_ledger;

-- ACL public.TABLE phone_verification
GRANT SELECT,INSERT,DELETE ON TABLE public.phone_verification TO avdaily_app;
GRANT SELECT,DELETE,UPDATE ON TABLE public.phone_verification TO avdaily_ledger;

-- ACL public.COLUMN phone_verification.id
GRANT SELECT(id) ON TABLE public.phone_verification TO avdaily_readonly;

-- ACL public.COLUMN phone_verification.phone_number
GRANT SELECT(phone_number) ON TABLE public.phone_verification TO avdaily_readonly;

-- ACL public.COLUMN phone_verification.expires_at
GRANT SELECT(expires_at) ON TABLE public.phone_verification TO avdaily_readonly;

-- ACL public.COLUMN phone_verification.verified
GRANT SELECT(verified) ON TABLE public.phone_verification TO avdaily_readonly;

-- ACL public.COLUMN phone_verification.attempts
GRANT SELECT(attempts) ON TABLE public.phone_verification TO avdaily_readonly;

-- ACL public.COLUMN phone_verification.created_at
GRANT SELECT(created_at) ON TABLE public.phone_verification TO avdaily_readonly;

-- ACL public.TABLE push_tokens
GRANT SELECT ON TABLE public.push_tokens TO avdaily_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.push_tokens TO avdaily_ledger;

-- ACL public.COLUMN push_tokens.id
GRANT SELECT(id) ON TABLE public.push_tokens TO avdaily_readonly;

-- ACL public.COLUMN push_tokens.user_id
GRANT SELECT(user_id) ON TABLE public.push_tokens TO avdaily_readonly;

-- ACL public.COLUMN push_tokens.platform
GRANT SELECT(platform) ON TABLE public.push_tokens TO avdaily_readonly;

-- ACL public.COLUMN push_tokens.device_id
GRANT SELECT(device_id) ON TABLE public.push_tokens TO avdaily_readonly;

-- ACL public.COLUMN push_tokens.device_name
GRANT SELECT(device_name) ON TABLE public.push_tokens TO avdaily_readonly;

-- ACL public.COLUMN push_tokens.is_active
GRANT SELECT(is_active) ON TABLE public.push_tokens TO avdaily_readonly;

-- ACL public.COLUMN push_tokens.last_used_at
GRANT SELECT(last_used_at) ON TABLE public.push_tokens TO avdaily_readonly;

-- ACL public.COLUMN push_tokens.created_at
GRANT SELECT(created_at) ON TABLE public.push_tokens TO avdaily_readonly;

-- ACL public.COLUMN push_tokens.updated_at
GRANT SELECT(updated_at) ON TABLE public.push_tokens TO avdaily_readonly;

-- ACL public.TABLE roles
GRANT SELECT ON TABLE public.roles TO avdaily_app;
GRANT SELECT ON TABLE public.roles TO avdaily_readonly;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.roles TO avdaily_ledger;

-- ACL public.TABLE scheduled_notifications
GRANT SELECT ON TABLE public.scheduled_notifications TO avdaily_app;
GRANT SELECT ON TABLE public.scheduled_notifications TO avdaily_readonly;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.scheduled_notifications TO avdaily_ledger;

-- ACL public.TABLE session
GRANT SELECT,DELETE ON TABLE public.session TO avdaily_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session TO avdaily_ledger;

-- ACL public.COLUMN session.id
GRANT SELECT(id) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.user_id
GRANT SELECT(user_id) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.family_id
GRANT SELECT(family_id) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.expires_at
GRANT SELECT(expires_at) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.refresh_token_expires_at
GRANT SELECT(refresh_token_expires_at) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.used_at
GRANT SELECT(used_at) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.revoked_at
GRANT SELECT(revoked_at) ON TABLE public.session TO avdaily_readonly;
GRANT UPDATE(revoked_at) ON TABLE public.session TO avdaily_app;

-- ACL public.COLUMN session.ip_address
GRANT SELECT(ip_address) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.user_agent
GRANT SELECT(user_agent) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.device_id
GRANT SELECT(device_id) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.last_activity_at
GRANT SELECT(last_activity_at) ON TABLE public.session TO avdaily_readonly;
GRANT UPDATE(last_activity_at) ON TABLE public.session TO avdaily_app;

-- ACL public.COLUMN session.created_at
GRANT SELECT(created_at) ON TABLE public.session TO avdaily_readonly;

-- ACL public.COLUMN session.updated_at
GRANT SELECT(updated_at) ON TABLE public.session TO avdaily_readonly;
GRANT UPDATE(updated_at) ON TABLE public.session TO avdaily_app;

-- ACL public.TABLE verification
GRANT SELECT,INSERT,DELETE ON TABLE public.verification TO avdaily_app;
GRANT SELECT,DELETE ON TABLE public.verification TO avdaily_ledger;

-- ACL public.COLUMN verification.id
GRANT SELECT(id) ON TABLE public.verification TO avdaily_readonly;

-- ACL public.COLUMN verification.identifier
GRANT SELECT(identifier) ON TABLE public.verification TO avdaily_readonly;

-- ACL public.COLUMN verification.expires_at
GRANT SELECT(expires_at) ON TABLE public.verification TO avdaily_readonly;

-- ACL public.COLUMN verification.created_at
GRANT SELECT(created_at) ON TABLE public.verification TO avdaily_readonly;

-- ACL public.COLUMN verification.updated_at
GRANT SELECT(updated_at) ON TABLE public.verification TO avdaily_readonly;

-- ACL public.TABLE withdrawal_limits
GRANT SELECT ON TABLE public.withdrawal_limits TO avdaily_app;
GRANT SELECT ON TABLE public.withdrawal_limits TO avdaily_readonly;
GRANT SELECT ON TABLE public.withdrawal_limits TO avdaily_ledger;

-- DEFAULT ACL DEFAULT PRIVILEGES FOR FUNCTIONS
ALTER DEFAULT PRIVILEGES FOR ROLE owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
