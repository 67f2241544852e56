-- What is counted, whose it is, and the ledger of what happened.

-- How the organisation counts: its week, its fortnight, how far ahead something may be dated.
CREATE TABLE scoreboard_settings (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    week_starts INTEGER NOT NULL DEFAULT 1 CHECK (week_starts BETWEEN 1 AND 7),
    fortnight_from TEXT NOT NULL CHECK (length(fortnight_from) = 10),
    future_days INTEGER NOT NULL DEFAULT 0 CHECK (future_days BETWEEN 0 AND 366),
    version INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id)
) STRICT;

-- name, aliases: sealed. user_id: the member whose own figures these are. The days from `joined_on` to `left_on`, both included, are theirs on
-- boards; what happened stays.
CREATE TABLE scoreboard_people (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name BLOB NOT NULL,
    aliases BLOB NOT NULL,
    user_id BLOB REFERENCES users (id),
    joined_on TEXT CHECK (length(joined_on) = 10),
    left_on TEXT CHECK (length(left_on) = 10),
    opted_out INTEGER NOT NULL DEFAULT 0 CHECK (opted_out IN (0, 1)),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK (joined_on IS NULL OR left_on IS NULL OR joined_on <= left_on)
) STRICT;
CREATE UNIQUE INDEX scoreboard_people_by_user ON scoreboard_people (org_id, user_id) WHERE user_id IS NOT NULL;

-- A team, or a branch: somebody can be in one of each, and in several.
CREATE TABLE scoreboard_teams (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('team', 'branch')),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;

-- Who was in which team from which day until which, both included; open at its end while they are.
CREATE TABLE scoreboard_memberships (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    person_id BLOB NOT NULL,
    team_id BLOB NOT NULL,
    since TEXT NOT NULL CHECK (length(since) = 10),
    until TEXT CHECK (length(until) = 10),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES scoreboard_teams (org_id, id),
    CHECK (until IS NULL OR since <= until)
) STRICT;
CREATE INDEX scoreboard_memberships_by_person ON scoreboard_memberships (org_id, person_id, since);
CREATE INDEX scoreboard_memberships_by_team ON scoreboard_memberships (org_id, team_id, since);
-- Nobody is in a team twice on one day: their figures would count twice.
CREATE TRIGGER scoreboard_memberships_once BEFORE INSERT ON scoreboard_memberships
BEGIN
    SELECT RAISE(ABORT, 'membership_overlap') WHERE EXISTS (
        SELECT 1 FROM scoreboard_memberships AS m
        WHERE m.org_id = NEW.org_id AND m.person_id = NEW.person_id AND m.team_id = NEW.team_id
          AND m.since <= coalesce(NEW.until, '9999-12-31') AND coalesce(m.until, '9999-12-31') >= NEW.since
    );
END;
CREATE TRIGGER scoreboard_memberships_once_changed BEFORE UPDATE ON scoreboard_memberships
BEGIN
    SELECT RAISE(ABORT, 'membership_overlap') WHERE EXISTS (
        SELECT 1 FROM scoreboard_memberships AS m
        WHERE m.org_id = NEW.org_id AND m.person_id = NEW.person_id AND m.team_id = NEW.team_id AND m.id <> NEW.id
          AND m.since <= coalesce(NEW.until, '9999-12-31') AND coalesce(m.until, '9999-12-31') >= NEW.since
    );
END;

-- What is counted. `key`: its word in formulas, files and the API. `money`: whole cents; `number`: so many decimals. `sum` adds entries up, `ratio`
-- divides the sums of two others, `formula` reckons with others.
CREATE TABLE scoreboard_metrics (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 40),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind TEXT NOT NULL CHECK (kind IN ('sum', 'ratio', 'formula')),
    unit TEXT NOT NULL CHECK (unit IN ('money', 'number')),
    suffix TEXT NOT NULL DEFAULT '' CHECK (length(suffix) <= 20),
    decimals INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 4),
    gst TEXT NOT NULL CHECK (gst IN ('none', 'including', 'excluding')),
    lower_is_better INTEGER NOT NULL CHECK (lower_is_better IN (0, 1)),
    numerator_id BLOB,
    denominator_id BLOB,
    formula TEXT NOT NULL DEFAULT '' CHECK (length(formula) <= 500),
    entered_by TEXT NOT NULL CHECK (entered_by IN ('everyone', 'managers', 'programs')),
    approval INTEGER NOT NULL CHECK (approval IN (0, 1)),
    shown_to TEXT NOT NULL CHECK (shown_to IN ('everyone', 'own', 'managers')),
    position INTEGER NOT NULL,
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, key),
    FOREIGN KEY (org_id, numerator_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, denominator_id) REFERENCES scoreboard_metrics (org_id, id),
    CHECK ((kind = 'ratio') = (numerator_id IS NOT NULL) AND (numerator_id IS NULL) = (denominator_id IS NULL)),
    CHECK ((kind = 'formula') = (formula <> '')),
    CHECK (unit <> 'money' OR decimals = 2),
    CHECK ((unit = 'money') = (gst <> 'none'))
) STRICT;
CREATE INDEX scoreboard_metrics_by_numerator ON scoreboard_metrics (org_id, numerator_id) WHERE numerator_id IS NOT NULL;
CREATE INDEX scoreboard_metrics_by_denominator ON scoreboard_metrics (org_id, denominator_id) WHERE denominator_id IS NOT NULL;

