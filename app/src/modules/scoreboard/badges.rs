//! Badges: what people come by for what they do. Who has which is reckoned anew whenever something of theirs changes, so that a correction takes a badge
//! back, and gives it again; never twice for the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    amount::{self, LIMIT},
    badge_rules::{self, ONCE, Rule},
    board::{self, Book},
    celebrations,
    entries::{manages, zone},
    ids::{AwardId, BadgeId, EntryId, MetricId, PersonId},
    metrics,
    people::{self, Person, finish, open},
    period::{Calendar, Kind, Period, day_of},
    permissions,
    store::{
        self as tables, Metric,
        badges::{self as store, Badge},
    },
    working::Working,
};
use crate::{
    db::Access,
    error::{AppError, FieldError, FieldErrors, Result},
    money::counted,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::check_name,
};

/// An organisation has so many at most.
pub const MOST: usize = 50;
/// A streak is of so many working days.
const STREAKS: std::ops::RangeInclusive<i64> = 2..=60;
/// Of somebody so many are listed, the latest first.
const MOST_OF_PERSON: i64 = 100;
/// So many that people came by lately are looked at.
const MOST_LATELY: i64 = 200;
/// Of each badge so many are named who came by it lately.
const MOST_NAMED: usize = 5;
/// What was so many days ago isn’t celebrated any more.
const CELEBRATED_DAYS: i64 = 7;
/// Before all days, and after them, as rows have them.
const ALL_DAYS: (&str, &str) = ("0001-01-01", "9999-12-31");

/// The icons that a badge can have, each with what it shows.
pub const ICONS: [(&str, &str); 8] = [
    ("star", "A star"),
    ("trophy", "A cup"),
    ("flame", "A flame"),
    ("chart", "A chart"),
    ("clock", "A clock"),
    ("phone", "A phone"),
    ("users", "People"),
    ("card", "A card"),
];

/// The periods that a total can be of.
pub const TOTALS: [Kind; 5] = [Kind::Day, Kind::Week, Kind::Month, Kind::Quarter, Kind::FinancialYear];
/// The periods that a personal best can be of.
pub const BESTS: [Kind; 3] = [Kind::Day, Kind::Week, Kind::Month];

/// A badge, as an admin sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BadgeBody {
    /// Its name.
    pub name: String,
    /// `star`, `trophy`, `flame`, `chart`, `clock`, `phone`, `users` or `card`.
    #[serde(default = "star")]
    pub icon: String,
    /// The word of what is counted: `sales`. Something that is added up, and of which more is better. It stays.
    #[serde(default)]
    pub metric: String,
    /// `first`: the first ever result; `single`: one result of `amount` or more; `total`: `amount` or more in a period; `streak`: `amount` or more
    /// on each of so many working days in a row; `best`: more than in any period before. It stays, with all that belongs to it.
    #[serde(default)]
    pub rule: String,
    /// In the smallest unit: cents of money, or the last decimal of a number.
    #[serde(default)]
    pub amount: Option<i64>,
    /// Of a total: `day`, `week`, `month`, `quarter` or `financial_year`; of a best: `day`, `week` or `month`.
    #[serde(default)]
    pub period: Option<String>,
    /// Of a streak: 2 to 60.
    #[serde(default)]
    pub days: Option<i64>,
    /// It is given. Who has it keeps it otherwise, too.
    #[serde(default = "yes")]
    pub active: bool,
    /// To change one: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// A badge as it was typed in a form.
#[derive(Debug, Clone, Default)]
pub struct TypedBadge {
    /// Its name.
    pub name: String,
    /// Its icon.
    pub icon: String,
    /// The metric’s word.
    pub metric: String,
    /// What it is for.
    pub rule: String,
    /// "1,000"
    pub amount: String,
    /// In which periods.
    pub period: String,
    /// "5"
    pub days: String,
}

/// That somebody has a badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Award {
    /// Its id.
    pub id: AwardId,
    /// Which badge.
    pub badge: BadgeId,
    /// What it is called.
    pub name: String,
    /// What it looks like.
    pub icon: String,
    /// What it is for: "$1,000.00 of Sales or more in a week".
    pub what: String,
    /// When: "Week of 23 November 2026"; empty where it is had once, or for a streak.
    pub period: String,
    /// The day that brought it.
    pub day: Date,
    /// The line that did.
    pub entry: Option<EntryId>,
}

