//! The language of filters and of the search: `status:open due<=+7d (label:urgent or priority>=high) -assignee:none fridge`.
//!
//! - Words and "phrases" are looked for in title, notes and comments; all must be there. `cli*` is the beginning of a word,
//!   and `T-12` also a task’s own number.
//! - `key:value` and `key:this,that` (either); `due<today`, `priority>=high`, `estimate>1h`, `progress<50`.
//! - `-this` and `not this`; `this or that`, which binds less than what stands side by side; parentheses. In quotes nothing
//!   is a key or a keyword: `label:"none"` is the label of that name.
//! - Names are those that are the same but for capitals, accents and spaces. For people some of their names is enough:
//!   `assignee:sam`.
//!
//! What isn’t there compares with nothing: `due<today` is never a task without a due date. But “not” is the opposite, always:
//! `-due:today`, and `-due<today` too, are also the tasks without one. Who wants those that have one adds `due:any`.
//!
//! An `=` is a `:`. Dates that are more than a day (`this-week`) hold each of their days; before them is before their first,
//! after them is after their last. `+7d` is the seventh day from today, `due<=+7d` all until then.

mod names;
mod narrow;
mod read;
mod show;

use std::{cmp::Ordering, iter};

use jiff::{
    Span,
    civil::{Date, DateTime, Time, Weekday},
};

use self::read::Reader;
pub use self::{
    names::Names,
    narrow::{Beside, Reads, Standing},
};
use super::words::{self, Wanted};

/// The most characters of a filter, as typed and as written out.
pub const LONGEST: usize = 2000;
/// The most levels of parentheses and “not” within each other.
pub const DEEPEST: usize = 32;
/// The most things that a filter asks for; of `key:this,that` each is one.
pub const MOST_TERMS: usize = 100;

/// A filter. Two are equal if they ask for the same in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query(Option<Node>);

/// What is wrong with a filter that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, in characters from the beginning.
    pub at: usize,
    /// How many characters it is about.
    pub length: usize,
    /// A sentence for whoever typed it.
    pub message: String,
}

/// When it is, on the organisation’s clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today {
    /// Day and time.
    pub now: DateTime,
    /// The first day of a week.
    pub week_starts: Weekday,
}

/// What a status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody began.
    Open,
    /// Somebody is at it.
    Started,
    /// It is completed.
    Done,
}

/// Somebody’s name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person<'a> {
    /// As people read it.
    pub name: &'a str,
    /// Whoever looks.
    pub is_me: bool,
}

/// A team’s name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Team<'a> {
    /// As people read it.
    pub name: &'a str,
    /// Whoever looks is in it.
    pub is_mine: bool,
}

/// What a task has or is, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It has notes.
    Notes,
    /// It has files.
    Files,
    /// It has comments.
    Comments,
    /// It has a checklist.
    Checklist,
    /// It has subtasks.
    Subtasks,
    /// It repeats.
    Repeat,
    /// It waits for another task, which isn’t done.
    Blocked,
    /// Another task waits for it, which isn’t done.
    Blocking,
    /// Notes or comments mention whoever looks.
    MentionsMe,
    /// Whoever looks follows it.
    Following,
}

/// The marks of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks(u16);

/// The value of a field of a list’s own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// A number, in units of the last of so many decimals.
    Number(i64, u8),
    /// Money, in cents.
    Money(i64),
    /// A day.
    Date(Date),
    /// What was chosen.
    Choice(&'a str),
    /// Somebody.
    Person(Person<'a>),
}

/// A field of a list’s own that has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it says.
    pub value: Value<'a>,
}

