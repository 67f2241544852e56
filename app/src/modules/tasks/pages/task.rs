//! `/app/{org}/tasks/t/{id}`: one task, with all about it. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

use super::{
    files::FilesPart,
    part_checks::ChecksPart,
    part_fields::FieldsPart,
    part_links::LinksPart,
    part_repeat::RepeatPart,
    tabs::did,
    task_details::{self, details},
    task_talk::{self, talk},
};
use crate::{
    ids::UserId,
    modules::tasks::{
        api_board::{TickTask, UndoTasks},
        api_task::{
            AddTaskPart, ClaimTask, DeleteTask, FollowTask, MoveTaskToList, ReleaseTask, RestoreTask, SaveTaskNotes,
            SaveTaskTitle,
        },
        cards::{Card, Progress},
        desk::{LONGEST_NOTES, LONGEST_TITLE},
        ids::TaskId,
        markdown,
        saying::priority_words,
        task_view::{self, TaskPage},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, CopyField, DashboardShell, Field, Form, FormMessage, FormState, Icon, Kind, Notice, PageTitle, Post,
        PostForm, Select, SubmitButton, TextArea, Tone, confirmed_by, folded_by, given, org_of_address, with_query,
    },
};

/// Whoever did their part of what everyone completes can take that back, for as long as others haven’t done theirs.
pub(super) const TAKE_BACK: &str = "Take my part back";

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Forms {
    title: Form,
    notes: Form,
    details: Form,
    tick: Form,
    undo: Form,
    part: Form,
    place: Form,
    delete: Form,
    restore: Form,
    follow: Form,
    claim: Form,
    release: Form,
    talk: task_talk::Forms,
}

/// What others wrote of the page, each with forms of its own.
struct Slots {
    checks: AnyView,
    files: AnyView,
    fields: AnyView,
    links: AnyView,
    repeat: AnyView,
}

