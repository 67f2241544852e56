//! `/app/{org}/tasks/lists/{id}/settings`: what a list is called, how far its tasks can have come, and its sections. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::tabs::done;
use crate::{
    error::{AppError, Result},
    modules::tasks::{
        api_lists::{
            AddListSection, AddListStatus, ArchiveTaskList, DeleteListSection, DeleteListStatus, DeleteTaskList,
            MoveListSection, MoveListStatus, SaveListSection, SaveListStatus, SaveTaskList, UndoListPart,
        },
        lists::{self, LONGEST_ABOUT, Overview, Whole},
        parts::kind_words,
        store::{Section, Status},
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, Field, Form, FormMessage, FormState, Icon, Kind, Notice, PageHeader, PageTitle, Post,
        PostForm, Select, SubmitButton, TextArea, Tone, confirmed_by, folded_by, given, org_of_address, radio_cards,
        step, with_query,
    },
};

const DONE: &[(&str, &str)] =
    &[("saved", "Saved. Boards show it already."), ("moved", "Moved."), ("undone", "Undone.")];

const KINDS: [(&str, &str); 3] = [
    ("open", "Nobody has begun with these tasks."),
    ("started", "Somebody is working on these tasks."),
    ("done", "A task that is moved there is completed."),
];

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Forms {
    save: Form,
    archive: Form,
    delete: Form,
    add_status: Form,
    save_status: Form,
    place_status: Form,
    delete_status: Form,
    add_section: Form,
    save_section: Form,
    place_section: Form,
    delete_section: Form,
    undo: Form,
}

/// What the address asks for beside the list.
#[derive(Debug, Clone, Default)]
struct Wanted {
    /// One of its statuses.
    status: Option<String>,
    /// One of its sections.
    section: Option<String>,
    /// What was taken away, to undo it.
    act: Option<String>,
    /// Something was taken away.
    gone: bool,
}

/// What of a list the page shows.
enum Part {
    /// All of it.
    Whole,
    /// A status to be changed, and how many tasks it has.
    Status(Status, i64),
    /// A section to be changed.
    Section(Section),
}

impl Part {
    /// What is asked for, where it is there and whoever asks may change it.
    fn of(whole: &Whole, all: &Overview, wanted: &Wanted) -> Result<Self> {
        if let Some(id) = &wanted.status {
            let found = whole.statuses.iter().find(|(status, _)| status.id.to_string() == *id);
            let (status, count) =
                found.filter(|_| all.may_organise).ok_or_else(|| AppError::not_found("that status"))?;
            return Ok(Self::Status(status.clone(), *count));
        }
        if let Some(id) = &wanted.section {
            let found = whole.sections.iter().find(|section| section.id.to_string() == *id);
            let section = found.filter(|_| all.may_change).ok_or_else(|| AppError::not_found("that section"))?;
            return Ok(Self::Section(section.clone()));
        }
        Ok(Self::Whole)
    }
}

/// The page, in the dashboard's frame.
#[component]
pub fn ListSettingsRoute() -> AnyView {
    let (org, params, query) = (org_of_address(), use_params_map(), use_query_map());
    let id = given(&params, "id").unwrap_or_default();
    let wanted = Wanted {
        status: given(&query, "status"),
        section: given(&query, "section"),
        act: given(&query, "act"),
        gone: given(&query, "gone").is_some(),
    };
    let forms = Forms {
        save: Form::of(Post::to::<SaveTaskList>()),
        archive: Form::of(Post::to::<ArchiveTaskList>()),
        delete: Form::of(Post::to::<DeleteTaskList>()),
        add_status: Form::of(Post::to::<AddListStatus>()),
        save_status: Form::of(Post::to::<SaveListStatus>()),
        place_status: Form::of(Post::to::<MoveListStatus>()),
        delete_status: Form::of(Post::to::<DeleteListStatus>()),
        add_section: Form::of(Post::to::<AddListSection>()),
        save_section: Form::of(Post::to::<SaveListSection>()),
        place_section: Form::of(Post::to::<MoveListSection>()),
        delete_section: Form::of(Post::to::<DeleteListSection>()),
        undo: Form::of(Post::to::<UndoListPart>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let whole = lists::whole(&platform, &actor, &slug, &id).await?;
        let all = lists::overview(&platform, &actor, &slug).await?;
        let part = Part::of(&whole, &all, &wanted)?;
        Ok((slug, whole, all, wanted, part))
    };
    let body = written(read, move |(org, whole, all, wanted, part)| match part {
        Part::Whole => show(&org, &whole, &all, &wanted, &forms),
        Part::Status(status, count) => one_status(&org, &whole, &status, count, &forms),
        Part::Section(section) => one_section(&org, &whole, &section, &forms),
    });
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, whole: &Whole, all: &Overview, wanted: &Wanted, forms: &Forms) -> AnyView {
    let list = &whole.list;
    let open = all.may_change && !list.archived && !whole.space.archived;
    let organised = all.may_organise && !list.archived && !whole.space.archived;
    let refused = [
        forms.save,
        forms.archive,
        forms.delete,
        forms.add_status,
        forms.place_status,
        forms.add_section,
        forms.place_section,
        forms.undo,
    ]
    .iter()
    .any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| done(DONE, |act| undo_button(org, whole, act, forms.undo)));
    let gone = (!refused && wanted.gone).then(|| taken_away(org, whole, wanted.act.clone(), forms.undo));
    let away = (list.archived || whole.space.archived).then(|| {
        let words = if list.archived {
            "This list is archived: it can be read, but not changed."
        } else {
            "The space of this list is archived: the list can be read, but not changed."
        };
        view! { <Notice tone=Tone::Info><p>{words}</p></Notice> }
    });
    view! {
        {head(org, whole, "List settings", false)}
        {done}
        {gone}
        <FormMessage form=forms.undo.state/>
        {away}
        {open.then(|| what_it_is(org, whole, all, forms.save))}
        {statuses(org, whole, organised, forms)}
        {sections(org, whole, open, forms)}
        {organised.then(|| own_fields(org, whole))}
        {organised.then(|| as_template(org, whole))}
        {all.may_change.then(|| put_away(org, whole, forms.archive))}
        {(all.may_set_up && list.archived).then(|| delete(org, whole, forms.delete))}
    }
    .into_any()
}

