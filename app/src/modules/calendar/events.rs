//! What happens in the calendar that a business can have its own programs told of. Clients are known by their ids alone: whoever wants
//! to know who they are asks the API, with a token that may.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    ids::{AppointmentId, BlockId},
    store,
};
use crate::{
    clock::{Instant, zone},
    error::Result,
    module::{Event, EventField, FieldKind},
    money,
    org::OrgTx,
};

/// All of it.
pub const EVENTS: &[Event] = &[
    Event { name: "calendar.appointment_booked", label: "An appointment is booked" },
    Event { name: "calendar.appointment_confirmed", label: "You confirm a booking" },
    Event { name: "calendar.appointment_declined", label: "You decline a booking" },
    Event { name: "calendar.appointment_expired", label: "A booking lapses that nobody confirmed" },
    Event { name: "calendar.appointment_paid", label: "A client pays for a booking" },
    Event { name: "calendar.appointment_unpaid", label: "A booking lapses that wasn’t paid in time" },
    Event { name: "calendar.appointment_refunded", label: "A payment is paid back" },
    Event { name: "calendar.refund_failed", label: "A payment couldn’t be paid back" },
    Event { name: "calendar.payment_disputed", label: "A client’s bank disputes a payment, or no longer does" },
    Event { name: "calendar.appointment_moved", label: "An appointment is moved" },
    Event { name: "calendar.appointment_cancelled", label: "An appointment is cancelled" },
    Event { name: "calendar.appointment_no_show", label: "A client didn’t come" },
    Event { name: "calendar.appointment_stands", label: "A no-show is taken back" },
    Event { name: "calendar.block_made", label: "Time is blocked, or a day off is set" },
    Event { name: "calendar.block_changed", label: "Blocked time is changed" },
    Event { name: "calendar.block_ended", label: "Blocked time is freed" },
    Event { name: "calendar.service_saved", label: "A service is set up or changed" },
    Event { name: "calendar.staff_saved", label: "Somebody who can be booked is set up or changed" },
    Event { name: "calendar.hours_saved", label: "Somebody’s hours are changed" },
    Event { name: "calendar.closures_saved", label: "The days on which you are closed are changed" },
];

/// What is said of an appointment: nothing of whose it is.
const OF_APPOINTMENT: &[EventField] = &[
    EventField::DAY,
    EventField { name: "time", label: "When it begins", kind: FieldKind::Text },
    EventField { name: "service", label: "The service", kind: FieldKind::Text },
    EventField { name: "staff", label: "Who it is with", kind: FieldKind::Text },
    EventField { name: "price", label: "What it costs", kind: FieldKind::Number },
];

/// What one of them says of what it is about.
pub fn fields(name: &str) -> &'static [EventField] {
    match () {
        () if name.starts_with("calendar.appointment_") => OF_APPOINTMENT,
        () if name.starts_with("calendar.block_") => &[EventField::DAY],
        () => &[],
    }
}

/// What that is now, on the organisation’s clock.
///
/// # Errors
/// The database is busy.
pub async fn values(tx: &mut OrgTx, name: &str, subject: Uuid) -> Result<BTreeMap<&'static str, String>> {
    let zone = zone(&tx.org().zone)?;
    let local = |at: Instant| at.timestamp().to_zoned(zone.clone());
    if name.starts_with("calendar.block_") {
        let found = store::block(tx, BlockId(subject)).await?;
        return Ok(found
            .map(|found| (EventField::DAY.name, local(found.starts_at).date().to_string()))
            .into_iter()
            .collect());
    }
    if !name.starts_with("calendar.appointment_") {
        return Ok(BTreeMap::new());
    }
    let Some(found) = store::appointment(tx, AppointmentId(subject)).await? else { return Ok(BTreeMap::new()) };
    let starts = local(found.starts_at);
    Ok(BTreeMap::from([
        (EventField::DAY.name, starts.date().to_string()),
        ("time", starts.strftime("%-I:%M %P").to_string()),
        ("service", found.service_name),
        ("staff", found.staff_name),
        ("price", money::plain(found.price_cents)),
    ]))
}

/// What is told of one: as it is now, for what is there.
///
/// # Errors
/// The database is busy.
pub async fn data(tx: &mut OrgTx, name: &str, subject: Uuid) -> Result<Value> {
    let only = json!({ "id": subject });
    if name.starts_with("calendar.appointment_") {
        let found = store::appointment(tx, AppointmentId(subject)).await?;
        return Ok(found.map_or(only, |found| appointment(&found)));
    }
    if name.starts_with("calendar.block_") {
        let found = store::block(tx, BlockId(subject)).await?;
        return Ok(found.map_or(only, |found| block(&found)));
    }
    Ok(only)
}

fn appointment(found: &store::Appointment) -> Value {
    json!({
        "id": found.id,
        "service_id": found.service_id,
        "staff_id": found.staff_id,
        "client_id": found.client_id,
        "session_id": found.session_id,
        "series_id": found.series_id,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "status": found.status,
        "ending": found.ending,
        "unconfirmed_until": found.unconfirmed_until,
        "unpaid_until": found.unpaid_until,
        "seats": found.seats,
        "version": found.version,
    })
}

fn block(found: &store::Block) -> Value {
    json!({
        "id": found.id,
        "staff_id": found.staff_id,
        "resource_id": found.resource_id,
        "kind": found.kind,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "all_day": found.all_day,
        "version": found.version,
    })
}
