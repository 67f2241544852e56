-- Words in addresses of organisations that were erased, as a keyed hash: nobody has them until then, so that nobody passes for what
-- was there.
CREATE TABLE reserved_words (
    word_index BYTEA NOT NULL PRIMARY KEY CHECK (length(word_index) = 32),
    until TIMESTAMPTZ NOT NULL
);
CREATE INDEX reserved_words_by_end ON reserved_words (until);

-- What is left of the sign-ups of organisations that are gone.
CREATE INDEX signups_by_org ON signups (made_org) WHERE made_org IS NOT NULL;
DELETE FROM signups WHERE made_org IS NOT NULL AND made_org NOT IN (SELECT id FROM organisations);