/// The way to the fields of the list's own.
fn own_fields(org: &str, whole: &Whole) -> AnyView {
    let href = format!("/app/{org}/tasks/lists/{}/fields", whole.list.id);
    view! {
        <section class="card stack" aria-labelledby="own-fields">
            <h2 id="own-fields">"Fields"</h2>
            <p class="soft">"Details that only tasks of this list have: a client’s number, a budget, which room."</p>
            <p><a class="btn btn-quiet" href=href>"Set up fields"</a></p>
        </section>
    }
    .into_any()
}

/// The title, and the way back: to the list, or from one of its parts to its settings.
/// What is done like this again and again is started from a template.
fn as_template(org: &str, whole: &Whole) -> AnyView {
    let href = with_query(&format!("/app/{org}/tasks/templates/new"), &[("list", &whole.list.id.to_string())]);
    view! {
        <section class="card stack" aria-labelledby="as-template">
            <h2 id="as-template">"Template"</h2>
            <p class="soft">"As a template, all tasks of this list can be added again whenever they are needed, for other people and other days."</p>
            <p><a class="btn btn-quiet" href=href>"Save as a template"</a></p>
        </section>
    }
    .into_any()
}

fn head(org: &str, whole: &Whole, about: &str, of_part: bool) -> AnyView {
    let list = &whole.list;
    let (href, label) = if of_part {
        (format!("/app/{org}/tasks/lists/{}/settings", list.id), "List settings".to_owned())
    } else {
        (format!("/app/{org}/tasks/lists/{}", list.id), list.name.clone())
    };
    view! {
        <PageTitle text=format!("{} · Settings", list.name)/>
        <a class="back" href=href><Icon name="back"/>{label}</a>
        <PageHeader title=list.name.clone() about=about.to_owned()/>
    }
    .into_any()
}

/// Says that something was taken away, with the way back.
fn taken_away(org: &str, whole: &Whole, act: Option<String>, undo: Form) -> AnyView {
    let undo = act.map(|act| undo_button(org, whole, act, undo));
    view! { <Notice tone=Tone::Success><p>"Deleted. No task was lost."</p>{undo}</Notice> }.into_any()
}

/// Undoes an act, and leads back here.
fn undo_button(org: &str, whole: &Whole, act: String, Form { post, .. }: Form) -> AnyView {
    let (org, list) = (org.to_owned(), whole.list.id.to_string());
    view! {
        <PostForm post=post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="list" value=list/>
            <input type="hidden" name="id" value=act/>
            <button type="submit" class="btn btn-quiet">"Undo"</button>
        </PostForm>
    }
    .into_any()
}

