//! What people type in the forms about templates, made what the verbs take.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    access,
    ids::{ListId, SpaceId},
    lists,
    repeat::{Ends, Form, Kind, Rule},
    series_form::CUSTOM,
    template_rules::{Adjust, Body, Offset, Role, Step, Unit, Variable, VariableKind},
    template_runs::{NewListBody, StartBody},
    template_steps as steps,
    triggers::TriggerBody,
};
use crate::{
    error::{AppError, Code, FieldError, FieldErrors, Result},
    ids::UserId,
};

/// What stands under the name of a row, as forms send it: `role_names[payroll][]`.
pub type Rows = BTreeMap<String, Vec<String>>;

/// A template without its tasks, as it was typed. Rows of roles and variables go by their keys, those of sections by their place; new ones begin with `new-`.
#[derive(Debug, Clone, Default)]
pub struct TypedHead {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// What the day is called that others are counted from.
    pub anchor_name: String,
    /// Which day to choose.
    pub anchor_about: String,
    /// What roles are called; an empty one goes.
    pub role_names: Rows,
    /// Who should be chosen.
    pub role_abouts: Rows,
    /// What variables are called; an empty one goes.
    pub variable_names: Rows,
    /// `text`, `date` or `number`.
    pub variable_kinds: Rows,
    /// What stands there where nothing is filled in.
    pub variable_defaults: Rows,
    /// Ticked: it has to be filled in.
    pub variable_required: Rows,
    /// What sections are called; of an empty one the tasks stand in none.
    pub section_names: Rows,
}

/// A task of a template, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedStep {
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub notes: String,
    /// A section, by name.
    pub section: String,
    /// A role's key; or `team:` and the name of a team; empty: nobody.
    pub role: String,
    /// The keys of roles that are on it as well.
    pub people: Vec<String>,
    /// Everyone on it completes it.
    pub everyone: bool,
    /// "0" to "4"
    pub priority: String,
    /// In minutes.
    pub estimate: String,
    /// With commas between.
    pub labels: String,
    /// When it is due.
    pub due: TypedOffset,
    /// When it is started.
    pub start: TypedOffset,
    /// "09:00"
    pub time: String,
    /// One a line.
    pub checklist: String,
    /// The keys of tasks that it waits for.
    pub blocked_by: Vec<String>,
}

/// A day that is counted from another, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedOffset {
    /// How many days; empty: there is none.
    pub days: String,
    /// `before` or `after`.
    pub when: String,
    /// `calendar` or `working`.
    pub unit: String,
    /// A task's key; empty: the anchor.
    pub from: String,
    /// `none`, `next` or `previous`.
    pub adjust: String,
}

/// What is chosen when a template is started, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedStart {
    /// The day that others are counted from.
    pub anchor: String,
    /// A list's id; `new`: one that is made.
    pub list: String,
    /// Where that is made.
    pub space: String,
    /// What it is called.
    pub new_list: String,
    /// Who has each role; empty: nobody.
    pub roles: Rows,
    /// What is filled in.
    pub variables: Rows,
}

/// What starts a template by itself, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TypedTrigger {
    /// `schedule` or `event`.
    pub kind: String,
    /// The word of a [`Kind`], or [`CUSTOM`].
    pub repeats: String,
    /// "2": every second.
    pub interval: String,
    /// 1 is Monday, 7 Sunday.
    pub weekdays: Vec<String>,
    /// 1 to 31; -1 is the last.
    pub month_day: String,
    /// 1 to 4; -1 is the last.
    pub nth: String,
    /// 1 to 12.
    pub month: String,
    /// The days as calendars write them, for [`CUSTOM`].
    pub rule_text: String,
    /// From when on.
    pub first_day: String,
    /// "08:00"
    pub time: String,
    /// What happens.
    pub event: String,
    /// What of it says the day that others are counted from; empty: the day on which it happens.
    pub anchor: String,
    /// What of it is filled in; empty: what is typed.
    pub from_event: Rows,
    /// A list's id.
    pub list: String,
    /// Who has each role; empty: nobody.
    pub roles: Rows,
    /// What is filled in.
    pub variables: Rows,
}

