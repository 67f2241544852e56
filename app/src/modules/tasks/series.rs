//! Tasks that repeat: by which rule, and what the next one is made of. When one is completed the next is made with it, in the same act; each is followed
//! by one, however often it is completed.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Span, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::{
    access,
    acts::{Act, Change, changed_since},
    checks,
    desk::{Desk, Shelf, section_in},
    extras, fields,
    ids::{FieldId, LabelId, ListId, SectionId, SeriesId, TaskId, TeamId},
    lists::version_of,
    permissions,
    repeat::{self, Mode, Plan, Rule},
    store,
    store_time::{self as rows, OccurrenceRow, SeriesRow},
    task::{Completes, Task, When},
    tasks::{self, AddBody, Done, Once},
};
use crate::{
    clock::day_typed,
    crypto::Place,
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// A task that repeats has so many parts at most.
pub const MOST_PARTS: usize = 200;
/// Its words and those of its parts come to so many bytes at most.
pub const MOST_TEXT: usize = 256 * 1024;
/// What is kept of a task beside its words comes to so many bytes at most,
const FRAME: usize = 512;
/// and so much for each person and each label, and twice that for what it says in a field.
const ONE_ID: usize = 40;
/// So many days that are to come are shown.
pub const SHOWN: usize = 5;
/// Of so many that are to come one can be left out ahead, and so many are at most.
const AHEAD: usize = 50;

/// How a task is to repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskRepeatBody)]
pub struct RepeatBody {
    /// RFC 5545, in whole days: `FREQ=WEEKLY;BYDAY=FR`. With `RSCALE=GREGORIAN;SKIP=BACKWARD` a month without the 31st comes on its last day.
    pub rule: String,
    /// `schedule`: by the series’ days, whenever a task is done; `after_completion`: counted from the day on which the last one was done.
    #[serde(default = "on_schedule")]
    pub mode: String,
    /// The series’ first day, `2026-11-27`; absent: the day on which the task is due, or today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_day: Option<String>,
    /// On schedule: what was missed is made as well, one after the other. Otherwise it goes on with the first that isn’t past.
    #[serde(default)]
    pub catch_up: bool,
    /// To change how a task repeats: the version that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// How a task repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The rule, what is counted from, and the days that are left out.
    pub plan: Plan,
    /// This task's day in it.
    pub day: Date,
    /// It is over.
    pub stopped: bool,
    /// To change it: the version.
    pub version: i64,
    /// The days that are to come after this task's, if each is done in time.
    pub next: Vec<Date>,
    /// This task isn't any more what the next one is made of.
    pub differs: bool,
    /// The task that follows this one, where it is there and may be seen.
    pub successor: Option<Task>,
}

/// What the next task is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pattern {
    whole: Piece,
    /// What is a part of it: each with what it lies in, 0 for the whole, 1 for the first part, and so on. Those come first in which others lie.
    parts: Vec<(usize, Piece)>,
}

/// A task of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Piece {
    title: String,
    notes: String,
    section: Option<SectionId>,
    priority: i64,
    estimate: Option<i64>,
    start: Option<Offset>,
    due: Option<Offset>,
    responsible: Option<UserId>,
    people: Vec<UserId>,
    team: Option<TeamId>,
    completes: Completes,
    labels: BTreeSet<LabelId>,
    checks: Vec<String>,
    values: BTreeMap<FieldId, Value>,
}

/// So many days after the series' own day, at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Offset {
    days: i64,
    time: Option<String>,
}

/// How a task repeats, as the history keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    series: SeriesId,
    mode: String,
    rule: String,
    first_day: String,
    catch_up: bool,
    made: i64,
    stopped: bool,
    skipped: Vec<String>,
    /// This task's day.
    day: String,
    /// Tells what the next one is made of from what it was made of before.
    #[serde(default)]
    made_of: String,
    /// The same in full, where it became another: once, as it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pattern: Option<Pattern>,
}

impl Kept {
    /// Nobody has changed it since. How many were made goes on by itself.
    fn is_as(&self, other: &Self) -> bool {
        let parts = |one: &Self| {
            let Self { rule, mode, catch_up, stopped, skipped, day, made_of, .. } = one;
            json!([rule, mode, catch_up, stopped, skipped, day, made_of])
        };
        parts(self) == parts(other)
    }

    /// The same, but for the days that are left out.
    fn with_skipped(&self, other: &Self) -> Self {
        Self { skipped: other.skipped.clone(), ..self.clone() }
    }

    fn in_words(&self) -> Option<String> {
        let plan = Plan {
            mode: Mode::parse(&self.mode)?,
            rule: Rule::parse(&self.rule).ok()?,
            start: self.first_day.parse().ok()?,
            skipped: BTreeSet::new(),
            made: self.made,
            catch_up: self.catch_up,
        };
        Some(plan.in_words())
    }
}

