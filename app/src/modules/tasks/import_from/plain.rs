//! Any table whose first row names its columns: which column is what, which is guessed and can be said otherwise, and its rows as tasks. A column that
//! is nothing that a task has becomes a field of the list.

use std::collections::{HashMap, HashSet};

use csv::StringRecord;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::import_tree::{Builder, From, Ledger, Part, Stage, Task, Tree, Who},
    Unreadable,
    days::Order,
    table::{self, Extra},
};
use crate::{
    csv_in::{self, Grid},
    error::{FieldErrors, Result},
};

const NOBODY: &str = "No task in the file has that id or that name.";
const SEVERAL: &str = "Several tasks have that name.";

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// What is to be done.
    Title,
    /// More about it.
    Notes,
    /// By when.
    Due,
    /// Not before.
    Start,
    /// How far it has come; also yes or no.
    Status,
    /// When it was completed.
    Completed,
    /// Which part of the list it is in.
    Section,
    /// Whose it is, and who else is on it.
    Assignee,
    /// What it is about.
    Labels,
    /// How much it matters.
    Priority,
    /// How long it takes.
    Estimate,
    /// What it is called where it comes from.
    Id,
    /// The task that it is under, by that or by its title.
    Parent,
}

impl Field {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 13] = [
        Self::Title,
        Self::Notes,
        Self::Due,
        Self::Start,
        Self::Status,
        Self::Completed,
        Self::Section,
        Self::Assignee,
        Self::Labels,
        Self::Priority,
        Self::Estimate,
        Self::Id,
        Self::Parent,
    ];

    /// The word in forms and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Notes => "notes",
            Self::Due => "due",
            Self::Start => "start",
            Self::Status => "status",
            Self::Completed => "completed",
            Self::Section => "section",
            Self::Assignee => "assignee",
            Self::Labels => "labels",
            Self::Priority => "priority",
            Self::Estimate => "estimate",
            Self::Id => "id",
            Self::Parent => "parent",
        }
    }

    /// "Due"
    pub const fn label(self) -> &'static str {
        match self {
            Self::Title => "Title",
            Self::Notes => "Notes",
            Self::Due => "Due",
            Self::Start => "Start",
            Self::Status => "Status",
            Self::Completed => "Completed on",
            Self::Section => "Section",
            Self::Assignee => "People",
            Self::Labels => "Labels",
            Self::Priority => "Priority",
            Self::Estimate => "Estimate",
            Self::Id => "Number or id",
            Self::Parent => "Subtask of",
        }
    }

    /// How files call such a column, without spaces, signs and capitals; what says it best first.
    const fn known_as(self) -> &'static [&'static str] {
        match self {
            Self::Title => &[
                "title",
                "task",
                "taskname",
                "tasktitle",
                "name",
                "todo",
                "summary",
                "subject",
                "item",
                "content",
                "cardname",
                "cardtitle",
                "what",
                "action",
                "issue",
            ],
            Self::Notes => &[
                "notes",
                "note",
                "description",
                "details",
                "carddescription",
                "desc",
                "body",
                "comment",
                "comments",
                "about",
            ],
            Self::Due => &[
                "due",
                "duedate",
                "dueday",
                "dueon",
                "dueby",
                "deadline",
                "date",
                "enddate",
                "finish",
                "finishdate",
                "end",
                "when",
                "targetdate",
            ],
            Self::Start => {
                &["start", "startdate", "starton", "startday", "begin", "begins", "from", "startsat", "starts"]
            }
            Self::Status => &[
                "status",
                "state",
                "stage",
                "column",
                "progress",
                "listname",
                "bucket",
                "bucketname",
                "done",
                "complete",
                "iscomplete",
                "isdone",
                "finished",
            ],
            Self::Completed => &[
                "completedat",
                "completedon",
                "completeddate",
                "datecompleted",
                "completiondate",
                "completed",
                "closedat",
                "closedon",
                "doneat",
                "doneon",
                "finishedat",
                "finishedon",
                "resolved",
            ],
            Self::Section => &["section", "group", "phase", "category", "sectioncolumn", "folder", "milestone"],
            Self::Assignee => &[
                "assignee",
                "assignees",
                "assignedto",
                "assigned",
                "responsible",
                "owner",
                "person",
                "people",
                "who",
                "member",
                "members",
                "email",
                "assigneeemail",
                "user",
            ],
            Self::Labels => &["labels", "label", "tags", "tag", "categories", "topics", "keywords"],
            Self::Priority => &["priority", "prio", "importance", "urgency"],
            Self::Estimate => &[
                "estimate",
                "estimateminutes",
                "estimatedminutes",
                "estimateinminutes",
                "minutes",
                "duration",
                "estimatehours",
                "estimatedhours",
                "hours",
                "effort",
                "timeestimate",
                "originalestimate",
                "estimatedtime",
            ],
            Self::Id => {
                &["id", "taskid", "key", "number", "no", "cardid", "externalid", "reference", "ref", "issuekey"]
            }
            Self::Parent => {
                &["parent", "parenttask", "parentid", "partof", "under", "subtaskof", "parentkey", "parenttitle"]
            }
        }
    }
}

