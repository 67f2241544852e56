//! What people do with tasks: add, change, move, complete, and throw away. Each verb is one transaction, and one act that can be undone.

use std::{collections::BTreeSet, ops::ControlFlow};

use jiff::civil::Time;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    access::{self, no_task, organises},
    acts::{self, Act, Change, Changed},
    board::PRIORITIES,
    cards, claims,
    desk::{DEEPEST, Desk, section_in},
    extras, fields,
    ids::{ActId, LabelId, ListId, SectionId, StatusId, TaskId, TeamId},
    links::{self, Shift},
    permissions,
    places::{self, Spot},
    saying::{Here, Names, capital, priority_words},
    series,
    still_open::{self, StillOpen},
    store, store_time,
    task::{Assignee, Completes, Field, Task, When},
    task_forms,
};
use crate::{
    clock::{Instant, day_typed},
    db::Access,
    error::{AppError, Code, FieldError, FieldErrors, Result},
    idempotency::{again, said},
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// So many are changed at once at most.
pub const MOST_AT_ONCE: usize = 500;
/// So many who haven’t done their part are named.
const MOST_NAMED: usize = 5;
/// A board can be by what tasks say in a field: then its id comes after this.
const OF_FIELD: &str = "field:";

/// A new task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddBody {
    /// Where it goes.
    pub list: ListId,
    /// What is to be done.
    pub title: String,
    /// More about it, in Markdown.
    #[serde(default)]
    pub notes: String,
    /// How far it has come; absent: the list’s first.
    #[serde(default)]
    pub status: Option<StatusId>,
    /// A part of the list.
    #[serde(default)]
    pub section: Option<SectionId>,
    /// What it is a part of.
    #[serde(default)]
    pub parent: Option<TaskId>,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    #[serde(default)]
    pub priority: i64,
    /// In minutes.
    #[serde(default)]
    pub estimate: Option<i64>,
    /// `2026-11-27`
    #[serde(default)]
    pub start_day: Option<String>,
    /// `15:00`
    #[serde(default)]
    pub start_time: Option<String>,
    /// `2026-11-27`
    #[serde(default)]
    pub due_day: Option<String>,
    /// `15:00`
    #[serde(default)]
    pub due_time: Option<String>,
    /// Whose it is.
    #[serde(default)]
    pub responsible: Option<UserId>,
    /// Who else is on it.
    #[serde(default)]
    pub people: Vec<UserId>,
    /// Whose queue it goes to.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// Who completes it, where several are on it.
    #[serde(default)]
    pub completes: Option<Completes>,
    /// What it is about.
    #[serde(default)]
    pub labels: BTreeSet<LabelId>,
    /// The task that it comes right after; null: it comes first. Absent: it comes last.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<TaskId>)]
    pub after: Option<Option<TaskId>>,
}

/// What is to be different about a task. What is absent stays; null empties it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PatchBody {
    /// The version that was read: what others changed since stays, and a field that both changed is refused with what holds now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// What is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// More about it, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// How far it has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusId>,
    /// A part of the list.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<SectionId>)]
    pub section: Option<Option<SectionId>>,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// In minutes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub estimate: Option<Option<i64>>,
    /// `2026-11-27`
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub start_day: Option<Option<String>>,
    /// `15:00`
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub start_time: Option<Option<String>>,
    /// `2026-11-27`
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub due_day: Option<Option<String>>,
    /// `15:00`
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub due_time: Option<Option<String>>,
    /// Whose it is. Whose it was is off it then, unless `people` names them.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<UserId>)]
    pub responsible: Option<Option<UserId>>,
    /// Who else is on it: all of them. Whoever stays on it keeps the part that they did, and so does whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<Vec<UserId>>,
    /// Whose queue it is in.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<TeamId>)]
    pub team: Option<Option<TeamId>>,
    /// Who completes it, where several are on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completes: Option<Completes>,
    /// What it is about: all of its labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeSet<LabelId>>,
    /// Labels that it gets beside those that it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add_labels: Option<BTreeSet<LabelId>>,
    /// Labels that are taken off it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_labels: Option<BTreeSet<LabelId>>,
    /// It is due later, and those that wait for it are moved with it. One by one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<Shift>,
}

/// Where a task is to go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TaskMoveBody)]
pub struct MoveBody {
    /// Another list; absent: it stays in its own. What is a part of it comes along.
    pub list: Option<ListId>,
    /// What it becomes a part of; null: of nothing. Absent: as it is.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<TaskId>)]
    pub parent: Option<Option<TaskId>>,
    /// What the columns of the board are: `status`, `section`, `person`, `priority`, `label`, or `field:` and the id of a choice or a person. Needed with
    /// `column`.
    pub by: Option<String>,
    /// The column that it goes to: a status, a section, a person, a priority, a label; `none` where it has none.
    pub column: Option<String>,
    /// The column that it comes from, like `column`. Where it isn’t there any more, and not where it is to go either, it is refused with where it is now, and
    /// nothing is moved; absent: it is moved from wherever it is. Where columns are labels, that label is taken off.
    pub from: Option<String>,
    /// What the rows of the board are, like `by`.
    pub lanes: Option<String>,
    /// The row that it goes to, like `column`.
    pub lane: Option<String>,
    /// The row that it comes from, like `from`.
    pub from_lane: Option<String>,
    /// The task that it comes right after; null: it comes first. Absent: it comes last.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<TaskId>)]
    pub after: Option<Option<TaskId>>,
}

/// The same change for many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkBody {
    /// Up to 500 tasks.
    pub ids: Vec<TaskId>,
    /// What is to be different about each.
    #[serde(default)]
    pub change: PatchBody,
    /// They are completed, or no longer.
    #[serde(default)]
    pub done: Option<bool>,
    /// They go to another list.
    #[serde(default)]
    pub list: Option<ListId>,
    /// They go to the trash.
    #[serde(default)]
    pub trash: bool,
}

/// Where a task is on a board that is by something, though whoever moves it saw it elsewhere.
struct Elsewhere {
    /// What is called so where it is changed.
    field: String,
    /// The same in the history.
    word: String,
    /// The column’s name.
    name: String,
    /// What holds now, in words and as programs read it.
    held: (String, Value),
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// What was done, to undo it; `None`: nothing changed.
    pub act: Option<ActId>,
    /// The tasks as they are now.
    pub tasks: Vec<TaskId>,
    /// Where everyone on a task completes it, and whoever asked did their part alone: who hasn’t done theirs, and what they are called. It stays where it
    /// was until they have.
    pub left: Vec<(UserId, String)>,
    /// Somebody’s part is open again, of what wasn’t completed.
    pub back: bool,
    /// What stays open although something was completed.
    pub still_open: StillOpen,
}

/// What completing a task comes to, for whoever asks.
enum Part {
    /// All of it: any one completes it, or theirs was the last part.
    Whole,
    /// Their own. These haven’t done theirs.
    Own(Vec<UserId>),
    /// None: everyone who is on it does their own, and they aren’t.
    NotOnIt,
}

