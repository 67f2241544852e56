//! The server functions of the pages that set spaces, lists, teams and labels up: thin; they call the same verbs as the JSON API.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use std::collections::BTreeSet;

use leptos::prelude::*;
use uuid::Uuid;

use super::{
    acts, board_forms,
    ids::{ActId, SpaceId, StatusId, TeamId},
    lists::{self, LabelBody, ListBody, SectionBody, SpaceBody, StatusBody, TeamBody, To},
};
use crate::{
    error::Result,
    ids::UserId,
    packed::Packed,
    request::{self, actor, platform},
    ui::{Sender, with_query},
};

/// Begins where there is nothing yet, with a list like those that many start with.
#[server(name = BeginTasks, prefix = "/fn", endpoint = "tasks/begin", output = Packed, client = Sender)]
pub async fn begin_tasks(org: String, #[server(default)] like: String, #[server(default)] key: String) -> Result<()> {
    let key = Some(key.as_str()).filter(|key| !key.is_empty());
    let id = request::page(lists::begin(&platform(), &actor(), &org, &like, key).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/lists/{id}"));
    Ok(())
}

/// Adds a list.
#[server(name = AddTaskList, prefix = "/fn", endpoint = "tasks/add-list", output = Packed, client = Sender)]
pub async fn add_task_list(
    org: String,
    name: String,
    #[server(default)] space: String,
    #[server(default)] key: String,
) -> Result<()> {
    let space = SpaceId(chosen(&space));
    let body = ListBody { space, name, about: String::new(), statuses: Vec::new(), version: None };
    let key = Some(key.as_str()).filter(|key| !key.is_empty());
    let (id, act) = request::page(lists::add_list(&platform(), &actor(), &org, &body, key).await)?;
    leptos_axum::redirect(&board_forms::way_back(&org, &format!("/app/{org}/tasks/lists/{id}"), "listed", act));
    Ok(())
}

/// Changes a list’s name and what is said about it, and takes it to another space.
#[server(name = SaveTaskList, prefix = "/fn", endpoint = "tasks/save-list", output = Packed, client = Sender)]
pub async fn save_task_list(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] space: String,
    #[server(default)] about: String,
) -> Result<()> {
    let space = SpaceId(chosen(&space));
    let body = ListBody { space, name, about, statuses: Vec::new(), version: Some(version) };
    let act = request::page(lists::save_list(&platform(), &actor(), &org, &id, &body).await)?;
    back_to_list(&org, &id, "saved", act);
    Ok(())
}

