//! The background jobs, as the operator sees them.

use super::{
    operator::{Acting, Operator},
    wire::{JobLine, JobsPage},
};
use crate::{
    audit::{self, Detail},
    auth::overview::ago,
    clock::Instant,
    db::Access,
    error::Result,
    jobs::{self, Run},
    modules::MODULES,
    platform::Platform,
};

/// A job that should have run so many minutes ago needs looking at.
const LATE_MINUTES: i64 = 10;

/// How every job went the last time.
///
/// # Errors
/// The database is busy.
pub async fn list(platform: &Platform, by: Operator) -> Result<JobsPage> {
    let now = platform.clock.now();
    let runs = jobs::all(platform).await?;
    Ok(JobsPage { jobs: runs.into_iter().map(|run| line(run, now)).collect(), confirmed: by.is_elevated() })
}

/// Has a job run now: the machine that runs it notices within seconds.
///
/// # Errors
/// 404 for a job that isn't there.
pub async fn run(platform: &Platform, by: Acting, name: &str, host: &str) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(200).collect::<String>();
    let (name, host) = (plain(name), plain(host));
    jobs::ask(platform, &mut tx, &name, &host).await?;
    let detail = Detail::default().with("job", &name).with("machine", &host);
    audit::log(platform, &mut tx, Some(by.operator().user()), "admin.job_asked", None, &detail).await?;
    Ok(tx.commit().await?)
}

/// What a job does, in words. Of one that nobody knows any more, its name.
pub fn title(name: &str) -> &str {
    match name {
        "platform.sessions" => "Forgets sessions, links and emails that are long over",
        "platform.factor_resets" => "Removes two-step log-ins whose wait is over",
        "platform.plan_notices" => "Tells organisations where their plan stands",
        "platform.reconcile_payments" => "Compares every payment with Stripe",
        "platform.buyers_abns" => "Tells Stripe the ABNs of who pays",
        "platform.gone_machines" => "Forgets machines that are gone",
        "platform.keys" => "Encrypts anew what is to have a new key",
        "platform.exports" => "Prepares exports",
        "platform.closing" => "Deletes organisations whose 30 days are over",
        "platform.support" => "Ends support’s access when its time is over",
        other => MODULES.iter().find_map(|module| module.job_in_words(other)).unwrap_or(other),
    }
}

fn line(run: Run, now: Instant) -> JobLine {
    let took = run.took_millis.map(took).unwrap_or_default();
    let (standing, alarming) = match (run.started_at, run.failures) {
        _ if run.asked_at.is_some() => ("Runs in a moment".to_owned(), false),
        (_, 0) if minutes_late(run.next_at, now) >= LATE_MINUTES => ("Late".to_owned(), true),
        (None, _) => ("Hasn’t run yet".to_owned(), false),
        (_, 0) => ("Fine".to_owned(), false),
        (_, 1) => ("Failed".to_owned(), true),
        (_, times) => (format!("Failed {times} times in a row"), true),
    };
    JobLine {
        last: match run.started_at {
            Some(at) => format!("Ran {}, took {took}", ago(at, now)),
            None => String::new(),
        },
        next: until(run.next_at, now),
        error: run.last_error.unwrap_or_default(),
        title: title(&run.name).to_owned(),
        name: run.name,
        host: run.host,
        standing,
        alarming,
    }
}

/// "0.3 seconds"
fn took(millis: i64) -> String {
    match millis {
        ..100 => "less than 0.1 seconds".to_owned(),
        100..60_000 => format!("{}.{} seconds", millis / 1_000, millis % 1_000 / 100),
        _ => format!("{} minutes", millis / 60_000),
    }
}

/// "in 5 minutes"; a machine that is gone runs nothing.
fn until(next: Instant, now: Instant) -> String {
    let minutes = -minutes_late(next, now);
    match minutes {
        ..-120 => format!("{} hours late: does its machine still live?", -minutes / 60),
        -120..-1 => format!("{} minutes late", -minutes),
        -1..1 => "runs again within a minute".to_owned(),
        1 => "runs again in a minute".to_owned(),
        2..120 => format!("runs again in {minutes} minutes"),
        _ => format!("runs again in {} hours", minutes / 60),
    }
}

/// How long ago it was to run; less than nothing where that is still to come.
fn minutes_late(next: Instant, now: Instant) -> i64 {
    -(next.micros() - now.micros()).div_euclid(60_000_000)
}
