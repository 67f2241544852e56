//! The addresses that an organisation has told what happens: which there are, and what can be done to them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ALL_EVENTS, MOST, TEST, WebhookId, event, insert, opened, payload, place, sign};
use crate::{
    audit::Detail,
    clock::Instant,
    db::Access,
    error::{AppError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    sql,
    web::check_name,
};

/// The secret before the last change signs too, for a day.
pub const BOTH_SIGN_SECONDS: i64 = 24 * 60 * 60;

/// An address, as somebody sets it up.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookBody {
    /// What it is for, so that it can be told from others: “Accounting”.
    pub name: String,
    /// Where it is: `https://…`.
    pub url: String,
    /// The events that it is told: `calendar.appointment_booked`, …; `*` alone is all, those too that come to be.
    pub events: Vec<String>,
    /// For a change: the version that was read.
    #[serde(default)]
    pub version: Option<i64>,
}

/// Whether an address is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is told.
    Active,
    /// Somebody paused it.
    Paused,
    /// It said that it is gone (410), so we switched it off.
    Gone,
    /// It took nothing for five days, so we switched it off.
    Failing,
}

/// An address as it is set up, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookView {
    /// Its id.
    pub id: WebhookId,
    /// What it is for.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// The events that it is told; `*` alone is all.
    pub events: Vec<String>,
    /// Whether it is told anything.
    pub state: State,
    /// Since when it has taken nothing, RFC 3339.
    #[schema(value_type = Option<String>)]
    pub failing_since: Option<Instant>,
    /// Until when the secret before this one signs too, RFC 3339.
    #[schema(value_type = Option<String>)]
    pub old_secret_until: Option<Instant>,
    /// Grows with every change.
    pub version: i64,
    /// When it was added, RFC 3339.
    #[schema(value_type = String)]
    pub created_at: Instant,
}

/// A secret that was just made: the only time that it is shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SecretView {
    /// Of which webhook.
    pub id: WebhookId,
    /// What each message is signed with. It can't be shown again.
    pub secret: String,
}

/// All of them, the oldest first.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<WebhookView>> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let all = all(&mut tx).await?;
    tx.rollback().await?;
    Ok(all)
}

/// One of them.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn read(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<WebhookView> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let found = one(&mut tx, id).await?;
    tx.rollback().await?;
    Ok(found)
}

/// Adds one. It is told what happens from now on.
///
/// # Errors
/// 422 for what can't be read, an address that nobody outside can reach, no event, or one that there isn't; 409 for the eleventh; 402 where
/// the plan has ended.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, body: &WebhookBody) -> Result<SecretView> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    tx.check_goes_on("no webhooks are added")?;
    let Checked { name, url, events } = checked(platform, body)?;
    let (count,) = sql!(one(i64,), &mut tx, "SELECT count(*) FROM webhooks WHERE org_id = $1")?;
    if count >= MOST {
        return Err(AppError::conflict(format!(
            "There are {MOST} webhooks already, which is the most. Delete one that you don’t need any more."
        )));
    }
    let now = tx.now();
    let id = WebhookId::new(now);
    let (keys, secret) = (tx.keys().await?, sign::fresh());
    sql!(
        exec,
        &mut tx,
        "INSERT INTO webhooks (org_id, id, name, url, secret, events, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        name.as_str(),
        keys.seal(place(id, "url"), &url),
        keys.seal(place(id, "secret"), &secret),
        events,
        now
    )?;
    note(&mut tx, "platform.webhook_added", id).await?;
    tx.commit().await?;
    Ok(SecretView { id, secret: secret.to_string() })
}

