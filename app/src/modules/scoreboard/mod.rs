//! Scoreboard: what is counted, the ledger of what happened, and who stands where.

#[cfg(feature = "ssr")]
pub mod amount;
#[cfg(feature = "ssr")]
pub mod anew;
#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod api_contests;
#[cfg(feature = "ssr")]
pub mod api_standing;
#[cfg(feature = "ssr")]
pub mod badge_rules;
#[cfg(feature = "ssr")]
pub mod badges;
#[cfg(feature = "ssr")]
pub mod bests;
#[cfg(feature = "ssr")]
pub mod board;
#[cfg(feature = "ssr")]
pub mod board_page;
#[cfg(feature = "ssr")]
pub mod celebrations;
#[cfg(feature = "ssr")]
pub mod closing;
#[cfg(feature = "ssr")]
pub mod contest_rules;
#[cfg(feature = "ssr")]
pub mod contests;
#[cfg(feature = "ssr")]
mod demo;
#[cfg(feature = "ssr")]
pub mod digest;
#[cfg(feature = "ssr")]
pub mod distribution;
#[cfg(feature = "ssr")]
pub mod entries;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod formula;
#[cfg(feature = "ssr")]
pub mod grid;
#[cfg(feature = "ssr")]
pub mod ids;
#[cfg(feature = "ssr")]
pub mod import_rows;
#[cfg(feature = "ssr")]
pub mod imports;
#[cfg(feature = "ssr")]
pub mod imports_api;
#[cfg(feature = "ssr")]
pub mod ledger;
#[cfg(feature = "ssr")]
pub mod metrics;
#[cfg(feature = "ssr")]
pub mod mine;
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
pub mod progress;
#[cfg(feature = "ssr")]
pub mod ranking;
#[cfg(feature = "ssr")]
pub mod screens;
#[cfg(feature = "ssr")]
pub mod settings;
#[cfg(feature = "ssr")]
pub mod snapshots;
#[cfg(feature = "ssr")]
pub mod sources;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod target_views;
#[cfg(feature = "ssr")]
pub mod targets;
#[cfg(feature = "ssr")]
pub mod team_view;
#[cfg(feature = "ssr")]
pub mod trends;
#[cfg(feature = "ssr")]
pub mod working;

