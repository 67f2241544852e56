-- What of an invoice came off a credit from before, and what of that was left after it.
ALTER TABLE stripe_invoices ADD COLUMN from_credit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stripe_invoices ADD COLUMN credit_left INTEGER NOT NULL DEFAULT 0;

-- A business that was invited without free days pays from the first day on, unless it is billed by hand: as those were that were invited
-- before there was the difference.
ALTER TABLE signups ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1));
UPDATE signups SET by_hand = 1 WHERE invited_by IS NOT NULL AND free_days IS NULL;

-- Whether a business is invited at an address already.
CREATE INDEX signups_by_address ON signups (email_index);
