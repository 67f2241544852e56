//! Templates: a tree of tasks with roles instead of people and days counted from one day that is chosen later. What one may say, what comes
//! of it on a day, and how two versions of it differ. Pure: the same plan for the same template and the same answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Enumerate,
    slice,
};

use jiff::{
    Span,
    civil::{Date, Time},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::UserId;

/// A template has so many tasks at most, subtasks with them.
pub const MOST_TASKS: usize = 1_000;
/// So many levels of tasks at most: a task without subtasks is one.
pub const DEEPEST: usize = 10;
/// The longest title of a task, in letters.
pub const LONGEST_TITLE: usize = 500;
/// The longest notes of a task, in letters.
pub const LONGEST_NOTES: usize = 20_000;
/// A checklist has so many lines at most, each as long as a title at most.
pub const MOST_CHECKLIST: usize = 100;
/// The longest name of a template, a role, a variable, an anchor, a section or a team, in letters.
pub const LONGEST_NAME: usize = 100;
/// The longest words about a template, a role or an anchor, in letters.
pub const LONGEST_ABOUT: usize = 1_000;
/// The longest key.
pub const LONGEST_KEY: usize = 64;
/// The longest value of a variable, in letters.
pub const LONGEST_VALUE: usize = 500;
/// So many roles at most, and so many variables.
pub const MOST_NAMED: usize = 50;
/// So many sections at most.
pub const MOST_SECTIONS: usize = 100;
/// So many labels of a task at most, and so many roles beside the responsible one.
pub const MOST_LABELS: usize = 20;
/// A task waits for so many others at most, and so many for it.
pub const MOST_BLOCKERS: usize = 50;
/// The longest label, in letters.
pub const LONGEST_LABEL: usize = 50;
/// The longest estimate, in minutes: 10,000 hours.
pub const MOST_ESTIMATE: u32 = 600_000;
/// So many days at most before or after: ten years and a little.
pub const MOST_DAYS: i32 = 3_660;
/// A template’s words come to so many bytes at most.
pub const MOST_TEXT: usize = 2_000_000;
/// The first day that a plan can hold. A Monday, from which days are counted.
pub const FIRST: Date = Date::constant(1900, 1, 1);
/// The last day that a plan can hold.
pub const LAST: Date = Date::constant(9900, 12, 31);

/// With what is filled in, a plan’s words come to so many bytes at most.
const MOST_PLANNED: usize = 500_000;
/// So much is said at most of what is wrong.
const MOST_WRONG: usize = 100;
/// So many warnings of a kind at most; the rest is counted.
const MOST_WARNINGS: usize = 20;
/// So many differences at most; the rest is counted.
const MOST_DIFFERENCES: usize = 200;
/// So many letters of a title are quoted.
const QUOTED: usize = 60;

const OUTSIDE: &str = "This falls outside the years 1900 to 9900. Choose another date.";
const NO_WORK: &str = "No day of the week is a working day, so working days can’t be counted. Choose at least one.";
const NO_TASK: &str = "No task has the key";
const NO_ROLE: &str = "The template has no role with the key";

/// What is wrong, and where: `tasks[2].children[0].due`, and a sentence for whoever wrote it.
pub type Wrong = (String, String);

/// A template: what is done, by whom in which role, and when before or after a day that is chosen when it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateBody)]
pub struct Body {
    /// Its name: “New employee”.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Who does things, without saying who that is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// What is asked for when it is used, and stands in titles, notes and checklists as `{{key}}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// The day that others are counted from.
    pub anchor: Anchor,
    /// The sections that its tasks stand in, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<String>,
    /// Its tasks, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Step>,
}

/// A role: somebody is chosen for it when the template is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateRole)]
pub struct Role {
    /// What tasks call it, a small letter first: `payroll`. In titles, notes and checklists `{{role:payroll}}` is the name of whoever is chosen.
    pub key: String,
    /// What people read: “Payroll”.
    pub name: String,
    /// Who should be chosen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
}

/// Something that is asked for when the template is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateVariable)]
pub struct Variable {
    /// What titles call it, a small letter first: `client` for `{{client}}`.
    pub key: String,
    /// What people read: “Client’s name”.
    pub name: String,
    /// What may be filled in.
    #[serde(default)]
    pub kind: VariableKind,
    /// Stands there where nothing is filled in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub default: String,
    /// The template can’t be used without it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
}

/// What may be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TemplateVariableKind)]
pub enum VariableKind {
    /// Any words, on one line.
    #[default]
    Text,
    /// A day, `2027-04-23`, which is read as “Friday 23 April 2027”.
    Date,
    /// A number: `12`, `-3`, `4.5`.
    Number,
}

/// The day that others are counted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateAnchor)]
pub struct Anchor {
    /// What people read: “Start date”.
    pub name: String,
    /// Which day to choose.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
}

/// A task of a template.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateTask)]
pub struct Step {
    /// What other tasks of the template call it, a small letter first. No two have the same.
    pub key: String,
    /// Its title; `{{client}}` and `{{role:payroll}}` are filled in.
    pub title: String,
    /// Its notes, as Markdown; filled in as the title is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// The section it stands in, by name. A subtask stands in its parent’s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The role that is responsible, by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Roles that are on it as well, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// The team whose members claim it, by name. Instead of `role`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Everyone on it completes it, not any one of them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub everyone: bool,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: u8,
    /// How long it takes, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_minutes: Option<u32>,
    /// Labels, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Offset>,
    /// When it is started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Offset>,
    /// The time of the day at which it is due: `09:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// What is ticked off one by one; filled in as the title is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<String>,
    /// The tasks it waits for, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_by: Vec<String>,
    /// Its subtasks, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub children: Vec<Step>,
}

/// A day, counted from another: “5 working days before”, “3 days after”, “the working day on or before”.
///
/// The day that is counted from never counts itself: one working day after a Friday is the next day that is worked, and so is one after the
/// Saturday. No working days after a day is that day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateOffset)]
pub struct Offset {
    /// How many days after; below zero, before.
    pub days: i32,
    /// Which days count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unit: Unit,
    /// The key of the task whose due day it is counted from; without, the anchor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What becomes of it where that day isn’t worked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub adjust: Adjust,
}

/// Which days count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TemplateUnit)]
pub enum Unit {
    /// Every day.
    #[default]
    Calendar,
    /// Days of the week that are worked, without public holidays and other closed days.
    Working,
}

/// What becomes of a day that isn’t worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TemplateAdjust)]
pub enum Adjust {
    /// It stays.
    #[default]
    None,
    /// The first working day after it.
    NextWorking,
    /// The last working day before it.
    PreviousWorking,
}

/// A template that [`check`] found nothing wrong with.
#[derive(Debug, Clone)]
pub struct Checked<'a> {
    body: &'a Body,
    /// In order, every parent before its subtasks.
    steps: Vec<Resolved<'a>>,
    /// Each after the one that its due day is counted from.
    by_due: Vec<usize>,
}

/// What is known when a template is used.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The day that others are counted from.
    pub anchor: Date,
    /// Who is chosen for each role, by its key. A role that isn’t there has nobody.
    pub roles: &'a BTreeMap<String, Option<UserId>>,
    /// What people are called, for `{{role:payroll}}`. Who isn’t there goes by their role.
    pub names: &'a BTreeMap<UserId, String>,
    /// What is filled in, by the variable’s key.
    pub variables: &'a BTreeMap<String, String>,
    /// Public holidays, and other days on which nobody works.
    pub closed: &'a BTreeSet<Date>,
    /// What such days are called, for warnings: “Anzac Day”. One that isn’t there goes by its date.
    pub holidays: &'a BTreeMap<Date, String>,
    /// Whether each day of the week is worked; Monday first.
    pub works: [bool; 7],
}

/// What comes of a template on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In order, every parent before its subtasks.
    pub tasks: Vec<Planned>,
    /// What whoever uses it should know before, in sentences.
    pub warnings: Vec<String>,
}

/// A task to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its key in the template.
    pub key: String,
    /// The place of the task it is a part of: always before its own.
    pub parent: Option<usize>,
    /// The section it stands in, by name; a subtask’s is its parent’s.
    pub section: Option<String>,
    /// Filled in.
    pub title: String,
    /// Filled in, as Markdown.
    pub notes: String,
    /// Who is chosen for its role.
    pub responsible: Option<UserId>,
    /// Who is on it as well: each once, never the responsible one.
    pub people: Vec<UserId>,
    /// The team whose members claim it, by name.
    pub team: Option<String>,
    /// Everyone on it completes it, not any one of them.
    pub everyone: bool,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    pub priority: u8,
    /// In minutes.
    pub estimate: Option<u32>,
    /// By name.
    pub labels: Vec<String>,
    /// When it is due.
    pub due_day: Option<Date>,
    /// At what time of that day.
    pub due_time: Option<Time>,
    /// When it is started: never after it is due.
    pub start_day: Option<Date>,
    /// Filled in.
    pub checklist: Vec<String>,
    /// The places of the tasks it waits for, each once.
    pub blocked_by: Vec<usize>,
}

/// What is wrong with a template, if anything.
///
/// # Errors
/// Each thing that is wrong, by where it stands: the first hundred.
pub fn check(body: &Body) -> Result<Checked<'_>, Vec<Wrong>> {
    let mut wrong = Wrongs::default();
    check_head(body, &mut wrong);
    if text_of(body) > MOST_TEXT {
        wrong.say("tasks", "The template has too many words. Make it at most 2 MB.");
        return Err(wrong.0);
    }
    let mut steps: Vec<Resolved> = Vec::new();
    for met in Walk::over(body) {
        if steps.len() >= MOST_TASKS {
            wrong.say("tasks", format!("A template has at most {} tasks.", grouped(MOST_TASKS)));
            return Err(wrong.0);
        }
        if met.depth > DEEPEST {
            wrong.say(&met.path, format!("Tasks go at most {DEEPEST} levels deep."));
        }
        let section = match met.parent {
            Some(parent) => steps.get(parent).and_then(|parent| parent.section),
            None => met.step.section.as_deref(),
        };
        check_step(body, &met, section, &mut wrong);
        let time = met.step.time.as_deref().and_then(time_of_day);
        let Met { step, parent, path, .. } = met;
        steps.push(Resolved {
            step,
            path,
            parent,
            section,
            time,
            due_after: None,
            start_after: None,
            blocked_by: vec![],
        });
    }
    resolve(&mut steps, &mut wrong);

    let waits: Vec<Vec<usize>> = steps.iter().map(|step| step.blocked_by.clone()).collect();
    if let Err(ring) = in_order(&waits) {
        say_ring(&steps, &ring, "blocked_by", "waits for", &mut wrong);
    }
    let counted: Vec<Vec<usize>> = steps.iter().map(|step| step.due_after.into_iter().collect()).collect();
    let by_due = in_order(&counted).unwrap_or_else(|ring| {
        say_ring(&steps, &ring, "due.after", "is counted from", &mut wrong);
        Vec::new()
    });
    if wrong.0.is_empty() { Ok(Checked { body, steps, by_due }) } else { Err(wrong.0) }
}

