//! The server functions of filters that are kept, and of what people can do in a week: thin; they call the same verbs as the JSON API.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::prelude::*;

use super::{
    board_forms,
    filters::{self, FilterBody},
    lists::To,
    workload,
};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// Keeps a filter.
#[server(name = AddTaskFilter, prefix = "/fn", endpoint = "tasks/add-filter", output = Packed, client = Sender)]
pub async fn add_task_filter(
    org: String,
    name: String,
    #[server(default)] query: String,
    #[server(default)] shared: bool,
) -> Result<()> {
    let body = FilterBody { name, query, shared, version: None };
    let id = request::page(filters::add(&platform(), &actor(), &org, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/filters/{id}?added=1"));
    Ok(())
}

/// Changes a filter.
#[server(name = SaveTaskFilter, prefix = "/fn", endpoint = "tasks/save-filter", output = Packed, client = Sender)]
pub async fn save_task_filter(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] query: String,
    #[server(default)] shared: bool,
) -> Result<()> {
    let body = FilterBody { name, query, shared, version: Some(version) };
    request::page(filters::save(&platform(), &actor(), &org, &id, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/filters/{id}?saved=1"));
    Ok(())
}

/// Moves a filter by one among the others.
#[server(name = MoveTaskFilter, prefix = "/fn", endpoint = "tasks/move-filter", output = Packed, client = Sender)]
pub async fn move_task_filter(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    let to = if earlier { To::Up } else { To::Down };
    request::page(filters::move_to(&platform(), &actor(), &org, &id, to).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/filters?moved=1"));
    Ok(())
}

/// Keeps a filter no longer.
#[server(name = DeleteTaskFilter, prefix = "/fn", endpoint = "tasks/delete-filter", output = Packed, client = Sender)]
pub async fn delete_task_filter(org: String, id: String) -> Result<()> {
    let act = request::page(filters::delete(&platform(), &actor(), &org, &id).await)?;
    let page = format!("/app/{org}/tasks/filters");
    leptos_axum::redirect(&board_forms::way_back(&org, &page, "unkept", Some(act)));
    Ok(())
}

/// Says how much somebody, or everybody, can do in a week.
#[server(name = SetTaskCapacity, prefix = "/fn", endpoint = "tasks/set-capacity", output = Packed, client = Sender)]
pub async fn set_task_capacity(
    org: String,
    #[server(default)] person: String,
    #[server(default)] hours: String,
) -> Result<()> {
    request::page(workload::set_capacity(&platform(), &actor(), &org, &person, &hours).await)?;
    leptos_axum::redirect(&format!("/app/{org}/tasks/workload?saved=1"));
    Ok(())
}
