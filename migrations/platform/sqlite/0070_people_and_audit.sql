-- Managers stand between members and admins; and a member can be allowed more than their role allows, by permission.
ALTER TABLE memberships RENAME TO memberships_before;
CREATE TABLE memberships (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'member')),
    grants TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, user_id)
) STRICT;
INSERT INTO memberships (org_id, user_id, role, created_at) SELECT org_id, user_id, role, created_at FROM memberships_before;
DROP TABLE memberships_before;
CREATE INDEX memberships_by_user ON memberships (user_id);

-- An organisation keeps an owner.
CREATE TRIGGER memberships_keep_an_owner_update
BEFORE UPDATE ON memberships
WHEN OLD.role = 'owner' AND (NEW.role <> 'owner' OR NEW.org_id <> OLD.org_id)
BEGIN
    SELECT RAISE(ABORT, 'no_owner_left')
    WHERE NOT EXISTS (
        SELECT 1 FROM memberships AS other
        WHERE other.org_id = OLD.org_id AND other.role = 'owner' AND other.user_id <> OLD.user_id
    );
END;
CREATE TRIGGER memberships_keep_an_owner_delete
BEFORE DELETE ON memberships
WHEN OLD.role = 'owner'
BEGIN
    SELECT RAISE(ABORT, 'no_owner_left')
    WHERE NOT EXISTS (
        SELECT 1 FROM memberships AS other
        WHERE other.org_id = OLD.org_id AND other.role = 'owner' AND other.user_id <> OLD.user_id
    );
END;

-- Whoever is to own the organisation, until they have agreed.
CREATE TABLE ownership_offers (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    offered_by BLOB NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, user_id)
) STRICT;

-- A second factor that an admin wants taken away, for somebody who has lost their phone and their recovery codes.
CREATE TABLE factor_resets (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    asked_by BLOB NOT NULL REFERENCES users (id),
    asked_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, user_id)
) STRICT;
CREATE INDEX factor_resets_by_due ON factor_resets (due_at);
CREATE INDEX factor_resets_by_user ON factor_resets (user_id);

-- How an organisation wants its people to log in. `factor_due_at`: from then on whoever has no second factor sets one up first.
ALTER TABLE organisations ADD COLUMN factor_policy TEXT NOT NULL DEFAULT 'optional' CHECK (factor_policy IN ('optional', 'admins', 'everyone'));
ALTER TABLE organisations ADD COLUMN factor_due_at INTEGER;
ALTER TABLE organisations ADD COLUMN idle_minutes INTEGER NOT NULL DEFAULT 30 CHECK (idle_minutes BETWEEN 5 AND 720);
ALTER TABLE sessions ADD COLUMN idle_seconds INTEGER NOT NULL DEFAULT 1800;

-- Who did what, in order and without gaps. Each row's hash is keyed and takes in the one before: what is changed, taken out
-- or slipped in afterwards shows. Where they did it from is ciphertext.
CREATE TABLE audit_entries (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'token', 'system')),
    actor_id BLOB,
    action TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    place BLOB NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (org_id, number)
) STRICT;
CREATE INDEX audit_entries_by_actor ON audit_entries (org_id, actor_id, number);

-- The same for what belongs to no organisation: logging in, and what the platform's operator does.
CREATE TABLE platform_log (
    number INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    actor_id BLOB,
    action TEXT NOT NULL,
    subject_id BLOB,
    place BLOB NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX platform_log_by_actor ON platform_log (actor_id, number);

CREATE TRIGGER audit_entries_stay_update BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;

CREATE TRIGGER audit_entries_stay_delete BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;

CREATE TRIGGER platform_log_stay_update BEFORE UPDATE ON platform_log
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;

CREATE TRIGGER platform_log_stay_delete BEFORE DELETE ON platform_log
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
