//! Statements about who and what is taken when: holds, sessions that several clients share, and what an appointment takes
//! besides its own person. The claims themselves are kept by the database.

use uuid::Uuid;

use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

use super::{
    super::ids::{AppointmentId, HoldId, ResourceId, ServiceId, SessionId, StaffId, TakeId},
    Span,
};

/// What an appointment, a session or a hold takes besides its own person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Somebody else who must be there.
    Staff(StaffId),
    /// A room, or a piece of equipment.
    Resource(ResourceId),
}

/// What takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taker {
    /// An appointment of its own.
    Appointment(AppointmentId),
    /// A session that several clients share.
    Session(SessionId),
}

/// A session that several clients share.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// With whom.
    pub staff_id: StaffId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// Which of the service’s ways to meet; empty: there was only one.
    pub location: String,
    /// How many seats there are.
    pub capacity: i64,
    /// How many of them are taken, those that are held included.
    pub taken: i64,
}

/// A hold as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Hold {
    /// What it is held for.
    pub service_id: ServiceId,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// How many seats.
    pub seats: i64,
    /// From then on it is nobody’s.
    pub expires_at: Instant,
    /// Since when its visitor holds a time, this one or others before it.
    pub created_at: Instant,
}

/// Stores a hold; what it takes is stored after it.
pub async fn insert_hold(tx: &mut OrgTx, id: HoldId, hold: Hold, address: Option<Vec<u8>>) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_holds (org_id, id, service_id, starts_at, ends_at, seats, address_index, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        hold.service_id,
        hold.starts_at,
        hold.ends_at,
        hold.seats,
        address,
        hold.expires_at,
        hold.created_at
    )
}

/// Holds somebody, or something. The database refuses an overlap: [`DbError::Rule`] `appointment_overlap`.
pub async fn hold_take(
    tx: &mut OrgTx,
    hold: HoldId,
    take: Take,
    span: Span,
    expires_at: Instant,
) -> Result<u64, DbError> {
    let id = TakeId::new(tx.now());
    let (staff, resource) = take.split();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_claims (org_id, id, holder_id, staff_id, resource_id, blocks_from, blocks_until, hold_id, expires_at)
         VALUES ($1, $2, $9, $3, $4, $5, $6, $7, $8)",
        id,
        staff,
        resource,
        span.blocks_from,
        span.blocks_until,
        hold,
        expires_at,
        take.holder()
    )
}

/// A hold that hasn’t expired.
pub async fn hold(tx: &mut OrgTx, id: HoldId) -> Result<Option<Hold>, DbError> {
    let now = tx.now();
    sql!(optional Hold, tx,
        "SELECT service_id, starts_at, ends_at, seats, expires_at, created_at FROM calendar_holds WHERE org_id = $1 AND id = $2 AND expires_at > $3",
        id, now)
}

/// How many holds there are that haven’t expired, and how many of them one address has.
pub async fn count_holds(tx: &mut OrgTx, address: Option<Vec<u8>>) -> Result<(i64, i64), DbError> {
    let now = tx.now();
    sql!(
        one(i64, i64),
        tx,
        "SELECT COUNT(*), COUNT(CASE WHEN address_index = $2 THEN 1 END) FROM calendar_holds WHERE org_id = $1 AND expires_at > $3",
        address,
        now
    )
}

/// Lets go of a hold: what it took is free.
pub async fn delete_hold(tx: &mut OrgTx, id: HoldId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_holds WHERE org_id = $1 AND id = $2", id)
}

/// Lets go of every hold that has expired.
pub async fn delete_expired_holds(tx: &mut OrgTx) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(exec, tx, "DELETE FROM calendar_holds WHERE org_id = $1 AND expires_at <= $2", now)
}

