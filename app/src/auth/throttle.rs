//! Limits on tries: a few are free, then each takes twice the wait of the one before.
//!
//! A try counts before its outcome is known, so that a thousand at once are no more than a few; one that succeeds takes
//! what was counted away. Tries from a browser that the person has logged in with before count by themselves: others
//! can't lock anybody out of it.

use crate::{
    clock::Instant,
    crypto::DataKeys,
    db::{Access, Tx},
    error::{AppError, Code, Result},
    platform::Platform,
    platform_sql,
};

/// The longest wait: 15 minutes.
const LONGEST_SECONDS: i64 = 15 * 60;
/// Tries are forgotten after this long without another: an hour.
const FORGOTTEN_SECONDS: i64 = 60 * 60;

/// What a limit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An account, whether it exists or not.
    Account,
    /// An account from a browser that it is known from.
    Device,
    /// An organisation from browsers that aren't known: a few tries at each of many accounts are many at the organisation.
    Organisation,
    /// An address on the network: many people may be behind one.
    Address,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Device => "device",
            Self::Organisation => "organisation",
            Self::Address => "address",
        }
    }

    /// Tries before the first wait.
    const fn free(self) -> i64 {
        match self {
            Self::Account | Self::Device => 5,
            Self::Address => 50,
            Self::Organisation => 100,
        }
    }

    /// Shared by many, who each have only their own try taken back when it succeeds.
    const fn is_shared(self) -> bool {
        matches!(self, Self::Organisation | Self::Address)
    }
}

/// What a try is counted under.
#[derive(Debug, Clone)]
pub struct Subject {
    kind: Kind,
    key: Vec<u8>,
}

impl Subject {
    /// Of this kind; `of` says what is tried and for whom, and isn't stored.
    pub fn new(keys: &DataKeys, kind: Kind, of: &str) -> Self {
        Self { kind, key: keys.blind_index("throttles", kind.word(), of).to_vec() }
    }
}

/// A try that was counted, until it is known what came of it.
#[derive(Debug)]
#[must_use = "a try that wasn’t a failure is taken back"]
pub struct Counted {
    at: Instant,
    /// Under what, and when there was a failure last and until when to wait before it.
    under: Vec<(Subject, Instant, Instant)>,
}

/// Counts a try under each subject. Subjects come in the order of their kinds, so that tries at once wait in line.
///
/// # Errors
/// 429 with how long to wait, where one of them has to; then nothing is counted.
pub async fn count(platform: &Platform, subjects: Vec<Subject>) -> Result<Counted> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Write).await?;
    let mut wait = 0;
    let mut under = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let (failures, failed_at, blocked_until) = hold(&mut tx, &subject, now).await?;
        wait = wait.max(seconds_to(blocked_until, now));
        let tries = failures + 1;
        platform_sql!(
            exec,
            &mut tx,
            "UPDATE throttles SET failures = $3, failed_at = $4, blocked_until = $5 WHERE kind = $1 AND subject = $2",
            subject.kind.word(),
            subject.key.as_slice(),
            tries,
            now,
            now.plus_seconds(pause_after(tries - subject.kind.free()))
        )?;
        under.push((subject, failed_at, blocked_until));
    }
    if wait > 0 {
        // What was counted above goes with the transaction.
        return Err(too_many(wait));
    }
    tx.commit().await?;
    Ok(Counted { at: now, under })
}

/// How many seconds there are to wait before a try under these counts; 0: none. Nothing is counted.
///
/// # Errors
/// The database is busy.
pub async fn wait(platform: &Platform, subjects: &[Subject]) -> Result<i64> {
    let now = platform.clock.now();
    let mut tx = platform.begin(Access::Read).await?;
    let mut wait = 0;
    for subject in subjects {
        let until = platform_sql!(
            optional(Instant,),
            &mut tx,
            "SELECT blocked_until FROM throttles WHERE kind = $1 AND subject = $2",
            subject.kind.word(),
            subject.key.as_slice()
        )?;
        wait = wait.max(until.map_or(0, |(until,)| seconds_to(until, now)));
    }
    tx.commit().await?;
    Ok(wait)
}

