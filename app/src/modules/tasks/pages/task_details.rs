//! What is chosen of a task, on its page: how far it has come, whose it is, when it is due.

use leptos::prelude::*;

use super::task::{about, save_label, was};
use crate::{
    ids::UserId,
    modules::tasks::{
        api_task::SaveTaskDetails,
        saying::{minutes_words, priority_words},
        task::When,
        task_view::TaskPage,
    },
    ui::{Checkboxes, Choice, DateField, Field, Form, FormMessage, FormState, Post, PostForm, Select, SubmitButton},
};

/// The form.
pub(super) fn form() -> Form {
    Form::of(Post::to::<SaveTaskDetails>())
}

/// What is chosen; for who may change it, in fields.
pub(super) fn details(org: &str, page: &TaskPage, Form { post, state }: Form) -> AnyView {
    if !page.may.change {
        return facts(page);
    }
    let task = &page.task;
    let optional = |id: Option<String>| id.unwrap_or_default();
    let status = task.status.to_string();
    let section = optional(task.section.map(|id| id.to_string()));
    let responsible = optional(task.responsible.map(|id| id.to_string()));
    let team = optional(task.team.map(|id| id.to_string()));
    let completes = task.completes.as_str().to_owned();
    let priority = task.priority.to_string();
    let estimate = optional(task.estimate.map(minutes_words));
    let ((start_day, start_time), (due_day, due_time)) = (split(task.start), split(task.due));
    let people: Vec<String> = also_on(page).map(|user| user.to_string()).collect();
    let labels: Vec<String> = task.labels.iter().map(ToString::to_string).collect();
    let (were_people, were_labels) = (was_all(state, "people", &people), was_all(state, "labels", &labels));
    let single = [
        ("status", &status),
        ("section", &section),
        ("responsible", &responsible),
        ("team", &team),
        ("completes", &completes),
        ("priority", &priority),
        ("estimate", &estimate),
        ("start_day", &start_day),
        ("start_time", &start_time),
        ("due_day", &due_day),
        ("due_time", &due_time),
    ];
    let were = single.into_iter().map(|(name, now)| was(state, name, now)).collect_view();
    let statuses = page.statuses.iter().map(|one| (one.id.to_string(), one.name.clone())).collect();
    let sections = with_none("No section", page.sections.iter().map(|one| (one.id.to_string(), one.name.clone())));
    let persons = with_none("Nobody", choices(page, task.responsible));
    let teams = page.teams.iter().filter(|team| team.active || Some(team.id) == task.team);
    let teams = with_none("No team", teams.map(|one| (one.id.to_string(), one.name.clone())));
    let priorities = (0..=4).map(|level| (level.to_string(), priority_words(level).to_owned())).collect();
    let ways = vec![
        ("any".to_owned(), "Any one of them".to_owned()),
        ("everyone".to_owned(), "Everyone, their own part".to_owned()),
    ];
    let has_sections = !page.sections.is_empty();
    let section = if has_sections {
        view! { <Select form=state name="section" label="Section" options=sections value=section/> }.into_any()
    } else {
        view! { <input type="hidden" name="section" value=""/> }.into_any()
    };
    let (which, others, about_it) = (about(org, page, state), others(page, state), labelled(page, state));
    view! {
        <section class="card stack" aria-labelledby="details">
            <h2 id="details">"Details"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                {which}
                {were}
                {were_people}
                {were_labels}
                <Select form=state name="status" label="Status" options=statuses value=status/>
                {section}
                <Select form=state name="responsible" label="Assigned to" options=persons value=responsible/>
                {others}
                <Select form=state name="team" label="Team" hint="If nobody is assigned, it waits in the team’s queue." options=teams value=team/>
                <Select form=state name="completes" label="Who completes it" options=ways value=completes/>
                <div class="fields-row task-dates">
                    <DateField form=state name="due_day" label="Due" value=due_day/>
                    <Field form=state name="due_time" label="Due time" type_="time" optional=true value=due_time/>
                </div>
                <div class="fields-row task-dates">
                    <DateField form=state name="start_day" label="Starts" value=start_day/>
                    <Field form=state name="start_time" label="Start time" type_="time" optional=true value=start_time/>
                </div>
                <Select form=state name="priority" label="Priority" options=priorities value=priority/>
                <Field form=state name="estimate" label="Estimate" hint="Like 45 min or 1 h 30 min." autocomplete="off" optional=true maxlength=20 value=estimate/>
                {about_it}
                <div class="form-actions"><SubmitButton form=state label=save_label(state) busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// Who is on it beside whose it is.
fn also_on(page: &TaskPage) -> impl Iterator<Item = UserId> + '_ {
    page.task.doers().filter(|user| Some(*user) != page.task.responsible)
}

/// Who else is on it: whoever could be, and whoever is.
fn others(page: &TaskPage, state: FormState) -> AnyView {
    let on = |user: UserId| also_on(page).any(|one| one == user);
    let mut options: Vec<Choice> = page
        .people
        .iter()
        .map(|one| Choice { value: one.id.to_string(), label: one.name.clone(), chosen: on(one.id) })
        .collect();
    let gone = also_on(page).filter(|user| !page.people.iter().any(|other| other.id == *user));
    options.extend(gone.map(|user| Choice { value: user.to_string(), label: page.names.of(user), chosen: true }));
    let count = options.iter().filter(|choice| choice.chosen).count();
    let summary = if count == 0 { "Also assigned".to_owned() } else { format!("Also assigned ({count})") };
    let open = has_error(state, "people");
    view! {
        <details class="folds" open=open>
            <summary>{summary}</summary>
            <Checkboxes form=state name="people" legend="Also assigned to" options=options/>
        </details>
    }
    .into_any()
}

fn labelled(page: &TaskPage, state: FormState) -> AnyView {
    if page.labels.is_empty() {
        return ().into_any();
    }
    let options: Vec<Choice> = page
        .labels
        .iter()
        .map(|label| Choice {
            value: label.id.to_string(),
            label: label.name.clone(),
            chosen: page.task.labels.contains(&label.id),
        })
        .collect();
    let chosen: Vec<&str> = options.iter().filter(|one| one.chosen).map(|one| one.label.as_str()).collect();
    let summary = if chosen.is_empty() { "Labels".to_owned() } else { format!("Labels: {}", chosen.join(", ")) };
    let open = has_error(state, "labels");
    view! {
        <details class="folds" open=open>
            <summary>{summary}</summary>
            <Checkboxes form=state name="labels" legend="Labels" options=options/>
        </details>
    }
    .into_any()
}

fn has_error(state: FormState, name: &'static str) -> bool {
    state.error(name).with_untracked(Option::is_some)
}

/// The same as [`was`] of what can be several.
fn was_all(state: FormState, name: &'static str, now: &[String]) -> AnyView {
    let (sent_as, field) = (format!("{name}[]"), format!("was_{name}"));
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all.join(",")
    };
    let now_is = sorted(now.to_vec());
    let was = match (state.values(&sent_as), state.value(&field)) {
        (Some(sent), Some(was)) if sorted(sent.clone()) != was => was,
        (Some(_), Some(_)) => {
            state.remember_all(sent_as, now.to_vec());
            now_is
        }
        _ => now_is,
    };
    view! { <input type="hidden" name=field value=was/> }.into_any()
}

