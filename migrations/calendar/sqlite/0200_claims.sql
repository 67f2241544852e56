-- Who and what is taken when stands in a table of its own, so that whatever takes somebody's time (an appointment, a session
-- that several clients share, a form that is being filled in) is held against everything else by one rule.

-- Rooms and equipment that are booked along with people.
CREATE TABLE calendar_resources (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kind TEXT NOT NULL DEFAULT '' CHECK (length(kind) <= 100),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    position INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;

-- The people that a business does things for. What is personal is sealed; the indexes are keyed, and NULL where nothing was given.
-- marketing_at: when they said that the business may write to them of itself; NULL: they haven't.
CREATE TABLE calendar_clients (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name BLOB NOT NULL,
    email BLOB NOT NULL,
    email_index BLOB,
    phone BLOB NOT NULL,
    phone_index BLOB,
    notes BLOB NOT NULL,
    tags BLOB NOT NULL,
    marketing_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE INDEX calendar_clients_by_email ON calendar_clients (org_id, email_index) WHERE email_index IS NOT NULL;
CREATE INDEX calendar_clients_by_phone ON calendar_clients (org_id, phone_index) WHERE phone_index IS NOT NULL;

-- An appointment that several clients share. Its seats are numbered; each is taken once.
CREATE TABLE calendar_sessions (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    service_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    blocks_from INTEGER NOT NULL,
    blocks_until INTEGER NOT NULL,
    capacity INTEGER NOT NULL CHECK (capacity BETWEEN 1 AND 1000),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, id, capacity),
    UNIQUE (org_id, service_id, staff_id, starts_at),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK (blocks_from <= starts_at AND starts_at < ends_at AND ends_at <= blocks_until),
    CHECK (blocks_until - blocks_from <= 172800000000)
) STRICT;

DROP TRIGGER calendar_appointments_no_overlap_insert;
DROP TRIGGER calendar_appointments_no_overlap_update;
ALTER TABLE calendar_appointments RENAME TO calendar_appointments_before;
DROP INDEX calendar_appointments_by_start;
DROP INDEX calendar_appointments_by_staff;
DROP INDEX calendar_appointments_by_client;

-- unconfirmed_until: booked, but the business has yet to say yes, by then; unpaid_until: the client has yet to pay. ending: how one
-- that is cancelled came to its end. location: which of the service's ways to meet.
-- client_email_index, client_phone_index: NULL where none was given. place, answers: sealed, NULL where there are none.
CREATE TABLE calendar_appointments (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    service_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    session_id BLOB,
    series_id BLOB CHECK (series_id IS NULL OR length(series_id) = 16),
    client_id BLOB,
    seats INTEGER NOT NULL DEFAULT 1 CHECK (seats BETWEEN 1 AND 1000),
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    blocks_from INTEGER NOT NULL,
    blocks_until INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled', 'no_show')),
    unconfirmed_until INTEGER,
    unpaid_until INTEGER,
    ending TEXT NOT NULL DEFAULT '' CHECK (ending IN ('', 'client', 'client_late', 'business', 'declined', 'expired', 'unpaid')),
    source TEXT NOT NULL DEFAULT 'online' CHECK (source IN ('online', 'api', 'staff', 'walk_in', 'import', 'waitlist')),
    client_name BLOB NOT NULL,
    client_email BLOB NOT NULL,
    client_email_index BLOB,
    client_phone BLOB NOT NULL,
    client_phone_index BLOB,
    notes BLOB NOT NULL,
    location TEXT NOT NULL DEFAULT '' CHECK (length(location) <= 40),
    place BLOB,
    answers BLOB,
    client_zone TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    currency TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, session_id) REFERENCES calendar_sessions (org_id, id),
    FOREIGN KEY (org_id, client_id) REFERENCES calendar_clients (org_id, id),
    CHECK (blocks_from <= starts_at AND starts_at < ends_at AND ends_at <= blocks_until),
    CHECK (blocks_until - blocks_from <= 172800000000)
) STRICT;
INSERT INTO calendar_appointments (org_id, id, service_id, staff_id, starts_at, ends_at, blocks_from, blocks_until, status, client_name, client_email, client_email_index, client_phone, notes, client_zone, price_cents, currency, version, created_at, updated_at)
SELECT org_id, id, service_id, staff_id, starts_at, ends_at, blocks_from, blocks_until, status, client_name, client_email, client_email_index, client_phone, notes, client_zone, price_cents, currency, version, created_at, updated_at
FROM calendar_appointments_before;
DROP TABLE calendar_appointments_before;
CREATE INDEX calendar_appointments_by_start ON calendar_appointments (org_id, starts_at, id);
CREATE INDEX calendar_appointments_by_staff ON calendar_appointments (org_id, staff_id, starts_at);
CREATE INDEX calendar_appointments_by_service ON calendar_appointments (org_id, service_id, starts_at);
CREATE INDEX calendar_appointments_by_email ON calendar_appointments (org_id, client_email_index) WHERE client_email_index IS NOT NULL;
CREATE INDEX calendar_appointments_by_phone ON calendar_appointments (org_id, client_phone_index) WHERE client_phone_index IS NOT NULL;
CREATE INDEX calendar_appointments_by_session ON calendar_appointments (org_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX calendar_appointments_by_series ON calendar_appointments (org_id, series_id) WHERE series_id IS NOT NULL;
CREATE INDEX calendar_appointments_by_client ON calendar_appointments (org_id, client_id, starts_at) WHERE client_id IS NOT NULL;
CREATE INDEX calendar_appointments_unconfirmed ON calendar_appointments (unconfirmed_until) WHERE unconfirmed_until IS NOT NULL;
CREATE INDEX calendar_appointments_unpaid ON calendar_appointments (unpaid_until) WHERE unpaid_until IS NOT NULL;

-- A time that somebody is filling in the form for, or that somebody on the waiting list is offered: theirs alone, until it expires.
-- address_index: keyed, so that one visitor doesn't hold many.
CREATE TABLE calendar_holds (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    service_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    seats INTEGER NOT NULL DEFAULT 1,
    address_index BLOB,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id)
) STRICT;
CREATE INDEX calendar_holds_by_end ON calendar_holds (expires_at);
CREATE INDEX calendar_holds_by_address ON calendar_holds (org_id, address_index) WHERE address_index IS NOT NULL;

