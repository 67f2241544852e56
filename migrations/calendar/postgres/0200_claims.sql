-- Who and what is taken when stands in a table of its own, so that whatever takes somebody's time (an appointment, a session
-- that several clients share, a form that is being filled in) is held against everything else by one rule.

-- Rooms and equipment that are booked along with people.
CREATE TABLE calendar_resources (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kind TEXT NOT NULL DEFAULT '' CHECK (length(kind) <= 100),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    position BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- The people that a business does things for. What is personal is sealed; the indexes are keyed, and NULL where nothing was given.
-- marketing_at: when they said that the business may write to them of itself; NULL: they haven't.
CREATE TABLE calendar_clients (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name BYTEA NOT NULL,
    email BYTEA NOT NULL,
    email_index BYTEA,
    phone BYTEA NOT NULL,
    phone_index BYTEA,
    notes BYTEA NOT NULL,
    tags BYTEA NOT NULL,
    marketing_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX calendar_clients_by_email ON calendar_clients (org_id, email_index) WHERE email_index IS NOT NULL;
CREATE INDEX calendar_clients_by_phone ON calendar_clients (org_id, phone_index) WHERE phone_index IS NOT NULL;

-- An appointment that several clients share. Its seats are numbered; each is taken once.
CREATE TABLE calendar_sessions (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    service_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    blocks_from TIMESTAMPTZ NOT NULL,
    blocks_until TIMESTAMPTZ NOT NULL,
    capacity BIGINT NOT NULL CHECK (capacity BETWEEN 1 AND 1000),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, id, capacity),
    UNIQUE (org_id, service_id, staff_id, starts_at),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK (blocks_from <= starts_at AND starts_at < ends_at AND ends_at <= blocks_until),
    CHECK (blocks_until - blocks_from <= INTERVAL '48 hours')
);

ALTER TABLE calendar_appointments DROP CONSTRAINT appointment_overlap, DROP CONSTRAINT calendar_appointments_pkey;
ALTER TABLE calendar_appointments RENAME TO calendar_appointments_before;
DROP INDEX calendar_appointments_by_start;
DROP INDEX calendar_appointments_by_staff;
DROP INDEX calendar_appointments_by_client;

-- unconfirmed_until: booked, but the business has yet to say yes, by then; unpaid_until: the client has yet to pay. ending: how one
-- that is cancelled came to its end. location: which of the service's ways to meet.
-- client_email_index, client_phone_index: NULL where none was given. place, answers: sealed, NULL where there are none.
CREATE TABLE calendar_appointments (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    service_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    session_id UUID,
    series_id UUID,
    client_id UUID,
    seats BIGINT NOT NULL DEFAULT 1 CHECK (seats BETWEEN 1 AND 1000),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    blocks_from TIMESTAMPTZ NOT NULL,
    blocks_until TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled', 'no_show')),
    unconfirmed_until TIMESTAMPTZ,
    unpaid_until TIMESTAMPTZ,
    ending TEXT NOT NULL DEFAULT '' CHECK (ending IN ('', 'client', 'client_late', 'business', 'declined', 'expired', 'unpaid')),
    source TEXT NOT NULL DEFAULT 'online' CHECK (source IN ('online', 'api', 'staff', 'walk_in', 'import', 'waitlist')),
    client_name BYTEA NOT NULL,
    client_email BYTEA NOT NULL,
    client_email_index BYTEA,
    client_phone BYTEA NOT NULL,
    client_phone_index BYTEA,
    notes BYTEA NOT NULL,
    location TEXT NOT NULL DEFAULT '' CHECK (length(location) <= 40),
    place BYTEA,
    answers BYTEA,
    client_zone TEXT NOT NULL,
    price_cents BIGINT NOT NULL,
    currency TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, session_id) REFERENCES calendar_sessions (org_id, id),
    FOREIGN KEY (org_id, client_id) REFERENCES calendar_clients (org_id, id),
    CHECK (blocks_from <= starts_at AND starts_at < ends_at AND ends_at <= blocks_until),
    CHECK (blocks_until - blocks_from <= INTERVAL '48 hours')
);
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
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    service_id UUID NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    seats BIGINT NOT NULL DEFAULT 1,
    address_index BYTEA,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id)
);
CREATE INDEX calendar_holds_by_end ON calendar_holds (expires_at);
CREATE INDEX calendar_holds_by_address ON calendar_holds (org_id, address_index) WHERE address_index IS NOT NULL;

