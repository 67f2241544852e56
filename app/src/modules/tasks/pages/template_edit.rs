//! `/app/{org}/tasks/templates/{id}/edit` and `…/steps/{step}`: changing a template, all but its tasks on one page, and each task on one of its own. Every
//! save makes another version. The server writes them alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::templates::{framed, outline};
use crate::{
    error::AppError,
    modules::tasks::{
        api_templates::{AddStep, MoveStep, RemoveStep, SaveStep, SaveTemplate},
        template_forms as forms,
        template_rules::{Adjust, Body, Offset, Role, Step, Unit, Variable, VariableKind},
        template_steps::{self as steps, Way},
        template_views::{self as views, EditPage},
    },
    pages::plain::written,
    request,
    ui::{
        Checkbox, Checkboxes, Choice, DoneNotice, Empty, Field, Form, FormMessage, FormState, Icon, Kind, LinkButton,
        PageHeader, PageTitle, Post, PostForm, Select, SubmitButton, TextArea, confirmed_by, folded_by, given,
        org_of_address,
    },
};

const DONE: &[(&str, &str)] = &[
    ("added", "Added. Now its tasks."),
    ("made", "Saved as a template. Look it through: give the roles the names of what people do."),
    ("saved", "Saved as its next version."),
    ("step_added", "Added."),
    ("step_saved", "Saved as its next version."),
    ("moved", "Moved."),
    ("removed", "Deleted, from the next version on."),
];

/// So many rows for new roles, variables and sections.
const NEW_ROWS: usize = 1;

/// Each way with its word, its icon, and what stands before and after the task's title in its label.
const WAYS: [(Way, &str, &str, (&str, &str)); 4] = [
    (Way::Up, "up", "up", ("Move", "up")),
    (Way::Down, "down", "down", ("Move", "down")),
    (Way::In, "in", "right", ("Make", "a subtask of the task before it")),
    (Way::Out, "out", "left", ("Move", "out of its parent task")),
];

