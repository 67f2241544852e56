CREATE TABLE guestbook_entries (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    PRIMARY KEY (org_id, id)
);
