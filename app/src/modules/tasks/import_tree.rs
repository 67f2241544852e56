//! What stands in another product’s file, as lists of tasks like ours, whichever product it was; and an account of it: whatever was found is in the
//! tree, or it is named among what was left out. What can’t be as it was (a task under itself, a title of many pages) is put right here and said.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

/// The most tasks of one file.
pub const MOST_TASKS: usize = 20_000;
/// The most of everything else of one file: items of checklists, comments, labels on tasks.
pub const MOST_PARTS: usize = 300_000;
/// So deep can tasks be in tasks, the outermost included.
pub const LEVELS: usize = 10;
/// The longest title, in characters.
pub const TITLE: usize = 500;
/// The longest name of a list, a section, a status or a field, in characters.
pub const NAME: usize = 100;
/// The longest name of a label, in characters.
pub const LABEL: usize = 60;
/// The longest notes, in characters.
pub const NOTES: usize = 100_000;
/// The longest comment, in characters.
pub const COMMENT: usize = 20_000;
/// The longest text in a field, in characters.
pub const WORDS: usize = 1_000;
/// The longest address of a link, in characters.
pub const ADDRESS: usize = 2_000;
/// The longest that a task can be thought to take, in minutes.
pub const ESTIMATE: u32 = 600_000;

/// The most of each that a list has.
const STATUSES: usize = 50;
const SECTIONS: usize = 500;
const FIELDS: usize = 50;
const CHOICES: usize = 100;
const LISTS: usize = 1_000;
/// The most of each that a task has.
const EACH: usize = 50;
const LONG_LISTS: usize = 1_000;
/// What a file calls a task is kept up to here, in characters.
const SOURCE: usize = 100;
/// So many of what was left out are told, and so much of each.
const EXAMPLES: usize = 3;
const TOLD: usize = 60;

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum From {
    /// A board, as JSON.
    Trello,
    /// A project, as CSV.
    Todoist,
    /// A project, as CSV.
    Asana,
    /// Everything of an account, as a ZIP file or the `data.json` in it.
    Vikunja,
    /// Any table whose first row names its columns.
    Csv,
}

impl From {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 5] = [Self::Trello, Self::Todoist, Self::Asana, Self::Vikunja, Self::Csv];

    /// The word in forms and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trello => "trello",
            Self::Todoist => "todoist",
            Self::Asana => "asana",
            Self::Vikunja => "vikunja",
            Self::Csv => "csv",
        }
    }

    /// What people read: "Trello".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Trello => "Trello",
            Self::Todoist => "Todoist",
            Self::Asana => "Asana",
            Self::Vikunja => "Vikunja",
            Self::Csv => "Any table (CSV)",
        }
    }

    /// What its file is called in a sentence: "an Asana file".
    pub const fn file(self) -> &'static str {
        match self {
            Self::Trello => "a Trello file",
            Self::Todoist => "a Todoist file",
            Self::Asana => "an Asana file",
            Self::Vikunja => "a Vikunja file",
            Self::Csv => "a CSV file",
        }
    }

    /// Whose file is meant by a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|from| from.as_str() == word)
    }
}

/// What is counted of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Tasks, those under others included.
    Task,
    /// That a task is under another.
    Subtask,
    /// Items of checklists.
    Item,
    /// Comments.
    Comment,
    /// Labels on tasks.
    Label,
    /// People on tasks.
    Person,
    /// Files and links.
    Attachment,
    /// Parts of lists.
    Section,
    /// Columns of boards.
    Status,
    /// Days on which a task begins, is due or was completed.
    Date,
    /// That a task repeats.
    Repeat,
    /// How much a task matters, where it does.
    Priority,
    /// How long a task takes.
    Estimate,
    /// That a task waits for another.
    Dependency,
    /// Values of fields that somebody added.
    Value,
    /// What is over of texts that are too long.
    Text,
    /// What we have no place for.
    Other,
}

impl Part {
    /// All of them, in the order in which people read them.
    pub const ALL: [Self; 17] = [
        Self::Task,
        Self::Subtask,
        Self::Item,
        Self::Comment,
        Self::Label,
        Self::Person,
        Self::Attachment,
        Self::Section,
        Self::Status,
        Self::Date,
        Self::Repeat,
        Self::Priority,
        Self::Estimate,
        Self::Dependency,
        Self::Value,
        Self::Text,
        Self::Other,
    ];

    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "tasks",
            Self::Subtask => "subtasks",
            Self::Item => "checklist_items",
            Self::Comment => "comments",
            Self::Label => "labels",
            Self::Person => "people",
            Self::Attachment => "attachments",
            Self::Section => "sections",
            Self::Status => "statuses",
            Self::Date => "dates",
            Self::Repeat => "repeats",
            Self::Priority => "priorities",
            Self::Estimate => "estimates",
            Self::Dependency => "dependencies",
            Self::Value => "values",
            Self::Text => "texts",
            Self::Other => "other",
        }
    }

    /// What people read: "Checklist items".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Task => "Tasks",
            Self::Subtask => "Of these, subtasks",
            Self::Item => "Checklist items",
            Self::Comment => "Comments",
            Self::Label => "Labels on tasks",
            Self::Person => "People on tasks",
            Self::Attachment => "Attachments",
            Self::Section => "Sections",
            Self::Status => "Columns",
            Self::Date => "Dates",
            Self::Repeat => "Repetitions",
            Self::Priority => "Priorities",
            Self::Estimate => "Estimates",
            Self::Dependency => "Dependencies",
            Self::Value => "Field values",
            Self::Text => "Ends of long texts",
            Self::Other => "Anything else",
        }
    }
}

/// How far a task has come that is in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Nobody has begun.
    Open,
    /// Somebody has.
    Started,
    /// It is completed.
    Done,
}

