-- What SQLite needs triggers of its own for holds here already: INSERT … ON CONFLICT DO UPDATE asks those on changes.
COMMENT ON TRIGGER audit_entries_stay ON audit_entries IS 'Entries are added, and stay.';
COMMENT ON TRIGGER platform_log_stay ON platform_log IS 'Entries are added, and stay.';
