//! When a task is due, among the words of a line: “fri 3pm”, “28/10”, “every month on the 1st at 9am”.
//!
//! A phrase is a rule of repetition, a day and a time that stand together, in any order, each once; words such as “by” and “on” before
//! them, and commas between them, are part of it. The last phrase with a day or a rule is taken. Where it has no time, the last time
//! that stands elsewhere is taken too: “meet at 3pm with Sam on Friday”. A time without a day is today’s if it is still to come, else
//! tomorrow’s.
//!
//! Days
//! - `fri`, `this fri`: the next such day. Today only with a time that is still to come: on a Friday, “fri” is the Friday a week later.
//!   `fri week` is a week after that. `next fri` is the Friday of next week; weeks begin on Monday.
//! - `next week`, `next month`, `next year`: its first day.
//! - `in 2 weeks`, `in a month`, `in two hours`.
//! - `31 jan`, `jan 31st`, `31/1`: the next such date, and that may be today. `31/1/27`, `31/1/2027`, `2027-01-31`, `31 Jan 2027`: that
//!   date. Always the day before the month. `fri 27 nov` is one date, if that is a Friday.
//! - `the 15th`, `on the 15th`: the next such day of a month, which may be today.
//! - `in march`, `by march`: its first day. A month is no date otherwise: Jan, April, May and June are people.
//!
//! Words that are also words of titles count only where they stand apart. A weekday (“sun hat”), a day and a month without year (“1/2”),
//! a month before its day and “5 may” count at the end of the text, beside a time, or after “by”, “on”, “due” or “before”; a weekday
//! after “for” too, and never after “the” or “a”. “The 1st” counts at the end or beside a time only, and “24/7” only after such a word.
//!
//! Times: `3pm`, `9.30am`, `15:30`, `noon`, `midnight` (the day’s last minute), `eod` and `cob` (5 pm). After a day also `at 9` (from 7 to
//! 11 in the morning, else after noon), and `morning` (9 am), `arvo` or `afternoon` (3 pm), `evening` (6 pm) and `night` (8 pm).
//! Without a day `morning`, `arvo` and `afternoon` count at the end alone, and after a word: “call Sam arvo”.
//!
//! Rules: `every 2 weeks on mon`, `monthly`; `every last fri` and `every first fri` are of each month, `every 31 dec` is of each year. “Until” is
//! no end of a rule.

use std::iter;

use jiff::{
    Span,
    civil::{Date, Time, Weekday},
};

use super::digits;

const MORNING: Time = Time::constant(9, 0, 0, 0);
const AFTERNOON: Time = Time::constant(15, 0, 0, 0);
const CLOSE_OF_BUSINESS: Time = Time::constant(17, 0, 0, 0);
const EVENING: Time = Time::constant(18, 0, 0, 0);
const NIGHT: Time = Time::constant(20, 0, 0, 0);
const LAST_MINUTE: Time = Time::constant(23, 59, 0, 0);

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

const WEEK: [(&str, Weekday, &str); 7] = [
    ("Monday", Weekday::Monday, "MO"),
    ("Tuesday", Weekday::Tuesday, "TU"),
    ("Wednesday", Weekday::Wednesday, "WE"),
    ("Thursday", Weekday::Thursday, "TH"),
    ("Friday", Weekday::Friday, "FR"),
    ("Saturday", Weekday::Saturday, "SA"),
    ("Sunday", Weekday::Sunday, "SU"),
];

const NUMBERS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// When it is due.
pub(super) struct When {
    /// Which of the words say so.
    pub places: Vec<usize>,
    pub day: Date,
    pub time: Option<Time>,
    /// An RRULE’s value.
    pub rule: Option<String>,
    /// What people read.
    pub words: String,
}

/// Reads words in small letters, and what is not to be read as empty ones. `None` where they say nothing of when.
pub(super) fn read(words: &[&str], today: Date, now: Time) -> Option<When> {
    let is_stop = |word: &&str| matches!(*word, "," | ";" | ":") || word.ends_with(['.', '?', '!']);
    let end = words.iter().rposition(|word| !is_stop(word)).map_or(0, |last| last + 1);
    Reader { words, end, today, now }.when()
}

struct Reader<'w> {
    words: &'w [&'w str],
    /// From here on there are only stops.
    end: usize,
    today: Date,
    now: Time,
}

/// What stands together.
#[derive(Clone, Default)]
struct Phrase {
    from: usize,
    until: usize,
    repeat: Option<Repeat>,
    day: Option<Day>,
    time: Option<Clock>,
}

#[derive(Clone, Copy)]
enum Day {
    On(Date),
    /// The next such day, and so many weeks later.
    Next(Weekday, i64),
}

#[derive(Clone, Copy)]
enum Clock {
    At(Time),
    /// A part of the day: an exact time may follow it.
    About(Time),
}

/// Where a day has to stand to be one.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    Nothing,
    /// Room (it is at the end or beside a time), or a word such as “by” before it.
    RoomOrLead,
    Lead,
    Room,
    RoomAndLead,
}

/// A rule of repetition: every so many days, weeks, months or years.
#[derive(Clone)]
struct Repeat {
    every: i64,
    unit: Unit,
    on: On,
}

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
}

#[derive(Clone, PartialEq)]
enum On {
    Any,
    /// From Monday on, each once.
    Weekdays(Vec<Weekday>),
    /// 1 to 31, in a shorter month its last; −1 is the last of each.
    MonthDay(i8),
    /// 1 to 4, or −1 for the last.
    Nth(i8, Weekday),
}

