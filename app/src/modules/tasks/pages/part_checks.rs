//! A task's checklist, on the task's page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    modules::tasks::{
        api_time::{AddTaskChecks, CheckToTask, DeleteTaskCheck, MoveTaskCheck, SaveTaskCheck, TickTaskCheck},
        checks::{self, Check},
        task::Task,
    },
    pages::plain::written,
    request,
    ui::{
        Field, Form, FormMessage, Icon, Kind, Post, PostForm, SubmitButton, TextArea, confirmed_by, folded_by, given,
        step,
    },
};

#[derive(Clone, Copy)]
struct Forms {
    add: Form,
    tick: Form,
    save: Form,
    place: Form,
    delete: Form,
    to_task: Form,
}

/// What belongs to a task and is too small to be one.
#[component]
pub fn ChecksPart(
    /// The word in the organisation's addresses.
    #[prop(into)]
    org: String,
    /// The task's id or number.
    #[prop(into)]
    task: String,
) -> AnyView {
    let chosen = given(&use_query_map(), "check");
    let forms = Forms {
        add: Form::of(Post::to::<AddTaskChecks>()),
        tick: Form::of(Post::to::<TickTaskCheck>()),
        save: Form::of(Post::to::<SaveTaskCheck>()),
        place: Form::of(Post::to::<MoveTaskCheck>()),
        delete: Form::of(Post::to::<DeleteTaskCheck>()),
        to_task: Form::of(Post::to::<CheckToTask>()),
    };
    let (platform, actor) = (request::platform(), request::actor());
    let key = format!("checks-{}", crate::ids::fresh(platform.clock.now()));
    let read = async move || {
        let (task, checks) = checks::show(&platform, &actor, &org, &task).await?;
        Ok((org, task, checks))
    };
    written(read, move |(org, task, checks)| show(&org, &task, &checks, chosen.as_deref(), &forms, &key))
}

fn show(org: &str, task: &Task, checks: &[Check], chosen: Option<&str>, forms: &Forms, key: &str) -> AnyView {
    let done = checks.iter().filter(|check| check.done_at.is_some()).count();
    let progress = (!checks.is_empty()).then(|| {
        view! {
            <progress class="checks-bar" max=checks.len().to_string() value=done.to_string() aria-label="Of the checklist, done"></progress>
            <span class="soft">{format!("{done} of {} done", checks.len())}</span>
        }
    });
    let last = checks.len().saturating_sub(1);
    let lines = checks
        .iter()
        .enumerate()
        .map(|(at, check)| {
            if chosen == Some(check.id.to_string().as_str()) {
                changing(org, task, check, (at == 0, at == last), forms)
            } else {
                line(org, task, check, forms)
            }
        })
        .collect_view();
    let lines = (!checks.is_empty()).then(|| view! { <ul class="checks">{lines}</ul> });
    let (state, org_field, task_field) = (forms.add.state, org.to_owned(), task.id.to_string());
    let key = state.value("key").unwrap_or_else(|| key.to_owned());
    let add = view! {
        <PostForm post=forms.add.post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org_field/>
            <input type="hidden" name="task" value=task_field/>
            <input type="hidden" name="key" value=key/>
            <TextArea form=state name="check_lines" label="Add to the checklist" hint="Each line becomes an item." rows=2 maxlength=20_000/>
            <div class="form-actions"><SubmitButton form=state label="Add to the checklist" busy="Adding…" kind=Kind::Quiet/></div>
        </PostForm>
    }
    .into_any();
    // Most tasks have none: what isn’t there takes no room.
    let add = if checks.is_empty() { folded_by("Add items", state, add) } else { add };
    view! {
        <section class="card stack" aria-labelledby="checks" data-checks=task.id.to_string()>
            <div class="checks-head">
                <h2 id="checks">"Checklist"</h2>
                {progress}
            </div>
            <FormMessage form=forms.tick.state/>
            <FormMessage form=forms.place.state/>
            {lines}
            {add}
        </section>
    }
    .into_any()
}

fn line(org: &str, task: &Task, check: &Check, forms: &Forms) -> AnyView {
    let done = check.done_at.is_some();
    let (org_field, task_field, id) = (org.to_owned(), task.id.to_string(), check.id.to_string());
    let href = format!("/app/{org}/tasks/t/{task_field}?check={id}#checks");
    let (label, words, change) = (check.words.clone(), check.words.clone(), format!("Change “{}”", check.words));
    let icon = if done { "check" } else { "circle" };
    let checked = if done { "true" } else { "false" };
    view! {
        <li class="check-line" class:is-done=done data-check=check.id.to_string()>
            <PostForm post=forms.tick.post>
                <input type="hidden" name="org" value=org_field/>
                <input type="hidden" name="task" value=task_field/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="done" value=(!done).to_string()/>
                <button type="submit" class="btn-icon" role="checkbox" aria-checked=checked aria-label=label><Icon name=icon/></button>
            </PostForm>
            <span class="check-words">{words}</span>
            <a class="check-change" href=href aria-label=change>"Change"</a>
        </li>
    }
    .into_any()
}

/// The line that is being changed.
fn changing(org: &str, task: &Task, check: &Check, (first, last): (bool, bool), forms: &Forms) -> AnyView {
    let forms = *forms;
    let (task_field, id) = (task.id.to_string(), check.id.to_string());
    let whole = format!("{task_field}/{id}");
    let up = step(org, &whole, format!("Move “{}” up", check.words), "up", true, first, forms.place.post);
    let down = step(org, &whole, format!("Move “{}” down", check.words), "down", false, last, forms.place.post);
    let state = forms.save.state;
    let hidden = || {
        let (org, task, id) = (org.to_owned(), task_field.clone(), id.clone());
        view! {
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="task" value=task/>
            <input type="hidden" name="id" value=id/>
        }
        .into_any()
    };
    let (of_save, of_task, of_delete) = (hidden(), hidden(), hidden());
    let words = check.words.clone();
    let gone = confirmed_by(
        "Delete",
        forms.delete.state,
        view! {
            <p>"It is deleted from the checklist. That can be undone."</p>
            <PostForm post=forms.delete.post class="stack">
                <FormMessage form=forms.delete.state/>
                {of_delete}
                <div class="form-actions"><SubmitButton form=forms.delete.state label="Yes, delete it" busy="Deleting…" kind=Kind::Quiet/></div>
            </PostForm>
        }
        .into_any(),
    );
    let close = format!("/app/{org}/tasks/t/{task_field}#checks");
    view! {
        <li class="check-line is-open" data-check=id>
            <div class="stack">
                <PostForm post=forms.save.post class="stack">
                    <FormMessage form=state/>
                    {of_save}
                    <Field form=state name="check_words" label="Item" autocomplete="off" maxlength=500 value=words/>
                    <div class="form-actions">
                        <SubmitButton form=state label="Save" busy="Saving…"/>
                        <a class="btn btn-quiet" href=close>"Cancel"</a>
                    </div>
                </PostForm>
                <div class="check-acts">
                    {up}
                    {down}
                    <PostForm post=forms.to_task.post>
                        <FormMessage form=forms.to_task.state/>
                        {of_task}
                        <SubmitButton form=forms.to_task.state label="Convert to task" busy="Converting…" kind=Kind::Quiet/>
                    </PostForm>
                    {gone}
                </div>
            </div>
        </li>
    }
    .into_any()
}
