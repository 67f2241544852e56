//! When people could be booked: their working hours as stretches of instants, with what is taken out of them.

use std::collections::{BTreeMap, HashMap};

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use crate::holidays;

/// Half-open, in seconds; in order and apart from each other.
pub type Stretches = Vec<(i64, i64)>;

/// What somebody keeps.
#[derive(Debug, Default)]
pub struct Keeps {
    /// Weekday (0 is Sunday), and from which minute until which.
    pub weekly: Vec<(i64, i64, i64)>,
    /// What holds on a date in their place; nothing: off.
    pub dates: HashMap<Date, Vec<(i64, i64)>>,
}

/// When somebody works between two days, the second not among them. As the slot engine has it: hours of a date replace the weekly ones,
/// a closed day has none unless it has hours of its own.
pub fn working(
    keeps: &Keeps,
    closed: &BTreeMap<Date, (i64, i64)>,
    (from, after): (Date, Date),
    tz: &TimeZone,
) -> Stretches {
    let mut all = Vec::new();
    for date in from.series(1.day()).take_while(|date| *date < after) {
        if let Some(windows) = keeps.dates.get(&date) {
            all.extend(windows.iter().filter_map(|window| instants(date, *window, tz)));
            continue;
        }
        let weekday = i64::from(date.weekday().to_sunday_zero_offset());
        let shut = closed.get(&date).copied();
        if shut == Some(holidays::ALL_DAY) {
            continue;
        }
        for (_, opens, closes) in keeps.weekly.iter().filter(|(day, ..)| *day == weekday) {
            let (shut_from, shut_until) = shut.unwrap_or((*closes, *closes));
            for window in [(*opens, shut_from.min(*closes)), (shut_until.max(*opens), *closes)] {
                all.extend(instants(date, window, tz));
            }
        }
    }
    merged(all)
}

fn instants(date: Date, (opens, closes): (i64, i64), tz: &TimeZone) -> Option<(i64, i64)> {
    let at = |minute: i64| {
        let wall = date.at(0, 0, 0, 0).checked_add(minute.minutes()).ok()?;
        Some(tz.to_ambiguous_timestamp(wall).compatible().ok()?.as_second())
    };
    if opens >= closes {
        return None;
    }
    Some((at(opens)?, at(closes)?)).filter(|(from, until)| from < until)
}

/// In order, with those that overlap or touch made one.
pub fn merged(mut all: Stretches) -> Stretches {
    all.sort_unstable();
    let mut out: Stretches = Vec::with_capacity(all.len());
    for (from, until) in all {
        match out.last_mut() {
            Some((_, last)) if from <= *last => *last = until.max(*last),
            _ => out.push((from, until)),
        }
    }
    out
}

/// What of the first isn’t in the second.
pub fn without(all: &[(i64, i64)], taken: &[(i64, i64)]) -> Stretches {
    let mut out = Vec::with_capacity(all.len());
    let mut first = 0;
    for &(from, until) in all {
        let mut at = from;
        while taken.get(first).is_some_and(|(_, end)| *end <= from) {
            first += 1;
        }
        for &(begins, ends) in taken.iter().skip(first).take_while(|(begins, _)| *begins < until) {
            if begins > at {
                out.push((at, begins));
            }
            at = at.max(ends);
        }
        if at < until {
            out.push((at, until));
        }
    }
    out
}

/// How many seconds they have in common.
pub fn common(one: &[(i64, i64)], other: &[(i64, i64)]) -> i64 {
    total(one) - total(&without(one, other))
}

/// How many seconds they are.
pub fn total(all: &[(i64, i64)]) -> i64 {
    all.iter().map(|(from, until)| until - from).sum()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn sydney() -> TimeZone {
        TimeZone::get("Australia/Sydney").unwrap()
    }

    #[test]
    fn a_night_shift_is_an_hour_longer_or_shorter_where_the_clocks_change() {
        let keeps = Keeps { weekly: vec![(0, 0, 300)], dates: HashMap::new() };
        let hours = |from: Date| {
            total(&working(&keeps, &BTreeMap::new(), (from, from.saturating_add(1.day())), &sydney())) / 60
        };
        assert_eq!(hours(date(2026, 11, 22)), 300);
        assert_eq!(hours(date(2026, 10, 4)), 240, "forward");
        assert_eq!(hours(date(2027, 4, 4)), 360, "back");
    }

    #[test]
    fn closed_days_have_none_but_for_who_has_hours_that_day() {
        let mut keeps = Keeps { weekly: vec![(1, 540, 1020)], dates: HashMap::new() };
        let monday = date(2026, 11, 23);
        let span = (monday, monday.saturating_add(1.day()));
        let hours = |keeps: &Keeps, closed: Option<(i64, i64)>| {
            let closed = closed.map(|closed| (monday, closed)).into_iter().collect();
            total(&working(keeps, &closed, span, &sydney())) / 60
        };
        assert_eq!(hours(&keeps, None), 480);
        assert_eq!(hours(&keeps, Some((0, 1440))), 0);
        assert_eq!(hours(&keeps, Some((720, 1440))), 180);
        assert_eq!(hours(&keeps, Some((600, 660))), 420);
        keeps.dates.insert(monday, vec![(600, 660)]);
        assert_eq!(hours(&keeps, Some((0, 1440))), 60);
        keeps.dates.insert(monday, Vec::new());
        assert_eq!(hours(&keeps, None), 0);
    }

    proptest! {
        #[test]
        fn stretches_agree_with_minutes(
            one in proptest::collection::vec((0_i64..60, 0_i64..20), 0..8),
            other in proptest::collection::vec((0_i64..60, 0_i64..20), 0..8),
        ) {
            let list = |all: &[(i64, i64)]| merged(all.iter().map(|(from, long)| (*from, from + long)).filter(|(a, b)| a < b).collect());
            let (one, other) = (list(&one), list(&other));
            let has = |all: &Stretches, at: i64| all.iter().any(|(from, until)| (*from..*until).contains(&at));
            let rest = without(&one, &other);
            for at in 0..80 {
                prop_assert_eq!(has(&rest, at), has(&one, at) && !has(&other, at));
            }
            prop_assert_eq!(common(&one, &other), (0..80).map(|at| i64::from(has(&one, at) && has(&other, at))).sum::<i64>());
        }
    }
}
