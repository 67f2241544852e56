//! The server functions of the pages of clients: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::{
    directory::{self, ClientBody},
    erasing, importing, merging,
};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Writes somebody new down, and goes on to their page.
#[server(name = AddClient, prefix = "/fn", endpoint = "calendar/clients/add", output = Packed, client = Sender)]
pub async fn add_client(
    org: String,
    name: String,
    #[server(default)] email: String,
    #[server(default)] phone: String,
    #[server(default)] notes: String,
    #[server(default)] tags: String,
) -> Result<()> {
    let body = ClientBody { name, email, phone, notes, tags: directory::typed_tags(&tags), version: None };
    let id = request::page(directory::add(&platform(), &actor(), &org, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/clients/{id}?added=1"));
    Ok(())
}

/// Changes somebody.
#[server(name = SaveClient, prefix = "/fn", endpoint = "calendar/clients/save", output = Packed, client = Sender)]
pub async fn save_client(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] email: String,
    #[server(default)] phone: String,
    #[server(default)] notes: String,
    #[server(default)] tags: String,
) -> Result<()> {
    let body = ClientBody { name, email, phone, notes, tags: directory::typed_tags(&tags), version: Some(version) };
    let client = request::page(directory::client_id(&id))?;
    request::page(directory::save(&platform(), &actor(), &org, client, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/clients/{id}?saved=1"));
    Ok(())
}

/// Notes that the business may write to somebody of itself, and how they said so.
#[server(name = GiveConsent, prefix = "/fn", endpoint = "calendar/clients/give-consent", output = Packed, client = Sender)]
pub async fn give_consent(org: String, id: String, version: i64, #[server(default)] how: String) -> Result<()> {
    consent(org, id, version, true, how).await
}

/// Notes that the business may not write to somebody of itself any more, and how they said so.
#[server(name = WithdrawConsent, prefix = "/fn", endpoint = "calendar/clients/withdraw-consent", output = Packed, client = Sender)]
pub async fn withdraw_consent(org: String, id: String, version: i64, #[server(default)] said: String) -> Result<()> {
    consent(org, id, version, false, said).await
}

/// Takes somebody off the list who never booked.
#[server(name = DeleteClient, prefix = "/fn", endpoint = "calendar/clients/delete", output = Packed, client = Sender)]
pub async fn delete_client(org: String, id: String, version: i64) -> Result<()> {
    let client = request::page(directory::client_id(&id))?;
    request::page(directory::delete(&platform(), &actor(), &org, client, version).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/clients?deleted=1"));
    Ok(())
}

async fn consent(org: String, id: String, version: i64, gives: bool, how: String) -> Result<()> {
    let client = request::page(directory::client_id(&id))?;
    let outcome = directory::set_consent(&platform(), &actor(), &org, client, version, gives, &how).await;
    let field = if gives { "how" } else { "said" };
    request::page(outcome.map_err(|error| error.rename_field("how", field)))?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/clients/{id}?consent=1"));
    Ok(())
}

/// Erases somebody for good: who means it types the word.
#[server(name = EraseClient, prefix = "/fn", endpoint = "calendar/clients/erase", output = Packed, client = Sender)]
pub async fn erase_client(
    org: String,
    id: String,
    version: i64,
    #[server(default)] cancels: bool,
    #[server(default)] typed: String,
) -> Result<()> {
    let client = request::page(directory::client_id(&id))?;
    request::page(erasing::erase(&platform(), &actor(), &org, client, version, cancels, &typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/clients?erased=1"));
    Ok(())
}

/// Makes several one: `into` stays; `of` are all of them, each with the version that was read.
#[server(name = MergeClients, prefix = "/fn", endpoint = "calendar/clients/merge", output = Packed, client = Sender)]
pub async fn merge_clients(
    org: String,
    #[server(default)] into: String,
    #[server(default)] of: Vec<String>,
) -> Result<()> {
    let (platform, actor) = (platform(), actor());
    // Who may not do it hears nothing of what was sent.
    request::page(directory::before_a_change(&platform, &actor, &org).await)?;
    let stays = request::page(directory::client_id(&into))?;
    let versions = request::page(merging::read_versions(&of))?;
    request::page(merging::merge(&platform, &actor, &org, stays, &versions).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/clients/{into}?merged=1"));
    Ok(())
}

/// Takes a file over that was sent.
#[server(name = RunImport, prefix = "/fn", endpoint = "calendar/clients/run-import", output = Packed, client = Sender)]
pub async fn run_import(org: String, id: String) -> Result<()> {
    let import = request::page(importing::import_id(&id))?;
    request::page(importing::run(&platform(), &actor(), &org, import).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/clients/import/{id}?done=1"));
    Ok(())
}

/// Undoes what a file brought.
#[server(name = UndoImport, prefix = "/fn", endpoint = "calendar/clients/undo-import", output = Packed, client = Sender)]
pub async fn undo_import(org: String, id: String) -> Result<()> {
    let import = request::page(importing::import_id(&id))?;
    request::page(importing::undo(&platform(), &actor(), &org, import).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/clients?undone=1"));
    Ok(())
}
