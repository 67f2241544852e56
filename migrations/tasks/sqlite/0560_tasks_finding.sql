-- What finding goes by: fingerprints of words, filters that are kept, and how much people can do in a week.

-- Of which words a task’s title and notes are, and its comments: keyed fingerprints, cut to 64 bits, of whole words and of their starts. `source_id`: the
-- task’s own id, or a comment’s.
CREATE TABLE tasks_words (
    org_id BLOB NOT NULL,
    word INTEGER NOT NULL,
    task_id BLOB NOT NULL,
    source_id BLOB NOT NULL,
    PRIMARY KEY (org_id, word, task_id, source_id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX tasks_words_by_task ON tasks_words (org_id, task_id, source_id);

CREATE INDEX tasks_tasks_by_due ON tasks_tasks (org_id, due_day) WHERE due_day IS NOT NULL;
-- All that reports and the workload ask of open tasks, without reading the tasks themselves.
CREATE INDEX tasks_tasks_open ON tasks_tasks (org_id, list_id, responsible_id, team_id, due_day, start_day, estimate, completed_at, trashed_at) WHERE completed_at IS NULL AND trashed_at IS NULL;
CREATE INDEX tasks_tasks_by_created ON tasks_tasks (org_id, created_at);
CREATE INDEX tasks_acts_by_done ON tasks_acts (org_id, done_at);

-- A filter that is kept: one’s own, or everybody’s. query: sealed. `owner_id`: nobody, of one that a program added.
CREATE TABLE tasks_filters (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    owner_id BLOB REFERENCES users (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    query BLOB NOT NULL,
    shared INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1)),
    position TEXT NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK (shared OR owner_id IS NOT NULL)
) STRICT;
CREATE INDEX tasks_filters_by_owner ON tasks_filters (org_id, owner_id);

-- How much somebody can do in a week, in minutes, where that isn’t what holds for all.
CREATE TABLE tasks_capacity (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 0 AND 10080),
    PRIMARY KEY (org_id, user_id)
) STRICT;

ALTER TABLE tasks_settings ADD COLUMN week_minutes INTEGER NOT NULL DEFAULT 2280 CHECK (week_minutes BETWEEN 0 AND 10080);