impl Stage {
    /// The word that is stored for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Started => "started",
            Self::Done => "done",
        }
    }

    /// What a column is for, by its name: “Done”, “In progress”. What isn’t sure is open.
    pub fn of_name(name: &str) -> Self {
        let words: Vec<String> = name
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(8)
            .map(str::to_lowercase)
            .collect();
        let is = |list: &[&str], word: &String| list.contains(&word.as_str());
        let negated = words.iter().any(|word| is(&["not", "un", "no", "never", "ready", "almost"], word));
        if negated {
            return Self::Open;
        }
        let done =
            ["done", "complete", "completed", "finished", "closed", "resolved", "shipped", "delivered", "released"];
        if words.first().is_some_and(|word| is(&done, word)) || words.last().is_some_and(|word| is(&done, word)) {
            return Self::Done;
        }
        let started = [
            "doing",
            "progress",
            "started",
            "wip",
            "working",
            "underway",
            "ongoing",
            "review",
            "reviewing",
            "testing",
            "active",
        ];
        if words.iter().any(|word| is(&started, word)) { Self::Started } else { Self::Open }
    }
}

/// One of eight colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Colour {
    /// None in particular; black too.
    Grey,
    /// Red.
    Red,
    /// Orange.
    Orange,
    /// Yellow.
    Yellow,
    /// Green; lime too.
    Green,
    /// Between green and blue; sky too.
    Teal,
    /// Blue.
    Blue,
    /// Purple; pink too.
    Purple,
}

impl Colour {
    /// A colour by what Trello calls it: `green`, `sky_dark`.
    pub fn of_word(word: &str) -> Option<Self> {
        let hue = word.split('_').next().unwrap_or_default();
        Some(match hue {
            "black" | "grey" | "gray" => Self::Grey,
            "red" => Self::Red,
            "orange" => Self::Orange,
            "yellow" => Self::Yellow,
            "green" | "lime" => Self::Green,
            "sky" | "teal" => Self::Teal,
            "blue" => Self::Blue,
            "purple" | "pink" => Self::Purple,
            _ => return None,
        })
    }

    /// The closest to one of the web’s: `e8e8e8`, `#1973ff`.
    pub fn of_hex(hex: &str) -> Option<Self> {
        let hex = hex.strip_prefix('#').unwrap_or(hex);
        if hex.len() != 6 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let number = i64::from_str_radix(hex, 16).ok()?;
        let (red, green, blue) = (number >> 16, number >> 8 & 255, number & 255);
        let most = red.max(green).max(blue);
        let spread = most - red.min(green).min(blue);
        if spread * 5 < most.max(1) {
            return Some(Self::Grey);
        }
        // Degrees of the circle of colours.
        let hue = if most == red {
            60 * (green - blue) / spread
        } else if most == green {
            120 + 60 * (blue - red) / spread
        } else {
            240 + 60 * (red - green) / spread
        };
        Some(match hue.rem_euclid(360) {
            15..=44 => Self::Orange,
            45..=69 => Self::Yellow,
            70..=159 => Self::Green,
            160..=199 => Self::Teal,
            200..=254 => Self::Blue,
            255..=339 => Self::Purple,
            _ => Self::Red,
        })
    }

    /// What people read where a label has no name: "Green".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Grey => "Grey",
            Self::Red => "Red",
            Self::Orange => "Orange",
            Self::Yellow => "Yellow",
            Self::Green => "Green",
            Self::Teal => "Teal",
            Self::Blue => "Blue",
            Self::Purple => "Purple",
        }
    }
}

/// When something is, as exactly as the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// On a day.
    Day(Date),
    /// At a time of a day, on whatever clock hangs there.
    Local(DateTime),
    /// At an instant, the same everywhere.
    Instant(Timestamp),
    /// On the day that an instant is in.
    DayOf(Timestamp),
}

impl Moment {
    /// Its day and its time, to the minute, on a clock.
    pub fn on(self, zone: &TimeZone) -> (Date, Option<Time>) {
        let at = match self {
            Self::Day(day) => return (day, None),
            Self::Local(at) => at,
            Self::Instant(at) => zone.to_datetime(at),
            Self::DayOf(at) => return (zone.to_datetime(at).date(), None),
        };
        (at.date(), Time::new(at.hour(), at.minute(), 0, 0).ok())
    }
}

/// Somebody, as the file calls them. One of the two is never empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

impl Who {
    /// Whoever is meant by words: “Sam Lee”, “sam@clinic.example”, “Sam Lee <sam@clinic.example>”. `None`: nobody.
    pub fn of_words(words: &str) -> Option<Self> {
        let words = line(words, NAME * 2);
        if let Some((name, rest)) = words.split_once('<')
            && let Some(email) = rest.trim_end().strip_suffix('>')
            && email.contains('@')
        {
            return Self::of(name.trim().trim_matches('"'), email.trim());
        }
        if words.contains('@') && !words.contains(' ') { Self::of("", &words) } else { Self::of(&words, "") }
    }

    /// Whoever has this name and this address. `None`: both are empty.
    pub fn of(name: &str, email: &str) -> Option<Self> {
        let (name, email) = (line(name, NAME), line(email, 254));
        if name.is_empty() && email.is_empty() { None } else { Some(Self { name, email }) }
    }
}

/// An item of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is to be done.
    pub words: String,
    /// It is.
    pub done: bool,
}

/// What somebody said about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Who, in the file’s words; empty where it doesn’t say.
    pub author: String,
    /// When.
    pub at: Option<Moment>,
    /// In Markdown.
    pub text: String,
}

/// What a task has attached: where it is on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is called.
    pub name: String,
    /// Its address: `https` or `http`.
    pub url: String,
}

