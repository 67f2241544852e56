//! Booking, moving and cancelling: the rules, in order.

use std::net::IpAddr;

use jiff::{Timestamp, ToSpan};

use super::{
    BOOKINGS,
    answers::{self, Answer, Given},
    asked,
    availability::{Asker, Assigned, Availability, Viewer, Wanted},
    client::{self, Details, Needs, Teller, Told},
    ids::{AppointmentId, ClientId, HoldId, ServiceId, SessionId, StaffId, WaitlistId},
    letters::{self, Happened},
    options::{LocationKind, MOST_SEATS, ServiceOptions},
    paying::{
        packages, rules,
        settle::{self, MovedBy},
    },
    permissions,
    proof::{self, Brought},
    store::{self, Appointment, NewAppointment, Span, Take, Taker},
    waitlist,
    wire::Status,
};
use crate::{
    auth::throttle::{self, Subject},
    clock::Instant,
    crypto::{DataKeys, Place},
    db::{Access, DbError},
    error::{AppError, Code, FieldErrors, Result},
    idempotency,
    ids::OrgId,
    links::{LinkError, Purpose},
    org::{Actor, By, OrgRef, OrgTx},
    platform::Platform,
    request,
    web::is_text,
};

/// A private link works until this long after its appointment: 30 days.
const LINK_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How often a booking is tried again when another took its place a moment ago, on PostgreSQL where several write at once.
const TRIES: usize = 8;
/// A week at most between two appointments of one series.
const WEEK: i64 = 7;
/// A series of so many is looked for with the writer in hand, where what was planned doesn’t hold any more. Of a longer one it is looked
/// again before: nobody waits for a stranger’s year of bookings to be found.
const FEW: i64 = 4;
/// From one place on the network the public books so often in an hour with one business, and so many appointments, a series’ counted each.
const BOOKINGS_AN_HOUR: i64 = 12;
const APPOINTMENTS_AN_HOUR: i64 = 60;
/// For so long it is known from where somebody booked.
pub const ORIGIN_SECONDS: i64 = 60 * 60;
/// What its client cancels within a day of booking it doesn’t count towards what the plan allows.
const SOON_SECONDS: i64 = 24 * 60 * 60;
const TABLE: &str = "calendar_appointments";
/// What keys of bookings are for, and solved challenges of theirs.
const BOOK: &str = "calendar.book";
const PROOF: &str = "calendar.proof";
/// At the key, where it came before with other details.
const SENT_BEFORE: &str = "This form was sent before with other details. Please reload the page and try again.";

/// What a client asks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The service's word in its address.
    pub service: String,
    /// The start, RFC 3339 in UTC.
    pub start: String,
    /// The zone in which the client saw the times; empty: the business's.
    pub zone: String,
    /// Chosen by the client: the same key books once, however often it is sent.
    pub key: String,
    /// The client's name.
    pub name: String,
    /// The client's email.
    pub email: String,
    /// The client's phone; may be empty.
    pub phone: String,
    /// Anything the client wants to say; may be empty.
    pub notes: String,
    /// How long, in minutes, where it isn’t the service’s own length.
    pub length: Option<i64>,
    /// With whom; `None`: whoever is free.
    pub with: Option<StaffId>,
    /// Where, by the location’s id; empty: the first.
    pub location: String,
    /// The client’s address, where it takes place there.
    pub place: String,
    /// How many seats; 0 is 1.
    pub seats: i64,
    /// What the service asks.
    pub answers: Given,
    /// The client accepts the service’s terms.
    pub accepts: bool,
    /// The business may write to the client of itself.
    pub marketing: bool,
    /// How many times, a week apart; 0 is 1.
    pub times: i64,
    /// Weeks in which it can’t be had are left out; otherwise nothing is booked then.
    pub skip_taken: bool,
    /// The hold that was made for it, as its token.
    pub hold: String,
    /// The word of a service that is on no page.
    pub secret: String,
    /// The code of a package that pays for it; empty: none does.
    pub package: String,
    /// Whose form it was sent with, and of which service; `None`: none of ours.
    pub form: Option<(OrgId, ServiceId)>,
    /// The sum that was done for it, where one was asked for.
    pub proof: String,
}

/// How a booking comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// On the public page.
    Online,
    /// By a program.
    Api,
    /// The business books for a client, on the phone for instance. Only a name is asked.
    Staff {
        /// Against its own rules: outside hours, with less notice, beyond a limit.
        anyway: bool,
    },
    /// The client stands at the counter: what the rules say of notice and hours is beside the point.
    WalkIn,
    /// The client waited, and was offered a time that came free.
    Waitlist {
        /// Their place on the waitlist.
        place: WaitlistId,
        /// The hold that keeps what they were offered.
        offer: HoldId,
    },
}

/// A booking that stands.
#[derive(Debug, Clone)]
pub struct Booked {
    /// Its id; of several the first.
    pub appointment: AppointmentId,
    /// The token of its private link, `/manage/{token}`.
    pub token: String,
    /// The same request had been done before; nothing new was made.
    pub replayed: bool,
    /// The business has to say yes.
    pub unconfirmed: bool,
    /// Its client has to pay: the time is kept meanwhile, at `/manage/{token}/pay`.
    pub unpaid: bool,
    /// How many were booked.
    pub times: usize,
}

/// Books a time, or one a week for several weeks. All or nothing: the appointments, the idempotency key and the events are one
/// transaction, and the database itself refuses an overlap.
///
/// # Errors
/// 422 at each field that is wrong; 404 for an unknown business or service; 409 when the time isn't on offer (any more), and while very
/// many try to book, where no sum was done.
pub async fn book(platform: &Platform, actor: &Actor, org: &str, request: &Request, source: Source) -> Result<Booked> {
    // Kept apart, so that what everybody who books waits for stays small.
    match Box::pin(book_or_refuse(platform, actor, org, request, source)).await {
        Err(error) if error.code == Code::Conflict && !source.is_staff() => {
            Err(counted(platform, actor, org, error).await)
        }
        outcome => outcome,
    }
}

/// What a program is told of a booking that was refused: its key is a header, and one that was used for something else is a conflict, as
/// everywhere in the API.
pub(super) fn told_to_a_program(error: AppError) -> AppError {
    if error.field_message("key") == Some(SENT_BEFORE) {
        return AppError::conflict("This Idempotency-Key was used for something else. Send a fresh one.");
    }
    error.rename_field("key", "Idempotency-Key")
}

