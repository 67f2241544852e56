//! Tasks as lists and boards show them: with how much of each is done, and what it waits for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    access, board,
    fields::{self, OnCard},
    ids::{FieldId, LabelId, ListId, SectionId, StatusId, TaskId, TeamId},
    store::{self, CountRow, TaskRow, as_json},
    store_inout, store_search, store_time, store_together,
    task::{Completes, Task},
};
use crate::{error::Result, ids::UserId, org::OrgTx};

/// How many there are of something, and how many of them are done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Progress(pub i64, pub i64);

/// A task, short.
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own that programs read by name")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Card {
    /// Its id.
    pub id: TaskId,
    /// What people call it by: T-12.
    pub n: i64,
    /// What is to be done.
    pub title: String,
    /// Where it is.
    pub list: ListId,
    /// How far it has come.
    pub status: StatusId,
    /// In which part of the list.
    pub section: Option<SectionId>,
    /// What it is a part of.
    pub parent: Option<TaskId>,
    /// How deep that is.
    pub depth: i64,
    /// Its place in its list, compared byte by byte.
    pub position: String,
    /// Grows with every change.
    pub version: i64,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    pub priority: i64,
    /// `2026-11-27`
    pub due_day: Option<String>,
    /// `15:00`
    pub due_time: Option<String>,
    /// `2026-11-27`
    pub start_day: Option<String>,
    /// `15:00`
    pub start_time: Option<String>,
    /// Whose it is.
    pub responsible: Option<UserId>,
    /// Who else is on it.
    pub people: Vec<UserId>,
    /// Whose queue it is in.
    pub team: Option<TeamId>,
    /// Who completes it.
    pub completes: Completes,
    /// Where everyone completes it: who hasn’t done their part yet, whose it is first. Empty once it is completed, and where any one completes it.
    pub left: Vec<UserId>,
    /// What it is about.
    pub labels: BTreeSet<LabelId>,
    /// In minutes.
    pub estimate: Option<i64>,
    /// It is completed.
    pub done: bool,
    /// Of its checklist: how much is done, of how much.
    pub checks: Progress,
    /// Of its parts that have no parts themselves, however deep, likewise.
    pub subs: Progress,
    /// It waits for another that isn’t completed.
    pub blocked: bool,
    /// There is more about it.
    pub has_notes: bool,
    /// How many comments it has.
    pub comments: i64,
    /// How many files.
    pub files: i64,
    /// It repeats once it is done.
    pub repeats: bool,
    /// What it has in the fields of its list that cards show.
    pub fields: Vec<OnCard>,
    /// What it says in fields that boards can be by: of a choice its id, of a person theirs.
    pub chosen: BTreeMap<FieldId, String>,
}

impl Card {
    /// Everyone completes it, and somebody did their part, but not all have.
    pub fn waits_after(&self, user: UserId) -> bool {
        let is_on = self.responsible == Some(user) || self.people.contains(&user);
        self.completes == Completes::Everyone && !self.done && is_on && !self.left.contains(&user)
    }
}

/// Cards of rows, in the same order. Whoever calls it saw to it that they may be seen.
///
/// # Errors
/// The database is busy.
pub async fn of_rows(tx: &mut OrgTx, rows: Vec<TaskRow>) -> Result<Vec<Card>> {
    let tasks = access::opened(tx, rows).await?;
    of(tx, tasks).await
}

/// The same of tasks that are at hand.
///
/// # Errors
/// The database is busy.
pub async fn of(tx: &mut OrgTx, tasks: Vec<Task>) -> Result<Vec<Card>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let ids = as_json(tasks.iter().map(|task| task.id.0));
    let checks = counts(store::check_counts(tx, &ids).await?);
    let parts = counts(store_search::counts_below(tx, &ids).await?);
    let blocked: BTreeSet<TaskId> = store::blocked(tx, &ids).await?.into_iter().collect();
    let mut chosen = board::chosen(tx, &ids).await?;
    let repeating: BTreeSet<TaskId> = store_time::repeating(tx, &ids).await?.into_iter().collect();
    let mut on_cards = fields::on_cards(tx, &ids).await?;
    let comments: BTreeMap<TaskId, i64> = store_together::comment_counts(tx, &ids).await?.into_iter().collect();
    let files: BTreeMap<TaskId, i64> = store_inout::file_counts(tx, &ids).await?.into_iter().collect();
    let progress = |of: &BTreeMap<TaskId, Progress>, id| of.get(&id).copied().unwrap_or_default();
    Ok(tasks
        .into_iter()
        .map(|task| {
            let (start_day, start_time) = store::stored(task.start);
            let (due_day, due_time) = store::stored(task.due);
            Card {
                people: task.doers().filter(|user| Some(*user) != task.responsible).collect(),
                left: task.left().collect(),
                id: task.id,
                n: task.number,
                list: task.list,
                status: task.status,
                section: task.section,
                parent: task.parent,
                depth: task.depth,
                version: task.version,
                priority: task.priority,
                due_day,
                due_time,
                start_day,
                start_time,
                responsible: task.responsible,
                team: task.team,
                completes: task.completes,
                estimate: task.estimate,
                done: task.is_done(),
                checks: progress(&checks, task.id),
                subs: progress(&parts, task.id),
                blocked: blocked.contains(&task.id) && !task.is_done(),
                has_notes: !task.notes.is_empty(),
                comments: comments.get(&task.id).copied().unwrap_or(0),
                files: files.get(&task.id).copied().unwrap_or(0),
                repeats: repeating.contains(&task.id) && !task.is_done(),
                fields: on_cards.remove(&task.id).unwrap_or_default(),
                chosen: chosen.remove(&task.id).unwrap_or_default(),
                labels: task.labels,
                position: task.position,
                title: task.title,
            }
        })
        .collect())
}

fn counts(rows: Vec<CountRow>) -> BTreeMap<TaskId, Progress> {
    rows.into_iter().map(|row| (row.task_id, Progress(row.done, row.total))).collect()
}