/// What stands in a field that somebody added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A number: digits, at most one point, and a minus before them where it is below zero.
    Number(String),
    /// Cents.
    Money(i64),
    /// A day.
    Date(Date),
    /// One of the field’s choices.
    Choice(String),
}

/// What kind of values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldKind {
    /// [`Value::Text`].
    Text,
    /// [`Value::Number`].
    Number,
    /// [`Value::Money`].
    Money,
    /// [`Value::Date`].
    Date,
    /// [`Value::Choice`].
    Choice,
}

/// A field that somebody added to a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What [`Task::values`] call it.
    pub source: String,
    /// What people call it.
    pub name: String,
    /// What kind of values it has.
    pub kind: FieldKind,
    /// What can be chosen, where it is [`FieldKind::Choice`].
    pub choices: Vec<String>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What [`Task::section`] calls it.
    pub source: String,
    /// What people call it.
    pub name: String,
}

/// A column of a list’s board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What [`Task::status`] calls it.
    pub source: String,
    /// What people call it.
    pub name: String,
    /// How far tasks have come that are in it.
    pub stage: Stage,
    /// It isn’t in the file: it is there because a list needs one to begin with, and one to end with.
    pub made: bool,
}

/// A label, and its colour where the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What people call it.
    pub name: String,
    /// Its colour.
    pub colour: Option<Colour>,
}

/// A task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// What the file calls it: the same whenever the same thing is exported. No other task of the tree has it.
    pub source: String,
    /// The task that it is under; it stands before this one in the same list.
    pub parent: Option<String>,
    /// What is to be done; 1 to [`TITLE`] characters.
    pub title: String,
    /// More about it, in Markdown.
    pub notes: String,
    /// Which part of its list it is in.
    pub section: Option<String>,
    /// Which column it is in: one of its list’s.
    pub status: String,
    /// It is completed: exactly where its column’s stage is [`Stage::Done`].
    pub done: bool,
    /// When it was; only where it is.
    pub completed_at: Option<Moment>,
    /// Not before.
    pub start: Option<Moment>,
    /// By when.
    pub due: Option<Moment>,
    /// How it repeats (RFC 5545): `FREQ=WEEKLY;BYDAY=MO`. Only where it is due.
    pub repeat: Option<String>,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    pub priority: u8,
    /// How long it takes, in minutes: 1 to [`ESTIMATE`].
    pub estimate: Option<u32>,
    /// The names of its labels, each once.
    pub labels: Vec<String>,
    /// Who is on it, each once; whose it is first, where the file tells them apart.
    pub people: Vec<Who>,
    /// Its checklist.
    pub checklist: Vec<Item>,
    /// What was said, the oldest first.
    pub comments: Vec<Comment>,
    /// What is attached.
    pub attachments: Vec<Link>,
    /// The tasks that have to be done before, in whichever list.
    pub blocked_by: Vec<String>,
    /// What stands in the list’s fields, by [`Field::source`].
    pub values: Vec<(String, Value)>,
}

/// A list. Its tasks are in the order of the file, each followed by those under it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// What the file calls it.
    pub source: String,
    /// What people call it; 1 to [`NAME`] characters.
    pub name: String,
    /// What is said about it.
    pub notes: String,
    /// Its parts.
    pub sections: Vec<Section>,
    /// Its columns, with at least one that is open and one that is done.
    pub statuses: Vec<Status>,
    /// Its labels, each once; whatever is on one of its tasks is among them.
    pub labels: Vec<Label>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its tasks.
    pub tasks: Vec<Task>,
}

/// What is left out, or isn’t as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// What it counts among.
    pub part: Part,
    /// What it is: “Archived cards”.
    pub what: String,
    /// How many.
    pub count: usize,
    /// Why, in a sentence.
    pub why: String,
    /// The first few of them, in the file’s words.
    pub examples: Vec<String>,
}

/// How many of a part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Are in the file.
    pub found: usize,
    /// Are in the tree.
    pub taken: usize,
    /// Are left out.
    pub dropped: usize,
}

/// How many of each part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Part, Count>);

impl Counts {
    /// How many of a part.
    pub fn of(&self, part: Part) -> Count {
        self.0.get(&part).copied().unwrap_or_default()
    }

    /// The parts that there are any of, in the order in which people read them.
    pub fn any(&self) -> impl Iterator<Item = (Part, Count)> + '_ {
        Part::ALL.into_iter().map(|part| (part, self.of(part))).filter(|(_, count)| *count != Count::default())
    }
}

/// What stands in a file, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Whose file it is.
    pub from: From,
    /// Its lists.
    pub lists: Vec<List>,
    /// What is left out.
    pub dropped: Vec<Dropped>,
    /// What is taken, but isn’t as it was.
    pub changed: Vec<Dropped>,
    /// How many of what: `found = taken + dropped`, for each part.
    pub counts: Counts,
}

impl Tree {
    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.lists.iter().map(|list| list.tasks.len()).sum()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.lists.iter().all(|list| list.tasks.is_empty())
    }

    /// Everybody who is on a task, each once, and on how many.
    pub fn people(&self) -> BTreeMap<&Who, usize> {
        let mut people = BTreeMap::new();
        for who in self.lists.iter().flat_map(|list| &list.tasks).flat_map(|task| &task.people) {
            *people.entry(who).or_default() += 1;
        }
        people
    }
}

/// A file has more in it than can be taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMuch {
    /// More than [`MOST_TASKS`].
    Tasks,
    /// More than [`MOST_PARTS`].
    Parts,
}

/// The account of a file while it is read.
#[derive(Debug, Default)]
pub struct Ledger {
    found: BTreeMap<Part, usize>,
    dropped: BTreeMap<(Part, &'static str, &'static str), Heap>,
    changed: BTreeMap<(Part, &'static str, &'static str), Heap>,
    parts: usize,
}

