//! When a task repeats: rules of repetition (RFC 5545, 3.3.10) in whole days of the organisation’s own calendar. What
//! a rule’s days are is reckoned by `rrule`; here is what it asks for, what keeps it short, and what comes after a task
//! that is done.
//!
//! Of the standard are taken days, weeks, months and years; `RSCALE=GREGORIAN;SKIP=BACKWARD` (RFC 7529) takes a month’s
//! last day where it has no 31st. A rule is followed for a hundred years from its series’ first day, and no further.

use std::{collections::BTreeSet, fmt::Write as _};

use chrono::Datelike as _;
use jiff::{
    Span, Timestamp, ToSpan as _,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use rrule::{Frequency, NWeekday, RRule, RRuleSet, RRuleSetIter, Tz};

mod words;

#[cfg(test)]
mod tests;

/// The longest rule that is read, in bytes.
pub const MOST_BYTES: usize = 1000;

/// The longest interval.
pub const MOST_INTERVAL: u16 = 366;

/// The most times in one series.
pub const MOST_TIMES: u32 = 9999;

/// How many years a rule is followed, from its series’ first day.
const YEARS: i32 = 100;

const WEEK: [(&str, Weekday, &str); 7] = [
    ("MO", Weekday::Monday, "Monday"),
    ("TU", Weekday::Tuesday, "Tuesday"),
    ("WE", Weekday::Wednesday, "Wednesday"),
    ("TH", Weekday::Thursday, "Thursday"),
    ("FR", Weekday::Friday, "Friday"),
    ("SA", Weekday::Saturday, "Saturday"),
    ("SU", Weekday::Sunday, "Sunday"),
];

/// The names of the months, and the most days each has.
const MONTHS: [(&str, i8); 12] = [
    ("January", 31),
    ("February", 29),
    ("March", 31),
    ("April", 30),
    ("May", 31),
    ("June", 30),
    ("July", 31),
    ("August", 31),
    ("September", 30),
    ("October", 31),
    ("November", 30),
    ("December", 31),
];

const UNREADABLE: &str = "This rule can’t be read. Write it like FREQ=WEEKLY;BYDAY=FR.";
const PARTS: &str =
    "A rule is made of FREQ, INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, COUNT, UNTIL, WKST, RSCALE and SKIP.";
const INTERVAL: &str = "Choose an interval from 1 to 366.";
const TIMES: &str = "Choose a number of times from 1 to 9,999.";
const NUMBERED: &str =
    "Number weekdays from 1 to 5 or -1 to -4 in months, from 1 to 53 or -1 to -52 in years, and not otherwise.";
const NEVER: &str = "No day fits this rule. Choose other days.";

/// A rule of repetition that some day fits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    every: Every,
    interval: u16,
    /// In order, each once; so are the others.
    months: Vec<u8>,
    /// 1 to 31, or −1 to −31 from a month’s end.
    month_days: Vec<i8>,
    weekdays: Vec<Nth>,
    /// Which of a period’s days are taken, from 1, or from −1 at its end.
    places: Vec<i16>,
    /// A day that a month hasn’t is its last day.
    to_month_end: bool,
    week_starts: Weekday,
    ends: Ends,
}

/// When a series is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Ends {
    /// It isn’t.
    #[default]
    Never,
    /// After this day, which may be its last.
    Until(Date),
    /// When it was so many times, 1 to [`MOST_TIMES`].
    After(u32),
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Every {
    Day,
    Week,
    Month,
    Year,
}

/// Every such weekday (0), or a period’s nth, from its end if that is below 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Nth {
    nth: i8,
    day: Weekday,
}

/// What a form lets people choose. [`Rule::from_form`] makes a rule of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Which of the fields below count.
    pub kind: Kind,
    /// Every so many days, weeks, months or years, 1 to 366. Nothing for [`Kind::Weekdays`].
    pub interval: i64,
    /// 1 for Monday to 7 for Sunday: for [`Kind::Weekly`] (none is the weekday of the first day) and
    /// [`Kind::MonthlyWeekday`].
    pub weekdays: Vec<u8>,
    /// 1 to 4, or −1 for the last: for [`Kind::MonthlyWeekday`].
    pub nth: i64,
    /// 1 to 31: for [`Kind::MonthlyDay`], where −1 is the last day, and [`Kind::Yearly`].
    pub month_day: i64,
    /// 1 to 12: for [`Kind::Yearly`].
    pub month: i64,
    /// When it is over.
    pub ends: Ends,
}

