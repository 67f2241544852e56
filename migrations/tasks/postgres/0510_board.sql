-- The cards of a board by what its columns are, in order: tasks that are no part of another, outside the trash.
CREATE INDEX tasks_tasks_cards ON tasks_tasks (org_id, list_id, position) WHERE parent_id IS NULL AND trashed_at IS NULL;
CREATE INDEX tasks_tasks_cards_by_status ON tasks_tasks (org_id, list_id, status_id, position) WHERE parent_id IS NULL AND trashed_at IS NULL;
CREATE INDEX tasks_tasks_cards_by_section ON tasks_tasks (org_id, list_id, section_id, position) WHERE parent_id IS NULL AND trashed_at IS NULL;
CREATE INDEX tasks_tasks_cards_by_responsible ON tasks_tasks (org_id, list_id, responsible_id, position) WHERE parent_id IS NULL AND trashed_at IS NULL;
CREATE INDEX tasks_tasks_cards_by_priority ON tasks_tasks (org_id, list_id, priority, position) WHERE parent_id IS NULL AND trashed_at IS NULL;

