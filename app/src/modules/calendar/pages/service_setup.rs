//! `/app/{org}/calendar/services/{id}` and below: one service, by sections; and `…/services/new`. The server writes them alone.

use leptos::prelude::*;

use super::sections::{Asked, Form, SERVICE, Whole, page_of_sections, section_form};
use crate::{
    error::Result,
    modules::calendar::{
        setup_api::AddService,
        setup_views,
        setup_wire::{NewService, ServiceForm},
    },
    pages::plain::written,
    request,
    ui::{
        Checkbox, Checkboxes, Choice, Field, FormMessage, FormState, Kind, LinkButton, PostForm, SettingsFrame,
        SettingsHead, SubmitButton, TextArea, org_of_address,
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
    let ServiceForm { id, version, address, active, .. } = service.clone();
    let slug_hint = format!("After {address}. Links to the old address stop working when you change it.");
    let fields = view! {
        {what(form.state, slug_hint, Some(service))}
        {active_box(form, active)}
    };
    section_form(org, id, version, form, "What clients see", fields.into_any())
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
    section_form(org, service.id, service.version, form, "When it can be booked", fields.into_any())
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
    let fields = view! { <Checkboxes form=form.state name="staff" legend="Who offers it?" options=service.people/> };
    section_form(org, service.id, service.version, form, "Who", fields.into_any())
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
