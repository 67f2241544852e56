-- What an organisation has agreed to. Those that are there already have no limits.
ALTER TABLE organisations ADD COLUMN plan TEXT NOT NULL DEFAULT 'custom';
ALTER TABLE organisations ADD COLUMN plan_version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE organisations ADD COLUMN plan_period TEXT NOT NULL DEFAULT 'month' CHECK (plan_period IN ('month', 'year'));
ALTER TABLE organisations ADD COLUMN plan_seats BIGINT CHECK (plan_seats >= 1);
ALTER TABLE organisations ADD COLUMN plan_price BIGINT CHECK (plan_price >= 0);
ALTER TABLE organisations ADD COLUMN plan_modules TEXT;
ALTER TABLE organisations ADD COLUMN billed_by TEXT NOT NULL DEFAULT 'manual' CHECK (billed_by IN ('manual', 'stripe'));
ALTER TABLE organisations ADD COLUMN billing_state TEXT NOT NULL DEFAULT 'active' CHECK (billing_state IN ('trial', 'active', 'past_due', 'ended'));
ALTER TABLE organisations ADD COLUMN billing_since TIMESTAMPTZ NOT NULL DEFAULT '1970-01-01T00:00:00Z';
ALTER TABLE organisations ADD COLUMN billing_until TIMESTAMPTZ;
ALTER TABLE organisations ADD COLUMN suspended_at TIMESTAMPTZ;

-- How much of what a plan limits is used, in each period.
CREATE TABLE quota_use (
    org_id UUID NOT NULL REFERENCES organisations (id),
    quota TEXT NOT NULL,
    period TEXT NOT NULL,
    used BIGINT NOT NULL CHECK (used >= 0),
    PRIMARY KEY (org_id, quota, period)
);
ALTER TABLE quota_use ENABLE ROW LEVEL SECURITY;
CREATE POLICY quota_use_of_org ON quota_use USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
