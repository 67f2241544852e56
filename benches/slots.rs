//! How long the availability engine takes, in median microseconds. Run it in release mode. Each line is a result as
//! `scripts/bench` reads it; a missed target fails the run.

use std::{hint::black_box, process::ExitCode, time::Instant};

use app::modules::calendar::slots::{
    Busy, Counted, Days, Host, Limits, Mode, Rules, SlotError, Weekly, check, starts, starts_by_host,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

const ROUNDS: usize = 2_000;

/// What the JSON API gives.
#[derive(serde::Serialize)]
struct Answer {
    zone: &'static str,
    starts: Vec<String>,
}

fn main() -> ExitCode {
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
    rules.limits = Limits { per_day: Some(50), per_week: Some(300), minutes_per_day: Some(100_000), ..Limits::NONE };
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
        own: Counted::default(),
    };

    let (empty, full) = ([host(0, 0)], [host(1_000, 0)]);
    let team: Vec<Host> = (0..10).map(|nth| host(30, 600 + nth * 13)).collect();
    let mut met = true;
    met &= report("one host, 30 days, nothing busy", Some(15.0), || starts(&rules, &empty, from, to, now));
    met &= report("one host, 30 days, 1,000 busy", Some(30.0), || starts(&rules, &full, from, to, now));
    met &= report("the same, nothing busy, as the JSON API answers", Some(150.0), || {
        let starts = starts(&rules, &empty, from, to, now)?.iter().map(ToString::to_string).collect();
        let answer = Answer { zone: "Australia/Sydney", starts };
        black_box(serde_json::to_vec(&answer).ok());
        Ok::<_, SlotError>(answer.starts)
    });
    met &= report("ten hosts, collective, 30 busy each", Some(100.0), || starts(&rules, &team, from, to, now));
    met &= report("check one start, 1,000 busy", None, || {
        check(&rules, &full, from + SignedDuration::from_hours(225), now)
    });
    rules.mode = Mode::Any;
    met &= report("ten hosts, any, 30 busy each", None, || starts(&rules, &team, from, to, now));
    met &= report("ten hosts, any, who is free", None, || starts_by_host(&rules, &team, from, to, now));
    for busy in [10_000, 100_000] {
        let huge = [host(busy, 0)];
        met &= report(&format!("one host, {busy} busy"), None, || starts(&rules, &huge, from, to, now));
    }
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#[expect(clippy::cast_precision_loss, reason = "nanoseconds of less than a second")]
fn report<T, E>(name: &str, target: Option<f64>, mut run: impl FnMut() -> Result<Vec<T>, E>) -> bool {
    let mut times: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            let _ = black_box(run());
            begun.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    let found = run().map_or(0, |found| found.len());
    let median = times[times.len() / 2] as f64 / 1e3;
    // An answer without a time would be quick and wrong.
    let met = found > 0 && target.is_none_or(|target| median <= target);
    let target = target.map_or_else(|| "–".to_owned(), |target| format!("≤ {target} µs"));
    let verdict = if met { "ok" } else { "MISSED" };
    println!("RESULT\tslot engine: {name} ({found} found)\t{median:.1} µs\t–\t–\t{target}\t{verdict}");
    met
}
