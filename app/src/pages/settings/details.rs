//! `/app/{org}/settings/details`: what the business's public pages show.

use leptos::prelude::*;

use crate::{
    packed::page_data,
    settings::{
        api::{SaveDetails, details},
        wire::DetailsForm,
    },
    ui::{
        ActForm, DoneNotice, Field, FormMessage, FormState, GroupedSelect, Select, SettingsHead, SubmitButton,
        TextArea, org_of_address, settings_page, times_accepted,
    },
};

/// The details, in the dashboard's frame.
#[component]
pub fn DetailsRoute() -> AnyView {
    let org = org_of_address();
    let save = ServerAction::<SaveDetails>::new();
    let form = FormState::new(save).staying();
    let saved = times_accepted(save);
    let details = page_data(move || (org.get(), saved.get()), |(org, _)| details(org));
    settings_page(org, details, 8, move |org, page| details_form(org, page, save, form, saved.into()))
}

fn details_form(
    org: String,
    details: DetailsForm,
    save: ServerAction<SaveDetails>,
    form: FormState,
    times: Signal<usize>,
) -> AnyView {
    view! {
        <SettingsHead
            title="Business details"
            about="Clients see these on your booking pages, and on the page of each booking."
            back=format!("/app/{org}/settings")
        />
        <DoneNotice words=&[("saved", "Saved. Your public pages show it already.")] times=times/>
        <ActForm action=save class="stack card">
            <FormMessage form=form/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="version" value=form.version(details.version)/>
            <Field form=form name="name" label="Business name" autocomplete="organization" value=details.name/>
            <TextArea
                form=form
                name="description"
                label="About the business"
                hint="A sentence or two: what you do, and for whom."
                optional=true
                value=details.description
            />
            <Field
                form=form
                name="phone"
                label="Phone"
                type_="tel"
                inputmode="tel"
                autocomplete="tel"
                optional=true
                maxlength=40
                value=details.phone
            />
            <Field
                form=form
                name="address"
                label="Address"
                hint="On one line, like 12 Quay Street, Newcastle NSW 2300."
                autocomplete="street-address"
                optional=true
                maxlength=300
                value=details.address
            />
            <Select form=form name="state" label="State or territory" options=details.states value=details.state/>
            <Field form=form name="legal_name" label="Legal name" hint="As on your invoices, if it is another." optional=true value=details.legal_name/>
            <Field form=form name="abn" label="ABN" inputmode="numeric" optional=true maxlength=20 value=details.abn/>
            <GroupedSelect
                form=form
                name="zone"
                label="Time zone"
                hint="Opening hours are on this clock. Appointments already booked keep their moment in time."
                groups=details.zones
                value=details.zone
            />
            <div class="form-actions"><SubmitButton form=form label="Save" busy="Saving…"/></div>
        </ActForm>
    }
    .into_any()
}
