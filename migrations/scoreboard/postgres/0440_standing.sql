-- Who stood where at the end of a day, for the arrows beside today’s places. `period`: the key of the period that it was of. `ranks`: of whom and which
-- place, packed. `is_last`: it was the period’s last day, and stays.
CREATE TABLE scoreboard_snapshots (
    org_id UUID NOT NULL,
    metric_id UUID NOT NULL,
    of_what TEXT NOT NULL CHECK (of_what IN ('people', 'teams', 'branches')),
    period TEXT NOT NULL CHECK (length(period) BETWEEN 1 AND 60),
    day TEXT NOT NULL CHECK (length(day) = 10),
    is_last BOOLEAN NOT NULL,
    ranks BYTEA NOT NULL,
    PRIMARY KEY (org_id, metric_id, of_what, period, day),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id)
);
CREATE INDEX scoreboard_snapshots_by_day ON scoreboard_snapshots (org_id, day);

-- A period that a manager closed: the days from `from_day` to the one before `until_day`. note: sealed. by_id: the member or token.
CREATE TABLE scoreboard_closings (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('week', 'fortnight', 'month', 'quarter', 'year', 'financial_year', 'financial_quarter')),
    from_day TEXT NOT NULL CHECK (length(from_day) = 10),
    until_day TEXT NOT NULL CHECK (length(until_day) = 10),
    note BYTEA,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    closed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK (from_day < until_day)
);
CREATE INDEX scoreboard_closings_by_day ON scoreboard_closings (org_id, until_day);

-- A closed period that was opened again, with the reason (sealed).
CREATE TABLE scoreboard_reopenings (
    org_id UUID NOT NULL,
    closing_id UUID NOT NULL,
    reason BYTEA NOT NULL,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    reopened_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, closing_id),
    FOREIGN KEY (org_id, closing_id) REFERENCES scoreboard_closings (org_id, id)
);

-- What each figure was when the period was closed, in the metric's smallest unit. `subject_id`: the person, the team, or the organisation itself.
-- What isn't there was nothing.
CREATE TABLE scoreboard_closed_figures (
    org_id UUID NOT NULL,
    closing_id UUID NOT NULL,
    metric_id UUID NOT NULL,
    of_what TEXT NOT NULL CHECK (of_what IN ('people', 'teams', 'branches', 'all')),
    subject_id UUID NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (org_id, closing_id, metric_id, of_what, subject_id),
    FOREIGN KEY (org_id, closing_id) REFERENCES scoreboard_closings (org_id, id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id)
);

-- What was changed in a period after it was closed, line by line.
CREATE TABLE scoreboard_late_changes (
    org_id UUID NOT NULL,
    closing_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('entered', 'voided', 'approved')),
    day TEXT NOT NULL CHECK (length(day) = 10),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, closing_id, entry_id, what),
    FOREIGN KEY (org_id, closing_id) REFERENCES scoreboard_closings (org_id, id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
);
CREATE INDEX scoreboard_late_changes_by_day ON scoreboard_late_changes (org_id, day);

-- What was closed, and what was changed afterwards, stays as it was written; it goes with the organisation that is being erased alone.
CREATE TRIGGER scoreboard_closings_stay BEFORE UPDATE OR TRUNCATE ON scoreboard_closings FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
CREATE TRIGGER scoreboard_closings_stay_delete BEFORE DELETE ON scoreboard_closings FOR EACH ROW EXECUTE FUNCTION scoreboard_ledger_stays();
CREATE TRIGGER scoreboard_reopenings_stay BEFORE UPDATE OR TRUNCATE ON scoreboard_reopenings FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
CREATE TRIGGER scoreboard_reopenings_stay_delete BEFORE DELETE ON scoreboard_reopenings FOR EACH ROW EXECUTE FUNCTION scoreboard_ledger_stays();
CREATE TRIGGER scoreboard_closed_figures_stay BEFORE UPDATE OR TRUNCATE ON scoreboard_closed_figures FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
CREATE TRIGGER scoreboard_closed_figures_stay_delete BEFORE DELETE ON scoreboard_closed_figures FOR EACH ROW EXECUTE FUNCTION scoreboard_ledger_stays();
CREATE TRIGGER scoreboard_late_changes_stay BEFORE UPDATE OR TRUNCATE ON scoreboard_late_changes FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
CREATE TRIGGER scoreboard_late_changes_stay_delete BEFORE DELETE ON scoreboard_late_changes FOR EACH ROW EXECUTE FUNCTION scoreboard_ledger_stays();

ALTER TABLE scoreboard_snapshots ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_snapshots_of_org ON scoreboard_snapshots USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_closings ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_closings_of_org ON scoreboard_closings USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_reopenings ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_reopenings_of_org ON scoreboard_reopenings USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_closed_figures ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_closed_figures_of_org ON scoreboard_closed_figures USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE scoreboard_late_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_late_changes_of_org ON scoreboard_late_changes USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
