//! A business’s public pages beside its own and its services’: `/b/{org}/team`, a page a person below it, and `/b/{org}/c/{category}`. The
//! server writes them alone.

use leptos::prelude::*;
use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    hooks::use_params_map,
    path,
};

use super::{framed, given, listed};
use crate::{
    modules::calendar::public_pages::{self, PublicPage},
    pages::plain::written_in_public,
    request,
    ui::PublicFrame,
};

/// Their routes, and those of the pages inside other websites.
pub fn plain_to_all() -> Vec<AnyNestedRoute> {
    vec![
        NestedRoute::new(path!("/b/:org/embed"), framed::BusinessRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/b/:org/embed/booked/:token"), framed::BookedRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/b/:org/embed/:service"), framed::ServiceRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/b/:org/team"), TeamRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/b/:org/team/:person"), MemberRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/b/:org/c/:category"), CategoryRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
    ]
}

/// Who works there.
#[component]
fn TeamRoute() -> AnyView {
    let (platform, actor, org) = (request::platform(), request::actor(), part("org"));
    written_in_public(async move || public_pages::team(&platform, &actor, &org).await, show)
}

/// Somebody of the team.
#[component]
fn MemberRoute() -> AnyView {
    let (platform, actor, [org, person]) = (request::platform(), request::actor(), ["org", "person"].map(part));
    written_in_public(async move || public_pages::person(&platform, &actor, &org, &person).await, show)
}

/// What is in a category.
#[component]
fn CategoryRoute() -> AnyView {
    let (platform, actor, [org, category]) = (request::platform(), request::actor(), ["org", "category"].map(part));
    written_in_public(async move || public_pages::category(&platform, &actor, &org, &category).await, show)
}

/// A part of the address.
pub(super) fn part(name: &str) -> String {
    given(&use_params_map(), name).unwrap_or_default()
}

fn show(page: PublicPage) -> AnyView {
    let PublicPage { business, title, about, body, json_ld, canonical, card } = page;
    let home = format!("/b/{}", business.slug);
    view! {
        {listed(title, about, canonical, card)}
        <PublicFrame name=business.name href=home look=business.look>
            <script type="application/ld+json" inner_html=json_ld></script>
            <div class="page-text" inner_html=body></div>
        </PublicFrame>
    }
    .into_any()
}
