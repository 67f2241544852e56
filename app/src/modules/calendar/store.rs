//! The calendar's statements: one function each.

mod blocks;
mod clients;
pub mod completed;
mod directory;
mod elsewhere;
mod imports;
mod reports;
mod rooms;
mod schedules;
mod settings;
mod taking;
mod waitlist;

use std::ops::{Range, RangeInclusive};

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

pub use blocks::*;
pub use clients::*;
pub use directory::*;
pub use elsewhere::*;
pub use imports::*;
pub use reports::*;
pub use rooms::*;
pub use schedules::*;
pub use settings::*;
pub use taking::*;
pub use waitlist::*;

use super::{
    ids::{AppointmentId, ClientId, HoldId, ResourceId, ScheduleId, ServiceId, SessionId, StaffId, WindowId},
    wire::Status,
};

/// A service as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// The word in its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// How long an appointment takes.
    pub duration_minutes: i64,
    /// Every how many minutes one may start.
    pub interval_minutes: i64,
    /// Kept free before.
    pub buffer_before_minutes: i64,
    /// Kept free after.
    pub buffer_after_minutes: i64,
    /// How long before its start it must be booked.
    pub min_notice_minutes: i64,
    /// How many days ahead it can be booked, today included.
    pub window_days: i64,
    /// Price in cents, including GST.
    pub price_cents: i64,
    /// ISO 4217.
    pub currency: String,
    /// Shown and bookable.
    pub active: bool,
    /// Its place in lists.
    pub position: i64,
    /// Grows with every change.
    pub version: i64,
    /// What it is set to beyond that, as stored (`ServiceOptions`).
    pub options: String,
}

/// Somebody who can be booked.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// The name shown to clients.
    pub name: String,
    /// Can be booked.
    pub active: bool,
    /// Grows with every change.
    pub version: i64,
    /// What they are set to beyond that, as stored (`StaffOptions`).
    pub options: String,
}

/// A window of a schedule's weekly hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// 0 is Sunday.
    pub weekday: i64,
    /// Minutes after local midnight.
    pub start_minute: i64,
    /// Minutes after local midnight; 1440 is the next midnight.
    pub end_minute: i64,
}

/// A window of weekly hours that somebody keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Hours {
    /// Whose.
    pub staff_id: StaffId,
    /// 0 is Sunday.
    pub weekday: i64,
    /// Minutes after local midnight.
    pub start_minute: i64,
    /// Minutes after local midnight; 1440 is the next midnight.
    pub end_minute: i64,
}

/// What replaces the weekly hours on one date.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Override {
    /// Whose.
    pub staff_id: StaffId,
    /// `2026-12-25`.
    pub date: String,
    /// `None`: closed.
    pub start_minute: Option<i64>,
    /// `None`: closed.
    pub end_minute: Option<i64>,
}

/// A service, and all that decides when it can be booked, as it is stored.
#[derive(Debug)]
pub struct Offer {
    /// The service.
    pub service: Service,
    /// The hours of its own within which alone it can be booked, where it has any.
    pub hours: Option<Keeps>,
    /// What the calendar as a whole is set to, as stored; empty where it isn’t set.
    pub settings: String,
    /// What the organisation makes of public holidays: date, and closed from which minute until which.
    pub holidays: Vec<DateWindow>,
    /// How many rooms and pieces of equipment it needs at once.
    pub needs: i64,
    /// Who can be booked for it now, in the business’s order.
    pub rosters: Vec<Roster>,
}

/// A date, and from which minute until which; none: on that date it doesn’t hold at all.
pub type DateWindow = (String, Option<(i64, i64)>);

/// A schedule: weekly hours, and what replaces them on some dates.
#[derive(Debug, Default)]
pub struct Keeps {
    /// The weekly hours.
    pub hours: Vec<Window>,
    /// What replaces them: a window of that date, or none, which closes it.
    pub overrides: Vec<DateWindow>,
}

/// Somebody who can be booked, and what decides when.
#[derive(Debug)]
pub struct Roster {
    /// Who.
    pub staff: StaffId,
    /// What they are called.
    pub name: String,
    /// What they are set to, as stored.
    pub options: String,
    /// The greater the sooner they are asked.
    pub priority: i64,
    /// How large a share they get where turns are taken.
    pub weight: i64,
    /// What they keep.
    pub keeps: Keeps,
    /// What is claimed of them, buffers included.
    pub taken: Vec<(Instant, Instant)>,
    /// What else keeps them away: blocked time, time off, calendars elsewhere.
    pub away: Vec<(Instant, Instant)>,
}

/// An [`Offer`] as it is read, one row a person: lists of words, each of numbers with strokes between.
#[derive(sqlx::FromRow)]
struct OfferRow {
    #[sqlx(flatten)]
    service: Service,
    service_hours: Option<String>,
    service_overrides: String,
    settings: Option<String>,
    holidays: String,
    needs: i64,
    /// `None` in the one row of a service that nobody offers, and in that of somebody who can't be booked now.
    staff_id: Option<StaffId>,
    staff_name: Option<String>,
    staff_options: Option<String>,
    priority: Option<i64>,
    weight: Option<i64>,
    hours: String,
    overrides: String,
    taken: String,
    blocked: String,
    busy: String,
}

/// An appointment as stored; what is personal is sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// What.
    pub service_id: ServiceId,
    /// With whom.
    pub staff_id: StaffId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// The word of a [`Status`].
    pub status: String,
    /// Sealed.
    pub client_name: Vec<u8>,
    /// Sealed.
    pub client_email: Vec<u8>,
    /// Sealed.
    pub client_phone: Vec<u8>,
    /// Sealed.
    pub notes: Vec<u8>,
    /// The zone in which the client saw the times.
    pub client_zone: String,
    /// The price when it was booked.
    pub price_cents: i64,
    /// ISO 4217.
    pub currency: String,
    /// Grows with every change.
    pub version: i64,
    /// Name of the service.
    pub service_name: String,
    /// Name of the staff member.
    pub staff_name: String,
    /// The session that it has seats in.
    pub session_id: Option<SessionId>,
    /// Those that were booked along with it.
    pub series_id: Option<Uuid>,
    /// Of which client.
    pub client_id: Option<ClientId>,
    /// How many seats it has.
    pub seats: i64,
    /// By when the business has to say yes; `None`: it has, or need not.
    pub unconfirmed_until: Option<Instant>,
    /// By when its client has to pay; `None`: they have, or need not.
    pub unpaid_until: Option<Instant>,
    /// How one that is cancelled came to its end.
    pub ending: String,
    /// How it came in.
    pub source: String,
    /// Which of the service’s ways to meet.
    pub location: String,
    /// Sealed.
    pub place: Option<Vec<u8>>,
    /// Sealed.
    pub answers: Option<Vec<u8>>,
}

