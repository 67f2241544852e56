//! Scoreboard: what is counted, the ledger of what happened, and who stands where.

#[cfg(feature = "ssr")]
pub mod amount;
#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod board;
#[cfg(feature = "ssr")]
pub mod board_page;
#[cfg(feature = "ssr")]
mod demo;
#[cfg(feature = "ssr")]
pub mod entries;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod formula;
#[cfg(feature = "ssr")]
pub mod ids;
#[cfg(feature = "ssr")]
pub mod ledger;
#[cfg(feature = "ssr")]
pub mod metrics;
#[cfg(feature = "ssr")]
pub mod pace;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod people;
#[cfg(feature = "ssr")]
pub mod period;
#[cfg(feature = "ssr")]
pub mod permissions;
#[cfg(feature = "ssr")]
pub mod ranking;
#[cfg(feature = "ssr")]
pub mod screens;
#[cfg(feature = "ssr")]
pub mod settings;
#[cfg(feature = "ssr")]
pub mod store;

#[cfg(feature = "ssr")]
mod events;
#[cfg(feature = "ssr")]
mod export;
#[cfg(feature = "ssr")]
mod happenings;
#[cfg(feature = "ssr")]
mod rest;
#[cfg(feature = "ssr")]
mod rest_screens;
#[cfg(feature = "ssr")]
mod views;
#[cfg(feature = "ssr")]
use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    path,
};

use crate::module::{Module, NavEntry, SettingsPage};

/// The module.
pub static MODULE: Scoreboard = Scoreboard;

/// Sales tracking, leaderboards and office screens.
#[derive(Debug, Clone, Copy)]
pub struct Scoreboard;

impl Module for Scoreboard {
    fn name(&self) -> &'static str {
        "scoreboard"
    }

    fn title(&self) -> &'static str {
        "Scoreboard"
    }

    #[cfg(feature = "ssr")]
    fn about(&self) -> &'static str {
        "What your team sells and does, and who stands where, exact to the cent."
    }

    fn nav(&self) -> &'static [NavEntry] {
        &[NavEntry { label: "Scoreboard", path: "/scoreboard", icon: "scoreboard", needs: "scoreboard.view" }]
    }

    fn settings(&self) -> &'static [SettingsPage] {
        &[
            SettingsPage {
                label: "What is counted",
                path: "/scoreboard/metrics",
                about: "Sales, calls, new clients: what people enter, and what is reckoned from it.",
                also: "metrics kpi figures sales ratio formula",
                needs: "scoreboard.set_up",
            },
            SettingsPage {
                label: "People on the scoreboard",
                path: "/scoreboard/people",
                about: "Whose results are counted, since when, and in which teams.",
                also: "sales staff members leavers alias",
                needs: "scoreboard.set_up",
            },
            SettingsPage {
                label: "How it is counted",
                path: "/scoreboard/counting",
                about: "When weeks and fortnights begin, and how far ahead a result may be dated.",
                also: "week start fortnight pay run future dates",
                needs: "scoreboard.set_up",
            },
            SettingsPage {
                label: "Office screens",
                path: "/scoreboard/screens",
                about: "Televisions that show your boards, live and without a log-in.",
                also: "tv television wall display pair code playlist announcement",
                needs: "scoreboard.set_up",
            },
            SettingsPage {
                label: "Teams and branches",
                path: "/scoreboard/teams",
                about: "Who is counted together.",
                also: "groups offices branches",
                needs: "scoreboard.set_up",
            },
        ]
    }

    #[cfg(feature = "ssr")]
    fn happenings(&self) -> &'static [(&'static str, &'static str)] {
        happenings::HAPPENINGS
    }

    #[cfg(feature = "ssr")]
    fn tell<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        entries: Vec<&'t crate::audit::Entry>,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<std::collections::HashMap<i64, crate::audit::Told>>> {
        Box::pin(happenings::tell(tx, entries))
    }

    #[cfg(feature = "ssr")]
    fn events(&self) -> &'static [crate::module::Event] {
        events::EVENTS
    }

    #[cfg(feature = "ssr")]
    fn event_data<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        name: &'static str,
        subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<serde_json::Value>> {
        Box::pin(events::data(tx, name, subject))
    }

    #[cfg(feature = "ssr")]
    fn export<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        into: &'t mut crate::settings::export_files::Files,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<()>> {
        Box::pin(export::write(tx, into))
    }

    #[cfg(feature = "ssr")]
    fn http(&self) -> axum::Router<crate::platform::Platform> {
        screens::http::router()
    }

    #[cfg(feature = "ssr")]
    fn api(&self) -> utoipa_axum::router::OpenApiRouter<crate::platform::Platform> {
        rest::router()
    }

    #[cfg(feature = "ssr")]
    fn permissions(&self) -> &'static [&'static crate::org::Permission] {
        permissions::ALL
    }

    #[cfg(feature = "ssr")]
    fn plain_routes(&self) -> Vec<AnyNestedRoute> {
        vec![
            NestedRoute::new(path!("/app/:org/scoreboard"), pages::BoardRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/enter"), pages::EnterRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/mine"), pages::MineRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/entries"), pages::LedgerRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/entries/:id"), pages::EntryRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/metrics"), pages::MetricsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/metrics/:id"), pages::MetricRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/people"), pages::PeopleRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/people/:id"), pages::PersonRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/teams"), pages::TeamsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/teams/:id"), pages::TeamRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/counting"), pages::CountingRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/screens"), pages::ScreensRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/screens/:id"), pages::ScreenRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
        ]
    }

    #[cfg(feature = "ssr")]
    fn plain_paths(&self) -> &'static [&'static str] {
        &["scoreboard"]
    }

    #[cfg(feature = "ssr")]
    fn seed_demo<'p>(
        &self,
        platform: &'p crate::platform::Platform,
        org: crate::ids::OrgId,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<()>> {
        Box::pin(demo::seed(platform, org))
    }
}
