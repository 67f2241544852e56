-- A session is at one place, as its clients chose.
ALTER TABLE calendar_sessions ADD COLUMN location TEXT NOT NULL DEFAULT '';
UPDATE calendar_sessions SET location = coalesce((
    SELECT max(a.location) FROM calendar_appointments AS a
    WHERE a.org_id = calendar_sessions.org_id AND a.session_id = calendar_sessions.id AND a.status = 'booked'
), '');

-- What a session claims is all that its clients have: a seat's appointment is of its service, with its person, and from its start to its
-- end.
CREATE FUNCTION calendar_seat_fits() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.appointment_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM calendar_appointments AS a
        JOIN calendar_sessions AS s ON s.org_id = a.org_id AND s.id = a.session_id
        WHERE a.org_id = NEW.org_id AND a.id = NEW.appointment_id AND s.id = NEW.session_id AND a.service_id = s.service_id
          AND a.staff_id = s.staff_id AND a.starts_at = s.starts_at AND a.ends_at = s.ends_at
    ) THEN
        RAISE EXCEPTION 'seat_fits_session';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calendar_seats_fit BEFORE INSERT ON calendar_seats
    FOR EACH ROW EXECUTE FUNCTION calendar_seat_fits();

CREATE FUNCTION calendar_appointment_fits() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.session_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM calendar_seats AS e
        JOIN calendar_sessions AS s ON s.org_id = e.org_id AND s.id = e.session_id
        WHERE e.org_id = NEW.org_id AND e.appointment_id = NEW.id AND e.session_id = NEW.session_id
          AND (s.service_id <> NEW.service_id OR s.staff_id <> NEW.staff_id OR s.starts_at <> NEW.starts_at OR s.ends_at <> NEW.ends_at)
    ) THEN
        RAISE EXCEPTION 'seat_fits_session';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER calendar_appointments_fit AFTER UPDATE OF service_id, staff_id, starts_at, ends_at, session_id ON calendar_appointments
    FOR EACH ROW EXECUTE FUNCTION calendar_appointment_fits();

CREATE FUNCTION calendar_session_fits() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM calendar_seats AS e
        JOIN calendar_appointments AS a ON a.org_id = e.org_id AND a.id = e.appointment_id
        WHERE e.org_id = NEW.org_id AND e.session_id = NEW.id
          AND (a.service_id <> NEW.service_id OR a.staff_id <> NEW.staff_id OR a.starts_at <> NEW.starts_at OR a.ends_at <> NEW.ends_at)
    ) THEN
        RAISE EXCEPTION 'seat_fits_session';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calendar_sessions_fit BEFORE UPDATE OF service_id, staff_id, starts_at, ends_at ON calendar_sessions
    FOR EACH ROW EXECUTE FUNCTION calendar_session_fits();

-- Where on the network the public booked from, keyed, for an hour: so that one visitor doesn't fill a diary. id: the (first) appointment's.
CREATE TABLE calendar_origins (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    address_index BYTEA NOT NULL,
    appointments BIGINT NOT NULL CHECK (appointments > 0),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX calendar_origins_by_address ON calendar_origins (org_id, address_index, created_at);
CREATE INDEX calendar_origins_by_time ON calendar_origins (created_at);

ALTER TABLE calendar_origins ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_origins_of_org ON calendar_origins USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
