//! A task, and what can be changed of it.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ids::{ActId, LabelId, ListId, SectionId, StatusId, TaskId, TeamId};
use crate::{
    clock::Instant,
    error::{AppError, Result},
    ids::UserId,
};

/// A day on the organisation's clock, and a time of it where one is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    /// The day.
    pub day: Date,
    /// The time; `None`: at some time of the day.
    pub time: Option<Time>,
}

impl When {
    /// From how it is stored: `2026-11-27`, `15:00`.
    pub fn stored(day: Option<&str>, time: Option<&str>) -> Option<Self> {
        let day = day?.parse().ok()?;
        Some(Self { day, time: time.and_then(|time| Time::strptime("%H:%M", time).ok()) })
    }

    /// How it is stored.
    pub fn to_stored(self) -> (String, Option<String>) {
        (self.day.to_string(), self.time.map(|time| time.strftime("%H:%M").to_string()))
    }

    /// It is past: the day is over, or its time has come.
    pub fn is_past(self, today: Date, now: Time) -> bool {
        self.day < today || self.day == today && self.time.is_some_and(|time| time <= now)
    }
}

/// Who completes a task that several are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Completes {
    /// One of them does it for all.
    Any,
    /// Each does their own part.
    Everyone,
}

impl Completes {
    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Everyone => "everyone",
        }
    }

    /// Reads the word stored.
    pub fn stored(word: &str) -> Self {
        if word == "everyone" { Self::Everyone } else { Self::Any }
    }
}

/// Somebody who is on a task, and when they did their part of one that everyone completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignee {
    /// Who.
    pub user: UserId,
    /// When.
    pub done_at: Option<Instant>,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What people call it by: T-12.
    pub number: i64,
    /// Where it is.
    pub list: ListId,
    /// In which part of it.
    pub section: Option<SectionId>,
    /// How far it has come.
    pub status: StatusId,
    /// What it is a part of.
    pub parent: Option<TaskId>,
    /// How deep that is: 0 is a task of its own.
    pub depth: i64,
    /// Its place in its list, compared byte by byte.
    pub position: String,
    /// What is to be done.
    pub title: String,
    /// More about it, in Markdown.
    pub notes: String,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent.
    pub priority: i64,
    /// How long it takes, in minutes.
    pub estimate: Option<i64>,
    /// Not before.
    pub start: Option<When>,
    /// By when.
    pub due: Option<When>,
    /// Whose it is.
    pub responsible: Option<UserId>,
    /// Who else is on it, by id.
    pub people: Vec<Assignee>,
    /// Whose queue it is in, until one of them takes it on.
    pub team: Option<TeamId>,
    /// Who completes it.
    pub completes: Completes,
    /// What it is about.
    pub labels: BTreeSet<LabelId>,
    /// When somebody began with it.
    pub started_at: Option<Instant>,
    /// When it was completed.
    pub completed_at: Option<Instant>,
    /// By whom.
    pub completed_by: Option<UserId>,
    /// Who added it, where that was a member.
    pub created_by: Option<UserId>,
    /// When it was added.
    pub created_at: Instant,
    /// It is in the trash, since then.
    pub trashed_at: Option<Instant>,
    /// By that act.
    pub trashed_with: Option<ActId>,
    /// Grows with every change.
    pub version: i64,
    /// The organisation's sequence at its last change.
    pub touched: i64,
}

/// What can be changed of a task. Different ones never get in each other's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// It is there at all.
    Trashed,
    /// Its list, its place in it, and what it is a part of.
    Place,
    /// Its part of the list.
    Section,
    /// How far it has come, and when it did.
    Status,
    /// What is to be done.
    Title,
    /// More about it.
    Notes,
    /// How much it matters.
    Priority,
    /// How long it takes.
    Estimate,
    /// Not before.
    Start,
    /// By when.
    Due,
    /// Whose it is.
    Responsible,
    /// Who else is on it.
    People,
    /// Whose queue it is in.
    Team,
    /// Who completes it.
    Completes,
    /// What it is about.
    Labels,
}

impl Field {
    /// All of them, in the order in which undoing sets them.
    pub const ALL: [Self; 15] = [
        Self::Trashed,
        Self::Place,
        Self::Section,
        Self::Status,
        Self::Title,
        Self::Notes,
        Self::Priority,
        Self::Estimate,
        Self::Start,
        Self::Due,
        Self::Responsible,
        Self::People,
        Self::Team,
        Self::Completes,
        Self::Labels,
    ];

    /// The word stored, and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trashed => "trashed",
            Self::Place => "place",
            Self::Section => "section",
            Self::Status => "status",
            Self::Title => "title",
            Self::Notes => "notes",
            Self::Priority => "priority",
            Self::Estimate => "estimate",
            Self::Start => "start",
            Self::Due => "due",
            Self::Responsible => "responsible",
            Self::People => "people",
            Self::Team => "team",
            Self::Completes => "completes",
            Self::Labels => "labels",
        }
    }

    /// Reads the word stored.
    pub fn stored(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == word)
    }
}

