//! Booking, moving and cancelling: the rules, in order.

use email_address::EmailAddress;
use jiff::Timestamp;

use super::{
    BOOKINGS,
    availability::{Availability, Viewer},
    ids::{AppointmentId, ServiceId, StaffId},
    permissions,
    store::{self, Appointment, NewAppointment, Span},
    wire::Status,
};
use crate::{
    clock::Instant,
    crypto::{DataKeys, Place, normalise_email},
    db::{Access, DbError},
    error::{AppError, Code, FieldErrors, Result},
    ids::OrgId,
    links::{LinkError, Purpose},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::{is_readable, is_text},
};

/// A private link works until this long after its appointment: 30 days.
const LINK_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How often a booking is tried again when another took its place a moment ago, on PostgreSQL where several write at once.
const TRIES: usize = 8;
const TABLE: &str = "calendar_appointments";

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
}

/// A booking that stands.
#[derive(Debug, Clone)]
pub struct Booked {
    /// Its id.
    pub appointment: AppointmentId,
    /// The token of its private link, `/manage/{token}`.
    pub token: String,
    /// The same request had been done before; nothing new was made.
    pub replayed: bool,
}

/// What a client told us, checked.
struct Client {
    name: String,
    email: String,
    phone: String,
    notes: String,
}

/// Books a time. All or nothing: the appointment, its idempotency key and its event are one transaction, and the database
/// itself refuses an overlap.
///
/// # Errors
/// 422 at each field that is wrong; 404 for an unknown business or service; 409 when the time isn't on offer (any more).
pub async fn book(platform: &Platform, actor: &Actor, org: &str, request: &Request) -> Result<Booked> {
    let mut errors = FieldErrors::default();
    let client = check_client(request, &mut errors);
    let start = check_start(&request.start, &mut errors);
    check_key(&request.key, &mut errors);
    if !request.zone.is_empty() && jiff::tz::TimeZone::get(&request.zone).is_err() {
        errors.add("zone", "We don’t know that time zone. Choose one like Australia/Perth.");
    }
    errors.finish()?;

    // Who can take it is found out before the writer is taken, for there is one of it; if that came to nothing, inside.
    let mut plan = plan_ahead(platform, actor, org, request, start).await?;
    for _ in 0..TRIES {
        let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BOOK, Access::Write).await?;
        match book_once(&mut tx, request, &client, start, plan.take()).await {
            Ok(booked) if booked.replayed => {
                tx.rollback().await?;
                return Ok(booked);
            }
            Ok(booked) => {
                tx.commit().await?;
                return Ok(booked);
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

/// Cancels a client's own appointment, if it is unchanged since `version`. Its time is free again.
///
/// # Errors
/// 409 when it has changed, begun or been cancelled.
pub async fn cancel_own(platform: &Platform, token: &str, version: i64) -> Result<()> {
    let (mut tx, id) = open_own(platform, token, Access::Write).await?;
    let appointment = store::appointment(&mut tx, id).await?.ok_or_else(gone)?;
    check_changeable(&appointment, tx.now())?;
    end(tx, id, version, Status::Cancelled).await
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
    let mut tx =
        OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_APPOINTMENTS, Access::Write).await?;
    let appointment = store::appointment(&mut tx, id).await?.ok_or_else(|| AppError::not_found("that appointment"))?;
    match status {
        Status::NoShow if tx.now() < appointment.starts_at => {
            return Err(AppError::field("status", "A no-show can be marked once the appointment has begun."));
        }
        Status::Cancelled if tx.now() >= appointment.ends_at => {
            return Err(AppError::field("status", "It is over, so it can’t be cancelled any more."));
        }
        Status::NoShow | Status::Cancelled | Status::Booked => {}
    }
    end(tx, id, version, status).await
}

/// Opens the organisation that a private link belongs to, for its one appointment.
///
/// # Errors
/// 404 for a token that isn't ours; 410 for one that has expired.
pub async fn open_own(platform: &Platform, token: &str, access: Access) -> Result<(OrgTx, AppointmentId)> {
    let now = platform.clock.now().timestamp().as_second();
    let link = platform.links.verify(Purpose::ManageAppointment, token, now).map_err(|error| match error {
        LinkError::Expired => gone(),
        _ => AppError::not_found("that booking"),
    })?;
    let org = OrgRef::Id(OrgId(link.org));
    let tx = OrgTx::open(platform, &Actor::Link(link), org, &permissions::MANAGE_OWN, access).await?;
    Ok((tx, AppointmentId(link.subject)))
}

/// The token of an appointment's private link.
pub fn link(platform: &Platform, org: OrgId, id: AppointmentId, ends_at: Instant) -> String {
    let expires = ends_at.plus_seconds(LINK_SECONDS).timestamp().as_second();
    platform.links.sign(Purpose::ManageAppointment, org.0, id.0, expires)
}

/// A client may still move or cancel it: it is booked and hasn't begun.
pub fn is_changeable(appointment: &Appointment, now: Instant) -> bool {
    appointment.status() == Status::Booked && now < appointment.starts_at
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

enum Attempt {
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
    service: store::Service,
    staff: StaffId,
    span: Span,
    client_zone: String,
    /// The organisation's sequence before anything else was read.
    sequence: i64,
}

/// Finds out who can take the time, without holding up anybody who writes. `None` where it can't, for
/// the same request was made before.
async fn plan_ahead(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    request: &Request,
    start: Timestamp,
) -> Result<Option<Plan>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BOOK, Access::Read).await?;
    tx.last();
    let planned = plan(&mut tx, request, start).await;
    // The time may be taken by this very request, sent twice.
    let sent_twice = planned.is_err() && store::key_outcome(&mut tx, &request.key).await?.is_some();
    tx.rollback().await?;
    if sent_twice { Ok(None) } else { planned.map(Some) }
}

async fn plan(tx: &mut OrgTx, request: &Request, start: Timestamp) -> Result<Plan> {
    let sequence = tx.org().sequence;
    let free = Availability::load_around(tx, &request.service, start, None).await?.bookable()?;
    let staff = free.who_is_free(start)?.into_iter().next().ok_or_else(taken)?;
    let span = free.span(start)?;
    let client_zone = Viewer::new(Some(&request.zone), &tx.org().zone)?.name;
    Ok(Plan { service: free.service, staff, span, client_zone, sequence })
}

/// Nothing but appointments has come in between; and of those, the database itself refuses one that overlaps.
async fn still_holds(tx: &mut OrgTx, plan: &Plan) -> Result<bool> {
    let since = tx.org().sequence - plan.sequence;
    Ok(since == 0 || store::appointment_events(tx, plan.sequence).await? == since)
}

async fn book_once(
    tx: &mut OrgTx,
    request: &Request,
    client: &Client,
    start: Timestamp,
    planned: Option<Plan>,
) -> Result<Booked, Attempt> {
    let keys = tx.keys().await?;
    let id = AppointmentId::new(tx.now());
    // Keyed, because a plain hash of a name and a phone number could be guessed.
    let fingerprint = keys.blind_index("idempotency_keys", "fingerprint", &fingerprint(request, client)).to_vec();
    if !store::claim_key(tx, &request.key, fingerprint.clone(), id).await? {
        return replay(tx, &request.key, &fingerprint).await;
    }
    let Plan { service, staff, span, client_zone, .. } = match planned {
        Some(planned) if still_holds(tx, &planned).await? => planned,
        _ => plan(tx, request, start).await?,
    };
    let email_index = keys.blind_index(TABLE, "client_email", &normalise_email(&client.email)).to_vec();
    store::insert_appointment(
        tx,
        NewAppointment {
            id,
            service: &service,
            staff,
            span,
            client_name: keys.seal(place("client_name", id), &client.name),
            client_email: keys.seal(place("client_email", id), &client.email),
            client_email_index: email_index,
            client_phone: keys.seal(place("client_phone", id), &client.phone),
            notes: keys.seal(place("notes", id), &client.notes),
            client_zone: &client_zone,
        },
    )
    .await
    .map_err(overlap_is_taken)?;
    tx.within(&BOOKINGS).await?;
    tx.emit("calendar.appointment_booked", id.0).await?;
    Ok(Booked { appointment: id, token: link(tx.platform(), tx.id(), id, span.ends_at), replayed: false })
}

async fn replay(tx: &mut OrgTx, key: &str, fingerprint: &[u8]) -> Result<Booked, Attempt> {
    let (stored, id) = store::key_outcome(tx, key).await?.ok_or_else(AppError::internal)?;
    if stored != fingerprint {
        return Err(AppError::field(
            "key",
            "This form was sent before with other details. Please reload the page and try again.",
        )
        .into());
    }
    let appointment = store::appointment(tx, id).await?.ok_or_else(gone)?;
    Ok(Booked { appointment: id, token: link(tx.platform(), tx.id(), id, appointment.ends_at), replayed: true })
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
    let viewer =
        Viewer::new(Some(zone).filter(|zone| !zone.is_empty()).or(Some(&appointment.client_zone)), &tx.org().zone)?;
    let free = Availability::load_around(tx, &service.slug, start, Some(id)).await?;
    let who: Vec<StaffId> = free.who_is_free(start)?;
    // The same person if they can.
    let staff = who
        .iter()
        .copied()
        .find(|staff| *staff == appointment.staff_id)
        .or_else(|| who.first().copied())
        .ok_or_else(taken)?;
    let span = free.span(start)?;
    let moved = store::move_appointment(tx, id, version, staff, span, &viewer.name).await.map_err(overlap_is_taken)?;
    if moved == 0 {
        return Err(changed().into());
    }
    tx.emit("calendar.appointment_moved", id.0).await?;
    Ok(span)
}

async fn end(mut tx: OrgTx, id: AppointmentId, version: i64, status: Status) -> Result<()> {
    let (before, kind) = match status {
        Status::NoShow => (Status::Booked, "calendar.appointment_no_show"),
        Status::Cancelled => (Status::Booked, "calendar.appointment_cancelled"),
        Status::Booked => (Status::NoShow, "calendar.appointment_stands"),
    };
    let found = store::set_status(&mut tx, id, version, before, status).await.map_err(|error| match error {
        DbError::Rule(rule) if rule == "appointment_overlap" => {
            AppError::conflict("Another appointment has that time now.")
        }
        other => other.into(),
    })?;
    if found == 0 {
        return Err(changed());
    }
    tx.emit(kind, id.0).await?;
    tx.commit().await
}

/// The service of an appointment, which may have been taken off the page since.
async fn service_of(tx: &mut OrgTx, id: ServiceId) -> Result<store::Service> {
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

fn check_client(request: &Request, errors: &mut FieldErrors) -> Client {
    let name = errors
        .take("name", one_line(&request.name, 1, 200, "Enter your name.", "Use at most 200 characters for your name."));
    let email = request.email.trim();
    if email.is_empty() {
        errors.add("email", "Enter your email address.");
    } else if email.len() > 254
        || !EmailAddress::is_valid(email)
        || !email.rsplit('@').next().unwrap_or("").contains('.')
    {
        errors.add("email", "Enter an email address like name@example.com.au.");
    }
    let phone = errors.take("phone", check_phone(&request.phone));
    let notes = errors.take("notes", check_notes(&request.notes));
    Client { name, email: email.to_owned(), phone, notes }
}

fn one_line(
    text: &str,
    least: usize,
    most: usize,
    empty: &'static str,
    long: &'static str,
) -> Result<String, &'static str> {
    let text = text.trim();
    let length = text.chars().count();
    if length < least {
        Err(empty)
    } else if length > most {
        Err(long)
    } else if !is_readable(text) {
        Err("Use letters, digits and punctuation on one line.")
    } else {
        Ok(text.to_owned())
    }
}

fn check_phone(text: &str) -> Result<String, &'static str> {
    const SHAPE: &str = "Enter a phone number like 0412 345 678 or +61 2 9123 4567.";
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let allowed = |(place, c): (usize, char)| c.is_ascii_digit() || " ()-.".contains(c) || (c == '+' && place == 0);
    if text.is_empty() {
        Ok(String::new())
    } else if (6..=15).contains(&digits) && text.len() <= 40 && text.chars().enumerate().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(SHAPE)
    }
}

