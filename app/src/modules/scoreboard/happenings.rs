//! What the audit log says of what happened on the scoreboard. Who wants to be on no board isn’t named, and
//! their figures aren’t told.

use std::collections::HashMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::{
    amount, closing,
    ids::{BadgeId, MetricId, PersonId},
    people::{self, Person},
    screens, sources,
    store::standing,
    store::targets::{self as rows, Change},
    store::told::{self, SpokenOf},
    store::{self, Metric, Team},
    store::{badges as badge_rows, contests as contest_rows},
    targets,
};
use crate::{
    audit::{Entry, Told},
    error::Result,
    ids, money,
    org::OrgTx,
};

/// What can happen, in words for the list of it.
pub const HAPPENINGS: &[(&str, &str)] = &[
    ("scoreboard.entry_added", "Entered a result"),
    ("scoreboard.entry_voided", "Took a result back"),
    ("scoreboard.entry_corrected", "Put a result right"),
    ("scoreboard.entry_approved", "Said yes to a result"),
    ("scoreboard.entry_declined", "Said no to a result"),
    ("scoreboard.import_taken", "Took results over from a file"),
    ("scoreboard.import_undone", "Took results from a file back"),
    ("scoreboard.person_saved", "Set up somebody whose results are counted"),
    ("scoreboard.team_saved", "Set up a team or a branch"),
    ("scoreboard.metric_saved", "Changed what is counted"),
    ("scoreboard.target_saved", "Set a target"),
    ("scoreboard.target_removed", "Removed a target"),
    ("scoreboard.contest_saved", "Set up a contest"),
    ("scoreboard.contest_signed_off", "Signed off a contest"),
    ("scoreboard.contest_cancelled", "Cancelled a contest"),
    ("scoreboard.badge_saved", "Set up a badge"),
    ("scoreboard.badge_given", "A result brought a badge"),
    ("scoreboard.badge_taken_back", "A correction took a badge back"),
    ("scoreboard.settings_saved", "Changed how the scoreboard counts"),
    ("scoreboard.digest_saved", "Chose whether the weekly email comes"),
    ("scoreboard.period_closed", "Closed a period"),
    ("scoreboard.period_reopened", "Opened a closed period again"),
    ("scoreboard.added_up", "Had the ledger added up anew, and what differed put right"),
    ("scoreboard.screen_added", "Took an office screen"),
    ("scoreboard.screen_paired", "An office screen came for its boards"),
    ("scoreboard.screen_saved", "Changed what an office screen shows"),
    ("scoreboard.screen_removed", "Removed an office screen"),
    ("scoreboard.source_added", "Added a program that tells what happened"),
    ("scoreboard.source_saved", "Changed how a program’s messages are read"),
    ("scoreboard.source_secret_changed", "Changed the secret of a program that tells what happened"),
    ("scoreboard.source_removed", "Deleted a program that tells what happened"),
    ("scoreboard.delivery_tried", "Tried a program’s message again"),
    ("scoreboard.rule_added", "Had something counted that is done elsewhere in Devalo"),
    ("scoreboard.rule_removed", "Stopped counting something that is done elsewhere in Devalo"),
    ("scoreboard.celebrations_saved", "Changed what office screens celebrate"),
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
    if entry.action.starts_with("scoreboard.import_") {
        let rows = entry.detail.get("rows").and_then(|rows| rows.parse().ok()).unwrap_or(0);
        let results = money::counted(rows, "result", "results");
        let took = if entry.action.ends_with("_undone") { "back" } else { "over" };
        return Some(Told::saying(format!("took {results} from a file {took}"), &["rows"]));
    }
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
        "scoreboard.screen_removed" => "removed an office screen".to_owned(),
        "scoreboard.source_added" => format!("added {}", named.source(subject)),
        "scoreboard.source_saved" => format!("changed how the messages of {} are read", named.source(subject)),
        "scoreboard.source_secret_changed" => format!("changed the secret of {}", named.source(subject)),
        "scoreboard.source_removed" => "deleted a program that tells what happened".to_owned(),
        "scoreboard.delivery_tried" => "tried a message of a program again".to_owned(),
        "scoreboard.rule_added" => format!("had counted on the scoreboard: {}", named.rule(subject)),
        "scoreboard.rule_removed" => "stopped counting something that is done elsewhere".to_owned(),
        "scoreboard.celebrations_saved" => "changed what office screens celebrate".to_owned(),
        "scoreboard.target_saved" => format!("set {}", named.target(subject)),
        "scoreboard.target_removed" => format!("removed {}", named.target(subject)),
        "scoreboard.contest_saved" => format!("set up {}", named.contest(subject)),
        "scoreboard.contest_signed_off" => format!("signed off {}", named.contest(subject)),
        "scoreboard.contest_cancelled" => format!("cancelled {}", named.contest(subject)),
        "scoreboard.badge_saved" => format!("set up {}", named.badge(subject)),
        "scoreboard.badge_given" => format!("brought {}", named.award(subject, "to")),
        "scoreboard.badge_taken_back" => format!("took {} by a correction", named.award(subject, "from")),
        "scoreboard.settings_saved" => "changed how the scoreboard counts".to_owned(),
        "scoreboard.digest_saved" => "chose whether the weekly email comes to them".to_owned(),
        "scoreboard.period_closed" => format!("closed {}", named.period(subject)),
        "scoreboard.period_reopened" => format!("opened {} again", named.period(subject)),
        "scoreboard.added_up" => "had the ledger added up anew, and what differed put right".to_owned(),
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
    sources: HashMap<Uuid, String>,
    rules: HashMap<Uuid, String>,
    lines: HashMap<Uuid, SpokenOf>,
    targets: HashMap<Uuid, Change>,
    periods: HashMap<Uuid, String>,
    contests: HashMap<Uuid, String>,
    badges: HashMap<Uuid, String>,
    awards: HashMap<Uuid, (BadgeId, PersonId)>,
}

