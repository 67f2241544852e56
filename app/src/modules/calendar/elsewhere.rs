//! Calendars elsewhere: when somebody is busy there, they can’t be booked here. Each is read again and again; what was read last holds
//! until it is read anew.

use std::{collections::BTreeSet, time::Duration};

use futures::{StreamExt as _, stream};
use url::Url;

use super::{
    availability,
    feeds::{self, FeedCard, Whose},
    ics::{
        read::{BusyTime, BusyTimes},
        source::{IcsFeed, Refreshed, SourceRefusal},
    },
    ids::{BusySourceId, StaffId},
    permissions,
    store::{self, BusySource},
};
use crate::{
    admin::wire::Fact,
    audit::Detail,
    clock::Instant,
    crypto::{DataKeys, Place},
    db::{Access, DbError},
    error::{AppError, Code, FieldErrors, Result},
    fetch::{FetchRefusal, Fetcher, Version},
    ids::{OrgId, batches},
    module::Job,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    platform_sql,
    web::is_readable,
};

/// The most that somebody can have.
pub const MOST: usize = 5;
/// The longest name of one.
const LONGEST_NAME: usize = 100;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// What is busy from so many days ago …
const DAYS_BACK: i64 = 1;
/// … until so many ahead counts: nothing can be booked further ahead than a year.
const DAYS_AHEAD: i64 = 400;
/// What was read is good for as long as it tells of this much ahead.
const LEAST_AHEAD: i64 = 370;
/// Each is read so often.
const EVERY_SECONDS: i64 = 15 * 60;
/// Not all at once: each up to so much later.
const SPREAD_SECONDS: i64 = 2 * 60;
/// One that can’t be read is tried at least this often.
const LONGEST_PAUSE: i64 = 6 * 60 * 60;
/// After so long it isn’t tried any more.
const GIVEN_UP_SECONDS: i64 = 14 * DAY_SECONDS;
/// Whoever reads one has it for so long.
const CLAIM_SECONDS: i64 = 2 * 60;
/// Somebody can have one read again this long after it was read.
const AGAIN_SECONDS: i64 = 60;
/// One that isn’t tried any more is due in a hundred years.
const NEVER_SECONDS: i64 = 100 * 365 * DAY_SECONDS;
/// One of an organisation that is shut is looked at again so much later.
const SHUT_SECONDS: i64 = 6 * 60 * 60;
/// When so many can’t be read, it may be us.
const MANY_FAIL: i64 = 10;
/// As many are read in a run of the job, …
const IN_A_RUN: i64 = 500;
/// … and as many at once.
const AT_ONCE: usize = 8;

/// The job that reads them.
pub const JOB: Job = Job {
    name: "calendar.elsewhere",
    every: Duration::from_mins(1),
    run: |platform| Box::pin(async move { read_due(&platform).await }),
};

const CUT_SHORT: &str = "That calendar broke off, or has more in it than we read. Share one with fewer events.";

/// A calendar elsewhere as it is listed, never its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCard {
    /// Its id.
    pub id: BusySourceId,
    /// What it is called here.
    pub name: String,
    /// The server that it is on.
    pub host: String,
    /// When it was read last, and could be.
    pub read_at: Option<Instant>,
    /// Why it can’t be read; `None`: it can.
    pub problem: Option<String>,
    /// It isn’t tried any more.
    pub stopped: bool,
}

/// What somebody shares, and what counts for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendars {
    /// Their own calendar’s address.
    pub feed: Option<FeedCard>,
    /// Calendars elsewhere, the oldest first.
    pub sources: Vec<SourceCard>,
}

/// What came of reading one.
struct Outcome {
    /// What it is now.
    source: BusySource,
    /// Its busy times, where they are others.
    times: Option<Vec<(Instant, Instant)>>,
    /// Why it couldn’t be read.
    refused: Option<String>,
}

/// What is asked of one.
struct Question {
    address: String,
    staff: StaffId,
    zone: String,
    known: Version,
    now: Instant,
}

/// Somebody’s calendars.
///
/// # Errors
/// As [`feeds::open_for`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str, staff: StaffId) -> Result<Calendars> {
    let (mut tx, staff) =
        feeds::open_for(platform, actor, OrgRef::Slug(org), Whose::Person(staff), Access::Read).await?;
    let calendars = of_person(&mut tx, staff).await?;
    tx.rollback().await?;
    Ok(calendars)
}

