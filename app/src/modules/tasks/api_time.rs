//! The server functions of checklists, of what waits for what, of repeats, and of fields: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde_json::Value;

use super::{
    checks::{self, CheckPatch},
    fields::{self, ChoiceBody, FieldBody, Kind, ValuesBody},
    links::{self, LinkBody, Shift},
    lists::To,
    series,
    series_form::Typed,
    tasks::{self, PatchBody},
};
use crate::{
    error::{AppError, Result},
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Adds lines to a checklist.
#[server(name = AddTaskChecks, prefix = "/fn", endpoint = "tasks/add-checks", output = Packed, client = Sender)]
pub async fn add_task_checks(
    org: String,
    task: String,
    #[server(default)] check_lines: String,
    #[server(default)] key: String,
) -> Result<()> {
    let key = Some(key.as_str()).filter(|key| !key.is_empty());
    let added = checks::add(&platform(), &actor(), &org, &task, &check_lines, key).await;
    request::page(added.map_err(|error| error.rename_field("words", "check_lines")))?;
    back(&org, &task, "", "checks");
    Ok(())
}

/// Ticks a line off, or on again.
#[server(name = TickTaskCheck, prefix = "/fn", endpoint = "tasks/tick-check", output = Packed, client = Sender)]
pub async fn tick_task_check(org: String, task: String, id: String, #[server(default)] done: bool) -> Result<()> {
    let body = CheckPatch { done: Some(done), ..CheckPatch::default() };
    request::page(checks::change(&platform(), &actor(), &org, &task, &id, &body).await)?;
    back(&org, &task, "", "checks");
    Ok(())
}

/// Changes what a line says.
#[server(name = SaveTaskCheck, prefix = "/fn", endpoint = "tasks/save-check", output = Packed, client = Sender)]
pub async fn save_task_check(
    org: String,
    task: String,
    id: String,
    #[server(default)] check_words: String,
) -> Result<()> {
    let body = CheckPatch { words: Some(check_words), ..CheckPatch::default() };
    let saved = checks::change(&platform(), &actor(), &org, &task, &id, &body).await;
    request::page(saved.map_err(|error| error.rename_field("words", "check_words")))?;
    back(&org, &task, "", "checks");
    Ok(())
}

/// Moves a line by one. `id`: the task’s, a stroke, and its own.
#[server(name = MoveTaskCheck, prefix = "/fn", endpoint = "tasks/move-check", output = Packed, client = Sender)]
pub async fn move_task_check(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    let (task, check) = id.split_once('/').unwrap_or((&id, ""));
    let to = if earlier { To::Up } else { To::Down };
    request::page(checks::move_to(&platform(), &actor(), &org, task, check, to).await)?;
    back(&org, task, &format!("check={check}"), "checks");
    Ok(())
}

/// Takes a line away.
#[server(name = DeleteTaskCheck, prefix = "/fn", endpoint = "tasks/delete-check", output = Packed, client = Sender)]
pub async fn delete_task_check(org: String, task: String, id: String) -> Result<()> {
    request::page(checks::delete(&platform(), &actor(), &org, &task, &id).await)?;
    back(&org, &task, "", "checks");
    Ok(())
}

/// Makes a line a task of its own.
#[server(name = CheckToTask, prefix = "/fn", endpoint = "tasks/check-to-task", output = Packed, client = Sender)]
pub async fn check_to_task(org: String, task: String, id: String) -> Result<()> {
    let (_, new) = request::page(checks::to_task(&platform(), &actor(), &org, &task, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/t/{new}"));
    Ok(())
}

/// Has one task wait for another.
#[server(name = AddTaskLink, prefix = "/fn", endpoint = "tasks/add-link", output = Packed, client = Sender)]
pub async fn add_task_link(
    org: String,
    task: String,
    #[server(default)] link_way: String,
    #[server(default)] link_other: String,
) -> Result<()> {
    let body = if link_way == "blocks" {
        LinkBody { waits_for: None, blocks: Some(link_other) }
    } else {
        LinkBody { waits_for: Some(link_other), blocks: None }
    };
    let added = links::add(&platform(), &actor(), &org, &task, &body).await;
    let at_field = |error: AppError| {
        if error == links::no_other() {
            return AppError::field("link_other", "There is no such task that you can see. Check its number.");
        }
        error.rename_field("waits_for", "link_other").rename_field("blocks", "link_other")
    };
    request::page(added.map_err(at_field))?;
    back(&org, &task, "", "links");
    Ok(())
}

/// Has neither of two tasks wait for the other.
#[server(name = RemoveTaskLink, prefix = "/fn", endpoint = "tasks/remove-link", output = Packed, client = Sender)]
pub async fn remove_task_link(org: String, task: String, other: String) -> Result<()> {
    request::page(links::remove(&platform(), &actor(), &org, &task, &other).await)?;
    back(&org, &task, "", "links");
    Ok(())
}

/// Has a task due on another day, and those that wait for it move with it.
#[server(name = ShiftTask, prefix = "/fn", endpoint = "tasks/shift", output = Packed, client = Sender)]
pub async fn shift_task(
    org: String,
    task: String,
    #[server(default)] shift_day: String,
    #[server(default)] shift: String,
) -> Result<()> {
    let body = PatchBody { due_day: Some(Some(shift_day)), shift: Shift::parse(&shift), ..PatchBody::default() };
    let shifted = tasks::patch(&platform(), &actor(), &org, &task, &body, None).await;
    request::page(shifted.map_err(|error| error.rename_field("due_day", "shift_day")))?;
    back(&org, &task, "shifted=1", "links");
    Ok(())
}

/// Has a task repeat, or by another rule.
#[server(name = SaveTaskRepeat, prefix = "/fn", endpoint = "tasks/save-repeat", output = Packed, client = Sender)]
pub async fn save_task_repeat(
    org: String,
    task: String,
    #[server(default)] version: String,
    #[server(default)] repeat_kind: String,
    #[server(default)] repeat_interval: String,
    #[server(default)] repeat_weekdays: Vec<String>,
    #[server(default)] repeat_nth: String,
    #[server(default)] repeat_month_day: String,
    #[server(default)] repeat_month: String,
    #[server(default)] repeat_ends: String,
    #[server(default)] repeat_until: String,
    #[server(default)] repeat_times: String,
    #[server(default)] repeat_mode: String,
    #[server(default)] repeat_catch_up: bool,
    #[server(default)] repeat_rule: String,
) -> Result<()> {
    let typed = Typed {
        kind: repeat_kind,
        interval: repeat_interval,
        weekdays: repeat_weekdays,
        nth: repeat_nth,
        month_day: repeat_month_day,
        month: repeat_month,
        ends: repeat_ends,
        until: repeat_until,
        times: repeat_times,
        mode: repeat_mode,
        catch_up: repeat_catch_up,
        rule: repeat_rule,
    };
    let body = request::page(typed.body(version.parse().ok()))?;
    let saved = series::save(&platform(), &actor(), &org, &task, &body).await;
    request::page(saved.map_err(|error| typed.at_fields(error)))?;
    back(&org, &task, "repeats=1", "repeat");
    Ok(())
}

/// Leaves this one out, or, with `ahead`, one that is to come.
#[server(name = SkipTaskRepeat, prefix = "/fn", endpoint = "tasks/skip-repeat", output = Packed, client = Sender)]
pub async fn skip_task_repeat(
    org: String,
    task: String,
    #[server(default)] day: String,
    #[server(default)] ahead: bool,
) -> Result<()> {
    request::page(series::skip(&platform(), &actor(), &org, &task, Some(&day), None).await)?;
    back(&org, &task, if ahead { "ahead=1" } else { "skipped=1" }, "repeat");
    Ok(())
}

/// Leaves one that is to come out no longer.
#[server(name = KeepTaskRepeat, prefix = "/fn", endpoint = "tasks/keep-repeat", output = Packed, client = Sender)]
pub async fn keep_task_repeat(org: String, task: String, #[server(default)] day: String) -> Result<()> {
    request::page(series::keep(&platform(), &actor(), &org, &task, &day).await)?;
    back(&org, &task, "kept=1", "repeat");
    Ok(())
}

/// Has a task repeat no longer.
#[server(name = StopTaskRepeat, prefix = "/fn", endpoint = "tasks/stop-repeat", output = Packed, client = Sender)]
pub async fn stop_task_repeat(org: String, task: String) -> Result<()> {
    request::page(series::stop(&platform(), &actor(), &org, &task).await)?;
    back(&org, &task, "stopped=1", "repeat");
    Ok(())
}

/// Has all that follow made of what this task is now.
#[server(name = FollowTaskRepeat, prefix = "/fn", endpoint = "tasks/follow-repeat", output = Packed, client = Sender)]
pub async fn follow_task_repeat(org: String, task: String) -> Result<()> {
    request::page(series::follow(&platform(), &actor(), &org, &task).await)?;
    back(&org, &task, "follows=1", "repeat");
    Ok(())
}

/// Puts something into fields of a task, or empties them.
#[server(name = SetTaskValues, prefix = "/fn", endpoint = "tasks/set-values", output = Packed, client = Sender)]
pub async fn set_task_values(
    org: String,
    task: String,
    #[server(default)] version: String,
    #[server(default)] values: BTreeMap<String, Vec<String>>,
) -> Result<()> {
    let first = |all: Vec<String>| Value::String(all.into_iter().next().unwrap_or_default());
    // A name in brackets that begins with a digit, as ids do, would be taken for a place in a list: in the form it is `f-` and the id.
    let id = |row: &str| row.strip_prefix("f-").unwrap_or(row).to_owned();
    let values = values.into_iter().map(|(row, all)| (id(&row), first(all))).collect();
    let body = ValuesBody { version: version.parse().ok(), values };
    let set = fields::set(&platform(), &actor(), &org, &task, &body).await;
    request::page(set.map_err(at_rows))?;
    back(&org, &task, "filled=1", "fields");
    Ok(())
}

/// What is wrong with values of fields, by the names that they have in the form.
fn at_rows(mut error: AppError) -> AppError {
    for wrong in &mut error.fields {
        if let Some(id) = wrong.field.strip_prefix("values.") {
            wrong.field = format!("values.f-{id}");
        }
    }
    error
}

/// Adds a field to a list.
#[server(name = AddTaskField, prefix = "/fn", endpoint = "tasks/add-field", output = Packed, client = Sender)]
pub async fn add_task_field(
    org: String,
    list: String,
    #[server(default)] name: String,
    #[server(default)] kind: String,
    #[server(default)] more: String,
    #[server(default)] on_cards: bool,
) -> Result<()> {
    let kind = request::page(Kind::parse(&kind).ok_or_else(|| AppError::field("kind", "Choose what is in it.")))?;
    let choices = choices(&[], &[], &more);
    let body = FieldBody { name, kind, choices, on_cards, archived: false, version: None };
    let added = fields::add(&platform(), &actor(), &org, &list, &body).await;
    request::page(added.map_err(|error| error.rename_field("choices", "more")))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/lists/{list}/fields?added=1"));
    Ok(())
}

/// Changes a field.
#[server(name = SaveTaskField, prefix = "/fn", endpoint = "tasks/save-field", output = Packed, client = Sender)]
pub async fn save_task_field(
    org: String,
    id: String,
    version: i64,
    #[server(default)] name: String,
    #[server(default)] kind: String,
    #[server(default)] choice_ids: Vec<String>,
    #[server(default)] choice_names: Vec<String>,
    #[server(default)] more: String,
    #[server(default)] on_cards: bool,
    #[server(default)] archived: bool,
) -> Result<()> {
    let kind = request::page(Kind::parse(&kind).ok_or_else(|| AppError::field("kind", "Choose what is in it.")))?;
    let choices = choices(&choice_ids, &choice_names, &more);
    let body = FieldBody { name, kind, choices, on_cards, archived, version: Some(version) };
    let saved = fields::save(&platform(), &actor(), &org, &id, &body).await;
    let list = request::page(saved.map_err(|error| error.rename_field("choices", "more")))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/lists/{list}/fields?saved=1"));
    Ok(())
}

/// Moves a field by one.
#[server(name = MoveTaskField, prefix = "/fn", endpoint = "tasks/move-field", output = Packed, client = Sender)]
pub async fn move_task_field(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    let to = if earlier { To::Up } else { To::Down };
    let list = request::page(fields::move_to(&platform(), &actor(), &org, &id, to).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/lists/{list}/fields?moved=1"));
    Ok(())
}

/// Those that there are, by their ids, without the ones whose names were emptied; then each line of `more`.
fn choices(ids: &[String], names: &[String], more: &str) -> Vec<ChoiceBody> {
    let there = ids.iter().zip(names).map(|(id, name)| ChoiceBody { id: id.parse().ok(), name: name.clone() });
    let new = more.lines().map(|name| ChoiceBody { id: None, name: name.trim().to_owned() });
    there.chain(new).filter(|choice| !choice.name.trim().is_empty()).collect()
}

/// Back to a task’s page, at a part of it.
fn back(org: &str, task: &str, query: &str, part: &str) {
    let mark = if query.is_empty() { "" } else { "?" };
    leptos_axum::redirect(&format!("/app/{org}/tasks/t/{task}{mark}{query}#{part}"));
}
