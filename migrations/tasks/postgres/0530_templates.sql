-- Templates of tasks: what they say in each version, what was started of them, and what starts them by itself.

-- `gallery`: the word of the one that it was taken from. `version`: the latest.
CREATE TABLE tasks_templates (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    gallery TEXT CHECK (length(gallery) BETWEEN 1 AND 64),
    archived BOOLEAN NOT NULL DEFAULT FALSE,
    version BIGINT NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- body: sealed JSON. changed: sealed JSON, what is different from the version before, in sentences. `tasks`: how many it has.
CREATE TABLE tasks_template_versions (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    template_id UUID NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    body BYTEA NOT NULL,
    changed BYTEA NOT NULL,
    tasks BIGINT NOT NULL CHECK (tasks >= 0),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    saved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, template_id, version),
    FOREIGN KEY (org_id, template_id) REFERENCES tasks_templates (org_id, id)
);

-- What starts a template by itself: a rule of days (RFC 5545) with a time, or something that happens in another module. given: sealed JSON, who has which
-- role and what is filled in. `since`: events up to there don't count. `paused`: why it starts nothing any more.
CREATE TABLE tasks_triggers (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    template_id UUID NOT NULL,
    list_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('schedule', 'event')),
    rule TEXT CHECK (length(rule) BETWEEN 1 AND 1000),
    first_day TEXT CHECK (length(first_day) = 10),
    at_time TEXT CHECK (length(at_time) = 5),
    event TEXT CHECK (length(event) BETWEEN 1 AND 100),
    since BIGINT NOT NULL CHECK (since >= 0),
    given BYTEA NOT NULL,
    next_at TIMESTAMPTZ,
    paused TEXT CHECK (length(paused) BETWEEN 1 AND 500),
    made_by_kind TEXT NOT NULL CHECK (made_by_kind IN ('member', 'token', 'system')),
    made_by UUID,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, template_id) REFERENCES tasks_templates (org_id, id),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id),
    CHECK ((kind = 'schedule') = (rule IS NOT NULL)),
    CHECK ((kind = 'schedule') = (first_day IS NOT NULL)),
    CHECK ((kind = 'schedule') = (at_time IS NOT NULL)),
    CHECK ((kind = 'event') = (event IS NOT NULL)),
    CHECK (next_at IS NULL OR kind = 'schedule')
);
CREATE INDEX tasks_triggers_by_template ON tasks_triggers (org_id, template_id);
CREATE INDEX tasks_triggers_by_list ON tasks_triggers (org_id, list_id);
CREATE INDEX tasks_triggers_due ON tasks_triggers (next_at) WHERE next_at IS NOT NULL;

-- Up to where what happens in other modules was looked through; none where nothing waits for it.
CREATE TABLE tasks_trigger_cursors (
    org_id UUID NOT NULL REFERENCES organisations (id),
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    PRIMARY KEY (org_id)
);

-- Something happened that starts a template, which isn't started yet.
CREATE TABLE tasks_fires (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    trigger_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    day TEXT NOT NULL CHECK (length(day) = 10),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, trigger_id, sequence),
    FOREIGN KEY (org_id, trigger_id) REFERENCES tasks_triggers (org_id, id)
);

-- A template that was started. given: sealed JSON, who has which role and what is filled in. warnings: sealed JSON, sentences. `trigger_id`: what started it,
-- which may be gone since.
CREATE TABLE tasks_runs (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    template_id UUID NOT NULL,
    version BIGINT NOT NULL,
    list_id UUID NOT NULL,
    act_id UUID NOT NULL,
    trigger_id UUID,
    anchor TEXT NOT NULL CHECK (length(anchor) = 10),
    given BYTEA NOT NULL,
    warnings BYTEA NOT NULL,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    started_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, template_id, version) REFERENCES tasks_template_versions (org_id, template_id, version),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id),
    FOREIGN KEY (org_id, act_id) REFERENCES tasks_acts (org_id, id)
);
CREATE INDEX tasks_runs_by_template ON tasks_runs (org_id, template_id, version);
CREATE INDEX tasks_runs_by_list ON tasks_runs (org_id, list_id);
CREATE INDEX tasks_runs_by_act ON tasks_runs (org_id, act_id);
CREATE INDEX tasks_runs_by_trigger ON tasks_runs (org_id, trigger_id, started_at) WHERE trigger_id IS NOT NULL;
CREATE INDEX tasks_runs_by_start ON tasks_runs (org_id, started_at, id);

-- A task of a run, and which of the template's it was made of. It goes with the task.
CREATE TABLE tasks_run_tasks (
    org_id UUID NOT NULL,
    run_id UUID NOT NULL,
    task_id UUID NOT NULL,
    step TEXT NOT NULL CHECK (length(step) BETWEEN 1 AND 64),
    PRIMARY KEY (org_id, run_id, task_id),
    FOREIGN KEY (org_id, run_id) REFERENCES tasks_runs (org_id, id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id) ON DELETE CASCADE
);
CREATE INDEX tasks_run_tasks_by_task ON tasks_run_tasks (org_id, task_id);

ALTER TABLE tasks_templates ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_templates_of_org ON tasks_templates USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_template_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_template_versions_of_org ON tasks_template_versions USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_triggers ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_triggers_of_org ON tasks_triggers USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_trigger_cursors ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_trigger_cursors_of_org ON tasks_trigger_cursors USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_fires ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_fires_of_org ON tasks_fires USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_runs_of_org ON tasks_runs USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_run_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_run_tasks_of_org ON tasks_run_tasks USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
