//! How background jobs go: written down for each job and each machine that runs it, for the operator to see; asking for one to
//! run now; and whether they go on at all.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant as Moment},
};

use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    platform::Platform,
    platform_sql,
    webhooks::deliver,
};

/// What a job's error says is kept up to here.
const LONGEST_ERROR: usize = 300;
/// Nothing that is tried again waits longer than this between two tries.
const LONGEST_PAUSE_SECONDS: i64 = 60 * 60;
/// A machine that hasn't run a job for so long after it was due is gone: a week.
const KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;

/// The background work of this process, as far as it goes on. A clock that is set doesn’t touch it.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<Beats>);

#[derive(Debug, Default)]
struct Beats {
    /// When it was last looked whether somebody wants a job to run; `None`: no jobs run here.
    last: Option<Moment>,
    /// When each job is due; those that run aren't there.
    due: BTreeMap<&'static str, Moment>,
}

impl Pulse {
    /// It goes on.
    pub fn beat(&self) {
        self.beat_at(Moment::now());
    }

    /// It went on at that time.
    pub fn beat_at(&self, at: Moment) {
        self.beats().last = Some(at);
    }

    /// For how long it hasn’t been heard of; `None`: no jobs run here.
    pub fn quiet_for(&self) -> Option<Duration> {
        self.beats().last.map(|last| last.elapsed())
    }

    /// A job is due then.
    pub fn is_due(&self, job: &'static str, at: Moment) {
        self.beats().due.insert(job, at);
    }

    /// A job has begun.
    pub fn has_begun(&self, job: &'static str) {
        self.beats().due.remove(job);
    }

    /// How many jobs are due and haven't begun, and for how long the one is that has been due the longest.
    pub fn overdue(&self) -> (usize, Duration) {
        let beats = self.beats();
        let late = beats.due.values().map(Moment::elapsed).filter(|late| !late.is_zero());
        late.fold((0, Duration::ZERO), |(count, longest), late| (count + 1, longest.max(late)))
    }

    fn beats(&self) -> std::sync::MutexGuard<'_, Beats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a job went the last time, on one machine.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Run {
    /// The job's name.
    pub name: String,
    /// The machine's name.
    pub host: String,
    /// When it runs next.
    pub next_at: Instant,
    /// Somebody asked for it to run now, and it hasn't begun.
    pub asked_at: Option<Instant>,
    /// When it began last; `None`: not yet.
    pub started_at: Option<Instant>,
    /// How long that took, in thousandths of a second.
    pub took_millis: Option<i64>,
    /// How often it has failed in a row.
    pub failures: i64,
    /// Why it failed the last time, if it did.
    pub last_error: Option<String>,
}

/// What came of a run.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'o> {
    /// The job's name.
    pub name: &'o str,
    /// The machine's name.
    pub host: &'o str,
    /// When it began.
    pub started_at: Instant,
    /// How long it took, in thousandths of a second.
    pub took_millis: i64,
    /// When it runs next.
    pub next_at: Instant,
    /// Why it failed, if it did.
    pub error: Option<&'o str>,
}

/// The name of this machine.
pub fn host() -> String {
    // Of the system, and not of a file: a service needn’t see more of /proc than processes.
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy();
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    if name.is_empty() { "this machine".to_owned() } else { name }
}

/// This machine runs a job from now on. The answer is when: at once, but where it went well here not long ago, at its next turn, so
/// that a start makes no work that was just done.
///
/// # Errors
/// The database is busy.
pub async fn announce(platform: &Platform, name: &str, host: &str) -> Result<Instant> {
    let mut tx = platform.begin(Access::Write).await?;
    let (next_at,) = platform_sql!(
        one(Instant,),
        &mut tx,
        "INSERT INTO job_runs (name, host, next_at) VALUES ($1, $2, $3) ON CONFLICT (name, host) DO UPDATE SET asked_at = NULL,
           next_at = CASE WHEN job_runs.failures = 0 AND job_runs.next_at > excluded.next_at THEN job_runs.next_at ELSE excluded.next_at END
         RETURNING next_at",
        name,
        host,
        platform.clock.now()
    )?;
    tx.commit().await?;
    Ok(next_at)
}

