-- Office screens. `code`: what the screen shows and an admin typed, until it comes for its boards. `token_hash`: of what the screen keeps from then on.
-- `playlist`: what it shows, one after the other. `seen_at`, `seen_version`, `shows`, `sound_blocked`: what it told last.
CREATE TABLE scoreboard_screens (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    playlist TEXT NOT NULL,
    code TEXT CHECK (length(code) = 7),
    code_until INTEGER,
    token_hash BLOB CHECK (length(token_hash) = 32),
    paired_at INTEGER,
    seen_at INTEGER,
    seen_version TEXT NOT NULL DEFAULT '' CHECK (length(seen_version) <= 100),
    shows TEXT NOT NULL DEFAULT '' CHECK (length(shows) <= 200),
    sound_blocked INTEGER NOT NULL DEFAULT 0 CHECK (sound_blocked IN (0, 1)),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK ((code IS NULL) = (code_until IS NULL)),
    CHECK ((token_hash IS NULL) = (paired_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX scoreboard_screens_by_token ON scoreboard_screens (token_hash) WHERE token_hash IS NOT NULL;
CREATE UNIQUE INDEX scoreboard_screens_by_code ON scoreboard_screens (code) WHERE code IS NOT NULL;