/// What somebody changed of how a task repeats, as the history keeps it, in words without who did it.
pub fn happened(before: &Value, after: &Value) -> String {
    let kept = |value: &Value| Option::<Kept>::deserialize(value).ok().flatten().filter(|kept| !kept.stopped);
    match (kept(before), kept(after)) {
        (_, None) => "stopped it repeating".to_owned(),
        (None, Some(new)) => match new.in_words() {
            Some(words) => format!("set it to repeat: {words}"),
            None => "set it to repeat".to_owned(),
        },
        (Some(old), Some(new)) if new.skipped.len() > old.skipped.len() => "skipped one repeat".to_owned(),
        (Some(old), Some(new)) if new.skipped.len() < old.skipped.len() && new.is_as(&old.with_skipped(&new)) => {
            "no longer skips one repeat".to_owned()
        }
        (Some(old), Some(new)) => match (old.in_words(), new.in_words()) {
            (Some(old), Some(new)) if old != new => format!("changed how it repeats from “{old}” to “{new}”"),
            _ if old.made_of != new.made_of => "changed what future tasks are made of".to_owned(),
            _ => "changed how it repeats".to_owned(),
        },
    }
}

/// How a task repeats, for whoever sees it; `None`: it doesn't.
///
/// # Errors
/// 404.
pub async fn show(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<(Task, Option<Series>)> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, task).await?;
    let series = of(&mut tx, &task).await?;
    tx.rollback().await?;
    Ok((task, series))
}

/// The same of a task that is at hand. Whoever calls it saw to it that it may be seen.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn of(tx: &mut OrgTx, task: &Task) -> Result<Option<Series>> {
    let Some(occurrence) = rows::occurrence(tx, task.id).await? else { return Ok(None) };
    let row = row(tx, occurrence.series_id).await?;
    let plan = plan(tx, &row).await?;
    let (today, _) = access::today(tx)?;
    let day = stored_day(&occurrence.day)?;
    let successor = match rows::successor(tx, task.id).await? {
        Some(next) => access::task(tx, next.task_id).await.ok().filter(|task| task.trashed_at.is_none()),
        None => None,
    };
    let differs = !task.is_done() && take(tx, task).await? != pattern(tx, &row).await?;
    let next = if row.stopped { Vec::new() } else { coming(&plan, day, today, SHOWN) };
    Ok(Some(Series { plan, day, stopped: row.stopped, version: row.version, next, differs, successor }))
}

/// Has a task repeat, or by another rule than before. A rule that differs begins anew with this task; what the next one is made of stays.
///
/// # Errors
/// 404; 409 for a task that is done or can't be changed, and where somebody else changed it since `version`; 422 for a rule that can't be read or ends
/// with this task, and a first day that is none.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, task: &str, body: &RepeatBody) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = open_task(&mut tx, task).await?;
    let before = match rows::occurrence(&mut tx, task.id).await? {
        Some(occurrence) => Some((row(&mut tx, occurrence.series_id).await?, occurrence)),
        None => None,
    };
    if let Some((row, _)) = &before
        && version_of(body.version)? != row.version
    {
        let plan = plan(&mut tx, row).await?;
        let (held, words) = (json!({ "rule": plan.rule.show() }), plan.in_words());
        let now = vec![FieldError { field: "rule".to_owned(), message: words }];
        return Err(access::changed(&tx, "how this task repeats", row.version, now, &held));
    }
    let (today, _) = access::today(&tx)?;
    let due = task.due.map(|due| due.day);
    let asked = read(body, due, today)?;
    let mut act = Act::new(&tx, "repeat");
    let mut desk = Desk::read(&mut tx).await?;
    let mut now = task.clone();
    if due.is_none() {
        now.due = Some(When { day: asked.day, time: None });
        desk.check(&mut tx, &mut now, Some(&task)).await?;
        now = act.save(&mut tx, &task, now).await?;
    }
    let was = state(&mut tx, task.id).await?;
    if let Some((row, occurrence)) = before {
        let is_other = row.stopped || row.rule != asked.rule || row.mode != asked.mode || body.first_day.is_some();
        let pattern = if row.stopped { sealed(&mut tx, row.id, &now).await? } else { row.pattern.clone() };
        let mut new = SeriesRow { catch_up: body.catch_up, stopped: false, pattern, ..row };
        if is_other {
            (new.rule, new.mode, new.made) = (asked.rule, asked.mode, 1);
            new.first_day = asked.first.to_string();
            rows::delete_skips(&mut tx, new.id).await?;
            rows::set_occurrence_day(&mut tx, occurrence.task_id, &asked.day.to_string()).await?;
        }
        update(&mut tx, &new).await?;
    } else {
        begin(&mut tx, &now, asked, body.catch_up).await?;
    }
    let is = state(&mut tx, task.id).await?;
    note(&mut tx, &mut act, task.id, was, is).await?;
    tasks::done(tx, act, vec![task.id]).await
}

/// So much is kept at most of a task that repeats, or of one that it is made of: with these words, in its fields too, and so many people and labels.
pub fn kept_of(title: &str, notes: &str, checks: &[&str], values: &[String], people_and_labels: usize) -> usize {
    let ids = people_and_labels.saturating_add(values.len().saturating_mul(2));
    let words = serde_json::to_string(&(title, notes, checks, values));
    let words = words.map_or(usize::MAX, |words| words.len());
    words.saturating_add(ids.saturating_mul(ONE_ID)).saturating_add(FRAME)
}

