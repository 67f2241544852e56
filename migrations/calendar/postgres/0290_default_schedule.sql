-- The schedule that whoever is new begins with: one of an organisation's at most.
ALTER TABLE calendar_schedules ADD COLUMN is_default BOOLEAN NOT NULL DEFAULT FALSE;
CREATE UNIQUE INDEX calendar_schedules_default ON calendar_schedules (org_id) WHERE is_default;
CREATE INDEX calendar_takes_by_resource ON calendar_takes (org_id, resource_id) WHERE resource_id IS NOT NULL;
