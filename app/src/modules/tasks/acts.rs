//! What somebody does at once: each field that it changes is written down, so that different people's changes never get in each other's way, and all of
//! it can be undone as one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    access::{self, notes_of, title_of},
    comments,
    desk::{Desk, section_in},
    extras, filters,
    ids::{ActId, ListId, TaskId},
    labels, notices, parts, permissions, places, search, set_ups,
    store::{self, ActRow, ChangeRow},
    store_templates, store_time,
    task::{Field, Task},
    tasks::done_before,
    triggers,
};
use crate::{
    audit::hex,
    clock::Instant,
    crypto::Place,
    db::Access,
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    money::grouped,
    org::{Actor, By, OrgTx},
    platform::Platform,
};

/// What changed so many tasks at most is written down one by one.
const FEW: usize = 8;
/// So many are written in one statement.
const AT_ONCE: usize = 250;

/// One act changes so many tasks at most: it holds up everybody else for as long as it takes.
const MOST_CHANGED: usize = 2_000;
/// An organisation has so many tasks at most, those that are done and those in the trash among them.
const MOST_TASKS: i64 = 200_000;
/// So long it isn’t looked again whether there is room, in seconds, once there was none.
const FULL_SECONDS: i64 = 60;

/// A file of another product is taken over.
pub const IMPORT: &str = "import";

/// How much there can be of tasks, as this process keeps it: a test may have less.
#[derive(Debug)]
pub struct Bounds {
    /// One act changes so many tasks at most.
    pub at_once: AtomicUsize,
    /// An organisation has so many tasks at most.
    pub tasks: AtomicI64,
    known: Mutex<BTreeMap<OrgId, Known>>,
}

/// How many tasks an organisation had when they were last counted.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    count: i64,
    /// The last number that a task had then.
    number: i64,
    at: Option<Instant>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { at_once: AtomicUsize::new(MOST_CHANGED), tasks: AtomicI64::new(MOST_TASKS), known: Mutex::default() }
    }
}

impl Bounds {
    fn known(&self, org: OrgId) -> Known {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&org).copied().unwrap_or_default()
    }

    fn learn(&self, org: OrgId, now: Known) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(org, now);
    }
}

/// What somebody is doing: what it changes is collected until it is written down.
#[derive(Debug)]
pub struct Act {
    /// Its id.
    pub id: ActId,
    kind: &'static str,
    undoes: Option<ActId>,
    /// Whoever asks for it may ask again: that it was done is kept, even where it changed nothing.
    pub(super) keyed: bool,
    most: usize,
    /// It was refused because there would be too many tasks.
    full: bool,
    changed: Vec<Changed>,
    noted: Vec<Noted>,
    left: BTreeSet<UserId>,
}

/// What an act changed of a task that isn't in the task's own row.
#[derive(Debug)]
struct Noted {
    task: TaskId,
    version: i64,
    field: String,
    before: Value,
    after: Value,
}

/// A task that an act changed: before and after.
#[derive(Debug, Clone)]
pub struct Changed {
    /// As it was; `None`: it wasn't there.
    pub before: Option<Task>,
    /// As it is now.
    pub after: Task,
}

/// A field that was changed, as it is read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The act.
    pub act: ActId,
    /// The task.
    pub task: TaskId,
    /// The word of the field.
    pub field: String,
    /// The task's version with it.
    pub version: i64,
    /// What it was.
    pub before: Value,
    /// What it became.
    pub after: Value,
}

impl Changed {
    /// The fields that differ, each with what it was and what it became.
    fn fields(&self) -> Vec<(Field, Value, Value)> {
        let after = &self.after;
        match &self.before {
            // What a new task is stands in itself; that it is there is what can be undone.
            None => vec![(Field::Trashed, Value::Null, after.value(Field::Trashed))],
            Some(before) => {
                differing(before, after).map(|field| (field, before.value(field), after.value(field))).collect()
            }
        }
    }
}

