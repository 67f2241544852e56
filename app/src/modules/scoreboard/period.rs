//! The periods that results are counted in: whole days of the organisation’s own calendar, from a day to a financial
//! year, and ranges of anybody’s choosing. Today is passed in.

use jiff::{
    Span, Timestamp,
    civil::{Date, Weekday},
    tz::{AmbiguousOffset, TimeZone},
};

/// The first day that a period can hold.
pub const FIRST: Date = Date::constant(1900, 1, 1);

/// The last day that a period can hold.
pub const LAST: Date = Date::constant(9900, 12, 31);

/// The most periods in one list.
pub const MOST: usize = 1000;

/// The longest range, in days: ten years and a little.
pub const MOST_DAYS: i64 = 3660;

const OUTSIDE: &str = "Choose dates in the years 1900 to 9900.";

/// How results are divided over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A day.
    Day,
    /// Seven days from the organisation’s first day of the week.
    Week,
    /// Fourteen days, counted from a first fortnight that the organisation chose.
    Fortnight,
    /// A month of the calendar.
    Month,
    /// Three months from 1 January, 1 April, 1 July or 1 October.
    Quarter,
    /// A year of the calendar.
    Year,
    /// The Australian financial year: 1 July to 30 June (Australian Taxation Office, “Income year”, QC 17522).
    FinancialYear,
    /// A quarter of it, the first from July to September (Australian Taxation Office, “Due dates for lodging and paying
    /// your BAS”, QC 33695).
    FinancialQuarter,
}

/// How an organisation counts its weeks and fortnights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Calendar {
    /// The first day of a week.
    pub week_starts: Weekday,
    /// A day of some fortnight’s first week: that fortnight begins on the week’s first day, and others follow and go
    /// before it every 14 days.
    pub fortnight_from: Date,
}

/// Whole days, one after the other. The earlier comes first in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub until: Date,
    /// What it is; `None` for a range that somebody chose, and for the last so many days.
    pub kind: Option<Kind>,
}

impl Kind {
    /// Every kind, in the order in which people choose.
    pub const ALL: [Self; 8] = [
        Self::Day,
        Self::Week,
        Self::Fortnight,
        Self::Month,
        Self::Quarter,
        Self::Year,
        Self::FinancialYear,
        Self::FinancialQuarter,
    ];

    /// The word stored, and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Fortnight => "fortnight",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::FinancialYear => "financial_year",
            Self::FinancialQuarter => "financial_quarter",
        }
    }

    /// The kind of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What people read: "Financial year".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Fortnight => "Fortnight",
            Self::Month => "Month",
            Self::Quarter => "Quarter",
            Self::Year => "Year",
            Self::FinancialYear => "Financial year",
            Self::FinancialQuarter => "Financial quarter",
        }
    }
}

impl Default for Calendar {
    /// Weeks from Monday, fortnights from Monday 5 January 2026.
    fn default() -> Self {
        Self { week_starts: Weekday::Monday, fortnight_from: Date::constant(2026, 1, 5) }
    }
}

impl Calendar {
    /// The period of a kind that a day is in. `None` if a part of it lies outside the years 1900 to 9900.
    pub fn containing(&self, kind: Kind, day: Date) -> Option<Period> {
        self.unbounded(kind, day).filter(Period::is_kept)
    }

    /// The period after: of the same kind, or as many days as a range has. `None` if a part of it lies outside the
    /// years 1900 to 9900.
    ///
    /// After a week or fortnight of another calendar comes the one of this calendar that holds the next day.
    pub fn next(&self, period: &Period) -> Option<Period> {
        match period.kind {
            Some(kind) => self.containing(kind, period.until),
            None => Period::range(period.until, plus(period.until, period.days())?),
        }
    }

    /// The period before, as in [`Calendar::next`].
    pub fn previous(&self, period: &Period) -> Option<Period> {
        match period.kind {
            Some(kind) => self.containing(kind, period.from.yesterday().ok()?),
            None => Period::range(plus(period.from, period.days().checked_neg()?)?, period.from),
        }
    }

    /// The periods of a kind that have a day in a range (`until` not included), from the earliest on: the first
    /// [`MOST`] of them. Those with a part outside the years 1900 to 9900 are left out.
    pub fn all(&self, kind: Kind, from: Date, until: Date) -> Vec<Period> {
        std::iter::successors(self.unbounded(kind, from.max(FIRST)), |period| self.unbounded(kind, period.until))
            .take_while(|period| period.from < until && period.from <= LAST)
            .filter(|period| period.is_kept() && from < until)
            .take(MOST)
            .collect()
    }