/// The rules that a form offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Every so many days.
    Daily,
    /// Monday to Friday.
    Weekdays,
    /// Every so many weeks, on some weekdays.
    Weekly,
    /// Every so many months, on a day of the month; in a month without it, on the last.
    MonthlyDay,
    /// Every so many months, on the nth of some weekday, or of several together.
    MonthlyWeekday,
    /// Every so many years, on a date.
    Yearly,
}

/// What the next task’s day is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The series’ first day, whenever a task is done.
    Schedule,
    /// The day that the last one was done.
    AfterCompletion,
}

/// How a task repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What is counted from.
    pub mode: Mode,
    /// The rule.
    pub rule: Rule,
    /// The series’ first day, the due day of its first task.
    pub start: Date,
    /// Days on which none is made.
    pub skipped: BTreeSet<Date>,
    /// How many were made, the first one too.
    pub made: i64,
    /// On schedule: whether those that were missed are made as well, one after the other, each overdue. Otherwise a task
    /// that is done late is followed by the first that isn’t due before the day it was done.
    pub catch_up: bool,
}

impl Kind {
    /// Every kind, in the order in which people choose.
    pub const ALL: [Self; 6] =
        [Self::Daily, Self::Weekdays, Self::Weekly, Self::MonthlyDay, Self::MonthlyWeekday, Self::Yearly];

    /// The word that the form sends.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekdays => "weekdays",
            Self::Weekly => "weekly",
            Self::MonthlyDay => "monthly_day",
            Self::MonthlyWeekday => "monthly_weekday",
            Self::Yearly => "yearly",
        }
    }

    /// The kind of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Daily => "Daily",
            Self::Weekdays => "Weekdays (Monday to Friday)",
            Self::Weekly => "Weekly",
            Self::MonthlyDay => "Monthly, on a day of the month",
            Self::MonthlyWeekday => "Monthly, on a weekday",
            Self::Yearly => "Yearly",
        }
    }
}

impl Mode {
    /// Both, in the order in which people choose.
    pub const ALL: [Self; 2] = [Self::Schedule, Self::AfterCompletion];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::AfterCompletion => "after_completion",
        }
    }

    /// The mode of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Schedule => "On schedule",
            Self::AfterCompletion => "After it is done",
        }
    }
}

