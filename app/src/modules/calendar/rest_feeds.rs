//! The JSON API of calendars elsewhere: the address of somebody’s own, and those whose busy times count.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    elsewhere::{self, SourceCard},
    feeds::{self, FeedCard, MadeFeed},
    ids::{BusySourceId, FeedId},
    rest::MadeView,
    setup_forms::staff_id,
};
use crate::{
    error::{AppError, Result},
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_calendars, add_calendar))
        .routes(routes!(make_feed, revoke_feed))
        .routes(routes!(remove_calendar))
        .routes(routes!(read_calendar))
}

/// The calendars of somebody who can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarsView {
    /// Their own, at an address that other calendars subscribe to; absent: it has none.
    feed: Option<FeedView>,
    /// Calendars elsewhere: when they are busy there, they can’t be booked.
    busy: Vec<BusyCalendarView>,
}

/// Somebody’s calendar at a secret address. The address itself is told when it is made, and never again.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedView {
    id: FeedId,
    /// Clients are named in it.
    names: bool,
    /// RFC 3339.
    created_at: String,
    /// When it was read last, give or take ten minutes; absent: never.
    read_at: Option<String>,
    /// Whoever made it has left, and nothing can be read there any more.
    ended: bool,
}

/// A calendar elsewhere. Its address is kept secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusyCalendarView {
    id: BusySourceId,
    name: String,
    /// The server that it is on.
    host: String,
    /// When it was read last, and could be.
    read_at: Option<String>,
    /// Why it can’t be read; absent: it can. What was read before still counts.
    problem: Option<String>,
    /// It couldn’t be read for two weeks, and isn’t tried any more.
    stopped: bool,
}

/// How somebody’s calendar is shared.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedBody {
    /// Clients are named: whoever has the address can read their names. Otherwise it says what is booked, and not by whom.
    #[serde(default)]
    names: bool,
}

/// A calendar elsewhere.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusyCalendarBody {
    /// What to call it; its server’s name if it is empty.
    #[serde(default)]
    name: String,
    /// Its secret address in iCal format: https, or webcal.
    address: String,
}

/// Somebody’s own calendar’s address, and calendars elsewhere whose busy times count.
#[utoipa::path(get, path = "/orgs/{org}/calendar/staff/{id}/calendars", tag = "calendar", security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = CalendarsView), (status = "default", body = Problem)))]
async fn list_calendars(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<CalendarsView>> {
    let found = elsewhere::list(&platform, &actor, &org, staff_id(&id)?).await?;
    let feed = |feed: FeedCard| FeedView {
        id: feed.id,
        names: feed.names,
        created_at: feed.created_at.to_string(),
        read_at: feed.read_at.map(|at| at.to_string()),
        ended: feed.ended,
    };
    let busy = |source: SourceCard| BusyCalendarView {
        id: source.id,
        name: source.name,
        host: source.host,
        read_at: source.read_at.map(|at| at.to_string()),
        problem: source.problem,
        stopped: source.stopped,
    };
    Ok(Json(CalendarsView { feed: found.feed.map(feed), busy: found.sources.into_iter().map(busy).collect() }))
}

/// Connects a calendar elsewhere, which is read at once, and then every 15 minutes.
#[utoipa::path(post, path = "/orgs/{org}/calendar/staff/{id}/calendars", tag = "calendar", request_body = BusyCalendarBody,
    security(("token" = ["calendar.set_up"])), responses((status = 201, body = MadeView), (status = "default", body = Problem)))]
async fn add_calendar(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<BusyCalendarBody>,
) -> Result<(StatusCode, Json<MadeView>)> {
    let id = elsewhere::add(&platform, &actor, &org, staff_id(&id)?, &body.name, &body.address).await?;
    Ok((StatusCode::CREATED, Json(MadeView { id: id.0 })))
}

/// Makes the address of somebody’s calendar. The one before stops working.
#[utoipa::path(post, path = "/orgs/{org}/calendar/staff/{id}/feed", tag = "calendar", request_body = FeedBody,
    security(("token" = ["calendar.set_up"])), responses((status = 201, body = MadeFeed), (status = "default", body = Problem)))]
async fn make_feed(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<FeedBody>,
) -> Result<(StatusCode, Json<MadeFeed>)> {
    let made = feeds::make(&platform, &actor, &org, staff_id(&id)?, body.names).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Takes the address of somebody’s calendar away. It stops working at once.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/staff/{id}/feed", tag = "calendar",
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn revoke_feed(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    feeds::revoke(&platform, &actor, &org, staff_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a calendar elsewhere away, and what is busy there with it.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/busy-calendars/{id}", tag = "calendar",
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn remove_calendar(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    elsewhere::remove(&platform, &actor, &org, source_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads a calendar elsewhere now, also one that isn’t tried any more.
#[utoipa::path(post, path = "/orgs/{org}/calendar/busy-calendars/{id}/read", tag = "calendar",
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn read_calendar(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    elsewhere::read_again(&platform, &actor, &org, source_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An id that can’t be read is one that nobody has.
fn source_id(text: &str) -> Result<BusySourceId> {
    text.parse().map_err(|_| AppError::not_found("that calendar"))
}
