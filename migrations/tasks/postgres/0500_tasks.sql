-- Lists of tasks: where they are, what is done in what order and by whom, and every change of them.

-- How the organisation numbers its tasks: T-1, T-2 …
CREATE TABLE tasks_settings (
    org_id UUID NOT NULL REFERENCES organisations (id),
    next_number BIGINT NOT NULL DEFAULT 1 CHECK (next_number >= 1),
    PRIMARY KEY (org_id)
);

-- Who does things together: a task can be theirs until one of them takes it on.
CREATE TABLE tasks_teams (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE tasks_team_members (
    org_id UUID NOT NULL,
    team_id UUID NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id),
    joined_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, team_id, user_id),
    FOREIGN KEY (org_id, team_id) REFERENCES tasks_teams (org_id, id)
);
CREATE INDEX tasks_team_members_by_user ON tasks_team_members (org_id, user_id);

-- Lists that belong together. `seen_by`: everyone, or only its team and admins.
CREATE TABLE tasks_spaces (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    team_id UUID,
    seen_by TEXT NOT NULL CHECK (seen_by IN ('everyone', 'team')),
    position TEXT COLLATE "C" NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    archived BOOLEAN NOT NULL DEFAULT FALSE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, team_id) REFERENCES tasks_teams (org_id, id),
    CHECK (seen_by = 'everyone' OR team_id IS NOT NULL)
);
CREATE INDEX tasks_spaces_by_team ON tasks_spaces (org_id, team_id) WHERE team_id IS NOT NULL;

-- about: sealed.
CREATE TABLE tasks_lists (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    space_id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    about BYTEA,
    position TEXT COLLATE "C" NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    archived BOOLEAN NOT NULL DEFAULT FALSE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, space_id) REFERENCES tasks_spaces (org_id, id)
);
CREATE INDEX tasks_lists_by_space ON tasks_lists (org_id, space_id, position);

-- How far a task has come, in this list: a column of its board. `most`: so many at once and no more, as a warning.
CREATE TABLE tasks_statuses (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    list_id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind TEXT NOT NULL CHECK (kind IN ('open', 'started', 'done')),
    most BIGINT CHECK (most BETWEEN 1 AND 10000),
    position TEXT COLLATE "C" NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, list_id, id),
    UNIQUE (org_id, list_id, position),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
);

CREATE TABLE tasks_sections (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    list_id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    position TEXT COLLATE "C" NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, list_id, id),
    UNIQUE (org_id, list_id, position),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
);

-- `colour`: one of eight, which each look has its own shade of. `compared`: the name as it is compared.
CREATE TABLE tasks_labels (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    compared TEXT NOT NULL CHECK (length(compared) BETWEEN 1 AND 200),
    colour BIGINT NOT NULL CHECK (colour BETWEEN 0 AND 7),
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, compared)
);

-- title, notes: sealed. `position`: its place in its list, compared byte by byte. Days and times are civil, on the organisation's clock. `touched`: the
-- organisation's sequence when it was changed last, so that whoever follows asks for what changed since. `trashed_with`: the act that put it in the trash.
CREATE TABLE tasks_tasks (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 1),
    list_id UUID NOT NULL,
    section_id UUID,
    status_id UUID NOT NULL,
    parent_id UUID,
    depth BIGINT NOT NULL DEFAULT 0 CHECK (depth BETWEEN 0 AND 9),
    position TEXT COLLATE "C" NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    title BYTEA NOT NULL,
    notes BYTEA,
    priority BIGINT NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 4),
    estimate BIGINT CHECK (estimate BETWEEN 1 AND 600000),
    start_day TEXT CHECK (length(start_day) = 10),
    start_time TEXT CHECK (length(start_time) = 5),
    due_day TEXT CHECK (length(due_day) = 10),
    due_time TEXT CHECK (length(due_time) = 5),
    responsible_id UUID REFERENCES users (id),
    team_id UUID,
    completes TEXT NOT NULL DEFAULT 'any' CHECK (completes IN ('any', 'everyone')),
    started_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    completed_by UUID REFERENCES users (id),
    created_by_kind TEXT NOT NULL CHECK (created_by_kind IN ('member', 'token', 'system')),
    created_by UUID,
    created_at TIMESTAMPTZ NOT NULL,
    trashed_at TIMESTAMPTZ,
    trashed_with UUID,
    version BIGINT NOT NULL DEFAULT 1,
    touched BIGINT NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, number),
    UNIQUE (org_id, list_id, id),
    UNIQUE (org_id, list_id, position),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id),
    FOREIGN KEY (org_id, list_id, section_id) REFERENCES tasks_sections (org_id, list_id, id),
    FOREIGN KEY (org_id, list_id, status_id) REFERENCES tasks_statuses (org_id, list_id, id),
    FOREIGN KEY (org_id, list_id, parent_id) REFERENCES tasks_tasks (org_id, list_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (org_id, team_id) REFERENCES tasks_teams (org_id, id),
    CHECK (start_time IS NULL OR start_day IS NOT NULL),
    CHECK (due_time IS NULL OR due_day IS NOT NULL),
    CHECK ((parent_id IS NULL) = (depth = 0)),
    CHECK ((trashed_at IS NULL) = (trashed_with IS NULL))
);
CREATE INDEX tasks_tasks_by_status ON tasks_tasks (org_id, list_id, status_id, position);
CREATE INDEX tasks_tasks_by_section ON tasks_tasks (org_id, section_id) WHERE section_id IS NOT NULL;
CREATE INDEX tasks_tasks_by_parent ON tasks_tasks (org_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX tasks_tasks_by_touched ON tasks_tasks (org_id, list_id, touched);
CREATE INDEX tasks_tasks_by_responsible ON tasks_tasks (org_id, responsible_id, completed_at) WHERE responsible_id IS NOT NULL;
CREATE INDEX tasks_tasks_by_team ON tasks_tasks (org_id, team_id, completed_at) WHERE team_id IS NOT NULL;
CREATE INDEX tasks_tasks_by_completed ON tasks_tasks (org_id, completed_at, id) WHERE completed_at IS NOT NULL;
CREATE INDEX tasks_tasks_by_trashed ON tasks_tasks (org_id, trashed_at, id) WHERE trashed_at IS NOT NULL;
CREATE INDEX tasks_tasks_open_by_due ON tasks_tasks (org_id, due_day, id) WHERE due_day IS NOT NULL AND completed_at IS NULL;

-- Who else does it. Where everyone completes it, when each did.
CREATE TABLE tasks_assignees (
    org_id UUID NOT NULL,
    task_id UUID NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id),
    done_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, task_id, user_id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id)
);
CREATE INDEX tasks_assignees_by_user ON tasks_assignees (org_id, user_id, task_id);

