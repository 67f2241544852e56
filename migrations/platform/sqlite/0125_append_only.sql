-- An entry that is there stays: not even INSERT OR REPLACE puts another in its place, which deletes without asking a trigger on
-- deletions. By the key, and by the row's own number.
CREATE TRIGGER audit_entries_stay_insert BEFORE INSERT ON audit_entries
WHEN EXISTS (SELECT 1 FROM audit_entries AS other WHERE other.org_id = NEW.org_id AND other.number = NEW.number)
    OR EXISTS (SELECT 1 FROM audit_entries AS other WHERE other.rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;

CREATE TRIGGER platform_log_stay_insert BEFORE INSERT ON platform_log
WHEN EXISTS (SELECT 1 FROM platform_log AS other WHERE other.number = NEW.number)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
