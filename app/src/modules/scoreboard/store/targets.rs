//! Statements of targets, of what they were before, and of who is away when.

use uuid::Uuid;

use super::super::ids::{LeaveId, MetricId, PersonId, TargetId, TeamId};
use crate::{
    clock::Instant,
    db::DbError,
    org::{Doer, OrgTx},
    sql,
};

/// Somebody's time away, both days included.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Leave {
    /// Its id.
    pub id: LeaveId,
    /// Who.
    pub person_id: PersonId,
    /// The first day.
    pub since: String,
    /// The last.
    pub until: String,
}

/// What is to be reached, as stored: by somebody, by a team, or by all where neither is named.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Target {
    /// Its id.
    pub id: TargetId,
    /// Of what.
    pub metric_id: MetricId,
    /// By whom.
    pub person_id: Option<PersonId>,
    /// By which team or branch.
    pub team_id: Option<TeamId>,
    /// The period's key.
    pub period: String,
    /// Its first day.
    pub first_day: String,
    /// Its last.
    pub last_day: String,
    /// In the metric's smallest unit, or in its last decimal.
    pub amount: i64,
    /// Up to three amounts beyond it, with spaces between.
    pub stretch: String,
    /// Grows with every change.
    pub version: i64,
}

/// What a target was and became.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    /// Which.
    pub target_id: TargetId,
    /// Its version from then on.
    pub version: i64,
    /// Of what.
    pub metric_id: MetricId,
    /// By whom.
    pub person_id: Option<PersonId>,
    /// By which team or branch.
    pub team_id: Option<TeamId>,
    /// The period's key.
    pub period: String,
    /// Its first day.
    pub first_day: String,
    /// Its last.
    pub last_day: String,
    /// What it was; `None`: there was none.
    pub before_amount: Option<i64>,
    /// And beyond it.
    pub before_stretch: String,
    /// What it became; `None`: there is none any more.
    pub after_amount: Option<i64>,
    /// And beyond it.
    pub after_stretch: String,
    /// `member`, `token` or `system`.
    pub by_kind: String,
    /// Which.
    pub by_id: Option<Uuid>,
    /// When.
    pub changed_at: Instant,
}

/// What a day of somebody's comes to.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Day {
    /// Whose.
    pub person_id: PersonId,
    /// The day.
    pub day: String,
    /// In the metric's smallest unit.
    pub value: i64,
}

/// Everybody's time away that reaches into these days, both included, the earliest first.
pub async fn leave(tx: &mut OrgTx, from: &str, last: &str) -> Result<Vec<Leave>, DbError> {
    sql!(all Leave, tx,
        "SELECT id, person_id, since, until FROM scoreboard_leave WHERE org_id = $1 AND since <= $3 AND until >= $2 ORDER BY since, id",
        from, last)
}

/// Somebody's time away, the latest first.
pub async fn leave_of(tx: &mut OrgTx, person: PersonId) -> Result<Vec<Leave>, DbError> {
    sql!(all Leave, tx,
        "SELECT id, person_id, since, until FROM scoreboard_leave WHERE org_id = $1 AND person_id = $2 ORDER BY since DESC, id DESC",
        person)
}

/// Somebody is away.
pub async fn insert_leave(tx: &mut OrgTx, new: &Leave) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_leave (org_id, id, person_id, since, until) VALUES ($1, $2, $3, $4, $5)",
        new.id,
        new.person_id,
        new.since.as_str(),
        new.until.as_str()
    )
}

/// Who is away in this time; `None`: there is no such time.
pub async fn leave_person(tx: &mut OrgTx, id: LeaveId) -> Result<Option<PersonId>, DbError> {
    let found =
        sql!(optional(PersonId,), tx, "SELECT person_id FROM scoreboard_leave WHERE org_id = $1 AND id = $2", id)?;
    Ok(found.map(|(person,)| person))
}

/// Somebody isn't away after all.
pub async fn delete_leave(tx: &mut OrgTx, id: LeaveId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_leave WHERE org_id = $1 AND id = $2", id)
}

/// All that is to be reached of a metric in a period.
pub async fn of_period(tx: &mut OrgTx, metric: MetricId, period: &str) -> Result<Vec<Target>, DbError> {
    sql!(all Target, tx,
        "SELECT id, metric_id, person_id, team_id, period, first_day, last_day, amount, stretch, version FROM scoreboard_targets
         WHERE org_id = $1 AND metric_id = $2 AND period = $3 ORDER BY id",
        metric, period)
}

/// What somebody is to reach in the periods that a day is in, so many at most.
pub async fn of_person_on(tx: &mut OrgTx, person: PersonId, day: &str, limit: i64) -> Result<Vec<Target>, DbError> {
    sql!(all Target, tx,
        "SELECT id, metric_id, person_id, team_id, period, first_day, last_day, amount, stretch, version FROM scoreboard_targets
         WHERE org_id = $1 AND person_id = $2 AND last_day >= $3 AND first_day <= $3 ORDER BY last_day, id LIMIT $4",
        person, day, limit)
}

