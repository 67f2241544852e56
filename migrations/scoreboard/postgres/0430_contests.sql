-- Contests, and the badges that people come by.

-- `first_day` to `last_day`, both included, on the organisation's clock. `of_whom`: who stands on it. `takes_part`: all of them, a team's people, or those
-- in scoreboard_contest_entrants. `goal`: in the metric's smallest unit. `prizes`: one a line, the first place's first. `freeze_hours`: so long
-- before its end standings stand still for those who look.
CREATE TABLE scoreboard_contests (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind TEXT NOT NULL CHECK (kind IN ('most', 'race', 'threshold', 'head_to_head')),
    metric_id UUID NOT NULL,
    of_whom TEXT NOT NULL CHECK (of_whom IN ('people', 'teams', 'branches')),
    takes_part TEXT NOT NULL CHECK (takes_part IN ('everybody', 'team', 'named')),
    team_id UUID,
    first_day TEXT NOT NULL CHECK (length(first_day) = 10),
    last_day TEXT NOT NULL CHECK (length(last_day) = 10),
    goal BIGINT CHECK (goal BETWEEN -9007199254740991 AND 9007199254740991),
    ties TEXT NOT NULL CHECK (ties IN ('shared', 'first')),
    freeze_hours BIGINT NOT NULL DEFAULT 0 CHECK (freeze_hours BETWEEN 0 AND 168),
    prizes TEXT NOT NULL DEFAULT '' CHECK (length(prizes) <= 1010),
    signed_at TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES scoreboard_teams (org_id, id),
    CHECK (first_day <= last_day),
    CHECK ((takes_part = 'team') = (team_id IS NOT NULL)),
    CHECK ((kind IN ('race', 'threshold')) = (goal IS NOT NULL)),
    CHECK (signed_at IS NULL OR cancelled_at IS NULL)
);
CREATE INDEX scoreboard_contests_by_metric ON scoreboard_contests (org_id, metric_id, last_day);
CREATE INDEX scoreboard_contests_open ON scoreboard_contests (org_id, first_day, id) WHERE signed_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX scoreboard_contests_by_day ON scoreboard_contests (org_id, last_day, id);
CREATE INDEX scoreboard_contests_by_team ON scoreboard_contests (org_id, team_id) WHERE team_id IS NOT NULL;

-- Who takes part where only some do. In a head to head, the two sides.
CREATE TABLE scoreboard_contest_entrants (
    org_id UUID NOT NULL,
    contest_id UUID NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 0),
    person_id UUID,
    team_id UUID,
    PRIMARY KEY (org_id, contest_id, position),
    FOREIGN KEY (org_id, contest_id) REFERENCES scoreboard_contests (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES scoreboard_teams (org_id, id),
    CHECK ((person_id IS NULL) <> (team_id IS NULL))
);
CREATE UNIQUE INDEX scoreboard_contest_entrants_by_person ON scoreboard_contest_entrants (org_id, person_id, contest_id) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX scoreboard_contest_entrants_by_team ON scoreboard_contest_entrants (org_id, team_id, contest_id) WHERE team_id IS NOT NULL;

-- What a contest came to when it was signed off. `place`: none where there was nothing to show. `figure`: in the last decimal that the metric keeps.
CREATE TABLE scoreboard_contest_standings (
    org_id UUID NOT NULL,
    contest_id UUID NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 0),
    place BIGINT CHECK (place >= 1),
    shared BOOLEAN NOT NULL,
    person_id UUID,
    team_id UUID,
    figure BIGINT,
    reached_at TIMESTAMPTZ,
    won BOOLEAN NOT NULL,
    prize TEXT NOT NULL DEFAULT '' CHECK (length(prize) <= 200),
    kept_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, contest_id, position),
    FOREIGN KEY (org_id, contest_id) REFERENCES scoreboard_contests (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES scoreboard_teams (org_id, id),
    CHECK ((person_id IS NULL) <> (team_id IS NULL))
);
CREATE INDEX scoreboard_contest_standings_by_person ON scoreboard_contest_standings (org_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX scoreboard_contest_standings_by_team ON scoreboard_contest_standings (org_id, team_id) WHERE team_id IS NOT NULL;
-- What was signed off stays, but with the organisation that is being erased.
CREATE TRIGGER scoreboard_contest_standings_stay BEFORE UPDATE OR TRUNCATE ON scoreboard_contest_standings FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
CREATE TRIGGER scoreboard_contest_standings_stay_delete BEFORE DELETE ON scoreboard_contest_standings FOR EACH ROW EXECUTE FUNCTION scoreboard_ledger_stays();

-- What people come by. `amount`: in the metric's smallest unit. `days`: of a streak. What was over before `since` doesn't count.
CREATE TABLE scoreboard_badges (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    icon TEXT NOT NULL CHECK (length(icon) BETWEEN 1 AND 20),
    metric_id UUID NOT NULL,
    rule TEXT NOT NULL CHECK (rule IN ('first', 'single', 'total', 'streak', 'best')),
    amount BIGINT CHECK (amount BETWEEN 1 AND 9007199254740991),
    period TEXT CHECK (period IN ('day', 'week', 'month', 'quarter', 'financial_year')),
    days BIGINT CHECK (days BETWEEN 2 AND 60),
    since TEXT NOT NULL CHECK (length(since) = 10),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    CHECK ((rule IN ('single', 'total', 'streak')) = (amount IS NOT NULL)),
    CHECK ((rule IN ('total', 'best')) = (period IS NOT NULL)),
    CHECK ((rule = 'streak') = (days IS NOT NULL))
);
CREATE INDEX scoreboard_badges_by_metric ON scoreboard_badges (org_id, metric_id);

-- Who came by which: once for each period (`once`, a period's key, or the first day of a streak). `day`: the day that brought it. `entry_id`: the line that did.
-- Taken back by a correction, it stays to be seen here, and is given again in place.
CREATE TABLE scoreboard_awards (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    badge_id UUID NOT NULL,
    person_id UUID NOT NULL,
    period TEXT NOT NULL CHECK (length(period) BETWEEN 1 AND 40),
    day TEXT NOT NULL CHECK (length(day) = 10),
    entry_id UUID,
    awarded_at TIMESTAMPTZ NOT NULL,
    taken_back_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, badge_id, person_id, period),
    FOREIGN KEY (org_id, badge_id) REFERENCES scoreboard_badges (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
);
CREATE INDEX scoreboard_awards_by_person ON scoreboard_awards (org_id, person_id, awarded_at, id);
CREATE INDEX scoreboard_awards_by_time ON scoreboard_awards (org_id, awarded_at, id);
CREATE INDEX scoreboard_awards_by_entry ON scoreboard_awards (org_id, entry_id) WHERE entry_id IS NOT NULL;

ALTER TABLE scoreboard_contests ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_contests_of_org ON scoreboard_contests USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_contest_entrants ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_contest_entrants_of_org ON scoreboard_contest_entrants USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_contest_standings ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_contest_standings_of_org ON scoreboard_contest_standings USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_badges ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_badges_of_org ON scoreboard_badges USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_awards ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_awards_of_org ON scoreboard_awards USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