/// Moves a list by one among those of its space.
#[server(name = MoveTaskList, prefix = "/fn", endpoint = "tasks/move-list", output = Packed, client = Sender)]
pub async fn move_task_list(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    request::page(lists::move_list(&platform(), &actor(), &org, &id, by_one(earlier)).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/lists?moved=1"));
    Ok(())
}

/// Puts a list away, or takes it out again.
#[server(name = ArchiveTaskList, prefix = "/fn", endpoint = "tasks/archive-list", output = Packed, client = Sender)]
pub async fn archive_task_list(org: String, id: String, #[server(default)] archived: bool) -> Result<()> {
    let act = request::page(lists::archive_list(&platform(), &actor(), &org, &id, archived).await)?;
    back_to(&format!("/app/{org}/tasks/lists"), put_away(archived), act);
    Ok(())
}

/// Deletes a list that was put away and is empty.
#[server(name = DeleteTaskList, prefix = "/fn", endpoint = "tasks/delete-list", output = Packed, client = Sender)]
pub async fn delete_task_list(org: String, id: String) -> Result<()> {
    request::page(lists::delete_list(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/lists?deleted=1"));
    Ok(())
}

/// Adds a status to a list.
#[server(name = AddListStatus, prefix = "/fn", endpoint = "tasks/add-status", output = Packed, client = Sender)]
pub async fn add_list_status(
    org: String,
    #[server(default)] list: String,
    #[server(default)] status_name: String,
    #[server(default)] kind: String,
    #[server(default)] most: String,
) -> Result<()> {
    let body = status_body(status_name, kind, &most, None);
    let added = lists::add_status(&platform(), &actor(), &org, &list, &body).await;
    let (_, act) = request::page(added.map_err(|error| error.rename_field("name", "status_name")))?;
    back_to_list(&org, &list, "saved", Some(act));
    Ok(())
}

/// Changes a status.
#[server(name = SaveListStatus, prefix = "/fn", endpoint = "tasks/save-status", output = Packed, client = Sender)]
pub async fn save_list_status(
    org: String,
    #[server(default)] list: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] kind: String,
    #[server(default)] most: String,
) -> Result<()> {
    let body = status_body(name, kind, &most, Some(version));
    let act = request::page(lists::save_status(&platform(), &actor(), &org, &list, &id, &body).await)?;
    back_to_list(&org, &list, "saved", act);
    Ok(())
}

/// Moves a status by one among those of its list. `id`: the list’s, a stroke, and its own.
#[server(name = MoveListStatus, prefix = "/fn", endpoint = "tasks/move-status", output = Packed, client = Sender)]
pub async fn move_list_status(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    let (list, status) = id.split_once('/').unwrap_or((&id, ""));
    request::page(lists::move_status(&platform(), &actor(), &org, list, status, by_one(earlier)).await)?;
    back_to_list(&org, list, "moved", None);
    Ok(())
}

/// Takes a status away; its tasks go to another.
#[server(name = DeleteListStatus, prefix = "/fn", endpoint = "tasks/delete-status", output = Packed, client = Sender)]
pub async fn delete_list_status(
    org: String,
    #[server(default)] list: String,
    id: String,
    #[server(default)] move_to: String,
) -> Result<()> {
    let to = (!move_to.is_empty()).then(|| StatusId(chosen(&move_to)));
    let act = request::page(lists::delete_status(&platform(), &actor(), &org, &list, &id, to).await)?.to_string();
    let pairs = [("gone", "1"), ("act", act.as_str())];
    leptos_axum::redirect(&with_query(&format!("/app/{org}/tasks/lists/{list}/settings"), &pairs));
    Ok(())
}

/// Adds a section to a list.
#[server(name = AddListSection, prefix = "/fn", endpoint = "tasks/add-section", output = Packed, client = Sender)]
pub async fn add_list_section(
    org: String,
    #[server(default)] list: String,
    #[server(default)] section_name: String,
) -> Result<()> {
    let body = SectionBody { name: section_name, version: None };
    let added = lists::add_section(&platform(), &actor(), &org, &list, &body).await;
    let (_, act) = request::page(added.map_err(|error| error.rename_field("name", "section_name")))?;
    back_to_list(&org, &list, "saved", Some(act));
    Ok(())
}

/// Calls a section something else.
#[server(name = SaveListSection, prefix = "/fn", endpoint = "tasks/save-section", output = Packed, client = Sender)]
pub async fn save_list_section(
    org: String,
    #[server(default)] list: String,
    id: String,
    version: i64,
    name: String,
) -> Result<()> {
    let body = SectionBody { name, version: Some(version) };
    let act = request::page(lists::save_section(&platform(), &actor(), &org, &list, &id, &body).await)?;
    back_to_list(&org, &list, "saved", act);
    Ok(())
}

/// Moves a section by one among those of its list. `id`: the list’s, a stroke, and its own.
#[server(name = MoveListSection, prefix = "/fn", endpoint = "tasks/move-section", output = Packed, client = Sender)]
pub async fn move_list_section(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    let (list, section) = id.split_once('/').unwrap_or((&id, ""));
    request::page(lists::move_section(&platform(), &actor(), &org, list, section, by_one(earlier)).await)?;
    back_to_list(&org, list, "moved", None);
    Ok(())
}

/// Takes a section away; its tasks stay in the list.
#[server(name = DeleteListSection, prefix = "/fn", endpoint = "tasks/delete-section", output = Packed, client = Sender)]
pub async fn delete_list_section(org: String, #[server(default)] list: String, id: String) -> Result<()> {
    let act = request::page(lists::delete_section(&platform(), &actor(), &org, &list, &id).await)?.to_string();
    let pairs = [("gone", "1"), ("act", act.as_str())];
    leptos_axum::redirect(&with_query(&format!("/app/{org}/tasks/lists/{list}/settings"), &pairs));
    Ok(())
}

/// Undoes what was done on the page of a list’s settings. `id`: what was done.
#[server(name = UndoListPart, prefix = "/fn", endpoint = "tasks/undo-part", output = Packed, client = Sender)]
pub async fn undo_list_part(org: String, #[server(default)] list: String, id: String) -> Result<()> {
    request::page(acts::undo(&platform(), &actor(), &org, &id, None).await)?;
    back_to_list(&org, &chosen(&list).to_string(), "undone", None);
    Ok(())
}

/// Adds a space.
#[server(name = AddTaskSpace, prefix = "/fn", endpoint = "tasks/add-space", output = Packed, client = Sender)]
pub async fn add_task_space(
    org: String,
    name: String,
    #[server(default)] team: String,
    #[server(default)] seen_by: String,
    #[server(default)] key: String,
) -> Result<()> {
    let body = space_body(name, &team, seen_by, None);
    let key = Some(key.as_str()).filter(|key| !key.is_empty());
    let (_, act) = request::page(lists::add_space(&platform(), &actor(), &org, &body, key).await)?;
    back_to(&format!("/app/{org}/tasks/spaces"), "added", act);
    Ok(())
}

/// Changes a space.
#[server(name = SaveTaskSpace, prefix = "/fn", endpoint = "tasks/save-space", output = Packed, client = Sender)]
pub async fn save_task_space(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] team: String,
    #[server(default)] seen_by: String,
) -> Result<()> {
    let body = space_body(name, &team, seen_by, Some(version));
    let act = request::page(lists::save_space(&platform(), &actor(), &org, &id, &body).await)?;
    back_to(&format!("/app/{org}/tasks/spaces"), "saved", act);
    Ok(())
}

/// Moves a space by one.
#[server(name = MoveTaskSpace, prefix = "/fn", endpoint = "tasks/move-space", output = Packed, client = Sender)]
pub async fn move_task_space(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    request::page(lists::move_space(&platform(), &actor(), &org, &id, by_one(earlier)).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/spaces?moved=1"));
    Ok(())
}

/// Puts a space away with all that is in it, or takes it out again.
#[server(name = ArchiveTaskSpace, prefix = "/fn", endpoint = "tasks/archive-space", output = Packed, client = Sender)]
pub async fn archive_task_space(org: String, id: String, #[server(default)] archived: bool) -> Result<()> {
    let act = request::page(lists::archive_space(&platform(), &actor(), &org, &id, archived).await)?;
    back_to(&format!("/app/{org}/tasks/spaces"), put_away(archived), act);
    Ok(())
}

/// Adds a team.
#[server(name = AddTaskTeam, prefix = "/fn", endpoint = "tasks/add-team", output = Packed, client = Sender)]
pub async fn add_task_team(
    org: String,
    name: String,
    #[server(default)] members: Vec<String>,
    #[server(default)] key: String,
) -> Result<()> {
    let members = people(&members);
    let body = TeamBody { name, members, active: true, version: None };
    let key = Some(key.as_str()).filter(|key| !key.is_empty());
    let (_, act) = request::page(lists::add_team(&platform(), &actor(), &org, &body, key).await)?;
    back_to(&format!("/app/{org}/tasks/teams"), "added", act);
    Ok(())
}

/// Changes a team, and who is in it.
#[server(name = SaveTaskTeam, prefix = "/fn", endpoint = "tasks/save-team", output = Packed, client = Sender)]
pub async fn save_task_team(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] members: Vec<String>,
    #[server(default)] active: bool,
) -> Result<()> {
    let members = people(&members);
    let body = TeamBody { name, members, active, version: Some(version) };
    let act = request::page(lists::save_team(&platform(), &actor(), &org, &id, &body).await)?;
    back_to(&format!("/app/{org}/tasks/teams"), "saved", act);
    Ok(())
}

/// Adds a label.
#[server(name = AddTaskLabel, prefix = "/fn", endpoint = "tasks/add-label", output = Packed, client = Sender)]
pub async fn add_task_label(
    org: String,
    name: String,
    #[server(default)] colour: String,
    #[server(default)] key: String,
) -> Result<()> {
    let body = LabelBody { name, colour: colour_of(&colour), version: None };
    let key = Some(key.as_str()).filter(|key| !key.is_empty());
    let (_, act) = request::page(lists::add_label(&platform(), &actor(), &org, &body, key).await)?;
    back_to(&format!("/app/{org}/tasks/labels"), "added", act);
    Ok(())
}

/// Changes a label.
#[server(name = SaveTaskLabel, prefix = "/fn", endpoint = "tasks/save-label", output = Packed, client = Sender)]
pub async fn save_task_label(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] colour: String,
) -> Result<()> {
    let body = LabelBody { name, colour: colour_of(&colour), version: Some(version) };
    let act = request::page(lists::save_label(&platform(), &actor(), &org, &id, &body).await)?;
    back_to(&format!("/app/{org}/tasks/labels"), "saved", act);
    Ok(())
}

/// Takes a label off all tasks, and away.
#[server(name = DeleteTaskLabel, prefix = "/fn", endpoint = "tasks/delete-label", output = Packed, client = Sender)]
pub async fn delete_task_label(org: String, id: String) -> Result<()> {
    let act = request::page(lists::delete_label(&platform(), &actor(), &org, &id).await)?;
    let page = format!("/app/{org}/tasks/labels");
    leptos_axum::redirect(&board_forms::way_back(&org, &page, "unlabelled", Some(act)));
    Ok(())
}

fn back_to_list(org: &str, list: &str, what: &str, act: Option<ActId>) {
    back_to(&format!("/app/{org}/tasks/lists/{list}/settings"), what, act);
}

/// Back to a page, which says what was done and how to undo it.
fn back_to(page: &str, what: &str, act: Option<ActId>) {
    let act = act.map(|act| act.to_string()).unwrap_or_default();
    leptos_axum::redirect(&with_query(page, &[(what, "1"), ("act", &act)]));
}

fn by_one(earlier: bool) -> To {
    if earlier { To::Up } else { To::Down }
}

const fn put_away(archived: bool) -> &'static str {
    if archived { "away" } else { "out" }
}

fn status_body(name: String, kind: String, most: &str, version: Option<i64>) -> StatusBody {
    let most = most.trim();
    // What is no number is no limit that could be: the verb says so, once it has seen who asks.
    StatusBody { name, kind, most: (!most.is_empty()).then(|| most.parse().unwrap_or(0)), version }
}

fn space_body(name: String, team: &str, seen_by: String, version: Option<i64>) -> SpaceBody {
    let seen_by = if seen_by.is_empty() { "everyone".to_owned() } else { seen_by };
    SpaceBody { name, team: (!team.is_empty()).then(|| TeamId(chosen(team))), seen_by, version }
}

fn people(all: &[String]) -> BTreeSet<UserId> {
    all.iter().map(|one| UserId(chosen(one))).collect()
}

/// What is chosen is an id; what is none is nobody's.
fn chosen(word: &str) -> Uuid {
    word.parse().unwrap_or_default()
}

/// What is no number is no colour.
fn colour_of(chosen: &str) -> i64 {
    chosen.parse().unwrap_or(-1)
}
