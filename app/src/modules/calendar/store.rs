//! The calendar's statements: one function each.

use std::ops::{Range, RangeInclusive};

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

use super::{
    ids::{AppointmentId, ServiceId, StaffId, WindowId},
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
    /// Price in cents, GST included.
    pub price_cents: i64,
    /// ISO 4217.
    pub currency: String,
    /// Shown and bookable.
    pub active: bool,
    /// Its place in lists.
    pub position: i64,
    /// Grows with every change.
    pub version: i64,
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
}

/// A window of weekly hours.
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

/// A time that is taken, buffers included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Taken {
    /// Whose.
    pub staff_id: StaffId,
    /// With the buffer before.
    pub blocks_from: Instant,
    /// With the buffer after.
    pub blocks_until: Instant,
}

/// Somebody who can be booked, and what decides when.
#[derive(Debug)]
pub struct Roster {
    /// Who.
    pub staff: StaffId,
    /// Their weekly hours.
    pub hours: Vec<Hours>,
    /// What replaces them on some dates.
    pub overrides: Vec<Override>,
    /// What is taken, buffers included.
    pub taken: Vec<Taken>,
}

/// A [`Roster`] as it is read: lists of words, each of numbers with strokes between.
#[derive(sqlx::FromRow)]
struct RosterRow {
    #[sqlx(flatten)]
    service: Service,
    /// `None` in the one row of a service that nobody offers, and in that of somebody who can't be booked now.
    staff_id: Option<StaffId>,
    hours: String,
    overrides: String,
    taken: String,
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
    /// Sealed.
    pub client_name: Vec<u8>,
    /// Sealed.
    pub client_email: Vec<u8>,
    /// The blind index of the email.
    pub client_email_index: Vec<u8>,
    /// Sealed.
    pub client_phone: Vec<u8>,
    /// Sealed.
    pub notes: Vec<u8>,
    /// IANA zone.
    pub client_zone: &'a str,
}

/// The services that can be booked, in the business's order.
pub async fn active_services(tx: &mut OrgTx) -> Result<Vec<Service>, DbError> {
    sql!(all Service, tx,
        "SELECT id, slug, name, description, duration_minutes, interval_minutes, buffer_before_minutes, buffer_after_minutes, min_notice_minutes, window_days, price_cents, currency, active, position, version
         FROM calendar_services WHERE org_id = $1 AND active ORDER BY position, name, id")
}

/// All services, in the business's order.
pub async fn services(tx: &mut OrgTx) -> Result<Vec<Service>, DbError> {
    sql!(all Service, tx,
        "SELECT id, slug, name, description, duration_minutes, interval_minutes, buffer_before_minutes, buffer_after_minutes, min_notice_minutes, window_days, price_cents, currency, active, position, version
         FROM calendar_services WHERE org_id = $1 ORDER BY position, name, id")
}

/// A service by id, bookable or not.
pub async fn service(tx: &mut OrgTx, id: ServiceId) -> Result<Option<Service>, DbError> {
    sql!(optional Service, tx,
        "SELECT id, slug, name, description, duration_minutes, interval_minutes, buffer_before_minutes, buffer_after_minutes, min_notice_minutes, window_days, price_cents, currency, active, position, version
         FROM calendar_services WHERE org_id = $1 AND id = $2", id)
}

/// Stores a new service.
pub async fn insert_service(tx: &mut OrgTx, service: &Service) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx,
        "INSERT INTO calendar_services (org_id, id, slug, name, description, duration_minutes, interval_minutes, buffer_before_minutes, buffer_after_minutes, min_notice_minutes, window_days, price_cents, currency, active, position, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        service.id, service.slug.as_str(), service.name.as_str(), service.description.as_str(), service.duration_minutes,
        service.interval_minutes, service.buffer_before_minutes, service.buffer_after_minutes, service.min_notice_minutes,
        service.window_days, service.price_cents, service.currency.as_str(), service.active, service.position, now)
}

/// Changes a service that is unchanged since its `version`; appointments already made keep their times and prices. 0
/// rows: it has changed, or isn't there.
pub async fn update_service(tx: &mut OrgTx, service: &Service) -> Result<u64, DbError> {
    sql!(exec, tx,
        "UPDATE calendar_services SET slug = $3, name = $4, description = $5, duration_minutes = $6, interval_minutes = $7, buffer_before_minutes = $8, buffer_after_minutes = $9, min_notice_minutes = $10, window_days = $11, price_cents = $12, active = $13, position = $14, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $15",
        service.id, service.slug.as_str(), service.name.as_str(), service.description.as_str(), service.duration_minutes,
        service.interval_minutes, service.buffer_before_minutes, service.buffer_after_minutes, service.min_notice_minutes,
        service.window_days, service.price_cents, service.active, service.position, service.version)
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
    sql!(all Staff, tx, "SELECT id, name, active FROM calendar_staff WHERE org_id = $1 ORDER BY position, name, id")
}

/// Stores somebody new.
pub async fn insert_staff(tx: &mut OrgTx, staff: &Staff, position: i64) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_staff (org_id, id, name, active, position, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        staff.id,
        staff.name.as_str(),
        staff.active,
        position,
        now
    )
}

