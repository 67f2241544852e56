//! The server functions of the pages for setting up: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use crate::{error::Result, packed::Packed, ui::Sender};

/// Makes a service (without `id`) or changes one.
#[server(name = SaveService, prefix = "/fn", endpoint = "calendar/setup/save-service", output = Packed, client = Sender)]
pub async fn save_service(
    org: String,
    id: String,
    version: i64,
    name: String,
    slug: String,
    description: String,
    duration: String,
    interval: String,
    buffer_before: String,
    buffer_after: String,
    notice: String,
    window_days: String,
    price: String,
    #[server(default)] active: bool,
    #[server(default)] staff: Vec<String>,
) -> Result<()> {
    use super::setup_forms::{self, TypedService};
    use crate::request;
    let typed = TypedService {
        id,
        version,
        name,
        slug,
        description,
        duration,
        interval,
        buffer_before,
        buffer_after,
        notice,
        window_days,
        price,
        active,
        staff,
    };
    request::page(setup_forms::save_service(&request::platform(), &request::actor(), &org, typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services?saved=1"));
    Ok(())
}

/// Moves a service by one in the lists.
#[server(name = MoveService, prefix = "/fn", endpoint = "calendar/setup/move-service", output = Packed, client = Sender)]
pub async fn move_service(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    use super::{setup, setup_forms};
    use crate::request;
    let id = request::page(setup_forms::service_id(&id))?;
    request::page(setup::move_service(&request::platform(), &request::actor(), &org, id, earlier).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services?moved=1"));
    Ok(())
}

/// Adds somebody, and goes on to their hours.
#[server(name = AddPerson, prefix = "/fn", endpoint = "calendar/setup/add-person", output = Packed, client = Sender)]
pub async fn add_person(org: String, name: String) -> Result<()> {
    use super::setup::{self, StaffBody};
    use crate::request;
    let body = StaffBody { name, active: true, options: None };
    let id = request::page(setup::save_staff(&request::platform(), &request::actor(), &org, None, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}?added=1"));
    Ok(())
}

/// Changes somebody's name, or whether they can be booked.
#[server(name = SavePerson, prefix = "/fn", endpoint = "calendar/setup/save-person", output = Packed, client = Sender)]
pub async fn save_person(org: String, id: String, name: String, #[server(default)] active: bool) -> Result<()> {
    use super::{
        setup::{self, StaffBody},
        setup_forms,
    };
    use crate::request;
    let person = request::page(setup_forms::staff_id(&id))?;
    let body = StaffBody { name, active, options: None };
    request::page(setup::save_staff(&request::platform(), &request::actor(), &org, Some(person), &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}?saved=1"));
    Ok(())
}

/// Replaces somebody's weekly hours: a row for each window, empty rows left out. `day` is `monday` and so on.
#[server(name = SaveHours, prefix = "/fn", endpoint = "calendar/setup/save-hours", output = Packed, client = Sender)]
pub async fn save_hours(
    org: String,
    id: String,
    #[server(default)] day: Vec<String>,
    #[server(default)] from: Vec<String>,
    #[server(default)] until: Vec<String>,
) -> Result<()> {
    use super::setup_forms;
    use crate::request;
    let rows =
        day.into_iter().zip(from.into_iter().zip(until)).map(|(day, (from, until))| (day, from, until)).collect();
    request::page(setup_forms::save_hours(&request::platform(), &request::actor(), &org, &id, rows).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}?hours=1"));
    Ok(())
}

/// Sets what holds on one date: closed, or these hours.
#[server(name = SaveDate, prefix = "/fn", endpoint = "calendar/setup/save-date", output = Packed, client = Sender)]
pub async fn save_date(
    org: String,
    id: String,
    date: String,
    #[server(default)] off: bool,
    #[server(default)] opens: Vec<String>,
    #[server(default)] closes: Vec<String>,
) -> Result<()> {
    use super::setup_forms;
    use crate::request;
    let rows = opens.into_iter().zip(closes).collect();
    request::page(setup_forms::save_date(&request::platform(), &request::actor(), &org, &id, &date, off, rows).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}?date=1"));
    Ok(())
}

/// Goes back to the weekly hours on one date.
#[server(name = ClearDate, prefix = "/fn", endpoint = "calendar/setup/clear-date", output = Packed, client = Sender)]
pub async fn clear_date(org: String, id: String, date: String) -> Result<()> {
    use super::{setup, setup_forms};
    use crate::request;
    let person = request::page(setup_forms::staff_id(&id))?;
    request::page(setup::set_date(&request::platform(), &request::actor(), &org, person, &date, None).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}?cleared=1"));
    Ok(())
}

/// Closes on the public holidays of a state or territory.
#[server(name = SaveState, prefix = "/fn", endpoint = "calendar/setup/save-state", output = Packed, client = Sender)]
pub async fn save_state(org: String, #[server(default)] holidays: String) -> Result<()> {
    use super::closures;
    use crate::request;
    request::page(closures::set_state(&request::platform(), &request::actor(), &org, &holidays).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/holidays?saved=1"));
    Ok(())
}

/// Sets what holds on a date for the whole business. `holds`: `closed`, `part` with times, or `open`.
#[server(name = SaveClosure, prefix = "/fn", endpoint = "calendar/setup/save-closure", output = Packed, client = Sender)]
pub async fn save_closure(
    org: String,
    date: String,
    name: String,
    holds: String,
    #[server(default)] from: String,
    #[server(default)] until: String,
) -> Result<()> {
    use super::setup_forms;
    use crate::request;
    let (platform, actor) = (request::platform(), request::actor());
    request::page(setup_forms::save_closure(&platform, &actor, &org, &date, name, &holds, &from, &until).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/holidays?day=1"));
    Ok(())
}

/// Goes back to what the state has on a date.
#[server(name = ClearClosure, prefix = "/fn", endpoint = "calendar/setup/clear-closure", output = Packed, client = Sender)]
pub async fn clear_closure(org: String, date: String) -> Result<()> {
    use super::closures;
    use crate::request;
    request::page(closures::set_day(&request::platform(), &request::actor(), &org, &date, None).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/holidays?cleared=1"));
    Ok(())
}
