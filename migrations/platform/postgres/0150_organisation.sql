-- What an organisation sets up of itself, takes along, and how it ends.

-- Who it is to the law, and how its public pages look.
ALTER TABLE organisations ADD COLUMN legal_name TEXT NOT NULL DEFAULT '';
ALTER TABLE organisations ADD COLUMN abn TEXT NOT NULL DEFAULT '' CHECK (length(abn) IN (0, 11));
ALTER TABLE organisations ADD COLUMN state TEXT NOT NULL DEFAULT '' CHECK (state IN ('', 'ACT', 'NSW', 'NT', 'QLD', 'SA', 'TAS', 'VIC', 'WA'));
ALTER TABLE organisations ADD COLUMN accent TEXT NOT NULL DEFAULT '' CHECK (length(accent) IN (0, 7));
-- Grows with every logo; 0 is none.
ALTER TABLE organisations ADD COLUMN logo_version BIGINT NOT NULL DEFAULT 0;

-- Its owner wants it gone: from then on it is closed, and from `closes_at` on it is erased. `erased_at` stands only inside the
-- transaction that erases it, where it opens what is append-only otherwise.
ALTER TABLE organisations ADD COLUMN closes_at TIMESTAMPTZ;
ALTER TABLE organisations ADD COLUMN closing_warned_at TIMESTAMPTZ;
ALTER TABLE organisations ADD COLUMN erased_at TIMESTAMPTZ CHECK (erased_at IS NULL OR closes_at IS NOT NULL AND erased_at >= closes_at);
CREATE INDEX organisations_closing ON organisations (closes_at) WHERE closes_at IS NOT NULL;

-- Entries of an organisation that is being erased go with it, and no others: each row is looked at.
CREATE FUNCTION devalo_audit_entry_stays() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'append_only';
    END IF;
    RETURN OLD;
END
$$;
DROP TRIGGER audit_entries_stay ON audit_entries;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
CREATE TRIGGER audit_entries_stay_delete BEFORE DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION devalo_audit_entry_stays();

-- The application's role still may not delete from the log. This does it for it, as the table's owner, for one organisation.
CREATE FUNCTION devalo_erase_audit(org UUID) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone BIGINT;
BEGIN
    DELETE FROM audit_entries WHERE org_id = org;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
REVOKE ALL ON FUNCTION devalo_erase_audit(UUID) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION devalo_erase_audit(UUID) TO devalo_app;

CREATE OR REPLACE FUNCTION memberships_keep_an_owner() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.role = 'owner' AND (TG_OP = 'DELETE' OR NEW.role <> 'owner' OR NEW.org_id <> OLD.org_id) AND NOT EXISTS (
        SELECT 1 FROM memberships AS other
        WHERE other.org_id = OLD.org_id AND other.role = 'owner' AND other.user_id <> OLD.user_id
    ) AND NOT (TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL
    )) THEN
        RAISE EXCEPTION 'no_owner_left';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

-- All that an organisation owns, to take along. Whoever prepares one has it until `due_at`; if they die, another does it then.
CREATE TABLE exports (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    asked_by UUID NOT NULL REFERENCES users (id),
    asked_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    ready_at TIMESTAMPTZ,
    failed_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    size BIGINT,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX exports_one_at_a_time ON exports (org_id) WHERE ready_at IS NULL AND failed_at IS NULL;
CREATE INDEX exports_due ON exports (due_at) WHERE ready_at IS NULL AND failed_at IS NULL;
CREATE INDEX exports_by_expiry ON exports (expires_at);
ALTER TABLE exports ENABLE ROW LEVEL SECURITY;
CREATE POLICY exports_of_org ON exports USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- The file, part by part, each sealed with its number.
CREATE TABLE export_parts (
    org_id UUID NOT NULL REFERENCES organisations (id),
    export_id UUID NOT NULL,
    number BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (org_id, export_id, number),
    FOREIGN KEY (org_id, export_id) REFERENCES exports (org_id, id)
);
ALTER TABLE export_parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY export_parts_of_org ON export_parts USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- The logo, as we wrote it ourselves: a PNG.
CREATE TABLE logos (
    org_id UUID NOT NULL REFERENCES organisations (id),
    version BIGINT NOT NULL,
    png BYTEA NOT NULL CHECK (length(png) <= 2097152),
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    PRIMARY KEY (org_id, version)
);
ALTER TABLE logos ENABLE ROW LEVEL SECURITY;
CREATE POLICY logos_of_org ON logos USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