impl Appointment {
    /// Where it stands.
    pub fn status(&self) -> Status {
        match self.status.as_str() {
            "booked" => Status::Booked,
            "no_show" => Status::NoShow,
            _ => Status::Cancelled,
        }
    }
}

/// The times of an appointment.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// With the buffer before.
    pub blocks_from: Instant,
    /// With the buffer after.
    pub blocks_until: Instant,
}

/// A new appointment, its personal fields sealed.
#[derive(Debug)]
pub struct NewAppointment<'a> {
    /// Its id.
    pub id: AppointmentId,
    /// What.
    pub service: &'a Service,
    /// With whom.
    pub staff: StaffId,
    /// When.
    pub span: Span,
    /// The session that it has seats in.
    pub session: Option<SessionId>,
    /// Those that were booked along with it.
    pub series: Option<Uuid>,
    /// Of which client.
    pub client: Option<ClientId>,
    /// How many seats.
    pub seats: i64,
    /// By when the business has to say yes.
    pub unconfirmed_until: Option<Instant>,
    /// How it came in.
    pub source: &'static str,
    /// Which of the service’s ways to meet; empty: the only one.
    pub location: &'a str,
    /// Sealed.
    pub client_name: Vec<u8>,
    /// Sealed.
    pub client_email: Vec<u8>,
    /// Sealed.
    pub client_phone: Vec<u8>,
    /// The keyed indexes of both.
    pub client_indexes: ClientIndexes,
    /// Sealed.
    pub notes: Vec<u8>,
    /// The client’s address, where it takes place there. Sealed.
    pub place: Option<Vec<u8>>,
    /// What the client answered. Sealed.
    pub answers: Option<Vec<u8>>,
    /// IANA zone.
    pub client_zone: &'a str,
    /// What it costs, in cents.
    pub price_cents: i64,
}

/// The services that can be booked, in the business's order.
pub async fn active_services(tx: &mut OrgTx) -> Result<Vec<Service>, DbError> {
    sql!(all Service, tx,
        "SELECT id, slug, name, description, duration_minutes, interval_minutes, buffer_before_minutes, buffer_after_minutes, min_notice_minutes, window_days, price_cents, currency, active, position, version, options
         FROM calendar_services WHERE org_id = $1 AND active ORDER BY position, name, id")
}

/// All services, in the business's order.
pub async fn services(tx: &mut OrgTx) -> Result<Vec<Service>, DbError> {
    sql!(all Service, tx,
        "SELECT id, slug, name, description, duration_minutes, interval_minutes, buffer_before_minutes, buffer_after_minutes, min_notice_minutes, window_days, price_cents, currency, active, position, version, options
         FROM calendar_services WHERE org_id = $1 ORDER BY position, name, id")
}

/// The options of services that have a colour.
pub async fn coloured_services(tx: &mut OrgTx) -> Result<Vec<(ServiceId, String)>, DbError> {
    sql!(
        all(ServiceId, String),
        tx,
        "SELECT id, options FROM calendar_services WHERE org_id = $1 AND options LIKE '%\"colour\"%'"
    )
}

/// What a service is set to, but for what every one has.
pub async fn set_options(tx: &mut OrgTx, id: ServiceId, options: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_services SET options = $3, version = version + 1 WHERE org_id = $1 AND id = $2",
        id,
        options
    )
}

/// Stores a service’s picture.
pub async fn insert_picture(
    tx: &mut OrgTx,
    id: ServiceId,
    picture: super::options::Picture,
    (large, small): (Vec<u8>, Vec<u8>),
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_service_pictures (org_id, service_id, version, width, height, jpeg, small) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        picture.version,
        picture.width,
        picture.height,
        large,
        small
    )
}

/// Takes it away.
pub async fn delete_picture(tx: &mut OrgTx, id: ServiceId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_service_pictures WHERE org_id = $1 AND service_id = $2", id)
}

/// A service’s picture, with its version: the large one, and the small one.
pub async fn picture(tx: &mut OrgTx, id: ServiceId) -> Result<Option<(i64, Vec<u8>, Vec<u8>)>, DbError> {
    sql!(
        optional(i64, Vec<u8>, Vec<u8>),
        tx,
        "SELECT version, jpeg, small FROM calendar_service_pictures WHERE org_id = $1 AND service_id = $2",
        id
    )
}

/// All pictures, with their sizes.
pub async fn pictures(tx: &mut OrgTx) -> Result<Vec<(ServiceId, i64, i64, i64, Vec<u8>)>, DbError> {
    sql!(
        all(ServiceId, i64, i64, i64, Vec<u8>),
        tx,
        "SELECT service_id, version, width, height, jpeg FROM calendar_service_pictures WHERE org_id = $1 ORDER BY service_id"
    )
}

/// A service by id, bookable or not.
pub async fn service(tx: &mut OrgTx, id: ServiceId) -> Result<Option<Service>, DbError> {
    sql!(optional Service, tx,
        "SELECT id, slug, name, description, duration_minutes, interval_minutes, buffer_before_minutes, buffer_after_minutes, min_notice_minutes, window_days, price_cents, currency, active, position, version, options
         FROM calendar_services WHERE org_id = $1 AND id = $2", id)
}

/// Stores a new service.
pub async fn insert_service(tx: &mut OrgTx, service: &Service) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx,
        "INSERT INTO calendar_services (org_id, id, slug, name, description, duration_minutes, interval_minutes, buffer_before_minutes, buffer_after_minutes, min_notice_minutes, window_days, price_cents, currency, active, position, created_at, options)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        service.id, service.slug.as_str(), service.name.as_str(), service.description.as_str(), service.duration_minutes,
        service.interval_minutes, service.buffer_before_minutes, service.buffer_after_minutes, service.min_notice_minutes,
        service.window_days, service.price_cents, service.currency.as_str(), service.active, service.position, now, service.options.as_str())
}

