-- Files of results. file: what was sent, sealed, until it is taken over or a week has passed. columns: which of its columns is what. names: who
-- is meant by names that nobody has, sealed. `kept`: nothing of it is in the ledger, but for what `added` says where it stopped in the middle.
-- `taking`, `undoing`: somebody is at it, whose last block was written at started_at. expires_at: the file goes then.
CREATE TABLE scoreboard_imports (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    file BYTEA,
    lines BIGINT NOT NULL CHECK (lines >= 0),
    fingerprint BYTEA NOT NULL CHECK (length(fingerprint) = 32),
    columns TEXT NOT NULL,
    names BYTEA,
    state TEXT NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'taking', 'taken', 'undoing', 'undone')),
    added BIGINT NOT NULL DEFAULT 0 CHECK (added >= 0),
    known BIGINT NOT NULL DEFAULT 0 CHECK (known >= 0),
    left_out BIGINT NOT NULL DEFAULT 0 CHECK (left_out >= 0),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    done_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    CHECK ((file IS NULL) = (expires_at IS NULL))
);
CREATE INDEX scoreboard_imports_by_end ON scoreboard_imports (expires_at) WHERE expires_at IS NOT NULL;

-- What a file brought. undone: it was taken back with its file, so that what it was called may come again.
CREATE TABLE scoreboard_imported (
    org_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    import_id UUID NOT NULL,
    undone BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (org_id, entry_id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id),
    FOREIGN KEY (org_id, import_id) REFERENCES scoreboard_imports (org_id, id)
);
CREATE INDEX scoreboard_imported_by_import ON scoreboard_imported (org_id, import_id, entry_id);

-- Which columns are what in files whose columns are called so, as it was chosen last. fingerprint: of what they are called, keyed.
CREATE TABLE scoreboard_import_columns (
    org_id UUID NOT NULL REFERENCES organisations (id),
    fingerprint BYTEA NOT NULL CHECK (length(fingerprint) = 32),
    columns TEXT NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, fingerprint)
);

ALTER TABLE scoreboard_imports ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_imports_of_org ON scoreboard_imports USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_imported ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_imported_of_org ON scoreboard_imported USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_import_columns ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_import_columns_of_org ON scoreboard_import_columns USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
