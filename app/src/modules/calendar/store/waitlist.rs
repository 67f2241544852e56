//! Statements about who waits for a time to come free.

use crate::{clock::Instant, db::DbError, org::OrgTx, sql};

use super::{
    super::ids::{AppointmentId, HoldId, ServiceId, StaffId, WaitlistId},
    ClientIndexes,
};

/// Somebody on the waitlist, as stored; what is personal is sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    /// Their place’s id.
    pub id: WaitlistId,
    /// For what.
    pub service_id: ServiceId,
    /// How long, where it isn’t the service’s own length.
    pub minutes: Option<i64>,
    /// With whom; `None`: whoever is free.
    pub staff_id: Option<StaffId>,
    /// Where, by the location’s id; empty: the first.
    pub location: String,
    /// How many seats.
    pub seats: i64,
    /// `2026-11-23`, in their zone.
    pub from_date: String,
    /// Up to and including it.
    pub until_date: String,
    /// A bit for each, Monday the smallest.
    pub weekdays: i64,
    /// A bit for each part of the day.
    pub day_parts: i64,
    /// Sealed.
    pub client_name: Vec<u8>,
    /// Sealed.
    pub client_email: Vec<u8>,
    /// Keyed.
    pub client_email_index: Vec<u8>,
    /// Sealed.
    pub client_phone: Vec<u8>,
    /// Keyed.
    pub client_phone_index: Option<Vec<u8>>,
    /// IANA zone.
    pub client_zone: String,
    /// The starts that aren’t offered, in minutes since 1970, with spaces between; those that they let go of with a `~` before.
    pub passed: String,
    /// `waiting`, `offered`, `booked`, `left`, `removed`, `lapsed`.
    pub status: String,
    /// How many offers they have had.
    pub offers: i64,
    /// The hold that keeps what they are offered.
    pub offer_id: Option<HoldId>,
    /// When that begins.
    pub offer_starts_at: Option<Instant>,
    /// Until when it is theirs.
    pub offer_expires_at: Option<Instant>,
    /// What they booked.
    pub appointment_id: Option<AppointmentId>,
    /// Since when they wait.
    pub joined_at: Instant,
    /// When their days are over.
    pub lapses_at: Instant,
    /// Since when they don’t wait any more.
    pub ended_at: Option<Instant>,
}

/// An offer that its hold doesn’t keep any more.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LostOffer {
    /// Whose.
    pub id: WaitlistId,
    /// The hold that it was.
    pub offer_id: HoldId,
    /// When it would begin.
    pub offer_starts_at: Instant,
    /// Until when it was theirs.
    pub offer_expires_at: Instant,
    /// What else isn’t offered to them.
    pub passed: String,
}

/// Puts somebody at the end of the line.
pub async fn insert_waiting(tx: &mut OrgTx, new: &Waiting) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_waitlist (org_id, id, service_id, minutes, staff_id, location, seats, from_date, until_date, weekdays, day_parts, client_name, client_email, client_email_index, client_phone, client_phone_index, client_zone, passed, joined_at, lapses_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        new.id,
        new.service_id,
        new.minutes,
        new.staff_id,
        new.location.as_str(),
        new.seats,
        new.from_date.as_str(),
        new.until_date.as_str(),
        new.weekdays,
        new.day_parts,
        new.client_name.clone(),
        new.client_email.clone(),
        new.client_email_index.clone(),
        new.client_phone.clone(),
        new.client_phone_index.clone(),
        new.client_zone.as_str(),
        new.passed.as_str(),
        new.joined_at,
        new.lapses_at
    )
}

/// For what, and on which days, somebody waits who has this email.
pub async fn waits_for(tx: &mut OrgTx, email: &[u8]) -> Result<Vec<(ServiceId, String, String)>, DbError> {
    sql!(
        all(ServiceId, String, String),
        tx,
        "SELECT service_id, from_date, until_date FROM calendar_waitlist WHERE org_id = $1 AND client_email_index = $2 AND ended_at IS NULL",
        email
    )
}

/// Those on the waitlist with this email, whether they wait still or not.
pub async fn waiting_by_email(tx: &mut OrgTx, email: &[u8]) -> Result<Vec<Waiting>, DbError> {
    sql!(all Waiting, tx,
        "SELECT id, service_id, minutes, staff_id, location, seats, from_date, until_date, weekdays, day_parts, client_name, client_email, client_email_index, client_phone, client_phone_index, client_zone, passed, status, offers, offer_id, offer_starts_at, offer_expires_at, appointment_id, joined_at, lapses_at, ended_at
         FROM calendar_waitlist WHERE org_id = $1 AND client_email_index = $2 ORDER BY joined_at, id",
        email)
}

