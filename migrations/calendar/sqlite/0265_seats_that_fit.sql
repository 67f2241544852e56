-- A session is at one place, as its clients chose.
ALTER TABLE calendar_sessions ADD COLUMN location TEXT NOT NULL DEFAULT '';
UPDATE calendar_sessions SET location = coalesce((
    SELECT max(a.location) FROM calendar_appointments AS a
    WHERE a.org_id = calendar_sessions.org_id AND a.session_id = calendar_sessions.id AND a.status = 'booked'
), '');

-- What a session claims is all that its clients have: a seat's appointment is of its service, with its person, and from its start to its
-- end.
CREATE TRIGGER calendar_seats_fit
BEFORE INSERT ON calendar_seats
WHEN NEW.appointment_id IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'seat_fits_session')
    WHERE NOT EXISTS (
        SELECT 1 FROM calendar_appointments AS a
        JOIN calendar_sessions AS s ON s.org_id = a.org_id AND s.id = a.session_id
        WHERE a.org_id = NEW.org_id AND a.id = NEW.appointment_id AND s.id = NEW.session_id AND a.service_id = s.service_id
          AND a.staff_id = s.staff_id AND a.starts_at = s.starts_at AND a.ends_at = s.ends_at
    );
END;

CREATE TRIGGER calendar_appointments_fit
AFTER UPDATE OF service_id, staff_id, starts_at, ends_at, session_id ON calendar_appointments
WHEN NEW.session_id IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'seat_fits_session')
    WHERE EXISTS (
        SELECT 1 FROM calendar_seats AS e
        JOIN calendar_sessions AS s ON s.org_id = e.org_id AND s.id = e.session_id
        WHERE e.org_id = NEW.org_id AND e.appointment_id = NEW.id AND e.session_id = NEW.session_id
          AND (s.service_id <> NEW.service_id OR s.staff_id <> NEW.staff_id OR s.starts_at <> NEW.starts_at OR s.ends_at <> NEW.ends_at)
    );
END;

CREATE TRIGGER calendar_sessions_fit
BEFORE UPDATE OF service_id, staff_id, starts_at, ends_at ON calendar_sessions
BEGIN
    SELECT RAISE(ABORT, 'seat_fits_session')
    WHERE EXISTS (
        SELECT 1 FROM calendar_seats AS e
        JOIN calendar_appointments AS a ON a.org_id = e.org_id AND a.id = e.appointment_id
        WHERE e.org_id = NEW.org_id AND e.session_id = NEW.id
          AND (a.service_id <> NEW.service_id OR a.staff_id <> NEW.staff_id OR a.starts_at <> NEW.starts_at OR a.ends_at <> NEW.ends_at)
    );
END;

-- Where on the network the public booked from, keyed, for an hour: so that one visitor doesn't fill a diary. id: the (first) appointment's.
CREATE TABLE calendar_origins (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    address_index BLOB NOT NULL,
    appointments INTEGER NOT NULL CHECK (appointments > 0),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE INDEX calendar_origins_by_address ON calendar_origins (org_id, address_index, created_at);
CREATE INDEX calendar_origins_by_time ON calendar_origins (created_at);
