-- When whoever runs the platform last agreed to something with an organisation that had paid by Stripe before: what is over says nothing
-- any more then.
ALTER TABLE stripe_accounts ADD COLUMN by_hand_at INTEGER;

-- From when on Stripe is to be told the buyer's ABN; nothing once it knows it.
ALTER TABLE stripe_accounts ADD COLUMN abn_due_at INTEGER;
CREATE INDEX stripe_accounts_by_abn_due ON stripe_accounts (abn_due_at) WHERE abn_due_at IS NOT NULL;
UPDATE stripe_accounts SET abn_due_at = 0 WHERE org_id IN (SELECT id FROM organisations WHERE abn <> '');
