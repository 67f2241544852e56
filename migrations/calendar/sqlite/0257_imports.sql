-- Lists of clients and bookings that are brought along from elsewhere. file: what was sent, sealed, until it is taken over or an hour has
-- passed. Once it is taken over, what it brought can be undone until expires_at, when the row goes.
CREATE TABLE calendar_imports (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('clients', 'bookings')),
    file BLOB,
    clients INTEGER NOT NULL DEFAULT 0,
    bookings INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    done_at INTEGER,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE INDEX calendar_imports_by_end ON calendar_imports (expires_at);

-- What an import brought.
CREATE TABLE calendar_imported (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    import_id BLOB NOT NULL,
    client_id BLOB,
    appointment_id BLOB,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, import_id) REFERENCES calendar_imports (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, client_id) REFERENCES calendar_clients (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    CHECK ((client_id IS NULL) <> (appointment_id IS NULL))
) STRICT;
CREATE INDEX calendar_imported_by_import ON calendar_imported (org_id, import_id, id);
CREATE INDEX calendar_imported_by_client ON calendar_imported (org_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX calendar_imported_by_appointment ON calendar_imported (org_id, appointment_id) WHERE appointment_id IS NOT NULL;
