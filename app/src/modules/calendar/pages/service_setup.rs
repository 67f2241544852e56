//! `/app/{org}/calendar/services/{id}` and below: one service, by sections; and `…/services/new`. The server writes them alone.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::sections::{Asked, Form, SERVICE, Whole, page_of_sections, section_form};
use crate::{
    error::Result,
    modules::calendar::{
        options::AssignmentRule,
        setup_api::AddService,
        setup_views,
        setup_wire::{NewService, ServiceForm},
        wire::Shown,
    },
    pages::plain::written,
    request,
    ui::{
        Checkbox, Checkboxes, Choice, Field, FormMessage, FormState, Kind, LinkButton, PictureForm, PostForm,
        RefusedPicture, SENT_TOO_LATE, Select, SettingsFrame, SettingsHead, SubmitButton, TextArea, org_of_address,
        picture_form,
    },
};

/// A section of a service.
#[component]
pub fn ServiceSetupRoute() -> AnyView {
    page_of_sections(SERVICE, read)
}

async fn read(asked: Asked) -> Result<Whole<ServiceForm>> {
    let Asked { platform, actor, org, id } = asked;
    let page = setup_views::service_form(&platform, &actor, &org, &id).await?;
    let notice = match page.upcoming {
        _ if page.locked => {
            Some("Only admins change this service. You can look at it; ask one of them to change it.".to_owned())
        }
        0 => None,
        1 => Some(
            "One booked appointment is still to come. It keeps its time, length and price, whatever you change here."
                .to_owned(),
        ),
        count => Some(format!(
            "{count} booked appointments are still to come. They keep their times, lengths and prices, whatever you change here."
        )),
    };
    Ok(Whole { title: page.name.clone(), list: "services", list_label: "Services", notice, page })
}

/// What clients see.
pub fn basics(org: &str, service: ServiceForm, forms: &[Form]) -> AnyView {
    let Some(form) = forms.first().copied() else { return ().into_any() };
    let ServiceForm { id, version, address, active, picture: shown, .. } = service.clone();
    let slug_hint = format!("After {address}. Links to the old address stop working when you change it.");
    let fields = view! {
        {what(form.state, slug_hint, Some(service))}
        {active_box(form, active)}
    };
    let picture = forms.get(1).map(|form| picture(org, &id, version, shown, *form));
    view! {
        {section_form(org, id, version, form, "What clients see", fields.into_any())}
        {picture}
    }
    .into_any()
}