/// One of them.
pub async fn one(tx: &mut OrgTx, id: TargetId) -> Result<Option<Target>, DbError> {
    sql!(optional Target, tx,
        "SELECT id, metric_id, person_id, team_id, period, first_day, last_day, amount, stretch, version FROM scoreboard_targets
         WHERE org_id = $1 AND id = $2",
        id)
}

/// All of them, in the order in which they came.
pub async fn all(tx: &mut OrgTx) -> Result<Vec<Target>, DbError> {
    sql!(all Target, tx,
        "SELECT id, metric_id, person_id, team_id, period, first_day, last_day, amount, stretch, version FROM scoreboard_targets
         WHERE org_id = $1 ORDER BY id")
}

/// Sets one.
pub async fn insert(tx: &mut OrgTx, new: &Target) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_targets (org_id, id, metric_id, person_id, team_id, period, first_day, last_day, amount, stretch, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)",
        new.id,
        new.metric_id,
        new.person_id,
        new.team_id,
        new.period.as_str(),
        new.first_day.as_str(),
        new.last_day.as_str(),
        new.amount,
        new.stretch.as_str(),
        now
    )
}

/// Changes one. 0: it was changed since that version.
pub async fn update(tx: &mut OrgTx, new: &Target) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_targets SET amount = $3, stretch = $4, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $5",
        new.id,
        new.amount,
        new.stretch.as_str(),
        new.version
    )
}

/// Takes one away. 0: it was changed since that version.
pub async fn delete(tx: &mut OrgTx, id: TargetId, version: i64) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM scoreboard_targets WHERE org_id = $1 AND id = $2 AND version = $3", id, version)
}

/// Notes what a target was and became.
pub async fn note(
    tx: &mut OrgTx,
    target: &Target,
    before: Option<(i64, &str)>,
    after: Option<(i64, &str)>,
    by: Doer,
) -> Result<u64, DbError> {
    let now = tx.now();
    let (before_amount, before_stretch) = before.unzip();
    let (after_amount, after_stretch) = after.unzip();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_target_changes (org_id, target_id, version, metric_id, person_id, team_id, period, first_day, last_day, before_amount, before_stretch, after_amount, after_stretch, by_kind, by_id, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        target.id,
        target.version,
        target.metric_id,
        target.person_id,
        target.team_id,
        target.period.as_str(),
        target.first_day.as_str(),
        target.last_day.as_str(),
        before_amount,
        before_stretch.unwrap_or_default(),
        after_amount,
        after_stretch.unwrap_or_default(),
        by.kind,
        by.id,
        now
    )
}

/// What was made of the targets of a metric in a period, the latest first.
pub async fn changes(tx: &mut OrgTx, metric: MetricId, period: &str, limit: i64) -> Result<Vec<Change>, DbError> {
    sql!(all Change, tx,
        "SELECT target_id, version, metric_id, person_id, team_id, period, first_day, last_day, before_amount, before_stretch, after_amount, after_stretch, by_kind, by_id, changed_at
         FROM scoreboard_target_changes WHERE org_id = $1 AND metric_id = $2 AND period = $3 ORDER BY changed_at DESC, target_id DESC, version DESC LIMIT $4",
        metric, period, limit)
}

/// All of it, by target.
pub async fn all_changes(tx: &mut OrgTx) -> Result<Vec<Change>, DbError> {
    sql!(all Change, tx,
        "SELECT target_id, version, metric_id, person_id, team_id, period, first_day, last_day, before_amount, before_stretch, after_amount, after_stretch, by_kind, by_id, changed_at
         FROM scoreboard_target_changes WHERE org_id = $1 ORDER BY target_id, version")
}

/// How these targets were set, those too that are gone: of each the first word on it.
pub async fn first_changes(tx: &mut OrgTx, ids: &[Uuid; 25]) -> Result<Vec<Change>, DbError> {
    sql!(all Change, tx,
        "SELECT target_id, version, metric_id, person_id, team_id, period, first_day, last_day, before_amount, before_stretch, after_amount, after_stretch, by_kind, by_id, changed_at
         FROM scoreboard_target_changes
         WHERE org_id = $1 AND version = 1 AND target_id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
        ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6], ids[7], ids[8], ids[9], ids[10], ids[11], ids[12], ids[13], ids[14], ids[15], ids[16], ids[17], ids[18], ids[19], ids[20], ids[21], ids[22], ids[23], ids[24])
}

