//! The worked cases, each rule by hand, and a slow minute-by-minute oracle that random cases are compared with.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::maybe_infinite_iter,
    reason = "the oracle counts minutes of a few days, and every hour has the minutes it looks for"
)]

use jiff::{SignedDuration, civil};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::modules::calendar::slots_case::{Case, run_json, show};

// ---------------------------------------------------------------------------------------------- the worked cases

#[derive(Deserialize)]
struct Worked {
    cases: Vec<serde_json::Value>,
}

#[test]
fn every_worked_case() {
    let worked: Worked = serde_json::from_str(include_str!("testdata/slots.json")).unwrap();
    assert!(worked.cases.len() >= 20);
    for case in worked.cases {
        assert_eq!(run_json(&case.to_string()).unwrap(), case["expected"].to_string(), "{}", case["id"]);
        assert_eq!(run_json(&case["input"].to_string()).unwrap(), case["expected"].to_string());
    }
}

// ---------------------------------------------------------------------------------------------- by hand

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The instant of a local reading, the earlier one if it is repeated.
fn local(zone: &TimeZone, text: &str) -> Timestamp {
    let reading: civil::DateTime = text.parse().unwrap();
    zone.to_zoned(reading).unwrap().timestamp()
}

fn hours(days: Days, start: i64, end: i64) -> Weekly {
    Weekly { days, start: start * 60, end: end * 60 }
}

fn host(zone: &TimeZone, weekly: Vec<Weekly>) -> Host {
    Host { zone: zone.clone(), weekly, overrides: vec![], closed_dates: vec![], busy: vec![], own: Counted::default() }
}

fn busy(zone: &TimeZone, start: &str, end: &str) -> Busy {
    Busy { start: local(zone, start), end: local(zone, end), buffer_before: 0, buffer_after: 0, counts: true }
}

fn at_hours(date: &str, start: i64, end: i64) -> Override {
    Override { date: date.parse().unwrap(), window: Some((start * 60, end * 60)) }
}

/// The starts on one local date (or from one to another, both included), as `HH:MM` with the offset where asked.
fn on(rules: &Rules, hosts: &[Host], dates: &str) -> Vec<String> {
    labels(rules, hosts, dates, "2026-01-01T00:00Z", "%H:%M")
}

fn labels(rules: &Rules, hosts: &[Host], dates: &str, now: &str, format: &str) -> Vec<String> {
    let (first, last) = dates.split_once("..").unwrap_or((dates, dates));
    let from = local(&rules.zone, &format!("{first}T00:00"));
    let next: Date = last.parse().unwrap();
    let to = local(&rules.zone, &format!("{}T00:00", next.tomorrow().unwrap()));
    let found = starts(rules, hosts, from, to, at(now)).unwrap();
    found.into_iter().map(|start| start.to_zoned(rules.zone.clone()).strftime(format).to_string()).collect()
}

const SUMMER_STARTS: &str = "2026-10-04";
const SUMMER_ENDS: &str = "2026-04-05";

#[test]
fn sydney_loses_the_hour_that_does_not_exist_and_offers_the_repeated_one_twice() {
    let sydney = zone("Australia/Sydney");
    let rules = Rules::new(sydney.clone(), 60);
    let night = [host(&sydney, vec![hours(Days::ALL, 0, 5)])];
    assert_eq!(on(&rules, &night, SUMMER_STARTS), ["00:00", "01:00", "03:00", "04:00"]);
    let with_offset = labels(&rules, &night, SUMMER_ENDS, "2026-01-01T00:00Z", "%H:%M%z");
    assert_eq!(with_offset, ["00:00+1100", "01:00+1100", "02:00+1100", "02:00+1000", "03:00+1000", "04:00+1000"]);
}

#[test]
fn the_grid_stays_on_the_wall_clock_over_daylight_saving() {
    let sydney = zone("Australia/Sydney");
    let rules = Rules::new(sydney.clone(), 90);
    let night = [host(&sydney, vec![hours(Days::ALL, 0, 8)])];
    assert_eq!(on(&rules, &night, SUMMER_STARTS), ["00:00", "01:30", "03:00", "04:30", "06:00"]);
    // Two hours on, 02:00 doesn't exist; the starts after it are still counted from midnight.
    let rules = Rules::new(sydney.clone(), 120);
    assert_eq!(on(&rules, &night, SUMMER_STARTS), ["00:00", "04:00", "06:00"]);
}

#[test]
fn lord_howe_shifts_by_half_an_hour() {
    let lord_howe = zone("Australia/Lord_Howe");
    let rules = Rules::new(lord_howe.clone(), 30);
    let night = [host(&lord_howe, vec![hours(Days::ALL, 1, 4)])];
    assert_eq!(on(&rules, &night, SUMMER_STARTS), ["01:00", "01:30", "02:30", "03:00", "03:30"]);
    assert_eq!(on(&rules, &night, SUMMER_ENDS), ["01:00", "01:30", "01:30", "02:00", "02:30", "03:00", "03:30"]);
}

#[test]
fn the_grid_is_the_business_clock_even_at_quarter_hour_offsets() {
    for name in ["Australia/Eucla", "Australia/Broken_Hill", "Australia/Perth", "Australia/Darwin", "Asia/Kathmandu"] {
        let here = zone(name);
        let rules = Rules::new(here.clone(), 60);
        let open = [host(&here, vec![hours(Days::ALL, 9, 12)])];
        assert_eq!(on(&rules, &open, "2026-06-10"), ["09:00", "10:00", "11:00"], "{name}");
    }
    let eucla = zone("Australia/Eucla");
    let rules = Rules::new(eucla.clone(), 60);
    let open = [host(&eucla, vec![hours(Days::ALL, 9, 10)])];
    let found = starts(&rules, &open, at("2026-06-10T00:00Z"), at("2026-06-11T00:00Z"), at("2026-01-01T00:00Z"));
    assert_eq!(found.unwrap(), [at("2026-06-10T00:15Z")]);
}

