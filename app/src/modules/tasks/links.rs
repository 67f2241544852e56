//! What waits for what: a task that has to be done before another. Nothing waits for itself, however long the way round; and where a due day slips, those
//! that wait move with it if that is asked for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    access,
    acts::{Act, Change, changed_since},
    desk::Desk,
    extras, graph,
    ids::{ListId, TaskId},
    permissions, store_time as rows,
    task::{Task, When},
    tasks::{self, Done},
};
use crate::{
    clock::day_typed,
    db::Access,
    error::{AppError, Code, Result},
    holidays,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// A task waits for so many at most, and so many for it.
pub const MOST: usize = 50;

/// How those that wait move when the day slips on which a task is due: in working days, without public holidays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskShift)]
pub enum Shift {
    /// By as many working days as it slips.
    KeepGap,
    /// No further than that none starts before the one that it waits for is due.
    OnlyIfNeeded,
}

impl Shift {
    /// The way of a word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "keep_gap" => Some(Self::KeepGap),
            "only_if_needed" => Some(Self::OnlyIfNeeded),
            _ => None,
        }
    }

    const fn rule(self) -> graph::Shift {
        match self {
            Self::KeepGap => graph::Shift::KeepGap,
            Self::OnlyIfNeeded => graph::Shift::OnlyIfNeeded,
        }
    }
}

/// One that a task waits for, or one that waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskLinkBody)]
pub struct LinkBody {
    /// The task that has to be done first: its id, or its number: `T-12`. Either this or `blocks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
    /// The task that has to wait for it, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<String>,
}

/// What a task waits for, and what waits for it, as far as whoever asks sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The task.
    pub task: Task,
    /// What it waits for, by number.
    pub waits_for: Vec<Task>,
    /// What waits for it, by number.
    pub blocks: Vec<Task>,
}

/// A task, as it is and as it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// As it is.
    pub before: Task,
    /// With its new days.
    pub after: Task,
}

/// What a task waits for, and what waits for it, for whoever sees it. What is in the trash isn’t waited for.
///
/// # Errors
/// 404.
pub async fn show(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<Links> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, task).await?;
    let (first, then) = (rows::blockers(&mut tx, task.id).await?, rows::waiting(&mut tx, task.id).await?);
    let seen = access::tasks(&mut tx, first.iter().chain(&then).copied()).await?;
    tx.rollback().await?;
    let those = |ids: Vec<TaskId>| {
        let there = ids.iter().filter_map(|id| seen.get(id)).filter(|task| task.trashed_at.is_none());
        let mut tasks: Vec<Task> = there.cloned().collect();
        tasks.sort_by_key(|task| task.number);
        tasks
    };
    Ok(Links { waits_for: those(first), blocks: those(then), task })
}

/// Has one task wait for another. One that waits already goes on to.
///
/// # Errors
/// 404 for either of them; 409 where it would wait for itself, with the way round, and for tasks that can't be changed; 422 for a task that is named
/// twice, and where there would be too many.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, task: &str, body: &LinkBody) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_called(&mut tx, task).await?;
    let (field, other) = match (&body.waits_for, &body.blocks) {
        (Some(other), None) => ("waits_for", other.trim()),
        (None, Some(other)) => ("blocks", other.trim()),
        _ => {
            return Err(AppError::field(
                "waits_for",
                "Name one task: either one that it waits for, or one that waits.",
            ));
        }
    };
    if other.is_empty() {
        return Err(AppError::field(field, "Enter a task’s number, like T-12."));
    }
    let other = access::task_called(&mut tx, other).await.map_err(|error| match error.code {
        Code::NotFound => no_other(),
        _ => error,
    })?;
    if other.id == task.id {
        return Err(AppError::field(field, "A task doesn’t wait for itself. Name another."));
    }
    let (first, then) = if field == "blocks" { (&task, &other) } else { (&other, &task) };
    if first.trashed_at.is_some() {
        return Err(AppError::conflict("The one that it would wait for is in the trash. Restore it first."));
    }
    access::check_changes(&mut tx, then).await?;
    let there = rows::blockers(&mut tx, then.id).await?;
    let waiting = rows::waiting(&mut tx, first.id).await?;
    let mut act = Act::new(&tx, "link");
    if !there.contains(&first.id) {
        if there.len() >= MOST || waiting.len() >= MOST {
            return Err(AppError::field(field, "A task waits for at most 50 others, and at most 50 wait for it."));
        }
        add_in(&mut tx, &mut act, first.id, then.id).await?;
    }
    tasks::done(tx, act, vec![task.id, other.id]).await
}

/// 404 for the one that a task is to wait for, or that is to wait for it.
pub fn no_other() -> AppError {
    AppError::not_found("the other task")
}

/// Has one task wait for another, in a transaction and an act that go on. Whoever calls it saw to it that both may be seen, and the second changed.
///
/// # Errors
/// 409 where it would wait for itself, with the way round.
pub async fn add_in(tx: &mut OrgTx, act: &mut Act, first: TaskId, then: TaskId) -> Result<()> {
    let after = rows::links_after(tx, then).await?;
    if graph::would_cycle(&after, first, then) {
        return Err(round(tx, after, first, then).await?);
    }
    rows::insert_link(tx, first, then).await?;
    act.note(tx, then, word(first), json!(false), json!(true)).await
}

/// Has neither of two tasks wait for the other any more.
///
/// # Errors
/// 404 for either of them; 409 for one that can't be changed.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, task: &str, other: &str) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_called(&mut tx, task).await?;
    let other = access::task_called(&mut tx, other).await?;
    let mut act = Act::new(&tx, "link");
    for (first, then) in [(&task, &other), (&other, &task)] {
        if rows::delete_link(&mut tx, first.id, then.id).await? > 0 {
            access::check_changes(&mut tx, then).await?;
            act.note(&mut tx, then.id, word(first.id), json!(true), json!(false)).await?;
        }
    }
    tasks::done(tx, act, vec![task.id, other.id]).await
}

