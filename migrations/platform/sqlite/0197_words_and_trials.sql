-- Words in addresses of organisations that were erased, as a keyed hash: nobody has them until then, so that nobody passes for what
-- was there.
CREATE TABLE reserved_words (
    word_index BLOB NOT NULL PRIMARY KEY CHECK (length(word_index) = 32),
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX reserved_words_by_end ON reserved_words (until);

-- Whose two weeks for nothing a sign-up's organisation began with, and which of somebody's sign-ups asked for them last. It stays when
-- the organisation is erased.
CREATE TABLE trials (
    signup_id BLOB NOT NULL PRIMARY KEY,
    email_index BLOB NOT NULL CHECK (length(email_index) = 32),
    user_id BLOB NOT NULL REFERENCES users (id),
    turn INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    had_at INTEGER
) STRICT;
CREATE INDEX trials_by_address ON trials (email_index);
CREATE INDEX trials_by_user ON trials (user_id, turn);
CREATE INDEX trials_asked ON trials (asked_at) WHERE had_at IS NULL;
INSERT INTO trials (signup_id, email_index, user_id, turn, asked_at, had_at)
SELECT id, email_index, user_id, 0, created_at, created_at FROM signups
WHERE made_org IS NOT NULL AND user_id IS NOT NULL AND (invited_by IS NULL OR free_days IS NOT NULL);

-- What is left of the sign-ups of organisations that are gone.
CREATE INDEX signups_by_org ON signups (made_org) WHERE made_org IS NOT NULL;
DELETE FROM signups WHERE made_org IS NOT NULL AND made_org NOT IN (SELECT id FROM organisations);