impl Reader<'_> {
    fn when(&self) -> Option<When> {
        let phrases = self.phrases();
        let dated = phrases.iter().rfind(|phrase| phrase.is_dated());
        let timed = phrases.iter().rfind(|phrase| !phrase.is_dated());
        let timed = timed.filter(|_| dated.is_none_or(|phrase| phrase.time.is_none()));
        let time = dated.and_then(|phrase| phrase.time).or(timed.and_then(|phrase| phrase.time)).map(Clock::time);

        let repeat = dated.and_then(|phrase| phrase.repeat.as_ref());
        let day = match (dated.and_then(|phrase| phrase.day), repeat) {
            (Some(Day::On(day)), _) => day,
            (Some(Day::Next(weekday, weeks)), _) => self.next(weekday, weeks, time)?,
            (None, Some(repeat)) => self.first(repeat, time)?,
            // A time alone.
            (None, None) if self.is_gone(time?) => self.plus(1)?,
            (None, None) => self.today,
        };
        let places = [dated, timed].into_iter().flatten().flat_map(|phrase| phrase.from..phrase.until).collect();
        let words = self.written(day, time);
        let words = repeat.map_or_else(|| words.clone(), |repeat| format!("{}, from {words}", repeat.words()));
        Some(When { places, day, time, rule: repeat.map(Repeat::rule), words })
    }

    fn phrases(&self) -> Vec<Phrase> {
        let mut phrases = Vec::new();
        let mut at = 0;
        while at < self.end {
            let start = Phrase { from: at, until: at, ..Phrase::default() };
            let longest = iter::successors(self.longer(&start), |phrase| self.longer(phrase)).last();
            at = longest.as_ref().map_or(at + 1, |phrase| phrase.until);
            phrases.extend(longest);
        }
        phrases
    }

    /// A phrase with what follows it, if that belongs to it.
    fn longer(&self, phrase: &Phrase) -> Option<Phrase> {
        let at = if phrase.until > phrase.from { self.after_comma(phrase.until) } else { phrase.until };
        let (lead, at) = self.lead(at);
        let mut longer = phrase.clone();
        let length;
        // “Closed from Monday” is no date, “every week from Monday” is.
        let starts = matches!(lead, Some("from" | "starting"));
        // A rule has no end here, and that isn’t its beginning.
        if phrase.repeat.is_some() && matches!(lead, Some("until" | "till")) {
            return None;
        }
        if phrase.repeat.is_none()
            && let Some((repeat, words)) = self.repeat(at, phrase.time.is_some())
        {
            (longer.repeat, length) = (Some(repeat), words);
        } else if phrase.day.is_none()
            && (phrase.repeat.is_some() || !starts)
            && let Some((day, time, words)) = self.day(at, lead, phrase.time.is_some())
        {
            (longer.day, length) = (Some(day), words);
            longer.time = phrase.time.or(time);
        } else {
            let (time, words) = self.time(at, lead, phrase).filter(|_| !starts)?;
            (longer.time, length) = (Some(time), words);
        }
        longer.until = at + length;
        Some(longer)
    }

    /// The last of up to two words that lead to a day or a time, and what is after them.
    fn lead(&self, at: usize) -> (Option<&str>, usize) {
        let is_lead = |word: &&str| {
            matches!(*word, "on" | "at" | "by" | "due" | "before" | "for" | "from" | "starting" | "until" | "till")
        };
        let words = self.words.iter().skip(at).copied().take(2).take_while(is_lead);
        words.fold((None, at), |(_, at), word| (Some(word), at + 1))
    }

    fn after_comma(&self, at: usize) -> usize {
        at + usize::from(self.words.get(at) == Some(&","))
    }

    /// A day with room: nothing comes after it, or a time.
    fn has_room(&self, until: usize) -> bool {
        let (_, next) = self.lead(self.after_comma(until));
        until >= self.end || self.exact(next).is_some() || self.is_part_alone(next)
    }

    /// A part of the day that can’t be of the title: it is at the end or before a time, or means nothing else.
    fn is_part_alone(&self, at: usize) -> bool {
        let words = self.words.get(at..).unwrap_or_default();
        let apart = || at + 1 >= self.end || self.exact(self.lead(at + 1).1).is_some();
        part_of_day(words).is_some() && (words.first() == Some(&"arvo") || apart())
    }

    fn day(&self, at: usize, lead: Option<&str>, beside_time: bool) -> Option<(Day, Option<Clock>, usize)> {
        let words = self.words.get(at..)?;
        if let Some(said) = self.said(words) {
            return Some(said);
        }
        let (day, length, needs) = self.dated(words)?;
        let room = beside_time || self.has_room(at + length);
        let has_lead = match lead {
            None | Some("at") => false,
            Some("for") => matches!(day, Day::Next(..)),
            Some(_) => true,
        };
        let before = at.checked_sub(1).and_then(|before| self.words.get(before));
        let stands = match needs {
            Needs::Nothing => true,
            Needs::RoomOrLead => (room || has_lead) && !matches!(before, Some(&("the" | "a" | "an"))),
            Needs::Lead => has_lead,
            Needs::Room => room,
            Needs::RoomAndLead => room && has_lead,
        };
        stands.then_some((day, None, length))
    }

    /// A day in words that mean nothing else.
    fn said(&self, words: &[&str]) -> Option<(Day, Option<Clock>, usize)> {
        let (day, length) = match words {
            ["today", ..] => (self.today, 1),
            ["tonight", ..] => return Some((Day::On(self.today), Some(Clock::About(NIGHT)), 1)),
            ["tomorrow" | "tmrw" | "tmr", ..] => (self.plus(1)?, 1),
            ["day", "after", "tomorrow", ..] => (self.plus(2)?, 3),
            ["the", "day", "after", "tomorrow", ..] => (self.plus(2)?, 4),
            ["this", rest @ ..] => {
                if let Some(part) = part_of_day(rest) {
                    return Some((Day::On(self.today), Some(Clock::About(part)), 2));
                }
                return Some((Day::Next(weekday(rest.first()?)?, 0), None, 2));
            }
            ["next", "month", ..] => (self.months(1)?, 2),
            ["next", "year", ..] => (self.months(12)?.first_of_year(), 2),
            ["next", word, ..] => {
                let weekday = if *word == "week" { Weekday::Monday } else { weekday(word)? };
                let monday = self.today.weekday().to_monday_zero_offset();
                let days = i64::from(weekday.to_monday_zero_offset()) - i64::from(monday) + 7;
                (self.plus(days)?, 2)
            }
            ["in", rest @ ..] => {
                if let Some((date, length)) = self.month_alone(rest) {
                    return Some((Day::On(date), None, length + 1));
                }
                return self.ahead(rest);
            }
            _ => return None,
        };
        Some((Day::On(day), None, length))
    }

    /// “(in) 2 weeks”.
    fn ahead(&self, words: &[&str]) -> Option<(Day, Option<Clock>, usize)> {
        let [number, unit, ..] = words else { return None };
        let number = if matches!(*number, "a" | "an") { 1 } else { count(number)? };
        let (length, clock) = match singular(unit) {
            "minute" | "min" => (Span::new().try_minutes(number), true),
            "hour" | "hr" => (Span::new().try_hours(number), true),
            unit => {
                let (unit, times) = Unit::named(unit)?;
                let number = number.checked_mul(times)?;
                let length = match unit {
                    Unit::Day => Span::new().try_days(number),
                    Unit::Week => Span::new().try_weeks(number),
                    Unit::Month => Span::new().try_months(number),
                    Unit::Year => Span::new().try_years(number),
                };
                (length, false)
            }
        };
        let at = self.today.to_datetime(self.now).checked_add(length.ok()?).ok()?;
        let time = Time::new(at.hour(), at.minute(), 0, 0).ok().filter(|_| clock).map(Clock::At);
        Some((Day::On(at.date()), time, 3))
    }

    /// A weekday or a date of the calendar.
    fn dated(&self, words: &[&str]) -> Option<(Day, usize, Needs)> {
        let (first, rest) = words.split_first()?;
        let Some(weekday) = weekday(first) else {
            return self.date(words).map(|(date, length, needs)| (Day::On(date), length, needs));
        };
        let comma = usize::from(rest.first() == Some(&","));
        let date = rest.get(comma..).and_then(|rest| self.date(rest));
        // “Fri may” is no date, though 1 May may be a Friday.
        let date = date.filter(|(date, _, needs)| date.weekday() == weekday && *needs != Needs::Lead);
        Some(match date {
            Some((date, length, _)) => (Day::On(date), length + comma + 1, Needs::Nothing),
            None if rest.first() == Some(&"week") => (Day::Next(weekday, 1), 2, Needs::RoomOrLead),
            None => (Day::Next(weekday, 0), 1, Needs::RoomOrLead),
        })
    }

    fn date(&self, words: &[&str]) -> Option<(Date, usize, Needs)> {
        let the = usize::from(words.first() == Some(&"the"));
        let words = words.get(the..)?;
        let first = words.first()?;
        let (date, length, needs) = if let Some((date, needs)) = self.in_figures(first) {
            (date, 1, needs)
        } else if let Some((day, month, length, needs)) = day_and_month(words) {
            let after = words.get(length..)?;
            let comma = usize::from(after.first() == Some(&","));
            match after.get(comma).and_then(|word| year(word)) {
                Some(year) => (Date::new(year, month, day).ok()?, length + comma + 1, Needs::Nothing),
                None => (self.coming(month, day)?, length, needs),
            }
        } else if let Some(day) = ordinal(first) {
            let months = (0..12).filter_map(|months| self.months(months));
            let mut days = months.filter_map(|month| Date::new(month.year(), month.month(), day).ok());
            (days.find(|date| *date >= self.today)?, 1, if the == 1 { Needs::Room } else { Needs::RoomAndLead })
        } else {
            let (date, length) = self.month_alone(words).filter(|_| the == 0)?;
            (date, length, Needs::Lead)
        };
        Some((date, length + the, needs))
    }

    /// “31/1”, “31/1/27”, “2027-01-31”.
    fn in_figures(&self, word: &str) -> Option<(Date, Needs)> {
        let number = |text: &str| digits(text).filter(|_| text.len() <= 2).and_then(|number| i8::try_from(number).ok());
        let mut dashed = word.split('-');
        if let (Some(year_first), Some(month), Some(day), None) =
            (dashed.next().and_then(year), dashed.next(), dashed.next(), dashed.next())
        {
            return Some((Date::new(year_first, number(month)?, number(day)?).ok()?, Needs::Nothing));
        }
        let mut parts = word.split('/');
        let (day, month) = (number(parts.next()?)?, number(parts.next()?)?);
        match (parts.next(), parts.next()) {
            (None, _) => {
                let needs = if word == "24/7" { Needs::Lead } else { Needs::RoomOrLead };
                Some((self.coming(month, day)?, needs))
            }
            (Some(last), None) => {
                let year = year(last).or_else(|| Some(i16::from(number(last).filter(|_| last.len() == 2)?) + 2000))?;
                Some((Date::new(year, month, day).ok()?, Needs::Nothing))
            }
            (Some(_), Some(_)) => None,
        }
    }

    /// A month’s first day, and how many words say so.
    fn month_alone(&self, words: &[&str]) -> Option<(Date, usize)> {
        let month = month(words.first()?)?;
        match words.get(1).and_then(|word| year(word)) {
            Some(year) => Some((Date::new(year, month, 1).ok()?, 2)),
            None => Some((self.coming(month, 1)?, 1)),
        }
    }

    /// The next such date, from today on; the next leap year is at most eight years off.
    fn coming(&self, month: i8, day: i8) -> Option<Date> {
        let years = (0..=8).filter_map(|years| self.today.year().checked_add(years));
        years.filter_map(|year| Date::new(year, month, day).ok()).find(|date| *date >= self.today)
    }

    fn time(&self, at: usize, lead: Option<&str>, phrase: &Phrase) -> Option<(Clock, usize)> {
        let words = self.words.get(at..)?;
        let dated = phrase.is_dated();
        if matches!(phrase.time, Some(Clock::At(_))) {
            return None;
        }
        if let Some((time, length)) = self.exact(at) {
            // The other cob is of corn.
            let is_time = words.first() != Some(&"cob") || dated || lead.is_some();
            return is_time.then_some((Clock::At(time), length));
        }
        if !dated {
            // “Good morning” is a greeting, and a “quiz night” a night.
            let before = at.checked_sub(1).and_then(|before| self.words.get(before))?;
            let stands = at + 1 >= self.end
                && phrase.time.is_none()
                && matches!(words.first(), Some(&("morning" | "arvo" | "afternoon")))
                && !matches!(*before, "the" | "a" | "an" | "good" | "of" | "each" | "every" | "last" | "next" | "one");
            return part_of_day(words).filter(|_| stands).map(|part| (Clock::About(part), 1));
        }
        if phrase.time.is_none()
            && let Some(part) = part_of_day(words)
        {
            return Some((Clock::About(part), 1));
        }
        let hour = words.first().and_then(|word| digits(word)).filter(|hour| (1..=12).contains(hour))?;
        let after_noon = match phrase.time {
            Some(about) => about.time() >= Time::constant(12, 0, 0, 0),
            None => !(7..=11).contains(&hour),
        };
        let hour = i8::try_from(hour % 12 + if after_noon { 12 } else { 0 }).ok()?;
        let stands = lead == Some("at") && at + 1 >= self.end;
        Some((Clock::At(Time::new(hour, 0, 0, 0).ok()?), 1)).filter(|_| stands)
    }

    /// A time to the minute, and how many words say so.
    fn exact(&self, at: usize) -> Option<(Time, usize)> {
        match self.words.get(at..)? {
            ["noon" | "midday", ..] => Some((Time::constant(12, 0, 0, 0), 1)),
            ["midnight", ..] => Some((LAST_MINUTE, 1)),
            ["eod" | "cob", ..] => Some((CLOSE_OF_BUSINESS, 1)),
            [number, half @ ("am" | "pm"), ..] => Some((clock(number, Some(half))?, 2)),
            [word, ..] => {
                let half = ["am", "pm"].into_iter().find_map(|half| Some((word.strip_suffix(half)?, half)));
                let (number, half) = half.map_or((*word, None), |(number, half)| (number, Some(half)));
                Some((clock(number, half)?, 1))
            }
            [] => None,
        }
    }

    fn repeat(&self, at: usize, beside_time: bool) -> Option<(Repeat, usize)> {
        let (first, rest) = self.words.get(at..)?.split_first()?;
        if matches!(*first, "every" | "each") {
            // The date is read as the day.
            if day_and_month(rest).is_some() && self.day(at + 1, None, beside_time).is_some() {
                return Some((Repeat { every: 1, unit: Unit::Year, on: On::Any }, 1));
            }
            let (repeat, length) = every(rest)?;
            return Some((repeat, length + 1));
        }
        let unit = match *first {
            "daily" => "day",
            "weekly" => "week",
            "fortnightly" => "fortnight",
            "monthly" => "month",
            "quarterly" => "quarter",
            "yearly" | "annually" => "year",
            _ => return None,
        };
        let (unit, times) = Unit::named(unit)?;
        let (on, length) = on(unit, rest);
        let length = length + 1;
        // “Weekly report” is a title, “weekly from Monday” is none.
        let (lead, next) = self.lead(at + length);
        let starts = || lead.is_some() && self.day(next, lead, false).is_some();
        let stands = beside_time || self.has_room(at + length) || starts();
        Some((Repeat { every: times, unit, on }, length)).filter(|_| stands)
    }

    fn next(&self, weekday: Weekday, weeks: i64, time: Option<Time>) -> Option<Date> {
        let ahead = i64::from(weekday.since(self.today.weekday()));
        let today = ahead == 0 && time.is_some_and(|time| !self.is_gone(time));
        self.plus(if ahead == 0 && !today { 7 } else { ahead } + 7 * weeks)
    }

    /// The first day from today on that a rule has; today only if its time is still to come.
    fn first(&self, repeat: &Repeat, time: Option<Time>) -> Option<Date> {
        let from = i64::from(time.is_some_and(|time| self.is_gone(time)));
        (from..=62).filter_map(|days| self.plus(days)).find(|day| repeat.has(*day))
    }

    fn is_gone(&self, time: Time) -> bool {
        time <= self.now
    }

    fn plus(&self, days: i64) -> Option<Date> {
        self.today.checked_add(Span::new().try_days(days).ok()?).ok()
    }

    /// Today’s month and so many, as its first day.
    fn months(&self, months: i64) -> Option<Date> {
        self.today.first_of_month().checked_add(Span::new().try_months(months).ok()?).ok()
    }

    fn written(&self, day: Date, time: Option<Time>) -> String {
        let form = if day.year() == self.today.year() { "%A %-d %B" } else { "%A %-d %B %Y" };
        let time = time.map_or_else(String::new, |time| time.strftime(", %-I:%M %P").to_string());
        format!("{}{time}", day.strftime(form))
    }
}

