//! What happened to a task, in words: who changed which field from what to what, and when.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    access,
    acts::{self, Change},
    extras,
    fields::{self, Field as OwnField, Kind},
    ids::{ActId, FieldId, LabelId, ListId, SectionId, StatusId, TaskId, TeamId},
    saying::{Here, Names, capital, minutes_words, priority_words},
    series,
    store::{self, ActRow},
    store_history as rows,
    task::{Assignee, Completes, Field, Task, When},
};
use crate::{clock::Instant, error::Result, ids::UserId, org::OrgTx};

/// So many acts are told at most: the latest.
const MOST: i64 = 200;
/// So much of a title or of notes is told.
const LONGEST: usize = 80;
/// So many lines of a checklist are told one by one.
const FEW_LINES: usize = 3;

/// Something that somebody did to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The act.
    pub act: ActId,
    /// Who: "Priya Raman", "a program".
    pub who: String,
    /// What, without who: "changed the due date from Fri 27 Nov to Mon 30 Nov, 3:00 pm".
    pub what: Vec<String>,
    /// When.
    pub at: Instant,
    /// It was undone since.
    pub undone: bool,
}

/// The latest things that happened to a task, the earliest of them first. Whoever calls it saw to it that the task may be seen.
///
/// # Errors
/// The database is busy.
pub async fn of(tx: &mut OrgTx, task: &Task, here: &Here, names: &Names) -> Result<Vec<Happened>> {
    let acts = rows::acts_of_task(tx, task.id, MOST).await?;
    let found = rows::changes_of_task(tx, task.id, acts.iter().map(|act| act.id).min()).await?;
    let mut by_act: BTreeMap<ActId, Vec<Change>> = BTreeMap::new();
    for change in acts::changes(tx, found).await? {
        by_act.entry(change.act).or_default().push(change);
    }
    let told = Told::read(tx, task.list, here, names, by_act.values().flatten()).await?;
    let mut all: Vec<(ActRow, Vec<Change>)> = acts
        .into_iter()
        .filter_map(|act| {
            let changes = by_act.remove(&act.id)?;
            Some((act, changes))
        })
        .collect();
    // Of what was done at the same moment the task’s version says what came first.
    all.sort_by_key(|(act, changes)| (act.done_at, changes.first().map(|change| change.version)));
    Ok(all.into_iter().filter_map(|(act, changes)| told.act(&act, changes)).collect())
}

/// What things are called, and how days are said.
struct Told<'n> {
    here: &'n Here,
    names: &'n Names,
    statuses: BTreeMap<StatusId, String>,
    sections: BTreeMap<SectionId, String>,
    teams: BTreeMap<TeamId, String>,
    labels: BTreeMap<LabelId, String>,
    lists: BTreeMap<ListId, String>,
    /// The fields of its list.
    fields: BTreeMap<FieldId, OwnField>,
    /// What it waited for, as far as that may be seen: “T-12 ‘Call the bank’”.
    others: BTreeMap<TaskId, String>,
}