impl Rule {
    /// A rule as the standard writes it, with or without `RRULE:` before it: `FREQ=MONTHLY;BYDAY=-1FR`.
    ///
    /// `UNTIL` is a date. A month or year without days (`FREQ=MONTHLY`) comes on the day of the series’ first, or on
    /// the last day of a month that is too short; [`Rule::show`] says so. Days that are written out are left out where
    /// there are none, as in the standard, unless the rule says `SKIP=BACKWARD`.
    ///
    /// # Errors
    /// A sentence for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > MOST_BYTES {
            return Err("This rule is too long. Write it in at most 1,000 characters.");
        }
        let text = text.trim().to_ascii_uppercase();
        let text = text.strip_prefix("RRULE:").unwrap_or(&text);
        let (mut parts, mut names) = (Written::default(), BTreeSet::new());
        for part in text.strip_suffix(';').unwrap_or(text).split(';') {
            let (name, value) = part.split_once('=').ok_or(UNREADABLE)?;
            if !names.insert(name) {
                return Err("This rule says something twice. Leave one out.");
            }
            parts.read(name, value)?;
        }
        parts.into_rule()
    }

    /// The rule of a form.
    ///
    /// # Errors
    /// A sentence for whoever chose.
    pub fn from_form(form: &Form) -> Result<Self, &'static str> {
        let week: Vec<Weekday> = WEEK.iter().map(|(_, day, _)| *day).collect();
        let chosen = || {
            let day = |number: &u8| week.get(usize::from(*number).checked_sub(1)?).copied();
            form.weekdays.iter().take(MOST_BYTES).map(day).collect::<Option<Vec<_>>>().ok_or("Choose days of the week.")
        };
        let every = |days: Vec<Weekday>| days.into_iter().map(|day| Nth { nth: 0, day }).collect::<Vec<_>>();
        let month_day = |least| {
            let day = i8::try_from(form.month_day).ok().filter(|day| (least..=31).contains(day) && *day != 0);
            day.ok_or("Choose a day from 1 to 31.")
        };
        let mut parts = Written { interval: Some(form.interval), ..Written::default() };
        match form.ends {
            Ends::Never => {}
            Ends::Until(last) => parts.until = Some(last),
            Ends::After(times) => parts.times = Some(times.into()),
        }
        match form.kind {
            Kind::Daily => parts.every = Some(Every::Day),
            Kind::Weekdays => {
                (parts.every, parts.interval) = (Some(Every::Week), None);
                parts.weekdays = every(week.iter().copied().take(5).collect());
            }
            Kind::Weekly => (parts.every, parts.weekdays) = (Some(Every::Week), every(chosen()?)),
            Kind::MonthlyDay => {
                (parts.every, parts.month_days) = (Some(Every::Month), vec![month_day(-1)?]);
                parts.to_month_end = Some(true);
            }
            Kind::MonthlyWeekday => {
                let nth = i8::try_from(form.nth).ok().filter(|nth| matches!(nth, -1 | 1..=4));
                let nth = nth.ok_or("Choose the first, second, third, fourth or last.")?;
                let mut days = every(chosen()?);
                match days.as_mut_slice() {
                    [] => return Err("Choose a day of the week."),
                    [only] => only.nth = nth,
                    _ => parts.places = vec![nth.into()],
                }
                (parts.every, parts.weekdays) = (Some(Every::Month), days);
            }
            Kind::Yearly => {
                let month = u8::try_from(form.month).ok().filter(|month| (1..=12).contains(month));
                let month = month.ok_or("Choose a month.")?;
                (parts.every, parts.months, parts.month_days) = (Some(Every::Year), vec![month], vec![month_day(1)?]);
                parts.to_month_end = Some(true);
                if month_days(month) < month_day(1)? {
                    return Err("That month has no such day. Choose another date.");
                }
            }
        }
        parts.into_rule()
    }

    /// What the form shows for this rule. `None` if the form can’t say it.
    pub fn to_form(&self) -> Option<Form> {
        let weekdays = self.weekdays.iter().map(|on| on.day.to_monday_one_offset().unsigned_abs()).collect();
        let form = Form {
            kind: match self.every {
                Every::Day => Kind::Daily,
                Every::Week => Kind::Weekly,
                Every::Month if self.weekdays.is_empty() => Kind::MonthlyDay,
                Every::Month => Kind::MonthlyWeekday,
                Every::Year => Kind::Yearly,
            },
            interval: self.interval.into(),
            weekdays,
            nth: self.places.first().map_or(self.weekdays.first().map_or(0, |on| on.nth.into()), |nth| (*nth).into()),
            month_day: self.month_days.first().map_or(0, |day| (*day).into()),
            month: self.months.first().map_or(0, |month| (*month).into()),
            ends: self.ends,
        };
        let weekdays = Form { kind: Kind::Weekdays, ..form.clone() };
        [weekdays, form].into_iter().find(|form| Self::from_form(form).is_ok_and(|rule| rule == *self))
    }

    /// The rule as the standard writes it, what needn’t be said left out. [`Rule::parse`] reads the same rule from it.
    pub fn show(&self) -> String {
        let mut text = String::new();
        if self.to_month_end {
            text.push_str("RSCALE=GREGORIAN;");
        }
        text.push_str(match self.every {
            Every::Day => "FREQ=DAILY",
            Every::Week => "FREQ=WEEKLY",
            Every::Month => "FREQ=MONTHLY",
            Every::Year => "FREQ=YEARLY",
        });
        // Writing to a `String` doesn’t fail.
        if self.interval > 1 {
            let _ = write!(text, ";INTERVAL={}", self.interval);
        }
        let weekdays: Vec<String> = self.weekdays.iter().map(|on| on.show()).collect();
        for (name, values) in [
            ("BYMONTH", shown(&self.months)),
            ("BYMONTHDAY", shown(&self.month_days)),
            ("BYDAY", weekdays.join(",")),
            ("BYSETPOS", shown(&self.places)),
        ] {
            if !values.is_empty() {
                let _ = write!(text, ";{name}={values}");
            }
        }
        match self.ends {
            Ends::Never => {}
            Ends::Until(last) => {
                let _ = write!(text, ";UNTIL={}", last.strftime("%Y%m%d"));
            }
            Ends::After(times) => {
                let _ = write!(text, ";COUNT={times}");
            }
        }
        if self.week_starts != Weekday::Monday {
            let _ = write!(text, ";WKST={}", code(self.week_starts));
        }
        if self.to_month_end {
            text.push_str(";SKIP=BACKWARD");
        }
        text
    }

    /// When it is over.
    pub const fn ends(&self) -> Ends {
        self.ends
    }

    /// The first day after another that the rule comes to, in a series that begins on `start`. `None` if it is over.
    ///
    /// The series has the days that fit the rule; `start` itself may be none of them.
    pub fn next(&self, after: Date, start: Date) -> Option<Date> {
        self.series(start, after.tomorrow().ok()?).next()
    }

    /// The days of a series that begins on `start`, from one day to another (`until` not included): the first `most`.
    pub fn between(&self, start: Date, from: Date, until: Date, most: usize) -> Vec<Date> {
        self.series(start, from).take_while(|day| *day < until).take(most).collect()
    }

    /// The days from `from` on of a series that begins on `start`.
    fn series(&self, start: Date, from: Date) -> impl Iterator<Item = Date> {
        // What is counted is followed from its beginning.
        let (begin, times) = match self.ends {
            Ends::After(times) => (start, usize::try_from(times).unwrap_or(usize::MAX)),
            Ends::Never | Ends::Until(_) => (start.max(from), usize::MAX),
        };
        let (last, first_period) = (self.last_day(start), self.period(start));
        self.fitting(start, begin)
            .take_while(move |day| *day <= last)
            .filter(move |day| (self.period(*day) - first_period) % i64::from(self.interval) == 0)
            .take(times)
            .filter(move |day| *day >= from)
    }

    /// The days from `from` on that would fit with an interval of one: those of every period. Days that the rule doesn’t
    /// say are those of `start`.
    ///
    /// The library isn’t told the interval, nor when it is over: with some intervals no day ever fits, and it would go
    /// on for thousands of years. So it is asked only what has an answer within four hundred.
    fn fitting(&self, start: Date, from: Date) -> impl Iterator<Item = Date> {
        let begin = self.first_of_period(from).and_then(on_the_clock);
        let days = begin.into_iter().flat_map(move |begin| self.as_asked(start, begin));
        days.map_while(to_date).filter(move |day| *day >= from)
    }

    /// The rule in the library’s words, from the first day of a period. Where a month may be too short, February has a
    /// rule of its own.
    fn as_asked(&self, start: Date, begin: chrono::DateTime<Tz>) -> RRuleSetIter {
        let (mut months, mut month_days, mut weekdays) =
            (self.months.clone(), self.month_days.clone(), self.weekdays.clone());
        if month_days.is_empty() && weekdays.is_empty() {
            match self.every {
                Every::Day => {}
                Every::Week => weekdays.push(Nth { nth: 0, day: start.weekday() }),
                Every::Month | Every::Year => month_days.push(start.day()),
            }
            if self.every == Every::Year && months.is_empty() {
                months.push(start.month().unsigned_abs());
            }
        }
        let asked = if self.to_month_end {
            let months = if months.is_empty() { (1..=12).collect() } else { months };
            let (february, others): (Vec<u8>, Vec<u8>) = months.into_iter().partition(|month| *month == 2);
            let or_last =
                |shortest: i8| month_days.iter().map(|day| if *day > shortest { -1 } else { *day }).collect::<Vec<_>>();
            let parts = [(february, or_last(28)), (others, or_last(30))];
            parts.into_iter().filter(|(months, _)| !months.is_empty()).collect()
        } else {
            vec![(months, month_days)]
        };
        let rules = asked.into_iter().filter_map(|(months, month_days)| {
            let months: Result<Vec<_>, _> = months.into_iter().map(chrono::Month::try_from).collect();
            RRule::new(match self.every {
                Every::Day => Frequency::Daily,
                Every::Week => Frequency::Weekly,
                Every::Month => Frequency::Monthly,
                Every::Year => Frequency::Yearly,
            })
            .week_start(in_chrono(self.week_starts))
            .by_month(&months.ok()?)
            .by_month_day(month_days)
            .by_weekday(self.every_as_asked(&weekdays))
            .by_set_pos(self.places.iter().map(|place| i32::from(*place)).collect())
            .validate(begin)
            .ok()
        });
        (&RRuleSet::new(begin).set_rrules(rules.collect())).into_iter()
    }

    /// The library takes every Monday and the first Friday together to mean days that are both. So every Monday is the
    /// first, the second and so on.
    fn every_as_asked(&self, weekdays: &[Nth]) -> Vec<NWeekday> {
        let some_counted = weekdays.iter().any(|on| on.nth != 0);
        let most = if some_counted { self.most_of_a_weekday() } else { 0 };
        let one = |on: &Nth| {
            let all = if on.nth == 0 && some_counted { 1..=most } else { on.nth..=on.nth };
            let day = in_chrono(on.day);
            all.map(move |nth| NWeekday::new((nth != 0).then_some(nth.into()), day))
        };
        weekdays.iter().flat_map(one).collect()
    }

    /// How many of one weekday a month has, or a year if none of its months is named.
    fn most_of_a_weekday(&self) -> i8 {
        if self.every == Every::Year && self.months.is_empty() { 53 } else { 5 }
    }

    /// The last day of a series.
    fn last_day(&self, start: Date) -> Date {
        let last = start.checked_add(YEARS.years()).unwrap_or(Date::MAX);
        match self.ends {
            Ends::Until(until) => until.min(last),
            Ends::Never | Ends::After(_) => last,
        }
    }

    /// Days, weeks, months and years have numbers, one after the other.
    fn period(&self, day: Date) -> i64 {
        let (year, month) = (i64::from(day.year()), i64::from(day.month()));
        match self.every {
            Every::Day => day_number(day),
            Every::Week => (day_number(day) - i64::from(day.weekday().since(self.week_starts))).div_euclid(7),
            Every::Month => year * 12 + month,
            Every::Year => year,
        }
    }

    fn first_of_period(&self, day: Date) -> Option<Date> {
        match self.every {
            Every::Day => Some(day),
            Every::Week => plus(day, -i64::from(day.weekday().since(self.week_starts))),
            Every::Month => Some(day.first_of_month()),
            Every::Year => Some(day.first_of_year()),
        }
    }

    /// Whether the first of its periods from a day’s own on that has any days has more than one.
    fn has_several_in_a_period(&self, day: Date) -> bool {
        let Some(from) = self.first_of_period(day) else { return false };
        let mut days = self.fitting(day, from).map(|day| self.period(day));
        days.next().is_some_and(|first| days.next() == Some(first))
    }

    /// So many days, weeks, months or years after a day; in a month without that day, its last.
    fn an_interval_after(&self, day: Date) -> Option<Date> {
        let interval = self.interval;
        let span = match self.every {
            Every::Day => Span::new().try_days(interval),
            Every::Week => Span::new().try_weeks(interval),
            Every::Month => Span::new().try_months(interval),
            Every::Year => Span::new().try_years(interval),
        };
        day.checked_add(span.ok()?).ok()
    }
}