    fn unbounded(self, kind: Kind, day: Date) -> Option<Period> {
        let week = i64::from(day.weekday().since(self.week_starts));
        let (from, until) = match kind {
            Kind::Day => days(day, 0, 1)?,
            Kind::Week => days(day, week, 7)?,
            Kind::Fortnight => {
                let lead = i64::from(self.fortnight_from.weekday().since(self.week_starts));
                let since = days_between(self.fortnight_from, day).saturating_add(lead);
                days(day, since.rem_euclid(14), 14)?
            }
            Kind::Month => months(day, 1, 1)?,
            Kind::Quarter => months(day, 1, 3)?,
            Kind::Year => months(day, 1, 12)?,
            Kind::FinancialYear => months(day, 7, 12)?,
            Kind::FinancialQuarter => months(day, 7, 3)?,
        };
        Some(Period { from, until, kind: Some(kind) })
    }
}

impl Period {
    /// From one day to another, both included: at most ten years.
    ///
    /// # Errors
    /// A sentence for whoever chose the days.
    pub fn custom(from: Date, last: Date) -> Result<Self, &'static str> {
        if last < from {
            return Err("The last day is before the first. Choose the first day or a later one.");
        }
        if from < FIRST || last > LAST {
            return Err(OUTSIDE);
        }
        // Not by adding years: from 29 February, ten years later is no date.
        let ten_years_before_last = (last.year().saturating_sub(10), last.month(), last.day());
        if ten_years_before_last >= (from.year(), from.month(), from.day()) {
            return Err("That is too long. Choose at most ten years.");
        }
        last.tomorrow().ok().and_then(|until| Self::range(from, until)).ok_or(OUTSIDE)
    }

    /// The last so many days, with today as the last of them: 1 to 3,660 days.
    ///
    /// # Errors
    /// A sentence for whoever chose the number.
    pub fn rolling(days: i64, today: Date) -> Result<Self, &'static str> {
        if !(1..=MOST_DAYS).contains(&days) {
            return Err("Enter a number of days from 1 to 3,660.");
        }
        let until = today.tomorrow().map_err(|_| OUTSIDE)?;
        plus(until, days.saturating_neg()).and_then(|from| Self::range(from, until)).ok_or(OUTSIDE)
    }

    /// Whether a day is in it.
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day < self.until
    }

    /// How many days it has.
    pub fn days(&self) -> i64 {
        days_between(self.from, self.until)
    }

    /// The last day in it.
    pub fn last(&self) -> Date {
        self.until.yesterday().unwrap_or(self.until)
    }

    /// What people read: "24 November 2026", "Week of 23 November 2026", "October–December 2026",
    /// "Q2 FY 2026–27 (October–December 2026)", "3 – 17 November 2026".
    pub fn label(&self) -> String {
        let (from, last) = (self.from, self.last());
        let date = || written(from, "%-d %B %Y");
        let months = || format!("{}–{}", written(from, "%B"), written(last, "%B %Y"));
        match self.kind {
            Some(Kind::Day) => date(),
            Some(Kind::Week) => format!("Week of {}", date()),
            Some(Kind::Fortnight) => format!("Fortnight of {}", date()),
            Some(Kind::Month) => written(from, "%B %Y"),
            Some(Kind::Quarter) => months(),
            Some(Kind::Year) => from.year().to_string(),
            Some(Kind::FinancialYear) => format!("Financial year {}", financial_year(from)),
            Some(Kind::FinancialQuarter) => {
                format!("Q{} FY {} ({})", quarter(from, 7), financial_year(from), months())
            }
            None => range_label(from, last, "%B", true),
        }
    }

    /// The same where there is little room, as under a bar of a chart: "24 Nov", "Nov 2026", "Q4 2026", "FY27",
    /// "Q2 FY27", "3 – 17 Nov". A financial year goes by the year it ends in.
    pub fn short_label(&self) -> String {
        let (from, last) = (self.from, self.last());
        let ends = || financial_year_start(from).saturating_add(1).rem_euclid(100);
        match self.kind {
            Some(Kind::Day | Kind::Week | Kind::Fortnight) => written(from, "%-d %b"),
            Some(Kind::Month) => written(from, "%b %Y"),
            Some(Kind::Quarter) => format!("Q{} {}", quarter(from, 1), from.year()),
            Some(Kind::Year) => from.year().to_string(),
            Some(Kind::FinancialYear) => format!("FY{:02}", ends()),
            Some(Kind::FinancialQuarter) => format!("Q{} FY{:02}", quarter(from, 7), ends()),
            None => range_label(from, last, "%b", false),
        }
    }

    /// What addresses and rows hold, and [`Period::parse`] reads: the kind and the first day (`month:2026-11-01`), or a
    /// range’s first and last day (`range:2026-11-03:2026-11-17`).
    pub fn key(&self) -> String {
        match self.kind {
            Some(kind) => format!("{}:{}", kind.as_str(), self.from),
            None => format!("range:{}:{}", self.from, self.last()),
        }
    }

    /// The period of a key. `None` for anything else, and for a week or fortnight that doesn’t begin on that day by
    /// this calendar.
    pub fn parse(key: &str, calendar: &Calendar) -> Option<Self> {
        let (word, dates) = key.split_once(':')?;
        let period = if let Some(kind) = Kind::parse(word) {
            calendar.containing(kind, dates.parse().ok()?)?
        } else {
            let (from, last) = dates.split_once(':')?;
            Self::range(from.parse().ok()?, last.parse::<Date>().ok()?.tomorrow().ok()?)?
        };
        // Each period has one key: not another day of it, nor the same date spelt another way.
        (period.key() == key).then_some(period)
    }

    /// When it begins and when it is over in a zone: the first instant of its first day, and that of the day after its
    /// last. `None` for dates that no clock can show.
    pub fn instants(&self, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        Some((first_instant(self.from, zone)?, first_instant(self.until, zone)?))
    }

    fn range(from: Date, until: Date) -> Option<Self> {
        Some(Self { from, until, kind: None }).filter(|period| period.is_kept() && period.days() <= MOST_DAYS)
    }

    fn is_kept(&self) -> bool {
        FIRST <= self.from && self.from < self.until && self.last() <= LAST
    }
}

