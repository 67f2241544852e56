-- Links of invitations that another link was mailed after: who opens one from before reads that. They go with their invitation.
CREATE TABLE replaced_invitations (
    org_id UUID NOT NULL,
    token_hash BYTEA NOT NULL CHECK (length(token_hash) = 32),
    invitation_id UUID NOT NULL,
    replaced_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, token_hash),
    FOREIGN KEY (org_id, invitation_id) REFERENCES invitations (org_id, id) ON DELETE CASCADE
);
CREATE INDEX replaced_invitations_by_token ON replaced_invitations (token_hash);
CREATE INDEX replaced_invitations_by_invitation ON replaced_invitations (org_id, invitation_id);
ALTER TABLE replaced_invitations ENABLE ROW LEVEL SECURITY;
CREATE POLICY replaced_invitations_of_org ON replaced_invitations USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- The same of businesses that are invited.
CREATE TABLE replaced_signup_links (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    signup_id UUID NOT NULL REFERENCES signups (id) ON DELETE CASCADE
);
CREATE INDEX replaced_signup_links_by_signup ON replaced_signup_links (signup_id);
