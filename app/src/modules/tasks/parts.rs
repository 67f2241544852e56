//! What a list is made of: how far its tasks can have come, which are the columns of its board, and its sections. Neither is taken away with tasks in it
//! before they have somewhere to go, and undoing it brings it back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    access,
    acts::{self, Act},
    desk::Desk,
    ids::{ActId, ListId, SectionId, StatusId},
    lists::{
        Row, To, between, compared, finish, last, list_to_change_called, meanwhile, place, unique_name, version_of,
    },
    permissions,
    set_ups::{self, SetUp, What},
    store::{self, Section, Status},
    store_lists::{self as rows, Removed},
    task::Task,
};
use crate::{
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    org::{Actor, OrgTx},
    platform::Platform,
};

/// A list has so many statuses at most.
pub const MOST_STATUSES: usize = 60;
/// And so many sections.
pub const MOST_SECTIONS: usize = 100;
/// The highest limit of a column.
const HIGHEST_LIMIT: i64 = 10_000;
/// So much is said of a name that can’t be one.
const LONGEST_NAMED: usize = 40;

/// How far a task can have come, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusBody {
    /// Its name.
    pub name: String,
    /// `open`: not begun; `started`; or `done`: whatever comes there is completed.
    pub kind: String,
    /// So many tasks at once are meant to be in it at most: with more, the board says so. Null: as many as there are.
    #[serde(default)]
    pub most: Option<i64>,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// A part of a list, as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionBody {
    /// Its name.
    pub name: String,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// Adds a status to a list, after its others; one that isn't the end comes before those that are. Gives the act, too: undoing it takes the status away, as
/// long as no task is in it.
///
/// # Errors
/// 404 for a list that whoever asks can't see; 409 for one that was put away; 422 at each field that is wrong.
pub async fn add_status(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: &str,
    body: &StatusBody,
) -> Result<(StatusId, ActId)> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let list = list_to_change_called(&mut tx, list).await?.id;
    let all = store::statuses(&mut tx, list).await?;
    if all.len() >= MOST_STATUSES {
        return Err(AppError::field("name", format!("A list has at most {MOST_STATUSES} statuses.")));
    }
    let id = StatusId::new(tx.now());
    let new = checked_status(&all, list, id, body)?;
    let first_end = all.iter().position(|other| other.kind == "done").filter(|_| new.kind != "done");
    let position = match first_end {
        Some(at) => {
            let before = at.checked_sub(1).and_then(|at| all.get(at)).map(|other| other.position.as_str());
            between(before, all.get(at).map(|other| other.position.as_str()))?
        }
        None => last(all.last().map(|other| other.position.as_str()))?,
    };
    let new = Status { position, ..new };
    rows::insert_status(&mut tx, &new).await?;
    let act = set_ups::added(&mut tx, What::Status, id.0, Some(list), status_as_it_is(&new)).await?;
    finish(tx, "tasks.list_saved", list.0).await?;
    Ok((id, act))
}

/// Changes a status. Gives the act, where anything is different.
///
/// # Errors
/// As [`add_status`]; 404 for one that isn't the list's; 409 where somebody else changed it since `version`; 422 where its tasks would be completed, or
/// opened again, by that alone.
pub async fn save_status(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: &str,
    id: &str,
    body: &StatusBody,
) -> Result<Option<ActId>> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let list = list_to_change_called(&mut tx, list).await?.id;
    let all = store::statuses(&mut tx, list).await?;
    let now = find_status(&all, id)?.clone();
    let version = version_of(body.version)?;
    if version != now.version {
        let held = status_as_it_is(&now);
        return Err(access::changed(&tx, "this status", now.version, status_differences(&now, body), &held));
    }
    let new = save_status_in(&mut tx, &all, &now, body).await?;
    let (before, after) = (status_as_it_is(&now), status_as_it_is(&new));
    let act = set_ups::changed(&mut tx, What::Status, now.id.0, Some(list), before, after).await?;
    finish(tx, "tasks.list_saved", list.0).await?;
    Ok(act)
}

/// The same in a transaction that goes on, for a status that is at hand, one of all of its list. Gives what it is from now on.
async fn save_status_in(tx: &mut OrgTx, all: &[Status], now: &Status, body: &StatusBody) -> Result<Status> {
    let list = now.list_id;
    let checked = checked_status(all, list, now.id, body)?;
    let new = Status { version: now.version, position: now.position.clone(), ..checked };
    if is_end(&new) != is_end(now) {
        check_what_stays(all.iter().map(|one| if one.id == new.id { &new } else { one }))?;
        if !rows::tasks_of_status(tx, list, now.id).await?.is_empty() {
            let words = if is_end(&new) {
                "There are tasks in it, which would all be completed by that. Move them first."
            } else {
                "There are completed tasks in it, which would all be open again by that. Move them first."
            };
            return Err(AppError::field("kind", words));
        }
    }
    if rows::update_status(tx, &new).await? == 0 {
        return Err(meanwhile());
    }
    Ok(new)
}

