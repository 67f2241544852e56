-- The schedule that whoever is new begins with: one of an organisation's at most.
ALTER TABLE calendar_schedules ADD COLUMN is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1));
CREATE UNIQUE INDEX calendar_schedules_default ON calendar_schedules (org_id) WHERE is_default = 1;
CREATE INDEX calendar_takes_by_resource ON calendar_takes (org_id, resource_id) WHERE resource_id IS NOT NULL;
