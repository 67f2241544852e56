//! Tasks as the measurements make and read them: their addresses and fields stand here and nowhere else.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::form_urlencoded::byte_serialize;

use crate::{
    Result,
    http::Connection,
    product::{Owner, id},
};

/// Cards that are read at once.
const CARDS_AT_ONCE: usize = 200;

/// Something to be sent: where to, and what.
pub type Order = (String, Value);

/// A list of tasks, in a space of its own.
pub struct List {
    org: String,
    /// Its id.
    pub id: String,
    /// The space that it is in.
    pub space: String,
    /// Its columns, in order.
    pub statuses: Vec<String>,
    /// Who made it: the one person that there is.
    pub me: String,
}

/// A card, as far as boards must agree about it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Card {
    /// Its task.
    pub id: String,
    /// Grows with every change.
    pub version: i64,
    /// Its column.
    pub status: String,
    /// Its place.
    pub position: String,
}

/// What those who look at a list are told at once.
#[derive(Debug, Deserialize)]
pub struct Told {
    /// All up to there is in it.
    pub sequence: i64,
    /// What changed, as it is now.
    pub cards: Vec<Card>,
}

/// A new task; what isn’t said is left out.
#[derive(Debug, Default)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub notes: String,
    /// Its column.
    pub status: String,
    /// What it is a part of.
    pub parent: Option<String>,
    /// From none, 0, to urgent, 4.
    pub priority: usize,
    /// `2026-11-27`
    pub due: Option<String>,
    /// Whose it is.
    pub responsible: Option<String>,
    /// What it is about.
    pub labels: Vec<String>,
}

/// A task of a template.
#[derive(Debug, Default)]
pub struct Step {
    /// What other tasks call it.
    pub key: String,
    /// Its title.
    pub title: String,
    /// It is the one role’s.
    pub has_role: bool,
    /// From none, 0, to urgent, 4.
    pub priority: usize,
    /// So many days after the one that is chosen; below zero, before.
    pub due: Option<i64>,
    /// What is ticked off.
    pub checklist: Vec<String>,
    /// What it waits for, by key.
    pub waits_for: Vec<String>,
    /// Its parts.
    pub parts: Vec<Value>,
}

impl List {
    /// Adds one with so many columns: the first holds what isn’t begun, the last what is done.
    pub async fn add(owner: &mut Owner, org: &str, name: &str, columns: usize) -> Result<Self> {
        let base = base(org);
        let space = id(&owner.send("POST", &format!("{base}/spaces"), &json!({ "name": name })).await?)?;
        let kind = |nth: usize| match nth {
            0 => "open",
            nth if nth + 1 == columns => "done",
            _ => "started",
        };
        let statuses: Vec<Value> =
            (0..columns).map(|nth| json!({ "name": format!("Stage {}", nth + 1), "kind": kind(nth) })).collect();
        let body = json!({ "space": space, "name": name, "statuses": statuses });
        let list = id(&owner.send("POST", &format!("{base}/lists"), &body).await?)?;
        let whole = owner.send("GET", &format!("{base}/lists/{list}"), &Value::Null).await?;
        let statuses = whole["statuses"].as_array().ok_or("no statuses")?.iter().map(id).collect::<Result<Vec<_>>>()?;
        let me = id(&whole["people"][0])?;
        Ok(Self { org: org.to_owned(), id: list, space, statuses, me })
    }

    /// The page that shows it as a board. `with_parts`: parts of others are cards, too.
    pub fn board(&self, with_parts: bool) -> String {
        let parts = if with_parts { "&parts=1" } else { "" };
        format!("/app/{}/tasks/lists/{}?view=board{parts}", self.org, self.id)
    }

    /// What happens in it, from after the number on that comes at the end of this.
    pub fn live(&self) -> String {
        format!("/app/{}/tasks/lists/{}/live?after=", self.org, self.id)
    }

    /// To add a task to it.
    pub fn adds(&self, task: &NewTask) -> Order {
        let body = json!({
            "list": self.id, "title": task.title, "notes": task.notes, "status": task.status, "parent": task.parent,
            "priority": task.priority, "due_day": task.due, "responsible": task.responsible, "labels": task.labels,
        });
        (format!("{}/tasks", base(&self.org)), body)
    }

    /// To move a task of it to a column, to right after another task or to the top. From where isn’t said: it goes there from wherever another has put it.
    pub fn moves(&self, task: &str, column: &str, after: Option<&str>) -> Order {
        let body = json!({ "by": "status", "column": column, "after": after });
        (format!("{}/tasks/{task}/move", base(&self.org)), body)
    }

