//! Templates, what was started of them, and what starts them by itself, to take along.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    access,
    ids::{RunId, TemplateId},
    store_templates as rows, template_runs as runs, templates, triggers,
};
use crate::{
    error::{AppError, Result},
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// Rows read at once.
const BLOCK: i64 = 100;

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 7] = [
    (
        "tasks/templates",
        "Templates, archived ones too, the word of the one of the gallery that each was copied from, and the space whose people see it, where that isn’t everybody.",
    ),
    ("tasks/template_versions", "What each version of a template says, and what is different from the one before."),
    (
        "tasks/triggers",
        "Automatic starts of templates: a rule of days (RFC 5545) with a time, or something that happens elsewhere in Devalo; into which list, with whom, and why it is paused.",
    ),
    ("tasks/trigger_cursors", "Up to which event of your organisation was looked for what starts templates."),
    ("tasks/fires", "What has happened and starts a template, which isn’t started yet."),
    (
        "tasks/runs",
        "Templates that were started: of which version, for which day, with whom, and what there was to know.",
    ),
    ("tasks/run_tasks", "Which task was made of which of a template’s."),
];

/// Writes it. Lists, tasks and members have their names already.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    let mut names: BTreeMap<TemplateId, String> = BTreeMap::new();
    let mut table = Table::new(&["id", "name", "gallery", "space_id", "archived", "version"])?;
    for template in rows::templates(tx).await? {
        files.name(template.id.0, template.name.as_str());
        table.add([
            json!(template.id),
            json!(template.name),
            json!(template.gallery),
            json!(template.space_id),
            json!(template.archived),
            json!(template.version),
        ])?;
        names.insert(template.id, template.name);
    }
    files.table("tasks/templates", table)?;
    versions(tx, files).await?;
    by_itself(tx, files).await?;
    started(tx, &names, files).await
}

async fn versions(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&["id", "template_id", "version", "body", "changed", "by_kind", "by_id", "saved_at"])?;
    let mut after = Uuid::nil();
    loop {
        let block = rows::every_version(tx, after, BLOCK).await?;
        let Some(last) = block.last() else { break };
        after = last.id;
        for row in block {
            let changed = templates::read_version(&keys, &row)?.changed;
            table.add([
                json!(row.id),
                json!(row.template_id),
                json!(row.version),
                json!(templates::read_body(&keys, &row)?),
                json!(changed),
                json!(row.by_kind),
                json!(row.by_id),
                json!(row.saved_at),
            ])?;
        }
    }
    files.table("tasks/template_versions", table)
}

async fn by_itself(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&[
        "id",
        "template_id",
        "list_id",
        "kind",
        "what",
        "rule",
        "first_day",
        "at_time",
        "event",
        "since",
        "given",
        "next_at",
        "paused",
        "made_by_kind",
        "made_by",
    ])?;
    for row in rows::triggers(tx, None).await? {
        let what = triggers::words(&row);
        files.name(row.id.0, what.as_str());
        let given = read(&access::text(&keys, triggers::place(row.id), &row.given)?)?;
        table.add([
            json!(row.id),
            json!(row.template_id),
            json!(row.list_id),
            json!(row.kind),
            json!(what),
            json!(row.rule),
            json!(row.first_day),
            json!(row.at_time),
            json!(row.event),
            json!(row.since),
            given,
            json!(row.next_at),
            json!(row.paused),
            json!(row.made_by_kind),
            json!(row.made_by),
        ])?;
    }
    files.table("tasks/triggers", table)?;
    let mut table = Table::new(&["sequence"])?;
    if let Some(sequence) = rows::cursor(tx).await? {
        table.add([json!(sequence)])?;
    }
    files.table("tasks/trigger_cursors", table)?;
    let mut table = Table::new(&["id", "trigger_id", "sequence", "day"])?;
    for row in rows::every_fire(tx).await? {
        table.add([json!(row.id), json!(row.trigger_id), json!(row.sequence), json!(row.day)])?;
    }
    files.table("tasks/fires", table)
}

async fn started(tx: &mut OrgTx, names: &BTreeMap<TemplateId, String>, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&[
        "id",
        "template_id",
        "version",
        "list_id",
        "act",
        "trigger_id",
        "anchor",
        "given",
        "warnings",
        "by_kind",
        "by_id",
        "started_at",
    ])?;
    let mut after = RunId(Uuid::nil());
    loop {
        let block = rows::every_run(tx, after, BLOCK).await?;
        let Some(last) = block.last() else { break };
        after = last.id;
        for row in block {
            let name = names.get(&row.template_id).map_or("", String::as_str);
            files.name(row.id.0, format!("{name}, {}", row.anchor));
            let given = read(&access::text(&keys, runs::place(row.id, "given"), &row.given)?)?;
            let warnings = read(&access::text(&keys, runs::place(row.id, "warnings"), &row.warnings)?)?;
            table.add([
                json!(row.id),
                json!(row.template_id),
                json!(row.version),
                json!(row.list_id),
                json!(row.act_id),
                json!(row.trigger_id),
                json!(row.anchor),
                given,
                warnings,
                json!(row.by_kind),
                json!(row.by_id),
                json!(row.started_at),
            ])?;
        }
    }
    files.table("tasks/runs", table)?;
    let mut table = Table::new(&["run_id", "task_id", "step"])?;
    for (run, task, step) in rows::every_run_task(tx).await? {
        table.add([json!(run), json!(task), json!(step)])?;
    }
    files.table("tasks/run_tasks", table)
}

fn read(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|_| AppError::internal())
}
