//! `/app/{org}/calendar/services/{id}`: one service, or a new one. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::given;
use crate::{
    modules::calendar::{setup_api::SaveService, setup_views, setup_wire::ServiceForm},
    pages::plain::written,
    request,
    ui::{
        Checkbox, Checkboxes, Field, FormMessage, FormState, Kind, LinkButton, Notice, Post, PostForm, SettingsFrame,
        SettingsHead, SubmitButton, TextArea, Tone, org_of_address,
    },
};

/// The form, in the dashboard's frame.
#[component]
pub fn ServiceSetupRoute() -> AnyView {
    let org = org_of_address();
    let params = use_params_map();
    let save = Post::to::<SaveService>();
    let form = FormState::of_post(save);
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let id = given(&params, "id").unwrap_or_default();
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let service = setup_views::service_form(&platform, &actor, &org, &id).await?;
            Ok((org, service))
        }
    };
    view! {
        <SettingsFrame org=org>
            {written(read, move |(org, service)| service_view(org, service, save, form))}
        </SettingsFrame>
    }
    .into_any()
}

fn service_view(org: String, service: ServiceForm, save: Post, form: FormState) -> AnyView {
    let new = service.id.is_empty();
    let title = if new { "New service".to_owned() } else { service.name.clone() };
    let list = format!("/app/{org}/calendar/services");
    let upcoming = (service.upcoming > 0).then(|| {
        let words = match service.upcoming {
            1 => "One booked appointment is still to come. It keeps its time, length and price, whatever you change here.".to_owned(),
            count => format!("{count} booked appointments are still to come. They keep their times, lengths and prices, whatever you change here."),
        };
        view! { <Notice tone=Tone::Info><p>{words}</p></Notice> }
    });
    let staff = if service.people.is_empty() {
        view! {
            <p class="soft">
                "Nobody can be booked yet. Save the service, then "
                <a href=format!("/app/{org}/calendar/staff")>"add somebody and their hours"</a>"."
            </p>
        }
        .into_any()
    } else {
        view! { <Checkboxes form=form name="staff" legend="Who offers it?" options=service.people/> }.into_any()
    };
    let slug_hint = if new {
        format!("After {}. Leave it empty to take it from the name.", service.address)
    } else {
        format!("After {}. Links to the old address stop working when you change it.", service.address)
    };
    view! {
        <SettingsHead title=title back=list.clone() back_label="Services"/>
        {upcoming}
        <PostForm post=save class="stack">
            <FormMessage form=form/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=service.id/>
            <input type="hidden" name="version" value=form.version(service.version)/>
            <section class="card stack" aria-labelledby="what">
                <h2 id="what">"What clients see"</h2>
                <Field form=form name="name" label="Name" autocomplete="off" value=service.name/>
                <Field
                    form=form
                    name="slug"
                    label="Web address"
                    hint=slug_hint
                    autocomplete="off"
                    maxlength=63
                    optional=true
                    value=service.slug
                />
                <TextArea
                    form=form
                    name="description"
                    label="Description"
                    hint="What it is for, what to bring."
                    optional=true
                    maxlength=5000
                    value=service.description
                />
                <div class="fields-row">
                    <Field form=form name="duration" label="How long it takes" hint="Like 45 min or 1 h 30 min." autocomplete="off" maxlength=40 value=service.duration/>
                    <Field form=form name="price" label="Price in dollars" hint="Including GST, like 85 or 85.50; 0 if it is free." inputmode="decimal" autocomplete="off" maxlength=20 value=service.price/>
                </div>
                <Checkbox form=form name="active" label="Show it and let clients book it" hint="Hidden services keep their appointments." value=service.active/>
            </section>
            <section class="card stack" aria-labelledby="who">
                <h2 id="who">"Who"</h2>
                {staff}
            </section>
            <section class="card stack" aria-labelledby="when">
                <h2 id="when">"When it can be booked"</h2>
                <div class="fields-row">
                    <Field form=form name="interval" label="Offer a start time every" hint="Leave empty to use the length of the service." autocomplete="off" optional=true maxlength=40 value=service.interval/>
                    <Field form=form name="notice" label="Notice you need" hint="The shortest time before the start, like 2 h or 1 day." autocomplete="off" maxlength=40 value=service.notice/>
                    <Field form=form name="window_days" label="Days ahead" hint="How far ahead clients can book, 1 to 365." inputmode="numeric" autocomplete="off" maxlength=10 value=service.window_days/>
                </div>
                <div class="fields-row">
                    <Field form=form name="buffer_before" label="Gap before" hint="Kept free to prepare." autocomplete="off" maxlength=40 value=service.buffer_before/>
                    <Field form=form name="buffer_after" label="Gap after" hint="Kept free to clean up, or to catch a breath." autocomplete="off" maxlength=40 value=service.buffer_after/>
                </div>
            </section>
            <div class="form-actions">
                <SubmitButton form=form label="Save" busy="Saving…"/>
                <LinkButton href=list kind=Kind::Quiet>"Cancel"</LinkButton>
            </div>
        </PostForm>
    }
    .into_any()
}
