//! The server functions of the page about how the public pages look. The server writes that page alone.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{colour, look};
use crate::{
    db::Access,
    error::Result,
    org::{OrgRef, OrgTx},
    packed::Packed,
    permissions, request,
    ui::Sender,
};

/// How the public pages look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookPage {
    /// The colour, `#1b5470`; empty: ours.
    pub accent: String,
    /// Those that we suggest, ours first: the colour and what it is called.
    pub designed: Vec<(String, String)>,
    /// Where the logo is; empty: there is none.
    pub logo: String,
}

/// How the public pages look.
#[server(name = ReadLook, prefix = "/fn", endpoint = "settings/look", input = GetUrl, output = Packed)]
pub async fn look_page(org: String) -> Result<LookPage> {
    request::page(page(&org).await)
}

/// Chooses the colour: one of ours, or another.
#[server(name = SaveAccent, prefix = "/fn", endpoint = "settings/save-accent", output = Packed, client = Sender)]
pub async fn save_accent(
    org: String,
    #[server(default)] accent: String,
    #[server(default)] other: String,
) -> Result<()> {
    let own = if other.trim().is_empty() { accent } else { other.clone() };
    let saved = look::save_accent(&request::platform(), &request::actor(), &org, &own).await;
    let field = if other.trim().is_empty() { "accent" } else { "other" };
    request::page(saved.map_err(|error| error.rename_field("accent", field)))?;
    leptos_axum::redirect(&format!("/app/{org}/settings/look?saved=1"));
    Ok(())
}

/// Takes the logo away.
#[server(name = RemoveLogo, prefix = "/fn", endpoint = "settings/remove-logo", output = Packed, client = Sender)]
pub async fn remove_logo(org: String) -> Result<()> {
    request::page(look::remove_logo(&request::platform(), &request::actor(), &org).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/look?removed=1"));
    Ok(())
}

async fn page(org: &str) -> Result<LookPage> {
    let (platform, actor) = (request::platform(), request::actor());
    let tx = OrgTx::open(&platform, &actor, OrgRef::Slug(org), &permissions::CHANGE_DETAILS, Access::Read).await?;
    let (accent, logo) = (tx.org().accent.clone(), look::of(tx.org()).logo);
    tx.rollback().await?;
    let ours = std::iter::once((String::new(), "Eucalypt green, as it comes".to_owned()));
    let designed = colour::DESIGNED.iter().map(|(name, hex)| ((*hex).to_owned(), (*name).to_owned()));
    Ok(LookPage { accent, designed: ours.chain(designed).collect(), logo })
}
