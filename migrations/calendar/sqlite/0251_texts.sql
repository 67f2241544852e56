-- Text messages to clients that wait to be sent. content: to which number, and what, sealed, and gone once it was sent or given up.
CREATE TABLE calendar_texts (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    appointment_id BLOB NOT NULL,
    content BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    sent_at INTEGER,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX calendar_texts_due ON calendar_texts (due_at) WHERE content IS NOT NULL;
CREATE INDEX calendar_texts_by_appointment ON calendar_texts (org_id, appointment_id);
