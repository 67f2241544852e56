//! The server functions of the pages for setting up: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::{
    appointment_page::{self, BlockForm},
    asked,
    at_desk::{self, DeskForm},
    closures, embedding,
    paying::packages,
    rooms::{self, ResourceBody},
    schedules::{self, ScheduleBody},
    service_pictures,
    setup::{self, Keeper, StaffBody},
    setup_forms::{self, TypedBasics, TypedPerson, TypedTimes},
    setup_options::{Part, Typed},
    setup_wire::{TypedDay, TypedWindow},
};
use crate::{
    error::Result,
    packed::Packed,
    request::{self, actor, platform},
    ui::{Sender, with_query},
};

/// Makes a service, and goes on to when it can be booked.
#[server(name = AddService, prefix = "/fn", endpoint = "calendar/setup/add-service", output = Packed, client = Sender)]
pub async fn add_service(
    org: String,
    name: String,
    slug: String,
    description: String,
    duration: String,
    price: String,
    #[server(default)] active: bool,
    #[server(default)] staff: Vec<String>,
) -> Result<()> {
    let typed = TypedBasics { name, slug, description, duration, price, active };
    let id = request::page(setup_forms::add_service(&platform(), &actor(), &org, &typed, &staff).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services/{id}/times?added=1"));
    Ok(())
}

/// Changes what a service is.
#[server(name = SaveBasics, prefix = "/fn", endpoint = "calendar/setup/save-basics", output = Packed, client = Sender)]
pub async fn save_basics(
    org: String,
    id: String,
    version: i64,
    name: String,
    slug: String,
    description: String,
    duration: String,
    price: String,
    #[server(default)] active: bool,
) -> Result<()> {
    let typed = TypedBasics { name, slug, description, duration, price, active };
    request::page(setup_forms::save_basics(&platform(), &actor(), &org, &id, version, &typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services/{id}?saved=1"));
    Ok(())
}

/// Changes when a service can be booked.
#[server(name = SaveTimes, prefix = "/fn", endpoint = "calendar/setup/save-times", output = Packed, client = Sender)]
pub async fn save_times(
    org: String,
    id: String,
    version: i64,
    interval: String,
    buffer_before: String,
    buffer_after: String,
    notice: String,
    window_days: String,
) -> Result<()> {
    let typed = TypedTimes { interval, buffer_before, buffer_after, notice, window_days };
    request::page(setup_forms::save_times(&platform(), &actor(), &org, &id, version, &typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services/{id}/times?saved=1"));
    Ok(())
}

/// Changes who can be booked for a service.
#[server(name = SavePeople, prefix = "/fn", endpoint = "calendar/setup/save-people", output = Packed, client = Sender)]
pub async fn save_people(org: String, id: String, version: i64, #[server(default)] staff: Vec<String>) -> Result<()> {
    request::page(setup_forms::save_people(&platform(), &actor(), &org, &id, version, &staff).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services/{id}/people?saved=1"));
    Ok(())
}

/// Changes what clients choose of a service: lengths, places, seats; and its category.
#[server(name = SaveChoices, prefix = "/fn", endpoint = "calendar/setup/save-choices", output = Packed, client = Sender)]
pub async fn save_choices(org: String, id: String, version: i64, #[server(default)] options: Typed) -> Result<()> {
    save_part(org, id, version, Part::Choices, options).await
}

/// Changes what clients are asked for a service, and the terms that they accept.
#[server(name = SaveQuestions, prefix = "/fn", endpoint = "calendar/setup/save-questions", output = Packed, client = Sender)]
pub async fn save_questions(org: String, id: String, version: i64, #[server(default)] options: Typed) -> Result<()> {
    save_part(org, id, version, Part::Questions, options).await
}

/// Changes the rules of a service: who takes it, what waits for a yes, until when clients change it, limits and dates.
#[server(name = SaveRules, prefix = "/fn", endpoint = "calendar/setup/save-rules", output = Packed, client = Sender)]
pub async fn save_rules(org: String, id: String, version: i64, #[server(default)] options: Typed) -> Result<()> {
    save_part(org, id, version, Part::Rules, options).await
}

/// Changes what clients pay for a service when they book, and what comes back to them.
#[server(name = SavePayment, prefix = "/fn", endpoint = "calendar/setup/save-payment", output = Packed, client = Sender)]
pub async fn save_payment(org: String, id: String, version: i64, #[server(default)] options: Typed) -> Result<()> {
    save_part(org, id, version, Part::Payment, options).await
}

/// Changes which rooms and equipment a service needs.
#[server(name = SaveNeeds, prefix = "/fn", endpoint = "calendar/setup/save-rooms", output = Packed, client = Sender)]
pub async fn save_needs(org: String, id: String, version: i64, #[server(default)] options: Typed) -> Result<()> {
    save_part(org, id, version, Part::Rooms, options).await
}

/// Changes the shares of those on a service: their priority or weight, and the hours that they keep for it.
#[server(name = SaveShares, prefix = "/fn", endpoint = "calendar/setup/save-shares", output = Packed, client = Sender)]
pub async fn save_shares(org: String, id: String, version: i64, #[server(default)] options: Typed) -> Result<()> {
    let saved = setup_forms::save_shares(&platform(), &actor(), &org, &id, version, &options).await;
    request::page(saved.map_err(|mut error| {
        // In the form as in all that a service is set to beyond what every one has.
        for field in error.fields.iter_mut().filter(|field| field.field.starts_with("shares.")) {
            field.field = format!("options.{}", field.field);
        }
        error
    }))?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services/{id}/people?saved=1"));
    Ok(())
}

/// Says within which named schedule alone a service can be booked.
#[server(name = SaveServiceHours, prefix = "/fn", endpoint = "calendar/setup/save-service-hours", output = Packed, client = Sender)]
pub async fn save_service_hours(
    org: String,
    id: String,
    version: i64,
    #[server(default)] schedule: String,
) -> Result<()> {
    let service = request::page(setup_forms::service_id(&id))?;
    let schedule = request::page(setup_forms::chosen_schedule(&schedule))?;
    let saved = schedules::keep_for_service(&platform(), &actor(), &org, service, version, schedule).await;
    request::page(saved)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services/{id}/times?saved=1"));
    Ok(())
}

async fn save_part(org: String, id: String, version: i64, part: Part, typed: Typed) -> Result<()> {
    request::page(setup_forms::save_options(&platform(), &actor(), &org, &id, version, part, &typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services/{id}/{}?saved=1", part.as_str()));
    Ok(())
}

/// Takes a service’s picture away.
#[server(name = RemovePicture, prefix = "/fn", endpoint = "calendar/setup/remove-picture", output = Packed, client = Sender)]
pub async fn remove_picture(org: String, id: String, version: i64) -> Result<()> {
    request::page(service_pictures::remove(&platform(), &actor(), &org, &id, version).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services/{id}?unpictured=1"));
    Ok(())
}

/// Moves a service by one in the lists.
#[server(name = MoveService, prefix = "/fn", endpoint = "calendar/setup/move-service", output = Packed, client = Sender)]
pub async fn move_service(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    let id = request::page(setup_forms::service_id(&id))?;
    request::page(setup::move_service(&platform(), &actor(), &org, id, earlier).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services?moved=1"));
    Ok(())
}

/// Moves a category by one among the categories.
#[server(name = MoveCategory, prefix = "/fn", endpoint = "calendar/setup/move-category", output = Packed, client = Sender)]
pub async fn move_category(org: String, name: String, #[server(default)] earlier: bool) -> Result<()> {
    request::page(setup::move_category(&platform(), &actor(), &org, &name, earlier).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/services?moved=1"));
    Ok(())
}

/// Adds somebody, and goes on to their hours.
#[server(name = AddPerson, prefix = "/fn", endpoint = "calendar/setup/add-person", output = Packed, client = Sender)]
pub async fn add_person(org: String, name: String) -> Result<()> {
    let body = StaffBody { name, active: true, options: None };
    let id = request::page(setup::save_staff(&platform(), &actor(), &org, None, None, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}/hours?added=1"));
    Ok(())
}

/// Changes somebody's name, or whether they can be booked.
#[server(name = SavePerson, prefix = "/fn", endpoint = "calendar/setup/save-person", output = Packed, client = Sender)]
pub async fn save_person(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] title: String,
    #[server(default)] about: String,
    #[server(default)] colour: Option<String>,
    #[server(default)] active: bool,
    #[server(default)] listed: bool,
) -> Result<()> {
    let typed = TypedPerson { name, title, about, colour, active, listed };
    request::page(setup_forms::save_person(&platform(), &actor(), &org, &id, version, typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}?saved=1"));
    Ok(())
}

/// Replaces the weekly hours of somebody, or of a schedule (`named`): a row for each window, empty rows left out. `day` is `monday` and so on. The buttons that
/// add a row to a day (`more`) and take one away (`less`) save nothing: the page comes back with all that was typed.
#[server(name = SaveHours, prefix = "/fn", endpoint = "calendar/setup/save-hours", output = Packed, client = Sender)]
pub async fn save_hours(
    org: String,
    id: String,
    version: i64,
    #[server(default)] named: bool,
    #[server(default)] day: Vec<String>,
    #[server(default)] from: Vec<String>,
    #[server(default)] until: Vec<String>,
    #[server(default)] more: String,
    #[server(default)] less: String,
) -> Result<()> {
    let (platform, actor) = (platform(), actor());
    let keeper = request::page(keeper(&id, named))?;
    let rows: Vec<TypedWindow> =
        day.into_iter().zip(from.into_iter().zip(until)).map(|(day, (from, until))| (day, from, until)).collect();
    if more.is_empty() && less.is_empty() {
        request::page(setup_forms::save_hours(&platform, &actor, &org, keeper, version, &rows).await)?;
        leptos_axum::redirect(&format!("/app/{org}/calendar/{}/{id}/hours?saved=1", list_of(keeper)));
    } else {
        let changed = setup_forms::change_rows(&platform, &actor, &org, keeper, version, rows, &more, &less).await;
        request::show_once(&request::page(changed)?);
    }
    Ok(())
}

/// Sets what holds on one date: closed, or these hours. The button that adds a row (`more`) saves nothing: the page comes back
/// with all that was typed.
#[server(name = SaveDate, prefix = "/fn", endpoint = "calendar/setup/save-date", output = Packed, client = Sender)]
pub async fn save_date(
    org: String,
    id: String,
    date: String,
    #[server(default)] named: bool,
    #[server(default)] off: bool,
    #[server(default)] opens: Vec<String>,
    #[server(default)] closes: Vec<String>,
    #[server(default)] more: bool,
) -> Result<()> {
    let (platform, actor) = (platform(), actor());
    let keeper = request::page(keeper(&id, named))?;
    let typed = TypedDay { date, off, rows: opens.into_iter().zip(closes).collect() };
    if more {
        request::show_once(&request::page(setup_forms::add_row(&platform, &actor, &org, keeper, typed).await)?);
    } else {
        request::page(setup_forms::save_date(&platform, &actor, &org, keeper, &typed).await)?;
        leptos_axum::redirect(&format!("/app/{org}/calendar/{}/{id}/days?saved=1", list_of(keeper)));
    }
    Ok(())
}

/// Goes back to the weekly hours on one date.
#[server(name = ClearDate, prefix = "/fn", endpoint = "calendar/setup/clear-date", output = Packed, client = Sender)]
pub async fn clear_date(org: String, id: String, date: String, #[server(default)] named: bool) -> Result<()> {
    let keeper = request::page(keeper(&id, named))?;
    request::page(setup::set_date(&platform(), &actor(), &org, keeper, &date, None).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/{}/{id}/days?cleared=1", list_of(keeper)));
    Ok(())
}

fn keeper(id: &str, named: bool) -> Result<Keeper> {
    if named {
        setup_forms::schedule_id(id).map(Keeper::Schedule)
    } else {
        setup_forms::staff_id(id).map(Keeper::Person)
    }
}

const fn list_of(keeper: Keeper) -> &'static str {
    match keeper {
        Keeper::Person(_) => "staff",
        Keeper::Schedule(_) => "schedules",
    }
}

/// Says which named schedule is somebody's usual hours; none: hours of their own.
#[server(name = SaveKept, prefix = "/fn", endpoint = "calendar/setup/save-kept", output = Packed, client = Sender)]
pub async fn save_kept(org: String, id: String, #[server(default)] schedule: String) -> Result<()> {
    let person = request::page(setup_forms::staff_id(&id))?;
    let schedule = request::page(setup_forms::chosen_schedule(&schedule))?;
    request::page(schedules::keep(&platform(), &actor(), &org, person, schedule).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}/hours?kept=1"));
    Ok(())
}

/// Adds a named schedule, and goes on to its hours.
#[server(name = AddSchedule, prefix = "/fn", endpoint = "calendar/setup/add-schedule", output = Packed, client = Sender)]
pub async fn add_schedule(org: String, name: String, #[server(default)] like: String) -> Result<()> {
    let id = request::page(schedules::add(&platform(), &actor(), &org, &name, &like).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/schedules/{id}/hours?added=1"));
    Ok(())
}

/// Changes the name of a schedule, or whether whoever is new begins with it.
#[server(name = SaveSchedule, prefix = "/fn", endpoint = "calendar/setup/save-schedule", output = Packed, client = Sender)]
pub async fn save_schedule(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] is_default: bool,
) -> Result<()> {
    let body = ScheduleBody { name, is_default, version: Some(version) };
    request::page(schedules::save(&platform(), &actor(), &org, &id, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/schedules/{id}?saved=1"));
    Ok(())
}

/// Takes a named schedule away.
#[server(name = DeleteSchedule, prefix = "/fn", endpoint = "calendar/setup/delete-schedule", output = Packed, client = Sender)]
pub async fn delete_schedule(org: String, id: String) -> Result<()> {
    request::page(schedules::delete(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/schedules?deleted=1"));
    Ok(())
}

/// Adds a room or equipment, one or several of a name.
#[server(name = AddRoom, prefix = "/fn", endpoint = "calendar/setup/add-room", output = Packed, client = Sender)]
pub async fn add_room(
    org: String,
    name: String,
    #[server(default)] kind: String,
    #[server(default)] how_many: String,
) -> Result<()> {
    let body = ResourceBody { name, kind, active: true, version: None };
    // What can't be read is refused as what can't be.
    let how_many = match how_many.trim() {
        "" => 1,
        text => text.parse().unwrap_or(0),
    };
    request::page(rooms::add(&platform(), &actor(), &org, &body, how_many).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/rooms?added=1"));
    Ok(())
}

/// Changes a room or equipment.
#[server(name = SaveRoom, prefix = "/fn", endpoint = "calendar/setup/save-room", output = Packed, client = Sender)]
pub async fn save_room(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] kind: String,
    #[server(default)] active: bool,
) -> Result<()> {
    let body = ResourceBody { name, kind, active, version: Some(version) };
    request::page(rooms::save(&platform(), &actor(), &org, &id, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/rooms?saved=1"));
    Ok(())
}

/// Moves a room or equipment by one in the list.
#[server(name = MoveRoom, prefix = "/fn", endpoint = "calendar/setup/move-room", output = Packed, client = Sender)]
pub async fn move_room(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    request::page(rooms::move_one(&platform(), &actor(), &org, &id, earlier).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/rooms?moved=1"));
    Ok(())
}

/// Takes a room or equipment away.
#[server(name = DeleteRoom, prefix = "/fn", endpoint = "calendar/setup/delete-room", output = Packed, client = Sender)]
pub async fn delete_room(org: String, id: String) -> Result<()> {
    request::page(rooms::delete(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/rooms?deleted=1"));
    Ok(())
}

/// Notes that somebody is away, and leads back to their page.
#[server(name = SaveAway, prefix = "/fn", endpoint = "calendar/setup/save-away", output = Packed, client = Sender)]
pub async fn save_away(
    org: String,
    id: String,
    #[server(default)] date: String,
    #[server(default)] last: String,
    #[server(default)] title: String,
) -> Result<()> {
    let form = BlockForm { with: id.clone(), date, last, title, all_day: true, ..BlockForm::default() };
    request::page(appointment_page::save_block(&platform(), &actor(), &org, &form).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}/away?saved=1"));
    Ok(())
}

/// Somebody isn't away after all.
#[server(name = EndAway, prefix = "/fn", endpoint = "calendar/setup/end-away", output = Packed, client = Sender)]
pub async fn end_away(org: String, id: String, #[server(default)] block: String) -> Result<()> {
    request::page(appointment_page::free_block(&platform(), &actor(), &org, &block).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/staff/{id}/away?ended=1"));
    Ok(())
}

/// Closes on the public holidays of a state or territory.
#[server(name = SaveState, prefix = "/fn", endpoint = "calendar/setup/save-state", output = Packed, client = Sender)]
pub async fn save_state(org: String, #[server(default)] holidays: String) -> Result<()> {
    request::page(closures::set_state(&platform(), &actor(), &org, &holidays).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/holidays?saved=1"));
    Ok(())
}

/// Sets which websites may show the booking page inside theirs, one on each line.
#[server(name = SaveEmbedding, prefix = "/fn", endpoint = "calendar/setup/save-embedding", output = Packed, client = Sender)]
pub async fn save_embedding(org: String, version: i64, #[server(default)] origins: String) -> Result<()> {
    let typed: Vec<String> = origins.split([',', '\n']).map(str::to_owned).collect();
    request::page(embedding::save(&platform(), &actor(), &org, version, &typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/embed?saved=1"));
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
    let (platform, actor) = (platform(), actor());
    request::page(setup_forms::save_closure(&platform, &actor, &org, &date, name, &holds, &from, &until).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/holidays?day=1"));
    Ok(())
}

/// Goes back to what the state has on a date.
#[server(name = ClearClosure, prefix = "/fn", endpoint = "calendar/setup/clear-closure", output = Packed, client = Sender)]
pub async fn clear_closure(org: String, date: String) -> Result<()> {
    request::page(closures::set_day(&platform(), &actor(), &org, &date, None).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/holidays?cleared=1"));
    Ok(())
}

/// Books for a client, on the phone or at the counter, and leads to the day in the diary.
#[server(name = BookForClient, prefix = "/fn", endpoint = "calendar/book-for", output = Packed, client = Sender)]
pub async fn book_for_client(
    org: String,
    #[server(default)] service: String,
    #[server(default)] name: String,
    #[server(default)] key: String,
    #[server(default)] length: String,
    #[server(default)] with: String,
    #[server(default)] date: String,
    #[server(default)] start: String,
    #[server(default)] at: String,
    #[server(default)] location: String,
    #[server(default)] place: String,
    #[server(default)] email: String,
    #[server(default)] phone: String,
    #[server(default)] notes: String,
    #[server(default)] anyway: bool,
    #[server(default)] walk_in: bool,
) -> Result<()> {
    let form = DeskForm {
        service,
        length,
        with,
        date,
        start,
        at,
        location,
        place,
        name,
        email,
        phone,
        notes,
        key,
        anyway,
        walk_in,
    };
    let (booked, date) = request::page(Box::pin(at_desk::book(&platform(), &actor(), &org, &form)).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar?date={date}&view=day&open={}", booked.appointment));
    Ok(())
}

/// Confirms, declines or cancels an appointment, or says whether its client came, and leads back to its page.
#[server(name = StepAppointment, prefix = "/fn", endpoint = "calendar/step", output = Packed, client = Sender)]
pub async fn step_appointment(
    org: String,
    id: String,
    version: i64,
    #[server(default)] step: String,
    #[server(default)] refund: String,
) -> Result<()> {
    let step = appointment_page::take(&platform(), &actor(), &org, &id, version, &step, &refund).await;
    let step = request::page(step)?.as_str();
    leptos_axum::redirect(&format!("/app/{org}/calendar/appointments/{id}?{step}=1"));
    Ok(())
}

/// Pays back some of what was paid for an appointment, and leads back to its page.
#[server(name = RefundAppointment, prefix = "/fn", endpoint = "calendar/refund", output = Packed, client = Sender)]
pub async fn refund_appointment(
    org: String,
    id: String,
    #[server(default)] amount: String,
    #[server(default)] made: i64,
) -> Result<()> {
    request::page(appointment_page::refund(&platform(), &actor(), &org, &id, &amount, made).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/appointments/{id}?refunded=1"));
    Ok(())
}

/// Moves an appointment as the form on its page says, and leads back there.
#[server(name = MoveTyped, prefix = "/fn", endpoint = "calendar/move-typed", output = Packed, client = Sender)]
pub async fn move_typed(
    org: String,
    id: String,
    version: i64,
    #[server(default)] date: String,
    #[server(default)] at: String,
    #[server(default)] with: String,
    #[server(default)] minutes: String,
    #[server(default)] anyway: bool,
) -> Result<()> {
    let form = at_desk::MoveForm { version, date, at, with, minutes, anyway, undo: false };
    request::page(at_desk::move_it(&platform(), &actor(), &org, &id, &form).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/appointments/{id}?moved=1"));
    Ok(())
}

/// Sends a letter about an appointment again.
#[server(name = SendAgain, prefix = "/fn", endpoint = "calendar/send-again", output = Packed, client = Sender)]
pub async fn send_again(org: String, id: String, #[server(default)] kind: String) -> Result<()> {
    request::page(appointment_page::send_again(&platform(), &actor(), &org, &id, &kind).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/appointments/{id}?sent=1"));
    Ok(())
}

/// Blocks time, or changes what is blocked, and leads to the day in the diary.
#[server(name = SaveBlock, prefix = "/fn", endpoint = "calendar/save-block", output = Packed, client = Sender)]
pub async fn save_block(
    org: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] with: String,
    #[server(default)] date: String,
    #[server(default)] from: String,
    #[server(default)] last: String,
    #[server(default)] until: String,
    #[server(default)] all_day: bool,
    #[server(default)] title: String,
) -> Result<()> {
    let form = BlockForm { id, version, with, date, from, last, until, all_day, title };
    let date = request::page(appointment_page::save_block(&platform(), &actor(), &org, &form).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar?date={date}&view=day"));
    Ok(())
}

/// Frees what is blocked, and leads to the day in the diary.
#[server(name = FreeBlock, prefix = "/fn", endpoint = "calendar/free-block", output = Packed, client = Sender)]
pub async fn free_block(org: String, id: String, #[server(default)] date: String) -> Result<()> {
    request::page(appointment_page::free_block(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&with_query(&format!("/app/{org}/calendar"), &[("date", &date), ("view", "day")]));
    Ok(())
}

/// Somebody buys a package, and is led to where they pay. `website` is a field that no person sees.
#[server(name = BuyPackage, prefix = "/fn", endpoint = "calendar/buy-package", output = Packed, client = Sender)]
pub async fn buy_package(
    org: String,
    package: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] made: String,
    #[server(default)] website: String,
) -> Result<()> {
    let form = request::page(asked::refuse_programs(&platform(), &made, &website))?;
    let id = request::page(packages::package_id(&package))?;
    let token = request::page(packages::buy(&platform(), &actor(), &org, id, (&name, &email), form).await)?;
    leptos_axum::redirect(&format!("/package/{token}/pay"));
    Ok(())
}

/// Adds a package.
#[server(name = AddPackage, prefix = "/fn", endpoint = "calendar/setup/add-package", output = Packed, client = Sender)]
pub async fn add_package(
    org: String,
    #[server(default)] name: String,
    #[server(default)] sessions: String,
    #[server(default)] price: String,
    #[server(default)] months: String,
    #[server(default)] services: Vec<String>,
) -> Result<()> {
    let typed = packages::Typed { name, sessions, price, months, services };
    request::page(packages::add(&platform(), &actor(), &org, &typed).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/packages?added=1"));
    Ok(())
}

/// Sells a package no more, or again.
#[server(name = OfferPackage, prefix = "/fn", endpoint = "calendar/setup/offer-package", output = Packed, client = Sender)]
pub async fn offer_package(
    org: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] active: bool,
) -> Result<()> {
    request::page(packages::offer(&platform(), &actor(), &org, &id, version, active).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/packages?saved=1"));
    Ok(())
}

/// Sells a package that is paid at the counter.
#[server(name = SellPackage, prefix = "/fn", endpoint = "calendar/sell-package", output = Packed, client = Sender)]
pub async fn sell_package(
    org: String,
    #[server(default)] package: String,
    #[server(default)] client: String,
    #[server(default)] email: String,
    #[server(default)] key: String,
) -> Result<()> {
    request::page(packages::sell(&platform(), &actor(), &org, &package, (&client, &email), &key).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/packages?sold=1"));
    Ok(())
}

/// Ends a package that was sold at the counter.
#[server(name = EndPackage, prefix = "/fn", endpoint = "calendar/end-package", output = Packed, client = Sender)]
pub async fn end_package(org: String, #[server(default)] id: String) -> Result<()> {
    let client = request::page(packages::stop(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/calendar/clients/{client}?ended=1"));
    Ok(())
}

/// Leads to the page at Stripe where the owner connects an account, or goes on with what was begun.
#[server(name = ConnectPayments, prefix = "/fn", endpoint = "calendar/setup/connect-payments", output = Packed, client = Sender)]
pub async fn connect_payments(org: String) -> Result<()> {
    use crate::billing::own_account;
    let by = request::page(request::standing().elevated())?;
    let page = format!("/app/{org}/calendar/payments");
    let to = request::page(own_account::connect(&platform(), by, &org, &page).await)?;
    leptos_axum::redirect(&to);
    Ok(())
}

/// Takes no payments from clients for now, or takes them again.
#[server(name = StopPayments, prefix = "/fn", endpoint = "calendar/setup/stop-payments", output = Packed, client = Sender)]
pub async fn stop_payments(org: String, #[server(default)] stops: bool) -> Result<()> {
    use crate::billing::own_account;
    let by = request::page(request::standing().elevated())?;
    request::page(own_account::stop(&platform(), by, &org, stops).await)?;
    let done = if stops { "stopped" } else { "resumed" };
    leptos_axum::redirect(&format!("/app/{org}/calendar/payments?{done}=1"));
    Ok(())
}