/// Puts a status back to what it was, or takes one away that was added. Whoever calls it undoes the act of that.
///
/// # Errors
/// 404 for one that isn't there any more; 403 for who doesn't organise lists any more; 409 as [`save_status`], where it was changed since, and where a task is
/// in it by now.
pub(super) async fn put_status_back(tx: &mut OrgTx, one: &SetUp) -> Result<()> {
    access::check_organises(tx)?;
    let list = access::list_to_change(tx, one.list.ok_or_else(access::no_list)?).await?.id;
    let all = store::statuses(tx, list).await?;
    let now = find_status(&all, &one.subject.to_string())?;
    if one.is_added() {
        one.check_untouched(&status_as_it_is(now))?;
        if !rows::tasks_of_status(tx, list, now.id).await?.is_empty() {
            return Err(set_ups::in_use("status"));
        }
        check_what_stays(all.iter().filter(|other| other.id != now.id))?;
        rows::delete_status(tx, now.id).await?;
    } else {
        let body = set_ups::read(one.back(&status_as_it_is(now))?)?;
        save_status_in(tx, &all, now, &body).await?;
    }
    tx.emit("tasks.list_saved", list.0).await
}

/// Moves a status among the others of its list.
///
/// # Errors
/// 404 for a list that whoever asks can't see, and for a status that isn't its; 409 for one that was put away.
pub async fn move_status(platform: &Platform, actor: &Actor, org: &str, list: &str, id: &str, to: To) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let list = list_to_change_called(&mut tx, list).await?.id;
    let all = store::statuses(&mut tx, list).await?;
    let id = find_status(&all, id)?.id;
    let all: Vec<_> = all.into_iter().map(|status| (status.id.0, status.position)).collect();
    if !place(&mut tx, Row::Status, all, id.0, to).await? {
        return tx.rollback().await;
    }
    finish(tx, "tasks.list_saved", list.0).await
}

/// Takes a status away. Its tasks go to another one, in which completed ones stay completed and open ones open. All of it is one act: undoing it brings
/// the status back and its tasks into it. Gives that act.
///
/// # Errors
/// 404 for a list that whoever asks can't see, and for a status that isn't its; 409 for the last one that is the end, or that isn't; 422 at `move_to` where
/// it has tasks and nothing is said of where they go.
pub async fn delete_status(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: &str,
    id: &str,
    move_to: Option<StatusId>,
) -> Result<ActId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let list = list_to_change_called(&mut tx, list).await?.id;
    let all = store::statuses(&mut tx, list).await?;
    let old = find_status(&all, id)?;
    let goes = match move_to {
        Some(to) => Some(all.iter().find(|one| one.id == to).ok_or_else(no_status)?),
        None => None,
    };
    check_what_stays(all.iter().filter(|one| one.id != old.id))?;
    let mut act = Act::new(&tx, "status");
    let tasks = rows::tasks_of_status(&mut tx, list, old.id).await?;
    if !tasks.is_empty() {
        let Some(goes) = goes.filter(|goes| goes.id != old.id) else {
            return Err(AppError::field("move_to", "There are tasks in it. Choose where they go."));
        };
        if is_end(goes) != is_end(old) {
            let words = if is_end(old) {
                "Its tasks are completed. Choose one in which they stay so."
            } else {
                "Its tasks aren’t completed. Choose one in which they stay open."
            };
            return Err(AppError::field("move_to", words));
        }
        let (to, by) = (goes.id, tx.user());
        let mut desk = Desk::read(&mut tx).await?;
        for task in access::tasks(&mut tx, tasks).await?.into_values() {
            let mut after = task.clone();
            desk.set_status(&mut tx, &mut after, to, by).await?;
            act.save(&mut tx, &task, after).await?;
        }
    }
    rows::delete_status(&mut tx, old.id).await?;
    let act_id = match act.finish(&mut tx).await? {
        Some(id) => id,
        None => acts::of_no_task(&mut tx, "status").await?,
    };
    let removed = Removed {
        id: old.id.0,
        act_id,
        list_id: list,
        what: "status".to_owned(),
        name: old.name.clone(),
        kind: Some(old.kind.clone()),
        most: old.most,
        position: old.position.clone(),
    };
    rows::insert_removed(&mut tx, &removed).await?;
    finish(tx, "tasks.list_saved", list.0).await?;
    Ok(act_id)
}