/// How many there are of one thing, and the first few.
#[derive(Debug, Default)]
struct Heap {
    count: usize,
    examples: Vec<String>,
}

impl Ledger {
    /// Something in the file isn’t taken: what it is, why, and an example in the file’s words.
    pub fn leave(&mut self, part: Part, what: &'static str, why: &'static str, example: &str) {
        self.leave_all(part, what, why, 1, example);
    }

    /// So many things in the file aren’t taken.
    pub fn leave_all(&mut self, part: Part, what: &'static str, why: &'static str, count: usize, example: &str) {
        if count > 0 {
            self.find(part, count);
            self.lose(part, what, why, count, example);
        }
    }

    /// Something is taken but isn’t as it was.
    pub fn change(&mut self, part: Part, what: &'static str, why: &'static str, example: &str) {
        heap(&mut self.changed, (part, what, why), 1, example);
    }

    fn find(&mut self, part: Part, count: usize) {
        if count > 0 {
            let found = self.found.entry(part).or_default();
            *found = found.saturating_add(count);
        }
    }

    /// What was found is left out after all.
    fn lose(&mut self, part: Part, what: &'static str, why: &'static str, count: usize, example: &str) {
        heap(&mut self.dropped, (part, what, why), count, example);
    }

    /// There is room for one more part.
    fn room(&mut self) -> bool {
        self.parts = self.parts.saturating_add(1);
        self.parts <= MOST_PARTS
    }
}

impl Task {
    /// A task that the file calls so.
    pub fn new(source: &str, title: &str) -> Self {
        Self { source: short(source), title: title.to_owned(), ..Self::default() }
    }

    /// Puts a label on it.
    pub fn label(&mut self, ledger: &mut Ledger, name: &str) {
        let label = line(name, LABEL);
        if label.is_empty() {
            return;
        }
        if self.labels.iter().any(|one| is_same(one, &label)) {
            ledger.leave(Part::Label, "Labels", "The task has that label already.", name);
        } else if self.labels.len() >= EACH || !ledger.room() {
            ledger.leave(Part::Label, "Labels", "A task has at most 50 labels.", name);
        } else {
            if is_longer(name, LABEL) {
                ledger.change(Part::Label, "Labels", "Their names were cut to 60 characters.", name);
            }
            self.labels.push(label);
        }
    }

    /// Puts somebody on it.
    pub fn person(&mut self, ledger: &mut Ledger, who: Who) {
        let words = if who.name.is_empty() { who.email.clone() } else { who.name.clone() };
        if self.people.contains(&who) {
            ledger.leave(Part::Person, "People", "They are on the task already.", &words);
        } else if self.people.len() >= EACH || !ledger.room() {
            ledger.leave(Part::Person, "People", "A task has at most 50 people.", &words);
        } else {
            self.people.push(who);
        }
    }

    /// Adds to its checklist.
    pub fn item(&mut self, ledger: &mut Ledger, words: &str, done: bool) {
        let item = Item { words: line(words, TITLE), done };
        if item.words.is_empty() {
            ledger.leave(Part::Item, "Checklist items", "There is nothing in them.", "");
        } else if self.checklist.len() >= LONG_LISTS || !ledger.room() {
            ledger.leave(Part::Item, "Checklist items", "A checklist has at most 1,000 items.", words);
        } else {
            if is_longer(words, TITLE) {
                ledger.leave(Part::Text, "Ends of checklist items", "An item has at most 500 characters.", words);
            }
            self.checklist.push(item);
        }
    }

    /// Adds what somebody said.
    pub fn comment(&mut self, ledger: &mut Ledger, author: &str, at: Option<Moment>, words: &str) {
        let text = text(words, COMMENT);
        if text.is_empty() {
            ledger.leave(Part::Comment, "Comments", "There is nothing in them.", "");
        } else if !ledger.room() {
            ledger.leave(Part::Comment, "Comments", "There are too many of them.", words);
        } else {
            if is_longer(words, COMMENT) {
                ledger.leave(Part::Text, "Ends of comments", "A comment has at most 20,000 characters.", words);
            }
            self.comments.push(Comment { author: line(author, NAME), at, text });
        }
    }

    /// Attaches what is on the web.
    pub fn attach(&mut self, ledger: &mut Ledger, name: &str, url: &str) {
        let (url, is_cut) = (line(url, ADDRESS), is_longer(url, ADDRESS));
        let scheme = url.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest.is_empty()));
        if is_cut || !matches!(scheme, Some((scheme, false)) if scheme == "https" || scheme == "http") {
            let why = "They have no address on the web. Add them to the task by hand.";
            ledger.leave(Part::Attachment, "Attachments", why, if name.is_empty() { &url } else { name });
        } else if self.attachments.len() >= LONG_LISTS || !ledger.room() {
            ledger.leave(Part::Attachment, "Attachments", "A task has at most 1,000 attachments.", &url);
        } else {
            let name = line(name, TITLE);
            let name = if name.is_empty() { line(&url, TITLE) } else { name };
            self.attachments.push(Link { name, url });
        }
    }

    /// Says what has to be done before.
    pub fn blocked_by(&mut self, ledger: &mut Ledger, source: &str) {
        if self.blocked_by.len() >= LONG_LISTS || !ledger.room() {
            ledger.leave(Part::Dependency, "Dependencies", "A task waits for at most 1,000 others.", &self.title);
        } else {
            self.blocked_by.push(short(source));
        }
    }

    /// Fills in a field.
    pub fn value(&mut self, ledger: &mut Ledger, field: &str, value: Value) {
        let field = short(field);
        let value = match value {
            Value::Text(words) => {
                if is_longer(&words, WORDS) {
                    ledger.leave(Part::Text, "Ends of fields", "A field has at most 1,000 characters.", &words);
                }
                Value::Text(text(&words, WORDS))
            }
            Value::Choice(choice) => Value::Choice(line(&choice, NAME)),
            value => value,
        };
        if self.values.iter().any(|(one, _)| *one == field) {
            ledger.leave(Part::Value, "Field values", "The task has a value there already.", &self.title);
        } else if self.values.len() >= FIELDS || !ledger.room() {
            ledger.leave(Part::Value, "Field values", "A list has at most 50 fields.", &self.title);
        } else {
            self.values.push((field, value));
        }
    }

    /// What there is of it.
    fn parts(&self) -> [(Part, usize); 13] {
        let dates = [self.start, self.due, self.completed_at];
        [
            (Part::Task, 1),
            (Part::Subtask, usize::from(self.parent.is_some())),
            (Part::Item, self.checklist.len()),
            (Part::Comment, self.comments.len()),
            (Part::Label, self.labels.len()),
            (Part::Person, self.people.len()),
            (Part::Attachment, self.attachments.len()),
            (Part::Date, dates.iter().flatten().count()),
            (Part::Repeat, usize::from(self.repeat.is_some())),
            (Part::Priority, usize::from(self.priority > 0)),
            (Part::Estimate, usize::from(self.estimate.is_some())),
            (Part::Dependency, self.blocked_by.len()),
            (Part::Value, self.values.len()),
        ]
    }
}

