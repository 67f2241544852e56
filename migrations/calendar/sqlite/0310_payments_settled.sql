-- said_yes_at: since when the business lets what is paid for stand; before, all of it goes back to a client who cancels. counts_from: what
-- goes back is reckoned from this start, where the business moved the appointment to an earlier one. led_at: since when there may be a page
-- to pay on. page_url: its address, while somebody can pay on it.
ALTER TABLE calendar_payments ADD COLUMN said_yes_at INTEGER;
ALTER TABLE calendar_payments ADD COLUMN counts_from INTEGER;
ALTER TABLE calendar_payments ADD COLUMN led_at INTEGER;
ALTER TABLE calendar_payments ADD COLUMN page_url TEXT;
UPDATE calendar_payments SET led_at = created_at;
-- What became of them is looked at once more, and from then on now and then.
UPDATE calendar_payments SET next_at = paid_at WHERE state = 'paid' AND next_at IS NULL;
UPDATE calendar_payments SET said_yes_at = paid_at WHERE state = 'paid' AND NOT EXISTS (
    SELECT 1 FROM calendar_appointments AS a
    WHERE a.org_id = calendar_payments.org_id AND a.id = calendar_payments.appointment_id AND a.unconfirmed_until IS NOT NULL
);

CREATE INDEX calendar_refunds_asked ON calendar_refunds (created_at) WHERE state = 'asked';

-- The keyed index of the address that a package was bought with: the code works with it, whatever their address is now.
ALTER TABLE calendar_purchases ADD COLUMN email_index BLOB CHECK (email_index IS NULL OR length(email_index) = 32);