-- Seat n of a session, where n is at most its capacity: a client's, or held for one who is filling in the form.
CREATE TABLE calendar_seats (
    org_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    seat INTEGER NOT NULL,
    capacity INTEGER NOT NULL,
    appointment_id BLOB,
    hold_id BLOB,
    PRIMARY KEY (org_id, session_id, seat),
    FOREIGN KEY (org_id, session_id, capacity) REFERENCES calendar_sessions (org_id, id, capacity) ON UPDATE CASCADE,
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, hold_id) REFERENCES calendar_holds (org_id, id) ON DELETE CASCADE,
    CHECK (seat BETWEEN 1 AND capacity),
    CHECK ((appointment_id IS NULL) <> (hold_id IS NULL))
) STRICT;
CREATE INDEX calendar_seats_by_appointment ON calendar_seats (org_id, appointment_id) WHERE appointment_id IS NOT NULL;
CREATE INDEX calendar_seats_by_hold ON calendar_seats (org_id, hold_id) WHERE hold_id IS NOT NULL;

-- Who and what an appointment or a session takes besides its own person: others who must be there, rooms, equipment.
CREATE TABLE calendar_takes (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    appointment_id BLOB,
    session_id BLOB,
    staff_id BLOB,
    resource_id BLOB,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, session_id) REFERENCES calendar_sessions (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, resource_id) REFERENCES calendar_resources (org_id, id),
    CHECK ((appointment_id IS NULL) <> (session_id IS NULL)),
    CHECK ((staff_id IS NULL) <> (resource_id IS NULL))
) STRICT;
CREATE INDEX calendar_takes_by_appointment ON calendar_takes (org_id, appointment_id) WHERE appointment_id IS NOT NULL;
CREATE INDEX calendar_takes_by_session ON calendar_takes (org_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX calendar_takes_by_staff ON calendar_takes (org_id, staff_id) WHERE staff_id IS NOT NULL;

-- blocks_from to blocks_until, buffers included, is what nobody else may have of this person or thing. That of an appointment's
-- or a session's own person has its id, that of what else it takes the id of the take; the triggers below keep them. A session takes what
-- it takes while a seat of it is taken. expires_at: a hold's; from then on it is nobody's.
CREATE TABLE calendar_claims (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    holder_id BLOB NOT NULL,
    staff_id BLOB,
    resource_id BLOB,
    blocks_from INTEGER NOT NULL,
    blocks_until INTEGER NOT NULL,
    appointment_id BLOB,
    session_id BLOB,
    hold_id BLOB,
    expires_at INTEGER,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, resource_id) REFERENCES calendar_resources (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, session_id) REFERENCES calendar_sessions (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, hold_id) REFERENCES calendar_holds (org_id, id) ON DELETE CASCADE,
    CHECK ((staff_id IS NULL) <> (resource_id IS NULL) AND holder_id = coalesce(staff_id, resource_id)),
    CHECK ((appointment_id IS NOT NULL) + (session_id IS NOT NULL) + (hold_id IS NOT NULL) = 1),
    CHECK (expires_at IS NULL OR hold_id IS NOT NULL),
    CHECK (blocks_from < blocks_until),
    -- Two days at most, so that the overlap check below looks at a bounded stretch of the index.
    CHECK (blocks_until - blocks_from <= 172800000000)
) STRICT;
CREATE INDEX calendar_claims_by_holder ON calendar_claims (org_id, holder_id, blocks_from);
CREATE INDEX calendar_claims_by_appointment ON calendar_claims (org_id, appointment_id) WHERE appointment_id IS NOT NULL;
CREATE INDEX calendar_claims_by_session ON calendar_claims (org_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX calendar_claims_by_hold ON calendar_claims (org_id, hold_id) WHERE hold_id IS NOT NULL;
INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, blocks_from, blocks_until, appointment_id)
SELECT org_id, id, staff_id, staff_id, blocks_from, blocks_until, id FROM calendar_appointments WHERE status = 'booked';