/// Somebody on the waitlist.
pub async fn waiting(tx: &mut OrgTx, id: WaitlistId) -> Result<Option<Waiting>, DbError> {
    sql!(optional Waiting, tx,
        "SELECT id, service_id, minutes, staff_id, location, seats, from_date, until_date, weekdays, day_parts, client_name, client_email, client_email_index, client_phone, client_phone_index, client_zone, passed, status, offers, offer_id, offer_starts_at, offer_expires_at, appointment_id, joined_at, lapses_at, ended_at
         FROM calendar_waitlist WHERE org_id = $1 AND id = $2",
        id)
}

/// Those who wait, the first in line first.
pub async fn in_line(tx: &mut OrgTx, limit: i64) -> Result<Vec<Waiting>, DbError> {
    sql!(all Waiting, tx,
        "SELECT id, service_id, minutes, staff_id, location, seats, from_date, until_date, weekdays, day_parts, client_name, client_email, client_email_index, client_phone, client_phone_index, client_zone, passed, status, offers, offer_id, offer_starts_at, offer_expires_at, appointment_id, joined_at, lapses_at, ended_at
         FROM calendar_waitlist WHERE org_id = $1 AND ended_at IS NULL ORDER BY joined_at, id LIMIT $2",
        limit)
}

/// Those who don’t wait any more, the last first.
pub async fn waited(tx: &mut OrgTx, limit: i64) -> Result<Vec<Waiting>, DbError> {
    sql!(all Waiting, tx,
        "SELECT id, service_id, minutes, staff_id, location, seats, from_date, until_date, weekdays, day_parts, client_name, client_email, client_email_index, client_phone, client_phone_index, client_zone, passed, status, offers, offer_id, offer_starts_at, offer_expires_at, appointment_id, joined_at, lapses_at, ended_at
         FROM calendar_waitlist WHERE org_id = $1 AND ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT $2",
        limit)
}

/// How many wait for a service, and how many of them have joined before this one.
pub async fn count_waiting(tx: &mut OrgTx, service: ServiceId, joined_at: Instant) -> Result<(i64, i64), DbError> {
    sql!(
        one(i64, i64),
        tx,
        "SELECT COUNT(*), COUNT(CASE WHEN joined_at < $3 THEN 1 END) FROM calendar_waitlist WHERE org_id = $1 AND service_id = $2 AND ended_at IS NULL",
        service,
        joined_at
    )
}

/// Offers somebody who waits what this hold keeps. 0 rows: they don’t wait any more, or are offered something already.
pub async fn offer_waiting(
    tx: &mut OrgTx,
    id: WaitlistId,
    hold: HoldId,
    starts_at: Instant,
    expires_at: Instant,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_waitlist SET status = 'offered', offers = offers + 1, offer_id = $3, offer_starts_at = $4, offer_expires_at = $5
         WHERE org_id = $1 AND id = $2 AND status = 'waiting'",
        id,
        hold,
        starts_at,
        expires_at
    )
}

/// Somebody waits on; `passed` are the starts that aren’t offered to them. 0 rows: this isn’t what they are offered.
pub async fn end_offer(tx: &mut OrgTx, id: WaitlistId, offer: HoldId, passed: &str) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_waitlist SET status = 'waiting', offer_id = NULL, offer_starts_at = NULL, offer_expires_at = NULL, passed = $4
         WHERE org_id = $1 AND id = $2 AND offer_id = $3",
        id,
        offer,
        passed
    )
}

/// Somebody has booked what they were offered. 0 rows: it isn’t theirs any more.
pub async fn fulfil_waiting(
    tx: &mut OrgTx,
    id: WaitlistId,
    offer: HoldId,
    appointment: AppointmentId,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_waitlist SET status = 'booked', appointment_id = $4, ended_at = $5, offer_id = NULL, offer_starts_at = NULL, offer_expires_at = NULL
         WHERE org_id = $1 AND id = $2 AND offer_id = $3 AND offer_expires_at > $5",
        id,
        offer,
        appointment,
        now
    )
}