/// The same, for who has the organisation open.
///
/// # Errors
/// The database is busy.
pub async fn of_person(tx: &mut OrgTx, staff: StaffId) -> Result<Calendars> {
    let feed = feeds::card(tx, staff).await?;
    let keys = tx.keys().await?;
    let mut sources = Vec::new();
    for source in store::busy_sources(tx, staff).await? {
        let address = unseal(&keys, source.id, "url", &source.url)?;
        let problem =
            source.problem.as_ref().map(|problem| unseal(&keys, source.id, "problem", problem)).transpose()?;
        sources.push(SourceCard {
            id: source.id,
            host: host(&address),
            read_at: source.read_at,
            problem,
            stopped: source.stopped_at.is_some(),
            name: source.name,
        });
    }
    Ok(Calendars { feed, sources })
}

/// Adds a calendar elsewhere, which is read at once. A name that is left empty is its server’s.
///
/// # Errors
/// As [`feeds::open_for`]; 422 at `name` or `address`, also for an address that can’t be read now; 409 for one too many.
pub async fn add(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    staff: StaffId,
    name: &str,
    address: &str,
) -> Result<BusySourceId> {
    let (mut tx, staff) =
        feeds::open_for(platform, actor, OrgRef::Slug(org), Whose::Person(staff), Access::Write).await?;
    tx.check_goes_on("no calendar is connected")?;
    let (name, address) = check(platform, name, address)?;
    let index = index(tx.keys().await?.as_ref(), &address);
    check_room(&mut tx, staff).await?;
    let (zone, now) = (tx.org().zone.clone(), tx.now());
    // Nobody waits for somebody else’s server.
    tx.rollback().await?;
    let question = Question { address, staff, zone, known: Version::default(), now };
    let (times, version) = match ask(platform, &question).await? {
        Ok(Refreshed::Busy { times, .. }) if times.cut_short => return Err(AppError::field("address", CUT_SHORT)),
        Ok(Refreshed::Busy { times, version }) => (times, version),
        // Nothing was known that it could be the same as.
        Ok(Refreshed::Unchanged) => return Err(AppError::field("address", FetchRefusal::Garbled.to_string())),
        Err(refusal) => return Err(AppError::field("address", refusal.to_string())),
    };
    let (mut tx, staff) =
        feeds::open_for(platform, actor, OrgRef::Slug(org), Whose::Person(staff), Access::Write).await?;
    check_room(&mut tx, staff).await?;
    let keys = tx.keys().await?;
    let id = BusySourceId::new(tx.now());
    let source = BusySource {
        id,
        staff_id: staff,
        name,
        url: keys.seal(place(id, "url"), &question.address),
        etag: version.tag.unwrap_or_default(),
        last_modified: version.modified.unwrap_or_default(),
        read_at: Some(question.now),
        next_at: next(id, question.now, EVERY_SECONDS),
        failures: 0,
        problem: None,
        failing_since: None,
        stopped_at: None,
        tried_at: Some(question.now),
        covers_until: Some(window(question.now).1),
        covers_zone: question.zone,
        created_at: tx.now(),
    };
    match store::insert_busy_source(&mut tx, &source, index).await {
        Err(DbError::Unique) => return Err(AppError::field("address", "They have this calendar already.")),
        other => other?,
    };
    replace(&mut tx, &source, &merged(&times)).await?;
    tx.audit("calendar.elsewhere_added", staff.0, &Detail::default().with("calendar", host(&question.address))).await?;
    tx.emit("calendar.elsewhere_added", staff.0).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes a calendar elsewhere away: what is busy there doesn’t count any more.
///
/// # Errors
/// As [`feeds::open_for`]; 404 for one that isn’t theirs.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: BusySourceId) -> Result<()> {
    let (mut tx, staff) =
        feeds::open_for(platform, actor, OrgRef::Slug(org), Whose::Calendar(id), Access::Write).await?;
    if store::delete_busy_source(&mut tx, id).await? == 0 {
        return Err(gone());
    }
    tx.emit("calendar.elsewhere_removed", staff.0).await?;
    tx.commit().await
}