/// Counts a refusal against where it came from: from one place an organisation refuses few a while, so that nobody finds out by trying
/// who has booked and what. Programs of the business’s own, and this machine, aren’t counted; nor is what succeeds.
async fn counted(platform: &Platform, actor: &Actor, org: &str, refusal: AppError) -> AppError {
    let place = place_asking();
    if place.is_empty() || !matches!(actor, Actor::Anonymous | Actor::User(_)) {
        return refusal;
    }
    let counting = async {
        let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BOOK, Access::Read).await?;
        let keys = tx.keys().await?;
        tx.rollback().await?;
        throttle::count(platform, vec![Subject::new(&keys, throttle::Kind::Address, &format!("booking {place}"))]).await
    };
    match counting.await {
        Err(error) if error.code == Code::TooMany => error,
        _ => refusal,
    }
}

/// Where the request comes from; empty where that isn’t known, and for this machine: behind a proxy that isn’t trusted everybody would
/// be one.
pub(super) fn place_asking() -> String {
    let place = request::place();
    // Of version 6 a place is a network, which for this machine is that of ::1.
    let is_here = place == "0:0:0:0::/64" || place.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    if is_here { String::new() } else { place }
}

async fn book_or_refuse(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    request: &Request,
    source: Source,
) -> Result<Booked> {
    let start = check_alone(request, source)?;
    // Who can take it is found out before the writer is taken, for there is one of it; if that came to nothing, inside.
    let mut brought = None;
    let mut plan = plan_ahead(platform, actor, org, request, start, source, &mut brought).await?;
    for attempt in 0..TRIES {
        let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), source.needs(), Access::Write).await?;
        match book_once(&mut tx, request, start, source, plan.take(), brought.as_ref(), attempt > 0).await {
            Ok(booked) if booked.replayed => {
                tx.rollback().await?;
                return Ok(booked);
            }
            Ok(booked) => {
                tx.commit().await?;
                return Ok(booked);
            }
            Err(Attempt::TakenMeanwhile) => {
                tx.rollback().await?;
                if request.times > FEW {
                    plan = plan_ahead(platform, actor, org, request, start, source, &mut brought).await?;
                }
            }
            Err(Attempt::Refused(error)) => {
                tx.rollback().await?;
                return Err(error);
            }
        }
    }
    Err(taken())
}

/// Moves a client's own appointment to another time, if it is unchanged since `version`.
///
/// # Errors
/// 409 when the time isn't on offer, or the appointment has changed, begun or been cancelled.
pub async fn move_own(platform: &Platform, token: &str, start: &str, zone: &str, version: i64) -> Result<String> {
    let mut errors = FieldErrors::default();
    let start = check_start(start, &mut errors);
    errors.finish()?;
    for _ in 0..TRIES {
        let (mut tx, id) = open_own(platform, token, Access::Write).await?;
        match move_once(&mut tx, id, start, zone, version).await {
            Ok(span) => {
                let token = link(platform, tx.id(), id, span.ends_at);
                tx.commit().await?;
                return Ok(token);
            }
            Err(Attempt::TakenMeanwhile) => tx.rollback().await?,
            Err(Attempt::Refused(error)) => {
                tx.rollback().await?;
                return Err(error);
            }
        }
    }
    Err(AppError::conflict("That time has just been taken. Please choose another."))
}

/// Cancels a client's own appointment, if it is unchanged since `version`. Its time is free again. Who gives less notice than the
/// service asks for cancels late, where the service lets them at all.
///
/// # Errors
/// 409 when it has changed, begun or been cancelled, or when it is too late.
pub async fn cancel_own(platform: &Platform, token: &str, version: i64) -> Result<()> {
    let (mut tx, id) = open_own(platform, token, Access::Write).await?;
    let appointment = store::appointment(&mut tx, id).await?.ok_or_else(gone)?;
    let service = service_of(&mut tx, appointment.service_id).await?;
    check_changeable(&appointment, tx.now())?;
    let policy = Policy::of(&appointment, &service, &ServiceOptions::read(&service.options)?, tx.now());
    // Whether it is paid matters to who couldn’t otherwise.
    if !policy.may_cancel && !policy.paid(settle::is_paid(&mut tx, id).await?).may_cancel {
        return Err(AppError::conflict("It is too late to cancel this booking here. Please call the business."));
    }
    let ending = if policy.late { Ending::ClientLate } else { Ending::Client };
    end(tx, &appointment, version, Status::Cancelled, ending).await
}

/// The business ends an appointment, as cancelled or as a no-show; or takes a no-show back, and it stands as booked again.
///
/// # Errors
/// 404 for an appointment that isn't this organisation's; 409 when it has changed, or when another has the time of one
/// that is to stand again; 422 for a no-show before the start, or calling off what is over.
pub async fn set_status(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: AppointmentId,
    version: i64,
    status: Status,
) -> Result<()> {
    end_by_business(platform, actor, org, id, version, status, None).await
}

/// The business says yes to a booking that waits for it, if it is unchanged since `version`.
///
/// # Errors
/// 404 for an appointment that isn't this organisation's; 409 when it has changed, or waits no more.
pub async fn confirm(platform: &Platform, actor: &Actor, org: &str, id: AppointmentId, version: i64) -> Result<()> {
    let (mut tx, _) = open_to_change(platform, actor, org, id).await?;
    if store::confirm(&mut tx, id, version).await? == 0 {
        return Err(changed());
    }
    settle::say_yes(&mut tx, id).await?;
    tx.emit("calendar.appointment_confirmed", id.0).await?;
    letters::tell(&mut tx, Happened::Confirmed, id).await?;
    tx.commit().await
}

/// The business lets a booking stand without waiting for its payment, if it is unchanged since `version`. Nobody can pay for it any more;
/// who did a moment before has paid.
///
/// # Errors
/// 404 for an appointment that isn't this organisation's; 409 when it has changed, or waits for no payment.
pub async fn waive(platform: &Platform, actor: &Actor, org: &str, id: AppointmentId, version: i64) -> Result<()> {
    let (mut tx, appointment) = open_to_change(platform, actor, org, id).await?;
    if appointment.version != version || !settle::waive(&mut tx, &appointment).await? {
        return Err(changed());
    }
    tx.emit("calendar.appointment_confirmed", id.0).await?;
    letters::tell(&mut tx, Happened::Booked, id).await?;
    tx.commit().await
}

