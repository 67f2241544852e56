-- The newest tasks that are all of what a filter asks are found without their rows being read.
CREATE INDEX tasks_tasks_newest ON tasks_tasks (org_id, id, status_id, due_day, responsible_id, trashed_at) WHERE trashed_at IS NULL;
-- What waits for what is told from either end alone.
DROP INDEX tasks_links_by_blocked;
CREATE INDEX tasks_links_by_blocked ON tasks_links (org_id, blocked_id, blocker_id);
