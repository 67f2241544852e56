-- What an organisation's plan brings in a year, each time that it changes. The sum of all changes up to a moment is what came
-- in then. An end that is known beforehand stands here with its day, until something else is agreed.
CREATE TABLE plan_changes (
    org_id UUID NOT NULL REFERENCES organisations (id),
    number BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('new', 'changed', 'churned', 'restored')),
    plan TEXT NOT NULL,
    before_year BIGINT NOT NULL CHECK (before_year >= 0),
    after_year BIGINT NOT NULL CHECK (after_year >= 0),
    foreseen BOOLEAN NOT NULL,
    PRIMARY KEY (org_id, number)
);
CREATE INDEX plan_changes_by_time ON plan_changes (at);
ALTER TABLE plan_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY plan_changes_of_org ON plan_changes USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());

-- How each background job went the last time, for each machine that runs it.
CREATE TABLE job_runs (
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    next_at TIMESTAMPTZ NOT NULL,
    asked_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    took_millis BIGINT,
    failures BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    PRIMARY KEY (name, host)
);
CREATE INDEX job_runs_asked ON job_runs (host) WHERE asked_at IS NOT NULL;

CREATE INDEX mails_given_up_lately ON mails (given_up_at) WHERE given_up_at IS NOT NULL;
