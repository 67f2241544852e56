//! Statements for reports and the workload: one function each. Days are made of moments outside, on the organisation’s clock.

use super::{
    ids::{ActId, ListId, StatusId, TaskId, TeamId},
    store::ChangeRow,
};
use crate::{clock::Instant, db::DbError, ids::UserId, org::OrgTx, sql};

/// A task from its making to its end, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LifeRow {
    /// The task.
    pub id: TaskId,
    /// Where it is.
    pub list_id: ListId,
    /// Whose queue it is in.
    pub team_id: Option<TeamId>,
    /// Whose it is.
    pub responsible_id: Option<UserId>,
    /// When it was added.
    pub created_at: Instant,
    /// When somebody began.
    pub started_at: Option<Instant>,
    /// When it was completed.
    pub completed_at: Option<Instant>,
}

/// An open task, as far as the workload goes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OpenRow {
    /// Where it is.
    pub list_id: ListId,
    /// Whose it is.
    pub responsible_id: Option<UserId>,
    /// Whose queue it is in.
    pub team_id: Option<TeamId>,
    /// `2026-11-27`
    pub due_day: Option<String>,
    /// `2026-11-27`
    pub start_day: Option<String>,
    /// In minutes.
    pub estimate: Option<i64>,
}

/// Where tasks stand now, and how many of them do.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StandRow {
    /// How far they have come.
    pub status_id: StatusId,
    /// Whose queue they are in.
    pub team_id: Option<TeamId>,
    /// Whose they are.
    pub responsible_id: Option<UserId>,
    /// How many.
    pub count: i64,
}

/// Where a task stands now.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StandingRow {
    /// The task.
    pub id: TaskId,
    /// Where it is.
    pub list_id: ListId,
    /// How far it has come.
    pub status_id: StatusId,
    /// Whose queue it is in.
    pub team_id: Option<TeamId>,
    /// Whose it is.
    pub responsible_id: Option<UserId>,
    /// It is in the trash.
    pub trashed_at: Option<Instant>,
}

/// What was added from one moment until before another, outside the trash.
pub async fn created_between(tx: &mut OrgTx, from: Instant, until: Instant) -> Result<Vec<LifeRow>, DbError> {
    sql!(
        all LifeRow,
        tx,
        "SELECT id, list_id, team_id, responsible_id, created_at, started_at, completed_at FROM tasks_tasks
         WHERE org_id = $1 AND created_at >= $2 AND created_at < $3 AND trashed_at IS NULL",
        from,
        until
    )
}

/// What was completed from one moment until before another, outside the trash.
pub async fn completed_between(tx: &mut OrgTx, from: Instant, until: Instant) -> Result<Vec<LifeRow>, DbError> {
    sql!(
        all LifeRow,
        tx,
        "SELECT id, list_id, team_id, responsible_id, created_at, started_at, completed_at FROM tasks_tasks
         WHERE org_id = $1 AND completed_at >= $2 AND completed_at < $3 AND trashed_at IS NULL",
        from,
        until
    )
}

/// The open tasks of these lists, outside the trash.
pub async fn open(tx: &mut OrgTx, lists: &str) -> Result<Vec<OpenRow>, DbError> {
    sql!(
        all OpenRow,
        tx,
        sqlite: "SELECT list_id, responsible_id, team_id, due_day, start_day, estimate FROM tasks_tasks
         WHERE org_id = $1 AND list_id IN (SELECT unhex(value) FROM json_each($2)) AND completed_at IS NULL AND trashed_at IS NULL",
        postgres: "SELECT list_id, responsible_id, team_id, due_day, start_day, estimate FROM tasks_tasks
         WHERE org_id = $1 AND list_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND completed_at IS NULL AND trashed_at IS NULL",
        lists
    )
}

/// How many tasks of these lists stand where, outside the trash.
pub async fn stands(tx: &mut OrgTx, lists: &str) -> Result<Vec<StandRow>, DbError> {
    sql!(
        all StandRow,
        tx,
        sqlite: "SELECT status_id, team_id, responsible_id, count(*) AS count FROM tasks_tasks
         WHERE org_id = $1 AND list_id IN (SELECT unhex(value) FROM json_each($2)) AND trashed_at IS NULL GROUP BY status_id, team_id, responsible_id",
        postgres: "SELECT status_id, team_id, responsible_id, count(*) AS count FROM tasks_tasks
         WHERE org_id = $1 AND list_id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON)))) AND trashed_at IS NULL GROUP BY status_id, team_id, responsible_id",
        lists
    )
}

/// Where these tasks stand.
pub async fn standings(tx: &mut OrgTx, ids: &str) -> Result<Vec<StandingRow>, DbError> {
    sql!(
        all StandingRow,
        tx,
        sqlite: "SELECT id, list_id, status_id, team_id, responsible_id, trashed_at FROM tasks_tasks WHERE org_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT id, list_id, status_id, team_id, responsible_id, trashed_at FROM tasks_tasks WHERE org_id = $1 AND id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// How far tasks came, and what went to the trash and out of it, since a moment, in the order in which it happened.
pub async fn moves_since(tx: &mut OrgTx, from: Instant, limit: i64) -> Result<Vec<ChangeRow>, DbError> {
    sql!(
        all ChangeRow,
        tx,
        "SELECT c.id, c.act_id, c.task_id, c.field, c.version, c.before_value, c.after_value
         FROM tasks_acts AS a JOIN tasks_changes AS c ON c.org_id = a.org_id AND c.act_id = a.id
         WHERE a.org_id = $1 AND a.done_at >= $2 AND c.field IN ('status', 'trashed') ORDER BY a.done_at, c.version, c.id LIMIT $3",
        from,
        limit
    )
}

/// When things were done, since a moment.
pub async fn acts_since(tx: &mut OrgTx, from: Instant) -> Result<Vec<(ActId, Instant)>, DbError> {
    sql!(all(ActId, Instant), tx, "SELECT id, done_at FROM tasks_acts WHERE org_id = $1 AND done_at >= $2", from)
}