/// Has a task repeat that is new, in a transaction and an act that go on.
///
/// # Errors
/// As [`save`].
pub async fn begin_in(tx: &mut OrgTx, act: &mut Act, task: &Task, rule: &str) -> Result<()> {
    let (today, _) = access::today(tx)?;
    let body =
        RepeatBody { rule: rule.to_owned(), mode: on_schedule(), first_day: None, catch_up: false, version: None };
    let asked = read(&body, task.due.map(|due| due.day), today)?;
    let mut now = task.clone();
    if now.due.is_none() {
        now.due = Some(When { day: asked.day, time: None });
        now = act.save(tx, task, now).await?;
    }
    begin(tx, &now, asked, false).await?;
    let is = state(tx, task.id).await?;
    note(tx, act, task.id, None, is).await
}

/// Leaves this one out: the task is due on the next day of its series instead. With `asked`, the day that is left out, that can be one that is to come: then
/// the task stays as it is, and none is made for that day. Nothing happens where the day is left out by now, or is before the task’s: whoever asks twice, or
/// after somebody else did, leaves out one. With `key`, the same request again changes nothing and answers the same.
///
/// # Errors
/// 404; 409 for a task that is done, can't be changed or doesn't repeat, where none follows, and for a key that another request had; 422 for a day that
/// is none, or none of the next fifty, where fifty are left out ahead, and where days are counted from when the task is done: nobody knows them yet.
pub async fn skip(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    task: &str,
    asked: Option<&str>,
    key: Option<&str>,
) -> Result<Done> {
    let said = format!("{task} {}", asked.unwrap_or_default());
    let once = Once::of("tasks.skip", key, said).about(task);
    let (mut tx, mut act) = match tasks::begin(platform, actor, org, "skip", once).await? {
        ControlFlow::Continue(begun) => begun,
        ControlFlow::Break(done) => return Ok(done),
    };
    let task = open_task(&mut tx, task).await?;
    let (row, occurrence) = goes_on(&mut tx, task.id).await?;
    let (today, _) = access::today(&tx)?;
    let day = stored_day(&occurrence.day)?;
    if let Some(asked) = asked.map(str::trim).filter(|asked| !asked.is_empty()) {
        let typed = day_typed(asked).ok_or_else(no_day)?;
        if typed > day {
            leave_out(&mut tx, &mut act, &task, (&row, day), typed).await?;
        }
        if typed != day {
            return tasks::done(tx, act, vec![task.id]).await;
        }
    }
    let mut plan = plan(&mut tx, &row).await?;
    plan.skipped.insert(day);
    let next = plan.following(day, day.max(today)).ok_or_else(|| {
        AppError::conflict(
            "This is the last one: none follows it. Stop repeating it, or move the task to the trash, instead.",
        )
    })?;
    let was = state(&mut tx, task.id).await?;
    let mut desk = Desk::read(&mut tx).await?;
    let old = task.due.map_or(day, |due| due.day);
    for one in with_parts(&mut tx, &task).await? {
        let mut after = moved(&one, old, next);
        if one.id == task.id {
            after.due = Some(When { day: next, time: one.due.and_then(|due| due.time) });
        }
        desk.check(&mut tx, &mut after, Some(&one)).await?;
        act.save(&mut tx, &one, after).await?;
    }
    rows::insert_skip(&mut tx, row.id, &day.to_string()).await?;
    rows::set_occurrence_day(&mut tx, task.id, &next.to_string()).await?;
    update(&mut tx, &row).await?;
    let is = state(&mut tx, task.id).await?;
    note(&mut tx, &mut act, task.id, was, is).await?;
    tasks::done(tx, act, vec![task.id]).await
}

/// Leaves a day that is to come out no longer. Nothing happens where it isn't left out.
///
/// # Errors
/// 404; 409 for a task that is done, can't be changed or doesn't repeat; 422 for a day that is none, or isn't to come.
pub async fn keep(platform: &Platform, actor: &Actor, org: &str, task: &str, asked: &str) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = open_task(&mut tx, task).await?;
    let (row, occurrence) = goes_on(&mut tx, task.id).await?;
    let asked = day_typed(asked.trim()).ok_or_else(no_day)?;
    if asked <= stored_day(&occurrence.day)? {
        return Err(AppError::field("day", "The task is past that day, so it can’t be brought back."));
    }
    let mut act = Act::new(&tx, "skip");
    if plan(&mut tx, &row).await?.skipped.contains(&asked) {
        let was = state(&mut tx, task.id).await?;
        rows::delete_skip(&mut tx, row.id, &asked.to_string()).await?;
        update(&mut tx, &row).await?;
        let is = state(&mut tx, task.id).await?;
        note(&mut tx, &mut act, task.id, was, is).await?;
    }
    tasks::done(tx, act, vec![task.id]).await
}