/// A template to change, in the dashboard's frame.
#[component]
pub fn EditTemplateRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        save: Form::of(Post::to::<SaveTemplate>()),
        add: Form::of(Post::to::<AddStep>()),
        shift: Form::of(Post::to::<MoveStep>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::edit(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    framed(org, written(read, move |(org, page)| edit(&org, &page, &forms)))
}

/// A task of a template, in the dashboard's frame.
#[component]
pub fn StepRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let key = given(&params, "step").unwrap_or_default();
    let (save, remove) = (Form::of(Post::to::<SaveStep>()), Form::of(Post::to::<RemoveStep>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::edit(&platform, &actor, &slug, &id).await?;
        let found = steps::find(&page.body, &key).cloned();
        let step = found.ok_or_else(|| AppError::not_found("that task of the template"))?;
        Ok((slug, page, step))
    };
    framed(org, written(read, move |(org, page, step)| one(&org, &page, &step, save, remove)))
}

/// What can be done on the page of a template to change.
#[derive(Clone, Copy)]
struct Forms {
    save: Form,
    add: Form,
    shift: Form,
}

fn edit(org: &str, page: &EditPage, forms: &Forms) -> AnyView {
    let EditPage { template, body, .. } = page;
    let here = format!("/app/{org}/tasks/templates/{}", template.id);
    let all = [forms.save, forms.add, forms.shift];
    let refused = all.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let (id, version) = (template.id.to_string(), template.version);
    let list = if body.tasks.is_empty() {
        view! { <Empty title="No tasks yet" icon="list"><p>"Add the first one below. Then say who does it, and when."</p></Empty> }
            .into_any()
    } else {
        outline(body, |step| ends(org, page, step, forms.shift.post))
    };
    let can_start = !body.tasks.is_empty();
    let start = can_start.then(|| {
        let start = format!("{here}/start");
        view! { <LinkButton href=start kind=Kind::Quiet>"Start"</LinkButton> }
    });
    view! {
        <PageTitle text=format!("Change {}", template.name)/>
        <a class="back" href=here.clone()><Icon name="back"/>{template.name.clone()}</a>
        <PageHeader title=format!("Change {}", template.name) about=format!("This is version {version}. Each change makes another; none is lost.")>{start}</PageHeader>
        {done}
        <section class="card stack" aria-labelledby="steps">
            <h2 id="steps">"Tasks"</h2>
            <FormMessage form=forms.shift.state/>
            {list}
            {add_step(org, page, forms.add)}
        </section>
        <section class="card stack" aria-labelledby="head">
            <h2 id="head">"Name, roles and what is filled in"</h2>
            {head(org, &id, version, body, forms.save)}
        </section>
    }
    .into_any()
}

/// What can be done with a task of the list: opened, and moved where it can go.
fn ends(org: &str, page: &EditPage, step: &Step, shift: Post) -> AnyView {
    let href = format!("/app/{org}/tasks/templates/{}/steps/{}", page.template.id, step.key);
    let title = steps::readable(&page.body, &step.title);
    let can = steps::ways(&page.body, &step.key);
    let buttons = WAYS
        .into_iter()
        .map(|(way, word, icon, (before, after))| {
            // One that leads nowhere keeps its room, so that the others don't jump under the finger.
            if !can.contains(&way) {
                return view! { <span class="btn-icon is-off" aria-hidden="true"></span> }.into_any();
            }
            let (org, id, version) = (org.to_owned(), page.template.id.to_string(), page.template.version.to_string());
            let (key, label) = (step.key.clone(), format!("{before} “{title}” {after}"));
            view! {
                <PostForm post=shift>
                    <input type="hidden" name="org" value=org/>
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="version" value=version/>
                    <input type="hidden" name="step" value=key/>
                    <input type="hidden" name="way" value=word/>
                    <button type="submit" class="btn-icon" aria-label=label><Icon name=icon/></button>
                </PostForm>
            }
            .into_any()
        })
        .collect_view();
    let label = format!("Change “{title}”");
    view! {
        <div class="line-end">
            <a class="btn btn-quiet" href=href aria-label=label>"Change"</a>
            {buttons}
        </div>
    }
    .into_any()
}

fn add_step(org: &str, page: &EditPage, Form { post, state }: Form) -> AnyView {
    let (org, id) = (org.to_owned(), page.template.id.to_string());
    let version = state.version(page.template.version);
    let last = vec![(String::new(), "At the end".to_owned())];
    let others = steps::walk(&page.body).into_iter().map(|(depth, step)| {
        let title = steps::readable(&page.body, &step.title);
        (step.key.clone(), format!("{}After “{title}”", "– ".repeat(depth)))
    });
    let options = last.into_iter().chain(others).collect::<Vec<_>>();
    let place = (options.len() > 1).then(|| view! { <Select form=state name="after" label="Where" options=options/> });
    view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="version" value=version/>
            <Field form=state name="title" label="Another task" hint="What is to be done. {{client}} is filled in, where the template asks for “client”." autocomplete="off" maxlength=500/>
            {place}
            <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
        </PostForm>
    }
    .into_any()
}

fn head(org: &str, id: &str, version: i64, body: &Body, Form { post, state }: Form) -> AnyView {
    let (org, id, version) = (org.to_owned(), id.to_owned(), state.version(version));
    let roles = body.roles.iter().map(|role| role_row(state, &role.key, Some(role)));
    let roles = roles.chain(new_rows().map(|row| role_row(state, &row, None))).collect_view();
    let variables = body.variables.iter().map(|variable| variable_row(state, &variable.key, Some(variable)));
    let variables = variables.chain(new_rows().map(|row| variable_row(state, &row, None))).collect_view();
    let sections = body.sections.iter().enumerate().map(|(at, name)| section_row(state, &forms::section_row(at), name));
    let sections = sections.chain(new_rows().map(|row| section_row(state, &row, ""))).collect_view();
    let (name, what_for) = (body.name.clone(), body.about.clone());
    let (anchor, which) = (body.anchor.name.clone(), body.anchor.about.clone());
    view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="version" value=version/>
            <Field form=state name="name" label="Name" autocomplete="off" maxlength=100 value=name/>
            <TextArea form=state name="about" label="Description" optional=true rows=2 maxlength=1000 value=what_for/>
            <div class="fields-row">
                <Field form=state name="anchor_name" label="Main date" hint="What it is called. Due dates are counted from it." autocomplete="off" maxlength=100 value=anchor/>
                <Field form=state name="anchor_about" label="Which date to choose" autocomplete="off" optional=true maxlength=1000 value=which/>
            </div>
            <fieldset class="stack">
                <legend>"Roles"</legend>
                <p class="field-hint">"Who does things, without saying who that is. A role whose name is emptied is deleted. Its short name in titles is {{role:…}}."</p>
                {roles}
            </fieldset>
            <fieldset class="stack">
                <legend>"What is filled in"</legend>
                <p class="field-hint">"It is asked for at each start, and stands in titles, notes and checklists where its short name is in double braces."</p>
                {variables}
            </fieldset>
            <fieldset class="stack">
                <legend>"Sections"</legend>
                <p class="field-hint">"Those that the list hasn’t are made in it."</p>
                {sections}
            </fieldset>
            <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
        </PostForm>
    }
    .into_any()
}

