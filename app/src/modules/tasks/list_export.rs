//! A list as a file to take along: for spreadsheets, and for programs.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    access, checks,
    fields::{self, Field, Kind},
    ids::{FieldId, LabelId, SectionId, StatusId, TaskId, TeamId},
    permissions,
    saying::{capital, former},
    store::{self, List},
    store_time,
    task::{Completes, Task, When},
};
use crate::{
    clock::{Instant, zone},
    db::Access,
    error::{AppError, Result},
    ids::UserId,
    org::{Actor, OrgTx},
    people::members,
    platform::Platform,
    spreadsheet,
};

/// Tasks read at once.
const BLOCK: i64 = 500;
/// A file has so many tasks at most.
const MOST: usize = 50_000;

/// The columns that every list has.
const HEAD: [&str; 17] = [
    "Number",
    "Title",
    "Status",
    "Completed",
    "Section",
    "Part of",
    "Start",
    "Due",
    "Responsible",
    "Also on it",
    "Team",
    "Labels",
    "Priority",
    "Estimate (minutes)",
    "Notes",
    "Added",
    "Link",
];

/// Of which form a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For spreadsheets: no cell of it is a formula.
    Csv,
    /// For programs.
    Json,
}

/// A list, as programs read it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskListExport)]
pub struct Exported {
    /// The list.
    list: Named,
    /// Where the days and times are that say no zone: `Australia/Melbourne`.
    time_zone: String,
    /// Its tasks, in order, without those in the trash.
    tasks: Vec<ExportedTask>,
}

/// What has a name, and an id that stays when it is called something else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskExportNamed)]
struct Named {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
}

/// A task of a list, as programs read it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskExport)]
struct ExportedTask {
    /// Its id.
    id: TaskId,
    /// What people call it by: 12 is T-12.
    number: i64,
    /// What is to be done.
    title: String,
    /// More about it, in Markdown.
    notes: String,
    /// How far it has come.
    status: Option<Named>,
    /// In which part of the list.
    section: Option<Named>,
    /// The task that it is a part of.
    parent: Option<TaskId>,
    /// `2026-11-27`
    start_day: Option<String>,
    /// `15:00`
    start_time: Option<String>,
    /// `2026-11-27`
    due_day: Option<String>,
    /// `15:00`
    due_time: Option<String>,
    /// Whose it is.
    responsible: Option<Named>,
    /// Who else is on it.
    people: Vec<Named>,
    /// Whose queue it is in.
    team: Option<Named>,
    /// Who completes it.
    completes: Completes,
    /// What it is about.
    labels: Vec<Named>,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    priority: i64,
    /// How long it takes.
    estimate_minutes: Option<i64>,
    /// Its checklist, in order.
    checklist: Vec<ExportedCheck>,
    /// The tasks of this list that it waits for.
    waits_for: Vec<TaskId>,
    /// How it repeats, if it does and isn’t done.
    repeat: Option<ExportedRepeat>,
    /// What it has in the list’s fields.
    fields: Vec<ExportedValue>,
    /// When it was added: RFC 3339.
    created_at: String,
    /// When it was completed: RFC 3339.
    completed_at: Option<String>,
    /// Its page.
    link: String,
}

/// A line of a checklist.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskExportCheck)]
struct ExportedCheck {
    /// What is to be done.
    words: String,
    /// When it was: RFC 3339.
    done_at: Option<String>,
}

/// How a task repeats.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskExportRepeat)]
struct ExportedRepeat {
    /// RFC 5545.
    rule: String,
    /// `schedule` or `after_completion`.
    mode: String,
    /// This task’s day in it: `2026-11-27`.
    day: String,
}

/// What a task has in a field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskExportValue)]
struct ExportedValue {
    /// The field’s id.
    id: FieldId,
    /// Its name.
    name: String,
    /// `text`, `number`, `money`, `date`, `choice` or `person`.
    kind: &'static str,
    /// A text; a number; Australian dollars in cents; `2026-11-27`; of a choice and a person the id and the name.
    value: Value,
}