impl Named {
    async fn of(tx: &mut OrgTx, entries: &[&Entry]) -> Result<Self> {
        let has = |kind: &str| entries.iter().any(|entry| entry.action.starts_with(kind));
        let of_targets = has("scoreboard.target_");
        let of_results = of_targets || has("scoreboard.entry_");
        let metrics = if of_results || has("scoreboard.metric_saved") { store::metrics(tx).await? } else { Vec::new() };
        let people = if of_results || has("scoreboard.person_saved") || has("scoreboard.badge_") {
            people::roster(tx).await?
        } else {
            Vec::new()
        };
        let teams = if of_targets || has("scoreboard.team_saved") { store::teams(tx).await? } else { Vec::new() };
        let screens = if has("scoreboard.screen_") { screens::store::screens(tx).await? } else { Vec::new() };
        let sources = if has("scoreboard.source_") { sources::store::sources(tx).await? } else { Vec::new() };
        let rules = if has("scoreboard.rule_") { sources::store::rules(tx).await? } else { Vec::new() };
        let closings = if has("scoreboard.period_") { standing::closings(tx).await? } else { Vec::new() };
        let mut lines = HashMap::new();
        let asked = entries.iter().filter(|entry| entry.action.starts_with("scoreboard.entry_"));
        for ids in ids::batches(asked.map(|entry| entry.subject)) {
            lines.extend(told::entries_by_ids(tx, &ids).await?.into_iter().map(|line| (line.id.0, line)));
        }
        let mut set = HashMap::new();
        let asked = entries.iter().filter(|entry| entry.action.starts_with("scoreboard.target_"));
        for ids in ids::batches(asked.map(|entry| entry.subject)) {
            let changes = rows::first_changes(tx, &ids).await?;
            set.extend(changes.into_iter().map(|change| (change.target_id.0, change)));
        }
        let contests = if has("scoreboard.contest_") { contest_rows::every(tx).await? } else { Vec::new() };
        let badges = if has("scoreboard.badge_") { badge_rows::badges(tx).await? } else { Vec::new() };
        let mut awards = HashMap::new();
        let is_award = |entry: &&&Entry| {
            ["scoreboard.badge_given", "scoreboard.badge_taken_back"].contains(&entry.action.as_str())
        };
        for ids in ids::batches(entries.iter().filter(is_award).map(|entry| entry.subject)) {
            let found = badge_rows::awards_by_ids(tx, &ids).await?;
            awards.extend(found.into_iter().map(|award| (award.id.0, (award.badge_id, award.person_id))));
        }
        Ok(Self {
            targets: set,
            metrics: metrics.into_iter().map(|metric| (metric.id.0, metric)).collect(),
            people: people.into_iter().map(|person| (person.id.0, person)).collect(),
            teams: teams.into_iter().map(|team| (team.id.0, team)).collect(),
            screens: screens.into_iter().map(|screen| (screen.id.0, screen.name)).collect(),
            sources: sources.into_iter().map(|source| (source.id.0, source.name)).collect(),
            rules: rules.iter().map(|rule| (rule.id.0, sources::views::what_happens(rule).to_lowercase())).collect(),
            lines,
            periods: closings.iter().map(|closing| (closing.id.0, closing::label_of(closing))).collect(),
            contests: contests.into_iter().map(|contest| (contest.id.0, contest.name)).collect(),
            badges: badges.into_iter().map(|badge| (badge.id.0, badge.name)).collect(),
            awards,
        })
    }