/// Reads a calendar elsewhere now, also one that isn’t tried any more.
///
/// # Errors
/// As [`feeds::open_for`]; 429 a moment after it was read; 422 at `address` where it can’t be read now.
pub async fn read_again(platform: &Platform, actor: &Actor, org: &str, id: BusySourceId) -> Result<()> {
    let (mut tx, _) = feeds::open_for(platform, actor, OrgRef::Slug(org), Whose::Calendar(id), Access::Write).await?;
    tx.check_goes_on("no calendar is read")?;
    let (org, now) = (tx.id(), tx.now());
    let claimed = now.plus_seconds(CLAIM_SECONDS);
    if store::claim_busy_source_now(&mut tx, id, claimed, now.plus_seconds(-AGAIN_SECONDS)).await? == 0 {
        let error = AppError::new(Code::TooMany, "It was read a moment ago. Please wait a minute.");
        return Err(AppError { retry_after: u32::try_from(AGAIN_SECONDS).ok(), ..error });
    }
    match read(platform, tx, org, id, claimed).await? {
        Some(words) => Err(AppError::field("address", words)),
        None => Ok(()),
    }
}

/// Reads those that are due.
///
/// # Errors
/// The database is busy.
pub async fn read_due(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId, BusySourceId),
        &mut tx,
        "SELECT org_id, id FROM calendar_busy_sources WHERE next_at <= $1 ORDER BY next_at LIMIT $2",
        now,
        IN_A_RUN
    )?;
    tx.rollback().await?;
    stream::iter(due)
        .for_each_concurrent(AT_ONCE, |(org, id)| async move {
            if let Err(error) = read_one(platform, org, id).await {
                tracing::warn!(%error, %org, calendar = %id, "a calendar elsewhere isn’t read; it is tried again");
            }
        })
        .await;
    Ok(())
}

/// How many can’t be read since a day: each may be its owner’s to mend, but so many at once aren’t.
///
/// # Errors
/// The database is busy.
pub async fn health(platform: &Platform) -> Result<Vec<Fact>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let (failing,) = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT count(*) FROM calendar_busy_sources WHERE failing_since <= $1",
        platform.clock.now().plus_seconds(-DAY_SECONDS)
    )?;
    tx.rollback().await?;
    let value = match failing {
        0 => "all are read".to_owned(),
        1 => "one isn’t read".to_owned(),
        failing => format!("{failing} aren’t read"),
    };
    let about = "Calendars elsewhere whose busy times count, for more than a day; their owners are told on their pages";
    Ok(vec![Fact::new("Calendars elsewhere", value, about).alarming(
        failing >= MANY_FAIL,
        "See whether this server reaches others at all: “curl -sI https://calendar.google.com”. If it does, their owners mend them.",
        "",
    )])
}

async fn read_one(platform: &Platform, org: OrgId, id: BusySourceId) -> Result<()> {
    let mut tx = open(platform, org).await?;
    let now = tx.now();
    if tx.org().closes_at.is_some() || tx.check_goes_on("no calendar is read").is_err() {
        store::put_off_busy_source(&mut tx, id, next(id, now, SHUT_SECONDS)).await?;
        return tx.commit().await;
    }
    let claimed = now.plus_seconds(CLAIM_SECONDS);
    // Another process may have been first.
    if store::claim_busy_source(&mut tx, id, claimed).await? == 0 {
        return tx.rollback().await;
    }
    read(platform, tx, org, id, claimed).await.map(|_| ())
}

/// Reads one that is claimed until then. The answer is why it can’t be read, if it can’t.
async fn read(
    platform: &Platform,
    mut tx: OrgTx,
    org: OrgId,
    id: BusySourceId,
    claimed: Instant,
) -> Result<Option<String>> {
    let source = store::busy_source(&mut tx, id).await?.ok_or_else(gone)?;
    let keys = tx.keys().await?;
    let (zone, now) = (tx.org().zone.clone(), tx.now());
    tx.commit().await?;
    let address = unseal(&keys, id, "url", &source.url)?;
    // What is kept tells of the days that were asked about then, on the clock that held then.
    let tells = source.covers_zone == zone
        && source.covers_until.is_some_and(|until| until >= now.plus_seconds(LEAST_AHEAD * DAY_SECONDS));
    let some = |text: &str| (tells && !text.is_empty()).then(|| text.to_owned());
    let known = Version { tag: some(&source.etag), modified: some(&source.last_modified) };
    let question = Question { address, staff: source.staff_id, zone, known, now };
    let answer = ask(platform, &question).await?;
    let Outcome { source, times, refused } = outcome(&keys, source, question, answer);
    let mut tx = open(platform, org).await?;
    if store::settle_busy_source(&mut tx, &source, claimed).await? == 0 {
        tx.rollback().await?;
        return Ok(refused);
    }
    if let Some(times) = times
        && replace(&mut tx, &source, &times).await?
    {
        tx.emit("calendar.busy_changed", source.staff_id.0).await?;
    }
    tx.commit().await?;
    Ok(refused)
}

