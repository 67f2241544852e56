//! The JSON API of the front desk: booking for clients, moving and stretching, and blocked time.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    availability::{Asker, Wanted},
    booking,
    desk::{self, Move, NewBlock},
    ids::{AppointmentId, BlockId, ResourceId, StaffId},
    permissions,
    rest::{self, BookedView},
    store::{self, BlockOf},
    views,
    why::{self, Why},
};
use crate::{
    db::Access,
    error::{AppError, Result},
    org::{OrgRef, OrgTx},
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query, idempotency_key},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(book_for))
        .routes(routes!(move_appointment))
        .routes(routes!(explain))
        .routes(routes!(list_blocks))
        .routes(routes!(make_block))
        .routes(routes!(change_block, end_block))
}

/// A booking that the business makes for a client. Only a name is asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskBookingBody {
    /// The service's slug.
    service: String,
    /// When; now, if absent and it is a walk-in.
    #[serde(default)]
    start: String,
    /// The client's name.
    name: String,
    /// The client's email; without one no letters are sent.
    #[serde(default)]
    email: String,
    /// The client's phone.
    #[serde(default)]
    phone: String,
    /// Anything to note.
    #[serde(default)]
    notes: String,
    /// One of the service's lengths, in minutes; its own if absent.
    #[serde(default)]
    length: Option<i64>,
    /// With whom; whoever is free if absent.
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
    /// Of each question’s id, what is answered.
    #[serde(default)]
    answers: BTreeMap<String, Vec<String>>,
    /// How many times, a week apart; 1 if absent.
    #[serde(default)]
    times: i64,
    /// Weeks in which it can’t be had are left out.
    #[serde(default)]
    skip_taken: bool,
    /// The client stands at the counter.
    #[serde(default)]
    walk_in: bool,
    /// Against your own rules: outside hours, with less notice, beyond a limit. What is taken stays so.
    #[serde(default)]
    anyway: bool,
}

/// Where an appointment goes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskMoveBody {
    /// When.
    start: String,
    /// With whom; whoever has it now, or another who is free, if absent.
    #[serde(default)]
    staff: Option<StaffId>,
    /// How long, in minutes; as long as it is, if absent.
    #[serde(default)]
    minutes: Option<i64>,
    /// The version that you read.
    version: i64,
    /// Against your own rules. What is taken stays so.
    #[serde(default)]
    anyway: bool,
}

/// Time in which somebody, or a room, can’t be booked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockBody {
    /// A person’s, …
    #[serde(default)]
    staff: Option<StaffId>,
    /// … or a room’s.
    #[serde(default)]
    resource: Option<ResourceId>,
    /// Days off rather than a blocked hour.
    #[serde(default)]
    time_off: bool,
    /// From.
    start: String,
    /// Until.
    end: String,
    /// Whole days on the business’s clock.
    #[serde(default)]
    all_day: bool,
    /// What for; it is kept encrypted.
    #[serde(default)]
    title: String,
    /// To change one: the version that you read.
    #[serde(default)]
    version: Option<i64>,
}

/// Blocked time.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockView {
    id: BlockId,
    #[serde(flatten)]
    block: BlockBody,
}

#[derive(Debug, Deserialize, IntoParams)]
struct WhyQuery {
    /// The instant, RFC 3339. It must be given.
    start: Option<String>,
    /// One of the service’s lengths, in minutes; its own if absent.
    length: Option<i64>,
    /// With whom; everybody who offers it if absent.
    staff: Option<String>,
    /// Where, by the location’s id; the first if absent.
    location: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
struct BlocksQuery {
    /// The first instant, RFC 3339; now if absent.
    from: Option<String>,
    /// The instant after the last; 31 days later if absent.
    until: Option<String>,
}

/// Books for a client: on the phone, or at the counter. The same `Idempotency-Key` with the same body books once. 409 says why a
/// time isn’t offered; `anyway` books it all the same, where nothing else is there.
#[utoipa::path(post, path = "/orgs/{org}/calendar/appointments", tag = "calendar", request_body = DeskBookingBody,
    params(("Idempotency-Key" = String, Header)), security(("token" = ["calendar.appointments.change"])),
    responses((status = 201, body = BookedView), (status = "default", body = Problem)))]
async fn book_for(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    Json(body): Json<DeskBookingBody>,
) -> Result<(StatusCode, Json<BookedView>)> {
    let key = idempotency_key(&headers)?;
    let start = match body.start.as_str() {
        "" if body.walk_in => booking::this_minute(platform.clock.now()).to_string(),
        _ => body.start,
    };
    let request = booking::Request {
        service: body.service,
        start,
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
        times: body.times,
        skip_taken: body.skip_taken,
        ..booking::Request::default()
    };
    let anyway = body.anyway;
    let source = if body.walk_in { booking::Source::WalkIn } else { booking::Source::Staff { anyway } };
    let booked = booking::book(&platform, &actor, &org, &request, source).await;
    let booked = booked.map_err(booking::told_to_a_program)?;
    Ok((StatusCode::CREATED, Json(rest::booked_view(&platform, booked))))
}

