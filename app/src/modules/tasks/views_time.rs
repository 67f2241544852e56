//! One list seen by its days: a month or a week of it, weeks side by side, and all of it as a table.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BTreeSet},
};

use jiff::{
    Span as Days, ToSpan as _,
    civil::{Date, Time},
};

use super::{
    access,
    fields::{self, Field},
    figures::monday,
    filter::Query,
    ids::{LabelId, ListId, SectionId, StatusId, TaskId, TeamId},
    matching, permissions, saying,
    store::{self, List},
    store_time as rows,
    task::{Task, When},
};
use crate::{
    clock::day_typed,
    db::Access,
    error::Result,
    holidays,
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// A calendar shows so many tasks at most.
const MOST_ON_CALENDAR: i64 = 1000;
/// A timeline shows so many.
const MOST_ON_TIMELINE: i64 = 300;
/// A table is made of so many, the first of the list.
const MOST_IN_TABLE: i64 = 2000;
/// So many rows of it are on a page.
pub const ROWS: usize = 200;
/// So many weeks can be side by side.
pub const WEEKS: [i64; 4] = [4, 8, 13, 26];

/// How much of a calendar is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Span {
    /// A month, in whole weeks.
    #[default]
    Month,
    /// A week, from Monday.
    Week,
}

impl Span {
    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
        }
    }

    /// Reads it; anything else is a month.
    pub fn parse(word: &str) -> Self {
        if word == Self::Week.as_str() { Self::Week } else { Self::Month }
    }
}

/// A task, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The task.
    pub task: Task,
    /// It is overdue.
    pub late: bool,
}

/// A day of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// It is of the month that is shown, and not only of its first or last week.
    pub inside: bool,
    /// The business is closed.
    pub closed: bool,
    /// What is due, by time.
    pub tasks: Vec<Entry>,
}

/// A month or a week of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The list.
    pub list: List,
    /// Today, on the organisation's clock.
    pub today: Date,
    /// How much is shown.
    pub span: Span,
    /// The month's or the week's first day.
    pub first: Date,
    /// Where the one before begins.
    pub before: Option<Date>,
    /// Where the next begins.
    pub after: Option<Date>,
    /// Its weeks, from Monday.
    pub weeks: Vec<Vec<Day>>,
    /// There is more than is shown.
    pub more: bool,
    /// What is wrong with the filter.
    pub wrong: Option<String>,
}

/// A row of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// What follows is in this section.
    Section(String),
    /// A task, from one day of the timeline to another, both included.
    Task(Box<Entry>, i64, i64),
}

/// Weeks of a list side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The list.
    pub list: List,
    /// Today, on the organisation's clock.
    pub today: Date,
    /// The Monday that it begins with.
    pub first: Date,
    /// How many weeks.
    pub weeks: i64,
    /// Section by section.
    pub rows: Vec<Row>,
    /// Which row has to be done before which.
    pub links: Vec<(usize, usize)>,
    /// There is more than is shown.
    pub more: bool,
    /// What is wrong with the filter.
    pub wrong: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The word in addresses: a field's id for one of the list's own.
    pub key: String,
    /// What people read.
    pub label: String,
    /// Of a field of the list's own: what is in it.
    pub kind: Option<fields::Kind>,
}

/// What is asked for of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedTable {
    /// The keys of the columns that are shown; none: the usual.
    pub columns: Vec<String>,
    /// The key of the column by which it is sorted; empty: as the list is.
    pub sort: String,
    /// From the largest.
    pub descending: bool,
    /// From 1.
    pub page: usize,
    /// A filter.
    pub filter: String,
}

/// A list as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The list.
    pub list: List,
    /// All columns that there are, in order.
    pub all: Vec<Column>,
    /// Those that are shown.
    pub columns: Vec<Column>,
    /// A page of tasks, each with what is in its columns.
    pub rows: Vec<(Entry, Vec<String>)>,
    /// The page.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
    /// How many tasks.
    pub total: usize,
    /// There are more tasks than a table is made of.
    pub more: bool,
    /// What is wrong with the filter.
    pub wrong: Option<String>,
}