/// Changes what one is for, where it is, or what it is told. What waits already goes to where it is now.
///
/// # Errors
/// As [`add`]; 404 for one that isn't there; 409 where it was changed since the version that is sent.
pub async fn change(platform: &Platform, actor: &Actor, org: &str, id: &str, body: &WebhookBody) -> Result<()> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let before = one(&mut tx, id).await?;
    let Some(version) = body.version else {
        return Err(AppError::field("version", "Send the version that you read."));
    };
    let Checked { name, url, events } = checked(platform, body)?;
    if version != before.version {
        let mut now = FieldErrors::default();
        if before.name != name {
            now.add("name", format!("Now: {}", before.name));
        }
        if before.url != url {
            now.add("url", format!("Now: {}", before.url));
        }
        if before.events.join(" ") != events {
            now.add("events", format!("Now: {}", super::words::events(&before.events)));
        }
        return Err(AppError::changed("this webhook", before.version, now.into_fields()));
    }
    let keys = tx.keys().await?;
    sql!(
        exec,
        &mut tx,
        "UPDATE webhooks SET name = $3, url = $4, events = $5, version = version + 1 WHERE org_id = $1 AND id = $2",
        before.id,
        name.as_str(),
        keys.seal(place(before.id, "url"), &url),
        events
    )?;
    note(&mut tx, "platform.webhook_changed", before.id).await?;
    tx.commit().await
}

/// Nothing is sent to it until it is resumed, and what happens meanwhile isn't kept for it. What waits stays. Twice is the same as once.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn pause(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let found = one(&mut tx, id).await?;
    let paused = sql!(
        exec,
        &mut tx,
        "UPDATE webhooks SET state = 'paused', version = version + 1 WHERE org_id = $1 AND id = $2 AND state = 'active'",
        found.id
    )?;
    if paused == 0 {
        return tx.rollback().await;
    }
    note(&mut tx, "platform.webhook_paused", found.id).await?;
    tx.commit().await
}

/// It is told again what happens, from now on; what waits is sent. So is one that we switched off.
///
/// # Errors
/// 404 for one that isn't this organisation's; 402 where the plan has ended.
pub async fn resume(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let found = one(&mut tx, id).await?;
    tx.check_goes_on("nothing is sent")?;
    let resumed = sql!(
        exec,
        &mut tx,
        "UPDATE webhooks SET state = 'active', off_reason = NULL, failing_since = NULL, version = version + 1 WHERE org_id = $1 AND id = $2 AND state <> 'active'",
        found.id
    )?;
    if resumed == 0 {
        return tx.rollback().await;
    }
    note(&mut tx, "platform.webhook_resumed", found.id).await?;
    tx.commit().await?;
    platform.webhooks.ring();
    Ok(())
}

/// Deletes one, with what it was told and what waits.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn remove(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let found = one(&mut tx, id).await?;
    sql!(exec, &mut tx, "DELETE FROM webhook_deliveries WHERE org_id = $1 AND webhook_id = $2", found.id)?;
    sql!(exec, &mut tx, "DELETE FROM webhooks WHERE org_id = $1 AND id = $2", found.id)?;
    note(&mut tx, "platform.webhook_removed", found.id).await?;
    tx.commit().await
}

/// Gives it another secret. For a day both sign, so that nothing is missed while it is exchanged. Whatever signed before that ends at once.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn rotate(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<SecretView> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let found = one(&mut tx, id).await?;
    let until = tx.now().plus_seconds(BOTH_SIGN_SECONDS);
    let (keys, secret) = (tx.keys().await?, sign::fresh());
    let (before,) = sql!(one Sealed, &mut tx, "SELECT secret FROM webhooks WHERE org_id = $1 AND id = $2", found.id)?;
    let before = opened(&keys, found.id, "secret", &before)?;
    sql!(
        exec,
        &mut tx,
        "UPDATE webhooks SET secret = $3, old_secret = $4, old_secret_until = $5, version = version + 1 WHERE org_id = $1 AND id = $2",
        found.id,
        keys.seal(place(found.id, "secret"), &secret),
        keys.seal(place(found.id, "old_secret"), &before),
        until
    )?;
    note(&mut tx, "platform.webhook_secret_changed", found.id).await?;
    tx.commit().await?;
    Ok(SecretView { id: found.id, secret: secret.to_string() })
}

/// Sends it a test event, which is about nothing.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 for one that isn't told anything now; 402 where the plan has ended.
pub async fn test(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<super::DeliveryId> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let found = one(&mut tx, id).await?;
    tx.check_goes_on("nothing is sent")?;
    check_active(&found)?;
    let data = serde_json::json!({ "webhook_id": found.id });
    let (sequence, payload) = (tx.org().sequence, payload(TEST, tx.now(), &data));
    let sent = insert(&mut tx, found.id, sequence, TEST, &payload).await?;
    note(&mut tx, "platform.webhook_tested", found.id).await?;
    tx.commit().await?;
    platform.webhooks.ring();
    Ok(sent)
}

