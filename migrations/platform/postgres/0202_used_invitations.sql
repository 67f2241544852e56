-- Invitations that were taken up, by their link: who opens it again reads that, and whom to ask. Who it was for isn't in it.
CREATE TABLE used_invitations (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    token_hash BYTEA NOT NULL CHECK (length(token_hash) = 32),
    invited_by UUID NOT NULL REFERENCES users (id),
    used_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX used_invitations_by_token ON used_invitations (token_hash);
CREATE INDEX used_invitations_by_use ON used_invitations (used_at);
ALTER TABLE used_invitations ENABLE ROW LEVEL SECURITY;
CREATE POLICY used_invitations_of_org ON used_invitations USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
