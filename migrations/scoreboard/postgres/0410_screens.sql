-- Office screens. `code`: what the screen shows and an admin typed, until it comes for its boards. `token_hash`: of what the screen keeps from then on.
-- `playlist`: what it shows, one after the other. `seen_at`, `seen_version`, `shows`, `sound_blocked`: what it told last.
CREATE TABLE scoreboard_screens (
    org_id UUID NOT NULL REFERENCES organisations (id),
    id UUID NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    playlist TEXT NOT NULL,
    code TEXT CHECK (length(code) = 7),
    code_until TIMESTAMPTZ,
    token_hash BYTEA CHECK (length(token_hash) = 32),
    paired_at TIMESTAMPTZ,
    seen_at TIMESTAMPTZ,
    seen_version TEXT NOT NULL DEFAULT '' CHECK (length(seen_version) <= 100),
    shows TEXT NOT NULL DEFAULT '' CHECK (length(shows) <= 200),
    sound_blocked BOOLEAN NOT NULL DEFAULT FALSE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK ((code IS NULL) = (code_until IS NULL)),
    CHECK ((token_hash IS NULL) = (paired_at IS NULL))
);
CREATE UNIQUE INDEX scoreboard_screens_by_token ON scoreboard_screens (token_hash) WHERE token_hash IS NOT NULL;
CREATE UNIQUE INDEX scoreboard_screens_by_code ON scoreboard_screens (code) WHERE code IS NOT NULL;
ALTER TABLE scoreboard_screens ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoreboard_screens_of_org ON scoreboard_screens USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