fn new_rows() -> impl Iterator<Item = String> {
    (1..=NEW_ROWS).map(|row| format!("new-{row}"))
}

fn role_row(state: FormState, row: &str, role: Option<&Role>) -> AnyView {
    let name = role.map(|role| role.name.clone()).unwrap_or_default();
    let about = role.map(|role| role.about.clone()).unwrap_or_default();
    let legend = role.map_or_else(|| "Another role".to_owned(), |role| role.name.clone());
    let hint = role.map(|role| format!("In titles: {{{{role:{}}}}}", role.key)).unwrap_or_default();
    view! {
        <fieldset class="template-row">
            <legend>{legend}</legend>
            <div class="fields-row">
                <Field form=state name=format!("role_names.{row}") label="Name" hint=hint autocomplete="off" optional=true maxlength=100 value=name/>
                <Field form=state name=format!("role_abouts.{row}") label="Who should be chosen" autocomplete="off" optional=true maxlength=1000 value=about/>
            </div>
        </fieldset>
    }
    .into_any()
}

fn variable_row(state: FormState, row: &str, variable: Option<&Variable>) -> AnyView {
    let name = variable.map(|variable| variable.name.clone()).unwrap_or_default();
    let legend = variable.map_or_else(|| "Something else".to_owned(), |variable| variable.name.clone());
    let hint = variable.map(|variable| format!("In titles: {{{{{}}}}}", variable.key)).unwrap_or_default();
    let kind = match variable.map(|variable| variable.kind) {
        Some(VariableKind::Date) => "date",
        Some(VariableKind::Number) => "number",
        Some(VariableKind::Text) | None => "text",
    };
    let kinds = [("text", "Words"), ("date", "A day"), ("number", "A number")].map(owned).to_vec();
    let default = variable.map(|variable| variable.default.clone()).unwrap_or_default();
    let required = variable.is_some_and(|variable| variable.required);
    view! {
        <fieldset class="template-row">
            <legend>{legend}</legend>
            <div class="fields-row">
                <Field form=state name=format!("variable_names.{row}") label="Name" hint=hint autocomplete="off" optional=true maxlength=100 value=name/>
                <Select form=state name=format!("variable_kinds.{row}") label="Kind" options=kinds value=kind/>
                <Field form=state name=format!("variable_defaults.{row}") label="Default" autocomplete="off" optional=true maxlength=500 value=default/>
                <Checkbox form=state name=format!("variable_required.{row}") label="Required" value=required/>
            </div>
        </fieldset>
    }
    .into_any()
}

fn section_row(state: FormState, row: &str, name: &str) -> AnyView {
    let label = if name.is_empty() { "Another section".to_owned() } else { format!("Section “{name}”") };
    view! { <Field form=state name=format!("section_names.{row}") label=label autocomplete="off" optional=true maxlength=100 value=name.to_owned()/> }
        .into_any()
}

