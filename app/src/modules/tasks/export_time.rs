//! What repeats, and fields of lists with what tasks have in them, to take along.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{access, fields, series, store_time as rows};
use crate::{
    error::{AppError, Result},
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// Rows read at once.
const BLOCK: i64 = 500;

const ABOUT: [(&str, &str); 5] = [
    (
        "tasks/series",
        "Repeating tasks: by which rule (RFC 5545), counted from what, how many there were, and what the next one is made of.",
    ),
    ("tasks/series_skips", "Days on which a series makes none."),
    ("tasks/occurrences", "Which task is of which series, its day there, and the one that it follows."),
    ("tasks/fields", "Fields of lists: what is in them, what there is to choose, and whether cards show them."),
    (
        "tasks/field_values",
        "What tasks have in fields: a text, a number, cents, a day, a choice’s id, or a member’s id.",
    ),
];

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    all_series(tx, files).await?;
    let mut table = Table::new(&["series_id", "day"])?;
    for (series, day) in rows::every_skip(tx).await? {
        table.add([json!(series), json!(day)])?;
    }
    files.table("tasks/series_skips", table)?;
    let mut table = Table::new(&["task_id", "series_id", "day", "predecessor_id"])?;
    for row in rows::every_occurrence(tx).await? {
        table.add([json!(row.task_id), json!(row.series_id), json!(row.day), json!(row.predecessor_id)])?;
    }
    files.table("tasks/occurrences", table)?;
    all_fields(tx, files).await?;
    values(tx, files).await
}

async fn all_series(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&["id", "mode", "rule", "first_day", "catch_up", "made", "stopped", "pattern"])?;
    for row in rows::every_series(tx).await? {
        let pattern = read(&access::text(&keys, series::pattern_of(row.id), &row.pattern)?)?;
        table.add([
            json!(row.id),
            json!(row.mode),
            json!(row.rule),
            json!(row.first_day),
            json!(row.catch_up),
            json!(row.made),
            json!(row.stopped),
            pattern,
        ])?;
    }
    files.table("tasks/series", table)
}

async fn all_fields(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "list_id", "name", "kind", "choices", "on_cards", "archived", "position"])?;
    for row in rows::every_field(tx).await? {
        files.name(row.id.0, row.name.as_str());
        table.add([
            json!(row.id),
            json!(row.list_id),
            json!(row.name),
            json!(row.kind),
            read(&row.choices)?,
            json!(row.on_cards),
            json!(row.archived),
            json!(row.position),
        ])?;
    }
    files.table("tasks/fields", table)
}

async fn values(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&["task_id", "field_id", "value"])?;
    let mut after = Uuid::nil();
    loop {
        let found = rows::every_value(tx, after, BLOCK).await?;
        let Some(last) = found.last() else { break };
        after = last.id;
        for row in found {
            let value = read(&access::text(&keys, fields::value_of(row.id), &row.value)?)?;
            table.add([json!(row.task_id), json!(row.field_id), value])?;
        }
    }
    files.table("tasks/field_values", table)
}

fn read(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|_| AppError::internal())
}
