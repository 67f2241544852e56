//! A rule as people read it.

use std::fmt::Write as _;

use jiff::civil::Weekday;

use super::{Ends, Every, Nth, Rule, WEEK, month_of_year};

impl Rule {
    /// What people read: "Every second Friday", "On the last weekday of each month", "On the 31st of each month, or its
    /// last day", "Each year on 1 July, until 30 June 2028".
    pub fn in_words(&self) -> String {
        let mut words = match self.every {
            Every::Day | Every::Week => self.days_or_weeks_in_words(),
            Every::Month => self.months_in_words(),
            Every::Year => self.years_in_words(),
        };
        match self.ends {
            Ends::Never => {}
            Ends::Until(last) => {
                let _ = write!(words, ", until {}", last.strftime("%-d %B %Y"));
            }
            Ends::After(1) => words.push_str(", once"),
            Ends::After(2) => words.push_str(", twice"),
            Ends::After(times) => {
                let _ = write!(words, ", {times} times");
            }
        }
        words
    }

    fn days_or_weeks_in_words(&self) -> String {
        let days: Vec<Weekday> = self.weekdays.iter().map(|on| on.day).collect();
        let (which, names) = (group(&days), days.iter().map(|day| name(*day).to_owned()).collect::<Vec<_>>());
        let names = || list(&names, "and");
        let daily = self.every == Every::Day;
        let mut words = match (self.interval, which) {
            (1, Some(which)) => format!("Each {which}"),
            (1, None) if !days.is_empty() => format!("Each {}", names()),
            _ if daily || days.is_empty() => self.times_in_words(),
            (2, None) if days.len() == 1 => format!("Every second {}", names()),
            (_, Some("day")) => format!("{} on each day", self.times_in_words()),
            (_, Some(which)) => format!("{} on {which}s", self.times_in_words()),
            (_, None) => format!("{} on {}", self.times_in_words(), names()),
        };
        self.add_places(&mut words);
        if daily && self.interval > 1 && !days.is_empty() {
            let _ = write!(words, ", if it is {}", either_of(&days));
        }
        if !self.month_days.is_empty() {
            let _ = write!(words, ", only on the {}", self.month_days_in_words());
        }
        if !self.months.is_empty() {
            let _ = write!(words, ", only in {}", self.months_listed());
        }
        words
    }

    fn months_in_words(&self) -> String {
        let Some((days, only)) = self.days_in_words() else {
            let mut words = self.times_in_words();
            if !self.months.is_empty() {
                let _ = write!(words, ", only in {}", self.months_listed());
            }
            return words;
        };
        let (months, only_in) = match self.interval {
            1 if self.months.is_empty() => ("each month".to_owned(), false),
            1 => (self.months_listed(), false),
            2 => ("every second month".to_owned(), true),
            interval => (format!("every {} month", ordinal(interval.into())), true),
        };
        let mut words = format!("On {days} of {months}{only}");
        self.add_month_end(&mut words);
        self.add_places(&mut words);
        if only_in && !self.months.is_empty() {
            let _ = write!(words, ", only in {}", self.months_listed());
        }
        words
    }

    fn years_in_words(&self) -> String {
        let mut words = self.times_in_words();
        let months = self.months_listed();
        let _ = match (self.days_in_words(), self.month_days.as_slice()) {
            (None, _) if months.is_empty() => Ok(()),
            (None, _) => write!(words, " in {months}"),
            (Some(_), [day]) if *day > 0 && self.weekdays.is_empty() && !months.is_empty() => {
                let dates = self.months.iter().map(|month| format!("{day} {}", month_name(*month)));
                write!(words, " on {}", list(&dates.collect::<Vec<_>>(), "and"))
            }
            (Some((days, only)), _) if !months.is_empty() => write!(words, " on {days} of {months}{only}"),
            (Some((days, only)), []) => write!(words, " on {days} of the year{only}"),
            (Some((days, only)), _) => write!(words, " on {days} of each month{only}"),
        };
        self.add_month_end(&mut words);
        self.add_places(&mut words);
        words
    }

    /// "Each month", "Every second month", "Every 3 months".
    fn times_in_words(&self) -> String {
        let every = match self.every {
            Every::Day => "day",
            Every::Week => "week",
            Every::Month => "month",
            Every::Year => "year",
        };
        match self.interval {
            1 => format!("Each {every}"),
            2 => format!("Every second {every}"),
            interval => format!("Every {interval} {every}s"),
        }
    }

