//! The front desk: moving and stretching appointments, and blocking time. Booking for a client is `booking::book`.

use jiff::Timestamp;

use super::{
    availability::{Asker, Availability, Wanted},
    booking::{self, Attempt},
    ids::{AppointmentId, BlockId, ResourceId, StaffId},
    letters::{self, Happened},
    paying::settle::{self, MovedBy},
    permissions,
    store::{self, Block, BlockOf, Span},
    wire::Status,
};
use crate::{
    clock::Instant,
    crypto::{DataKeys, Place},
    db::{Access, DbError},
    error::{AppError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::is_text,
};

const TRIES: usize = 8;
/// Somebody can be away for a year at most in one go.
const LONGEST_BLOCK_DAYS: i64 = 366;

/// Where an appointment goes.
#[derive(Debug, Clone, Default)]
pub struct Move {
    /// The start, RFC 3339 in UTC.
    pub start: String,
    /// With whom; `None`: whoever has it now, or another who is free.
    pub staff: Option<StaffId>,
    /// How long, in minutes; `None`: as long as it is.
    pub minutes: Option<i64>,
    /// The version that was read: it is refused if the appointment has changed since.
    pub version: i64,
    /// Against the business’s own rules: outside hours, with less notice, beyond a limit.
    pub anyway: bool,
    /// The client is told a little later, so that it can be undone before they are.
    pub later: bool,
    /// Back to where it was a moment ago: who hasn’t been told yet isn’t.
    pub undo: bool,
}

/// Time that somebody, or a room, can’t be booked.
#[derive(Debug, Clone)]
pub struct NewBlock {
    /// Whose.
    pub of: BlockOf,
    /// Days off, or time that is blocked.
    pub time_off: bool,
    /// From, RFC 3339 in UTC.
    pub start: String,
    /// Until.
    pub end: String,
    /// Whole days on the business’s clock.
    pub all_day: bool,
    /// What for; may be empty.
    pub title: String,
}

/// Moves an appointment that is still booked, to another time, another person, or another length.
///
/// # Errors
/// 404 for an appointment that isn’t this organisation’s; 409 with the reason when the rules don’t offer that time (`anyway` moves it
/// all the same), when something else has it, or when it has changed since.
pub async fn move_appointment(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: AppointmentId,
    to: &Move,
) -> Result<Span> {
    let mut errors = FieldErrors::default();
    let start = booking::check_start(&to.start, &mut errors);
    if to.minutes.is_some_and(|minutes| !(5..=1440).contains(&minutes)) {
        errors.add("minutes", "Make it 5 minutes to 24 hours long.");
    }
    errors.finish()?;
    for _ in 0..TRIES {
        let need = &permissions::CHANGE_APPOINTMENTS;
        let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Write).await?;
        match move_once(&mut tx, id, start, to).await {
            Ok(span) => {
                tx.commit().await?;
                return Ok(span);
            }
            Err(Attempt::TakenMeanwhile) => {
                tx.rollback().await?;
                if to.anyway {
                    break;
                }
            }
            Err(Attempt::Refused(error)) => {
                tx.rollback().await?;
                return Err(error);
            }
        }
    }
    Err(AppError::conflict("Something else is at that time. Move that first, or choose another time."))
}

