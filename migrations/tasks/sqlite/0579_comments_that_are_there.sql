-- Comments that are there are found, and counted, without what any of them says being read; those that were taken away, by when that was.
DROP INDEX tasks_comments_by_task;
CREATE INDEX tasks_comments_by_task ON tasks_comments (org_id, task_id, removed_with, created_at, id);
CREATE INDEX tasks_comments_gone ON tasks_comments (org_id, removed_at, id) WHERE removed_at IS NOT NULL;