/// Adds a section to a list, after its others. Gives the act, too: undoing it takes the section away, as long as no task is in it.
///
/// # Errors
/// 404 for a list that whoever asks can't see; 409 for one that was put away; 422 at `name`.
pub async fn add_section(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: &str,
    body: &SectionBody,
) -> Result<(SectionId, ActId)> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let list = list_to_change_called(&mut tx, list).await?.id;
    let id = add_section_in(&mut tx, list, &body.name).await?;
    let all = store::sections(&mut tx, list).await?;
    let as_it_is = section_as_it_is(find_section(&all, &id.to_string())?);
    let act = set_ups::added(&mut tx, What::Section, id.0, Some(list), as_it_is).await?;
    finish(tx, "tasks.list_saved", list.0).await?;
    Ok((id, act))
}

/// The same in a transaction that goes on, for a list that is at hand.
///
/// # Errors
/// 422 at `name`.
pub async fn add_section_in(tx: &mut OrgTx, list: ListId, name: &str) -> Result<SectionId> {
    let all = store::sections(tx, list).await?;
    if all.len() >= MOST_SECTIONS {
        return Err(AppError::field("name", format!("A list has at most {MOST_SECTIONS} sections.")));
    }
    let mut errors = FieldErrors::default();
    let name = unique_name(all.iter().map(|other| &other.name), name, &mut errors);
    errors.finish()?;
    let id = SectionId::new(tx.now());
    let position = last(all.last().map(|other| other.position.as_str()))?;
    rows::insert_section(tx, &Section { id, list_id: list, name, position, version: 1 }).await?;
    Ok(id)
}

/// Calls a section something else. Gives the act, where it was called otherwise.
///
/// # Errors
/// As [`add_section`]; 404 for one that isn't the list's; 409 where somebody else changed it since `version`.
pub async fn save_section(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: &str,
    id: &str,
    body: &SectionBody,
) -> Result<Option<ActId>> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let list = list_to_change_called(&mut tx, list).await?.id;
    let all = store::sections(&mut tx, list).await?;
    let now = find_section(&all, id)?.clone();
    let version = version_of(body.version)?;
    if version != now.version {
        let differs = FieldError { field: "name".to_owned(), message: format!("It is “{}” now.", now.name) };
        let fields = if now.name == body.name { Vec::new() } else { vec![differs] };
        return Err(access::changed(&tx, "this section", now.version, fields, &section_as_it_is(&now)));
    }
    let new = save_section_in(&mut tx, &all, &now, body).await?;
    let (before, after) = (section_as_it_is(&now), section_as_it_is(&new));
    let act = set_ups::changed(&mut tx, What::Section, now.id.0, Some(list), before, after).await?;
    finish(tx, "tasks.list_saved", list.0).await?;
    Ok(act)
}

/// The same in a transaction that goes on, for a section that is at hand, one of all of its list. Gives what it is from now on.
async fn save_section_in(tx: &mut OrgTx, all: &[Section], now: &Section, body: &SectionBody) -> Result<Section> {
    let mut errors = FieldErrors::default();
    let others = all.iter().filter(|other| other.id != now.id).map(|other| &other.name);
    let name = unique_name(others, &body.name, &mut errors);
    errors.finish()?;
    let new = Section { name, ..now.clone() };
    if rows::update_section(tx, &new).await? == 0 {
        return Err(meanwhile());
    }
    Ok(new)
}

/// Calls a section what it was called, or takes one away that was added. Whoever calls it undoes the act of that.
///
/// # Errors
/// 404 for one that isn't there any more; 409 for a list that was put away, where it was changed since, where a task is in it by now, and where another has
/// its name.
pub(super) async fn put_section_back(tx: &mut OrgTx, one: &SetUp) -> Result<()> {
    let list = access::list_to_change(tx, one.list.ok_or_else(access::no_list)?).await?.id;
    let all = store::sections(tx, list).await?;
    let now = find_section(&all, &one.subject.to_string())?;
    if one.is_added() {
        one.check_untouched(&section_as_it_is(now))?;
        if !rows::tasks_of_section(tx, now.id).await?.is_empty() {
            return Err(set_ups::in_use("section"));
        }
        rows::delete_section(tx, now.id).await?;
    } else {
        let body = set_ups::read(one.back(&section_as_it_is(now))?)?;
        save_section_in(tx, &all, now, &body).await?;
    }
    tx.emit("tasks.list_saved", list.0).await
}

