//! The business's details in the JSON API: thin; it calls the same verbs as the pages.

use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::details::{self, Details, DetailsBody};
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(show_details, change_details))
}

/// The business's details: what its public pages show.
#[utoipa::path(get, path = "/orgs/{org}/details", tag = "organisation",
    security(("token" = ["platform.details"])),
    responses((status = 200, body = Details), (status = "default", body = Problem)))]
async fn show_details(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Details>> {
    Ok(Json(details::read(&platform, &actor, &org).await?))
}

/// Changes the business's details. 409 where they changed since the version that is sent; `version` is the one that holds.
#[utoipa::path(put, path = "/orgs/{org}/details", tag = "organisation", request_body = DetailsBody,
    security(("token" = ["platform.details"])),
    responses((status = 200, body = Details), (status = "default", body = Problem)))]
async fn change_details(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<DetailsBody>,
) -> Result<Json<Details>> {
    details::save(&platform, &actor, &org, &body).await?;
    Ok(Json(details::read(&platform, &actor, &org).await?))
}
