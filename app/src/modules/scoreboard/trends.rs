//! How a figure went: of everybody, a team or a person, point by point; and how single amounts and people’s totals are spread. A point is
//! reckoned as a board is: a ratio is a sum over a sum, and where there is nothing to divide by there is no point.

pub mod files;

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};
use uuid::Uuid;

use super::{
    board::{self, Book, Leaves},
    distribution::{self, Distribution},
    entries::manages,
    formula::Fraction,
    ids::MetricId,
    people::{self, Person},
    period::{Kind, Period},
    permissions,
    store::{
        Metric, Team,
        dashboards::{self, DaySum},
    },
};
use crate::{
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// So many different amounts are looked at, at most, to say how they are spread.
const MOST_AMOUNTS: i64 = 20_000;
/// Points that the days, and the weeks and months, of a trend have.
const DAYS: i64 = 30;
const OTHERS: i64 = 12;

/// Over which time, and with what for a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The last 30 days, by day.
    Days,
    /// The last 12 weeks, by week.
    Weeks,
    /// The last 12 months, by month.
    Months,
    /// This financial year beside the last, by month.
    Years,
}

impl Range {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Days, Self::Weeks, Self::Months, Self::Years];

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Months => "months",
            Self::Years => "years",
        }
    }

    /// Reads the word; the weeks where none is said.
    pub fn parse(word: &str) -> Option<Self> {
        if word.is_empty() {
            return Some(Self::Weeks);
        }
        Self::ALL.into_iter().find(|range| range.as_str() == word)
    }

    /// "Last 30 days"
    pub const fn label(self) -> &'static str {
        match self {
            Self::Days => "Last 30 days",
            Self::Weeks => "Last 12 weeks",
            Self::Months => "Last 12 months",
            Self::Years => "This and last financial year",
        }
    }

    /// What a point stands for.
    pub const fn point(self) -> &'static str {
        match self {
            Self::Days => "Day",
            Self::Weeks => "Week",
            Self::Months | Self::Years => "Month",
        }
    }

    /// The points, and what each of them is compared with. `None` outside all calendars.
    fn points(self, book: &Book) -> Option<(Vec<Period>, Vec<Period>)> {
        let (calendar, today) = (&book.calendar, book.today);
        let all = |kind: Kind, from: Date| -> Option<Vec<Period>> {
            Some(calendar.all(kind, from, calendar.containing(kind, today)?.until))
        };
        Some(match self {
            Self::Days => (all(Kind::Day, today.checked_sub((DAYS - 1).days()).ok()?)?, Vec::new()),
            Self::Weeks => {
                let week = calendar.containing(Kind::Week, today)?;
                (all(Kind::Week, week.from.checked_sub((OTHERS - 1).weeks()).ok()?)?, Vec::new())
            }
            Self::Months => {
                let month = calendar.containing(Kind::Month, today)?;
                (all(Kind::Month, month.from.checked_sub((OTHERS - 1).months()).ok()?)?, Vec::new())
            }
            Self::Years => {
                let year = calendar.containing(Kind::FinancialYear, today)?;
                let last = calendar.previous(&year)?;
                let months = |year: &Period| calendar.all(Kind::Month, year.from, year.until);
                (months(&year), months(&last))
            }
        })
    }
}

/// What is asked for, as it is in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The metric’s word; empty: the first that there is.
    pub metric: String,
    /// The range’s word; empty: weeks.
    pub range: String,
    /// `team:{id}`, `person:{id}`, or empty: everybody.
    pub of: String,
}

/// Whose figures they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The whole organisation’s, those who are on no board among them.
    Everybody,
    /// A team’s, or a branch’s: of the days on which each was in it.
    Team(Team),
    /// A person’s.
    Person(Person),
}

impl Whose {
    /// As addresses have it.
    pub fn key(&self) -> String {
        match self {
            Self::Everybody => String::new(),
            Self::Team(team) => format!("team:{}", team.id),
            Self::Person(person) => format!("person:{}", person.id),
        }
    }

    /// For people.
    pub fn label(&self) -> &str {
        match self {
            Self::Everybody => "Everybody",
            Self::Team(team) => &team.name,
            Self::Person(person) => &person.name,
        }
    }
}

/// A point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Of when.
    pub period: Period,
    /// What it comes to; `None`: nothing to show.
    pub value: Option<Fraction>,
    /// It isn’t over.
    pub running: bool,
    /// It is to come.
    pub ahead: bool,
    /// What it is compared with: when, and what that came to.
    pub before: Option<(Period, Option<Fraction>)>,
}

/// How a figure went.
#[derive(Debug, Clone)]
pub struct Trend {
    /// Of what.
    pub metric: Metric,
    /// Over which time.
    pub range: Range,
    /// Whose.
    pub whose: Whose,
    /// From the first day to the last.
    pub period: Period,
    /// The earliest first.
    pub points: Vec<Point>,
    /// What all of it comes to.
    pub total: Option<Fraction>,
    /// What the time that it is compared with came to, where there is one.
    pub before: Option<(Period, Option<Fraction>)>,
    /// How single entries are spread; `None` of what is reckoned from others.
    pub entries: Option<Spread>,
    /// How what people come to is spread; `None` of one person.
    pub people: Option<Spread>,
}

