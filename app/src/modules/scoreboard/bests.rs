//! What somebody’s own figures say over time: streaks and personal bests; and who gained most against the period before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use uuid::Uuid;

use super::{
    board::{self, Asked, Board, Book, figure},
    entries::manages,
    formula::Fraction,
    people::{self, Person},
    period::{Kind, Period},
    permissions,
    ranking::{self, Direction, Ties},
    store::{Metric, told},
    working::Working,
};
use crate::{
    db::Access,
    error::Result,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// Streaks are looked for in so many days: two years.
const LOOKED_BACK: i64 = 731;
/// What somebody has a best of.
const KINDS: [Kind; 3] = [Kind::Day, Kind::Week, Kind::Month];
/// So many who gained are listed.
const MOST_LISTED: usize = 5;

/// The rule for streaks, in words for the pages that show them.
pub const STREAK_RULE: &str = "A streak counts the days in a row with a result. Days off don’t break it: those on which they don’t work, are away, or the business is closed. Today doesn’t break it before it is over.";

/// What somebody’s figures of one metric say over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    /// The metric's word.
    pub key: String,
    /// What is counted.
    pub metric: String,
    /// So many working days in a row, up to now, had a result.
    pub streak: u32,
    /// The most that there were in a row in the last two years.
    pub longest: u32,
    /// The best day, week and month, as far as there was anything.
    pub records: Vec<Record>,
}

/// Somebody's best day, week or month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which of them.
    pub kind: Kind,
    /// When it was, the earliest where there are several.
    pub period: Period,
    /// "$1,234.50"
    pub best: String,
    /// What the one that runs comes to, up to now.
    pub now: String,
    /// It is the one that runs.
    pub is_now: bool,
}

/// Somebody's page of streaks and bests.
#[derive(Debug, Clone)]
pub struct BestsPage {
    /// Who.
    pub person: Person,
    /// Of each metric that adds up.
    pub bests: Vec<Best>,
    /// It is whoever asks.
    pub own: bool,
}

/// Somebody's streaks and bests: for themselves, and for who manages.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for somebody who isn't this organisation's, or isn't for whoever asks.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<BestsPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let person = people::find(&book.everybody.people, id)?.clone();
    let bests = of_person(&mut tx, &book, &person).await?;
    let own = people::own(&tx, &book.everybody.people).is_some_and(|own| own.id == person.id);
    tx.rollback().await?;
    Ok(BestsPage { person, bests, own })
}

/// The same inside a transaction: of each metric that is added up and where more is better, as far as whoever asks may see it. Where less is better,
/// a day without anything would be the best.
///
/// # Errors
/// 404 for somebody who isn't for whoever asks.
pub async fn of_person(tx: &mut OrgTx, book: &Book, person: &Person) -> Result<Vec<Best>> {
    let is_own = people::own(tx, &book.everybody.people).is_some_and(|own| own.id == person.id);
    if !is_own && !manages(tx) {
        return Err(people::nobody());
    }
    let metrics: Vec<&Metric> =
        board::seen(tx, book).filter(|metric| metric.is_sum() && !metric.lower_is_better).collect();
    let mut days: BTreeMap<_, BTreeMap<Date, i64>> = BTreeMap::new();
    for (metric, day, value, entries) in told::totals_of(tx, person.id).await? {
        // What is dated ahead hasn’t happened.
        if let Ok(day) = day.parse::<Date>()
            && entries > 0
            && day <= book.today
        {
            days.entry(metric).or_default().insert(day, value);
        }
    }
    let from = book.today.saturating_sub(LOOKED_BACK.days());
    let until = book.today.tomorrow().unwrap_or(book.today);
    let works = Working::read(tx, from, until).await?.of(person).days(from, until);
    let none = BTreeMap::new();
    let best = |metric: &Metric| {
        let theirs = days.get(&metric.id).unwrap_or(&none);
        let looked_at = from.series(1.day()).zip(works.iter().copied());
        let (streak, longest) = streaks(looked_at.map(|(day, works)| (works, theirs.contains_key(&day))));
        let records = KINDS.into_iter().filter_map(|kind| record(book, metric, kind, theirs)).collect();
        Best { key: metric.key.clone(), metric: metric.name.clone(), streak, longest, records }
    };
    Ok(metrics.into_iter().map(best).collect())
}