/// Puts a tree together from what a reader finds, and keeps its rules.
#[derive(Debug)]
pub struct Builder {
    /// The account.
    pub ledger: Ledger,
    from: From,
    lists: Vec<List>,
    /// Where the task is that the file calls so: its list, and its place there.
    places: HashMap<String, (usize, usize)>,
    /// How many tasks had the name before.
    doubled: HashMap<String, usize>,
    tasks: usize,
}

impl Builder {
    /// Begins with nothing.
    pub fn new(from: From) -> Self {
        Self {
            ledger: Ledger::default(),
            from,
            lists: Vec::new(),
            places: HashMap::new(),
            doubled: HashMap::new(),
            tasks: 0,
        }
    }

    /// Adds a list: what the other verbs call it. `None`: there are too many.
    pub fn list(&mut self, source: &str, name: &str, notes: &str) -> Option<usize> {
        if self.lists.len() >= LISTS {
            self.ledger.leave(Part::Other, "Lists", "At most 1,000 are imported at once.", name);
            return None;
        }
        let named = self.name(name);
        let name = if named.is_empty() { self.from.label().to_owned() } else { named };
        if is_longer(notes, NOTES) {
            self.ledger.leave(Part::Text, "Ends of notes", "Notes have at most 100,000 characters.", &name);
        }
        self.lists.push(List { source: short(source), name, notes: text(notes, NOTES), ..List::default() });
        Some(self.lists.len() - 1)
    }

    /// Adds a column to a list.
    pub fn status(&mut self, list: usize, source: &str, name: &str, stage: Stage) {
        let source = short(source);
        let name = self.name(name);
        let Some(list) = self.lists.get_mut(list) else { return };
        if name.is_empty() || list.statuses.iter().any(|one| one.source == source) {
            self.ledger.leave(Part::Status, "Columns", "They have no name, or are there already.", &name);
        } else if list.statuses.len() >= STATUSES {
            self.ledger.leave(Part::Status, "Columns", "A list has at most 50. Their tasks are in the first.", &name);
        } else {
            self.ledger.find(Part::Status, 1);
            list.statuses.push(Status { source, name, stage, made: false });
        }
    }

    /// Adds a section to a list.
    pub fn section(&mut self, list: usize, source: &str, name: &str) {
        let source = short(source);
        let name = self.name(name);
        let Some(list) = self.lists.get_mut(list) else { return };
        if name.is_empty() || list.sections.iter().any(|one| one.source == source) {
            self.ledger.leave(Part::Section, "Sections", "They have no name, or are there already.", &name);
        } else if list.sections.len() >= SECTIONS {
            self.ledger.leave(Part::Section, "Sections", "A list has at most 500. Their tasks are in none.", &name);
        } else {
            self.ledger.find(Part::Section, 1);
            list.sections.push(Section { source, name });
        }
    }

    /// Says which colour a label of a list has.
    pub fn colour(&mut self, list: usize, name: &str, colour: Option<Colour>) {
        let name = line(name, LABEL);
        let Some(list) = self.lists.get_mut(list) else { return };
        if name.is_empty() || list.labels.len() >= LONG_LISTS {
            return;
        }
        if !list.labels.iter().any(|one| is_same(&one.name, &name)) {
            list.labels.push(Label { name, colour });
        }
    }

    /// Adds a field to a list. What its tasks have in fields that were never added is left out.
    pub fn field(&mut self, list: usize, source: &str, name: &str, kind: FieldKind, choices: Vec<String>) {
        let source = short(source);
        let name = self.name(name);
        let Some(list) = self.lists.get_mut(list) else { return };
        let choices: Vec<String> = choices.iter().map(|choice| line(choice, NAME)).collect();
        let room = list.fields.len() < FIELDS && choices.len() <= CHOICES;
        if room && !name.is_empty() && !list.fields.iter().any(|one| one.source == source) {
            list.fields.push(Field { source, name, kind, choices });
        }
    }

    /// Adds a task to a list, after those that are in it.
    pub fn task(&mut self, list: usize, mut task: Task) {
        self.found(&task);
        self.tasks += 1;
        // The file is refused; what is over needn’t be kept until then.
        if self.tasks > MOST_TASKS {
            return;
        }
        let Some(place) = self.lists.get(list).map(|list| list.tasks.len()) else {
            self.lose_task(&task, "Tasks", "Their list isn’t imported.");
            return;
        };
        self.tidy(&mut task);
        task.source = self.own_name(&task);
        self.places.insert(task.source.clone(), (list, place));
        let Some(list) = self.lists.get_mut(list) else { return };
        list.tasks.push(task);
    }

