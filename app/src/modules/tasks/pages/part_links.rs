//! What a task waits for and what waits for it, on the task's page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::view_calendar::day_in_words;
use crate::{
    error::Result,
    modules::tasks::{
        api_time::{AddTaskLink, RemoveTaskLink, ShiftTask},
        links::{self, Links, Shift, Slip},
        task::Task,
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Badge, DoneNotice, Field, Form, FormMessage, Icon, Post, PostForm, Select, SubmitButton, Tone, folded_by, given,
    },
};

const DONE: &[(&str, &str)] = &[("shifted", "Rescheduled, and the tasks that wait for it moved with it.")];

const WAYS: [(&str, &str); 2] = [("waits_for", "This task is waiting for"), ("blocks", "This task is blocking")];

const SHIFTS: [(&str, &str); 2] =
    [("keep_gap", "By as many working days as this one slips"), ("only_if_needed", "Only as far as they have to")];

#[derive(Clone, Copy)]
struct Forms {
    add: Form,
    remove: Form,
    shift: Form,
}

/// What is asked for by the address: a day, and how those that wait move.
#[derive(Clone, Default)]
struct Asked {
    day: String,
    how: String,
}

/// What a task waits for, and what waits for it.
#[component]
pub fn LinksPart(
    /// The word in the organisation's addresses.
    #[prop(into)]
    org: String,
    /// The task's id or number.
    #[prop(into)]
    task: String,
) -> AnyView {
    let query = use_query_map();
    let asked =
        Asked { day: given(&query, "shift_day").unwrap_or_default(), how: given(&query, "shift").unwrap_or_default() };
    let forms = Forms {
        add: Form::of(Post::to::<AddTaskLink>()),
        remove: Form::of(Post::to::<RemoveTaskLink>()),
        shift: Form::of(Post::to::<ShiftTask>()),
    };
    let (platform, actor) = (request::platform(), request::actor());
    let read = async move || {
        let links = links::show(&platform, &actor, &org, &task).await?;
        let slips = match Shift::parse(&asked.how).filter(|_| !asked.day.is_empty()) {
            Some(how) => Some(links::preview(&platform, &actor, &org, &task, &asked.day, how).await),
            None => None,
        };
        Ok((org, asked, links, slips))
    };
    written(read, move |(org, asked, links, slips)| show(&org, &asked, &links, slips, &forms))
}

fn show(org: &str, asked: &Asked, links: &Links, slips: Option<Result<Vec<Slip>>>, forms: &Forms) -> AnyView {
    let (state, org_field, task) = (forms.add.state, org.to_owned(), links.task.id.to_string());
    let ways = WAYS.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect();
    let shift = (!links.blocks.is_empty() && links.task.due.is_some() && !links.task.is_done())
        .then(|| shifting(org, asked, links, slips, forms.shift));
    let inside = view! {
        <PostForm post=forms.add.post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org_field/>
            <input type="hidden" name="task" value=task/>
            <div class="fields-row">
                <Select form=state name="link_way" label="Dependency" options=ways value="waits_for"/>
                <Field form=state name="link_other" label="Task" hint="Its number, like T-12." autocomplete="off" maxlength=40/>
            </div>
            <div class="form-actions"><SubmitButton form=state label="Add dependency" busy="Adding…"/></div>
        </PostForm>
    };
    view! {
        <section class="card stack" aria-labelledby="links">
            <h2 id="links">"Dependencies"</h2>
            <DoneNotice words=DONE/>
            <FormMessage form=forms.remove.state/>
            {lines(org, &links.task, "Waiting for", &links.waits_for, forms.remove)}
            {lines(org, &links.task, "Blocking", &links.blocks, forms.remove)}
            {(links.waits_for.is_empty() && links.blocks.is_empty()).then(|| view! { <p class="soft">"No dependencies yet."</p> })}
            {shift}
            {folded_by("Add a dependency", state, inside.into_any())}
        </section>
    }
    .into_any()
}