#[cfg(feature = "ssr")]
mod board_file;
#[cfg(feature = "ssr")]
mod events;
#[cfg(feature = "ssr")]
mod export;
#[cfg(feature = "ssr")]
mod export_celebrations;
#[cfg(feature = "ssr")]
mod export_contests;
#[cfg(feature = "ssr")]
mod export_imports;
#[cfg(feature = "ssr")]
mod export_sources;
#[cfg(feature = "ssr")]
mod export_standing;
#[cfg(feature = "ssr")]
mod export_targets;
#[cfg(feature = "ssr")]
mod happenings;
#[cfg(feature = "ssr")]
mod import_file;
#[cfg(feature = "ssr")]
mod rest;
#[cfg(feature = "ssr")]
mod rest_contests;
#[cfg(feature = "ssr")]
mod rest_dashboards;
#[cfg(feature = "ssr")]
mod rest_imports;
#[cfg(feature = "ssr")]
mod rest_screens;
#[cfg(feature = "ssr")]
mod rest_sources;
#[cfg(feature = "ssr")]
mod rest_standing;
#[cfg(feature = "ssr")]
mod rest_targets;
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
                label: "Targets",
                path: "/scoreboard/targets",
                about: "What people, teams and all together are to reach, day by day up to a financial year.",
                also: "goals quota budget pace stretch growth",
                needs: "scoreboard.manage",
            },
            SettingsPage {
                label: "Badges",
                path: "/scoreboard/badges",
                about: "What people earn by what they do: a first sale, a best week, five days in a row.",
                also: "recognition award streak record personal best reward",
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
                label: "What comes in by itself",
                path: "/scoreboard/sources",
                about: "Your shop or till tells what was sold, and what is done elsewhere in Devalo is counted.",
                also: "webhook zapier shopify integration automatic pos events appointments signature",
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
                label: "Celebrations",
                path: "/scoreboard/celebrations",
                about: "Which results, targets, badges and contests office screens celebrate.",
                also: "confetti sound gong bell big sale office screens",
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
    fn event_fields(&self, name: &str) -> &'static [crate::module::EventField] {
        events::fields(name)
    }

    #[cfg(feature = "ssr")]
    fn event_values<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        name: &'static str,
        subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<std::collections::BTreeMap<&'static str, String>>> {
        Box::pin(events::values(tx, name, subject))
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
            .merge(digest::http::router())
            .route("/app/{org}/scoreboard/trends.csv", axum::routing::get(trends::files::csv))
            .route("/app/{org}/scoreboard/board.csv", axum::routing::get(board_file::csv))
            .merge(import_file::router())
    }

    #[cfg(feature = "ssr")]
    fn uploads(&self) -> &'static [crate::module::Upload] {
        &[imports::UPLOAD]
    }

    #[cfg(feature = "ssr")]
    fn told(&self) -> axum::Router<crate::platform::Platform> {
        sources::http::router()
    }

    #[cfg(feature = "ssr")]
    fn health<'p>(
        &self,
        platform: &'p crate::platform::Platform,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<Vec<crate::admin::wire::Fact>>> {
        Box::pin(async move { Ok(vec![sources::counting::health(platform).await?]) })
    }

    #[cfg(feature = "ssr")]
    fn sealed(&self) -> &'static [crate::sealed::Sealed] {
        use crate::sealed::{LEDGER, Sealed};
        const ALL: &[Sealed] = &[
            Sealed::of_org("scoreboard_closings", "note").for_good(LEDGER),
            Sealed::of_org("scoreboard_counts", "words"),
            Sealed::of_org("scoreboard_deliveries", "body").large(),
            Sealed::of_org("scoreboard_deliveries", "words"),
            Sealed::of_org("scoreboard_entries", "note").for_good(LEDGER),
            Sealed::of_org("scoreboard_imports", "file").large(),
            Sealed::of_org("scoreboard_imports", "names"),
            Sealed::of_org("scoreboard_people", "aliases"),
            Sealed::of_org("scoreboard_people", "name"),
            Sealed::of_org("scoreboard_reopenings", "reason").by("closing_id").for_good(LEDGER),
            Sealed::of_org("scoreboard_sources", "old_secret"),
            Sealed::of_org("scoreboard_sources", "secret"),
            Sealed::of_org("scoreboard_voids", "reason").by("entry_id").for_good(LEDGER),
        ];
        ALL
    }

    #[cfg(feature = "ssr")]
    fn jobs(&self) -> &'static [crate::module::Job] {
        const JOBS: &[crate::module::Job] =
            &[celebrations::JOB, digest::JOB, snapshots::JOB, imports::JOB, sources::JOB, sources::counting::JOB];
        JOBS
    }

    #[cfg(feature = "ssr")]
    fn job_in_words(&self, name: &str) -> Option<&'static str> {
        if name == celebrations::JOB.name {
            return Some("Forgets what office screens celebrated days ago");
        }
        if name == imports::JOB.name {
            return Some("Forgets files of results that nobody took over for a week");
        }
        if name == sources::JOB.name {
            return Some("Forgets what other programs told a week ago");
        }
        if name == sources::counting::JOB.name {
            return Some("Counts on scoreboards what is done in other modules");
        }
        if name == snapshots::JOB.name {
            return Some("Keeps who stood where when a business’s day is over");
        }
        (name == digest::JOB.name).then_some("Writes on Mondays how the last week went to those who want it")
    }

    #[cfg(feature = "ssr")]
    fn letter_kinds(&self) -> &'static [(&'static str, &'static str)] {
        digest::letter::KINDS
    }

    #[cfg(feature = "ssr")]
    fn letters(&self, origin: &str) -> Vec<crate::mail::examples::Example> {
        digest::letter::examples(origin)
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
            NestedRoute::new(path!("/app/:org/scoreboard/closing"), pages::ClosingsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/closing/:id"), pages::ClosingRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/bests/:id"), pages::BestsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/enter"), pages::EnterRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/mine"), pages::MineRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/trends"), pages::TrendsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/team/:id"), pages::TeamViewRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/entries"), pages::LedgerRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/entries/:id"), pages::EntryRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/import"), pages::ImportsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/import/:id"), pages::ImportRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/grid"), pages::GridRoute)
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
            NestedRoute::new(path!("/app/:org/scoreboard/pace"), pages::PaceRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/targets"), pages::TargetsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/contests"), pages::ContestsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/contests/new"), pages::NewContestRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/contests/:id"), pages::ContestRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/badges"), pages::BadgesRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/badges/:id"), pages::BadgeRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/counting"), pages::CountingRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/sources"), pages::SourcesRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/sources/new"), pages::NewSourceRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/sources/:id"), pages::SourceRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/sources/:id/:message"), pages::SourceMessageRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/screens"), pages::ScreensRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/screens/:id"), pages::ScreenRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/screens/:id/add"), pages::AddItemRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/screens/:id/items/:at"), pages::ItemRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/scoreboard/celebrations"), pages::CelebrationsRoute)
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
