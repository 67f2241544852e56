//! The server functions of the page about the plan.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::BillingPage;
use crate::{error::Result, packed::Packed, ui::Sender};

/// The organisation's plan, and how much of it is used.
#[server(name = ReadBilling, prefix = "/fn", endpoint = "billing/plan", input = GetUrl, output = Packed)]
pub async fn billing(org: String) -> Result<BillingPage> {
    use super::views;
    use crate::request;
    request::page(views::billing(&request::platform(), &request::actor(), &org).await)
}

/// Leads to the page where the owner pays for a plan.
#[server(name = TakeUpPlan, prefix = "/fn", endpoint = "billing/take-up", output = Packed, client = Sender)]
pub async fn take_up(org: String, plan: String, period: String, seats: String) -> Result<()> {
    use super::change::{self, Choice};
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let choice = Choice { plan, period, seats };
    let to = request::page(change::take_up(&request::platform(), by, &org, &choice).await)?;
    leptos_axum::redirect(&to);
    Ok(())
}

/// Changes the plan, or how many may belong.
#[server(name = ChangePlan, prefix = "/fn", endpoint = "billing/change", output = Packed, client = Sender)]
pub async fn change(org: String, plan: String, period: String, seats: String, at: i64) -> Result<()> {
    use super::change::{self, Choice};
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let choice = Choice { plan, period, seats };
    request::page(change::change(&request::platform(), by, &org, &choice, at).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/billing?changed=1"));
    Ok(())
}

/// Lets the plan end after what is paid for, or takes that back.
#[server(name = LetPlanEnd, prefix = "/fn", endpoint = "billing/let-end", output = Packed, client = Sender)]
pub async fn let_end(org: String, #[server(default)] ends: bool) -> Result<()> {
    use super::change;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    request::page(change::let_end(&request::platform(), by, &org, ends).await)?;
    let done = if ends { "ends" } else { "resumed" };
    leptos_axum::redirect(&format!("/app/{org}/settings/billing?{done}=1"));
    Ok(())
}

/// Leads to the page where the owner sees to their card and their invoices.
#[server(name = OpenPortal, prefix = "/fn", endpoint = "billing/portal", output = Packed, client = Sender)]
pub async fn portal(org: String) -> Result<()> {
    use super::change;
    use crate::request;
    let by = request::page(request::standing().logged_in())?;
    let to = request::page(change::portal(&request::platform(), by, &org).await)?;
    leptos_axum::redirect(&to);
    Ok(())
}