impl Act {
    /// Begins one: `edit`, `move`, `complete`.
    pub fn new(tx: &OrgTx, kind: &'static str) -> Self {
        Self {
            id: ActId::new(tx.now()),
            kind,
            undoes: None,
            keyed: false,
            most: tx.platform().kept::<Bounds>().at_once.load(Ordering::Relaxed),
            full: false,
            changed: Vec::new(),
            noted: Vec::new(),
            left: BTreeSet::new(),
        }
    }

    /// Begins one of those that whoever calls this does one after the other, so that none is long.
    pub fn in_blocks(tx: &OrgTx, kind: &'static str) -> Self {
        Self { most: usize::MAX, ..Self::new(tx, kind) }
    }

    /// Refuses what would be more at once than others are to wait for.
    fn check_most(&mut self, more: usize) -> Result<()> {
        self.full = self.changed.len().saturating_add(more) > self.most;
        if !self.full {
            return Ok(());
        }
        let most = grouped(u64::try_from(self.most).unwrap_or(u64::MAX));
        Err(AppError::conflict(format!("That is more than {most} tasks at once. Nothing was changed.")))
    }

    /// Was it refused because there would be too many tasks? That is no one task’s fault.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Somebody did their part of a task that everyone on it completes, and these haven’t done theirs.
    pub fn wait_for(&mut self, left: Vec<UserId>) {
        self.left.extend(left);
    }

    /// Who hasn’t done their part of what was to be completed with it.
    pub fn left(&self) -> &BTreeSet<UserId> {
        &self.left
    }

    /// What it has changed so far.
    pub fn changed(&self) -> &[Changed] {
        &self.changed
    }

    /// Adds a task.
    ///
    /// # Errors
    /// 409 for more than can be done at once, and more than there can be; the database refuses it.
    pub async fn add(&mut self, tx: &mut OrgTx, new: Task) -> Result<()> {
        self.check_most(1)?;
        check_room(tx, new.number, 1).await.inspect_err(|_| self.full = true)?;
        let new = Task { touched: touches(tx), version: 1, ..new };
        let keys = tx.keys().await?;
        let title = keys.seal(title_of(new.id), &new.title);
        let notes = (!new.notes.is_empty()).then(|| keys.seal(notes_of(new.id), &new.notes));
        let by = tx.doer();
        store::insert_task(tx, &new, &title, notes.as_deref(), by).await?;
        for one in &new.people {
            store::insert_assignee(tx, new.id, one.user, one.done_at).await?;
        }
        for label in &new.labels {
            store::insert_label_of(tx, new.id, *label).await?;
        }
        search::index(tx, std::slice::from_ref(&new)).await?;
        self.changed.push(Changed { before: None, after: new });
        Ok(())
    }

    /// Adds many tasks that nobody has begun, in as few statements as it takes.
    ///
    /// # Errors
    /// As [`Act::add`].
    pub async fn add_many(&mut self, tx: &mut OrgTx, new: Vec<Task>) -> Result<()> {
        self.check_most(new.len())?;
        if let Some(last) = new.iter().map(|task| task.number).max() {
            check_room(tx, last, new.len()).await.inspect_err(|_| self.full = true)?;
        }
        let (keys, by, touched, now) = (tx.keys().await?, tx.doer(), touches(tx), tx.now());
        let word = |id: Uuid| id.simple().to_string();
        let all: Vec<Task> = new.into_iter().map(|task| Task { touched, version: 1, ..task }).collect();
        for some in all.chunks(AT_ONCE) {
            let (mut rows, mut people, mut labels) = (Vec::with_capacity(some.len()), Vec::new(), Vec::new());
            for task in some {
                let notes = (!task.notes.is_empty()).then(|| hex(&keys.seal(notes_of(task.id), &task.notes)));
                let (start_day, start_time) = store::stored(task.start);
                let (due_day, due_time) = store::stored(task.due);
                rows.push(json!([
                    word(task.id.0),
                    task.number,
                    word(task.list.0),
                    task.section.map(|id| word(id.0)),
                    word(task.status.0),
                    task.parent.map(|id| word(id.0)),
                    task.depth,
                    task.position,
                    hex(&keys.seal(title_of(task.id), &task.title)),
                    notes,
                    task.priority,
                    task.estimate,
                    start_day,
                    start_time,
                    due_day,
                    due_time,
                    task.responsible.map(|id| word(id.0)),
                    task.team.map(|id| word(id.0)),
                    task.completes.as_str(),
                ]));
                people.extend(task.people.iter().map(|one| json!([word(task.id.0), word(one.user.0)])));
                labels.extend(task.labels.iter().map(|label| json!([word(task.id.0), word(label.0)])));
            }
            store_templates::insert_tasks(tx, &Value::Array(rows).to_string(), by, now, touched).await?;
            if !people.is_empty() {
                store_templates::insert_assignees(tx, &Value::Array(people).to_string()).await?;
            }
            if !labels.is_empty() {
                store_templates::insert_labels(tx, &Value::Array(labels).to_string()).await?;
            }
            search::index(tx, some).await?;
        }
        self.changed.extend(all.into_iter().map(|after| Changed { before: None, after }));
        Ok(())
    }

