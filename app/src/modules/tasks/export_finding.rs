//! Filters that are kept, and what people can do in a week, to take along. The index of words is made of the tasks themselves.

use serde_json::{Value, json};

use super::{access, filters, store_search as rows, workload};
use crate::{
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

const ABOUT: [(&str, &str); 2] = [
    (
        "tasks/filters",
        "Saved filters: the conditions of each, whose it is, and whether it is shared with everybody; with “removed_with” one that was deleted.",
    ),
    (
        "tasks/capacity",
        "How much people can do in a week, in minutes: first what holds for all, then those of whom something else is said.",
    ),
];

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    let keys = tx.keys().await?;
    let mut table = Table::new(&["id", "owner_id", "name", "query", "shared", "version", "removed_with"])?;
    for row in rows::every_filter(tx).await? {
        let query = access::text(&keys, filters::query_of(row.id), &row.query)?;
        table.add([
            json!(row.id),
            json!(row.owner_id),
            json!(row.name),
            json!(query),
            json!(row.shared),
            json!(row.version),
            json!(row.removed_with),
        ])?;
    }
    files.table("tasks/filters", table)?;
    let mut table = Table::new(&["user_id", "minutes"])?;
    if let Some(minutes) = rows::week_minutes(tx).await?.filter(|minutes| *minutes != workload::USUAL) {
        table.add([Value::Null, json!(minutes)])?;
    }
    for (user, minutes) in rows::capacities(tx).await? {
        table.add([json!(user), json!(minutes)])?;
    }
    files.table("tasks/capacity", table)
}