#[test]
fn hours_that_begin_or_end_in_a_gap_or_a_fold() {
    let sydney = zone("Australia/Sydney");
    let rules = Rules::new(sydney.clone(), 30);
    // 02:00 to 04:00 on the day without a 02:00: it begins at 03:00.
    let early = [host(&sydney, vec![hours(Days::ALL, 2, 4)])];
    assert_eq!(on(&rules, &early, SUMMER_STARTS), ["03:00", "03:30"]);
    // A window wholly inside the gap moves later by an hour, even past the start of the next window.
    let mut inside = host(&sydney, vec![]);
    let window = |start, end| Weekly { days: Days::ALL, start, end };
    inside.weekly = vec![window(150, 180), window(130, 170), window(185, 240)];
    assert_eq!(on(&rules, &[inside], SUMMER_STARTS), ["03:30"]);
    // 02:00 is the earlier of the two, and 03:00 is after both.
    let fold = [host(&sydney, vec![hours(Days::ALL, 2, 3)])];
    assert_eq!(on(&rules, &fold, SUMMER_ENDS), ["02:00", "02:30", "02:00", "02:30"]);
    // Until 02:00 means until the earlier 02:00.
    let until = [host(&sydney, vec![hours(Days::ALL, 1, 2)])];
    assert_eq!(on(&rules, &until, SUMMER_ENDS), ["01:00", "01:30"]);
}

#[test]
fn windows_that_touch_merge_over_midnight_too() {
    let perth = zone("Australia/Perth");
    let mut rules = Rules::new(perth.clone(), 120);
    let friday_night = Days::from_numbers([5]).unwrap();
    let saturday = Days::from_numbers([6]).unwrap();
    let club = [host(&perth, vec![hours(friday_night, 21, 24), hours(saturday, 0, 3), hours(saturday, 3, 4)])];
    assert_eq!(on(&rules, &club, "2026-06-12..2026-06-13"), ["21:00", "23:00", "01:00"]);
    // The question's edges cut nothing: the grid still comes from 21:00 the evening before.
    assert_eq!(on(&rules, &club, "2026-06-13"), ["01:00"]);
    rules.duration = 8 * 60;
    assert_eq!(on(&rules, &club, "2026-06-12..2026-06-13"), Vec::<String>::new());
}

#[test]
fn around_the_clock_means_also_over_midnight_and_the_grid_comes_from_the_notice() {
    let hobart = zone("Australia/Hobart");
    let mut rules = Rules::new(hobart.clone(), 45);
    let always = [host(&hobart, vec![hours(Days::ALL, 0, 24)])];
    rules.min_notice = 60;
    let from = local(&hobart, "2026-06-10T00:00");
    let ask = |days: i64| {
        let to = from + SignedDuration::from_hours(24 * days);
        starts(&rules, &always, from, to, local(&hobart, "2026-06-09T22:07:30")).unwrap()
    };
    // 23:07:30 rounds to 23:15; 00:00, 00:45 follow.
    assert_eq!(ask(1)[0], from);
    assert_eq!(ask(3)[..32], ask(1)[..]);
    // A closed date ends the range and begins another.
    let mut shut = always.clone();
    shut[0].closed_dates = vec![civil::date(2026, 6, 11)];
    assert_eq!(
        labels(&rules, &shut, "2026-06-11..2026-06-12", "2026-06-09T12:07:30Z", "%a %H:%M")[..2],
        ["Fri 00:00", "Fri 00:45"]
    );
}

#[test]
fn overrides_replace_and_closed_dates_close_unless_overridden() {
    let brisbane = zone("Australia/Brisbane");
    let rules = Rules::new(brisbane.clone(), 60);
    let mut open = host(&brisbane, vec![hours(Days::WEEKDAYS, 9, 11)]);
    open.overrides = vec![at_hours("2026-06-10", 14, 15), at_hours("2026-06-10", 7, 8), at_hours("2026-06-13", 10, 11)];
    open.closed_dates = vec![civil::date(2026, 6, 9), civil::date(2026, 6, 10)];
    open.overrides.push(Override { date: civil::date(2026, 6, 11), window: None });
    let open = [open];
    assert_eq!(on(&rules, &open, "2026-06-08"), ["09:00", "10:00"]);
    assert_eq!(on(&rules, &open, "2026-06-09"), Vec::<String>::new());
    assert_eq!(on(&rules, &open, "2026-06-10"), ["07:00", "14:00"]);
    assert_eq!(on(&rules, &open, "2026-06-11"), Vec::<String>::new());
    assert_eq!(on(&rules, &open, "2026-06-13"), ["10:00"]);
}

#[test]
fn buffers_of_both_sides_add_up() {
    let here = zone("Australia/Sydney");
    let mut rules = Rules::new(here.clone(), 30);
    (rules.interval, rules.buffer_before, rules.buffer_after) = (15, 10, 20);
    let mut open = host(&here, vec![hours(Days::ALL, 9, 13)]);
    open.busy =
        vec![Busy { buffer_before: 5, buffer_after: 15, ..busy(&here, "2026-06-10T10:30", "2026-06-10T11:00") }];
    // Free until 10:30 − 5 − 20 = 10:05, and from 11:00 + 15 + 10 = 11:25.
    assert_eq!(
        on(&rules, &[open], "2026-06-10"),
        ["09:00", "09:15", "09:30", "11:30", "11:45", "12:00", "12:15", "12:30"]
    );
}

#[test]
fn the_grid_restarts_after_a_busy_time_and_optimize_saves_a_slot() {
    let here = zone("Australia/Melbourne");
    let mut rules = Rules::new(here.clone(), 60);
    let mut open = [host(&here, vec![hours(Days::ALL, 8, 12)])];
    open[0].busy = vec![busy(&here, "2026-06-10T08:00", "2026-06-10T08:35")];
    assert_eq!(on(&rules, &open, "2026-06-10"), ["09:00", "10:00", "11:00"]);
    rules.optimize = true;
    // 205 minutes left: 25 to spare, exactly what 09:00 needs.
    assert_eq!(on(&rules, &open, "2026-06-10"), ["09:00", "10:00", "11:00"]);
    open[0].weekly = vec![Weekly { days: Days::ALL, start: 480, end: 715 }];
    // 200 minutes: 20 to spare, enough for 08:45 only.
    assert_eq!(on(&rules, &open, "2026-06-10"), ["08:45", "09:45", "10:45"]);
    open[0].busy = vec![busy(&here, "2026-06-10T08:00", "2026-06-10T08:52")];
    // 183 minutes: 3 to spare, enough for 08:55.
    assert_eq!(on(&rules, &open, "2026-06-10"), ["08:55", "09:55", "10:55"]);
}

