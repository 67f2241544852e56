//! A project of Todoist, as it exports one: a table of tasks, comments and sections, one after the other. Labels are in the tasks’ text, and which
//! task is under which is said by how far it is indented.

use jiff::{civil::Date, tz::TimeZone};

use super::{
    super::import_tree::{Builder, From, Moment, Part, Task, Tree, Who},
    Unreadable,
    days::{self, Order},
    json::{One, Scalar},
    said,
    table::{self, cell},
};
use crate::csv_in::Grid;

const HOW: &str = "In Todoist, open the project and choose ⋯, then Export as CSV.";

/// What the columns are.
#[derive(Debug)]
struct Columns {
    kind: usize,
    content: usize,
    description: Option<usize>,
    priority: Option<usize>,
    indent: Option<usize>,
    author: Option<usize>,
    responsible: Option<usize>,
    date: Option<usize>,
    duration: Option<usize>,
    unit: Option<usize>,
    deadline: Option<usize>,
}

/// Reads a file.
///
/// # Errors
/// It is no such file.
pub fn read(file: &[u8], today: Date) -> Result<Tree, Unreadable> {
    let grid = table::open(file, From::Todoist)?;
    let at = |name| table::column(&grid.names, &[name]);
    let (Some(kind), Some(content)) = (at("type"), at("content")) else {
        return Err(Unreadable::Unlike(From::Todoist.file(), HOW));
    };
    let columns = Columns {
        kind,
        content,
        description: at("description"),
        priority: at("priority"),
        indent: at("indent"),
        author: at("author"),
        responsible: at("responsible"),
        date: at("date"),
        duration: at("duration"),
        unit: at("durationunit"),
        deadline: at("deadline"),
    };
    let mut reader = Reader { builder: Builder::new(From::Todoist), columns, today, section: None, above: Vec::new() };
    reader.rows(&grid);
    Ok(reader.builder.finish()?)
}

struct Reader {
    builder: Builder,
    columns: Columns,
    today: Date,
    section: Option<String>,
    /// The tasks that the next one may be under, each with how far it is indented.
    above: Vec<(usize, String)>,
}

impl Reader {
    fn rows(&mut self, grid: &Grid) {
        let Some(list) = self.builder.list("project", From::Todoist.label(), "") else { return };
        // A task waits for the comments that follow it.
        let mut waiting: Option<Task> = None;
        for (line, cells) in &grid.rows {
            let content = cell(cells, Some(self.columns.content));
            let kind = cell(cells, Some(self.columns.kind)).to_lowercase();
            table::surplus(&mut self.builder.ledger, grid, cells);
            match kind.as_str() {
                "task" => {
                    self.put(list, waiting.take());
                    waiting = Some(self.task(*line, cells));
                }
                "note" => self.note(waiting.as_mut(), cells),
                "section" => {
                    self.put(list, waiting.take());
                    self.above.clear();
                    let source = format!("section {line}");
                    self.builder.section(list, &source, content);
                    let about = cell(cells, self.columns.description);
                    if !about.is_empty() {
                        let why = "A section has a name only.";
                        self.builder.ledger.leave(Part::Other, "Descriptions of sections", why, about);
                    }
                    self.section = Some(source);
                }
                // How the project is shown.
                "meta" | "" if content.is_empty() || kind == "meta" => {}
                _ => self.builder.ledger.leave(Part::Other, "Rows", "They aren’t tasks, notes or sections.", content),
            }
        }
        self.put(list, waiting);
    }

    fn put(&mut self, list: usize, task: Option<Task>) {
        if let Some(task) = task {
            self.builder.task(list, task);
        }
    }

    fn task(&mut self, line: u64, cells: &csv::StringRecord) -> Task {
        let columns = &self.columns;
        let ledger = &mut self.builder.ledger;
        let (title, labels) = labelled(cell(cells, Some(columns.content)));
        let mut task = Task::new(&format!("row {line}"), &title);
        for label in labels {
            task.label(ledger, &label);
        }
        cell(cells, columns.description).clone_into(&mut task.notes);
        task.section.clone_from(&self.section);
        task.priority = match cell(cells, columns.priority) {
            "1" => 4,
            "2" => 3,
            "3" => 2,
            "4" | "" => 0,
            other => {
                ledger.leave(Part::Priority, "Priorities", "Todoist has 1 to 4.", other);
                0
            }
        };
        if let Some(who) = somebody(cell(cells, columns.responsible)) {
            task.person(ledger, who);
        }
        self.dates(&mut task, cells);
        self.duration(&mut task, cells);
        let indent = cell(cells, self.columns.indent).parse().unwrap_or(1);
        while self.above.last().is_some_and(|(above, _)| *above >= indent) {
            self.above.pop();
        }
        task.parent = self.above.last().map(|(_, source)| source.clone());
        self.above.push((indent, task.source.clone()));
        task
    }

