//! Checklists: what belongs to a task and is too small to be one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    access,
    acts::{Act, Change, changed_since},
    desk::Desk,
    extras,
    ids::{CheckId, TaskId},
    lists::{self, Row, To},
    permissions,
    store::{CheckRow, as_json},
    store_time as rows,
    task::Task,
    tasks::{self, AddBody, Done},
};
use crate::{
    clock::Instant,
    crypto::Place,
    db::Access,
    error::{AppError, Result},
    idempotency,
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
    web::is_text,
};

/// A checklist has so many lines at most.
pub const MOST: usize = 200;
/// The longest line.
pub const LONGEST: usize = 500;

/// A line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its id.
    pub id: CheckId,
    /// What is to be done.
    pub words: String,
    /// When it was done.
    pub done_at: Option<Instant>,
    /// By whom.
    pub done_by: Option<UserId>,
    /// Its place.
    pub position: String,
}

/// What is to be different about a line. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TaskCheckPatch)]
pub struct CheckPatch {
    /// What is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// It is done, or no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<bool>,
}

/// A line as the history keeps it.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    words: String,
    done_at: Option<Instant>,
    done_by: Option<UserId>,
    position: String,
}

impl Check {
    fn value(&self) -> Value {
        json!({ "words": self.words, "done_at": self.done_at, "done_by": self.done_by, "position": self.position })
    }
}

/// A task’s checklist, for whoever sees the task.
///
/// # Errors
/// 404.
pub async fn show(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<(Task, Vec<Check>)> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, task).await?;
    let checks = of(&mut tx, task.id).await?;
    tx.rollback().await?;
    Ok((task, checks))
}

/// A task’s checklist, in order. Whoever calls it saw to it that the task may be seen.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn of(tx: &mut OrgTx, task: TaskId) -> Result<Vec<Check>> {
    Ok(of_many(tx, [task]).await?.remove(&task).unwrap_or_default())
}

/// The same of several tasks.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn of_many(tx: &mut OrgTx, tasks: impl IntoIterator<Item = TaskId>) -> Result<BTreeMap<TaskId, Vec<Check>>> {
    let found = rows::checks(tx, &as_json(tasks.into_iter().map(|id| id.0))).await?;
    let keys = tx.keys().await?;
    let mut checks: BTreeMap<TaskId, Vec<Check>> = BTreeMap::new();
    for CheckRow { id, task_id, words, done_at, done_by, position } in found {
        let words = access::text(&keys, words_of(id), &words)?;
        checks.entry(task_id).or_default().push(Check { id, words, done_at, done_by, position });
    }
    Ok(checks)
}

/// Adds lines at the end: each line of a text becomes one, without what marks it as a point of a list; one with `[x]` before it is done. With `key`, the same
/// request again adds nothing.
///
/// # Errors
/// 404; 409 for a task that can't be changed, and for a key that another request had; 422 for no lines, too many, or one that is too long.
pub async fn add(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    task: &str,
    text: &str,
    key: Option<&str>,
) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_to_change(&mut tx, task).await?;
    if let Some(key) = key {
        let said = format!("{} {text}", task.id);
        if idempotency::again(&mut tx, "tasks.checks", key, &said, task.id.0).await?.is_some() {
            tx.rollback().await?;
            return Ok(Done { tasks: vec![task.id], ..Done::default() });
        }
    }
    let (lines, done): (Vec<String>, Vec<bool>) = read(text)?.into_iter().unzip();
    let mut act = Act::new(&tx, "checklist");
    for (mut check, is_done) in put(&mut tx, task.id, &lines).await?.into_iter().zip(done) {
        if is_done {
            (check.done_at, check.done_by) = (Some(tx.now()), tx.user());
            write(&mut tx, &check).await?;
        }
        act.note(&mut tx, task.id, word(check.id), Value::Null, check.value()).await?;
    }
    tasks::done(tx, act, vec![task.id]).await
}

/// Adds lines at the end of a task’s checklist, in a transaction that goes on: of a task that is new, or whose act notes them.
///
/// # Errors
/// 422 where there would be too many.
pub async fn put(tx: &mut OrgTx, task: TaskId, lines: &[String]) -> Result<Vec<Check>> {
    let there = of(tx, task).await?;
    if there.len().saturating_add(lines.len()) > MOST {
        return Err(AppError::field("words", "A checklist has at most 200 lines."));
    }
    let mut position = there.last().map(|check| check.position.clone());
    let mut added = Vec::with_capacity(lines.len());
    for words in lines {
        let next = lists::last(position.as_deref())?;
        let new =
            Check { id: CheckId::new(tx.now()), words: words.clone(), done_at: None, done_by: None, position: next };
        position = Some(new.position.clone());
        insert(tx, task, &new).await?;
        added.push(new);
    }
    Ok(added)
}

