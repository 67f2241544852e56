-- Named schedules, what a service and a person can be set to, and what else keeps somebody from being booked.

-- Weekly hours and the dates that are different, under a name. A person keeps one; a service may have one of its own, within which
-- alone it can be booked; and a person may keep another for one service.
CREATE TABLE calendar_schedules (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    position INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;
-- What each person kept until now becomes a schedule with the person's id.
INSERT INTO calendar_schedules (org_id, id, name, position, created_at)
SELECT org_id, id, name, position, created_at FROM calendar_staff;

CREATE TABLE calendar_staff_schedules (
    org_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    schedule_id BLOB NOT NULL,
    PRIMARY KEY (org_id, staff_id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id)
) STRICT;
CREATE INDEX calendar_staff_schedules_by_schedule ON calendar_staff_schedules (org_id, schedule_id);
INSERT INTO calendar_staff_schedules (org_id, staff_id, schedule_id) SELECT org_id, id, id FROM calendar_staff;

CREATE TABLE calendar_service_schedules (
    org_id BLOB NOT NULL,
    service_id BLOB NOT NULL,
    schedule_id BLOB NOT NULL,
    PRIMARY KEY (org_id, service_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id)
) STRICT;
CREATE INDEX calendar_service_schedules_by_schedule ON calendar_service_schedules (org_id, schedule_id);

-- priority: who is asked first, the greater the sooner. weight: how large a share they get where turns are taken.
-- schedule_id: the hours that they keep for this service, where these aren't their usual ones.
ALTER TABLE calendar_service_staff RENAME TO calendar_service_staff_before;
CREATE TABLE calendar_service_staff (
    org_id BLOB NOT NULL,
    service_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 100),
    weight INTEGER NOT NULL DEFAULT 100 CHECK (weight BETWEEN 1 AND 1000),
    schedule_id BLOB,
    PRIMARY KEY (org_id, service_id, staff_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id)
) STRICT;
CREATE INDEX calendar_service_staff_by_schedule ON calendar_service_staff (org_id, schedule_id) WHERE schedule_id IS NOT NULL;
INSERT INTO calendar_service_staff (org_id, service_id, staff_id) SELECT org_id, service_id, staff_id FROM calendar_service_staff_before;
DROP TABLE calendar_service_staff_before;

-- Weekly hours on the business's clock. weekday: 0 is Sunday. Minutes after local midnight; 1440 is the next midnight.
ALTER TABLE calendar_hours RENAME TO calendar_hours_before;
DROP INDEX calendar_hours_by_staff;
CREATE TABLE calendar_hours (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    schedule_id BLOB NOT NULL,
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute INTEGER NOT NULL CHECK (end_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id) ON DELETE CASCADE,
    CHECK (start_minute < end_minute)
) STRICT;
CREATE INDEX calendar_hours_by_schedule ON calendar_hours (org_id, schedule_id);
INSERT INTO calendar_hours (org_id, id, schedule_id, weekday, start_minute, end_minute)
SELECT org_id, id, staff_id, weekday, start_minute, end_minute FROM calendar_hours_before;
DROP TABLE calendar_hours_before;

-- Replaces one local date's weekly hours; without times the date is closed.
ALTER TABLE calendar_overrides RENAME TO calendar_overrides_before;
DROP INDEX calendar_overrides_by_staff;
CREATE TABLE calendar_overrides (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    schedule_id BLOB NOT NULL,
    date TEXT NOT NULL CHECK (length(date) = 10),
    start_minute INTEGER CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute INTEGER CHECK (end_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, schedule_id) REFERENCES calendar_schedules (org_id, id) ON DELETE CASCADE,
    CHECK ((start_minute IS NULL) = (end_minute IS NULL) AND (start_minute IS NULL OR start_minute < end_minute))
) STRICT;
CREATE INDEX calendar_overrides_by_schedule ON calendar_overrides (org_id, schedule_id, date);
INSERT INTO calendar_overrides (org_id, id, schedule_id, date, start_minute, end_minute)
SELECT org_id, id, staff_id, date, start_minute, end_minute FROM calendar_overrides_before;
DROP TABLE calendar_overrides_before;

