-- Several sessions that are paid for at once. months: for so long they can be used.
CREATE TABLE calendar_packages (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    sessions BIGINT NOT NULL CHECK (sessions BETWEEN 1 AND 500),
    price_cents BIGINT NOT NULL CHECK (price_cents BETWEEN 50 AND 99999999),
    months BIGINT NOT NULL CHECK (months BETWEEN 1 AND 60),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- For which services a package is.
CREATE TABLE calendar_package_services (
    org_id UUID NOT NULL,
    package_id UUID NOT NULL,
    service_id UUID NOT NULL,
    PRIMARY KEY (org_id, package_id, service_id),
    FOREIGN KEY (org_id, package_id) REFERENCES calendar_packages (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id) ON DELETE CASCADE
);
CREATE INDEX calendar_package_services_by_service ON calendar_package_services (org_id, service_id);

-- A package that somebody bought, as it was then. used: never below nothing, and never more than there are. code: sealed; code_index: its
-- keyed index, by which it is found. payment_id: NULL where it was paid at the counter. state: 'open' waits for its payment, which never came
-- where it is 'lapsed'; 'void' can't be used any more.
CREATE TABLE calendar_purchases (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    package_id UUID NOT NULL,
    client_id UUID NOT NULL,
    payment_id UUID,
    name TEXT NOT NULL,
    sessions BIGINT NOT NULL,
    used BIGINT NOT NULL DEFAULT 0,
    price_cents BIGINT NOT NULL,
    code BYTEA NOT NULL,
    code_index BYTEA NOT NULL CHECK (length(code_index) = 32),
    state TEXT NOT NULL CHECK (state IN ('open', 'active', 'lapsed', 'void')),
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, code_index),
    UNIQUE (org_id, payment_id),
    FOREIGN KEY (org_id, package_id) REFERENCES calendar_packages (org_id, id),
    FOREIGN KEY (org_id, client_id) REFERENCES calendar_clients (org_id, id),
    FOREIGN KEY (org_id, payment_id) REFERENCES calendar_payments (org_id, id),
    CONSTRAINT package_used_up CHECK (used BETWEEN 0 AND sessions)
);
CREATE INDEX calendar_purchases_by_client ON calendar_purchases (org_id, client_id, created_at);
CREATE INDEX calendar_purchases_by_package ON calendar_purchases (org_id, package_id, created_at);

-- The sessions that an appointment takes of a package. given_back_at: it was cancelled in time, and they are there again.
CREATE TABLE calendar_package_uses (
    org_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    purchase_id UUID NOT NULL,
    sessions BIGINT NOT NULL CHECK (sessions > 0),
    given_back_at TIMESTAMPTZ,
    PRIMARY KEY (org_id, appointment_id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, purchase_id) REFERENCES calendar_purchases (org_id, id)
);
CREATE INDEX calendar_package_uses_by_purchase ON calendar_package_uses (org_id, purchase_id);

ALTER TABLE calendar_packages ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_packages_of_org ON calendar_packages USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_package_services ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_package_services_of_org ON calendar_package_services USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_purchases ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_purchases_of_org ON calendar_purchases USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
ALTER TABLE calendar_package_uses ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_package_uses_of_org ON calendar_package_uses USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
