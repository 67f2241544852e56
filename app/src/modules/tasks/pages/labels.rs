//! `/app/{org}/tasks/labels` and below: what tasks are about. The server writes them alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::tabs::{did, done, undo_button};
use crate::{
    error::AppError,
    modules::tasks::{
        api_board::UndoTasks,
        api_lists::{AddTaskLabel, DeleteTaskLabel, SaveTaskLabel},
        labels::{self, COLOUR_NAMES},
        store::Label,
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Empty, Field, Form, FormMessage, FormState, Kind, Post, PostForm, SettingsFrame, SettingsHead, SubmitButton,
        confirmed_by, given, org_of_address,
    },
};

const DONE: &[(&str, &str)] = &[("added", "Added."), ("saved", "Saved.")];

/// The list, in the dashboard's frame.
#[component]
pub fn LabelsRoute() -> AnyView {
    let org = org_of_address();
    let (add, undo) = (Form::of(Post::to::<AddTaskLabel>()), Form::of(Post::to::<UndoTasks>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let key = crate::ids::fresh(platform.clock.now()).to_string();
    let read = async move || {
        let all = labels::to_organise(&platform, &actor, &slug).await?;
        Ok((slug, all))
    };
    let body = written(read, move |(slug, all)| list(&slug, &all, add, undo, &key));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

/// One of them, in the dashboard's frame.
#[component]
pub fn LabelRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let (save, delete) = (Form::of(Post::to::<SaveTaskLabel>()), Form::of(Post::to::<DeleteTaskLabel>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let all = labels::to_organise(&platform, &actor, &slug).await?;
        let found = all.into_iter().find(|(label, _)| label.id.to_string() == id);
        Ok((slug, found.ok_or_else(|| AppError::not_found("that label"))?))
    };
    let body = written(read, move |(slug, (label, count))| one(&slug, &label, count, save, delete));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn list(org: &str, all: &[(Label, i64)], add: Form, undo: Form, key: &str) -> AnyView {
    let body = if all.is_empty() {
        view! {
            <Empty title="No labels yet" icon="note">
                <p>"A label says what a task is about, whatever list it is in: “Warranty”, “Waiting for client”. Lists and boards can be filtered by one."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = all.iter().map(|(label, count)| line(org, label, *count)).collect_view();
        view! { <ul class="lines numbers">{lines}</ul> }.into_any()
    };
    let Form { post, state } = add;
    let refused = [add, undo].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let here = format!("/app/{org}/tasks/labels");
    let done = (!refused).then(|| {
        let done = done(DONE, |act| undo_button(org, &here, act, undo));
        view! { {done} {did(org, &here, undo)} }
    });
    let back = format!("/app/{org}/settings");
    // The next one has another colour than the last.
    let next = i64::try_from(all.len()).unwrap_or(0).rem_euclid(labels::COLOURS);
    let colours = colours(state, next);
    let key = state.value("key").unwrap_or_else(|| key.to_owned());
    let org = org.to_owned();
    view! {
        <SettingsHead title="Labels" about="What tasks are about, whatever list they are in." back=back/>
        {done}
        <FormMessage form=undo.state/>
        {body}
        <section class="card stack" aria-labelledby="add-label">
            <h2 id="add-label">"Add a label"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="key" value=key/>
                <Field form=state name="name" label="Name" hint="Like “Warranty”. In quick add it is typed with its mark: #warranty." autocomplete="off" maxlength=60/>
                {colours}
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, label: &Label, count: i64) -> AnyView {
    let href = format!("/app/{org}/tasks/labels/{}", label.id);
    view! {
        <li class="line" data-label=label.name.clone()>
            <div class="line-text">
                <p class="line-title"><a class=chip(label.colour) href=href>{label.name.clone()}</a></p>
                <p class="soft">{on_words(count)}</p>
            </div>
        </li>
    }
    .into_any()
}

fn on_words(count: i64) -> String {
    match count {
        0 => "On no task".to_owned(),
        count => format!("On {}", counted(count, "task", "tasks")),
    }
}

/// The classes of a label with this colour.
fn chip(colour: i64) -> String {
    format!("label-chip label-{colour}")
}

/// One of eight colours, each shown as the label will be.
fn colours(state: FormState, value: i64) -> AnyView {
    let chosen = state.value("colour").unwrap_or_else(|| value.to_string());
    let choices = (0_i64..)
        .zip(COLOUR_NAMES)
        .map(|(colour, name)| {
            let value = colour.to_string();
            let checked = value == chosen;
            view! {
                <label class="check">
                    <input type="radio" name="colour" value=value checked=checked/>
                    <span class=chip(colour)>{name}</span>
                </label>
            }
        })
        .collect_view();
    let error = state.error("colour");
    view! {
        <fieldset class="field">
            <legend>"Colour"</legend>
            <div class="checks-boxes label-colours">{choices}</div>
            {move || error.get().map(|message| view! { <p class="field-error">{message}</p> })}
        </fieldset>
    }
    .into_any()
}

fn one(org: &str, label: &Label, count: i64, save: Form, delete: Form) -> AnyView {
    let back = format!("/app/{org}/tasks/labels");
    let Form { post, state } = save;
    let colours = colours(state, label.colour);
    let (slug, id, version, name) = (org.to_owned(), label.id.to_string(), label.version, label.name.clone());
    let take_away = {
        let Form { post, state } = delete;
        let (slug, id) = (slug.clone(), id.clone());
        let words = match count {
            0 => "No task has it.".to_owned(),
            count => {
                format!("It is removed from {} that have it. That can be undone.", counted(count, "task", "tasks"))
            }
        };
        let inside = view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="id" value=id/>
                <p>{words}</p>
                <div class="form-actions"><SubmitButton form=state label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/></div>
            </PostForm>
        }
        .into_any();
        confirmed_by("Delete label", state, inside)
    };
    view! {
        <SettingsHead title=label.name.clone() about=on_words(count) back=back back_label="Labels"/>
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"Name and colour"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Field form=state name="name" label="Name" autocomplete="off" maxlength=60 value=name/>
                {colours}
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        {take_away}
    }
    .into_any()
}