fn check_notes(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.chars().count() > 2000 {
        Err("Use at most 2,000 characters.")
    } else if !is_text(text) {
        Err("Use letters, digits and punctuation.")
    } else {
        // Forms send line ends as CRLF (HTML standard, constructing the entry list).
        Ok(text.replace("\r\n", "\n"))
    }
}

fn check_start(text: &str, errors: &mut FieldErrors) -> Timestamp {
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

fn fingerprint(request: &Request, client: &Client) -> String {
    [&request.service, &request.start, &client.name, &client.email, &client.phone, &client.notes]
        .map(|part| format!("{}:{part}", part.len()))
        .concat()
}

fn overlap_is_taken(error: DbError) -> Attempt {
    match error {
        DbError::Rule(rule) if rule == "appointment_overlap" => Attempt::TakenMeanwhile,
        other => Attempt::Refused(other.into()),
    }
}

fn place(column: &'static str, id: AppointmentId) -> Place {
    Place { table: TABLE, column, row: id.0 }
}

fn taken() -> AppError {
    AppError::conflict("That time has just been taken. Please choose another.")
}

fn changed() -> AppError {
    AppError::conflict("This booking was changed in the meantime. Please look at it again before you change it.")
}

fn gone() -> AppError {
    AppError::new(Code::Gone, "This link has expired. Please contact the business about your booking.")
}