    /// Counts a task that isn’t taken, and all that is with it.
    pub fn refuse(&mut self, task: &Task, what: &'static str, why: &'static str) {
        self.found(task);
        self.lose_task(task, what, why);
    }

    /// The tree.
    ///
    /// # Errors
    /// There is too much of it.
    pub fn finish(mut self) -> Result<Tree, TooMuch> {
        if self.tasks > MOST_TASKS {
            return Err(TooMuch::Tasks);
        }
        if self.ledger.parts > MOST_PARTS {
            return Err(TooMuch::Parts);
        }
        let mut lists = std::mem::take(&mut self.lists);
        let places = std::mem::take(&mut self.places);
        for (at, list) in lists.iter_mut().enumerate() {
            columns(list, &mut self.ledger);
            labels(list);
            values(list, &mut self.ledger);
            nest(at, list, &places, &mut self.ledger);
        }
        waits(&mut lists, &mut self.ledger);
        let counts = counts(&lists, &self.ledger);
        let Ledger { dropped, changed, .. } = self.ledger;
        Ok(Tree { from: self.from, lists, dropped: told(dropped), changed: told(changed), counts })
    }

    fn name(&mut self, name: &str) -> String {
        if is_longer(name, NAME) {
            self.ledger.change(Part::Text, "Names", "They were cut to 100 characters.", name);
        }
        line(name, NAME)
    }

    fn found(&mut self, task: &Task) {
        for (part, count) in task.parts() {
            self.ledger.find(part, count);
        }
    }

    fn lose_task(&mut self, task: &Task, what: &'static str, why: &'static str) {
        for (part, count) in task.parts() {
            let what = if part == Part::Task { what } else { part.label() };
            if count > 0 {
                self.ledger.lose(part, what, why, count, &task.title);
            }
        }
    }

    /// Cuts what is too long, and takes out what can’t be stored.
    fn tidy(&mut self, task: &mut Task) {
        let whole = line(&task.title, usize::MAX);
        if whole.chars().count() > TITLE {
            let cut = whole.char_indices().nth(TITLE - 1).map_or(whole.len(), |(at, _)| at);
            let (title, rest) = whole.split_at(cut);
            let why = "They were cut to 500 characters; the rest is in the notes.";
            self.ledger.change(Part::Text, "Titles", why, title);
            task.notes = format!("…{rest}\n\n{}", task.notes);
            task.title = format!("{}…", title.trim_end());
        } else if whole.is_empty() {
            self.ledger.change(Part::Text, "Titles", "They were empty, so the task is called “Untitled”.", &task.notes);
            "Untitled".clone_into(&mut task.title);
        } else {
            task.title = whole;
        }
        if is_longer(&task.notes, NOTES) {
            self.ledger.leave(Part::Text, "Ends of notes", "Notes have at most 100,000 characters.", &task.title);
        }
        task.notes = text(&task.notes, NOTES);
        task.parent = task.parent.take().map(|source| short(&source));
        task.section = task.section.take().map(|source| short(&source));
        task.status = short(&task.status);
        if task.priority > 4 {
            self.ledger.change(Part::Priority, "Priorities", "They were higher than urgent.", &task.title);
            task.priority = 4;
        }
        if task.estimate.is_some_and(|minutes| minutes == 0 || minutes > ESTIMATE) {
            task.estimate = None;
            let why = "They are nothing, or more than 10,000 hours.";
            self.ledger.lose(Part::Estimate, "Estimates", why, 1, &task.title);
        }
        if task.repeat.is_some() && task.due.is_none() {
            task.repeat = None;
            self.ledger.lose(Part::Repeat, "Repetitions", "The task has no due date to count from.", 1, &task.title);
        }
    }

    /// What the file calls it, if no other is called so.
    fn own_name(&mut self, task: &Task) -> String {
        let wanted = if task.source.is_empty() { "task".to_owned() } else { task.source.clone() };
        if !self.places.contains_key(&wanted) {
            return wanted;
        }
        if !task.source.is_empty() {
            let why = "Several tasks had the same. What points to it points to the first.";
            self.ledger.change(Part::Task, "Ids", why, &task.title);
        }
        let mut again = self.doubled.get(&wanted).copied().unwrap_or(1);
        loop {
            again += 1;
            let name = format!("{wanted} ({again})");
            if !self.places.contains_key(&name) {
                self.doubled.insert(wanted, again);
                return name;
            }
        }
    }
}

/// One line of text without what can’t be seen, up to so many characters.
pub fn line(words: &str, most: usize) -> String {
    let mut line = String::new();
    let mut count = 0;
    for word in words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        for c in line.chars().next_back().map(|_| ' ').into_iter().chain(word.chars()) {
            if count == most {
                return line.trim_end().to_owned();
            }
            line.push(c);
            count += 1;
        }
    }
    line
}

/// Text of several lines without what can’t be stored, up to so many characters.
pub fn text(words: &str, most: usize) -> String {
    let words = words.trim();
    let mut text = String::with_capacity(words.len());
    for c in words.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).take(most) {
        text.push(c);
    }
    text.trim().to_owned()
}

fn is_longer(words: &str, most: usize) -> bool {
    words.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).nth(most).is_some()
}

/// Two names are one, but for capitals.
fn is_same(one: &str, other: &str) -> bool {
    one.chars().flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase))
}

fn short(source: &str) -> String {
    line(source, SOURCE)
}