/// The business calls an appointment off and pays back so many cents of what was paid for it; `None`: all of it.
///
/// # Errors
/// As [`set_status`]; 422 at `refund` for more than was paid.
pub async fn call_off(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: AppointmentId,
    version: i64,
    refund: Option<i64>,
) -> Result<()> {
    end_by_business(platform, actor, org, id, version, Status::Cancelled, refund).await
}

async fn end_by_business(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: AppointmentId,
    version: i64,
    status: Status,
    refund: Option<i64>,
) -> Result<()> {
    let (mut tx, appointment) = open_to_change(platform, actor, org, id).await?;
    match status {
        Status::NoShow if tx.now() < appointment.starts_at => {
            return Err(AppError::field("status", "A no-show can be marked once the appointment has begun."));
        }
        Status::Cancelled if tx.now() >= appointment.ends_at => {
            return Err(AppError::field("status", "It is over, so it can’t be cancelled any more."));
        }
        Status::NoShow | Status::Cancelled | Status::Booked => {}
    }
    settle::check_refund(&mut tx, id, refund).await?;
    end_and_refund(tx, &appointment, version, status, Ending::Business, refund).await
}

/// The business says no to a booking that waits for it; its time is free again.
///
/// # Errors
/// As [`confirm`].
pub async fn decline(platform: &Platform, actor: &Actor, org: &str, id: AppointmentId, version: i64) -> Result<()> {
    let (tx, appointment) = open_to_change(platform, actor, org, id).await?;
    if appointment.unconfirmed_until.is_none() {
        return Err(changed());
    }
    end(tx, &appointment, version, Status::Cancelled, Ending::Declined).await
}

/// Opens an organisation for whoever changes one of its appointments there.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for an appointment that isn't this organisation's.
pub(super) async fn open_to_change(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: AppointmentId,
) -> Result<(OrgTx, Appointment)> {
    let need = &permissions::CHANGE_APPOINTMENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Write).await?;
    let appointment = store::appointment(&mut tx, id).await?.ok_or_else(|| AppError::not_found("that appointment"))?;
    Ok((tx, appointment))
}

/// Opens the organisation that a private link belongs to, for its one appointment.
///
/// # Errors
/// 404 for a token that isn't ours; 410 for one that has expired, or whose client was erased.
pub async fn open_own(platform: &Platform, token: &str, access: Access) -> Result<(OrgTx, AppointmentId)> {
    let now = platform.clock.now().timestamp().as_second();
    let link = platform.links.verify(Purpose::ManageAppointment, token, now).map_err(|error| match error {
        LinkError::Expired => gone(),
        _ => AppError::not_found("that booking"),
    })?;
    let org = OrgRef::Id(OrgId(link.org));
    let mut tx = OrgTx::open(platform, &Actor::Link(link), org, &permissions::MANAGE_OWN, access).await?;
    let id = AppointmentId(link.subject);
    if store::is_of_erased(&mut tx, id).await? {
        return Err(gone());
    }
    Ok((tx, id))
}

/// The token of an appointment's private link.
pub fn link(platform: &Platform, org: OrgId, id: AppointmentId, ends_at: Instant) -> String {
    platform.links.sign(Purpose::ManageAppointment, org.0, id.0, link_until(ends_at))
}

/// To which second the private link is good of an appointment that ends then.
pub fn link_until(ends_at: Instant) -> i64 {
    ends_at.plus_seconds(LINK_SECONDS).timestamp().as_second()
}

/// What a client may do with their booking now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Move it.
    pub may_move: bool,
    /// Cancel it.
    pub may_cancel: bool,
    /// Cancelling counts as late.
    pub late: bool,
}

impl Policy {
    /// By the service’s rules, as they are now. Who would be late to cancel is late to move, too: else they would move it far ahead and
    /// cancel it there. Nothing is moved into a service that isn’t offered any more.
    pub fn of(appointment: &Appointment, service: &store::Service, options: &ServiceOptions, now: Instant) -> Self {
        let changeable = appointment.status() == Status::Booked && now < appointment.starts_at;
        let hours = |hours: i64| now.plus_seconds(hours * 60 * 60) > appointment.starts_at;
        let late = changeable && options.changes.late_hours > 0 && hours(options.changes.late_hours);
        Self {
            may_move: changeable
                && appointment.unpaid_until.is_none()
                && service.active
                && !late
                && !(options.changes.move_hours > 0 && hours(options.changes.move_hours)),
            may_cancel: changeable && !(late && options.changes.no_late_cancel),
            late,
        }
    }

    /// Who has paid can always cancel before it begins: what they get back was agreed when they booked, and no change of the rules since
    /// keeps it from them.
    #[must_use]
    pub const fn paid(self, paid: bool) -> Self {
        Self { may_cancel: self.may_cancel || (paid && self.late), ..self }
    }
}

/// Reads one of an appointment's sealed fields.
///
/// # Errors
/// The key that sealed it isn't there.
pub fn unseal(keys: &DataKeys, id: AppointmentId, column: &'static str, sealed: &[u8]) -> Result<String> {
    keys.open(place(column, id), sealed).map_err(|error| {
        tracing::error!(%error, %id, column, "a sealed field can’t be read");
        AppError::internal()
    })
}

/// When somebody who is there now begins: on the minute, as clocks read.
pub fn this_minute(now: Instant) -> Timestamp {
    let second = now.timestamp().as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or_default()
}

/// Reads a start as forms and links send it.
///
/// # Errors
/// 422 at `start`.
pub fn parse_start(text: &str) -> Result<Timestamp> {
    text.parse::<Timestamp>()
        .ok()
        .filter(|start| start.subsec_nanosecond() == 0)
        .ok_or_else(|| AppError::field("start", "Choose one of the times on offer."))
}

pub(super) enum Attempt {
    /// Somebody else's booking got in between the check and the insert: look again.
    TakenMeanwhile,
    Refused(AppError),
}

