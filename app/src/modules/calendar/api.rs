//! The calendar's server functions: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::{BusinessPage, Diary, ManagePage, ServicePage};
use crate::{error::Result, packed::Packed, ui::Sender};

/// A business's public page.
#[server(name = ReadBusiness, prefix = "/fn", endpoint = "calendar/business", input = GetUrl, output = Packed)]
pub async fn business_page(org: String) -> Result<BusinessPage> {
    use super::views;
    use crate::request;
    request::page(views::business(&request::platform(), &request::actor(), &org).await)
}

/// The times of a service, and the form if a `start` was chosen: `query` is the page’s, with the week `from` a date, the month `month`
/// (`2026-12`), the `zone`, and what of the service is asked for.
#[server(name = ReadService, prefix = "/fn", endpoint = "calendar/service", input = GetUrl, output = Packed)]
pub async fn service_page(org: String, service: String, query: String) -> Result<ServicePage> {
    use super::{asked::Query, holds, views};
    use crate::request;
    let (platform, actor) = (request::platform(), request::actor());
    let mut query = Query::read(&query);
    query.times.browser_zone = views::zone_of_browser().await?;
    let hold = request::cookie(holds::cookie_name(&platform)).await?.unwrap_or_default();
    request::page(views::service(&platform, &actor, &org, &service, &query, &hold).await)
}

/// Holds the chosen time for this visitor, in place of one that they hold already, and goes on to the form: without the hold, where it
/// can’t be had. The page there says whether the time can.
#[server(name = Hold, prefix = "/fn", endpoint = "calendar/hold", output = Packed, client = Sender)]
pub async fn hold(
    org: String,
    service: String,
    query: String,
    start: String,
    #[server(default)] framed: bool,
) -> Result<()> {
    use super::{asked::Query, holds, views};
    use crate::{error::Code, request};
    let (platform, actor) = (request::platform(), request::actor());
    let mut query = Query { framed, ..Query::read(&query) };
    let before = if framed {
        std::mem::take(&mut query.hold)
    } else {
        request::cookie(holds::cookie_name(&platform)).await?.unwrap_or_default()
    };
    let address = request::place();
    let wanted = query.choice.wanted(&service, None);
    match holds::hold(&platform, &actor, &org, &wanted, &start, &address, &before).await {
        // Inside another website no cookie would come back: there it goes in the address.
        Ok(held) if framed => query.hold = held.token,
        Ok(held) => request::set_cookie(&holds::cookie(&platform, &held)),
        Err(error) if matches!(error.code, Code::Conflict | Code::TooMany | Code::Invalid) => {}
        Err(error) => return request::page(Err(error)),
    }
    leptos_axum::redirect(&views::chosen_address(&org, &service, &query, &start));
    Ok(())
}

/// Books the chosen time and goes to the confirmation. `website` is a field that no person sees. Inside another website the form says
/// which `page` it is on, and what it holds, for there no cookie does.
#[server(name = Book, prefix = "/fn", endpoint = "calendar/book", output = Packed, client = Sender)]
pub async fn book(
    org: String,
    service: String,
    start: String,
    zone: String,
    key: String,
    name: String,
    email: String,
    phone: String,
    notes: String,
    #[server(default)] length: String,
    #[server(default)] with: String,
    #[server(default)] location: String,
    #[server(default)] place: String,
    #[server(default)] seats: String,
    #[server(default)] answers: std::collections::BTreeMap<String, Vec<String>>,
    #[server(default)] accepts: bool,
    #[server(default)] marketing: bool,
    #[server(default)] times: String,
    #[server(default)] skip_taken: bool,
    #[server(default)] secret: String,
    #[server(default)] package: String,
    #[server(default)] made: String,
    #[server(default)] proof: String,
    #[server(default)] website: String,
    #[server(default)] hold: String,
    #[server(default)] page: String,
) -> Result<()> {
    use super::{asked, booking, holds, proof as sums};
    use crate::request;
    let (platform, actor, framed) = (request::platform(), request::actor(), !page.is_empty());
    let hold = if framed { hold } else { request::cookie(holds::cookie_name(&platform)).await?.unwrap_or_default() };
    let form = asked::refuse_programs(&platform, &made, &website);
    if form.is_err() {
        sums::count_refused(&platform, &actor, &org).await;
    }
    let read = || {
        Ok(booking::Request {
            form: Some(form?),
            proof,
            length: asked::chosen("length", &length, "Choose one of those on offer.")?,
            with: asked::chosen("with", &with, "Choose somebody who offers this.")?,
            seats: asked::chosen("seats", &seats, "Choose one of those on offer.")?.unwrap_or(0),
            times: asked::chosen("times", &times, "Choose one of those on offer.")?.unwrap_or(0),
            service,
            start,
            zone,
            key,
            name,
            email,
            phone,
            notes,
            location,
            place,
            answers,
            accepts,
            marketing,
            skip_taken,
            secret,
            package,
            hold,
        })
    };
    let wanted = request::page(read())?;
    let booked = request::page(booking::book(&platform, &actor, &org, &wanted, booking::Source::Online).await)?;
    let page = if framed {
        // Stripe’s page isn’t shown inside another website: the way to it is on ours.
        format!("/b/{org}/embed/booked/{}", booked.token)
    } else if booked.unpaid {
        // Whoever pays is led there first, and comes back to their booking.
        format!("/manage/{}/pay", booked.token)
    } else {
        format!("/manage/{}?booked=1", booked.token)
    };
    leptos_axum::redirect(&page);
    Ok(())
}

