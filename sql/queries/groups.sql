-- Rotating savings groups (ajo, esusu): members, invitations, rounds and payouts.
-- Signs: ^ one row or none, $ one value, none: a list, ! rows affected, <! one returned row. Format: docs/queries.md.

-- name: create_ajo_group(user_id, group_name, member_count, contribution_amount, contribution_frequency, rotation_order, default_policy, deposit_amount, description, is_private, invite_code)^
-- Opens a group for members; whoever makes it (tier 2) organizes it and is its first member.
-- columns id, group_name, member_count, current_member_count, contribution_amount: not null
-- columns status, is_private, created_at: not null
SELECT g.id, g.group_name, g.member_count, g.current_member_count, g.contribution_amount, g.status, g.is_private,
  g.invite_code, g.created_at
FROM create_ajo_group(
  p_user_id => :user_id, p_group_name => :group_name, p_member_count => :member_count,
  p_contribution_amount => :contribution_amount, p_contribution_frequency => :contribution_frequency,
  p_rotation_order => coalesce(:rotation_order, 'sequential'), p_default_policy => coalesce(:default_policy, 'pause'),
  p_deposit_amount => :deposit_amount, p_description => :description, p_is_private => coalesce(:is_private, false),
  p_invite_code => :invite_code
) AS g;

-- name: get_group(user_id, group_id)^
-- A group that the user is in, or anybody may join.
SELECT g.id, g.organizer_id, g.group_name, g.description, g.member_count, g.current_member_count, g.contribution_amount,
  g.contribution_frequency, g.rotation_order, g.default_policy, g.deposit_amount, g.current_round, g.status,
  g.service_fee_rate, g.total_collected, g.total_disbursed, g.currency, g.start_date, g.next_payout_date, g.end_date,
  g.is_private, g.created_at, g.updated_at
FROM ajo_groups AS g
WHERE g.id = :group_id AND (
    sees_group(p_user_id => :user_id, p_group_id => g.id) OR g.status = 'recruiting' AND NOT g.is_private
  );

-- name: get_group_by_invite_code(invite_code)^
-- What a person sees who was given a code.
SELECT g.id, g.group_name, g.description, g.member_count, g.current_member_count, g.contribution_amount,
  g.contribution_frequency, g.deposit_amount, g.status, g.currency
FROM ajo_groups AS g
WHERE g.invite_code = :invite_code;

-- name: list_user_groups(user_id, after_group_id, page_size)
-- The groups that the user is or was in.
SELECT g.id, g.group_name, g.status, g.contribution_amount, g.contribution_frequency, g.current_round, g.member_count,
  g.next_payout_date, m.id AS member_id, m.role, m.status AS member_status, m.position, m.has_received_payout,
  m.joined_at
