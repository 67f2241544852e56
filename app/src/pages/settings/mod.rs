//! An organisation's own settings pages, and the hub that leads to every module's.

mod details;
mod hub;
mod tokens;

use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    path,
};

/// Their routes.
pub fn routes() -> Vec<AnyNestedRoute> {
    vec![
        NestedRoute::new(path!("/app/:org/settings"), hub::HubRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/details"), details::DetailsRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/settings/tokens"), tokens::TokensRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
    ]
}