/// Moves a section among the others of its list.
///
/// # Errors
/// 404 for a list that whoever asks can't see, and for a section that isn't its; 409 for one that was put away.
pub async fn move_section(platform: &Platform, actor: &Actor, org: &str, list: &str, id: &str, to: To) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let list = list_to_change_called(&mut tx, list).await?.id;
    let all = store::sections(&mut tx, list).await?;
    let id = find_section(&all, id)?.id;
    let all: Vec<_> = all.into_iter().map(|section| (section.id.0, section.position)).collect();
    if !place(&mut tx, Row::Section, all, id.0, to).await? {
        return tx.rollback().await;
    }
    finish(tx, "tasks.list_saved", list.0).await
}

/// Takes a section away. Its tasks stay in the list, in no section. Undoing it brings it back, and them into it. Gives that act.
///
/// # Errors
/// As [`move_section`].
pub async fn delete_section(platform: &Platform, actor: &Actor, org: &str, list: &str, id: &str) -> Result<ActId> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let list = list_to_change_called(&mut tx, list).await?.id;
    let all = store::sections(&mut tx, list).await?;
    let old = find_section(&all, id)?;
    let mut act = Act::new(&tx, "section");
    let tasks = rows::tasks_of_section(&mut tx, old.id).await?;
    for task in access::tasks(&mut tx, tasks).await?.into_values() {
        act.save(&mut tx, &task, Task { section: None, ..task.clone() }).await?;
    }
    rows::delete_section(&mut tx, old.id).await?;
    let act_id = match act.finish(&mut tx).await? {
        Some(id) => id,
        None => acts::of_no_task(&mut tx, "section").await?,
    };
    let removed = Removed {
        id: old.id.0,
        act_id,
        list_id: list,
        what: "section".to_owned(),
        name: old.name.clone(),
        kind: None,
        most: None,
        position: old.position.clone(),
    };
    rows::insert_removed(&mut tx, &removed).await?;
    finish(tx, "tasks.list_saved", list.0).await?;
    Ok(act_id)
}

/// Brings back what an act took away, where it was or right after what stands there now. Whoever calls it undoes that act.
///
/// # Errors
/// 404 for a list that whoever asks can't see; 403 for a status, for who doesn't organise lists any more; 409 where another has its name now, where there is
/// no room for another, and for a list that was put away.
pub async fn put_back(tx: &mut OrgTx, act: ActId) -> Result<()> {
    for old in rows::removed_by(tx, act).await? {
        // Whoever undoes it may see the list no longer, though nothing of what was in it is left.
        let list = access::list_to_change(tx, old.list_id).await?;
        let taken = |name: &str| AppError::conflict(format!("There is another “{name}” now. Rename it first."));
        let full = |most: usize, what: &str| {
            AppError::conflict(format!("A list has at most {most} {what}. Nothing was changed."))
        };
        if let Some(kind) = &old.kind {
            access::check_organises(tx)?;
            let all = store::statuses(tx, list.id).await?;
            if all.len() >= MOST_STATUSES {
                return Err(full(MOST_STATUSES, "statuses"));
            }
            if all.iter().any(|one| compared(&one.name) == compared(&old.name)) {
                return Err(taken(&old.name));
            }
            let position = free(all.iter().map(|one| one.position.as_str()), &old.position)?;
            let back = Status {
                id: StatusId(old.id),
                list_id: list.id,
                name: old.name.clone(),
                kind: kind.clone(),
                most: old.most,
                position,
                version: 1,
            };
            rows::insert_status(tx, &back).await?;
        } else {
            let all = store::sections(tx, list.id).await?;
            if all.len() >= MOST_SECTIONS {
                return Err(full(MOST_SECTIONS, "sections"));
            }
            if all.iter().any(|one| compared(&one.name) == compared(&old.name)) {
                return Err(taken(&old.name));
            }
            let position = free(all.iter().map(|one| one.position.as_str()), &old.position)?;
            let back =
                Section { id: SectionId(old.id), list_id: list.id, name: old.name.clone(), position, version: 1 };
            rows::insert_section(tx, &back).await?;
        }
        rows::delete_removed(tx, old.id).await?;
        tx.emit("tasks.list_saved", list.id.0).await?;
    }
    Ok(())
}

