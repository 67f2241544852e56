//! The JSON API of letters: what became of them, how they are worded, and which are sent.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ids::{AppointmentId, StaffId},
    letters::{
        kinds::Kind,
        messages::{self, Messages},
        settings::LetterOptions,
        setup::{self, StaffLettersBody, Worded, WordingBody},
    },
};
use crate::{
    error::Result,
    mail::Letter,
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_messages))
        .routes(routes!(send_message_again))
        .routes(routes!(show_letters, set_letters))
        .routes(routes!(list_wordings))
        .routes(routes!(show_wording, set_wording, reset_wording))
        .routes(routes!(preview_wording))
        .routes(routes!(show_staff_letters, set_staff_letters))
}

/// Which letters are sent, and when.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LettersBody {
    /// Grows with every change of what the calendar is set to; send it with a change.
    version: i64,
    /// What is set.
    letters: LetterOptions,
}

/// How a kind of letter is worded.
#[derive(Debug, Serialize, ToSchema)]
pub struct WordingView {
    kind: Kind,
    /// "Booking confirmation"
    label: &'static str,
    subject: String,
    body: String,
    /// 0: as we word it. Send it with a change.
    version: i64,
}

/// What a letter looks like, with example data.
#[derive(Debug, Serialize, ToSchema)]
pub struct LetterPreview {
    subject: String,
    text: String,
    html: String,
}

/// What became of the letters about an appointment.
#[utoipa::path(get, path = "/orgs/{org}/calendar/appointments/{id}/messages", tag = "calendar",
    security(("token" = ["calendar.appointments.view"])),
    responses((status = 200, body = Messages), (status = "default", body = Problem)))]
async fn list_messages(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, AppointmentId)>,
) -> Result<Json<Messages>> {
    Ok(Json(messages::of_appointment(&platform, &actor, &org, id).await?))
}

/// Writes a letter to the client anew, of the appointment as it is now.
#[utoipa::path(post, path = "/orgs/{org}/calendar/appointments/{id}/messages/{kind}/resend", tag = "calendar",
    security(("token" = ["calendar.appointments.change"])), responses((status = 204), (status = "default", body = Problem)))]
async fn send_message_again(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id, kind)): Path<(String, AppointmentId, String)>,
) -> Result<StatusCode> {
    messages::send_again(&platform, &actor, &org, id, &kind).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which letters are sent, and when.
#[utoipa::path(get, path = "/orgs/{org}/calendar/letters", tag = "calendar", security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = LettersBody), (status = "default", body = Problem)))]
async fn show_letters(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<LettersBody>> {
    let page = setup::page(&platform, &actor, &org).await?;
    Ok(Json(LettersBody { version: page.version, letters: page.options }))
}

/// Sets which letters are sent, and when.
#[utoipa::path(put, path = "/orgs/{org}/calendar/letters", tag = "calendar", request_body = LettersBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn set_letters(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<LettersBody>,
) -> Result<StatusCode> {
    setup::save(&platform, &actor, &org, body.version, &body.letters).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How letters to clients are worded, by the organisation or by us.
#[utoipa::path(get, path = "/orgs/{org}/calendar/letters/wordings", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = Vec<WordingView>), (status = "default", body = Problem)))]
async fn list_wordings(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<WordingView>>> {
    Ok(Json(setup::all(&platform, &actor, &org).await?.into_iter().map(view).collect()))
}

/// How one kind of letter is worded.
#[utoipa::path(get, path = "/orgs/{org}/calendar/letters/wordings/{kind}", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = WordingView), (status = "default", body = Problem)))]
async fn show_wording(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, kind)): Path<(String, String)>,
) -> Result<Json<WordingView>> {
    Ok(Json(view(setup::one(&platform, &actor, &org, &kind).await?)))
}

/// Words a kind of letter. Variables in braces are filled in; one that doesn’t exist is refused with those that do.
#[utoipa::path(put, path = "/orgs/{org}/calendar/letters/wordings/{kind}", tag = "calendar", request_body = WordingBody,
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn set_wording(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, kind)): Path<(String, String)>,
    Json(body): Json<WordingBody>,
) -> Result<StatusCode> {
    setup::word(&platform, &actor, &org, &kind, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Words a kind of letter as we do again.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/letters/wordings/{kind}", tag = "calendar",
    security(("token" = ["calendar.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn reset_wording(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, kind)): Path<(String, String)>,
) -> Result<StatusCode> {
    setup::word_as_ours(&platform, &actor, &org, &kind).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a letter worded like this looks like, with example data. Nothing is saved.
#[utoipa::path(post, path = "/orgs/{org}/calendar/letters/wordings/{kind}/preview", tag = "calendar",
    request_body = WordingBody, security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = LetterPreview), (status = "default", body = Problem)))]
async fn preview_wording(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, kind)): Path<(String, String)>,
    Json(body): Json<WordingBody>,
) -> Result<Json<LetterPreview>> {
    let letter: Letter = setup::preview(&platform, &actor, &org, &kind, &body).await?;
    Ok(Json(LetterPreview { text: letter.text(), html: letter.html(), subject: letter.subject }))
}

/// What somebody who can be booked is told by mail, where they are a member.
#[utoipa::path(get, path = "/orgs/{org}/calendar/staff/{id}/letters", tag = "calendar",
    security(("token" = ["calendar.set_up"])),
    responses((status = 200, body = StaffLettersBody), (status = "default", body = Problem)))]
async fn show_staff_letters(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, StaffId)>,
) -> Result<Json<StaffLettersBody>> {
    let (_, told) = setup::told(&platform, &actor, &org, id).await?;
    Ok(Json(StaffLettersBody {
        booked: told.booked,
        moved: told.moved,
        cancelled: told.cancelled,
        to_confirm: told.to_confirm,
        agenda_hour: told.agenda_hour,
    }))
}

/// Sets what somebody who can be booked is told by mail.
#[utoipa::path(put, path = "/orgs/{org}/calendar/staff/{id}/letters", tag = "calendar",
    request_body = StaffLettersBody, security(("token" = ["calendar.set_up"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn set_staff_letters(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, StaffId)>,
    Json(body): Json<StaffLettersBody>,
) -> Result<StatusCode> {
    setup::save_told(&platform, &actor, &org, id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(worded: Worded) -> WordingView {
    let Worded { kind, wording, version, .. } = worded;
    WordingView { kind, label: kind.label(), subject: wording.subject, body: wording.body, version }
}