-- Seat n of a session, where n is at most its capacity: a client's, or held for one who is filling in the form.
CREATE TABLE calendar_seats (
    org_id UUID NOT NULL,
    session_id UUID NOT NULL,
    seat BIGINT NOT NULL,
    capacity BIGINT NOT NULL,
    appointment_id UUID,
    hold_id UUID,
    PRIMARY KEY (org_id, session_id, seat),
    FOREIGN KEY (org_id, session_id, capacity) REFERENCES calendar_sessions (org_id, id, capacity) ON UPDATE CASCADE,
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, hold_id) REFERENCES calendar_holds (org_id, id) ON DELETE CASCADE,
    CHECK (seat BETWEEN 1 AND capacity),
    CHECK ((appointment_id IS NULL) <> (hold_id IS NULL))
);
CREATE INDEX calendar_seats_by_appointment ON calendar_seats (org_id, appointment_id) WHERE appointment_id IS NOT NULL;
CREATE INDEX calendar_seats_by_hold ON calendar_seats (org_id, hold_id) WHERE hold_id IS NOT NULL;

-- Who and what an appointment or a session takes besides its own person: others who must be there, rooms, equipment.
CREATE TABLE calendar_takes (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    appointment_id UUID,
    session_id UUID,
    staff_id UUID,
    resource_id UUID,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, session_id) REFERENCES calendar_sessions (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, resource_id) REFERENCES calendar_resources (org_id, id),
    CHECK ((appointment_id IS NULL) <> (session_id IS NULL)),
    CHECK ((staff_id IS NULL) <> (resource_id IS NULL))
);
CREATE INDEX calendar_takes_by_appointment ON calendar_takes (org_id, appointment_id) WHERE appointment_id IS NOT NULL;
CREATE INDEX calendar_takes_by_session ON calendar_takes (org_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX calendar_takes_by_staff ON calendar_takes (org_id, staff_id) WHERE staff_id IS NOT NULL;

-- blocks_from to blocks_until, buffers included, is what nobody else may have of this person or thing. That of an appointment's
-- or a session's own person has its id, that of what else it takes the id of the take; the triggers below keep them. A session takes what
-- it takes while a seat of it is taken. expires_at: a hold's; from then on it is nobody's.
CREATE TABLE calendar_claims (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    holder_id UUID NOT NULL,
    staff_id UUID,
    resource_id UUID,
    blocks_from TIMESTAMPTZ NOT NULL,
    blocks_until TIMESTAMPTZ NOT NULL,
    appointment_id UUID,
    session_id UUID,
    hold_id UUID,
    expires_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, resource_id) REFERENCES calendar_resources (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, session_id) REFERENCES calendar_sessions (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, hold_id) REFERENCES calendar_holds (org_id, id) ON DELETE CASCADE,
    CHECK ((staff_id IS NULL) <> (resource_id IS NULL) AND holder_id = coalesce(staff_id, resource_id)),
    CHECK (num_nonnulls(appointment_id, session_id, hold_id) = 1),
    CHECK (expires_at IS NULL OR hold_id IS NOT NULL),
    CHECK (blocks_from < blocks_until),
    CHECK (blocks_until - blocks_from <= INTERVAL '48 hours'),
    CONSTRAINT appointment_overlap EXCLUDE USING gist (
        org_id WITH =, holder_id WITH =, tstzrange(blocks_from, blocks_until) WITH &&
    )
);
CREATE INDEX calendar_claims_by_holder ON calendar_claims (org_id, holder_id, blocks_from);
CREATE INDEX calendar_claims_by_appointment ON calendar_claims (org_id, appointment_id) WHERE appointment_id IS NOT NULL;
CREATE INDEX calendar_claims_by_session ON calendar_claims (org_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX calendar_claims_by_hold ON calendar_claims (org_id, hold_id) WHERE hold_id IS NOT NULL;
INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, blocks_from, blocks_until, appointment_id)
SELECT org_id, id, staff_id, staff_id, blocks_from, blocks_until, id FROM calendar_appointments WHERE status = 'booked';

-- Whoever makes, moves or ends an appointment can't forget what it takes.
CREATE FUNCTION calendar_appointment_claims() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.status = OLD.status AND NEW.staff_id = OLD.staff_id AND NEW.blocks_from = OLD.blocks_from
            AND NEW.blocks_until = OLD.blocks_until AND NEW.session_id IS NOT DISTINCT FROM OLD.session_id THEN
            RETURN NULL;
        END IF;
        DELETE FROM calendar_claims WHERE org_id = NEW.org_id AND appointment_id = NEW.id;
        DELETE FROM calendar_seats WHERE org_id = NEW.org_id AND appointment_id = NEW.id
            AND (NEW.status = 'cancelled' OR NEW.session_id IS DISTINCT FROM OLD.session_id);
    END IF;
    IF NEW.status = 'booked' AND NEW.session_id IS NULL THEN
        INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, blocks_from, blocks_until, appointment_id)
        VALUES (NEW.org_id, NEW.id, NEW.staff_id, NEW.staff_id, NEW.blocks_from, NEW.blocks_until, NEW.id);
        INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, appointment_id)
        SELECT NEW.org_id, t.id, coalesce(t.staff_id, t.resource_id), t.staff_id, t.resource_id, NEW.blocks_from, NEW.blocks_until, NEW.id
        FROM calendar_takes AS t WHERE t.org_id = NEW.org_id AND t.appointment_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER calendar_appointments_claim AFTER INSERT OR UPDATE ON calendar_appointments
    FOR EACH ROW EXECUTE FUNCTION calendar_appointment_claims();