/// Changes a service that is unchanged since its `version`; appointments already made keep their times and prices. 0
/// rows: it has changed, or isn't there.
pub async fn update_service(tx: &mut OrgTx, service: &Service) -> Result<u64, DbError> {
    sql!(exec, tx,
        "UPDATE calendar_services SET slug = $3, name = $4, description = $5, duration_minutes = $6, interval_minutes = $7, buffer_before_minutes = $8, buffer_after_minutes = $9, min_notice_minutes = $10, window_days = $11, price_cents = $12, active = $13, position = $14, options = $16, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $15",
        service.id, service.slug.as_str(), service.name.as_str(), service.description.as_str(), service.duration_minutes,
        service.interval_minutes, service.buffer_before_minutes, service.buffer_after_minutes, service.min_notice_minutes,
        service.window_days, service.price_cents, service.active, service.position, service.version, service.options.as_str())
}

/// Puts a service in its place. It is no change of the service itself.
pub async fn place_service(tx: &mut OrgTx, id: ServiceId, position: i64) -> Result<u64, DbError> {
    sql!(exec, tx, "UPDATE calendar_services SET position = $3 WHERE org_id = $1 AND id = $2", id, position)
}

/// Who is put on which service, whether they can be booked now or not.
pub async fn assignments(tx: &mut OrgTx) -> Result<Vec<(ServiceId, StaffId)>, DbError> {
    sql!(
        all(ServiceId, StaffId),
        tx,
        "SELECT service_id, staff_id FROM calendar_service_staff WHERE org_id = $1 ORDER BY service_id, staff_id"
    )
}

/// How many booked appointments of each service are still to come.
pub async fn upcoming_by_service(tx: &mut OrgTx) -> Result<Vec<(ServiceId, i64)>, DbError> {
    let now = tx.now();
    sql!(
        all(ServiceId, i64),
        tx,
        "SELECT service_id, COUNT(*) FROM calendar_appointments WHERE org_id = $1 AND status = 'booked' AND starts_at >= $2 GROUP BY service_id",
        now
    )
}

/// How many booked appointments of each person are still to come.
pub async fn upcoming_by_staff(tx: &mut OrgTx) -> Result<Vec<(StaffId, i64)>, DbError> {
    let now = tx.now();
    sql!(
        all(StaffId, i64),
        tx,
        "SELECT staff_id, COUNT(*) FROM calendar_appointments WHERE org_id = $1 AND status = 'booked' AND starts_at >= $2 GROUP BY staff_id",
        now
    )
}

/// Everybody who can be or could be booked.
pub async fn staff(tx: &mut OrgTx) -> Result<Vec<Staff>, DbError> {
    sql!(all Staff, tx, "SELECT id, name, active, version, options FROM calendar_staff WHERE org_id = $1 ORDER BY position, name, id")
}

/// Stores somebody new, with a schedule of their own.
pub async fn insert_staff(tx: &mut OrgTx, staff: &Staff, position: i64) -> Result<u64, DbError> {
    let now = tx.now();
    let rows = sql!(
        exec,
        &mut *tx,
        "INSERT INTO calendar_staff (org_id, id, name, active, position, options, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        staff.id,
        staff.name.as_str(),
        staff.active,
        position,
        staff.options.as_str(),
        now
    )?;
    let schedule = ScheduleId(staff.id.0);
    sql!(
        exec,
        &mut *tx,
        "INSERT INTO calendar_schedules (org_id, id, name, position, created_at) VALUES ($1, $2, $3, $4, $5)",
        schedule,
        staff.name.as_str(),
        position,
        now
    )?;
    keep_schedule(tx, staff.id, schedule).await?;
    Ok(rows)
}

/// Somebody keeps this schedule from now on.
pub async fn keep_schedule(tx: &mut OrgTx, staff: StaffId, schedule: ScheduleId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_staff_schedules (org_id, staff_id, schedule_id) VALUES ($1, $2, $3)
         ON CONFLICT (org_id, staff_id) DO UPDATE SET schedule_id = excluded.schedule_id",
        staff,
        schedule
    )
}

/// The schedule that somebody keeps; `None` for somebody who isn't there.
pub async fn schedule_of(tx: &mut OrgTx, staff: StaffId) -> Result<Option<ScheduleId>, DbError> {
    let found = sql!(
        optional(ScheduleId,),
        tx,
        "SELECT schedule_id FROM calendar_staff_schedules WHERE org_id = $1 AND staff_id = $2",
        staff
    )?;
    Ok(found.map(|(schedule,)| schedule))
}

/// Changes somebody's name, whether they can be booked, or what they are set to.
pub async fn update_staff(tx: &mut OrgTx, staff: &Staff) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_staff SET name = $3, active = $4, options = $5, version = version + 1 WHERE org_id = $1 AND id = $2",
        staff.id,
        staff.name.as_str(),
        staff.active,
        staff.options.as_str()
    )
}