/// How many days in a row up to today had a result, and the most that did: of each day, the oldest first, whether it is one to work on and whether
/// it has a result. The last is today.
fn streaks(days: impl Iterator<Item = (bool, bool)>) -> (u32, u32) {
    let days: Vec<(bool, bool)> = days.collect();
    // Today is only to come where it isn’t a day off.
    let running = days.last().is_some_and(|(works, has)| *works || *has);
    let counted: Vec<Option<()>> =
        days.into_iter().filter(|(works, has)| *works || *has).map(|(_, has)| has.then_some(())).collect();
    let runs = counted.split(Option::is_none).map(|run| ranking::streak(run, |()| true, false));
    (ranking::streak(&counted, |()| true, running), runs.max().unwrap_or(0))
}

fn record(book: &Book, metric: &Metric, kind: Kind, days: &BTreeMap<Date, i64>) -> Option<Record> {
    let running = book.calendar.containing(kind, book.today)?;
    let mut sums: BTreeMap<Period, i128> = BTreeMap::new();
    for (day, value) in days {
        if let Some(period) = book.calendar.containing(kind, *day) {
            *sums.entry(period).or_default() += i128::from(*value);
        }
    }
    let values: Vec<Option<i128>> = sums.values().copied().map(Some).collect();
    let at = ranking::personal_best(&values, Direction::HigherIsBetter)?;
    let (period, best) = sums.iter().nth(at).filter(|(_, sum)| **sum > 0)?;
    let now = sums.get(&running).copied().unwrap_or(0);
    Some(Record {
        kind,
        period: *period,
        best: shown(metric, *best),
        now: shown(metric, now),
        is_now: *period == running,
    })
}

fn shown(metric: &Metric, sum: i128) -> String {
    let unit = u32::try_from(metric.decimals).ok().and_then(|decimals| 10_i128.checked_pow(decimals));
    figure(metric, unit.and_then(|unit| Fraction::new(sum, unit)))
}

/// Who gained most against the period before.
#[derive(Debug, Clone)]
pub struct Improvement {
    /// The days that it is held against: the period before, up to the same point in it.
    pub against: Period,
    /// The period before isn’t over in them: they go as far as the one that runs has.
    pub cut: bool,
    /// Who gained, the most first; no more than five.
    pub lines: Vec<Improved>,
}

/// Somebody who gained.
#[derive(Debug, Clone)]
pub struct Improved {
    /// A person's or a team's id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// It is whoever asks.
    pub own: bool,
    /// Nobody gained more.
    pub most: bool,
    /// What it was.
    pub before: Fraction,
    /// What it is.
    pub now: Fraction,
    /// By how much it is better.
    pub gain: Fraction,
    /// The same in percent of what it was; `None`: it was nothing.
    pub percent: Option<i64>,
}

/// Who gained most on a board against the period before, up to the same point in it: by the difference, and of those who are on both. `None` where
/// only one's own place is shown, and where there is no period before.
///
/// # Errors
/// The database is busy.
pub async fn improved(tx: &mut OrgTx, book: &Book, board: &Board) -> Result<Option<Improvement>> {
    let Some(previous) = book.calendar.previous(&board.period).filter(|_| !board.private) else { return Ok(None) };
    let Some(against) = up_to_same_point(&board.period, &previous, book.today) else { return Ok(None) };
    let asked = Asked {
        metric: board.metric.key.clone(),
        period: against.key(),
        of: board.of,
        team: board.team.as_ref().map(|team| team.id),
        ties: Ties::Shared,
    };
    let before = board::of(tx, book, &asked).await?;
    let before: BTreeMap<Uuid, Fraction> =
        before.lines.into_iter().filter_map(|line| Some((line.id, line.value?))).collect();
    let lower = board.metric.lower_is_better;
    let direction = if lower { Direction::LowerIsBetter } else { Direction::HigherIsBetter };
    let apart = |better: &Fraction, worse: &Fraction| {
        if lower { worse.checked_sub(*better) } else { better.checked_sub(*worse) }
    };
    let pairs = board.lines.iter().map(|line| (line.id, before.get(&line.id).copied(), line.value));
    let most: BTreeSet<Uuid> = ranking::most_improved(pairs, direction, apart).into_iter().collect();
    let gained = board.lines.iter().filter_map(|line| {
        let (now, was) = (line.value?, *before.get(&line.id)?);
        let gain = apart(&now, &was).filter(|gain| !gain.is_negative() && !gain.is_zero())?;
        let (id, name, own, most) = (line.id, line.name.clone(), line.own, most.contains(&line.id));
        Some(Improved { id, name, own, most, before: was, now, gain, percent: percent(gain, was) })
    });
    let mut lines: Vec<Improved> = gained.collect();
    lines.sort_by(|one, other| other.gain.cmp(&one.gain).then_with(|| one.name.cmp(&other.name)));
    lines.truncate(MOST_LISTED);
    Ok(Some(Improvement { cut: against.until < previous.until, against, lines }))
}

