//! The server functions of a partner’s page, where it invites businesses. The server writes that page alone.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::{SignupId, invites::Offer, partners};
use crate::{
    error::{AppError, Result},
    packed::Packed,
    request,
    ui::Sender,
};

/// Invites a business.
#[server(name = InviteAsPartner, prefix = "/fn", endpoint = "partners/invite", output = Packed, client = Sender)]
pub async fn invite(
    org: String,
    email: String,
    business: String,
    plan: String,
    period: String,
    #[server(default)] seats: String,
    #[server(default)] price: String,
    free_days: String,
    #[server(default)] modules: Vec<String>,
) -> Result<()> {
    let by = request::page(request::standing().elevated())?;
    let offer = Offer { email, business, plan, period, seats, price, free_days, by_hand: false, modules };
    request::page(partners::invite(&request::platform(), by, &org, &offer).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/businesses?invited=1"));
    Ok(())
}

/// Sends an invitation once more.
#[server(name = InviteAgainAsPartner, prefix = "/fn", endpoint = "partners/invite-again", output = Packed, client = Sender)]
pub async fn invite_again(org: String, id: String) -> Result<()> {
    let by = request::page(request::standing().elevated())?;
    let id = request::page(invitation(&id))?;
    request::page(partners::send_again(&request::platform(), by, &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/businesses?again=1"));
    Ok(())
}

/// Takes an invitation back.
#[server(name = WithdrawAsPartner, prefix = "/fn", endpoint = "partners/withdraw", output = Packed, client = Sender)]
pub async fn withdraw(org: String, id: String) -> Result<()> {
    let by = request::page(request::standing().elevated())?;
    let id = request::page(invitation(&id))?;
    request::page(partners::withdraw(&request::platform(), by, &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/businesses?withdrawn=1"));
    Ok(())
}

fn invitation(id: &str) -> Result<SignupId> {
    id.parse().map_err(|_| AppError::not_found("that invitation"))
}
