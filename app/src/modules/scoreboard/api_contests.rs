//! The server functions of the pages of contests and badges: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::{
    badges::{self, BadgeBody, TypedBadge},
    contests::{self, TypedContest},
};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Sets a contest up.
#[server(name = AddContest, prefix = "/fn", endpoint = "scoreboard/add-contest", output = Packed, client = Sender)]
pub async fn add_contest(
    org: String,
    name: String,
    #[server(default)] metric: String,
    #[server(default)] how: String,
    #[server(default)] of: String,
    #[server(default)] first_day: String,
    #[server(default)] last_day: String,
    #[server(default)] goal: String,
    #[server(default)] takes_part: String,
    #[server(default)] named: Vec<String>,
    #[server(default)] ties: String,
    #[server(default)] freeze_hours: String,
    #[server(default)] prizes: String,
) -> Result<()> {
    let typed = TypedContest {
        name,
        metric,
        kind: how,
        of,
        first_day,
        last_day,
        goal,
        takes_part,
        named,
        ties,
        freeze_hours,
        prizes,
    };
    let added = contests::add_typed(&platform(), &actor(), &org, &typed).await;
    let id = request::page(added.map_err(|error| error.rename_field("kind", "how")))?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/contests/{id}?added=1"));
    Ok(())
}

/// Changes a contest.
#[server(name = SaveContest, prefix = "/fn", endpoint = "scoreboard/save-contest", output = Packed, client = Sender)]
pub async fn save_contest(
    org: String,
    id: String,
    version: i64,
    #[server(default)] name: String,
    #[server(default)] metric: String,
    #[server(default)] how: String,
    #[server(default)] of: String,
    #[server(default)] first_day: String,
    #[server(default)] last_day: String,
    #[server(default)] goal: String,
    #[server(default)] takes_part: String,
    #[server(default)] named: Vec<String>,
    #[server(default)] ties: String,
    #[server(default)] freeze_hours: String,
    #[server(default)] prizes: String,
) -> Result<()> {
    let typed = TypedContest {
        name,
        metric,
        kind: how,
        of,
        first_day,
        last_day,
        goal,
        takes_part,
        named,
        ties,
        freeze_hours,
        prizes,
    };
    let saved = contests::save_typed(&platform(), &actor(), &org, &id, &typed, version).await;
    request::page(saved.map_err(|error| error.rename_field("kind", "how")))?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/contests/{id}?saved=1"));
    Ok(())
}

/// Signs off what a contest came to.
#[server(name = SignOffContest, prefix = "/fn", endpoint = "scoreboard/sign-off-contest", output = Packed, client = Sender)]
pub async fn sign_off_contest(org: String, id: String, version: i64) -> Result<()> {
    request::page(contests::sign_off(&platform(), &actor(), &org, &id, version).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/contests/{id}?signed_off=1"));
    Ok(())
}

/// Cancels a contest.
#[server(name = CancelContest, prefix = "/fn", endpoint = "scoreboard/cancel-contest", output = Packed, client = Sender)]
pub async fn cancel_contest(org: String, id: String, version: i64) -> Result<()> {
    request::page(contests::cancel(&platform(), &actor(), &org, &id, version).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/contests/{id}?cancelled=1"));
    Ok(())
}

/// Sets a badge up.
#[server(name = AddBadge, prefix = "/fn", endpoint = "scoreboard/add-badge", output = Packed, client = Sender)]
pub async fn add_badge(
    org: String,
    name: String,
    #[server(default)] icon: String,
    #[server(default)] metric: String,
    #[server(default)] rule: String,
    #[server(default)] amount: String,
    #[server(default)] period: String,
    #[server(default)] days: String,
) -> Result<()> {
    let typed = TypedBadge { name, icon, metric, rule, amount, period, days };
    request::page(badges::add_typed(&platform(), &actor(), &org, &typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/badges?added=1"));
    Ok(())
}

/// Says anew what a badge is called and looks like, and whether it is given.
#[server(name = SaveBadge, prefix = "/fn", endpoint = "scoreboard/save-badge", output = Packed, client = Sender)]
pub async fn save_badge(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] icon: String,
    #[server(default)] active: bool,
) -> Result<()> {
    let (metric, rule) = (String::new(), String::new());
    let version = Some(version);
    let body = BadgeBody { name, icon, metric, rule, amount: None, period: None, days: None, active, version };
    request::page(badges::save(&platform(), &actor(), &org, &id, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/badges?saved=1"));
    Ok(())
}