fn heap(
    heaps: &mut BTreeMap<(Part, &'static str, &'static str), Heap>,
    key: (Part, &'static str, &'static str),
    count: usize,
    example: &str,
) {
    let heap = heaps.entry(key).or_default();
    heap.count = heap.count.saturating_add(count);
    if heap.examples.len() < EXAMPLES && !example.is_empty() {
        let example = line(example, TOLD);
        if !example.is_empty() && !heap.examples.contains(&example) {
            heap.examples.push(example);
        }
    }
}

fn told(heaps: BTreeMap<(Part, &'static str, &'static str), Heap>) -> Vec<Dropped> {
    let told = heaps.into_iter().map(|((part, what, why), heap)| Dropped {
        part,
        what: what.to_owned(),
        count: heap.count,
        why: why.to_owned(),
        examples: heap.examples,
    });
    told.collect()
}

/// Each task is in a column of its list that says whether it is completed.
fn columns(list: &mut List, ledger: &mut Ledger) {
    let made = |source: &str, name: &str, stage| Status {
        // No column of the file is called so: what a file says has no line feed.
        source: format!("\n{source}"),
        name: name.to_owned(),
        stage,
        made: true,
    };
    if !list.statuses.iter().any(|one| one.stage == Stage::Open) {
        list.statuses.insert(0, made("open", "To do", Stage::Open));
    }
    if !list.statuses.iter().any(|one| one.stage == Stage::Done) {
        list.statuses.push(made("done", "Done", Stage::Done));
    }
    let first = |stage| list.statuses.iter().find(|one| one.stage == stage).map(|one| one.source.clone());
    let (open, done) = (first(Stage::Open).unwrap_or_default(), first(Stage::Done).unwrap_or_default());
    let stages: HashMap<&str, Stage> = list.statuses.iter().map(|one| (one.source.as_str(), one.stage)).collect();
    let sections: HashSet<&str> = list.sections.iter().map(|one| one.source.as_str()).collect();
    for task in &mut list.tasks {
        match (stages.get(task.status.as_str()), task.done) {
            (Some(Stage::Done), false) => {
                task.done = true;
                let why = "They were in a column for completed ones, so they are completed.";
                ledger.change(Part::Task, "Tasks", why, &task.title);
            }
            (Some(Stage::Open | Stage::Started), true) => {
                done.clone_into(&mut task.status);
                let why = "They were completed, so they aren’t in the column any more that they were in.";
                ledger.change(Part::Task, "Tasks", why, &task.title);
            }
            (Some(_), _) => {}
            (None, true) => done.clone_into(&mut task.status),
            (None, false) => open.clone_into(&mut task.status),
        }
        if !task.done && task.completed_at.take().is_some() {
            ledger.lose(Part::Date, "Dates of completion", "The task isn’t completed.", 1, &task.title);
        }
        if task.section.as_deref().is_some_and(|section| !sections.contains(section)) {
            task.section = None;
        }
    }
}

/// Whatever label is on a task is one of its list’s, and is written as the list does.
fn labels(list: &mut List) {
    let mut names: HashMap<String, String> = HashMap::new();
    for label in &list.labels {
        names.insert(label.name.to_lowercase(), label.name.clone());
    }
    for label in list.tasks.iter_mut().flat_map(|task| &mut task.labels) {
        let name = names.entry(label.to_lowercase()).or_insert_with(|| {
            list.labels.push(Label { name: label.clone(), colour: None });
            label.clone()
        });
        name.clone_into(label);
    }
}

/// Whatever stands in a task’s fields has a field of its list, and is of its kind.
fn values(list: &mut List, ledger: &mut Ledger) {
    let fields: HashMap<&str, &Field> = list.fields.iter().map(|field| (field.source.as_str(), field)).collect();
    for task in &mut list.tasks {
        let before = task.values.len();
        task.values.retain(|(source, value)| {
            fields.get(source.as_str()).is_some_and(|field| match (field.kind, value) {
                (FieldKind::Text, Value::Text(_))
                | (FieldKind::Number, Value::Number(_))
                | (FieldKind::Money, Value::Money(_))
                | (FieldKind::Date, Value::Date(_)) => true,
                (FieldKind::Choice, Value::Choice(choice)) => field.choices.contains(choice),
                _ => false,
            })
        });
        if before > task.values.len() {
            let why = "The list has no such field, or the field no such choice.";
            ledger.lose(Part::Value, "Field values", why, before - task.values.len(), &task.title);
        }
    }
}

/// Each task stands after the one that it is under, none is under itself, and none is deeper than [`LEVELS`].
fn nest(at: usize, list: &mut List, places: &HashMap<String, (usize, usize)>, ledger: &mut Ledger) {
    let mut parents: Vec<Option<usize>> = Vec::with_capacity(list.tasks.len());
    for (place, task) in list.tasks.iter().enumerate() {
        let parent = match task.parent.as_ref().map(|parent| places.get(parent)) {
            None => Ok(None),
            Some(None) => Err("The task above them isn’t in the file."),
            Some(Some((list, parent))) if *list == at && *parent != place => Ok(Some(*parent)),
            Some(Some((list, _))) if *list == at => Err("They were under themselves."),
            Some(Some(_)) => Err("The task above them is in another list."),
        };
        parents.push(parent.unwrap_or_else(|why| {
            ledger.lose(Part::Subtask, "Places under another task", why, 1, &task.title);
            None
        }));
    }
    uncircle(&mut parents, |place| {
        let title = list.tasks.get(place).map_or("", |task| &task.title);
        ledger.lose(Part::Subtask, "Places under another task", "They were under themselves.", 1, title);
    });
    let mut under: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    let mut next: Vec<(usize, Option<usize>, usize)> = Vec::new();
    for (place, parent) in parents.iter().enumerate() {
        match parent.and_then(|parent| under.get_mut(parent)) {
            Some(children) => children.push(place),
            None => next.push((place, None, 1)),
        }
    }
    next.reverse();
    let mut tasks: Vec<Option<Task>> = std::mem::take(&mut list.tasks).into_iter().map(Some).collect();
    let sources: Vec<String> = tasks.iter().flatten().map(|task| task.source.clone()).collect();
    while let Some((place, parent, level)) = next.pop() {
        let Some(mut task) = tasks.get_mut(place).and_then(Option::take) else { continue };
        task.parent = parent.and_then(|parent| sources.get(parent).cloned());
        let is_deepest = level == LEVELS;
        let children = under.get_mut(place).map(std::mem::take).unwrap_or_default();
        for child in children.into_iter().rev() {
            // Deeper than the deepest: beside the task that it was under.
            if is_deepest {
                let title = tasks.get(child).and_then(Option::as_ref).map_or("", |task| &task.title);
                let why = "They were more than ten levels deep, so they are beside the task that they were under.";
                ledger.change(Part::Subtask, "Subtasks", why, title);
                next.push((child, parent, level));
            } else {
                next.push((child, Some(place), level + 1));
            }
        }
        list.tasks.push(task);
    }
}