impl Phrase {
    fn is_dated(&self) -> bool {
        self.day.is_some() || self.repeat.is_some()
    }
}

impl Clock {
    fn time(self) -> Time {
        match self {
            Self::At(time) | Self::About(time) => time,
        }
    }
}

impl Unit {
    /// The unit of a word, and how many of it the word means.
    fn named(word: &str) -> Option<(Self, i64)> {
        match singular(word) {
            "day" => Some((Self::Day, 1)),
            "week" => Some((Self::Week, 1)),
            "fortnight" => Some((Self::Week, 2)),
            "month" => Some((Self::Month, 1)),
            "quarter" => Some((Self::Month, 3)),
            "year" => Some((Self::Year, 1)),
            _ => None,
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Day => ("day", "DAILY"),
            Self::Week => ("week", "WEEKLY"),
            Self::Month => ("month", "MONTHLY"),
            Self::Year => ("year", "YEARLY"),
        }
    }
}

impl Repeat {
    fn has(&self, day: Date) -> bool {
        match &self.on {
            On::Any => true,
            On::Weekdays(weekdays) => weekdays.contains(&day.weekday()),
            On::MonthDay(-1) => day.day() == day.days_in_month(),
            On::MonthDay(number) => day.day() == (*number).min(day.days_in_month()),
            On::Nth(-1, weekday) => day.weekday() == *weekday && day.day() > day.days_in_month() - 7,
            On::Nth(number, weekday) => day.weekday() == *weekday && (day.day() - 1) / 7 + 1 == *number,
        }
    }

