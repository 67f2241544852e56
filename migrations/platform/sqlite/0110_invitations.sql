-- The modules that somebody works with, with spaces between; '*': all that the organisation has.
ALTER TABLE memberships ADD COLUMN modules TEXT NOT NULL DEFAULT '*';

-- Who was invited to belong and hasn't answered yet. The address is ciphertext, and its index the same as an account's.
CREATE TABLE invitations (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL,
    email BLOB NOT NULL,
    email_index BLOB NOT NULL CHECK (length(email_index) = 32),
    role TEXT NOT NULL CHECK (role IN ('admin', 'manager', 'member')),
    grants TEXT NOT NULL,
    modules TEXT NOT NULL,
    token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
    invited_by BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, email_index)
) STRICT;
CREATE INDEX invitations_by_token ON invitations (token_hash);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);
