//! Dates, times, zones and money in the words that Australians read.

use jiff::{Timestamp, Zoned, civil::Date, civil::Time, tz::TimeZone};

/// "9:00 am", "12:30 pm".
pub fn time(time: Time) -> String {
    let (hour, half) = match time.hour() {
        0 => (12, "am"),
        hour @ 1..=11 => (hour, "am"),
        12 => (12, "pm"),
        hour => (hour - 12, "pm"),
    };
    format!("{hour}:{:02} {half}", time.minute())
}

/// "9:00 – 9:45 am", "11:30 am – 12:15 pm".
pub fn time_range(from: &Zoned, until: &Zoned) -> String {
    let (first, last) = (time(from.time()), time(until.time()));
    let same_half = first.get(first.len() - 2..) == last.get(last.len() - 2..) && from.date() == until.date();
    let first = if same_half { first.get(..first.len() - 3).unwrap_or(&first) } else { &first };
    format!("{first} – {last}")
}

/// "Monday 23 November".
pub fn day(date: Date) -> String {
    date.strftime("%A %-d %B").to_string()
}

/// "Monday 23 November 2026".
pub fn day_and_year(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// "Mon 23 Nov".
pub fn short_day(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// "Monday 23 November 2026, 9:00 – 9:45 am".
pub fn when(from: &Zoned, until: &Zoned) -> String {
    format!("{}, {}", day_and_year(from.date()), time_range(from, until))
}

/// "23 – 29 November 2026", "30 November – 6 December 2026".
pub fn week(first: Date, last: Date) -> String {
    if first.month() == last.month() && first.year() == last.year() {
        format!("{} – {}", first.day(), last.strftime("%-d %B %Y"))
    } else if first.year() == last.year() {
        format!("{} – {}", first.strftime("%-d %B"), last.strftime("%-d %B %Y"))
    } else {
        format!("{} – {}", first.strftime("%-d %B %Y"), last.strftime("%-d %B %Y"))
    }
}

/// "Sydney time (AEDT)": the zone's city, and its abbreviation at that instant.
pub fn zone(name: &str, tz: &TimeZone, at: Timestamp) -> String {
    let abbreviation = at.to_zoned(tz.clone()).strftime("%Z").to_string();
    format!("{} time ({abbreviation})", city(name))
}

/// "Sydney" from `Australia/Sydney`, "Lord Howe" from `Australia/Lord_Howe`.
pub fn city(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// "45 min", "1 h", "1 h 30 min".
pub fn duration(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// "$95.00"; "Free" for nothing.
pub fn price(cents: i64, currency: &str) -> String {
    if cents == 0 {
        return "Free".to_owned();
    }
    let amount = format!("{}.{:02}", cents / 100, cents % 100);
    if currency == "AUD" { format!("${amount}") } else { format!("{currency} {amount}") }
}

/// "9:00 am" from minutes after midnight; 1440 is "midnight".
pub fn minute_of_day(minute: i64) -> String {
    if minute >= 24 * 60 {
        return "midnight".to_owned();
    }
    let hour = i8::try_from(minute / 60).unwrap_or(0);
    let minute = i8::try_from(minute % 60).unwrap_or(0);
    Time::new(hour, minute, 0, 0).map_or_else(|_| "midnight".to_owned(), time)
}