    /// Writes a task as it is to be, and notes each field that differs. Nothing is written where none does.
    ///
    /// # Errors
    /// 409 for more than can be done at once, and where somebody else was first, which the organisation's lock rules out; the database refuses it.
    pub async fn save(&mut self, tx: &mut OrgTx, before: &Task, after: Task) -> Result<Task> {
        let fields: Vec<_> = differing(before, &after).collect();
        if fields.is_empty() {
            return Ok(after);
        }
        let again = self.changed.iter().rposition(|one| one.after.id == after.id);
        if again.is_none() {
            self.check_most(1)?;
        }
        let after = Task { version: before.version.saturating_add(1), touched: touches(tx), ..after };
        let keys = tx.keys().await?;
        let title = keys.seal(title_of(after.id), &after.title);
        let notes = (!after.notes.is_empty()).then(|| keys.seal(notes_of(after.id), &after.notes));
        let moved = before.list != after.list || before.position != after.position;
        if store::update_task(tx, &after, moved, &title, notes.as_deref()).await? == 0 {
            return Err(AppError::conflict("Somebody else changed this task in the meantime. Look again."));
        }
        if fields.contains(&Field::People) {
            store::delete_assignees(tx, after.id).await?;
            for one in &after.people {
                store::insert_assignee(tx, after.id, one.user, one.done_at).await?;
            }
        }
        if fields.contains(&Field::Labels) {
            store::delete_labels_of(tx, after.id).await?;
            for label in &after.labels {
                store::insert_label_of(tx, after.id, *label).await?;
            }
        }
        if fields.contains(&Field::Title) || fields.contains(&Field::Notes) {
            search::index_again(tx, &after).await?;
        }
        if before.list != after.list {
            store::note_gone(tx, before.list, after.id, after.touched).await?;
        }
        if before.is_done() != after.is_done() || before.trashed_at.is_some() != after.trashed_at.is_some() {
            // Their cards say whether they wait.
            store_time::touch_waiting(tx, after.id, after.touched).await?;
        }
        // Of what is changed twice in one act, what it was before the first and is after the last counts.
        if let Some(one) = again.and_then(|at| self.changed.get_mut(at)) {
            one.after = after.clone();
        } else {
            self.changed.push(Changed { before: Some(before.clone()), after: after.clone() });
        }
        Ok(after)
    }

