//! A time is held for whoever fills in the form: theirs alone, for five minutes.

use std::time::Duration;

use axum_extra::extract::cookie::{Cookie, SameSite};
use cookie::time::Duration as CookieDuration;

use super::{
    BOOKINGS,
    availability::{Availability, Wanted},
    booking::{self, Attempt},
    ids::{AppointmentId, HoldId},
    permissions, proof,
    store::{self, Hold, Take},
    wire::Status,
};
use crate::{
    billing::quota,
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    ids::OrgId,
    links::Purpose,
    org::{Actor, By, OrgRef, OrgTx},
    platform::Platform,
    platform_sql,
};

/// For how long a time is held while the form is filled in.
pub const HOLD_SECONDS: i64 = 5 * 60;
/// How many times one address may hold at once. Beyond, a booking is made without.
const MOST_OF_AN_ADDRESS: i64 = 4;
/// How many times of one business are held at once, whoever holds them. Beyond, likewise.
const MOST_OF_A_BUSINESS: i64 = 200;
/// While very many try to book, holds could keep everybody else out: then it is one of an address, and fewer of a business.
const MOST_UNDER_ATTACK: (i64, i64) = (1, 40);
/// Who renews a hold, or holds another time instead, has done so at most for so long.
const LONGEST_SECONDS: i64 = 20 * 60;
/// How often it is looked for holds, and for bookings that wait for the business, whose time is over.
const LOOKS_EVERY: Duration = Duration::from_millis(500);
/// As many are let go of at once.
const AT_ONCE: i64 = 200;
const TRIES: usize = 8;

/// A time that is held.
#[derive(Debug, Clone)]
pub struct Held {
    /// What to send with the booking.
    pub token: String,
    /// From then on it is nobody’s.
    pub expires_at: Instant,
}

/// The cookie by which a visitor’s own hold is known: it goes with them, whichever page they go back to.
pub fn cookie_name(platform: &Platform) -> &'static str {
    if platform.is_https() { "__Host-devalo-hold" } else { "devalo_hold" }
}

/// The same with a hold, for as long as that holds.
pub fn cookie(platform: &Platform, held: &Held) -> Cookie<'static> {
    Cookie::build((cookie_name(platform), held.token.clone()))
        .path("/")
        .http_only(true)
        .secure(platform.is_https())
        .same_site(SameSite::Lax)
        .max_age(CookieDuration::seconds(HOLD_SECONDS))
        .build()
}

/// Holds a time. The one that `before` names is let go of: a visitor who looks at another time holds that instead.
///
/// # Errors
/// As [`booking::book`]; 429 where this address holds several times already, or all together hold very many.
pub async fn hold(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    wanted: &Wanted<'_>,
    start: &str,
    address: &str,
    before: &str,
) -> Result<Held> {
    let start = booking::parse_start(start)?;
    for time in 0..TRIES {
        let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BOOK, Access::Write).await?;
        if time == 0 {
            proof::count(&tx);
        }
        match hold_once(&mut tx, wanted, start, address, before).await {
            Ok(held) => {
                tx.commit().await?;
                return Ok(held);
            }
            Err(Attempt::TakenMeanwhile) => tx.rollback().await?,
            Err(Attempt::Refused(error)) => {
                tx.rollback().await?;
                return Err(error);
            }
        }
    }
    Err(booking::taken())
}

/// Lets go of a hold. Letting go of one that isn’t there any more is no mistake.
///
/// # Errors
/// 404 for a token that isn’t ours.
pub async fn release(platform: &Platform, actor: &Actor, org: &str, token: &str) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BOOK, Access::Write).await?;
    let hold = booking::own_hold(&tx, token).ok_or_else(|| AppError::not_found("that hold"))?;
    if store::delete_hold(&mut tx, hold).await? == 0 {
        return tx.rollback().await;
    }
    tx.emit("calendar.hold_ended", hold.0).await?;
    tx.commit().await
}

/// Lets go of what has expired, as long as the process runs: holds, bookings that the business didn’t say yes to in time, and from where
/// was booked.
pub async fn keep_letting_go(platform: Platform) {
    let mut ticks = tokio::time::interval(LOOKS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(_work) = platform.take_up() else { return };
        if let Err(error) = let_go(&platform).await {
            tracing::warn!(%error, "what has expired isn’t let go of; it is tried again");
        }
    }
}

/// Lets go of what has expired by now.
///
/// # Errors
/// The database is busy.
pub async fn let_go(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let holds = platform_sql!(
        all(OrgId, HoldId),
        &mut tx,
        "SELECT org_id, id FROM calendar_holds WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        now,
        AT_ONCE
    )?;
    let unconfirmed = platform_sql!(
        all(OrgId, AppointmentId),
        &mut tx,
        "SELECT org_id, id FROM calendar_appointments WHERE unconfirmed_until <= $1 ORDER BY unconfirmed_until LIMIT $2",
        now,
        AT_ONCE
    )?;
    let until = now.plus_seconds(-booking::ORIGIN_SECONDS);
    let origins = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT org_id FROM calendar_origins WHERE created_at <= $1 ORDER BY created_at LIMIT $2",
        until,
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org, hold) in holds {
        expire_hold(platform, org, hold).await?;
    }
    let mut booked_at: Vec<OrgId> = origins.into_iter().map(|(org,)| org).collect();
    booked_at.dedup();
    for org in booked_at {
        let Some(mut tx) = open(platform, org, Access::Write).await? else { continue };
        store::forget_origins(&mut tx, until).await?;
        tx.commit().await?;
    }
    for (org, id) in unconfirmed {
        expire_booking(platform, org, id).await?;
    }
    Ok(())
}

