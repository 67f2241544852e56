-- Two people who change a service at once are told of each other.
ALTER TABLE calendar_services ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
