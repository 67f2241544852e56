//! What comes in by itself, to take along: without the secrets.

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use super::{
    ids::{CountId, DeliveryId, EntryId},
    sources::{
        counting, read,
        store::{self, Count, Delivery},
        taking, views,
    },
};
use crate::{
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// Rows read at once.
const BLOCK: i64 = 200;

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 4] = [
    ("scoreboard/sources", "Programs that tell what happened, without their secrets, and how their messages are read."),
    (
        "scoreboard/deliveries",
        "What those programs told in the last month, and what came of it. What a message said is kept for a week.",
    ),
    ("scoreboard/rules", "What happens in other parts of Devalo and is counted, as what and since when."),
    ("scoreboard/counts", "Each that happened there, and the result that was entered for it; or why it wasn’t."),
];

/// The results that these tables tell of.
///
/// # Errors
/// The database is busy.
pub async fn spoken_of(tx: &mut OrgTx) -> Result<BTreeSet<EntryId>> {
    let mut all = BTreeSet::new();
    let mut after = DeliveryId(Uuid::nil());
    loop {
        let rows = store::all_deliveries(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        all.extend(rows.iter().filter_map(|row| row.entry_id));
    }
    let mut after = CountId(Uuid::nil());
    loop {
        let rows = store::all_counts(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        all.extend(rows.iter().filter_map(|row| row.entry_id));
    }
    Ok(all)
}

/// Writes it. Metrics, people and the results that it tells of have their names already.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    sources(tx, files).await?;
    deliveries(tx, files).await?;
    rules(tx, files).await?;
    counts(tx, files).await
}

async fn sources(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let now = tx.now();
    let mut table =
        Table::new(&["id", "name", "signed_by", "old_secret_until", "metric_id", "person_id", "mapping", "active"])?;
    for stored in store::sources(tx).await? {
        let source = read(&stored, now)?;
        files.name(source.id.0, source.name.as_str());
        table.add([
            json!(source.id),
            json!(source.name),
            json!(source.signed_by.as_str()),
            json!(source.old_secret_until),
            json!(source.metric),
            json!(source.person),
            json!(source.mapping),
            json!(source.active),
        ])?;
    }
    files.table("scoreboard/sources", table)
}

async fn deliveries(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&["id", "source_id", "received_at", "outcome", "words", "message", "body", "entry_id"])?;
    let mut after = DeliveryId(Uuid::nil());
    loop {
        let rows = store::all_deliveries(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            let (words, body) = (taking::words_of(&keys, row.id, &row.words)?, taking::body_of(&keys, &row)?);
            let Delivery { id, source_id, received_at, outcome, message, entry_id, .. } = row;
            table.add([
                json!(id),
                json!(source_id),
                json!(received_at),
                json!(outcome),
                json!(words),
                json!(message),
                json!(body),
                json!(entry_id),
            ])?;
        }
    }
    files.table("scoreboard/deliveries", table)
}

async fn rules(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "event", "what", "metric_id", "counts", "since", "listed"])?;
    for rule in store::rules(tx).await? {
        let what = views::what_happens(&rule);
        files.name(rule.id.0, what.as_str());
        table.add([
            json!(rule.id),
            json!(rule.event),
            json!(what),
            json!(rule.metric_id),
            json!(rule.counts),
            json!(rule.since),
            json!(rule.listed),
        ])?;
    }
    files.table("scoreboard/rules", table)
}

async fn counts(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&["rule_id", "subject", "outcome", "words", "entry_id", "times", "noted_at"])?;
    let mut after = CountId(Uuid::nil());
    loop {
        let rows = store::all_counts(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            let words = counting::words_of(&keys, &row)?;
            let Count { rule_id, subject, outcome, entry_id, times, noted_at, .. } = row;
            table.add([
                json!(rule_id),
                json!(subject),
                json!(outcome),
                json!(words),
                json!(entry_id),
                json!(times),
                json!(noted_at),
            ])?;
        }
    }
    files.table("scoreboard/counts", table)
}
