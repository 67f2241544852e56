-- An organisation's owner lets those who run the platform look, until then or until it is ended. What it is about is sealed.
CREATE TABLE support_consents (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    given_by BLOB NOT NULL REFERENCES users (id),
    given_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL CHECK (ends_at > given_at),
    about BLOB NOT NULL,
    ended_at INTEGER,
    ended_by BLOB REFERENCES users (id),
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE UNIQUE INDEX support_consents_one_at_a_time ON support_consents (org_id) WHERE ended_at IS NULL;
CREATE INDEX support_consents_due ON support_consents (ends_at) WHERE ended_at IS NULL;

-- Who has looked, and since when.
CREATE TABLE support_uses (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    consent_id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    first_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, consent_id, user_id),
    FOREIGN KEY (org_id, consent_id) REFERENCES support_consents (org_id, id)
) STRICT;

-- Somebody who runs the platform asks to look, until that is decided. Why is sealed.
CREATE TABLE support_asks (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    asked_by BLOB NOT NULL REFERENCES users (id),
    asked_at INTEGER NOT NULL,
    about BLOB NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;

CREATE INDEX users_who_run_the_platform ON users (id) WHERE platform_admin;
