-- What is celebrated on office screens beside results: all of it, until the organisation says otherwise (version 0: it never has). `last_number`:
-- the last celebration's, of which none is given twice.
CREATE TABLE scoreboard_celebrating (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    targets INTEGER NOT NULL DEFAULT 1 CHECK (targets IN (0, 1)),
    badges INTEGER NOT NULL DEFAULT 1 CHECK (badges IN (0, 1)),
    contests INTEGER NOT NULL DEFAULT 1 CHECK (contests IN (0, 1)),
    last_number INTEGER NOT NULL DEFAULT 0 CHECK (last_number >= 0),
    version INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id)
) STRICT;

-- From which value on a single result is celebrated, in the metric's smallest unit. No row: never.
CREATE TABLE scoreboard_celebrated_metrics (
    org_id BLOB NOT NULL,
    metric_id BLOB NOT NULL,
    at_least INTEGER NOT NULL CHECK (at_least BETWEEN 1 AND 9007199254740991),
    PRIMARY KEY (org_id, metric_id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id)
) STRICT;

-- What is celebrated on office screens. `number` only grows: a screen knows by it what it has shown. `cause_id`: the result, or the target, badge or
-- contest; `whose_id`: the person or team, or nobody's in particular (all zero): each is celebrated once.
CREATE TABLE scoreboard_celebrations (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    number INTEGER NOT NULL CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind IN ('entry', 'target', 'badge', 'contest')),
    cause_id BLOB NOT NULL CHECK (length(cause_id) = 16),
    whose_id BLOB NOT NULL CHECK (length(whose_id) = 16),
    metric_id BLOB,
    person_id BLOB,
    team_id BLOB,
    entry_id BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, number),
    UNIQUE (org_id, kind, cause_id, whose_id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES scoreboard_teams (org_id, id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
) STRICT;
CREATE INDEX scoreboard_celebrations_by_time ON scoreboard_celebrations (kind, created_at);
CREATE INDEX scoreboard_celebrations_by_age ON scoreboard_celebrations (org_id, created_at);
CREATE INDEX scoreboard_celebrations_by_metric ON scoreboard_celebrations (org_id, metric_id) WHERE metric_id IS NOT NULL;
CREATE INDEX scoreboard_celebrations_by_person ON scoreboard_celebrations (org_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX scoreboard_celebrations_by_team ON scoreboard_celebrations (org_id, team_id) WHERE team_id IS NOT NULL;
CREATE INDEX scoreboard_celebrations_by_entry ON scoreboard_celebrations (org_id, entry_id) WHERE entry_id IS NOT NULL;
