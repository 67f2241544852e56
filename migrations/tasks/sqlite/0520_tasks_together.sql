-- What people say about tasks, what each is told of them, and what is theirs alone.

-- words: sealed.
CREATE TABLE tasks_comments (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    task_id BLOB NOT NULL,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    words BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX tasks_comments_by_task ON tasks_comments (org_id, task_id, created_at, id);

CREATE TABLE tasks_reactions (
    org_id BLOB NOT NULL,
    comment_id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    what TEXT NOT NULL CHECK (what IN ('thumbs_up', 'heart', 'done', 'party', 'laugh', 'eyes', 'question', 'thanks')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, comment_id, user_id, what),
    FOREIGN KEY (org_id, comment_id) REFERENCES tasks_comments (org_id, id) ON DELETE CASCADE
) STRICT;

-- What somebody is told of a task. `times`: as often it happened while they hadn't looked. `mail_at`: it is emailed then, unless they look before.
CREATE TABLE tasks_notices (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES users (id),
    task_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('assigned', 'unassigned', 'due', 'completed', 'commented', 'mentioned', 'can_begin', 'queued', 'claimed')),
    by_kind TEXT NOT NULL CHECK (by_kind IN ('member', 'token', 'system')),
    by_id BLOB,
    comment_id BLOB,
    times INTEGER NOT NULL DEFAULT 1 CHECK (times >= 1),
    told_at INTEGER NOT NULL,
    read_at INTEGER,
    mail_at INTEGER,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, task_id) REFERENCES tasks_tasks (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, comment_id) REFERENCES tasks_comments (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX tasks_notices_once ON tasks_notices (org_id, user_id, task_id, kind) WHERE read_at IS NULL;
CREATE INDEX tasks_notices_by_user ON tasks_notices (org_id, user_id, told_at, id);
CREATE INDEX tasks_notices_unread ON tasks_notices (org_id, user_id) WHERE read_at IS NULL;
CREATE INDEX tasks_notices_by_task ON tasks_notices (org_id, task_id);
CREATE INDEX tasks_notices_by_comment ON tasks_notices (org_id, comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX tasks_notices_to_mail ON tasks_notices (mail_at) WHERE mail_at IS NOT NULL;
CREATE INDEX tasks_notices_by_told ON tasks_notices (told_at);

-- How somebody wants to be told of a kind of thing, where they chose.
CREATE TABLE tasks_ways (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 30),
    way TEXT NOT NULL CHECK (way IN ('off', 'app', 'email')),
    PRIMARY KEY (org_id, user_id, kind)
) STRICT;

-- What is somebody's own: the list that what they add goes to, and when the daily email comes. `weekdays`: Monday first, 1 is yes.
CREATE TABLE tasks_own (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    list_id BLOB,
    daily INTEGER NOT NULL DEFAULT 0 CHECK (daily IN (0, 1)),
    hour INTEGER NOT NULL DEFAULT 7 CHECK (hour BETWEEN 0 AND 23),
    weekdays TEXT NOT NULL DEFAULT '1111100' CHECK (length(weekdays) = 7),
    told_day TEXT CHECK (length(told_day) = 10),
    next_at INTEGER,
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
) STRICT;
CREATE INDEX tasks_own_by_next ON tasks_own (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX tasks_own_by_list ON tasks_own (org_id, list_id) WHERE list_id IS NOT NULL;

-- Lists whose tasks for a team go to its members in turn.
CREATE TABLE tasks_rounds (
    org_id BLOB NOT NULL,
    list_id BLOB NOT NULL,
    PRIMARY KEY (org_id, list_id),
    FOREIGN KEY (org_id, list_id) REFERENCES tasks_lists (org_id, id)
) STRICT;

-- When it was whose turn last.
CREATE TABLE tasks_turns (
    org_id BLOB NOT NULL,
    team_id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    last_turn INTEGER NOT NULL,
    PRIMARY KEY (org_id, team_id, user_id),
    FOREIGN KEY (org_id, team_id) REFERENCES tasks_teams (org_id, id)
) STRICT;

CREATE INDEX tasks_tasks_to_empty ON tasks_tasks (trashed_at) WHERE trashed_at IS NOT NULL;
