//! Where a task stands in its list: the server picks its key, from what it is to come after.

use super::{
    access::no_task,
    acts::touches,
    ids::{ListId, TaskId},
    order, store,
};
use crate::{
    error::{AppError, Result},
    org::OrgTx,
};

/// Where a task is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// Before all others of its list.
    First,
    /// After all others.
    Last,
    /// Right after this one.
    After(TaskId),
}

/// A free place at that spot. Where keys have become long, the whole list gets short ones first; its order stays.
///
/// # Errors
/// 404 for a neighbour that isn't in this list.
pub async fn find(tx: &mut OrgTx, list: ListId, spot: Spot) -> Result<String> {
    let found = key(tx, list, spot).await?;
    if found.len() <= order::LONGEST {
        return Ok(found);
    }
    spread(tx, list).await?;
    key(tx, list, spot).await
}

/// This place, or the next free one after it where another task has it now.
///
/// # Errors
/// The database is busy.
pub async fn free(tx: &mut OrgTx, list: ListId, wanted: &str, moving: TaskId) -> Result<String> {
    if !store::is_taken(tx, list, wanted, moving).await? {
        return Ok(wanted.to_owned());
    }
    let next = store::place_after(tx, list, wanted).await?;
    between(Some(wanted), next.as_deref())
}

async fn key(tx: &mut OrgTx, list: ListId, spot: Spot) -> Result<String> {
    match spot {
        Spot::Last => {
            let end = store::last_place(tx, list).await?;
            order::last(end.as_deref()).map_err(|_| AppError::internal())
        }
        Spot::First => {
            let first = store::place_after(tx, list, "").await?;
            order::first(first.as_deref()).map_err(|_| AppError::internal())
        }
        Spot::After(neighbour) => {
            let row = store::task(tx, neighbour).await?.filter(|row| row.list_id == list).ok_or_else(no_task)?;
            let next = store::place_after(tx, list, &row.position).await?;
            between(Some(&row.position), next.as_deref())
        }
    }
}

async fn spread(tx: &mut OrgTx, list: ListId) -> Result<()> {
    let ids = store::places(tx, list).await?;
    store::put_places_aside(tx, list).await?;
    let touched = touches(tx);
    for (id, key) in ids.iter().zip(order::spread(ids.len())) {
        store::set_place(tx, *id, &key, touched).await?;
    }
    Ok(())
}

fn between(before: Option<&str>, after: Option<&str>) -> Result<String> {
    order::between(before, after).map_err(|_| {
        tracing::error!("two places of a list are no keys, or stand the wrong way round");
        AppError::internal()
    })
}