impl TypedHead {
    /// Makes a template say this. Its tasks go along with sections that are called something else.
    ///
    /// # Errors
    /// 422 at a role that tasks still have.
    pub fn apply(&self, body: &mut Body) -> Result<()> {
        self.name.trim().clone_into(&mut body.name);
        self.about.trim().clone_into(&mut body.about);
        self.anchor_name.trim().clone_into(&mut body.anchor.name);
        self.anchor_about.trim().clone_into(&mut body.anchor.about);
        self.roles(body)?;
        self.variables(body);
        self.sections(body);
        Ok(())
    }

    fn roles(&self, body: &mut Body) -> Result<()> {
        let mut errors = FieldErrors::default();
        let mut roles = Vec::new();
        for role in &body.roles {
            let name = first(&self.role_names, &role.key);
            if name.is_empty() {
                let has = |step: &Step| step.role.as_ref() == Some(&role.key) || step.people.contains(&role.key);
                if steps::walk(body).iter().any(|(_, step)| has(step)) {
                    let words = format!("Tasks still have the role {}. Give them another first.", role.name);
                    errors.add(&format!("role_names.{}", role.key), words);
                }
                continue;
            }
            roles.push(Role { key: role.key.clone(), name, about: first(&self.role_abouts, &role.key) });
        }
        errors.finish()?;
        let mut taken: BTreeSet<String> = roles.iter().map(|role| role.key.clone()).collect();
        for (row, name) in added(&self.role_names) {
            let key = steps::key_for(&name, &taken);
            taken.insert(key.clone());
            roles.push(Role { key, name, about: first(&self.role_abouts, row) });
        }
        body.roles = roles;
        Ok(())
    }

    fn variables(&self, body: &mut Body) {
        let read = |row: &str, key: String, name: String| Variable {
            key,
            name,
            kind: match first(&self.variable_kinds, row).as_str() {
                "date" => VariableKind::Date,
                "number" => VariableKind::Number,
                _ => VariableKind::Text,
            },
            default: first(&self.variable_defaults, row),
            required: !first(&self.variable_required, row).is_empty(),
        };
        let mut variables: Vec<Variable> = Vec::new();
        for variable in &body.variables {
            let name = first(&self.variable_names, &variable.key);
            if !name.is_empty() {
                variables.push(read(&variable.key, variable.key.clone(), name));
            }
        }
        let mut taken: BTreeSet<String> = variables.iter().map(|variable| variable.key.clone()).collect();
        for (row, name) in added(&self.variable_names) {
            let key = steps::key_for(&name, &taken);
            taken.insert(key.clone());
            variables.push(read(row, key, name));
        }
        body.variables = variables;
    }

    fn sections(&self, body: &mut Body) {
        let renamed: BTreeMap<String, String> = body
            .sections
            .iter()
            .enumerate()
            .map(|(at, name)| (name.clone(), first(&self.section_names, &section_row(at))))
            .collect();
        steps::each(&mut body.tasks, &mut |step: &mut Step| {
            if let Some(name) = step.section.as_ref().and_then(|name| renamed.get(name)) {
                step.section = Some(name.clone()).filter(|name| !name.is_empty());
            }
        });
        let kept = body.sections.iter().filter_map(|name| renamed.get(name)).filter(|name| !name.is_empty()).cloned();
        body.sections = kept.chain(added(&self.section_names).map(|(_, name)| name)).collect();
    }
}

impl TypedStep {
    /// Makes a task say this. Its key and its parts stay.
    ///
    /// # Errors
    /// 422 at what is no number.
    pub fn apply(&self, step: &mut Step, is_part: bool) -> Result<()> {
        let mut errors = FieldErrors::default();
        self.title.trim().clone_into(&mut step.title);
        step.notes = self.notes.trim().replace("\r\n", "\n");
        step.section = Some(self.section.clone()).filter(|name| !name.is_empty() && !is_part);
        let (role, team) = match self.role.strip_prefix("team:") {
            Some(team) => (None, Some(team.to_owned())),
            None => (Some(self.role.clone()).filter(|role| !role.is_empty()), None),
        };
        (step.role, step.team) = (role, team);
        step.people =
            self.people.iter().filter(|key| !key.is_empty() && Some(*key) != step.role.as_ref()).cloned().collect();
        step.everyone = self.everyone;
        step.priority = self.priority.trim().parse().unwrap_or_default();
        step.estimate_minutes = match self.estimate.trim() {
            "" => None,
            text => errors.take("estimate", text.parse().map(Some).map_err(|_| "Write a number of minutes.")),
        };
        step.labels = split(&self.labels, ',');
        step.due = self.due.read("due_days", &mut errors);
        step.start = self.start.read("start_days", &mut errors);
        step.time = Some(self.time.trim().to_owned()).filter(|time| !time.is_empty());
        step.checklist = split(&self.checklist, '\n');
        step.blocked_by = self.blocked_by.iter().filter(|key| !key.is_empty()).cloned().collect();
        errors.finish()
    }
}

