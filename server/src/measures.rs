//! The figures (`app::meters`), as Prometheus asks for them: collected from the start, and what lies in the database, on the disk and
//! in the system looked at now and then, so that asking for them costs nothing.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant as Moment},
};

use app::{
    admin::health,
    clock::Instant,
    error::{AppError, Result},
    jobs, machine,
    meters::{self, Kind},
    platform::Platform,
    webhooks::deliver,
};
use axum::http::StatusCode;
use metrics::{Histogram, KeyName, SharedString, with_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::time::timeout;

/// Seconds: a kept page takes less than the first, and after the last everything is given up.
const BUCKETS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];
/// How often what was measured is added up, so that it takes no room.
const ADDS_UP_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked at what lies elsewhere.
const LOOKS_EVERY: Duration = Duration::from_secs(15);
/// A database that takes longer isn’t there.
const PATIENCE: Duration = Duration::from_secs(5);
/// A clock that is off by more than this was set; less is NTP’s work. In millionths of a second.
const STEP_MICROS: i64 = 5_000_000;

/// Begins to collect, once a process; whoever comes second finds it there.
///
/// # Errors
/// Somebody else collects.
pub fn begin() -> Result<(), String> {
    let collected = FIGURES.get_or_init(|| {
        let collector = PrometheusBuilder::new().set_buckets(&BUCKETS).and_then(PrometheusBuilder::install_recorder);
        let collector = collector.map_err(|error| error.to_string())?;
        describe();
        meters::begin();
        for meter in meters::ALL {
            if meter.kind == Kind::Counter && meter.labels.is_empty() {
                meter.begins(&[]);
            }
        }
        Ok(collector)
    });
    collected.as_ref().map(|_| ()).map_err(Clone::clone)
}

static FIGURES: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();

/// The figures, as Prometheus reads them; `None`: nobody collects.
pub fn figures() -> Option<String> {
    let collected = FIGURES.get()?.as_ref().ok()?;
    for (meter, figure) in [
        (meters::MEMORY, machine::memory()),
        (meters::OPEN_FILES, machine::open_files()),
        (meters::MOST_FILES, machine::most_files()),
    ] {
        if let Some(figure) = figure {
            meter.set(&[], number(figure));
        }
    }
    Some(collected.render())
}

/// Adds up what was measured, for as long as the process lives.
pub async fn keep_adding_up(_: Platform) {
    let mut ticks = tokio::time::interval(ADDS_UP_EVERY);
    loop {
        ticks.tick().await;
        if let Some(Ok(collected)) = FIGURES.get() {
            collected.run_upkeep();
        }
    }
}

/// Looks at what lies elsewhere, for as long as the process lives; and whether the machine’s clock was set.
pub async fn keep_looking(platform: Platform) {
    let mut before = (Moment::now(), platform.clock.now());
    loop {
        look(&platform).await;
        tokio::time::sleep(LOOKS_EVERY).await;
        let step = step(before, &platform);
        before = (Moment::now(), platform.clock.now());
        if step.abs() < STEP_MICROS {
            continue;
        }
        meters::CLOCK_STEPS.count(&[]);
        tracing::warn!(seconds = step / 1_000_000, "the machine’s clock was set");
        if step < 0
            && let Err(error) = jobs::after_a_step_back(&platform).await
        {
            tracing::warn!(%error, "what was put off while the clock was ahead stays so");
        }
    }
}

/// By how much the clock went on other than time did, in millionths of a second.
fn step((moment, instant): (Moment, Instant), platform: &Platform) -> i64 {
    let passed = i64::try_from(moment.elapsed().as_micros()).unwrap_or(i64::MAX);
    platform.clock.now().micros().saturating_sub(instant.micros()).saturating_sub(passed)
}