fn one(org: &str, page: &EditPage, step: &Step, save: Form, remove: Form) -> AnyView {
    let EditPage { template, body, .. } = page;
    let back = format!("/app/{org}/tasks/templates/{}/edit", template.id);
    let title = steps::readable(body, &step.title);
    let (for_save, for_remove) = (org.to_owned(), org.to_owned());
    let (id, own) = (template.id.to_string(), template.id.to_string());
    let (key, gone) = (step.key.clone(), step.key.clone());
    let (version, read) = (save.state.version(template.version), template.version.to_string());
    let parts = if step.children.is_empty() { "" } else { " Its subtasks are deleted with it." };
    let inside = view! {
        <p>{format!("It is deleted from the next version on; earlier ones keep it.{parts}")}</p>
        <PostForm post=remove.post>
            <FormMessage form=remove.state/>
            <input type="hidden" name="org" value=for_remove/>
            <input type="hidden" name="id" value=own/>
            <input type="hidden" name="version" value=read/>
            <input type="hidden" name="step" value=gone/>
            <SubmitButton form=remove.state label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/>
        </PostForm>
    };
    let fields = fields(page, step, save.state);
    view! {
        <PageTitle text=title.clone()/>
        <a class="back" href=back><Icon name="back"/>{format!("Change {}", template.name)}</a>
        <PageHeader title=title/>
        <section class="card stack">
            <PostForm post=save.post class="stack">
                <FormMessage form=save.state/>
                <input type="hidden" name="org" value=for_save/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                <input type="hidden" name="step" value=key/>
                {fields}
                <div class="form-actions"><SubmitButton form=save.state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        {confirmed_by("Delete task", remove.state, inside.into_any())}
    }
    .into_any()
}

fn fields(page: &EditPage, step: &Step, state: FormState) -> AnyView {
    let body = &page.body;
    let nobody = vec![(String::new(), "Nobody".to_owned())];
    let roles = body.roles.iter().map(|role| (role.key.clone(), role.name.clone()));
    // A team that isn't there any more stays until another is chosen.
    let team = step.team.clone().filter(|team| !page.teams.contains(team));
    let teams = page.teams.iter().cloned().chain(team).map(|name| (format!("team:{name}"), format!("The team {name}")));
    let who = nobody.into_iter().chain(roles).chain(teams).collect();
    let chosen = match (&step.role, &step.team) {
        (Some(role), _) => role.clone(),
        (None, Some(team)) => format!("team:{team}"),
        (None, None) => String::new(),
    };
    let with = body.roles.iter().map(|role| Choice {
        value: role.key.clone(),
        label: role.name.clone(),
        chosen: step.people.contains(&role.key),
    });
    let with: Vec<Choice> = with.collect();
    let people = (!with.is_empty())
        .then(|| view! { <Checkboxes form=state name="people" legend="Also assigned to" options=with/> });
    let section = (!steps::is_part(body, &step.key) && !body.sections.is_empty()).then(|| {
        let none = vec![(String::new(), "None".to_owned())];
        let options = none.into_iter().chain(body.sections.iter().map(|name| (name.clone(), name.clone()))).collect();
        let value = step.section.clone().unwrap_or_default();
        view! { <Select form=state name="section" label="Section" options=options value=value/> }
    });
    let priorities = [("0", "None"), ("1", "Low"), ("2", "Medium"), ("3", "High"), ("4", "Urgent")].map(owned).to_vec();
    let labels_hint = if page.labels.is_empty() {
        "With commas between. There are no labels yet.".to_owned()
    } else {
        let some = page.labels.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
        format!("With commas between. There are: {some}.")
    };
    let due = Day {
        name: "due",
        legend: "Due date",
        none: "Leave it empty for none. 0 is that day itself.",
        offset: step.due.clone(),
    };
    let start = Day {
        name: "start",
        legend: "Start date",
        none: "Leave it empty for none. 0 is that day itself.",
        offset: step.start.clone(),
    };
    let estimate = step.estimate_minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
    view! {
        <Field form=state name="title" label="Title" autocomplete="off" maxlength=500 value=step.title.clone()/>
        <TextArea form=state name="notes" label="Notes" hint="In Markdown." optional=true rows=5 maxlength=20000 value=step.notes.clone()/>
        <div class="fields-row">
            <Select form=state name="role" label="Assigned to" options=who value=chosen/>
            {section}
        </div>
        {people}
        <Checkbox form=state name="everyone" label="Everyone on it completes it" hint="Otherwise it is done when one of them says so." value=step.everyone/>
        {offset(page, step, state, due)}
        <Field form=state name="time" label="Due time" hint="Like 09:00." autocomplete="off" optional=true maxlength=5 value=step.time.clone().unwrap_or_default()/>
        {offset(page, step, state, start)}
        <div class="fields-row">
            <Field form=state name="estimate" label="Estimate in minutes" inputmode="numeric" autocomplete="off" optional=true maxlength=7 value=estimate/>
            <Select form=state name="priority" label="Priority" options=priorities value=step.priority.to_string()/>
        </div>
        <Field form=state name="labels" label="Labels" hint=labels_hint autocomplete="off" optional=true maxlength=1200 value=step.labels.join(", ")/>
        <TextArea form=state name="checklist" label="Checklist" hint="One a line." optional=true rows=5 maxlength=60000 value=step.checklist.join("\n")/>
        {waits_for(page, step, state)}
    }
    .into_any()
}