/// Leaves a day that is to come out, if it isn't left out by now: of this series, in which the task has that day.
async fn leave_out(
    tx: &mut OrgTx,
    act: &mut Act,
    task: &Task,
    (row, day): (&SeriesRow, Date),
    asked: Date,
) -> Result<()> {
    let plan = plan(tx, row).await?;
    if plan.skipped.contains(&asked) {
        return Ok(());
    }
    if plan.mode == Mode::AfterCompletion {
        let words = "The days after this one are counted from when it is done, so they can’t be skipped ahead. Skip this one, or change how it repeats.";
        return Err(AppError::field("day", words));
    }
    if plan.skipped.iter().filter(|skipped| **skipped > day).count() >= AHEAD {
        return Err(AppError::field("day", "50 days are skipped ahead already."));
    }
    let (today, _) = access::today(tx)?;
    if !coming(&plan, day, today, AHEAD).contains(&asked) {
        let words = "That is none of the next 50 days on which this task repeats. Look at them again.";
        return Err(AppError::field("day", words));
    }
    let was = state(tx, task.id).await?;
    rows::insert_skip(tx, row.id, &asked.to_string()).await?;
    update(tx, row).await?;
    let is = state(tx, task.id).await?;
    note(tx, act, task.id, was, is).await
}

fn no_day() -> AppError {
    AppError::field("day", "Use a date such as 2026-11-27 or 27/11/2026.")
}

/// Has a task repeat no longer. The task itself stays.
///
/// # Errors
/// 404; 409 for a task that can't be changed or doesn't repeat.
pub async fn stop(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<Done> {
    change(platform, actor, org, task, To::Stop).await
}

/// Has all that follow made of what this task is now. Without that, what is changed of a task is changed of this one alone.
///
/// # Errors
/// As [`stop`]; 409 for a task with too many parts.
pub async fn follow(platform: &Platform, actor: &Actor, org: &str, task: &str) -> Result<Done> {
    change(platform, actor, org, task, To::FollowThis).await
}

/// What becomes of a series.
#[derive(Clone, Copy)]
enum To {
    Stop,
    FollowThis,
}

async fn change(platform: &Platform, actor: &Actor, org: &str, task: &str, to: To) -> Result<Done> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let task = access::task_to_change(&mut tx, task).await?;
    let (row, _) = goes_on(&mut tx, task.id).await?;
    let was = state(&mut tx, task.id).await?;
    let new = match to {
        To::Stop => SeriesRow { stopped: true, ..row },
        To::FollowThis => SeriesRow { pattern: sealed(&mut tx, row.id, &task).await?, ..row },
    };
    update(&mut tx, &new).await?;
    let is = state(&mut tx, task.id).await?;
    let mut act = Act::new(&tx, "repeat");
    note(&mut tx, &mut act, task.id, was, is).await?;
    tasks::done(tx, act, vec![task.id]).await
}

/// Makes the next one of a task that was completed, in the transaction and the act in which it was. One whose completion was undone, and is done again, is
/// followed by the same: counted from when it was done, that is on the day that comes of it by now. Undoing that puts it back to the day that it had before.
///
/// # Errors
/// As [`tasks::add`].
pub async fn completed(tx: &mut OrgTx, act: &mut Act, desk: &mut Desk, before: &Task, after: &Task) -> Result<()> {
    if before.is_done() || !after.is_done() {
        return Ok(());
    }
    let Some(occurrence) = rows::occurrence(tx, after.id).await? else { return Ok(()) };
    let row = row(tx, occurrence.series_id).await?;
    if row.stopped {
        return Ok(());
    }
    let plan = plan(tx, &row).await?;
    let (today, _) = access::today(tx)?;
    let day = stored_day(&occurrence.day)?;
    if let Some(next) = rows::successor(tx, after.id).await? {
        // It is counted among those that were made already.
        let plan = Plan { made: plan.made.saturating_sub(1), ..plan };
        return match plan.following(day, today) {
            Some(day) if plan.mode == Mode::AfterCompletion => {
                bring_back(tx, act, &next, day).await?;
                move_along(tx, act, &next, day).await
            }
            Some(day) => bring_back(tx, act, &next, day).await,
            None => Ok(()),
        };
    }
    let Some(day) = plan.following(day, today) else { return Ok(()) };
    let pattern = pattern(tx, &row).await?;
    let id = make(tx, act, desk, after, &pattern, day).await?;
    let new = OccurrenceRow { task_id: id, series_id: row.id, day: day.to_string(), predecessor_id: Some(after.id) };
    rows::insert_occurrence(tx, &new).await?;
    let made = row.made.saturating_add(1);
    update(tx, &SeriesRow { made, ..row }).await
}

