//! Somebody’s own day: their figures and places, how their targets stand, their badges, streaks and bests, and what they
//! entered last. What all of it is made of is read for
//! everything that is counted at once.

use jiff::ToSpan;

use super::{
    badges::{self, Award},
    bests::{self, Best},
    board::{self, Book, Leaves, figure},
    board_page::{Told, may_enter_any, tell},
    digest,
    entries::{check_seen, manages},
    people::{self, Person},
    period::{Kind, Period},
    permissions,
    store::{self, Metric, dashboards},
    targets::{self, Mine as Target},
};
use crate::{
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// One’s own page tells of so much that is counted: what comes first in the organisation’s order.
const MOST_OWN: usize = 12;
/// So many of the newest entries are shown, of so many days.
const LINES: i64 = 10;
const LINES_OF_DAYS: i64 = 30;
/// What is dated ahead is shown, too: a year and a little.
const AHEAD_DAYS: i64 = 367;

/// What somebody’s own page shows.
#[derive(Debug, Clone)]
pub struct MinePage {
    /// `None`: their results aren’t counted.
    pub mine: Option<Mine>,
    /// The weekly email comes to them; `None`: it can’t, for it isn’t a member who asks.
    pub weekly: Option<bool>,
    /// They may enter something.
    pub may_enter: bool,
    /// They may set the scoreboard up.
    pub may_set_up: bool,
}

/// Somebody’s own day.
#[derive(Debug, Clone)]
pub struct Mine {
    /// Who they are on boards.
    pub person: Person,
    /// Their figures and places.
    pub places: Vec<Place>,
    /// How their targets stand.
    pub targets: Vec<Target>,
    /// Their badges, the latest first.
    pub badges: Vec<Award>,
    /// Their streaks and bests.
    pub bests: Vec<Best>,
    /// What they entered last.
    pub lines: Vec<Told>,
}

/// A place of one’s own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The metric’s word.
    pub key: String,
    /// What is counted.
    pub metric: String,
    /// Today’s figure.
    pub today: String,
    /// This week’s.
    pub week: String,
    /// This month’s.
    pub month: String,
    /// Which place this month; `None`: on no board, or nothing to show.
    pub rank: Option<u32>,
    /// Of how many.
    pub of: usize,
    /// What is missing to the next better.
    pub gap: Option<String>,
}

/// Somebody’s own page.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str) -> Result<MinePage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let mine = match people::own(&tx, &book.everybody.people).cloned() {
        Some(own) => Some(of(&mut tx, &book, own).await?),
        None => None,
    };
    let weekly = if tx.user().is_some() { Some(digest::wanted(&mut tx).await?) } else { None };
    let page =
        MinePage { mine, weekly, may_enter: may_enter_any(&tx, &book), may_set_up: tx.allows(&permissions::SET_UP) };
    tx.rollback().await?;
    Ok(page)
}

/// Somebody’s own figures and places alone.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for whose results aren’t counted.
pub async fn places(platform: &Platform, actor: &Actor, org: &str) -> Result<(Person, Vec<Place>)> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let own = people::own(&tx, &book.everybody.people).cloned();
    let own = own.ok_or_else(|| AppError::not_found("results of yours"))?;
    let places = places_of(&mut tx, &book, &own).await?;
    tx.rollback().await?;
    Ok((own, places))
}

async fn of(tx: &mut OrgTx, book: &Book, person: Person) -> Result<Mine> {
    let places = places_of(tx, book, &person).await?;
    let targets = targets::of_person(tx, book, &person).await?;
    let badges = badges::of_person(tx, book, &person).await?;
    let bests = bests::of_person(tx, book, &person).await?;
    let from = book.today.saturating_sub(LINES_OF_DAYS.days()).to_string();
    let until = book.today.saturating_add(AHEAD_DAYS.days()).to_string();
    let mut lines = store::entries(tx, (None, Some(person.id)), (&from, &until), None, LINES).await?;
    lines.retain(|line| check_seen(tx, &book.metrics, &book.everybody.people, line).is_ok());
    let lines = tell(tx, book, lines).await?;
    Ok(Mine { person, places, targets, badges, bests, lines })
}

/// Of today, this week and this month: one statement each, whatever is counted.
async fn places_of(tx: &mut OrgTx, book: &Book, own: &Person) -> Result<Vec<Place>> {
    let mut sums = Vec::new();
    for kind in [Kind::Day, Kind::Week, Kind::Month] {
        let period = book.calendar.containing(kind, book.today).ok_or_else(AppError::internal)?;
        let read = dashboards::sums_of_all(tx, &period.from.to_string(), &period.until.to_string()).await?;
        let read = read.into_iter().map(|sum| (sum.metric_id, sum.person_id.0, sum.value()));
        sums.push((period, Leaves::gathered(book, read)));
    }
    let [day, week, month] = sums.as_slice() else { return Err(AppError::internal()) };
    let sees_all = manages(tx);
    let place = |metric: &Metric| {
        let own_of = |(_, sums): &(Period, Leaves)| figure(metric, sums.value(book, metric, own.id.0));
        let standings = board::standings(book, metric, &month.0, &month.1);
        let gaps = board::gaps(metric, &standings);
        let at = standings.iter().position(|standing| standing.key == own.id);
        let gap = at.and_then(|at| gaps.get(at).copied().flatten());
        Place {
            key: metric.key.clone(),
            metric: metric.name.clone(),
            today: own_of(day),
            week: own_of(week),
            month: own_of(month),
            rank: at.and_then(|at| standings.get(at)).and_then(|standing| standing.rank),
            of: standings.len(),
            // With what is missing to the next better, their figure would be known.
            gap: gap.filter(|_| metric.shown_to != "own" || sees_all).map(|gap| figure(metric, Some(gap))),
        }
    };
    Ok(board::seen(tx, book).take(MOST_OWN).map(place).collect())
}