/// The try succeeded: what was counted against the account is forgotten, and the organisation and the address get their try back.
///
/// # Errors
/// The database is busy.
pub async fn succeeded(tx: &mut Tx, counted: &Counted) -> Result<()> {
    for of @ (subject, ..) in &counted.under {
        if subject.kind.is_shared() {
            give_back(tx, counted.at, of).await?;
        } else {
            forget(tx, subject).await?;
        }
    }
    Ok(())
}

/// The try came to nothing before it was judged, for the server had too much to do: it was none.
pub async fn take_back(platform: &Platform, counted: Counted) {
    let taken = async {
        let mut tx = platform.begin(Access::Write).await?;
        for of in &counted.under {
            give_back(&mut tx, counted.at, of).await?;
        }
        Ok::<_, AppError>(tx.commit().await?)
    };
    if let Err(error) = taken.await {
        tracing::warn!(%error, "a try that wasn’t judged stays counted");
    }
}

/// Forgets what was counted under a subject.
///
/// # Errors
/// The database is busy.
pub async fn forget(tx: &mut Tx, subject: &Subject) -> Result<()> {
    platform_sql!(
        exec,
        tx,
        "DELETE FROM throttles WHERE kind = $1 AND subject = $2",
        subject.kind.word(),
        subject.key.as_slice()
    )?;
    Ok(())
}

/// Forgets tries that are long past.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let before = platform.clock.now().plus_seconds(-FORGOTTEN_SECONDS);
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "DELETE FROM throttles WHERE failed_at < $1", before)?;
    Ok(tx.commit().await?)
}

/// Takes one try off, and with it the wait that it brought, unless others have failed since.
async fn give_back(tx: &mut Tx, at: Instant, (subject, failed_at, until): &(Subject, Instant, Instant)) -> Result<()> {
    platform_sql!(
        exec,
        tx,
        "UPDATE throttles SET failures = failures - 1,
           blocked_until = CASE WHEN failed_at = $3 THEN $5 ELSE blocked_until END,
           failed_at = CASE WHEN failed_at = $3 THEN $4 ELSE failed_at END
         WHERE kind = $1 AND subject = $2 AND failures > 0",
        subject.kind.word(),
        subject.key.as_slice(),
        at,
        *failed_at,
        *until
    )?;
    Ok(())
}

/// Tries so far, when the last was, and until when to wait; holds the row, so that tries at once are counted one after the other.
async fn hold(tx: &mut Tx, subject: &Subject, now: Instant) -> Result<(i64, Instant, Instant)> {
    let (failures, failed_at, until) = platform_sql!(
        one(i64, Instant, Instant),
        tx,
        "INSERT INTO throttles (kind, subject, failures, failed_at, blocked_until) VALUES ($1, $2, 0, $3, $3)
         ON CONFLICT (kind, subject) DO UPDATE SET failures = throttles.failures RETURNING failures, failed_at, blocked_until",
        subject.kind.word(),
        subject.key.as_slice(),
        now
    )?;
    Ok(if now < failed_at.plus_seconds(FORGOTTEN_SECONDS) { (failures, failed_at, until) } else { (0, now, now) })
}

/// None while tries are free; then a second, two, four…
fn pause_after(over: i64) -> i64 {
    match u32::try_from(over) {
        Ok(over) => 1_i64.checked_shl(over.min(62)).unwrap_or(LONGEST_SECONDS).min(LONGEST_SECONDS),
        Err(_) => 0,
    }
}

/// Whole seconds until then; none or fewer where that is past.
fn seconds_to(until: Instant, now: Instant) -> i64 {
    (until.micros() - now.micros() + 999_999) / 1_000_000
}

/// "40 seconds", "4 minutes"
pub fn in_words(seconds: i64) -> String {
    match seconds {
        1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

fn too_many(seconds: i64) -> AppError {
    let wait = in_words(seconds);
    let message = format!("That was tried too often. Please wait {wait}, then try again.");
    AppError { retry_after: u32::try_from(seconds).ok(), ..AppError::new(Code::TooMany, message) }
}
