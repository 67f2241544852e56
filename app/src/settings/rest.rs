//! The business's details and its modules in the JSON API: thin; it calls the same verbs as the pages.

use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    details::{self, Details, DetailsBody},
    modules::{self, ModuleBody, ModuleCard},
};
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(show_details, change_details))
        .routes(routes!(list_modules))
        .routes(routes!(switch_module))
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

/// The modules that there are: which the plan includes, and which are on.
#[utoipa::path(get, path = "/orgs/{org}/modules", tag = "organisation",
    security(("token" = ["platform.modules"])),
    responses((status = 200, body = Vec<ModuleCard>), (status = "default", body = Problem)))]
async fn list_modules(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<ModuleCard>>> {
    Ok(Json(modules::list(&platform, &actor, &org).await?.1))
}

/// Turns a module on or off. Nothing is deleted; doing it twice is the same as once. 402 for turning one on that the plan doesn’t
/// include.
#[utoipa::path(put, path = "/orgs/{org}/modules/{module}", tag = "organisation", request_body = ModuleBody,
    security(("token" = ["platform.modules"])),
    responses((status = 200, body = Vec<ModuleCard>), (status = "default", body = Problem)))]
async fn switch_module(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, module)): Path<(String, String)>,
    Json(body): Json<ModuleBody>,
) -> Result<Json<Vec<ModuleCard>>> {
    modules::switch(&platform, &actor, &org, &module, body.on).await?;
    Ok(Json(modules::list(&platform, &actor, &org).await?.1))
}
