//! Days and repetitions of Todoist that are read as those of a task typed as one line are: `every 2nd friday at 9am`, `every other tue starting 1 Nov`.
//! Where Todoist means something else by the same words, it is put into ours.

use jiff::{
    ToSpan,
    civil::{Date, Time},
};

use super::{
    super::{import_tree::Moment, quick_add, repeat::Rule},
    days,
};

/// The longest text that is looked at.
const MOST: usize = 100;

/// The rule (RFC 5545), if it repeats and all of it is understood, and the first day from today on. `None`: there is no day in it.
pub fn read(text: &str, today: Date) -> Option<(Option<String>, Moment)> {
    if text.len() > MOST {
        return None;
    }
    let line = in_our_words(text)?;
    let quick = quick_add::read(&line, today, Time::midnight());
    let day = quick.due_day?;
    // What isn’t understood may be what matters: “every day for 3 weeks”.
    let rule = quick.repeat.filter(|_| quick.title.is_empty());
    let first = rule.as_ref().and_then(|rule| begun(&line, rule, day, today)).unwrap_or(day);
    let moment = quick.due_time.map_or(Moment::Day(first), |time| Moment::Local(first.to_datetime(time)));
    Some((rule, moment))
}

/// The next day of what began in the year before: “starting 1 Nov” in late November means the last one.
fn begun(line: &str, rule: &str, day: Date, today: Date) -> Option<Date> {
    let mut words = line.split_whitespace();
    let says_year = |word: &str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_far = day > today.checked_add(6.months()).ok()?;
    let begins = line.contains(" starting ") || line.contains(" from ");
    if !is_far || !begins || words.any(says_year) {
        return None;
    }
    let began = day.checked_sub(1.year()).ok()?;
    Rule::parse(rule).ok()?.between(began, today, Date::MAX, 1).first().copied()
}

fn in_our_words(text: &str) -> Option<String> {
    let text = text.to_lowercase().replace("every!", "every ");
    let words: Vec<&str> = text.split_whitespace().map(|word| if word == "ending" { "until" } else { word }).collect();
    // It is of each month.
    if let ["every" | "ev", number, day, rest @ ..] = words.as_slice()
        && ["1st", "2nd", "3rd", "4th", "5th"].contains(number)
        && let Some((name, ..)) = days::weekday(day)
    {
        // We have no fifth one.
        return (*number != "5th").then(|| format!("every month on the {number} {name} {}", rest.join(" ")));
    }
    let (before, rest) = match words.as_slice() {
        ["every" | "ev", "morning", rest @ ..] => ("every day at 9am", rest),
        ["every" | "ev", "afternoon", rest @ ..] => ("every day at 12pm", rest),
        ["every" | "ev", "evening", rest @ ..] => ("every day at 7pm", rest),
        ["every" | "ev", "night", rest @ ..] => ("every day at 10pm", rest),
        ["every" | "ev", rest @ ..] => ("every", rest),
        rest => ("", rest),
    };
    Some(format!("{before} {}", rest.join(" ")).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};

    use super::*;

    /// A Friday.
    const TODAY: Date = Date::constant(2026, 11, 27);

    #[test]
    fn what_todoist_says_is_read_as_it_means_it() {
        let (day, at) = (
            |month, day| Moment::Day(date(2026, month, day)),
            |month, day, hour| Moment::Local(datetime(2026, month, day, hour, 0, 0, 0)),
        );
        for (text, rule, first) in [
            ("every 2nd fridays at 9am", Some("FREQ=MONTHLY;BYDAY=2FR"), at(12, 11, 9)),
            ("every other week", Some("FREQ=WEEKLY;INTERVAL=2"), day(11, 27)),
            ("every last day of month", Some("FREQ=MONTHLY;BYMONTHDAY=-1"), day(11, 30)),
            ("Every workday", Some("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"), day(11, 27)),
            ("ev other Tues 7am starting 1 Nov", Some("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"), at(12, 1, 7)),
            ("every day except sunday", Some("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA"), day(11, 27)),
            ("every! evening", Some("FREQ=DAILY"), at(11, 27, 19)),
            ("every mon ending 3 aug", Some("FREQ=WEEKLY;BYDAY=MO;UNTIL=20270803"), day(11, 30)),
            ("next monday", None, day(11, 30)),
            // Of what isn’t understood the day stays.
            ("every 12 hours starting 1 Dec", None, day(12, 1)),
            ("every mon for 3 weeks", None, day(11, 30)),
        ] {
            assert_eq!(read(text, TODAY), Some((rule.map(str::to_owned), first)), "{text}");
        }
        for text in ["every hour", "every 5th friday", "every last workday", "jeden Tag", "32 Dec"] {
            assert_eq!(read(text, TODAY), None, "{text}");
        }
    }
}
