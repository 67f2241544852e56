//! Statements that reports are counted from. Much is read at once, so it comes packed: one row a person, for every row goes from thread
//! to thread, which costs more than to read it.

use std::ops::Range;

use crate::{
    clock::Instant,
    db::DbError,
    modules::calendar::ids::{AppointmentId, ServiceId, StaffId},
    org::OrgTx,
    sql,
};

/// What a report is narrowed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// One service.
    pub service: Option<ServiceId>,
    /// One person.
    pub staff: Option<StaffId>,
}

/// Of each person the appointments that begin in a stretch of time, in no order: words, each of start, end, when it was made (all in
/// seconds), price, currency, what became of it (`b`ooked, `n`o-show, cancelled `l`ate, `c`ancelled), source and service.
pub async fn report_appointments(
    tx: &mut OrgTx,
    range: &Range<Instant>,
    only: Narrowed,
) -> Result<Vec<(StaffId, String)>, DbError> {
    sql!(all (StaffId, String), tx,
        sqlite: "SELECT p.id, coalesce((SELECT string_agg((a.starts_at / 1000000) || '/' || (a.ends_at / 1000000) || '/' || (a.created_at / 1000000) || '/' || a.price_cents || '/' || a.currency || '/'
             || CASE WHEN a.status = 'booked' THEN 'b' WHEN a.status = 'no_show' THEN 'n' WHEN a.ending = 'client_late' THEN 'l' ELSE 'c' END || '/' || a.source || '/' || hex(a.service_id), ' ')
             FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.staff_id = p.id AND a.starts_at >= $2 AND a.starts_at < $3 AND coalesce(a.service_id = $4, TRUE)), '') AS packed
         FROM calendar_staff AS p WHERE p.org_id = $1 AND coalesce(p.id = $5, TRUE)",
        postgres: "SELECT p.id, coalesce((SELECT string_agg(CAST(floor(extract(EPOCH FROM a.starts_at)) AS BIGINT) || '/' || CAST(floor(extract(EPOCH FROM a.ends_at)) AS BIGINT) || '/' || CAST(floor(extract(EPOCH FROM a.created_at)) AS BIGINT) || '/' || a.price_cents || '/' || a.currency || '/'
             || CASE WHEN a.status = 'booked' THEN 'b' WHEN a.status = 'no_show' THEN 'n' WHEN a.ending = 'client_late' THEN 'l' ELSE 'c' END || '/' || a.source || '/' || CAST(a.service_id AS TEXT), ' ')
             FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.staff_id = p.id AND a.starts_at >= $2 AND a.starts_at < $3 AND coalesce(a.service_id = $4, TRUE)), '') AS packed
         FROM calendar_staff AS p WHERE p.org_id = $1 AND coalesce(p.id = $5, TRUE)",
        range.start, range.end, only.service, only.staff)
}

/// When somebody is booked along with whose appointment it is. What isn’t a room is a person; said the other way round, SQLite would read
/// all that were ever taken for each appointment.
pub async fn report_also(
    tx: &mut OrgTx,
    range: &Range<Instant>,
    only: Narrowed,
) -> Result<Vec<(StaffId, Instant, Instant)>, DbError> {
    sql!(all (StaffId, Instant, Instant), tx,
        "SELECT t.staff_id, a.starts_at, a.ends_at
         FROM calendar_takes AS t JOIN calendar_appointments AS a ON a.org_id = t.org_id AND a.id = t.appointment_id
         WHERE t.org_id = $1 AND t.resource_id IS NULL AND a.starts_at >= $2 AND a.starts_at < $3 AND a.status <> 'cancelled'
           AND coalesce(a.service_id = $4, TRUE) AND coalesce(t.staff_id = $5, TRUE)",
        range.start, range.end, only.service, only.staff)
}

/// When people can’t be booked: blocked time and time off that reaches into a stretch of time.
pub async fn report_away(tx: &mut OrgTx, range: &Range<Instant>) -> Result<Vec<(StaffId, Instant, Instant)>, DbError> {
    sql!(
        all(StaffId, Instant, Instant),
        tx,
        "SELECT staff_id, starts_at, ends_at FROM calendar_blocks
         WHERE org_id = $1 AND staff_id IS NOT NULL AND ends_at > $2 AND starts_at < $3",
        range.start,
        range.end
    )
}