/// Which column of a file is what; the first is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskImportColumns)]
pub struct Columns {
    /// What is to be done.
    #[serde(default)]
    pub title: Option<usize>,
    /// More about it.
    #[serde(default)]
    pub notes: Option<usize>,
    /// By when.
    #[serde(default)]
    pub due: Option<usize>,
    /// Not before.
    #[serde(default)]
    pub start: Option<usize>,
    /// How far it has come; also yes or no.
    #[serde(default)]
    pub status: Option<usize>,
    /// When it was completed.
    #[serde(default)]
    pub completed: Option<usize>,
    /// Which part of the list it is in.
    #[serde(default)]
    pub section: Option<usize>,
    /// Whose it is, and who else is on it: names or addresses, with commas or semicolons between them.
    #[serde(default)]
    pub assignee: Option<usize>,
    /// What it is about, with commas or semicolons between them.
    #[serde(default)]
    pub labels: Option<usize>,
    /// How much it matters: a word, or 0 to 4.
    #[serde(default)]
    pub priority: Option<usize>,
    /// How long it takes: `90`, `1h 30m`, `1:30`. A number alone is in minutes, or in hours where the column’s name says so.
    #[serde(default)]
    pub estimate: Option<usize>,
    /// What it is called where it comes from.
    #[serde(default)]
    pub id: Option<usize>,
    /// The task that it is under, by its id or its title.
    #[serde(default)]
    pub parent: Option<usize>,
    /// Columns that are left out; those that are neither here nor above become fields of the list.
    #[serde(default)]
    pub without: Vec<usize>,
}

impl Columns {
    /// What a column of a file is, by what the columns are called. What isn’t sure is left for a person to choose.
    pub fn guess(names: &[String]) -> Self {
        let short: Vec<String> = names.iter().map(|name| csv_in::compared(name)).collect();
        let mut columns = Self::default();
        for field in Field::ALL {
            let found = field
                .known_as()
                .iter()
                .find_map(|word| short.iter().enumerate().position(|(at, name)| name == word && !columns.has(at)));
            columns.put(field, found);
        }
        columns
    }

    /// The column that is this.
    pub fn get(&self, field: Field) -> Option<usize> {
        match field {
            Field::Title => self.title,
            Field::Notes => self.notes,
            Field::Due => self.due,
            Field::Start => self.start,
            Field::Status => self.status,
            Field::Completed => self.completed,
            Field::Section => self.section,
            Field::Assignee => self.assignee,
            Field::Labels => self.labels,
            Field::Priority => self.priority,
            Field::Estimate => self.estimate,
            Field::Id => self.id,
            Field::Parent => self.parent,
        }
    }

    /// Says which column is this.
    pub fn put(&mut self, field: Field, column: Option<usize>) {
        let place = match field {
            Field::Title => &mut self.title,
            Field::Notes => &mut self.notes,
            Field::Due => &mut self.due,
            Field::Start => &mut self.start,
            Field::Status => &mut self.status,
            Field::Completed => &mut self.completed,
            Field::Section => &mut self.section,
            Field::Assignee => &mut self.assignee,
            Field::Labels => &mut self.labels,
            Field::Priority => &mut self.priority,
            Field::Estimate => &mut self.estimate,
            Field::Id => &mut self.id,
            Field::Parent => &mut self.parent,
        };
        *place = column;
    }

