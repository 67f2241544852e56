//! All of the tasks that an organisation owns, to take along.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    access::{self, notes_of, title_of},
    acts, export_finding, export_inout, export_templates, export_time, export_together,
    ids::{ActId, CheckId, TaskId},
    lists,
    set_ups::{self, What},
    store::{self, TaskRow},
    store_set_ups, store_told as told,
};
use crate::{
    crypto::{DataKeys, Place},
    error::Result,
    org::OrgTx,
    settings::export_files::{Files, Table},
};

/// Rows read at once.
const BLOCK: i64 = 500;

/// What the tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 21] = [
    ("tasks/settings", "The number that the next task gets."),
    ("tasks/teams", "Teams: who does things together."),
    ("tasks/team_members", "Who was put in which team, and when, those who have left your organisation too."),
    ("tasks/spaces", "Lists that belong together, and whether everybody sees them or their team alone."),
    ("tasks/lists", "Lists, archived ones too."),
    (
        "tasks/statuses",
        "How far the tasks of a list can have come, which are the columns of its board: not started (open), in progress (started) or done.",
    ),
    ("tasks/sections", "The sections of lists."),
    ("tasks/labels", "Labels."),
    (
        "tasks/tasks",
        "Tasks, those in the trash too. Days and times are on your clock; the estimate is in minutes; the priority goes from 0 (none) to 4 (urgent); “depth” says how deep a subtask lies below others.",
    ),
    (
        "tasks/assignees",
        "Who else a task is assigned to, and when they did their part where everyone on it completes it.",
    ),
    ("tasks/task_labels", "Which task has which label."),
    ("tasks/checks", "The lines of checklists."),
    ("tasks/links", "Which task has to be done before which."),
    ("tasks/acts", "What was done, each with how many tasks it changed, and whether it was undone."),
    ("tasks/changes", "Each field of a task that was changed: what it was before, and what after."),
    (
        "tasks/set_ups",
        "What was changed of spaces, lists, statuses, sections, labels and teams: what each was before, and what after.",
    ),
    ("tasks/gone", "Which tasks went from a list to another."),
    ("tasks/followers", "Who hears of a task; “muted”: who doesn’t want to."),
    ("tasks/removed", "Statuses and sections of lists that were deleted."),
    ("tasks/removed_labels", "Labels that were deleted."),
    ("tasks/removed_task_labels", "Which tasks had a label that was deleted."),
];

/// Writes it.
///
/// # Errors
/// The database is busy, or the file becomes too large.
pub async fn write(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    files.describe(&ABOUT);
    settings(tx, files).await?;
    teams(tx, files).await?;
    structure(tx, files).await?;
    parts(tx, files).await?;
    tasks(tx, files).await?;
    around_tasks(tx, files).await?;
    export_finding::write(tx, files).await?;
    export_inout::write(tx, files).await?;
    export_time::write(tx, files).await?;
    export_together::write(tx, files).await?;
    export_templates::write(tx, files).await?;
    history(tx, files).await
}

async fn settings(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["next_number"])?;
    if let Some(next) = told::next_number(tx).await? {
        table.add([json!(next)])?;
    }
    files.table("tasks/settings", table)
}

async fn teams(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "name", "active"])?;
    for team in store::teams(tx).await? {
        files.name(team.id.0, team.name.as_str());
        table.add([json!(team.id), json!(team.name), json!(team.active)])?;
    }
    files.table("tasks/teams", table)?;
    let mut table = Table::new(&["team_id", "user_id", "joined_at"])?;
    for (team, user, joined) in told::every_team_member(tx).await? {
        table.add([json!(team), json!(user), json!(joined)])?;
    }
    files.table("tasks/team_members", table)
}

