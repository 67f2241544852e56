-- What the calendar writes: which letters went out, what is to go out later, and how they are worded.

-- Letters about appointments to their clients. letter_id: the letter in the outbox, which tells what became of it; NULL: it went as a
-- text message. by_hand: somebody had it sent again.
CREATE TABLE calendar_messages (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    letter_id UUID,
    by_hand BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE
);
CREATE INDEX calendar_messages_by_appointment ON calendar_messages (org_id, appointment_id, id);

-- What is to be written later: a reminder so many hours before the start, or a follow-up so many after the end. done_at: it needs
-- nothing more; outcome says what came of it.
CREATE TABLE calendar_reminders (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('reminder', 'follow_up')),
    hours BIGINT NOT NULL CHECK (hours BETWEEN 1 AND 8760),
    due_at TIMESTAMPTZ NOT NULL,
    done_at TIMESTAMPTZ,
    outcome TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('', 'sent', 'changed', 'ended', 'late', 'over', 'unconfirmed', 'off', 'nowhere', 'closed')),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    CHECK ((done_at IS NULL) = (outcome = ''))
);
CREATE INDEX calendar_reminders_due ON calendar_reminders (due_at, id) WHERE done_at IS NULL;
CREATE INDEX calendar_reminders_by_appointment ON calendar_reminders (org_id, appointment_id, due_at);

-- How an organisation words a kind of letter; without a row it is worded as we word it.
CREATE TABLE calendar_templates (
    org_id UUID NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
    body TEXT NOT NULL CHECK (length(body) BETWEEN 1 AND 10000),
    version BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, kind)
);

-- What somebody who can be booked is told, where they are a member; without a row all but the day. agenda_hour: when, on the business's
-- clock, they are told of the day; agenda_at: when that is next.
CREATE TABLE calendar_staff_letters (
    org_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    booked BOOLEAN NOT NULL DEFAULT TRUE,
    moved BOOLEAN NOT NULL DEFAULT TRUE,
    cancelled BOOLEAN NOT NULL DEFAULT TRUE,
    to_confirm BOOLEAN NOT NULL DEFAULT TRUE,
    agenda_hour BIGINT CHECK (agenda_hour BETWEEN 0 AND 23),
    agenda_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, staff_id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id) ON DELETE CASCADE,
    CHECK ((agenda_hour IS NULL) = (agenda_at IS NULL))
);
CREATE INDEX calendar_staff_letters_due ON calendar_staff_letters (agenda_at) WHERE agenda_at IS NOT NULL;

ALTER TABLE calendar_messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_messages_of_org ON calendar_messages USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_reminders ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_reminders_of_org ON calendar_reminders USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_templates ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_templates_of_org ON calendar_templates USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_staff_letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_staff_letters_of_org ON calendar_staff_letters USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
