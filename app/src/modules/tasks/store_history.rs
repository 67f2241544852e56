//! Statements for what happened to a task: one function each.

use super::{
    ids::{ActId, TaskId},
    store::{ActRow, ChangeRow},
};
use crate::{db::DbError, org::OrgTx, sql};

/// The latest acts that changed a task, the latest first.
pub async fn acts_of_task(tx: &mut OrgTx, task: TaskId, limit: i64) -> Result<Vec<ActRow>, DbError> {
    sql!(
        all ActRow,
        tx,
        "SELECT a.id, a.kind, a.by_kind, a.by_id, a.done_at, a.tasks, a.undoes_id, a.undone_at FROM tasks_acts AS a
         WHERE a.org_id = $1 AND a.id IN (SELECT c.act_id FROM tasks_changes AS c WHERE c.org_id = $1 AND c.task_id = $2)
         ORDER BY a.id DESC LIMIT $3",
        task,
        limit
    )
}

/// What they changed of it, from one of them on.
pub async fn changes_of_task(tx: &mut OrgTx, task: TaskId, since: Option<ActId>) -> Result<Vec<ChangeRow>, DbError> {
    sql!(
        all ChangeRow,
        tx,
        "SELECT id, act_id, task_id, field, version, before_value, after_value FROM tasks_changes
         WHERE org_id = $1 AND task_id = $2 AND act_id >= $3 ORDER BY version, field",
        task,
        since
    )
}

/// How many are a part of a task, however deep. The join is `CROSS` so that
/// SQLite keeps its order, and finds children by the index. The join is `CROSS` so
/// that SQLite keeps its order, and finds children by the index.
pub async fn count_below(tx: &mut OrgTx, task: TaskId) -> Result<usize, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "WITH RECURSIVE below (id) AS (
             SELECT t.id FROM tasks_tasks AS t WHERE t.org_id = $1 AND t.parent_id = $2
             UNION ALL
             SELECT c.id FROM below CROSS JOIN tasks_tasks AS c WHERE c.org_id = $1 AND c.parent_id = below.id
         )
         SELECT count(*) FROM below",
        task
    )?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// What is a part of a task, one level down, outside the trash, in order.
pub async fn parts_of(tx: &mut OrgTx, task: TaskId, limit: i64) -> Result<Vec<TaskId>, DbError> {
    let rows = sql!(
        all(TaskId,),
        tx,
        "SELECT id FROM tasks_tasks WHERE org_id = $1 AND parent_id = $2 AND trashed_at IS NULL ORDER BY position LIMIT $3",
        task,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