/// Spaces and lists.
async fn structure(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let since = told::spaces_since(tx).await?;
    let mut table = Table::new(&["id", "name", "team_id", "seen_by", "position", "archived", "created_at"])?;
    for space in store::spaces(tx, true, None).await? {
        files.name(space.id.0, space.name.as_str());
        table.add([
            json!(space.id),
            json!(space.name),
            json!(space.team_id),
            json!(space.seen_by),
            json!(space.position),
            json!(space.archived),
            added_at(&since, space.id.0),
        ])?;
    }
    files.table("tasks/spaces", table)?;
    let since = told::lists_since(tx).await?;
    let mut table = Table::new(&["id", "space_id", "name", "about", "position", "archived", "created_at"])?;
    for list in store::lists(tx).await? {
        files.name(list.id.0, list.name.as_str());
        let about = lists::about(tx, &list).await?;
        table.add([
            json!(list.id),
            json!(list.space_id),
            json!(list.name),
            json!(about),
            json!(list.position),
            json!(list.archived),
            added_at(&since, list.id.0),
        ])?;
    }
    files.table("tasks/lists", table)
}

/// What lists are made of, and labels.
async fn parts(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "list_id", "name", "kind", "most", "position"])?;
    for status in store::every_status(tx).await? {
        files.name(status.id.0, status.name.as_str());
        table.add([
            json!(status.id),
            json!(status.list_id),
            json!(status.name),
            json!(status.kind),
            json!(status.most),
            json!(status.position),
        ])?;
    }
    files.table("tasks/statuses", table)?;
    let mut table = Table::new(&["id", "list_id", "name", "position"])?;
    for (id, list, name, position) in told::every_section(tx).await? {
        files.name(id, name.as_str());
        table.add([json!(id), json!(list), json!(name), json!(position)])?;
    }
    files.table("tasks/sections", table)?;
    let mut table = Table::new(&["id", "name", "colour"])?;
    for label in store::labels(tx).await? {
        files.name(label.id.0, label.name.as_str());
        table.add([json!(label.id), json!(label.name), json!(label.colour)])?;
    }
    files.table("tasks/labels", table)
}

async fn tasks(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let keys = tx.keys().await?;
    let mut table = Table::new(&[
        "id",
        "number",
        "list_id",
        "section_id",
        "status_id",
        "parent_id",
        "depth",
        "position",
        "title",
        "notes",
        "priority",
        "estimate",
        "start_day",
        "start_time",
        "due_day",
        "due_time",
        "responsible_id",
        "team_id",
        "completes",
        "started_at",
        "completed_at",
        "completed_by",
        "created_by_kind",
        "created_by",
        "created_at",
        "trashed_at",
    ])?;
    let mut after = TaskId(Uuid::nil());
    loop {
        let rows = told::every_task(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            let title = access::text(&keys, title_of(row.id), &row.title)?;
            files.name(row.id.0, format!("T-{} {title}", row.number));
            task_row(&mut table, &keys, row, &title)?;
        }
    }
    files.table("tasks/tasks", table)
}

fn task_row(table: &mut Table, keys: &DataKeys, row: TaskRow, title: &str) -> Result<()> {
    let notes = row.notes.as_deref().map(|notes| access::text(keys, notes_of(row.id), notes)).transpose()?;
    table.add([
        json!(row.id),
        json!(row.number),
        json!(row.list_id),
        json!(row.section_id),
        json!(row.status_id),
        json!(row.parent_id),
        json!(row.depth),
        json!(row.position),
        json!(title),
        json!(notes),
        json!(row.priority),
        json!(row.estimate),
        json!(row.start_day),
        json!(row.start_time),
        json!(row.due_day),
        json!(row.due_time),
        json!(row.responsible_id),
        json!(row.team_id),
        json!(row.completes),
        json!(row.started_at),
        json!(row.completed_at),
        json!(row.completed_by),
        json!(row.created_by_kind),
        json!(row.created_by),
        json!(row.created_at),
        json!(row.trashed_at),
    ])
}