    /// With these a file of so many columns can be read.
    ///
    /// # Errors
    /// 422 at each field that is wrong.
    pub fn check(&self, count: usize) -> Result<()> {
        let mut errors = FieldErrors::default();
        let mut seen = HashSet::new();
        for field in Field::ALL {
            match self.get(field) {
                Some(column) if column >= count => errors.add(field.as_str(), "The file has no such column."),
                Some(column) if !seen.insert(column) => {
                    errors.add(field.as_str(), "Another field has this column already.");
                }
                None if field == Field::Title => errors.add(field.as_str(), "Choose a column."),
                _ => {}
            }
        }
        if self.without.iter().any(|column| *column >= count) {
            errors.add("without", "The file has no such column.");
        }
        errors.finish()
    }

    fn has(&self, column: usize) -> bool {
        Field::ALL.into_iter().any(|field| self.get(field) == Some(column))
    }

    fn used(&self) -> Vec<usize> {
        Field::ALL.into_iter().filter_map(|field| self.get(field)).chain(self.without.iter().copied()).collect()
    }
}

/// What the columns of a file are called, for whoever says what they are.
///
/// # Errors
/// It is no table.
pub fn names(file: &[u8]) -> std::result::Result<Vec<String>, Unreadable> {
    table::open(file, From::Csv).map(|grid| grid.names)
}

/// Reads a file whose columns are what they are called.
///
/// # Errors
/// It is no table, or no column of it is called “Title”.
pub(super) fn read(file: &[u8], today: Date) -> std::result::Result<Tree, Unreadable> {
    let grid = table::open(file, From::Csv)?;
    let columns = Columns::guess(&grid.names);
    read_grid(&grid, &columns, today)
}

/// Reads a file whose columns are what somebody says. What [`Columns::check`] would refuse is as if it weren’t there.
///
/// # Errors
/// It is no table, or no column of it is the title.
pub fn read_as(file: &[u8], columns: &Columns, today: Date) -> std::result::Result<Tree, Unreadable> {
    read_grid(&table::open(file, From::Csv)?, columns, today)
}

fn read_grid(grid: &Grid, columns: &Columns, today: Date) -> std::result::Result<Tree, Unreadable> {
    if columns.title.is_none_or(|column| column >= grid.names.len()) {
        return Err(csv_in::Unreadable::Missing("Title").into());
    }
    let mut builder = Builder::new(From::Csv);
    if let Some(list) = builder.list("table", "Imported tasks", "") {
        let sources = grid.rows.iter().map(|(line, row)| match table::cell(row, columns.id) {
            "" => format!("row {line}"),
            id => id.to_owned(),
        });
        let sources: Vec<String> = sources.collect();
        let reader = Reader::new(grid, columns, &sources, today);
        reader.declare(&mut builder, list);
        for ((_, cells), source) in grid.rows.iter().zip(&sources) {
            table::surplus(&mut builder.ledger, grid, cells);
            let mut task = reader.task(&mut builder.ledger, source, cells);
            for extra in &reader.extras {
                extra.fill(&mut builder.ledger, &mut task, cells, today);
            }
            // Its section alone says nothing.
            if task == (Task { section: task.section.clone(), ..Task::new(source, "") }) {
                let why = "There is nothing to do in them.";
                builder.ledger.leave(
                    Part::Other,
                    "Rows without a title",
                    why,
                    task.section.as_deref().unwrap_or(source),
                );
            } else {
                builder.task(list, task);
            }
        }
    }
    Ok(builder.finish()?)
}

struct Reader<'g> {
    grid: &'g Grid,
    columns: &'g Columns,
    today: Date,
    extras: Vec<Extra>,
    /// The rows that are called so, by their ids and their titles; `None`: several are.
    named: HashMap<&'g str, Option<&'g str>>,
    due: Order,
    start: Order,
    completed: Order,
    in_hours: bool,
}

impl<'g> Reader<'g> {
    fn new(grid: &'g Grid, columns: &'g Columns, sources: &'g [String], today: Date) -> Self {
        let column = |field| columns.get(field);
        let cells = |field| grid.rows.iter().map(move |(_, row)| table::cell(row, column(field)));
        let order = |field| Order::of(cells(field), today);
        let mut named: HashMap<&str, Option<&str>> = HashMap::new();
        for ((_, row), source) in grid.rows.iter().zip(sources) {
            let title = table::cell(row, columns.title);
            named.entry(title).and_modify(|one| *one = None).or_insert(Some(source));
        }
        // An id goes before another’s title.
        for (_, row) in &grid.rows {
            let id = table::cell(row, columns.id);
            named.insert(id, Some(id));
        }
        named.remove("");
        let name = columns.estimate.and_then(|column| grid.names.get(column)).map(|name| csv_in::compared(name));
        Self {
            grid,
            columns,
            today,
            extras: Extra::all(grid, &columns.used(), today),
            named,
            due: order(Field::Due),
            start: order(Field::Start),
            completed: order(Field::Completed),
            in_hours: name.is_some_and(|name| name.contains("hour") || name.ends_with("hrs")),
        }
    }

