-- Who waits for a time to come free, and the time that they are offered.

-- What is wanted: minutes: NULL: the service's own length; staff_id: NULL: whoever is free. from_date to until_date, in client_zone; weekdays:
-- a bit for each, Monday the smallest; day_parts: morning 1, afternoon 2, evening 4. passed: the starts that aren't offered, in minutes
-- since 1970: those that were free when they joined, and those that they let go, with a ~. offer_id: the hold that keeps what they are offered;
-- offers: how many they have had. Personal fields are sealed; the indexes are keyed.
CREATE TABLE calendar_waitlist (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    service_id BLOB NOT NULL,
    minutes INTEGER CHECK (minutes BETWEEN 5 AND 1440),
    staff_id BLOB,
    location TEXT NOT NULL DEFAULT '' CHECK (length(location) <= 40),
    seats INTEGER NOT NULL DEFAULT 1 CHECK (seats BETWEEN 1 AND 1000),
    from_date TEXT NOT NULL CHECK (length(from_date) = 10),
    until_date TEXT NOT NULL CHECK (length(until_date) = 10),
    weekdays INTEGER NOT NULL DEFAULT 127 CHECK (weekdays BETWEEN 1 AND 127),
    day_parts INTEGER NOT NULL DEFAULT 7 CHECK (day_parts BETWEEN 1 AND 7),
    client_name BLOB NOT NULL,
    client_email BLOB NOT NULL,
    client_email_index BLOB NOT NULL,
    client_phone BLOB NOT NULL,
    client_phone_index BLOB,
    client_zone TEXT NOT NULL,
    passed TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'offered', 'booked', 'left', 'removed', 'lapsed')),
    offers INTEGER NOT NULL DEFAULT 0,
    offer_id BLOB,
    offer_starts_at INTEGER,
    offer_expires_at INTEGER,
    appointment_id BLOB,
    joined_at INTEGER NOT NULL,
    lapses_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    CHECK (from_date <= until_date),
    CHECK ((status = 'offered') = (offer_id IS NOT NULL)),
    CHECK ((offer_id IS NULL) = (offer_starts_at IS NULL) AND (offer_id IS NULL) = (offer_expires_at IS NULL)),
    CHECK ((status IN ('waiting', 'offered')) = (ended_at IS NULL))
) STRICT;
-- A hold is one person's.
CREATE UNIQUE INDEX calendar_waitlist_by_offer ON calendar_waitlist (org_id, offer_id) WHERE offer_id IS NOT NULL;
CREATE INDEX calendar_waitlist_in_line ON calendar_waitlist (org_id, joined_at, id) WHERE ended_at IS NULL;
CREATE INDEX calendar_waitlist_by_email ON calendar_waitlist (org_id, client_email_index);
CREATE INDEX calendar_waitlist_ended ON calendar_waitlist (org_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX calendar_waitlist_by_appointment ON calendar_waitlist (org_id, appointment_id) WHERE appointment_id IS NOT NULL;

-- Up to which of an organisation's events it was looked for times that came free (NULL: nobody waits), and when it is looked again at the
-- latest. There is a row as long as somebody is on the waitlist, or was lately.
CREATE TABLE calendar_waitlist_looks (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    sequence INTEGER,
    look_at INTEGER NOT NULL,
    PRIMARY KEY (org_id)
) STRICT;
