//! The stretches of time that a report can be about, in days of the business’s calendar.

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{clock::day_typed, error::FieldErrors};

/// What can be chosen: the word in the address, and what people read.
pub const PERIODS: [(&str, &str); 11] = [
    ("week", "This week"),
    ("month", "This month"),
    ("quarter", "This quarter"),
    ("year", "This year"),
    ("financial-year", "This financial year"),
    ("last-week", "Last week"),
    ("last-month", "Last month"),
    ("last-quarter", "Last quarter"),
    ("last-year", "Last year"),
    ("last-financial-year", "Last financial year"),
    ("custom", "From … to …"),
];

/// The longest stretch, in days: two years.
pub const MOST_DAYS: i32 = 731;

/// Whole local days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The word of [`PERIODS`].
    pub word: &'static str,
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub after: Date,
    /// The first day of the period before; it ends where this one begins.
    pub before: Date,
}

/// How much time a bar of a chart is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// A day.
    Day,
    /// A week from Monday.
    Week,
    /// A month.
    Month,
}

impl Period {
    /// What was asked for; this month where nothing was. What makes no sense is said at `period`, `from` or `to`.
    pub fn of(word: &str, from: &str, to: &str, today: Date, errors: &mut FieldErrors) -> Self {
        let (word, from, to) = (word.trim(), from.trim(), to.trim());
        let dated = !from.is_empty() || !to.is_empty();
        match PERIODS.iter().map(|(known, _)| *known).find(|known| *known == word) {
            Some("custom") => Self::dated(from, to, errors),
            None if word.is_empty() && dated => Self::dated(from, to, errors),
            Some(known) => Self::named(known, today),
            None => {
                if !word.is_empty() {
                    errors.add("period", "Choose one of these periods.");
                }
                Self::named("month", today)
            }
        }
    }

    fn named(word: &'static str, today: Date) -> Self {
        let (unit, last) = word.strip_prefix("last-").map_or((word, false), |unit| (unit, true));
        let months = match unit {
            "week" => 0,
            "quarter" => 3,
            "year" | "financial-year" => 12,
            _ => 1,
        };
        let back = |date: Date| {
            if months == 0 { date.saturating_sub(7.days()) } else { date.saturating_sub(months.months()) }
        };
        let month = i64::from(today.month()) - 1;
        let first = match unit {
            "week" => today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days()),
            "quarter" => today.first_of_month().saturating_sub((month % 3).months()),
            "year" => today.first_of_year(),
            // From July on.
            "financial-year" => today.first_of_month().saturating_sub(((month + 6) % 12).months()),
            _ => today.first_of_month(),
        };
        let from = if last { back(first) } else { first };
        let after = if months == 0 { from.saturating_add(7.days()) } else { from.saturating_add(months.months()) };
        Self { word, from, after, before: back(from) }
    }

    fn dated(from: &str, to: &str, errors: &mut FieldErrors) -> Self {
        let mut day = |field: &str, text: &str| {
            if text.is_empty() {
                errors.add(field, if field == "from" { "Choose the first day." } else { "Choose the last day." });
                return None;
            }
            let date = day_typed(text).filter(|date| (2000..=2100).contains(&date.year()));
            if date.is_none() {
                let typed: String = text.chars().take(40).collect();
                errors.add(field, format!("“{typed}” is no day that we know. Enter one like 23/11/2026."));
            }
            date
        };
        let (first, last) = (day("from", from), day("to", to));
        let (Some(first), Some(last)) = (first, last) else {
            return Self { word: "custom", from: Date::default(), after: Date::default(), before: Date::default() };
        };
        let days = first.until(last).map_or(0, |span| span.get_days()) + 1;
        if days < 1 {
            errors.add("to", "That is before the first day.");
        } else if days > MOST_DAYS {
            errors.add("to", "Choose at most two years.");
        }
        let before = first.saturating_sub(i64::from(days.clamp(1, MOST_DAYS)).days());
        Self { word: "custom", from: first, after: last.saturating_add(1.day()), before }
    }

    /// The last day.
    pub fn until(&self) -> Date {
        self.after.saturating_sub(1.day())
    }

    /// How many days it has.
    pub fn days(&self) -> i32 {
        days_between(self.from, self.after)
    }

    /// What a bar stands for, so that there are neither too many nor too few.
    pub fn by(&self) -> By {
        match self.days() {
            ..=45 => By::Day,
            46..=200 => By::Week,
            _ => By::Month,
        }
    }

    /// The first days of the bars, in order; the first is the period’s own.
    pub fn starts(&self) -> Vec<Date> {
        let by = self.by();
        let mut starts = Vec::new();
        let mut date = self.from;
        while date < self.after {
            starts.push(date);
            let next = match by {
                By::Day => date.saturating_add(1.day()),
                By::Week => date.saturating_add((7 - i64::from(date.weekday().to_monday_zero_offset())).days()),
                By::Month => date.first_of_month().saturating_add(1.month()),
            };
            if next <= date {
                break;
            }
            date = next;
        }
        starts
    }
}

