-- The act that took a comment away, and when: nobody sees it any more, until that is undone, and after 30 days it goes for good.
ALTER TABLE tasks_comments ADD COLUMN removed_with BLOB;
ALTER TABLE tasks_comments ADD COLUMN removed_at INTEGER;
CREATE INDEX tasks_comments_by_removed ON tasks_comments (org_id, removed_with) WHERE removed_with IS NOT NULL;
CREATE INDEX tasks_comments_to_empty ON tasks_comments (removed_at) WHERE removed_at IS NOT NULL;

-- What people were told of a comment that was taken away. It goes with the comment.
CREATE TABLE tasks_removed_notices (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    comment_id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    task_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 30),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    times INTEGER NOT NULL CHECK (times >= 1),
    told_at INTEGER NOT NULL,
    read_at INTEGER,
    mail_at INTEGER,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, comment_id) REFERENCES tasks_comments (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX tasks_removed_notices_by_comment ON tasks_removed_notices (org_id, comment_id);

-- The act that took away what starts a template by itself: it starts nothing, until that is undone.
ALTER TABLE tasks_triggers ADD COLUMN removed_with BLOB;
CREATE INDEX tasks_triggers_by_removed ON tasks_triggers (org_id, removed_with) WHERE removed_with IS NOT NULL;
