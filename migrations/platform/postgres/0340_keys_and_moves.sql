-- A data key that was made anew opens at once, and seals from `current_from` on, when every process has it. NULL: it always did.
ALTER TABLE data_keys ADD COLUMN current_from TIMESTAMPTZ;

-- Whose fields are being sealed anew, and how far that is: whoever has the lease goes on after the row `after_id` of that column. A pass that found
-- nothing more to do, begun when nobody could seal with the old key any more, is the last one.
CREATE TABLE key_rotations (
    owner_id UUID NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    begins_at TIMESTAMPTZ NOT NULL,
    leased_until TIMESTAMPTZ,
    pass_began_at TIMESTAMPTZ,
    at_table TEXT NOT NULL DEFAULT '',
    at_column TEXT NOT NULL DEFAULT '',
    after_id UUID NOT NULL,
    in_pass BIGINT NOT NULL DEFAULT 0,
    sealed BIGINT NOT NULL DEFAULT 0,
    refused BIGINT NOT NULL DEFAULT 0,
    finished_at TIMESTAMPTZ
);
CREATE INDEX key_rotations_by_end ON key_rotations (finished_at);

-- The names of the master keys that a server knew when it started, with spaces between, and its machine; and when it last said that it runs. NULL: it ended.
ALTER TABLE boots ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE boots ADD COLUMN kids TEXT NOT NULL DEFAULT '';
ALTER TABLE boots ADD COLUMN seen_at TIMESTAMPTZ;
CREATE INDEX boots_by_seen ON boots (seen_at);

-- What was moved here from another database. Until it is finished nothing is served from here.
CREATE TABLE database_moves (
    source TEXT NOT NULL PRIMARY KEY,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ
);

-- How far that is, of each table: after the row with this key, as JSON.
CREATE TABLE database_move_tables (
    name TEXT NOT NULL PRIMARY KEY,
    after_key TEXT NOT NULL,
    copied BIGINT NOT NULL,
    done BOOLEAN NOT NULL
);
