//! Statements about contests: one function each.

use super::{
    super::ids::{ContestId, MetricId, PersonId, TeamId},
    Sum,
};
use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

/// A contest, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Contest {
    /// Its id.
    pub id: ContestId,
    /// Its name.
    pub name: String,
    /// `most`, `race`, `threshold` or `head_to_head`.
    pub kind: String,
    /// Of what.
    pub metric_id: MetricId,
    /// `people`, `teams` or `branches`.
    pub of_whom: String,
    /// `everybody`, `team` or `named`.
    pub takes_part: String,
    /// Whose people, where it is a team's.
    pub team_id: Option<TeamId>,
    /// The first day.
    pub first_day: String,
    /// The last, included.
    pub last_day: String,
    /// What is to be reached, in the metric's smallest unit.
    pub goal: Option<i64>,
    /// `shared` or `first`.
    pub ties: String,
    /// So long before its end standings stand still for those who look.
    pub freeze_hours: i64,
    /// One a line, the first place's first.
    pub prizes: String,
    /// When what it came to was signed off.
    pub signed_at: Option<Instant>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// Grows with every change.
    pub version: i64,
}

/// Who takes part where only some do: a person or a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Entrant {
    /// Of which contest.
    pub contest_id: ContestId,
    /// A person.
    pub person_id: Option<PersonId>,
    /// A team or a branch.
    pub team_id: Option<TeamId>,
}

/// A place that was signed off.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Kept {
    /// Of which contest.
    pub contest_id: ContestId,
    /// The line, from 0.
    pub position: i64,
    /// The place; `None`: there was nothing to show.
    pub place: Option<i64>,
    /// Somebody else had the same.
    pub shared: bool,
    /// A person.
    pub person_id: Option<PersonId>,
    /// A team or a branch.
    pub team_id: Option<TeamId>,
    /// In the last decimal that the metric keeps.
    pub figure: Option<i64>,
    /// In a race, when they reached the goal.
    pub reached_at: Option<Instant>,
    /// They won.
    pub won: bool,
    /// What they won.
    pub prize: String,
    /// When it was kept.
    pub kept_at: Instant,
}

/// Contests that are neither signed off nor cancelled, the earliest first.
pub async fn open(tx: &mut OrgTx) -> Result<Vec<Contest>, DbError> {
    sql!(all Contest, tx,
        "SELECT id, name, kind, metric_id, of_whom, takes_part, team_id, first_day, last_day, goal, ties, freeze_hours, prizes, signed_at, cancelled_at, version
         FROM scoreboard_contests WHERE org_id = $1 AND signed_at IS NULL AND cancelled_at IS NULL ORDER BY first_day, id")
}

/// The others, the last first, at most `limit`.
pub async fn closed(tx: &mut OrgTx, limit: i64) -> Result<Vec<Contest>, DbError> {
    sql!(all Contest, tx,
        "SELECT id, name, kind, metric_id, of_whom, takes_part, team_id, first_day, last_day, goal, ties, freeze_hours, prizes, signed_at, cancelled_at, version
         FROM scoreboard_contests WHERE org_id = $1 AND (signed_at IS NOT NULL OR cancelled_at IS NOT NULL) ORDER BY last_day DESC, id DESC LIMIT $2",
        limit)
}

/// All of them, for the file to take along.
pub async fn every(tx: &mut OrgTx) -> Result<Vec<Contest>, DbError> {
    sql!(all Contest, tx,
        "SELECT id, name, kind, metric_id, of_whom, takes_part, team_id, first_day, last_day, goal, ties, freeze_hours, prizes, signed_at, cancelled_at, version
         FROM scoreboard_contests WHERE org_id = $1 ORDER BY id")
}

/// One of them.
pub async fn contest(tx: &mut OrgTx, id: ContestId) -> Result<Option<Contest>, DbError> {
    sql!(optional Contest, tx,
        "SELECT id, name, kind, metric_id, of_whom, takes_part, team_id, first_day, last_day, goal, ties, freeze_hours, prizes, signed_at, cancelled_at, version
         FROM scoreboard_contests WHERE org_id = $1 AND id = $2",
        id)
}

/// Races of a metric that are neither signed off nor cancelled.
pub async fn races(tx: &mut OrgTx, metric: MetricId) -> Result<Vec<Contest>, DbError> {
    sql!(all Contest, tx,
        "SELECT id, name, kind, metric_id, of_whom, takes_part, team_id, first_day, last_day, goal, ties, freeze_hours, prizes, signed_at, cancelled_at, version
         FROM scoreboard_contests WHERE org_id = $1 AND metric_id = $2 AND kind = 'race' AND signed_at IS NULL AND cancelled_at IS NULL ORDER BY id",
        metric)
}

/// Adds a contest.
pub async fn insert(tx: &mut OrgTx, new: &Contest) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_contests (org_id, id, name, kind, metric_id, of_whom, takes_part, team_id, first_day, last_day, goal, ties, freeze_hours, prizes, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15)",
        new.id,
        new.name.as_str(),
        new.kind.as_str(),
        new.metric_id,
        new.of_whom.as_str(),
        new.takes_part.as_str(),
        new.team_id,
        new.first_day.as_str(),
        new.last_day.as_str(),
        new.goal,
        new.ties.as_str(),
        new.freeze_hours,
        new.prizes.as_str(),
        now
    )
}

