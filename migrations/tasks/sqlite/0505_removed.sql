-- A status or a part of a list that was taken away with tasks in it: undoing that brings it back, and them into it.
CREATE TABLE tasks_removed (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    act_id BLOB NOT NULL,
    list_id BLOB NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('status', 'section')),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind TEXT CHECK (kind IN ('open', 'started', 'done')),
    most INTEGER CHECK (most BETWEEN 1 AND 10000),
    position TEXT NOT NULL CHECK (length(position) BETWEEN 1 AND 200),
    removed_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, act_id) REFERENCES tasks_acts (org_id, id),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id),
    CHECK ((what = 'status') = (kind IS NOT NULL))
) STRICT;
CREATE INDEX tasks_removed_by_act ON tasks_removed (org_id, act_id);
CREATE INDEX tasks_removed_by_list ON tasks_removed (org_id, list_id);
