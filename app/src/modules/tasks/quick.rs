//! Adding a task by one line of words, “call the supplier fri 3pm #clinic !high @me”: names become people, teams, lists and labels. What names nobody and
//! nothing stays in the title.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    access,
    acts::Act,
    desk::Desk,
    fields::{self, ValuesBody},
    ids::{FieldId, LabelId, ListId, SectionId, StatusId, TaskId, TeamId},
    labels, lists, permissions,
    quick_add::{self, Choice, Kind, Quick, Span},
    series, store,
    tasks::{self, AddBody, Done},
};
use crate::{
    db::Access,
    error::{AppError, Result},
    idempotency::again,
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// The longest line.
const LONGEST: usize = 1000;
/// So many names that stand for nothing are looked at.
const MOST_UNKNOWN: usize = 40;
/// So many are named to whoever could mean any of them.
const MOST_NAMED: usize = 4;

/// A new task, as one line of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuickBody {
    /// Where it goes, unless the words say so.
    pub list: ListId,
    /// The line: `call the supplier fri 3pm #clinic !high @me`.
    pub quick: String,
    /// How far it has come; absent: the list’s first.
    #[serde(default)]
    pub status: Option<StatusId>,
    /// A part of the list.
    #[serde(default)]
    pub section: Option<SectionId>,
    /// Whose it is, unless the words say so.
    #[serde(default)]
    pub responsible: Option<UserId>,
    /// By when, `2026-11-27`, unless the words say so.
    #[serde(default)]
    pub due_day: Option<String>,
    /// 0 none, 1 low, 2 medium, 3 high, 4 urgent, unless the words say so.
    #[serde(default)]
    pub priority: i64,
    /// Labels beside those of the words.
    #[serde(default)]
    pub labels: BTreeSet<LabelId>,
    /// What it says in fields of the list, by their ids: of a choice its id, of a person theirs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub chosen: BTreeMap<FieldId, Option<String>>,
}

/// A line that is still being typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBody {
    /// Where it would go, unless the words say so.
    pub list: ListId,
    /// The line.
    pub text: String,
}

/// What is understood of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QuickUnderstood)]
pub struct Understood {
    /// What is left of it.
    pub title: String,
    /// What was understood of the rest, in the order typed.
    pub spans: Vec<Part>,
}

/// Something that was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QuickPart)]
pub struct Part {
    /// `due`, `repeat`, `label`, `person`, `priority`, `estimate` or `list`.
    pub kind: &'static str,
    /// As what: “Friday 27 November, 3:00 pm”, a name.
    pub words: String,
}

/// What comes of a line.
struct Meant {
    body: AddBody,
    new_labels: Vec<String>,
    repeat: Option<String>,
    understood: Understood,
}

/// Somebody who is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Person(UserId),
    Team(TeamId),
}

/// What would come of a line.
///
/// # Errors
/// 404 for a list that whoever asks can’t see; 422 at `text` for a name that could be several.
pub async fn preview(platform: &Platform, actor: &Actor, org: &str, body: &PreviewBody) -> Result<Understood> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Read).await?;
    let asked = QuickBody::of(body.list, &body.text);
    let meant = understand(&mut tx, &asked).await.map_err(|error| error.rename_field("quick", "text"))?;
    tx.rollback().await?;
    Ok(meant.understood)
}

/// Adds what a line of words says. The same request again, with the same key, adds nothing and answers the same.
///
/// # Errors
/// 404 for a list, status or section that isn’t there for whoever asks; 422 at `quick` for what can’t be a task, and for a name that could be several; 409
/// for a key that another request had, and for a list that was put away.
pub async fn add_quick(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    body: &QuickBody,
    key: &str,
) -> Result<(Done, TaskId, Understood)> {
    let mut tx = access::open(platform, actor, org, &permissions::CHANGE, Access::Write).await?;
    let id = TaskId::new(tx.now());
    let said = serde_json::to_string(body).unwrap_or_default();
    if let Some(before) = again(&mut tx, "tasks.add", key, &said, id.0).await? {
        let id = TaskId(before);
        let act = store::act_of_adding(&mut tx, id).await?;
        tx.rollback().await?;
        let nothing = Understood { title: String::new(), spans: Vec::new() };
        return Ok((Done { act, tasks: vec![id], ..Done::default() }, id, nothing));
    }
    let mut meant = understand(&mut tx, body).await?;
    for name in &meant.new_labels {
        meant.body.labels.insert(labels::add_label_in(&mut tx, name).await.map_err(at_the_line)?);
    }
    let mut act = Act::new(&tx, "add");
    let mut desk = Desk::read(&mut tx).await?;
    let task = tasks::add_in(&mut tx, &mut act, &mut desk, id, &meant.body).await.map_err(at_the_line)?;
    if task.list == body.list && !body.chosen.is_empty() {
        let chosen = body.chosen.iter().map(|(field, word)| (field.to_string(), Value::from(word.clone())));
        fields::set_in(&mut tx, &mut act, &task, &ValuesBody { version: None, values: chosen.collect() }).await?;
    }
    if let Some(rule) = &meant.repeat {
        series::begin_in(&mut tx, &mut act, &task, rule).await.map_err(at_the_line)?;
    }
    let act = act.finish(&mut tx).await?;
    tx.commit().await?;
    Ok((Done { act, tasks: vec![id], ..Done::default() }, id, meant.understood))
}

