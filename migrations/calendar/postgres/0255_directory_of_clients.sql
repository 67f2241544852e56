-- What a directory of clients needs beyond who they are.

-- marketing_how: how they said that the business may write to them, or that it may not any more. Sealed. marketing_ended_at: when they
-- took it back. erased_at: nothing of theirs is left but the appointments that they had, without their details.
ALTER TABLE calendar_clients ADD COLUMN marketing_how BYTEA;
ALTER TABLE calendar_clients ADD COLUMN marketing_ended_at TIMESTAMPTZ;
ALTER TABLE calendar_clients ADD COLUMN erased_at TIMESTAMPTZ;

-- What was booked before clients were known one by one: gone through in blocks, until there is none left.
CREATE INDEX calendar_appointments_of_nobody ON calendar_appointments (org_id, id) WHERE client_id IS NULL;
