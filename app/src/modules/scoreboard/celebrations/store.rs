//! The statements about celebrations: one function each.

use uuid::Uuid;

use super::super::ids::{EntryId, MetricId, PersonId, TeamId};
use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

/// What is celebrated beside results, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Chosen {
    /// Targets that are reached.
    pub targets: bool,
    /// Badges.
    pub badges: bool,
    /// Contests that are won.
    pub contests: bool,
    /// Grows with every change; 0: nobody has chosen yet.
    pub version: i64,
}

/// Something that is celebrated, as stored, with the result that it is about, if it is about one.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stored {
    /// Its number.
    pub number: i64,
    /// `entry`, `target`, `badge` or `contest`.
    pub kind: String,
    /// The result, or the target, badge or contest.
    pub cause_id: Uuid,
    /// Of what.
    pub metric_id: Option<MetricId>,
    /// Whose.
    pub person_id: Option<PersonId>,
    /// Which team’s.
    pub team_id: Option<TeamId>,
    /// What the result comes to, in the metric's smallest unit.
    pub value: Option<i64>,
    /// What the badge is called.
    pub badge: Option<String>,
    /// What the contest is called.
    pub contest: Option<String>,
}

/// Something that is celebrated, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Kept {
    /// Its number.
    pub number: i64,
    /// `entry`, `target`, `badge` or `contest`.
    pub kind: String,
    /// The result, or the target, badge or contest.
    pub cause_id: Uuid,
    /// Of what.
    pub metric_id: Option<MetricId>,
    /// Whose.
    pub person_id: Option<PersonId>,
    /// Which team’s.
    pub team_id: Option<TeamId>,
    /// When.
    pub created_at: Instant,
}

/// Something that is celebrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct New {
    /// Its number.
    pub number: i64,
    /// `entry`, `target`, `badge` or `contest`.
    pub kind: &'static str,
    /// The result, or the target, badge or contest.
    pub cause: Uuid,
    /// The person or team; all zero: nobody in particular.
    pub whose: Uuid,
    /// Of what.
    pub metric: Option<MetricId>,
    /// Whose.
    pub person: Option<PersonId>,
    /// Which team’s.
    pub team: Option<TeamId>,
    /// The result.
    pub entry: Option<EntryId>,
}

/// What is celebrated beside results; `None`: nobody has chosen, and nothing was celebrated yet.
pub async fn chosen(tx: &mut OrgTx) -> Result<Option<Chosen>, DbError> {
    sql!(
        optional Chosen,
        tx,
        "SELECT targets, badges, contests, version FROM scoreboard_celebrating WHERE org_id = $1"
    )
}

/// Says it anew. `false`: somebody else did since that version.
pub async fn choose(tx: &mut OrgTx, new: Chosen) -> Result<bool, DbError> {
    let rows = sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_celebrating (org_id, targets, badges, contests, version) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (org_id) DO UPDATE SET targets = excluded.targets, badges = excluded.badges, contests = excluded.contests, version = scoreboard_celebrating.version + 1
         WHERE scoreboard_celebrating.version = $5",
        new.targets,
        new.badges,
        new.contests,
        new.version
    )?;
    Ok(rows == 1)
}

/// From which value on a result of which metric is celebrated.
pub async fn amounts(tx: &mut OrgTx) -> Result<Vec<(MetricId, i64)>, DbError> {
    sql!(
        all(MetricId, i64),
        tx,
        "SELECT metric_id, at_least FROM scoreboard_celebrated_metrics WHERE org_id = $1 ORDER BY metric_id"
    )
}

/// Results of one are celebrated from a value on.
pub async fn insert_amount(tx: &mut OrgTx, metric: MetricId, at_least: i64) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_celebrated_metrics (org_id, metric_id, at_least) VALUES ($1, $2, $3)",
        metric,
        at_least
    )
}

/// No results are celebrated any more.
pub async fn delete_amounts(tx: &mut OrgTx) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_celebrated_metrics WHERE org_id = $1")
}

