//! The calendar's JSON API: thin; it calls the same verbs as the pages.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, request::Parts},
    response::Response,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    availability::{Availability, Wanted},
    booking, holds,
    ids::{AppointmentId, ScheduleId, ServiceId, StaffId},
    options::{ServiceOptions, StaffOptions},
    permissions,
    proof::{self, Challenge},
    setup::{self, DateBody, ServiceBody, SpanBody, StaffBody, WindowBody},
    setup_views,
    store::{self, Service},
    views,
    wire::Status,
};
use crate::{
    audit::{self, Detail},
    clock::Instant,
    crypto::DataKeys,
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    page_cache::{KeptPage, PageKey, Shows},
    platform::Platform,
    request::ClientAddress,
    web::{Caller, Json, Path, Problem, Query, idempotency_key},
};

/// Slots of at most this many days are given in one answer.
const SLOT_DAYS: i64 = 62;
const PAGE_SIZE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_services, make_service))
        .routes(routes!(show_service, change_service))
        .routes(routes!(move_service))
        .routes(routes!(list_all_services))
        .routes(routes!(list_slots))
        .routes(routes!(give_challenge))
        .routes(routes!(make_booking))
        .routes(routes!(make_hold))
        .routes(routes!(end_hold))
        .routes(routes!(confirm_appointment))
        .routes(routes!(decline_appointment))
        .routes(routes!(show_booking))
        .routes(routes!(move_booking))
        .routes(routes!(cancel_booking))
        .routes(routes!(list_appointments))
        .routes(routes!(show_appointment))
        .routes(routes!(cancel_appointment))
        .routes(routes!(mark_no_show))
        .routes(routes!(take_back_no_show))
        .routes(routes!(list_staff, add_staff))
        .routes(routes!(show_staff, change_staff))
        .routes(routes!(set_hours))
        .routes(routes!(set_date, clear_date))
        .merge(super::rest_clients::router())
        .merge(super::rest_desk::router())
        .merge(super::rest_setup::router())
        .merge(super::rest_rooms::router())
        .merge(super::rest_letters::router())
        .merge(super::rest_embedding::router())
        .merge(super::rest_feeds::router())
        .merge(super::rest_reports::router())
        .merge(super::rest_waitlist::router())
}

/// A service on offer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ServiceView {
    id: ServiceId,
    slug: String,
    name: String,
    description: String,
    duration_minutes: i64,
    /// In cents, including GST.
    price_cents: i64,
    /// ISO 4217.
    currency: String,
}

/// A service as it is set up.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceSetup {
    id: ServiceId,
    /// Booked appointments that are still to come.
    upcoming: i64,
    /// What to send to change it.
    #[serde(flatten)]
    service: ServiceBody,
}

/// Where a service goes in the lists.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveServiceBody {
    /// Up by one; otherwise down by one.
    pub earlier: bool,
}

/// Somebody who can be booked, with their hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffSetup {
    id: StaffId,
    name: String,
    active: bool,
    /// Booked appointments that are still to come.
    upcoming: i64,
    /// The named schedule that they keep; absent: hours of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<ScheduleId>,
    /// What they are set to beyond that.
    options: StaffOptions,
    /// On the business's clock.
    hours: Vec<WindowBody>,
    /// From today on.
    dates: Vec<StaffDate>,
}

/// What holds on one date in place of the weekly hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffDate {
    /// `2026-12-25`.
    pub date: String,
    /// None: closed.
    pub windows: Vec<SpanBody>,
}

#[derive(Debug, Deserialize, IntoParams)]
struct SlotsQuery {
    /// The first instant, RFC 3339; now if absent.
    from: Option<String>,
    /// The instant after the last; 31 days later if absent, at most 62.
    to: Option<String>,
    /// One of the lengths on offer, in minutes; the service’s own if absent.
    length: Option<i64>,
    /// With whom, where the service lets clients choose; whoever is free if absent.
    staff: Option<String>,
    /// Where, by the location’s id; the first if absent.
    location: Option<String>,
    /// How many seats; 1 if absent.
    seats: Option<i64>,
    /// The word of a service that is on no page.
    secret: Option<String>,
}

/// The times on offer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SlotsView {
    /// The business's IANA zone.
    zone: String,
    /// Starts in UTC, in order.
    starts: Vec<String>,
}

