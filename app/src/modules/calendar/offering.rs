//! Offers what comes free to whoever waits for it: within a second of whatever freed it, the first in line first. Where it was looked up to
//! stands in the database, and so does each offer, with the hold that keeps it and the letter that tells of it, all in one transaction: a
//! server that is killed goes on where it was, and of several none offers what another has.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    BOOKINGS,
    availability::Availability,
    booking::Attempt,
    holds,
    ids::{ServiceId, StaffId, WaitlistId},
    letters,
    options::ServiceOptions,
    store::{self, LostOffer, Service, Span, Waiting},
    waitlist::{self, FORGOTTEN_SECONDS, OFFER_SECONDS},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    ids::OrgId,
    org::OrgTx,
    platform::Platform,
    platform_sql,
};

/// How often it is looked whether something came free.
const LOOKS_EVERY: Duration = Duration::from_secs(1);
/// Where people wait it is looked so often even if nothing happened: a time can come free by the clock alone.
const AGAIN_SECONDS: i64 = 15 * 60;
/// So many organisations are seen to in one look.
const AT_ONCE: i64 = 200;
/// Of one organisation so many who wait are looked at, the first in line.
const MOST_LOOKED_AT: i64 = 500;
/// After so many rounds of offers it is looked whether others have something, too; what is left follows a second later.
const ROUNDS: usize = 50;
/// So many starts are tried for somebody who may have few bookings themselves.
const TRIES: usize = 8;

/// Offers what comes free, as long as the process runs.
pub async fn keep_offering(platform: Platform) {
    let mut ticks = tokio::time::interval(LOOKS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = look(&platform).await {
            tracing::warn!(%error, "what came free isn’t offered to those who wait; it is tried again");
        }
    }
}

/// Offers what has come free by now.
///
/// # Errors
/// The database is busy.
pub async fn look(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT w.org_id FROM calendar_waitlist_looks AS w JOIN organisations AS o ON o.id = w.org_id
         WHERE w.look_at <= $1 OR o.sequence > w.sequence ORDER BY w.look_at LIMIT $2",
        now,
        AT_ONCE
    )?;
    tx.rollback().await?;
    let mut outcome = Ok(());
    for (org,) in due {
        // What is wrong with one keeps nobody else waiting.
        outcome = outcome.and(look_at(platform, org).await);
    }
    outcome
}

async fn look_at(platform: &Platform, org: OrgId) -> Result<()> {
    tidy(platform, org).await?;
    for _ in 0..ROUNDS {
        let Some(mut tx) = holds::open(platform, org, Access::Read).await? else { return Ok(()) };
        let sequence = tx.org().sequence;
        let round = plan(&mut tx).await?;
        tx.rollback().await?;
        let mut offered = false;
        for (id, start) in round {
            offered |= offer(platform, org, id, start).await?;
        }
        if !offered {
            return note(platform, org, sequence).await;
        }
    }
    Ok(())
}

/// Ends the offers whose time is over, so that the next in line are asked; and lets go of whose days are over.
async fn tidy(platform: &Platform, org: OrgId) -> Result<()> {
    let Some(mut tx) = holds::open(platform, org, Access::Read).await? else { return Ok(()) };
    let lost = !store::lost_offers(&mut tx).await?.is_empty();
    let (_, lapse, ended) = store::waitlist_dues(&mut tx).await?;
    let now = tx.now();
    tx.rollback().await?;
    let since = now.plus_seconds(-FORGOTTEN_SECONDS);
    if !lost && lapse.is_none_or(|at| at > now) && ended.is_none_or(|at| at > since) {
        return Ok(());
    }
    let Some(mut tx) = holds::open(platform, org, Access::Write).await? else { return Ok(()) };
    for LostOffer { id, offer_id, offer_starts_at, offer_expires_at, passed } in store::lost_offers(&mut tx).await? {
        // Whom the business took it from may be offered it again.
        let let_go = offer_expires_at <= now;
        let passed = if let_go { waitlist::passed_with(&passed, offer_starts_at) } else { passed };
        store::end_offer(&mut tx, id, offer_id, &passed).await?;
        if store::delete_hold(&mut tx, offer_id).await? > 0 {
            tx.emit("calendar.hold_ended", offer_id.0).await?;
        }
    }
    store::lapse_waiting(&mut tx).await?;
    store::forget_waiting(&mut tx, since).await?;
    tx.commit().await
}