impl<E: Into<AppError>> From<E> for Attempt {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// What a booking will hold, and what it was found out from.
struct Plan {
    free: Availability,
    assigned: Assigned,
    span: Span,
    client_zone: String,
    details: Details,
    answers: Vec<Answer>,
    place: String,
    location: String,
    /// Of a series those after the first.
    weeks: Vec<(Assigned, Span)>,
    /// Whether its client may have as many.
    of_client: Result<()>,
    /// The organisation's sequence before anything else was read.
    sequence: i64,
}

/// Finds out who can take the time, without holding up anybody who writes. `None` where it can't, for
/// the same request was made before. The first time it is counted, and looked at for what it brings.
async fn plan_ahead(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    request: &Request,
    start: Timestamp,
    source: Source,
    brought: &mut Option<Brought>,
) -> Result<Option<Plan>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), source.needs(), Access::Read).await?;
    let planned = match brought {
        Some(_) => plan(&mut tx, request, start, source).await,
        None => plan_first(&mut tx, request, start, source, brought).await,
    };
    // The time may be taken by this very request, sent twice.
    let sent_twice = planned.is_err() && idempotency::outcome_of(&mut tx, BOOK, &request.key).await?.is_some();
    tx.rollback().await?;
    if sent_twice { Ok(None) } else { planned.map(Some) }
}

async fn plan_first(
    tx: &mut OrgTx,
    request: &Request,
    start: Timestamp,
    source: Source,
    brought: &mut Option<Brought>,
) -> Result<Plan> {
    proof::count(tx);
    let brings = proof::look(tx, request, source)?;
    let plan = plan(tx, request, start, source).await?;
    // Once all else is right: nobody waits a minute to hear of a misspelt address.
    proof::let_through(tx, &brings)?;
    *brought = Some(brings);
    Ok(plan)
}

async fn plan(tx: &mut OrgTx, request: &Request, start: Timestamp, source: Source) -> Result<Plan> {
    let sequence = tx.org().sequence;
    let hold = own_hold(tx, &request.hold);
    let wanted = Wanted {
        service: &request.service,
        length: request.length,
        location: &request.location,
        with: request.with,
        seats: request.seats,
        secret: &request.secret,
        hold,
        client: asking(tx, request).await?,
        asker: if source.is_staff() { Asker::Desk } else { Asker::Public },
        ..Wanted::default()
    };
    let free = Availability::load_around(tx, &wanted, start).await?;
    let free = if source.is_staff() { free } else { free.bookable(&request.secret)? };
    if request.form.is_some_and(|form| form != (tx.id(), free.service.id)) {
        return Err(asked::by_a_program());
    }
    let (details, answers, place) = check_asked(request, &free, source)?;
    let assigned = match free.assign(start, None) {
        Err(_) if matches!(source, Source::Staff { anyway: true } | Source::WalkIn) => {
            free.against_the_rules(start, request.with)?
        }
        assigned => assigned?,
    };
    let span = free.span(start)?;
    let client_zone = Viewer::new(Some(&request.zone), &tx.org().zone)?.name;
    let location = free.location.clone();
    let Others { weeks, missed, of_client } = weeks(tx, &wanted, start, request, &free, (assigned.staff, span)).await?;
    let against_the_rules = matches!(source, Source::Staff { anyway: true } | Source::WalkIn);
    let of_client = if against_the_rules { Ok(()) } else { of_client };
    if !missed.is_empty() && !request.skip_taken {
        let (verb, those) = if missed.len() == 1 { ("isn’t", "that one") } else { ("aren’t", "those") };
        return Err(AppError::conflict(format!(
            "{} {verb} free. Choose fewer weeks or another time, or book without {those}.",
            missed.join(", ")
        )));
    }
    Ok(Plan { free, assigned, span, client_zone, details, answers, place, location, weeks, of_client, sequence })
}

/// The others of a series.
struct Others {
    weeks: Vec<(Assigned, Span)>,
    /// In words, when one can’t be had.
    missed: Vec<String>,
    /// Whether their client may have as many, the first included.
    of_client: Result<()>,
}

/// The others of a series, each a week later at the same time of day, with the same person if they can. What is more than their client
/// may have is left out where some may be missing.
async fn weeks(
    tx: &mut OrgTx,
    wanted: &Wanted<'_>,
    start: Timestamp,
    request: &Request,
    first: &Availability,
    (staff, span): (StaffId, Span),
) -> Result<Others> {
    let wanted = Wanted { hold: None, ..wanted.clone() };
    let mut planned = vec![(staff, span)];
    let mut found = Others { weeks: Vec::new(), missed: Vec::new(), of_client: first.check_client(start) };
    for week in 1..request.times {
        let there = start.to_zoned(first.tz.clone());
        let then = there.checked_add((week * WEEK).days()).map_err(|_| AppError::internal())?;
        let mut free = Availability::load_around(tx, &wanted, then.timestamp()).await?;
        for (staff, span) in &planned {
            free.count(*staff, *span);
        }
        let assigned = free.assign(then.timestamp(), Some(staff));
        let of_client = free.check_client(then.timestamp());
        match assigned {
            Ok(assigned) if of_client.is_ok() || !request.skip_taken => {
                let span = free.span(then.timestamp())?;
                planned.push((assigned.staff, span));
                found.weeks.push((assigned, span));
                found.of_client = found.of_client.and(of_client);
            }
            _ => found.missed.push(then.strftime("%-d %B").to_string()),
        }
    }
    Ok(found)
}

/// Nothing but appointments and holds has come in between, of which the database itself refuses one that overlaps; and nothing at all
/// where more was decided than who is taken.
async fn still_holds(tx: &mut OrgTx, plan: &Plan) -> Result<bool> {
    let since = tx.org().sequence - plan.sequence;
    Ok(since == 0 || (!plan.free.exact && store::appointment_events(tx, plan.sequence).await? == since))
}

