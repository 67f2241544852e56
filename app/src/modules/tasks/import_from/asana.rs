//! A project of Asana, as it exports one: a table with a row for each task. It calls the task above, and those that are waited for, by their names
//! alone; where several are called so, nobody can tell which is meant, and none is taken.

use std::collections::{HashMap, HashSet};

use csv::StringRecord;
use jiff::civil::Date;

use super::{
    super::import_tree::{Builder, From, Ledger, Part, Task, Tree, Who},
    Unreadable,
    days::Order,
    plain,
    table::{self, Extra, cell},
};
use crate::csv_in::Grid;

const HOW: &str = "In Asana, open the project and choose the arrow beside its name, then Export, then CSV.";
const SEVERAL: &str = "Asana calls the other task by its name, and several are called so.";
const NOBODY: &str = "Asana calls the other task by its name, and none in the file is called so.";

/// What the columns are.
#[derive(Debug)]
struct Columns {
    id: Option<usize>,
    name: usize,
    completed: Option<usize>,
    section: Option<usize>,
    assignee: Option<usize>,
    email: Option<usize>,
    start: Option<usize>,
    due: Option<usize>,
    tags: Option<usize>,
    notes: Option<usize>,
    projects: Option<usize>,
    parent: Option<usize>,
    blocked_by: Option<usize>,
    blocking: Option<usize>,
    priority: Option<usize>,
}

impl Columns {
    fn of(grid: &Grid) -> Result<Self, Unreadable> {
        let at = |words: &[&str]| table::column(&grid.names, words);
        let (Some(name), id, projects) = (at(&["name", "taskname"]), at(&["taskid"]), at(&["projects"])) else {
            return Err(Unreadable::Unlike(From::Asana.file(), HOW));
        };
        let completed = at(&["completedat"]);
        if id.is_none() && completed.is_none() {
            return Err(Unreadable::Unlike(From::Asana.file(), HOW));
        }
        let priority = at(&["priority"]).filter(|column| {
            let mut cells = grid.rows.iter().map(|(_, row)| cell(row, Some(*column)));
            cells.all(|cell| cell.is_empty() || plain::priority(cell).is_some())
        });
        Ok(Self {
            id,
            name,
            completed,
            section: at(&["sectioncolumn", "section", "column"]),
            assignee: at(&["assignee"]),
            email: at(&["assigneeemail"]),
            start: at(&["startdate", "starton"]),
            due: at(&["duedate", "dueon"]),
            tags: at(&["tags"]),
            notes: at(&["notes", "description"]),
            projects,
            parent: at(&["parenttask"]),
            blocked_by: at(&["blockedbydependencies", "blockedby"]),
            blocking: at(&["blockingdependencies", "blocking"]),
            priority,
        })
    }

    /// Those that are something, and those that say nothing about a task.
    fn used(&self, grid: &Grid) -> Vec<usize> {
        let silent = ["createdat", "lastmodified"].map(|word| table::column(&grid.names, &[word]));
        let named = [
            self.id,
            Some(self.name),
            self.completed,
            self.section,
            self.assignee,
            self.email,
            self.start,
            self.due,
            self.tags,
            self.notes,
            self.projects,
            self.parent,
            self.blocked_by,
            self.blocking,
            self.priority,
        ];
        named.into_iter().chain(silent).flatten().collect()
    }
}

/// Reads a file.
///
/// # Errors
/// It is no such file.
pub fn read(file: &[u8], today: Date) -> Result<Tree, Unreadable> {
    let grid = table::open(file, From::Asana)?;
    let columns = Columns::of(&grid)?;
    let mut builder = Builder::new(From::Asana);
    let project = project(&grid, &columns);
    if let Some(list) = builder.list("project", &project, "") {
        let extras = Extra::all(&grid, &columns.used(&grid), today);
        for extra in &extras {
            extra.declare(&mut builder, list);
        }
        let mut sections = HashSet::new();
        for (_, cells) in &grid.rows {
            let section = cell(cells, columns.section);
            if !section.is_empty() && sections.insert(section) {
                builder.section(list, section, section);
            }
        }
        let sources: Vec<String> = grid.rows.iter().map(|(line, cells)| source(&columns, *line, cells)).collect();
        let named = Named::of(&grid, &columns, &sources);
        let mut blockers = blockers(&grid, &columns, &sources, &named, &mut builder.ledger);
        for ((_, cells), source) in grid.rows.iter().zip(&sources) {
            table::surplus(&mut builder.ledger, &grid, cells);
            let mut task = task(&mut builder.ledger, &columns, source, cells, today);
            above(&mut builder.ledger, &mut task, &named, cell(cells, columns.parent));
            // Said from both sides, it is still one.
            let mut others = named.all(&mut builder.ledger, cell(cells, columns.blocked_by));
            let said = blockers.remove(source.as_str()).unwrap_or_default();
            others.extend(said.into_iter().filter(|other| !others.contains(other)).collect::<Vec<_>>());
            for other in others {
                task.blocked_by(&mut builder.ledger, other);
            }
            for extra in &extras {
                extra.fill(&mut builder.ledger, &mut task, cells, today);
            }
            further(&mut builder.ledger, &project, cell(cells, columns.projects));
            builder.task(list, task);
        }
    }
    Ok(builder.finish()?)
}