/// How amounts are spread, or why that isn’t told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spread {
    /// So.
    Told(Distribution),
    /// There are too few: it would tell of each of them.
    TooFew,
    /// There are too many to look at.
    TooMany,
}

/// The page.
#[derive(Debug, Clone)]
pub struct TrendPage {
    /// What can be chosen: word and name.
    pub metrics: Vec<(String, String)>,
    /// Whose can be chosen: as addresses have it, and for people.
    pub whose: Vec<(String, String)>,
    /// `None`: nothing is counted yet, or nothing of it is for whoever asks.
    pub trend: Option<Trend>,
    /// They may set it up.
    pub may_set_up: bool,
}

/// How a figure went, as far as whoever asks may see it.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a metric, a team or a person that isn’t there or isn’t for them; 422 for a range that is none.
pub async fn read(platform: &Platform, actor: &Actor, org: &str, asked: &Asked) -> Result<Trend> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let trend = of(&mut tx, &book, asked).await?;
    tx.rollback().await?;
    Ok(trend)
}

/// The same with what else its page shows.
///
/// # Errors
/// As [`read`], but for whom there is nothing to show.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, asked: &Asked) -> Result<TrendPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let metrics: Vec<(String, String)> =
        board::seen(&tx, &book).map(|metric| (metric.key.clone(), metric.name.clone())).collect();
    let is_nobody = people::own(&tx, &book.everybody.people).is_none();
    let (mut whose, mut trend) = (Vec::new(), None);
    if !metrics.is_empty() {
        let metric = board::asked_metric(&tx, &book, &asked.metric)?;
        whose = choices(&tx, &book, metric);
        // Whose results aren’t counted has nothing here that each sees only of themselves.
        if !(is_private(&tx, metric) && is_nobody && asked.of.is_empty()) {
            trend = Some(of(&mut tx, &book, asked).await?);
        }
    }
    let page = TrendPage { metrics, whose, trend, may_set_up: tx.allows(&permissions::SET_UP) };
    tx.rollback().await?;
    Ok(page)
}

/// The same inside a transaction.
///
/// # Errors
/// As [`read`].
pub async fn of(tx: &mut OrgTx, book: &Book, asked: &Asked) -> Result<Trend> {
    let metric = board::asked_metric(tx, book, &asked.metric)?.clone();
    let range =
        Range::parse(&asked.range).ok_or_else(|| AppError::field("range", "Choose days, weeks, months or years."))?;
    let whose = found(tx, book, &metric, &asked.of)?;
    let (periods, earlier) = range.points(book).ok_or_else(AppError::internal)?;
    let ends = |periods: &[Period]| Some((periods.first()?.from, periods.last()?.until));
    let (from, until) = ends(&periods).ok_or_else(AppError::internal)?;
    let period = Period { from, until, kind: (range == Range::Years).then_some(Kind::FinancialYear) };
    let last_year = ends(&earlier).map(|(from, until)| Period { from, until, kind: Some(Kind::FinancialYear) });
    let days = Days::read(tx, book, &metric, &whose, last_year.map_or(from, |last| last.from), until).await?;
    let mut earlier = earlier.into_iter();
    let point = |period: Period| {
        let ahead = period.from > book.today;
        Point {
            value: if ahead && !days.has_any(&period) { None } else { days.value(book, &metric, &period) },
            running: period.contains(book.today),
            ahead,
            before: earlier.next().map(|before| (before, days.value(book, &metric, &before))),
            period,
        }
    };
    let points = periods.into_iter().map(point).collect();
    let entries = if metric.is_sum() { Some(spread_of_entries(tx, &metric, &whose, &period).await?) } else { None };
    let people = spread_of_people(tx, book, &metric, &whose, &period).await?;
    Ok(Trend {
        total: days.value(book, &metric, &period),
        before: last_year.map(|last| (last, days.value(book, &metric, &last))),
        metric,
        range,
        whose,
        period,
        points,
        entries,
        people,
    })
}

/// Each sees only of themselves what there is of it, and whoever asks is no manager.
fn is_private(tx: &OrgTx, metric: &Metric) -> bool {
    metric.shown_to == "own" && !manages(tx)
}

/// Whose figures are asked for, as far as they are for whoever asks.
fn found(tx: &OrgTx, book: &Book, metric: &Metric, of: &str) -> Result<Whose> {
    let own = people::own(tx, &book.everybody.people);
    let private = is_private(tx, metric);
    match of.split_once(':') {
        None if !of.is_empty() => Err(people::nobody()),
        None if private => own.cloned().map(Whose::Person).ok_or_else(people::nobody),
        None => Ok(Whose::Everybody),
        Some(("team", _)) if private => Err(AppError::not_found("that team")),
        Some(("team", id)) => Ok(Whose::Team(people::find_team(&book.everybody.teams, id)?.clone())),
        Some(("person", id)) => {
            let person = people::find(&book.everybody.people, id)?;
            if may_see(tx, metric, person, own) { Ok(Whose::Person(person.clone())) } else { Err(people::nobody()) }
        }
        Some(_) => Err(people::nobody()),
    }
}