/// Who can be booked for a service now, in a steady order.
pub async fn staff_of_service(tx: &mut OrgTx, service: ServiceId) -> Result<Vec<Staff>, DbError> {
    sql!(all Staff, tx,
        "SELECT calendar_staff.id, calendar_staff.name, calendar_staff.active, calendar_staff.version, calendar_staff.options FROM calendar_service_staff
         JOIN calendar_staff ON calendar_staff.org_id = calendar_service_staff.org_id AND calendar_staff.id = calendar_service_staff.staff_id
         WHERE calendar_service_staff.org_id = $1 AND calendar_service_staff.service_id = $2 AND calendar_staff.active
         ORDER BY calendar_staff.position, calendar_staff.id", service)
}

/// A service, bookable or not, with all that decides when it can be booked: each who can be booked for it now with what they
/// keep, what replaces it from one local date up to and including another, and what is taken between two instants. `except`
/// leaves out an appointment that is being moved, and a hold that is being used; holds count that don’t expire before `holds_from`.
///
/// One statement and one row a person, for every row goes from thread to thread, which costs more than to read it.
pub async fn offered(
    tx: &mut OrgTx,
    slug: &str,
    dates: &RangeInclusive<Date>,
    taken: &Range<Instant>,
    except: (Option<AppointmentId>, Option<HoldId>),
    holds_from: Instant,
) -> Result<Option<Offer>, DbError> {
    // PostgreSQL has no text with a NUL in it.
    if slug.contains('\0') {
        return Ok(None);
    }
    // No appointment blocks more than two days, so none that began earlier can reach into the range.
    let earliest = taken.start.plus_seconds(-2 * 24 * 60 * 60);
    let rows = sql!(all OfferRow, tx,
        sqlite: "SELECT v.id, v.slug, v.name, v.description, v.duration_minutes, v.interval_minutes, v.buffer_before_minutes, v.buffer_after_minutes,
           v.min_notice_minutes, v.window_days, v.price_cents, v.currency, v.active, v.position, v.version, v.options,
           CASE WHEN x.schedule_id IS NOT NULL THEN coalesce((SELECT string_agg(h.weekday || '/' || h.start_minute || '/' || h.end_minute, ' ')
             FROM calendar_hours AS h WHERE h.org_id = $1 AND h.schedule_id = x.schedule_id), '') END AS service_hours,
           coalesce((SELECT string_agg(o.date || '/' || coalesce(o.start_minute || '/' || o.end_minute, ''), ' ') FROM calendar_overrides AS o
             WHERE o.org_id = $1 AND o.schedule_id = x.schedule_id AND o.date >= $3 AND o.date <= $4), '') AS service_overrides,
           (SELECT c.options FROM calendar_settings AS c WHERE c.org_id = $1) AS settings,
           coalesce((SELECT string_agg(y.date || '/' || coalesce(y.closed_from || '/' || y.closed_until, ''), ' ') FROM calendar_holidays AS y
             WHERE y.org_id = $1 AND y.date >= $3 AND y.date <= $4), '') AS holidays,
           (SELECT COUNT(DISTINCT r.need) FROM calendar_service_resources AS r WHERE r.org_id = $1 AND r.service_id = v.id) AS needs,
           p.id AS staff_id, p.name AS staff_name, p.options AS staff_options, s.priority, s.weight,
           coalesce((SELECT string_agg(h.weekday || '/' || h.start_minute || '/' || h.end_minute, ' ') FROM calendar_hours AS h
             WHERE h.org_id = $1 AND h.schedule_id = coalesce(s.schedule_id, k.schedule_id)), '') AS hours,
           coalesce((SELECT string_agg(o.date || '/' || coalesce(o.start_minute || '/' || o.end_minute, ''), ' ') FROM calendar_overrides AS o
             WHERE o.org_id = $1 AND o.schedule_id = coalesce(s.schedule_id, k.schedule_id) AND o.date >= $3 AND o.date <= $4), '') AS overrides,
           coalesce((SELECT string_agg(c.blocks_from, ' ') || '/' || string_agg(c.blocks_until, ' ') FROM calendar_claims AS c
             WHERE c.org_id = $1 AND c.holder_id = p.id AND c.blocks_from > $5 AND c.blocks_from < $6 AND c.blocks_until > $7
               AND (c.expires_at IS NULL OR c.expires_at > $10) AND (c.appointment_id IS DISTINCT FROM $8 OR $8 IS NULL)
               AND (c.hold_id IS DISTINCT FROM $9 OR $9 IS NULL)), '') AS taken,
           coalesce((SELECT string_agg(b.starts_at, ' ') || '/' || string_agg(b.ends_at, ' ') FROM calendar_blocks AS b
             WHERE b.org_id = $1 AND b.staff_id = p.id AND b.ends_at > $7 AND b.starts_at < $6), '') AS blocked,
           coalesce((SELECT string_agg(e.starts_at, ' ') || '/' || string_agg(e.ends_at, ' ') FROM calendar_busy AS e
             WHERE e.org_id = $1 AND e.staff_id = p.id AND e.ends_at > $7 AND e.starts_at < $6), '') AS busy
         FROM calendar_services AS v
         LEFT JOIN calendar_service_schedules AS x ON x.org_id = v.org_id AND x.service_id = v.id
         LEFT JOIN calendar_service_staff AS s ON s.org_id = v.org_id AND s.service_id = v.id
         LEFT JOIN calendar_staff AS p ON p.org_id = s.org_id AND p.id = s.staff_id AND p.active
         LEFT JOIN calendar_staff_schedules AS k ON k.org_id = p.org_id AND k.staff_id = p.id
         WHERE v.org_id = $1 AND v.slug = $2
         ORDER BY p.position, p.id",
        postgres: "SELECT v.id, v.slug, v.name, v.description, v.duration_minutes, v.interval_minutes, v.buffer_before_minutes, v.buffer_after_minutes,
           v.min_notice_minutes, v.window_days, v.price_cents, v.currency, v.active, v.position, v.version, v.options,
           CASE WHEN x.schedule_id IS NOT NULL THEN coalesce((SELECT string_agg(h.weekday || '/' || h.start_minute || '/' || h.end_minute, ' ')
             FROM calendar_hours AS h WHERE h.org_id = $1 AND h.schedule_id = x.schedule_id), '') END AS service_hours,
           coalesce((SELECT string_agg(o.date || '/' || coalesce(o.start_minute || '/' || o.end_minute, ''), ' ') FROM calendar_overrides AS o
             WHERE o.org_id = $1 AND o.schedule_id = x.schedule_id AND o.date >= $3 AND o.date <= $4), '') AS service_overrides,
           (SELECT c.options FROM calendar_settings AS c WHERE c.org_id = $1) AS settings,
           coalesce((SELECT string_agg(y.date || '/' || coalesce(y.closed_from || '/' || y.closed_until, ''), ' ') FROM calendar_holidays AS y
             WHERE y.org_id = $1 AND y.date >= $3 AND y.date <= $4), '') AS holidays,
           (SELECT COUNT(DISTINCT r.need) FROM calendar_service_resources AS r WHERE r.org_id = $1 AND r.service_id = v.id) AS needs,
           p.id AS staff_id, p.name AS staff_name, p.options AS staff_options, s.priority, s.weight,
           coalesce((SELECT string_agg(h.weekday || '/' || h.start_minute || '/' || h.end_minute, ' ') FROM calendar_hours AS h
             WHERE h.org_id = $1 AND h.schedule_id = coalesce(s.schedule_id, k.schedule_id)), '') AS hours,
           coalesce((SELECT string_agg(o.date || '/' || coalesce(o.start_minute || '/' || o.end_minute, ''), ' ') FROM calendar_overrides AS o
             WHERE o.org_id = $1 AND o.schedule_id = coalesce(s.schedule_id, k.schedule_id) AND o.date >= $3 AND o.date <= $4), '') AS overrides,
           coalesce((SELECT string_agg(CAST(CAST(extract(EPOCH FROM c.blocks_from) * 1000000 AS BIGINT) AS TEXT), ' ') || '/'
               || string_agg(CAST(CAST(extract(EPOCH FROM c.blocks_until) * 1000000 AS BIGINT) AS TEXT), ' ') FROM calendar_claims AS c
             WHERE c.org_id = $1 AND c.holder_id = p.id AND c.blocks_from > $5 AND c.blocks_from < $6 AND c.blocks_until > $7
               AND (c.expires_at IS NULL OR c.expires_at > $10) AND (c.appointment_id IS DISTINCT FROM $8 OR $8 IS NULL)
               AND (c.hold_id IS DISTINCT FROM $9 OR $9 IS NULL)), '') AS taken,
           coalesce((SELECT string_agg(CAST(CAST(extract(EPOCH FROM b.starts_at) * 1000000 AS BIGINT) AS TEXT), ' ') || '/'
               || string_agg(CAST(CAST(extract(EPOCH FROM b.ends_at) * 1000000 AS BIGINT) AS TEXT), ' ') FROM calendar_blocks AS b
             WHERE b.org_id = $1 AND b.staff_id = p.id AND b.ends_at > $7 AND b.starts_at < $6), '') AS blocked,
           coalesce((SELECT string_agg(CAST(CAST(extract(EPOCH FROM e.starts_at) * 1000000 AS BIGINT) AS TEXT), ' ') || '/'
               || string_agg(CAST(CAST(extract(EPOCH FROM e.ends_at) * 1000000 AS BIGINT) AS TEXT), ' ') FROM calendar_busy AS e
             WHERE e.org_id = $1 AND e.staff_id = p.id AND e.ends_at > $7 AND e.starts_at < $6), '') AS busy
         FROM calendar_services AS v
         LEFT JOIN calendar_service_schedules AS x ON x.org_id = v.org_id AND x.service_id = v.id
         LEFT JOIN calendar_service_staff AS s ON s.org_id = v.org_id AND s.service_id = v.id
         LEFT JOIN calendar_staff AS p ON p.org_id = s.org_id AND p.id = s.staff_id AND p.active
         LEFT JOIN calendar_staff_schedules AS k ON k.org_id = p.org_id AND k.staff_id = p.id
         WHERE v.org_id = $1 AND v.slug = $2
         ORDER BY p.position, p.id",
        slug, dates.start().to_string(), dates.end().to_string(), earliest, taken.end, taken.start, except.0, except.1, holds_from)?;
    let unreadable = || DbError::Other("an offer can’t be read".to_owned());
    let rosters = rows
        .iter()
        .filter_map(|row| Some(row.roster_of(row.staff_id?)))
        .collect::<Option<_>>()
        .ok_or_else(unreadable)?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let hours = match &row.service_hours {
        Some(hours) => Some(keeps(hours, &row.service_overrides).ok_or_else(unreadable)?),
        None => None,
    };
    let holidays = date_windows(&row.holidays).ok_or_else(unreadable)?;
    let settings = row.settings.unwrap_or_default();
    Ok(Some(Offer { service: row.service, hours, settings, holidays, needs: row.needs, rosters }))
}

/// The rooms and equipment that a service needs: of each need those that will do.
pub async fn needed_resources(
    tx: &mut OrgTx,
    service: ServiceId,
) -> Result<Vec<(i64, ResourceId, String, String)>, DbError> {
    sql!(all(i64, ResourceId, String, String), tx,
        "SELECT n.need, r.id, r.name, r.kind
         FROM calendar_service_resources AS n JOIN calendar_resources AS r ON r.org_id = n.org_id AND r.id = n.resource_id
         WHERE n.org_id = $1 AND n.service_id = $2 AND r.active ORDER BY n.need, r.position, r.id",
        service)
}

/// What is taken of the rooms and equipment that a service needs, between two instants, as for [`offered`].
pub async fn resources_taken(
    tx: &mut OrgTx,
    service: ServiceId,
    range: &Range<Instant>,
    except: (Option<AppointmentId>, Option<HoldId>),
    holds_from: Instant,
) -> Result<Vec<(ResourceId, Instant, Instant)>, DbError> {
    let earliest = range.start.plus_seconds(-2 * 24 * 60 * 60);
    sql!(all(ResourceId, Instant, Instant), tx,
        "SELECT c.holder_id, c.blocks_from, c.blocks_until FROM calendar_claims AS c
         WHERE c.org_id = $1 AND c.blocks_from > $3 AND c.blocks_from < $4 AND c.blocks_until > $5
           AND (c.expires_at IS NULL OR c.expires_at > $8) AND (c.appointment_id IS DISTINCT FROM $6 OR $6 IS NULL)
           AND (c.hold_id IS DISTINCT FROM $7 OR $7 IS NULL)
           AND c.holder_id IN (SELECT n.resource_id FROM calendar_service_resources AS n WHERE n.org_id = $1 AND n.service_id = $2)
         UNION ALL
         SELECT b.resource_id, b.starts_at, b.ends_at FROM calendar_blocks AS b
         WHERE b.org_id = $1 AND b.ends_at > $5 AND b.starts_at < $4
           AND b.resource_id IN (SELECT n.resource_id FROM calendar_service_resources AS n WHERE n.org_id = $1 AND n.service_id = $2)",
        service, earliest, range.end, range.start, except.0, except.1, holds_from)
}

/// A booking that counts towards limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Counted {
    /// What.
    pub service_id: ServiceId,
    /// With whom.
    pub staff_id: StaffId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// Of the client who is asked about.
    pub own: bool,
}