    /// Columns, sections and fields, in the order in which they come.
    fn declare(&self, builder: &mut Builder, list: usize) {
        for extra in &self.extras {
            extra.declare(builder, list);
        }
        let (mut statuses, mut sections) = (HashSet::new(), HashSet::new());
        for (_, cells) in &self.grid.rows {
            let status = table::cell(cells, self.columns.status);
            if !status.is_empty() && yes(status).is_none() && statuses.insert(status.to_lowercase()) {
                builder.status(list, &status.to_lowercase(), status, Stage::of_name(status));
            }
            let section = table::cell(cells, self.columns.section);
            if !section.is_empty() && sections.insert(section) {
                builder.section(list, section, section);
            }
        }
    }

    fn task(&self, ledger: &mut Ledger, source: &str, cells: &StringRecord) -> Task {
        let at = |field| self.columns.get(field).map_or("", |column| csv_in::cell(cells, column));
        let mut task = Task::new(source, at(Field::Title));
        at(Field::Notes).clone_into(&mut task.notes);
        task.due = table::day(ledger, "Due dates", at(Field::Due), self.due, self.today);
        task.start = table::day(ledger, "Start dates", at(Field::Start), self.start, self.today);
        self.status(ledger, &mut task, at(Field::Status), at(Field::Completed));
        task.section = Some(at(Field::Section)).filter(|section| !section.is_empty()).map(str::to_owned);
        let people = at(Field::Assignee);
        let separators: &[char] = if people.contains([';', '|', '\n']) { &[';', '|', '\n'] } else { &[','] };
        for words in table::pieces(ledger, Part::Person, people, separators) {
            match Who::of_words(words) {
                Some(who) => task.person(ledger, who),
                None => ledger.leave(Part::Person, "People", "They have no name.", words),
            }
        }
        for label in table::pieces(ledger, Part::Label, at(Field::Labels), &[',', ';', '|', '\n']) {
            match label.strip_prefix('#').unwrap_or(label) {
                "" => ledger.leave(Part::Label, "Labels", "They have no name.", label),
                label => task.label(ledger, label),
            }
        }
        let words = at(Field::Priority);
        task.priority = priority(words).unwrap_or_else(|| {
            ledger.leave(Part::Priority, "Priorities", "Write none, low, medium, high or urgent, or 0 to 4.", words);
            0
        });
        let words = at(Field::Estimate);
        if !words.is_empty() {
            task.estimate = minutes(words, self.in_hours);
            if task.estimate.is_none() {
                ledger.leave(Part::Estimate, "Estimates", "They can’t be read. Write them like 90 or 1h 30m.", words);
            }
        }
        self.parent(ledger, &mut task, at(Field::Parent));
        task
    }

    fn status(&self, ledger: &mut Ledger, task: &mut Task, status: &str, completed: &str) {
        if let Some(done) = yes(status) {
            task.done = done;
        } else {
            task.status = status.to_lowercase();
            task.done = Stage::of_name(status) == Stage::Done;
        }
        // Some files say when, and some that it is.
        if let Some(done) = yes(completed) {
            task.done |= done;
        } else {
            task.completed_at = table::day(ledger, "Dates of completion", completed, self.completed, self.today);
            task.done |= task.completed_at.is_some();
        }
    }

    fn parent(&self, ledger: &mut Ledger, task: &mut Task, words: &str) {
        const WHAT: &str = "Places under another task";
        if words.is_empty() {
            return;
        }
        match self.named.get(words) {
            Some(Some(source)) => task.parent = Some((*source).to_owned()),
            Some(None) => ledger.leave(Part::Subtask, WHAT, SEVERAL, words),
            None => ledger.leave(Part::Subtask, WHAT, NOBODY, words),
        }
    }
}