/// Puts back how a task repeated.
///
/// # Errors
/// 409 where that was changed since.
pub async fn put_back(tx: &mut OrgTx, act: &mut Act, now: &Task, change: &Change) -> Result<()> {
    let is = state(tx, now.id).await?;
    let (was, became) = (noted(&change.before)?, noted(&change.after)?);
    let is_still = match (&is, &became) {
        (Some(is), Some(became)) => is.is_as(became),
        (None, None) => true,
        _ => false,
    };
    if !is_still {
        return Err(changed_since(now));
    }
    match (&is, was) {
        (Some(there), None) => {
            let row = row(tx, there.series).await?;
            update(tx, &SeriesRow { stopped: true, ..row }).await?;
            rows::delete_occurrence(tx, now.id).await?;
        }
        (there, Some(was)) => {
            let row = row(tx, was.series).await?;
            let pattern = match &was.pattern {
                Some(pattern) => tx.keys().await?.seal(pattern_of(row.id), &in_words(pattern)?),
                // It is the same as then.
                None => row.pattern.clone(),
            };
            let Kept { series, mode, rule, first_day, catch_up, made, stopped, skipped, day, .. } = was;
            update(tx, &SeriesRow { mode, rule, first_day, catch_up, made, pattern, stopped, ..row }).await?;
            rows::delete_skips(tx, series).await?;
            for day in &skipped {
                rows::insert_skip(tx, series, day).await?;
            }
            if there.is_some() {
                rows::set_occurrence_day(tx, now.id, &day).await?;
            } else {
                let new = OccurrenceRow { task_id: now.id, series_id: series, day, predecessor_id: None };
                rows::insert_occurrence(tx, &new).await?;
            }
        }
        (None, None) => {}
    }
    let put = state(tx, now.id).await?;
    note(tx, act, now.id, is, put).await
}

/// Puts back the day that a task had among those that repeat.
///
/// # Errors
/// 409 where that was changed since.
pub async fn put_back_day(tx: &mut OrgTx, act: &mut Act, now: &Task, change: &Change) -> Result<()> {
    let is = rows::occurrence(tx, now.id).await?.map(|occurrence| occurrence.day);
    let (Some(is), Some(was)) = (is, change.before.as_str()) else { return Err(changed_since(now)) };
    if change.after.as_str() != Some(is.as_str()) {
        return Err(changed_since(now));
    }
    set_day(tx, act, now.id, &is, was).await
}

/// Gives a task another day among those that repeat, which is put back where the act is undone.
async fn set_day(tx: &mut OrgTx, act: &mut Act, task: TaskId, old: &str, new: &str) -> Result<()> {
    rows::set_occurrence_day(tx, task, new).await?;
    act.note(tx, task, extras::OCCURRENCE.to_owned(), json!(old), json!(new)).await
}

/// Notes how a task repeated, and how it does now. What the next one is made of can be long: it is kept once, and only where it became another.
async fn note(tx: &mut OrgTx, act: &mut Act, task: TaskId, was: Option<Kept>, is: Option<Kept>) -> Result<()> {
    let made_of = |one: Option<&Kept>| one.map(|one| one.made_of.clone());
    let is_same = made_of(was.as_ref()) == made_of(is.as_ref());
    let was = was.map(|was| Kept { pattern: was.pattern.filter(|_| !is_same), ..was });
    let is = is.map(|is| Kept { pattern: None, ..is });
    act.note(tx, task, extras::REPEAT.to_owned(), json!(was), json!(is)).await
}

/// What was asked for, read.
struct Asked {
    mode: String,
    rule: String,
    first: Date,
    /// This task's day.
    day: Date,
}

fn read(body: &RepeatBody, due: Option<Date>, today: Date) -> Result<Asked> {
    let mut errors = FieldErrors::default();
    let mode = Mode::parse(&body.mode);
    if mode.is_none() {
        errors.add("mode", "Choose whether it comes on schedule, or after it is done.");
    }
    let first = body.first_day.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(day_typed);
    if matches!(first, Some(None)) {
        errors.add("first_day", "Use a date such as 2026-11-27 or 27/11/2026.");
    }
    let first = first.flatten().or(due).unwrap_or(today);
    if due.is_some_and(|due| first > due) {
        errors.add("first_day", "The first day can’t be after the day on which this task is due.");
    }
    let rule = match Rule::parse(&body.rule) {
        Ok(rule) => rule,
        Err(words) => {
            errors.add("rule", words);
            return Err(AppError::invalid(errors.into_fields()));
        }
    };
    let day = due.or_else(|| rule.between(first, first, Date::MAX, 1).first().copied());
    let (Some(mode), Some(day)) = (mode, day) else {
        if day.is_none() {
            errors.add("rule", "No day of this rule is left. Choose a later end.");
        }
        return Err(AppError::invalid(errors.into_fields()));
    };
    let plan = Plan { mode, rule, start: first, skipped: BTreeSet::new(), made: 1, catch_up: body.catch_up };
    if plan.following(day, day).is_none() {
        errors.add("rule", "After this task none would follow. Choose a later end.");
    }
    errors.finish()?;
    Ok(Asked { mode: mode.as_str().to_owned(), rule: plan.rule.show(), first, day })
}

/// Begins a series with a task.
async fn begin(tx: &mut OrgTx, task: &Task, asked: Asked, catch_up: bool) -> Result<()> {
    let id = SeriesId::new(tx.now());
    let new = SeriesRow {
        id,
        mode: asked.mode,
        rule: asked.rule,
        first_day: asked.first.to_string(),
        catch_up,
        made: 1,
        pattern: sealed(tx, id, task).await?,
        stopped: false,
        version: 1,
    };
    rows::insert_series(tx, &new).await?;
    let day = asked.day.to_string();
    rows::insert_occurrence(tx, &OccurrenceRow { task_id: task.id, series_id: id, day, predecessor_id: None }).await?;
    Ok(())
}

