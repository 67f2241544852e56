-- Sessions say how far somebody has come in logging in. Who was logged in logs in again.
DROP TABLE sessions;
CREATE TABLE sessions (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    id UUID NOT NULL UNIQUE,
    user_id UUID NOT NULL REFERENCES users (id),
    stage TEXT NOT NULL CHECK (stage IN ('second_factor', 'enrolment', 'full')),
    remembered BOOLEAN NOT NULL,
    device TEXT NOT NULL CHECK (length(device) <= 100),
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    elevated_until TIMESTAMPTZ,
    -- What the token was until a moment ago: requests that were on their way come with it.
    previous_hash BYTEA UNIQUE CHECK (length(previous_hash) = 32),
    previous_until TIMESTAMPTZ
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Since when somebody has a second factor; and whether they have to have one whatever their organisations say.
ALTER TABLE users ADD COLUMN second_factor_at TIMESTAMPTZ;
ALTER TABLE users ADD COLUMN must_enrol BOOLEAN NOT NULL DEFAULT FALSE;
-- They run the platform itself.
ALTER TABLE users ADD COLUMN platform_admin BOOLEAN NOT NULL DEFAULT FALSE;

-- An authenticator app. Until it is confirmed by a first code it opens nothing. A step that was used isn't taken again.
CREATE TABLE authenticators (
    user_id UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    confirmed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE recovery_codes (
    user_id UUID NOT NULL REFERENCES users (id),
    code_hash BYTEA NOT NULL CHECK (length(code_hash) = 32),
    used_at TIMESTAMPTZ,
    PRIMARY KEY (user_id, code_hash)
);

-- Tries that failed, by whom or what they were for; the subject is a keyed hash.
CREATE TABLE throttles (
    kind TEXT NOT NULL CHECK (kind IN ('account', 'device', 'address')),
    subject BYTEA NOT NULL CHECK (length(subject) = 32),
    failures BIGINT NOT NULL,
    failed_at TIMESTAMPTZ NOT NULL,
    blocked_until TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX throttles_by_age ON throttles (failed_at);

-- Browsers that somebody has logged in with: others can't lock the person out of these.
CREATE TABLE known_devices (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id UUID NOT NULL REFERENCES users (id),
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX known_devices_by_user ON known_devices (user_id);
CREATE INDEX known_devices_by_expiry ON known_devices (expires_at);
