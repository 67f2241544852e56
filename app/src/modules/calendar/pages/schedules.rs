//! `/app/{org}/calendar/schedules` and below: hours under a name that several people and services keep. The server writes them alone.

use leptos::prelude::*;

use super::{
    client::confirmed_by,
    person::{days_of, week_of},
    sections::{Asked, Form, SCHEDULE, Whole, page_of_sections, section_form},
};
use crate::{
    error::Result,
    modules::calendar::{
        schedules::{self, Kept},
        setup_api::AddSchedule,
        setup_views,
        setup_wire::{SchedulePage, StaffPage},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DoneNotice, Empty, Field, FormMessage, Kind, Post, PostForm, Select, SettingsFrame,
        SettingsHead, SubmitButton, org_of_address,
    },
};

/// The list, in the dashboard's frame.
#[component]
pub fn SchedulesRoute() -> AnyView {
    let org = org_of_address();
    let add = Form::of(Post::to::<AddSchedule>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let all = schedules::all(&platform, &actor, &slug).await?;
        let people = setup_views::staff(&platform, &actor, &slug).await?;
        Ok((slug, all, people))
    };
    let body = written(read, move |(slug, all, people)| list(&slug, all, people, add));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn list(org: &str, all: Vec<Kept>, people: StaffPage, add: Form) -> AnyView {
    let named = all.iter().map(|kept| (kept.schedule.id.to_string(), kept.schedule.name.clone()));
    let theirs = people.people.into_iter().filter(|person| !person.hours.is_empty());
    let theirs = theirs.map(|person| (person.id, format!("The hours of {}", person.name)));
    let like = std::iter::once((String::new(), "None".to_owned())).chain(named).chain(theirs).collect();
    let body = if all.is_empty() {
        view! {
            <Empty title="No schedules yet">
                <p>"Everybody has hours of their own. A schedule is for when several keep the same: “School term”, “Summer hours”. Change it once, and it holds for all of them."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = all.into_iter().map(|kept| line(org, &kept)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let refused = add.state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=&[("deleted", "Deleted.")]/> });
    let (state, back, org) = (add.state, format!("/app/{org}/settings"), org.to_owned());
    view! {
        <SettingsHead title="Schedules" about="Hours under a name that several people or services keep." back=back/>
        {done}
        {body}
        <section class="card stack" aria-labelledby="add-schedule">
            <h2 id="add-schedule">"Add a schedule"</h2>
            <PostForm post=add.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Field form=state name="name" label="Name" hint="Like “School term”. Only your team sees it." autocomplete="off" maxlength=100/>
                <Select form=state name="like" label="Begin with the weekly hours of" options=like/>
                <div class="form-actions"><SubmitButton form=state label="Add and set hours" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, kept: &Kept) -> AnyView {
    let (id, name) = (kept.schedule.id.to_string(), kept.schedule.name.clone());
    let default = kept.schedule.is_default.then(|| view! { <Badge label="For new people"/> });
    let users = match kept.users() {
        users if users.is_empty() => "Nobody keeps it yet.".to_owned(),
        users => format!("Kept by {users}"),
    };
    view! {
        <li class="line" data-schedule=name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=format!("/app/{org}/calendar/schedules/{id}")>{name.clone()}</a> " " {default}</p>
                <p class="soft">{users}</p>
            </div>
            <div class="line-end">
                <a class="btn btn-quiet" href=format!("/app/{org}/calendar/schedules/{id}/hours") aria-label=format!("Hours of {name}")>"Hours"</a>
            </div>
        </li>
    }
    .into_any()
}

/// A section of a schedule.
#[component]
pub fn ScheduleRoute() -> AnyView {
    page_of_sections(SCHEDULE, read)
}

async fn read(asked: Asked) -> Result<Whole<SchedulePage>> {
    let Asked { platform, actor, org, id } = asked;
    let page = setup_views::schedule(&platform, &actor, &org, &id).await?;
    let notice = (!page.users.is_empty()).then(|| {
        format!("Kept by {}. What you change here holds for all of them; what is booked already stays.", page.users)
    });
    Ok(Whole { title: page.name.clone(), list: "schedules", list_label: "Schedules", notice, page })
}

/// Its name, whether whoever is new begins with it, and its end.
pub fn basics(org: &str, page: SchedulePage, forms: &[Form]) -> AnyView {
    let [form, delete, ..] = *forms else { return ().into_any() };
    let state = form.state;
    let fields = view! {
        <Field form=state name="name" label="Name" hint="Only your team sees it." autocomplete="off" maxlength=100 value=page.name/>
        <Checkbox form=state name="is_default" label="New people begin with it" hint="Whoever is added to “Staff and hours” keeps it, until they get others." value=page.is_default/>
    };
    let (slug, own) = (org.to_owned(), page.id.clone());
    let words = if page.users.is_empty() {
        "Its hours go with it.".to_owned()
    } else {
        format!("It is kept by {}, so give them other hours first.", page.users)
    };
    let inside = view! {
        <p>{words}</p>
        <PostForm post=delete.post class="stack">
            <FormMessage form=delete.state/>
            <input type="hidden" name="org" value=slug/>
            <input type="hidden" name="id" value=own/>
            <div class="form-actions"><SubmitButton form=delete.state label="Yes, delete it" busy="Deleting…" kind=Kind::Quiet/></div>
        </PostForm>
    };
    view! {
        {section_form(org, page.id, page.version, form, "Basics", fields.into_any())}
        {confirmed_by("Delete this schedule", delete.state, inside.into_any())}
    }
    .into_any()
}

/// Its weekly hours.
pub fn hours(org: &str, page: SchedulePage, forms: &[Form]) -> AnyView {
    let Some(form) = forms.first().copied() else { return ().into_any() };
    week_of(org, page.id, true, page.hours, form)
}

/// The days on which it is otherwise.
pub fn days(org: &str, page: SchedulePage, forms: &[Form]) -> AnyView {
    let [form, clear, ..] = *forms else { return ().into_any() };
    days_of(org, page.id, true, page.hours, form, clear)
}
