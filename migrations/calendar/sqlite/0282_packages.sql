-- Several sessions that are paid for at once. months: for so long they can be used.
CREATE TABLE calendar_packages (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    sessions INTEGER NOT NULL CHECK (sessions BETWEEN 1 AND 500),
    price_cents INTEGER NOT NULL CHECK (price_cents BETWEEN 50 AND 99999999),
    months INTEGER NOT NULL CHECK (months BETWEEN 1 AND 60),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT;

-- For which services a package is.
CREATE TABLE calendar_package_services (
    org_id BLOB NOT NULL,
    package_id BLOB NOT NULL,
    service_id BLOB NOT NULL,
    PRIMARY KEY (org_id, package_id, service_id),
    FOREIGN KEY (org_id, package_id) REFERENCES calendar_packages (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, service_id) REFERENCES calendar_services (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX calendar_package_services_by_service ON calendar_package_services (org_id, service_id);

-- A package that somebody bought, as it was then. used: never below nothing, and never more than there are. code: sealed; code_index: its
-- keyed index, by which it is found. payment_id: NULL where it was paid at the counter. state: 'open' waits for its payment, which never came
-- where it is 'lapsed'; 'void' can't be used any more.
CREATE TABLE calendar_purchases (
    org_id BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    package_id BLOB NOT NULL,
    client_id BLOB NOT NULL,
    payment_id BLOB,
    name TEXT NOT NULL,
    sessions INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0,
    price_cents INTEGER NOT NULL,
    code BLOB NOT NULL,
    code_index BLOB NOT NULL CHECK (length(code_index) = 32),
    state TEXT NOT NULL CHECK (state IN ('open', 'active', 'lapsed', 'void')),
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, code_index),
    UNIQUE (org_id, payment_id),
    FOREIGN KEY (org_id, package_id) REFERENCES calendar_packages (org_id, id),
    FOREIGN KEY (org_id, client_id) REFERENCES calendar_clients (org_id, id),
    FOREIGN KEY (org_id, payment_id) REFERENCES calendar_payments (org_id, id),
    CONSTRAINT package_used_up CHECK (used BETWEEN 0 AND sessions)
) STRICT;
CREATE INDEX calendar_purchases_by_client ON calendar_purchases (org_id, client_id, created_at);
CREATE INDEX calendar_purchases_by_package ON calendar_purchases (org_id, package_id, created_at);

-- The sessions that an appointment takes of a package. given_back_at: it was cancelled in time, and they are there again.
CREATE TABLE calendar_package_uses (
    org_id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    purchase_id BLOB NOT NULL,
    sessions INTEGER NOT NULL CHECK (sessions > 0),
    given_back_at INTEGER,
    PRIMARY KEY (org_id, appointment_id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES calendar_appointments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, purchase_id) REFERENCES calendar_purchases (org_id, id)
) STRICT;
CREATE INDEX calendar_package_uses_by_purchase ON calendar_package_uses (org_id, purchase_id);