/// What would move if a task were due on another day. Nothing is written.
///
/// # Errors
/// 404; 422 for a day that is none.
pub async fn preview(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    task: &str,
    due_day: &str,
    how: Shift,
) -> Result<Vec<Slip>> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, task).await?;
    let day =
        day_typed(due_day).ok_or_else(|| AppError::field("due_day", "Use a date such as 2026-11-27 or 27/11/2026."))?;
    let slips = slips(&mut tx, &task, day, how).await?;
    tx.rollback().await?;
    Ok(slips)
}

/// Moves those that wait for a task that is due later now, in a transaction and an act that go on.
///
/// # Errors
/// The database is busy.
pub async fn shift_in(
    tx: &mut OrgTx,
    act: &mut Act,
    desk: &mut Desk,
    before: &Task,
    after: &Task,
    how: Shift,
) -> Result<()> {
    let Some(due) = after.due else { return Ok(()) };
    for Slip { before, mut after } in slips(tx, before, due.day, how).await? {
        desk.check(tx, &mut after, Some(&before)).await?;
        act.save(tx, &before, after).await?;
    }
    Ok(())
}

/// Has a task wait again for another, or no longer, as it was.
///
/// # Errors
/// 409 where that was changed since, or it would wait for itself now.
pub async fn put_back(tx: &mut OrgTx, act: &mut Act, now: &Task, id: &str, change: &Change) -> Result<()> {
    let Ok(first) = id.parse::<TaskId>() else { return Ok(()) };
    let waits = rows::blockers(tx, now.id).await?.contains(&first);
    if json!(waits) != change.after {
        return Err(changed_since(now));
    }
    if waits {
        rows::delete_link(tx, first, now.id).await?;
        return act.note(tx, now.id, change.field.clone(), json!(true), json!(false)).await;
    }
    // It may be gone by now, or out of sight.
    access::task(tx, first).await.map_err(|_| changed_since(now))?;
    add_in(tx, act, first, now.id).await
}

/// Those that move when a task is due on another day. Who can’t see one doesn’t move it; what is done, in the trash, or in a list that was put away, stays.
async fn slips(tx: &mut OrgTx, task: &Task, new_due: Date, how: Shift) -> Result<Vec<Slip>> {
    let Some(old) = task.due.filter(|old| old.day < new_due && !task.is_done()) else { return Ok(Vec::new()) };
    let edges = rows::links_after(tx, task.id).await?;
    if edges.is_empty() {
        return Ok(Vec::new());
    }
    let open: BTreeMap<ListId, bool> =
        access::lists(tx).await?.into_iter().map(|list| (list.id, !list.archived)).collect();
    let stays =
        |one: &Task| one.is_done() || one.trashed_at.is_some() || !open.get(&one.list).copied().unwrap_or(false);
    let found = access::tasks(tx, edges.iter().map(|(_, then)| *then)).await?;
    let dated: Vec<graph::Dated<TaskId>> = found
        .values()
        .map(|one| graph::Dated {
            id: one.id,
            start: one.start.map(|start| start.day),
            due: one.due.map(|due| due.day),
            done: stays(one),
        })
        .collect();
    let days = || dated.iter().flat_map(|one| [one.start, one.due]).flatten();
    let from = days().fold(old.day, Date::min);
    let until = days().fold(new_due, Date::max).saturating_add(1.year());
    let closed = holidays::closed_days(tx, from, until).await?;
    let is_working =
        |day: Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !closed.contains(&day);
    let moved = graph::shift(&dated, &edges, task.id, old.day, new_due, how.rule(), &is_working);
    let mut slips: Vec<Slip> = moved
        .into_iter()
        .filter_map(|there| {
            let before = found.get(&there.id)?.clone();
            let on = |when: Option<When>, day: Option<Date>| when.zip(day).map(|(when, day)| When { day, ..when });
            let after = Task { start: on(before.start, there.start), due: on(before.due, there.due), ..before.clone() };
            Some(Slip { before, after })
        })
        .collect();
    slips.sort_by_key(|slip| (slip.after.due.or(slip.after.start), slip.after.number));
    Ok(slips)
}

/// 409, with the way round as far as whoever asks sees it.
async fn round(tx: &mut OrgTx, mut edges: Vec<(TaskId, TaskId)>, first: TaskId, then: TaskId) -> Result<AppError> {
    edges.push((first, then));
    let nodes: Vec<TaskId> =
        edges.iter().flat_map(|(first, then)| [*first, *then]).collect::<BTreeSet<_>>().into_iter().collect();
    let circle: Vec<TaskId> = match graph::order(&nodes, &edges) {
        Ok(_) => vec![first, then],
        Err(places) => places.into_iter().filter_map(|place| nodes.get(place).copied()).collect(),
    };
    let seen = access::tasks(tx, circle.iter().copied()).await?;
    let reads = access::reads(tx);
    let name = |id: &TaskId| match seen.get(id) {
        Some(task) if reads => format!("T-{} “{}”", task.number, task.title),
        Some(task) => format!("T-{}", task.number),
        None => "one that you can’t see".to_owned(),
    };
    let begin = circle.iter().position(|id| *id == first).unwrap_or(0);
    let way: Vec<String> = circle.iter().cycle().skip(begin).take(circle.len().saturating_add(1)).map(name).collect();
    Ok(AppError::conflict(format!("Each would wait for the other, all the way round: {}.", way.join(", before "))))
}

/// What it is called in the history that a task waits for this one.
fn word(first: TaskId) -> String {
    format!("{}:{first}", extras::WAITS_FOR)
}