/// The statuses that a new list begins with: these, or where none are said to do, doing and done.
///
/// # Errors
/// 422 at `statuses` where one of them is wrong, or they aren't what a list needs.
pub(super) async fn insert_statuses(tx: &mut OrgTx, list: ListId, bodies: &[StatusBody]) -> Result<()> {
    let usual = [("To do", "open"), ("Doing", "started"), ("Done", "done")].map(|(name, kind)| StatusBody {
        name: name.to_owned(),
        kind: kind.to_owned(),
        most: None,
        version: None,
    });
    let bodies = if bodies.is_empty() { &usual[..] } else { bodies };
    if bodies.len() > MOST_STATUSES {
        return Err(AppError::field("statuses", format!("A list has at most {MOST_STATUSES} statuses.")));
    }
    let mut all: Vec<Status> = Vec::new();
    for body in bodies {
        let checked = checked_status(&all, list, StatusId::new(tx.now()), body).map_err(|error| {
            let why = error.fields.first().map(|field| field.message.clone()).unwrap_or_default();
            let name: String = body.name.chars().take(LONGEST_NAMED).collect();
            AppError::field("statuses", format!("“{name}”: {why}"))
        })?;
        let position = last(all.last().map(|other| other.position.as_str()))?;
        all.push(Status { position, ..checked });
    }
    check_what_stays(all.iter()).map_err(|error| AppError::field("statuses", error.message))?;
    for status in &all {
        rows::insert_status(tx, status).await?;
    }
    Ok(())
}

fn checked_status(all: &[Status], list: ListId, id: StatusId, body: &StatusBody) -> Result<Status> {
    let mut errors = FieldErrors::default();
    let name = unique_name(all.iter().filter(|other| other.id != id).map(|other| &other.name), &body.name, &mut errors);
    if !["open", "started", "done"].contains(&body.kind.as_str()) {
        errors.add("kind", "Choose open, started or done.");
    }
    if body.most.is_some_and(|most| !(1..=HIGHEST_LIMIT).contains(&most)) {
        errors.add("most", "Enter a number from 1 to 10,000, or leave it empty.");
    }
    errors.finish()?;
    Ok(Status {
        id,
        list_id: list,
        name,
        kind: body.kind.clone(),
        most: body.most,
        position: String::new(),
        version: 1,
    })
}

/// A list keeps one that is the end, and one that isn't.
fn check_what_stays<'s>(mut stay: impl Iterator<Item = &'s Status> + Clone) -> Result<()> {
    if !stay.clone().any(is_end) {
        return Err(AppError::conflict("A list needs one status for what is done. Add another first."));
    }
    if stay.all(is_end) {
        return Err(AppError::conflict("A list needs one status for what isn’t done yet. Add another first."));
    }
    Ok(())
}

/// A status as it is set up, as [`StatusBody`] has it.
fn status_as_it_is(status: &Status) -> Value {
    json!({ "name": status.name, "kind": status.kind, "most": status.most })
}

/// A section as it is set up, as [`SectionBody`] has it.
fn section_as_it_is(section: &Section) -> Value {
    json!({ "name": section.name })
}

/// Whatever is there is completed.
fn is_end(status: &Status) -> bool {
    status.kind == "done"
}

fn status_differences(now: &Status, body: &StatusBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    if now.name != body.name {
        fields.add("name", format!("It is “{}” now.", now.name));
    }
    if now.kind != body.kind {
        fields.add("kind", format!("It is {} now.", kind_words(&now.kind).to_lowercase()));
    }
    if now.most != body.most {
        let words = now.most.map_or("It has no limit now.".to_owned(), |most| format!("It is {most} now."));
        fields.add("most", words);
    }
    fields.into_fields()
}

/// What a kind of status is, for people.
pub fn kind_words(kind: &str) -> &'static str {
    match kind {
        "started" => "In progress",
        "done" => "Completed",
        _ => "Not started",
    }
}

/// This place, or the next free one after it.
fn free<'k>(taken: impl Iterator<Item = &'k str> + Clone, wanted: &str) -> Result<String> {
    if !taken.clone().any(|key| key == wanted) {
        return Ok(wanted.to_owned());
    }
    let next = taken.filter(|key| *key > wanted).min();
    between(Some(wanted), next)
}

fn find_status<'s>(all: &'s [Status], id: &str) -> Result<&'s Status> {
    all.iter().find(|status| status.id.to_string() == id).ok_or_else(no_status)
}

fn find_section<'s>(all: &'s [Section], id: &str) -> Result<&'s Section> {
    all.iter().find(|section| section.id.to_string() == id).ok_or_else(|| AppError::not_found("that section"))
}

fn no_status() -> AppError {
    AppError::not_found("that status")
}