/// What is known about a task, in words.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The 12 of T-12.
    pub number: i64,
    /// Whether something is in its title, in its notes or in one of its comments, as [`Wanted::is_in`] says of each.
    pub text: &'a dyn Fn(&Wanted) -> bool,
    /// What names are compared by.
    pub names: &'a Names,
    /// The name of its status.
    pub status: &'a str,
    /// What that means.
    pub kind: Kind,
    /// Its list’s name.
    pub list: &'a str,
    /// The name of that list’s space.
    pub space: &'a str,
    /// In which part of the list.
    pub section: Option<&'a str>,
    /// The number of what it is a part of.
    pub parent: Option<i64>,
    /// From 0 (none) to 4 (urgent).
    pub priority: i64,
    /// Not before.
    pub start: Option<Date>,
    /// By when.
    pub due: Option<Date>,
    /// By what time of that day.
    pub due_time: Option<Time>,
    /// When it was added, on the organisation’s clock.
    pub created: DateTime,
    /// When it was completed.
    pub completed: Option<DateTime>,
    /// When it last changed.
    pub updated: DateTime,
    /// How long it takes, in minutes.
    pub estimate: Option<i64>,
    /// How far it has come, with all that is below it: 0 to 100.
    pub progress: i64,
    /// Whose it is.
    pub responsible: Option<Person<'a>>,
    /// Who else is on it.
    pub people: &'a [Person<'a>],
    /// Who added it.
    pub created_by: Option<Person<'a>>,
    /// Whose queue it is in.
    pub team: Option<Team<'a>>,
    /// What it is about.
    pub labels: &'a [&'a str],
    /// What else is so.
    pub marks: Marks,
    /// Those fields of its list’s own that have a value; one with several choices is there for each.
    pub fields: &'a [Field<'a>],
}

impl Kind {
    /// Reads the word stored.
    pub fn stored(word: &str) -> Option<Self> {
        one_of(&KINDS, word)
    }
}

impl Marks {
    /// The same with one more where it is so.
    #[must_use]
    pub const fn with(self, mark: Mark, is_so: bool) -> Self {
        if is_so { Self(self.0 | 1 << mark as u16) } else { self }
    }

    /// Whether it is so.
    pub const fn has(self, mark: Mark) -> bool {
        self.0 & 1 << mark as u16 != 0
    }
}

impl Query {
    /// Reads a filter.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::read(text, false)
    }

    /// Reads a filter that somebody is still typing: a word at its end can be the beginning of one, and quotes may still be
    /// open.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse_unfinished(text: &str) -> Result<Self, Problem> {
        Self::read(text, true)
    }

    fn read(text: &str, unfinished: bool) -> Result<Self, Problem> {
        let query = Reader::new(text, unfinished)?.all_of_it()?;
        // Names of dates, of levels and of words without accents can be longer than what was typed.
        let long = |mut problem: Problem| {
            (problem.at, problem.length) = (0, text.chars().count());
            problem
        };
        Reader::new(&query.show(), false).and_then(Reader::all_of_it).map_err(long)?;
        Ok(query)
    }

    /// Whether a task is among what the filter asks for. An empty one asks for every task.
    pub fn matches(&self, facts: &Facts<'_>, today: &Today) -> bool {
        self.0.as_ref().is_none_or(|node| node.matches(facts, today))
    }

    /// What the index of every match must hold, each once: whole words, and the stems of starts ([`words::stem_of`]). Empty
    /// where nothing is certain, and every task has to be looked at.
    ///
    /// An index has to hold a task’s own number (“T-12”) among the words of its title.
    pub fn words(&self) -> Vec<&str> {
        self.0.as_ref().map(Node::words).unwrap_or_default()
    }

    /// Whether title, notes or comments matter to it at all.
    pub fn reads_text(&self) -> bool {
        self.0.as_ref().is_some_and(Node::reads_text)
    }

    /// The filter in one way of writing; read again, it is the same.
    pub fn show(&self) -> String {
        let mut shown = String::new();
        if let Some(node) = &self.0 {
            node.show(&mut shown);
        }
        shown
    }

    /// It asks for nothing.
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    /// Two or more.
    All(Vec<Node>),
    /// Two or more.
    Any(Vec<Node>),
    Not(Box<Node>),
    Term(Term),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    Text(Wanted),
    Named(Named, Vec<Name>),
    Priority(Compare, Vec<i64>),
    Dated(Dated, Compare, Vec<When>),
    Estimate(Compare, Vec<Estimate>),
    Progress(Compare, Vec<i64>),
    Parent(Vec<Parent>),
    Has(Vec<Mark>),
    Is(Vec<State>),
    No(Vec<Part>),
    /// `mentions:me`, `following:me`.
    Me(Mark),
    Field(Called, Compare, Vec<FieldValue>),
}

/// Keys whose values are names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Status,
    Assignee,
    Responsible,
    CreatedBy,
    Team,
    Label,
    List,
    Space,
    Section,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    None,
    Any,
    /// Me, or my teams.
    Own,
    Kind(Kind),
    Called(Called),
}

