//! `/app/{org}/tasks/lists`: all lists, space by space. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;

use super::tabs::{Tab, did, done, tabs, undo_button};
use crate::{
    modules::tasks::{
        api_board::UndoTasks,
        api_lists::{AddTaskList, ArchiveTaskList, BeginTasks, MoveTaskList},
        lists::{self, Overview, Shown},
        store::List,
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, Empty, Field, Form, FormMessage, Kind, PageHeader, PageTitle, Post, PostForm, Select,
        SubmitButton, folded_by, org_of_address, step,
    },
};

const DONE: &[(&str, &str)] = &[
    ("moved", "Moved."),
    ("away", "Archived. Nothing in it is lost: you find it at the end of this page."),
    ("out", "Restored."),
    ("deleted", "The list is deleted."),
];

/// What an organisation can begin with.
const BEGINNINGS: [(&str, &str, &str); 3] = [
    ("simple", "Simple to-do list", "To do, doing, done. Everything else can come later."),
    ("jobs", "Jobs for clients", "From the first call to the quote and the invoice, on a board."),
    ("week", "This week", "One section for each day, so that everybody sees what is on."),
];

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Forms {
    begin: Form,
    add: Form,
    place: Form,
    archive: Form,
    undo: Form,
}

/// The lists, in the dashboard's frame.
#[component]
pub fn ListsRoute() -> AnyView {
    let org = org_of_address();
    let forms = Forms {
        begin: Form::of(Post::to::<BeginTasks>()),
        add: Form::of(Post::to::<AddTaskList>()),
        place: Form::of(Post::to::<MoveTaskList>()),
        archive: Form::of(Post::to::<ArchiveTaskList>()),
        undo: Form::of(Post::to::<UndoTasks>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let key = crate::ids::fresh(platform.clock.now()).to_string();
    let read = async move || {
        let page = lists::overview(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, page, &forms, &key));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: Overview, forms: &Forms, key: &str) -> AnyView {
    let all = [forms.begin, forms.add, forms.place, forms.archive, forms.undo];
    let refused = all.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let here = format!("/app/{org}/tasks/lists");
    let done = (!refused).then(|| {
        let done = done(DONE, |act| undo_button(org, &here, act, forms.undo));
        view! { {done} {did(org, &here, forms.undo)} }
    });
    let (may_change, may_set_up) = (page.may_change, page.may_set_up);
    let is_new = page.spaces.iter().all(|shown| shown.lists.is_empty());
    let offered: Vec<(String, String)> = page
        .spaces
        .iter()
        .filter(|shown| !shown.space.archived)
        .map(|shown| (shown.space.id.to_string(), shown.space.name.clone()))
        .collect();
    let body = if is_new {
        nothing_yet(org, forms.begin, may_set_up, key)
    } else {
        let away = put_away(org, &page.spaces, forms.archive, may_change);
        let spaces = page.spaces.iter().filter(|shown| !shown.space.archived);
        let spaces = spaces.map(|shown| space(org, shown, forms.place.post, may_change)).collect_view();
        view! { {spaces} {away} }.into_any()
    };
    let add = (may_change && !offered.is_empty()).then(|| another(org, offered, forms.add, key));
    let set_up = may_set_up.then(|| {
        let href = format!("/app/{org}/tasks/spaces");
        view! { <p><a href=href>"Manage spaces"</a></p> }
    });
    // Where there is nothing yet, the form itself says so.
    let not_begun = (!is_new).then(|| view! { <FormMessage form=forms.begin.state/> });
    view! {
        <PageTitle text="Lists"/>
        <PageHeader title="Lists" about="All lists of tasks, space by space."/>
        {tabs(org, Tab::Lists, page.unread)}
        {done}
        {not_begun}
        <FormMessage form=forms.place.state/>
        <FormMessage form=forms.archive.state/>
        <FormMessage form=forms.undo.state/>
        {body}
        {add}
        {set_up}
    }
    .into_any()
}

/// For a new organisation: what it can begin with.
fn nothing_yet(org: &str, Form { post, state }: Form, may_set_up: bool, key: &str) -> AnyView {
    if !may_set_up {
        return view! {
            <Empty title="No lists yet" icon="list">
                <p>"Lists hold tasks. An admin sets the first one up; then you add tasks to it, and lists of your own."</p>
            </Empty>
        }
        .into_any();
    }
    let choices = BEGINNINGS
        .into_iter()
        .map(|(value, label, about)| {
            view! {
                <li class="line" data-like=value>
                    <div class="line-text">
                        <p class="line-title">{label}</p>
                        <p class="soft">{about}</p>
                    </div>
                    <button type="submit" class="btn btn-quiet" name="like" value=value aria-label=format!("Use this: {label}")>
                        "Use this"
                    </button>
                </li>
            }
        })
        .collect_view();
    let (org, key) = (org.to_owned(), key.to_owned());
    view! {
        <Empty title="No lists yet" icon="list">
            <p>"A list says who does what, and by when. Start with one of these; you can change all of it later."</p>
        </Empty>
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="key" value=key/>
            <ul class="lines">{choices}</ul>
        </PostForm>
    }
    .into_any()
}

fn space(org: &str, shown: &Shown, place: Post, may_change: bool) -> AnyView {
    let Shown { space, team, lists } = shown;
    let lists: Vec<&(List, i64)> = lists.iter().filter(|(list, _)| !list.archived).collect();
    let last = lists.len().saturating_sub(1);
    let none = lists.is_empty().then(|| view! { <p class="soft">"No lists in it yet."</p> });
    let lines = lists
        .into_iter()
        .enumerate()
        .map(|(at, (list, open))| {
            let steps = (may_change && last > 0).then(|| {
                let (id, name) = (list.id.to_string(), &list.name);
                let up = step(org, &id, format!("Move {name} up"), "up", true, at == 0, place);
                let down = step(org, &id, format!("Move {name} down"), "down", false, at == last, place);
                view! { <div class="line-end">{up} {down}</div> }
            });
            view! {
                <li class="line" data-list=list.name.clone()>
                    <div class="line-text">
                        <p class="line-title"><a href=format!("/app/{org}/tasks/lists/{}", list.id)>{list.name.clone()}</a></p>
                        <p class="soft">{open_words(*open)}</p>
                    </div>
                    {steps}
                </li>
            }
        })
        .collect_view();
    let whose = match (space.seen_by.as_str(), team) {
        ("team", Some(team)) => Some(view! { <Badge label=format!("{team} only")/> }.into_any()),
        (_, Some(team)) if *team != space.name => Some(view! { <Badge label=team.clone()/> }.into_any()),
        _ => None,
    };
    let id = format!("space-{}", space.id);
    view! {
        <section class="stack" aria-labelledby=id.clone() data-space=space.name.clone()>
            <h2 id=id.clone()>{space.name.clone()} " " {whose}</h2>
            {none}
            <ul class="lines numbers">{lines}</ul>
        </section>
    }
    .into_any()
}

/// “12 open tasks”
fn open_words(open: i64) -> String {
    match open {
        0 => "Nothing open".to_owned(),
        open => counted(open, "open task", "open tasks"),
    }
}

/// What was put away: lists, and all lists of spaces that were.
fn put_away(org: &str, spaces: &[Shown], Form { post, .. }: Form, may_change: bool) -> AnyView {
    let mut lines = Vec::new();
    for shown in spaces {
        for (list, _) in shown.lists.iter().filter(|(list, _)| list.archived || shown.space.archived) {
            let where_it_is = if shown.space.archived {
                format!("{}, which is archived", shown.space.name)
            } else {
                shown.space.name.clone()
            };
            let out = (may_change && list.archived && !shown.space.archived).then(|| {
                let (org, id) = (org.to_owned(), list.id.to_string());
                let label = format!("Restore {}", list.name);
                view! {
                    <PostForm post=post>
                        <input type="hidden" name="org" value=org/>
                        <input type="hidden" name="id" value=id/>
                        <button type="submit" class="btn btn-quiet" aria-label=label>"Restore"</button>
                    </PostForm>
                }
            });
            lines.push(view! {
                <li class="line" data-list=list.name.clone()>
                    <div class="line-text">
                        <p class="line-title"><a href=format!("/app/{org}/tasks/lists/{}", list.id)>{list.name.clone()}</a></p>
                        <p class="soft">{where_it_is}</p>
                    </div>
                    {out}
                </li>
            });
        }
    }
    if lines.is_empty() {
        return ().into_any();
    }
    let count = counted(lines.len(), "list", "lists");
    view! {
        <details class="put-away">
            <summary>{format!("Archived: {count}")}</summary>
            <ul class="lines">{lines}</ul>
        </details>
    }
    .into_any()
}

/// The form for another list; of several spaces one is chosen.
fn another(org: &str, spaces: Vec<(String, String)>, Form { post, state }: Form, key: &str) -> AnyView {
    let key = state.value("key").unwrap_or_else(|| key.to_owned());
    let org = org.to_owned();
    let space = match spaces.as_slice() {
        [(id, _)] => view! { <input type="hidden" name="space" value=id.clone()/> }.into_any(),
        _ => view! { <Select form=state name="space" label="Space" options=spaces/> }.into_any(),
    };
    let inside = view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="key" value=key/>
            <Field form=state name="name" label="Name" hint="Like “Front desk” or “Shop fit-out”." autocomplete="off" maxlength=100/>
            {space}
            <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…" kind=Kind::Primary/></div>
        </PostForm>
    }
    .into_any();
    view! { <section aria-label="Add a list">{folded_by("Add a list", state, inside)}</section> }.into_any()
}
