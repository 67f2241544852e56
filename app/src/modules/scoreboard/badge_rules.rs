//! When a badge is somebody’s. Pure: what their days come to in, the badges that are due out, the same for the same days whatever happened before.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::period::{Calendar, Kind, Period};

/// What a badge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The first ever result.
    First,
    /// One result of so much, or more.
    Single {
        /// In the metric’s smallest unit, more than nothing.
        least: i64,
    },
    /// So much in a period, or more.
    Total {
        /// In the metric’s smallest unit, more than nothing.
        least: i64,
        /// Of these periods.
        kind: Kind,
    },
    /// So much, or more, on each of so many working days in a row.
    Streak {
        /// In the metric’s smallest unit, more than nothing.
        least: i64,
        /// How many.
        days: u32,
    },
    /// More than in any period before.
    Best {
        /// Of these periods.
        kind: Kind,
    },
}

impl Rule {
    /// The word in rows and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Single { .. } => "single",
            Self::Total { .. } => "total",
            Self::Streak { .. } => "streak",
            Self::Best { .. } => "best",
        }
    }

    /// The rule of a stored row; `None` for what is none.
    pub fn read(word: &str, amount: Option<i64>, period: Option<&str>, days: Option<i64>) -> Option<Self> {
        let least = amount.filter(|least| *least > 0);
        let kind = period.and_then(Kind::parse);
        match word {
            "first" => Some(Self::First),
            "single" => Some(Self::Single { least: least? }),
            "total" => Some(Self::Total { least: least?, kind: kind? }),
            "streak" => Some(Self::Streak { least: least?, days: u32::try_from(days?).ok().filter(|days| *days > 0)? }),
            "best" => Some(Self::Best { kind: kind? }),
            _ => None,
        }
    }

    /// So much at least.
    pub const fn least(self) -> Option<i64> {
        match self {
            Self::Single { least } | Self::Total { least, .. } | Self::Streak { least, .. } => Some(least),
            Self::First | Self::Best { .. } => None,
        }
    }
}

/// The key of a badge that somebody has once.
pub const ONCE: &str = "once";

/// The periods in which somebody came to so much, by their keys, each with the day from which on they had. `days`: what each day comes to, the
/// earliest first, each once; of a period all of them or none. Periods that were over before `since` don’t count.
///
/// The day is the earliest in the period from which on the sum was never below again to the period’s end.
pub fn totals(days: &[(Date, i64)], calendar: Calendar, kind: Kind, least: i64, since: Date) -> BTreeMap<String, Date> {
    let periods = by_period(days, calendar, kind).into_iter().filter(|(period, _)| period.last() >= since);
    let reached = periods.filter_map(|(period, days)| Some((period.key(), day_reached(days, i128::from(least))?)));
    reached.collect()
}

/// The periods in which somebody did better than in any before, by their keys, each with the day from which on they had. There has to be one before in
/// which something of theirs counts: the first of all is no record. `days` as in [`totals`], from the first of all on. Periods that were over
/// before `since` don’t count, and are what others are measured against.
pub fn bests(days: &[(Date, i64)], calendar: Calendar, kind: Kind, since: Date) -> BTreeMap<String, Date> {
    let mut best: Option<i128> = None;
    let mut found = BTreeMap::new();
    for (period, days) in by_period(days, calendar, kind) {
        let figure = sum(days);
        if let Some(before) = best
            && figure > before.max(0)
            && period.last() >= since
            && let Some(day) = day_reached(days, before.max(0) + 1)
        {
            found.insert(period.key(), day);
        }
        best = Some(best.map_or(figure, |before| before.max(figure)));
    }
    found
}