/// What an entry of somebody's on a day can bring to its target, of what everybody may see and more is better, in periods that aren't over. What was
/// celebrated before isn't again.
pub async fn to_reach(
    tx: &mut OrgTx,
    metric: MetricId,
    person: PersonId,
    day: &str,
    today: &str,
) -> Result<Vec<Target>, DbError> {
    sql!(all Target, tx,
        "SELECT t.id, t.metric_id, t.person_id, t.team_id, t.period, t.first_day, t.last_day, t.amount, t.stretch, t.version FROM scoreboard_targets AS t
         JOIN scoreboard_metrics AS m ON m.org_id = t.org_id AND m.id = t.metric_id
         LEFT JOIN scoreboard_people AS p ON p.org_id = t.org_id AND p.id = t.person_id
         WHERE t.org_id = $1 AND t.metric_id = $2 AND t.last_day >= $5 AND t.last_day >= $4 AND t.first_day <= $4 AND t.amount > 0
           AND m.shown_to = 'everyone' AND NOT m.lower_is_better
           AND NOT EXISTS (SELECT 1 FROM scoreboard_celebrations AS c WHERE c.org_id = $1 AND c.kind = 'target' AND c.cause_id = t.id)
           AND (t.person_id = $3 AND NOT p.opted_out OR t.person_id IS NULL AND t.team_id IS NULL
             OR t.team_id IN (SELECT s.team_id FROM scoreboard_memberships AS s WHERE s.org_id = $1 AND s.person_id = $3 AND s.since <= $4 AND (s.until IS NULL OR s.until >= $4)))",
        metric, person, day, today)
}

/// What is done of a target, in two parts as [`super::Sum`]: of somebody, of a team with the days on which each was in it, or of all.
pub async fn done(tx: &mut OrgTx, target: &Target) -> Result<i128, DbError> {
    let (from, last) = (target.first_day.as_str(), target.last_day.as_str());
    let (high, low) = match (target.person_id, target.team_id) {
        (Some(person), _) => sql!(
            one(i64, i64),
            tx,
            "SELECT CAST(COALESCE(SUM(value / 4294967296), 0) AS BIGINT), CAST(COALESCE(SUM(value % 4294967296), 0) AS BIGINT)
             FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND day >= $3 AND day <= $4 AND person_id = $5",
            target.metric_id,
            from,
            last,
            person
        )?,
        (None, Some(team)) => sql!(
            one(i64, i64),
            tx,
            "SELECT CAST(COALESCE(SUM(t.value / 4294967296), 0) AS BIGINT), CAST(COALESCE(SUM(t.value % 4294967296), 0) AS BIGINT)
             FROM scoreboard_totals AS t
             JOIN scoreboard_memberships AS m ON m.org_id = t.org_id AND m.person_id = t.person_id AND m.since <= t.day AND (m.until IS NULL OR m.until >= t.day)
             WHERE t.org_id = $1 AND t.metric_id = $2 AND t.day >= $3 AND t.day <= $4 AND m.team_id = $5",
            target.metric_id,
            from,
            last,
            team
        )?,
        (None, None) => sql!(
            one(i64, i64),
            tx,
            "SELECT CAST(COALESCE(SUM(value / 4294967296), 0) AS BIGINT), CAST(COALESCE(SUM(value % 4294967296), 0) AS BIGINT)
             FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND day >= $3 AND day <= $4",
            target.metric_id,
            from,
            last
        )?,
    };
    Ok(i128::from(high) * (1_i128 << 32) + i128::from(low))
}

/// What each day of everybody's, or of one person's, comes to, both days included, so many at most.
pub async fn days(
    tx: &mut OrgTx,
    metric: MetricId,
    person: Option<PersonId>,
    from: &str,
    last: &str,
    limit: i64,
) -> Result<Vec<Day>, DbError> {
    sql!(all Day, tx,
        "SELECT person_id, day, value FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND day >= $3 AND day <= $4
           AND (CAST($5 AS UUID) IS NULL OR person_id = $5) ORDER BY day, person_id LIMIT $6",
        metric, from, last, person, limit)
}

/// A target, as addresses are told of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reported {
    /// Its id.
    pub id: TargetId,
    /// The metric's word.
    pub key: String,
    /// By whom.
    pub person_id: Option<PersonId>,
    /// They want to be on no board.
    pub opted_out: Option<bool>,
    /// By which team or branch.
    pub team_id: Option<TeamId>,
    /// The period's key.
    pub period: String,
}

/// What addresses are told of a target.
pub async fn reported(tx: &mut OrgTx, id: TargetId) -> Result<Option<Reported>, DbError> {
    sql!(optional Reported, tx,
        "SELECT t.id, m.key, t.person_id, p.opted_out, t.team_id, t.period FROM scoreboard_targets AS t
         JOIN scoreboard_metrics AS m ON m.org_id = t.org_id AND m.id = t.metric_id
         LEFT JOIN scoreboard_people AS p ON p.org_id = t.org_id AND p.id = t.person_id
         WHERE t.org_id = $1 AND t.id = $2",
        id)
}