/// A cell that says yes or no, as the box of a spreadsheet does; nothing is no.
fn yes(words: &str) -> Option<bool> {
    let is = |list: &[&str]| list.iter().any(|word| words.eq_ignore_ascii_case(word));
    if is(&["yes", "y", "true", "x", "1", "✓", "✔", "☑"]) {
        Some(true)
    } else if is(&["", "no", "n", "false", "0", "-", "☐"]) {
        Some(false)
    } else {
        None
    }
}

/// How much something matters, in words: 0 none to 4 urgent. `None`: nobody can tell.
pub(super) fn priority(words: &str) -> Option<u8> {
    let compared = csv_in::compared(words);
    Some(match compared.as_str() {
        "" | "0" | "none" | "no" | "normal" | "p4" => 0,
        "1" | "low" | "lowest" | "minor" => 1,
        "2" | "medium" | "med" | "moderate" | "p3" => 2,
        "3" | "high" | "important" | "major" | "p2" => 3,
        "4" | "urgent" | "highest" | "critical" | "asap" | "p1" => 4,
        _ => return None,
    })
}

/// How long something takes, in minutes: `90`, `1h 30m`, `1.5 hours`, `1:30`, `2 days` of eight hours each.
fn minutes(words: &str, in_hours: bool) -> Option<u32> {
    let words = words.trim().to_lowercase();
    if words.len() > 40 {
        return None;
    }
    if let Some((hours, minutes)) = words.split_once(':') {
        let minutes: u32 = minutes.parse().ok().filter(|minutes| *minutes < 60 && words.len() <= 8)?;
        return hours.parse::<u32>().ok()?.checked_mul(60)?.checked_add(minutes);
    }
    let mut total: u32 = 0;
    let mut rest = words.as_str();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let times = match unit {
            "" if in_hours => 60,
            "" | "m" | "min" | "mins" | "minute" | "minutes" => 1,
            "h" | "hr" | "hrs" | "hour" | "hours" => 60,
            "d" | "day" | "days" => 480,
            _ => return None,
        };
        total = total.checked_add(times_of(number, times)?)?;
        rest = after.trim_start_matches([' ', ',']);
    }
    Some(total).filter(|total| *total > 0)
}

/// So many times a number that may have a part after its point: in hundredths, and rounded to a whole.
fn times_of(number: &str, times: u32) -> Option<u32> {
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let part = match part.len() {
        1 => part.parse::<u32>().ok()?.checked_mul(10)?,
        2 => part.parse().ok()?,
        _ => return None,
    };
    let hundredths = whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(part)?.checked_mul(times)?;
    Some(hundredths.checked_add(50)? / 100)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_are_known_by_their_names() {
        let names = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
        let columns = Columns::guess(&names("Task Name|Due date|Assigned to|Notes|Budget|Date"));
        assert_eq!((columns.title, columns.due, columns.assignee, columns.notes), (Some(0), Some(1), Some(2), Some(3)));
        assert!(columns.check(6).is_ok());
        assert!(columns.check(2).is_err());
        assert!(Columns::default().check(2).is_err());
        assert!(Columns { notes: Some(0), title: Some(0), ..Columns::default() }.check(2).is_err());
        assert!(Columns { title: Some(0), without: vec![2], ..Columns::default() }.check(2).is_err());
        for field in Field::ALL {
            let mut columns = Columns::default();
            columns.put(field, Some(7));
            assert_eq!(columns.get(field), Some(7));
            assert_eq!(field.as_str(), csv_in::compared(field.as_str()));
            assert!(field.known_as().iter().all(|word| csv_in::compared(word) == *word));
        }
    }

    #[test]
    fn estimates_are_read_as_people_write_them() {
        for (words, hours, wanted) in [
            ("90", false, Some(90)),
            ("1.5", true, Some(90)),
            ("1h 30m", false, Some(90)),
            ("1h30", false, Some(90)),
            ("1:30", false, Some(90)),
            ("1.25 hours", false, Some(75)),
            ("2 days", false, Some(960)),
            ("0", false, None),
            ("soon", false, None),
            ("1.234h", false, None),
            ("99999999999", false, None),
            ("", false, None),
        ] {
            assert_eq!(minutes(words, hours), wanted, "{words}");
        }
    }

    proptest! {
        #[test]
        fn no_estimate_is_too_much(words in ".{0,45}", digits in "[0-9.:hmd ]{0,45}", hours: bool) {
            let _ = (minutes(&words, hours), minutes(&digits, hours), priority(&words), yes(&words));
        }
    }
}