/// A booking, as a client asks for it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingBody {
    /// The service's slug.
    service: String,
    /// One of the starts on offer.
    start: String,
    /// The client's IANA zone; the business's if absent.
    #[serde(default)]
    zone: String,
    /// The client's name.
    name: String,
    /// The client's email.
    email: String,
    /// The client's phone.
    #[serde(default)]
    phone: String,
    /// Anything the client wants to say.
    #[serde(default)]
    notes: String,
    /// One of the lengths on offer, in minutes; the service’s own if absent.
    #[serde(default)]
    length: Option<i64>,
    /// With whom, where the service lets clients choose; whoever is free if absent.
    #[serde(default)]
    staff: Option<StaffId>,
    /// Where, by the location’s id; the first if absent.
    #[serde(default)]
    location: String,
    /// The client’s address, where it takes place there.
    #[serde(default)]
    place: String,
    /// How many seats; 1 if absent.
    #[serde(default)]
    seats: i64,
    /// Of each question’s id, what is answered: one text, or each choice.
    #[serde(default)]
    answers: BTreeMap<String, Vec<String>>,
    /// The client accepts the service’s terms.
    #[serde(default)]
    accepts_terms: bool,
    /// The business may write to the client of itself.
    #[serde(default)]
    marketing: bool,
    /// How many times, a week apart; 1 if absent.
    #[serde(default)]
    times: i64,
    /// Weeks in which it can’t be had are left out; otherwise nothing is booked then.
    #[serde(default)]
    skip_taken: bool,
    /// The token of a hold that was made for it.
    #[serde(default)]
    hold: String,
    /// The word of a service that is on no page.
    #[serde(default)]
    secret: String,
    /// The code of a package that pays for it; its email must be the one that the package was bought with.
    #[serde(default)]
    package: String,
    /// The challenge of this service, solved: while very many try to book.
    #[serde(default)]
    proof: String,
}

/// A time to hold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldBody {
    /// The service's slug.
    service: String,
    /// One of the starts on offer.
    start: String,
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
    /// The token of the hold that it replaces.
    #[serde(default)]
    replaces: String,
    /// The word of a service that is on no page.
    #[serde(default)]
    secret: String,
}

/// A time that is held.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HeldView {
    /// Send it with the booking.
    hold: String,
    /// From then on it is nobody’s.
    expires_at: String,
}

/// A booking that stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BookedView {
    id: AppointmentId,
    /// The private link to see, move or cancel it.
    manage_url: String,
    /// The token in that link, for this API.
    token: String,
    /// The business has to say yes.
    unconfirmed: bool,
    /// Where its client pays to make it stand; absent where there is nothing to pay. The time is kept for half an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pay_url: Option<String>,
    /// How many were booked.
    times: usize,
}

/// A client's own booking.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnBookingView {
    service: String,
    staff: String,
    start: String,
    end: String,
    status: Status,
    changeable: bool,
    /// Send it with a change; it is refused if the booking has changed since.
    version: i64,
}

/// Where to move a booking.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveBody {
    start: String,
    #[serde(default)]
    zone: String,
    version: i64,
}

/// A change that is refused if the thing has changed since this version.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionBody {
    version: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
struct AppointmentsQuery {
    /// The first instant of start, RFC 3339; now if absent.
    from: Option<String>,
    /// The instant after the last start; 31 days later if absent.
    until: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// An appointment with its client.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AppointmentView {
    id: AppointmentId,
    service: String,
    staff: String,
    staff_id: StaffId,
    start: String,
    end: String,
    status: Status,
    client_name: String,
    client_email: String,
    client_phone: String,
    notes: String,
    price_cents: i64,
    currency: String,
    version: i64,
}

/// A page of appointments.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AppointmentsView {
    items: Vec<AppointmentView>,
    /// Send it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The id of what was made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MadeView {
    /// Its id.
    pub id: uuid::Uuid,
}

/// Somebody who can be booked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StaffView {
    id: StaffId,
    name: String,
    active: bool,
}

/// The services on offer, in the business's order.
#[utoipa::path(get, path = "/orgs/{org}/calendar/services", tag = "calendar",
    responses((status = 200, body = Vec<ServiceView>), (status = "default", body = Problem)))]
async fn list_services(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ServiceView>>> {
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::BROWSE, Access::Read).await?;
    let services = views::listed(&mut tx).await?;
    tx.rollback().await?;
    Ok(Json(services.into_iter().map(service_view).collect()))
}

