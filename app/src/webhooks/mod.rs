//! An organisation has addresses of its own told what happens in it.
//!
//! What an address is told is written in the transaction of what it tells ([`queue`]): there is no message without its change, and
//! none is lost. It is made of ids, times and words for where things stand: whoever wants to know more asks the API. A job sends it
//! ([`deliver`]), signed as Standard Webhooks says (<https://www.standardwebhooks.com>, [`sign`]), again and again until it is taken.

pub mod api;
pub mod deliver;
pub mod endpoints;
pub(crate) mod export;
pub mod log;
pub mod rest;
pub mod sign;
pub mod views;
pub mod words;

use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    clock::Instant,
    crypto::{CryptoError, DataKeys, Place},
    error::{AppError, Result},
    id,
    module::Event,
    modules::MODULES,
    org::OrgTx,
    sql,
};

id!(
    /// An address that is told what happens.
    WebhookId
);
id!(
    /// Something that an address is told.
    DeliveryId
);

/// What stands for every event, those too that come to be.
pub const ALL_EVENTS: &str = "*";
/// The event that somebody sends to try an address out.
pub const TEST: &str = "webhook.test";
/// So many addresses an organisation has at most.
pub const MOST: i64 = 10;

/// The bell that says that there is something to tell.
#[derive(Debug, Default)]
pub struct Webhooks {
    bell: Notify,
}

impl Webhooks {
    /// There is something to send.
    pub fn ring(&self) {
        self.bell.notify_one();
    }
}

/// Everything that addresses can be told, module by module: the title, and the events.
pub fn events() -> impl Iterator<Item = (&'static str, &'static [Event])> {
    MODULES.iter().map(|module| (module.title(), module.events())).filter(|(_, events)| !events.is_empty())
}

/// The event of this name.
pub fn event(kind: &str) -> Option<&'static Event> {
    events().flat_map(|(_, events)| events).find(|event| event.name == kind)
}

/// An event that a transaction caused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caused {
    /// Its place in the organisation's sequence.
    pub sequence: i64,
    /// `calendar.appointment_booked`
    pub kind: &'static str,
    /// What it is about.
    pub subject: Uuid,
}

/// Writes down what addresses are told of these events, in the transaction that caused them: it is called where that ends, so that
/// all of it is as it will be. Says whether there is anything to send. Whose plan has ended, or who is to be deleted, sends nothing.
///
/// # Errors
/// The database is busy.
pub(crate) async fn queue(tx: &mut OrgTx, caused: &[Caused]) -> Result<bool> {
    let told: Vec<Caused> = caused.iter().copied().filter(|caused| event(caused.kind).is_some()).collect();
    if told.is_empty() || tx.org().closes_at.is_some() || tx.check_goes_on("nothing is sent").is_err() {
        return Ok(false);
    }
    let webhooks = sql!(
        all(WebhookId, String),
        &mut *tx,
        "SELECT id, events FROM webhooks WHERE org_id = $1 AND state = 'active' ORDER BY id"
    )?;
    let mut any = false;
    for Caused { sequence, kind, subject } in told {
        let wanting: Vec<WebhookId> =
            webhooks.iter().filter(|(_, events)| wants(events, kind)).map(|(id, _)| *id).collect();
        if wanting.is_empty() {
            continue;
        }
        let module = MODULES.iter().find(|module| module.events().iter().any(|event| event.name == kind));
        let Some(module) = module else { continue };
        let data = module.event_data(&mut *tx, kind, subject).await?;
        let payload = payload(kind, tx.now(), &data);
        for webhook in wanting {
            insert(tx, webhook, sequence, kind, &payload).await?;
        }
        any = true;
    }
    Ok(any)
}

/// Who takes these events is told of this one, too.
fn wants(events: &str, kind: &str) -> bool {
    events == ALL_EVENTS || events.split(' ').any(|event| event == kind)
}

/// What is sent.
fn payload(kind: &str, at: Instant, data: &Value) -> String {
    json!({ "type": kind, "timestamp": at, "data": data }).to_string()
}

/// Writes down that an address is to be told this.
async fn insert(
    tx: &mut OrgTx,
    webhook: WebhookId,
    sequence: i64,
    kind: &'static str,
    payload: &str,
) -> Result<DeliveryId> {
    let now = tx.now();
    let id = DeliveryId::new(now);
    sql!(
        exec,
        &mut *tx,
        "INSERT INTO webhook_deliveries (org_id, id, webhook_id, sequence, kind, payload, due_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        webhook,
        sequence,
        kind,
        payload.to_owned(),
        now,
        now
    )?;
    Ok(id)
}

/// Where one of an address's own secrets lies: `url`, `secret`, `old_secret`.
fn place(id: WebhookId, column: &'static str) -> Place {
    Place { table: "webhooks", column, row: id.0 }
}

/// Opens what lies there.
fn opened(keys: &DataKeys, id: WebhookId, column: &'static str, sealed: &[u8]) -> Result<String> {
    keys.open(place(id, column), sealed).map_err(|error| unreadable(&error))
}

fn unreadable(error: &CryptoError) -> AppError {
    tracing::error!(%error, "what belongs to a webhook can’t be read");
    AppError::internal()
}
