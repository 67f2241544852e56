-- Two people who change a business's details at once are told of each other.
ALTER TABLE organisations ADD COLUMN details_version BIGINT NOT NULL DEFAULT 1;