CREATE TRIGGER calendar_claims_no_overlap_insert
BEFORE INSERT ON calendar_claims
BEGIN
    SELECT RAISE(ABORT, 'appointment_overlap')
    WHERE EXISTS (
        SELECT 1 FROM calendar_claims AS other
        WHERE other.org_id = NEW.org_id AND other.holder_id = NEW.holder_id
          AND other.blocks_from < NEW.blocks_until AND other.blocks_from > NEW.blocks_from - 172800000000
          AND other.blocks_until > NEW.blocks_from AND other.id <> NEW.id
    );
END;

CREATE TRIGGER calendar_claims_no_overlap_update
BEFORE UPDATE ON calendar_claims
BEGIN
    SELECT RAISE(ABORT, 'appointment_overlap')
    WHERE EXISTS (
        SELECT 1 FROM calendar_claims AS other
        WHERE other.org_id = NEW.org_id AND other.holder_id = NEW.holder_id
          AND other.blocks_from < NEW.blocks_until AND other.blocks_from > NEW.blocks_from - 172800000000
          AND other.blocks_until > NEW.blocks_from AND other.id <> NEW.id
    );
END;

-- Whoever makes, moves or ends an appointment can't forget what it takes.
CREATE TRIGGER calendar_appointments_claim
AFTER INSERT ON calendar_appointments
WHEN NEW.status = 'booked' AND NEW.session_id IS NULL
BEGIN
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, blocks_from, blocks_until, appointment_id)
    VALUES (NEW.org_id, NEW.id, NEW.staff_id, NEW.staff_id, NEW.blocks_from, NEW.blocks_until, NEW.id);
END;

CREATE TRIGGER calendar_appointments_reclaim
AFTER UPDATE OF status, staff_id, blocks_from, blocks_until, session_id ON calendar_appointments
WHEN NEW.status <> OLD.status OR NEW.staff_id <> OLD.staff_id OR NEW.blocks_from <> OLD.blocks_from
  OR NEW.blocks_until <> OLD.blocks_until OR NEW.session_id IS NOT OLD.session_id