fn what_it_is(org: &str, whole: &Whole, all: &Overview, Form { post, state }: Form) -> AnyView {
    let list = &whole.list;
    let spaces: Vec<(String, String)> = all
        .spaces
        .iter()
        .filter(|shown| !shown.space.archived)
        .map(|shown| (shown.space.id.to_string(), shown.space.name.clone()))
        .collect();
    let (org, id, version, name) = (org.to_owned(), list.id.to_string(), list.version, list.name.clone());
    let (space, about) = (whole.space.id.to_string(), whole.about.clone());
    view! {
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"General"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Field form=state name="name" label="Name" autocomplete="off" maxlength=100 value=name/>
                <Select form=state name="space" label="Space" hint="Whoever sees the space sees the list. In a team’s own space, links that share the list end." options=spaces value=space/>
                <TextArea form=state name="about" label="Description" hint="Shown above its tasks. Markdown: **bold**, lists with a dash, links." optional=true rows=5 maxlength=longest_about() value=about/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn longest_about() -> u16 {
    u16::try_from(LONGEST_ABOUT).unwrap_or(u16::MAX)
}

fn statuses(org: &str, whole: &Whole, organised: bool, forms: &Forms) -> AnyView {
    let list = whole.list.id;
    let end = whole.statuses.len().saturating_sub(1);
    let lines = whole
        .statuses
        .iter()
        .enumerate()
        .map(|(at, (status, count))| {
            let name = status.name.clone();
            let title = if organised {
                let href = format!("/app/{org}/tasks/lists/{list}/settings?status={}", status.id);
                view! { <a href=href>{name.clone()}</a> }.into_any()
            } else {
                view! { <span>{name.clone()}</span> }.into_any()
            };
            let steps = organised.then(|| {
                let (id, place) = (format!("{list}/{}", status.id), forms.place_status.post);
                let up = step(org, &id, format!("Move {name} up"), "up", true, at == 0, place);
                let down = step(org, &id, format!("Move {name} down"), "down", false, at == end, place);
                view! { <div class="line-end">{up} {down}</div> }
            });
            view! {
                <li class="line" data-status=name.clone()>
                    <div class="line-text">
                        <p class="line-title">{title} " " <Badge tone=tone(&status.kind) label=kind_words(&status.kind)/></p>
                        <p class="soft">{count_words(status, *count)}</p>
                    </div>
                    {steps}
                </li>
            }
        })
        .collect_view();
    let add = organised.then(|| {
        let Form { post, state } = forms.add_status;
        let (org, id) = (org.to_owned(), list.to_string());
        let inside = view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="list" value=id/>
                {status_fields(state, "status_name", String::new(), "started".to_owned(), String::new())}
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        }
        .into_any();
        folded_by("Add a status", state, inside)
    });
    view! {
        <section class="card stack" aria-labelledby="statuses">
            <h2 id="statuses">"Statuses"</h2>
            <p class="soft">"How far tasks have come: the columns of the board, in this order."</p>
            <FormMessage form=forms.place_status.state/>
            <ul class="lines numbers">{lines}</ul>
            {add}
        </section>
    }
    .into_any()
}

fn tone(kind: &str) -> Tone {
    match kind {
        "done" => Tone::Success,
        "started" => Tone::Info,
        _ => Tone::Neutral,
    }
}

/// “3 tasks, at most 5 at once”
fn count_words(status: &Status, count: i64) -> String {
    let tasks = if count == 0 { "No tasks".to_owned() } else { counted(count, "task", "tasks") };
    match status.most {
        Some(most) => format!("{tasks}, at most {most} at once"),
        None => tasks,
    }
}

fn status_fields(state: FormState, field: &'static str, name: String, kind: String, most: String) -> AnyView {
    let kinds = KINDS.map(|(value, about)| (value.to_owned(), kind_words(value).to_owned(), about.to_owned())).to_vec();
    view! {
        <Field form=state name=field label="Name" hint="Like “Waiting for parts”." autocomplete="off" maxlength=100 value=name/>
        {radio_cards(state, "kind", "Kind", kinds, kind)}
        <Field form=state name="most" label="Limit" hint="The most tasks at once. With more than that in it, the board says so." inputmode="numeric" autocomplete="off" optional=true maxlength=6 value=most/>
    }
    .into_any()
}

fn one_status(org: &str, whole: &Whole, status: &Status, count: i64, forms: &Forms) -> AnyView {
    let Form { post, state } = forms.save_status;
    let (slug, list, id, version) = (org.to_owned(), whole.list.id.to_string(), status.id.to_string(), status.version);
    let most = status.most.map(|most| most.to_string()).unwrap_or_default();
    let fields = status_fields(state, "name", status.name.clone(), status.kind.clone(), most);
    view! {
        {head(org, whole, &format!("The status {}", status.name), true)}
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"Details"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="list" value=list/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                {fields}
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        {take_status_away(org, whole, status, count, forms.delete_status)}
    }
    .into_any()
}

/// Where its tasks go is chosen first; only those are offered in which they stay completed, or open.
fn take_status_away(org: &str, whole: &Whole, status: &Status, count: i64, Form { post, state }: Form) -> AnyView {
    let fits = |other: &&(Status, i64)| other.0.id != status.id && (other.0.kind == "done") == (status.kind == "done");
    let offered: Vec<(String, String)> =
        whole.statuses.iter().filter(fits).map(|(other, _)| (other.id.to_string(), other.name.clone())).collect();
    if offered.is_empty() {
        return view! { <p class="soft">"It can’t be deleted: a list keeps one status for what is done, and one for what isn’t."</p> }
            .into_any();
    }
    let (org, list, id) = (org.to_owned(), whole.list.id.to_string(), status.id.to_string());
    let words = match count {
        0 => "No task is in it. What is in the trash goes to the status that you choose.".to_owned(),
        count => format!("{} go to the status that you choose.", counted(count, "task", "tasks")),
    };
    let inside = view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="list" value=list/>
            <input type="hidden" name="id" value=id/>
            <p>{words}</p>
            <Select form=state name="move_to" label="Move its tasks to" options=offered/>
            <div class="form-actions"><SubmitButton form=state label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/></div>
        </PostForm>
    }
    .into_any();
    confirmed_by("Delete status", state, inside)
}