/// Lets go of the holds that are in the way of what is taken: of its time, or of a seat in a session that has its time.
pub async fn delete_holds_in_the_way(tx: &mut OrgTx, take: Take, span: Span) -> Result<u64, DbError> {
    // No claim is longer than two days, so none that began earlier can reach into the range.
    let earliest = span.blocks_from.plus_seconds(-2 * 24 * 60 * 60);
    sql!(
        exec,
        tx,
        "DELETE FROM calendar_holds WHERE org_id = $1 AND id IN (
           SELECT coalesce(c.hold_id, e.hold_id) FROM calendar_claims AS c
           LEFT JOIN calendar_seats AS e ON e.org_id = c.org_id AND e.session_id = c.session_id
           WHERE c.org_id = $1 AND c.holder_id = $2 AND coalesce(c.hold_id, e.hold_id) IS NOT NULL
             AND c.blocks_from > $3 AND c.blocks_from < $4 AND c.blocks_until > $5)",
        take.holder(),
        earliest,
        span.blocks_until,
        span.blocks_from
    )
}

/// How many bookings the public made from a place since an instant, and of how many appointments.
pub async fn booked_from(tx: &mut OrgTx, address: &[u8], since: Instant) -> Result<(i64, i64), DbError> {
    sql!(
        one(i64, i64),
        tx,
        "SELECT COUNT(*), CAST(coalesce(SUM(appointments), 0) AS BIGINT) FROM calendar_origins
         WHERE org_id = $1 AND address_index = $2 AND created_at > $3",
        address,
        since
    )
}

/// Notes from where the public booked so many appointments, or joined the waitlist: the first one’s id, or that of the place on it.
pub async fn insert_origin(tx: &mut OrgTx, first: Uuid, address: &[u8], appointments: i64) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_origins (org_id, id, address_index, appointments, created_at) VALUES ($1, $2, $3, $4, $5)",
        first,
        address,
        appointments,
        now
    )
}

/// Forgets from where was booked until then.
pub async fn forget_origins(tx: &mut OrgTx, until: Instant) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_origins WHERE org_id = $1 AND created_at <= $2", until)
}

/// Somebody, or something, that an appointment or a session takes besides its own person. The database refuses an overlap.
pub async fn insert_take(tx: &mut OrgTx, taker: Taker, take: Take) -> Result<u64, DbError> {
    let id = TakeId::new(tx.now());
    let (appointment, session) = match taker {
        Taker::Appointment(id) => (Some(id), None),
        Taker::Session(id) => (None, Some(id)),
    };
    let (staff, resource) = take.split();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_takes (org_id, id, appointment_id, session_id, staff_id, resource_id) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        appointment,
        session,
        staff,
        resource
    )
}

/// What an appointment takes besides its own person is free again.
pub async fn delete_takes(tx: &mut OrgTx, appointment: AppointmentId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_takes WHERE org_id = $1 AND appointment_id = $2", appointment)
}

/// The sessions of a service that begin between two instants, in order, each with the seats that are taken but by `except`; those
/// without any don’t take place.
pub async fn sessions(
    tx: &mut OrgTx,
    service: ServiceId,
    from: Instant,
    until: Instant,
    except: (Option<AppointmentId>, Option<HoldId>),
) -> Result<Vec<Session>, DbError> {
    let now = tx.now();
    sql!(all Session, tx,
        "SELECT s.id, s.staff_id, s.starts_at, s.ends_at, s.location, s.capacity,
           COUNT(CASE WHEN coalesce(e.appointment_id <> $6, TRUE) AND coalesce(e.hold_id <> $7, TRUE) THEN 1 END) AS taken
         FROM calendar_sessions AS s
         JOIN calendar_seats AS e ON e.org_id = s.org_id AND e.session_id = s.id
         LEFT JOIN calendar_holds AS h ON h.org_id = e.org_id AND h.id = e.hold_id
         WHERE s.org_id = $1 AND s.service_id = $2 AND s.starts_at >= $3 AND s.starts_at < $4 AND coalesce(h.expires_at > $5, TRUE)
         GROUP BY s.id, s.staff_id, s.starts_at, s.ends_at, s.location, s.capacity ORDER BY s.starts_at, s.id",
        service, from, until, now, except.0, except.1)
}