    /// Notes what changed of a task that isn't in its own row, which whoever calls this has written: a line of its checklist, what it waits for, a
    /// field of its list, that it repeats ([`extras`]). Whatever else the act changes of the task is saved before.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn note(
        &mut self,
        tx: &mut OrgTx,
        task: TaskId,
        field: String,
        before: Value,
        after: Value,
    ) -> Result<()> {
        if before != after {
            let touched = touches(tx);
            let version = store_time::raise(tx, task, touched).await?;
            match self.noted.iter_mut().find(|one| one.task == task && one.field == field) {
                Some(one) => (one.version, one.after) = (version, after),
                None => self.noted.push(Noted { task, version, field, before, after }),
            }
        }
        Ok(())
    }

    /// What has more or fewer parts than before, or more or fewer of them done.
    fn counted_anew(&self) -> BTreeSet<TaskId> {
        let counts = |task: &Task| (task.parent, task.is_done(), task.trashed_at.is_some());
        let counted = self.changed.iter().filter(|one| one.before.as_ref().map(counts) != Some(counts(&one.after)));
        let parents = counted.flat_map(|one| [one.before.as_ref().and_then(|before| before.parent), one.after.parent]);
        parents.flatten().collect()
    }

    /// Writes down what was done, and tells of it. Nothing happened: nothing is written.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn finish(self, tx: &mut OrgTx) -> Result<Option<ActId>> {
        if self.changed.is_empty() && self.noted.is_empty() {
            return Ok(None);
        }
        // Their cards say how much of what they are made of is done, and so do those of what they are a part of.
        let parents = self.counted_anew();
        if !parents.is_empty() {
            let touched = touches(tx);
            store::touch_up(tx, &store::as_json(parents.into_iter().map(|id| id.0)), touched).await?;
        }
        let by = tx.doer();
        let tasks: BTreeSet<TaskId> =
            self.changed.iter().map(|one| one.after.id).chain(self.noted.iter().map(|one| one.task)).collect();
        let count = i64::try_from(tasks.len()).unwrap_or(i64::MAX);
        store::insert_act(tx, self.id, self.kind, by, count, self.undoes).await?;
        if self.changed.len() > FEW {
            self.write_down_many(tx).await?;
        } else {
            for changed in &self.changed {
                self.write_down(tx, changed).await?;
            }
        }
        for Noted { task, version, field, before, after } in &self.noted {
            self.write(tx, *task, *version, field, before, after).await?;
        }
        if let ([one], 1) = (self.changed.as_slice(), tasks.len()) {
            tx.emit(event_of(one), one.after.id.0).await?;
        } else if let ([], Some(task), 1) = (self.changed.as_slice(), tasks.first(), tasks.len()) {
            tx.emit("tasks.task_changed", task.0).await?;
        } else {
            tx.emit("tasks.tasks_changed", self.id.0).await?;
            // What was completed is counted elsewhere, one by one.
            for changed in &self.changed {
                let event = event_of(changed);
                let was_done =
                    changed.after.is_done() && ["tasks.task_deleted", "tasks.task_restored"].contains(&event);
                if was_done || ["tasks.task_completed", "tasks.task_reopened"].contains(&event) {
                    tx.emit(event, changed.after.id.0).await?;
                }
            }
        }
        // Whom a file of another product put on its tasks isn’t told of each of thousands.
        if self.kind != IMPORT {
            notices::of_act(tx, &self.changed).await?;
        }
        Ok(Some(self.id))
    }

    async fn write_down(&self, tx: &mut OrgTx, changed: &Changed) -> Result<()> {
        let after = &changed.after;
        for (field, before, value) in changed.fields() {
            self.write(tx, after.id, after.version, field.as_str(), &before, &value).await?;
        }
        Ok(())
    }

    /// The same for all that it changed, in as few statements as it takes.
    async fn write_down_many(&self, tx: &mut OrgTx) -> Result<()> {
        let (keys, now) = (tx.keys().await?, tx.now());
        for some in self.changed.chunks(AT_ONCE) {
            let mut rows = Vec::with_capacity(some.len());
            for changed in some {
                for (field, before, after) in changed.fields() {
                    let id = crate::ids::fresh(now);
                    rows.push(json!([
                        id.simple().to_string(),
                        changed.after.id.0.simple().to_string(),
                        field.as_str(),
                        changed.after.version,
                        hex(&keys.seal(place(id, "before_value"), &before.to_string())),
                        hex(&keys.seal(place(id, "after_value"), &after.to_string())),
                    ]));
                }
            }
            store_templates::insert_changes(tx, self.id, &Value::Array(rows).to_string()).await?;
        }
        Ok(())
    }

    async fn write(
        &self,
        tx: &mut OrgTx,
        task: TaskId,
        version: i64,
        field: &str,
        before: &Value,
        after: &Value,
    ) -> Result<()> {
        let keys = tx.keys().await?;
        let id = crate::ids::fresh(tx.now());
        let row = ChangeRow {
            id,
            act_id: self.id,
            task_id: task,
            field: field.to_owned(),
            version,
            before_value: keys.seal(place(id, "before_value"), &before.to_string()),
            after_value: keys.seal(place(id, "after_value"), &after.to_string()),
        };
        store::insert_change(tx, &row).await?;
        Ok(())
    }
}

