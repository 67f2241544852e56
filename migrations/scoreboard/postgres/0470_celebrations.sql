-- What is celebrated on office screens beside results: all of it, until the organisation says otherwise (version 0: it never has). `last_number`:
-- the last celebration's, of which none is given twice.
CREATE TABLE scoreboard_celebrating (
    org_id UUID NOT NULL REFERENCES organisations (id),
    targets BOOLEAN NOT NULL DEFAULT TRUE,
    badges BOOLEAN NOT NULL DEFAULT TRUE,
    contests BOOLEAN NOT NULL DEFAULT TRUE,
    last_number BIGINT NOT NULL DEFAULT 0 CHECK (last_number >= 0),
    version BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id)
);

-- From which value on a single result is celebrated, in the metric's smallest unit. No row: never.
CREATE TABLE scoreboard_celebrated_metrics (
    org_id UUID NOT NULL,
    metric_id UUID NOT NULL,
    at_least BIGINT NOT NULL CHECK (at_least BETWEEN 1 AND 9007199254740991),
    PRIMARY KEY (org_id, metric_id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id)
);

-- What is celebrated on office screens. `number` only grows: a screen knows by it what it has shown. `cause_id`: the result, or the target, badge or
-- contest; `whose_id`: the person or team, or nobody's in particular (all zero): each is celebrated once.
CREATE TABLE scoreboard_celebrations (
    org_id UUID NOT NULL REFERENCES organisations (id),
    number BIGINT NOT NULL CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind IN ('entry', 'target', 'badge', 'contest')),
    cause_id UUID NOT NULL,
    whose_id UUID NOT NULL,
    metric_id UUID,
    person_id UUID,
    team_id UUID,
    entry_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, number),
    UNIQUE (org_id, kind, cause_id, whose_id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES scoreboard_teams (org_id, id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
);
CREATE INDEX scoreboard_celebrations_by_time ON scoreboard_celebrations (kind, created_at);
CREATE INDEX scoreboard_celebrations_by_age ON scoreboard_celebrations (org_id, created_at);
CREATE INDEX scoreboard_celebrations_by_metric ON scoreboard_celebrations (org_id, metric_id) WHERE metric_id IS NOT NULL;
CREATE INDEX scoreboard_celebrations_by_person ON scoreboard_celebrations (org_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX scoreboard_celebrations_by_team ON scoreboard_celebrations (org_id, team_id) WHERE team_id IS NOT NULL;
CREATE INDEX scoreboard_celebrations_by_entry ON scoreboard_celebrations (org_id, entry_id) WHERE entry_id IS NOT NULL;
ALTER TABLE scoreboard_celebrating ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_celebrating_of_org ON scoreboard_celebrating USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_celebrated_metrics ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_celebrated_metrics_of_org ON scoreboard_celebrated_metrics USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_celebrations ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_celebrations_of_org ON scoreboard_celebrations USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
