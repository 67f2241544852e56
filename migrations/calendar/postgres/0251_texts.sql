-- Text messages to clients that wait to be sent. content: to which number, and what, sealed, and gone once it was sent or given up.
CREATE TABLE calendar_texts (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    content BYTEA,
    attempts BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE
);
CREATE INDEX calendar_texts_due ON calendar_texts (due_at) WHERE content IS NOT NULL;
CREATE INDEX calendar_texts_by_appointment ON calendar_texts (org_id, appointment_id);

ALTER TABLE calendar_texts ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_texts_of_org ON calendar_texts USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
