//! What the audit log says of what happened on the scoreboard. Who wants to be on no board isn’t named, and
//! their figures aren’t told.

use std::collections::HashMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::{
    amount,
    ids::{MetricId, PersonId},
    people::{self, Person},
    screens,
    store::told::{self, SpokenOf},
    store::{self, Metric, Team},
};
use crate::{
    audit::{Entry, Told},
    error::Result,
    ids,
    org::OrgTx,
};

/// What can happen, in words for the list of it.
pub const HAPPENINGS: &[(&str, &str)] = &[
    ("scoreboard.entry_added", "Entered a result"),
    ("scoreboard.entry_voided", "Took a result back"),
    ("scoreboard.entry_corrected", "Put a result right"),
    ("scoreboard.entry_approved", "Said yes to a result"),
    ("scoreboard.entry_declined", "Said no to a result"),
    ("scoreboard.person_saved", "Set up somebody whose results are counted"),
    ("scoreboard.team_saved", "Set up a team or a branch"),
    ("scoreboard.metric_saved", "Changed what is counted"),
    ("scoreboard.settings_saved", "Changed how the scoreboard counts"),
    ("scoreboard.screen_added", "Took an office screen"),
    ("scoreboard.screen_paired", "An office screen came for its boards"),
    ("scoreboard.screen_saved", "Changed what an office screen shows"),
    ("scoreboard.screen_removed", "Took an office screen away"),
];

/// The sentences of entries, by their numbers: what they are about is read for all of them at once.
///
/// # Errors
/// The database is busy.
pub async fn tell(tx: &mut OrgTx, entries: Vec<&Entry>) -> Result<HashMap<i64, Told>> {
    let named = Named::of(tx, &entries).await?;
    Ok(entries.into_iter().filter_map(|entry| Some((entry.number, sentence(entry, &named)?))).collect())
}

fn sentence(entry: &Entry, named: &Named) -> Option<Told> {
    let subject = entry.subject;
    Some(Told::new(match entry.action.as_str() {
        "scoreboard.entry_added" => format!("entered {}", named.line(subject)),
        "scoreboard.entry_voided" => format!("took back {}", named.line(subject)),
        "scoreboard.entry_corrected" => format!("put {} right{}", named.line(subject), named.instead(subject)),
        "scoreboard.entry_approved" => format!("said yes to {}", named.line(subject)),
        "scoreboard.entry_declined" => format!("said no to {}", named.line(subject)),
        "scoreboard.person_saved" => match named.on_boards(PersonId(subject)) {
            Some(person) => format!("set up how the results of {} are counted", person.name),
            None => format!("set up how the results of {NOT_ON_BOARDS} are counted"),
        },
        "scoreboard.team_saved" => match named.teams.get(&subject) {
            Some(team) => format!("set up the {} {}", team.kind, team.name),
            None => "set up a team that is gone".to_owned(),
        },
        "scoreboard.metric_saved" => match named.metrics.get(&subject) {
            Some(metric) => format!("changed what {} is", metric.name),
            None => "changed what is counted".to_owned(),
        },
        "scoreboard.screen_added" => format!("took {} for an office screen", named.screen(subject)),
        "scoreboard.screen_paired" => format!("let {} come for its boards", named.screen(subject)),
        "scoreboard.screen_saved" => format!("changed what {} shows", named.screen(subject)),
        "scoreboard.screen_removed" => "took an office screen away".to_owned(),
        "scoreboard.settings_saved" => "changed how the scoreboard counts".to_owned(),
        _ => return None,
    }))
}

const NOT_ON_BOARDS: &str = "somebody who isn’t on boards";

/// What entries are about, as it is called now.
struct Named {
    metrics: HashMap<Uuid, Metric>,
    people: HashMap<Uuid, Person>,
    teams: HashMap<Uuid, Team>,
    screens: HashMap<Uuid, String>,
    lines: HashMap<Uuid, SpokenOf>,
}

