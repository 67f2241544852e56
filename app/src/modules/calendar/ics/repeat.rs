//! When something happens again (RFC 5545, 3.3.10), within bounds: rules come from strangers, and some never end or never
//! begin. The rules themselves are reckoned by `rrule`, on the wall clock; here is what keeps it short.

use std::time::{Duration, Instant};

use calcard::{
    common::CalendarScale,
    icalendar::{ICalendarFrequency, ICalendarRecurrenceRule, ICalendarWeekday},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
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
/// The rule breaks the standard, or asks for what hardly anybody does.
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
        ICalendarFrequency::Minutely => return by_the_clock(rule, 60, last, first, (from, to), most, work),
        ICalendarFrequency::Secondly => return by_the_clock(rule, 1, last, first, (from, to), most, work),
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

/// Rules of minutes and seconds. The library looks at every second of the years between two times that fit; here days that
/// don't are passed over as a whole.
fn by_the_clock(
    rule: &ICalendarRecurrenceRule,
    unit: i64,
    last: Option<DateTime>,
    first: DateTime,
    (from, to): (DateTime, DateTime),
    most: usize,
    work: &mut Work,
) -> Result<Vec<DateTime>, Odd> {
    let more_in_one = unit == 60 && !rule.bysecond.is_empty();
    if more_in_one
        || !rule.bysetpos.is_empty()
        || !rule.byweekno.is_empty()
        || rule.byday.iter().any(|day| day.ordwk.is_some())
    {
        return Err(Odd);
    }
    let period = unit * i64::from(rule.interval.unwrap_or(1));
    let to = last.map_or(to, |last| last.min(to));
    let fits = |by: &[u8], number: i8| by.is_empty() || u8::try_from(number).is_ok_and(|number| by.contains(&number));
    let (mut starts, mut counted) = (Vec::new(), 0);
    let mut date = if rule.count.is_none() { first.date().max(from.date()) } else { first.date() };
    while date <= to.date() {
        if !work.step() {
            return Ok(starts);
        }
        let midnight = date.at(0, 0, 0, 0);
        // The first time of the day that is a whole number of periods after the first of all.
        let since = midnight.duration_since(first).as_secs().max(0);
        let ahead = SignedDuration::from_secs(since + (period - since % period) % period);
        let mut next = first.checked_add(ahead).ok().filter(|_| is_day_of(rule, date));
        while let Some(start) = next.filter(|start| start.date() == date && *start <= to) {
            if !work.step() {
                return Ok(starts);
            }
            next = start.checked_add(SignedDuration::from_secs(period)).ok();
            let in_time = fits(&rule.byhour, start.hour()) && fits(&rule.byminute, start.minute());
            if !in_time || !fits(&rule.bysecond, start.second()) {
                continue;
            }
            if rule.count.is_some_and(|count| counted == count) {
                return Ok(starts);
            }
            counted += 1;
            if start >= from {
                if starts.len() == most {
                    work.cut_short = true;
                    return Ok(starts);
                }
                starts.push(start);
            }
        }
        let Ok(tomorrow) = date.tomorrow() else { break };
        date = tomorrow;
    }
    Ok(starts)
}

fn is_day_of(rule: &ICalendarRecurrenceRule, date: Date) -> bool {
    let month = u8::try_from(date.month()).unwrap_or(0);
    let (day, from_back) = (date.day(), date.day() - date.days_in_month() - 1);
    let (in_year, in_year_from_back) = (date.day_of_year(), date.day_of_year() - date.days_in_year() - 1);
    (rule.bymonth.is_empty() || rule.bymonth.iter().any(|by| by.month() == month))
        && (rule.bymonthday.is_empty() || rule.bymonthday.contains(&day) || rule.bymonthday.contains(&from_back))
        && (rule.byyearday.is_empty()
            || rule.byyearday.contains(&in_year)
            || rule.byyearday.contains(&in_year_from_back))
        && (rule.byday.is_empty() || rule.byday.iter().any(|by| weekday(by.weekday) == in_chrono(date)))
}

fn in_chrono(date: Date) -> Weekday {
    Weekday::try_from(u8::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)).unwrap_or(Weekday::Mon)
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