/// The tasks that come of a template, and what to know before they are made.
///
/// # Errors
/// Each thing that can’t be, by where it stands: the first hundred.
pub fn plan(checked: &Checked<'_>, given: &Given<'_>) -> Result<Plan, Vec<Wrong>> {
    let mut wrong = Wrongs::default();
    if !(FIRST..=LAST).contains(&given.anchor) {
        wrong.say("anchor", "Choose a date in the years 1900 to 9900.");
        return Err(wrong.0);
    }
    let words = Words::of(checked.body, given, &mut wrong);
    let days = days_of(checked, given, &mut wrong);
    let mut room = MOST_PLANNED;
    let mut tasks = Vec::with_capacity(checked.steps.len());
    for (resolved, days) in checked.steps.iter().zip(&days) {
        let step = resolved.step;
        let at = |field: &str| format!("{}.{field}", resolved.path);
        let title = words.line(&step.title, &at("title"), &mut wrong);
        let notes = words.notes(&step.notes, &at("notes"), &mut wrong);
        let checklist: Vec<String> =
            step.checklist.iter().map(|line| words.line(line, &at("checklist"), &mut wrong)).collect();
        let used = title.len() + notes.len() + checklist.iter().map(String::len).sum::<usize>();
        let Some(left) = room.checked_sub(used) else {
            wrong.say("variables", "With what is filled in, all of it comes to more than 500,000 letters. Fill in less, or start less at once.");
            return Err(wrong.0);
        };
        room = left;
        let chosen = |role: &String| given.roles.get(role).copied().flatten();
        let responsible = step.role.as_ref().and_then(chosen);
        let mut people: Vec<UserId> = Vec::new();
        for person in step.people.iter().filter_map(chosen) {
            if Some(person) != responsible && !people.contains(&person) {
                people.push(person);
            }
        }
        tasks.push(Planned {
            key: step.key.clone(),
            parent: resolved.parent,
            section: resolved.section.map(str::to_owned),
            title,
            notes,
            responsible,
            people,
            team: step.team.clone(),
            everyone: step.everyone,
            priority: step.priority,
            estimate: step.estimate_minutes,
            labels: step.labels.clone(),
            due_day: days.due,
            due_time: resolved.time.filter(|_| days.due.is_some()),
            start_day: days.start.map(|start| days.due.map_or(start, |due| start.min(due))),
            checklist,
            blocked_by: resolved.blocked_by.clone(),
        });
    }
    if !wrong.0.is_empty() {
        return Err(wrong.0);
    }
    let warnings = warnings(checked, given, &days, &tasks);
    Ok(Plan { tasks, warnings })
}

/// What people read of an offset: “5 working days before the start date”, “on the BAS due date, or the working day before”, “3 days after ‘Sign
/// the contract’ is due”. `anchor` is the anchor’s name, `after` the title of the task it is counted from.
pub fn when(offset: &Offset, anchor: &str, after: Option<&str>) -> String {
    let count = offset.days.unsigned_abs();
    let unit = match offset.unit {
        Unit::Calendar => "day",
        Unit::Working => "working day",
    };
    let many = if count == 1 { "" } else { "s" };
    let from = match after {
        Some(title) => format!("{} is due", quoted(title)),
        None => format!("the {}", lowered(anchor)),
    };
    let mut told = match (offset.days.signum(), after) {
        (0, Some(_)) => format!("when {from}"),
        (0, None) => format!("on {from}"),
        (1, _) => format!("{} {unit}{many} after {from}", grouped(count)),
        _ => format!("{} {unit}{many} before {from}", grouped(count)),
    };
    if offset.unit == Unit::Calendar || count == 0 {
        told.push_str(match offset.adjust {
            Adjust::None => "",
            Adjust::NextWorking => ", or the next working day",
            Adjust::PreviousWorking => ", or the working day before",
        });
    }
    told
}

/// What changed from one version to the next, in sentences, for its history: the first 200, and how many more. Empty where nothing did.
pub fn differences(old: &Body, new: &Body) -> Vec<String> {
    let mut told = Vec::new();
    if old.name != new.name {
        told.push(format!("Renamed from {} to {}.", quoted(&old.name), quoted(&new.name)));
    }
    if old.about != new.about {
        told.push("The description was changed.".to_owned());
    }
    if old.anchor.name != new.anchor.name {
        let (old, new) = (quoted(&old.anchor.name), quoted(&new.anchor.name));
        told.push(format!("The main date was renamed from {old} to {new}."));
    }
    if old.anchor.about != new.anchor.about {
        told.push(format!("What is said about {} is worded anew.", quoted(&new.anchor.name)));
    }
    let of_role = |role: &Role| (role.key.clone(), role.name.clone(), role.clone());
    named("role", old.roles.iter().map(of_role), new.roles.iter().map(of_role), &mut told);
    let of_variable = |variable: &Variable| (variable.key.clone(), variable.name.clone(), variable.clone());
    named("variable", old.variables.iter().map(of_variable), new.variables.iter().map(of_variable), &mut told);
    let of_section = |section: &String| (section.clone(), section.clone(), ());
    named("section", old.sections.iter().map(of_section), new.sections.iter().map(of_section), &mut told);
    tasks_differ(old, new, &mut told);
    limited(told, MOST_DIFFERENCES, "more changes")
}

/// A task of a template that was checked, with what its keys stand for.
#[derive(Debug, Clone)]
struct Resolved<'a> {
    step: &'a Step,
    path: String,
    parent: Option<usize>,
    section: Option<&'a str>,
    time: Option<Time>,
    due_after: Option<usize>,
    start_after: Option<usize>,
    blocked_by: Vec<usize>,
}

/// What is wrong so far.
#[derive(Default)]
struct Wrongs(Vec<Wrong>);

impl Wrongs {
    fn say(&mut self, path: impl Into<String>, what: impl Into<String>) {
        if self.0.len() < MOST_WRONG {
            self.0.push((path.into(), what.into()));
        }
    }

    /// Words on one line, that have to be there.
    fn name(&mut self, path: impl Into<String>, text: &str, most: usize) {
        if text.trim().is_empty() {
            self.say(path, "Fill this in.");
        } else if text.chars().any(char::is_control) {
            self.say(path, "Write this on one line.");
        } else {
            self.short(path, text, most);
        }
    }

    /// Words on as many lines as they need, or none.
    fn words(&mut self, path: impl Into<String>, text: &str, most: usize) {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.say(path, "This holds a character that can’t be seen. Write it anew.");
        } else {
            self.short(path, text, most);
        }
    }

    fn short(&mut self, path: impl Into<String>, text: &str, most: usize) {
        if text.chars().nth(most).is_some() {
            self.say(path, format!("This is too long. Write at most {} letters.", grouped(most)));
        }
    }

    /// In forms keys stand in brackets, where one that begins with a digit would be taken for a place in a list.
    fn key(&mut self, path: impl Into<String>, key: &str) {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
        if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(plain) {
            self.say(path, format!("A key has 1 to {LONGEST_KEY} small letters, digits, hyphens and underscores."));
        } else if !key.starts_with(|c: char| c.is_ascii_lowercase()) {
            self.say(path, "A key begins with a small letter.");
        }
    }

    fn at_most(&mut self, path: impl Into<String>, count: usize, most: usize, what: &str) {
        if count > most {
            self.say(path, format!("There are too many {what}: at most {most}."));
        }
    }
}

/// All but the tasks.
fn check_head(body: &Body, wrong: &mut Wrongs) {
    wrong.name("name", &body.name, LONGEST_NAME);
    wrong.words("about", &body.about, LONGEST_ABOUT);
    wrong.name("anchor.name", &body.anchor.name, LONGEST_NAME);
    wrong.words("anchor.about", &body.anchor.about, LONGEST_ABOUT);
    wrong.at_most("roles", body.roles.len(), MOST_NAMED, "roles");
    wrong.at_most("variables", body.variables.len(), MOST_NAMED, "variables");
    wrong.at_most("sections", body.sections.len(), MOST_SECTIONS, "sections");
    let mut met = BTreeSet::new();
    for (at, role) in body.roles.iter().enumerate().take(MOST_NAMED) {
        wrong.key(format!("roles[{at}].key"), &role.key);
        wrong.name(format!("roles[{at}].name"), &role.name, LONGEST_NAME);
        wrong.words(format!("roles[{at}].about"), &role.about, LONGEST_ABOUT);
        if !met.insert(role.key.as_str()) {
            wrong.say(format!("roles[{at}].key"), "Another role has this key.");
        }
    }
    met.clear();
    for (at, variable) in body.variables.iter().enumerate().take(MOST_NAMED) {
        wrong.key(format!("variables[{at}].key"), &variable.key);
        wrong.name(format!("variables[{at}].name"), &variable.name, LONGEST_NAME);
        if !met.insert(variable.key.as_str()) {
            wrong.say(format!("variables[{at}].key"), "Another variable has this key.");
        }
        if let Err(sentence) = value_of(variable.kind, &variable.default) {
            wrong.say(format!("variables[{at}].default"), sentence);
        }
    }
    met.clear();
    for (at, section) in body.sections.iter().enumerate().take(MOST_SECTIONS) {
        wrong.name(format!("sections[{at}]"), section, LONGEST_NAME);
        if !met.insert(section.as_str()) {
            wrong.say(format!("sections[{at}]"), "Another section has this name.");
        }
    }
}