impl Done {
    /// What else there is to say of it, for whoever did it.
    pub fn note(&self) -> Option<String> {
        let left = (!self.left.is_empty()).then(|| left_words(&self.left));
        let back = self.back.then(|| "Your part is open again.".to_owned());
        let still_open = Some(self.still_open.words()).filter(|words| !words.is_empty());
        let all: Vec<String> = [left, back, still_open].into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join(" "))
    }
}

impl AddBody {
    /// A task of which no more is said than what is to be done, and where.
    pub fn of(list: ListId, title: &str) -> Self {
        Self {
            list,
            title: title.to_owned(),
            notes: String::new(),
            status: None,
            section: None,
            parent: None,
            priority: 0,
            estimate: None,
            start_day: None,
            start_time: None,
            due_day: None,
            due_time: None,
            responsible: None,
            people: Vec::new(),
            team: None,
            completes: None,
            labels: BTreeSet::new(),
            after: None,
        }
    }
}

/// Adds a task. With `key`, the same request again adds nothing and answers the same.
///
/// # Errors
/// 404 for a list, person, team, label, status, part or neighbour that isn't this organisation's, or that whoever asks can't see; 422 at what is wrong; 409
/// for a key that another request had, and for a list that was put away.
pub async fn add(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    body: &AddBody,
    key: Option<&str>,
) -> Result<(Done, TaskId)> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let id = TaskId::new(tx.now());
    if let Some(key) = key {
        let said = serde_json::to_string(body).unwrap_or_default();
        if let Some(before) = again(&mut tx, "tasks.add", key, &said, id.0).await? {
            let id = TaskId(before);
            let act = store::act_of_adding(&mut tx, id).await?;
            tx.rollback().await?;
            return Ok((Done { act, tasks: vec![id], ..Done::default() }, id));
        }
    }
    let mut act = Act::new(&tx, "add");
    let mut desk = Desk::read(&mut tx).await?;
    add_in(&mut tx, &mut act, &mut desk, id, body).await?;
    let act = act.finish(&mut tx).await?;
    tx.commit().await?;
    Ok((Done { act, tasks: vec![id], ..Done::default() }, id))
}

/// The same in a transaction, and an act, that go on.
///
/// # Errors
/// As [`add`].
pub async fn add_in(tx: &mut OrgTx, act: &mut Act, desk: &mut Desk, id: TaskId, body: &AddBody) -> Result<Task> {
    let now = tx.now();
    let shelf = desk.shelf(tx, body.list).await?;
    let status = match body.status {
        Some(status) => status,
        None => shelf.first_status()?,
    };
    let section = body.section;
    let mut errors = FieldErrors::default();
    let start = day_and_time("start", body.start_day.as_deref(), body.start_time.as_deref(), &mut errors);
    let due = day_and_time("due", body.due_day.as_deref(), body.due_time.as_deref(), &mut errors);
    errors.finish()?;
    let depth = match body.parent {
        None => 0,
        Some(parent) => below(&parent_in(tx, body.list, parent).await?)?,
    };
    let spot = match body.after {
        None => Spot::Last,
        Some(None) => Spot::First,
        Some(Some(neighbour)) => Spot::After(neighbour),
    };
    let position = places::find(tx, body.list, spot).await?;
    let member = tx.user();
    let mut task = Task {
        id,
        number: store::take_numbers(tx, 1).await?,
        list: body.list,
        section,
        status,
        parent: body.parent,
        depth,
        position,
        title: body.title.clone(),
        notes: body.notes.clone(),
        priority: body.priority,
        estimate: body.estimate,
        start,
        due,
        responsible: body.responsible,
        people: body.people.iter().map(|user| Assignee { user: *user, done_at: None }).collect(),
        team: body.team,
        completes: body.completes.unwrap_or(Completes::Any),
        labels: body.labels.clone(),
        started_at: None,
        completed_at: None,
        completed_by: None,
        created_by: member,
        created_at: now,
        trashed_at: None,
        trashed_with: None,
        version: 1,
        touched: 0,
    };
    desk.set_status(tx, &mut task, status, member).await?;
    claims::hand_out(tx, desk, &mut task, None).await?;
    desk.check(tx, &mut task, None).await?;
    act.add(tx, task.clone()).await?;
    Ok(task)
}

/// Changes fields of a task. Others' changes of other fields stay. Where everyone completes it, a status that is the end is whoever asks doing their part: it
/// has that status once the last one did. With `key`, the same request again changes nothing and answers the same.
///
/// # Errors
/// 404 for a task that whoever asks can't see, and for whom or what it names; 403 for who would complete it and isn't on it, where everyone on it does; 409
/// where somebody else changed the same field since `version`, with what holds now at it, and for a key that another request had; 422 at what is wrong.
pub async fn patch(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    body: &PatchBody,
    key: Option<&str>,
) -> Result<Done> {
    let once = Once { completes: body.status.is_some(), ..Once::of("tasks.change", key, said(id, body)).about(id) };
    let (mut tx, mut act) = match begin(platform, actor, org, "edit", once).await? {
        ControlFlow::Continue(begun) => begun,
        ControlFlow::Break(done) => return Ok(done),
    };
    let before = access::task_to_change(&mut tx, id).await?;
    let mut desk = Desk::read(&mut tx).await?;
    let after = changed(&mut tx, &mut act, &mut desk, &before, body).await?;
    check_version(&mut tx, &before, &after, body).await?;
    let saved = act.save(&mut tx, &before, after).await?;
    if let Some(how) = body.shift {
        links::shift_in(&mut tx, &mut act, &mut desk, &before, &saved, how).await?;
    }
    series::completed(&mut tx, &mut act, &mut desk, &before, &saved).await?;
    done(tx, act, vec![before.id]).await
}

/// Moves a task: within its column, to another, under another task, to another list. Where everyone on it completes it, moving it to where it is completed is
/// whoever asks doing their part: until the last one did, it stays where it was, and what came of it says who is left. With `key`, the same request again
/// moves nothing and answers the same: where others have put it since, it stays.
///
/// # Errors
/// 404 for a task, neighbour, parent, column or list that whoever asks can't see; 403 for who would complete it and isn't on it, where everyone on it does:
/// whoever organises lists completes it for all by [`complete`]; 409 where it isn't any more in the column that it is said to come from, with where it is now,
/// where it would become a part of itself, and for a key that another request had.
pub async fn move_to(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    body: &MoveBody,
    key: Option<&str>,
) -> Result<Done> {
    let once = Once { completes: body.column.is_some(), ..Once::of("tasks.move", key, said(id, body)).about(id) };
    let (mut tx, mut act) = match begin(platform, actor, org, "move", once).await? {
        ControlFlow::Continue(begun) => begun,
        ControlFlow::Break(done) => return Ok(done),
    };
    let before = access::task_to_change(&mut tx, id).await?;
    let mut desk = Desk::read(&mut tx).await?;
    move_in(&mut tx, &mut act, &mut desk, &before, body).await?;
    done(tx, act, vec![before.id]).await
}

