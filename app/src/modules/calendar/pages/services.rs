//! `/app/{org}/calendar/services`: what clients can book. The server writes it alone.

use leptos::prelude::*;

use super::sections::Form;
use crate::{
    modules::calendar::{
        setup_api::{MoveCategory, MoveService},
        setup_views,
        setup_wire::{ServiceLine, ServicesPage},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, CopyField, DoneNotice, Empty, FormMessage, Icon, Kind, LinkButton, Notice, Post, PostForm,
        SettingsFrame, SettingsHead, Tone, org_of_address, step,
    },
};

/// The list, in the dashboard's frame.
#[component]
pub fn ServicesRoute() -> AnyView {
    let org = org_of_address();
    let place = Form::of(Post::to::<MoveService>());
    let category = Form::of(Post::to::<MoveCategory>());
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let page = setup_views::services(&platform, &actor, &org).await?;
            Ok((org, page))
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| list(org, page, place, category))}</SettingsFrame> }
        .into_any()
}

fn list(org: String, page: ServicesPage, place: Form, category: Form) -> AnyView {
    let address = page.address.clone();
    let new = format!("/app/{org}/calendar/services/new");
    let nobody = (!page.anybody && !page.categories.is_empty()).then(|| {
        let staff = format!("/app/{org}/calendar/staff");
        view! {
            <Notice tone=Tone::Warning>
                <p>"Nobody can be booked yet. "<a href=staff>"Add somebody and their hours"</a>"."</p>
            </Notice>
        }
    });
    let body = if page.categories.is_empty() {
        let new = new.clone();
        view! {
            <Empty title="No services yet">
                <p>"A service is what a client books: “Initial consultation, 45 minutes, $135”. It needs somebody who offers it, with hours."</p>
                <p class="row">
                    <LinkButton href=new>"Add your first service"</LinkButton>
                </p>
            </Empty>
        }
        .into_any()
    } else {
        let last = page.categories.len() - 1;
        // Those without a category stay in front.
        let first = usize::from(page.categories.first().is_some_and(|(name, _)| name.is_empty()));
        let groups = page
            .categories
            .into_iter()
            .enumerate()
            .map(|(at, (name, services))| {
                let head = (!name.is_empty()).then(|| head(&org, &name, at == first, at == last, category.post));
                let end = services.len() - 1;
                let lines = services
                    .into_iter()
                    .enumerate()
                    .map(|(at, service)| line(&org, service, at == 0, at == end, place.post))
                    .collect_view();
                view! { <section class="stack" data-category=name>{head}<ul class="lines">{lines}</ul></section> }
            })
            .collect_view();
        groups.into_any()
    };
    view! {
        <SettingsHead title="Services" about="What clients can book, in this order." back=format!("/app/{org}/settings")>
            <LinkButton href=new><Icon name="plus"/>"Add a service"</LinkButton>
        </SettingsHead>
        <DoneNotice words=&[("saved", "Saved. Your booking page shows it already."), ("moved", "Moved.")]/>
        <FormMessage form=place.state/>
        <FormMessage form=category.state/>
        {nobody}
        {body}
        <section class="card stack" aria-labelledby="booking-page">
            <h2 id="booking-page">"Your booking page"</h2>
            <p class="soft">"Put this link on your website, in your emails and on social media."</p>
            <CopyField id="booking-address" label="Its address" value=address.clone()/>
            <p class="row"><LinkButton href=address kind=Kind::Quiet external=true>"See it as clients do"</LinkButton></p>
        </section>
    }
    .into_any()
}

/// A category’s name, with what moves it.
fn head(org: &str, name: &str, first: bool, last: bool, place: Post) -> AnyView {
    let button = |earlier: bool, end: bool| {
        if end {
            return view! { <span class="btn-icon is-off" aria-hidden="true"></span> }.into_any();
        }
        let (org, name, way) = (org.to_owned(), name.to_owned(), if earlier { "up" } else { "down" });
        let label = format!("Move the category {name} {way}");
        view! {
            <PostForm post=place>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="name" value=name/>
                <input type="hidden" name="earlier" value=earlier.to_string()/>
                <button type="submit" class="btn-icon" aria-label=label><Icon name=way/></button>
            </PostForm>
        }
        .into_any()
    };
    view! {
        <div class="line">
            <h2 class="line-text">{name.to_owned()}</h2>
            <div class="line-end">{button(true, first)}{button(false, last)}</div>
        </div>
    }
    .into_any()
}

fn line(org: &str, service: ServiceLine, first: bool, last: bool, place: Post) -> AnyView {
    let ServiceLine { id, name, facts, people, active } = service;
    let hidden = (!active).then(|| view! { <Badge label="Hidden"/> });
    let people = if people.is_empty() {
        view! { <p><Badge tone=Tone::Warning label="Nobody offers it, so it can’t be booked"/></p> }.into_any()
    } else {
        view! { <p class="soft">{people}</p> }.into_any()
    };
    let href = format!("/app/{org}/calendar/services/{id}");
    view! {
        <li class="line" data-service=name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=href>{name.clone()}</a> " " {hidden}</p>
                <p class="soft">{facts}</p>
                {people}
            </div>
            <div class="line-end">
                {step(org, &id, format!("Move {name} up"), "up", true, first, place)}
                {step(org, &id, format!("Move {name} down"), "down", false, last, place)}
            </div>
        </li>
    }
    .into_any()
}
