//! The server functions of the pages about templates: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::{
    board_forms::way_back,
    template_forms::{self as forms, Rows, TypedHead, TypedOffset, TypedStart, TypedStep, TypedTrigger},
    template_from::{self, FromBody},
    template_rules::{Anchor, Body, Step},
    template_runs::{self as runs, Preview},
    template_steps::{self as steps, Way},
    templates,
    triggers::{self, TriggerPatch},
};
use crate::{
    error::{AppError, Result},
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Adds a template without tasks.
#[server(name = AddTemplate, prefix = "/fn", endpoint = "tasks/add-template", output = Packed, client = Sender)]
pub async fn add_template(
    org: String,
    name: String,
    key: String,
    #[server(default)] about: String,
    #[server(default)] anchor_name: String,
) -> Result<()> {
    let body = Body {
        name,
        about,
        roles: Vec::new(),
        variables: Vec::new(),
        anchor: Anchor { name: anchor_name, about: String::new() },
        sections: Vec::new(),
        tasks: Vec::new(),
    };
    let added = templates::add(&platform(), &actor(), &org, &body, Some(&key)).await;
    let id = request::page(added.map_err(|error| forms::in_words(forms::at_head(error, &body))))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}/edit?added=1"));
    Ok(())
}

/// Takes one of the gallery.
#[server(name = TakeTemplate, prefix = "/fn", endpoint = "tasks/take-template", output = Packed, client = Sender)]
pub async fn take_template(org: String, key: String, #[server(default)] template: String) -> Result<()> {
    let id = request::page(templates::take(&platform(), &actor(), &org, &template, &key).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}?taken=1"));
    Ok(())
}

/// Makes a template of a list or a task.
#[server(name = MakeTemplate, prefix = "/fn", endpoint = "tasks/make-template", output = Packed, client = Sender)]
pub async fn make_template(
    org: String,
    name: String,
    key: String,
    #[server(default)] about: String,
    #[server(default)] list: String,
    #[server(default)] task: String,
    #[server(default)] anchor: String,
    #[server(default)] anchor_name: String,
) -> Result<()> {
    let from = FromBody {
        name,
        about,
        list: list.parse().ok(),
        task: Some(task).filter(|task| !task.is_empty()),
        anchor,
        anchor_name,
    };
    let made = template_from::make(&platform(), &actor(), &org, &from, &key).await;
    let id = request::page(made.map_err(forms::in_words))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}/edit?made=1"));
    Ok(())
}

/// Changes what a template is called, its roles, what is filled in, and its sections.
#[server(name = SaveTemplate, prefix = "/fn", endpoint = "tasks/save-template", output = Packed, client = Sender)]
pub async fn save_template(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] about: String,
    #[server(default)] anchor_name: String,
    #[server(default)] anchor_about: String,
    #[server(default)] role_names: Rows,
    #[server(default)] role_abouts: Rows,
    #[server(default)] variable_names: Rows,
    #[server(default)] variable_kinds: Rows,
    #[server(default)] variable_defaults: Rows,
    #[server(default)] variable_required: Rows,
    #[server(default)] section_names: Rows,
) -> Result<()> {
    let typed = TypedHead {
        name,
        about,
        anchor_name,
        anchor_about,
        role_names,
        role_abouts,
        variable_names,
        variable_kinds,
        variable_defaults,
        variable_required,
        section_names,
    };
    let mut now = None;
    let saved = templates::change(&platform(), &actor(), &org, &id, version, |body| {
        typed.apply(body)?;
        now = Some(body.clone());
        Ok(())
    })
    .await;
    let at_its_field = |error: AppError| match &now {
        Some(body) => forms::at_head(error, body),
        None => error,
    };
    request::page(saved.map_err(at_its_field))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}/edit?saved=1"));
    Ok(())
}