/// Adds a service.
#[utoipa::path(post, path = "/orgs/{org}/calendar/services", tag = "calendar", request_body = ServiceBody,
    security(("token" = ["calendar.set_up"])),
    responses((status = 201, body = MadeView), (status = "default", body = Problem)))]
async fn make_service(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<ServiceBody>,
) -> Result<(StatusCode, Json<MadeView>)> {
    let id = setup::save_service(&platform, &actor, &org, None, &body).await?;
    Ok((StatusCode::CREATED, Json(MadeView { id: id.0 })))
}

/// Every service as it is set up, hidden ones too, in the business's order.
#[utoipa::path(get, path = "/orgs/{org}/calendar/setup/services", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = Vec<ServiceSetup>), (status = "default", body = Problem)))]
async fn list_all_services(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ServiceSetup>>> {
    let services = setup_views::all_services(&platform, &actor, &org).await?;
    Ok(Json(services.into_iter().map(service_setup).collect::<Result<_>>()?))
}

/// A service as it is set up, with the version to send with a change.
#[utoipa::path(get, path = "/orgs/{org}/calendar/services/{id}", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = ServiceSetup), (status = "default", body = Problem)))]
async fn show_service(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<ServiceSetup>> {
    let services = setup_views::all_services(&platform, &actor, &org).await?;
    let found = services.into_iter().find(|(service, ..)| service.id.to_string() == id);
    Ok(Json(service_setup(found.ok_or_else(|| AppError::not_found("that service"))?)?))
}

/// Moves a service by one in the business's order.
#[utoipa::path(post, path = "/orgs/{org}/calendar/services/{id}/move", tag = "calendar", request_body = MoveServiceBody,
    security(("token" = ["calendar.set_up"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn move_service(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<MoveServiceBody>,
) -> Result<StatusCode> {
    let id = id.parse().map_err(|_| AppError::not_found("that service"))?;
    setup::move_service(&platform, &actor, &org, id, body.earlier).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a service. Appointments already made keep their times and prices. 409 where it has changed since the version
/// that is sent; `version` is the one that holds.
#[utoipa::path(put, path = "/orgs/{org}/calendar/services/{id}", tag = "calendar", request_body = ServiceBody,
    security(("token" = ["calendar.set_up"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn change_service(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ServiceBody>,
) -> Result<StatusCode> {
    let id = id.parse().map_err(|_| AppError::not_found("that service"))?;
    setup::save_service(&platform, &actor, &org, Some(id), &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The times on offer for a service.
#[utoipa::path(get, path = "/orgs/{org}/calendar/services/{service}/slots", tag = "calendar", params(SlotsQuery),
    responses((status = 200, body = SlotsView), (status = "default", body = Problem)))]
async fn list_slots(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, service)): Path<(String, String)>,
    query: Query<SlotsQuery>,
    parts: Parts,
) -> Result<Response> {
    let Query(query) = query;
    // A window that moves with the clock shows something else at every moment.
    let stands = query.from.is_some() && query.to.is_some();
    let key = PageKey::of(&parts, &actor).filter(|_| stands);
    if let Some(kept) = key.as_ref().and_then(|key| platform.pages.get(key, platform.clock.now())) {
        return Ok(kept.answer(&parts.headers));
    }
    let begun = platform.pages.begin();
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::BROWSE, Access::Read).await?;
    let now = tx.now().timestamp();
    let (from, to) = window(query.from.as_deref(), query.to.as_deref(), "to", now, SLOT_DAYS)?;
    tx.last();
    let secret = query.secret.as_deref().unwrap_or_default();
    let wanted = Wanted {
        service: &service,
        length: query.length,
        location: query.location.as_deref().unwrap_or_default(),
        with: query.staff.as_deref().map(views::staff_choice).transpose()?,
        seats: query.seats.unwrap_or(1),
        secret,
        ..Wanted::default()
    };
    let free = Availability::load(&mut tx, &wanted).await?.bookable(secret)?;
    let org = tx.org().clone();
    tx.rollback().await?;
    let starts = free.starts(from, to)?;
    let shows = Shows { org: org.id, sequence: org.sequence, until: free.holds_until(&starts) };
    let view = SlotsView { zone: org.zone, starts: starts.iter().map(ToString::to_string).collect() };
    let json = serde_json::to_vec(&view).map_err(|_| AppError::internal())?;
    let kept = Arc::new(KeptPage::json(json, shows));
    if let Some(key) = key {
        platform.pages.keep(begun, key, Arc::clone(&kept));
    }
    Ok(kept.answer(&parts.headers))
}

/// A sum to do before booking while very many try to: a booking without it is refused then with 409, at `proof`. Programs with a token
/// of the business need none.
#[utoipa::path(get, path = "/orgs/{org}/calendar/services/{service}/challenge", tag = "calendar",
    responses((status = 200, body = Challenge), (status = "default", body = Problem)))]
async fn give_challenge(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, service)): Path<(String, String)>,
) -> Result<Json<Challenge>> {
    let tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::BROWSE, Access::Read).await?;
    // It isn’t asked whether there is such a service: one that is on no page sounds like one that isn’t there.
    let id = tx.id();
    tx.rollback().await?;
    Ok(Json(proof::challenge(&platform, id, &service)))
}

/// Books a time. The same `Idempotency-Key` with the same body books once.
#[utoipa::path(post, path = "/orgs/{org}/calendar/bookings", tag = "calendar", request_body = BookingBody,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 201, body = BookedView), (status = "default", body = Problem)))]
async fn make_booking(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<BookingBody>,
) -> Result<(StatusCode, Json<BookedView>)> {
    let key = idempotency_key(&headers)?;
    let request = booking::Request {
        service: body.service,
        start: body.start,
        zone: body.zone,
        key,
        name: body.name,
        email: body.email,
        phone: body.phone,
        notes: body.notes,
        length: body.length,
        with: body.staff,
        location: body.location,
        place: body.place,
        seats: body.seats,
        answers: body.answers,
        accepts: body.accepts_terms,
        marketing: body.marketing,
        times: body.times,
        skip_taken: body.skip_taken,
        hold: body.hold,
        secret: body.secret,
        package: body.package,
        form: None,
        proof: body.proof,
    };
    let booked = booking::book(&platform, &actor, &org, &request, booking::Source::Api).await;
    let booked = booked.map_err(booking::told_to_a_program)?;
    Ok((StatusCode::CREATED, Json(booked_view(&platform, booked))))
}

/// Holds a time for five minutes, for whoever fills in a form.
#[utoipa::path(post, path = "/orgs/{org}/calendar/holds", tag = "calendar", request_body = HoldBody,
    responses((status = 201, body = HeldView), (status = "default", body = Problem)))]