async fn book_once(
    tx: &mut OrgTx,
    request: &Request,
    start: Timestamp,
    source: Source,
    planned: Option<Plan>,
    brought: Option<&Brought>,
    again: bool,
) -> Result<Booked, Attempt> {
    let keys = tx.keys().await?;
    let id = AppointmentId::new(tx.now());
    // Keyed, because a plain hash of a name and a phone number could be guessed.
    let fingerprint = keys.blind_index("idempotency_keys", "fingerprint", &fingerprint(request)).to_vec();
    if !idempotency::claim(tx, BOOK, &request.key, &fingerprint, id.0).await? {
        return replay(tx, &request.key, &fingerprint).await;
    }
    if let Some(Brought::Solved(challenge)) = brought
        && !idempotency::claim(tx, PROOF, challenge, challenge.as_bytes(), id.0).await?
    {
        return Err(proof::asked_for(source).into());
    }
    let origin = origin(tx, &keys);
    if let Some(address) = &origin {
        check_origin(tx, address, request.times.max(1)).await?;
    }
    // A hold that has just expired stands in the way until somebody lets go of it: of those there are few.
    let clears = again || planned.is_none();
    let plan = match planned {
        Some(planned) if still_holds(tx, &planned).await? => planned,
        _ if request.times > FEW => return Err(Attempt::TakenMeanwhile),
        _ => plan(tx, request, start, source).await?,
    };
    if clears {
        store::delete_expired_holds(tx).await?;
    }
    if let Some(hold) = own_hold(tx, &request.hold) {
        store::delete_hold(tx, hold).await?;
    }
    if source.is_staff() {
        clear_the_way(tx, &plan.assigned, plan.span).await?;
        for (assigned, span) in &plan.weeks {
            clear_the_way(tx, assigned, *span).await?;
        }
    }
    let has_package = !request.package.trim().is_empty() && !source.is_staff();
    if has_package && request.times > 1 {
        return Err(AppError::field("times", "With a package, please book one at a time.").into());
    }
    let due = if source.is_staff() || has_package { None } else { Box::pin(rules::due(tx, &plan.free)).await? };
    if due.is_some() && request.times > 1 {
        return Err(AppError::field("times", "This is paid when it is booked, so please book one at a time.").into());
    }
    let teller = if source.is_staff() { Teller::Business } else { Teller::Anybody };
    let client = client::find_or_add(tx, &keys, &plan.details, request.marketing, teller).await?;
    let series = (request.times > 1).then_some(id.0);
    let booking = Booking { keys: &keys, plan: &plan, client, series, source, unpaid: due.is_some() };
    let unconfirmed = booking.make(tx, id, &plan.assigned, plan.span).await?;
    for (assigned, span) in &plan.weeks {
        booking.make(tx, AppointmentId::new(tx.now()), assigned, *span).await?;
    }
    if has_package {
        let (code, email) = (request.package.as_str(), plan.details.email.as_str());
        Box::pin(packages::take(tx, &keys, (code, email), &plan.free, id)).await?;
    }
    let times = 1 + plan.weeks.len();
    if let Source::Waitlist { place, offer } = source
        && store::fulfil_waiting(tx, place, offer, id).await? == 0
    {
        return Err(waitlist::offer_ended().into());
    }
    if let Some(address) = &origin {
        store::insert_origin(tx, id.0, address, i64::try_from(times).unwrap_or(i64::MAX)).await?;
    }
    // Last of all, for whoever isn’t a client hears the same of all else.
    plan.of_client.clone()?;
    match &due {
        // Its letters are written once it is paid.
        Some(due) => Box::pin(settle::owe(tx, id, due, &plan.free.service.name, plan.span)).await?,
        None => letters::tell(tx, Happened::Booked, id).await?,
    }
    let token = link(tx.platform(), tx.id(), id, plan.span.ends_at);
    Ok(Booked { appointment: id, token, replayed: false, unconfirmed, unpaid: due.is_some(), times })
}

/// Where a client books from on the network, keyed; `None` for the business’s own people and programs, and where it isn’t known.
pub(super) fn origin(tx: &OrgTx, keys: &DataKeys) -> Option<Vec<u8>> {
    let address = place_asking();
    let counts = tx.by() == By::Client && !address.is_empty();
    counts.then(|| keys.blind_index("calendar_origins", "address_index", &address).to_vec())
}

/// One visitor doesn’t fill a business’s diary, nor use up what its plan allows.
pub(super) async fn check_origin(tx: &mut OrgTx, address: &[u8], times: i64) -> Result<()> {
    let since = tx.now().plus_seconds(-ORIGIN_SECONDS);
    let (bookings, appointments) = store::booked_from(tx, address, since).await?;
    if bookings < BOOKINGS_AN_HOUR && appointments + times <= APPOINTMENTS_AN_HOUR {
        return Ok(());
    }
    let words =
        "Many bookings have been made from here in the last hour. Please try again later, or call the business.";
    let retry_after = u32::try_from(ORIGIN_SECONDS).ok();
    Err(AppError { retry_after, ..AppError::new(Code::TooMany, words) })
}

/// What the appointments of one request have in common.
struct Booking<'a> {
    keys: &'a DataKeys,
    plan: &'a Plan,
    client: ClientId,
    series: Option<uuid::Uuid>,
    source: Source,
    /// Its client pays first; the business says yes after that.
    unpaid: bool,
}

impl Booking<'_> {
    /// Stores one. Says whether the business has to say yes to it.
    async fn make(&self, tx: &mut OrgTx, id: AppointmentId, assigned: &Assigned, span: Span) -> Result<bool, Attempt> {
        let Plan { free, details, answers, place: address, client_zone, location, .. } = self.plan;
        let session = if free.options.is_shared() { Some(session(tx, free, assigned, span).await?) } else { None };
        let unconfirmed_until = match free.options.confirmation {
            Some(asked) if !self.source.is_staff() && !self.unpaid => {
                Some(tx.now().plus_seconds(asked.hours * 60 * 60).min(span.starts_at))
            }
            _ => None,
        };
        let keys = self.keys;
        let new = NewAppointment {
            id,
            service: &free.service,
            staff: assigned.staff,
            span,
            session: session.map(|(session, _)| session),
            series: self.series,
            client: Some(self.client),
            seats: free.seats,
            unconfirmed_until,
            source: self.source.as_str(),
            location,
            client_name: keys.seal(place("client_name", id), &details.name),
            client_email: keys.seal(place("client_email", id), &details.email),
            client_phone: keys.seal(place("client_phone", id), &details.phone),
            client_indexes: client::indexes(keys, details),
            notes: keys.seal(place("notes", id), &details.notes),
            place: (!address.is_empty()).then(|| keys.seal(place("place", id), address)),
            answers: answers::stored(answers).map(|answers| keys.seal(place("answers", id), &answers)),
            client_zone,
            price_cents: free.price(),
        };
        store::insert_appointment(tx, new).await.map_err(overlap_is_taken)?;
        match session {
            Some((session, capacity)) => take_seats(tx, session, capacity, free.seats, Some(id), None).await?,
            None => {
                for take in takes(assigned) {
                    store::insert_take(tx, Taker::Appointment(id), take).await.map_err(overlap_is_taken)?;
                }
            }
        }
        tx.within(&BOOKINGS).await?;
        tx.emit("calendar.appointment_booked", id.0).await?;
        Ok(unconfirmed_until.is_some())
    }
}

