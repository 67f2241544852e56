//! `/b/{org}`: the business and what can be booked.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{contact, given, listed};
use crate::{
    modules::calendar::{
        api::business_page,
        wire::{BusinessPage, ServiceCard},
    },
    packed::page_data,
    ui::{Empty, ErrorView, Icon, PublicFrame, Skeleton},
};

/// The business's public page.
#[component]
pub fn BusinessRoute() -> AnyView {
    let params = use_params_map();
    let page = page_data(move || given(&params, "org").unwrap_or_default(), business_page);
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => business(page),
                Err(error) => view! { <PublicFrame><ErrorView error=error/></PublicFrame> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <PublicFrame><Skeleton lines=6/></PublicFrame> }>{body}</Suspense> }
        .into_any()
}

fn business(page: BusinessPage) -> AnyView {
    let BusinessPage { business, services, hours, json_ld, canonical } = page;
    let home = format!("/b/{}", business.slug);
    let title = format!("Book with {}", business.name);
    let about = if business.description.is_empty() { title.clone() } else { business.description.clone() };
    let list = if services.is_empty() {
        view! {
            <Empty title="Nothing can be booked online just now">
                <p>"Please ring us instead, or look in again later."</p>
            </Empty>
        }
        .into_any()
    } else {
        in_categories(&home, services)
    };
    let hours = if hours.is_empty() {
        view! { <p class="soft">"No opening hours yet"</p> }.into_any()
    } else {
        let lines = hours.into_iter().map(|line| view! { <div><dt>{line.day}</dt><dd>{line.hours}</dd></div> });
        view! { <dl class="hours">{lines.collect_view()}</dl> }.into_any()
    };
    view! {
        {listed(title, about, canonical)}
        <PublicFrame look=business.look.clone()>
            <script type="application/ld+json" inner_html=json_ld></script>
            <div class="business">
                <div class="business-intro">
                    <h1>{business.name.clone()}</h1>
                    {(!business.description.is_empty()).then(|| view! { <p class="lead">{business.description.clone()}</p> })}
                    {contact(&business)}
                </div>
                <section class="business-services" aria-labelledby="services-title">
                    <h2 id="services-title">"Book a time"</h2>
                    {list}
                </section>
                <section class="business-hours" aria-labelledby="hours-title">
                    <h2 id="hours-title">"Opening hours"</h2>
                    {hours}
                </section>
            </div>
        </PublicFrame>
    }
    .into_any()
}

/// Those of one category under its name; the server has put them beside each other.
fn in_categories(home: &str, services: Vec<ServiceCard>) -> AnyView {
    services
        .chunk_by(|one, other| one.category == other.category)
        .map(|together| {
            let category = together.first().map(|service| service.category.clone()).filter(|name| !name.is_empty());
            let title = category.map(|name| view! { <h3 class="services-category">{name}</h3> });
            let cards = together.iter().cloned().map(|service| service_card(home, service)).collect_view();
            view! {
                {title}
                <ul class="services">{cards}</ul>
            }
        })
        .collect_view()
        .into_any()
}

fn service_card(home: &str, service: ServiceCard) -> AnyView {
    let description = (!service.description.is_empty()).then(|| view! { <p>{service.description}</p> });
    view! {
        <li class="service">
            <h3><a href=format!("{home}/{}", service.slug)>{service.name}</a></h3>
            <p class="service-facts"><span>{service.duration_label}</span><span>{service.price_label}</span></p>
            {description}
            <Icon name="right"/>
        </li>
    }
    .into_any()
}