impl TypedOffset {
    fn read(&self, field: &str, errors: &mut FieldErrors) -> Option<Offset> {
        let text = self.days.trim();
        if text.is_empty() {
            return None;
        }
        let days: i32 = errors.take(field, text.parse::<u16>().map(i32::from).map_err(|_| "Write a number of days."));
        Some(Offset {
            days: if self.when == "before" { -days } else { days },
            unit: if self.unit == "working" { Unit::Working } else { Unit::Calendar },
            after: Some(self.from.clone()).filter(|key| !key.is_empty()),
            adjust: match self.adjust.as_str() {
                "next" => Adjust::NextWorking,
                "previous" => Adjust::PreviousWorking,
                _ => Adjust::None,
            },
        })
    }
}

impl TypedStart {
    /// What the verbs take. `version`: the one that was looked at.
    ///
    /// # Errors
    /// 404 for what is no list, space or person.
    pub fn body(&self, version: Option<i64>) -> Result<StartBody> {
        let (list, new_list) = match self.list.trim() {
            "" => (None, None),
            "new" => {
                let space = self.space.trim().parse::<SpaceId>().map_err(|_| lists::no_space())?;
                (None, Some(NewListBody { space, name: self.new_list.clone() }))
            }
            text => (Some(text.parse::<ListId>().map_err(|_| access::no_list())?), None),
        };
        Ok(StartBody {
            anchor: self.anchor.clone(),
            list,
            new_list,
            roles: people(&self.roles)?,
            variables: words(&self.variables),
            version,
        })
    }
}

impl TypedTrigger {
    /// What the form shows at first: each week from a day on, in the morning.
    pub fn like(kind: &str, day: Date) -> Self {
        Self {
            kind: kind.to_owned(),
            repeats: Kind::Weekly.as_str().to_owned(),
            interval: "1".to_owned(),
            month_day: "1".to_owned(),
            nth: "1".to_owned(),
            month: "1".to_owned(),
            first_day: day.to_string(),
            time: "08:00".to_owned(),
            ..Self::default()
        }
    }

    /// What it shows of one that is there. A rule that ends, or that the form can’t say otherwise, stands in it as calendars write it.
    pub fn of(body: &TriggerBody, today: Date) -> Self {
        let mut typed = Self {
            event: body.event.clone(),
            anchor: body.anchor.clone(),
            from_event: body.from_event.iter().map(|(key, name)| (key.clone(), vec![name.clone()])).collect(),
            list: body.list.map(|list| list.to_string()).unwrap_or_default(),
            roles: body.roles.iter().map(|(key, user)| (key.clone(), vec![user.to_string()])).collect(),
            variables: body.variables.iter().map(|(key, words)| (key.clone(), vec![words.clone()])).collect(),
            ..Self::like(&body.kind, today)
        };
        if body.kind != "schedule" {
            return typed;
        }
        typed.first_day.clone_from(&body.first_day);
        typed.time.clone_from(&body.time);
        typed.rule_text.clone_from(&body.rule);
        let form = Rule::parse(&body.rule).ok().and_then(|rule| rule.to_form());
        let Some(form) = form.filter(|form| form.ends == Ends::Never) else {
            CUSTOM.clone_into(&mut typed.repeats);
            return typed;
        };
        form.kind.as_str().clone_into(&mut typed.repeats);
        typed.interval = form.interval.max(1).to_string();
        // Monday to Friday is a kind of its own.
        if form.kind != Kind::Weekdays {
            typed.weekdays = form.weekdays.iter().map(ToString::to_string).collect();
        }
        for (field, value) in
            [(&mut typed.nth, form.nth), (&mut typed.month_day, form.month_day), (&mut typed.month, form.month)]
        {
            if value != 0 {
                *field = value.to_string();
            }
        }
        typed
    }

