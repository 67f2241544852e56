-- What comes in by itself: what other programs tell, and what happens in other modules.

-- Programs elsewhere. `signed_by`: how they sign, `standard` or a header's name. secret, old_secret: sealed; both hold until `old_secret_until`.
-- metric_id, person_id: of what and whose all of it is, where the message doesn't say. `mapping`: where in a message each part stands.
CREATE TABLE scoreboard_sources (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    signed_by TEXT NOT NULL CHECK (signed_by IN ('standard', 'x-signature', 'x-signature-256', 'x-hub-signature-256', 'x-webhook-signature')),
    secret BYTEA NOT NULL,
    old_secret BYTEA,
    old_secret_until TIMESTAMPTZ,
    metric_id UUID,
    person_id UUID,
    mapping TEXT NOT NULL,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);
-- The id stands in the address that the program calls.
CREATE UNIQUE INDEX scoreboard_sources_by_id ON scoreboard_sources (id);

-- What they told, and what came of it. `message`: its id there. words, body: sealed; the body is erased after a week.
CREATE TABLE scoreboard_deliveries (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    source_id UUID NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('entered', 'again', 'ignored', 'refused', 'unsigned', 'late', 'large')),
    words BYTEA NOT NULL,
    message TEXT CHECK (length(message) <= 200),
    body BYTEA,
    entry_id UUID,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, source_id) REFERENCES scoreboard_sources (org_id, id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
);
CREATE INDEX scoreboard_deliveries_by_source ON scoreboard_deliveries (org_id, source_id, id);
CREATE INDEX scoreboard_deliveries_by_outcome ON scoreboard_deliveries (org_id, source_id, outcome, received_at);
CREATE INDEX scoreboard_deliveries_by_entry ON scoreboard_deliveries (org_id, entry_id) WHERE entry_id IS NOT NULL;
CREATE INDEX scoreboard_deliveries_by_time ON scoreboard_deliveries (received_at);
CREATE INDEX scoreboard_deliveries_with_body ON scoreboard_deliveries (org_id, source_id, id) WHERE body IS NOT NULL;
CREATE INDEX scoreboard_deliveries_kept ON scoreboard_deliveries (received_at) WHERE body IS NOT NULL;

-- What happens in other modules and is counted here. `counts`: each as one, or what it is worth. `since`: from when on. `listed`: all that there was
-- when the rule was made is known; until then, up to which place.
CREATE TABLE scoreboard_rules (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    event TEXT NOT NULL CHECK (length(event) BETWEEN 1 AND 100),
    metric_id UUID NOT NULL,
    counts TEXT NOT NULL CHECK (counts IN ('one', 'value')),
    since TIMESTAMPTZ NOT NULL,
    listed BOOLEAN NOT NULL DEFAULT FALSE,
    listed_at TIMESTAMPTZ,
    listed_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, event, metric_id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    CHECK ((listed_at IS NULL) = (listed_id IS NULL))
);

-- Each that happened there. `due_at`: when it is to be asked how it stands. `entry_id`: the line that stands for it; `times`: how many there have
-- been. words: sealed.
CREATE TABLE scoreboard_counts (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    rule_id UUID NOT NULL,
    subject UUID NOT NULL,
    due_at TIMESTAMPTZ,
    outcome TEXT NOT NULL CHECK (outcome IN ('waits', 'counted', 'undone', 'nobody', 'refused')),
    words BYTEA,
    entry_id UUID,
    times BIGINT NOT NULL DEFAULT 0 CHECK (times >= 0),
    noted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, rule_id, subject),
    FOREIGN KEY (org_id, rule_id) REFERENCES scoreboard_rules (org_id, id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
);
CREATE INDEX scoreboard_counts_by_rule ON scoreboard_counts (org_id, rule_id, outcome, noted_at);
CREATE INDEX scoreboard_counts_by_outcome ON scoreboard_counts (org_id, outcome, noted_at);
CREATE INDEX scoreboard_counts_by_entry ON scoreboard_counts (org_id, entry_id) WHERE entry_id IS NOT NULL;
CREATE INDEX scoreboard_counts_due ON scoreboard_counts (org_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX scoreboard_counts_late ON scoreboard_counts (due_at) WHERE due_at IS NOT NULL;

-- Up to where the organisation's events were looked through. There is a row where there is a rule.
CREATE TABLE scoreboard_cursors (
    org_id UUID NOT NULL REFERENCES organisations (id),
    sequence BIGINT NOT NULL,
    PRIMARY KEY (org_id)
);

ALTER TABLE scoreboard_sources ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_sources_of_org ON scoreboard_sources USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_deliveries_of_org ON scoreboard_deliveries USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_rules ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_rules_of_org ON scoreboard_rules USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_counts ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_counts_of_org ON scoreboard_counts USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_cursors ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_cursors_of_org ON scoreboard_cursors USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
