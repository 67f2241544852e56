-- Mail leaves from here, written together with what it tells of. What it says, and to whom, is ciphertext, and gone once it
-- was sent or given up.
CREATE TABLE mails (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    content BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    sent_at INTEGER,
    given_up_at INTEGER,
    provider_id TEXT,
    last_error TEXT
) STRICT;
CREATE INDEX mails_due ON mails (due_at) WHERE content IS NOT NULL;
CREATE INDEX mails_by_age ON mails (created_at);

-- Whoever asked for a new password, known here or not; a job finds out, so that the answer takes the same time for both.
CREATE TABLE reset_requests (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX reset_requests_by_age ON reset_requests (created_at);

-- Links that were mailed to somebody. Each is good once, for one thing, for a while.
CREATE TABLE mailed_links (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id BLOB NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('reset', 'confirm', 'old_email', 'new_email')),
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mailed_links_by_user ON mailed_links (user_id);
CREATE INDEX mailed_links_by_expiry ON mailed_links (expires_at);

-- Another email for somebody: it holds once both addresses have confirmed it.
CREATE TABLE email_changes (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    email BLOB NOT NULL,
    old_confirmed_at INTEGER,
    new_confirmed_at INTEGER,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX email_changes_by_expiry ON email_changes (expires_at);

-- Since when we know that somebody reads mail at their address.
ALTER TABLE users ADD COLUMN email_confirmed_at INTEGER;