/// Completes a task, or opens it again. Where everyone completes it, whoever asks completes their part, and the last one the whole; opening it takes that part
/// back for as long as others haven’t done theirs. Who organises lists and isn’t on it completes it for all. That subtasks are open still, or what it waited
/// for, hinders nobody: they are told. With `key`, the same request again changes nothing and answers the same.
///
/// # Errors
/// 404; 403 for who isn't on a task that everyone on it completes; 409 for one in the trash, and for a key that another request had.
pub async fn complete(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    is_done: bool,
    key: Option<&str>,
) -> Result<Done> {
    let once = Once { completes: is_done, ..Once::of("tasks.complete", key, said(id, &is_done)).about(id) };
    let kind = if is_done { "complete" } else { "reopen" };
    let (mut tx, mut act) = match begin(platform, actor, org, kind, once).await? {
        ControlFlow::Continue(begun) => begun,
        ControlFlow::Break(done) => return Ok(done),
    };
    let before = access::task_to_change(&mut tx, id).await?;
    let mut desk = Desk::read(&mut tx).await?;
    complete_in(&mut tx, &mut act, &mut desk, &before, is_done).await?;
    done(tx, act, vec![before.id]).await
}

/// Puts a task into the trash, with all that is a part of it. It stays there for 30 days. With `key`, the same request again changes nothing and answers
/// the same.
///
/// # Errors
/// 404; 409 for one whose list was put away, and for a key that another request had.
pub async fn trash(platform: &Platform, actor: &Actor, org: &str, id: &str, key: Option<&str>) -> Result<Done> {
    let once = Once::of("tasks.trash", key, id.to_owned()).about(id);
    let (mut tx, mut act) = match begin(platform, actor, org, "trash", once).await? {
        ControlFlow::Continue(begun) => begun,
        ControlFlow::Break(done) => return Ok(done),
    };
    let task = access::task_called(&mut tx, id).await?;
    if task.trashed_at.is_some() {
        return done(tx, act, vec![task.id]).await;
    }
    access::check_changes(&mut tx, &task).await?;
    let ids = trash_in(&mut tx, &mut act, &task).await?;
    done(tx, act, ids).await
}

/// Takes a task out of the trash, with what was thrown away with it. With `key`, the same request again changes nothing and answers the same.
///
/// # Errors
/// 404; 409 where what it is a part of is in the trash itself, and for a key that another request had.
pub async fn restore(platform: &Platform, actor: &Actor, org: &str, id: &str, key: Option<&str>) -> Result<Done> {
    let once = Once::of("tasks.restore", key, id.to_owned()).about(id);
    let (mut tx, mut act) = match begin(platform, actor, org, "restore", once).await? {
        ControlFlow::Continue(begun) => begun,
        ControlFlow::Break(done) => return Ok(done),
    };
    let task = access::task_called(&mut tx, id).await?;
    access::list_to_change(&mut tx, task.list).await?;
    if let Some(parent) = task.parent.filter(|_| task.trashed_at.is_some())
        && access::task(&mut tx, parent).await?.trashed_at.is_some()
    {
        return Err(AppError::conflict(
            "Its parent task is in the trash, too. Restore that one, and it is restored with it.",
        ));
    }
    let ids = store::tree(&mut tx, task.id).await?;
    let trees = access::tasks(&mut tx, ids).await?;
    let mut restored = Vec::new();
    for one in trees.values().filter(|one| one.trashed_at.is_some() && one.trashed_with == task.trashed_with) {
        act.save(&mut tx, one, Task { trashed_at: None, trashed_with: None, ..one.clone() }).await?;
        restored.push(one.id);
    }
    done(tx, act, restored).await
}

/// Changes up to 500 tasks at once: all of them or none, and one act. With `key`, the same request again changes nothing and answers the same.
///
/// # Errors
/// 404 where whoever asks can't see one of them; 409 for more than 2,000 tasks with those that they bring along, and for a key that another request had; 422
/// at what is wrong. Nothing is changed then.
pub async fn bulk(platform: &Platform, actor: &Actor, org: &str, body: &BulkBody, key: Option<&str>) -> Result<Done> {
    let once = Once::of("tasks.bulk", key, said("many", body));
    let (mut tx, mut act) = match begin(platform, actor, org, "bulk", once).await? {
        ControlFlow::Continue(begun) => begun,
        ControlFlow::Break(done) => return Ok(done),
    };
    let ids: BTreeSet<TaskId> = body.ids.iter().copied().collect();
    if ids.is_empty() || ids.len() > MOST_AT_ONCE {
        return Err(AppError::field("ids", "Choose between 1 and 500 tasks."));
    }
    if body.change.title.is_some() || body.change.notes.is_some() {
        return Err(AppError::field("change", "Titles and notes are changed one by one."));
    }
    if body.change.shift.is_some() {
        return Err(AppError::field("change", "Those that wait for a task are moved with one task at a time."));
    }
    let tasks = access::tasks(&mut tx, ids.iter().copied()).await?;
    if tasks.len() < ids.len() {
        return Err(no_task());
    }
    let mut desk = Desk::read(&mut tx).await?;
    // What others are a part of comes first, and they stay in the order in which they stand.
    let mut in_order: Vec<&Task> = tasks.values().collect();
    in_order.sort_by(|one, other| (one.depth, &one.position).cmp(&(other.depth, &other.position)));
    let several = ids.len() > 1;
    for task in in_order {
        let changed = one_of_many(&mut tx, &mut act, &mut desk, task.id, body, &ids).await;
        changed.map_err(|error| if several && !act.is_full() { of_task(error, task) } else { error })?;
    }
    done(tx, act, ids.into_iter().collect()).await
}

/// Moves a task in a transaction that goes on.
///
/// # Errors
/// As [`move_to`].
pub async fn move_in(tx: &mut OrgTx, act: &mut Act, desk: &mut Desk, before: &Task, body: &MoveBody) -> Result<Task> {
    check_from(tx, desk, before, body).await?;
    let mut after = before.clone();
    let list = body.list.unwrap_or(before.list);
    if list != before.list {
        bring(tx, desk, &mut after, list).await?;
    }
    if let Some(parent) = body.parent.or((list != before.list).then_some(None)) {
        set_parent(tx, &mut after, parent).await?;
    }
    if let Some(column) = &body.column {
        let by = body.by.as_deref().unwrap_or("status");
        put_into(tx, desk, &mut after, by, column, body.from.as_deref()).await?;
    }
    if let (Some(lanes), Some(lane)) = (&body.lanes, &body.lane) {
        put_into(tx, desk, &mut after, lanes, lane, body.from_lane.as_deref()).await?;
    }
    if after.is_done() && !before.is_done() {
        let mut own = before.clone();
        match part_of(&mut own, tx.user(), tx.now()) {
            Part::Whole => {
                // To somebody else’s column, too: whose it was is off it.
                let off = before.responsible.filter(|was| after.responsible != Some(*was));
                after.people = own.people;
                after.people.retain(|one| Some(one.user) != off);
            }
            Part::NotOnIt => return Err(not_on_it(tx, before).await?),
            Part::Own(left) => {
                act.wait_for(left);
                return act.save(tx, before, own).await;
            }
        }
    }
    let spot = match body.after {
        Some(None) => Some(Spot::First),
        Some(Some(neighbour)) if neighbour == before.id => None,
        Some(Some(neighbour)) => Some(Spot::After(neighbour)),
        None => Some(Spot::Last),
    };
    if let Some(spot) = spot {
        after.position = places::find(tx, list, spot).await?;
    }
    desk.check(tx, &mut after, Some(before)).await?;
    let to_column = body.column.is_some() && body.by.as_deref().is_none_or(|by| by == "status");
    let to_lane = body.lane.is_some() && body.lanes.as_deref() == Some("status");
    if !to_column && !to_lane {
        complete_what_is_left(tx, desk, before, &mut after).await?;
    }
    let saved = act.save(tx, before, after).await?;
    if list != before.list || saved.depth != before.depth {
        bring_parts(tx, act, desk, before, &saved).await?;
    }
    let groups = [(body.by.as_ref(), body.column.as_ref()), (body.lanes.as_ref(), body.lane.as_ref())];
    for (by, key) in groups.into_iter().filter_map(|(by, key)| by.zip(key)) {
        if let Some(field) = by.strip_prefix(OF_FIELD) {
            let value = if key == "none" { Value::Null } else { Value::from(key.as_str()) };
            let values =
                fields::ValuesBody { values: [(field.to_owned(), value)].into(), ..fields::ValuesBody::default() };
            fields::set_in(tx, act, &saved, &values).await?;
        }
    }
    series::completed(tx, act, desk, before, &saved).await?;
    Ok(saved)
}