CREATE TABLE tasks_task_labels (
    org_id UUID NOT NULL,
    task_id UUID NOT NULL,
    label_id UUID NOT NULL,
    PRIMARY KEY (org_id, task_id, label_id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id),
    FOREIGN KEY (org_id, label_id) REFERENCES tasks_labels (org_id, id)
);
CREATE INDEX tasks_task_labels_by_label ON tasks_task_labels (org_id, label_id, task_id);

-- words: sealed.
CREATE TABLE tasks_checks (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    task_id UUID NOT NULL,
    words BYTEA NOT NULL,
    done_at TIMESTAMPTZ,
    done_by UUID REFERENCES users (id),
    position TEXT COLLATE "C" NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, task_id, position),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id)
);

-- One has to be done before the other.
CREATE TABLE tasks_links (
    org_id UUID NOT NULL,
    blocker_id UUID NOT NULL,
    blocked_id UUID NOT NULL,
    PRIMARY KEY (org_id, blocker_id, blocked_id),
    FOREIGN KEY (org_id, blocker_id) REFERENCES tasks_tasks (org_id, id),
    FOREIGN KEY (org_id, blocked_id) REFERENCES tasks_tasks (org_id, id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX tasks_links_by_blocked ON tasks_links (org_id, blocked_id);

-- What somebody did at once, to one task or to hundreds: undone as one.
CREATE TABLE tasks_acts (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 30),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id UUID,
    done_at TIMESTAMPTZ NOT NULL,
    tasks BIGINT NOT NULL CHECK (tasks >= 0),
    undoes_id UUID,
    undone_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, undoes_id) REFERENCES tasks_acts (org_id, id)
);
CREATE INDEX tasks_acts_by_undone ON tasks_acts (org_id, undoes_id) WHERE undoes_id IS NOT NULL;

-- Each field that it changed: `before_value` and `after_value` are sealed JSON. `version`: the task's, with it.
CREATE TABLE tasks_changes (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    act_id UUID NOT NULL,
    task_id UUID NOT NULL,
    field TEXT NOT NULL CHECK (length(field) BETWEEN 1 AND 60),
    version BIGINT NOT NULL,
    before_value BYTEA NOT NULL,
    after_value BYTEA NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, act_id, task_id, field),
    FOREIGN KEY (org_id, act_id) REFERENCES tasks_acts (org_id, id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id)
);
CREATE INDEX tasks_changes_by_task ON tasks_changes (org_id, task_id, version);

-- A task that is in this list no longer, for those who follow the list.
CREATE TABLE tasks_gone (
    org_id UUID NOT NULL,
    list_id UUID NOT NULL,
    task_id UUID NOT NULL,
    touched BIGINT NOT NULL,
    PRIMARY KEY (org_id, list_id, task_id),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id)
);
CREATE INDEX tasks_gone_by_touched ON tasks_gone (org_id, list_id, touched);
CREATE INDEX tasks_gone_by_task ON tasks_gone (org_id, task_id);

-- Who hears what becomes of a task; `muted`: who doesn't want to, though they are on it.
CREATE TABLE tasks_followers (
    org_id UUID NOT NULL,
    task_id UUID NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id),
    muted BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (org_id, task_id, user_id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id)
);
CREATE INDEX tasks_followers_by_user ON tasks_followers (org_id, user_id);

ALTER TABLE tasks_settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_settings_of_org ON tasks_settings USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_teams ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_teams_of_org ON tasks_teams USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_team_members ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_team_members_of_org ON tasks_team_members USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_spaces ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_spaces_of_org ON tasks_spaces USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_lists ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_lists_of_org ON tasks_lists USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_statuses ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_statuses_of_org ON tasks_statuses USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_sections ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_sections_of_org ON tasks_sections USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_labels ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_labels_of_org ON tasks_labels USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_tasks_of_org ON tasks_tasks USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_assignees ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_assignees_of_org ON tasks_assignees USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_task_labels ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_task_labels_of_org ON tasks_task_labels USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_checks ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_checks_of_org ON tasks_checks USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_links ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_links_of_org ON tasks_links USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_acts ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_acts_of_org ON tasks_acts USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_changes_of_org ON tasks_changes USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_gone ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_gone_of_org ON tasks_gone USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_followers ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_followers_of_org ON tasks_followers USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