/// Changes a contest that is neither signed off nor cancelled. 0: it was changed since that version.
pub async fn update(tx: &mut OrgTx, new: &Contest) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_contests SET name = $3, kind = $4, metric_id = $5, of_whom = $6, takes_part = $7, team_id = $8, first_day = $9, last_day = $10, goal = $11, ties = $12, freeze_hours = $13, prizes = $14, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $15 AND signed_at IS NULL AND cancelled_at IS NULL",
        new.id,
        new.name.as_str(),
        new.kind.as_str(),
        new.metric_id,
        new.of_whom.as_str(),
        new.takes_part.as_str(),
        new.team_id,
        new.first_day.as_str(),
        new.last_day.as_str(),
        new.goal,
        new.ties.as_str(),
        new.freeze_hours,
        new.prizes.as_str(),
        new.version
    )
}

/// Notes that what a contest came to is signed off. 0: it was changed since that version.
pub async fn sign(tx: &mut OrgTx, id: ContestId, version: i64) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_contests SET signed_at = $3, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $4 AND signed_at IS NULL AND cancelled_at IS NULL",
        id,
        now,
        version
    )
}

/// Notes that a contest doesn't take place. 0: it was changed since that version.
pub async fn cancel(tx: &mut OrgTx, id: ContestId, version: i64) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_contests SET cancelled_at = $3, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $4 AND signed_at IS NULL AND cancelled_at IS NULL",
        id,
        now,
        version
    )
}

/// Who takes part in a contest where only some do, in their order.
pub async fn entrants(tx: &mut OrgTx, contest: ContestId) -> Result<Vec<Entrant>, DbError> {
    sql!(all Entrant, tx,
        "SELECT contest_id, person_id, team_id FROM scoreboard_contest_entrants WHERE org_id = $1 AND contest_id = $2 ORDER BY position",
        contest)
}

/// The same of all contests that are neither signed off nor cancelled.
pub async fn open_entrants(tx: &mut OrgTx) -> Result<Vec<Entrant>, DbError> {
    sql!(all Entrant, tx,
        "SELECT e.contest_id, e.person_id, e.team_id FROM scoreboard_contests AS c
         JOIN scoreboard_contest_entrants AS e ON e.org_id = c.org_id AND e.contest_id = c.id
         WHERE c.org_id = $1 AND c.signed_at IS NULL AND c.cancelled_at IS NULL ORDER BY e.contest_id, e.position")
}

/// The same of every contest, for the file to take along.
pub async fn every_entrant(tx: &mut OrgTx) -> Result<Vec<Entrant>, DbError> {
    sql!(all Entrant, tx,
        "SELECT contest_id, person_id, team_id FROM scoreboard_contest_entrants WHERE org_id = $1 ORDER BY contest_id, position")
}

/// Has somebody, or a team, take part.
pub async fn insert_entrant(tx: &mut OrgTx, position: i64, new: Entrant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_contest_entrants (org_id, contest_id, position, person_id, team_id) VALUES ($1, $2, $3, $4, $5)",
        new.contest_id,
        position,
        new.person_id,
        new.team_id
    )
}

/// Forgets who takes part, to say it anew.
pub async fn delete_entrants(tx: &mut OrgTx, contest: ContestId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_contest_entrants WHERE org_id = $1 AND contest_id = $2", contest)
}

/// Keeps a place for good.
pub async fn keep(tx: &mut OrgTx, new: &Kept) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_contest_standings (org_id, contest_id, position, place, shared, person_id, team_id, figure, reached_at, won, prize, kept_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new.contest_id,
        new.position,
        new.place,
        new.shared,
        new.person_id,
        new.team_id,
        new.figure,
        new.reached_at,
        new.won,
        new.prize.as_str(),
        new.kept_at
    )
}

/// What a contest came to, as it was signed off.
pub async fn kept(tx: &mut OrgTx, contest: ContestId) -> Result<Vec<Kept>, DbError> {
    sql!(all Kept, tx,
        "SELECT contest_id, position, place, shared, person_id, team_id, figure, reached_at, won, prize, kept_at
         FROM scoreboard_contest_standings WHERE org_id = $1 AND contest_id = $2 ORDER BY position",
        contest)
}

