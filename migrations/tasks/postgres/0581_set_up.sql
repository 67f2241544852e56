-- What an act changed of what tasks are kept in (spaces, lists, statuses, sections, labels, teams), and that a comment was added: undoing puts it back.
CREATE TABLE tasks_set_ups (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    act_id UUID NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('space', 'list', 'status', 'section', 'label', 'team', 'comment')),
    subject_id UUID NOT NULL,
    list_id UUID,
    before_value BYTEA NOT NULL,
    after_value BYTEA NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, act_id) REFERENCES tasks_acts (org_id, id),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
);
CREATE INDEX tasks_set_ups_by_act ON tasks_set_ups (org_id, act_id);
CREATE INDEX tasks_set_ups_by_subject ON tasks_set_ups (org_id, subject_id);
CREATE INDEX tasks_set_ups_by_list ON tasks_set_ups (org_id, list_id) WHERE list_id IS NOT NULL;

ALTER TABLE tasks_set_ups ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_set_ups_of_org ON tasks_set_ups USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
