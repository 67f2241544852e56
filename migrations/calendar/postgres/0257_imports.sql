-- Lists of clients and bookings that are brought along from elsewhere. file: what was sent, sealed, until it is taken over or an hour has
-- passed. Once it is taken over, what it brought can be undone until expires_at, when the row goes.
CREATE TABLE calendar_imports (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('clients', 'bookings')),
    file BYTEA,
    clients BIGINT NOT NULL DEFAULT 0,
    bookings BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    done_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX calendar_imports_by_end ON calendar_imports (expires_at);

-- What an import brought.
CREATE TABLE calendar_imported (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    import_id UUID NOT NULL,
    client_id UUID,
    appointment_id UUID,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, import_id) REFERENCES calendar_imports (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, client_id) REFERENCES calendar_clients (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    CHECK ((client_id IS NULL) <> (appointment_id IS NULL))
);
CREATE INDEX calendar_imported_by_import ON calendar_imported (org_id, import_id, id);
CREATE INDEX calendar_imported_by_client ON calendar_imported (org_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX calendar_imported_by_appointment ON calendar_imported (org_id, appointment_id) WHERE appointment_id IS NOT NULL;

ALTER TABLE calendar_imports ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_imports_of_org ON calendar_imports USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_imported ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_imported_of_org ON calendar_imported USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
