CREATE TABLE guestbook_entries (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;