async fn ask(platform: &Platform, question: &Question) -> Result<Result<Refreshed, SourceRefusal>> {
    let feed = IcsFeed {
        fetcher: fetcher(platform)?.clone(),
        address: question.address.clone(),
        zone: availability::zone(&question.zone)?,
        titles: false,
        except: feeds::our_mark(question.staff),
    };
    let (from, until) = window(question.now);
    Ok(feed.refresh(&question.known, from, until).await)
}

fn outcome(
    keys: &DataKeys,
    before: BusySource,
    question: Question,
    answer: Result<Refreshed, SourceRefusal>,
) -> Outcome {
    let now = question.now;
    let words = match answer {
        Ok(Refreshed::Busy { times, version }) if !times.cut_short => {
            let source = BusySource {
                etag: version.tag.unwrap_or_default(),
                last_modified: version.modified.unwrap_or_default(),
                covers_until: Some(window(now).1),
                covers_zone: question.zone,
                ..well(before, now)
            };
            return Outcome { source, times: Some(merged(&times)), refused: None };
        }
        Ok(Refreshed::Unchanged) => return Outcome { source: well(before, now), times: None, refused: None },
        Ok(Refreshed::Busy { .. }) => CUT_SHORT.to_owned(),
        Err(refusal) => refusal.to_string(),
    };
    let failures = before.failures.saturating_add(1);
    let since = before.failing_since.unwrap_or(now);
    let stopped = since.plus_seconds(GIVEN_UP_SECONDS) <= now;
    let pause = EVERY_SECONDS.saturating_mul(1 << failures.clamp(0, 10)).min(LONGEST_PAUSE);
    let source = BusySource {
        failures,
        problem: Some(keys.seal(place(before.id, "problem"), &words)),
        failing_since: Some(since),
        stopped_at: stopped.then(|| before.stopped_at.unwrap_or(now)),
        next_at: if stopped { now.plus_seconds(NEVER_SECONDS) } else { next(before.id, now, pause) },
        ..before
    };
    Outcome { source, times: None, refused: Some(words) }
}

/// It could be read.
fn well(before: BusySource, now: Instant) -> BusySource {
    BusySource {
        read_at: Some(now),
        next_at: next(before.id, now, EVERY_SECONDS),
        failures: 0,
        problem: None,
        failing_since: None,
        stopped_at: None,
        ..before
    }
}

/// Keeps these busy times and no others. Are they others than before?
async fn replace(tx: &mut OrgTx, source: &BusySource, times: &[(Instant, Instant)]) -> Result<bool> {
    let mut new: BTreeSet<(Instant, Instant)> = times.iter().copied().collect();
    let mut old = Vec::new();
    for row in store::busy_of_source(tx, source.id).await? {
        if !new.remove(&(row.starts_at, row.ends_at)) {
            old.push(row.id.0);
        }
    }
    let changed = !new.is_empty() || !old.is_empty();
    for ids in batches(old) {
        store::delete_busy(tx, ids).await?;
    }
    for (from, until) in new {
        store::insert_busy(tx, source.id, source.staff_id, from, until).await?;
    }
    Ok(changed)
}

/// Busy is busy: what overlaps or touches is one.
fn merged(busy: &BusyTimes) -> Vec<(Instant, Instant)> {
    let mut merged: Vec<(Instant, Instant)> = Vec::new();
    let mut times: Vec<&BusyTime> = busy.times.iter().filter(|time| time.from < time.until).collect();
    times.sort_by_key(|time| (time.from, time.until));
    for time in times {
        match merged.last_mut() {
            Some((_, until)) if time.from <= *until => *until = (*until).max(time.until),
            _ => merged.push((time.from, time.until)),
        }
    }
    merged
}

