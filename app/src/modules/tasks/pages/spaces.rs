//! `/app/{org}/tasks/spaces` and below: which lists belong together, and who sees them. The server writes them alone.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::tabs::{did, done, undo_button};
use crate::{
    ids::UserId,
    modules::tasks::{
        api_board::UndoTasks,
        api_lists::{AddTaskSpace, ArchiveTaskSpace, MoveTaskSpace, SaveTaskSpace},
        lists::{self, Shown},
        store::Team,
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Badge, Empty, Field, Form, FormMessage, FormState, Kind, Post, PostForm, Select, SettingsFrame, SettingsHead,
        SubmitButton, given, org_of_address, radio_cards, step,
    },
};

const DONE: &[(&str, &str)] = &[
    ("added", "Added. Now add lists to it, under “Lists”."),
    ("saved", "Saved."),
    ("moved", "Moved."),
    ("away", "Archived, with all that is in it."),
    ("out", "Restored."),
];

/// A team, with who is in it.
type Crew = (Team, BTreeSet<UserId>);

/// The list, in the dashboard's frame.
#[component]
pub fn SpacesRoute() -> AnyView {
    let org = org_of_address();
    let (add, place) = (Form::of(Post::to::<AddTaskSpace>()), Form::of(Post::to::<MoveTaskSpace>()));
    let undo = Form::of(Post::to::<UndoTasks>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let key = crate::ids::fresh(platform.clock.now()).to_string();
    let read = async move || {
        let (spaces, teams) = set_up(&platform, &actor, &slug).await?;
        Ok((slug, spaces, teams))
    };
    let body = written(read, move |(slug, spaces, teams)| list(&slug, &spaces, &teams, [add, place, undo], &key));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

/// One of them, in the dashboard's frame.
#[component]
pub fn SpaceRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let (save, archive) = (Form::of(Post::to::<SaveTaskSpace>()), Form::of(Post::to::<ArchiveTaskSpace>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (spaces, teams) = set_up(&platform, &actor, &slug).await?;
        let found = spaces.into_iter().find(|shown| shown.space.id.to_string() == id).ok_or_else(lists::no_space)?;
        Ok((slug, found, teams))
    };
    let body = written(read, move |(slug, shown, teams)| one(&slug, &shown, &teams, save, archive));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

async fn set_up(
    platform: &crate::platform::Platform,
    actor: &crate::org::Actor,
    org: &str,
) -> crate::error::Result<(Vec<Shown>, Vec<Crew>)> {
    let spaces = lists::to_set_up(platform, actor, org).await?;
    let (teams, _) = lists::teams(platform, actor, org).await?;
    Ok((spaces, teams))
}

fn list(org: &str, spaces: &[Shown], teams: &[Crew], [add, place, undo]: [Form; 3], key: &str) -> AnyView {
    let body = if spaces.is_empty() {
        view! {
            <Empty title="No spaces yet" icon="list">
                <p>"A space holds lists that belong together: a branch, a project, what one team does. Everybody sees it, or its team alone."</p>
            </Empty>
        }
        .into_any()
    } else {
        let last = spaces.len() - 1;
        let lines = spaces
            .iter()
            .enumerate()
            .map(|(at, shown)| line(org, shown, at == 0, at == last, place.post))
            .collect_view();
        view! { <ul class="lines numbers">{lines}</ul> }.into_any()
    };
    let refused = [add, place, undo].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let here = format!("/app/{org}/tasks/spaces");
    let done = (!refused).then(|| {
        let done = done(DONE, |act| undo_button(org, &here, act, undo));
        view! { {done} {did(org, &here, undo)} }
    });
    let back = format!("/app/{org}/settings");
    let Form { post, state } = add;
    let fields = fields(state, teams, String::new(), String::new(), "everyone".to_owned());
    let key = state.value("key").unwrap_or_else(|| key.to_owned());
    let org = org.to_owned();
    view! {
        <SettingsHead title="Spaces" about="Which lists belong together, and who sees them. Lists show them in this order." back=back/>
        {done}
        <FormMessage form=place.state/>
        <FormMessage form=undo.state/>
        {body}
        <section class="card stack" aria-labelledby="add-space">
            <h2 id="add-space">"Add a space"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="key" value=key/>
                {fields}
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, shown: &Shown, first: bool, last: bool, place: Post) -> AnyView {
    let Shown { space, team, lists } = shown;
    let (id, name) = (space.id.to_string(), space.name.clone());
    let away = space.archived.then(|| view! { <Badge label="Archived"/> });
    let who = match (space.seen_by.as_str(), team) {
        ("team", Some(team)) => format!("Only {team} and admins see it"),
        (_, Some(team)) => format!("{team}; everybody sees it"),
        _ => "Everybody sees it".to_owned(),
    };
    let lists = match lists.len() {
        0 => "no lists".to_owned(),
        count => counted(count, "list", "lists"),
    };
    view! {
        <li class="line" data-space=name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=format!("/app/{org}/tasks/spaces/{id}")>{name.clone()}</a> " " {away}</p>
                <p class="soft">{format!("{who}; {lists}")}</p>
            </div>
            <div class="line-end">
                {step(org, &id, format!("Move {name} up"), "up", true, first, place)}
                {step(org, &id, format!("Move {name} down"), "down", false, last, place)}
            </div>
        </li>
    }
    .into_any()
}

fn fields(state: FormState, teams: &[Crew], name: String, team: String, seen_by: String) -> AnyView {
    let offered = teams.iter().filter(|(one, _)| one.active || one.id.to_string() == team);
    let offered = offered.map(|(one, _)| (one.id.to_string(), one.name.clone()));
    let options = std::iter::once((String::new(), "No team".to_owned())).chain(offered).collect();
    let who = [
        ("everyone", "Everybody", "Whoever works with tasks here sees its lists."),
        ("team", "Its team only", "Its team and admins see its lists; nobody else does. Links that show them to others end, and only members can mail tasks to them."),
    ]
    .map(|(value, label, about)| (value.to_owned(), label.to_owned(), about.to_owned()))
    .to_vec();
    view! {
        <Field form=state name="name" label="Name" hint="Like “Newtown” or “Website”." autocomplete="off" maxlength=100 value=name/>
        <Select form=state name="team" label="Team" options=options value=team/>
        {radio_cards(state, "seen_by", "Who sees it", who, seen_by)}
    }
    .into_any()
}

fn one(org: &str, shown: &Shown, teams: &[Crew], save: Form, archive: Form) -> AnyView {
    let space = &shown.space;
    let back = format!("/app/{org}/tasks/spaces");
    let team = space.team_id.map(|team| team.to_string()).unwrap_or_default();
    let Form { post, state } = save;
    let fields = fields(state, teams, space.name.clone(), team, space.seen_by.clone());
    let (slug, id, version) = (org.to_owned(), space.id.to_string(), space.version);
    view! {
        <SettingsHead title=space.name.clone() about="A space" back=back back_label="Spaces"/>
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"General"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                {fields}
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        {put_away(org, shown, archive)}
    }
    .into_any()
}

fn put_away(org: &str, shown: &Shown, Form { post, state }: Form) -> AnyView {
    let (org, id, is_away) = (org.to_owned(), shown.space.id.to_string(), shown.space.archived);
    let (words, label, busy) = if is_away {
        ("It goes back to where it was, with all that is in it.", "Restore", "Restoring…")
    } else {
        (
            "Its lists can still be read, and nothing in them is lost or changes. You can restore it at any time.",
            "Archive",
            "Archiving…",
        )
    };
    let archived = (!is_away).then(|| view! { <input type="hidden" name="archived" value="true"/> });
    view! {
        <section class="card stack" aria-labelledby="away">
            <h2 id="away">"Archive"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                {archived}
                <p>{words}</p>
                <div class="form-actions"><SubmitButton form=state label=label busy=busy kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
