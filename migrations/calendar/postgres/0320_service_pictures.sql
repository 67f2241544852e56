-- A service's picture, as clients see it; small: as lists show it. Its size and version stand in the service's options, too, where pages read them.
CREATE TABLE calendar_service_pictures (
    org_id UUID NOT NULL,
    service_id UUID NOT NULL,
    version BIGINT NOT NULL,
    width BIGINT NOT NULL CHECK (width BETWEEN 1 AND 640),
    height BIGINT NOT NULL CHECK (height BETWEEN 1 AND 320),
    jpeg BYTEA NOT NULL,
    small BYTEA NOT NULL,
    PRIMARY KEY (org_id, service_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id) ON DELETE CASCADE
);
ALTER TABLE calendar_service_pictures ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_service_pictures_of_org ON calendar_service_pictures USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