/// A badge that is given, and who came by it lately.
#[derive(Debug, Clone)]
pub struct Held {
    /// It.
    pub badge: Badge,
    /// What it is for.
    pub what: String,
    /// By whom and when, the latest first.
    pub by: Vec<Holder>,
    /// So many more came by it lately.
    pub more: usize,
}

/// Somebody who came by a badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// The day that brought it.
    pub day: Date,
    /// It is whoever asks.
    pub own: bool,
}

/// All badges, and what they can be of, for who sets them up.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn all(platform: &Platform, actor: &Actor, org: &str) -> Result<(Vec<Badge>, Vec<Metric>)> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let (badges, metrics) = (store::badges(&mut tx).await?, tables::metrics(&mut tx).await?);
    tx.rollback().await?;
    Ok((badges, metrics))
}

/// Sets a badge up. It is given for what is from today on, and for the periods that run.
///
/// # Errors
/// 422 at each field that is wrong.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &BadgeBody) -> Result<BadgeId> {
    let mut tx = open(platform, actor, org).await?;
    let metrics = tables::metrics(&mut tx).await?;
    add_in(tx, &metrics, body).await
}

/// Sets a badge up that was typed.
///
/// # Errors
/// As [`add`].
pub async fn add_typed(platform: &Platform, actor: &Actor, org: &str, typed: &TypedBadge) -> Result<BadgeId> {
    let mut tx = open(platform, actor, org).await?;
    let metrics = tables::metrics(&mut tx).await?;
    let body = read_typed(&metrics, typed)?;
    add_in(tx, &metrics, &body).await
}

async fn add_in(mut tx: OrgTx, metrics: &[Metric], body: &BadgeBody) -> Result<BadgeId> {
    let existing = store::badges(&mut tx).await?;
    if existing.len() >= MOST {
        return Err(AppError::field("name", format!("There is room for {MOST} badges.")));
    }
    let since = day_of(tx.now().timestamp(), &zone(&tx)?);
    let badge = checked(&existing, metrics, BadgeId::new(tx.now()), body, since)?;
    store::insert(&mut tx, &badge).await?;
    finish(tx, "scoreboard.badge_saved", badge.id.0).await?;
    Ok(badge.id)
}

/// Says anew what a badge is called and looks like, and whether it is given. What it is for stays: people have it for that.
///
/// # Errors
/// 404 for one that isn't this organisation's; 422 at what is wrong; 409 where somebody else changed it since `version`.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &BadgeBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let existing = store::badges(&mut tx).await?;
    let now = find(&existing, id)?;
    let Some(version) = body.version else { return Err(AppError::field("version", "Send the version that you read.")) };
    if version != now.version {
        return Err(AppError::changed("this badge", now.version, differences(now, body)));
    }
    let mut errors = FieldErrors::default();
    let (name, icon) = looks(&existing, now.id, body, &mut errors);
    errors.finish()?;
    let new = Badge { name, icon, active: body.active, ..now.clone() };
    if store::update(&mut tx, &new).await? == 0 {
        return Err(AppError::conflict("Somebody else changed this meanwhile. Please look at it again."));
    }
    finish(tx, "scoreboard.badge_saved", new.id.0).await
}

/// What people’s days come to has changed: of whom and when, in order. Who has which badge by that is reckoned anew, of these people and what is counted
/// alone.
///
/// # Errors
/// The database is busy.
pub async fn after_changes(tx: &mut OrgTx, changed: &[(MetricId, PersonId, String)]) -> Result<()> {
    settle(tx, changed, true).await
}

/// The same of what nobody celebrates: a demo.
///
/// # Errors
/// The database is busy.
pub async fn after_seeding(tx: &mut OrgTx, changed: &[(MetricId, PersonId, String)]) -> Result<()> {
    settle(tx, changed, false).await
}

async fn settle(tx: &mut OrgTx, changed: &[(MetricId, PersonId, String)], celebrates: bool) -> Result<()> {
    for of_metric in changed.chunk_by(|one, other| one.0 == other.0) {
        let Some((metric, ..)) = of_metric.first() else { continue };
        let badges = store::badges_of(tx, *metric).await?;
        if badges.is_empty() {
            continue;
        }
        let calendar = board::calendar(tx).await?;
        let today = day_of(tx.now().timestamp(), &zone(tx)?);
        for theirs in of_metric.chunk_by(|one, other| one.1 == other.1) {
            let Some((_, person, _)) = theirs.first() else { continue };
            let days: Vec<Date> = theirs.iter().filter_map(|(_, _, day)| day.parse().ok()).collect();
            // Whoever else changes what is theirs at this moment waits, and sees what came of this.
            store::take_turn(tx, *person).await?;
            for badge in &badges {
                let change = Change { badge, person: *person, days: &days, calendar, today, celebrates };
                change.settle(tx).await?;
            }
        }
    }
    Ok(())
}

