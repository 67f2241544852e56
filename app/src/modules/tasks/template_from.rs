//! A template of what is there: a list, or a task with all its parts. People become roles, and days are counted from one that is chosen. It is for who sees
//! where it was made, until somebody shares it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access, checks,
    ids::{LabelId, ListId, SectionId, TaskId, TeamId, TemplateId},
    lists::finish,
    permissions,
    store::{self, as_json},
    store_templates as rows, store_time,
    task::{Completes, Task, When},
    template_rules::{Anchor, Body, LONGEST_ABOUT, MOST_DAYS, MOST_TASKS, Offset, Role, Step, check},
    template_steps::key_for,
    templates,
};
use crate::{
    clock::day_typed,
    db::Access,
    error::{AppError, FieldErrors, Result},
    idempotency::{again, said},
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
    web::{check_name, is_text},
};

/// Tasks read at once.
const BLOCK: i64 = 500;

/// What becomes a template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateFromBody)]
pub struct FromBody {
    /// What the template is called.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub about: String,
    /// A list: all of its tasks, those too that are done.
    #[serde(default)]
    pub list: Option<ListId>,
    /// Or a task with all its parts: its id, or its number: `T-12`.
    #[serde(default)]
    pub task: Option<String>,
    /// The day that others are counted from: `2026-11-27`.
    pub anchor: String,
    /// What that day is called: “Start date”.
    pub anchor_name: String,
}

/// Makes a template of a list or a task. With the same key once.
///
/// # Errors
/// 403 for who may not read tasks; 404 for a list or a task that whoever asks can't see; 409 where there is too much for a template, and for a key that another
/// request had; 422 at each field that is wrong.
pub async fn make(platform: &Platform, actor: &Actor, org: &str, from: &FromBody, key: &str) -> Result<TemplateId> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    access::check_reads(&tx)?;
    let id = TemplateId::new(tx.now());
    if let Some(before) = again(&mut tx, "tasks.template", key, &said("from", from), id.0).await? {
        tx.rollback().await?;
        return Ok(TemplateId(before));
    }
    let tasks = read(&mut tx, from).await?;
    let mut errors = FieldErrors::default();
    let anchor = day_typed(&from.anchor);
    if anchor.is_none() {
        errors.add("anchor", "Use a date such as 2026-11-27 or 27/11/2026.");
    }
    let anchor_name = errors.take("anchor_name", check_name(&from.anchor_name));
    errors.take::<String>("name", check_name(&from.name));
    if from.about.trim().chars().nth(LONGEST_ABOUT).is_some() || !is_text(&from.about) {
        errors.add("about", "Use at most 1,000 characters.");
    }
    errors.finish()?;
    let Some(list) = tasks.first().map(|task| task.list) else {
        return Err(AppError::conflict("There are no tasks to make a template of."));
    };
    let space = access::list(&mut tx, list).await?.space_id;
    let Some(anchor) = anchor else { return Err(AppError::internal()) };
    let head = Body {
        name: from.name.clone(),
        about: from.about.trim().to_owned(),
        roles: Vec::new(),
        variables: Vec::new(),
        anchor: Anchor { name: anchor_name, about: String::new() },
        sections: Vec::new(),
        tasks: Vec::new(),
    };
    let body = Maker::new(&mut tx, &tasks, anchor).await?.body(head, &tasks)?;
    if let Err(wrong) = check(&body) {
        // Nobody typed that here: it stands in the tasks.
        let words = wrong.into_iter().next().map_or_else(String::new, |(_, words)| words);
        return Err(AppError::conflict(format!("This can’t become a template as it is. {words}")));
    }
    templates::add_in(&mut tx, id, &body, None, Some(space)).await?;
    finish(tx, "tasks.template_saved", id.0).await?;
    Ok(id)
}