/// The session for a start, made where there is none yet, with its capacity.
pub(super) async fn session(
    tx: &mut OrgTx,
    free: &Availability,
    assigned: &Assigned,
    span: Span,
) -> Result<(SessionId, i64), Attempt> {
    let capacity = free.options.capacity.0;
    let found = store::session_at(tx, free.service.id, assigned.staff, span.starts_at).await?;
    let (id, capacity) = match found {
        // Whoever has a seat in it says how long it is, and where.
        Some((id, was, ends_at, location)) if !store::seats(tx, id).await?.is_empty() => {
            let joins = free.is_like(ends_at, &location, span.starts_at);
            return if joins { Ok((id, was)) } else { Err(Attempt::TakenMeanwhile) };
        }
        Some((id, ..)) => {
            store::delete_session_takes(tx, id).await?;
            store::renew_session(tx, id, span, capacity, &free.location).await?;
            (id, capacity)
        }
        None => {
            let id = SessionId::new(tx.now());
            store::insert_session(tx, id, free.service.id, assigned.staff, span, capacity, &free.location).await?;
            (id, capacity)
        }
    };
    for take in takes(assigned) {
        store::insert_take(tx, Taker::Session(id), take).await.map_err(overlap_is_taken)?;
    }
    Ok((id, capacity))
}

/// Takes so many seats of a session, those with the smallest numbers.
pub(super) async fn take_seats(
    tx: &mut OrgTx,
    session: SessionId,
    capacity: i64,
    seats: i64,
    appointment: Option<AppointmentId>,
    hold: Option<HoldId>,
) -> Result<(), Attempt> {
    let taken = store::seats(tx, session).await?;
    let free: Vec<i64> = (1..=capacity)
        .filter(|seat| !taken.contains(seat))
        .take(usize::try_from(seats).unwrap_or(usize::MAX))
        .collect();
    if i64::try_from(free.len()).unwrap_or(0) < seats {
        return Err(Attempt::TakenMeanwhile);
    }
    store::insert_seats(tx, session, &free, capacity, appointment, hold).await.map_err(overlap_is_taken)?;
    Ok(())
}

pub(super) fn takes(assigned: &Assigned) -> impl Iterator<Item = Take> {
    let people = assigned.also.iter().copied().map(Take::Staff);
    people.chain(assigned.resources.iter().copied().map(Take::Resource))
}

/// The business itself comes first: what clients hold of all that it takes is let go of. Who joins a session takes a free seat of it, and
/// nobody’s.
pub(super) async fn clear_the_way(tx: &mut OrgTx, assigned: &Assigned, span: Span) -> Result<()> {
    if assigned.session.is_none() {
        for take in std::iter::once(Take::Staff(assigned.staff)).chain(takes(assigned)) {
            store::delete_holds_in_the_way(tx, take, span).await?;
        }
    }
    Ok(())
}

async fn replay(tx: &mut OrgTx, key: &str, fingerprint: &[u8]) -> Result<Booked, Attempt> {
    let (stored, before) = idempotency::outcome_of(tx, BOOK, key).await?.ok_or_else(AppError::internal)?;
    let id = AppointmentId(before);
    if stored != fingerprint {
        return Err(AppError::field("key", SENT_BEFORE).into());
    }
    let appointment = store::appointment(tx, id).await?.ok_or_else(gone)?;
    Ok(Booked {
        appointment: id,
        token: link(tx.platform(), tx.id(), id, appointment.ends_at),
        replayed: true,
        unconfirmed: appointment.unconfirmed_until.is_some(),
        unpaid: settle::waits(&appointment),
        times: 1,
    })
}

async fn move_once(
    tx: &mut OrgTx,
    id: AppointmentId,
    start: Timestamp,
    zone: &str,
    version: i64,
) -> Result<Span, Attempt> {
    let appointment = store::appointment(tx, id).await?.ok_or_else(gone)?;
    check_changeable(&appointment, tx.now())?;
    let service = service_of(tx, appointment.service_id).await?;
    if !service.active {
        let words = "This isn’t offered any more, so it can’t be moved here. Please call the business.";
        return Err(AppError::conflict(words).into());
    }
    if !Policy::of(&appointment, &service, &ServiceOptions::read(&service.options)?, tx.now()).may_move {
        return Err(AppError::conflict("It is too late to move this booking here. Please call the business.").into());
    }
    let viewer =
        Viewer::new(Some(zone).filter(|zone| !zone.is_empty()).or(Some(&appointment.client_zone)), &tx.org().zone)?;
    let client = client_of(tx, &appointment).await?;
    let free = Availability::load_around(tx, &wanted_again(&appointment, &service, client), start).await?;
    // The same person if they can.
    let assigned = free.assign(start, Some(appointment.staff_id))?;
    free.check_client(start)?;
    let span = free.span(start)?;
    store::delete_expired_holds(tx).await?;
    place_at(tx, &appointment, version, &free, &assigned, span, &viewer.name).await?;
    settle::moved(tx, &appointment, span.starts_at, MovedBy::Client).await?;
    let happened = match free.options.confirmation {
        // The business said yes to another time.
        Some(asked) => {
            let until = tx.now().plus_seconds(asked.hours * 60 * 60).min(span.starts_at);
            store::ask_again(tx, id, until).await?;
            Happened::AskedAgain { staff: appointment.staff_id }
        }
        None => Happened::moved(&appointment),
    };
    tx.emit("calendar.appointment_moved", id.0).await?;
    letters::tell(tx, happened, id).await?;
    Ok(span)
}

/// By what the other appointments of its client are found.
///
/// # Errors
/// The key that sealed it isn’t there.
pub async fn client_of(tx: &mut OrgTx, appointment: &Appointment) -> Result<store::ClientIndexes> {
    let keys = tx.keys().await?;
    let email = unseal(&keys, appointment.id, "client_email", &appointment.client_email)?;
    let phone = unseal(&keys, appointment.id, "client_phone", &appointment.client_phone)?;
    Ok(client::indexes(&keys, &Details { email, phone, ..Details::default() }))
}

