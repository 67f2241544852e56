//! `/app/{org}/tasks/templates/{id}/start`: what is chosen, what would come of it, and doing it; and `…/triggers/new` and `…/triggers/{trigger}`: having it
//! done by itself. The server writes them alone.

use jiff::civil::{Date, Time};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::templates::{framed, or_none};
use crate::{
    error::AppError,
    module::{EventField, FieldKind},
    modules::tasks::{
        api_templates::{PreviewTemplate, SaveTrigger, Seen, StartTemplate},
        repeat::Kind as Repeats,
        saying::time_words,
        series_form::CUSTOM,
        template_forms::{Rows, TypedStart, TypedTrigger, first},
        template_rules::{Body, Variable, VariableKind},
        template_runs::{Preview, PreviewTask},
        template_views::{self as views, StartPage},
        triggers::Shown,
    },
    pages::plain::written,
    request,
    ui::{
        Checkboxes, Choice, DateField, Field, Form, FormMessage, FormState, GroupedSelect, Icon, Notice, PageHeader,
        PageTitle, Post, PostForm, Select, ShownOnce, SubmitButton, Table, Tone, given, org_of_address,
    },
};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WHICH: [(&str, &str); 5] = [("1", "First"), ("2", "Second"), ("3", "Third"), ("4", "Fourth"), ("-1", "Last")];

/// Starting a template, in the dashboard's frame.
#[component]
pub fn StartTemplateRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let (look, start) = (Form::of(Post::to::<PreviewTemplate>()), Form::of(Post::to::<StartTemplate>()));
    let seen = use_context::<ShownOnce<Seen>>().map(|shown| shown.0);
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::start(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    framed(org, written(read, move |(org, page)| starting(&org, &page, seen, look, start)))
}

/// Having a template started by itself, in the dashboard's frame.
#[component]
pub fn NewTriggerRoute() -> AnyView {
    let (org, params, query) = (org_of_address(), use_params_map(), use_query_map());
    let id = given(&params, "id").unwrap_or_default();
    let kind = given(&query, "kind").unwrap_or_default();
    let add = Form::of(Post::to::<SaveTrigger>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        if !["schedule", "event"].contains(&kind.as_str()) {
            return Err(AppError::not_found("that page"));
        }
        let page = views::trigger(&platform, &actor, &slug, &id).await?;
        Ok((slug, page, kind))
    };
    framed(org, written(read, move |(org, page, kind)| another(&org, &page, &kind, add)))
}

/// Changing what starts a template by itself, in the dashboard's frame.
#[component]
pub fn TriggerRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let (id, trigger) = (given(&params, "id").unwrap_or_default(), given(&params, "trigger").unwrap_or_default());
    let save = Form::of(Post::to::<SaveTrigger>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (page, shown) = views::change_trigger(&platform, &actor, &slug, &id, &trigger).await?;
        Ok((slug, page, shown))
    };
    framed(org, written(read, move |(org, page, shown)| changing(&org, &page, &shown, save)))
}

