-- Named schedules, what a service and a person can be set to, and what else keeps somebody from being booked.

-- Weekly hours and the dates that are different, under a name. A person keeps one; a service may have one of its own, within which
-- alone it can be booked; and a person may keep another for one service.
CREATE TABLE calendar_schedules (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    position BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);
-- What each person kept until now becomes a schedule with the person's id.
INSERT INTO calendar_schedules (org_id, id, name, position, created_at)
SELECT org_id, id, name, position, created_at FROM calendar_staff;

CREATE TABLE calendar_staff_schedules (
    org_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    schedule_id UUID NOT NULL,
    PRIMARY KEY (org_id, staff_id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id)
);
CREATE INDEX calendar_staff_schedules_by_schedule ON calendar_staff_schedules (org_id, schedule_id);
INSERT INTO calendar_staff_schedules (org_id, staff_id, schedule_id) SELECT org_id, id, id FROM calendar_staff;

CREATE TABLE calendar_service_schedules (
    org_id UUID NOT NULL,
    service_id UUID NOT NULL,
    schedule_id UUID NOT NULL,
    PRIMARY KEY (org_id, service_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id)
);
CREATE INDEX calendar_service_schedules_by_schedule ON calendar_service_schedules (org_id, schedule_id);

-- priority: who is asked first, the greater the sooner. weight: how large a share they get where turns are taken.
-- schedule_id: the hours that they keep for this service, where these aren't their usual ones.
ALTER TABLE calendar_service_staff RENAME TO calendar_service_staff_before;
ALTER TABLE calendar_service_staff_before DROP CONSTRAINT calendar_service_staff_pkey;
CREATE TABLE calendar_service_staff (
    org_id UUID NOT NULL,
    service_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    priority BIGINT NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 100),
    weight BIGINT NOT NULL DEFAULT 100 CHECK (weight BETWEEN 1 AND 1000),
    schedule_id UUID,
    PRIMARY KEY (org_id, service_id, staff_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id)
);
CREATE INDEX calendar_service_staff_by_schedule ON calendar_service_staff (org_id, schedule_id) WHERE schedule_id IS NOT NULL;
INSERT INTO calendar_service_staff (org_id, service_id, staff_id) SELECT org_id, service_id, staff_id FROM calendar_service_staff_before;
DROP TABLE calendar_service_staff_before;

-- Weekly hours on the business's clock. weekday: 0 is Sunday. Minutes after local midnight; 1440 is the next midnight.
ALTER TABLE calendar_hours RENAME TO calendar_hours_before;
ALTER TABLE calendar_hours_before DROP CONSTRAINT calendar_hours_pkey;
DROP INDEX calendar_hours_by_staff;
CREATE TABLE calendar_hours (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    schedule_id UUID NOT NULL,
    weekday BIGINT NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    start_minute BIGINT NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute BIGINT NOT NULL CHECK (end_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id) ON DELETE CASCADE,
    CHECK (start_minute < end_minute)
);
CREATE INDEX calendar_hours_by_schedule ON calendar_hours (org_id, schedule_id);
INSERT INTO calendar_hours (org_id, id, schedule_id, weekday, start_minute, end_minute)
SELECT org_id, id, staff_id, weekday, start_minute, end_minute FROM calendar_hours_before;
DROP TABLE calendar_hours_before;

-- Replaces one local date's weekly hours; without times the date is closed.
ALTER TABLE calendar_overrides RENAME TO calendar_overrides_before;
ALTER TABLE calendar_overrides_before DROP CONSTRAINT calendar_overrides_pkey;
DROP INDEX calendar_overrides_by_staff;
CREATE TABLE calendar_overrides (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    schedule_id UUID NOT NULL,
    date TEXT NOT NULL CHECK (length(date) = 10),
    start_minute BIGINT CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute BIGINT CHECK (end_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id) ON DELETE CASCADE,
    CHECK ((start_minute IS NULL) = (end_minute IS NULL) AND (start_minute IS NULL OR start_minute < end_minute))
);
CREATE INDEX calendar_overrides_by_schedule ON calendar_overrides (org_id, schedule_id, date);
INSERT INTO calendar_overrides (org_id, id, schedule_id, date, start_minute, end_minute)
SELECT org_id, id, staff_id, date, start_minute, end_minute FROM calendar_overrides_before;
DROP TABLE calendar_overrides_before;

