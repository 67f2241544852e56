//! What the audit log says of what happened to tasks. What is in a space that isn't for whoever reads it isn't named.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::{
    access,
    ids::{ActId, TaskId},
    store::{self, as_json},
    store_told, templates,
};
use crate::{
    audit::{Entry, Told},
    error::Result,
    money,
    org::OrgTx,
};

/// What can happen, in words for the list of it.
pub const HAPPENINGS: &[(&str, &str)] = &[
    ("tasks.task_added", "Added a task"),
    ("tasks.task_changed", "Changed a task"),
    ("tasks.task_moved", "Moved a task"),
    ("tasks.task_completed", "Completed a task"),
    ("tasks.task_reopened", "Reopened a completed task"),
    ("tasks.task_deleted", "Moved a task to the trash"),
    ("tasks.task_restored", "Restored a task from the trash"),
    ("tasks.task_commented", "Commented on a task"),
    ("tasks.task_comment_changed", "Changed a comment on a task"),
    ("tasks.task_comment_deleted", "Deleted a comment on a task"),
    ("tasks.task_comment_restored", "Restored a comment on a task"),
    ("tasks.task_reacted", "Said how they feel about a comment on a task"),
    ("tasks.tasks_changed", "Changed several tasks at once"),
    ("tasks.notices_chosen", "Chose their notifications about tasks"),
    ("tasks.space_saved", "Set up a space for lists"),
    ("tasks.space_deleted", "Undid adding a space for lists"),
    ("tasks.list_saved", "Set up a list"),
    ("tasks.list_deleted", "Deleted a list"),
    ("tasks.team_saved", "Set up a team for tasks"),
    ("tasks.team_deleted", "Undid adding a team for tasks"),
    ("tasks.label_saved", "Set up a label"),
    ("tasks.label_deleted", "Deleted a label"),
    ("tasks.template_saved", "Set up a template"),
    ("tasks.template_deleted", "Deleted a template"),
    ("tasks.template_started", "Started a template"),
    ("tasks.trigger_saved", "Set up an automatic start of a template"),
    ("tasks.trigger_removed", "Deleted an automatic start of a template"),
    ("tasks.trigger_paused", "An automatic start of a template paused"),
    ("tasks.filter_saved", "Saved a filter of tasks"),
    ("tasks.filter_deleted", "Deleted a filter of tasks"),
    ("tasks.capacity_saved", "Set somebody’s weekly capacity"),
    ("tasks.list_shared", "Made a link that shows a list"),
    ("tasks.list_share_ended", "Stopped sharing a list by a link"),
    ("tasks.list_mail_set", "Set whether a list accepts email"),
    ("tasks.feed_made", "Made an address for tasks in a calendar"),
    ("tasks.feed_revoked", "Deleted an address for tasks in a calendar"),
];

/// The sentences of entries, by their numbers: what they are about is read for all of them at once.
///
/// # Errors
/// The database is busy.
pub async fn tell(tx: &mut OrgTx, entries: Vec<&Entry>) -> Result<HashMap<i64, Told>> {
    let named = Named::of(tx, &entries).await?;
    Ok(entries.into_iter().filter_map(|entry| Some((entry.number, sentence(entry, &named)?))).collect())
}

fn sentence(entry: &Entry, named: &Named) -> Option<Told> {
    let subject = entry.subject;
    Some(Told::new(match entry.action.as_str() {
        "tasks.task_added" => format!("added {}", named.task(subject)),
        "tasks.task_changed" => format!("changed {}", named.task(subject)),
        "tasks.task_moved" => format!("moved {}", named.task(subject)),
        "tasks.task_completed" => format!("completed {}", named.task(subject)),
        "tasks.task_reopened" => format!("reopened {}", named.task(subject)),
        "tasks.task_deleted" => format!("moved {} to the trash", named.task(subject)),
        "tasks.task_restored" => format!("restored {} from the trash", named.task(subject)),
        "tasks.task_commented" => format!("commented on {}", named.task(subject)),
        "tasks.task_comment_changed" => format!("changed a comment on {}", named.task(subject)),
        "tasks.task_comment_deleted" => format!("deleted a comment on {}", named.task(subject)),
        "tasks.task_comment_restored" => format!("restored a comment on {}", named.task(subject)),
        "tasks.task_reacted" => format!("said how they feel about a comment on {}", named.task(subject)),
        "tasks.notices_chosen" => "chose their notifications about tasks".to_owned(),
        "tasks.tasks_changed" => named.act(subject),
        "tasks.space_saved" => format!("set up {}", named.space(subject)),
        "tasks.space_deleted" => "undid adding a space for lists".to_owned(),
        "tasks.list_saved" => format!("set up {}", named.list(subject)),
        "tasks.list_deleted" => "deleted a list that was empty".to_owned(),
        "tasks.team_saved" => match named.teams.get(&subject) {
            Some(name) => format!("set up the team {name}"),
            None => "set up a team for tasks, which is gone".to_owned(),
        },
        "tasks.team_deleted" => "undid adding a team for tasks".to_owned(),
        "tasks.label_saved" => match named.labels.get(&subject) {
            Some(name) => format!("set up the label “{name}”"),
            None => "set up a label that is gone".to_owned(),
        },
        "tasks.label_deleted" => "deleted a label, and removed it from all tasks".to_owned(),
        "tasks.template_saved" => match named.templates.get(&subject) {
            Some(name) => format!("set up the template “{name}”"),
            None => "set up a template".to_owned(),
        },
        "tasks.template_deleted" => "deleted a template".to_owned(),
        "tasks.template_started" => "started a template".to_owned(),
        "tasks.trigger_saved" => "set up an automatic start of a template".to_owned(),
        "tasks.trigger_removed" => "deleted an automatic start of a template".to_owned(),
        "tasks.trigger_paused" => "paused an automatic start of a template".to_owned(),
        "tasks.filter_saved" => "saved a filter of tasks".to_owned(),
        "tasks.filter_deleted" => "deleted a filter of tasks".to_owned(),
        "tasks.capacity_saved" => "set somebody’s weekly capacity".to_owned(),
        "tasks.list_shared" => format!("made a link that shows {}", named.list(subject)),
        "tasks.list_share_ended" => format!("stopped sharing {} by a link", named.list(subject)),
        "tasks.list_mail_set" => format!("set whether {} accepts email", named.list(subject)),
        "tasks.feed_made" => "made an address for tasks in their calendar".to_owned(),
        "tasks.feed_revoked" => "deleted an address for tasks in their calendar".to_owned(),
        _ => return None,
    }))
}

