-- Templates of tasks: what they say in each version, what was started of them, and what starts them by itself.

-- `gallery`: the word of the one that it was taken from. `version`: the latest.
CREATE TABLE tasks_templates (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    gallery TEXT CHECK (length(gallery) BETWEEN 1 AND 64),
    archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;

-- body: sealed JSON. changed: sealed JSON, what is different from the version before, in sentences. `tasks`: how many it has.
CREATE TABLE tasks_template_versions (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    template_id BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    body BLOB NOT NULL,
    changed BLOB NOT NULL,
    tasks INTEGER NOT NULL CHECK (tasks >= 0),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, template_id, version),
    FOREIGN KEY (org_id, template_id) REFERENCES tasks_templates (org_id, id)
) STRICT;

-- What starts a template by itself: a rule of days (RFC 5545) with a time, or something that happens in another module. given: sealed JSON, who has which
-- role and what is filled in. `since`: events up to there don't count. `paused`: why it starts nothing any more.
CREATE TABLE tasks_triggers (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    template_id BLOB NOT NULL,
    list_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('schedule', 'event')),
    rule TEXT CHECK (length(rule) BETWEEN 1 AND 1000),
    first_day TEXT CHECK (length(first_day) = 10),
    at_time TEXT CHECK (length(at_time) = 5),
    event TEXT CHECK (length(event) BETWEEN 1 AND 100),
    since INTEGER NOT NULL CHECK (since >= 0),
    given BLOB NOT NULL,
    next_at INTEGER,
    paused TEXT CHECK (length(paused) BETWEEN 1 AND 500),
    made_by_kind TEXT NOT NULL CHECK (made_by_kind IN ('member', 'token', 'system')),
    made_by BLOB,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, template_id) REFERENCES tasks_templates (org_id, id),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id),
    CHECK ((kind = 'schedule') = (rule IS NOT NULL)),
    CHECK ((kind = 'schedule') = (first_day IS NOT NULL)),
    CHECK ((kind = 'schedule') = (at_time IS NOT NULL)),
    CHECK ((kind = 'event') = (event IS NOT NULL)),
    CHECK (next_at IS NULL OR kind = 'schedule')
) STRICT;
CREATE INDEX tasks_triggers_by_template ON tasks_triggers (org_id, template_id);
CREATE INDEX tasks_triggers_by_list ON tasks_triggers (org_id, list_id);
CREATE INDEX tasks_triggers_due ON tasks_triggers (next_at) WHERE next_at IS NOT NULL;

-- Up to where what happens in other modules was looked through; none where nothing waits for it.
CREATE TABLE tasks_trigger_cursors (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    sequence INTEGER NOT NULL CHECK (sequence >= 0),
    PRIMARY KEY (org_id)
) STRICT;

-- Something happened that starts a template, which isn't started yet.
CREATE TABLE tasks_fires (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    trigger_id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, trigger_id, sequence),
    FOREIGN KEY (org_id, trigger_id) REFERENCES tasks_triggers (org_id, id)
) STRICT;

-- A template that was started. given: sealed JSON, who has which role and what is filled in. warnings: sealed JSON, sentences. `trigger_id`: what started it,
-- which may be gone since.
CREATE TABLE tasks_runs (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    template_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    list_id BLOB NOT NULL,
    act_id BLOB NOT NULL,
    trigger_id BLOB,
    anchor TEXT NOT NULL CHECK (length(anchor) = 10),
    given BLOB NOT NULL,
    warnings BLOB NOT NULL,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    started_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, template_id, version) REFERENCES tasks_template_versions (org_id, template_id, version),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id),
    FOREIGN KEY (org_id, act_id) REFERENCES tasks_acts (org_id, id)
) STRICT;
CREATE INDEX tasks_runs_by_template ON tasks_runs (org_id, template_id, version);
CREATE INDEX tasks_runs_by_list ON tasks_runs (org_id, list_id);
CREATE INDEX tasks_runs_by_act ON tasks_runs (org_id, act_id);
CREATE INDEX tasks_runs_by_trigger ON tasks_runs (org_id, trigger_id, started_at) WHERE trigger_id IS NOT NULL;
CREATE INDEX tasks_runs_by_start ON tasks_runs (org_id, started_at, id);

-- A task of a run, and which of the template's it was made of. It goes with the task.
CREATE TABLE tasks_run_tasks (
    org_id BLOB NOT NULL,
    run_id BLOB NOT NULL,
    task_id BLOB NOT NULL,
    step TEXT NOT NULL CHECK (length(step) BETWEEN 1 AND 64),
    PRIMARY KEY (org_id, run_id, task_id),
    FOREIGN KEY (org_id, run_id) REFERENCES tasks_runs (org_id, id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX tasks_run_tasks_by_task ON tasks_run_tasks (org_id, task_id);
