-- What an organisation's plan brings in a year, each time that it changes. The sum of all changes up to a moment is what came
-- in then. An end that is known beforehand stands here with its day, until something else is agreed.
CREATE TABLE plan_changes (
    org_id BLOB NOT NULL REFERENCES organisations (id),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('new', 'changed', 'churned', 'restored')),
    plan TEXT NOT NULL,
    before_year INTEGER NOT NULL CHECK (before_year >= 0),
    after_year INTEGER NOT NULL CHECK (after_year >= 0),
    foreseen INTEGER NOT NULL CHECK (foreseen IN (0, 1)),
    PRIMARY KEY (org_id, number)
) STRICT;
CREATE INDEX plan_changes_by_time ON plan_changes (at);

-- How each background job went the last time, for each machine that runs it.
CREATE TABLE job_runs (
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    asked_at INTEGER,
    started_at INTEGER,
    took_millis INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    PRIMARY KEY (name, host)
) STRICT;
CREATE INDEX job_runs_asked ON job_runs (host) WHERE asked_at IS NOT NULL;

CREATE INDEX mails_given_up_lately ON mails (given_up_at) WHERE given_up_at IS NOT NULL;