type Sealed = (Vec<u8>,);

pub(super) async fn open(platform: &Platform, actor: &Actor, org: &str, access: Access) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE_WEBHOOKS, access).await
}

/// What they are called.
pub(crate) async fn names(tx: &mut OrgTx) -> Result<Vec<(WebhookId, String)>> {
    Ok(sql!(all(WebhookId, String), &mut *tx, "SELECT id, name FROM webhooks WHERE org_id = $1 ORDER BY id")?)
}

/// It can be sent something now.
pub(super) fn check_active(webhook: &WebhookView) -> Result<()> {
    match webhook.state {
        State::Active => Ok(()),
        State::Paused => Err(AppError::conflict("This webhook is paused. Resume it first.")),
        State::Gone | State::Failing => Err(AppError::conflict("This webhook is switched off. Switch it on first.")),
    }
}

/// The one of this id.
pub(super) async fn one(tx: &mut OrgTx, id: &str) -> Result<WebhookView> {
    let gone = || AppError::not_found("that webhook");
    let id: WebhookId = id.parse().map_err(|_| gone())?;
    all(tx).await?.into_iter().find(|webhook| webhook.id == id).ok_or_else(gone)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: WebhookId,
    name: String,
    url: Vec<u8>,
    events: String,
    state: String,
    off_reason: Option<String>,
    failing_since: Option<Instant>,
    old_secret_until: Option<Instant>,
    version: i64,
    created_at: Instant,
}

/// All of them: ten at most.
pub(super) async fn all(tx: &mut OrgTx) -> Result<Vec<WebhookView>> {
    let rows = sql!(
        all Row,
        &mut *tx,
        "SELECT id, name, url, events, state, off_reason, failing_since, old_secret_until, version, created_at
         FROM webhooks WHERE org_id = $1 ORDER BY created_at, id"
    )?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (keys, now) = (tx.keys().await?, tx.now());
    rows.into_iter()
        .map(|row| {
            let state = match (row.state.as_str(), row.off_reason.as_deref()) {
                ("active", _) => State::Active,
                ("paused", _) => State::Paused,
                (_, Some("gone")) => State::Gone,
                _ => State::Failing,
            };
            Ok(WebhookView {
                url: opened(&keys, row.id, "url", &row.url)?,
                id: row.id,
                name: row.name,
                events: row.events.split(' ').map(str::to_owned).collect(),
                state,
                failing_since: row.failing_since,
                old_secret_until: row.old_secret_until.filter(|until| now < *until),
                version: row.version,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// What somebody sets up, once it is known to be good.
struct Checked {
    name: String,
    url: String,
    /// As they are stored.
    events: String,
}

fn checked(platform: &Platform, body: &WebhookBody) -> Result<Checked> {
    let mut errors = FieldErrors::default();
    if body.name.trim().is_empty() {
        errors.add("name", "Say what it is for.");
    }
    let name = errors.take("name", check_name(&body.name));
    let address = platform.fetcher().and_then(|fetcher| fetcher.check(&body.url));
    let url = errors.take("url", address.map(|url| url.to_string()).map_err(|refusal| refusal.to_string()));
    let mut events = body.events.clone();
    events.sort();
    events.dedup();
    if events.is_empty() {
        errors.add("events", "Choose at least one thing that it is told, or all.");
    }
    if events.iter().any(|name| name == ALL_EVENTS) {
        events = vec![ALL_EVENTS.to_owned()];
    }
    for name in events.iter().filter(|name| *name != ALL_EVENTS && event(name).is_none()) {
        errors.add("events", format!("There is no event “{}”.", name.chars().take(60).collect::<String>()));
    }
    errors.finish()?;
    Ok(Checked { name, url, events: events.join(" ") })
}

/// Writes down who did what to it.
pub(super) async fn note(tx: &mut OrgTx, action: &'static str, id: WebhookId) -> Result<()> {
    tx.audit(action, id.0, &Detail::default()).await
}