/// A task that isn't done, which can be changed.
async fn open_task(tx: &mut OrgTx, task: &str) -> Result<Task> {
    let task = access::task_to_change(tx, task).await?;
    if task.is_done() {
        return Err(AppError::conflict("This task is done. Reopen it first, or go to the one that follows it."));
    }
    Ok(task)
}

/// The series of a task that repeats.
async fn goes_on(tx: &mut OrgTx, task: TaskId) -> Result<(SeriesRow, OccurrenceRow)> {
    let no = || AppError::conflict("This task doesn’t repeat.");
    let occurrence = rows::occurrence(tx, task).await?.ok_or_else(no)?;
    let row = row(tx, occurrence.series_id).await?;
    if row.stopped { Err(no()) } else { Ok((row, occurrence)) }
}

async fn row(tx: &mut OrgTx, id: SeriesId) -> Result<SeriesRow> {
    rows::series(tx, id).await?.ok_or_else(AppError::internal)
}

async fn update(tx: &mut OrgTx, new: &SeriesRow) -> Result<()> {
    if rows::update_series(tx, new).await? == 0 {
        return Err(AppError::conflict("Somebody else changed how this task repeats in the meantime. Look again."));
    }
    Ok(())
}

async fn plan(tx: &mut OrgTx, row: &SeriesRow) -> Result<Plan> {
    let unreadable = || {
        tracing::error!(series = %row.id, "how a task repeats can’t be read");
        AppError::internal()
    };
    let skipped = rows::skips(tx, row.id).await?;
    Ok(Plan {
        mode: Mode::parse(&row.mode).ok_or_else(unreadable)?,
        rule: Rule::parse(&row.rule).map_err(|_| unreadable())?,
        start: stored_day(&row.first_day)?,
        skipped: skipped.iter().filter_map(|day| day.parse().ok()).collect(),
        made: row.made,
        catch_up: row.catch_up,
    })
}

fn stored_day(day: &str) -> Result<Date> {
    day.parse().map_err(|_| AppError::internal())
}

/// The first so many days after one, if each is done on its day, or today where that is past.
fn coming(plan: &Plan, day: Date, today: Date, most: usize) -> Vec<Date> {
    let mut plan = plan.clone();
    let (mut at, mut days) = (day, Vec::new());
    while days.len() < most
        && let Some(next) = plan.following(at, at.max(today))
    {
        plan.made = plan.made.saturating_add(1);
        days.push(next);
        at = next;
    }
    days
}

/// How a task repeats, as the history keeps it; `None`: it doesn't.
async fn state(tx: &mut OrgTx, task: TaskId) -> Result<Option<Kept>> {
    let Some(occurrence) = rows::occurrence(tx, task).await? else { return Ok(None) };
    let row = row(tx, occurrence.series_id).await?;
    let (pattern, skipped) = (pattern(tx, &row).await?, rows::skips(tx, row.id).await?);
    let SeriesRow { id, mode, rule, first_day, catch_up, made, stopped, .. } = row;
    let day = occurrence.day;
    let made_of = made_of(&pattern)?;
    let pattern = Some(pattern);
    Ok(Some(Kept { series: id, mode, rule, first_day, catch_up, made, stopped, skipped, day, made_of, pattern }))
}

async fn pattern(tx: &mut OrgTx, row: &SeriesRow) -> Result<Pattern> {
    let keys = tx.keys().await?;
    let text = access::text(&keys, pattern_of(row.id), &row.pattern)?;
    serde_json::from_str(&text).map_err(|error| {
        tracing::error!(%error, series = %row.id, "what the next task is made of can’t be read");
        AppError::internal()
    })
}

/// What the next task is to be made of, sealed.
async fn sealed(tx: &mut OrgTx, series: SeriesId, task: &Task) -> Result<Vec<u8>> {
    let pattern = take(tx, task).await?;
    if pattern.parts.len() > MOST_PARTS {
        return Err(AppError::conflict("A repeating task has at most 200 subtasks."));
    }
    let text = in_words(&pattern)?;
    if text.len() > MOST_TEXT {
        return Err(AppError::conflict(
            "This is too long to repeat: its words and those of its subtasks come to more than 256 KB. Shorten their notes first.",
        ));
    }
    Ok(tx.keys().await?.seal(pattern_of(series), &text))
}

/// How a task repeated, as it was noted. What was noted in full, as all was once, tells itself from others as well.
fn noted(value: &Value) -> Result<Option<Kept>> {
    let mut kept = Option::<Kept>::deserialize(value).map_err(|_| AppError::internal())?;
    if let Some(kept) = &mut kept
        && kept.made_of.is_empty()
        && let Some(pattern) = &kept.pattern
    {
        kept.made_of = made_of(pattern)?;
    }
    Ok(kept)
}

/// What tells it from what the next task is made of otherwise.
fn made_of(pattern: &Pattern) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(in_words(pattern)?)))
}

/// What the next task is made of, as it is kept.
fn in_words(pattern: &Pattern) -> Result<String> {
    serde_json::to_string(pattern).map_err(|_| AppError::internal())
}

