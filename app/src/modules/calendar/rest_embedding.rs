//! The JSON API of the booking page inside other websites.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::embedding;
use crate::{
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(show_embedding, set_embedding))
}

/// Which websites may show the booking page inside theirs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingBody {
    /// Grows with every change of what the calendar is set to; send it with a change.
    version: i64,
    /// `https://www.example.com.au`, each by itself; 20 at most.
    origins: Vec<String>,
}

/// Which websites may show the booking page inside theirs.
#[utoipa::path(get, path = "/orgs/{org}/calendar/embedding", tag = "calendar", security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = EmbeddingBody), (status = "default", body = Problem)))]
async fn show_embedding(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<EmbeddingBody>> {
    let page = embedding::page(&platform, &actor, &org).await?;
    Ok(Json(EmbeddingBody { version: page.version, origins: page.origins }))
}

/// Sets which websites may show the booking page inside theirs.
#[utoipa::path(put, path = "/orgs/{org}/calendar/embedding", tag = "calendar", request_body = EmbeddingBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn set_embedding(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<EmbeddingBody>,
) -> Result<StatusCode> {
    embedding::save(&platform, &actor, &org, body.version, &body.origins).await?;
    Ok(StatusCode::NO_CONTENT)
}
