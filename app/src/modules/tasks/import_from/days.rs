//! Days and times as other products and people write them.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Time, Weekday},
};

use super::super::import_tree::Moment;

/// Whether 3/4 is in April or in March.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// In April, as in Australia.
    DayFirst,
    /// In March, as in the United States.
    MonthFirst,
}

impl Order {
    /// How a column of days is written: as in Australia, unless one of them can’t be that and all can be the other.
    pub fn of<'t>(cells: impl Iterator<Item = &'t str> + Clone, today: Date) -> Self {
        let reads = |order: Self| {
            let mut cells = cells.clone().filter(|cell| !cell.trim().is_empty());
            cells.all(|cell| spoken(cell, order, today).is_some())
        };
        if !reads(Self::DayFirst) && reads(Self::MonthFirst) { Self::MonthFirst } else { Self::DayFirst }
    }
}

/// The longest text that can be a day.
const MOST: usize = 64;
/// The years that days can be in: those that all of our days are in.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=9900;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [(&str, Weekday, &str); 7] = [
    ("monday", Weekday::Monday, "MO"),
    ("tuesday", Weekday::Tuesday, "TU"),
    ("wednesday", Weekday::Wednesday, "WE"),
    ("thursday", Weekday::Thursday, "TH"),
    ("friday", Weekday::Friday, "FR"),
    ("saturday", Weekday::Saturday, "SA"),
    ("sunday", Weekday::Sunday, "SU"),
];

/// As machines write it (ISO 8601): `2026-11-27`, `2026-11-27T05:00:00.000Z`, `2026-11-27 15:00`.
pub fn written(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.len() > MOST {
        return None;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        let year = jiff::tz::Offset::UTC.to_datetime(at).year();
        return YEARS.contains(&year).then_some(Moment::Instant(at));
    }
    // A day reads as midnight of it, too.
    if text.len() == 10 {
        let day = text.parse::<Date>().ok()?;
        return YEARS.contains(&day.year()).then_some(Moment::Day(day));
    }
    let at = text.parse::<DateTime>().ok()?;
    (YEARS.contains(&at.year()) && text.contains(':')).then_some(Moment::Local(at))
}

/// As people write it in English: also `27/11/2026`, `27 Nov`, `Nov 27 2026 3pm`, `Friday at 15:00`, `tomorrow`. Without a year, it is the next
/// such day from today.
pub fn spoken(text: &str, order: Order, today: Date) -> Option<Moment> {
    if let Some(moment) = written(text) {
        return Some(moment);
    }
    if text.len() > MOST {
        return None;
    }
    let text = text.to_lowercase();
    let mut parts = Parts::default();
    for word in text.split([' ', ',', '\u{a0}', '\u{202f}', '\t']).filter(|word| !word.is_empty()) {
        parts.read(word, order, today)?;
    }
    let day = parts.day(today)?;
    if !YEARS.contains(&day.year()) {
        return None;
    }
    Some(parts.time.map_or(Moment::Day(day), |time| Moment::Local(day.to_datetime(time))))
}

/// What is said of a day and a time.
#[derive(Debug, Default)]
struct Parts {
    whole: Option<Date>,
    weekday: Option<Weekday>,
    number: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    time: Option<Time>,
}

impl Parts {
    /// Takes a word in. `None`: it can’t be a part of a day.
    fn read(&mut self, word: &str, order: Order, today: Date) -> Option<()> {
        let word = word.trim_end_matches('.');
        match word {
            "at" | "on" | "of" | "the" => return Some(()),
            "today" | "tod" => return once(&mut self.whole, today),
            "tomorrow" | "tom" => return once(&mut self.whole, today.tomorrow().ok()?),
            "am" | "pm" => {
                let time = self.time?;
                self.time = Some(half(time, word)?);
                return Some(());
            }
            _ => {}
        }
        if let Some(time) = time(word) {
            return once(&mut self.time, time);
        }
        if let Some((_, day, _)) = weekday(word) {
            return once(&mut self.weekday, *day);
        }
        if let Some(at) = MONTHS
            .iter()
            .position(|name| word.len() >= 3 && name.starts_with(word) || word == "sept" && *name == "september")
        {
            return once(&mut self.month, i8::try_from(at + 1).ok()?);
        }
        if let Some(day) = numbers(word, order) {
            return once(&mut self.whole, day);
        }
        match ordinal(word) {
            Some(number @ 1..=31) if self.number.is_none() => once(&mut self.number, i8::try_from(number).ok()?),
            Some(year) if word.len() == 4 => once(&mut self.year, year),
            _ => None,
        }
    }