/// A task and what is a part of it, outside the trash: those come first in which others lie.
async fn with_parts(tx: &mut OrgTx, task: &Task) -> Result<Vec<Task>> {
    let ids = store::tree(tx, task.id).await?;
    let all = access::tasks(tx, ids).await?.into_values();
    let mut all: Vec<Task> = all.filter(|one| one.trashed_at.is_none() || one.id == task.id).collect();
    all.sort_by(|one, other| (one.depth, &one.position).cmp(&(other.depth, &other.position)));
    Ok(all)
}

/// What the next one would be made of, if it were to be like this task.
async fn take(tx: &mut OrgTx, task: &Task) -> Result<Pattern> {
    let all = with_parts(tx, task).await?;
    let base = match task.due {
        Some(due) => due.day,
        None => access::today(tx)?.0,
    };
    let mut lines = checks::of_many(tx, all.iter().map(|one| one.id)).await?;
    let mut values = fields::values(tx, all.iter().map(|one| one.id)).await?;
    let mut piece = |one: &Task| Piece {
        title: one.title.clone(),
        notes: one.notes.clone(),
        section: one.section,
        priority: one.priority,
        estimate: one.estimate,
        start: one.start.map(|start| Offset::of(base, start)),
        due: one.due.map(|due| Offset::of(base, due)),
        responsible: one.responsible,
        people: one.people.iter().map(|one| one.user).collect(),
        team: one.team,
        completes: one.completes,
        labels: one.labels.clone(),
        checks: lines.remove(&one.id).unwrap_or_default().into_iter().map(|check| check.words).collect(),
        values: values.remove(&one.id).unwrap_or_default(),
    };
    let mut places = BTreeMap::from([(task.id, 0)]);
    let whole = piece(task);
    let mut parts = Vec::new();
    for part in all.iter().filter(|part| part.id != task.id) {
        let Some(within) = part.parent.and_then(|parent| places.get(&parent).copied()) else { continue };
        parts.push((within, piece(part)));
        places.insert(part.id, parts.len());
    }
    Ok(Pattern { whole, parts })
}

/// Makes a task of it, right after the one that it follows, and gives its id.
async fn make(
    tx: &mut OrgTx,
    act: &mut Act,
    desk: &mut Desk,
    before: &Task,
    pattern: &Pattern,
    day: Date,
) -> Result<TaskId> {
    let shelf = desk.shelf(tx, before.list).await?.clone();
    let known: BTreeSet<FieldId> = fields::of_list(tx, before.list).await?.into_iter().map(|field| field.id).collect();
    let mut ids: Vec<TaskId> = Vec::new();
    let whole = std::iter::once((None, &pattern.whole));
    let parts = pattern.parts.iter().map(|(within, piece)| (Some(*within), piece));
    for (within, piece) in whole.chain(parts) {
        let parent = match within {
            None => before.parent,
            Some(within) => ids.get(within).copied(),
        };
        let after = within.is_none().then_some(Some(before.id));
        let body = AddBody { parent, after, ..piece.body(desk, &shelf, before.list, day) };
        let id = TaskId::new(tx.now());
        tasks::add_in(tx, act, desk, id, &body).await?;
        checks::put(tx, id, &piece.checks).await?;
        for (field, value) in piece.values.iter().filter(|(field, _)| known.contains(field)) {
            fields::write(tx, id, *field, value).await?;
        }
        ids.push(id);
    }
    ids.first().copied().ok_or_else(AppError::internal)
}

/// Takes the one that follows out of the trash, where undoing the completion had put it, on the day that it has by now.
async fn bring_back(tx: &mut OrgTx, act: &mut Act, next: &OccurrenceRow, day: Date) -> Result<()> {
    let Ok(task) = access::task(tx, next.task_id).await else { return Ok(()) };
    let Some(with) = task.trashed_with else { return Ok(()) };
    let was_undone = store::act(tx, with).await?.is_some_and(|act| act.kind == "undo");
    if !was_undone || access::list_to_change(tx, task.list).await.is_err() {
        return Ok(());
    }
    // What it is a part of went to the trash since, and it stays there with that.
    if let Some(parent) = task.parent
        && access::task(tx, parent).await?.trashed_at.is_some()
    {
        return Ok(());
    }
    let old = stored_day(&next.day)?;
    let ids = store::tree(tx, task.id).await?;
    let all = access::tasks(tx, ids).await?;
    for one in all.values().filter(|one| one.trashed_with == Some(with)) {
        let after = Task { trashed_at: None, trashed_with: None, ..moved(one, old, day) };
        act.save(tx, one, after).await?;
    }
    set_day(tx, act, task.id, &next.day, &day.to_string()).await
}

/// Moves the one that follows to the day that it has by now, where it is open and still on the day that it was made for.
async fn move_along(tx: &mut OrgTx, act: &mut Act, next: &OccurrenceRow, day: Date) -> Result<()> {
    let Ok(task) = access::task(tx, next.task_id).await else { return Ok(()) };
    let old = stored_day(&next.day)?;
    let stands = [task.due, task.start].into_iter().flatten().any(|when| when.day == old);
    if task.trashed_at.is_some() || task.is_done() || !stands || day == old {
        return Ok(());
    }
    if access::list_to_change(tx, task.list).await.is_err() {
        return Ok(());
    }
    let ids = store::tree(tx, task.id).await?;
    let all = access::tasks(tx, ids).await?;
    for one in all.values().filter(|one| one.trashed_at.is_none() && !one.is_done()) {
        act.save(tx, one, moved(one, old, day)).await?;
    }
    set_day(tx, act, task.id, &next.day, &day.to_string()).await
}