    fn rule(&self) -> String {
        let code = |weekday: &Weekday| WEEK.iter().find(|(_, day, _)| day == weekday).map_or("", |(.., code)| code);
        let interval = if self.every > 1 { format!(";INTERVAL={}", self.every) } else { String::new() };
        let on = match &self.on {
            On::Any => String::new(),
            On::Weekdays(weekdays) => {
                format!(";BYDAY={}", weekdays.iter().map(code).collect::<Vec<_>>().join(","))
            }
            // A shorter month’s last day: RFC 5545 would leave the month out.
            On::MonthDay(31) => ";BYMONTHDAY=-1".to_owned(),
            On::MonthDay(30) => ";BYMONTHDAY=28,29,30;BYSETPOS=-1".to_owned(),
            On::MonthDay(29) => ";BYMONTHDAY=28,29;BYSETPOS=-1".to_owned(),
            On::MonthDay(day) => format!(";BYMONTHDAY={day}"),
            On::Nth(number, weekday) => format!(";BYDAY={number}{}", code(weekday)),
        };
        format!("FREQ={}{interval}{on}", self.unit.words().1)
    }

    /// "Every Friday", "Every 2 weeks on Friday", "Every month on the 1st".
    fn words(&self) -> String {
        let unit = self.unit.words().0;
        let every = if self.every == 1 { format!("Every {unit}") } else { format!("Every {} {unit}s", self.every) };
        match &self.on {
            On::Any => every,
            On::Weekdays(weekdays) => {
                let names = listed(weekdays);
                if self.every == 1 { format!("Every {names}") } else { format!("{every} on {names}") }
            }
            On::MonthDay(-1) => format!("{every} on the last day"),
            On::MonthDay(day) => format!("{every} on the {}", written_ordinal(*day)),
            On::Nth(-1, weekday) => format!("{every} on the last {}", name(*weekday)),
            On::Nth(number, weekday) => format!("{every} on the {} {}", written_ordinal(*number), name(*weekday)),
        }
    }
}

