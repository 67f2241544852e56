//! `/app/{org}/tasks/templates` and below: the organisation’s templates, the gallery that they can be taken from, and one of them with what was started of
//! it. The server writes them alone.

use std::{cell::Cell, collections::BTreeMap};

use jiff::civil::Date;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::tabs::{Tab, did, tabs};
use crate::{
    modules::tasks::{
        api_board::UndoTasks,
        api_templates::{
            AddTemplate, ArchiveTemplate, BringBackTemplate, CopyTemplate, DeleteTemplate, MakeTemplate, RemoveTrigger,
            ShareTemplate, SwitchTrigger, TakeTemplate,
        },
        gallery::{self, Template},
        ids::TemplateId,
        store_templates::TemplateRow,
        template_rules::{Body, Step},
        template_runs::Line,
        template_steps as steps,
        template_views::{self as views, ListPage, May, NewPage, Saved, TemplatePage},
        templates::no_template,
        triggers,
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, DateField, DoneNotice, Empty, Field, Form, FormMessage, Icon, Kind, LinkButton, Notice,
        PageHeader, PageTitle, Post, PostForm, SubmitButton, Table, TextArea, Tone, confirmed_by, given,
        org_of_address, with_query,
    },
};

const DONE: &[(&str, &str)] = &[
    ("taken", "Added. It is yours now: change it as you like, and start it whenever it is needed."),
    ("copied", "Copied. This is the copy."),
    ("archived", "Archived. It can’t be started, and nothing of it is lost."),
    ("taken_out", "Restored."),
    ("deleted", "Deleted, with all of its versions."),
    ("shared", "Shared. Everybody who works with tasks here sees it."),
    ("brought_back", "Restored: it says what it said then, as a new version."),
    ("trigger_added", "Set up. It starts automatically from now on."),
    ("trigger_saved", "Saved. It starts as it says now; what is paused waits until you resume it."),
    ("goes_on", "Resumed."),
    ("paused", "Paused. It starts nothing until you resume it."),
];

/// The page of all of them, in the dashboard's frame.
#[component]
pub fn TemplatesRoute() -> AnyView {
    let org = org_of_address();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::list(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    framed(org, written(read, move |(org, page)| list(&org, page)))
}

/// The gallery, in the dashboard's frame.
#[component]
pub fn GalleryRoute() -> AnyView {
    let org = org_of_address();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        views::gallery(&platform, &actor, &slug).await?;
        Ok(slug)
    };
    framed(org, written(read, move |org| all_of_gallery(&org)))
}

/// One of the gallery, in the dashboard's frame.
#[component]
pub fn GalleryTemplateRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let word = given(&params, "word").unwrap_or_default();
    let take = Form::of(Post::to::<TakeTemplate>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (may, key) = views::gallery(&platform, &actor, &slug).await?;
        let found = gallery::find(&word).ok_or_else(no_template)?;
        Ok((slug, found, may, key))
    };
    framed(org, written(read, move |(org, found, may, key)| one_of_gallery(&org, found, may, key, take)))
}

/// The form for another, in the dashboard's frame.
#[component]
pub fn NewTemplateRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let (list, task) = (given(&query, "list"), given(&query, "task"));
    let (add, make) = (Form::of(Post::to::<AddTemplate>()), Form::of(Post::to::<MakeTemplate>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::new(&platform, &actor, &slug, list.as_deref(), task.as_deref()).await?;
        Ok((slug, page, list, task))
    };
    framed(
        org,
        written(read, move |(org, page, list, task)| match page.from.clone() {
            Some(from) => made_from(&org, &from, page, (list, task), make),
            None => another(&org, page, add),
        }),
    )
}