/// Changes somebody's name, or whether they can be booked.
pub async fn update_staff(tx: &mut OrgTx, staff: &Staff) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_staff SET name = $3, active = $4 WHERE org_id = $1 AND id = $2",
        staff.id,
        staff.name.as_str(),
        staff.active
    )
}

/// Who can be booked for a service now, in a steady order.
pub async fn staff_of_service(tx: &mut OrgTx, service: ServiceId) -> Result<Vec<Staff>, DbError> {
    sql!(all Staff, tx,
        "SELECT calendar_staff.id, calendar_staff.name, calendar_staff.active FROM calendar_service_staff
         JOIN calendar_staff ON calendar_staff.org_id = calendar_service_staff.org_id AND calendar_staff.id = calendar_service_staff.staff_id
         WHERE calendar_service_staff.org_id = $1 AND calendar_service_staff.service_id = $2 AND calendar_staff.active
         ORDER BY calendar_staff.position, calendar_staff.id", service)
}

/// A service, bookable or not, and who can be booked for it now, in a steady order: each with what decides when, which is
/// their weekly hours, what replaces them from one local date up to and including another, and what is taken between two
/// instants. `except` leaves out an appointment that is being moved.
///
/// One statement and one row a person, for every row goes from thread to thread, which costs more than to read it.
pub async fn offered(
    tx: &mut OrgTx,
    slug: &str,
    dates: &RangeInclusive<Date>,
    taken: &Range<Instant>,
    except: Option<AppointmentId>,
) -> Result<Option<(Service, Vec<Roster>)>, DbError> {
    // PostgreSQL has no text with a NUL in it.
    if slug.contains('\0') {
        return Ok(None);
    }
    // No appointment blocks more than two days, so none that began earlier can reach into the range.
    let earliest = taken.start.plus_seconds(-2 * 24 * 60 * 60);
    let rows = sql!(all RosterRow, tx,
        sqlite: "SELECT v.id, v.slug, v.name, v.description, v.duration_minutes, v.interval_minutes, v.buffer_before_minutes, v.buffer_after_minutes,
           v.min_notice_minutes, v.window_days, v.price_cents, v.currency, v.active, v.position, v.version, p.id AS staff_id,
           coalesce((SELECT string_agg(h.weekday || '/' || h.start_minute || '/' || h.end_minute, ' ') FROM calendar_hours AS h
             WHERE h.org_id = $1 AND h.staff_id = p.id), '') AS hours,
           coalesce((SELECT string_agg(o.date || '/' || coalesce(o.start_minute || '/' || o.end_minute, ''), ' ') FROM calendar_overrides AS o
             WHERE o.org_id = $1 AND o.staff_id = p.id AND o.date >= $3 AND o.date <= $4), '') AS overrides,
           coalesce((SELECT string_agg(a.blocks_from || '/' || a.blocks_until, ' ') FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.staff_id = p.id AND a.status = 'booked' AND a.blocks_from > $5 AND a.blocks_from < $6
               AND a.blocks_until > $7 AND a.id IS DISTINCT FROM $8), '') AS taken
         FROM calendar_services AS v
         LEFT JOIN calendar_service_staff AS s ON s.org_id = v.org_id AND s.service_id = v.id
         LEFT JOIN calendar_staff AS p ON p.org_id = s.org_id AND p.id = s.staff_id AND p.active
         WHERE v.org_id = $1 AND v.slug = $2
         ORDER BY p.position, p.id",
        postgres: "SELECT v.id, v.slug, v.name, v.description, v.duration_minutes, v.interval_minutes, v.buffer_before_minutes, v.buffer_after_minutes,
           v.min_notice_minutes, v.window_days, v.price_cents, v.currency, v.active, v.position, v.version, p.id AS staff_id,
           coalesce((SELECT string_agg(h.weekday || '/' || h.start_minute || '/' || h.end_minute, ' ') FROM calendar_hours AS h
             WHERE h.org_id = $1 AND h.staff_id = p.id), '') AS hours,
           coalesce((SELECT string_agg(o.date || '/' || coalesce(o.start_minute || '/' || o.end_minute, ''), ' ') FROM calendar_overrides AS o
             WHERE o.org_id = $1 AND o.staff_id = p.id AND o.date >= $3 AND o.date <= $4), '') AS overrides,
           coalesce((SELECT string_agg(CAST(extract(EPOCH FROM a.blocks_from) * 1000000 AS BIGINT) || '/' || CAST(extract(EPOCH FROM a.blocks_until) * 1000000 AS BIGINT), ' ') FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.staff_id = p.id AND a.status = 'booked' AND a.blocks_from > $5 AND a.blocks_from < $6
               AND a.blocks_until > $7 AND a.id IS DISTINCT FROM $8), '') AS taken
         FROM calendar_services AS v
         LEFT JOIN calendar_service_staff AS s ON s.org_id = v.org_id AND s.service_id = v.id
         LEFT JOIN calendar_staff AS p ON p.org_id = s.org_id AND p.id = s.staff_id AND p.active
         WHERE v.org_id = $1 AND v.slug = $2
         ORDER BY p.position, p.id",
        slug, dates.start().to_string(), dates.end().to_string(), earliest, taken.end, taken.start, except)?;
    let unreadable = || DbError::Other("a roster can’t be read".to_owned());
    let rosters = rows
        .iter()
        .filter_map(|row| Some(row.roster_of(row.staff_id?)))
        .collect::<Option<_>>()
        .ok_or_else(unreadable)?;
    Ok(rows.into_iter().next().map(|row| (row.service, rosters)))
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

/// Takes everybody off a service, before putting on who belongs there.
pub async fn clear_staff_of_service(tx: &mut OrgTx, service: ServiceId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_service_staff WHERE org_id = $1 AND service_id = $2", service)
}

/// Everybody's weekly hours.
pub async fn hours(tx: &mut OrgTx) -> Result<Vec<Hours>, DbError> {
    sql!(all Hours, tx,
        "SELECT staff_id, weekday, start_minute, end_minute FROM calendar_hours WHERE org_id = $1 ORDER BY staff_id, weekday, start_minute")
}

/// Stores a window of weekly hours.
pub async fn insert_hours(tx: &mut OrgTx, id: WindowId, hours: Hours) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_hours (org_id, id, staff_id, weekday, start_minute, end_minute) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        hours.staff_id,
        hours.weekday,
        hours.start_minute,
        hours.end_minute
    )
}

