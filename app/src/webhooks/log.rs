//! What addresses were told, and what came of it: kept for 30 days.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    DeliveryId, WebhookId,
    deliver::answer_place,
    endpoints::{self, check_active, note, open},
    unreadable,
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgTx},
    platform::Platform,
    sql,
};

/// So many are listed at once.
pub const PAGE: i64 = 50;

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is to be sent, or tried again.
    Waiting,
    /// It was taken.
    Delivered,
    /// It was given up.
    Failed,
}

/// A message, and what came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Its id. The header `webhook-id` is `msg_` and this without dashes, at each try.
    pub id: DeliveryId,
    /// Which webhook it is for.
    pub webhook_id: WebhookId,
    /// What it tells: `calendar.appointment_booked`.
    pub event: String,
    /// Where it stands.
    pub state: Standing,
    /// How often it was tried.
    pub attempts: i64,
    /// What was answered the last time.
    pub status: Option<i64>,
    /// How long that took, in milliseconds.
    pub took_millis: Option<i64>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// When it was tried last, RFC 3339.
    #[schema(value_type = Option<String>)]
    pub tried_at: Option<Instant>,
    /// When it is tried next, RFC 3339.
    #[schema(value_type = Option<String>)]
    pub next_try_at: Option<Instant>,
    /// When it happened, RFC 3339.
    #[schema(value_type = String)]
    pub created_at: Instant,
}

/// A message, with what it says and what was answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WholeDelivery {
    /// What came of it.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// What is sent.
    #[schema(value_type = Object)]
    pub payload: Value,
    /// The first 1,000 characters of what was answered the last time.
    pub answer: Option<String>,
}

/// What one was told, the newest first, at most 50, after the one given.
///
/// # Errors
/// 404 for one that isn't this organisation's; 400 for what can't be after anything.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    webhook: &str,
    after: Option<&str>,
) -> Result<Vec<DeliveryView>> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let webhook = endpoints::one(&mut tx, webhook).await?;
    let listed = of(&mut tx, webhook.id, after).await?;
    tx.rollback().await?;
    Ok(listed)
}

/// One of them, with what it says and what was answered.
///
/// # Errors
/// 404 for one that isn't this organisation's, or is gone.
pub async fn read(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<WholeDelivery> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let found = whole(&mut tx, id).await?;
    tx.rollback().await?;
    Ok(found)
}

/// Sends one again, with the same id: what is to be tried again is tried at once, and what was taken or given up begins anew. Says
/// which webhook it is for.
///
/// # Errors
/// 404 for one that isn't this organisation's, or is gone; 409 where the webhook isn't told anything now; 402 where the plan has ended.
pub async fn send_again(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<WebhookId> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let found = whole(&mut tx, id).await?.delivery;
    tx.check_goes_on("nothing is sent")?;
    let webhook = endpoints::one(&mut tx, &found.webhook_id.to_string()).await?;
    check_active(&webhook)?;
    let now = tx.now();
    sql!(
        exec,
        &mut tx,
        "UPDATE webhook_deliveries SET due_at = $3, attempts = CASE WHEN state = 'waiting' THEN attempts ELSE 0 END, state = 'waiting'
         WHERE org_id = $1 AND id = $2",
        found.id,
        now
    )?;
    note(&mut tx, "platform.webhook_sent_again", webhook.id).await?;
    tx.commit().await?;
    platform.webhooks.ring();
    Ok(webhook.id)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: DeliveryId,
    webhook_id: WebhookId,
    kind: String,
    state: String,
    attempts: i64,
    due_at: Instant,
    tried_at: Option<Instant>,
    status: Option<i64>,
    took_millis: Option<i64>,
    error: Option<String>,
    created_at: Instant,
}

impl From<Row> for DeliveryView {
    fn from(row: Row) -> Self {
        let state = match row.state.as_str() {
            "waiting" => Standing::Waiting,
            "delivered" => Standing::Delivered,
            _ => Standing::Failed,
        };
        Self {
            id: row.id,
            webhook_id: row.webhook_id,
            event: row.kind,
            state,
            attempts: row.attempts,
            status: row.status,
            took_millis: row.took_millis,
            error: row.error,
            tried_at: row.tried_at,
            next_try_at: (state == Standing::Waiting).then_some(row.due_at),
            created_at: row.created_at,
        }
    }
}

/// What one was told, the newest first.
pub(super) async fn of(tx: &mut OrgTx, webhook: WebhookId, after: Option<&str>) -> Result<Vec<DeliveryView>> {
    let after = match after {
        None => None,
        Some(id) => {
            let id = id.parse().map_err(|_| AppError::bad_request("There is no message of that id to go on after."))?;
            position(tx, webhook, id).await?
        }
    };
    let (sequence, id) = after.unzip();
    let rows = sql!(
        all Row,
        &mut *tx,
        "SELECT id, webhook_id, kind, state, attempts, due_at, tried_at, status, took_millis, error, created_at
         FROM webhook_deliveries
         WHERE org_id = $1 AND webhook_id = $2 AND (coalesce(sequence < $3, TRUE) OR (sequence = $3 AND id < $4))
         ORDER BY sequence DESC, id DESC LIMIT $5",
        webhook,
        sequence,
        id,
        PAGE
    )?;
    Ok(rows.into_iter().map(DeliveryView::from).collect())
}

/// Where one stands in the list; `None`: it is gone, and the list begins anew.
async fn position(tx: &mut OrgTx, webhook: WebhookId, id: DeliveryId) -> Result<Option<(i64, DeliveryId)>> {
    Ok(sql!(
        optional(i64, DeliveryId),
        &mut *tx,
        "SELECT sequence, id FROM webhook_deliveries WHERE org_id = $1 AND id = $2 AND webhook_id = $3",
        id,
        webhook
    )?)
}

type Said = (String, Option<Vec<u8>>);

pub(super) async fn whole(tx: &mut OrgTx, id: &str) -> Result<WholeDelivery> {
    let gone = || AppError::not_found("that message");
    let id: DeliveryId = id.parse().map_err(|_| gone())?;
    let row = sql!(
        optional Row,
        &mut *tx,
        "SELECT id, webhook_id, kind, state, attempts, due_at, tried_at, status, took_millis, error, created_at
         FROM webhook_deliveries WHERE org_id = $1 AND id = $2",
        id
    )?;
    let delivery = DeliveryView::from(row.ok_or_else(gone)?);
    let (payload, sealed) = sql!(
        one Said,
        &mut *tx,
        "SELECT payload, answer FROM webhook_deliveries WHERE org_id = $1 AND id = $2",
        id
    )?;
    let keys = tx.keys().await?;
    let opened = sealed.map(|sealed| keys.open(answer_place(id), &sealed)).transpose();
    let answer = opened.map_err(|error| unreadable(&error))?;
    let payload = serde_json::from_str(&payload).map_err(|_| AppError::internal())?;
    Ok(WholeDelivery { delivery, payload, answer })
}