#[test]
fn an_offset_moves_and_spreads_the_grid() {
    let here = zone("Australia/Adelaide");
    let mut rules = Rules::new(here.clone(), 20);
    rules.offset = 10;
    let open = [host(&here, vec![hours(Days::ALL, 9, 11)])];
    assert_eq!(on(&rules, &open, "2026-06-10"), ["09:10", "09:40", "10:10", "10:40"]);
}

#[test]
fn notice_is_elapsed_time_and_cuts_the_range_before_the_grid() {
    let here = zone("Australia/Sydney");
    let mut rules = Rules::new(here.clone(), 90);
    rules.min_notice = 24 * 60;
    let open = [host(&here, vec![hours(Days::ALL, 9, 17)])];
    // Saturday 10:10 AEST + 24 h is Sunday 11:10 AEDT; the unit of 90 minutes is 30.
    let found = labels(&rules, &open, SUMMER_STARTS, "2026-10-03T00:10Z", "%H:%M");
    assert_eq!(found, ["11:30", "13:00", "14:30"]);
}

#[test]
fn limits_are_counted_in_business_days_and_monday_weeks() {
    let here = zone("Australia/Sydney");
    let mut rules = Rules::new(here.clone(), 60);
    let mut open = [host(&here, vec![hours(Days::ALL, 9, 11)])];
    // Late on the Saturday before daylight saving starts, and just after it on the Sunday.
    open[0].busy =
        vec![busy(&here, "2026-10-03T23:30", "2026-10-04T00:30"), busy(&here, "2026-10-04T23:30", "2026-10-05T00:00")];
    let days = |rules: &Rules, open: &[Host]| labels(rules, open, "2026-10-02..2026-10-06", "2026-01-01T00:00Z", "%d");
    rules.limits.per_day = Some(1);
    assert_eq!(days(&rules, &open), ["02", "02", "05", "05", "06", "06"]);
    rules.limits = Limits { per_week: Some(2), ..Limits::default() };
    assert_eq!(days(&rules, &open), ["05", "05", "06", "06"]);
    rules.limits = Limits { minutes_per_day: Some(119), ..Limits::default() };
    assert_eq!(days(&rules, &open), ["02", "02", "04", "04", "05", "05", "06", "06"]);
    open[0].busy[0].counts = false;
    rules.limits = Limits { per_day: Some(1), ..Limits::default() };
    assert_eq!(days(&rules, &open), ["02", "02", "03", "03", "05", "05", "06", "06"]);
    rules.limits.per_day = Some(0);
    assert_eq!(days(&rules, &open), Vec::<String>::new());
}

#[test]
fn the_rolling_window_includes_its_last_day() {
    let here = zone("Australia/Perth");
    let mut rules = Rules::new(here.clone(), 60);
    let open = [host(&here, vec![hours(Days::ALL, 9, 10)])];
    // Now is Thursday 11 June 23:00 UTC: Friday 12 June in Perth.
    let days = |rules: &Rules| labels(rules, &open, "2026-06-10..2026-06-30", "2026-06-11T23:00Z", "%d");
    rules.rolling_days = Some(2);
    assert_eq!(days(&rules), ["12", "13", "14"]);
    rules.rolling_days = Some(0);
    assert_eq!(days(&rules), ["12"]);
    (rules.rolling_days, rules.rolling_business_days) = (None, Some(1));
    assert_eq!(days(&rules), ["12", "13", "14", "15"]);
    rules.rolling_business_days = Some(6);
    assert_eq!(days(&rules).last().unwrap(), "22");
    rules.rolling_days = Some(1);
    assert_eq!(days(&rules), ["12", "13"]);
    rules.rolling_days = Some(i64::MAX);
    rules.rolling_business_days = Some(i64::MAX);
    assert_eq!(days(&rules).len(), 19);
}

#[test]
fn weekdays_are_counted_one_by_one() {
    let mut rules = Rules::new(TimeZone::UTC, 60);
    for today in -10..10 {
        for count in 0..25 {
            rules.rolling_business_days = Some(count);
            let (mut day, mut left) = (today, count);
            while left > 0 {
                day += 1;
                let weekday = (day + 4_i64).rem_euclid(7);
                left -= i64::from((1..=5).contains(&weekday));
            }
            assert_eq!(last_day(&rules, today), day, "{today} {count}");
        }
    }
}

#[test]
fn hosts_in_different_zones() {
    let (sydney, perth) = (zone("Australia/Sydney"), zone("Australia/Perth"));
    let mut rules = Rules::new(sydney.clone(), 60);
    let mut team = [host(&sydney, vec![hours(Days::ALL, 9, 17)]), host(&perth, vec![hours(Days::ALL, 9, 17)])];
    team[1].busy = vec![busy(&sydney, "2026-06-10T13:00", "2026-06-10T14:00")];
    // In winter Perth's nine o'clock is Sydney's eleven.
    assert_eq!(on(&rules, &team, "2026-06-10"), ["11:00", "12:00", "14:00", "15:00", "16:00"]);
    rules.mode = Mode::Any;
    assert_eq!(
        on(&rules, &team, "2026-06-10"),
        ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00", "17:00", "18:00"]
    );
    let day = local(&sydney, "2026-06-10T00:00");
    let who =
        starts_by_host(&rules, &team, day, day + SignedDuration::from_hours(24), at("2026-01-01T00:00Z")).unwrap();
    let free = |reading: &str| who.iter().find(|(start, _)| *start == local(&sydney, reading)).unwrap().1.clone();
    assert_eq!(free("2026-06-10T09:00"), [0]);
    assert_eq!(free("2026-06-10T12:00"), [0, 1]);
    assert_eq!(free("2026-06-10T13:00"), [0]);
    assert_eq!(free("2026-06-10T18:00"), [1]);
}

#[test]
fn an_appointment_with_everyone_counts_once() {
    let here = zone("Australia/Sydney");
    let mut rules = Rules::new(here.clone(), 60);
    rules.limits.per_day = Some(2);
    let mut one = host(&here, vec![hours(Days::ALL, 9, 11)]);
    one.busy = vec![busy(&here, "2026-06-10T09:00", "2026-06-10T10:00")];
    let mut team = vec![one.clone(), one];
    assert_eq!(on(&rules, &team, "2026-06-10"), ["10:00"]);
    team[1].busy.push(busy(&here, "2026-06-10T20:00", "2026-06-10T21:00"));
    assert_eq!(on(&rules, &team, "2026-06-10"), Vec::<String>::new());
    rules.mode = Mode::Any;
    assert_eq!(on(&rules, &team, "2026-06-10"), ["10:00"]);
}