/// Blocks time.
///
/// # Errors
/// 422 at each field that is wrong; 404 for somebody, or a room, that isn’t this organisation’s.
pub async fn block(platform: &Platform, actor: &Actor, org: &str, new: &NewBlock) -> Result<BlockId> {
    let (from, until) = check_block(new)?;
    let mut tx = open(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let id = BlockId::new(tx.now());
    let block = row(&keys, id, new, from, until);
    match store::insert_block(&mut tx, &block).await {
        Err(DbError::Missing) => return Err(AppError::not_found("that person or room")),
        other => other?,
    };
    tx.emit("calendar.block_made", id.0).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes time that is blocked, if it is unchanged since `version`.
///
/// # Errors
/// As [`block`]; 404 for one that isn’t this organisation’s; 409 when it has changed since.
pub async fn change_block(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: BlockId,
    version: i64,
    new: &NewBlock,
) -> Result<()> {
    let (from, until) = check_block(new)?;
    let mut tx = open(platform, actor, org).await?;
    store::block(&mut tx, id).await?.ok_or_else(gone)?;
    let keys = tx.keys().await?;
    let changed = match store::update_block(&mut tx, &Block { version, ..row(&keys, id, new, from, until) }).await {
        Err(DbError::Missing) => return Err(AppError::not_found("that person or room")),
        other => other?,
    };
    if changed == 0 {
        return Err(AppError::conflict("Somebody else changed this meanwhile. Please look at it again."));
    }
    tx.emit("calendar.block_changed", id.0).await?;
    tx.commit().await
}

/// Frees time that is blocked.
///
/// # Errors
/// 404 for a block that isn’t this organisation’s.
pub async fn unblock(platform: &Platform, actor: &Actor, org: &str, id: BlockId) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    if store::delete_block(&mut tx, id).await? == 0 {
        return Err(gone());
    }
    tx.emit("calendar.block_ended", id.0).await?;
    tx.commit().await
}

/// What a block is for, as it was typed.
///
/// # Errors
/// The key that sealed it isn’t there.
pub fn title_of(keys: &DataKeys, block: &Block) -> Result<String> {
    keys.open(place(block.id), &block.title).map_err(|error| {
        tracing::error!(%error, "a sealed field can’t be read");
        AppError::internal()
    })
}

async fn move_once(tx: &mut OrgTx, id: AppointmentId, start: Timestamp, to: &Move) -> Result<Span, Attempt> {
    let appointment = store::appointment(tx, id).await?.ok_or_else(|| AppError::not_found("that appointment"))?;
    if appointment.status() != Status::Booked {
        return Err(AppError::conflict("It isn’t booked any more, so it can’t be moved.").into());
    }
    if appointment.version != to.version {
        return Err(booking::changed().into());
    }
    let service = booking::service_of(tx, appointment.service_id).await?;
    let minutes = (appointment.ends_at.micros() - appointment.starts_at.micros()) / 60_000_000;
    let client = booking::client_of(tx, &appointment).await?;
    let wanted = Wanted {
        with: to.staff,
        minutes: Some(to.minutes.unwrap_or(minutes)),
        asker: Asker::Desk,
        ..booking::wanted_again(&appointment, &service, client)
    };
    let free = Availability::load_around(tx, &wanted, start).await?;
    let before = Some(to.staff.unwrap_or(appointment.staff_id));
    let assigned = match free.assign(start, before) {
        Err(_) if to.anyway => free.against_the_rules(start, before)?,
        assigned => assigned?,
    };
    if !to.anyway {
        free.check_client(start)?;
    }
    let span = free.span(start)?;
    store::delete_expired_holds(tx).await?;
    booking::clear_the_way(tx, &assigned, span).await?;
    let zone = appointment.client_zone.clone();
    booking::place_at(tx, &appointment, to.version, &free, &assigned, span, &zone).await?;
    settle::moved(tx, &appointment, span.starts_at, MovedBy::Business).await?;
    tx.emit("calendar.appointment_moved", id.0).await?;
    if !(to.undo && letters::take_back_move(tx, id).await?) {
        letters::tell(tx, Happened::moved(&appointment), id).await?;
        if to.later {
            letters::hold_back_move(tx, id).await?;
        }
    }
    Ok(span)
}

fn check_block(new: &NewBlock) -> Result<(Instant, Instant)> {
    let mut errors = FieldErrors::default();
    let mut read = |field: &str, text: &str| {
        text.parse::<Timestamp>().unwrap_or_else(|_| {
            errors.add(field, "Give an instant like 2026-11-23T00:00:00Z.");
            Timestamp::UNIX_EPOCH
        })
    };
    let (from, until) = (read("start", &new.start), read("end", &new.end));
    if from >= until {
        errors.add("end", "Let it end after it begins.");
    } else if until.duration_since(from) > jiff::SignedDuration::from_hours(LONGEST_BLOCK_DAYS * 24) {
        errors.add("end", "Block a year at most at once.");
    }
    if new.title.chars().count() > 200 || new.title.contains(['\n', '\r']) || !is_text(&new.title) {
        errors.add("title", "Use at most 200 letters, digits and punctuation on one line.");
    }
    errors.finish()?;
    Ok((Instant::from_timestamp(from), Instant::from_timestamp(until)))
}

fn row(keys: &DataKeys, id: BlockId, new: &NewBlock, starts_at: Instant, ends_at: Instant) -> Block {
    let (staff_id, resource_id): (Option<StaffId>, Option<ResourceId>) = match new.of {
        BlockOf::Staff(staff) => (Some(staff), None),
        BlockOf::Resource(resource) => (None, Some(resource)),
    };
    Block {
        id,
        staff_id,
        resource_id,
        kind: if new.time_off { "time_off" } else { "block" }.to_owned(),
        starts_at,
        ends_at,
        all_day: new.all_day,
        title: keys.seal(place(id), new.title.trim()),
        version: 1,
    }
}

async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_APPOINTMENTS, Access::Write).await
}

fn place(id: BlockId) -> Place {
    Place { table: "calendar_blocks", column: "title", row: id.0 }
}

fn gone() -> AppError {
    AppError::not_found("that blocked time")
}