/// Cuts each circle where it comes back to the task of it that was met first.
fn uncircle(parents: &mut [Option<usize>], mut cut: impl FnMut(usize)) {
    // The walk that came by, by the task that it began at.
    let mut walked: Vec<Option<usize>> = vec![None; parents.len()];
    for start in 0..parents.len() {
        let mut here = start;
        loop {
            match walked.get_mut(here) {
                Some(walk @ None) => *walk = Some(start),
                Some(Some(walk)) if *walk == start => {
                    if let Some(parent) = parents.get_mut(here) {
                        *parent = None;
                    }
                    cut(here);
                    break;
                }
                _ => break,
            }
            match parents.get(here).copied().flatten() {
                Some(parent) => here = parent,
                None => break,
            }
        }
    }
}

/// No task waits for itself, whichever way round, nor for what isn’t there.
fn waits(lists: &mut [List], ledger: &mut Ledger) {
    const WHAT: &str = "Dependencies";
    let tasks: Vec<&mut Task> = lists.iter_mut().flat_map(|list| &mut list.tasks).collect();
    let places: HashMap<String, usize> =
        tasks.iter().enumerate().map(|(place, task)| (task.source.clone(), place)).collect();
    let mut waits: Vec<Vec<usize>> = Vec::with_capacity(tasks.len());
    for (place, task) in tasks.iter().enumerate() {
        let mut known = HashSet::new();
        let mut found = Vec::new();
        for source in &task.blocked_by {
            match places.get(source) {
                None => ledger.lose(Part::Dependency, WHAT, "The other task isn’t in the file.", 1, &task.title),
                Some(other) if *other == place => {
                    ledger.lose(Part::Dependency, WHAT, "The task waited for itself.", 1, &task.title);
                }
                Some(other) if known.insert(*other) => found.push(*other),
                Some(_) => ledger.lose(Part::Dependency, WHAT, "The file says them twice.", 1, &task.title),
            }
        }
        waits.push(found);
    }
    // Depth first: what leads back to a task that is being looked at would close a circle.
    let mut kept: Vec<Vec<usize>> = vec![Vec::new(); waits.len()];
    let mut begun = vec![false; waits.len()];
    let mut open = vec![false; waits.len()];
    for start in 0..waits.len() {
        let mut path: Vec<(usize, std::vec::IntoIter<usize>)> = Vec::new();
        let mut enter = Some(start);
        loop {
            if let Some(place) = enter.take()
                && let Some(was @ false) = begun.get_mut(place)
            {
                *was = true;
                if let Some(open) = open.get_mut(place) {
                    *open = true;
                }
                path.push((place, waits.get_mut(place).map(std::mem::take).unwrap_or_default().into_iter()));
            }
            let Some((place, others)) = path.last_mut() else { break };
            let place = *place;
            match others.next() {
                None => {
                    path.pop();
                    if let Some(open) = open.get_mut(place) {
                        *open = false;
                    }
                }
                Some(other) if open.get(other).copied().unwrap_or(true) => {
                    let title = tasks.get(place).map_or("", |task| &task.title);
                    ledger.lose(Part::Dependency, WHAT, "The tasks waited for each other in a circle.", 1, title);
                }
                Some(other) => {
                    if let Some(kept) = kept.get_mut(place) {
                        kept.push(other);
                    }
                    enter = Some(other);
                }
            }
        }
    }
    let sources: Vec<String> = tasks.iter().map(|task| task.source.clone()).collect();
    for (task, kept) in tasks.into_iter().zip(kept) {
        task.blocked_by = kept.into_iter().filter_map(|other| sources.get(other).cloned()).collect();
    }
}

/// What was found, and what of it is in the lists. Nothing is reckoned from the other.
fn counts(lists: &[List], ledger: &Ledger) -> Counts {
    let mut counts: BTreeMap<Part, Count> = BTreeMap::new();
    for (part, found) in &ledger.found {
        counts.entry(*part).or_default().found = *found;
    }
    for ((part, ..), heap) in &ledger.dropped {
        let dropped = &mut counts.entry(*part).or_default().dropped;
        *dropped = dropped.saturating_add(heap.count);
    }
    let mut take = |part, count| {
        if count > 0 {
            counts.entry(part).or_default().taken += count;
        }
    };
    for list in lists {
        take(Part::Section, list.sections.len());
        take(Part::Status, list.statuses.iter().filter(|one| !one.made).count());
        for task in &list.tasks {
            for (part, count) in task.parts() {
                take(part, count);
            }
        }
    }
    Counts(counts)
}
