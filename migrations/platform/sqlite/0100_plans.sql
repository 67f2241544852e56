-- What an organisation has agreed to. Those that are there already have no limits.
ALTER TABLE organisations ADD COLUMN plan TEXT NOT NULL DEFAULT 'custom';
ALTER TABLE organisations ADD COLUMN plan_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE organisations ADD COLUMN plan_period TEXT NOT NULL DEFAULT 'month' CHECK (plan_period IN ('month', 'year'));
ALTER TABLE organisations ADD COLUMN plan_seats INTEGER CHECK (plan_seats >= 1);
ALTER TABLE organisations ADD COLUMN plan_price INTEGER CHECK (plan_price >= 0);
ALTER TABLE organisations ADD COLUMN plan_modules TEXT;
ALTER TABLE organisations ADD COLUMN billed_by TEXT NOT NULL DEFAULT 'manual' CHECK (billed_by IN ('manual', 'stripe'));
ALTER TABLE organisations ADD COLUMN billing_state TEXT NOT NULL DEFAULT 'active' CHECK (billing_state IN ('trial', 'active', 'past_due', 'ended'));
ALTER TABLE organisations ADD COLUMN billing_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organisations ADD COLUMN billing_until INTEGER;
ALTER TABLE organisations ADD COLUMN suspended_at INTEGER;

-- How much of what a plan limits is used, in each period.
CREATE TABLE quota_use (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    quota TEXT NOT NULL,
    period TEXT NOT NULL,
    used INTEGER NOT NULL CHECK (used >= 0),
    PRIMARY KEY (org_id, quota, period)
) STRICT;
