-- What clients pay a business when they book, to its own account at Stripe: which account, page and payment it is there, and cents. No
-- card, and nobody's name. cents: what is asked; paid_cents: what came in. link_until: to which second the private link is good that leads
-- back from Stripe. rules: what is paid back to whom cancels when, as it was agreed. expires_at: nobody can pay on the page from then on.
-- next_at: when Stripe is asked next. asked, applied: an older answer never undoes a newer one.
CREATE TABLE calendar_payments (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    appointment_id BLOB,
    account TEXT NOT NULL,
    about TEXT NOT NULL,
    cents INTEGER NOT NULL CHECK (cents BETWEEN 50 AND 99999999),
    link_until INTEGER NOT NULL,
    rules TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'lapsed')),
    session TEXT,
    intent TEXT,
    paid_cents INTEGER NOT NULL DEFAULT 0 CHECK (paid_cents >= 0),
    paid_at INTEGER,
    disputed INTEGER NOT NULL DEFAULT 0 CHECK (disputed IN (0, 1)),
    expires_at INTEGER NOT NULL,
    next_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    asked INTEGER NOT NULL DEFAULT 0,
    applied INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, appointment_id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    CHECK ((state = 'paid') = (intent IS NOT NULL)),
    CHECK ((state = 'paid') = (paid_at IS NOT NULL))
) STRICT;
CREATE INDEX calendar_payments_due ON calendar_payments (next_at) WHERE next_at IS NOT NULL;
-- A page and a payment are one business's alone.
CREATE UNIQUE INDEX calendar_payments_by_session ON calendar_payments (session) WHERE session IS NOT NULL;
CREATE UNIQUE INDEX calendar_payments_by_intent ON calendar_payments (intent) WHERE intent IS NOT NULL;

-- What is paid back. reason: who it is for; 'stripe': it was made in Stripe's dashboard. refund: what Stripe calls it, once it is known.
CREATE TABLE calendar_refunds (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    payment_id BLOB NOT NULL,
    cents INTEGER NOT NULL CHECK (cents > 0),
    reason TEXT NOT NULL CHECK (reason IN ('client', 'business', 'late', 'stripe')),
    state TEXT NOT NULL CHECK (state IN ('asked', 'made', 'failed')),
    refund TEXT,
    created_at INTEGER NOT NULL,
    made_at INTEGER,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, payment_id) REFERENCES calendar_payments (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX calendar_refunds_by_payment ON calendar_refunds (org_id, payment_id, created_at);
CREATE UNIQUE INDEX calendar_refunds_by_refund ON calendar_refunds (org_id, refund) WHERE refund IS NOT NULL;