/// What was booked between two instants, over all services and people: what limits are counted in. `own` is whoever has one of
/// these keyed indexes.
pub async fn counted(
    tx: &mut OrgTx,
    range: &Range<Instant>,
    except: Option<AppointmentId>,
    client: &ClientIndexes,
) -> Result<Vec<Counted>, DbError> {
    sql!(all Counted, tx,
        "SELECT service_id, staff_id, starts_at, ends_at,
           coalesce(client_email_index = $5, FALSE) OR coalesce(client_phone_index = $6, FALSE) AS own
         FROM calendar_appointments
         WHERE org_id = $1 AND starts_at >= $2 AND starts_at < $3 AND status <> 'cancelled' AND id IS DISTINCT FROM $4
         ORDER BY starts_at, id",
        range.start, range.end, except, client.email.clone(), client.phone.clone())
}

/// Of each person, how many bookings of a service came to them since an instant, and when the last one ever did.
pub async fn turns(
    tx: &mut OrgTx,
    service: ServiceId,
    since: Instant,
) -> Result<Vec<(StaffId, i64, Option<Instant>)>, DbError> {
    sql!(
        all(StaffId, i64, Option<Instant>),
        tx,
        "SELECT staff_id, COUNT(CASE WHEN created_at >= $3 THEN 1 END), MAX(created_at)
         FROM calendar_appointments WHERE org_id = $1 AND service_id = $2 AND status <> 'cancelled' GROUP BY staff_id",
        service,
        since
    )
}

