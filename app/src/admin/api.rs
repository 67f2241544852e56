//! The server functions of the operator's pages.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::{MailsPage, OrgPage, OrgsPage, TemplatesPage};
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

/// The newest letters.
#[server(name = ReadMails, prefix = "/fn", endpoint = "admin/mails", input = GetUrl, output = Packed)]
pub async fn mails(state: Option<String>, before: Option<String>) -> Result<MailsPage> {
    use super::{mail_views, operator::Operator};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    let (state, before) = (state.unwrap_or_default(), before.unwrap_or_default());
    request::page(mail_views::mails(&platform, by, &state, &before).await)
}

/// What letters look like.
#[server(name = ReadTemplates, prefix = "/fn", endpoint = "admin/mail-templates", input = GetUrl, output = Packed)]
pub async fn mail_templates() -> Result<TemplatesPage> {
    use super::{mail_views, operator::Operator};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    Ok(mail_views::templates(&platform, by))
}

/// Has a letter sent again that was given up.
#[server(name = SendMailAgain, prefix = "/fn", endpoint = "admin/send-mail-again", output = Packed, client = Sender)]
pub async fn send_mail_again(id: String) -> Result<()> {
    use super::{mail, operator::Acting};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(mail::send_again(&platform, by, &id).await)?;
    leptos_axum::redirect("/admin/mail?again=1");
    Ok(())
}

/// Has mail sent again to an address that it was held back from.
#[server(name = FreeAddress, prefix = "/fn", endpoint = "admin/free-address", output = Packed, client = Sender)]
pub async fn free_address(email: String) -> Result<()> {
    use super::{mail, operator::Acting};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(mail::lift(&platform, by, &email).await)?;
    leptos_axum::redirect("/admin/mail?freed=1");
    Ok(())
}