-- What a service and a person can be set to beyond their columns, and what the organisation sets for its calendar: JSON (options.rs).
ALTER TABLE calendar_services ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE calendar_staff ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE calendar_staff ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- The member that somebody who can be booked is, where they are one.
ALTER TABLE calendar_staff ADD COLUMN user_id BLOB REFERENCES users (id);
CREATE UNIQUE INDEX calendar_staff_by_user ON calendar_staff (org_id, user_id) WHERE user_id IS NOT NULL;
CREATE TABLE calendar_settings (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    options TEXT NOT NULL DEFAULT '{}',
    version INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id)
) STRICT;

-- Rooms and equipment that a service needs: of each need (1, 2, …) any one of its resources.
CREATE TABLE calendar_service_resources (
    org_id BLOB NOT NULL,
    service_id BLOB NOT NULL,
    need INTEGER NOT NULL CHECK (need BETWEEN 1 AND 20),
    resource_id BLOB NOT NULL,
    PRIMARY KEY (org_id, service_id, need, resource_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, resource_id) REFERENCES calendar_resources (org_id, id)
) STRICT;
CREATE INDEX calendar_service_resources_by_resource ON calendar_service_resources (org_id, resource_id);

-- Time in which somebody, or a room, can't be booked: a block of an hour, a day off, three weeks away. title: sealed.
-- all_day: whole days on the business's clock.
CREATE TABLE calendar_blocks (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    staff_id BLOB,
    resource_id BLOB,
    kind TEXT NOT NULL CHECK (kind IN ('block', 'time_off')),
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    all_day INTEGER NOT NULL DEFAULT 0 CHECK (all_day IN (0, 1)),
    title BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    FOREIGN KEY (org_id, resource_id) REFERENCES calendar_resources (org_id, id),
    CHECK ((staff_id IS NULL) <> (resource_id IS NULL)),
    CHECK (starts_at < ends_at)
) STRICT;
CREATE INDEX calendar_blocks_by_staff ON calendar_blocks (org_id, staff_id, ends_at) WHERE staff_id IS NOT NULL;
CREATE INDEX calendar_blocks_by_resource ON calendar_blocks (org_id, resource_id, ends_at) WHERE resource_id IS NOT NULL;

-- What an organisation changes of its state's public holidays, or adds: on that date it is closed from one minute until another
-- (whole days: 0 to 1440), or open as usual (both NULL).
CREATE TABLE calendar_holidays (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    date TEXT NOT NULL CHECK (length(date) = 10),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    closed_from INTEGER CHECK (closed_from BETWEEN 0 AND 1439),
    closed_until INTEGER CHECK (closed_until BETWEEN 1 AND 1440),
    PRIMARY KEY (org_id, date),
    CHECK ((closed_from IS NULL) = (closed_until IS NULL) AND (closed_from IS NULL OR closed_from < closed_until))
) STRICT;

-- Calendars elsewhere whose busy times keep somebody from being booked. url and what went wrong: sealed, for both can tell a secret.
CREATE TABLE calendar_busy_sources (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    staff_id BLOB NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    url BLOB NOT NULL,
    url_index BLOB NOT NULL,
    keep_titles INTEGER NOT NULL DEFAULT 0 CHECK (keep_titles IN (0, 1)),
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    read_at INTEGER,
    next_at INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    problem BLOB,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, staff_id, url_index),
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id)
) STRICT;
CREATE INDEX calendar_busy_sources_due ON calendar_busy_sources (next_at);
CREATE TABLE calendar_busy (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    source_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    title BLOB,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, source_id) REFERENCES calendar_busy_sources (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, staff_id) REFERENCES calendar_staff (org_id, id),
    CHECK (starts_at < ends_at)
) STRICT;
CREATE INDEX calendar_busy_by_staff ON calendar_busy (org_id, staff_id, ends_at);
CREATE INDEX calendar_busy_by_source ON calendar_busy (org_id, source_id);
