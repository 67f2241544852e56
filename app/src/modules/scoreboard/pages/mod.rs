//! The scoreboard's pages. The server writes them alone.

mod badges;
mod bests;
mod board;
mod celebrations;
mod closing;
mod contests;
mod counting;
mod enter;
mod entry;
mod grid;
mod imports;
mod ledger;
mod metrics;
mod mine;
mod pace;
mod people;
mod screens;
mod sources;
mod tabs;
mod targets;
mod team_view;
mod teams;
mod trends;
mod working;

pub use badges::{BadgeRoute, BadgesRoute};
pub use bests::BestsRoute;
pub use board::BoardRoute;
pub use celebrations::CelebrationsRoute;
pub use closing::{ClosingRoute, ClosingsRoute};
pub use contests::{ContestRoute, ContestsRoute, NewContestRoute};
pub use counting::CountingRoute;
pub use enter::EnterRoute;
pub use entry::EntryRoute;
pub use grid::GridRoute;
pub use imports::{ImportRoute, ImportsRoute};
pub use ledger::LedgerRoute;
pub use metrics::{MetricRoute, MetricsRoute};
pub use mine::MineRoute;
pub use pace::PaceRoute;
pub use people::{PeopleRoute, PersonRoute};
pub use screens::{AddItemRoute, ItemRoute, ScreenRoute, ScreensRoute};
pub use sources::{NewSourceRoute, SourceMessageRoute, SourceRoute, SourcesRoute};
pub use targets::TargetsRoute;
pub use team_view::TeamViewRoute;
pub use teams::{TeamRoute, TeamsRoute};
pub use trends::TrendsRoute;

use jiff::civil::Date;

/// "24 November 2026"
fn day_words(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}