impl Plan {
    /// What the task’s card says: [`Rule::in_words`], and what it is counted from.
    pub fn in_words(&self) -> String {
        match self.mode {
            Mode::Schedule => self.rule.in_words(),
            Mode::AfterCompletion => format!("{}, counted from when it is done", self.rule.in_words()),
        }
    }

    /// The day of the task that follows one that is done; always after that one’s own. `None` if the series is over.
    ///
    /// `due` is the day the task had in its series, even if it was moved to another for once: a task of Friday’s that
    /// was moved to Thursday isn’t followed by Friday’s.
    ///
    /// **On schedule** it is the series’ next day. Of a task that was done late, see [`Plan::catch_up`]: what is due on
    /// the very day it was done isn’t missed. What was missed or skipped counts towards a number of times.
    ///
    /// **After completion** it is so many days, weeks, months or years after `completed_on`, as the rule’s interval says:
    /// of 31 January, a month later is 28 February. With days that the rule says, it is the one of them that is nearest
    /// to that, or for a rule of days the first from it on. If a period has several of them (Monday and Thursday), it is
    /// the next one, and after a period’s last, the first of the period so many later.
    pub fn following(&self, due: Date, completed_on: Date) -> Option<Date> {
        if let Ends::After(times) = self.rule.ends
            && self.made >= i64::from(times)
        {
            return None;
        }
        let from = due.tomorrow().ok()?;
        match self.mode {
            Mode::Schedule => {
                let from = if self.catch_up { from } else { from.max(completed_on) };
                self.rule.series(self.start, from).find(|day| !self.skipped.contains(day))
            }
            Mode::AfterCompletion => self.after_completion(from.max(completed_on.tomorrow().ok()?), completed_on),
        }
    }

