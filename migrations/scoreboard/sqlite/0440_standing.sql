-- Who stood where at the end of a day, for the arrows beside today’s places. `period`: the key of the period that it was of. `ranks`: of whom and which
-- place, packed. `is_last`: it was the period’s last day, and stays.
CREATE TABLE scoreboard_snapshots (
    org_id BLOB NOT NULL,
    metric_id BLOB NOT NULL,
    of_what TEXT NOT NULL CHECK (of_what IN ('people', 'teams', 'branches')),
    period TEXT NOT NULL CHECK (length(period) BETWEEN 1 AND 60),
    day TEXT NOT NULL CHECK (length(day) = 10),
    is_last INTEGER NOT NULL CHECK (is_last IN (0, 1)),
    ranks BLOB NOT NULL,
    PRIMARY KEY (org_id, metric_id, of_what, period, day),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id)
) STRICT;
CREATE INDEX scoreboard_snapshots_by_day ON scoreboard_snapshots (org_id, day);

-- A period that a manager closed: the days from `from_day` to the one before `until_day`. note: sealed. by_id: the member or token.
CREATE TABLE scoreboard_closings (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('week', 'fortnight', 'month', 'quarter', 'year', 'financial_year', 'financial_quarter')),
    from_day TEXT NOT NULL CHECK (length(from_day) = 10),
    until_day TEXT NOT NULL CHECK (length(until_day) = 10),
    note BLOB,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    closed_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK (from_day < until_day)
) STRICT;
CREATE INDEX scoreboard_closings_by_day ON scoreboard_closings (org_id, until_day);

-- A closed period that was opened again, with the reason (sealed).
CREATE TABLE scoreboard_reopenings (
    org_id BLOB NOT NULL,
    closing_id BLOB NOT NULL,
    reason BLOB NOT NULL,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    reopened_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, closing_id),
    FOREIGN KEY (org_id, closing_id) REFERENCES scoreboard_closings (org_id, id)
) STRICT;

-- What each figure was when the period was closed, in the metric's smallest unit. `subject_id`: the person, the team, or the organisation itself.
-- What isn't there was nothing.
CREATE TABLE scoreboard_closed_figures (
    org_id BLOB NOT NULL,
    closing_id BLOB NOT NULL,
    metric_id BLOB NOT NULL,
    of_what TEXT NOT NULL CHECK (of_what IN ('people', 'teams', 'branches', 'all')),
    subject_id BLOB NOT NULL CHECK (length(subject_id) = 16),
    value INTEGER NOT NULL,
    PRIMARY KEY (org_id, closing_id, metric_id, of_what, subject_id),
    FOREIGN KEY (org_id, closing_id) REFERENCES scoreboard_closings (org_id, id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id)
) STRICT;

-- What was changed in a period after it was closed, line by line.
CREATE TABLE scoreboard_late_changes (
    org_id BLOB NOT NULL,
    closing_id BLOB NOT NULL,
    entry_id BLOB NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('entered', 'voided', 'approved')),
    day TEXT NOT NULL CHECK (length(day) = 10),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, closing_id, entry_id, what),
    FOREIGN KEY (org_id, closing_id) REFERENCES scoreboard_closings (org_id, id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
) STRICT;
CREATE INDEX scoreboard_late_changes_by_day ON scoreboard_late_changes (org_id, day);

-- What was closed, and what was changed afterwards, stays as it was written; it goes with the organisation that is being erased alone.
CREATE TRIGGER scoreboard_closings_stay BEFORE UPDATE ON scoreboard_closings
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_closings_stay_delete BEFORE DELETE ON scoreboard_closings
WHEN NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_reopenings_stay BEFORE UPDATE ON scoreboard_reopenings
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_reopenings_stay_delete BEFORE DELETE ON scoreboard_reopenings
WHEN NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_closed_figures_stay BEFORE UPDATE ON scoreboard_closed_figures
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_closed_figures_stay_delete BEFORE DELETE ON scoreboard_closed_figures
WHEN NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_late_changes_stay BEFORE UPDATE ON scoreboard_late_changes
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_late_changes_stay_delete BEFORE DELETE ON scoreboard_late_changes
WHEN NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
-- Not even by INSERT OR REPLACE, which deletes without asking a trigger on deletions. (What is to be left as it is where it is there already looks
-- before it inserts.)
CREATE TRIGGER scoreboard_closings_stay_insert BEFORE INSERT ON scoreboard_closings
WHEN EXISTS (SELECT 1 FROM scoreboard_closings AS other WHERE other.org_id = NEW.org_id AND other.id = NEW.id)
    OR EXISTS (SELECT 1 FROM scoreboard_closings AS other WHERE other.rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_reopenings_stay_insert BEFORE INSERT ON scoreboard_reopenings
WHEN EXISTS (SELECT 1 FROM scoreboard_reopenings AS other WHERE other.org_id = NEW.org_id AND other.closing_id = NEW.closing_id)
    OR EXISTS (SELECT 1 FROM scoreboard_reopenings AS other WHERE other.rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_closed_figures_stay_insert BEFORE INSERT ON scoreboard_closed_figures
WHEN EXISTS (SELECT 1 FROM scoreboard_closed_figures AS other WHERE other.org_id = NEW.org_id AND other.closing_id = NEW.closing_id AND other.metric_id = NEW.metric_id AND other.of_what = NEW.of_what AND other.subject_id = NEW.subject_id)
    OR EXISTS (SELECT 1 FROM scoreboard_closed_figures AS other WHERE other.rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_late_changes_stay_insert BEFORE INSERT ON scoreboard_late_changes
WHEN EXISTS (SELECT 1 FROM scoreboard_late_changes AS other WHERE other.org_id = NEW.org_id AND other.closing_id = NEW.closing_id AND other.entry_id = NEW.entry_id AND other.what = NEW.what)
    OR EXISTS (SELECT 1 FROM scoreboard_late_changes AS other WHERE other.rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
