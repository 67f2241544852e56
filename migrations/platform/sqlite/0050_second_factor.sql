-- Sessions say how far somebody has come in logging in. Who was logged in logs in again.
DROP TABLE sessions;
CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id),
    stage TEXT NOT NULL CHECK (stage IN ('second_factor', 'enrolment', 'full')),
    remembered INTEGER NOT NULL CHECK (remembered IN (0, 1)),
    device TEXT NOT NULL CHECK (length(device) <= 100),
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    elevated_until INTEGER,
    -- What the token was until a moment ago: requests that were on their way come with it.
    previous_hash BLOB UNIQUE CHECK (length(previous_hash) = 32),
    previous_until INTEGER
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Since when somebody has a second factor; and whether they have to have one whatever their organisations say.
ALTER TABLE users ADD COLUMN second_factor_at INTEGER;
ALTER TABLE users ADD COLUMN must_enrol INTEGER NOT NULL DEFAULT 0 CHECK (must_enrol IN (0, 1));
-- They run the platform itself.
ALTER TABLE users ADD COLUMN platform_admin INTEGER NOT NULL DEFAULT 0 CHECK (platform_admin IN (0, 1));

-- An authenticator app. Until it is confirmed by a first code it opens nothing. A step that was used isn't taken again.
CREATE TABLE authenticators (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    secret BLOB NOT NULL,
    last_step INTEGER NOT NULL,
    confirmed_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL REFERENCES users (id),
    code_hash BLOB NOT NULL CHECK (length(code_hash) = 32),
    used_at INTEGER,
    PRIMARY KEY (user_id, code_hash)
) STRICT;

-- Tries that failed, by whom or what they were for; the subject is a keyed hash.
CREATE TABLE throttles (
    kind TEXT NOT NULL CHECK (kind IN ('account', 'device', 'address')),
    subject BLOB NOT NULL CHECK (length(subject) = 32),
    failures INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;
CREATE INDEX throttles_by_age ON throttles (failed_at);

-- Browsers that somebody has logged in with: others can't lock the person out of these.
CREATE TABLE known_devices (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id BLOB NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX known_devices_by_user ON known_devices (user_id);
CREATE INDEX known_devices_by_expiry ON known_devices (expires_at);
