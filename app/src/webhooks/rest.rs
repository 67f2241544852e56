//! Webhooks in the JSON API: thin; it calls the same verbs as the pages.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    DeliveryId,
    endpoints::{self, SecretView, WebhookBody, WebhookView},
    events,
    log::{self, DeliveryView, WholeDelivery},
};
use crate::{
    db::Access,
    error::Result,
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_webhooks, add_webhook))
        .routes(routes!(show_webhook, change_webhook, remove_webhook))
        .routes(routes!(pause_webhook))
        .routes(routes!(resume_webhook))
        .routes(routes!(rotate_secret))
        .routes(routes!(test_webhook))
        .routes(routes!(list_deliveries))
        .routes(routes!(show_delivery))
        .routes(routes!(send_delivery_again))
        .routes(routes!(list_events))
}

/// Something that a webhook can be told.
#[derive(Debug, Serialize, ToSchema)]
struct EventView {
    /// `calendar.appointment_booked`
    name: &'static str,
    /// In words.
    label: &'static str,
}

/// A message that is on its way.
#[derive(Debug, Serialize, ToSchema)]
struct SentView {
    /// Its id.
    id: DeliveryId,
}

/// Where a list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct After {
    /// The id of the last message of the page before.
    after: Option<String>,
}

/// The organisation’s webhooks, without their secrets.
#[utoipa::path(get, path = "/orgs/{org}/webhooks", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 200, body = Vec<WebhookView>), (status = "default", body = Problem)))]
async fn list_webhooks(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<WebhookView>>> {
    Ok(Json(endpoints::list(&platform, &actor, &org).await?))
}

/// Adds a webhook: an address that is told what happens from now on. Its secret is shown this once. 409 for the eleventh.
#[utoipa::path(post, path = "/orgs/{org}/webhooks", tag = "webhooks", request_body = WebhookBody,
    security(("token" = ["platform.webhooks"])),
    responses((status = 201, body = SecretView), (status = "default", body = Problem)))]
async fn add_webhook(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<WebhookBody>,
) -> Result<(StatusCode, Json<SecretView>)> {
    Ok((StatusCode::CREATED, Json(endpoints::add(&platform, &actor, &org, &body).await?)))
}

/// A webhook, without its secret.
#[utoipa::path(get, path = "/orgs/{org}/webhooks/{id}", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 200, body = WebhookView), (status = "default", body = Problem)))]
async fn show_webhook(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<WebhookView>> {
    Ok(Json(endpoints::read(&platform, &actor, &org, &id).await?))
}

/// Changes a webhook. 409 where it changed since the version that is sent; `version` is the one that holds.
#[utoipa::path(put, path = "/orgs/{org}/webhooks/{id}", tag = "webhooks", request_body = WebhookBody,
    security(("token" = ["platform.webhooks"])),
    responses((status = 200, body = WebhookView), (status = "default", body = Problem)))]
async fn change_webhook(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<WebhookBody>,
) -> Result<Json<WebhookView>> {
    endpoints::change(&platform, &actor, &org, &id, &body).await?;
    Ok(Json(endpoints::read(&platform, &actor, &org, &id).await?))
}

/// Deletes a webhook, with what it was told and what waits.
#[utoipa::path(delete, path = "/orgs/{org}/webhooks/{id}", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn remove_webhook(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    endpoints::remove(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pauses a webhook: nothing is sent, and what happens meanwhile isn’t kept for it. What waits stays.
#[utoipa::path(post, path = "/orgs/{org}/webhooks/{id}/pause", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 200, body = WebhookView), (status = "default", body = Problem)))]
async fn pause_webhook(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<WebhookView>> {
    endpoints::pause(&platform, &actor, &org, &id).await?;
    Ok(Json(endpoints::read(&platform, &actor, &org, &id).await?))
}

/// Tells a webhook again what happens, one too that was switched off; what waits is sent.
#[utoipa::path(post, path = "/orgs/{org}/webhooks/{id}/resume", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 200, body = WebhookView), (status = "default", body = Problem)))]
async fn resume_webhook(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<WebhookView>> {
    endpoints::resume(&platform, &actor, &org, &id).await?;
    Ok(Json(endpoints::read(&platform, &actor, &org, &id).await?))
}

/// Makes another secret, which is shown this once. The one before signs too for 24 hours.
#[utoipa::path(post, path = "/orgs/{org}/webhooks/{id}/rotate-secret", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 200, body = SecretView), (status = "default", body = Problem)))]
async fn rotate_secret(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<SecretView>> {
    Ok(Json(endpoints::rotate(&platform, &actor, &org, &id).await?))
}

/// Sends a test event, `webhook.test`. 409 for a webhook that isn’t active.
#[utoipa::path(post, path = "/orgs/{org}/webhooks/{id}/test", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 202, body = SentView), (status = "default", body = Problem)))]
async fn test_webhook(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<(StatusCode, Json<SentView>)> {
    let id = endpoints::test(&platform, &actor, &org, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(SentView { id })))
}

/// What a webhook was told in the last 30 days, the newest first, 50 at a time.
#[utoipa::path(get, path = "/orgs/{org}/webhooks/{id}/deliveries", tag = "webhooks", params(After),
    security(("token" = ["platform.webhooks"])),
    responses((status = 200, body = Vec<DeliveryView>), (status = "default", body = Problem)))]
async fn list_deliveries(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    query: Query<After>,
) -> Result<Json<Vec<DeliveryView>>> {
    let Query(After { after }) = query;
    Ok(Json(log::list(&platform, &actor, &org, &id, after.as_deref()).await?))
}

/// A message, with what it says and how the last answer begins.
#[utoipa::path(get, path = "/orgs/{org}/webhook-deliveries/{id}", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 200, body = WholeDelivery), (status = "default", body = Problem)))]
async fn show_delivery(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<WholeDelivery>> {
    Ok(Json(log::read(&platform, &actor, &org, &id).await?))
}

/// Sends a message again, with the same id. 409 where its webhook isn’t active.
#[utoipa::path(post, path = "/orgs/{org}/webhook-deliveries/{id}/send-again", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 202, body = WholeDelivery), (status = "default", body = Problem)))]
async fn send_delivery_again(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<(StatusCode, Json<WholeDelivery>)> {
    log::send_again(&platform, &actor, &org, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(log::read(&platform, &actor, &org, &id).await?)))
}

/// What a webhook can be told.
#[utoipa::path(get, path = "/orgs/{org}/webhook-events", tag = "webhooks",
    security(("token" = ["platform.webhooks"])),
    responses((status = 200, body = Vec<EventView>), (status = "default", body = Problem)))]
async fn list_events(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<EventView>>> {
    endpoints::open(&platform, &actor, &org, Access::Read).await?.rollback().await?;
    let all = events().flat_map(|(_, events)| events);
    Ok(Json(all.map(|event| EventView { name: event.name, label: event.label }).collect()))
}