/// Looks once.
pub async fn look(platform: &Platform) {
    let answers = timeout(PATIENCE, platform.db.ping()).await.is_ok_and(|answer| answer.is_ok());
    meters::DB_UP.set(&[], if answers { 1.0 } else { 0.0 });
    let (busy, idle, most) = platform.db.connections();
    for (state, count) in [("busy", busy), ("idle", idle), ("most", most)] {
        meters::DB_CONNECTIONS.set(&[state], number(count as u64));
    }
    let (due, late) = platform.pulse.overdue();
    meters::JOBS_DUE.set(&[], number(due as u64));
    meters::JOBS_OLDEST.set(&[], late.as_secs_f64());
    if let Some((free, size)) = machine::disk(platform.files.folder()) {
        meters::DISK_FREE.set(&[], number(free));
        meters::DISK_SIZE.set(&[], number(size));
    }
    meters::BUILD.set(&[env!("CARGO_PKG_VERSION")], 1.0);
    meters::STARTED.set(&[], number(u64::try_from(platform.started_at.micros() / 1_000_000).unwrap_or_default()));
    if !answers {
        return;
    }
    let now = platform.clock.now();
    let queues = [
        (meters::MAIL_DUE, meters::MAIL_OLDEST, within(health::letters_due(platform)).await),
        (meters::WEBHOOKS_DUE, meters::WEBHOOKS_OLDEST, within(deliver::backlog(platform)).await),
        (meters::STRIPE_WAITING, meters::STRIPE_OLDEST, within(health::events_waiting(platform)).await),
    ];
    for (due, oldest, found) in queues {
        match found {
            Ok((count, since)) => {
                due.set(&[], number(count.unsigned_abs()));
                oldest.set(&[], since.map_or(0.0, |since| seconds_since(since, now)));
            }
            Err(_) => meters::BLIND.count(&[]),
        }
    }
    if let Some(made) = health::last_backup(platform).await {
        meters::BACKUP_AGE.set(&[], seconds_since(made, now));
    }
}

async fn within<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(PATIENCE, work).await.map_err(|_| AppError::internal())?
}

fn seconds_since(then: Instant, now: Instant) -> f64 {
    let micros = now.micros().saturating_sub(then.micros()).max(0);
    Duration::from_micros(micros.unsigned_abs()).as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 nobody counts single ones")]
fn number(number: u64) -> f64 {
    number as f64
}

fn describe() {
    with_recorder(|recorder| {
        for meter in meters::ALL {
            let (name, about) = (KeyName::from(meter.name), SharedString::from(meter.about.trim()));
            match meter.kind {
                Kind::Counter => recorder.describe_counter(name, None, about),
                Kind::Gauge => recorder.describe_gauge(name, None, about),
                Kind::Histogram => recorder.describe_histogram(name, None, about),
            }
        }
    });
}

/// How a request was asked, and the class of its answer, as labels.
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What keeps how long requests to one route took: found without making anything anew.
type ByOutcome = [OnceLock<Histogram>; METHODS.len() * CLASSES.len()];

/// A request to a route was answered after this long.
pub fn answered(route: &str, method: &str, status: StatusCode, begun: Option<Moment>) {
    static ROUTES: RwLock<Option<HashMap<Box<str>, Arc<ByOutcome>>>> = RwLock::new(None);
    let Some(begun) = begun else { return };
    let took = begun.elapsed();
    let known = ROUTES.read().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|all| all.get(route).cloned());
    let known = known.unwrap_or_else(|| {
        let mut all = ROUTES.write().unwrap_or_else(PoisonError::into_inner);
        let all = all.get_or_insert_default();
        let new = || Arc::new(std::array::from_fn(|_| OnceLock::new()));
        Arc::clone(all.entry(route.into()).or_insert_with(new))
    });
    let method = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len() - 1);
    let class = usize::from((status.as_u16() / 100).clamp(1, 5) - 1);
    known[method * CLASSES.len() + class]
        .get_or_init(|| meters::HTTP_SECONDS.histogram(&[route, METHODS[method], CLASSES[class]]))
        .record(took);
}