    /// "October 2026"
    fn period(&self, id: Uuid) -> &str {
        self.periods.get(&id).map_or("a period that is gone", String::as_str)
    }

    /// "the target of Sales for North, November 2026"
    fn target(&self, id: Uuid) -> String {
        let Some(set) = self.targets.get(&id) else { return "a target that is gone".to_owned() };
        let metric = self.metrics.get(&set.metric_id.0).map_or("something", |metric| metric.name.as_str());
        let whose = match (set.person_id, set.team_id) {
            (Some(person), _) => self.on_boards(person).map_or(NOT_ON_BOARDS, |person| person.name.as_str()),
            (None, Some(team)) => self.teams.get(&team.0).map_or("a team that is gone", |team| team.name.as_str()),
            (None, None) => "everybody",
        };
        let when = targets::period_of(&set.period, &set.first_day, &set.last_day).map(|period| period.label());
        format!("the target of {metric} for {whose}, {}", when.unwrap_or_default())
    }

    /// "the contest “Spring sprint”"
    fn contest(&self, id: Uuid) -> String {
        self.contests
            .get(&id)
            .map_or_else(|| "a contest that is gone".to_owned(), |name| format!("the contest “{name}”"))
    }

    /// "the badge “Big one”"
    fn badge(&self, id: Uuid) -> String {
        self.badges.get(&id).map_or_else(|| "a badge that is gone".to_owned(), |name| format!("the badge “{name}”"))
    }

    /// "the badge “Big one” to Sam Porter"
    fn award(&self, id: Uuid, how: &str) -> String {
        let Some((badge, person)) = self.awards.get(&id) else { return "a badge that is gone".to_owned() };
        let person = self.on_boards(*person).map_or(NOT_ON_BOARDS, |person| person.name.as_str());
        format!("{} {how} {person}", self.badge(badge.0))
    }

    /// "the program “Online shop”"
    fn source(&self, id: Uuid) -> String {
        let found = self.sources.get(&id);
        found.map_or_else(|| "a program that is gone".to_owned(), |name| format!("the program “{name}”"))
    }

    /// "an appointment is completed"
    fn rule(&self, id: Uuid) -> &str {
        self.rules.get(&id).map_or("something that is counted no longer", String::as_str)
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
