-- The secret of an authenticator app that isn't confirmed yet belongs to the session that was shown it, and goes with it: who
-- once got into an account can't leave one there for its owner to confirm.
CREATE TABLE enrolments (
    session_id UUID NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id),
    secret BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX enrolments_by_age ON enrolments (created_at);
DELETE FROM authenticators WHERE confirmed_at IS NULL;

-- From when on admins need a second factor, where they were asked before everybody else was.
ALTER TABLE organisations ADD COLUMN factor_admins_due_at TIMESTAMPTZ;
