//! The JSON API of what the calendar as a whole is set to.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    closures::{self, ClosureBody},
    setup,
};
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_closures, set_state))
        .routes(routes!(set_closure, clear_closure))
        .routes(routes!(move_category))
}

/// The days to come on which the business is closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosuresView {
    /// Whose public holidays: `NSW`, `VIC`, …; empty: nobody’s.
    state: String,
    /// In order.
    days: Vec<ClosureView>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosureView {
    /// `2026-12-25`.
    date: String,
    /// The organisation set it, or changed it.
    own: bool,
    /// The state has a public holiday that day.
    public: bool,
    #[serde(flatten)]
    closure: ClosureBody,
}

/// Whose public holidays are kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateBody {
    /// `NSW`, `VIC`, `QLD`, `SA`, `WA`, `TAS`, `NT`, `ACT`; empty: nobody’s.
    state: String,
}

/// Where a category goes among the categories.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveCategoryBody {
    /// Its name, as its services have it.
    category: String,
    /// Up by one; otherwise down by one.
    earlier: bool,
}

/// Moves a category, with all its services, by one among the categories.
#[utoipa::path(post, path = "/orgs/{org}/calendar/categories/move", tag = "calendar", request_body = MoveCategoryBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn move_category(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<MoveCategoryBody>,
) -> Result<StatusCode> {
    setup::move_category(&platform, &actor, &org, &body.category, body.earlier).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The days to come on which the business is closed, or would be.
#[utoipa::path(get, path = "/orgs/{org}/calendar/holidays", tag = "calendar", security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = ClosuresView), (status = "default", body = Problem)))]
async fn list_closures(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<ClosuresView>> {
    let found = closures::list(&platform, &actor, &org).await?;
    let view = |day: closures::Closure| {
        let (closed_from, closed_until) = day.holiday.closed.unzip();
        ClosureView {
            date: day.holiday.date.to_string(),
            own: day.own,
            public: day.public,
            closure: ClosureBody { name: day.holiday.name, closed_from, closed_until },
        }
    };
    Ok(Json(ClosuresView { state: found.state, days: found.days.into_iter().map(view).collect() }))
}

/// Closes on the public holidays of a state or territory.
#[utoipa::path(put, path = "/orgs/{org}/calendar/holidays", tag = "calendar", request_body = StateBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn set_state(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<StateBody>,
) -> Result<StatusCode> {
    closures::set_state(&platform, &actor, &org, &body.state)
        .await
        .map_err(|error| error.rename_field("holidays", "state"))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets what holds on a date for the whole business: closed, for a part of the day, or open on a public holiday.
#[utoipa::path(put, path = "/orgs/{org}/calendar/holidays/{date}", tag = "calendar", request_body = ClosureBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn set_closure(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, date)): Path<(String, String)>,
    Json(body): Json<ClosureBody>,
) -> Result<StatusCode> {
    closures::set_day(&platform, &actor, &org, &date, Some(&body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Goes back to what the state has on a date.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/holidays/{date}", tag = "calendar",
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn clear_closure(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, date)): Path<(String, String)>,
) -> Result<StatusCode> {
    closures::set_day(&platform, &actor, &org, &date, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