/// Somebody doesn’t wait any more. 0 rows: they didn’t.
pub async fn end_waiting(tx: &mut OrgTx, id: WaitlistId, status: &'static str) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_waitlist SET status = $3, ended_at = $4, offer_id = NULL, offer_starts_at = NULL, offer_expires_at = NULL
         WHERE org_id = $1 AND id = $2 AND ended_at IS NULL",
        id,
        status,
        now
    )
}

/// The offers whose time is over, and those whose hold is gone.
pub async fn lost_offers(tx: &mut OrgTx) -> Result<Vec<LostOffer>, DbError> {
    let now = tx.now();
    sql!(all LostOffer, tx,
        "SELECT w.id, w.offer_id, w.offer_starts_at, w.offer_expires_at, w.passed
         FROM calendar_waitlist AS w LEFT JOIN calendar_holds AS h ON h.org_id = w.org_id AND h.id = w.offer_id
         WHERE w.org_id = $1 AND w.offer_id IS NOT NULL AND (w.offer_expires_at <= $2 OR h.id IS NULL) ORDER BY w.offer_expires_at",
        now)
}

/// Whose days are over waits no more.
pub async fn lapse_waiting(tx: &mut OrgTx) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_waitlist SET status = 'lapsed', ended_at = $2 WHERE org_id = $1 AND ended_at IS NULL AND status = 'waiting' AND lapses_at <= $2",
        now
    )
}

/// Forgets those who haven’t waited since.
pub async fn forget_waiting(tx: &mut OrgTx, since: Instant) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_waitlist WHERE org_id = $1 AND ended_at <= $2", since)
}

/// Forgets one.
pub async fn delete_waiting(tx: &mut OrgTx, id: WaitlistId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_waitlist WHERE org_id = $1 AND id = $2", id)
}

/// When an offer ends next, when somebody’s days are over next, and since when somebody waits no more; `None`: nobody’s.
pub async fn waitlist_dues(tx: &mut OrgTx) -> Result<(Option<Instant>, Option<Instant>, Option<Instant>), DbError> {
    let (offer, lapse) = sql!(
        one(Option<Instant>, Option<Instant>),
        &mut *tx,
        "SELECT MIN(offer_expires_at), MIN(lapses_at) FROM calendar_waitlist WHERE org_id = $1 AND ended_at IS NULL"
    )?;
    let ended = sql!(
        optional(WaitlistId, Instant),
        tx,
        "SELECT id, ended_at FROM calendar_waitlist WHERE org_id = $1 AND ended_at IS NOT NULL ORDER BY ended_at LIMIT 1"
    )?;
    Ok((offer, lapse, ended.map(|(_, at)| at)))
}

/// It is looked for times that come free from this event on, and at the latest then.
pub async fn look_from(tx: &mut OrgTx, sequence: i64, look_at: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_waitlist_looks (org_id, sequence, look_at) VALUES ($1, $2, $3)
         ON CONFLICT (org_id) DO UPDATE SET
           sequence = CASE WHEN calendar_waitlist_looks.sequence < excluded.sequence THEN calendar_waitlist_looks.sequence ELSE excluded.sequence END,
           look_at = CASE WHEN calendar_waitlist_looks.look_at < excluded.look_at THEN calendar_waitlist_looks.look_at ELSE excluded.look_at END",
        sequence,
        look_at
    )
}

/// It was looked up to this event (`None`: nobody waits), and is again then.
pub async fn looked(tx: &mut OrgTx, sequence: Option<i64>, look_at: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_waitlist_looks SET sequence = $2, look_at = $3 WHERE org_id = $1",
        sequence,
        look_at
    )
}

/// Nobody is on the waitlist any more.
pub async fn stop_looking(tx: &mut OrgTx) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_waitlist_looks WHERE org_id = $1")
}

/// How many wait.
pub async fn count_in_line(tx: &mut OrgTx) -> Result<i64, DbError> {
    let (count,) =
        sql!(one(i64,), tx, "SELECT COUNT(*) FROM calendar_waitlist WHERE org_id = $1 AND ended_at IS NULL")?;
    Ok(count)
}

impl Waiting {
    /// By what the appointments are found that they have.
    pub fn indexes(&self) -> ClientIndexes {
        ClientIndexes { email: Some(self.client_email_index.clone()), phone: self.client_phone_index.clone() }
    }
}