/// What somebody has, the latest first, as far as whoever asks may see it: of who wants to be on no board they see it alone.
///
/// # Errors
/// The database is busy.
pub async fn of_person(tx: &mut OrgTx, book: &Book, person: &Person) -> Result<Vec<Award>> {
    let is_own = people::own(tx, &book.everybody.people).is_some_and(|own| own.id == person.id);
    if person.opted_out && !is_own {
        return Ok(Vec::new());
    }
    let badges = store::badges(tx).await?;
    let awards = store::of_person(tx, person.id, MOST_OF_PERSON).await?;
    let seen = awards.iter().filter_map(|award| {
        let badge = badges.iter().find(|badge| badge.id == award.badge_id)?;
        let metric = metric_seen(tx, book, badge, is_own)?;
        Some(shown(book, badge, metric, award))
    });
    Ok(seen.collect())
}

/// Badges that are given, as far as whoever asks may see them, and who came by them lately. Not who wants to be on no board, but for themselves; and not who has
/// left.
///
/// # Errors
/// The database is busy.
pub async fn held(tx: &mut OrgTx, book: &Book) -> Result<Vec<Held>> {
    let badges = store::badges(tx).await?;
    if badges.is_empty() {
        return Ok(Vec::new());
    }
    let own = people::own(tx, &book.everybody.people).map(|own| own.id);
    let latest = store::latest(tx, MOST_LATELY).await?;
    let held = badges.into_iter().filter(|badge| badge.active).filter_map(|badge| {
        let metric = metric_seen(tx, book, &badge, own.is_some())?;
        let sees_others = metric.shown_to == "everyone" || manages(tx);
        let mut by: Vec<Holder> = Vec::new();
        for award in latest.iter().filter(|award| award.badge_id == badge.id) {
            let found = book.everybody.people.iter().find(|person| person.id == award.person_id);
            let Some(person) = found else { continue };
            let is_own = own == Some(person.id);
            let is_there = !person.opted_out && person.left.is_none_or(|left| left >= book.today) && sees_others;
            // Each once, with the last time.
            if (is_own || is_there) && !by.iter().any(|other| other.person == person.id) {
                let day = award.day.parse().unwrap_or(book.today);
                by.push(Holder { person: person.id, name: person.name.clone(), day, own: is_own });
            }
        }
        let more = by.len().saturating_sub(MOST_NAMED);
        by.truncate(MOST_NAMED);
        Some(Held { what: in_words(&badge, metric), by, more, badge })
    });
    Ok(held.collect())
}

/// One of them by its id.
///
/// # Errors
/// 404.
pub fn find<'b>(badges: &'b [Badge], id: &str) -> Result<&'b Badge> {
    badges.iter().find(|badge| badge.id.to_string() == id).ok_or_else(|| AppError::not_found("that badge"))
}

/// What a badge is for: "$1,000.00 of Sales or more in a week".
pub fn in_words(badge: &Badge, metric: &Metric) -> String {
    let name = &metric.name;
    let so_much = |least: i64| {
        let figure = amount::show(least, &metric.unit());
        // "6 calls" need no "of Calls".
        let says_it = figure.to_lowercase().ends_with(&format!(" {}", name.to_lowercase()));
        if says_it { format!("{figure} or more") } else { format!("{figure} of {name} or more") }
    };
    let a = |kind: Kind| kind.label().to_lowercase();
    match rule_of(badge) {
        Some(Rule::First) => format!("The first ever result in {name}"),
        Some(Rule::Single { least }) => format!("{} at once", so_much(least)),
        Some(Rule::Total { least, kind }) => format!("{} in a {}", so_much(least), a(kind)),
        Some(Rule::Streak { least, days }) => {
            let days = counted(days, "working day", "working days");
            format!("{} on {days} in a row", so_much(least))
        }
        Some(Rule::Best { kind }) => format!("One’s best {} so far in {name}", a(kind)),
        None => name.clone(),
    }
}