const COLUMNS: [(&str, &str, bool); 12] = [
    ("number", "Number", true),
    ("status", "Status", true),
    ("section", "Section", false),
    ("responsible", "Assigned to", true),
    ("people", "Also assigned to", false),
    ("team", "Team", false),
    ("priority", "Priority", true),
    ("start", "Starts", false),
    ("due", "Due", true),
    ("estimate", "Estimate", false),
    ("labels", "Labels", true),
    ("completed", "Completed", false),
];

/// A month or a week of a list: each task on the day on which it is due. `day`: any of them; empty: today's.
///
/// # Errors
/// 404 for a list that whoever asks can't see.
pub async fn calendar(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: &str,
    (span, day, filter): (Span, &str, &str),
) -> Result<Calendar> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, list).await?;
    let (today, now) = access::today(&tx)?;
    let day = day_typed(day).unwrap_or(today);
    let (first, end) = match span {
        Span::Month => (day.first_of_month(), day.last_of_month()),
        Span::Week => (monday(day), plus(monday(day), 6)),
    };
    let (from, until) = (monday(first), plus(monday(end), 6));
    let (narrowed, wrong) = narrowed(&mut tx, list.id, filter).await?;
    let limit = MOST_ON_CALENDAR.saturating_add(1);
    let mut found = rows::due_between(&mut tx, list.id, &from.to_string(), &until.to_string(), limit).await?;
    let more = cut(&mut found, MOST_ON_CALENDAR);
    let tasks = access::opened(&mut tx, found).await?;
    let closed = holidays::closed_days(&mut tx, from, until).await?;
    tx.rollback().await?;
    let mut by_day: BTreeMap<Date, Vec<Entry>> = BTreeMap::new();
    for task in tasks.into_iter().filter(|task| is_in(narrowed.as_ref(), task)) {
        if let Some(due) = task.due {
            by_day.entry(due.day).or_default().push(Entry::of(task, today, now));
        }
    }
    let one = |date: Date| {
        let mut tasks = by_day.remove(&date).unwrap_or_default();
        tasks.sort_by(|one, other| order_of_day(&one.task).cmp(&order_of_day(&other.task)));
        Day { date, inside: (first..=end).contains(&date), closed: closed.contains(&date), tasks }
    };
    let days: Vec<Day> = from.series(1.day()).take_while(|date| *date <= until).map(one).collect();
    let step: Days = if span == Span::Month { 1.month() } else { 1.week() };
    Ok(Calendar {
        list,
        today,
        span,
        first,
        before: first.checked_sub(step).ok().filter(|day| can_be_shown(*day)),
        after: first.checked_add(step).ok().filter(|day| can_be_shown(*day)),
        weeks: days.chunks(7).map(<[Day]>::to_vec).collect(),
        more,
        wrong,
    })
}

