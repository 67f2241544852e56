//! Statements for the weekly email: when it is due, and who wants it.

use crate::{clock::Instant, db::DbError, ids::UserId, org::OrgTx, sql};

/// A member who chose, or was written to.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reader {
    /// Who.
    pub user_id: UserId,
    /// What they chose; `None`: nothing yet.
    pub wanted: Option<bool>,
    /// The Monday for which they were written to last.
    pub told_week: Option<String>,
}

/// The weekly email begins, where something is counted for the first time.
pub async fn begin(tx: &mut OrgTx, told_week: &str, next_at: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_digests (org_id, told_week, next_at) VALUES ($1, $2, $3) ON CONFLICT (org_id) DO NOTHING",
        told_week,
        next_at
    )
}

/// The Monday for which all were written to last, and when it is looked at again; `None`: nothing is counted here.
pub async fn schedule(tx: &mut OrgTx) -> Result<Option<(String, Instant)>, DbError> {
    sql!(optional(String, Instant), tx, "SELECT told_week, next_at FROM scoreboard_digests WHERE org_id = $1")
}

/// All were written to; it is looked at again then.
pub async fn finish(tx: &mut OrgTx, week: &str, next_at: Instant) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE scoreboard_digests SET told_week = $2, next_at = $3 WHERE org_id = $1", week, next_at)
}

/// All who chose, or were written to.
pub async fn readers(tx: &mut OrgTx) -> Result<Vec<Reader>, DbError> {
    sql!(all Reader, tx,
        "SELECT user_id, wanted, told_week FROM scoreboard_digest_readers WHERE org_id = $1 ORDER BY user_id")
}

/// What a member chose.
pub async fn wanted(tx: &mut OrgTx, user: UserId) -> Result<Option<bool>, DbError> {
    let found = sql!(
        optional(UserId, Option<bool>),
        tx,
        "SELECT user_id, wanted FROM scoreboard_digest_readers WHERE org_id = $1 AND user_id = $2",
        user
    )?;
    Ok(found.and_then(|(_, wanted)| wanted))
}

/// A member chooses.
pub async fn choose(tx: &mut OrgTx, user: UserId, wanted: bool) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_digest_readers (org_id, user_id, wanted) VALUES ($1, $2, $3)
         ON CONFLICT (org_id, user_id) DO UPDATE SET wanted = excluded.wanted",
        user,
        wanted
    )
}

/// Notes that a member is written to for the week that ended before this Monday. `false`: they were before, or have chosen not to be meanwhile.
pub async fn claim(tx: &mut OrgTx, user: UserId, week: &str) -> Result<bool, DbError> {
    let known = sql!(
        exec,
        tx,
        "UPDATE scoreboard_digest_readers SET told_week = $3
         WHERE org_id = $1 AND user_id = $2 AND told_week IS DISTINCT FROM $3 AND wanted IS DISTINCT FROM FALSE",
        user,
        week
    )?;
    if known == 1 {
        return Ok(true);
    }
    let new = sql!(
        exec,
        tx,
        "INSERT INTO scoreboard_digest_readers (org_id, user_id, told_week) VALUES ($1, $2, $3) ON CONFLICT (org_id, user_id) DO NOTHING",
        user,
        week
    )?;
    Ok(new == 1)
}

/// The organisation has the scoreboard, as it is turned on and off.
pub async fn has_module(tx: &mut OrgTx) -> Result<bool, DbError> {
    let found =
        sql!(optional(String,), tx, "SELECT module FROM org_modules WHERE org_id = $1 AND module = 'scoreboard'")?;
    Ok(found.is_some())
}
