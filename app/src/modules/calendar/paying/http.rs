//! The ways to Stripe’s page and back. Both lead on whatever happens: where something can’t be done now, the booking’s own page says how
//! it stands, and the way to pay is there.

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::settle;
use crate::{error::Result, platform::Platform, web::Path};

/// Its routes.
pub fn router() -> Router<Platform> {
    Router::new()
        .route("/manage/{token}/pay", get(pay))
        .route("/manage/{token}/paid", get(paid))
        .route("/package/{token}/pay", get(pay_package))
        .route("/package/{token}/paid", get(paid_package))
}

/// To the page where a client pays for their own booking.
async fn pay(State(platform): State<Platform>, Path(token): Path<String>) -> Response {
    there(Box::pin(settle::lead(&platform, &token)).await, &format!("/manage/{token}"))
}

/// Back from there: what was paid is asked before the page is shown.
async fn paid(State(platform): State<Platform>, Path(token): Path<String>) -> Response {
    back(Box::pin(settle::back(&platform, &token)).await, &format!("/manage/{token}?booked=1"))
}

/// To the page where somebody pays for a package.
async fn pay_package(State(platform): State<Platform>, Path(token): Path<String>) -> Response {
    there(Box::pin(settle::lead_to_package(&platform, &token)).await, &format!("/package/{token}"))
}

/// Back from there.
async fn paid_package(State(platform): State<Platform>, Path(token): Path<String>) -> Response {
    back(Box::pin(settle::back_to_package(&platform, &token)).await, &format!("/package/{token}"))
}

fn there(page: Result<Option<String>>, own: &str) -> Response {
    let page = page.unwrap_or_else(|error| {
        tracing::warn!(%error, "a client can’t be led to where they pay now");
        None
    });
    leads(page.as_deref().unwrap_or(own))
}

fn back(asked: Result<()>, own: &str) -> Response {
    if let Err(error) = asked {
        tracing::warn!(%error, "what a client paid can’t be asked now; it is told later");
    }
    leads(own)
}

fn leads(to: &str) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Redirect::to(to)).into_response()
}
