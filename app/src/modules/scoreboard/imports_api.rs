//! The server functions of files of results, and of the grid: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{
    grid,
    import_rows::Columns,
    imports::{self, Meant},
};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::{Sender, with_query},
};

/// Says which columns of a file are what.
#[server(name = ChooseColumns, prefix = "/fn", endpoint = "scoreboard/choose-columns", output = Packed, client = Sender)]
pub async fn choose_columns(
    org: String,
    id: String,
    version: i64,
    #[server(default)] day: String,
    #[server(default)] person: String,
    #[server(default)] amount: String,
    #[server(default)] metric: String,
    #[server(default)] of: String,
    #[server(default)] note: String,
    #[server(default)] external_id: String,
) -> Result<()> {
    let column = |typed: &str| typed.trim().parse().ok();
    let columns = Columns {
        day: column(&day),
        person: column(&person),
        amount: column(&amount),
        note: column(&note),
        external_id: column(&external_id),
        metric: column(&metric),
        of,
    };
    request::page(imports::choose(&platform(), &actor(), &org, &id, &columns, version).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/import/{id}?chosen=1"));
    Ok(())
}

/// Says whom names of a file mean that nobody has.
#[server(name = NamePeople, prefix = "/fn", endpoint = "scoreboard/name-people", output = Packed, client = Sender)]
pub async fn name_people(
    org: String,
    id: String,
    version: i64,
    #[server(default)] called: Vec<String>,
    #[server(default)] means: Vec<String>,
    #[server(default)] remember: Vec<String>,
) -> Result<()> {
    let said: Vec<Meant> = called
        .into_iter()
        .zip(means)
        .map(|(name, person)| Meant { remember: remember.contains(&name), name, person })
        .collect();
    request::page(imports::name_people(&platform(), &actor(), &org, &id, &said, version).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/import/{id}?named=1"));
    Ok(())
}

/// Takes a file over.
#[server(name = TakeImport, prefix = "/fn", endpoint = "scoreboard/take-import", output = Packed, client = Sender)]
pub async fn take_import(org: String, id: String, version: i64, #[server(default)] partly: bool) -> Result<()> {
    request::page(imports::take(&platform(), &actor(), &org, &id, version, partly).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/import/{id}?taken=1"));
    Ok(())
}

/// Takes back what a file brought.
#[server(name = UndoTaken, prefix = "/fn", endpoint = "scoreboard/undo-import", output = Packed, client = Sender)]
pub async fn undo_import(org: String, id: String, why: String) -> Result<()> {
    let undone = imports::undo(&platform(), &actor(), &org, &id, &why).await;
    request::page(undone.map_err(|error| error.rename_field("reason", "why")))?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/import/{id}?undone=1"));
    Ok(())
}

/// Leaves a file of which nothing was taken over.
#[server(name = LeaveImport, prefix = "/fn", endpoint = "scoreboard/leave-import", output = Packed, client = Sender)]
pub async fn leave_import(org: String, id: String) -> Result<()> {
    request::page(imports::leave(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/import?left=1"));
    Ok(())
}

/// Enters what was typed in the grid.
#[server(name = SaveGrid, prefix = "/fn", endpoint = "scoreboard/save-grid", output = Packed, client = Sender)]
pub async fn save_grid(
    org: String,
    metric: String,
    key: String,
    #[server(default)] day: String,
    #[server(default)] span: String,
    #[server(default)] team: String,
    #[server(default)] cells: BTreeMap<String, String>,
) -> Result<()> {
    let entered = request::page(grid::save(&platform(), &actor(), &org, &metric, &cells, &key).await)?.to_string();
    let pairs = [("entered", entered.as_str()), ("metric", &metric), ("day", &day), ("span", &span), ("team", &team)];
    leptos_axum::redirect(&with_query(&format!("/app/{org}/scoreboard/grid"), &pairs));
    Ok(())
}
