-- What Stripe knows an organisation as, and what it said last.
CREATE TABLE stripe_accounts (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    customer TEXT NOT NULL UNIQUE,
    subscription TEXT,
    status TEXT,
    paid_until INTEGER,
    cancels_at INTEGER,
    asked INTEGER NOT NULL DEFAULT 0,
    applied INTEGER NOT NULL DEFAULT 0,
    read_at INTEGER,
    PRIMARY KEY (org_id, customer),
    UNIQUE (org_id)
) STRICT;

-- Its invoices to them.
CREATE TABLE stripe_invoices (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    status TEXT NOT NULL,
    total INTEGER NOT NULL,
    gst INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    paid_at INTEGER,
    page TEXT,
    PRIMARY KEY (org_id, id)
) STRICT;

-- What was given back to them, or their bank disputes.
CREATE TABLE stripe_returns (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    disputed INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;

-- What Stripe told us, each once, without what it said: what holds is asked for. Due until it was done.
CREATE TABLE stripe_events (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    customer TEXT,
    charge TEXT,
    made_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    due_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    done_at INTEGER,
    outcome TEXT,
    last_error TEXT
) STRICT;
CREATE INDEX stripe_events_due ON stripe_events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX stripe_events_undone ON stripe_events (received_at) WHERE done_at IS NULL;
CREATE INDEX stripe_events_by_age ON stripe_events (received_at);

-- Each time that everything was compared with Stripe.
CREATE TABLE stripe_reconciliations (
    at INTEGER NOT NULL PRIMARY KEY,
    checked INTEGER NOT NULL,
    mended INTEGER NOT NULL,
    failed INTEGER NOT NULL
) STRICT;

-- Businesses that are on their way to an organisation: by themselves, or invited by whoever runs the platform. The address is
-- ciphertext, and its index the same as an account's.
CREATE TABLE signups (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email BLOB NOT NULL,
    email_index BLOB NOT NULL CHECK (length(email_index) = 32),
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    plan TEXT NOT NULL,
    plan_version INTEGER NOT NULL,
    period TEXT NOT NULL CHECK (period IN ('month', 'year')),
    seats INTEGER,
    price INTEGER,
    modules TEXT,
    free_days INTEGER,
    invited_by BLOB REFERENCES users (id),
    business TEXT,
    slug TEXT,
    zone TEXT,
    phone TEXT,
    user_id BLOB REFERENCES users (id),
    customer TEXT UNIQUE,
    made_org BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    withdrawn_at INTEGER
) STRICT;
CREATE INDEX signups_by_expiry ON signups (expires_at);
CREATE INDEX signups_by_user ON signups (user_id);
CREATE INDEX signups_by_invitation ON signups (created_at) WHERE invited_by IS NOT NULL;

-- What an organisation was last told of where its plan stands.
ALTER TABLE organisations ADD COLUMN billing_told TEXT NOT NULL DEFAULT 'full';