/// One of them, in the dashboard's frame.
#[component]
pub fn TemplateRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        copy: Form::of(Post::to::<CopyTemplate>()),
        archive: Form::of(Post::to::<ArchiveTemplate>()),
        share: Form::of(Post::to::<ShareTemplate>()),
        delete: Form::of(Post::to::<DeleteTemplate>()),
        bring_back: Form::of(Post::to::<BringBackTemplate>()),
        switch: Form::of(Post::to::<SwitchTrigger>()),
        remove: Form::of(Post::to::<RemoveTrigger>()),
        undo: Form::of(Post::to::<UndoTasks>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::one(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    framed(org, written(read, move |(org, page)| show(&org, page, &forms)))
}

/// What can be done on a template's page.
#[derive(Clone, Copy)]
struct Forms {
    copy: Form,
    archive: Form,
    share: Form,
    delete: Form,
    bring_back: Form,
    switch: Form,
    remove: Form,
    undo: Form,
}

/// The dashboard's frame around a page about templates.
pub fn framed(org: Signal<String>, body: AnyView) -> AnyView {
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

/// The tasks of a template, in order, each with what is said of it and what stands at its end.
pub fn outline(body: &Body, ends: impl Fn(&Step) -> AnyView) -> AnyView {
    let section = Cell::new(None::<&str>);
    let lines = steps::walk(body)
        .into_iter()
        .map(|(depth, step)| {
            let head = (depth == 0).then_some(step.section.as_deref()).filter(|name| *name != section.get());
            let head = head.map(|name| {
                section.set(name);
                let name = name.unwrap_or("No section").to_owned();
                view! { <li class="template-section"><h3>{name}</h3></li> }
            });
            let (title, told) = (steps::readable(body, &step.title), steps::in_words(body, step));
            let told = (!told.is_empty()).then(|| view! { <p class="soft">{told}</p> });
            let indent = format!("--depth: {depth}");
            view! {
                {head}
                <li class="line template-step" id=format!("step-{}", step.key) data-step=step.key.clone() style=indent>
                    <div class="line-text">
                        <p class="line-title">{title}</p>
                        {told}
                    </div>
                    {ends(step)}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="lines template-steps">{lines}</ul> }.into_any()
}

/// What a cell says; a dash where that is nothing.
pub fn or_none(words: String) -> AnyView {
    if words.is_empty() { view! { <span aria-hidden="true">"–"</span> }.into_any() } else { words.into_any() }
}

/// "Mon 14 Dec 2026"
fn day_in_short(day: &str) -> String {
    day.parse::<Date>().map_or_else(|_| day.to_owned(), |day| day.strftime("%a %-d %b %Y").to_string())
}

fn list(org: &str, page: ListPage) -> AnyView {
    let ListPage { open, archived, places, running, may, unread } = page;
    let (shelf, new) = (format!("/app/{org}/tasks/templates/gallery"), format!("/app/{org}/tasks/templates/new"));
    let add = may.organise.then(|| {
        view! {
            <LinkButton href=new>"New template"</LinkButton>
            <LinkButton href=shelf.clone() kind=Kind::Quiet>"Browse the gallery"</LinkButton>
        }
    });
    let body = if open.is_empty() && archived.is_empty() {
        let more = if may.organise {
            "Ready-made tasks for what comes up regularly: who joins, who leaves, a quarter’s BAS, a job from the quote to the invoice. Use one from the gallery, or save a list as a template."
        } else {
            "Once a manager has set one up, you start it here, and all of its tasks are made with their days and people."
        };
        let look = view! { <p><a href=shelf>"Browse the gallery"</a></p> };
        view! { <Empty title="No templates yet" icon="copy"><p>{more}</p>{look}</Empty> }.into_any()
    } else {
        let lines = open.iter().map(|template| line(org, template, &places, may)).collect_view();
        view! { <ul class="lines numbers">{lines}</ul> }.into_any()
    };
    let away = (!archived.is_empty()).then(|| {
        let count = counted(archived.len(), "template", "templates");
        let lines = archived.iter().map(|template| line(org, template, &places, may)).collect_view();
        view! {
            <details class="put-away">
                <summary>{format!("Archived: {count}")}</summary>
                <ul class="lines">{lines}</ul>
            </details>
        }
    });
    let running = (!running.is_empty()).then(|| {
        view! {
            <section class="stack" aria-labelledby="running">
                <h2 id="running">"In progress"</h2>
                {started(org, &running, Some(&places))}
            </section>
        }
    });
    view! {
        <PageTitle text="Templates"/>
        <PageHeader title="Templates" about="Ready-made tasks for what comes up regularly, with their days and roles.">{add}</PageHeader>
        {tabs(org, Tab::Templates, unread)}
        <DoneNotice words=DONE/>
        {body}
        {running}
        {away}
    }
    .into_any()
}

fn line(org: &str, template: &TemplateRow, places: &BTreeMap<TemplateId, String>, may: May) -> AnyView {
    let href = format!("/app/{org}/tasks/templates/{}", template.id);
    let place = places.get(&template.id).map(|place| format!(" · {place}")).unwrap_or_default();
    let told = format!("{} · version {}{place}", counted(template.tasks, "task", "tasks"), template.version);
    let start = (may.start && !template.archived && template.tasks > 0).then(|| {
        let (start, label) = (format!("{href}/start"), format!("Start {}{place}", template.name));
        view! { <div class="line-end"><a class="btn btn-quiet" href=start aria-label=label>"Start"</a></div> }
    });
    view! {
        <li class="line" data-template=template.name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=href>{template.name.clone()}</a></p>
                <p class="soft">{told}</p>
            </div>
            {start}
        </li>
    }
    .into_any()
}

fn all_of_gallery(org: &str) -> AnyView {
    let mut categories: Vec<&'static str> = Vec::new();
    for template in gallery::all() {
        if !categories.contains(&template.category) {
            categories.push(template.category);
        }
    }
    let section = |(at, category): (usize, &'static str)| {
        let lines = gallery::all()
            .iter()
            .filter(|template| template.category == category)
            .map(|template| {
                let href = format!("/app/{org}/tasks/templates/gallery/{}", template.word);
                let tasks = i64::try_from(steps::count(&template.body)).unwrap_or(i64::MAX);
                view! {
                    <li class="line" data-template=template.word>
                        <div class="line-text">
                            <p class="line-title"><a href=href>{template.body.name.clone()}</a></p>
                            <p>{template.body.about.clone()}</p>
                            <p class="soft">{counted(tasks, "task", "tasks")}</p>
                        </div>
                    </li>
                }
            })
            .collect_view();
        let id = format!("category-{at}");
        view! {
            <section class="stack" aria-labelledby=id.clone()>
                <h2 id=id.clone()>{category}</h2>
                <ul class="lines numbers">{lines}</ul>
            </section>
        }
    };
    let sections = categories.into_iter().enumerate().map(section).collect_view();
    view! {
        <PageTitle text="Template gallery"/>
        <a class="back" href=format!("/app/{org}/tasks/templates")><Icon name="back"/>"Templates"</a>
        <PageHeader title="Template gallery" about="Written for Australian small businesses. You get your own copy, to change as you like."/>
        {sections}
    }
    .into_any()
}

fn one_of_gallery(org: &str, template: &Template, may: May, key: String, take: Form) -> AnyView {
    let (body, state) = (&template.body, take.state);
    let key = state.value("key").unwrap_or(key);
    let (for_take, word) = (org.to_owned(), template.word);
    let button = may.organise.then(|| {
        view! {
            <FormMessage form=state/>
            <PostForm post=take.post>
                <input type="hidden" name="org" value=for_take/>
                <input type="hidden" name="key" value=key/>
                <input type="hidden" name="template" value=word/>
                <SubmitButton form=state label="Use this template" busy="Adding…"/>
            </PostForm>
        }
    });
    view! {
        <PageTitle text=body.name.clone()/>
        <a class="back" href=format!("/app/{org}/tasks/templates/gallery")><Icon name="back"/>"Template gallery"</a>
        <PageHeader title=body.name.clone() about=body.about.clone()/>
        {button}
        {head(body)}
        <section class="card stack" aria-labelledby="steps">
            <h2 id="steps">"Tasks"</h2>
            {outline(body, |_| ().into_any())}
        </section>
        <p class="soft">"What it says of the law is general and was so in November 2026. Check what holds for your business."</p>
    }
    .into_any()
}

/// What is asked for when it is started: the day, roles, what is filled in.
fn head(body: &Body) -> AnyView {
    let mut asked = vec![(body.anchor.name.clone(), body.anchor.about.clone())];
    asked.extend(body.roles.iter().map(|role| (role.name.clone(), role.about.clone())));
    asked.extend(body.variables.iter().map(|variable| {
        let about = match (variable.required, variable.default.is_empty()) {
            (true, _) => "Has to be filled in.".to_owned(),
            (false, true) => String::new(),
            (false, false) => format!("Otherwise “{}”.", variable.default),
        };
        (variable.name.clone(), about)
    }));
    let rows = asked.into_iter().map(|(name, about)| vec![name.into_any(), about.into_any()]).collect();
    view! {
        <section class="card stack" aria-labelledby="asked">
            <h2 id="asked">"What you choose when you start it"</h2>
            <div class="template-asks"><Table caption="What is chosen when it is started" columns=vec!["Name", "About it"] rows=rows/></div>
        </section>
    }
    .into_any()
}

fn another(org: &str, page: NewPage, Form { post, state }: Form) -> AnyView {
    let key = state.value("key").unwrap_or(page.key);
    let (for_form, shelf) = (org.to_owned(), format!("/app/{org}/tasks/templates/gallery"));
    view! {
        <PageTitle text="New template"/>
        <a class="back" href=format!("/app/{org}/tasks/templates")><Icon name="back"/>"Templates"</a>
        <PageHeader title="New template" about="You add its tasks next."/>
        <p>"Is there one like it in the "<a href=shelf>"gallery"</a>"? A list that you have becomes a template from its own page."</p>
        <section class="card stack">
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=for_form/>
                <input type="hidden" name="key" value=key/>
                <Field form=state name="name" label="Name" hint="Like “New employee”." autocomplete="off" maxlength=100/>
                <TextArea form=state name="about" label="Description" optional=true rows=2 maxlength=1000/>
                <Field form=state name="anchor_name" label="Main date" hint="What it is called: “Start date”, “Day of the move”. You choose it at each start, and due dates are counted from it." autocomplete="off" maxlength=100/>
                <div class="form-actions"><SubmitButton form=state label="Go on to its tasks" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn made_from(
    org: &str,
    from: &str,
    page: NewPage,
    (list, task): (Option<String>, Option<String>),
    Form { post, state }: Form,
) -> AnyView {
    let key = state.value("key").unwrap_or(page.key);
    let (for_form, today) = (org.to_owned(), page.today.to_string());
    let about = format!("Of {from}: all of its tasks, with their notes, checklists and dependencies.");
    view! {
        <PageTitle text="Save as a template"/>
        <a class="back" href=format!("/app/{org}/tasks/templates")><Icon name="back"/>"Templates"</a>
        <PageHeader title="Save as a template" about=about/>
        <section class="card stack">
            <p>"Whoever its tasks are assigned to becomes a role, which somebody is chosen for each time. Who sees its space sees the template, until you share it."</p>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=for_form/>
                <input type="hidden" name="key" value=key/>
                <input type="hidden" name="list" value=list.unwrap_or_default()/>
                <input type="hidden" name="task" value=task.unwrap_or_default()/>
                <Field form=state name="name" label="Name" hint="Like “New employee”." autocomplete="off" maxlength=100/>
                <TextArea form=state name="about" label="Description" optional=true rows=2 maxlength=1000/>
                <Field form=state name="anchor_name" label="Main date" hint="What it is called: “Start date”, “Day of the move”. You choose it at each start, and due dates are counted from it." autocomplete="off" maxlength=100/>
                <DateField form=state name="anchor" label="Main date of these tasks" hint="Their due dates become so many days before or after it." value=today/>
                <div class="form-actions"><SubmitButton form=state label="Save as a template" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn show(org: &str, page: TemplatePage, forms: &Forms) -> AnyView {
    let TemplatePage { template, space, body, versions, runs, times, triggers, may, key } = page;
    let here = format!("/app/{org}/tasks/templates/{}", template.id);
    let all = [
        forms.copy,
        forms.archive,
        forms.share,
        forms.delete,
        forms.bring_back,
        forms.switch,
        forms.remove,
        forms.undo,
    ];
    let refused = all.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> {did(org, &here, forms.undo)} });
    let messages = all.iter().map(|form| view! { <FormMessage form=form.state/> }).collect_view();
    let (start, edit) = (format!("{here}/start"), format!("{here}/edit"));
    let can_start = may.start && !template.archived && template.tasks > 0;
    let start = can_start.then(|| view! { <LinkButton href=start>"Start"</LinkButton> });
    let edit = (may.organise && !template.archived)
        .then(|| view! { <LinkButton href=edit kind=Kind::Quiet>"Change it"</LinkButton> });
    let away = template.archived.then(|| {
        view! { <Notice tone=Tone::Info><p>"This template is archived: it can’t be started."</p></Notice> }
    });
    let for_whom = space.as_ref().map(|space| {
        let words = format!(
            "Whoever sees the space “{space}”, where it was made, sees this template. To everybody else it isn’t there."
        );
        view! { <Notice tone=Tone::Info><p>{words}</p></Notice> }
    });
    let list_of_steps = if body.tasks.is_empty() {
        view! { <Empty title="No tasks yet" icon="list"><p>"Add what is to be done, one after the other."</p></Empty> }
            .into_any()
    } else {
        outline(&body, |_| ().into_any())
    };
    view! {
        <PageTitle text=template.name.clone()/>
        <a class="back" href=format!("/app/{org}/tasks/templates")><Icon name="back"/>"Templates"</a>
        <PageHeader title=template.name.clone() about=body.about.clone()>{start} {edit}</PageHeader>
        {done}
        {messages}
        {away}
        {for_whom}
        <section class="card stack" aria-labelledby="steps">
            <h2 id="steps">"Tasks"</h2>
            {list_of_steps}
        </section>
        {head(&body)}
        {by_itself(org, &template, &triggers, may, forms)}
        {went(org, &runs, &times)}
        {history(org, &template, &versions, may, forms.bring_back)}
        <div class="row template-acts">
            {space.map(|space| shared(org, &template, &space, may, forms.share))}
            {acts(org, &template, may, key, forms)}
            {(may.organise && runs.is_empty()).then(|| deleted(org, &template, forms.delete))}
        </div>
    }
    .into_any()
}

fn by_itself(org: &str, template: &TemplateRow, triggers: &[triggers::Line], may: May, forms: &Forms) -> AnyView {
    let lines = triggers.iter().map(|trigger| {
        let goes = format!("Into {}", trigger.list_name);
        let next = trigger.next.as_ref().map(|next| format!(" · next on {next}"));
        let is_over = trigger.kind == "schedule" && trigger.next.is_none() && trigger.paused.is_none();
        let badge = match (&trigger.paused, is_over) {
            (Some(_), _) => Some(view! { <Badge tone=Tone::Warning label="Paused"/> }.into_any()),
            (None, true) => Some(view! { <Badge label="Over"/> }.into_any()),
            (None, false) => None,
        };
        let why = trigger.paused.clone().map(|why| view! { <p>{why}</p> });
        let buttons = may.organise.then(|| trigger_buttons(org, template, trigger, forms));
        view! {
            <li class="line" data-trigger=trigger.words.clone()>
                <div class="line-text">
                    <p class="line-title">{trigger.words.clone()} " " {badge}</p>
                    <p class="soft">{goes}{next}</p>
                    {why}
                </div>
                {buttons}
            </li>
        }
    });
    let lines = lines.collect_view();
    let none = triggers.is_empty().then(|| {
        view! { <p class="soft">"It is started by hand. It can also start automatically: on a schedule, or when something happens elsewhere in Devalo, such as an appointment being booked."</p> }
    });
    let add = (may.organise && !template.archived && template.tasks > 0).then(|| {
        let here = format!("/app/{org}/tasks/templates/{}/triggers/new", template.id);
        let (days, event) = (with_query(&here, &[("kind", "schedule")]), with_query(&here, &[("kind", "event")]));
        view! {
            <p class="row">
                <a class="btn btn-quiet" href=days>"Start it on a schedule"</a>
                <a class="btn btn-quiet" href=event>"Start it when something happens"</a>
            </p>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="by-itself">
            <h2 id="by-itself">"Starts automatically"</h2>
            {none}
            <ul class="lines">{lines}</ul>
            {add}
        </section>
    }
    .into_any()
}

fn trigger_buttons(org: &str, template: &TemplateRow, trigger: &triggers::Line, forms: &Forms) -> AnyView {
    let on = trigger.paused.is_some();
    let change = (!template.archived).then(|| {
        let href = format!("/app/{org}/tasks/templates/{}/triggers/{}", template.id, trigger.id);
        let label = format!("Change: {}", trigger.words);
        view! { <a class="btn btn-quiet" href=href aria-label=label>"Change"</a> }
    });
    let (label, spoken) = if on {
        ("Resume", format!("Resume: {}", trigger.words))
    } else {
        ("Pause", format!("Pause: {}", trigger.words))
    };
    let removes = format!("Delete: {}", trigger.words);
    let (for_switch, for_remove) = (org.to_owned(), org.to_owned());
    let (id, own) = (trigger.id.to_string(), trigger.id.to_string());
    view! {
        <div class="line-end">
            {change}
            <PostForm post=forms.switch.post>
                <input type="hidden" name="org" value=for_switch/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="on" value=on.to_string()/>
                <button type="submit" class="btn btn-quiet" aria-label=spoken>{label}</button>
            </PostForm>
            <PostForm post=forms.remove.post>
                <input type="hidden" name="org" value=for_remove/>
                <input type="hidden" name="id" value=own/>
                <button type="submit" class="btn btn-quiet" aria-label=removes>"Delete"</button>
            </PostForm>
        </div>
    }
    .into_any()
}

/// What was started of it, and how long that takes.
fn went(org: &str, runs: &[Line], times: &[String]) -> AnyView {
    if runs.is_empty() {
        return ().into_any();
    }
    let times = (!times.is_empty()).then(|| view! { <p>{times.join(" ")}</p> });
    view! {
        <section class="card stack" aria-labelledby="runs">
            <h2 id="runs">"Runs"</h2>
            {times}
            {started(org, runs, None)}
        </section>
    }
    .into_any()
}

/// `places`: where templates are from; `None`: all of these are of one, which isn't named then.
fn started(org: &str, runs: &[Line], places: Option<&BTreeMap<TemplateId, String>>) -> AnyView {
    let rows = runs.iter().map(|run| {
        let href = format!("/app/{org}/tasks/lists/{}", run.list);
        let what = match places {
            Some(places) => match places.get(&run.template) {
                Some(place) => format!("{} · {place}", run.name),
                None => run.name.clone(),
            },
            None => day_in_short(&run.started),
        };
        let by = if run.by_itself { " (automatic)" } else { "" };
        let come = match run.total {
            0 => "Undone".to_owned(),
            total => format!("{} of {total} done", run.done),
        };
        let late = match run.late {
            0 => String::new(),
            late => format!("{late} overdue"),
        };
        let warnings = (!run.warnings.is_empty()).then(|| {
            let all = run.warnings.iter().map(|words| view! { <li>{words.clone()}</li> }).collect_view();
            view! { <details class="folds"><summary>"Warnings"</summary><ul>{all}</ul></details> }
        });
        vec![
            view! { {what}{by} }.into_any(),
            day_in_short(&run.anchor).into_any(),
            view! { <a href=href>{run.list_name.clone()}</a> }.into_any(),
            view! { {come} {warnings} }.into_any(),
            or_none(late),
        ]
    });
    let rows = rows.collect();
    let first = if places.is_some() { "Template" } else { "Started on" };
    view! { <Table caption="How far each run is" columns=vec![first, "Main date", "List", "Progress", "Overdue"] rows=rows/> }
        .into_any()
}

fn history(org: &str, template: &TemplateRow, versions: &[Saved], may: May, bring_back: Form) -> AnyView {
    let lines = versions.iter().map(|saved| {
        let number = saved.version.version;
        let title = format!("Version {number}");
        let who = if saved.who.is_empty() { saved.when.clone() } else { format!("{} · {}", saved.when, saved.who) };
        let changed = saved.version.changed.iter().map(|words| view! { <li>{words.clone()}</li> }).collect_view();
        let back = (may.organise && !template.archived && number != template.version).then(|| {
            let (org, id, label) = (org.to_owned(), template.id.to_string(), format!("Restore version {number}"));
            let current = template.version.to_string();
            view! {
                <div class="line-end">
                    <PostForm post=bring_back.post>
                        <input type="hidden" name="org" value=org/>
                        <input type="hidden" name="id" value=id/>
                        <input type="hidden" name="version" value=current/>
                        <input type="hidden" name="old" value=number.to_string()/>
                        <button type="submit" class="btn btn-quiet" aria-label=label>"Restore"</button>
                    </PostForm>
                </div>
            }
        });
        view! {
            <li class="line" data-version=number.to_string()>
                <div class="line-text">
                    <p class="line-title">{title}</p>
                    <p class="soft">{who}</p>
                    <ul>{changed}</ul>
                </div>
                {back}
            </li>
        }
    });
    let lines = lines.collect_view();
    let count = counted(template.version, "version", "versions");
    view! {
        <details class="put-away">
            <summary>{format!("History: {count}")}</summary>
            <ul class="lines">{lines}</ul>
        </details>
    }
    .into_any()
}

/// One of which nothing was started can go for good.
fn deleted(org: &str, template: &TemplateRow, Form { post, state }: Form) -> AnyView {
    let (org, id) = (org.to_owned(), template.id.to_string());
    let inside = view! {
        <p>"It is deleted with all of its versions and automatic starts. That can’t be undone."</p>
        <PostForm post=post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <SubmitButton form=state label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/>
        </PostForm>
    };
    view! {
        <section class="stack" aria-label="For good">{confirmed_by("Delete template", state, inside.into_any())}</section>
    }
    .into_any()
}

/// It is shown to everybody by a word of who organises, who knows what that means.
fn shared(org: &str, template: &TemplateRow, space: &str, may: May, Form { post, state }: Form) -> AnyView {
    if !may.organise {
        return ().into_any();
    }
    let (org, id) = (org.to_owned(), template.id.to_string());
    let words = format!(
        "Everybody who works with tasks here sees then what it says, and what its versions said, and can start it; not only who sees “{space}”. That can’t be undone."
    );
    let inside = view! {
        <p>{words}</p>
        <PostForm post=post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <SubmitButton form=state label="Yes, share it" busy="Sharing it…"/>
        </PostForm>
    };
    view! {
        <section class="stack" aria-label="Who sees it">{confirmed_by("Share it with everybody", state, inside.into_any())}</section>
    }
    .into_any()
}

fn acts(org: &str, template: &TemplateRow, may: May, key: String, forms: &Forms) -> AnyView {
    if !may.organise {
        return ().into_any();
    }
    let (for_copy, for_archive) = (org.to_owned(), org.to_owned());
    let (own, id) = (template.id.to_string(), template.id.to_string());
    let (copy, archive) = (forms.copy.state, forms.archive.state);
    let key = copy.value("key").unwrap_or(key);
    let put = if template.archived {
        view! {
            <PostForm post=forms.archive.post>
                <input type="hidden" name="org" value=for_archive/>
                <input type="hidden" name="id" value=id/>
                <SubmitButton form=archive label="Restore" busy="Restoring…" kind=Kind::Quiet/>
            </PostForm>
        }
        .into_any()
    } else {
        let inside = view! {
            <p>"It can’t be started any more, also not automatically. What was started stays, and it can be restored."</p>
            <PostForm post=forms.archive.post>
                <input type="hidden" name="org" value=for_archive/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="archived" value="true"/>
                <SubmitButton form=archive label="Yes, archive it" busy="Archiving…" kind=Kind::Danger/>
            </PostForm>
        };
        confirmed_by("Archive", archive, inside.into_any())
    };
    view! {
        <section class="stack" aria-label="More">
            <PostForm post=forms.copy.post>
                <input type="hidden" name="org" value=for_copy/>
                <input type="hidden" name="id" value=own/>
                <input type="hidden" name="key" value=key/>
                <SubmitButton form=copy label="Copy template" busy="Copying…" kind=Kind::Quiet/>
            </PostForm>
            {put}
        </section>
    }
    .into_any()
}
