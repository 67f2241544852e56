//! Targets, what they were before, and who is away when, to take along.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    amount,
    ids::MetricId,
    people::Everybody,
    store::{
        Metric,
        targets::{self as rows, Change, Target},
    },
    targets::{Whose, period_of},
};
use crate::{
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

const ABOUT: [(&str, &str); 3] = [
    (
        "scoreboard/targets",
        "What is to be reached in which period: by a person, by a team or a branch, or by all together. Amounts are in cents, or in the last decimal that is kept; the same stands beside them as it is typed.",
    ),
    ("scoreboard/target_changes", "What targets were and became, by whom, those too that were removed."),
    ("scoreboard/leave", "From which day until which somebody was away, both included."),
];

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(
    tx: &mut OrgTx,
    metrics: &BTreeMap<MetricId, Metric>,
    everybody: &Everybody,
    files: &mut Files,
) -> Result<()> {
    files.describe(&ABOUT);
    targets(tx, metrics, files).await?;
    changes(tx, metrics, everybody, files).await?;
    let mut table = Table::new(&["id", "person_id", "since", "until"])?;
    for one in rows::leave(tx, "0001-01-01", "9999-12-31").await? {
        table.add([json!(one.id), json!(one.person_id), json!(one.since), json!(one.until)])?;
    }
    files.table("scoreboard/leave", table)
}

async fn targets(tx: &mut OrgTx, metrics: &BTreeMap<MetricId, Metric>, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&[
        "id",
        "metric_id",
        "person_id",
        "team_id",
        "period",
        "first_day",
        "last_day",
        "amount",
        "amount_typed",
        "stretch",
    ])?;
    for target in rows::all(tx).await? {
        let Target { id, metric_id, person_id, team_id, period, first_day, last_day, amount, stretch, .. } = target;
        table.add([
            json!(id),
            json!(metric_id),
            json!(person_id),
            json!(team_id),
            json!(period),
            json!(first_day),
            json!(last_day),
            json!(amount),
            as_typed(metrics, metric_id, Some(amount)),
            json!(stretch),
        ])?;
    }
    files.table("scoreboard/targets", table)
}

async fn changes(
    tx: &mut OrgTx,
    metrics: &BTreeMap<MetricId, Metric>,
    everybody: &Everybody,
    files: &mut Files,
) -> Result<()> {
    let mut table = Table::new(&[
        "target_id",
        "version",
        "metric_id",
        "person_id",
        "team_id",
        "period",
        "first_day",
        "last_day",
        "before_amount",
        "before_typed",
        "before_stretch",
        "after_amount",
        "after_typed",
        "after_stretch",
        "by_kind",
        "by_id",
        "changed_at",
    ])?;
    for change in rows::all_changes(tx).await? {
        let Change { metric_id, before_amount, after_amount, .. } = change;
        files.name(change.target_id.0, in_words(metrics, everybody, &change));
        table.add([
            json!(change.target_id),
            json!(change.version),
            json!(metric_id),
            json!(change.person_id),
            json!(change.team_id),
            json!(change.period),
            json!(change.first_day),
            json!(change.last_day),
            json!(before_amount),
            as_typed(metrics, metric_id, before_amount),
            json!(change.before_stretch),
            json!(after_amount),
            as_typed(metrics, metric_id, after_amount),
            json!(change.after_stretch),
            json!(change.by_kind),
            json!(change.by_id),
            json!(change.changed_at),
        ])?;
    }
    files.table("scoreboard/target_changes", table)
}

/// "Sales, North, November 2026"
fn in_words(metrics: &BTreeMap<MetricId, Metric>, everybody: &Everybody, change: &Change) -> String {
    let metric = metrics.get(&change.metric_id).map_or("", |metric| metric.name.as_str());
    let whose = match Whose::of(change.person_id, change.team_id) {
        Whose::Everybody => Some("Everybody"),
        Whose::Team(id) => everybody.teams.iter().find(|team| team.id == id).map(|team| team.name.as_str()),
        Whose::Person(id) => everybody.people.iter().find(|person| person.id == id).map(|one| one.name.as_str()),
    };
    let when = period_of(&change.period, &change.first_day, &change.last_day).map(|period| period.label());
    format!("{metric}, {}, {}", whose.unwrap_or_default(), when.unwrap_or_default())
}

/// "1234.50"
fn as_typed(metrics: &BTreeMap<MetricId, Metric>, metric: MetricId, value: Option<i64>) -> Value {
    json!(value.zip(metrics.get(&metric)).map(|(value, metric)| amount::as_typed(value, &metric.unit())))
}