/// The tasks, in order.
async fn read(tx: &mut OrgTx, from: &FromBody) -> Result<Vec<Task>> {
    let rows = match (from.list, &from.task) {
        (Some(list), None) => {
            let list = access::list(tx, list).await?;
            let (mut all, mut after) = (Vec::new(), String::new());
            loop {
                let page = store::page(tx, list.id, None, &after, BLOCK).await?;
                let Some(end) = page.last() else { break };
                after.clone_from(&end.position);
                all.extend(page);
                if all.len() > MOST_TASKS {
                    break;
                }
            }
            all
        }
        (None, Some(word)) => {
            let root = access::task_called(tx, word).await?;
            let ids = store::tree(tx, root.id).await?;
            let mut all = store::tasks(tx, &as_json(ids.into_iter().map(|id| id.0))).await?;
            all.retain(|row| row.trashed_at.is_none());
            all
        }
        _ => return Err(AppError::field("list", "Choose a list, or a task.")),
    };
    if rows.len() > MOST_TASKS {
        return Err(AppError::conflict("A template has at most 1,000 tasks, and there are more here."));
    }
    access::opened(tx, rows).await
}

/// What tasks speak of, by its name.
struct Maker {
    anchor: Date,
    /// In the order in which they come up.
    roles: Vec<(UserId, Role)>,
    labels: BTreeMap<LabelId, String>,
    teams: BTreeMap<TeamId, String>,
    sections: Vec<(SectionId, String)>,
    checks: BTreeMap<TaskId, Vec<String>>,
    /// What each waits for, of what is there.
    waits_for: BTreeMap<TaskId, Vec<TaskId>>,
    keys: BTreeMap<TaskId, String>,
    parts: BTreeMap<TaskId, Vec<usize>>,
    top: Vec<usize>,
}

impl Maker {
    async fn new(tx: &mut OrgTx, tasks: &[Task], anchor: Date) -> Result<Self> {
        let ids = as_json(tasks.iter().map(|task| task.id.0));
        let keys = tx.keys().await?;
        let mut checks_of: BTreeMap<TaskId, Vec<String>> = BTreeMap::new();
        for row in store_time::checks(tx, &ids).await? {
            let words = access::text(&keys, checks::words_of(row.id), &row.words)?;
            checks_of.entry(row.task_id).or_default().push(without_braces(&words));
        }
        let there: BTreeSet<TaskId> = tasks.iter().map(|task| task.id).collect();
        let mut waits_for: BTreeMap<TaskId, Vec<TaskId>> = BTreeMap::new();
        for (blocker, blocked) in rows::links_among(tx, &ids).await? {
            if there.contains(&blocker) {
                waits_for.entry(blocked).or_default().push(blocker);
            }
        }
        let (mut step_keys, mut taken) = (BTreeMap::new(), BTreeSet::new());
        let (mut parts, mut top): (BTreeMap<TaskId, Vec<usize>>, Vec<usize>) = (BTreeMap::new(), Vec::new());
        for (at, task) in tasks.iter().enumerate() {
            let key = key_for(&task.title, &taken);
            taken.insert(key.clone());
            step_keys.insert(task.id, key);
            match task.parent.filter(|parent| there.contains(parent)) {
                Some(parent) => parts.entry(parent).or_default().push(at),
                None => top.push(at),
            }
        }
        let sections = match tasks.first() {
            Some(task) => store::sections(tx, task.list).await?,
            None => Vec::new(),
        };
        Ok(Self {
            anchor,
            roles: roles(tasks),
            labels: store::labels(tx).await?.into_iter().map(|label| (label.id, label.name)).collect(),
            teams: store::teams(tx).await?.into_iter().map(|team| (team.id, team.name)).collect(),
            sections: sections.into_iter().map(|section| (section.id, section.name)).collect(),
            checks: checks_of,
            waits_for,
            keys: step_keys,
            parts,
            top,
        })
    }

