-- Services, staff, opening hours and appointments.

CREATE TABLE calendar_staff (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    position INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;

CREATE TABLE calendar_services (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    slug TEXT NOT NULL CHECK (length(slug) BETWEEN 1 AND 63),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description TEXT NOT NULL DEFAULT '',
    duration_minutes INTEGER NOT NULL CHECK (duration_minutes BETWEEN 5 AND 1440),
    interval_minutes INTEGER NOT NULL CHECK (interval_minutes BETWEEN 5 AND 1440),
    buffer_before_minutes INTEGER NOT NULL DEFAULT 0 CHECK (buffer_before_minutes BETWEEN 0 AND 480),
    buffer_after_minutes INTEGER NOT NULL DEFAULT 0 CHECK (buffer_after_minutes BETWEEN 0 AND 480),
    min_notice_minutes INTEGER NOT NULL DEFAULT 0 CHECK (min_notice_minutes BETWEEN 0 AND 525600),
    window_days INTEGER NOT NULL CHECK (window_days BETWEEN 1 AND 365),
    price_cents INTEGER NOT NULL DEFAULT 0 CHECK (price_cents BETWEEN 0 AND 100000000),
    currency TEXT NOT NULL DEFAULT 'AUD' CHECK (length(currency) = 3),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    position INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, slug)
) STRICT;

CREATE TABLE calendar_service_staff (
    org_id BLOB NOT NULL,
    service_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    PRIMARY KEY (org_id, service_id, staff_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id)
) STRICT;

-- Weekly hours on the business's clock. weekday: 0 is Sunday. Minutes after local midnight; 1440 is the next midnight.
CREATE TABLE calendar_hours (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    staff_id BLOB NOT NULL,
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute INTEGER NOT NULL CHECK (end_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK (start_minute < end_minute)
) STRICT;
CREATE INDEX calendar_hours_by_staff ON calendar_hours (org_id, staff_id);

-- Replaces one local date's weekly hours; without times the date is closed.
CREATE TABLE calendar_overrides (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    staff_id BLOB NOT NULL,
    date TEXT NOT NULL CHECK (length(date) = 10),
    start_minute INTEGER CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute INTEGER CHECK (end_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK ((start_minute IS NULL) = (end_minute IS NULL) AND (start_minute IS NULL OR start_minute < end_minute))
) STRICT;
CREATE INDEX calendar_overrides_by_staff ON calendar_overrides (org_id, staff_id, date);

-- blocks_from and blocks_until are the times with the buffers on both sides: what nobody else may overlap.
CREATE TABLE calendar_appointments (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    service_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    blocks_from INTEGER NOT NULL,
    blocks_until INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled', 'no_show')),
    client_name BLOB NOT NULL,
    client_email BLOB NOT NULL,
    client_email_index BLOB NOT NULL,
    client_phone BLOB NOT NULL,
    notes BLOB NOT NULL,
    client_zone TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    currency TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK (blocks_from <= starts_at AND starts_at < ends_at AND ends_at <= blocks_until),
    -- Two days at most, so that the overlap check below looks at a bounded stretch of the index.
    CHECK (blocks_until - blocks_from <= 172800000000)
) STRICT;
CREATE INDEX calendar_appointments_by_start ON calendar_appointments (org_id, starts_at, id);
CREATE INDEX calendar_appointments_by_staff ON calendar_appointments (org_id, staff_id, blocks_from) WHERE status = 'booked';
CREATE INDEX calendar_appointments_by_client ON calendar_appointments (org_id, client_email_index);

CREATE TRIGGER calendar_appointments_no_overlap_insert
BEFORE INSERT ON calendar_appointments
WHEN NEW.status = 'booked'
BEGIN
    SELECT RAISE(ABORT, 'appointment_overlap')
    WHERE EXISTS (
        SELECT 1 FROM calendar_appointments AS other
        WHERE other.org_id = NEW.org_id AND other.staff_id = NEW.staff_id AND other.status = 'booked'
          AND other.blocks_from < NEW.blocks_until AND other.blocks_from > NEW.blocks_from - 172800000000
          AND other.blocks_until > NEW.blocks_from AND other.id <> NEW.id
    );
END;

CREATE TRIGGER calendar_appointments_no_overlap_update
BEFORE UPDATE ON calendar_appointments
WHEN NEW.status = 'booked'
BEGIN
    SELECT RAISE(ABORT, 'appointment_overlap')
    WHERE EXISTS (
        SELECT 1 FROM calendar_appointments AS other
        WHERE other.org_id = NEW.org_id AND other.staff_id = NEW.staff_id AND other.status = 'booked'
          AND other.blocks_from < NEW.blocks_until AND other.blocks_from > NEW.blocks_from - 172800000000
          AND other.blocks_until > NEW.blocks_from AND other.id <> NEW.id
    );
END;
