//! `/digest/{token}/stop`: what a mail program calls that stops the weekly email (RFC 8058), and where whoever opens it in a browser changes it.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use crate::{db::Access, error::Result, platform::Platform, web::Path};

/// Its routes.
pub fn router() -> Router<Platform> {
    Router::new().route("/digest/{token}/stop", get(to_page).post(stop))
}

/// To the page on which it is chosen: looking at an address changes nothing, for mail programs look at all of them.
async fn to_page(State(platform): State<Platform>, Path(token): Path<String>) -> Result<Response> {
    let (tx, _) = super::open_own(&platform, &token, Access::Read).await?;
    let page = format!("/app/{}/scoreboard/mine#weekly", tx.org().slug);
    tx.rollback().await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Redirect::to(&page)).into_response())
}

/// Stops it.
async fn stop(State(platform): State<Platform>, Path(token): Path<String>) -> Result<StatusCode> {
    super::stop(&platform, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