impl<'n> Told<'n> {
    async fn read<'c>(
        tx: &mut OrgTx,
        list: ListId,
        here: &'n Here,
        names: &'n Names,
        changes: impl Iterator<Item = &'c Change>,
    ) -> Result<Self> {
        let (mut others, mut asks_for_fields) = (BTreeSet::new(), false);
        for (word, id) in changes.filter_map(|change| change.field.split_once(':')) {
            match word {
                extras::WAITS_FOR => others.extend(id.parse::<TaskId>().ok()),
                extras::FIELD => asks_for_fields = true,
                _ => {}
            }
        }
        let others = if others.is_empty() { BTreeMap::new() } else { access::tasks(tx, others).await? };
        let fields = if asks_for_fields { fields::of_list(tx, list).await? } else { Vec::new() };
        let lists: BTreeMap<ListId, String> =
            access::lists(tx).await?.into_iter().map(|one| (one.id, one.name)).collect();
        // What the statuses of a list are called is for whoever sees that list, wherever the task came from.
        let mut statuses = store::every_status(tx).await?;
        statuses.retain(|one| lists.contains_key(&one.list_id));
        Ok(Self {
            here,
            names,
            statuses: statuses.into_iter().map(|one| (one.id, one.name)).collect(),
            sections: store::sections(tx, list).await?.into_iter().map(|one| (one.id, one.name)).collect(),
            teams: store::teams(tx).await?.into_iter().map(|one| (one.id, one.name)).collect(),
            labels: store::labels(tx).await?.into_iter().map(|one| (one.id, one.name)).collect(),
            lists,
            fields: fields.into_iter().map(|field| (field.id, field)).collect(),
            others: others
                .into_values()
                .map(|other| (other.id, format!("T-{} {}", other.number, quoted(&other.title))))
                .collect(),
        })
    }

    fn act(&self, act: &ActRow, changes: Vec<Change>) -> Option<Happened> {
        let what: Vec<String> = if act.kind == "undo" {
            vec!["undid a change".to_owned()]
        } else {
            let is_line = |change: &&Change| change.field.starts_with(extras::CHECK);
            let lines = changes.iter().filter(is_line).count();
            let one_by_one = changes.iter().filter(|change| lines <= FEW_LINES || !is_line(change));
            let mut what: Vec<String> = one_by_one.filter_map(|change| self.change(change)).collect();
            if lines > FEW_LINES {
                let is_new = changes.iter().filter(is_line).all(|change| change.before.is_null());
                let did = if is_new { "added" } else { "changed" };
                what.push(format!("{did} {lines} lines of the checklist"));
            }
            // Whoever opens a task again has everybody do their part anew: that is said by that it was opened.
            if !changes.iter().any(|change| change.field == Field::Status.as_str()) {
                let people = changes.iter().filter(|change| change.field == Field::People.as_str());
                what.extend(people.filter_map(|change| self.taken_back(change)));
            }
            what.dedup();
            what
        };
        (!what.is_empty()).then(|| Happened {
            act: act.id,
            who: capital(&self.names.doer(&act.by_kind, act.by_id)),
            what,
            at: act.done_at,
            undone: act.undone_at.is_some(),
        })
    }

    fn change(&self, change: &Change) -> Option<String> {
        let (before, after) = (&change.before, &change.after);
        let Some(field) = Field::stored(&change.field) else { return self.other(change) };
        let from_to = |what: &str, value: &dyn Fn(&Value) -> Option<String>| from_to(what, value(before), value(after));
        Some(match field {
            Field::Trashed if before.is_null() => "added it".to_owned(),
            Field::Trashed if is_there(after, "at") => "moved it to the trash".to_owned(),
            Field::Trashed => "restored it from the trash".to_owned(),
            Field::Place => return self.moved(before, after),
            Field::Section => from_to("section", &|value| named(&self.sections, value)),
            Field::Status => self.status(before, after)?,
            Field::Title => from_to("title", &|value| value.as_str().map(quoted)),
            Field::Notes if after.as_str() == Some("") => "removed the notes".to_owned(),
            Field::Notes => "changed the notes".to_owned(),
            Field::Priority => from_to("priority", &|value| {
                value.as_i64().filter(|priority| *priority > 0).map(|priority| priority_words(priority).to_lowercase())
            }),
            Field::Estimate => from_to("estimate", &|value| value.as_i64().map(minutes_words)),
            Field::Start => from_to("start", &|value| self.when(value)),
            Field::Due => from_to("due date", &|value| self.when(value)),
            Field::Responsible => self.responsible(before, after),
            Field::People => self.people(before, after)?,
            Field::Team => from_to("team", &|value| named(&self.teams, value)),
            Field::Completes => match read::<Completes>(after)? {
                Completes::Any => "said that any one of those on it completes it".to_owned(),
                Completes::Everyone => "said that everyone on it completes their own part".to_owned(),
            },
            Field::Labels => self.labelled(before, after)?,
        })
    }

    fn moved(&self, before: &Value, after: &Value) -> Option<String> {
        if before.get("list") != after.get("list") {
            let list = |value: &Value| {
                let id = value.get("list").and_then(read::<ListId>)?;
                self.lists.get(&id).cloned()
            };
            let (from, to) = (list(before), list(after));
            let name = |list: Option<String>| list.unwrap_or_else(|| "a list that isn’t yours".to_owned());
            return Some(format!("moved it from {} to {}", name(from), name(to)));
        }
        if before.get("parent") != after.get("parent") {
            let is_part = is_there(after, "parent");
            return Some(
                if is_part { "made it a subtask of another task" } else { "made it a task of its own" }.to_owned(),
            );
        }
        // That it stands elsewhere among the others is of no moment.
        None
    }

    /// `None`: to whoever reads it, it is the same: it came from another list, where that is called so, too.
    fn status(&self, before: &Value, after: &Value) -> Option<String> {
        let name = |value: &Value| {
            let id = value.get("status").and_then(read::<StatusId>)?;
            self.statuses.get(&id).cloned()
        };
        let (was_done, is_done) = (is_there(before, "completed_at"), is_there(after, "completed_at"));
        Some(match (was_done, is_done) {
            (false, true) => "completed it".to_owned(),
            (true, false) => match name(after) {
                Some(name) => format!("reopened it, as {name}"),
                None => "reopened it".to_owned(),
            },
            _ => match (name(before), name(after)) {
                (Some(old), Some(new)) if old == new => return None,
                (Some(old), Some(new)) => format!("changed the status from {old} to {new}"),
                (None, Some(new)) => format!("changed the status to {new}"),
                (_, None) => "changed the status".to_owned(),
            },
        })
    }

    /// What isn't in the task's own row.
    fn other(&self, change: &Change) -> Option<String> {
        let (before, after) = (&change.before, &change.after);
        let (word, id) = change.field.split_once(':').unwrap_or((change.field.as_str(), ""));
        Some(match word {
            extras::CHECK => return line(before, after),
            extras::FILE => match (before.as_str(), after.as_str()) {
                (_, Some(name)) => format!("added the file {}", quoted(name)),
                (Some(name), None) => format!("deleted the file {}", quoted(name)),
                (None, None) => "changed its files".to_owned(),
            },
            extras::WAITS_FOR => {
                let other = id.parse::<TaskId>().ok().and_then(|id| self.others.get(&id).cloned());
                let other = other.unwrap_or_else(|| "another task".to_owned());
                if after.as_bool() == Some(true) {
                    format!("made it wait for {other}")
                } else {
                    format!("stopped it waiting for {other}")
                }
            }
            extras::REPEAT => series::happened(before, after),
            extras::FIELD => match id.parse::<FieldId>().ok().and_then(|id| self.fields.get(&id)) {
                Some(field) => {
                    let shown = |value: &Value| {
                        let words = field.shown(value, &self.names.0);
                        let words = if field.kind == Kind::Text { quoted(&words) } else { words };
                        (!value.is_null() && !words.is_empty()).then_some(words)
                    };
                    from_to(&quoted(&field.name), shown(before), shown(after))
                }
                None => "changed a field of another list".to_owned(),
            },
            _ => return None,
        })
    }

    fn responsible(&self, before: &Value, after: &Value) -> String {
        let who = |value: &Value| read::<UserId>(value).map(|user| self.names.of(user));
        match (who(before), who(after)) {
            (Some(old), Some(new)) => format!("reassigned it from {old} to {new}"),
            (None, Some(new)) => format!("assigned it to {new}"),
            (Some(old), None) => format!("unassigned {old}"),
            (None, None) => "changed who it is assigned to".to_owned(),
        }
    }

    fn people(&self, before: &Value, after: &Value) -> Option<String> {
        let (old, new) = (read::<Vec<Assignee>>(before)?, read::<Vec<Assignee>>(after)?);
        let among = |all: &[Assignee], one: &Assignee| all.iter().any(|other| other.user == one.user);
        let did = new.iter().filter(|one| {
            one.done_at.is_some() && old.iter().any(|other| other.user == one.user && other.done_at.is_none())
        });
        let names = |some: Vec<UserId>| {
            let names: Vec<String> = some.into_iter().map(|user| self.names.of(user)).collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let did = names(did.map(|one| one.user).collect()).map(|who| format!("noted that {who} did their part"));
        let came = names(new.iter().filter(|one| !among(&old, one)).map(|one| one.user).collect());
        let left = names(old.iter().filter(|one| !among(&new, one)).map(|one| one.user).collect());
        let came = came.map(|who| format!("also assigned it to {who}"));
        let left = left.map(|who| format!("removed {who} from it"));
        let all: Vec<String> = [came, left, did].into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join(" and "))
    }

    /// Whose part is open again.
    fn taken_back(&self, change: &Change) -> Option<String> {
        let (old, new) = (read::<Vec<Assignee>>(&change.before)?, read::<Vec<Assignee>>(&change.after)?);
        let did = |user: UserId| old.iter().any(|one| one.user == user && one.done_at.is_some());
        let names: Vec<String> = new
            .iter()
            .filter(|one| one.done_at.is_none() && did(one.user))
            .map(|one| self.names.of(one.user))
            .collect();
        (!names.is_empty()).then(|| format!("noted that the part of {} isn’t done after all", names.join(", ")))
    }

    fn labelled(&self, before: &Value, after: &Value) -> Option<String> {
        let (old, new) = (read::<Vec<LabelId>>(before)?, read::<Vec<LabelId>>(after)?);
        let names = |some: Vec<&LabelId>| {
            let name = |id: &LabelId| self.labels.get(id).cloned().unwrap_or_else(|| "a label that is gone".to_owned());
            let names: Vec<String> = some.into_iter().map(name).collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let put =
            names(new.iter().filter(|id| !old.contains(id)).collect()).map(|names| format!("labelled it {names}"));
        let off = names(old.iter().filter(|id| !new.contains(id)).collect())
            .map(|names| format!("removed the label {names}"));
        let all: Vec<String> = [put, off].into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join(" and "))
    }

    fn when(&self, value: &Value) -> Option<String> {
        let (day, time) = read::<(String, Option<String>)>(value)?;
        When::stored(Some(&day), time.as_deref()).map(|when| self.here.exactly(when))
    }
}