/// The metric of a badge, where whoever asks may see what it is for: of what each sees their own of, their own.
fn metric_seen<'b>(tx: &OrgTx, book: &'b Book, badge: &Badge, has_own: bool) -> Option<&'b Metric> {
    let metric = book.metrics.iter().find(|metric| metric.id == badge.metric_id)?;
    let is_seen = match metric.shown_to.as_str() {
        "everyone" => true,
        "own" => has_own || manages(tx),
        _ => manages(tx),
    };
    is_seen.then_some(metric)
}

fn shown(book: &Book, badge: &Badge, metric: &Metric, award: &store::Award) -> Award {
    Award {
        id: award.id,
        badge: badge.id,
        name: badge.name.clone(),
        icon: badge.icon.clone(),
        what: in_words(badge, metric),
        period: Period::parse(&award.period, &book.calendar).map(|period| period.label()).unwrap_or_default(),
        day: award.day.parse().unwrap_or(book.today),
        entry: award.entry_id,
    }
}

fn rule_of(badge: &Badge) -> Option<Rule> {
    Rule::read(&badge.rule, badge.amount, badge.period.as_deref(), badge.days)
}

/// Something of somebody's has changed on these days.
struct Change<'c> {
    badge: &'c Badge,
    person: PersonId,
    days: &'c [Date],
    calendar: Calendar,
    today: Date,
    /// Screens show what comes of it.
    celebrates: bool,
}

/// What brought a badge: the day, and the line where it is one alone.
type Due = BTreeMap<String, (Date, Option<EntryId>)>;

/// Which of what somebody has can be another by a change.
enum Scope {
    /// All of it.
    All,
    /// Of these periods.
    Periods(BTreeSet<String>),
    /// Of the periods that weren’t over before this day.
    From(Date),
}

impl Scope {
    fn holds(&self, key: &str, calendar: Calendar) -> bool {
        match self {
            Self::All => true,
            Self::Periods(keys) => keys.contains(key),
            // One of another calendar stays as it is.
            Self::From(day) => Period::parse(key, &calendar).is_some_and(|period| period.last() >= *day),
        }
    }
}

