//! Completed appointments, for whoever counts them: one that stands when it ends. It can be so no longer, once somebody says that its client didn’t
//! come.

use uuid::Uuid;

use super::{
    ids::AppointmentId,
    store::completed::{self, Standing},
};
use crate::{
    clock::Instant,
    error::Result,
    module::{Countable, Counted},
    org::OrgTx,
};

/// Appointments listed at once.
const AT_ONCE: i64 = 300;
/// No appointment is longer: two days.
const LONGEST_SECONDS: i64 = 2 * 24 * 60 * 60;
/// What prices are in that are worth something to others.
const CURRENCY: &str = "AUD";

/// What can be counted.
pub const COUNTABLE: &[Countable] = &[Countable {
    name: "calendar.appointment_completed",
    label: "An appointment is completed",
    worth: Some("Its price"),
    told_by: &[
        "calendar.appointment_booked",
        "calendar.appointment_confirmed",
        "calendar.appointment_declined",
        "calendar.appointment_expired",
        "calendar.appointment_paid",
        "calendar.appointment_unpaid",
        "calendar.appointment_moved",
        "calendar.appointment_cancelled",
        "calendar.appointment_no_show",
        "calendar.appointment_stands",
    ],
}];

/// How an appointment stands.
///
/// # Errors
/// The database is busy.
pub async fn counted(tx: &mut OrgTx, appointment: Uuid) -> Result<Option<Counted>> {
    let found = completed::standing(tx, AppointmentId(appointment)).await?;
    Ok(found.map(|standing| Counted {
        who: standing.user_id,
        happened_at: standing.ends_at,
        cents: (standing.currency == CURRENCY).then_some(standing.price_cents),
        undone: undone(&standing),
    }))
}

/// The appointments that end from an instant on, in the order in which they begin: each is asked for when it does.
///
/// # Errors
/// The database is busy.
pub async fn to_count(tx: &mut OrgTx, since: Instant, after: Option<(Instant, Uuid)>) -> Result<Vec<(Instant, Uuid)>> {
    let (at, id) = after.unwrap_or((since.plus_seconds(-LONGEST_SECONDS), Uuid::nil()));
    let found = completed::ending_since(tx, since, (at, AppointmentId(id)), AT_ONCE).await?;
    Ok(found.into_iter().map(|(at, id)| (at, id.0)).collect())
}

fn undone(standing: &Standing) -> Option<&'static str> {
    match standing.status.as_str() {
        "booked" if standing.unconfirmed_until.is_some() => Some("The booking isn’t confirmed."),
        "booked" if standing.unpaid_until.is_some() => Some("The booking isn’t paid."),
        "booked" => None,
        "no_show" => Some("The client didn’t come."),
        _ => Some("The appointment was cancelled."),
    }
}