/// Weeks of a list side by side: each task from the day on which it starts to the one on which it is due. `day`: one of the first week; empty: the week
/// before today's.
///
/// # Errors
/// 404 for a list that whoever asks can't see.
pub async fn timeline(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: &str,
    (weeks, day, filter): (i64, &str, &str),
) -> Result<Timeline> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, list).await?;
    let (today, now) = access::today(&tx)?;
    let weeks = if WEEKS.contains(&weeks) { weeks } else { 8 };
    let first = monday(day_typed(day).unwrap_or_else(|| plus(today, -7)));
    let days = weeks.saturating_mul(7);
    let end = plus(first, days.saturating_sub(1));
    let (narrowed, wrong) = narrowed(&mut tx, list.id, filter).await?;
    let limit = MOST_ON_TIMELINE.saturating_add(1);
    let mut found = rows::dated_between(&mut tx, list.id, &first.to_string(), &end.to_string(), limit).await?;
    let more = cut(&mut found, MOST_ON_TIMELINE);
    let tasks = access::opened(&mut tx, found).await?;
    let sections = store::sections(&mut tx, list.id).await?;
    let waits = rows::links_within(&mut tx, list.id).await?;
    tx.rollback().await?;
    let mut by_section: BTreeMap<Option<SectionId>, Vec<Task>> = BTreeMap::new();
    for task in tasks.into_iter().filter(|task| is_in(narrowed.as_ref(), task)) {
        by_section.entry(task.section).or_default().push(task);
    }
    let (mut rows, mut places) = (Vec::new(), BTreeMap::new());
    let has_sections = !sections.is_empty();
    let parts = sections.into_iter().map(|section| (Some(section.id), section.name));
    for (id, name) in std::iter::once((None, "No section".to_owned())).chain(parts) {
        let Some(tasks) = by_section.remove(&id) else { continue };
        if has_sections {
            rows.push(Row::Section(name));
        }
        for task in tasks {
            let (Some(start), Some(due)) = (task.start.or(task.due), task.due.or(task.start)) else { continue };
            places.insert(task.id, rows.len());
            let at = |day: Date| day.duration_since(first).as_hours() / 24;
            let (from, until) = (at(start.day).max(0), at(due.day).min(days.saturating_sub(1)));
            rows.push(Row::Task(Box::new(Entry::of(task, today, now)), from, until));
        }
    }
    let place = |id: &TaskId| places.get(id).copied();
    let links = waits.iter().filter_map(|(first, then)| Some((place(first)?, place(then)?))).collect();
    Ok(Timeline { list, today, first, weeks, rows, links, more, wrong })
}

/// A list as a table, with all that its tasks have.
///
/// # Errors
/// 404 for a list that whoever asks can't see.
pub async fn table(platform: &Platform, actor: &Actor, org: &str, list: &str, asked: &AskedTable) -> Result<Table> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, list).await?;
    let (today, now) = access::today(&tx)?;
    let (narrowed, wrong) = narrowed(&mut tx, list.id, &asked.filter).await?;
    let mut found = store::page(&mut tx, list.id, None, "", MOST_IN_TABLE.saturating_add(1)).await?;
    let more = cut(&mut found, MOST_IN_TABLE);
    let mut tasks = access::opened(&mut tx, found).await?;
    tasks.retain(|task| is_in(narrowed.as_ref(), task));
    let book = Book::read(&mut tx, list.id, tasks.iter().map(|task| task.id)).await?;
    tx.rollback().await?;
    let own = book.fields.iter().map(|field| Column {
        key: field.id.to_string(),
        label: field.name.clone(),
        kind: Some(field.kind),
    });
    let usual =
        COLUMNS.iter().map(|(key, label, _)| Column { key: (*key).to_owned(), label: (*label).to_owned(), kind: None });
    let all: Vec<Column> = usual.chain(own).collect();
    let is_usual = |key: &str| COLUMNS.iter().any(|(usual, _, shown)| *usual == key && *shown);
    let is_shown = |column: &&Column| {
        if asked.columns.is_empty() {
            is_usual(&column.key) || book.fields.iter().any(|field| field.id.to_string() == column.key)
        } else {
            asked.columns.contains(&column.key)
        }
    };
    let columns: Vec<Column> = all.iter().filter(is_shown).cloned().collect();
    if asked.sort == "title" || all.iter().any(|column| column.key == asked.sort) {
        let key = |task: &Task| book.key(task, &asked.sort);
        if asked.descending {
            // What is empty stays last.
            tasks.sort_by_cached_key(|task| (key(task) == Key::None, Reverse(key(task))));
        } else {
            tasks.sort_by_cached_key(key);
        }
    }
    let (total, pages) = (tasks.len(), tasks.len().div_ceil(ROWS).max(1));
    let page = asked.page.clamp(1, pages);
    let shown = tasks.into_iter().skip(page.saturating_sub(1).saturating_mul(ROWS)).take(ROWS);
    let rows = shown
        .map(|task| {
            let cells = columns.iter().map(|column| book.words(&task, &column.key)).collect();
            (Entry::of(task, today, now), cells)
        })
        .collect();
    Ok(Table { list, all, columns, rows, page, pages, total, more, wrong })
}

