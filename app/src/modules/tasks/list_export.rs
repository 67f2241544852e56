//! A list as a file to take along: for spreadsheets, and for programs.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{
    access,
    fields::{self, Field},
    ids::{FieldId, LabelId, SectionId, StatusId, TaskId, TeamId},
    permissions,
    saying::{capital, former},
    store::{self, List},
    task::{Task, When},
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
    /// Its name.
    list: String,
    /// Its tasks, in order, without those in the trash: what stands in each column, by what that is called.
    #[schema(value_type = Vec<Value>)]
    tasks: Vec<Map<String, Value>>,
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
    tx.rollback().await?;
    let numbers: BTreeMap<TaskId, i64> = tasks.iter().map(|task| (task.id, task.number)).collect();
    let rows = tasks.iter().map(|task| names.row(task, &numbers, values.get(&task.id), &origin));
    let file = match form {
        Form::Csv => {
            let head = HEAD.into_iter().map(str::to_owned).chain(names.fields.iter().map(|field| field.name.clone()));
            let mut file = spreadsheet::row(head)?;
            for row in rows {
                file.extend(spreadsheet::row(row.into_iter().map(|(_, cell)| in_a_cell(&cell)))?);
            }
            file
        }
        Form::Json => {
            let all = Exported { list: list.name.clone(), tasks: rows.map(|row| row.into_iter().collect()).collect() };
            serde_json::to_vec_pretty(&all).map_err(|_| AppError::internal())?
        }
    };
    Ok((list.name, file))
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

    /// A task, column by column.
    fn row(
        &self,
        task: &Task,
        numbers: &BTreeMap<TaskId, i64>,
        values: Option<&BTreeMap<FieldId, Value>>,
        origin: &str,
    ) -> Vec<(String, Value)> {
        let person = |user: UserId| self.people.get(&user).cloned().unwrap_or_else(|| capital(&former(user)));
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