fn lines(org: &str, task: &Task, heading: &'static str, others: &[Task], remove: Form) -> AnyView {
    if others.is_empty() {
        return ().into_any();
    }
    let lines = others
        .iter()
        .map(|other| {
            let href = format!("/app/{org}/tasks/t/T-{}", other.number);
            let name = format!("T-{} {}", other.number, other.title);
            let label = format!("Remove dependency: {name}");
            let state = if other.is_done() {
                view! { <Badge tone=Tone::Success label="Done"/> }.into_any()
            } else {
                let due = other.due.map(|due| format!("Due {}", day_in_words(due.day)));
                view! { <span class="soft">{due}</span> }.into_any()
            };
            let (org, id, other) = (org.to_owned(), task.id.to_string(), other.id.to_string());
            view! {
                <li class="line">
                    <div class="line-text"><p class="line-title"><a href=href>{name}</a> " " {state}</p></div>
                    <div class="line-end">
                        <PostForm post=remove.post>
                            <input type="hidden" name="org" value=org/>
                            <input type="hidden" name="task" value=id/>
                            <input type="hidden" name="other" value=other/>
                            <button type="submit" class="btn-icon" aria-label=label><Icon name="close"/></button>
                        </PostForm>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <h3>{heading}</h3> <ul class="lines">{lines}</ul> }.into_any()
}

/// Another due day, what would move with it, and the button that does it.
fn shifting(
    org: &str,
    asked: &Asked,
    links: &Links,
    slips: Option<Result<Vec<Slip>>>,
    Form { post, state }: Form,
) -> AnyView {
    let action = format!("/app/{org}/tasks/t/{}#links", links.task.id);
    let due = links.task.due.map(|due| due.day.to_string()).unwrap_or_default();
    let day = if asked.day.is_empty() { due } else { asked.day.clone() };
    let options = SHIFTS
        .iter()
        .map(|(value, label)| view! { <option value=*value selected=*value == asked.how>{*label}</option> })
        .collect_view();
    let preview = slips.map(|slips| match slips {
        Err(error) => {
            let words = error.field_message("due_day").unwrap_or(&error.message).to_owned();
            view! { <p class="field-error" role="alert">{words}</p> }.into_any()
        }
        Ok(slips) => {
            let count = i64::try_from(slips.len()).unwrap_or(i64::MAX);
            let words = if slips.is_empty() {
                "Nothing else would move.".to_owned()
            } else {
                format!("{} would move with it:", counted(count, "task", "tasks"))
            };
            let moving = slips.iter().map(|slip| view! { <li>{in_words(slip)}</li> }).collect_view();
            let (org, task) = (org.to_owned(), links.task.id.to_string());
            let (day, how) = (asked.day.clone(), asked.how.clone());
            view! {
                <div class="stack" role="status">
                    <p>{words}</p>
                    <ul class="slips">{moving}</ul>
                    <PostForm post=post class="stack">
                        <FormMessage form=state/>
                        <input type="hidden" name="org" value=org/>
                        <input type="hidden" name="task" value=task/>
                        <input type="hidden" name="shift_day" value=day/>
                        <input type="hidden" name="shift" value=how/>
                        <div class="form-actions"><SubmitButton form=state label="Move them" busy="Moving…"/></div>
                    </PostForm>
                </div>
            }
            .into_any()
        }
    });
    let inside = view! {
        <form class="stack" method="get" action=action>
            <div class="fields-row">
                <div class="field">
                    <label for="shift-day">"Due on"</label>
                    <input class="input" id="shift-day" type="date" name="shift_day" value=day required=true/>
                </div>
                <div class="field">
                    <label for="shift-how">"Tasks that wait for it move"</label>
                    <select class="input" id="shift-how" name="shift">{options}</select>
                </div>
            </div>
            <div class="form-actions"><button type="submit" class="btn btn-quiet">"Show what would move"</button></div>
        </form>
        {preview}
    };
    let open = !asked.day.is_empty();
    view! {
        <details class="confirm" open=open>
            <summary class="btn btn-quiet">"Reschedule"</summary>
            <div class="confirm-panel is-calm stack">{inside}</div>
        </details>
    }
    .into_any()
}

/// "T-12 Order parts: due 27 November instead of 20 November"
fn in_words(slip: &Slip) -> String {
    let name = format!("T-{} {}", slip.before.number, slip.before.title);
    let days = |task: &Task| match (task.start, task.due) {
        (Some(start), Some(due)) => format!("{} to {}", day_in_words(start.day), day_in_words(due.day)),
        (Some(start), None) => format!("from {}", day_in_words(start.day)),
        (None, due) => due.map(|due| day_in_words(due.day)).unwrap_or_default(),
    };
    format!("{name}: {} instead of {}", days(&slip.after), days(&slip.before))
}