/// What comes after “every”.
fn every(words: &[&str]) -> Option<(Repeat, usize)> {
    let (first, rest) = words.split_first()?;
    let number =
        if matches!(*first, "other" | "second") { Some(2) } else { count(first).or(ordinal(first).map(i64::from)) };
    if let Some((repeat, length)) = number.and_then(|number| each(number, rest)) {
        return Some((repeat, length + 1));
    }
    if let Some(day) = ordinal(first) {
        return Some((Repeat { every: 1, unit: Unit::Month, on: On::MonthDay(day) }, 1));
    }
    if let ["first" | "last", day, rest @ ..] = words
        && let Some(on) = nth(first, day)
    {
        let of_month = if let ["of", "the" | "each" | "every", "month", ..] = rest { 3 } else { 0 };
        return Some((Repeat { every: 1, unit: Unit::Month, on }, 2 + of_month));
    }
    if part_of_day(words).is_some() {
        // The part is read as the time.
        return Some((Repeat { every: 1, unit: Unit::Day, on: On::Any }, 0));
    }
    each(1, words)
}

/// “(every second) week on Friday”, “(every) mon, wed and fri”.
fn each(number: i64, words: &[&str]) -> Option<(Repeat, usize)> {
    let (first, rest) = words.split_first()?;
    let (every, unit, on, length) = if let Some((unit, times)) = Unit::named(first) {
        let (on, length) = on(unit, rest);
        (number.checked_mul(times)?, unit, on, length + 1)
    } else if matches!(*first, "weekday" | "workday") && number == 1 {
        (1, Unit::Week, On::Weekdays(WEEK.iter().take(5).map(|(_, weekday, _)| *weekday).collect()), 1)
    } else {
        let (weekdays, length) = weekdays(words);
        (number, Unit::Week, On::Weekdays(weekdays), length)
    };
    Some((Repeat { every, unit, on }, length)).filter(|_| length > 0 && (1..=999).contains(&every))
}

/// “on mon and fri” for weeks; “on the 1st”, “on the last day”, “on the first Friday” for months.
fn on(unit: Unit, words: &[&str]) -> (On, usize) {
    let lead = words.iter().take(2).take_while(|word| matches!(**word, "on" | "the")).count();
    let rest = words.get(lead..).unwrap_or_default();
    let (on, length) = match (unit, rest) {
        (Unit::Week, _) => {
            let (weekdays, length) = weekdays(rest);
            (On::Weekdays(weekdays), length)
        }
        (Unit::Month, ["last", "day", ..]) => (On::MonthDay(-1), 2),
        (Unit::Month, [first, rest @ ..]) => {
            let weekday = rest.first().and_then(|weekday| nth(first, weekday)).map(|on| (on, 2));
            let day = ordinal(first).filter(|_| lead > 0).map(|day| (On::MonthDay(day), 1));
            weekday.or(day).unwrap_or((On::Any, 0))
        }
        _ => (On::Any, 0),
    };
    if length == 0 { (On::Any, 0) } else { (on, length + lead) }
}

/// “first Friday”.
fn nth(number: &str, day: &str) -> Option<On> {
    let number = match number {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "last" => -1,
        number => ordinal(number).filter(|number| *number <= 4)?,
    };
    Some(On::Nth(number, weekday(day)?))
}

/// “mon, wed and fri”, from Monday on, and how many words say so.
fn weekdays(words: &[&str]) -> (Vec<Weekday>, usize) {
    let (mut weekdays, mut length) = (Vec::new(), 0);
    loop {
        let rest = words.get(length..).unwrap_or_default();
        let between = rest.iter().take(2).take_while(|word| matches!(**word, "," | "and" | "&")).count();
        let between = if length == 0 { 0 } else { between };
        let Some(weekday) = rest.get(between).and_then(|word| weekday(word)) else { break };
        if !weekdays.contains(&weekday) {
            weekdays.push(weekday);
        }
        length = length + between + 1;
    }
    weekdays.sort_by_key(|weekday| weekday.to_monday_zero_offset());
    (weekdays, length)
}

/// “31 Jan”, “31st of January”, “Jan 31”, how many words say so, and what they need to be a date.
fn day_and_month(words: &[&str]) -> Option<(i8, i8, usize, Needs)> {
    let number = |word: &str| ordinal(word).or_else(|| digits(word).and_then(|day| i8::try_from(day).ok()));
    let [first, second, ..] = words else { return None };
    if let Some(day) = number(first) {
        // “Only 5 may come.”
        let needs = if matches!(*second, "may" | "march") { Needs::RoomOrLead } else { Needs::Nothing };
        return match words {
            [_, "of", month_name, ..] => Some((day, month(month_name)?, 3, Needs::Nothing)),
            _ => Some((day, month(second)?, 2, needs)),
        };
    }
    let needs = if ordinal(second).is_some() { Needs::Nothing } else { Needs::RoomOrLead };
    Some((number(second)?, month(first)?, 2, needs))
}

fn part_of_day(words: &[&str]) -> Option<Time> {
    match words {
        // A meal.
        [_, "tea", ..] => None,
        ["morning", ..] => Some(MORNING),
        ["arvo" | "afternoon", ..] => Some(AFTERNOON),
        ["evening", ..] => Some(EVENING),
        ["night", ..] => Some(NIGHT),
        _ => None,
    }
}

/// “3”, “3:30”; with a half of the day “3.30” too.
fn clock(number: &str, half: Option<&str>) -> Option<Time> {
    let (hour, minute) = match number.split_once(':').or(half.and(number.split_once('.'))) {
        Some((hour, minute)) => (hour, digits(minute).filter(|_| minute.len() == 2)?),
        None => (half.map(|_| number)?, 0),
    };
    let hour = digits(hour).filter(|_| hour.len() <= 2)?;
    let hour = match half {
        None => hour,
        Some(half) => Some(hour % 12 + if half == "pm" { 12 } else { 0 }).filter(|_| (1..=12).contains(&hour))?,
    };
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()
}