/// The times of a service as somebody wants it.
struct Free {
    free: Availability,
    starts: Vec<Timestamp>,
}

/// What somebody wants of a service: those who want the same are looked up once.
type Wish = (ServiceId, Option<i64>, Option<StaffId>, String, i64);

/// Who is to be offered what: each at most one, and no two that are in each other’s way, for which of several people has them is seen to
/// one by one.
async fn plan(tx: &mut OrgTx) -> Result<Vec<(WaitlistId, Timestamp)>> {
    let shut = tx.org().closes_at.is_some() || tx.check_goes_on("nothing is offered").is_err();
    if shut || tx.is_used_up_for_clients(&BOOKINGS).await? {
        return Ok(Vec::new());
    }
    let mut services: HashMap<ServiceId, Option<(Service, ServiceOptions)>> = HashMap::new();
    let mut wishes: HashMap<Wish, Option<Free>> = HashMap::new();
    let (mut round, mut given): (Vec<_>, Vec<Span>) = (Vec::new(), Vec::new());
    for one in store::in_line(tx, MOST_LOOKED_AT).await?.into_iter().filter(|one| one.status == "waiting") {
        let offered = match services.entry(one.service_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(with_waitlist(tx, one.service_id).await?),
        };
        let Some((service, options)) = &*offered else { continue };
        let wish = (one.service_id, one.minutes, one.staff_id, one.location.clone(), one.seats);
        let times = match wishes.entry(wish) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(times(tx, &one, service, options).await?),
        };
        let Some(times) = &*times else { continue };
        if let Some((start, span)) = first_for(tx, &one, service, options, times, &given).await? {
            given.push(span);
            round.push((one.id, start));
        }
    }
    Ok(round)
}

/// A service that is offered, and has a waitlist.
async fn with_waitlist(tx: &mut OrgTx, id: ServiceId) -> Result<Option<(Service, ServiceOptions)>> {
    let Some(service) = store::service(tx, id).await? else { return Ok(None) };
    let options = ServiceOptions::read(&service.options)?;
    Ok((service.active && options.waitlist).then_some((service, options)))
}