/// As many days of the period before as have gone by of this one; all of them once it is over.
fn up_to_same_point(period: &Period, previous: &Period, today: Date) -> Option<Period> {
    if !period.contains(today) {
        return Some(*previous);
    }
    let gone_by = Period::custom(period.from, today).ok()?.days();
    let last = previous.from.saturating_add((gone_by - 1).days()).min(previous.last());
    if last == previous.last() { Some(*previous) } else { Period::custom(previous.from, last).ok() }
}

fn percent(gain: Fraction, was: Fraction) -> Option<i64> {
    let was = if was.is_negative() { -was } else { was };
    gain.checked_mul(Fraction::from(100))?.checked_div(was)?.round_to(0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::modules::scoreboard::period::Calendar;

    /// `x`: a day with a result, `.`: a working day without, `o`: a day off with a result, `-`: one without.
    fn of(days: &str) -> (u32, u32) {
        streaks(days.chars().map(|day| (matches!(day, 'x' | '.'), matches!(day, 'x' | 'o'))))
    }

    #[test]
    fn days_off_break_no_streak() {
        for (days, streak, longest) in [
            ("", 0, 0),
            ("x", 1, 1),
            ("xx--x", 3, 3),
            ("xx--.", 2, 2),
            ("xx.x", 1, 2),
            ("xx..", 0, 2),
            // On a day off nothing is to come any more.
            ("xx.--", 0, 2),
            ("xxx--", 3, 3),
            ("x-o-x", 3, 3),
            ("----", 0, 0),
        ] {
            assert_eq!(of(days), (streak, longest), "{days}");
        }
    }

    #[test]
    fn the_period_before_goes_as_far_as_this_one_has() {
        let calendar = Calendar::default();
        let of = |kind: Kind, today: Date, shown: Date| {
            let period = calendar.containing(kind, shown).unwrap();
            up_to_same_point(&period, &calendar.previous(&period).unwrap(), today).unwrap().key()
        };
        let today = date(2026, 11, 23);
        assert_eq!(of(Kind::Month, today, today), "range:2026-10-01:2026-10-23");
        assert_eq!(of(Kind::Month, today, date(2026, 10, 5)), "month:2026-09-01");
        assert_eq!(of(Kind::Day, today, today), "day:2026-11-22");
        assert_eq!(of(Kind::Week, today, today), "range:2026-11-16:2026-11-16");
        assert_eq!(of(Kind::Month, date(2027, 3, 31), date(2027, 3, 31)), "month:2027-02-01", "it has no 31st");
        assert_eq!(of(Kind::FinancialYear, today, today), "range:2025-07-01:2025-11-23");
    }

    #[test]
    fn a_gain_is_in_percent_of_what_it_was() {
        let of = |gain: i64, was: i64| percent(Fraction::from(gain), Fraction::from(was));
        assert_eq!((of(50, 200), of(1, 3), of(10, -40), of(10, 0)), (Some(25), Some(33), Some(25), None));
    }

    proptest! {
        /// The longest streak is the longest run among days that count; the current one is the run at their end, where today may be to come.
        #[test]
        fn streaks_are_runs(days in vec((any::<bool>(), any::<bool>()), 0..30)) {
            let counted: String = days.iter().filter(|day| day.0 || day.1).map(|day| if day.1 { 'x' } else { '.' }).collect();
            let longest = counted.split('.').map(str::len).max().unwrap_or(0);
            let today_may_come = days.last().is_some_and(|day| day.0 && !day.1);
            let until_now = if today_may_come { &counted[..counted.len() - 1] } else { counted.as_str() };
            let current = until_now.rsplit('.').next().map_or(0, str::len);
            let (streak, most) = streaks(days.into_iter());
            prop_assert_eq!((streak as usize, most as usize), (current, longest));
        }
    }
}
