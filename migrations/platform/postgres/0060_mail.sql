-- Mail leaves from here, written together with what it tells of. What it says, and to whom, is ciphertext, and gone once it
-- was sent or given up.
CREATE TABLE mails (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    content BYTEA,
    attempts BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    given_up_at TIMESTAMPTZ,
    provider_id TEXT,
    last_error TEXT
);
CREATE INDEX mails_due ON mails (due_at) WHERE content IS NOT NULL;
CREATE INDEX mails_by_age ON mails (created_at);

-- Whoever asked for a new password, known here or not; a job finds out, so that the answer takes the same time for both.
CREATE TABLE reset_requests (
    id UUID NOT NULL PRIMARY KEY,
    email BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX reset_requests_by_age ON reset_requests (created_at);

-- Links that were mailed to somebody. Each is good once, for one thing, for a while.
CREATE TABLE mailed_links (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id UUID NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('reset', 'confirm', 'old_email', 'new_email')),
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX mailed_links_by_user ON mailed_links (user_id);
CREATE INDEX mailed_links_by_expiry ON mailed_links (expires_at);

-- Another email for somebody: it holds once both addresses have confirmed it.
CREATE TABLE email_changes (
    user_id UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    email BYTEA NOT NULL,
    old_confirmed_at TIMESTAMPTZ,
    new_confirmed_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX email_changes_by_expiry ON email_changes (expires_at);

-- Since when we know that somebody reads mail at their address.
ALTER TABLE users ADD COLUMN email_confirmed_at TIMESTAMPTZ;