/// What an appointment’s client wants when it is moved: what they have.
pub fn wanted_again<'a>(
    appointment: &'a Appointment,
    service: &'a store::Service,
    client: store::ClientIndexes,
) -> Wanted<'a> {
    let minutes = (appointment.ends_at.micros() - appointment.starts_at.micros()) / 60_000_000;
    let offers = ServiceOptions::read(&service.options).unwrap_or_default();
    Wanted {
        service: &service.slug,
        // A length that isn’t offered any more is moved as the service’s own.
        length: offers.length(Some(minutes)).map(|length| length.minutes),
        location: offers
            .locations
            .iter()
            .find(|one| one.id == appointment.location)
            .map_or("", |_| &appointment.location),
        seats: appointment.seats.min(offers.most_seats.0),
        secret: "",
        moving: Some(appointment.id),
        client,
        asker: Asker::Insider,
        ..Wanted::default()
    }
}

/// Puts an appointment where it goes, with all that it takes.
pub(super) async fn place_at(
    tx: &mut OrgTx,
    appointment: &Appointment,
    version: i64,
    free: &Availability,
    assigned: &Assigned,
    span: Span,
    zone: &str,
) -> Result<(), Attempt> {
    let id = appointment.id;
    let stays = appointment.session_id.is_some() && assigned.session == appointment.session_id;
    let session = match (free.options.is_shared(), appointment.session_id) {
        (true, Some(session)) if stays => Some((session, 0)),
        (true, _) => Some(session(tx, free, assigned, span).await?),
        (false, _) => None,
    };
    store::delete_takes(tx, id).await?;
    let session_id = session.map(|(session, _)| session);
    let moved = store::move_appointment(tx, id, version, assigned.staff, session_id, span, zone).await;
    if moved.map_err(overlap_is_taken)? == 0 {
        return Err(changed().into());
    }
    match session {
        Some((session, capacity)) if !stays => {
            take_seats(tx, session, capacity, appointment.seats, Some(id), None).await?;
        }
        Some(_) => {}
        None => {
            for take in takes(assigned) {
                store::insert_take(tx, Taker::Appointment(id), take).await.map_err(overlap_is_taken)?;
            }
        }
    }
    Ok(())
}

/// How an appointment that is cancelled comes to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Its client cancelled in time.
    Client,
    /// Its client cancelled late.
    ClientLate,
    /// The business cancelled.
    Business,
    /// The business said no to it.
    Declined,
    /// The business didn’t say yes in time.
    Expired,
    /// Its client didn’t pay in time.
    Unpaid,
}

impl Ending {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::ClientLate => "client_late",
            Self::Business => "business",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Unpaid => "unpaid",
        }
    }
}

impl Source {
    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Api => "api",
            Self::Staff { .. } => "staff",
            Self::WalkIn => "walk_in",
            Self::Waitlist { .. } => "waitlist",
        }
    }

    /// The business books, and not the client.
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Staff { .. } | Self::WalkIn)
    }

    fn needs(self) -> &'static crate::org::Permission {
        if self.is_staff() { &permissions::CHANGE_APPOINTMENTS } else { &permissions::BOOK }
    }
}

/// Ends an appointment that was read in this transaction, or lets it stand again, and commits. What was paid for one that is cancelled
/// goes back, by the rules.
pub async fn end(tx: OrgTx, found: &Appointment, version: i64, status: Status, ending: Ending) -> Result<()> {
    end_and_refund(tx, found, version, status, ending, None).await
}

/// The same, with so many cents chosen that go back.
async fn end_and_refund(
    mut tx: OrgTx,
    found: &Appointment,
    version: i64,
    status: Status,
    ending: Ending,
    refund: Option<i64>,
) -> Result<()> {
    let id = found.id;
    let (before, kind) = match status {
        Status::NoShow => (Status::Booked, "calendar.appointment_no_show"),
        Status::Cancelled if ending == Ending::Declined => (Status::Booked, "calendar.appointment_declined"),
        Status::Cancelled if ending == Ending::Expired => (Status::Booked, "calendar.appointment_expired"),
        Status::Cancelled if ending == Ending::Unpaid => (Status::Booked, "calendar.appointment_unpaid"),
        Status::Cancelled => (Status::Booked, "calendar.appointment_cancelled"),
        Status::Booked => (Status::NoShow, "calendar.appointment_stands"),
    };
    let word = if status == Status::Cancelled { ending.as_str() } else { "" };
    let changes = store::set_status(&mut tx, id, version, before, status, word).await.map_err(|error| match error {
        DbError::Rule(rule) if rule == "appointment_overlap" => {
            AppError::conflict("Another appointment has that time now.")
        }
        other => other.into(),
    })?;
    if changes == 0 {
        return Err(changed());
    }
    if status == Status::Cancelled {
        give_back(&mut tx, id, ending).await?;
        settle::ended(&mut tx, found, ending, refund).await?;
    }
    tx.emit(kind, id.0).await?;
    // Nobody was written to of what its client left before paying; of what came in and goes back they hear.
    let unheard = settle::waits(found)
        && match ending {
            Ending::Client | Ending::ClientLate => true,
            Ending::Unpaid => !settle::is_paid(&mut tx, id).await?,
            Ending::Business | Ending::Declined | Ending::Expired => false,
        };
    if !unheard {
        letters::tell(&mut tx, Happened::Ended(status, ending), id).await?;
    }
    tx.commit().await
}

/// What came to nothing doesn’t count towards what the plan allows: a stranger who books and cancels uses nothing up. What the business
/// cancels itself counts, and what was there for a day.
async fn give_back(tx: &mut OrgTx, id: AppointmentId, ending: Ending) -> Result<()> {
    let Some((at, source)) = store::booked_at(tx, id).await? else { return Ok(()) };
    let came_to_nothing = match ending {
        Ending::Declined | Ending::Expired | Ending::Unpaid => true,
        Ending::Client | Ending::ClientLate => tx.now() < at.plus_seconds(SOON_SECONDS),
        Ending::Business => false,
    };
    // What was brought along from elsewhere was never counted.
    if came_to_nothing && source != "import" { tx.give_back(&BOOKINGS, at).await } else { Ok(()) }
}

/// The service of an appointment, which may have been taken off the page since.
pub(super) async fn service_of(tx: &mut OrgTx, id: ServiceId) -> Result<store::Service> {
    store::service(tx, id).await?.ok_or_else(|| AppError::not_found("that service"))
}

