-- Tries are counted by organisation, too. What was counted before is forgotten: an hour's worth at most.
DROP TABLE throttles;
CREATE TABLE throttles (
    kind TEXT NOT NULL CHECK (kind IN ('account', 'device', 'organisation', 'address')),
    subject BLOB NOT NULL CHECK (length(subject) = 32),
    failures INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;
CREATE INDEX throttles_by_age ON throttles (failed_at);
CREATE INDEX platform_log_by_subject ON platform_log (subject_id, number);