/// One task, but for the keys of others.
fn check_step(body: &Body, met: &Met<'_>, section: Option<&str>, wrong: &mut Wrongs) {
    let step = met.step;
    let at = |field: &str| format!("{}.{field}", met.path);
    wrong.key(at("key"), &step.key);
    wrong.name(at("title"), &step.title, LONGEST_TITLE);
    wrong.words(at("notes"), &step.notes, LONGEST_NOTES);
    wrong.at_most(at("checklist"), step.checklist.len(), MOST_CHECKLIST, "lines");
    for (line, text) in step.checklist.iter().enumerate().take(MOST_CHECKLIST) {
        wrong.name(at(&format!("checklist[{line}]")), text, LONGEST_TITLE);
        check_fillers(body, text, || at(&format!("checklist[{line}]")), wrong);
    }
    check_fillers(body, &step.title, || at("title"), wrong);
    check_fillers(body, &step.notes, || at("notes"), wrong);
    if let Some(name) = &step.section {
        if met.parent.is_some() && Some(name.as_str()) != section {
            wrong.say(at("section"), "A subtask stands in its parent’s section.");
        } else if !body.sections.contains(name) {
            wrong.say(at("section"), format!("The template has no section {}.", quoted(name)));
        }
    }
    wrong.at_most(at("people"), step.people.len(), MOST_LABELS, "roles");
    let is_role = |key: &String| body.roles.iter().any(|role| role.key == *key);
    for (field, key) in step.role.iter().map(|key| ("role", key)).chain(step.people.iter().map(|key| ("people", key))) {
        if !is_role(key) {
            wrong.say(at(field), format!("{NO_ROLE} {}.", quoted(key)));
        }
    }
    if let Some(team) = &step.team {
        wrong.name(at("team"), team, LONGEST_NAME);
        if step.role.is_some() {
            wrong.say(at("team"), "Choose a role or a team, not both.");
        }
    }
    if step.priority > 4 {
        wrong.say(at("priority"), "Choose a priority from 0 to 4.");
    }
    if step.estimate_minutes.is_some_and(|minutes| !(1..=MOST_ESTIMATE).contains(&minutes)) {
        wrong.say(at("estimate_minutes"), "Estimate from 1 minute to 10,000 hours.");
    }
    wrong.at_most(at("labels"), step.labels.len(), MOST_LABELS, "labels");
    for (label, text) in step.labels.iter().enumerate().take(MOST_LABELS) {
        wrong.name(at(&format!("labels[{label}]")), text, LONGEST_LABEL);
    }
    for (field, offset) in [("due", &step.due), ("start", &step.start)] {
        if offset.as_ref().is_some_and(|offset| offset.days.unsigned_abs() > MOST_DAYS.unsigned_abs()) {
            wrong.say(at(&format!("{field}.days")), "Choose at most 3,660 days.");
        }
    }
    if let Some(time) = &step.time {
        if time_of_day(time).is_none() {
            wrong.say(at("time"), "Write a time as 09:00.");
        } else if step.due.is_none() {
            wrong.say(at("time"), "A time needs a day. Say when the task is due.");
        }
    }
    wrong.at_most(at("blocked_by"), step.blocked_by.len(), MOST_BLOCKERS, "tasks to wait for");
}

/// What is to be filled in has to be there.
fn check_fillers(body: &Body, text: &str, path: impl Fn() -> String, wrong: &mut Wrongs) {
    if !text.contains("{{") {
        return;
    }
    let mut said = BTreeSet::new();
    for piece in pieces(text) {
        match piece {
            Piece::Open => wrong.say(path(), "“{{” has no “}}” after it."),
            Piece::Role(key) if !body.roles.iter().any(|role| role.key == key) => {
                if said.insert(key) {
                    wrong.say(path(), format!("{NO_ROLE} {}.", quoted(key)));
                }
            }
            Piece::Variable(key) if !body.variables.iter().any(|variable| variable.key == key) => {
                if said.insert(key) {
                    wrong.say(path(), format!("The template has no variable with the key {}.", quoted(key)));
                }
            }
            Piece::Text(_) | Piece::Role(_) | Piece::Variable(_) => {}
        }
    }
}

/// Finds whom the keys stand for.
fn resolve(steps: &mut [Resolved<'_>], wrong: &mut Wrongs) {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, resolved) in steps.iter().enumerate() {
        if places.insert(&resolved.step.key, at).is_some() {
            wrong.say(format!("{}.key", resolved.path), "Another task has this key.");
        }
    }
    let has_due: Vec<bool> = steps.iter().map(|resolved| resolved.step.due.is_some()).collect();
    for (own, resolved) in steps.iter_mut().enumerate() {
        let step = resolved.step;
        let path = &resolved.path;
        let mut counted_from = |field: &str, offset: &Option<Offset>| {
            let key = offset.as_ref()?.after.as_ref()?;
            let at = places.get(key.as_str()).copied();
            match at {
                None => wrong.say(format!("{path}.{field}.after"), format!("{NO_TASK} {}.", quoted(key))),
                Some(at) if !has_due.get(at).is_some_and(|due| *due) => {
                    let sentence = format!("The task {} has no due day to count from.", quoted(key));
                    wrong.say(format!("{path}.{field}.after"), sentence);
                }
                Some(_) => {}
            }
            at
        };
        resolved.due_after = counted_from("due", &step.due);
        resolved.start_after = counted_from("start", &step.start);
        for key in step.blocked_by.iter().take(MOST_BLOCKERS) {
            match places.get(key.as_str()) {
                None => wrong.say(format!("{path}.blocked_by"), format!("{NO_TASK} {}.", quoted(key))),
                Some(at) if *at == own => wrong.say(format!("{path}.blocked_by"), "A task can’t wait for itself."),
                Some(at) if resolved.blocked_by.contains(at) => {}
                Some(at) => resolved.blocked_by.push(*at),
            }
        }
    }
    let mut waiting = vec![0_usize; steps.len()];
    for at in steps.iter().flat_map(|resolved| &resolved.blocked_by) {
        if let Some(count) = waiting.get_mut(*at) {
            *count += 1;
        }
    }
    for (resolved, _) in steps.iter().zip(waiting).filter(|(_, count)| *count > MOST_BLOCKERS) {
        let title = quoted(&resolved.step.title);
        wrong.say(
            format!("{}.blocked_by", resolved.path),
            format!("Too many tasks wait for {title}: at most {MOST_BLOCKERS} can."),
        );
    }
}

/// Each after all that it needs.
///
/// # Errors
/// Some that need each other in a ring.
fn in_order(needs: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needs) in needs.iter().enumerate() {
        for needed in needs {
            if let Some(by) = needed_by.get_mut(*needed) {
                by.push(at);
            }
        }
    }
    let mut order: Vec<usize> = (0..needs.len()).filter(|at| missing.get(*at) == Some(&0)).collect();
    let mut done = 0;
    while let Some(at) = order.get(done).copied() {
        done += 1;
        for by in needed_by.get(at).into_iter().flatten() {
            if let Some(missing) = missing.get_mut(*by) {
                *missing -= 1;
                if *missing == 0 {
                    order.push(*by);
                }
            }
        }
    }
    if order.len() == needs.len() {
        return Ok(order);
    }
    // Each that is left needs another that is left, so following them comes back.
    let left = |at: &usize| missing.get(*at).is_some_and(|missing| *missing > 0);
    let mut trail: Vec<usize> = Vec::new();
    let mut at = (0..needs.len()).find(left);
    while let Some(one) = at {
        if let Some(from) = trail.iter().position(|met| *met == one) {
            return Err(trail.split_off(from));
        }
        trail.push(one);
        at = needs.get(one).and_then(|needs| needs.iter().copied().find(left));
    }
    Err(trail)
}

