//! The server functions of the pages about calendars elsewhere: thin; they call the same verbs as the JSON API. `mine` leads back to
//! the page of whoever sent it, and not to the settings.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::prelude::*;

use super::{calendar_views, elsewhere, feeds, setup_forms::staff_id};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Makes the address of somebody’s calendar. The page comes back with it, this once.
#[server(name = MakeFeed, prefix = "/fn", endpoint = "calendar/elsewhere/make-feed", output = Packed, client = Sender)]
pub async fn make_feed(org: String, id: String, #[server(default)] names: bool) -> Result<()> {
    let person = request::page(staff_id(&id))?;
    let made = request::page(feeds::make(&platform(), &actor(), &org, person, names).await)?;
    request::show_once(&made);
    Ok(())
}

/// Takes the address of somebody’s calendar away.
#[server(name = RevokeFeed, prefix = "/fn", endpoint = "calendar/elsewhere/revoke-feed", output = Packed, client = Sender)]
pub async fn revoke_feed(org: String, id: String, #[server(default)] mine: bool) -> Result<()> {
    let person = request::page(staff_id(&id))?;
    request::page(feeds::revoke(&platform(), &actor(), &org, person).await)?;
    leptos_axum::redirect(&back(&org, &id, mine, "revoked"));
    Ok(())
}

/// Connects a calendar elsewhere.
#[server(name = AddCalendar, prefix = "/fn", endpoint = "calendar/elsewhere/add", output = Packed, client = Sender)]
pub async fn add_calendar(
    org: String,
    id: String,
    name: String,
    address: String,
    #[server(default)] mine: bool,
) -> Result<()> {
    let person = request::page(staff_id(&id))?;
    request::page(elsewhere::add(&platform(), &actor(), &org, person, &name, &address).await)?;
    leptos_axum::redirect(&back(&org, &id, mine, "added"));
    Ok(())
}

/// Takes a calendar elsewhere away.
#[server(name = RemoveCalendar, prefix = "/fn", endpoint = "calendar/elsewhere/remove", output = Packed, client = Sender)]
pub async fn remove_calendar(
    org: String,
    id: String,
    #[server(default)] calendar: String,
    #[server(default)] mine: bool,
) -> Result<()> {
    let source = request::page(calendar_views::source_of(&platform(), &actor(), &org, &id, &calendar).await)?;
    request::page(elsewhere::remove(&platform(), &actor(), &org, source).await)?;
    leptos_axum::redirect(&back(&org, &id, mine, "removed"));
    Ok(())
}

/// Reads a calendar elsewhere now.
#[server(name = ReadCalendar, prefix = "/fn", endpoint = "calendar/elsewhere/read", output = Packed, client = Sender)]
pub async fn read_calendar(
    org: String,
    id: String,
    #[server(default)] calendar: String,
    #[server(default)] mine: bool,
) -> Result<()> {
    let source = request::page(calendar_views::source_of(&platform(), &actor(), &org, &id, &calendar).await)?;
    request::page(elsewhere::read_again(&platform(), &actor(), &org, source).await)?;
    leptos_axum::redirect(&back(&org, &id, mine, "read"));
    Ok(())
}

/// Says which member somebody who can be booked is.
#[server(name = SetMember, prefix = "/fn", endpoint = "calendar/elsewhere/set-member", output = Packed, client = Sender)]
pub async fn set_member(org: String, id: String, #[server(default)] member: String) -> Result<()> {
    let person = request::page(staff_id(&id))?;
    request::page(calendar_views::set_member(&platform(), &actor(), &org, person, &member).await)?;
    leptos_axum::redirect(&back(&org, &id, false, "member"));
    Ok(())
}

fn back(org: &str, id: &str, mine: bool, done: &str) -> String {
    if mine {
        format!("/app/{org}/calendar/mine?{done}=1")
    } else {
        format!("/app/{org}/calendar/staff/{id}/calendars?{done}=1")
    }
}
