//! The JSON API of the waitlist.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ids::{AppointmentId, ServiceId, StaffId, WaitlistId},
    offering,
    waitlist::{self, Joining, Listed, Person, Standing},
};
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_waitlist, join_waitlist))
        .routes(routes!(remove_from_waitlist))
        .routes(routes!(list_offerable))
        .routes(routes!(offer_from_waitlist))
}

/// Who waits, the first in line first.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitlistView {
    /// How many wait.
    count: i64,
    /// Those who wait, 500 at most.
    items: Vec<WaitingView>,
    /// Those who don’t any more, the last first; they are deleted 30 days after.
    ended: Vec<WaitingView>,
}

/// Somebody on the waitlist.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingView {
    id: WaitlistId,
    service_id: ServiceId,
    name: String,
    email: String,
    phone: String,
    /// How long, in minutes, where it isn’t the service’s own length.
    length: Option<i64>,
    /// With whom; absent: whoever is free.
    staff_id: Option<StaffId>,
    /// Where, by the location’s id.
    location: String,
    seats: i64,
    /// The first day that suits, in their zone.
    from: String,
    /// The last one.
    until: String,
    /// `mon` to `sun`: those that suit.
    weekdays: Vec<&'static str>,
    /// `morning`, `afternoon`, `evening`: those that suit.
    day_parts: Vec<&'static str>,
    /// Their IANA zone.
    zone: String,
    /// `waiting`, `offered`, `booked`, `left`, `removed`, `lapsed`.
    status: &'static str,
    /// How many offers they have had.
    offers: i64,
    /// The start that they are offered.
    offered_start: Option<String>,
    /// Until when it is theirs alone.
    offered_until: Option<String>,
    /// What they booked.
    appointment_id: Option<AppointmentId>,
    joined_at: String,
    ended_at: Option<String>,
}

/// A client who wants to wait.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinBody {
    /// The service’s slug.
    service: String,
    /// The client’s name.
    name: String,
    /// The client’s email.
    email: String,
    /// The client’s phone.
    #[serde(default)]
    phone: String,
    /// The client’s IANA zone; the business’s if absent.
    #[serde(default)]
    zone: String,
    /// The first day that suits, `2026-11-23`, in the client’s zone.
    from: String,
    /// The last one, at most 60 days in all.
    until: String,
    /// `mon` to `sun`; all if absent.
    #[serde(default)]
    weekdays: Vec<String>,
    /// `morning`, `afternoon`, `evening`; all if absent.
    #[serde(default)]
    day_parts: Vec<String>,
    /// One of the lengths on offer, in minutes; the service’s own if absent.
    #[serde(default)]
    length: Option<i64>,
    /// With whom, where the service lets clients choose; whoever is free if absent.
    #[serde(default)]
    staff: Option<StaffId>,
    /// Where, by the location’s id; the first if absent.
    #[serde(default)]
    location: String,
    /// How many seats; 1 if absent.
    #[serde(default)]
    seats: i64,
    /// The word of a service that is on no page.
    #[serde(default)]
    secret: String,
}

/// What somebody who waits can be offered now.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferableView {
    /// The free starts that suit them, in order.
    starts: Vec<String>,
    /// Why nothing can be offered to them now.
    unable: Option<String>,
}

/// A time for somebody who waits.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferBody {
    /// The start, RFC 3339 in UTC: one of those that they can be offered.
    start: String,
}

/// Who waits for a time to come free.
#[utoipa::path(get, path = "/orgs/{org}/calendar/waitlist", tag = "calendar",
    security(("token" = ["calendar.appointments.view"])),
    responses((status = 200, body = WaitlistView), (status = "default", body = Problem)))]
async fn list_waitlist(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<WaitlistView>> {
    let Listed { waiting, count, waited, now, .. } = waitlist::list(&platform, &actor, &org).await?;
    let view = |person: Person| {
        let standing = person.row.standing(now);
        waiting_view(person, standing)
    };
    Ok(Json(WaitlistView {
        count,
        items: waiting.into_iter().map(view).collect(),
        ended: waited.into_iter().map(view).collect(),
    }))
}

/// Puts a client on the waitlist of a service that has one. They are written to, with their private link. Whoever is on it for any of
/// these days already stays where they are; the answer is the same.
#[utoipa::path(post, path = "/orgs/{org}/calendar/waitlist", tag = "calendar", request_body = JoinBody,
    responses((status = 202), (status = "default", body = Problem)))]
async fn join_waitlist(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<JoinBody>,
) -> Result<StatusCode> {
    let joining = Joining {
        service: body.service,
        length: body.length,
        with: body.staff,
        location: body.location,
        seats: body.seats,
        secret: body.secret,
        name: body.name,
        email: body.email,
        phone: body.phone,
        zone: body.zone,
        from: body.from,
        until: body.until,
        weekdays: body.weekdays,
        day_parts: body.day_parts,
        form: None,
    };
    waitlist::join(&platform, &actor, &org, &joining).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Takes somebody off the waitlist. They aren’t told; what they are offered goes to the next in line.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/waitlist/{id}", tag = "calendar",
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn remove_from_waitlist(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    waitlist::remove(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The free times that suit somebody who waits: what they can be offered now.
#[utoipa::path(get, path = "/orgs/{org}/calendar/waitlist/{id}/times", tag = "calendar",
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 200, body = OfferableView), (status = "default", body = Problem)))]
async fn list_offerable(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<OfferableView>> {
    let (offerable, _) = waitlist::offerable(&platform, &actor, &org, &id).await?;
    let starts = offerable.starts.iter().map(ToString::to_string).collect();
    Ok(Json(OfferableView { starts, unable: Some(offerable.unable).filter(|words| !words.is_empty()) }))
}

/// Offers somebody who waits a free time, whoever waits before them. They are written to, and it is theirs alone for 15 minutes. 409
/// where it has gone, doesn’t suit them, or they are offered another.
#[utoipa::path(post, path = "/orgs/{org}/calendar/waitlist/{id}/offers", tag = "calendar", request_body = OfferBody,
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn offer_from_waitlist(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<OfferBody>,
) -> Result<StatusCode> {
    offering::offer_now(&platform, &actor, &org, &id, &body.start).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn waiting_view(person: Person, standing: Standing) -> WaitingView {
    let Person { row, name, email, phone } = person;
    let offer = match standing {
        Standing::Offered(offer) => Some(offer),
        _ => None,
    };
    WaitingView {
        weekdays: row.weekday_words(),
        day_parts: row.day_part_words(),
        status: match standing {
            Standing::Waits => "waiting",
            Standing::Offered(_) => "offered",
            Standing::Booked(_) => "booked",
            Standing::Left => "left",
            Standing::Removed => "removed",
            Standing::Lapsed => "lapsed",
        },
        id: row.id,
        service_id: row.service_id,
        name,
        email,
        phone,
        length: row.minutes,
        staff_id: row.staff_id,
        location: row.location,
        seats: row.seats,
        from: row.from_date,
        until: row.until_date,
        zone: row.client_zone,
        offers: row.offers,
        offered_start: offer.map(|offer| offer.starts_at.timestamp().to_string()),
        offered_until: offer.map(|offer| offer.expires_at.to_string()),
        appointment_id: row.appointment_id,
        joined_at: row.joined_at.to_string(),
        ended_at: row.ended_at.map(|at| at.to_string()),
    }
}
