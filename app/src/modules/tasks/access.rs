//! Who sees what: a space is everyone's, or its team's and the admins'. What isn't for whoever asks isn't there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time};
use serde_json::Value;

use super::{
    ids::{ListId, SpaceId, TaskId},
    permissions,
    store::{self, AssigneeRow, List, Space, TaskRow, as_json},
    task::{Assignee, Task, When},
};
use crate::{
    clock::zone,
    crypto::{DataKeys, Place},
    db::Access,
    error::{AppError, Code, FieldError, Result},
    org::{Actor, By, OrgRef, OrgTx, Permission},
    platform::Platform,
};

/// Opens an organisation by the word in its addresses.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn open(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    need: &'static Permission,
    access: Access,
) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), need, access).await
}

/// The spaces that whoever asks sees, in order; those put away, too.
///
/// # Errors
/// The database is busy.
pub async fn spaces(tx: &mut OrgTx) -> Result<Vec<Space>> {
    let (all, user) = (sees_all(tx), tx.person());
    Ok(store::spaces(tx, all, user).await?)
}

/// The lists that whoever asks sees, in order; those put away, too.
///
/// # Errors
/// The database is busy.
pub async fn lists(tx: &mut OrgTx) -> Result<Vec<List>> {
    let seen = seen_spaces(tx).await?;
    let mut lists = store::lists(tx).await?;
    lists.retain(|list| seen.contains(&list.space_id));
    Ok(lists)
}

/// One list that whoever asks sees.
///
/// # Errors
/// 404.
pub async fn list(tx: &mut OrgTx, id: ListId) -> Result<List> {
    let list = store::list(tx, id).await?.ok_or_else(no_list)?;
    if seen_spaces(tx).await?.contains(&list.space_id) { Ok(list) } else { Err(no_list()) }
}

/// One list by what an address says.
///
/// # Errors
/// 404.
pub async fn list_called(tx: &mut OrgTx, id: &str) -> Result<List> {
    let Ok(id) = id.parse::<ListId>() else { return Err(no_list()) };
    list(tx, id).await
}

/// One list in which whoever asks may change something.
///
/// # Errors
/// 404; 409 for one that was put away.
pub async fn list_to_change(tx: &mut OrgTx, id: ListId) -> Result<List> {
    let list = list(tx, id).await?;
    if list.archived {
        return Err(AppError::conflict("This list is archived, so nothing in it can be changed. Restore it first."));
    }
    if spaces(tx).await?.iter().any(|space| space.id == list.space_id && space.archived) {
        return Err(AppError::conflict(
            "This list’s space is archived, so nothing in it can be changed. Restore it first.",
        ));
    }
    Ok(list)
}

/// One task that whoever asks sees, in the trash or not.
///
/// # Errors
/// 404.
pub async fn task(tx: &mut OrgTx, id: TaskId) -> Result<Task> {
    let row = store::task(tx, id).await?.ok_or_else(no_task)?;
    let list = store::list(tx, row.list_id).await?.ok_or_else(no_task)?;
    if !seen_spaces(tx).await?.contains(&list.space_id) {
        return Err(no_task());
    }
    opened(tx, vec![row]).await?.pop().ok_or_else(no_task)
}

/// One task by what an address says: its id, or its number as `T-12` or `12`.
///
/// # Errors
/// 404.
pub async fn task_called(tx: &mut OrgTx, word: &str) -> Result<Task> {
    if let Ok(id) = word.parse::<TaskId>() {
        return task(tx, id).await;
    }
    let digits = word.strip_prefix("T-").or_else(|| word.strip_prefix("t-")).unwrap_or(word);
    let Ok(number) = digits.parse::<i64>() else { return Err(no_task()) };
    let id = store::task_numbered(tx, number).await?.ok_or_else(no_task)?;
    task(tx, id).await
}

/// A task that can be changed: it isn't in the trash, nor is its list put away.
///
/// # Errors
/// 404; 409 for one in the trash, and for one whose list was put away.
pub async fn task_to_change(tx: &mut OrgTx, word: &str) -> Result<Task> {
    let task = task_called(tx, word).await?;
    check_changes(tx, &task).await?;
    Ok(task)
}

/// The same for one that is at hand.
///
/// # Errors
/// As [`task_to_change`].
pub async fn check_changes(tx: &mut OrgTx, task: &Task) -> Result<()> {
    if task.trashed_at.is_some() {
        return Err(AppError::conflict("This task is in the trash. Restore it first."));
    }
    list_to_change(tx, task.list).await.map(|_| ())
}

/// Those of these tasks that whoever asks sees, by id.
///
/// # Errors
/// The database is busy.
pub async fn tasks(tx: &mut OrgTx, ids: impl IntoIterator<Item = TaskId>) -> Result<BTreeMap<TaskId, Task>> {
    let ids: BTreeSet<TaskId> = ids.into_iter().collect();
    let mut rows = store::tasks(tx, &as_json(ids.into_iter().map(|id| id.0))).await?;
    let seen: BTreeSet<ListId> = lists(tx).await?.into_iter().map(|list| list.id).collect();
    rows.retain(|row| seen.contains(&row.list_id));
    Ok(opened(tx, rows).await?.into_iter().map(|task| (task.id, task)).collect())
}

