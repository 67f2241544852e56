-- What the columns of the board go by that a link shows. NULL: it shows a list.
ALTER TABLE tasks_shares ADD COLUMN board_by TEXT CHECK (board_by IN ('status', 'person', 'priority', 'label'));
