//! Statements for what the platform asks of a module: the sentences of the audit log, what webhooks are told, what is counted elsewhere, the file to take
//! along.

use uuid::Uuid;

use super::{
    ids::{ActId, CheckId, LabelId, ListId, TaskId, TeamId},
    store::{ActRow, AssigneeRow, ChangeRow, CheckRow, TaskRow},
    store_lists::RemovedLabel,
};
use crate::{clock::Instant, db::DbError, ids::UserId, org::OrgTx, sql};

/// A task, as addresses are told of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reported {
    /// Its id.
    pub id: TaskId,
    /// What people call it by.
    pub number: i64,
    /// Where it is.
    pub list_id: ListId,
    /// What it is a part of.
    pub parent_id: Option<TaskId>,
    /// `open`, `started` or `done`.
    pub kind: String,
    /// By which day.
    pub due_day: Option<String>,
    /// When it was added.
    pub created_at: Instant,
    /// When somebody began.
    pub started_at: Option<Instant>,
    /// When it was completed.
    pub completed_at: Option<Instant>,
    /// In the trash, since then.
    pub trashed_at: Option<Instant>,
}

/// A row of what has an id and a time, as it is taken along.
pub type Dated = (Uuid, Instant);

/// What an address is told of a task.
pub async fn reported(tx: &mut OrgTx, id: TaskId) -> Result<Option<Reported>, DbError> {
    sql!(
        optional Reported,
        tx,
        "SELECT t.id, t.number, t.list_id, t.parent_id, s.kind, t.due_day, t.created_at, t.started_at, t.completed_at, t.trashed_at
         FROM tasks_tasks AS t
         JOIN tasks_statuses AS s ON s.org_id = t.org_id AND s.id = t.status_id
         WHERE t.org_id = $1 AND t.id = $2",
        id
    )
}