/// Who is on tasks, what they are about, their checklists, and what waits for what.
async fn around_tasks(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["task_id", "user_id", "done_at"])?;
    for one in told::every_assignee(tx).await? {
        table.add([json!(one.task_id), json!(one.user_id), json!(one.done_at)])?;
    }
    files.table("tasks/assignees", table)?;
    let mut table = Table::new(&["task_id", "label_id"])?;
    for (task, label) in told::every_task_label(tx).await? {
        table.add([json!(task), json!(label)])?;
    }
    files.table("tasks/task_labels", table)?;
    let keys = tx.keys().await?;
    let mut table = Table::new(&["id", "task_id", "words", "done_at", "done_by", "position"])?;
    let mut after = CheckId(Uuid::nil());
    loop {
        let rows = told::every_check(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            let place = Place { table: "tasks_checks", column: "words", row: row.id.0 };
            table.add([
                json!(row.id),
                json!(row.task_id),
                json!(access::text(&keys, place, &row.words)?),
                json!(row.done_at),
                json!(row.done_by),
                json!(row.position),
            ])?;
        }
    }
    files.table("tasks/checks", table)?;
    let mut table = Table::new(&["blocker_id", "blocked_id"])?;
    for (blocker, blocked) in told::every_link(tx).await? {
        table.add([json!(blocker), json!(blocked)])?;
    }
    files.table("tasks/links", table)?;
    let mut table = Table::new(&["task_id", "user_id", "muted"])?;
    for (task, user, muted) in told::every_follower(tx).await? {
        table.add([json!(task), json!(user), json!(muted)])?;
    }
    files.table("tasks/followers", table)
}

/// What was done, and each field that it changed.
async fn history(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["id", "kind", "by_kind", "by_id", "done_at", "tasks", "undoes_act", "undone_at"])?;
    let mut after = ActId(Uuid::nil());
    loop {
        let rows = told::every_act(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            table.add([
                json!(row.id),
                json!(row.kind),
                json!(row.by_kind),
                json!(row.by_id),
                json!(row.done_at),
                json!(row.tasks),
                json!(row.undoes_id),
                json!(row.undone_at),
            ])?;
        }
    }
    files.table("tasks/acts", table)?;
    let mut table = Table::new(&["act", "task_id", "field", "version", "before", "after"])?;
    let mut after = Uuid::nil();
    loop {
        let rows = told::every_change(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for change in acts::changes(tx, rows).await? {
            table.add([
                json!(change.act),
                json!(change.task),
                json!(change.field),
                json!(change.version),
                change.before,
                change.after,
            ])?;
        }
    }
    files.table("tasks/changes", table)?;
    let mut table = Table::new(&["act", "what", "id", "list_id", "before", "after"])?;
    let mut after = Uuid::nil();
    loop {
        let rows = store_set_ups::every(tx, after, BLOCK).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        // What was said is with the comments, and what was taken away of it nowhere.
        let all = set_ups::opened(tx, rows).await?.into_iter().filter(|one| one.what != What::Comment);
        for one in all {
            table.add([
                json!(one.act),
                json!(one.what.as_str()),
                json!(one.subject),
                json!(one.list),
                one.before,
                one.after,
            ])?;
        }
    }
    files.table("tasks/set_ups", table)?;
    let mut table = Table::new(&["list_id", "task_id"])?;
    for (list, task) in told::every_gone(tx).await? {
        table.add([json!(list), json!(task)])?;
    }
    files.table("tasks/gone", table)?;
    let mut table = Table::new(&["id", "act", "list_id", "what", "name", "removed_at"])?;
    for (id, act, list, what, name, removed_at) in told::every_removed(tx).await? {
        table.add([json!(id), json!(act), json!(list), json!(what), json!(name), json!(removed_at)])?;
    }
    files.table("tasks/removed", table)?;
    let mut table = Table::new(&["id", "act", "name", "colour", "removed_at"])?;
    for old in told::every_removed_label(tx).await? {
        table.add([json!(old.id), json!(old.act_id), json!(old.name), json!(old.colour), json!(old.removed_at)])?;
    }
    files.table("tasks/removed_labels", table)?;
    let mut table = Table::new(&["label_id", "task_id"])?;
    for (label, task) in told::every_removed_task_label(tx).await? {
        table.add([json!(label), json!(task)])?;
    }
    files.table("tasks/removed_task_labels", table)
}

fn added_at(since: &[told::Dated], id: Uuid) -> Value {
    json!(since.iter().find(|(one, _)| *one == id).map(|(_, at)| at))
}
