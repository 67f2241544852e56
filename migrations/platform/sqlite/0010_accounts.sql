-- Accounts, organisations and what every module stands on. Names, emails and phones are ciphertext (see crypto.rs).

CREATE TABLE organisations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 2 AND 63),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    zone TEXT NOT NULL,
    sequence INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

-- The platform's own key has the nil owner.
CREATE TABLE data_keys (
    owner_id BLOB NOT NULL CHECK (length(owner_id) = 16),
    generation INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner_id, generation)
) STRICT;

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email BLOB NOT NULL,
    email_index BLOB NOT NULL UNIQUE,
    name BLOB NOT NULL,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE memberships (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, user_id)
) STRICT;
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE org_modules (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    module TEXT NOT NULL,
    enabled_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, module)
) STRICT;

CREATE TABLE api_tokens (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
    scopes TEXT NOT NULL,
    created_by BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, token_hash)
) STRICT;

-- What happened, in order, without gaps: the live stream and domain events read it.
CREATE TABLE events (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, sequence)
) STRICT;

CREATE TABLE idempotency_keys (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    scope TEXT NOT NULL,
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint BLOB NOT NULL,
    outcome BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, scope, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Which modules this server found when it started, for the operator.
CREATE TABLE boots (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    version TEXT NOT NULL,
    modules TEXT NOT NULL,
    started_at INTEGER NOT NULL
) STRICT;
