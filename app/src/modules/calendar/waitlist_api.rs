//! The server functions of the pages of the waitlist: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{
    asked, offering,
    waitlist::{self, Joining, Taking},
};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::{Sender, with_query},
};

/// Puts a visitor on the waitlist. `website` is a field that no person sees.
#[server(name = JoinWaitlist, prefix = "/fn", endpoint = "calendar/waitlist/join", output = Packed, client = Sender)]
pub async fn join_waitlist(
    org: String,
    service: String,
    name: String,
    email: String,
    #[server(default)] phone: String,
    #[server(default)] from: String,
    #[server(default)] until: String,
    #[server(default)] weekdays: Vec<String>,
    #[server(default)] day_parts: Vec<String>,
    #[server(default)] zone: String,
    #[server(default)] length: String,
    #[server(default)] with: String,
    #[server(default)] location: String,
    #[server(default)] seats: String,
    #[server(default)] secret: String,
    #[server(default)] made: String,
    #[server(default)] website: String,
) -> Result<()> {
    let (platform, actor) = (platform(), actor());
    let read = || {
        Ok(Joining {
            form: Some(asked::refuse_programs(&platform, &made, &website)?),
            length: asked::chosen("length", &length, "Choose one of those on offer.")?,
            with: asked::chosen("with", &with, "Choose somebody who offers this.")?,
            seats: asked::chosen("seats", &seats, "Choose one of those on offer.")?.unwrap_or(0),
            service: service.clone(),
            location,
            secret: secret.clone(),
            name,
            email,
            phone,
            zone,
            from,
            until,
            weekdays,
            day_parts,
        })
    };
    let joining = request::page(read())?;
    request::page(waitlist::join(&platform, &actor, &org, &joining).await)?;
    let mut path = format!("/b/{org}/{service}/waitlist");
    if !request::is_local_path(&path) {
        "/".clone_into(&mut path);
    }
    leptos_axum::redirect(&with_query(&path, &[("joined", "1"), ("key", &secret)]));
    Ok(())
}

/// Books what somebody is offered, and goes to the confirmation, or first to where they pay.
#[server(name = TakeOffer, prefix = "/fn", endpoint = "calendar/waitlist/take", output = Packed, client = Sender)]
pub async fn take_offer(
    token: String,
    #[server(default)] answers: BTreeMap<String, Vec<String>>,
    #[server(default)] accepts: bool,
    #[server(default)] place: String,
    #[server(default)] notes: String,
    #[server(default)] package: String,
) -> Result<()> {
    let taking = Taking { answers, accepts, place, notes, package };
    let booked = request::page(waitlist::take(&platform(), &token, taking).await)?;
    let to = if booked.unpaid { "/pay" } else { "?booked=1" };
    leptos_axum::redirect(&format!("/manage/{}{to}", booked.token));
    Ok(())
}

/// Lets go of what somebody is offered.
#[server(name = DeclineOffer, prefix = "/fn", endpoint = "calendar/waitlist/decline", output = Packed, client = Sender)]
pub async fn decline_offer(token: String) -> Result<()> {
    request::page(waitlist::decline(&platform(), &token).await)?;
    leptos_axum::redirect(&format!("/waitlist/{token}?declined=1"));
    Ok(())
}

/// Takes somebody off the waitlist by their own link.
#[server(name = LeaveWaitlist, prefix = "/fn", endpoint = "calendar/waitlist/leave", output = Packed, client = Sender)]
pub async fn leave_waitlist(token: String) -> Result<()> {
    request::page(waitlist::leave(&platform(), &token).await)?;
    leptos_axum::redirect(&format!("/waitlist/{token}"));
    Ok(())
}

/// The business takes somebody off its waitlist.
#[server(name = RemoveFromWaitlist, prefix = "/fn", endpoint = "calendar/waitlist/remove", output = Packed, client = Sender)]
pub async fn remove_from_waitlist(org: String, id: String) -> Result<()> {
    request::page(waitlist::remove(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/waitlist?removed=1"));
    Ok(())
}

/// The business offers somebody who waits a free time.
#[server(name = OfferFromWaitlist, prefix = "/fn", endpoint = "calendar/waitlist/offer", output = Packed, client = Sender)]
pub async fn offer_from_waitlist(org: String, id: String, #[server(default)] start: String) -> Result<()> {
    request::page(offering::offer_now(&platform(), &actor(), &org, &id, &start).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/waitlist?offered=1"));
    Ok(())
}
