-- An organisation's owner lets those who run the platform look, until then or until it is ended. What it is about is sealed.
CREATE TABLE support_consents (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    given_by UUID NOT NULL REFERENCES users (id),
    given_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL CHECK (ends_at > given_at),
    about BYTEA NOT NULL,
    ended_at TIMESTAMPTZ,
    ended_by UUID REFERENCES users (id),
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX support_consents_one_at_a_time ON support_consents (org_id) WHERE ended_at IS NULL;
CREATE INDEX support_consents_due ON support_consents (ends_at) WHERE ended_at IS NULL;
ALTER TABLE support_consents ENABLE ROW LEVEL SECURITY;
CREATE POLICY support_consents_of_org ON support_consents USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- Who has looked, and since when.
CREATE TABLE support_uses (
    org_id UUID NOT NULL REFERENCES organisations (id),
    consent_id UUID NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id),
    first_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, consent_id, user_id),
    FOREIGN KEY (org_id, consent_id) REFERENCES support_consents (org_id, id)
);
ALTER TABLE support_uses ENABLE ROW LEVEL SECURITY;
CREATE POLICY support_uses_of_org ON support_uses USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- Somebody who runs the platform asks to look, until that is decided. Why is sealed.
CREATE TABLE support_asks (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    asked_by UUID NOT NULL REFERENCES users (id),
    asked_at TIMESTAMPTZ NOT NULL,
    about BYTEA NOT NULL,
    PRIMARY KEY (org_id, id)
);
ALTER TABLE support_asks ENABLE ROW LEVEL SECURITY;
CREATE POLICY support_asks_of_org ON support_asks USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

CREATE INDEX users_who_run_the_platform ON users (id) WHERE platform_admin;