CREATE FUNCTION calendar_take_claims() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM calendar_claims WHERE org_id = OLD.org_id AND id = OLD.id;
        RETURN NULL;
    END IF;
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, appointment_id)
    SELECT NEW.org_id, NEW.id, coalesce(NEW.staff_id, NEW.resource_id), NEW.staff_id, NEW.resource_id, a.blocks_from, a.blocks_until, a.id
    FROM calendar_appointments AS a
    WHERE a.org_id = NEW.org_id AND a.id = NEW.appointment_id AND a.status = 'booked' AND a.session_id IS NULL;
    INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, session_id)
    SELECT NEW.org_id, NEW.id, coalesce(NEW.staff_id, NEW.resource_id), NEW.staff_id, NEW.resource_id, s.blocks_from, s.blocks_until, s.id
    FROM calendar_sessions AS s
    WHERE s.org_id = NEW.org_id AND s.id = NEW.session_id
      AND EXISTS (SELECT 1 FROM calendar_seats AS e WHERE e.org_id = NEW.org_id AND e.session_id = NEW.session_id);
    RETURN NULL;
END $$;
CREATE TRIGGER calendar_takes_claim AFTER INSERT OR DELETE ON calendar_takes
    FOR EACH ROW EXECUTE FUNCTION calendar_take_claims();

CREATE FUNCTION calendar_takes_stay() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'calendar_takes_stay' USING ERRCODE = 'check_violation', CONSTRAINT = 'calendar_takes_stay';
END $$;
CREATE TRIGGER calendar_takes_stay BEFORE UPDATE ON calendar_takes
    FOR EACH ROW EXECUTE FUNCTION calendar_takes_stay();

CREATE FUNCTION calendar_seat_claims() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT 1 FROM calendar_seats AS e WHERE e.org_id = OLD.org_id AND e.session_id = OLD.session_id) THEN
            DELETE FROM calendar_claims WHERE org_id = OLD.org_id AND session_id = OLD.session_id;
        END IF;
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM calendar_claims AS c WHERE c.org_id = NEW.org_id AND c.session_id = NEW.session_id) THEN
        INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, blocks_from, blocks_until, session_id)
        SELECT s.org_id, s.id, s.staff_id, s.staff_id, s.blocks_from, s.blocks_until, s.id
        FROM calendar_sessions AS s WHERE s.org_id = NEW.org_id AND s.id = NEW.session_id;
        INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, session_id)
        SELECT s.org_id, t.id, coalesce(t.staff_id, t.resource_id), t.staff_id, t.resource_id, s.blocks_from, s.blocks_until, s.id
        FROM calendar_sessions AS s JOIN calendar_takes AS t ON t.org_id = s.org_id AND t.session_id = s.id
        WHERE s.org_id = NEW.org_id AND s.id = NEW.session_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER calendar_seats_claim AFTER INSERT OR DELETE ON calendar_seats
    FOR EACH ROW EXECUTE FUNCTION calendar_seat_claims();

CREATE FUNCTION calendar_session_claims() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM calendar_seats AS e WHERE e.org_id = NEW.org_id AND e.session_id = NEW.id) THEN
        DELETE FROM calendar_claims WHERE org_id = NEW.org_id AND session_id = NEW.id;
        INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, blocks_from, blocks_until, session_id)
        VALUES (NEW.org_id, NEW.id, NEW.staff_id, NEW.staff_id, NEW.blocks_from, NEW.blocks_until, NEW.id);
        INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, session_id)
        SELECT NEW.org_id, t.id, coalesce(t.staff_id, t.resource_id), t.staff_id, t.resource_id, NEW.blocks_from, NEW.blocks_until, NEW.id
        FROM calendar_takes AS t WHERE t.org_id = NEW.org_id AND t.session_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER calendar_sessions_reclaim AFTER UPDATE OF staff_id, blocks_from, blocks_until ON calendar_sessions
    FOR EACH ROW EXECUTE FUNCTION calendar_session_claims();

ALTER TABLE calendar_resources ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_resources_of_org ON calendar_resources USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_sessions_of_org ON calendar_sessions USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_appointments ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_appointments_of_org ON calendar_appointments USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_seats ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_seats_of_org ON calendar_seats USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_holds ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_holds_of_org ON calendar_holds USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_claims ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_claims_of_org ON calendar_claims USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_clients ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_clients_of_org ON calendar_clients USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_takes ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_takes_of_org ON calendar_takes USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
