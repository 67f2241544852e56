-- Managers stand between members and admins; and a member can be allowed more than their role allows, by permission.
ALTER TABLE memberships RENAME TO memberships_before;
CREATE TABLE memberships (
    org_id UUID NOT NULL REFERENCES organisations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'member')),
    grants TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, user_id)
);
INSERT INTO memberships (org_id, user_id, role, created_at) SELECT org_id, user_id, role, created_at FROM memberships_before;
DROP TABLE memberships_before;
CREATE INDEX memberships_by_user ON memberships (user_id);
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
CREATE POLICY memberships_of_org ON memberships USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- An organisation keeps an owner.
CREATE FUNCTION memberships_keep_an_owner() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.role = 'owner' AND (TG_OP = 'DELETE' OR NEW.role <> 'owner' OR NEW.org_id <> OLD.org_id) AND NOT EXISTS (
        SELECT 1 FROM memberships AS other
        WHERE other.org_id = OLD.org_id AND other.role = 'owner' AND other.user_id <> OLD.user_id
    ) THEN
        RAISE EXCEPTION 'no_owner_left';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER memberships_keep_an_owner BEFORE UPDATE OR DELETE ON memberships
FOR EACH ROW EXECUTE FUNCTION memberships_keep_an_owner();

-- Whoever is to own the organisation, until they have agreed.
CREATE TABLE ownership_offers (
    org_id UUID NOT NULL REFERENCES organisations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    offered_by UUID NOT NULL REFERENCES users (id),
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, user_id)
);

-- A second factor that an admin wants taken away, for somebody who has lost their phone and their recovery codes.
CREATE TABLE factor_resets (
    org_id UUID NOT NULL REFERENCES organisations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    asked_by UUID NOT NULL REFERENCES users (id),
    asked_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, user_id)
);
CREATE INDEX factor_resets_by_due ON factor_resets (due_at);
CREATE INDEX factor_resets_by_user ON factor_resets (user_id);

-- How an organisation wants its people to log in. `factor_due_at`: from then on whoever has no second factor sets one up first.
ALTER TABLE organisations ADD COLUMN factor_policy TEXT NOT NULL DEFAULT 'optional' CHECK (factor_policy IN ('optional', 'admins', 'everyone'));
ALTER TABLE organisations ADD COLUMN factor_due_at TIMESTAMPTZ;
ALTER TABLE organisations ADD COLUMN idle_minutes BIGINT NOT NULL DEFAULT 30 CHECK (idle_minutes BETWEEN 5 AND 720);
ALTER TABLE sessions ADD COLUMN idle_seconds BIGINT NOT NULL DEFAULT 1800;

-- Who did what, in order and without gaps. Each row's hash is keyed and takes in the one before: what is changed, taken out
-- or slipped in afterwards shows. Where they did it from is ciphertext.
CREATE TABLE audit_entries (
    org_id UUID NOT NULL REFERENCES organisations (id),
    number BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'token', 'system')),
    actor_id UUID,
    action TEXT NOT NULL,
    subject_id UUID NOT NULL,
    place BYTEA NOT NULL,
    detail TEXT NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (org_id, number)
);
CREATE INDEX audit_entries_by_actor ON audit_entries (org_id, actor_id, number);

-- The same for what belongs to no organisation: logging in, and what the platform's operator does.
CREATE TABLE platform_log (
    number BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    action TEXT NOT NULL,
    subject_id UUID,
    place BYTEA NOT NULL,
    detail TEXT NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32)
);
CREATE INDEX platform_log_by_actor ON platform_log (actor_id, number);
ALTER TABLE ownership_offers ENABLE ROW LEVEL SECURITY;
CREATE POLICY ownership_offers_of_org ON ownership_offers USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE factor_resets ENABLE ROW LEVEL SECURITY;
CREATE POLICY factor_resets_of_org ON factor_resets USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_entries_of_org ON audit_entries USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

CREATE FUNCTION devalo_append_only() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append_only';
END
$$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
REVOKE UPDATE, DELETE ON audit_entries FROM devalo_app;
CREATE TRIGGER platform_log_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON platform_log FOR EACH STATEMENT EXECUTE FUNCTION devalo_append_only();
REVOKE UPDATE, DELETE ON platform_log FROM devalo_app;