    fn dates(&mut self, task: &mut Task, cells: &csv::StringRecord) {
        let ledger = &mut self.builder.ledger;
        let date = cell(cells, self.columns.date);
        let mut due = days::spoken(date, Order::DayFirst, self.today);
        if due.is_none() && !date.is_empty() {
            let repeated = days::repeated(date, self.today).map(|(rule, first)| (Some(rule), first));
            if let Some((rule, first)) = repeated.or_else(|| said::read(date, self.today)) {
                (task.repeat, due) = (rule, Some(first));
            }
            let lower = date.to_lowercase();
            let repeats = ["every", "ev ", "after"].iter().any(|word| lower.starts_with(word));
            if repeats && task.repeat.is_none() {
                let why = match due {
                    Some(_) => "They aren’t understood. The date stays; set them again at the task.",
                    None => "They aren’t understood. Set them again at the task.",
                };
                ledger.leave(Part::Repeat, "Repetitions", why, date);
            } else if due.is_none() {
                let why = "They can’t be read as dates. Set them again at the task.";
                ledger.leave(Part::Date, "Due dates", why, date);
            }
        }
        let deadline = table::day(ledger, "Deadlines", cell(cells, self.columns.deadline), Order::DayFirst, self.today);
        match (due, deadline) {
            // When somebody means to do it, and when it has to be done.
            (Some(planned), Some(deadline)) if task.repeat.is_none() && day(planned) <= day(deadline) => {
                (task.start, task.due) = (Some(planned), Some(deadline));
            }
            (Some(planned), Some(_)) => {
                task.due = Some(planned);
                let why = "The task has a date as well, which is later or repeats.";
                ledger.leave(Part::Date, "Deadlines", why, cell(cells, self.columns.deadline));
            }
            (due, deadline) => task.due = due.or(deadline),
        }
    }

    fn duration(&mut self, task: &mut Task, cells: &csv::StringRecord) {
        let text = cell(cells, self.columns.duration);
        if text.is_empty() || text.eq_ignore_ascii_case("none") {
            return;
        }
        // A day of work has eight hours.
        let unit = if cell(cells, self.columns.unit).eq_ignore_ascii_case("day") { 480 } else { 1 };
        match text.parse::<u32>().ok().and_then(|number| number.checked_mul(unit)) {
            Some(minutes) => task.estimate = Some(minutes),
            None => self.builder.ledger.leave(Part::Estimate, "Durations", "They can’t be read.", text),
        }
    }

    fn note(&mut self, task: Option<&mut Task>, cells: &csv::StringRecord) {
        let ledger = &mut self.builder.ledger;
        let content = cell(cells, Some(self.columns.content));
        let (words, file) = attached(content);
        let Some(task) = task else {
            if file.is_some() {
                ledger.leave(Part::Attachment, "Attachments", "They are the project’s, and no task’s.", content);
            }
            ledger.leave(Part::Comment, "Comments", "They are about the project or a section, and no task.", content);
            return;
        };
        let author = somebody(cell(cells, self.columns.author))
            .map(|who| if who.name.is_empty() { who.email } else { who.name });
        if let Some((name, url)) = &file {
            task.attach(ledger, name, url);
        }
        // A file alone is an attachment and no comment.
        if !words.is_empty() || file.is_none() {
            let at = days::written(cell(cells, self.columns.date));
            task.comment(ledger, &author.unwrap_or_default(), at, words);
        }
    }
}

fn day(moment: Moment) -> Date {
    moment.on(&TimeZone::UTC).0
}

/// The text without the labels in it: “Call Sam @phone”.
fn labelled(content: &str) -> (String, Vec<String>) {
    // A star before a task says that it can’t be completed.
    let content = content.strip_prefix("* ").unwrap_or(content);
    let label = |word: &&str| {
        let name = word.strip_prefix('@')?;
        let begins = name.chars().next().is_some_and(char::is_alphanumeric);
        (begins && !name.contains('@')).then(|| name.to_owned())
    };
    let labels: Vec<String> = content.split_whitespace().filter_map(|word| label(&word)).collect();
    if labels.is_empty() {
        return (content.to_owned(), labels);
    }
    let words: Vec<&str> = content.split_whitespace().filter(|word| label(word).is_none()).collect();
    // “@home” alone is what is to be done.
    let title = if words.is_empty() { content.to_owned() } else { words.join(" ") };
    (title, labels)
}

/// Somebody without the number that Todoist puts after them: “Sam Lee (1234567)”.
fn somebody(words: &str) -> Option<Who> {
    let name = words
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
        .filter(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    Who::of_words(name.map_or(words, |(name, _)| name))
}

/// A comment without the file that is attached to it, and that file’s name and address:
/// ` [[file {"file_name":"plan.pdf","file_url":"https://…"}]]`.
fn attached(content: &str) -> (&str, Option<(String, String)>) {
    let Some((words, rest)) = content.rsplit_once("[[file ") else { return (content, None) };
    let Some(file) = rest.trim_end().strip_suffix("]]") else { return (content, None) };
    let Ok(file) = serde_json::from_str::<One<File>>(file) else { return (content, None) };
    match file.get() {
        Some(file) => (words.trim_end(), Some((file.file_name.text(), file.file_url.text()))),
        None => (content, None),
    }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct File {
    file_name: Scalar,
    file_url: Scalar,
}