    /// What is refused of its days, at the field of the form that says them.
    pub fn at_days(&self, error: AppError) -> AppError {
        error.rename_field("rule", if self.repeats == CUSTOM { "rule_text" } else { "repeats" })
    }

    /// What the verbs take.
    ///
    /// # Errors
    /// 404 for what is no list or person; 422 for days that are none.
    pub fn body(&self) -> Result<TriggerBody> {
        let list = match self.list.trim() {
            "" => None,
            text => Some(text.parse::<ListId>().map_err(|_| access::no_list())?),
        };
        let rule = match (self.kind.as_str(), self.repeats.as_str()) {
            ("schedule", CUSTOM) => self.rule_text.clone(),
            ("schedule", _) => self.rule()?.show(),
            _ => String::new(),
        };
        let is_event = self.kind == "event";
        Ok(TriggerBody {
            kind: self.kind.clone(),
            rule,
            first_day: self.first_day.clone(),
            time: self.time.clone(),
            event: if is_event { self.event.clone() } else { String::new() },
            anchor: if is_event { self.anchor.clone() } else { String::new() },
            from_event: if is_event { words(&self.from_event) } else { BTreeMap::new() },
            list,
            roles: people(&self.roles)?,
            variables: words(&self.variables),
        })
    }

    fn rule(&self) -> Result<Rule> {
        let number = |text: &str, usual: i64| match text.trim() {
            "" => Ok(usual),
            text => text.parse::<i64>().map_err(|_| "Write numbers in digits."),
        };
        let read = || {
            Rule::from_form(&Form {
                kind: Kind::parse(&self.repeats).ok_or("Choose how often.")?,
                interval: number(&self.interval, 1)?,
                weekdays: self.weekdays.iter().filter_map(|day| day.parse().ok()).collect(),
                nth: number(&self.nth, 1)?,
                month_day: number(&self.month_day, 1)?,
                month: number(&self.month, 1)?,
                ends: Ends::Never,
            })
        };
        read().map_err(|words| AppError::field("repeats", words))
    }
}

/// What the rules of templates refuse of a task, at the fields of its form. `place`: where it stands.
pub fn at_step(error: AppError, place: &str) -> AppError {
    at_fields(error, |path| {
        let field = path.strip_prefix(place)?.strip_prefix('.')?;
        let field = field.split(['[', '.']).next()?;
        Some(match field {
            "estimate_minutes" => "estimate".to_owned(),
            "due" => "due_days".to_owned(),
            "start" => "start_days".to_owned(),
            "team" => "role".to_owned(),
            other => other.to_owned(),
        })
    })
}

/// What they refuse of the rest, at the fields of its form.
pub fn at_head(error: AppError, body: &Body) -> AppError {
    at_fields(error, |path| {
        let named = |what: &str| {
            let (at, field) = path.strip_prefix(what)?.strip_prefix('[')?.split_once(']')?;
            Some((at.parse::<usize>().ok()?, field.strip_prefix('.').unwrap_or("name").to_owned()))
        };
        if let Some((at, field)) = named("roles") {
            return Some(format!("role_{field}s.{}", body.roles.get(at)?.key));
        }
        if let Some((at, field)) = named("variables") {
            return Some(format!("variable_{field}s.{}", body.variables.get(at)?.key));
        }
        if let Some((at, _)) = named("sections") {
            return Some(format!("section_names.{}", section_row(at)));
        }
        match path {
            "anchor.name" => Some("anchor_name".to_owned()),
            "anchor.about" => Some("anchor_about".to_owned()),
            path if path.starts_with("tasks") => None,
            path => Some(path.to_owned()),
        }
    })
}

/// What is refused where no field of a form is, as a sentence of its own.
pub fn in_words(error: AppError) -> AppError {
    at_fields(error, |path| {
        let is_inside = path.starts_with("tasks") || ["works", "sections", "rule"].contains(&path);
        (!is_inside).then(|| path.to_owned())
    })
}

