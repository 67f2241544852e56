//! What came in and goes out, to take along: files at tasks with what is in them, files of other products, links, calendars and mail.

use serde_json::json;
use uuid::Uuid;

use super::{files, ids::FileId, imports, store_inout as rows};
use crate::{
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// Rows read at once.
const BLOCK: i64 = 200;
/// Files come along up to so much together, in bytes: the whole is written in memory. Those that don’t fit are in the table.
const MOST: i64 = 64 * 1024 * 1024;

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 7] = [
    (
        "tasks/files",
        "Files at tasks, those deleted lately too. “included”: it is in the folder tasks/files; the first 64 MB are, and the others can be saved from their tasks.",
    ),
    ("tasks/imports", "Imported files of other products, and the account of each import."),
    ("tasks/imported", "What came of such a file: lists, statuses, sections, fields and tasks."),
    ("tasks/shares", "Links that show a list to whoever has them; not the links themselves."),
    ("tasks/feeds", "Who has tasks in their own calendar: of a list, or their own; not the addresses themselves."),
    ("tasks/mailboxes", "Lists that accept email, and from whom."),
    ("tasks/mails", "Which tasks came by email in the last 90 days, or had a comment by email."),
];

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, into: &mut Files) -> Result<()> {
    into.describe(&ABOUT);
    attached(tx, into).await?;
    imported(tx, into).await?;
    shown(tx, into).await?;
    mail(tx, into).await
}

async fn attached(tx: &mut OrgTx, into: &mut Files) -> Result<()> {
    let (keys, platform, org) = (tx.keys().await?, tx.platform().clone(), tx.id());
    let mut table = Table::new(&[
        "id",
        "task_id",
        "name",
        "kind",
        "bytes",
        "by_kind",
        "by_id",
        "created_at",
        "removed_at",
        "included",
    ])?;
    let (mut after, mut room) = (FileId(Uuid::nil()), MOST);
    loop {
        let block = rows::every_file(tx, after, BLOCK).await?;
        let Some(last) = block.last() else { break };
        after = last.id;
        for row in block {
            let (by_kind, by_id, removed_at) = (row.by_kind.clone(), row.by_id, row.removed_at);
            let file = files::opened(&keys, row)?;
            let fits = removed_at.is_none() && file.bytes <= room;
            if fits {
                room -= file.bytes;
                let content = platform.files.read(org, keys.clone(), files::content_of(file.id)).await?;
                into.file(&format!("tasks/files/{} {}", file.id, file.name), &content)?;
            }
            table.add([
                json!(file.id),
                json!(file.task),
                json!(file.name),
                json!(file.kind.as_str()),
                json!(file.bytes),
                json!(by_kind),
                json!(by_id),
                json!(file.created_at),
                json!(removed_at),
                json!(fits),
            ])?;
        }
    }
    into.table("tasks/files", table)
}

async fn imported(tx: &mut OrgTx, into: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table =
        Table::new(&["id", "source", "state", "tasks", "told", "by_kind", "by_id", "created_at", "done_at"])?;
    for row in rows::imports(tx, i64::MAX).await? {
        let told = imports::told(&keys, &row)?;
        table.add([
            json!(row.id),
            json!(row.source),
            json!(row.state),
            json!(row.tasks),
            told,
            json!(row.by_kind),
            json!(row.by_id),
            json!(row.created_at),
            json!(row.done_at),
        ])?;
    }
    into.table("tasks/imports", table)?;
    let mut table = Table::new(&["import", "what", "became"])?;
    for (import, what, id) in rows::every_imported(tx).await? {
        table.add([json!(import), json!(what), json!(id)])?;
    }
    into.table("tasks/imported", table)
}

async fn shown(tx: &mut OrgTx, into: &mut Files) -> Result<()> {
    let mut table = Table::new(&[
        "id",
        "list_id",
        "shows_who",
        "shows_notes",
        "board_by",
        "by_kind",
        "by_id",
        "created_at",
        "expires_at",
    ])?;
    for row in rows::every_share(tx).await? {
        table.add([
            json!(row.id),
            json!(row.list_id),
            json!(row.shows_who),
            json!(row.shows_notes),
            json!(row.board_by),
            json!(row.by_kind),
            json!(row.by_id),
            json!(row.created_at),
            json!(row.expires_at),
        ])?;
    }
    into.table("tasks/shares", table)?;
    let mut table = Table::new(&["id", "list_id", "made_by", "created_at", "read_at"])?;
    for row in rows::every_feed(tx).await? {
        table.add([
            json!(row.id),
            json!(row.list_id),
            json!(row.made_by),
            json!(row.created_at),
            json!(row.read_at),
        ])?;
    }
    into.table("tasks/feeds", table)
}

async fn mail(tx: &mut OrgTx, into: &mut Files) -> Result<()> {
    let mut table = Table::new(&["list_id", "word", "takes", "created_at"])?;
    for row in rows::every_mailbox(tx).await? {
        table.add([json!(row.list_id), json!(row.word), json!(row.takes), json!(row.created_at)])?;
    }
    into.table("tasks/mailboxes", table)?;
    let mut table = Table::new(&["list_id", "task_id", "taken_at"])?;
    for (list, task, taken_at) in rows::every_mail(tx).await? {
        table.add([json!(list), json!(task), json!(taken_at)])?;
    }
    into.table("tasks/mails", table)
}