impl Change<'_> {
    /// Gives what is due and isn’t there, and takes back what is there and isn’t due.
    async fn settle(&self, tx: &mut OrgTx) -> Result<()> {
        let Self { badge, person, calendar, .. } = *self;
        let (mut due, scope) = self.due(tx).await?;
        due.retain(|key, _| scope.holds(key, calendar));
        let had = store::awards_of(tx, badge.id, person).await?;
        for award in had.into_iter().filter(|award| scope.holds(&award.period, calendar)) {
            match (due.remove(&award.period), award.taken_back_at.is_some()) {
                (None, true) => {}
                (None, false) => {
                    store::take_back(tx, award.id).await?;
                    tx.emit("scoreboard.badge_taken_back", award.id.0).await?;
                }
                (Some(what), was_taken) => self.again(tx, award, what, was_taken).await?,
            }
        }
        for (period, (day, entry)) in due.into_iter().filter(|_| badge.active) {
            let entry_id = self.line(tx, day, entry).await?;
            let (id, awarded_at, day) = (AwardId::new(tx.now()), tx.now(), day.to_string());
            let (badge_id, person_id) = (badge.id, person);
            let new = store::Award { id, badge_id, person_id, period, day, entry_id, awarded_at, taken_back_at: None };
            if store::give(tx, &new).await? == 1 {
                self.given(tx, &new).await?;
            }
        }
        Ok(())
    }

    /// Somebody has a badge, or had it: for what is due now.
    async fn again(
        &self,
        tx: &mut OrgTx,
        award: store::Award,
        (day, entry): (Date, Option<EntryId>),
        was_taken: bool,
    ) -> Result<()> {
        let is_the_same = award.day == day.to_string() && (entry.is_none() || entry == award.entry_id);
        if was_taken && !self.badge.active || !was_taken && is_the_same {
            return Ok(());
        }
        let entry_id = self.line(tx, day, entry).await?;
        let awarded_at = if was_taken { tx.now() } else { award.awarded_at };
        let new = store::Award { day: day.to_string(), entry_id, awarded_at, taken_back_at: None, ..award };
        store::give_again(tx, &new).await?;
        if was_taken { self.given(tx, &new).await } else { Ok(()) }
    }

    /// The line that brought it: that of the rule, or the last of the day.
    async fn line(&self, tx: &mut OrgTx, day: Date, entry: Option<EntryId>) -> Result<Option<EntryId>> {
        if entry.is_some() {
            return Ok(entry);
        }
        Ok(store::last_line_on(tx, self.badge.metric_id, self.person, &day.to_string()).await?)
    }

    async fn given(&self, tx: &mut OrgTx, award: &store::Award) -> Result<()> {
        tx.emit("scoreboard.badge_given", award.id.0).await?;
        let earliest = self.today.saturating_sub(CELEBRATED_DAYS.days()).to_string();
        if !self.celebrates || award.day < earliest {
            return Ok(());
        }
        let (metric, person, subject) = (Some(self.badge.metric_id), Some(self.person), Some(award.id.0));
        celebrations::note(tx, celebrations::Kind::Badge, metric, person, None, None, subject).await
    }

    /// What is due of what can be another by the change.
    async fn due(&self, tx: &mut OrgTx) -> Result<(Due, Scope)> {
        let nothing = (Due::new(), Scope::Periods(BTreeSet::new()));
        let (Some(rule), Ok(since)) = (rule_of(self.badge), self.badge.since.parse::<Date>()) else {
            return Ok(nothing);
        };
        let metric = self.badge.metric_id;
        Ok(match rule {
            Rule::First => {
                // The days tell when that was, so that only one day's lines are looked at.
                let day = store::first_day(tx, metric, self.person).await?;
                let first = match day.filter(|day| *day >= self.badge.since) {
                    Some(day) => store::first_line(tx, metric, self.person, None, (&day, &day)).await?,
                    None => None,
                };
                (once(first), Scope::All)
            }
            Rule::Single { least } => {
                let days = (self.badge.since.as_str(), ALL_DAYS.1);
                (once(store::first_line(tx, metric, self.person, Some(least), days).await?), Scope::All)
            }
            Rule::Total { least, kind } => {
                let periods = self.days.iter().filter_map(|day| self.calendar.containing(kind, *day));
                let periods: BTreeSet<Period> = periods.collect();
                let (Some(first), Some(last)) = (periods.first(), periods.last()) else { return Ok(nothing) };
                let days = self.read(tx, &first.from.to_string(), &last.until.to_string()).await?;
                let found = badge_rules::totals(&days, self.calendar, kind, least, since);
                (of_days(found), Scope::Periods(periods.iter().map(Period::key).collect()))
            }
            Rule::Best { kind } => {
                let Some(earliest) = self.days.iter().min() else { return Ok(nothing) };
                let days = self.read(tx, ALL_DAYS.0, ALL_DAYS.1).await?;
                let found = badge_rules::bests(&days, self.calendar, kind, since);
                (of_days(found), Scope::From(*earliest))
            }
            Rule::Streak { least, days: length } => {
                let until = self.today.saturating_add(1.day());
                let everybody = people::roster(tx).await?;
                let Some(person) = everybody.iter().find(|person| person.id == self.person) else { return Ok(nothing) };
                let working = Working::read(tx, since, until).await?.of(person).days(since, until);
                let days = self.read(tx, &since.to_string(), &until.to_string()).await?;
                (of_days(badge_rules::streaks(&days, &working, since, least, length)), Scope::All)
            }
        })
    }

    async fn read(&self, tx: &mut OrgTx, from: &str, until: &str) -> Result<Vec<(Date, i64)>> {
        let days = store::days_of(tx, self.badge.metric_id, self.person, from, until).await?;
        Ok(days.into_iter().filter_map(|(day, value)| Some((day.parse().ok()?, value))).collect())
    }
}

fn of_days(found: BTreeMap<String, Date>) -> Due {
    found.into_iter().map(|(key, day)| (key, (day, None))).collect()
}

fn once(line: Option<(EntryId, String)>) -> Due {
    let due = line.and_then(|(entry, day)| Some((ONCE.to_owned(), (day.parse().ok()?, Some(entry)))));
    due.into_iter().collect()
}

