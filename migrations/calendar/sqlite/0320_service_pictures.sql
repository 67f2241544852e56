-- A service's picture, as clients see it; small: as lists show it. Its size and version stand in the service's options, too, where pages read them.
CREATE TABLE calendar_service_pictures (
    org_id BLOB NOT NULL,
    service_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    width INTEGER NOT NULL CHECK (width BETWEEN 1 AND 640),
    height INTEGER NOT NULL CHECK (height BETWEEN 1 AND 320),
    jpeg BLOB NOT NULL,
    small BLOB NOT NULL,
    PRIMARY KEY (org_id, service_id),
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id) ON DELETE CASCADE
) STRICT;