/// Takes away somebody's weekly hours, before storing the new ones.
pub async fn clear_hours(tx: &mut OrgTx, staff: StaffId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_hours WHERE org_id = $1 AND staff_id = $2", staff)
}

/// Everybody's overrides from one local date up to and including another.
pub async fn overrides(tx: &mut OrgTx, from: &str, to: &str) -> Result<Vec<Override>, DbError> {
    sql!(all Override, tx,
        "SELECT staff_id, date, start_minute, end_minute FROM calendar_overrides WHERE org_id = $1 AND date >= $2 AND date <= $3 ORDER BY staff_id, date, start_minute",
        from, to)
}

/// Stores an override.
pub async fn insert_override(tx: &mut OrgTx, id: WindowId, window: &Override) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_overrides (org_id, id, staff_id, date, start_minute, end_minute) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        window.staff_id,
        window.date.as_str(),
        window.start_minute,
        window.end_minute
    )
}

/// Takes away somebody's overrides of a date.
pub async fn clear_override(tx: &mut OrgTx, staff: StaffId, date: &str) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_overrides WHERE org_id = $1 AND staff_id = $2 AND date = $3", staff, date)
}

/// The times taken between two instants, in order. `except` leaves out an appointment that is being moved.
pub async fn taken(
    tx: &mut OrgTx,
    from: Instant,
    until: Instant,
    except: Option<AppointmentId>,
) -> Result<Vec<Taken>, DbError> {
    // No appointment blocks more than two days, so none that began earlier can reach into the range.
    let earliest = from.plus_seconds(-2 * 24 * 60 * 60);
    sql!(all Taken, tx,
        "SELECT staff_id, blocks_from, blocks_until FROM calendar_appointments
         WHERE org_id = $1 AND status = 'booked' AND blocks_from > $2 AND blocks_from < $3 AND blocks_until > $4 AND id IS DISTINCT FROM $5
         ORDER BY staff_id, blocks_from",
        earliest, until, from, except)
}