/// Who it can be given to, and whose it is.
fn choices(page: &TaskPage, responsible: Option<UserId>) -> impl Iterator<Item = (String, String)> + '_ {
    let gone = responsible.filter(|user| !page.people.iter().any(|one| one.id == *user));
    let gone = gone.map(|user| (user.to_string(), page.names.of(user)));
    page.people.iter().map(|one| (one.id.to_string(), one.name.clone())).chain(gone)
}

fn with_none(none: &str, options: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    std::iter::once((String::new(), none.to_owned())).chain(options).collect()
}

fn split(when: Option<When>) -> (String, String) {
    when.map_or_else(Default::default, |when| {
        let (day, time) = when.to_stored();
        (day, time.unwrap_or_default())
    })
}

/// For who only reads it.
fn facts(page: &TaskPage) -> AnyView {
    let task = &page.task;
    let fact = |name: &'static str, value: Option<String>| {
        value.filter(|value| !value.is_empty()).map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    let others: Vec<String> = also_on(page).map(|user| page.names.of(user)).collect();
    let labels = page.labels.iter().filter(|label| task.labels.contains(&label.id));
    let labels: Vec<&str> = labels.map(|label| label.name.as_str()).collect();
    let named = |found: Option<&String>| found.cloned();
    view! {
        <section class="card stack" aria-labelledby="details">
            <h2 id="details">"Details"</h2>
            <dl class="facts facts-wide">
                {fact("Status", named(page.statuses.iter().find(|one| one.id == task.status).map(|one| &one.name)))}
                {fact("Section", named(page.sections.iter().find(|one| Some(one.id) == task.section).map(|one| &one.name)))}
                {fact("Assigned to", task.responsible.map(|user| page.names.of(user)))}
                {fact("Also assigned to", Some(others.join(", ")))}
                {fact("Team", named(page.teams.iter().find(|one| Some(one.id) == task.team).map(|one| &one.name)))}
                {fact("Due", task.due.map(|due| page.here.exactly(due)))}
                {fact("Starts", task.start.map(|start| page.here.exactly(start)))}
                {fact("Priority", (task.priority > 0).then(|| priority_words(task.priority).to_owned()))}
                {fact("Estimate", task.estimate.map(minutes_words))}
                {fact("Labels", Some(labels.join(", ")))}
            </dl>
        </section>
    }
    .into_any()
}
