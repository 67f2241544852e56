//! What of a task isn't in its own row, as its history knows it: lines of its checklist, what it waits for, the fields of its list, its files, and
//! that it repeats and on which day. Each has a word of its own there, so that each is undone by itself.

use super::{
    acts::{Act, Change},
    checks, fields, files, links, series,
    task::Task,
};
use crate::{error::Result, org::OrgTx};

/// A line of a checklist: `check:` and its id.
pub const CHECK: &str = "check";
/// What a task waits for: `waits_for:` and that one's id.
pub const WAITS_FOR: &str = "waits_for";
/// A field of a list: `field:` and its id.
pub const FIELD: &str = "field";
/// A file: `file:` and its id.
pub const FILE: &str = "file";
/// How a task repeats.
pub const REPEAT: &str = "repeat";
/// The day that a task has among those that repeat. Where that moves, so does the day on which it is due, which is told of.
pub const OCCURRENCE: &str = "occurrence";

/// Puts one of them back to what it was, where nobody has changed it since. What is in the task's own row is left alone.
///
/// # Errors
/// 409 where it was changed since.
pub async fn put_back(tx: &mut OrgTx, act: &mut Act, now: &Task, change: &Change) -> Result<()> {
    match change.field.split_once(':').unwrap_or((change.field.as_str(), "")) {
        (CHECK, id) => checks::put_back(tx, act, now, id, change).await,
        (WAITS_FOR, id) => links::put_back(tx, act, now, id, change).await,
        (FIELD, id) => fields::put_back(tx, act, now, id, change).await,
        (FILE, id) => files::put_back(tx, act, now, id, change).await,
        (REPEAT, _) => series::put_back(tx, act, now, change).await,
        (OCCURRENCE, _) => series::put_back_day(tx, act, now, change).await,
        _ => Ok(()),
    }
}
