-- A page reads all that is taken of each person, as far ahead as can be booked: out of the index alone, for the rows lie as far apart as
-- they were booked.
DROP INDEX calendar_claims_by_holder;
CREATE INDEX calendar_claims_by_holder ON calendar_claims (org_id, holder_id, blocks_from) INCLUDE (blocks_until, expires_at, appointment_id, hold_id);
