-- Which organisation a letter is about: for whoever runs the platform, who sees neither to whom it went nor what it says. It is
-- forgotten with the organisation.
ALTER TABLE mails ADD COLUMN about_org BLOB CHECK (about_org IS NULL OR length(about_org) = 16);
CREATE INDEX mails_by_about ON mails (about_org) WHERE about_org IS NOT NULL;

-- How much an event of Stripe's was about, and the bank's word for why a card wasn't charged: to be told to whoever runs the
-- platform. Nothing is worked out from either.
ALTER TABLE stripe_events ADD COLUMN cents INTEGER;
ALTER TABLE stripe_events ADD COLUMN reason TEXT;
