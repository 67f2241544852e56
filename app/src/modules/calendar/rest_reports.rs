//! The JSON API of the reports: the page’s numbers.

use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::reports::{self, Asked, Report};
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(show_report))
}

/// What was booked in a period, what became of it and what it comes to, beside the period before.
#[utoipa::path(get, path = "/orgs/{org}/calendar/reports", tag = "calendar", params(Asked),
    security(("token" = ["calendar.reports.view"])),
    responses((status = 200, body = Report), (status = "default", body = Problem)))]
async fn show_report(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Report>> {
    Ok(Json(reports::read(&platform, &actor, &org, &asked).await?))
}