/// Refuses tasks for which there is no room any more: so many that aren’t written yet, of which the last has this number. Each task takes a number, so they
/// are counted only where so many were given out since they were last counted as there was room for.
async fn check_room(tx: &mut OrgTx, number: i64, more: usize) -> Result<()> {
    let bounds = tx.platform().kept::<Bounds>();
    let (org, now, most) = (tx.id(), tx.now(), bounds.tasks.load(Ordering::Relaxed));
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    let known = bounds.known(org);
    if known.count.saturating_add(number.saturating_sub(known.number)) <= most {
        return Ok(());
    }
    let is_full = |count: i64| count.saturating_add(more) > most;
    let was_counted_now = known.at.is_some_and(|at| now < at.plus_seconds(FULL_SECONDS));
    let count = if was_counted_now && is_full(known.count) {
        known.count
    } else {
        let count = store::count_all(tx).await?;
        bounds.learn(org, Known { count, number: number.saturating_sub(more), at: Some(now) });
        count
    };
    if is_full(count) {
        let most = grouped(u64::try_from(most).unwrap_or_default());
        return Err(AppError::conflict(format!(
            "There is room for {most} tasks, those that are done and those in the trash among them. What is moved to the trash makes room once it is deleted for good, after 30 days."
        )));
    }
    Ok(())
}

/// Undoes what was done, all of it or nothing: each field goes back to what it was, but where somebody has changed it since. With `key`, the same request
/// again changes nothing and answers the same.
///
/// # Errors
/// 404 for an act that whoever asks can't see all of; 403 for another's, but for who organises; 409 where a field was changed since, where what is a part of
/// a task, or what it is a part of, isn't where it was, where something else has the name of what was taken away, where what was added is in use by now, for
/// what is gone for good, for more than can be done at once, and for a key that another request had.
pub async fn undo(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    key: Option<&str>,
) -> Result<(Option<ActId>, Vec<TaskId>)> {
    let tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let reads = access::reads(&tx);
    undo_in(tx, id, key).await.map_err(|error| match error.code {
        // Which it is has its title in it.
        Code::Conflict if !reads => AppError::conflict(
            "Something was changed again since, so this can’t be undone any more. Nothing was changed.",
        ),
        _ => error,
    })
}