/// Moves an appointment, to another time, another person, or another length. 409 says why it can’t be there; `anyway` moves it all the
/// same, where nothing else is.
#[utoipa::path(post, path = "/orgs/{org}/calendar/appointments/{id}/move", tag = "calendar", request_body = DeskMoveBody,
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn move_appointment(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<DeskMoveBody>,
) -> Result<StatusCode> {
    let id: AppointmentId = views::appointment_id(&id)?;
    let DeskMoveBody { start, staff, minutes, version, anyway } = body;
    desk::move_appointment(
        &platform,
        &actor,
        &org,
        id,
        &Move { start, staff, minutes, version, anyway, ..Move::default() },
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why a time of a service is offered or isn’t: each rule that removes it, in words.
#[utoipa::path(get, path = "/orgs/{org}/calendar/services/{service}/why", tag = "calendar", params(WhyQuery),
    security(("token" = ["calendar.appointments.view"])),
    responses((status = 200, body = Why), (status = "default", body = Problem)))]
async fn explain(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, service)): Path<(String, String)>,
    Query(query): Query<WhyQuery>,
) -> Result<Json<Why>> {
    let wanted = Wanted {
        service: &service,
        length: query.length,
        with: query.staff.as_deref().map(views::staff_choice).transpose()?,
        location: query.location.as_deref().unwrap_or_default(),
        asker: Asker::Insider,
        ..Wanted::default()
    };
    Ok(Json(why::why(&platform, &actor, &org, &wanted, query.start.as_deref().unwrap_or_default()).await?))
}

/// Blocked time that reaches into a stretch of time.
#[utoipa::path(get, path = "/orgs/{org}/calendar/blocks", tag = "calendar", params(BlocksQuery),
    security(("token" = ["calendar.appointments.view"])),
    responses((status = 200, body = Vec<BlockView>), (status = "default", body = Problem)))]
async fn list_blocks(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(query): Query<BlocksQuery>,
) -> Result<Json<Vec<BlockView>>> {
    let need = &permissions::VIEW_APPOINTMENTS;
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), need, Access::Read).await?;
    let (from, until) = rest::stretch(query.from.as_deref(), query.until.as_deref(), tx.now())?;
    let blocks = store::blocks(&mut tx, from, until).await?;
    let keys = tx.keys().await?;
    tx.rollback().await?;
    let view = |block: store::Block| {
        Ok(BlockView {
            id: block.id,
            block: BlockBody {
                staff: block.staff_id,
                resource: block.resource_id,
                time_off: block.kind == "time_off",
                start: block.starts_at.to_string(),
                end: block.ends_at.to_string(),
                all_day: block.all_day,
                title: desk::title_of(&keys, &block)?,
                version: Some(block.version),
            },
        })
    };
    Ok(Json(blocks.into_iter().map(view).collect::<Result<_>>()?))
}

/// Blocks time: nobody can book it. Appointments that are there already stay.
#[utoipa::path(post, path = "/orgs/{org}/calendar/blocks", tag = "calendar", request_body = BlockBody,
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 201, body = rest::MadeView), (status = "default", body = Problem)))]
async fn make_block(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<BlockBody>,
) -> Result<(StatusCode, Json<rest::MadeView>)> {
    let id = desk::block(&platform, &actor, &org, &new_block(body)?).await?;
    Ok((StatusCode::CREATED, Json(rest::MadeView { id: id.0 })))
}

/// Changes blocked time.
#[utoipa::path(put, path = "/orgs/{org}/calendar/blocks/{id}", tag = "calendar", request_body = BlockBody,
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn change_block(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<BlockBody>,
) -> Result<StatusCode> {
    let version = body.version.ok_or_else(|| AppError::field("version", "Send the version that you read."))?;
    desk::change_block(&platform, &actor, &org, block_id(&id)?, version, &new_block(body)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Frees blocked time.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/blocks/{id}", tag = "calendar",
    security(("token" = ["calendar.appointments.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn end_block(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    desk::unblock(&platform, &actor, &org, block_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn block_id(text: &str) -> Result<BlockId> {
    text.parse().map_err(|_| AppError::not_found("that blocked time"))
}

fn new_block(body: BlockBody) -> Result<NewBlock> {
    let of = match (body.staff, body.resource) {
        (Some(staff), None) => BlockOf::Staff(staff),
        (None, Some(resource)) => BlockOf::Resource(resource),
        _ => return Err(AppError::field("staff", "Say whose time it is: a person’s or a room’s.")),
    };
    let BlockBody { time_off, start, end, all_day, title, .. } = body;
    Ok(NewBlock { of, time_off, start, end, all_day, title })
}
