-- What is counted, whose it is, and the ledger of what happened.

-- How the organisation counts: its week, its fortnight, how far ahead something may be dated.
CREATE TABLE scoreboard_settings (
    org_id UUID NOT NULL REFERENCES organisations (id),
    week_starts BIGINT NOT NULL DEFAULT 1 CHECK (week_starts BETWEEN 1 AND 7),
    fortnight_from TEXT NOT NULL CHECK (length(fortnight_from) = 10),
    future_days BIGINT NOT NULL DEFAULT 0 CHECK (future_days BETWEEN 0 AND 366),
    version BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id)
);

-- name, aliases: sealed. user_id: the member whose own figures these are. The days from `joined_on` to `left_on`, both included, are theirs on
-- boards; what happened stays.
CREATE TABLE scoreboard_people (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name BYTEA NOT NULL,
    aliases BYTEA NOT NULL,
    user_id UUID REFERENCES users (id),
    joined_on TEXT CHECK (length(joined_on) = 10),
    left_on TEXT CHECK (length(left_on) = 10),
    opted_out BOOLEAN NOT NULL DEFAULT FALSE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK (joined_on IS NULL OR left_on IS NULL OR joined_on <= left_on)
);
CREATE UNIQUE INDEX scoreboard_people_by_user ON scoreboard_people (org_id, user_id) WHERE user_id IS NOT NULL;

-- A team, or a branch: somebody can be in one of each, and in several.
CREATE TABLE scoreboard_teams (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('team', 'branch')),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- Who was in which team from which day until which, both included; open at its end while they are.
CREATE TABLE scoreboard_memberships (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    team_id UUID NOT NULL,
    since TEXT NOT NULL CHECK (length(since) = 10),
    until TEXT CHECK (length(until) = 10),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES scoreboard_teams (org_id, id),
    CHECK (until IS NULL OR since <= until)
);
CREATE INDEX scoreboard_memberships_by_person ON scoreboard_memberships (org_id, person_id, since);
CREATE INDEX scoreboard_memberships_by_team ON scoreboard_memberships (org_id, team_id, since);
-- Nobody is in a team twice on one day: their figures would count twice. (A cast from text to a date isn't immutable; this is.)
CREATE FUNCTION scoreboard_days(since TEXT, until TEXT) RETURNS DATERANGE LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT daterange(
        make_date(substr(since, 1, 4)::INTEGER, substr(since, 6, 2)::INTEGER, substr(since, 9, 2)::INTEGER),
        make_date(substr(until, 1, 4)::INTEGER, substr(until, 6, 2)::INTEGER, substr(until, 9, 2)::INTEGER), '[]')
$$;
ALTER TABLE scoreboard_memberships ADD CONSTRAINT membership_overlap EXCLUDE USING gist (
    org_id WITH =, person_id WITH =, team_id WITH =, scoreboard_days(since, until) WITH &&
);

-- What is counted. `key`: its word in formulas, files and the API. `money`: whole cents; `number`: so many decimals. `sum` adds entries up, `ratio`
-- divides the sums of two others, `formula` reckons with others.
CREATE TABLE scoreboard_metrics (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 40),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind TEXT NOT NULL CHECK (kind IN ('sum', 'ratio', 'formula')),
    unit TEXT NOT NULL CHECK (unit IN ('money', 'number')),
    suffix TEXT NOT NULL DEFAULT '' CHECK (length(suffix) <= 20),
    decimals BIGINT NOT NULL CHECK (decimals BETWEEN 0 AND 4),
    gst TEXT NOT NULL CHECK (gst IN ('none', 'including', 'excluding')),
    lower_is_better BOOLEAN NOT NULL,
    numerator_id UUID,
    denominator_id UUID,
    formula TEXT NOT NULL DEFAULT '' CHECK (length(formula) <= 500),
    entered_by TEXT NOT NULL CHECK (entered_by IN ('everyone', 'managers', 'programs')),
    approval BOOLEAN NOT NULL,
    shown_to TEXT NOT NULL CHECK (shown_to IN ('everyone', 'own', 'managers')),
    position BIGINT NOT NULL,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, key),
    FOREIGN KEY (org_id, numerator_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, denominator_id) REFERENCES scoreboard_metrics (org_id, id),
    CHECK ((kind = 'ratio') = (numerator_id IS NOT NULL) AND (numerator_id IS NULL) = (denominator_id IS NULL)),
    CHECK ((kind = 'formula') = (formula <> '')),
    CHECK (unit <> 'money' OR decimals = 2),
    CHECK ((unit = 'money') = (gst <> 'none'))
);
CREATE INDEX scoreboard_metrics_by_numerator ON scoreboard_metrics (org_id, numerator_id) WHERE numerator_id IS NOT NULL;
CREATE INDEX scoreboard_metrics_by_denominator ON scoreboard_metrics (org_id, denominator_id) WHERE denominator_id IS NOT NULL;

