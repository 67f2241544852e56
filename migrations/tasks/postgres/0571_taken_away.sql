-- A label that was taken away, and which tasks had it: undoing that brings it back, and puts it on those that are there still.
CREATE TABLE tasks_removed_labels (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    act_id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    colour BIGINT NOT NULL CHECK (colour BETWEEN 0 AND 7),
    removed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, act_id) REFERENCES tasks_acts (org_id, id)
);
CREATE INDEX tasks_removed_labels_by_act ON tasks_removed_labels (org_id, act_id);

CREATE TABLE tasks_removed_task_labels (
    org_id UUID NOT NULL,
    label_id UUID NOT NULL,
    task_id UUID NOT NULL,
    PRIMARY KEY (org_id, label_id, task_id),
    FOREIGN KEY (org_id, label_id) REFERENCES tasks_removed_labels (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id) ON DELETE CASCADE
);
CREATE INDEX tasks_removed_task_labels_by_task ON tasks_removed_task_labels (org_id, task_id);

-- The act that took a filter away: it is nobody’s any more, until that is undone.
ALTER TABLE tasks_filters ADD COLUMN removed_with UUID;
CREATE INDEX tasks_filters_by_removed ON tasks_filters (org_id, removed_with) WHERE removed_with IS NOT NULL;

ALTER TABLE tasks_removed_labels ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_removed_labels_of_org ON tasks_removed_labels USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE tasks_removed_task_labels ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_removed_task_labels_of_org ON tasks_removed_task_labels USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