/// “‘A’ waits for ‘B’, which waits for ‘A’.”
fn say_ring(steps: &[Resolved<'_>], ring: &[usize], field: &str, verb: &str, wrong: &mut Wrongs) {
    let met: Vec<&Resolved> = ring.iter().filter_map(|at| steps.get(*at)).collect();
    let Some(first) = met.first() else { return };
    let title = |resolved: &&Resolved| quoted(&resolved.step.title);
    let mut sentence = title(first);
    for (at, next) in met.iter().skip(1).chain(met.first()).enumerate() {
        if at == 4 {
            sentence.push_str(", and so on in a ring");
            break;
        }
        let link = if at == 0 { " " } else { ", which " };
        sentence += &[link, verb, " ", &title(next)].concat();
    }
    sentence.push('.');
    wrong.say(format!("{}.{field}", first.path), sentence);
}

/// A task’s days, and what they were before one was moved.
#[derive(Debug, Clone, Copy, Default)]
struct Days {
    due: Option<Date>,
    due_before: Option<Date>,
    start: Option<Date>,
}

fn days_of(checked: &Checked<'_>, given: &Given<'_>, wrong: &mut Wrongs) -> Vec<Days> {
    let open = Open::of(given);
    let mut days = vec![Days::default(); checked.steps.len()];
    let mut said_no_work = false;
    let mut count = |offset: &Offset, from: Date, path: String, wrong: &mut Wrongs| {
        let day = open.count(offset, from);
        if day.is_none() && open.is_never() {
            if !said_no_work {
                wrong.say("works", NO_WORK);
            }
            said_no_work = true;
        } else if day.is_none() {
            wrong.say(path, OUTSIDE);
        }
        day
    };
    for at in &checked.by_due {
        let Some(resolved) = checked.steps.get(*at) else { continue };
        let Some(due) = &resolved.step.due else { continue };
        let from = match resolved.due_after {
            None => Some(given.anchor),
            Some(other) => days.get(other).and_then(|days| days.due),
        };
        // Where that has no day, it is said there.
        let Some(from) = from else { continue };
        if let Some((before, day)) = count(due, from, format!("{}.due", resolved.path), wrong)
            && let Some(days) = days.get_mut(*at)
        {
            (days.due, days.due_before) = (Some(day), Some(before));
        }
    }
    for (at, resolved) in checked.steps.iter().enumerate() {
        let Some(start) = &resolved.step.start else { continue };
        let from = match resolved.start_after {
            None => Some(given.anchor),
            Some(other) => days.get(other).and_then(|days| days.due),
        };
        let Some(from) = from else { continue };
        if let Some((_, day)) = count(start, from, format!("{}.start", resolved.path), wrong)
            && let Some(days) = days.get_mut(at)
        {
            days.start = Some(day);
        }
    }
    days
}

/// The days that are worked, counted without walking along them: ten years of working days for a thousand tasks are no more work than one.
struct Open {
    works: [bool; 7],
    in_a_week: i64,
    /// Closed although the weekday is worked, as days since [`FIRST`], in order.
    closed: Vec<i64>,
}

impl Open {
    fn of(given: &Given<'_>) -> Self {
        let works = given.works;
        let is_worked = |day: &i64| {
            usize::try_from(day.rem_euclid(7)).ok().and_then(|day| works.get(day)).is_some_and(|works| *works)
        };
        let closed = given.closed.iter().filter_map(|day| number(*day)).filter(is_worked).collect();
        Self { works, in_a_week: works.iter().map(|works| i64::from(*works)).sum(), closed }
    }

    fn is_never(&self) -> bool {
        self.in_a_week == 0
    }

    /// The day that an offset says, before and after it is adjusted. `None`: outside of what a plan can hold.
    fn count(&self, offset: &Offset, from: Date) -> Option<(Date, Date)> {
        let from = number(from)?;
        let days = i64::from(offset.days);
        let before = match offset.unit {
            Unit::Calendar => from + days,
            Unit::Working if days > 0 => self.nth(self.until(from) + days)?,
            Unit::Working if days < 0 => self.nth(self.until(from - 1) + 1 + days)?,
            Unit::Working => from,
        };
        let adjusted = match offset.adjust {
            Adjust::None => before,
            Adjust::NextWorking => self.nth(self.until(before - 1) + 1)?,
            Adjust::PreviousWorking => self.nth(self.until(before))?,
        };
        Some((day(before)?, day(adjusted)?))
    }

    /// How many days are worked until a day, with it.
    fn until(&self, day: i64) -> i64 {
        let days = day + 1;
        if days <= 0 {
            return 0;
        }
        let rest = usize::try_from(days % 7).unwrap_or(0);
        let of_rest: i64 = self.works.iter().take(rest).map(|works| i64::from(*works)).sum();
        let closed = self.closed.partition_point(|closed| *closed <= day);
        days / 7 * self.in_a_week + of_rest - i64::try_from(closed).unwrap_or(i64::MAX)
    }

    /// The so-manieth day that is worked.
    fn nth(&self, count: i64) -> Option<i64> {
        let (mut low, mut high) = (0, number(LAST)?);
        if count < 1 || self.until(high) < count {
            return None;
        }
        while low < high {
            let middle = i64::midpoint(low, high);
            if self.until(middle) < count {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }
}

/// Days since [`FIRST`].
fn number(day: Date) -> Option<i64> {
    (FIRST..=LAST).contains(&day).then(|| day.duration_since(FIRST).as_hours() / 24)
}

fn day(number: i64) -> Option<Date> {
    let day = FIRST.checked_add(Span::new().try_days(number).ok()?).ok()?;
    (FIRST..=LAST).contains(&day).then_some(day)
}

/// What is filled in.
struct Words<'a> {
    variables: BTreeMap<&'a str, String>,
    roles: BTreeMap<&'a str, String>,
}

impl<'a> Words<'a> {
    fn of(body: &'a Body, given: &Given<'_>, wrong: &mut Wrongs) -> Self {
        let mut variables = BTreeMap::new();
        for variable in &body.variables {
            let typed = given.variables.get(&variable.key).map_or("", |typed| typed.trim());
            let typed = if typed.is_empty() { &variable.default } else { typed };
            let path = format!("variables.{}", variable.key);
            match value_of(variable.kind, typed) {
                Ok(value) if value.is_empty() && variable.required => {
                    wrong.say(path, format!("Fill in {}.", quoted(&variable.name)));
                }
                Ok(value) => {
                    variables.insert(variable.key.as_str(), value);
                }
                Err(sentence) => wrong.say(path, sentence),
            }
        }
        let called = |role: &Role| {
            let chosen = given.roles.get(&role.key).copied().flatten();
            chosen.and_then(|person| given.names.get(&person)).unwrap_or(&role.name).clone()
        };
        let roles = body.roles.iter().map(|role| (role.key.as_str(), one_line(&called(role)))).collect();
        Self { variables, roles }
    }

    fn line(&self, text: &str, path: &str, wrong: &mut Wrongs) -> String {
        let filled = self.filled(text, LONGEST_TITLE, path, wrong);
        let line = one_line(&filled);
        if line.is_empty() {
            wrong.say(path, "Nothing is left of this with what is filled in.");
        }
        line
    }

    fn notes(&self, text: &str, path: &str, wrong: &mut Wrongs) -> String {
        self.filled(text, LONGEST_NOTES, path, wrong)
    }

    /// Stops where it gets too long.
    fn filled(&self, text: &str, most: usize, path: &str, wrong: &mut Wrongs) -> String {
        if !text.contains("{{") {
            return text.to_owned();
        }
        let mut filled = String::new();
        let mut letters = 0;
        for piece in pieces(text) {
            let part = match piece {
                Piece::Text(text) => text,
                Piece::Open => "{{",
                Piece::Variable(key) => self.variables.get(key).map_or("", String::as_str),
                Piece::Role(key) => self.roles.get(key).map_or("", String::as_str),
            };
            letters += part.chars().count();
            if letters > most {
                let most = grouped(most);
                wrong.say(path, format!("With what is filled in, this is longer than {most} letters. Fill in less."));
                break;
            }
            filled.push_str(part);
        }
        filled
    }
}

/// What stands in a text for a variable. Nothing for nothing.
///
/// # Errors
/// A sentence for whoever filled it in.
fn value_of(kind: VariableKind, typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    if typed.chars().nth(LONGEST_VALUE).is_some() {
        return Err(format!("This is too long. Write at most {LONGEST_VALUE} letters."));
    }
    match kind {
        _ if typed.is_empty() => Ok(String::new()),
        VariableKind::Text => Ok(one_line(typed)),
        VariableKind::Date => {
            let day: Option<Date> = typed.parse().ok().filter(|day| (FIRST..=LAST).contains(day) && typed.len() == 10);
            day.map(dated).ok_or_else(|| "Write a date as 2027-04-23.".to_owned())
        }
        VariableKind::Number => {
            let figures = typed.strip_prefix(['-', '−']).unwrap_or(typed);
            let (whole, part) = figures.split_once('.').unwrap_or((figures, "0"));
            let are_digits = |text: &str| (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            if are_digits(whole) && are_digits(part) {
                Ok(typed.to_owned())
            } else {
                Err("Write a number in digits, as 12 or 4.5.".to_owned())
            }
        }
    }
}

/// A part of a text with something to fill in.
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
    Role(&'a str),
    /// Braces that nothing closes.
    Open,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        found.push(Piece::Text(before));
        let Some((inside, left)) = after.split_once("}}") else {
            found.push(Piece::Open);
            rest = after;
            break;
        };
        let inside = inside.trim();
        found.push(match inside.strip_prefix("role:") {
            Some(role) => Piece::Role(role.trim()),
            None => Piece::Variable(inside),
        });
        rest = left;
    }
    found.push(Piece::Text(rest));
    found
}

fn warnings(checked: &Checked<'_>, given: &Given<'_>, days: &[Days], tasks: &[Planned]) -> Vec<String> {
    let mut told = Vec::new();
    for role in &checked.body.roles {
        if given.roles.get(&role.key).copied().flatten().is_some() {
            continue;
        }
        let responsible = checked.steps.iter().filter(|one| one.step.role.as_ref() == Some(&role.key)).count();
        let beside = checked.steps.iter().filter(|one| one.step.people.contains(&role.key)).count();
        let name = &role.name;
        match (responsible, beside) {
            (0, 0) => {}
            (0, 1) => told.push(format!("Nobody is chosen for {name}, who would be on 1 task as well.")),
            (0, many) => told.push(format!("Nobody is chosen for {name}, who would be on {many} tasks as well.")),
            (1, _) => told.push(format!("Nobody is chosen for {name}, so 1 task is unassigned.")),
            (many, _) => told.push(format!("Nobody is chosen for {name}, so {many} tasks are unassigned.")),
        }
    }
    told.extend(not_used("role", given.roles.keys(), |key| checked.body.roles.iter().any(|role| role.key == *key)));
    let is_variable = |key: &String| checked.body.variables.iter().any(|variable| variable.key == *key);
    told.extend(not_used("variable", given.variables.keys(), is_variable));

    // Several that are moved from one day to another are told of together.
    let mut moved: BTreeMap<(Date, Date), Vec<usize>> = BTreeMap::new();
    for (at, days) in days.iter().enumerate() {
        if let (Some(due), Some(before)) = (days.due, days.due_before)
            && given.closed.contains(&before)
        {
            moved.entry((before, due)).or_default().push(at);
        }
    }
    let called = |day: Date| match given.holidays.get(&day) {
        Some(name) => name.clone(),
        None => format!("{}, when you’re closed", dated(day)),
    };
    let of_moved = |((before, due), places): (&(Date, Date), &Vec<usize>)| {
        let (subject, several) = subject(tasks, places);
        let (is, it_is) = if several { ("are", "they are") } else { ("is", "it is") };
        if before == due {
            format!("{subject} {is} due on {}.", called(*due))
        } else {
            let before = called(*before);
            format!("{subject} would have been due on {before}; {it_is} due on {} instead.", dated(*due))
        }
    };
    told.extend(limited(moved.iter().map(of_moved).collect(), MOST_WARNINGS, "more like that"));

    let late = |days: &Days| days.start.zip(days.due).is_some_and(|(start, due)| start > due);
    let late_starts = days.iter().zip(tasks).filter(|(days, _)| late(days)).map(|(_, task)| {
        format!("{} would have started after it is due, so it starts on the day it is due.", quoted(&task.title))
    });
    told.extend(limited(late_starts.collect(), MOST_WARNINGS, "more like that"));

    let mut too_early = Vec::new();
    for task in tasks {
        for other in task.blocked_by.iter().filter_map(|at| tasks.get(*at)) {
            if task.due_day.zip(other.due_day).is_some_and(|(due, other)| due < other) {
                let (task, other) = (quoted(&task.title), quoted(&other.title));
                too_early.push(format!("{task} is due before {other}, which it waits for."));
            }
        }
    }
    told.extend(limited(too_early, MOST_WARNINGS, "more like that"));
    told
}

/// “‘Lodge BAS’”, “‘Lodge BAS’ and 2 more”; and whether it is several.
fn subject(tasks: &[Planned], places: &[usize]) -> (String, bool) {
    let first = places.first().and_then(|at| tasks.get(*at)).map_or("", |task| &task.title);
    match places.len() {
        0 | 1 => (quoted(first), false),
        many => (format!("{} and {} more", quoted(first), many - 1), true),
    }
}

fn not_used<'a>(
    what: &str,
    given: impl Iterator<Item = &'a String>,
    is_known: impl Fn(&String) -> bool,
) -> Option<String> {
    let unknown: Vec<String> = given.filter(|key| !is_known(key)).take(6).map(|key| quoted(key)).collect();
    let more = if unknown.len() > 5 { " and others" } else { "" };
    let listed = unknown.get(..5).unwrap_or(&unknown).join(", ");
    (!unknown.is_empty())
        .then(|| format!("The template has no {what} {listed}{more}: what was given for that is not used."))
}

/// A task met on the way through a tree.
struct Met<'a> {
    step: &'a Step,
    parent: Option<usize>,
    path: String,
    /// 1 at the top.
    depth: usize,
}