fn fetcher(platform: &Platform) -> Result<&Fetcher> {
    platform.fetcher().map_err(|refusal| AppError::new(Code::Unavailable, refusal.to_string()))
}

fn check(platform: &Platform, name: &str, address: &str) -> Result<(String, String)> {
    let mut errors = FieldErrors::default();
    let name = name.trim();
    if name.chars().count() > LONGEST_NAME || (!name.is_empty() && !is_readable(name)) {
        errors.add("name", "Use up to 100 letters, digits and punctuation on one line.");
    }
    let fetcher = fetcher(platform)?;
    let address = match fetcher.check(address) {
        Ok(url) if is_ours(platform, &url) => {
            errors.add("address", "That is a calendar of ours. What is booked here counts without it.");
            String::new()
        }
        Ok(url) => String::from(url),
        Err(refusal) => errors.take("address", Err(refusal.to_string())),
    };
    errors.finish()?;
    let name = if name.is_empty() { host(&address) } else { name.to_owned() };
    Ok((name.chars().take(LONGEST_NAME).collect(), address))
}

fn is_ours(platform: &Platform, url: &Url) -> bool {
    let ours = Url::parse(&platform.origin).ok();
    ours.is_some_and(|ours| ours.host() == url.host() && ours.port_or_known_default() == url.port_or_known_default())
        && url.path().starts_with("/cal/")
}

async fn check_room(tx: &mut OrgTx, staff: StaffId) -> Result<()> {
    if store::busy_sources(tx, staff).await?.len() < MOST {
        return Ok(());
    }
    Err(AppError::conflict(format!("They have {MOST} calendars already. Remove one that isn’t needed any more.")))
}

async fn open(platform: &Platform, org: OrgId) -> Result<OrgTx> {
    let actor = Actor::System("calendars elsewhere");
    OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::SET_UP, Access::Write).await
}

fn window(now: Instant) -> (Instant, Instant) {
    (now.plus_seconds(-DAYS_BACK * DAY_SECONDS), now.plus_seconds(DAYS_AHEAD * DAY_SECONDS))
}

fn next(id: BusySourceId, now: Instant, pause: i64) -> Instant {
    let spread = i64::try_from(id.0.as_u128() % u128::from(SPREAD_SECONDS.unsigned_abs())).unwrap_or_default();
    now.plus_seconds(pause + spread)
}

fn index(keys: &DataKeys, address: &str) -> Vec<u8> {
    keys.blind_index("calendar_busy_sources", "url", address).to_vec()
}

/// The server that an address is on: all of it that is ever shown.
fn host(address: &str) -> String {
    Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn unseal(keys: &DataKeys, id: BusySourceId, column: &'static str, sealed: &[u8]) -> Result<String> {
    keys.open(place(id, column), sealed).map_err(|error| {
        tracing::error!(%error, %id, column, "a sealed field can’t be read");
        AppError::internal()
    })
}

fn place(id: BusySourceId, column: &'static str) -> Place {
    Place { table: "calendar_busy_sources", column, row: id.0 }
}

fn gone() -> AppError {
    AppError::not_found("that calendar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_times_that_touch_are_one() {
        let at = Instant::from_unix;
        let time = |from, until| BusyTime { from: at(from), until: at(until), all_day: false, title: None };
        let busy = BusyTimes {
            times: vec![time(50, 60), time(0, 10), time(10, 20), time(5, 7), time(30, 30), time(55, 70)],
            ..BusyTimes::default()
        };
        assert_eq!(merged(&busy), [(at(0), at(20)), (at(50), at(70))]);
    }

    #[test]
    fn an_address_is_shown_by_its_server_alone() {
        assert_eq!(host("https://calendar.example.com/ical/secret.ics?key=1"), "calendar.example.com");
        assert_eq!(host("nonsense"), "");
    }

    #[test]
    fn none_is_due_at_once_with_all_others() {
        let now = Instant::from_unix(1_795_000_000);
        for _ in 0..100 {
            let seconds = (next(BusySourceId::new(now), now, EVERY_SECONDS).micros() - now.micros()) / 1_000_000;
            assert!((EVERY_SECONDS..EVERY_SECONDS + SPREAD_SECONDS).contains(&seconds), "{seconds}");
        }
    }
}