/// Stores an appointment. The database refuses an overlap: [`DbError::Rule`] `appointment_overlap`.
pub async fn insert_appointment(tx: &mut OrgTx, new: NewAppointment<'_>) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx,
        "INSERT INTO calendar_appointments (org_id, id, service_id, staff_id, starts_at, ends_at, blocks_from, blocks_until, status, client_name, client_email, client_email_index, client_phone, notes, client_zone, price_cents, currency, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'booked', $9, $10, $11, $12, $13, $14, $15, $16, 1, $17, $17)",
        new.id, new.service.id, new.staff, new.span.starts_at, new.span.ends_at, new.span.blocks_from, new.span.blocks_until,
        new.client_name, new.client_email, new.client_email_index, new.client_phone, new.notes, new.client_zone,
        new.service.price_cents, new.service.currency.as_str(), now)
}

/// Moves an appointment that is still booked and unchanged since `version`. 0 rows: it has changed.
pub async fn move_appointment(
    tx: &mut OrgTx,
    id: AppointmentId,
    version: i64,
    staff: StaffId,
    span: Span,
    zone: &str,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx,
        "UPDATE calendar_appointments SET staff_id = $4, starts_at = $5, ends_at = $6, blocks_from = $7, blocks_until = $8, client_zone = $9, updated_at = $10, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $3 AND status = 'booked'",
        id, version, staff, span.starts_at, span.ends_at, span.blocks_from, span.blocks_until, zone, now)
}

/// Sets where an appointment stands, if it stands as `before` and is unchanged since `version`. 0 rows: it has changed.
pub async fn set_status(
    tx: &mut OrgTx,
    id: AppointmentId,
    version: i64,
    before: Status,
    status: Status,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_appointments SET status = $4, updated_at = $5, version = version + 1
         WHERE org_id = $1 AND id = $2 AND version = $3 AND status = $6",
        id,
        version,
        status.as_str(),
        now,
        before.as_str()
    )
}