fn weekday(word: &str) -> Option<Weekday> {
    let full = match word {
        "tues" => "tuesday",
        "thur" | "thurs" => "thursday",
        word => word,
    };
    WEEK.iter().find(|(name, ..)| is_name(full, name)).map(|(_, weekday, _)| *weekday)
}

fn month(word: &str) -> Option<i8> {
    let full = if word == "sept" { "september" } else { word };
    let place = MONTHS.iter().position(|name| is_name(full, name))?;
    i8::try_from(place + 1).ok()
}

/// A name, whole or its first three letters.
fn is_name(word: &str, name: &str) -> bool {
    word.eq_ignore_ascii_case(name) || name.get(..3).is_some_and(|short| word.eq_ignore_ascii_case(short))
}

/// Four digits, of these centuries.
fn year(word: &str) -> Option<i16> {
    digits(word).filter(|year| (1900..2200).contains(year)).and_then(|year| i16::try_from(year).ok())
}

/// “1st” to “31st”.
fn ordinal(word: &str) -> Option<i8> {
    let number = ["st", "nd", "rd", "th"].into_iter().find_map(|end| word.strip_suffix(end))?;
    digits(number).and_then(|day| i8::try_from(day).ok()).filter(|day| (1..=31).contains(day))
}

fn written_ordinal(number: i8) -> String {
    let end = match (number / 10, number % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}

/// “12”, “two”.
fn count(word: &str) -> Option<i64> {
    let named = || NUMBERS.iter().position(|number| *number == word).and_then(|place| i64::try_from(place).ok());
    digits(word).or_else(|| named().map(|place| place + 1))
}

fn singular(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

fn name(weekday: Weekday) -> &'static str {
    WEEK.iter().find(|(_, day, _)| *day == weekday).map_or("", |(name, ..)| name)
}

/// "Monday, Wednesday and Friday"; "weekday" for all of the working week.
fn listed(weekdays: &[Weekday]) -> String {
    let working = WEEK.iter().take(5).map(|(_, weekday, _)| *weekday);
    match weekdays.split_last() {
        Some(_) if working.eq(weekdays.iter().copied()) => "weekday".to_owned(),
        Some((last, before)) if !before.is_empty() => {
            let before: Vec<&str> = before.iter().map(|weekday| name(*weekday)).collect();
            format!("{} and {}", before.join(", "), name(*last))
        }
        Some((last, _)) => name(*last).to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{
        ToSpan,
        civil::{Date, Time, Weekday, date, time},
    };
    use proptest::prelude::*;
    use rrule::RRuleSet;

    use super::{
        super::{Quick, read},
        WEEK,
    };

    /// Thursday 26 November 2026, 10 am.
    fn read_now(text: &str) -> Quick {
        read(text, date(2026, 11, 26), time(10, 0, 0, 0))
    }

    /// Title, day, time, rule.
    fn told(text: &str) -> String {
        let quick = read_now(text);
        let shown = [
            quick.due_day.map(|day| day.to_string()),
            quick.due_time.map(|time| time.strftime("%H:%M").to_string()),
            quick.repeat,
        ];
        [Some(quick.title)].into_iter().chain(shown).flatten().collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn days_as_people_say_them() {
        for (text, expected) in [
            ("order gloves today", "order gloves | 2026-11-26"),
            ("tomorrow call Sam", "call Sam | 2026-11-27"),
            ("call Sam the day after tomorrow", "call Sam | 2026-11-28"),
            ("call Sam fri", "call Sam | 2026-11-27"),
            // Today is Thursday.
            ("call Sam thu", "call Sam | 2026-12-03"),
            ("call Sam this thursday", "call Sam | 2026-12-03"),
            ("call Sam thurs 3pm", "call Sam | 2026-11-26 | 15:00"),
            ("call Sam thurs 10am", "call Sam | 2026-12-03 | 10:00"),
            ("call Sam fri week", "call Sam | 2026-12-04"),
            ("order gloves next tue", "order gloves | 2026-12-01"),
            ("order gloves next fri", "order gloves | 2026-12-04"),
            ("order gloves next sunday", "order gloves | 2026-12-06"),
            ("order gloves tues", "order gloves | 2026-12-01"),
            ("plan roster next week", "plan roster | 2026-11-30"),
            ("plan roster next month", "plan roster | 2026-12-01"),
            ("plan roster next year", "plan roster | 2027-01-01"),
            ("site handover in 2 weeks", "site handover | 2026-12-10"),
            ("site handover in a month", "site handover | 2026-12-26"),
            ("site handover in two fortnights", "site handover | 2026-12-24"),
            ("turn the oven off in 90 minutes", "turn the oven off | 2026-11-26 | 11:30"),
            ("check in 20 hours", "check | 2026-11-27 | 06:00"),
            ("renew 31 jan", "renew | 2027-01-31"),
            ("renew 31st of January", "renew | 2027-01-31"),
            ("renew Jan 31st", "renew | 2027-01-31"),
            ("renew by January 31, 2028", "renew | 2028-01-31"),
            ("renew 26 Nov", "renew | 2026-11-26"),
            ("renew 25 Nov", "renew | 2027-11-25"),
            ("renew 29 feb", "renew | 2028-02-29"),
            ("renew 31/1", "renew | 2027-01-31"),
            ("renew 31/1/27", "renew | 2027-01-31"),
            ("renew 31/01/2020", "renew | 2020-01-31"),
            ("2026-12-24 renew", "renew | 2026-12-24"),
            ("BAS lodge 28/10 !!", "BAS lodge | 2027-10-28"),
            ("call Sam on Friday, 27 November", "call Sam | 2026-11-27"),
            // That is no Friday: it stays to be seen.
            ("call Sam fri 28 nov", "call Sam fri | 2026-11-28"),
            ("pay rent on the 1st", "pay rent | 2026-12-01"),
            ("pay rent the 26th", "pay rent | 2026-11-26"),
            ("pay rent by the 31st at 9am", "pay rent | 2026-12-31 | 09:00"),
            ("renew in march", "renew | 2027-03-01"),
            ("renew by May 2028", "renew | 2028-05-01"),
            ("due by fri: send it", "send it | 2026-11-27"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn times_as_people_say_them() {
        for (text, expected) in [
            ("call Sam 3pm", "call Sam | 2026-11-26 | 15:00"),
            ("call Sam 9 am", "call Sam | 2026-11-27 | 09:00"),
            ("call Sam at 15:30", "call Sam | 2026-11-26 | 15:30"),
            ("call Sam 10:00", "call Sam | 2026-11-27 | 10:00"),
            ("call Sam 12am", "call Sam | 2026-11-27 | 00:00"),
            ("noon", " | 2026-11-26 | 12:00"),
            ("eod", " | 2026-11-26 | 17:00"),
            ("send it by cob fri", "send it | 2026-11-27 | 17:00"),
            ("send it midnight", "send it | 2026-11-26 | 23:59"),
            ("ring Priya tomorrow arvo ~30m", "ring Priya | 2026-11-27 | 15:00"),
            ("ring Priya this arvo", "ring Priya | 2026-11-26 | 15:00"),
            ("call fri arvo", "call | 2026-11-27 | 15:00"),
            ("call fri morning", "call | 2026-11-27 | 09:00"),
            ("call friday afternoon", "call | 2026-11-27 | 15:00"),
            ("call fri morning at 8.15am", "call | 2026-11-27 | 08:15"),
            ("fri arvo call Sam", "call Sam | 2026-11-27 | 15:00"),
            ("call arvo", "call | 2026-11-26 | 15:00"),
            ("call morning", "call | 2026-11-27 | 09:00"),
            ("call arvo #clinic", "call | 2026-11-26 | 15:00"),
            ("hold the room until friday", "hold the room | 2026-11-27"),
            ("ask @priya until friday", "ask | 2026-11-27"),
            ("ring Priya tonight at 7", "ring Priya | 2026-11-26 | 19:00"),
            ("ring Priya tomorrow morning 8.15am", "ring Priya | 2026-11-27 | 08:15"),
            ("ring Priya tomorrow at 9", "ring Priya | 2026-11-27 | 09:00"),
            ("ring Priya tomorrow at 3", "ring Priya | 2026-11-27 | 15:00"),
            ("3pm fri ring Priya", "ring Priya | 2026-11-27 | 15:00"),
            ("meet at 3pm with Sam on friday", "meet with Sam | 2026-11-27 | 15:00"),
            // Each has its own.
            ("call Sam fri 3pm then Priya tue", "call Sam fri 3pm then Priya | 2026-12-01"),
            ("fri 3pm #clinic", " | 2026-11-27 | 15:00"),
            ("call fri #clinic 3pm", "call | 2026-11-27 | 15:00"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn words_of_a_title_are_no_dates() {
        for text in [
            "March report",
            "prepare March report",
            "buy a sun hat",
            "Friday drinks roster",
            "sat nav update",
            "wed dress fitting",
            "clean the second room",
            "ask if we may",
            "call April about gloves",
            "email June",
            "Sam may 5 times",
            "only 5 may come",
            "look at the sun",
            "the 1st draft",
            "on the 1st floor",
            "24/7 support line",
            "cover 24/7",
            "mix 1/2 cup",
            "31/2",
            "31 feb",
            "30/30/30",
            "13pm",
            "25:00",
            "9.30",
            "order morning tea",
            "say good morning",
            "get ready for the morning",
            "plan quiz night",
            "fri night market stall",
            "every dec 31 fireworks",
            "every last minute",
            "wait until it rains",
            "every second counts",
            "every man",
            "weekly report",
            "corn cob",
            "closed from Monday to Friday next",
            "this week",
            "5",
            "look at 3",
            "(fri 3pm)",
            "today’s list",
            "in a moment",
            "every 0 days",
            "every 5000 days",
        ] {
            assert_eq!(told(text), text);
        }
        assert_eq!(told("buy cream for sun"), "buy cream | 2026-11-29");
        assert_eq!(told("bring morning tea tomorrow morning"), "bring morning tea | 2026-11-27 | 09:00");
        assert_eq!(told("tomorrow morning tea"), "morning tea | 2026-11-27");
        assert_eq!(told("on mon call Sam"), "call Sam | 2026-11-30");
        assert_eq!(told("meet on 5 may about gloves"), "meet about gloves | 2027-05-05");
        assert_eq!(told("meet may 5"), "meet | 2027-05-05");
    }

    #[test]
    fn rules_of_repetition() {
        for (text, rule, day) in [
            ("every day", "FREQ=DAILY", "2026-11-26"),
            ("every day 9am", "FREQ=DAILY", "2026-11-27"),
            ("every 3 days", "FREQ=DAILY;INTERVAL=3", "2026-11-26"),
            ("every morning", "FREQ=DAILY", "2026-11-27"),
            ("every weekday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-26"),
            ("every fri", "FREQ=WEEKLY;BYDAY=FR", "2026-11-27"),
            ("every thursday", "FREQ=WEEKLY;BYDAY=TH", "2026-11-26"),
            ("every thursday 9am", "FREQ=WEEKLY;BYDAY=TH", "2026-12-03"),
            ("every fri, mon and wed", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "2026-11-27"),
            ("every second tue", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-12-01"),
            ("every other week on mon", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2026-11-30"),
            ("every fortnight", "FREQ=WEEKLY;INTERVAL=2", "2026-11-26"),
            ("fortnightly on mon", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2026-11-30"),
            ("each month", "FREQ=MONTHLY", "2026-11-26"),
            ("every month on the 1st at 9am", "FREQ=MONTHLY;BYMONTHDAY=1", "2026-12-01"),
            ("every 15th", "FREQ=MONTHLY;BYMONTHDAY=15", "2026-12-15"),
            ("every month on the last day", "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30"),
            ("every month on the 31st", "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30"),
            ("every month on the 30th", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", "2026-11-30"),
            ("every month on the first fri", "FREQ=MONTHLY;BYDAY=1FR", "2026-12-04"),
            ("every month on the last thu", "FREQ=MONTHLY;BYDAY=-1TH", "2026-11-26"),
            ("every last friday", "FREQ=MONTHLY;BYDAY=-1FR", "2026-11-27"),
            ("every last thu 9am", "FREQ=MONTHLY;BYDAY=-1TH", "2026-12-31"),
            ("every first mon of the month", "FREQ=MONTHLY;BYDAY=1MO", "2026-12-07"),
            ("every dec 31", "FREQ=YEARLY", "2026-12-31"),
            ("every 31 dec 5pm", "FREQ=YEARLY", "2026-12-31"),
            ("every 31st of December", "FREQ=YEARLY", "2026-12-31"),
            ("every quarter", "FREQ=MONTHLY;INTERVAL=3", "2026-11-26"),
            ("every year on 25 dec", "FREQ=YEARLY", "2026-12-25"),
            ("monthly from 5 dec", "FREQ=MONTHLY", "2026-12-05"),
            ("every week starting fri", "FREQ=WEEKLY", "2026-11-27"),
        ] {
            let quick = read_now(&format!("Pay rent {text}"));
            let read = (quick.title.as_str(), quick.repeat.as_deref(), quick.due_day.map(|day| day.to_string()));
            assert_eq!(read, ("Pay rent", Some(rule), Some(day.to_owned())), "{text}");
        }
    }

    #[test]
    fn rules_in_words() {
        for (text, words) in [
            ("every 3 days", "Every 3 days, from Thursday 26 November"),
            ("every weekday", "Every weekday, from Thursday 26 November"),
            ("every fri and mon 9am", "Every Monday and Friday, from Friday 27 November, 9:00 am"),
            ("every 2 weeks on mon", "Every 2 weeks on Monday, from Monday 30 November"),
            ("every month on the 22nd", "Every month on the 22nd, from Tuesday 22 December"),
            ("every month on the last day", "Every month on the last day, from Monday 30 November"),
            ("every quarter on the first fri", "Every 3 months on the 1st Friday, from Friday 4 December"),
            ("every year on 13 jan", "Every year, from Wednesday 13 January 2027"),
        ] {
            let spans: Vec<_> = read_now(text).spans.into_iter().map(|span| span.words).collect();
            assert_eq!(spans, [words], "{text}");
        }
    }

    fn dates() -> impl Strategy<Value = Date> {
        (0_i32..40_000).prop_map(|days| date(2000, 1, 1) + days.days())
    }

    fn times() -> impl Strategy<Value = Time> {
        (0_i8..24, 0_i8..60).prop_map(|(hour, minute)| time(hour, minute, 0, 0))
    }

    /// The first day from one on, day by day.
    fn first(from: Date, is: impl Fn(Date) -> bool) -> Date {
        from.series(1.day()).find(|day| is(*day)).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn a_weekday_is_the_next_such_day(today in dates(), now in times(), at in times()) {
            let clock = at.strftime("%H:%M");
            for (name, weekday, _) in WEEK {
                let is = |day: Date| day.weekday() == weekday;
                let tomorrow = today.tomorrow().unwrap();
                let coming = first(tomorrow, is);
                for word in [name, &name[..3]] {
                    prop_assert_eq!(read(&format!("x {word}"), today, now).due_day, Some(coming));
                    prop_assert_eq!(read(&format!("x {word} week"), today, now).due_day, Some(coming + 7.days()));
                    let from = if at > now { today } else { tomorrow };
                    let quick = read(&format!("x {word} {clock}"), today, now);
                    prop_assert_eq!((quick.due_day, quick.due_time), (Some(first(from, is)), Some(at)));
                    let sunday = first(today, |day| day.weekday() == Weekday::Sunday);
                    let next = first(sunday.tomorrow().unwrap(), is);
                    prop_assert_eq!(read(&format!("next {word} x"), today, now).due_day, Some(next));
                }
            }
        }

        #[test]
        fn a_date_is_read_however_it_is_written(today in dates(), day in dates(), now in times(), at in times()) {
            for form in ["%d/%m/%Y", "%-d/%-m/%Y", "%Y-%m-%d", "%-d %b %Y", "%B %-d, %Y", "%A %-d %B %Y", "%a, %-d %b %Y"] {
                for clock in ["%H:%M", "%-I:%M%P", "%-I:%M %p", "%I.%M%p", "at %H:%M"] {
                    let text = day.to_datetime(at).strftime(&format!("x {form} {clock} y")).to_string();
                    let quick = read(&text, today, now);
                    prop_assert_eq!((quick.due_day, quick.due_time), (Some(day), Some(at)), "{}", text);
                    prop_assert_eq!(quick.title, "x y");
                }
            }
            let coming = first(today, |one| (one.month(), one.day()) == (day.month(), day.day()));
            for form in ["%d/%m", "%-d %b", "%B %-d"] {
                prop_assert_eq!(read(&day.strftime(&format!("x {form}")).to_string(), today, now).due_day, Some(coming));
            }
            let of_month = first(today, |one| one.day() == day.day());
            prop_assert_eq!(read(&format!("x on the {}th", day.day()), today, now).due_day, Some(of_month));
        }

        #[test]
        fn what_is_read_was_written(today in dates(), now in times(), ahead in 1_i32..300, at in times()) {
            // The words of a span are read as the same.
            let day = today + ahead.days();
            let text = format!("{} {}", day.strftime("%d/%m/%Y"), at.strftime("%H:%M"));
            let words = read(&text, today, now).spans.remove(0).words;
            let again = read(&words, today, now);
            prop_assert_eq!((again.due_day, again.due_time, again.title), (Some(day), Some(at), String::new()), "{}", words);
        }

        #[test]
        fn a_time_alone_is_still_to_come(today in dates(), now in times(), at in times()) {
            let quick = read(&at.strftime("x %H:%M").to_string(), today, now);
            let due = quick.due_day.unwrap().to_datetime(at);
            prop_assert!(due > today.to_datetime(now) && due <= today.to_datetime(now) + 1.day());
        }

        /// By another’s reckoning: the first day is the rule’s own first, and nothing before it from now on is.
        #[test]
        fn the_first_day_is_of_the_rule(
            today in dates(),
            now in times(),
            at in times(),
            text in prop::sample::select(vec![
                "every day", "every weekday", "every mon", "every tue, sat and sun", "every month on the 1st", "every month on the 29th",
                "every month on the 30th", "every month on the 31st", "every month on the last day", "every month on the 2nd fri",
                "every month on the last sun", "every 15th", "weekly on wed",
            ]),
        ) {
            let quick = read(&format!("{text} {}", at.strftime("%H:%M")), today, now);
            let start = today.to_datetime(now).strftime("%Y%m%dT%H%M%SZ");
            let hour = at.strftime("BYHOUR=%-H;BYMINUTE=%-M;BYSECOND=0");
            let set: RRuleSet = format!("DTSTART:{start}\nRRULE:{};{hour}", quick.repeat.clone().unwrap()).parse().unwrap();
            let from_now = set.all(2).dates;
            let is_later = |one: &String| *one > today.to_datetime(now).strftime("%Y-%m-%dT%H:%M").to_string();
            let expected = from_now.iter().map(|one| one.format("%Y-%m-%dT%H:%M").to_string()).find(is_later);
            let due = quick.due_day.unwrap().to_datetime(at).strftime("%Y-%m-%dT%H:%M").to_string();
            prop_assert_eq!(Some(due), expected, "{}", text);
        }
    }
}
