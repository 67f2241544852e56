-- Addresses of an organisation's own that are told what happens, and what each of them was told.

-- `url` and both secrets are sealed. `events`: names with spaces between; `*` is all, those too that come to be. The secret before the
-- last change signs too until `old_secret_until`. `state`: `paused` by a person, `off` by ourselves, and then `off_reason` says why.
-- Whoever sends has it until `leased_until`; if they die, another does it then.
CREATE TABLE webhooks (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    url BYTEA NOT NULL,
    secret BYTEA NOT NULL,
    old_secret BYTEA,
    old_secret_until TIMESTAMPTZ,
    events TEXT NOT NULL CHECK (length(events) BETWEEN 1 AND 10000),
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'off')),
    off_reason TEXT CHECK (off_reason IN ('gone', 'failing')),
    failing_since TIMESTAMPTZ,
    lease UUID,
    leased_until TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CHECK ((lease IS NULL) = (leased_until IS NULL)),
    CHECK ((state = 'off') = (off_reason IS NOT NULL))
);
ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhooks_of_org ON webhooks USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- Something that an address is told, written in the transaction of what it tells. `sequence` is the event's number, so that they leave in
-- order. `due_at`: when it is tried, or while it is under way, when somebody else may. What was answered is sealed.
CREATE TABLE webhook_deliveries (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    webhook_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at TIMESTAMPTZ NOT NULL,
    tried_at TIMESTAMPTZ,
    status BIGINT,
    took_millis BIGINT,
    answer BYTEA,
    error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, webhook_id) REFERENCES webhooks (org_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (org_id, webhook_id, sequence, id);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (org_id, webhook_id, sequence, id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_deliveries_of_org ON webhook_deliveries USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