-- The ledger: what happened, and never what it was changed to. `day` is the day on the organisation's clock when it was entered, so that another
-- zone later moves nothing. `value` counts the metric's smallest unit. note: sealed. by_id: the member or token.
CREATE TABLE scoreboard_entries (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    metric_id UUID NOT NULL,
    person_id UUID NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    happened_at TIMESTAMPTZ NOT NULL,
    value BIGINT NOT NULL CHECK (value BETWEEN -9007199254740991 AND 9007199254740991),
    note BYTEA,
    source TEXT NOT NULL CHECK (source IN ('form', 'grid', 'file', 'api', 'webhook', 'event')),
    external_id TEXT CHECK (length(external_id) BETWEEN 1 AND 200),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    entered_at TIMESTAMPTZ NOT NULL,
    awaits_approval BOOLEAN NOT NULL,
    replaces_id UUID,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, replaces_id) REFERENCES scoreboard_entries (org_id, id)
);
CREATE UNIQUE INDEX scoreboard_entries_by_external_id ON scoreboard_entries (org_id, metric_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX scoreboard_entries_by_replaced ON scoreboard_entries (org_id, replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX scoreboard_entries_by_metric ON scoreboard_entries (org_id, metric_id, person_id, day);
CREATE INDEX scoreboard_entries_by_day ON scoreboard_entries (org_id, day, id);
CREATE INDEX scoreboard_entries_by_person ON scoreboard_entries (org_id, person_id, day);
CREATE INDEX scoreboard_entries_waiting ON scoreboard_entries (org_id, id) WHERE awaits_approval;

-- Taken back, with the reason (sealed). What was entered instead names it (`replaces_id`).
CREATE TABLE scoreboard_voids (
    org_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    reason BYTEA NOT NULL,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    voided_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, entry_id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
);

-- What a manager said of an entry that waited for it.
CREATE TABLE scoreboard_approvals (
    org_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    approved BOOLEAN NOT NULL,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    decided_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, entry_id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
);

-- The ledger added up: what counts of each day. Kept by whoever writes to the ledger, in the same transaction; it can be made anew from it.
CREATE TABLE scoreboard_totals (
    org_id UUID NOT NULL,
    metric_id UUID NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    person_id UUID NOT NULL,
    value BIGINT NOT NULL CONSTRAINT scoreboard_total_limit CHECK (value BETWEEN -9007199254740991 AND 9007199254740991),
    entries BIGINT NOT NULL CHECK (entries >= 0),
    PRIMARY KEY (org_id, metric_id, day, person_id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id)
);
CREATE INDEX scoreboard_totals_by_person ON scoreboard_totals (org_id, person_id, day);

-- Nothing in the ledger is changed, and nothing goes but with the organisation that is being erased.
CREATE FUNCTION scoreboard_ledger_stays() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'append_only';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER scoreboard_entries_stay BEFORE UPDATE OR TRUNCATE ON scoreboard_entries FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
CREATE TRIGGER scoreboard_entries_stay_delete BEFORE DELETE ON scoreboard_entries FOR EACH ROW EXECUTE FUNCTION scoreboard_ledger_stays();
CREATE TRIGGER scoreboard_voids_stay BEFORE UPDATE OR TRUNCATE ON scoreboard_voids FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
CREATE TRIGGER scoreboard_voids_stay_delete BEFORE DELETE ON scoreboard_voids FOR EACH ROW EXECUTE FUNCTION scoreboard_ledger_stays();
CREATE TRIGGER scoreboard_approvals_stay BEFORE UPDATE OR TRUNCATE ON scoreboard_approvals FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
CREATE TRIGGER scoreboard_approvals_stay_delete BEFORE DELETE ON scoreboard_approvals FOR EACH ROW EXECUTE FUNCTION scoreboard_ledger_stays();

ALTER TABLE scoreboard_settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_settings_of_org ON scoreboard_settings USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_people ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_people_of_org ON scoreboard_people USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_teams ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_teams_of_org ON scoreboard_teams USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_memberships ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_memberships_of_org ON scoreboard_memberships USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_metrics ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_metrics_of_org ON scoreboard_metrics USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_entries_of_org ON scoreboard_entries USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_voids ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_voids_of_org ON scoreboard_voids USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_approvals ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_approvals_of_org ON scoreboard_approvals USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_totals ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_totals_of_org ON scoreboard_totals USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
