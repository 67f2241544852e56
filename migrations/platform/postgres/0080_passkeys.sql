-- A passkey: the public half, as the library keeps it.
CREATE TABLE passkeys (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    credential_id BYTEA NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    name TEXT NOT NULL CHECK (length(name) <= 60),
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- What a browser was asked to sign with a passkey, until it answers: once, and for five minutes.
CREATE TABLE passkey_ceremonies (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    purpose TEXT NOT NULL CHECK (purpose IN ('add', 'log_in', 'code', 'again')),
    user_id UUID REFERENCES users (id),
    session_id UUID,
    state TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CHECK ((purpose = 'log_in') = (user_id IS NULL)),
    CHECK ((user_id IS NULL) = (session_id IS NULL))
);
CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expires_at);
