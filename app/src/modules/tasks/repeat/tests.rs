use std::time::{Duration, Instant};

use jiff::civil::{date, time};
use proptest::{collection::vec, option, prelude::*, sample::subsequence};

use super::*;

fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The first days of a series.
fn first(text: &str, start: Date, most: usize) -> Vec<Date> {
    rule(text).between(start, start, Date::MAX, most)
}

/// Days of years, as "1997: 9/2 9/3".
fn days(text: &str) -> Vec<Date> {
    let mut year = 0;
    let mut days = Vec::new();
    for word in text.split_whitespace() {
        if let Some(number) = word.strip_suffix(':') {
            year = number.parse().unwrap();
        } else {
            let (month, day) = word.split_once('/').unwrap();
            days.push(date(year, month.parse().unwrap(), day.parse().unwrap()));
        }
    }
    days
}

const SEPTEMBER: Date = Date::constant(1997, 9, 2);

/// RFC 5545, 3.8.5.3. `UNTIL=19971224T000000Z`, in New York, has the 23rd as its last day.
#[test]
fn the_examples_of_the_standard() {
    for (text, start, expected) in [
        ("FREQ=DAILY;COUNT=10", SEPTEMBER, "1997: 9/2 9/3 9/4 9/5 9/6 9/7 9/8 9/9 9/10 9/11"),
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", SEPTEMBER, "1997: 9/2 9/12 9/22 10/2 10/12"),
        ("FREQ=WEEKLY;COUNT=10", SEPTEMBER, "1997: 9/2 9/9 9/16 9/23 9/30 10/7 10/14 10/21 10/28 11/4"),
        (
            "FREQ=WEEKLY;UNTIL=19971223",
            SEPTEMBER,
            "1997: 9/2 9/9 9/16 9/23 9/30 10/7 10/14 10/21 10/28 11/4 11/11 11/18 11/25 12/2 12/9 12/16 12/23",
        ),
        (
            "FREQ=WEEKLY;UNTIL=19971007;WKST=SU;BYDAY=TU,TH",
            SEPTEMBER,
            "1997: 9/2 9/4 9/9 9/11 9/16 9/18 9/23 9/25 9/30 10/2 10/7",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971223;WKST=SU;BYDAY=MO,WE,FR",
            Date::constant(1997, 9, 1),
            "1997: 9/1 9/3 9/5 9/15 9/17 9/19 9/29 10/1 10/3 10/13 10/15 10/17 10/27 10/29 10/31 11/10 11/12 11/14 \
             11/24 11/26 11/28 12/8 12/10 12/12 12/22",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            SEPTEMBER,
            "1997: 9/2 9/4 9/16 9/18 9/30 10/2 10/14 10/16",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            Date::constant(1997, 9, 5),
            "1997: 9/5 10/3 11/7 12/5 1998: 1/2 2/6 3/6 4/3 5/1 6/5",
        ),
        ("FREQ=MONTHLY;UNTIL=19971223;BYDAY=1FR", Date::constant(1997, 9, 5), "1997: 9/5 10/3 11/7 12/5"),
        (
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            Date::constant(1997, 9, 7),
            "1997: 9/7 9/28 11/2 11/30 1998: 1/4 1/25 3/1 3/29 5/3 5/31",
        ),
        (
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            Date::constant(1997, 9, 22),
            "1997: 9/22 10/20 11/17 12/22 1998: 1/19 2/16",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=6",
            Date::constant(1997, 9, 28),
            "1997: 9/28 10/29 11/28 12/29 1998: 1/29 2/26",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
            SEPTEMBER,
            "1997: 9/2 9/15 10/2 10/15 11/2 11/15 12/2 12/15 1998: 1/2 1/15",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            Date::constant(1997, 9, 30),
            "1997: 9/30 10/1 10/31 11/1 11/30 12/1 12/31 1998: 1/1 1/31 2/1",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            Date::constant(1997, 9, 10),
            "1997: 9/10 9/11 9/12 9/13 9/14 9/15 1999: 3/10 3/11 3/12 3/13",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU;COUNT=18",
            SEPTEMBER,
            "1997: 9/2 9/9 9/16 9/23 9/30 11/4 11/11 11/18 11/25 1998: 1/6 1/13 1/20 1/27 3/3 3/10 3/17 3/24 3/31",
        ),
        (
            "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
            Date::constant(1997, 6, 10),
            "1997: 6/10 7/10 1998: 6/10 7/10 1999: 6/10 7/10 2000: 6/10 7/10 2001: 6/10 7/10",
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            Date::constant(1997, 3, 10),
            "1997: 3/10 1999: 1/10 2/10 3/10 2001: 1/10 2/10 3/10 2003: 1/10 2/10 3/10",
        ),
        ("FREQ=YEARLY;BYDAY=20MO;COUNT=3", Date::constant(1997, 5, 19), "1997: 5/19 1998: 5/18 1999: 5/17"),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=11",
            Date::constant(1997, 3, 13),
            "1997: 3/13 3/20 3/27 1998: 3/5 3/12 3/19 3/26 1999: 3/4 3/11 3/18 3/25",
        ),
        // Of which the first is left out: it isn’t a Friday.
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=5", SEPTEMBER, "1998: 2/13 3/13 11/13 1999: 8/13 2000: 10/13"),
        (
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=10",
            Date::constant(1997, 9, 13),
            "1997: 9/13 10/11 11/8 12/13 1998: 1/10 2/7 3/7 4/11 5/9 6/13",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
            Date::constant(1996, 11, 5),
            "1996: 11/5 2000: 11/7 2004: 11/2",
        ),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", Date::constant(1997, 9, 4), "1997: 9/4 10/7 11/6"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=7",
            Date::constant(1997, 9, 29),
            "1997: 9/29 10/30 11/27 12/30 1998: 1/29 2/26 3/30",
        ),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", Date::constant(1997, 8, 5), "1997: 8/5 8/10 8/19 8/24"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", Date::constant(1997, 8, 5), "1997: 8/5 8/17 8/19 8/31"),
        // "An example where an invalid date (i.e., February 30) is ignored."
        ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", Date::constant(2007, 1, 15), "2007: 1/15 1/30 2/15 3/15 3/30"),
    ] {
        assert_eq!(first(text, start, 30), days(expected), "{text}");
    }
}

