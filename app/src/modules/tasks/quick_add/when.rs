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
//! - `eow`, `end of week`: its Friday, at a weekend the Friday after. `eom`, `end of month`, `end of next month`, `end of march`: the last day. `eoy`,
//!   `end of year`: 31 December. These count where a weekday does: there are end of month reports.
//! - `this weekend`: its Saturday, on a Sunday that Sunday. `next weekend`: the Saturday of next week.
//!
//! First days: `start mon due fri`, `from 28 dec to 3 jan`, `mon - fri`. A weekday at the end is the first one after the first day.
//!
//! Words that are also words of titles count only where they stand apart. A weekday (“sun hat”), a day and a month without year (“1/2”),
//! a month before its day and “5 may” count at the end of the text, beside a time, or after “by”, “on”, “due” or “before”; a weekday
//! after “for” too, and never after “the” or “a”. “The 1st” counts at the end or beside a time only, and “24/7” only after such a word.
//!
//! Times: `3pm`, `9.30am`, `15:30`, `noon`, `midnight` (the day’s last minute), `eod` and `cob` (5 pm). After a day also `at 9` (from 7 to
//! 11 in the morning, else after noon), and `morning` (9 am), `arvo` or `afternoon` (3 pm), `evening` (6 pm) and `night` (8 pm).
//! Without a day `morning`, `arvo` and `afternoon` count at the end alone, and after a word: “call Sam arvo”. `2pm-3pm`, `2 to 3pm` and
//! `between 10 and 11am` are from when until when, on one day.
//!
//! Rules: `every 2 weeks on mon`, `monthly`, `every mon to fri`; `every last fri`, `every first fri` and `every last day` are of each month, `every 31 dec`
//! is of each year. `until 31 mar` is a rule’s end, and `except sunday` takes days of the week from it. Where something else is left out, it isn’t read.

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
    /// When it begins.
    pub start: Option<(Date, Option<Time>)>,
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
    /// The first of several days.
    start: Option<Day>,
    /// When it begins, on the first of several days or on the only one.
    start_time: Option<Time>,
    /// The day is said to be the last of something.
    is_end: bool,
    /// The last day of the rule.
    end: Option<Date>,
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
        let of_time = dated.filter(|phrase| phrase.time.is_some()).or(timed);
        let time = of_time.and_then(|phrase| phrase.time).map(Clock::time);
        let first = dated.and_then(|phrase| phrase.start);
        let begins = if first.is_some() { dated } else { of_time }.and_then(|phrase| phrase.start_time);

        let repeat = dated.and_then(|phrase| phrase.repeat.as_ref());
        // One that has begun isn’t to come.
        let at = begins.or(time);
        let first = match first {
            Some(first) => Some(self.on(first, begins)?),
            None => None,
        };
        let day = match (dated.and_then(|phrase| phrase.day), repeat) {
            (Some(Day::Next(weekday, weeks)), _) if first.is_some() => next_after(first?, weekday, weeks)?,
            (Some(day), Some(repeat)) => first_from(repeat, self.on(day, at)?)?,
            (Some(day), _) => self.on(day, at)?,
            (None, Some(repeat)) => self.first(repeat, at)?,
            // A time alone.
            (None, None) if self.is_gone(at?) => self.plus(1)?,
            (None, None) => self.today,
        };
        if first.is_some_and(|first| first > day) {
            return None;
        }
        let start = first.map(|first| (first, begins)).or(begins.map(|begins| (day, Some(begins))));
        let places = [dated, timed].into_iter().flatten().flat_map(|phrase| phrase.from..phrase.until).collect();
        let words = self.span_written(start, day, time);
        let end = dated.and_then(|phrase| phrase.end);
        let ends = end.map_or_else(String::new, |end| format!(" until {}", self.written(end, None)));
        let words = repeat.map_or_else(|| words.clone(), |repeat| format!("{}{ends}, from {words}", repeat.words()));
        let until = end.map_or_else(String::new, |end| end.strftime(";UNTIL=%Y%m%d").to_string());
        let rule = repeat.map(|repeat| repeat.rule() + &until);
        Some(When { places, day, time, start, rule, words })
    }

    fn phrases(&self) -> Vec<Phrase> {
        let mut phrases = Vec::new();
        let mut at = 0;
        while at < self.end {
            let start = Phrase { from: at, until: at, ..Phrase::default() };
            let longest = iter::successors(self.longer(&start), |phrase| self.longer(phrase)).last();
            at = longest.as_ref().map_or(at + 1, |phrase| phrase.until);
            if longest.as_ref().is_some_and(|phrase| self.is_cut_short(phrase)) {
                break;
            }
            phrases.extend(longest);
        }
        phrases
    }

    /// What its rule leaves out, or how it ends, isn’t understood: the rule would have days that nobody means.
    fn is_cut_short(&self, phrase: &Phrase) -> bool {
        let at = self.after_comma(phrase.until);
        let leaves_out = || exception(self.words.get(at..).unwrap_or_default()).is_some();
        let ends =
            || matches!(self.words.get(at), Some(&("to" | "until" | "till" | "til"))) && self.any_day(at + 1).is_some();
        phrase.repeat.is_some() && (leaves_out() || ends())
    }

    /// A phrase with what follows it, if that belongs to it.
    fn longer(&self, phrase: &Phrase) -> Option<Phrase> {
        let at = if phrase.until > phrase.from { self.after_comma(phrase.until) } else { phrase.until };
        if let Some(repeat) = &phrase.repeat
            && let Some(lead) = exception(self.words.get(at..)?)
        {
            let (days, length) = left_out(self.words.get(at + lead..)?);
            let repeat = Some(repeat.without(&days)?);
            return Some(Phrase { repeat, until: at + lead + length, ..phrase.clone() });
        }
        if phrase.repeat.is_some() && phrase.day.is_some() && self.words.get(at) == Some(&"to") {
            return self.ended(phrase, at + 1);
        }
        if let Some(longer) = self.with_days(phrase, at) {
            return Some(longer);
        }
        let (lead, at) = self.lead(at);
        let mut longer = phrase.clone();
        let length;
        // “Closed from Monday” is no date, “every week from Monday” is.
        let starts = matches!(lead, Some("from" | "starting"));
        let is_end = matches!(lead, Some("until" | "till" | "til"));
        if phrase.repeat.is_some() && is_end {
            return self.ended(phrase, at);
        }
        if phrase.repeat.is_none()
            && phrase.start.is_none()
            && let Some((repeat, words)) = self.repeat(at, phrase.time.is_some())
        {
            (longer.repeat, length) = (Some(repeat), words);
            // “Until 31 March every Tuesday.”
            if let Some(day) = phrase.day.filter(|_| phrase.is_end) {
                (longer.day, longer.end) = (None, Some(self.on(day, None)?));
            }
        } else if phrase.time.is_none()
            && phrase.start.is_none()
            && let Some((from, until, words)) = self.times(at)
        {
            (longer.start_time, longer.time, length) = (Some(from), Some(Clock::At(until)), words);
        } else if phrase.day.is_none()
            && (phrase.repeat.is_some() || !starts)
            && let Some((day, time, words)) = self.day(at, lead, phrase.time.is_some())
        {
            (longer.day, longer.is_end, length) = (Some(day), is_end, words);
            longer.time = phrase.time.or(time);
        } else {
            let (time, words) = self.time(at, lead, phrase).filter(|_| !starts)?;
            (longer.time, length) = (Some(time), words);
        }
        longer.until = at + length;
        Some(longer)
    }

    /// A phrase with a rule, and the last day of that.
    fn ended(&self, phrase: &Phrase, at: usize) -> Option<Phrase> {
        let (day, time, length) = self.day(at, Some("until"), false)?;
        let end = Some(self.on(day, None)?);
        (phrase.end.is_none() && time.is_none()).then(|| Phrase { end, until: at + length, ..phrase.clone() })
    }

    /// A phrase with the first and the last of several days: “start mon due fri”, “from 28 dec to 3 jan”, “due fri start mon”.
    fn with_days(&self, phrase: &Phrase, at: usize) -> Option<Phrase> {
        if phrase.repeat.is_some() || phrase.start.is_some() || phrase.start_time.is_some() {
            return None;
        }
        let word = |at: usize| self.words.get(at).copied();
        let after = |at: usize, of: &[&str]| at + usize::from(word(at).is_some_and(|word| of.contains(&word)));
        let begins = after(at, &["from", "start", "starts", "starting"]);
        let is_said = begins > at;
        let next = after(begins, &["on"]);
        let (start, length, needs) = self.any_day(next)?;
        let mut next = next + length;
        if phrase.day.is_some() {
            let stands = is_said && !phrase.is_end && self.has_room(next);
            return stands.then(|| Phrase { start: Some(start), until: next, ..phrase.clone() });
        }
        let mut start_time = None;
        if let Some((time, length)) = self.exact(after(next, &["at"])) {
            (start_time, next) = (Some(time), after(next, &["at"]) + length);
        }
        let at = self.after_comma(next);
        let is_due = is_said && word(at) == Some("due");
        let joined = if is_due { at + 1 } else { after(at, &["to", "until", "till", "til", "-", "–"]) };
        let last = after(joined, &["on", "by"]);
        let (day, length, last_needs) = self.any_day(last).filter(|_| joined > at)?;
        let until = last + length;
        // “Floors 1st to 5th” are no days.
        let alone = |needs| matches!(needs, Needs::Nothing | Needs::RoomOrLead);
        let stands = (is_said || (alone(needs) && alone(last_needs))) && (is_due || self.has_room(until));
        stands.then(|| Phrase { start: Some(start), start_time, day: Some(day), until, ..phrase.clone() })
    }

    /// A day, what it needs to be one, and how many words say so. A month alone is none.
    fn any_day(&self, at: usize) -> Option<(Day, usize, Needs)> {
        let words = self.words.get(at..)?;
        match self.said(words) {
            Some((day, None, length)) => Some((day, length, Needs::Nothing)),
            Some(_) => None,
            None => self.dated(words).filter(|(.., needs)| *needs != Needs::Lead),
        }
    }

    /// The last of up to two words that lead to a day or a time, and what is after them.
    fn lead(&self, at: usize) -> (Option<&str>, usize) {
        let is_lead = |word: &&str| {
            matches!(
                *word,
                "on" | "at" | "by" | "due" | "before" | "for" | "from" | "starting" | "until" | "till" | "til"
            )
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
        until >= self.end || self.exact(next).is_some() || self.times(next).is_some() || self.is_part_alone(next)
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
            ["this", "weekend", ..] => (self.of_week(5, 0).map(|saturday| saturday.max(self.today))?, 2),
            ["next", "weekend", ..] => (self.of_week(5, 1)?, 2),
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
                (self.of_week(weekday.to_monday_zero_offset(), 1)?, 2)
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
        if let Some((day, length)) = self.end_of(words) {
            return Some((Day::On(day), length, Needs::RoomOrLead));
        }
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

    /// “eow”, “the end of next month”, “end of March”.
    fn end_of(&self, words: &[&str]) -> Option<(Date, usize)> {
        let friday = |weeks: i64| {
            let friday = self.of_week(4, weeks)?;
            if weeks == 0 && friday < self.today { self.of_week(4, 1) } else { Some(friday) }
        };
        let rest = match words {
            ["eow", ..] => return Some((friday(0)?, 1)),
            ["eom", ..] => return Some((self.today.last_of_month(), 1)),
            ["eoy", ..] => return Some((self.today.last_of_year(), 1)),
            ["the", "end", "of", rest @ ..] | ["end", "of", rest @ ..] => rest,
            _ => return None,
        };
        let before = words.len() - rest.len();
        let (ahead, which) = match rest {
            ["next", ..] => (1, 1),
            ["the" | "this", ..] => (0, 1),
            _ => (0, 0),
        };
        let last = match rest.get(which..)? {
            ["week", ..] => friday(ahead)?,
            ["month", ..] => self.months(ahead)?.last_of_month(),
            ["year", ..] => self.months(12 * ahead)?.last_of_year(),
            [name, after @ ..] if which == 0 => {
                let month = month(name)?;
                let last = |year| Date::new(year, month, 1).ok().map(Date::last_of_month);
                if let Some(year) = after.first().and_then(|word| year(word)) {
                    return Some((last(year)?, before + 2));
                }
                let mut years = [self.today.year(), self.today.year().checked_add(1)?].into_iter().filter_map(last);
                years.find(|last| *last >= self.today)?
            }
            _ => return None,
        };
        Some((last, before + which + 1))
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

    /// “2pm-3pm”, “2 to 3pm”, “between 10 and 11am”: from when until when, and how many words say so.
    fn times(&self, at: usize) -> Option<(Time, Time, usize)> {
        let words = self.words.get(at..)?;
        let first = words.first()?;
        if let Some((from, until)) = first.split_once(['-', '–']) {
            let rest = [&[until][..], words.get(1..2).unwrap_or_default()].concat();
            let (until, length) = hour(&rest)?;
            let (from, _) = hour(&[from])?;
            let (from, until) = from_until(from, until)?;
            return Some((from, until, length));
        }
        let between = usize::from(*first == "between");
        let (from, length) = hour(words.get(between..)?)?;
        let joint = between + length;
        let is_range = match *words.get(joint)? {
            "and" => between == 1,
            "to" | "until" | "till" | "-" | "–" => between == 0,
            _ => false,
        };
        let (until, length) = hour(words.get(joint + 1..)?).filter(|_| is_range)?;
        let (from, until) = from_until(from, until)?;
        Some((from, until, joint + 1 + length))
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

    /// A day as a date: with a time, one that is still to come.
    fn on(&self, day: Day, time: Option<Time>) -> Option<Date> {
        match day {
            Day::On(day) => Some(day),
            Day::Next(weekday, weeks) => self.next(weekday, weeks, time),
        }
    }

    fn next(&self, weekday: Weekday, weeks: i64, time: Option<Time>) -> Option<Date> {
        let ahead = i64::from(weekday.since(self.today.weekday()));
        let today = ahead == 0 && time.is_some_and(|time| !self.is_gone(time));
        self.plus(if ahead == 0 && !today { 7 } else { ahead } + 7 * weeks)
    }

    /// The first day from today on that a rule has; today only if its time is still to come.
    fn first(&self, repeat: &Repeat, time: Option<Time>) -> Option<Date> {
        first_from(repeat, self.plus(i64::from(time.is_some_and(|time| self.is_gone(time))))?)
    }

    /// A day of this week, or of one so many weeks later: 0 is its Monday.
    fn of_week(&self, day: i8, weeks: i64) -> Option<Date> {
        let today = self.today.weekday().to_monday_zero_offset();
        self.plus(i64::from(day) - i64::from(today) + 7 * weeks)
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

    /// “Friday 27 November, 2:00 pm to 3:00 pm”, “Monday 30 November to Friday 4 December”.
    fn span_written(&self, start: Option<(Date, Option<Time>)>, day: Date, time: Option<Time>) -> String {
        match (start, time) {
            (None, _) => self.written(day, time),
            (Some((first, begins)), Some(time)) if first == day => {
                format!("{} to {}", self.written(first, begins), time.strftime("%-I:%M %P"))
            }
            (Some((first, begins)), _) => format!("{} to {}", self.written(first, begins), self.written(day, time)),
        }
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
    /// Without some days of the week. `None`: it is no rule of days of the week, or none is left.
    fn without(&self, days: &[Weekday]) -> Option<Self> {
        let all: Vec<Weekday> = match (self.unit, &self.on) {
            (Unit::Day, On::Any) => WEEK.iter().map(|(_, weekday, _)| *weekday).collect(),
            (Unit::Week, On::Weekdays(weekdays)) => weekdays.clone(),
            _ => return None,
        };
        let left: Vec<Weekday> = all.into_iter().filter(|weekday| !days.contains(weekday)).collect();
        let stands = self.every == 1 && !days.is_empty() && !left.is_empty();
        stands.then_some(Self { every: 1, unit: Unit::Week, on: On::Weekdays(left) })
    }

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
        return Some((Repeat { every: 1, unit: Unit::Month, on }, 2 + of_month(rest)));
    }
    if let ["last", "day", rest @ ..] = words {
        return Some((Repeat { every: 1, unit: Unit::Month, on: On::MonthDay(-1) }, 2 + of_month(rest)));
    }
    if part_of_day(words).is_some() {
        // The part is read as the time.
        return Some((Repeat { every: 1, unit: Unit::Day, on: On::Any }, 0));
    }
    each(1, words)
}

/// How many words are “of the month”.
fn of_month(words: &[&str]) -> usize {
    match words {
        ["of", "the" | "each" | "every", "month", ..] => 3,
        ["of", "month", ..] => 2,
        _ => 0,
    }
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
        let Some((some, words)) = rest.get(between..).and_then(some_weekdays) else { break };
        weekdays.extend(some);
        length = length + between + words;
    }
    weekdays.sort_by_key(|weekday| weekday.to_monday_zero_offset());
    weekdays.dedup();
    (weekdays, length)
}

/// “mon”, “mon to fri”, “mon-fri”, and how many words say so.
fn some_weekdays(words: &[&str]) -> Option<(Vec<Weekday>, usize)> {
    let first = words.first()?;
    let (from, until, length) = match (first.split_once(['-', '–']), words) {
        (Some((from, until)), _) => (weekday(from)?, weekday(until)?, 1),
        (None, [_, "to" | "-" | "–", until, ..]) if weekday(until).is_some() => (weekday(first)?, weekday(until)?, 3),
        (None, _) => (weekday(first)?, weekday(first)?, 1),
    };
    Some(((0..=until.since(from)).map(|days| from.wrapping_add(days)).collect(), length))
}

/// How many words say that something is left out.
fn exception(words: &[&str]) -> Option<usize> {
    match words {
        ["except" | "excluding", "for" | "on", ..]
        | ["but", "not", ..]
        | ["apart" | "aside", "from", ..]
        | ["other", "than", ..] => Some(2),
        ["except" | "excluding", ..] => Some(1),
        _ => None,
    }
}

/// What is left out: “sunday”, “saturdays and sundays”, “the weekend”; and how many words say so.
fn left_out(words: &[&str]) -> (Vec<Weekday>, usize) {
    let (mut days, mut length) = (Vec::new(), 0);
    loop {
        let rest = words.get(length..).unwrap_or_default();
        let between = rest.iter().take_while(|word| matches!(**word, "," | "and" | "&" | "or" | "on" | "the")).count();
        match rest.get(between).map(|word| singular(word)) {
            Some("weekend") => days.extend([Weekday::Saturday, Weekday::Sunday]),
            Some(word) if weekday(word).is_some() => days.extend(weekday(word)),
            _ => return (days, length),
        }
        length = length + between + 1;
    }
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

/// “3pm”, “3 pm”, “3:30”, “3”: its number and half of the day, and how many words say so.
fn hour<'w>(words: &[&'w str]) -> Option<((&'w str, Option<&'w str>), usize)> {
    let first = words.first()?;
    let half = ["am", "pm"].into_iter().find_map(|half| Some((first.strip_suffix(half)?, Some(half))));
    match (half, words.get(1).copied()) {
        (Some(half), _) => Some((half, 1)),
        (None, Some(half @ ("am" | "pm"))) => Some(((*first, Some(half)), 2)),
        (None, _) => Some(((*first, None), 1)),
    }
}

/// From when until when. The first has the half of the day of the second, unless it is the other one: “11-1pm”. Over midnight it is no time of one day.
fn from_until(from: (&str, Option<&str>), until: (&str, Option<&str>)) -> Option<(Time, Time)> {
    let end = clock(until.0, until.1)?;
    let halves = match (from.1, until.1) {
        (None, Some(_)) => vec![Some("pm"), Some("am")],
        (half, _) => vec![half],
    };
    let start = halves.into_iter().filter_map(|half| clock(from.0, half)).find(|start| *start < end)?;
    Some((start, end))
}

/// The first day from one on that a rule has.
fn first_from(repeat: &Repeat, from: Date) -> Option<Date> {
    let mut days = (0..=62).filter_map(|days| from.checked_add(Span::new().try_days(days).ok()?).ok());
    days.find(|day| repeat.has(*day))
}

/// The first such day after another, and so many weeks later.
fn next_after(first: Date, weekday: Weekday, weeks: i64) -> Option<Date> {
    let ahead = i64::from(weekday.since(first.weekday()));
    let days = if ahead == 0 { 7 } else { ahead } + 7 * weeks;
    first.checked_add(Span::new().try_days(days).ok()?).ok()
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

    /// When it begins, and when it is due.
    fn spanned(text: &str) -> String {
        let quick = read_now(text);
        let shown = |day: Option<Date>, at: Option<Time>| {
            let at = at.map_or_else(String::new, |at| at.strftime(" %H:%M").to_string());
            day.map_or_else(|| "-".to_owned(), |day| format!("{day}{at}"))
        };
        let (start, due) = (shown(quick.start_day, quick.start_time), shown(quick.due_day, quick.due_time));
        format!("{} | {start} | {due}", quick.title)
    }

    #[test]
    fn ends_of_weeks_months_and_years() {
        for (text, expected) in [
            ("send it eow", "send it | 2026-11-27"),
            ("send it by the end of the week", "send it | 2026-11-27"),
            ("send it end of next week 3pm", "send it | 2026-12-04 | 15:00"),
            ("send it eom", "send it | 2026-11-30"),
            ("send it at the end of month", "send it | 2026-11-30"),
            ("send it by end of next month", "send it | 2026-12-31"),
            ("send it by end of february", "send it | 2027-02-28"),
            ("send it by end of february 2028", "send it | 2028-02-29"),
            ("send it by end of november", "send it | 2026-11-30"),
            ("send it by eoy", "send it | 2026-12-31"),
            ("clean the shed this weekend", "clean the shed | 2026-11-28"),
            ("clean the shed next weekend", "clean the shed | 2026-12-05"),
            ("end of month report", "end of month report"),
            ("eow drinks", "eow drinks"),
            ("read to the end of it", "read to the end of it"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
        // Saturday and Sunday.
        for (day, weekend) in [(28, 28), (29, 29)] {
            let due = |text| read(text, date(2026, 11, day), time(10, 0, 0, 0)).due_day;
            assert_eq!(due("x eow"), Some(date(2026, 12, 4)));
            assert_eq!(due("x this weekend"), Some(date(2026, 11, weekend)));
            assert_eq!(due("x next weekend"), Some(date(2026, 12, 5)));
        }
    }

    #[test]
    fn from_when_until_when() {
        for (text, expected) in [
            ("meet Sam fri 2pm-3pm", "meet Sam | 2026-11-27 14:00 | 2026-11-27 15:00"),
            ("meet Sam fri 2–3pm", "meet Sam | 2026-11-27 14:00 | 2026-11-27 15:00"),
            ("meet Sam 11 - 1 pm tomorrow", "meet Sam | 2026-11-27 11:00 | 2026-11-27 13:00"),
            ("meet Sam from 2pm to 3.30pm", "meet Sam | 2026-11-26 14:00 | 2026-11-26 15:30"),
            // At ten, half past nine is gone.
            ("meet Sam between 9:30 and 10:30", "meet Sam | 2026-11-27 09:30 | 2026-11-27 10:30"),
            ("start mon due fri", " | 2026-11-30 | 2026-12-04"),
            ("paint from mon 9am to wed 5pm", "paint | 2026-11-30 09:00 | 2026-12-02 17:00"),
            ("paint due fri start mon", "paint | 2026-11-30 | 2026-12-04"),
            ("close the shop 28 dec - 3 jan", "close the shop | 2026-12-28 | 2027-01-03"),
            ("paint mon to mon", "paint | 2026-11-30 | 2026-12-07"),
            ("paint from the 1st to the 5th", "paint | 2026-12-01 | 2026-12-05"),
            // What is no span stays to be seen.
            ("meet Sam 3pm-2pm", "meet Sam 3pm-2pm | - | -"),
            ("clean floors 1st to 5th", "clean floors 1st to 5th | - | -"),
            ("paint from 5 dec to 2 dec", "paint from 5 dec to 2 dec | - | -"),
        ] {
            assert_eq!(spanned(text), expected, "{text}");
        }
        for (text, words) in [
            ("fri 2pm-3pm", "Friday 27 November, 2:00 pm to 3:00 pm"),
            ("start mon due fri 5pm", "Monday 30 November to Friday 4 December, 5:00 pm"),
        ] {
            assert_eq!(read_now(text).spans[0].words, words);
        }
        let quick = read_now("standup every mon 9-9.30am");
        assert_eq!((quick.start_time, quick.due_time), (Some(time(9, 0, 0, 0)), Some(time(9, 30, 0, 0))));
        assert_eq!((quick.start_day, quick.repeat.as_deref()), (quick.due_day, Some("FREQ=WEEKLY;BYDAY=MO")));
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
            ("every tue until 31 mar", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270331", "2026-12-01"),
            ("until 31 mar every tue", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270331", "2026-12-01"),
            // The first of February is a Monday.
            ("every tue from 1 feb to 31 mar 9am", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270331", "2027-02-02"),
            ("every day except sunday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA", "2026-11-26"),
            ("every day at 9am except for weekends", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-27"),
            ("every weekday but not wednesdays or fridays", "FREQ=WEEKLY;BYDAY=MO,TU,TH", "2026-11-26"),
            ("every mon to fri", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-26"),
            ("every sat-mon", "FREQ=WEEKLY;BYDAY=MO,SA,SU", "2026-11-28"),
            ("every last day of the month", "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30"),
        ] {
            let quick = read_now(&format!("Pay rent {text}"));
            let read = (quick.title.as_str(), quick.repeat.as_deref(), quick.due_day.map(|day| day.to_string()));
            assert_eq!(read, ("Pay rent", Some(rule), Some(day.to_owned())), "{text}");
        }
    }

    /// What a rule leaves out is understood, or the rule isn’t: never are there days that nobody means.
    #[test]
    fn rules_that_are_not_understood_are_not_read() {
        for text in [
            "clean every day except 25 dec",
            "clean every day except public holidays",
            "clean every month except sunday",
        ] {
            assert_eq!(told(text), text);
        }
        assert_eq!(told("wait every tue until it rains"), "wait until it rains | 2026-12-01 | FREQ=WEEKLY;BYDAY=TU");
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
            ("every tue until 31 mar", "Every Tuesday until Wednesday 31 March 2027, from Tuesday 1 December"),
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