impl Entry {
    fn of(task: Task, today: Date, now: Time) -> Self {
        let late = !task.is_done() && task.due.is_some_and(|due| due.is_past(today, now));
        Self { task, late }
    }
}

/// What a column is sorted by: what is empty comes last.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Number(i64),
    Words(String),
    None,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Words(one), Self::Words(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Key {
    const fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Words(_) => 1,
            Self::None => 2,
        }
    }

    fn words(text: &str) -> Self {
        if text.is_empty() { Self::None } else { Self::Words(text.to_lowercase()) }
    }
}

/// What a table needs to know beside the tasks.
struct Book {
    statuses: Vec<(StatusId, String)>,
    sections: BTreeMap<SectionId, String>,
    teams: BTreeMap<TeamId, String>,
    labels: BTreeMap<LabelId, String>,
    names: BTreeMap<UserId, String>,
    fields: Vec<Field>,
    values: BTreeMap<TaskId, BTreeMap<super::ids::FieldId, serde_json::Value>>,
}

impl Book {
    async fn read(tx: &mut OrgTx, list: ListId, tasks: impl Iterator<Item = TaskId>) -> Result<Self> {
        let mut fields = fields::of_list(tx, list).await?;
        fields.retain(|field| !field.archived);
        let values = if fields.is_empty() { BTreeMap::new() } else { fields::values(tx, tasks).await? };
        Ok(Self {
            statuses: store::statuses(tx, list).await?.into_iter().map(|status| (status.id, status.name)).collect(),
            sections: store::sections(tx, list).await?.into_iter().map(|section| (section.id, section.name)).collect(),
            teams: store::teams(tx).await?.into_iter().map(|team| (team.id, team.name)).collect(),
            labels: store::labels(tx).await?.into_iter().map(|label| (label.id, label.name)).collect(),
            names: fields::names(tx).await?,
            fields,
            values,
        })
    }

    fn name(&self, user: UserId) -> String {
        self.names.get(&user).cloned().unwrap_or_else(|| saying::capital(&saying::former(user)))
    }

    fn value(&self, task: &Task, key: &str) -> Option<(&Field, &serde_json::Value)> {
        let field = self.fields.iter().find(|field| field.id.to_string() == key)?;
        Some((field, self.values.get(&task.id)?.get(&field.id)?))
    }

    /// What is in a column of a task, for people.
    fn words(&self, task: &Task, key: &str) -> String {
        let named = |found: Option<&String>| found.cloned().unwrap_or_default();
        match key {
            "number" => format!("T-{}", task.number),
            "status" => named(self.statuses.iter().find(|(id, _)| *id == task.status).map(|(_, name)| name)),
            "section" => named(task.section.and_then(|id| self.sections.get(&id))),
            "responsible" => task.responsible.map(|user| self.name(user)).unwrap_or_default(),
            "people" => {
                let others = task.doers().filter(|user| Some(*user) != task.responsible);
                others.map(|user| self.name(user)).collect::<Vec<_>>().join(", ")
            }
            "team" => named(task.team.and_then(|id| self.teams.get(&id))),
            "priority" if task.priority == 0 => String::new(),
            "priority" => saying::priority_words(task.priority).to_owned(),
            "start" => task.start.map(when_words).unwrap_or_default(),
            "due" => task.due.map(when_words).unwrap_or_default(),
            "estimate" => task.estimate.map(saying::minutes_words).unwrap_or_default(),
            "labels" => {
                let mut labels: Vec<&str> =
                    task.labels.iter().filter_map(|id| self.labels.get(id)).map(String::as_str).collect();
                labels.sort_unstable();
                labels.join(", ")
            }
            "completed" if task.is_done() => "Yes".to_owned(),
            "completed" => String::new(),
            _ => self.value(task, key).map(|(field, value)| field.shown(value, &self.names)).unwrap_or_default(),
        }
    }

