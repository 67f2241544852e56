//! How long the availability engine takes, in median microseconds. Run it in release mode.

use std::{hint::black_box, time::Instant};

use app::modules::calendar::slots::{Busy, Days, Host, Limits, Mode, Rules, Weekly, check, starts, starts_by_host};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

const ROUNDS: usize = 2_000;

fn main() {
    let zone = || TimeZone::get("Australia/Sydney").unwrap_or(TimeZone::UTC);
    // 30 days from Mon 21 Sep 2026, local midnight, over the start of daylight saving.
    let from = Timestamp::from_second(1_789_912_800).unwrap_or_default();
    let to = from + SignedDuration::from_hours(30 * 24);
    let now = from - SignedDuration::from_hours(48);

    let mut rules = Rules::new(zone(), 30);
    rules.interval = 15;
    rules.buffer_before = 5;
    rules.buffer_after = 10;
    rules.min_notice = 120;
    rules.rolling_days = Some(90);
    rules.optimize = true;
    rules.limits = Limits { per_day: Some(50), per_week: Some(300), minutes_per_day: Some(100_000) };
    let host = |busy: i64, shift: i64| Host {
        zone: zone(),
        weekly: vec![Weekly { days: Days::ALL, start: 9 * 60, end: 17 * 60 }],
        overrides: vec![],
        closed_dates: vec![],
        busy: (0..busy)
            .map(|nth| {
                // In overlapping pairs, as when two calendars hold the same meeting.
                let start = from + SignedDuration::from_mins(nth / 2 * 2 * 30 * 24 * 60 / busy + shift);
                Busy {
                    start,
                    end: start + SignedDuration::from_mins(20),
                    buffer_before: 0,
                    buffer_after: 5,
                    counts: true,
                }
            })
            .collect(),
    };

    let (empty, full) = ([host(0, 0)], [host(1_000, 0)]);
    let team: Vec<Host> = (0..10).map(|nth| host(30, 600 + nth * 13)).collect();
    report("one host, 30 days, nothing busy", || starts(&rules, &empty, from, to, now));
    report("one host, 30 days, 1,000 busy", || starts(&rules, &full, from, to, now));
    report("ten hosts, collective, 30 busy each", || starts(&rules, &team, from, to, now));
    report("check one start, 1,000 busy", || check(&rules, &full, from + SignedDuration::from_hours(225), now));
    rules.mode = Mode::Any;
    report("ten hosts, any, 30 busy each", || starts(&rules, &team, from, to, now));
    report("ten hosts, any, who is free", || starts_by_host(&rules, &team, from, to, now));
    for busy in [10_000, 100_000] {
        let huge = [host(busy, 0)];
        report(&format!("one host, {busy} busy"), || starts(&rules, &huge, from, to, now));
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
fn report<T, E>(name: &str, mut run: impl FnMut() -> Result<Vec<T>, E>) {
    let mut times: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            let _ = black_box(run());
            begun.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    let found = run().map_or(0, |found| found.len());
    let median = times[times.len() / 2] / 10;
    println!("{name:<40} {:>6}.{:02} µs   {found} found", median / 100, median % 100);
}