/// Every task of a tree, each before its subtasks; nothing below the first that is too deep. Never deep in calls itself.
struct Walk<'a> {
    levels: Vec<(Enumerate<slice::Iter<'a, Step>>, Option<usize>, String)>,
    met: usize,
}

impl<'a> Walk<'a> {
    fn over(body: &'a Body) -> Self {
        Self { levels: vec![(body.tasks.iter().enumerate(), None, "tasks".to_owned())], met: 0 }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Met<'a>;

    fn next(&mut self) -> Option<Met<'a>> {
        loop {
            let depth = self.levels.len();
            let (steps, parent, path) = self.levels.last_mut()?;
            let Some((at, step)) = steps.next() else {
                self.levels.pop();
                continue;
            };
            let (parent, path) = (*parent, format!("{path}[{at}]"));
            if depth <= DEEPEST && !step.children.is_empty() {
                self.levels.push((step.children.iter().enumerate(), Some(self.met), format!("{path}.children")));
            }
            self.met += 1;
            return Some(Met { step, parent, path, depth });
        }
    }
}

/// How many bytes of words a template has, as far as it is read.
fn text_of(body: &Body) -> usize {
    let of_step = |met: Met<'_>| {
        let lists = [&met.step.checklist, &met.step.labels, &met.step.people, &met.step.blocked_by];
        let lists: usize = lists.into_iter().flatten().map(String::len).sum();
        met.step.title.len() + met.step.notes.len() + lists
    };
    Walk::over(body).take(MOST_TASKS + 1).map(of_step).sum()
}

/// What was added, removed, renamed and changed of things with keys, and whether they stand in another order.
fn named<T: PartialEq>(
    what: &str,
    old: impl Iterator<Item = (String, String, T)>,
    new: impl Iterator<Item = (String, String, T)>,
    told: &mut Vec<String>,
) {
    let (old, new): (Vec<_>, Vec<_>) = (old.collect(), new.collect());
    let was: BTreeMap<&str, (&str, &T)> = old.iter().map(|(key, name, all)| (&**key, (&**name, all))).collect();
    let is: BTreeSet<&str> = new.iter().map(|(key, ..)| &**key).collect();
    for (key, name, all) in &new {
        match was.get(key.as_str()) {
            None => told.push(format!("Added the {what} {}.", quoted(name))),
            Some((before, _)) if before != name => {
                told.push(format!("The {what} {} is now called {}.", quoted(before), quoted(name)));
            }
            Some((_, before)) if *before != all => told.push(format!("Changed the {what} {}.", quoted(name))),
            Some(_) => {}
        }
    }
    for (_, name, _) in old.iter().filter(|(key, ..)| !is.contains(&**key)) {
        told.push(format!("Removed the {what} {}.", quoted(name)));
    }
    let order_before = old.iter().map(|(key, ..)| &**key).filter(|key| is.contains(key));
    if !order_before.eq(new.iter().map(|(key, ..)| &**key).filter(|key| was.contains_key(key))) {
        told.push(format!("The {what}s stand in another order."));
    }
}

fn tasks_differ(old: &Body, new: &Body, told: &mut Vec<String>) {
    let (before, after) = (Tree::of(old), Tree::of(new));
    for (step, parent) in &after.steps {
        let title = quoted(&step.title);
        let Some((was, was_in)) = before.find(&step.key) else {
            told.push(match parent {
                Some(parent) => format!("Added the task {title} to {}.", quoted(&parent.title)),
                None => format!("Added the task {title}."),
            });
            continue;
        };
        if was.title != step.title {
            told.push(format!("The task {} is now called {title}.", quoted(&was.title)));
        }
        if was_in.map(|parent| &parent.key) != parent.map(|parent| &parent.key) {
            told.push(match parent {
                Some(parent) => format!("{title} is now a subtask of {}.", quoted(&parent.title)),
                None => format!("{title} now stands on its own."),
            });
        }
        step_differs(was, step, &before, &after, told);
    }
    for (step, _) in before.steps.iter().filter(|(step, _)| after.find(&step.key).is_none()) {
        told.push(format!("Removed the task {}.", quoted(&step.title)));
    }
    let order_before = before.steps.iter().map(|(step, _)| &step.key).filter(|key| after.find(key).is_some());
    let order_after = after.steps.iter().map(|(step, _)| &step.key).filter(|key| before.find(key).is_some());
    if !order_before.eq(order_after) {
        told.push("The tasks stand in another order.".to_owned());
    }
}

/// A task’s own changes, but for its title and place.
fn step_differs(was: &Step, step: &Step, before: &Tree<'_>, after: &Tree<'_>, told: &mut Vec<String>) {
    let title = quoted(&step.title);
    if was.section != step.section {
        told.push(match &step.section {
            Some(section) => format!("{title} is now in the section {}.", quoted(section)),
            None => format!("{title} is in no section any more."),
        });
    }
    if (&was.role, &was.team) != (&step.role, &step.team) {
        let who = match (&step.role, &step.team) {
            (Some(role), _) => after.role(role),
            (None, Some(team)) => format!("the team {}", quoted(team)),
            (None, None) => "nobody".to_owned(),
        };
        told.push(format!("{title} is now for {who}."));
    }
    for (what, was, is) in [("due", &was.due, &step.due), ("started", &was.start, &step.start)] {
        if was == is {
            continue;
        }
        told.push(match (was, is) {
            (_, None) => format!("{title} has no day any more on which it is {what}."),
            (None, Some(is)) => format!("{title} is now {what} {}.", after.when(is)),
            (Some(was), Some(is)) => {
                format!("{title} is now {what} {}; it was {}.", after.when(is), before.when(was))
            }
        });
    }
    if was.time != step.time {
        told.push(match &step.time {
            Some(time) => format!("{title} is now due at {}.", shortened(time)),
            None => format!("{title} has no time of the day any more."),
        });
    }
    if was.priority != step.priority {
        let word = match step.priority {
            0 => "no",
            1 => "low",
            2 => "medium",
            3 => "high",
            _ => "urgent",
        };
        told.push(format!("{title} has {word} priority now."));
    }
    let changed = [
        ("notes", was.notes != step.notes),
        ("checklist", was.checklist != step.checklist),
        ("people", was.people != step.people || was.everyone != step.everyone),
        ("labels", was.labels != step.labels),
        ("estimate", was.estimate_minutes != step.estimate_minutes),
        ("dependencies", was.blocked_by != step.blocked_by),
    ];
    let changed: Vec<&str> = changed.into_iter().filter(|(_, changed)| *changed).map(|(what, _)| what).collect();
    if !changed.is_empty() {
        told.push(format!("{title}: changed the {}.", listed(&changed)));
    }
}

/// A version’s tasks, by key.
struct Tree<'a> {
    body: &'a Body,
    steps: Vec<(&'a Step, Option<&'a Step>)>,
    places: BTreeMap<&'a str, usize>,
}

impl<'a> Tree<'a> {
    fn of(body: &'a Body) -> Self {
        let mut steps: Vec<(&Step, Option<&Step>)> = Vec::new();
        for met in Walk::over(body).take(MOST_TASKS) {
            let parent = met.parent.and_then(|at| steps.get(at)).map(|(step, _)| *step);
            steps.push((met.step, parent));
        }
        let places = steps.iter().enumerate().map(|(at, (step, _))| (step.key.as_str(), at)).collect();
        Self { body, steps, places }
    }

    fn find(&self, key: &str) -> Option<(&'a Step, Option<&'a Step>)> {
        self.places.get(key).and_then(|at| self.steps.get(*at)).copied()
    }

    fn role(&self, key: &str) -> String {
        let role = self.body.roles.iter().find(|role| role.key == key);
        quoted(role.map_or(key, |role| &role.name))
    }