/// The task, in the dashboard's frame.
#[component]
pub fn TaskRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        title: Form::of(Post::to::<SaveTaskTitle>()),
        notes: Form::of(Post::to::<SaveTaskNotes>()),
        details: task_details::form(),
        tick: Form::of(Post::to::<TickTask>()),
        undo: Form::of(Post::to::<UndoTasks>()),
        part: Form::of(Post::to::<AddTaskPart>()),
        place: Form::of(Post::to::<MoveTaskToList>()),
        delete: Form::of(Post::to::<DeleteTask>()),
        restore: Form::of(Post::to::<RestoreTask>()),
        follow: Form::of(Post::to::<FollowTask>()),
        claim: Form::of(Post::to::<ClaimTask>()),
        release: Form::of(Post::to::<ReleaseTask>()),
        talk: task_talk::forms(),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let slots = Slots {
        checks: view! { <ChecksPart org=slug.clone() task=id.clone()/> }.into_any(),
        files: view! { <FilesPart org=slug.clone() task=id.clone()/> }.into_any(),
        fields: view! { <FieldsPart org=slug.clone() task=id.clone()/> }.into_any(),
        links: view! { <LinksPart org=slug.clone() task=id.clone()/> }.into_any(),
        repeat: view! { <RepeatPart org=slug.clone() task=id.clone()/> }.into_any(),
    };
    let key = crate::ids::fresh(platform.clock.now());
    let read = async move || {
        let page = task_view::page(&platform, &actor, &slug, &id).await?;
        task_view::looked_at(&platform, &actor, &slug, &page).await;
        Ok((slug, platform.origin.clone(), page))
    };
    let body = written(read, move |(org, origin, page)| show(&org, &origin, &page, &forms, slots, &key.to_string()));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, origin: &str, page: &TaskPage, forms: &Forms, slots: Slots, key: &str) -> AnyView {
    let task = &page.task;
    let own = format!("/app/{org}/tasks/t/T-{}", task.number);
    let list = format!("/app/{org}/tasks/lists/{}", page.list.id);
    let parent = page.parent.as_ref().map(|(number, title)| {
        let href = format!("/app/{org}/tasks/t/T-{number}");
        view! { <p class="soft">"Subtask of "<a href=href>{format!("T-{number} {title}")}</a></p> }
    });
    let state = badges(page);
    let standing = standing(page).map(|words| view! { <p class="task-facts">{words}</p> });
    let stuck = page.stuck.clone().map(|words| {
        let restore = task.trashed_at.is_some().then(|| take_out(org, task.number, forms.restore));
        view! { <Notice tone=Tone::Warning><p>{words}</p>{restore}</Notice> }
    });
    let all = [forms.tick, forms.undo, forms.follow, forms.claim, forms.release];
    let messages = all.into_iter().map(|form| view! { <FormMessage form=form.state/> }).collect_view();
    // What was done before isn’t said again beside what wasn’t done now.
    let others = [forms.title, forms.notes, forms.details, forms.part, forms.place, forms.delete, forms.restore];
    let refused = all.into_iter().chain(others).any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused && !forms.talk.refused()).then(|| did(org, &own, forms.undo));
    let acts = page.may.change.then(|| acts(org, &own, page, forms));
    let title = if page.may.change { heading(org, page, forms.title) } else { plain_heading(task.title.clone()) };
    let side = details(org, page, forms.details);
    let more = page.may.change.then(|| more(org, origin, &own, page, forms));
    view! {
        <PageTitle text=format!("T-{} {}", task.number, task.title)/>
        <a class="back" href=list><Icon name="back"/>{page.list.name.clone()}</a>
        {title}
        <p class="soft">{format!("T-{} · {}", task.number, page.space.name)} " " {state}</p>
        <p class="task-facts">{facts(page)}</p>
        {standing}
        {parent}
        {done}
        {messages}
        {stuck}
        {acts}
        <div class="task-page">
            <div class="stack task-main">
                {notes(org, page, forms.notes)}
                {slots.checks}
                {parts(org, page, forms.part, key)}
                {slots.links}
                {slots.files}
                {talk(org, page, &forms.talk, key)}
            </div>
            <div class="stack task-side">
                {side}
                {slots.fields}
                {slots.repeat}
                {more}
            </div>
        </div>
    }
    .into_any()
}

fn plain_heading(title: String) -> AnyView {
    view! { <header class="page-header"><div><h1>{title}</h1></div></header> }.into_any()
}

