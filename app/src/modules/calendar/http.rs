//! The calendar's plain HTTP: calendar files, and the live stream of the dashboard.

use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};
use icalendar::{Calendar, Component, Event, EventLike};
use serde::Deserialize;

use super::{booking, card, embedding, permissions, public_pages, reports, store, views, wire::Status};
use crate::{
    auth::{accounts, standing::Standing},
    db::Access,
    error::{AppError, Code, Result},
    live,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::{Caller, Path, Query},
};

/// Its routes.
pub fn router() -> Router<Platform> {
    Router::new()
        .route("/manage/{token}/calendar.ics", get(calendar_file))
        .route("/app/{org}/live", get(stream))
        .route("/embed.js", get(embedding::script))
        .route("/b/{org}/card.png", get(card::of_business))
        .route("/b/{org}/pictures/{service}", get(super::service_pictures::picture))
        .route("/b/{org}/{service}/card.png", get(card::of_service))
        .merge(super::feed_file::router())
        .merge(super::paying::http::router())
        .route("/app/{org}/calendar/clients/{id}/everything.zip", get(super::client_file::download))
        .route("/app/{org}/calendar/reports.csv", get(reports::files::csv))
}

/// The public addresses of every organisation that has the calendar, and shows it.
///
/// # Errors
/// The database is busy.
pub async fn public_paths(platform: &Platform) -> Result<Vec<String>> {
    let orgs = accounts::orgs_with(platform, "calendar").await?;
    let mut paths = Vec::new();
    for slug in orgs {
        let org = OrgRef::Slug(&slug);
        let mut tx = match OrgTx::open(platform, &Actor::Anonymous, org, &permissions::BROWSE, Access::Read).await {
            Ok(tx) => tx,
            // It is shut, or has no calendar.
            Err(error) if matches!(error.code, Code::NotFound | Code::Closed) => continue,
            Err(error) => return Err(error),
        };
        let services = views::listed(&mut tx).await?;
        let more = public_pages::paths(&mut tx, &services).await?;
        tx.rollback().await?;
        paths.extend(services.iter().map(|service| format!("/b/{slug}/{}", service.slug)));
        paths.extend(more.iter().map(|path| format!("/b/{slug}/{path}")));
        paths.push(format!("/b/{slug}"));
    }
    paths.sort();
    Ok(paths)
}

/// The booking as an iCalendar file (RFC 5545): the same UID and a growing SEQUENCE, so that a moved or cancelled booking
/// updates the entry.
async fn calendar_file(State(platform): State<Platform>, Path(token): Path<String>) -> Result<Response> {
    let (mut tx, id) = booking::open_own(&platform, &token, Access::Read).await?;
    let appointment = store::appointment(&mut tx, id).await?.ok_or_else(|| AppError::not_found("that booking"))?;
    let org = tx.org().clone();
    let now = tx.now();
    tx.rollback().await?;
    let status = match appointment.status() {
        Status::Cancelled => "CANCELLED",
        Status::Booked if appointment.unconfirmed_until.or(appointment.unpaid_until).is_some() => "TENTATIVE",
        Status::Booked | Status::NoShow => "CONFIRMED",
    };
    let host = platform.origin.rsplit("//").next().unwrap_or("devalo").to_owned();
    let mut event = Event::new();
    event
        .uid(&format!("{id}@{host}"))
        .add_property("DTSTAMP", now.in_calendar_file())
        .add_property("DTSTART", appointment.starts_at.in_calendar_file())
        .add_property("DTEND", appointment.ends_at.in_calendar_file())
        .add_property("SEQUENCE", (appointment.version - 1).to_string())
        .add_property("STATUS", status)
        .summary(&format!("{} – {}", appointment.service_name, org.name))
        .description(&format!("With {}. Change or cancel: {}/manage/{token}", appointment.staff_name, platform.origin));
    if !org.address.is_empty() {
        event.location(&org.address);
    }
    let file = Calendar::new().push(event.done()).done().to_string();
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"booking.ics\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, file).into_response())
}

#[derive(Debug, Deserialize)]
struct StreamQuery {
    after: Option<i64>,
}

/// The live stream of an organisation's dashboard. `Last-Event-ID` wins over `after`: it is what a reconnecting browser
/// saw last.
async fn stream(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Extension(standing): Extension<Standing>,
    Path(org): Path<String>,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    // A program has none, whatever cookie its request carries.
    let session = standing.session();
    // What happens elsewhere is nothing to whoever may see the calendar.
    let of = Some("calendar.");
    let frames =
        live::stream(platform, actor, session, org, &permissions::VIEW_APPOINTMENTS, of, last.or(query.after)).await;
    let by_page = headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes() == b"text/event-stream");
    let body = match frames {
        Ok(frames) => Body::from_stream(frames),
        // A browser doesn't tell its page why a stream was refused: the session ended while the page was asleep.
        Err(error) if error.code == Code::Unauthenticated && by_page => Body::from(live::ENDED),
        Err(error) => return Err(error),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, body).into_response())
}