/// What it looks like.
fn picture(org: &str, id: &str, version: i64, shown: Option<Shown>, Form { post, state }: Form) -> AnyView {
    let upload = format!("/app/{org}/calendar/services/picture");
    let why = use_query_map().with_untracked(|query| query.get("refused"));
    let too_late = || RefusedPicture { words: SENT_TOO_LATE, file: String::new() };
    let refused =
        if why.as_deref() == Some("again") { Some(too_late()) } else { RefusedPicture::read(why.as_deref(), None) };
    let form = PictureForm {
        to: upload,
        kind: id.to_owned(),
        name: "file",
        label: "A picture of it",
        shown: "It stands beside the service on your booking page.",
        button: "btn btn-quiet",
    };
    let (org, id) = (org.to_owned(), id.to_owned());
    let shown = shown.map(|Shown { src, width, height }| {
        view! {
            <p><img class="picture-shown" src=src width=width height=height alt="The picture, as it is now"/></p>
            <FormMessage form=state/>
            <PostForm post=post>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <SubmitButton form=state label="Remove it" busy="Removing…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="picture">
            <h2 id="picture">"Picture"</h2>
            {shown}
            {picture_form(form, refused)}
        </section>
    }
    .into_any()
}

/// When it can be booked.
pub fn times(org: &str, service: ServiceForm, forms: &[Form]) -> AnyView {
    let Some(Form { post, state: form }) = forms.first().copied() else { return ().into_any() };
    let fields = view! {
        <div class="fields-row">
            <Field form=form name="interval" label="Offer a start time every" hint="Leave empty to use the length of the service." autocomplete="off" optional=true maxlength=40 value=service.interval placeholder=service.duration/>
            <Field form=form name="notice" label="Notice you need" hint="The shortest time before the start, like 2 h or 1 day." autocomplete="off" maxlength=40 value=service.notice/>
            <Field form=form name="window_days" label="Days ahead" hint="How far ahead clients can book, 1 to 365." inputmode="numeric" autocomplete="off" maxlength=10 value=service.window_days/>
        </div>
        <div class="fields-row">
            <Field form=form name="buffer_before" label="Gap before" hint="Kept free to prepare." autocomplete="off" maxlength=40 value=service.buffer_before/>
            <Field form=form name="buffer_after" label="Gap after" hint="Kept free to clean up, or to catch a breath." autocomplete="off" maxlength=40 value=service.buffer_after/>
        </div>
    };
    let form = Form { post, state: form };
    let within =
        forms.get(1).map(|form| within(org, &service.id, service.version, service.schedule, service.schedules, *form));
    view! {
        {section_form(org, service.id, service.version, form, "When it can be booked", fields.into_any())}
        {within}
    }
    .into_any()
}

/// The named schedule within which alone it can be booked.
fn within(
    org: &str,
    id: &str,
    version: i64,
    schedule: String,
    mut schedules: Vec<(String, String)>,
    Form { post, state }: Form,
) -> AnyView {
    if schedules.len() < 2 {
        let href = format!("/app/{org}/calendar/schedules");
        return view! { <p class="soft">"Only at certain hours, whoever offers it? Make them a "<a href=href>"schedule"</a>", and choose it here."</p> }
            .into_any();
    }
    if let Some((_, none)) = schedules.first_mut() {
        "Whenever somebody who offers it works".clone_into(none);
    }
    let (org, id) = (org.to_owned(), id.to_owned());
    view! {
        <section class="card stack" aria-labelledby="within">
            <h2 id="within">"Hours of its own"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Select form=state name="schedule" label="It can be booked" hint="Within a schedule’s hours, and then only while somebody who offers it works." options=schedules value=schedule/>
                <div class="form-actions"><SubmitButton form=state label="Set its hours" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// Who can be booked for it.
pub fn people(org: &str, service: ServiceForm, forms: &[Form]) -> AnyView {
    let Some(form) = forms.first().copied() else { return ().into_any() };
    if service.people.is_empty() {
        return view! {
            <section class="card stack" aria-labelledby="section">
                <h2 id="section">"Who"</h2>
                {nobody(org, "")}
            </section>
        }
        .into_any();
    }
    let shares = forms.get(1).filter(|_| !service.shares.is_empty()).map(|form| shares(org, &service, *form));
    let fields = view! { <Checkboxes form=form.state name="staff" legend="Who offers it?" options=service.people/> };
    view! {
        {section_form(org, service.id, service.version, form, "Who", fields.into_any())}
        {shares}
    }
    .into_any()
}

/// Who is asked first, how large everybody's share is, and the hours that they keep for it: what the rule looks at.
fn shares(org: &str, service: &ServiceForm, Form { post, state }: Form) -> AnyView {
    let rule = service.options.assignment.rule;
    let several = service.shares.len() > 1;
    let words = match rule {
        _ if !several => "One person offers it, so every booking is theirs.",
        AssignmentRule::Fewest => "Of those who are free, whoever has the fewest bookings that day takes it.",
        AssignmentRule::Priority => {
            "Of those who are free, whoever has the highest number takes it; among equals, whoever has the fewest bookings that day."
        }
        AssignmentRule::LongestIdle => {
            "Of those who are free, whoever has been without a booking of it the longest takes it."
        }
        AssignmentRule::RoundRobin => {
            "They take turns. 100 is an ordinary share: somebody with 200 gets twice as many as somebody with 100, somebody with 50 half as many. Whoever isn’t free is passed over, and catches up later."
        }
        AssignmentRule::Collective => {
            "All of them take part in every booking, so a time is offered only when all are free."
        }
    };
    let choice = if service.options.assignment.choice { " Clients may choose a person instead." } else { "" };
    let mut schedules = service.schedules.clone();
    if let Some((_, none)) = schedules.first_mut() {
        "Their usual hours".clone_into(none);
    }
    let lines = service
        .shares
        .iter()
        .enumerate()
        .map(|(row, share)| {
            let name = |part: &str| format!("options.shares.{row}.{part}");
            let priority = (several && rule == AssignmentRule::Priority).then(|| {
                let label = format!("Priority of {}", share.name);
                view! { <Field form=state name=name("priority") label=label hint="0 to 100; the highest is asked first." inputmode="numeric" autocomplete="off" maxlength=3 value=share.priority.to_string()/> }
            });
            let weight = (several && rule == AssignmentRule::RoundRobin).then(|| {
                let label = format!("Share of {}", share.name);
                view! { <Field form=state name=name("weight") label=label hint="1 to 1,000; 100 is an ordinary share." inputmode="numeric" autocomplete="off" maxlength=4 value=share.weight.to_string()/> }
            });
            let hours = (schedules.len() > 1).then(|| {
                let label = format!("Hours of {} for it", share.name);
                view! { <Select form=state name=name("schedule") label=label options=schedules.clone() value=share.schedule.clone()/> }
            });
            view! {
                <input type="hidden" name=format!("options[shares.{row}.staff][]") value=share.staff.clone()/>
                <div class="fields-row">{priority}{weight}{hours}</div>
            }
        })
        .collect_view();
    let asks =
        schedules.len() > 1 || (several && matches!(rule, AssignmentRule::Priority | AssignmentRule::RoundRobin));
    let form = asks.then(|| {
        let (org, id, version) = (org.to_owned(), service.id.clone(), state.version(service.version));
        view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                {lines}
                <div class="form-actions"><SubmitButton form=state label="Set these" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        }
    });
    let rules = format!("/app/{org}/calendar/services/{}/rules", service.id);
    view! {
        <section class="card stack" aria-labelledby="takes">
            <h2 id="takes">"How a booking finds its person"</h2>
            <p class="soft">{words}{choice}" "<a href=rules>"Another rule"</a></p>
            {form}
        </section>
    }
    .into_any()
}

/// A new service, in the dashboard's frame.
#[component]
pub fn NewServiceRoute() -> AnyView {
    let org = org_of_address();
    let form = Form::of(crate::ui::Post::to::<AddService>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = setup_views::new_service(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| new_service(org, page, form))}</SettingsFrame> }
        .into_any()
}

fn new_service(org: String, page: NewService, form: Form) -> AnyView {
    let Form { post, state } = form;
    let list = format!("/app/{org}/calendar/services");
    let who = who_new(&org, page.people, state);
    let slug_hint = format!("After {}. Leave it empty to take it from the name.", page.address);
    view! {
        <SettingsHead title="New service" back=list.clone() back_label="Services"/>
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <section class="card stack" aria-labelledby="what">
                <h2 id="what">"What clients see"</h2>
                {what(state, slug_hint, None)}
                {active_box(form, true)}
            </section>
            <section class="card stack" aria-labelledby="who">
                <h2 id="who">"Who"</h2>
                {who}
            </section>
            <p class="soft">"Clients can book it from 2 h before it starts, up to 60 days ahead. You can change that once it is added."</p>
            <div class="form-actions">
                <SubmitButton form=state label="Add it" busy="Adding…"/>
                <LinkButton href=list kind=Kind::Quiet>"Cancel"</LinkButton>
            </div>
        </PostForm>
    }
    .into_any()
}

fn who_new(org: &str, people: Vec<Choice>, form: FormState) -> AnyView {
    if people.is_empty() {
        return nobody(org, "Add the service, then ");
    }
    view! { <Checkboxes form=form name="staff" legend="Who offers it?" options=people/> }.into_any()
}

fn nobody(org: &str, first: &'static str) -> AnyView {
    let link = if first.is_empty() { "Add somebody and their hours" } else { "add somebody and their hours" };
    view! { <p class="soft">"Nobody can be booked yet. "{first}<a href=format!("/app/{org}/calendar/staff")>{link}</a>"."</p> }
        .into_any()
}

fn what(form: FormState, slug_hint: String, service: Option<ServiceForm>) -> AnyView {
    let (name, slug, description, duration, price) = service.map_or_else(Default::default, |service| {
        (service.name, service.slug, service.description, service.duration, service.price)
    });
    view! {
        <Field form=form name="name" label="Name" autocomplete="off" value=name/>
        <Field form=form name="slug" label="Web address" hint=slug_hint autocomplete="off" maxlength=63 optional=true value=slug/>
        <TextArea
            form=form
            name="description"
            label="Description"
            hint="What it is for, what to bring."
            optional=true
            maxlength=5000
            value=description
        />
        <div class="fields-row">
            <Field form=form name="duration" label="How long it takes" hint="Like 45 min or 1 h 30 min." autocomplete="off" maxlength=40 value=duration/>
            <Field form=form name="price" label="Price in dollars" hint="Including GST, like 85 or 85.50; 0 if it is free." inputmode="decimal" autocomplete="off" maxlength=20 value=price/>
        </div>
    }
    .into_any()
}

fn active_box(form: Form, active: bool) -> AnyView {
    let state = form.state;
    view! {
        <Checkbox form=state name="active" label="Show it and let clients book it" hint="Hidden services keep their appointments." value=active/>
    }
    .into_any()
}
