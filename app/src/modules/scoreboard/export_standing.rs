//! Snapshots of boards, closed periods and what was changed in them afterwards, to take along.

use serde_json::json;

use super::{
    closing, snapshots,
    store::{Metric, standing},
};
use crate::{
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 5] = [
    (
        "scoreboard/snapshots",
        "Who stood where at the end of a day, for the arrows on boards. They are kept for 40 days, and those of a period’s last day for ever.",
    ),
    (
        "scoreboard/closings",
        "Periods that were closed: from the first day to the one before until_day, by whom, and a word about it.",
    ),
    ("scoreboard/reopenings", "Which closed periods were opened again, by whom and why."),
    (
        "scoreboard/closed_figures",
        "What each figure was when its period was closed: of a person, a team or a branch, or of all together. The value is in cents, or in the last decimal that is kept. What isn’t there was nothing.",
    ),
    ("scoreboard/late_changes", "Which results were entered, taken back or approved after their period was closed."),
];

/// Writes it. Metrics, people, teams and the results that were changed late have their names already.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write<'m>(tx: &mut OrgTx, metrics: impl Iterator<Item = &'m Metric>, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    let mut table = Table::new(&["metric_id", "of_what", "period", "day", "is_last", "ranks"])?;
    for metric in metrics {
        for one in standing::snapshots_of(tx, metric.id).await? {
            let ranks = snapshots::unpacked(&one.ranks);
            let ranks: Vec<_> = ranks.into_iter().map(|(id, rank)| json!({ "id": id, "rank": rank })).collect();
            table.add([
                json!(one.metric_id),
                json!(one.of_what),
                json!(one.period),
                json!(one.day),
                json!(one.is_last),
                json!(ranks),
            ])?;
        }
    }
    files.table("scoreboard/snapshots", table)?;
    closings(tx, files).await
}

async fn closings(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let all = closing::opened(tx).await?;
    let (org, name) = (tx.id().0, tx.org().name.clone());
    files.name(org, name);
    let mut table = Table::new(&["id", "kind", "from_day", "until_day", "note", "by_kind", "by_id", "closed_at"])?;
    let mut reopened = Table::new(&["closing_id", "reason", "by_kind", "by_id", "reopened_at"])?;
    let mut figures = Table::new(&["closing_id", "metric_id", "of_what", "subject_id", "value"])?;
    let mut late = Table::new(&["closing_id", "entry_id", "what", "day", "by_kind", "by_id", "made_at"])?;
    for (one, note, reason) in &all {
        files.name(one.id.0, closing::label_of(one));
        table.add([
            json!(one.id),
            json!(one.kind),
            json!(one.from_day),
            json!(one.until_day),
            json!(note),
            json!(one.by_kind),
            json!(one.by_id),
            json!(one.closed_at),
        ])?;
        if one.reopened_at.is_some() {
            let (by_kind, by_id) = (json!(one.reopened_by_kind), json!(one.reopened_by_id));
            reopened.add([json!(one.id), json!(reason), by_kind, by_id, json!(one.reopened_at)])?;
        }
        for figure in standing::closed_figures(tx, one.id).await? {
            let (metric, of, subject) = (json!(figure.metric_id), json!(figure.of_what), json!(figure.subject_id));
            figures.add([json!(one.id), metric, of, subject, json!(figure.value)])?;
        }
        for change in standing::late_changes(tx, one.id, i64::MAX).await? {
            late.add([
                json!(one.id),
                json!(change.entry_id),
                json!(change.what),
                json!(change.day),
                json!(change.by_kind),
                json!(change.by_id),
                json!(change.made_at),
            ])?;
        }
    }
    files.table("scoreboard/closings", table)?;
    files.table("scoreboard/reopenings", reopened)?;
    files.table("scoreboard/closed_figures", figures)?;
    files.table("scoreboard/late_changes", late)
}