FROM group_members AS m
JOIN ajo_groups AS g ON g.id = m.group_id
WHERE m.user_id = :user_id AND m.group_id > coalesce(:after_group_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY m.group_id
LIMIT least(:page_size::int, 100);

-- name: list_open_groups(after_at, after_id, page_size)
-- Groups that anybody may join and that have a place, the oldest first.
SELECT g.id, g.group_name, g.description, g.member_count, g.current_member_count, g.contribution_amount,
  g.contribution_frequency, g.deposit_amount, g.currency, g.created_at
FROM ajo_groups AS g
WHERE g.status = 'recruiting' AND NOT g.is_private AND g.current_member_count < g.member_count
  AND (g.created_at, g.id) > (
    coalesce(:after_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
  )
ORDER BY g.created_at, g.id
LIMIT least(:page_size::int, 100);

-- name: list_group_members(user_id, group_id, after_id, page_size)
-- The members of a group that the user is in, those of the past too; a rotation's order is position.
SELECT m.id, m.user_id, u.name, m.role, m.position, m.status, m.has_received_payout, m.total_contributed,
  m.missed_contributions, m.joined_at
FROM group_members AS m
JOIN "user" AS u ON u.id = m.user_id
WHERE m.group_id = :group_id AND sees_group(p_user_id => :user_id, p_group_id => :group_id)
  AND m.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY m.id
LIMIT least(:page_size::int, 100);

-- name: update_group(user_id, group_id, group_name, description, member_count, is_private)^
-- Changes a group that is still recruiting; None leaves a setting as it is.
-- columns id, group_name, member_count, status, is_private: not null
SELECT g.id, g.group_name, g.description, g.member_count, g.status, g.is_private
FROM update_ajo_group(
  p_user_id => :user_id, p_group_id => :group_id, p_group_name => :group_name, p_description => :description,
  p_member_count => :member_count, p_is_private => :is_private
) AS g;

-- name: cancel_group(user_id, group_id, reason)^
-- Ends a group; what is in the pool and the deposits go back.
-- columns id, status: not null
SELECT g.id, g.status, g.cancellation_reason
FROM cancel_ajo_group(p_user_id => :user_id, p_group_id => :group_id, p_reason => :reason) AS g;

-- name: invite_member(user_id, group_id, invited_user_id, invited_phone, invited_email)^
-- Invites somebody by id, telephone number or e-mail address.
-- columns id, group_id, status, expires_at: not null
SELECT i.id, i.group_id, i.invited_user_id, i.invited_phone, i.invited_email, i.status, i.expires_at
FROM invite_to_group(
  p_user_id => :user_id, p_group_id => :group_id, p_invited_user_id => :invited_user_id,
  p_invited_phone => :invited_phone, p_invited_email => :invited_email
) AS i;

-- name: accept_invitation(user_id, invitation_id)^
-- Joins the group of an invitation.
-- columns id, group_id, status, joined_at: not null
SELECT m.id, m.group_id, m.status, m.joined_at
FROM accept_group_invitation(p_user_id => :user_id, p_invitation_id => :invitation_id) AS m;

-- name: reject_invitation(user_id, invitation_id)^
-- Says no to an invitation.
-- columns id, group_id, status: not null
SELECT i.id, i.group_id, i.status, i.rejected_at
FROM reject_group_invitation(p_user_id => :user_id, p_invitation_id => :invitation_id) AS i;

-- name: revoke_invitation(user_id, invitation_id)^
-- The organizer takes an invitation back.
-- columns id, group_id, status: not null
SELECT i.id, i.group_id, i.status
FROM revoke_group_invitation(p_user_id => :user_id, p_invitation_id => :invitation_id) AS i;

-- name: list_user_invitations(user_id, after_id, page_size)
-- Invitations that wait for the user's answer: to the user, or to the telephone number or address that is proved to be
-- the user's.
SELECT i.id, i.group_id, g.group_name, g.contribution_amount, g.contribution_frequency, i.expires_at, i.created_at
FROM "user" AS u
CROSS JOIN LATERAL (
  SELECT d.id, d.group_id, d.expires_at, d.created_at FROM group_invitations AS d
  WHERE d.invited_user_id = u.id AND d.status = 'pending'
  UNION
  SELECT p.id, p.group_id, p.expires_at, p.created_at FROM group_invitations AS p
  WHERE p.invited_phone = u.phone_number AND u.phone_verified AND p.status = 'pending'
  UNION
  SELECT e.id, e.group_id, e.expires_at, e.created_at FROM group_invitations AS e
  WHERE e.invited_email = u.email AND u.email_verified AND e.status = 'pending'
) AS i
JOIN ajo_groups AS g ON g.id = i.group_id
WHERE u.id = :user_id AND i.expires_at > now()
  AND i.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY i.id
LIMIT least(:page_size::int, 100);

-- name: list_group_invitations(user_id, group_id, before_at, before_id, page_size)
-- The invitations to a group that the user organizes, newest first.
SELECT i.id, i.invited_user_id, i.invited_phone, i.invited_email, i.status, i.expires_at, i.accepted_at, i.rejected_at,
  i.created_at
FROM ajo_groups AS g
JOIN group_invitations AS i ON i.group_id = g.id
WHERE g.id = :group_id AND g.organizer_id = :user_id
  AND (i.created_at, i.id) < (
    coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY i.created_at DESC, i.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_group_rounds(user_id, group_id, after_round, page_size)
-- The rounds of a group that the user is in: who is paid when, and how much has come in.
SELECT r.id, r.round, r.recipient_member_id, r.due_date, r.expected, r.collected, r.status, r.opened_at, r.closed_at
FROM ajo_rounds AS r
WHERE r.group_id = :group_id AND sees_group(p_user_id => :user_id, p_group_id => :group_id)
  AND r.round > coalesce(:after_round::int, 0)
ORDER BY r.round
LIMIT least(:page_size::int, 100);

-- name: list_user_contributions(user_id, before_day, before_id, page_size)
-- What the user owes and has paid in all groups, the latest due date first.
SELECT c.id, c.group_id, c.round, c.amount, c.currency, c.status, c.due_date, c.paid_at, c.failure_reason
FROM group_contributions AS c
WHERE c.user_id = :user_id
  AND (c.due_date, c.id) < (
    coalesce(:before_day::date, 'infinity'), coalesce(:before_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY c.due_date DESC, c.id DESC
LIMIT least(:page_size::int, 100);

-- name: list_due_groups(day, after_id, page_size)
-- Running groups whose round is due by a day, for the job that collects and disburses, with who organizes them.
SELECT g.id, g.organizer_id, g.group_name, g.status, g.current_round, g.next_payout_date
FROM ajo_groups AS g
WHERE g.status IN ('active', 'paused') AND g.next_payout_date <= :day
  AND g.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY g.id
LIMIT least(:page_size::int, 1000);

-- name: expire_invitations()$
-- Closes the invitations whose time is over; returns how many.
-- column invitations: not null
SELECT expire_group_invitations() AS invitations;

-- name: join_group(user_id, group_id, invite_code)^
-- Joins a group and pays its deposit; a private one needs its code.
-- columns id, group_id, status, deposit_balance, joined_at: not null
SELECT m.id, m.group_id, m.status, m.deposit_balance, m.joined_at
FROM join_ajo_group(p_user_id => :user_id, p_group_id => :group_id, p_invite_code => :invite_code) AS m;

-- name: leave_group(user_id, group_id, reason)^
-- Leaves a group before it starts, or when nothing is owed any more.
-- columns id, group_id, status: not null
SELECT m.id, m.group_id, m.status, m.removed_at
FROM leave_ajo_group(p_user_id => :user_id, p_group_id => :group_id, p_reason => :reason) AS m;

-- name: remove_member(user_id, group_id, member_id, reason)^
-- The organizer removes a member.
-- columns id, group_id, status: not null
SELECT m.id, m.group_id, m.status, m.removed_at, m.removal_reason
FROM remove_group_member(
  p_user_id => :user_id, p_group_id => :group_id, p_member_id => :member_id, p_reason => :reason
) AS m;

-- name: set_rotation_order(user_id, group_id, member_ids)
-- Says in which order the members are paid: each of them once.
-- columns id, user_id: not null
SELECT m.id, m.user_id, m.position
FROM set_rotation_order(p_user_id => :user_id, p_group_id => :group_id, p_member_ids => :member_ids) AS m
ORDER BY m.position, m.id
LIMIT 500;

-- name: start_group(user_id, group_id, start_date)^
-- Begins the rotation: the order is fixed and the first round is planned.
-- columns id, status, current_round: not null
SELECT g.id, g.status, g.current_round, g.start_date, g.next_payout_date, g.end_date
FROM start_ajo_group(p_user_id => :user_id, p_group_id => :group_id, p_start_date => :start_date) AS g;

-- name: open_round(user_id, group_id)^
-- Opens the next round: every member owes a contribution.
-- columns id, round, due_date, expected, collected, status: not null
SELECT r.id, r.round, r.recipient_member_id, r.due_date, r.expected, r.collected, r.status
FROM open_group_round(p_user_id => :user_id, p_group_id => :group_id) AS r;

-- name: collect_round_contributions(user_id, group_id)
-- Debits the wallets of all members who owe this round's contribution; returns each with what became of it.
-- columns id, member_id, user_id, round, amount, status: not null
SELECT c.id, c.member_id, c.user_id, c.round, c.amount, c.status, c.failure_reason, c.paid_at
FROM collect_group_round(p_user_id => :user_id, p_group_id => :group_id) AS c
ORDER BY c.user_id, c.id
LIMIT 500;

-- name: record_group_contribution(user_id, group_id, round)^
-- A member pays a round's contribution from the wallet.
-- columns id, round, amount, status: not null
SELECT c.id, c.round, c.amount, c.status, c.transaction_id, c.paid_at
FROM record_group_contribution(p_user_id => :user_id, p_group_id => :group_id, p_round => :round) AS c;

-- name: mark_defaults(user_id, group_id)
-- Notes who has not paid by the due date, and does what the group's rule says.
-- columns id, member_id, user_id, round, amount, status: not null
SELECT c.id, c.member_id, c.user_id, c.round, c.amount, c.status, c.late_at
FROM mark_group_defaults(p_user_id => :user_id, p_group_id => :group_id) AS c
ORDER BY c.user_id, c.id
LIMIT 500;

-- name: cover_default(user_id, group_id, member_id, source)^
-- Pays a missing contribution from the member's deposit or the organizer's wallet; the member owes it.
-- columns id, member_id, round, amount, status: not null
SELECT c.id, c.member_id, c.round, c.amount, c.status, c.cover_source
FROM cover_group_default(
  p_user_id => :user_id, p_group_id => :group_id, p_member_id => :member_id, p_source => :source
) AS c;

-- name: disburse_round_payout(user_id, group_id, round)^
-- Pays the pot of a round, less the fee, to the member whose turn it is; once.
-- columns id, member_id, user_id, round, amount, service_fee, net_amount, status: not null
SELECT p.id, p.member_id, p.user_id, p.round, p.amount, p.service_fee, p.net_amount, p.status, p.disbursed_at
FROM disburse_group_round(p_user_id => :user_id, p_group_id => :group_id, p_round => :round) AS p;

-- name: complete_group(user_id, group_id)^
-- Ends a rotation in which everybody was paid; deposits go back.
-- columns id, status, total_collected, total_disbursed: not null
SELECT g.id, g.status, g.total_collected, g.total_disbursed, g.end_date
FROM complete_ajo_group(p_user_id => :user_id, p_group_id => :group_id) AS g;

-- name: get_group_statement(user_id, group_id, from_at, until_at, after_entry_id, page_size)
-- What went into and out of a group's pool, from_at <= time < until_at, with the balance after each.
-- columns entry_id, created_at, amount, pool_balance: not null
SELECT s.entry_id, s.created_at, s.user_id, s.transaction_id, s.type, s.description, s.amount, s.pool_balance
FROM get_group_statement(
  p_user_id => :user_id, p_group_id => :group_id, p_from => :from_at, p_until => :until_at
) AS s
WHERE s.entry_id > coalesce(:after_entry_id::bigint, 0)
ORDER BY s.entry_id
LIMIT least(:page_size::int, 1000);

-- name: get_group_balance(user_id, group_id)^
-- A group's money: collected, disbursed, fees, pool; what the rows say beside what the ledger says.
SELECT b.total_collected, b.total_disbursed, b.total_fees, b.total_refunded, b.pool_balance, b.ledger_balance,
  b.deposits
FROM get_group_balance(p_user_id => :user_id, p_group_id => :group_id) AS b;
