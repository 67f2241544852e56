//! The JSON API of rooms and equipment, of named schedules, and of people's shares of a service.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    ids::{ResourceId, ScheduleId, ServiceId, StaffId},
    rest::{MadeView, MoveServiceBody, StaffDate},
    rooms::{self, ResourceBody, Room},
    schedules::{self, Kept, ScheduleBody, ShareBody},
    setup::{self, DateBody, Keeper, WindowBody},
    setup_forms::{schedule_id, service_id, staff_id},
};
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_rooms, add_rooms))
        .routes(routes!(change_room, delete_room))
        .routes(routes!(move_room))
        .routes(routes!(list_schedules, add_schedule))
        .routes(routes!(show_schedule, change_schedule, delete_schedule))
        .routes(routes!(set_schedule_hours))
        .routes(routes!(set_schedule_date, clear_schedule_date))
        .routes(routes!(keep_schedule))
        .routes(routes!(keep_schedule_for_service))
        .routes(routes!(list_shares, set_shares))
}

/// A room, or a piece of equipment.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoomView {
    id: ResourceId,
    /// How often it is booked from now on.
    upcoming: i64,
    /// The services that can take it.
    services: Vec<ServiceId>,
    /// What to send to change it.
    #[serde(flatten)]
    room: ResourceBody,
}

/// Rooms or equipment to add.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoomsBody {
    /// Its name; of several the part before the number.
    name: String,
    /// What it is one of.
    #[serde(default)]
    kind: String,
    /// Can be booked.
    #[serde(default = "yes")]
    active: bool,
    /// How many, 1 to 20; 1 if absent.
    #[serde(default = "one")]
    how_many: i64,
}

/// A named schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleView {
    id: ScheduleId,
    /// On the business's clock.
    hours: Vec<WindowBody>,
    /// From today on.
    dates: Vec<StaffDate>,
    /// Those whose usual hours it is.
    people: Vec<StaffId>,
    /// Services that can be booked within it alone.
    services: Vec<ServiceId>,
    /// What to send to change it.
    #[serde(flatten)]
    schedule: ScheduleBody,
}

/// A named schedule to add.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScheduleBody {
    /// Its name.
    name: String,
    /// A schedule, or a person, whose weekly hours it begins with; none if absent.
    #[serde(default)]
    like: Option<Uuid>,
}

/// Which named schedule somebody keeps.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepBody {
    /// Absent: hours of their own.
    #[serde(default)]
    schedule: Option<ScheduleId>,
}

/// Within which named schedule alone a service can be booked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepForServiceBody {
    /// Absent: whenever its people work.
    #[serde(default)]
    schedule: Option<ScheduleId>,
    /// The version of the service that you read.
    version: i64,
}

/// The shares of those on a service.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharesBody {
    /// Whoever isn't named keeps theirs.
    shares: Vec<ShareBody>,
    /// The version of the service that you read.
    version: i64,
}

/// Rooms and equipment, in the business's order.
#[utoipa::path(get, path = "/orgs/{org}/calendar/resources", tag = "calendar", security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = Vec<RoomView>), (status = "default", body = Problem)))]
async fn list_rooms(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<RoomView>>> {
    let rooms = rooms::all(&platform, &actor, &org).await?;
    Ok(Json(rooms.into_iter().map(room_view).collect()))
}

/// Adds a room or equipment, or several of a name: “Room 1”, “Room 2” and so on. The ids of all that were added.
#[utoipa::path(post, path = "/orgs/{org}/calendar/resources", tag = "calendar", request_body = NewRoomsBody,
    security(("token" = ["calendar.set_up"])),
    responses((status = 201, body = Vec<MadeView>), (status = "default", body = Problem)))]
async fn add_rooms(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<NewRoomsBody>,
) -> Result<(StatusCode, Json<Vec<MadeView>>)> {
    let NewRoomsBody { name, kind, active, how_many } = body;
    let body = ResourceBody { name, kind, active, version: None };
    let made = rooms::add(&platform, &actor, &org, &body, how_many).await?;
    Ok((StatusCode::CREATED, Json(made.into_iter().map(|id| MadeView { id: id.0 }).collect())))
}

