-- Organisations that may invite businesses, and to what: these plans, at least so much of the list price (nothing: the list price
-- alone), so many days free at most, so many invitations open at a time.
CREATE TABLE partners (
    org_id UUID NOT NULL REFERENCES organisations (id),
    plans TEXT NOT NULL CHECK (length(plans) > 0),
    most_free_days BIGINT NOT NULL CHECK (most_free_days BETWEEN 1 AND 730),
    least_percent BIGINT CHECK (least_percent BETWEEN 1 AND 100),
    most_open BIGINT NOT NULL CHECK (most_open BETWEEN 1 AND 1000),
    since TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id)
);
ALTER TABLE partners ENABLE ROW LEVEL SECURITY;
CREATE POLICY partners_of_org ON partners USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- The partner that invited a business, and what it called it: what the business says of itself afterwards is no partner's to read.
ALTER TABLE signups ADD COLUMN partner_org UUID;
ALTER TABLE signups ADD COLUMN invited_as TEXT;
CREATE INDEX signups_by_partner ON signups (partner_org, created_at) WHERE partner_org IS NOT NULL;

-- The partner that an organisation came by.
ALTER TABLE organisations ADD COLUMN invited_by_org UUID;
