//! The server functions of the page of support's access. The server writes that page alone.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{consent, views};
use crate::{error::Result, packed::Packed, request, ui::Sender};

/// Whether support can look, what it looked at, and letting it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportPage {
    /// "Olly Operator and Pat Lee": who runs the platform.
    pub operators: String,
    /// One of them asks to look.
    pub question: Option<Question>,
    /// Support can look.
    pub open: Option<OpenSupport>,
    /// It could once, or can.
    pub was_open: bool,
    /// What was looked at, by the newest consent; the newest first.
    pub looked: Vec<LookedLine>,
    /// Whoever is asking can let support look.
    pub owner: bool,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// Somebody who runs the platform asks to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// "Olly Operator"
    pub who: String,
    /// "5 minutes ago"
    pub when: String,
    /// Why, in their words.
    pub why: String,
    /// For how long, as the form has it: "4".
    pub hours: String,
    /// "four hours"
    pub length: String,
}

/// Support can look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSupport {
    /// "23 November 2026 at 2:30 pm AEDT"
    pub until: String,
    /// When that was agreed to.
    pub since: String,
    /// What it is about, in the owner's words; may be empty.
    pub about: String,
}

/// Something that support looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedLine {
    /// "Olly Operator (Devalo support) looked at people"
    pub what: String,
    /// "23 November 2026 at 9:00 am AEDT"
    pub when: String,
    /// What more there is to tell.
    pub about: Vec<String>,
}

/// Support's access.
#[server(name = ReadSupport, prefix = "/fn", endpoint = "settings/support", input = GetUrl, output = Packed)]
pub async fn support(org: String) -> Result<SupportPage> {
    let person = request::page(request::standing().logged_in())?;
    request::page(views::page(&request::platform(), person, &org).await)
}

/// Lets support look.
#[server(name = GiveSupport, prefix = "/fn", endpoint = "settings/give-support", output = Packed, client = Sender)]
pub async fn give(org: String, #[server(default)] hours: String, #[server(default)] about: String) -> Result<()> {
    let by = request::page(request::standing().elevated())?;
    request::page(consent::give(&request::platform(), by, &org, &hours, &about).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/support?given=1"));
    Ok(())
}

/// Says no to the question that waits.
#[server(name = DeclineSupport, prefix = "/fn", endpoint = "settings/decline-support", output = Packed, client = Sender)]
pub async fn decline(org: String) -> Result<()> {
    let by = request::page(request::standing().logged_in())?;
    request::page(consent::decline(&request::platform(), by, &org).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/support?declined=1"));
    Ok(())
}

/// Ends it.
#[server(name = EndSupport, prefix = "/fn", endpoint = "settings/end-support", output = Packed, client = Sender)]
pub async fn end(org: String) -> Result<()> {
    let by = request::page(request::standing().logged_in())?;
    request::page(consent::end(&request::platform(), by, &org).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/support?ended=1"));
    Ok(())
}
