//! Statements about appointments that are completed.

use super::super::ids::AppointmentId;
use crate::{clock::Instant, db::DbError, ids::UserId, org::OrgTx, sql};

/// How an appointment stands, as far as that says whether it is completed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// When it ends.
    pub ends_at: Instant,
    /// `booked`, `cancelled` or `no_show`.
    pub status: String,
    /// The price when it was booked.
    pub price_cents: i64,
    /// ISO 4217.
    pub currency: String,
    /// By when the business has to say yes; `None`: it has, or need not.
    pub unconfirmed_until: Option<Instant>,
    /// By when its client has to pay; `None`: they have, or need not.
    pub unpaid_until: Option<Instant>,
    /// The member with whom it is.
    pub user_id: Option<UserId>,
}

/// How an appointment stands.
pub async fn standing(tx: &mut OrgTx, id: AppointmentId) -> Result<Option<Standing>, DbError> {
    sql!(optional Standing, tx,
        "SELECT a.ends_at, a.status, a.price_cents, a.currency, a.unconfirmed_until, a.unpaid_until, p.user_id
         FROM calendar_appointments AS a
         JOIN calendar_staff AS p ON p.org_id = a.org_id AND p.id = a.staff_id
         WHERE a.org_id = $1 AND a.id = $2",
        id)
}

/// Appointments that weren’t cancelled and end from an instant on, after a place in the order in which they begin: when each begins, and which.
pub async fn ending_since(
    tx: &mut OrgTx,
    since: Instant,
    (after_at, after_id): (Instant, AppointmentId),
    limit: i64,
) -> Result<Vec<(Instant, AppointmentId)>, DbError> {
    sql!(
        all(Instant, AppointmentId),
        tx,
        "SELECT starts_at, id FROM calendar_appointments
         WHERE org_id = $1 AND starts_at >= $2 AND (starts_at > $2 OR id > $3) AND ends_at >= $4 AND status <> 'cancelled'
         ORDER BY starts_at, id LIMIT $5",
        after_at,
        after_id,
        since,
        limit
    )
}
