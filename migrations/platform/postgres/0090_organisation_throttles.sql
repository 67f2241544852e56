-- Tries are counted by organisation, too. What was counted before is forgotten: an hour's worth at most.
DROP TABLE throttles;
CREATE TABLE throttles (
    kind TEXT NOT NULL CHECK (kind IN ('account', 'device', 'organisation', 'address')),
    subject BYTEA NOT NULL CHECK (length(subject) = 32),
    failures BIGINT NOT NULL,
    failed_at TIMESTAMPTZ NOT NULL,
    blocked_until TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX throttles_by_age ON throttles (failed_at);
CREATE INDEX platform_log_by_subject ON platform_log (subject_id, number);
