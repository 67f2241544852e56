//! An organisation's own settings pages, and the hub that leads to every module's.

#[cfg(feature = "ssr")]
mod audit;
#[cfg(feature = "ssr")]
mod billing;
#[cfg(feature = "ssr")]
mod businesses;
#[cfg(feature = "ssr")]
mod data;
mod details;
mod hub;
mod invite;
#[cfg(feature = "ssr")]
mod invoice;
#[cfg(feature = "ssr")]
mod look;
#[cfg(feature = "ssr")]
mod modules;
mod people;
#[cfg(feature = "ssr")]
mod readdress;
mod security;
#[cfg(feature = "ssr")]
mod support;
mod tokens;
#[cfg(feature = "ssr")]
mod webhook_delivery;
#[cfg(feature = "ssr")]
mod webhooks;

use leptos::prelude::*;
use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    path,
};

#[cfg(feature = "ssr")]
pub use billing::invoice_state;

use crate::ui::with_query;

/// The way to showing again who one is, and back here.
pub fn confirm_first(words: &'static str, here: &str) -> AnyView {
    let href = with_query("/account/confirm", &[("next", here)]);
    view! {
        <p>{words}</p>
        <p class="row"><a class="btn btn-primary" href=href>"Confirm that it is you"</a></p>
    }
    .into_any()
}

/// The routes of those that the server writes alone.
#[cfg(feature = "ssr")]
pub fn plain_routes() -> Vec<AnyNestedRoute> {
    vec![
        NestedRoute::new(path!("/app/:org/settings/audit"), audit::AuditRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/billing"), billing::BillingRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/billing/invoices/:number"), invoice::InvoiceRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/businesses"), businesses::BusinessesRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/data"), data::DataRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/invitations/:id"), readdress::ReaddressRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/look"), look::LookRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/modules"), modules::ModulesRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/support"), support::SupportRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/webhooks"), webhooks::WebhooksRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        // Before what an id could be.
        NestedRoute::new(path!("/app/:org/settings/webhooks/new"), webhooks::NewWebhookRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/webhooks/:id"), webhooks::WebhookRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/webhooks/:id/:message"), webhook_delivery::DeliveryRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
    ]
}

/// Their routes.
pub fn routes() -> Vec<AnyNestedRoute> {
    vec![
        NestedRoute::new(path!("/app/:org/settings"), hub::HubRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/details"), details::DetailsRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/people"), people::PeopleRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/people/:id"), people::PersonRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/invite"), invite::InviteRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/ownership"), people::OwnershipRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/security"), security::SecurityRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/tokens"), tokens::TokensRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
    ]
}