/// Changes a room or equipment. What is booked with it stays. 409 where it has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/calendar/resources/{id}", tag = "calendar", request_body = ResourceBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_room(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ResourceBody>,
) -> Result<StatusCode> {
    rooms::save(&platform, &actor, &org, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a room or equipment away. 409 while something is booked with it, or a service needs it.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/resources/{id}", tag = "calendar",
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn delete_room(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    rooms::delete(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves a room or equipment by one; those in front are booked first.
#[utoipa::path(post, path = "/orgs/{org}/calendar/resources/{id}/move", tag = "calendar", request_body = MoveServiceBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn move_room(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<MoveServiceBody>,
) -> Result<StatusCode> {
    rooms::move_one(&platform, &actor, &org, &id, body.earlier).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The named schedules, with who and what keeps each.
#[utoipa::path(get, path = "/orgs/{org}/calendar/schedules", tag = "calendar", security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = Vec<ScheduleView>), (status = "default", body = Problem)))]
async fn list_schedules(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ScheduleView>>> {
    let all = schedules::all(&platform, &actor, &org).await?;
    Ok(Json(all.into_iter().map(schedule_view).collect()))
}

/// Adds a named schedule.
#[utoipa::path(post, path = "/orgs/{org}/calendar/schedules", tag = "calendar", request_body = NewScheduleBody,
    security(("token" = ["calendar.set_up"])),
    responses((status = 201, body = MadeView), (status = "default", body = Problem)))]
async fn add_schedule(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<NewScheduleBody>,
) -> Result<(StatusCode, Json<MadeView>)> {
    let like = body.like.map(|id| id.to_string()).unwrap_or_default();
    let id = schedules::add(&platform, &actor, &org, &body.name, &like).await?;
    Ok((StatusCode::CREATED, Json(MadeView { id: id.0 })))
}

/// A named schedule.
#[utoipa::path(get, path = "/orgs/{org}/calendar/schedules/{id}", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = ScheduleView), (status = "default", body = Problem)))]
async fn show_schedule(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<ScheduleView>> {
    Ok(Json(schedule_view(schedules::one(&platform, &actor, &org, &id).await?)))
}

/// Changes a schedule's name, or whether whoever is new begins with it. 409 where it has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/calendar/schedules/{id}", tag = "calendar", request_body = ScheduleBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_schedule(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ScheduleBody>,
) -> Result<StatusCode> {
    schedules::save(&platform, &actor, &org, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a named schedule away. 409 while anybody or any service keeps it.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/schedules/{id}", tag = "calendar",
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn delete_schedule(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    schedules::delete(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces a named schedule's weekly hours, for all that keep it.
#[utoipa::path(put, path = "/orgs/{org}/calendar/schedules/{id}/hours", tag = "calendar", request_body = Vec<WindowBody>,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn set_schedule_hours(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(windows): Json<Vec<WindowBody>>,
) -> Result<StatusCode> {
    setup::set_hours(&platform, &actor, &org, Keeper::Schedule(schedule_id(&id)?), None, &windows).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets what holds in a named schedule on one date; no windows: closed.
#[utoipa::path(put, path = "/orgs/{org}/calendar/schedules/{id}/dates/{date}", tag = "calendar", request_body = DateBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn set_schedule_date(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id, date)): Path<(String, String, String)>,
    Json(body): Json<DateBody>,
) -> Result<StatusCode> {
    setup::set_date(&platform, &actor, &org, Keeper::Schedule(schedule_id(&id)?), &date, Some(&body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Goes back to a named schedule's weekly hours on one date.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/schedules/{id}/dates/{date}", tag = "calendar",
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn clear_schedule_date(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id, date)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    setup::set_date(&platform, &actor, &org, Keeper::Schedule(schedule_id(&id)?), &date, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says which named schedule is somebody's usual hours. Their own stay as they were for when they go back to them.
#[utoipa::path(put, path = "/orgs/{org}/calendar/staff/{id}/schedule", tag = "calendar", request_body = KeepBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn keep_schedule(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<KeepBody>,
) -> Result<StatusCode> {
    schedules::keep(&platform, &actor, &org, staff_id(&id)?, body.schedule).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says within which named schedule alone a service can be booked.
#[utoipa::path(put, path = "/orgs/{org}/calendar/services/{id}/schedule", tag = "calendar", request_body = KeepForServiceBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn keep_schedule_for_service(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<KeepForServiceBody>,
) -> Result<StatusCode> {
    let KeepForServiceBody { schedule, version } = body;
    schedules::keep_for_service(&platform, &actor, &org, service_id(&id)?, version, schedule).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Those on a service with their shares of it.
#[utoipa::path(get, path = "/orgs/{org}/calendar/services/{id}/shares", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = Vec<ShareBody>), (status = "default", body = Problem)))]
async fn list_shares(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<Vec<ShareBody>>> {
    let shares = schedules::shares(&platform, &actor, &org, service_id(&id)?).await?;
    let view = |share: super::store::Share| ShareBody {
        staff: share.staff_id,
        priority: share.priority,
        weight: share.weight,
        schedule: share.schedule_id,
    };
    Ok(Json(shares.into_iter().map(|(_, share)| view(share)).collect()))
}

/// Changes people's shares of a service. 409 where the service has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/calendar/services/{id}/shares", tag = "calendar", request_body = SharesBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn set_shares(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<SharesBody>,
) -> Result<StatusCode> {
    schedules::set_shares(&platform, &actor, &org, service_id(&id)?, body.version, &body.shares).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn room_view(room: Room) -> RoomView {
    let Room { resource, upcoming, services } = room;
    RoomView {
        id: resource.id,
        upcoming,
        services: services.into_iter().map(|(id, _)| id).collect(),
        room: ResourceBody {
            name: resource.name,
            kind: resource.kind,
            active: resource.active,
            version: Some(resource.version),
        },
    }
}

fn schedule_view(kept: Kept) -> ScheduleView {
    let Kept { schedule, hours, dates, people, services, .. } = kept;
    ScheduleView {
        id: schedule.id,
        hours: hours
            .into_iter()
            .map(|window| WindowBody {
                weekday: window.weekday,
                start_minute: window.start_minute,
                end_minute: window.end_minute,
            })
            .collect(),
        dates: dates.into_iter().map(|(date, windows)| StaffDate { date, windows }).collect(),
        people: people.into_iter().map(|(id, _)| id).collect(),
        services: services.into_iter().map(|(id, _)| id).collect(),
        schedule: ScheduleBody {
            name: schedule.name,
            is_default: schedule.is_default,
            version: Some(schedule.version),
        },
    }
}

fn yes() -> bool {
    true
}

fn one() -> i64 {
    1
}
