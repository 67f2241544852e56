//! Completed tasks, for whoever counts them. It can be so no longer: one that is opened again, or thrown away.

use uuid::Uuid;

use super::{
    ids::TaskId,
    store::{self, TaskRow},
    store_told,
};
use crate::{
    clock::Instant,
    error::Result,
    module::{Countable, Counted},
    org::OrgTx,
};

/// Tasks listed at once.
const AT_ONCE: i64 = 300;

/// What can be counted.
pub const COUNTABLE: &[Countable] = &[Countable {
    name: "tasks.task_completed",
    label: "A task is completed",
    worth: None,
    told_by: &["tasks.task_completed", "tasks.task_reopened", "tasks.task_deleted", "tasks.task_restored"],
}];

/// How a task stands. It is theirs who completed it, and where a program did, theirs whose it is.
///
/// # Errors
/// The database is busy.
pub async fn counted(tx: &mut OrgTx, task: Uuid) -> Result<Option<Counted>> {
    let found = store::task(tx, TaskId(task)).await?;
    Ok(found.map(|row| Counted {
        who: row.completed_by.or(row.responsible_id),
        happened_at: row.completed_at.unwrap_or(row.created_at),
        cents: None,
        undone: undone(&row),
    }))
}

/// The tasks that were completed from an instant on, the earliest first.
///
/// # Errors
/// The database is busy.
pub async fn to_count(tx: &mut OrgTx, since: Instant, after: Option<(Instant, Uuid)>) -> Result<Vec<(Instant, Uuid)>> {
    let (at, id) = after.unwrap_or((since, Uuid::nil()));
    let found = store_told::completed_since(tx, since, (at, TaskId(id)), AT_ONCE).await?;
    Ok(found.into_iter().map(|(at, id)| (at, id.0)).collect())
}

fn undone(row: &TaskRow) -> Option<&'static str> {
    if row.trashed_at.is_some() {
        return Some("The task was moved to the trash.");
    }
    row.completed_at.is_none().then_some("The task was reopened.")
}
