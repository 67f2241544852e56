//! `/app/{org}/calendar/staff`: who can be booked. The server writes it alone.

use leptos::prelude::*;

use crate::{
    modules::calendar::{
        setup_api::AddPerson,
        setup_views,
        setup_wire::{PersonLine, StaffPage},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Empty, Field, FormMessage, FormState, Post, PostForm, SettingsFrame, SettingsHead, SubmitButton, Tone,
        org_of_address,
    },
};

/// The list, in the dashboard's frame.
#[component]
pub fn StaffRoute() -> AnyView {
    let org = org_of_address();
    let add = Post::to::<AddPerson>();
    let form = FormState::of_post(add);
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let page = setup_views::staff(&platform, &actor, &org).await?;
            Ok((org, page))
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| list(org, page, add, form))}</SettingsFrame> }
        .into_any()
}

fn list(org: String, page: StaffPage, add: Post, form: FormState) -> AnyView {
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
            <PostForm post=add class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <Field form=form name="name" label="Name" hint="As clients see it." autocomplete="off"/>
                <div class="form-actions"><SubmitButton form=form label="Add and set hours" busy="Adding…"/></div>
            </PostForm>
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
            <div class="line-end">
                <a class="btn btn-quiet" href=format!("/app/{org}/calendar/staff/{id}/hours") aria-label=format!("Hours of {name}")>"Hours"</a>
            </div>
        </li>
    }
    .into_any()
}