async fn expire_hold(platform: &Platform, org: OrgId, hold: HoldId) -> Result<()> {
    let Some(mut tx) = open(platform, org, Access::Write).await? else { return Ok(()) };
    // Another process may have been first.
    if store::hold(&mut tx, hold).await?.is_some() || store::delete_hold(&mut tx, hold).await? == 0 {
        return tx.rollback().await;
    }
    tx.emit("calendar.hold_ended", hold.0).await?;
    tx.commit().await
}

async fn expire_booking(platform: &Platform, org: OrgId, id: AppointmentId) -> Result<()> {
    let Some(mut tx) = open(platform, org, Access::Write).await? else { return Ok(()) };
    let found = store::appointment(&mut tx, id).await?;
    let Some(waits) = found.filter(|found| {
        found.status() == Status::Booked && found.unconfirmed_until.is_some_and(|until| until <= tx.now())
    }) else {
        return tx.rollback().await;
    };
    booking::end(tx, &waits, waits.version, Status::Cancelled, booking::Ending::Expired).await
}

/// `None` for an organisation that is shut: what it has stays as it is until it opens again.
pub(super) async fn open(platform: &Platform, org: OrgId, access: Access) -> Result<Option<OrgTx>> {
    let actor = Actor::System("what has expired");
    match OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::BOOK, access).await {
        Ok(tx) => Ok(Some(tx)),
        Err(error) if error.code.status() < 500 || error.code == Code::Closed => Ok(None),
        Err(error) => Err(error),
    }
}

async fn hold_once(
    tx: &mut OrgTx,
    wanted: &Wanted<'_>,
    start: jiff::Timestamp,
    address: &str,
    before: &str,
) -> Result<Held, Attempt> {
    // Nobody fills in a form for a time that they couldn’t have.
    if tx.by() == By::Client && tx.is_used_up_for_clients(&BOOKINGS).await? {
        return Err(quota::call_instead().into());
    }
    store::delete_expired_holds(tx).await?;
    let mut since = tx.now();
    if let Some(before) = booking::own_hold(tx, before) {
        if let Some(held) = store::hold(tx, before).await? {
            since = held.created_at;
        }
        store::delete_hold(tx, before).await?;
    }
    let address = match address {
        "" => None,
        known => Some(tx.keys().await?.blind_index("calendar_holds", "address", known).to_vec()),
    };
    let (all, own) = store::count_holds(tx, address.clone()).await?;
    let attacked = tx.platform().attacks.is_on(tx.id(), tx.now());
    let (most_own, most) = if attacked { MOST_UNDER_ATTACK } else { (MOST_OF_AN_ADDRESS, MOST_OF_A_BUSINESS) };
    if own >= most_own || all >= most {
        let message = if own >= most_own {
            "Several times are held from here already. You can book without holding this one."
        } else {
            "Very many times are held at the moment. You can book without holding this one."
        };
        let retry_after = u32::try_from(HOLD_SECONDS).ok();
        return Err(AppError { retry_after, ..AppError::new(Code::TooMany, message) }.into());
    }
    let free = Availability::load_around(tx, wanted, start).await?.bookable(wanted.secret)?;
    let expires_at = tx.now().plus_seconds(HOLD_SECONDS).min(since.plus_seconds(LONGEST_SECONDS));
    let id = claim(tx, &free, start, since, expires_at, address).await?;
    let expires = expires_at.timestamp().as_second();
    Ok(Held { token: tx.platform().links.sign(Purpose::Hold, tx.id().0, id.0, expires), expires_at })
}

/// Holds a time that is free with all that it takes, until then; the database refuses what somebody else has.
pub(super) async fn claim(
    tx: &mut OrgTx,
    free: &Availability,
    start: jiff::Timestamp,
    since: Instant,
    expires_at: Instant,
    address: Option<Vec<u8>>,
) -> Result<HoldId, Attempt> {
    let assigned = free.assign(start, None)?;
    let span = free.span(start)?;
    let id = HoldId::new(tx.now());
    let hold = Hold {
        service_id: free.service.id,
        starts_at: span.starts_at,
        ends_at: span.ends_at,
        seats: free.seats,
        expires_at,
        created_at: since,
    };
    store::insert_hold(tx, id, hold, address).await?;
    if free.options.is_shared() {
        let (session, capacity) = booking::session(tx, free, &assigned, span).await?;
        booking::take_seats(tx, session, capacity, free.seats, None, Some(id)).await?;
    } else {
        let everybody = std::iter::once(Take::Staff(assigned.staff)).chain(booking::takes(&assigned));
        for take in everybody {
            store::hold_take(tx, id, take, span, expires_at).await.map_err(booking::overlap_is_taken)?;
        }
    }
    tx.emit("calendar.hold_made", id.0).await?;
    Ok(id)
}
