-- Tasks that come again, fields of a list's own, and what is kept of both.

-- A task that comes again and again: by which rule (RFC 5545), counted from what, and what the next one is made of (`pattern`: sealed). `made`: how many
-- there were, the first one too.
CREATE TABLE tasks_series (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    mode TEXT NOT NULL CHECK (mode IN ('schedule', 'after_completion')),
    rule TEXT NOT NULL CHECK (length(rule) BETWEEN 1 AND 1000),
    first_day TEXT NOT NULL CHECK (length(first_day) = 10),
    catch_up INTEGER NOT NULL DEFAULT 0 CHECK (catch_up IN (0, 1)),
    made INTEGER NOT NULL DEFAULT 1 CHECK (made >= 1),
    pattern BLOB NOT NULL,
    stopped INTEGER NOT NULL DEFAULT 0 CHECK (stopped IN (0, 1)),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;

-- Days on which none is made.
CREATE TABLE tasks_series_skips (
    org_id BLOB NOT NULL,
    series_id BLOB NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    PRIMARY KEY (org_id, series_id, day),
    FOREIGN KEY (org_id, series_id) REFERENCES tasks_series (org_id, id)
) STRICT;

-- A task of a series, and the day that it has there, wherever it was moved to for once. Of each task there is one that follows.
CREATE TABLE tasks_occurrences (
    org_id BLOB NOT NULL,
    task_id BLOB NOT NULL,
    series_id BLOB NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    predecessor_id BLOB,
    PRIMARY KEY (org_id, task_id),
    UNIQUE (org_id, predecessor_id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id),
    FOREIGN KEY (org_id, series_id) REFERENCES tasks_series (org_id, id),
    FOREIGN KEY (org_id, predecessor_id) REFERENCES tasks_tasks (org_id, id),
    CHECK (predecessor_id <> task_id)
) STRICT;
CREATE INDEX tasks_occurrences_by_series ON tasks_occurrences (org_id, series_id, day);

-- What a list keeps of its tasks beside what all have. `choices`: JSON, of a choice alone.
CREATE TABLE tasks_fields (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    list_id BLOB NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    kind TEXT NOT NULL CHECK (kind IN ('text', 'number', 'money', 'date', 'choice', 'person')),
    choices TEXT NOT NULL DEFAULT '[]' CHECK (length(choices) <= 20000),
    on_cards INTEGER NOT NULL DEFAULT 0 CHECK (on_cards IN (0, 1)),
    archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    position TEXT NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, list_id, position),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
) STRICT;

-- value: sealed JSON.
CREATE TABLE tasks_field_values (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    task_id BLOB NOT NULL,
    field_id BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, task_id, field_id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id),
    FOREIGN KEY (org_id, field_id) REFERENCES tasks_fields (org_id, id)
) STRICT;
CREATE INDEX tasks_field_values_by_field ON tasks_field_values (org_id, field_id);