/// All that is free of a service as somebody wants it; `None` where it isn’t offered so any more.
async fn times(tx: &mut OrgTx, one: &Waiting, service: &Service, options: &ServiceOptions) -> Result<Option<Free>> {
    let wanted = one.wanted(service, options);
    match Availability::load(tx, &wanted).await.and_then(|free| free.bookable(wanted.secret)) {
        Ok(free) => {
            let starts = free.all()?;
            Ok(Some(Free { free, starts }))
        }
        Err(error) if is_refusal(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The first start that suits somebody, and is in the way of nothing that goes to others before them.
async fn first_for(
    tx: &mut OrgTx,
    one: &Waiting,
    service: &Service,
    options: &ServiceOptions,
    times: &Free,
    given: &[Span],
) -> Result<Option<(Timestamp, Span)>> {
    let (tz, passed) = (one.zone(), one.passed());
    let soonest = soonest(service, tx.now());
    let mut tried = 0;
    for start in &times.starts {
        if *start < soonest || passed.has(*start, times.free.minutes) || !one.suits(*start, &tz) {
            continue;
        }
        let span = times.free.span(*start)?;
        if given.iter().any(|other| other.blocks_from < span.blocks_until && other.blocks_until > span.blocks_from) {
            continue;
        }
        if !options.client_limits.is_empty() {
            tried += 1;
            if tried > TRIES {
                break;
            }
            let wanted = super::availability::Wanted { client: one.indexes(), ..one.wanted(service, options) };
            let theirs = Availability::load_around(tx, &wanted, *start).await?;
            if theirs.check_client(*start).is_err() {
                continue;
            }
        }
        return Ok(Some((*start, span)));
    }
    Ok(None)
}

/// Nothing is offered that could no longer be booked when the offer ends.
fn soonest(service: &Service, now: Instant) -> Timestamp {
    now.plus_seconds(OFFER_SECONDS + service.min_notice_minutes * 60).timestamp()
}

/// Offers somebody a start: they are asked, it is held, and their letter is queued, or none of it. `false`: one of the two is taken.
async fn offer(platform: &Platform, org: OrgId, id: WaitlistId, start: Timestamp) -> Result<bool> {
    let Some(mut tx) = holds::open(platform, org, Access::Write).await? else { return Ok(false) };
    match offer_once(&mut tx, id, start).await {
        Ok(true) => {
            tx.commit().await?;
            Ok(true)
        }
        Ok(false) | Err(Attempt::TakenMeanwhile) => {
            tx.rollback().await?;
            Ok(false)
        }
        Err(Attempt::Refused(error)) => {
            tx.rollback().await?;
            if is_refusal(&error) { Ok(false) } else { Err(error) }
        }
    }
}

async fn offer_once(tx: &mut OrgTx, id: WaitlistId, start: Timestamp) -> Result<bool, Attempt> {
    let Some(one) = store::waiting(tx, id).await?.filter(|one| one.status == "waiting") else { return Ok(false) };
    let Some(service) = store::service(tx, one.service_id).await? else { return Ok(false) };
    let options = ServiceOptions::read(&service.options)?;
    if !options.waitlist || start < soonest(&service, tx.now()) {
        return Ok(false);
    }
    store::delete_expired_holds(tx).await?;
    let wanted = super::availability::Wanted { client: one.indexes(), ..one.wanted(&service, &options) };
    let free = Availability::load_around(tx, &wanted, start).await?.bookable(wanted.secret)?;
    if one.passed().has(start, free.minutes) {
        return Ok(false);
    }
    free.check_client(start)?;
    let now = tx.now();
    let expires_at = now.plus_seconds(OFFER_SECONDS);
    let hold = holds::claim(tx, &free, start, now, expires_at, None).await?;
    let starts_at = Instant::from_timestamp(start);
    if store::offer_waiting(tx, id, hold, starts_at, expires_at).await? == 0 {
        return Ok(false);
    }
    let keys = tx.keys().await?;
    let person = waitlist::open_person(&keys, one)?;
    let offered = letters::waitlist::Offered { service: &service.name, starts_at, minutes: free.minutes, expires_at };
    letters::waitlist::offered(tx, &person, &offered).await?;
    Ok(true)
}

/// Notes up to where it was looked, and when it is looked again.
async fn note(platform: &Platform, org: OrgId, sequence: i64) -> Result<()> {
    let Some(mut tx) = holds::open(platform, org, Access::Write).await? else { return Ok(()) };
    let (offer, lapse, ended) = store::waitlist_dues(&mut tx).await?;
    let again = tx.now().plus_seconds(AGAIN_SECONDS);
    // Whose days end next waits: `None` means that nobody does.
    let waits = lapse.map(|lapse| lapse.min(again).min(offer.unwrap_or(again)));
    let forgets = ended.map(|ended| ended.plus_seconds(FORGOTTEN_SECONDS));
    match waits.into_iter().chain(forgets).min() {
        Some(next) => store::looked(&mut tx, waits.map(|_| sequence), next).await?,
        None => store::stop_looking(&mut tx).await?,
    };
    tx.commit().await
}

/// It can’t be had, and nothing is broken.
fn is_refusal(error: &AppError) -> bool {
    matches!(error.code, Code::Conflict | Code::Invalid | Code::NotFound)
}
