//! The JSON API of the directory of clients.
#![expect(unused_qualifications, reason = "utoipa’s macro writes the query types with their paths")]

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answers::Answer,
    client_file::{self, ClientFile},
    directory::{self, ClientBody, Had, Known, Line, Search, Shown},
    erasing,
    ids::{AppointmentId, ClientId},
    merging, rest,
    wire::Status,
};
use crate::{
    error::{AppError, Result},
    platform::Platform,
    web::{Caller, Json, Path, Problem, Query},
};

const LARGEST_PAGE: i64 = 200;

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_clients, add_client))
        .routes(routes!(show_client, change_client, delete_client))
        .routes(routes!(set_consent))
        .routes(routes!(erase_client))
        .routes(routes!(export_client))
        .routes(routes!(list_duplicates))
        .routes(routes!(merge_clients))
}

/// A page of clients.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientsView {
    items: Vec<ClientLineView>,
    /// To be sent as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// So many were looked through that it stopped: `next` goes on from there.
    stopped: bool,
    /// How many clients there are in all.
    total: i64,
}

/// A client in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientLineView {
    id: ClientId,
    name: String,
    email: String,
    phone: String,
    tags: Vec<String>,
    /// You may write to them about news and offers.
    marketing: bool,
    /// When they last came, or were to.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    /// When they come next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A client, with what they had.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientView {
    id: ClientId,
    name: String,
    email: String,
    phone: String,
    /// What you note about them.
    notes: String,
    tags: Vec<String>,
    /// Since when you may write to them about news and offers; absent: you may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    marketing_since: Option<String>,
    /// When they took that back.
    #[serde(skip_serializing_if = "Option::is_none")]
    marketing_ended: Option<String>,
    /// How they said either.
    marketing_how: String,
    version: i64,
    known_since: String,
    /// Appointments that took place.
    visits: i64,
    /// Appointments at which they didn’t appear.
    no_shows: i64,
    /// Appointments that they cancelled late.
    cancelled_late: i64,
    /// Appointments that are still to come.
    upcoming: i64,
    /// What those cost that took place.
    spent: Vec<SpentView>,
    /// Their appointments, the latest first; 200 at most.
    appointments: Vec<HadView>,
}

/// What was spent, in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpentView {
    /// ISO 4217.
    currency: String,
    cents: i64,
}

/// An appointment of a client’s.
#[derive(Debug, Serialize, ToSchema)]
pub struct HadView {
    id: AppointmentId,
    status: Status,
    /// How one that is cancelled came to its end.
    ending: String,
    service: String,
    staff: String,
    start: String,
    end: String,
    price_cents: i64,
    currency: String,
    /// What they wanted to say.
    notes: String,
    /// Their address, where it took place there.
    place: String,
    answers: Vec<Answer>,
    version: i64,
}

/// The version that was read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientVersionBody {
    version: i64,
}

/// Whether a client may be written to about news and offers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentBody {
    /// They agree; or they don’t any more.
    gives: bool,
    /// How they said so: needed where they agree.
    #[serde(default)]
    how: String,
    /// The version that you read.
    version: i64,
}

/// Erasing a client for good.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseBody {
    /// The version that you read.
    version: i64,
    /// Cancels what is still to come along with it.
    #[serde(default)]
    cancels: bool,
    /// `ERASE`: it can’t be taken back.
    typed: String,
}

/// One of those who are made one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergedBody {
    id: ClientId,
    /// The version that you read.
    version: i64,
}

/// Whom to make one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    /// The version of the one who stays, that you read.
    version: i64,
    /// The others: they are gone then.
    from: Vec<MergedBody>,
}