fn sections(org: &str, whole: &Whole, open: bool, forms: &Forms) -> AnyView {
    let list = whole.list.id;
    let end = whole.sections.len().saturating_sub(1);
    let lines = whole
        .sections
        .iter()
        .enumerate()
        .map(|(at, section)| {
            let name = section.name.clone();
            let title = if open {
                let href = format!("/app/{org}/tasks/lists/{list}/settings?section={}", section.id);
                view! { <a href=href>{name.clone()}</a> }.into_any()
            } else {
                view! { <span>{name.clone()}</span> }.into_any()
            };
            let steps = open.then(|| {
                let (id, place) = (format!("{list}/{}", section.id), forms.place_section.post);
                let up = step(org, &id, format!("Move {name} up"), "up", true, at == 0, place);
                let down = step(org, &id, format!("Move {name} down"), "down", false, at == end, place);
                view! { <div class="line-end">{up} {down}</div> }
            });
            view! {
                <li class="line" data-section=name.clone()>
                    <div class="line-text"><p class="line-title">{title}</p></div>
                    {steps}
                </li>
            }
        })
        .collect_view();
    let none = whole.sections.is_empty().then(|| {
        view! { <p class="soft">"None. Sections divide a long list into parts: rooms, phases, days of the week."</p> }
    });
    let add = open.then(|| {
        let Form { post, state } = forms.add_section;
        let (org, id) = (org.to_owned(), list.to_string());
        let inside = view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="list" value=id/>
                <Field form=state name="section_name" label="Name" autocomplete="off" maxlength=100/>
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        }
        .into_any();
        folded_by("Add a section", state, inside)
    });
    view! {
        <section class="card stack" aria-labelledby="sections">
            <h2 id="sections">"Sections"</h2>
            <FormMessage form=forms.place_section.state/>
            {none}
            <ul class="lines">{lines}</ul>
            {add}
        </section>
    }
    .into_any()
}

fn one_section(org: &str, whole: &Whole, section: &Section, forms: &Forms) -> AnyView {
    let Form { post, state } = forms.save_section;
    let (slug, list, id, version) =
        (org.to_owned(), whole.list.id.to_string(), section.id.to_string(), section.version);
    let name = section.name.clone();
    let take_away = {
        let Form { post, state } = forms.delete_section;
        let (slug, list, id) = (slug.clone(), list.clone(), id.clone());
        let inside = view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="list" value=list/>
                <input type="hidden" name="id" value=id/>
                <p>"Its tasks stay in the list, in no section."</p>
                <div class="form-actions"><SubmitButton form=state label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/></div>
            </PostForm>
        }
        .into_any();
        confirmed_by("Delete section", state, inside)
    };
    view! {
        {head(org, whole, &format!("The section {}", section.name), true)}
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"Details"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="list" value=list/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Field form=state name="name" label="Name" autocomplete="off" maxlength=100 value=name/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        {take_away}
    }
    .into_any()
}

fn put_away(org: &str, whole: &Whole, Form { post, state }: Form) -> AnyView {
    let (org, id, archived) = (org.to_owned(), whole.list.id.to_string(), whole.list.archived);
    let (words, label, busy) = if archived {
        ("It goes back to where it was, with all that is in it.", "Restore", "Restoring…")
    } else {
        (
            "It can still be read, and nothing in it is lost or changes. You can restore it at any time.",
            "Archive",
            "Archiving…",
        )
    };
    let archived = (!archived).then(|| view! { <input type="hidden" name="archived" value="true"/> });
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

/// For good, once nothing is in it.
fn delete(org: &str, whole: &Whole, Form { post, state }: Form) -> AnyView {
    let (org, id) = (org.to_owned(), whole.list.id.to_string());
    let inside = view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <p>"Only an empty list can be deleted, also without tasks in the trash. It can’t be undone."</p>
            <div class="form-actions"><SubmitButton form=state label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/></div>
        </PostForm>
    }
    .into_any();
    confirmed_by("Delete this list", state, inside)
}
