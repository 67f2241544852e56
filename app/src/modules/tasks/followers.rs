//! Who hears what becomes of a task: who adds it, is put on it, says something or is mentioned follows it, and whoever wants to. Whoever doesn’t want to
//! hear of it says so, even if it is theirs.

use std::collections::BTreeMap;

use super::{access, ids::TaskId, permissions, store::as_json, store_together as rows};
use crate::{
    db::Access,
    error::{AppError, Result},
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// Who follows these tasks, each with whether they don't want to hear of it.
///
/// # Errors
/// The database is busy.
pub async fn of(
    tx: &mut OrgTx,
    ids: impl IntoIterator<Item = TaskId>,
) -> Result<BTreeMap<TaskId, Vec<(UserId, bool)>>> {
    let ids = as_json(ids.into_iter().map(|id| id.0));
    let mut found: BTreeMap<TaskId, Vec<(UserId, bool)>> = BTreeMap::new();
    for (task, user, muted) in rows::followers(tx, &ids).await? {
        found.entry(task).or_default().push((user, muted));
    }
    Ok(found)
}

/// Whoever asks follows a task, or doesn't want to hear of it any more.
///
/// # Errors
/// 404 for a task that they can't see, and for programs.
pub async fn follow(platform: &Platform, actor: &Actor, org: &str, task: &str, follows: bool) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_called(&mut tx, task).await?;
    let user = tx.user().ok_or_else(|| AppError::not_found("a name to follow it under"))?;
    rows::set_follower(&mut tx, task.id, user, !follows).await?;
    tx.commit().await
}