/// Completes a task in a transaction that goes on.
///
/// # Errors
/// As [`complete`].
pub async fn complete_in(tx: &mut OrgTx, act: &mut Act, desk: &mut Desk, before: &Task, is_done: bool) -> Result<Task> {
    let now: Instant = tx.now();
    let user = tx.user();
    let mut after = before.clone();
    if before.is_done() == is_done {
        if let Some(user) = user.filter(|user| !is_done && before.waits_after(*user)) {
            for own in after.people.iter_mut().filter(|one| one.user == user) {
                own.done_at = None;
            }
        }
        return act.save(tx, before, after).await;
    }
    let shelf = desk.shelf(tx, before.list).await?;
    let (end, first) = (shelf.first_of("done"), shelf.first_status()?);
    if !is_done {
        desk.set_status(tx, &mut after, first, user).await?;
        return act.save(tx, before, after).await;
    }
    match part_of(&mut after, user, now) {
        Part::Own(left) => act.wait_for(left),
        Part::NotOnIt if !organises(tx) => return Err(not_on_it(tx, before).await?),
        Part::Whole | Part::NotOnIt => {
            let none = || AppError::conflict("This list has no status for what is done. Add one first.");
            desk.set_status(tx, &mut after, end.ok_or_else(none)?, user).await?;
        }
    }
    let saved = act.save(tx, before, after).await?;
    series::completed(tx, act, desk, before, &saved).await?;
    Ok(saved)
}

/// Whoever asks does what they can to complete a task: their own part, where everyone on it does theirs.
fn part_of(task: &mut Task, user: Option<UserId>, now: Instant) -> Part {
    if task.completes != Completes::Everyone {
        return Part::Whole;
    }
    // Whose it is may have been said just now.
    if let Some(responsible) = task.responsible.filter(|user| !task.people.iter().any(|one| one.user == *user)) {
        task.people.push(Assignee { user: responsible, done_at: None });
        task.people.sort_by_key(|one| one.user);
    }
    if task.people.len() < 2 {
        return Part::Whole;
    }
    let Some(own) = task.people.iter_mut().find(|one| Some(one.user) == user) else { return Part::NotOnIt };
    own.done_at = own.done_at.or(Some(now));
    let left: Vec<UserId> = task.people.iter().filter(|one| one.done_at.is_none()).map(|one| one.user).collect();
    if left.is_empty() { Part::Whole } else { Part::Own(left) }
}

/// 403 for who isn't on a task that everyone on it completes, with who is left, as far as they may read that.
async fn not_on_it(tx: &mut OrgTx, task: &Task) -> Result<AppError> {
    let left: Vec<UserId> = task.people.iter().filter(|one| one.done_at.is_none()).map(|one| one.user).collect();
    let still = if access::reads(tx) && !left.is_empty() {
        let names = Names::read(tx).await?;
        format!(" Still to do theirs: {}.", named(left.iter().map(|user| names.of(*user))))
    } else {
        String::new()
    };
    let for_all = if organises(tx) { " To complete it for all of them, press “Complete”." } else { "" };
    let words = format!("Everyone who is on this task completes their own part, and you aren’t on it.{still}{for_all}");
    Ok(AppError::new(Code::Forbidden, words))
}

/// What whoever did their own part reads, where others haven't done theirs.
pub fn left_words(left: &[(UserId, String)]) -> String {
    let names = named(left.iter().map(|(_, name)| name.clone()));
    format!("Your part is done. It stays open until these have done theirs, too: {names}.")
}

/// One of those that are changed at once.
async fn one_of_many(
    tx: &mut OrgTx,
    act: &mut Act,
    desk: &mut Desk,
    task: TaskId,
    body: &BulkBody,
    ids: &BTreeSet<TaskId>,
) -> Result<()> {
    // An earlier one may have brought this along, where it is a part of that.
    let before = access::task(tx, task).await?;
    if body.trash {
        if before.trashed_at.is_none() {
            access::check_changes(tx, &before).await?;
            trash_in(tx, act, &before).await?;
        }
        return Ok(());
    }
    access::check_changes(tx, &before).await?;
    let mut now = before.clone();
    if let Some(list) = body.list.filter(|list| *list != before.list) {
        let parent = before.parent.is_none_or(|parent| !ids.contains(&parent)).then_some(None);
        let to = MoveBody { list: Some(list), parent, ..MoveBody::default() };
        now = move_in(tx, act, desk, &before, &to).await?;
    }
    let after = changed(tx, act, desk, &now, &body.change).await?;
    let saved = act.save(tx, &now, after).await?;
    series::completed(tx, act, desk, &now, &saved).await?;
    if let Some(is_done) = body.done {
        complete_in(tx, act, desk, &saved, is_done).await?;
    }
    Ok(())
}

/// What is refused of one of several says of which.
fn of_task(error: AppError, task: &Task) -> AppError {
    let named = |words: &str| format!("T-{}: {words}", task.number);
    match error.code {
        Code::Invalid => {
            let fields = error.fields.into_iter();
            let fields = fields.map(|field| FieldError { message: named(&field.message), ..field }).collect();
            AppError { fields, ..error }
        }
        Code::Conflict | Code::Forbidden => AppError { message: named(&error.message), ..error },
        _ => error,
    }
}

