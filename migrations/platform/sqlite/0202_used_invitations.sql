-- Invitations that were taken up, by their link: who opens it again reads that, and whom to ask. Who it was for isn't in it.
CREATE TABLE used_invitations (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL,
    token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
    invited_by BLOB NOT NULL REFERENCES users (id),
    used_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE INDEX used_invitations_by_token ON used_invitations (token_hash);
CREATE INDEX used_invitations_by_use ON used_invitations (used_at);
