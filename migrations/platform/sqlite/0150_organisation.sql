-- What an organisation sets up of itself, takes along, and how it ends.

-- Who it is to the law, and how its public pages look.
ALTER TABLE organisations ADD COLUMN legal_name TEXT NOT NULL DEFAULT '';
ALTER TABLE organisations ADD COLUMN abn TEXT NOT NULL DEFAULT '' CHECK (length(abn) IN (0, 11));
ALTER TABLE organisations ADD COLUMN state TEXT NOT NULL DEFAULT '' CHECK (state IN ('', 'ACT', 'NSW', 'NT', 'QLD', 'SA', 'TAS', 'VIC', 'WA'));
ALTER TABLE organisations ADD COLUMN accent TEXT NOT NULL DEFAULT '' CHECK (length(accent) IN (0, 7));
-- Grows with every logo; 0 is none.
ALTER TABLE organisations ADD COLUMN logo_version INTEGER NOT NULL DEFAULT 0;

-- Its owner wants it gone: from then on it is closed, and from `closes_at` on it is erased. `erased_at` stands only inside the
-- transaction that erases it, where it opens what is append-only otherwise.
ALTER TABLE organisations ADD COLUMN closes_at INTEGER;
ALTER TABLE organisations ADD COLUMN closing_warned_at INTEGER;
ALTER TABLE organisations ADD COLUMN erased_at INTEGER CHECK (erased_at IS NULL OR closes_at IS NOT NULL AND erased_at >= closes_at);
CREATE INDEX organisations_closing ON organisations (closes_at) WHERE closes_at IS NOT NULL;

DROP TRIGGER audit_entries_stay_delete;
CREATE TRIGGER audit_entries_stay_delete BEFORE DELETE ON audit_entries
WHEN NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;

DROP TRIGGER memberships_keep_an_owner_delete;
CREATE TRIGGER memberships_keep_an_owner_delete
BEFORE DELETE ON memberships
WHEN OLD.role = 'owner' AND NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'no_owner_left')
    WHERE NOT EXISTS (
        SELECT 1 FROM memberships AS other
        WHERE other.org_id = OLD.org_id AND other.role = 'owner' AND other.user_id <> OLD.user_id
    );
END;

-- All that an organisation owns, to take along. Whoever prepares one has it until `due_at`; if they die, another does it then.
CREATE TABLE exports (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    asked_by BLOB NOT NULL REFERENCES users (id),
    asked_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    ready_at INTEGER,
    failed_at INTEGER,
    expires_at INTEGER,
    size INTEGER,
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE UNIQUE INDEX exports_one_at_a_time ON exports (org_id) WHERE ready_at IS NULL AND failed_at IS NULL;
CREATE INDEX exports_due ON exports (due_at) WHERE ready_at IS NULL AND failed_at IS NULL;
CREATE INDEX exports_by_expiry ON exports (expires_at);

-- The file, part by part, each sealed with its number.
CREATE TABLE export_parts (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    export_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (org_id, export_id, number),
    FOREIGN KEY (org_id, export_id) REFERENCES exports (org_id, id)
) STRICT;

-- The logo, as we wrote it ourselves: a PNG.
CREATE TABLE logos (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    version INTEGER NOT NULL,
    png BLOB NOT NULL CHECK (length(png) <= 2097152),
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    PRIMARY KEY (org_id, version)
) STRICT;
