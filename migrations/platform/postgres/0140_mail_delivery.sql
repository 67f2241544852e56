-- What became of a letter once it was sent. To whom it went stays as an index alone, the same as an account's. What has happened
-- is never taken back: in whichever order it is heard of, the state comes out the same.
ALTER TABLE mails ADD COLUMN recipient BYTEA CHECK (length(recipient) = 32);
ALTER TABLE mails ADD COLUMN lapses_at TIMESTAMPTZ;
ALTER TABLE mails ADD COLUMN kept_until TIMESTAMPTZ;
ALTER TABLE mails ADD COLUMN delivered_at TIMESTAMPTZ;
ALTER TABLE mails ADD COLUMN bounced_at TIMESTAMPTZ;
ALTER TABLE mails ADD COLUMN complained_at TIMESTAMPTZ;
ALTER TABLE mails ADD COLUMN state TEXT NOT NULL GENERATED ALWAYS AS (
    CASE
        WHEN complained_at IS NOT NULL THEN 'complained'
        WHEN bounced_at IS NOT NULL THEN 'bounced'
        WHEN delivered_at IS NOT NULL THEN 'delivered'
        WHEN given_up_at IS NOT NULL THEN 'given_up'
        WHEN sent_at IS NOT NULL THEN 'sent'
        ELSE 'queued'
    END
) STORED;
-- What waits already is worth sending until then and no longer, whatever it is.
UPDATE mails SET lapses_at = expires_at;
DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (due_at) WHERE content IS NOT NULL AND given_up_at IS NULL;
CREATE INDEX mails_kept ON mails (kept_until) WHERE kept_until IS NOT NULL;
CREATE INDEX mails_by_provider ON mails (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX mails_by_state ON mails (state, id);

-- What the provider told of letters, each message once; kept a while for those that come before we know the letter's id there.
CREATE TABLE mail_events (
    id TEXT NOT NULL PRIMARY KEY,
    provider_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX mail_events_by_letter ON mail_events (provider_id);
CREATE INDEX mail_events_by_age ON mail_events (received_at);

-- Addresses that no mail is sent to any more, as indexes alone.
CREATE TABLE mail_suppressions (
    recipient BYTEA NOT NULL PRIMARY KEY CHECK (length(recipient) = 32),
    reason TEXT NOT NULL CHECK (reason IN ('bounced', 'complained')),
    created_at TIMESTAMPTZ NOT NULL
);