/// Some of these names, and how many more there are.
pub fn named(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    let shown: Vec<String> = names.into_iter().take(MOST_NAMED).collect();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// The version that was read is older than what somebody did since: what they changed of the same fields is refused with what holds now.
async fn check_version(tx: &mut OrgTx, before: &Task, after: &Task, body: &PatchBody) -> Result<()> {
    let Some(version) = body.version.filter(|version| *version < before.version) else { return Ok(()) };
    let since = store::fields_changed_since(tx, before.id, version).await?;
    let fields: Vec<Field> = acts::differing(before, after)
        // Labels put on and taken off one by one go together with others’.
        .filter(|field| *field != Field::Labels || body.labels.is_some())
        // So do the parts that people do.
        .filter(|field| *field != Field::People || body.people.is_some())
        // And what follows from another field.
        .filter(|field| *field != Field::Status || body.status.is_some())
        .filter(|field| *field != Field::Team || body.team.is_some())
        .filter(|field| since.iter().any(|(changed, _)| changed == field.as_str()))
        .collect();
    if fields.is_empty() {
        return Ok(());
    }
    let (here, names) = (Here::of(tx)?, Names::read(tx).await?);
    let mut both = Vec::new();
    for field in fields {
        let message = match field {
            Field::Start => {
                both.extend(days_now("start", before.start));
                continue;
            }
            Field::Due => {
                both.extend(days_now("due", before.due));
                continue;
            }
            Field::Title => before.title.clone(),
            Field::Notes => before.notes.clone(),
            Field::Priority => priority_words(before.priority).to_owned(),
            field => task_forms::now_at(tx, before, field.as_str(), &here, &names).await?,
        };
        both.push(FieldError { field: field.as_str().to_owned(), message });
    }
    let card = cards::of(tx, vec![before.clone()]).await?.pop().ok_or_else(no_task)?;
    let mut held = serde_json::to_value(card).map_err(|_| AppError::internal())?;
    if let Some(held) = held.as_object_mut() {
        held.insert("notes".to_owned(), Value::from(before.notes.as_str()));
    }
    let mut error = access::changed(tx, "this task", before.version, both, &held);
    // A day is told with its time, also where there is none.
    for (day, time) in [("start_day", "start_time"), ("due_day", "due_time")] {
        if error.current.contains_key(day) {
            error.current.insert(time.to_owned(), held.get(time).cloned().unwrap_or_default());
        }
    }
    Err(error)
}

/// What holds now of a day and its time, each at what it is called where it is changed.
fn days_now(field: &str, now: Option<When>) -> Vec<FieldError> {
    let (day, time) = now.map(When::to_stored).unwrap_or_default();
    let at = |part: &str, message: String| FieldError { field: format!("{field}_{part}"), message };
    std::iter::once(at("day", day)).chain(time.map(|time| at("time", time))).collect()
}

/// 404 for whom or what a change names that isn’t there, whether it would make a difference or not.
fn check_named(desk: &Desk, before: &Task, body: &PatchBody) -> Result<()> {
    let mut labels = body.labels.iter().chain(&body.add_labels).chain(&body.remove_labels).flatten();
    if !labels.all(|label| desk.labels.contains(label)) {
        return Err(AppError::not_found("that label"));
    }
    let mut people = body.people.iter().flatten().chain(body.responsible.iter().flatten());
    // Who has left may stay.
    if !people.all(|user| desk.members.contains(user) || before.doers().any(|one| one == *user)) {
        return Err(AppError::not_found("that person"));
    }
    let is_there =
        |team: TeamId| before.team == Some(team) || desk.teams.iter().any(|one| one.id == team && one.active);
    if body.team.flatten().is_some_and(|team| !is_there(team)) {
        return Err(AppError::not_found("that team"));
    }
    Ok(())
}

/// Who else is on a task, as a change names them. Whoever stays on it keeps the part that they did: so does whose it is, who isn’t named among the others.
fn people_of(before: &Task, responsible: Option<UserId>, named: &[UserId]) -> Vec<Assignee> {
    let part = |user: UserId| before.people.iter().find(|one| one.user == user).copied();
    let named: BTreeSet<UserId> = named.iter().copied().collect();
    let own = responsible.filter(|user| !named.contains(user)).and_then(part);
    named.iter().map(|user| part(*user).unwrap_or(Assignee { user: *user, done_at: None })).chain(own).collect()
}

/// A task as it is to be.
async fn changed(tx: &mut OrgTx, act: &mut Act, desk: &mut Desk, before: &Task, body: &PatchBody) -> Result<Task> {
    check_named(desk, before, body)?;
    let mut after = before.clone();
    let mut errors = FieldErrors::default();
    if let Some(title) = &body.title {
        after.title.clone_from(title);
    }
    if let Some(notes) = &body.notes {
        after.notes.clone_from(notes);
    }
    if let Some(section) = body.section {
        after.section = section;
    }
    after.priority = body.priority.unwrap_or(before.priority);
    after.estimate = body.estimate.unwrap_or(before.estimate);
    after.start = moved("start", before.start, body.start_day.as_ref(), body.start_time.as_ref(), &mut errors);
    after.due = moved("due", before.due, body.due_day.as_ref(), body.due_time.as_ref(), &mut errors);
    errors.finish()?;
    after.give_to(body.responsible.unwrap_or(before.responsible));
    after.team = body.team.unwrap_or(before.team);
    after.completes = body.completes.unwrap_or(before.completes);
    if let Some(people) = &body.people {
        after.people = people_of(before, after.responsible, people);
    }
    if let Some(labels) = &body.labels {
        after.labels.clone_from(labels);
    }
    after.labels.extend(body.add_labels.iter().flatten().copied());
    for label in body.remove_labels.iter().flatten() {
        after.labels.remove(label);
    }
    if let Some(status) = body.status {
        let by = tx.user();
        let mut there = after.clone();
        desk.set_status(tx, &mut there, status, by).await?;
        let part = if there.is_done() && !after.is_done() { part_of(&mut after, by, tx.now()) } else { Part::Whole };
        match part {
            Part::Own(left) => act.wait_for(left),
            Part::NotOnIt => return Err(not_on_it(tx, &after).await?),
            Part::Whole => {
                if !before.is_done() && there.is_done() {
                    there.people.clone_from(&after.people);
                }
                after = there;
            }
        }
    }
    claims::hand_out(tx, desk, &mut after, Some(before)).await?;
    desk.check(tx, &mut after, Some(before)).await?;
    if body.status.is_none() {
        complete_what_is_left(tx, desk, before, &mut after).await?;
    }
    Ok(after)
}

/// Where everyone on a task completes it, and the last who hadn't done their part was taken off it, all that are left have: it is completed by that. One that
/// nobody is left on stays open, and so does one that waits for somebody of a team to take it on.
///
/// # Errors
/// The database is busy.
pub(super) async fn complete_what_is_left(
    tx: &mut OrgTx,
    desk: &mut Desk,
    before: &Task,
    after: &mut Task,
) -> Result<()> {
    let by_everyone = before.completes == Completes::Everyone && after.completes == Completes::Everyone;
    let waits = after.team.is_some() && after.responsible.is_none();
    if !by_everyone || waits || before.is_done() || after.is_done() {
        return Ok(());
    }
    let is_off = |user: UserId| !after.people.iter().any(|one| one.user == user);
    let was_missing = before.people.iter().any(|one| one.done_at.is_none() && is_off(one.user));
    let all_did = !after.people.is_empty() && after.people.iter().all(|one| one.done_at.is_some());
    let end = desk.shelf(tx, after.list).await?.first_of("done");
    if let Some(end) = end.filter(|_| was_missing && all_did) {
        let by = tx.user();
        desk.set_status(tx, after, end, by).await?;
    }
    Ok(())
}

/// Puts a task into a column, or a row, of a board.
async fn put_into(
    tx: &mut OrgTx,
    desk: &mut Desk,
    task: &mut Task,
    by: &str,
    column: &str,
    from: Option<&str>,
) -> Result<()> {
    let gone = || AppError::not_found("that column");
    let is_none = column == "none";
    match by {
        "status" => {
            let status = column.parse::<StatusId>().map_err(|_| gone())?;
            let user = tx.user();
            if status != task.status {
                desk.set_status(tx, task, status, user).await?;
            }
        }
        "section" if is_none => task.section = None,
        "section" => task.section = Some(column.parse().map_err(|_| gone())?),
        "person" if is_none => task.give_to(None),
        "person" => task.give_to(Some(column.parse().map_err(|_| gone())?)),
        "priority" => {
            let priority = if is_none { Ok(0) } else { column.parse() };
            task.priority = priority.ok().filter(|priority| (0..=4).contains(priority)).ok_or_else(gone)?;
        }
        "label" => {
            if let Some(from) = from.filter(|from| *from != "none") {
                let from = from.parse::<LabelId>().ok().filter(|from| desk.labels.contains(from)).ok_or_else(gone)?;
                task.labels.remove(&from);
            }
            if is_none {
                task.labels.clear();
            } else {
                task.labels.insert(column.parse().map_err(|_| gone())?);
            }
        }
        // What a field says isn’t in the task’s own row: it is put there once that is written.
        other if other.starts_with(OF_FIELD) => {}
        _ => return Err(no_way()),
    }
    Ok(())
}

/// Whoever moves a task says where they saw it. Where somebody has put it elsewhere since, that isn't overwritten; where it is to go there anyway, it only gets
/// its place.
async fn check_from(tx: &mut OrgTx, desk: &mut Desk, now: &Task, body: &MoveBody) -> Result<()> {
    let mut elsewhere = Vec::new();
    if let Some(from) = &body.from {
        let by = body.by.as_deref().unwrap_or("status");
        elsewhere.extend(elsewhere_of(tx, desk, now, by, from, body.column.as_deref()).await?);
    }
    if let (Some(lanes), Some(from)) = (&body.lanes, &body.from_lane) {
        elsewhere.extend(elsewhere_of(tx, desk, now, lanes, from, body.lane.as_deref()).await?);
    }
    let Some(first) = elsewhere.first() else { return Ok(()) };
    let who = store::last_to_change(tx, now.id, &first.word).await?;
    let who = match who {
        Some((_, id)) if id.is_some() && id == tx.doer().id => "You".to_owned(),
        Some((kind, id)) => capital(&Names::read(tx).await?.doer(&kind, id)),
        None => "Somebody".to_owned(),
    };
    let place = elsewhere.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
    let (mut words, mut held) = (Vec::new(), serde_json::Map::new());
    for Elsewhere { field, held: (message, value), .. } in elsewhere {
        held.insert(field.clone(), value);
        words.push(FieldError { field, message });
    }
    let error = access::changed(tx, "this task", now.version, words, &Value::Object(held));
    let message = if access::reads(tx) {
        format!("{who} moved this to {place} meanwhile.")
    } else {
        "It isn’t where you moved it from any more.".to_owned()
    };
    Err(AppError { message, ..error })
}

/// Where a task is, if that is neither the column that it is said to come from nor the one that it goes to.
async fn elsewhere_of(
    tx: &mut OrgTx,
    desk: &mut Desk,
    now: &Task,
    by: &str,
    from: &str,
    to: Option<&str>,
) -> Result<Option<Elsewhere>> {
    let gone = || AppError::not_found("that column");
    let none = || "none".to_owned();
    let from = column_key(by, from).ok_or_else(gone)?;
    let wanted = [Some(from.clone()), to.and_then(|to| column_key(by, to))];
    let is_in = |keys: &[String]| wanted.iter().flatten().any(|key| keys.contains(key));
    let (field, word) = match by {
        "status" => ("status", Field::Status),
        "section" => ("section", Field::Section),
        "person" => ("responsible", Field::Responsible),
        "priority" => ("priority", Field::Priority),
        "label" => ("labels", Field::Labels),
        other => {
            let id = other.strip_prefix(OF_FIELD).ok_or_else(no_way)?;
            let fields = fields::of_list(tx, now.list).await?;
            let Some(field) = fields.into_iter().find(|field| field.id.to_string() == id) else {
                return in_another_list(tx, now, id).await.map(Some);
            };
            let there = fields::values(tx, [now.id]).await?.remove(&now.id);
            let value = there.and_then(|mut values| values.remove(&field.id)).unwrap_or_default();
            if is_in(&[value.as_str().map_or_else(none, str::to_owned)]) {
                return Ok(None);
            }
            let shown = field.shown(&value, &fields::names(tx).await?);
            let name = if shown.is_empty() { "Nothing chosen".to_owned() } else { shown.clone() };
            let (at, word) = (format!("values.{id}"), format!("{}:{id}", extras::FIELD));
            return Ok(Some(Elsewhere { field: at, word, name, held: (shown, value) }));
        }
    };
    let keys = match word {
        Field::Status => vec![now.status.to_string()],
        Field::Section => vec![now.section.map_or_else(none, |id| id.to_string())],
        Field::Responsible => vec![now.responsible.map_or_else(none, |id| id.to_string())],
        Field::Priority => vec![now.priority.to_string()],
        _ => {
            let is_known = from == "none" || desk.labels.iter().any(|label| label.to_string() == from);
            if !is_known {
                return Err(gone());
            }
            if now.labels.is_empty() { vec![none()] } else { now.labels.iter().map(ToString::to_string).collect() }
        }
    };
    if is_in(&keys) {
        return Ok(None);
    }
    let (name, value) = match word {
        Field::Status => {
            let shelf = desk.shelf(tx, now.list).await?;
            let name = shelf.status(now.status).map_or_else(String::new, |status| status.name.clone());
            (name, json!(now.status))
        }
        Field::Section => {
            let shelf = desk.shelf(tx, now.list).await?;
            let found = shelf.sections.iter().find(|section| Some(section.id) == now.section);
            (found.map_or_else(|| "No section".to_owned(), |section| section.name.clone()), json!(now.section))
        }
        Field::Responsible => {
            let names = Names::read(tx).await?;
            (now.responsible.map_or_else(|| "Nobody".to_owned(), |user| names.of(user)), json!(now.responsible))
        }
        Field::Priority => {
            let at = usize::try_from(now.priority).unwrap_or_default();
            (PRIORITIES.get(at).copied().unwrap_or_default().to_owned(), json!(now.priority))
        }
        _ => {
            let all = store::labels(tx).await?.into_iter().filter(|label| now.labels.contains(&label.id));
            let names: Vec<String> = all.map(|label| label.name).collect();
            (if names.is_empty() { "No label".to_owned() } else { names.join(", ") }, json!(now.labels))
        }
    };
    let held = (name.clone(), value);
    Ok(Some(Elsewhere { field: field.to_owned(), word: word.as_str().to_owned(), name, held }))
}

/// A task that has gone from the list whose field a board is by: it is in another one now.
async fn in_another_list(tx: &mut OrgTx, now: &Task, field: &str) -> Result<Elsewhere> {
    let gone = || AppError::not_found("that column");
    let field = store_time::field(tx, field.parse().map_err(|_| gone())?).await?.ok_or_else(gone)?;
    if field.list_id == now.list {
        return Err(gone());
    }
    access::list(tx, field.list_id).await.map_err(|_| gone())?;
    let name = access::list(tx, now.list).await?.name;
    let (field, word) = ("list".to_owned(), Field::Place.as_str().to_owned());
    Ok(Elsewhere { field, word, name: name.clone(), held: (name, json!(now.list)) })
}

/// The key of a column as boards have it; `None`: none of these columns can have that one.
fn column_key(by: &str, word: &str) -> Option<String> {
    match by {
        "status" => word.parse::<StatusId>().ok().map(|id| id.to_string()),
        "priority" if word == "none" => Some("0".to_owned()),
        "priority" => word.parse::<i64>().ok().map(|priority| priority.to_string()),
        _ if word == "none" => Some(word.to_owned()),
        "section" => word.parse::<SectionId>().ok().map(|id| id.to_string()),
        "person" => word.parse::<UserId>().ok().map(|id| id.to_string()),
        "label" => word.parse::<LabelId>().ok().map(|id| id.to_string()),
        _ => Some(word.to_owned()),
    }
}

/// 422 for what no board is by.
fn no_way() -> AppError {
    AppError::field("by", "Use status, section, person, priority, label, or field: and a field’s id.")
}

/// Takes a task to another list: to the status of the same kind there, and to no part of it.
async fn bring(tx: &mut OrgTx, desk: &mut Desk, task: &mut Task, list: ListId) -> Result<()> {
    let old = desk.shelf(tx, task.list).await?;
    let (kind, name) = old
        .status(task.status)
        .map_or_else(|| ("open".to_owned(), String::new()), |status| (status.kind.clone(), status.name.clone()));
    let new = desk.shelf(tx, list).await?;
    let same = new.statuses.iter().find(|status| status.kind == kind && status.name.eq_ignore_ascii_case(&name));
    let status = match same.map(|status| status.id).or_else(|| new.first_of(&kind)) {
        Some(status) => status,
        None => new.first_status()?,
    };
    task.section = section_in(new, task.section);
    task.list = list;
    let by = task.completed_by;
    desk.set_status(tx, task, status, by).await
}

/// What is a part of a task comes along to another list, and is as much deeper as it is.
async fn bring_parts(tx: &mut OrgTx, act: &mut Act, desk: &mut Desk, before: &Task, after: &Task) -> Result<()> {
    let ids = store::tree(tx, before.id).await?;
    let mut parts: Vec<Task> = access::tasks(tx, ids).await?.into_values().filter(|one| one.id != before.id).collect();
    parts.sort_by(|one, other| (one.depth, &one.position).cmp(&(other.depth, &other.position)));
    for part in parts {
        let mut moved = part.clone();
        moved.depth = part.depth.saturating_add(after.depth).saturating_sub(before.depth);
        if moved.depth > DEEPEST {
            return Err(AppError::conflict("Its subtasks would lie too deep: tasks go ten levels deep."));
        }
        if part.list != after.list {
            bring(tx, desk, &mut moved, after.list).await?;
            moved.position = places::find(tx, after.list, Spot::Last).await?;
            desk.check(tx, &mut moved, Some(&part)).await?;
        }
        act.save(tx, &part, moved).await?;
    }
    Ok(())
}

/// Makes a task a part of another, or of none.
async fn set_parent(tx: &mut OrgTx, task: &mut Task, parent: Option<TaskId>) -> Result<()> {
    let Some(id) = parent else {
        (task.parent, task.depth) = (None, 0);
        return Ok(());
    };
    let parent = parent_in(tx, task.list, id).await?;
    if store::tree(tx, task.id).await?.contains(&id) {
        return Err(AppError::conflict("A task can’t become a subtask of itself, or of one of its subtasks."));
    }
    (task.parent, task.depth) = (Some(id), below(&parent)?);
    Ok(())
}

/// What something becomes a part of: it is in the same list, and not in the trash.
async fn parent_in(tx: &mut OrgTx, list: ListId, id: TaskId) -> Result<Task> {
    let parent = access::task(tx, id).await?;
    if parent.list != list {
        return Err(AppError::field("parent", "A subtask is in the same list as its parent task."));
    }
    if parent.trashed_at.is_some() {
        return Err(AppError::conflict("That task is in the trash. Restore it first."));
    }
    Ok(parent)
}

fn below(parent: &Task) -> Result<i64> {
    if parent.depth >= DEEPEST {
        return Err(AppError::field("parent", "Tasks go ten levels deep."));
    }
    Ok(parent.depth.saturating_add(1))
}

async fn trash_in(tx: &mut OrgTx, act: &mut Act, task: &Task) -> Result<Vec<TaskId>> {
    let (now, with) = (tx.now(), act.id);
    let ids = store::tree(tx, task.id).await?;
    let tree = access::tasks(tx, ids).await?;
    for one in tree.values().filter(|one| one.trashed_at.is_none()) {
        act.save(tx, one, Task { trashed_at: Some(now), trashed_with: Some(with), ..one.clone() }).await?;
    }
    Ok(tree.into_keys().collect())
}

/// Writes down what was done, if anything was. Those that were named come first.
pub(super) async fn done(mut tx: OrgTx, act: Act, tasks: Vec<TaskId>) -> Result<Done> {
    let left = called(&mut tx, act.left().clone()).await?;
    let also: Vec<TaskId> = act.changed().iter().map(|Changed { after, .. }| after.id).collect();
    let completed: BTreeSet<TaskId> =
        act.changed().iter().filter(|one| is_completed(one)).map(|one| one.after.id).collect();
    let back = act.changed().iter().any(is_back);
    let still_open = still_open::of(&mut tx, &completed).await?;
    let keyed = act.keyed;
    let act = act.finish(&mut tx).await?;
    if act.is_some() || keyed {
        tx.commit().await?;
    } else {
        tx.rollback().await?;
    }
    let mut all = tasks;
    for id in also {
        if !all.contains(&id) {
            all.push(id);
        }
    }
    Ok(Done { act, tasks: all, left, back, still_open })
}

/// What tells a request from others, so that the same one again does nothing twice.
pub(super) struct Once<'r> {
    scope: &'static str,
    key: Option<&'r str>,
    said: String,
    /// The task that it is about, which comes first in what is answered.
    named: Option<&'r str>,
    /// It is to complete that task, so that the same one again says who is left, too.
    completes: bool,
}

