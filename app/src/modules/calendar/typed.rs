//! Reading what people type: money, lengths of time, times of day. And writing it back the same way.

use crate::money;

/// The highest price, in cents.
const DEAREST: i64 = 100_000_000;
/// Minutes in a day, which is also the end of the day as a time.
const DAY: i64 = 24 * 60;

/// Reads dollars, exactly: `85`, `85.50`, `$1,250`. Gives cents.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn price(text: &str) -> Result<i64, String> {
    match money::parse(text) {
        None => Err("Enter dollars like 85 or 85.50; 0 if it is free.".to_owned()),
        Some(cents) if cents > DEAREST => Err("Enter at most 1,000,000 dollars.".to_owned()),
        Some(cents) => Ok(cents),
    }
}

/// "85", "85.50": what [`price`] reads.
pub fn price_as_typed(cents: i64) -> String {
    match cents % 100 {
        0 => (cents / 100).to_string(),
        rest => format!("{}.{rest:02}", cents / 100),
    }
}

/// Reads a length of time: `45`, `45 min`, `1 h 30 min`, `1:30`, `2 days`. A bare number is minutes, and nothing is none.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn minutes(text: &str) -> Result<i64, String> {
    const SHAPE: &str = "Enter a length of time like 45 min, 1 h 30 min or 2 days.";
    let shape = || SHAPE.to_owned();
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Ok(0);
    }
    if let Some((hours, minutes)) = text.split_once(':') {
        let minutes = digits(minutes).filter(|minutes| *minutes < 60).ok_or_else(shape)?;
        return Ok(digits(hours).filter(|hours| *hours < 10_000).ok_or_else(shape)? * 60 + minutes);
    }
    let mut rest = text.as_str();
    let (mut total, mut smallest) = (0, i64::MAX);
    while !rest.is_empty() {
        let (number, after) = grouped(rest);
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit = match unit {
            // Only by itself, or after hours: "1 h 30".
            "" if smallest == 60 || smallest == i64::MAX && after.trim().is_empty() => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 1,
            "h" | "hr" | "hrs" | "hour" | "hours" => 60,
            "d" | "day" | "days" => DAY,
            "w" | "week" | "weeks" => 7 * DAY,
            _ => return Err(shape()),
        };
        // From the large to the small, each once.
        let number = digits(&number).filter(|number| *number < 1_000_000 && unit < smallest).ok_or_else(shape)?;
        total += number * unit;
        smallest = unit;
        rest = after.trim_start();
        rest = rest.strip_prefix(',').or_else(|| rest.strip_prefix("and ")).unwrap_or(rest).trim_start();
    }
    Ok(total)
}

/// The digits that a text begins with, as `1990` or `1,990`, and what comes after.
fn grouped(text: &str) -> (String, &str) {
    let count = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (first, mut rest) = text.split_at(count(text));
    let mut number = first.to_owned();
    while (1..=3).contains(&first.len())
        && let Some(after) = rest.strip_prefix(',').filter(|after| count(after) == 3)
    {
        let (group, after) = after.split_at(3);
        number.push_str(group);
        rest = after;
    }
    (number, rest)
}

/// "45 min", "1 h 30 min", "2 days": what [`minutes`] reads.
pub fn minutes_as_typed(minutes: i64) -> String {
    match minutes {
        0 => "0 min".to_owned(),
        DAY => "1 day".to_owned(),
        minutes if minutes % DAY == 0 => format!("{} days", minutes / DAY),
        minutes => super::format::short_duration(minutes),
    }
}

/// Which end of a window a time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It opens: from 0:00 on.
    Start,
    /// It closes: 24:00 and midnight are the end of the day.
    Finish,
}

/// Reads a time of day: `9`, `9:00`, `9.30am`, `5:30 pm`, `17:30`, `noon`, `midnight`. Gives minutes after midnight.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn time(text: &str, end: End) -> Result<i64, String> {
    const SHAPE: &str = "Enter a time like 9:00, 5:30 pm or 17:30.";
    let compact: String = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let read = match compact.as_str() {
        "noon" | "midday" => Some(DAY / 2),
        "midnight" => Some(0),
        compact => clock(compact),
    };
    match (read, end) {
        (Some(0), End::Finish) => Ok(DAY),
        (Some(DAY), End::Start) | (None, _) => Err(SHAPE.to_owned()),
        (Some(minute), _) => Ok(minute),
    }
}

/// "9:00 am", "5:30 pm", "midnight": what [`time`] reads.
pub fn time_as_typed(minute: i64) -> String {
    super::format::minute_of_day(minute)
}