impl Named {
    async fn of(tx: &mut OrgTx, entries: &[&Entry]) -> Result<Self> {
        let has = |kind: &str| entries.iter().any(|entry| entry.action.starts_with(kind));
        let of_lines = has("scoreboard.entry_");
        let metrics = if of_lines || has("scoreboard.metric_saved") { store::metrics(tx).await? } else { Vec::new() };
        let people = if of_lines || has("scoreboard.person_saved") { people::roster(tx).await? } else { Vec::new() };
        let teams = if has("scoreboard.team_saved") { store::teams(tx).await? } else { Vec::new() };
        let screens = if has("scoreboard.screen_") { screens::store::screens(tx).await? } else { Vec::new() };
        let mut lines = HashMap::new();
        let asked = entries.iter().filter(|entry| entry.action.starts_with("scoreboard.entry_"));
        for ids in ids::batches(asked.map(|entry| entry.subject)) {
            lines.extend(told::entries_by_ids(tx, &ids).await?.into_iter().map(|line| (line.id.0, line)));
        }
        Ok(Self {
            metrics: metrics.into_iter().map(|metric| (metric.id.0, metric)).collect(),
            people: people.into_iter().map(|person| (person.id.0, person)).collect(),
            teams: teams.into_iter().map(|team| (team.id.0, team)).collect(),
            screens: screens.into_iter().map(|screen| (screen.id.0, screen.name)).collect(),
            lines,
        })
    }

    /// "the screen “Sales floor”"
    fn screen(&self, id: Uuid) -> String {
        self.screens.get(&id).map_or_else(|| "a screen that is gone".to_owned(), |name| format!("the screen “{name}”"))
    }

    /// "$1,234.50 of Sales for Sam Porter"
    fn line(&self, id: Uuid) -> String {
        match self.lines.get(&id) {
            Some(line) => self.result(line.metric_id, line.person_id, line.value),
            None => "a result that is gone".to_owned(),
        }
    }

    /// ", to $1,243.50": what it was put right to, as far as it is different. Nothing where only its note is.
    fn instead(&self, id: Uuid) -> String {
        let Some(line) = self.lines.get(&id) else { return String::new() };
        let (Some(metric), Some(person), Some(value)) = (line.new_metric_id, line.new_person_id, line.new_value) else {
            return String::new();
        };
        let day = line.new_day.as_deref().filter(|day| *day != line.day).map(in_words);
        let on = day.map(|day| format!(" on {day}")).unwrap_or_default();
        if (metric, person) != (line.metric_id, line.person_id) {
            return format!(", to {}{on}", self.result(metric, person, value));
        }
        if self.on_boards(person).is_none() || value == line.value && on.is_empty() {
            return String::new();
        }
        format!(", to {}{on}", self.figure(metric, value))
    }

    fn result(&self, metric: MetricId, person: PersonId, value: i64) -> String {
        let name = self.metrics.get(&metric.0).map_or("something", |metric| metric.name.as_str());
        let Some(person) = self.on_boards(person) else { return format!("a result of {name} for {NOT_ON_BOARDS}") };
        let figure = self.figure(metric, value);
        // "12 calls" need no "of Calls".
        if figure.to_lowercase().ends_with(&format!(" {}", name.to_lowercase())) {
            return format!("{figure} for {}", person.name);
        }
        format!("{figure} of {name} for {}", person.name)
    }

    fn figure(&self, metric: MetricId, value: i64) -> String {
        self.metrics.get(&metric.0).map_or_else(|| value.to_string(), |metric| amount::show(value, &metric.unit()))
    }

    fn on_boards(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id.0).filter(|person| !person.opted_out)
    }
}

/// "24 November 2026"
fn in_words(day: &str) -> String {
    day.parse::<Date>().map_or_else(|_| day.to_owned(), |day| day.strftime("%-d %B %Y").to_string())
}