    fn key(&self, task: &Task, key: &str) -> Key {
        let day = |when: Option<When>| {
            when.map_or(Key::None, |when| {
                let (day, time) = when.to_stored();
                // Without a time it is due as the day is over.
                Key::Words(format!("{day} {}", time.unwrap_or_else(|| "24:00".to_owned())))
            })
        };
        match key {
            "title" => Key::words(&task.title),
            "number" => Key::Number(task.number),
            "status" => {
                let at = self.statuses.iter().position(|(id, _)| *id == task.status);
                at.and_then(|at| i64::try_from(at).ok()).map_or(Key::None, Key::Number)
            }
            // From the most urgent.
            "priority" if task.priority > 0 => Key::Number(-task.priority),
            "priority" => Key::None,
            "start" => day(task.start),
            "due" => day(task.due),
            "estimate" => task.estimate.map_or(Key::None, Key::Number),
            "completed" => task.completed_at.map_or(Key::None, |at| Key::Number(at.micros())),
            _ => match self.value(task, key) {
                Some((field, value)) if value.is_number() => field.in_parts(value).map_or(Key::None, Key::Number),
                Some((field, value)) if field.kind == fields::Kind::Date => {
                    Key::words(value.as_str().unwrap_or_default())
                }
                _ => Key::words(&self.words(task, key)),
            },
        }
    }
}

/// The tasks that a filter asks for; the first is `None` where it asks for nothing, the second says what is wrong with it.
async fn narrowed(tx: &mut OrgTx, list: ListId, filter: &str) -> Result<(Option<BTreeSet<TaskId>>, Option<String>)> {
    if filter.trim().is_empty() {
        return Ok((None, None));
    }
    match Query::parse(filter) {
        Ok(query) => {
            let book = matching::Book::read(tx, Some(list)).await?;
            let found = matching::of(tx, &book, &query, matching::MOST).await?;
            Ok((Some(found.rows.into_iter().map(|row| row.id).collect()), None))
        }
        Err(problem) => Ok((None, Some(problem.message))),
    }
}

fn is_in(narrowed: Option<&BTreeSet<TaskId>>, task: &Task) -> bool {
    narrowed.is_none_or(|ids| ids.contains(&task.id))
}

/// Leaves as many as are shown. `true`: there were more.
fn cut<T>(found: &mut Vec<T>, most: i64) -> bool {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    more
}

/// By time, those without one last, then as the list is.
fn order_of_day(task: &Task) -> (bool, Option<Time>, &str) {
    let time = task.due.and_then(|due| due.time);
    (time.is_none(), time, &task.position)
}

/// "27 Nov 2026, 3:00 pm"
fn when_words(when: When) -> String {
    let day = when.day.strftime("%-d %b %Y").to_string();
    when.time.map_or(day.clone(), |time| format!("{day}, {}", saying::time_words(time)))
}

/// So many days later, held at the ends of the calendar.
fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(Days::new().days(days))
}

fn can_be_shown(day: Date) -> bool {
    (1900..=9900).contains(&day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_comes_last() {
        let mut keys = [Key::None, Key::Words("b".to_owned()), Key::Number(3), Key::words("A"), Key::Number(-1)];
        keys.sort();
        let [a, b] = ["a", "b"].map(|word| Key::Words(word.to_owned()));
        assert_eq!(keys, [Key::Number(-1), Key::Number(3), a, b, Key::None]);
    }
}
