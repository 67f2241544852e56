-- How many of its comments came in so far, of a task that has more than come in with it; NULL: all of them.
ALTER TABLE tasks_imported ADD COLUMN said BIGINT CHECK (said >= 0);
