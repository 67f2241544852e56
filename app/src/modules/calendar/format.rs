//! Dates, times, zones and money in the words that Australians read.

use jiff::{
    Timestamp, Zoned,
    civil::{Date, Time, Weekday},
    tz::{Offset, TimeZone},
};

use crate::money;

/// "9:00 am", "12:30 pm".
pub fn time(time: Time) -> String {
    let mut words = String::new();
    push_time(&mut words, i64::from(time.hour()) * 60 + i64::from(time.minute()));
    words
}

/// The same from minutes after midnight, at the end of a text.
pub fn push_time(text: &mut String, minute_of_day: i64) {
    let (hour, minute) = (minute_of_day / 60, minute_of_day % 60);
    let on_the_face = if hour % 12 == 0 { 12 } else { hour % 12 };
    if on_the_face >= 10 {
        text.push('1');
    }
    text.push(digit(on_the_face));
    text.push(':');
    push_two(text, minute);
    text.push_str(if hour < 12 { " am" } else { " pm" });
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
    format!("{} {} {}", weekday(date), date.day(), month(date))
}

/// "Monday 23 November, 9:00 am".
pub fn day_and_time(at: &Zoned) -> String {
    format!("{}, {}", day(at.date()), time(at.time()))
}

/// The beginning of it, with an ellipsis where it has more letters than `most`.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let short: String = text.chars().take(most - 1).collect();
    format!("{}…", short.trim_end())
}

/// "Monday 23 November 2026".
pub fn day_and_year(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// "Mon 23 Nov".
pub fn short_day(date: Date) -> String {
    format!("{:.3} {} {:.3}", weekday(date), date.day(), month(date))
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

/// `2026-11-23T22:00:00Z`, at the end of a text: an instant of whole seconds after the year nought.
pub fn push_instant(text: &mut String, instant: Timestamp) {
    let reading = Offset::UTC.to_datetime(instant);
    let (date, time) = (reading.date(), reading.time());
    let year = i64::from(date.year());
    push_two(text, year / 100);
    push_two(text, year % 100);
    let rest = [date.month(), date.day(), time.hour(), time.minute(), time.second()];
    for (before, number) in ['-', '-', 'T', ':', ':'].into_iter().zip(rest) {
        text.push(before);
        push_two(text, i64::from(number));
    }
    text.push('Z');
}

/// "45 minutes", "1 hour", "1 hour 30 minutes": as it is written wherever it is read.
pub fn duration(minutes: i64) -> String {
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let in_hours = || money::counted(hours, "hour", "hours");
    let in_minutes = || money::counted(minutes, "minute", "minutes");
    match (hours, minutes) {
        (0, _) => in_minutes(),
        (_, 0) => in_hours(),
        _ => format!("{} {}", in_hours(), in_minutes()),
    }
}

/// "45 min", "1 hour", "1 h 30 min": in a field, where it is typed and there is no room for words.
pub fn short_duration(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => money::counted(hours, "hour", "hours"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// "$95.00"; "Free" for nothing.
pub fn price(cents: i64, currency: &str) -> String {
    if cents == 0 {
        return "Free".to_owned();
    }
    let amount = money::plain(cents);
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

/// Two digits of a number below a hundred.
fn push_two(text: &mut String, number: i64) {
    text.push(digit(number / 10));
    text.push(digit(number % 10));
}

fn digit(number: i64) -> char {
    u32::try_from(number % 10).ok().and_then(|number| char::from_digit(number, 10)).unwrap_or('0')
}

fn weekday(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn month(date: Date) -> &'static str {
    match date.month() {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_agree_with_the_library_on_every_day_of_years() {
        for date in jiff::civil::date(2023, 12, 31).series(jiff::ToSpan::day(1)).take(800) {
            assert_eq!(day(date), date.strftime("%A %-d %B").to_string());
            assert_eq!(short_day(date), date.strftime("%a %-d %b").to_string());
        }
        for minute in 0..24 * 60 {
            let time = Time::midnight().saturating_add(jiff::ToSpan::minutes(minute));
            let mut words = String::new();
            push_time(&mut words, minute);
            assert_eq!(words, time.strftime("%-I:%M %P").to_string());
        }
    }

    #[test]
    fn how_long_it_takes_is_said_in_words() {
        let words = |minutes| (duration(minutes), short_duration(minutes));
        let both = |long: &str, short: &str| (long.to_owned(), short.to_owned());
        assert_eq!(words(1), both("1 minute", "1 min"));
        assert_eq!(words(45), both("45 minutes", "45 min"));
        assert_eq!(words(60), both("1 hour", "1 hour"));
        assert_eq!(words(61), both("1 hour 1 minute", "1 h 1 min"));
        assert_eq!(words(90), both("1 hour 30 minutes", "1 h 30 min"));
        assert_eq!(words(2_310), both("38 hours 30 minutes", "38 h 30 min"));
        assert_eq!(words(120), both("2 hours", "2 hours"));
    }

    #[test]
    fn an_instant_is_written_as_the_library_does() {
        for second in (-3_000_000_000..5_000_000_000).step_by(86_399 * 1_301) {
            let instant = Timestamp::from_second(second).unwrap();
            let mut text = String::new();
            push_instant(&mut text, instant);
            assert_eq!(text, instant.to_string());
        }
    }
}
