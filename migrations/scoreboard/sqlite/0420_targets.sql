-- On which days of the week somebody works, Monday first: 1 works, 0 doesn't.
ALTER TABLE scoreboard_people ADD COLUMN works TEXT NOT NULL DEFAULT '1111100' CHECK (length(works) = 7);

-- Days on which somebody is away, both included.
CREATE TABLE scoreboard_leave (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    person_id BLOB NOT NULL,
    since TEXT NOT NULL CHECK (length(since) = 10),
    until TEXT NOT NULL CHECK (length(until) = 10),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    CHECK (since <= until)
) STRICT;
CREATE INDEX scoreboard_leave_by_person ON scoreboard_leave (org_id, person_id, since);

-- What is to be reached in a period: by somebody, by a team or a branch, or by all (neither is named). `period`: its key. `first_day` and `last_day`: its
-- days, both included, which stay what they are when weeks begin on another day. `amount`: in the metric's smallest unit, or in its last decimal.
-- `stretch`: up to three amounts beyond it, with spaces between.
CREATE TABLE scoreboard_targets (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    metric_id BLOB NOT NULL,
    person_id BLOB,
    team_id BLOB,
    period TEXT NOT NULL CHECK (length(period) BETWEEN 1 AND 40),
    first_day TEXT NOT NULL CHECK (length(first_day) = 10),
    last_day TEXT NOT NULL CHECK (length(last_day) = 10),
    amount INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 9007199254740991),
    stretch TEXT NOT NULL DEFAULT '' CHECK (length(stretch) <= 60),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES scoreboard_teams (org_id, id),
    CHECK (person_id IS NULL OR team_id IS NULL),
    CHECK (first_day <= last_day)
) STRICT;
-- One for each metric, period, and whom it is of.
CREATE UNIQUE INDEX scoreboard_targets_of_person ON scoreboard_targets (org_id, metric_id, period, person_id) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX scoreboard_targets_of_team ON scoreboard_targets (org_id, metric_id, period, team_id) WHERE team_id IS NOT NULL;
CREATE UNIQUE INDEX scoreboard_targets_of_all ON scoreboard_targets (org_id, metric_id, period) WHERE person_id IS NULL AND team_id IS NULL;
CREATE INDEX scoreboard_targets_by_days ON scoreboard_targets (org_id, metric_id, last_day, first_day);
CREATE INDEX scoreboard_targets_by_period ON scoreboard_targets (org_id, metric_id, period, id);
CREATE INDEX scoreboard_targets_by_person ON scoreboard_targets (org_id, person_id, last_day) WHERE person_id IS NOT NULL;
CREATE INDEX scoreboard_targets_by_team ON scoreboard_targets (org_id, team_id) WHERE team_id IS NOT NULL;

-- What targets were and became, also those that are gone: nothing before is new, nothing after is taken away. `version`: the target's from then on.
CREATE TABLE scoreboard_target_changes (
    org_id BLOB NOT NULL,
    target_id BLOB NOT NULL CHECK (length(target_id) = 16),
    version INTEGER NOT NULL,
    metric_id BLOB NOT NULL,
    person_id BLOB,
    team_id BLOB,
    period TEXT NOT NULL CHECK (length(period) BETWEEN 1 AND 40),
    first_day TEXT NOT NULL CHECK (length(first_day) = 10),
    last_day TEXT NOT NULL CHECK (length(last_day) = 10),
    before_amount INTEGER,
    before_stretch TEXT NOT NULL DEFAULT '' CHECK (length(before_stretch) <= 60),
    after_amount INTEGER,
    after_stretch TEXT NOT NULL DEFAULT '' CHECK (length(after_stretch) <= 60),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, target_id, version),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES scoreboard_teams (org_id, id),
    CHECK (before_amount IS NOT NULL OR after_amount IS NOT NULL)
) STRICT;
CREATE INDEX scoreboard_target_changes_by_period ON scoreboard_target_changes (org_id, metric_id, period, changed_at);
CREATE INDEX scoreboard_target_changes_by_person ON scoreboard_target_changes (org_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX scoreboard_target_changes_by_team ON scoreboard_target_changes (org_id, team_id) WHERE team_id IS NOT NULL;

-- Nothing of it is changed, and nothing goes but with the organisation that is being erased.
CREATE TRIGGER scoreboard_target_changes_stay BEFORE UPDATE ON scoreboard_target_changes
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_target_changes_stay_delete BEFORE DELETE ON scoreboard_target_changes
WHEN NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_target_changes_stay_insert BEFORE INSERT ON scoreboard_target_changes
WHEN EXISTS (SELECT 1 FROM scoreboard_target_changes AS other WHERE other.org_id = NEW.org_id AND other.target_id = NEW.target_id AND other.version = NEW.version)
    OR EXISTS (SELECT 1 FROM scoreboard_target_changes AS other WHERE other.rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