/// A list as a file, for whoever sees it: its name, and the file.
///
/// # Errors
/// 404; 413 for a list with more than 50,000 tasks.
pub async fn write(platform: &Platform, actor: &Actor, org: &str, list: &str, form: Form) -> Result<(String, Vec<u8>)> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, list).await?;
    let names = Names::read(&mut tx, &list).await?;
    let mut tasks = Vec::new();
    let mut after = String::new();
    loop {
        let rows = store::page(&mut tx, list.id, None, &after, BLOCK).await?;
        let Some(end) = rows.last() else { break };
        after.clone_from(&end.position);
        tasks.extend(access::opened(&mut tx, rows).await?);
        if tasks.len() > MOST {
            return Err(AppError::new(crate::error::Code::TooLarge, "There is too much to write into one file."));
        }
    }
    let mut values = BTreeMap::new();
    for some in tasks.chunks(500) {
        values.extend(fields::values(&mut tx, some.iter().map(|task| task.id)).await?);
    }
    let origin = format!("{}/app/{}/tasks/t", tx.platform().origin, tx.org().slug);
    let mut beside = match form {
        Form::Csv => Beside::default(),
        Form::Json => Beside::read(&mut tx, &list, &tasks).await?,
    };
    tx.rollback().await?;
    let numbers: BTreeMap<TaskId, i64> = tasks.iter().map(|task| (task.id, task.number)).collect();
    let file = match form {
        Form::Csv => {
            let head = HEAD.into_iter().map(str::to_owned).chain(names.fields.iter().map(|field| field.name.clone()));
            let mut file = spreadsheet::row(head)?;
            for row in tasks.iter().map(|task| names.row(task, &numbers, values.get(&task.id), &origin)) {
                file.extend(spreadsheet::row(row.into_iter().map(|(_, cell)| in_a_cell(&cell)))?);
            }
            file
        }
        Form::Json => {
            let one = |task: &Task| names.exported(task, &numbers, values.get(&task.id), &origin, &mut beside);
            let all = Exported {
                list: Named { id: list.id.to_string(), name: list.name.clone() },
                time_zone: names.zone.iana_name().unwrap_or_default().to_owned(),
                tasks: tasks.iter().map(one).collect(),
            };
            serde_json::to_vec_pretty(&all).map_err(|_| AppError::internal())?
        }
    };
    Ok((list.name, file))
}

/// What tasks have beside what is in their own rows.
#[derive(Default)]
struct Beside {
    checks: BTreeMap<TaskId, Vec<checks::Check>>,
    waits_for: BTreeMap<TaskId, Vec<TaskId>>,
    repeats: BTreeMap<TaskId, ExportedRepeat>,
}

impl Beside {
    async fn read(tx: &mut OrgTx, list: &List, tasks: &[Task]) -> Result<Self> {
        let mut beside = Self::default();
        for (first, waits) in store_time::links_within(tx, list.id).await? {
            beside.waits_for.entry(waits).or_default().push(first);
        }
        for some in tasks.chunks(500) {
            beside.checks.extend(checks::of_many(tx, some.iter().map(|task| task.id)).await?);
            let open = some.iter().filter(|task| !task.is_done()).map(|task| task.id.0);
            for (task, mode, rule, day) in store_time::rules(tx, &store::as_json(open)).await? {
                beside.repeats.insert(task, ExportedRepeat { rule, mode, day });
            }
        }
        Ok(beside)
    }
}

/// What ids in a list stand for.
struct Names {
    statuses: BTreeMap<StatusId, String>,
    sections: BTreeMap<SectionId, String>,
    labels: BTreeMap<LabelId, String>,
    teams: BTreeMap<TeamId, String>,
    people: BTreeMap<UserId, String>,
    fields: Vec<Field>,
    zone: jiff::tz::TimeZone,
}

impl Names {
    async fn read(tx: &mut OrgTx, list: &List) -> Result<Self> {
        let statuses = store::statuses(tx, list.id).await?;
        let sections = store::sections(tx, list.id).await?;
        let mut all = fields::of_list(tx, list.id).await?;
        all.retain(|field| !field.archived);
        Ok(Self {
            statuses: statuses.into_iter().map(|status| (status.id, status.name)).collect(),
            sections: sections.into_iter().map(|section| (section.id, section.name)).collect(),
            labels: store::labels(tx).await?.into_iter().map(|label| (label.id, label.name)).collect(),
            teams: store::teams(tx).await?.into_iter().map(|team| (team.id, team.name)).collect(),
            people: members::all(tx).await?.into_iter().map(|member| (member.user, member.name)).collect(),
            fields: all,
            zone: zone(&tx.org().zone)?,
        })
    }