/// A task as many days later, or earlier, as its series' day is.
fn moved(task: &Task, old: Date, new: Date) -> Task {
    let shift = |when: Option<When>| {
        when.map(|when| When { day: repeat::shift_days(old, new, when.day).unwrap_or(when.day), ..when })
    };
    Task { start: shift(task.start), due: shift(task.due), ..task.clone() }
}

impl Offset {
    fn of(base: Date, when: When) -> Self {
        let (_, time) = when.to_stored();
        Self { days: when.day.duration_since(base).as_hours() / 24, time }
    }

    fn on(&self, base: Date) -> Option<(String, Option<String>)> {
        let day = base.checked_add(Span::new().try_days(self.days).ok()?).ok()?;
        Some((day.to_string(), self.time.clone()))
    }
}

impl Piece {
    /// As it is asked for on a day of the series: with those who still belong and see the list, and what there still is.
    fn body(&self, desk: &Desk, place: &Shelf, list: ListId, day: Date) -> AddBody {
        let works = |user: &UserId| desk.members.contains(user) && place.is_seen_by(*user);
        let on = |offset: Option<&Offset>| offset.and_then(|offset| offset.on(day)).unzip();
        let ((start_day, start_time), (due_day, due_time)) = (on(self.start.as_ref()), on(self.due.as_ref()));
        let responsible = self.responsible.filter(works);
        let is_theirs = |team: &TeamId| responsible.is_none_or(|user| desk.is_of_team(*team, user));
        let in_use = |team: &TeamId| desk.teams.iter().any(|one| one.id == *team && one.active);
        AddBody {
            notes: self.notes.clone(),
            section: section_in(place, self.section),
            priority: self.priority,
            estimate: self.estimate,
            start_day,
            start_time: start_time.flatten(),
            due_day,
            due_time: due_time.flatten(),
            responsible,
            people: self.people.iter().copied().filter(works).collect(),
            team: self.team.filter(in_use).filter(is_theirs),
            completes: Some(self.completes),
            labels: self.labels.intersection(&desk.labels).copied().collect(),
            ..AddBody::of(list, &self.title)
        }
    }
}

/// Where what the next task is made of is sealed for.
pub fn pattern_of(id: SeriesId) -> Place {
    Place { table: "tasks_series", column: "pattern", row: id.0 }
}

fn on_schedule() -> String {
    Mode::Schedule.as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::{FRAME, Kept, ONE_ID, Offset, Pattern, Piece, in_words, noted};
    use crate::{
        ids::UserId,
        modules::tasks::{
            ids::{LabelId, SectionId, TeamId},
            task::Completes,
        },
    };

    /// What is kept of a task beside its words is no more than is reckoned with before it is there.
    #[test]
    fn no_more_is_kept_than_is_reckoned_with() {
        let day = || Some(Offset { days: -100_000, time: Some("23:59".to_owned()) });
        let whole = Piece {
            title: String::new(),
            notes: String::new(),
            section: Some(SectionId(Uuid::max())),
            priority: 4,
            estimate: Some(600_000),
            start: day(),
            due: day(),
            responsible: Some(UserId(Uuid::max())),
            people: vec![UserId(Uuid::max()); 2],
            team: Some(TeamId(Uuid::max())),
            completes: Completes::Everyone,
            labels: [LabelId(Uuid::nil()), LabelId(Uuid::max())].into(),
            checks: Vec::new(),
            values: BTreeMap::new(),
        };
        let kept = in_words(&Pattern { whole, parts: Vec::new() }).unwrap();
        assert!(kept.len() <= FRAME + 4 * ONE_ID, "{}", kept.len());
    }

    /// What was noted when each note still held all of it tells itself from others, as what is noted now does.
    #[test]
    fn older_notes_are_compared_as_newer_ones() {
        let old = |title: &str| {
            let piece = json!({
                "title": title, "notes": "", "section": null, "priority": 0, "estimate": null, "start": null, "due": null, "responsible": null,
                "people": [], "team": null, "completes": "any", "labels": [], "checks": [], "values": {},
            });
            json!({
                "series": "01900000-0000-7000-8000-000000000000", "mode": "schedule", "rule": "FREQ=DAILY", "first_day": "2026-11-27",
                "catch_up": false, "made": 1, "stopped": false, "skipped": [], "day": "2026-11-27", "pattern": { "whole": piece, "parts": [] },
            })
        };
        let read = |value: &Value| noted(value).unwrap().unwrap();
        let before = read(&old("Stocktake"));
        let now = json!(Kept { pattern: None, ..before.clone() });
        assert!(read(&now).is_as(&before) && before.pattern.is_some());
        assert!(!read(&now).is_as(&read(&old("Another"))));
        assert!(noted(&Value::Null).unwrap().is_none());
    }
}