/// The times in which somebody came to so much on each of so many working days in a row, or more: by a key that names the first day, each with the day
/// that made it so many. `working` says of each day from `from` on whether it is one of theirs to work; days after it aren’t looked at. A day
/// off neither breaks such a time nor counts in it, whatever was done on it.
pub fn streaks(days: &[(Date, i64)], working: &[bool], from: Date, least: i64, length: u32) -> BTreeMap<String, Date> {
    let figures: BTreeMap<Date, i64> = days.iter().copied().collect();
    let mut found = BTreeMap::new();
    let (mut first, mut count, mut day) = (from, 0_u32, from);
    for works in working {
        if *works {
            let is_good = figures.get(&day).is_some_and(|figure| *figure >= least);
            count = if is_good { count.saturating_add(1) } else { 0 };
            if count == 1 {
                first = day;
            }
            if is_good && count == length {
                found.insert(format!("run:{first}"), day);
            }
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    found
}

/// The days of each period in which there are any, the earliest first.
fn by_period(days: &[(Date, i64)], calendar: Calendar, kind: Kind) -> Vec<(Period, &[(Date, i64)])> {
    let period_of = |day: &(Date, i64)| calendar.containing(kind, day.0);
    let chunks = days.chunk_by(|one, other| period_of(one) == period_of(other));
    chunks.filter_map(|days| Some((period_of(days.first()?)?, days))).collect()
}

fn sum(days: &[(Date, i64)]) -> i128 {
    days.iter().map(|(_, value)| i128::from(*value)).sum()
}

/// The earliest day from which on the sum was at least so much, to the end. `None`: it isn’t in the end.
fn day_reached(days: &[(Date, i64)], least: i128) -> Option<Date> {
    let mut total = 0_i128;
    let mut reached = None;
    for (day, value) in days {
        total += i128::from(*value);
        if total < least {
            reached = None;
        } else if reached.is_none() {
            reached = Some(*day);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};
    use proptest::{collection::btree_map, collection::vec, prelude::*};

    use super::*;
    use crate::modules::scoreboard::ranking;

    fn keys(found: &BTreeMap<String, Date>) -> Vec<String> {
        found.iter().map(|(key, day)| format!("{key} on {day}")).collect()
    }

    #[test]
    fn a_rule_is_read_as_it_was_stored() {
        for (rule, word, amount, period, days) in [
            (Rule::First, "first", None, None, None),
            (Rule::Single { least: 5 }, "single", Some(5), None, None),
            (Rule::Total { least: 5, kind: Kind::Week }, "total", Some(5), Some("week"), None),
            (Rule::Streak { least: 5, days: 3 }, "streak", Some(5), None, Some(3)),
            (Rule::Best { kind: Kind::Month }, "best", None, Some("month"), None),
        ] {
            assert_eq!(Rule::read(word, amount, period, days), Some(rule));
            assert_eq!((rule.as_str(), rule.least()), (word, amount));
        }
        for (word, amount, period, days) in [
            ("single", None, None, None),
            ("single", Some(0), None, None),
            ("total", Some(5), Some("decade"), None),
            ("streak", Some(5), None, Some(0)),
            ("target", Some(5), Some("week"), Some(1)),
        ] {
            assert_eq!(Rule::read(word, amount, period, days), None, "{word}");
        }
    }

    #[test]
    fn so_much_in_a_week() {
        let calendar = Calendar::default();
        let days = [
            (date(2026, 11, 13), 900),
            (date(2026, 11, 16), 400),
            (date(2026, 11, 18), 700),
            (date(2026, 11, 19), -200),
            (date(2026, 11, 20), 100),
            (date(2026, 11, 23), 999),
        ];
        let found = totals(&days, calendar, Kind::Week, 900, date(2026, 11, 16));
        assert_eq!(
            keys(&found),
            ["week:2026-11-16 on 2026-11-18", "week:2026-11-23 on 2026-11-23"],
            "the week before was over"
        );
        let found = totals(&days, calendar, Kind::Week, 1_000, date(2026, 11, 16));
        assert_eq!(keys(&found), ["week:2026-11-16 on 2026-11-20"], "it fell below once");
    }

    #[test]
    fn the_first_of_all_is_no_record() {
        let calendar = Calendar::default();
        let days =
            [(date(2026, 9, 3), 500), (date(2026, 10, 1), 500), (date(2026, 11, 2), 501), (date(2026, 12, 1), -4)];
        let found = bests(&days, calendar, Kind::Month, date(2026, 1, 1));
        assert_eq!(keys(&found), ["month:2026-11-01 on 2026-11-02"]);
        assert!(bests(&days, calendar, Kind::Month, date(2026, 12, 1)).is_empty());
        let refunds = [(date(2026, 9, 3), -500), (date(2026, 10, 1), -5), (date(2026, 11, 2), 1)];
        let found = bests(&refunds, calendar, Kind::Month, date(2026, 1, 1));
        assert_eq!(keys(&found), ["month:2026-11-01 on 2026-11-02"], "nothing is no record");
    }

    #[test]
    fn a_day_off_breaks_nothing() {
        let days: Vec<(Date, i64)> = [16, 17, 18, 21, 23, 24].map(|day| (date(2026, 11, day), 10)).to_vec();
        let from = date(2026, 11, 16);
        // Friday the 20th is a day off, as the weekend is; on the 19th nothing was done.
        let working: Vec<bool> =
            (0..10).map(|n| ![20, 21, 22].contains(&from.saturating_add(i64::from(n).days()).day())).collect();
        assert_eq!(keys(&streaks(&days, &working, from, 10, 3)), ["run:2026-11-16 on 2026-11-18"]);
        assert_eq!(
            keys(&streaks(&days, &working, from, 10, 2)),
            ["run:2026-11-16 on 2026-11-17", "run:2026-11-23 on 2026-11-24"]
        );
        assert!(streaks(&days, &working, from, 11, 1).is_empty());
    }

    /// Some days of a year or so, each with what it comes to.
    fn some_days() -> impl Strategy<Value = Vec<(Date, i64)>> {
        btree_map(0_i64..400, -30_i64..60, 0..60).prop_map(|days| {
            let from = date(2026, 1, 1);
            days.into_iter().map(|(day, value)| (from.saturating_add(day.days()), value)).collect()
        })
    }

    fn kinds() -> impl Strategy<Value = Kind> {
        prop::sample::select(vec![Kind::Day, Kind::Week, Kind::Month, Kind::Quarter, Kind::FinancialYear])
    }

    /// Every period of the time, with its figure if anything happened in it.
    fn naive(days: &[(Date, i64)], kind: Kind) -> Vec<(Period, Option<i64>)> {
        let all = Calendar::default().all(kind, date(2026, 1, 1), date(2027, 3, 1));
        let figure = |period: &Period| {
            let within: Vec<i64> =
                days.iter().filter(|(day, _)| period.contains(*day)).map(|(_, value)| *value).collect();
            (!within.is_empty()).then(|| within.iter().sum())
        };
        all.into_iter().map(|period| (period, figure(&period))).collect()
    }

    proptest! {
        /// Against every period of the time, added up by itself.
        #[test]
        fn totals_are_those_of_each_period(days in some_days(), kind in kinds(), least in 1_i64..200, since in 0_i64..400) {
            let since = date(2026, 1, 1).saturating_add(since.days());
            let found = totals(&days, Calendar::default(), kind, least, since);
            let mut expected = BTreeMap::new();
            for (period, figure) in naive(&days, kind) {
                if figure.is_some_and(|figure| figure >= least) && period.last() >= since {
                    let after = |day: Date| days.iter().filter(|(other, _)| period.contains(*other) && *other <= day).map(|(_, value)| value).sum::<i64>();
                    let within: Vec<Date> = days.iter().map(|(day, _)| *day).filter(|day| period.contains(*day)).collect();
                    let day = within.iter().find(|day| within.iter().filter(|later| later >= day).all(|later| after(*later) >= least));
                    expected.insert(period.key(), *day.expect("a day"));
                }
            }
            prop_assert_eq!(found, expected);
        }

        /// Against each period compared with all before it.
        #[test]
        fn a_record_is_better_than_all_before(days in some_days(), kind in kinds(), since in 0_i64..400) {
            let since = date(2026, 1, 1).saturating_add(since.days());
            let found = bests(&days, Calendar::default(), kind, since);
            let all = naive(&days, kind);
            for (nth, (period, figure)) in all.iter().enumerate() {
                let before: Vec<i64> = all[..nth].iter().filter_map(|(_, figure)| *figure).collect();
                let is_best = figure.is_some_and(|figure| figure > 0 && !before.is_empty() && before.iter().all(|other| figure > *other));
                prop_assert_eq!(found.contains_key(&period.key()), is_best && period.last() >= since, "{}", period.key());
            }
            prop_assert!(found.iter().all(|(key, day)| Period::parse(key, &Calendar::default()).is_some_and(|period| period.contains(*day))));
        }

        /// Against the streak that stands after each working day, as boards count it.
        #[test]
        fn a_run_is_as_long_as_it_is(
            figures in vec(prop::option::weighted(0.8, 0_i64..4), 0..60),
            working in vec(any::<bool>(), 60),
            length in 1_u32..6,
        ) {
            let from = date(2026, 1, 1);
            let day = |nth: usize| from.saturating_add(i64::try_from(nth).expect("few").days());
            let days: Vec<(Date, i64)> = figures.iter().enumerate().filter_map(|(nth, figure)| Some((day(nth), (*figure)?))).collect();
            let found = streaks(&days, &working[..figures.len()], from, 1, length);
            let mut worked: Vec<Option<i64>> = Vec::new();
            let mut places: Vec<usize> = Vec::new();
            let mut expected = BTreeMap::new();
            for (nth, figure) in figures.iter().enumerate().filter(|(nth, _)| working[*nth]) {
                worked.push(*figure);
                places.push(nth);
                if ranking::streak(&worked, |figure| *figure >= 1, false) == length {
                    let first = places[places.len() - usize::try_from(length).expect("few")];
                    expected.insert(format!("run:{}", day(first)), day(nth));
                }
            }
            prop_assert_eq!(found, expected);
        }
    }
}