/// An appointment by id.
pub async fn appointment(tx: &mut OrgTx, id: AppointmentId) -> Result<Option<Appointment>, DbError> {
    sql!(optional Appointment, tx,
        "SELECT a.id, a.service_id, a.staff_id, a.starts_at, a.ends_at, a.status, a.client_name, a.client_email, a.client_phone, a.notes, a.client_zone, a.price_cents, a.currency, a.version, s.name AS service_name, p.name AS staff_name
         FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
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
        "SELECT a.id, a.service_id, a.staff_id, a.starts_at, a.ends_at, a.status, a.client_name, a.client_email, a.client_phone, a.notes, a.client_zone, a.price_cents, a.currency, a.version, s.name AS service_name, p.name AS staff_name
         FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
         WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3
           AND (coalesce(a.starts_at > $4, TRUE) OR (a.starts_at = $4 AND a.id > $5))
         ORDER BY a.starts_at, a.id LIMIT $6",
        from, until, after_start, after_id, limit)
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

/// Notes that a request with this key is being done. `false`: it was done before.
pub async fn claim_key(
    tx: &mut OrgTx,
    key: &str,
    fingerprint: Vec<u8>,
    outcome: AppointmentId,
) -> Result<bool, DbError> {
    let now = tx.now();
    let rows = sql!(
        exec,
        tx,
        "INSERT INTO idempotency_keys (org_id, scope, key, fingerprint, outcome, created_at) VALUES ($1, 'calendar.book', $2, $3, $4, $5) ON CONFLICT (org_id, scope, key) DO NOTHING",
        key,
        fingerprint,
        outcome,
        now
    )?;
    Ok(rows == 1)
}

/// How many of the events after this number are of appointments.
pub async fn appointment_events(tx: &mut OrgTx, after: i64) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT COUNT(*) FROM events WHERE org_id = $1 AND sequence > $2 AND kind LIKE 'calendar.appointment%'",
        after
    )?;
    Ok(count)
}

/// What a key was used for: the request's fingerprint and the appointment that came of it.
pub async fn key_outcome(tx: &mut OrgTx, key: &str) -> Result<Option<(Vec<u8>, AppointmentId)>, DbError> {
    sql!(
        optional(Vec<u8>, AppointmentId),
        tx,
        "SELECT fingerprint, outcome FROM idempotency_keys WHERE org_id = $1 AND scope = 'calendar.book' AND key = $2",
        key
    )
}

impl RosterRow {
    fn roster_of(&self, staff_id: StaffId) -> Option<Roster> {
        let hours = self.hours.split_ascii_whitespace().map(|word| {
            let mut numbers = word.split('/').map(str::parse);
            let mut next = || numbers.next()?.ok();
            Some(Hours { staff_id, weekday: next()?, start_minute: next()?, end_minute: next()? })
        });
        let overrides = self.overrides.split_ascii_whitespace().map(|word| {
            let (date, window) = word.split_once('/')?;
            let (start_minute, end_minute) = match window.split_once('/') {
                Some((start, end)) => (Some(start.parse().ok()?), Some(end.parse().ok()?)),
                None => (None, None),
            };
            Some(Override { staff_id, date: date.to_owned(), start_minute, end_minute })
        });
        let taken = self.taken.split_ascii_whitespace().map(|word| {
            let (from, until) = word.split_once('/')?;
            let instant =
                |text: &str| Timestamp::from_microsecond(text.parse().ok()?).ok().map(Instant::from_timestamp);
            Some(Taken { staff_id, blocks_from: instant(from)?, blocks_until: instant(until)? })
        });
        Some(Roster {
            staff: staff_id,
            hours: hours.collect::<Option<_>>()?,
            overrides: overrides.collect::<Option<_>>()?,
            taken: taken.collect::<Option<_>>()?,
        })
    }
}