#[test]
fn the_long_examples_of_the_standard() {
    let every_day: Vec<Date> = SEPTEMBER.series(1.day()).take_while(|day| *day <= date(1997, 12, 23)).collect();
    assert_eq!(first("FREQ=DAILY;UNTIL=19971223", SEPTEMBER, 500), every_day);
    let every_other: Vec<Date> = SEPTEMBER.series(2.days()).take(200).collect();
    assert_eq!(first("FREQ=DAILY;INTERVAL=2", SEPTEMBER, 200), every_other);
    let januaries: Vec<Date> =
        date(1998, 1, 1).series(1.day()).take_while(|day| day.year() < 2001).filter(|day| day.month() == 1).collect();
    for text in
        ["FREQ=YEARLY;UNTIL=20000131;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", "FREQ=DAILY;UNTIL=20000131;BYMONTH=1"]
    {
        assert_eq!(first(text, date(1998, 1, 1), 500), januaries);
    }
    let summer: Vec<Date> = date(1997, 6, 5)
        .series(7.days())
        .take_while(|day| day.year() < 2000)
        .filter(|day| (6..=8).contains(&day.month()))
        .collect();
    assert_eq!(first("FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8;UNTIL=19991231", date(1997, 6, 5), 500), summer);
}

/// RFC 7529, 4.
#[test]
fn a_short_month_comes_on_its_last_day_and_the_next_on_its_own() {
    let expected = days("2014: 1/31 2/28 3/31 4/30 5/31");
    for text in [
        "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
    ] {
        assert_eq!(first(text, date(2014, 1, 31), 5), expected, "{text}");
    }
    assert_eq!(first("FREQ=MONTHLY;BYMONTHDAY=31", date(2014, 1, 31), 3), days("2014: 1/31 3/31 5/31"));
    assert_eq!(first("FREQ=MONTHLY", date(2024, 1, 30), 3), days("2024: 1/30 2/29 3/30"));
    assert_eq!(
        first("FREQ=MONTHLY;BYMONTHDAY=28,30,31;SKIP=BACKWARD", date(2026, 2, 1), 6),
        days("2026: 2/28 3/28 3/30 3/31 4/28 4/30")
    );
    let leap = days("2024: 2/29 2025: 2/28 2026: 2/28 2027: 2/28 2028: 2/29");
    assert_eq!(first("FREQ=YEARLY", date(2024, 2, 29), 5), leap);
    assert_eq!(first("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;SKIP=BACKWARD", date(2024, 2, 29), 5), leap);
    assert_eq!(first("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", date(2024, 2, 29), 2), days("2024: 2/29 2028: 2/29"));
    let quarters = days("2026: 1/31 4/30 7/31 10/31 2027: 1/31");
    assert_eq!(first("FREQ=MONTHLY;INTERVAL=3", date(2026, 1, 31), 5), quarters);
    // Completed one after the other, on the day each was due.
    let plan = Plan { start: date(2026, 1, 31), ..plan("FREQ=MONTHLY") };
    let due = std::iter::successors(Some(plan.start), |due| plan.following(*due, *due));
    assert_eq!(due.take(4).collect::<Vec<_>>(), days("2026: 1/31 2/28 3/31 4/30"));
}

#[test]
fn every_monday_and_the_first_friday_are_both() {
    assert_eq!(
        first("FREQ=MONTHLY;BYDAY=MO,1FR", date(2026, 11, 1), 7),
        days("2026: 11/2 11/6 11/9 11/16 11/23 11/30 12/4")
    );
}

#[test]
fn what_is_chosen_of_a_week_is_chosen_of_the_whole_week() {
    // Wednesday: the week’s first was Monday.
    assert_eq!(first("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1", date(2026, 11, 25), 2), days("2026: 11/30 12/7"));
}

