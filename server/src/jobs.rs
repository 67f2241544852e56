//! Background work: the platform's and each module's, each in a loop of its own. How it went is written down (`app::jobs`), and
//! whoever runs the platform can have a job run at once.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use app::{
    auth::{accounts, log_in, session, throttle},
    billing::{abns, events, notices},
    idempotency,
    jobs::{self, Outcome},
    mail, meters,
    module::Job,
    modules::MODULES,
    onboarding,
    people::{factor_reset, invitations},
    platform::Platform,
    rekeying,
    settings::{closing, export},
    support::consent,
    webhooks::deliver as webhooks,
};
use tokio::sync::Notify;
use tracing::Instrument as _;
use uuid::Uuid;

/// How often it is looked whether somebody wants a job to run now.
const LOOKS_EVERY: Duration = Duration::from_secs(3);
/// What fell over is begun anew after this long.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A job that failed is tried again after so long, then after twice as long each time, and at its next turn at the latest.
const TRIES_AGAIN_AFTER: Duration = Duration::from_mins(5);

/// The platform's own.
const PLATFORM: [Job; 10] = [
    Job {
        name: "platform.sessions",
        every: Duration::from_mins(10),
        run: |platform| {
            Box::pin(async move {
                session::sweep(&platform).await?;
                throttle::sweep(&platform).await?;
                log_in::sweep(&platform).await?;
                invitations::sweep(&platform).await?;
                onboarding::sweep(&platform).await?;
                accounts::sweep_words(&platform).await?;
                idempotency::sweep(&platform).await?;
                export::sweep(&platform).await?;
                webhooks::sweep(&platform).await?;
                mail::sweep(&platform).await
            })
        },
    },
    Job {
        name: "platform.factor_resets",
        every: Duration::from_mins(1),
        run: |platform| Box::pin(async move { factor_reset::carry_out(&platform).await }),
    },
    Job {
        name: "platform.plan_notices",
        every: Duration::from_mins(30),
        run: |platform| Box::pin(async move { notices::tell_all(&platform).await }),
    },
    Job {
        name: "platform.reconcile_payments",
        every: Duration::from_hours(24),
        run: |platform| Box::pin(async move { events::reconcile(&platform).await }),
    },
    Job {
        name: "platform.buyers_abns",
        every: Duration::from_mins(1),
        run: |platform| Box::pin(async move { abns::tell_due(&platform).await }),
    },
    Job {
        name: "platform.gone_machines",
        every: Duration::from_hours(24),
        run: |platform| Box::pin(async move { jobs::forget_gone(&platform).await }),
    },
    Job {
        name: "platform.keys",
        every: Duration::from_secs(10),
        run: |platform| Box::pin(async move { rekeying::carry_on(&platform).await }),
    },
    Job {
        name: "platform.exports",
        every: Duration::from_secs(5),
        run: |platform| Box::pin(async move { export::prepare(&platform).await }),
    },
    Job {
        name: "platform.closing",
        every: Duration::from_mins(1),
        run: |platform| Box::pin(async move { closing::carry_out(&platform).await }),
    },
    Job {
        name: "platform.support",
        every: Duration::from_mins(1),
        run: |platform| Box::pin(async move { consent::carry_out(&platform).await }),
    },
];

/// All of them.
pub fn all() -> impl Iterator<Item = Job> {
    PLATFORM.into_iter().chain(MODULES.iter().flat_map(|module| module.jobs().iter().copied()))
}

/// Starts every job of this start. Once the process stops, none begins any more, and [`Platform::at_rest`] waits for those that are under way; each is
/// safe to stop at any point.
pub fn start(platform: &Platform, boot: Uuid) {
    let mut bells = HashMap::new();
    let host = jobs::host();
    platform.pulse.beat();
    for job in all() {
        meters::JOB_RUNS.begins(&[job.name, "failed"]);
        let bell = Arc::new(Notify::new());
        bells.insert(job.name, Arc::clone(&bell));
        tokio::spawn(repeat(platform.clone(), job, host.clone(), bell));
    }
    let bells = Arc::new(bells);
    keep("jobs", platform, move |platform| listen(platform, host.clone(), Arc::clone(&bells)));
    for keeper in MODULES.iter().flat_map(|module| module.keepers()) {
        keep("module", platform, *keeper);
    }
    keep("keys", platform, move |platform| rekeying::keep_looking(platform, boot));
    keep("mail", platform, mail::keep_delivering);
    keep("webhooks", platform, webhooks::keep_delivering);
    keep("payments", platform, events::keep_taking_over);
    keep("others", platform, |platform| app::others::keep_in_touch(platform, &app::permissions::ENTER));
}

