//! Dates as people type them and spreadsheets write them: the day before the month, always.

use jiff::civil::{Date, Time};

const SHAPE: &str = "Enter a date like 31/12/2026, 31 Dec 2026 or 2026-12-31.";
const NO_SUCH_DAY: &str = "There is no such day. Enter the date as day/month/year, like 31/12/2026.";
const TIME: &str = "Enter the time like 10:30, 22:30 or 10:30 pm.";
const ZONE: &str = "Leave out the zone after the time: times are read on the business’s own clock.";

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

/// Longer than any date with its time.
const LONGEST: usize = 64;

/// Reads a date: `31/12/2026`, `31/12/26` (of this century), `31-12-2026`, `31.12.2026`, `2026-12-31`, `31 Dec 2026`,
/// `31-Dec-26`, `31 December 2026`, `Dec 31, 2026`.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn day(text: &str) -> Result<Date, &'static str> {
    let text = text.trim();
    let (year, month, day) = year_first(text).or_else(|| day_first(text)).or_else(|| with_a_name(text)).ok_or(SHAPE)?;
    Date::new(year, month, day).map_err(|_| NO_SUCH_DAY)
}

/// Reads a date, and the time after it if there is one: `31/12/2026 22:30`, `31/12/2026, 10:30 pm`, `31 Dec 2026 9am`,
/// `2026-12-31T10:30:00`. The time is on the business’s own clock, so one that names a zone or an offset is refused.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn day_and_time(text: &str) -> Result<(Date, Option<Time>), &'static str> {
    let mut refused = match day(text) {
        Ok(date) => return Ok((date, None)),
        Err(refused) => refused,
    };
    if text.len() > LONGEST {
        return Err(SHAPE);
    }
    for (at, between) in text.char_indices().filter(|(_, c)| c.is_whitespace() || matches!(c, 'T' | 't')) {
        let (date, rest) = text.split_at(at);
        match day(date.strip_suffix(',').unwrap_or(date)) {
            Ok(date) => {
                let time = time(rest.strip_prefix(between).unwrap_or(rest))?;
                return Ok((date, Some(time)));
            }
            Err(NO_SUCH_DAY) => refused = NO_SUCH_DAY,
            Err(_) => {}
        }
    }
    Err(refused)
}

fn year_first(text: &str) -> Option<(i16, i8, i8)> {
    let [year, month, day] = in_three(text.split('-'))?;
    (year.len() == 4 && month.len() == 2 && day.len() == 2).then_some(())?;
    Some((full_year(year)?, digits(month)?, digits(day)?))
}

fn day_first(text: &str) -> Option<(i16, i8, i8)> {
    let mark = text.chars().find(|c| matches!(c, '/' | '-' | '.'))?;
    let [day, month, year] = in_three(text.split(mark))?;
    // `26-12-31` may be meant either way round.
    (year.len() == 4 || mark == '/').then_some(())?;
    Some((full_year(year)?, digits(month)?, digits(day)?))
}

fn with_a_name(text: &str) -> Option<(i16, i8, i8)> {
    let [first, second, year] =
        if text.contains('-') { in_three(text.split('-')) } else { in_three(text.split_whitespace()) }?;
    let second = second.strip_suffix(',').unwrap_or(second);
    let (month, day) = match named_month(second) {
        Some(month) => (month, first),
        None => (named_month(first)?, second),
    };
    Some((full_year(year)?, month, digits(day)?))
}

fn named_month(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    let is =
        |name: &&str| **name == *word || name.get(..3) == Some(&*word) || *word == *"sept" && **name == *"september";
    (1..).zip(&MONTHS).find_map(|(month, name)| is(name).then_some(month))
}

/// Four digits, or two of this century.
fn full_year(text: &str) -> Option<i16> {
    match text.len() {
        4 => text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?,
        2 => Some(2000 + i16::from(digits(text)?)),
        _ => None,
    }
}

