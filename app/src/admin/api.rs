//! The server functions of the operator's pages.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::{OrgPage, OrgsPage};
use crate::{error::Result, packed::Packed, ui::Sender};

/// The organisations, and what comes in.
#[server(name = ReadOrgs, prefix = "/fn", endpoint = "admin/orgs", input = GetUrl, output = Packed)]
pub async fn orgs(search: Option<String>, after: Option<String>) -> Result<OrgsPage> {
    use super::{operator::Operator, views};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    let (search, after) = (search.unwrap_or_default(), after.unwrap_or_default());
    request::page(views::orgs(&platform, by, &search, &after).await)
}

/// One organisation.
#[server(name = ReadOrg, prefix = "/fn", endpoint = "admin/org", input = GetUrl, output = Packed)]
pub async fn org(slug: String) -> Result<OrgPage> {
    use super::{operator::Operator, views};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    request::page(views::org(&platform, by, &slug).await)
}

/// Agrees to other terms with an organisation, by hand.
#[server(name = Agree, prefix = "/fn", endpoint = "admin/agree", output = Packed, client = Sender)]
pub async fn agree(
    slug: String,
    plan: String,
    period: String,
    seats: String,
    price: String,
    #[server(default)] modules: Vec<String>,
    state: String,
    last_day: String,
) -> Result<()> {
    use super::{
        operator::Acting,
        orgs::{self, Agreed},
    };
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    let agreed = Agreed { plan, period, seats, price, modules, state, last_day };
    request::page(orgs::agree(&platform, by, &slug, &agreed).await)?;
    leptos_axum::redirect(&format!("/admin/orgs/{slug}?agreed=1"));
    Ok(())
}

/// Suspends an organisation, or opens it again.
#[server(name = Suspend, prefix = "/fn", endpoint = "admin/suspend", output = Packed, client = Sender)]
pub async fn suspend(slug: String, #[server(default)] shut: bool) -> Result<()> {
    use super::{operator::Acting, orgs};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(orgs::suspend(&platform, by, &slug, shut).await)?;
    leptos_axum::redirect(&format!("/admin/orgs/{slug}?{}=1", if shut { "suspended" } else { "restored" }));
    Ok(())
}

/// Has an event of Stripe's taken over again.
#[server(name = TakeOverAgain, prefix = "/fn", endpoint = "admin/event-again", output = Packed, client = Sender)]
pub async fn take_over_again(id: String) -> Result<()> {
    use super::{operator::Acting, payments};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(payments::again(&platform, by, &id).await)?;
    leptos_axum::redirect("/admin/payments?again=1");
    Ok(())
}

/// Compares everything with Stripe now.
#[server(name = ComparePayments, prefix = "/fn", endpoint = "admin/compare-payments", output = Packed, client = Sender)]
pub async fn compare_payments() -> Result<()> {
    use super::{operator::Acting, payments};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(payments::compare(&platform, by).await)?;
    leptos_axum::redirect("/admin/payments?compared=1");
    Ok(())
}