/// A name as it was typed, and what it is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Called {
    typed: String,
    folded: String,
    words: Vec<String>,
}

/// Keys whose values are dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dated {
    Due,
    Start,
    Created,
    Completed,
    Updated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    None,
    Any,
    Overdue,
    In(Days),
}

/// Days, seen from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Days {
    On(Date),
    /// So many from today.
    Day(i64),
    /// That of today plus so many.
    Week(i64),
    /// That of today plus so many.
    Month(i64),
    /// The day that is so many months on.
    Months(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Estimate {
    None,
    Any,
    Minutes(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    None,
    Any,
    Number(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Overdue,
    Late,
    Blocked,
    Blocking,
    Unassigned,
    Claimed,
    Subtask,
    Top,
}

/// What a task can be without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Named(Named),
    Due,
    Start,
    Estimate,
    Priority,
    Parent,
    Mark(Mark),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum FieldValue {
    None,
    Any,
    Me,
    /// What kind of field it is for is known when it is there.
    Typed(Called, Option<Number>, Option<Days>),
}

/// A number, in units of the last of so many decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number(i64, u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Is,
    Less,
    LessOrIs,
    More,
    MoreOrIs,
}

/// All keys, in the order in which they are proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Named(Named),
    Dated(Dated),
    Priority,
    Estimate,
    Progress,
    Parent,
    Has,
    Is,
    No,
    Me(Mark),
    Field,
}

const KEYS: [(&str, Key); 24] = [
    ("status", Key::Named(Named::Status)),
    ("assignee", Key::Named(Named::Assignee)),
    ("responsible", Key::Named(Named::Responsible)),
    ("team", Key::Named(Named::Team)),
    ("label", Key::Named(Named::Label)),
    ("list", Key::Named(Named::List)),
    ("space", Key::Named(Named::Space)),
    ("section", Key::Named(Named::Section)),
    ("created-by", Key::Named(Named::CreatedBy)),
    ("due", Key::Dated(Dated::Due)),
    ("start", Key::Dated(Dated::Start)),
    ("created", Key::Dated(Dated::Created)),
    ("completed", Key::Dated(Dated::Completed)),
    ("updated", Key::Dated(Dated::Updated)),
    ("priority", Key::Priority),
    ("estimate", Key::Estimate),
    ("progress", Key::Progress),
    ("parent", Key::Parent),
    ("has", Key::Has),
    ("is", Key::Is),
    ("no", Key::No),
    ("mentions", Key::Me(Mark::MentionsMe)),
    ("following", Key::Me(Mark::Following)),
    ("field", Key::Field),
];

const KINDS: [(&str, Kind); 3] = [("open", Kind::Open), ("started", Kind::Started), ("done", Kind::Done)];

const PRIORITIES: [(&str, i64); 5] = [("none", 0), ("low", 1), ("medium", 2), ("high", 3), ("urgent", 4)];

const DAYS: [(&str, Days); 9] = [
    ("today", Days::Day(0)),
    ("tomorrow", Days::Day(1)),
    ("yesterday", Days::Day(-1)),
    ("this-week", Days::Week(0)),
    ("next-week", Days::Week(1)),
    ("last-week", Days::Week(-1)),
    ("this-month", Days::Month(0)),
    ("next-month", Days::Month(1)),
    ("last-month", Days::Month(-1)),
];

const HAS: [(&str, Mark); 6] = [
    ("notes", Mark::Notes),
    ("files", Mark::Files),
    ("comments", Mark::Comments),
    ("checklist", Mark::Checklist),
    ("subtasks", Mark::Subtasks),
    ("repeat", Mark::Repeat),
];

const STATES: [(&str, State); 8] = [
    ("overdue", State::Overdue),
    ("late", State::Late),
    ("blocked", State::Blocked),
    ("blocking", State::Blocking),
    ("unassigned", State::Unassigned),
    ("claimed", State::Claimed),
    ("subtask", State::Subtask),
    ("top", State::Top),
];

const PARTS: [(&str, Part); 16] = [
    ("due", Part::Due),
    ("start", Part::Start),
    ("label", Part::Named(Named::Label)),
    ("assignee", Part::Named(Named::Assignee)),
    ("responsible", Part::Named(Named::Responsible)),
    ("team", Part::Named(Named::Team)),
    ("section", Part::Named(Named::Section)),
    ("estimate", Part::Estimate),
    ("priority", Part::Priority),
    ("parent", Part::Parent),
    ("notes", Part::Mark(Mark::Notes)),
    ("files", Part::Mark(Mark::Files)),
    ("comments", Part::Mark(Mark::Comments)),
    ("checklist", Part::Mark(Mark::Checklist)),
    ("subtasks", Part::Mark(Mark::Subtasks)),
    ("repeat", Part::Mark(Mark::Repeat)),
];

impl Node {
    fn all(nodes: Vec<Self>) -> Option<Self> {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::All(inner) => flat.extend(inner),
                node => flat.push(node),
            }
        }
        if flat.len() < 2 { flat.pop() } else { Some(Self::All(flat)) }
    }

    fn any(nodes: Vec<Self>) -> Option<Self> {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::Any(inner) => flat.extend(inner),
                node => flat.push(node),
            }
        }
        if flat.len() < 2 { flat.pop() } else { Some(Self::Any(flat)) }
    }

    fn not(node: Self) -> Self {
        match node {
            Self::Not(inner) => *inner,
            node => Self::Not(Box::new(node)),
        }
    }

    fn matches(&self, facts: &Facts<'_>, today: &Today) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.matches(facts, today)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(facts, today)),
            Self::Not(node) => !node.matches(facts, today),
            Self::Term(term) => term.matches(facts, today),
        }
    }

    fn words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = match self {
            Self::All(nodes) => nodes.iter().flat_map(Self::words).collect(),
            Self::Any(nodes) => {
                let mut each = nodes.iter().map(Self::words);
                let first = each.next().unwrap_or_default();
                each.fold(first, |both, more| both.into_iter().filter(|word| more.contains(word)).collect())
            }
            Self::Term(Term::Text(wanted)) => wanted.entries(),
            Self::Not(_) | Self::Term(_) => Vec::new(),
        };
        words.sort_unstable();
        words.dedup();
        words
    }

    fn reads_text(&self) -> bool {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(Self::reads_text),
            Self::Not(node) => node.reads_text(),
            Self::Term(term) => matches!(term, Term::Text(_)),
        }
    }
}