    fn body(&self, head: Body, tasks: &[Task]) -> Result<Body> {
        let mut steps = Vec::with_capacity(self.top.len());
        for at in &self.top {
            steps.extend(self.step(tasks, *at)?);
        }
        let used: BTreeSet<&String> = steps.iter().filter_map(|step| step.section.as_ref()).collect();
        let sections = self.sections.iter().map(|(_, name)| name).filter(|name| used.contains(name)).cloned().collect();
        Ok(Body { roles: self.roles.iter().map(|(_, role)| role.clone()).collect(), sections, tasks: steps, ..head })
    }

    fn step(&self, tasks: &[Task], at: usize) -> Result<Option<Step>> {
        let Some(task) = tasks.get(at) else { return Ok(None) };
        let mut children = Vec::new();
        for part in self.parts.get(&task.id).into_iter().flatten() {
            children.extend(self.step(tasks, *part)?);
        }
        let role = |user: UserId| self.roles.iter().find(|(one, _)| *one == user).map(|(_, role)| role.key.clone());
        let is_top = self.top.contains(&at);
        let named = |id: SectionId| self.sections.iter().find(|(one, _)| *one == id).map(|(_, name)| name.clone());
        let others = task.doers().filter(|user| Some(*user) != task.responsible);
        let blocked_by = self.waits_for.get(&task.id).into_iter().flatten();
        Ok(Some(Step {
            key: self.keys.get(&task.id).cloned().unwrap_or_default(),
            title: without_braces(&task.title),
            notes: without_braces(&task.notes),
            section: task.section.filter(|_| is_top).and_then(named),
            role: task.responsible.and_then(role),
            people: others.filter_map(role).collect(),
            team: task.team.filter(|_| task.responsible.is_none()).and_then(|team| self.teams.get(&team).cloned()),
            everyone: task.completes == Completes::Everyone,
            priority: u8::try_from(task.priority).unwrap_or_default(),
            estimate_minutes: task.estimate.and_then(|minutes| u32::try_from(minutes).ok()),
            labels: task.labels.iter().filter_map(|label| self.labels.get(label).cloned()).collect(),
            due: self.offset(task.due)?,
            start: self.offset(task.start)?,
            time: task.due.and_then(|due| due.to_stored().1),
            checklist: self.checks.get(&task.id).cloned().unwrap_or_default(),
            blocked_by: blocked_by.filter_map(|other| self.keys.get(other).cloned()).collect(),
            children,
        }))
    }

    fn offset(&self, when: Option<When>) -> Result<Option<Offset>> {
        let Some(when) = when else { return Ok(None) };
        let days = when.day.duration_since(self.anchor).as_hours() / 24;
        let days = i32::try_from(days).ok().filter(|days| days.unsigned_abs() <= MOST_DAYS.unsigned_abs());
        let far = "A task is due more than ten years from this day. Choose one that is nearer.";
        let days = days.ok_or_else(|| AppError::field("anchor", far))?;
        Ok(Some(Offset { days, ..Offset::default() }))
    }
}

/// A role for everybody who is on one of them, without their names, which are for who sees the tasks: whoever keeps the template gives it a better one.
fn roles(tasks: &[Task]) -> Vec<(UserId, Role)> {
    let (mut roles, mut taken) = (Vec::<(UserId, Role)>::new(), BTreeSet::new());
    for user in tasks.iter().flat_map(Task::doers) {
        if roles.iter().any(|(one, _)| *one == user) {
            continue;
        }
        let name = format!("Person {}", roles.len() + 1);
        let key = key_for(&name, &taken);
        taken.insert(key.clone());
        let about = "Somebody who was on these tasks. Give the role the name of what they do.".to_owned();
        roles.push((user, Role { key, name, about }));
    }
    roles
}

/// Nothing in it is taken for something to fill in.
fn without_braces(text: &str) -> String {
    let mut text = text.to_owned();
    while text.contains("{{") {
        text = text.replace("{{", "{ {");
    }
    text
}