/// Lets somebody be booked for a service.
pub async fn assign_staff(tx: &mut OrgTx, service: ServiceId, staff: StaffId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_service_staff (org_id, service_id, staff_id) VALUES ($1, $2, $3) ON CONFLICT (org_id, service_id, staff_id) DO NOTHING",
        service,
        staff
    )
}

/// Takes somebody off a service.
pub async fn take_off(tx: &mut OrgTx, service: ServiceId, staff: StaffId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM calendar_service_staff WHERE org_id = $1 AND service_id = $2 AND staff_id = $3",
        service,
        staff
    )
}

/// The weekly hours that everybody keeps.
pub async fn hours(tx: &mut OrgTx) -> Result<Vec<Hours>, DbError> {
    sql!(all Hours, tx,
        "SELECT k.staff_id, h.weekday, h.start_minute, h.end_minute
         FROM calendar_staff_schedules AS k JOIN calendar_hours AS h ON h.org_id = k.org_id AND h.schedule_id = k.schedule_id
         WHERE k.org_id = $1 ORDER BY k.staff_id, h.weekday, h.start_minute")
}

/// Stores a window of a schedule's weekly hours.
pub async fn insert_hours(tx: &mut OrgTx, id: WindowId, schedule: ScheduleId, hours: Window) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_hours (org_id, id, schedule_id, weekday, start_minute, end_minute) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        schedule,
        hours.weekday,
        hours.start_minute,
        hours.end_minute
    )
}

/// Takes away a schedule's weekly hours, before storing the new ones.
pub async fn clear_hours(tx: &mut OrgTx, schedule: ScheduleId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_hours WHERE org_id = $1 AND schedule_id = $2", schedule)
}

/// What everybody keeps instead on some dates, from one local date up to and including another.
pub async fn overrides(tx: &mut OrgTx, from: &str, to: &str) -> Result<Vec<Override>, DbError> {
    sql!(all Override, tx,
        "SELECT k.staff_id, o.date, o.start_minute, o.end_minute
         FROM calendar_staff_schedules AS k JOIN calendar_overrides AS o ON o.org_id = k.org_id AND o.schedule_id = k.schedule_id
         WHERE k.org_id = $1 AND o.date >= $2 AND o.date <= $3 ORDER BY k.staff_id, o.date, o.start_minute",
        from, to)
}

/// Stores an override of a schedule: a window of that date, or none, which closes it.
pub async fn insert_override(
    tx: &mut OrgTx,
    id: WindowId,
    schedule: ScheduleId,
    date: &str,
    window: Option<(i64, i64)>,
) -> Result<u64, DbError> {
    let (start, end) = window.unzip();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_overrides (org_id, id, schedule_id, date, start_minute, end_minute) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        schedule,
        date,
        start,
        end
    )
}

/// Takes away a schedule's overrides of a date.
pub async fn clear_override(tx: &mut OrgTx, schedule: ScheduleId, date: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM calendar_overrides WHERE org_id = $1 AND schedule_id = $2 AND date = $3",
        schedule,
        date
    )
}

/// Whether somebody is taken at any time between two instants.
pub async fn is_taken(tx: &mut OrgTx, staff: StaffId, from: Instant, until: Instant) -> Result<bool, DbError> {
    // No claim is longer than two days, so none that began earlier can reach into the range.
    let earliest = from.plus_seconds(-2 * 24 * 60 * 60);
    let now = tx.now();
    let (found,) = sql!(
        one(i64,),
        tx,
        "SELECT COUNT(*) FROM calendar_claims
         WHERE org_id = $1 AND holder_id = $2 AND blocks_from > $3 AND blocks_from < $4 AND blocks_until > $5 AND coalesce(expires_at > $6, TRUE)",
        staff,
        earliest,
        until,
        from,
        now
    )?;
    Ok(found > 0)
}

