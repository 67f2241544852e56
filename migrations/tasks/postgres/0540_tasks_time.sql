-- Tasks that come again, fields of a list's own, and what is kept of both.

-- A task that comes again and again: by which rule (RFC 5545), counted from what, and what the next one is made of (`pattern`: sealed). `made`: how many
-- there were, the first one too.
CREATE TABLE tasks_series (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('schedule', 'after_completion')),
    rule TEXT NOT NULL CHECK (length(rule) BETWEEN 1 AND 1000),
    first_day TEXT NOT NULL CHECK (length(first_day) = 10),
    catch_up BOOLEAN NOT NULL DEFAULT FALSE,
    made BIGINT NOT NULL DEFAULT 1 CHECK (made >= 1),
    pattern BYTEA NOT NULL,
    stopped BOOLEAN NOT NULL DEFAULT FALSE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- Days on which none is made.
CREATE TABLE tasks_series_skips (
    org_id UUID NOT NULL,
    series_id UUID NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    PRIMARY KEY (org_id, series_id, day),
    FOREIGN KEY (org_id, series_id) REFERENCES tasks_series (org_id, id)
);

-- A task of a series, and the day that it has there, wherever it was moved to for once. Of each task there is one that follows.
CREATE TABLE tasks_occurrences (
    org_id UUID NOT NULL,
    task_id UUID NOT NULL,
    series_id UUID NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    predecessor_id UUID,
    PRIMARY KEY (org_id, task_id),
    UNIQUE (org_id, predecessor_id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id),
    FOREIGN KEY (org_id, series_id) REFERENCES tasks_series (org_id, id),
    FOREIGN KEY (org_id, predecessor_id) REFERENCES tasks_tasks (org_id, id),
    CHECK (predecessor_id <> task_id)
);
CREATE INDEX tasks_occurrences_by_series ON tasks_occurrences (org_id, series_id, day);

-- What a list keeps of its tasks beside what all have. `choices`: JSON, of a choice alone.
CREATE TABLE tasks_fields (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    list_id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    kind TEXT NOT NULL CHECK (kind IN ('text', 'number', 'money', 'date', 'choice', 'person')),
    choices TEXT NOT NULL DEFAULT '[]' CHECK (length(choices) <= 20000),
    on_cards BOOLEAN NOT NULL DEFAULT FALSE,
    archived BOOLEAN NOT NULL DEFAULT FALSE,
    position TEXT COLLATE "C" NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, list_id, position),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
);

-- value: sealed JSON.
CREATE TABLE tasks_field_values (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    task_id UUID NOT NULL,
    field_id UUID NOT NULL,
    value BYTEA NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, task_id, field_id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id),
    FOREIGN KEY (org_id, field_id) REFERENCES tasks_fields (org_id, id)
);
CREATE INDEX tasks_field_values_by_field ON tasks_field_values (org_id, field_id);

ALTER TABLE tasks_series ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_series_of_org ON tasks_series USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_series_skips ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_series_skips_of_org ON tasks_series_skips USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_occurrences ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_occurrences_of_org ON tasks_occurrences USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_fields ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_fields_of_org ON tasks_fields USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_field_values ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_field_values_of_org ON tasks_field_values USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