impl Term {
    fn matches(&self, facts: &Facts<'_>, today: &Today) -> bool {
        match self {
            Self::Text(wanted) => is_number(facts.number, wanted) || (facts.text)(wanted),
            Self::Named(key, names) => names.iter().any(|name| key.matches(name, facts)),
            Self::Priority(compare, levels) => levels.iter().any(|level| compare.holds(facts.priority, *level)),
            Self::Dated(key, compare, whens) => {
                let day = key.day(facts);
                whens.iter().any(|when| match when {
                    When::None => day.is_none(),
                    When::Any => day.is_some(),
                    When::Overdue => is_overdue(facts, today),
                    When::In(days) => day.is_some_and(|day| days.holds(*compare, day, today)),
                })
            }
            Self::Estimate(compare, estimates) => estimates.iter().any(|estimate| match estimate {
                Estimate::None => facts.estimate.is_none(),
                Estimate::Any => facts.estimate.is_some(),
                Estimate::Minutes(minutes) => facts.estimate.is_some_and(|own| compare.holds(own, *minutes)),
            }),
            Self::Progress(compare, parts) => parts.iter().any(|part| compare.holds(facts.progress, *part)),
            Self::Parent(parents) => parents.iter().any(|parent| match parent {
                Parent::None => facts.parent.is_none(),
                Parent::Any => facts.parent.is_some(),
                Parent::Number(number) => facts.parent == Some(*number),
            }),
            Self::Has(marks) => marks.iter().any(|mark| facts.marks.has(*mark)),
            Self::Is(states) => states.iter().any(|state| state.holds(facts, today)),
            Self::No(parts) => parts.iter().any(|part| part.is_missing(facts)),
            Self::Me(mark) => facts.marks.has(*mark),
            Self::Field(name, compare, values) => {
                let own =
                    || facts.fields.iter().filter(|field| name.is(field.name, facts.names)).map(|field| field.value);
                values.iter().any(|value| match value {
                    FieldValue::None => own().next().is_none(),
                    FieldValue::Any => own().next().is_some(),
                    FieldValue::Me => own().any(|own| matches!(own, Value::Person(person) if person.is_me)),
                    FieldValue::Typed(typed, number, days) => {
                        own().any(|own| holds(own, *compare, typed, *number, *days, (today, facts.names)))
                    }
                })
            }
        }
    }
}