#[test]
fn samoa_skipped_a_day() {
    let apia = zone("Pacific/Apia");
    let rules = Rules::new(apia.clone(), 60);
    let open = [host(&apia, vec![hours(Days::ALL, 9, 11)])];
    let found = labels(&rules, &open, "2011-12-29..2011-12-31", "2011-01-01T00:00Z", "%d %H:%M");
    // Friday the 30th doesn't exist; its hours move later by the day that was skipped and coincide with the 31st's.
    assert_eq!(found, ["29 09:00", "29 10:00", "31 09:00", "31 10:00"]);
}

#[test]
fn each_refusal() {
    let here = zone("Australia/Sydney");
    let mut rules = Rules::new(here.clone(), 60);
    (rules.min_notice, rules.rolling_days, rules.limits.per_day) = (120, Some(10), Some(1));
    let mut open = [host(&here, vec![hours(Days::WEEKDAYS, 9, 17)])];
    open[0].busy = vec![busy(&here, "2026-06-11T09:00", "2026-06-11T10:00")];
    let now = local(&here, "2026-06-10T10:00");
    let ask = |reading: &str| check(&rules, &open, local(&here, reading), now);
    assert_eq!(ask("2026-06-10T12:00"), Ok(vec![0]));
    assert_eq!(ask("2026-06-10T09:00"), Err(Refusal::Past));
    assert_eq!(ask("2026-06-10T11:00"), Err(Refusal::TooSoon { minutes: 120 }));
    assert_eq!(ask("2026-06-22T10:00"), Err(Refusal::TooFar { last: civil::date(2026, 6, 20) }));
    assert_eq!(ask("2026-06-13T10:00"), Err(Refusal::Closed));
    assert_eq!(ask("2026-06-12T16:30"), Err(Refusal::Closed));
    assert_eq!(ask("2026-06-11T09:30"), Err(Refusal::Taken));
    assert_eq!(ask("2026-06-12T12:10"), Err(Refusal::OffGrid));
    assert_eq!(ask("2026-06-12T12:00:00.5"), Err(Refusal::OffGrid));
    assert_eq!(ask("2026-06-11T12:00"), Err(Refusal::Full));
    assert_eq!(check(&rules, &[], now, now), Err(Refusal::Invalid(SlotError::NoHosts)));
    let words = |refusal: Refusal| refusal.to_string();
    assert_eq!(
        words(Refusal::TooSoon { minutes: 120 }),
        "That’s too soon: we need at least 2 hours’ notice. Please choose a later time."
    );
    assert!(words(Refusal::TooSoon { minutes: 60 }).contains("1 hour’s notice"));
    assert!(words(Refusal::TooSoon { minutes: 4320 }).contains("3 days’ notice"));
    assert!(words(Refusal::TooFar { last: civil::date(2026, 6, 9) }).contains("up to 9 June 2026 so far"));
}

#[test]
fn bad_input_is_an_error_and_never_a_panic() {
    let here = zone("Australia/Sydney");
    let (from, to) = (at("2026-06-10T00:00Z"), at("2026-06-11T00:00Z"));
    let open = host(&here, vec![hours(Days::ALL, 9, 17)]);
    let good = Rules::new(here.clone(), 60);
    let ask = |rules: &Rules, host: &Host| starts(rules, std::slice::from_ref(host), from, to, from);
    for bad in [0, -1, i64::MIN, i64::MAX] {
        let rules = Rules { duration: bad, ..good.clone() };
        assert_eq!(ask(&rules, &open), Err(SlotError::NotPositive("duration")));
        let rules = Rules { interval: bad, ..good.clone() };
        assert_eq!(ask(&rules, &open), Err(SlotError::NotPositive("interval")));
    }
    for bad in [-1, i64::MIN, i64::MAX] {
        assert!(ask(&Rules { offset: bad, ..good.clone() }, &open).is_err());
        assert!(ask(&Rules { min_notice: bad, ..good.clone() }, &open).is_err());
        assert!(ask(&Rules { buffer_before: bad, ..good.clone() }, &open).is_err());
        assert!(ask(&Rules { buffer_after: bad, ..good.clone() }, &open).is_err());
        let busy = Busy { buffer_after: bad, ..busy(&here, "2026-06-10T10:00", "2026-06-10T11:00") };
        assert!(ask(&good, &Host { busy: vec![busy], ..open.clone() }).is_err());
    }
    assert!(ask(&Rules { rolling_days: Some(-1), ..good.clone() }, &open).is_err());
    for (start, end) in [(600, 540), (-1, 10), (0, 1441), (i64::MIN, i64::MAX)] {
        let weekly = vec![Weekly { days: Days::ALL, start, end }];
        assert_eq!(ask(&good, &Host { weekly, ..open.clone() }), Err(SlotError::Window));
        let overrides = vec![Override { date: civil::date(2026, 6, 10), window: Some((start, end)) }];
        assert_eq!(ask(&good, &Host { overrides, ..open.clone() }), Err(SlotError::Window));
    }
    let reversed = vec![busy(&here, "2026-06-10T11:00", "2026-06-10T10:00")];
    assert!(matches!(ask(&good, &Host { busy: reversed, ..open.clone() }), Err(SlotError::Busy(_))));
    let hosts = [open];
    assert_eq!(starts(&good, &hosts, to, from, from), Err(SlotError::ReversedRange));
    assert_eq!(starts(&good, &hosts, from, from, from), Ok(vec![]));
    let later = |days: i64| from + SignedDuration::from_hours(24 * days);
    assert!(starts(&good, &hosts, from, later(400), from).is_ok());
    assert_eq!(starts(&good, &hosts, from, later(401), from), Err(SlotError::RangeTooLong));
    assert_eq!(starts(&good, &hosts, Timestamp::MIN, Timestamp::MAX, from), Err(SlotError::RangeTooLong));
    assert_eq!(Days::from_numbers([7]), None);
}