/// People who share an email or a phone.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicatesView {
    groups: Vec<Vec<DuplicateView>>,
    /// There may be more once these are seen to.
    more: bool,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateView {
    id: ClientId,
    name: String,
    email: String,
    phone: String,
    appointments: i64,
    version: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
struct ClientsQuery {
    /// A whole email address, a whole phone number, or parts of a name.
    q: Option<String>,
    /// One of your own words.
    tag: Option<String>,
    /// Those alone whom you may write to about news and offers.
    marketing: Option<bool>,
    /// Those alone who once didn’t appear.
    no_shows: Option<bool>,
    /// As the page before gave it.
    cursor: Option<String>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// Clients, those seen last first; what is looked for by a name or a tag, those known last first.
#[utoipa::path(get, path = "/orgs/{org}/calendar/clients", tag = "calendar", params(ClientsQuery),
    security(("token" = ["calendar.clients.view"])),
    responses((status = 200, body = ClientsView), (status = "default", body = Problem)))]
async fn list_clients(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    query: Query<ClientsQuery>,
) -> Result<Json<ClientsView>> {
    let Query(query) = query;
    let limit = query.limit.unwrap_or(directory::PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(AppError::field("limit", format!("Give a number from 1 to {LARGEST_PAGE}.")));
    }
    let search = Search {
        words: query.q.unwrap_or_default(),
        tag: query.tag.unwrap_or_default(),
        marketing: query.marketing.unwrap_or(false),
        no_shows: query.no_shows.unwrap_or(false),
        cursor: query.cursor.unwrap_or_default(),
        limit,
    };
    let listed = directory::list(&platform, &actor, &org, &search).await?;
    Ok(Json(ClientsView {
        items: listed.clients.into_iter().map(line_view).collect(),
        next: listed.next,
        stopped: listed.stopped,
        total: listed.total,
    }))
}

/// A client, with what they had.
#[utoipa::path(get, path = "/orgs/{org}/calendar/clients/{id}", tag = "calendar",
    security(("token" = ["calendar.clients.view"])),
    responses((status = 200, body = ClientView), (status = "default", body = Problem)))]
async fn show_client(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<ClientView>> {
    let shown = directory::show(&platform, &actor, &org, directory::client_id(&id)?).await?;
    Ok(Json(client_view(shown)))
}

/// Writes somebody new down. 409 where somebody of that name with that email or phone is known.
#[utoipa::path(post, path = "/orgs/{org}/calendar/clients", tag = "calendar", request_body = ClientBody,
    security(("token" = ["calendar.clients.change"])),
    responses((status = 201, body = rest::MadeView), (status = "default", body = Problem)))]
async fn add_client(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<ClientBody>,
) -> Result<(StatusCode, Json<rest::MadeView>)> {
    let id = directory::add(&platform, &actor, &org, &body).await?;
    Ok((StatusCode::CREATED, Json(rest::MadeView { id: id.0 })))
}

