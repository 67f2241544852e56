//! When something happens again (RFC 5545, 3.3.10), within bounds: rules come from strangers, and some never end or never
//! begin. The rules themselves are reckoned by `rrule`, on the wall clock; here is what keeps it short.

use std::time::{Duration, Instant};

use calcard::{
    common::CalendarScale,
    icalendar::{ICalendarFrequency, ICalendarRecurrenceRule, ICalendarWeekday},
};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use rrule::{Frequency, NWeekday, RRule, RRuleSet, Tz, Weekday};

/// How long one file may take.
const WITHIN: Duration = Duration::from_secs(3);
/// How many times one file's rules may come to, those before and after what is asked for too.
const STEPS: u32 = 200_000;

/// What one file may still take.
#[derive(Debug)]
pub(super) struct Work {
    steps: u32,
    until: Instant,
    /// Something was left out for it.
    pub cut_short: bool,
}

/// Why a rule isn't followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Odd;

impl Work {
    /// For one file.
    pub fn begin() -> Self {
        Self { steps: STEPS, until: Instant::now() + WITHIN, cut_short: false }
    }

    /// Whether there is any left.
    pub fn step(&mut self) -> bool {
        if self.steps == 0 || Instant::now() > self.until {
            self.cut_short = true;
            return false;
        }
        self.steps -= 1;
        true
    }
}

/// The times from `from` to `to` at which a rule has something begin that began at `first`, on one wall clock, in order;
/// `most` at most. `last` is what its `UNTIL` means on that clock.
///
/// # Errors
/// The rule breaks the standard, or is of minutes or seconds: nobody is booked by those, and following them takes long.
pub(super) fn starts(
    rule: &ICalendarRecurrenceRule,
    last: Option<DateTime>,
    first: DateTime,
    (from, to): (DateTime, DateTime),
    most: usize,
    work: &mut Work,
) -> Result<Vec<DateTime>, Odd> {
    let interval = rule.interval.unwrap_or(1);
    let gregorian = rule.rscale.as_ref().is_none_or(|scale| *scale == CalendarScale::Gregorian);
    if interval == 0 || !gregorian || rule.skip.is_some() {
        return Err(Odd);
    }
    let (frequency, hours) = match rule.freq {
        ICalendarFrequency::Yearly => (Frequency::Yearly, None),
        ICalendarFrequency::Monthly => (Frequency::Monthly, None),
        ICalendarFrequency::Weekly => (Frequency::Weekly, Some(7 * 24)),
        ICalendarFrequency::Daily => (Frequency::Daily, Some(24)),
        ICalendarFrequency::Hourly => (Frequency::Hourly, Some(1)),
        ICalendarFrequency::Minutely | ICalendarFrequency::Secondly => return Err(Odd),
    };
    // Some rules never come to anything, and take long over it.
    if !work.step() {
        return Ok(Vec::new());
    }
    // What is counted has to be followed from its beginning.
    let begin = match hours {
        Some(hours) if rule.count.is_none() => {
            near(first, from, SignedDuration::from_hours(hours * i64::from(interval)))
        }
        _ => first,
    };
    let mut to_follow = RRule::new(frequency)
        .interval(interval)
        .by_set_pos(rule.bysetpos.clone())
        .by_month_day(rule.bymonthday.clone())
        .by_year_day(rule.byyearday.clone())
        .by_week_no(rule.byweekno.clone())
        .by_hour(rule.byhour.clone())
        .by_minute(rule.byminute.clone())
        .by_second(rule.bysecond.clone())
        .by_weekday(rule.byday.iter().map(|day| NWeekday::new(day.ordwk, weekday(day.weekday))).collect())
        .by_month(&months(rule)?);
    if let Some(start) = rule.wkst {
        to_follow = to_follow.week_start(weekday(start));
    }
    if let Some(count) = rule.count {
        to_follow = to_follow.count(count);
    }
    if let Some(last) = last {
        if last < begin {
            return Ok(Vec::new());
        }
        to_follow = to_follow.until(on_the_clock(last).ok_or(Odd)?);
    }
    let begin = on_the_clock(begin).ok_or(Odd)?;
    let set = RRuleSet::new(begin).rrule(to_follow.validate(begin).map_err(|_| Odd)?).limit();
    let mut starts = Vec::new();
    for start in &set {
        let Ok(start) = Timestamp::from_second(start.timestamp()) else { break };
        let start = start.to_zoned(TimeZone::UTC).datetime();
        if start > to {
            break;
        }
        if !work.step() {
            break;
        }
        if start >= from {
            if starts.len() == most {
                work.cut_short = true;
                break;
            }
            starts.push(start);
        }
    }
    Ok(starts)
}

/// A beginning as good as `first` for what comes from `from` on: a whole number of periods later, one to spare.
fn near(first: DateTime, from: DateTime, period: SignedDuration) -> DateTime {
    let periods = from.duration_since(first).as_secs() / period.as_secs() - 1;
    i32::try_from(periods)
        .ok()
        .filter(|periods| *periods > 0)
        .and_then(|periods| period.checked_mul(periods))
        .and_then(|later| first.checked_add(later).ok())
        .unwrap_or(first)
}

/// The wall clock is reckoned as if it were UTC's, which is never turned.
fn on_the_clock(reading: DateTime) -> Option<chrono::DateTime<Tz>> {
    let second = reading.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    chrono::DateTime::from_timestamp(second, 0).map(|at| at.with_timezone(&Tz::UTC))
}

fn months(rule: &ICalendarRecurrenceRule) -> Result<Vec<chrono::Month>, Odd> {
    rule.bymonth
        .iter()
        .map(|month| if month.is_leap() { Err(Odd) } else { chrono::Month::try_from(month.month()).map_err(|_| Odd) })
        .collect()
}

fn weekday(day: ICalendarWeekday) -> Weekday {
    match day {
        ICalendarWeekday::Monday => Weekday::Mon,
        ICalendarWeekday::Tuesday => Weekday::Tue,
        ICalendarWeekday::Wednesday => Weekday::Wed,
        ICalendarWeekday::Thursday => Weekday::Thu,
        ICalendarWeekday::Friday => Weekday::Fri,
        ICalendarWeekday::Saturday => Weekday::Sat,
        ICalendarWeekday::Sunday => Weekday::Sun,
    }
}
