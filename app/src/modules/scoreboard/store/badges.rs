//! Statements about badges and who came by which: one function each.

use uuid::Uuid;

use super::super::ids::{AwardId, BadgeId, EntryId, MetricId, PersonId};
use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

/// A badge, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Badge {
    /// Its id.
    pub id: BadgeId,
    /// Its name.
    pub name: String,
    /// The name of its icon.
    pub icon: String,
    /// Of what.
    pub metric_id: MetricId,
    /// `first`, `single`, `total`, `streak` or `best`.
    pub rule: String,
    /// So much at least, in the metric's smallest unit.
    pub amount: Option<i64>,
    /// In which periods.
    pub period: Option<String>,
    /// On how many days in a row.
    pub days: Option<i64>,
    /// What was over before this day doesn't count.
    pub since: String,
    /// It is given.
    pub active: bool,
    /// Grows with every change.
    pub version: i64,
}

/// That somebody came by a badge.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Award {
    /// Its id.
    pub id: AwardId,
    /// Which.
    pub badge_id: BadgeId,
    /// Who.
    pub person_id: PersonId,
    /// For what: `once`, a period's key, or the first day of a streak.
    pub period: String,
    /// The day that brought it.
    pub day: String,
    /// The line that did.
    pub entry_id: Option<EntryId>,
    /// When it was given.
    pub awarded_at: Instant,
    /// When a correction took it back.
    pub taken_back_at: Option<Instant>,
}

/// All badges, in the order in which they came.
pub async fn badges(tx: &mut OrgTx) -> Result<Vec<Badge>, DbError> {
    sql!(all Badge, tx,
        "SELECT id, name, icon, metric_id, rule, amount, period, days, since, active, version FROM scoreboard_badges WHERE org_id = $1 ORDER BY id")
}

/// Those of a metric.
pub async fn badges_of(tx: &mut OrgTx, metric: MetricId) -> Result<Vec<Badge>, DbError> {
    sql!(all Badge, tx,
        "SELECT id, name, icon, metric_id, rule, amount, period, days, since, active, version FROM scoreboard_badges WHERE org_id = $1 AND metric_id = $2 ORDER BY id",
        metric)
}

/// Adds a badge.
pub async fn insert(tx: &mut OrgTx, new: &Badge) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_badges (org_id, id, name, icon, metric_id, rule, amount, period, days, since, active, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)",
        new.id,
        new.name.as_str(),
        new.icon.as_str(),
        new.metric_id,
        new.rule.as_str(),
        new.amount,
        new.period.as_deref(),
        new.days,
        new.since.as_str(),
        new.active,
        now
    )
}

/// Changes what a badge is called and looks like, and whether it is given. What it is for stays. 0: it was changed since that version.
pub async fn update(tx: &mut OrgTx, new: &Badge) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_badges SET name = $3, icon = $4, active = $5, version = version + 1 WHERE org_id = $1 AND id = $2 AND version = $6",
        new.id,
        new.name.as_str(),
        new.icon.as_str(),
        new.active,
        new.version
    )
}

/// Whoever else changes what badges somebody has waits here.
pub async fn take_turn(tx: &mut OrgTx, person: PersonId) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE scoreboard_people SET version = version WHERE org_id = $1 AND id = $2", person)
}

/// What somebody's days in `[from, until)` come to of a metric, the earliest first; days on which nothing counts are left out.
pub async fn days_of(
    tx: &mut OrgTx,
    metric: MetricId,
    person: PersonId,
    from: &str,
    until: &str,
) -> Result<Vec<(String, i64)>, DbError> {
    sql!(
        all(String, i64),
        tx,
        "SELECT day, value FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND person_id = $3 AND day >= $4 AND day < $5 AND entries > 0 ORDER BY day",
        metric,
        person,
        from,
        until
    )
}

/// The first day of somebody's on which anything counts of a metric.
pub async fn first_day(tx: &mut OrgTx, metric: MetricId, person: PersonId) -> Result<Option<String>, DbError> {
    let found = sql!(
        optional(String,),
        tx,
        "SELECT day FROM scoreboard_totals WHERE org_id = $1 AND metric_id = $2 AND person_id = $3 AND entries > 0 ORDER BY day LIMIT 1",
        metric,
        person
    )?;
    Ok(found.map(|(day,)| day))
}

/// The first of somebody's lines that count, by when it happened: of so much at least, where that is said, and on these days, both included.
pub async fn first_line(
    tx: &mut OrgTx,
    metric: MetricId,
    person: PersonId,
    least: Option<i64>,
    (first_day, last_day): (&str, &str),
) -> Result<Option<(EntryId, String)>, DbError> {
    sql!(
        optional(EntryId, String),
        tx,
        "SELECT e.id, e.day FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         WHERE e.org_id = $1 AND e.metric_id = $2 AND e.person_id = $3 AND e.day >= $5 AND e.day <= $6 AND (CAST($4 AS BIGINT) IS NULL OR e.value >= $4)
           AND v.entry_id IS NULL AND (NOT e.awaits_approval OR a.approved)
         ORDER BY e.happened_at, e.id LIMIT 1",
        metric,
        person,
        least,
        first_day,
        last_day
    )
}

