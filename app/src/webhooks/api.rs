//! The server functions of the pages about webhooks: thin; they call the same verbs as the JSON API. The server writes those pages alone.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::prelude::*;

use super::{
    ALL_EVENTS,
    endpoints::{self, WebhookBody},
    log,
};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// What a form sends where all events are chosen.
pub const ALL: &str = "all";
/// What it sends where some are.
pub const SOME: &str = "some";

/// Adds a webhook. The page comes back with its secret, which is shown this once.
#[server(name = AddWebhook, prefix = "/fn", endpoint = "settings/webhooks/add", output = Packed, client = Sender)]
pub async fn add(
    org: String,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] which: String,
    #[server(default)] events: Vec<String>,
) -> Result<()> {
    let body = body(name, url, &which, events, None);
    request::show_once(&request::page(endpoints::add(&platform(), &actor(), &org, &body).await)?);
    Ok(())
}

/// Changes a webhook.
#[server(name = ChangeWebhook, prefix = "/fn", endpoint = "settings/webhooks/change", output = Packed, client = Sender)]
pub async fn change(
    org: String,
    id: String,
    version: i64,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] which: String,
    #[server(default)] events: Vec<String>,
) -> Result<()> {
    let body = body(name, url, &which, events, Some(version));
    request::page(endpoints::change(&platform(), &actor(), &org, &id, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/webhooks/{id}?saved=1"));
    Ok(())
}

/// Pauses a webhook.
#[server(name = PauseWebhook, prefix = "/fn", endpoint = "settings/webhooks/pause", output = Packed, client = Sender)]
pub async fn pause(org: String, id: String) -> Result<()> {
    request::page(endpoints::pause(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/webhooks/{id}?paused=1"));
    Ok(())
}

/// Tells a webhook again what happens.
#[server(name = ResumeWebhook, prefix = "/fn", endpoint = "settings/webhooks/resume", output = Packed, client = Sender)]
pub async fn resume(org: String, id: String) -> Result<()> {
    request::page(endpoints::resume(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/webhooks/{id}?resumed=1"));
    Ok(())
}

/// Makes another secret for a webhook. The page comes back with it, this once.
#[server(name = RotateWebhook, prefix = "/fn", endpoint = "settings/webhooks/rotate", output = Packed, client = Sender)]
pub async fn rotate(org: String, id: String) -> Result<()> {
    request::show_once(&request::page(endpoints::rotate(&platform(), &actor(), &org, &id).await)?);
    Ok(())
}

/// Sends a webhook a test event.
#[server(name = TestWebhook, prefix = "/fn", endpoint = "settings/webhooks/test", output = Packed, client = Sender)]
pub async fn test(org: String, id: String) -> Result<()> {
    request::page(endpoints::test(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/webhooks/{id}?tested=1"));
    Ok(())
}

/// Deletes a webhook.
#[server(name = RemoveWebhook, prefix = "/fn", endpoint = "settings/webhooks/remove", output = Packed, client = Sender)]
pub async fn remove(org: String, id: String) -> Result<()> {
    request::page(endpoints::remove(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/webhooks?removed=1"));
    Ok(())
}

/// Sends a message again.
#[server(name = SendAgain, prefix = "/fn", endpoint = "settings/webhooks/send-again", output = Packed, client = Sender)]
pub async fn send_again(org: String, id: String) -> Result<()> {
    let webhook = request::page(log::send_again(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/webhooks/{webhook}/{id}?again=1"));
    Ok(())
}

fn body(name: String, url: String, which: &str, events: Vec<String>, version: Option<i64>) -> WebhookBody {
    let events = if which == ALL { vec![ALL_EVENTS.to_owned()] } else { events };
    WebhookBody { name, url, events, version }
}
