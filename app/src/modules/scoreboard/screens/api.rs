//! The server functions of the pages of office screens: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::{
    super::celebrations::{self, CelebratingBody},
    playlist::seconds_typed,
    typed::{TypedSlot, place},
};
use crate::{
    error::{FieldErrors, Result},
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Takes the screen that shows a code.
#[server(name = AddScreen, prefix = "/fn", endpoint = "scoreboard/add-screen", output = Packed, client = Sender)]
pub async fn add_screen(org: String, code: String, name: String) -> Result<()> {
    let id = request::page(super::add(&platform(), &actor(), &org, &code, &name).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/screens/{id}?added=1"));
    Ok(())
}

/// Says anew what a screen is called, how long it shows each thing, and whether it is heard.
#[server(name = SaveScreen, prefix = "/fn", endpoint = "scoreboard/save-screen", output = Packed, client = Sender)]
pub async fn save_screen(
    org: String,
    id: String,
    version: i64,
    name: String,
    seconds: String,
    #[server(default)] sound: bool,
) -> Result<()> {
    let saved = super::change(&platform(), &actor(), &org, &id, version, Some(&name), |playlist| {
        let mut errors = FieldErrors::default();
        let seconds = seconds_typed(&seconds, &mut errors);
        if seconds.is_none() {
            errors.add("seconds", "Enter 5 to 600 seconds.");
        }
        errors.finish()?;
        playlist.seconds = seconds.unwrap_or(playlist.seconds);
        playlist.sound = sound;
        Ok(())
    })
    .await;
    request::page(saved)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/screens/{id}?saved=1"));
    Ok(())
}

/// Shows one thing more on a screen, after the others.
#[server(name = AddItem, prefix = "/fn", endpoint = "scoreboard/add-screen-item", output = Packed, client = Sender)]
pub async fn add_item(
    org: String,
    id: String,
    version: i64,
    #[server(default)] kind: String,
    #[server(default)] metric: String,
    #[server(default)] period: String,
    #[server(default)] of: String,
    #[server(default)] contest: String,
    #[server(default)] words: String,
    #[server(default)] first_day: String,
    #[server(default)] last_day: String,
    #[server(default)] days: Vec<String>,
    #[server(default)] from: String,
    #[server(default)] until: String,
    #[server(default)] seconds: String,
) -> Result<()> {
    let typed = TypedSlot { kind, metric, period, of, contest, words, first_day, last_day, days, from, until, seconds };
    let added = super::change(&platform(), &actor(), &org, &id, version, None, |playlist| {
        playlist.items.push(typed.new_slot()?);
        Ok(())
    })
    .await;
    request::page(added.map_err(|error| error.rename_field("items", typed.field())))?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/screens/{id}?placed=1"));
    Ok(())
}

/// Says anew when a screen shows a thing, and of an announcement what it says.
#[server(name = SaveItem, prefix = "/fn", endpoint = "scoreboard/save-screen-item", output = Packed, client = Sender)]
pub async fn save_item(
    org: String,
    id: String,
    version: i64,
    at: usize,
    #[server(default)] words: String,
    #[server(default)] first_day: String,
    #[server(default)] last_day: String,
    #[server(default)] days: Vec<String>,
    #[server(default)] from: String,
    #[server(default)] until: String,
    #[server(default)] seconds: String,
) -> Result<()> {
    let typed = TypedSlot { words, first_day, last_day, days, from, until, seconds, ..TypedSlot::default() };
    let saved = super::change(&platform(), &actor(), &org, &id, version, None, |playlist| {
        let at = place(&playlist.items, at)?;
        if let Some(slot) = playlist.items.get_mut(at) {
            *slot = typed.changed(&slot.item)?;
        }
        Ok(())
    })
    .await;
    request::page(saved)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/screens/{id}?placed=1"));
    Ok(())
}

/// Moves a thing that a screen shows by one.
#[server(name = MoveItem, prefix = "/fn", endpoint = "scoreboard/move-screen-item", output = Packed, client = Sender)]
pub async fn move_item(
    org: String,
    id: String,
    version: i64,
    at: usize,
    #[server(default)] earlier: bool,
) -> Result<()> {
    let moved = super::change(&platform(), &actor(), &org, &id, version, None, |playlist| {
        let at = place(&playlist.items, at)?;
        let to = if earlier { at.saturating_sub(1) } else { (at + 1).min(playlist.items.len() - 1) };
        playlist.items.swap(at, to);
        Ok(())
    })
    .await;
    request::page(moved)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/screens/{id}?moved=1"));
    Ok(())
}

/// Shows a thing no longer on a screen.
#[server(name = RemoveItem, prefix = "/fn", endpoint = "scoreboard/remove-screen-item", output = Packed, client = Sender)]
pub async fn remove_item(org: String, id: String, version: i64, at: usize) -> Result<()> {
    let removed = super::change(&platform(), &actor(), &org, &id, version, None, |playlist| {
        let at = place(&playlist.items, at)?;
        playlist.items.remove(at);
        Ok(())
    })
    .await;
    request::page(removed)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/screens/{id}?taken=1"));
    Ok(())
}

/// Takes a screen away.
#[server(name = RemoveScreen, prefix = "/fn", endpoint = "scoreboard/remove-screen", output = Packed, client = Sender)]
pub async fn remove_screen(org: String, id: String) -> Result<()> {
    request::page(super::remove(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/screens?removed=1"));
    Ok(())
}

/// Says anew what screens celebrate beside results.
#[server(name = SaveCelebrating, prefix = "/fn", endpoint = "scoreboard/save-celebrations", output = Packed, client = Sender)]
pub async fn save_celebrating(
    org: String,
    version: i64,
    #[server(default)] targets: bool,
    #[server(default)] badges: bool,
    #[server(default)] contests: bool,
) -> Result<()> {
    let (body, _) = request::page(celebrations::read(&platform(), &actor(), &org).await)?;
    let body = CelebratingBody { targets, badges, contests, version, ..body };
    request::page(celebrations::save(&platform(), &actor(), &org, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/celebrations?saved=1"));
    Ok(())
}

/// Says from which amount on results are celebrated; empty: never.
#[server(name = CelebrateFrom, prefix = "/fn", endpoint = "scoreboard/celebrate-from", output = Packed, client = Sender)]
pub async fn celebrate_from(
    org: String,
    version: i64,
    #[server(default)] metric: String,
    #[server(default)] amount: String,
) -> Result<()> {
    let saved = celebrations::celebrate_from(&platform(), &actor(), &org, &metric, &amount, version).await;
    request::page(saved)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/celebrations?saved=1"));
    Ok(())
}
