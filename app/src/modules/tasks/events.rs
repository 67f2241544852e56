//! What happens to tasks that a business can have its own programs told of: ids, numbers, times, and words for where things stand. Titles and people are
//! asked for by the API, by whoever may see them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    ids::{ActId, ListId, SpaceId, TaskId},
    store,
    store_told::{self, Reported},
};
use crate::{error::Result, module::Event, org::OrgTx};

/// An act on many tells of so many tasks at most; it says how many there were.
const MOST_TOLD: i64 = 500;

/// All of it.
pub const EVENTS: &[Event] = &[
    Event { name: "tasks.task_added", label: "A task is added" },
    Event { name: "tasks.task_changed", label: "A task is changed" },
    Event { name: "tasks.task_moved", label: "A task is moved" },
    Event { name: "tasks.task_completed", label: "A task is completed" },
    Event { name: "tasks.task_reopened", label: "A completed task is reopened" },
    Event { name: "tasks.task_deleted", label: "A task is moved to the trash" },
    Event { name: "tasks.task_restored", label: "A task is restored from the trash" },
    Event { name: "tasks.task_commented", label: "Somebody comments on a task" },
    Event { name: "tasks.task_comment_changed", label: "A comment on a task is changed" },
    Event { name: "tasks.task_comment_deleted", label: "A comment on a task is deleted" },
    Event { name: "tasks.task_comment_restored", label: "A deleted comment on a task is restored" },
    Event { name: "tasks.task_reacted", label: "Somebody says how they feel about a comment" },
    Event { name: "tasks.tasks_changed", label: "Several tasks are changed at once" },
    Event { name: "tasks.space_saved", label: "A space is set up or changed" },
    Event { name: "tasks.space_deleted", label: "Adding a space is undone" },
    Event { name: "tasks.list_saved", label: "A list is set up or changed" },
    Event { name: "tasks.list_deleted", label: "A list that was empty is deleted" },
    Event { name: "tasks.team_saved", label: "A team is set up or changed" },
    Event { name: "tasks.team_deleted", label: "Adding a team is undone" },
    Event { name: "tasks.label_saved", label: "A label is set up or changed" },
    Event { name: "tasks.label_deleted", label: "A label is deleted" },
    Event { name: "tasks.template_saved", label: "A template is set up or changed" },
    Event { name: "tasks.template_deleted", label: "A template is deleted" },
    Event { name: "tasks.template_started", label: "A template is started" },
    Event { name: "tasks.trigger_saved", label: "An automatic start of a template is set up or changed" },
    Event { name: "tasks.trigger_removed", label: "An automatic start of a template is deleted" },
    Event { name: "tasks.trigger_paused", label: "An automatic start of a template pauses, since it can’t be done" },
    Event { name: "tasks.filter_saved", label: "A filter is saved or changed" },
    Event { name: "tasks.filter_deleted", label: "A filter is deleted" },
    Event { name: "tasks.capacity_saved", label: "Somebody’s weekly capacity is set" },
];

/// What is told of one: as it is now, for what is there.
///
/// # Errors
/// The database is busy.
pub async fn data(tx: &mut OrgTx, name: &str, subject: Uuid) -> Result<Value> {
    let only = json!({ "id": subject });
    if name.starts_with("tasks.task_") {
        let found = store_told::reported(tx, TaskId(subject)).await?;
        return Ok(found.map_or(only, |found| task(&found)));
    }
    match name {
        "tasks.tasks_changed" => {
            let act = store::act(tx, ActId(subject)).await?;
            let tasks = store_told::tasks_of_act(tx, ActId(subject), MOST_TOLD).await?;
            Ok(act.map_or(
                only,
                |act| json!({ "id": act.id, "kind": act.kind, "done_at": act.done_at, "count": act.tasks, "tasks": tasks }),
            ))
        }
        "tasks.list_saved" => {
            let list = store::list(tx, ListId(subject)).await?;
            Ok(list.map_or(only, |list| json!({ "id": list.id, "space": list.space_id, "archived": list.archived })))
        }
        "tasks.space_saved" => {
            let space = store::spaces(tx, true, None).await?.into_iter().find(|space| space.id == SpaceId(subject));
            Ok(space
                .map_or(only, |space| json!({ "id": space.id, "seen_by": space.seen_by, "archived": space.archived })))
        }
        _ => Ok(only),
    }
}

fn task(found: &Reported) -> Value {
    json!({
        "id": found.id,
        "number": found.number,
        "list": found.list_id,
        "parent": found.parent_id,
        "state": found.kind,
        "due_day": found.due_day,
        "created_at": found.created_at,
        "started_at": found.started_at,
        "completed_at": found.completed_at,
        "trashed_at": found.trashed_at,
    })
}