/// Tasks as they are, of how they are stored, in the same order. Whoever calls it saw to it that they may be seen.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn opened(tx: &mut OrgTx, rows: Vec<TaskRow>) -> Result<Vec<Task>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = as_json(rows.iter().map(|row| row.id.0));
    let mut people: BTreeMap<TaskId, Vec<Assignee>> = BTreeMap::new();
    for AssigneeRow { task_id, user_id, done_at } in store::assignees(tx, &ids).await? {
        people.entry(task_id).or_default().push(Assignee { user: user_id, done_at });
    }
    let mut labels: BTreeMap<TaskId, BTreeSet<_>> = BTreeMap::new();
    for (task, label) in store::labels_of(tx, &ids).await? {
        labels.entry(task).or_default().insert(label);
    }
    let keys = tx.keys().await?;
    rows.into_iter()
        .map(|row| {
            let title = text(&keys, title_of(row.id), &row.title)?;
            let notes = row.notes.as_deref().map(|notes| text(&keys, notes_of(row.id), notes)).transpose()?;
            Ok(Task {
                id: row.id,
                number: row.number,
                list: row.list_id,
                section: row.section_id,
                status: row.status_id,
                parent: row.parent_id,
                depth: row.depth,
                title,
                notes: notes.unwrap_or_default(),
                priority: row.priority,
                estimate: row.estimate,
                start: When::stored(row.start_day.as_deref(), row.start_time.as_deref()),
                due: When::stored(row.due_day.as_deref(), row.due_time.as_deref()),
                responsible: row.responsible_id,
                people: people.remove(&row.id).unwrap_or_default(),
                team: row.team_id,
                completes: row.completes(),
                labels: labels.remove(&row.id).unwrap_or_default(),
                started_at: row.started_at,
                completed_at: row.completed_at,
                completed_by: row.completed_by,
                created_by: row.created_by.filter(|_| row.created_by_kind == "member").map(crate::ids::UserId),
                created_at: row.created_at,
                trashed_at: row.trashed_at,
                trashed_with: row.trashed_with,
                version: row.version,
                touched: row.touched,
                position: row.position,
            })
        })
        .collect()
}

/// What is sealed at a place, opened.
///
/// # Errors
/// The keyring doesn't hold the key, or it was changed by hand.
pub fn text(keys: &DataKeys, place: Place, sealed: &[u8]) -> Result<String> {
    keys.open(place, sealed).map_err(|error| {
        tracing::error!(%error, "words of a task can’t be opened");
        AppError::internal()
    })
}

/// Where a task's title is sealed for.
pub fn title_of(id: TaskId) -> Place {
    Place { table: "tasks_tasks", column: "title", row: id.0 }
}

/// Where a task's notes are.
pub fn notes_of(id: TaskId) -> Place {
    Place { table: "tasks_tasks", column: "notes", row: id.0 }
}

/// May whoever asks do what only who organises can?
pub fn organises(tx: &OrgTx) -> bool {
    tx.by() == By::System || tx.allows(&permissions::ORGANISE)
}

/// Brings back what only who organises takes away: whoever did so and may no longer doesn’t.
///
/// # Errors
/// 403.
pub fn check_organises(tx: &OrgTx) -> Result<()> {
    if organises(tx) {
        return Ok(());
    }
    Err(AppError::new(Code::Forbidden, "Only who organises lists can restore that."))
}

/// May whoever asks read tasks, too? A program can be allowed to change them alone.
pub fn reads(tx: &OrgTx) -> bool {
    tx.by() == By::System || tx.allows(&permissions::VIEW)
}

/// Shows what tasks say, or gives it on: who may change them and not read them doesn’t.
///
/// # Errors
/// 403.
pub fn check_reads(tx: &OrgTx) -> Result<()> {
    if reads(tx) {
        return Ok(());
    }
    Err(AppError::new(
        Code::Forbidden,
        format!("That shows what tasks say, which needs {} as well.", permissions::VIEW.name),
    ))
}

/// 409: somebody else changed it since it was read. `words`: what holds now at each field; `held`: the same as programs read it. Whoever may not read it hears
/// which fields those are.
pub fn changed(tx: &OrgTx, what: &str, version: i64, mut words: Vec<FieldError>, held: &Value) -> AppError {
    if reads(tx) {
        return AppError::changed(what, version, words).holding(held);
    }
    for field in &mut words {
        "It is something else now.".clone_into(&mut field.message);
    }
    AppError::changed(what, version, words)
}

/// Today and the time, on the organisation's clock.
///
/// # Errors
/// Its zone isn't known.
pub fn today(tx: &OrgTx) -> Result<(Date, Time)> {
    let now = tx.now().timestamp().to_zoned(zone(&tx.org().zone)?);
    Ok((now.date(), now.time()))
}

/// 404 for a list.
pub fn no_list() -> AppError {
    AppError::not_found("that list")
}

/// 404 for a task.
pub fn no_task() -> AppError {
    AppError::not_found("that task")
}

async fn seen_spaces(tx: &mut OrgTx) -> Result<BTreeSet<SpaceId>> {
    Ok(spaces(tx).await?.into_iter().map(|space| space.id).collect())
}

/// Whoever sets spaces up sees all of them, and so does the platform itself.
fn sees_all(tx: &OrgTx) -> bool {
    tx.by() == By::System || tx.allows(&permissions::SET_UP)
}