/// The session of a service, a person and a start, whether anybody has a seat in it or not: its seats, its end and its place.
pub async fn session_at(
    tx: &mut OrgTx,
    service: ServiceId,
    staff: StaffId,
    starts_at: Instant,
) -> Result<Option<(SessionId, i64, Instant, String)>, DbError> {
    sql!(
        optional(SessionId, i64, Instant, String),
        tx,
        "SELECT id, capacity, ends_at, location FROM calendar_sessions WHERE org_id = $1 AND service_id = $2 AND staff_id = $3 AND starts_at = $4",
        service,
        staff,
        starts_at
    )
}

/// Stores a session; it takes its person’s time once somebody has a seat in it.
pub async fn insert_session(
    tx: &mut OrgTx,
    id: SessionId,
    service: ServiceId,
    staff: StaffId,
    span: Span,
    capacity: i64,
    location: &str,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_sessions (org_id, id, service_id, staff_id, starts_at, ends_at, blocks_from, blocks_until, capacity, created_at, location)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        id,
        service,
        staff,
        span.starts_at,
        span.ends_at,
        span.blocks_from,
        span.blocks_until,
        capacity,
        now,
        location
    )
}

/// A session that nobody has a seat in takes its times, its seats and its place from what is wanted now.
pub async fn renew_session(
    tx: &mut OrgTx,
    id: SessionId,
    span: Span,
    capacity: i64,
    location: &str,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_sessions SET ends_at = $3, blocks_from = $4, blocks_until = $5, capacity = $6, location = $7 WHERE org_id = $1 AND id = $2",
        id,
        span.ends_at,
        span.blocks_from,
        span.blocks_until,
        capacity,
        location
    )
}

/// What a session takes besides its own person is free again.
pub async fn delete_session_takes(tx: &mut OrgTx, session: SessionId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_takes WHERE org_id = $1 AND session_id = $2", session)
}

/// The numbers of the seats of a session that are taken, in order.
pub async fn seats(tx: &mut OrgTx, session: SessionId) -> Result<Vec<i64>, DbError> {
    let rows = sql!(
        all(i64,),
        tx,
        "SELECT seat FROM calendar_seats WHERE org_id = $1 AND session_id = $2 ORDER BY seat",
        session
    )?;
    Ok(rows.into_iter().map(|(seat,)| seat).collect())
}

/// Takes seats, for an appointment or for a hold. The database refuses one that is taken, and one that there isn’t.
pub async fn insert_seats(
    tx: &mut OrgTx,
    session: SessionId,
    seats: &[i64],
    capacity: i64,
    appointment: Option<AppointmentId>,
    hold: Option<HoldId>,
) -> Result<u64, DbError> {
    let seats: Vec<String> = seats.iter().map(ToString::to_string).collect();
    sql!(
        exec,
        tx,
        sqlite: "INSERT INTO calendar_seats (org_id, session_id, seat, capacity, appointment_id, hold_id)
         SELECT $1, $2, value, $4, $5, $6 FROM json_each($3)",
        postgres: "INSERT INTO calendar_seats (org_id, session_id, seat, capacity, appointment_id, hold_id)
         SELECT $1, $2, CAST(value AS BIGINT), $4, $5, $6 FROM json_array_elements_text(CAST($3 AS JSON))",
        session,
        format!("[{}]", seats.join(",")),
        capacity,
        appointment,
        hold
    )
}

impl Take {
    fn holder(self) -> Uuid {
        match self {
            Self::Staff(id) => id.0,
            Self::Resource(id) => id.0,
        }
    }

    fn split(self) -> (Option<StaffId>, Option<ResourceId>) {
        match self {
            Self::Staff(id) => (Some(id), None),
            Self::Resource(id) => (None, Some(id)),
        }
    }
}