/// Goes on with something for as long as the process lives: what falls over is begun anew.
pub fn keep<Work>(name: &'static str, platform: &Platform, begin: impl Fn(Platform) -> Work + Send + 'static)
where
    Work: Future<Output = ()> + Send + 'static,
{
    let platform = platform.clone();
    meters::LOOPS_RESTARTED.begins(&[name]);
    tokio::spawn(async move {
        while tokio::spawn(begin(platform.clone())).await.is_err() {
            tracing::error!(name, "background work fell over; it is begun anew");
            meters::LOOPS_RESTARTED.count(&[name]);
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    });
}

/// Runs a job once, which has failed so often in a row, and writes down how it went. The answer is when its next turn is, and how often
/// it has failed by then.
pub async fn turn(platform: &Platform, job: &Job, host: &str, failures: u32) -> (Duration, u32) {
    let started_at = platform.clock.now();
    let begun = Moment::now();
    let span = tracing::debug_span!(target: "devalo::trace", "job", otel.name = job.name);
    // In a task of its own: one that falls over doesn't take its loop with it.
    let outcome = match tokio::spawn((job.run)(platform.clone()).instrument(span)).await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err("it fell over".to_owned()),
    };
    if let Err(error) = &outcome {
        tracing::error!(job = job.name, %error, "a job failed; it is tried again");
    }
    let failures = if outcome.is_ok() { 0 } else { failures + 1 };
    let next = next_turn(job.every, failures);
    meters::JOB_RUNS.count(&[job.name, if outcome.is_ok() { "done" } else { "failed" }]);
    meters::JOB_SECONDS.took(&[job.name], begun.elapsed());
    let written = jobs::record(
        platform,
        Outcome {
            name: job.name,
            host,
            started_at,
            took_millis: i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX),
            next_at: platform.clock.now().plus_seconds(i64::try_from(next.as_secs()).unwrap_or(i64::MAX)),
            error: outcome.as_ref().err().map(String::as_str),
        },
    );
    if let Err(error) = written.await {
        tracing::warn!(job = job.name, %error, "how a job went isn’t written down");
    }
    (next, failures)
}

/// One that fails waits for no more than its usual turn: what runs once a day doesn’t wait for tomorrow because of a moment.
fn next_turn(every: Duration, failures: u32) -> Duration {
    match failures {
        0 => every,
        _ => every.min(TRIES_AGAIN_AFTER * 2_u32.pow((failures - 1).min(10))),
    }
}

async fn repeat(platform: Platform, job: Job, host: String, bell: Arc<Notify>) {
    let wait = match jobs::announce(&platform, job.name, &host).await {
        Ok(next_at) => u64::try_from(next_at.micros() - platform.clock.now().micros()).unwrap_or(0),
        Err(error) => {
            tracing::warn!(job = job.name, %error, "a job isn’t listed until it has run");
            0
        }
    };
    // A clock that was wrong when the last turn was written down makes nobody wait for longer than usual.
    let wait = Duration::from_micros(wait).min(job.every);
    platform.pulse.is_due(job.name, Moment::now() + wait);
    let first = tokio::time::Instant::now() + wait;
    let mut ticks = tokio::time::interval_at(first, job.every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut failures = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = bell.notified() => ticks.reset(),
        }
        let Some(_work) = platform.take_up() else { return };
        platform.pulse.has_begun(job.name);
        let next;
        (next, failures) = turn(&platform, &job, &host, failures).await;
        if next < job.every {
            ticks.reset_after(next);
        }
        platform.pulse.is_due(job.name, Moment::now() + next);
    }
}

/// Rings for the jobs that somebody wants to run now.
async fn listen(platform: Platform, host: String, bells: Arc<HashMap<&'static str, Arc<Notify>>>) {
    loop {
        tokio::time::sleep(LOOKS_EVERY).await;
        // Whoever comes next runs what is asked for from now on.
        if platform.is_stopping() {
            return;
        }
        platform.pulse.beat();
        match jobs::take_asked(&platform, &host).await {
            Ok(names) => {
                for bell in names.iter().filter_map(|name| bells.get(name.as_str())) {
                    bell.notify_one();
                }
            }
            Err(error) => tracing::warn!(%error, "it isn’t known whether a job is to run now; it is looked again"),
        }
    }
}