fn time(text: &str) -> Result<Time, &'static str> {
    let text = text.trim().to_lowercase();
    clock(&text).ok_or_else(|| {
        let before_zone = text.split(['z', '+', '-']).next().map(str::trim_end);
        if before_zone.and_then(clock).is_some() { ZONE } else { TIME }
    })
}

/// `10:30`, `22:30:15`, `22:30:15.250`, `10:30 pm`, `9am`.
fn clock(text: &str) -> Option<Time> {
    let halves = [("am", 0), ("pm", 12)];
    let half = halves.iter().find_map(|(word, add)| Some((text.strip_suffix(word)?.trim_end(), *add)));
    let mut parts = half.map_or(text, |(number, _)| number).split(':');
    let hour = digits(parts.next()?)?;
    let hour = match half {
        Some((_, add)) => (1..=12).contains(&hour).then_some(hour % 12 + add)?,
        None => hour,
    };
    let minute = match parts.next() {
        Some(minute) => two_digits(minute)?,
        None => half.map(|_| 0)?,
    };
    let (second, nanosecond) = match parts.next() {
        None => (0, 0),
        Some(text) => {
            let (second, part) = text.split_once('.').unwrap_or((text, "0"));
            let only_digits = (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            (two_digits(second)?, only_digits.then(|| format!("{part:0<9}").parse().ok())??)
        }
    };
    if parts.next().is_some() { None } else { Time::new(hour, minute, second, nanosecond).ok() }
}

fn two_digits(text: &str) -> Option<i8> {
    if text.len() == 2 { digits(text) } else { None }
}

/// One or two digits alone.
fn digits(text: &str) -> Option<i8> {
    let only = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if only { text.parse().ok() } else { None }
}

fn in_three<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<[&'a str; 3]> {
    let three = [parts.next()?, parts.next()?, parts.next()?];
    if parts.next().is_some() { None } else { Some(three) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time as at};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_as_australians_write_them() {
        for text in [
            "2026-12-31",
            "31/12/2026",
            "31/12/26",
            "31-12-2026",
            "31.12.2026",
            "31 Dec 2026",
            "31 December 2026",
            "31 dec 26",
            "31-Dec-2026",
            "31-DEC-26",
            "Dec 31, 2026",
            "December 31, 2026",
            "Dec 31 2026",
            " 31/12/2026\u{a0}",
            "31\u{a0}Dec  2026",
        ] {
            assert_eq!(day(text), Ok(date(2026, 12, 31)), "{text}");
        }
        for (text, read) in [
            ("1/7/2026", date(2026, 7, 1)),
            ("01/07/2026", date(2026, 7, 1)),
            ("12/11/2026", date(2026, 11, 12)),
            ("3 Sept 2026", date(2026, 9, 3)),
            ("29/02/2028", date(2028, 2, 29)),
            ("5 May 2026", date(2026, 5, 5)),
            ("31/12/99", date(2099, 12, 31)),
        ] {
            assert_eq!(day(text), Ok(read), "{text}");
        }
    }

    #[test]
    fn the_month_before_the_day_is_refused_with_the_order_that_is_meant() {
        for text in ["12/31/2026", "12-31-2026", "31/13/2026", "29/02/2026", "31 Jun 2026", "0/1/2026", "2026-13-01"] {
            let refused = day(text).unwrap_err();
            assert_eq!(refused, NO_SUCH_DAY, "{text}");
            assert!(refused.contains("day/month/year"));
            assert_eq!(day_and_time(&format!("{text} 10:30")), Err(NO_SUCH_DAY), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "today",
            "31/12",
            "31/12/202",
            "31/12/20266",
            "031/12/2026",
            "31/012/2026",
            "31/12-2026",
            "26-12-31",
            "31.12.26",
            "2026-1-1",
            "2026/12/31",
            "31 12 2026",
            "31 Decem 2026",
            "Dec 2026",
            "31st Dec 2026",
            "46022",
            "٣١/١٢/٢٠٢٦",
            "-1/1/2026",
            "31//2026",
            "31/12/2026/1",
            "31/12/2026 10:30",
            "2026-12-31T10:30",
            "+1/1/2026",
            "--2026",
        ] {
            assert_eq!(day(text), Err(SHAPE), "{text}");
        }
    }

    #[test]
    fn a_time_may_stand_after_the_date() {
        let last = date(2026, 12, 31);
        for (text, time) in [
            ("31/12/2026", None),
            ("Dec 31, 2026", None),
            ("2026-12-31T10:30", Some(at(10, 30, 0, 0))),
            ("2026-12-31t10:30:15", Some(at(10, 30, 15, 0))),
            ("2026-12-31 10:30:15.25", Some(at(10, 30, 15, 250_000_000))),
            ("31/12/2026 10:30", Some(at(10, 30, 0, 0))),
            ("31/12/26 0:00", Some(at(0, 0, 0, 0))),
            ("31/12/2026 23:59:59", Some(at(23, 59, 59, 0))),
            ("31/12/2026, 10:30:00 pm", Some(at(22, 30, 0, 0))),
            (" 31/12/2026 10:30 ", Some(at(10, 30, 0, 0))),
            ("31/12/2026 10:30PM", Some(at(22, 30, 0, 0))),
            ("31/12/2026 12:00:00 AM", Some(at(0, 0, 0, 0))),
            ("31/12/2026 12:05\u{202f}pm", Some(at(12, 5, 0, 0))),
            ("31 Dec 2026 9am", Some(at(9, 0, 0, 0))),
            ("31 December 2026  9 pm", Some(at(21, 0, 0, 0))),
            ("Dec 31, 2026, 10:30 am", Some(at(10, 30, 0, 0))),
        ] {
            assert_eq!(day_and_time(text), Ok((last, time)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for time in [
            "24:00",
            "25:00",
            "10:60",
            "10:30:60",
            "13 pm",
            "0:30 am",
            "10",
            "10.30",
            "1:5",
            "noon",
            "10:30 xm",
            "pm",
            ":30",
            "10:",
            "10:30:",
            "10:30:15.",
            "10:30:15:00",
            "10-30",
            "-10:30",
            "10:30:15.0000000001",
            "١٠:٣٠",
        ] {
            assert_eq!(day_and_time(&format!("31/12/2026 {time}")), Err(TIME), "{time}");
        }
        for time in ["10:30Z", "10:30:00.000Z", "10:30+11:00", "10:30:00 +1100", "10:30-05:00"] {
            assert_eq!(day_and_time(&format!("2026-12-31T{time}")), Err(ZONE), "{time}");
        }
        for text in ["", "10:30", "31 Dec 10:30", "soon 10:30", &"31 ".repeat(10_000)] {
            assert_eq!(day_and_time(text), Err(SHAPE), "{text:.20}");
        }
    }

    proptest! {
        #[test]
        fn every_day_is_read_in_every_form(days in 0_i32..73_000, minute in 0_i8..60, hour in 0_i8..24) {
            let date = date(1900, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            for form in ["%Y-%m-%d", "%d/%m/%Y", "%-d/%-m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%-d %b %Y", "%-d %B %Y", "%b %-d, %Y", "%d-%b-%Y"] {
                prop_assert_eq!(day(&date.strftime(form).to_string()), Ok(date), "{}", form);
                let time = at(hour, minute, 0, 0);
                for clock in ["%H:%M", "%-I:%M %p", "%I:%M:%S%P"] {
                    let text = date.to_datetime(time).strftime(&format!("{form} {clock}")).to_string();
                    prop_assert_eq!(day_and_time(&text), Ok((date, Some(time))), "{}", text);
                }
            }
            if date.year() >= 2000 && date.year() < 2100 {
                prop_assert_eq!(day(&date.strftime("%d/%m/%y").to_string()), Ok(date));
            }
        }

        #[test]
        fn anything_can_be_typed(text in any::<String>(), near in "[0-9 /.:,T+Z-]{0,24}|[0-9]{1,2} [A-Za-z]{3} .{0,9}") {
            let _ = (day(&text), day_and_time(&text), day(&near), day_and_time(&near));
        }
    }
}