/// A client's own booking, and the times to move it to when `reschedule` is set.
#[server(name = ReadManaged, prefix = "/fn", endpoint = "calendar/managed", input = GetUrl, output = Packed)]
pub async fn managed(
    token: String,
    reschedule: bool,
    from: Option<String>,
    month: Option<String>,
    zone: Option<String>,
    start: Option<String>,
) -> Result<ManagePage> {
    use super::views::{self, TimesQuery};
    use crate::request;
    let browser_zone = views::zone_of_browser().await?;
    let query = TimesQuery { from, month, zone, browser_zone, start };
    request::page(views::manage(&request::platform(), &token, reschedule, &query).await)
}

/// Moves a client's own booking.
#[server(name = MoveOwn, prefix = "/fn", endpoint = "calendar/move-own", output = Packed, client = Sender)]
pub async fn move_own(token: String, start: String, zone: String, version: i64) -> Result<()> {
    use super::booking;
    use crate::request;
    let token = request::page(booking::move_own(&request::platform(), &token, &start, &zone, version).await)?;
    leptos_axum::redirect(&format!("/manage/{token}?moved=1"));
    Ok(())
}

/// Cancels a client's own booking.
#[server(name = CancelOwn, prefix = "/fn", endpoint = "calendar/cancel-own", output = Packed, client = Sender)]
pub async fn cancel_own(token: String, version: i64) -> Result<()> {
    use super::booking;
    use crate::request;
    request::page(booking::cancel_own(&request::platform(), &token, version).await)?;
    leptos_axum::redirect(&format!("/manage/{token}"));
    Ok(())
}

/// The team's calendar: `view` is `day`, `week`, `month` or `agenda`, and `person` somebody's id.
#[server(name = ReadDiary, prefix = "/fn", endpoint = "calendar/diary", input = GetUrl, output = Packed, client = Sender)]
pub async fn diary(org: String, date: Option<String>, view: String, person: Option<String>) -> Result<Diary> {
    use super::diary_views::{self, Asked};
    use crate::request;
    let asked = Asked { date, view, person };
    request::page(diary_views::diary(&request::platform(), &request::actor(), &org, &asked).await)
}

/// Moves an appointment to a time of a day on the business's clock, to another person, or makes it longer or shorter.
#[server(name = MoveAppointment, prefix = "/fn", endpoint = "calendar/move", output = Packed, client = Sender)]
pub async fn move_appointment(
    org: String,
    id: String,
    version: i64,
    date: String,
    at: String,
    #[server(default)] with: String,
    #[server(default)] minutes: String,
    #[server(default)] anyway: bool,
    #[server(default)] undo: bool,
) -> Result<()> {
    use super::at_desk::{self, MoveForm};
    use crate::request;
    let form = MoveForm { version, date, at, with, minutes, anyway, undo };
    request::page(at_desk::move_it(&request::platform(), &request::actor(), &org, &id, &form).await)
}

/// Cancels an appointment from the dashboard.
#[server(name = CancelAppointment, prefix = "/fn", endpoint = "calendar/cancel", output = Packed, client = Sender)]
pub async fn cancel_appointment(org: String, id: String, version: i64) -> Result<()> {
    use super::{booking, views, wire::Status};
    use crate::request;
    let id = request::page(views::appointment_id(&id))?;
    request::page(
        booking::set_status(&request::platform(), &request::actor(), &org, id, version, Status::Cancelled).await,
    )
}

/// Marks that the client didn't come.
#[server(name = MarkNoShow, prefix = "/fn", endpoint = "calendar/no-show", output = Packed, client = Sender)]
pub async fn mark_no_show(org: String, id: String, version: i64) -> Result<()> {
    use super::{booking, views, wire::Status};
    use crate::request;
    let id = request::page(views::appointment_id(&id))?;
    request::page(booking::set_status(&request::platform(), &request::actor(), &org, id, version, Status::NoShow).await)
}

/// The client came after all: the appointment stands as booked again.
#[server(name = TakeBackNoShow, prefix = "/fn", endpoint = "calendar/take-back-no-show", output = Packed, client = Sender)]
pub async fn take_back_no_show(org: String, id: String, version: i64) -> Result<()> {
    use super::{booking, views, wire::Status};
    use crate::request;
    let id = request::page(views::appointment_id(&id))?;
    request::page(booking::set_status(&request::platform(), &request::actor(), &org, id, version, Status::Booked).await)
}