    fn when(&self, offset: &Offset) -> String {
        let after = offset.after.as_deref().map(|key| self.find(key).map_or(key, |(step, _)| step.title.as_str()));
        when(offset, &self.body.anchor.name, after)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `09:00`, and nothing that is only nearly that.
fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| -> Option<i8> {
        (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
    };
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

/// “Friday 23 April 2027”.
fn dated(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

/// Without line breaks or more than one space.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn quoted(text: &str) -> String {
    format!("‘{}’", shortened(text))
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    let short: String = text.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(QUOTED).is_some() { format!("{short}…") } else { short }
}

/// “Start date” within a sentence; “BAS due date” stays.
fn lowered(name: &str) -> String {
    let short = shortened(name);
    let mut letters = short.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => short,
    }
}

/// “notes, labels and estimate”.
fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// “1,000”.
fn grouped(number: impl ToString) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

fn limited(mut told: Vec<String>, most: usize, what: &str) -> Vec<String> {
    let more = told.len().saturating_sub(most);
    if more > 1 {
        told.truncate(most);
        told.push(format!("And {more} {what}."));
    }
    told
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use jiff::{ToSpan, civil::date};
    use proptest::{collection::vec, option, prelude::*};
    use uuid::Uuid;

    use super::*;

    const WEEKDAYS: [bool; 7] = [true, true, true, true, true, false, false];
    const SAM: UserId = UserId(Uuid::from_u128(1));
    const PRIYA: UserId = UserId(Uuid::from_u128(2));

    /// What is given, owned.
    struct Answers {
        anchor: Date,
        roles: BTreeMap<String, Option<UserId>>,
        names: BTreeMap<UserId, String>,
        variables: BTreeMap<String, String>,
        closed: BTreeSet<Date>,
        holidays: BTreeMap<Date, String>,
        works: [bool; 7],
    }

    impl Answers {
        fn on(anchor: Date) -> Self {
            let names = [(SAM, "Sam".to_owned()), (PRIYA, "Priya".to_owned())].into();
            let (roles, variables, closed, holidays) = Default::default();
            Self { anchor, roles, names, variables, closed, holidays, works: WEEKDAYS }
        }

        fn given(&self) -> Given<'_> {
            Given {
                anchor: self.anchor,
                roles: &self.roles,
                names: &self.names,
                variables: &self.variables,
                closed: &self.closed,
                holidays: &self.holidays,
                works: self.works,
            }
        }
    }

    fn step(key: &str, title: &str) -> Step {
        Step { key: key.to_owned(), title: title.to_owned(), ..Step::default() }
    }

    fn body(tasks: Vec<Step>) -> Body {
        let role = |key: &str, name: &str| Role { key: key.to_owned(), name: name.to_owned(), about: String::new() };
        Body {
            name: "New employee".to_owned(),
            about: String::new(),
            roles: vec![role("payroll", "Payroll"), role("manager", "Manager")],
            variables: vec![Variable {
                key: "who".to_owned(),
                name: "Name".to_owned(),
                kind: VariableKind::Text,
                default: String::new(),
                required: false,
            }],
            anchor: Anchor { name: "Start date".to_owned(), about: String::new() },
            sections: vec!["Before".to_owned(), "After".to_owned()],
            tasks,
        }
    }

    fn calendar(days: i32) -> Offset {
        Offset { days, ..Offset::default() }
    }

    fn working(days: i32) -> Offset {
        Offset { days, unit: Unit::Working, ..Offset::default() }
    }

    fn planned(body: &Body, answers: &Answers) -> Plan {
        plan(&check(body).unwrap(), &answers.given()).unwrap()
    }

    fn wrong(body: &Body) -> Vec<Wrong> {
        check(body).expect_err("it holds")
    }

    fn says(wrong: &[Wrong], path: &str, part: &str) {
        assert!(wrong.iter().any(|(at, said)| at == path && said.contains(part)), "{path}: {part}\n{wrong:#?}");
    }

    #[test]
    fn a_template_is_read_and_written_as_it_is() {
        let text = r#"{"name":"A","anchor":{"name":"Day"},"tasks":[{"key":"a","title":"A","due":{"days":-5,"unit":"working"}}]}"#;
        let read: Body = serde_json::from_str(text).unwrap();
        assert_eq!(read.tasks[0].due, Some(working(-5)));
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert!(serde_json::from_str::<Body>(r#"{"name":"A","anchor":{"name":"Day"},"colour":"red"}"#).is_err());
        assert!(serde_json::from_str::<Offset>(r#"{"days":1,"before":"a"}"#).is_err());
    }

    #[test]
    fn people_days_and_words_are_filled_in() {
        let mut first = step("a", "Pay  {{ who }} with {{role:payroll}}");
        first.role = Some("payroll".to_owned());
        first.people = vec!["manager".to_owned(), "payroll".to_owned()];
        first.section = Some("Before".to_owned());
        first.due = Some(working(-1));
        first.start = Some(calendar(-4));
        first.time = Some("09:30".to_owned());
        first.children =
            vec![Step { due: Some(Offset { after: Some("a".to_owned()), ..working(2) }), ..step("b", "B") }];
        let body = body(vec![
            first,
            Step { blocked_by: vec!["b".to_owned(), "b".to_owned()], ..step("c", "C {{role:manager}}") },
        ]);
        let mut answers = Answers::on(date(2027, 4, 26));
        answers.roles = [("payroll".to_owned(), Some(SAM)), ("manager".to_owned(), Some(PRIYA))].into();
        answers.variables = [("who".to_owned(), " Ruby\nLee ".to_owned())].into();
        let Plan { tasks, warnings } = planned(&body, &answers);
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(tasks[0].title, "Pay Ruby Lee with Sam");
        assert_eq!((tasks[0].responsible, &*tasks[0].people), (Some(SAM), &[PRIYA][..]));
        assert_eq!((tasks[0].due_day, tasks[0].start_day), (Some(date(2027, 4, 23)), Some(date(2027, 4, 22))));
        assert_eq!(tasks[0].due_time, Time::new(9, 30, 0, 0).ok());
        assert_eq!((tasks[1].parent, tasks[1].section.as_deref()), (Some(0), Some("Before")));
        assert_eq!(tasks[1].due_day, Some(date(2027, 4, 27)));
        assert_eq!((&*tasks[2].title, &*tasks[2].blocked_by), ("C Priya", &[1][..]));
    }

    #[test]
    fn a_role_without_a_person_is_warned_of() {
        let of = |key: &str, role: &str| Step { role: Some(role.to_owned()), ..step(key, "{{role:payroll}} pays") };
        let mut answers = Answers::on(date(2027, 4, 26));
        answers.roles = [("payroll".to_owned(), None), ("gone".to_owned(), Some(SAM))].into();
        let tasks = vec![of("a", "payroll"), of("b", "payroll"), of("c", "manager")];
        let plan = planned(&body(tasks), &answers);
        assert_eq!(plan.tasks[0].title, "Payroll pays");
        assert_eq!(plan.tasks[0].responsible, None);
        let expected = [
            "Nobody is chosen for Payroll, so 2 tasks are unassigned.",
            "Nobody is chosen for Manager, so 1 task is unassigned.",
            "The template has no role ‘gone’: what was given for that is not used.",
        ];
        assert_eq!(plan.warnings, expected);
        let beside = Step { people: vec!["manager".to_owned()], ..step("a", "A") };
        let plan = planned(&body(vec![beside]), &Answers::on(date(2027, 4, 26)));
        assert_eq!(plan.warnings, ["Nobody is chosen for Manager, who would be on 1 task as well."]);
    }

    #[test]
    fn a_closed_day_is_warned_of() {
        let lodge =
            |key: &str, title: &str, adjust| Step { due: Some(Offset { adjust, ..calendar(0) }), ..step(key, title) };
        let tasks = vec![
            lodge("a", "Lodge BAS", Adjust::PreviousWorking),
            lodge("b", "Pay BAS", Adjust::PreviousWorking),
            lodge("c", "File BAS", Adjust::NextWorking),
            lodge("d", "Rest", Adjust::None),
        ];
        let mut answers = Answers::on(date(2027, 4, 25));
        answers.closed = [date(2027, 4, 25), date(2027, 4, 26)].into();
        answers.holidays = [(date(2027, 4, 25), "Anzac Day".to_owned())].into();
        let plan = planned(&body(tasks.clone()), &answers);
        let expected = [
            "‘Lodge BAS’ and 1 more would have been due on Anzac Day; they are due on Friday 23 April 2027 instead.",
            "‘Rest’ is due on Anzac Day.",
            "‘File BAS’ would have been due on Anzac Day; it is due on Tuesday 27 April 2027 instead.",
        ];
        assert_eq!(plan.warnings, expected);
        answers.anchor = date(2027, 4, 26);
        let plan = planned(&body(tasks[2..3].to_vec()), &answers);
        let expected = "‘File BAS’ would have been due on Monday 26 April 2027, when you’re closed; it is due on Tuesday 27 April 2027 instead.";
        assert_eq!(plan.warnings, [expected]);
        // A weekend is no surprise.
        answers.anchor = date(2027, 4, 24);
        let plan = planned(&body(tasks[..1].to_vec()), &answers);
        assert_eq!((plan.tasks[0].due_day, plan.warnings), (Some(date(2027, 4, 23)), vec![]));
    }

    #[test]
    fn odd_orders_are_warned_of() {
        let early = Step { due: Some(calendar(1)), blocked_by: vec!["b".to_owned()], ..step("a", "A") };
        let late = Step { due: Some(calendar(2)), start: Some(calendar(5)), ..step("b", "B") };
        let plan = planned(&body(vec![early, late]), &Answers::on(date(2027, 4, 26)));
        assert_eq!(plan.tasks[1].start_day, plan.tasks[1].due_day);
        let expected = [
            "‘B’ would have started after it is due, so it starts on the day it is due.",
            "‘A’ is due before ‘B’, which it waits for.",
        ];
        assert_eq!(plan.warnings, expected);
    }

    #[test]
    fn working_days_count_as_people_count_them() {
        let closed = BTreeSet::from([date(2027, 3, 26), date(2027, 3, 29)]);
        let mut answers = Answers::on(date(2027, 3, 25));
        answers.closed = closed;
        let given = answers.given();
        let open = Open::of(&given);
        let count = |offset: Offset, from| open.count(&offset, from).unwrap().1;
        // Thursday before Easter 2027.
        let thursday = date(2027, 3, 25);
        assert_eq!(count(working(1), thursday), date(2027, 3, 30));
        assert_eq!(count(working(0), thursday), thursday);
        assert_eq!(count(working(1), date(2027, 3, 27)), date(2027, 3, 30));
        assert_eq!(count(working(-1), date(2027, 3, 30)), thursday);
        assert_eq!(count(working(-1), date(2027, 3, 27)), thursday);
        assert_eq!(count(working(5), thursday), date(2027, 4, 5));
        let adjusted = |adjust| count(Offset { adjust, ..working(0) }, date(2027, 3, 26));
        assert_eq!(adjusted(Adjust::None), date(2027, 3, 26));
        assert_eq!(adjusted(Adjust::NextWorking), date(2027, 3, 30));
        assert_eq!(adjusted(Adjust::PreviousWorking), thursday);
    }

    #[test]
    fn what_is_wrong_is_said_where_it_stands() {
        let mut child = step("b", "Call {{client}} and {{role:boss}}");
        child.section = Some("After".to_owned());
        child.due = Some(Offset { after: Some("nowhere".to_owned()), ..calendar(99_999) });
        let mut first = step("A b", " ");
        first.section = Some("Before".to_owned());
        first.role = Some("boss".to_owned());
        first.team = Some("Front desk".to_owned());
        first.time = Some("9:00".to_owned());
        first.priority = 5;
        first.estimate_minutes = Some(0);
        first.blocked_by = vec!["b".to_owned(), "A b".to_owned(), "x".to_owned()];
        first.children = vec![child];
        let last = Step {
            section: Some("Never".to_owned()),
            start: Some(Offset { after: Some("A b".to_owned()), ..calendar(1) }),
            time: Some("23:59".to_owned()),
            notes: "{{open".to_owned(),
            checklist: vec!["two\nlines".to_owned()],
            ..step("b", "Twice")
        };
        let said = wrong(&body(vec![first, last]));
        for (path, part) in [
            ("tasks[0].key", "small letters"),
            ("tasks[0].title", "Fill this in"),
            ("tasks[0].role", "no role with the key ‘boss’"),
            ("tasks[0].team", "not both"),
            ("tasks[0].time", "09:00"),
            ("tasks[0].priority", "0 to 4"),
            ("tasks[0].estimate_minutes", "1 minute"),
            ("tasks[0].blocked_by", "can’t wait for itself"),
            ("tasks[0].blocked_by", "No task has the key ‘x’"),
            ("tasks[0].children[0].section", "parent’s section"),
            ("tasks[0].children[0].title", "no variable with the key ‘client’"),
            ("tasks[0].children[0].title", "no role with the key ‘boss’"),
            ("tasks[0].children[0].due.days", "3,660"),
            ("tasks[0].children[0].due.after", "‘nowhere’"),
            ("tasks[1].section", "no section ‘Never’"),
            ("tasks[1].key", "Another task"),
            ("tasks[1].start.after", "no due day"),
            ("tasks[1].time", "needs a day"),
            ("tasks[1].notes", "“}}” after it"),
            ("tasks[1].checklist[0]", "one line"),
        ] {
            says(&said, path, part);
        }
    }

    #[test]
    fn keys_begin_with_a_letter() {
        let mut body = body(vec![step("2nd", "Two")]);
        body.roles[1].key = "2nd-reviewer".to_owned();
        body.variables[0].key = "_who".to_owned();
        let said = wrong(&body);
        for path in ["tasks[0].key", "roles[1].key", "variables[0].key"] {
            says(&said, path, "begins with a small letter");
        }
        assert_eq!(said.len(), 3);
    }

    #[test]
    fn no_more_wait_for_a_task_than_by_hand() {
        let waits = |at: usize| Step { blocked_by: vec!["first".to_owned()], ..step(&format!("t{at}"), "Task") };
        let all = |many: usize| body(std::iter::once(step("first", "First")).chain((0..many).map(waits)).collect());
        assert!(check(&all(MOST_BLOCKERS)).is_ok());
        says(&wrong(&all(MOST_BLOCKERS + 1)), "tasks[0].blocked_by", "wait for ‘First’: at most 50");
    }

    #[test]
    fn rings_are_found() {
        let waits = |key: &str, on: &str| Step { blocked_by: vec![on.to_owned()], ..step(key, &key.to_uppercase()) };
        let said = wrong(&body(vec![waits("x", "a"), waits("a", "b"), waits("b", "c"), waits("c", "a")]));
        assert_eq!(
            said,
            [(
                "tasks[1].blocked_by".to_owned(),
                "‘A’ waits for ‘B’, which waits for ‘C’, which waits for ‘A’.".to_owned()
            )]
        );
        let after = |key: &str, on: &str| {
            let due = Some(Offset { after: Some(on.to_owned()), ..calendar(1) });
            Step { due, ..step(key, &key.to_uppercase()) }
        };
        let said = wrong(&body(vec![after("a", "b"), after("b", "a")]));
        assert_eq!(
            said,
            [("tasks[0].due.after".to_owned(), "‘A’ is counted from ‘B’, which is counted from ‘A’.".to_owned())]
        );
        assert_eq!(wrong(&body(vec![after("a", "a")])).len(), 1);
        // A start may be counted from the task’s own due day.
        let own = Step {
            start: Some(Offset { after: Some("a".to_owned()), ..working(-3) }),
            due: Some(calendar(0)),
            ..step("a", "A")
        };
        let plan = planned(&body(vec![own]), &Answers::on(date(2027, 4, 30)));
        assert_eq!(plan.tasks[0].start_day, Some(date(2027, 4, 27)));
    }

    #[test]
    fn what_is_filled_in_is_looked_at() {
        let mut of = body(vec![step("a", "{{who}} {{when}} {{many}}")]);
        let variable = |key: &str, kind| Variable {
            key: key.to_owned(),
            name: key.to_owned(),
            kind,
            default: String::new(),
            required: true,
        };
        of.variables.push(variable("when", VariableKind::Date));
        of.variables.push(variable("many", VariableKind::Number));
        let mut answers = Answers::on(date(2027, 4, 26));
        let fails = |answers: &Answers| plan(&check(&of).unwrap(), &answers.given()).expect_err("it goes");
        says(&fails(&answers), "variables.when", "Fill in ‘when’.");
        for (when, many) in
            [("2027-02-30", "1e3"), ("23/4/2027", "--1"), ("2027-04-23T10:00", "."), ("0001-01-01", "1,000")]
        {
            answers.variables = [("when".to_owned(), when.to_owned()), ("many".to_owned(), many.to_owned())].into();
            says(&fails(&answers), "variables.when", "2027-04-23");
            says(&fails(&answers), "variables.many", "in digits");
        }
        answers.variables =
            [("when".to_owned(), "2027-04-23".to_owned()), ("many".to_owned(), "-4.5".to_owned())].into();
        assert_eq!(plan(&check(&of).unwrap(), &answers.given()).unwrap().tasks[0].title, "Friday 23 April 2027 -4.5");
        let empty = body(vec![step("a", "{{who}}")]);
        says(&plan(&check(&empty).unwrap(), &answers.given()).unwrap_err(), "tasks[0].title", "Nothing is left");
        answers.variables = [("who".to_owned(), "x".repeat(400))].into();
        let long = body(vec![step("a", "{{who}}{{who}}")]);
        says(&plan(&check(&long).unwrap(), &answers.given()).unwrap_err(), "tasks[0].title", "longer than 500");
    }

    #[test]
    fn hostile_templates_are_refused_quickly() {
        let began = Instant::now();
        let long = "{{".repeat(50_000);
        says(&wrong(&body(vec![step("a", &long)])), "tasks[0].title", "too long");
        assert!(wrong(&body(vec![Step { notes: "é".repeat(20_001), ..step("a", "A") }])).len() == 1);
        let mut deep = step("deepest", "Deep");
        for level in 0..200 {
            deep = Step { children: vec![deep], ..step(&format!("l{level}"), "Level") };
        }
        let said = wrong(&body(vec![deep.clone()]));
        assert_eq!(said.len(), 1);
        assert!(said[0].1.contains("10 levels"));
        let plain = |at: usize| step(&format!("t{at}"), "Task");
        says(&wrong(&body((0..100_000).map(plain).collect())), "tasks", "1,000 tasks");
        assert!(check(&body((0..1_000).map(plain).collect())).is_ok());
        let lists = Step {
            blocked_by: vec!["x".to_owned(); 200_000],
            people: vec!["x".to_owned(); 200_000],
            labels: vec![String::new(); 200_000],
            ..step("a", "A")
        };
        assert!(wrong(&body(vec![lists])).len() <= MOST_WRONG);
        let heavy = Step { notes: "x".repeat(20_000), ..Step::default() };
        let heavy = |at: usize| Step { key: format!("t{at}"), title: "Task".to_owned(), ..heavy.clone() };
        says(&wrong(&body((0..150).map(heavy).collect())), "tasks", "too many words");
        // Short words that become long ones.
        let mut grown = body((0..99).map(|at| Step { notes: "{{who}}".repeat(2_800), ..plain(at) }).collect());
        grown.variables[0].default = "x".repeat(500);
        let answers = Answers::on(date(2027, 4, 26));
        says(&plan(&check(&grown).unwrap(), &answers.given()).unwrap_err(), "variables", "500,000 letters");
        assert!(differences(&body(vec![deep]), &body((0..100_000).map(plain).collect())).len() <= MOST_DIFFERENCES + 1);
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }

    #[test]
    fn nothing_breaks_at_the_ends_of_the_calendar() {
        let tasks = vec![
            Step { due: Some(calendar(3_660)), ..step("a", "A") },
            Step { due: Some(working(-3_660)), start: Some(working(3_660)), ..step("b", "B") },
            Step {
                due: Some(Offset { after: Some("a".to_owned()), adjust: Adjust::NextWorking, ..calendar(0) }),
                ..step("c", "C")
            },
        ];
        let body = body(tasks);
        let checked = check(&body).unwrap();
        for anchor in [Date::MIN, Date::MAX, date(-1, 1, 1), date(1899, 12, 31), date(9901, 1, 1)] {
            says(&plan(&checked, &Answers::on(anchor).given()).unwrap_err(), "anchor", "1900 to 9900");
        }
        says(&plan(&checked, &Answers::on(FIRST).given()).unwrap_err(), "tasks[1].due", "outside the years");
        says(&plan(&checked, &Answers::on(LAST).given()).unwrap_err(), "tasks[0].due", "outside the years");
        let mut answers = Answers::on(date(2027, 4, 26));
        assert!(plan(&checked, &answers.given()).is_ok());
        answers.closed = [Date::MIN, Date::MAX, FIRST, LAST].into();
        assert!(plan(&checked, &answers.given()).is_ok());
        answers.works = [false; 7];
        let said = plan(&checked, &answers.given()).unwrap_err();
        assert_eq!(said, [("works".to_owned(), NO_WORK.to_owned())]);
    }

    #[test]
    fn five_hundred_tasks_are_planned_at_once() {
        let one = |at: usize| Step {
            title: format!("Task {at} for {{{{who}}}}"),
            notes: "Ask {{role:payroll}} about {{who}}. ".repeat(20),
            role: Some("payroll".to_owned()),
            checklist: vec!["Call {{who}}".to_owned(); 5],
            due: Some(match at {
                0 => working(5),
                _ => Offset { after: Some(format!("t{}", at - 1)), ..working(7) },
            }),
            start: Some(working(-2_000)),
            blocked_by: (at > 0).then(|| format!("t{}", at.saturating_sub(1))).into_iter().collect(),
            ..step(&format!("t{at}"), "")
        };
        let body = body((0..500).map(one).collect());
        let mut answers = Answers::on(date(2027, 4, 26));
        answers.variables = [("who".to_owned(), "Ruby Lee".to_owned())].into();
        answers.closed = (0..3_000).map(|at| date(2020, 1, 1).checked_add((at * 3).days()).unwrap()).collect();
        let quickest = (0..5).map(|_| {
            let began = Instant::now();
            let plan = plan(&check(&body).unwrap(), &answers.given()).unwrap();
            let took = began.elapsed();
            assert_eq!(plan.tasks.len(), 500);
            took
        });
        let quickest = quickest.min().unwrap();
        // What isn’t optimised takes several times as long.
        let most = if cfg!(debug_assertions) { 200 } else { 20 };
        assert!(quickest.as_millis() < most, "{quickest:?}");
    }

    #[test]
    fn offsets_are_told_as_people_say_them() {
        let told = |offset: &Offset| when(offset, "Start date", None);
        assert_eq!(told(&working(-5)), "5 working days before the start date");
        assert_eq!(told(&calendar(1)), "1 day after the start date");
        assert_eq!(told(&calendar(0)), "on the start date");
        assert_eq!(when(&calendar(3_660), "BAS due date", Some("Sign")), "3,660 days after ‘Sign’ is due");
        assert_eq!(when(&calendar(0), "", Some("Sign")), "when ‘Sign’ is due");
        let adjusted = Offset { adjust: Adjust::PreviousWorking, ..calendar(0) };
        assert_eq!(told(&adjusted), "on the start date, or the working day before");
        let adjusted = Offset { adjust: Adjust::NextWorking, ..working(2) };
        assert_eq!(told(&adjusted), "2 working days after the start date");
        assert_eq!(told(&calendar(i32::MIN)), "2,147,483,648 days before the start date");
    }

    #[test]
    fn differences_are_told_in_sentences() {
        let old = body(vec![
            Step { due: Some(working(-5)), role: Some("payroll".to_owned()), ..step("a", "Pay") },
            Step { children: vec![step("c", "Ring")], ..step("b", "Call") },
            step("d", "File"),
        ]);
        let mut new = old.clone();
        new.name = "Starter".to_owned();
        new.roles[0].name = "Wages".to_owned();
        new.roles.remove(1);
        new.sections.reverse();
        new.tasks.remove(2);
        let ring = new.tasks[1].children.remove(0);
        new.tasks.insert(0, Step { notes: "Anew".to_owned(), labels: vec!["x".to_owned()], ..ring });
        new.tasks[1].due = Some(calendar(3));
        new.tasks[1].role = None;
        new.tasks[1].team = Some("Front desk".to_owned());
        new.tasks[2].title = "Call back".to_owned();
        new.tasks[2].priority = 4;
        new.tasks[2].children.push(step("e", "Write"));
        let expected = [
            "Renamed from ‘New employee’ to ‘Starter’.",
            "The role ‘Payroll’ is now called ‘Wages’.",
            "Removed the role ‘Manager’.",
            "The sections stand in another order.",
            "‘Ring’ now stands on its own.",
            "‘Ring’: changed the notes and labels.",
            "‘Pay’ is now for the team ‘Front desk’.",
            "‘Pay’ is now due 3 days after the start date; it was 5 working days before the start date.",
            "The task ‘Call’ is now called ‘Call back’.",
            "‘Call back’ has urgent priority now.",
            "Added the task ‘Write’ to ‘Call back’.",
            "Removed the task ‘File’.",
            "The tasks stand in another order.",
        ];
        assert_eq!(differences(&old, &new), expected);
        let many = body((0..300).map(|at| step(&format!("t{at}"), "Task")).collect());
        let told = differences(&body(vec![]), &many);
        assert_eq!((told.len(), &*told[200]), (201, "And 100 more changes."));
    }

    /// Day by day, as on a calendar on the wall.
    fn oracle(offset: &Offset, from: Date, works: [bool; 7], closed: &BTreeSet<Date>) -> Option<Date> {
        let place = |day: Date| usize::try_from(day.weekday().to_monday_zero_offset()).unwrap();
        let is_open = |day: Date| works[place(day)] && !closed.contains(&day);
        let mut day = from;
        let mut left = offset.days.abs();
        let mut walked = 0;
        while left > 0 {
            day = if offset.days > 0 { day.tomorrow().unwrap() } else { day.yesterday().unwrap() };
            walked += 1;
            if walked > 2_000 {
                return None;
            }
            if offset.unit == Unit::Calendar || is_open(day) {
                left -= 1;
            }
        }
        while offset.adjust != Adjust::None && !is_open(day) {
            day = if offset.adjust == Adjust::NextWorking { day.tomorrow().unwrap() } else { day.yesterday().unwrap() };
            walked += 1;
            if walked > 4_000 {
                return None;
            }
        }
        Some(day)
    }

    fn any_offset(most: i32) -> impl Strategy<Value = Offset> {
        let unit = prop_oneof![Just(Unit::Calendar), Just(Unit::Working)];
        let adjust = prop_oneof![Just(Adjust::None), Just(Adjust::NextWorking), Just(Adjust::PreviousWorking)];
        (-most..=most, unit, adjust).prop_map(|(days, unit, adjust)| Offset { days, unit, after: None, adjust })
    }

    /// Few keys, so that they meet; some wrong.
    fn any_step() -> impl Strategy<Value = Step> {
        let key = || "[a-h]";
        let leaf = (
            key(),
            "[A-Z{}a-h:]{1,8}",
            option::of(any_offset(4_000)),
            option::of(key()),
            vec(key(), 0..3),
            option::of("payroll|boss"),
        );
        let leaf = leaf.prop_map(|(key, title, due, after, blocked_by, role)| {
            let due = due.map(|due| Offset { after, ..due });
            Step { due: due.clone(), start: due, blocked_by, role, ..step(&key, &title) }
        });
        leaf.prop_recursive(12, 30, 3, |inner| {
            (inner.clone(), vec(inner, 0..3)).prop_map(|(step, children)| Step { children, ..step })
        })
    }

    proptest! {
        #[test]
        fn days_are_those_of_a_walk_along_the_calendar(
            offset in any_offset(60), from in -400_i64..400, works in any::<[bool; 7]>(), closed in vec(-500_i64..500, 0..80),
        ) {
            let day = |at: i64| date(2027, 4, 23).checked_add(at.days()).unwrap();
            let mut answers = Answers::on(day(from));
            answers.works = works;
            answers.closed = closed.into_iter().map(day).collect();
            let told = Open::of(&answers.given()).count(&offset, day(from)).map(|(_, day)| day);
            prop_assert_eq!(told, oracle(&offset, day(from), works, &answers.closed));
        }

        #[test]
        fn what_is_later_in_the_template_is_never_earlier_on_the_calendar(
            days in (-300_i32..300, -300_i32..300), from in -400_i64..400, works in any::<[bool; 7]>(), closed in vec(-900_i64..900, 0..80),
            like in any_offset(1),
        ) {
            prop_assume!(works.contains(&true));
            let day = |at: i64| date(2027, 4, 23).checked_add(at.days()).unwrap();
            let mut answers = Answers::on(day(from));
            answers.works = works;
            answers.closed = closed.into_iter().map(day).collect();
            let given = answers.given();
            let open = Open::of(&given);
            let on = |days: i32| open.count(&Offset { days, ..like.clone() }, day(from)).unwrap().1;
            let (first, second) = (days.0.min(days.1), days.0.max(days.1));
            prop_assert!(on(first) <= on(second));
        }

        #[test]
        fn any_template_is_refused_or_planned(
            tasks in vec(any_step(), 0..8), at in -2_000_000_i64..2_000_000, works in any::<[bool; 7]>(),
        ) {
            let body = body(tasks);
            let anchor = date(2027, 4, 23).checked_add(at.days()).unwrap();
            let mut answers = Answers::on(anchor);
            answers.works = works;
            prop_assert!(differences(&body, &body).is_empty() || check(&body).is_err());
            let Ok(checked) = check(&body) else { return Ok(()) };
            let Ok(made) = plan(&checked, &answers.given()) else { return Ok(()) };
            prop_assert_eq!(&made, &plan(&checked, &answers.given()).unwrap());
            let keys: Vec<String> = Walk::over(&body).map(|met| met.step.key.clone()).collect();
            prop_assert_eq!(keys, made.tasks.iter().map(|task| task.key.clone()).collect::<Vec<_>>());
            for (at, task) in made.tasks.iter().enumerate() {
                prop_assert!(task.parent.is_none_or(|parent| parent < at));
                prop_assert!(task.blocked_by.iter().all(|other| *other < made.tasks.len() && *other != at));
                prop_assert!(task.start_day.zip(task.due_day).is_none_or(|(start, due)| start <= due));
            }
        }

        #[test]
        fn rings_are_just_what_no_order_holds(needs in vec(vec(0_usize..8, 0..3), 8)) {
            match in_order(&needs) {
                Ok(order) => {
                    let place = |one: usize| order.iter().position(|other| *other == one).unwrap();
                    for (at, needs) in needs.iter().enumerate() {
                        prop_assert!(needs.iter().all(|needed| place(*needed) < place(at)));
                    }
                }
                Err(ring) => {
                    prop_assert!(!ring.is_empty());
                    let next = ring.iter().skip(1).chain(ring.first());
                    for (at, next) in ring.iter().zip(next) {
                        prop_assert!(needs[*at].contains(next));
                    }
                }
            }
        }
    }
}