-- The ledger: what happened, and never what it was changed to. `day` is the day on the organisation's clock when it was entered, so that another
-- zone later moves nothing. `value` counts the metric's smallest unit. note: sealed. by_id: the member or token.
CREATE TABLE scoreboard_entries (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    metric_id BLOB NOT NULL,
    person_id BLOB NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    happened_at INTEGER NOT NULL,
    value INTEGER NOT NULL CHECK (value BETWEEN -9007199254740991 AND 9007199254740991),
    note BLOB,
    source TEXT NOT NULL CHECK (source IN ('form', 'grid', 'file', 'api', 'webhook', 'event')),
    external_id TEXT CHECK (length(external_id) BETWEEN 1 AND 200),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    entered_at INTEGER NOT NULL,
    awaits_approval INTEGER NOT NULL CHECK (awaits_approval IN (0, 1)),
    replaces_id BLOB,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id),
    FOREIGN KEY (org_id, replaces_id) REFERENCES scoreboard_entries (org_id, id)
) STRICT;
CREATE UNIQUE INDEX scoreboard_entries_by_external_id ON scoreboard_entries (org_id, metric_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX scoreboard_entries_by_replaced ON scoreboard_entries (org_id, replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX scoreboard_entries_by_metric ON scoreboard_entries (org_id, metric_id, person_id, day);
CREATE INDEX scoreboard_entries_by_day ON scoreboard_entries (org_id, day, id);
CREATE INDEX scoreboard_entries_by_person ON scoreboard_entries (org_id, person_id, day);
CREATE INDEX scoreboard_entries_waiting ON scoreboard_entries (org_id, id) WHERE awaits_approval;

-- Taken back, with the reason (sealed). What was entered instead names it (`replaces_id`).
CREATE TABLE scoreboard_voids (
    org_id BLOB NOT NULL,
    entry_id BLOB NOT NULL,
    reason BLOB NOT NULL,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    voided_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, entry_id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
) STRICT;

-- What a manager said of an entry that waited for it.
CREATE TABLE scoreboard_approvals (
    org_id BLOB NOT NULL,
    entry_id BLOB NOT NULL,
    approved INTEGER NOT NULL CHECK (approved IN (0, 1)),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, entry_id),
    FOREIGN KEY (org_id, entry_id) REFERENCES scoreboard_entries (org_id, id)
) STRICT;

-- The ledger added up: what counts of each day. Kept by whoever writes to the ledger, in the same transaction; it can be made anew from it.
CREATE TABLE scoreboard_totals (
    org_id BLOB NOT NULL,
    metric_id BLOB NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    person_id BLOB NOT NULL,
    value INTEGER NOT NULL CONSTRAINT scoreboard_total_limit CHECK (value BETWEEN -9007199254740991 AND 9007199254740991),
    entries INTEGER NOT NULL CHECK (entries >= 0),
    PRIMARY KEY (org_id, metric_id, day, person_id),
    FOREIGN KEY (org_id, metric_id) REFERENCES scoreboard_metrics (org_id, id),
    FOREIGN KEY (org_id, person_id) REFERENCES scoreboard_people (org_id, id)
) STRICT;
CREATE INDEX scoreboard_totals_by_person ON scoreboard_totals (org_id, person_id, day);

-- Nothing in the ledger is changed, and nothing goes but with the organisation that is being erased.
CREATE TRIGGER scoreboard_entries_stay BEFORE UPDATE ON scoreboard_entries
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_entries_stay_delete BEFORE DELETE ON scoreboard_entries
WHEN NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_voids_stay BEFORE UPDATE ON scoreboard_voids
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_voids_stay_delete BEFORE DELETE ON scoreboard_voids
WHEN NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_approvals_stay BEFORE UPDATE ON scoreboard_approvals
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_approvals_stay_delete BEFORE DELETE ON scoreboard_approvals
WHEN NOT EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND erased_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
-- Not even by INSERT OR REPLACE, which deletes without asking a trigger on deletions: by no key, and not by the row's own number.
CREATE TRIGGER scoreboard_entries_stay_insert BEFORE INSERT ON scoreboard_entries
WHEN EXISTS (SELECT 1 FROM scoreboard_entries AS other WHERE other.org_id = NEW.org_id AND other.id = NEW.id)
    OR EXISTS (SELECT 1 FROM scoreboard_entries AS other WHERE other.org_id = NEW.org_id AND other.metric_id = NEW.metric_id AND other.external_id = NEW.external_id)
    OR EXISTS (SELECT 1 FROM scoreboard_entries AS other WHERE other.org_id = NEW.org_id AND other.replaces_id = NEW.replaces_id)
    OR EXISTS (SELECT 1 FROM scoreboard_entries AS other WHERE other.rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_voids_stay_insert BEFORE INSERT ON scoreboard_voids
WHEN EXISTS (SELECT 1 FROM scoreboard_voids AS other WHERE other.org_id = NEW.org_id AND other.entry_id = NEW.entry_id)
    OR EXISTS (SELECT 1 FROM scoreboard_voids AS other WHERE other.rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER scoreboard_approvals_stay_insert BEFORE INSERT ON scoreboard_approvals
WHEN EXISTS (SELECT 1 FROM scoreboard_approvals AS other WHERE other.org_id = NEW.org_id AND other.entry_id = NEW.entry_id)
    OR EXISTS (SELECT 1 FROM scoreboard_approvals AS other WHERE other.rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