    fn after_completion(&self, from: Date, completed_on: Date) -> Option<Date> {
        // How many were made is counted already, not how many the rule came to since.
        let rule = Rule { ends: Ends::Never, ..self.rule.clone() };
        let (last, far) = (self.rule.last_day(completed_on), rule.last_day(completed_on));
        let within = |day: &Date| *day <= last;
        let free = |day: &Date| !self.skipped.contains(day);
        if rule.has_several_in_a_period(completed_on) {
            return rule.series(completed_on, from).find(free).filter(within);
        }
        let target = rule.an_interval_after(completed_on).filter(|target| *target <= far)?;
        let from = if rule.every == Every::Day { from.max(target) } else { from };
        let mut before = None;
        for day in rule.fitting(completed_on, from).take_while(|day| *day <= far).filter(free) {
            if day < target {
                before = Some(day);
                continue;
            }
            let later = day_number(day) - day_number(target);
            let nearest = before.filter(|before| day_number(target) - day_number(*before) <= later).unwrap_or(day);
            return Some(nearest).filter(within);
        }
        before.filter(within)
    }
}

/// When that is in a zone: at a time of the day, or without one, as the day is over. A time that the clock goes over is as
/// much later, one that it shows twice is the earlier. `None` for dates that no clock can show.
pub fn instant_of(day: Date, time: Option<Time>, zone: &TimeZone) -> Option<Timestamp> {
    let at = match time {
        Some(time) => day.to_datetime(time),
        None => day.tomorrow().ok()?.at(0, 0, 0, 0),
    };
    zone.to_ambiguous_timestamp(at).compatible().ok()
}

