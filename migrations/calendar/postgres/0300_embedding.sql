-- The booking page has pages of its own at these words now. A service that had one of them for its address is told apart from it by the
-- end of its id.
UPDATE calendar_services SET slug = slug || '-' || substr(replace(id::TEXT, '-', ''), 25)
WHERE slug IN ('team', 'c', 'packages', 'waitlist', 'embed');