impl<'r> Once<'r> {
    pub(super) fn of(scope: &'static str, key: Option<&'r str>, said: String) -> Self {
        Self { scope, key, said, named: None, completes: false }
    }

    pub(super) fn about(self, task: &'r str) -> Self {
        Self { named: Some(task), ..self }
    }
}

/// Begins an act, in a transaction of its own, or says what it came to where the same request did it before: as [`done_before`].
///
/// # Errors
/// As [`OrgTx::open`] and [`again`].
pub(super) async fn begin(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    kind: &'static str,
    once: Once<'_>,
) -> Result<ControlFlow<Done, (OrgTx, Act)>> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let mut act = Act::new(&tx, kind);
    let Some(done) = done_before(&mut tx, &mut act, once.scope, once.key, &once.said, once.named).await? else {
        return Ok(ControlFlow::Continue((tx, act)));
    };
    let done = with_left(&mut tx, done, once.completes).await?;
    tx.rollback().await?;
    Ok(ControlFlow::Break(done))
}

/// What an act came to, if a request with this key did it before: then nothing is done again, whatever others did since. Otherwise it is noted that this
/// is it. The tasks are those of then, as they are now; the one that is `named` comes first.
///
/// # Errors
/// As [`again`].
pub(super) async fn done_before(
    tx: &mut OrgTx,
    act: &mut Act,
    scope: &str,
    key: Option<&str>,
    said: &str,
    named: Option<&str>,
) -> Result<Option<Done>> {
    let Some(key) = key else { return Ok(None) };
    act.keyed = true;
    let Some(before) = again(tx, scope, key, said, act.id.0).await? else { return Ok(None) };
    let before = ActId(before);
    let mut tasks = Vec::new();
    if let Some(named) = named {
        match access::task_called(tx, named).await {
            Ok(task) => tasks.push(task.id),
            // It is gone for good, or nothing that they see any more: it was done all the same.
            Err(error) if error.code == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let first = tasks.first().copied();
    let changed = store::tasks_of_act(tx, before).await?;
    tasks.extend(changed.into_iter().filter(|id| Some(*id) != first));
    let done = Done { act: store::act(tx, before).await?.map(|act| act.id), tasks, ..Done::default() };
    Ok(Some(recalled(tx, done).await?))
}

/// What came of an act, with what was said of it: who hadn’t done their part when somebody did theirs, and what stayed open, as far as it still does.
async fn recalled(tx: &mut OrgTx, done: Done) -> Result<Done> {
    let Some(act) = done.act else { return Ok(done) };
    let mut rows = store::changes_of_act(tx, act).await?;
    let told = [Field::People, Field::Status, Field::Completes];
    rows.retain(|row| told.iter().any(|field| row.field == field.as_str()));
    let (mut left, mut completed) = (BTreeSet::new(), BTreeSet::new());
    let (mut reopened, mut back) = (BTreeSet::new(), BTreeSet::new());
    for change in acts::changes(tx, rows).await? {
        recall(&change, (&mut left, &mut completed), (&mut reopened, &mut back));
    }
    Ok(Done {
        left: called(tx, left).await?,
        // Whoever opens a task again has everybody do their part anew.
        back: !back.is_subset(&reopened),
        still_open: still_open::of(tx, &completed).await?,
        ..done
    })
}

/// Adds what one change says of who is left and what was completed, and of what was opened again and whose part was taken back.
fn recall(
    change: &Change,
    (left, completed): (&mut BTreeSet<UserId>, &mut BTreeSet<TaskId>),
    (reopened, back): (&mut BTreeSet<TaskId>, &mut BTreeSet<TaskId>),
) {
    if change.field == Field::Status.as_str() {
        let is_done = |value: &Value| value.get("completed_at").is_some_and(|at| !at.is_null());
        match (is_done(&change.before), is_done(&change.after)) {
            (false, true) => _ = completed.insert(change.task),
            (true, false) => _ = reopened.insert(change.task),
            _ => {}
        }
        return;
    }
    if change.field == Field::Completes.as_str() {
        // Any one completes it from then on: nobody has a part.
        reopened.insert(change.task);
        return;
    }
    let people = |value: &Value| Vec::<Assignee>::deserialize(value).unwrap_or_default();
    let (before, after) = (people(&change.before), people(&change.after));
    if after.iter().any(|one| one.done_at.is_some() && !did(&before, one.user)) {
        left.extend(after.iter().filter(|one| one.done_at.is_none()).map(|one| one.user));
    }
    if is_taken_back(&before, &after) {
        back.insert(change.task);
    }
}

fn is_completed(one: &Changed) -> bool {
    one.after.is_done() && one.before.as_ref().is_some_and(|before| !before.is_done())
}

/// Somebody’s part is open again, of what wasn’t completed.
fn is_back(one: &Changed) -> bool {
    let is_by_all = one.after.completes == Completes::Everyone;
    let before = one.before.as_ref().filter(|before| is_by_all && !before.is_done());
    before.is_some_and(|before| is_taken_back(&before.people, &one.after.people))
}

/// Somebody who had done their part is on it still, and hasn’t.
fn is_taken_back(before: &[Assignee], after: &[Assignee]) -> bool {
    after.iter().any(|one| one.done_at.is_none() && did(before, one.user))
}

fn did(people: &[Assignee], user: UserId) -> bool {
    people.iter().any(|one| one.user == user && one.done_at.is_some())
}

/// The same of what changed nothing, since whoever asks had done their part before. `asked`: it was to complete it.
async fn with_left(tx: &mut OrgTx, done: Done, asked: bool) -> Result<Done> {
    let Some(id) = done.tasks.first().copied().filter(|_| asked && done.act.is_none()) else { return Ok(done) };
    let task = access::task(tx, id).await?;
    let is_own = |one: &Assignee| Some(one.user) == tx.user() && one.done_at.is_some();
    if task.completes != Completes::Everyone || task.is_done() || !task.people.iter().any(is_own) {
        return Ok(done);
    }
    let left = task.people.iter().filter(|one| one.done_at.is_none()).map(|one| one.user).collect();
    Ok(Done { left: called(tx, left).await?, ..done })
}

/// These people, with what they are called.
async fn called(tx: &mut OrgTx, users: BTreeSet<UserId>) -> Result<Vec<(UserId, String)>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::read(tx).await?;
    Ok(users.into_iter().map(|user| (user, names.of(user))).collect())
}

/// A day and a time as they were typed.
fn day_and_time(field: &str, day: Option<&str>, time: Option<&str>, errors: &mut FieldErrors) -> Option<When> {
    let (day, time) = (day.map(str::trim).unwrap_or_default(), time.map(str::trim).unwrap_or_default());
    if day.is_empty() {
        if !time.is_empty() {
            errors.add(&format!("{field}_day"), "A time needs a day.");
        }
        return None;
    }
    let Some(day) = day_typed(day) else {
        errors.add(&format!("{field}_day"), "Use a date such as 2026-11-27 or 27/11/2026.");
        return None;
    };
    if time.is_empty() {
        return Some(When { day, time: None });
    }
    let typed = Time::strptime("%H:%M", time).ok();
    if typed.is_none() {
        errors.add(&format!("{field}_time"), "Use a time such as 15:00.");
    }
    Some(When { day, time: typed })
}

/// A day and a time, of which either may be told anew. Without a day there is no time.
fn moved(
    field: &str,
    before: Option<When>,
    day: Option<&Option<String>>,
    time: Option<&Option<String>>,
    errors: &mut FieldErrors,
) -> Option<When> {
    if day.is_none() && time.is_none() {
        return before;
    }
    let (old_day, old_time) = before.map_or((None, None), |when| {
        let (day, time) = when.to_stored();
        (Some(day), time)
    });
    let day = day.cloned().unwrap_or(old_day);
    let time = if day.as_deref().is_none_or(|day| day.trim().is_empty()) && time.is_none_or(Option::is_none) {
        None
    } else {
        time.cloned().unwrap_or(old_time)
    };
    day_and_time(field, day.as_deref(), time.as_deref(), errors)
}

/// Tells what is absent from what is null.
#[expect(clippy::option_option, reason = "what is absent stays, and null takes away")]
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}