impl Named {
    fn matches(self, name: &Name, facts: &Facts<'_>) -> bool {
        let names = facts.names;
        match self {
            Self::Status => name.is_status(facts.status, facts.kind, names),
            Self::Assignee => name.is_one_of(facts.responsible.iter().chain(facts.people), names),
            Self::Responsible => name.is_one_of(facts.responsible.iter(), names),
            Self::CreatedBy => name.is_one_of(facts.created_by.iter(), names),
            Self::Team => match name {
                Name::Own => facts.team.is_some_and(|team| team.is_mine),
                name => name.is_among(facts.team.iter().map(|team| team.name), names),
            },
            Self::Label => name.is_among(facts.labels.iter().copied(), names),
            Self::List => name.is_among(iter::once(facts.list), names),
            Self::Space => name.is_among(iter::once(facts.space), names),
            Self::Section => name.is_among(facts.section.into_iter(), names),
        }
    }
}

impl Name {
    fn is_status(&self, status: &str, own: Kind, names: &Names) -> bool {
        match self {
            Self::Kind(kind) => own == *kind || names.of(status).folded == name_of(&KINDS, *kind),
            name => name.is_among(iter::once(status), names),
        }
    }

    fn is_among<'a>(&self, mut own: impl Iterator<Item = &'a str>, names: &Names) -> bool {
        match self {
            Self::None => own.next().is_none(),
            Self::Any => own.next().is_some(),
            Self::Called(called) => own.any(|name| called.is(name, names)),
            Self::Own | Self::Kind(_) => false,
        }
    }

    fn is_one_of<'a>(&self, mut people: impl Iterator<Item = &'a Person<'a>>, names: &Names) -> bool {
        match self {
            Self::None => people.next().is_none(),
            Self::Any => people.next().is_some(),
            Self::Own => people.any(|person| person.is_me),
            Self::Called(called) => people.any(|person| called.is_called(person.name, names)),
            Self::Kind(_) => false,
        }
    }
}

impl Called {
    /// `None` where there is nothing to be seen in it.
    fn new(typed: &str) -> Option<Self> {
        let folded = words::folded(typed);
        let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        (!folded.is_empty()).then(|| Self { words: words::in_order(&typed), typed, folded })
    }

    fn is(&self, name: &str, names: &Names) -> bool {
        names.of(name).folded == self.folded
    }

    /// A person of this name, or of one with more to it.
    fn is_called(&self, name: &str, names: &Names) -> bool {
        let name = names.of(name);
        name.folded == self.folded || !self.words.is_empty() && self.words.iter().all(|word| name.words.contains(word))
    }

    /// A text that holds it, words in a row.
    fn is_in(&self, text: &str, names: &Names) -> bool {
        let text = names.of(text);
        text.folded == self.folded || Wanted::Phrase(self.words.clone()).is_in(&text.words)
    }
}

impl Dated {
    fn day(self, facts: &Facts<'_>) -> Option<Date> {
        match self {
            Self::Due => facts.due,
            Self::Start => facts.start,
            Self::Created => Some(facts.created.date()),
            Self::Completed => facts.completed.map(DateTime::date),
            Self::Updated => Some(facts.updated.date()),
        }
    }
}

impl Days {
    fn holds(self, compare: Compare, day: Date, today: &Today) -> bool {
        let (first, last) = self.range(today);
        compare.holds_between(day.cmp(&first), day.cmp(&last))
    }

    /// The first and the last of them.
    fn range(self, today: &Today) -> (Date, Date) {
        let now = today.now.date();
        let days = |day: Date, count: i64| day.saturating_add(Span::new().days(count));
        let months = |day: Date, count: i64| day.saturating_add(Span::new().months(count));
        match self {
            Self::On(day) => (day, day),
            Self::Day(count) => (days(now, count), days(now, count)),
            Self::Months(count) => (months(now, count), months(now, count)),
            Self::Week(count) => {
                let since = i64::from(now.weekday().since(today.week_starts));
                let first = days(now, count.saturating_mul(7).saturating_sub(since));
                (first, days(first, 6))
            }
            Self::Month(count) => {
                let first = months(now.first_of_month(), count);
                (first, first.last_of_month())
            }
        }
    }
}