/// Seconds between two tries: five after the first, then twice as long each time, and never more than the longest.
pub fn pause_after(attempts: i64, longest: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(0, 20)).unwrap_or(20);
    (5_i64 << doublings).min(longest)
}

/// The machine’s clock was set back: what was put off while it was ahead is due no later than it could be by now.
///
/// # Errors
/// The database is busy.
pub async fn after_a_step_back(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let latest = now.plus_seconds(LONGEST_PAUSE_SECONDS);
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE mails SET due_at = $1
         WHERE content IS NOT NULL AND given_up_at IS NULL AND due_at > $1 AND (created_at > $1 OR attempts > 0 AND due_at > $2)",
        now,
        latest
    )?;
    platform_sql!(exec, &mut tx, "UPDATE stripe_events SET due_at = $1 WHERE due_at > $2", now, latest)?;
    tx.commit().await?;
    deliver::after_a_step_back(platform).await
}

/// Forgets machines that run nothing any more.
///
/// # Errors
/// The database is busy.
pub async fn forget_gone(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    let before = platform.clock.now().plus_seconds(-KEPT_SECONDS);
    platform_sql!(exec, &mut tx, "DELETE FROM job_runs WHERE next_at < $1", before)?;
    Ok(tx.commit().await?)
}

/// Writes down how a job went.
///
/// # Errors
/// The database is busy.
pub async fn record(platform: &Platform, outcome: Outcome<'_>) -> Result<()> {
    let error: Option<String> = outcome.error.map(|error| error.chars().take(LONGEST_ERROR).collect());
    let failed = i64::from(error.is_some());
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO job_runs (name, host, next_at, started_at, took_millis, failures, last_error) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (name, host) DO UPDATE SET next_at = excluded.next_at, started_at = excluded.started_at, took_millis = excluded.took_millis,
           failures = CASE WHEN excluded.failures = 0 THEN 0 ELSE job_runs.failures + 1 END, last_error = excluded.last_error",
        outcome.name,
        outcome.host,
        outcome.next_at,
        outcome.started_at,
        outcome.took_millis,
        failed,
        error
    )?;
    Ok(tx.commit().await?)
}

/// All jobs, on all machines.
///
/// # Errors
/// The database is busy.
pub async fn all(platform: &Platform) -> Result<Vec<Run>> {
    let mut tx = platform.begin(Access::Read).await?;
    let all = platform_sql!(
        all Run,
        &mut tx,
        "SELECT name, host, next_at, asked_at, started_at, took_millis, failures, last_error FROM job_runs ORDER BY name, host"
    )?;
    tx.commit().await?;
    Ok(all)
}

/// Asks for a job to run now, in the transaction of more. The machine notices within seconds.
///
/// # Errors
/// 404 for one that isn't there.
pub(crate) async fn ask(platform: &Platform, tx: &mut crate::db::Tx, name: &str, host: &str) -> Result<()> {
    let asked = platform_sql!(
        exec,
        tx,
        "UPDATE job_runs SET asked_at = $3 WHERE name = $1 AND host = $2",
        name,
        host,
        platform.clock.now()
    )?;
    if asked == 0 { Err(AppError::not_found("that job")) } else { Ok(()) }
}

/// The jobs that somebody wants this machine to run now. Each is given out once.
///
/// # Errors
/// The database is busy.
pub async fn take_asked(platform: &Platform, host: &str) -> Result<Vec<String>> {
    let mut tx = platform.begin(Access::Read).await?;
    let any = platform_sql!(
        all(String,),
        &mut tx,
        "SELECT name FROM job_runs WHERE host = $1 AND asked_at IS NOT NULL",
        host
    )?;
    tx.commit().await?;
    if any.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = platform.begin(Access::Write).await?;
    let taken = platform_sql!(
        all(String,),
        &mut tx,
        "UPDATE job_runs SET asked_at = NULL WHERE host = $1 AND asked_at IS NOT NULL RETURNING name",
        host
    )?;
    tx.commit().await?;
    Ok(taken.into_iter().map(|(name,)| name).collect())
}
