-- 0031.create-group-rounds: the schedule of a rotation, what each member owes in each round, who was paid out and who is invited exist
-- Why: the keys say it: one round a number, one turn a member, one contribution a member and round, one payout a round
--   and one a member, one open invitation an invitee, so that no race and no client can collect, disburse or invite twice.
-- Locks: new tables only; SHARE ROW EXCLUSIVE on ajo_groups, group_members, transactions and "user" for the foreign keys.
-- Runtime: milliseconds.
-- Rollback: drops the four tables.
-- depends: 0030.create-groups

-- All rounds are written when the rotation starts: this is the frozen order.
-- scheduled → open → disbursed; skipped when nobody owes the recipient anything; cancelled with the group.
CREATE TABLE ajo_rounds (
  id uuid DEFAULT app_uuid() NOT NULL,
  group_id uuid NOT NULL,
  round integer NOT NULL,
  recipient_member_id uuid NOT NULL,
  due_date date NOT NULL,
  expected money_amount DEFAULT 0 NOT NULL,
  collected money_amount DEFAULT 0 NOT NULL,
  status text DEFAULT 'scheduled' NOT NULL,
  opened_at timestamptz,
  closed_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT ajo_rounds_pkey PRIMARY KEY (id),
  CONSTRAINT ajo_rounds_group_id_round_key UNIQUE (group_id, round),
  CONSTRAINT ajo_rounds_group_id_recipient_member_id_key UNIQUE (group_id, recipient_member_id),
  CONSTRAINT ajo_rounds_group_id_fkey FOREIGN KEY (group_id) REFERENCES ajo_groups (id) ON DELETE RESTRICT,
  CONSTRAINT ajo_rounds_group_id_recipient_member_id_fkey FOREIGN KEY (group_id, recipient_member_id)
    REFERENCES group_members (group_id, id) ON DELETE RESTRICT,
  CONSTRAINT ajo_rounds_round_range_check CHECK (round BETWEEN 1 AND 50),
  CONSTRAINT ajo_rounds_status_values_check CHECK (status IN ('scheduled', 'open', 'disbursed', 'skipped', 'cancelled')),
  CONSTRAINT ajo_rounds_collected_within_expected_check CHECK (collected <= expected),
  CONSTRAINT ajo_rounds_disbursed_is_complete_check CHECK (status <> 'disbursed' OR collected = expected),
  CONSTRAINT ajo_rounds_opened_at_of_status_check CHECK (status NOT IN ('open', 'disbursed') OR opened_at IS NOT NULL),
  CONSTRAINT ajo_rounds_closed_at_of_status_check CHECK ((status IN ('disbursed', 'skipped', 'cancelled')) = (closed_at IS NOT NULL))
);

-- A group collects for one round at a time.
CREATE UNIQUE INDEX ajo_rounds_group_id_open_key ON ajo_rounds (group_id) WHERE status = 'open';

