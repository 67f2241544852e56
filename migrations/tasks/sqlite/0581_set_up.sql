-- What an act changed of what tasks are kept in (spaces, lists, statuses, sections, labels, teams), and that a comment was added: undoing puts it back.
CREATE TABLE tasks_set_ups (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    act_id BLOB NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('space', 'list', 'status', 'section', 'label', 'team', 'comment')),
    subject_id BLOB NOT NULL CHECK (length(subject_id) = 16),
    list_id BLOB,
    before_value BLOB NOT NULL,
    after_value BLOB NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, act_id) REFERENCES tasks_acts (org_id, id),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
) STRICT;
CREATE INDEX tasks_set_ups_by_act ON tasks_set_ups (org_id, act_id);
CREATE INDEX tasks_set_ups_by_subject ON tasks_set_ups (org_id, subject_id);
CREATE INDEX tasks_set_ups_by_list ON tasks_set_ups (org_id, list_id) WHERE list_id IS NOT NULL;