/// A day as many days away as the due day is moved: for the first day of the same task, and the days of those below it.
/// `None` if there is no such date.
pub fn shift_days(old_due: Date, new_due: Date, day: Date) -> Option<Date> {
    plus(day, day_number(new_due) - day_number(old_due))
}

/// The parts of a rule as they were written, not seen together yet.
#[derive(Debug, Default)]
struct Written {
    every: Option<Every>,
    interval: Option<i64>,
    months: Vec<u8>,
    month_days: Vec<i8>,
    weekdays: Vec<Nth>,
    places: Vec<i16>,
    /// Whether it says what becomes of a day that a month hasn’t, and if so, whether that is its last.
    to_month_end: Option<bool>,
    week_starts: Option<Weekday>,
    until: Option<Date>,
    times: Option<i64>,
}

impl Written {
    fn read(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        match name {
            "FREQ" => {
                self.every = Some(match value {
                    "DAILY" => Every::Day,
                    "WEEKLY" => Every::Week,
                    "MONTHLY" => Every::Month,
                    "YEARLY" => Every::Year,
                    "HOURLY" | "MINUTELY" | "SECONDLY" => {
                        return Err("A task repeats on another day. Choose DAILY, WEEKLY, MONTHLY or YEARLY.");
                    }
                    _ => return Err(UNREADABLE),
                });
            }
            "INTERVAL" => self.interval = Some(value.parse().map_err(|_| INTERVAL)?),
            "BYMONTH" => {
                self.months = listed(value, |month| month.parse().ok().filter(|month| (1..=12).contains(month)))
                    .ok_or("A month (BYMONTH) is a number from 1 to 12.")?;
            }
            "BYMONTHDAY" => {
                let one = |day: &str| day.parse().ok().filter(|day: &i8| (1..=31).contains(&day.unsigned_abs()));
                self.month_days = listed(value, one).ok_or("A day (BYMONTHDAY) is from 1 to 31, or from -1 to -31.")?;
            }
            "BYDAY" => {
                self.weekdays = listed(value, Nth::read)
                    .ok_or("A weekday (BYDAY) is MO, TU, WE, TH, FR, SA or SU, or as in -1FR.")?;
            }
            "BYSETPOS" => {
                let one = |place: &str| place.parse().ok().filter(|place| *place != 0);
                self.places = listed(value, one).ok_or("A place (BYSETPOS) is a number like 1 or -1.")?;
            }
            "WKST" => self.week_starts = Some(weekday(value).ok_or(UNREADABLE)?),
            "UNTIL" => self.until = Some(date(value).ok_or("A last day (UNTIL) is written like 20280630.")?),
            "COUNT" => self.times = Some(value.parse().map_err(|_| TIMES)?),
            "RSCALE" if value == "GREGORIAN" => {}
            "RSCALE" => return Err("Only RSCALE=GREGORIAN is understood."),
            "SKIP" => {
                self.to_month_end = Some(match value {
                    "OMIT" => false,
                    "BACKWARD" => true,
                    _ => return Err("Only SKIP=BACKWARD and SKIP=OMIT are understood."),
                });
            }
            _ => return Err(PARTS),
        }
        Ok(())
    }

