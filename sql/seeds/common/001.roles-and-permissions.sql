-- common/001.roles-and-permissions: the four roles, the permissions, and which role has which
-- Why: the application asks for them by name (has_permission(user, 'wallet:fund')), in every environment.
-- Again: adds what is missing. Grants are seeded once, with their role: what an administrator took away stays away.

INSERT INTO permissions (name, display_name, resource, action, is_system)
SELECT resource || ':' || action, display_name, resource, action, true
FROM (
  VALUES
    ('user', 'read', 'See profiles'),
    ('user', 'write', 'Change profiles'),
    ('user', 'delete', 'Deactivate and anonymise people'),
    ('savings', 'read', 'See savings plans'),
    ('savings', 'write', 'Open plans and save into them'),
    ('savings', 'delete', 'Cancel plans'),
    ('wallet', 'read', 'See wallets'),
    ('wallet', 'write', 'Transfer between wallets'),
    ('wallet', 'fund', 'Fund wallets'),
    ('wallet', 'withdraw', 'Withdraw from wallets'),
    ('group', 'read', 'See groups'),
    ('group', 'write', 'Join groups and contribute'),
    ('group', 'delete', 'Cancel groups'),
    ('group', 'manage', 'Create and run groups'),
    ('admin', 'users', 'Suspend, reinstate and give roles'),
    ('admin', 'system', 'Change settings, roles and limits'),
    ('admin', 'reports', 'See reports over everybody'),
    ('kyc', 'submit', 'Send in identity documents'),
    ('kyc', 'review', 'See identity documents that wait'),
    ('kyc', 'approve', 'Approve identity documents'),
    ('kyc', 'reject', 'Reject identity documents'),
    ('analytics', 'read', 'See figures'),
    ('analytics', 'export', 'Export figures'),
    ('transactions', 'read', 'See transactions'),
    ('transactions', 'reverse', 'Reverse transactions'),
    ('notifications', 'read', 'See notifications'),
    ('notifications', 'write', 'Send and schedule notifications')
) AS wanted (resource, action, display_name)
ON CONFLICT (name) DO NOTHING;

-- One statement, so that only roles that are new get their grants.
WITH new_roles AS (
  INSERT INTO roles (name, display_name, description, is_system) VALUES
    ('admin', 'Administrator', 'Runs the house: everything.', true),
    ('moderator', 'Moderator', 'Looks after people, groups and identity checks; moves no money.', true),
    ('premium_user', 'Premium saver', 'A saver who also runs groups and sees more of their own figures.', true),
    ('user', 'Saver', 'Everybody who registers.', true)
  ON CONFLICT (name) DO NOTHING
  RETURNING id, name
)
INSERT INTO role_permissions (role_id, permission_id)
SELECT new_roles.id, permissions.id
FROM new_roles
JOIN permissions ON
  new_roles.name = 'admin'
  OR new_roles.name IN ('user', 'premium_user') AND permissions.name IN (
    'user:read', 'savings:read', 'savings:write', 'wallet:read', 'wallet:write', 'wallet:fund', 'wallet:withdraw',
    'group:read', 'group:write', 'kyc:submit', 'transactions:read', 'notifications:read'
  )
  OR new_roles.name = 'premium_user' AND permissions.name IN ('group:manage', 'analytics:read', 'analytics:export')
  OR new_roles.name = 'moderator' AND permissions.name IN (
    'user:read', 'savings:read', 'wallet:read', 'group:read', 'group:manage', 'admin:reports', 'kyc:review', 'kyc:approve',
    'kyc:reject', 'analytics:read', 'transactions:read', 'notifications:read', 'notifications:write'
  )
ON CONFLICT (role_id, permission_id) DO NOTHING;