fn clock(text: &str) -> Option<i64> {
    let halves = [("a.m.", 0), ("p.m.", 12), ("am", 0), ("pm", 12)];
    let half = halves.iter().find_map(|(word, add)| Some((text.strip_suffix(word)?, *add)));
    let number = half.map_or(text, |(number, _)| number);
    let (hour, minute) = number.split_once([':', '.']).unwrap_or((number, "00"));
    let minute = digits(minute).filter(|value| minute.len() == 2 && *value < 60)?;
    let hour = digits(hour).filter(|_| hour.len() <= 2)?;
    match half {
        Some((_, add)) => (1..=12).contains(&hour).then_some((hour % 12 + add) * 60 + minute),
        None => (hour < 24 || hour == 24 && minute == 0).then_some(hour * 60 + minute),
    }
}

/// Digits alone, at least one: no sign, no space, nothing from another script.
fn digits(text: &str) -> Option<i64> {
    let only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if only { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{End, minutes, minutes_as_typed, price, price_as_typed, time, time_as_typed};

    #[test]
    fn dollars_are_read_exactly() {
        for (text, cents) in [
            ("85", 8500),
            ("85.50", 8550),
            ("85.5", 8550),
            (" $85 ", 8500),
            ("$ 1,250.05", 125_005),
            ("0", 0),
            ("0.07", 7),
            ("0.29", 29),
            ("1.15", 115),
            ("1000000", 100_000_000),
            ("4,000", 400_000),
        ] {
            assert_eq!(price(text), Ok(cents), "{text}");
        }
        for text in [
            "",
            "free",
            "-5",
            "85,50",
            "1.005",
            "85.",
            ".5",
            "8 5",
            "1e3",
            "NaN",
            "٨٥",
            "1,2345",
            "1000000.01",
            "99999999999999999999",
        ] {
            assert!(price(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_are_read() {
        for (text, length) in [
            ("45", 45),
            ("45 min", 45),
            ("45min", 45),
            ("1 h", 60),
            ("1h30", 90),
            ("1 h 30 min", 90),
            ("1:30", 90),
            ("90 minutes", 90),
            ("", 0),
            ("0", 0),
            ("2 days", 2880),
            ("1 day 2 hours", 1560),
            ("1 week", 10_080),
            ("1 hour and 5 minutes", 65),
            ("1 H, 5 MIN", 65),
            ("1,990 h", 119_400),
            ("1,990 h, 5 min", 119_405),
            ("100,000", 100_000),
        ] {
            assert_eq!(minutes(text), Ok(length), "{text}");
        }
        for text in [
            "soon",
            "1.5 h",
            "-5",
            "5 min 1 h",
            "30 30",
            "1 h 2 h",
            "1:75",
            "h",
            "5 parsecs",
            "99999999999999999999",
            "1 day 5",
            "1,99 h",
            "1990,000 h",
            ",100 h",
        ] {
            assert!(minutes(text).is_err(), "{text}: {:?}", minutes(text));
        }
    }

    #[test]
    fn times_are_read() {
        for (text, minute) in [
            ("9:00", 540),
            ("9", 540),
            ("09:00", 540),
            ("9am", 540),
            ("9.30 am", 570),
            ("5:30 pm", 1050),
            ("5:30PM", 1050),
            ("17:30", 1050),
            ("12:00 pm", 720),
            ("12 am", 0),
            ("0:00", 0),
            ("noon", 720),
            ("midnight", 0),
            ("5 p.m.", 1020),
        ] {
            assert_eq!(time(text, End::Start), Ok(minute), "{text}");
        }
        for text in ["24:00", "midnight", "12:00 am", "0:00"] {
            assert_eq!(time(text, End::Finish), Ok(1440), "{text}");
        }
        assert!(time("24:00", End::Start).is_err());
        for text in ["", "25:00", "24:01", "13 pm", "0 am", "9:5", "9:60", "nine", "9:00:00", "-1", "９:00"] {
            assert!(time(text, End::Finish).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed(cents in 0_i64..=100_000_000, length in 0_i64..=525_600, minute in 1_i64..=1440) {
            prop_assert_eq!(price(&price_as_typed(cents)), Ok(cents));
            prop_assert_eq!(minutes(&minutes_as_typed(length)), Ok(length));
            prop_assert_eq!(time(&time_as_typed(minute), End::Finish), Ok(minute));
        }

        #[test]
        fn nothing_that_is_typed_panics(text in any::<String>()) {
            let _ = (price(&text), minutes(&text), time(&text, End::Start), time(&text, End::Finish));
        }
    }
}