async fn make_hold(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    parts: Parts,
    Json(body): Json<HoldBody>,
) -> Result<(StatusCode, Json<HeldView>)> {
    let wanted = Wanted {
        service: &body.service,
        length: body.length,
        location: &body.location,
        with: body.staff,
        seats: body.seats,
        secret: &body.secret,
        ..Wanted::default()
    };
    let address = parts.extensions.get::<ClientAddress>().map(ClientAddress::place).unwrap_or_default();
    let held = holds::hold(&platform, &actor, &org, &wanted, &body.start, &address, &body.replaces).await?;
    Ok((StatusCode::CREATED, Json(HeldView { hold: held.token, expires_at: held.expires_at.to_string() })))
}

/// Lets go of a hold.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/holds/{hold}", tag = "calendar",
    responses((status = 204), (status = "default", body = Problem)))]
async fn end_hold(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, hold)): Path<(String, String)>,
) -> Result<StatusCode> {
    holds::release(&platform, &actor, &org, &hold).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A client's own booking, by the token of its private link.
#[utoipa::path(get, path = "/calendar/manage/{token}", tag = "calendar",
    responses((status = 200, body = OwnBookingView), (status = "default", body = Problem)))]
async fn show_booking(State(platform): State<Platform>, Path(token): Path<String>) -> Result<Json<OwnBookingView>> {
    let (mut tx, id) = booking::open_own(&platform, &token, Access::Read).await?;
    let appointment = store::appointment(&mut tx, id).await?.ok_or_else(|| AppError::not_found("that booking"))?;
    let service = store::service(&mut tx, appointment.service_id).await?;
    let service = service.ok_or_else(|| AppError::not_found("that service"))?;
    let options = ServiceOptions::read(&service.options)?;
    let changeable = booking::Policy::of(&appointment, &service, &options, tx.now()).may_move;
    tx.rollback().await?;
    Ok(Json(OwnBookingView {
        status: appointment.status(),
        service: appointment.service_name,
        staff: appointment.staff_name,
        start: appointment.starts_at.to_string(),
        end: appointment.ends_at.to_string(),
        changeable,
        version: appointment.version,
    }))
}