/// It is celebrated already.
pub async fn is_noted(tx: &mut OrgTx, kind: &str, cause: Uuid, whose: Uuid) -> Result<bool, DbError> {
    let found = sql!(
        optional(i64,),
        tx,
        "SELECT number FROM scoreboard_celebrations WHERE org_id = $1 AND kind = $2 AND cause_id = $3 AND whose_id = $4",
        kind,
        cause,
        whose
    )?;
    Ok(found.is_some())
}

/// Whoever celebrates at the same moment waits here, as those do who say that something happened: so nobody waits for the other crosswise.
pub async fn wait_for_turn(tx: &mut OrgTx) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE organisations SET sequence = sequence WHERE id = $1")
}

/// The next number, which nobody else gets.
pub async fn next_number(tx: &mut OrgTx) -> Result<i64, DbError> {
    let next = sql!(
        one(i64,),
        tx,
        "INSERT INTO scoreboard_celebrating (org_id, last_number) VALUES ($1, 1)
         ON CONFLICT (org_id) DO UPDATE SET last_number = scoreboard_celebrating.last_number + 1
         RETURNING last_number"
    )?;
    Ok(next.0)
}

/// The last number that was given; 0: none yet.
pub async fn last_number(tx: &mut OrgTx) -> Result<i64, DbError> {
    let last = sql!(optional(i64,), tx, "SELECT last_number FROM scoreboard_celebrating WHERE org_id = $1")?;
    Ok(last.map_or(0, |(last,)| last))
}

/// Something is celebrated.
pub async fn insert(tx: &mut OrgTx, new: New) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_celebrations (org_id, number, kind, cause_id, whose_id, metric_id, person_id, team_id, entry_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.number,
        new.kind,
        new.cause,
        new.whose,
        new.metric,
        new.person,
        new.team,
        new.entry,
        now
    )
}

/// A result that is celebrated was put right: what stands instead takes its place, and no screen shows it twice. 0: it isn't celebrated.
pub async fn hand_on(
    tx: &mut OrgTx,
    before: EntryId,
    now: EntryId,
    metric: MetricId,
    person: PersonId,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_celebrations SET cause_id = $3, entry_id = $3, metric_id = $4, whose_id = $5, person_id = $5 WHERE org_id = $1 AND entry_id = $2",
        before,
        now,
        metric,
        person
    )
}

/// What was celebrated since, the earliest first: the latest of them, so many at most. Not what was taken back since: a result, a badge, a contest.
pub async fn since(tx: &mut OrgTx, since: Instant, limit: i64) -> Result<Vec<Stored>, DbError> {
    let mut rows = sql!(all Stored, tx,
        "SELECT c.number, c.kind, c.cause_id, c.metric_id, c.person_id, c.team_id, e.value, b.name AS badge, t.name AS contest
         FROM scoreboard_celebrations AS c
         LEFT JOIN scoreboard_entries AS e ON e.org_id = c.org_id AND e.id = c.entry_id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = c.org_id AND v.entry_id = c.entry_id
         LEFT JOIN scoreboard_awards AS a ON a.org_id = c.org_id AND a.id = c.cause_id
         LEFT JOIN scoreboard_badges AS b ON b.org_id = a.org_id AND b.id = a.badge_id
         LEFT JOIN scoreboard_contests AS t ON t.org_id = c.org_id AND t.id = c.cause_id
         WHERE c.org_id = $1 AND c.created_at > $2 AND v.entry_id IS NULL AND a.taken_back_at IS NULL AND t.cancelled_at IS NULL
         ORDER BY c.number DESC LIMIT $3",
        since, limit)?;
    rows.reverse();
    Ok(rows)
}

/// All of them, for the file to take along.
pub async fn all(tx: &mut OrgTx) -> Result<Vec<Kept>, DbError> {
    sql!(all Kept, tx,
        "SELECT number, kind, cause_id, metric_id, person_id, team_id, created_at FROM scoreboard_celebrations WHERE org_id = $1 ORDER BY number")
}

/// Forgets what nobody shows any more: results of before one moment, all else of before another.
pub async fn forget(tx: &mut OrgTx, results: Instant, others: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM scoreboard_celebrations WHERE org_id = $1 AND (created_at < $3 OR kind = 'entry' AND created_at < $2)",
        results,
        others
    )
}
