-- The account at Stripe that is an organisation's own, to which its clients pay: ids and where it stands, nothing more. stopped_at: its
-- owner takes no payments for now. gone_at: it was disconnected at Stripe, and can't be asked any more.
CREATE TABLE stripe_own_accounts (
    org_id UUID NOT NULL REFERENCES organisations (id),
    account TEXT NOT NULL UNIQUE CHECK (length(account) BETWEEN 1 AND 255),
    charges_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    details_submitted BOOLEAN NOT NULL DEFAULT FALSE,
    made_at TIMESTAMPTZ NOT NULL,
    stopped_at TIMESTAMPTZ,
    gone_at TIMESTAMPTZ,
    asked BIGINT NOT NULL DEFAULT 0,
    applied BIGINT NOT NULL DEFAULT 0,
    read_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, account)
);
-- One at a time.
CREATE UNIQUE INDEX stripe_own_accounts_now ON stripe_own_accounts (org_id) WHERE gone_at IS NULL;

-- What is told of an organisation's own account: which, and the page to pay on or the payment that it is about.
ALTER TABLE stripe_events ADD COLUMN account TEXT;
ALTER TABLE stripe_events ADD COLUMN session TEXT;
ALTER TABLE stripe_events ADD COLUMN intent TEXT;

ALTER TABLE stripe_own_accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY stripe_own_accounts_of_org ON stripe_own_accounts USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
