//! What the pages about webhooks show, in words.

use super::{
    ALL_EVENTS, DeliveryId,
    endpoints::{self, State, WebhookView, open},
    events,
    log::{self, DeliveryView, PAGE, Standing},
    words,
};
use crate::{
    clock::Instant,
    db::Access,
    error::Result,
    org::{Actor, OrgTx},
    platform::Platform,
    support::consent::moment,
    ui::Choice,
};

/// One in the list.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Which events it is told.
    pub events: String,
    /// Whether it is told anything.
    pub state: State,
    /// It has taken nothing lately.
    pub failing: bool,
}

/// What is needed to set one up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Each event, with those chosen that it is told already.
    pub events: Vec<Choice>,
    /// It is told all.
    pub all: bool,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct Page {
    /// As it is set up.
    pub webhook: WebhookView,
    /// What can be chosen.
    pub setup: Setup,
    /// "23 November 2026 at 9:05 am AEDT": since when it has taken nothing.
    pub failing_since: Option<String>,
    /// Until when the secret before signs too.
    pub old_secret_until: Option<String>,
    /// What it was told, the newest first.
    pub messages: Vec<Message>,
    /// After which one there may be older ones.
    pub older: Option<DeliveryId>,
}

/// A message, and what came of it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub id: DeliveryId,
    /// "An appointment is booked"
    pub what: String,
    /// When it happened.
    pub when: String,
    /// Where it stands.
    pub state: Standing,
    /// It was tried, and is to be tried again.
    pub again: bool,
    /// "200: it took it · took 0.2 s · 2 tries"
    pub outcome: String,
    /// When it is tried next.
    pub next: Option<String>,
}

/// One message's page.
#[derive(Debug, Clone)]
pub struct Whole {
    /// For which webhook.
    pub webhook: WebhookView,
    /// What came of it.
    pub message: Message,
    /// `calendar.appointment_booked`
    pub event: String,
    /// When it was tried last.
    pub tried: Option<String>,
    /// What is sent, laid out to be read.
    pub payload: String,
    /// How the last answer begins.
    pub answer: Option<String>,
}

/// All of them, and whether there is room for another.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str) -> Result<(Vec<Line>, bool)> {
    let all = endpoints::list(platform, actor, org).await?;
    let room = i64::try_from(all.len()).is_ok_and(|count| count < super::MOST);
    let line = |webhook: WebhookView| Line {
        id: webhook.id.to_string(),
        events: words::events(&webhook.events),
        failing: webhook.failing_since.is_some(),
        state: webhook.state,
        name: webhook.name,
        url: webhook.url,
    };
    Ok((all.into_iter().map(line).collect(), room))
}

/// What is needed to add one.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn new(platform: &Platform, actor: &Actor, org: &str) -> Result<Setup> {
    open(platform, actor, org, Access::Read).await?.rollback().await?;
    Ok(setup(&[ALL_EVENTS.to_owned()]))
}

/// One of them, with what it was told after the message given.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, id: &str, after: Option<&str>) -> Result<Page> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let webhook = endpoints::one(&mut tx, id).await?;
    let told = log::of(&mut tx, webhook.id, after).await?;
    let full = i64::try_from(told.len()).is_ok_and(|count| count >= PAGE);
    let page = Page {
        setup: setup(&webhook.events),
        failing_since: webhook.failing_since.map(|at| moment(&tx, at)),
        old_secret_until: webhook.old_secret_until.map(|at| moment(&tx, at)),
        older: told.last().filter(|_| full).map(|last| last.id),
        messages: told.iter().map(|delivery| message(&tx, delivery)).collect(),
        webhook,
    };
    tx.rollback().await?;
    Ok(page)
}

/// One message, for the webhook that the address names.
///
/// # Errors
/// 404 for one that isn't this webhook's, or is gone.
pub async fn whole(platform: &Platform, actor: &Actor, org: &str, webhook: &str, id: &str) -> Result<Whole> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let webhook = endpoints::one(&mut tx, webhook).await?;
    let found = log::whole(&mut tx, id).await?;
    if found.delivery.webhook_id != webhook.id {
        return Err(crate::error::AppError::not_found("that message"));
    }
    let whole = Whole {
        webhook,
        message: message(&tx, &found.delivery),
        tried: found.delivery.tried_at.map(|at| moment(&tx, at)),
        event: found.delivery.event,
        payload: serde_json::to_string_pretty(&found.payload).unwrap_or_default(),
        answer: found.answer,
    };
    tx.rollback().await?;
    Ok(whole)
}

fn setup(chosen: &[String]) -> Setup {
    let all = events().flat_map(|(_, events)| events);
    let choice = |event: &crate::module::Event| Choice {
        value: event.name.to_owned(),
        label: event.label.to_owned(),
        chosen: chosen.iter().any(|name| name == event.name),
    };
    Setup { events: all.map(choice).collect(), all: chosen.iter().any(|name| name == ALL_EVENTS) }
}

fn message(tx: &OrgTx, delivery: &DeliveryView) -> Message {
    let DeliveryView { id, event, state, attempts, status, took_millis, error, .. } = delivery;
    let outcome = match (status, error) {
        (Some(status), _) => words::status(*status),
        (None, Some(error)) => error.clone(),
        (None, None) => String::new(),
    };
    let took = took_millis.filter(|_| !outcome.is_empty()).map(|millis| format!("took {}", words::took(millis)));
    let tries = match attempts {
        0 => None,
        1 => Some("1 try".to_owned()),
        tries => Some(format!("{tries} tries")),
    };
    let parts: Vec<String> =
        [Some(outcome).filter(|outcome| !outcome.is_empty()), took, tries].into_iter().flatten().collect();
    Message {
        id: *id,
        what: words::kind(event).to_owned(),
        when: moment(tx, delivery.created_at),
        state: *state,
        again: *state == Standing::Waiting && delivery.tried_at.is_some(),
        outcome: parts.join(" · "),
        next: delivery.next_try_at.map(|at| next(tx, at)),
    }
}

fn next(tx: &OrgTx, at: Instant) -> String {
    if at <= tx.now() { "in a moment".to_owned() } else { moment(tx, at) }
}