impl QuickBody {
    /// A line for a list, and nothing else.
    pub fn of(list: ListId, quick: &str) -> Self {
        Self {
            list,
            quick: quick.to_owned(),
            status: None,
            section: None,
            responsible: None,
            due_day: None,
            priority: 0,
            labels: BTreeSet::new(),
            chosen: BTreeMap::new(),
        }
    }
}

impl Understood {
    /// “Due Friday 27 November, for Sam Lee”; empty where there was nothing but a title.
    pub fn words(&self) -> String {
        self.spans.iter().map(|part| part.words.as_str()).collect::<Vec<_>>().join(", ")
    }
}

async fn understand(tx: &mut OrgTx, body: &QuickBody) -> Result<Meant> {
    let line = body.quick.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err(AppError::field("quick", "Say what is to be done."));
    }
    if line.chars().count() > LONGEST {
        return Err(AppError::field("quick", "Use at most 1,000 characters. The rest belongs in the notes."));
    }
    let (today, now) = access::today(tx)?;
    let here = access::list_to_change(tx, body.list).await?;
    let all_lists = access::lists(tx).await?;
    let spaces = access::spaces(tx).await?;
    let teams: Vec<_> = store::teams(tx).await?.into_iter().filter(|team| team.active).collect();
    let known: Vec<_> = store::labels(tx).await?;

    let read = |line: &str| quick_add::read(line, today, now);
    let is_open = |space| spaces.iter().any(|one| one.id == space && !one.archived);
    let open = all_lists.iter().filter(|list| !list.archived && is_open(list.space_id));
    let names: Vec<_> = open.map(|list| (list.id, list.name.as_str())).collect();
    let space_of = |id: ListId| {
        let list = all_lists.iter().find(|list| list.id == id)?;
        spaces.iter().find(|space| space.id == list.space_id).map(|space| space.name.clone())
    };
    let (line, quick, list) = with_list(line, &read, &names, &space_of)?;
    let list = list.unwrap_or(here.id);
    let space = all_lists.iter().find(|one| one.id == list).map(|one| one.space_id);
    let space = spaces.iter().find(|one| Some(one.id) == space).ok_or_else(access::no_list)?;
    let people = lists::who_sees(tx, space).await?;
    let me = tx.person();
    let of_space = space.team_id.filter(|id| teams.iter().any(|team| team.id == *id));
    let own = |word: &str| match word.to_lowercase().as_str() {
        "me" => me.filter(|me| people.iter().any(|one| one.id == *me)).map(Named::Person),
        "team" => of_space.map(Named::Team),
        _ => None,
    };
    let everybody = people.iter().map(|one| (Named::Person(one.id), one.name.as_str()));
    let all: Vec<_> = everybody.chain(teams.iter().map(|team| (Named::Team(team.id), team.name.as_str()))).collect();
    let (quick, called) = with_people(line, quick, &read, &own, &all)?;
    if quick.title.is_empty() {
        return Err(AppError::field("quick", "Say what is to be done, beside by whom and when."));
    }

    let label_called = |name: &str| {
        let plain = lists::compared(&name.replace(['-', '_'], " "));
        known.iter().find(|label| [lists::compared(name), plain.clone()].contains(&lists::compared(&label.name)))
    };
    let mut add = AddBody::of(list, &quick.title);
    if list == here.id {
        (add.status, add.section) = (body.status, body.section);
    }
    add.priority = quick.priority.map_or(body.priority, i64::from);
    add.estimate = quick.estimate_minutes;
    let shown = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    (add.start_day, add.start_time) = (quick.start_day.map(|day| day.to_string()), quick.start_time.map(shown));
    add.due_day = quick.due_day.map(|day| day.to_string()).or_else(|| body.due_day.clone());
    add.due_time = quick.due_time.map(shown);
    add.labels.clone_from(&body.labels);
    add.responsible = body.responsible;
    let mut is_said = false;
    for one in &called {
        match one {
            Named::Team(team) => add.team = Some(*team),
            Named::Person(person) if !is_said => {
                add.responsible = Some(*person);
                is_said = true;
            }
            Named::Person(person) => add.people.push(*person),
        }
    }
    let mut new_labels = Vec::new();
    for name in &quick.labels {
        match label_called(name) {
            Some(label) => _ = add.labels.insert(label.id),
            None => new_labels.push(name.clone()),
        }
    }
    let mut people_named = called.iter();
    let list_name = all_lists.iter().find(|one| one.id == list).map(|one| one.name.clone()).unwrap_or_default();
    let spans = quick.spans.iter().map(|span| Part {
        kind: word_of(span.kind),
        words: match span.kind {
            Kind::Person => {
                let one = people_named.next();
                let name = all.iter().find(|(key, _)| Some(key) == one).map(|(_, name)| (*name).to_owned());
                name.unwrap_or_else(|| span.words.clone())
            }
            Kind::List => list_name.clone(),
            Kind::Label => match label_called(&span.words) {
                Some(label) => label.name.clone(),
                None => format!("{} (new)", span.words),
            },
            Kind::Due | Kind::Repeat | Kind::Priority | Kind::Estimate => span.words.clone(),
        },
    });
    let understood = Understood { spans: spans.collect(), title: quick.title.clone() };
    Ok(Meant { body: add, new_labels, repeat: quick.repeat, understood })
}

