-- The weekly email. `told_week`: the Monday for which all who want it were written to last. `next_at`: when it is looked at again.
CREATE TABLE scoreboard_digests (
    org_id UUID NOT NULL REFERENCES organisations (id),
    told_week TEXT NOT NULL CHECK (length(told_week) = 10),
    next_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id)
);
CREATE INDEX scoreboard_digests_due ON scoreboard_digests (next_at);

-- Who wants it. `wanted`: what they chose; NULL: nothing yet, so that managers get it and others don't. `told_week`: the Monday for which they were
-- written to last.
CREATE TABLE scoreboard_digest_readers (
    org_id UUID NOT NULL REFERENCES organisations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    wanted BOOLEAN,
    told_week TEXT CHECK (length(told_week) = 10),
    PRIMARY KEY (org_id, user_id)
);

-- Where something is counted already it begins with the next Monday.
INSERT INTO scoreboard_digests (org_id, told_week, next_at) SELECT DISTINCT org_id, '2000-01-03', to_timestamp(0) FROM scoreboard_metrics;

-- How amounts are spread is read of a metric’s days, and what came in last the same way.
CREATE INDEX scoreboard_entries_by_metric_day ON scoreboard_entries (org_id, metric_id, day, id);

ALTER TABLE scoreboard_digests ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_digests_of_org ON scoreboard_digests USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_digest_readers ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_digest_readers_of_org ON scoreboard_digest_readers USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