async fn undo_in(mut tx: OrgTx, id: &str, key: Option<&str>) -> Result<(Option<ActId>, Vec<TaskId>)> {
    let id = id.parse::<ActId>().map_err(|_| gone())?;
    let mut act = Act { undoes: Some(id), ..Act::new(&tx, "undo") };
    if let Some(before) = done_before(&mut tx, &mut act, "tasks.undo", key, &id.to_string(), None).await? {
        tx.rollback().await?;
        return Ok((before.act, before.tasks));
    }
    let row = store::act(&mut tx, id).await?.ok_or_else(gone)?;
    let rows = store::changes_of_act(&mut tx, id).await?;
    let changes = changes(&mut tx, rows).await?;
    let tasks = access::tasks(&mut tx, changes.iter().map(|change| change.task)).await?;
    if !changes.iter().all(|change| tasks.contains_key(&change.task)) {
        return Err(gone());
    }
    // Whoever doesn't see where it was isn't told either that somebody else took it away.
    match row.kind.as_str() {
        comments::ACT => _ = comments::taken_away_by(&mut tx, id).await?,
        triggers::ACT => _ = triggers::taken_away_by(&mut tx, id).await?,
        set_ups::ACT => set_ups::check_seen(&mut tx, id).await?,
        _ => {}
    }
    check_own(&tx, &row)?;
    let ids: Vec<TaskId> = tasks.keys().copied().collect();
    if row.undone_at.is_some() {
        tx.rollback().await?;
        return Ok((None, ids));
    }
    parts::put_back(&mut tx, id).await?;
    labels::put_back(&mut tx, id).await?;
    filters::put_back(&mut tx, id).await?;
    match row.kind.as_str() {
        comments::ACT => comments::put_back(&mut tx, id).await?,
        triggers::ACT => triggers::put_back(&mut tx, id).await?,
        set_ups::ACT => set_ups::put_back(&mut tx, id).await?,
        _ => {}
    }
    let mut desk = Desk::read(&mut tx).await?;
    let now = tx.now();
    for task in tasks.values() {
        let mut after = task.clone();
        for change in changes.iter().filter(|change| change.task == task.id) {
            put_back(&mut after, task, change, (now, act.id))?;
        }
        if after.list != task.list || after.position != task.position {
            after.position = places::free(&mut tx, after.list, &after.position, after.id).await?;
        }
        fit(&mut tx, &mut desk, task, &mut after).await?;
        let after = act.save(&mut tx, task, after).await?;
        for change in changes.iter().filter(|change| change.task == task.id) {
            extras::put_back(&mut tx, &mut act, &after, change).await?;
        }
    }
    let strays = store::misplaced(&mut tx, &store::as_json(ids.iter().map(|id| id.0))).await?;
    if let Some(stray) = strays.iter().flat_map(|(part, whole)| [part, whole]).find_map(|id| tasks.get(id)) {
        return Err(changed_since(stray));
    }
    store::set_undone(&mut tx, id).await?;
    let undone = act.finish(&mut tx).await?;
    tx.commit().await?;
    Ok((undone, ids))
}

/// What whoever asks can’t see of what was done is told as what was never done.
pub fn unseen(error: AppError) -> AppError {
    if error.code == Code::NotFound { gone() } else { error }
}

fn gone() -> AppError {
    AppError::not_found("what was done")
}

/// Writes down that something was done of which no task is a part, so that it can be undone as all else is.
///
/// # Errors
/// The database is busy.
pub async fn of_no_task(tx: &mut OrgTx, kind: &'static str) -> Result<ActId> {
    let (id, by) = (ActId::new(tx.now()), tx.doer());
    store::insert_act(tx, id, kind, by, 0, None).await?;
    Ok(id)
}

/// The fields that were changed, opened.
///
/// # Errors
/// The keyring doesn't hold the key.
pub async fn changes(tx: &mut OrgTx, rows: Vec<ChangeRow>) -> Result<Vec<Change>> {
    let keys = tx.keys().await?;
    rows.into_iter()
        .map(|row| {
            let value = |column, sealed: &[u8]| {
                let text = access::text(&keys, place(row.id, column), sealed)?;
                serde_json::from_str(&text).map_err(|_| AppError::internal())
            };
            Ok(Change {
                act: row.act_id,
                task: row.task_id,
                version: row.version,
                before: value("before_value", &row.before_value)?,
                after: value("after_value", &row.after_value)?,
                field: row.field,
            })
        })
        .collect()
}

/// The fields in which two of a task differ. That only its place among others does is one of them.
pub fn differing<'t>(before: &'t Task, after: &'t Task) -> impl Iterator<Item = Field> + 't {
    Field::ALL.into_iter().filter(|field| before.value(*field) != after.value(*field))
}

/// What those who follow will have seen once this transaction is done.
pub fn touches(tx: &OrgTx) -> i64 {
    tx.org().sequence.saturating_add(1)
}

