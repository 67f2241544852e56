-- The network that somebody logged in from, its last part left out (203.0.113.…), so that people tell their sessions apart; empty
-- where that isn't known. It goes with the session.
ALTER TABLE sessions ADD COLUMN place TEXT NOT NULL DEFAULT '';
