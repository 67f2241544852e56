-- Addresses of an organisation's own that are told what happens, and what each of them was told.

-- `url` and both secrets are sealed. `events`: names with spaces between; `*` is all, those too that come to be. The secret before the
-- last change signs too until `old_secret_until`. `state`: `paused` by a person, `off` by ourselves, and then `off_reason` says why.
-- Whoever sends has it until `leased_until`; if they die, another does it then.
CREATE TABLE webhooks (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    url BLOB NOT NULL,
    secret BLOB NOT NULL,
    old_secret BLOB,
    old_secret_until INTEGER,
    events TEXT NOT NULL CHECK (length(events) BETWEEN 1 AND 10000),
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'off')),
    off_reason TEXT CHECK (off_reason IN ('gone', 'failing')),
    failing_since INTEGER,
    lease BLOB,
    leased_until INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CHECK ((lease IS NULL) = (leased_until IS NULL)),
    CHECK ((state = 'off') = (off_reason IS NOT NULL))
) STRICT;

-- Something that an address is told, written in the transaction of what it tells. `sequence` is the event's number, so that they leave in
-- order. `due_at`: when it is tried, or while it is under way, when somebody else may. What was answered is sealed.
CREATE TABLE webhook_deliveries (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    webhook_id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    tried_at INTEGER,
    status INTEGER,
    took_millis INTEGER,
    answer BLOB,
    error TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, webhook_id) REFERENCES webhooks (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (org_id, webhook_id, sequence, id);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (org_id, webhook_id, sequence, id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);