/// The day that it is in a zone at an instant.
pub fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// So many days, of which so many are before this one.
fn days(day: Date, before: i64, length: i64) -> Option<(Date, Date)> {
    let from = plus(day, before.checked_neg()?)?;
    Some((from, plus(from, length)?))
}

/// The so many months that a day is in, of a year that begins with the month `first` and divides into such.
fn months(day: Date, first: i8, length: i8) -> Option<(Date, Date)> {
    let before = months_into_year(day, first) % length;
    let from = day.first_of_month().checked_sub(Span::new().try_months(before).ok()?).ok()?;
    Some((from, from.checked_add(Span::new().try_months(length).ok()?).ok()?))
}

fn plus(day: Date, days: i64) -> Option<Date> {
    day.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn days_between(from: Date, until: Date) -> i64 {
    until.duration_since(from).as_hours() / 24
}

fn first_instant(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let midnight = zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0));
    let skipped = matches!(midnight.offset(), AmbiguousOffset::Gap { .. });
    let at = midnight.compatible().ok()?;
    if !skipped {
        return Some(at);
    }
    // The clock went over midnight, perhaps from before it: the day begins as the clock changes.
    let after = at.checked_add(Span::new().try_nanoseconds(1).ok()?).ok()?;
    zone.preceding(after).next().map(|change| change.timestamp())
}

fn written(date: Date, format: &str) -> String {
    date.strftime(format).to_string()
}

/// "3 – 17 November 2026", with as much of the first day as differs.
fn range_label(from: Date, last: Date, month: &str, with_year: bool) -> String {
    let (day_and_month, whole) = (format!("%-d {month}"), format!("%-d {month} %Y"));
    let one_year = from.year() == last.year();
    let end = written(last, if one_year && !with_year { &day_and_month } else { &whole });
    if from == last {
        end
    } else if one_year && from.month() == last.month() {
        format!("{} – {end}", from.day())
    } else {
        format!("{} – {end}", written(from, if one_year { &day_and_month } else { &whole }))
    }
}

/// Which quarter of its year a day is in, 1 to 4, where the year begins with the month `first`.
fn quarter(day: Date, first: i8) -> i8 {
    months_into_year(day, first) / 3 + 1
}

/// How many months of its year are over, 0 to 11, where the year begins with the month `first`.
fn months_into_year(day: Date, first: i8) -> i8 {
    (day.month() - first).rem_euclid(12)
}

fn financial_year_start(day: Date) -> i16 {
    day.year().saturating_sub(i16::from(day.month() < 7))
}

