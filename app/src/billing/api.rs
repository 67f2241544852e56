//! The server functions of the page about the plan.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::BillingPage;
use crate::{error::Result, packed::Packed};

/// The organisation's plan, and how much of it is used.
#[server(name = ReadBilling, prefix = "/fn", endpoint = "billing/plan", input = GetUrl, output = Packed)]
pub async fn billing(org: String) -> Result<BillingPage> {
    use super::views;
    use crate::request;
    request::page(views::billing(&request::platform(), &request::actor(), &org).await)
}