/// One of a task's two days: the beginning of its fields' names, what it asks for, and what an empty one means.
struct Day {
    name: &'static str,
    legend: &'static str,
    none: &'static str,
    offset: Option<Offset>,
}

fn offset(page: &EditPage, step: &Step, state: FormState, day: Day) -> AnyView {
    let body = &page.body;
    let Day { name, legend, none, offset } = day;
    let days = offset.as_ref().map(|offset| offset.days.unsigned_abs().to_string()).unwrap_or_default();
    let offset = offset.unwrap_or_default();
    let field = |what: &str| format!("{name}_{what}");
    let sides = [("after", "after"), ("before", "before")].map(owned).to_vec();
    let side = if offset.days < 0 { "before" } else { "after" };
    let units = [("calendar", "days"), ("working", "working days")].map(owned).to_vec();
    let unit = if offset.unit == Unit::Working { "working" } else { "calendar" };
    let adjusts =
        [("none", "stays"), ("next", "moves to the next working day"), ("previous", "moves to the working day before")];
    let adjusts = adjusts.map(owned).to_vec();
    let adjust = match offset.adjust {
        Adjust::None => "none",
        Adjust::NextWorking => "next",
        Adjust::PreviousWorking => "previous",
    };
    let anchor = vec![(String::new(), body.anchor.name.clone())];
    let others = steps::walk(body).into_iter().filter(|(_, other)| other.key != step.key && other.due.is_some());
    let named = |other: &Step| format!("when “{}” is due", steps::readable(body, &other.title));
    let from = anchor.into_iter().chain(others.map(|(_, other)| (other.key.clone(), named(other)))).collect();
    let other = offset.after.clone().unwrap_or_default();
    view! {
        <fieldset class="stack">
            <legend>{legend}</legend>
            <div class="fields-row">
                <Field form=state name=field("days") label=format!("{legend}: how many days") hint=none inputmode="numeric" autocomplete="off" optional=true maxlength=4 value=days/>
                <Select form=state name=field("unit") label="Which days count" options=units value=unit/>
                <Select form=state name=field("when") label="Before or after" options=sides value=side/>
            </div>
            <div class="fields-row">
                <Select form=state name=field("from") label="Counted from" options=from value=other/>
                <Select form=state name=field("adjust") label="On a weekend or holiday it" options=adjusts value=adjust/>
            </div>
        </fieldset>
    }
    .into_any()
}

fn waits_for(page: &EditPage, step: &Step, state: FormState) -> AnyView {
    let others = steps::walk(&page.body).into_iter().filter(|(_, other)| other.key != step.key);
    let options: Vec<Choice> = others
        .map(|(_, other)| Choice {
            value: other.key.clone(),
            label: steps::readable(&page.body, &other.title),
            chosen: step.blocked_by.contains(&other.key),
        })
        .collect();
    if options.is_empty() {
        return ().into_any();
    }
    let count = step.blocked_by.len();
    let inside = view! {
        <div class="many-checks">
            <Checkboxes form=state name="blocked_by" legend="Waiting for" options=options/>
        </div>
    };
    // It is long, and seldom changed.
    if count == 0 {
        return folded_by("Dependencies", state, inside.into_any());
    }
    inside.into_any()
}

fn owned((value, label): (&str, &str)) -> (String, String) {
    (value.to_owned(), label.to_owned())
}