/// How far it has come, whose it is, by when, and how urgent.
fn facts(page: &TaskPage) -> String {
    let task = &page.task;
    let status = page.statuses.iter().find(|status| status.id == task.status).map(|status| status.name.clone());
    let who = task.responsible.map(|user| page.names.of(user));
    let due = task.due.map(|due| format!("Due {}", page.here.when(due)));
    let priority = (task.priority > 0).then(|| format!("Priority: {}", priority_words(task.priority)));
    [status, who, due, priority].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Where everyone on it completes it: who has done their part, and who is left.
fn standing(page: &TaskPage) -> Option<String> {
    let task = &page.task;
    let names = |users: Vec<UserId>| users.into_iter().map(|user| page.names.of(user)).collect::<Vec<_>>().join(", ");
    let did = names(task.doers().filter(|user| task.did(*user)).collect());
    let left = names(task.left().collect());
    match (did.is_empty(), left.is_empty()) {
        (_, true) => None,
        (true, false) => Some(format!("Still to do: {left}")),
        (false, false) => Some(format!("Done by {did} · still to do: {left}")),
    }
}

/// How it stands, in words.
fn badges(page: &TaskPage) -> AnyView {
    let task = &page.task;
    let done = task.is_done().then(|| view! { <Badge tone=Tone::Success label="Done"/>" " });
    let late = (!task.is_done() && page.here.is_late(task.due))
        .then(|| view! { <Badge tone=Tone::Warning label="Overdue"/>" " });
    let waits = (page.blocked && !task.is_done()).then(|| view! { <Badge label="Blocked"/>" " });
    let queued = task.team.filter(|_| task.responsible.is_none() && !task.is_done());
    let queued = queued.and_then(|team| page.teams.iter().find(|one| one.id == team)).map(|team| {
        view! { <Badge tone=Tone::Info label=format!("In the queue of {}", team.name)/> }
    });
    view! { {done} {late} {waits} {queued} }.into_any()
}

/// What is pressed most: it is done, one takes it on, one hears of it.
fn acts(org: &str, own: &str, page: &TaskPage, forms: &Forms) -> AnyView {
    let task = &page.task;
    let did_own = page.me.is_some_and(|me| task.waits_after(me));
    let (name, label, kind) = match (task.is_done(), did_own) {
        (true, _) => ("open", "Reopen", Kind::Quiet),
        (false, true) => ("open", TAKE_BACK, Kind::Quiet),
        (false, false) => ("done", "Complete", Kind::Primary),
    };
    let said = did_own.then(|| view! { <span>"Your part is done."</span> });
    let (slug, back, id) = (org.to_owned(), own.to_owned(), task.id.to_string());
    let (ticks, follow_state) = (forms.tick.state, forms.follow.state);
    let tick = view! {
        <PostForm post=forms.tick.post>
            <input type="hidden" name="org" value=slug/>
            <input type="hidden" name=name value=id/>
            <input type="hidden" name="back" value=back/>
            <SubmitButton form=ticks label=label busy="Saving…" kind=kind/>
        </PostForm>
    };
    let free =
        task.responsible.is_none() && !task.is_done() && (task.team.is_none() || page.may.claim || page.may.organise);
    let claim = free.then(|| one_press(org, own, task.id, "Claim", forms.claim));
    let mine = task.responsible.is_some() && (task.responsible == page.me || page.may.organise);
    let release = (mine && task.team.is_some() && !task.is_done())
        .then(|| one_press(org, own, task.id, "Return to queue", forms.release));
    let follows = page.follows == Some(true);
    let (slug, id) = (org.to_owned(), format!("T-{}", task.number));
    let hears = follows || page.follows.is_none() && page.me.is_some_and(|me| task.doers().any(|one| one == me));
    let hear_label = if hears { "Mute" } else { "Follow" };
    let follow = page.me.map(|_| {
        view! {
            <PostForm post=forms.follow.post>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="follows" value=(!hears).to_string()/>
                <SubmitButton form=follow_state label=hear_label busy="Saving…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    // On a phone what is chosen of it stands far below: one press leads there.
    view! {
        <div class="task-acts">
            {said}{tick}{claim}{release}{follow}
            <a class="btn btn-quiet task-to-details" href="#details">"Details"</a>
        </div>
    }
    .into_any()
}

fn one_press(org: &str, own: &str, id: TaskId, label: &'static str, Form { post, state }: Form) -> AnyView {
    let (org, own, id) = (org.to_owned(), own.to_owned(), id.to_string());
    view! {
        <PostForm post=post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="back" value=own/>
            <SubmitButton form=state label=label busy="Saving…" kind=Kind::Quiet/>
        </PostForm>
    }
    .into_any()
}

fn take_out(org: &str, number: i64, Form { post, state }: Form) -> AnyView {
    let (org, id) = (org.to_owned(), format!("T-{number}"));
    view! {
        <FormMessage form=state/>
        <PostForm post=post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <SubmitButton form=state label="Restore" busy="Restoring…" kind=Kind::Quiet/>
        </PostForm>
    }
    .into_any()
}

/// "Save", or where somebody else was first, what pressing it again does.
pub(super) fn save_label(state: FormState) -> &'static str {
    let told = state.message().with_untracked(|error| error.as_ref().is_some_and(|error| error.version.is_some()));
    if told { "Keep mine" } else { "Save" }
}

/// The hidden fields that every form about the task carries.
pub(super) fn about(org: &str, page: &TaskPage, state: FormState) -> AnyView {
    let (org, id, version) = (org.to_owned(), format!("T-{}", page.task.number), page.task.version);
    view! {
        <input type="hidden" name="org" value=org/>
        <input type="hidden" name="id" value=id/>
        <input type="hidden" name="version" value=state.version(version)/>
    }
    .into_any()
}

/// What a field was when whoever sends it began. What they didn’t touch is what it is now, whoever changed it since.
pub(super) fn was(state: FormState, name: &'static str, now: &str) -> AnyView {
    let field = format!("was_{name}");
    let was = match (state.value(name), state.value(&field)) {
        (Some(sent), Some(was)) if sent.replace("\r\n", "\n") != was.replace("\r\n", "\n") => was,
        (Some(_), Some(_)) => {
            state.remember(name, now.to_owned());
            now.to_owned()
        }
        _ => now.to_owned(),
    };
    view! { <input type="hidden" name=field value=was/> }.into_any()
}

/// The title, and how it is changed.
fn heading(org: &str, page: &TaskPage, Form { post, state }: Form) -> AnyView {
    let now = page.task.title.clone();
    let (title, was, about) = (now.clone(), was(state, "title", &now), about(org, page, state));
    let maxlength = u16::try_from(LONGEST_TITLE).unwrap_or(u16::MAX);
    let inside = view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            {about}
            {was}
            <Field form=state name="title" label="Title" autocomplete="off" maxlength=maxlength value=now/>
            <div class="form-actions"><SubmitButton form=state label=save_label(state) busy="Saving…"/></div>
        </PostForm>
    };
    view! {
        <header class="page-header task-head">
            <div><h1>{title}</h1></div>
            <div class="page-actions">{folded_by("Rename", state, inside.into_any())}</div>
        </header>
    }
    .into_any()
}

fn notes(org: &str, page: &TaskPage, Form { post, state }: Form) -> AnyView {
    let now = page.task.notes.clone();
    let shown = if now.is_empty() {
        view! { <p class="soft">"No notes yet."</p> }.into_any()
    } else {
        view! { <div class="prose" inner_html=markdown::html(&now)></div> }.into_any()
    };
    let change = page.may.change.then(|| {
        let (was, about) = (was(state, "notes", &now), about(org, page, state));
        let label = if now.is_empty() { "Add notes" } else { "Change notes" };
        let maxlength = u16::try_from(LONGEST_NOTES).unwrap_or(u16::MAX);
        let inside = view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                {about}
                {was}
                <TextArea form=state name="notes" label="Notes" hint="Markdown: **bold**, lists with a dash, links." optional=true rows=10 maxlength=maxlength value=now/>
                <div class="form-actions"><SubmitButton form=state label=save_label(state) busy="Saving…"/></div>
            </PostForm>
        };
        folded_by(label, state, inside.into_any())
    });
    view! {
        <section class="card stack" aria-labelledby="notes">
            <h2 id="notes">"Notes"</h2>
            {shown}
            {change}
        </section>
    }
    .into_any()
}

/// What is a part of it, with how far all of it has come.
fn parts(org: &str, page: &TaskPage, Form { post, state }: Form, key: &str) -> AnyView {
    let Progress(done, all) = page.progress;
    let progress = (all > 0).then(|| {
        view! {
            <p class="task-progress">
                <progress max=all.to_string() value=done.to_string() aria-label="Of all subtasks, done"></progress>
                <span class="soft">{format!(" {done} of {all} done")}</span>
            </p>
        }
    });
    let lines = page.parts.iter().map(|card| part(org, page, card)).collect_view();
    let lines = (!page.parts.is_empty()).then(|| view! { <ul class="lines">{lines}</ul> });
    let nothing = page.parts.is_empty().then(|| view! { <p class="soft">"No subtasks yet."</p> });
    let add = (page.may.change && page.task.depth < crate::modules::tasks::desk::DEEPEST).then(|| {
        let (org, id, list) = (org.to_owned(), format!("T-{}", page.task.number), page.task.list.to_string());
        let (parent, key) = (page.task.id.to_string(), format!("part-{key}"));
        view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="list" value=list/>
                <input type="hidden" name="parent" value=parent/>
                <input type="hidden" name="key" value=key/>
                <Field form=state name="part" label="New subtask" autocomplete="off" maxlength=500/>
                <div class="form-actions"><SubmitButton form=state label="Add subtask" busy="Adding…" kind=Kind::Quiet/></div>
            </PostForm>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="parts">
            <h2 id="parts">"Subtasks"</h2>
            {progress}
            {lines}
            {nothing}
            {add}
        </section>
    }
    .into_any()
}

fn part(org: &str, page: &TaskPage, card: &Card) -> AnyView {
    let href = format!("/app/{org}/tasks/t/T-{}", card.n);
    let status = page.statuses.iter().find(|status| status.id == card.status).map(|status| status.name.clone());
    let who = card.responsible.map(|user| page.names.of(user));
    let Progress(done, all) = card.subs;
    let below = (all > 0).then(|| format!("{done} of {all} subtasks done"));
    let facts: Vec<String> = [status, who, below].into_iter().flatten().collect();
    let done = card.done.then(|| view! { " "<Badge tone=Tone::Success label="Done"/> });
    view! {
        <li class="line"><div class="line-text">
            <p class="line-title"><a href=href>{card.title.clone()}</a>{done}</p>
            <p class="soft">{facts.join(" · ")}</p>
        </div></li>
    }
    .into_any()
}

/// What is done seldom: to another list, its address, the trash.
fn more(org: &str, origin: &str, own: &str, page: &TaskPage, forms: &Forms) -> AnyView {
    let (place, delete) = (forms.place, forms.delete);
    let about = || {
        let (org, id) = (org.to_owned(), format!("T-{}", page.task.number));
        view! { <input type="hidden" name="org" value=org/><input type="hidden" name="id" value=id/> }
    };
    let (of_place, of_delete) = (about(), about());
    let lists = page.lists.iter().map(|(list, space)| (list.id.to_string(), format!("{space} · {}", list.name)));
    let lists: Vec<_> = std::iter::once((String::new(), "Choose".to_owned())).chain(lists).collect();
    let to_list = view! {
        <PostForm post=place.post class="stack">
            <FormMessage form=place.state/>
            {of_place}
            <Select form=place.state name="to_list" label="To which list" hint="Its subtasks move with it. It gets the status there that is most like its own." options=lists/>
            <div class="form-actions"><SubmitButton form=place.state label="Move" busy="Moving…" kind=Kind::Quiet/></div>
        </PostForm>
    };
    let to_list = (!page.lists.is_empty()).then(|| folded_by("Move to another list", place.state, to_list.into_any()));
    let as_template = page.may.organise.then(|| {
        let number = format!("T-{}", page.task.number);
        let href = with_query(&format!("/app/{org}/tasks/templates/new"), &[("task", &number)]);
        view! { <p><a class="btn btn-quiet" href=href>"Save as a template"</a></p> }
    });
    let back = format!("/app/{org}/tasks/lists/{}", page.list.id);
    let trash = view! {
        <p>"It goes to the trash with all its subtasks, and stays there for 30 days."</p>
        <PostForm post=delete.post class="stack">
            <FormMessage form=delete.state/>
            {of_delete}
            <input type="hidden" name="back" value=back/>
            <div class="form-actions"><SubmitButton form=delete.state label="Yes, move it" busy="Moving…" kind=Kind::Danger/></div>
        </PostForm>
    };
    view! {
        <section class="card stack" aria-labelledby="more">
            <h2 id="more">"More"</h2>
            <CopyField id="task-link" label="Link to this task" value=format!("{origin}{own}")/>
            {to_list}
            {as_template}
            {confirmed_by("Move to trash", delete.state, trash.into_any())}
        </section>
    }
    .into_any()
}
