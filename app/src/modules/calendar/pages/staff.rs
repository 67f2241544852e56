//! `/app/{org}/calendar/staff`: who can be booked.

use leptos::prelude::*;

use crate::{
    modules::calendar::{
        setup_api::{AddPerson, staff},
        setup_wire::{PersonLine, StaffPage},
    },
    packed::page_data,
    ui::{
        ActForm, Badge, Empty, Field, FormMessage, FormState, SettingsHead, SubmitButton, Tone, org_of_address,
        settings_page,
    },
};

/// The list, in the dashboard's frame.
#[component]
pub fn StaffRoute() -> AnyView {
    let org = org_of_address();
    let add = ServerAction::<AddPerson>::new();
    let form = FormState::new(add);
    let page = page_data(move || org.get(), staff);
    settings_page(org, page, 8, move |org, page| list(org, page, add, form))
}

fn list(org: String, page: StaffPage, add: ServerAction<AddPerson>, form: FormState) -> AnyView {
    let body = if page.people.is_empty() {
        view! {
            <Empty title="Nobody yet" icon="users">
                <p>"Add everybody whom clients can book, even if that is only you. They don’t need to log in."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = page.people.into_iter().map(|person| line(&org, person)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let back = format!("/app/{org}/settings");
    view! {
        <SettingsHead title="Staff and hours" about="Who can be booked, and when." back=back/>
        {body}
        <section class="card stack" aria-labelledby="add-person">
            <h2 id="add-person">"Add somebody"</h2>
            <ActForm action=add class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <Field form=form name="name" label="Name" hint="As clients see it." autocomplete="off"/>
                <div class="form-actions"><SubmitButton form=form label="Add and set hours" busy="Adding…"/></div>
            </ActForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, person: PersonLine) -> AnyView {
    let PersonLine { id, name, active, hours, services } = person;
    let inactive = (!active).then(|| view! { <Badge label="Can’t be booked"/> });
    let hours = if hours.is_empty() && active {
        view! { <p><Badge tone=Tone::Warning label="No hours yet"/></p> }.into_any()
    } else {
        (!hours.is_empty()).then(|| view! { <p class="soft">{hours}</p> }).into_any()
    };
    let services = if services.is_empty() { "Offers no service yet.".to_owned() } else { services };
    view! {
        <li class="line" data-person=name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=format!("/app/{org}/calendar/staff/{id}")>{name.clone()}</a> " " {inactive}</p>
                {hours}
                <p class="soft">{services}</p>
            </div>
        </li>
    }
    .into_any()
}
