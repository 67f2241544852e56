-- The account at Stripe that is an organisation's own, to which its clients pay: ids and where it stands, nothing more. stopped_at: its
-- owner takes no payments for now. gone_at: it was disconnected at Stripe, and can't be asked any more.
CREATE TABLE stripe_own_accounts (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    account TEXT NOT NULL UNIQUE CHECK (length(account) BETWEEN 1 AND 255),
    charges_enabled INTEGER NOT NULL DEFAULT 0 CHECK (charges_enabled IN (0, 1)),
    details_submitted INTEGER NOT NULL DEFAULT 0 CHECK (details_submitted IN (0, 1)),
    made_at INTEGER NOT NULL,
    stopped_at INTEGER,
    gone_at INTEGER,
    asked INTEGER NOT NULL DEFAULT 0,
    applied INTEGER NOT NULL DEFAULT 0,
    read_at INTEGER,
    PRIMARY KEY (org_id, account)
) STRICT;
-- One at a time.
CREATE UNIQUE INDEX stripe_own_accounts_now ON stripe_own_accounts (org_id) WHERE gone_at IS NULL;

-- What is told of an organisation's own account: which, and the page to pay on or the payment that it is about.
ALTER TABLE stripe_events ADD COLUMN account TEXT;
ALTER TABLE stripe_events ADD COLUMN session TEXT;
ALTER TABLE stripe_events ADD COLUMN intent TEXT;