/// What was typed, read in the metric’s unit. What doesn’t go with the rule is left aside.
fn read_typed(metrics: &[Metric], typed: &TypedBadge) -> Result<BadgeBody> {
    let mut errors = FieldErrors::default();
    let metric = metrics::find_key(metrics, &typed.metric).ok();
    let amount = match (["single", "total", "streak"].contains(&typed.rule.as_str()), metric) {
        (true, Some(metric)) => {
            let parsed = amount::parse(&typed.amount, &metric.unit());
            errors.take("amount", parsed.map(Some).map_err(|refused| refused.to_string()))
        }
        _ => None,
    };
    let days = match typed.rule.as_str() {
        "streak" => errors.take("days", typed.days.trim().parse::<i64>().map(Some).map_err(|_| STREAK)),
        _ => None,
    };
    errors.finish()?;
    Ok(BadgeBody {
        name: typed.name.clone(),
        icon: if typed.icon.is_empty() { star() } else { typed.icon.clone() },
        metric: typed.metric.clone(),
        rule: typed.rule.clone(),
        amount,
        period: ["total", "best"].contains(&typed.rule.as_str()).then(|| typed.period.clone()),
        days,
        active: true,
        version: None,
    })
}

fn checked(existing: &[Badge], metrics: &[Metric], id: BadgeId, body: &BadgeBody, since: Date) -> Result<Badge> {
    let mut errors = FieldErrors::default();
    let (name, icon) = looks(existing, id, body, &mut errors);
    let metric = metrics::find_key(metrics, &body.metric).ok().filter(|metric| metric.active);
    match metric {
        None => errors.add("metric", "Choose what is counted."),
        Some(metric) if !metric.is_sum() || metric.lower_is_better => {
            errors.add("metric", "Choose something that is added up, and of which more is better.");
        }
        Some(_) => {}
    }
    let rule = body.rule.as_str();
    if !["first", "single", "total", "streak", "best"].contains(&rule) {
        errors.add("rule", "Choose what it is for.");
    }
    let wants_amount = ["single", "total", "streak"].contains(&rule);
    match body.amount {
        Some(amount) if wants_amount && (1..=LIMIT).contains(&amount) => {}
        None if !wants_amount => {}
        Some(_) if !wants_amount => errors.add("amount", "Leave it out: this goes by no amount."),
        _ => errors.add("amount", "Enter an amount, more than 0."),
    }
    let kinds: &[Kind] = match rule {
        "total" => &TOTALS,
        "best" => &BESTS,
        _ => &[],
    };
    let kind = body.period.as_deref().and_then(Kind::parse);
    match &body.period {
        None if kinds.is_empty() => {}
        Some(_) if kind.is_some_and(|kind| kinds.contains(&kind)) => {}
        Some(_) if kinds.is_empty() => errors.add("period", "Leave it out: this goes by no period."),
        _ => errors.add(
            "period",
            format!("Choose one of {}.", kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")),
        ),
    }
    match body.days {
        Some(days) if rule == "streak" && STREAKS.contains(&days) => {}
        None if rule != "streak" => {}
        Some(_) if rule != "streak" => errors.add("days", "Leave it out: this goes by no days in a row."),
        _ => errors.add("days", STREAK),
    }
    errors.finish()?;
    let metric_id = metric.ok_or_else(|| AppError::not_found("what is counted"))?.id;
    Ok(Badge {
        id,
        name,
        icon,
        metric_id,
        rule: body.rule.clone(),
        amount: body.amount,
        period: body.period.clone(),
        days: body.days,
        since: since.to_string(),
        active: body.active,
        version: 1,
    })
}

/// What it is called and looks like.
fn looks(existing: &[Badge], id: BadgeId, body: &BadgeBody, errors: &mut FieldErrors) -> (String, String) {
    let name = errors.take("name", check_name(&body.name));
    if existing.iter().any(|other| other.id != id && other.name.to_lowercase() == name.to_lowercase()) {
        errors.add("name", format!("There is a “{name}” already. Give it another name."));
    }
    if !ICONS.iter().any(|(icon, _)| *icon == body.icon) {
        errors.add("icon", "Choose one of those that there are.");
    }
    (name, body.icon.clone())
}

fn differences(now: &Badge, body: &BadgeBody) -> Vec<FieldError> {
    let mut fields = FieldErrors::default();
    for (field, now, typed) in [("name", &now.name, &body.name), ("icon", &now.icon, &body.icon)] {
        if now != typed {
            fields.add(field, format!("It is “{now}” now."));
        }
    }
    if now.active != body.active {
        fields.add("active", if now.active { "It is ticked now." } else { "It isn’t ticked now." });
    }
    fields.into_fields()
}

const STREAK: &str = "Enter 2 to 60 days.";

fn star() -> String {
    "star".to_owned()
}

fn yes() -> bool {
    true
}
