//! Devalo, the product: components, server functions, rules and stores, shared by the server and the browser.

pub mod auth;
pub mod billing;
pub mod error;
pub mod module;
pub mod modules;
pub mod money;
pub mod packed;
pub mod pages;
pub mod people;
pub mod settings;
pub mod slug;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod abn;
#[cfg(feature = "ssr")]
pub mod admin;
#[cfg(feature = "ssr")]
pub mod answers;
#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod asked;
#[cfg(feature = "ssr")]
pub mod attacks;
#[cfg(feature = "ssr")]
pub mod audit;
#[cfg(feature = "ssr")]
pub mod built;
#[cfg(feature = "ssr")]
pub mod clock;
#[cfg(feature = "ssr")]
pub mod crypto;
#[cfg(feature = "ssr")]
pub mod csv_in;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
pub mod fetch;
#[cfg(feature = "ssr")]
pub mod holidays;
#[cfg(feature = "ssr")]
pub mod idempotency;
#[cfg(feature = "ssr")]
pub mod ids;
#[cfg(feature = "ssr")]
pub mod invariants;
#[cfg(feature = "ssr")]
pub mod jobs;
#[cfg(feature = "ssr")]
pub mod kept_files;
#[cfg(feature = "ssr")]
pub mod links;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod machine;
#[cfg(feature = "ssr")]
pub mod mail;
#[cfg(feature = "ssr")]
pub mod meters;
#[cfg(feature = "ssr")]
pub mod names;
#[cfg(feature = "ssr")]
pub mod onboarding;
#[cfg(feature = "ssr")]
pub mod org;
#[cfg(feature = "ssr")]
pub mod others;
#[cfg(feature = "ssr")]
pub mod page_cache;
#[cfg(feature = "ssr")]
pub mod permissions;
#[cfg(feature = "ssr")]
pub mod platform;
#[cfg(feature = "ssr")]
pub mod rekeying;
#[cfg(feature = "ssr")]
pub mod request;
#[cfg(feature = "ssr")]
pub mod sealed;
#[cfg(feature = "ssr")]
pub mod shared_limits;
#[cfg(feature = "ssr")]
pub mod spreadsheet;
#[cfg(feature = "ssr")]
pub mod support;
#[cfg(feature = "ssr")]
pub mod texts;
#[cfg(feature = "ssr")]
pub mod tokens;
#[cfg(feature = "ssr")]
pub mod web;
#[cfg(feature = "ssr")]
pub mod webhooks;

use leptos::prelude::*;
use leptos::tachys::view::iterators::StaticVec;
#[cfg(feature = "ssr")]
use leptos_meta::MetaTags;
use leptos_meta::{Link, provide_meta_context};
use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::{Router, Routes, RoutesProps},
    path,
};

use modules::MODULES;

/// The page around the app, with the policy that lets only our own scripts run.
#[cfg(feature = "ssr")]
pub fn shell() -> impl IntoView {
    request::set_content_security_policy();
    view! {
        <!DOCTYPE html>
        <html lang="en-AU" data-looked-at=request::looked_at()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" id="leptos" href=ui::assets::path("pkg/devalo.css")/>
                <link rel="icon" href=ui::assets::path("favicon.svg") type="image/svg+xml"/>
                <ui::assets::Scripts/>
                <MetaTags/>
                <ui::assets::Zone/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The app: the platform's pages and each module's.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Link rel="preload" href="/fonts/familjen-grotesk.woff2" as_="font" type_="font/woff2" crossorigin="anonymous"/>
        <Router>
            {Routes(RoutesProps::builder().fallback(pages::NotFound).children(ToChildren::to_children(routes)).build())}
        </Router>
        <ui::Hydrated/>
    }
}

/// In the browser's small program only the public ones: links from there to the others are `external`.
fn routes() -> StaticVec<AnyNestedRoute> {
    let mut routes =
        vec![NestedRoute::new(path!("/"), pages::Landing).ssr_mode(SsrMode::Async).into_any_nested_route()];
    routes.extend(MODULES.iter().flat_map(|module| module.public_routes()));
    // Before the dashboard's, whose last route takes what no other does.
    #[cfg(feature = "ssr")]
    routes.extend(pages::plain::routes());
    #[cfg(feature = "dashboard")]
    routes.extend(dashboard_routes());
    routes.into()
}

#[cfg(feature = "dashboard")]
fn dashboard_routes() -> Vec<AnyNestedRoute> {
    let mut routes = vec![
        NestedRoute::new(path!("/login"), pages::LogInPage).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/login/code"), pages::CodePage).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/login/set-up"), pages::SetUpPage).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/login/forgot"), pages::ForgotPage).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/login/reset/:token"), pages::ResetPage)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/login/confirm/:token"), pages::ConfirmLinkPage)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/login/invitation/:token"), pages::InvitationRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/login/confirmed"), pages::ConfirmedPage)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/account/name"), pages::NameRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/account/email"), pages::EmailRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/account"), pages::AccountRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/account/second-factor"), pages::SecondFactorRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/account/passkey"), pages::PasskeyRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/account/password"), pages::PasswordRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/account/confirm"), pages::ConfirmRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/app"), pages::OrgsPage).ssr_mode(SsrMode::Async).into_any_nested_route(),
    ];
    routes.extend(pages::settings::routes());
    routes.extend(MODULES.iter().flat_map(|module| module.dashboard_routes()));
    // The last, for it takes what no other does.
    routes.extend([
        NestedRoute::new(path!("/app/:org"), pages::OrgRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/app/:org/*rest"), pages::OrgRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
    ]);
    routes
}
