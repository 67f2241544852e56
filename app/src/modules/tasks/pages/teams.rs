//! `/app/{org}/tasks/teams` and below: who does things together. The server writes them alone.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::tabs::{did, done, undo_button};
use crate::{
    ids::UserId,
    modules::tasks::{
        api_board::UndoTasks,
        api_lists::{AddTaskTeam, SaveTaskTeam},
        lists,
        store::Team,
        teams::no_team,
    },
    pages::plain::written,
    people::members::Member,
    request,
    ui::{
        Badge, Checkbox, Checkboxes, Choice, Empty, Field, Form, FormMessage, FormState, Post, PostForm, SettingsFrame,
        SettingsHead, SubmitButton, given, org_of_address,
    },
};

const DONE: &[(&str, &str)] = &[("added", "Added. Tasks can be assigned to it now."), ("saved", "Saved.")];
/// So many of a team are named in the list.
const NAMED: usize = 4;

/// The list, in the dashboard's frame.
#[component]
pub fn TeamsRoute() -> AnyView {
    let org = org_of_address();
    let (add, undo) = (Form::of(Post::to::<AddTaskTeam>()), Form::of(Post::to::<UndoTasks>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let key = crate::ids::fresh(platform.clock.now()).to_string();
    let read = async move || {
        lists::to_set_up(&platform, &actor, &slug).await?;
        let (teams, everybody) = lists::teams(&platform, &actor, &slug).await?;
        Ok((slug, teams, everybody))
    };
    let body = written(read, move |(slug, teams, everybody)| list(&slug, &teams, &everybody, [add, undo], &key));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

/// One of them, in the dashboard's frame.
#[component]
pub fn TeamRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let save = Form::of(Post::to::<SaveTaskTeam>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        lists::to_set_up(&platform, &actor, &slug).await?;
        let (teams, everybody) = lists::teams(&platform, &actor, &slug).await?;
        let found = teams.into_iter().find(|(team, _)| team.id.to_string() == id).ok_or_else(no_team)?;
        Ok((slug, found, everybody))
    };
    let body = written(read, move |(slug, (team, inside), everybody)| one(&slug, &team, &inside, &everybody, save));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn list(
    org: &str,
    teams: &[(Team, BTreeSet<UserId>)],
    everybody: &[Member],
    [add, undo]: [Form; 2],
    key: &str,
) -> AnyView {
    let body = if teams.is_empty() {
        view! {
            <Empty title="No teams yet" icon="users">
                <p>"Assign a task to a team where it doesn’t matter who of them does it: it waits in the team’s queue until one of them claims it. A space can be for its team alone, too."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = teams.iter().map(|(team, inside)| line(org, team, inside, everybody)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let Form { post, state } = add;
    let refused = [add, undo].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let here = format!("/app/{org}/tasks/teams");
    let done = (!refused).then(|| {
        let done = done(DONE, |act| undo_button(org, &here, act, undo));
        view! { {done} {did(org, &here, undo)} }
    });
    let back = format!("/app/{org}/settings");
    let boxes = boxes(state, everybody, &BTreeSet::new());
    let key = state.value("key").unwrap_or_else(|| key.to_owned());
    let org = org.to_owned();
    view! {
        <SettingsHead title="Teams for tasks" about="Groups of people that tasks can be assigned to." back=back/>
        {done}
        <FormMessage form=undo.state/>
        {body}
        <section class="card stack" aria-labelledby="add-team">
            <h2 id="add-team">"Add a team"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="key" value=key/>
                <Field form=state name="name" label="Name" hint="Like “Reception” or “Fitters”." autocomplete="off" maxlength=100/>
                {boxes}
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, team: &Team, inside: &BTreeSet<UserId>, everybody: &[Member]) -> AnyView {
    let mut names: Vec<&str> =
        everybody.iter().filter(|one| inside.contains(&one.user)).map(|one| one.name.as_str()).collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let who = match (names.is_empty(), more) {
        (true, _) => "No members".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    };
    let off = (!team.active).then(|| view! { <Badge label="Inactive"/> });
    let href = format!("/app/{org}/tasks/teams/{}", team.id);
    view! {
        <li class="line" data-team=team.name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=href>{team.name.clone()}</a> " " {off}</p>
                <p class="soft">{who}</p>
            </div>
        </li>
    }
    .into_any()
}

/// Who of everybody is in it.
fn boxes(state: FormState, everybody: &[Member], inside: &BTreeSet<UserId>) -> AnyView {
    let is_only = |name: &str| everybody.iter().filter(|other| other.name == name).count() == 1;
    let options: Vec<Choice> = everybody
        .iter()
        .map(|one| Choice {
            value: one.user.to_string(),
            label: if is_only(&one.name) { one.name.clone() } else { format!("{} ({})", one.name, one.email) },
            chosen: inside.contains(&one.user),
        })
        .collect();
    view! {
        <div class="many-checks">
            <Checkboxes form=state name="members" legend="Members" options=options/>
        </div>
    }
    .into_any()
}

fn one(org: &str, team: &Team, inside: &BTreeSet<UserId>, everybody: &[Member], save: Form) -> AnyView {
    let back = format!("/app/{org}/tasks/teams");
    let Form { post, state } = save;
    let boxes = boxes(state, everybody, inside);
    let (org, id, version, name, active) =
        (org.to_owned(), team.id.to_string(), team.version, team.name.clone(), team.active);
    view! {
        <SettingsHead title=team.name.clone() about="A team for tasks" back=back back_label="Teams for tasks"/>
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"Name and members"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Field form=state name="name" label="Name" autocomplete="off" maxlength=100 value=name/>
                {boxes}
                <Checkbox form=state name="active" label="Active" hint="No task can be assigned to an inactive team. What it has stays." value=active/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