    /// "the 1st and 15th", "the last weekday", "the first Monday and each Friday"; and what is said of them at the end.
    fn days_in_words(&self) -> Option<(String, String)> {
        let counted = self.weekdays.iter().any(|on| on.nth != 0);
        let days: Vec<Weekday> = self.weekdays.iter().map(|on| on.day).collect();
        let either = || list(&self.weekdays.iter().map(|on| on.in_words()).collect::<Vec<_>>(), "or");
        match (self.month_days.is_empty(), self.weekdays.is_empty()) {
            (true, true) => None,
            (true, false) if !counted && !self.places.is_empty() => {
                let places: Vec<String> = self.places.iter().map(|place| place_in_words(*place)).collect();
                let names: Vec<String> = days.iter().map(|day| name(*day).to_owned()).collect();
                let which = group(&days).map_or_else(|| list(&names, "or"), str::to_owned);
                Some((format!("the {} {which}", list(&places, "and")), String::new()))
            }
            (true, false) => {
                let days: Vec<String> = self.weekdays.iter().map(|on| on.in_words()).collect();
                Some((list(&days, "and"), String::new()))
            }
            (false, true) => Some((format!("the {}", self.month_days_in_words()), String::new())),
            (false, false) => {
                let days = if counted { either() } else { either_of(&days) };
                Some((format!("the {}", self.month_days_in_words()), format!(", if it is {days}")))
            }
        }
    }

    fn month_days_in_words(&self) -> String {
        let one = |day: &i8| match i16::from(*day) {
            day @ 1.. => ordinal(day.into()),
            day => format!("{} day", place_in_words(day)),
        };
        list(&self.month_days.iter().map(one).collect::<Vec<_>>(), "and")
    }

    fn months_listed(&self) -> String {
        list(&self.months.iter().map(|month| month_name(*month).to_owned()).collect::<Vec<_>>(), "and")
    }

    fn add_month_end(&self, words: &mut String) {
        if self.to_month_end && !self.month_days.is_empty() {
            let one_month = self.every == Every::Month && (self.months.is_empty() || self.interval > 1);
            words.push_str(if one_month { ", or its last day" } else { ", or the month’s last day" });
        }
    }

    /// Where the days themselves don’t say it.
    fn add_places(&self, words: &mut String) {
        let said = self.month_days.is_empty() && self.weekdays.iter().all(|on| on.nth == 0);
        let every = match self.every {
            Every::Month if !said => "month",
            Every::Year if !said => "year",
            Every::Week => "week",
            _ => return,
        };
        if !self.places.is_empty() {
            let places: Vec<String> = self.places.iter().map(|place| place_in_words(*place)).collect();
            let _ = write!(words, ", only the {} of these in a {every}", list(&places, "and"));
        }
    }
}

impl Nth {
    /// "each Friday", "the last Friday".
    fn in_words(self) -> String {
        match self.nth {
            0 => format!("each {}", name(self.day)),
            nth => format!("the {} {}", place_in_words(nth.into()), name(self.day)),
        }
    }
}

/// "weekday", "weekend day", "day", if these are all of them.
fn group(days: &[Weekday]) -> Option<&'static str> {
    let weekend = days.iter().filter(|day| matches!(day, Weekday::Saturday | Weekday::Sunday)).count();
    match (days.len(), weekend) {
        (5, 0) => Some("weekday"),
        (2, 2) => Some("weekend day"),
        (7, _) => Some("day"),
        _ => None,
    }
}

/// "a Monday or Friday", "a weekday".
fn either_of(days: &[Weekday]) -> String {
    let names: Vec<String> = days.iter().map(|day| name(*day).to_owned()).collect();
    format!("a {}", group(days).map_or_else(|| list(&names, "or"), str::to_owned))
}

/// "first", "last", "second-last", "6th", "6th-last".
fn place_in_words(place: i16) -> String {
    let word = |place: u16| match place {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        4 => "fourth".to_owned(),
        5 => "fifth".to_owned(),
        other => ordinal(other.into()),
    };
    match place {
        -1 => "last".to_owned(),
        0.. => word(place.unsigned_abs()),
        _ => format!("{}-last", word(place.unsigned_abs())),
    }
}

/// "1st", "22nd", "13th".
fn ordinal(number: i32) -> String {
    let end = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}

/// "a", "a and b", "a, b and c".
fn list(items: &[String], and: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

fn name(day: Weekday) -> &'static str {
    WEEK.iter().find(|(_, known, _)| *known == day).map_or("", |(.., name)| name)
}

fn month_name(month: u8) -> &'static str {
    month_of_year(month).map_or("", |(name, _)| name)
}
