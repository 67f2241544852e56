-- Somebody’s own calendar at a secret address, for calendars elsewhere to subscribe to. token_hash: SHA-256 of the secret. names:
-- whether clients are named. It shows what whoever made it (made_by) may see.
CREATE TABLE calendar_feeds (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    staff_id UUID NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    names BOOLEAN NOT NULL DEFAULT FALSE,
    made_by UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    read_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, staff_id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id)
);
ALTER TABLE calendar_feeds ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_feeds_of_org ON calendar_feeds USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- failing_since: since when it couldn’t be read. stopped_at: it isn’t tried any more. tried_at: when it was asked last.
-- covers_until, covers_zone: until when, and on which clock, what was read tells.
ALTER TABLE calendar_busy_sources ADD COLUMN failing_since TIMESTAMPTZ;
ALTER TABLE calendar_busy_sources ADD COLUMN stopped_at TIMESTAMPTZ;
ALTER TABLE calendar_busy_sources ADD COLUMN tried_at TIMESTAMPTZ;
ALTER TABLE calendar_busy_sources ADD COLUMN covers_until TIMESTAMPTZ;
ALTER TABLE calendar_busy_sources ADD COLUMN covers_zone TEXT NOT NULL DEFAULT '';
CREATE INDEX calendar_busy_sources_failing ON calendar_busy_sources (failing_since) WHERE failing_since IS NOT NULL;