/// The list that the line names, if there is one of that name; otherwise its words stay as they are.
fn with_list(
    line: String,
    read: &impl Fn(&str) -> Quick,
    names: &[(ListId, &str)],
    space_of: &impl Fn(ListId) -> Option<String>,
) -> Result<(String, Quick, Option<ListId>)> {
    let mut line = line;
    for _ in 0..MOST_UNKNOWN {
        let quick = read(&line);
        let Some(span) = quick.spans.iter().find(|span| span.kind == Kind::List) else {
            return Ok((line, quick, None));
        };
        match quick_add::choose(&span.words, names.iter().copied()) {
            Choice::One(list) => return Ok((line, quick, Some(list))),
            Choice::Many => return Err(ambiguous(&span.words, names, space_of)),
            Choice::None => line = kept(&line, span),
        }
    }
    let quick = read(&line);
    Ok((line, quick, None))
}

/// Who is named, in the order typed; what names nobody stays as it is.
fn with_people(
    line: String,
    quick: Quick,
    read: &impl Fn(&str) -> Quick,
    own: &impl Fn(&str) -> Option<Named>,
    names: &[(Named, &str)],
) -> Result<(Quick, Vec<Named>)> {
    let (mut line, mut quick) = (line, quick);
    for _ in 0..MOST_UNKNOWN {
        let mut found = Vec::new();
        let mut unknown = None;
        for span in quick.spans.iter().filter(|span| span.kind == Kind::Person) {
            if let Some(one) = own(&span.words) {
                found.push(one);
                continue;
            }
            match quick_add::choose(&span.words, names.iter().copied()) {
                Choice::One(one) => found.push(one),
                Choice::Many => return Err(ambiguous(&span.words, names, &|_| None)),
                Choice::None => {
                    unknown = Some(span.clone());
                    break;
                }
            }
        }
        let Some(span) = unknown else { return Ok((quick, found)) };
        line = kept(&line, &span);
        quick = read(&line);
    }
    Ok((quick, Vec::new()))
}

/// The line with what is no mark after all kept as it was typed.
fn kept(line: &str, span: &Span) -> String {
    let (before, after) = line.split_at_checked(span.from).unwrap_or((line, ""));
    format!("{before}\\{after}")
}

/// 422 for a name that could be several: it says which, and where those are that are called the same.
fn ambiguous<K: Copy + PartialEq>(
    word: &str,
    names: &[(K, &str)],
    place_of: &impl Fn(K) -> Option<String>,
) -> AppError {
    let is_one = |key: K, several: &[(K, &str)]| matches!(quick_add::choose(word, several.iter().copied()), Choice::One(one) if one == key);
    let meant: Vec<(K, &str)> = names.iter().copied().filter(|one| is_one(one.0, &[*one])).collect();
    // Whoever is called exactly that comes before whose name only begins so.
    let gives_way = |one: &(K, &str)| meant.iter().any(|other| other.0 != one.0 && is_one(other.0, &[*one, *other]));
    let left: Vec<(K, &str)> = meant.iter().copied().filter(|one| !gives_way(one)).collect();
    let is_alike = |one: &(K, &str)| left.iter().any(|other| other.0 != one.0 && other.1 == one.1);
    let called = |one: &(K, &str)| match place_of(one.0).filter(|_| is_alike(one)) {
        Some(place) => format!("{} in {place}", one.1),
        None => one.1.to_owned(),
    };
    let mut all: Vec<String> = left.iter().map(called).collect();
    // Ids of the same moment are in no order.
    all.sort_unstable();
    let shown = all.get(..MOST_NAMED.min(all.len())).unwrap_or_default();
    let words = match shown.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => shown.join(""),
    };
    let more = if all.len() > MOST_NAMED { ", or others" } else { "" };
    let first = left.first();
    let then = if first.is_some_and(|first| place_of(first.0).is_some() && left.iter().all(|one| one.1 == first.1)) {
        "Add it in the list itself."
    } else {
        "Type more of the name."
    };
    AppError::field("quick", format!("“{word}” could be {words}{more}. {then}"))
}

/// What is wrong with what comes of the line is said at the line.
fn at_the_line(error: AppError) -> AppError {
    let fields = [
        "title",
        "start_day",
        "start_time",
        "due_day",
        "due_time",
        "estimate",
        "priority",
        "responsible",
        "people",
        "labels",
        "name",
        "rule",
    ];
    fields.into_iter().fold(error, |error, field| error.rename_field(field, "quick"))
}

const fn word_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Due => "due",
        Kind::Repeat => "repeat",
        Kind::Label => "label",
        Kind::Person => "person",
        Kind::Priority => "priority",
        Kind::Estimate => "estimate",
        Kind::List => "list",
    }
}