fn at_fields(error: AppError, name: impl Fn(&str) -> Option<String>) -> AppError {
    if error.code != Code::Invalid {
        return error;
    }
    let mut fields = Vec::with_capacity(error.fields.len());
    for FieldError { field, message } in error.fields {
        // One that the form hasn't says it on top.
        let Some(field) = name(&field) else { return AppError::conflict(message) };
        fields.push(FieldError { field, message });
    }
    AppError::invalid(fields)
}

fn people(rows: &Rows) -> Result<BTreeMap<String, UserId>> {
    let chosen = rows.keys().map(|key| (key, first(rows, key))).filter(|(_, user)| !user.is_empty());
    chosen.map(|(key, user)| Ok((key.clone(), user.parse().map_err(|_| AppError::not_found("that person"))?))).collect()
}

fn words(rows: &Rows) -> BTreeMap<String, String> {
    rows.keys().map(|key| (key.clone(), first(rows, key))).filter(|(_, words)| !words.is_empty()).collect()
}

/// The row of a section, by its place: `at-0`. A name in brackets that begins with a digit would be taken for a place in a list, and new rows aren’t one.
pub fn section_row(at: usize) -> String {
    format!("at-{at}")
}

/// What was typed in a row, without the room around it.
pub fn first(rows: &Rows, row: &str) -> String {
    rows.get(row).and_then(|values| values.first()).map(|value| value.trim().to_owned()).unwrap_or_default()
}

/// Rows that are new and have a name, in order.
fn added(names: &Rows) -> impl Iterator<Item = (&String, String)> {
    let new = names.keys().filter(|row| row.starts_with("new-"));
    new.map(|row| (row, first(names, row))).filter(|(_, name)| !name.is_empty())
}

fn split(text: &str, at: char) -> Vec<String> {
    text.split(at).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_starts_a_template_is_shown_as_it_was_chosen() {
        let today = date(2026, 11, 23);
        for (rule, repeats) in [
            ("FREQ=DAILY;INTERVAL=3", "daily"),
            ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "weekdays"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "weekly"),
            ("FREQ=WEEKLY", "weekly"),
            ("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", "monthly_day"),
            ("FREQ=MONTHLY;BYDAY=-1FR", "monthly_weekday"),
            // What ends, and what the form has no fields for.
            ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20281231", CUSTOM),
            ("FREQ=DAILY;COUNT=5", CUSTOM),
            ("FREQ=MONTHLY;BYMONTHDAY=1,15", CUSTOM),
        ] {
            let rule = Rule::parse(rule).unwrap_or_else(|words| panic!("{rule}: {words}")).show();
            let body = TriggerBody {
                kind: "schedule".to_owned(),
                rule: rule.clone(),
                first_day: "2026-11-30".to_owned(),
                time: "09:30".to_owned(),
                variables: [("client".to_owned(), "Harbour Café".to_owned())].into(),
                ..TriggerBody::default()
            };
            let typed = TypedTrigger::of(&body, today);
            assert_eq!(typed.repeats, repeats, "{rule}");
            assert_eq!(typed.body().map_err(|error| error.message), Ok(body), "{rule}");
        }
        let event = TriggerBody {
            kind: "event".to_owned(),
            event: "calendar.appointment_booked".to_owned(),
            anchor: "day".to_owned(),
            from_event: [("client".to_owned(), "service".to_owned())].into(),
            ..TriggerBody::default()
        };
        let typed = TypedTrigger::of(&event, today);
        // A form about something that happens doesn’t send days.
        let sent = typed.body().map(|body| TriggerBody { first_day: String::new(), time: String::new(), ..body });
        assert_eq!(sent.map_err(|error| error.message), Ok(event));
        let at = |repeats: &str| {
            let typed = TypedTrigger { repeats: repeats.to_owned(), ..TypedTrigger::like("schedule", today) };
            typed.at_days(AppError::field("rule", "No.")).fields.remove(0).field
        };
        assert_eq!((at("weekly"), at(CUSTOM)), ("repeats".to_owned(), "rule_text".to_owned()));
    }
}
