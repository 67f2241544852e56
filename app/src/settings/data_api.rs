//! The server functions of the page about the organisation's data: taking it along, and deleting it. The server writes that page
//! alone.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{closing, export};
use crate::{
    billing::views,
    db::Access,
    error::Result,
    org::{Actor, OrgRef, OrgTx},
    packed::Packed,
    people::views::day,
    permissions, request,
    support::consent,
    ui::Sender,
};

/// What the owner can do with all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataPage {
    /// The organisation's name.
    pub name: String,
    /// The day of its deletion, "23 December 2026", where that was asked for.
    pub closes_on: Option<String>,
    /// It pays by card, and would go on to.
    pub pays: bool,
    /// The last day of a plan that isn't taken up again, "12 December 2026".
    pub plan_ends: Option<String>,
    /// The newest first.
    pub exports: Vec<ExportLine>,
    /// One is being prepared.
    pub waiting: bool,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// A file, or one that is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportLine {
    /// "23 November 2026"
    pub asked_on: String,
    /// "1.2 MB, until 30 November 2026", "Being prepared"
    pub about: String,
    /// Where it can be fetched, if it can.
    pub href: Option<String>,
}

/// What the owner can do with all of it.
#[server(name = ReadData, prefix = "/fn", endpoint = "settings/data", input = GetUrl, output = Packed)]
pub async fn data(org: String) -> Result<DataPage> {
    request::page(page(&org).await)
}

/// Asks for everything, to take along.
#[server(name = AskExport, prefix = "/fn", endpoint = "settings/ask-export", output = Packed, client = Sender)]
pub async fn ask_export(org: String) -> Result<()> {
    let by = request::page(request::standing().elevated())?;
    request::page(export::ask(&request::platform(), by, &org).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/data?asked=1"));
    Ok(())
}

/// Has the organisation deleted.
#[server(name = CloseOrg, prefix = "/fn", endpoint = "settings/close", output = Packed, client = Sender)]
pub async fn close(org: String, #[server(default)] typed: String) -> Result<()> {
    let by = request::page(request::standing().elevated())?;
    request::page(closing::ask(&request::platform(), by, &org, &typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/data?closed=1"));
    Ok(())
}

/// Keeps the organisation.
#[server(name = KeepOrg, prefix = "/fn", endpoint = "settings/keep", output = Packed, client = Sender)]
pub async fn keep(org: String) -> Result<()> {
    let by = request::page(request::standing().logged_in())?;
    request::page(closing::keep(&request::platform(), by, &org).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/data?kept=1"));
    Ok(())
}

async fn page(org: &str) -> Result<DataPage> {
    let person = request::standing().logged_in()?;
    let actor = Actor::User(person.user());
    let platform = request::platform();
    let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(org), &permissions::OWN, Access::Read).await?;
    let exports = export::all(&mut tx).await?;
    let now = tx.now();
    let paying = views::paying(&mut tx).await?;
    let ends = paying.and_then(|paying| paying.ends);
    let lines = exports.iter().filter(|one| one.expires_at.is_none_or(|until| now < until)).map(|one| {
        let about = match (one.ready_at, one.failed_at, one.expires_at) {
            (Some(_), _, Some(until)) => format!("{}, until {}", megabytes(one.size.unwrap_or(0)), day(&tx, until)),
            (_, Some(_), _) => format!("It couldn’t be prepared. Please write to {}.", platform.whom_to_write_to()),
            _ => {
                let at = consent::moment(&tx, one.asked_at.plus_seconds(export::READY_SECONDS));
                format!("Being prepared. It is usually ready by {at}; we email you as soon as it is.")
            }
        };
        let href = one.ready_at.map(|_| format!("/app/{org}/settings/data/{}/export.zip", one.id));
        ExportLine { asked_on: day(&tx, one.asked_at), about, href }
    });
    let page = DataPage {
        name: tx.org().name.clone(),
        closes_on: tx.org().closes_at.map(|at| day(&tx, at)),
        pays: paying.is_some() && ends.is_none(),
        plan_ends: ends.map(|ends| day(&tx, views::last_moment(ends))),
        waiting: exports.iter().any(|one| one.ready_at.is_none() && one.failed_at.is_none()),
        exports: lines.collect(),
        confirmed: person.is_elevated(),
    };
    tx.rollback().await?;
    Ok(page)
}

/// "1.2 MB", "340 KB": as people are used to it, by thousands.
fn megabytes(bytes: i64) -> String {
    let tenths = bytes / 100_000;
    if tenths < 10 { format!("{} KB", (bytes / 1000).max(1)) } else { format!("{}.{} MB", tenths / 10, tenths % 10) }
}