-- What a service and a person can be set to beyond their columns, and what the organisation sets for its calendar: JSON (options.rs).
ALTER TABLE calendar_services ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE calendar_staff ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE calendar_staff ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- The member that somebody who can be booked is, where they are one.
ALTER TABLE calendar_staff ADD COLUMN user_id UUID REFERENCES users (id);
CREATE UNIQUE INDEX calendar_staff_by_user ON calendar_staff (org_id, user_id) WHERE user_id IS NOT NULL;
CREATE TABLE calendar_settings (
    org_id UUID NOT NULL REFERENCES organisations (id),
    options TEXT NOT NULL DEFAULT '{}',
    version BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id)
);

-- Rooms and equipment that a service needs: of each need (1, 2, …) any one of its resources.
CREATE TABLE calendar_service_resources (
    org_id UUID NOT NULL,
    service_id UUID NOT NULL,
    need BIGINT NOT NULL CHECK (need BETWEEN 1 AND 20),
    resource_id UUID NOT NULL,
    PRIMARY KEY (org_id, service_id, need, resource_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, resource_id) REFERENCES calendar_resources (org_id, id)
);
CREATE INDEX calendar_service_resources_by_resource ON calendar_service_resources (org_id, resource_id);

-- Time in which somebody, or a room, can't be booked: a block of an hour, a day off, three weeks away. title: sealed.
-- all_day: whole days on the business's clock.
CREATE TABLE calendar_blocks (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    staff_id UUID,
    resource_id UUID,
    kind TEXT NOT NULL CHECK (kind IN ('block', 'time_off')),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    all_day BOOLEAN NOT NULL DEFAULT FALSE,
    title BYTEA NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, resource_id) REFERENCES calendar_resources (org_id, id),
    CHECK ((staff_id IS NULL) <> (resource_id IS NULL)),
    CHECK (starts_at < ends_at)
);
CREATE INDEX calendar_blocks_by_staff ON calendar_blocks (org_id, staff_id, ends_at) WHERE staff_id IS NOT NULL;
CREATE INDEX calendar_blocks_by_resource ON calendar_blocks (org_id, resource_id, ends_at) WHERE resource_id IS NOT NULL;

-- What an organisation changes of its state's public holidays, or adds: on that date it is closed from one minute until another
-- (whole days: 0 to 1440), or open as usual (both NULL).
CREATE TABLE calendar_holidays (
    org_id UUID NOT NULL REFERENCES organisations (id),
    date TEXT NOT NULL CHECK (length(date) = 10),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    closed_from BIGINT CHECK (closed_from BETWEEN 0 AND 1439),
    closed_until BIGINT CHECK (closed_until BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, date),
    CHECK ((closed_from IS NULL) = (closed_until IS NULL) AND (closed_from IS NULL OR closed_from < closed_until))
);

-- Calendars elsewhere whose busy times keep somebody from being booked. url and what went wrong: sealed, for both can tell a secret.
CREATE TABLE calendar_busy_sources (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    staff_id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    url BYTEA NOT NULL,
    url_index BYTEA NOT NULL,
    keep_titles BOOLEAN NOT NULL DEFAULT FALSE,
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    read_at TIMESTAMPTZ,
    next_at TIMESTAMPTZ NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    problem BYTEA,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, staff_id, url_index),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id)
);
CREATE INDEX calendar_busy_sources_due ON calendar_busy_sources (next_at);
CREATE TABLE calendar_busy (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    source_id UUID NOT NULL,
    staff_id UUID NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    title BYTEA,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, source_id) REFERENCES calendar_busy_sources (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK (starts_at < ends_at)
);
CREATE INDEX calendar_busy_by_staff ON calendar_busy (org_id, staff_id, ends_at);
CREATE INDEX calendar_busy_by_source ON calendar_busy (org_id, source_id);

ALTER TABLE calendar_schedules ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_schedules_of_org ON calendar_schedules USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_staff_schedules ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_staff_schedules_of_org ON calendar_staff_schedules USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_service_schedules ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_service_schedules_of_org ON calendar_service_schedules USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_service_staff ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_service_staff_of_org ON calendar_service_staff USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_hours_of_org ON calendar_hours USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_overrides ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_overrides_of_org ON calendar_overrides USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_settings_of_org ON calendar_settings USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_service_resources ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_service_resources_of_org ON calendar_service_resources USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_blocks ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_blocks_of_org ON calendar_blocks USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_holidays ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_holidays_of_org ON calendar_holidays USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_busy_sources ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_busy_sources_of_org ON calendar_busy_sources USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_busy ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_busy_of_org ON calendar_busy USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