#[test]
fn a_rule_is_shown_as_the_standard_writes_it() {
    for (text, shown) in [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("rrule:freq=weekly;byday=fr,mo;interval=1;wkst=mo;", "FREQ=WEEKLY;BYDAY=MO,FR"),
        (" FREQ=WEEKLY;INTERVAL=02;BYDAY=FR,FR;WKST=SU ", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;WKST=SU"),
        ("COUNT=3;FREQ=MONTHLY;BYDAY=-1SU,+1SU,WE", "FREQ=MONTHLY;BYDAY=WE,1SU,-1SU;COUNT=3"),
        ("FREQ=MONTHLY", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,31,1;SKIP=OMIT", "FREQ=MONTHLY;BYMONTHDAY=1,31,-1"),
        ("SKIP=BACKWARD;RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=28", "FREQ=MONTHLY;BYMONTHDAY=28"),
        ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=31;SKIP=BACKWARD", "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=31"),
        ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1;UNTIL=20280630", "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1;UNTIL=20280630"),
    ] {
        assert_eq!(rule(text).show(), shown, "{text}");
        assert_eq!(rule(shown), rule(text));
    }
}

#[test]
fn a_rule_in_words() {
    for (text, words) in [
        ("FREQ=DAILY", "Each day"),
        ("FREQ=DAILY;INTERVAL=2", "Every second day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=1", "Every 3 days, once"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "Each weekday"),
        ("FREQ=DAILY;BYDAY=MO,TH;BYMONTH=1,2", "Each Monday and Thursday, only in January and February"),
        ("FREQ=DAILY;INTERVAL=3;BYDAY=MO,TU,WE,TH,FR", "Every 3 days, if it is a weekday"),
        ("FREQ=DAILY;BYMONTHDAY=1,-1", "Each day, only on the 1st and last day"),
        ("FREQ=WEEKLY", "Each week"),
        ("FREQ=WEEKLY;COUNT=2", "Each week, twice"),
        ("FREQ=WEEKLY;INTERVAL=2", "Every second week"),
        ("FREQ=WEEKLY;BYDAY=FR", "Each Friday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "Every second Friday"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=FR", "Every 3 weeks on Friday"),
        ("FREQ=WEEKLY;BYDAY=WE,MO,FR;COUNT=10", "Each Monday, Wednesday and Friday, 10 times"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Each weekday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR", "Every second week on weekdays"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU", "Every second week on weekend days"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU", "Every second week on Monday and Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=MO,TU,WE,TH,FR,SA,SU", "Every 4 weeks on each day"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-1", "Each Monday and Tuesday, only the last of these in a week"),
        ("FREQ=MONTHLY", "Each month"),
        ("FREQ=MONTHLY;INTERVAL=6", "Every 6 months"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "On the 15th of each month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,22,23,-1", "On the 1st, 15th, 22nd, 23rd and last day of each month"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", "On the 31st of each month, or its last day"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "On the 31st of each month"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;INTERVAL=3", "On the last day of every 3rd month"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2;INTERVAL=2", "On the second-last day of every second month"),
        ("FREQ=MONTHLY;BYMONTHDAY=28;BYMONTH=1,4,7,10", "On the 28th of January, April, July and October"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=1,4;SKIP=BACKWARD",
            "On the 31st of January and April, or the month’s last day",
        ),
        ("FREQ=MONTHLY;BYDAY=2TU", "On the second Tuesday of each month"),
        ("FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2", "On the last Friday of every second month"),
        ("FREQ=MONTHLY;BYDAY=1SU,-1SU", "On the first Sunday and the last Sunday of each month"),
        ("FREQ=MONTHLY;BYDAY=TU;INTERVAL=2", "On each Tuesday of every second month"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "On the last weekday of each month"),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1", "On the first weekend day of each month"),
        ("FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=1,-6", "On the first and 6th-last Tuesday or Thursday of each month"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "On the 13th of each month, if it is a Friday"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYMONTHDAY=13,14,15;BYSETPOS=1",
            "On the 13th, 14th and 15th of each month, if it is a weekday, only the first of these in a month",
        ),
        ("FREQ=YEARLY", "Each year"),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=7", "Every second year in July"),
        ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1;UNTIL=20280630", "Each year on 1 July, until 30 June 2028"),
        ("FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1", "Each year on 1 January and 1 July"),
        ("FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1,-1", "Each year on the 1st and last day of January and July"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;SKIP=BACKWARD", "Each year on 29 February, or the month’s last day"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=1TU", "Each year on the first Tuesday of November"),
        ("FREQ=YEARLY;BYDAY=20MO", "Each year on the 20th Monday of the year"),
        ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "Each year on the first weekday of the year"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "Each year on the 1st of each month"),
    ] {
        assert_eq!(rule(text).in_words(), words, "{text}");
    }
    let plan = Plan { mode: Mode::AfterCompletion, ..plan("FREQ=DAILY;INTERVAL=3") };
    assert_eq!(plan.in_words(), "Every 3 days, counted from when it is done");
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let long = format!("FREQ=DAILY;BYMONTH={}1", "1,".repeat(50_000));
    for text in [
        "",
        ";",
        "FREQ",
        "FREQ=",
        "FREQ=;",
        "FRIDAYS",
        "INTERVAL=2",
        "FREQ=MINUTELY",
        "FREQ=HOURLY;INTERVAL=24",
        "FREQ=SECONDLY",
        "FREQ=FORTNIGHTLY",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;;COUNT=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=367",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=DAILY;INTERVAL=1.5",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=10000",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=1;UNTIL=20280630",
        "FREQ=DAILY;UNTIL=20280631",
        "FREQ=DAILY;UNTIL=20280630T090000Z",
        "FREQ=DAILY;UNTIL=+0280630",
        "FREQ=DAILY;UNTIL=２０２80",
        "FREQ=DAILY;UNTIL=18991231",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=DAILY;BYMONTH=0",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;BYMONTH=",
        "FREQ=DAILY;BYMONTH=1,",
        "FREQ=DAILY;BYMONTHDAY=0",
        "FREQ=DAILY;BYMONTHDAY=32",
        "FREQ=DAILY;BYMONTHDAY=-32",
        "FREQ=DAILY;BYMONTHDAY=-128",
        "FREQ=DAILY;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=-1MO",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=Ü",
        "FREQ=WEEKLY;BYDAY=0MO",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=WEEKLY;WKST=1MO",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=-5MO",
        "FREQ=MONTHLY;BYDAY=-128MO",
        "FREQ=YEARLY;BYDAY=54MO",
        "FREQ=YEARLY;BYMONTH=1;BYDAY=6MO",
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=1",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=32",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-32768",
        "FREQ=MONTHLY;SKIP=OMIT",
        "FREQ=MONTHLY;SKIP=FORWARD",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=MO;SKIP=BACKWARD",
        "RSCALE=CHINESE;FREQ=YEARLY",
        // No day fits.
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2,4;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=8",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-30",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        &long,
    ] {
        let refusal = Rule::parse(text).expect_err(text);
        assert!(refusal.ends_with('.') && !refusal.contains(['!', '\'']), "{refusal}");
    }
}

#[test]
fn a_series_ends() {
    assert_eq!(rule("FREQ=DAILY;COUNT=2").next(date(2026, 11, 25), date(2026, 11, 24)), None);
    assert_eq!(rule("FREQ=DAILY;UNTIL=20261125").next(date(2026, 11, 25), date(2026, 11, 24)), None);
    assert_eq!(rule("FREQ=DAILY;UNTIL=20260101").next(date(2026, 1, 1), date(2026, 11, 24)), None);
    assert_eq!(rule("FREQ=DAILY").next(date(2020, 1, 1), date(2026, 11, 24)), Some(date(2026, 11, 24)));
    let start = date(2026, 11, 24);
    assert_eq!(rule("FREQ=YEARLY").between(start, start, Date::MAX, 1000).len(), 101);
    assert_eq!(rule("FREQ=YEARLY;INTERVAL=366").next(start, start), None);
    assert_eq!(rule("FREQ=DAILY").next(Date::MAX, start), None);
    assert_eq!(rule("FREQ=DAILY").next(Date::MIN, Date::MIN), Some(Date::MIN.tomorrow().unwrap()));
    assert_eq!(rule("FREQ=DAILY").between(start, Date::MAX, Date::MIN, 5), []);
}

#[test]
fn rules_that_never_come_end_soon() {
    let began = Instant::now();
    for text in [
        // From a Tuesday, from November.
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=364;BYDAY=MO",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
        "FREQ=MONTHLY;INTERVAL=366;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;COUNT=9999",
    ] {
        let start = date(2026, 11, 24);
        assert_eq!(rule(text).next(start, start), None, "{text}");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

fn plan(text: &str) -> Plan {
    Plan {
        mode: Mode::Schedule,
        rule: rule(text),
        start: date(2026, 11, 6),
        skipped: BTreeSet::new(),
        made: 1,
        catch_up: false,
    }
}

#[test]
fn on_schedule_a_late_task_is_followed_by_what_is_still_to_come() {
    let fridays = plan("FREQ=WEEKLY;BYDAY=FR");
    let due = date(2026, 11, 6);
    for (done, then) in [
        (date(2026, 11, 2), date(2026, 11, 13)),
        (date(2026, 11, 6), date(2026, 11, 13)),
        (date(2026, 11, 13), date(2026, 11, 13)),
        (date(2026, 11, 14), date(2026, 11, 20)),
        (date(2027, 1, 1), date(2027, 1, 1)),
    ] {
        assert_eq!(fridays.following(due, done), Some(then));
        let each = Plan { catch_up: true, ..fridays.clone() };
        assert_eq!(each.following(due, done), Some(date(2026, 11, 13)));
    }
    let skipping = Plan { skipped: [date(2026, 11, 13), date(2026, 11, 20)].into(), ..fridays };
    assert_eq!(skipping.following(due, due), Some(date(2026, 11, 27)));
}

#[test]
fn a_series_of_so_many_ends_with_as_many() {
    // What was skipped counts: the third Friday is the last.
    let plan = Plan { skipped: [date(2026, 11, 13)].into(), ..plan("FREQ=WEEKLY;BYDAY=FR;COUNT=3") };
    assert_eq!(plan.following(date(2026, 11, 6), date(2026, 11, 6)), Some(date(2026, 11, 20)));
    assert_eq!(plan.following(date(2026, 11, 20), date(2026, 11, 20)), None);
    assert_eq!(Plan { made: 3, ..plan }.following(date(2026, 11, 6), date(2026, 11, 6)), None);
}

#[test]
fn after_completion_it_is_counted_from_then() {
    let after = |text, due, done| Plan { mode: Mode::AfterCompletion, ..plan(text) }.following(due, done);
    for (text, due, done, then) in [
        ("FREQ=DAILY;INTERVAL=3", "2026: 11/6", "2026: 11/9", "2026: 11/12"),
        ("FREQ=WEEKLY;INTERVAL=2", "2026: 11/6", "2026: 11/9", "2026: 11/23"),
        ("FREQ=MONTHLY", "2026: 11/6", "2027: 1/31", "2027: 2/28"),
        ("FREQ=MONTHLY", "2027: 2/28", "2027: 2/28", "2027: 3/28"),
        ("FREQ=YEARLY", "2028: 2/1", "2028: 2/29", "2029: 2/28"),
        // Twice on one day: never the same day again.
        ("FREQ=DAILY;INTERVAL=3", "2026: 11/12", "2026: 11/9", "2026: 11/13"),
        // From Saturday on, the first weekday.
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "2026: 11/6", "2026: 11/6", "2026: 11/9"),
        // The Friday nearest to two weeks later: done a day late, and three days.
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "2026: 11/6", "2026: 11/7", "2026: 11/20"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "2026: 11/6", "2026: 11/9", "2026: 11/20"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "2026: 11/6", "2026: 11/10", "2026: 11/27"),
        // Done early: not the same Friday again.
        ("FREQ=WEEKLY;BYDAY=FR", "2026: 11/6", "2026: 10/29", "2026: 11/13"),
        ("FREQ=WEEKLY;BYDAY=FR", "2026: 11/6", "2026: 11/5", "2026: 11/13"),
        // Monday and Thursday.
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "2026: 11/9", "2026: 11/10", "2026: 11/12"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "2026: 11/12", "2026: 11/13", "2026: 11/23"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "2026: 11/15", "2026: 11/20", "2026: 12/15"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "2026: 11/15", "2026: 11/14", "2026: 12/15"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026: 11/27", "2026: 12/2", "2026: 12/25"),
        ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1", "2026: 7/1", "2026: 8/3", "2027: 7/1"),
        ("FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1", "2026: 1/1", "2026: 2/3", "2026: 7/1"),
    ] {
        let one = |text| days(text)[0];
        assert_eq!(after(text, one(due), one(done)), Some(one(then)), "{text} {due} {done}");
    }
    let until = "FREQ=DAILY;INTERVAL=3;UNTIL=20261112";
    assert_eq!(after(until, date(2026, 11, 6), date(2026, 11, 9)), Some(date(2026, 11, 12)));
    assert_eq!(after(until, date(2026, 11, 6), date(2026, 11, 10)), None);
    let twice = "FREQ=DAILY;COUNT=2";
    assert_eq!(after(twice, date(2026, 11, 6), date(2029, 1, 1)), Some(date(2029, 1, 2)));
    let plan = Plan { mode: Mode::AfterCompletion, made: 2, ..plan(twice) };
    assert_eq!(plan.following(date(2026, 11, 6), date(2026, 11, 6)), None);
}

fn form(kind: Kind) -> Form {
    Form { kind, interval: 1, weekdays: Vec::new(), nth: 0, month_day: 0, month: 0, ends: Ends::Never }
}

#[test]
fn a_form_makes_a_rule_and_shows_it_again() {
    let last = Ends::Until(date(2028, 6, 30));
    for (form, shown) in [
        (Form { interval: 3, ..form(Kind::Daily) }, "FREQ=DAILY;INTERVAL=3"),
        (form(Kind::Weekdays), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        (Form { weekdays: vec![7, 1], ..form(Kind::Weekly) }, "FREQ=WEEKLY;BYDAY=MO,SU"),
        (Form { interval: 2, ends: Ends::After(5), ..form(Kind::Weekly) }, "FREQ=WEEKLY;INTERVAL=2;COUNT=5"),
        (Form { month_day: 15, ..form(Kind::MonthlyDay) }, "FREQ=MONTHLY;BYMONTHDAY=15"),
        (Form { month_day: 31, ..form(Kind::MonthlyDay) }, "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD"),
        (Form { month_day: -1, ..form(Kind::MonthlyDay) }, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        (Form { nth: 2, weekdays: vec![2], ..form(Kind::MonthlyWeekday) }, "FREQ=MONTHLY;BYDAY=2TU"),
        (
            Form { nth: -1, weekdays: vec![1, 2, 3, 4, 5], ..form(Kind::MonthlyWeekday) },
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        ),
        (
            Form { month: 7, month_day: 1, ends: last, ..form(Kind::Yearly) },
            "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1;UNTIL=20280630",
        ),
        (
            Form { month: 2, month_day: 29, ..form(Kind::Yearly) },
            "RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;SKIP=BACKWARD",
        ),
    ] {
        let made = Rule::from_form(&form).unwrap();
        assert_eq!((made.show().as_str(), made.ends()), (shown, form.ends));
        let again = made.to_form().unwrap();
        assert_eq!((again.kind, again.interval), (form.kind, form.interval));
        assert_eq!(Rule::from_form(&again).unwrap(), made);
    }
    for text in ["FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=DAILY;BYMONTH=1", "FREQ=YEARLY;BYDAY=20MO", "FREQ=MONTHLY"] {
        assert_eq!(rule(text).to_form(), None, "{text}");
    }
}

#[test]
fn a_form_with_nonsense_is_refused() {
    for form in [
        Form { interval: 0, ..form(Kind::Daily) },
        Form { interval: i64::MIN, ..form(Kind::Weekly) },
        Form { interval: 367, ..form(Kind::Daily) },
        Form { weekdays: vec![0], ..form(Kind::Weekly) },
        Form { weekdays: vec![8], ..form(Kind::Weekly) },
        form(Kind::MonthlyDay),
        Form { month_day: 32, ..form(Kind::MonthlyDay) },
        Form { month_day: -2, ..form(Kind::MonthlyDay) },
        Form { nth: 2, ..form(Kind::MonthlyWeekday) },
        Form { nth: 5, weekdays: vec![1], ..form(Kind::MonthlyWeekday) },
        Form { weekdays: vec![1], ..form(Kind::MonthlyWeekday) },
        Form { month_day: 1, ..form(Kind::Yearly) },
        Form { month: 2, month_day: 30, ..form(Kind::Yearly) },
        Form { month: 13, month_day: 1, ..form(Kind::Yearly) },
        Form { ends: Ends::After(0), ..form(Kind::Daily) },
        Form { ends: Ends::Until(Date::MIN), ..form(Kind::Daily) },
    ] {
        assert!(Rule::from_form(&form).is_err(), "{form:?}");
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        assert!(!kind.label().is_empty());
    }
    for mode in Mode::ALL {
        assert_eq!(Mode::parse(mode.as_str()), Some(mode));
        assert!(!mode.label().is_empty());
    }
}

#[test]
fn nine_stays_nine_when_clocks_change() {
    let sydney = TimeZone::get("Australia/Sydney").unwrap();
    for (day, at, instant) in [
        (date(2026, 10, 3), Some(time(9, 0, 0, 0)), "2026-10-02T23:00:00Z"),
        (date(2026, 10, 4), Some(time(9, 0, 0, 0)), "2026-10-03T22:00:00Z"),
        // The clock goes from 2 to 3: half an hour into that.
        (date(2026, 10, 4), Some(time(2, 30, 0, 0)), "2026-10-03T16:30:00Z"),
        // From 3 back to 2: the first of the two.
        (date(2027, 4, 4), Some(time(2, 30, 0, 0)), "2027-04-03T15:30:00Z"),
        (date(2026, 10, 3), None, "2026-10-03T14:00:00Z"),
        (date(2026, 10, 4), None, "2026-10-04T13:00:00Z"),
    ] {
        assert_eq!(instant_of(day, at, &sydney), Some(instant.parse().unwrap()), "{day} {at:?}");
    }
    assert_eq!(instant_of(Date::MAX, None, &sydney), None);
}

#[test]
fn days_move_with_the_due_day() {
    let moved = shift_days(date(2026, 11, 6), date(2026, 12, 1), date(2026, 11, 2));
    assert_eq!(moved, Some(date(2026, 11, 27)));
    assert_eq!(shift_days(date(2026, 11, 6), date(2026, 11, 1), date(2026, 3, 1)), Some(date(2026, 2, 24)));
    assert_eq!(shift_days(Date::MIN, Date::MAX, date(2026, 11, 6)), None);
}

/// A rule as the standard tells it, told here a second time: days are walked through one by one.
#[derive(Debug, Clone)]
struct Told {
    freq: usize,
    interval: i64,
    months: Vec<i8>,
    month_days: Vec<i8>,
    weekdays: Vec<(i8, usize)>,
    places: Vec<i64>,
    backward: bool,
    week_starts: usize,
    count: Option<usize>,
    until: Option<Date>,
}

impl Told {
    fn text(&self) -> String {
        let mut text = format!("FREQ={}", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][self.freq]);
        write!(text, ";INTERVAL={};WKST={}", self.interval, WEEK[self.week_starts].0).unwrap();
        let weekday = |(nth, day): &(i8, usize)| match nth {
            0 => WEEK[*day].0.to_owned(),
            nth => format!("{nth}{}", WEEK[*day].0),
        };
        let weekdays: Vec<String> = self.weekdays.iter().map(weekday).collect();
        for (name, values) in [
            ("BYMONTH", shown(&self.months)),
            ("BYMONTHDAY", shown(&self.month_days)),
            ("BYDAY", weekdays.join(",")),
            ("BYSETPOS", shown(&self.places)),
            ("COUNT", self.count.map_or(String::new(), |count| count.to_string())),
            ("UNTIL", self.until.map_or(String::new(), |until| until.to_string().replace('-', ""))),
            ("SKIP", if self.backward { "BACKWARD".to_owned() } else { String::new() }),
        ] {
            if !values.is_empty() {
                write!(text, ";{name}={values}").unwrap();
            }
        }
        text
    }

    /// Which period a day is in.
    fn period(&self, day: Date) -> i32 {
        let since = (day - date(1600, 1, 3)).get_days();
        match self.freq {
            0 => since,
            // That was a Monday; a week that starts later began so many days before.
            1 => (since - i32::try_from(self.week_starts).unwrap()).div_euclid(7),
            2 => i32::from(day.year()) * 12 + i32::from(day.month()),
            _ => i32::from(day.year()),
        }
    }

    fn fits(&self, day: Date, start: Date) -> bool {
        let (on, length) = (day.day(), day.days_in_month());
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap();
        let nothing = self.month_days.is_empty() && self.weekdays.is_empty();
        let months =
            if self.freq == 3 && self.months.is_empty() && nothing { vec![start.month()] } else { self.months.clone() };
        let in_month = months.is_empty() || months.contains(&day.month());
        if nothing {
            return in_month
                && match self.freq {
                    0 => true,
                    1 => day.weekday() == start.weekday(),
                    _ => on == start.day().min(length),
                };
        }
        let on_month_day = self.month_days.is_empty()
            || self.month_days.iter().any(|by| {
                *by == on || *by == on - length - 1 || (self.backward && self.freq >= 2 && *by > length && on == length)
            });
        // Its number within the month or the year, from either end, counted by walking.
        let same = |other: &Date| {
            other.year() == day.year() && ((self.freq == 3 && self.months.is_empty()) || other.month() == day.month())
        };
        let from_first = day.series(-7.days()).take_while(same).count();
        let from_last = day.series(7.days()).take_while(same).count();
        let on_weekday = self.weekdays.is_empty()
            || self.weekdays.iter().any(|(nth, by)| {
                *by == weekday
                    && (*nth == 0
                        || usize::try_from(*nth) == Ok(from_first)
                        || usize::try_from(-i32::from(*nth)) == Ok(from_last))
            });
        in_month && on_month_day && on_weekday
    }

    fn days(&self, start: Date, until: Date) -> Vec<Date> {
        let first = self.period(start);
        let mut day = start;
        while self.period(day.yesterday().unwrap()) == first {
            day = day.yesterday().unwrap();
        }
        let (mut found, mut set): (Vec<Date>, Vec<Date>) = (Vec::new(), Vec::new());
        while day < until || !set.is_empty() {
            if i64::from(self.period(day) - first) % self.interval == 0 && self.fits(day, start) {
                set.push(day);
            }
            let next = day.tomorrow().unwrap();
            if self.period(next) != self.period(day) {
                let length = i64::try_from(set.len()).unwrap();
                for (place, day) in (1..).zip(std::mem::take(&mut set)) {
                    let chosen = |by: &i64| *by == place || *by == place - length - 1;
                    if self.places.is_empty() || self.places.iter().any(chosen) {
                        found.push(day);
                    }
                }
            }
            day = next;
        }
        found.retain(|day| *day >= start && self.until.is_none_or(|until| *day <= until));
        found.truncate(self.count.unwrap_or(usize::MAX));
        found.retain(|day| *day < until);
        found
    }
}

fn told() -> impl Strategy<Value = Told> {
    let nth = prop_oneof![3 => Just(0_i8), 2 => 1..=5_i8, 2 => -5..=-1_i8, 1 => -53..=53_i8];
    let month_day = prop_oneof![1..=31_i8, 28..=31_i8, -31..=-1_i8];
    let interval = prop_oneof![4 => 1..=4_i64, 1 => 1..=40_i64, 1 => 1..=366_i64];
    let months = prop_oneof![Just(12), 1..=12_usize]
        .prop_flat_map(|most| subsequence((1..=12_i8).collect::<Vec<_>>(), 0..=(12 - most % 12).min(12)));
    let by = (
        months,
        prop_oneof![Just(Vec::new()), vec(month_day, 0..4), Just((1..=31_i8).collect())],
        prop_oneof![
            Just(Vec::new()),
            vec((nth, 0..7_usize), 0..4),
            Just((0..5).map(|day| (0, day)).collect::<Vec<_>>())
        ],
        prop_oneof![2 => Just(Vec::new()), 1 => vec(prop_oneof![1..=5_i64, -5..=-1_i64, -366..=366_i64], 0..3)],
    );
    let rest = (0..4_usize, interval, any::<bool>(), 0..7_usize, option::of(1..60_usize), option::of(a_day()));
    (by, rest).prop_map(
        |((months, month_days, weekdays, places), (freq, interval, backward, week_starts, count, until))| {
            let mut told =
                Told { freq, interval, months, month_days, weekdays, places, backward, week_starts, count, until };
            // Mostly what is accepted.
            if freq < 2 {
                told.weekdays.iter_mut().for_each(|(nth, _)| *nth = 0);
            }
            if freq == 1 {
                told.month_days.clear();
            }
            let bare = told.month_days.is_empty() && told.weekdays.is_empty();
            if freq == 0 || bare {
                told.places.clear();
            }
            if !told.weekdays.is_empty() || !told.places.is_empty() {
                told.backward = false;
            }
            if told.count.is_some() {
                told.until = None;
            }
            told
        },
    )
}

fn a_day() -> impl Strategy<Value = Date> {
    (0..=14_000_i64).prop_map(|days| date(1995, 1, 1) + days.days())
}

fn a_plan() -> impl Strategy<Value = Plan> {
    let skipped = vec(a_day(), 0..20);
    (told(), a_day(), skipped, any::<bool>(), any::<bool>()).prop_filter_map("a rule", |told| {
        let (told, start, skipped, after, catch_up) = told;
        let mode = if after { Mode::AfterCompletion } else { Mode::Schedule };
        let rule = Rule::parse(&told.text()).ok()?;
        Some(Plan { mode, rule, start, skipped: skipped.into_iter().collect(), made: 1, catch_up })
    })
}

proptest! {


    #[test]
    fn the_days_are_those_that_walking_finds(told in told(), start in a_day(), ahead in 0..3650_i64) {
        let Ok(rule) = Rule::parse(&told.text()) else {
            // From any day, as no day in 30 years fits.
            let forever = Told { interval: 1, count: None, until: None, ..told.clone() };
            let wide = told.weekdays.iter().any(|(nth, _)| {
                let most = if told.freq == 3 && told.months.is_empty() { 53 } else { 5 };
                *nth > most || *nth <= -most
            });
            let far = told.places.iter().any(|by| *by == 0 || by.abs() > [0, 7, 31, 366][told.freq]);
            prop_assert!(wide || far || forever.days(start, start + 30.years()).is_empty(), "{}", told.text());
            return Ok(());
        };
        let until = start + 10.years();
        let days = told.days(start, until);
        prop_assert_eq!(&rule.between(start, start, until, usize::MAX), &days, "{} from {}", told.text(), start);
        let after = start + ahead.days();
        let next = days.iter().find(|day| **day > after).copied();
        let found = rule.next(after, start);
        prop_assert_eq!(found.filter(|day| *day < until), next, "{} from {} after {}", told.text(), start, after);
        let some = rule.between(start, after, until, 3);
        prop_assert_eq!(some, days.into_iter().filter(|day| *day >= after).take(3).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_shown_is_read_as_the_same(told in told()) {
        if let Ok(rule) = Rule::parse(&told.text()) {
            prop_assert_eq!(Rule::parse(&rule.show()), Ok(rule.clone()));
            prop_assert_eq!(rule.show(), Rule::parse(&rule.show()).unwrap().show());
            let words = rule.in_words();
            prop_assert!(words.starts_with(['E', 'O']) && !words.contains("  ") && !words.contains("the of"), "{words}");
            if let Some(form) = rule.to_form() {
                prop_assert_eq!(Rule::from_form(&form), Ok(rule));
            }
        }
    }

    #[test]
    fn what_follows_is_later_and_in_the_series(plan in a_plan(), late in vec(-40..400_i64, 12)) {
        let mut plan = plan;
        let mut due = plan.start;
        let unended = Rule { ends: Ends::Never, ..plan.rule.clone() };
        for late in late {
            let done = due + late.days();
            let Some(next) = plan.following(due, done) else { break };
            prop_assert!(next > due, "{next} after {due}");
            prop_assert_eq!(plan.following(due, done), Some(next));
            prop_assert!(!plan.skipped.contains(&next));
            prop_assert!(!matches!(plan.rule.ends(), Ends::Until(last) if next > last));
            match plan.mode {
                Mode::Schedule => {
                    let from = if plan.catch_up { due + 1.day() } else { done.max(due + 1.day()) };
                    prop_assert!(next >= from);
                    // The first of the series that isn’t skipped.
                    let days = plan.rule.between(plan.start, from, next + 1.day(), usize::MAX);
                    prop_assert_eq!(days.iter().find(|day| !plan.skipped.contains(day)), Some(&next));
                }
                Mode::AfterCompletion => {
                    prop_assert!(next > done);
                    let each = Rule { interval: 1, ..unended.clone() };
                    prop_assert_eq!(each.next(next - 1.day(), done), Some(next), "{}", plan.rule.show());
                }
            }
            plan.made += 1;
            due = next;
        }
        if let Ends::After(times) = plan.rule.ends() {
            prop_assert!(plan.made <= i64::from(times).max(1));
        }
    }

    #[test]
    fn after_completion_without_days_is_an_interval_later(
        freq in 0..4_usize,
        interval in 1..=60_i64,
        due in a_day(),
        late in 0..400_i64,
    ) {
        let freq_name = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][freq];
        let plan = Plan { mode: Mode::AfterCompletion, ..plan(&format!("FREQ={freq_name};INTERVAL={interval}")) };
        let done = due + late.days();
        let later = [interval.days(), interval.weeks(), interval.months(), interval.years()][freq];
        prop_assert_eq!(plan.following(due, done), Some(done + later));
    }

    #[test]
    fn nothing_makes_it_fall_over(
        text in any::<String>(),
        like in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY))(;(INTERVAL|BYDAY|BYMONTHDAY|BYMONTH|BYSETPOS|COUNT|UNTIL|SKIP)=[-+,0-9MOTUFR]{0,8}){0,4}",
        start in (-9999_i16..=9999, 1_i8..=12, 1_i8..=28),
        after in (-9999_i16..=9999, 1_i8..=12, 1_i8..=28),
        told in told(),
        numbers in any::<(i64, i64, i64, i64)>(),
        weekdays in vec(any::<u8>(), 0..10),
        kind in 0..6_usize,
    ) {
        let _ = Rule::parse(&text);
        let (start, after) = (date(start.0, start.1, start.2), date(after.0, after.1, after.2));
        for text in [like, told.text()] {
            let Ok(rule) = Rule::parse(&text) else { continue };
            let _ = (rule.in_words(), rule.show(), rule.to_form());
            let began = Instant::now();
            for (start, after) in [(start, after), (Date::MIN, after), (start, Date::MAX), (Date::MAX, Date::MIN), (start, start)] {
                prop_assert!(rule.next(after, start).is_none_or(|next| next > after && next >= start));
                for mode in Mode::ALL {
                    let plan = Plan {
                        mode, rule: rule.clone(), start, skipped: BTreeSet::new(), made: numbers.0, catch_up: false,
                    };
                    for (due, done) in [(after, start), (start, after), (start, start), (Date::MAX, Date::MIN)] {
                        prop_assert!(plan.following(due, done).is_none_or(|next| next > due));
                    }
                }
            }
            prop_assert!(began.elapsed() < Duration::from_secs(5), "{text} {:?}", began.elapsed());
        }
        let (interval, nth, month_day, month) = numbers;
        let form = Form { kind: Kind::ALL[kind], interval, weekdays, nth, month_day, month, ends: Ends::Never };
        let _ = Rule::from_form(&form);
        let _ = (shift_days(start, after, start), shift_days(after, start, Date::MAX));
        for zone in ["Australia/Lord_Howe", "Pacific/Apia", "America/Toronto"] {
            let zone = TimeZone::get(zone).unwrap();
            let _ = (instant_of(start, None, &zone), instant_of(Date::MAX, Some(Time::MAX), &zone));
        }
    }
}