fn named<K: Ord + serde::de::DeserializeOwned>(names: &BTreeMap<K, String>, value: &Value) -> Option<String> {
    read::<K>(value).map(|id| names.get(&id).cloned().unwrap_or_else(|| "one that is gone".to_owned()))
}

/// A line of its checklist. `None`: it stands elsewhere among the others, which is of no moment.
fn line(before: &Value, after: &Value) -> Option<String> {
    let words = |value: &Value| value.get("words").and_then(Value::as_str).map(quoted);
    Some(match (words(before), words(after)) {
        (None, Some(new)) => format!("added {new} to the checklist"),
        (Some(old), None) => format!("deleted {old} from the checklist"),
        (Some(old), Some(new)) if old != new => format!("changed {old} on the checklist to {new}"),
        (Some(_), Some(now)) => match (is_there(before, "done_at"), is_there(after, "done_at")) {
            (false, true) => format!("ticked {now} on the checklist"),
            (true, false) => format!("unticked {now} on the checklist"),
            _ => return None,
        },
        (None, None) => return None,
    })
}

fn from_to(what: &str, before: Option<String>, after: Option<String>) -> String {
    match (before, after) {
        (Some(old), Some(new)) if old != new => format!("changed the {what} from {old} to {new}"),
        (None, Some(new)) => format!("set the {what} to {new}"),
        (Some(old), None) => format!("removed the {what}, which was {old}"),
        _ => format!("changed the {what}"),
    }
}

fn is_there(value: &Value, part: &str) -> bool {
    value.get(part).is_some_and(|part| !part.is_null())
}

fn quoted(words: &str) -> String {
    if words.chars().count() <= LONGEST {
        return format!("“{words}”");
    }
    format!("“{}…”", words.chars().take(LONGEST).collect::<String>())
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}