-- pending → completed, or late on the day after the due date; late → completed, or covered (somebody else paid, the member
-- owes it to them) → completed. waived: a removal took the duty away; refunded: the pool gave it back; failed: the
-- group was cancelled before it was paid.
CREATE TABLE group_contributions (
  id uuid DEFAULT app_uuid() NOT NULL,
  group_id uuid NOT NULL,
  member_id uuid NOT NULL,
  user_id uuid NOT NULL,
  round integer NOT NULL,
  amount money_amount NOT NULL,
  currency text COLLATE "C" DEFAULT 'NGN' NOT NULL,
  status text DEFAULT 'pending' NOT NULL,
  transaction_id uuid,
  due_date date NOT NULL,
  paid_at timestamptz,
  late_at timestamptz,
  failure_reason text,
  cover_source text,
  covered_by uuid,
  cover_transaction_id uuid,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT group_contributions_pkey PRIMARY KEY (id),
  CONSTRAINT group_contributions_group_id_member_id_round_key UNIQUE (group_id, member_id, round),
  CONSTRAINT group_contributions_user_id_transaction_id_key UNIQUE (user_id, transaction_id),
  CONSTRAINT group_contributions_covered_by_cover_transaction_id_key UNIQUE (covered_by, cover_transaction_id),
  CONSTRAINT group_contributions_group_id_round_fkey FOREIGN KEY (group_id, round)
    REFERENCES ajo_rounds (group_id, round) ON DELETE RESTRICT,
  CONSTRAINT group_contributions_user_id_group_id_member_id_fkey FOREIGN KEY (user_id, group_id, member_id)
    REFERENCES group_members (user_id, group_id, id) ON DELETE RESTRICT,
  CONSTRAINT group_contributions_user_id_transaction_id_fkey FOREIGN KEY (user_id, transaction_id)
    REFERENCES transactions (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT group_contributions_covered_by_cover_transaction_id_fkey FOREIGN KEY (covered_by, cover_transaction_id)
    REFERENCES transactions (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT group_contributions_amount_positive_check CHECK (amount > 0),
  CONSTRAINT group_contributions_currency_format_check CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT group_contributions_status_values_check CHECK (
    status IN ('pending', 'completed', 'late', 'covered', 'waived', 'refunded', 'failed')
  ),
  CONSTRAINT group_contributions_completed_has_transaction_check CHECK (
    status <> 'completed' OR num_nulls(transaction_id, paid_at) = 0
  ),
  CONSTRAINT group_contributions_covered_has_source_check CHECK (status <> 'covered' OR cover_source IS NOT NULL),
  CONSTRAINT group_contributions_cover_source_values_check CHECK (cover_source IN ('deposit', 'organizer')),
  CONSTRAINT group_contributions_cover_is_whole_check CHECK (
    num_nulls(cover_source, covered_by, cover_transaction_id) IN (0, 3)
  ),
  CONSTRAINT group_contributions_failure_reason_length_check CHECK (length(failure_reason) BETWEEN 1 AND 255)
);

-- Collecting and covering: the open contributions of one round.
CREATE INDEX group_contributions_group_id_round_status_idx ON group_contributions (group_id, round, status);
-- What a user has paid and has to pay, in the order of the days.
CREATE INDEX group_contributions_user_id_due_date_idx ON group_contributions (user_id, due_date);

CREATE TABLE group_payouts (
  id uuid DEFAULT app_uuid() NOT NULL,
  group_id uuid NOT NULL,
  member_id uuid NOT NULL,
  user_id uuid NOT NULL,
  round integer NOT NULL,
  amount money_amount NOT NULL,
  service_fee money_amount NOT NULL,
  net_amount money_amount NOT NULL,
  currency text COLLATE "C" DEFAULT 'NGN' NOT NULL,
  status text DEFAULT 'pending' NOT NULL,
  transaction_id uuid,
  scheduled_date date NOT NULL,
  disbursed_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT group_payouts_pkey PRIMARY KEY (id),
  CONSTRAINT group_payouts_group_id_round_key UNIQUE (group_id, round),
  CONSTRAINT group_payouts_group_id_member_id_key UNIQUE (group_id, member_id),
  CONSTRAINT group_payouts_user_id_transaction_id_key UNIQUE (user_id, transaction_id),
  CONSTRAINT group_payouts_group_id_round_fkey FOREIGN KEY (group_id, round)
    REFERENCES ajo_rounds (group_id, round) ON DELETE RESTRICT,
  -- The recipient of a round, not only a member of the group.
  CONSTRAINT group_payouts_group_id_member_id_fkey FOREIGN KEY (group_id, member_id)
    REFERENCES ajo_rounds (group_id, recipient_member_id) ON DELETE RESTRICT,
  CONSTRAINT group_payouts_user_id_group_id_member_id_fkey FOREIGN KEY (user_id, group_id, member_id)
    REFERENCES group_members (user_id, group_id, id) ON DELETE RESTRICT,
  CONSTRAINT group_payouts_user_id_transaction_id_fkey FOREIGN KEY (user_id, transaction_id)
    REFERENCES transactions (user_id, id) ON DELETE RESTRICT,
  CONSTRAINT group_payouts_amount_positive_check CHECK (amount > 0),
  CONSTRAINT group_payouts_net_amount_of_fee_check CHECK (net_amount = amount - service_fee),
  CONSTRAINT group_payouts_currency_format_check CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT group_payouts_status_values_check CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
  CONSTRAINT group_payouts_completed_has_transaction_check CHECK (
    status <> 'completed' OR num_nulls(transaction_id, disbursed_at) = 0
  )
);

COMMENT ON TABLE ajo_rounds IS 'The schedule of a rotation: one row a round, written when the rotation starts.';
COMMENT ON COLUMN ajo_rounds.id IS 'UUID version 7.';
COMMENT ON COLUMN ajo_rounds.group_id IS 'The group.';
COMMENT ON COLUMN ajo_rounds.round IS 'Number of the round, from 1; the position of the member who is paid out.';
COMMENT ON COLUMN ajo_rounds.recipient_member_id IS 'The member who is paid out in this round.';
COMMENT ON COLUMN ajo_rounds.due_date IS 'Contributions are due on this day (Africa/Lagos) and late from the next.';
COMMENT ON COLUMN ajo_rounds.expected IS 'Sum of the contributions that the round asks for; set when it opens.';
COMMENT ON COLUMN ajo_rounds.collected IS 'Sum of the contributions in the pool, covered ones included; after the payout what it paid out.';
COMMENT ON COLUMN ajo_rounds.status IS 'scheduled, open, disbursed, skipped (nobody owed the recipient anything) or cancelled.';
COMMENT ON COLUMN ajo_rounds.opened_at IS 'When its contributions were written.';
COMMENT ON COLUMN ajo_rounds.closed_at IS 'When it was disbursed, skipped or cancelled.';
COMMENT ON COLUMN ajo_rounds.created_at IS 'When the rotation started.';
COMMENT ON COLUMN ajo_rounds.updated_at IS 'Last change.';

COMMENT ON TABLE group_contributions IS 'What each member owes in each round, and how it was paid.';
COMMENT ON COLUMN group_contributions.id IS 'UUID version 7.';
COMMENT ON COLUMN group_contributions.group_id IS 'The group.';
COMMENT ON COLUMN group_contributions.member_id IS 'The membership that owes it.';
COMMENT ON COLUMN group_contributions.user_id IS 'The user who owes it; the user of the membership.';
COMMENT ON COLUMN group_contributions.round IS 'Number of the round, from 1.';
COMMENT ON COLUMN group_contributions.amount IS 'Naira (or the group''s currency) with two decimals.';
COMMENT ON COLUMN group_contributions.currency IS 'ISO 4217, the group''s.';
COMMENT ON COLUMN group_contributions.status IS 'pending, completed, late, covered, waived, refunded or failed; see the comment in the migration.';
COMMENT ON COLUMN group_contributions.transaction_id IS 'The member''s own payment: to the pool, or later to whoever covered it.';
COMMENT ON COLUMN group_contributions.due_date IS 'Due on this day (Africa/Lagos), late from the next.';
COMMENT ON COLUMN group_contributions.paid_at IS 'When the member paid.';
COMMENT ON COLUMN group_contributions.late_at IS 'When it was first found late; stays after it was paid.';
COMMENT ON COLUMN group_contributions.failure_reason IS 'Why the last attempt to collect it took nothing.';
COMMENT ON COLUMN group_contributions.cover_source IS 'Who paid a default: deposit (the member''s own) or organizer; stays after it was repaid.';
COMMENT ON COLUMN group_contributions.covered_by IS 'The user whose money covered it: the member, or the organizer.';
COMMENT ON COLUMN group_contributions.cover_transaction_id IS 'The payment that covered it, of the user in covered_by.';
COMMENT ON COLUMN group_contributions.created_at IS 'When the round opened.';
COMMENT ON COLUMN group_contributions.updated_at IS 'Last change.';

COMMENT ON TABLE group_payouts IS 'Who was paid out in which round.';
COMMENT ON COLUMN group_payouts.id IS 'UUID version 7.';
COMMENT ON COLUMN group_payouts.group_id IS 'The group.';
COMMENT ON COLUMN group_payouts.member_id IS 'The membership that was paid out; the recipient of a round of this group.';
COMMENT ON COLUMN group_payouts.user_id IS 'The user who was paid; the user of the membership.';
COMMENT ON COLUMN group_payouts.round IS 'Number of the round, from 1.';
COMMENT ON COLUMN group_payouts.amount IS 'The whole pot.';
COMMENT ON COLUMN group_payouts.service_fee IS 'Kept from the pot; pot × service_fee_rate, half up to the kobo.';
COMMENT ON COLUMN group_payouts.net_amount IS 'Paid to the wallet: amount less service_fee.';
COMMENT ON COLUMN group_payouts.currency IS 'ISO 4217, the group''s.';
COMMENT ON COLUMN group_payouts.status IS 'pending, processing, completed or failed; disburse_group_round writes completed ones only.';
COMMENT ON COLUMN group_payouts.transaction_id IS 'The payment to the member.';
COMMENT ON COLUMN group_payouts.scheduled_date IS 'The due date of the round (Africa/Lagos).';
COMMENT ON COLUMN group_payouts.disbursed_at IS 'When it was paid.';
COMMENT ON COLUMN group_payouts.created_at IS 'When the row was written.';
COMMENT ON COLUMN group_payouts.updated_at IS 'Last change.';

CREATE TRIGGER ajo_rounds_set_updated_at BEFORE UPDATE ON ajo_rounds FOR EACH ROW
  WHEN (OLD.updated_at IS NOT DISTINCT FROM NEW.updated_at AND OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER group_contributions_set_updated_at BEFORE UPDATE ON group_contributions FOR EACH ROW
  WHEN (OLD.updated_at IS NOT DISTINCT FROM NEW.updated_at AND OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER group_payouts_set_updated_at BEFORE UPDATE ON group_payouts FOR EACH ROW
  WHEN (OLD.updated_at IS NOT DISTINCT FROM NEW.updated_at AND OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION set_updated_at();

GRANT SELECT ON ajo_rounds, group_contributions, group_payouts TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT, UPDATE ON ajo_rounds, group_contributions, group_payouts TO avdaily_ledger;

CREATE TABLE group_invitations (
  id uuid DEFAULT app_uuid() NOT NULL,
  group_id uuid NOT NULL,
  invited_by uuid NOT NULL,
  invited_user_id uuid,
  invited_phone text,
  invited_email text,
  status text DEFAULT 'pending' NOT NULL,
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  rejected_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  updated_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT group_invitations_pkey PRIMARY KEY (id),
  CONSTRAINT group_invitations_group_id_fkey FOREIGN KEY (group_id) REFERENCES ajo_groups (id) ON DELETE RESTRICT,
  CONSTRAINT group_invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT group_invitations_invited_user_id_fkey FOREIGN KEY (invited_user_id) REFERENCES "user" (id) ON DELETE RESTRICT,
  CONSTRAINT group_invitations_invitee_present_check CHECK (num_nonnulls(invited_user_id, invited_phone, invited_email) >= 1),
  CONSTRAINT group_invitations_not_oneself_check CHECK (invited_user_id <> invited_by),
  CONSTRAINT group_invitations_invited_phone_e164_check CHECK (invited_phone ~ '^\+[1-9][0-9]{1,14}$'),
  -- Lower case, so that one address is one invitee.
  CONSTRAINT group_invitations_invited_email_lower_case_check CHECK (invited_email = lower(invited_email)),
  CONSTRAINT group_invitations_invited_email_length_check CHECK (length(invited_email) BETWEEN 3 AND 254),
  CONSTRAINT group_invitations_status_values_check CHECK (status IN ('pending', 'accepted', 'rejected', 'expired', 'revoked')),
  CONSTRAINT group_invitations_expires_after_creation_check CHECK (expires_at > created_at),
  CONSTRAINT group_invitations_accepted_at_of_status_check CHECK ((status = 'accepted') = (accepted_at IS NOT NULL)),
  -- Whoever accepts is known, also when the invitation went to a phone or an address.
  CONSTRAINT group_invitations_accepted_by_user_check CHECK (status <> 'accepted' OR invited_user_id IS NOT NULL),
  CONSTRAINT group_invitations_rejected_at_of_status_check CHECK ((status = 'rejected') = (rejected_at IS NOT NULL))
);

-- One open invitation for each way to name the invitee: asking again finds the first one.
CREATE UNIQUE INDEX group_invitations_group_id_invited_user_id_pending_key ON group_invitations (group_id, invited_user_id)
  WHERE status = 'pending';
CREATE UNIQUE INDEX group_invitations_group_id_invited_phone_pending_key ON group_invitations (group_id, invited_phone)
  WHERE status = 'pending';
CREATE UNIQUE INDEX group_invitations_group_id_invited_email_pending_key ON group_invitations (group_id, invited_email)
  WHERE status = 'pending';
-- All invitations of a group, newest first.
CREATE INDEX group_invitations_group_id_created_at_idx ON group_invitations (group_id, created_at);
-- "My invitations", also those that went to my phone or my address.
CREATE INDEX group_invitations_invited_user_id_status_idx ON group_invitations (invited_user_id, status);
CREATE INDEX group_invitations_invited_phone_pending_idx ON group_invitations (invited_phone) WHERE status = 'pending';
CREATE INDEX group_invitations_invited_email_pending_idx ON group_invitations (invited_email) WHERE status = 'pending';
-- The foreign key; how many invitations one user sent.
CREATE INDEX group_invitations_invited_by_idx ON group_invitations (invited_by);
-- The job that expires them.
CREATE INDEX group_invitations_expires_at_pending_idx ON group_invitations (expires_at) WHERE status = 'pending';

COMMENT ON TABLE group_invitations IS 'Invitations to join a savings group, by user, phone or email.';
COMMENT ON COLUMN group_invitations.id IS 'UUID version 7.';
COMMENT ON COLUMN group_invitations.group_id IS 'The group to join.';
COMMENT ON COLUMN group_invitations.invited_by IS 'The organizer who invites.';
COMMENT ON COLUMN group_invitations.invited_user_id IS 'The invitee if known; whoever accepted otherwise.';
COMMENT ON COLUMN group_invitations.invited_phone IS 'The invitee''s phone number, E.164; only its verified owner may accept.';
COMMENT ON COLUMN group_invitations.invited_email IS 'The invitee''s address, lower case; only its verified owner may accept.';
COMMENT ON COLUMN group_invitations.status IS 'pending, accepted, rejected, expired or revoked.';
COMMENT ON COLUMN group_invitations.expires_at IS 'From this moment it cannot be accepted.';
COMMENT ON COLUMN group_invitations.accepted_at IS 'When it was accepted; null otherwise.';
COMMENT ON COLUMN group_invitations.rejected_at IS 'When it was rejected; null otherwise.';
COMMENT ON COLUMN group_invitations.created_at IS 'When it was sent.';
COMMENT ON COLUMN group_invitations.updated_at IS 'When the row last changed.';

CREATE TRIGGER group_invitations_set_updated_at BEFORE UPDATE ON group_invitations FOR EACH ROW
  WHEN (OLD.updated_at IS NOT DISTINCT FROM NEW.updated_at AND OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION set_updated_at();

GRANT SELECT ON group_invitations TO avdaily_app, avdaily_readonly;
GRANT SELECT, INSERT, UPDATE ON group_invitations TO avdaily_ledger;
