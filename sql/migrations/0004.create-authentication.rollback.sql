-- 0004.create-authentication: accounts, sessions, one-time tokens and devices cannot be kept
DROP TABLE biometric_auth;
DROP TABLE verification;
DROP TABLE session;
DROP TABLE account;