/// Changes what a line says, and whether it is done.
///
/// # Errors
/// 404 for the task or the line; 409 for a task that can't be changed; 422 for words that are none.
pub async fn change(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    task: &str,
    id: &str,
    body: &CheckPatch,
) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_to_change(&mut tx, task).await?;
    let before = find(&of(&mut tx, task.id).await?, id)?.clone();
    let mut after = before.clone();
    if let Some(words) = &body.words {
        after.words = line(words).map_err(|words| AppError::field("words", words))?;
    }
    match body.done {
        Some(true) if before.done_at.is_none() => (after.done_at, after.done_by) = (Some(tx.now()), tx.user()),
        Some(false) => (after.done_at, after.done_by) = (None, None),
        _ => {}
    }
    let mut act = Act::new(&tx, "checklist");
    write(&mut tx, &after).await?;
    act.note(&mut tx, task.id, word(after.id), before.value(), after.value()).await?;
    tasks::done(tx, act, vec![task.id]).await
}

/// Moves a line among the others.
///
/// # Errors
/// 404 for the task, the line, or the one that it is to come after; 409 for a task that can't be changed.
pub async fn move_to(platform: &Platform, actor: &Actor, org: &str, task: &str, id: &str, to: To) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_to_change(&mut tx, task).await?;
    let all = of(&mut tx, task.id).await?;
    let before = find(&all, id)?.clone();
    let all: Vec<_> = all.into_iter().map(|check| (check.id.0, check.position)).collect();
    let mut act = Act::new(&tx, "checklist");
    if lists::place(&mut tx, Row::Check, all, before.id.0, to).await? {
        let after = find(&of(&mut tx, task.id).await?, id)?.clone();
        act.note(&mut tx, task.id, word(after.id), before.value(), after.value()).await?;
    }
    tasks::done(tx, act, vec![task.id]).await
}

/// Takes a line away.
///
/// # Errors
/// 404 for the task or the line; 409 for a task that can't be changed.
pub async fn delete(platform: &Platform, actor: &Actor, org: &str, task: &str, id: &str) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_to_change(&mut tx, task).await?;
    let before = find(&of(&mut tx, task.id).await?, id)?.clone();
    let mut act = Act::new(&tx, "checklist");
    rows::delete_check(&mut tx, before.id).await?;
    act.note(&mut tx, task.id, word(before.id), before.value(), Value::Null).await?;
    tasks::done(tx, act, vec![task.id]).await
}

/// Makes a line a task of its own, which is a part of this one. What was done is done.
///
/// # Errors
/// As [`delete`]; 422 where parts would lie too deep.
pub async fn to_task(platform: &Platform, actor: &Actor, org: &str, task: &str, id: &str) -> Result<(Done, TaskId)> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_to_change(&mut tx, task).await?;
    let before = find(&of(&mut tx, task.id).await?, id)?.clone();
    let mut act = Act::new(&tx, "checklist");
    let mut desk = Desk::read(&mut tx).await?;
    let shelf = desk.shelf(&mut tx, task.list).await?;
    let status = before.done_at.and_then(|_| shelf.first_of("done"));
    let new = TaskId::new(tx.now());
    let body =
        AddBody { status, section: task.section, parent: Some(task.id), ..AddBody::of(task.list, &before.words) };
    tasks::add_in(&mut tx, &mut act, &mut desk, new, &body).await?;
    rows::delete_check(&mut tx, before.id).await?;
    act.note(&mut tx, task.id, word(before.id), before.value(), Value::Null).await?;
    Ok((tasks::done(tx, act, vec![new, task.id]).await?, new))
}