    /// To start a template, whose one role is mine: its tasks go to this list, or to a new one of that name.
    pub fn starts(&self, template: &str, day: &str, new_list: Option<&str>) -> Order {
        let mut body = json!({ "anchor": day, "roles": { "lead": self.me } });
        match new_list {
            Some(name) => body["new_list"] = json!({ "space": self.space, "name": name }),
            None => body["list"] = json!(self.id),
        }
        (format!("{}/templates/{template}/start", base(&self.org)), body)
    }

    /// All of its cards, as the database has them.
    pub async fn cards(&self, owner: &mut Owner) -> Result<Vec<Card>> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("{}/lists/{}/cards?limit={CARDS_AT_ONCE}&after={after}", base(&self.org), self.id);
            let mut page = owner.send("GET", &path, &Value::Null).await?;
            all.extend(serde_json::from_value::<Vec<Card>>(page["cards"].take())?);
            if page["more"] != true {
                return Ok(all);
            }
            page["end"].as_str().ok_or("no end")?.clone_into(&mut after);
        }
    }
}

impl Told {
    /// What a frame of a stream says, if it is about cards.
    pub fn read(frame: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(frame).ok().filter(|text| text.contains("event: cards\n"))?;
        serde_json::from_str(text.lines().find_map(|line| line.strip_prefix("data: "))?).ok()
    }
}

/// To add a label.
pub fn adds_label(org: &str, name: &str, colour: usize) -> Order {
    (format!("{}/labels", base(org)), json!({ "name": name, "colour": colour }))
}

/// To add a template with one role.
pub fn adds_template(org: &str, name: &str, steps: Vec<Value>) -> Order {
    let roles = json!([{ "key": "lead", "name": "Lead" }]);
    let body = json!({ "name": name, "roles": roles, "anchor": { "name": "Opening day" }, "tasks": steps });
    (format!("{}/templates", base(org)), body)
}

/// The search in the JSON API, and its page.
pub fn searches(org: &str, typed: &str) -> [String; 2] {
    let typed: String = byte_serialize(typed.as_bytes()).collect();
    [format!("{}/search?q={typed}", base(org)), format!("/app/{org}/tasks/search?q={typed}")]
}

/// How many tasks a search says that it found.
pub fn found(answer: &Value) -> Result<usize> {
    let total = answer["total"].as_u64().ok_or_else(|| format!("no total: {answer}"))?;
    Ok(usize::try_from(total)?)
}

/// The task that a change answers with.
pub fn card(answer: &Value) -> Result<Card> {
    Ok(serde_json::from_value(answer["card"].clone())?)
}

/// A change did something.
pub fn has_changed(answer: &Value) -> bool {
    !answer["act"].is_null()
}

/// How many tasks a start made.
pub fn made(answer: &Value) -> usize {
    answer["tasks"].as_array().map_or(0, Vec::len)
}

impl Step {
    /// As a template has it.
    pub fn json(self) -> Value {
        json!({
            "key": self.key, "title": self.title, "role": self.has_role.then_some("lead"), "priority": self.priority,
            "due": self.due.map(|days| json!({ "days": days })), "checklist": self.checklist, "blocked_by": self.waits_for,
            "children": self.parts,
        })
    }
}

/// Sends all of it, so much at once; gives the answers in order. `word`: the server knows them again by it.
pub async fn send_all(
    owner: &Owner,
    addr: SocketAddr,
    orders: &[Order],
    word: &str,
    at_once: usize,
) -> Result<Vec<Value>> {
    let keyed =
        |(nth, (path, body)): (usize, &Order)| owner.keyed("POST", path, &format!("bench-{word}-{nth:06}"), body);
    let messages: Arc<Vec<Vec<u8>>> = Arc::new(orders.iter().enumerate().map(keyed).collect());
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers: JoinSet<Result<Vec<(usize, Value)>>> = JoinSet::new();
    for _ in 0..at_once {
        let (messages, next) = (Arc::clone(&messages), Arc::clone(&next));
        let mut connection = Connection::open(addr).await?;
        workers.spawn(async move {
            let mut answers = Vec::new();
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                let Some(message) = messages.get(nth) else { return Ok(answers) };
                answers.push((nth, connection.send(message).await?.json()?));
            }
        });
    }
    let mut answers = Vec::with_capacity(orders.len());
    while let Some(worker) = workers.join_next().await {
        answers.extend(worker??);
    }
    answers.sort_unstable_by_key(|(nth, _)| *nth);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

fn base(org: &str) -> String {
    format!("/api/v1/orgs/{org}/tasks")
}
