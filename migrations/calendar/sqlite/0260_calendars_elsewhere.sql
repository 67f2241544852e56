-- Somebody’s own calendar at a secret address, for calendars elsewhere to subscribe to. token_hash: SHA-256 of the secret. names:
-- whether clients are named. It shows what whoever made it (made_by) may see.
CREATE TABLE calendar_feeds (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    staff_id BLOB NOT NULL,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    names INTEGER NOT NULL DEFAULT 0 CHECK (names IN (0, 1)),
    made_by BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    read_at INTEGER,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, staff_id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id)
) STRICT;

-- failing_since: since when it couldn’t be read. stopped_at: it isn’t tried any more. tried_at: when it was asked last.
-- covers_until, covers_zone: until when, and on which clock, what was read tells.
ALTER TABLE calendar_busy_sources ADD COLUMN failing_since INTEGER;
ALTER TABLE calendar_busy_sources ADD COLUMN stopped_at INTEGER;
ALTER TABLE calendar_busy_sources ADD COLUMN tried_at INTEGER;
ALTER TABLE calendar_busy_sources ADD COLUMN covers_until INTEGER;
ALTER TABLE calendar_busy_sources ADD COLUMN covers_zone TEXT NOT NULL DEFAULT '';
CREATE INDEX calendar_busy_sources_failing ON calendar_busy_sources (failing_since) WHERE failing_since IS NOT NULL;
