-- Accounts, organisations and what every module stands on. Names, emails and phones are ciphertext (see crypto.rs).

CREATE TABLE organisations (
    id UUID NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 2 AND 63),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    zone TEXT NOT NULL,
    sequence BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL
);

-- The platform's own key has the nil owner.
CREATE TABLE data_keys (
    owner_id UUID NOT NULL,
    generation BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (owner_id, generation)
);

CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    email BYTEA NOT NULL,
    email_index BYTEA NOT NULL UNIQUE,
    name BYTEA NOT NULL,
    password_hash TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE memberships (
    org_id UUID NOT NULL REFERENCES organisations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE sessions (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE org_modules (
    org_id UUID NOT NULL REFERENCES organisations (id),
    module TEXT NOT NULL,
    enabled_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, module)
);

CREATE TABLE api_tokens (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    token_hash BYTEA NOT NULL CHECK (length(token_hash) = 32),
    scopes TEXT NOT NULL,
    created_by UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, token_hash)
);

-- What happened, in order, without gaps: the live stream and domain events read it.
CREATE TABLE events (
    org_id UUID NOT NULL REFERENCES organisations (id),
    sequence BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, sequence)
);

CREATE TABLE idempotency_keys (
    org_id UUID NOT NULL REFERENCES organisations (id),
    scope TEXT NOT NULL,
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint BYTEA NOT NULL,
    outcome UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Which modules this server found when it started, for the operator.
CREATE TABLE boots (
    id UUID NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    modules TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL
);

-- The application takes a role that owns nothing, so that the policies below hold for it.
DO $$
BEGIN
    CREATE ROLE devalo_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
DO $$
BEGIN
    EXECUTE format('GRANT devalo_app TO %I', current_user);
END
$$;
GRANT USAGE ON SCHEMA public TO devalo_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO devalo_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO devalo_app;
REVOKE ALL ON _sqlx_migrations FROM devalo_app;

-- The organisation that the running transaction was opened for.
CREATE FUNCTION devalo_org() RETURNS UUID LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('devalo.org', TRUE), '')::UUID $$;

-- The running transaction was opened for the platform's own work over all organisations.
CREATE FUNCTION devalo_across_orgs() RETURNS BOOLEAN LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(current_setting('devalo.across_orgs', TRUE), '') = 'on' $$;

ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
CREATE POLICY memberships_of_org ON memberships USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE org_modules ENABLE ROW LEVEL SECURITY;
CREATE POLICY org_modules_of_org ON org_modules USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_tokens_of_org ON api_tokens USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY events_of_org ON events USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_of_org ON idempotency_keys USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