    fn into_rule(self) -> Result<Rule, &'static str> {
        let every = self.every.ok_or(UNREADABLE)?;
        let interval = u16::try_from(self.interval.unwrap_or(1)).ok().filter(|it| (1..=MOST_INTERVAL).contains(it));
        let times = |times: i64| u32::try_from(times).ok().filter(|it| (1..=MOST_TIMES).contains(it)).ok_or(TIMES);
        let ends = match (self.until, self.times) {
            (None, None) => Ends::Never,
            (Some(last), None) if (1900..=9999).contains(&last.year()) => Ends::Until(last),
            (Some(_), None) => return Err("Choose a last day from the year 1900 on."),
            (None, Some(count)) => Ends::After(times(count)?),
            (Some(_), Some(_)) => return Err("Choose a last day or a number of times, not both."),
        };
        let by_month = matches!(every, Every::Month | Every::Year);
        let has_days = !self.month_days.is_empty() || !self.weekdays.is_empty();
        let some_short = |day: &i8| {
            let mut months = (1..=12).filter(|month| self.months.is_empty() || self.months.contains(month));
            months.any(|month| *day > if month == 2 { 28 } else { month_days(month) })
        };
        let to_month_end = by_month
            && if has_days {
                self.to_month_end == Some(true) && self.month_days.iter().any(some_short)
            } else {
                self.to_month_end.unwrap_or(true)
            };
        let rule = Rule {
            every,
            interval: interval.ok_or(INTERVAL)?,
            months: in_order(self.months, |month| *month),
            month_days: in_order(self.month_days, |day| (*day < 0, *day)),
            weekdays: in_order(self.weekdays, |on| (on.nth < 0, on.nth, on.day.to_monday_zero_offset())),
            places: in_order(self.places, |place| (*place < 0, *place)),
            to_month_end,
            week_starts: self.week_starts.unwrap_or(Weekday::Monday),
            ends,
        };
        let counted = if by_month { rule.most_of_a_weekday() } else { 0 };
        let places = match every {
            Every::Day => 0,
            Every::Week => 7,
            Every::Month => 31,
            Every::Year => 366,
        };
        if every == Every::Week && !rule.month_days.is_empty() {
            return Err("A rule of weeks has no days of the month. Leave out BYMONTHDAY.");
        }
        // The library counts one less from the end.
        if rule.weekdays.iter().any(|on| on.nth != 0 && !(1 - counted..=counted).contains(&on.nth)) {
            return Err(NUMBERED);
        }
        if rule.places.iter().any(|place| place.unsigned_abs() > places) || (!rule.places.is_empty() && !has_days) {
            return Err("There are no such days to choose from. Leave out BYSETPOS.");
        }
        if by_month && !has_days && !to_month_end {
            return Err("Say on which days with BYMONTHDAY, or leave out SKIP=OMIT.");
        }
        if to_month_end && !(rule.weekdays.is_empty() && rule.places.is_empty()) {
            return Err("SKIP=BACKWARD doesn’t go with BYDAY or BYSETPOS. Leave one out.");
        }
        // The library ends with the year 10,000: that is 400 years, after which the calendar is the same again.
        let cycle = Date::constant(9600, 1, 1);
        if rule.fitting(cycle, cycle).next().is_none() {
            return Err(NEVER);
        }
        Ok(rule)
    }
}

