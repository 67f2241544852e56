//! The scoreboard's pages. The server writes them alone.

mod board;
mod counting;
mod enter;
mod entry;
mod ledger;
mod metrics;
mod mine;
mod people;
mod screens;
mod teams;

pub use board::BoardRoute;
pub use counting::CountingRoute;
pub use enter::EnterRoute;
pub use entry::EntryRoute;
pub use ledger::LedgerRoute;
pub use metrics::{MetricRoute, MetricsRoute};
pub use mine::MineRoute;
pub use people::{PeopleRoute, PersonRoute};
pub use screens::{ScreenRoute, ScreensRoute};
pub use teams::{TeamRoute, TeamsRoute};

use jiff::civil::Date;

/// "24 November 2026"
fn day_words(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}