fn starting(org: &str, page: &StartPage, seen: Option<Seen>, look: Form, start: Form) -> AnyView {
    let StartPage { template, body, lists, spaces, people, today, .. } = page;
    let here = format!("/app/{org}/tasks/templates/{}", template.id);
    let refused = start.state.message().with_untracked(Option::is_some);
    let (typed, preview) = match seen {
        Some(Seen { typed, preview }) => (typed, Some(preview)),
        None => (TypedStart::default(), None),
    };
    // What was refused on the way to starting is changed in the form that shows what would come of it.
    let state = if refused { start.state } else { look.state };
    let (for_form, id) = (org.to_owned(), template.id.to_string());
    let anchor = if typed.anchor.is_empty() { today.to_string() } else { typed.anchor.clone() };
    let hint = body.anchor.about.clone();
    let list = place(state, lists, spaces, &typed);
    let roles = roles(state, body, people, &typed.roles);
    let variables = variables(state, body, &typed.variables);
    let shown = preview.map(|preview| coming(org, page, &typed, &preview, start));
    let label = if shown.is_some() { "Preview again" } else { "Preview" };
    let day_label = body.anchor.name.clone();
    view! {
        <PageTitle text=format!("Start {}", template.name)/>
        <a class="back" href=here><Icon name="back"/>{template.name.clone()}</a>
        <PageHeader title=format!("Start {}", template.name) about="You see a preview before any task is added."/>
        {shown}
        <section class="card stack" aria-labelledby="choose">
            <h2 id="choose">"Details"</h2>
            <PostForm post=look.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=for_form/>
                <input type="hidden" name="id" value=id/>
                <DateField form=state name="anchor" label=day_label hint=hint value=anchor/>
                {list}
                {roles}
                {variables}
                <div class="form-actions"><SubmitButton form=look.state label=label busy="Loading…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// The list that its tasks go to, or the name of one that is made for them.
fn place(
    state: FormState,
    lists: &[(String, Vec<(String, String)>)],
    spaces: &[(String, String)],
    typed: &TypedStart,
) -> AnyView {
    let mut groups = to_choose("Choose a list", lists);
    if !spaces.is_empty() {
        groups.push(("New".to_owned(), vec![("new".to_owned(), "A list of its own".to_owned())]));
    }
    let space = match spaces {
        [(id, _)] => view! { <input type="hidden" name="space" value=id.clone()/> }.into_any(),
        _ => view! { <Select form=state name="space" label="In which space" options=spaces.to_vec() value=typed.space.clone()/> }
            .into_any(),
    };
    let name = (!spaces.is_empty()).then(|| {
        view! {
            <div class="fields-row template-own">
                <Field form=state name="new_list" label="Name of a list of its own" hint="Only if you chose that. {{…}} is filled in as in titles." autocomplete="off" optional=true maxlength=100 value=typed.new_list.clone()/>
                {space}
            </div>
        }
    });
    view! {
        <GroupedSelect form=state name="list" label="Add its tasks to" groups=groups value=typed.list.clone()/>
        {name}
    }
    .into_any()
}

/// Groups of choices with none before them, so that nothing is chosen by chance.
fn to_choose(none: &str, groups: &[(String, Vec<(String, String)>)]) -> Vec<(String, Vec<(String, String)>)> {
    let first = ("To choose".to_owned(), vec![(String::new(), none.to_owned())]);
    std::iter::once(first).chain(groups.iter().cloned()).collect()
}

fn roles(state: FormState, body: &Body, people: &[(String, String)], chosen: &Rows) -> AnyView {
    let fields = body.roles.iter().map(|role| {
        let nobody = vec![(String::new(), "Unassigned".to_owned())];
        let options = nobody.into_iter().chain(people.iter().cloned()).collect();
        let value = first(chosen, &role.key);
        view! { <Select form=state name=format!("roles.{}", role.key) label=role.name.clone() hint=role.about.clone() options=options value=value/> }
    });
    let fields = fields.collect_view();
    let any = !body.roles.is_empty();
    any.then(|| view! { <fieldset class="stack"><legend>"Roles"</legend>{fields}</fieldset> }).into_any()
}

fn variables(state: FormState, body: &Body, filled: &Rows) -> AnyView {
    let fields = body.variables.iter().map(|variable| variable_field(state, variable, first(filled, &variable.key)));
    let fields = fields.collect_view();
    let any = !body.variables.is_empty();
    any.then(|| view! { <fieldset class="stack"><legend>"To fill in"</legend>{fields}</fieldset> }).into_any()
}

fn variable_field(state: FormState, variable: &Variable, value: String) -> AnyView {
    let (name, label) = (format!("variables.{}", variable.key), variable.name.clone());
    let value = if value.is_empty() { variable.default.clone() } else { value };
    let optional = !variable.required;
    match variable.kind {
        VariableKind::Date => view! { <DateField form=state name=name label=label value=value/> }.into_any(),
        VariableKind::Number => {
            view! { <Field form=state name=name label=label inputmode="decimal" autocomplete="off" optional=optional maxlength=40 value=value/> }
                .into_any()
        }
        VariableKind::Text => {
            view! { <Field form=state name=name label=label autocomplete="off" optional=optional maxlength=500 value=value/> }
                .into_any()
        }
    }
}

/// What would come of it, and the button that does it.
fn coming(org: &str, page: &StartPage, typed: &TypedStart, preview: &Preview, Form { post, state }: Form) -> AnyView {
    let warnings = (!preview.warnings.is_empty()).then(|| {
        let all = preview.warnings.iter().map(|words| view! { <li>{words.clone()}</li> }).collect_view();
        view! { <Notice tone=Tone::Warning><p>"Before you start it:"</p><ul>{all}</ul></Notice> }
    });
    let count = preview.tasks.len();
    let tasks = if count == 1 { "1 task".to_owned() } else { format!("{count} tasks") };
    let goes = match (preview.is_new, preview.new_sections.as_slice()) {
        (true, _) => format!("{tasks} in a new list, {}.", preview.list),
        (false, []) => format!("{tasks} in {}.", preview.list),
        (false, made) => format!("{tasks} in {}, with new sections: {}.", preview.list, made.join(", ")),
    };
    // Most templates say only when something is due.
    let starts = preview.tasks.iter().any(|task| task.start_day.is_some());
    let rows = preview.tasks.iter().map(|task| row(task, starts)).collect();
    let columns = if starts {
        vec!["Task", "Assigned to", "Due", "Starts", "Waiting for"]
    } else {
        vec!["Task", "Assigned to", "Due", "Waiting for"]
    };
    let hidden = hidden(typed);
    let (for_form, id, key) = (org.to_owned(), page.template.id.to_string(), page.key.clone());
    let version = preview.version.to_string();
    view! {
        <section class="card stack template-coming" aria-labelledby="coming" id="preview">
            <h2 id="coming">"Tasks to be added"</h2>
            <p>{goes}</p>
            {warnings}
            <PostForm post=post>
                <input type="hidden" name="org" value=for_form/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                <input type="hidden" name="key" value=key/>
                {hidden}
                <SubmitButton form=state label="Start it" busy="Starting…"/>
            </PostForm>
            <Table caption="Each task, with who and when" columns=columns rows=rows/>
        </section>
    }
    .into_any()
}

/// What was looked at, to be sent again as it was.
fn hidden(typed: &TypedStart) -> AnyView {
    let TypedStart { anchor, list, space, new_list, roles, variables } = typed;
    let single = [("anchor", anchor), ("list", list), ("space", space), ("new_list", new_list)];
    let single = single.map(|(name, value)| (name.to_owned(), value.clone()));
    let rows = |name: &'static str, rows: &Rows| {
        let pair = move |(key, values): (&String, &Vec<String>)| {
            (format!("{name}[{key}][]"), values.first().cloned().unwrap_or_default())
        };
        rows.iter().map(pair).collect::<Vec<_>>()
    };
    let all = single.into_iter().chain(rows("roles", roles)).chain(rows("variables", variables));
    all.map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view().into_any()
}

fn row(task: &PreviewTask, starts: bool) -> Vec<AnyView> {
    let indent = format!("--depth: {}", task.depth);
    let section = task.section.clone().filter(|_| task.depth == 0);
    let checks = match task.checklist.len() {
        0 => None,
        1 => Some("1 checklist item".to_owned()),
        lines => Some(format!("{lines} checklist items")),
    };
    let labels = (!task.labels.is_empty()).then(|| task.labels.join(", "));
    let facts = [section, checks, labels].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let below = indent.clone();
    let facts = (!facts.is_empty()).then(|| view! { <span class="soft template-facts" style=below>{facts}</span> });
    let who = if task.who.is_empty() { "Unassigned".to_owned() } else { task.who.clone() };
    let day = |day: &Option<String>| day.as_deref().map(in_words).unwrap_or_default();
    let due = match &task.due_time {
        Some(time) => format!("{}, {}", day(&task.due_day), at_clock(time)),
        None => day(&task.due_day),
    };
    let title = view! { <span class="template-title" data-task=task.title.clone() style=indent>{task.title.clone()}</span> {facts} };
    let mut cells = vec![title.into_any(), who.into_any(), or_none(due)];
    if starts {
        cells.push(or_none(day(&task.start_day)));
    }
    cells.push(or_none(task.waits_for.join(", ")));
    cells
}

/// "10:00 am"
fn at_clock(time: &str) -> String {
    time.parse::<Time>().map_or_else(|_| time.to_owned(), time_words)
}

/// "Fri 27 November 2026"
fn in_words(day: &str) -> String {
    day.parse::<Date>().map_or_else(|_| day.to_owned(), |day| day.strftime("%a %-d %B %Y").to_string())
}

/// The form for another.
fn another(org: &str, page: &StartPage, kind: &str, form: Form) -> AnyView {
    let title = if kind == "schedule" { "Start it on a schedule" } else { "Start it when something happens" };
    let (template, key) = (page.template.id.to_string(), form.state.value("key").unwrap_or_else(|| page.key.clone()));
    let about = view! {
        <input type="hidden" name="template" value=template/>
        <input type="hidden" name="key" value=key/>
    };
    let typed = TypedTrigger::like(kind, page.today);
    form_of(org, page, &typed, [title, "Set it up", "Setting it up…"], None, about.into_any(), form)
}

/// The form for one that is there.
fn changing(org: &str, page: &StartPage, shown: &Shown, form: Form) -> AnyView {
    let typed = TypedTrigger::of(&shown.body, page.today);
    let title = if typed.kind == "schedule" { "Change the schedule" } else { "Change the automatic start" };
    let (id, version) = (shown.id.to_string(), form.state.version(shown.version));
    let about = view! {
        <input type="hidden" name="id" value=id/>
        <input type="hidden" name="version" value=version/>
    };
    form_of(org, page, &typed, [title, "Save", "Saving…"], shown.paused.clone(), about.into_any(), form)
}

/// The form of either. `about`: which one it is.
fn form_of(
    org: &str,
    page: &StartPage,
    typed: &TypedTrigger,
    [title, label, busy]: [&'static str; 3],
    paused: Option<String>,
    about: AnyView,
    Form { post, state }: Form,
) -> AnyView {
    let (here, for_form) = (format!("/app/{org}/tasks/templates/{}", page.template.id), org.to_owned());
    let fields = by_itself(page, typed, state);
    let paused = paused.map(|why| {
        view! { <Notice tone=Tone::Warning><p>"It is paused, and stays so until you resume it. " {why}</p></Notice> }
    });
    view! {
        <PageTitle text=title/>
        <a class="back" href=here><Icon name="back"/>{page.template.name.clone()}</a>
        <PageHeader title=title about=counted_from(&typed.kind)/>
        {paused}
        <section class="card stack">
            <PostForm post=post class="stack repeat-form">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=for_form/>
                {about}
                {fields}
                <div class="form-actions"><SubmitButton form=state label=label busy=busy/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn counted_from(kind: &str) -> &'static str {
    if kind == "schedule" {
        "Due dates are counted from the day on which it starts."
    } else {
        "Due dates are counted from the day on which that happens, or from the one that it is about."
    }
}

/// What both ask for: when, where the tasks go, who does them, and what is filled in.
fn by_itself(page: &StartPage, typed: &TypedTrigger, state: FormState) -> AnyView {
    let StartPage { body, lists, people, .. } = page;
    let asked = if typed.kind == "schedule" { schedule(state, typed) } else { events(state, page, typed) };
    let (kind, list, groups) = (typed.kind.clone(), typed.list.clone(), to_choose("Choose a list", lists));
    let (roles, variables) = (roles(state, body, people, &typed.roles), variables(state, body, &typed.variables));
    let said = (typed.kind == "event").then(|| said(state, page, typed));
    view! {
        <input type="hidden" name="kind" value=kind/>
        {asked}
        <GroupedSelect form=state name="list" label="Add its tasks to" groups=groups value=list/>
        {roles}
        {variables}
        {said}
        <p class="soft">"If the list or the template is archived, it pauses and you get an email. So it does when whoever set it up leaves. If somebody else leaves, it starts all the same, and their tasks are unassigned."</p>
    }
    .into_any()
}

fn schedule(state: FormState, typed: &TypedTrigger) -> AnyView {
    let mut kinds = Repeats::ALL.map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())).to_vec();
    kinds.push((CUSTOM.to_owned(), "By a rule, as calendars write it".to_owned()));
    let days = (1..).zip(DAYS).map(|(number, day): (u8, &str)| {
        let value = number.to_string();
        Choice { chosen: typed.weekdays.contains(&value), value, label: day.to_owned() }
    });
    let days: Vec<Choice> = days.collect();
    let months = (1..).zip(MONTHS).map(|(number, month): (u8, &str)| (number.to_string(), month.to_owned())).collect();
    let which = WHICH.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let month_days = (1..=31)
        .map(|day: i64| (day.to_string(), day.to_string()))
        .chain([("-1".to_owned(), "Last day".to_owned())])
        .collect();
    let TypedTrigger { repeats, interval, nth, month_day, month, rule_text, first_day, time, .. } = typed.clone();
    // The style sheet shows what the chosen kind asks for.
    view! {
        <Select form=state name="repeats" label="How often" options=kinds value=repeats/>
        <div class="repeat-more" data-kind="daily weekly monthly_day monthly_weekday yearly">
            <Field form=state name="interval" label="Every" hint="1 is each time; 2 is every second day, week, month or year." inputmode="numeric" autocomplete="off" maxlength=3 value=interval/>
        </div>
        <div class="repeat-more" data-kind="monthly_weekday">
            <Select form=state name="nth" label="Which" options=which value=nth/>
        </div>
        <div class="repeat-more" data-kind="weekly monthly_weekday">
            <Checkboxes form=state name="weekdays" legend="On" options=days/>
        </div>
        <div class="repeat-more" data-kind="yearly">
            <Select form=state name="month" label="Month" options=months value=month/>
        </div>
        <div class="repeat-more" data-kind="monthly_day yearly">
            <Select form=state name="month_day" label="Day of the month" hint="Shorter months use their last day." options=month_days value=month_day/>
        </div>
        <div class="repeat-more" data-kind="custom">
            <Field form=state name="rule_text" label="Rule" hint="Like FREQ=MONTHLY;BYDAY=-1FR. It may say itself when it ends." autocomplete="off" optional=true maxlength=1000 value=rule_text/>
        </div>
        <div class="fields-row">
            <DateField form=state name="first_day" label="Start date" value=first_day/>
            <Field form=state name="time" label="Start time" type_="time" hint="On your organisation’s clock." value=time/>
        </div>
    }
    .into_any()
}

fn events(state: FormState, page: &StartPage, typed: &TypedTrigger) -> AnyView {
    if page.offers.is_empty() {
        return view! { <Notice tone=Tone::Info><p>"No other part of Devalo is turned on, so nothing happens that could start it."</p></Notice> }
            .into_any();
    }
    let (groups, event) = (to_choose("Choose what happens", &page.offers), typed.event.clone());
    let days = page.fields.iter().filter(|field| field.kind == FieldKind::Day);
    let days = choices("The day on which it happens", days);
    let anchor = typed.anchor.clone();
    view! {
        <GroupedSelect form=state name="event" label="What happens" groups=groups value=event/>
        <Select form=state name="anchor" label="Main date" options=days value=anchor/>
    }
    .into_any()
}

/// What is filled in by what happens.
fn said(state: FormState, page: &StartPage, typed: &TypedTrigger) -> AnyView {
    let fits = |variable: &Variable, kind: FieldKind| match variable.kind {
        VariableKind::Text => true,
        VariableKind::Date => kind == FieldKind::Day,
        VariableKind::Number => kind == FieldKind::Number,
    };
    let variables = page.body.variables.iter();
    let selects = variables.filter(|variable| page.fields.iter().any(|field| fits(variable, field.kind)));
    let selects: Vec<AnyView> = selects
        .map(|variable| {
            let options = choices("What stands above", page.fields.iter().filter(|field| fits(variable, field.kind)));
            let (name, label) = (format!("from_event.{}", variable.key), variable.name.clone());
            let value = first(&typed.from_event, &variable.key);
            view! { <Select form=state name=name label=label options=options value=value/> }.into_any()
        })
        .collect();
    let any = !selects.is_empty();
    any.then(|| {
        view! {
            <fieldset class="stack">
                <legend>"What is filled in by what happens"</legend>
                <p class="soft">"Whoever sees the list reads it there. Where it doesn’t say that, what stands above is filled in."</p>
                {selects}
            </fieldset>
        }
    })
    .into_any()
}

fn choices<'f>(none: &str, fields: impl Iterator<Item = &'f EventField>) -> Vec<(String, String)> {
    let all = fields.map(|field| (field.name.to_owned(), field.label.to_owned()));
    std::iter::once((String::new(), none.to_owned())).chain(all).collect()
}
