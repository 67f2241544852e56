//! What people said about tasks, what they were told, and what is theirs alone, to take along.

use serde_json::json;

use super::{
    access, comments,
    ids::{CommentId, NoticeId},
    store_mine, store_together as rows,
};
use crate::{
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// Rows read at once.
const BLOCK: i64 = 500;

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 7] = [
    ("tasks/comments", "Comments on tasks, in Markdown, without deleted ones."),
    ("tasks/reactions", "How people felt about comments."),
    ("tasks/notices", "Notifications about tasks of the last 90 days, and when they were read."),
    (
        "tasks/ways",
        "How people want to be notified of a kind of thing, where they chose: not at all, in their inbox, or by email, too.",
    ),
    (
        "tasks/own",
        "The list that what somebody adds goes to, and when their daily email comes: at which hour, and on which days, Monday first; 1 is yes.",
    ),
    ("tasks/rounds", "Lists that give what comes to a team to its members in turn."),
    ("tasks/turns", "Whose turn it was in a team: the highest was last."),
];

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    said(tx, files).await?;
    felt(tx, files).await?;
    told(tx, files).await?;
    chosen(tx, files).await?;
    turns(tx, files).await
}

async fn said(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "task_id", "by_kind", "by_id", "words", "created_at", "edited_at", "version"])?;
    let mut after = CommentId(uuid::Uuid::nil());
    loop {
        let block = rows::every_comment(tx, after, BLOCK).await?;
        let Some(last) = block.last().map(|row| row.id) else { break };
        let keys = tx.keys().await?;
        for row in block {
            table.add([
                json!(row.id),
                json!(row.task_id),
                json!(row.by_kind),
                json!(row.by_id),
                json!(access::text(&keys, comments::words_of(row.id), &row.words)?),
                json!(row.created_at),
                json!(row.edited_at),
                json!(row.version),
            ])?;
        }
        after = last;
    }
    files.table("tasks/comments", table)
}

async fn felt(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["comment_id", "user_id", "what", "created_at"])?;
    for (comment, user, what, at) in rows::every_reaction(tx).await? {
        table.add([json!(comment), json!(user), json!(what), json!(at)])?;
    }
    files.table("tasks/reactions", table)
}

async fn told(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&[
        "id",
        "user_id",
        "task_id",
        "kind",
        "by_kind",
        "by_id",
        "comment_id",
        "times",
        "told_at",
        "read_at",
        "mail_at",
    ])?;
    let mut after = NoticeId(uuid::Uuid::nil());
    loop {
        let block = rows::every_notice(tx, after, BLOCK).await?;
        let Some(last) = block.last().map(|row| row.id) else { break };
        for row in block {
            table.add([
                json!(row.id),
                json!(row.user_id),
                json!(row.task_id),
                json!(row.kind),
                json!(row.by_kind),
                json!(row.by_id),
                json!(row.comment_id),
                json!(row.times),
                json!(row.told_at),
                json!(row.read_at),
                json!(row.mail_at),
            ])?;
        }
        after = last;
    }
    files.table("tasks/notices", table)
}

async fn chosen(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["user_id", "kind", "way"])?;
    for (user, kind, way) in rows::ways(tx).await? {
        table.add([json!(user), json!(kind), json!(way)])?;
    }
    files.table("tasks/ways", table)?;
    let mut table = Table::new(&["user_id", "list_id", "daily", "hour", "weekdays", "told_day", "next_at"])?;
    for own in rows::every_own(tx).await? {
        table.add([
            json!(own.user_id),
            json!(own.list_id),
            json!(own.daily),
            json!(own.hour),
            json!(own.weekdays),
            json!(own.told_day),
            json!(own.next_at),
        ])?;
    }
    files.table("tasks/own", table)
}

async fn turns(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["list_id"])?;
    for list in store_mine::rounds(tx).await? {
        table.add([json!(list)])?;
    }
    files.table("tasks/rounds", table)?;
    let mut table = Table::new(&["team_id", "user_id", "last_turn"])?;
    for (team, user, turn) in store_mine::every_turn(tx).await? {
        table.add([json!(team), json!(user), json!(turn)])?;
    }
    files.table("tasks/turns", table)
}