fn source(columns: &Columns, line: u64, cells: &StringRecord) -> String {
    match cell(cells, columns.id) {
        "" => format!("row {line}"),
        id => id.to_owned(),
    }
}

fn task(ledger: &mut Ledger, columns: &Columns, source: &str, cells: &StringRecord, today: Date) -> Task {
    let mut task = Task::new(source, cell(cells, Some(columns.name)));
    cell(cells, columns.notes).clone_into(&mut task.notes);
    task.section = Some(cell(cells, columns.section)).filter(|section| !section.is_empty()).map(str::to_owned);
    let completed = cell(cells, columns.completed);
    task.done = !completed.is_empty();
    task.completed_at = table::day(ledger, "Dates of completion", completed, Order::DayFirst, today);
    task.start = table::day(ledger, "Start dates", cell(cells, columns.start), Order::DayFirst, today);
    task.due = table::day(ledger, "Due dates", cell(cells, columns.due), Order::DayFirst, today);
    if let Some(who) = Who::of(cell(cells, columns.assignee), cell(cells, columns.email)) {
        task.person(ledger, who);
    }
    for tag in table::pieces(ledger, Part::Label, cell(cells, columns.tags), &[',']) {
        task.label(ledger, tag);
    }
    task.priority = plain::priority(cell(cells, columns.priority)).unwrap_or(0);
    task
}

/// Puts a task under the one that is called so.
fn above(ledger: &mut Ledger, task: &mut Task, named: &Named, name: &str) {
    if name.is_empty() {
        return;
    }
    match named.get(name) {
        Ok(parent) => task.parent = Some(parent.to_owned()),
        Err(why) => {
            let example = format!("{} ({name})", task.title);
            ledger.leave(Part::Subtask, "Places under another task", why, &example);
        }
    }
}

/// What each task waits for, as those say that are waited for.
fn blockers<'g>(
    grid: &'g Grid,
    columns: &Columns,
    sources: &'g [String],
    named: &Named<'g>,
    ledger: &mut Ledger,
) -> HashMap<&'g str, Vec<&'g str>> {
    let mut blockers: HashMap<&str, Vec<&str>> = HashMap::new();
    for ((_, cells), source) in grid.rows.iter().zip(sources) {
        for other in named.all(ledger, cell(cells, columns.blocking)) {
            blockers.entry(other).or_default().push(source);
        }
    }
    blockers
}

/// The project that most rows are in.
fn project(grid: &Grid, columns: &Columns) -> String {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for project in grid.rows.iter().flat_map(|(_, cells)| cell(cells, columns.projects).split(',')) {
        *counts.entry(project.trim()).or_default() += 1;
    }
    counts.remove("");
    let most = counts.into_iter().max_by(|(name, count), (other, more)| count.cmp(more).then(other.cmp(name)));
    most.map_or_else(|| From::Asana.label().to_owned(), |(name, _)| name.to_owned())
}

/// The other projects that a task is in.
fn further(ledger: &mut Ledger, project: &str, cell: &str) {
    let why = "A task is in one list. It is in the one that most of them are in.";
    for other in cell.split(',').map(str::trim).filter(|one| !one.is_empty() && *one != project) {
        ledger.leave(Part::Other, "Further projects of a task", why, other);
    }
}

/// The tasks by what they are called, and by their ids.
#[derive(Debug)]
struct Named<'g>(HashMap<&'g str, Option<&'g str>>);

impl<'g> Named<'g> {
    fn of(grid: &'g Grid, columns: &Columns, sources: &'g [String]) -> Self {
        let mut named: HashMap<&str, Option<&str>> = HashMap::new();
        for ((_, cells), source) in grid.rows.iter().zip(sources) {
            let name = cell(cells, Some(columns.name));
            named.entry(name).and_modify(|one| *one = None).or_insert(Some(source));
        }
        for source in sources {
            named.entry(source).or_insert(Some(source));
        }
        named.remove("");
        Self(named)
    }

    fn get(&self, name: &str) -> Result<&'g str, &'static str> {
        match self.0.get(name) {
            Some(Some(source)) => Ok(source),
            Some(None) => Err(SEVERAL),
            None => Err(NOBODY),
        }
    }

    /// The tasks that a cell names, with commas between them; a name may have some of its own.
    fn all(&self, ledger: &mut Ledger, cell: &str) -> Vec<&'g str> {
        let pieces = table::pieces(ledger, Part::Dependency, cell, &[',']);
        let mut others = Vec::new();
        let mut rest = pieces.as_slice();
        while let Some((first, after)) = rest.split_first() {
            // The longest name that there is; more than three commas has none.
            let longest = (2..=rest.len().min(4)).rev().find_map(|count| {
                let (name, after) = rest.split_at_checked(count)?;
                let name = name.join(", ");
                self.0.contains_key(name.as_str()).then_some((name, after))
            });
            let (name, after) = longest.unwrap_or_else(|| ((*first).to_owned(), after));
            match self.get(&name) {
                Ok(other) => others.push(other),
                Err(why) => ledger.leave(Part::Dependency, "Dependencies", why, &name),
            }
            rest = after;
        }
        others
    }
}
