-- A passkey: the public half, as the library keeps it.
CREATE TABLE passkeys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id),
    credential_id BLOB NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    name TEXT NOT NULL CHECK (length(name) <= 60),
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- What a browser was asked to sign with a passkey, until it answers: once, and for five minutes.
CREATE TABLE passkey_ceremonies (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    purpose TEXT NOT NULL CHECK (purpose IN ('add', 'log_in', 'code', 'again')),
    user_id BLOB REFERENCES users (id),
    session_id BLOB,
    state TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    CHECK ((purpose = 'log_in') = (user_id IS NULL)),
    CHECK ((user_id IS NULL) = (session_id IS NULL))
) STRICT;
CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expires_at);
