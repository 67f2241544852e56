-- What Stripe knows an organisation as, and what it said last.
CREATE TABLE stripe_accounts (
    org_id UUID NOT NULL REFERENCES organisations (id),
    customer TEXT NOT NULL UNIQUE,
    subscription TEXT,
    status TEXT,
    paid_until TIMESTAMPTZ,
    cancels_at TIMESTAMPTZ,
    asked BIGINT NOT NULL DEFAULT 0,
    applied BIGINT NOT NULL DEFAULT 0,
    read_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, customer),
    UNIQUE (org_id)
);

-- Its invoices to them.
CREATE TABLE stripe_invoices (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    status TEXT NOT NULL,
    total BIGINT NOT NULL,
    gst BIGINT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    paid_at TIMESTAMPTZ,
    page TEXT,
    PRIMARY KEY (org_id, id)
);

-- What was given back to them, or their bank disputes.
CREATE TABLE stripe_returns (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id TEXT NOT NULL,
    amount BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    disputed BOOLEAN NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- What Stripe told us, each once, without what it said: what holds is asked for. Due until it was done.
CREATE TABLE stripe_events (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    customer TEXT,
    charge TEXT,
    made_at TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ,
    attempts BIGINT NOT NULL DEFAULT 0,
    done_at TIMESTAMPTZ,
    outcome TEXT,
    last_error TEXT
);
CREATE INDEX stripe_events_due ON stripe_events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX stripe_events_undone ON stripe_events (received_at) WHERE done_at IS NULL;
CREATE INDEX stripe_events_by_age ON stripe_events (received_at);

-- Each time that everything was compared with Stripe.
CREATE TABLE stripe_reconciliations (
    at TIMESTAMPTZ NOT NULL PRIMARY KEY,
    checked BIGINT NOT NULL,
    mended BIGINT NOT NULL,
    failed BIGINT NOT NULL
);

-- Businesses that are on their way to an organisation: by themselves, or invited by whoever runs the platform. The address is
-- ciphertext, and its index the same as an account's.
CREATE TABLE signups (
    id UUID NOT NULL PRIMARY KEY,
    email BYTEA NOT NULL,
    email_index BYTEA NOT NULL CHECK (length(email_index) = 32),
    token_hash BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    plan TEXT NOT NULL,
    plan_version BIGINT NOT NULL,
    period TEXT NOT NULL CHECK (period IN ('month', 'year')),
    seats BIGINT,
    price BIGINT,
    modules TEXT,
    free_days BIGINT,
    invited_by UUID REFERENCES users (id),
    business TEXT,
    slug TEXT,
    zone TEXT,
    phone TEXT,
    user_id UUID REFERENCES users (id),
    customer TEXT UNIQUE,
    made_org UUID,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ
);
CREATE INDEX signups_by_expiry ON signups (expires_at);
CREATE INDEX signups_by_user ON signups (user_id);
CREATE INDEX signups_by_invitation ON signups (created_at) WHERE invited_by IS NOT NULL;

-- What an organisation was last told of where its plan stands.
ALTER TABLE organisations ADD COLUMN billing_told TEXT NOT NULL DEFAULT 'full';
ALTER TABLE stripe_accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY stripe_accounts_of_org ON stripe_accounts USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE stripe_invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY stripe_invoices_of_org ON stripe_invoices USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE stripe_returns ENABLE ROW LEVEL SECURITY;
CREATE POLICY stripe_returns_of_org ON stripe_returns USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
