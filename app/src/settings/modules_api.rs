//! The server function of the page where modules are turned on and off. The server writes that page alone.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::prelude::*;

use super::modules;
use crate::{error::Result, packed::Packed, request, ui::Sender};

/// Turns a module on or off.
#[server(name = SwitchModule, prefix = "/fn", endpoint = "settings/switch-module", output = Packed, client = Sender)]
pub async fn switch_module(org: String, module: String, #[server(default)] on: bool) -> Result<()> {
    request::page(modules::switch(&request::platform(), &request::actor(), &org, &module, on).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/modules?{}=1", if on { "on" } else { "off" }));
    Ok(())
}