impl Nth {
    fn read(text: &str) -> Option<Self> {
        let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
        let nth = if nth.is_empty() {
            0
        } else {
            nth.parse().ok().filter(|nth| (1..=53_u8).contains(&i8::unsigned_abs(*nth)))?
        };
        Some(Self { nth, day: weekday(day)? })
    }

    fn show(self) -> String {
        match self.nth {
            0 => code(self.day).to_owned(),
            nth => format!("{nth}{}", code(self.day)),
        }
    }
}

fn shown<T: ToString>(numbers: &[T]) -> String {
    numbers.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

/// `None` unless each is one.
fn listed<T>(values: &str, one: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    values.split(',').map(one).collect()
}

fn in_order<T: PartialEq, K: Ord>(mut values: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    values.sort_by_key(key);
    values.dedup();
    values
}

/// A date written as `20280630`.
fn date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn weekday(code: &str) -> Option<Weekday> {
    WEEK.iter().find(|(known, ..)| *known == code).map(|(_, day, _)| *day)
}

fn code(day: Weekday) -> &'static str {
    WEEK.iter().find(|(_, known, _)| *known == day).map_or("", |(code, ..)| code)
}

/// The most days a month has.
fn month_days(month: u8) -> i8 {
    month_of_year(month).map_or(0, |(_, days)| *days)
}

fn month_of_year(month: u8) -> Option<&'static (&'static str, i8)> {
    MONTHS.get(usize::from(month).checked_sub(1)?)
}

/// Days have numbers, one after the other; a Monday’s can be divided by seven.
fn day_number(day: Date) -> i64 {
    day.duration_since(Date::constant(1970, 1, 5)).as_hours() / 24
}

fn plus(day: Date, days: i64) -> Option<Date> {
    day.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn in_chrono(day: Weekday) -> rrule::Weekday {
    match day {
        Weekday::Monday => rrule::Weekday::Mon,
        Weekday::Tuesday => rrule::Weekday::Tue,
        Weekday::Wednesday => rrule::Weekday::Wed,
        Weekday::Thursday => rrule::Weekday::Thu,
        Weekday::Friday => rrule::Weekday::Fri,
        Weekday::Saturday => rrule::Weekday::Sat,
        Weekday::Sunday => rrule::Weekday::Sun,
    }
}

/// Days are reckoned as midnights of UTC, where every day has one.
fn on_the_clock(day: Date) -> Option<chrono::DateTime<Tz>> {
    let (month, number) = (day.month().unsigned_abs(), day.day().unsigned_abs());
    let day = chrono::NaiveDate::from_ymd_opt(day.year().into(), month.into(), number.into())?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().with_timezone(&Tz::UTC))
}

fn to_date(at: chrono::DateTime<Tz>) -> Option<Date> {
    let (year, month, day) = (at.year().try_into().ok()?, at.month().try_into().ok()?, at.day().try_into().ok()?);
    Date::new(year, month, day).ok()
}
