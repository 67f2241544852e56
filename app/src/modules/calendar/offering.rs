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
    booking::{self, Attempt},
    holds,
    ids::{ServiceId, StaffId, WaitlistId},
    letters,
    options::ServiceOptions,
    permissions,
    store::{self, LostOffer, Service, Span, Waiting},
    waitlist::{self, FORGOTTEN_SECONDS, OFFER_SECONDS, Person, Standing},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    ids::OrgId,
    org::{Actor, OrgRef, OrgTx},
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
        let Some(_work) = platform.take_up() else { return };
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
    let keys = tx.keys().await?;
    let person = waitlist::open_person(&keys, one)?;
    make_theirs(tx, &person, &free, start, false).await
}

/// Holds a start for somebody who waits, and queues the letter that tells of it. `false`: they don’t wait any more, or are offered
/// something already.
async fn make_theirs(
    tx: &mut OrgTx,
    person: &Person,
    free: &Availability,
    start: Timestamp,
    by_hand: bool,
) -> Result<bool, Attempt> {
    free.check_client(start)?;
    let now = tx.now();
    let expires_at = now.plus_seconds(OFFER_SECONDS);
    let hold = holds::claim(tx, free, start, now, expires_at, None).await?;
    let starts_at = Instant::from_timestamp(start);
    if store::offer_waiting(tx, person.row.id, hold, starts_at, expires_at).await? == 0 {
        return Ok(false);
    }
    let service = &free.service.name;
    let offered = letters::waitlist::Offered { service, starts_at, minutes: free.minutes, expires_at, by_hand };
    letters::waitlist::offered(tx, person, &offered).await?;
    Ok(true)
}

/// What the business can offer somebody now.
#[derive(Debug)]
pub struct Offerable {
    /// Whom.
    pub person: Person,
    /// The service that they wait for.
    pub service: Service,
    /// The starts that are free and suit them, in order; those that they have seen, or let go of, too.
    pub starts: Vec<Timestamp>,
    /// Why nothing can be offered to them now; empty: it can.
    pub unable: String,
    /// When it was read.
    pub now: Instant,
}

/// Reads what somebody can be offered, in a transaction that may change appointments.
///
/// # Errors
/// 404 for somebody who isn’t on the list.
pub async fn offerable(tx: &mut OrgTx, id: &str) -> Result<Offerable> {
    let row = waiting(tx, id).await?;
    let service = booking::service_of(tx, row.service_id).await?;
    let options = ServiceOptions::read(&service.options)?;
    let unable = match may_offer(tx, &row).await {
        Ok(()) => String::new(),
        Err(error) if is_refusal(&error) || error.code == Code::PaymentNeeded => error.message,
        Err(error) => return Err(error),
    };
    let (tz, soonest) = (row.zone(), soonest(&service, tx.now()));
    let times = if unable.is_empty() { times(tx, &row, &service, &options).await? } else { None };
    let starts = times.map(|times| times.starts).unwrap_or_default();
    let starts = starts.into_iter().filter(|start| *start >= soonest && row.suits(*start, &tz)).collect();
    let (keys, now) = (tx.keys().await?, tx.now());
    Ok(Offerable { person: waitlist::open_person(&keys, row)?, service, starts, unable, now })
}

/// The business offers somebody who waits a free time, whoever waits before them: theirs alone for a quarter of an hour, like one that
/// came free. What they have seen or let go of can be offered again; somebody may have called.
///
/// # Errors
/// 404 for somebody who isn’t on the list; 409 where they don’t wait any more, have an offer already, the time has gone or doesn’t suit
/// them, or begins too soon to decide about; 422 at `start` for what is no time; 402 while the plan is over.
pub async fn offer_now(platform: &Platform, actor: &Actor, org: &str, id: &str, start: &str) -> Result<()> {
    for _ in 0..TRIES {
        let need = &permissions::CHANGE_APPOINTMENTS;
        let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Write).await?;
        match offer_by_hand(&mut tx, id, start).await {
            Ok(()) => return tx.commit().await,
            Err(Attempt::TakenMeanwhile) => tx.rollback().await?,
            Err(Attempt::Refused(error)) => {
                tx.rollback().await?;
                return Err(error);
            }
        }
    }
    Err(booking::taken())
}

async fn offer_by_hand(tx: &mut OrgTx, id: &str, start: &str) -> Result<(), Attempt> {
    let row = waiting(tx, id).await?;
    let start = booking::parse_start(start)?;
    // Sent twice it is offered, and written, once.
    if matches!(row.standing(tx.now()), Standing::Offered(offer) if offer.starts_at == Instant::from_timestamp(start)) {
        return Ok(());
    }
    may_offer(tx, &row).await?;
    let service = booking::service_of(tx, row.service_id).await?;
    let options = ServiceOptions::read(&service.options)?;
    if !row.suits(start, &row.zone()) {
        return Err(AppError::conflict(
            "That isn’t on the days, or in the part of the day, that suit them. If they agree to it, book it for them.",
        )
        .into());
    }
    if start < soonest(&service, tx.now()) {
        return Err(AppError::conflict(
            "It begins too soon: they have 15 minutes to decide, and your notice has to hold after that.",
        )
        .into());
    }
    store::delete_expired_holds(tx).await?;
    // The time of an offer that nobody took may be over, and not yet seen to.
    if let (Some(offer), Some(before)) = (row.offer_id, row.offer_starts_at) {
        store::end_offer(tx, row.id, offer, &waitlist::passed_with(&row.passed, before)).await?;
        if store::delete_hold(tx, offer).await? > 0 {
            tx.emit("calendar.hold_ended", offer.0).await?;
        }
    }
    let wanted = super::availability::Wanted { client: row.indexes(), ..row.wanted(&service, &options) };
    let free = Availability::load_around(tx, &wanted, start).await?.bookable(wanted.secret)?;
    let keys = tx.keys().await?;
    let person = waitlist::open_person(&keys, row)?;
    if !make_theirs(tx, &person, &free, start, true).await? {
        return Err(has_an_offer().into());
    }
    tx.emit("calendar.waitlist_offered", person.row.id.0).await?;
    Ok(())
}

async fn waiting(tx: &mut OrgTx, id: &str) -> Result<Waiting> {
    let nobody = || AppError::not_found("that place on the waitlist");
    let id: WaitlistId = id.parse().map_err(|_| nobody())?;
    store::waiting(tx, id).await?.ok_or_else(nobody)
}

/// Whether somebody can be offered anything now.
async fn may_offer(tx: &mut OrgTx, row: &Waiting) -> Result<()> {
    tx.check_goes_on("nothing is offered")?;
    if tx.is_used_up_for_clients(&BOOKINGS).await? {
        return Err(AppError::conflict(
            "Your plan’s bookings are used up, so clients can’t book what they are offered.",
        ));
    }
    match row.standing(tx.now()) {
        Standing::Waits => Ok(()),
        Standing::Offered(_) => Err(has_an_offer()),
        Standing::Booked(_) | Standing::Left | Standing::Removed | Standing::Lapsed => {
            Err(AppError::conflict("They don’t wait any more, so nothing was offered."))
        }
    }
}

fn has_an_offer() -> AppError {
    AppError::conflict(
        "They are offered a time already. Wait until they take it, let it go, or its 15 minutes are over.",
    )
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
