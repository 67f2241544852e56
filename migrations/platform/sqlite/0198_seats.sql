-- Since when more people belong than the plan has seats for; nothing while there are enough.
ALTER TABLE organisations ADD COLUMN plan_over_since INTEGER;

-- How many may belong at most while a plan with so many seats is being paid for, and until when that may come; and how many were
-- ordered up to now, so that who comes to an end knows whether another came after.
ALTER TABLE stripe_accounts ADD COLUMN ordered_seats INTEGER CHECK (ordered_seats >= 1);
ALTER TABLE stripe_accounts ADD COLUMN ordered_until INTEGER;
ALTER TABLE stripe_accounts ADD COLUMN orders INTEGER NOT NULL DEFAULT 0;