/// Moves a client's own booking.
#[utoipa::path(post, path = "/calendar/manage/{token}/move", tag = "calendar", request_body = MoveBody,
    responses((status = 204), (status = "default", body = Problem)))]
async fn move_booking(
    State(platform): State<Platform>,
    Path(token): Path<String>,
    Json(body): Json<MoveBody>,
) -> Result<StatusCode> {
    booking::move_own(&platform, &token, &body.start, &body.zone, body.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Cancels a client's own booking.
#[utoipa::path(post, path = "/calendar/manage/{token}/cancel", tag = "calendar", request_body = VersionBody,
    responses((status = 204), (status = "default", body = Problem)))]
async fn cancel_booking(
    State(platform): State<Platform>,
    Path(token): Path<String>,
    Json(body): Json<VersionBody>,
) -> Result<StatusCode> {
    booking::cancel_own(&platform, &token, body.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Appointments with their clients, in order of time.
#[utoipa::path(get, path = "/orgs/{org}/calendar/appointments", tag = "calendar", params(AppointmentsQuery),
    security(("token" = ["calendar.appointments.view"])),
    responses((status = 200, body = AppointmentsView), (status = "default", body = Problem)))]
async fn list_appointments(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    query: Query<AppointmentsQuery>,
) -> Result<Json<AppointmentsView>> {
    let Query(query) = query;
    let limit = query.limit.unwrap_or(PAGE_SIZE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(AppError::field("limit", format!("Give a number from 1 to {LARGEST_PAGE}.")));
    }
    let after = query.cursor.as_deref().map(read_cursor).transpose()?;
    let mut tx = open_appointments(&platform, &actor, &org, Access::Read).await?;
    let (from, until) = window(query.from.as_deref(), query.until.as_deref(), "until", tx.now().timestamp(), 400)?;
    let (from, until) = (Instant::from_timestamp(from), Instant::from_timestamp(until));
    // One more than asked for tells whether there is a next page.
    let mut rows = store::appointments(&mut tx, from, until, after, limit + 1).await?;
    let keys = tx.keys().await?;
    let day = |at: Instant| at.timestamp().strftime("%Y-%m-%d").to_string();
    let (org_id, shown) = (tx.id().0, Detail::default().with("from", day(from)).with("until", day(until)));
    end_reading(tx, &actor, org_id, shown).await?;
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| format!("{}_{}", last.starts_at.micros(), last.id));
    let items = rows.into_iter().map(|row| appointment_view(&keys, row)).collect::<Result<_>>()?;
    Ok(Json(AppointmentsView { items, next }))
}

/// An appointment with its client.
#[utoipa::path(get, path = "/orgs/{org}/calendar/appointments/{id}", tag = "calendar",
    security(("token" = ["calendar.appointments.view"])),
    responses((status = 200, body = AppointmentView), (status = "default", body = Problem)))]