/// The same of every contest, for the file to take along.
pub async fn every_kept(tx: &mut OrgTx) -> Result<Vec<Kept>, DbError> {
    sql!(all Kept, tx,
        "SELECT contest_id, position, place, shared, person_id, team_id, figure, reached_at, won, prize, kept_at
         FROM scoreboard_contest_standings WHERE org_id = $1 ORDER BY contest_id, position")
}

/// Who won the contests that ended last, so many at most.
pub async fn winners(tx: &mut OrgTx, from: &str, limit: i64) -> Result<Vec<Kept>, DbError> {
    sql!(all Kept, tx,
        "SELECT s.contest_id, s.position, s.place, s.shared, s.person_id, s.team_id, s.figure, s.reached_at, s.won, s.prize, s.kept_at
         FROM scoreboard_contests AS c
         JOIN scoreboard_contest_standings AS s ON s.org_id = c.org_id AND s.contest_id = c.id
         WHERE c.org_id = $1 AND c.last_day >= $2 AND s.won ORDER BY c.last_day DESC, c.id DESC, s.position LIMIT $3",
        from, limit)
}

/// What each person's lines with days in `[from, until)` came to at an instant, as the ledger stood then; of a team's people the days on which they were in it.
pub async fn sums_by_person_then(
    tx: &mut OrgTx,
    metric: MetricId,
    team: Option<TeamId>,
    (from, until): (&str, &str),
    then: Instant,
) -> Result<Vec<Sum>, DbError> {
    sql!(all Sum, tx,
        "SELECT e.person_id AS id, CAST(SUM(e.value / 4294967296) AS BIGINT) AS high, CAST(SUM(e.value % 4294967296) AS BIGINT) AS low, COUNT(*) AS entries
         FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         WHERE e.org_id = $1 AND e.metric_id = $2 AND e.day >= $4 AND e.day < $5 AND e.entered_at <= $6
           AND (v.entry_id IS NULL OR v.voided_at > $6) AND (NOT e.awaits_approval OR a.approved AND a.decided_at <= $6)
           AND (CAST($3 AS UUID) IS NULL OR EXISTS (
             SELECT 1 FROM scoreboard_memberships AS m
             WHERE m.org_id = $1 AND m.person_id = e.person_id AND m.team_id = $3 AND m.since <= e.day AND (m.until IS NULL OR m.until >= e.day)))
         GROUP BY e.person_id",
        metric, team, from, until, then)
}

/// The same of each team: of everybody, the days on which they were in it.
pub async fn sums_by_team_then(
    tx: &mut OrgTx,
    metric: MetricId,
    (from, until): (&str, &str),
    then: Instant,
) -> Result<Vec<Sum>, DbError> {
    sql!(all Sum, tx,
        "SELECT m.team_id AS id, CAST(SUM(e.value / 4294967296) AS BIGINT) AS high, CAST(SUM(e.value % 4294967296) AS BIGINT) AS low, COUNT(*) AS entries
         FROM scoreboard_entries AS e
         JOIN scoreboard_memberships AS m ON m.org_id = e.org_id AND m.person_id = e.person_id AND m.since <= e.day AND (m.until IS NULL OR m.until >= e.day)
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         WHERE e.org_id = $1 AND e.metric_id = $2 AND e.day >= $3 AND e.day < $4 AND e.entered_at <= $5
           AND (v.entry_id IS NULL OR v.voided_at > $5) AND (NOT e.awaits_approval OR a.approved AND a.decided_at <= $5)
         GROUP BY m.team_id",
        metric, from, until, then)
}

/// A line that counts, on the way to a goal.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Step {
    /// Whose.
    pub person_id: PersonId,
    /// The day on which it counts.
    pub day: String,
    /// When it happened.
    pub happened_at: Instant,
    /// In the metric's smallest unit.
    pub value: i64,
}

/// Lines of a metric with days in `[from, until)` that counted at an instant, by when they happened, so many at most.
pub async fn steps(
    tx: &mut OrgTx,
    metric: MetricId,
    (from, until): (&str, &str),
    then: Instant,
    limit: i64,
) -> Result<Vec<Step>, DbError> {
    sql!(all Step, tx,
        "SELECT e.person_id, e.day, e.happened_at, e.value FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         WHERE e.org_id = $1 AND e.metric_id = $2 AND e.day >= $3 AND e.day < $4 AND e.entered_at <= $5
           AND (v.entry_id IS NULL OR v.voided_at > $5) AND (NOT e.awaits_approval OR a.approved AND a.decided_at <= $5)
         ORDER BY e.happened_at, e.id LIMIT $6",
        metric, from, until, then, limit)
}

/// What somebody's days in `[from, until)` come to.
pub async fn sum_of(
    tx: &mut OrgTx,
    metric: MetricId,
    person: PersonId,
    from: &str,
    until: &str,
) -> Result<Option<Sum>, DbError> {
    sql!(optional Sum, tx,
        "SELECT person_id AS id, CAST(SUM(value / 4294967296) AS BIGINT) AS high, CAST(SUM(value % 4294967296) AS BIGINT) AS low, CAST(SUM(entries) AS BIGINT) AS entries
         FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND person_id = $3 AND day >= $4 AND day < $5 GROUP BY person_id",
        metric, person, from, until)
}