/// Changes a client. What they have booked and is still to come goes to the name, the email and the phone that hold from now on.
#[utoipa::path(put, path = "/orgs/{org}/calendar/clients/{id}", tag = "calendar", request_body = ClientBody,
    security(("token" = ["calendar.clients.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn change_client(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ClientBody>,
) -> Result<StatusCode> {
    directory::save(&platform, &actor, &org, directory::client_id(&id)?, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a client who never booked. Whoever has appointments is erased instead.
#[utoipa::path(delete, path = "/orgs/{org}/calendar/clients/{id}", tag = "calendar", request_body = ClientVersionBody,
    security(("token" = ["calendar.clients.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn delete_client(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ClientVersionBody>,
) -> Result<StatusCode> {
    directory::delete(&platform, &actor, &org, directory::client_id(&id)?, body.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notes whether a client may be written to about news and offers, and how they said so.
#[utoipa::path(post, path = "/orgs/{org}/calendar/clients/{id}/consent", tag = "calendar", request_body = ConsentBody,
    security(("token" = ["calendar.clients.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn set_consent(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<ConsentBody>,
) -> Result<StatusCode> {
    let id = directory::client_id(&id)?;
    directory::set_consent(&platform, &actor, &org, id, body.version, body.gives, &body.how).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Erases a client for good: every word of theirs, also on their appointments, of which the dates and the prices stay. 409 where something
/// is still to come and isn’t to be cancelled.
#[utoipa::path(post, path = "/orgs/{org}/calendar/clients/{id}/erase", tag = "calendar", request_body = EraseBody,
    security(("token" = ["calendar.clients.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn erase_client(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<EraseBody>,
) -> Result<StatusCode> {
    let EraseBody { version, cancels, typed } = body;
    erasing::erase(&platform, &actor, &org, directory::client_id(&id)?, version, cancels, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All that there is of a client, for who asks for it.
#[utoipa::path(get, path = "/orgs/{org}/calendar/clients/{id}/export", tag = "calendar",
    security(("token" = ["calendar.clients.view"])),
    responses((status = 200, body = ClientFile), (status = "default", body = Problem)))]
async fn export_client(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<ClientFile>> {
    Ok(Json(client_file::everything(&platform, &actor, &org, directory::client_id(&id)?).await?))
}

/// Clients who share an email or a phone.
#[utoipa::path(get, path = "/orgs/{org}/calendar/duplicates", tag = "calendar",
    security(("token" = ["calendar.clients.view"])),
    responses((status = 200, body = DuplicatesView), (status = "default", body = Problem)))]
async fn list_duplicates(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<DuplicatesView>> {
    let found = merging::duplicates(&platform, &actor, &org).await?;
    let view = |person: merging::Person| {
        let Known { id, name, email, phone, version, .. } = person.client;
        DuplicateView { id, name, email, phone, appointments: person.appointments, version }
    };
    let groups = found.groups.into_iter().map(|group| group.people.into_iter().map(view).collect()).collect();
    Ok(Json(DuplicatesView { groups, more: found.more }))
}

/// Makes several clients one: the one in the address stays, with all that the others had. It can’t be taken back.
#[utoipa::path(post, path = "/orgs/{org}/calendar/clients/{id}/merge", tag = "calendar", request_body = MergeBody,
    security(("token" = ["calendar.clients.change"])),
    responses((status = 204), (status = "default", body = Problem)))]
async fn merge_clients(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<MergeBody>,
) -> Result<StatusCode> {
    let into = directory::client_id(&id)?;
    let versions: Vec<_> =
        std::iter::once((into, body.version)).chain(body.from.iter().map(|one| (one.id, one.version))).collect();
    merging::merge(&platform, &actor, &org, into, &versions).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn line_view(line: Line) -> ClientLineView {
    ClientLineView {
        id: line.id,
        name: line.name,
        email: line.email,
        phone: line.phone,
        tags: line.tags,
        marketing: line.marketing,
        last: line.last.map(|at| at.to_string()),
        next: line.next.map(|at| at.to_string()),
    }
}

fn client_view(shown: Shown) -> ClientView {
    let Shown { client, had, counts, spent, .. } = shown;
    let Known { id, name, email, phone, notes, tags, marketing_how, version, .. } = client;
    ClientView {
        id,
        name,
        email,
        phone,
        notes,
        tags,
        marketing_since: client.marketing_at.map(|at| at.to_string()),
        marketing_ended: client.marketing_ended_at.map(|at| at.to_string()),
        marketing_how,
        version,
        known_since: client.created_at.to_string(),
        visits: counts.visits,
        no_shows: counts.no_shows,
        cancelled_late: counts.late,
        upcoming: counts.upcoming,
        spent: spent.into_iter().map(|(currency, cents)| SpentView { currency, cents }).collect(),
        appointments: had.into_iter().map(had_view).collect(),
    }
}

fn had_view(had: Had) -> HadView {
    let Had { appointment, notes, place, answers } = had;
    HadView {
        id: appointment.id,
        status: appointment.status(),
        service: appointment.service_name,
        staff: appointment.staff_name,
        start: appointment.starts_at.to_string(),
        end: appointment.ends_at.to_string(),
        price_cents: appointment.price_cents,
        currency: appointment.currency,
        version: appointment.version,
        ending: appointment.ending,
        notes,
        place,
        answers,
    }
}