/// Stores an appointment. The database refuses an overlap: [`DbError::Rule`] `appointment_overlap`.
pub async fn insert_appointment(tx: &mut OrgTx, new: NewAppointment<'_>) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx,
        "INSERT INTO calendar_appointments (org_id, id, service_id, staff_id, starts_at, ends_at, blocks_from, blocks_until, status, client_name, client_email, client_email_index, client_phone, client_phone_index, notes, client_zone, price_cents, currency, version, created_at, updated_at, session_id, series_id, client_id, seats, unconfirmed_until, source, location, place, answers)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'booked', $9, $10, $11, $12, $13, $14, $15, $16, $17, 1, $18, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
        new.id, new.service.id, new.staff, new.span.starts_at, new.span.ends_at, new.span.blocks_from, new.span.blocks_until,
        new.client_name, new.client_email, new.client_indexes.email, new.client_phone, new.client_indexes.phone, new.notes,
        new.client_zone, new.price_cents, new.service.currency.as_str(), now, new.session, new.series, new.client, new.seats,
        new.unconfirmed_until, new.source, new.location, new.place, new.answers)
}

/// Moves an appointment that is still booked and unchanged since `version`. 0 rows: it has changed.
pub async fn move_appointment(
    tx: &mut OrgTx,
    id: AppointmentId,
    version: i64,
    staff: StaffId,
    session: Option<SessionId>,
    span: Span,
    zone: &str,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx,
        "UPDATE calendar_appointments SET staff_id = $4, session_id = $5, starts_at = $6, ends_at = $7, blocks_from = $8, blocks_until = $9, client_zone = $10, updated_at = $11,
           unconfirmed_until = CASE WHEN unconfirmed_until > $6 THEN $6 ELSE unconfirmed_until END, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $3 AND status = 'booked'",
        id, version, staff, session, span.starts_at, span.ends_at, span.blocks_from, span.blocks_until, zone, now)
}

/// The business has to say yes to an appointment, which was just moved, until then.
pub async fn ask_again(tx: &mut OrgTx, id: AppointmentId, until: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_appointments SET unconfirmed_until = $3 WHERE org_id = $1 AND id = $2 AND status = 'booked'",
        id,
        until
    )
}

/// Sets where an appointment stands and how it came to its end, if it stands as `before` and is unchanged since `version`. 0
/// rows: it has changed.
pub async fn set_status(
    tx: &mut OrgTx,
    id: AppointmentId,
    version: i64,
    before: Status,
    status: Status,
    ending: &'static str,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_appointments SET status = $4, ending = $5, unconfirmed_until = NULL, unpaid_until = NULL, updated_at = $6, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $3 AND status = $7",
        id,
        version,
        status.as_str(),
        ending,
        now,
        before.as_str()
    )
}

/// The business says yes to an appointment that waits for it and is unchanged since `version`. 0 rows: it has changed.
pub async fn confirm(tx: &mut OrgTx, id: AppointmentId, version: i64) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_appointments SET unconfirmed_until = NULL, updated_at = $4, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $3 AND status = 'booked' AND unconfirmed_until IS NOT NULL",
        id,
        version,
        now
    )
}

/// When an appointment was booked, and how it came in.
pub async fn booked_at(tx: &mut OrgTx, id: AppointmentId) -> Result<Option<(Instant, String)>, DbError> {
    sql!(
        optional(Instant, String),
        tx,
        "SELECT created_at, source FROM calendar_appointments WHERE org_id = $1 AND id = $2",
        id
    )
}

/// The starts of those that were booked together and stand, in order.
pub async fn series(tx: &mut OrgTx, series: Uuid) -> Result<Vec<(Instant,)>, DbError> {
    sql!(
        all(Instant,),
        tx,
        "SELECT starts_at FROM calendar_appointments WHERE org_id = $1 AND series_id = $2 AND status = 'booked' ORDER BY starts_at",
        series
    )
}