/// Puts a line back to what it was.
///
/// # Errors
/// 409 where somebody has changed it since.
pub async fn put_back(tx: &mut OrgTx, act: &mut Act, now: &Task, id: &str, change: &Change) -> Result<()> {
    let Ok(id) = id.parse::<CheckId>() else { return Ok(()) };
    let all = of(tx, now.id).await?;
    let there = all.iter().find(|check| check.id == id);
    let is = there.map_or(Value::Null, Check::value);
    // Places are given out anew now and then.
    let alike = |part: &str| is.get(part) == change.after.get(part);
    if is.is_null() != change.after.is_null() || !alike("words") || !alike("done_at") {
        return Err(changed_since(now));
    }
    let kept = Option::<Kept>::deserialize(&change.before).map_err(|_| AppError::internal())?;
    let Some(Kept { words, done_at, done_by, position }) = kept else {
        rows::delete_check(tx, id).await?;
        return act.note(tx, now.id, change.field.clone(), is, Value::Null).await;
    };
    let position = free(&all, id, position)?;
    let after = Check { id, words, done_at, done_by, position };
    if there.is_none() {
        insert(tx, now.id, &after).await?;
    } else {
        write(tx, &after).await?;
        rows::place_check(tx, id, &after.position).await?;
    }
    act.note(tx, now.id, change.field.clone(), is, after.value()).await
}

/// One of them by its id.
///
/// # Errors
/// 404.
fn find<'c>(checks: &'c [Check], id: &str) -> Result<&'c Check> {
    let found = checks.iter().find(|check| check.id.to_string() == id);
    found.ok_or_else(|| AppError::not_found("that line of the checklist"))
}

/// That place, or the next free one after it.
fn free(all: &[Check], id: CheckId, wanted: String) -> Result<String> {
    let others = || all.iter().filter(|check| check.id != id).map(|check| check.position.as_str());
    if others().all(|position| position != wanted) {
        return Ok(wanted);
    }
    let next = others().find(|position| *position > wanted.as_str());
    lists::between(Some(&wanted), next)
}

async fn insert(tx: &mut OrgTx, task: TaskId, new: &Check) -> Result<()> {
    let words = tx.keys().await?.seal(words_of(new.id), &new.words);
    let (done_at, done_by, position) = (new.done_at, new.done_by, new.position.clone());
    rows::insert_check(tx, &CheckRow { id: new.id, task_id: task, words, done_at, done_by, position }).await?;
    Ok(())
}

async fn write(tx: &mut OrgTx, new: &Check) -> Result<()> {
    let words = tx.keys().await?.seal(words_of(new.id), &new.words);
    rows::update_check(tx, new.id, &words, new.done_at, new.done_by).await?;
    Ok(())
}

/// The lines of a text, and which of them are done.
fn read(text: &str) -> Result<Vec<(String, bool)>> {
    let refused = |words: &str| AppError::field("words", words);
    let lines = text.lines().map(unmarked).filter(|(line, _)| !line.is_empty());
    let lines: Vec<(&str, bool)> = lines.take(MOST + 1).collect();
    if lines.is_empty() {
        return Err(refused("Say what is to be done. Each line becomes an item of the checklist."));
    }
    if lines.len() > MOST {
        return Err(refused("A checklist has at most 200 lines."));
    }
    lines.into_iter().map(|(typed, is_done)| line(typed).map(|words| (words, is_done)).map_err(refused)).collect()
}

/// A line without what marks it as a point of a list, and whether it is marked as done.
fn unmarked(line: &str) -> (&str, bool) {
    let line = line.trim();
    let line = ["- ", "* ", "• "].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line).trim_start();
    let boxes = [("[ ] ", false), ("[x] ", true), ("[X] ", true)];
    let found = boxes.iter().find_map(|(mark, is_done)| line.strip_prefix(mark).map(|words| (words, *is_done)));
    let (words, is_done) = found.unwrap_or((line, false));
    (words.trim_start(), is_done)
}

fn line(typed: &str) -> std::result::Result<String, &'static str> {
    let line = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err("Say what is to be done.");
    }
    if line.chars().count() > LONGEST || !is_text(&line) {
        return Err("Use at most 500 characters for a line.");
    }
    Ok(line)
}

/// What a line is called in the history.
fn word(id: CheckId) -> String {
    format!("{}:{id}", extras::CHECK)
}

/// Where a line is sealed for.
pub fn words_of(id: CheckId) -> Place {
    Place { table: "tasks_checks", column: "words", row: id.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_marks_a_point_is_left_out() {
        let lines = read("- Ring the client\n\n* [x]  Send   the quote\n• Book\n[ ] Pay\n-5 degrees").unwrap();
        let (words, done): (Vec<String>, Vec<bool>) = lines.into_iter().unzip();
        assert_eq!(words, ["Ring the client", "Send the quote", "Book", "Pay", "-5 degrees"]);
        assert_eq!(done, [false, true, false, false, false]);
        assert!(read(" \n ").is_err() && read(&"a\n".repeat(201)).is_err() && read(&"a".repeat(501)).is_err());
        assert_eq!(read(&"a\n".repeat(200)).unwrap().len(), 200);
    }
}