    /// A task for programs. What it has beside is taken out.
    fn exported(
        &self,
        task: &Task,
        numbers: &BTreeMap<TaskId, i64>,
        values: Option<&BTreeMap<FieldId, Value>>,
        origin: &str,
        beside: &mut Beside,
    ) -> ExportedTask {
        let ((start_day, start_time), (due_day, due_time)) = (store::stored(task.start), store::stored(task.due));
        let person = |user: UserId| Named { id: user.to_string(), name: self.person(user) };
        let others = task.doers().filter(|user| Some(*user) != task.responsible).map(person);
        let label = |label: &LabelId| named(label.to_string(), self.labels.get(label));
        let checks = beside.checks.remove(&task.id).unwrap_or_default().into_iter();
        let waits_for = beside.waits_for.remove(&task.id).unwrap_or_default();
        let field = |field: &Field| {
            let value = values?.get(&field.id)?;
            let value = self.value(field, value);
            Some(ExportedValue { id: field.id, name: field.name.clone(), kind: field.kind.as_str(), value })
        };
        ExportedTask {
            id: task.id,
            number: task.number,
            title: task.title.clone(),
            notes: task.notes.clone(),
            status: named(task.status.to_string(), self.statuses.get(&task.status)),
            section: task.section.and_then(|section| named(section.to_string(), self.sections.get(&section))),
            parent: task.parent.filter(|parent| numbers.contains_key(parent)),
            start_day,
            start_time,
            due_day,
            due_time,
            responsible: task.responsible.map(person),
            people: others.collect(),
            team: task.team.and_then(|team| named(team.to_string(), self.teams.get(&team))),
            completes: task.completes,
            labels: task.labels.iter().filter_map(label).collect(),
            priority: task.priority,
            estimate_minutes: task.estimate,
            checklist: checks
                .map(|check| ExportedCheck { words: check.words, done_at: check.done_at.map(|at| at.to_string()) })
                .collect(),
            // Others may be in lists that whoever asks can’t see.
            waits_for: waits_for.into_iter().filter(|other| numbers.contains_key(other)).collect(),
            repeat: beside.repeats.remove(&task.id),
            fields: self.fields.iter().filter_map(field).collect(),
            created_at: task.created_at.to_string(),
            completed_at: task.completed_at.map(|at| at.to_string()),
            link: format!("{origin}/T-{}", task.number),
        }
    }

    /// What is in a field, as programs read it.
    fn value(&self, field: &Field, value: &Value) -> Value {
        match field.kind {
            Kind::Choice | Kind::Person => json!({ "id": value, "name": field.shown(value, &self.people) }),
            Kind::Text | Kind::Number | Kind::Money | Kind::Date => value.clone(),
        }
    }

    fn person(&self, user: UserId) -> String {
        self.people.get(&user).cloned().unwrap_or_else(|| capital(&former(user)))
    }

    /// A task, column by column.
    fn row(
        &self,
        task: &Task,
        numbers: &BTreeMap<TaskId, i64>,
        values: Option<&BTreeMap<FieldId, Value>>,
        origin: &str,
    ) -> Vec<(String, Value)> {
        let person = |user: UserId| self.person(user);
        let others = task.doers().filter(|user| Some(*user) != task.responsible).map(person);
        let labels = task.labels.iter().filter_map(|label| self.labels.get(label).cloned());
        let cells: [Value; 17] = [
            json!(format!("T-{}", task.number)),
            json!(task.title),
            json!(self.statuses.get(&task.status)),
            json!(task.completed_at.map(|at| self.moment(at))),
            json!(task.section.and_then(|section| self.sections.get(&section))),
            json!(task.parent.and_then(|parent| numbers.get(&parent)).map(|number| format!("T-{number}"))),
            json!(task.start.map(typed)),
            json!(task.due.map(typed)),
            json!(task.responsible.map(person)),
            json!(others.collect::<Vec<_>>()),
            json!(task.team.and_then(|team| self.teams.get(&team))),
            json!(labels.collect::<Vec<_>>()),
            json!(task.priority),
            json!(task.estimate),
            json!(task.notes),
            json!(self.moment(task.created_at)),
            json!(format!("{origin}/T-{}", task.number)),
        ];
        let mut row: Vec<(String, Value)> = HEAD.into_iter().map(str::to_owned).zip(cells).collect();
        for field in &self.fields {
            let value = values.and_then(|values| values.get(&field.id));
            row.push((field.name.clone(), json!(value.map(|value| field.shown(value, &self.people)))));
        }
        row
    }

    /// `2026-11-27 15:04`, on the organisation’s clock.
    fn moment(&self, at: Instant) -> String {
        at.timestamp().to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// What there still is of that name.
fn named(id: String, name: Option<&String>) -> Option<Named> {
    name.map(|name| Named { id, name: name.clone() })
}

/// `2026-11-27`, or `2026-11-27 15:00`.
fn typed(when: When) -> String {
    match when.to_stored() {
        (day, Some(time)) => format!("{day} {time}"),
        (day, None) => day,
    }
}

fn in_a_cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(in_a_cell).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