/// How many clients have an appointment in a stretch of time that isn’t cancelled, and how many of them had one before it, with
/// whomever and for whatever.
pub async fn report_clients(tx: &mut OrgTx, range: &Range<Instant>, only: Narrowed) -> Result<(i64, i64), DbError> {
    sql!(one (i64, i64), tx,
        "SELECT COUNT(*), COUNT(CASE WHEN EXISTS (SELECT 1 FROM calendar_appointments AS e
             WHERE e.org_id = $1 AND e.client_id = c.client_id AND e.starts_at < $2 AND e.status <> 'cancelled') THEN 1 END)
         FROM (SELECT DISTINCT a.client_id FROM calendar_appointments AS a
             WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3 AND a.status <> 'cancelled' AND a.client_id IS NOT NULL
               AND coalesce(a.service_id = $4, TRUE) AND coalesce(a.staff_id = $5, TRUE)) AS c",
        range.start, range.end, only.service, only.staff)
}

/// An appointment in a list for a spreadsheet; its client’s name is sealed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// Its id.
    pub id: AppointmentId,
    /// Name of the service.
    pub service: String,
    /// Name of whose it is.
    pub staff: String,
    /// From.
    pub starts_at: Instant,
    /// Until.
    pub ends_at: Instant,
    /// When it was booked.
    pub created_at: Instant,
    /// The word of a status.
    pub status: String,
    /// How one that is cancelled came to its end.
    pub ending: String,
    /// How it came in.
    pub source: String,
    /// The agreed price.
    pub price_cents: i64,
    /// ISO 4217.
    pub currency: String,
    /// Where its payment stands; `None`: nothing was asked.
    pub payment_state: Option<String>,
    /// What was asked for it, in cents.
    pub asked_cents: i64,
    /// What came in.
    pub paid_cents: i64,
    /// What went back, or is going back.
    pub refunded_cents: i64,
    /// The payer’s bank disputes it.
    pub disputed: bool,
    /// A package pays for it.
    pub by_package: bool,
    /// Sealed.
    pub client_name: Vec<u8>,
}

/// Appointments that begin in a stretch of time, in order, after one of them.
pub async fn report_list(
    tx: &mut OrgTx,
    range: &Range<Instant>,
    only: Narrowed,
    after: Option<(Instant, AppointmentId)>,
    limit: i64,
) -> Result<Vec<Listed>, DbError> {
    let (after_start, after_id) = after.unzip();
    sql!(all Listed, tx,
        "SELECT a.id, s.name AS service, p.name AS staff, a.starts_at, a.ends_at, a.created_at, a.status, a.ending, a.source, a.price_cents, a.currency,
           m.state AS payment_state, COALESCE(m.cents, 0) AS asked_cents, COALESCE(m.paid_cents, 0) AS paid_cents, COALESCE(m.disputed, FALSE) AS disputed,
           CAST(COALESCE((SELECT SUM(r.cents) FROM calendar_refunds AS r WHERE r.org_id = a.org_id AND r.payment_id = m.id AND r.state <> 'failed'), 0) AS BIGINT) AS refunded_cents,
           EXISTS (SELECT 1 FROM calendar_package_uses AS u WHERE u.org_id = a.org_id AND u.appointment_id = a.id AND u.given_back_at IS NULL) AS by_package,
           a.client_name
         FROM calendar_appointments AS a
         JOIN calendar_services AS s ON s.org_id = a.org_id AND s.id = a.service_id
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
         LEFT JOIN calendar_payments AS m ON m.org_id = a.org_id AND m.appointment_id = a.id
         WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3
           AND coalesce(a.service_id = $4, TRUE) AND coalesce(a.staff_id = $5, TRUE)
           AND (coalesce(a.starts_at > $6, TRUE) OR (a.starts_at = $6 AND a.id > $7))
         ORDER BY a.starts_at, a.id LIMIT $8",
        range.start, range.end, only.service, only.staff, after_start, after_id, limit)
}

/// What clients paid online for appointments that begin in a stretch of time, and what went back of it, in cents: by service and person.
pub async fn report_money(
    tx: &mut OrgTx,
    range: &Range<Instant>,
    only: Narrowed,
) -> Result<Vec<(ServiceId, StaffId, i64, i64)>, DbError> {
    sql!(all (ServiceId, StaffId, i64, i64), tx,
        "SELECT a.service_id, a.staff_id, CAST(SUM(m.paid_cents) AS BIGINT),
           CAST(SUM(COALESCE((SELECT SUM(r.cents) FROM calendar_refunds AS r WHERE r.org_id = m.org_id AND r.payment_id = m.id AND r.state <> 'failed'), 0)) AS BIGINT)
         FROM calendar_appointments AS a
         JOIN calendar_payments AS m ON m.org_id = a.org_id AND m.appointment_id = a.id
         WHERE a.org_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3 AND m.state = 'paid'
           AND coalesce(a.service_id = $4, TRUE) AND coalesce(a.staff_id = $5, TRUE)
         GROUP BY a.service_id, a.staff_id",
        range.start, range.end, only.service, only.staff)
}
