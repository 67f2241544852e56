-- Services, staff, opening hours and appointments.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE calendar_staff (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    position BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE calendar_services (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    slug TEXT NOT NULL CHECK (length(slug) BETWEEN 1 AND 63),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description TEXT NOT NULL DEFAULT '',
    duration_minutes BIGINT NOT NULL CHECK (duration_minutes BETWEEN 5 AND 1440),
    interval_minutes BIGINT NOT NULL CHECK (interval_minutes BETWEEN 5 AND 1440),
    buffer_before_minutes BIGINT NOT NULL DEFAULT 0 CHECK (buffer_before_minutes BETWEEN 0 AND 480),
    buffer_after_minutes BIGINT NOT NULL DEFAULT 0 CHECK (buffer_after_minutes BETWEEN 0 AND 480),
    min_notice_minutes BIGINT NOT NULL DEFAULT 0 CHECK (min_notice_minutes BETWEEN 0 AND 525600),
    window_days BIGINT NOT NULL CHECK (window_days BETWEEN 1 AND 365),
    price_cents BIGINT NOT NULL DEFAULT 0 CHECK (price_cents BETWEEN 0 AND 100000000),
    currency TEXT NOT NULL DEFAULT 'AUD' CHECK (length(currency) = 3),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    position BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, slug)
);

CREATE TABLE calendar_service_staff (
    org_id UUID NOT NULL,
    service_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    PRIMARY KEY (org_id, service_id, staff_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id)
);

-- Weekly hours on the business's clock. weekday: 0 is Sunday. Minutes after local midnight; 1440 is the next midnight.
CREATE TABLE calendar_hours (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    staff_id UUID NOT NULL,
    weekday BIGINT NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    start_minute BIGINT NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute BIGINT NOT NULL CHECK (end_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK (start_minute < end_minute)
);
CREATE INDEX calendar_hours_by_staff ON calendar_hours (org_id, staff_id);

-- Replaces one local date's weekly hours; without times the date is closed.
CREATE TABLE calendar_overrides (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    staff_id UUID NOT NULL,
    date TEXT NOT NULL CHECK (length(date) = 10),
    start_minute BIGINT CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute BIGINT CHECK (end_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK ((start_minute IS NULL) = (end_minute IS NULL) AND (start_minute IS NULL OR start_minute < end_minute))
);
CREATE INDEX calendar_overrides_by_staff ON calendar_overrides (org_id, staff_id, date);

-- blocks_from and blocks_until are the times with the buffers on both sides: what nobody else may overlap.
CREATE TABLE calendar_appointments (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    service_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    blocks_from TIMESTAMPTZ NOT NULL,
    blocks_until TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled', 'no_show')),
    client_name BYTEA NOT NULL,
    client_email BYTEA NOT NULL,
    client_email_index BYTEA NOT NULL,
    client_phone BYTEA NOT NULL,
    notes BYTEA NOT NULL,
    client_zone TEXT NOT NULL,
    price_cents BIGINT NOT NULL,
    currency TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK (blocks_from <= starts_at AND starts_at < ends_at AND ends_at <= blocks_until),
    CHECK (blocks_until - blocks_from <= INTERVAL '48 hours'),
    CONSTRAINT appointment_overlap EXCLUDE USING gist (
        org_id WITH =, staff_id WITH =, tstzrange(blocks_from, blocks_until) WITH &&
    ) WHERE (status = 'booked')
);
CREATE INDEX calendar_appointments_by_start ON calendar_appointments (org_id, starts_at, id);
CREATE INDEX calendar_appointments_by_staff ON calendar_appointments (org_id, staff_id, blocks_from) WHERE status = 'booked';
CREATE INDEX calendar_appointments_by_client ON calendar_appointments (org_id, client_email_index);

ALTER TABLE calendar_staff ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_staff_of_org ON calendar_staff USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_services ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_services_of_org ON calendar_services USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_service_staff ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_service_staff_of_org ON calendar_service_staff USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_hours_of_org ON calendar_hours USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_overrides ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_overrides_of_org ON calendar_overrides USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_appointments ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_appointments_of_org ON calendar_appointments USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