/// The tasks that an act changed, so many at most.
pub async fn tasks_of_act(tx: &mut OrgTx, act: ActId, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT DISTINCT task_id FROM tasks_changes WHERE org_id = $1 AND act_id = $2 ORDER BY task_id LIMIT $3",
        act,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What these acts were, and to how many tasks; `ids` as [`as_json`](super::store::as_json) writes them.
pub async fn acts(tx: &mut OrgTx, ids: &str) -> Result<Vec<(ActId, String, i64)>, DbError> {
    sql!(
        all(ActId, String, i64),
        tx,
        sqlite: "SELECT id, kind, tasks FROM tasks_acts WHERE org_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT id, kind, tasks FROM tasks_acts WHERE org_id = $1 AND id = ANY (ARRAY(SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST($2 AS JSON))))",
        ids
    )
}

/// Tasks completed from an instant on, in that order, after a place in it: when each was, and which.
pub async fn completed_since(
    tx: &mut OrgTx,
    since: Instant,
    (after_at, after_id): (Instant, TaskId),
    limit: i64,
) -> Result<Vec<(Instant, TaskId)>, DbError> {
    sql!(
        all(Instant, TaskId),
        tx,
        "SELECT completed_at, id FROM tasks_tasks
         WHERE org_id = $1 AND completed_at >= $2 AND completed_at >= $3 AND (completed_at > $3 OR id > $4) AND trashed_at IS NULL
         ORDER BY completed_at, id LIMIT $5",
        since,
        after_at,
        after_id,
        limit
    )
}

/// The next number that a task gets; `None`: there has been none.
pub async fn next_number(tx: &mut OrgTx) -> Result<Option<i64>, DbError> {
    let found = sql!(optional(i64,), tx, "SELECT next_number FROM tasks_settings WHERE org_id = $1")?;
    Ok(found.map(|(next,)| next))
}

/// When the spaces were added.
pub async fn spaces_since(tx: &mut OrgTx) -> Result<Vec<Dated>, DbError> {
    sql!(all(Uuid, Instant), tx, "SELECT id, created_at FROM tasks_spaces WHERE org_id = $1")
}

/// When the lists were added.
pub async fn lists_since(tx: &mut OrgTx) -> Result<Vec<Dated>, DbError> {
    sql!(all(Uuid, Instant), tx, "SELECT id, created_at FROM tasks_lists WHERE org_id = $1")
}

/// The parts of all lists: their ids, lists, names and places.
pub async fn every_section(tx: &mut OrgTx) -> Result<Vec<(Uuid, ListId, String, String)>, DbError> {
    sql!(
        all(Uuid, ListId, String, String),
        tx,
        "SELECT id, list_id, name, position FROM tasks_sections WHERE org_id = $1 ORDER BY list_id, position"
    )
}

/// Everybody who was put in a team, and when, those who left the organisation too.
pub async fn every_team_member(tx: &mut OrgTx) -> Result<Vec<(TeamId, UserId, Instant)>, DbError> {
    sql!(
        all(TeamId, UserId, Instant),
        tx,
        "SELECT team_id, user_id, joined_at FROM tasks_team_members WHERE org_id = $1 ORDER BY team_id, joined_at, user_id"
    )
}

/// Tasks after one of them, at most so many; those in the trash too.
pub async fn every_task(tx: &mut OrgTx, after: TaskId, limit: i64) -> Result<Vec<TaskRow>, DbError> {
    sql!(
        all TaskRow,
        tx,
        "SELECT id, number, list_id, section_id, status_id, parent_id, depth, position, title, notes, priority, estimate, start_day, start_time, due_day, due_time, responsible_id, team_id, completes, started_at, completed_at, completed_by, created_by_kind, created_by, created_at, trashed_at, trashed_with, version, touched
         FROM tasks_tasks WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// Who is on which task.
pub async fn every_assignee(tx: &mut OrgTx) -> Result<Vec<AssigneeRow>, DbError> {
    sql!(
        all AssigneeRow,
        tx,
        "SELECT task_id, user_id, done_at FROM tasks_assignees WHERE org_id = $1 ORDER BY task_id, user_id"
    )
}

/// Which task has which label.
pub async fn every_task_label(tx: &mut OrgTx) -> Result<Vec<(TaskId, LabelId)>, DbError> {
    sql!(
        all(TaskId, LabelId),
        tx,
        "SELECT task_id, label_id FROM tasks_task_labels WHERE org_id = $1 ORDER BY task_id, label_id"
    )
}

/// Lines of checklists after one of them, at most so many.
pub async fn every_check(tx: &mut OrgTx, after: CheckId, limit: i64) -> Result<Vec<CheckRow>, DbError> {
    sql!(
        all CheckRow,
        tx,
        "SELECT id, task_id, words, done_at, done_by, position FROM tasks_checks WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// Which task has to be done before which.
pub async fn every_link(tx: &mut OrgTx) -> Result<Vec<(TaskId, TaskId)>, DbError> {
    sql!(
        all(TaskId, TaskId),
        tx,
        "SELECT blocker_id, blocked_id FROM tasks_links WHERE org_id = $1 ORDER BY blocker_id, blocked_id"
    )
}

/// What was done after one of them, at most so many.
pub async fn every_act(tx: &mut OrgTx, after: ActId, limit: i64) -> Result<Vec<ActRow>, DbError> {
    sql!(
        all ActRow,
        tx,
        "SELECT id, kind, by_kind, by_id, done_at, tasks, undoes_id, undone_at FROM tasks_acts WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// The fields that were changed after one of them, at most so many.
pub async fn every_change(tx: &mut OrgTx, after: Uuid, limit: i64) -> Result<Vec<ChangeRow>, DbError> {
    sql!(
        all ChangeRow,
        tx,
        "SELECT id, act_id, task_id, field, version, before_value, after_value FROM tasks_changes WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        after,
        limit
    )
}

/// Which tasks left which lists.
pub async fn every_gone(tx: &mut OrgTx) -> Result<Vec<(ListId, TaskId)>, DbError> {
    sql!(all(ListId, TaskId), tx, "SELECT list_id, task_id FROM tasks_gone WHERE org_id = $1 ORDER BY list_id, task_id")
}

/// Who follows which task, or doesn’t want to.
pub async fn every_follower(tx: &mut OrgTx) -> Result<Vec<(TaskId, UserId, bool)>, DbError> {
    sql!(
        all(TaskId, UserId, bool),
        tx,
        "SELECT task_id, user_id, muted FROM tasks_followers WHERE org_id = $1 ORDER BY task_id, user_id"
    )
}

/// What was taken away of lists: its id, the list, what it was, its name and when.
pub async fn every_removed(tx: &mut OrgTx) -> Result<Vec<(Uuid, ActId, ListId, String, String, Instant)>, DbError> {
    sql!(
        all(Uuid, ActId, ListId, String, String, Instant),
        tx,
        "SELECT id, act_id, list_id, what, name, removed_at FROM tasks_removed WHERE org_id = $1 ORDER BY removed_at, id"
    )
}

/// The labels that were taken away.
pub async fn every_removed_label(tx: &mut OrgTx) -> Result<Vec<RemovedLabel>, DbError> {
    sql!(
        all RemovedLabel,
        tx,
        "SELECT id, act_id, name, colour, removed_at FROM tasks_removed_labels WHERE org_id = $1 ORDER BY removed_at, id"
    )
}

/// Which tasks had them.
pub async fn every_removed_task_label(tx: &mut OrgTx) -> Result<Vec<(LabelId, TaskId)>, DbError> {
    sql!(
        all(LabelId, TaskId),
        tx,
        "SELECT label_id, task_id FROM tasks_removed_task_labels WHERE org_id = $1 ORDER BY label_id, task_id"
    )
}