impl State {
    fn holds(self, facts: &Facts<'_>, today: &Today) -> bool {
        match self {
            Self::Overdue => is_overdue(facts, today),
            Self::Late => match facts.kind {
                Kind::Done => facts.completed.is_some_and(|at| is_past(facts, at)),
                Kind::Open | Kind::Started => is_past(facts, today.now),
            },
            Self::Blocked => facts.marks.has(Mark::Blocked),
            Self::Blocking => facts.marks.has(Mark::Blocking),
            Self::Unassigned => facts.responsible.is_none() && facts.people.is_empty(),
            Self::Claimed => facts.team.is_some() && facts.responsible.is_some(),
            Self::Subtask => facts.parent.is_some(),
            Self::Top => facts.parent.is_none(),
        }
    }
}

impl Part {
    fn is_missing(self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Named(key) => key.matches(&Name::None, facts),
            Self::Due => facts.due.is_none(),
            Self::Start => facts.start.is_none(),
            Self::Estimate => facts.estimate.is_none(),
            Self::Priority => facts.priority == 0,
            Self::Parent => facts.parent.is_none(),
            Self::Mark(mark) => !facts.marks.has(mark),
        }
    }
}

impl Number {
    /// `None` where one has too many decimals to be compared.
    fn compared(self, other: Self) -> Option<Ordering> {
        let scaled = |number: Self, by: u8| i128::from(number.0).checked_mul(10_i128.checked_pow(u32::from(by))?);
        Some(scaled(self, other.1)?.cmp(&scaled(other, self.1)?))
    }
}

impl Compare {
    fn holds(self, own: i64, wanted: i64) -> bool {
        self.holds_between(own.cmp(&wanted), own.cmp(&wanted))
    }

    /// By how it stands to the first and to the last of what it is compared with.
    fn holds_between(self, first: Ordering, last: Ordering) -> bool {
        match self {
            Self::Is => first.is_ge() && last.is_le(),
            Self::Less => first.is_lt(),
            Self::LessOrIs => last.is_le(),
            Self::More => last.is_gt(),
            Self::MoreOrIs => first.is_ge(),
        }
    }
}

/// It is typed as the task’s number is.
fn is_number(number: i64, wanted: &Wanted) -> bool {
    match wanted {
        Wanted::Word(word) if word.starts_with("t-") => *word == format!("t-{number}"),
        Wanted::Start(start) if start.starts_with("t-") => format!("t-{number}").starts_with(start.as_str()),
        _ => false,
    }
}

fn is_overdue(facts: &Facts<'_>, today: &Today) -> bool {
    facts.kind != Kind::Done && is_past(facts, today.now)
}

/// It was due by then: the day was over, or its time had come.
fn is_past(facts: &Facts<'_>, then: DateTime) -> bool {
    facts.due.is_some_and(|day| {
        day < then.date() || day == then.date() && facts.due_time.is_some_and(|time| time <= then.time())
    })
}

/// Whether a field says what was asked for. Names and texts are never before or after each other.
fn holds(
    own: Value<'_>,
    compare: Compare,
    typed: &Called,
    number: Option<Number>,
    days: Option<Days>,
    (today, names): (&Today, &Names),
) -> bool {
    let is_number = |own: Number| {
        let order = number.and_then(|number| own.compared(number));
        order.is_some_and(|order| compare.holds_between(order, order))
    };
    match own {
        Value::Number(units, decimals) => is_number(Number(units, decimals)),
        Value::Money(cents) => is_number(Number(cents, 2)),
        Value::Date(day) => days.is_some_and(|days| days.holds(compare, day, today)),
        Value::Text(text) => compare == Compare::Is && typed.is_in(text, names),
        Value::Choice(choice) => compare == Compare::Is && typed.is(choice, names),
        Value::Person(person) => compare == Compare::Is && typed.is_called(person.name, names),
    }
}

fn one_of<T: Copy>(all: &[(&str, T)], word: &str) -> Option<T> {
    all.iter().find(|(name, _)| *name == word).map(|(_, one)| *one)
}

fn name_of<T: Copy + PartialEq>(all: &[(&'static str, T)], one: T) -> &'static str {
    all.iter().find(|(_, other)| *other == one).map_or("", |(name, _)| name)
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