async fn show_appointment(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<AppointmentView>> {
    let id = views::appointment_id(&id)?;
    let mut tx = open_appointments(&platform, &actor, &org, Access::Read).await?;
    let appointment = store::appointment(&mut tx, id).await?.ok_or_else(|| AppError::not_found("that appointment"))?;
    let keys = tx.keys().await?;
    end_reading(tx, &actor, appointment.id.0, Detail::default()).await?;
    Ok(Json(appointment_view(&keys, appointment)?))
}

/// Cancels an appointment; its time is free again.
#[utoipa::path(post, path = "/orgs/{org}/calendar/appointments/{id}/cancel", tag = "calendar", request_body = VersionBody,
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn cancel_appointment(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<VersionBody>,
) -> Result<StatusCode> {
    booking::set_status(&platform, &actor, &org, views::appointment_id(&id)?, body.version, Status::Cancelled).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks that the client didn't come.
#[utoipa::path(post, path = "/orgs/{org}/calendar/appointments/{id}/no-show", tag = "calendar", request_body = VersionBody,
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn mark_no_show(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<VersionBody>,
) -> Result<StatusCode> {
    booking::set_status(&platform, &actor, &org, views::appointment_id(&id)?, body.version, Status::NoShow).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a no-show back: the client came after all, and the appointment stands as booked again.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/appointments/{id}/no-show", tag = "calendar", request_body = VersionBody,
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn take_back_no_show(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<VersionBody>,
) -> Result<StatusCode> {
    booking::set_status(&platform, &actor, &org, views::appointment_id(&id)?, body.version, Status::Booked).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says yes to a booking that waits for it.
#[utoipa::path(post, path = "/orgs/{org}/calendar/appointments/{id}/confirm", tag = "calendar",
    request_body = VersionBody, security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn confirm_appointment(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<VersionBody>,
) -> Result<StatusCode> {
    booking::confirm(&platform, &actor, &org, views::appointment_id(&id)?, body.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says no to a booking that waits for it; its time is free again.
#[utoipa::path(post, path = "/orgs/{org}/calendar/appointments/{id}/decline", tag = "calendar",
    request_body = VersionBody, security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn decline_appointment(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<VersionBody>,
) -> Result<StatusCode> {
    booking::decline(&platform, &actor, &org, views::appointment_id(&id)?, body.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everybody who can be or could be booked.
#[utoipa::path(get, path = "/orgs/{org}/calendar/staff", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = Vec<StaffView>), (status = "default", body = Problem)))]
async fn list_staff(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<StaffView>>> {
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::SET_UP, Access::Read).await?;
    let staff = store::staff(&mut tx).await?;
    tx.rollback().await?;
    Ok(Json(staff.into_iter().map(|store::Staff { id, name, active, .. }| StaffView { id, name, active }).collect()))
}

/// Adds somebody who can be booked.
#[utoipa::path(post, path = "/orgs/{org}/calendar/staff", tag = "calendar", request_body = StaffBody,
    security(("token" = ["calendar.set_up"])),
    responses((status = 201, body = MadeView), (status = "default", body = Problem)))]
async fn add_staff(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<StaffBody>,
) -> Result<(StatusCode, Json<MadeView>)> {
    let id = setup::save_staff(&platform, &actor, &org, None, None, &body).await?;
    Ok((StatusCode::CREATED, Json(MadeView { id: id.0 })))
}

/// Somebody who can be booked, with their weekly hours and their dates from today on.
#[utoipa::path(get, path = "/orgs/{org}/calendar/staff/{id}", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = StaffSetup), (status = "default", body = Problem)))]
async fn show_staff(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<StaffSetup>> {
    let person = setup_views::person_setup(&platform, &actor, &org, staff_id(&id)?).await?;
    let hours = person.hours.into_iter();
    let options = StaffOptions::read(&person.staff.options)?;
    Ok(Json(StaffSetup {
        options,
        id: person.staff.id,
        name: person.staff.name,
        active: person.staff.active,
        upcoming: person.upcoming,
        schedule: person.schedule.map(|schedule| schedule.id),
        hours: hours
            .map(|window| WindowBody {
                weekday: window.weekday,
                start_minute: window.start_minute,
                end_minute: window.end_minute,
            })
            .collect(),
        dates: person.dates.into_iter().map(|(date, windows)| StaffDate { date, windows }).collect(),
    }))
}

/// Changes somebody's name, or whether they can be booked.
#[utoipa::path(put, path = "/orgs/{org}/calendar/staff/{id}", tag = "calendar", request_body = StaffBody,
    security(("token" = ["calendar.set_up"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn change_staff(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<StaffBody>,
) -> Result<StatusCode> {
    setup::save_staff(&platform, &actor, &org, Some(staff_id(&id)?), None, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces somebody's weekly hours.
#[utoipa::path(put, path = "/orgs/{org}/calendar/staff/{id}/hours", tag = "calendar", request_body = Vec<WindowBody>,
    security(("token" = ["calendar.set_up"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn set_hours(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(windows): Json<Vec<WindowBody>>,
) -> Result<StatusCode> {
    setup::set_hours(&platform, &actor, &org, staff_id(&id)?, None, &windows).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets what holds for somebody on one date in place of the weekly hours; no windows: closed.
#[utoipa::path(put, path = "/orgs/{org}/calendar/staff/{id}/dates/{date}", tag = "calendar", request_body = DateBody,
    security(("token" = ["calendar.set_up"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn set_date(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id, date)): Path<(String, String, String)>,
    Json(body): Json<DateBody>,
) -> Result<StatusCode> {
    setup::set_date(&platform, &actor, &org, staff_id(&id)?, &date, Some(&body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Goes back to the weekly hours on one date.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/staff/{id}/dates/{date}", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn clear_date(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id, date)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    setup::set_date(&platform, &actor, &org, staff_id(&id)?, &date, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn open_appointments(platform: &Platform, actor: &Actor, org: &str, access: Access) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW_APPOINTMENTS, access).await
}

async fn end_reading(tx: OrgTx, actor: &Actor, subject: uuid::Uuid, shown: Detail) -> Result<()> {
    audit::end_reading(tx, actor, &permissions::VIEW_APPOINTMENTS, "calendar.clients_read", subject, shown).await
}

fn staff_id(text: &str) -> Result<StaffId> {
    text.parse().map_err(|_| AppError::not_found("that person"))
}

/// A booking as its maker is told of it.
pub fn booked_view(platform: &Platform, booked: booking::Booked) -> BookedView {
    BookedView {
        id: booked.appointment,
        manage_url: format!("{}/manage/{}", platform.origin, booked.token),
        pay_url: booked.unpaid.then(|| format!("{}/manage/{}/pay", platform.origin, booked.token)),
        token: booked.token,
        unconfirmed: booked.unconfirmed,
        times: booked.times,
    }
}

/// Reads a stretch of time: from now, 31 days, unless said otherwise, and at most 400.
///
/// # Errors
/// 422 at `from` or `until`.
pub fn stretch(from: Option<&str>, until: Option<&str>, now: Instant) -> Result<(Instant, Instant)> {
    let (from, until) = window(from, until, "until", now.timestamp(), 400)?;
    Ok((Instant::from_timestamp(from), Instant::from_timestamp(until)))
}

fn service_view(service: Service) -> ServiceView {
    ServiceView {
        id: service.id,
        slug: service.slug,
        name: service.name,
        description: service.description,
        duration_minutes: service.duration_minutes,
        price_cents: service.price_cents,
        currency: service.currency,
    }
}

fn service_setup((service, staff, upcoming): (Service, Vec<StaffId>, i64)) -> Result<ServiceSetup> {
    let options = Some(ServiceOptions::read(&service.options)?);
    Ok(ServiceSetup { id: service.id, upcoming, service: ServiceBody { options, ..ServiceBody::of(service, staff) } })
}

fn appointment_view(keys: &DataKeys, row: store::Appointment) -> Result<AppointmentView> {
    let open = |column, sealed: &[u8]| booking::unseal(keys, row.id, column, sealed);
    Ok(AppointmentView {
        client_name: open("client_name", &row.client_name)?,
        client_email: open("client_email", &row.client_email)?,
        client_phone: open("client_phone", &row.client_phone)?,
        notes: open("notes", &row.notes)?,
        id: row.id,
        status: row.status(),
        service: row.service_name,
        staff: row.staff_name,
        staff_id: row.staff_id,
        start: row.starts_at.to_string(),
        end: row.ends_at.to_string(),
        price_cents: row.price_cents,
        currency: row.currency,
        version: row.version,
    })
}

fn read_cursor(text: &str) -> Result<(Instant, AppointmentId)> {
    text.split_once('_')
        .and_then(|(micros, id)| {
            let start = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
            Some((Instant::from_timestamp(start), id.parse().ok()?))
        })
        .ok_or_else(|| AppError::field("cursor", "Send the cursor as the page before gave it."))
}

/// Reads a half-open window of instants: from now, 31 days, unless said otherwise.
fn window(
    from: Option<&str>,
    to: Option<&str>,
    to_field: &str,
    now: Timestamp,
    most_days: i64,
) -> Result<(Timestamp, Timestamp)> {
    let read = |text: &str, field: &str| {
        text.parse::<Timestamp>().map_err(|_| AppError::field(field, "Give an instant like 2026-11-23T00:00:00Z."))
    };
    let hours = |days: i64| jiff::SignedDuration::from_hours(days * 24);
    let from = from.map_or(Ok(now), |text| read(text, "from"))?;
    let to = match to {
        Some(text) => read(text, to_field)?,
        None => from.checked_add(hours(31)).map_err(|_| AppError::field("from", "That is too far ahead."))?,
    };
    if to < from || to.duration_since(from) > hours(most_days) {
        return Err(AppError::field(
            to_field,
            format!("Give an instant from “from” to at most {most_days} days later."),
        ));
    }
    Ok((from, to))
}