/// What entries are about, as it is called now, as far as whoever reads them may see it.
struct Named {
    tasks: BTreeMap<TaskId, String>,
    /// Tasks that are there, and not for whoever reads it.
    others: BTreeSet<TaskId>,
    acts: HashMap<Uuid, (String, i64)>,
    lists: HashMap<Uuid, String>,
    spaces: HashMap<Uuid, String>,
    teams: HashMap<Uuid, String>,
    labels: HashMap<Uuid, String>,
    templates: HashMap<Uuid, String>,
}

impl Named {
    async fn of(tx: &mut OrgTx, entries: &[&Entry]) -> Result<Self> {
        let has = |kind: &str| entries.iter().any(|entry| entry.action.starts_with(kind));
        let subjects = |kind: &str| {
            let some = entries.iter().filter(|entry| entry.action.starts_with(kind));
            some.map(|entry| entry.subject).collect::<BTreeSet<Uuid>>()
        };
        let (asked, acts) = (subjects("tasks.task_"), subjects("tasks.tasks_"));
        let (mut tasks, mut others) = (BTreeMap::new(), BTreeSet::new());
        if !asked.is_empty() {
            let seen = access::tasks(tx, asked.iter().copied().map(TaskId)).await?;
            tasks = seen.into_iter().map(|(id, task)| (id, format!("T-{} “{}”", task.number, task.title))).collect();
            let rest = asked.into_iter().filter(|id| !tasks.contains_key(&TaskId(*id)));
            others = store::tasks(tx, &as_json(rest)).await?.into_iter().map(|row| row.id).collect();
        }
        let acts = if acts.is_empty() { Vec::new() } else { store_told::acts(tx, &as_json(acts)).await? };
        let lists = if has("tasks.list_") { access::lists(tx).await? } else { Vec::new() };
        let spaces = if has("tasks.space_") { access::spaces(tx).await? } else { Vec::new() };
        let teams = if has("tasks.team_") { store::teams(tx).await? } else { Vec::new() };
        let templates = if has("tasks.template_") { templates::seen(tx).await? } else { Vec::new() };
        let labels = if has("tasks.label_") { store::labels(tx).await? } else { Vec::new() };
        Ok(Self {
            tasks,
            others,
            acts: acts.into_iter().map(|(ActId(id), kind, count)| (id, (kind, count))).collect(),
            lists: lists.into_iter().map(|list| (list.id.0, list.name)).collect(),
            spaces: spaces.into_iter().map(|space| (space.id.0, space.name)).collect(),
            teams: teams.into_iter().map(|team| (team.id.0, team.name)).collect(),
            labels: labels.into_iter().map(|label| (label.id.0, label.name)).collect(),
            templates: templates.into_iter().map(|template| (template.id.0, template.name)).collect(),
        })
    }

    /// "T-12 “Order paper”"
    fn task(&self, id: Uuid) -> String {
        match self.tasks.get(&TaskId(id)) {
            Some(name) => name.clone(),
            None if self.others.contains(&TaskId(id)) => "a task in a list that isn’t yours".to_owned(),
            None => "a task that is gone".to_owned(),
        }
    }

    /// "changed 12 tasks at once"
    fn act(&self, id: Uuid) -> String {
        let Some((kind, count)) = self.acts.get(&id) else { return "changed several tasks at once".to_owned() };
        let tasks = money::counted(*count, "task", "tasks");
        match kind.as_str() {
            "add" => format!("added {tasks}"),
            "move" => format!("moved {tasks}"),
            "trash" => format!("moved {tasks} to the trash"),
            "restore" => format!("restored {tasks} from the trash"),
            "status" => format!("deleted a status that {tasks} had"),
            "section" => format!("deleted a section that {tasks} were in"),
            "handover" => format!("handed {tasks} over"),
            "undo" => format!("undid a change of {tasks}"),
            "import" => format!("imported {tasks} from a file"),
            "template" => format!("added {tasks} by a template"),
            _ => format!("changed {tasks} at once"),
        }
    }

    /// "the list Front desk"
    fn list(&self, id: Uuid) -> String {
        self.lists.get(&id).map_or_else(|| "a list that isn’t yours".to_owned(), |name| format!("the list {name}"))
    }

    /// "the space Clinic"
    fn space(&self, id: Uuid) -> String {
        self.spaces.get(&id).map_or_else(|| "a space that isn’t yours".to_owned(), |name| format!("the space {name}"))
    }
}