/// From one day to another.
pub fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn named(word: &str, today: Date) -> (Date, Date, Date) {
        let mut errors = FieldErrors::default();
        let period = Period::of(word, "", "", today, &mut errors);
        assert!(errors.finish().is_ok(), "{word}");
        (period.before, period.from, period.after)
    }

    #[test]
    fn periods_are_whole_and_follow_the_ones_before() {
        let today = date(2026, 11, 25);
        for (word, before, from, after) in [
            ("week", date(2026, 11, 16), date(2026, 11, 23), date(2026, 11, 30)),
            ("", date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)),
            ("month", date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)),
            ("quarter", date(2026, 7, 1), date(2026, 10, 1), date(2027, 1, 1)),
            ("year", date(2025, 1, 1), date(2026, 1, 1), date(2027, 1, 1)),
            ("financial-year", date(2025, 7, 1), date(2026, 7, 1), date(2027, 7, 1)),
            ("last-week", date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23)),
            ("last-month", date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)),
            ("last-quarter", date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)),
            ("last-financial-year", date(2024, 7, 1), date(2025, 7, 1), date(2026, 7, 1)),
        ] {
            assert_eq!(named(word, today), (before, from, after), "{word}");
        }
        assert_eq!(named("financial-year", date(2027, 6, 30)).1, date(2026, 7, 1));
        assert_eq!(named("last-month", date(2027, 3, 31)).1, date(2027, 2, 1));
    }

    #[test]
    fn days_of_ones_own_are_checked() {
        let today = date(2026, 11, 25);
        let of = |from: &str, to: &str| {
            let mut errors = FieldErrors::default();
            let period = Period::of("custom", from, to, today, &mut errors);
            errors.finish().map(|()| period).map_err(|error| error.fields[0].field.clone())
        };
        let period = of("2026-11-01", "10/11/2026").expect("a period");
        assert_eq!((period.before, period.until(), period.days()), (date(2026, 10, 22), date(2026, 11, 10), 10));
        assert_eq!(of("", "2026-11-10"), Err("from".to_owned()));
        assert_eq!(of("2026-11-10", "soon"), Err("to".to_owned()));
        assert_eq!(of("2026-11-10", "2026-11-09"), Err("to".to_owned()));
        assert_eq!(of("2024-01-01", "2026-11-09"), Err("to".to_owned()));
        assert_eq!(of("0001-01-01", "2026-11-09"), Err("from".to_owned()));
    }

    #[test]
    fn bars_cover_the_period() {
        for word in PERIODS.iter().map(|(word, _)| *word).filter(|word| *word != "custom") {
            let mut errors = FieldErrors::default();
            let period = Period::of(word, "", "", date(2026, 11, 25), &mut errors);
            let starts = period.starts();
            assert_eq!(starts.first(), Some(&period.from), "{word}");
            assert!(starts.is_sorted() && starts.len() <= 45 && starts.last() < Some(&period.after), "{word}");
        }
    }
}