fn check_changeable(appointment: &Appointment, now: Instant) -> Result<()> {
    match appointment.status() {
        Status::Cancelled => Err(AppError::conflict("This booking has been cancelled already.")),
        Status::NoShow => Err(AppError::conflict("This booking is over.")),
        Status::Booked if now >= appointment.starts_at => {
            Err(AppError::conflict("This booking has begun, so it can’t be changed here. Please call the business."))
        }
        Status::Booked => Ok(()),
    }
}

/// What can be told from the request alone.
fn check_alone(request: &Request, source: Source) -> Result<Timestamp> {
    let mut errors = FieldErrors::default();
    let mut told_errors = FieldErrors::default();
    client::check(told(request), if source.is_staff() { Needs::Name } else { Needs::Email }, &mut told_errors);
    let start = check_start(&request.start, &mut errors);
    check_key(&request.key, &mut errors);
    if !request.zone.is_empty() && jiff::tz::TimeZone::get(&request.zone).is_err() {
        errors.add("zone", "We don’t know that time zone. Choose one like Australia/Perth.");
    }
    if !(0..=1000).contains(&request.seats) {
        errors.add("seats", "Book at least one seat.");
    }
    if !(0..=52).contains(&request.times) {
        errors.add("times", "Book at most 52 weeks.");
    }
    let seats = request.seats.max(1).saturating_mul(request.times.max(1));
    if request.times > 1 && seats > MOST_SEATS {
        errors.add(
            "times",
            format!("That is {seats} seats in all. Book at most {MOST_SEATS} at once: fewer weeks, or fewer seats."),
        );
    }
    match errors.finish() {
        Ok(()) => Ok(start),
        // What the client tells is said along with it; by itself it is looked at together with what the service asks.
        Err(other) => {
            let mut fields = told_errors.into_fields();
            fields.extend(other.fields);
            Err(AppError::invalid(fields))
        }
    }
}

/// What the service asks of a client.
fn check_asked(request: &Request, free: &Availability, source: Source) -> Result<(Details, Vec<Answer>, String)> {
    let mut errors = FieldErrors::default();
    let options = &free.options;
    let kind = options.place(&request.location).map(|place| place.kind);
    let needs = match kind {
        _ if source.is_staff() => Needs::Name,
        Some(LocationKind::PhoneOut) => Needs::EmailAndPhone,
        _ => Needs::Email,
    };
    let details = client::check(told(request), needs, &mut errors);
    let place = request.place.trim();
    if kind == Some(LocationKind::AtClient) {
        if place.is_empty() && !source.is_staff() {
            errors.add("place", "Enter the address that we come to.");
        } else if place.chars().count() > 500 || !is_text(place) {
            errors.add("place", "Use at most 500 letters, digits and punctuation.");
        }
    }
    let answers = if source.is_staff() {
        // The business fills in what it knows.
        let optional: Vec<_> = options
            .questions
            .iter()
            .map(|question| super::options::Question { required: false, ..question.clone() })
            .collect();
        answers::check(&optional, &request.answers, &mut errors)
    } else {
        answers::check(&options.questions, &request.answers, &mut errors)
    };
    if !options.terms.trim().is_empty() && !request.accepts && !source.is_staff() {
        errors.add("accepts", "Please accept the terms to book.");
    }
    let most = options.recurring.map_or(1, |recurring| recurring.most);
    if request.times > most && !source.is_staff() {
        errors.add(
            "times",
            if most == 1 { "Book one at a time.".to_owned() } else { format!("Book at most {most} weeks.") },
        );
    }
    errors.finish()?;
    let place = if kind == Some(LocationKind::AtClient) { place.to_owned() } else { String::new() };
    Ok((details, answers, place))
}

/// By what the appointments are found that this client has.
async fn asking(tx: &mut OrgTx, request: &Request) -> Result<store::ClientIndexes> {
    let keys = tx.keys().await?;
    let (email, phone) = (request.email.clone(), request.phone.clone());
    Ok(client::indexes(&keys, &Details { email, phone, ..Details::default() }))
}

fn told(request: &Request) -> Told<'_> {
    Told { name: &request.name, email: &request.email, phone: &request.phone, notes: &request.notes }
}

/// The hold that a token names, of this organisation; `None` for any other, for a booking needs none.
pub(super) fn own_hold(tx: &OrgTx, token: &str) -> Option<HoldId> {
    if token.is_empty() {
        return None;
    }
    let now = tx.now().timestamp().as_second();
    let link = tx.platform().links.verify(Purpose::Hold, token, now).ok()?;
    (link.org == tx.id().0).then_some(HoldId(link.subject))
}

pub(super) fn check_start(text: &str, errors: &mut FieldErrors) -> Timestamp {
    parse_start(text).unwrap_or_else(|_| {
        errors.add("start", "Choose one of the times on offer.");
        Timestamp::UNIX_EPOCH
    })
}

fn check_key(key: &str, errors: &mut FieldErrors) {
    if !(8..=255).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        errors.add("key", "Send an idempotency key of 8 to 255 printable characters.");
    }
}

fn fingerprint(request: &Request) -> String {
    let answers = request.answers.iter().flat_map(|(id, texts)| std::iter::once(id).chain(texts));
    let numbers = [request.length.unwrap_or(0), request.seats, request.times].map(|number| number.to_string());
    let with = request.with.map(|with| with.to_string()).unwrap_or_default();
    [&request.service, &request.start, &request.name, &request.email, &request.phone, &request.notes, &request.location]
        .into_iter()
        .chain([&request.place, &with, &request.package])
        .chain(&numbers)
        .chain(answers)
        .fold(String::new(), |text, part| format!("{text}{}:{}", part.trim().len(), part.trim()))
}

pub(super) fn overlap_is_taken(error: DbError) -> Attempt {
    match error {
        DbError::Rule(rule) if rule == "appointment_overlap" || rule == "seat_fits_session" => Attempt::TakenMeanwhile,
        // A seat, or a session that somebody else made a moment ago.
        DbError::Unique => Attempt::TakenMeanwhile,
        other => Attempt::Refused(other.into()),
    }
}

fn place(column: &'static str, id: AppointmentId) -> Place {
    Place { table: TABLE, column, row: id.0 }
}

pub(super) fn taken() -> AppError {
    AppError::conflict("That time has just been taken. Please choose another.")
}

pub(super) fn changed() -> AppError {
    AppError::conflict("This booking was changed in the meantime. Please look at it again before you change it.")
}

fn gone() -> AppError {
    AppError::new(Code::Gone, "This link has expired. Please contact the business about your booking.")
}