/// "2026–27", "2099–2100".
fn financial_year(day: Date) -> String {
    let start = financial_year_start(day);
    let end = start.saturating_add(1);
    match end.rem_euclid(100) {
        0 => format!("{start}–{end}"),
        short => format!("{start}–{short:02}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::{ToSpan, civil::date};
    use proptest::prelude::*;

    use super::*;

    const ZONES: [&str; 11] = [
        "Australia/Sydney",
        "Australia/Melbourne",
        "Australia/Brisbane",
        "Australia/Adelaide",
        "Australia/Darwin",
        "Australia/Perth",
        "Australia/Hobart",
        "Australia/Broken_Hill",
        "Australia/Lord_Howe",
        "Australia/Eucla",
        "Australia/Lindeman",
    ];

    const WEEK: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn of(kind: Kind, day: Date) -> Period {
        Calendar::default().containing(kind, day).unwrap()
    }

    fn bounds(kind: Kind, day: Date) -> (Date, Date) {
        (of(kind, day).from, of(kind, day).last())
    }

    #[test]
    fn a_day_is_in_one_period_of_each_kind() {
        let day = date(2026, 11, 24);
        for (kind, from, last) in [
            (Kind::Day, day, day),
            (Kind::Week, date(2026, 11, 23), date(2026, 11, 29)),
            (Kind::Fortnight, date(2026, 11, 23), date(2026, 12, 6)),
            (Kind::Month, date(2026, 11, 1), date(2026, 11, 30)),
            (Kind::Quarter, date(2026, 10, 1), date(2026, 12, 31)),
            (Kind::Year, date(2026, 1, 1), date(2026, 12, 31)),
            (Kind::FinancialYear, date(2026, 7, 1), date(2027, 6, 30)),
            (Kind::FinancialQuarter, date(2026, 10, 1), date(2026, 12, 31)),
        ] {
            assert_eq!(bounds(kind, day), (from, last), "{kind:?}");
        }
    }

    #[test]
    fn the_financial_year_turns_on_the_first_of_july() {
        assert_eq!(bounds(Kind::FinancialYear, date(2027, 6, 30)), (date(2026, 7, 1), date(2027, 6, 30)));
        assert_eq!(bounds(Kind::FinancialYear, date(2027, 7, 1)), (date(2027, 7, 1), date(2028, 6, 30)));
        for (month, quarter) in
            [(7, "Q1"), (9, "Q1"), (10, "Q2"), (12, "Q2"), (1, "Q3"), (3, "Q3"), (4, "Q4"), (6, "Q4")]
        {
            let label = of(Kind::FinancialQuarter, date(2027, month, 15)).short_label();
            assert!(label.starts_with(quarter), "{month}: {label}");
        }
    }

    #[test]
    fn a_week_goes_on_over_the_end_of_a_year_and_a_month_does_not() {
        assert_eq!(bounds(Kind::Week, date(2027, 1, 1)), (date(2026, 12, 28), date(2027, 1, 3)));
        assert_eq!(bounds(Kind::Fortnight, date(2027, 1, 1)), (date(2026, 12, 21), date(2027, 1, 3)));
        assert_eq!(bounds(Kind::Month, date(2026, 12, 31)), (date(2026, 12, 1), date(2026, 12, 31)));
        assert_eq!(Calendar::default().next(&of(Kind::Month, date(2026, 12, 31))).unwrap().from, date(2027, 1, 1));
        assert_eq!(Calendar::default().previous(&of(Kind::Quarter, date(2027, 1, 1))).unwrap().from, date(2026, 10, 1));
    }

    #[test]
    fn a_leap_day_counts() {
        let leap = date(2028, 2, 29);
        let lengths = |day| Kind::ALL.map(|kind| of(kind, day).days());
        assert_eq!(lengths(leap), [1, 7, 14, 29, 91, 366, 366, 91]);
        assert_eq!(lengths(date(2027, 2, 28)), [1, 7, 14, 28, 90, 365, 365, 90]);
        assert_eq!(lengths(date(2100, 2, 28)), [1, 7, 14, 28, 90, 365, 365, 90]);
        assert_eq!(Period::rolling(2, date(2028, 3, 1)).unwrap().from, leap);
        assert_eq!(Period::custom(leap, leap).unwrap().days(), 1);
    }

    #[test]
    fn the_organisation_chooses_where_weeks_and_fortnights_begin() {
        // A Wednesday: the week from Sunday that it is in begins on the 4th.
        let calendar = Calendar { week_starts: Weekday::Sunday, fortnight_from: date(2026, 1, 7) };
        let from = |kind, day| calendar.containing(kind, day).unwrap().from;
        assert_eq!(from(Kind::Week, date(2026, 11, 22)), date(2026, 11, 22));
        assert_eq!(from(Kind::Week, date(2026, 11, 21)), date(2026, 11, 15));
        for (day, first) in
            [(3, date(2025, 12, 21)), (4, date(2026, 1, 4)), (17, date(2026, 1, 4)), (18, date(2026, 1, 18))]
        {
            assert_eq!(from(Kind::Fortnight, date(2026, 1, day)), first);
        }
    }

    #[test]
    fn after_the_week_is_changed_the_next_one_holds_the_next_day() {
        let week = of(Kind::Week, date(2026, 11, 24));
        let calendar = Calendar { week_starts: Weekday::Saturday, ..Calendar::default() };
        assert_eq!(calendar.next(&week).unwrap().from, date(2026, 11, 28));
        assert_eq!(calendar.previous(&week).unwrap().from, date(2026, 11, 21));
        assert_eq!(Period::parse(&week.key(), &calendar), None);
    }

    #[test]
    fn periods_are_called_what_people_call_them() {
        let custom = |from, last| Period::custom(from, last).unwrap();
        let day = date(2026, 11, 24);
        for (period, label, short) in [
            (of(Kind::Day, day), "24 November 2026", "24 Nov"),
            (of(Kind::Day, date(2026, 9, 3)), "3 September 2026", "3 Sep"),
            (of(Kind::Week, day), "Week of 23 November 2026", "23 Nov"),
            (of(Kind::Fortnight, day), "Fortnight of 23 November 2026", "23 Nov"),
            (of(Kind::Month, day), "November 2026", "Nov 2026"),
            (of(Kind::Quarter, day), "October–December 2026", "Q4 2026"),
            (of(Kind::Year, day), "2026", "2026"),
            (of(Kind::FinancialYear, day), "Financial year 2026–27", "FY27"),
            (of(Kind::FinancialYear, date(2008, 8, 1)), "Financial year 2008–09", "FY09"),
            (of(Kind::FinancialYear, date(2100, 6, 30)), "Financial year 2099–2100", "FY00"),
            (of(Kind::FinancialQuarter, day), "Q2 FY 2026–27 (October–December 2026)", "Q2 FY27"),
            (of(Kind::FinancialQuarter, date(2027, 6, 1)), "Q4 FY 2026–27 (April–June 2027)", "Q4 FY27"),
            (custom(date(2026, 11, 3), date(2026, 11, 17)), "3 – 17 November 2026", "3 – 17 Nov"),
            (custom(date(2026, 10, 28), date(2026, 11, 3)), "28 October – 3 November 2026", "28 Oct – 3 Nov"),
            (
                custom(date(2026, 12, 28), date(2027, 1, 3)),
                "28 December 2026 – 3 January 2027",
                "28 Dec 2026 – 3 Jan 2027",
            ),
            (
                custom(date(2026, 11, 3), date(2027, 11, 5)),
                "3 November 2026 – 5 November 2027",
                "3 Nov 2026 – 5 Nov 2027",
            ),
            (custom(day, day), "24 November 2026", "24 Nov"),
        ] {
            assert_eq!((period.label().as_str(), period.short_label().as_str()), (label, short));
        }
    }

    #[test]
    fn words_of_kinds_are_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(kind.label().to_lowercase().replace(' ', "_"), kind.as_str());
        }
        for word in ["", "Day", "days", "fy", "range", "financial year", " week"] {
            assert_eq!(Kind::parse(word), None, "{word}");
        }
    }

    #[test]
    fn a_range_is_at_most_ten_years_and_goes_forwards() {
        let is_well = |from, last| Period::custom(from, last).is_ok();
        assert!(is_well(date(2026, 7, 1), date(2036, 6, 30)));
        assert!(!is_well(date(2026, 7, 1), date(2036, 7, 1)));
        assert!(is_well(date(2028, 2, 29), date(2038, 2, 28)));
        assert!(!is_well(date(2028, 2, 29), date(2038, 3, 1)));
        assert!(is_well(date(2026, 3, 1), date(2036, 2, 29)));
        assert!(!is_well(date(2026, 3, 1), date(2036, 3, 1)));
        assert!(!is_well(date(2026, 3, 2), date(2026, 3, 1)));
        assert!(is_well(FIRST, FIRST) && is_well(LAST, LAST));
        assert!(!is_well(date(1899, 12, 31), FIRST) && !is_well(LAST, date(9901, 1, 1)));
        assert!(!is_well(Date::MIN, Date::MAX) && !is_well(Date::MAX, Date::MAX));
    }

    #[test]
    fn the_last_days_include_today() {
        let today = date(2026, 11, 24);
        let thirty = Period::rolling(30, today).unwrap();
        assert_eq!((thirty.from, thirty.last(), thirty.days()), (date(2026, 10, 26), today, 30));
        assert_eq!(Period::rolling(1, today).unwrap().from, today);
        assert_eq!(Period::rolling(3660, today).unwrap().days(), 3660);
        for days in [i64::MIN, -1, 0, 3661, i64::MAX] {
            assert!(Period::rolling(days, today).is_err(), "{days}");
        }
        for day in [Date::MIN, Date::MAX, FIRST, date(9901, 1, 1)] {
            assert!(Period::rolling(2, day).is_err(), "{day}");
        }
    }

    #[test]
    fn only_dates_that_cannot_be_kept_have_no_period() {
        let calendar = Calendar::default();
        for kind in Kind::ALL {
            assert!(calendar.containing(kind, date(1901, 1, 1)).is_some());
            assert!(calendar.containing(kind, date(9900, 6, 1)).is_some());
            for day in [Date::MIN, date(1899, 12, 31), date(9901, 1, 1), Date::MAX] {
                assert_eq!(calendar.containing(kind, day), None, "{kind:?} {day}");
            }
        }
        assert_eq!(calendar.previous(&of(Kind::Year, FIRST)), None);
        assert_eq!(calendar.next(&of(Kind::Day, LAST)), None);
        assert_eq!(calendar.containing(Kind::FinancialYear, LAST), None);
        let far = Calendar { week_starts: Weekday::Sunday, fortnight_from: Date::MIN };
        assert_eq!(far.containing(Kind::Fortnight, date(2026, 1, 1)).unwrap().days(), 14);
    }

    #[test]
    fn a_list_has_every_period_that_touches_the_range_and_an_end() {
        let calendar = Calendar::default();
        let months = calendar.all(Kind::Month, date(2026, 11, 30), date(2027, 2, 1));
        assert_eq!(months.iter().map(Period::short_label).collect::<Vec<_>>(), ["Nov 2026", "Dec 2026", "Jan 2027"]);
        assert_eq!(calendar.all(Kind::Year, date(2026, 5, 1), date(2026, 5, 1)), []);
        assert_eq!(calendar.all(Kind::Year, date(2026, 5, 2), date(2026, 5, 1)), []);
        assert_eq!(calendar.all(Kind::Day, date(2026, 1, 1), Date::MAX).len(), MOST);
        assert_eq!(calendar.all(Kind::Day, date(2026, 1, 1), Date::MAX)[999].from, date(2028, 9, 26));
        assert_eq!(calendar.all(Kind::FinancialYear, Date::MIN, date(1902, 1, 1)).len(), 2);
        assert_eq!(calendar.all(Kind::FinancialYear, date(9899, 1, 1), Date::MAX).len(), 2);
        for kind in Kind::ALL {
            assert_eq!(calendar.all(kind, Date::MIN, FIRST), []);
            assert_eq!(calendar.all(kind, date(9901, 1, 1), Date::MAX), []);
            assert_eq!(calendar.all(kind, Date::MAX, Date::MIN), []);
        }
    }

    #[test]
    fn keys_say_the_kind_and_the_first_day() {
        let day = date(2026, 11, 24);
        for (period, key) in [
            (of(Kind::Day, day), "day:2026-11-24"),
            (of(Kind::Month, day), "month:2026-11-01"),
            (of(Kind::FinancialYear, day), "financial_year:2026-07-01"),
            (Period::custom(date(2026, 11, 3), date(2026, 11, 17)).unwrap(), "range:2026-11-03:2026-11-17"),
        ] {
            assert_eq!(period.key(), key);
            assert_eq!(Period::parse(key, &Calendar::default()), Some(period));
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        let long = "9".repeat(100_000);
        for key in [
            "",
            ":",
            "::",
            "day",
            "day:",
            "day:2026-11-24:",
            "day:2026-11-24 ",
            " day:2026-11-24",
            "Day:2026-11-24",
            "day:20261124",
            "day:2026-11-24T00:00",
            "day:2026-11-24[u-ca=gregory]",
            "day:+002026-11-24",
            "day:2026-11-4",
            "day:2026-02-29",
            "day:2026-13-01",
            "day:２０２６-11-24",
            "day:1899-12-31",
            "day:9999-12-31",
            "day:-009999-01-01",
            "week:2026-11-24",
            "fortnight:2026-11-16",
            "month:2026-11-02",
            "quarter:2026-11-01",
            "year:2026-07-01",
            "financial_year:2026-01-01",
            "financial_quarter:2026-11-01",
            "fy:2026-07-01",
            "range",
            "range:2026-11-03",
            "range::",
            "range:2026-11-03:2026-11-02",
            "range:2026-11-03:2026-11-17:",
            "range:2026-11-03:9999-12-31",
            "range:2020-01-01:2035-01-01",
            "rolling:30",
            "other:2026-11-03:2026-11-17",
            "day:\0",
            "day:' OR 1=1 --",
            "../../etc/passwd",
            &long,
            &format!("day:{long}"),
        ] {
            assert_eq!(Period::parse(key, &Calendar::default()), None, "{key:.40}");
        }
    }

    /// Over every change of the clock, 2025 to 2028, in every zone of Australia.
    #[test]
    fn days_of_every_australian_zone_touch_and_begin_at_midnight() {
        for (name, changes) in ZONES.into_iter().zip([8, 8, 0, 8, 0, 0, 8, 8, 8, 0, 0]) {
            let zone = zone(name);
            let step = 1.nanosecond();
            let (mut over, mut unusual) = (None, 0);
            for day in date(2025, 1, 1).series(1.day()).take_while(|day| day.year() < 2029) {
                let (from, until) = of(Kind::Day, day).instants(&zone).unwrap();
                assert!(over.is_none_or(|over| over == from), "{name} {day}");
                assert_eq!(zone.to_datetime(from), day.at(0, 0, 0, 0), "{name}");
                assert_eq!(day_of(from, &zone), day);
                assert_eq!(day_of(until - step, &zone), day);
                assert_ne!(day_of(from - step, &zone), day);
                unusual += i32::from(until.duration_since(from).as_secs() != 86_400);
                over = Some(until);
            }
            assert_eq!(unusual, changes, "{name}");
        }
    }

    #[test]
    fn a_day_of_a_clock_change_is_as_long_as_it_is() {
        let length = |name, day| {
            let (from, until) = of(Kind::Day, day).instants(&zone(name)).unwrap();
            until.duration_since(from).as_mins()
        };
        assert_eq!(length("Australia/Sydney", date(2026, 10, 4)), 23 * 60);
        assert_eq!(length("Australia/Sydney", date(2027, 4, 4)), 25 * 60);
        assert_eq!(length("Australia/Lord_Howe", date(2026, 10, 4)), 23 * 60 + 30);
        assert_eq!(length("Australia/Lord_Howe", date(2027, 4, 4)), 24 * 60 + 30);
        assert_eq!(length("Australia/Brisbane", date(2026, 10, 4)), 24 * 60);
    }

    #[test]
    fn a_day_without_a_midnight_begins_as_the_clock_changes() {
        for (name, day, first) in [
            ("America/Sao_Paulo", date(2015, 10, 18), "2015-10-18T03:00:00Z"),
            // From 23:30 to 00:30.
            ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30:00Z"),
        ] {
            let (from, until) = of(Kind::Day, day).instants(&zone(name)).unwrap();
            assert_eq!(from, first.parse().unwrap(), "{name}");
            assert_eq!(day_of(from, &zone(name)), day);
            assert_ne!(day_of(from - 1.nanosecond(), &zone(name)), day);
            assert!(from < until);
        }
        // Samoa went from the 29th to the 31st.
        let (from, until) = of(Kind::Day, date(2011, 12, 30)).instants(&zone("Pacific/Apia")).unwrap();
        assert_eq!((from, until), ("2011-12-30T10:00:00Z".parse().unwrap(), from));
    }

    /// The first days of the periods of a kind, found by walking through the days.
    fn first_days(kind: Kind, calendar: Calendar, from: Date, until: Date) -> BTreeSet<Date> {
        let mut fortnight = calendar.fortnight_from;
        while fortnight.weekday() != calendar.week_starts {
            fortnight = fortnight.yesterday().unwrap();
        }
        while fortnight > from {
            fortnight -= 2.weeks();
        }
        let fortnights: BTreeSet<Date> = fortnight.series(2.weeks()).take_while(|day| *day < until).collect();
        let begins = |day: &Date| match kind {
            Kind::Day => true,
            Kind::Week => day.weekday() == calendar.week_starts,
            Kind::Fortnight => fortnights.contains(day),
            Kind::Month => day.day() == 1,
            Kind::Quarter | Kind::FinancialQuarter => day.day() == 1 && [1, 4, 7, 10].contains(&day.month()),
            Kind::Year => day.day() == 1 && day.month() == 1,
            Kind::FinancialYear => day.day() == 1 && day.month() == 7,
        };
        from.series(1.day()).take_while(|day| *day < until).filter(begins).collect()
    }

    #[test]
    fn periods_of_a_kind_cover_every_day_once() {
        let (from, until) = (date(2025, 1, 1), date(2031, 1, 1));
        for kind in Kind::ALL {
            for week_starts in WEEK {
                let calendar = Calendar { week_starts, fortnight_from: date(2027, 3, 3) };
                if week_starts != Weekday::Monday && !matches!(kind, Kind::Week | Kind::Fortnight) {
                    continue;
                }
                let first_days = first_days(kind, calendar, from, until);
                for day in date(2026, 7, 1).series(1.day()).take_while(|day| day.year() < 2029) {
                    let period = calendar.containing(kind, day).unwrap();
                    assert_eq!(first_days.range(..=day).next_back(), Some(&period.from), "{kind:?} {day}");
                    assert_eq!(first_days.range(day..).find(|first| **first > day), Some(&period.until));
                }
            }
        }
    }

    fn a_day() -> impl Strategy<Value = Date> {
        (0_i64..=80_000).prop_map(|days| date(1902, 1, 1) + days.days())
    }

    fn a_calendar() -> impl Strategy<Value = Calendar> {
        (0..7_usize, a_day()).prop_map(|(day, fortnight_from)| Calendar { week_starts: WEEK[day], fortnight_from })
    }

    fn a_period() -> impl Strategy<Value = (Calendar, Period)> {
        (a_calendar(), a_day(), 0..10_usize, 1..=MOST_DAYS).prop_map(|(calendar, day, kind, days)| {
            let kind = Kind::ALL.get(kind);
            let period = kind
                .map_or(Period::rolling(days, day + 30.years()), |kind| calendar.containing(*kind, day).ok_or("none"));
            (calendar, period.unwrap())
        })
    }

    proptest! {
        #[test]
        fn the_one_before_the_next_is_the_same_and_they_adjoin((calendar, period) in a_period()) {
            let next = calendar.next(&period).unwrap();
            let previous = calendar.previous(&period).unwrap();
            prop_assert_eq!((previous.until, next.from), (period.from, period.until));
            prop_assert_eq!((previous.kind, next.kind), (period.kind, period.kind));
            prop_assert_eq!(calendar.previous(&next), Some(period));
            prop_assert_eq!(calendar.next(&previous), Some(period));
            prop_assert!(previous < period && period < next);
        }

        #[test]
        fn a_period_holds_its_own_days_only((calendar, period) in a_period(), day in a_day()) {
            let its_days: BTreeSet<Date> =
                period.from.series(1.day()).take_while(|day| *day < period.until).collect();
            prop_assert_eq!(i64::try_from(its_days.len()).unwrap(), period.days());
            prop_assert_eq!(its_days.contains(&day), period.contains(day));
            prop_assert_eq!(its_days.last(), Some(&period.last()));
            prop_assert!(period.contains(period.from) && period.contains(period.last()));
            prop_assert!(!period.contains(period.until) && !period.contains(period.from.yesterday().unwrap()));
            for kind in Kind::ALL {
                prop_assert!(calendar.containing(kind, day).unwrap().contains(day));
            }
        }

        #[test]
        fn a_key_is_read_back_and_fits_an_address((calendar, period) in a_period()) {
            let key = period.key();
            prop_assert_eq!(Period::parse(&key, &calendar), Some(period));
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b":-_".contains(&byte);
            prop_assert!(key.bytes().all(fits));
        }

        #[test]
        fn a_list_is_what_touches_the_range(
            calendar in a_calendar(),
            from in a_day(),
            days in 0..200_u16,
            kind in 0..8_usize,
        ) {
            let (kind, until) = (Kind::ALL[kind], from + i64::from(days).days());
            let days = from.series(1.day()).take(days.into());
            let mut touching: Vec<Period> = days.map(|day| calendar.containing(kind, day).unwrap()).collect();
            touching.dedup();
            prop_assert_eq!(calendar.all(kind, from, until), touching);
        }

        /// Every instant is in the period of its day, and in no other: seconds of 2025 to 2028.
        #[test]
        fn an_instant_belongs_to_the_period_of_its_day(
            (calendar, period) in a_period(),
            at in 1_735_600_000_000_000_000_i128..1_862_000_000_000_000_000,
            name in 0..11_usize,
        ) {
            let (at, zone) = (Timestamp::from_nanosecond(at).unwrap(), zone(ZONES[name]));
            let day = day_of(at, &zone);
            let within = |period: Period| period.instants(&zone).is_some_and(|(from, until)| from <= at && at < until);
            for kind in Kind::ALL {
                let period = calendar.containing(kind, day).unwrap();
                prop_assert!(within(period));
                prop_assert!(!within(calendar.next(&period).unwrap()) && !within(calendar.previous(&period).unwrap()));
            }
            prop_assert_eq!(within(period), period.contains(day));
        }

        #[test]
        fn nothing_makes_it_fall_over(
            text in any::<String>(),
            from in -9999_i16..=9999,
            until in -9999_i16..=9999,
            month in 1_i8..=12,
            kind in 0..9_usize,
            word in "(day|week|range|year|financial_year):[0-9+:TZ\\[\\]-]{0,24}",
        ) {
            let calendar = Calendar { week_starts: Weekday::Sunday, fortnight_from: date(until, month, 28) };
            prop_assert_eq!(Period::parse(&text, &calendar), None);
            let read = Period::parse(&word, &calendar).map(|period| period.key());
            prop_assert!(read.is_none_or(|key| key == word));
            // A period that was put together by hand, and may be none at all.
            let kind = Kind::ALL.get(kind).copied();
            let period = Period { from: date(from, month, 1), until: date(until, 1, 1), kind };
            let _ = (period.label(), period.short_label(), period.key(), period.days(), period.last());
            let _ = (calendar.next(&period), calendar.previous(&period), period.instants(&zone("Australia/Lord_Howe")));
            let _ = (Period::custom(period.from, period.until), Period::rolling(i64::from(from), period.until));
            for kind in Kind::ALL {
                prop_assert!(calendar.all(kind, period.from, period.until).len() <= MOST);
            }
        }
    }
}