fn may_see(tx: &OrgTx, metric: &Metric, person: &Person, own: Option<&Person>) -> bool {
    manages(tx) || own.is_some_and(|own| own.id == person.id) || metric.shown_to == "everyone" && !person.opted_out
}

/// Whose figures whoever asks can choose.
fn choices(tx: &OrgTx, book: &Book, metric: &Metric) -> Vec<(String, String)> {
    let own = people::own(tx, &book.everybody.people);
    let mut all = Vec::new();
    if !is_private(tx, metric) {
        all.push((String::new(), "Everybody".to_owned()));
        let teams = book.everybody.teams.iter().filter(|team| team.active);
        all.extend(teams.map(|team| Whose::Team(team.clone())).map(|whose| (whose.key(), whose.label().to_owned())));
    }
    let people = book.everybody.people.iter().filter(|person| may_see(tx, metric, person, own));
    all.extend(people.map(|person| (format!("person:{}", person.id), person.name.clone())));
    all
}

/// What days come to, of each sum that a metric is reckoned from.
struct Days(BTreeMap<MetricId, BTreeMap<String, i128>>);

impl Days {
    async fn read(
        tx: &mut OrgTx,
        book: &Book,
        metric: &Metric,
        whose: &Whose,
        from: Date,
        until: Date,
    ) -> Result<Self> {
        let (from, until) = (from.to_string(), until.to_string());
        let mut days = BTreeMap::new();
        for leaf in board::leaves_of(book, metric) {
            let sums: Vec<DaySum> = match whose {
                Whose::Everybody => dashboards::sums_by_day(tx, leaf, &from, &until).await?,
                Whose::Team(team) => dashboards::sums_by_day_in(tx, leaf, team.id, &from, &until).await?,
                Whose::Person(person) => dashboards::sums_by_day_of(tx, leaf, person.id, &from, &until).await?,
            };
            let sums = sums.into_iter().map(|sum| {
                let value = sum.value();
                (sum.day, value)
            });
            days.insert(leaf, sums.collect());
        }
        Ok(Self(days))
    }

    fn sum(&self, leaf: MetricId, period: &Period) -> Option<i128> {
        let (from, until) = (period.from.to_string(), period.until.to_string());
        Some(self.0.get(&leaf)?.range(from..until).map(|(_, value)| value).sum())
    }

    fn value(&self, book: &Book, metric: &Metric, period: &Period) -> Option<Fraction> {
        board::evaluate(book, metric, &|leaf| self.sum(leaf, period))
    }

    /// Something was entered for a day in it.
    fn has_any(&self, period: &Period) -> bool {
        let (from, until) = (period.from.to_string(), period.until.to_string());
        self.0.values().any(|days| days.range(from.clone()..until.clone()).next().is_some())
    }
}

async fn spread_of_entries(tx: &mut OrgTx, metric: &Metric, whose: &Whose, period: &Period) -> Result<Spread> {
    let of = match whose {
        Whose::Everybody => (None, None),
        Whose::Team(team) => (None, Some(team.id)),
        Whose::Person(person) => (Some(person.id), None),
    };
    let (from, until) = (period.from.to_string(), period.until.to_string());
    let amounts = dashboards::amounts(tx, metric.id, of, (&from, &until), MOST_AMOUNTS + 1).await?;
    if i64::try_from(amounts.len()).unwrap_or(i64::MAX) > MOST_AMOUNTS {
        return Ok(Spread::TooMany);
    }
    Ok(distribution::of(&amounts).map_or(Spread::TooFew, Spread::Told))
}

/// Of those who are on boards alone: what somebody comes to who is on none can’t be found in it.
async fn spread_of_people(
    tx: &mut OrgTx,
    book: &Book,
    metric: &Metric,
    whose: &Whose,
    period: &Period,
) -> Result<Option<Spread>> {
    let team = match whose {
        Whose::Everybody => None,
        Whose::Team(team) => Some(team),
        Whose::Person(_) => return Ok(None),
    };
    let (from, until) = (period.from.to_string(), period.until.to_string());
    let sums = Leaves::read(tx, book, metric, team.map(|team| team.id), &from, &until, false).await?;
    let decimals = metric.unit().decimals();
    let total = |id: Uuid| sums.value(book, metric, id).and_then(|value| value.round_to(decimals));
    let people = board::takes_part(book, period, team).into_iter();
    let totals: Vec<(i64, i64)> = people.filter_map(|person| Some((total(person.id.0)?, 1))).collect();
    Ok(Some(distribution::of(&totals).map_or(Spread::TooFew, Spread::Told)))
}
