//! What office screens celebrate, to take along.

use std::collections::BTreeMap;

use serde_json::json;

use super::{amount, celebrations::store as rows, ids::MetricId, store::Metric};
use crate::{
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

const ABOUT: [(&str, &str); 3] = [
    ("scoreboard/celebrating", "Whether office screens celebrate targets, badges and contests."),
    (
        "scoreboard/celebrated_metrics",
        "From which amount on a single result is celebrated: in cents, or in the last decimal that is kept, and the same as it is typed.",
    ),
    (
        "scoreboard/celebrations",
        "What was celebrated lately: the result, target, badge or contest that was the cause, and whose it was.",
    ),
];

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, metrics: &BTreeMap<MetricId, Metric>, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    let mut table = Table::new(&["targets", "badges", "contests"])?;
    if let Some(row) = rows::chosen(tx).await? {
        table.add([json!(row.targets), json!(row.badges), json!(row.contests)])?;
    }
    files.table("scoreboard/celebrating", table)?;
    let mut table = Table::new(&["metric_id", "at_least", "amount"])?;
    for (metric, at_least) in rows::amounts(tx).await? {
        let typed = metrics.get(&metric).map(|metric| amount::as_typed(at_least, &metric.unit()));
        table.add([json!(metric), json!(at_least), json!(typed)])?;
    }
    files.table("scoreboard/celebrated_metrics", table)?;
    let mut table = Table::new(&["number", "kind", "cause_id", "metric_id", "person_id", "team_id", "created_at"])?;
    for row in rows::all(tx).await? {
        table.add([
            json!(row.number),
            json!(row.kind),
            json!(row.cause_id),
            json!(row.metric_id),
            json!(row.person_id),
            json!(row.team_id),
            json!(row.created_at),
        ])?;
    }
    files.table("scoreboard/celebrations", table)
}
