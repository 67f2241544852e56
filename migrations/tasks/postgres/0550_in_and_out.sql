-- What comes in and goes out: files at tasks, files of other products, lists that are shown by a link, days in people's own calendars, and mail.

-- A file at a task: it lies on disk, sealed, under its id. name: sealed. `shows`: it is a picture that a browser may show. `removed_at`: it was taken away,
-- which can be undone as long as the row is there.
CREATE TABLE tasks_files (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    task_id UUID NOT NULL,
    name BYTEA NOT NULL,
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 20),
    bytes BIGINT NOT NULL CHECK (bytes BETWEEN 1 AND 26214400),
    shows BOOLEAN NOT NULL DEFAULT FALSE,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    removed_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id) ON DELETE CASCADE
);
CREATE INDEX tasks_files_by_task ON tasks_files (org_id, task_id, id);
CREATE INDEX tasks_files_by_removed ON tasks_files (removed_at, id) WHERE removed_at IS NOT NULL;

-- A file of another product. file: sealed, until it was taken over or a week has passed. fingerprint: a keyed hash of it. chosen: sealed JSON, what its
-- columns are, who is who, and where it goes. told: sealed JSON, what became of it. `started_at`: somebody who is at it wrote last then.
CREATE TABLE tasks_imports (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('trello', 'todoist', 'asana', 'vikunja', 'csv')),
    file BYTEA,
    fingerprint BYTEA NOT NULL CHECK (length(fingerprint) = 32),
    chosen BYTEA NOT NULL,
    told BYTEA,
    state TEXT NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'taking', 'taken', 'undoing', 'undone')),
    tasks BIGINT NOT NULL DEFAULT 0 CHECK (tasks >= 0),
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
CREATE INDEX tasks_imports_by_fingerprint ON tasks_imports (org_id, fingerprint);
CREATE INDEX tasks_imports_by_expiry ON tasks_imports (expires_at) WHERE expires_at IS NOT NULL;

-- What a file brought: a keyed hash of what it is called there, and what it became. `made`: it wasn't there before.
CREATE TABLE tasks_imported (
    org_id UUID NOT NULL,
    import_id UUID NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('list', 'section', 'status', 'field', 'task')),
    source BYTEA NOT NULL CHECK (length(source) = 32),
    made_id UUID NOT NULL,
    made BOOLEAN NOT NULL,
    PRIMARY KEY (org_id, import_id, what, source),
    FOREIGN KEY (org_id, import_id) REFERENCES tasks_imports (org_id, id)
);
CREATE INDEX tasks_imported_by_made ON tasks_imported (org_id, made_id);

-- A list that is shown to whoever has its address, of which a hash is kept.
CREATE TABLE tasks_shares (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    list_id UUID NOT NULL,
    token_hash BYTEA NOT NULL CHECK (length(token_hash) = 32),
    shows_who BOOLEAN NOT NULL DEFAULT FALSE,
    shows_notes BOOLEAN NOT NULL DEFAULT FALSE,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    UNIQUE (token_hash),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
);
CREATE INDEX tasks_shares_by_list ON tasks_shares (org_id, list_id);

-- Days on which tasks are due, for somebody's own calendar: of what is theirs, or of a list. It is read as they.
CREATE TABLE tasks_feeds (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    list_id UUID,
    token_hash BYTEA NOT NULL CHECK (length(token_hash) = 32),
    made_by UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    read_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    UNIQUE (token_hash),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
);
CREATE UNIQUE INDEX tasks_feeds_own ON tasks_feeds (org_id, made_by) WHERE list_id IS NULL;
CREATE UNIQUE INDEX tasks_feeds_of_list ON tasks_feeds (org_id, made_by, list_id) WHERE list_id IS NOT NULL;
CREATE INDEX tasks_feeds_by_list ON tasks_feeds (org_id, list_id) WHERE list_id IS NOT NULL;

-- A list that takes mail, under this word in the address. `takes`: from members who see it, or from anyone.
CREATE TABLE tasks_mailboxes (
    org_id UUID NOT NULL,
    list_id UUID NOT NULL,
    word TEXT NOT NULL CHECK (length(word) BETWEEN 16 AND 40),
    takes TEXT NOT NULL CHECK (takes IN ('members', 'anyone')),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, list_id),
    UNIQUE (word),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
);

-- A message that was taken, by a keyed hash of its Message-ID: it comes once.
CREATE TABLE tasks_mails (
    org_id UUID NOT NULL,
    list_id UUID NOT NULL,
    message BYTEA NOT NULL CHECK (length(message) = 32),
    task_id UUID NOT NULL,
    taken_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, list_id, message),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
);
CREATE INDEX tasks_mails_by_taken ON tasks_mails (taken_at);

ALTER TABLE tasks_files ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_files_of_org ON tasks_files USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_imports ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_imports_of_org ON tasks_imports USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_imported ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_imported_of_org ON tasks_imported USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_shares ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_shares_of_org ON tasks_shares USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_feeds ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_feeds_of_org ON tasks_feeds USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_mailboxes ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_mailboxes_of_org ON tasks_mailboxes USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_mails ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_mails_of_org ON tasks_mails USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
