//! Days on which tasks are due as a calendar file (RFC 5545), for somebody’s own calendar to subscribe to. A day is a day there; a time is written in UTC,
//! for it is one instant, and each calendar shows it on its owner’s clock.

use jiff::civil::Date;

use crate::clock::Instant;

/// The most octets of a line.
const WIDEST: usize = 75;
/// What is due at a time takes so long in a calendar, in seconds.
const SHOWN_SECONDS: i64 = 30 * 60;
/// The most of a text, in characters.
const LONGEST: usize = 2_000;

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// At some time of a day.
    Day(Date),
    /// At a time.
    At(Instant),
}

/// A task that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same for as long as it is the same task.
    pub uid: String,
    /// When.
    pub due: Due,
    /// What is to be done.
    pub summary: String,
    /// Where it is, in words.
    pub about: String,
    /// Its page.
    pub url: String,
    /// How often it was changed.
    pub version: i64,
    /// When it was added.
    pub created_at: Instant,
}

/// The file. `name`: what the calendar is called where it is subscribed to; `stamped`: now.
pub fn write(name: &str, stamped: Instant, entries: &[Entry]) -> String {
    let mut file = String::new();
    let mut line = |name: &str, value: &str| fold(&mut file, &format!("{name}:{value}"));
    line("BEGIN", "VCALENDAR");
    line("VERSION", "2.0");
    line("PRODID", "-//Devalo//Tasks//EN");
    line("CALSCALE", "GREGORIAN");
    line("METHOD", "PUBLISH");
    line("NAME", &escaped(name));
    line("X-WR-CALNAME", &escaped(name));
    line("REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
    line("X-PUBLISHED-TTL", "PT15M");
    for entry in entries {
        line("BEGIN", "VEVENT");
        line("UID", &escaped(&entry.uid));
        line("DTSTAMP", &stamped.in_calendar_file());
        match entry.due {
            Due::Day(day) => {
                line("DTSTART;VALUE=DATE", &plain(day));
                line("DTEND;VALUE=DATE", &plain(day.tomorrow().unwrap_or(day)));
            }
            Due::At(at) => {
                line("DTSTART", &at.in_calendar_file());
                line("DTEND", &at.plus_seconds(SHOWN_SECONDS).in_calendar_file());
            }
        }
        line("SUMMARY", &escaped(&entry.summary));
        line("DESCRIPTION", &escaped(&format!("{}\n{}", entry.about, entry.url)));
        line("URL", &entry.url);
        line("SEQUENCE", &entry.version.to_string());
        line("CREATED", &entry.created_at.in_calendar_file());
        line("CLASS", "PRIVATE");
        // What is due keeps nobody busy.
        line("TRANSP", "TRANSPARENT");
        line("END", "VEVENT");
    }
    line("END", "VCALENDAR");
    file
}

/// `20261127`
fn plain(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// A text as a value: nothing in it ends the line or begins another property.
fn escaped(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let breaks = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut value = String::with_capacity(text.len());
    for letter in text.chars().take(LONGEST) {
        match letter {
            '\\' | ',' | ';' => value.extend(['\\', letter]),
            letter if breaks(letter) => value.push_str("\\n"),
            letter if letter.is_control() => value.push(' '),
            letter => value.push(letter),
        }
    }
    value
}

/// Lines of 75 octets at most, each but the first of them with a space before, and no letter cut in two.
fn fold(file: &mut String, line: &str) {
    let mut width = 0;
    for letter in line.chars() {
        if width + letter.len_utf8() > WIDEST {
            file.push_str("\r\n ");
            width = 1;
        }
        file.push(letter);
        width += letter.len_utf8();
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry(due: Due, summary: &str) -> Entry {
        Entry {
            uid: "1@tasks".to_owned(),
            due,
            summary: summary.to_owned(),
            about: "T-1 in Front desk".to_owned(),
            url: "https://devalo.example/app/clinic/tasks/t/1".to_owned(),
            version: 3,
            created_at: Instant::from_unix(0),
        }
    }

    #[test]
    fn a_day_is_a_day_and_a_time_is_an_instant() {
        let at = Instant::from_unix(1_795_752_000);
        let all = [entry(Due::Day(date(2026, 12, 31)), "Pay"), entry(Due::At(at), "Ring")];
        let file = write("Clinic", at, &all);
        assert!(file.contains("DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101\r\n"), "{file}");
        assert!(file.contains("DTSTART:20261127T040000Z\r\nDTEND:20261127T043000Z\r\n"), "{file}");
        assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.ends_with("END:VCALENDAR\r\n"));
    }

    #[test]
    fn no_title_is_anything_else() {
        let bad = "Pay; now, \\ or\r\nATTENDEE:mailto:x@evil.example\u{2028}END:VEVENT\u{7}";
        let file = write("A,B", Instant::from_unix(0), &[entry(Due::Day(date(2026, 1, 1)), bad)]);
        assert!(file.contains("SUMMARY:Pay\\; now\\, \\\\ or\\nATTENDEE:mailto:x@evil.example\\nEND:VEVENT"), "{file}");
        assert_eq!(file.matches("\r\nEND:VEVENT").count(), 1);
        let long = "é".repeat(400);
        let file = write("A", Instant::from_unix(0), &[entry(Due::Day(date(2026, 1, 1)), &long)]);
        assert!(file.split("\r\n").all(|line| line.len() <= WIDEST));
        assert!(file.replace("\r\n ", "").contains(&long));
    }
}