/// Adds a task to a template, after another of its level or after all.
#[server(name = AddStep, prefix = "/fn", endpoint = "tasks/add-step", output = Packed, client = Sender)]
pub async fn add_step(
    org: String,
    id: String,
    version: i64,
    #[server(default)] title: String,
    #[server(default)] after: String,
) -> Result<()> {
    let mut place = String::new();
    let mut new = String::new();
    let saved = templates::change(&platform(), &actor(), &org, &id, version, |body| {
        new = steps::key_for(&title, &steps::keys(body));
        let section = steps::find(body, &after).and_then(|other| other.section.clone());
        let step = Step { key: new.clone(), title: title.trim().to_owned(), section, ..Step::default() };
        steps::add(body, Some(after.as_str()).filter(|after| !after.is_empty()), step);
        place = steps::named_place(body, &new).unwrap_or_default();
        Ok(())
    })
    .await;
    request::page(saved.map_err(|error| forms::at_step(error, &place)))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}/edit?step_added=1#step-{new}"));
    Ok(())
}

/// Changes a task of a template.
#[server(name = SaveStep, prefix = "/fn", endpoint = "tasks/save-step", output = Packed, client = Sender)]
pub async fn save_step(
    org: String,
    id: String,
    version: i64,
    #[server(default)] step: String,
    #[server(default)] title: String,
    #[server(default)] notes: String,
    #[server(default)] section: String,
    #[server(default)] role: String,
    #[server(default)] people: Vec<String>,
    #[server(default)] everyone: bool,
    #[server(default)] priority: String,
    #[server(default)] estimate: String,
    #[server(default)] labels: String,
    #[server(default)] due_days: String,
    #[server(default)] due_when: String,
    #[server(default)] due_unit: String,
    #[server(default)] due_from: String,
    #[server(default)] due_adjust: String,
    #[server(default)] time: String,
    #[server(default)] start_days: String,
    #[server(default)] start_when: String,
    #[server(default)] start_unit: String,
    #[server(default)] start_from: String,
    #[server(default)] start_adjust: String,
    #[server(default)] checklist: String,
    #[server(default)] blocked_by: Vec<String>,
) -> Result<()> {
    let typed = TypedStep {
        title,
        notes,
        section,
        role,
        people,
        everyone,
        priority,
        estimate,
        labels,
        due: TypedOffset { days: due_days, when: due_when, unit: due_unit, from: due_from, adjust: due_adjust },
        start: TypedOffset {
            days: start_days,
            when: start_when,
            unit: start_unit,
            from: start_from,
            adjust: start_adjust,
        },
        time,
        checklist,
        blocked_by,
    };
    let mut place = String::new();
    let saved = templates::change(&platform(), &actor(), &org, &id, version, |body| {
        place = steps::named_place(body, &step).unwrap_or_default();
        let is_part = steps::is_part(body, &step);
        let now = steps::find_mut(body, &step).ok_or_else(no_step)?;
        typed.apply(now, is_part)
    })
    .await;
    request::page(saved.map_err(|error| at_either(error, &place)))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}/edit?step_saved=1#step-{step}"));
    Ok(())
}

/// Moves a task of a template.
#[server(name = MoveStep, prefix = "/fn", endpoint = "tasks/move-step", output = Packed, client = Sender)]
pub async fn move_step(
    org: String,
    id: String,
    version: i64,
    #[server(default)] step: String,
    #[server(default)] way: String,
) -> Result<()> {
    let saved = templates::change(&platform(), &actor(), &org, &id, version, |body| {
        steps::find(body, &step).ok_or_else(no_step)?;
        let way = Way::parse(&way).ok_or_else(|| AppError::bad_request("Choose up, down, in or out."))?;
        steps::shift(body, &step, way);
        Ok(())
    })
    .await;
    request::page(saved.map_err(forms::in_words))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}/edit?moved=1#step-{step}"));
    Ok(())
}