#[test]
fn the_ends_of_time() {
    assert_eq!((BEGINNING, END), (Timestamp::MIN.as_second() + DAY, Timestamp::MAX.as_second() - DAY));
    let week = SignedDuration::from_hours(24 * 7);
    for name in ["UTC", "Australia/Sydney", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        let here = zone(name);
        for weekly in [
            vec![hours(Days::ALL, 0, 24)],
            vec![hours(Days::ALL, 0, 24), hours(Days::ALL, 9, 17)],
            vec![hours(Days::WEEKDAYS, 0, 24)],
            vec![],
        ] {
            let mut open = host(&here, weekly);
            open.closed_dates = vec![Date::MIN, Date::MAX];
            open.busy = [Timestamp::MIN, Timestamp::MAX]
                .map(|at| Busy { start: at, end: at, buffer_before: MAX_MINUTES, buffer_after: 0, counts: true })
                .to_vec();
            for optimize in [false, true] {
                let mut rules = Rules::new(here.clone(), 60);
                rules.optimize = optimize;
                rules.limits.per_week = Some(5);
                let hosts = [open.clone()];
                for (from, now) in [
                    (Timestamp::MIN, Timestamp::MIN),
                    (Timestamp::MAX - week, Timestamp::MIN),
                    (Timestamp::MAX - week, Timestamp::MAX),
                ] {
                    starts(&rules, &hosts, from, from + week, now).unwrap();
                    for start in [Timestamp::MIN, from, from + week, Timestamp::MAX] {
                        let _ = check(&rules, &hosts, start, now);
                    }
                }
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------- the JSON form

const PLAIN: &str = r#"{"tz":"Australia/Sydney","from":"2026-06-09T14:00Z","to":"2026-06-10T14:00:00+00:00",
    "now":"2026-06-01T00:00:00.123Z","weekly":[{"days":[0,1,2,3,4,5,6],"start":"09:00","end":"11:00"}],"duration":60}"#;

fn with(more: &str) -> Result<String, String> {
    run_json(&PLAIN.replacen('{', &format!("{{{more},"), 1))
}

#[test]
fn a_case_is_read_bare_or_wrapped() {
    let expected = r#"["2026-06-09T23:00Z","2026-06-10T00:00Z"]"#;
    assert_eq!(run_json(PLAIN).unwrap(), expected);
    assert_eq!(run_json(&format!(r#"{{"id":"x","input":{PLAIN}}}"#)).unwrap(), expected);
    assert_eq!(with(r#""viewer_tz":"America/New_York","interval":60,"limits":{}"#).unwrap(), expected);
    assert_eq!(with(r#""hosts":[{"tz":"Australia/Sydney"},{}],"mode":"any""#).unwrap(), expected);
    assert_eq!(with(r#""overrides":[{"date":"2026-06-10","closed":true}]"#).unwrap(), "[]");
    assert_eq!(show(at("2026-06-10T00:00:05Z")), "2026-06-10T00:00:05Z");
}

#[test]
fn a_case_that_makes_no_sense_says_why() {
    let says = |result: Result<String, String>, words: &str| {
        let error = result.unwrap_err();
        assert!(error.contains(words), "{error}");
    };
    says(run_json("{"), "JSON");
    says(run_json("[]"), "slot case");
    says(run_json("{}"), "missing field `tz`");
    says(with(r#""surprise":1"#), "surprise");
    says(run_json(&PLAIN.replace("Australia/Sydney", "Australia/Sidney")), "Australia/Sidney");
    says(with(r#""viewer_tz":"Mars""#), "Mars");
    says(run_json(&PLAIN.replace("09:00", "9am")), "9am");
    says(run_json(&PLAIN.replace("11:00\"", "24:01\"")), "24:01");
    says(run_json(&PLAIN.replace("09:00", "12:00")), "opening hours");
    says(run_json(&PLAIN.replace("[0,", "[9,")), "Sunday");
    says(run_json(&PLAIN.replace("\"duration\":60", "\"duration\":0")), "duration");
    says(run_json(&PLAIN.replace("\"duration\":60", "\"duration\":99999999999999999999")), "slot case");
    says(with(r#""overrides":[{"date":"2026-06-10"}]"#), "2026-06-10");
    says(with(r#""limits":{"per_year":1}"#), "per_year");
    says(with(r#""mode":"most""#), "most");
}

#[test]
fn the_viewer_changes_nothing() {
    for viewer in ["Asia/Kolkata", "America/New_York", "Australia/Eucla"] {
        let case = Case::parse(&PLAIN.replacen('{', &format!(r#"{{"viewer_tz":"{viewer}","#), 1)).unwrap();
        assert_eq!(case.starts().unwrap(), Case::parse(PLAIN).unwrap().starts().unwrap());
    }
}

// ---------------------------------------------------------------------------------------------- the oracle

#[derive(Debug, Clone)]
struct Question {
    rules: Rules,
    hosts: Vec<Host>,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
}

impl Question {
    fn starts(&self) -> Vec<Timestamp> {
        starts(&self.rules, &self.hosts, self.from, self.to, self.now).unwrap()
    }
}

/// Answers minute by minute, straight from the rules' words; shares no code with the engine.
fn oracle(question: &Question) -> Vec<Timestamp> {
    let hosts = &question.hosts;
    let mut found: Vec<Timestamp> = match question.rules.mode {
        Mode::Collective => oracle_of(question, hosts),
        Mode::Any => hosts.iter().flat_map(|host| oracle_of(question, std::slice::from_ref(host))).collect(),
    };
    found.sort();
    found.dedup();
    found
}

fn oracle_of(question: &Question, hosts: &[Host]) -> Vec<Timestamp> {
    let rules = &question.rules;
    let minute_up = |at: Timestamp| (at.as_nanosecond() + 59_999_999_999).div_euclid(60_000_000_000) as i64;
    let minute_down = |at: Timestamp| at.as_nanosecond().div_euclid(60_000_000_000) as i64;
    let stamp = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
    let reading = |minute: i64| rules.zone.to_datetime(stamp(minute));

    // Rules 1 to 3, for every minute from the earliest that may be booked to well past the end.
    let begin = minute_up(question.now) + rules.min_notice;
    let beyond = minute_up(question.to) + 10 * 1440;
    if begin >= beyond {
        return vec![];
    }
    let mut free = vec![true; (beyond - begin) as usize];
    // A service's own hours are like one more host's who is never busy.
    let service = rules.hours.as_ref().map(|own| Host {
        zone: rules.zone.clone(),
        weekly: own.weekly.clone(),
        overrides: own.overrides.clone(),
        closed_dates: vec![],
        busy: vec![],
        own: Counted::default(),
    });
    for host in hosts.iter().chain(&service) {
        let mut hers = vec![false; free.len()];
        let mut paint = |from: i64, to: i64, value: bool| {
            let place = |minute: i64| (minute.clamp(begin, beyond) - begin) as usize;
            if from < to {
                hers[place(from)..place(to)].fill(value);
            }
        };
        let mut date = host.zone.to_datetime(stamp(begin - 3 * 1440)).date();
        while date <= host.zone.to_datetime(stamp(beyond + 1440)).date() {
            let next = date.tomorrow().unwrap();
            let minute = |of_day: i64| {
                let reading = match of_day {
                    1440 => next.at(0, 0, 0, 0),
                    _ => date.at((of_day / 60) as i8, (of_day % 60) as i8, 0, 0),
                };
                minute_down(host.zone.to_zoned(reading).unwrap().timestamp())
            };
            // The day's hours on the wall, minute by minute, with a closed minute after the last.
            let mut on_the_wall = [false; 1441];
            let mut mark = |(start, end): (i64, i64)| on_the_wall[start as usize..end as usize].fill(true);
            let overridden = host.overrides.iter().any(|other| other.date == date);
            if overridden {
                host.overrides
                    .iter()
                    .filter(|other| other.date == date)
                    .filter_map(|other| other.window)
                    .for_each(mark);
            } else if !host.closed_dates.contains(&date) {
                let weekday = date.weekday().to_sunday_zero_offset() as u8;
                for usual in host.weekly.iter().filter(|usual| usual.days.contains(weekday)) {
                    mark((usual.start, usual.end));
                }
            }
            let mut opened = 0;
            for of_day in 0..=1440_usize {
                let before = of_day > 0 && on_the_wall[of_day - 1];
                if on_the_wall[of_day] && !before {
                    opened = of_day;
                } else if before && !on_the_wall[of_day] {
                    paint(minute(opened as i64), minute(of_day as i64), true);
                }
            }
            date = next;
        }
        for busy in &host.busy {
            let from = busy.start - SignedDuration::from_mins(busy.buffer_before + rules.buffer_after);
            let to = busy.end + SignedDuration::from_mins(busy.buffer_after + rules.buffer_before);
            // What takes no time takes no minute either.
            if from < to {
                paint(minute_down(from), minute_up(to), false);
            }
        }
        free.iter_mut().zip(&hers).for_each(|(all, hers)| *all &= *hers);
    }

    // Rule 6: what is used up, and the last day.
    let day = |at: Timestamp| at.to_zoned(rules.zone.clone()).date();
    let monday = |date: Date| date.checked_sub(jiff::Span::new().days(date.weekday().to_monday_zero_offset())).unwrap();
    let mut counted: Vec<(Date, i64)> = Vec::new();
    for (nth, host) in hosts.iter().enumerate() {
        let theirs: Vec<&Busy> = hosts[..nth].iter().flat_map(|other| &other.busy).filter(|busy| busy.counts).collect();
        for busy in host.busy.iter().filter(|busy| busy.counts) {
            // The generator puts no appointment in one diary twice.
            if !theirs.iter().any(|other| (other.start, other.end) == (busy.start, busy.end)) {
                let seconds = busy.end.as_second() - busy.start.as_second();
                counted.push((day(busy.start), seconds));
            }
        }
    }
    let used_up = |date: Date, limits: Limits, counted: &[(Date, i64)]| {
        let same_month = |other: Date| (other.year(), other.month()) == (date.year(), date.month());
        let within = |same: &dyn Fn(Date) -> bool, most: Option<i64>, minutes: Option<i64>| {
            let those: Vec<i64> = counted.iter().filter(|entry| same(entry.0)).map(|entry| entry.1).collect();
            most.is_some_and(|limit| those.len() as i64 >= limit)
                || minutes.is_some_and(|limit| those.iter().sum::<i64>() + rules.duration * 60 > limit * 60)
        };
        within(&|other| other == date, limits.per_day, limits.minutes_per_day)
            || within(&|other| monday(other) == monday(date), limits.per_week, limits.minutes_per_week)
            || within(&same_month, limits.per_month, limits.minutes_per_month)
    };
    let days_of = |entries: &[(Timestamp, Timestamp)]| -> Vec<(Date, i64)> {
        entries.iter().map(|(start, end)| (day(*start), end.as_second() - start.as_second())).collect()
    };
    let full = |date: Date| {
        let own = hosts.iter().map(|host| &host.own);
        used_up(date, rules.limits, &counted)
            || rules.also.iter().chain(own).any(|also| used_up(date, also.limits, &days_of(&also.entries)))
    };
    let mut last = Date::MAX;
    if let Some(days) = rules.rolling_days {
        last = last.min(day(question.now).checked_add(jiff::Span::new().days(days)).unwrap());
    }
    if let Some(mut left) = rules.rolling_business_days {
        let mut date = day(question.now);
        while left > 0 {
            date = date.tomorrow().unwrap();
            if !matches!(date.weekday(), civil::Weekday::Saturday | civil::Weekday::Sunday) {
                left -= 1;
            }
        }
        last = last.min(date);
    }

    if let Some(until) = rules.until_date {
        last = last.min(until);
    }
    let earliest = rules.from_date.unwrap_or(Date::MIN);

    // Rules 4 and 5: walk through the minutes; a free range begins where the one before wasn't free.
    let unit = [60, 30, 20, 15, 10, 5, 1].into_iter().find(|unit| rules.interval % unit == 0).unwrap();
    let of_hour = |minute: i64| i64::from(reading(minute).minute());
    let wall = |minute: i64| i64::from(rules.zone.to_offset(stamp(minute)).seconds()) / 60 + minute;
    let is_free = |minute: i64| free.get((minute - begin) as usize).copied();
    let mut found = Vec::new();
    let mut first = None;
    let mut day_seen = (Date::MIN, false);
    for minute in begin..minute_up(question.to) {
        if is_free(minute) != Some(true) {
            first = None;
            continue;
        }
        if minute == begin || is_free(minute - 1) == Some(false) {
            let next = |unit: i64| (minute..).find(|&later| of_hour(later) % unit == 0).unwrap();
            let mut chosen = next(unit);
            if rules.optimize && chosen != minute {
                let end = (minute..).find(|&later| is_free(later) != Some(true)).unwrap();
                let slack = if end >= beyond { unit } else { (end - minute) % unit };
                chosen = [unit, 15, 5].into_iter().map(next).find(|round| round - minute <= slack).unwrap_or(minute);
            }
            first = Some((chosen, wall(chosen) + rules.offset));
        }
        let Some((chosen, anchor)) = first else {
            continue;
        };
        if minute < chosen || (wall(minute) - anchor).rem_euclid(rules.interval + rules.offset) != 0 {
            continue;
        }
        if stamp(minute) < question.from
            || (minute..minute + rules.duration).any(|inside| is_free(inside) == Some(false))
        {
            continue;
        }
        let date = reading(minute).date();
        if date != day_seen.0 {
            day_seen = (date, full(date));
        }
        if (earliest..=last).contains(&date) && !day_seen.1 {
            found.push(stamp(minute));
        }
    }
    found
}

const ZONES: [&str; 10] = [
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Australia/Eucla",
    "Australia/Broken_Hill",
    "Australia/Perth",
    "America/New_York",
    "Europe/London",
    "America/Santiago",
    "Asia/Beirut",
    "UTC",
];

/// Days worth asking about: daylight saving begins or ends in one of the zones, and a plain one.
const DAYS: [&str; 8] = [
    "2026-10-03T14:00Z",
    "2026-04-04T14:00Z",
    "2026-03-28T12:00Z",
    "2026-10-24T22:00Z",
    "2026-11-01T04:00Z",
    "2026-09-05T20:00Z",
    "2026-04-04T20:00Z",
    "2026-06-10T00:00Z",
];

fn pick<T: Clone + std::fmt::Debug + 'static>(of: &[T]) -> impl Strategy<Value = T> + use<T> {
    proptest::sample::select(of.to_vec())
}

fn window() -> impl Strategy<Value = (i64, i64)> {
    let edge = || pick(&[0, 1, 60, 90, 120, 150, 180, 190, 540, 565, 720, 1020, 1320, 1439, 1440]);
    prop_oneof![3 => (edge(), edge()), 1 => (0..=1440_i64, 0..=1440_i64), 1 => Just((0, 1440))]
        .prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn a_host(base: Timestamp) -> impl Strategy<Value = Host> {
    let weekly = (pick(&[127_u8, 127, 62, 65, 5, 85]), window()).prop_map(|(days, (start, end))| Weekly {
        days: Days(days),
        start,
        end,
    });
    let date =
        (-2..4_i64).prop_map(move |days| (base + SignedDuration::from_hours(24 * days)).to_zoned(TimeZone::UTC).date());
    let other =
        (date.clone(), proptest::option::weighted(0.8, window())).prop_map(|(date, window)| Override { date, window });
    let entry = (
        -3000..5000_i64,
        pick(&[0, 0, 0, 0, 1, 30, 59]),
        pick(&[0_i64, 1, 10, 30, 45, 60, 200]),
        pick(&[0_i64, 0, 5, 30]),
        pick(&[0_i64, 0, 15]),
        any::<bool>(),
    )
        .prop_map(move |(minute, second, length, buffer_before, buffer_after, counts)| {
            let start = base + SignedDuration::from_secs(minute * 60 + second);
            let end = start + SignedDuration::from_mins(length);
            Busy { start, end, buffer_before, buffer_after, counts }
        });
    (
        pick(&ZONES),
        proptest::collection::vec(weekly, 0..4),
        proptest::collection::vec(other, 0..3),
        proptest::collection::vec(date, 0..2),
        proptest::collection::vec(entry, 0..8),
    )
        .prop_map(|(name, weekly, overrides, closed_dates, mut busy)| {
            busy.sort_by_key(|busy| (busy.start, busy.end));
            busy.dedup_by_key(|busy| (busy.start, busy.end));
            // Unsorted diaries are allowed.
            busy.reverse();
            Host { zone: zone(name), weekly, overrides, closed_dates, busy, own: Counted::default() }
        })
}

fn some_rules() -> impl Strategy<Value = Rules> {
    let lengths = (
        pick(&[1, 5, 7, 15, 20, 30, 45, 60, 90, 300]),
        pick(&[1, 5, 7, 10, 15, 20, 25, 30, 40, 45, 60, 90, 120]),
        pick(&[0, 0, 0, 5, 10, 70]),
        pick(&[0, 0, 10]),
        pick(&[0, 0, 15]),
        pick(&[0, 0, 60, 61, 1440]),
    );
    let bounds = (
        proptest::option::weighted(0.2, 0..4_i64),
        proptest::option::weighted(0.2, 0..5_i64),
        proptest::option::weighted(0.2, 0..300_i64),
        proptest::option::weighted(0.2, 0..4_i64),
        proptest::option::weighted(0.2, 0..3_i64),
    );
    (pick(&ZONES), lengths, bounds, any::<bool>(), any::<bool>()).prop_map(|(name, lengths, bounds, optimize, any)| {
        Rules {
            zone: zone(name),
            duration: lengths.0,
            interval: lengths.1,
            offset: lengths.2,
            buffer_before: lengths.3,
            buffer_after: lengths.4,
            min_notice: lengths.5,
            limits: Limits { per_day: bounds.0, per_week: bounds.1, minutes_per_day: bounds.2, ..Limits::NONE },
            also: vec![],
            hours: None,
            from_date: None,
            until_date: None,
            rolling_days: bounds.3,
            rolling_business_days: bounds.4,
            optimize,
            mode: if any { Mode::Any } else { Mode::Collective },
        }
    })
}

/// Limits over appointments of their own, mostly none.
fn some_counted(base: Timestamp) -> impl Strategy<Value = Counted> {
    let limit = |most: i64| proptest::option::weighted(0.3, 0..most);
    let limits = (limit(3), limit(5), limit(6), limit(200), limit(400), limit(600));
    let entry = (-60_000..60_000_i64, pick(&[1_i64, 30, 45, 60])).prop_map(move |(minute, length)| {
        let start = base + SignedDuration::from_mins(minute);
        (start, start + SignedDuration::from_mins(length))
    });
    (limits, proptest::collection::vec(entry, 0..8), proptest::bool::weighted(0.25)).prop_map(
        |(most, entries, some)| {
            if !some {
                return Counted::default();
            }
            let limits = Limits {
                per_day: most.0,
                per_week: most.1,
                per_month: most.2,
                minutes_per_day: most.3,
                minutes_per_week: most.4,
                minutes_per_month: most.5,
            };
            Counted { limits, entries }
        },
    )
}

/// What a service adds to the rules of the design: its own hours, further limits, dates.
fn some_more(base: Timestamp) -> impl Strategy<Value = (Option<OwnHours>, Vec<Counted>, Option<Date>, Option<Date>)> {
    let hours = a_host(base).prop_map(|host| OwnHours { weekly: host.weekly, overrides: host.overrides });
    let date =
        (-2..4_i64).prop_map(move |days| (base + SignedDuration::from_hours(24 * days)).to_zoned(TimeZone::UTC).date());
    (
        proptest::option::weighted(0.2, hours),
        proptest::collection::vec(some_counted(base), 0..3),
        proptest::option::weighted(0.1, date.clone()),
        proptest::option::weighted(0.1, date),
    )
}

fn question() -> impl Strategy<Value = Question> {
    pick(&DAYS).prop_flat_map(|day| {
        let base = at(day);
        let hosts = proptest::collection::vec((a_host(base), some_counted(base)), 1..4)
            .prop_map(|hosts| hosts.into_iter().map(|(host, own)| Host { own, ..host }).collect::<Vec<_>>());
        let rules = (some_rules(), some_more(base)).prop_map(|(rules, (hours, also, from_date, until_date))| Rules {
            also,
            hours,
            from_date,
            until_date,
            ..rules
        });
        (rules, hosts, any::<bool>(), -1500..600_i64, 1..2600_i64, -2000..100_i64, 0..60_i64).prop_map(
            move |(rules, mut hosts, shared, from, length, now, second)| {
                if shared && hosts.len() > 1 {
                    // An appointment with everyone is in every diary.
                    hosts[1].busy = hosts[0].busy.clone();
                }
                let from = base + SignedDuration::from_mins(from);
                Question {
                    rules,
                    hosts,
                    from,
                    to: from + SignedDuration::from_mins(length),
                    now: from + SignedDuration::from_secs(now * 60 + second),
                }
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

    #[test]
    fn agrees_with_the_minute_by_minute_oracle(question in question()) {
        let (fast, slow) = (question.starts(), oracle(&question));
        prop_assert_eq!(fast, slow);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn check_agrees_with_starts_and_ranges_with_each_other(question in question(), cut in 0..2600_i64) {
        let Question { rules, hosts, from, to, now } = &question;
        let offered = starts_by_host(rules, hosts, *from, *to, *now).unwrap();
        let only: Vec<Timestamp> = offered.iter().map(|(start, _)| *start).collect();
        prop_assert_eq!(&only, &question.starts());
        // Every fifth minute, and those that are offered.
        let minutes = (to.as_second() - from.as_second()) / 60;
        let sampled = (0..minutes).step_by(5).map(|minute| *from + SignedDuration::from_mins(minute));
        for start in sampled.chain(only.iter().copied()) {
            let listed = offered.iter().find(|(offer, _)| *offer == start).map(|(_, free)| free.clone());
            prop_assert_eq!(check(rules, hosts, start, *now).ok(), listed);
        }
        let middle = (*from + SignedDuration::from_mins(cut)).min(*to);
        let mut parts = starts(rules, hosts, *from, middle, *now).unwrap();
        parts.extend(starts(rules, hosts, middle, *to, *now).unwrap());
        prop_assert_eq!(parts, only);
    }

    /// Where nothing is said against a time it is offered, and where it is offered nothing is said against it: of each host.
    #[test]
    fn an_explanation_agrees_with_what_is_offered(question in question()) {
        let Question { rules, hosts, from, to, now } = &question;
        let offered = starts_by_host(rules, hosts, *from, *to, *now).unwrap();
        let minutes = (to.as_second() - from.as_second()) / 60;
        let sampled = (0..minutes).step_by(41).map(|minute| *from + SignedDuration::from_mins(minute));
        for start in sampled.chain(offered.iter().map(|(start, _)| *start).take(20)) {
            let told = explain(rules, hosts, start, *now).unwrap();
            let by = offered.iter().find(|(offer, _)| *offer == start).map(|(_, by)| by.clone()).unwrap_or_default();
            prop_assert_eq!(&told.offered_by, &by);
            prop_assert_eq!(told.hosts.len(), hosts.len());
            if !by.is_empty() {
                prop_assert!(told.general.is_empty(), "{:?}", told);
            }
            for (index, reasons) in told.hosts.iter().enumerate() {
                match rules.mode {
                    Mode::Any if told.general.is_empty() => {
                        prop_assert_eq!(reasons.is_empty(), by.contains(&index), "{} {:?}", start, told);
                    }
                    _ if by.contains(&index) => prop_assert!(reasons.is_empty(), "{} {:?}", start, told),
                    _ => {}
                }
            }
            if rules.mode == Mode::Collective && by.is_empty() {
                let something = !told.general.is_empty() || told.hosts.iter().any(|reasons| !reasons.is_empty());
                prop_assert!(something, "{} {:?}", start, told);
            }
        }
    }

    #[test]
    fn no_input_panics(
        minutes in proptest::array::uniform7(any::<i64>()),
        small in any::<bool>(),
        instants in proptest::array::uniform5(-377_705_023_201..=253_402_207_200_i64),
        near in any::<bool>(),
        mut hosts in proptest::collection::vec(a_host(at("2026-06-10T00:00Z")), 0..3),
        mut rules in some_rules(),
    ) {
        let limit = |value: i64| if small { value.rem_euclid(MAX_MINUTES) } else { value };
        [rules.duration, rules.interval, rules.offset, rules.buffer_before, rules.buffer_after, rules.min_notice] =
            [0, 1, 2, 3, 4, 5].map(|nth| limit(minutes[nth]));
        rules.rolling_days = Some(limit(minutes[6]));
        rules.limits.minutes_per_day = Some(limit(minutes[5]));
        let [from, to, now, start, end] = instants.map(|second| Timestamp::from_second(second).unwrap());
        for host in &mut hosts {
            host.busy.push(Busy { start, end: end.max(start), buffer_before: limit(minutes[0]), buffer_after: 0, counts: true });
        }
        let to = if near { timestamp(from.as_second() + to.as_second().rem_euclid(90 * DAY)) } else { to };
        let now = if near { timestamp(from.as_second() - now.as_second().rem_euclid(DAY)) } else { now };
        let _ = starts_by_host(&rules, &hosts, from, to, now);
        let _ = check(&rules, &hosts, start, now);
        let _ = explain(&rules, &hosts, start, now);
    }
}