/// The last of somebody's lines of a day that count, by when it happened.
pub async fn last_line_on(
    tx: &mut OrgTx,
    metric: MetricId,
    person: PersonId,
    day: &str,
) -> Result<Option<EntryId>, DbError> {
    let found = sql!(
        optional(EntryId,),
        tx,
        "SELECT e.id FROM scoreboard_entries AS e
         LEFT JOIN scoreboard_approvals AS a ON a.org_id = e.org_id AND a.entry_id = e.id
         LEFT JOIN scoreboard_voids AS v ON v.org_id = e.org_id AND v.entry_id = e.id
         WHERE e.org_id = $1 AND e.metric_id = $2 AND e.person_id = $3 AND e.day = $4
           AND v.entry_id IS NULL AND (NOT e.awaits_approval OR a.approved)
         ORDER BY e.happened_at DESC, e.id DESC LIMIT 1",
        metric,
        person,
        day
    )?;
    Ok(found.map(|(id,)| id))
}

/// How often somebody came by a badge, those that were taken back among them.
pub async fn awards_of(tx: &mut OrgTx, badge: BadgeId, person: PersonId) -> Result<Vec<Award>, DbError> {
    sql!(all Award, tx,
        "SELECT id, badge_id, person_id, period, day, entry_id, awarded_at, taken_back_at
         FROM scoreboard_awards WHERE org_id = $1 AND badge_id = $2 AND person_id = $3 ORDER BY period",
        badge, person)
}

/// Gives a badge. 0: they have it for that already.
pub async fn give(tx: &mut OrgTx, new: &Award) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_awards (org_id, id, badge_id, person_id, period, day, entry_id, awarded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (org_id, badge_id, person_id, period) DO NOTHING",
        new.id,
        new.badge_id,
        new.person_id,
        new.period.as_str(),
        new.day.as_str(),
        new.entry_id,
        new.awarded_at
    )
}

/// Says anew what brought a badge, and when it was given; it isn't taken back any more.
pub async fn give_again(tx: &mut OrgTx, award: &Award) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_awards SET day = $3, entry_id = $4, awarded_at = $5, taken_back_at = NULL WHERE org_id = $1 AND id = $2",
        award.id,
        award.day.as_str(),
        award.entry_id,
        award.awarded_at
    )
}

/// Takes a badge back.
pub async fn take_back(tx: &mut OrgTx, id: AwardId) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE scoreboard_awards SET taken_back_at = $3 WHERE org_id = $1 AND id = $2 AND taken_back_at IS NULL",
        id,
        now
    )
}

/// What somebody has, the latest first, so many at most.
pub async fn of_person(tx: &mut OrgTx, person: PersonId, limit: i64) -> Result<Vec<Award>, DbError> {
    sql!(all Award, tx,
        "SELECT id, badge_id, person_id, period, day, entry_id, awarded_at, taken_back_at
         FROM scoreboard_awards WHERE org_id = $1 AND person_id = $2 AND taken_back_at IS NULL ORDER BY awarded_at DESC, id DESC LIMIT $3",
        person, limit)
}

/// What people came by lately, the latest first, so many at most.
pub async fn latest(tx: &mut OrgTx, limit: i64) -> Result<Vec<Award>, DbError> {
    sql!(all Award, tx,
        "SELECT id, badge_id, person_id, period, day, entry_id, awarded_at, taken_back_at
         FROM scoreboard_awards WHERE org_id = $1 AND taken_back_at IS NULL ORDER BY awarded_at DESC, id DESC LIMIT $2",
        limit)
}

/// That somebody came by a badge, as addresses are told of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reported {
    /// Its id.
    pub id: AwardId,
    /// What the badge is called.
    pub name: String,
    /// The metric's word.
    pub key: String,
    /// Who.
    pub person_id: PersonId,
    /// They want to be on no board.
    pub opted_out: bool,
    /// For what.
    pub period: String,
    /// The day that brought it.
    pub day: String,
    /// When a correction took it back.
    pub taken_back_at: Option<Instant>,
}

/// What addresses are told of one.
pub async fn reported(tx: &mut OrgTx, id: AwardId) -> Result<Option<Reported>, DbError> {
    sql!(optional Reported, tx,
        "SELECT a.id, b.name, m.key, a.person_id, p.opted_out, a.period, a.day, a.taken_back_at
         FROM scoreboard_awards AS a
         JOIN scoreboard_badges AS b ON b.org_id = a.org_id AND b.id = a.badge_id
         JOIN scoreboard_metrics AS m ON m.org_id = b.org_id AND m.id = b.metric_id
         JOIN scoreboard_people AS p ON p.org_id = a.org_id AND p.id = a.person_id
         WHERE a.org_id = $1 AND a.id = $2",
        id)
}

/// These, those that were taken back too.
pub async fn awards_by_ids(tx: &mut OrgTx, ids: &[Uuid; 25]) -> Result<Vec<Award>, DbError> {
    sql!(all Award, tx,
        "SELECT id, badge_id, person_id, period, day, entry_id, awarded_at, taken_back_at FROM scoreboard_awards
         WHERE org_id = $1 AND id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
        ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6], ids[7], ids[8], ids[9], ids[10], ids[11], ids[12], ids[13], ids[14], ids[15], ids[16], ids[17], ids[18], ids[19], ids[20], ids[21], ids[22], ids[23], ids[24])
}

/// All of them, those that were taken back too, after one, at most `limit`: for the file to take along.
pub async fn every(tx: &mut OrgTx, after: AwardId, limit: i64) -> Result<Vec<Award>, DbError> {
    sql!(all Award, tx,
        "SELECT id, badge_id, person_id, period, day, entry_id, awarded_at, taken_back_at
         FROM scoreboard_awards WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after, limit)
}