/// Takes a task out of a template, with its parts.
#[server(name = RemoveStep, prefix = "/fn", endpoint = "tasks/remove-step", output = Packed, client = Sender)]
pub async fn remove_step(org: String, id: String, version: i64, #[server(default)] step: String) -> Result<()> {
    let saved = templates::change(&platform(), &actor(), &org, &id, version, |body| {
        steps::find(body, &step).ok_or_else(no_step)?;
        if steps::remove(body, &step) {
            return Ok(());
        }
        Err(AppError::conflict(
            "Another task counts its day from this one, or from a subtask of it. Change that first.",
        ))
    })
    .await;
    request::page(saved.map_err(forms::in_words))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}/edit?removed=1"));
    Ok(())
}

/// Makes what an old version said the next one.
#[server(name = BringBackTemplate, prefix = "/fn", endpoint = "tasks/bring-back-template", output = Packed, client = Sender)]
pub async fn bring_back_template(org: String, id: String, version: i64, #[server(default)] old: i64) -> Result<()> {
    let saved = templates::bring_back(&platform(), &actor(), &org, &id, version, old).await;
    request::page(saved.map_err(forms::in_words))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}?brought_back=1"));
    Ok(())
}

/// Adds a template that says the same.
#[server(name = CopyTemplate, prefix = "/fn", endpoint = "tasks/copy-template", output = Packed, client = Sender)]
pub async fn copy_template(org: String, id: String, key: String) -> Result<()> {
    let new = request::page(templates::copy(&platform(), &actor(), &org, &id, &key).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{new}?copied=1"));
    Ok(())
}

/// Deletes a template of which nothing was started.
#[server(name = DeleteTemplate, prefix = "/fn", endpoint = "tasks/delete-template", output = Packed, client = Sender)]
pub async fn delete_template(org: String, id: String) -> Result<()> {
    request::page(templates::delete(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates?deleted=1"));
    Ok(())
}

/// Shows a template to everybody.
#[server(name = ShareTemplate, prefix = "/fn", endpoint = "tasks/share-template", output = Packed, client = Sender)]
pub async fn share_template(org: String, id: String) -> Result<()> {
    request::page(templates::share(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}?shared=1"));
    Ok(())
}

/// Puts a template away, or takes it out again.
#[server(name = ArchiveTemplate, prefix = "/fn", endpoint = "tasks/archive-template", output = Packed, client = Sender)]
pub async fn archive_template(org: String, id: String, #[server(default)] archived: bool) -> Result<()> {
    request::page(templates::archive(&platform(), &actor(), &org, &id, archived).await)?;
    let what = if archived { "archived" } else { "taken_out" };
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{id}?{what}=1"));
    Ok(())
}

/// Shows what would come of a template. The page comes back with it, and nothing is made.
#[server(name = PreviewTemplate, prefix = "/fn", endpoint = "tasks/preview-template", output = Packed, client = Sender)]
pub async fn preview_template(
    org: String,
    id: String,
    #[server(default)] anchor: String,
    #[server(default)] list: String,
    #[server(default)] space: String,
    #[server(default)] new_list: String,
    #[server(default)] roles: Rows,
    #[server(default)] variables: Rows,
) -> Result<()> {
    let typed = TypedStart { anchor, list, space, new_list, roles, variables };
    let body = request::page(typed.body(None))?;
    let preview = runs::preview(&platform(), &actor(), &org, &id, &body).await;
    let preview = request::page(preview.map_err(forms::in_words))?;
    request::show_once(&Seen { typed, preview });
    Ok(())
}

/// What would come of a template, and of what that was reckoned.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What was chosen.
    pub typed: TypedStart,
    /// What would come of it.
    pub preview: Preview,
}

/// Starts a template.
#[server(name = StartTemplate, prefix = "/fn", endpoint = "tasks/start-template", output = Packed, client = Sender)]
pub async fn start_template(
    org: String,
    id: String,
    version: i64,
    key: String,
    #[server(default)] anchor: String,
    #[server(default)] list: String,
    #[server(default)] space: String,
    #[server(default)] new_list: String,
    #[server(default)] roles: Rows,
    #[server(default)] variables: Rows,
) -> Result<()> {
    let typed = TypedStart { anchor, list, space, new_list, roles, variables };
    let body = request::page(typed.body(Some(version)))?;
    let started = runs::start(&platform(), &actor(), &org, &id, &body, &key).await;
    let started = request::page(started.map_err(forms::in_words))?;
    let list = format!("/app/{org}/tasks/lists/{}", started.list);
    leptos_axum::redirect(&way_back(&org, &list, "added", Some(started.act)));
    Ok(())
}

/// Has a template started by itself; or changes what does that, where its `id` is given.
#[server(name = SaveTrigger, prefix = "/fn", endpoint = "tasks/save-trigger", output = Packed, client = Sender)]
pub async fn save_trigger(
    org: String,
    #[server(default)] template: String,
    #[server(default)] key: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] kind: String,
    #[server(default)] repeats: String,
    #[server(default)] interval: String,
    #[server(default)] weekdays: Vec<String>,
    #[server(default)] month_day: String,
    #[server(default)] nth: String,
    #[server(default)] month: String,
    #[server(default)] rule_text: String,
    #[server(default)] first_day: String,
    #[server(default)] time: String,
    #[server(default)] event: String,
    #[server(default)] anchor: String,
    #[server(default)] from_event: Rows,
    #[server(default)] list: String,
    #[server(default)] roles: Rows,
    #[server(default)] variables: Rows,
) -> Result<()> {
    let typed = TypedTrigger {
        kind,
        repeats,
        interval,
        weekdays,
        month_day,
        nth,
        month,
        rule_text,
        first_day,
        time,
        event,
        anchor,
        from_event,
        list,
        roles,
        variables,
    };
    let body = request::page(typed.body())?;
    if id.is_empty() {
        let added = triggers::add(&platform(), &actor(), &org, &template, &body, &key).await;
        request::page(added.map_err(|error| forms::in_words(typed.at_days(error))))?;
        leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{template}?trigger_added=1#by-itself"));
        return Ok(());
    }
    if body.list.is_none() {
        return request::page(Err(AppError::field("list", "Choose a list.")));
    }
    let patch = TriggerPatch::whole(body, version);
    let saved = triggers::save(&platform(), &actor(), &org, &id, &patch).await;
    let saved = request::page(saved.map_err(|error| forms::in_words(typed.at_days(error))))?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{}?trigger_saved=1#by-itself", saved.template));
    Ok(())
}

/// Pauses what starts a template by itself, or lets it go on.
#[server(name = SwitchTrigger, prefix = "/fn", endpoint = "tasks/switch-trigger", output = Packed, client = Sender)]
pub async fn switch_trigger(org: String, id: String, #[server(default)] on: bool) -> Result<()> {
    let switched = triggers::switch(&platform(), &actor(), &org, &id, on).await;
    let template = request::page(switched.map_err(said_on_top))?;
    let what = if on { "goes_on" } else { "paused" };
    leptos_axum::redirect(&format!("/app/{org}/tasks/templates/{template}?{what}=1#by-itself"));
    Ok(())
}

/// Takes away what starts a template by itself.
#[server(name = RemoveTrigger, prefix = "/fn", endpoint = "tasks/remove-trigger", output = Packed, client = Sender)]
pub async fn remove_trigger(org: String, id: String) -> Result<()> {
    let (template, act) = request::page(triggers::remove(&platform(), &actor(), &org, &id).await)?;
    let page = format!("/app/{org}/tasks/templates/{template}");
    leptos_axum::redirect(&way_back(&org, &page, "untriggered", Some(act)));
    Ok(())
}

/// A form with a button alone has no fields to say it at.
fn said_on_top(error: AppError) -> AppError {
    match error.fields.first() {
        Some(field) => AppError::conflict(field.message.clone()),
        None => error,
    }
}

/// What was typed is refused by the form itself, or by the rules of templates.
fn at_either(error: AppError, place: &str) -> AppError {
    if error.fields.iter().all(|field| !field.field.starts_with("tasks")) {
        return error;
    }
    forms::at_step(error, place)
}

fn no_step() -> AppError {
    AppError::not_found("that task of the template")
}
