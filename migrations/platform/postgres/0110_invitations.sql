-- The modules that somebody works with, with spaces between; '*': all that the organisation has.
ALTER TABLE memberships ADD COLUMN modules TEXT NOT NULL DEFAULT '*';

-- Who was invited to belong and hasn't answered yet. The address is ciphertext, and its index the same as an account's.
CREATE TABLE invitations (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    email BYTEA NOT NULL,
    email_index BYTEA NOT NULL CHECK (length(email_index) = 32),
    role TEXT NOT NULL CHECK (role IN ('admin', 'manager', 'member')),
    grants TEXT NOT NULL,
    modules TEXT NOT NULL,
    token_hash BYTEA NOT NULL CHECK (length(token_hash) = 32),
    invited_by UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, email_index)
);
CREATE INDEX invitations_by_token ON invitations (token_hash);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);
ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
CREATE POLICY invitations_of_org ON invitations USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
