-- The first account is made without a name where the settings give none: whoever runs the platform says who they are before
-- anything of it opens, for customers read it.
ALTER TABLE users ADD COLUMN must_name BOOLEAN NOT NULL DEFAULT FALSE;