BEGIN
    DELETE FROM calendar_claims WHERE org_id = NEW.org_id AND appointment_id = NEW.id;
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, blocks_from, blocks_until, appointment_id)
    SELECT NEW.org_id, NEW.id, NEW.staff_id, NEW.staff_id, NEW.blocks_from, NEW.blocks_until, NEW.id
    WHERE NEW.status = 'booked' AND NEW.session_id IS NULL;
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, appointment_id)
    SELECT NEW.org_id, t.id, coalesce(t.staff_id, t.resource_id), t.staff_id, t.resource_id, NEW.blocks_from, NEW.blocks_until, NEW.id
    FROM calendar_takes AS t
    WHERE t.org_id = NEW.org_id AND t.appointment_id = NEW.id AND NEW.status = 'booked' AND NEW.session_id IS NULL;
    DELETE FROM calendar_seats WHERE org_id = NEW.org_id AND appointment_id = NEW.id
      AND (NEW.status = 'cancelled' OR NEW.session_id IS NOT OLD.session_id);
END;

CREATE TRIGGER calendar_takes_claim
AFTER INSERT ON calendar_takes
BEGIN
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, appointment_id)
    SELECT NEW.org_id, NEW.id, coalesce(NEW.staff_id, NEW.resource_id), NEW.staff_id, NEW.resource_id, a.blocks_from, a.blocks_until, a.id
    FROM calendar_appointments AS a
    WHERE a.org_id = NEW.org_id AND a.id = NEW.appointment_id AND a.status = 'booked' AND a.session_id IS NULL;
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, session_id)
    SELECT NEW.org_id, NEW.id, coalesce(NEW.staff_id, NEW.resource_id), NEW.staff_id, NEW.resource_id, s.blocks_from, s.blocks_until, s.id
    FROM calendar_sessions AS s
    WHERE s.org_id = NEW.org_id AND s.id = NEW.session_id
      AND EXISTS (SELECT 1 FROM calendar_seats AS e WHERE e.org_id = NEW.org_id AND e.session_id = NEW.session_id);
END;

CREATE TRIGGER calendar_takes_unclaim
AFTER DELETE ON calendar_takes
BEGIN
    DELETE FROM calendar_claims WHERE org_id = OLD.org_id AND id = OLD.id;
END;

CREATE TRIGGER calendar_takes_stay
BEFORE UPDATE ON calendar_takes
BEGIN
    SELECT RAISE(ABORT, 'calendar_takes_stay');
END;

CREATE TRIGGER calendar_seats_claim
AFTER INSERT ON calendar_seats
WHEN NOT EXISTS (SELECT 1 FROM calendar_claims AS c WHERE c.org_id = NEW.org_id AND c.session_id = NEW.session_id)
BEGIN
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, blocks_from, blocks_until, session_id)
    SELECT s.org_id, s.id, s.staff_id, s.staff_id, s.blocks_from, s.blocks_until, s.id
    FROM calendar_sessions AS s WHERE s.org_id = NEW.org_id AND s.id = NEW.session_id;
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, session_id)
    SELECT s.org_id, t.id, coalesce(t.staff_id, t.resource_id), t.staff_id, t.resource_id, s.blocks_from, s.blocks_until, s.id
    FROM calendar_sessions AS s JOIN calendar_takes AS t ON t.org_id = s.org_id AND t.session_id = s.id
    WHERE s.org_id = NEW.org_id AND s.id = NEW.session_id;
END;

CREATE TRIGGER calendar_seats_unclaim
AFTER DELETE ON calendar_seats
WHEN NOT EXISTS (SELECT 1 FROM calendar_seats AS e WHERE e.org_id = OLD.org_id AND e.session_id = OLD.session_id)
BEGIN
    DELETE FROM calendar_claims WHERE org_id = OLD.org_id AND session_id = OLD.session_id;
END;

CREATE TRIGGER calendar_sessions_reclaim
AFTER UPDATE OF staff_id, blocks_from, blocks_until ON calendar_sessions
WHEN EXISTS (SELECT 1 FROM calendar_seats AS e WHERE e.org_id = NEW.org_id AND e.session_id = NEW.id)
BEGIN
    DELETE FROM calendar_claims WHERE org_id = NEW.org_id AND session_id = NEW.id;
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, blocks_from, blocks_until, session_id)
    VALUES (NEW.org_id, NEW.id, NEW.staff_id, NEW.staff_id, NEW.blocks_from, NEW.blocks_until, NEW.id);
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, session_id)
    SELECT NEW.org_id, t.id, coalesce(t.staff_id, t.resource_id), t.staff_id, t.resource_id, NEW.blocks_from, NEW.blocks_until, NEW.id
    FROM calendar_takes AS t WHERE t.org_id = NEW.org_id AND t.session_id = NEW.id;
END;
