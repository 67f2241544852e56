//! The server functions of the pages of closed periods: thin; they call the same verbs as the JSON API.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::prelude::*;

use super::closing::{self, CloseBody};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Closes a period.
#[server(name = ClosePeriod, prefix = "/fn", endpoint = "scoreboard/close-period", output = Packed, client = Sender)]
pub async fn close_period(org: String, period: String, #[server(default)] note: String) -> Result<()> {
    let body = CloseBody { period, note };
    let id = request::page(closing::close(&platform(), &actor(), &org, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/closing/{id}?closed=1"));
    Ok(())
}

/// Opens a closed period again.
#[server(name = ReopenPeriod, prefix = "/fn", endpoint = "scoreboard/reopen-period", output = Packed, client = Sender)]
pub async fn reopen_period(org: String, id: String, reason: String) -> Result<()> {
    request::page(closing::reopen(&platform(), &actor(), &org, &id, &reason).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/closing/{id}?reopened=1"));
    Ok(())
}
