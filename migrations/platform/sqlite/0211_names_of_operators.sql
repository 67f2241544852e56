-- The first account is made without a name where the settings give none: whoever runs the platform says who they are before
-- anything of it opens, for customers read it.
ALTER TABLE users ADD COLUMN must_name INTEGER NOT NULL DEFAULT 0 CHECK (must_name IN (0, 1));