    fn day(&self, today: Date) -> Option<Date> {
        match (self.whole, self.number, self.month, self.year, self.weekday) {
            // A weekday beside a date says nothing new.
            (Some(day), None, None, None, _) => Some(day),
            (None, Some(number), Some(month), Some(year), _) => Date::new(year, month, number).ok(),
            (None, Some(number), Some(month), None, _) => {
                // Four years on there is a 29 February, but for 2100.
                let mut years = (0..=8).filter_map(|on| Date::new(today.year().checked_add(on)?, month, number).ok());
                years.find(|day| *day >= today)
            }
            (None, None, None, None, Some(weekday)) => next(today, weekday),
            _ => None,
        }
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// The first such day from today on.
fn next(today: Date, weekday: Weekday) -> Option<Date> {
    let days = i64::from(today.weekday().until(weekday));
    today.checked_add(days.days()).ok()
}

/// mon, Tues, fridays.
pub fn weekday(word: &str) -> Option<&'static (&'static str, Weekday, &'static str)> {
    let word = word.strip_suffix('s').unwrap_or(word);
    WEEKDAYS.iter().find(|(name, ..)| word.len() >= 3 && name.starts_with(word))
}

/// 5, 5th, 2026.
fn ordinal(word: &str) -> Option<i16> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// 27/11/2026, 27.11.26, 2026/11/27.
fn numbers(word: &str, order: Order) -> Option<Date> {
    let pieces: Vec<&str> = word.split(['/', '.', '-']).collect();
    let [one, two, three] = pieces.as_slice() else { return None };
    let number = |piece: &str| {
        let is_number = !piece.is_empty() && piece.len() <= 4 && piece.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| piece.parse::<i16>().ok()).flatten()
    };
    let (first, second, third) = (number(one)?, number(two)?, number(three)?);
    let (year, month, day) = match (one.len(), three.len(), order) {
        (4, 1..=2, _) => (first, second, third),
        (1..=2, 4, Order::DayFirst) => (third, second, first),
        (1..=2, 4, Order::MonthFirst) => (third, first, second),
        (1..=2, 2, Order::DayFirst) => (third + 2000, second, first),
        (1..=2, 2, Order::MonthFirst) => (third + 2000, first, second),
        _ => return None,
    };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// 15:00, 15:00:30, 3pm, 3:30pm.
fn time(word: &str) -> Option<Time> {
    let (digits, end) =
        match word.strip_suffix("am").map(|rest| (rest, "am")).or_else(|| Some((word.strip_suffix("pm")?, "pm"))) {
            Some((digits, end)) => (digits, Some(end)),
            None => (word, None),
        };
    if digits.bytes().any(|byte| !byte.is_ascii_digit() && byte != b':') || end.is_none() && !digits.contains(':') {
        return None;
    }
    let mut pieces = digits.split(':');
    let hour: i8 = pieces.next()?.parse().ok()?;
    let minute: i8 = pieces.next().map_or(Some(0), |piece| (piece.len() == 2).then(|| piece.parse().ok()).flatten())?;
    // Seconds are nobody’s due time.
    let seconds = pieces.next().is_none_or(|piece| piece.len() == 2);
    if !seconds || pieces.next().is_some() {
        return None;
    }
    let time = Time::new(hour, minute, 0, 0).ok()?;
    end.map_or(Some(time), |end| half(time, end))
}

fn half(time: Time, end: &str) -> Option<Time> {
    let hour = match (time.hour(), end) {
        (12, "am") => 0,
        (12, _) => 12,
        (hour @ 1..=11, "pm") => hour + 12,
        (hour @ 1..=11, _) => hour,
        _ => return None,
    };
    Time::new(hour, time.minute(), 0, 0).ok()
}

/// That something is done again and again, as people say it in English: `every day`, `every 2 weeks`, `every mon, wed at 9:00`, `every 15th`. The
/// rule (RFC 5545), and the first time from today on.
pub fn repeated(text: &str, today: Date) -> Option<(String, Moment)> {
    if text.len() > MOST {
        return None;
    }
    let text = text.trim().to_lowercase();
    let text = text.strip_prefix("every!").or_else(|| text.strip_prefix("every")).map_or(text.as_str(), str::trim);
    let mut clock = None;
    let mut words: Vec<&str> = Vec::new();
    for word in text.split([' ', ',']).filter(|word| !word.is_empty() && !matches!(*word, "at" | "and" | "on" | "the"))
    {
        match time(word) {
            Some(time) => once(&mut clock, time)?,
            None => words.push(word),
        }
    }
    let (rule, first) = match words.as_slice() {
        ["weekday" | "workday" | "weekdays" | "workdays"] => {
            weekly(&WEEKDAYS.iter().take(5).collect::<Vec<_>>(), today)?
        }
        ["weekend" | "weekends"] => weekly(&WEEKDAYS.iter().skip(5).collect::<Vec<_>>(), today)?,
        [unit] if unit_of(unit).is_some() => (rule(unit, 1)?, today),
        ["other", unit] if unit_of(unit).is_some() => (rule(unit, 2)?, today),
        [number, unit] if unit_of(unit).is_some() => (rule(unit, i32::from(ordinal(number)?))?, today),
        [number] if ordinal(number).is_some() => {
            let number = i8::try_from(ordinal(number)?).ok().filter(|day| (1..=31).contains(day))?;
            let month = today.first_of_month();
            let mut months = (0..=12).filter_map(|on: i64| {
                let month = month.checked_add(on.months()).ok()?;
                Date::new(month.year(), month.month(), number).ok()
            });
            ("FREQ=MONTHLY".to_owned(), months.find(|day| *day >= today)?)
        }
        words => {
            let days: Option<Vec<_>> = words.iter().map(|word| weekday(word)).collect();
            weekly(&days.filter(|days| !days.is_empty())?, today)?
        }
    };
    Some((rule, clock.map_or(Moment::Day(first), |time| Moment::Local(first.to_datetime(time)))))
}

fn weekly(days: &[&(&str, Weekday, &str)], today: Date) -> Option<(String, Date)> {
    let names: Vec<&str> =
        WEEKDAYS.iter().filter(|day| days.iter().any(|one| one.2 == day.2)).map(|(.., name)| *name).collect();
    let first = days.iter().filter_map(|(_, weekday, _)| next(today, *weekday)).min()?;
    Some((format!("FREQ=WEEKLY;BYDAY={}", names.join(",")), first))
}

/// The word of the rule, and how many of it there are in the unit.
fn unit_of(word: &str) -> Option<(&'static str, i32)> {
    Some(match word {
        "day" | "days" | "daily" => ("DAILY", 1),
        "week" | "weeks" | "weekly" => ("WEEKLY", 1),
        "fortnight" | "fortnights" | "fortnightly" => ("WEEKLY", 2),
        "month" | "months" | "monthly" => ("MONTHLY", 1),
        "quarter" | "quarters" | "quarterly" => ("MONTHLY", 3),
        "year" | "years" | "yearly" => ("YEARLY", 1),
        _ => return None,
    })
}

fn rule(unit: &str, number: i32) -> Option<String> {
    let (name, times) = unit_of(unit)?;
    every(name, i64::from(number) * i64::from(times))
}

/// The rule of every so many days, weeks, months or years: 1 to 999 of them.
pub fn every(name: &str, number: i64) -> Option<String> {
    match number {
        1 => Some(format!("FREQ={name}")),
        2..=999 => Some(format!("FREQ={name};INTERVAL={number}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};
    use proptest::prelude::*;

    use super::*;

    /// A Friday.
    const TODAY: Date = Date::constant(2026, 11, 27);

    #[test]
    fn days_are_read_as_they_are_written() {
        let day = |text| spoken(text, Order::DayFirst, TODAY);
        let at = |y, m, d, h, min| Some(Moment::Local(datetime(y, m, d, h, min, 0, 0)));
        for text in [
            "2026-12-03",
            "3/12/2026",
            "03/12/26",
            "3.12.2026",
            "3 Dec 2026",
            "Dec 3, 2026",
            "Thu 3rd December 2026",
            "3 Dec",
            "2026/12/3",
        ] {
            assert_eq!(day(text), Some(Moment::Day(date(2026, 12, 3))), "{text}");
        }
        assert_eq!(day("1 March"), Some(Moment::Day(date(2027, 3, 1))));
        assert_eq!(day("29 Feb"), Some(Moment::Day(date(2028, 2, 29))));
        assert_eq!(day("today"), Some(Moment::Day(TODAY)));
        assert_eq!(day("fri"), Some(Moment::Day(TODAY)));
        assert_eq!(day("Monday at 9am"), at(2026, 11, 30, 9, 0));
        assert_eq!(day("tomorrow 3:30 pm"), at(2026, 11, 28, 15, 30));
        assert_eq!(day("2026-12-03 15:00"), at(2026, 12, 3, 15, 0));
        assert_eq!(day("3/12/2026 12:15am"), at(2026, 12, 3, 0, 15));
        assert_eq!(day("2026-12-03T15:00:00+11:00"), Some(Moment::Instant("2026-12-03T04:00:00Z".parse().unwrap())));
        for text in [
            "",
            "32/1/2026",
            "2026-02-30",
            "0001-01-01T00:00:00Z",
            "13/25/2026",
            "soon",
            "3 3 3",
            "25:00",
            "3/12",
            "9901-01-01",
            "5pm",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
        assert_eq!(spoken("3/12/2026", Order::MonthFirst, TODAY), Some(Moment::Day(date(2026, 3, 12))));
        assert_eq!(Order::of(["1/2/2026", "", "1/25/2026"].into_iter(), TODAY), Order::MonthFirst);
        assert_eq!(Order::of(["1/2/2026", "25/1/2026"].into_iter(), TODAY), Order::DayFirst);
        assert_eq!(Order::of(["25/1/2026", "1/25/2026"].into_iter(), TODAY), Order::DayFirst);
    }

    #[test]
    fn repetitions_are_read_as_they_are_said() {
        let day = |day| Moment::Day(day);
        for (text, rule, first) in [
            ("every day", "FREQ=DAILY", day(TODAY)),
            ("every! 3 days", "FREQ=DAILY;INTERVAL=3", day(TODAY)),
            ("every other week", "FREQ=WEEKLY;INTERVAL=2", day(TODAY)),
            ("every quarter", "FREQ=MONTHLY;INTERVAL=3", day(TODAY)),
            ("every monday", "FREQ=WEEKLY;BYDAY=MO", day(date(2026, 11, 30))),
            ("every wed, mon and sat", "FREQ=WEEKLY;BYDAY=MO,WE,SA", day(date(2026, 11, 28))),
            (
                "every weekday at 9:00",
                "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
                Moment::Local(datetime(2026, 11, 27, 9, 0, 0, 0)),
            ),
            ("every 15th", "FREQ=MONTHLY", day(date(2026, 12, 15))),
            ("every 31", "FREQ=MONTHLY", day(date(2026, 12, 31))),
        ] {
            assert_eq!(repeated(text, TODAY), Some((rule.to_owned(), first)), "{text}");
        }
        for text in ["every", "every 3rd friday", "every 0 days", "every last day", "every 40", "jeden Tag"] {
            assert_eq!(repeated(text, TODAY), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in ".{0,80}", month_first: bool) {
            let order = if month_first { Order::MonthFirst } else { Order::DayFirst };
            let _ = (written(&text), spoken(&text, order, TODAY), repeated(&text, TODAY), repeated(&text, Date::MAX), spoken(&text, order, Date::MAX));
        }

        #[test]
        fn what_is_written_is_read(days in 0i64..100_000, hour in 0i8..24, minute in 0i8..60) {
            let day = date(1950, 1, 1).checked_add(days.days()).unwrap();
            prop_assert_eq!(spoken(&day.to_string(), Order::DayFirst, TODAY), Some(Moment::Day(day)));
            let text = format!("{}/{}/{} {hour}:{minute:02}", day.day(), day.month(), day.year());
            prop_assert_eq!(spoken(&text, Order::DayFirst, TODAY), Some(Moment::Local(day.at(hour, minute, 0, 0))));
            let text = format!("{}/{}/{}", day.month(), day.day(), day.year());
            prop_assert_eq!(spoken(&text, Order::MonthFirst, TODAY), Some(Moment::Day(day)));
        }
    }
}
