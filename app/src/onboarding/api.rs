//! The server functions of signing up, and of inviting businesses.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::{About, Chosen, Next, SignupId, found as found_it, invites, pay};
use crate::{
    admin::operator::Acting,
    auth::sent,
    error::{AppError, Result},
    packed::Packed,
    request,
    ui::Sender,
};

/// Takes down what somebody chose, and writes to them.
#[server(name = Begin, prefix = "/fn", endpoint = "start/begin", output = Packed, client = Sender)]
pub async fn begin(plan: String, period: String, seats: String, email: String) -> Result<()> {
    let chosen = Chosen { plan, period, seats, email };
    let platform = request::platform();
    request::page(super::begin(&platform, &chosen, &request::browser()).await)?;
    let Chosen { plan, period, seats, email } = chosen;
    sent::remember(&platform, sent::Kind::Start, sent::Asked { email, chosen: vec![plan, period, seats] });
    leptos_axum::redirect("/start/sent");
    Ok(())
}

/// Takes down what somebody says of themselves and their business.
#[server(name = Found, prefix = "/fn", endpoint = "start/found", output = Packed, client = Sender)]
pub async fn found(
    token: String,
    #[server(default)] name: String,
    #[server(default)] password: String,
    business: String,
    slug: String,
    zone: String,
    phone: String,
) -> Result<()> {
    use crate::auth::api::admit;
    let about = About { name, password, business, slug, zone, phone };
    let (platform, browser) = (request::platform(), request::browser());
    let (admitted, next) = request::page(found_it(&platform, request::standing(), &token, &about, &browser).await)?;
    let to = match next {
        Next::Pay(id) => format!("/start/pay/{id}"),
        Next::There(slug) => format!("/app/{slug}/welcome"),
    };
    match admitted {
        Some(admitted) => admit(&admitted, Some(&to)),
        None => leptos_axum::redirect(&to),
    }
    Ok(())
}

/// Leads to the page where somebody pays.
#[server(name = Pay, prefix = "/fn", endpoint = "start/pay", output = Packed, client = Sender)]
pub async fn pay_for(id: String) -> Result<()> {
    let person = request::page(request::standing().logged_in())?;
    let id = request::page(signup(&id))?;
    let to = request::page(pay::checkout(&request::platform(), person, id).await)?;
    leptos_axum::redirect(&to);
    Ok(())
}

/// Invites a business.
#[server(name = InviteBusiness, prefix = "/fn", endpoint = "admin/invite", output = Packed, client = Sender)]
pub async fn invite(
    email: String,
    business: String,
    plan: String,
    period: String,
    seats: String,
    price: String,
    free_days: String,
    #[server(default)] by_hand: bool,
    #[server(default)] modules: Vec<String>,
) -> Result<()> {
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    let offer = invites::Offer { email, business, plan, period, seats, price, free_days, by_hand, modules };
    request::page(invites::invite(&platform, by, &offer).await)?;
    leptos_axum::redirect("/admin/invitations?invited=1");
    Ok(())
}

/// Sends an invitation once more.
#[server(name = InviteBusinessAgain, prefix = "/fn", endpoint = "admin/invite-again", output = Packed, client = Sender)]
pub async fn invite_again(id: String) -> Result<()> {
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    let id = request::page(signup(&id))?;
    request::page(invites::send_again(&platform, by, id).await)?;
    leptos_axum::redirect("/admin/invitations?again=1");
    Ok(())
}

/// Takes an invitation back.
#[server(name = WithdrawBusiness, prefix = "/fn", endpoint = "admin/withdraw-invitation", output = Packed, client = Sender)]
pub async fn withdraw(id: String) -> Result<()> {
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    let id = request::page(signup(&id))?;
    request::page(invites::withdraw(&platform, by, id).await)?;
    leptos_axum::redirect("/admin/invitations?withdrawn=1");
    Ok(())
}

fn signup(id: &str) -> Result<SignupId> {
    id.parse().map_err(|_| AppError::not_found("that sign-up"))
}
