//! Files of results, to take along: what became of each, and which results it brought. The files themselves are gone once they are taken over.

use serde_json::json;
use uuid::Uuid;

use super::{
    ids::{EntryId, ImportId},
    store,
};
use crate::{
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 3] = [
    (
        "scoreboard/imports",
        "Files of results that were sent: how many rows of each came in, were there already, or were left out.",
    ),
    ("scoreboard/imported", "Which results came in which file."),
    (
        "scoreboard/import_columns",
        "Which columns were what in files of results, as it was chosen last for files whose columns are called the same.",
    ),
];

/// Lines read at once.
const BLOCK: i64 = 1_000;
/// More than anybody sends.
const ALL: i64 = 1_000_000;

/// Writes them.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    let mut table = Table::new(&[
        "id",
        "lines",
        "columns",
        "state",
        "added",
        "known",
        "left_out",
        "by_kind",
        "by_id",
        "created_at",
        "done_at",
        "expires_at",
    ])?;
    for import in store::imports::imports(tx, ALL).await? {
        files.name(import.id.0, format!("a file of {} rows, sent at {}", import.lines, import.created_at));
        table.add([
            json!(import.id),
            json!(import.lines),
            json!(import.columns),
            json!(import.state),
            json!(import.added),
            json!(import.known),
            json!(import.left_out),
            json!(import.by_kind),
            json!(import.by_id),
            json!(import.created_at),
            json!(import.done_at),
            json!(import.expires_at),
        ])?;
    }
    files.table("scoreboard/imports", table)?;
    let mut table = Table::new(&["import_id", "entry_id"])?;
    for (entry, import) in brought(tx).await? {
        table.add([json!(import), json!(entry)])?;
    }
    files.table("scoreboard/imported", table)?;
    let mut table = Table::new(&["columns", "saved_at"])?;
    for (columns, saved_at) in store::imports::all_columns(tx).await? {
        table.add([json!(columns), json!(saved_at)])?;
    }
    files.table("scoreboard/import_columns", table)
}

/// Which lines of the ledger came in which file.
///
/// # Errors
/// The database is busy.
pub async fn brought(tx: &mut OrgTx) -> Result<Vec<(EntryId, ImportId)>> {
    let (mut all, mut after) = (Vec::new(), EntryId(Uuid::nil()));
    loop {
        let rows = store::imports::imported_after(tx, after, BLOCK).await?;
        let Some((last, _)) = rows.last() else { return Ok(all) };
        after = *last;
        all.extend(rows);
    }
}