/// An appointment by id.
pub async fn appointment(tx: &mut OrgTx, id: AppointmentId) -> Result<Option<Appointment>, DbError> {
    sql!(optional Appointment, tx,
        "SELECT a.id, a.service_id, a.staff_id, a.starts_at, a.ends_at, a.status, a.client_name, a.client_email, a.client_phone, a.notes, a.client_zone, a.price_cents, a.currency, a.version, s.name AS service_name, p.name AS staff_name, a.session_id, a.series_id, a.client_id, a.seats, a.unconfirmed_until, a.unpaid_until, a.ending, a.source, a.location, a.place, a.answers
         FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
         WHERE a.org_id = $1 AND a.id = $2", id)
}

/// An appointment with what is asked before its letters are written, in one statement: they are written while others wait.
#[derive(Debug, sqlx::FromRow)]
pub struct ToTell {
    /// The appointment.
    #[sqlx(flatten)]
    pub appointment: Appointment,
    /// The options of its service, as stored.
    pub service_options: String,
    /// The calendar’s, as stored; `None`: nothing was set.
    pub calendar_options: Option<String>,
    /// A payment was asked for it.
    pub asked_to_pay: bool,
    /// The organisation words letters itself.
    pub own_words: bool,
    /// Whom it is with is a member.
    pub with_member: bool,
}

/// An appointment by id, with that.
pub async fn to_tell(tx: &mut OrgTx, id: AppointmentId) -> Result<Option<ToTell>, DbError> {
    sql!(optional ToTell, tx,
        "SELECT a.id, a.service_id, a.staff_id, a.starts_at, a.ends_at, a.status, a.client_name, a.client_email, a.client_phone, a.notes, a.client_zone, a.price_cents, a.currency, a.version, s.name AS service_name, p.name AS staff_name, a.session_id, a.series_id, a.client_id, a.seats, a.unconfirmed_until, a.unpaid_until, a.ending, a.source, a.location, a.place, a.answers,
                s.options AS service_options, c.options AS calendar_options, p.user_id IS NOT NULL AS with_member,
                EXISTS (SELECT 1 FROM calendar_payments AS m WHERE m.org_id = $1 AND m.appointment_id = $2) AS asked_to_pay,
                EXISTS (SELECT 1 FROM calendar_templates AS t WHERE t.org_id = $1) AS own_words
         FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
         LEFT JOIN calendar_settings AS c ON c.org_id = a.org_id
         WHERE a.org_id = $1 AND a.id = $2", id)
}

/// What some appointments are for, with whom, and when they start; nothing of their clients.
pub async fn appointments_named(
    tx: &mut OrgTx,
    ids: [Uuid; 25],
) -> Result<Vec<(AppointmentId, String, String, Instant)>, DbError> {
    sql!(all(AppointmentId, String, String, Instant), tx,
        "SELECT a.id, s.name, p.name, a.starts_at
         FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
         WHERE a.org_id = $1 AND a.id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
        ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6], ids[7], ids[8], ids[9], ids[10], ids[11], ids[12], ids[13], ids[14], ids[15], ids[16], ids[17], ids[18], ids[19], ids[20], ids[21], ids[22], ids[23], ids[24])
}

/// The appointments that start in a half-open window, in order of time, after a cursor, at most `limit`.
pub async fn appointments(
    tx: &mut OrgTx,
    from: Instant,
    until: Instant,
    after: Option<(Instant, AppointmentId)>,
    limit: i64,
) -> Result<Vec<Appointment>, DbError> {
    let (after_start, after_id) = after.unzip();
    sql!(all Appointment, tx,
        "SELECT a.id, a.service_id, a.staff_id, a.starts_at, a.ends_at, a.status, a.client_name, a.client_email, a.client_phone, a.notes, a.client_zone, a.price_cents, a.currency, a.version, s.name AS service_name, p.name AS staff_name, a.session_id, a.series_id, a.client_id, a.seats, a.unconfirmed_until, a.unpaid_until, a.ending, a.source, a.location, a.place, a.answers
         FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
         WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3
           AND (coalesce(a.starts_at > $4, TRUE) OR (a.starts_at = $4 AND a.id > $5))
         ORDER BY a.starts_at, a.id LIMIT $6",
        from, until, after_start, after_id, limit)
}

/// Who takes part, beside the one whose it is, in each appointment that starts in a half-open window.
pub async fn taking_part(
    tx: &mut OrgTx,
    from: Instant,
    until: Instant,
) -> Result<Vec<(AppointmentId, StaffId)>, DbError> {
    sql!(
        all(AppointmentId, StaffId),
        tx,
        "SELECT a.id, t.staff_id FROM calendar_appointments AS a
         JOIN calendar_takes AS t ON t.org_id = a.org_id AND t.appointment_id = a.id
         WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3 AND t.staff_id IS NOT NULL
         UNION ALL
         SELECT a.id, t.staff_id FROM calendar_appointments AS a
         JOIN calendar_takes AS t ON t.org_id = a.org_id AND t.session_id = a.session_id
         WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3 AND t.staff_id IS NOT NULL",
        from,
        until
    )
}

/// The next appointment that starts at this instant or later and stands: which one, for what, with whom and when; nothing of its
/// client.
pub async fn next_booked(
    tx: &mut OrgTx,
    after: Instant,
) -> Result<Option<(AppointmentId, String, String, Instant)>, DbError> {
    sql!(
        optional(AppointmentId, String, String, Instant),
        tx,
        "SELECT a.id, s.name, p.name, a.starts_at
         FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
         WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.status = 'booked'
         ORDER BY a.starts_at, a.id LIMIT 1",
        after
    )
}

/// Somebody has booked something, whatever became of it.
pub async fn is_anything_booked(tx: &mut OrgTx) -> Result<bool, DbError> {
    let found = sql!(optional(AppointmentId,), tx, "SELECT id FROM calendar_appointments WHERE org_id = $1 LIMIT 1")?;
    Ok(found.is_some())
}

/// How many of the events after this number are of appointments.
pub async fn appointment_events(tx: &mut OrgTx, after: i64) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT COUNT(*) FROM events WHERE org_id = $1 AND sequence > $2 AND (kind LIKE 'calendar.appointment%' OR kind LIKE 'calendar.hold%')",
        after
    )?;
    Ok(count)
}

impl OfferRow {
    fn roster_of(&self, staff: StaffId) -> Option<Roster> {
        let mut away = spans(&self.blocked)?;
        away.extend(spans(&self.busy)?);
        Some(Roster {
            staff,
            name: self.staff_name.clone().unwrap_or_default(),
            options: self.staff_options.clone().unwrap_or_default(),
            priority: self.priority.unwrap_or(0),
            weight: self.weight.unwrap_or(100),
            keeps: keeps(&self.hours, &self.overrides)?,
            taken: spans(&self.taken)?,
            away,
        })
    }
}

fn keeps(hours: &str, overrides: &str) -> Option<Keeps> {
    let hours = hours.split_ascii_whitespace().map(|word| {
        let mut numbers = word.split('/').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Window { weekday: next()?, start_minute: next()?, end_minute: next()? })
    });
    Some(Keeps { hours: hours.collect::<Option<_>>()?, overrides: date_windows(overrides)? })
}

fn date_windows(words: &str) -> Option<Vec<DateWindow>> {
    words
        .split_ascii_whitespace()
        .map(|word| {
            let (date, window) = word.split_once('/')?;
            let window = match window.split_once('/') {
                Some((start, end)) => Some((start.parse().ok()?, end.parse().ok()?)),
                None => None,
            };
            Some((date.to_owned(), window))
        })
        .collect()
}

/// Where there are many, the database writes all beginnings and then all ends: that takes it a third less than pair by pair.
fn spans(words: &str) -> Option<Vec<(Instant, Instant)>> {
    let Some((from, until)) = words.split_once('/') else { return words.is_empty().then(Vec::new) };
    let (mut from, mut until) = (from.split_ascii_whitespace(), until.split_ascii_whitespace());
    let mut spans = Vec::new();
    loop {
        match (from.next(), until.next()) {
            (Some(from), Some(until)) => spans.push((instant(from)?, instant(until)?)),
            (None, None) => return Some(spans),
            _ => return None,
        }
    }
}

fn instant(micros: &str) -> Option<Instant> {
    Timestamp::from_microsecond(micros.parse().ok()?).ok().map(Instant::from_timestamp)
}