/// The list that is to be looked at anew.
pub fn lists_of(changed: &[Changed]) -> Vec<ListId> {
    let mut lists: Vec<_> = changed.iter().map(|one| one.after.list).collect();
    lists.sort_unstable();
    lists.dedup();
    lists
}

/// What a task goes back to may be there no longer: a label is left out, and so are a section, a team, and a member who doesn't see its list; without its
/// status it can't go back.
async fn fit(tx: &mut OrgTx, desk: &mut Desk, now: &Task, after: &mut Task) -> Result<()> {
    after.labels.retain(|label| desk.labels.contains(label));
    after.team = after.team.filter(|team| desk.teams.iter().any(|one| one.id == *team));
    // Who has left sees nothing, wherever the task is; who is on it there already stays.
    let mut stay: BTreeSet<UserId> = after.doers().filter(|user| !desk.members.contains(user)).collect();
    if now.list == after.list {
        stay.extend(now.doers());
    }
    let shelf = desk.shelf(tx, after.list).await?;
    if shelf.status(after.status).is_none() {
        return Err(AppError::conflict(format!(
            "The status that “{}” had isn’t there any more, so this can’t be undone. Nothing was changed.",
            after.title
        )));
    }
    after.section = section_in(shelf, after.section);
    after.responsible = after.responsible.filter(|user| stay.contains(user) || shelf.is_seen_by(*user));
    after.people.retain(|one| stay.contains(&one.user) || shelf.is_seen_by(one.user));
    Ok(())
}

fn check_own(tx: &OrgTx, row: &ActRow) -> Result<()> {
    let by = tx.doer();
    let is_own = row.by_kind == by.kind && row.by_id == by.id;
    if is_own || access::organises(tx) || tx.by() == By::System {
        return Ok(());
    }
    Err(AppError::new(Code::Forbidden, "Only who did it, or who organises lists, can undo that."))
}

fn put_back(after: &mut Task, now: &Task, change: &Change, (at, act): (Instant, ActId)) -> Result<()> {
    let Some(field) = Field::stored(&change.field) else { return Ok(()) };
    // A task that was added goes to the trash, unless it is there.
    if field == Field::Trashed && change.before == Value::Null {
        if now.trashed_at.is_none() {
            (after.trashed_at, after.trashed_with) = (Some(at), Some(act));
        }
        return Ok(());
    }
    if is_same(field, &now.value(field), &change.after) {
        return after.set(field, &change.before);
    }
    Err(changed_since(now))
}

/// 409 for what can't be undone any more.
pub(super) fn changed_since(now: &Task) -> AppError {
    AppError::conflict(format!(
        "“{}” was changed again since, so this can’t be undone any more. Nothing was changed.",
        now.title
    ))
}

/// Places are given out anew now and then, and times pass: what counts is where a task is, and how far it has come.
fn is_same(field: Field, one: &Value, other: &Value) -> bool {
    let parts: &[&str] = match field {
        Field::Place => &["list", "parent"],
        Field::Status => &["status"],
        _ => return one == other,
    };
    parts.iter().all(|part| one.get(part) == other.get(part))
}

fn event_of(changed: &Changed) -> &'static str {
    let after = &changed.after;
    let Some(before) = &changed.before else { return "tasks.task_added" };
    if before.trashed_at.is_some() != after.trashed_at.is_some() {
        return if after.trashed_at.is_some() { "tasks.task_deleted" } else { "tasks.task_restored" };
    }
    if before.is_done() != after.is_done() {
        return if after.is_done() { "tasks.task_completed" } else { "tasks.task_reopened" };
    }
    let moved = [Field::Place, Field::Section, Field::Status];
    if differing(before, after).all(|field| moved.contains(&field)) { "tasks.task_moved" } else { "tasks.task_changed" }
}

fn place(id: Uuid, column: &'static str) -> Place {
    Place { table: "tasks_changes", column, row: id }
}