impl Task {
    /// Everybody who is on it: whose it is first.
    pub fn doers(&self) -> impl Iterator<Item = UserId> + '_ {
        let others = self.people.iter().map(|one| one.user).filter(|user| Some(*user) != self.responsible);
        self.responsible.into_iter().chain(others)
    }

    /// It is completed.
    pub fn is_done(&self) -> bool {
        self.completed_at.is_some()
    }

    /// Has somebody on it done their part?
    pub fn did(&self, user: UserId) -> bool {
        self.people.iter().any(|one| one.user == user && one.done_at.is_some())
    }

    /// Everyone completes it, and somebody did their part, but not all have.
    pub fn waits_after(&self, user: UserId) -> bool {
        self.completes == Completes::Everyone && !self.is_done() && self.did(user)
    }

    /// Where everyone completes it: who hasn’t done their part yet, whose it is first. Nobody, once it is completed.
    pub fn left(&self) -> impl Iterator<Item = UserId> + '_ {
        let waits = self.completes == Completes::Everyone && !self.is_done();
        self.doers().filter(move |user| waits && !self.did(*user))
    }

    /// Makes it somebody else’s, or nobody’s. Whose it was is off it: who else is on it is told without them.
    pub fn give_to(&mut self, to: Option<UserId>) {
        if let Some(was) = self.responsible.filter(|was| Some(*was) != to) {
            self.people.retain(|one| one.user != was);
        }
        self.responsible = to;
    }

    /// A field as it is kept in the history.
    pub fn value(&self, field: Field) -> Value {
        match field {
            Field::Trashed => json!({ "at": self.trashed_at, "with": self.trashed_with }),
            Field::Place => {
                json!({ "list": self.list, "parent": self.parent, "depth": self.depth, "position": self.position })
            }
            Field::Section => json!(self.section),
            Field::Status => json!({
                "status": self.status, "started_at": self.started_at, "completed_at": self.completed_at,
                "completed_by": self.completed_by,
            }),
            Field::Title => json!(self.title),
            Field::Notes => json!(self.notes),
            Field::Priority => json!(self.priority),
            Field::Estimate => json!(self.estimate),
            Field::Start => stored(self.start),
            Field::Due => stored(self.due),
            Field::Responsible => json!(self.responsible),
            Field::People => json!(self.people),
            Field::Team => json!(self.team),
            Field::Completes => json!(self.completes),
            Field::Labels => json!(self.labels),
        }
    }

    /// Sets a field to what is kept in the history.
    ///
    /// # Errors
    /// It can't be read.
    pub fn set(&mut self, field: Field, value: &Value) -> Result<()> {
        #[derive(Deserialize)]
        struct Trashed {
            at: Option<Instant>,
            with: Option<ActId>,
        }
        #[derive(Deserialize)]
        struct Place {
            list: ListId,
            parent: Option<TaskId>,
            depth: i64,
            position: String,
        }
        #[derive(Deserialize)]
        struct HowFar {
            status: StatusId,
            started_at: Option<Instant>,
            completed_at: Option<Instant>,
            completed_by: Option<UserId>,
        }
        match field {
            Field::Trashed => {
                let Trashed { at, with } = read(value)?;
                (self.trashed_at, self.trashed_with) = (at, with);
            }
            Field::Place => {
                let Place { list, parent, depth, position } = read(value)?;
                (self.list, self.parent, self.depth, self.position) = (list, parent, depth, position);
            }
            Field::Section => self.section = read(value)?,
            Field::Status => {
                let HowFar { status, started_at, completed_at, completed_by } = read(value)?;
                self.status = status;
                (self.started_at, self.completed_at, self.completed_by) = (started_at, completed_at, completed_by);
            }
            Field::Title => self.title = read(value)?,
            Field::Notes => self.notes = read(value)?,
            Field::Priority => self.priority = read(value)?,
            Field::Estimate => self.estimate = read(value)?,
            Field::Start => self.start = when(value)?,
            Field::Due => self.due = when(value)?,
            Field::Responsible => self.responsible = read(value)?,
            Field::People => self.people = read(value)?,
            Field::Team => self.team = read(value)?,
            Field::Completes => self.completes = read(value)?,
            Field::Labels => self.labels = read(value)?,
        }
        Ok(())
    }
}

fn stored(when: Option<When>) -> Value {
    when.map_or(Value::Null, |when| {
        let (day, time) = when.to_stored();
        json!([day, time])
    })
}

fn when(value: &Value) -> Result<Option<When>> {
    let Some((day, time)) = read::<Option<(String, Option<String>)>>(value)? else { return Ok(None) };
    Ok(When::stored(Some(&day), time.as_deref()))
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value).map_err(|error| {
        tracing::error!(%error, "what a task was before can’t be read");
        AppError::internal()
    })
}
